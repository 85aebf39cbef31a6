"""IDX, the format of MNIST's files: two zero bytes, a type, the number of dimensions, their sizes
as big-endian integers of four bytes, and the values, all inside gzip (LeCun, Cortes and Burges, The
MNIST database, "file formats for the MNIST database"; gzip: RFC 1952).

Strict   The reader says what it expects, down to the number of images, and refuses everything else:
         a file that is cut off, of another type or size, with bytes after its end, inside gzip
         (several members are such bytes) or after it.
Bounded  Decompression stops one byte after the size that is expected, so a small file that
         decompresses to a huge one costs nothing.
"""

from __future__ import annotations

import math
import zlib
from pathlib import Path

import torch
from torch import Tensor

TYPES = {8: "uint8", 9: "int8", 11: "int16", 12: "int32", 13: "float32", 14: "float64"}
UINT8 = 8
CHUNK = 1 << 16


def read_idx(path: Path, shape: tuple[int, ...]) -> Tensor:
    """The bytes in a gzipped IDX file, uint8, of exactly `shape`.

    Raises ValueError, with what is found and what is expected, for any other file.
    """
    header = 4 + 4 * len(shape)
    data = gunzip(path, header + math.prod(shape))
    _require_header(path.name, data[:header], shape)
    found, want = len(data) - header, math.prod(shape)
    if found > want:
        raise ValueError(f"{path.name}: expected {want} bytes of values, found more")
    if found < want:
        raise ValueError(f"{path.name}: expected {want} bytes of values, found {found}")
    return torch.frombuffer(data, dtype=torch.uint8, offset=header).reshape(shape)


def gunzip(path: Path, most: int) -> bytearray:
    """What a gzip file holds; if that is more than `most` bytes, only the first most + 1.

    Raises ValueError if it is cut off, damaged, or goes on after its one member.
    """
    data, member = bytearray(), zlib.decompressobj(wbits=31)  # 31: gzip with header and checksum
    with path.open("rb") as file:
        try:
            while not member.eof and len(data) <= most:
                chunk = member.unconsumed_tail or file.read(CHUNK)
                if not chunk:
                    raise ValueError(f"{path.name}: cut off: gzip data ends before its end mark")
                data += member.decompress(chunk, most + 1 - len(data))
        except zlib.error as error:
            raise ValueError(f"{path.name}: damaged, or no gzip file ({error})") from None
        if member.eof and (member.unused_data or file.read(1)):
            raise ValueError(f"{path.name}: expected one gzip member, found bytes after it")
    return data


def _require_header(name: str, header: bytes, shape: tuple[int, ...]) -> None:
    if len(header) < 4 or header[:2] != b"\0\0":
        start = header[:4].hex(" ") or "nothing"
        raise ValueError(f"{name}: expected IDX, which begins with 00 00; found {start}")
    if header[2] != UINT8:
        kind = TYPES.get(header[2], f"the unknown type {header[2]}")
        raise ValueError(f"{name}: expected values of type uint8, found {kind}")
    if header[3] != len(shape):
        raise ValueError(f"{name}: expected {len(shape)} dimensions, found {header[3]}")
    if len(header) < 4 + 4 * len(shape):
        raise ValueError(f"{name}: cut off in its header, after {len(header)} bytes")
    sizes = (header[i : i + 4] for i in range(4, len(header), 4))
    found = tuple(int.from_bytes(size, "big") for size in sizes)
    if found != shape:
        raise ValueError(f"{name}: expected {_times(shape)} values, found {_times(found)}")


def _times(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))
