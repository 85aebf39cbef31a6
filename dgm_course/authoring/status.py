"""How the committed notebooks of a source stand against it, told without executing anything."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dgm_course.authoring import notebook, timing
from dgm_course.authoring.digest import digest
from dgm_course.authoring.lab import find_lab
from dgm_course.authoring.layout import Source
from dgm_course.authoring.lint import lint
from dgm_course.authoring.problem import BuildError, Problem
from dgm_course.authoring.source import Document, read

FRESH = "fresh"
WRONG = {
    "missing": "missing: run `dgm build {name}`",
    "stale": "stale: its source, the package or the builder changed; run `dgm build {name}`",
    "edited": "edited by hand: edit {source} instead, and run `dgm build {name}`",
    "title": "its title is out of date: run `dgm build {name}`",
}
UNTIMED = "never timed: run `dgm build {name}`"


@dataclass(frozen=True)
class Result:
    """What became of one source: `state` is built (executed), rewritten, fresh, stale or failed.

    `problems` is empty when all is well; `seconds` is the time it took to execute.
    """

    name: str
    state: str
    problems: tuple[Problem, ...] = ()
    seconds: float | None = None


@dataclass(frozen=True)
class Plan:
    """All that a source's notebooks are built from."""

    document: Document
    lab: object
    digest: str

    @property
    def source(self) -> Source:
        return self.document.source

    def title(self, nodes: list[dict], timings: dict[str, int]) -> str:
        """The text of the first cell, given the executed cells and the measured seconds."""
        return timing.title(self.document, nodes, timings.get(self.source.key), self.lab)

    def condition(self, path: Path, timings: dict[str, int]) -> str:
        """How one of the source's notebooks stands: FRESH, or a key of WRONG."""
        raw = notebook.load(path)
        if raw is None:
            return "edited" if path.exists() else "missing"
        dgm = raw["metadata"].get("dgm", {})
        if dgm.get("digest") != self.digest:
            return "stale"
        if dgm.get("content") != notebook.content_hash(raw):
            return "edited"
        right = notebook.text_of(raw["cells"][0]["source"]) == self.title(raw["cells"], timings)
        return FRESH if right else "title"


def make_plan(source: Source, lab: Callable) -> Plan:
    """Read a source; raises BuildError where it cannot be built."""
    document = read(source)
    return Plan(document, find_lab(document, lab), digest(source))


def check(source: Source, lab: Callable, timings: dict[str, int]) -> Result:
    """Compare a source's notebooks with it, and hold both to the course's rules."""
    try:
        plan = make_plan(source, lab)
    except BuildError as error:
        return Result(source.key, "failed", error.problems)
    conditions = {path: plan.condition(path, timings) for path in source.targets}
    found = [_wrong(source, path, how) for path, how in conditions.items() if how != FRESH]
    if source.key not in timings:
        found.append(Problem(source.relative, 0, UNTIMED.format(name=source.key)))
    state = "stale" if found else FRESH
    executed = conditions[source.executed] in (FRESH, "title")
    nodes = notebook.load(source.executed)["cells"] if executed else None
    found += lint(plan.document, plan.lab, nodes)
    return Result(source.key, state, tuple(found))


def _wrong(source: Source, path: Path, condition: str) -> Problem:
    message = WRONG[condition].format(name=source.key, source=source.relative)
    return Problem(path.relative_to(source.root).as_posix(), 0, message)
