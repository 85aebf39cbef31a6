"""Wrong answers that might slip through: constants, copies, memory, and formulas a little off."""

import math

import numpy as np
import pytest
import torch
from torch.special import entr, xlogy

from dgm_course.exercises.answers import information as known
from dgm_course.exercises.answers.information_gaussians import fit_by_table, fit_one_index
from dgm_course.exercises.answers.introduction import mle_one_value
from dgm_course.exercises.exercise import State, draw
from dgm_course.exercises.judge import Numbers, judge
from dgm_course.exercises.lab import load
from dgm_course.exercises.observe import Observed

from .test_exercises import every, failed_lines, mapped

SEEDS = (0, 1, 2)
CONSTANTS = (0.0, 1.0, 0.5, -1.0, math.log(2), math.nan, math.inf, -math.inf, 1e30)


def judged(exercise, inputs, arrays):
    return judge(exercise, inputs, Observed(arrays), Numbers(exercise, inputs))


@every
@pytest.mark.parametrize("value", CONSTANTS)
def test_a_constant_earns_nothing_even_in_the_right_shape(lab, exercise, value):
    def scalar(*args):
        return value

    for seed in SEEDS:
        inputs = draw(exercise, seed)
        want = Numbers(exercise, inputs).want
        report = judged(exercise, inputs, {k: np.full(w.shape, value) for k, w in want.items()})
        assert report.points == 0, failed_lines(report)
        assert lab.report(scalar, seed=seed, name=exercise.name).points == 0


@every
def test_a_copy_of_an_input_earns_nothing(lab, exercise):
    for place in range(3):
        for part in (lambda a: a, lambda a: a[0], lambda a: a.sum(-1), lambda a: a.mean()):

            def answer(*args, place=place, part=part):
                return part(torch.as_tensor(args[place]).clone())

            for seed in SEEDS:
                report = lab.report(answer, seed=seed, name=exercise.name)
                assert report.points == 0, (place, failed_lines(report))


@every
def test_numbers_learnt_by_heart_are_worth_nothing_at_another_seed(lab, exercise):
    learnt = Numbers(exercise, draw(exercise, 0)).want
    for seed in range(1, 20):
        report = judged(exercise, draw(exercise, seed), dict(learnt))
        assert report.state != State.RIGHT
        assert report.points == 0, (seed, failed_lines(report))


@every
def test_random_numbers_earn_nothing(lab, exercise):
    for seed in SEEDS:
        inputs = draw(exercise, seed)
        noise = np.random.default_rng(seed)
        want = Numbers(exercise, inputs).want
        report = judged(exercise, inputs, {k: noise.normal(size=w.shape) for k, w in want.items()})
        assert report.points == 0


CHANGES = {
    "2% too large": lambda r: 1.02 * r,
    "0.3% too large": lambda r: 1.003 * r,
    "shifted": lambda r: r + 0.02,
    "rounded": lambda r: (8 * r.double()).round() / 8 + 0.01,
    "a dimension more": lambda r: r[..., None],
    "a dimension before": lambda r: r[None],
    "the first row": lambda r: r[:1] if r.ndim else r[None],
    "negative": lambda r: -r - 1e-2,
    "as a truth": lambda r: r > 0,
    "one NaN": lambda r: (
        r.double().index_fill(0, torch.tensor([0]), math.nan) if r.ndim else r * math.nan
    ),
    "backwards": lambda r: r.flip(0) if r.ndim and len(r) > 1 else r + 1,
}


@every
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_the_right_answer_spoilt_is_not_right(lab, exercise, change):
    for seed in SEEDS:
        report = lab.report(mapped(exercise.reference, change), seed=seed, name=exercise.name)
        assert report.state != State.RIGHT
        assert report.points < exercise.points


def entropy_with_an_epsilon(p):
    return -(p * (p + 1e-2).log()).sum(-1)


def entropy_clamped(p):
    return entr(p.clamp(min=0.05)).sum(-1)


def entropy_normalised(p):
    return entr(p).sum(-1) / math.log(p.shape[-1])


def kl_plus_p_minus_q(p, q):
    return (xlogy(p, p / q) - p + 1.01 * q).sum(-1)


def kl_never_negative_terms(p, q):
    return (p * (p / q).log()).clamp(min=0).nansum(-1)


def kl_renormalised_support(p, q):
    both = (p > 0) & (q > 0)
    return torch.where(both, p * (p / q).log(), 0).nansum(-1).clamp(max=50)


def f_for_kl_alone(p, q, f):
    return known.kl_by_mask(p, q)


def fit_by_mode(log_p, log_q):
    best = (log_q - log_p).abs().amax(-1).argmin()
    return best, best


def fit_off_by_one(log_p, log_q):
    forward, reverse = fit_by_table(log_p, log_q)
    return forward + 1, reverse


SLIPS = {
    "entropy": (entropy_with_an_epsilon, entropy_clamped, entropy_normalised),
    "kl_divergence": (
        known.kl_masked_support,
        known.kl_padded,
        kl_plus_p_minus_q,
        kl_never_negative_terms,
        kl_renormalised_support,
    ),
    "f_divergence": (f_for_kl_alone,),
    "fit_gaussian": (fit_one_index, fit_by_mode, fit_off_by_one),
    "gaussian_mle": (mle_one_value,),
}


@pytest.mark.parametrize(
    ("name", "answer"), [(name, a) for name, slips in SLIPS.items() for a in slips]
)
def test_a_slip_that_is_nobodys_misconception_is_still_no_right_answer(name, answer):
    lab = load("00" if name == "gaussian_mle" else "01")
    for seed in range(6):
        report = lab.report(answer, seed=seed, name=name)
        assert report.state != State.RIGHT
        assert report.points < report.max_points
