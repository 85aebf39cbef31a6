"""What authors are told when a notebook fails, and what a failure leaves behind."""

import time

import pytest

from dgm_course.authoring import build as module
from dgm_course.authoring import timing

from .samples import SETUP, SHOW, TITLE, put, run


def failing(*parts):
    return "\n".join([TITLE, *parts])


FAILING = {
    "01_name": failing("# %%\ndef f():\n    return 1 + missing\n", "# %%\nx = 1\nf()\n"),
    "02_outputs": failing(
        SETUP, SHOW.format(alt=""), "# %%\nimport warnings\nwarnings.warn('old')\n"
    ),
    "03_timeout": failing("# %%\nimport time\ntime.sleep(60)\n"),
    "04_dead": failing("# %%\nimport os\nos._exit(1)\n"),
    "05_syntax": failing("# %%\nx = (1\n"),
}


@pytest.fixture(scope="module")
def failed(tmp_path_factory):
    """One result for each notebook that fails; an earlier build of each lies there."""
    root = tmp_path_factory.mktemp("failing")
    (root / "lectures").mkdir()
    for name, text in FAILING.items():
        put(root, f"lectures/{name}", text)
        (root / "lectures" / f"{name}.ipynb").write_text("as committed")
    started = time.monotonic()
    results = run(root, timeout=2)
    assert time.monotonic() - started < 15
    return root, {result.name.split("/")[1]: result for result in results}


def test_a_failed_notebook_leaves_the_committed_one(failed):
    root, results = failed
    assert {result.state for result in results.values()} == {"failed"}
    assert {p.read_text() for p in (root / "lectures").iterdir()} == {"as committed"}
    assert timing.load(root) == {}


def test_an_exception_is_told_at_the_line_of_the_source(failed):
    [problem] = failed[1]["01_name"].problems
    assert str(problem) == (
        "sources/lectures/01_name.py:7: NameError: name 'missing' is not defined\n"
        "    return 1 + missing\n"
        "    called from sources/lectures/01_name.py:11"
    )


def test_a_figure_without_alt_and_a_warning_fail_at_their_cells(failed):
    figure, warning = failed[1]["02_outputs"].problems
    assert "without a text alternative" in figure.message
    assert "writes to stderr" in warning.message
    lines = FAILING["02_outputs"].splitlines()
    assert lines[figure.line - 1] == 'show("")'
    assert lines[warning.line - 1] == "import warnings"


def test_a_timeout_a_dead_kernel_and_bad_syntax_are_told_apart(failed):
    said = {name: str(result.problems[0]) for name, result in failed[1].items()}
    assert ".py:6: this cell ran for more than 2 s" in said["03_timeout"]
    assert ".py:6: the kernel died in this cell" in said["04_dead"]
    assert ".py:6: '(' was never closed" in said["05_syntax"]


def test_an_interrupt_stops_the_kernels(tmp_path, monkeypatch):
    put(tmp_path, "lectures/01_quick", failing("# %%\n1\n"))
    put(tmp_path, "lectures/02_long", failing("# %%\nimport time\ntime.sleep(60)\n"))

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(module._Run, "_done", interrupt)
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path)
    assert time.monotonic() - started < 15
    assert not (tmp_path / "lectures").exists()
