"""Every prior is a density of z, learned where it should be, sampled through the generator."""

import copy
import math

import pytest
import torch
from torch import nn
from torch.distributions import MultivariateNormal

from dgm_course.models.decoders import BernoulliDecoder, GaussianPosterior
from dgm_course.models.pixels import draw
from dgm_course.models.priors import MixturePrior, Reweighted, StandardNormal, VampPrior
from dgm_course.models.vae import VAE

D, K = 2, 5
exact = {"rtol": 1e-10, "atol": 1e-10}


def noise(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, dtype=torch.float64, generator=generator)


def fill(module, seed=0, scale=0.5):
    """The module in float64 with parameters of order one, the same at every call."""
    module = module.double()
    for i, parameter in enumerate(module.parameters()):
        parameter.data.copy_(scale * noise(*parameter.shape, seed=seed + i))
    return module


def encoder():
    return fill(GaussianPosterior(nn.Sequential(nn.Flatten(), nn.Linear(12, 2 * D))), 10, scale=0.1)


PRIORS = {
    "standard": lambda: StandardNormal(D).double(),
    "mixture": lambda: fill(MixturePrior(D, K)),
    "vamp": lambda: VampPrior(encoder(), noise(K, 1, 3, 4)),
}
every = pytest.mark.parametrize("name", PRIORS)


@every
def test_the_density_integrates_to_one(name):
    middle = torch.linspace(-12, 12, 600, dtype=torch.float64)
    p = PRIORS[name]()()
    total = p.log_prob(torch.cartesian_prod(middle, middle)).exp().sum() * (24 / 599) ** 2
    assert p.event_shape == (D,) and p.batch_shape == ()
    assert total.item() == pytest.approx(1, abs=1e-6)


@every
def test_draws_have_the_moments_of_the_density(name):
    p = PRIORS[name]()()
    z = draw(p, (20_000,), torch.Generator().manual_seed(0))
    assert z.shape == (20_000, D) and z.dtype == torch.float64
    with torch.no_grad():
        for values, truth in ((z, p.mean), ((z - p.mean) ** 2, p.variance)):
            gap = (values.mean(0) - truth).abs()
            assert (gap < 4 * values.std(0) / math.sqrt(len(z))).all()


def test_the_standard_normal_is_torchs():
    z = noise(7, 3)
    truth = MultivariateNormal(torch.zeros(3).double(), torch.eye(3).double()).log_prob(z)
    prior = StandardNormal(3).double()
    torch.testing.assert_close(prior().log_prob(z), truth, **exact)
    assert list(prior.parameters()) == [] and prior.state_dict() == {}


def normals(z, mean, log_std):
    """Log density of each z under each component, from full covariances: (B, K)."""
    return torch.stack(
        [
            MultivariateNormal(m, torch.diag((2 * s).exp())).log_prob(z)
            for m, s in zip(mean, log_std, strict=True)
        ],
        1,
    )


def test_a_mixture_is_the_weighted_sum_of_its_normals():
    prior, z = PRIORS["mixture"](), noise(7, D, seed=9)
    weight = prior.logits.exp() / prior.logits.exp().sum()
    truth = (normals(z, prior.mean, prior.log_std).exp() * weight).sum(1).log()
    torch.testing.assert_close(prior().log_prob(z), truth, **exact)


def test_a_fresh_mixture_has_components_that_differ_and_equal_weights():
    prior = MixturePrior(3, K)
    assert prior.logits.unique().numel() == 1 and prior.mean.unique(dim=0).shape == (K, 3)
    assert all(parameter.requires_grad for parameter in prior.parameters())


def test_a_vamp_prior_is_the_mean_of_the_posteriors_of_its_pseudo_inputs():
    prior, z = PRIORS["vamp"](), noise(7, D, seed=9)
    q = encoder()(prior.pseudo_inputs)
    truth = normals(z, q.mean, q.stddev.log()).exp().mean(1).log()
    torch.testing.assert_close(prior().log_prob(z), truth, **exact)


def test_vamp_is_the_best_prior_if_the_pseudo_inputs_are_the_data():
    """E_x KL(q(z|x) || p) is least at p = the mean of q(z|x): Tomczak & Welling 2018, eq. 7."""
    x = noise(K, 1, 3, 4)
    q = encoder()(x)
    z = q.rsample((4000,)).detach()
    gains = [
        PRIORS["vamp"]()().log_prob(z) - PRIORS[other]()().log_prob(z)
        for other in ("standard", "mixture")
    ]
    for gain in gains:
        values = gain.mean(1)
        assert values.mean() > 4 * values.std() / math.sqrt(len(values))


