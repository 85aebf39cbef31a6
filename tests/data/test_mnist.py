"""The loaders of MNIST and Fashion-MNIST, on small files in the real format over HTTP."""

import gzip
import hashlib
import re
import struct

import numpy as np
import pytest
import torch

from dgm_course.data import mnist as module
from dgm_course.data.download import DownloadError
from dgm_course.data.mnist import ADDRESSES, SUMS, fashion_mnist, files, from_bytes, mnist

COUNT = {"train": 7, "test": 5}
LOADERS = {"mnist": mnist, "fashion_mnist": fashion_mnist}


def zipped(values):
    shape = values.shape
    header = bytes([0, 0, 8, len(shape)]) + struct.pack(f">{len(shape)}I", *shape)
    return gzip.compress(header + values.tobytes())


class Small:
    """Small data sets of the two names, served where `ADDRESSES` now points to."""

    def __init__(self, server, monkeypatch):
        self.server, self.sums, self.level, self.label = server, {}, {}, {}
        rng = np.random.default_rng(0)
        monkeypatch.setattr(module, "SUMS", self.sums)
        monkeypatch.setattr(module, "SPLITS", {"train": ("train", 7), "test": ("t10k", 5)})
        bases = {name: (server.url(f"dead/{name}/"), server.url(f"{name}/")) for name in ADDRESSES}
        monkeypatch.setattr(module, "ADDRESSES", bases)
        for dataset in ADDRESSES:
            for split, n in COUNT.items():
                self.put(dataset, split, rng.integers(0, 256, (n, 28, 28)), rng.integers(0, 10, n))

    def put(self, dataset, split, level, label):
        self.level[dataset, split], self.label[dataset, split] = level, label
        prefix = {"train": "train", "test": "t10k"}[split]
        for name, values in (("images-idx3", level), ("labels-idx1", label)):
            content = zipped(values.astype(np.uint8))
            name = f"{prefix}-{name}-ubyte.gz"
            self.server.files[f"{dataset}/{name}"] = content
            self.sums[dataset, name] = len(content), hashlib.sha256(content).hexdigest()


@pytest.fixture
def small(server, monkeypatch):
    return Small(server, monkeypatch)


@pytest.mark.parametrize("dataset", LOADERS)
@pytest.mark.parametrize("split", COUNT)
def test_images_and_labels_are_those_of_the_files(small, dataset, split):
    x, label = LOADERS[dataset](split)
    assert (tuple(x.shape), x.dtype) == ((COUNT[split], 1, 28, 28), torch.float32)
    assert (tuple(label.shape), label.dtype) == ((COUNT[split],), torch.int64)
    np.testing.assert_array_equal(label.numpy(), small.label[dataset, split])
    exact = small.level[dataset, split] / 127.5 - 1
    np.testing.assert_allclose(x[:, 0].numpy(), exact, atol=1.2e-7)


def test_without_a_name_it_is_the_training_split(small):
    assert len(mnist().x) == len(fashion_mnist().label) == COUNT["train"]


def test_the_first_mirror_is_dead_and_the_second_gives_the_file(small):
    mnist("test")
    asked = [path for path, _ in small.server.requests]
    assert asked == [
        *("dead/mnist/t10k-images-idx3-ubyte.gz", "mnist/t10k-images-idx3-ubyte.gz"),
        *("dead/mnist/t10k-labels-idx1-ubyte.gz", "mnist/t10k-labels-idx1-ubyte.gz"),
    ]
    mnist("test")
    assert len(small.server.requests) == 4


def test_the_two_sets_lie_in_folders_of_their_own(small, folder):
    mnist("test"), fashion_mnist("test")
    found = sorted(path.relative_to(folder).as_posix() for path in folder.glob("*/*.gz"))
    assert found == [
        *("fashion_mnist/t10k-images-idx3-ubyte.gz", "fashion_mnist/t10k-labels-idx1-ubyte.gz"),
        *("mnist/t10k-images-idx3-ubyte.gz", "mnist/t10k-labels-idx1-ubyte.gz"),
    ]


def test_grey_levels_fill_the_range_from_minus_one_to_one_and_are_recovered():
    level = torch.arange(256, dtype=torch.uint8)
    x = from_bytes(level)
    assert (float(x[0]), float(x[255])) == (-1, 1)
    assert torch.equal(((x + 1) * 127.5).round().to(torch.uint8), level)


@pytest.mark.parametrize(("images", "labels"), [(7, 6), (6, 7), (6, 6), (8, 8)])
def test_another_number_of_images_or_labels_is_refused(small, images, labels):
    small.put("mnist", "train", np.zeros((images, 28, 28)), np.zeros(labels))
    with pytest.raises(ValueError, match=r"-ubyte\.gz: expected 7( x 28 x 28)? values, found [68]"):
        mnist()


def test_images_of_another_size_are_refused(small):
    small.put("mnist", "train", np.zeros((7, 28, 27)), np.zeros(7))
    with pytest.raises(ValueError, match="expected 7 x 28 x 28 values, found 7 x 28 x 27"):
        mnist()


def test_a_label_out_of_range_is_refused(small):
    small.put("mnist", "train", np.zeros((7, 28, 28)), np.array([0, 1, 9, 10, 0, 0, 0]))
    with pytest.raises(ValueError, match=r"labels-idx1.*: expected labels from 0 to 9, found 10"):
        mnist()


def test_another_split_is_refused_before_anything_is_fetched(small):
    with pytest.raises(ValueError, match="split: expected 'train' or 'test', got 'validation'"):
        mnist("validation")
    assert small.server.requests == []


def test_offline_the_error_names_the_file_and_the_folder(folder, monkeypatch):
    dead = {"mnist": ("http://127.0.0.1:9/mnist/",)}
    monkeypatch.setattr(module, "ADDRESSES", dead)
    with pytest.raises(DownloadError, match=r"train-images-idx3-ubyte\.gz \(9,912,422 bytes\)"):
        mnist()


def test_the_table_names_four_files_of_each_set_with_size_checksum_and_two_mirrors():
    assert set(SUMS) == {
        (dataset, f"{prefix}-{kind}-ubyte.gz")
        for dataset in LOADERS
        for prefix in ("train", "t10k")
        for kind in ("images-idx3", "labels-idx1")
    }
    assert len({sha256 for _, sha256 in SUMS.values()}) == 8
    for dataset in LOADERS:
        for name, file in files(dataset).items():
            assert file.name == f"{dataset}/{name}" and re.fullmatch("[0-9a-f]{64}", file.sha256)
            assert len(file.urls) == 2 and file.urls[0].startswith("https://")
            assert all(url.endswith(f"/{name}") for url in file.urls)


def test_labels_take_less_room_than_pixels_and_pixels_less_than_uncompressed():
    for (_, name), (size, _) in SUMS.items():
        n = 60000 if name.startswith("train") else 10000
        assert size < n * (28**2 if "images" in name else 1)
        assert size > n / 5


def test_without_a_folder_of_its_own_nothing_is_downloaded_at_import():
    assert module.SPLITS == {"train": ("train", 60000), "test": ("t10k", 10000)}
