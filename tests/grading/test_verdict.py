"""What an attempt wrote is believed only as far as it holds: numbers count, the rest is words."""

import json

import numpy as np
import pytest

from dgm_course.exercises.numbers import answers
from dgm_course.exercises.observe import observe
from dgm_course.grading import verdict, wire
from dgm_course.grading.grade import Job, Prepared

READY = Prepared(Job("01", (), seed=20_261_121))
ENTROPY = READY.lab.find("entropy")
NUMBERS = READY.numbers["entropy"]
RIGHT = NUMBERS.want


def judged(said=None, arrays=None, header=None, data=None):
    """The verdict on a frame of these words and arrays."""
    if data is None:
        payload, shapes = wire.pack_arrays(RIGHT if arrays is None else arrays)
        data = wire.frame({"shapes": shapes, **(said or {})}, payload)
    return verdict.verdict(ENTROPY, NUMBERS, header or {"ended": "", "status": 0}, data, 10)


def test_right_numbers_earn_everything_and_nothing_more_is_tried():
    found, more = judged({"more": True})
    assert (found["state"], found["points"], found["ended"], more) == ("right", 4, "", False)


def test_words_earn_nothing():
    claims = {"points": 99, "state": "right", "lines": [{"holds": True}], "ended": ""}
    found, _ = judged(claims, arrays={})
    assert found["points"] == 0 and found["max_points"] == 4


def test_a_problem_cannot_call_itself_right():
    problems = {key: ["right", "all is well"] for key in RIGHT}
    found, _ = judged({"problems": problems}, arrays={})
    assert (found["state"], found["points"]) == ("wrong_type", 0)


def test_a_known_mixup_is_recognised_by_its_numbers():
    wrong = answers(ENTROPY).wrong["entropy_in_bits"]
    found, _ = judged(arrays=observe(ENTROPY, (wrong,), NUMBERS.inputs).arrays)
    assert found["mixup"] == "entropy_in_bits" and found["state"] == "misconception"


@pytest.mark.parametrize(
    "said",
    [
        {"problems": 5, "modified": 7, "notes": "abc", "shapes": [1]},
        {"problems": {"p": "x", "zero": ["right", "all is well"], "uniform": [1, 2, 3]}},
        {"problems": {"p": ["not a state", "x"]}, "modified": [None, {"a": 1}] * 50},
        {"notes": [["<b>"]] * 1000, "more": "yes"},
        {"problems": {"nobody": ["exception", "x"]}},
    ],
    ids=str,
)
def test_malformed_words_disturb_nothing(said):
    found, more = judged(said)
    assert found["max_points"] == 4 and len(json.dumps(found)) < 5000 and more is False


@pytest.mark.parametrize(
    "data", [b"", b"x", wire.frame({})[:-1], wire.frame({}, b"pickle"), b"\xff" * 100], ids=repr
)
def test_a_frame_that_is_none_costs_the_exercise_and_is_said(data):
    found, more = judged(data=data)
    assert (found["points"], found["ended"], more) == (0, "output", False)
    assert "cannot be read" in found["lines"][0]["text"]


def test_numbers_of_another_form_are_wrong_but_harm_nobody():
    cases = [
        {name: np.broadcast_to(np.float64(1), (10**9, 9)) for name in RIGHT},
        {name: np.zeros((0,)) for name in RIGHT},
        {name: np.full_like(value, np.nan) for name, value in RIGHT.items()},
        {name: value.astype("i8") for name, value in RIGHT.items()},
        {**RIGHT, "p": RIGHT["p"][::-1]},
        {"p.extra": RIGHT["p"], "nobody": np.ones(3)},
    ]
    for arrays in cases:
        assert judged(arrays=arrays)[0]["points"] < 4


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ({"ended": "timeout"}, "after 10 s"),
        ({"ended": "memory"}, "4 GB"),
        ({"ended": "crash", "status": 3 << 8}, "exit status 3"),
        ({"ended": "crash", "status": 11}, "segmentation fault"),
        ({"ended": "crash", "status": 60}, "signal 60"),
        ({"ended": "sandbox"}, "sandbox failed"),
        ({"ended": "output"}, "cannot be read"),
    ],
    ids=str,
)
def test_how_an_attempt_ended_is_said_and_the_whole_notebook_is_worth_a_try(header, says):
    found, more = judged(header=header, data=b"")
    assert (found["points"], found["ended"], more) == (0, header["ended"], True)
    assert says in found["lines"][0]["text"]


def test_a_missing_function_is_named_with_the_cell_that_failed():
    said = {"missing": ["entropy"], "notes": ["Code cell 4 raised NameError: x."], "more": True}
    found, more = judged(said, arrays={})
    texts = [line["text"] for line in found["lines"]]
    assert "`entropy`" in texts[0] and texts[1] == "Code cell 4 raised NameError: x." and more


def test_what_the_code_broke_is_said():
    found, _ = judged({"failed": "TypeError: 'int' object is not callable"}, arrays={})
    assert found["ended"] == "crash" and "not callable" in found["lines"][0]["text"]


def test_words_are_cleaned_of_what_a_terminal_or_a_page_would_obey():
    text = "\x1b[31mred\x1b[0m \u202egnp.exe\u202c line\nbreak \x07" + "x" * 5000
    found, _ = judged({"problems": {"p": ["exception", text]}}, arrays={})
    shown = found["lines"][0]["text"]
    assert "\x1b" not in shown and "\u202e" not in shown and "\n" not in shown
    assert len(shown) <= 600


def test_nothing_graded_has_the_same_form():
    assert set(verdict.nothing(ENTROPY)) == set(judged()[0])


def test_an_input_changed_in_place_costs_its_point():
    found, _ = judged({"modified": ["p"]})
    assert found["points"] == 3 and found["state"] == "modified"
