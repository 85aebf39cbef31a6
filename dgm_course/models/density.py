"""The three simplest density models: a Gaussian, a histogram, a sum of kernels.

    Gaussian         N(x; mean, S), the mean and covariance (1/n) of the data: maximum likelihood
    Histogram        count in the cell of x / (n * volume of a cell): maximum likelihood on a grid
    KernelDensity    (1/n) sum_i N(x; x_i, h^2 I), h the bandwidth    Rosenblatt 1956; Parzen 1962

Each is made from its data in one step, `Gaussian(x)`, and has the contract of every model:
`log_prob(x) -> (B,)` in nats, `loss(x) -> ()` its negative mean, `sample(n) -> (n, *event)`. Events
of any shape, images too, are flattened to D numbers inside. What was fitted is held in buffers, not
in parameters: `.to(device)` moves it, no gradient trains it. See Bishop 2006, sections 2.3 and 2.5.
"""

import math
from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn
from torch.distributions import MultivariateNormal

MAX_CELLS = 10_000_000  # of a histogram: 40 MB in float32
MAX_PAIRS = 1_000_000  # of points and kernels at a time: 4 MB in float32


class DensityModel(ABC, nn.Module):
    """A model of x with a tractable density, made from data x: (n, *event)."""

    def __init__(self, x: Tensor) -> None:
        super().__init__()
        if not isinstance(x, Tensor) or not x.is_floating_point():
            got = f"a tensor of {x.dtype}" if isinstance(x, Tensor) else type(x).__name__
            raise TypeError(f"x: expected a tensor of floating-point numbers, got {got}")
        if x.dim() == 0 or x.numel() == 0 or not x.isfinite().all():
            got = tuple(x.shape) if x.dim() == 0 or x.numel() == 0 else "NaN or inf among them"
            raise ValueError(f"x: expected data (n, *event), finite and not empty, got {got}")
        self.event = tuple(x.shape[1:])
        self.dim = math.prod(self.event)

    @abstractmethod
    def log_prob(self, x: Tensor) -> Tensor:
        """Log density in nats: (B, *event) -> (B,).  Raises if x has another event or a NaN."""

    @abstractmethod
    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Independent draws: n -> (n, *event)."""

    def loss(self, x: Tensor) -> Tensor:
        """Negative log-likelihood in nats, summed over the event, mean over the batch: -> ()."""
        return -self.log_prob(x).mean()

    def flatten(self, x: Tensor) -> Tensor:
        """(B, *event) -> (B, D).  Raises if x has another event shape or dtype, or a NaN."""
        dtype = next(self.buffers()).dtype
        if x.dim() == 0 or tuple(x.shape[1:]) != self.event or x.dtype != dtype:
            expected = ", ".join(["B", *map(str, self.event)])
            got = f"{tuple(x.shape)} of {x.dtype}"
            raise ValueError(f"x: expected ({expected}) of {dtype}, got {got}")
        if x.isnan().any():
            raise ValueError("x: expected numbers, got NaN among them")
        return x.reshape(len(x), self.dim)

    def unflatten(self, x: Tensor) -> Tensor:
        """(B, D) -> (B, *event)."""
        return x.reshape(len(x), *self.event)


class Gaussian(DensityModel):
    r"""N(mean, covariance) by maximum likelihood: `mean` (D,), `covariance` (D, D), divided by n.

    $\mu = \frac{1}{n} \sum_i x_i$, $S = \frac{1}{n} \sum_i (x_i - \mu)(x_i - \mu)^T$,
    Bishop 2006, eq. 2.121 and 2.122.

    `ridge` is added to each variance. Above 0 the fit is no longer maximum likelihood, but that of
    the data plus independent noise of this variance; pixels that never change need it. Raises if
    the covariance is (numerically) not of full rank: a constant dim, or no more points than dims.
    """

    def __init__(self, x: Tensor, ridge: float = 0.0) -> None:
        super().__init__(x)
        if not 0 <= ridge < math.inf:
            raise ValueError(f"ridge: expected a variance >= 0, got {ridge}")
        flat = x.reshape(len(x), self.dim)
        covariance = flat.T.cov(correction=0).reshape(self.dim, self.dim)
        covariance = covariance + ridge * torch.eye(self.dim, dtype=x.dtype, device=x.device)
        rank = int(torch.linalg.matrix_rank(covariance, hermitian=True))
        if rank < self.dim:
            raise ValueError(
                f"x: expected data that vary in all {self.dim} dims, got a covariance of rank "
                f"{rank} from {len(x)} points; more points or a larger ridge make it invertible"
            )
        self.register_buffer("mean", flat.mean(0))
        self.register_buffer("scale_tril", torch.linalg.cholesky(covariance))

    @property
    def covariance(self) -> Tensor:
        """The fitted covariance, ridge included: (D, D)."""
        return self.scale_tril @ self.scale_tril.T

    def log_prob(self, x: Tensor) -> Tensor:
        """Log density in nats: (B, *event) -> (B,).  Raises if x has another event or a NaN."""
        p = MultivariateNormal(self.mean, scale_tril=self.scale_tril, validate_args=False)
        return p.log_prob(self.flatten(x))

    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """mean + L noise with L L^T the covariance: n -> (n, *event)."""
        noise = _randn_like(self.mean.expand(n, -1), generator)
        return self.unflatten(self.mean + noise @ self.scale_tril.T)


class Histogram(DensityModel):
    r"""Counts on a regular grid: `bins` cells a dim between `low` and `high`, so bins**D cells.

    $p(x) = \frac{n_c}{n V}$ with $n_c$ points in the cell of $x$ and $V$ its volume, Bishop 2006,
    eq. 2.241.

    Zero density, log_prob = -inf, outside the grid and in cells that no point fell in, unless
    `pseudocount` > 0 is added to the count of each cell (Laplace smoothing). A point on an edge is
    in the upper cell. Raises if points lie outside [low, high] or cells are over 10,000,000.
    """

    def __init__(
        self, x: Tensor, low: float, high: float, bins: int, pseudocount: float = 0.0
    ) -> None:
        super().__init__(x)
        self._require_grid(x, low, high, bins)
        if not 0 <= pseudocount < math.inf:
            raise ValueError(f"pseudocount: expected a number >= 0, got {pseudocount}")
        self.bins, self.cells = bins, bins**self.dim
        steps = torch.arange(bins + 1, dtype=x.dtype, device=x.device) / bins
        self.register_buffer("edges", low * (1 - steps) + high * steps)  # ends are exact
        cell = self._cell(x.reshape(len(x), self.dim))
        counts = cell.bincount(minlength=self.cells).to(x.dtype)
        log_volume = self.dim * math.log((high - low) / bins)
        log_total = math.log(len(x) + pseudocount * self.cells)
        self.register_buffer("log_density", (counts + pseudocount).log() - log_total - log_volume)

    def log_prob(self, x: Tensor) -> Tensor:
        """Log density in nats: (B, *event) -> (B,).  Raises if x has another event or a NaN."""
        flat = self.flatten(x)
        inside = ((flat >= self.edges[0]) & (flat <= self.edges[-1])).all(-1)
        return self.log_density[self._cell(flat)].where(inside, -math.inf)

    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """A cell by its probability, a point in it uniformly: n -> (n, *event)."""
        cell = self.log_density.softmax(0).multinomial(n, replacement=True, generator=generator)
        place = torch.stack([cell // self.bins**d % self.bins for d in range(self.dim)][::-1], -1)
        low, high = self.edges[place], self.edges[place + 1]
        u = torch.rand(low.shape, dtype=low.dtype, device=low.device, generator=generator)
        return self.unflatten(low + (high - low) * u)

    def _cell(self, flat: Tensor) -> Tensor:
        """Number of the cell of each point, last dim fastest: (B, D) -> (B,) int64."""
        place = torch.searchsorted(self.edges, flat.contiguous(), right=True) - 1
        place = place.clamp(0, self.bins - 1)  # x = high belongs to the last cell
        powers = [self.bins ** (self.dim - 1 - d) for d in range(self.dim)]
        return (place * torch.tensor(powers, device=flat.device)).sum(-1)

    def _require_grid(self, x: Tensor, low: float, high: float, bins: int) -> None:
        if bins < 1 or bins != int(bins):
            raise ValueError(f"bins: expected a whole number >= 1, got {bins}")
        if bins**self.dim > MAX_CELLS:
            cells = f"{bins}**{self.dim} = 10**{self.dim * math.log10(bins):.0f}"
            raise ValueError(f"bins: expected bins**D <= {MAX_CELLS:,} cells, got {cells}")
        if not low < high:
            raise ValueError(f"low, high: expected low < high, got {low}, {high}")
        if x.min() < low or x.max() > high:
            got = f"{x.min().item():.6g} to {x.max().item():.6g}"
            raise ValueError(f"x: expected values in [{low}, {high}], got {got}")


class KernelDensity(DensityModel):
    r"""The mean of Gaussian kernels of standard deviation `bandwidth`, one at each data point.

    $p(x) = \frac{1}{n} \sum_i \mathcal{N}(x; x_i, h^2 I)$, Parzen 1962.

    Raises if bandwidth is not positive.
    """

    def __init__(self, x: Tensor, bandwidth: float) -> None:
        super().__init__(x)
        if not 0 < bandwidth < math.inf:
            raise ValueError(f"bandwidth: expected a positive number, got {bandwidth}")
        self.bandwidth = float(bandwidth)
        self.register_buffer("centers", x.reshape(len(x), self.dim).clone())

    def log_prob(self, x: Tensor) -> Tensor:
        """Log density in nats: (B, *event) -> (B,).  Raises if x has another event shape or a NaN.

        Without gradients, memory is bounded: a million pairs of points and kernels at a time.
        """
        rows = self.flatten(x).split(max(1, MAX_PAIRS // len(self.centers)))
        log_sum = torch.cat([self._log_kernels(row).logsumexp(-1) for row in rows])
        return log_sum - math.log(len(self.centers))

    def leave_one_out(self) -> Tensor:
        r"""Log density of each data point under the kernels of all the others, nats: -> (n,).

        $\log \frac{1}{n - 1} \sum_{j \ne i} \mathcal{N}(x_i; x_j, h^2 I)$

        Its mean is largest at a good bandwidth, while that of log_prob(data) grows for ever as the
        bandwidth shrinks; points that occur twice spoil it. Raises below two points.
        """
        if len(self.centers) < 2:
            raise ValueError(f"x: expected at least 2 points, got {len(self.centers)}")
        size = max(1, MAX_PAIRS // len(self.centers))
        log_sums = []
        for start, rows in enumerate(self.centers.split(size)):
            log_kernels = self._log_kernels(rows)
            log_kernels.diagonal(start * size).fill_(-math.inf)
            log_sums.append(log_kernels.logsumexp(-1))
        return torch.cat(log_sums) - math.log(len(self.centers) - 1)

    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """A data point at random plus noise of the bandwidth: n -> (n, *event)."""
        device = self.centers.device
        chosen = torch.randint(len(self.centers), (n,), device=device, generator=generator)
        x = self.centers[chosen]
        return self.unflatten(x + self.bandwidth * _randn_like(x, generator))

    def _log_kernels(self, flat: Tensor) -> Tensor:
        """Log density of each point under each kernel: (B, D) -> (B, n)."""
        exact = "donot_use_mm_for_euclid_dist"  # |a|^2 + |b|^2 - 2ab cancels where a is near b
        distance = torch.cdist(flat, self.centers, compute_mode=exact) / self.bandwidth
        log_scale = self.dim * (math.log(self.bandwidth) + 0.5 * math.log(2 * math.pi))
        return -0.5 * distance**2 - log_scale


def _randn_like(x: Tensor, generator: torch.Generator | None) -> Tensor:
    return torch.randn(x.shape, dtype=x.dtype, device=x.device, generator=generator)
