"""A class graded: the same results from the same seed, whatever happens on the way."""

import json
import os
import shutil
import subprocess

import psutil
import pytest

from dgm_course.grading.run import read_seed
from tests.grading import class_run
from tests.grading.class_run import (
    BITS,
    dgm,
    family,
    gone,
    hand_in,
    has_sandbox,
    journal,
    mixed_class,
    refused,
    report,
    seed_file,
    small,
    start,
    wait_for,
    words,
)
from tests.grading.classroom import filled, prepared

pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A mixed class graded one at a time: what every other way must give, too."""
    folder = tmp_path_factory.mktemp("class")
    submissions, seed = mixed_class(folder / "submissions"), seed_file(folder)
    done = dgm(*words(submissions, folder / "out", "--seed-file", seed))
    assert (done.exit_code, done.stderr) == (1, ""), done.output
    return folder


def again(graded, out, *more):
    submissions, seed = graded / "submissions", graded / "seed.txt"
    return words(submissions, out, "--seed-file", seed, *more)


def results(out):
    return {r["student"]: r for r in json.loads((out / "results.json").read_text())["results"]}


def test_everybody_gets_what_the_notebook_deserves(graded):
    found = results(graded / "out")
    assert {name: r["points"] for name, r in found.items()} == {
        "ann": 28, "bob": 24, "cem": 26, "dea": 0, "eva": 0, "fay": 0
    }  # fmt: skip
    assert [name for name, r in found.items() if r["problem"]] == ["dea", "eva"]
    assert sorted(journal(graded / "out")) == sorted(found)
    assert len(report(graded / "out")) == 5 + 2 * len(found)


def test_two_at_a_time_give_the_same_files_byte_for_byte(graded, tmp_path):
    assert dgm(*again(graded, tmp_path / "two", "-j", 2)).exit_code == 1
    assert report(tmp_path / "two") == report(graded / "out")
    assert sorted(journal(tmp_path / "two")) == sorted(journal(graded / "out"))


def test_a_run_that_is_complete_is_written_again_as_it_was(graded, tmp_path, monkeypatch):
    shutil.copytree(graded / "out", tmp_path / "out")
    monkeypatch.setenv("PATH", "/nowhere")  # so that no sandbox could start
    assert dgm(*again(graded, tmp_path / "out")).exit_code == 1
    assert report(tmp_path / "out") == report(graded / "out")
    assert journal(tmp_path / "out") == journal(graded / "out")


def test_who_hands_in_again_is_graded_again_and_who_left_is_left_out(graded, tmp_path):
    class_folder, out = tmp_path / "submissions", tmp_path / "out"
    shutil.copytree(graded / "submissions", class_folder)
    shutil.copytree(graded / "out", out)
    hand_in(class_folder, bob=filled(), dea=filled(entropy=BITS))
    shutil.rmtree(class_folder / "cem")
    (class_folder / "ann" / "draft.ipynb").write_bytes(small())  # a note, and the same notebook
    assert dgm(*words(class_folder, out, "--seed-file", graded / "seed.txt")).exit_code == 1
    points = {name: r["points"] for name, r in results(out).items()}
    assert points == {"ann": 28, "bob": 28, "dea": 24, "eva": 0, "fay": 0}
    before = journal(graded / "out")
    assert journal(out)[: len(before)] == before
    assert sorted(journal(out)[len(before) :]) == ["ann", "bob", "dea"]
    assert not (out / "feedback" / "cem.html").exists()
    assert "cem" not in (out / "grades.csv").read_text()
    fresh = tmp_path / "fresh"
    dgm(*words(class_folder, fresh, "--seed-file", graded / "seed.txt"))
    assert report(out) == report(fresh)


def learned(seed):
    """An answer that knows the numbers of one seed by heart, and nothing else."""
    numbers = prepared(seed=seed).numbers["information"]
    known = {str(numbers.inputs[k].tolist()): numbers.want[o].tolist() for o, k in ASKED.items()}
    return (
        f"def information(p):\n    from math import inf\n"
        f"    return torch.tensor({known!r}.get(str(p.tolist()), 0.0))\n"
    )


ASKED = {"random": "p", "ends": "ends", "curve": "chances"}


def test_answers_learned_by_heart_are_worth_something_for_one_seed_only(tmp_path):
    scores = {}
    for secret in ("sixteen characters", "seventeen characters"):
        seed = seed_file(tmp_path, secret)
        if not scores:
            answer = learned(read_seed(seed, tmp_path))
            hand_in(tmp_path / "submissions", ann=filled(information=answer))
        done = dgm(*words(tmp_path / "submissions", tmp_path / secret, "--seed-file", seed))
        assert done.exit_code == 0, done.output
        found = results(tmp_path / secret)["ann"]["exercises"][0]
        scores[secret] = found["points"], found["lines"][0]["holds"]
    assert scores == {"sixteen characters": (2, True), "seventeen characters": (0, False)}


def kill_when(command, out, more):
    """Run and `kill -9` with so many more results, or with none but a sandbox; nothing is left."""
    wanted, process = len(journal(out)) + more, start(*command)
    wait_for(lambda: len(journal(out)) >= wanted if more else has_sandbox(process.pid))
    started = family(process.pid)
    process.kill()
    process.communicate()
    assert process.returncode == -9 and started and gone(started)


def test_kill_9_at_any_time_grades_everybody_exactly_once(tmp_path):
    submissions = hand_in(tmp_path / "s", **{f"s{i:02}": small(i) for i in range(8)})
    seed, out = seed_file(tmp_path), tmp_path / "out"
    command = words(submissions, out, "--seed-file", seed)
    kill_when(command, out, 0)
    kill_when(command, out, 2)
    assert 2 <= len(journal(out)) < 8
    path = out / "results.jsonl"
    os.truncate(path, path.stat().st_size - 40)  # as if killed in the middle of a line
    assert not path.read_bytes().endswith(b"\n")
    assert dgm(*command).exit_code == 0
    assert sorted(journal(out)) == sorted(p.name for p in submissions.iterdir())
    assert dgm(*words(submissions, tmp_path / "whole", "--seed-file", seed, "-j", 2)).exit_code == 0
    assert report(out) == report(tmp_path / "whole")


@pytest.fixture
def disk(tmp_path):
    """A disk of 1 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)]
    if os.getuid() != 0 or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("needs the right to mount a disk")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def fill(disk, left):
    usage = shutil.disk_usage(disk)
    (disk / "large").write_bytes(b"x" * (usage.free - left))


