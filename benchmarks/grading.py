"""How fast a class is graded: submissions of lab 01 a second, beside nbgrader's autograde.

    python -m benchmarks.grading [--json] [--quick]

Twenty realistic submissions (classroom/twenty.py: right, partly wrong, half done, with plots and
helpers, one that crashes) are graded five times over by two graders at once, each in its sandbox,
with the journal on disk, as `dgm grade -j 2` does.  Starting the sandboxes is timed apart: a class
pays it once.  The memory is that of the process that compares and records; it is read after 20
submissions and at the end.  nbgrader grades the same twenty, one after another, in the same run,
with the start of its program left out too.  --quick grades 20 and gives nbgrader 3 of them.
Without bubblewrap the graders run unsandboxed, and the table and `sandboxed` say so.
"""

import argparse
import json
import os
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil

from benchmarks.classroom.twenty import MODULE, cells_handed_out, twenty
from dgm_course.grading import run, sandbox
from dgm_course.grading.cluster import Travelling
from dgm_course.grading.grade import Grader, Job, Prepared
from dgm_course.grading.journal import Journal

JOBS, ROUNDS, SEED = 2, 5, 20_261_121
QUICK_PEERS = 3


def memory_mb() -> float:
    """Resident memory of this process."""
    return psutil.Process().memory_info().rss / 2**20


class Graders:
    """Two warm graders; `rate` is what a class gets from them."""

    def __init__(self, sandboxed: bool):
        self.job = Job(MODULE, cells_handed_out(), SEED, sandboxed)
        begin = time.perf_counter()
        prepared = Prepared(self.job)
        self.all = [Grader(prepared) for _ in range(JOBS)]
        self.pool, self.local, self.free = ThreadPoolExecutor(JOBS), threading.local(), [*self.all]
        for grader in self.all:
            grader.grade(Travelling("start", "", (), "", b"{}"))
        self.start = (time.perf_counter() - begin) / JOBS

    def _grade(self, submission: Travelling) -> dict:
        if not hasattr(self.local, "grader"):
            self.local.grader = self.free.pop()
        return self.local.grader.grade(submission)

    def grade(self, class_: dict[str, bytes], out: Path) -> float:
        """Seconds to grade a class and write every result to the journal."""
        lab = self.all[0].lab
        journal = Journal(out, run.describe(self.job, lab, lab.name, "benchmark"))
        work = [Travelling(name, f"{name}.ipynb", (), "", data) for name, data in class_.items()]
        begin = time.perf_counter()
        for found in run.as_they_come(lambda s: self.pool.submit(self._grade, s), work, 2 * JOBS):
            journal.add(found)
        seconds = time.perf_counter() - begin
        journal.close()
        return seconds

    def close(self) -> None:
        """End the sandboxes."""
        for grader in self.all:
            grader.room.stop()
        self.pool.shutdown()


def ours(class_: dict[str, bytes], rounds: int) -> dict:
    """Rates of grading a class several times over, memory after the first time and the last."""
    sandboxed = sandbox.is_possible()
    graders, seconds, memory = Graders(sandboxed), [], []
    try:
        with tempfile.TemporaryDirectory() as folder:
            for number in range(rounds):
                seconds.append(graders.grade(class_, Path(folder) / str(number)))
                memory.append(memory_mb())
    finally:
        graders.close()
    return {
        "per_second": rounds * len(class_) / sum(seconds),
        "rounds": [len(class_) / s for s in seconds],
        "start": graders.start,
        "memory": (memory[0], memory[-1]),
        "sandboxed": sandboxed,
    }


def table(own: dict, peer: float, peers: int, graded: int, count: int) -> str:
    """The figures for people."""
    first, last = own["memory"]
    how = "sandboxed" if own["sandboxed"] else "NOT SANDBOXED"
    rates = ", ".join(f"{rate:.1f}" for rate in own["rounds"])
    lines = {
        f"dgm grade -j {JOBS}, {how}": f"{own['per_second']:8.2f} submissions/s, {count} graded",
        "  twenty at a time": f"{rates:>8}",
        "  start of a sandbox": f"{own['start']:8.2f} s",
        "  memory of the grading process": f"{first:8.1f} MB after 20, {last:.1f} at the end",
        "nbgrader autograde": f"{peer:8.2f} submissions/s, {graded} of {peers} graded",
        "ratio": f"{own['per_second'] / peer:8.1f}",
        "machine": f"{os.cpu_count():8} cores, load {os.getloadavg()[0]:.1f}",
    }
    return "\n".join(f"{name:32}{figure}" for name, figure in lines.items())


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    parser.add_argument("--quick", action="store_true", help="20 submissions, 3 for nbgrader")
    wanted = parser.parse_args()
    from benchmarks.classroom import nbgrader

    class_ = twenty()
    rounds = 1 if wanted.quick else ROUNDS
    own = ours(class_, rounds)
    names = list(class_)[:: len(class_) // QUICK_PEERS][:QUICK_PEERS] if wanted.quick else class_
    seconds, graded = nbgrader.seconds({name: class_[name] for name in names})
    peer = len(names) / seconds
    print(table(own, peer, len(names), graded, rounds * len(class_)))
    if wanted.json:
        figures = {
            "per_second": round(own["per_second"], 3),
            "nbgrader_per_second": round(peer, 3),
            "parent_memory_mb": round(own["memory"][1], 1),
            "sandboxed": own["sandboxed"],
        }
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
