"""A percent source as cells that know their lines and what they are for.

Cells are marked as jupytext's py:percent format has it, with a shorthand for the metadata:

    # %% [markdown]                        prose; a heading # or ## starts a slide, ### a subslide
    # %% [markdown] slide="notes"          speaker notes (kept from readers)
    # %% tags=["hide-input"]               code
    # %% lines="1-4,9"                     code of which a slide shows these lines, folding the rest
    # %% [markdown] card="kl_divergence"   the four cells of an exercise: card, stub, check, hints
"""

import ast
import contextlib
import functools
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from dgm_course.authoring.layout import Source
from dgm_course.authoring.problem import BuildError, Problem, needs

SLIDES = ("slide", "subslide", "fragment", "skip", "notes", "-")
ROLES = {"card": "markdown", "stub": "code", "check": "code", "hints": "markdown"}
KEYS = {"slide", "tags", "lines", *ROLES}
TAGS = {"hide-input", "hide-output", "hide-cell", "remove-input", "remove-output", "remove-cell"}
TAGS |= {"nbval-ignore-output"}  # what was trained has other last digits on another processor
# jupytext keeps these for writing a source back, which is never done; titles are for editors
IGNORED = {"title", "region_name", "cell_marker", "lines_to_next_cell"}

_MARKER = re.compile(r"^\s*#\s*%%(?=\s|$).*$")
_LINES = re.compile(r"\d+(-\d+)?(,\d+(-\d+)?)*")
_STAMP = re.compile(r" dgm_line=(\d+)$", re.MULTILINE)
_BEFORE = "text before the first `# %%` marker: put it in a cell, or in a comment inside one"
_FORMAT = {"extension": ".py", "format_name": "percent", "comment_magics": False}


@dataclass(frozen=True)
class Cell:
    """One cell: `line` is where its first line stands in the source, `role` one of ROLES."""

    kind: str
    source: str
    line: int
    slide: str | None = None
    tags: tuple[str, ...] = ()
    role: str | None = None
    exercise: str | None = None
    lines: str | None = None

    @property
    def is_code(self) -> bool:
        return self.kind == "code"


@dataclass(frozen=True)
class Document:
    """The cells of one source; `written` are all of them, the speaker's notes too."""

    source: Source
    written: tuple[Cell, ...]

    @functools.cached_property
    def cells(self) -> tuple[Cell, ...]:
        """What readers see: the notebook's cells."""
        return tuple(cell for cell in self.written if cell.slide != "notes")

    @property
    def path(self) -> str:
        return self.source.relative

    @property
    def title(self) -> str:
        """The first cell's text, with its {{placeholders}}."""
        return self.cells[0].source

    def problem(self, line: int, message: str) -> Problem:
        return Problem(self.path, line, message)


def read(source: Source) -> Document:
    """Parse a source; raises BuildError with every line that cannot be understood."""
    text = source.path.read_text(encoding="utf-8")
    try:
        ast.parse(text)
    except SyntaxError as error:
        raise BuildError([Problem(source.relative, error.lineno or 0, str(error.msg))]) from None
    cells, problems = [], []
    for node, line in _parse(text):
        wrong = list(_misunderstood(node)) if line else [_BEFORE]
        problems += [Problem(source.relative, line, message) for message in wrong]
        if not wrong:
            cells.append(_cell(node, line))
    if not cells and not problems:
        problems.append(Problem(source.relative, 0, "no cells: start one with `# %% [markdown]`"))
    if problems:
        raise BuildError(problems)
    return Document(source, tuple(cells))


