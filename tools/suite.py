"""Everything that `make test` checks, each part timed; all parts run, whatever fails.

Run by the environment's own Python.  JOBS=4 uses four workers for tests and notebooks.
"""

import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYTHON = sys.executable
CELL_SECONDS = 180
CLOSING = re.compile(
    r"^=+ (.*\b(?:passed|failed|errors?|skipped|no tests ran)\b.*) in [\d.]+s.*=+$"
)
COUNTS = ("failed", "passed", "skipped", "xfailed", "xpassed", "errors")
NOTEBOOKS = [
    *("-p", "no:cacheprovider", "--nbval-current-env"),
    *("--nbval-cell-timeout", str(CELL_SECONDS), "--nbval-kernel-startup-timeout", "120"),
]


@dataclass
class Part:
    """One part of the suite: commands that all have to succeed, on files that may not exist yet."""

    name: str
    commands: list[list[str]]
    files: list[str] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    state: str = "not run"


def pytest(*arguments: str) -> list[str]:
    """A pytest command on two workers, a file staying with one of them."""
    jobs = os.environ.get("JOBS", "2")
    return [PYTHON, "-m", "pytest", "-n", jobs, "--dist", "loadfile", *arguments]


def parts() -> list[Part]:
    """The suite, quick parts first."""
    module = [PYTHON, "-m"]
    executed = ["lectures", "solutions"]
    return [
        Part("lint", [[*module, "ruff", "check"], [*module, "ruff", "format", "--check"]]),
        Part("environment", [[*module, "dgm_course.authoring.environment", "--check"]]),
        Part("build", [[*module, "dgm_course.cli", "build", "--check"]], ["sources/**/*.py"]),
        Part("tests", [pytest("tests", "--ignore=tests/browser")], ["tests/**/test_*.py"]),
        Part("mutants", [[PYTHON, "tests/mutants"]], ["tests/mutants/*.py"]),
        Part(
            "lectures and solutions",
            [pytest("--nbval", *NOTEBOOKS, *executed)],
            [f"{folder}/*.ipynb" for folder in executed],
            {"DGM_STATIC": "1", "DGM_STRICT": "1"},
        ),
        Part(
            "untouched labs",
            [pytest("--nbval-lax", *NOTEBOOKS, "labs")],
            ["labs/*.ipynb"],
            {"DGM_STATIC": "1"},
        ),
        # alone and last, for it measures how fast a picture follows a slider
        Part("browser", [[*module, "pytest", "-s", "tests/browser"]], ["tests/browser/test_*.py"]),
    ]


def run(part: Part) -> list[str]:
    """Run one part, set its state and seconds; pytest's closing lines, in order."""
    print(f"\n--- {part.name} ", "-" * (70 - len(part.name)), flush=True)
    if part.files and not any(path for pattern in part.files for path in ROOT.glob(pattern)):
        print(f"There is nothing here yet ({', '.join(part.files)}).")
        part.state = "nothing yet"
        return []
    started, closing, codes = time.monotonic(), [], []
    for command in part.commands:
        code, lines = follow(command, {**os.environ, "OMP_NUM_THREADS": "1", **part.variables})
        codes.append(code)
        closing += lines
    part.seconds = time.monotonic() - started
    part.state = "failed" if any(codes) else "passed"
    return closing


def follow(command: list[str], variables: dict[str, str]) -> tuple[int, list[str]]:
    """Run a command, echoing what it prints; its exit code and pytest's closing lines in it."""
    closing = []
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as process:
        for line in process.stdout:
            print(line, end="", flush=True)
            found = CLOSING.match(line.strip())
            closing += [found[1]] if found else []
    return process.returncode, closing


def total(closings: list[str], seconds: float) -> str:
    """pytest's closing line for all its runs together: `=== 2 failed, 110 passed in 61.20s ===`."""
    counts = dict.fromkeys(COUNTS, 0)
    for closing in closings:
        for number, word in re.findall(r"(\d+) (\w+)", closing):
            word = "errors" if word == "error" else word
            counts[word] = counts.get(word, 0) + int(number)
    text = ", ".join(f"{n} {word}" for word, n in counts.items() if n) or "no tests ran"
    return f" {text} in {seconds:.2f}s ".center(80, "=")


def main() -> int:
    """Run all parts and sum up; exit code 1 when one failed."""
    suite, closings = parts(), []
    for part in suite:
        closings += run(part)
    spent = sum(part.seconds for part in suite)
    print("\n--- summary ", "-" * 63)
    each = ", ".join(
        f"{part.name} {part.seconds:.1f} s" + ("" if part.state == "passed" else f" ({part.state})")
        for part in suite
    )
    failed = [part.name for part in suite if part.state == "failed"]
    verdict = f"FAILED: {', '.join(failed)}" if failed else "all passed"
    print(f"make test: {each}; together {spent:.1f} s: {verdict}")
    print(total(closings, spent), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
