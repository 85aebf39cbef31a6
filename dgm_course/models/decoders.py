"""Heads: from the numbers that a net puts out to a distribution of what it should describe.

    p(x|z)  BernoulliDecoder    black or white                       1 number a pixel
            CategoricalDecoder  L grey levels, in no order           L
            LogisticDecoder     L grey levels, a rounded logistic    2: loc, log_scale
            GaussianDecoder     real numbers, one learned log_std    1: the mean
    q(z|x)  GaussianPosterior   independent normals                  2 D: mean, log_std

A net maps z to (B, channels, *rest), where `Decoder.channels(c, levels)` says how many channels x
of c channels needs; flat events (B, channels) work as well. Every forward returns a Distribution
whose event is all of x, so `log_prob(x)` is (B,), summed over pixels. Kingma & Welling 2014;
Salimans et al. 2017; one variance for all pixels: Rybkin et al. 2021.
"""

import torch
from torch import Tensor, nn
from torch.distributions import Distribution, Independent, Normal

from dgm_course.models.pixels import (
    DiscretizedLogistic,
    GreyLevels,
    TwoLevels,
    at_least_float32,
)


class BernoulliDecoder(nn.Module):
    """p(x|z) for x in {-1, 1}: net puts out the logit of white at each pixel."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, z: Tensor) -> Independent:
        """p(x|z): (B, D) -> a distribution of (C, H, W)."""
        return _over_event(TwoLevels(self.net(z)))

    @staticmethod
    def channels(channels: int, levels: int = 2) -> int:
        """Channels that the net puts out for x of so many channels: the same."""
        return channels


class CategoricalDecoder(nn.Module):
    """p(x|z) on L grey levels with a logit for each: net puts out C * L channels."""

    def __init__(self, net: nn.Module, levels: int) -> None:
        super().__init__()
        self.net, self.levels = net, levels

    def forward(self, z: Tensor) -> Independent:
        """p(x|z): (B, D) -> a distribution of (C, H, W).  Raises if channels are not C * L."""
        logits = _split(self.net(z), self.levels)
        return _over_event(GreyLevels(logits.movedim(2, -1)))

    @staticmethod
    def channels(channels: int, levels: int) -> int:
        """Channels that the net puts out for x of so many channels: L times as many."""
        return channels * levels


class LogisticDecoder(nn.Module):
    """p(x|z) on L grey levels, a rounded logistic: net puts out C * 2 channels, loc, log_scale."""

    def __init__(self, net: nn.Module, levels: int) -> None:
        super().__init__()
        self.net, self.levels = net, levels

    def forward(self, z: Tensor) -> Independent:
        """p(x|z): (B, D) -> a distribution of (C, H, W).  Raises if channels are not C * 2."""
        loc, log_scale = _split(self.net(z), 2).unbind(2)
        return _over_event(DiscretizedLogistic(loc, log_scale, self.levels))

    @staticmethod
    def channels(channels: int, levels: int = 2) -> int:
        """Channels that the net puts out for x of so many channels: twice as many."""
        return 2 * channels


class GaussianDecoder(nn.Module):
    r"""p(x|z) = N(net(z), std^2 I) for real x, with `log_std` learned: a number or a tensor like x.

    A density, not a probability. One number for all pixels, as here by default, keeps it bounded:
    a pixel with a log_std of its own that never varies would make it infinite.
    Rybkin et al. 2021 (sigma-VAE).
    """

    def __init__(self, net: nn.Module, log_std: float | Tensor = 0.0) -> None:
        super().__init__()
        self.net = net
        log_std = log_std if isinstance(log_std, Tensor) else torch.tensor(float(log_std))
        self.log_std = nn.Parameter(log_std.clone())

    def forward(self, z: Tensor) -> Independent:
        """p(x|z): (B, D) -> a distribution of (C, H, W)."""
        return _over_event(Normal(self.net(z), self.log_std.exp(), validate_args=False))

    @staticmethod
    def channels(channels: int, levels: int = 2) -> int:
        """Channels that the net puts out for x of so many channels: the same."""
        return channels


class GaussianPosterior(nn.Module):
    """q(z|x) = N(mean, std^2), independent in each dim: net puts out (B, 2 D), mean and log_std."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: Tensor) -> Independent:
        """q(z|x): (B, *event) -> a distribution of (D,).  Raises if net does not give (B, 2 D)."""
        out = self.net(x)
        if out.dim() != 2 or out.shape[1] % 2:
            raise ValueError(f"net: expected an output (B, 2 D), got {tuple(out.shape)}")
        mean, log_std = at_least_float32(out).chunk(2, 1)
        return _over_event(Normal(mean, log_std.exp(), validate_args=False))


def _split(out: Tensor, n: int) -> Tensor:
    """(B, C * n, *rest) -> (B, C, n, *rest)."""
    if out.dim() < 2 or out.shape[1] % n:
        raise ValueError(f"net: expected an output (B, C * {n}, ...), got {tuple(out.shape)}")
    return out.unflatten(1, (-1, n))


def _over_event(p: Distribution) -> Independent:
    """Everything but the first dim is one event: its log probability is the sum."""
    return Independent(p, len(p.batch_shape) - 1, validate_args=False)
