"""The attacks once more as an ordinary user, where the sandbox is another: see sandbox.py.

Those that stay within Python (patches, values, notebooks) meet the same code whoever grades, and
are left out.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.grading import ordinary

KINDS = ("processes", "resources", "channel", "reading", "limits")
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.sandbox
@pytest.mark.skipif(os.getuid() != 0, reason="these tests run as an ordinary user already")
@pytest.mark.skipif(not ordinary.is_possible(), reason="needs bubblewrap and setpriv")
def test_the_attacks_are_withstood_as_an_ordinary_user_too():
    files = [f"tests/grading/test_attacks_{kind}.py" for kind in KINDS]
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        program = [sys.executable, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        words = [*program, f"--basetemp={folder}/own", "-c", str(ROOT / "pyproject.toml"), *files]
        environment = {"PATH": os.environ["PATH"], "HOME": folder, "LANG": "C.UTF-8"}
        done = subprocess.run(
            ordinary.command(*words), cwd=ROOT, env=environment, capture_output=True, text=True
        )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert re.search(r"\d+ passed", done.stdout) and "skipped" not in done.stdout
