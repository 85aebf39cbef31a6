"""The lab on autoencoders, tried out: what fails in a way of its own gets its own sentence."""

import math

import pytest
import torch
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


class Hoarder(nn.Module):
    """The layers are in a list, where torch does not look for them."""

    def __init__(self, *layers):
        super().__init__()
        self.layers = list(layers)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


def test_layers_in_a_plain_list_are_told_as_that():
    report = LAB.report(
        lambda *sizes: tuple(Hoarder(*half) for half in halves(*sizes)), name="make_autoencoder"
    )
    assert (report.state, report.points) == (State.WRONG_TYPE, 0)
    encoder, decoder = failed_lines(report)
    assert encoder.startswith("the encoder has no parameters") and "plain list" in encoder
    assert decoder.startswith("the decoder has no parameters")


def test_the_order_of_scipy_is_named_though_its_zeros_are_nearer_to_zero():
    from scipy.linalg import subspace_angles

    report = LAB.report(lambda a, b: subspace_angles(a, b).copy(), name="principal_angles")
    assert report.mixup == "angles_largest_first"


def test_no_factor_is_named_where_zero_is_expected():
    from torch.linalg import qr, svdvals

    def guessed(a, b):
        angles = svdvals(qr(a).Q.T @ qr(b).Q).arccos()
        return angles.nan_to_num(math.pi / 2)

    (line,) = failed_lines(LAB.report(guessed, name="principal_angles"))
    assert "expected 0, got 1.571" in line and "everywhere" not in line


NEVER_ACCEPTED = {
    "log probabilities": lambda x, t: (x.log_softmax(-1).amax(-1) >= t).float().mean(),
    "softmax twice": lambda x, t: (x.softmax(-1).softmax(-1).amax(-1) >= t).float().mean(),
    "mean over classes": lambda x, t: (x.softmax(-1).mean(-1) >= t).float().mean(),
    "whole division": lambda x, t: (x.softmax(-1).amax(-1) >= t).sum() // len(x),
    "one softmax": lambda x, t: (x.flatten().softmax(0).view_as(x).amax(-1) >= t).float().mean(),
}


@pytest.mark.parametrize("answer", NEVER_ACCEPTED.values(), ids=NEVER_ACCEPTED)
def test_an_answer_that_accepts_nothing_is_not_taken_for_another_mixup(answer):
    report = LAB.report(answer, name="acceptance_rate")
    assert (report.state, report.mixup, report.points) == (State.WRONG_VALUE, "", 0)
    assert "yours is 0 everywhere" in failed_lines(report)[0]


def test_a_model_of_images_is_not_given_rows():
    def by_rows(model, x, noise, std):
        return torch.nn.functional.mse_loss(model((x + std * noise).flatten(1)), x.flatten(1))

    report = LAB.report(by_rows, name="denoising_loss")
    assert report.state == State.EXCEPTION
    assert "the model takes images (B, 1, H, W), got" in failed_lines(report)[0]
