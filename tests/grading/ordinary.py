"""Run a command as an ordinary user, from tests that run as root.

The interpreter and the repository may lie where only root can look: they are mounted where they
are, under folders that everybody may pass.
"""

import os
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
USER = 64999


def is_possible() -> bool:
    return os.getuid() == 0 and bool(shutil.which("bwrap") and shutil.which("setpriv"))


def _private(path: Path) -> list[Path]:
    """The topmost folder above that others may not pass; none for most."""
    closed = [p for p in reversed(path.parents) if p.stat().st_mode & 0o005 != 0o005]
    return closed[:1]


def command(*words: str) -> list[str]:
    """The words to run these words as nobody in particular, with this interpreter."""
    needed = [Path(sys.base_prefix), Path(sys.prefix), ROOT]
    opened = dict.fromkeys(folder for path in needed for folder in _private(path))
    mounts = [w for folder in opened for w in ("--perms", "0755", "--tmpfs", str(folder))]
    for path in needed:
        if any(path.is_relative_to(folder) for folder in opened):
            for parent in reversed(path.parents):
                if any(parent.is_relative_to(f) and parent != f for f in opened):
                    mounts += ["--perms", "0755", "--dir", str(parent)]
            mounts += ["--ro-bind", str(path), str(path)]
    identity = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"]
    return ["bwrap", "--dev-bind", "/", "/", *mounts, "--cap-add", "ALL", *identity, *words]
