"""QuickDraw, an optional download: drawings made in 20 seconds by players of Quick, Draw.

Data    50 million drawings of 345 categories (Google, The Quick, Draw! Dataset, 2017; licence
        CC BY 4.0), here as bitmaps of 28 x 28 pixels, a `.npy` file a category of about 100 MB.
Table   quickdraw.tsv: category, bytes, SHA-256, as TensorFlow Datasets states them
        (quickdraw_bitmap/checksums.tsv).
Split   There is none by the publisher.  Here, by the place i in the file: test where i % 20 = 0,
        validation where i % 20 = 10, train elsewhere; the same for the strokes.
Scale   x = level / 127.5 - 1 lies in [-1, 1]; paper is -1, ink up to 1.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import numpy as np
import torch
from torch import Tensor

from dgm_course.data.download import File, fetch
from dgm_course.data.mnist import from_bytes

ADDRESS = "https://storage.googleapis.com/quickdraw_dataset/full/"
TABLE = Path(__file__).with_name("quickdraw.tsv")
SIDE = 28
EVERY, SPLITS = 20, {"train": None, "validation": 10, "test": 0}


class Drawings(NamedTuple):
    """Bitmaps x (N, 1, 28, 28) float32 in [-1, 1]; label (N,) int64 says which category each is."""

    x: Tensor
    label: Tensor


def quickdraw(
    category: str | Sequence[str], split: str = "train", n: int | None = None
) -> Drawings:
    """The first n bitmaps (None: all) of a category or of each of several: `quickdraw("cat")`.

    The label counts the categories given, from 0.  Downloads about 100 MB a category at the first
    call.  Raises ValueError for an unknown category or split, for n < 1 or more than there are, and
    for a file that is not what it should be; download.DownloadError if it cannot be had.
    """
    require_split(split)
    level = [bitmaps(name, split, n) for name in names(category)]
    return Drawings(from_bytes(torch.cat(level)), labels(level))


def categories() -> tuple[str, ...]:
    """The 345 categories, in alphabetical order."""
    return tuple(files())


@cache
def files() -> dict[str, File]:
    """The file with the bitmaps of each category."""
    table = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        name, size, sha256 = line.split("\t")
        url = f"{ADDRESS}numpy_bitmap/{quote(name)}.npy"
        table[name] = File(f"quickdraw/numpy_bitmap/{name}.npy", (url,), int(size), sha256)
    return table


def names(category: str | Sequence[str]) -> list[str]:
    """One category or several as a list; raises ValueError where there is none of that name."""
    chosen = [category] if isinstance(category, str) else list(category)
    if not chosen:
        raise ValueError("category: expected at least one, got none")
    for name in chosen:
        if name not in files():
            near = difflib.get_close_matches(str(name), categories(), 3, 0.4)
            hint = f"; near: {', '.join(near)}" if near else ""
            raise ValueError(
                f"category: expected one of the 345 of quickdraw.categories(), got {name!r}{hint}"
            )
    return chosen


def require_split(split: str) -> None:
    """Raise ValueError unless it is "train", "validation" or "test"."""
    if split not in SPLITS:
        known = ", ".join(repr(name) for name in SPLITS)
        raise ValueError(f"split: expected one of {known}, got {split!r}")


def is_in(split: str, i: int | np.ndarray) -> bool | np.ndarray:
    """Whether the drawing at place i of a file belongs to the split."""
    rest = i % EVERY
    if split == "train":
        return (rest != SPLITS["test"]) & (rest != SPLITS["validation"])
    return rest == SPLITS[split]


def require_count(n: int | None, there: int, what: str) -> None:
    """Raise ValueError unless 1 <= n <= there, or n is None and there is at least one."""
    if there < 1 or (n is not None and not 1 <= n <= there):
        raise ValueError(f"n: expected 1 to {there}, the {what}; got {n}")


def labels(parts: Sequence[Sequence]) -> Tensor:
    """The place of the part that each element is in: parts of N_k elements -> (sum N_k,) int64."""
    counts = torch.tensor([len(part) for part in parts])
    return torch.arange(len(parts)).repeat_interleave(counts)


def bitmaps(category: str, split: str, n: int | None) -> Tensor:
    """Grey levels of the first n drawings of a category's split, uint8 (n, 1, 28, 28)."""
    path = fetch(files()[category])
    total, offset = read_header(path)
    chosen = np.flatnonzero(is_in(split, np.arange(total)))
    require_count(n, len(chosen), f"drawings in {category}, {split}")
    rows = np.memmap(path, np.uint8, "r", offset, (total, SIDE**2))
    return torch.from_numpy(rows[chosen[:n]]).reshape(-1, 1, SIDE, SIDE)


def read_header(path: Path) -> tuple[int, int]:
    """How many bitmaps a `.npy` file holds, and after how many bytes they begin.

    Raises ValueError unless it holds (N, 784) uint8 in C order and nothing more.  Nothing is
    unpickled.  Format: numpy.lib.format, version 1.0.
    """
    with path.open("rb") as file:
        try:
            version = np.lib.format.read_magic(file)
            if version != (1, 0):
                raise ValueError(f"version {version}")
            shape, fortran, dtype = np.lib.format.read_array_header_1_0(file)
        except Exception as error:  # the header is an expression: it can raise whatever Python does
            said = " ".join(str(error).split())[:200]
            raise ValueError(f"{path.name}: expected a .npy file, version 1.0 ({said})") from None
        offset = file.tell()
    if dtype != np.uint8 or fortran or len(shape) != 2 or shape[1] != SIDE**2:
        order = " in Fortran order" if fortran else ""
        found = f"{dtype} {shape}{order}"
        raise ValueError(f"{path.name}: expected uint8 (N, {SIDE**2}), found {found}")
    want, found = offset + shape[0] * SIDE**2, path.stat().st_size
    if found != want:
        raise ValueError(f"{path.name}: its header announces {want} bytes, it has {found}")
    return shape[0], offset
