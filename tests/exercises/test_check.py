"""The line `check(answer)` of a notebook: what it shows, when it raises, what it leaves alone."""

import functools
import os
import random
import sys
import warnings
from dataclasses import replace

import numpy as np
import pytest
import torch

from dgm_course.exercises import lab
from dgm_course.exercises.exercise import Picture
from dgm_course.exercises.lab import CheckFailedError, Lab
from dgm_course.exercises.pictures import curve
from dgm_course.exercises.report import MIMETYPE

from .notebook import LAB, TOY, once, run_cell, twice
from .test_states import CASES


def named_double(answer):
    """The answer under the name that the exercise asks for."""

    @functools.wraps(answer)
    def double(*args):
        return answer(*args)

    double.__name__ = "double"
    return double


def name_in_notebook(monkeypatch, **values):
    for name, value in values.items():
        monkeypatch.setattr(sys.modules["__main__"], name, value, raising=False)


@pytest.mark.parametrize(("state", "answer"), CASES)
def test_a_check_shows_one_report_and_never_raises_for_a_student(shown, state, answer):
    LAB.check(named_double(answer))
    (data,) = shown
    assert data[MIMETYPE]["state"] == state


@pytest.mark.parametrize("variable", ["DGM_STRICT", "NBGRADER_EXECUTION"])
@pytest.mark.parametrize(("state", "answer"), CASES[::3])
def test_where_it_has_to_stop_the_run_it_raises_unless_right(
    shown, monkeypatch, variable, state, answer
):
    monkeypatch.setenv(variable, "1")
    if state == "right":
        LAB.check(named_double(answer))
    else:
        with pytest.raises(CheckFailedError, match="of 3 points"):
            LAB.check(named_double(answer))
    assert len(shown) == 1


def test_dgm_strict_set_to_anything_else_is_not_strict(shown, monkeypatch):
    monkeypatch.setenv("DGM_STRICT", "0")
    LAB.check(named_double(once))
    assert len(shown) == 1


PROBLEMS = {
    "another name": (lambda: (named_double,), "no exercise is called 'named_double' in 99_toy"),
    "a result": (lambda: (torch.ones(3),), "expected the function itself, as in `check(double)`"),
    "a name": (lambda: ("double",), "got a str"),
    "none": (lambda: (None,), "got a NoneType"),
    "nothing": (lambda: (), "got nothing"),
    "an unnamed lambda": (lambda: (lambda x: x,), "no exercise is called '<lambda>'"),
}


@pytest.mark.parametrize(("answers", "sentence"), PROBLEMS.values(), ids=PROBLEMS)
def test_what_is_no_answer_gets_a_sentence(shown, monkeypatch, capsys, answers, sentence):
    LAB.check(*answers())
    assert sentence in capsys.readouterr().out
    assert shown == []
    monkeypatch.setenv("DGM_STRICT", "1")
    with pytest.raises(CheckFailedError):
        LAB.check(*answers())


def test_an_unknown_name_is_answered_with_the_known_ones(capsys, shown):
    LAB.check(lambda x: x)
    assert "there are double, pair" in capsys.readouterr().out


class Double(torch.nn.Module):
    def forward(self, x):
        return 2 * x.sum(-1)


@pytest.mark.parametrize(
    "answer",
    [lambda x: 2 * x.sum(-1), functools.partial(torch.sum, dim=-1), Double(), twice],
    ids=["lambda", "partial", "module", "another name"],
)
def test_what_has_no_name_of_its_own_goes_by_the_notebooks(shown, monkeypatch, answer):
    name_in_notebook(monkeypatch, double=answer)
    LAB.check(answer)
    assert shown[0][MIMETYPE]["exercise"] == "double"


def drawn(picture):
    return Lab("98_drawn", (replace(TOY, picture=picture),))


