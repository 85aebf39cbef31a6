"""The same class on a cluster of two processes: the same files, whoever dies on the way."""

import os
import signal

import psutil
import pytest

from dgm_course.grading import cluster
from dgm_course.grading.cluster import Travelling, grade_here, leave
from dgm_course.grading.grade import Job
from dgm_course.grading.problem import GradingError
from tests.grading.class_run import (
    dgm,
    environment,
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
from tests.grading.classroom import ROOT, handed_out

distributed = pytest.importorskip("distributed")
pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module")
def two():
    """A cluster with two worker processes of one thread each, which are started again."""
    options = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "memory_limit": 0}
    with (
        environment(PYTHONPATH=str(ROOT)),
        distributed.LocalCluster(
            **options, host="127.0.0.1", dashboard_address="127.0.0.1:0"
        ) as workers,
    ):
        yield workers


def pids(workers):
    return [nanny.pid for nanny in workers.workers.values()]


def on(workers, submissions, out, seed):
    return words(submissions, out, "--seed-file", seed, "--dask", workers.scheduler_address)


def test_a_cluster_gives_the_same_files_byte_for_byte(two, tmp_path):
    submissions, seed = mixed_class(tmp_path / "submissions"), seed_file(tmp_path)
    assert dgm(*words(submissions, tmp_path / "here", "--seed-file", seed)).exit_code == 1
    done = start(*on(two, submissions, tmp_path / "there", seed))
    said, errors = done.communicate()
    assert (done.returncode, errors) == (1, "")
    assert said.startswith("4 of 6 submissions graded")
    assert report(tmp_path / "there") == report(tmp_path / "here")
    assert sorted(journal(tmp_path / "there")) == sorted(journal(tmp_path / "here"))
    assert gone([p for pid in pids(two) for p in family(pid)])  # no sandbox waits for more


def test_a_worker_that_is_killed_costs_nobody_anything(two, tmp_path):
    submissions = hand_in(tmp_path / "s", **{f"s{i:02}": small(i) for i in range(8)})
    seed = seed_file(tmp_path)
    process = start(*on(two, submissions, tmp_path / "there", seed))
    wait_for(lambda: len(journal(tmp_path / "there")) >= 2)
    victim = next(pid for pid in pids(two) if has_sandbox(pid))
    sandboxed = family(victim)
    os.kill(victim, signal.SIGKILL)
    assert sandboxed and gone([*sandboxed, *dead(victim)])
    said, errors = process.communicate()
    assert (process.returncode, errors) == (0, ""), said
    assert sorted(journal(tmp_path / "there")) == sorted(p.name for p in submissions.iterdir())
    assert dgm(*words(submissions, tmp_path / "here", "--seed-file", seed, "-j", 2)).exit_code == 0
    assert report(tmp_path / "there") == report(tmp_path / "here")


def dead(pid):
    try:
        return [psutil.Process(pid)]
    except psutil.NoSuchProcess:
        return []


LOOP = b"""{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"cell_type": "code",
"metadata": {}, "source": "def information(p):\\n    while True: pass", "outputs": []}]}"""


def test_ctrl_c_frees_the_cluster(two, tmp_path):
    submissions = hand_in(tmp_path / "s", ann=small(), bob=LOOP, cem=LOOP, dea=LOOP, eva=LOOP)
    out, seed = tmp_path / "there", seed_file(tmp_path)
    process = start(*on(two, submissions, out, seed), start_new_session=True)
    wait_for(lambda: "ann" in journal(out))
    os.killpg(process.pid, signal.SIGINT)
    errors = process.communicate()[1]
    assert process.returncode == 130
    assert errors == "Stopped; what is graded is kept: run the same command again to go on.\n"
    assert gone([p for pid in pids(two) for p in family(pid)])


def test_without_workers_it_gives_up_with_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "PATIENCE", 1)
    submissions, seed = hand_in(tmp_path / "s", ann=small()), seed_file(tmp_path)
    with distributed.LocalCluster(
        n_workers=0, host="127.0.0.1", dashboard_address="127.0.0.1:0"
    ) as empty:
        done = dgm(*on(empty, submissions, tmp_path / "out", seed))
        refused(done, "There is no dask cluster with a worker at tcp://127.0.0.1:")
        with distributed.Client(empty) as client, pytest.raises(GradingError, match="no worker"):
            cluster._ready(client, {client.submit(len, "as if the last had died")})


def test_what_comes_after_a_run_was_left_starts_no_sandbox():
    """The cluster may hand out what it had on its way when Ctrl-C had ended all sandboxes."""
    ann, job = Travelling("ann", "", (), "", small()), Job("01", handed_out("01"), 3)
    leave(job, "monday's")
    with pytest.raises(GradingError, match=r"^Grading was stopped; run the same command again"):
        grade_here(ann, job, "monday's")
    assert not cluster._graders
    assert grade_here(ann, job, "tuesday's")["problem"] == ""
    leave(job, "tuesday's")
    assert not cluster._graders


def test_a_worker_changes_its_sandbox_with_the_class():
    ann = Travelling("ann", "", (), "", small())
    jobs = [Job("01", handed_out("01"), seed) for seed in (1, 2)]
    sandboxes = []
    for job in (jobs[0], jobs[0], jobs[1]):
        assert grade_here(ann, job)["problem"] == ""
        (grader,) = cluster._graders.values()
        sandboxes.append(psutil.Process(grader.room.sandbox.process.pid))
    assert sandboxes[0] == sandboxes[1] and gone(sandboxes[:2]) and sandboxes[2].is_running()
    leave(jobs[1])
    assert gone(sandboxes) and not cluster._graders
