"""Ways to damage a notebook at random: its bytes, its JSON, its cells, the code in them.

Every one is `damage(rng, notebook) -> notebook` on bytes, JSON or a list of cells, and is
determined by the generator: the same seed gives the same notebook on every machine.
"""

import json
import random
import re
from collections.abc import Callable

NAME = re.compile(r"[^\W\d]\w*")
NUMBER = re.compile(r"\d+\.?\d*")
WORDS = {"def", "return", "for", "in", "import", "from", "raise", "with", "as", "if", "else"}
STRAY = "()[]{}'\"\\:;,.=+-*/@#%!?\n\t 0x\0é∞\u202e\ud800"
VALUES = (None, True, 0, -1, 2.5, 1e308, 10**400, "", "x", "\ud800", [], {}, [[]], {"a": [None]})


# bytes
def flip_bits(rng: random.Random, data: bytes) -> bytes:
    damaged = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
    return bytes(damaged)


def cut_off(rng: random.Random, data: bytes) -> bytes:
    return data[: rng.randrange(len(data))]


def insert_bytes(rng: random.Random, data: bytes) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + rng.randbytes(rng.randint(1, 20)) + data[at:]


def _chunk(rng: random.Random, data: bytes) -> tuple[int, int]:
    start = rng.randrange(len(data))
    return start, min(len(data), start + rng.choice([1, 5, 50, 500, 5000]))


def drop_chunk(rng: random.Random, data: bytes) -> bytes:
    start, end = _chunk(rng, data)
    return data[:start] + data[end:]


def repeat_chunk(rng: random.Random, data: bytes) -> bytes:
    start, end = _chunk(rng, data)
    return data[:end] + data[start:end] + data[end:]


def swap_chunks(rng: random.Random, data: bytes) -> bytes:
    a, b, c, d = sorted(rng.randrange(len(data)) for _ in range(4))
    return data[:a] + data[c:d] + data[b:c] + data[a:b] + data[d:]


# JSON
def _places(value: object) -> list[tuple[object, object]]:
    """Every (object or list, key) in a tree."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    found = [(value, key) for key, _ in items]
    for holder, key in list(found):
        if isinstance(holder[key], dict | list):
            found += _places(holder[key])
    return found


def _place(rng: random.Random, notebook: dict) -> tuple:
    """A place in the tree; half of the time not deep in it, where most places are."""
    places = _places(notebook)
    high = [(h, k) for h, k in places if h is notebook or (isinstance(h, dict) and "source" in h)]
    return rng.choice(high if high and rng.random() < 0.5 else places)


def replace_value(rng: random.Random, notebook: dict) -> None:
    holder, key = _place(rng, notebook)
    holder[key] = rng.choice(VALUES)


def delete_key(rng: random.Random, notebook: dict) -> None:
    holder, key = _place(rng, notebook)
    del holder[key]


def rename_key(rng: random.Random, notebook: dict) -> None:
    holder, key = _place(rng, notebook)
    if isinstance(holder, dict):
        name = rng.choice(["", "input", "cells", "source", "worksheets", key.upper()])
        holder[name] = holder.pop(key)


def nest_value(rng: random.Random, notebook: dict) -> None:
    holder, key = _place(rng, notebook)
    for _ in range(rng.choice([1, 2, 90])):
        holder[key] = rng.choice([[holder[key]], {"source": holder[key]}])


# cells
def drop_cells(rng: random.Random, cells: list) -> None:
    for _ in range(rng.randint(1, 4)):
        cells.pop(rng.randrange(len(cells)))


def repeat_cell(rng: random.Random, cells: list) -> None:
    cells.insert(rng.randrange(len(cells)), dict(rng.choice(cells)))


def move_cell(rng: random.Random, cells: list) -> None:
    cells.insert(rng.randrange(len(cells)), cells.pop(rng.randrange(len(cells))))


def shuffle_cells(rng: random.Random, cells: list) -> None:
    rng.shuffle(cells)


def change_type(rng: random.Random, cells: list) -> None:
    rng.choice(cells)["cell_type"] = rng.choice(["markdown", "code", "raw", "heading", ""])


def join_cells(rng: random.Random, cells: list) -> None:
    first = rng.randrange(len(cells) - 1)
    cells[first]["source"] = text(cells[first]) + text(cells.pop(first + 1))


def split_cell(rng: random.Random, cells: list) -> None:
    at = rng.randrange(len(cells))
    lines = text(cells[at]).splitlines(keepends=True)
    cut = rng.randint(0, len(lines))
    rest = {**cells[at], "source": lines[cut:]}
    cells[at : at + 1] = [{**cells[at], "source": lines[:cut]}, rest]


# code
def drop_characters(rng: random.Random, code: str, _) -> str:
    start = rng.randrange(len(code))
    return code[:start] + code[start + rng.randint(1, 5) :]


def stray_character(rng: random.Random, code: str, _) -> str:
    at = rng.randrange(len(code))
    return code[:at] + rng.choice(STRAY) + code[at:]


def drop_line(rng: random.Random, code: str, _) -> str:
    lines = code.splitlines(keepends=True)
    lines.pop(rng.randrange(len(lines)))
    return "".join(lines)


def move_line(rng: random.Random, code: str, _) -> str:
    lines = code.splitlines(keepends=True)
    lines.insert(rng.randrange(len(lines)), lines.pop(rng.randrange(len(lines))))
    return "".join(lines)


def indent_line(rng: random.Random, code: str, _) -> str:
    lines = code.splitlines(keepends=True)
    at = rng.randrange(len(lines))
    lines[at] = rng.choice([lines[at].lstrip(" "), "    " + lines[at]])
    return "".join(lines)


def exchange_names(rng: random.Random, code: str, names: list[str]) -> str:
    """One name for another of the notebook's, once or everywhere in the cell."""
    found = [m for m in NAME.finditer(code) if m.group() not in WORDS]
    if not found:
        return code
    old, new = rng.choice(found), rng.choice(names)
    if rng.random() < 0.5:
        return code[: old.start()] + new + code[old.end() :]
    return re.sub(rf"\b{old.group()}\b", new, code)


