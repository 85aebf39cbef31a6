"""The commands of `tools/setup.py`: install, lab, test, run."""

import os
import shutil
import subprocess
import sys
import time
import tomllib
from importlib.util import find_spec
from pathlib import Path

from environment import WINDOWS, Environment
from jupyterlab_settings import register_kernel, write_settings
from packages import Installer, expects_cuda, pip_settings
from problems import SetupError, of_system, refuse_full_disk

ROOT = Path(__file__).resolve().parents[1]
IS_PACK = not (ROOT / "tools" / "suite.py").is_file()  # a class pack has no developers' tools
STUDENT = frozenset()
DEVELOPER = STUDENT if IS_PACK else frozenset({"dev"})
# Measured after an installation, downloads included, and rounded up.
NEED_CPU, NEED_CUDA, NEED_UPDATE = 2.5e9, 12e9, 0.5e9
USAGE = "usage: python tools/setup.py lab [OPTIONS] | test | install [OPTION] | run COMMAND ...\n"


def install(extras: frozenset = STUDENT, root: Path = ROOT) -> Environment:
    """Make the environment what it has to be; at once when it already is."""
    environment = Environment(root)
    if environment.is_current(extras):
        return environment
    with environment.lock():
        if not environment.is_current(extras):
            stamp = environment.read_stamp()
            before = stamp.get("extras", []) if stamp.get("state") == "done" else []
            _install(environment, extras | frozenset(before))
    return environment


def _install(environment: Environment, extras: frozenset) -> None:
    started = time.monotonic()
    reason = environment.why_make_again()
    torch_is_there = not reason and "torch" not in environment.probe()[1]
    full = NEED_CUDA if expects_cuda(pip_settings(sys.executable)) else NEED_CPU
    refuse_full_disk(environment.root, NEED_UPDATE if torch_is_there else full)
    if reason:
        print(f"Making the Python environment .venv ({reason}) ...", flush=True)
        environment.make(pip=bool(find_spec("ensurepip")) or not shutil.which("uv"))
    environment.write_stamp("installing", extras=extras)
    try:
        Installer(environment).install(extras)
        register_kernel(environment)
        write_settings(environment)
    except SetupError:
        environment.write_stamp("failed", extras=extras)
        raise
    version, _ = environment.probe()
    environment.write_stamp("done", environment.digest(version), extras)
    print(f"Installed in {time.monotonic() - started:.0f} s.", flush=True)


def lab(options: list[str], root: Path = ROOT) -> int:
    """Install, give the student copies of the labs, open JupyterLab on the start page."""
    environment = install(root=root)
    start = [str(environment.python), "-m", "dgm_course.cli", "start", "--brief"]
    code = subprocess.call(start, cwd=root, env=environment.variables())
    if code:
        return code
    print("Opening JupyterLab; to stop it, press Ctrl+C twice in this window.", flush=True)
    page = ["START.md"] if (root / "START.md").exists() else []
    as_root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    command = [str(environment.python), "-m", "jupyterlab", *page, *as_root, *options]
    return _become(command, environment)


def _become(command: list[str], environment: Environment) -> int:
    """Hand the terminal over to a command that runs inside the environment."""
    variables = environment.variables()
    program = shutil.which(command[0], path=variables["PATH"]) or command[0]
    if WINDOWS:
        return subprocess.call([program, *command[1:]], cwd=environment.root, env=variables)
    os.chdir(environment.root)
    os.execve(program, command, variables)


def test(root: Path = ROOT) -> int:
    """Install the developers' tools too, and check everything."""
    if IS_PACK:
        raise SetupError("A class pack has no tests of its own: `make check` checks your labs.")
    environment = install(DEVELOPER, root)
    return _become([str(environment.python), str(root / "tools" / "suite.py")], environment)


def perform(arguments: list[str]) -> int:
    """Run one command; raises SetupError and OSError."""
    command, rest = (arguments or ["help"])[0], arguments[1:]
    if command == "lab":
        return lab(rest)
    if command == "test" and not rest:
        return test()
    if command == "install" and (extras := _extras(rest)) is not None:
        install(extras)
        return 0
    if command == "run" and rest:
        return _become(rest, install(DEVELOPER))
    sys.stderr.write(USAGE)
    return 2


def _extras(options: list[str], root: Path = ROOT) -> frozenset | None:
    """The extras that `install` is asked for; None where the options are none of its own."""
    if options in ([], ["--dev"]):
        return DEVELOPER if options else STUDENT
    if len(options) != 2 or options[0] != "--with":
        return None
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    known, asked = project.get("optional-dependencies", {}), frozenset(options[1].split(","))
    if unknown := sorted(asked - known.keys()):
        raise SetupError(f"There is no extra {unknown[0]!r}; there are: {', '.join(known)}.")
    return asked


def main(arguments: list[str]) -> int:
    """Exit code: 0 done, 1 what went wrong is printed, 2 the command is unknown, 130 stopped."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")
    try:
        return perform(arguments)
    except SetupError as error:
        sys.stderr.write(f"{error}\n")
    except OSError as error:
        sys.stderr.write(of_system(error, ROOT) + "\n")
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped; the same command starts where it is safe to.\n")
        return 130
    return 1
