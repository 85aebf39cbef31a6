"""Run a notebook from the top in a kernel of its own, whatever its cells do.

The file is only read: the cells run in memory and in a scratch folder.  A cell that fails, or that
takes too long and is interrupted, does not keep the next from running.
"""

import logging
import os
import re
import subprocess
import tempfile
import threading
import warnings
from pathlib import Path

TIMEOUT = 120
GRACE = 5.0  # seconds to react to the interrupt
INTERRUPTED = "It took too long and was interrupted."
NO_NOTEBOOK = (ValueError, KeyError, AttributeError, TypeError, RecursionError)
DAMAGED = (
    "It is not a notebook (not valid JSON, or damaged): `dgm start NN --reset` "
    "gives a fresh copy of a lab and keeps this file."
)


def read(path: Path) -> tuple[object, str]:
    """The notebook without its outputs, or None and a sentence that says why it is none."""
    import nbformat

    logging.getLogger("traitlets").setLevel(logging.CRITICAL)  # it reports what is mended anyway
    try:
        with warnings.catch_warnings(action="ignore"):
            notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            _clear(cell)
    except OSError as error:
        return None, f"It cannot be read: {error.strerror}."
    except (nbformat.ValidationError, *NO_NOTEBOOK):
        return None, DAMAGED
    return notebook, ""


def _clear(cell) -> None:
    """Drop a cell's outputs; raises one of several errors when it is no cell."""
    cell.metadata = dict(cell.get("metadata", {}))
    cell.source = str(cell.source)
    if cell.cell_type == "code":
        cell.outputs, cell.execution_count = [], None


def execute(notebook, folder: Path, timeout: float) -> tuple[str, str]:
    """Run every cell, with `timeout` seconds for each; modules are found in `folder`.

    Returns a sentence for what kept it from running to its end, and one for the first error in a
    cell; both empty when all went well.
    """
    from jupyter_client.kernelspec import NoSuchKernel

    kept = {name: value for name, value in os.environ.items() if name != "DGM_STRICT"}
    modules = os.pathsep.join(filter(None, [str(folder), kept.get("PYTHONPATH")]))
    variables = {**kept, "DGM_STATIC": "1", "PYTHONPATH": modules}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        client = _client(notebook, scratch, timeout)
        try:
            with client.setup_kernel(env=variables, stderr=subprocess.DEVNULL):
                return _run_cells(client, notebook, timeout)
        except NoSuchKernel:
            return "The kernel python3 is missing: run `make lab`, which installs it.", ""


def _client(notebook, scratch: str, timeout: float):
    from nbclient import NotebookClient

    client = NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=timeout,
        interrupt_on_timeout=True,
        allow_errors=True,
        record_timing=False,
        store_widget_state=False,
        shutdown_kernel="immediate",
        resources={"metadata": {"path": scratch}},
    )
    client.log.setLevel(logging.CRITICAL)
    return client


def _run_cells(client, notebook, timeout: float) -> tuple[str, str]:
    note = ""
    for index, cell in enumerate(notebook.cells):
        stopped = _run_cell(client, index, cell, timeout)
        if stopped:
            return stopped, note
        note = note or _error(cell, timeout)
    return "", note


def _run_cell(client, index: int, cell, timeout: float) -> str:
    """Run a cell; a sentence when that is the end of the kernel."""
    from nbclient.exceptions import DeadKernelError

    watchdog = threading.Timer(timeout + GRACE, client.km.provisioner.process.kill)
    watchdog.start()
    try:
        client.execute_cell(cell, index)
    except DeadKernelError:
        if watchdog.finished.is_set():
            return f"{_place(cell)} could not be stopped after {timeout:g} s; the rest did not run."
        return f"{_place(cell)} ended the kernel: out of memory, or code that ends it."
    finally:
        watchdog.cancel()
    return ""


def _error(cell, timeout: float) -> str:
    """A sentence for a cell that raised or was interrupted; empty for the others."""
    said = raised(cell)
    if not said:
        return ""
    if said == INTERRUPTED:
        return f"{_place(cell)} took over {timeout:g} s and was interrupted."
    return f"{_place(cell)} raised {said}"


def raised(cell) -> str:
    """The error that a cell raised, in one line; empty for none."""
    errors = [o for o in cell.get("outputs", []) if o.output_type == "error"]
    if not errors:
        return ""
    if errors[0].ename == "KeyboardInterrupt":
        return INTERRUPTED
    said = (errors[0].evalue.splitlines() or [""])[0][:120]
    said = re.sub(r"\(\S+\.py, (line \d+)\)$", r"(\1)", said)  # the name of a cell's file is noise
    return f"{errors[0].ename}: {said}"


def _place(cell) -> str:
    """A cell as its reader finds it: by its first line of code."""
    lines = [line.strip() for line in cell.source.splitlines()]
    first = next((line for line in lines if line and not line.startswith("#")), "")
    return f"The cell `{first[:60]}`"
