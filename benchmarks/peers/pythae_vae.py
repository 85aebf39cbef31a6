"""A training step and sampling of pythae's VAE, beside ours with the same layers and likelihood.

Both have a normal prior and posterior, a Bernoulli likelihood of black-or-white 8 x 8 images, the
nets that `nets` makes, and the same fused Adam: what differs is the code around the nets.  pythae
(Chadebec et al. 2022) is no dependency of the course: `pip install pythae` for these figures.
"""

import torch
from torch import Tensor, nn

from dgm_course.data.images import digits
from dgm_course.models.decoders import BernoulliDecoder, GaussianPosterior
from dgm_course.models.priors import StandardNormal
from dgm_course.models.vae import VAE
from dgm_course.nets.mlp import image_encoder

DIM, BATCH, HIDDEN, SHAPE = 24, 128, (256, 256), (1, 8, 8)


def nets() -> tuple[nn.Module, nn.Module]:
    """Encoder to mean and spread, decoder to 64 numbers; the same weights at every call."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return image_encoder(SHAPE, 2 * DIM, HIDDEN), image_encoder((DIM,), 64, HIDDEN)


def ours() -> tuple[nn.Module, object]:
    """Our model, and what makes 1000 images: means of p(x|z), as from pythae's sampler."""
    encoder, decoder = nets()
    decoder = nn.Sequential(decoder, nn.Unflatten(-1, SHAPE))
    model = VAE(GaussianPosterior(encoder), BernoulliDecoder(decoder), StandardNormal(DIM))

    @torch.no_grad()
    def sample() -> Tensor:
        return model.decode(model.prior().sample((1000,)))

    return model, sample


def theirs() -> tuple[nn.Module, object]:
    """pythae's model and sampler.  Raises ImportError where pythae is not installed."""
    from pythae import models
    from pythae.models.base.base_utils import ModelOutput
    from pythae.models.nn import BaseDecoder, BaseEncoder
    from pythae.samplers import NormalSampler

    encoder, decoder = nets()

    class Encoder(BaseEncoder):
        def __init__(self) -> None:
            super().__init__()
            self.net = encoder

        def forward(self, x: Tensor) -> ModelOutput:
            mean, log_std = self.net(2 * x - 1).chunk(2, -1)
            return ModelOutput(embedding=mean, log_covariance=2 * log_std)

    class Decoder(BaseDecoder):
        def __init__(self) -> None:
            super().__init__()
            self.net = decoder

        def forward(self, z: Tensor) -> ModelOutput:
            return ModelOutput(reconstruction=self.net(z).sigmoid().view(-1, *SHAPE))

    config = models.VAEConfig(input_dim=SHAPE, latent_dim=DIM, reconstruction_loss="bce")
    model = models.VAE(config, Encoder(), Decoder())
    sampler = NormalSampler(model)
    return model, lambda: sampler.sample(1000, batch_size=1000, return_gen=True)


def calls() -> dict[str, dict]:
    """For `step` and `sample_1000`: a call of ours and one of pythae.  Raises ImportError."""
    x = (digits("train").x[:BATCH] > 0).float()  # black or white as 0, 1; ours takes -1, 1
    own, draw_own = ours()
    peer, draw_peer = theirs()
    return {
        "step": {
            "ours": _step(own, lambda: own.loss(2 * x - 1)),
            "pythae": _step(peer, lambda: peer({"data": x}).loss),
        },
        "sample_1000": {"ours": draw_own, "pythae": draw_peer},
    }


def _step(model: nn.Module, loss_of) -> object:
    optimizer = torch.optim.Adam(model.parameters(), fused=True)

    def step() -> None:
        optimizer.zero_grad()
        loss_of().backward()
        optimizer.step()

    return step
