"""`dgm grade` as an instructor meets it: what it says, how it refuses, how it is stopped."""

import json
import os
import pty
import re
import signal
import sys
import termios
import time

import pytest

from dgm_course.grading import cluster
from tests.grading.class_run import (
    BITS,
    LIMIT,
    dgm,
    family,
    gone,
    hand_in,
    journal,
    refused,
    report,
    seed_file,
    start,
    wait_for,
    words,
)
from tests.grading.classroom import blank, filled

UNTOUCHED = json.dumps(blank()).encode()


@pytest.fixture
def submissions(tmp_path):
    return hand_in(tmp_path / "submissions", ann=UNTOUCHED)


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


def test_help_says_what_is_needed_on_one_screen():
    said = dgm("grade", "--help").output
    assert said.count("\n") < 40 and max(map(len, said.splitlines())) <= 80
    for option in ("--lab", "--out", "--seed-file", "--jobs", "--dask", "--unsandboxed"):
        assert option in said


BAD = {
    "no such lab": (["--lab", "77"], "There is no lab called '77'"),
    "no such format": (
        ["--format", "xls"],
        "There is no format 'xls'; there are files, gradescope",
    ),
    "no such seed file": (["--seed-file", "nowhere.txt"], "nowhere.txt cannot be read: No such"),
    "a folder as the seed file": (["--seed-file", "/"], "/ cannot be read: Is a directory"),
}


@pytest.mark.parametrize("what", BAD)
def test_bad_input_is_one_sentence_and_nothing_is_written(what, submissions, out):
    more, sentence = BAD[what]
    refused(dgm(*words(submissions, out, *more)), sentence)
    assert not out.exists()


@pytest.mark.parametrize("number", ["0", "-1", "many"])
def test_jobs_are_at_least_one(number, submissions, out):
    done = dgm(*words(submissions, out, "-j", number))
    assert done.exit_code == 2 and "Invalid value for '-j'" in done.stderr
    assert not out.exists()


def test_a_short_seed_is_refused(submissions, out, tmp_path):
    seed = seed_file(tmp_path, "2026")
    done = dgm(*words(submissions, out, "--seed-file", seed))
    refused(done, "holds 4 characters: write at least 16 random ones", "keep it from your students")
    assert not out.exists()


def test_where_nothing_was_handed_in_that_is_said(tmp_path, out):
    refused(dgm(*words(tmp_path / "nowhere", out)), "nowhere does not exist")
    (tmp_path / "empty").mkdir()
    refused(dgm(*words(tmp_path / "empty", out)), "holds no submissions")
    (tmp_path / "grades.pdf").write_bytes(b"%PDF")
    refused(dgm(*words(tmp_path / "grades.pdf", out)), "no zip file that can be opened")
    assert not out.exists()


@pytest.mark.parametrize("inside", [".", "grades", "ann/grades"])
def test_results_do_not_go_among_the_submissions(inside, submissions):
    before = report(submissions)
    refused(dgm(*words(submissions, submissions / inside)), "lies among the submissions")
    assert report(submissions) == before


@pytest.mark.parametrize("seeded", [True, False])
def test_a_folder_with_other_files_stays_as_it_is(seeded, submissions, out, tmp_path):
    out.mkdir()
    (out / "thesis.tex").write_text("years of work")
    more = ["--seed-file", seed_file(tmp_path)] if seeded else []
    refused(dgm(*words(submissions, out, *more)), "holds other files (thesis.tex)")
    assert os.listdir(out) == ["thesis.tex"]


def test_a_file_in_the_place_of_the_folder_stays_as_it_is(submissions, out):
    out.write_text("mine")
    refused(dgm(*words(submissions, out)), "out is no folder: name another with --out")
    assert out.read_text() == "mine"


def test_without_a_cluster_dask_is_refused(submissions, out, monkeypatch):
    monkeypatch.setattr(cluster, "PATIENCE", 1)
    done = dgm(*words(submissions, out, "--dask", "tcp://127.0.0.1:9"))
    refused(done, "There is no dask cluster with a worker at tcp://127.0.0.1:9", "dask scheduler")
    done = dgm(*words(submissions, out, "--dask", "no address at all"))
    refused(done, "There is no dask cluster with a worker at no address at all")


def broken_bwrap(folder, text):
    folder.mkdir()
    if text:
        (folder / "bwrap").write_text(f"#!/bin/sh\necho '{text}' >&2\nexit 1\n")
        (folder / "bwrap").chmod(0o755)
    return str(folder)


WHY = {"": "No such file", "bwrap: setting up uid map: Permission denied": "Permission denied"}