def vae(pseudo_inputs=None):
    q = encoder()
    pseudo_inputs = noise(K, 1, 3, 4) if pseudo_inputs is None else pseudo_inputs
    decoder = BernoulliDecoder(nn.Sequential(nn.Linear(D, 12), nn.Unflatten(1, (1, 3, 4))))
    return VAE(q, fill(decoder, 20), VampPrior(q, pseudo_inputs))


def test_the_gradient_reaches_pseudo_inputs_and_passes_through_the_shared_encoder():
    model = vae()
    x, eps = noise(7, 1, 3, 4, seed=1).sign(), noise(7, D, seed=2)
    model.loss(x, eps).backward()
    pseudo = model.prior.pseudo_inputs
    assert (pseudo.grad.flatten(1).norm(dim=1) > 0).all()
    step = 1e-5 * noise(*pseudo.shape, seed=3)
    up, down = (vae((pseudo + sign * step).detach()).loss(x, eps) for sign in (1, -1))
    slope = (pseudo.grad * step).sum()
    assert ((up - down) / 2).item() == pytest.approx(slope.item(), rel=1e-5)


def test_the_encoder_of_a_vamp_prior_is_counted_and_saved_once():
    model = vae()
    names = list(model.state_dict())
    assert [name for name in names if name.startswith("prior")] == ["prior.pseudo_inputs"]
    sizes = sum(p.numel() for p in model.parameters())
    assert sizes == sum(values.numel() for values in model.state_dict().values())


def test_a_copy_of_a_vae_has_a_vamp_prior_of_the_copied_encoder():
    model = copy.deepcopy(vae())
    before = model.prior().mean
    with torch.no_grad():
        model.posterior.net[1].bias.add_(1.0)
    torch.testing.assert_close((model.prior().mean - before), torch.ones(D).double(), **exact)


def test_pseudo_inputs_are_copied_from_the_data():
    x = noise(K, 1, 3, 4)
    prior = VampPrior(encoder(), x)
    with torch.no_grad():
        prior.pseudo_inputs.zero_()
    assert torch.equal(x, noise(K, 1, 3, 4))


def test_a_mixture_of_one_is_a_normal():
    prior = fill(MixturePrior(D, 1))
    normal = MultivariateNormal(prior.mean[0], torch.diag((2 * prior.log_std[0]).exp()))
    z = noise(7, D)
    torch.testing.assert_close(prior().log_prob(z), normal.log_prob(z), **exact)


def test_fitted_weights_are_those_that_draws_ask_for():
    """No other weights make the draws that they were fitted to more likely."""
    torch.manual_seed(0)
    prior = MixturePrior(3, 11).double()
    components = prior().component_distribution
    z = components.sample((60,))[:, :4].flatten(0, 1).detach()  # four of eleven, as often each
    fitted = Reweighted(prior, z, iterations=500)
    weights, likelihood = fitted().mixture_distribution.probs, fitted().log_prob(z).mean()
    assert weights.sum().item() == pytest.approx(1, abs=1e-12)
    assert weights[:4].sum() > 4 / 11
    for _ in range(20):
        changed = torch.distributions.Categorical(weights + 0.02 * torch.rand(11))
        p = torch.distributions.MixtureSameFamily(changed, components)
        assert p.log_prob(z).mean() < likelihood + 1e-6


def test_one_step_of_em_is_the_mean_responsibility():
    torch.manual_seed(1)
    prior = MixturePrior(2, 5).double()
    z = torch.randn(7, 2, dtype=torch.float64)
    density = prior().component_distribution.log_prob(z[:, None]).exp()
    expected = (density / density.sum(-1, keepdim=True)).mean(0)
    once = Reweighted(prior, z, iterations=1)
    torch.testing.assert_close(once().mixture_distribution.probs, expected)


def test_at_the_fitted_weights_no_component_deserves_more():
    r"""The conditions of Karush, Kuhn and Tucker: mean p_k(z) / p(z) is 1, below where w_k = 0."""
    prior = fill(MixturePrior(D, K))
    z = 1.5 * noise(400, D, seed=8)
    fitted = Reweighted(prior, z, iterations=3000)
    weight = fitted().mixture_distribution.probs
    density = normals(z, prior.mean, prior.log_std).exp()
    deserved = (density / fitted().log_prob(z).exp()[:, None]).mean(0)
    assert (weight > 0.05).sum() >= 2, "more than one component is needed for a test"
    assert (deserved < 1 + 1e-3).all()
    torch.testing.assert_close(
        deserved[weight > 0.05], torch.ones((weight > 0.05).sum()).double(), rtol=0, atol=1e-3
    )
