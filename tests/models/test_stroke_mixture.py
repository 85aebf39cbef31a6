"""One stroke: torch's own mixture of correlated Gaussians, a total mass of 1, and its samples."""

import math

import pytest
import torch
from torch.distributions import Categorical, MixtureSameFamily, MultivariateNormal

from dgm_course.models.stroke_mixture import EACH, PEN, StrokeMixture, bivariate_log_prob

exact = {"rtol": 1e-10, "atol": 1e-10}
DOWN, UP, END = torch.eye(3, dtype=torch.float64)


def draw(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, dtype=torch.float64, generator=generator)


def covariance(log_std, skew):
    """The matrix that standard deviations and the correlation tanh(skew) stand for."""
    std, rho = log_std.exp(), skew.tanh()
    off = rho * std[..., 0] * std[..., 1]
    return torch.stack([std[..., 0] ** 2, off, off, std[..., 1] ** 2], -1).unflatten(-1, (2, 2))


def reference(p):
    """The mixture of offsets by torch's own distributions."""
    parts = MultivariateNormal(p.means, covariance(p.log_std, p.skew))
    return MixtureSameFamily(Categorical(logits=p.log_weight), parts)


def row(offset, pen):
    return torch.cat([offset, pen.expand(*offset.shape[:-1], 3)], -1)


def one(components=4, seed=0):
    """Parameters of a single stroke, components apart, wide enough for a grid: (1, P)."""
    params = draw(1, PEN + EACH * components, seed=seed)
    params[:, PEN + components : PEN + 3 * components] *= 2
    params[:, PEN + 3 * components :] /= 2
    return params


def test_the_density_of_an_offset_is_that_of_torch():
    offset, mean, log_std = draw(7, 5, 2), draw(7, 5, 2, seed=1), draw(7, 5, 2, seed=2)
    skew = draw(7, 5, seed=3)
    truth = MultivariateNormal(mean, covariance(log_std, skew)).log_prob(offset)
    torch.testing.assert_close(bivariate_log_prob(offset, mean, log_std, skew), truth, **exact)


@pytest.mark.parametrize("pen", [DOWN, UP])
def test_a_stroke_is_torchs_mixture_and_a_pen(pen):
    p, offset = StrokeMixture(draw(7, 3, PEN + EACH * 5)), draw(7, 3, 2, seed=1)
    truth = reference(p).log_prob(offset) + (p.log_pen * pen).sum(-1)
    torch.testing.assert_close(p.log_prob(row(offset, pen)), truth, **exact)


def test_the_end_has_a_pen_and_no_offset():
    p = StrokeMixture(draw(7, 3, PEN + EACH * 5))
    ended = row(torch.zeros(7, 3, 2).double(), END)
    torch.testing.assert_close(p.log_prob(ended), p.log_pen[..., 2], **exact)


def test_all_strokes_and_the_end_make_a_total_of_one():
    p = StrokeMixture(one())
    edge = torch.linspace(-20, 20, 601, dtype=torch.float64)
    points, cell = torch.cartesian_prod(edge, edge), (edge[1] - edge[0]).item() ** 2
    drawn = sum(p.log_prob(row(points, pen)).exp().sum() * cell for pen in (DOWN, UP))
    end = p.log_prob(row(torch.zeros(1, 2).double(), END)).exp()
    assert (drawn + end).item() == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("skew", [-18.0, -3.0, 3.0, 18.0])
def test_the_density_stays_exact_however_correlated(skew):
    """With rho = tanh(18), 1 - rho^2 = 9e-16: in float64 the textbook form has no digit left.

    On the line u = v the exponent is u^2 e^-s / cosh s, from which the truth is 2 u^2 / (1 + rho).
    """
    u, s = torch.tensor([0.0, 0.5, -2.0]).double(), torch.tensor(skew).double()
    offset = torch.stack([u, u.copysign(u * s.sign())], -1)
    zeros = torch.zeros(2).double()
    value = bivariate_log_prob(offset, zeros, zeros, s)
    rho = s.abs().tanh()
    log_root = math.log(2) - s.abs() - torch.log1p((-2 * s.abs()).exp())  # of 1 - rho^2
    truth = -math.log(2 * math.pi) - log_root - u**2 / (1 + rho)
    torch.testing.assert_close(value, truth, rtol=1e-8, atol=1e-8)


