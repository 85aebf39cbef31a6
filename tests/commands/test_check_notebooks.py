"""`dgm check`: runs what students wrote, changes nothing of it, and tells how it stands."""

import json

import pytest
from small_notebook import notebook

from dgm_course.commands import run_notebook

REPORT = """
from IPython.display import display
def report(name, state, points, *lines):
    lines = [{"holds": holds, "text": text, "state": state} for holds, text in lines]
    data = {"exercise": name, "title": name.title(), "state": state, "points": points,
            "max_points": 4, "lines": lines}
    display({"application/vnd.dgm.check+json": data, "text/plain": name}, raw=True)
"""
RIGHT = 'report("kl", "right", 4, (True, "it is right"))'
CONFUSED = """report("entropy", "misconception", 1, (True, "shapes"), (False, "These are bits."),
       (False, "and more"))"""


def put(course, name, *cells):
    path = course / "work" / f"{name}.ipynb"
    path.parent.mkdir(exist_ok=True)
    path.write_text(notebook(*cells), encoding="utf-8")
    return path


@pytest.fixture
def answers(course):
    """A lab of three exercises, of which the student deleted one check and broke a cell."""
    original = notebook(("kl", 4), ("entropy", 4), ("js", 2))
    (course / "labs" / "01_information.ipynb").write_text(original, encoding="utf-8")
    broken = ["print(undefined_name)", "open('scratch.txt', 'w').write('x')"]
    return put(course, "01_information", REPORT, CONFUSED, *broken, RIGHT)


def test_each_exercise_is_told_in_words(course, dgm, answers):
    before = answers.read_bytes(), answers.stat().st_mtime_ns
    result = dgm("check", "01")
    assert result.exit_code == 1
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert "work/01_information.ipynb: 5 of 10 points" in lines
    assert lines[2:6] == [
        "✓ Kl right 4/4",
        "✗ Entropy a known mix-up 1/4",
        "These are bits.",
        "· js its check did not run 0/2",
    ]
    assert "The cell `print(undefined_name)` raised NameError" in result.stdout
    assert lines[-1] == "1 notebook, 5 of 10 points"
    assert (answers.read_bytes(), answers.stat().st_mtime_ns) == before
    assert not list(course.rglob("scratch.txt"))


def test_a_check_that_did_not_run_has_a_title_and_a_reason(course, dgm):
    cells = json.loads(notebook("", ("info", 2), "", ("kl", 4), ("js", 2), "", ("tv", 3)))
    cells["cells"][0].update(id="info-card", source="### Exercise 1 · Surprise · ●○○ · 5 min")
    cells["cells"][0]["cell_type"] = "markdown"
    del cells["cells"][0]["outputs"], cells["cells"][0]["execution_count"]
    (course / "labs" / "01_information.ipynb").write_text(json.dumps(cells), encoding="utf-8")
    sources = ["", "print('mine')\nprint('no exercise is called i')", "def kl(p)\n  x", "check(kl)"]
    del cells["cells"][4]
    for cell, source in zip(cells["cells"], [*sources, "", "check(tv)"], strict=True):
        cell["source"] = source
    cells["cells"][2]["id"] = "kl"
    path = put(course, "01_information")
    path.write_text(json.dumps(cells), encoding="utf-8")
    lines = [" ".join(line.split()) for line in dgm("check").stdout.splitlines()]
    assert lines[2:10] == [
        *("· Surprise its check did not run 0/2", "no exercise is called i"),
        *("· kl its check did not run 0/4", "SyntaxError: expected ':' (line 1)"),
        *("· js its check did not run 0/2", "The cell of its check is not in this notebook."),
        *("· tv its check did not run 0/3", "NameError: name 'check' is not defined"),
    ]


