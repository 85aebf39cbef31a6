r"""Distributions of one pixel on L equally spaced grey levels $x_k = 2k/(L-1) - 1$ in [-1, 1].

    TwoLevels            p(x) = sigmoid(x a), x in {-1, 1}                       Bernoulli
    GreyLevels           p(x_k) = softmax(a)_k                                   categorical
    DiscretizedLogistic  p(x_k) = F(x_k + 1/(L-1)) - F(x_k - 1/(L-1))            rounded logistic
                         F(x) = sigmoid((x - loc) / scale), and the two outermost cells reach to
                         infinity                      Kingma et al. 2016; Salimans et al. 2017

All are probabilities: they sum to one over the levels, so that a likelihood made of them compares
with any other of the same images. They are `torch.distributions`, with one thing more: `sample`
takes a generator. `draw` does so for the continuous ones of torch, too.
"""

from abc import abstractmethod

import torch
from torch import Tensor
from torch.distributions import Distribution, Independent, MixtureSameFamily, Normal, constraints
from torch.nn.functional import logsigmoid

OFF_LEVEL = 1e-3  # in steps between levels: more is no rounding error of float32


def draw(
    p: Distribution, shape: tuple[int, ...] = (), generator: torch.Generator | None = None
) -> Tensor:
    """Independent draws without gradient: -> (*shape, *batch, *event); noise from `generator`.

    For the distributions of this package and torch's Normal, their Independent and
    MixtureSameFamily. Raises TypeError for any other one, unless generator is None.
    """
    shape = torch.Size(shape)
    with torch.no_grad():
        if isinstance(p, PixelDistribution):
            return p.sample(shape, generator)
        if isinstance(p, Independent):
            return draw(p.base_dist, shape, generator)
        if isinstance(p, Normal):
            size, like = shape + p.batch_shape, {"dtype": p.loc.dtype, "device": p.loc.device}
            return p.loc + p.scale * torch.randn(size, generator=generator, **like)
        if isinstance(p, MixtureSameFamily):
            return _draw_mixture(p, shape, generator)
        if generator is None:
            return p.sample(shape)
    raise TypeError(f"generator: {type(p).__name__} can only be drawn from torch's global one")


def to_index(x: Tensor, levels: int, validate: bool = True) -> Tensor:
    """Number 0..L-1 of the grey level that each pixel in [-1, 1] has, still floating point.

    Raises ValueError, unless validate is False, if a value is none of the L levels.
    """
    place = (x + 1) * (0.5 * (levels - 1))
    index = place.round()
    if validate and not torch.compiler.is_compiling():
        ok = (place - index).abs() <= OFF_LEVEL  # NaN is not
        ok &= (index >= 0) & (index < levels)
        if not ok.all():
            got = f"{x[~ok][0].item():.6g} among them"
            raise ValueError(f"x: expected the {levels} equal steps from -1 to 1, got {got}")
    return index


class PixelDistribution(Distribution):
    """A distribution of each of many pixels (batch_shape) on `levels` grey levels in [-1, 1]."""

    arg_constraints = {}  # noqa: RUF012  (torch's own attribute)
    support = constraints.real  # the levels, which log_prob checks

    def __init__(self, shape: torch.Size, levels: int, validate_args: bool | None = None) -> None:
        if levels < 2:
            raise ValueError(f"levels: expected at least 2, got {levels}")
        self.levels = levels
        super().__init__(torch.Size(shape), validate_args=validate_args)

    @abstractmethod
    def log_prob(self, x: Tensor) -> Tensor:
        """Log probability in nats of each pixel.  Raises if one is off the levels."""

    @abstractmethod
    def sample_index(
        self, shape: torch.Size = (), generator: torch.Generator | None = None
    ) -> Tensor:
        """Numbers 0..L-1 of drawn levels: -> (*shape, *batch) int64."""

    def sample(self, shape: torch.Size = (), generator: torch.Generator | None = None) -> Tensor:
        """Independent draws, each a grey level in [-1, 1]: -> (*shape, *batch)."""
        with torch.no_grad():
            index = self.sample_index(torch.Size(shape), generator)
            return index.to(self._like.dtype) * 2 / (self.levels - 1) - 1  # the last one is 1

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """All grey levels, from dark to bright: -> (L, *batch), or (L, 1, ...) unexpanded."""
        index = torch.arange(self.levels, dtype=self._like.dtype, device=self._like.device)
        x = (index * 2 / (self.levels - 1) - 1).reshape(-1, *(1 for _ in self.batch_shape))
        return x.expand(-1, *self.batch_shape) if expand else x

    def _index(self, x: Tensor) -> Tensor:
        return to_index(x, self.levels, self._validate_args)


class TwoLevels(PixelDistribution):
    """Black or white: x = 1 with probability sigmoid(logits), else x = -1; logits of any shape."""

    def __init__(self, logits: Tensor, validate_args: bool | None = None) -> None:
        self.logits = self._like = at_least_float32(logits)
        super().__init__(self.logits.shape, 2, validate_args)

    def log_prob(self, x: Tensor) -> Tensor:
        """Log probability in nats of each pixel.  Raises if one is not -1 or 1."""
        return logsigmoid((2 * self._index(x) - 1) * self.logits)

    def sample_index(
        self, shape: torch.Size = (), generator: torch.Generator | None = None
    ) -> Tensor:
        """0 for black, 1 for white: -> (*shape, *batch) int64."""
        u = _uniform(torch.Size(shape) + self.batch_shape, self.logits, generator)
        return (u < self.logits.sigmoid()).long()

    @property
    def mean(self) -> Tensor:
        """E[x] = 2 sigmoid(logits) - 1: -> batch."""
        return (0.5 * self.logits).tanh()


