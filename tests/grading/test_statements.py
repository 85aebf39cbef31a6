"""Which statements an answer needs, and whether the rest of a notebook might matter."""

import ast

import pytest

from dgm_course.grading import statements
from dgm_course.grading.statements import needed, original, parse, theirs

LAB = original(
    [
        "import torch\nfrom dgm_course import plot",
        "def f(x):\n    raise NotImplementedError",
        "check(f)",
        "data = torch.ones(3)\nprint(data)",
        "plot.curves(data)",
    ]
)


def chosen(*cells: str, name: str = "f") -> list[str]:
    return [ast.unparse(s.node) for s in needed(parse(list(cells))[0], [name], LAB)[0]]


def matters(*cells: str) -> bool:
    return needed(parse(list(cells))[0], ["f"], LAB)[1]


def test_what_an_answer_names_and_what_that_names_in_turn():
    cells = ["import torch, os", "a = 2\nb = a + 1\nc = 5", "def g(x):\n    return x * b"]
    found = chosen(*cells, "def f(x):\n    return torch.exp(g(x))")
    assert found == [
        "import torch, os",
        "a = 2",
        "b = a + 1",
        "def g(x):\n    return x * b",
        "def f(x):\n    return torch.exp(g(x))",
    ]


def test_names_of_its_own_are_not_looked_for():
    assert chosen("x = slow()", "data = 1", "def f(x):\n    data = x\n    return data") == [
        "def f(x):\n    data = x\n    return data"
    ]


@pytest.mark.parametrize(
    "change",
    [
        "t['a'] = 1",
        "t.append(1)",
        "t += [1]",
        "t.x.y = 1",
        "for i in range(3):\n    t[i] = i",
        "with open('a') as t:\n    pass",
        "if True:\n    t = 3",
        "try:\n    t = 3\nexcept Exception:\n    pass",
        "register(t)",
        "del t",
        "(t, u) = (1, 2)",
        "t: int = 3",
        "[t := 3]",
        "import t",
        "from a import b as t",
        "class t:\n    pass",
    ],
)
def test_whatever_may_change_what_it_uses_is_needed(change):
    assert ast.unparse(ast.parse(change)) in chosen("t = []", change, "def f():\n    return t")


def test_an_answer_above_the_untouched_stub_counts():
    stub = "def f(x):\n    raise NotImplementedError"
    assert chosen("def f(x):\n    return 1", stub) == ["def f(x):\n    return 1"]
    assert chosen("f = abs", stub) == ["f = abs"]
    assert chosen(stub) == [stub]


def test_star_imports_are_always_needed():
    assert chosen("from math import *", "def f(x):\n    return exp(x)")[0] == "from math import *"


@pytest.mark.parametrize(
    "using",
    [
        "@wrap\ndef f():\n    pass",
        "def f(x=t):\n    pass",
        "f = lambda: t",
        "class f(t):\n    pass",
    ],
)
def test_decorators_defaults_and_bases_count(using):
    assert "t = 1" in chosen("t = 1", "wrap = t", using)


def test_what_the_lab_only_shows_is_not_run_again():
    assert chosen("data = torch.ones(3)\nprint(data)", "plot.curves(data)", "def f():\n  data") == [
        "data = torch.ones(3)",
        "def f():\n    data",
    ]


@pytest.mark.parametrize(
    "cell",
    ["print(f(1))", "x = torch.ones(3)", "y = 5", "assert f(1) == 2", "plt.show()", "'text'"],
)
def test_scratch_cells_do_not_matter(cell):
    assert not matters(cell, "def f(x):\n    return x")


@pytest.mark.parametrize(
    "cell",
    ["exec('def f(): pass')", "globals()['f'] = abs", "setup()", "while True: pass", "%time x = 1"],
)
def test_what_may_reach_an_answer_by_other_ways_matters(cell):
    assert matters(cell, "def f(x):\n    return x")


def test_a_cell_that_is_not_python_costs_that_cell():
    found, notes = parse(["a = 1", "def f(:\n", "b = 2", "(" * 100_000, "c = '\0'"])
    assert [ast.unparse(s.node) for s in found] == ["a = 1", "b = 2"]
    assert "Code cell 2" in notes[0] and "line 1" in notes[0]
    assert len(notes) == 3


def test_magics_and_shell_commands_are_python_after_ipython_has_seen_them():
    found, notes = parse(["%matplotlib inline\nx = 1\n!ls\nf?"])
    assert not notes and any(s.binds == {"x"} for s in found)


def test_whole_means_the_students_cells_and_what_they_need_of_the_lab():
    cells = [
        "import torch\nfrom dgm_course import plot",
        "x = data + 1",
        "check(f)",
        "data = torch.ones(3)\nprint(data)",
        "plot.curves(data)",
    ]
    assert theirs(cells, LAB) == [1, 2, 4]


def test_the_cell_is_told_with_each_statement():
    found, _ = parse(["", "a = 1\nb = 2", "c = 3"])
    assert [s.cell for s in found] == [2, 2, 3]
    assert statements.original([]).cells == {}


def test_a_statement_that_only_prints_or_loops_inside_brackets_is_not_needed_for_that():
    show = "for h in heights:\n    print(f, h)"
    inside = "picks = [f + i for i in heights]"
    assert parse([show])[0][0].binds == {"h"}
    assert parse([inside])[0][0].binds == {"picks"}
    assert parse(["a = [(i := j) for j in x if j]"])[0][0].binds == {"a", "i"}
    assert parse(["i = [i for i in x]"])[0][0].binds == {"i"}


def test_cells_that_are_known_are_not_parsed_again():
    cells = ["f(", "a = 1\nb = a", "a = 2"]
    known = statements.original(["a = 1\nb = a"]).cells
    assert parse(cells, known)[1] == parse(cells)[1]
    again, fresh = parse(cells, known)[0], parse(cells)[0]
    assert [(s.cell, s.binds, s.uses, s.source) for s in again] == [
        (s.cell, s.binds, s.uses, s.source) for s in fresh
    ]
