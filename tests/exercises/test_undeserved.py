"""Wrong answers that might slip through: constants, copies, memory, and formulas a little off."""

import functools
import math

import numpy as np
import pytest
import torch
from torch.special import entr, xlogy

from dgm_course.exercises.answers import information as known
from dgm_course.exercises.answers.information_gaussians import fit_by_table, fit_one_index
from dgm_course.exercises.answers.introduction import mle_one_value
from dgm_course.exercises.exercise import State, draw
from dgm_course.exercises.judge import judge
from dgm_course.exercises.numbers import Computed, answers
from dgm_course.exercises.observe import Observed, observe

from .notebook import failed_lines
from .test_exercises import EXERCISES, every, mapped

SEEDS = (0, 1, 2)
LABS = {exercise.name: lab for lab, exercise in EXERCISES}
CONSTANTS = (0.0, 1.0, 0.5, -1.0, math.log(2), math.nan, math.inf, -math.inf, 1e30)


@functools.cache
def prepared(exercise_name, seed):
    """The inputs of a seed, and what the known answers return on them."""
    exercise = LABS[exercise_name].find(exercise_name)
    inputs = draw(exercise, seed)
    return inputs, Computed(exercise, inputs)


def of_arrays(exercise, seed, arrays):
    """The verdict on what somebody returned, whoever computed it."""
    inputs, numbers = prepared(exercise.name, seed)
    return judge(exercise, inputs, Observed(arrays), numbers)


def of_answer(exercise, seed, answer):
    inputs, numbers = prepared(exercise.name, seed)
    return judge(exercise, inputs, observe(exercise, (answer,), inputs), numbers)


@every
@pytest.mark.parametrize("value", CONSTANTS)
def test_a_constant_earns_nothing_even_in_the_right_shape(lab, exercise, value):
    for seed in SEEDS:
        shapes = {k: want.shape for k, want in prepared(exercise.name, seed)[1].want.items()}
        full = {name: np.full(shape, value) for name, shape in shapes.items()}
        assert of_arrays(exercise, seed, full).points == 0
        assert of_answer(exercise, seed, lambda *_: value).points == 0


@every
def test_a_copy_of_an_input_earns_nothing(lab, exercise):
    for place in range(3):
        for part in (lambda a: a, lambda a: a[0], lambda a: a.sum(-1), lambda a: a.mean()):

            def answer(*args, place=place, part=part):
                return part(torch.as_tensor(args[place]).clone())

            for seed in SEEDS:
                report = of_answer(exercise, seed, answer)
                assert report.points == 0, (place, failed_lines(report))


@every
def test_numbers_learnt_by_heart_are_worth_nothing_at_another_seed(lab, exercise):
    learnt = prepared(exercise.name, 0)[1].want
    for seed in range(1, 12):
        report = of_arrays(exercise, seed, dict(learnt))
        assert report.state != State.RIGHT
        assert report.points == 0, (seed, failed_lines(report))


@every
def test_random_numbers_earn_nothing(lab, exercise):
    for seed in SEEDS:
        noise, want = np.random.default_rng(seed), prepared(exercise.name, seed)[1].want
        report = of_arrays(exercise, seed, {k: noise.normal(size=w.shape) for k, w in want.items()})
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
        report = of_answer(exercise, seed, mapped(answers(exercise).variants[0], change))
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
    for seed in range(6):
        report = of_answer(LABS[name].find(name), seed, answer)
        assert report.state != State.RIGHT
        assert report.points < report.max_points
