"""`make test`: every part runs, whatever fails; the last line is pytest's.  And `make help`."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import suite

ROOT = Path(__file__).resolve().parents[2]


def say(*lines, code=0):
    """A command that prints lines and exits."""
    text = "\n".join(lines)
    return [sys.executable, "-c", f"print({text!r}); raise SystemExit({code})"]


def test_all_parts_run_and_the_sum_comes_last(monkeypatch, capfd):
    parts = [
        suite.Part("one", [say("=== 2 failed, 3 passed, 1 warning in 0.50s ===", code=1)]),
        suite.Part("two", [say("=========== 4 passed, 1 skipped in 61.20s (0:01:01) ======")]),
        suite.Part("three", [say("never")], files=["no/such/*.file"]),
        suite.Part("four", [say(), say("a line", code=3)]),
    ]
    monkeypatch.setattr(suite, "parts", lambda: parts)
    assert suite.main() == 1
    lines = capfd.readouterr().out.splitlines()
    assert re.fullmatch(r"=+ 2 failed, 7 passed, 1 skipped.* in \d+\.\d\ds =+", lines[-1])
    assert re.match(r"make test: one \d.* s \(failed\), two .*, three .*nothing yet", lines[-2])
    assert lines[-2].endswith("FAILED: one, four")
    assert "never" not in lines


def test_success_is_said_and_is_exit_code_0(monkeypatch, capfd):
    part = suite.Part("one", [say("==== 1 passed in 0.01s ====")], variables={"DGM_STATIC": "1"})
    monkeypatch.setattr(suite, "parts", lambda: [part])
    assert suite.main() == 0
    assert ": all passed\n" in capfd.readouterr().out


def test_the_suite_has_every_part():
    found = {part.name: part for part in suite.parts()}
    assert list(found) == [
        *("lint", "environment", "build", "tests", "mutants"),
        *("lectures and solutions", "untouched labs", "browser"),
    ]
    assert found["lectures and solutions"].variables == {"DGM_STATIC": "1", "DGM_STRICT": "1"}
    assert "DGM_STRICT" not in found["untouched labs"].variables
    for name in ("lectures and solutions", "untouched labs"):
        assert {"--nbval-current-env", "--nbval-cell-timeout"} <= set(found[name].commands[0])


def test_make_help_lists_every_target():
    if not shutil.which("make"):
        pytest.skip("make is not installed")
    targets = re.findall(r"^\.PHONY: (\S+)", (ROOT / "Makefile").read_text(), re.M)
    shown = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    listed = re.findall(r"^  make (\S+) +\S", shown, re.M)
    assert listed == [target for target in targets if target != "python"]
    assert {"lab", "test", "build", "bench", "mutants", "lint", "format", "clean"} <= set(listed)


def test_make_without_python_says_so():
    if not shutil.which("make"):
        pytest.skip("make is not installed")
    done = subprocess.run(["make", "lab", "PY=python9"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode and "There is no python9" in done.stdout


def test_ci_runs_the_readmes_test_command():
    script = (ROOT / ".ci" / "run").read_text()
    assert script.startswith("#!/usr/bin/env bash\n") and "set -euo pipefail" in script
    assert script.rstrip().splitlines()[-1] == "make test"
    assert "make test" in (ROOT / "README.md").read_text(encoding="utf-8")
