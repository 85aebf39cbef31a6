"""Small images that need no download: scikit-learn's 8 x 8 handwritten digits, protocol digits-v1.

Data   1797 images by 13 writers with grey levels 0..16, the test part of UCI's optdigits (Alpaydin
       and Kaynak 1998, Cascading classifiers).
Split  Rows 0-999 train, 1000-1349 validation, 1350-1796 test.  The file is ordered by writer: the
       writers of the test images are new.
Scale  x = level / 8 - 1 lies in [-1, 1], and every level is exact in float32.  A likelihood of the
       integer image is in nats per image, to be compared with 64 ln 17 = 181.3 for guessing.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import torch
from torch import Tensor

SPLITS = {"train": slice(0, 1000), "validation": slice(1000, 1350), "test": slice(1350, 1797)}
LEVELS = 17


class Digits(NamedTuple):
    """Images x (N, 1, 8, 8) float32 in [-1, 1] and the digit that each shows, label (N,) int64."""

    x: Tensor
    label: Tensor


def digits(split: str = "train") -> Digits:
    """One split of the 8 x 8 digits: `x, label = digits("test")`, new tensors at every call.

    Raises ValueError for a split that is not "train", "validation" or "test".
    """
    if split not in SPLITS:
        names = ", ".join(repr(name) for name in SPLITS)
        raise ValueError(f"split: expected one of {names}, got {split!r}")
    level, label = (rows[SPLITS[split]] for rows in _load())
    return Digits(from_levels(level), label.clone())


def from_levels(level: Tensor) -> Tensor:
    """Grey levels 0..16 to the scale of x, float32 in [-1, 1]; any shape.

    Raises ValueError for a value that is not one of the 17 levels.
    """
    if not ((level >= 0) & (level < LEVELS) & (level == level.round())).all():
        raise ValueError(f"level: expected integers from 0 to 16, got {_range(level)}")
    return level.float() / 8 - 1


def to_levels(x: Tensor) -> Tensor:
    """The nearest grey level 0..16 of each pixel, int64; undoes `from_levels`; any shape.

    Raises ValueError for a value outside [-1, 1].
    """
    if not (x.abs() <= 1).all():
        raise ValueError(f"x: expected values in [-1, 1], got {_range(x)}")
    return ((x + 1) * 8).round().long()


def _range(values: Tensor) -> str:
    return f"values from {values.min().item():g} to {values.max().item():g}"


@cache
def _load() -> tuple[Tensor, Tensor]:
    from sklearn.datasets import load_digits

    data = load_digits()
    return torch.tensor(data.images).long()[:, None], torch.tensor(data.target).long()
