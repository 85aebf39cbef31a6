"""Optional data from the network: fetched once, checked, and kept in one folder.

Where    The folder that the environment variable DGM_DATA names, else the system's folder for
         caches (pooch.os_cache).
Right    A file counts only if it has the SHA-256 that its publisher or a library states (pooch's
         file_hash), whoever put it there.  Where none is published, the one at the first download
         is written down beside the file and holds from then on.
Whole    Bytes go to a part file in `.part/`, which an interruption leaves for the next attempt
         (`transfer.py`), and move to their place in one step once they are right.  A lock lets one
         process at a time do that; the others wait and find the file.
Offline  The error says what to place where, by hand, and how to see that it is right.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dgm_course.data.transfer import TransferError, forget, transfer

ATTEMPTS = 5  # at one address, as long as bytes come or the server says that it is busy
PAUSE = 0.5  # seconds before the second attempt, doubled before each further one


class DownloadError(Exception):
    """A file is not there and no address gave it; the message says how to place it by hand."""


@dataclass(frozen=True)
class File:
    """A file by its place in the data folder (`mnist/x.gz`), its addresses, bytes and SHA-256."""

    name: str
    urls: tuple[str, ...]
    size: int | None = None
    sha256: str = ""

    @property
    def path(self) -> Path:
        """Where it lies, or will."""
        return folder() / self.name

    @property
    def record(self) -> Path:
        """Where the SHA-256 at the first download is written, if none is published."""
        return self.path.with_name(f"{self.path.name}.sha256")


def folder() -> Path:
    """The data folder: DGM_DATA, else the system's folder for caches."""
    import pooch

    chosen = os.environ.get("DGM_DATA")
    return Path(chosen or pooch.os_cache("dgm_course")).expanduser().absolute()


def is_here(file: File) -> bool:
    """Whether the file lies in its place and is right."""
    if not file.path.is_file() or file.size not in (None, file.path.stat().st_size):
        return False
    want = expected(file)
    return not want or _sha256(file.path) == want


def expected(file: File) -> str:
    """The SHA-256 that the file must have: published, else recorded, else "".

    Raises DownloadError if the record is no SHA-256.
    """
    if file.sha256 or not file.record.is_file():
        return file.sha256
    found = file.record.read_text(encoding="utf-8", errors="replace").partition(" ")[0].strip()
    if len(found) != 64 or set(found) - set("0123456789abcdef"):
        raise DownloadError(f"{file.record} should begin with a SHA-256: delete it.")
    return found


def fetch(file: File) -> Path:
    """The path of the file, which is downloaded if it is not there or not right.

    Raises DownloadError if no address gives it, OSError if the folder cannot be written.
    """
    if is_here(file):
        return file.path
    with _alone(file) as part:
        if not is_here(file):
            _download(file, part)
    return file.path


@contextmanager
def _alone(file: File) -> Iterator[Path]:
    """The file's part, which belongs to this process inside the context."""
    from filelock import FileLock, Timeout

    part = folder() / ".part" / f"{file.name}.part"
    part.parent.mkdir(parents=True, exist_ok=True)
    file.path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(part.with_suffix(".lock"))
    try:
        lock.acquire(blocking=False)
    except Timeout:
        print(f"Another process downloads {file.path.name}; waiting for it.", file=sys.stderr)
        lock.acquire()
    try:
        yield part
    finally:
        lock.release()


def _download(file: File, part: Path) -> None:
    failed = {}
    for url in file.urls:
        try:
            _keep_trying(url, file, part)
        except TransferError as error:
            failed[url] = str(error)
        else:
            _place(file, part)
            return
    raise DownloadError(_by_hand(file, failed)) from None


def _keep_trying(url: str, file: File, part: Path) -> None:
    """Bring the part to the right file from one address; raises TransferError."""
    for attempt in range(ATTEMPTS):
        resumed = part.exists()
        try:
            with _bar(file) as show:
                md5 = transfer(url, part, file.size, show)
            _require_right(file, part, md5, again=resumed)
            return
        except TransferError as error:
            if not error.again or attempt == ATTEMPTS - 1:
                raise
        time.sleep(PAUSE * 2**attempt)


def _require_right(file: File, part: Path, md5: str, again: bool) -> None:
    """Forget the part and raise TransferError unless its bytes are those of the file."""
    want = expected(file)
    if want and _sha256(part) != want:
        wrong = f"sends another file: its SHA-256 is {_sha256(part)}"
    elif not want and md5 and _hash(part, "md5") != md5:
        wrong = "sends a file without the MD5 that it announces"
    else:
        return
    forget(part)  # or the next attempt would find it whole
    raise TransferError(wrong, again)


def _place(file: File, part: Path) -> None:
    """Move a part that is right to the file's place, in one step, after it is on the disk."""
    with part.open("rb+") as written:
        os.fsync(written.fileno())
    if not expected(file):
        file.record.write_text(f"{_sha256(part)}  {file.path.name}\n", encoding="utf-8")
    os.replace(part, file.path)
    forget(part)


def _by_hand(file: File, failed: dict[str, str]) -> str:
    """The message of DownloadError."""
    size = f" ({file.size:,} bytes)" if file.size else ""
    lines = [f"{file.path.name}{size} is not here and could not be downloaded:"]
    lines += [f"  {url} {reason}" for url, reason in failed.items()]
    lines += ["To place it by hand, get it from one of these addresses elsewhere and put it at"]
    lines += [f"  {file.path}"]
    if want := expected(file):
        lines += [f"It is right if its SHA-256 is\n  {want}"]
    if not file.sha256 and want:
        lines += [f"as it was at the first download; delete {file.record} to accept another."]
    if file.path.exists():
        lines += ["The file that lies there now is another one, or was cut off or changed."]
    lines += ["Another data folder is chosen by the environment variable DGM_DATA."]
    return "\n".join(lines)


@contextmanager
def _bar(file: File) -> Iterator:
    """A progress bar in bytes, as a function of the bytes so far and in all."""
    from tqdm.auto import tqdm

    hidden = os.environ.get("DGM_STATIC") == "1"
    options = {"unit": "B", "unit_scale": True, "leave": False, "disable": hidden}
    with tqdm(desc=file.path.name, total=file.size, **options) as bar:

        def show(done: int, total: int | None) -> None:
            if bar.n == 0:
                bar.total = total
            bar.update(done - bar.n)

        yield show


def _sha256(path: Path) -> str:
    return _hash(path, "sha256")


def _hash(path: Path, name: str) -> str:
    import pooch

    return pooch.file_hash(str(path), alg=name)
