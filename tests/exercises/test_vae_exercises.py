"""The lab on variational autoencoders: its closed forms are true, chance decides no verdict."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch.distributions import Independent, Normal

from dgm_course.exercises import vae_bounds
from dgm_course.exercises.answers import vae as bound_answers
from dgm_course.exercises.answers import vae_bounds as bounds_answers
from dgm_course.exercises.answers import vae_sampling as answers
from dgm_course.exercises.exercise import State, draw
from dgm_course.exercises.lab import load
from dgm_course.exercises.numbers import Computed
from dgm_course.models.linear_gaussian import LinearGaussian

from .notebook import failed_lines

LAB = load("03")
SEEDS = range(5)


def linear(seed):
    """The inputs of `refine` in double precision, and the package's model of the same weights."""
    found = draw(LAB.find("refine"), seed)
    given = {name: torch.tensor(value).double() for name, value in found.items()}
    return given, LinearGaussian(given["weight"], given["bias"], given["std"])


@pytest.mark.parametrize("seed", SEEDS)
def test_the_exercises_bound_is_that_of_the_linear_gaussian_model(seed):
    given, model = linear(seed)
    mean, log_std = given["mean"], given["log_std"]
    want = model.elbo(given["x"], Independent(Normal(mean, log_std.exp()), 1))
    torch.testing.assert_close(vae_bounds.linear_elbo(given)(mean, log_std), want)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_exercises_posterior_is_exact_and_its_bound_tight(seed):
    given, model = linear(seed)
    mean, log_std = vae_bounds.posterior(given)
    exact = model.posterior(given["x"])
    torch.testing.assert_close(mean, exact.mean)
    torch.testing.assert_close(log_std.exp().diag_embed() ** 2, exact.covariance_matrix)
    best = vae_bounds.linear_elbo(given)(mean, log_std)
    torch.testing.assert_close(best, model.log_prob(given["x"]))


@pytest.mark.parametrize("seed", SEEDS)
def test_each_step_closes_more_of_the_gap_until_nothing_is_left(seed):
    gaps = Computed(LAB.find("refine"), draw(LAB.find("refine"), seed)).want["gap"]
    assert (np.diff(gaps) < 0).all() and -1e-4 < gaps[-1] < 0.05 * gaps[0]
    given, model = linear(seed)
    q = bounds_answers.refine_by_grad(
        vae_bounds.linear_elbo(given), given["mean"], given["log_std"], 60, 0.2
    )
    exact = model.posterior(given["x"])
    torch.testing.assert_close(q[0], exact.mean)
    torch.testing.assert_close(q[1].exp() ** 2, exact.variance)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_importance_weights_of_the_picture_climb_to_log_px(seed):
    climb = Computed(LAB.find("iwae_bound"), draw(LAB.find("iwae_bound"), seed)).want["climb"]
    assert (np.diff(climb) > 0).all()
    assert climb[0] < -0.3 and abs(climb[-1]) < 1e-4


def with_noise_of_its_own(answer, seed):
    """The answer where every call draws other noise, as with a generator of the notebook's."""
    count = iter(range(seed, seed + 10_000))

    def drawn(mean, log_std):
        torch.manual_seed(next(count))
        return answer(mean, log_std)

    return drawn


@pytest.mark.parametrize("seed", range(20))
def test_a_right_draw_is_right_whatever_the_noise(seed):
    answer = with_noise_of_its_own(answers.reparameterise_by_randn, 1000 * seed)
    report = LAB.report(answer, name="reparameterise", seed=seed)
    assert report.state == State.RIGHT, failed_lines(report)


WRONG = LAB.find("reparameterise").misconceptions


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_draw_is_recognised_whatever_the_noise(name):
    for seed in range(4):
        answer = with_noise_of_its_own(getattr(answers, name), 1000 * seed)
        report = LAB.report(answer, name="reparameterise", seed=seed)
        assert WRONG[name] in failed_lines(report)[0]


def code_with_one_generator(mean, log_std):
    return mean + log_std.exp() * torch.randn(mean.shape, generator=torch.Generator())


def code_without_gradient_of_std(mean, log_std):
    return mean + log_std.exp().detach() * torch.randn_like(mean)


def code_with_two_rows_alike(mean, log_std):
    noise = torch.randn_like(mean)
    noise[1::2] = noise[: len(noise) - len(noise) % 2 : 2]
    return mean + log_std.exp() * noise


def code_with_antithetic_columns(mean, log_std):
    noise = torch.randn_like(mean)
    noise[:, 1] = -noise[:, 0]
    return mean + log_std.exp() * noise


def code_of_wide_noise(mean, log_std):
    return mean + 1.2 * log_std.exp() * torch.randn_like(mean)


def code_after_a_seed(mean, log_std):
    torch.manual_seed(3)
    return answers.reparameterise_by_randn(mean, log_std)


@pytest.mark.parametrize("answer", [code_with_one_generator, code_after_a_seed])
def test_noise_from_a_fixed_seed_is_told_so(answer):
    for seed in SEEDS:
        report = LAB.report(answer, name="reparameterise", seed=seed)
        assert report.mixup == "reparameterise_fixed_seed" and report.points == 4


def test_no_noise_at_all_is_told_so():
    report = LAB.report(lambda mean, log_std: mean + log_std.exp(), name="reparameterise")
    assert "one draw, or none" in failed_lines(report)[0]


def test_torch_normal_is_told_that_it_has_no_gradient():
    report = LAB.report(lambda m, s: torch.normal(m, s.exp()), name="reparameterise")
    assert report.mixup == "reparameterise_no_gradient"


