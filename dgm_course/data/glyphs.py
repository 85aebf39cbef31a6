r"""Letters and digits as 28 x 28 images with known factors, drawn from the fonts of matplotlib.

Factors  character; font; size, the height of the font's letter H in pixels; slant, the tangent of
         the angle by which the top leans to the right; stroke, by how much the strokes are thicker
         than the font's, in heights of H (0.08 makes most fonts bold); dx and dy, the centre of the
         character's box in pixels to the right of and below the centre of the image.
Image    White ink on black; a pixel is the share of it that ink covers, in 256 levels.  The shape
         $\{(u, v): d(X, Y) > -stroke / 2\}$ with $Y = (v - dy) / size$ and
         $X = (u - dx) / size + slant Y$ is read off a distance field d (see `outlines.py`).
Split    The fonts of the test images come from a family that no training image shows.  Drawing with
         all factors but one kept gives the exact counterpart of an image:
         `draw(data.character, data.factors._replace(stroke=0.1))`.
"""

from __future__ import annotations

import string
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from dgm_course.data import outlines

DIGITS, LETTERS = string.digits, string.ascii_uppercase
FONTS = {
    "train": ("DejaVu Sans", "DejaVu Sans Mono", "DejaVu Serif", "STIX", "STIX Sans", "STIX Mono"),
    "test": ("Computer Modern Roman", "Computer Modern Sans", "Computer Modern Typewriter"),
}
FONT_NAMES = FONTS["train"] + FONTS["test"]
SIDE = 28
LIMITS = {"size": (6.0, 26.0), "slant": (-0.5, 0.5), "stroke": (-0.04, 0.2)}
SUBPIXELS = 2  # values a pixel is the mean of, along each side
CHUNK = 128  # images drawn at once


class Factors(NamedTuple):
    """What the images show, each (N,): font is an index into FONT_NAMES; the rest see above."""

    font: Tensor
    size: Tensor
    slant: Tensor
    stroke: Tensor
    dx: Tensor
    dy: Tensor


class Glyphs(NamedTuple):
    """Images x (N, 1, 28, 28) float32 in [-1, 1], character (N,) int64 and the other factors."""

    x: Tensor
    character: Tensor
    factors: Factors


Range = float | tuple[float, float]


def glyphs(
    split: str = "train", characters: str = DIGITS, n: int = 2000, seed: int = 0, *,
    size: Range = (10.0, 14.0), slant: Range = (-0.2, 0.2), stroke: Range = (0.0, 0.1),
    dx: Range = (-1.25, 1.25), dy: Range = (-1.25, 1.25),
) -> Glyphs:  # fmt: skip
    """n images with independent, uniform factors; `character` is an index into `characters`.

    A factor is drawn from a range (low, high), or fixed by a number.  The same seed gives the same
    images; the splits share no font and no random number.  Raises ValueError for a split or
    character that there is not, and for ranges of which some character in some font would not fit.
    """
    if split not in FONTS:
        raise ValueError(f"split: expected one of {', '.join(map(repr, FONTS))}, got {split!r}")
    if not characters or len(set(characters)) < len(characters):
        raise ValueError(f"characters: expected different characters, got {characters!r}")
    if n < 0:
        raise ValueError(f"n: expected n >= 0, got {n}")
    ranges = {"size": size, "slant": slant, "stroke": stroke, "dx": dx, "dy": dy}
    low, high = torch.tensor([_ends(name, ends) for name, ends in ranges.items()]).T
    first = FONT_NAMES.index(FONTS[split][0])
    fonts = torch.arange(first, first + len(FONTS[split]))
    _check_ranges(characters, fonts, low, high)
    generator = torch.Generator().manual_seed(2 * seed + (split == "test"))
    return _sample(characters, fonts, n, low, high, generator)


def _sample(characters: str, fonts: Tensor, n: int, low, high, generator) -> Glyphs:
    """The images of `glyphs`, with the five numbers between low (5,) and high (5,)."""
    character = torch.randint(len(characters), (n,), generator=generator)
    font = fonts[torch.randint(len(fonts), (n,), generator=generator)]
    numbers = low + (high - low) * torch.rand(n, len(low), generator=generator)
    factors = Factors(font, *numbers.T.contiguous())
    return Glyphs(draw(character, factors, characters), character, factors)


def render(
    character: str,
    font: str,
    size: float = 12.0,
    slant: float = 0.0,
    stroke: float = 0.0,
    dx: float = 0.0,
    dy: float = 0.0,
) -> Tensor:
    """One image (1, 28, 28) in [-1, 1] of one character with these factors; raises as `draw`."""
    outlines.shape(character, font)  # refuses what there is not
    numbers = [torch.tensor([float(value)]) for value in (size, slant, stroke, dx, dy)]
    factors = Factors(torch.tensor([FONT_NAMES.index(font)]), *numbers)
    return draw(torch.tensor([0]), factors, character)[0]


