"""The importance-weighted bound: the elbo at one draw, rising with k, log p(x) in the end."""

import math

import pytest
import torch
from tiny_vae import X, mixture, noise, tiny
from torch import nn
from torch.distributions import Normal

from dgm_course.models.decoders import (
    BernoulliDecoder,
    CategoricalDecoder,
    GaussianDecoder,
    GaussianPosterior,
    LogisticDecoder,
)
from dgm_course.models.linear_gaussian import LinearGaussian
from dgm_course.models.priors import MixturePrior, StandardNormal, VampPrior
from dgm_course.models.vae import VAE

exact = {"rtol": 1e-10, "atol": 1e-10}


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


PRIORS = {"standard": lambda: None, "mixture": mixture}
priors = pytest.mark.parametrize("prior", PRIORS)


def line(low, high, n):
    return torch.linspace(low, high, n, dtype=torch.float64), (high - low) / (n - 1)


def evidence(model):
    """log p(x) of all images by a sum over a fine grid of z: (8,)."""
    z, step = line(-14, 14, 5601)
    x = X[:, None].expand(-1, len(z), -1).reshape(-1, 3)
    log_prob = model.decoder(z.repeat(len(X))[:, None]).log_prob(x).view(len(X), -1)
    return ((log_prob + model.prior().log_prob(z[:, None])).logsumexp(1) + math.log(step)).detach()


def exact_bounds(model, k):
    """E log (1/k) sum w_i by a sum over a k-dimensional grid of noise, no chance: (8,)."""
    points, step = line(-8, 8, 401 if k < 3 else 101)
    with torch.no_grad():
        log_weights = model.log_weights(X, points[:, None, None].expand(-1, len(X), 1))
    mass = (Normal(0.0, 1.0).log_prob(points).exp() * step).reshape(-1)
    total, weight = log_weights, mass
    for _ in range(k - 1):
        total = torch.logaddexp(total[:, None], log_weights).flatten(0, 1)
        weight = (weight[:, None] * mass).flatten()
    return weight @ total - math.log(k)


@priors
def test_at_one_draw_the_bound_is_the_elbo_on_average(prior):
    model = tiny(prior=PRIORS[prior]())
    points, step = line(-8, 8, 401)
    mass = Normal(0.0, 1.0).log_prob(points).exp() * step
    elbo = torch.stack([model.elbo(X, point.expand(8, 1)) for point in points], 1).detach() @ mass
    torch.testing.assert_close(exact_bounds(model, 1), elbo, rtol=1e-8, atol=1e-8)


@priors
def test_the_expected_bound_rises_with_k_and_stays_below_the_evidence(prior):
    model = tiny(prior=PRIORS[prior]())
    bounds = torch.stack([*(exact_bounds(model, k) for k in (1, 2, 3)), evidence(model)])
    assert (bounds.diff(dim=0) > 1e-4).all()


@pytest.mark.parametrize("k", [1, 2, 3])
def test_the_mean_of_many_bounds_is_the_expected_one(k):
    model, n = tiny(), 3000
    with torch.no_grad():
        values = model.iwae_bound(X.repeat(n, 1), k, generator=seeded()).view(n, 8)
    gap = (values.mean(0) - exact_bounds(model, k)).abs()
    assert (gap < 4 * values.std(0) / math.sqrt(n) + 1e-6).all()


@priors
def test_with_many_draws_the_bound_is_the_evidence(prior):
    model, n, k = tiny(prior=PRIORS[prior]()), 40, 5000
    with torch.no_grad():
        values = model.iwae_bound(X.repeat(n, 1), k, generator=seeded()).view(n, 8)
    below = values.var(0) / 2  # the bias of log of a mean, to first order
    gap = (values.mean(0) + below - evidence(model)).abs()
    assert (gap < 4 * values.std(0) / math.sqrt(n) + 1e-6).all()


def test_the_mean_of_the_weights_is_the_evidence_without_bias():
    model, n = tiny(), 40_000
    with torch.no_grad():
        weights = model.log_weights(X, noise(n, 8, 1)).exp()
    gap = (weights.mean(0) - evidence(model).exp()).abs()
    assert weights.shape == (n, 8)
    assert (gap < 4 * weights.std(0) / math.sqrt(n)).all()


def test_the_weights_of_an_image_are_its_own():
    model, eps = tiny(dim=2), noise(5, 8, 2)
    together = model.log_weights(X, eps)
    alone = [model.log_weights(X[[i]], eps[:, [i]]) for i in range(8)]
    torch.testing.assert_close(together, torch.cat(alone, 1), **exact)


def test_chunks_change_nothing_but_the_memory(monkeypatch):
    model, decoded = tiny(dim=2), []
    forward = model.decoder.forward
    monkeypatch.setattr(model.decoder, "forward", lambda z: decoded.append(len(z)) or forward(z))
    whole = model.iwae_bound(X, 11, generator=seeded())
    assert decoded == [88]
    for chunk, expected in ((24, [24, 24, 24, 16]), (31, [24, 24, 24, 16]), (1, [8] * 11)):
        decoded.clear()
        part = model.iwae_bound(X, 11, chunk, generator=seeded())
        torch.testing.assert_close(part, whole, **exact)
        assert decoded == expected


def test_fewer_draws_are_the_first_of_more():
    model = tiny(dim=2)
    generator = seeded()
    eps = torch.stack([torch.randn(8, 2, generator=generator).double() for _ in range(7)])
    model.float()
    log_weights = model.log_weights(X.float(), eps.float())
    for k in (1, 3, 7):
        truth = log_weights[:k].exp().mean(0).log()
        got = model.iwae_bound(X.float(), k, generator=seeded())
        torch.testing.assert_close(got, truth, rtol=1e-4, atol=1e-4)


