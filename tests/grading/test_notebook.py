"""Files that are called notebooks: cells where there are any, a sentence where there are none."""

import json

import pytest

from dgm_course.grading.notebook import UnreadableError, read_cells


def notebook(*cells, **extra) -> bytes:
    return json.dumps({"cells": list(cells), "nbformat": 4, **extra}).encode()


def cell(source, kind="code"):
    return {"cell_type": kind, "source": source, "metadata": {}}


def sources(data: bytes) -> list[str]:
    return read_cells(data)[0]


def test_code_cells_in_order_and_nothing_else():
    data = notebook(cell("a = 1"), cell("text", "markdown"), cell(["b = 2\n", "c = 3"]))
    assert read_cells(data) == (["a = 1", "b = 2\nc = 3"], [])


def test_cells_that_are_odd_do_not_disturb_the_others():
    odd = [None, 7, "x = 1", {}, {"cell_type": "code"}, cell(None), cell([1, "y = 2", None])]
    assert sources(notebook(*odd, cell("z = 3"))) == ["", "", "y = 2", "z = 3"]


def test_a_notebook_of_version_3_has_its_cells_in_worksheets():
    old = {"worksheets": [{"cells": [{"cell_type": "code", "input": ["a = 1"]}]}, {"cells": 5}, 3]}
    assert sources(json.dumps(old).encode()) == ["a = 1"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_usual_encodings_are_read(encoding):
    text = notebook(cell("é = 'ü'")).decode()
    assert sources(json.dumps(json.loads(text), ensure_ascii=False).encode(encoding)) == ["é = 'ü'"]


def test_another_encoding_is_read_and_noted():
    data = json.dumps({"cells": [cell("a = 'é'")]}, ensure_ascii=False).encode("cp1252")
    cells, notes = read_cells(data)
    assert cells == ["a = 'é'"] and "not UTF-8" in notes[0]


def test_a_lone_surrogate_does_not_travel_on():
    (source,) = sources(b'{"cells": [{"cell_type": "code", "source": "a = \'\\ud800\'"}]}')
    source.encode()


def test_a_gigantic_cell_is_left_out_and_noted():
    cells, notes = read_cells(notebook(cell("a = 1"), cell("#" * (1 << 21))))
    assert cells == ["a = 1", ""] and "million" in notes[0]


BAD = {
    "0 bytes": (b"", "empty"),
    "blanks": (b" \n\0\0", "empty"),
    "no JSON": (b"hello", "damaged or cut off"),
    "cut off": (notebook(cell("a = 1"))[:-9], "line 1"),
    "a merge conflict": (b'{"cells": [\n<<<<<<< HEAD\n', "merge conflict"),
    "a list": (b"[1, 2]", "no list of cells"),
    "no cells": (b'{"nbformat": 4}', "no list of cells"),
    "cells that are no list": (b'{"cells": {"a": 1}}', "no list of cells"),
    "an empty list": (b'{"cells": []}', "no code"),
    "text only": (notebook(cell("# hello", "markdown")), "no code"),
    "blank cells": (notebook(cell(" \n")), "no code"),
    "depth": (b'{"cells": ' + b"[" * 200_000, "nested too deeply"),
    "a huge number": (b'{"cells": ' + b"9" * 10_000 + b"}", "no list of cells"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(200), "damaged"),
}


@pytest.mark.parametrize(("data", "says"), BAD.values(), ids=BAD)
def test_what_is_no_notebook_gets_a_sentence(data, says):
    with pytest.raises(UnreadableError, match=says) as caught:
        read_cells(data)
    assert str(caught.value).endswith(".") and "\n" not in str(caught.value)
