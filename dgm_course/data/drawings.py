"""Simple drawings with random proportions, as a person would draw them: house, face, fish ...

A figure is a list of strokes.  A stroke is a pair: its points (N, K, 2) for N drawings at once, x
to the right and y downwards, and which of the drawings have it (N,).  `by_hand` then turns and
stretches each drawing a little, misplaces strokes and points, and centres its box at the origin.
The drawings are about 2 wide or high and have at most 40 points.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

TURN, STRETCH, MISPLACED, SHAKE = 0.06, 0.08, 0.015, 0.015  # standard deviations


class Dice(NamedTuple):
    """Random numbers for n drawings at once, all from one generator."""

    n: int
    generator: torch.Generator

    def uniform(self, low: float, high: float) -> Tensor:
        """Uniform on [low, high), (N,)."""
        return low + (high - low) * torch.rand(self.n, generator=self.generator)

    def chance(self, p: float) -> Tensor:
        """True with probability p, (N,)."""
        return torch.rand(self.n, generator=self.generator) < p

    def normal(self, *shape: int) -> Tensor:
        """Standard normal, (N, *shape)."""
        return torch.randn(self.n, *shape, generator=self.generator)


Stroke = tuple[Tensor, Tensor]


def by_hand(name: str, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """n drawings: points (N, P, 2), which are drawn (N, P), which end a stroke (N, P)."""
    dice = Dice(n, generator)
    figure = DRAWINGS[name](dice)
    strokes = [
        points + MISPLACED * dice.normal(1, 2) + SHAKE * dice.normal(points.shape[1], 2)
        for points, _ in figure
    ]
    points = torch.cat(strokes, 1)
    drawn = torch.cat([has[:, None].expand(-1, p.shape[1]) for p, has in figure], 1)
    lift = torch.zeros_like(drawn)
    lift[:, torch.tensor([p.shape[1] for p in strokes]).cumsum(0) - 1] = True
    angle, stretch = TURN * dice.normal(), 1 + STRETCH * dice.normal(2).clamp(-2, 2)
    cos, sin = angle.cos(), angle.sin()
    turn = torch.stack([torch.stack([cos, sin], -1), torch.stack([-sin, cos], -1)], 1)
    points = points * stretch[:, None] @ turn
    inside, outside = drawn[..., None], math.inf
    low = points.masked_fill(~inside, outside).amin(1, keepdim=True)
    high = points.masked_fill(~inside, -outside).amax(1, keepdim=True)
    return points - (low + high) / 2, drawn, lift


def house(dice: Dice) -> list[Stroke]:
    """Walls, a roof, a door; most have a window, many a chimney."""
    w, top, base = dice.uniform(0.55, 0.85), dice.uniform(-0.25, 0.05), 0.9
    eaves, peak = dice.uniform(0.05, 0.25), dice.uniform(-0.95, -0.65)
    door, height, side = dice.uniform(0.1, 0.17), dice.uniform(0.4, 0.55), dice.uniform(0.2, 0.35)
    pane, sill = dice.uniform(0.1, 0.14), dice.uniform(0.3, 0.4)
    a, b = 0.42 * (w + eaves), 0.68 * (w + eaves)  # the sides of the chimney

    def roof(x):
        return peak + (top - peak) * x / (w + eaves)

    return [
        _always(dice, (-w, base), (-w, top), (w, top), (w, base), (-w, base)),
        _always(dice, (-w - eaves, top), (0.0, peak), (w + eaves, top)),
        _always(dice, *_box(-side, base - height / 2, door, height / 2)[:4]),
        _some(dice, 0.7, *_box(side, sill, pane, pane)),
        _some(dice, 0.5, (a, roof(a)), (a, peak), (b, peak), (b, roof(b))),
    ]


def face(dice: Dice) -> list[Stroke]:
    """A head, eyes and a mouth that smiles or not; half have a nose."""
    apart, eye, up = dice.uniform(0.28, 0.42), dice.uniform(0.1, 0.2), dice.uniform(-0.4, -0.2)
    mouth, wide, smile = dice.uniform(0.4, 0.5), dice.uniform(0.3, 0.5), dice.uniform(-0.2, 0.3)
    x = torch.linspace(-1, 1, 6)
    lips = torch.stack([wide[:, None] * x, mouth[:, None] + smile[:, None] * (0.5 - x**2)], -1)
    nose = dice.uniform(0.06, 0.14)
    return [
        _loop(dice, 0.0, 0.0, dice.uniform(0.75, 1.0), dice.uniform(0.85, 1.0), 17),
        _always(dice, (-apart, up - eye / 2), (-apart, up + eye / 2)),
        _always(dice, (apart, up - eye / 2), (apart, up + eye / 2)),
        (lips, _every(dice)),
        _some(dice, 0.5, (0.0, -0.12), (-nose, 0.15), (nose / 2, 0.17)),
    ]


def fish(dice: Dice) -> list[Stroke]:
    """A body that ends in a tail, and an eye; some have a fin and gills; it looks either way."""
    fat, tail, fork = dice.uniform(0.35, 0.6), dice.uniform(0.3, 0.5), dice.uniform(0.25, 0.45)
    way = dice.chance(0.5).float() * 2 - 1
    angle = torch.linspace(0, 2 * math.pi, 15)
    body = torch.stack([angle.cos().expand(dice.n, -1) * 0.75, -fat[:, None] * angle.sin()], -1)
    fins, _ = _always(dice, (0.75 + tail, -fork), (0.72 + tail, fork), (0.75, 0.0))
    eye, has = _loop(dice, -0.45, -0.1, 0.05, 0.05, 6)
    gills = _some(dice, 0.5, (-0.2, -0.5 * fat), (-0.13, 0.0), (-0.2, 0.5 * fat))
    fin = _some(dice, 0.5, (0.0, 0.1), (0.25, 0.1 + 0.4 * fat), (0.3, 0.02))
    strokes = [(torch.cat([body, fins], 1), _every(dice)), (eye, has), gills, fin]
    return [(points * torch.stack([way, way.abs()], -1)[:, None], p) for points, p in strokes]


def flower(dice: Dice) -> list[Stroke]:
    """Four or five petals around a centre, on a stem; most have a leaf."""
    petals, size = 4 + dice.chance(0.6).float(), dice.uniform(0.5, 0.65)
    depth, middle = dice.uniform(0.25, 0.38), dice.uniform(0.1, 0.16)
    bend, top = dice.uniform(-0.15, 0.15), -0.45 + size * (1 - 2 * depth * (petals == 4))
    leaf = dice.uniform(0.25, 0.45) * (dice.chance(0.5).float() * 2 - 1)
    return [
        _loop(dice, 0.0, -0.45, middle, middle, 7),
        _wavy(dice, -0.45, size, depth, petals, 21),
        _always(dice, (0.0, top), (bend, 0.5), (bend / 2, 1.0)),
        _some(dice, 0.7, (bend, 0.6), (leaf + bend, 0.3), (0.8 * leaf + bend, 0.6), (bend, 0.75)),
    ]


def star(dice: Dice) -> list[Stroke]:
    """Five points: an outline, or the one line that crosses itself."""
    k = torch.arange(11)
    outer = torch.where(k % 2 == 0, 1.0, dice.uniform(0.36, 0.5)[:, None])
    outline = _polar(outer, (k * math.pi / 5).expand(dice.n, -1))
    crossing = _polar(torch.ones(dice.n, 6), (torch.arange(6) * math.pi * 0.8).expand(dice.n, -1))
    crosses = dice.chance(0.4)
    return [(outline, ~crosses), (crossing, crosses)]


def boat(dice: Dice) -> list[Stroke]:
    """A hull, a mast and a sail, on waves; many have a second sail."""
    w, keel, deck, low = dice.uniform(0.7, 0.95), dice.uniform(0.35, 0.55), 0.3, 0.65
    mast, top = dice.uniform(-0.15, 0.15), dice.uniform(-1.0, -0.8)
    sail, jib = dice.uniform(0.45, 0.7), dice.uniform(0.35, 0.55)
    x = torch.linspace(-1.1, 1.1, 9)
    swell = 0.9 + 0.06 * torch.cos(torch.arange(9) * math.pi) * torch.ones(dice.n, 1)
    return [
        _always(dice, (-w, deck), (-keel, low), (keel, low), (w, deck), (-w, deck)),
        _always(dice, (mast, deck), (mast, top)),
        _always(dice, (mast, top), (mast + sail, 0.15), (mast, 0.15)),
        _some(dice, 0.6, (mast, top + 0.1), (mast - jib, 0.15), (mast, 0.15)),
        (torch.stack([x.expand(dice.n, -1), swell], -1), _every(dice)),
    ]


def tree(dice: Dice) -> list[Stroke]:
    """A trunk under a round crown or a fir's."""
    w, round_crown = dice.uniform(0.08, 0.15), dice.chance(0.5)
    size, fir, first = dice.uniform(0.55, 0.7), dice.uniform(0.5, 0.7), dice.uniform(-0.55, -0.4)
    a, b = 0.55 * fir, 0.75 * fir
    right = [(0.0, -1.0), (a, first), (a / 2, first), (b, -0.05), (b / 2, -0.05), (fir, 0.4)]
    left = [(-x, y) for x, y in reversed(right)]
    firs, _ = _always(dice, *right, *left)
    crown, _ = _wavy(dice, -0.35, size, dice.uniform(0.06, 0.1), dice.uniform(6, 9).floor(), 29)
    top = torch.where(round_crown, 0.9 * size - 0.35, 0.4)
    foot, _ = _always(dice, (-w, top), (-w, 1.0), (w, 1.0), (w, top))
    return [(crown, round_crown), (firs, ~round_crown), (foot, _every(dice))]


