"""A graded class made up for the tests of the report."""

import copy

from dgm_course.exercises.information import LAB

NASTY = (
    "<script>alert(1)</script> <img src=x onerror=alert(1)> ![x](http://e.example/p.png) "
    "[a](javascript:alert(1)) | a | b | `</code><b>` ` **bold** \x1b[31mred\x1b[0m "
    "\u202etxet idib\u202c \x00\x07 &lt;i&gt; $x$ www.e.example"
)
RUN = {
    "schema": 1,
    "lab": "01_information",
    "title": "Lab 01: measure surprise",
    "course": "0.1.0",
    "seed": "0123456789abcdef",
    "sandboxed": True,
    "max_points": sum(e.points for e in LAB.exercises),
    "exercises": [{"name": e.name, "title": e.title, "points": e.points} for e in LAB.exercises],
    "misconceptions": {e.name: dict(e.misconceptions) for e in LAB.exercises},
}
UNSANDBOXED = RUN | {"sandboxed": False}
STATEMENT = "Graded without a sandbox: "


def exercise(number: int, state: str, points: int | None = None, **changes) -> dict:
    """One graded exercise of the lab; a wrong one has a line that holds and one that does not."""
    asked = LAB.exercises[number]
    lines = [
        {"holds": state == "right", "text": asked.properties[0].says, "state": state},
        {"holds": True, "text": "`p` = 1 has no surprise", "state": "right"},
    ]
    if points is None:
        points = asked.points if state == "right" else 0
    graded = {"exercise": asked.name, "title": asked.title, "state": state, "points": points}
    return graded | {"max_points": asked.points, "lines": lines, "mixup": "", "ended": ""} | changes


def result(student: str, exercises: list[dict] | None = None, **changes) -> dict:
    """One student's result; every exercise right unless given."""
    given = exercises or [exercise(i, "right") for i in range(len(LAB.exercises))]
    graded = {
        "student": student,
        "id": "",
        "file": f"{student}/01_information.ipynb",
        "sha256": "0" * 64,
        "points": sum(e["points"] for e in given),
        "max_points": RUN["max_points"],
        "notes": [],
        "problem": "",
        "exercises": given,
    }
    return copy.deepcopy(graded | changes)


def mixed_up(number: int, which: int = 0) -> dict:
    """An exercise with a known mix-up."""
    asked = LAB.exercises[number]
    name, says = list(asked.misconceptions.items())[which % len(asked.misconceptions)]
    line = {"holds": False, "text": f"{asked.properties[0].says}: {says}", "state": "misconception"}
    return exercise(number, "misconception", lines=[line], mixup=str(name))


def ungraded(student: str, problem: str) -> dict:
    """A result with nothing to grade."""
    none = [exercise(i, "not_graded", lines=[]) for i in range(len(LAB.exercises))]
    return result(student, none, problem=problem, file="", sha256="")


def small_class() -> list[dict]:
    """Everything that a report has to show, in one class of six."""
    ended = [exercise(0, "exception", ended="crash", lines=[])]
    ended += [exercise(i, "exception", lines=[], ended=e) for i, e in enumerate(ENDS, 1)]
    n = len(LAB.exercises)
    half = [mixed_up(i) if i % 2 else exercise(i, "right") for i in range(n)]
    undone = {"holds": False, "text": "not attempted yet", "state": "not_attempted"}
    half[-1] = exercise(n - 1, "not_attempted", lines=[undone])
    notes = ["Two attempts were handed in; the later one, `b.ipynb`, is graded."]
    return [
        result("Ada Lovelace"),
        result("Zoë Müller", half, notes=notes),
        result("Bo Li", [mixed_up(0, 1), *half[1:]]),
        result("Claude S.", ended + half[len(ended) :]),
        ungraded("Nobody", "No notebook was handed in: there is only `report.pdf`."),
        result(NASTY, notes=[NASTY], exercises=[_nasty(i) for i in range(n)], file=NASTY),
    ]


ENDS = ("timeout", "memory", "output", "missing")


def _nasty(number: int) -> dict:
    line = {"holds": False, "text": NASTY, "state": "exception"}
    return exercise(number, "exception", lines=[line])
