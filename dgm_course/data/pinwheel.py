"""The pinwheel and its exact density (sampler: Johnson et al. 2016, Composing graphical models).

Sampler  u ~ N(1, 0.3^2) along an arm, v ~ N(0, 0.1^2) across it, one of 5 arms k drawn uniformly;
         the point (u, v) is turned clockwise by 2 pi k / 5 + 0.25 exp(u) and doubled.
Density  Change of variables, in the mirror image (turned anticlockwise): with twist = 0.25 exp(u)
         p(x) = sum over (k, u, v) -> x of N(u; 1, 0.3^2) N(v; 0, 0.1^2) / (5 * 4 |1 - twist v|).
Roots    Write (u, v) = r (cos a, sin a), r = |x| / 2: they are the angles a where
         g(a) = a + 0.25 exp(r cos a) is the angle of x modulo 2 pi / 5.  The slope 1 - twist v of g
         changes sign twice a turn or never: g has one rising and at most one falling piece, each
         meets a level at most once, and a bracketed Newton search on each finds every root.
Exact    to rounding for |x| < 18.  Left out: roots beyond the 64 nearest to the fold on a piece,
         none for |x| < 11 and under 1e-13 of p(x) for |x| < 18; and the twist stops growing at
         u = 9.  Farther out, where log p < -350, the value is finite but no longer exact.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property

import torch
from torch import Tensor
from torch.distributions import Normal

from dgm_course.data.target import Target, grid

ARMS, RATE, SCALE = 5, 0.25, 2.0
RADIAL_STD, TANGENTIAL_STD = 0.3, 0.1
SPACING = 2 * math.pi / ARMS
LAST_U, MOST_ROOTS = 9.0, 64


class Pinwheel(Target):
    """Five Gaussian arms, bent by a turn that grows with the distance; see the top of this file."""

    low, high = (-5.8, -5.8), (5.8, 5.8)

    def _sample(self, n: int, options: dict) -> Tensor:
        noise = torch.randn(n, 2, **options)
        return _place(noise, torch.randint(ARMS, (n,), **options))

    def _log_prob(self, x: Tensor) -> Tensor:
        y = x * x.new_tensor([1.0, -1.0]) / SCALE
        r, angle = y.detach().norm(dim=-1), torch.atan2(y[:, 1], y[:, 0]).detach()
        a, j, row, slot = find_roots(r, angle)
        w = r[row, None] * torch.stack([a.cos(), a.sin()], -1)
        for _ in range(2):  # so far w is a constant: two Newton steps make it a function of x
            w = w + _newton_step(w, y[row], j)
        table = x.new_full((len(x), int(slot.max()) + 1), -math.inf)
        return table.index_put((row, slot), _log_term(w)).logsumexp(-1)

    @cached_property
    def _entropy(self) -> float:
        """Mean of -log p over one arm (the others are its rotations): trapezoid rule in (u, v)."""
        noise, cell = grid((-8.0, -8.0), (8.0, 8.0), 0.2)
        weight = Normal(0.0, 1.0).log_prob(noise).sum(-1).exp() * cell
        return -float(weight @ self.log_prob(_place(noise, 0)))


def turn(u: Tensor) -> tuple[Tensor, Tensor]:
    """The angle by which a point at u is turned, and its derivative, the twist."""
    angle = RATE * u.clamp(max=LAST_U).exp()
    return angle, torch.where(u < LAST_U, angle, torch.zeros_like(u))


def rotate(w: Tensor, angle: Tensor) -> Tensor:
    """w turned anticlockwise: (B, 2), (B,) -> (B, 2)."""
    cos, sin = angle.cos(), angle.sin()
    return torch.stack([cos * w[:, 0] - sin * w[:, 1], sin * w[:, 0] + cos * w[:, 1]], -1)


def phase(a: Tensor, r: Tensor) -> tuple[Tensor, Tensor]:
    """g(a) and its slope at distance r: (R,), (R,) -> (R,), (R,)."""
    angle, twist = turn(r * a.cos())
    return a + angle, 1 - twist * r * a.sin()


def find_root(f: Callable, low: Tensor, high: Tensor) -> Tensor:
    """The root of an increasing f in [low, high], elementwise; f: (R,) -> value (R,), slope (R,).

    Newton's method, with a bisection wherever a step would leave the bracket.
    """
    a, tolerance = (low + high) / 2, torch.finfo(low.dtype).eps ** 0.75
    for _ in range(100):
        value, slope = f(a)
        low, high = torch.where(value < 0, a, low), torch.where(value < 0, high, a)
        newton = a - value / slope
        inside = (newton >= low) & (newton <= high)
        a, before = torch.where(inside, newton, (low + high) / 2), a
        if not ((a - before).abs() > tolerance).any():
            break
    return a


def falling_piece(r: Tensor) -> tuple[Tensor, Tensor]:
    """Where g falls: (B,) -> start (B,), end (B,) in [0, pi], equal where g never falls."""

    def log_twist(a):  # g falls where twist * v > 1; the log has one maximum, at `peak`
        return (RATE * r * a.sin()).log() + r * a.cos(), 1 / a.tan() - r * a.sin()

    def minus_log_twist(a):
        value, slope = log_twist(a)
        return -value, -slope

    peak = torch.acos(2 * r / (1 + (1 + 4 * r**2).sqrt()))
    folds = log_twist(peak)[0] > 0
    start = find_root(log_twist, torch.zeros_like(r), peak)
    start = torch.maximum(start, torch.acos((LAST_U / r).clamp(max=1)))  # no twist before
    end = find_root(minus_log_twist, peak, torch.full_like(r, math.pi))
    return torch.where(folds, start, peak), torch.where(folds, end, peak)


def find_roots(r: Tensor, angle: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """All a where g(a) = angle + 2 pi j / 5: (B,), (B,) -> a, j, row in the batch, slot in the row.

    Each of the four is (R,), with R the number of roots of the whole batch.
    """
    start, end = falling_piece(r)
    top, bottom = phase(start, r)[0], phase(end, r)[0]
    count = min(MOST_ROOTS, int(((top - bottom).max() + 2 * math.pi) / SPACING) + 2)
    j = ((top - angle) / SPACING).floor()[:, None] - torch.arange(count, device=r.device)
    level = angle[:, None] + SPACING * j
    rising = (1, bottom - 2 * math.pi, end - 2 * math.pi, start)
    falling = (-1, bottom, start, end)
    found = []
    for sign, lowest, low, high in (rising, falling):
        row, slot = (level > lowest[:, None]).nonzero(as_tuple=True)

        def above_level(a, sign=sign, r=r[row], goal=level[row, slot]):
            value, slope = phase(a, r)
            return sign * (value - goal), sign * slope

        a = find_root(above_level, low[row], high[row])
        found.append((a, j[row, slot], row, slot + count * (sign < 0)))
    return tuple(torch.cat(parts) for parts in zip(*found, strict=True))


def _place(noise: Tensor, arm: Tensor | int) -> Tensor:
    """The sampler as a function of its noise: (B, 2), (B,) -> (B, 2)."""
    w = noise * noise.new_tensor([RADIAL_STD, TANGENTIAL_STD]) + noise.new_tensor([1.0, 0.0])
    return SCALE * rotate(w, -turn(w[:, 0])[0] - SPACING * arm)


def _newton_step(w: Tensor, y: Tensor, j: Tensor) -> Tensor:
    """Towards the w that branch j of the map carries to y: (R, 2), (R, 2), (R,) -> (R, 2)."""
    angle, twist = turn(w[:, 0])
    error = rotate(y, SPACING * j.remainder(ARMS) - angle) - w
    du = error[:, 0] / (1 - twist * w[:, 1])
    return torch.stack([du, error[:, 1] - twist * w[:, 0] * du], -1)


def _log_term(w: Tensor) -> Tensor:
    """Log of what one root adds to p(x), the sum in *Density* above: (R, 2) -> (R,)."""
    u, v = w.unbind(-1)
    exponent = -0.5 * (((u - 1) / RADIAL_STD) ** 2 + (v / TANGENTIAL_STD) ** 2)
    volume = SCALE**2 * (1 - turn(u)[1] * v).abs()
    return exponent - (2 * math.pi * RADIAL_STD * TANGENTIAL_STD * ARMS * volume).log()