def _parse(text: str) -> Iterator[tuple]:
    """jupytext's cells that are not empty, each with the line its text starts at."""
    with light_imports(), needs("jupytext", "dev"):
        import jupytext
    lines = text.splitlines()
    stamped = [
        f"{line} dgm_line={number}" if _MARKER.match(line) else line
        for number, line in enumerate(lines, start=1)
    ]
    for node in jupytext.reads("\n".join(stamped), fmt=dict(_FORMAT)).cells:
        node.source = _STAMP.sub("", node.source).strip("\n").rstrip()
        garbled = _STAMP.search(node.metadata.get("incorrectly_encoded_metadata", ""))
        marker = node.metadata.pop("dgm_line", int(garbled[1]) if garbled else 0)
        if node.source:
            yield node, _first_line(lines, marker, node.source.split("\n", 1)[0])


def _first_line(lines: list[str], marker: int, first: str) -> int:
    """Where a cell's text starts: below the marker, blank lines and an opening quote."""
    following = range(marker, len(lines)) if marker else ()
    return next((i + 1 for i in following if first.strip() in lines[i]), marker)


def _misunderstood(node) -> Iterator[str]:
    """What is wrong with one of jupytext's cells, as the author should read it."""
    metadata = {k: v for k, v in node.metadata.items() if k not in IGNORED}
    slide, tags = metadata.get("slide", "-"), metadata.get("tags", [])
    if node.cell_type == "raw":
        yield "a raw cell shows differently everywhere: make it [markdown]"
    if node.cell_type == "code" and not _parses(node.source):
        yield "this cell is no Python of its own: a statement ends in another cell"
    if slide == "notes" and node.cell_type != "markdown":
        yield "speaker notes are prose: mark the cell [markdown]"
    if slide not in SLIDES:
        yield f"slide={slide!r}: use one of {', '.join(SLIDES)}"
    lines = metadata.get("lines")
    if lines is not None and not (node.cell_type == "code" and _LINES.fullmatch(str(lines))):
        yield f'lines={lines!r}: the lines of a code cell that a slide shows, lines="1-4,9"'
    if metadata.pop("incorrectly_encoded_metadata", None):
        yield 'cell metadata is written key="value", separated by spaces'
    for key in sorted(metadata.keys() - KEYS):
        yield f'unknown cell metadata {key!r}: use {", ".join(sorted(KEYS))} as key="value"'
    for tag in tags if isinstance(tags, list) else [tags]:
        if tag not in TAGS:
            yield f"unknown tag {tag!r}: use {', '.join(sorted(TAGS))}"
    yield from _wrong_role(node.cell_type, metadata)


def slide_lines(text: str) -> set[int]:
    """The line numbers meant by "1-4,9"."""
    ranges = [part.split("-") for part in text.split(",")]
    return {line for ends in ranges for line in range(int(ends[0]), int(ends[-1]) + 1)}


def _wrong_role(kind: str, metadata: dict) -> Iterator[str]:
    roles = [role for role in ROLES if role in metadata]
    if len(roles) > 1:
        yield f"a cell is one of {', '.join(ROLES)}, this one is {' and '.join(roles)}"
    for role in roles:
        if ROLES[role] != kind:
            yield f"the {role} of an exercise is a {ROLES[role]} cell"
        if not isinstance(metadata[role], str):
            yield f'name the exercise: {role}="its_function"'


def _parses(source: str) -> bool:
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


def _cell(node, line: int) -> Cell:
    metadata = node.metadata
    role = next((role for role in ROLES if role in metadata), None)
    tags = tuple(metadata.get("tags", ()))
    exercise = metadata[role] if role else None
    lines = metadata.get("lines")
    return Cell(
        node.cell_type, node.source, line, metadata.get("slide"), tags, role, exercise, lines
    )


@contextlib.contextmanager
def light_imports() -> Iterator[None]:
    """Import notebook libraries without an optional grammar of URIs that takes 2 s to compile.

    jsonschema, behind nbformat, imports it where it is installed; notebooks have no use for it.
    """
    name = "rfc3987_syntax"
    absent = name not in sys.modules
    if absent:
        sys.modules[name] = None
    try:
        yield
    finally:
        if absent:
            sys.modules.pop(name, None)
