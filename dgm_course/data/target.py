"""A target: a distribution with known density and entropy, so that a model's error is a number.

Use        KL(target || model) is the mean of -model.log_prob(x) over samples x, minus `entropy()`.
Quadrature The trapezoid rule on a grid that reaches far into the tails.  For a smooth integrand
           that vanishes at both ends its error falls exponentially in 1 / step (Trefethen and
           Weideman 2014, The exponentially convergent trapezoidal rule, sec. 5): a quarter of the
           narrowest standard deviation is enough for ten digits.
Mixture    p(x) = sum_k w_k N(x; mean_k, std_k^2 I), by `torch.distributions`.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from functools import cached_property

import torch
from torch import Tensor
from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal

ROWS = 8192  # rows of x handled at once: bounds the memory of a density with many terms


def gaussian_mixture(
    means: Tensor, std: Tensor, weights: Tensor, like: Tensor
) -> MixtureSameFamily:
    """sum_k weights_k N(means_k, std_k^2 I): (K, D), (K,), (K,) -> a distribution with event (D,).

    Computes in the dtype and on the device of `like`.
    """
    means, std, log_weights = means.to(like), std.to(like), weights.log().to(like)
    parts = Independent(Normal(means, std[:, None], validate_args=False), 1, validate_args=False)
    weights = Categorical(logits=log_weights, validate_args=False)
    return MixtureSameFamily(weights, parts, validate_args=False)


def grid(low: tuple[float, ...], high: tuple[float, ...], step: float) -> tuple[Tensor, float]:
    """Cell centres of a grid over a box, and the volume of a cell: (D,), (D,) -> (N, D), ()."""
    axes, cell = [], 1.0
    for a, b in zip(low, high, strict=True):
        n = math.ceil((b - a) / step)
        axes.append(a + (torch.arange(n, dtype=torch.float64) + 0.5) * (b - a) / n)
        cell *= (b - a) / n
    return torch.cartesian_prod(*axes).reshape(-1, len(axes)), cell


def entropy_on_grid(target: Target, step: float) -> float:
    """-∫ p log p over the target's box in nats, by the trapezoid rule."""
    x, cell = grid(target.low, target.high, step)
    return float(torch.special.entr(target.log_prob(x).exp()).sum() * cell)


class Target(ABC):
    """A distribution on R^dim with exact `log_prob` and `entropy`.

    All but 1e-8 of its mass lies in the box from `low` to `high`.
    """

    dim: int = 2
    low: tuple[float, ...]
    high: tuple[float, ...]

    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """n independent points, (n, dim), in the default dtype, on the device of the generator.

        Raises ValueError if n is negative.
        """
        if n < 0:
            raise ValueError(f"n: expected n >= 0, got {n}")
        device = None if generator is None else generator.device
        return self._sample(n, {"generator": generator, "device": device})

    def log_prob(self, x: Tensor) -> Tensor:
        """Exact log density in nats, (B, dim) -> (B,), in the dtype and on the device of x.

        Raises ValueError if x has another shape, TypeError if it is no floating-point tensor.
        """
        if not isinstance(x, Tensor) or not x.is_floating_point():
            kind = x.dtype if isinstance(x, Tensor) else type(x).__name__
            raise TypeError(f"x: expected a floating-point tensor (B, {self.dim}), got {kind}")
        if x.ndim != 2 or x.shape[1] != self.dim:
            raise ValueError(f"x: expected (B, {self.dim}), got {tuple(x.shape)}")
        if len(x) == 0:
            return x.sum(-1)
        finite = x.isfinite().all(-1)
        rows = torch.where(finite[:, None], x, 0.0).split(ROWS)
        log_prob = torch.cat([self._log_prob(part) for part in rows])
        return torch.where(finite, log_prob, -x.abs().sum(-1))  # infinity has no density, NaN stays

    def entropy(self) -> float:
        """-E[log p(x)] in nats, computed at the first call."""
        return self._entropy

    @abstractmethod
    def _sample(self, n: int, options: dict) -> Tensor: ...

    @abstractmethod
    def _log_prob(self, x: Tensor) -> Tensor: ...

    @cached_property
    @abstractmethod
    def _entropy(self) -> float: ...
