"""`dgm doctor`: one line each, OK or what to do."""

import re
import shutil
import subprocess

import pytest

from dgm_course.commands import doctor

NAMES = [
    *("python", "torch", "device", "memory", "disk"),
    *("folders", "data", "kernel", "sandbox", "browser"),
]


def only(monkeypatch, *names):
    """Leave out the other probes, which take seconds."""
    for name in set(NAMES) - set(names):
        monkeypatch.setattr(doctor, name, lambda: ("OK", "left out"))


def test_this_computer_is_ready(course, dgm):
    result = dgm("doctor")
    lines = result.stdout.splitlines()
    assert [re.match(r"(OK|--|FIX) +(\w+) +\S", line)[2] for line in lines] == NAMES
    assert result.exit_code == 0 and "FIX" not in result.stdout


def test_something_required_that_fails_is_exit_code_1(course, dgm, monkeypatch):
    only(monkeypatch, "disk")
    usage = shutil.disk_usage(course)._replace(free=10**8)
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda folder: usage)
    result = dgm("doctor")
    assert result.exit_code == 1
    assert "FIX disk     0.1 GB free: free some space" in result.stdout


def test_a_broken_library_is_a_line_and_the_rest_is_told(course, dgm, monkeypatch):
    only(monkeypatch, "memory")

    def fail():
        raise ImportError("libtorch_cpu.so: cannot open shared object file")

    monkeypatch.setattr(doctor, "torch", fail)
    result = dgm("doctor")
    assert result.exit_code == 1 and len(result.stdout.splitlines()) == len(NAMES)
    assert re.search(r"FIX torch +ImportError: libtorch.* run `make lab` again", result.stdout)


@pytest.mark.parametrize("probe", ["sandbox", "browser"])
def test_what_students_need_not_have_is_no_failure(course, dgm, monkeypatch, probe):
    only(monkeypatch, probe)
    monkeypatch.setattr(doctor.shutil, "which", lambda name: None)
    result = dgm("doctor")
    assert result.exit_code == 0 and re.search(rf"-- +{probe} .* only ", result.stdout)


def test_a_sandbox_that_the_system_forbids_is_told(course, dgm, monkeypatch):
    only(monkeypatch, "sandbox")
    forbidden = subprocess.CompletedProcess([], 1)
    monkeypatch.setattr(doctor.shutil, "which", lambda name: "/usr/bin/bwrap")
    monkeypatch.setattr(doctor.subprocess, "run", lambda *_, **__: forbidden)
    assert "this system forbids bubblewrap" in dgm("doctor").stdout


def test_outside_the_course_it_says_where_to_go(tmp_path, dgm, monkeypatch):
    only(monkeypatch, "folders")
    monkeypatch.chdir(tmp_path)
    result = dgm("doctor")
    assert result.exit_code == 1 and "FIX folders" in result.stdout


def test_a_folder_that_cannot_be_written_is_found(course, dgm, monkeypatch):
    only(monkeypatch, "folders")
    monkeypatch.setattr(doctor, "can_write", lambda folder: folder != course / "work")
    (course / "work").mkdir()
    assert "work cannot be written: correct its permissions" in dgm("doctor").stdout
