"""QuickDraw's strokes, on small files in the real format over HTTP."""

import json
import math
import tracemalloc

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dgm_course.data import quickdraw_strokes as module
from dgm_course.data.quickdraw import categories
from dgm_course.data.quickdraw_strokes import (
    LONGEST_LINE,
    file,
    offset_scale,
    parse,
    quickdraw_strokes,
    read_drawings,
)
from dgm_course.data.strokes import to_lines

ONCE = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def line(drawing, word="cat"):
    """As in the published file (README of the data set)."""
    meta = {"countrycode": "AE", "timestamp": "2017-03-01 20:41:36.70725 UTC", "recognized": True}
    return json.dumps({"word": word, **meta, "key_id": "5891796615823360", "drawing": drawing})


def drawing_at(i):
    """A square of side i + 1 and, in every third drawing, a second stroke."""
    a = i + 1
    square = [[[0, a, a, 0, 0], [0, 0, a, a, 0]]]
    return square + [[[0, a, 255], [a, 0, 255]]] * (i % 3 == 0)


def ndjson(n, word="cat"):
    return "".join(line(drawing_at(i), word) + "\n" for i in range(n)).encode()


GOOD = ndjson(45)


@pytest.fixture
def small(server, monkeypatch):
    """Two small categories at the loopback server."""
    monkeypatch.setattr(module, "ADDRESS", server.url(""))
    server.files |= {"simplified/cat.ndjson": GOOD}
    server.files |= {"simplified/hot dog.ndjson": ndjson(23, "hot dog")}


def places(split):
    special = {"test": [0, 20, 40], "validation": [10, 30]}
    return special.get(split) or [i for i in range(45) if i % 10]


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_the_drawings_are_those_of_the_split_up_to_their_position(small, split):
    rows = places(split)
    x, label = quickdraw_strokes("cat", split, n=len(rows))
    assert (x.dtype, x.shape[0], x.shape[2]) == (torch.float32, len(rows), 5)
    assert label.tolist() == [0] * len(rows) and label.dtype == torch.int64
    scale = offset_scale("cat")
    for row, i in zip(x, rows, strict=True):
        lines = to_lines(row, scale)
        points = torch.cat(lines)
        corner = points.amin(0)
        assert torch.allclose(points.amin(0), -points.amax(0), atol=1e-3)  # centred
        for found, (xs, ys) in zip(lines, drawing_at(i), strict=True):
            assert torch.allclose(found - corner, torch.tensor([xs, ys]).float().T, atol=1e-3)


def test_offsets_of_the_training_drawings_have_standard_deviation_one(small):
    x, _ = quickdraw_strokes("cat", "train", n=40)
    assert math.isclose(x[:, 1:, :2][x[:, 1:, 4] == 0].std(correction=0).item(), 1, rel_tol=1e-5)


def test_every_split_has_the_same_scale(small, monkeypatch):
    used = []
    real = module.from_lines
    monkeypatch.setattr(
        module,
        "from_lines",
        lambda lines, scale=1.0: used.append(scale) or real(lines, None, scale),
    )
    for split in ("train", "validation", "test"):
        quickdraw_strokes("cat", split, n=2)
    assert set(used) - {1.0} == {offset_scale("cat")}


def test_the_label_counts_the_categories_given(small):
    x, label = quickdraw_strokes(["hot dog", "cat"], n=3)
    assert label.tolist() == [0, 0, 0, 1, 1, 1] and len(x) == 6


def test_longer_drawings_are_left_out(small):
    x, _ = quickdraw_strokes("cat", "test", n=2, points=5)
    assert [sum(map(len, to_lines(row))) for row in x] == [5, 5]
    with pytest.raises(
        ValueError, match="n: expected 1 to 2, the drawings in cat, test, of at most 5"
    ):
        quickdraw_strokes("cat", "test", n=3, points=5)


def test_bad_arguments_are_refused_before_anything_is_fetched(small, server):
    with pytest.raises(ValueError, match="n: expected n >= 1, got 0"):
        quickdraw_strokes("cat", n=0)
    with pytest.raises(ValueError, match="split: expected one of"):
        quickdraw_strokes("cat", "valid")
    with pytest.raises(ValueError, match=r"category: .*, got 'kat'; near: .*\bcat\b"):
        quickdraw_strokes("kat")
    assert server.requests == []


def test_the_file_is_fetched_once_and_its_checksum_recorded(small, server, folder):
    quickdraw_strokes("hot dog", n=1)
    quickdraw_strokes("hot dog", n=1)
    assert [path for path, _ in server.requests] == ["simplified/hot dog.ndjson"]
    record = folder / "quickdraw" / "simplified" / "hot dog.ndjson.sha256"
    assert len(record.read_text().split()[0]) == 64


def test_a_file_outside_of_the_folder_has_no_name():
    for wrong in ("../cat", "/etc/cat", "cat/../../cat"):
        with pytest.raises(ValueError, match="category: expected one of the 345"):
            file(wrong)


def test_addresses_are_those_of_the_publisher():
    assert file("The Eiffel Tower").urls == (
        "https://storage.googleapis.com/quickdraw_dataset/full/simplified/The%20Eiffel%20Tower.ndjson",
    )
    assert all(" " not in file(name).urls[0] for name in categories())


