"""Monte-Carlo estimates: the truth is a closed form or a quadrature, the error SciPy's."""

import functools
import math

import numpy as np
import pytest
import scipy.stats
import torch
from scipy.integrate import quad
from torch.distributions import Independent, MixtureSameFamily, Normal, kl_divergence

from dgm_course.metrics.monte_carlo import (
    Estimate,
    estimate_cross_entropy,
    estimate_entropy,
    estimate_js,
    estimate_kl,
    estimate_mean,
)

LOG2 = math.log(2)


def normal(mean, std):
    mean = torch.tensor(mean, dtype=torch.float64)
    return Independent(Normal(mean, torch.full_like(mean, std)), 1)


def uniform(low, high):
    """The log density of a unit box."""
    return lambda x: torch.where((x >= low) & (x < high), 0.0, -math.inf)


P, Q = normal([0.3, -0.2, 0.5], 0.8), normal([-0.1, 0.6, 0.0], 1.3)


def samples(p, n, seed=0):
    torch.manual_seed(seed)
    return p.sample((n,))


@functools.cache
def estimates(n, seed=0, base=None):
    x_p, x_q = samples(P, n, seed), samples(Q, n + 1, seed + 10_000)
    return {
        "entropy": estimate_entropy(x_p, P.log_prob, base=base),
        "cross_entropy": estimate_cross_entropy(x_p, Q.log_prob, base=base),
        "kl": estimate_kl(x_p, P.log_prob, Q.log_prob, base=base),
        "js": estimate_js(x_p, x_q, P.log_prob, Q.log_prob, base=base),
    }


def js_by_quadrature(p, q):
    def integrand(x):
        a, b = (f.log_prob(torch.tensor([x], dtype=torch.float64)).exp().item() for f in (p, q))
        m = (a + b) / 2
        return sum(0 if c == 0 else c * math.log(c / m) for c in (a, b)) / 2

    return quad(integrand, -12, 12, points=[-1, 0, 1])[0]


TRUTH = {
    "entropy": P.entropy().item(),
    "cross_entropy": (P.entropy() + kl_divergence(P, Q)).item(),
    "kl": kl_divergence(P, Q).item(),
}


@pytest.mark.parametrize("name", TRUTH)
def test_an_estimate_is_within_four_standard_errors_of_the_closed_form(name):
    got = estimates(20_000)[name]
    assert abs(got.mean - TRUTH[name]) < 4 * got.standard_error < 0.05


def test_js_is_within_four_standard_errors_of_the_quadrature():
    p, q = normal([-0.7], 0.6), normal([0.5], 1.1)
    got = estimate_js(samples(p, 30_000), samples(q, 20_000, 1), p.log_prob, q.log_prob)
    assert abs(got.mean - js_by_quadrature(p, q)) < 4 * got.standard_error < 0.02


def test_kl_of_mixtures_without_a_closed_form_is_that_of_the_quadrature():
    weights = torch.distributions.Categorical(torch.tensor([0.3, 0.7]).double())
    bumps = Normal(torch.tensor([-2.0, 1.5]).double(), torch.tensor([0.5, 0.8]).double())
    p, q = MixtureSameFamily(weights, bumps), Normal(torch.tensor(0.4).double(), 2.0)

    def integrand(x):
        x = torch.tensor(x, dtype=torch.float64)
        return (p.log_prob(x).exp() * (p.log_prob(x) - q.log_prob(x))).item()

    got = estimate_kl(samples(p, 20_000), p.log_prob, q.log_prob)
    assert abs(got.mean - quad(integrand, -9, 9, points=[-2, 1.5])[0]) < 4 * got.standard_error


@pytest.mark.parametrize("name", ["entropy", "cross_entropy", "kl", "js"])
def test_the_standard_error_is_the_spread_of_repeated_estimates(name):
    repeated = [estimates(100, seed)[name] for seed in range(200)]
    spread = np.std([e.mean for e in repeated], ddof=1)
    claimed = np.mean([e.standard_error for e in repeated])
    noise = spread / math.sqrt(2 * 199)  # of a standard deviation from 200 draws
    assert abs(spread - claimed) < 4 * noise


