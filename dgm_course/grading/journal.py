"""The results so far, a line each, on disk before the next begins: `kill -9` loses nothing.

A line that was cut off in writing is dropped when the file is opened again, and that student is
graded again; whoever has a whole line is not, unless another notebook was handed in since.
"""

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

from dgm_course.grading.problem import GradingError

RUN, LINES = "run.json", "results.jsonl"
DIFFERENT = {"lab": "lab", "seed": "seed", "sandboxed": "choice of sandbox"}


class Journal:
    """An output folder of `dgm grade`, held by one process at a time."""

    def __init__(self, out: Path, run: dict):
        self.path, self._held = out / LINES, contextlib.ExitStack()
        with self._held:
            handle = self._held.enter_context(held(out))
            with written(out):
                _same_run(out, run)
                self.results = self._read()
                self._file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
                self._held.callback(os.close, self._file)
                os.fsync(handle)  # the file's name is on disk, too
            self._held = self._held.pop_all()

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
        """Write a result and wait until it is on the disk; GradingError, having written none."""
        line = json.dumps(result, ensure_ascii=False).encode() + b"\n"
        start, left = os.fstat(self._file).st_size, memoryview(line)
        with written(self.path):
            try:
                while left:
                    left = left[os.write(self._file, left) :]
                os.fsync(self._file)
            except OSError:
                os.truncate(self.path, start)
                raise
        self.results[result["student"]] = result

    def close(self) -> None:
        """Let another process have the folder."""
        self._held.close()


@contextlib.contextmanager
def held(out: Path) -> Iterator[int]:
    """Keep the folder, made if need be, from other runs until this process ends, however it ends.

    Raises GradingError where another run has it, or it cannot be had.
    """
    if os.path.lexists(out) and not out.is_dir():
        raise GradingError(f"{out} is no folder: name another with --out.")
    if os.name != "posix":
        raise GradingError("Grading needs Linux or macOS; on Windows, use WSL (docs/grading.md).")
    with written(out):
        out.mkdir(parents=True, exist_ok=True)
        handle = os.open(out, os.O_RDONLY)
    try:
        _lock(handle, out)
        yield handle
    finally:
        os.close(handle)


def _lock(handle: int, out: Path) -> None:
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise GradingError(
            f"Another `dgm grade` is writing to {out}: wait until it ends."
        ) from error


@contextlib.contextmanager
def written(path: Path) -> Iterator[None]:
    """Raises GradingError with the reason where something cannot be written: no space, no right."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise GradingError(
            f"{path} cannot be written ({reason}); what is graded is kept: put "
            "that right and run the same command again."
        ) from error


def must_be_new(out: Path) -> None:
    """Raises GradingError where a folder holds files of another kind, or a run with results."""
    if _has_results(out):
        raise GradingError(
            f"{out} holds a run with another seed: give its seed file with --seed-file, or name "
            "another folder with --out."
        )
    ours = {RUN, LINES} if _read_run(out).get("schema") else set()
    foreign = sorted(p.name for p in out.iterdir() if p.name[0] != "." and p.name not in ours)
    if foreign:
        raise GradingError(
            f"{out} holds other files ({foreign[0]}): name an empty folder with --out."
        )


def _has_results(out: Path) -> bool:
    return (out / RUN).exists() and (out / LINES).exists() and (out / LINES).stat().st_size > 0


def _read_run(out: Path) -> dict:
    """What run.json says; nothing where there is none, or it is not ours."""
    try:
        run = json.loads((out / RUN).read_text("utf-8"))
    except (FileNotFoundError, ValueError, RecursionError):
        return {}
    return run if isinstance(run, dict) else {}


def _same_run(out: Path, run: dict) -> None:
    """Begin a run where none has results yet, or go on with the very same; raises GradingError."""
    if not _has_results(out):
        must_be_new(out)
        write_whole(out / RUN, json.dumps(run, ensure_ascii=False, indent=1).encode() + b"\n")
        return
    before = _read_run(out)
    if not before.get("schema"):
        raise GradingError(f"{out / RUN} is damaged: name another folder with --out.")
    different = next((key for key in run if before.get(key) != run[key]), "")
    if different:
        why = DIFFERENT.get(different, "version of the course")
        raise GradingError(f"{out} holds a run with another {why}: name another folder with --out.")


def write_whole(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Write a file so that it is there whole or not at all; raises GradingError."""
    part = path.with_name(f".{path.name.lstrip('.')}.part")
    with written(path):
        part.unlink(missing_ok=True)
        try:
            with open(part, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)
