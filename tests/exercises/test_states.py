"""The nine states of an answer are told apart, with a sentence that helps; on a toy exercise."""

import math

import numpy as np
import pytest
import torch

from dgm_course.exercises.exercise import State
from dgm_course.exercises.observe import WrongTypeError, as_array

from .notebook import LAB, TOY, failed_lines, once, state_of, twice, twice_everything


class Labelled(torch.Tensor):
    """A subclass, as libraries make them."""


def stub(x):
    raise NotImplementedError


def into_its_input(x):
    x *= 2
    return x.sum(-1)


STATES = {
    "not_attempted": [stub],
    "wrong_type": [
        lambda x: None,
        lambda x: "a text",
        lambda x: [0.0] * 5,
        lambda x: (x, x),
        lambda x: True,
        lambda x: 1j,
        lambda x: x.sum(-1) > 0,
        lambda x: x.sum(-1) + 1j,
        lambda x: x.sum,
        lambda x: {"sum": x},
        lambda x: np.array([None] * 5),
        lambda x: 10**400,
        lambda x: torch.distributions.Normal(x, 1),
    ],
    "wrong_shape": [
        lambda x: 2 * x.sum(),
        lambda x: 2 * x.sum(-1, keepdim=True),
        lambda x: 2 * x.sum(0),
        lambda x: 1.5,
        lambda x: x.new_empty(0),
        lambda x: torch.zeros(1).expand(10**6, 10**6),
    ],
    "modified": [into_its_input, lambda x: 2 * x.sum(-1) + 0 * x.resize_(1).sum()],
    "exception": [lambda x: 1 / 0, lambda x: x @ x, lambda: 0],
    "not_finite": [
        lambda x: x.sum(-1) * math.nan,
        lambda x: x.sum(-1).abs() / 0,
        lambda x: (x - 9).log().sum(-1),
    ],
    "wrong_value": [lambda x: 3 * x.sum(-1), lambda x: x[:, 0], lambda x: torch.zeros(len(x))],
    "misconception": [once, twice_everything, lambda x: x.sum(-1).double()],
    "right": [
        twice,
        lambda x: 2 * x.double().sum(-1),
        lambda x: 2 * x.numpy().sum(-1),
        lambda x: (x + x).sum(-1).requires_grad_(),
        lambda x: twice(x).as_subclass(Labelled),
        lambda x: torch.nn.Parameter(twice(x)),
        lambda x: twice(x).to_sparse(),
        lambda x: torch.stack([twice(x), twice(x)], -1)[:, 0],
        lambda x: x.clone().mul_(2).sum(-1),
        lambda x: twice(x).numpy().astype(">f4"),
        lambda x: np.ma.masked_array(twice(x).numpy()),
        torch.no_grad()(twice),
        torch.inference_mode()(twice),
    ],
}
CASES = [
    pytest.param(state, answer, id=f"{state}-{i}")
    for state, answers in STATES.items()
    for i, answer in enumerate(answers)
]


@pytest.mark.parametrize(("state", "answer"), CASES)
def test_every_answer_is_in_its_state(state, answer):
    assert state_of(answer) == state


def test_there_are_nine_states_and_each_has_a_case():
    assert set(STATES) == {str(state) for state in State}
    assert len(State) == 9


@pytest.mark.parametrize(("state", "answer"), CASES)
def test_points_are_whole_within_range_and_full_only_when_right(state, answer):
    report = LAB.report(answer, name="double")
    assert isinstance(report.points, int)
    assert 0 <= report.points <= report.max_points == 3
    assert (report.points == 3) == (state == "right")
    if state not in ("right", "modified"):
        assert report.points == 0, "the first property is the one to earn"


