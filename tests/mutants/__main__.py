"""Check the tests: `python tests/mutants` puts one error after another into copies of the package.

First the tests run without an error and have to pass; then with each error a test has to fail.
`--only metrics/divergence` takes the mutants of one file, `-k swapped` those with that text.
"""

import argparse
import contextlib
import gc
import importlib
import os
import sys
import time
from pathlib import Path

from catalogue import PACKAGE, ROOT, Mutant, catalogue
from runner import Job, run, snapshot
from summary import bar, table

VARIABLES = {
    **{"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "MPLBACKEND": "Agg", "DGM_STATIC": "1"},
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # their imports take as long as most tests
}
SLOW_IMPORTS = (
    *("torch.distributions", "torch.distributed.tensor"),  # assert_close imports the second
    *("scipy.integrate", "scipy.optimize", "scipy.stats"),
    *("sklearn.datasets", "sklearn.neighbors", "hypothesis", "matplotlib.pyplot"),
    "IPython.display",
)
NO_FORK = (
    "Mutants need processes that fork, which Windows does not have: run them on Linux or macOS, "
    "or under WSL.  `pytest tests/mutants` checks the catalogue on any system."
)


def main(arguments: list[str] | None = None) -> int:
    """Run the mutants chosen; exit code 1 if one survives or the tests fail without an error."""
    options = _parse(arguments)
    if not hasattr(os, "fork"):
        print(NO_FORK)
        return 1
    chosen = [m for m in catalogue() if options.only in f"dgm_course/{m.file}"]
    chosen = [m for m in chosen if options.k in f"{m.error} {m.line} {m.becomes}"]
    if not chosen:
        print("There is no such mutant.")
        return 1
    for mutant in chosen:
        mutant.apply((ROOT / PACKAGE / mutant.file).read_text(encoding="utf-8"))
    warm()
    with snapshot(ROOT) as source:
        return examine(chosen, source, options.j)


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python tests/mutants", description=__doc__)
    parser.add_argument("--only", default="", metavar="FILE", help="mutants of this file or folder")
    parser.add_argument("-k", default="", metavar="TEXT", help="mutants with this text in them")
    parser.add_argument(
        "-j", type=int, default=min(8, os.cpu_count() or 2), help="processes at a time"
    )
    return parser.parse_args(arguments)


def warm() -> None:
    """Import, once for every process forked, what is slow; never the package itself."""
    os.environ |= VARIABLES
    for name in SLOW_IMPORTS:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    gc.freeze()  # no forked process looks through all this again


def examine(mutants: list[Mutant], source: Path, workers: int) -> int:
    """The control, then the mutants, then a table; the exit code."""
    started = time.monotonic()
    known = control(sorted({file for m in mutants for file in m.tests}), source, workers)
    jobs, results = [Job(m.tests, m, _limit(m, known)) for m in mutants], []
    with bar(len(jobs), "mutants") as progress:
        for result in run(jobs, source, workers, known):
            if result.broken:
                raise SystemExit(f"{result.output}\n{result.job.mutant}: exit code {result.code}")
            results.append(result)
            progress.update()
    print(table(results, time.monotonic() - started))
    return 0 if all(r.noticed for r in results) else 1


def control(files: list[str], source: Path, workers: int) -> dict[str, float]:
    """Run the tests without an error: the seconds of each.  Raises SystemExit if one fails."""
    known = {}
    with bar(len(files), "control") as progress:
        for result in run([Job((file,)) for file in files], source, workers, {}):
            if result.code != 0:
                file = result.job.tests[0]
                raise SystemExit(f"{result.output}\n{file} fails without any error: mend it first")
            known |= result.durations
            progress.update()
    print(f"control: {len(known)} tests in {len(files)} files pass, {sum(known.values()):.0f} s")
    return known


def _limit(mutant: Mutant, known: dict[str, float]) -> float:
    """20 seconds and four times as long as the mutant's tests took without an error."""
    return 20 + 4 * sum(s for name, s in known.items() if name.split("::")[0] in mutant.tests)


if __name__ == "__main__":
    sys.exit(main())