def test_a_mean_has_the_standard_error_of_scipy():
    values = torch.randn(50, generator=torch.Generator().manual_seed(0))
    got = estimate_mean(values)
    assert got.mean == pytest.approx(values.double().mean().item(), rel=1e-10)
    assert got.standard_error == pytest.approx(scipy.stats.sem(values.double().numpy()), rel=1e-10)


def test_a_million_float32_draws_lose_no_digits():
    values = 1000 + torch.rand(1_000_000, generator=torch.Generator().manual_seed(0))
    assert estimate_mean(values).mean == pytest.approx(values.double().mean().item(), rel=1e-12)


def test_base_2_gives_bits():
    nats, bits = estimates(100), estimates(100, base=2)
    for name in nats:
        assert bits[name] == pytest.approx([x / LOG2 for x in nats[name]], rel=1e-10)


def test_js_of_what_never_meets_is_log_2_for_certain_and_of_equals_zero():
    x = torch.rand(7).double()
    left, right = uniform(0, 1), uniform(1, 2)
    assert estimate_js(x, x + 1, left, right) == pytest.approx((LOG2, 0), abs=1e-7)
    assert estimate_js(x, x, left, left) == pytest.approx((0, 0), abs=1e-7)


def test_kl_is_infinite_once_a_sample_is_impossible_under_q():
    x = torch.rand(7).double() + 0.5
    q = uniform(0, 1)
    assert estimate_kl(x, torch.zeros_like, q).mean == math.inf
    assert estimate_cross_entropy(x, q).mean == math.inf


def test_estimates_hold_no_gradient():
    mean = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    p, recorded = Independent(Normal(mean, 1.0), 1), []

    def log_p(x):
        recorded.append(p.log_prob(x))
        return recorded[-1]

    assert isinstance(estimate_entropy(samples(p, 5), log_p).mean, float)
    assert not recorded[0].requires_grad
    assert isinstance(estimate_mean(p.log_prob(samples(p, 5))).mean, float)


@pytest.mark.parametrize(
    ("mean", "error", "text"),
    [
        (0.0852996, 0.000412, "0.0853 ± 0.0004"),
        (-1.69985, 0.0213, "-1.70 ± 0.02"),
        (131.62, 3.4, "132 ± 3"),
        (131620.0, 340.0, "131620 ± 340"),
        (LOG2, 0.0, "0.693147 ± 0"),
        (math.inf, math.nan, "inf ± nan"),
    ],
)
def test_an_estimate_prints_the_digits_that_it_knows(mean, error, text):
    assert f"{Estimate(mean, error)}" == str(Estimate(mean, error)) == text


def test_samples_that_are_impossible_under_their_own_density_are_refused():
    x = torch.tensor([0.5, 1.5, 2.5])
    box = uniform(0, 1)
    message = "expected samples of {}, got 2 where it is -inf"
    with pytest.raises(ValueError, match="x: " + message.format("log_p")):
        estimate_kl(x, box, torch.zeros_like)
    with pytest.raises(ValueError, match="x: " + message.format("log_p")):
        estimate_entropy(x, box)
    with pytest.raises(ValueError, match="x_p: " + message.format("log_p")):
        estimate_js(x, x, box, torch.zeros_like)
    with pytest.raises(ValueError, match="x_q: " + message.format("log_q")):
        estimate_js(x, x, torch.zeros_like, box)


def test_a_log_density_that_forgets_to_sum_over_the_event_is_refused():
    per_dim = Normal(torch.zeros(3).double(), 1.0).log_prob
    for estimate in (estimate_entropy, lambda x, q: estimate_kl(x, P.log_prob, q)):
        with pytest.raises(ValueError, match=r"log_[pq]\(x\): expected \(7,\), got \(7, 3\)"):
            estimate(samples(P, 7), per_dim)


def test_one_sample_has_no_standard_error():
    with pytest.raises(ValueError, match=r"values: expected \(n,\) with n >= 2, got \(1,\)"):
        estimate_entropy(samples(P, 1), P.log_prob)