def read(path, content, split="train"):
    path.write_bytes(content)
    return list(read_drawings(path, "cat", split))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "cat.ndjson"


def test_the_file_may_end_with_or_without_a_line_end(path):
    assert len(read(path, GOOD)) == len(read(path, GOOD[:-1])) == 40


@ONCE
@given(end=st.integers(1, len(GOOD) - 2))
def test_a_truncation_inside_a_line_is_refused(path, end):
    if GOOD[:end].endswith((b"\n", b"}")):
        return
    with pytest.raises(ValueError, match=rf"cat.ndjson, line {GOOD[:end].count(10) + 1}: "):
        read(path, GOOD[:end])


@ONCE
@given(more=st.binary(min_size=1, max_size=50))
def test_any_bytes_after_the_last_line_are_refused(path, more):
    with pytest.raises(ValueError, match=r"cat.ndjson, line \d+: expected"):
        read(path, GOOD + more)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=12,
)
AXIS = st.lists(st.integers(-1, 256), min_size=1, max_size=2)
STROKES = st.lists(st.lists(AXIS, min_size=2, max_size=2), min_size=1, max_size=3)


@ONCE
@given(drawing=JSON | STROKES)
def test_any_drawing_is_read_as_it_is_or_refused(drawing):
    text = line(drawing).encode()
    try:
        lines = parse(text, "cat")
    except ValueError as error:
        assert "expected" in str(error)
    else:
        pairs = [torch.tensor(stroke).float().T for stroke in drawing]
        shift = lines[0] - pairs[0]
        assert all(
            torch.allclose(a - b, shift[0]) for a, b in zip(lines, pairs, strict=True)
        ) and all(0 <= v <= 255 for stroke in drawing for axis in stroke for v in axis)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (line([[[1, 2], [3]]]), "stroke 1: expected as many y as x, found 2 x and 1 y"),
        (line([[[1], [3]], [[], []]]), "stroke 2: expected as many y as x, found 0 x and 0 y"),
        (line([[[1, 2], [3, 4], [0, 9]]]), "stroke 1: expected two lists, x and y"),
        (line([[[1, 2]]]), "stroke 1: expected two lists"),
        (line([[1, 2]]), "stroke 1: expected two lists"),
        (line([{"x": 1}]), "stroke 1: expected two lists"),
        (line([]), "to be a list of strokes, found none"),
        (line(None), "to be a list of strokes, found none"),
        (line("[[[1],[2]]]"), "to be a list of strokes, found none"),
        (line([[[0, 256], [0, 0]]]), "integers from 0 to 255, found others"),
        (line([[[0, -1], [0, 0]]]), "integers from 0 to 255, found others"),
        (line([[[0, 1.5], [0, 0]]]), "integers from 0 to 255, found others"),
        (line([[[0, True], [0, 0]]]), "integers from 0 to 255, found others"),
        (line([[[0, "1"], [0, 0]]]), "integers from 0 to 255, found others"),
        (line([[[0, [1]], [0, 0]]]), "integers from 0 to 255, found others"),
        (line([[[0, 10**400], [0, 0]]]), "integers from 0 to 255, found others"),
        (line([[[0, math.nan], [0, 0]]]), r"found something else \(the number NaN\)"),
        (line([[[0, math.inf], [0, 0]]]), r"found something else \(the number Infinity\)"),
        ('{"word":"cat","drawing":[[[0,' + "9" * 5000 + "],[0,0]]]}", "found something else"),
        ("[" * 200_000, "found something else"),
        ('{"word":"cat","drawing":' + "[" * 200_000, "found something else"),
        (line([[[0], [0]]], word="dog"), 'expected an object with "word": "cat", found \'dog\''),
        ('{"drawing":[[[0],[0]]]}', "found None"),
        ("[1]", "found list"),
        ("", "found something else"),
        ("\n", "found something else"),
        (line([[[0], [0]]]) * 2, "found something else"),
    ],
)
def test_a_wrong_line_is_refused_with_what_is_found(text, found):
    with pytest.raises(ValueError, match=found):
        parse(text.encode(), "cat")


def test_other_encodings_are_refused():
    for encoding in ("utf-16", "utf-32", "utf-8-sig"):
        with pytest.raises(ValueError, match="JSON in UTF-8"):
            parse(line([[[0], [0]]]).encode(encoding), "cat")
    with pytest.raises(ValueError, match="JSON in UTF-8"):
        parse(line([[[0], [0]]]).encode() + b"\xff", "cat")


def test_a_line_without_an_end_is_not_read_to_its_end(path):
    with path.open("wb") as file:
        file.truncate(1 << 30)  # a gigabyte of zeros that takes no room on the disk
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=f"line 1: expected at most {LONGEST_LINE} bytes"):
            list(read_drawings(path, "cat", "train"))
        assert tracemalloc.get_traced_memory()[1] < 10 * LONGEST_LINE
    finally:
        tracemalloc.stop()


def test_a_line_of_the_greatest_length_is_read(path):
    first = GOOD.splitlines()[0]
    assert len(read(path, first.ljust(LONGEST_LINE), "test")) == 1
    with pytest.raises(ValueError, match="expected at most"):
        read(path, first.ljust(LONGEST_LINE + 1), "test")
