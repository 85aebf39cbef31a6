"""Which of a student's notebooks is graded: one that has the lab's exercises, the latest."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from dgm_course.grading.archives import Node, read
from dgm_course.grading.owners import FILE, Owner, attempt
from dgm_course.grading.problem import GradingError
from dgm_course.grading.text import clean

MOST = 20  # notebooks of one student that are read to choose among them
NOTEBOOK = re.compile(r"(?i).*\.ipynb(\.txt|\.json)?", re.DOTALL)  # endings that browsers add
NOT_WORK = {"solutions", "lectures"}  # of a student who handed in the whole course


@dataclass(frozen=True)
class Candidate:
    """A notebook of a student: `inside` is its path below the student's folder."""

    node: Node
    label: str
    whose: Owner
    inside: tuple[str, ...]
    refused: str = ""
    defined: int = 0  # how many of the lab's exercises it defines

    @property
    def own_name(self) -> str:
        """The name that the student gave to the file."""
        return self.inside[-1] if self.inside else self.whose.rest or self.node.name


def is_notebook(name: str) -> bool:
    """Whether a file is a notebook by its name."""
    return bool(NOTEBOOK.fullmatch(name))


def choose(
    candidates: list[Candidate], lab: str, exercises: Sequence[str]
) -> tuple[Candidate, list[str]]:
    """The notebook that counts, and a note if there was a choice.

    One that can be read and defines an exercise before one that does not; then the latest date,
    where all have one; then the highest number among files that are else alike; then the lab's
    own file name, most exercises defined, the newest file, the last name.
    """
    if len(candidates) == 1:
        return candidates[0], []
    ranked = sorted(candidates, key=lambda c: (not _is_named(c, lab), c.node.path))[:MOST]
    usable = [_searched(c, exercises) for c in ranked]
    usable = _highest(usable, lambda c: (not c.refused, _is_work(c), c.defined > 0))
    left = _latest(usable)
    reason = "the latest of them" if len(left) == 1 < len(usable) else "which fits this lab best"
    best = max(left, key=lambda c: _fitness(c, lab))
    return best, [_note(best, candidates, reason)]


def _latest(candidates: list[Candidate]) -> list[Candidate]:
    """Without those that a later attempt replaces."""
    marked = [(c, *attempt(c.inside, c.whose)) for c in candidates]
    if all(date for _, _, date, _ in marked):
        marked = _highest(marked, lambda m: m[2])
    groups: dict[tuple, list] = {}
    for mark in marked:
        groups.setdefault(mark[1], []).append(mark)
    return [m[0] for group in groups.values() for m in _highest(group, lambda m: m[3])]


def _highest(items: list, key: Callable) -> list:
    most = max(map(key, items))
    return [item for item in items if key(item) == most]


def _fitness(candidate: Candidate, lab: str) -> tuple:
    node = candidate.node
    named = _is_named(candidate, lab)
    return named, candidate.defined, node.time, candidate.label, node.place.members


def _is_work(candidate: Candidate) -> bool:
    return not NOT_WORK & {part.casefold() for part in candidate.inside[:-1]}


def _is_named(candidate: Candidate, lab: str) -> bool:
    return FILE.sub("", candidate.own_name).casefold() == lab.casefold()


def _searched(candidate: Candidate, exercises: Sequence[str]) -> Candidate:
    """With the number of exercises that its bytes define, which need not be valid JSON."""
    if candidate.refused:
        return candidate
    try:
        data = read(candidate.node.place)
    except GradingError as error:
        return replace(candidate, refused=str(error))
    patterns = (rb"(?:def|class)[ \t]+" + re.escape(name.encode()) + rb"\b" for name in exercises)
    return replace(candidate, defined=sum(bool(re.search(p, data)) for p in patterns))


def _note(best: Candidate, candidates: list[Candidate], reason: str) -> str:
    others = [c.label for c in candidates if c.node is not best.node]
    more = f" and {len(others) - 3} more" if len(others) > 3 else ""
    listed = ", ".join(clean(label, 120) for label in sorted(others)[:3])
    return (
        f"{len(candidates)} notebooks were handed in; {clean(best.label, 120)} is graded, "
        f"{reason}, and not {listed}{more}."
    )


def nothing(others: list[tuple[str, str]]) -> str:
    """The sentence for a student without a notebook; the files there, and why one is closed."""
    closed = [f"{clean(name, 80)} was not opened: {why}" for name, why in others if why]
    if closed:
        return f"No notebook was handed in: {closed[0]}."
    names = sorted(clean(name, 80) for name, _ in others)
    if not names:
        return "No notebook was handed in: there is nothing in it."
    listed = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    html = any(name.casefold().endswith((".html", ".htm")) for name in names)
    advice = ", an HTML export: hand in the .ipynb file" if html and len(names) == 1 else ""
    script = any(name.casefold().endswith(".py") for name in names)
    if script and len(names) == 1:
        advice = ", a script: hand in the .ipynb file"
    return f"No notebook was handed in: there is only {listed}{advice}."