@pytest.mark.parametrize("left", [RIGHT, ("kl", 4)], ids=["by its report", "by its mark"])
def test_a_copy_under_another_name_keeps_its_deleted_exercises(course, dgm, left):
    original = notebook(("kl", 4), ("js", 2))
    (course / "labs" / "01_information.ipynb").write_text(original, encoding="utf-8")
    (course / "strange").mkdir()
    path = course / "strange" / "x.ipynb"
    path.write_text(notebook(REPORT, left), encoding="utf-8")
    [told] = json.loads(dgm("check", "--json", str(path)).stdout)["notebooks"]
    assert [e["exercise"] for e in told["exercises"]] == ["kl", "js"]
    assert told["max_points"] == 6 and not told["right"]


def test_json_has_a_fixed_shape(course, dgm, answers):
    result = dgm("check", "--json")
    content = json.loads(result.stdout)
    assert set(content) == {"version", "right", "points", "max_points", "notebooks"}
    assert (content["version"], content["right"], content["points"]) == (1, False, 5)
    [told] = content["notebooks"]
    assert set(told) == {*("path", "right", "problem", "note", "points", "max_points", "exercises")}
    assert told["path"] == "work/01_information.ipynb" and told["problem"] == ""
    assert told["exercises"][1] == {
        **{"exercise": "entropy", "title": "Entropy", "state": "misconception"},
        **{"points": 1, "max_points": 4, "sentence": "These are bits."},
    }
    assert told["exercises"][2]["state"] == "no_check"


def test_all_right_is_exit_code_0_and_the_last_check_counts(course, dgm):
    path = put(course, "01_information", REPORT, CONFUSED.replace("entropy", "kl"), RIGHT)
    result = dgm("check", str(path))
    assert result.exit_code == 0 and "4 of 4 points" in result.stdout


def test_an_endless_loop_costs_only_its_cell(course, dgm):
    put(course, "01_information", REPORT, "while True: pass", RIGHT)
    result = dgm("check", "--timeout", "1")
    assert "`while True: pass` took over 1 s and was interrupted" in result.stdout
    assert "✓ Kl" in result.stdout and result.exit_code == 0


def test_a_loop_that_catches_the_interrupt_is_ended(course, dgm, monkeypatch):
    monkeypatch.setattr(run_notebook, "GRACE", 0.5)
    stubborn = "while True:\n    try: time.sleep(9)\n    except KeyboardInterrupt: pass"
    stubborn = "import time\n" + stubborn
    put(course, "01_information", REPORT, RIGHT, stubborn, RIGHT)
    result = dgm("check", "--timeout", "1")
    assert "could not be stopped after 1 s; the rest did not run" in result.stdout
    assert "✓ Kl" in result.stdout and result.exit_code == 1


def test_code_that_ends_the_kernel_is_told(course, dgm):
    put(course, "01_information", "import os; os._exit(1)")
    result = dgm("check")
    assert result.exit_code == 1 and "ended the kernel" in result.stdout


def test_a_module_beside_the_notebook_is_found(course, dgm):
    path = put(course, "01_information", "import beside; assert beside.VALUE == 3")
    path.with_name("beside.py").write_text("VALUE = 3")
    assert dgm("check").exit_code == 0


@pytest.mark.parametrize(
    "content", ["", "<<<<<<< mine", "[]", '{"cells": 3}', '{"cells": [1]}', "[" * 100_000, "\xff"]
)
def test_a_damaged_notebook_gets_a_sentence(course, dgm, content):
    path = put(course, "01_information")
    path.write_text(content, encoding="latin-1")
    result = dgm("check")
    assert result.exit_code == 1 and "It is not a notebook" in result.stdout
    assert not json.loads(dgm("check", "--json").stdout)["right"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["check"], "There is no notebook in work/ yet: run `dgm start` first."),
        (["check", "9"], "There is no notebook '9', neither here nor in work/"),
        (["check", "my/own.ipynb"], "There is no notebook 'my/own.ipynb'"),
        (["check", "--timeout", "0"], "--timeout"),
    ],
)
def test_a_mistake_gets_a_sentence(course, dgm, arguments, words):
    result = dgm(*arguments)
    assert result.exit_code == 2 and words in result.output