def spiral(dice: Dice) -> list[Stroke]:
    """Two to three turns outwards, to the left or to the right."""
    turns = dice.uniform(2.0, 3.2) * (dice.chance(0.5).float() * 2 - 1)
    angle = 2 * math.pi * torch.linspace(0, 1, 37).sqrt()  # steps of about one length
    start = dice.uniform(0, 2 * math.pi)
    points = _polar(
        angle.expand(dice.n, -1) / (2 * math.pi), start[:, None] + turns[:, None] * angle
    )
    return [(points, _every(dice))]


DRAWINGS = {f.__name__: f for f in (house, face, fish, flower, star, boat, tree, spiral)}


def _every(dice: Dice) -> Tensor:
    return torch.ones(dice.n, dtype=torch.bool)


def _always(dice: Dice, *points) -> Stroke:
    """A line through points whose coordinates are numbers or (N,)."""
    places = [[torch.as_tensor(value).expand(dice.n) for value in point] for point in points]
    return torch.stack([torch.stack(place, -1) for place in places], 1), _every(dice)


def _some(dice: Dice, p: float, *points) -> Stroke:
    """A line as above in some of the drawings."""
    return _always(dice, *points)[0], dice.chance(p)


def _box(x, y, w, h) -> list:
    """The corners of a box of half-width w and half-height h, from the lower left and back."""
    return [(x - w, y + h), (x - w, y - h), (x + w, y - h), (x + w, y + h), (x - w, y + h)]


def _polar(radius: Tensor, angle: Tensor) -> Tensor:
    """Points at an angle clockwise from the top: (N, K), (N, K) -> (N, K, 2)."""
    return torch.stack([radius * angle.sin(), -radius * angle.cos()], -1)


def _loop(dice: Dice, x: float, y: float, across, down, k: int) -> Stroke:
    """An ellipse of k points around (x, y)."""
    circle = _polar(torch.ones(dice.n, k), torch.linspace(0, 2 * math.pi, k).expand(dice.n, -1))
    radii, _ = _always(dice, (across, down))
    return circle * radii + torch.tensor([x, y]), _every(dice)


def _wavy(dice: Dice, y: float, size: Tensor, depth: Tensor, waves: Tensor, k: int) -> Stroke:
    """A closed line around (0, y) whose distance from it swings `waves` times."""
    angle = torch.linspace(0, 2 * math.pi, k).expand(dice.n, -1)
    swing = 1 - depth[:, None] * (1 + torch.cos(waves[:, None] * angle))
    return _polar(size[:, None] * swing, angle) + torch.tensor([0.0, y]), _every(dice)
