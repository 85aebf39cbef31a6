"""The speaker's notes of a lecture: how long a section takes, what to say, show and expect.

A section is what stands below the title or below a `##` heading.  Its notes are one Markdown cell
of the source, `slide="notes"`, which the notebook keeps in the metadata of the section's heading.
They are paragraphs between blank lines: first the minutes and what to say, then any of

    **Asked:** *Question?* Answer.               **Show:** a widget or figure, what to drag.
    **Wrong belief:** "Sentence." Answer.        **Exercise:** `its_name`, what it takes from here.
    **May be skipped:** 2 min: what.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dgm_course.authoring.notebook import text_of

START = re.compile(r"\*\*(\d+) min\.\*\*\s+(?=\S)")
LABELS = {
    "Asked": "asked",
    "Wrong belief": "beliefs",
    "Show": "show",
    "Exercise": "exercise",
    "May be skipped": "skip",
}
MANY = ("asked", "beliefs")
SHAPES = {
    "asked": (re.compile(r"\*[^*]+\?\*\s+\S"), "*Question?* Answer."),
    "beliefs": (re.compile(r'"[^"]+"\s+\S'), '"What they believe." What to answer.'),
    "skip": (re.compile(r"\d+ min: \S"), "2 min: the proof."),
    "exercise": (re.compile(r"`\w+`"), "`name_in_the_lab`, what it takes from here."),
}

_HEADING = re.compile(r"##? +(.+)")
_LABEL = re.compile(r"\*\*([^*]+):\*\*\s*(.*)", re.DOTALL)
_NAMES = re.compile(r"`\w+`(?:(?:,| and|, and) `\w+`)*")


@dataclass(frozen=True)
class Notes:
    """The notes of one section, each part Markdown without its label; what is absent is empty."""

    minutes: int
    say: str
    asked: tuple[str, ...] = ()
    beliefs: tuple[str, ...] = ()
    show: str = ""
    exercise: str = ""
    skip: str = ""

    @property
    def minutes_saved(self) -> int:
        """What skipping all that may be skipped saves."""
        return int(self.skip.split()[0]) if self.skip else 0

    @property
    def exercises(self) -> tuple[str, ...]:
        """The names of the lab's exercises with which `exercise` begins."""
        return (
            tuple(re.findall(r"`(\w+)`", _NAMES.match(self.exercise)[0])) if self.exercise else ()
        )


@dataclass(frozen=True)
class Section:
    """One section of a built notebook: the Markdown of its notes, if any, and its cells."""

    title: str
    notes: str | None
    nodes: tuple[dict, ...]


def read(text: str) -> Notes:
    """Parse the text of a notes cell; raises ValueError saying what is wrong with it."""
    paragraphs = [p.strip() for p in re.split(r"\n\s*\n", text) if p.strip()]
    start = START.match(paragraphs[0]) if paragraphs else None
    if not start or int(start[1]) < 1:
        raise ValueError("notes begin with the time and what to say: **5 min.** Ask first …")
    say, parts = [paragraphs[0][start.end() :]], {}
    for paragraph in paragraphs[1:]:
        label = _LABEL.match(paragraph)
        if label:
            _add(parts, *label.groups())
        elif parts:
            raise ValueError(f"what to say stands before the labels: {_short(paragraph)}")
        else:
            say.append(paragraph)
    many = {part: tuple(parts.pop(part, ())) for part in MANY}
    single = {part: found[0] for part, found in parts.items()}
    return Notes(int(start[1]), "\n\n".join(say), **many, **single)


def _add(parts: dict[str, list[str]], label: str, text: str) -> None:
    """Take in one labelled paragraph, or say why it is none."""
    part = LABELS.get(label)
    if part is None:
        known = ", ".join(f"**{name}:**" for name in LABELS)
        raise ValueError(f"unknown label **{label}:**; use {known}")
    shape, example = SHAPES.get(part, (re.compile(r"\S"), "say it in a sentence"))
    if not shape.match(text):
        raise ValueError(f"**{label}:** is written {example}, not {_short(text)}")
    if part in parts and part not in MANY:
        raise ValueError(f"a second **{label}:**: merge the two")
    parts.setdefault(part, []).append(text)


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:39] + "…")


def title(cell_text: str) -> str | None:
    """The heading of the section that a Markdown cell of this text opens, if it opens one."""
    found = _HEADING.match(cell_text)
    return found[1].strip() if found else None


def sections(nb: dict) -> list[Section]:
    """The sections of a built notebook, raw JSON; cells before its first heading are left out."""
    return [
        Section(heading, nodes[0]["metadata"].get("dgm", {}).get("notes"), tuple(nodes))
        for heading, nodes in _split(nb["cells"])
    ]


def spoken(nb: dict) -> list[tuple[str, Notes]]:
    """Title and notes of the sections that have notes; raises ValueError as `read` does."""
    return [(s.title, read(s.notes)) for s in sections(nb) if s.notes]


def _split(nodes: Iterable[dict]) -> Iterator[tuple[str, list[dict]]]:
    heading, held = None, []
    for node in nodes:
        opened = title(text_of(node["source"])) if node["cell_type"] == "markdown" else None
        if opened:
            if heading:
                yield heading, held
            heading, held = opened, []
        held.append(node)
    if heading:
        yield heading, held
