"""The journal of a run: nothing that is in it is lost, nothing is in it twice."""

import errno
import json
import os
import subprocess
import sys

import pytest

from dgm_course.grading import journal as journal_file
from dgm_course.grading.journal import Journal, held
from dgm_course.grading.problem import GradingError

RUN = {"schema": 1, "lab": "01_information", "course": "0.1.0", "seed": "a", "sandboxed": True}


def result(student, points=3):
    return {"student": student, "file": "", "sha256": "", "points": points, "problem": ""}


def filled(out, *students):
    journal = Journal(out, RUN)
    for student in students:
        journal.add(result(student))
    journal.close()
    return out / "results.jsonl"


def read(out):
    journal = Journal(out, RUN)
    journal.close()
    return journal.results


def everything(folder):
    return {p.name: p.read_bytes() for p in folder.iterdir()}


def test_what_was_added_is_there_when_the_folder_is_opened_again(tmp_path):
    filled(tmp_path / "out", "ann", "bob")
    assert read(tmp_path / "out") == {"ann": result("ann"), "bob": result("bob")}


def test_a_result_comes_back_with_its_fields_in_the_same_order(tmp_path):
    filled(tmp_path, "ann")
    assert json.dumps(read(tmp_path)["ann"]) == json.dumps(result("ann"))


@pytest.mark.parametrize("left", [1, 10, -1])
def test_a_line_that_was_cut_off_is_dropped_and_the_next_is_whole(tmp_path, left):
    path = filled(tmp_path, "ann", "bob")
    whole = path.read_bytes()
    first = whole.index(b"\n") + 1
    path.write_bytes(whole[:-1] if left == -1 else whole[: first + left])
    assert set(read(tmp_path)) == {"ann"}
    filled(tmp_path, "cem")
    assert [json.loads(line)["student"] for line in path.read_text().splitlines()] == ["ann", "cem"]


@pytest.mark.parametrize("noise", [b"\0" * 50, b"\xff\n", b"[]\n", b"7\n", b"{}\n", b"[" * 9999])
def test_noise_at_the_end_costs_nobody_a_result(tmp_path, noise):
    path = filled(tmp_path, "ann", "bob")
    path.write_bytes(path.read_bytes() + noise)
    assert set(read(tmp_path)) == {"ann", "bob"}


def test_the_later_of_two_results_counts(tmp_path):
    filled(tmp_path, "ann")
    journal = Journal(tmp_path, RUN)
    journal.add(result("ann", points=5))
    journal.close()
    assert read(tmp_path)["ann"]["points"] == 5


def test_every_line_is_on_the_disk_before_the_next_begins(tmp_path, monkeypatch):
    steps = []
    write, sync = os.write, os.fsync
    monkeypatch.setattr(os, "write", lambda *a: steps.append("write") or write(*a))
    monkeypatch.setattr(os, "fsync", lambda *a: steps.append("fsync") or sync(*a))
    journal = Journal(tmp_path, RUN)
    begun = len(steps)
    for student in ("ann", "bob", "cem"):
        journal.add(result(student))
    journal.close()
    assert steps[begun:] == 3 * ["write", "fsync"]
    assert steps[:begun].count("fsync") == 2  # run.json, and the names in the folder


@pytest.mark.parametrize("fails", ["write", "fsync"])
def test_a_full_disk_is_a_sentence_and_leaves_no_part_of_a_line(tmp_path, monkeypatch, fails):
    path = filled(tmp_path, "ann")
    journal, write = Journal(tmp_path, RUN), os.write
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def some(fd, data):
        if len(data) < 60:
            raise full
        return write(fd, data[:50])

    def none(fd):
        raise full

    with monkeypatch.context() as broken:
        broken.setattr(os, fails, some if fails == "write" else none)
        with pytest.raises(GradingError, match=r"No space left on device.*run the same command"):
            journal.add(result("bob"))
    assert path.read_bytes().count(b"\n") == 1 and path.read_bytes().endswith(b"\n")
    journal.add(result("cem"))
    journal.close()
    assert set(read(tmp_path)) == {"ann", "cem"}


def test_a_folder_is_one_runs_at_a_time_and_free_when_that_ends(tmp_path):
    program = "import sys, time; from pathlib import Path; from dgm_course.grading.journal import *"
    program += "\nwith held(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"
    other = subprocess.Popen([sys.executable, "-c", program, tmp_path], stdout=subprocess.PIPE)
    assert other.stdout.readline() == b"held\n"
    with pytest.raises(GradingError, match="Another `dgm grade` is writing to"):
        Journal(tmp_path, RUN)
    other.kill()
    other.communicate()
    filled(tmp_path, "ann")
    with held(tmp_path):
        pass


CHANGES = {
    "lab": {"lab": "00_introduction"},
    "seed": {"seed": "b"},
    "choice of sandbox": {"sandboxed": False},
    "version of the course": {"course": "9"},
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_folder_of_another_run_is_left_as_it_is(tmp_path, what):
    filled(tmp_path, "ann")
    before = everything(tmp_path)
    with pytest.raises(GradingError, match=f"holds a run with another {what}: name another"):
        Journal(tmp_path, RUN | CHANGES[what])
    assert everything(tmp_path) == before
    assert set(read(tmp_path)) == {"ann"}


def test_a_run_that_has_no_result_yet_may_be_begun_otherwise(tmp_path):
    filled(tmp_path)
    other = Journal(tmp_path, RUN | {"sandboxed": False})
    other.close()
    assert json.loads((tmp_path / "run.json").read_text())["sandboxed"] is False


FOREIGN = {
    "thesis.tex": b"\\section{}",
    "run.json": b'{"epochs": 3}',
    "results.jsonl": b'{"student": "ann"}\n',
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_folder_with_other_files_is_left_as_it_is(tmp_path, name):
    (tmp_path / name).write_bytes(FOREIGN[name])
    with pytest.raises(GradingError, match=f"holds other files \\({name}\\): name an empty folder"):
        Journal(tmp_path, RUN)
    assert everything(tmp_path) == {name: FOREIGN[name]}


@pytest.mark.parametrize("damaged", [b"", b"[]", b"{", b"\xff", b"{}"])
def test_results_of_a_run_that_nobody_knows_are_left_as_they_are(tmp_path, damaged):
    filled(tmp_path, "ann")
    (tmp_path / "run.json").write_bytes(damaged)
    before = everything(tmp_path)
    with pytest.raises(GradingError, match=r"run.json is damaged: name another folder"):
        Journal(tmp_path, RUN)
    assert everything(tmp_path) == before


def test_a_file_in_the_place_of_the_folder_is_a_sentence(tmp_path):
    (tmp_path / "out").write_text("mine")
    with pytest.raises(GradingError, match="out is no folder"):
        Journal(tmp_path / "out", RUN)
    with pytest.raises(GradingError, match=r"out/deeper cannot be written \(Not a directory\)"):
        Journal(tmp_path / "out" / "deeper", RUN)


def test_hidden_files_are_nobodys_results(tmp_path):
    (tmp_path / ".DS_Store").write_bytes(b"")
    filled(tmp_path, "ann")


def test_where_folders_cannot_be_held_that_is_said(tmp_path, monkeypatch):
    with monkeypatch.context() as windows:
        windows.setattr(journal_file, "os", type("os", (), {"name": "nt", "path": os.path}))
        with pytest.raises(GradingError, match="needs Linux or macOS; on Windows, use WSL"):
            Journal(tmp_path / "out", RUN)
