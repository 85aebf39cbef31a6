"""The course's own Python environment, `.venv`: made, checked, repaired, and stamped when done.

The stamp in `.venv/dgm-setup.json` holds a digest of all that decides what is installed, so that
a second run only compares it.  It says "installing" while packages are written: an environment
found in that state was interrupted, and is made again.
"""

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from problems import SetupError, explain

WINDOWS = os.name == "nt"
MUST_HAVE = ("torch", "jupyterlab", "ipykernel", "dgm_course")
PROBE = f"""
import importlib.util, json, sys
missing = [n for n in {MUST_HAVE!r} if importlib.util.find_spec(n) is None]
print(json.dumps(["%d.%d.%d" % sys.version_info[:3], missing]))
"""
# What would let the surrounding system reach into the environment, or slow it down.
FOREIGN = (
    *("PYTHONHOME", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "CONDA_PREFIX"),
    *("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT"),
)


class Environment:
    """The virtual environment of the course in `root`."""

    def __init__(self, root: Path):
        self.root = root
        self.folder = root / ".venv"
        self.bin = self.folder / ("Scripts" if WINDOWS else "bin")
        self.python = self.bin / ("python.exe" if WINDOWS else "python")
        self.stamp = self.folder / "dgm-setup.json"
        self.log = self.folder / "dgm-setup.log"

    def probe(self) -> tuple[str, list[str]]:
        """Its Python's version and the packages it lacks; ("", []) when it does not run."""
        try:
            out = subprocess.check_output(
                [self.python, "-I", "-c", PROBE], stderr=subprocess.DEVNULL, timeout=60
            )
            version, missing = json.loads(out)
            made_with = (self.folder / "pyvenv.cfg").read_text(encoding="utf-8")
        except (OSError, subprocess.SubprocessError, ValueError):
            return "", []
        same = f"version = {version.rpartition('.')[0]}." in made_with
        return (version, missing) if same else ("", [])

    def digest(self, version: str) -> str:
        """Of all that decides what is installed: dependencies, pins, Python."""
        project = tomllib.loads((self.root / "pyproject.toml").read_text(encoding="utf-8"))
        parts = {name: project.get(name) for name in ("build-system", "project")}
        pins = (self.root / "constraints.txt").read_text(encoding="utf-8")
        text = json.dumps([parts, pins, version], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def read_stamp(self) -> dict:
        """What the last run left: its `state`, `place`, `digest` and `extras`; {} for nothing."""
        try:
            stamp = json.loads(self.stamp.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return stamp if isinstance(stamp, dict) else {}

    def write_stamp(self, state: str, digest: str = "", extras: frozenset = frozenset()) -> None:
        """Replace the stamp in one step."""
        stamp = {"state": state, "place": str(self.root)}
        stamp |= {"digest": digest, "extras": sorted(extras)}
        new = self.stamp.with_suffix(".new")
        new.write_text(json.dumps(stamp) + "\n", encoding="utf-8")
        new.replace(self.stamp)

    def is_current(self, extras: frozenset) -> bool:
        """Whether everything asked for is installed and nothing has changed since."""
        stamp = self.read_stamp()
        if stamp.get("state") != "done" or stamp.get("place") != str(self.root):
            return False
        version, missing = self.probe()
        right = bool(version) and not missing and stamp.get("digest") == self.digest(version)
        return right and extras <= set(stamp.get("extras", []))

    def why_make_again(self) -> str:
        """Why the environment cannot be built upon, in a few words; empty when it can."""
        if not self.folder.exists():
            return "there is none yet"
        if not (self.folder / "pyvenv.cfg").exists() and any(self.folder.iterdir()):
            raise SetupError(
                f"{self.folder} is not a Python environment: move it away, "
                "then run the same command again."
            )
        stamp = self.read_stamp()
        if stamp.get("state") == "installing":
            return "the last installation was interrupted"
        if stamp and stamp.get("place") != str(self.root):
            return "the course's folder was moved"
        return "" if self.probe()[0] else "the old one does not run"

    def make(self, pip: bool = True) -> None:
        """Make it from nothing with the Python that runs this; `pip`: with pip inside."""
        if self.folder.exists():
            shutil.rmtree(self.folder)
        self.folder.mkdir()
        self.write_stamp("installing")
        python = getattr(sys, "_base_executable", "") or sys.executable
        options = ["--prompt", "dgm"] + ([] if pip else ["--without-pip"])
        made = subprocess.run(
            [python, "-m", "venv", *options, self.folder],
            capture_output=True,
            text=True,
            errors="replace",
            env=self.variables(),
        )
        if made.returncode:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise SetupError(explain(made.stdout + made.stderr, self.root, self.log))

    def variables(self) -> dict[str, str]:
        """The variables for a command inside: the environment first on PATH, nothing foreign."""
        kept = {name: value for name, value in os.environ.items() if name not in FOREIGN}
        kept["PATH"] = os.pathsep.join([str(self.bin), kept.get("PATH", "")])
        return {**kept, "VIRTUAL_ENV": str(self.folder), "PYTHONIOENCODING": "utf-8"}

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """One set-up at a time; freed by the system when its holder dies."""
        with (self.root / ".venv.lock").open("a") as file:
            with contextlib.suppress(OSError):  # a network drive may know no locks
                _take(file)
            yield


def _take(file) -> None:
    if WINDOWS:
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX)
