"""The same grading on a dask cluster that is already running: the same function, elsewhere.

Workers need this package and bubblewrap.  A worker that dies in the middle costs time only: its
submissions are given to others.
"""

import contextlib
import logging
import threading
import uuid
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from dgm_course.grading.grade import Grader, Job, Prepared, grade_safely
from dgm_course.grading.problem import GradingError
from dgm_course.grading.submissions import Submission

PATIENCE = 15  # seconds without a worker
TRIES = 5
_graders: dict[int, Grader] = {}  # of each thread of a worker
_over: set[str] = set()  # runs that were left: what the cluster had on its way may come after that
_lock = threading.Lock()


def on_cluster(left: list[Submission], job: Job, address: str) -> Iterator[dict]:
    """Results as the cluster returns them; raises GradingError where there is no cluster."""
    client, under_way, run = _connect(address), set(), uuid.uuid4().hex
    try:
        yield from _as_they_come(client, iter(left), job, under_way, run)
    finally:
        with contextlib.suppress(Exception):  # of a cluster that is gone, nothing is to be freed
            client.cancel(list(under_way))
            client.run(leave, job, run, on_error="ignore")
        client.close(timeout=PATIENCE)


def _connect(address: str):
    try:
        from distributed import Client
    except ImportError as error:
        raise GradingError(
            "--dask needs dask.distributed: `pip install -c constraints.txt -e .[cluster]`."
        ) from error
    for name in ("distributed", "distributed.client", "distributed.core", "tornado.application"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what matters is raised, too
    client = None
    try:
        client = Client(address, timeout=PATIENCE)
        client.wait_for_workers(1, timeout=PATIENCE)
    except (OSError, ValueError, TimeoutError) as error:
        if client:
            client.close()
        raise GradingError(
            f"There is no dask cluster with a worker at {address}: start `dask scheduler` and "
            "`dask worker` there, or leave --dask out."
        ) from error
    return client


def _as_they_come(client, waiting: Iterator[Submission], job: Job, under_way: set, run: str):
    """Results in the order in which they are ready; as many under way as keep workers busy."""
    while True:
        most = 2 * max(1, sum(client.ncores().values()))
        for _, submission in zip(range(most - len(under_way)), waiting, strict=False):
            under_way.add(_submit(client, submission, job, run))
        if not under_way:
            return
        for future in _ready(client, under_way):
            under_way.remove(future)
            with _explained():
                found = future.result()
            yield found


def _ready(client, under_way: set) -> set:
    """What is done, after a while at the most; GradingError where nobody is there to do it."""
    import distributed

    try:
        with _explained():
            return distributed.wait(under_way, PATIENCE, return_when="FIRST_COMPLETED").done
    except TimeoutError:
        pass
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except TimeoutError as error:
        raise GradingError(
            "The cluster has no worker left: start one and run the same command again to go on."
        ) from error
    return set()


def _submit(client, submission: Submission, job: Job, run: str):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Sending large graph")
        return client.submit(grade_here, loaded(submission), job, run, pure=False, retries=TRIES)


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    """Raises GradingError for what the cluster says when it gives up."""
    try:
        yield
    except (GradingError, TimeoutError):
        raise
    except Exception as error:
        raise GradingError(
            f"The cluster gave up a submission ({type(error).__name__}): see that its workers have "
            "this course and bubblewrap, and run the same command again to go on."
        ) from error


@dataclass(frozen=True)
class Travelling:
    """A submission with its notebook in it."""

    student: str
    file: str
    notes: tuple[str, ...]
    problem: str
    data: bytes
    number: str = ""

    def read(self) -> bytes:
        """The notebook."""
        return self.data


def loaded(submission: Submission) -> Travelling:
    """The submission as it travels to another machine."""
    data, problem = b"", submission.problem
    if not problem:
        try:
            data = submission.read()
        except GradingError as error:
            problem = str(error)
    said = submission.notes, problem
    return Travelling(submission.student, submission.file, *said, data, submission.number)


def grade_here(submission: Travelling, job: Job, run: str = "") -> dict:
    """Grade in this thread's sandbox, which is kept for the next; GradingError once left."""
    me = threading.get_ident()
    with _lock:
        if run in _over:
            raise GradingError("Grading was stopped; run the same command again to go on.")
        grader = _graders.get(me)
        if grader is None or grader.job != job or grader.room.stopped:
            if grader:
                grader.room.end()
            same = (g.prepared for g in _graders.values() if g.job == job)
            grader = _graders[me] = Grader(next(same, None) or Prepared(job))
    with grader.at_work:
        return grade_safely(grader, submission)


def leave(job: Job, run: str = "") -> None:
    """End this process's sandboxes for a job, whatever they do, and begin nothing more of a run."""
    with _lock:
        if run:
            _over.add(run)
        for thread in [t for t, grader in _graders.items() if grader.job == job]:
            grader = _graders.pop(thread)
            grader.room.stop()
            with grader.at_work:
                grader.room.end()
