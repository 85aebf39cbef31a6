"""The f-divergence family, each member against its direct formula in an outside library."""

import math

import pytest
import scipy.special
import scipy.stats
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cityblock, euclidean, jensenshannon

from dgm_course.metrics.divergence import (
    CHI_SQUARED,
    GENERATORS,
    JENSEN_SHANNON,
    KL,
    REVERSE_KL,
    SQUARED_HELLINGER,
    TOTAL_VARIATION,
    ConvexGenerator,
    f_divergence,
    js,
    kl,
)

DIRECT = {
    KL: lambda p, q: scipy.special.rel_entr(p, q).sum(),
    REVERSE_KL: lambda p, q: scipy.special.rel_entr(q, p).sum(),
    JENSEN_SHANNON: lambda p, q: jensenshannon(p, q) ** 2,
    TOTAL_VARIATION: lambda p, q: cityblock(p, q) / 2,
    CHI_SQUARED: lambda p, q: scipy.stats.chisquare(p, q).statistic,
    SQUARED_HELLINGER: lambda p, q: euclidean(p**0.5, q**0.5) ** 2 / 2,
}

exact = {"rtol": 1e-10, "atol": 1e-10}
every = pytest.mark.parametrize("f", GENERATORS, ids=lambda f: f.name)
deterministic = settings(derandomize=True, deadline=None, max_examples=40, database=None)


def f64(*values):
    return torch.tensor(values, dtype=torch.float64)


@st.composite
def distributions(draw, count=2, outcomes=5):
    weight = st.just(0.0) | st.floats(1e-12, 1e-3) | st.floats(0.01, 1)
    rows = st.lists(weight, min_size=outcomes, max_size=outcomes).filter(lambda row: max(row) > 0)
    return [f64(*row) / sum(row) for row in draw(st.lists(rows, min_size=count, max_size=count))]


def batch(seed, zeros=()):
    p = torch.rand(7, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    p[:, list(zeros)] = 0
    return p / p.sum(-1, keepdim=True)


def test_every_member_is_compared():
    assert set(DIRECT) == set(GENERATORS)


@every
@pytest.mark.parametrize("zeros_p", [(), (1, 4)])
def test_a_member_is_its_direct_formula(f, zeros_p):
    p, q = batch(0, zeros_p), batch(1)
    truth = [DIRECT[f](a, b) for a, b in zip(p.numpy(), q.numpy(), strict=True)]
    torch.testing.assert_close(f_divergence(p, q, f), f64(*truth), **exact)


@every
def test_it_is_the_mean_under_q_of_f_of_the_ratio(f):
    p, q = batch(0), batch(1)
    torch.testing.assert_close(f_divergence(p, q, f), (q * f(p / q)).sum(-1), **exact)


@every
def test_outcomes_that_one_of_the_two_never_gives_cost_their_limit(f):
    p, q = f64(0, 0.5, 0.5, 0), f64(0.25, 0.25, 0.5, 0)
    both = [f_divergence(p, q, f).item(), f_divergence(q, p, f).item()]
    truth = [0.25 * f.at_zero + 0.25 * f(f64(2)), 0.25 * f.slope + 0.5 * f(f64(0.5))]
    assert both == pytest.approx([float(t) for t in truth], rel=1e-6)  # limits are float32


@every
def test_the_limits_are_those_of_the_function(f):
    at_zero, slope = f(f64(1e-14)).item(), (f(f64(1e14)) / 1e14).item()
    for got, near in ((f.at_zero, at_zero), (f.slope, slope)):
        assert got == pytest.approx(near, rel=1e-5, abs=1e-5) or (got == math.inf and near > 30)


@every
def test_f_is_convex_and_zero_at_one(f):
    u = torch.linspace(0.01, 5, 200, dtype=torch.float64)
    assert f(f64(1)).item() == 0 == f.swapped(f64(1)).item()
    assert (f(u[2:]) + f(u[:-2]) - 2 * f(u[1:-1]) >= -1e-12).all()


@every
def test_the_swapped_generator_swaps_the_arguments(f):
    p, q = batch(0, (1,)), batch(1, (2,))
    swapped = ConvexGenerator("swapped", f.swapped, f.f)
    torch.testing.assert_close(f_divergence(p, q, swapped), f_divergence(q, p, f), **exact)


def test_kl_and_js_are_members():
    p, q = batch(0, (1,)), batch(1, (1, 2))
    torch.testing.assert_close(f_divergence(p, q, KL), kl(p, q), **exact)
    torch.testing.assert_close(f_divergence(q, p, KL), kl(q, p), **exact)
    torch.testing.assert_close(f_divergence(p, q, REVERSE_KL), kl(q, p), **exact)
    torch.testing.assert_close(f_divergence(p, q, JENSEN_SHANNON), js(p, q), **exact)


def test_a_ratio_that_would_overflow_does_not():
    tiny = 2.0**-1074
    p, q = f64(0.5, 0.5), f64(1, tiny)
    for a, b, f in ((p, q, KL), (q, p, REVERSE_KL)):
        torch.testing.assert_close(f_divergence(a, b, f), f64(536 * math.log(2))[0], **exact)
    for f in (JENSEN_SHANNON, TOTAL_VARIATION, SQUARED_HELLINGER):
        limit = f_divergence(p, f64(1, 0), f)
        torch.testing.assert_close(f_divergence(p, q, f), limit, **exact)


@deterministic
@given(distributions(), distributions(count=5, outcomes=3))
def test_processing_data_never_tells_them_further_apart(drawn, rows):
    (p, q), channel = drawn, torch.stack(rows)
    for f in GENERATORS:
        before, after = f_divergence(p, q, f), f_divergence(p @ channel, q @ channel, f)
        assert -1e-10 <= after <= before * (1 + 1e-9) + 1e-10


@deterministic
@given(distributions())
def test_the_members_bound_each_other(drawn):
    kl, _, js, tv, chi, hellinger = (f_divergence(*drawn, f).item() for f in GENERATORS)
    slack = 1e-10
    assert 2 * tv**2 <= kl + slack  # Pinsker
    assert kl <= math.log1p(chi) + slack  # Jensen
    assert hellinger <= tv + slack and tv**2 <= hellinger * (2 - hellinger) + slack  # Le Cam
    assert js <= math.log(2) * tv + slack  # Lin 1991


@every
def test_gradients_are_those_of_finite_differences(f):
    logits = torch.randn(2, 7, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    logits = [x.requires_grad_() for x in logits]

    def divergence(a, b):
        return f_divergence(a.softmax(-1), b.softmax(-1), f)

    assert torch.autograd.gradcheck(divergence, logits)


@every
def test_an_outcome_that_softmax_makes_impossible_leaves_the_other_gradients_alone(f):
    logits = torch.randn(2, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))

    def gradient(a, b):
        a, b = a.requires_grad_(), b.requires_grad_()
        f_divergence(a.softmax(-1), b.softmax(-1), f).backward()
        return a.grad, b.grad

    truth = gradient(*logits.clone())
    with_zero = gradient(*(torch.cat([row, f64(-1e4)]) for row in logits.clone()))
    for got, want in zip(with_zero, truth, strict=True):
        torch.testing.assert_close(got, torch.cat([want, f64(0)]), **exact)


@every
@pytest.mark.parametrize("swap", [False, True])
def test_an_outcome_that_underflows_has_the_gradient_of_one_that_nearly_does(f, swap):
    p, q = torch.randn(2, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))

    def gradient(lowest):
        a = torch.cat([p, f64(lowest)]).requires_grad_()
        b = torch.cat([q, f64(0)]).requires_grad_()
        pair = (b, a) if swap else (a, b)
        divergence = f_divergence(*(x.softmax(-1) for x in pair), f)
        return divergence, *torch.autograd.grad(divergence, [a, b])

    divergence, over_a, over_b = gradient(-1e4)
    if divergence.isinf():
        return  # there is no limit to compare with
    for zero, nearly in zip((over_a, over_b), gradient(-60.0)[1:], strict=True):
        torch.testing.assert_close(zero, nearly, **exact)


