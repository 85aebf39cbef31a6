"""Install the course's packages with uv where there is one, with pip elsewhere.

torch comes first and alone: with it in place, nothing that follows can pull another build of it.
uv knows nothing of pip's settings, so what they say about where packages come from is handed on.
"""

import ast
import contextlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from environment import Environment
from problems import SetupError, explain

SECTIONS = ("global", "install", ":env:")  # in pip's order: the later one wins
UV_OPTION = {
    "index-url": "--index-url",
    "extra-index-url": "--extra-index-url",
    "find-links": "--find-links",
    "trusted-host": "--allow-insecure-host",
}
WORTH_SHOWING = re.compile(r"^\s*(Collecting|Downloading|Using cached|Building|Installing|Prep)")


def pip_settings(*pythons: str) -> dict[str, list[str]]:
    """What the first pip among these is told of sources: {"find-links": ["..."], ...}."""
    for python in pythons:
        command = [python, "-m", "pip", "config", "list"]
        with contextlib.suppress(OSError, subprocess.CalledProcessError):
            listing = subprocess.check_output(command, stderr=subprocess.DEVNULL)
            return _parse(listing.decode(errors="replace"))
    names = {f"PIP_{name.upper().replace('-', '_')}": name for name in [*UV_OPTION, "cert"]}
    return {name: os.environ[key].split() for key, name in names.items() if key in os.environ}


def _parse(listing: str) -> dict[str, list[str]]:
    """`global.find-links='/a /b'` and the like; a variable beats a section beats the rest."""
    found = {}
    for section in SECTIONS:
        for line in listing.splitlines():
            name, _, value = line.partition("=")
            if name.startswith(section + "."):
                found[name[len(section) + 1 :]] = str(ast.literal_eval(value)).split()
    return found


def uv_options(settings: dict[str, list[str]]) -> list[str]:
    """The same sources as options of uv, which then chooses among them as pip does."""
    options = ["--index-strategy", "unsafe-best-match"]
    for name, option in UV_OPTION.items():
        for value in settings.get(name, []):
            options += [option, value]
    return options + ["--no-index"] * (settings.get("no-index", ["0"])[0] in ("1", "true", "yes"))


def expects_cuda(settings: dict[str, list[str]]) -> bool:
    """Whether torch will be the build with CUDA, ten times as large: what Linux gets by default."""
    own = settings.keys() & {"index-url", "extra-index-url", "find-links", "no-index"}
    return sys.platform.startswith("linux") and not own


class Installer:
    """`pip install` or `uv pip install` into an environment, with the course's pins."""

    def __init__(self, environment: Environment):
        self.environment = environment
        self.uv = shutil.which("uv")
        self.settings = pip_settings(str(environment.python), sys.executable)

    def install(self, extras: frozenset[str]) -> None:
        """Install torch, then the course with its extras; raises SetupError with one sentence."""
        course = f".[{','.join(sorted(extras))}]" if extras else "."
        self._run("PyTorch", ["torch"])
        self._run("JupyterLab and the course", ["-e", course])

    def _run(self, title: str, arguments: list[str]) -> None:
        settings = uv_options(self.settings) if self.uv else []
        command = [*self._command(), "-c", "constraints.txt", *settings, *arguments]
        run(f"Installing {title}", command, self.environment, self._variables())

    def _command(self) -> list[str]:
        python = str(self.environment.python)
        if self.uv:
            return [self.uv, "pip", "install", "--python", python]
        return [python, "-m", "pip", "install", "--no-input", "--progress-bar", "off"]

    def _variables(self) -> dict[str, str]:
        more = {"PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "UV_NO_PROGRESS": "1"}
        if "cert" in self.settings:
            more["SSL_CERT_FILE"] = os.environ.get("SSL_CERT_FILE", self.settings["cert"][0])
        return {**self.environment.variables(), **more}


def run(title: str, command: list[str], environment: Environment, variables: dict) -> None:
    """Run an installer, showing a line of progress; raises SetupError with one sentence."""
    started = time.monotonic()
    print(f"{title} ...", flush=True)
    with subprocess.Popen(
        command,
        cwd=environment.root,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    ) as process:
        output = _follow(process.stdout, environment.log)
    if process.returncode:
        raise SetupError(explain(output, environment.root, environment.log))
    print(f"{title}: done in {time.monotonic() - started:.0f} s", flush=True)


def _follow(lines, log: Path) -> str:
    """Keep all lines in the log, show on a terminal what is going on; the lines as one text."""
    kept = []
    with log.open("a", encoding="utf-8") as file:
        for line in lines:
            kept.append(line)
            file.write(line)
            if sys.stdout.isatty() and WORTH_SHOWING.match(line):
                width = shutil.get_terminal_size().columns - 1
                print("\r  " + line.strip()[: width - 2].ljust(width - 2), end="\r", flush=True)
    if sys.stdout.isatty():
        print(" " * (shutil.get_terminal_size().columns - 1), end="\r")
    return "".join(kept)
