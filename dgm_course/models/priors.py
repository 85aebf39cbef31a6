r"""Distributions of the latent before any image is seen: modules whose forward returns p(z).

    StandardNormal  N(0, I)                                        Kingma & Welling 2014
    MixturePrior    sum_k w_k N(mean_k, std_k^2), all learned      a baseline of the next
    VampPrior       (1/K) sum_k q(z|u_k), u_k learned images       Tomczak & Welling 2018
    Reweighted      sum_k w_k of either, w_k fitted to codes by EM Bishop 2006, sec. 9.2

The best prior of all for a given encoder is the mean of q(z|x) over the data; the VampPrior is
that mean over K invented images in place of all the real ones.
"""

import torch
from torch import Tensor, nn
from torch.distributions import Categorical, Distribution, Independent, MixtureSameFamily, Normal


class StandardNormal(nn.Module):
    """p(z) = N(0, I) in `dim` dims, nothing to learn."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(dim), persistent=False)

    def forward(self) -> Independent:
        """p(z): -> a distribution of (D,)."""
        std = torch.ones_like(self.mean)
        return Independent(Normal(self.mean, std, validate_args=False), 1, validate_args=False)


class MixturePrior(nn.Module):
    """p(z), a mixture of K normals with learned weights, means and log_std: all (K, D) but logits.

    The means start where N(0, I) would put them, the rest equal; a start at one point would stay
    there, as all components would have the same gradient.
    """

    def __init__(self, dim: int, components: int) -> None:
        super().__init__()
        self.logits = nn.Parameter(torch.zeros(components))
        self.mean = nn.Parameter(torch.randn(components, dim))
        self.log_std = nn.Parameter(torch.zeros(components, dim))

    def forward(self) -> MixtureSameFamily:
        """p(z): -> a distribution of (D,)."""
        normals = Normal(self.mean, self.log_std.exp(), validate_args=False)
        return _mixture(self.logits, Independent(normals, 1, validate_args=False))


class VampPrior(nn.Module):
    """p(z), the mean of q(z|u) over K learned pseudo-inputs u, which start at pseudo_inputs.

    The encoder is the VAE's own, shared and not a submodule, so that its weights are counted and
    saved once; it moves to another device with the VAE.
    """

    def __init__(self, posterior: nn.Module, pseudo_inputs: Tensor) -> None:
        super().__init__()
        self.pseudo_inputs = nn.Parameter(pseudo_inputs.detach().clone())
        self._shared = (posterior,)  # a tuple, which nn.Module does not look into

    def forward(self) -> MixtureSameFamily:
        """p(z): -> a distribution of (D,)."""
        (posterior,) = self._shared
        components = posterior(self.pseudo_inputs)
        return _mixture(components.mean.new_zeros(len(self.pseudo_inputs)), components)


class Reweighted(nn.Module):
    r"""A mixture prior with the weights that draws z (N, D) of q(z|x) make most likely, by EM.

    $w_k \leftarrow \frac{1}{N} \sum_n \frac{w_k p_k(z_n)}{\sum_j w_j p_j(z_n)}$, Bishop 2006, eq.
    9.22 and 9.23. Equal weights leave it to the pseudo-inputs how often each kind of image comes.
    """

    def __init__(self, prior: nn.Module, z: Tensor, iterations: int = 50) -> None:
        super().__init__()
        self.prior = prior
        log_density = prior().component_distribution.log_prob(z[:, None]).detach()
        logits = torch.zeros_like(log_density[0])
        for _ in range(iterations):
            logits = (log_density + logits).softmax(-1).mean(0).log()
        self.logits = nn.Parameter(logits, requires_grad=False)

    def forward(self) -> MixtureSameFamily:
        """p(z): -> a distribution of (D,)."""
        return _mixture(self.logits, self.prior().component_distribution)


def _mixture(logits: Tensor, components: Distribution) -> MixtureSameFamily:
    weights = Categorical(logits=logits, validate_args=False)
    return MixtureSameFamily(weights, components, validate_args=False)
