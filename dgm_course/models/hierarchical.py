r"""The hierarchical variational autoencoder: latents in levels, each given those above it.

Model      p(z_1) p(z_2|z_1) ... p(z_L|z_<L) p(x|z), every factor a normal whose mean and std are
           computed from a context, which sums up the levels above     Sonderby et al. 2016, sec. 2
Posterior  q(z_1|x) q(z_2|z_1, x) ...: from the top down, too, so that level l knows what the levels
           above have drawn; and relative to the prior: with z_l = mean_p + std_p u_l,
           p(u_l) = N(0, I),  q(u_l|z_<l, x) = N(shift, scale^2)     Vahdat & Kautz 2020, sec. 3.2
Bound      elbo(x) = E_q[log p(x|z) - sum_l KL(q(z_l|z_<l, x) || p(z_l|z_<l))]     there, eq. 1
Sampler    u_l ~ N(0, I) from the top down, then x ~ p(x|z), its noise included

In u the prior is one N(0, I), or learned for the top level.  What levels add to a flat VAE is a
posterior that is no product of independent normals.
"""

from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor, nn
from torch.distributions import Normal

from dgm_course.models.pixels import draw
from dgm_course.models.vae import Terms, kl_to_standard_normal, log_mean_weights, reparameterise


class Level(nn.Module):
    """One level of `dim` latents, by three modules that share a context of `width` numbers.

    prior      context (B, width) -> (B, 2 dim): mean and log_std of p(z|above)
    posterior  features and context (B, features + width) -> (B, 2 dim): shift and log_scale of u
    merge      context and z (B, width + dim) -> (B, width), added to the context
    """

    def __init__(self, dim: int, prior: nn.Module, posterior: nn.Module, merge: nn.Module) -> None:
        super().__init__()
        self.dim, self.prior, self.posterior, self.merge = dim, prior, posterior, merge

    def infer(self, features: Tensor, context: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log_std of q(u|above, x): (B, F), (B, width) -> (B, dim), (B, dim)."""
        return self.posterior(torch.cat([features, context], -1)).chunk(2, -1)

    def forward(self, context: Tensor, u: Tensor) -> Tensor:
        """The context with z = mean + std u taken in: (B, width), (B, dim) -> (B, width)."""
        mean, log_std = self.prior(context).chunk(2, -1)
        z = reparameterise(mean, log_std, u)
        return context + self.merge(torch.cat([context, z], -1))


class Levels(nn.Module):
    """All levels from the top down; latents and noise lie side by side, (B, D), top level first.

    `prior()`, if given, is the distribution of u of the top level, in place of N(0, I): a mixture,
    or a VampPrior on the top level's posterior (Tomczak & Welling 2018, sec. 4).
    """

    def __init__(self, levels: Sequence[Level], width: int, prior: nn.Module | None = None) -> None:
        super().__init__()
        self.prior = prior
        self.top, self.all = nn.Parameter(torch.zeros(width)), nn.ModuleList(levels)
        self.dims = [level.dim for level in levels]

    def forward(self, u: Tensor) -> Tensor:
        """The context after the last level: (B, D) -> (B, width)."""
        context = self.top.expand(len(u), -1)
        for level, own in zip(self.all, u.split(self.dims, -1), strict=True):
            context = level(context, own)
        return context

    def log_tilt(self, u: Tensor) -> Tensor:
        """log p(u) - log N(u; 0, I), which is 0 but for a learned prior: (B, D) -> (B,), nats."""
        if self.prior is None:
            return u.new_zeros(len(u))
        top = u[:, : self.dims[0]]
        return self.prior().log_prob(top) - Normal(0.0, 1.0).log_prob(top).sum(-1)

    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """u ~ p(u), without gradient: n -> (n, D)."""
        options = {"dtype": self.top.dtype, "device": self.top.device, "generator": generator}
        u = torch.randn(n, sum(self.dims), **options)
        if self.prior is not None:
            u[:, : self.dims[0]] = draw(self.prior(), (n,), generator)
        return u

    def infer(self, features: Tensor, noise: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """u ~ q, its mean and log_std, the context: (B, F), (B, D) -> 3 x (B, D), (B, width)."""
        context, found = self.top.expand(len(features), -1), []
        for level, own in zip(self.all, noise.split(self.dims, -1), strict=True):
            mean, log_std = level.infer(features, context)
            found.append((reparameterise(mean, log_std, own), mean, log_std))
            context = level(context, found[-1][0])
        return *(torch.cat(parts, -1) for parts in zip(*found, strict=True)), context


class HierarchicalVAE(nn.Module):
    """x ~ p(x|z_1, ..., z_L): an encoder, the levels from the top down, and a decoder.

    `encoder(x)` gives features (B, F); `decoder(context)` is a distribution of x given the context
    (B, width) after the last level. Latents (B, D), D the sum of the levels' dims, are in the
    prior's unit (u above). `beta` and `free_bits`, nats a level, change the loss alone.
    """

    def __init__(
        self,
        encoder: nn.Module,
        levels: Levels,
        decoder: nn.Module,
        beta: float = 1.0,
        free_bits: float = 0.0,
    ) -> None:
        super().__init__()
        self.encoder, self.levels, self.decoder = encoder, levels, decoder
        self.beta, self.free_bits = beta, free_bits

    def encode(self, x: Tensor) -> Tensor:
        """The mean of q at each level, given the means above: (B, *event) -> (B, D)."""
        features = self.encoder(x)
        return self.levels.infer(features, 0 * self._noise(features))[0]

    def decode(self, u: Tensor) -> Tensor:
        """The mean of p(x|z): (B, D) -> (B, *event)."""
        return self.decoder(self.levels(u)).mean

    def terms(self, x: Tensor, noise: Tensor | None = None) -> Terms:
        """log p(x|z) (B,) and the rate of each level (B, L) at one z; noise (B, D), or drawn."""
        features = self.encoder(x)
        noise = self._noise(features) if noise is None else noise
        u, mean, log_std, context = self.levels.infer(features, noise)
        parts = zip(*(q.split(self.levels.dims, -1) for q in (mean, log_std)), strict=True)
        rates = [kl_to_standard_normal(*own) for own in parts]
        rates[0] = rates[0] - self.levels.log_tilt(u)
        return Terms(self.decoder(context).log_prob(x), torch.stack(rates, -1))

    def elbo(self, x: Tensor, noise: Tensor | None = None) -> Tensor:
        r"""The lower bound of log p(x), nats, estimated at one z: (B, *event) -> (B,).

        $\log p(x|z) - \sum_l \mathrm{KL}(q(z_l|z_{<l}, x) \Vert p(z_l|z_{<l}))$, Vahdat & Kautz
        2020, eq. 1, whatever beta and free_bits are.
        """
        reconstruction, rate = self.terms(x, noise)
        return reconstruction - rate.sum(-1)

    def loss(self, x: Tensor, noise: Tensor | None = None) -> Tensor:
        """Nats, summed over the event, mean over the batch: -> (); by default -elbo."""
        reconstruction, rate = self.terms(x, noise)
        least = self.free_bits or -torch.inf  # a rate estimated at one draw may be negative
        return self.beta * rate.mean(0).clamp(min=least).sum() - reconstruction.mean()

    def log_weights(self, x: Tensor, noise: Tensor, features: Tensor | None = None) -> Tensor:
        """log p(x, z) - log q(z|x) at k draws of z: (B, *event), (k, B, D) -> (k, B), nats."""
        features = self.encoder(x) if features is None else features
        features, x = (y.expand(len(noise), *y.shape).flatten(0, 1) for y in (features, x))
        u, _, log_std, context = self.levels.infer(features, noise.flatten(0, 1))
        log_ratio = (0.5 * (noise.flatten(0, 1) ** 2 - u**2) + log_std).sum(-1)
        log_ratio = log_ratio + self.levels.log_tilt(u)
        return (self.decoder(context).log_prob(x) + log_ratio).view(noise.shape[:2])

    def iwae_bound(
        self, x: Tensor, k: int, chunk: int = 4096, generator: torch.Generator | None = None
    ) -> Tensor:
        """A lower bound of log p(x) from k draws: see `vae.log_mean_weights`.  Raises if k < 1."""
        features = self.encoder(x)
        weights = partial(self.log_weights, x, features=features)
        return log_mean_weights(weights, self._noise(features), k, chunk, generator)

    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """x ~ p(x|z) for z ~ p(z), without gradient: n -> (n, *event)."""
        with torch.no_grad():
            u = self.levels.sample(n, generator)
            return draw(self.decoder(self.levels(u)), (), generator)

    def _noise(self, like: Tensor) -> Tensor:
        """Standard normal (B, D) for `like` of B rows."""
        return torch.randn_like(like[:, :1].expand(-1, sum(self.levels.dims)))
