"""How soon a widget answers: from a key press to the new picture, in a real JupyterLab.

    python -m benchmarks.widgets [--json] [--quick] [--write]

Every lecture with a widget is opened in JupyterLab on a copy of the course and run.  Each widget
then gets five rounds of presses of the arrow keys, over all its sliders.  Printed are the median of
all presses and the lowest and highest median of a round; the target is 60 ms.  --quick does one
round.  --write keeps the figures in sources/latency.json and renews the table made of them.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
from pathlib import Path

from dgm_course.authoring import readme, tables
from tests.browser import jupyter
from tests.browser.chromium import chromium, local_page
from tests.browser.notebook import Notebook
from tests.browser.widget import Live, find_widgets

ROUNDS, PRESSES = 5, 24
TARGET_MS = 60


def measure(rounds: int) -> dict[str, dict[str, dict]]:
    """Milliseconds by lecture and widget."""
    found: dict[str, dict[str, dict]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        course, state = Path(scratch) / "course", Path(scratch) / "state"
        state.mkdir()
        jupyter.copy_course(course)
        with jupyter.jupyterlab(course, state) as server, chromium() as running:
            for lecture in sorted({widget.lecture for widget in find_widgets()}):
                with local_page(running) as page:
                    found[lecture] = _lecture(page, server, lecture, rounds)
    return found


def _lecture(page, server, lecture: str, rounds: int) -> dict[str, dict]:
    notebook = Notebook(page, server, f"lectures/{lecture}.ipynb")
    notebook.run_all()
    own = [widget for widget in find_widgets() if widget.lecture == lecture]
    return {widget.name: answers(Live(notebook, widget), rounds) for widget in own}


def answers(live: Live, rounds: int) -> dict:
    """How soon an open widget answers, in milliseconds."""
    live.round(PRESSES)  # the first presses find nothing in any cache
    timed = [[1000 * s for s in live.round(PRESSES)] for _ in range(rounds)]
    medians, every = [statistics.median(one) for one in timed], [ms for one in timed for ms in one]
    return {
        "median_ms": round(statistics.median(every)),
        "low_ms": round(min(medians)),
        "high_ms": round(max(medians)),
        "presses": rounds * PRESSES,
    }


def table(found: dict[str, dict[str, dict]]) -> str:
    """The figures for people."""
    lines = [f"{'widget':44}{'median':>8}  of a round"]
    for lecture, widgets in found.items():
        for name, ms in widgets.items():
            median, interval = f"{ms['median_ms']} ms", f"{ms['low_ms']} to {ms['high_ms']} ms"
            lines.append(f"{lecture + ', ' + name:44}{median:>8}  {interval}")
    machine = f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    return "\n".join([*lines, f"target: {TARGET_MS} ms; machine: {machine}"])


def main() -> int:
    """Measure and print; 1 when a widget misses the target."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    parser.add_argument("--quick", action="store_true", help="one round instead of five")
    parser.add_argument("--write", action="store_true", help="keep the figures in sources/")
    wanted = parser.parse_args()
    if wanted.write and wanted.quick:
        parser.error("a quick run is not kept: leave out --quick or --write")
    found = measure(1 if wanted.quick else ROUNDS)
    print(table(found))
    if wanted.write:
        readme.keep(jupyter.ROOT, tables.LATENCY, found)
    if wanted.json:
        print(json.dumps(found))
    return any(ms["median_ms"] > TARGET_MS for widgets in found.values() for ms in widgets.values())


if __name__ == "__main__":
    sys.exit(main())
