"""Which of a student's notebooks is graded: one that has the lab's exercises, the latest."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from dgm_course.grading.archives import Node, read
from dgm_course.grading.owners import FILE, Owner, attempt, is_attempt
from dgm_course.grading.problem import GradingError
from dgm_course.grading.text import clean

MOST = 20  # notebooks of one student that are read to choose among them
# Folders of a student who handed in the whole course, from what counts least to their own work.
FOLDERS = (("solutions", "lectures"), ("labs",), ("backup",), (), ("work",))
BACKUP, PLAIN, WORK = 2, 3, 4
KINDS = {
    ".html": "an HTML export",
    ".htm": "an HTML export",
    ".py": "a script",
    ".pdf": "a PDF",
    ".doc": "a document",
    ".docx": "a document",
}
TYPED = ("onlinetext.html", "_text.html")  # Moodle's and Canvas's pages of what was typed there


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

    @property
    def folder(self) -> int:
        """What the folders say that it lies in, as an index of FOLDERS."""
        names = {part.casefold() for part in self.inside[:-1]}
        found = [i for i, folders in enumerate(FOLDERS) if names & set(folders)]
        return min(found, default=PLAIN)

    @property
    def attempt(self) -> tuple[str, ...]:
        """What was handed in at once: the LMS's date, or the top; folders named as attempts."""
        top = self.node.path[: len(self.node.path) - len(self.inside)]
        if self.whose.by_lms and not self.whose.number:
            top = (*self.whose.key, self.whose.date)
        return top + tuple(takewhile(is_attempt, self.inside[:-1]))


def choose(
    candidates: list[Candidate], lab: str, exercises: Sequence[str]
) -> tuple[Candidate, list[str]]:
    """The notebook that counts, and a note if there was a choice.

    One that can be read and defines an exercise before one that does not, and the student's own
    before the course's; what is in `work/`; then the latest date, where all have one; then the
    highest number among files that are else alike; then the lab's own file name, most exercises
    defined, the newest file, the last name.
    """
    if len(candidates) == 1:
        return candidates[0], []
    ranked = sorted(candidates, key=lambda c: (not _is_named(c, lab), -c.folder, c.node.path))
    usable = [_searched(c, exercises) for c in ranked[:MOST]]
    own = _own_work(_highest(usable, lambda c: _worth(c, lab)))
    left = _latest(own)
    best = max(left, key=lambda c: _fitness(c, lab))
    return best, [_note(best, candidates, _reason(best, own, left, usable))]


def _worth(candidate: Candidate, lab: str) -> tuple:
    """The course's own copy counts less than a student's notebook that cannot be opened."""
    own, usable = candidate.folder >= BACKUP, not candidate.refused and candidate.defined > 0
    named = own and _is_named(candidate, lab)
    return 3 * (usable and own) or 2 * named or int(usable), not candidate.refused


def _own_work(candidates: list[Candidate]) -> list[Candidate]:
    """Without what lies beside `work/` in the same attempt, and without backups."""
    groups: dict[tuple, list] = {}
    for candidate in candidates:
        groups.setdefault(candidate.attempt, []).append(candidate)
    best = [c for group in groups.values() for c in _highest(group, lambda c: c.folder)]
    return _highest(best, lambda c: min(c.folder, PLAIN))


def _latest(candidates: list[Candidate]) -> list[Candidate]:
    """Without those that a later attempt replaces."""
    marked = [(c, *attempt(c.inside, c.whose)) for c in candidates]
    if all(date for _, _, date, _ in marked):
        marked = _highest(marked, lambda m: m[2])
    groups: dict[tuple, list] = {}
    for mark in marked:
        groups.setdefault(mark[1], []).append(mark)
    return [m[0] for group in groups.values() for m in _highest(group, lambda m: m[3])]


def _reason(best: Candidate, own: list, left: list, usable: list) -> str:
    """Why this one; "the latest" only where dates or times say so."""
    if len(own) == 1 < len(usable):
        return "the one in work/" if best.folder == WORK else "which fits this lab best"
    others = [c for c in own if c is not best]
    dates = [attempt(c.inside, c.whose)[1] for c in own]
    date = attempt(best.inside, best.whose)[1]
    newest = all(c.node.time < best.node.time for c in others)
    alike = len({(c.own_name, c.defined) for c in own}) == 1
    among = "of them" if len(own) == len(usable) else "of the usable ones"
    if (all(dates) and dates.count(date) == 1) or (newest and (len(left) == 1 or alike)):
        return f"the latest {among}"
    return f"by number the last {among}" if len(left) == 1 else "which fits this lab best"


def _highest(items: list, key: Callable) -> list:
    most = max(map(key, items))
    return [item for item in items if key(item) == most]


def _fitness(candidate: Candidate, lab: str) -> tuple:
    node = candidate.node
    named = _is_named(candidate, lab)
    return named, candidate.defined, node.time, candidate.label, node.place.members


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
    others = sorted((c.label, c.node.size) for c in candidates if c.node is not best.node)
    listed = [clean(label, 120) + ", which is empty" * (not size) for label, size in others]
    return (
        f"{len(candidates)} notebooks were handed in; {clean(best.label, 120)} is graded, "
        f"{reason}, and not {_listed(listed, ', ')}."
    )


def _listed(names: list[str], last: str = " and ") -> str:
    """The first three and how many more."""
    if len(names) > 3:
        return f"{', '.join(names[:3])} and {len(names) - 3} more"
    return ", ".join(names[:-1]) + last * (len(names) > 1) + names[-1]


def beside(best: Candidate, others: list[Candidate]) -> list[str]:
    """A note on scripts that lie beside the notebook, which may need them."""
    folder = best.node.path[:-1]
    scripts = [o.own_name for o in others if not o.refused and o.node.path[:-1] == folder]
    scripts = sorted(clean(n, 80) for n in scripts if n.casefold().endswith(".py"))
    if not scripts:
        return []
    were = "was" if len(scripts) == 1 else "were"
    return [f"{_listed(scripts)} {were} handed in beside it; only the notebook is graded."]


def nothing(others: list[Candidate]) -> str:
    """The sentence for a student without a notebook; the files there, and why one is closed."""
    closed = [o for o in others if o.node.refused]
    if closed:
        name, why = clean(closed[0].node.name, 80), closed[0].node.refused
        return f"No notebook was handed in: {name} was not opened: {why}."
    names = sorted(clean(o.node.name, 80) for o in others)
    if not names:
        return "No notebook was handed in: there is nothing in it."
    kinds = {_kind(name) for name in names}
    kind = f", {kinds.pop()}" if len(names) == 1 and "" not in kinds else ""
    advice = ": hand in the .ipynb file" if kind or any(kinds) else ""
    return f"No notebook was handed in: there is only {_listed(names)}{kind}{advice}."


def _kind(name: str) -> str:
    name = name.casefold()
    if name.endswith(TYPED):
        return "a text typed into the LMS"
    return next((kind for end, kind in KINDS.items() if name.endswith(end)), "")
