"""A lecture's slides, from its built notebook: one idea a slide.

`#` and `##` open a section, which is a column of slides; `###` and the Markdown cells marked
`subslide` begin a slide in it, under the name of the last heading.  What follows joins that slide
while there is room for it.  A question to predict has a slide of its own.
"""

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from dgm_course.authoring import notebook, notes
from dgm_course.authoring.deck_blocks import ANSWER, HEADING, QUESTION, blocks
from dgm_course.authoring.deck_figures import Block
from dgm_course.authoring.deck_fit import SMALL, TEXT, Fit, divide, fit
from dgm_course.authoring.deck_heights import room
from dgm_course.authoring.problem import BuildError, Problem

NEW = ("slide", "subslide")
HIDDEN = "skip"
NO_LECTURE = "no such lecture has been built: run `dgm build {name}`"


@dataclass
class Slide:
    """One slide: `title` is Markdown; `opens` when its own heading is on it, 1 to 3, else 0."""

    title: str
    opens: int
    section: str
    blocks: list[Block] = field(default_factory=list)
    column: bool = False
    fit: Fit = field(default_factory=Fit)
    sources: str = ""
    notes: str | None = None
    seconds: int | None = None

    @property
    def layout(self) -> str:
        """What the slide is mainly: title, question, figure, code, text or references."""
        kinds = {block.kind for block in self.blocks}
        if self.opens == 1:
            return "title"
        if self.title == "References":
            return "references"
        return next((kind for kind in (QUESTION, "figure", "code") if kind in kinds), "text")

    @property
    def sides(self) -> list[list[Block]]:
        """The blocks in columns: the words and the figure where these stand side by side."""
        if not self.fit.figure:
            return [self.blocks]
        sides = groupby(self.blocks, key=lambda block: block.kind == "figure")
        return [list(side) for _, side in sides]

    @property
    def name(self) -> str:
        """The title without markup, for those who hear it."""
        return plain(self.title)

    @property
    def section_name(self) -> str:
        """The same of the section's title."""
        return plain(self.section)


def write(root: Path, name: str, out: Path, mathjax_url: str | None = None) -> Path:
    """Write the deck of the lecture `name`, such as 01_information, to the file `out`.

    With `mathjax_url` its maths is set by the script found there; without, the file holds all it
    needs.  Raises BuildError where the lecture is not built or a package is not installed.
    """
    from dgm_course.authoring.deck_page import page

    raw = notebook.load(root / "lectures" / f"{name}.ipynb")
    if raw is None:
        raise BuildError([Problem(f"lectures/{name}.ipynb", 0, NO_LECTURE.format(name=name[:2]))])
    notebook.write(out, page(slides(raw), name, mathjax_url))
    return out


def slides(raw: dict) -> list[Slide]:
    """The slides of a built lecture, given as parsed JSON."""
    made = []
    for number, section in enumerate(notes.sections(raw)):
        drafts = list(_drafts(section))
        if number == 0:
            drafts = _title(drafts)
        column = [slide for draft in drafts for slide in _divided(draft)]
        if column:
            _annotate(column, section.notes)
        made += column
    return made


def _drafts(section: notes.Section) -> Iterator[Slide]:
    """Slides as the author marked them, whatever their size; a heading waits for what follows."""
    draft, title, opens, column, starts = None, section.title, 0, False, True
    for kind, block in _shown(section):
        starts, column = starts or kind in NEW, column or kind == "slide"
        if block.kind == HEADING:
            marks, _, title = block.text.partition(" ")
            opens, starts = min(len(marks), 3), True
            continue
        if starts or block.kind == QUESTION or draft.blocks[-1].kind == ANSWER:
            if draft:
                yield draft
            draft = Slide(title, opens, section.title, column=column)
            opens, column, starts = 0, False, False
        draft.blocks.append(block)
    if draft:
        yield draft


def _shown(section: notes.Section) -> Iterator[tuple[str, Block]]:
    """Every block for the room; the first of a Markdown cell with the cell's kind of slide."""
    for node in section.nodes:
        kind = node["metadata"].get("slideshow", {}).get("slide_type", "-")
        if kind == HIDDEN:
            continue
        for number, block in enumerate(blocks(node)):
            is_marked = number == 0 and (node["cell_type"] == "markdown" or kind == "slide")
            yield kind if is_marked else "-", block


def _title(drafts: list[Slide]) -> list[Slide]:
    """The title with its question, the first figure and the sources; then what it promises."""
    first, *rest = drafts
    words = [block for block in first.blocks if block.kind != "figure"]
    figures = [block for draft in drafts for block in draft.blocks if block.kind == "figure"]
    if len(words) < 2 or not figures:
        return drafts
    question, *promise, sources = words
    others = [block for block in first.blocks if block.kind == "figure" and block != figures[0]]
    said = Slide(first.title, 0, first.section, [*promise, *others])
    (said if said.blocks else first).sources = sources.text
    first.blocks = [question, figures[0]]
    return [first, *([said] if said.blocks else []), *rest]


def _divided(draft: Slide) -> list[Slide]:
    """The draft as slides that hold what they show, each with its font sizes."""
    if draft.layout == "title":
        return [draft]
    texts = SMALL if draft.layout == "references" else TEXT
    rooms = room(draft.title, draft.opens), room(draft.title, 0)
    groups = [draft.blocks] if texts == SMALL else divide(draft.blocks, *rooms)
    made = [
        Slide(draft.title, 0 if number else draft.opens, draft.section, group)
        for number, group in enumerate(groups)
    ]
    made[0].column, made[0].sources = draft.column, draft.sources
    for slide in made:
        slide.fit = fit(slide.blocks, room(slide.title, slide.opens), texts)
    return made


def _annotate(column: list[Slide], spoken: str | None) -> None:
    """Give a section's notes to its first slide, and to each slide its share of the time."""
    column[0].column, column[0].notes = True, spoken
    with contextlib.suppress(ValueError):
        for slide in column:
            slide.seconds = round(60 * notes.read(spoken or "").minutes / len(column))


def plain(text: str) -> str:
    """A heading's Markdown without its markup."""
    text = re.sub(r"\\(?:mathrm|mathcal|mathbf|text)\b|[${}*`\\]", "", text)
    return " ".join(text.split())
