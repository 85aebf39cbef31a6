"""Wrong answers that people gave and that once passed, or were told the wrong mix-up."""

import math

import pytest
import torch

from dgm_course.exercises.exercise import State
from dgm_course.exercises.lab import load

from .notebook import failed_lines

INFORMATION, INTRODUCTION = load("01"), load("00")


def kl_infinite_at_any_zero(p, q):
    return torch.where(q > 0, torch.xlogy(p, p) - torch.xlogy(p, q), math.inf).sum(-1)


def kl_one_zero_spoils_the_batch(p, q):
    if (q == 0).any():
        return torch.full(p.shape[:-1], math.inf)
    return torch.where(p > 0, p * (p / q).log(), 0).sum(-1)


WRONG = [
    (INFORMATION, "kl_divergence", kl_infinite_at_any_zero),
    (INFORMATION, "kl_divergence", kl_one_zero_spoils_the_batch),
    (INFORMATION, "information", lambda p: -p.log().flatten()),
    (INFORMATION, "information", lambda p: torch.where(p > 0, -p.log(), 0.0)),
    (INFORMATION, "information", lambda p: -p.clamp(min=1e-3).log()),
    (INFORMATION, "f_divergence", lambda p, q, f: (q * f(p / q)).sum(1)),
    (
        INTRODUCTION,
        "outlier_auc",
        lambda a, b: ((a.exp()[:, None] > b.exp()) + 0.5 * (a.exp()[:, None] == b.exp())).mean(),
    ),
    (INTRODUCTION, "gaussian_mle", lambda x: (x.mean(0), (x - x.mean()).pow(2).mean(0).sqrt())),
]


@pytest.mark.parametrize(("lab", "name", "answer"), WRONG)
@pytest.mark.parametrize("seed", range(5))
def test_a_wrong_answer_is_not_right(lab, name, answer, seed):
    assert lab.report(answer, name=name, seed=seed).state != State.RIGHT


CHANCE = [
    (INFORMATION, "kl_divergence", lambda p, q: torch.full(p.shape[:-1], math.inf), "KL(q‖p)"),
    (INTRODUCTION, "outlier_auc", lambda a, b: 0.0, "ties"),
    (INTRODUCTION, "outlier_auc", lambda a, b: 1.0, "ties"),
]


@pytest.mark.parametrize(("lab", "name", "answer", "sentence"), CHANCE)
def test_one_number_that_agrees_by_chance_is_no_mix_up(lab, name, answer, sentence):
    report = lab.report(answer, name=name)
    assert report.state != State.MISCONCEPTION
    assert not any(
        f"{sentence} count" in line or "this is" in line for line in failed_lines(report)
    )


def test_an_input_changed_in_place_is_called_by_its_parameters_name():
    lines = INFORMATION.report(lambda p: p.log_().neg_(), name="information").lines
    (told,) = [line.text for line in lines if line.state == State.MODIFIED]
    assert "changes its input `p` in place" in told
