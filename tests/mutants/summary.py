"""What a run of the mutants looks like: a bar while it goes, a table when it is done."""

from itertools import groupby

from runner import Result
from tqdm import tqdm

tqdm.monitor_interval = 0  # no thread of its own: a process with threads should not fork


def bar(total: int, description: str) -> tqdm:
    """A progress bar on a terminal, nothing elsewhere."""
    return tqdm(total=total, desc=description, leave=False, disable=None)


def table(results: list[Result], seconds: float) -> str:
    """A line a mutant with what noticed it, by file; then the survivors and the counts."""
    results = sorted(results, key=lambda r: r.job.mutant.file)
    lines = []
    for file, group in groupby(results, key=lambda r: r.job.mutant.file):
        lines += ["", f"dgm_course/{file}", *map(_line, group)]
    survivors = [r for r in results if not r.noticed]
    late = sum(r.code is None for r in results)
    lines += ["", *(_survivor(r) for r in survivors)]
    noticed = f"{len(results) - len(survivors)} noticed ({late} by running out of time)"
    verdict = f"{len(results)} mutants: {noticed}, {len(survivors)} survived"
    return "\n".join([*lines, f"{verdict}; {seconds:.0f} s"])


def _line(result: Result) -> str:
    mark = "✓" if result.noticed else "✗"
    test = result.how.split("[")[0].rpartition("/")[2]
    return f"  {mark} {result.seconds:5.1f} s  {result.job.mutant.error:<58}  {test}"


def _survivor(result: Result) -> str:
    mutant = result.job.mutant
    return (
        f"SURVIVED dgm_course/{mutant.file}: {mutant.error}\n"
        f"  - {mutant.line}\n  + {mutant.becomes}\n"
        f"  no test fails in {', '.join(mutant.tests)}"
    )
