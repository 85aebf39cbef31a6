"""The same grading on a dask cluster that is already running: the same function, elsewhere.

Workers need this package and bubblewrap.  A worker that dies in the middle costs time only: its
submissions are given to others.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass

from dgm_course.grading.grade import Grader, Job, Prepared, grade_safely
from dgm_course.grading.problem import GradingError
from dgm_course.grading.submissions import Submission

CONNECT_SECONDS = 15
TRIES = 5
_local, _prepared, _lock = threading.local(), {}, threading.Lock()


def on_cluster(left: list[Submission], job: Job, address: str) -> Iterator[dict]:
    """Results as the cluster returns them; raises GradingError where there is no cluster."""
    client = _connect(address)
    try:
        import distributed

        waiting = iter(left)
        most = 4 * max(1, len(client.scheduler_info(n_workers=-1)["workers"]))
        first = [_submit(client, s, job) for s, _ in zip(waiting, range(most), strict=False)]
        running = distributed.as_completed(first)
        for future in running:
            yield _result(future)
            following = next(waiting, None)
            if following is not None:
                running.add(_submit(client, following, job))
    finally:
        client.close()


def _connect(address: str):
    try:
        from distributed import Client
    except ImportError as error:
        raise GradingError(
            "--dask needs dask.distributed: `pip install -c constraints.txt -e .[cluster]`."
        ) from error
    try:
        client = Client(address, timeout=CONNECT_SECONDS)
        client.wait_for_workers(1, timeout=CONNECT_SECONDS)
    except (OSError, ValueError, TimeoutError) as error:
        raise GradingError(
            f"There is no dask cluster with a worker at {address}: start `dask scheduler` and "
            "`dask worker` there, or leave --dask out."
        ) from error
    return client


def _submit(client, submission: Submission, job: Job):
    name = f"grade-{submission.student}-{id(submission)}"
    return client.submit(grade_here, loaded(submission), job, key=name, pure=False, retries=TRIES)


def _result(future) -> dict:
    try:
        return future.result()
    except GradingError:
        raise
    except Exception as error:
        raise GradingError(
            f"The cluster gave up a submission ({type(error).__name__}): run the same command "
            "again to go on."
        ) from error


@dataclass(frozen=True)
class Travelling:
    """A submission with its notebook in it."""

    student: str
    file: str
    notes: tuple[str, ...]
    problem: str
    data: bytes

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
    return Travelling(submission.student, submission.file, submission.notes, problem, data)


def grade_here(submission: Travelling, job: Job) -> dict:
    """Grade in this thread's sandbox, which is kept for the next."""
    with _lock:
        if job not in _prepared:
            _prepared.clear()
            _prepared[job] = Prepared(job)
    if getattr(_local, "job", None) != job:
        _local.job, _local.grader = job, Grader(_prepared[job])
    return grade_safely(_local.grader, submission)
