"""Closed forms of Gaussians, against torch.distributions, quadrature and Monte Carlo."""

import math

import pytest
import torch
from scipy.integrate import quad
from torch.distributions import Independent, MultivariateNormal, Normal, kl_divergence

from dgm_course.metrics.gaussian import (
    cross_entropy_gaussians,
    entropy_gaussian,
    kl_full_gaussians,
    kl_gaussians,
)

exact = {"rtol": 1e-10, "atol": 1e-10}
LOG2 = math.log(2)


def draw(*shape, seed=0):
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


PAIR = [draw(7, 3, seed=seed) for seed in range(4)]  # mean_p, log_std_p, mean_q, log_std_q


def normal(mean, log_std):
    return Independent(Normal(mean, log_std.exp()), 1)


def covariance(*batch, dim=3, seed=0):
    root = draw(*batch, dim, dim + 1, seed=seed)
    return root @ root.mT


def test_entropy_is_that_of_torch():
    mean, log_std, *_ = PAIR
    torch.testing.assert_close(entropy_gaussian(log_std), normal(mean, log_std).entropy(), **exact)


def test_kl_is_that_of_torch():
    mean_p, log_std_p, mean_q, log_std_q = PAIR
    truth = kl_divergence(normal(mean_p, log_std_p), normal(mean_q, log_std_q))
    torch.testing.assert_close(kl_gaussians(*PAIR), truth, **exact)


def test_kl_is_the_integral_of_p_log_p_over_q():
    mean_p, std_p, mean_q, std_q = 0.3, 0.7, -0.4, 1.6
    p, q = Normal(mean_p, std_p), Normal(mean_q, std_q)

    def integrand(x):
        x = torch.tensor(x, dtype=torch.float64)
        return (p.log_prob(x).exp() * (p.log_prob(x) - q.log_prob(x))).item()

    arguments = torch.tensor([[mean_p], [math.log(std_p)], [mean_q], [math.log(std_q)]])
    truth = quad(integrand, -10, 10)[0]
    assert kl_gaussians(*arguments.double()).item() == pytest.approx(truth, abs=1e-6)


def test_cross_entropy_is_the_mean_surprise_of_samples_of_p():
    mean_p, log_std_p, mean_q, log_std_q = (x[0] for x in PAIR)
    n = 40_000
    surprise = -normal(mean_q, log_std_q).log_prob(mean_p + log_std_p.exp() * draw(n, 3, seed=9))
    gap = surprise.mean() - cross_entropy_gaussians(*(x[0] for x in PAIR))
    assert abs(gap) < 4 * surprise.std() / math.sqrt(n)


def test_kl_is_cross_entropy_minus_entropy():
    gap = cross_entropy_gaussians(*PAIR) - entropy_gaussian(PAIR[1])
    torch.testing.assert_close(kl_gaussians(*PAIR), gap, **exact)


def test_cross_entropy_with_itself_is_entropy():
    torch.testing.assert_close(
        cross_entropy_gaussians(*PAIR[:2], *PAIR[:2]), entropy_gaussian(PAIR[1]), **exact
    )


def test_full_kl_is_that_of_torch():
    mean_p, mean_q = draw(7, 3), draw(7, 3, seed=1)
    cov_p, cov_q = covariance(7, seed=2), covariance(7, seed=3)
    truth = kl_divergence(MultivariateNormal(mean_p, cov_p), MultivariateNormal(mean_q, cov_q))
    torch.testing.assert_close(kl_full_gaussians(mean_p, cov_p, mean_q, cov_q), truth, **exact)


def test_full_kl_of_diagonal_covariances_is_the_diagonal_kl():
    mean_p, log_std_p, mean_q, log_std_q = PAIR
    cov_p, cov_q = ((2 * x).exp().diag_embed() for x in (log_std_p, log_std_q))
    full = kl_full_gaussians(mean_p, cov_p, mean_q, cov_q)
    torch.testing.assert_close(full, kl_gaussians(*PAIR), **exact)


