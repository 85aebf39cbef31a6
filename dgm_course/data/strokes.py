"""Drawings as pen strokes in the stroke-5 format of sketch-RNN (Ha & Eck 2017, sec. 3.1).

Row      (dx, dy, p1, p2, p3): the pen moves by (dx, dy) to the next point, x to the right and y
         downwards; then one of three flags is 1.  p1: a line follows, to the next point; p2: the
         pen is lifted at this point; p3: the drawing has ended, and this row is no point.
Drawing  (L + 1, 5): row 0 is the start token (0, 0, 1, 0, 0), the pen at the origin; the first
         point is given from there; rows of (0, 0, 0, 0, 1) fill the end, always at least one.
Scale    Offsets are divided by their standard deviation over the training data, dx and dy taken
         together and their mean not subtracted; one number, OFFSET_STD, for all of `sketches`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from dgm_course.data import drawings

NAMES = tuple(drawings.DRAWINGS)
SPLITS = ("train", "validation", "test")
MOST_POINTS = 40
OFFSET_STD = 0.3861  # of drawings about 2 wide, estimated from 100000 of the training split


class Sketches(NamedTuple):
    """Drawings x (N, 42, 5) float32 in stroke-5, and which of NAMES each is, label (N,) int64."""

    x: Tensor
    label: Tensor


def sketches(split: str = "train", n: int = 2000, seed: int = 0) -> Sketches:
    """n drawings of random categories; a seed and split give the same drawings again, and no other.

    Offsets have standard deviation 1: `to_lines(x[0], scale=OFFSET_STD)` undoes it.  Raises
    ValueError for a split that is not "train", "validation" or "test", and for a negative n.
    """
    if split not in SPLITS:
        raise ValueError(f"split: expected one of {', '.join(map(repr, SPLITS))}, got {split!r}")
    if n < 0:
        raise ValueError(f"n: expected n >= 0, got {n}")
    generator = torch.Generator().manual_seed(len(SPLITS) * seed + SPLITS.index(split))
    label = torch.randint(len(NAMES), (n,), generator=generator)
    x = _ended(n, MOST_POINTS + 2)
    for k, name in enumerate(NAMES):
        mine = (label == k).nonzero()[:, 0]
        points, drawn, lift = drawings.by_hand(name, len(mine), generator)
        rows = from_points(points / OFFSET_STD, drawn, lift)[:, : x.shape[1]]
        x[mine, : rows.shape[1]] = rows
    return Sketches(x, label)


def from_points(points: Tensor, drawn: Tensor, lift: Tensor) -> Tensor:
    """Points (N, P, 2), which of them are drawn (N, P) and end a stroke (N, P) -> (N, P + 2, 5)."""
    n, most = drawn.shape
    order = torch.sort((~drawn).long(), dim=-1, stable=True).indices  # what is drawn comes first
    points = points.gather(1, order[..., None].expand(-1, -1, 2))
    drawn, lift = drawn.gather(1, order), lift.gather(1, order)
    offsets = torch.diff(points, dim=1, prepend=torch.zeros_like(points[:, :1]))
    x = _ended(n, most + 2).to(points.dtype)
    pen = torch.stack([drawn & ~lift, drawn & lift, ~drawn], -1)
    x[:, 1:-1] = torch.cat([torch.where(drawn[..., None], offsets, 0.0), pen], -1)
    return x


def from_lines(lines: Sequence[Sequence], length: int | None = None, scale: float = 1.0) -> Tensor:
    """The stroke-5 rows of one drawing: lines, each (n, 2) with n >= 1 -> (L + 1, 5) float32.

    Offsets are divided by `scale`.  `length` is the number of rows, L + 1; by default as few as it
    takes.  Raises ValueError for a line of another shape and for too small a length.
    """
    lines = [torch.as_tensor(line, dtype=torch.float64) for line in lines]
    for line in lines:
        if line.ndim != 2 or line.shape[1] != 2 or len(line) == 0:
            raise ValueError(f"lines: expected each (n, 2) with n >= 1, got {tuple(line.shape)}")
    points = torch.cat([*lines, torch.zeros(0, 2, dtype=torch.float64)])
    least = len(points) + 2
    if length is not None and length < least:
        raise ValueError(f"length: expected at least {least} rows for this drawing, got {length}")
    lift = torch.zeros(len(points), dtype=torch.bool)
    lift[torch.tensor([len(line) for line in lines], dtype=torch.int64).cumsum(0) - 1] = True
    x = from_points(points[None] / scale, torch.ones_like(lift)[None], lift[None])[0]
    return torch.cat([x, _ended(1, length or least)[0, least:]]).float()


def to_lines(x: Tensor, scale: float = 1.0) -> list[Tensor]:
    """The lines (n, 2) of one drawing from its stroke-5 rows (L + 1, 5); undoes `from_lines`.

    The largest of the three pen values counts, so that they may be probabilities; offsets are
    multiplied by `scale`.  Raises ValueError for another shape or without the start token.
    """
    if x.ndim != 2 or x.shape[1] != 5:
        raise ValueError(f"x: expected one drawing (L + 1, 5), got {tuple(x.shape)}")
    if len(x) == 0 or x[0].tolist() != [0, 0, 1, 0, 0]:
        found = x[:1].tolist()
        raise ValueError(f"x: expected the start token (0, 0, 1, 0, 0) in row 0, got {found}")
    pen = x[1:, 2:].argmax(-1)
    count = int((pen == 2).long().cumsum(0).eq(0).sum())
    points = x[1 : count + 1, :2].double().cumsum(0) * scale
    ends = ((pen[:count] == 1).nonzero()[:, 0] + 1).tolist()
    lines = points.to(x.dtype).tensor_split(ends)
    return [line for line in lines if len(line)]


def offset_std(x: Tensor) -> float:
    """The standard deviation of the offsets of all points of drawings (N, L + 1, 5)."""
    return float(x[:, 1:, :2][x[:, 1:, 4] == 0].double().std(correction=0))


def stack(drawn: Sequence[Tensor], length: int | None = None) -> Tensor:
    """Drawings of different lengths, each (L + 1, 5), as one tensor (N, length, 5).

    Raises ValueError if there are more rows than `length`, by default those of the longest.
    """
    longest = max(len(x) for x in drawn)
    length = longest if length is None else length
    if longest > length:
        raise ValueError(f"length: expected at least {longest} rows, got {length}")
    ended = _ended(len(drawn), length)
    for row, x in zip(ended, drawn, strict=True):
        row[: len(x)] = x
    return ended


def _ended(n: int, length: int) -> Tensor:
    """Drawings without a point: (n, length, 5)."""
    x = F.one_hot(torch.full((n, length), 4), 5).float()
    x[:, :1] = torch.tensor([0.0, 0.0, 1.0, 0.0, 0.0])
    return x
