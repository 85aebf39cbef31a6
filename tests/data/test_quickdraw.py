"""QuickDraw's bitmaps, on small files in the real format over HTTP."""

import dataclasses
import hashlib
import io
import os
import re

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dgm_course.data import quickdraw as module
from dgm_course.data.quickdraw import categories, files, labels, quickdraw, read_header

N = {"cat": 45, "hot dog": 23}
ONCE = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def npy(array, **options):
    file = io.BytesIO()
    np.lib.format.write_array(file, array, version=(1, 0), **options)
    return file.getvalue()


def drawings(n, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, 784)).astype(np.uint8)


GOOD = npy(drawings(6))


@pytest.fixture
def small(server, monkeypatch):
    """Two small categories; returns a function that replaces the content of one."""
    table = dict(files())
    monkeypatch.setattr(module, "files", lambda: table)

    def put(name, content):
        server.files[f"{name}.npy"] = content
        sha256 = hashlib.sha256(content).hexdigest()
        url = server.url(f"{name.replace(' ', '%20')}.npy")
        new = {"urls": (url,), "size": len(content), "sha256": sha256}
        table[name] = dataclasses.replace(table[name], **new)

    for seed, (name, n) in enumerate(N.items()):
        put(name, npy(drawings(n, seed)))
    return put


def test_every_twentieth_drawing_is_for_testing_and_ten_later_one_for_validation(small):
    level = drawings(45)
    places = {"test": [0, 20, 40], "validation": [10, 30]}
    places["train"] = sorted(set(range(45)) - {0, 10, 20, 30, 40})
    for split, rows in places.items():
        x, label = quickdraw("cat", split)
        assert (tuple(x.shape), x.dtype) == ((len(rows), 1, 28, 28), torch.float32)
        assert label.tolist() == [0] * len(rows) and label.dtype == torch.int64
        np.testing.assert_allclose(x.reshape(-1, 784).numpy(), level[rows] / 127.5 - 1, atol=1.2e-7)


def test_the_label_counts_the_categories_given(small):
    x, label = quickdraw(["hot dog", "cat"], "train", n=4)
    assert label.tolist() == [0, 0, 0, 0, 1, 1, 1, 1]
    assert torch.equal(x[4:], quickdraw("cat", n=4).x)
    assert torch.equal(x[:4], quickdraw("hot dog").x[:4])
    x, label = quickdraw(["hot dog", "cat"], "validation")
    assert label.tolist() == [0, 1, 1]
    assert labels([[1, 2], [], [3]]).tolist() == [0, 0, 2]


def test_changing_an_image_does_not_change_the_file(small):
    x = quickdraw("cat").x
    x.zero_()
    assert quickdraw("cat").x.abs().sum() > 0


@pytest.mark.parametrize(("split", "n"), [("test", 0), ("test", 4), ("train", 41), ("train", -1)])
def test_more_drawings_than_there_are_are_refused(small, split, n):
    there = {"test": 3, "train": 40}[split]
    message = f"n: expected 1 to {there}, the drawings in cat, {split}; got {n}"
    with pytest.raises(ValueError, match=message):
        quickdraw("cat", split, n)


def test_a_category_of_no_drawings_is_refused(small):
    small("cat", npy(drawings(0)))
    with pytest.raises(ValueError, match="n: expected 1 to 0, the drawings in cat"):
        quickdraw("cat")


def test_an_unknown_category_or_split_is_refused_before_anything_is_fetched(small, server):
    with pytest.raises(ValueError, match=r"category: .* 345 .*, got 'katz'; near: .*"):
        quickdraw("katz")
    with pytest.raises(ValueError, match="category: expected at least one, got none"):
        quickdraw([])
    with pytest.raises(ValueError, match="split: expected one of 'train', 'validation', 'test'"):
        quickdraw("cat", "valid")
    with pytest.raises(ValueError, match=r"got '\.\./cat'"):
        quickdraw("../cat")
    assert server.requests == []


def test_the_table_has_345_categories_and_50_million_drawings():
    assert len(categories()) == 345 and {"cat", "The Eiffel Tower"} <= set(categories())
    assert len({file.sha256 for file in files().values()}) == 345
    count = 0
    for name, file in files().items():
        assert re.fullmatch("[0-9a-f]{64}", file.sha256)
        assert file.urls[0].startswith("https://") and " " not in file.urls[0]
        assert file.name == f"quickdraw/numpy_bitmap/{name}.npy"
        n, rest = divmod(file.size - 80, 784)  # 80 bytes of header, then 28 x 28 bytes a drawing
        assert rest == 0
        count += n
    assert count == 50_426_266


