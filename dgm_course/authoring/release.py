"""The class pack: what an instructor hands out, so that nothing in it answers an exercise.

A pack holds the labs chosen, the files of the package that they import, the numbers that their
checks compare with on the inputs of the self-check, and what is needed to install it.  Only what is
named here goes in; the same course makes the same bytes.
"""

import hashlib
import io
import json
import re
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from dgm_course.authoring import layout, notebook, release_pages
from dgm_course.authoring.digest import PACKAGE, imported, starts
from dgm_course.authoring.layout import Source
from dgm_course.authoring.modules import load_modules

LEFT_OUT = (
    *(f"{PACKAGE}.{name}" for name in ("authoring", "grading", "exercises.answers")),
    *(f"{PACKAGE}.commands.{name}" for name in ("build", "release", "present", "site", "grade")),
)
COPIED = ("LICENSE", "LICENSE-TEXT", "CITATION.cff")
MANIFEST, KIND = "pack.json", "dgm class pack"
PLAIN_NAME = re.compile(r"[^\W_](?:[\w.-]{0,62}\w)?")
NOT_ON_WINDOWS = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
IN_THE_WAY = "is there and is no unchanged class pack: move it away, or give another --out."
LONG_AGO = (1980, 1, 1, 0, 0, 0)


class ReleaseError(Exception):
    """No pack can be made; the message is one sentence that says why."""


@dataclass(frozen=True)
class Pack:
    """What was made: `readable` names functions of the package that do what an exercise asks."""

    folder: Path
    archive: Path | None
    labs: tuple[str, ...]
    files: int
    readable: tuple[str, ...]


def release(
    name: str, labs: Iterable[str], out: Path, zipped: bool = False, root: Path | None = None
) -> Pack:
    """Write OUT/NAME, and OUT/NAME.zip; an unchanged pack that is there is replaced.

    Raises ReleaseError for a name that is not plain, an unknown or edited lab, and where something
    else is in the way; BuildError for a broken source.
    """
    if not PLAIN_NAME.fullmatch(name) or NOT_ON_WINDOWS.fullmatch(name):
        raise ReleaseError(f"{name!r} is no plain name: use letters, digits, and - _ . inside it.")
    root = root or layout.find_root()
    sources = choose(root, labs)
    files = contents(root, name, sources)
    folder, archive = out / name, out / f"{name}.zip" if zipped else None
    _refuse_foreign(folder, archive, name)
    _write(files, folder, archive)
    chosen = tuple(source.name for source in sources)
    return Pack(folder, archive, chosen, len(files), readable(chosen))


def choose(root: Path, names: Iterable[str]) -> list[Source]:
    """The labs called `1`, `01`, `01_information` or `information`, by number.

    Raises ReleaseError for none, for a name that is no lab's, and for a lab that is not as built.
    """
    labs = [source for source in layout.discover(root) if source.is_lab]
    chosen = {_find(name.strip(), labs) for name in names if name.strip()}
    if not chosen:
        raise ReleaseError("Name the labs to hand out, as in `--labs 00,01`.")
    for source in chosen:
        raw = notebook.load(source.targets[1])
        if raw is None or raw["metadata"].get("dgm", {}).get("content") != notebook.content_hash(
            raw
        ):
            raise ReleaseError(
                f"labs/{source.name}.ipynb is not as it was built, and may hold answers: "
                f"run `dgm build {source.name[:2]}` first."
            )
    return [source for source in labs if source in chosen]


def _find(name: str, labs: list[Source]) -> Source:
    number = name.zfill(2) if name.isdigit() else name
    for lab in labs:
        if number in (lab.name, *lab.name.split("_", 1)):
            return lab
    there = ", ".join(lab.name for lab in labs) or "none yet"
    raise ReleaseError(f"There is no lab called {name!r}; there are: {there}.")


def contents(root: Path, name: str, sources: list[Source]) -> dict[str, bytes]:
    """Every file of the pack by its path in it, sorted; the manifest, last, names the others."""
    modules = {module.name: module for module in load_modules(root)}
    files = {path: (root / path).read_bytes() for path in COPIED}
    files |= {path.relative_to(root).as_posix(): path.read_bytes() for path in _code(root, sources)}
    files |= release_pages.pages(root, name, [modules[source.name] for source in sources])
    for source in sources:
        files[f"labs/{source.name}.ipynb"] = source.targets[1].read_bytes()
        files[f"{PACKAGE}/exercises/recorded/{source.name}.safetensors"] = recording(source.name)
    manifest = {
        "kind": KIND,
        "name": name,
        "version": release_pages.version(root),
        "labs": [source.name for source in sources],
        "files": {path: _sum(files[path]) for path in sorted(files)},
    }
    text = json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"
    return dict(sorted(files.items())) | {MANIFEST: text.encode()}


