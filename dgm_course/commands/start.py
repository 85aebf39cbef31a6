"""The student's own copies of the labs, in `work/`: made once, never overwritten."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from dgm_course.commands.course import UserError, find_labs, relative, select


@dataclass(frozen=True)
class Copy:
    """What became of one lab: `state` is new, kept or reset; `backup` is where the old one went."""

    path: Path
    state: str
    backup: Path | None = None


def start(course: Path, names: Iterable[str] = (), reset: bool = False) -> list[Copy]:
    """Copy labs (default: all) into `work/`; with `reset`, set the student's one aside first.

    Raises UserError for an unknown lab and for a reset that names none.
    """
    names = list(names)
    if reset and not names:
        raise UserError("Say which lab to start again, as in `dgm start 01 --reset`.")
    labs = select(names, find_labs(course))
    (course / "work").mkdir(exist_ok=True)
    return [_start(course, lab, reset) for lab in labs]


def _start(course: Path, lab: Path, reset: bool) -> Copy:
    own = course / "work" / lab.name
    backup = set_aside(own) if reset and own.exists() else None
    try:
        with own.open("xb") as file:  # "x": fails rather than overwrites
            file.write(lab.read_bytes())
    except FileExistsError:
        return Copy(own, "kept")
    return Copy(own, "reset" if backup else "new", backup)


def set_aside(own: Path) -> Path:
    """Move a student's notebook to work/backup/ under a name with the time; that path."""
    folder = own.parent / "backup"
    folder.mkdir(exist_ok=True)
    stamp = time.strftime("%Y-%m-%d-%H%M%S")
    names = [f"{own.stem}-{stamp}.ipynb", *(f"{own.stem}-{stamp}-{i}.ipynb" for i in range(2, 99))]
    free = next(folder / name for name in names if not (folder / name).exists())
    own.rename(free)
    return free


def describe(copies: list[Copy], course: Path) -> list[str]:
    """What was done, a line a lab, and what to open."""
    if not copies:
        return ["There are no labs yet."]
    lines = [_line(copy, course) for copy in copies]
    return [*lines, f"Open {relative(copies[0].path, course)} in JupyterLab to begin."]


def _line(copy: Copy, course: Path) -> str:
    name = relative(copy.path, course)
    if copy.state == "kept":
        return f"{name}: kept, it is yours (`dgm start {copy.path.stem[:2]} --reset` begins anew)"
    if copy.backup:
        return f"{name}: a new copy; your old one is {relative(copy.backup, course)}"
    return f"{name}: a new copy"


def describe_briefly(copies: list[Copy]) -> str:
    """The same in one line."""
    new = sum(copy.state == "new" for copy in copies)
    return f"Your labs are in work/: {new} new, {len(copies) - new} as you left them."
