"""The hierarchical VAE: sums over a grid of two latents, a linear model, what each level pays."""

import math

import pytest
import torch
from torch import nn
from torch.distributions import Independent, MultivariateNormal, Normal, kl_divergence

from dgm_course.models.decoders import BernoulliDecoder, GaussianDecoder, LogisticDecoder
from dgm_course.models.hierarchical import HierarchicalVAE, Level, Levels
from dgm_course.models.priors import MixturePrior

exact = {"rtol": 1e-10, "atol": 1e-10}
X = torch.cartesian_prod(*[torch.tensor([-1.0, 1.0]).double()] * 3)  # all images of three pixels


def noise(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, dtype=torch.float64, generator=generator)


def fill(module, seed=0, scale=0.4):
    module = module.double()
    for i, parameter in enumerate(module.parameters()):
        parameter.data.copy_(scale * noise(*parameter.shape, seed=seed + i))
    return module


def curved(inputs, outputs):
    return nn.Sequential(nn.Linear(inputs, 5), nn.Tanh(), nn.Linear(5, outputs))


def level(dim, width, features, net=curved):
    parts = ((width, 2 * dim), (features + width, 2 * dim), (width + dim, width))
    return Level(dim, *(net(*sizes) for sizes in parts))


def tiny(dims=(1, 1), width=4, features=2, scale=0.4):
    """Three black-or-white pixels, as many levels as dims."""
    levels = Levels([level(dim, width, features) for dim in dims], width)
    model = HierarchicalVAE(nn.Linear(3, features), levels, BernoulliDecoder(curved(width, 3)))
    model = fill(model, 3, scale)
    for own in levels.all:  # wide: then a grid over its noise covers all of the prior
        own.posterior[-1].bias.data[own.dim :] += 0.6
    return model


def grey(dims=(2, 5, 3), width=7, features=6):
    """Grey images (1, 4, 5) with 9 levels of grey and three levels of latents."""
    net = nn.Sequential(nn.Linear(width, 40), nn.Unflatten(-1, (2, 4, 5)))
    levels = Levels([level(dim, width, features) for dim in dims], width)
    encoder = nn.Sequential(nn.Flatten(), nn.Linear(20, features))
    return fill(HierarchicalVAE(encoder, levels, LogisticDecoder(net, 9)), 1, 0.3)


def with_mixture(model):
    """The same with a learned prior of three bumps on the top level."""
    prior = fill(MixturePrior(model.levels.dims[0], 3), 2, 0.5)
    prior.log_std.data.abs_().neg_()
    model.levels.prior = prior
    return model


def some(n=4):
    generator = torch.Generator().manual_seed(5)
    return torch.randint(9, (n, 1, 4, 5), generator=generator).double() / 4 - 1


class Affine(nn.Linear):
    """An affine mean and a log_std that does not depend on the input."""

    def forward(self, x):
        """(B, inputs) -> (B, 2 D)."""
        dim = self.out_features // 2
        mean = super().forward(x)[:, :dim]
        return torch.cat([mean, self.bias[dim:].expand_as(mean)], -1)


def grid_of_both():
    """Pairs (u_1, u_2) on a fine grid and the log of a cell: (N, 2), ()."""
    line = torch.linspace(-9, 9, 241, dtype=torch.float64)
    return torch.cartesian_prod(line, line), 2 * math.log(18 / 240)


def generated(model, u):
    """z of both levels and the context, by the sentence: first z_1, then z_2 given z_1, then x."""
    context, zs = model.levels.top.expand(len(u), -1), []
    for own, one in zip(model.levels.all, u.T[..., None], strict=True):
        mean, log_std = own.prior(context).chunk(2, -1)
        zs.append(mean + log_std.exp() * one)
        context = context + own.merge(torch.cat([context, zs[-1]], -1))
    return zs, context


def evidence(model):
    """log p(x) of all images, a sum over the grid: (8,)."""
    u, log_cell = grid_of_both()
    log_prior = Normal(0.0, 1.0).log_prob(u).sum(-1)
    if model.levels.prior is not None:
        log_prior = Normal(0.0, 1.0).log_prob(u[:, 1]) + model.levels.prior().log_prob(u[:, :1])
    _, context = generated(model, u)
    log_likelihood = torch.stack(
        [model.decoder(context).log_prob(x.expand(len(u), -1)) for x in X], -1
    )
    return (log_likelihood + log_prior[:, None]).logsumexp(0) + log_cell


def test_the_evidence_sums_to_one_over_all_images():
    torch.testing.assert_close(evidence(tiny()).exp().sum().item(), 1.0, **exact)


MODELS = {"standard": tiny, "mixture": lambda: with_mixture(tiny())}
models = pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)


