"""A small course in a scratch folder, and the `dgm` command run in it."""

import pytest
from small_notebook import notebook
from typer.testing import CliRunner

from dgm_course.cli import app


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course with two labs, which is the current folder."""
    root = tmp_path / "mon cours é"
    (root / "labs").mkdir(parents=True)
    (root / "dgm_course").mkdir()
    (root / "dgm_course" / "cli.py").write_text("")
    for name in ("00_introduction", "01_information"):
        (root / "labs" / f"{name}.ipynb").write_text(notebook(f"# {name}"), encoding="utf-8")
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def dgm():
    """Runs `dgm` with arguments: the result has .exit_code, .output (both streams), .stdout."""

    def run(*arguments):
        result = CliRunner().invoke(app, arguments)
        assert "Traceback" not in result.output
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run
