"""The peer: nbgrader's autograde on the same notebooks, in a course made for it and removed."""

import contextlib
import io
import logging
import os
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.classroom.twenty import notebook


def seconds(class_: dict[str, bytes]) -> tuple[float, int]:
    """Seconds that autograde takes for a class, start-up left out, and how many it could grade.

    One student after another, which is all that autograde does.
    """
    from nbgrader.apps import NbGraderAPI
    from traitlets.config import Config

    logging.getLogger("traitlets").setLevel(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder, _quiet(folder):
        lab = notebook("solutions").stem
        _lay_out(Path(folder), lab, class_)
        config = Config()
        config.CourseDirectory.root = folder
        api = NbGraderAPI(config=config)
        made = api.generate_assignment(lab)
        if not made["success"]:
            raise RuntimeError(f"nbgrader makes no assignment: {made['log'][-500:]}")
        begin = time.perf_counter()
        graded = [api.autograde(lab, student)["success"] for student in class_]
        return time.perf_counter() - begin, sum(graded)


def _lay_out(course: Path, lab: str, class_: dict[str, bytes]) -> None:
    """nbgrader's folders: source/LAB/LAB.ipynb, submitted/STUDENT/LAB/LAB.ipynb."""
    source = course / "source" / lab / f"{lab}.ipynb"
    source.parent.mkdir(parents=True)
    source.write_bytes(notebook("solutions").read_bytes())
    for student, data in class_.items():
        handed_in = course / "submitted" / student / lab / f"{lab}.ipynb"
        handed_in.parent.mkdir(parents=True)
        handed_in.write_bytes(data)


@contextlib.contextmanager
def _quiet(folder: str):
    """Work where nbgrader keeps its files, and keep what it and its kernels say from the screen."""
    before, path, screen = os.getcwd(), os.environ["PATH"], os.dup(2)
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.chdir(folder)
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), path])  # for alembic
    os.dup2(nothing, 2)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        os.dup2(screen, 2)
        os.close(screen)
        os.close(nothing)
        os.chdir(before)
        os.environ["PATH"] = path
