"""Where things lie: a source, and the notebooks that are built from it.

sources/lectures/NN_topic.py -> lectures/NN_topic.ipynb                        executed
sources/labs/NN_topic.py     -> solutions/NN_topic.ipynb, labs/NN_topic.ipynb  executed, stripped
"""

import functools
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from dgm_course.authoring.problem import BuildError, Problem

KINDS = ("lectures", "labs")
BUILT = ("lectures", "labs", "solutions")
SOURCE_NAME = "[0-9][0-9]_*.py"


@dataclass(frozen=True)
class Source:
    """A file under sources/: `kind` is lectures or labs, `name` is NN_topic."""

    root: Path
    kind: str
    name: str

    @property
    def key(self) -> str:
        """lectures/01_information: the name in sources/timings.json and in messages."""
        return f"{self.kind}/{self.name}"

    @property
    def path(self) -> Path:
        return self.root / "sources" / self.kind / f"{self.name}.py"

    @property
    def relative(self) -> str:
        return f"sources/{self.key}.py"

    @property
    def is_lab(self) -> bool:
        return self.kind == "labs"

    @property
    def executed(self) -> Path:
        """The notebook with outputs: a lecture, or a lab's solution."""
        folder = "solutions" if self.is_lab else "lectures"
        return self.root / folder / f"{self.name}.ipynb"

    @property
    def targets(self) -> tuple[Path, ...]:
        """All notebooks built from this source, the executed one first."""
        stripped = self.root / "labs" / f"{self.name}.ipynb"
        return (self.executed, stripped) if self.is_lab else (self.executed,)


def find_root(start: Path | None = None) -> Path:
    """The repository: the first folder with sources/, upward from `start` (default: here), then
    from this package.  Raises BuildError when there is none."""
    for origin in (Path(start or Path.cwd()).resolve(), Path(__file__).resolve()):
        for folder in (origin, *origin.parents):
            if any((folder / "sources" / kind).is_dir() for kind in KINDS):
                return folder
    message = "no folder sources/ here or above: run this in a clone of the course"
    raise BuildError([Problem(str(start or "."), 0, message)])


def discover(root: Path) -> list[Source]:
    """Every source under `root`, lectures before labs, by number."""
    return [
        Source(root, kind, path.stem)
        for kind in KINDS
        for path in sorted((root / "sources" / kind).glob(SOURCE_NAME))
    ]


def select(root: Path, names: Iterable[str | os.PathLike] = ()) -> list[Source]:
    """The sources meant by `01`, `01_information`, `lectures/01`, or a path; all for no names.

    Raises BuildError for a name that is no source's.
    """
    known = discover(root)
    chosen = [source for name in names for source in _meant(os.fspath(name), known)]
    return [s for s in known if s in chosen] if names else known


def _meant(name: str, known: Sequence[Source]) -> list[Source]:
    path = Path(name)
    stem = path.stem if path.suffix in (".py", ".ipynb") else path.name
    kind = {"solutions": "labs"}.get(path.parent.name, path.parent.name)
    found = [s for s in known if kind in ("", s.kind) and _is_called(s, stem)]
    if not found:
        there = ", ".join(dict.fromkeys(s.name for s in known)) or "none yet"
        raise BuildError([Problem(name, 0, f"no source has this name; there are: {there}")])
    return found


def _is_called(source: Source, stem: str) -> bool:
    if stem.isdigit():
        return source.name.startswith(stem.zfill(2) + "_")
    return source.name == stem


def orphans(root: Path) -> list[Problem]:
    """Built notebooks that no source stands behind."""
    expected = {path for source in discover(root) for path in source.targets}
    found = [p for folder in BUILT for p in sorted((root / folder).glob("*.ipynb"))]
    return [_orphan(path.relative_to(root)) for path in found if path not in expected]


def _orphan(path: Path) -> Problem:
    kind = "labs" if path.parts[0] == "solutions" else path.parts[0]
    wanted = f"sources/{kind}/{path.stem}.py"
    return Problem(path.as_posix(), 0, f"orphaned: there is no {wanted}; remove the notebook")


@functools.cache
def builder_files() -> tuple[Path, ...]:
    """The files of this package that decide what a built notebook contains."""
    here = Path(__file__).parent
    names = ("execute.py", "lab.py", "notebook.py", "outputs.py", "source.py")
    return tuple(here / name for name in names)
