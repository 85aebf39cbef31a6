"""What JupyterLab is told inside the course's environment: its kernel, its defaults, no network."""

import json
import subprocess

from environment import Environment
from problems import SetupError, explain

KERNEL = "Python 3 (dgm_course)"
# A slider's value is not sent back to the browser it came from: a tenth off the time of a drag.
QUICK_WIDGETS = ["--env", "JUPYTER_WIDGETS_ECHO", "0"]
# A student may change each of these in JupyterLab's own settings.
OVERRIDES = {
    "@jupyterlab/docmanager-extension:plugin": {
        "defaultViewers": {"markdown": "Markdown Preview"},
    },
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
    },
}
SERVER = {
    "LabApp": {
        "news_url": None,
        "check_for_updates_class": "jupyterlab.handlers.announcements.NeverCheckForUpdate",
        "extension_manager": "readonly",
    },
}


def write_settings(environment: Environment) -> None:
    """Write JupyterLab's defaults and its server's into the environment."""
    files = {
        "share/jupyter/lab/settings/overrides.json": OVERRIDES,
        "etc/jupyter/jupyter_lab_config.json": SERVER,
    }
    for name, content in files.items():
        path = environment.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def register_kernel(environment: Environment) -> None:
    """Register the environment's Python as the kernel `python3`, the one that notebooks name."""
    command = [environment.python, "-m", "ipykernel", "install", "--sys-prefix"]
    done = subprocess.run(
        [*command, "--name", "python3", "--display-name", KERNEL, *QUICK_WIDGETS],
        capture_output=True,
        text=True,
        errors="replace",
        env=environment.variables(),
    )
    if done.returncode:
        raise SetupError(explain(done.stdout + done.stderr, environment.root, environment.log))
