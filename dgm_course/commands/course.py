"""The course's folder and the labs in it, as a command line names them."""

from collections.abc import Iterable
from pathlib import Path


class UserError(Exception):
    """Something the user can mend; the message is one sentence that says how."""


def find_course(start: Path | None = None) -> Path:
    """The folder of the course at or above `start` (default: here); raises UserError outside it."""
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if is_course(folder):
            return folder
    own = Path(__file__).resolve().parents[2]
    where = f" ({own})" if is_course(own) else ""
    raise UserError(f"{here} is not in the course's folder: go there{where} and run this again.")


def any_course() -> Path:
    """The course's folder at or above this one, else the one this package is in."""
    own = Path(__file__).resolve().parents[2]
    try:
        return find_course()
    except UserError:
        if is_course(own):
            return own
        raise


def is_course(folder: Path) -> bool:
    """Whether a folder holds the course: its package beside its labs or their sources."""
    beside = (folder / "labs").is_dir() or (folder / "sources").is_dir()
    return beside and (folder / "dgm_course" / "cli.py").is_file()


def find_labs(course: Path) -> list[Path]:
    """The labs to hand out, in order."""
    return sorted((course / "labs").glob("*.ipynb"))


def select(names: Iterable[str], labs: list[Path]) -> list[Path]:
    """The labs called `1`, `01`, `01_information`, `information` or by a path; all for no name.

    Raises UserError for a name that is no lab's.
    """
    chosen = [_find(name, labs) for name in names]
    return list(dict.fromkeys(chosen)) or labs


def _find(name: str, labs: list[Path]) -> Path:
    stem = Path(name).stem if name.endswith(".ipynb") else name
    number = stem.zfill(2) if stem.isdigit() else stem
    for lab in labs:
        if number in (lab.stem, *lab.stem.split("_", 1)):
            return lab
    there = ", ".join(lab.stem for lab in labs) or "none yet"
    raise UserError(f"There is no lab called {name!r}; there are: {there}.")


def relative(path: Path, course: Path) -> str:
    """A path as shown to the user: from the course's folder, with forward slashes."""
    try:
        return path.resolve().relative_to(course).as_posix()
    except ValueError:
        return str(path)
