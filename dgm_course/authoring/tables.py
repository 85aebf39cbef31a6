"""The generated parts of pages: what each says comes from sources/*.toml, sources/*.json and the
built notebooks.  A part is a function of the repository and of the page it stands on, from which
its links lead.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path

from dgm_course.authoring import course_map, notebook, outputs, pictures, study_times, timing
from dgm_course.authoring.modules import Deck, Module, load_modules

ACCESSIBILITY = "sources/accessibility.json"
LATENCY = "sources/latency.json"
KINDS = ("lectures", "labs")


def table(header: tuple[str, ...], rows: list[tuple]) -> str:
    """A Markdown table."""
    lines = [header, tuple("---" for _ in header), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def link(page: str, path: str) -> str:
    """The way from a page to a file, both from the repository's top."""
    return Path(os.path.relpath(path, os.path.dirname(page) or ".")).as_posix()


def _numbered(module: Module) -> str:
    return f"**{module.number:02d}** {module.title}"


def _notebooks(page: str, module: Module) -> list[str]:
    named = [("lecture", module.lecture), ("lab", module.lab), ("solution", module.solution)]
    return [f"[{word}]({link(page, path)})" for word, path in named]


def modules_table(root: Path, page: str) -> str:
    """Module, lecture, lab, solution, files of the package; one row a module that exists."""
    rows = []
    for module in load_modules(root):
        paths = [(name, link(page, f"dgm_course/{name}")) for name in module.package]
        files = ", ".join(f"[`{name}`]({path})" for name, path in paths)
        rows.append((_numbered(module), *_notebooks(page, module), files))
    planned = sorted(course_map.load(root).planned())
    if planned:
        first, last = f"{planned[0]:02d}", f"{planned[-1]:02d}"
        span = first if first == last else f"{first} to {last}"
        rows.append((f"{span}: [in the making]({link(page, 'docs/map.md')})", *[""] * 4))
    return table(("module", "lecture", "lab", "solution", "package"), rows)


def start_table(root: Path, page: str) -> str:
    """The start page's rows: links for JupyterLab, the labs being the reader's own copies."""
    rows = []
    for m in load_modules(root):
        lecture, _, solution = _notebooks(page, m)
        rows.append(
            (_numbered(m), m.question, lecture, f"[your lab](work/{m.name}.ipynb)", solution)
        )
    return table(("module", "question", "read", "do", "compare"), rows)


def times_table(root: Path, page: str) -> str:
    """Measured seconds to run every notebook, kernel start included."""
    seconds = timing.load(root)
    rows = [
        (f"`{m.name}`", *(f"{seconds.get(f'{kind}/{m.name}', '?')} s" for kind in KINDS))
        for m in load_modules(root)
    ]
    return table(("module", "lecture", "lab's solution"), rows)


def study_table(root: Path, page: str) -> str:
    """Minutes to read a lecture, to attend it, to do its lab; one row a module."""
    return table(study_times.HEADER, study_times.rows(root))


def measured(root: Path, file: str) -> dict:
    """A committed measurement; nothing where none was made."""
    path = root / file
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def accessibility_table(root: Path, page: str) -> str:
    """Text alternatives of figures, and findings of axe-core: a row a module, one for the rest."""
    found, modules = measured(root, ACCESSIBILITY), load_modules(root)
    rows = [_accessibility_row(root, module, found) for module in modules]
    names = {module.name for module in modules}
    others = [of for key, of in found.items() if key.split("/")[-1] not in names]
    if others:
        sums = [sum(of.get(k, 0) for of in others) for k in ("described", "figures")]
        findings = sum(of["page_findings"] for of in others)
        rows.append(("all other pages", "{} of {}".format(*sums), findings, "", "", ""))
    header = ("module", "figures with a text alternative", "findings on pages")
    return table((*header, "slides", "findings on slides", "smallest text on a slide"), rows)


def _accessibility_row(root: Path, module: Module, found: dict) -> tuple:
    alts = [alt for path in (module.lecture, module.solution) for alt in _alts(root / path)]
    own = {key: of for key, of in found.items() if key.endswith(f"/{module.name}")}
    lecture = own.get(module.lecture.removesuffix(".ipynb"), {})
    findings = sum(of["page_findings"] for of in own.values()) if own else "?"
    smallest = f"{lecture['smallest_px']} px" if "smallest_px" in lecture else "?"
    slides = [lecture.get(key, "?") for key in ("slides", "deck_findings")]
    described = f"{sum(map(bool, alts))} of {len(alts)}"
    return f"`{module.name}`", described, findings, *slides, smallest


def _alts(path: Path) -> list[str]:
    return [alt for cell in notebook.load(path)["cells"] for _, alt in outputs.figures(cell)]


def latency_table(root: Path, page: str) -> str:
    """One row a widget: from a key's press to the new picture, in a real JupyterLab."""
    rows = [
        (
            f"`{module}`",
            name,
            f"{w['median_ms']} ms",
            f"{w['low_ms']}–{w['high_ms']} ms",
            w["presses"],
        )
        for module, widgets in sorted(measured(root, LATENCY).items())
        for name, w in widgets.items()
    ]
    header = ("module", "widget", "median", "medians of rounds", "presses")
    return table(header, rows or [("?",) * len(header)])


def papers_list(root: Path, page: str) -> str:
    """What to read and cite, by module."""
    lines = []
    for m in load_modules(root):
        papers = "; ".join(f"[{paper.text}]({paper.link})" for paper in m.papers)
        lines.append(f"- {_numbered(m)}: {papers}")
    return "\n".join(lines)


def decks_list(root: Path, page: str) -> str:
    """The slide decks, and the modules that follow each."""
    modules = load_modules(root)
    decks = {deck.key: deck for m in modules for deck in m.decks}
    return "\n".join(
        f"- {_credit(decks[key])}: followed by "
        + ", ".join(f"{m.number:02d}" for m in modules if decks[key] in m.decks)
        for key in sorted(decks)
    )


def _credit(deck: Deck) -> str:
    year = f" ({deck.year})" if deck.year else ""
    return f"Deck {deck.key}: {deck.author}, *{deck.title}*{year}"


def strip(root: Path, page: str) -> str:
    """What a reader makes, in pictures."""
    parts = pictures.strip(root, link(page, pictures.FOLDER))
    return pictures.cards(parts) if page.startswith("docs/") else pictures.table(parts)


def outline(root: Path, page: str) -> str:
    """The map of the course in words."""
    return course_map.outline(course_map.load(root), link(page, "lectures"))


PARTS: dict[str, Callable[[Path, str], str]] = {
    "accessibility": accessibility_table,
    "decks": decks_list,
    "latency": latency_table,
    "modules": modules_table,
    "outline": outline,
    "papers": papers_list,
    "pictures": strip,
    "start": start_table,
    "study_times": study_table,
    "times": times_table,
}
