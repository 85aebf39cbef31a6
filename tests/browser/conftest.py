"""A real JupyterLab on a copy of the course, and a real Chromium to drive it.

The copy has the layout that `make lab` makes, so that no test touches a reader's files.  Where no
Chromium is installed the tests are skipped and say so.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LOCAL = re.compile(r"^(https?|wss?)://(127\.0\.0\.1|localhost)[:/]|^(data|blob|about):")


def find_browser() -> str | None:
    """The installed Chromium, if there is one."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


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


@pytest.fixture(scope="session")
def course(tmp_path_factory) -> Path:
    """A copy of what a reader has after `make lab`."""
    folder = tmp_path_factory.mktemp("course")
    shutil.copytree(ROOT / "lectures", folder / "lectures")
    shutil.copytree(ROOT / "labs", folder / "work")
    shutil.copy(ROOT / "START.md", folder)
    return folder


@pytest.fixture(scope="session")
def server(course, tmp_path_factory):
    """JupyterLab on a free port, stopped at the end."""
    state = tmp_path_factory.mktemp("jupyter")
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


@pytest.fixture(scope="session")
def browser():
    """Headless Chromium."""
    path = find_browser()
    if path is None:
        pytest.skip("no Chromium: install it (Debian: apt-get install chromium) to run these tests")
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, headless=True, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser):
    """A page that may reach this machine alone; what it asks of others is in `page.refused`."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.refused = []

    def guard(route):
        if LOCAL.match(route.request.url):
            route.continue_()
        else:
            page.refused.append(route.request.url)
            route.abort()

    context.route("**/*", guard)
    yield page
    context.close()
