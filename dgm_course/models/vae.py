r"""The variational autoencoder: a latent-variable model trained by a lower bound of log p(x).

Model      z ~ p(z), x ~ p(x|z); the posterior p(z|x) is out of reach, an encoder gives q(z|x)
Bound      elbo(x) = E_q[log p(x|z)] - KL(q(z|x) || p(z)) = log p(x) - KL(q(z|x) || p(z|x))
           one z = mean + std * noise: an unbiased estimate, and so is its gradient
Objective  beta weighs the rate, free bits spare the first nats of it; elbo() knows neither
           Kingma & Welling 2014; Higgins et al. 2017 (beta); Kingma et al. 2016 (free bits)
Tighter    L_k = E log (1/k) sum_i p(x, z_i) / q(z_i|x) rises with k to log p(x)  Burda et al. 2016
Sampler    z ~ p(z), then x ~ p(x|z), its noise included
"""

import math
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.distributions import Distribution

from dgm_course.models.pixels import draw
from dgm_course.models.priors import StandardNormal


class Terms(NamedTuple):
    """What the bound is made of, in nats: elbo = reconstruction - rate.sum(-1).

    reconstruction (B,) is log p(x|z); rate (B, D) one KL a latent, or (B, 1) under a prior that
    does not treat the latents one by one.
    """

    reconstruction: Tensor
    rate: Tensor


def kl_to_standard_normal(mean: Tensor, log_std: Tensor) -> Tensor:
    r"""KL( N(mean, std^2) || N(0, I) ) in nats: (B, D), (B, D) -> (B,).

    $\mathrm{KL} = \sum_d \left(\frac{1}{2} (\mu_d^2 + \sigma_d^2 - 1) - \log \sigma_d\right)$.
    Source: Kingma & Welling 2014, app. B.
    """
    return (0.5 * (mean**2 + (2 * log_std).exp() - 1) - log_std).sum(-1)


def reparameterise(mean: Tensor, log_std: Tensor, noise: Tensor) -> Tensor:
    r"""A draw of N(mean, std^2) that has a gradient in mean and log_std: (B, D) x 3 -> (B, D).

    $z = \mu + \sigma \epsilon$, $\epsilon \sim \mathcal{N}(0, I)$: Kingma & Welling 2014, eq. 4.
    """
    return mean + log_std.exp() * noise


def log_mean_weights(
    log_weights: Callable[[Tensor], Tensor],
    like: Tensor,
    k: int,
    chunk: int = 4096,
    generator: torch.Generator | None = None,
) -> Tensor:
    """log (1/k) sum_i w_i in nats: -> (B,), from `log_weights`: noise (k, B, D) -> (k, B).

    `like` (B, D) has the size, dtype and device of one draw. At most max(chunk, B) are weighed at a
    time, which without gradient (torch.no_grad) bounds the memory. The value does not depend on
    chunk, and the draws of a smaller k are the first of those of a larger one. Raises if k < 1.
    """
    if k < 1:
        raise ValueError(f"k: expected at least 1 draw, got {k}")
    options = {"dtype": like.dtype, "device": like.device, "generator": generator}
    log_sums = []
    for draws in torch.arange(k).split(max(1, chunk // len(like))):
        noise = torch.stack([torch.randn(like.shape, **options) for _ in draws])
        log_sums.append(log_weights(noise).logsumexp(0))
    return torch.stack(log_sums).logsumexp(0) - math.log(k)


class VAE(nn.Module):
    """x ~ p(x|z), z ~ p(z), with the encoder q(z|x): three modules that put out distributions.

    `posterior(x)` gives independent normals of (D,), `decoder(z)` a distribution of x, `prior()`
    one of z. In the loss `beta` weighs the rate; `free_bits` nats of each of its columns are free.
    """

    def __init__(
        self,
        posterior: nn.Module,
        decoder: nn.Module,
        prior: nn.Module,
        beta: float = 1.0,
        free_bits: float = 0.0,
    ) -> None:
        super().__init__()
        self.posterior, self.decoder, self.prior = posterior, decoder, prior
        self.beta, self.free_bits = beta, free_bits

    def encode(self, x: Tensor) -> Tensor:
        """The mean of q(z|x): (B, *event) -> (B, D)."""
        return self.posterior(x).mean

    def decode(self, z: Tensor) -> Tensor:
        """The mean of p(x|z), between the grey levels: (B, D) -> (B, *event)."""
        return self.decoder(z).mean

    def terms(self, x: Tensor, noise: Tensor | None = None) -> Terms:
        """Both terms of the elbo at one z; noise (B, D) is drawn unless given: see `Terms`."""
        q = self.posterior(x)
        mean, log_std = q.mean, q.stddev.log()
        z = reparameterise(mean, log_std, torch.randn_like(mean) if noise is None else noise)
        reconstruction = self.decoder(z).log_prob(x)
        if isinstance(self.prior, StandardNormal):
            return Terms(reconstruction, kl_to_standard_normal(mean[..., None], log_std[..., None]))
        return Terms(reconstruction, (q.log_prob(z) - self.prior().log_prob(z))[:, None])

    def elbo(self, x: Tensor, noise: Tensor | None = None) -> Tensor:
        r"""A lower bound of log p(x), estimated at one z, whatever beta: (B, *event) -> (B,), nats.

        $\log p(x|z) - \mathrm{KL}(q(z|x) \Vert p(z))$, Kingma & Welling 2014, eq. 3.
        """
        reconstruction, rate = self.terms(x, noise)
        return reconstruction - rate.sum(-1)

    def loss(self, x: Tensor, noise: Tensor | None = None) -> Tensor:
        r"""Nats, summed over the event, mean over the batch: -> ().  The negative elbo by default.

        $-\log p(x|z) + \beta \sum_d \max(\lambda, R_d)$, $R_d$ the rate of latent d, mean over
        the batch, and lambda = free_bits: Higgins et al. 2017, eq. 4; Kingma et al. 2016, app. C.8.
        """
        reconstruction, rate = self.terms(x, noise)
        rate = rate.mean(0)
        if self.free_bits > 0:
            rate = rate.clamp(min=self.free_bits)
        return self.beta * rate.sum() - reconstruction.mean()

    def log_weights(self, x: Tensor, noise: Tensor, q: Distribution | None = None) -> Tensor:
        """log p(x, z) - log q(z|x) at k draws of z: (B, *event), (k, B, D) -> (k, B), nats."""
        q = self.posterior(x) if q is None else q
        z = reparameterise(q.mean, q.stddev.log(), noise)
        again = x.expand(len(z), *x.shape).flatten(0, 1)
        reconstruction = self.decoder(z.flatten(0, 1)).log_prob(again).view(z.shape[:2])
        return reconstruction + self.prior().log_prob(z) - q.log_prob(z)

    def iwae_bound(
        self, x: Tensor, k: int, chunk: int = 4096, generator: torch.Generator | None = None
    ) -> Tensor:
        r"""A lower bound of log p(x) from k draws of z, nats: (B, *event) -> (B,).

        $\log \frac{1}{k} \sum_i p(x, z_i) / q(z_i|x)$, Burda et al. 2016, eq. 8: see
        `log_mean_weights`. On average the elbo at k = 1; with k it rises to log p(x).
        """
        q = self.posterior(x)
        return log_mean_weights(partial(self.log_weights, x, q=q), q.mean, k, chunk, generator)

    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """x ~ p(x|z) for z ~ p(z), without gradient: n -> (n, *event)."""
        with torch.no_grad():
            return draw(self.decoder(draw(self.prior(), (n,), generator)), (), generator)
