"""What the benchmarks share: fair timing, intervals over seeds, tables, the command line.

A speed is compared in one process: `interleaved` runs ours and every peer in turn, round after
round, so that whatever else the machine does falls on all of them alike.  Each keeps its minimum
and median of the rounds, and the processor time, which other programs disturb least; `ratio` is the
median of ours over that of the fastest peer, so under 1 we are faster.  A figure that depends on a
seed is measured with several and reported by `interval`: mean and 95 % confidence interval.

    figures = harness.interleaved({"ours": step, "pythae": their_step}, rounds=7)
    harness.ratio(figures, "ours")
"""

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

ROUNDS = 7


class Timing(NamedTuple):
    """Seconds of one call, over all rounds; `cpu` is the median processor time of all threads."""

    minimum: float
    median: float
    cpu: float
    rounds: list[float]


def stopwatch(call: Callable, *arguments):
    """What a call returns, the seconds it took, and the processor seconds of all its threads."""
    begin, begin_cpu = time.perf_counter(), time.process_time()
    found = call(*arguments)
    return found, time.perf_counter() - begin, time.process_time() - begin_cpu


def interleaved(
    calls: dict[str, Callable[[], object]], rounds: int = ROUNDS, repeats: int = 1
) -> dict[str, Timing]:
    """Time calls in turn, `rounds` times, after one round that is not counted.

    `repeats` calls in a row make one round of a short call. On a GPU a call must synchronise
    before it returns. The order turns round after round. Raises if rounds < 1.
    """
    if rounds < 1:
        raise ValueError(f"rounds: expected at least 1, got {rounds}")
    wall, cpu = ({name: [] for name in calls} for _ in range(2))
    for number in range(rounds + 1):
        for name in list(calls)[:: 1 if number % 2 else -1]:
            _, seconds, of_cpu = stopwatch(
                lambda call=calls[name]: [call() for _ in range(repeats)]
            )
            if number:
                wall[name].append(seconds / repeats)
                cpu[name].append(of_cpu / repeats)
    median = statistics.median
    return {n: Timing(min(wall[n]), median(wall[n]), median(cpu[n]), wall[n]) for n in calls}


def ratio(timings: dict[str, Timing], ours: str = "ours") -> float:
    """Median of ours over that of the fastest peer: under 1 we are faster.  Raises without peer."""
    peers = [timing.median for name, timing in timings.items() if name != ours]
    if not peers:
        raise ValueError(f"timings: expected a peer beside {ours!r}, got none")
    return timings[ours].median / min(peers)


def interval(values: Sequence[float]) -> dict[str, float]:
    """Mean and 95 % interval of a figure over seeds, by Student's t; one seed has no interval."""
    n, mean = len(values), statistics.fmean(values)
    half = 0.0
    if n > 1:
        from scipy.stats import t

        half = float(t.ppf(0.975, n - 1)) * statistics.stdev(values) / n**0.5
    return {"mean": mean, "low": mean - half, "high": mean + half, "seeds": n}


def intervals(runs: Sequence[dict[str, float]]) -> dict[str, dict[str, float]]:
    """`interval` of each figure of several runs that have the same figures."""
    return {name: interval([run[name] for run in runs]) for name in runs[0]}


def shown(figure: dict | float | None, digits: int = 2) -> str:
    """A figure for people: `88.12 ± 0.31` with an interval, `88.12` without, a dash for None."""
    if figure is None:
        return "–"
    if not isinstance(figure, dict):
        return f"{figure:,.{digits}f}"
    half = figure["high"] - figure["mean"]
    text = f"{figure['mean']:,.{digits}f}"
    return f"{text} ± {half:.{digits}f}" if figure["seeds"] > 1 else text


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Aligned columns: the first to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    lines = []
    for row in [header, *rows]:
        first, *rest = [
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join([first, *rest]).rstrip())
    return "\n".join(lines)


def machine() -> str:
    """What the seconds in a table depend on."""
    import torch

    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"machine: {os.cpu_count()} cores{load}; torch: {torch.get_num_threads()} threads"


def say(text: str) -> None:
    """Progress, on stderr: stdout is for the result."""
    print(text, file=sys.stderr, flush=True)


def main(
    description: str, measure: Callable[[bool], dict], show: Callable[[dict], str], quick: str
) -> int:
    """The command line of a benchmark: `measure(quick)` gives the figures, `show` the table."""
    parser = argparse.ArgumentParser(description=description.split("\n")[0])
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    parser.add_argument("--quick", action="store_true", help=quick)
    wanted = parser.parse_args()
    figures = measure(wanted.quick)
    print(show(figures))
    print(machine())
    if wanted.json:
        print(json.dumps(figures))
    return 0
