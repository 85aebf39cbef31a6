"""Rules for the exercises of a lab: four cells each, in the order of the exercises' file."""

import ast
from collections.abc import Iterator

from dgm_course.authoring import prose
from dgm_course.authoring.lab import STUB
from dgm_course.authoring.source import ROLES, Cell, Document

EXERCISES = (5, 7)
MINUTES = (60, 90)
HINTS = 2
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"

COUNT = "{count} exercises, where a lab has {low} to {high}"
TIME = "{minutes} minutes of exercises, where a lab takes {low} to {high}"
ORDER = "the {role} of {exercise} stands here where the {expected} is due: " + (
    "each exercise is card, stub, check, hints, in the order of its file"
)
MISSING = "the {role} of {exercise} is missing: each exercise is card, stub, check, hints"
NO_DEF = "the stub of {exercise} does not define it: `def {exercise}(…):` or `class {exercise}`"
NO_DOCSTRING = "the stub of {exercise} has no docstring: say what it returns, with shapes and units"
MARKERS = "the stub of {exercise} needs one `{begin}` … `{end}` inside its definition".format(
    begin=BEGIN, end=END, exercise="{exercise}"
)
EMPTY = "the solution of {exercise} is empty: nothing stands between the markers"
ONE_LINE = "the check of {exercise} is one line that names it: `check({exercise})`"
TWO_HINTS = "{count} hints for {exercise}: two <details>, where to look, then the line in words"
CODE_HINT = "a hint shows code: say it in words"


def problems(document: Document, lab) -> Iterator[tuple[int, str]]:
    """(line, message) for each rule that the exercises of a lab break."""
    count, minutes = len(lab.exercises), sum(e.minutes for e in lab.exercises)
    if not EXERCISES[0] <= count <= EXERCISES[1]:
        yield 0, COUNT.format(count=count, low=EXERCISES[0], high=EXERCISES[1])
    if not MINUTES[0] <= minutes <= MINUTES[1]:
        yield 0, TIME.format(minutes=minutes, low=MINUTES[0], high=MINUTES[1])
    yield from _order(document, lab)
    rules = {"stub": _stub, "check": _check, "hints": _hints}
    for cell in document.cells:
        if cell.role in rules:
            yield from rules[cell.role](cell)


def _order(document: Document, lab) -> Iterator[tuple[int, str]]:
    """The first place where the exercises' cells leave the order of the exercises' file."""
    cells = [cell for cell in document.cells if cell.role]
    due = [(role, exercise.name) for exercise in lab.exercises for role in ROLES]
    present = {(cell.role, cell.exercise) for cell in cells}
    missing = [(role, name) for role, name in due if (role, name) not in present]
    for role, name in missing:
        yield 0, MISSING.format(role=role, exercise=name)
    due = [wanted for wanted in due if wanted in present] + [("next exercise", "")]
    for index, cell in enumerate(cells):
        role, name = due[min(index, len(due) - 1)]
        if (cell.role, cell.exercise) != (role, name):
            expected = f"{role} of {name}" if name else role
            yield cell.line, ORDER.format(role=cell.role, exercise=cell.exercise, expected=expected)
            return


def _stub(cell: Cell) -> Iterator[tuple[int, str]]:
    kinds = (ast.FunctionDef, ast.ClassDef)
    defined = {n.name: n for n in ast.parse(cell.source).body if isinstance(n, kinds)}
    node = defined.get(cell.exercise)
    if node is None:
        yield cell.line, NO_DEF.format(exercise=cell.exercise)
        return
    if not (ast.get_docstring(node) or "").strip():
        yield cell.line + node.lineno - 1, NO_DOCSTRING.format(exercise=cell.exercise)
    lines = [line.strip() for line in cell.source.splitlines()]
    if lines.count(BEGIN) != 1 or lines.count(END) != 1:
        yield cell.line, MARKERS.format(exercise=cell.exercise)
        return
    begin, end = lines.index(BEGIN), lines.index(END)
    if not any(line and not line.startswith("#") for line in lines[begin + 1 : end]):
        yield cell.line + begin, EMPTY.format(exercise=cell.exercise)
    elif not node.lineno <= begin < node.end_lineno or not _survives(cell, begin, end):
        yield cell.line + begin, MARKERS.format(exercise=cell.exercise)


def _survives(cell: Cell, begin: int, end: int) -> bool:
    """Whether the stub still defines as much with the lines between its markers taken out."""
    lines = cell.source.splitlines()
    indent = lines[begin][: -len(lines[begin].lstrip())]
    left = [*lines[:begin], f"{indent}{STUB}", *lines[end + 1 :]]
    try:
        return len(ast.parse("\n".join(left)).body) == len(ast.parse(cell.source).body)
    except SyntaxError:
        return False


def _check(cell: Cell) -> Iterator[tuple[int, str]]:
    body = ast.parse(cell.source).body
    named = {n.id for statement in body for n in ast.walk(statement) if isinstance(n, ast.Name)}
    if len(body) != 1 or cell.exercise not in named:
        yield cell.line, ONE_LINE.format(exercise=cell.exercise)


def _hints(cell: Cell) -> Iterator[tuple[int, str]]:
    count = len(prose.details(cell.source))
    if count != HINTS:
        yield cell.line, TWO_HINTS.format(count=count, exercise=cell.exercise)
    if prose.has_code(cell.source):
        yield cell.line, CODE_HINT
