"""The VAEs of the digits that benchmarks/vae.py measures: layers, sizes, training.

    flat           24 latents, a rounded-logistic decoder, a VampPrior of 50 images
    hierarchical   6 latents under such a prior, and 18 given these; the same decoder

All numbers here were chosen on the validation images.  1000 images are soon learned by heart: what
helps is deformed copies of them (data/bitmaps.py) and an end at a fixed step; dropout beside that
does harm.  Every second layer has a shortcut around it, without which the latents fade in so many
layers before the decoder has learned to use them.
"""

import torch
from torch import Tensor, nn
from torch.distributions import Independent, Normal

from dgm_course import train
from dgm_course.data.bitmaps import more
from dgm_course.data.images import LEVELS, digits
from dgm_course.models.decoders import GaussianPosterior, LogisticDecoder
from dgm_course.models.hierarchical import HierarchicalVAE, Level, Levels
from dgm_course.models.priors import Reweighted, VampPrior
from dgm_course.models.vae import VAE

BATCH, PIXELS, PSEUDO_INPUTS = 128, 64, 50
FREE_BITS = 3.0  # nats a level; without them the second level puts out nothing
STEPS = {"vae": 1500, "hierarchical": 1500}
LR = {"vae": 3e-3, "hierarchical": 2e-3}
WARM_UP = {"vae": 0.0, "hierarchical": 0.3}  # share of the steps in which beta rises to 1


class Residual(nn.Module):
    """h + GELU(W h + b): (B, width) -> (B, width).  He et al. 2016."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layer = nn.Linear(width, width)

    def forward(self, h: Tensor) -> Tensor:
        """(B, width) -> (B, width)."""
        return h + nn.functional.gelu(self.layer(h))


def hidden(inputs: int, width: int) -> nn.Sequential:
    """Two layers, the second around a shortcut: (B, inputs) -> (B, width)."""
    return nn.Sequential(nn.Linear(inputs, width), nn.GELU(), Residual(width))


def grey_levels(width: int) -> nn.Sequential:
    """The last layer of a decoder, which starts at the mean image and a scale of exp(-2)."""
    layer = nn.Linear(width, 2 * PIXELS)
    with torch.no_grad():
        layer.bias[:PIXELS] = digits("train").x.mean(0).flatten()
        layer.bias[PIXELS:] = -2.0
    return nn.Sequential(layer, nn.Unflatten(-1, (2, 8, 8)))


def vamp_prior(posterior: nn.Module) -> VampPrior:
    """A mixture that starts at training images."""
    x = digits("train").x
    return VampPrior(posterior, x[torch.randperm(len(x))[:PSEUDO_INPUTS]])


def flat(dim: int = 24, width: int = 256) -> VAE:
    """The VAE of the table."""
    encoder = nn.Sequential(nn.Flatten(), hidden(PIXELS, width), nn.Linear(width, 2 * dim))
    decoder = nn.Sequential(hidden(dim, width), grey_levels(width))
    posterior = GaussianPosterior(encoder)
    return VAE(posterior, LogisticDecoder(decoder, LEVELS), vamp_prior(posterior))


def level(dim: int, width: int, features: int) -> Level:
    """A level whose prior starts as N(0, I), and whose latents weigh as much as the context."""
    prior, merge = nn.Linear(width, 2 * dim), nn.Linear(width + dim, width)
    posterior = nn.Sequential(nn.Linear(features + width, 128), nn.GELU(), nn.Linear(128, 2 * dim))
    with torch.no_grad():
        merge.weight[:, width:] *= (1 + width / dim) ** 0.5
    nn.init.zeros_(prior.weight)
    nn.init.zeros_(prior.bias)
    return Level(dim, prior, posterior, nn.Sequential(merge, nn.GELU(), Residual(width)))


class Top(nn.Module):
    """q(u|x) of the top level alone, for a VampPrior."""

    def __init__(self, encoder: nn.Module, levels: Levels) -> None:
        super().__init__()
        self.encoder, self.levels = encoder, levels

    def forward(self, x: Tensor) -> Independent:
        """q(u|x): (B, 1, 8, 8) -> a distribution of (D,)."""
        context = self.levels.top.expand(len(x), -1)
        mean, log_std = self.levels.all[0].infer(self.encoder(x), context)
        return Independent(Normal(mean, log_std.exp(), validate_args=False), 1)


def hierarchical(dims: tuple[int, ...] = (6, 18), width: int = 192) -> HierarchicalVAE:
    """The hierarchical VAE of the table."""
    encoder = nn.Sequential(nn.Flatten(), hidden(PIXELS, 256))
    levels = Levels([level(dim, width, 256) for dim in dims], width)
    levels.prior = vamp_prior(Top(encoder, levels))
    decoder = nn.Sequential(Residual(width), grey_levels(width))
    return HierarchicalVAE(encoder, levels, LogisticDecoder(decoder, LEVELS), free_bits=FREE_BITS)


MODELS = {"vae": flat, "hierarchical": hierarchical}


def trained(name: str, seed: int, steps: int) -> nn.Module:
    """A model made and trained from its seed, deformed copies of the images included."""
    generator = train.set_seed(seed)
    model = MODELS[name]()
    x = more(digits("train").x, generator=generator)
    batches = train.minibatches(x, BATCH, steps, generator)
    share = WARM_UP[name] * steps

    def loss(batch: Tensor) -> Tensor:
        model.beta = min(1.0, batches.drawn / share) if share else 1.0
        return model.loss(batch)

    schedule = lambda t: train.warmup(t) * train.cosine(t)  # noqa: E731
    train.fit(loss, model.parameters(), batches, lr=LR[name], schedule=schedule, description=name)
    reweight(model)
    return model.eval()


@torch.no_grad()
def reweight(model: nn.Module) -> None:
    """The weights of the prior, fitted to five draws of q(z|x) for each training image."""
    is_flat = isinstance(model, VAE)
    posterior = model.posterior if is_flat else Top(model.encoder, model.levels)
    z = posterior(digits("train").x.repeat(5, 1, 1, 1)).sample()
    part = model if is_flat else model.levels
    part.prior = Reweighted(part.prior, z)
