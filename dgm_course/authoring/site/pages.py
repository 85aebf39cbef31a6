"""The pages that no one writes: a module's landing page, the links above a notebook, navigation."""

import html
import re
from pathlib import Path

from dgm_course.authoring import notebook, timing
from dgm_course.authoring.modules import Module
from dgm_course.authoring.site.notebooks import headings
from dgm_course.authoring.site.publication import Publication

EXERCISE = re.compile(r"^### Exercise \d+ · (.+?) · (\S+) · (\d+) min · ", re.MULTILINE)
TRY_FIRST = """```{{admonition}} Try the lab first
:class: warning
Seeing an answer teaches less than finding one. Each is folded below: write yours in
[the lab](../{lab}), then unfold and compare.
```"""
LOCAL = "Your own JupyterLab answers after <code>make lab</code>."
UNPUBLISHED = "Links to Colab, Binder and a JupyterHub appear where the course is published."
NO_DECK = """# {title}

{intro}

{sections}
"""


def links_above(module: Module, path: str, publication: Publication) -> str:
    """What to do with the notebook `path`: see its module, download it, open it somewhere."""
    up = "../"
    others = [
        (f"{up}modules/{module.name}.html", f"Module {module.number:02d}"),
        (f"{up}slides/{module.name}.html", "Slides"),
        (_page(up, module.lecture), "Lecture"),
        (_page(up, module.lab), "Lab"),
    ]
    own = _page(up, path)
    places = [
        (publication.local(path), "Open in your JupyterLab"),
        (publication.colab(path), "Open in Colab"),
        (publication.binder(path), "Open in Binder"),
        (publication.on_hub(path), "Open in JupyterHub"),
    ]
    anchors = [_anchor(to, text) for to, text in others if to != own]
    anchors.append(f'<a href="{Path(path).name}" download>Download</a>')
    anchors += [_anchor(to, text, "dgm-open") for to, text in places if to]
    note = LOCAL if publication.repository else f"{LOCAL} {UNPUBLISHED}"
    lines = "\n".join(anchors)
    return (
        f'<nav class="dgm-links" aria-label="This notebook">\n{lines}\n</nav>\n'
        f'<p class="dgm-note">{note}</p>'
    )


def _anchor(to: str, text: str, kind: str = "") -> str:
    name = f' class="{kind}"' if kind else ""
    return f'<a{name} href="{html.escape(to)}">{text}</a>'


def _page(up: str, path: str) -> str:
    return f"{up}{path.removesuffix('.ipynb')}.html"


