"""Frames and arrays: what was sent arrives, and nothing else is taken for it."""

import json
import os
import threading

import numpy as np
import pytest

from dgm_course.grading import wire

ARRAYS = {
    "floats": np.linspace(0, 1, 6).reshape(2, 3),
    "float32": np.float32([1.5, np.nan, -np.inf]),
    "half": np.float16([0.1]),
    "whole": np.arange(4, dtype=np.int64),
    "bytes": np.uint8([0, 255]),
    "number": np.array(2.5),
    "none": np.zeros((0, 3)),
    "turned": np.arange(6.0).reshape(2, 3).T,
    "backward": np.arange(5.0)[::-1],
    "foreign": np.arange(3, dtype=">f8"),
}


def over(arrays):
    payload, shapes = wire.pack_arrays(arrays)
    return wire.unpack_arrays(payload, shapes)


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_arrive_as_they_were_sent(name):
    sent, came = ARRAYS[name], over({name: ARRAYS[name]})[name]
    assert came.shape == sent.shape
    np.testing.assert_array_equal(came, sent)
    assert came.dtype == sent.dtype.newbyteorder("=")


def test_a_type_that_cannot_travel_comes_as_double():
    came = over({"long": np.longdouble([1, 2])})["long"]
    assert came.dtype == np.float64 and list(came) == [1, 2]


def test_of_a_huge_array_only_the_shape_travels():
    huge = np.broadcast_to(np.float32(1), (1 << 20, 1 << 20))
    payload, shapes = wire.pack_arrays({"huge": huge})
    assert len(payload) < 100
    came = wire.unpack_arrays(payload, shapes)["huge"]
    assert came.shape == huge.shape and came.strides == (0, 0)


@pytest.mark.parametrize(
    "shapes",
    [{"x": [-1]}, {"x": [2**70]}, {"x": "ab"}, {"x": None}, {"x": [1.5, "a"]}, {"x": [1] * 99}],
    ids=str,
)
def test_shapes_that_are_none_are_refused(shapes):
    with pytest.raises(wire.WireError):
        wire.unpack_arrays(b"", shapes)


def safetensors(header: dict, data: bytes = b"") -> bytes:
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


LIES = {
    "no safetensors": b"PK\x03\x04 pickles",
    "a header that never ends": (2**60).to_bytes(8, "little") + b"{}",
    "more data than there is": safetensors(
        {"x": {"dtype": "F64", "shape": [9], "data_offsets": [0, 72]}}, b"12345678"
    ),
    "a shape that does not fit": safetensors(
        {"x": {"dtype": "F64", "shape": [3], "data_offsets": [0, 8]}}, b"12345678"
    ),
    "shapes that overflow": safetensors(
        {"x": {"dtype": "F64", "shape": [2**40, 2**40], "data_offsets": [0, 8]}}, b"12345678"
    ),
    "truth values": safetensors(
        {"x": {"dtype": "BOOL", "shape": [1], "data_offsets": [0, 1]}}, b"\x07"
    ),
    "a million arrays": safetensors(
        {f"x{i}": {"dtype": "F64", "shape": [0], "data_offsets": [0, 0]} for i in range(10_000)}
    ),
    "an unknown type": safetensors(
        {"x": {"dtype": "F8_E4M3", "shape": [1], "data_offsets": [0, 1]}}, b"\x07"
    ),
}


@pytest.mark.parametrize("payload", LIES.values(), ids=LIES)
def test_arrays_that_lie_are_refused(payload):
    with pytest.raises(wire.WireError):
        wire.unpack_arrays(payload, {})


def test_a_frame_is_unpacked_whole_or_refused():
    data = wire.frame({"a": 1}, b"rest")
    assert wire.unpack(data) == ({"a": 1}, b"rest")
    for damaged in (b"", data[:5], data[:-1], data + b"x", b"\xff" * 40):
        with pytest.raises(wire.WireError):
            wire.unpack(damaged)


@pytest.mark.parametrize(
    "header", [b"[1]", b"{", b"\xff\xfe", b"[" * 100_000, b'{"a": ' + b"9" * 5000 + b"}"]
)
def test_a_header_that_is_no_object_is_refused(header):
    with pytest.raises(wire.WireError):
        wire.parse(header)


def test_frames_pass_through_a_pipe_one_after_another():
    source, sink = os.pipe()
    large = bytes(300_000)
    frames = [({"n": 0}, b""), ({"n": 1}, large), ({"n": 2}, b"end")]
    writer = threading.Thread(target=lambda: [wire.send(sink, *f) for f in frames])
    writer.start()
    assert [wire.receive(source) for _ in frames] == frames
    writer.join()
    os.close(sink)
    with pytest.raises(EOFError):
        wire.receive(source)
    os.close(source)


def test_a_frame_larger_than_allowed_is_not_even_read():
    source, sink = os.pipe()
    os.write(sink, wire.SIZES.pack(10, wire.LARGEST_PAYLOAD + 1))
    with pytest.raises(wire.WireError):
        wire.receive(source)
    os.close(source)
    os.close(sink)


def test_waiting_ends_at_the_deadline():
    source, sink = os.pipe()
    os.write(sink, b"\x01")
    with pytest.raises(wire.WireError, match="time"):
        wire.receive(source, deadline=0.0)
    os.close(source)
    os.close(sink)