def test_the_density_is_finite_and_has_a_gradient_in_float32():
    skew = torch.tensor([-30.0, 0.0, 30.0], requires_grad=True)
    offset = torch.tensor([[0.5, -0.5], [30.0, 1.0], [0.5, 0.5]])
    value = bivariate_log_prob(offset, torch.zeros(2), torch.zeros(2), skew)
    (slope,) = torch.autograd.grad(value.sum(), skew)
    assert value.isfinite().all() and slope.isfinite().all()


def test_half_precision_does_not_reach_the_density():
    params = draw(7, PEN + EACH * 4).bfloat16()
    x = row(draw(7, 2, seed=1), DOWN).bfloat16()
    p, truth = StrokeMixture(params), StrokeMixture(params.double())
    torch.testing.assert_close(p.log_prob(x), truth.log_prob(x.double()).float())
    assert p.sample().dtype == torch.float32


def test_one_row_needs_no_batch():
    params = one()[0]
    x = StrokeMixture(params).sample(torch.Generator().manual_seed(0))
    again = StrokeMixture(params[None]).sample(torch.Generator().manual_seed(0))
    torch.testing.assert_close(x, again[0])
    assert StrokeMixture(params).log_prob(x).shape == ()


def test_samples_are_as_the_density_says():
    """Mean, covariance and pens of 40,000 draws, each within four standard errors."""
    params, n = one(), 40_000
    p = StrokeMixture(params)
    x = StrokeMixture(params.expand(n, -1)).sample(torch.Generator().manual_seed(1))
    share = x[:, 2:].mean(0)
    truth = p.log_pen[0].exp()
    assert ((share - truth).abs() < 4 * (truth * (1 - truth) / n).sqrt()).all()
    assert (x[x[:, 4] == 1][:, :2] == 0).all()
    offset, mixture = x[x[:, 4] == 0][:, :2], reference(p)
    weight, means = p.log_weight[0].exp(), p.means[0]
    second = covariance(p.log_std, p.skew)[0] + means[:, :, None] * means[:, None]
    for values, moment in (
        (offset, mixture.mean[0]),
        ((offset[:, :, None] * offset[:, None]).flatten(1), (weight @ second.flatten(1))),
    ):
        error = values.std(0) / math.sqrt(len(values))
        assert ((values.mean(0) - moment).abs() < 4 * error).all()


def test_samples_have_the_entropy_of_the_density():
    """The mean of log p over samples is its integral on a grid: the shape is right."""
    params, n = one(seed=5), 40_000
    p = StrokeMixture(params)
    x = StrokeMixture(params.expand(n, -1)).sample(torch.Generator().manual_seed(1))
    log_p = p.log_prob(x)
    edge = torch.linspace(-20, 20, 601, dtype=torch.float64)
    points, cell = torch.cartesian_prod(edge, edge), (edge[1] - edge[0]).item() ** 2
    truth = torch.special.entr(p.log_pen[0, 2].exp())
    for pen in (DOWN, UP):
        truth = truth + torch.special.entr(p.log_prob(row(points, pen)).exp()).sum() * cell
    assert abs(log_p.mean() + truth) < 4 * log_p.std() / math.sqrt(n) + 1e-5


@pytest.mark.parametrize("temperature", [0.25, 2.0])
def test_a_temperature_divides_logits_and_multiplies_variances(temperature):
    params = draw(7, PEN + EACH * 4)
    plain, p = StrokeMixture(params), StrokeMixture(params, temperature)
    for cooled, warm in ((p.log_pen, plain.log_pen), (p.log_weight, plain.log_weight)):
        truth = (warm / temperature).softmax(-1).log()
        torch.testing.assert_close(cooled, truth, **exact)
    truth = covariance(plain.log_std, plain.skew) * temperature
    torch.testing.assert_close(covariance(p.log_std, p.skew), truth, **exact)
    torch.testing.assert_close(p.means, plain.means, **exact)


def test_a_generator_makes_samples_come_again():
    p = StrokeMixture(draw(7, 3, PEN + EACH * 4))
    first, again = (p.sample(torch.Generator().manual_seed(1)) for _ in range(2))
    assert first.shape == (7, 3, 5) and first.equal(again)
    assert not first.equal(p.sample(torch.Generator().manual_seed(2)))
    state = torch.random.get_rng_state()
    p.sample(torch.Generator().manual_seed(1))
    assert torch.random.get_rng_state().equal(state)
