"""What goes wrong when a course is set up, each in one sentence that says what to do."""

import errno
import platform
import re
import shutil
import sys
import tempfile
from pathlib import Path

AGAIN = "then run the same command again"


class SetupError(Exception):
    """Something the reader can mend; the message is one sentence that says how."""


def full(folder: Path) -> str:
    """The sentence for a full disk: names the place with the least room of those in use."""
    places = [folder, Path(tempfile.gettempdir()), Path.home()]
    room = {str(place): shutil.disk_usage(place).free for place in places if place.exists()}
    place = min(room, key=room.get)
    return (
        f"The disk is full: {place} has {room[place] / 1e9:.1f} GB left; free some space "
        f"(`python -m pip cache purge` helps), {AGAIN}."
    )


def unwritable(folder: Path) -> str:
    """The sentence for a folder in which nothing can be written."""
    return (
        f"Nothing can be written in {folder}: copy the course to a folder of your own or correct "
        f"the permissions, {AGAIN}."
    )


def no_torch(folder: Path) -> str:
    """The sentence for a computer that PyTorch has no build for."""
    del folder
    return (
        f"PyTorch has no build for Python {sys.version_info[0]}.{sys.version_info[1]} on this "
        f"computer ({platform.system()} {platform.machine()}): use a 64-bit Linux, Windows, or "
        "macOS 14 or newer on an Apple chip."
    )


# In the order in which they are tried: an unreachable index also says "No matching distribution".
KNOWN = [
    (
        r"No space left on device|Errno 28\b|os error 28\b|not enough space on the disk"
        r"|WinError 112|[Dd]isk quota exceeded",
        full,
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|invalid peer certificate|UnknownIssuer",
        "The package index could not prove who it is: check this computer's clock or, behind a "
        f"company's proxy, set PIP_CERT to its certificate file, {AGAIN}.",
    ),
    (
        r"NewConnectionError|Failed to establish a new connection|Name or service not known"
        r"|Temporary failure in name resolution|getaddrinfo failed|nodename nor servname"
        r"|Network is unreachable|No route to host|Connection refused|Connection reset"
        r"|ConnectTimeout|ReadTimeout|Max retries exceeded|ProxyError|RemoteDisconnected"
        r"|error sending request|dns error|client error \(Connect\)|tcp connect error"
        r"|Connection broken|operation timed out",
        "The package index cannot be reached: check the network connection (behind a proxy, set "
        f"HTTPS_PROXY), {AGAIN}; what was downloaded already is kept.",
    ),
    (
        r"ensurepip is not available|No module named '?(ensurepip|venv)\b",
        "This Python comes without its venv module: run `sudo apt install python3-venv` (Debian, "
        f"Ubuntu) or install Python from https://www.python.org/downloads/, {AGAIN}.",
    ),
    (
        r"Long Path support",
        "The folder's path is too long for Windows: move the course to a short one such as "
        f"C:\\course, {AGAIN}.",
    ),
    (
        r"Permission denied|Errno 13\b|os error 13\b|Read-only file system|Access is denied"
        r"|WinError 5\b",
        unwritable,
    ),
    (r"No matching distribution found for torch\b|\btorch\S* has no wheels", no_torch),
    (
        r"No matching distribution found|No solution found|ResolutionImpossible",
        "The package index lacks a version that constraints.txt names: use the public index or "
        f"correct constraints.txt, {AGAIN}.",
    ),
    (
        r"DO NOT MATCH THE HASHES|BadZipFile|Invalid wheel|incorrect digest",
        f"A download was damaged: run `python -m pip cache purge`, {AGAIN}.",
    ),
]


def explain(output: str, folder: Path, log: Path) -> str:
    """One sentence for what a failed installer printed; its own last error when it is unknown."""
    for pattern, sentence in KNOWN:
        if re.search(pattern, output):
            return sentence if isinstance(sentence, str) else sentence(folder)
    lines = [line.strip() for line in output.splitlines() if line.strip()] or ["no output"]
    last = next((line for line in reversed(lines) if "rror" in line), lines[-1])
    return f"The installation stopped with `{last[:200]}` (all it said is in {log})."


def of_system(error: OSError, folder: Path) -> str:
    """One sentence for an error of the file system or for a program that cannot start."""
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
        return full(folder)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return unwritable(folder)
    return f"The system refused: {error.strerror or error} ({error.filename or folder})."


def refuse_full_disk(folder: Path, need: float) -> None:
    """Raises SetupError when fewer than `need` bytes are free in `folder`."""
    free = shutil.disk_usage(folder).free
    if free < need:
        raise SetupError(
            f"The disk is too full: this needs {need / 1e9:.1f} GB and {folder} has "
            f"{free / 1e9:.1f} GB; free some space, {AGAIN}."
        )
