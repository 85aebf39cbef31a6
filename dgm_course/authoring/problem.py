"""What authors are told: a place in a file and what to do there."""

import contextlib
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, order=True)
class Problem:
    """A message about a line of a file; line 0 means the file as a whole."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.message}"


class BuildError(Exception):
    """Something keeps a notebook from being built; `problems` says where and what."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))

    def __reduce__(self):  # so that it comes back whole from another process
        return BuildError, (self.problems,)


@contextlib.contextmanager
def needs(library: str, extra: str) -> Iterator[None]:
    """Say how to install an optional library where importing it fails."""
    try:
        yield
    except ImportError as error:
        message = f"{error}: building needs {library}, run: {installing(extra)}"
        raise BuildError([Problem(library, 0, message)]) from error


def installing(extra: str) -> str:
    """The command that adds one of the course's extras to the environment that runs this."""
    if Path(sys.prefix, "dgm-setup.json").is_file():  # made by tools/setup.py
        python = "python" if os.name == "nt" else "python3"
        return f"{python} tools/setup.py install --with {extra}"
    return f'pip install -c constraints.txt -e ".[{extra}]"'
