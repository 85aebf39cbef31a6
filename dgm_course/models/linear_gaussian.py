r"""The latent-variable model whose evidence is known: probabilistic PCA (Tipping & Bishop 1999).

Model      z ~ N(0, I), x = W z + bias + std * noise
Evidence   p(x) = N(x; bias, W W^T + std^2 I)                                       eq. 12.35
Posterior  p(z|x) = N(M^-1 W^T (x - bias), std^2 M^-1), M = W^T W + std^2 I         eq. 12.42
Bound      for any Gaussian q = N(m, S), E_q log p(x|z) - KL(q || p(z)) in closed form; it touches
           log p(x) where q is the posterior
Fit        W = U (Lambda - std^2 I)^(1/2), std^2 the mean eigenvalue left out  eq. 12.45, 12.46

Numbers of equations: Bishop 2006, section 12.2. It is the VAE with linear nets and one variance,
and what a VAE can be held against: Lucas et al. 2019.
"""

import math

import torch
from torch import Tensor, nn
from torch.distributions import Distribution, Independent, MultivariateNormal, Normal

from dgm_course.models.pixels import draw


class LinearGaussian(nn.Module):
    """x = weight z + bias + std * noise with z ~ N(0, I): weight (X, D), bias (X,), std > 0.

    All three are parameters, the last one as `log_std`; maximum likelihood has a closed form,
    `fit`. Raises if the shapes do not fit or std is not positive.
    """

    def __init__(self, weight: Tensor, bias: Tensor, std: float | Tensor) -> None:
        super().__init__()
        std = torch.as_tensor(std, dtype=weight.dtype, device=weight.device)
        if weight.dim() != 2 or bias.shape != weight.shape[:1]:
            got = f"{tuple(weight.shape)}, {tuple(bias.shape)}"
            raise ValueError(f"weight, bias: expected (X, D), (X,), got {got}")
        if std.dim() or not 0 < std < math.inf:
            raise ValueError(f"std: expected a positive number, got {std.tolist()}")
        self.weight = nn.Parameter(weight.detach().clone())
        self.bias = nn.Parameter(bias.detach().clone())
        self.log_std = nn.Parameter(std.detach().log())

    @classmethod
    def fit(cls, x: Tensor, dim: int) -> "LinearGaussian":
        """The model of `dim` latents that makes data x (n, X) most likely, in closed form.

        Its latents are principal axes, so the posterior is of independent dims. Raises unless
        0 < dim < X and the data vary in more than dim directions.
        """
        if x.dim() != 2 or not 0 < dim < x.shape[1]:
            raise ValueError(f"x, dim: expected (n, X), 0 < dim < X, got {tuple(x.shape)}, {dim}")
        spread, axes = torch.linalg.eigh(x.T.cov(correction=0))
        variance = spread[:-dim].mean()
        roundoff = torch.finfo(x.dtype).eps * spread[-1] * len(spread)
        if not variance > roundoff:
            raise ValueError(f"x: expected data that vary in more than {dim} directions")
        scale = (spread[-dim:] - variance).clamp(min=0).sqrt()  # equal eigenvalues may round below
        return cls((axes[:, -dim:] * scale).flip(1), x.mean(0), variance.sqrt())

    def forward(self, z: Tensor) -> Independent:
        """p(x|z): (B, D) -> a distribution of (X,)."""
        mean = z @ self.weight.T + self.bias
        return Independent(Normal(mean, self.log_std.exp(), validate_args=False), 1)

    def posterior(self, x: Tensor) -> MultivariateNormal:
        """p(z|x), exact: (B, X) -> a distribution of (D,) with full covariance."""
        eye = torch.eye(self.weight.shape[1], dtype=x.dtype, device=x.device)
        precision = self.weight.T @ self.weight / (2 * self.log_std).exp() + eye
        pull = (x - self.bias) @ self.weight / (2 * self.log_std).exp()
        mean = torch.linalg.solve(precision, pull, left=False)
        return MultivariateNormal(mean, precision_matrix=precision)

    def log_prob(self, x: Tensor) -> Tensor:
        """The evidence log p(x), exact, nats: (B, X) -> (B,), by Bayes' rule at one z."""
        q = self.posterior(x)  # at its mean no large numbers cancel, however small std is
        log_prior = Normal(0.0, 1.0).log_prob(q.mean).sum(-1)
        return self(q.mean).log_prob(x) + log_prior - q.log_prob(q.mean)

    def elbo(self, x: Tensor, q: Distribution) -> Tensor:
        r"""The bound with any Gaussian q of z, no noise: (B, X), (B) of (D,) -> (B,), nats.

        $\log \mathcal{N}(x; W m + b, \sigma^2 I) - \mathrm{tr}(W S W^T) / 2 \sigma^2
        - \mathrm{KL}(\mathcal{N}(m, S) \Vert \mathcal{N}(0, I))$: Kingma & Welling 2014, eq. 3.
        q is a MultivariateNormal, its low-rank form or an Independent of Normal.
        """
        mean, root = q.mean, _root(q)
        spread = (self.weight @ root).square().sum((-2, -1)) / (2 * self.log_std).exp()
        logdet = 2 * root.diagonal(dim1=-2, dim2=-1).log().sum(-1)
        excess = mean.square().sum(-1) + root.square().sum((-2, -1)) - mean.shape[-1] - logdet
        return self(mean).log_prob(x) - 0.5 * (spread + excess)

    def loss(self, x: Tensor) -> Tensor:
        """Negative log-likelihood in nats, summed over the event, mean over the batch: -> ()."""
        return -self.log_prob(x).mean()

    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """z ~ N(0, I), then x ~ p(x|z), without gradient: n -> (n, X)."""
        like = {"dtype": self.weight.dtype, "device": self.weight.device}
        z = torch.randn(n, self.weight.shape[1], generator=generator, **like)
        with torch.no_grad():
            return draw(self(z), (), generator)


def _root(q: Distribution) -> Tensor:
    """The lower triangle whose square is the covariance of a Gaussian: -> (B, D, D)."""
    return q.scale_tril if hasattr(q, "scale_tril") else q.stddev.diag_embed()
