"""What reaches an answer: copies of the inputs, numbers as numbers."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from dgm_course.exercises.exercise import Answers, Call, State, draw
from dgm_course.exercises.lab import Lab
from dgm_course.exercises.observe import observe

from .notebook import TOY


def exercise_on(inputs, reference):
    call = Call(tuple(inputs))
    calls = {"random": call, "zeros": call}
    return replace(TOY, inputs=lambda g: inputs, calls=calls, answers=Answers(reference))


def test_an_input_with_nan_is_not_changed_by_being_read():
    exercise = exercise_on({"x": torch.tensor([1.0, float("nan")])}, torch.nansum)
    assert Lab("96_nan", (exercise,)).report(torch.nansum, name="double").state == State.RIGHT


@pytest.mark.parametrize("value", [3, 2.5])
def test_a_number_reaches_the_answer_as_a_number(value):
    received = []

    def answer(x, k):
        received.append(k)
        return x * k

    exercise = exercise_on({"x": torch.ones(3), "k": torch.tensor(value)}, answer)
    observe(exercise, (answer,), draw(exercise, 0))
    assert {type(k) for k in received} == {type(value)}
    assert set(received) == {value}


def test_an_answer_that_spoils_its_input_does_not_spoil_the_next_call():
    def spoil(x):
        result = 2 * x.sum(-1)
        x.zero_()
        return result

    inputs = draw(TOY, 0)
    before = {name: value.copy() for name, value in inputs.items()}
    seen = observe(
        replace(TOY, calls={"random": Call(("x",)), "zeros": Call(("x",))}), [spoil], inputs
    )
    np.testing.assert_array_equal(seen.arrays["random"], seen.arrays["zeros"])
    assert seen.modified == ("x",)
    for name, value in inputs.items():
        np.testing.assert_array_equal(value, before[name])