def code_of_uniform_noise(mean, log_std):
    return mean + log_std.exp() * (torch.rand_like(mean) - 0.5) * 12**0.5


def code_of_signs(mean, log_std):
    return mean + log_std.exp() * torch.randn_like(mean).sign()


@pytest.mark.parametrize(
    "answer",
    [
        code_of_uniform_noise,
        code_of_signs,
        code_without_gradient_of_std,
        code_with_two_rows_alike,
        code_with_antithetic_columns,
        code_of_wide_noise,
        lambda mean, log_std: (mean, log_std),
        lambda mean, log_std: mean[0],
    ],
)
def test_another_wrong_draw_is_not_right(answer):
    for seed in SEEDS:
        report = LAB.report(answer, name="reparameterise", seed=seed)
        assert report.state not in (State.RIGHT, State.MISCONCEPTION)
        assert report.points < report.max_points


def test_a_code_of_the_wrong_shape_is_told_its_shape():
    report = LAB.report(lambda mean, log_std: mean.sum(-1), name="reparameterise")
    assert "a code for each row of `mean`" in failed_lines(report)[0]


def test_an_input_changed_in_place_costs_a_point():
    def added(mean, log_std):
        if mean.requires_grad:
            return answers.reparameterise_by_randn(mean, log_std)
        return mean.add_(log_std.exp() * torch.randn_like(mean))

    report = LAB.report(added, name="reparameterise")
    assert (report.state, report.points) == (State.MODIFIED, 4)


BASE = SimpleNamespace(rate=bound_answers.kl_by_formula, log_px=bound_answers.elbo_without_kl)
SLIPS = [
    ("kl_to_standard_normal", lambda m, s: BASE.rate(m, s).clamp(max=2)),
    ("kl_to_standard_normal", lambda m, s: BASE.rate(m, 0 * s)),
    ("kl_to_standard_normal", lambda m, s: 0.5 * BASE.rate(m, s)),
    ("elbo", lambda x, a, m, s: BASE.log_px(x, a.clamp(-20, 20), m, s) - BASE.rate(m, s)),
    ("elbo", lambda x, a, m, s: BASE.log_px(x, -a, m, s) - BASE.rate(m, s)),
    ("elbo", lambda x, a, m, s: BASE.log_px(x, a, m, s) - BASE.rate(m, s).mean()),
    ("elbo", lambda x, a, m, s: BASE.log_px(x[:, :1], a[:, :1], m, s) - BASE.rate(m, s)),
    ("iwae_bound", lambda w: (w - w.mean(1, True)).exp().mean(1).log() + w.mean(1)),
    ("iwae_bound", lambda w: bounds_answers.iwae_by_logsumexp(w.clamp(min=-500))),
    ("iwae_bound", lambda w: w.logsumexp(-1) - np.log(len(w))),
    ("refine", lambda elbo, m, s, steps, lr: bounds_answers.refine_by_grad(elbo, m, s, 4, lr)),
    ("refine", lambda elbo, m, s, steps, lr: bounds_answers.refine_by_grad(elbo, m, s, steps, 0.1)),
    ("interpolate", lambda a, b, n: torch.linspace(0, 1, n)[:, None] ** 2 * (b - a) + a),
    ("attribute_vector", lambda z, bold: z[bold == 1].median(0)[0] - z[bold == 0].median(0)[0]),
]


@pytest.mark.parametrize(("name", "answer"), SLIPS)
def test_a_slip_is_no_right_answer(name, answer):
    for seed in SEEDS:
        report = LAB.report(answer, name=name, seed=seed)
        assert report.state not in (State.RIGHT, State.EXCEPTION)
        assert report.points < report.max_points


def refined_spread_first(elbo, mean, log_std, steps, lr):
    for _ in range(steps):
        q = mean.clone().requires_grad_(), log_std.clone().requires_grad_()
        log_std = log_std + lr * torch.autograd.grad(elbo(*q).sum(), q[1])[0]
        mean = mean + lr * torch.autograd.grad(elbo(q[0], log_std).sum(), q[0])[0]
    return mean, log_std


@pytest.mark.parametrize("answer", [refined_spread_first, bounds_answers.refine_in_turn])
def test_parts_moved_in_turn_are_not_right(answer):
    for seed in SEEDS:
        assert LAB.report(answer, name="refine", seed=seed).points == 4


@pytest.mark.parametrize("seed", SEEDS)
def test_the_bound_of_counts_is_that_of_quadrature(seed):
    given, _ = linear(seed)
    levels, weights = (torch.tensor(part) for part in np.polynomial.hermite_e.hermegauss(60))
    q = Normal(given["mean"], given["log_std"].exp())
    z = q.mean + q.stddev * levels[:, None, None]
    inside = given["counts"] * z - z.exp() + Normal(0.0, 1.0).log_prob(z) - q.log_prob(z)
    want = torch.tensordot(weights / weights.sum(), inside, 1).sum(-1)
    torch.testing.assert_close(vae_bounds.counting_elbo(given)(q.mean, q.stddev.log()), want)


def test_a_bound_of_one_x_at_a_time_is_told_the_shape():
    report = LAB.report(lambda elbo, m, s, steps, lr: elbo(m[:1], s[:1]), name="refine")
    assert "the codes of all x at once" in failed_lines(report)[0]


def test_the_inputs_changed_have_the_names_of_the_card():
    def in_place(log_w):
        return bounds_answers.iwae_by_logsumexp(log_w.add_(1)) - 1

    text = failed_lines(LAB.report(in_place, name="iwae_bound"))[-1]
    assert "`log_w`" in text and "far" not in text