@every
def test_no_gradient_is_nan_where_one_is_zero_even_if_the_divergence_is_infinite(f):
    for p, q in ((f64(0, 0.4, 0.6), f64(0.2, 0.3, 0.5)), (f64(0.2, 0.3, 0.5), f64(0, 0.4, 0.6))):
        pair = [p.requires_grad_(), q.requires_grad_()]
        assert not any(g.isnan().any() for g in torch.autograd.grad(f_divergence(*pair, f), pair))


@pytest.mark.parametrize("f", [TOTAL_VARIATION, CHI_SQUARED], ids=lambda f: f.name)
def test_a_finite_slope_at_probability_zero_is_exact(f):
    p, q = f64(0, 0.4, 0.6).requires_grad_(), f64(0.2, 0.3, 0.5)
    gradient, step = torch.autograd.grad(f_divergence(p, q, f), p)[0], 1e-7
    for k, direction in enumerate(torch.eye(3, dtype=torch.float64)):
        ahead = f_divergence(p + step * direction, q, f)  # off the simplex, but within tolerance
        slope = (ahead - f_divergence(p, q, f)) / step
        torch.testing.assert_close(gradient[k], slope, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("f", "swapped", "message"),
    [
        (lambda u: u**2, lambda u: 1 / u, "f: expected f\\(1\\) = 0, got 1"),
        (KL.f, KL.f, "swapped: expected u f\\(1/u\\), got another function than mine"),
    ],
)
def test_what_generates_no_divergence_is_refused(f, swapped, message):
    with pytest.raises(ValueError, match=message):
        ConvexGenerator("mine", f, swapped)


def test_what_is_no_distribution_is_refused_by_name():
    with pytest.raises(ValueError, match="q: expected probabilities that sum to 1"):
        f_divergence(f64(0.5, 0.5), f64(0.5, 0.4), KL)
