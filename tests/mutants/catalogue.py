"""The catalogue of mutants: one-line errors put into the package, each of which a test must notice.

`metrics/divergence.toml` beside this file holds the mutants of `dgm_course/metrics/divergence.py`:

    tests = ["tests/metrics/test_f_divergence.py"]    # besides tests/metrics/test_divergence*.py

    [[mutant]]
    error = "two bumps: the misconception, in a phrase"
    line = 'a fragment of one line, found exactly once in the file'
    becomes = 'what it is replaced by'

Tests that have `two_bumps` in their names are then tried first.  A mutant that no test can notice,
because it computes the same, is no error: leave it out.
Source: DeMillo, Lipton & Sayward 1978, *Hints on test data selection*.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PACKAGE = "dgm_course"


@dataclass(frozen=True)
class Mutant:
    """One error: in `file`, relative to the package, `line` becomes `becomes`."""

    file: str
    error: str
    line: str
    becomes: str
    tests: tuple[str, ...]

    @property
    def topic(self) -> str:
        """What stands before the colon of `error`, as tests would spell it: `two_bumps`."""
        return self.error.partition(":")[0].lower().replace(" ", "_")

    def apply(self, source: str) -> str:
        """The file with the error in it; raises ValueError if `line` is not there exactly once."""
        if "\n" in self.line + self.becomes:
            raise ValueError(f"{self.file}: {self.error}: expected one line, got several")
        found = source.count(self.line)
        if found != 1:
            raise ValueError(f"{self.file}: expected {self.line!r} once, found it {found} times")
        return source.replace(self.line, self.becomes)


def catalogue(folder: Path = HERE, root: Path = ROOT) -> list[Mutant]:
    """All mutants, by file; raises ValueError where a table is wrong."""
    return [m for path in sorted(folder.rglob("*.toml")) for m in _mutants(path, folder, root)]


def _mutants(path: Path, folder: Path, root: Path) -> Iterator[Mutant]:
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    name = path.relative_to(folder).with_suffix("")
    mirrored = Path("tests", name.parent, f"test_{name.name}*.py").as_posix()
    tests = _files([mirrored, *data.get("tests", [])], root)
    for table in data["mutant"]:
        if set(table) != {"error", "line", "becomes"}:
            raise ValueError(f"{path.name}: expected error, line, becomes; got {sorted(table)}")
        yield Mutant(name.with_suffix(".py").as_posix(), **table, tests=tests)


def _files(patterns: list[str], root: Path) -> tuple[str, ...]:
    found = [path for pattern in patterns for path in sorted(root.glob(pattern))]
    return tuple(dict.fromkeys(path.relative_to(root).as_posix() for path in found))
