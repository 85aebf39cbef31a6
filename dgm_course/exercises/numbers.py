"""What the reference and the known wrong answers return: all that a verdict is made from.

Where the answers are installed the numbers are computed, for any inputs.  A class pack has none of
them; it has the numbers for the inputs of the self-check, recorded in a file.
"""

import importlib
import importlib.util
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np

from dgm_course.exercises.exercise import Answers, Arrays, Exercise
from dgm_course.exercises.observe import observe

RECORDED = Path(__file__).parent / "recorded"
HOME = "dgm_course.exercises.answers"


class Numbers(Protocol):
    """The right numbers, and those of the known mix-ups."""

    exercise: Exercise
    inputs: Arrays
    want: Arrays

    def wrong(self, name: str, output: str) -> np.ndarray | None:
        """An output of a known wrong answer; None where it has none."""


class Computed:
    """Numbers from the answers themselves; a wrong one only when asked for."""

    def __init__(self, exercise: Exercise, inputs: Arrays):
        self.exercise, self.inputs = exercise, inputs
        self.answers = answers(exercise)
        self._wrong: dict[tuple[str, str], Arrays] = {}

    @cached_property
    def want(self) -> Arrays:
        return observe(self.exercise, (self.answers.reference,), self.inputs, ours=True).arrays

    def wrong(self, name: str, output: str) -> np.ndarray | None:
        key = (name, output.split(".")[0])
        if key not in self._wrong:
            wrong = (self.answers.wrong[name],)
            seen = observe(self.exercise, wrong, self.inputs, only=key[1], ours=True)
            self._wrong[key] = seen.arrays
        return self._wrong[key].get(output)


class Recorded:
    """Numbers from a file that `record` wrote: the inputs they belong to come with them."""

    def __init__(self, exercise: Exercise, arrays: Arrays):
        self.exercise, self._arrays = exercise, arrays

    @property
    def inputs(self) -> Arrays:
        return self._part("inputs")

    @property
    def want(self) -> Arrays:
        return self._part("want")

    def wrong(self, name: str, output: str) -> np.ndarray | None:
        return self._part(f"wrong/{name}").get(output)

    def _part(self, name: str) -> Arrays:
        start = f"{self.exercise.name}/{name}/"
        return {k.removeprefix(start): v for k, v in self._arrays.items() if k.startswith(start)}


def answers(exercise: Exercise) -> Answers:
    """The exercise's known answers; raises ModuleNotFoundError where they are not installed."""
    if isinstance(exercise.answers, Answers):
        return exercise.answers
    module = importlib.import_module(f"{HOME}.{exercise.answers}")
    wrong = {name: getattr(module, name) for name in exercise.misconceptions}
    return Answers(module.REFERENCE[exercise.name], module.VARIANTS[exercise.name], wrong)


def are_installed() -> bool:
    """Whether the answers are here: not in a class pack."""
    return importlib.util.find_spec(HOME) is not None


def record(exercises: Iterable[tuple[Exercise, Arrays]], path: Path) -> None:
    """Write inputs, right numbers and those of every known mix-up of some exercises to a file."""
    from safetensors.numpy import save_file

    arrays: dict[str, np.ndarray] = {}
    for exercise, inputs in exercises:
        numbers = Computed(exercise, inputs)
        _put(arrays, f"{exercise.name}/inputs", inputs)
        _put(arrays, f"{exercise.name}/want", numbers.want)
        for name, wrong in numbers.answers.wrong.items():
            seen = observe(exercise, (wrong,), inputs, ours=True)
            _put(arrays, f"{exercise.name}/wrong/{name}", seen.arrays)
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(arrays, path)


def _put(arrays: dict[str, np.ndarray], place: str, found: Mapping[str, np.ndarray]) -> None:
    for name, value in found.items():
        arrays[f"{place}/{name}"] = np.ascontiguousarray(value).reshape(value.shape)


def recorded(exercise: Exercise, lab: str) -> Recorded:
    """The recorded numbers of an exercise; raises FileNotFoundError where there are none."""
    from safetensors.numpy import load_file

    return Recorded(exercise, load_file(RECORDED / f"{lab}.safetensors"))