class GreyLevels(PixelDistribution):
    """A probability for each level, in no order: softmax of logits (*batch, L)."""

    def __init__(self, logits: Tensor, validate_args: bool | None = None) -> None:
        self.logits = self._like = at_least_float32(logits).log_softmax(-1)
        super().__init__(logits.shape[:-1], logits.shape[-1], validate_args)

    def log_prob(self, x: Tensor) -> Tensor:
        """Log probability in nats of each pixel.  Raises if one is off the levels."""
        index = self._index(x).long().unsqueeze(-1)
        index, logits = torch.broadcast_tensors(index, self.logits)
        return logits.gather(-1, index[..., :1]).squeeze(-1)

    def sample_index(
        self, shape: torch.Size = (), generator: torch.Generator | None = None
    ) -> Tensor:
        """Numbers 0..L-1 of drawn levels: -> (*shape, *batch) int64."""
        shape = torch.Size(shape)
        below = self.logits.exp().reshape(-1, self.levels).cumsum(-1)
        u = _uniform((shape.numel(), len(below)), self.logits, generator).T * below[:, -1:]
        index = torch.searchsorted(below, u.contiguous(), right=True)
        return index.clamp(max=self.levels - 1).T.reshape(shape + self.batch_shape)

    @property
    def mean(self) -> Tensor:
        """E[x], the sum over the levels: -> batch."""
        x = self.enumerate_support(expand=False).flatten()
        return (self.logits.exp() * x).sum(-1)


class DiscretizedLogistic(PixelDistribution):
    r"""A logistic variable rounded to the nearest level: loc and log_scale broadcast to the batch.

    $\log p(x_k) = \log \sigma(b) + \log \sigma(-a) + \log(1 - e^{a - b})$, where $a$ and $b$ are
    the standardised edges of the cell; an outermost cell has only the term of its inner edge. This
    is $\log(\sigma(b) - \sigma(a))$ without the difference, so no case needs a repair and the
    gradient never vanishes, however far the data is.  Salimans et al. 2017 (PixelCNN++), eq. 2.
    """

    def __init__(
        self, loc: Tensor, log_scale: Tensor, levels: int, validate_args: bool | None = None
    ) -> None:
        loc, log_scale = at_least_float32(loc), at_least_float32(log_scale)
        self.loc = self._like = loc
        self.log_scale = log_scale
        shape = torch.broadcast_shapes(loc.shape, log_scale.shape)
        super().__init__(shape, levels, validate_args)

    def log_prob(self, x: Tensor) -> Tensor:
        """Log probability in nats of each pixel.  Raises if one is off the levels."""
        index, rate = self._index(x), (-self.log_scale).exp()
        below = logsigmoid((self._edge(index + 1) - self.loc) * rate)
        above = logsigmoid((self.loc - self._edge(index)) * rate)
        cell = (-torch.expm1(-2 / (self.levels - 1) * rate)).log()
        first, last = index < 1, index > self.levels - 2
        return (
            below.masked_fill(last, 0)
            + above.masked_fill(first, 0)
            + torch.where(first | last, 0, cell)
        )

    def sample_index(
        self, shape: torch.Size = (), generator: torch.Generator | None = None
    ) -> Tensor:
        """Numbers 0..L-1 of drawn levels: -> (*shape, *batch) int64."""
        u = _uniform(torch.Size(shape) + self.batch_shape, self.loc, generator)
        x = self.loc + self.log_scale.exp() * u.logit()
        return ((x + 1) * (0.5 * (self.levels - 1))).round().clamp(0, self.levels - 1).long()

    @property
    def mean(self) -> Tensor:
        """E[x], the sum over the levels: -> batch.  E[k] is the sum of P(k >= j) over j > 0."""
        j = torch.arange(1, self.levels, dtype=self.loc.dtype, device=self.loc.device)
        loc, rate = self.loc.unsqueeze(-1), (-self.log_scale).exp().unsqueeze(-1)
        beyond = ((loc - self._edge(j)) * rate).sigmoid()
        return beyond.sum(-1) * 2 / (self.levels - 1) - 1

    def _edge(self, index: Tensor) -> Tensor:
        """The lower edge of a cell: from the number of the level, so that two cells share it."""
        return (2 * index - self.levels) / (self.levels - 1)


def _draw_mixture(
    p: MixtureSameFamily, shape: torch.Size, generator: torch.Generator | None
) -> Tensor:
    """A draw of every component, and of these the one that falls to be chosen by its weight."""
    chosen = GreyLevels(p.mixture_distribution.logits).sample_index(shape, generator)
    x = draw(p.component_distribution, shape, generator)
    axis = chosen.dim()
    chosen = chosen.reshape(*chosen.shape, *(1 for _ in x.shape[axis:]))
    return x.take_along_dim(chosen, axis).squeeze(axis)


def _uniform(shape: torch.Size, like: Tensor, generator: torch.Generator | None) -> Tensor:
    return torch.rand(shape, dtype=like.dtype, device=like.device, generator=generator)


def at_least_float32(x: Tensor) -> Tensor:
    """Half precision, as under autocast, is too coarse for probabilities to sum to one."""
    return x.to(torch.promote_types(x.dtype, torch.float32))
