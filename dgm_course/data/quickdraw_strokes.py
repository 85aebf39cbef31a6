"""QuickDraw's drawings as strokes, an optional download: the order in which lines were drawn.

Data     The `simplified` files: one drawing a line, in JSON; lines thinned to two pixels (Ramer,
         Douglas and Peucker), coordinates 0..255, y downward.  Tens of MB a category.
Format   {"word": "cat", "drawing": [[[x, ...], [y, ...]], ...], ...}; every stroke is a pair of
         equally long lists of integers.  The files for sketch-RNN hold pickled Python objects,
         which can run code when they are read, and are not used.
Checked  No checksum is published.  A download must have the MD5 that the server names; its SHA-256
         is written down and holds from then on; each line read must be of the format.
Bounded  A line has at most a megabyte, a number no more digits than Python reads at once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import torch
from torch import Tensor

from dgm_course.data.download import File, fetch
from dgm_course.data.quickdraw import ADDRESS, is_in, labels, names, require_count, require_split
from dgm_course.data.strokes import Sketches, from_lines, offset_std, stack

SCALE_FROM = 1000  # drawings of each category
LONGEST_LINE = 1 << 20  # bytes
LARGEST = 255  # coordinate


def quickdraw_strokes(
    category: str | Sequence[str], split: str = "train", n: int = 2000, points: int = 250
) -> Sketches:
    """The first n drawings of at most `points` points, of each category, in stroke-5 format.

    x is (N, L + 1, 5), padded to the longest; its offsets are divided by `offset_scale`.  The label
    counts the categories given, from 0.  Longer drawings are left out, as sketch-RNN's loader does.
    Downloads tens of MB a category at the first call.  Raises what `quickdraw` raises.
    """
    require_split(split)
    if n < 1:
        raise ValueError(f"n: expected n >= 1, got {n}")
    chosen = names(category)
    parts = [first_drawings(name, split, n, points) for name in chosen]
    for name, part in zip(chosen, parts, strict=True):
        require_count(n, len(part), f"drawings in {name}, {split}, of at most {points} points")
    scale = offset_scale(chosen)
    return Sketches(stack([from_lines(d, scale=scale) for p in parts for d in p]), labels(parts))


def offset_scale(category: str | Sequence[str]) -> float:
    """The standard deviation, in pixels, of the offsets of the first 1000 training drawings.

    It is the same for every split: `strokes.to_lines(x[0], scale)` gives back a drawing in pixels.
    """
    drawn = [d for name in names(category) for d in first_drawings(name, "train", SCALE_FROM)]
    return offset_std(stack([from_lines(lines) for lines in drawn]))


def file(category: str) -> File:
    """The file with the strokes of a category.  Raises ValueError where there is none."""
    (category,) = names(category)
    url = f"{ADDRESS}simplified/{quote(category)}.ndjson"
    return File(f"quickdraw/simplified/{category}.ndjson", (url,))


def first_drawings(category: str, split: str, n: int, points: int = 250) -> list[list[Tensor]]:
    """The first n drawings of a split, or all if there are fewer, each a list of strokes (m, 2)."""
    found = []
    with closing(read_drawings(fetch(file(category)), category, split)) as drawings:
        for lines in drawings:
            if sum(map(len, lines)) <= points:
                found.append(lines)
            if len(found) == n:
                break
    return found


def read_drawings(path: Path, word: str, split: str) -> Iterator[list[Tensor]]:
    """The drawings of a split in an ndjson file, one by one.

    Raises ValueError, with the line's number, at the first line that is not of the format.
    """
    with path.open("rb") as file:
        number = 0
        while line := file.readline(LONGEST_LINE + 1):
            number += 1
            try:
                drawing = parse(line, word)
            except ValueError as error:
                raise ValueError(f"{path.name}, line {number}: {error}") from None
            if is_in(split, number - 1):
                yield drawing


def parse(line: bytes, word: str) -> list[Tensor]:
    """One line of an ndjson file as a list of strokes (m, 2) float32, centred at the origin.

    Raises ValueError, with what is found and what is expected.
    """
    if len(line) > LONGEST_LINE:
        raise ValueError(f"expected at most {LONGEST_LINE} bytes, found more")
    try:
        data = json.loads(line.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"expected JSON in UTF-8, found something else ({error})") from None
    if not isinstance(data, dict) or data.get("word") != word:
        found = repr(data.get("word"))[:50] if isinstance(data, dict) else type(data).__name__
        raise ValueError(f'expected an object with "word": "{word}", found {found}')
    drawing = data.get("drawing")
    if not isinstance(drawing, list) or not drawing:
        raise ValueError('expected "drawing" to be a list of strokes, found none')
    lines = [_stroke(stroke, i) for i, stroke in enumerate(drawing, start=1)]
    both = torch.cat(lines)
    centre = (both.amin(0) + both.amax(0)) / 2
    return [line - centre for line in lines]


def _stroke(stroke: object, i: int) -> Tensor:
    lists = isinstance(stroke, list) and all(isinstance(axis, list) for axis in stroke)
    if not lists or len(stroke) != 2:
        raise ValueError(f"stroke {i}: expected two lists, x and y")
    x, y = stroke
    if not x or len(x) != len(y):
        raise ValueError(f"stroke {i}: expected as many y as x, found {len(x)} x and {len(y)} y")
    if set(map(type, x + y)) != {int} or min(x + y) < 0 or max(x + y) > LARGEST:
        raise ValueError(f"stroke {i}: expected integers from 0 to {LARGEST}, found others")
    return torch.tensor([x, y], dtype=torch.float32).T


def _refuse(constant: str) -> None:
    raise ValueError(f"the number {constant}")
