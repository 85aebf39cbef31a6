"""Bring a submitted notebook to life, in a process that exists for one exercise and then ends."""

import ast
import contextlib
import linecache
import os
import signal
import sys
import traceback
import types

from dgm_course.grading.statements import Original, Statement, needed, parse, theirs

CELL_SECONDS = 10
RUNS = "ipython-input"  # in the name of a cell's file: what tells a student's line from ours


class CellTooSlowError(BaseException):
    """A cell took longer than it may while the notebook was run whole."""


def fresh_main() -> types.ModuleType:
    """An empty `__main__`, as a notebook has it."""
    main = types.ModuleType("__main__")
    main.__dict__["__builtins__"] = __builtins__
    sys.modules["__main__"] = main
    return main


def load_needed(cells: list[str], names: list[str], lab: Original):
    """Run what `names` need: (namespace, sentences about what failed, whether more might help)."""
    statements, notes = parse(cells, lab.cells)
    chosen, more = needed(statements, names, lab)
    main, failed, flags = fresh_main(), set(), 0
    _remember(cells)
    for statement in chosen:
        if statement.cell in failed:
            continue
        flags |= _future(statement.node)
        try:
            exec(_compiled(statement, flags), main.__dict__)
        except BaseException as error:
            failed.add(statement.cell)
            notes.append(_sentence(statement.cell, error))
    return main.__dict__, notes, more or bool(failed)


def _compiled(statement: Statement, flags: int):
    tree = ast.Module([statement.node], [])
    return compile(tree, _file(statement.cell), "exec", flags=flags, dont_inherit=True)


def _future(node: ast.stmt) -> int:
    import __future__

    if not isinstance(node, ast.ImportFrom) or node.module != "__future__":
        return 0
    features = [getattr(__future__, alias.name, None) for alias in node.names]
    return sum(feature.compiler_flag for feature in features if feature)


def _file(cell: int) -> str:
    return f"<{RUNS}-{cell}>"


def _remember(cells: list[str]) -> None:
    """Let tracebacks quote the student's line."""
    for number, source in enumerate(cells, 1):
        lines = source.splitlines(keepends=True)
        linecache.cache[_file(number)] = (len(source), None, lines, _file(number))


def _sentence(cell: int, error: BaseException) -> str:
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == _file(cell)]
    where = f" (line {frames[-1].lineno}: `{(frames[-1].line or '').strip()}`)" if frames else ""
    try:
        said = (str(error).splitlines() or [""])[0][:200]
    except BaseException:
        said = ""
    return f"Code cell {cell} raised {type(error).__name__}: {said}{where}."


def load_whole(cells: list[str], lab: Original):
    """Run every cell as Jupyter would: (namespace, sentences about what failed).

    Magics, shell commands and `await` work; a cell that fails or takes too long costs that cell.
    Of the lab's own cells only those are run that the student's need: pictures take long.
    """
    shell, main = _shell()
    notes = []
    signal.signal(signal.SIGALRM, _interrupt)
    for number in theirs(cells, lab):
        source = cells[number - 1]
        signal.setitimer(signal.ITIMER_REAL, CELL_SECONDS)
        try:
            result = shell.run_cell(source, store_history=False)
            error = result.error_before_exec or result.error_in_exec
        except BaseException as caught:
            error = caught
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        if error is not None:
            notes.append(_sentence(number, error))
    return main.__dict__, notes


def _interrupt(*_) -> None:
    raise CellTooSlowError(f"stopped after {CELL_SECONDS} s")


def _shell():
    """An IPython shell without history, colours or files of its own, on a fresh `__main__`."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.autocall = 0
    main = fresh_main()
    sys.path.insert(0, "")  # for what `%%writefile` has written
    with contextlib.redirect_stderr(open(os.devnull, "w")):
        shell = InteractiveShell.instance(config=config, user_module=main, user_ns=main.__dict__)
    sys.modules["__main__"] = main
    return shell, main
