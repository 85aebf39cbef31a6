"""The grader's side of a sandbox: start bubblewrap around a warm worker, ask it, end it.

bubblewrap: no network, a read-only interpreter and package, an empty home, an empty environment;
no answers, no other submission, no seed.  What runs inside is worker.py.
"""

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import dgm_course
from dgm_course.grading import wire
from dgm_course.grading.problem import GradingError

PACKAGE = Path(dgm_course.__file__).resolve().parent
START_SECONDS = 120
COURSE, HOME = "/course", "/student"  # HOME: as isolation.py, which only Linux can import
VARIABLES = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "HOME": HOME,
    "USER": "student",
    "LOGNAME": "student",
    "LANG": "C.UTF-8",
    "MPLBACKEND": "Agg",
    "MPLCONFIGDIR": f"{HOME}/.matplotlib",
    "IPYTHONDIR": f"{HOME}/.ipython",
    "DGM_STATIC": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}
APART = (
    *("--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"),
    *("--die-with-parent", "--new-session", "--clearenv"),
)
ENABLE = (
    "Install bubblewrap (Debian, Ubuntu: `sudo apt install bubblewrap`) and allow it to work: "
    "docs/grading.md says how, on Ubuntu 24.04, on Windows and on a Mac.  With --unsandboxed "
    "students' code runs with your rights on this computer."
)


def folders() -> list[str]:
    """What the interpreter and its libraries need, outermost first."""
    wanted = ["/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/alternatives"]
    wanted += [sys.base_prefix, sys.prefix, os.path.dirname(os.path.realpath(sys.executable))]
    wanted += [path for path in sys.path if "packages" in Path(path).name]
    there = [path for path in dict.fromkeys(wanted) if path and os.path.exists(path)]
    return [a for a in there if not any(a != b and Path(a).is_relative_to(b) for b in there)]


def libraries() -> list[str]:
    """Folders of installed packages that the interpreter does not look into by itself."""
    return [path for path in sys.path if "packages" in Path(path).name and os.path.isdir(path)]


def command(as_root: bool) -> list[str]:
    """bubblewrap's command line, up to the program to run."""
    words = ["bwrap", *APART, *_identity(as_root), "--proc", "/proc", "--dev", "/dev"]
    words += ["--tmpfs", HOME, "--tmpfs", "/tmp"]
    for path in folders():
        words += _bind(path, path)
    words += _bind(str(PACKAGE), f"{COURSE}/dgm_course")
    hidden = [f"{COURSE}/dgm_course/exercises/answers"]
    if any(PACKAGE.is_relative_to(path) for path in folders()):
        hidden.append(str(PACKAGE / "exercises" / "answers"))
    for path in hidden:
        words += ["--tmpfs", path, "--remount-ro", path]
    taken = any(path.startswith("/tmp/") for path in [*folders(), *libraries()])
    for path in ("/dev", "/", *(["/tmp"] if taken else [])):
        words += ["--remount-ro", path]
    path = os.pathsep.join([COURSE, *libraries()])
    places = {"PYTHONPATH": path, "TMPDIR": HOME if taken else "/tmp"}
    for name, value in {**VARIABLES, **places}.items():
        words += ["--setenv", name, value]
    return [*words, "--chdir", "/"]


def _identity(as_root: bool) -> list[str]:
    """Words for who runs inside: nobody, with what it takes to make a room for each submission."""
    words = [] if as_root else ["--unshare-user", "--uid", "65534", "--gid", "65534"]
    words += ["--cap-drop", "ALL"]
    for capability in ("SYS_ADMIN", "KILL", *(["SETUID", "SETGID"] if as_root else [])):
        words += ["--cap-add", f"CAP_{capability}"]
    return words


def _bind(path: str, place: str) -> list[str]:
    """Words that make `path` readable at `place`, by everybody: so must be the folders above."""
    above = [str(folder) for folder in reversed(Path(place).parents) if folder != Path("/")]
    words = [word for folder in above for word in ("--perms", "0755", "--dir", folder)]
    if os.path.islink(path):
        return [*words, "--symlink", os.readlink(path), place]
    return [*words, "--ro-bind", path, place]


class Sandbox:
    """One warm worker and the pipes to it; `sandboxed=False` leaves bubblewrap out."""

    def __init__(self, lab: str, cells: list[str], sandboxed: bool = True):
        ours, theirs = os.pipe(), os.pipe()
        self.sandboxed = sandboxed
        user = secrets.randbelow(400) + 65100 if sandboxed else 0
        words = [sys.executable, "-s", "-P", "-m", "dgm_course.grading.worker"]
        words += [str(theirs[0]), str(ours[1]), str(user)]
        try:
            self.process = _started(words, sandboxed, (theirs[0], ours[1]))
        except OSError as error:
            os.close(ours[0])
            os.close(theirs[1])
            why = f"{error.filename}: {error.strerror}"
            raise GradingError(f"The sandbox does not start: {why}. {ENABLE}") from error
        finally:
            os.close(theirs[0])
            os.close(ours[1])
        self._source, self._sink = ours[0], theirs[1]
        self._prepare(lab, cells)

    def _prepare(self, lab: str, cells: list[str]) -> None:
        import json

        try:
            self.ask({"do": "prepare", "lab": lab}, json.dumps(cells).encode(), START_SECONDS)
        except (wire.WireError, EOFError, OSError) as error:
            self.process.kill()
            said = self.process.stderr.read().decode("utf-8", "replace").strip().splitlines()
            self.close()
            why = said[-1] if said else "it ended at once"
            raise GradingError(f"The sandbox does not start: {why}. {ENABLE}") from error

    def ask(self, header: Mapping, payload: bytes, seconds: float) -> tuple[dict, bytes]:
        """Send a frame and wait for the answer; raises EOFError, OSError or WireError."""
        wire.send(self._sink, header, payload)
        return wire.receive(self._source, time.monotonic() + seconds)

    def kill(self) -> None:
        """End the worker and all it has started, from any thread: whoever waits for it goes on."""
        left = [] if self.sandboxed else _descendants(self.process.pid)
        for pid in (self.process.pid, *left) if self.process.poll() is None else left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def close(self) -> None:
        """End the worker and let go of the pipes to it."""
        self.kill()
        self.process.wait()
        for end in (self._source, self._sink):
            with contextlib.suppress(OSError):
                os.close(end)
        self.process.stderr.close()


def _started(words: list[str], sandboxed: bool, pipes: tuple[int, int]) -> subprocess.Popen:
    """The worker's process; it holds these ends of the pipes and nothing else of ours."""
    return subprocess.Popen(
        [*command(os.getuid() == 0), *words] if sandboxed else words,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        pass_fds=pipes,
        env=None if sandboxed else _variables(),
        cwd="/",
        start_new_session=True,
    )


def _descendants(pid: int) -> list[int]:
    """What a process has started, and what those have: bubblewrap ends them by itself."""
    import psutil

    with contextlib.suppress(psutil.Error):
        return [child.pid for child in psutil.Process(pid).children(recursive=True)]
    return []


def _variables() -> dict[str, str]:
    """The environment without a sandbox: this one, without what might give the seed away."""
    own = {k: v for k, v in os.environ.items() if not k.startswith("DGM_")}
    kept = {k: VARIABLES[k] for k in VARIABLES if k not in ("PATH", "HOME", "USER", "LOGNAME")}
    return {**own, **kept, "PYTHONPATH": str(PACKAGE.parent)}


def is_possible() -> bool:
    """Whether this system has what a sandbox is made of at all."""
    return sys.platform == "linux" and shutil.which("bwrap") is not None
