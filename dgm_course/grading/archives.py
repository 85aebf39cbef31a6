"""Folders and zip files as one tree of files, read without trusting anything in them.

Nothing is extracted to disk: a member of an archive is a label and a number, and its bytes are
read into memory up to a limit, whatever size it declares. On disk symbolic links are never
followed, and only regular files are opened, without waiting for a pipe's other end.
"""

import io
import os
import stat
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dgm_course.grading.problem import GradingError

LARGEST = 20 * 2**20  # of a notebook
ARCHIVE = 5 * LARGEST  # of a zip file inside a zip file, which is read into memory
DIRECTORY = 8 * 2**20  # of a zip file's list of members: some 80,000 files
DEEPEST = 30
INSIDE = 2  # zip files around a student's zip file: what the LMS exported may be packed once more
JUNK = {"__macosx", "thumbs.db", "desktop.ini"}
TOO_LARGE = "the notebook is larger than 20 MB: clear its outputs and hand it in again"
DAMAGED = "cannot be opened as a zip file: it is damaged, or something else"


@dataclass(frozen=True)
class Place:
    """Where bytes are: a file on disk, then the number of a member in each archive inside."""

    disk: Path
    members: tuple[int, ...] = ()


@dataclass(frozen=True)
class Node:
    """A folder, a zip file or a file; `refused` says why it is not opened."""

    path: tuple[str, ...]  # from the folder of submissions down, names of archives included
    place: Place
    kind: str  # "file", "folder", "zip"
    size: int = 0
    time: tuple[int, ...] = ()
    refused: str = ""
    inside: tuple["Node", ...] = ()  # of a folder in an archive

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path[-1]


def read(place: Place, limit: int = LARGEST) -> bytes:
    """The bytes at a place; raises GradingError if they cannot be had, or are over the limit."""
    try:
        with _open(place.disk) as file:
            return _read(file, place.members, limit)
    except GradingError:
        raise
    except OSError as error:
        raise GradingError(f"it cannot be read: {_reason(error)}") from error
    except Exception as error:  # zipfile and zlib raise a dozen kinds on a hostile archive
        raise GradingError("it cannot be unpacked: the zip file is damaged") from error


def children(node: Node) -> list[Node]:
    """What a folder or zip file holds, sorted, without hidden files; raises GradingError."""
    if node.kind == "zip":
        try:
            return _members(node)
        except GradingError:
            raise
        except OSError as error:
            raise GradingError(f"cannot be read: {_reason(error)}") from error
        except Exception as error:  # as above
            raise GradingError(DAMAGED) from error
    if len(node.place.members):
        return list(node.inside)
    try:
        with os.scandir(node.place.disk) as entries:
            nodes = [_on_disk(node.path, entry) for entry in entries if not hidden(entry.name)]
    except OSError as error:
        raise GradingError(f"cannot be read: {_reason(error)}") from error
    return sorted(nodes, key=lambda n: n.path)


def hidden(name: str) -> bool:
    """Whether a system or an editor left this file, and no student."""
    return name.startswith((".", "~$")) or name.casefold() in JUNK


def _kind(name: str, folder: bool) -> str:
    return "folder" if folder else "zip" if name.casefold().endswith(".zip") else "file"


def _reason(error: OSError) -> str:
    return (error.strerror or "the disk reports an error").lower()


@contextmanager
def _open(path: Path) -> Iterator[io.BufferedReader]:
    flags = os.O_RDONLY
    for flag in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"):
        flags |= getattr(os, flag, 0)
    with _Careful(os.open(path, flags)) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise GradingError("it is not a regular file, and is not opened")
        yield file


class _Careful(io.BufferedReader):
    """A file that no list of members can make us read at once into gigabytes of memory."""

    def __init__(self, source: int | bytes) -> None:
        super().__init__(io.FileIO(source) if isinstance(source, int) else io.BytesIO(source))

    def read(self, size: int | None = -1) -> bytes:
        """At most `size` bytes; raises GradingError where that would be too much at once."""
        if size is not None and 0 <= size <= DIRECTORY:
            return super().read(size)
        data = super().read(DIRECTORY + 1)
        if len(data) > DIRECTORY:
            raise GradingError("lists too many files: hand in the notebook alone")
        return data


