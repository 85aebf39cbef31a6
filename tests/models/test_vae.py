"""The bound, term by term: against quadrature over z, all outcomes x, and other KL formulas."""

import math

import pytest
import scipy.stats
import torch
from tiny_vae import X, mixture, noise, tiny
from torch import nn
from torch.distributions import Normal, kl_divergence

from dgm_course.metrics.gaussian import kl_gaussians
from dgm_course.models.decoders import CategoricalDecoder, GaussianPosterior
from dgm_course.models.priors import StandardNormal
from dgm_course.models.vae import VAE, kl_to_standard_normal, reparameterise

exact = {"rtol": 1e-10, "atol": 1e-10}


def grid(low=-14.0, high=14.0, n=5601):
    """Points of a line, and the distance of two: sums are integrals to 1e-12."""
    return torch.linspace(low, high, n, dtype=torch.float64)[:, None], (high - low) / (n - 1)


def joint(model):
    """log p(x, z) at every image and every point of the line: (8, n), and the step."""
    z, step = grid()
    x = X[:, None].expand(-1, len(z), -1).reshape(-1, 3)
    log_prob = model.decoder(z.repeat(len(X), 1)).log_prob(x).view(len(X), -1)
    return log_prob + model.prior().log_prob(z), step


def evidence(model):
    log_joint, step = joint(model)
    return (log_joint.logsumexp(1) + math.log(step)).detach()


def mean_over_noise(f, x):
    """E f(x, noise) by a sum over a fine grid of noise: (B,)."""
    points, step = grid(-10, 10, 2001)
    values = f(x.repeat(len(points), 1), points.repeat_interleave(len(x), 0))
    weights = Normal(0.0, 1.0).log_prob(points).exp() * step
    return (values.detach().view(len(points), len(x)) * weights).sum(0)


MIXTURE = {"prior": mixture()}
priors = pytest.mark.parametrize("options", [{}, MIXTURE], ids=["standard", "mixture"])


# The two terms


@pytest.mark.parametrize("log_std", [-2.0, -0.4, 0.0, 0.7])
def test_the_rate_is_the_kl_of_torch_and_of_the_metrics(log_std):
    mean, log_std = noise(7, 3), log_std + 0.3 * noise(7, 3, seed=1)
    zero = torch.zeros_like(mean)
    got = kl_to_standard_normal(mean, log_std)
    truth = kl_divergence(Normal(mean, log_std.exp()), Normal(zero, zero + 1)).sum(1)
    torch.testing.assert_close(got, truth, **exact)
    torch.testing.assert_close(got, kl_gaussians(mean, log_std, zero, zero), **exact)


def test_reparameterised_draws_have_the_mean_and_std_and_their_gradient():
    mean, log_std = noise(1, 3).requires_grad_(), noise(1, 3, seed=1).requires_grad_()
    eps = noise(20_000, 3, seed=2)
    z = reparameterise(mean, log_std, eps)
    assert ((z.mean(0) - mean).abs() < 4 * log_std.exp() / math.sqrt(len(z))).all()
    ratio = z.std(0) / log_std.exp()
    assert ((ratio - 1).abs() < 4 / math.sqrt(2 * len(z))).all()
    for_mean, for_log_std = torch.autograd.grad(z.sum(), (mean, log_std))
    torch.testing.assert_close(for_mean, torch.full_like(mean, len(z)), **exact)
    torch.testing.assert_close(for_log_std, ((z - mean).sum(0)[None]).detach(), **exact)


def test_terms_are_those_of_torch_at_the_reparameterised_point():
    model, eps = tiny(dim=2), noise(8, 2)
    q, terms = model.posterior(X), model.terms(X, eps)
    z = q.base_dist.loc + q.base_dist.scale * eps
    torch.testing.assert_close(terms.reconstruction, model.decoder(z).log_prob(X), **exact)
    truth = kl_divergence(q.base_dist, Normal(torch.zeros(2).double(), 1.0))
    assert terms.rate.shape == (8, 2)
    torch.testing.assert_close(terms.rate, truth, **exact)
    torch.testing.assert_close(
        model.elbo(X, eps), terms.reconstruction - terms.rate.sum(1), **exact
    )


def test_without_given_noise_each_image_has_its_own():
    model = tiny()
    torch.manual_seed(0)
    values = model.elbo(X[:1].expand(4000, 3))
    truth = mean_over_noise(model.elbo, X[:1])
    assert values.unique().numel() > 3990
    assert (values.mean() - truth).abs() < 4 * values.std() / math.sqrt(len(values))


def test_encode_and_decode_are_means():
    model, z = tiny(dim=2), noise(5, 2)
    torch.testing.assert_close(model.encode(X), model.posterior(X).mean, **exact)
    logits = model.decoder.net(z)
    torch.testing.assert_close(model.decode(z), 2 * logits.sigmoid() - 1, **exact)


# The bound


@priors
def test_the_evidence_by_quadrature_sums_to_one_over_all_images(options):
    assert evidence(tiny(**options)).exp().sum().item() == pytest.approx(1, abs=1e-10)


@priors
def test_the_elbo_is_below_the_evidence_by_the_kl_to_the_true_posterior(options):
    model = tiny(**options)
    log_joint, step = joint(model)
    z, _ = grid()
    truth = evidence(model)
    log_posterior = log_joint - truth[:, None]
    log_q = model.posterior(X).log_prob(z[:, None]).T
    gap = (log_q.exp() * (log_q - log_posterior)).sum(1) * step
    elbo = mean_over_noise(model.elbo, X)
    assert (gap > 1e-3).all() and (elbo < truth).all()
    torch.testing.assert_close(truth - elbo, gap.detach(), rtol=1e-6, atol=1e-6)


