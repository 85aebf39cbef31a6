"""Is this computer ready for the course?  One line each: OK, or what to do."""

import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from dgm_course.commands.course import UserError, find_course

OLDEST = (3, 11)
MEMORY_GB, DISK_GB = 3.0, 1.0


@dataclass(frozen=True)
class Finding:
    """One line: `state` is "OK", "FIX" (required and wrong) or "--" (optional or worth knowing)."""

    name: str
    state: str
    text: str


def examine() -> Iterator[Finding]:
    """Every finding, in order, each as soon as it is known."""
    probes: dict[str, Callable[[], tuple[str, str]]] = {
        "python": python,
        "torch": torch,
        "device": device,
        "memory": memory,
        "disk": disk,
        "folders": folders,
        "data": data,
        "kernel": kernel,
        "sandbox": sandbox,
        "browser": browser,
    }
    for name, probe in probes.items():
        try:
            yield Finding(name, *probe())
        except Exception as error:  # a broken library can raise anything, and the rest matters
            yield Finding(name, "FIX", f"{type(error).__name__}: {error}; run `make lab` again")


def python() -> tuple[str, str]:
    """Its version and where it lies."""
    version = platform.python_version()
    if sys.version_info[:2] < OLDEST:
        return "FIX", f"{version} is too old: install Python 3.13, then `make lab`"
    return "OK", f"{version} in {sys.prefix}"


def torch() -> tuple[str, str]:
    """That it computes."""
    if importlib.util.find_spec("torch") is None:
        return "FIX", "is not installed: run `make lab`"
    import torch

    product = torch.ones(2, 3) @ torch.ones(3, 2)
    if product.sum() != 12:
        return "FIX", f"{torch.__version__} computes wrongly: install it again, `make lab`"
    return "OK", f"{torch.__version__}, {torch.get_num_threads()} threads"


def device() -> tuple[str, str]:
    """The fastest device; a CPU is enough."""
    import torch

    if torch.cuda.is_available():
        return "OK", torch.cuda.get_device_name()
    if torch.backends.mps.is_available():
        return "OK", "Apple GPU (mps)"
    return "OK", "CPU; every notebook is made for it, a GPU is not needed"


def memory() -> tuple[str, str]:
    """Room in memory for two kernels with torch."""
    import psutil

    state = psutil.virtual_memory()
    text = f"{state.available / 1e9:.1f} GB free of {state.total / 1e9:.1f} GB"
    if state.available < MEMORY_GB * 1e9:
        return "--", f"{text}: close other programs and notebooks before a long run"
    return "OK", text


def disk() -> tuple[str, str]:
    """Room on the disk of the current folder."""
    free = shutil.disk_usage(Path.cwd()).free / 1e9
    if free < DISK_GB:
        return "FIX", f"{free:.1f} GB free: free some space, the course needs {DISK_GB:.0f} GB"
    return "OK", f"{free:.0f} GB free"


def folders() -> tuple[str, str]:
    """That files can be written: in the course's folder, for data and for scratch."""
    try:
        course = find_course()
    except UserError as error:
        return "FIX", str(error)
    for folder in (course, course / "work", Path(tempfile.gettempdir())):
        if folder.exists() and not can_write(folder):
            return "FIX", f"{folder} cannot be written: correct its permissions"
    return "OK", f"{course} can be written"


def can_write(folder: Path) -> bool:
    """By trying: permissions alone do not tell on Windows, on read-only disks, or for root."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def data() -> tuple[str, str]:
    """The digits, which come with scikit-learn."""
    from sklearn.datasets import load_digits

    images = load_digits().images
    return "OK", f"{len(images)} digits of {images.shape[1]} x {images.shape[2]} pixels, built in"


def kernel() -> tuple[str, str]:
    """That the kernel named in the notebooks starts, and is this Python."""
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(kernel_name="python3", stderr=subprocess.DEVNULL)
    try:
        lines = []
        client.execute_interactive(
            "import sys; print(sys.prefix)",
            timeout=30,
            output_hook=lambda message: lines.append(message["content"].get("text", "")),
        )
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    prefix = "".join(lines).strip()
    if os.path.realpath(prefix) != os.path.realpath(sys.prefix):
        return "FIX", f"python3 starts {prefix}, not {sys.prefix}: run `make lab` again"
    return "OK", "python3 starts, and is this Python"


def sandbox() -> tuple[str, str]:
    """bubblewrap, with which instructors run the answers of a class."""
    if not shutil.which("bwrap"):
        return "--", "bubblewrap is not installed; only instructors need it, to grade a class"
    command = ["bwrap", "--unshare-all", "--die-with-parent", "--ro-bind", "/", "/", "true"]
    if subprocess.run(command, capture_output=True, timeout=20).returncode:
        return "--", "this system forbids bubblewrap; only instructors need it, to grade a class"
    return "OK", "bubblewrap works"


def browser() -> tuple[str, str]:
    """Chromium, with which authors test the notebooks and print the slides."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
    found = next((name for name in names if shutil.which(name)), None)
    if found is None:
        return "--", "Chromium is not installed; only authors need it, to test and to print slides"
    return "OK", f"{found}, for authors' tests and slides"