@models
def test_the_expected_bound_is_the_evidence_minus_the_gap_to_the_posterior(make):
    """E_q of the elbo over the grid of both noises, against log p(x) - KL(q || p(z|x))."""
    model, (eps, log_cell) = make(), grid_of_both()
    weight = (Normal(0.0, 1.0).log_prob(eps).sum(-1) + log_cell).exp()
    log_evidence = evidence(model)
    for number, x in enumerate(X):
        rows = x.expand(len(eps), -1)
        bound = (weight * model.elbo(rows, eps)).sum()
        log_ratio = model.log_weights(rows, eps[None])[0]  # log p(x, z) - log q(z|x)
        gap = (weight * (log_evidence[number] - log_ratio)).sum()
        torch.testing.assert_close(bound, log_evidence[number] - gap, **exact)
        assert bound < log_evidence[number]
        assert gap > 1e-3


@models
def test_the_weights_integrate_to_the_evidence(make):
    """E_q[p(x, z) / q(z|x)] = p(x), whatever q: importance sampling has no bias."""
    model, (eps, log_cell) = make(), grid_of_both()
    log_q = Normal(0.0, 1.0).log_prob(eps).sum(-1) + log_cell
    for x, log_evidence in zip(X, evidence(model), strict=True):
        log_weight = model.log_weights(x.expand(len(eps), -1), eps[None])[0]
        torch.testing.assert_close((log_weight + log_q).logsumexp(0), log_evidence, **exact)


def test_the_bound_rises_with_draws_to_the_evidence():
    model = tiny()
    log_evidence = evidence(model)
    eps = noise(1000, 8, 2)
    log_weights = model.log_weights(X, eps).detach()
    bounds = [log_weights.unflatten(0, (-1, k)).logsumexp(1) - math.log(k) for k in (1, 5, 50)]
    means = [bound.mean().item() for bound in bounds]
    assert means[0] < means[1] < means[2] < log_evidence.mean()
    assert means[2] > means[0] + 0.8 * (log_evidence.mean() - means[0])