def test_the_rate_under_a_mixture_is_right_on_average():
    model = tiny(**MIXTURE)
    z, step = grid()
    q, p = model.posterior(X), model.prior()
    log_q, log_p = q.log_prob(z[:, None]).T, p.log_prob(z)
    truth = (log_q.exp() * (log_q - log_p)).sum(1) * step
    n = 20_000
    values = model.terms(X.repeat(n, 1), noise(n * 8, 1)).rate.view(n, 8)
    assert model.terms(X).rate.shape == (8, 1)
    assert ((values.mean(0) - truth).abs() < 4 * values.std(0) / math.sqrt(n)).all()


def test_the_rate_under_a_mixture_is_at_the_same_z_as_the_reconstruction():
    model, eps = tiny(**MIXTURE), noise(8, 1)
    weight = model.log_weights(X, eps[None])[0]
    torch.testing.assert_close(model.elbo(X, eps), weight, **exact)


@priors
def test_beta_and_free_bits_leave_the_elbo_alone(options):
    eps = noise(8, 1)
    plain, other = tiny(**options), tiny(**options, beta=4.0, free_bits=3.0)
    torch.testing.assert_close(plain.elbo(X, eps), other.elbo(X, eps), **exact)


# The loss


@priors
def test_the_loss_is_the_negative_elbo_mean_over_the_batch(options):
    model, eps = tiny(**options), noise(8, 1)
    loss = model.loss(X, eps)
    assert loss.shape == ()
    torch.testing.assert_close(loss, -model.elbo(X, eps).mean(), **exact)


def test_beta_weighs_the_rate_alone():
    eps = noise(8, 2)
    reconstruction, rate = tiny(dim=2).terms(X, eps)
    for beta in (0.0, 0.3, 4.0):
        truth = -(reconstruction - beta * rate.sum(1)).mean()
        torch.testing.assert_close(tiny(dim=2, beta=beta).loss(X, eps), truth, **exact)


def test_free_bits_spare_each_latent_by_its_mean_over_the_batch():
    """One latent above, one below; some images of each are on the other side."""
    eps, model = noise(8, 2), tiny(dim=2)
    reconstruction, rate = model.terms(X, eps)
    low, high = rate.mean(0).sort().values.tolist()
    free = 0.8 * low + 0.2 * high
    assert ((rate > free).any(0) & (rate < free).any(0)).all()
    for beta in (1.0, 0.3):
        truth = beta * (high + free) - reconstruction.mean()
        loss = tiny(dim=2, beta=beta, free_bits=free).loss(X, eps)
        torch.testing.assert_close(loss, truth, **exact)


def test_a_latent_below_its_free_bits_has_no_gradient_and_another_its_own():
    eps = noise(8, 2)
    model = tiny(dim=2)
    rate = model.terms(X, eps).rate.mean(0)
    below = int(rate.argmin())
    model.free_bits = rate.mean().item()
    model.decoder.net[0].weight.data.zero_()  # the reconstruction does not care
    linear = model.posterior.net
    (got,) = torch.autograd.grad(model.loss(X, eps), linear.weight)
    model.free_bits = 0.0
    (free,) = torch.autograd.grad(model.loss(X, eps), linear.weight)
    rows = [below, below + 2], [1 - below, 3 - below]  # mean and log_std of a latent
    assert (got[rows[0]] == 0).all() and (free[rows[0]] != 0).any()
    torch.testing.assert_close(got[rows[1]], free[rows[1]], **exact)


def test_a_rate_that_is_negative_by_chance_is_not_clamped_without_free_bits():
    model = tiny(**MIXTURE)
    losses, elbos = [], []
    for seed in range(200):
        eps = noise(8, 1, seed=seed)
        losses.append(model.loss(X[:1], eps[:1]).item())
        elbos.append(-model.elbo(X[:1], eps[:1]).item())
    assert losses == pytest.approx(elbos, rel=1e-12)


def test_a_collapsed_vae_is_a_decoder_without_latent():
    """Rate zero, and the elbo of every image is its log probability under the one p(x)."""
    model = tiny()
    for parameter in (*model.posterior.parameters(), model.decoder.net[0].weight):
        parameter.data.zero_()
    reconstruction, rate = model.terms(X)
    torch.testing.assert_close(rate, torch.zeros(8, 1).double(), **exact)
    torch.testing.assert_close(reconstruction, evidence(model), rtol=1e-9, atol=1e-9)


# Samples


@priors
def test_samples_are_as_frequent_as_the_evidence_says(options):
    model, n = tiny(**options), 20_000
    x = model.sample(n, torch.Generator().manual_seed(0))
    code = ((x + 1) / 2 @ torch.tensor([4.0, 2, 1]).double()).long()
    counts = code.bincount(minlength=8)
    probability = evidence(model).exp()
    chi_square = ((counts - n * probability) ** 2 / (n * probability)).sum().item()
    assert scipy.stats.chi2.sf(chi_square, 7) > 3e-5


def test_a_sample_is_a_grey_level_and_not_a_mean():
    net = nn.Sequential(nn.Linear(2, 17 * 6), nn.Unflatten(1, (17, 2, 3)))
    q = GaussianPosterior(nn.Sequential(nn.Flatten(), nn.Linear(6, 4)))
    model = VAE(q, CategoricalDecoder(net, 17), StandardNormal(2))
    x = model.sample(7, torch.Generator().manual_seed(0))
    assert x.shape == (7, 1, 2, 3) and not x.requires_grad
    assert model.elbo(x).isfinite().all()
    level = (x + 1) * 8
    assert torch.equal(level, level.round()) and not torch.equal(model.decode(model.encode(x)), x)