def test_the_picture_comes_before_the_lines(shown):
    picture = curve(np.arange(5), "random", "x", "y", "five sums.")
    drawn(picture).check(named_double(once))
    assert ["image/png" in data for data in shown] == [True, False]
    assert "the target and your answer: five sums." in shown[0]["text/plain"]


def test_an_unfilled_stub_gets_no_picture(shown):
    def double(x):
        raise NotImplementedError

    drawn(curve(np.arange(5), "random", "x", "y", "five sums.")).check(double)
    assert [MIMETYPE in data for data in shown] == [True]


def fails(ax, inputs, outputs, color):
    raise AttributeError("a bug of ours")


@pytest.mark.parametrize("answer", [twice, once, lambda x: None, lambda x: x.sum(-1) * 1e308])
def test_a_picture_that_fails_costs_nothing_but_itself(shown, answer):
    drawn(Picture(fails, "random", "nothing.")).check(named_double(answer))
    assert [MIMETYPE in data for data in shown] == [True]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 1e300, 1e-320])
def test_strange_numbers_are_drawn_and_judged_in_silence(shown, recwarn, value):
    warnings.simplefilter("error")
    picture = curve(np.arange(5), "random", "x", "y", "five sums.")
    with np.errstate(all="raise"):
        drawn(picture).check(named_double(lambda x: np.full(len(x), value)))
    assert shown[-1][MIMETYPE]["state"] in ("not_finite", "wrong_value")
    assert len(recwarn) == 0


def test_no_figure_stays_open(shown):
    from matplotlib import pyplot

    before = pyplot.get_fignums()
    drawn(Picture(fails, "random", "nothing.")).check(named_double(twice))
    assert pyplot.get_fignums() == before


def state_of_the_world():
    return (
        torch.get_rng_state().tolist(),
        np.random.get_state()[1].tolist(),
        random.getstate(),
        torch.get_default_dtype(),
        torch.get_default_device(),
        torch.is_grad_enabled(),
        torch.get_num_threads(),
        np.geterr(),
        list(warnings.filters),
        dict(os.environ),
    )


@pytest.mark.parametrize("answer", [twice, once, lambda x: 1 / 0, lambda x: torch.randn(len(x))])
def test_a_check_leaves_the_notebooks_world_as_it_was(shown, answer):
    torch.manual_seed(5)
    picture = curve(np.arange(5), "random", "x", "y", "five sums.")
    drawn(picture).check(named_double(answer))  # imports what it needs
    torch.randn(3)
    before = state_of_the_world()
    drawn(picture).check(named_double(answer))
    assert state_of_the_world() == before


def test_an_interrupt_leaves_the_random_stream_as_it_was():
    def double(x):
        torch.randn(3)
        raise KeyboardInterrupt

    before = torch.get_rng_state()
    with pytest.raises(KeyboardInterrupt):
        LAB.check(double)
    assert torch.equal(before, torch.get_rng_state())


def test_what_the_answer_prints_and_warns_passes(shown, capsys):
    source = "import warnings\ndef double(x):\n    print('hello')\n    warnings.warn('careful')\n"
    cell = run_cell(source + "    return 2 * x.sum(-1)\n")
    with pytest.warns(UserWarning, match="careful"):
        LAB.check(cell["double"])
    assert "hello" in capsys.readouterr().out
    assert shown[0][MIMETYPE]["state"] == "right"


def test_an_answer_sees_the_same_random_stream_at_every_check():
    def noisy(x):
        return torch.randn(len(x))

    first, second = (LAB.report(noisy, name="double").lines for _ in range(2))
    assert first == second


@pytest.mark.parametrize("name", ["01", "01_information", "00_introduction"])
def test_a_lab_is_loaded_by_number_or_name(name):
    assert lab.load(name).name.startswith(name[:2])


def test_an_unknown_lab_or_exercise_is_refused_with_the_known_ones():
    with pytest.raises(KeyError, match="no lab for module '77'; there are 00, 01"):
        lab.load("77")
    with pytest.raises(KeyError, match="there are double, pair"):
        LAB.find("triple")
