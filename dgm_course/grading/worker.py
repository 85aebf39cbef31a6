"""The warm process of a sandbox: imports torch once, then serves one submission after another.

    python -m dgm_course.grading.worker FD_IN FD_OUT USER

It runs inside bubblewrap (sandbox.py) and obeys frames (wire.py):

    {"do": "prepare", "lab": "01"} + the lab's cells   ->  {"ready": true}          once
    {"do": "open"} + the notebook                      ->  {"notes": [...]} or {"problem": "..."}
    {"do": "run", "exercise": ..., ...} + the inputs   ->  {"ended": ...} + what the attempt wrote
    {"do": "close"}                                    ->  {"closed": true}

`open` makes a child in namespaces of its own, which serves the submission until `close` and forks
once an exercise (guard.py).  USER 0 leaves namespaces and users alone: grading without a sandbox.
"""

import contextlib
import gc
import json
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from dgm_course.exercises.lab import Lab, load
from dgm_course.grading import attempt, isolation, wire
from dgm_course.grading.guard import Attempt
from dgm_course.grading.notebook import UnreadableError, read_cells
from dgm_course.grading.statements import Original, original, parse


@dataclass(frozen=True)
class Warm:
    """What every submission starts from."""

    lab: Lab
    original: Original
    source: int
    sink: int
    user: int | None


def main(arguments: list[str]) -> int:
    """Serve until the grader goes away."""
    source, sink, user = (int(a) for a in arguments)
    isolation.hide()
    header, payload = wire.receive(source)
    Lab.check = lambda *_: None  # no verdicts in here: there are no answers to compare with
    lab = load(header["lab"])  # takes its `check` from there
    cells = json.loads(payload)
    warm = Warm(lab, original(cells), source, sink, user or None)
    if user and not _in_a_fork(lambda: isolation.become_nobody(user) is None):
        return 1  # rather than to do without
    _import_what_is_used(cells)
    gc.collect()
    gc.freeze()  # forks share what is here already
    wire.send(sink, {"ready": True, "user": os.getuid(), "home": os.path.expanduser("~")})
    while True:
        try:
            header, payload = wire.receive(source)
        except EOFError:
            return 0
        if not _in_a_child(warm, payload):
            return 1
        wire.send(sink, {"closed": True})


def _import_what_is_used(cells: list[str]) -> None:
    """The lab's own imports, and what nearly every notebook needs: once instead of every time."""
    import ast

    import IPython.core.interactiveshell  # noqa: F401
    import matplotlib.pyplot  # noqa: F401  # its list of fonts takes seconds to make
    import psutil  # noqa: F401
    import safetensors.numpy  # noqa: F401

    attempt.same_start()  # NumPy loads its random numbers when they are first asked for
    for statement in parse(cells)[0]:
        if isinstance(statement.node, ast.Import | ast.ImportFrom):
            try:
                exec(compile(ast.Module([statement.node], []), "<lab>", "exec"), {})
            except ImportError:
                continue


def _in_a_child(warm: Warm, notebook: bytes) -> bool:
    """Serve one submission in a process that ends with it; False when it ended badly."""
    return _in_a_fork(lambda: _keep(warm, notebook))


def _in_a_fork(work: Callable[[], bool]) -> bool:
    """Do something in a process of its own, which ends with it; what it returns, False if it died.

    What goes wrong is told on standard error: the grader shows the last line of that.
    """
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = 0 if work() else 1
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
        finally:
            os._exit(code)
    return os.waitpid(child, 0)[1] == 0


def _keep(warm: Warm, notebook: bytes) -> bool:
    """Make the submission's namespaces and their first process."""
    if warm.user is None:
        isolation.adopt_orphans()
        return _serve(warm, notebook)
    isolation.enter_new_namespaces()
    return _in_a_fork(lambda: _first(warm, notebook))


def _first(warm: Warm, notebook: bytes) -> bool:
    """The first process of a new process table, which the others cannot end."""
    isolation.show_own_processes()
    isolation.keep_capabilities(*isolation.NEEDED)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # the kernel shields a first process from that
    return _serve(warm, notebook)


def _serve(warm: Warm, notebook: bytes) -> bool:
    """Read the notebook, say how it looks, then run exercises until told to stop."""
    try:
        cells, notes = read_cells(notebook)
        wire.send(warm.sink, {"notes": notes})
    except UnreadableError as error:
        cells = []
        wire.send(warm.sink, {"problem": str(error)})
    while True:
        header, payload = wire.receive(warm.source)
        if header["do"] != "run":
            return True
        exercise = warm.lab.find(header["exercise"])
        inputs = wire.unpack_arrays(payload, {})

        def work(exercise=exercise, inputs=inputs, whole=header["whole"]) -> bytes:
            return attempt.run(exercise, cells, warm.original, inputs, whole)

        with _scratch(warm):
            ended = Attempt(work, header["seconds"], warm.user).wait()
        wire.send(warm.sink, {"ended": ended.why, "status": ended.status}, ended.result)


@contextlib.contextmanager
def _scratch(warm: Warm):
    """Where there is no room of its own, a folder that is removed with what is in it."""
    if warm.user is not None:
        yield
        return
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        os.chdir(folder)
        yield
        os.chdir("/")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