def _code(root: Path, sources: list[Source]) -> set[Path]:
    """What the labs and the `dgm` command import and read, and the tools that install it."""
    begin = [path for source in sources for path in starts(source)]
    needed = imported(root, [root / PACKAGE / "cli.py", *begin], without=LEFT_OUT)
    tools = {path for path in (root / "tools").glob("*.py") if path.name != "suite.py"}
    tables = (root / PACKAGE / "data").glob("*.tsv")
    return needed - {source.path for source in sources} | tools | set(tables)


def recording(lab: str) -> bytes:
    """The numbers that a lab's checks compare with, for the inputs of the self-check."""
    from dgm_course.exercises.exercise import draw
    from dgm_course.exercises.lab import SEED, load
    from dgm_course.exercises.numbers import record

    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch, "recorded")
        record([(exercise, draw(exercise, SEED)) for exercise in load(lab).exercises], path)
        return path.read_bytes()


def readable(labs: Iterable[str]) -> tuple[str, ...]:
    """The package's own functions that do what these labs ask: `metrics.divergence.kl`."""
    from dgm_course.exercises.lab import load

    withheld = [f for lab in labs for e in load(lab).exercises for f in e.withheld]
    names = (f"{f.__module__.removeprefix(f'{PACKAGE}.')}.{f.__qualname__}" for f in withheld)
    public = (name.removesuffix(".__init__") for name in names)
    return tuple(dict.fromkeys(name for name in public if "._" not in name))


def _sum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _refuse_foreign(folder: Path, archive: Path | None, name: str) -> None:
    """Raise ReleaseError where writing the pack would lose what is not an unchanged pack."""
    if folder.parent.exists() and not folder.parent.is_dir():
        raise ReleaseError(f"{folder.parent} is a file: give another folder with --out.")
    if (folder.exists() or folder.is_symlink()) and not _is_pack(_in_folder(folder)):
        raise ReleaseError(f"{folder} {IN_THE_WAY}")
    if archive and archive.exists() and not _is_pack(_in_archive(archive, f"{name}/")):
        raise ReleaseError(f"{archive} {IN_THE_WAY}")


def _in_folder(folder: Path) -> dict[str, bytes]:
    """The files in a folder; none where there is a link, a special file, or no manifest."""
    found = [
        path for path in (folder, *folder.rglob("*")) if path.is_symlink() or not path.is_dir()
    ]
    if not (folder / MANIFEST).is_file() or any(p.is_symlink() or not p.is_file() for p in found):
        return {}
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def _in_archive(archive: Path, prefix: str) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(archive) as file:
            if f"{prefix}{MANIFEST}" not in file.namelist():
                return {}
            return {n.removeprefix(prefix): file.read(n) for n in file.namelist()}
    except (OSError, ValueError, zipfile.BadZipFile):
        return {}


def _is_pack(files: Mapping[str, bytes]) -> bool:
    """Whether these are a manifest of ours and just the files that it names, unchanged."""
    try:
        manifest = json.loads(files[MANIFEST])
        sums = {path: _sum(content) for path, content in files.items() if path != MANIFEST}
        return manifest["kind"] == KIND and manifest["files"] == sums
    except (KeyError, TypeError, ValueError):
        return False


def _write(files: Mapping[str, bytes], folder: Path, archive: Path | None) -> None:
    """Write all beside its place first, so that a failure leaves what was there."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as scratch:
        new = Path(scratch, "new")
        for path, content in files.items():
            (new / path).parent.mkdir(parents=True, exist_ok=True)
            (new / path).write_bytes(content)
        if archive:
            Path(scratch, "zip").write_bytes(zip_of(files, f"{folder.name}/"))
        old = folder.rename(Path(scratch, "old")) if folder.exists() else None
        try:
            new.rename(folder)
        except OSError:
            if old:
                old.rename(folder)
            raise
        if archive:
            Path(scratch, "zip").replace(archive)


def zip_of(files: Mapping[str, bytes], prefix: str) -> bytes:
    """A zip file that depends on nothing but its contents: no times, no owners, no compression."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for path, content in files.items():
            entry = zipfile.ZipInfo(prefix + path, LONG_AGO)
            entry.create_system, entry.external_attr = 3, 0o100644 << 16
            file.writestr(entry, content)
    return buffer.getvalue()
