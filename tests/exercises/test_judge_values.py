"""What counts as equal, as a property and as a known mix-up: exercises that want stated numbers."""

import math

import pytest
import torch

from dgm_course.exercises.exercise import Answers, Call, Exercise, Property, State
from dgm_course.exercises.lab import Lab

from .notebook import LAB, failed_lines


def f64(*values):
    return torch.tensor(values, dtype=torch.float64)


def wanting(*values, misconceptions=None, **options):
    """A report of the exercise to return these values, one output each, on any answer."""
    names = [f"v{i}" for i in range(len(values))]
    wrong = {str(i): answer for i, answer in enumerate(misconceptions or {})}
    exercise = Exercise(
        name="values",
        title="Values",
        difficulty=1,
        minutes=1,
        inputs=lambda g: {name: torch.tensor(i) for i, name in enumerate(names)},
        calls={name: Call((name,)) for name in names},
        answers=Answers(lambda i: values[i], wrong=wrong),
        properties=tuple(Property(f"value {name}", name, 2, **options) for name in names),
        misconceptions=dict(zip(wrong, (misconceptions or {}).values(), strict=True)),
    )
    return lambda *got: Lab("97_values", (exercise,)).report(lambda i: got[i], name="values")


@pytest.mark.parametrize(
    ("got", "right"),
    [
        (1000.9, True),
        (999.1, True),
        (1001.1, False),
        (998.9, False),
        (1001.0005, False),  # within 1e-3 of the answer, not of the truth
        (999.0005, True),  # the other way round
    ],
)
def test_the_relative_tolerance_is_relative_to_the_truth(got, right):
    assert (wanting(f64(1000.0), rtol=1e-3, atol=0)(f64(got)).state == State.RIGHT) == right


@pytest.mark.parametrize(("got", "right"), [(9e-4, True), (-9e-4, True), (1.1e-3, False)])
def test_the_absolute_tolerance_counts_where_the_truth_is_zero(got, right):
    assert (wanting(f64(0.0), rtol=1e-3, atol=1e-3)(f64(got)).state == State.RIGHT) == right


@pytest.mark.parametrize("got", [f64(1), f64(1, 1).reshape(1, 2), f64(1, 1).reshape(2, 1)])
def test_what_would_broadcast_is_a_wrong_shape(got):
    assert wanting(f64(1, 1))(got).state == State.WRONG_SHAPE


def test_nan_is_never_right():
    assert wanting(f64(math.nan, 1))(f64(math.nan, 1)).state == State.WRONG_VALUE


def test_an_infinity_is_right_where_it_is_due_and_not_finite_elsewhere():
    report = wanting(f64(1, math.inf))
    assert report(f64(1, math.inf)).state == State.RIGHT
    assert report(f64(1, -math.inf)).state == State.WRONG_VALUE
    assert report(f64(math.inf, math.inf)).state == State.NOT_FINITE
    off = report(f64(3, math.inf))
    assert off.state == State.WRONG_VALUE
    assert "1 of 2 values are off; at [0] expected 1, got 3" in failed_lines(off)[0]


def test_a_property_is_asked_only_of_the_right_shape():
    report = wanting(f64(1, 2), holds=lambda _, out: bool(out["v0"].sum() == 3))
    assert report(f64(2, 1)).state == State.RIGHT
    assert report(f64(3)).state == State.WRONG_SHAPE


@pytest.mark.parametrize("error", [FloatingPointError, IndexError, KeyError, TypeError, ValueError])
def test_a_property_that_cannot_be_evaluated_does_not_hold(error):
    def holds(_inputs, _outputs):
        raise error("no root in this bracket")

    report = wanting(f64(1, 2), holds=holds, off="the root is missing")(f64(1, 2))
    assert (report.state, report.points) == (State.WRONG_VALUE, 0)
    assert failed_lines(report) == ["value v0: the root is missing"]


# Known mix-ups


def test_a_mix_up_that_gives_nan_is_recognised():
    report = wanting(f64(1, 2), misconceptions={lambda i: f64(1, math.nan): "0 log 0 is 0"})
    assert failed_lines(report(f64(1, math.nan))) == ["value v0: 0 log 0 is 0"]
    assert report(f64(1, math.nan)).state == State.MISCONCEPTION
    assert report(f64(math.nan, 1)).state == State.NOT_FINITE


def test_of_two_mix_ups_the_one_that_fits_all_outputs_is_named():
    def halved(i):
        return f64(0.5, 1)[i]

    def halved_and_swapped(i):
        return f64(0.5, 3)[i]

    report = wanting(*f64(1, 2), misconceptions={halved: "halved", halved_and_swapped: "swapped"})
    assert failed_lines(report(*f64(0.5, 1)))[0] == "value v0: halved"
    assert failed_lines(report(*f64(0.5, 3)))[0] == "value v0: swapped"


def test_a_mix_up_is_named_once_and_no_other_beside_it():
    def halved(i):
        return f64(0.5, 1)[i]

    def other(i):
        return f64(9, 5)[i]

    report = wanting(*f64(1, 2), misconceptions={halved: "halved", other: "other"})
    assert failed_lines(report(*f64(0.5, 1))) == ["value v0: halved", "value v1: the same mix-up"]
    named, plain = failed_lines(report(*f64(0.5, 5)))
    assert named == "value v0: halved" and "expected 2, got 5" in plain


# What is said once


def test_the_same_fault_in_two_calls_is_told_once():
    assert len(failed_lines(LAB.report(lambda x: 1 / 0, name="double"))) == 1


def test_a_part_not_attempted_counts_whatever_else_failed():
    def double(x):
        if x.any():
            return 1 / 0
        raise NotImplementedError

    assert LAB.report(double).state == State.NOT_ATTEMPTED


@pytest.mark.parametrize(
    ("got", "named"),
    [
        (f64(3, 6, 9, 0), "(yours is 3 times the expected value everywhere)"),
        (f64(3, 6, 12, 0), ""),  # another factor for the last
        (f64(3, 6, 9, 1), ""),  # no factor makes 1 of 0
    ],
)
def test_a_factor_is_named_only_where_one_factor_explains_all_numbers(got, named):
    (line,) = failed_lines(wanting(f64(1, 2, 3, 0))(got))
    assert "times" in line if named else "times" not in line
    assert line.endswith(named)