def _read(file: io.BufferedReader, members: tuple[int, ...], limit: int) -> bytes:
    if not members:
        return _capped(file, limit)
    with zipfile.ZipFile(file) as archive:
        info = archive.infolist()[members[0]]
        if refusal := _refusal(info):
            raise GradingError(refusal)
        with archive.open(info) as member:
            if len(members) == 1:
                return _capped(member, limit)
            inner = _capped(member, ARCHIVE)
    return _read(_Careful(inner), members[1:], limit)


def _capped(file: io.BufferedIOBase, limit: int) -> bytes:
    parts, left = [], limit
    while left >= 0 and (part := file.read(min(left + 1, 2**20))):
        parts.append(part)
        left -= len(part)
    if left < 0:
        raise GradingError(TOO_LARGE if limit == LARGEST else "it is larger than 100 MB")
    return b"".join(parts)


def _refusal(info: zipfile.ZipInfo) -> str:
    if stat.S_ISLNK(info.external_attr >> 16):
        return "it is a symbolic link, which is not followed"
    if info.flag_bits & 0x1:
        return "it is encrypted: hand it in without a password"
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "it is packed in a way that is not read here: make an ordinary zip file"
    return ""


def _on_disk(parent: tuple[str, ...], entry: os.DirEntry) -> Node:
    path, place = (*parent, entry.name), Place(Path(entry.path))
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError as error:
        return Node(path, place, "file", refused=f"it cannot be read: {_reason(error)}")
    folder = stat.S_ISDIR(status.st_mode)
    refused = ""
    if stat.S_ISLNK(status.st_mode) or getattr(entry, "is_junction", bool)():
        refused = "it is a symbolic link, which is not followed"
    elif not folder and not stat.S_ISREG(status.st_mode):
        refused = "it is not a regular file, and is not opened"
    elif folder and len(path) > DEEPEST:
        refused = "it is nested too deeply"
    kind = _kind(entry.name, folder and not refused)
    when = time.gmtime(min(max(status.st_mtime, 0), 2**32))[:6]
    return Node(path, place, kind, status.st_size, tuple(when), refused)


def _members(node: Node) -> list[Node]:
    """The members of a zip file as a tree."""
    place = node.place
    if len(place.members) > INSIDE:
        raise GradingError("is a zip file inside three others: hand in the notebook alone")
    source = _Careful(read(place, ARCHIVE)) if place.members else None
    with source or _open(place.disk) as file, zipfile.ZipFile(file) as archive:
        infos = archive.infolist()
    tree: dict = {}
    for number, info in enumerate(infos):
        _plant(tree, info, Place(place.disk, (*place.members, number)))
    return _grown(tree, node.path)


def _plant(tree: dict, info: zipfile.ZipInfo, place: Place) -> None:
    """Put one member into nested dictionaries: a folder is a name, a file (name, its number)."""
    parts = [p for p in _member_name(info).replace("\\", "/").split("/") if p not in ("", ".")]
    if not parts or any(hidden(p) for p in parts if p != ".."):
        return
    climbs = "its name leads out of its folder" if ".." in parts else ""
    parts = [p for p in parts if p != ".."][-DEEPEST:] or ["unnamed"]
    folder = info.is_dir() and not climbs
    for part in parts if folder else parts[:-1]:
        tree = tree.setdefault(part, {})
    if not folder:
        refused = climbs or _refusal(info)
        tree[parts[-1], place] = (info.file_size, info.date_time, refused)


def _grown(tree: dict, path: tuple[str, ...]) -> list[Node]:
    nodes = []
    for key, value in tree.items():
        if isinstance(key, str):
            inside = tuple(_grown(value, (*path, key)))
            nodes.append(Node((*path, key), Place(Path(), (0,)), "folder", inside=inside))
        else:
            size, when, refused = value
            name, place = key
            nodes.append(Node((*path, name), place, _kind(name, False), size, when, refused))
    return sorted(nodes, key=lambda n: (n.path, n.place.members))


def _member_name(info: zipfile.ZipInfo) -> str:
    """The name, also where macOS wrote UTF-8 and did not say so."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename
