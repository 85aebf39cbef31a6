"""Run a notebook in a kernel of its own, in the same way every time.

The kernel is this interpreter with the repository's package first on its path, no start-up files
of the user's, an empty working folder, one thread, and one instruction set on every x86-64 machine
that has AVX2: results change with each of these.
"""

import os
import re
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from dgm_course.authoring.problem import BuildError, Problem
from dgm_course.authoring.source import Document, light_imports

TIMEOUT = 300
PINS = {
    "DGM_STATIC": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "ATEN_CPU_CAPABILITY": "avx2",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "MKL_CBWR": "AVX2",
    "PYTHONHASHSEED": "0",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}
UNSET = ("DGM_STRICT", "NBGRADER_EXECUTION", "MPLBACKEND", "PYTHONSTARTUP", "PYTHONWARNINGS")

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_CELL_FRAME = re.compile(r"Cell In\[(\d+)\], line (\d+)")
_PACKAGE_FRAME = re.compile(r"File \S*?(dgm_course[/\\]\S+\.py):(\d+)")


def execute(nb, document: Document, timeout: int = TIMEOUT, kernels=None, on_cell=None) -> float:
    """Fill a notebook's outputs in place; seconds it took, the kernel's start included.

    `on_cell()` is called after each code cell; a client is in the list `kernels` while it runs.
    Raises BuildError with the line of the source when a cell fails, takes longer than `timeout`
    seconds or loses its kernel.
    """
    kernels = [] if kernels is None else kernels
    position = [0]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        client = _client(nb, timeout, position, on_cell)
        kernels.append(client)
        started = time.monotonic()
        try:
            client.execute(env=_environment(document, scratch), cwd=_folder(scratch, "work"))
        except Exception as error:
            raise BuildError([_explain(error, nb, document, position[0], timeout)]) from error
        finally:
            kernels.remove(client)
        return time.monotonic() - started


def stop(kernels: list) -> None:
    """Kill the kernels that are running; their `execute` then raises BuildError."""
    for client in list(kernels):
        if client.km is not None and client.km.has_kernel:
            client.km.provisioner.process.kill()


def _client(nb, timeout: int, position: list[int], on_cell: Callable[[], None] | None):
    with light_imports():
        from nbclient import NotebookClient

    return NotebookClient(
        nb,
        timeout=timeout,
        kernel_name="python3",
        kernel_manager_class=_manager_class(),
        extra_arguments=["--log-level=ERROR"],
        record_timing=False,
        store_widget_state=False,
        coalesce_streams=True,
        force_raise_errors=True,
        shutdown_kernel="immediate",
        on_cell_execute=lambda cell, cell_index: position.__setitem__(0, cell_index),
        on_cell_executed=lambda cell, cell_index, execute_reply: on_cell and on_cell(),
    )


def _manager_class() -> type:
    """A kernel manager for this interpreter, whatever `python3` means to the user's Jupyter."""
    from ipykernel.kernelspec import get_kernel_dict
    from jupyter_client import AsyncKernelManager
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager

    class ThisInterpreter(KernelSpecManager):
        def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
            return KernelSpec(**get_kernel_dict())

    class Manager(AsyncKernelManager):
        def _kernel_spec_manager_default(self) -> KernelSpecManager:
            return ThisInterpreter()

    return Manager


def _environment(document: Document, scratch: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k not in UNSET}
    path = os.pathsep.join(filter(None, (str(document.source.root), kept.get("PYTHONPATH"))))
    strict = {"DGM_STRICT": "1"} if document.source.is_lab else {}
    own = {"PYTHONPATH": path, "IPYTHONDIR": _folder(scratch, "ipython")}
    return {**kept, **PINS, **strict, **own}


def _folder(scratch: str, name: str) -> str:
    path = Path(scratch, name)
    path.mkdir()
    return str(path)


def _explain(error: Exception, nb, document: Document, index: int, timeout: int) -> Problem:
    """One problem, at a line of the source, for whatever stopped the run at cell `index`."""
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    line = document.cells[index].line
    if isinstance(error, CellTimeoutError):
        message = (
            f"this cell ran for more than {timeout} s and was stopped: do less, or ship weights"
        )
    elif isinstance(error, DeadKernelError):
        message = "the kernel died in this cell: out of memory, a crash, or an exit"
    elif isinstance(error, CellExecutionError):
        return _explain_exception(error, nb, document, index)
    else:
        message = f"the kernel did not run: {type(error).__name__}: {error}"
    return document.problem(line, message)


def _explain_exception(error, nb, document: Document, index: int) -> Problem:
    """Name the innermost line of the notebook, and below it how the error got there."""
    trace = _ANSI.sub("", error.traceback)
    frames = [_source_line(match, nb, document) for match in _CELL_FRAME.finditer(trace)]
    frames = [line for line in frames if line] or [document.cells[index].line]
    text = document.source.path.read_text(encoding="utf-8").splitlines()[frames[-1] - 1]
    said = _ANSI.sub("", error.evalue).strip().splitlines() or [""]
    notes = [*said[1:5], f"    {text.strip()}"]
    notes += [f"    called from {document.path}:{line}" for line in dict.fromkeys(frames[:-1])]
    notes += [f"    raised in {p}:{n}" for p, n in _PACKAGE_FRAME.findall(trace)[-1:]]
    return document.problem(frames[-1], "\n".join([f"{error.ename}: {said[0]}", *notes]))


def _source_line(match: re.Match, nb, document: Document) -> int | None:
    """The source's line of a traceback's `Cell In[3], line 2`."""
    count, line = int(match[1]), int(match[2])
    cells = zip(document.cells, nb.cells, strict=True)
    return next((c.line + line - 1 for c, n in cells if n.get("execution_count") == count), None)
