"""A lecture's slides, from its built notebook: one idea a slide.

`#` and `##` open a section, which is a column of slides; `###` and the cells marked `subslide` go
on in it, under the name of the last heading.  A question to predict has a slide of its own, and so
has a figure unless little stands above it.  What does not fit is divided, not shrunk.
"""

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from dgm_course.authoring import deck_fit, notebook, notes
from dgm_course.authoring.deck_blocks import ANSWER, HEADING, QUESTION, blocks
from dgm_course.authoring.deck_figures import Block
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
    sizes: tuple[int, int] = deck_fit.PROSE
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
    """Every block for the room, the first of a cell with the cell's kind of slide."""
    for node in section.nodes:
        kind = node["metadata"].get("slideshow", {}).get("slide_type", "-")
        for block in blocks(node) if kind != HIDDEN else ():
            yield kind, block
            kind = "-"


def _title(drafts: list[Slide]) -> list[Slide]:
    """The title with its question, the first figure and the sources; then what it promises."""
    first, *rest = drafts
    figure = next((b for draft in drafts for b in draft.blocks if b.kind == "figure"), None)
    if figure is None or len(first.blocks) < 2:
        return drafts
    question, *promise, sources = first.blocks
    first.blocks = [question, figure, Block("sources", sources.text)]
    said = [Slide(first.title, 0, first.section, promise)] if promise else []
    return [first, *said, *rest]


def _divided(draft: Slide) -> list[Slide]:
    """The draft as slides that hold what they show, each with its font sizes."""
    if draft.layout == "title":
        return [draft]
    free = deck_fit.room(draft.title)
    allowed = deck_fit.SMALL if draft.layout == "references" else deck_fit.SIZES
    groups = [draft.blocks] if allowed == deck_fit.SMALL else deck_fit.divide(draft.blocks, free)
    made = [
        Slide(draft.title, 0 if number else draft.opens, draft.section, group)
        for number, group in enumerate(groups)
    ]
    made[0].column = draft.column
    for slide in made:
        slide.sizes = deck_fit.sizes(slide.blocks, free, allowed)
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
