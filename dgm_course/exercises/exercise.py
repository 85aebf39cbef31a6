"""What an exercise is: inputs to draw, calls to make, what must hold, what is often confused.

One object serves the student's notebook and the grading of a class.  Its two halves share nothing
but arrays, so that they can run in two processes:

    inputs  = draw(exercise, seed)                     arrays, from the class's seed
    seen    = observe(exercise, answers, inputs)       runs the student's code (observe.py)
    verdict = judge(exercise, inputs, seen, numbers)   compares, runs nothing of it (judge.py)

`answers` is a tuple of the student's functions, `numbers` what the reference and the known wrong
answers return on the same inputs (numbers.py).  The right and the wrong answers themselves are in
answers/, which is part neither of what a class is handed nor of the sandbox that runs its code.
"""

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import torch

Arrays = Mapping[str, np.ndarray]


class State(StrEnum):
    """How an answer stands; the nine are told apart everywhere."""

    NOT_ATTEMPTED = "not_attempted"
    WRONG_TYPE = "wrong_type"
    WRONG_SHAPE = "wrong_shape"
    MODIFIED = "modified"
    EXCEPTION = "exception"
    NOT_FINITE = "not_finite"
    WRONG_VALUE = "wrong_value"
    MISCONCEPTION = "misconception"
    RIGHT = "right"


@dataclass(frozen=True)
class Call:
    """Call the answer with the named inputs.

    `each` calls it once a row of the inputs and stacks what comes back; `returns` names the parts
    of a tuple, which become the outputs `call.part`.
    """

    arguments: tuple[str, ...]
    each: bool = False
    returns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Property:
    """One line of a report, about one output: `says` is printed when it holds.

    Without `holds` the output must equal the reference's within `rtol` and `atol`.  With it,
    `holds(inputs, outputs)` decides and `off` says what is wrong when it does not.
    """

    says: str
    output: str
    points: int = 0
    holds: Callable[[Arrays, Arrays], bool] | None = None
    off: str = ""
    rtol: float = 1e-3
    atol: float = 1e-5


@dataclass(frozen=True)
class Picture:
    """`draw(ax, inputs, outputs, color)` draws `output`; `alt` says what there is to see."""

    draw: Callable
    output: str
    alt: str


@dataclass(frozen=True)
class Answers:
    """Answers whose verdict is known: the reference, other right ones, wrong ones by name."""

    reference: Callable
    variants: tuple[Callable, ...] = ()
    wrong: Mapping[str, Callable] = field(default_factory=dict)


@dataclass(frozen=True)
class Exercise:
    """One exercise, named after the function asked for.

    `inputs(generator)` draws named tensors, shapes included (a 0-d tensor reaches the answer as a
    Python number); `calls` names what is called, or is a function `(answers, inputs) -> {name:
    thunk}` where plain calls do not do.  `answers` names the file in answers/ with the reference,
    other right answers and the wrong ones.  `properties[0]` is a generic random case: before it
    holds nothing else earns a point, so that a constant earns none.  `misconceptions` maps the name
    of a wrong answer that people give to the sentence that names the idea confused: an answer with
    its numbers is told that sentence.  `withheld` are the package's own functions that do what is
    asked: an answer cannot call them.
    """

    name: str
    title: str
    difficulty: int
    minutes: int
    inputs: Callable[[torch.Generator], dict[str, torch.Tensor]]
    calls: Mapping[str, Call] | Callable
    answers: str | Answers
    properties: tuple[Property, ...]
    misconceptions: Mapping[str, str] = field(default_factory=dict)
    withheld: tuple[Callable, ...] = ()
    picture: Picture | None = None
    also: tuple[str, ...] = ()
    seconds: float = 10.0

    @property
    def points(self) -> int:
        return sum(p.points for p in self.properties)


def draw(exercise: Exercise, seed: int) -> dict[str, np.ndarray]:
    """The inputs of an exercise for a seed, the same on every machine; a stream an exercise."""
    stream = zlib.crc32(f"{seed} {exercise.name}".encode())
    with torch.device("cpu"):
        inputs = exercise.inputs(torch.Generator().manual_seed(stream))
    return {name: value.numpy() for name, value in inputs.items()}