@pytest.mark.parametrize("said", WHY)
def test_without_a_working_sandbox_it_refuses_until_told_otherwise(
    said, submissions, out, tmp_path, monkeypatch
):
    hand_in(submissions, bob=b"{")
    monkeypatch.setenv("PATH", broken_bwrap(tmp_path / "bin", said))
    refused(dgm(*words(submissions, out)), "The sandbox does not start: ", WHY[said], "apt install")
    assert "summary.html" not in report(out)
    if said:
        return
    done = dgm(*words(submissions, out, "--unsandboxed"))
    assert done.exit_code == 1, done.output
    assert "Graded WITHOUT a sandbox: students' code ran with your rights." in done.stdout
    pages = {n: text.decode() for n, text in report(out).items() if n.endswith((".html", ".md"))}
    assert len(pages) == 6
    assert [name for name, text in pages.items() if "without a sandbox" not in text.lower()] == []
    refused(dgm(*words(submissions, out)), "holds a run with another choice of sandbox")


@pytest.mark.sandbox
def test_what_came_out_is_said_in_a_few_lines(submissions, out):
    hand_in(submissions, bob=filled(entropy=BITS), cem=b"\xff\xfe", dea=b"")
    (submissions / "eva").mkdir()
    (submissions / "eva" / "essay.docx").write_bytes(b"PK")
    done = dgm(*words(submissions, out, "--format", "gradescope"))
    assert (done.exit_code, done.stderr) == (1, "")
    first, *middle, last = done.stdout.splitlines()
    assert first == "2 of 5 submissions graded; 12.0 of 28 points on average."
    assert [re.sub(r"(: \w+: ).+\.$", r"\1", line) for line in middle] == [
        f"  not graded: {name}: " for name in ("cem", "dea", "eva")
    ]
    assert last == f"Grades, feedback and a summary are in {out}: open {out / 'summary.html'}."
    assert len(list((out / "gradescope").iterdir())) == 5
    assert (out / ".seed").stat().st_mode & 0o777 == 0o600


@pytest.mark.sandbox
def test_a_lost_seed_is_told_from_another_folder(submissions, out):
    assert dgm(*words(submissions, out)).exit_code == 0
    before = report(out)
    (out / ".seed").rename(out.parent / "kept.txt")
    refused(dgm(*words(submissions, out)), "holds a run with another seed", "--seed-file")
    assert report(out) == before and not (out / ".seed").exists()
    assert dgm(*words(submissions, out, "--seed-file", out.parent / "kept.txt")).exit_code == 0


def read_all(fd):
    text = b""
    while True:
        try:
            part = os.read(fd, 4096)
        except OSError:  # the terminal is closed
            return text.decode()
        if not part:
            return text.decode()
        text += part


@pytest.mark.sandbox
def test_one_bar_shows_progress_on_a_terminal(submissions, out):
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    process = start(*words(submissions, out), stderr=theirs)
    os.close(theirs)
    shown, said = read_all(ours), process.communicate(timeout=LIMIT)[0]
    os.close(ours)
    assert process.returncode == 0 and said.startswith("1 of 1 submissions graded")
    assert shown.count("\n") == 1 and shown.rstrip().endswith("]")
    assert "0 of 1" in shown and "1 of 1" in shown
    assert set(re.findall(r"[a-z]{4,}", shown)) == {"grading"}


LOOP = "def information(p):\n    while True:\n        pass\n"


@pytest.mark.sandbox
def test_ctrl_c_ends_soon_and_says_how_to_go_on(submissions, out):
    hand_in(submissions, bob=filled(information=LOOP), cem=UNTOUCHED)
    process = start(*words(submissions, out), start_new_session=True)
    wait_for(lambda: "ann" in journal(out))
    busy = dgm(*words(submissions, out))
    refused(busy, "Another `dgm grade` is writing to", "wait until it ends")
    started = family(process.pid)
    os.killpg(process.pid, signal.SIGINT)
    began = time.monotonic()
    said, errors = process.communicate(timeout=LIMIT)
    assert time.monotonic() - began < 10
    assert (process.returncode, said) == (130, "")
    assert errors == "Stopped; what is graded is kept: run the same command again to go on.\n"
    assert gone(started)
    hand_in(submissions, bob=UNTOUCHED)
    assert dgm(*words(submissions, out)).exit_code == 0
    assert sorted(journal(out)) == ["ann", "bob", "cem"]


@pytest.mark.skipif(sys.platform == "win32", reason="no signals there")
def test_ctrl_c_before_anything_is_graded_is_no_traceback(submissions, out):
    process = start(*words(submissions, out), start_new_session=True)
    wait_for(lambda: (out / "run.json").exists() or process.poll() is not None)
    os.killpg(process.pid, signal.SIGINT)
    errors = process.communicate(timeout=LIMIT)[1]
    assert process.returncode == 130 and errors.startswith("Stopped; ") and gone([])