def test_the_bound_is_the_log_of_the_mean_weight():
    model, x = grey(), some()
    generator = torch.Generator().manual_seed(0)
    eps = [torch.randn(4, 10, generator=generator, dtype=torch.float64) for _ in range(6)]
    expected = model.log_weights(x, torch.stack(eps)).exp().mean(0).log()
    bound = model.iwae_bound(x, 6, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(bound, expected, **exact)


def test_one_draw_is_the_elbo_on_average():
    model, rows = tiny(), X.repeat(3000, 1)
    eps = noise(len(rows), 2, seed=4)
    difference = model.log_weights(rows, eps[None])[0] - model.elbo(rows, eps)
    error = difference.std() / len(rows) ** 0.5
    assert difference.mean().abs() < 4 * error


def test_a_linear_model_has_the_gaussian_evidence_and_the_bound_stays_below_it():
    """z_1, z_2 given z_1 and x are jointly normal when every module is affine."""
    levels = [Level(d, Affine(4, 2 * d), Affine(7, 2 * d), nn.Linear(4 + d, 4)) for d in (1, 2)]
    decoder = GaussianDecoder(nn.Linear(4, 5))
    model = fill(HierarchicalVAE(nn.Linear(5, 3), Levels(levels, 4), decoder), 11, 0.3)
    for own in levels:
        own.posterior.bias.data[own.dim :] += 0.4  # wide: the weights have a small variance
    decode = lambda u: model.decoder.net(model.levels(u))  # noqa: E731
    center = decode(torch.zeros(1, 3, dtype=torch.float64))[0]
    jacobian = torch.func.jacrev(lambda u: decode(u[None])[0])(torch.ones(3).double())
    noise_variance = (2 * model.decoder.log_std).exp() * torch.eye(5)
    p = MultivariateNormal(center, jacobian @ jacobian.T + noise_variance)
    x = noise(6, 5, seed=2)
    log_weights = model.log_weights(x, noise(20_000, 6, 3, seed=1)).detach()
    ratio = (log_weights - p.log_prob(x)).exp()
    error = ratio.std(0) / len(ratio) ** 0.5
    assert error.max() < 0.03
    assert ((ratio.mean(0) - 1).abs() < 4 * error).all()
    elbos = torch.stack([model.elbo(x, noise(6, 5, seed=s)[:, :3]) for s in range(400)]).detach()
    assert (elbos.mean(0) + 4 * elbos.std(0) / 20 < p.log_prob(x)).all()


def test_each_level_pays_its_own_divergence_given_the_levels_above():
    """By torch.distributions, in z and not in the prior's unit."""
    model, x = grey(), some()
    eps = noise(4, 10, seed=3)
    rate = model.terms(x, eps).rate
    assert rate.shape == (4, 3)
    features, context = model.encoder(x), model.levels.top.expand(4, -1)
    for number, (own, e) in enumerate(zip(model.levels.all, eps.split([2, 5, 3], -1), strict=True)):
        mean, log_std = own.prior(context).chunk(2, -1)
        shift, log_scale = own.posterior(torch.cat([features, context], -1)).chunk(2, -1)
        p = Independent(Normal(mean, log_std.exp()), 1)
        q = Independent(Normal(mean + log_std.exp() * shift, (log_std + log_scale).exp()), 1)
        torch.testing.assert_close(rate[:, number], kl_divergence(q, p), **exact)
        z = q.base_dist.mean + q.base_dist.stddev * e
        context = context + own.merge(torch.cat([context, z], -1))
    torch.testing.assert_close(
        model.terms(x, eps).reconstruction, model.decoder(context).log_prob(x), **exact
    )


def test_a_learned_prior_changes_the_rate_of_the_top_level_alone():
    model, x, eps = grey(), some(), noise(4, 10, seed=3)
    plain = model.terms(x, eps)
    u, mean, log_std, _ = model.levels.infer(model.encoder(x), eps)
    found = with_mixture(model).terms(x, eps)
    torch.testing.assert_close(found.reconstruction, plain.reconstruction, **exact)
    torch.testing.assert_close(found.rate[:, 1:], plain.rate[:, 1:], **exact)
    kl = kl_divergence(Normal(mean, log_std.exp()), Normal(0.0, 1.0))[:, :2].sum(-1)
    ratio = model.levels.prior().log_prob(u[:, :2]) - Normal(0.0, 1.0).log_prob(u[:, :2]).sum(-1)
    torch.testing.assert_close(found.rate[:, 0], kl - ratio, **exact)


def test_latents_are_drawn_from_the_learned_prior_and_the_rest_from_a_normal():
    model = with_mixture(grey())
    u = model.levels.sample(20_000, torch.Generator().manual_seed(0))
    assert u.shape == (20_000, 10)
    mean, spread = model.levels.prior().mean, model.levels.prior().variance
    error = spread.sqrt() / 20_000**0.5
    assert ((u[:, :2].mean(0) - mean).abs() < 4 * error).all()
    torch.testing.assert_close(u[:, :2].var(0), spread.detach(), rtol=0.05, atol=0)
    assert (u[:, 2:].mean(0).abs() < 4 / 20_000**0.5).all()
    torch.testing.assert_close(u[:, 2:].var(0), torch.ones(8).double(), rtol=0.05, atol=0)


def test_bound_and_loss_are_made_of_the_terms():
    model, x, eps = grey(), some(), noise(4, 10)
    reconstruction, rate = model.terms(x, eps)
    torch.testing.assert_close(model.elbo(x, eps), reconstruction - rate.sum(-1), **exact)
    torch.testing.assert_close(model.loss(x, eps), -model.elbo(x, eps).mean(), **exact)
    model.beta = 0.25
    expected = 0.25 * rate.sum(-1).mean() - reconstruction.mean()
    torch.testing.assert_close(model.loss(x, eps), expected, **exact)
    free = rate.mean(0).sort().values[1].item()
    model.beta, model.free_bits = 1.0, free
    charged = sum(max(free, r.item()) for r in rate.mean(0))
    torch.testing.assert_close(
        model.loss(x, eps).item(), charged - reconstruction.mean().item(), **exact
    )
    torch.testing.assert_close(model.elbo(x, eps), reconstruction - rate.sum(-1), **exact)


@models
def test_samples_have_the_frequencies_of_the_evidence(make):
    model = make()
    p = evidence(model).exp()
    x = model.sample(20_000, torch.Generator().manual_seed(0))
    index = ((x > 0) * torch.tensor([4, 2, 1])).sum(-1)
    found = index.bincount(minlength=8) / len(x)
    assert ((found - p).abs() < 4 * (p * (1 - p) / len(x)).sqrt()).all()


def test_shapes_of_everything():
    model, x = grey(), some(4)
    assert model.encode(x).shape == (4, 10)
    assert model.decode(model.encode(x)).shape == (4, 1, 4, 5)
    assert model.log_weights(x, noise(6, 4, 10)).shape == (6, 4)
    assert model.iwae_bound(x, 3).shape == model.elbo(x).shape == (4,)
    assert model.loss(x).shape == ()
    assert model.sample(9).shape == (9, 1, 4, 5)
    assert not model.sample(2).requires_grad


def test_codes_are_the_means_of_each_level_given_the_means_above():
    model, x = grey(), some()
    u = model.encode(x)
    context = model.levels.top.expand(4, -1)
    for own, code in zip(model.levels.all, u.split([2, 5, 3], -1), strict=True):
        mean, _ = own.infer(model.encoder(x), context)
        torch.testing.assert_close(code, mean, **exact)
        context = own(context, code)
    torch.testing.assert_close(model.decode(u), model.decoder(context).mean, **exact)


def test_the_same_generator_gives_the_same_samples_and_bounds_whatever_the_chunk():
    model, x = grey(), some()
    seeded = lambda: torch.Generator().manual_seed(7)  # noqa: E731
    assert torch.equal(model.sample(5, seeded()), model.sample(5, seeded()))
    whole, parts = (model.iwae_bound(x, 10, c, seeded()) for c in (4096, 8))
    torch.testing.assert_close(whole, parts, **exact)


@pytest.mark.parametrize("change", [lambda model: model, with_mixture])
def test_gradients_reach_every_parameter(change):
    model = change(grey())
    model.loss(some(), noise(4, 10)).backward()
    still = [n for n, p in model.named_parameters() if p.grad is None or not p.grad.any()]
    assert still == []


def test_no_draws_are_refused():
    with pytest.raises(ValueError, match="k: expected at least 1 draw, got 0"):
        grey().iwae_bound(some(), 0)
