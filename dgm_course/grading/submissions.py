"""What an LMS exported, as one submission a student: a folder or a zip file, in any layout.

One student is one folder or zip file beside others, or the files whose names start alike as
Moodle, Canvas, Blackboard, Brightspace or nbgrader write them, or that hold the lab's name and
the same rest (`jane_01_information.ipynb`, `jane_01_information-1.ipynb`). A number that the
LMS gives to a student is part of who it is. Plain names are one student where they are equal
after Unicode normalisation; where they differ in anything else, case included, they are two: a
row too many is seen, a student lost in another's row is not. A folder or zip file that alone
holds everything, and one with names of several students in it, is looked through.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dgm_course.grading.archives import LARGEST, TOO_LARGE, Node, Place, children, read
from dgm_course.grading.choosing import Candidate, beside, choose, nothing
from dgm_course.grading.entries import students
from dgm_course.grading.owners import is_notebook
from dgm_course.grading.problem import GradingError
from dgm_course.grading.text import clean

FILES = 5000  # that are looked at for one student
ZIPS = 20  # that are opened for one student
LATE = "Canvas marked it late."


@dataclass(frozen=True)
class Submission:
    """One student's notebook, or why there is none; its bytes are read when asked for."""

    student: str  # unique in the class
    file: str  # where it was found, below the folder of submissions; "" if nowhere
    notes: tuple[str, ...] = ()
    problem: str = ""
    number: str = ""  # that the LMS gives to the student; "" if its names have none
    late: bool = False
    place: Place | None = field(default=None, repr=False)

    def read(self) -> bytes:
        """The notebook as it was handed in; raises GradingError with a sentence if it cannot."""
        if self.place is None:
            raise GradingError(self.problem or "No notebook was handed in.")
        try:
            return read(self.place)
        except GradingError as error:
            raise GradingError(refusal(self.file, str(error))) from error


def refusal(file: str, why: str) -> str:
    """The sentence for a notebook that cannot be had."""
    return f"{clean(file.split('/')[-1], 80)} cannot be graded: {why}."


def find(folder: Path, lab: str, exercises: Sequence[str]) -> list[Submission]:
    """Every student's submission to a lab, sorted by student; raises GradingError if none."""
    root = _root(Path(folder))
    try:
        groups = students(root, lab)
    except GradingError as error:
        raise GradingError(f"{clean(root.name)}: {error}.") from error
    if not groups:
        raise GradingError(
            f"{clean(str(folder))} holds no submissions: give the folder or the zip file that "
            "your LMS exports, with a folder, a zip file or a notebook for each student."
        )
    names = _unique({key: found[0][0].shown for key, found in groups.items()})
    every = [_submission(names[key], found, lab, exercises) for key, found in groups.items()]
    return sorted(every, key=lambda s: s.student)


def _root(folder: Path) -> Node:
    where = clean(str(folder))
    try:
        real = folder.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise GradingError(
            f"{where} does not exist: give the folder or the zip file that your LMS exports."
        ) from error
    if real.is_dir():
        return Node((real.name,), Place(real), "folder")
    if real.is_file():
        node = Node((real.name,), Place(real), "zip")
        try:
            children(node)
        except GradingError as error:
            raise GradingError(
                f"{where} is no folder and no zip file that can be opened: give what your LMS "
                "exports, or a folder of notebooks."
            ) from error
        return node
    raise GradingError(f"{where} is no folder and no zip file: give what your LMS exports.")


def _unique(shown: dict[tuple, str]) -> dict[tuple, str]:
    """A name for each key, no two alike even where case is not told apart."""
    names, taken = {}, set()
    for key, whole in shown.items():
        name = first = clean(whole, 100) or "unnamed"
        count = 1
        while name.casefold() in taken:
            count += 1
            name = f"{first} ({count})"
        taken.add(name.casefold())
        names[key] = name
    return names


def _submission(student: str, found: list, lab: str, exercises: Sequence[str]) -> Submission:
    candidates, others, notes = [], [], []
    for whose, top in found:
        for node in _files(top, notes):
            label = clean("/".join(node.path[1:]), 500)
            inside = node.path[len(top.path) :]
            file = Candidate(node, label, whose, inside, _known_refusal(node))
            if is_notebook(node.name):
                candidates.append(file)
            elif node.refused or node.size:
                others.append(file)
    number, late = found[0][0].id, any(whose.late for whose, _ in found)
    if not candidates:
        notes = (*notes, *[LATE] * late)
        return Submission(student, "", notes, nothing(others), number, late)
    best, why = choose(candidates, lab, exercises)
    late = best.whose.late
    lost = (f"{clean(o.own_name, 80)} was not opened: {o.node.refused}." for o in others)
    lost = [said for said, o in zip(lost, others, strict=True) if o.node.refused]
    notes = (*why, *beside(best, others), *[LATE] * late, *notes, *lost[:3])
    problem = refusal(best.label, best.refused) if best.refused else ""
    place = None if problem else best.node.place
    return Submission(student, best.label, notes, problem, number, late, place)


def _known_refusal(node: Node) -> str:
    return node.refused or (TOO_LARGE if node.size > LARGEST else "")


def _files(top: Node, notes: list[str]) -> Iterator[Node]:
    """The files below a node, the shallow ones first, so that a limit cuts off the deep ones."""
    queue, files, zips = deque([top]), 0, 0
    while queue:
        node = queue.popleft()
        zips += node.kind == "zip"
        if node.refused or node.kind == "file":
            files += 1
            if files > FILES:
                notes.append(f"Only the first {FILES} files were looked at.")
                return
            yield node
            continue
        try:
            if node.kind == "zip" and zips > ZIPS:
                raise GradingError(f"there are more than {ZIPS} zip files")
            queue.extend(children(node))
        except GradingError as error:
            yield Node(node.path, node.place, "file", node.size, refused=f"it {error}")
