"""`dgm data`: which optional data there are, which lie here, and a way to fetch them beforehand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from dgm_course.commands.course import UserError
from dgm_course.commands.line import NOT_RIGHT, plain_errors

if TYPE_CHECKING:
    from dgm_course.data.download import File

SETS = ("mnist", "fashion_mnist")
PER_CATEGORY = ("quickdraw", "quickdraw_strokes")
WIDTH = 28

app = typer.Typer(name="data", invoke_without_command=True, rich_markup_mode=None)


def complete(incomplete: str) -> list[str]:
    """The names of the data sets, for the shell's completion."""
    names = (*SETS, *(f"{name}/" for name in PER_CATEGORY))
    return [name for name in names if name.startswith(incomplete)]


@app.callback()
def data(context: typer.Context) -> None:
    """List the optional data, or fetch some: `dgm data fetch mnist`.

    No notebook needs them, and the functions that load them download them too.

    \b
    Examples:   dgm data                               what there is, and where it lies
                dgm data fetch mnist fashion_mnist     the digits and the clothes, 42 MB
                dgm data fetch "quickdraw/hot dog"     the bitmaps of a category, about 100 MB
                dgm data fetch quickdraw_strokes/cat   the strokes of a category, tens of MB
    Exit code:  0 done, 1 something could not be downloaded, 2 no such data.
    """
    if context.invoked_subcommand is None:
        with plain_errors():
            typer.echo("\n".join(listed()))


@app.command("fetch")
def fetch_data(
    names: Annotated[
        list[str], typer.Argument(metavar="NAMES", help="Data sets.", autocompletion=complete)
    ],
) -> None:
    """Download data now; an interrupted download goes on next time.

    \b
    Example:    dgm data fetch mnist
    Exit code:  0 done, 1 something could not be downloaded, 2 no such data.
    """
    with plain_errors():
        for name in names:
            files_of(name)  # a typing mistake is told before anything is downloaded
        fine = all([told(name) for name in names])
    if not fine:
        raise typer.Exit(NOT_RIGHT)


def files_of(name: str) -> list[File]:
    """The files of `mnist`, `quickdraw/cat` ...; raises UserError for another name."""
    from dgm_course.data import mnist, quickdraw, quickdraw_strokes

    dataset, _, category = name.partition("/")
    if dataset in SETS and not category:
        return list(mnist.files(dataset).values())
    if dataset not in PER_CATEGORY:
        there = ", ".join((*SETS, *(f"{name}/CATEGORY" for name in PER_CATEGORY)))
        raise UserError(f"There is no data set {name!r}; there are: {there}.")
    try:
        quickdraw.names(category)
    except ValueError as error:
        raise UserError(f"{name}: {error}.") from None
    strokes = dataset == "quickdraw_strokes"
    return [quickdraw_strokes.file(category) if strokes else quickdraw.files()[category]]


def told(name: str) -> bool:
    """Fetch what a name stands for, say where it is, and return whether it is there."""
    from dgm_course.data.download import DownloadError, fetch

    try:
        for file in files_of(name):
            typer.echo(f"{name}: {fetch(file)}")
    except DownloadError as error:
        typer.echo(str(error), err=True)
        return False
    return True


def listed() -> Iterator[str]:
    """A line for each data set: its name, its size, whether it is here."""
    from dgm_course.data import quickdraw, quickdraw_strokes
    from dgm_course.data.download import folder

    for name in SETS:
        files = files_of(name)
        size = f"{sum(file.size for file in files) / 1e6:.0f} MB"
        here = sum(file.path.is_file() for file in files)
        state = {0: "not here", len(files): "here"}.get(here, f"{here} of {len(files)} files here")
        yield f"{name:<{WIDTH}}{size:<20}{state}"
    table = quickdraw.files()
    sizes = sorted(file.size / 1e6 for file in table.values())
    rows = {
        "quickdraw": (f"{sizes[0]:.0f} to {sizes[-1]:.0f} MB each", table),
        "quickdraw_strokes": ("tens of MB each", {c: quickdraw_strokes.file(c) for c in table}),
    }
    for name, (size, files) in rows.items():
        here = [category for category, file in files.items() if file.path.is_file()]
        state = f"{len(here)} of {len(files)} categories here" + ": " * bool(here)
        yield f"{name + '/CATEGORY':<{WIDTH}}{size:<20}{state}{', '.join(here)}"
    yield f"They lie in {folder()}; the environment variable DGM_DATA names another folder."