def draw(character: Tensor, factors: Factors, characters: str = DIGITS) -> Tensor:
    """Images of given factors: (N,) and six times (N,) or a number -> (N, 1, 28, 28) in [-1, 1].

    Raises ValueError for a factor beyond LIMITS and for a glyph that would leave the image.
    """
    values = [torch.as_tensor(value).expand(character.shape) for value in factors]
    font, numbers = values[0], torch.stack(values[1:], -1).float()
    _check_limits(numbers)
    pairs, which = torch.unique(torch.stack([character, font], -1), dim=0, return_inverse=True)
    shapes = [outlines.shape(characters[c], FONT_NAMES[f]) for c, f in pairs.tolist()]
    if not shapes:
        return torch.empty(0, 1, SIDE, SIDE)
    boxes = torch.tensor([[s.width, s.height] for s in shapes])[which]
    _check_fit(boxes, numbers, [characters[c] for c in character.tolist()])
    fields = torch.stack([s.field for s in shapes])
    parts = zip(which.split(CHUNK), numbers.split(CHUNK), strict=True)
    ink = torch.cat([_ink(fields[rows], part) for rows, part in parts])
    return (ink * 255).round() / 127.5 - 1


def _ink(field: Tensor, numbers: Tensor) -> Tensor:
    """The share of each pixel that ink covers: (B, M, M), (B, 5) -> (B, 1, 28, 28) in [0, 1]."""
    size, slant, stroke, dx, dy = numbers.T
    scale = 1 / (size * outlines.REACH)
    zero, half = torch.zeros_like(size), SIDE / 2
    across = torch.stack([half * scale, slant * half * scale, -(dx + slant * dy) * scale], -1)
    down = torch.stack([zero, half * scale, -dy * scale], -1)
    shape = (len(field), 1, SIDE * SUBPIXELS, SIDE * SUBPIXELS)
    places = F.affine_grid(torch.stack([across, down], 1), shape, align_corners=False)
    options = {"padding_mode": "border", "align_corners": False}
    depth = F.grid_sample(field[:, None], places, **options) + stroke.view(-1, 1, 1, 1) / 2
    depth = depth * (size * SUBPIXELS).view(-1, 1, 1, 1)  # how deep inside the ink, in subpixels
    return F.avg_pool2d((depth + 0.5).clamp(0, 1), SUBPIXELS)


def _reach(boxes: Tensor, numbers: Tensor) -> Tensor:
    """How far ink reaches from the centre of the image: (B, 2), (B, 5) -> (B, 2) in pixels."""
    size, slant, stroke, dx, dy = numbers.T
    width, height = boxes.T
    across = width + slant.abs() * height + stroke * (1 + slant**2).sqrt()
    half = size[:, None] / 2 * torch.stack([across, height + stroke], -1)
    return half + torch.stack([dx.abs(), dy.abs()], -1) + 0.5 / SUBPIXELS


def _check_limits(numbers: Tensor) -> None:
    for (name, (low, high)), column in zip(LIMITS.items(), numbers.T, strict=False):
        outside = ~((column >= low) & (column <= high))
        if outside.any():
            found = column[outside][0].item()
            raise ValueError(f"{name}: expected values from {low:g} to {high:g}, got {found:g}")


def _check_fit(boxes: Tensor, numbers: Tensor, names: list[str]) -> None:
    reach = _reach(boxes, numbers)
    if not (reach <= SIDE / 2).all():
        row = int((~(reach <= SIDE / 2)).any(-1).nonzero()[0])
        width, height = (2 * reach[row]).tolist()
        raise ValueError(
            f"size, slant, stroke, dx, dy: expected a glyph inside {SIDE} x {SIDE} pixels, "
            f"got {names[row]!r} that needs {width:.1f} x {height:.1f}"
        )


def _check_ranges(characters: str, fonts: Tensor, low: Tensor, high: Tensor) -> None:
    """Every character in every font fits also where all the factors are at their largest."""
    largest = torch.maximum(low.abs(), high.abs())
    largest[2] = high[2]
    shapes = [(c, outlines.shape(c, FONT_NAMES[f])) for c in characters for f in fonts.tolist()]
    boxes = torch.tensor([[s.width, s.height] for _, s in shapes])
    _check_fit(boxes, largest.expand(len(boxes), -1), [c for c, _ in shapes])


def _ends(name: str, ends: Range) -> tuple[float, float]:
    low, high = ends if isinstance(ends, tuple) else (ends, ends)
    if not low <= high:
        raise ValueError(f"{name}: expected a number or (low, high) with low <= high, got {ends}")
    return float(low), float(high)
