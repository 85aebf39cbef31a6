"""Files that are hardly notebooks, and notebooks that are hardly the lab."""

import json

import pytest

from tests.grading.attacks import files, survivors
from tests.grading.classroom import FULL, answered, blank, code, filled, grade, said

pytestmark = pytest.mark.sandbox
TEXT = filled("01").decode()


def handed(notebook: dict) -> bytes:
    return json.dumps(notebook).encode()


def changed(**parts) -> bytes:
    return handed(answered("01") | parts)


def cells(change) -> bytes:
    notebook = answered("01")
    notebook["cells"] = change(notebook["cells"])
    return handed(notebook)


def _with(entry: str) -> bytes:
    return ("{" + entry + "," + TEXT[1:]).encode()


def _text(notebook: dict) -> str:
    return json.dumps(notebook, ensure_ascii=False)


def _version_3() -> bytes:
    inside = [{**c, "input": c.pop("source")} for c in answered("01")["cells"]]
    return handed({"nbformat": 3, "nbformat_minor": 0, "worksheets": [{"cells": inside}]})


def _garbage(cell: dict) -> dict:
    odd = {"grade_id": ["x"], "points": -99, "nbgrader": {"grade": 10**30, "locked": None}}
    return {**cell, "metadata": odd, "id": 5, "execution_count": "many", "outputs": {"a": [None]}}


WHOLE = {
    "version 3": _version_3(),
    "no format": changed(nbformat=None, nbformat_minor="x"),
    "a format to come": changed(nbformat=99),
    "another kernel": changed(metadata={"kernelspec": {"name": "ir", "language": "R"}}),
    "metadata of rubbish": changed(metadata=[1, {"a": None}, "x" * 10**5]),
    "cells with metadata of rubbish": cells(lambda found: [_garbage(c) for c in found]),
    "no identifiers": cells(lambda found: [{k: c[k] for k in c if k != "id"} for c in found]),
    "every cell twice": cells(lambda found: [*found, *found]),
    "cells that are no cells": cells(lambda found: [None, 5, [], {}, "x", {"source": 5}, *found]),
    "sources that are no text": cells(
        lambda found: [*found, *({"cell_type": "code", "source": s} for s in (5, None, [1, None]))]
    ),
    "the order turned round": cells(lambda found: found[::-1]),
    "sources as lines": cells(
        lambda found: [{**c, "source": "".join(c["source"]).splitlines(True)} for c in found]
    ),
    "twenty thousand cells": cells(lambda found: [*found, *[code("")] * 20_000]),
    "a byte order mark": b"\xef\xbb\xbf" + TEXT.encode(),
    "UTF-16": TEXT.encode("utf-16"),
    "Windows-1252": _text(answered("01", before="x = 'é'")).encode("cp1252", "replace"),
    "line ends of Windows": TEXT.replace("\\n", "\\r\\n").encode(),
    "NaN and Infinity": _with('"a": NaN, "b": -Infinity'),
    "an integer of ten thousand digits": _with(f'"a": {"9" * 10_000}'),
    "a name twice": _with('"cells": []'),
    "lone surrogates": cells(lambda found: [*found, code("x = '\ud800\udfff'")]),
    "metadata nested two hundred deep": changed(metadata=json.loads("[" * 200 + "]" * 200)),
    "outputs of ten megabytes": cells(
        lambda found: [*found, {**code("1"), "outputs": [{"text": "x" * 10**7}]}]
    ),
}
BROKEN = {
    "0 bytes": (b"", "empty"),
    "blank bytes": (b"\0" * 1000, "empty"),
    "a word": (b"right", "not a valid notebook"),
    "half a file": (TEXT[: len(TEXT) // 2].encode(), "damaged or cut off"),
    "merge markers": (("<<<<<<< HEAD\n" + TEXT).encode(), "merge conflict"),
    "a list": (b"[1, 2]", "no list of cells"),
    "cells that are no list": (b'{"cells": {"a": 1}}', "no list of cells"),
    "no code": (b'{"cells": [{"cell_type": "markdown", "source": "x"}]}', "no code"),
    "nested a hundred thousand deep": (b"[" * 100_000, "nested too deeply"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "not a valid notebook"),
    "a zip": (b"PK\x03\x04" + bytes(range(256)), "not a valid notebook"),
    "HTML": (b"<html><script>alert(1)</script>", "not a valid notebook"),
}


@pytest.mark.parametrize("name", WHOLE)
def test_every_point_is_kept_in_a_notebook_with(name):
    result = grade(WHOLE[name])
    assert (result["points"], result["problem"]) == (FULL["01"], "")
    assert survivors() == [] and files() == []


@pytest.mark.parametrize("name", BROKEN)
def test_a_sentence_for(name):
    data, says = BROKEN[name]
    result = grade(data)
    assert result["points"] == 0 and says in result["problem"] and result["problem"].isprintable()
    assert grade(filled("01"))["points"] == FULL["01"]


def _without(name: str, **change) -> bytes:
    def fewer(found):
        kept = [c for c in found if change or c["id"] != name]
        return [{**c, **change} if c["id"] == name else c for c in kept]

    return cells(fewer)


@pytest.mark.parametrize(
    "data",
    [
        _without("entropy"),
        _without("entropy", cell_type="markdown"),
        _without("entropy", cell_type="raw"),
        _without("entropy", source="def entropy(p:\n"),
        _without("entropy", source="entropi = 5"),
        _without("entropy", source="#" * (2 << 20)),
    ],
    ids=["deleted", "turned to text", "turned raw", "broken", "renamed", "two megabytes long"],
)
def test_a_cell_costs_its_own_exercise_when_it_is(data):
    result = grade(data)
    assert result["points"] == FULL["01"] - 4 and "defines no `entropy`" in said(result, "entropy")


@pytest.mark.parametrize(
    "cell",
    [
        "get_ipython().input_transformers_post.append(lambda lines: ['entropy = abs\\n'])",
        "get_ipython().ast_transformers.append(1)",
        "from IPython.core.interactiveshell import InteractiveShell as S\nS.run_code = None",
        "import dgm_course.exercises.judge as j\nj.judge = None\nj._same = lambda *a: True",
        "import os, sys\nsys.modules['__main__'] = os",
        "get_ipython().user_ns.update(entropy=lambda p: p, check=lambda *a: 99)",
    ],
    ids=["transforms input", "breaks trees", "patches IPython", "patches us", "swaps main", "lies"],
)
def test_nothing_is_gained_by_a_blank_notebook_that(cell):
    notebook = blank("01")
    notebook["cells"] = [code(cell), *notebook["cells"], code(cell)]
    result = grade(handed(notebook))
    assert result["points"] == 0 and not result["problem"]
    assert all(any(line["text"] for line in e["lines"]) for e in result["exercises"])
