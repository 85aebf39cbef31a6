"""Attacks in tables: what the answer to an exercise does, and what the student is told of it.

A notebook carries several attacks, one an exercise; it is graded once, and after it an innocent
one in the same sandbox.  `Held.check` says whether the grader withstood.
"""

import functools
import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.grading import classroom

ATTACKED = ("entropy", "kl_divergence", "js_divergence", "kl_gaussians", "f_divergence")
SPARED = ("information", "fit_gaussian")
MARKER = "left-by-an-attack"
PLACES = ("/tmp", "/dev/shm", "/var/tmp", "/", "/home", str(Path.home()), "/run/lock")


@dataclass(frozen=True)
class Attack:
    """The body of the function asked for, or a cell in which ANSWER is its name."""

    name: str
    code: str
    says: str
    points: int = 0

    def cell(self, exercise: str) -> str:
        if "ANSWER" in self.code:
            return self.code.replace("ANSWER", exercise)
        body = textwrap.indent(textwrap.dedent(self.code).strip(), "    ")
        return f"def {exercise}(first, *others):\n{body}\n"


def table(rows: str, points: int = 0) -> tuple[Attack, ...]:
    """Attacks from text: `# name => what is said`, then the code, until the next such line."""
    found = re.split(r"^# (.*?) => (.*)\n", textwrap.dedent(rows), flags=re.MULTILINE)[1:]
    return tuple(
        Attack(name, code.strip("\n"), says.strip(), points)
        for name, says, code in zip(found[::3], found[1::3], found[2::3], strict=True)
    )


@dataclass(frozen=True)
class Held:
    """What was found after a notebook of attacks."""

    result: dict
    following: int
    processes: tuple[str, ...]
    files: tuple[str, ...]


@functools.cache
def outcome(attacks: tuple[Attack, ...], sandboxed: bool = True) -> Held:
    answers = {e: a.cell(e) for e, a in zip(ATTACKED, attacks, strict=False)}
    result = classroom.grade(classroom.filled("01", **answers), sandboxed=sandboxed)
    left = tuple(survivors())
    following = classroom.grade(classroom.filled("01"), sandboxed=sandboxed)["points"]
    return Held(result, following, left, tuple(files()))


def survivors() -> list[str]:
    """Processes of sandboxes beside bubblewrap's own two and the warm one."""
    left = []
    for top in psutil.Process().children():
        inside = top.children(recursive=True)
        warm = [p for p in inside if p.name() != "bwrap"][: 1 if top.name() == "bwrap" else 0]
        left += [str(p) for p in inside if p not in warm and p.name() != "bwrap"]
    return left


def files() -> list[str]:
    """What attacks have left on this machine."""
    found = [Path(place) for place in PLACES]
    return [str(file) for place in found for file in place.glob(f"*{MARKER}*")]


def check(attack: Attack, attacks: tuple[Attack, ...]) -> None:
    """Assert that nothing was earned, nobody else lost anything and a sentence says it all."""
    at = attacks.index(attack)
    first = at - at % len(ATTACKED)
    held = outcome(attacks[first : first + len(ATTACKED)])
    exercise = ATTACKED[at - first]
    points, told = classroom.points(held.result), classroom.said(held.result, exercise)
    full = {e["exercise"]: e["max_points"] for e in held.result["exercises"]}
    assert points[exercise] == (full[exercise] if attack.points else 0), told
    assert all(points[name] == full[name] for name in SPARED)
    assert re.search(attack.says, told), told
    assert (bool(told.strip()) or attack.points) and told.isprintable()
    assert held.following == classroom.FULL["01"]
    assert held.processes == () and held.files == ()
