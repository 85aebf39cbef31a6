"""A real JupyterLab on a copy of the course, laid out as `make lab` does."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Server:
    """A running JupyterLab: its address, its token, the folder it serves."""

    url: str
    token: str
    folder: Path

    def get(self, path: str):
        """What the server's REST interface says at `path`."""
        with urllib.request.urlopen(f"{self.url}{path}?token={self.token}", timeout=30) as answer:
            return json.load(answer)


def copy_course(folder: Path) -> Path:
    """What a reader has after `make lab`, so that nothing touches a reader's files."""
    shutil.copytree(ROOT / "lectures", folder / "lectures")
    shutil.copytree(ROOT / "labs", folder / "work")
    shutil.copy(ROOT / "START.md", folder)
    return folder


@contextlib.contextmanager
def jupyterlab(course: Path, state: Path) -> Iterator[Server]:
    """JupyterLab on a free port, its own files in `state`, stopped at the end."""
    quiet = {"JUPYTER_CONFIG_DIR": "config", "JUPYTER_RUNTIME_DIR": "run", "IPYTHONDIR": "ipython"}
    env = {**os.environ, **{key: str(state / name) for key, name in quiet.items()}}
    env.pop("DGM_STATIC", None)
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    options = ["--port=0", "--ip=127.0.0.1", f"--ServerApp.root_dir={course}"]
    with (state / "log").open("w") as log:
        process = subprocess.Popen([*command, *options], env=env, stdout=log, stderr=log)
        try:
            yield _wait_for(state, process, course)
        finally:
            process.terminate()
            process.wait(timeout=30)


def _wait_for(state: Path, process: subprocess.Popen, course: Path) -> Server:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and process.poll() is None:
        for file in (state / "run").glob("jpserver-*.json"):
            info = json.loads(file.read_text() or "{}")
            if info:
                return Server(info["url"].replace("localhost", "127.0.0.1"), info["token"], course)
        time.sleep(0.2)
    raise RuntimeError(f"JupyterLab did not start: {(state / 'log').read_text()[-2000:]}")