def test_the_gradient_of_the_bound_does_not_depend_on_chunks():
    model = tiny(dim=2)
    slopes = [
        torch.autograd.grad(model.iwae_bound(X, 6, chunk, seeded()).sum(), list(model.parameters()))
        for chunk in (4096, 1)
    ]
    for whole, part in zip(*slopes, strict=True):
        assert whole.abs().max() > 0
        torch.testing.assert_close(part, whole, **exact)


def test_a_bound_of_no_draw_is_refused():
    with pytest.raises(ValueError, match="k: expected at least 1 draw, got 0"):
        tiny().iwae_bound(X, 0)


def linear_vae(x, dim):
    """The VAE of linear nets whose encoder is the exact posterior, and the model it is."""
    model = LinearGaussian.fit(x, dim)
    with torch.no_grad():
        q = model.posterior(torch.zeros(1, x.shape[1]).double())
        slope = model.posterior(torch.eye(x.shape[1]).double()).mean - q.mean
        encoder = nn.Linear(x.shape[1], 2 * dim).double()
        encoder.weight.copy_(torch.cat([slope.T, torch.zeros_like(slope.T)]))
        encoder.bias.copy_(torch.cat([q.mean[0], q.stddev[0].log()]))
        decoder = GaussianDecoder(nn.Linear(dim, x.shape[1]).double(), model.log_std)
        decoder.net.weight.copy_(model.weight)
        decoder.net.bias.copy_(model.bias)
    return VAE(GaussianPosterior(encoder), decoder, StandardNormal(dim).double()), model


@pytest.mark.parametrize("k", [1, 2, 50])
def test_with_the_true_posterior_every_draw_is_the_evidence(k):
    x = noise(60, 5) @ noise(5, 5, seed=1) + 1.5
    model, truth = linear_vae(x, 3)
    for seed in range(3):
        got = model.iwae_bound(x, k, generator=seeded(seed))
        torch.testing.assert_close(got, truth.log_prob(x), rtol=1e-8, atol=1e-8)


def test_the_elbo_averages_to_the_closed_form_of_the_linear_model():
    """It is quadratic in the noise, so 2 D points with its mean and covariance are all of it."""
    x, dim = noise(60, 5) @ noise(5, 5, seed=1) + 1.5, 3
    model, truth = linear_vae(x, dim)
    model.posterior.net.bias.data += 0.4 * noise(2 * dim, seed=3)  # no longer the posterior
    points = math.sqrt(dim) * torch.cat([torch.eye(dim), -torch.eye(dim)]).double()
    mean = torch.stack([model.elbo(x, point.expand(len(x), dim)) for point in points]).mean(0)
    torch.testing.assert_close(mean, truth.elbo(x, model.posterior(x)), **exact)
    assert (mean < truth.log_prob(x) - 1e-3).all()


# Every decoder with every prior


def image_vae(kind, prior, device="cpu", dtype=torch.float32):
    """Images (2, 3, 4) of six levels, three latents."""
    x = torch.randint(2 if kind == "bernoulli" else 6, (7, 2, 3, 4), generator=seeded())
    x = (x * (2 / (1 if kind == "bernoulli" else 5)) - 1).to(device, dtype)
    kinds = {
        "bernoulli": BernoulliDecoder,
        "categorical": lambda net: CategoricalDecoder(net, 6),
        "logistic": lambda net: LogisticDecoder(net, 6),
        "gaussian": GaussianDecoder,
    }
    channels = 2 * {"bernoulli": 1, "categorical": 6, "logistic": 2, "gaussian": 1}[kind]
    net = nn.Sequential(nn.Linear(3, channels * 12), nn.Unflatten(1, (channels, 3, 4)))
    q = GaussianPosterior(nn.Sequential(nn.Flatten(), nn.Linear(24, 6)))
    priors = {
        "standard": lambda: StandardNormal(3),
        "mixture": lambda: MixturePrior(3, 4),
        "vamp": lambda: VampPrior(q, x[:5]),
    }
    return VAE(q, kinds[kind](net), priors[prior]()).to(device, dtype), x


every = pytest.mark.parametrize("prior", ["standard", "mixture", "vamp"])
each = pytest.mark.parametrize("kind", ["bernoulli", "categorical", "logistic", "gaussian"])


def check_contract(model, x, generator):
    """Shapes, dtype, device and gradients of every method."""
    loss = model.loss(x)
    loss.backward()
    assert loss.shape == () and loss.isfinite()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())
    for values in (model.elbo(x), model.iwae_bound(x, 5, generator=generator)):
        assert values.shape == (7,) and values.isfinite().all()
    state = generator.get_state()
    sample = model.sample(9, generator)
    assert sample.shape == (9, 2, 3, 4) and sample.dtype == x.dtype and sample.device == x.device
    generator.set_state(state)
    torch.rand(3, device=x.device)  # no part in it
    assert torch.equal(model.sample(9, generator), sample)
    assert not torch.equal(model.sample(9, generator), sample)
    assert model.elbo(sample).isfinite().all()


@each
@every
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_every_decoder_and_prior_keep_the_contract(kind, prior, dtype):
    model, x = image_vae(kind, prior, dtype=dtype)
    check_contract(model, x, seeded())


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@each
@every
def test_every_decoder_and_prior_keep_the_contract_on_a_gpu(kind, prior):
    model, x = image_vae(kind, prior, "cuda")
    check_contract(model, x, torch.Generator("cuda").manual_seed(0))
