"""Toy data in one and two dimensions whose log density and entropy are known exactly.

`target = TARGETS["ring8"]()`; then `target.sample(500)`, `target.log_prob(x)`, `target.entropy()`.
How each density is exact (`target.py` has the quadrature, `pinwheel.py` its change of variables):

ring8, grid25  Gaussian mixtures: closed form; so are 1-D mixtures such as `two_bumps()`.
moons          Gaussian noise on two half circles: an integral over the angle, by 128 Gauss-Legendre
               nodes, right to rounding (1e-14 of log p) for |x| < 4.
checker        uniform on 8 squares: closed form, entropy ln 32.
rings          Gaussian noise on four circles: closed form with a Bessel function.
pinwheel       bent Gaussians: change of variables, every root found.

Entropies other than the checkerboard's are integrals of the exact density by quadrature, right to
1e-8 nats, in under a second.  ring8, moons, checker and pinwheel are those of protocol toy-v1.
"""

from __future__ import annotations

import math
from functools import cached_property

import torch
from numpy.polynomial.legendre import leggauss
from torch import Tensor

from dgm_course.data.pinwheel import Pinwheel
from dgm_course.data.target import Target, entropy_on_grid, gaussian_mixture, grid


def two_bumps() -> Mixture1D:
    r"""0.4 N(-2, 0.5^2) + 0.6 N(1.5, 0.8^2): two modes that no single Gaussian can fit.

    $p(x) = 0.4\, \mathcal{N}(x; -2, 0.5^2) + 0.6\, \mathcal{N}(x; 1.5, 0.8^2)$
    """
    return Mixture1D(means=(-2.0, 1.5), stds=(0.5, 0.8), weights=(0.4, 0.6))


class Mixture1D(Target):
    r"""sum_k weights_k N(means_k, stds_k^2) on the line, samples (n, 1); closed form.

    $p(x) = \sum_k w_k \mathcal{N}(x; \mu_k, \sigma_k^2)$

    Raises ValueError for unequal lengths, a std that is not positive, weights that do not sum to 1.
    """

    dim = 1

    def __init__(self, means: tuple, stds: tuple, weights: tuple):
        if not len(means) == len(stds) == len(weights) > 0:
            sizes = f"{len(means)}, {len(stds)} and {len(weights)}"
            raise ValueError(f"means, stds, weights: expected equal lengths, got {sizes}")
        if min(stds) <= 0:
            raise ValueError(f"stds: expected positive numbers, got {tuple(stds)}")
        if min(weights) < 0 or abs(sum(weights) - 1) > 1e-6:
            raise ValueError(f"weights: expected a distribution, got {tuple(weights)}")
        rows = torch.tensor([means, stds, weights], dtype=torch.float64)
        self.means, self.stds, self.weights = rows
        self.low = (float((self.means - 8 * self.stds).min()),)
        self.high = (float((self.means + 8 * self.stds).max()),)

    def _sample(self, n: int, options: dict) -> Tensor:
        noise = torch.randn(n, 1, **options)
        means, stds, weights = (p.to(noise) for p in (self.means, self.stds, self.weights))
        k = torch.bucketize(torch.rand(n, **options), weights.cumsum(0)[:-1], right=True)
        return means[k, None] + stds[k, None] * noise

    def _log_prob(self, x: Tensor) -> Tensor:
        return gaussian_mixture(self.means[:, None], self.stds, self.weights, x).log_prob(x)

    @cached_property
    def _entropy(self) -> float:
        return entropy_on_grid(self, float(self.stds.min()) / 8)


class Ring8(Target):
    r"""Eight Gaussians of standard deviation 0.2, evenly on a circle of radius 2; closed form.

    $p(x) = \frac{1}{8} \sum_{k=0}^{7} \mathcal{N}(x; 2 (\cos \frac{\pi k}{4},
    \sin \frac{\pi k}{4}), 0.2^2 I)$
    """

    std = 0.2
    low, high = (-3.6, -3.6), (3.6, 3.6)

    @property
    def means(self) -> Tensor:
        """The centres, (8, 2) float64."""
        angle = torch.arange(8, dtype=torch.float64) * (math.pi / 4)
        return 2 * torch.stack([angle.cos(), angle.sin()], -1)

    def _sample(self, n: int, options: dict) -> Tensor:
        return _sample_around(self.means, self.std, n, options)

    def _log_prob(self, x: Tensor) -> Tensor:
        return _even_mixture(self.means, self.std, x).log_prob(x)

    @cached_property
    def _entropy(self) -> float:
        return entropy_on_grid(self, self.std / 8)


class Grid25(Target):
    r"""25 Gaussians of standard deviation 0.05 at {-4, -2, 0, 2, 4}^2; closed form.

    $p(x) = \frac{1}{25} \sum_k \mathcal{N}(x; \mu_k, 0.05^2 I)$.
    Lin et al. 2018 (PacGAN), sec. 4.1.
    """

    std = 0.05
    low, high = (-4.4, -4.4), (4.4, 4.4)

    @property
    def means(self) -> Tensor:
        """The centres, (25, 2) float64."""
        side = torch.arange(-4.0, 5.0, 2.0, dtype=torch.float64)
        return torch.cartesian_prod(side, side)

    def _sample(self, n: int, options: dict) -> Tensor:
        return _sample_around(self.means, self.std, n, options)

    def _log_prob(self, x: Tensor) -> Tensor:
        return _even_mixture(self.means, self.std, x).log_prob(x)

    @cached_property
    def _entropy(self) -> float:
        """The two coordinates are independent, each a mixture of five."""
        return 2 * Mixture1D((-4, -2, 0, 2, 4), (self.std,) * 5, (0.2,) * 5).entropy()


