"""The benchmark of grading: its class is what it says, and it prints what targets ask for."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.classroom.twenty import twenty
from dgm_course.exercises.lab import load
from dgm_course.grading.notebook import read_cells
from dgm_course.grading.sandbox import is_possible

ROOT = Path(__file__).resolve().parents[2]


def test_the_class_has_twenty_different_notebooks_and_is_the_same_every_time():
    class_ = twenty()
    assert class_ == twenty()
    assert len(class_) == 20
    assert len(set(class_.values())) > 12


def test_every_notebook_of_the_class_can_be_read_and_has_a_cell_for_each_exercise():
    names = [exercise.name for exercise in load("01").exercises]
    for data in twenty().values():
        cells, notes = read_cells(data)
        assert notes == []
        assert all(any(name in cell for cell in cells) for name in names)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="grading needs Linux")
def test_the_quick_run_ends_with_one_object_of_exactly_the_figures_asked_for():
    command = [sys.executable, "-m", "benchmarks.grading", "--json", "--quick"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-2000:]
    figures = json.loads(done.stdout.splitlines()[-1])
    assert set(figures) == {
        "per_second",
        "nbgrader_per_second",
        "parent_memory_mb",
        "sandboxed",
    }
    assert all(isinstance(figures[name], float) for name in list(figures)[:3])
    assert figures["per_second"] > figures["nbgrader_per_second"] > 0
    assert 50 < figures["parent_memory_mb"] < 2000
    assert figures["sandboxed"] is is_possible()
