"""tools/: the set-up does its work once, and mends what is broken."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import actions
import environment
import jupyterlab_settings
import problems
import pytest
import setup

ROOT = Path(__file__).resolve().parents[2]


def edit(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def test_the_gate_can_be_read_by_any_python():
    tree = ast.parse((ROOT / "tools" / "setup.py").read_text(encoding="utf-8"))
    modern = (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.Nonlocal, ast.AsyncFor)
    assert not [node for node in ast.walk(tree) if isinstance(node, modern)]
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        arguments = function.args
        assert not (arguments.kwonlyargs or arguments.posonlyargs or function.returns)
        assert not any(argument.annotation for argument in arguments.args)


@pytest.mark.parametrize("version", [(2, 7), (3, 6), (3, 10), (3, 15)])
def test_a_python_that_does_not_fit_is_refused_in_one_sentence(version, monkeypatch, capsys):
    monkeypatch.setattr(setup, "candidates", lambda: [["no-such-python"]])
    assert setup.main(["lab"], version=version) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "Traceback" not in said
    assert (
        f"Python {version[0]}.{version[1]} is too {'new' if version > (3, 14) else 'old'}" in said
    )
    assert "needs Python 3.11 to 3.14; install" in said


@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 13), (3, 14)])
def test_a_python_that_fits_is_not_refused(version):
    assert setup.refusal(version) == ""


def test_a_fitting_python_elsewhere_takes_over(monkeypatch):
    monkeypatch.setattr(setup, "candidates", lambda: [["no-such-python"], [sys.executable]])
    assert setup.another_python() == [sys.executable]


def test_the_second_run_does_nothing(course):
    root, asked = course
    actions.install(root=root)
    assert asked == ["make", "torch", "."]
    actions.install(root=root)
    assert asked == ["make", "torch", "."]


def test_developers_tools_come_on_top_and_stay(course):
    root, asked = course
    actions.install(root=root)
    actions.install(actions.DEVELOPER, root)
    assert asked[3:] == ["torch", ".[dev]"]
    actions.install(root=root)
    assert len(asked) == 5


@pytest.mark.parametrize(
    ("name", "old", "new", "again"),
    [
        ("pyproject.toml", "torch>=2.6", "torch>=2.7", True),
        ("constraints.txt", "2.13.0", "2.13.1", True),
        ("pyproject.toml", "\n[project]", "\n[tool.ruff]\nline-length = 99\n[project]", False),
    ],
)
def test_installed_again_when_dependencies_change_and_only_then(course, name, old, new, again):
    root, asked = course
    actions.install(root=root)
    edit(root / name, old, new)
    actions.install(root=root)
    assert asked[3:] == (["torch", "."] if again else [])


@pytest.mark.parametrize("damage", ["interrupted", "no python", "moved", "other version"])
def test_a_broken_environment_is_made_again(course, damage, capsys):
    root, asked = course
    made = actions.install(root=root)
    if damage == "interrupted":
        made.write_stamp("installing")
    elif damage == "no python":
        made.python.unlink()
    elif damage == "moved":
        edit(made.stamp, json.dumps(str(root))[1:-1], "/elsewhere")
    else:
        edit(made.folder / "pyvenv.cfg", f"version = 3.{sys.version_info[1]}.", "version = 3.2.")
    actions.install(root=root)
    assert asked[3:] == ["make", "torch", "."]
    assert "Making the Python environment .venv (the" in capsys.readouterr().out


def test_a_failed_installation_goes_on_where_it_stopped(course, monkeypatch):
    root, asked = course
    with monkeypatch.context() as patch, pytest.raises(problems.SetupError):
        refuse = problems.SetupError("no network")
        patch.setattr(actions, "register_kernel", lambda env: (_ for _ in ()).throw(refuse))
        actions.install(root=root)
    actions.install(root=root)
    assert asked == ["make", "torch", ".", "torch", "."]


def test_a_folder_that_is_no_environment_is_left_alone(course):
    root, _ = course
    (root / ".venv").mkdir()
    (root / ".venv" / "thesis.txt").write_text("mine")
    with pytest.raises(problems.SetupError, match="move it away"):
        actions.install(root=root)
    assert (root / ".venv" / "thesis.txt").read_text() == "mine"


def test_two_set_ups_do_not_meet(course):
    root, _ = course
    program = f"""
import sys; sys.path.insert(0, {str(ROOT / "tools")!r})
import environment, pathlib
print("asks", flush=True)
with environment.Environment(pathlib.Path({str(root)!r})).lock(): print("has it")
"""
    with environment.Environment(root).lock():
        other = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
        assert other.stdout.readline() == "asks\n"
        with pytest.raises(subprocess.TimeoutExpired):
            other.wait(0.3)
    assert other.communicate(timeout=20)[0] == "has it\n"


def test_jupyterlab_shows_pages_and_asks_no_network(course):
    root, _ = course
    made = environment.Environment(root)
    jupyterlab_settings.write_settings(made)
    share = made.folder / "share" / "jupyter" / "lab" / "settings" / "overrides.json"
    defaults = json.loads(share.read_text(encoding="utf-8"))
    viewers = defaults["@jupyterlab/docmanager-extension:plugin"]["defaultViewers"]
    assert viewers == {"markdown": "Markdown Preview"}
    news = defaults["@jupyterlab/apputils-extension:notification"]
    assert news == {"fetchNews": "false", "checkForUpdates": False}
    server = (made.folder / "etc" / "jupyter" / "jupyter_lab_config.json").read_text()
    assert json.loads(server)["LabApp"]["news_url"] is None


def test_nothing_foreign_reaches_the_environment(course, monkeypatch):
    root, _ = course
    for name in environment.FOREIGN:
        monkeypatch.setenv(name, "/somewhere")
    made = environment.Environment(root)
    variables = made.variables()
    assert not set(environment.FOREIGN) & set(variables)
    assert variables["PATH"].split(os.pathsep)[0] == str(made.bin)


def test_an_extra_is_installed_by_its_name_and_an_unknown_one_refused(monkeypatch, capsys):
    asked = []
    monkeypatch.setattr(actions, "install", asked.append)
    assert actions.main(["install", "--with", "present,live"]) == 0
    assert asked == [{"present", "live"}]
    assert actions.main(["install", "--with", "presents"]) == 1
    assert "no extra 'presents'; there are: grade, cluster, present" in capsys.readouterr().err


UNKNOWN = [[], ["dance"], ["install", "--all"], ["install", "--with"], ["run"], ["test", "x"]]


@pytest.mark.parametrize("arguments", UNKNOWN)
def test_an_unknown_command_shows_the_usage(arguments, capsys):
    assert actions.main(arguments) == 2
    assert re.match("usage: python tools/setup.py lab", capsys.readouterr().err)
