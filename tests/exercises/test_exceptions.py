"""An answer that raises: the student's own line is shown, and nothing escapes but an interrupt."""

import asyncio
import functools
import sys

import pytest

from dgm_course.exercises.exercise import State

from .notebook import LAB, failed_lines, run_cell, state_of, twice


def sentence(answer) -> str:
    """The first sentence about an answer that raises on every call."""
    report = LAB.report(answer, name="double")
    assert report.state == State.EXCEPTION
    assert report.points == 0
    return failed_lines(report)[0]


def test_the_line_and_its_source_are_shown():
    cell = run_cell("def double(x):\n    n = len(x)\n    return 2 * x / (n - n) + [1]\n")
    line = sentence(cell["double"])
    assert line.startswith("TypeError: unsupported operand type(s) for +")
    assert line.endswith("(line 3 of your cell: `return 2 * x / (n - n) + [1]`)")


def test_an_error_inside_torch_is_shown_at_the_students_line():
    source = (
        "def double(x):\n    y = torch.nn.functional.linear(x, x.new_ones(7, 8))\n    return y\n"
    )
    line = sentence(run_cell(source)["double"])
    assert line.startswith("RuntimeError: mat1 and mat2 shapes cannot be multiplied")
    assert "(line 2 of your cell: `y = torch.nn.functional.linear" in line


def test_an_error_in_a_helper_of_another_cell_is_shown_there():
    cell = run_cell("def helper(x):\n\n    return x.no_such_thing\n")
    run_cell("def double(x):\n    return helper(x)\n", cell)
    assert "(line 3 of your cell: `return x.no_such_thing`)" in sentence(cell["double"])


def test_an_error_in_a_module_of_the_student_is_shown_where_the_cell_calls_it(
    tmp_path, monkeypatch
):
    (tmp_path / "my_helpers.py").write_text("def help_me(x):\n    return x.no_such_thing\n")
    monkeypatch.syspath_prepend(tmp_path)
    cell = run_cell("import my_helpers\ndef double(x):\n    return my_helpers.help_me(x)\n")
    assert "(line 3 of your cell: `return my_helpers.help_me(x)`)" in sentence(cell["double"])
    del sys.modules["my_helpers"]


@pytest.mark.parametrize("decorator", ["torch.no_grad()", "torch.inference_mode()"])
def test_a_decorator_does_not_hide_the_line(decorator):
    cell = run_cell(f"@{decorator}\ndef double(x):\n    return x.no_such_thing\n")
    assert "(line 3 of your cell: `return x.no_such_thing`)" in sentence(cell["double"])


def test_outside_jupyter_the_answers_own_file_is_the_students():
    def answer(x):
        return x.no_such_thing

    assert "of your cell: `return x.no_such_thing`)" in sentence(answer)
    assert "of your cell: `return x.no_such_thing`)" in sentence(functools.wraps(answer)(answer))


def test_no_line_of_ours_or_of_a_library_is_ever_shown():
    line = sentence(lambda: 0)
    assert "takes 0 positional arguments but 1 was given" in line
    assert "of your cell" not in line
    assert "of your cell" not in sentence(functools.partial(int, base=2))


def raising(error):
    def answer(x):
        raise error

    return answer


@pytest.mark.parametrize(
    "error",
    [
        SystemExit(0),
        SystemExit("bye"),
        GeneratorExit(),
        StopIteration(3),
        MemoryError(),
        RecursionError("deep"),
        asyncio.CancelledError(),
        AssertionError(),
        BaseException("base"),
        ExceptionGroup("many", [ValueError("one")]),
        UnicodeDecodeError("utf8", b"\xff", 0, 1, "bad"),
        KeyError("x"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_no_exception_escapes(error):
    assert type(error).__name__ in sentence(raising(error))


def test_calls_to_exit_do_not_end_the_notebook():
    assert sentence(lambda x: sys.exit()).startswith("SystemExit (line")
    assert sentence(lambda x: exit(3)).startswith("SystemExit: 3 (line")


def test_endless_recursion_is_an_exception():
    cell = run_cell("def double(x):\n    return double(x)\n")
    line = sentence(cell["double"])
    assert line.startswith("RecursionError: maximum recursion depth exceeded")
    assert line.endswith("(line 2 of your cell: `return double(x)`)")


def test_an_interrupt_stops_the_check():
    with pytest.raises(KeyboardInterrupt):
        LAB.report(raising(KeyboardInterrupt()), name="double")


class UnprintableError(Exception):
    def __str__(self):
        raise ValueError("no text for you")


@pytest.mark.parametrize(
    "error",
    [ValueError("\n"), ValueError("  \n\n"), ValueError(""), ValueError(), UnprintableError()],
    ids=["newline", "blank", "empty", "none", "unprintable"],
)
def test_an_error_without_a_message_has_its_name_and_line(error):
    assert sentence(raising(error)).startswith(f"{type(error).__name__} (line ")


def test_a_message_is_cut_to_one_short_printable_line():
    line = sentence(raising(ValueError("\x1b[31mred\u202e\ud800\x00 " + "z" * 10**6 + "\nsecond")))
    assert line.isprintable()
    assert len(line) < 500
    assert "second" not in line


@pytest.mark.parametrize(
    "source",
    [
        "def double(x):\n    return x.long().log_softmax(0)\n",
        "def double(x):\n    import torch.distributions as d\n"
        "    mix = d.Categorical(torch.ones(2)), d.Normal(torch.zeros(2), 1)\n"
        "    return d.MixtureSameFamily(*mix).entropy()\n",
        "def double(x):\n    return torch.ones(5, device='meta')\n",
    ],
    ids=["dtype", "distribution", "meta"],
)
def test_torchs_own_not_implemented_error_is_an_exception_not_an_empty_stub(source):
    report = LAB.report(run_cell(source)["double"], name="double")
    assert report.state == State.EXCEPTION
    assert "NotImplementedError" in failed_lines(report)[0]


@pytest.mark.parametrize("raised", ["NotImplementedError", "NotImplementedError()"])
def test_an_unfilled_stub_is_not_attempted(raised):
    cell = run_cell(f'def double(x):\n    """Twice."""\n    raise {raised}\n')
    report = LAB.report(cell["double"], name="double")
    assert (report.state, report.points) == (State.NOT_ATTEMPTED, 0)
    (line,) = report.lines
    assert line.text.startswith("not attempted yet")


def test_an_unfilled_helper_is_not_attempted_either():
    cell = run_cell("def helper(x):\n    raise NotImplementedError\n")
    run_cell("def double(x):\n    return helper(x)\n", cell)
    assert state_of(cell["double"]) == "not_attempted"


def test_a_fault_in_one_call_keeps_the_points_of_the_others():
    def answer(x):
        assert x.any()
        return twice(x)

    report = LAB.report(answer, name="double")
    assert (report.state, report.points) == (State.EXCEPTION, 2)
    assert [line.holds for line in report.lines] == [True, False]