def test_a_full_disk_stops_the_run_and_loses_nothing(disk, tmp_path):
    submissions = hand_in(tmp_path / "s", **{f"s{i:02}": small(i) for i in range(6)})
    seed, out = seed_file(tmp_path), disk / "out"
    command = words(submissions, out, "--seed-file", seed)
    stopped = []
    for left in (4096, 16384, 81920):  # for run.json, for the journal, for the report
        fill(disk, left)
        done = dgm(*command)
        refused(done, "No space left on device", "what is graded is kept", "run the same command")
        where = done.stderr.split(" cannot be written")[0].split("/")[-1]
        stopped.append((where, len(journal(out))))
        (disk / "large").unlink()
    assert stopped == [("run.json", 0), ("results.jsonl", stopped[1][1]), ("out", 6)]
    assert 0 < stopped[1][1] < 6
    assert dgm(*command).exit_code == 0
    assert sorted(journal(out)) == sorted(p.name for p in submissions.iterdir())


def test_memory_does_not_grow_with_the_class(tmp_path):
    submissions = hand_in(tmp_path / "s", **{f"s{i:02}": small(i) for i in range(40)})
    out = tmp_path / "out"
    process = start(*words(submissions, out, "--seed-file", seed_file(tmp_path), "-j", "2"))
    sizes = {}
    for count in (10, 38):
        wait_for(lambda count=count: len(journal(out)) >= count or process.poll() is not None)
        sizes[count] = psutil.Process(process.pid).memory_info().rss
    assert process.communicate(timeout=class_run.LIMIT)[1] == ""
    assert process.returncode == 0
    assert sizes[38] - sizes[10] < 20e6
