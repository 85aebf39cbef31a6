"""Grade a class: every submission once, several at a time, whatever happens on the way."""

import contextlib
import hashlib
import secrets
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

from dgm_course.exercises.lab import Lab, load
from dgm_course.grading.grade import Grader, Job, Prepared, grade_safely
from dgm_course.grading.journal import Journal, held, must_be_new, write_whole
from dgm_course.grading.problem import GradingError
from dgm_course.grading.submissions import Submission

SHORTEST_SEED = 16
OWN_SEED = ".seed"
SCHEMA = 1


@dataclass(frozen=True)
class Options:
    """How to grade: where results go, how many at a time, or on which cluster."""

    out: Path
    jobs: int = 1
    dask: str = ""
    progress: bool = False


def must_lie_apart(out: Path, submissions: Path) -> None:
    """Raises GradingError where results among the submissions would look like a student's."""
    if out.resolve().is_relative_to(submissions.resolve()):
        raise GradingError(f"{out} lies among the submissions: name another folder with --out.")


def read_seed(path: Path | None, out: Path) -> int:
    """The class's secret seed: from a file, or made once and kept with the results.

    Raises GradingError where the file is missing or too short to be a secret.
    """
    if path is None:
        path = out / OWN_SEED
        _make_seed(path, out)
    try:
        secret = path.read_bytes().strip()
    except OSError as error:
        raise GradingError(f"The seed file {path} cannot be read: {error.strerror}.") from error
    if len(secret) < SHORTEST_SEED:
        raise GradingError(
            f"The seed file {path} holds {len(secret)} characters: write at least {SHORTEST_SEED} "
            "random ones into it, and keep it from your students."
        )
    return int.from_bytes(hashlib.sha256(secret).digest()[:7], "big")


def _make_seed(path: Path, out: Path) -> None:
    if path.exists():
        return
    with held(out):
        if path.exists():  # since a moment ago: another run's
            return
        must_be_new(out)
        write_whole(path, secrets.token_hex(16).encode() + b"\n", mode=0o600)


def describe(job: Job, lab: Lab, title: str, version: str) -> dict:
    """What is graded, as run.json keeps it; of the seed a digest, to recognise it again."""
    return {
        "schema": SCHEMA,
        "lab": lab.name,
        "title": title,
        "course": version,
        "seed": hashlib.sha256(f"dgm grade {job.seed}".encode()).hexdigest()[:16],
        "sandboxed": job.sandboxed,
        "max_points": sum(e.points for e in lab.exercises),
        "exercises": [
            {"name": e.name, "title": e.title, "points": e.points} for e in lab.exercises
        ],
        "misconceptions": {e.name: dict(e.misconceptions) for e in lab.exercises},
    }


def grade_class(submissions: list[Submission], job: Job, run: dict, options: Options) -> list[dict]:
    """Grade who has no result yet, and return everybody's, sorted by student."""
    journal = Journal(options.out, run)
    try:
        left = [s for s in submissions if not _is_done(s, journal.results)]
        engine = _on_cluster if options.dask else _on_this_machine
        done = len(submissions) - len(left)
        with (
            _bar(len(submissions), done, options.progress) as tick,
            contextlib.closing(engine(left, job, options)) as results,
        ):
            for found in results:
                journal.add(found)
                tick()
        there = {submission.student for submission in submissions}
        return sorted(
            (r for name, r in journal.results.items() if name in there), key=lambda r: r["student"]
        )
    finally:
        journal.close()


def _is_done(submission: Submission, results: dict[str, dict]) -> bool:
    """Whether this very notebook has its result."""
    before = results.get(submission.student)
    if before is None or before["file"] != submission.file:
        return False
    if before["notes"][: len(submission.notes)] != list(submission.notes):
        return False
    if any(exercise["ended"] == "sandbox" for exercise in before["exercises"]):
        return False  # that was no fault of the notebook's
    if submission.problem or not before["sha256"]:
        return before["problem"] == submission.problem
    try:
        return hashlib.sha256(submission.read()).hexdigest() == before["sha256"]
    except GradingError:
        return False


@contextlib.contextmanager
def _bar(total: int, done: int, shown: bool) -> Iterator[Callable[[], object]]:
    """One progress bar, on a terminal; gives the function that moves it."""
    from tqdm import tqdm

    form = "{desc} {bar} {n_fmt} of {total_fmt} [{elapsed}<{remaining}]"
    options = {"total": total, "initial": done, "disable": not shown, "bar_format": form}
    with tqdm(desc="grading", **options) as bar:
        yield lambda: bar.update(1)


def _on_this_machine(left: list[Submission], job: Job, options: Options) -> Iterator[dict]:
    """Results as they come from `jobs` sandboxes."""
    prepared, local, graders = Prepared(job), threading.local(), []

    def work(submission: Submission) -> dict:
        if not hasattr(local, "grader"):
            local.grader = Grader(prepared)
            graders.append(local.grader)
        return grade_safely(local.grader, submission)

    pool = ThreadPoolExecutor(options.jobs)
    try:
        yield from as_they_come(lambda s: pool.submit(work, s), left, 2 * options.jobs)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for grader in graders:
            grader.room.stop()
        pool.shutdown(wait=True)
        for grader in graders:
            grader.room.end()


def as_they_come(
    submit: Callable[[Submission], Future], left: list[Submission], most: int
) -> Iterator[dict]:
    """Results in the order in which they are ready, with at most `most` under way."""
    waiting, under_way = iter(left), set()
    while True:
        for submission in waiting:
            under_way.add(submit(submission))
            if len(under_way) >= most:
                break
        if not under_way:
            return
        done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
        for future in done:
            yield future.result()


def _on_cluster(left: list[Submission], job: Job, options: Options) -> Iterator[dict]:
    from dgm_course.grading.cluster import on_cluster

    return on_cluster(left, job, options.dask)


def lab_of(module: str) -> Lab:
    """The lab by number or name; raises GradingError with the names there are."""
    try:
        return load(module)
    except KeyError as error:
        raise GradingError(f"{error.args[0][0].upper()}{error.args[0][1:]}.") from error
