"""A lab: its exercises, and the one line `check(answer)` that a notebook calls.

`check` shows the picture (target, yours) and then a line a property.  It never raises for a
student; under DGM_STRICT=1 (our tests, for the solutions) and in nbgrader's autograder it raises
CheckFailedError when the answer is not right.
"""

import contextlib
import importlib
import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dgm_course import plot
from dgm_course.exercises import report
from dgm_course.exercises.exercise import Exercise, State, draw
from dgm_course.exercises.judge import Report, judge
from dgm_course.exercises.numbers import Computed, Numbers, are_installed, recorded
from dgm_course.exercises.observe import Observed, observe

TOPICS = {"00": "introduction", "01": "information", "02": "autoencoders", "03": "vae"}
SEED = 0


class CheckFailedError(AssertionError):
    """An answer is not right, where that has to stop the run."""


@dataclass(frozen=True)
class Lab:
    """The exercises of a module, `name` being that of its notebooks."""

    name: str
    exercises: tuple[Exercise, ...]

    def find(self, name: str) -> Exercise:
        """The exercise of that name; raises KeyError with the names there are."""
        for exercise in self.exercises:
            if exercise.name == name:
                return exercise
        names = ", ".join(e.name for e in self.exercises)
        raise KeyError(f"no exercise is called {name!r} in {self.name}; there are {names}")

    def report(self, *answers: Callable, seed: int = SEED, name: str = "") -> Report:
        """Observe and judge in this process, showing nothing."""
        return self._examine(answers, seed, name)[0]

    def check(self, *answers: Callable) -> None:
        """Check an answer and show the verdict: its picture first, then a line a property."""
        problem = self._problem(answers)
        if problem:
            print(problem)
            _stop_if_strict(problem)
            return
        verdict, exercise, inputs, seen, numbers = self._examine(answers, SEED, "")
        if exercise.picture and verdict.state != State.NOT_ATTEMPTED:
            with contextlib.suppress(Exception):  # a picture that fails must not cost the verdict
                show_picture(exercise, inputs, seen, numbers)
        report.show(verdict)
        if verdict.state != State.RIGHT:
            _stop_if_strict(report.text(verdict))

    def _problem(self, answers) -> str:
        """Why these are no answers to an exercise, or nothing."""
        if not answers or not callable(answers[0]):
            got = f"a {type(answers[0]).__name__}" if answers else "nothing"
            example = self.exercises[0].name
            return f"expected the function itself, as in `check({example})`, got {got}"
        try:
            self.find(self._name(answers))
        except KeyError as error:
            return error.args[0]
        return ""

    def _examine(self, answers, seed, name):
        exercise = self.find(name or self._name(answers))
        numbers = self._numbers(exercise, seed)
        seen = observe(exercise, answers, numbers.inputs)
        verdict = judge(exercise, numbers.inputs, seen, numbers)
        return verdict, exercise, numbers.inputs, seen, numbers

    def _numbers(self, exercise: Exercise, seed: int) -> Numbers:
        """Inputs and right numbers: computed; in a class pack those recorded for `SEED`."""
        if isinstance(exercise.answers, str) and not are_installed():
            return recorded(exercise, self.name)
        return Computed(exercise, draw(exercise, seed))

    def _name(self, answers) -> str:
        """The exercise meant: the function's name, or the notebook's own name for a lambda."""
        own = getattr(answers[0], "__name__", "") if answers else ""
        if own in {e.name for e in self.exercises}:
            return own
        names = _notebook_names(answers[0]) if answers else []
        return next((e.name for e in self.exercises if e.name in names), own or "nothing")


def _notebook_names(answer: object) -> list[str]:
    main = importlib.import_module("__main__")
    return [name for name, value in list(vars(main).items()) if value is answer]


def _stop_if_strict(why: str) -> None:
    if os.environ.get("DGM_STRICT") == "1" or "NBGRADER_EXECUTION" in os.environ:
        raise CheckFailedError(why)


PANELS = {"titles": ["target", "yours"], "size": (3.4, 2.5), "layout": "none"}


def show_picture(exercise: Exercise, inputs, seen: Observed, numbers: Numbers) -> None:
    """*Target | yours*, as a figure."""
    alt = f"Two panels, the target and your answer: {exercise.picture.alt}"
    with _in_silence(), plot.figure(1, 2, alt=alt, **PANELS) as axes:
        draw_picture(axes, exercise, inputs, seen, numbers)


def draw_picture(axes, exercise: Exercise, inputs, seen: Observed, numbers: Numbers) -> None:
    """On two axes; the target is drawn behind the answer in grey, so that a gap is seen."""
    picture, want = exercise.picture, numbers.want
    for axis in (axis for ax in axes for axis in (ax.xaxis, ax.yaxis)):
        axis.get_major_locator().set_params(nbins=4)  # numbers take most of the time
    picture.draw(axes[0], inputs, want, plot.COLOR["data"])
    picture.draw(axes[1], inputs, want, "#d0d0d0")
    got = seen.arrays.get(picture.output)
    if got is not None and got.shape == want[picture.output].shape:
        with contextlib.suppress(ArithmeticError, LookupError, TypeError, ValueError):
            picture.draw(axes[1], inputs, seen.arrays, plot.COLOR["model"])


@contextlib.contextmanager
def _in_silence():
    """No warnings about the strange numbers that a wrong answer may hold."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def load(module: str) -> Lab:
    """The lab of a module, by number or name (`01`, `01_information`); raises KeyError."""
    topic = TOPICS.get(module[:2])
    if topic is None:
        raise KeyError(f"no lab for module {module!r}; there are {', '.join(TOPICS)}")
    return importlib.import_module(f"dgm_course.exercises.{topic}").LAB