class Moons(Target):
    r"""Two half circles of radius 1 plus noise of standard deviation 0.1, in scikit-learn's layout.

    The first is (cos a, sin a) with a uniform in [0, pi], the second its image under
    x -> (1, 1/2) - x.  The first has density
    $\frac{1}{\pi} \int_0^\pi \mathcal{N}(x; (\cos a, \sin a), \sigma^2 I)\, da$, computed by
    Gauss-Legendre quadrature (error: top of this file).
    """

    std = 0.1
    nodes = 128
    low, high = (-1.8, -1.3), (2.8, 1.8)

    def _sample(self, n: int, options: dict) -> Tensor:
        angle = math.pi * torch.rand(n, **options)
        arc = torch.stack([angle.cos(), angle.sin()], -1)
        mirrored = torch.randint(2, (n, 1), **options) == 1
        arc = torch.where(mirrored, arc.new_tensor([1.0, 0.5]) - arc, arc)
        return arc + self.std * torch.randn(n, 2, **options)

    def _log_prob(self, x: Tensor) -> Tensor:
        mirrored = x.new_tensor([1.0, 0.5]) - x
        return torch.logaddexp(self._log_moon(x), self._log_moon(mirrored)) - math.log(2)

    def _log_moon(self, x: Tensor) -> Tensor:
        """The first moon: (B, 2) -> (B,).  |x - e|^2 = |x|^2 + 1 - 2 x.e for e on the circle."""
        node, weight = leggauss(self.nodes)
        angle = x.new_tensor((node + 1) * (math.pi / 2))
        arc = torch.stack([angle.cos(), angle.sin()])
        integral = torch.logsumexp(x @ arc / self.std**2 + x.new_tensor(weight / 2).log(), -1)
        rest = (x.square().sum(-1) + 1) / (2 * self.std**2) + math.log(2 * math.pi * self.std**2)
        return integral - rest

    @cached_property
    def _entropy(self) -> float:
        return entropy_on_grid(self, self.std / 4)


class Checker(Target):
    """Uniform on the squares of [-4, 4)^2 with floor(x1 / 2) + floor(x2 / 2) even; closed form."""

    low, high = (-4.0, -4.0), (4.0, 4.0)

    def _sample(self, n: int, options: dict) -> Tensor:
        inside = 2 * torch.rand(n, 2, **options)
        square = torch.randint(8, (n,), **options)
        row = square // 2 - 2
        column = 2 * (square % 2) - 2 + row % 2
        corner = 2 * torch.stack([column, row], -1).to(inside)
        x = corner + inside
        return torch.where(x < corner + 2, x, corner)  # the sum may round up into the next square

    def _log_prob(self, x: Tensor) -> Tensor:
        outside = ((x < -4) | (x >= 4)).any(-1) | ((x / 2).floor().sum(-1) % 2 == 1)
        flat = 0 * x.sum(-1)  # the gradient is zero, not missing
        return torch.where(outside, -math.inf, flat - math.log(32))

    @cached_property
    def _entropy(self) -> float:
        return math.log(32)


class Rings(Target):
    r"""Circles of radius 0.75, 1.5, 2.25 and 3 plus noise of standard deviation 0.08; closed form.

    The mean of the densities of the circles. On one of radius R the angle integrates to a Bessel
    function: $p_R(x) = \frac{1}{2 \pi \sigma^2}
    \exp\left(-\frac{|x|^2 + R^2}{2 \sigma^2}\right) I_0\left(\frac{|x| R}{\sigma^2}\right)$.
    Data as in Grathwohl et al. 2019 (FFJORD).
    """

    std = 0.08
    radii = (0.75, 1.5, 2.25, 3.0)
    low, high = (-3.64, -3.64), (3.64, 3.64)

    def _sample(self, n: int, options: dict) -> Tensor:
        angle = 2 * math.pi * torch.rand(n, **options)
        radius = angle.new_tensor(self.radii)[torch.randint(len(self.radii), (n,), **options)]
        circle = radius[:, None] * torch.stack([angle.cos(), angle.sin()], -1)
        return circle + self.std * torch.randn(n, 2, **options)

    def _log_prob(self, x: Tensor) -> Tensor:
        r, radius, variance = x.norm(dim=-1, keepdim=True), x.new_tensor(self.radii), self.std**2
        bessel = torch.special.i0e(
            r * radius / variance
        ).log()  # of I_0(z) exp(-z), hence the square below
        terms = bessel - (r - radius) ** 2 / (2 * variance)
        return terms.logsumexp(-1) - math.log(2 * math.pi * variance * len(self.radii))

    @cached_property
    def _entropy(self) -> float:
        """-∫ p log p 2 pi r dr: the density depends on the radius alone."""
        r, cell = grid((0.0,), (self.high[0],), self.std / 8)
        entropy = torch.special.entr(self.log_prob(torch.cat([r, 0 * r], -1)).exp())
        return float((entropy * 2 * math.pi * r[:, 0]).sum() * cell)


def _even_mixture(means: Tensor, std: float, like: Tensor):
    even = torch.full((len(means),), 1 / len(means), dtype=means.dtype)
    return gaussian_mixture(means, torch.full_like(even, std), even, like)


def _sample_around(means: Tensor, std: float, n: int, options: dict) -> Tensor:
    noise = torch.randn(n, means.shape[1], **options)
    return means.to(noise)[torch.randint(len(means), (n,), **options)] + std * noise


#: The two-dimensional ones by name.
TARGETS: dict[str, type[Target]] = {
    "ring8": Ring8,
    "grid25": Grid25,
    "moons": Moons,
    "checker": Checker,
    "pinwheel": Pinwheel,
    "rings": Rings,
}
