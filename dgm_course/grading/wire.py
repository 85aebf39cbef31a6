"""What passes between the grader and the sandbox: frames of one JSON header and some bytes.

Arrays travel as safetensors: names, types, shapes and plain numbers; nothing that is read can run.
"""

import json
import os
import struct
import time
from collections.abc import Mapping

import numpy as np

LARGEST_HEADER = 1 << 20
LARGEST_PAYLOAD = 64 << 20
LONGEST_TABLE = 1 << 16  # bytes that describe the arrays
LARGEST_ARRAY = 16 << 20  # bytes; of anything larger only the shape travels
SIZES = struct.Struct("<IQ")
KINDS = {"f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"}


class WireError(Exception):
    """What came is no frame, or none came in time."""


def frame(header: Mapping, payload: bytes = b"") -> bytes:
    """A frame as bytes."""
    text = json.dumps(header).encode()
    return SIZES.pack(len(text), len(payload)) + text + payload


def send(fd: int, header: Mapping, payload: bytes = b"") -> None:
    """Write a frame whole."""
    left = memoryview(frame(header, payload))
    while left:
        left = left[os.write(fd, left) :]


def receive(fd: int, deadline: float | None = None) -> tuple[dict, bytes]:
    """Read one frame; raises EOFError at the end, WireError when it is none or late."""
    sizes = _exactly(fd, SIZES.size, deadline)
    header, payload = SIZES.unpack(sizes)
    if header > LARGEST_HEADER or payload > LARGEST_PAYLOAD:
        raise WireError(f"a frame of {header} and {payload} bytes")
    return parse(_exactly(fd, header, deadline)), _exactly(fd, payload, deadline)


def unpack(data: bytes) -> tuple[dict, bytes]:
    """A frame from bytes; raises WireError when they are not exactly one."""
    if len(data) < SIZES.size:
        raise WireError("the result is missing")
    header, payload = SIZES.unpack_from(data)
    if header > LARGEST_HEADER or SIZES.size + header + payload != len(data):
        raise WireError("the result is damaged")
    start = SIZES.size + header
    return parse(data[SIZES.size : start]), data[start:]


def parse(text: bytes) -> dict:
    """A JSON object from bytes that anybody may have written; raises WireError."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WireError("a header that is not JSON") from error
    if not isinstance(value, dict):
        raise WireError("a header that is no object")
    return value


def _exactly(fd: int, count: int, deadline: float | None) -> bytes:
    parts = bytearray()
    while len(parts) < count:
        if deadline is not None:
            _wait(fd, deadline)
        part = os.read(fd, min(count - len(parts), 1 << 20))
        if not part:
            raise EOFError
        parts += part
    return bytes(parts)


def _wait(fd: int, deadline: float) -> None:
    import selectors

    with selectors.DefaultSelector() as waiting:
        waiting.register(fd, selectors.EVENT_READ)
        left = deadline - time.monotonic()
        if left <= 0 or not waiting.select(left):
            raise WireError("no answer in time")


def pack_arrays(arrays: Mapping[str, np.ndarray]) -> tuple[bytes, dict[str, list[int]]]:
    """Arrays as safetensors, and the shapes of those that are too large to send."""
    from safetensors.numpy import save

    small = {k: v for k, v in arrays.items() if v.nbytes <= LARGEST_ARRAY}
    shapes = {k: list(v.shape) for k, v in arrays.items() if k not in small}
    return save({name: _plain(value) for name, value in small.items()}), shapes


def _plain(array: np.ndarray) -> np.ndarray:
    """The array in a type that travels, in this machine's byte order, in one piece."""
    kind = array.dtype.str[1:]
    array = array.astype(kind if kind in KINDS else "f8", copy=False)
    return np.ascontiguousarray(array).reshape(array.shape)


def unpack_arrays(payload: bytes, shapes: Mapping[str, list[int]]) -> dict[str, np.ndarray]:
    """The arrays again, zeros of no memory for those that were too large; raises WireError."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    if int.from_bytes(payload[:8], "little") > LONGEST_TABLE:
        raise WireError("more arrays than any exercise has")
    try:
        arrays = load(payload) if payload else {}
        zero = np.zeros((), np.float32)
        large = {k: np.broadcast_to(zero, [int(n) for n in v]) for k, v in shapes.items()}
    except (SafetensorError, ValueError, TypeError, AttributeError, KeyError, OverflowError) as e:
        raise WireError("arrays that cannot be read") from e
    if any(array.dtype.kind not in "fiu" for array in arrays.values()):
        raise WireError("arrays of a type that was not sent")
    return {**arrays, **large}
