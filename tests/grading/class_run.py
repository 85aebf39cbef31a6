"""Whole runs of `dgm grade`, in this process or in one of their own: shared by several tests."""

import contextlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
from typer.testing import CliRunner

from dgm_course.cli import app
from tests.grading.classroom import ROOT, blank, code, filled

BITS = "def entropy(p):\n    return -torch.special.xlogy(p, p).sum(-1) / math.log(2)\n"
ENDS = "def information(p):\n    import os\n    os._exit(3)\n"
SENTENCE = 300  # characters, with a path of pytest's in it
LIMIT = 120.0  # seconds: a sandbox starts slowly beside other work


def hand_in(folder: Path, **notebooks: bytes) -> Path:
    """A folder a student, with lab 01's notebook in it."""
    for student, data in notebooks.items():
        path = folder / student / "01_information.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def mixed_class(folder: Path) -> Path:
    """Six students: right, wrong, crashed, unreadable, nothing handed in, nothing done."""
    (folder / "eva").mkdir(parents=True)
    (folder / "eva" / "report.pdf").write_bytes(b"%PDF")
    untouched = json.dumps(blank()).encode()
    hand_in(folder, ann=filled(), bob=filled(entropy=BITS), cem=filled(information=ENDS))
    return hand_in(folder, dea=b"{ no notebook", fay=untouched)


def small(number: int = 0) -> bytes:
    """A notebook that takes little time and differs from the others."""
    notebook = blank()
    notebook["cells"] = [c for c in notebook["cells"] if c["cell_type"] != "code"]
    notebook["cells"] += [code(f"def information(p):\n    return -p.log() + {number}")]
    return json.dumps(notebook).encode()


def seed_file(folder: Path, secret: str = "a seed for the tests") -> Path:
    path = folder / "seed.txt"
    path.write_text(secret)
    return path


def words(submissions: Path, out: Path, *more) -> list[str]:
    return ["grade", str(submissions), "--lab", "01", "--out", str(out), *map(str, more)]


def dgm(*arguments):
    """`dgm` in this process."""
    return CliRunner().invoke(app, [str(a) for a in arguments])


def start(*arguments: str, **options) -> subprocess.Popen:
    """`dgm` in a process of its own."""
    program = [sys.executable, "-c", "from dgm_course.cli import main; main()"]
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "cwd": ROOT} | options
    return subprocess.Popen([*program, *arguments], text=True, **options)


def refused(result, *mentioned: str) -> None:
    """Exit code 2 and one sentence with these words in it; nothing else was said."""
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    assert result.stderr.count("\n") == 1 and len(result.stderr) < SENTENCE + 500
    assert "Traceback" not in result.stderr
    assert [part for part in mentioned if part not in result.stderr] == []


def journal(out: Path) -> list[str]:
    """The students of the journal's whole lines, in their order."""
    path = out / "results.jsonl"
    lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
    return [json.loads(line)["student"] for line in lines if line.endswith(b"\n")]


def report(out: Path) -> dict[str, bytes]:
    """Every file of a run but the journal, whose order may differ."""
    paths = (p for p in out.rglob("*") if p.is_file() and p.name not in ("results.jsonl", ".seed"))
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in paths}


def wait_for(what, seconds: float = LIMIT):
    """What `what` returns, as soon as there is something."""
    end = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)
    return found


def family(pid: int) -> list[psutil.Process]:
    """All that a process has started, and what those have."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).children(recursive=True)
    return []


def gone(processes: list[psutil.Process], seconds: float = LIMIT) -> bool:
    """Whether none is left soon: one that was starting ends when it finds nobody to serve."""
    wait_for(lambda: not [p for p in processes if _runs(p)], seconds)
    return True


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def has_sandbox(pid: int) -> bool:
    """Whether a process has a sandbox with something in it."""
    return len(family(pid)) >= 2


@contextlib.contextmanager
def environment(**variables: str):
    """The environment with other values for a while."""
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
