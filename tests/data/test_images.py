"""The digits against scikit-learn's file and the protocol digits-v1."""

import runpy
import sys

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from dgm_course.data import images
from dgm_course.data.images import SPLITS, digits, from_levels, to_levels

ROWS = {"train": (0, 1000), "validation": (1000, 1350), "test": (1350, 1797)}


@pytest.mark.parametrize("split", ROWS)
def test_split_is_the_rows_of_the_protocol(split):
    first, end = ROWS[split]
    file = load_digits()
    x, label = digits(split)
    assert (x.shape, x.dtype) == ((end - first, 1, 8, 8), torch.float32)
    assert (label.shape, label.dtype) == ((end - first,), torch.int64)
    np.testing.assert_array_equal(x[:, 0].numpy(), file.images[first:end] / 8 - 1)
    np.testing.assert_array_equal(label.numpy(), file.target[first:end])


def test_splits_cover_every_image_once():
    assert sum(len(digits(split).x) for split in SPLITS) == len(load_digits().images)


def test_images_fill_the_range_from_minus_one_to_one():
    x, _ = digits()
    assert (float(x.min()), float(x.max())) == (-1, 1)


def test_levels_are_recovered_exactly():
    level = torch.arange(17).reshape(17, 1, 1, 1)
    x = from_levels(level)
    assert (x.dtype, to_levels(x).dtype) == (torch.float32, torch.int64)
    assert torch.equal(to_levels(x), level)
    file = load_digits().images[1350:]
    np.testing.assert_array_equal(to_levels(digits("test").x)[:, 0].numpy(), file)


def test_a_value_between_levels_goes_to_the_nearest():
    assert to_levels(torch.tensor([-1.0, -0.95, -0.92, 0.05, 0.07])).tolist() == [0, 0, 1, 8, 9]


def test_changing_an_image_does_not_change_the_data():
    x, label = digits("test")
    x.zero_(), label.zero_()
    again = digits("test")
    assert again.x.abs().sum() > 0
    assert again.label.sum() > 0


def test_bad_input_is_refused_with_what_came_and_what_is_expected():
    with pytest.raises(ValueError, match=r"split: expected one of 'train', .*, got 'valid'"):
        digits("valid")
    with pytest.raises(
        ValueError, match=r"x: expected values in \[-1, 1\], got values from -2 to 1"
    ):
        to_levels(torch.tensor([-2.0, 1.0]))
    with pytest.raises(ValueError, match=r"x: expected values in \[-1, 1\], got values from nan"):
        to_levels(torch.tensor([float("nan")]))
    with pytest.raises(ValueError, match=r"level: expected integers from 0 to 16, .* 0 to 17"):
        from_levels(torch.tensor([0, 17]))
    with pytest.raises(ValueError, match=r"level: expected integers from 0 to 16, .* 0.5"):
        from_levels(torch.tensor([0.5]))


def test_importing_the_module_does_not_import_scikit_learn(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    module = runpy.run_path(images.__file__)
    with pytest.raises(ImportError):
        module["digits"]()
