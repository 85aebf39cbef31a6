"""When a notebook is stale: a digest of everything that decides what it contains.

The digest covers the source, the files of the package that it imports (directly or through other
files of the package, also inside functions), the builder, and for a lab the file of its exercises.
It does not cover the versions of libraries, so that it is the same on every machine.
"""

import ast
import functools
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from dgm_course.authoring.layout import Source, builder_files
from dgm_course.authoring.problem import BuildError, Problem

PACKAGE = "dgm_course"


def digest(source: Source) -> str:
    """16 hexadecimal digits that change when, and only when, the notebook should be rebuilt."""
    sha = hashlib.sha256()
    for name, path in sorted(_inputs(source).items()):
        sha.update(f"{name}\0{_file_hash(path, path.stat().st_mtime_ns)}\n".encode())
    return sha.hexdigest()[:16]


def package_files(source: Source) -> set[Path]:
    """The package files that a source imports, at whatever depth."""
    return imported(source.root, starts(source)) - {source.path}


def starts(source: Source) -> list[Path]:
    """The source, and for a lab its exercises, which its name tells and no import needs to."""
    topic = source.name.split("_", 1)[1]
    exercises = _files(source.root, f"{PACKAGE}.exercises.{topic}") if source.is_lab else []
    return [source.path, *exercises]


def imported(root: Path, start: Iterable[Path], without: tuple[str, ...] = ()) -> set[Path]:
    """Some files and the package files that they import, at whatever depth.

    `without` names modules and packages that are not followed.
    """
    todo, seen = list(start), set()
    while todo:
        path = todo.pop()
        if path not in seen:
            seen.add(path)
            names = _imports(path, root, path.stat().st_mtime_ns)
            kept = [n for n in names if not any(f"{n}.".startswith(f"{w}.") for w in without)]
            todo += [file for name in kept for file in _files(root, name)]
    return seen


def _inputs(source: Source) -> dict[str, Path]:
    files = {source.path, *package_files(source)}
    named = {path.relative_to(source.root).as_posix(): path for path in files}
    return named | {f"builder/{path.name}": path for path in builder_files()}


@functools.cache
def _file_hash(path: Path, changed: int) -> str:
    """The same for both line endings; `changed` is the cache's key, the time of the last edit."""
    return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


@functools.cache
def _imports(path: Path, root: Path, changed: int) -> tuple[str, ...]:
    """Full names of what a file imports from the package, whether modules or names in them."""
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except SyntaxError as error:
        place = path.relative_to(root).as_posix()
        raise BuildError([Problem(place, error.lineno or 0, str(error.msg))]) from None
    names = [name for node in ast.walk(tree) for name in _names(node, path, root)]
    return tuple(dict.fromkeys(n for n in names if n.split(".")[0] == PACKAGE))


def _names(node: ast.AST, path: Path, root: Path) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = node.module or ""
        if node.level:
            above = path.relative_to(root).parts[: -node.level]
            base = ".".join([*above, base]).rstrip(".")
        yield base
        yield from (f"{base}.{alias.name}" for alias in node.names)


def _files(root: Path, name: str) -> list[Path]:
    """The files that importing `name` runs: the packages above it, then the module itself."""
    parts = name.split(".")
    found = []
    for depth in range(1, len(parts) + 1):
        base = root.joinpath(*parts[:depth])
        found += [p for p in (base / "__init__.py", base.with_suffix(".py")) if p.is_file()]
    return found
