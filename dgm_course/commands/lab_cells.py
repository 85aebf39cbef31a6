"""What a notebook's cells say of the lab they come from, whatever the file is called."""

import re
from collections.abc import Iterable
from pathlib import Path

from dgm_course.commands.run_notebook import raised, read

NOT_RUN = "Its check did not run."
GONE = "The cell of its check is not in this notebook."
TITLE = re.compile(r"^#+ Exercise \d+ · (.+?) · [●○]", re.MULTILINE)


def expected(original) -> dict[str, float]:
    """The exercises that a lab's locked check cells stand for, with their points."""
    marks = [_mark(cell) for cell in original.cells]
    checks = [mark for mark in marks if mark.get("grade") and mark.get("grade_id")]
    return {str(m["grade_id"]).removesuffix("-check"): m.get("points", 0) for m in checks}


def find_original(notebook, reported: Iterable[str], path: Path, labs: Path):
    """The lab with the most exercises in common, the file's name deciding a tie; None for none."""
    names = {re.sub("-(check|card|hints)$", "", n) for c in notebook.cells for n in _names(c)}
    names |= set(reported)
    best, found = (0, False), None
    for lab in sorted(labs.glob("*.ipynb")):
        original = read(lab)[0]
        if original is None:
            continue
        rank = len(names & set(expected(original))), lab.name == path.name
        if rank > best:
            best, found = rank, original
    return found


def title(name: str, original) -> str:
    """An exercise's title from its card; its name where there is none."""
    cards = [TITLE.search(cell.source) for cell in _called(f"{name}-card", original)]
    return next((card[1] for card in cards if card), name)


def reason(name: str, notebook) -> str:
    """Why an exercise's check gave no report: what it printed, or the error that kept it from it.

    An error in the exercise's own cell comes first: one in the check mostly follows from it.
    """
    checks = _called(f"{name}-check", notebook) or _calling(name, notebook)
    if not checks:
        return GONE
    printed = [_printed(cell) for cell in checks if not raised(cell)]
    errors = [raised(cell) for cell in (*_called(name, notebook), *checks)]
    return next(filter(None, [*reversed(printed), *errors]), NOT_RUN)


def _called(name: str, notebook) -> list:
    return [cell for cell in notebook.cells if name in _names(cell)]


def _calling(name: str, notebook) -> list:
    """The cells that check an exercise, where they have lost their marks."""
    call = re.compile(rf"^\s*check\(\s*{re.escape(name)}\b", re.MULTILINE)
    return [c for c in notebook.cells if c.cell_type == "code" and call.search(c.source)]


def _names(cell) -> set[str]:
    return {str(cell.get("id", "")), str(_mark(cell).get("grade_id", ""))}


def _mark(cell) -> dict:
    mark = cell.metadata.get("nbgrader")
    return mark if isinstance(mark, dict) else {}


def _printed(cell) -> str:
    """The last line on a cell's standard output: before it come the student's own."""
    streams = [o for o in cell.get("outputs", []) if o.get("name") == "stdout"]
    lines = "".join(o.text for o in streams).split("\n")
    return next((line.strip()[:240] for line in reversed(lines) if line.strip()), "")