def test_full_kl_does_not_depend_on_the_coordinates():
    mean_p, mean_q, a = draw(3), draw(3, seed=1), draw(3, 3, seed=4)
    cov_p, cov_q = covariance(seed=2), covariance(seed=3)
    seen = [a @ mean_p, a @ cov_p @ a.T, a @ mean_q, a @ cov_q @ a.T]
    truth = kl_full_gaussians(mean_p, cov_p, mean_q, cov_q)
    torch.testing.assert_close(kl_full_gaussians(*seen), truth, rtol=1e-9, atol=1e-9)


def test_close_gaussians_have_a_small_positive_kl_and_equal_ones_none():
    mean, log_std, *_ = PAIR
    assert (kl_gaussians(mean, log_std, mean, log_std) == 0).all()
    near = kl_gaussians(mean, log_std, mean, log_std + 1e-7)
    torch.testing.assert_close(near, torch.full_like(near, 3e-14), rtol=1e-4, atol=0)


def test_base_2_gives_bits():
    full = draw(3), covariance(), draw(3, seed=1), covariance(seed=1)
    for f, arguments in (
        (entropy_gaussian, PAIR[1:2]),
        (cross_entropy_gaussians, PAIR),
        (kl_gaussians, PAIR),
        (kl_full_gaussians, full),
    ):
        torch.testing.assert_close(f(*arguments, base=2), f(*arguments) / LOG2, **exact)


def test_batch_dims_broadcast_to_a_table_of_pairs():
    mean_p, log_std_p, mean_q, log_std_q = PAIR
    table = kl_gaussians(mean_p[:, None], log_std_p[:, None], mean_q[:5], log_std_q[:5])
    assert table.shape == (7, 5)
    pair = kl_gaussians(mean_p[6], log_std_p[6], mean_q[4], log_std_q[4])
    torch.testing.assert_close(table[6, 4], pair, **exact)


def test_gradients_are_those_of_finite_differences():
    arguments = [x[:2].clone().requires_grad_() for x in PAIR]
    assert torch.autograd.gradcheck(kl_gaussians, arguments)
    assert torch.autograd.gradcheck(cross_entropy_gaussians, arguments)


@pytest.mark.parametrize("f", [kl_gaussians, cross_entropy_gaussians])
@pytest.mark.parametrize("k", [1, 2, 3])
def test_a_diagonal_gaussian_of_another_dim_is_refused_by_name(f, k):
    name = ["mean_p", "log_std_p", "mean_q", "log_std_q"][k]
    wrong = [x[:, :1] if i == k else x for i, x in enumerate(PAIR)]  # would broadcast unseen
    with pytest.raises(ValueError, match=rf"{name}: expected .* mean_p \(7, 3\), got \(7, 1\)"):
        f(*wrong)


def test_a_scalar_is_refused():
    with pytest.raises(ValueError, match=r"log_std: expected \(..., D\), got \(\)"):
        entropy_gaussian(torch.tensor(0.0))


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (torch.tensor([[1.0, 2], [2, 1]]), "positive definite"),
        (torch.tensor([[1.0, 0.5], [0, 1]]), "symmetric"),
        (torch.full((2, 2), math.nan), "positive definite"),
        (torch.ones(3, 2), r"\(..., D, D\), got \(3, 2\)"),
        (torch.eye(3), r"the last dim of mean_p \(2,\), got \(3, 3\)"),
    ],
)
def test_what_is_no_covariance_is_refused_by_name(bad, message):
    mean, good = torch.zeros(2), torch.eye(2)
    with pytest.raises(ValueError, match=f"cov_p: expected .*{message}"):
        kl_full_gaussians(mean, bad, mean, good)
    with pytest.raises(ValueError, match=f"cov_q: expected .*{message}"):
        kl_full_gaussians(mean, good, mean, bad)
