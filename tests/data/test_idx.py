"""IDX inside gzip: what is right is read, and everything else is refused with a sentence."""

import gzip
import struct
import tracemalloc
import zlib

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dgm_course.data.idx import gunzip, read_idx

SHAPE = (5, 4, 3)
VALUES = bytes(range(0, 240, 4))


def idx(values=VALUES, shape=SHAPE, kind=8, start=b"\0\0"):
    header = start + bytes([kind, len(shape)]) + struct.pack(f">{len(shape)}I", *shape)
    return header + values


GOOD = idx()
ZIPPED = gzip.compress(GOOD, mtime=0)
ONCE = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "x-idx3-ubyte.gz"


def reading(path, content, shape=SHAPE):
    path.write_bytes(content)
    return read_idx(path, shape)


def test_values_are_read_in_row_major_order(path):
    x = reading(path, ZIPPED)
    assert (x.dtype, tuple(x.shape)) == (torch.uint8, SHAPE)
    assert x.flatten().tolist() == list(VALUES) and x[1, 2, 0] == VALUES[12 + 6]


def test_labels_have_one_dimension(path):
    zipped = gzip.compress(idx(b"\7\0\2", (3,)))
    assert reading(path, zipped, (3,)).tolist() == [7, 0, 2]


def test_what_is_read_can_be_written_to(path):
    x = reading(path, ZIPPED)
    x[0] = 9
    assert reading(path, ZIPPED)[0].flatten().tolist() == list(VALUES[:12])


@ONCE
@given(end=st.integers(0, len(ZIPPED) - 1))
def test_any_truncation_is_refused(path, end):
    with pytest.raises(ValueError, match=r"x-idx3-ubyte\.gz: cut off: gzip data ends"):
        reading(path, ZIPPED[:end])


@ONCE
@given(more=st.binary(min_size=1, max_size=300))
def test_any_bytes_after_the_end_of_the_file_are_refused(path, more):
    with pytest.raises(ValueError, match="expected one gzip member, found bytes after it"):
        reading(path, ZIPPED + more)


@ONCE
@given(end=st.integers(0, len(GOOD) - 1))
def test_any_truncation_inside_gzip_is_refused(path, end):
    with pytest.raises(ValueError, match=r"cut off|found \d+$|found \d\d( \d\d)*$|found nothing"):
        reading(path, gzip.compress(GOOD[:end]))


@ONCE
@given(more=st.binary(min_size=1, max_size=300))
def test_any_bytes_after_the_end_inside_gzip_are_refused(path, more):
    with pytest.raises(ValueError, match="expected 60 bytes of values, found more"):
        reading(path, gzip.compress(GOOD + more))


@ONCE
@given(at=st.integers(0, len(ZIPPED) - 1), bit=st.integers(0, 7))
def test_no_flipped_bit_gives_other_values(path, at, bit):
    changed = bytearray(ZIPPED)
    changed[at] ^= 1 << bit
    try:
        x = reading(path, bytes(changed))
    except ValueError as error:
        assert str(error).startswith("x-idx3-ubyte.gz: ")
    else:  # some bits mean nothing: the time in gzip's header, the last bits of the last block
        assert x.flatten().tolist() == list(VALUES)


@ONCE
@given(content=st.binary(max_size=400), zipped=st.booleans())
def test_anything_else_is_refused_with_a_sentence(path, content, zipped):
    with pytest.raises(ValueError, match=r"^x-idx3-ubyte\.gz: "):
        reading(path, gzip.compress(content) if zipped else content)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (idx(start=b"\0\1"), "expected IDX, which begins with 00 00; found 00 01 08 03"),
        (idx(start=b"\1\0"), "expected IDX, which begins with 00 00; found 01 00 08 03"),
        (b"\0\0", "expected IDX, which begins with 00 00; found 00 00"),
        (b"", "expected IDX, which begins with 00 00; found nothing"),
        (idx(kind=13), "expected values of type uint8, found float32"),
        (idx(kind=9), "expected values of type uint8, found int8"),
        (idx(kind=7), "expected values of type uint8, found the unknown type 7"),
        (idx(shape=(60,)), "expected 3 dimensions, found 1"),
        (idx(shape=(5, 4, 3, 1)), "expected 3 dimensions, found 4"),
        (idx()[:9], "cut off in its header, after 9 bytes"),
        (idx(shape=(4, 5, 3)), "expected 5 x 4 x 3 values, found 4 x 5 x 3"),
        (idx(shape=(6, 4, 3)), "expected 5 x 4 x 3 values, found 6 x 4 x 3"),
        (idx(shape=(2**32 - 1, 4, 3)), "expected 5 x 4 x 3 values, found 4294967295 x 4 x 3"),
        (idx(VALUES[:-1]), "expected 60 bytes of values, found 59"),
        (idx(VALUES + b"\0"), "expected 60 bytes of values, found more"),
    ],
)
def test_a_wrong_file_is_refused_with_what_is_found_and_what_is_expected(path, content, message):
    with pytest.raises(ValueError) as caught:
        reading(path, gzip.compress(content))
    assert str(caught.value) == f"{path.name}: {message}"


def test_several_members_are_refused_whether_the_second_has_bytes_or_not(path):
    for second in (gzip.compress(b""), gzip.compress(b"x")):
        with pytest.raises(ValueError, match="one gzip member"):
            reading(path, ZIPPED + second)
    halves = gzip.compress(GOOD[:30]) + gzip.compress(GOOD[30:])
    with pytest.raises(ValueError, match="one gzip member"):
        reading(path, halves)


def test_a_member_that_ends_where_a_block_was_read_is_followed_by_nothing(path, monkeypatch):
    monkeypatch.setattr("dgm_course.data.idx.CHUNK", len(ZIPPED))
    assert reading(path, ZIPPED).sum() == sum(VALUES)
    with pytest.raises(ValueError, match="one gzip member"):
        reading(path, ZIPPED + b"\0")


@pytest.mark.parametrize("content", [GOOD, b"PK\3\4 a zip file", zlib.compress(GOOD)])
def test_what_is_no_gzip_file_is_refused(path, content):
    with pytest.raises(ValueError, match="damaged, or no gzip file"):
        reading(path, content)


def test_a_decompression_bomb_is_stopped_one_byte_after_the_size_expected(path):
    bomb = gzip.compress(GOOD + bytes(200_000_000), 1)
    assert len(bomb) < 1_000_000
    path.write_bytes(bomb)
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="found more"):
            read_idx(path, SHAPE)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_no_more_than_one_byte_too_many_is_decompressed(path):
    path.write_bytes(ZIPPED)
    assert len(gunzip(path, len(GOOD))) == len(GOOD)
    assert len(gunzip(path, len(GOOD) - 1)) == len(GOOD)
    assert len(gunzip(path, 20)) == 21 and len(gunzip(path, 0)) == 1
