"""The results so far, a line each, on disk before the next begins: `kill -9` loses nothing.

A line that was cut off in writing is dropped when the file is opened again, and that student is
graded again; whoever has a whole line is not, unless another notebook was handed in since.
"""

import json
import os
from pathlib import Path

from dgm_course.grading.problem import GradingError

RUN, LINES = "run.json", "results.jsonl"
DIFFERENT = {"lab": "lab", "seed": "seed", "sandboxed": "choice of sandbox"}


class Journal:
    """An output folder of `dgm grade`, held by one process at a time."""

    def __init__(self, out: Path, run: dict):
        self.path = out / LINES
        out.mkdir(parents=True, exist_ok=True)
        self._lock = _lock(out)
        try:
            _same_run(out, run)
            self.results = self._read()
        except BaseException:
            os.close(self._lock)
            raise
        self._file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def _read(self) -> dict[str, dict]:
        """Results by student; what was cut off is cut away."""
        results, whole = {}, 0
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return results
        for line in data.splitlines(keepends=True):
            try:
                found = json.loads(line) if line.endswith(b"\n") else None
                results[found["student"]] = found
            except (ValueError, TypeError, KeyError):
                break
            whole += len(line)
        if whole < len(data):
            os.truncate(self.path, whole)
        return results

    def add(self, result: dict) -> None:
        """Write a result and wait until it is on the disk; raises OSError, having written none."""
        line = json.dumps(result, ensure_ascii=False, sort_keys=True).encode() + b"\n"
        start, left = os.fstat(self._file).st_size, memoryview(line)
        try:
            while left:
                left = left[os.write(self._file, left) :]
            os.fsync(self._file)
        except OSError as error:
            os.truncate(self.path, start)
            error.filename = str(self.path)
            raise
        self.results[result["student"]] = result

    def close(self) -> None:
        """Let another process have the folder."""
        os.close(self._file)
        os.close(self._lock)


def _lock(out: Path) -> int:
    """Hold the folder until this process ends, however it ends."""
    import fcntl

    handle = os.open(out, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        raise GradingError(
            f"Another `dgm grade` is writing to {out}: wait until it ends."
        ) from error
    return handle


def _same_run(out: Path, run: dict) -> None:
    """Begin a run in an empty folder, or go on with the very same one; raises GradingError."""
    path = out / RUN
    if not path.exists():
        foreign = sorted(p.name for p in out.iterdir() if not p.name.startswith("."))
        if foreign:
            raise GradingError(
                f"{out} holds other files ({foreign[0]}): name an empty folder with --out."
            )
        write_whole(path, json.dumps(run, ensure_ascii=False, indent=1).encode() + b"\n")
        return
    try:
        before = json.loads(path.read_text("utf-8"))
        different = next((key for key in run if before.get(key) != run[key]), "")
    except (ValueError, AttributeError) as error:
        raise GradingError(f"{path} is damaged: name another folder with --out.") from error
    if different:
        why = DIFFERENT.get(different, "version of the course")
        raise GradingError(f"{out} holds a run with another {why}: name another folder with --out.")


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
