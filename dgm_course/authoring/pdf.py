"""Print a deck by headless Chromium: a page for each slide, with every answer shown."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from dgm_course.authoring.problem import BuildError, Problem

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)
FLAGS = (
    "--headless",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--no-pdf-header-footer",
)
MISSING = (
    "no Chromium, Chrome or Edge is installed, and one prints the slides: install one (Debian: "
    "apt-get install chromium), or open the slides in a browser with ?print-pdf behind the address"
)
TIMEOUT = 180


def find_chromium() -> str:
    """The installed Chromium, or a browser made of it; raises BuildError where there is none."""
    found = next(filter(None, map(shutil.which, (*NAMES, *PLACES))), None)
    if found is None:
        raise BuildError([Problem("slides", 0, MISSING)])
    return found


def print_pdf(page: Path, pdf: Path) -> Path:
    """Print the deck `page` to the file `pdf`; raises BuildError when nothing comes of it."""
    chromium, draft = find_chromium(), pdf.with_name(f"{pdf.name}.tmp")
    pdf.parent.mkdir(parents=True, exist_ok=True)
    draft.unlink(missing_ok=True)
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    sandbox = ["--no-sandbox"] if is_root else []  # Chromium has none for root
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        options = [*FLAGS, *sandbox, f"--user-data-dir={profile}", f"--print-to-pdf={draft}"]
        said = _run([chromium, *options, f"{page.resolve().as_uri()}?print-pdf"])
    if not draft.is_file():
        raise BuildError([Problem(page.name, 0, f"was not printed by {chromium}: {said}")])
    os.replace(draft, pdf)
    return pdf


def _run(command: list[str]) -> str:
    """Run Chromium to its end; its last words."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        return f"it took more than {TIMEOUT} s"
    return done.stderr.strip()[-300:]
