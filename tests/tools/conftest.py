"""The set-up's modules, importable, and a course in which nothing is really installed."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import actions  # noqa: E402
import environment  # noqa: E402
import packages  # noqa: E402

PYPROJECT = """
[build-system]
requires = ["setuptools"]
[project]
name = "dgm_course"
requires-python = ">=3.11"
dependencies = ["torch>=2.6"]
"""
PROBE = 'import json, sys; print(json.dumps(["%d.%d.%d" % sys.version_info[:3], []]))'


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course in a path with a space and an accent, where installing only notes what was asked."""
    root = tmp_path / "mon cours é"
    root.mkdir()
    (root / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    (root / "constraints.txt").write_text("torch==2.13.0\n", encoding="utf-8")
    made, asked = environment.Environment.make, []

    def make(self, pip=True):
        asked.append("make")
        made(self, pip=False)

    def install(self, title, arguments):
        asked.append(arguments[-1])

    monkeypatch.setattr(environment, "PROBE", PROBE)
    monkeypatch.setattr(environment.Environment, "make", make)
    monkeypatch.setattr(packages.Installer, "_run", install)
    monkeypatch.setattr(packages, "pip_settings", lambda *pythons: {})
    monkeypatch.setattr(actions, "register_kernel", lambda environment: None)
    return root, asked
