"""A notebook for tests: cells that Python compiles as Jupyter does, and what they display.

`TOY` is the smallest exercise: twice the sum of each row, (B, D) -> (B,).
"""

import itertools
import linecache

import torch

from dgm_course.exercises import inputs
from dgm_course.exercises.exercise import Answers, Call, Exercise, Property
from dgm_course.exercises.lab import Lab

_numbers = itertools.count(1000)


def run_cell(source: str, namespace: dict | None = None) -> dict:
    """Execute a cell; its file has the name that ipykernel gives it, known to linecache alone."""
    filename = f"/tmp/ipykernel_4242/{next(_numbers)}.py"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    namespace = {"torch": torch, "__name__": "__main__"} if namespace is None else namespace
    exec(compile(source, filename, "exec"), namespace)
    return namespace


def twice(x):
    return 2 * x.sum(-1)


def once(x):
    return x.sum(-1)


def twice_everything(x):
    return 2 * x


TOY = Exercise(
    name="double",
    title="Twice & more",
    difficulty=1,
    minutes=1,
    inputs=lambda g: {"x": inputs.normal(g, 5, 3), "zeros": torch.zeros(2, 3)},
    calls={"random": Call(("x",)), "zeros": Call(("zeros",))},
    answers=Answers(twice, (twice, twice), {"once": once, "everything": twice_everything}),
    properties=(
        Property("twice the sum of each row", "random", 2),
        Property("nothing makes nothing", "zeros", 1),
    ),
    misconceptions={"once": "the factor 2 is missing", "everything": "the sum is missing"},
)
PAIR = Exercise(
    name="pair",
    title="Sum and mean",
    difficulty=1,
    minutes=1,
    inputs=TOY.inputs,
    calls={"both": Call(("x",), returns=("sum", "mean"))},
    answers=Answers(lambda x: (x.sum(-1), x.mean(-1))),
    properties=(Property("the sum", "both.sum", 2), Property("the mean", "both.mean", 1)),
)
LAB = Lab("99_toy", (TOY, PAIR))


def state_of(answer, name: str = "double") -> str:
    return str(LAB.report(answer, name=name).state)


def failed_lines(report) -> list[str]:
    return [line.text for line in report.lines if not line.holds]
