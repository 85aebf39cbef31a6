"""The lab on autoencoders, tried out: what fails in a way of its own gets its own sentence."""

import pytest
from torch import nn

from dgm_course.exercises.exercise import State
from dgm_course.exercises.lab import load

from .notebook import failed_lines

LAB = load("02")


def halves(height, width, dim, hidden):
    pixels = height * width
    down = nn.Sequential(nn.Linear(pixels, hidden), nn.ReLU(), nn.Linear(hidden, dim))
    up = nn.Sequential(nn.Linear(dim, hidden), nn.ReLU(), nn.Linear(hidden, pixels))
    shape = nn.Unflatten(1, (1, height, width))
    return nn.Sequential(nn.Flatten(), down), nn.Sequential(up, shape)


NOT_A_PAIR = {
    "one network": (lambda *sizes: nn.Sequential(*halves(*sizes)), "got a Sequential, expected"),
    "functions": (lambda *sizes: (halves(*sizes)[0].forward,) * 2, "got a method in the tuple"),
    "three": (lambda *sizes: (*halves(*sizes), nn.ReLU()), "got a tuple of 3, expected"),
    "nothing": (lambda *sizes: None, "is the `return` missing"),
}


@pytest.mark.parametrize(("answer", "told"), NOT_A_PAIR.values(), ids=NOT_A_PAIR)
def test_what_is_no_pair_of_networks_is_told_what_it_is(answer, told):
    report = LAB.report(answer, name="make_autoencoder")
    assert (report.state, report.points) == (State.WRONG_TYPE, 0)
    assert told in failed_lines(report)[0]


def test_a_network_that_cannot_take_its_input_is_named_with_what_it_was_given():
    report = LAB.report(lambda *sizes: halves(*sizes)[::-1], name="make_autoencoder")
    encoder, decoder, *_ = failed_lines(report)
    assert report.state == State.EXCEPTION
    assert "the encoder, given (9, 1, " in encoder and "the decoder, given (10, " in decoder


def test_a_step_that_returns_nothing_is_paid_for_the_step():
    def step(model, optimizer, x):
        optimizer.zero_grad()
        (model(x) - x).square().mean().backward()
        optimizer.step()

    report = LAB.report(step, name="training_step")
    assert (report.state, report.points) == (State.WRONG_TYPE, 4)
    assert "is the `return` missing" in failed_lines(report)[0]


def test_a_cosine_above_one_is_no_angle():
    from torch.linalg import qr, svdvals

    def uncapped(a, b):
        return svdvals(qr(a).Q.T @ qr(b).Q).arccos()

    report = LAB.report(uncapped, name="principal_angles")
    assert (report.state, report.points) == (State.NOT_FINITE, 3)
    assert "may round to above 1: nan" in failed_lines(report)[0]
