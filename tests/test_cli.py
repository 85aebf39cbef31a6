"""The `dgm` command itself: help, completion, version, exit codes, and how fast it starts."""

import os
import re
import subprocess
import sys
from importlib.metadata import version

import pytest
from typer.testing import CliRunner

from dgm_course.cli import app

COMMANDS = ["doctor", "start", "check", "build", "data", "grade", "release", "present", "site"]


def dgm(*arguments):
    return CliRunner().invoke(app, arguments)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_examples_and_exit_codes(command):
    result = dgm(command, "--help")
    assert result.exit_code == 0
    assert re.search(rf"Examples?: +dgm {command}\b", result.output)
    assert re.search(r"Exit code: +0 ", result.output)


def test_help_lists_the_commands():
    result = dgm("-h")
    assert re.findall(r"^  (\w+) {2,}\S", result.output, re.M)[-len(COMMANDS) :] == COMMANDS
    assert "..." not in result.output.partition("Commands:")[2]


def test_version_is_the_packages():
    assert dgm("--version").output == f"dgm_course {version('dgm_course')}\n"


@pytest.mark.parametrize("arguments", [["strat"], ["start", "--rest"], ["build", "-j", "none"]])
def test_a_typing_mistake_is_exit_code_2(arguments):
    result = dgm(*arguments)
    assert result.exit_code == 2 and "Traceback" not in result.output


MAIN = "import sys; sys.argv = ['dgm']; from dgm_course.cli import main; main()"


def run(code=MAIN, **variables):
    """Run code in a new Python; -I keeps the current folder from shadowing the package."""
    return subprocess.run(
        [sys.executable, "-I", "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, **variables},
    )


def test_help_imports_nothing_heavy():
    code = """
import sys
from dgm_course import cli
sys.argv = ["dgm", "--help"]
try:
    cli.main()
except SystemExit:
    print([name for name in ("torch", "numpy", "nbformat", "rich", "jupytext", "psutil")
           if name in sys.modules])
"""
    assert run(code).stdout.endswith("\n[]\n")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_can_be_installed_in_each_shell(shell):
    assert "dgm" in run(_DGM_COMPLETE=f"source_{shell}").stdout


def test_completion_knows_commands_and_labs(tmp_path, monkeypatch):
    (tmp_path / "labs").mkdir()
    (tmp_path / "dgm_course").mkdir()
    (tmp_path / "dgm_course" / "cli.py").write_text("")
    (tmp_path / "labs" / "01_information.ipynb").write_text("{}")
    monkeypatch.chdir(tmp_path)
    bash = {"_DGM_COMPLETE": "complete_bash"}
    assert run(**bash, COMP_WORDS="dgm st", COMP_CWORD="1").stdout.split() == ["start"]
    labs = run(**bash, COMP_WORDS="dgm start 0", COMP_CWORD="2").stdout.split()
    assert labs == ["01_information"]


def test_building_an_unknown_source_gets_a_sentence():
    result = dgm("build", "99", "--check")
    assert result.exit_code == 2 and "no source has this name" in result.output


def test_building_without_the_authors_tools_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "dgm_course.authoring.build", None)

    def missing(*_):
        raise ModuleNotFoundError("No module named 'jupytext'", name="jupytext")

    monkeypatch.setattr("builtins.__import__", _refusing("dgm_course.authoring", missing))
    result = dgm("build")
    assert result.exit_code == 2
    assert "Building needs jupytext: run `python tools/setup.py install --dev`" in result.output


def _refusing(prefix, missing):
    real = __import__

    def imports(name, *arguments, **keywords):
        return missing() if name.startswith(prefix) else real(name, *arguments, **keywords)

    return imports


def test_what_a_build_did_is_told(monkeypatch):
    from dgm_course.authoring.problem import Problem
    from dgm_course.authoring.status import Result

    stale = Problem("labs/01_information.ipynb", 0, "stale")
    results = [
        Result("lectures/00_introduction", "fresh"),
        Result("lectures/01_information", "built", seconds=12.3),
        Result("labs/01_information", "stale", (stale,)),
    ]
    monkeypatch.setattr("dgm_course.authoring.build.build", lambda *_, **__: results)
    result = dgm("build")
    assert result.exit_code == 1
    assert "lectures/01_information: built in 12 s" in result.output
    assert "labs/01_information.ipynb: stale" in result.output
    assert "3 sources, 2 well, 1 with problems." in result.output
    results.pop()
    assert dgm("build").exit_code == 0
