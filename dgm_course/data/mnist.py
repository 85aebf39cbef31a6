"""MNIST and Fashion-MNIST, optional downloads: 28 x 28 pixels, ten classes, 60000 + 10000 images.

MNIST          Handwritten digits (LeCun, Bottou, Bengio and Haffner 1998, Gradient-based learning
               applied to document recognition).
Fashion-MNIST  Pictures of clothes in the same format, harder (Xiao, Rasul and Vollgraf 2017,
               arXiv:1708.07747); licence MIT.
Checksums      Sizes and SHA-256 as TensorFlow Datasets states them (url_checksums/mnist.txt and
               fashion_mnist.txt).
Scale          x = level / 127.5 - 1 lies in [-1, 1], level 0..255; the background is -1.
"""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from dgm_course.data.download import File, fetch
from dgm_course.data.idx import read_idx

SPLITS = {"train": ("train", 60000), "test": ("t10k", 10000)}  # name in the files, images
PIXELS, CLASSES = (28, 28), 10
CLOTHES = (
    *("T-shirt/top", "trouser", "pullover", "dress", "coat"),
    *("sandal", "shirt", "sneaker", "bag", "ankle boot"),
)
ADDRESSES = {
    "mnist": (
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
    "fashion_mnist": (
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    ),
}
SUMS = {
    ("mnist", "train-images-idx3-ubyte.gz"): (
        9912422,
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    ),
    ("mnist", "train-labels-idx1-ubyte.gz"): (
        28881,
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    ),
    ("mnist", "t10k-images-idx3-ubyte.gz"): (
        1648877,
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    ),
    ("mnist", "t10k-labels-idx1-ubyte.gz"): (
        4542,
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    ),
    ("fashion_mnist", "train-images-idx3-ubyte.gz"): (
        26421880,
        "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
    ),
    ("fashion_mnist", "train-labels-idx1-ubyte.gz"): (
        29515,
        "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
    ),
    ("fashion_mnist", "t10k-images-idx3-ubyte.gz"): (
        4422102,
        "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
    ),
    ("fashion_mnist", "t10k-labels-idx1-ubyte.gz"): (
        5148,
        "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    ),
}


class Images(NamedTuple):
    """Images x (N, 1, 28, 28) float32 in [-1, 1] and the class of each, label (N,) int64."""

    x: Tensor
    label: Tensor


def mnist(split: str = "train") -> Images:
    """The handwritten digits: `x, label = mnist("test")`; downloads 11.6 MB at the first call.

    Raises ValueError for a split that is not "train" or "test" and for a file that is not what it
    should be, download.DownloadError if it cannot be had.
    """
    return _load("mnist", split)


def fashion_mnist(split: str = "train") -> Images:
    """The clothes, label 0..9 as in CLOTHES; downloads 30.9 MB at the first call.

    Raises what `mnist` raises.
    """
    return _load("fashion_mnist", split)


def files(dataset: str) -> dict[str, File]:
    """The four files of "mnist" or "fashion_mnist" by their names."""
    return {
        name: File(f"{of}/{name}", tuple(a + name for a in ADDRESSES[of]), size, sha256)
        for (of, name), (size, sha256) in SUMS.items()
        if of == dataset
    }


def _load(dataset: str, split: str) -> Images:
    if split not in SPLITS:
        raise ValueError(f"split: expected 'train' or 'test', got {split!r}")
    prefix, n = SPLITS[split]
    there = files(dataset)
    level = read_idx(fetch(there[f"{prefix}-images-idx3-ubyte.gz"]), (n, *PIXELS))
    path = fetch(there[f"{prefix}-labels-idx1-ubyte.gz"])
    label = read_idx(path, (n,)).long()
    if label.max() >= CLASSES:
        raise ValueError(f"{path.name}: expected labels from 0 to 9, found {label.max().item()}")
    return Images(from_bytes(level[:, None]), label)


def from_bytes(level: Tensor) -> Tensor:
    """Grey levels 0..255, uint8, to the scale of x, float32 in [-1, 1]; any shape."""
    return level.float().div_(127.5).sub_(1)
