"""Run tests on copies of the package, each in a forked process with the slow imports already made.

A process that has run out of time is stopped with everything it started.  Tests that took least
time without an error are run first: most errors are noticed within a second.
"""

import contextlib
import json
import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from pathlib import Path

import pytest
from catalogue import PACKAGE, Mutant

ELSEWHERE, UNHEARD = 70, 71  # the tests ran on another package than the copy; wrote down nothing
OPTIONS = [
    *("-m", "not slow"),  # launchers, compilers and whole classes take longer than all the rest
    *("-x", "-q", "--no-header", "--tb=native"),  # a traceback with sources takes half a second
    *("-p", "no:cacheprovider", "-p", "no:unraisableexception", "-p", "no:threadexception"),
]
READ = ("sources", "lectures", "labs", "solutions", "docs")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc", "mutants", "browser")


@dataclass(frozen=True)
class Job:
    """Test files to run, on the package as it is or with an error in it; for so many seconds."""

    tests: tuple[str, ...]
    mutant: Mutant | None = None
    limit: float = 600.0


@dataclass(frozen=True)
class Result:
    """What came of a job: pytest's exit code, None after the limit; seconds by test; its output."""

    job: Job
    code: int | None
    seconds: float
    durations: dict[str, float] = field(default_factory=dict)
    failed: tuple[str, ...] = ()
    output: str = ""

    @property
    def noticed(self) -> bool:
        """Whether a test failed, the package would not import, crashed, or ran out of time."""
        return self.code is None or self.code in (1, 2) or self.code < 0

    @property
    def broken(self) -> bool:
        """Whether the run says nothing: no tests, a wrong command, another package."""
        return not self.noticed and self.code != 0

    @property
    def how(self) -> str:
        """What noticed the error, in a few words."""
        if self.code is None:
            return "out of time"
        if self.code < 0:
            return signal.Signals(-self.code).name
        return self.failed[0] if self.failed else "not noticed"


class Recorder:
    """A pytest plugin: quickest tests first, then the seconds and the failures of the run.

    A test counts for as long as its slowest parameters take: one may make what the others reuse.
    Tests with `topic` in their names come before all others.
    """

    def __init__(self, known: dict[str, float], topic: str):
        self.topic, self.slowest = topic, {}
        self.durations, self.failed = {}, []
        for nodeid, seconds in known.items():
            test = nodeid.split("[")[0]
            self.slowest[test] = max(seconds, self.slowest.get(test, 0))

    def pytest_collection_modifyitems(self, items: list) -> None:
        items.sort(key=self._rank)

    def _rank(self, item) -> tuple[bool, float]:
        seconds = self.slowest.get(item.nodeid.split("[")[0], 0)
        return self.topic not in item.name.lower(), seconds

    def pytest_runtest_logreport(self, report) -> None:
        self.durations[report.nodeid] = self.durations.get(report.nodeid, 0) + report.duration
        if report.failed:
            self.failed.append(report.nodeid)

    def pytest_collectreport(self, report) -> None:
        if report.failed:
            self.failed.append(report.nodeid)


@contextlib.contextmanager
def snapshot(root: Path) -> Iterator[Path]:
    """A copy of the package, its tests and what they read, so that files may be edited meanwhile.

    It lies in a temporary folder, where each job gets one of its own beside it.
    """
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        source = Path(folder).resolve() / "source"
        for name in (PACKAGE, "tests", *READ):
            if (root / name).exists():
                shutil.copytree(root / name, source / name, ignore=LEFT_OUT)
        if (root / "pyproject.toml").exists():
            shutil.copy(root / "pyproject.toml", source)
        yield source


def run(
    jobs: Iterable[Job], source: Path, workers: int, known: dict[str, float]
) -> Iterator[Result]:
    """Run jobs on copies of `source`, `workers` at a time, and yield each result as it comes."""
    waiting, running = list(jobs)[::-1], []
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                running.append(_Run(waiting.pop(), source, known))
            wait([r.process.sentinel for r in running], timeout=0.5)
            for done in [r for r in running if r.finished()]:
                running.remove(done)
                yield done.result()
    finally:
        for left in running:  # after an error or Ctrl-C
            left.stop()
            left.result()


class _Run:
    """A job under way in a folder of its own."""

    def __init__(self, job: Job, source: Path, known: dict[str, float]):
        self.job, self.folder = job, Path(tempfile.mkdtemp(dir=source.parent))
        _copy(source, self.folder, job.mutant)
        target = multiprocessing.get_context("fork").Process
        self.process = target(target=_test, args=(self.folder, job, known))
        self.started, self.late = time.monotonic(), False
        self.process.start()

    def finished(self) -> bool:
        """Whether the process has ended; ends it when its time is over."""
        if self.process.is_alive() and time.monotonic() - self.started > self.job.limit:
            self.late = True
            self.stop()
        return not self.process.is_alive()

    def stop(self) -> None:
        """End the process and all that it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.join()

    def result(self) -> Result:
        """What the ended process wrote down; clears its folder away."""
        seconds, code = time.monotonic() - self.started, self.process.exitcode
        written, output = self.folder / "recorded.json", self.folder / "output.txt"
        recorded = json.loads(written.read_text()) if written.exists() else {}
        if code > 0 and not recorded:
            code = UNHEARD
        text = output.read_text(errors="replace") if output.exists() else ""
        self.process.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        return Result(self.job, None if self.late else code, seconds, output=text, **recorded)


def _copy(source: Path, folder: Path, mutant: Mutant | None) -> None:
    """Links to the files of the snapshot, and the one file that the mutant changes."""
    shutil.copytree(source, folder, copy_function=os.link, dirs_exist_ok=True)
    if mutant:
        path = folder / PACKAGE / mutant.file
        text = mutant.apply(path.read_text(encoding="utf-8"))
        path.unlink()
        path.write_text(text, encoding="utf-8")


def _test(folder: Path, job: Job, known: dict[str, float]) -> None:
    """The forked process: run the tests on the copy and exit with pytest's code."""
    os.setpgid(0, 0)
    os.chdir(folder)
    sys.path[0] = str(folder)  # in place of this folder
    sys.dont_write_bytecode = True
    with open("output.txt", "w") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    recorder = Recorder(known, job.mutant.topic if job.mutant else "")
    code = pytest.main([*OPTIONS, "--rootdir", str(folder), *job.tests], plugins=[recorder])
    recorded = {"durations": recorder.durations, "failed": recorder.failed}
    Path(folder, "recorded.json").write_text(json.dumps(recorded))
    package = sys.modules.get(PACKAGE)
    if package and not Path(package.__file__).is_relative_to(folder):
        code = ELSEWHERE
    sys.exit(int(code))
