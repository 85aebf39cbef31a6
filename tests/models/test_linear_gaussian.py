"""Probabilistic PCA: evidence, posterior and bound by other formulas, and the best of each."""

import math

import pytest
import torch
from sklearn.decomposition import PCA
from torch import nn
from torch.distributions import (
    Independent,
    LowRankMultivariateNormal,
    MultivariateNormal,
    Normal,
)

from dgm_course.metrics.gaussian import kl_full_gaussians
from dgm_course.models.decoders import GaussianDecoder, GaussianPosterior
from dgm_course.models.linear_gaussian import LinearGaussian

B, X, D, STD = 7, 5, 3, 0.6
exact = {"rtol": 1e-10, "atol": 1e-10}


def noise(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, dtype=torch.float64, generator=generator)


def model():
    return LinearGaussian(noise(X, D), noise(X, seed=1), STD)


def data(n=80):
    return noise(n, X, seed=2) @ noise(X, X, seed=3) + noise(X, seed=4)


def joint():
    """Mean and covariance of (z, x) stacked, from the definition: (D + X,), (D + X, D + X)."""
    w = noise(X, D)
    a = torch.cat([torch.eye(D).double(), w])  # z and x are linear in z, noise
    own = torch.diag(STD**2 * torch.cat([torch.zeros(D), torch.ones(X)]).double())
    return torch.cat([torch.zeros(D).double(), noise(X, seed=1)]), a @ a.T + own


def gaussian(full=True):
    """Some q of each of B images, not the posterior."""
    mean, root = noise(B, D, seed=6), 0.4 * noise(B, D, D, seed=7).tril()
    root.diagonal(dim1=1, dim2=2).abs_().add_(0.1)
    if full:
        return MultivariateNormal(mean, scale_tril=root)
    return Independent(Normal(mean, root.diagonal(dim1=1, dim2=2)), 1)


both = pytest.mark.parametrize("full", [True, False])


def test_the_evidence_is_the_marginal_of_the_joint_gaussian():
    mean, covariance = joint()
    x = data(B)
    truth = MultivariateNormal(mean[D:], covariance[D:, D:]).log_prob(x)
    torch.testing.assert_close(model().log_prob(x), truth, **exact)
    torch.testing.assert_close(model().loss(x), -truth.mean(), **exact)


@pytest.mark.parametrize("std", [1.0, 0.03, 0.001])
def test_the_evidence_holds_in_float32_however_small_the_noise(std):
    weight, bias = noise(300, 20).float(), noise(300, seed=1).float()
    narrow = LinearGaussian(weight, bias, std)
    x = narrow.sample(9, torch.Generator().manual_seed(0))
    variance = (2 * narrow.log_std).double().exp()
    covariance = weight.double() @ weight.double().T + variance * torch.eye(300).double()
    root = torch.linalg.cholesky(covariance)
    z = torch.linalg.solve_triangular(root, (x - bias.double()).T, upper=False)
    truth = -0.5 * (z.square().sum(0) + 300 * math.log(2 * math.pi)) - root.diag().log().sum()
    torch.testing.assert_close(narrow.log_prob(x).double(), truth, rtol=0, atol=0.05)


def test_the_posterior_is_the_conditional_of_the_joint_gaussian():
    mean, covariance = joint()
    x = data(B)
    gain = torch.linalg.solve(covariance[D:, D:], covariance[D:, :D]).T
    q = model().posterior(x)
    assert q.batch_shape == (B,) and q.event_shape == (D,)
    torch.testing.assert_close(q.mean, (x - mean[D:]) @ gain.T, **exact)
    truth = covariance[:D, :D] - gain @ covariance[D:, :D]
    torch.testing.assert_close(q.covariance_matrix, truth.expand(B, D, D), **exact)


@both
def test_the_gap_of_the_bound_is_the_kl_to_the_posterior(full):
    x, q, p = data(B), gaussian(full), model().posterior(data(B))
    cov = q.covariance_matrix if full else q.variance.diag_embed()
    gap = kl_full_gaussians(q.mean, cov, p.mean, p.covariance_matrix)
    elbo = model().elbo(x, q)
    assert elbo.shape == (B,) and (gap > 0.1).all()
    torch.testing.assert_close(elbo + gap, model().log_prob(x), **exact)


def test_a_q_of_low_rank_is_its_full_covariance():
    m, x, factor = model(), data(B), noise(B, D, 2, seed=8)
    q = LowRankMultivariateNormal(noise(B, D, seed=6), factor, noise(B, D, seed=9).exp())
    full = MultivariateNormal(q.mean, q.covariance_matrix)
    torch.testing.assert_close(m.elbo(x, q), m.elbo(x, full), **exact)


@both
def test_the_bound_is_the_mean_of_log_weights(full):
    x, q = data(B), gaussian(full)
    z = q.mean + (q.sample((20_000,)) - q.mean)
    prior = MultivariateNormal(torch.zeros(D).double(), torch.eye(D).double())
    mean = z @ noise(X, D).T + noise(X, seed=1)
    weights = Normal(mean, STD).log_prob(x).sum(-1) + prior.log_prob(z) - q.log_prob(z)
    gap = (weights.mean(0) - model().elbo(x, q)).abs()
    assert (gap < 4 * weights.std(0) / math.sqrt(len(z))).all()


def test_the_bound_at_the_posterior_is_the_evidence():
    x = data(B)
    torch.testing.assert_close(model().elbo(x, model().posterior(x)), model().log_prob(x), **exact)


