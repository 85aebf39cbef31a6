"""What makes a source a lab: headings and points from its exercises, and the stripped copy.

The metadata is nbgrader's, so that solutions/ is a valid source folder for a school that uses it;
its preprocessors make the students' copy.  nbgrader takes 2 s to import: only `strip` does.
"""

import copy
from collections.abc import Callable

from dgm_course.authoring.problem import BuildError, needs
from dgm_course.authoring.source import Cell, Document

STUB = "raise NotImplementedError"
_SCHEMA = {"schema_version": 3, "task": False}


def default_lab(name: str):
    """The Lab of `01_information`, from the package; raises KeyError where there is none."""
    from dgm_course.exercises.lab import load

    return load(name)


def find_lab(document: Document, lab: Callable = default_lab):
    """The Lab of a lab's document (None for a lecture).

    Raises BuildError when there is none, or when a cell names an exercise that is not in it.
    """
    if not document.source.is_lab:
        return None
    try:
        found = lab(document.source.name)
    except (ImportError, KeyError, AttributeError) as error:
        message = f"no exercises in dgm_course/exercises for this lab: {error}"
        raise BuildError([document.problem(1, message)]) from error
    there = {e.name for e in found.exercises}
    known = ", ".join(e.name for e in found.exercises)
    unknown = [
        document.problem(c.line, f"no exercise is called {c.exercise!r}; there are: {known}")
        for c in document.cells
        if c.role and c.exercise not in there
    ]
    if unknown:
        raise BuildError(unknown)
    return found


def cell_id(cell: Cell) -> str:
    """The function's name for the stub, the name and the role for the other three."""
    return cell.exercise if cell.role == "stub" else f"{cell.exercise}-{cell.role}"


def heading(cell: Cell, lab) -> str:
    """`### Exercise 3 · Title · ●●○ · 10 min · 4 points` above a card's text, else nothing."""
    if cell.role != "card":
        return ""
    exercise = _exercise(cell, lab)
    number = [e.name for e in lab.exercises].index(cell.exercise) + 1
    dots = "●" * exercise.difficulty + "○" * (3 - exercise.difficulty)
    points = f"{exercise.points} point{'' if exercise.points == 1 else 's'}"
    parts = (f"Exercise {number}", exercise.title, dots, f"{exercise.minutes} min", points)
    return f"### {' · '.join(parts)}\n\n"


def metadata(cell: Cell, lab) -> dict:
    """nbgrader's metadata of a stub or a check; nothing for another cell."""
    own = {"grade_id": cell_id(cell), **_SCHEMA} if cell.role else {}
    if cell.role == "stub":
        return {"nbgrader": {**own, "grade": False, "locked": False, "solution": True}}
    if cell.role == "check":
        points = _exercise(cell, lab).points
        graded = {"grade": True, "locked": True, "points": points, "solution": False}
        return {"nbgrader": {**own, **graded}}
    return {}


def _exercise(cell: Cell, lab):
    return next(e for e in lab.exercises if e.name == cell.exercise)


def strip(nb, document: Document):
    """A copy for students: stubs without their solutions, no outputs, checks locked.

    Raises BuildError where nbgrader refuses the notebook.
    """
    with needs("nbgrader", "grade"):
        from nbgrader import preprocessors as steps
        from nbgrader.nbgraderformat import ValidationError

    nb = copy.deepcopy(nb)
    clear = steps.ClearSolutions(code_stub={"python": STUB})
    order = (steps.CheckCellMetadata(), steps.LockCells(), clear, steps.ClearOutput())
    try:
        for step in (*order, steps.CheckCellMetadata()):
            nb, _ = step.preprocess(nb, {})
    except (RuntimeError, ValidationError) as error:
        raise BuildError([document.problem(0, f"nbgrader: {error}")]) from error
    return nb