@pytest.mark.parametrize(("state", "answer"), CASES)
def test_no_report_is_empty_and_a_failed_one_has_a_failed_line(state, answer):
    report = LAB.report(answer, name="double")
    assert report.lines
    assert all(line.text.strip() for line in report.lines)
    assert bool(failed_lines(report)) == (state != "right")


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (lambda x: None, "got None: is the `return` missing"),
        (lambda x: "a text", "got a str, expected a tensor"),
        (lambda x: [0.0], "got a list, expected a tensor"),
        (lambda x: x > 0, "got values of type bool, expected real numbers"),
        (lambda x: x + 1j, "got values of type complex64, expected real numbers"),
        (lambda x: 2 * x.sum(), "expected shape (5,), got ()"),
        (lambda x: x.sum(-1) * math.nan, "nan at [0] where a finite number is expected"),
        (lambda x: 6 * x.sum(-1), "(yours is 3 times the expected value everywhere)"),
        (lambda x: -2 * x.sum(-1), "(the sign is the wrong way round everywhere)"),
        (once, "twice the sum of each row: the factor 2 is missing"),
        (into_its_input, "your code changes its input `x` in place"),
    ],
)
def test_the_sentence_says_what_is_off(answer, sentence):
    assert any(sentence in line for line in failed_lines(LAB.report(answer, name="double")))


def test_a_wrong_value_says_where_and_by_how_much():
    def one_row_off(x):
        return 2 * x.sum(-1) + torch.arange(len(x)).eq(3) * 0.5

    report = LAB.report(one_row_off, name="double")
    (line,) = failed_lines(report)
    assert line.startswith("twice the sum of each row: 1 of 5 values are off; at [3] expected ")
    expected, got = line.split("expected ")[1].split(", got ")
    assert float(got) - float(expected) == pytest.approx(0.5, abs=2e-3)
    assert "times" not in line


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (lambda x: x.sum(-1), "got one Tensor, expected a tuple (sum, mean)"),
        (lambda x: (x.sum(-1),), "got 1 values, expected a tuple (sum, mean)"),
        (lambda x: (x, x, x), "got 3 values, expected a tuple (sum, mean)"),
        (lambda x: {"sum": 0, "mean": 0}, "got one dict, expected a tuple (sum, mean)"),
        (lambda x: None, "got None: is the `return` missing"),
        (lambda x: (x.sum(-1), None), "got None"),
    ],
)
def test_a_tuple_of_another_length_is_a_wrong_type(answer, sentence):
    report = LAB.report(answer, name="pair")
    assert report.state == State.WRONG_TYPE
    assert any(sentence in line for line in failed_lines(report))


@pytest.mark.parametrize("wrap", [list, tuple, lambda pair: torch.return_types.max(pair)])
def test_a_list_or_a_named_tuple_is_as_good_as_a_tuple(wrap):
    assert state_of(lambda x: wrap((x.sum(-1), x.mean(-1))), "pair") == "right"


def test_half_of_a_pair_earns_its_points():
    report = LAB.report(lambda x: (x.sum(-1), x.sum(-1)), name="pair")
    assert (report.state, report.points) == (State.WRONG_VALUE, 2)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.int8, torch.int64])
def test_whole_numbers_are_right_in_every_precision(dtype):
    array = as_array(torch.tensor([1, -2, 3]).to(dtype))
    assert array.tolist() == [1, -2, 3]
    assert array.dtype.kind in "fi"


@pytest.mark.parametrize("value", [3, 3.0, np.float32(3), np.int8(3), np.array(3.0)])
def test_a_number_counts_as_a_tensor_without_dimensions(value):
    assert as_array(value).shape == ()
    assert as_array(value) == 3


@pytest.mark.parametrize("value", [True, np.True_, 1j, "3", b"3", None, [3], {3}, object])
def test_what_is_no_number_is_refused_with_a_sentence(value):
    with pytest.raises(WrongTypeError, match=r"^got .*"):
        as_array(value)


def test_a_buffer_used_again_for_the_next_call_does_not_change_the_first_result():
    buffer = torch.empty(2000)

    def answer(x):
        return torch.sum(2 * x, -1, out=buffer[: len(x)])

    assert state_of(answer) == "right"


def test_points_are_the_sum_over_properties():
    assert TOY.points == 3