def module_page(root: Path, module: Module, has_picture: bool) -> str:
    """A module's landing page: its question, what the reader makes, where to go, how long."""
    lecture, lab = (notebook.load(root / path) for path in (module.lecture, module.lab))
    opening, figure = _opening(lecture), _figure(module, lecture) if has_picture else ""
    parts = [
        f"# {module.number:02d} {module.title}",
        f'<p class="dgm-question">{html.escape(module.question)}</p>',
        *([opening] if opening else []),
        *([figure] if figure else []),
        _steps(root, module, lecture, lab),
        "## What you make\n\n" + _exercises(lab),
        "## Papers\n\n" + _list(f"[{paper.text}]({paper.link})" for paper in module.papers),
        "## In the package\n\n" + _list(_file(name) for name in module.package),
        _decks(module),
        _contents(module),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _opening(lecture: dict) -> str:
    """The paragraphs of the first cell between the question and the line on decks and papers."""
    text = notebook.text_of(lecture["cells"][0]["source"])
    paragraphs = [part for part in text.split("\n\n")[1:] if not part.startswith("**")]
    return "\n\n".join(part for part in paragraphs if not part.startswith("Follows"))


def _figure(module: Module, lecture: dict) -> str:
    alt, width = first_figure(lecture)[1:]
    size = f":width: {width}px\n" if width else ""
    return f"```{{image}} {module.name}.png\n:alt: {alt}\n:class: dgm-figure\n{size}```"


def first_figure(raw: dict) -> tuple[str, str, int] | None:
    """A lecture's first figure: base64 of the PNG, its text alternative, its width or 0."""
    for cell in raw["cells"]:
        for output in cell.get("outputs", []):
            png = output.get("data", {}).get("image/png")
            told = output.get("metadata", {}).get("image/png", {})
            if png:
                return notebook.text_of(png), told.get("alt", ""), round(told.get("width", 0))
    return None


def _steps(root: Path, module: Module, lecture: dict, lab: dict) -> str:
    """Where to go, in the order in which one goes there, and how long it takes."""
    seconds = timing.load(root).get(f"lectures/{module.name}", "?")
    exercises = _found(lab)
    minutes = sum(int(minutes) for _, _, minutes in exercises)
    reading = f"{timing.minutes(lecture['cells'])} min to read, {seconds} s to run"
    steps = [
        ("lectures", "Read the lecture", reading),
        ("labs", "Do the lab", f"{len(exercises)} exercises, {minutes} min"),
        ("solutions", "Compare", "the solution, folded"),
        ("slides", "See the slides", "the lecture on a screen"),
        ("instructors", "Teach it", "timing, questions, wrong beliefs"),
    ]
    cards = "\n".join(
        f'<li><a href="../{kind}/{module.name}.html">{title}</a><span>{what}</span></li>'
        for kind, title, what in steps
    )
    return f'<ol class="dgm-steps">\n{cards}\n</ol>'


def _exercises(lab: dict) -> str:
    rows = [f"| {title} | {level} | {minutes} |" for title, level, minutes in _found(lab)]
    return "\n".join(["| exercise | difficulty | minutes |", "|---|---|---|", *rows])


def _found(lab: dict) -> list[tuple[str, str, str]]:
    return EXERCISE.findall(_text(lab))


def _text(raw: dict) -> str:
    return "\n".join(notebook.text_of(cell["source"]) for cell in raw["cells"])


def _list(items) -> str:
    return "\n".join(f"- {item}" for item in items)


def _file(name: str) -> str:
    module = name.removesuffix(".py").replace("/", ".")
    return f"[`dgm_course/{name}`](../api/{module}.md)"


def _decks(module: Module) -> str:
    named = [f"{d.author}, *{d.title}*{f', {d.year}' if d.year else ''}" for d in module.decks]
    text = "Where they slip, the lecture says so; all slips are in the [errata](../errata.md)."
    return f"## The slides it follows\n\n{_list(named)}\n\n{text}" if named else ""


def _contents(module: Module) -> str:
    kinds = {
        "Lecture": "lectures",
        "Lab": "labs",
        "Solution": "solutions",
        "Slides": "slides",
    }
    entries = "\n".join(f"{title} <../{kind}/{module.name}>" for title, kind in kinds.items())
    return f"```{{toctree}}\n:hidden:\n\n{entries}\n```"


def slides_page(root: Path, module: Module) -> str:
    """What the search finds of a deck; the deck itself takes this page's place."""
    sections = headings(notebook.load(root / module.lecture))
    intro = "The lecture as slides: `dgm present` opens them, with the speaker's view."
    title = f"Slides {module.number:02d}: {module.title}"
    return NO_DECK.format(title=title, intro=intro, sections=_list(sections))


def with_start(text: str, modules: list[Module]) -> str:
    """The front page with the first step below what it says of the course."""
    if not modules or "\n## Run it\n" not in text:
        return text
    first = modules[0]
    read = f"lectures/{first.name}.html"
    anchors = [
        _anchor(read, f"Start with lecture {first.number:02d}", "dgm-open"),
        _anchor("#run-it", "Run it on your computer"),
    ]
    title, intro, rest = text.split("\n\n", 2)
    steps = (
        '<nav class="dgm-links dgm-start" aria-label="Begin">\n' + "\n".join(anchors) + "\n</nav>"
    )
    return "\n\n".join([title, intro, steps, rest])


def navigation(modules: list[Module], there: set[str]) -> str:
    """The front page's hidden lists: what stands in the sidebar, under which caption."""
    guides = {
        "Modules": [f"modules/{module.name}" for module in modules],
        "Self-learners": ["guides/self_learner", "map"],
        "Instructors": [
            "guides/instructor",
            "grading",
            *(f"Teaching {m.number:02d} <instructors/{m.name}>" for m in modules),
        ],
        "Reference": ["api/index", "glossary", "errata", "cite"],
    }
    listed = {_target(entry) for entries in guides.values() for entry in entries} | {"index"}
    nested = ("modules/", "lectures/", "labs/", "solutions/", "slides/", "api/")
    guides["Reference"] += sorted(p for p in there - listed if not p.startswith(nested))
    return "\n\n".join(
        f"```{{toctree}}\n:hidden:\n:caption: {caption}\n\n"
        + "\n".join(entry for entry in entries if _target(entry) in there)
        + "\n```"
        for caption, entries in guides.items()
    )


def _target(entry: str) -> str:
    """The page of an entry, `page` or `title <page>`."""
    return entry.rpartition("<")[2].rstrip(">")
