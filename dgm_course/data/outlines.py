"""The outlines of letters and digits in the fonts that matplotlib ships, as distance fields.

Outline   FreeType gives a character as closed curves in the font's own units: nothing is hinted to
          a pixel grid, so that the same font file means the same shape on every platform.
Unit      The height of the font's letter H.  The origin is the centre of the character's bounding
          box; x grows to the right and y downwards, as in an image.
Field     d(x, y), the distance to the outline, positive inside: the character is {d > 0}, and
          {d > -w / 2} is the same character with its strokes w thicker (Green 2007, Improved
          alpha-tested magnification for vector textures and special effects).
"""

from __future__ import annotations

import string
from functools import cache
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

REACH, CELLS = 0.9, 128  # a field covers [-REACH, REACH]^2 with CELLS x CELLS values
CHARACTERS = string.digits + string.ascii_uppercase + string.ascii_lowercase
FINE = 64  # the outline is drawn with straight lines as if H were so many pixels high


class Face(NamedTuple):
    """A font file and where its digits, capitals and small letters begin in Unicode."""

    file: str
    digits: int = ord("0")
    capitals: int = ord("A")
    small: int = ord("a")


FACES = {
    "DejaVu Sans": Face("DejaVuSans"),
    "DejaVu Sans Mono": Face("DejaVuSansMono"),
    "DejaVu Serif": Face("DejaVuSerif"),
    "STIX": Face("STIXGeneral"),
    "STIX Sans": Face("STIXGeneral", 0x1D7E2, 0x1D5A0, 0x1D5BA),
    "STIX Mono": Face("STIXGeneral", 0x1D7F6, 0x1D670, 0x1D68A),
    "Computer Modern Roman": Face("cmr10"),
    "Computer Modern Sans": Face("cmss10"),
    "Computer Modern Typewriter": Face("cmtt10"),
}


class Shape(NamedTuple):
    """A character's distance field (CELLS, CELLS), and the width and height of its box."""

    field: Tensor
    width: float
    height: float


@cache
def shape(character: str, font: str) -> Shape:
    """The field and the box of one character, in units of the height of H; computed once.

    Raises ValueError for a character that is not in CHARACTERS or a font that is not in FACES.
    """
    if font not in FACES:
        raise ValueError(f"font: expected one of {', '.join(FACES)}, got {font!r}")
    if len(character) != 1 or character not in CHARACTERS:
        raise ValueError(f"character: expected one of 0-9, A-Z, a-z, got {character!r}")
    start, end = segments(character, font)
    low, high = torch.minimum(start, end).amin(0), torch.maximum(start, end).amax(0)
    middle, (width, height) = (low + high) / 2, (high - low).tolist()
    axis = (torch.arange(CELLS) + 0.5) * (2 * REACH / CELLS) - REACH
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    points = torch.stack([x, y], -1).reshape(-1, 2)
    start, end = start - middle, end - middle
    sign = torch.where(inside(axis, start, end), 1.0, -1.0)
    field = sign * distance(points, start, end).reshape(CELLS, CELLS)
    return Shape(field, width, height)


def segments(character: str, font: str) -> tuple[Tensor, Tensor]:
    """The outline as straight lines in units of the height of H: start (S, 2), end (S, 2)."""
    unit = _path("H", font).get_extents().height
    path = _path(character, font)
    polygons = type(path)(path.vertices * (FINE / unit), path.codes).to_polygons()
    lines = [
        torch.tensor(p / FINE, dtype=torch.float32) * torch.tensor([1.0, -1]) for p in polygons
    ]
    start, end = torch.cat([p[:-1] for p in lines]), torch.cat([p[1:] for p in lines])
    real = (start != end).any(-1)
    return start[real], end[real]


def distance(points: Tensor, start: Tensor, end: Tensor) -> Tensor:
    """From each point to the nearest of some lines: (P, 2), (S, 2), (S, 2) -> (P,)."""
    line = end - start
    length = line.square().sum(-1)
    nearest = []
    for p in points.split(1024):  # so many that the intermediate results stay in the cache
        to_start = (p.square().sum(-1, keepdim=True) - 2 * p @ start.T) + start.square().sum(-1)
        along = torch.addmm(-(start * line).sum(-1), p, line.T)
        share = (along / length).clamp_(0, 1)
        nearest.append((to_start - share * (2 * along - share * length)).amin(-1))
    return torch.cat(nearest).clamp(min=0).sqrt()


def inside(axis: Tensor, start: Tensor, end: Tensor) -> Tensor:
    """Which points of the grid `axis` x `axis` closed lines surround: (M,) -> (M, M) bool, [y, x].

    A point is inside if its row crosses an odd number of lines before it.
    """
    (x, y), (dx, dy) = start.T, (end - start).T
    row, line = ((y <= axis[:, None]) != (y + dy <= axis[:, None])).nonzero(as_tuple=True)
    at = x[line] + (axis[row] - y[line]) / dy[line] * dx[line]
    crossed = torch.zeros(len(axis), len(axis) + 1, dtype=torch.int64)
    crossed.index_put_((row, torch.searchsorted(axis, at)), torch.ones_like(row), accumulate=True)
    return crossed.cumsum(-1)[:, :-1] % 2 == 1


def code(character: str, face: Face) -> int:
    """The number of a character in Unicode, or of its form in a mathematical alphabet."""
    blocks = {string.digits: face.digits, string.ascii_uppercase: face.capitals}
    for block, first in {**blocks, string.ascii_lowercase: face.small}.items():
        if character in block:
            return first + block.index(character)
    raise AssertionError(character)


def _path(character: str, font: str):
    """The outline as a matplotlib Path in the font's units, y upwards."""
    import matplotlib
    from matplotlib.font_manager import get_font
    from matplotlib.ft2font import LoadFlags
    from matplotlib.path import Path as Curve

    face = FACES[font]
    file = get_font(Path(matplotlib.get_data_path(), "fonts", "ttf", f"{face.file}.ttf"))
    file.load_char(code(character, face), flags=LoadFlags.NO_SCALE)
    return Curve(*file.get_path())
