"""Answers that write results themselves: forged, damaged, enormous, or somewhere else."""

import pytest

from tests.grading.attacks import Attack, check, table

pytestmark = pytest.mark.sandbox
FORGE = """
import json, os, struct
def forged(header, payload=b"", sizes=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<IQ", *(sizes or (len(text), len(payload)))) + text + payload
def tensors(kind, shape, offsets, data=b"\\0" * 64, length=None):
    names = {name: {"dtype": kind, "shape": shape, "data_offsets": offsets} for name in NAMES}
    text = json.dumps(names).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data
NAMES = ["random", "p", "zero", "uniform", "table", "kl", "same", "disjoint", "total_variation"]
data = bytes(CONTENT)
while data:
    data = data[os.write(3, data):]
os._exit(0)
"""
BAD = "cannot be read"
CONTENTS = {
    "full marks in words": ('forged({"points": 99, "state": "right", "ended": ""})', "no output"),
    "a header of a gigabyte": ("forged({}, sizes=(1 << 30, 0))", BAD),
    "a payload of an exabyte": ("forged({}, sizes=(2, 1 << 60))", BAD),
    "a header that ends early": ("forged({}, sizes=(1, 0))", BAD),
    "JSON nested a hundred thousand deep": ('forged(b"[" * 100000)', BAD),
    "a JSON list": ('forged(b"[1]")', BAD),
    "an integer of five thousand digits": ("forged(b'{\"a\": ' + b'9' * 5000 + b'}')", BAD),
    "text that is no UTF-8": ('forged(b"\\xff\\xfe{}")', BAD),
    "two frames": ("forged({}) + forged({})", BAD),
    "a frame cut off": ("forged({'a': 1})[:-1]", BAD),
    "a pickle": ('forged({}, __import__("pickle").dumps(os.system))', BAD),
    "a zip bomb": ('forged({}, __import__("zlib").compress(bytes(10**8)))', BAD),
    "shapes that are no numbers": ('forged({"shapes": {n: [float("nan")] for n in NAMES}})', BAD),
    "infinite shapes": ('forged({"shapes": {n: [float("inf")] for n in NAMES}})', BAD),
    "negative shapes": ('forged({"shapes": {n: [-3] for n in NAMES}})', BAD),
    "shapes beyond all memory": ('forged({"shapes": {n: [2**40] * 3 for n in NAMES}})', BAD),
    "shapes of a billion": ('forged({"shapes": {n: [10**9] for n in NAMES}})', "expected shape"),
    "shapes of a hundred axes": ('forged({"shapes": {n: [1] * 100 for n in NAMES}})', BAD),
    "tensors that start before the data": ('forged({}, tensors("F32", [2], [-8, 0]))', BAD),
    "tensors beyond the data": ('forged({}, tensors("F32", [99], [0, 396]))', BAD),
    "tensors that overlap": ('forged({}, tensors("F32", [2], [0, 8]))', BAD),
    "tensors of a type unknown": ('forged({}, tensors("X99", [2], [0, 8]))', BAD),
    "tensors of yes and no": ('forged({}, tensors("BOOL", [64], [0, 64]))', BAD),
    "tensors of sixteen brain bits": ('forged({}, tensors("BF16", [32], [0, 64]))', BAD),
    "tensors of eight bits": ('forged({}, tensors("F8_E4M3", [64], [0, 64]))', BAD),
    "a tensor header of an exabyte": ('forged({}, tensors("F32", [2], [0, 8], b"", 1 << 60))', BAD),
    "missing that is no list": ('forged({"missing": 5})', "no what is asked|defines"),
    "missing that is a list of lists": ('forged({"missing": [[1]], "notes": 7})', "defines"),
    "problems of no state": ('forged({"problems": {n: [[], {}] for n in NAMES}})', "no output"),
    "problems that are right": (
        'forged({"problems": {n: ["right", ""] for n in NAMES}})',
        "no out",
    ),
    "no words": ('forged({"problems": {n: ["exception", ""] for n in NAMES}})', "without a word"),
    "a million words": (
        'forged({"problems": {n: ["exception", "x" * 10**5] for n in NAMES}})',
        "^x+",
    ),
    "words that steer a terminal": (
        r'forged({"problems": {n: ["exception", "\x1b[2J\u202ered\x00<b>"] for n in NAMES}})',
        "red",
    ),
    "lone surrogates": (
        r'forged({"problems": {n: ["exception", "half \ud800 \udfff"] for n in NAMES}})',
        "half",
    ),
    "failures of every kind": ('forged({"failed": [{"a": [1] * 10**4}], "more": "yes"})', "broke"),
    "modified inputs without end": ('forged({"modified": ["x" * 99] * 9999})', "no output"),
    "notes without end": ('forged({"notes": [["<script>"]] * 10**5})', "no output|cannot be read"),
}
FORGED = tuple(
    Attack(name, FORGE.replace("CONTENT", content), says)
    for name, (content, says) in CONTENTS.items()
)
ATTACKS = FORGED + table(r"""
    # the way of results closed => ended Python|exit status
    import os
    os.close(3)
    return first
    # every way closed => ended Python|exit status
    import os
    os.closerange(0, 256)
    return first
    # results sent where prints go => ended Python|cannot be read
    import os
    os.dup2(1, 3)
    return first
    # prints sent where results go => cannot be read
    import os, torch
    os.dup2(3, 1)
    os.write(1, b"hello\n")
    return torch.zeros(())
    # a look for other ways => still here \[\]
    import os
    found = []
    for fd in range(4, 1024):
        try:
            found.append(os.write(fd, b"forged"))
        except OSError:
            pass
    raise RuntimeError(f"still here {found}")
    # the ways of the first process => Permission denied
    import os
    os.listdir("/proc/1/fd")
    # writing through the first process => Permission denied
    open("/proc/1/fd/1", "wb").write(b"forged")
    # the memory of the first process => Permission denied
    open("/proc/1/mem", "r+b").write(b"forged")
    # memory read across processes => read -1
    import ctypes
    room = ctypes.create_string_buffer(8)
    part = (ctypes.c_size_t * 2)(ctypes.addressof(room), 8)
    raise RuntimeError(f"read {ctypes.CDLL(None).process_vm_readv(1, part, 1, part, 1, 0)}")
    # the file handle of another process => pidfd -1
    import ctypes, os
    found = ctypes.CDLL(None).syscall(438, os.pidfd_open(1), 5, 0)
    raise RuntimeError(f"pidfd {found}")
""")


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_nothing_is_gained_lost_or_left_by(attack):
    check(attack, ATTACKS)
