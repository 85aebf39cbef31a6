"""The catalogue fits the package, and the runner tells an error noticed from one that is not."""

import os
import subprocess
import sys
from itertools import groupby
from pathlib import Path

import pytest
from catalogue import HERE, PACKAGE, ROOT, Mutant, catalogue

BY_FILE = {file: list(group) for file, group in groupby(catalogue(), key=lambda m: m.file)}

RUN = """
import runpy, sys
from pathlib import Path
from catalogue import Mutant
from runner import Job, run, snapshot

errors = {
    "noticed": ("2 * x", "3 * x"),
    "survives": ("x >= 0", "x > -1"),
    "no import": ("def double", "double"),
    "hang": ("2 * x", "double(0) or double(x)"),
    "crash": ("return 2", "__import__('os').abort() or 2"),
}
if __name__ == "__main__":
    tests = ("tests/test_double.py",)
    mutants = [Mutant("double.py", name, *lines, tests) for name, lines in errors.items()]
    jobs = [Job(tests), *(Job(tests, m, 3 if m.error == "hang" else 60) for m in mutants)]
    with snapshot(Path.cwd()) as source:
        for result in run(jobs, source, 2, {}):
            error = result.job.mutant.error if result.job.mutant else "control"
            print(error, result.noticed, result.broken, result.how, sep="; ")
        examine = runpy.run_path(sys.argv[1])["examine"]
        print("exit codes", examine(mutants[:1], source, 2), examine(mutants[:2], source, 2))
"""
DOUBLE = """
def double(x):
    while x == 0:
        pass
    return 2 * x if x >= 0 else None
"""


@pytest.mark.parametrize("file", BY_FILE)
def test_every_mutant_changes_what_the_file_does(file):
    source = (ROOT / PACKAGE / file).read_text(encoding="utf-8")
    original = compile(source, file, "exec", optimize=2)  # without comments and docstrings
    for mutant in BY_FILE[file]:
        assert compile(mutant.apply(source), file, "exec", optimize=2) != original, mutant.error


@pytest.mark.parametrize("file", BY_FILE)
def test_no_error_is_listed_twice_and_all_have_tests(file):
    mutants = BY_FILE[file]
    assert len({(m.line, m.becomes) for m in mutants}) == len(mutants)
    assert len({m.error for m in mutants}) == len(mutants)
    assert all(m.tests for m in mutants)


@pytest.mark.parametrize(("source", "times"), [("x = 1", 0), ("x = 2\ny = 2", 2)])
def test_a_line_that_is_not_there_exactly_once_is_refused(source, times):
    mutant = Mutant("a.py", "three for two", "= 2", "= 3", ())
    with pytest.raises(ValueError, match=f"a.py: expected '= 2' once, found it {times} times"):
        mutant.apply(source)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that fork")
def test_an_error_is_noticed_by_a_failure_a_crash_or_a_hang(tmp_path):
    for folder in (PACKAGE, "tests"):
        (tmp_path / folder).mkdir()
    (tmp_path / PACKAGE / "__init__.py").touch()
    (tmp_path / PACKAGE / "double.py").write_text(DOUBLE)
    (tmp_path / "tests/test_double.py").write_text(
        f"from {PACKAGE}.double import double\n\ndef test_two():\n    assert double(2) == 4\n"
    )
    (tmp_path / "run.py").write_text(RUN)
    run = subprocess.run(
        [sys.executable, "run.py", str(Path(HERE, "__main__.py"))],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(HERE), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    lines = run.stdout.splitlines()
    assert run.returncode == 0, run.stderr
    assert sorted(line for line in lines if line.count(";") == 3) == [
        "control; False; False; not noticed",
        "crash; True; False; SIGABRT",
        "hang; True; False; out of time",
        "no import; True; False; tests/test_double.py",
        "noticed; True; False; tests/test_double.py::test_two",
        "survives; False; False; not noticed",
    ]
    assert lines[-1] == "exit codes 0 1"
    assert "SURVIVED dgm_course/double.py: survives" in lines