def descend(loss, parameters):
    """The least of a smooth function, by L-BFGS to convergence."""
    optimizer = torch.optim.LBFGS(
        parameters,
        max_iter=100,
        history_size=50,
        tolerance_grad=1e-12,
        tolerance_change=1e-16,
        line_search_fn="strong_wolfe",
    )

    def closure():
        optimizer.zero_grad()
        value = loss()
        value.backward()
        return value

    last = math.inf
    while (value := loss().item()) < last - 1e-12:
        last = value
        optimizer.step(closure)
    return value


def test_the_best_gaussian_of_each_image_reaches_its_evidence():
    truth, x = model(), data(B)
    numbers = [torch.zeros(B, D, *rest).double().requires_grad_() for rest in ((), (), (D,))]

    def q():
        mean, log_diagonal, below = numbers
        return MultivariateNormal(mean, scale_tril=log_diagonal.exp().diag_embed() + below.tril(-1))

    descend(lambda: -truth.elbo(x, q()).sum(), numbers)
    torch.testing.assert_close(truth.elbo(x, q()), truth.log_prob(x), rtol=0, atol=1e-6)


@pytest.mark.parametrize("seed", [0, 1])
def test_a_linear_vae_trained_by_its_bound_reaches_the_evidence_and_pca(seed):
    """No local optimum of the bound but the evidence's: Lucas et al. 2019, theorem 1."""
    x, encoder = data(), nn.Linear(X, 2 * D).double()
    for i, parameter in enumerate(encoder.parameters()):
        parameter.data.copy_(0.1 * noise(*parameter.shape, seed=100 * seed + i))
    encoder.weight.data[D:] = 0
    mask = torch.ones_like(encoder.weight)
    mask[D:] = 0
    encoder.weight.register_hook(lambda slope: slope * mask)  # the same spread for every image
    linear = LinearGaussian(0.3 * noise(X, D, seed=7 + seed), torch.zeros(X).double(), 1.0)
    posterior = GaussianPosterior(encoder)
    parameters = [*encoder.parameters(), *linear.parameters()]
    bound = -descend(lambda: -linear.elbo(x, posterior(x)).mean(), parameters)
    best = LinearGaussian.fit(x, D)
    assert bound == pytest.approx(-linear.loss(x).item(), abs=1e-6)
    assert bound == pytest.approx(-best.loss(x).item(), abs=1e-6)


def test_the_fit_has_no_slope_left_and_is_that_of_scikit_learn():
    x = data()
    best = LinearGaussian.fit(x, D)
    slopes = torch.autograd.grad(best.loss(x), list(best.parameters()))
    assert max(slope.abs().max().item() for slope in slopes) < 1e-10
    pca = PCA(D).fit(x.numpy())
    n = len(x)  # scikit-learn divides by n - 1
    covariance = best.weight @ best.weight.T + (2 * best.log_std).exp() * torch.eye(X)
    truth = torch.tensor(pca.get_covariance()) * (n - 1) / n
    torch.testing.assert_close(covariance.detach(), truth, rtol=1e-8, atol=1e-8)


def test_the_latents_of_the_fit_are_independent_and_the_strongest_comes_first():
    best = LinearGaussian.fit(data(), D)
    gram = (best.weight.T @ best.weight).detach()
    torch.testing.assert_close(gram, gram.diagonal().diag(), **exact)
    assert (gram.diagonal().diff() < 0).all()


def test_more_latents_than_the_data_have_directions_are_refused():
    with pytest.raises(ValueError, match="x: expected data that vary in more than 3 directions"):
        LinearGaussian.fit(noise(80, 3) @ noise(3, X), 3)
    for dim in (0, X):
        with pytest.raises(ValueError, match=rf"0 < dim < X, got \(80, 5\), {dim}"):
            LinearGaussian.fit(data(), dim)


def test_samples_have_the_mean_and_covariance_of_the_evidence():
    mean, covariance = joint()
    state = torch.get_rng_state()
    x = model().sample(20_000, torch.Generator().manual_seed(0))
    again = model().sample(20_000, torch.Generator().manual_seed(0))
    assert torch.equal(x, again) and torch.equal(torch.get_rng_state(), state)
    centred = x - mean[D:]
    assert (centred.mean(0).abs() < 4 * centred.std(0) / math.sqrt(len(x))).all()
    for i in range(X):
        for j in range(i + 1):
            values = centred[:, i] * centred[:, j]
            gap = (values.mean() - covariance[D + i, D + j]).abs()
            assert gap < 4 * values.std() / math.sqrt(len(x))


def test_it_is_the_vae_of_a_linear_decoder():
    linear, z, x = model(), noise(B, D, seed=8), data(B)
    decoder = GaussianDecoder(nn.Linear(D, X).double(), math.log(STD)).double()
    with torch.no_grad():
        decoder.net.weight.copy_(linear.weight)
        decoder.net.bias.copy_(linear.bias)
    got, truth = linear(z).log_prob(x), decoder(z).log_prob(x)
    torch.testing.assert_close(got, truth, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    ("weight", "bias", "std", "message"),
    [
        ((X, D), (D,), 1.0, r"weight, bias: expected \(X, D\), \(X,\), got \(5, 3\), \(3,\)"),
        ((X,), (X,), 1.0, r"weight, bias: expected"),
        ((X, D), (X,), 0.0, "std: expected a positive number, got 0"),
        ((X, D), (X,), math.nan, "std: expected a positive number, got nan"),
    ],
)
def test_what_is_no_linear_gaussian_is_refused(weight, bias, std, message):
    with pytest.raises(ValueError, match=message):
        LinearGaussian(noise(*weight), noise(*bias), std)
