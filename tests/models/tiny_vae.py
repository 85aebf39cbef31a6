"""A VAE so small that sums over all images and integrals over z are exact, shared by its tests."""

import torch
from torch import nn

from dgm_course.models.decoders import BernoulliDecoder, GaussianPosterior
from dgm_course.models.priors import MixturePrior, StandardNormal
from dgm_course.models.vae import VAE

X = torch.cartesian_prod(*[torch.tensor([-1.0, 1.0]).double()] * 3)  # all images of three pixels


def noise(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, dtype=torch.float64, generator=generator)


def fill(module, seed=0, scale=1.0):
    module = module.double()
    for i, parameter in enumerate(module.parameters()):
        parameter.data.copy_(scale * noise(*parameter.shape, seed=seed + i))
    return module


def tiny(dim=1, prior=None, **options):
    """Three black-or-white pixels, a curved decoder, an encoder that is not the posterior."""
    decoder = nn.Sequential(nn.Linear(dim, 4), nn.Tanh(), nn.Linear(4, 3))
    encoder = fill(nn.Linear(3, 2 * dim), 5, scale=0.2)
    encoder.bias.data[dim:] += 0.4  # wide: the weights p(x, z) / q(z|x) have a variance
    return VAE(
        GaussianPosterior(encoder),
        fill(BernoulliDecoder(decoder), 7, scale=1.5),
        StandardNormal(dim).double() if prior is None else prior,
        **options,
    )


def mixture():
    """A learned prior of three bumps, none wider than N(0, 1)."""
    prior = fill(MixturePrior(1, 3), 2)
    prior.log_std.data.abs_().neg_()
    return prior
