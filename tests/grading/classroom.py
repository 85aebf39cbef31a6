"""Notebooks as students hand them in, and a grader for them: shared by the tests of grading.

`filled("01")` is a notebook that earns everything; `filled("01", entropy="def entropy(p): ...")`
has another cell for one exercise.
"""

import functools
import json
from pathlib import Path

from dgm_course.exercises.lab import TOPICS
from dgm_course.grading.cluster import Travelling
from dgm_course.grading.grade import Grader, Job, Prepared

ROOT = Path(__file__).resolve().parents[2]
SEED = 20_261_121
SECONDS = 2.0  # for an exercise, so that endless loops do not take long
WHOLE_SECONDS = 2.0


@functools.cache
def _notebook(folder: str, module: str) -> str:
    return next((ROOT / folder).glob(f"{module}_*.ipynb")).read_text("utf-8")


def source(cell: dict) -> str:
    return "".join(cell["source"])


def blank(module: str = "01") -> dict:
    """The lab as it is handed out."""
    return json.loads(_notebook("labs", module))


def solution(module: str, name: str) -> str:
    """The cell of the solution's notebook that answers an exercise."""
    cells = json.loads(_notebook("solutions", module))["cells"]
    return next(source(cell) for cell in cells if cell["id"] == name)


def code(text: str) -> dict:
    return {"cell_type": "code", "metadata": {}, "source": text, "outputs": []}


def answered(module: str = "01", before: str = "", after: str = "", **answers: str) -> dict:
    """A notebook with everything right but for the answers given; cells before and after."""
    notebook = blank(module)
    names = {e["id"] for e in notebook["cells"]} & set(_answers(module))
    for cell in notebook["cells"]:
        if cell["id"] in names:
            cell["source"] = answers.get(cell["id"], _answers(module)[cell["id"]])
    notebook["cells"] = [
        *([code(before)] if before else []),
        *notebook["cells"],
        *([code(after)] if after else []),
    ]
    return notebook


@functools.cache
def _answers(module: str) -> dict[str, str]:
    cells = json.loads(_notebook("solutions", module))["cells"]
    return {c["id"]: source(c) for c in cells if "### BEGIN SOLUTION" in source(c)}


def filled(module: str = "01", **options: str) -> bytes:
    return json.dumps(answered(module, **options)).encode()


def handed_in(data: bytes, student: str = "one") -> Travelling:
    return Travelling(student, f"{student}.ipynb", (), "", data)


@functools.cache
def handed_out(module: str) -> tuple[str, ...]:
    cells = blank(module)["cells"]
    return tuple(source(cell) for cell in cells if cell["cell_type"] == "code")


@functools.cache
def prepared(module: str = "01", seed: int = SEED, sandboxed: bool = True) -> Prepared:
    return Prepared(Job(module, handed_out(module), seed, sandboxed, SECONDS, WHOLE_SECONDS))


def grade(data: bytes, module: str = "01", sandboxed: bool = True) -> dict:
    """The result of one notebook, in a sandbox that stays for the next."""
    return _grader(module, sandboxed).grade(handed_in(data))


@functools.cache
def _grader(module: str, sandboxed: bool) -> Grader:
    return Grader(prepared(module, sandboxed=sandboxed))


def points(result: dict) -> dict[str, int]:
    return {e["exercise"]: e["points"] for e in result["exercises"]}


def states(result: dict) -> dict[str, str]:
    return {e["exercise"]: e["state"] for e in result["exercises"]}


def said(result: dict, name: str) -> str:
    """Everything a student is told about an exercise."""
    found = next(e for e in result["exercises"] if e["exercise"] == name)
    return " | ".join(line["text"] for line in found["lines"] if not line["holds"])


FULL = {module: sum(e.points for e in prepared(module).lab.exercises) for module in TOPICS}