def test_the_files_of_the_table_hold_what_the_readers_header_takes():
    """The header that NumPy wrote before 1.14, aligned to 16 bytes, as the sizes say it has."""
    text = "{'descr': '|u1', 'fortran_order': False, 'shape': (123202, 784), }"
    header = b"\x93NUMPY\1\0" + (70).to_bytes(2, "little") + text.ljust(69).encode() + b"\n"
    assert len(header) == 80 and files()["cat"].size == 80 + 123202 * 784


def header_of(path, content):
    path.write_bytes(content)
    return read_header(path)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "cat.npy"


def test_a_header_says_how_many_and_where_they_begin(path):
    assert header_of(path, GOOD) == (6, len(GOOD) - 6 * 784)


@ONCE
@given(end=st.integers(0, len(GOOD) - 1))
def test_any_truncation_is_refused(path, end):
    with pytest.raises(ValueError, match=r"^cat\.npy: "):
        header_of(path, GOOD[:end])


@ONCE
@given(more=st.binary(min_size=1, max_size=2000))
def test_any_bytes_after_the_end_are_refused(path, more):
    found = f"its header announces {len(GOOD)} bytes, it has {len(GOOD) + len(more)}"
    with pytest.raises(ValueError, match=found):
        header_of(path, GOOD + more)


@ONCE
@given(content=st.binary(max_size=300), numpy=st.booleans())
def test_anything_else_is_refused_with_a_sentence(path, content, numpy):
    with pytest.raises(ValueError, match=r"^cat\.npy: "):
        header_of(path, b"\x93NUMPY\1\0" * numpy + content)


def with_header(text):
    header = text.encode() + b"\n"
    return b"\x93NUMPY\1\0" + len(header).to_bytes(2, "little") + header + bytes(784)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (npy(np.zeros((2, 784), np.int8)), r"uint8 \(N, 784\), found int8 \(2, 784\)"),
        (npy(np.zeros((2, 784), np.float32)), r"found float32 \(2, 784\)"),
        (npy(np.zeros((2, 783), np.uint8)), r"found uint8 \(2, 783\)"),
        (npy(np.zeros(784, np.uint8)), r"found uint8 \(784,\)"),
        (npy(np.zeros((2, 28, 28), np.uint8)), r"found uint8 \(2, 28, 28\)"),
        (npy(np.asfortranarray(np.zeros((2, 784), np.uint8))), "in Fortran order"),
        (npy(np.array([["a"], [None]], object)), r"found object \(2, 1\)"),
        (with_header("{'descr':'|u1','fortran_order':False,'shape':(2,784)}"), "announces"),
        (with_header("{'descr':'|u1','fortran_order':False,'shape':(0,784)}"), "announces"),
        (with_header("{'descr':'|u1','fortran_order':False,'shape':(-1,784)}"), "announces"),
        (with_header("{'descr':'|u1','fortran_order':False,'shape':(10**9,784)}"), "expected a"),
        (with_header("{'descr':'|u1','fortran_order':False,'shape':(9999999999,784)}"), "announ"),
        (with_header("__import__('os').abort()"), r"expected a \.npy file"),
        (with_header("(" * 500), r"expected a \.npy file"),
        (GOOD.replace(b"NUMPY\1", b"NUMPY\2"), r"expected a \.npy file, version 1\.0 \(version"),
        (b"\x80\4K\1.", r"expected a \.npy file, version 1\.0"),
    ],
)
def test_a_wrong_file_is_refused_with_what_is_found(path, content, found):
    with pytest.raises(ValueError, match=found):
        header_of(path, content)


def test_pickled_objects_are_refused_and_not_run(path, small, tmp_path):
    proof = tmp_path / "ran"

    class Mischief:
        def __reduce__(self):
            return os.mkdir, (str(proof),)

    small("cat", npy(np.array([[Mischief()]], object)))
    with pytest.raises(ValueError, match="found object"):
        quickdraw("cat")
    assert not proof.exists()


def test_a_truncated_file_is_refused_before_its_size_is_believed(small, folder):
    small("cat", GOOD[:-1])
    with pytest.raises(ValueError, match="its header announces"):
        quickdraw("cat")
