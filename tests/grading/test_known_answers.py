"""What an answer gets in the sandbox is what it gets in the notebook."""

import inspect
import json
import textwrap

import pytest

from dgm_course.exercises.judge import judge
from dgm_course.exercises.lab import TOPICS
from dgm_course.exercises.numbers import answers
from dgm_course.exercises.observe import observe

from .classroom import FULL, blank, filled, grade, points, prepared, states

pytestmark = pytest.mark.sandbox


def verdicts(module):
    """Every known answer of a lab: (exercise, answer, what the notebook says of it)."""
    ready = prepared(module)
    for exercise in ready.lab.exercises:
        known, numbers = answers(exercise), ready.numbers[exercise.name]
        for answer in (*known.variants, *known.wrong.values()):
            seen = observe(exercise, (answer,), numbers.inputs)
            yield exercise, answer, judge(exercise, numbers.inputs, seen, numbers)


def cell(exercise, answer) -> str:
    """The answer with the whole file it stands in, hidden from the other answers' files."""
    file = textwrap.indent(inspect.getsource(inspect.getmodule(answer)), "    ")
    return f"def _file():\n{file}\n    return {answer.__name__}\n\n{exercise.name} = _file()\n"


@pytest.mark.parametrize("module", TOPICS)
def test_every_known_answer_gets_the_same_verdict(module):
    """Answers to different exercises share a notebook, so that a dozen notebooks try them all."""
    waiting = {}
    for exercise, answer, report in verdicts(module):
        waiting.setdefault(exercise.name, []).append((exercise, answer, report))
    while any(waiting.values()):
        together = [found.pop() for found in waiting.values() if found]
        cells = {exercise.name: cell(exercise, answer) for exercise, answer, _ in together}
        result = grade(filled(module, **cells), module)
        got = {e["exercise"]: e for e in result["exercises"]}
        for exercise, answer, report in together:
            found = {**got[exercise.name]}
            assert found.pop("ended") == ""
            assert found == report.json(), answer.__name__


@pytest.mark.parametrize("module", TOPICS)
def test_the_solution_earns_everything_and_the_blank_lab_nothing(module):
    result = grade(filled(module), module)
    assert result["points"] == result["max_points"] == FULL[module]
    untouched = grade(json.dumps(blank(module)).encode(), module)
    assert set(states(untouched).values()) == {"not_attempted"}
    assert set(points(untouched).values()) == {0}