def change_number(rng: random.Random, code: str, _) -> str:
    found = list(NUMBER.finditer(code))
    if not found:
        return code
    old = rng.choice(found)
    new = rng.choice(["0", "1", "-1", "2", "0.5", "1e9", "1e400", "10**10", "7"])
    return code[: old.start()] + new + code[old.end() :]


BYTES = (flip_bits, cut_off, insert_bytes, drop_chunk, repeat_chunk, swap_chunks)
TREE = (replace_value, delete_key, rename_key, nest_value)
CELLS = (drop_cells, repeat_cell, move_cell, shuffle_cells, change_type, join_cells, split_cell)
CODE = (
    drop_characters,
    stray_character,
    drop_line,
    move_line,
    indent_line,
    exchange_names,
    change_number,
)
EVERY: tuple[Callable, ...] = (*BYTES, *TREE, *CELLS, *CODE)


def text(cell: dict) -> str:
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)


def _damage_code(rng: random.Random, damage: Callable, cells: list) -> None:
    """Mostly in an answer: those are the cells that a student wrote in."""
    codes = [cell for cell in cells if cell["cell_type"] == "code" and text(cell)]
    names = sorted({m for cell in codes for m in NAME.findall(text(cell))} - WORDS)
    answers = [cell for cell in codes if text(cell).startswith("def ")]
    cell = rng.choice(answers if answers and rng.random() < 0.8 else codes)
    cell["source"] = damage(rng, text(cell), names)


def ways(seed: int) -> list[Callable]:
    """One to three ways of a kind to damage a notebook."""
    rng = random.Random(seed)
    kind = rng.choice([BYTES, TREE, CELLS, CODE, CODE])
    return [rng.choice(kind) for _ in range(rng.choice([1, 1, 2, 3]))]


def damaged(seed: int, good: bytes) -> tuple[str, bytes]:
    """The good notebook damaged: (in which ways, its bytes)."""
    rng = random.Random(f"damage {seed}")
    for way in ways(seed):
        if way in BYTES:
            good = way(rng, good) if good else good
        else:
            good = _damage_notebook(rng, way, good)
    return f"{seed}: " + ", ".join(way.__name__ for way in ways(seed)), good


def _damage_notebook(rng: random.Random, way: Callable, good: bytes) -> bytes:
    notebook = json.loads(good)
    if way in TREE:
        if notebook:
            way(rng, notebook)
    elif way in CELLS:
        way(rng, notebook["cells"])
    else:
        _damage_code(rng, way, notebook["cells"])
    return json.dumps(notebook).encode()
