"""The instructor's commands: hand out labs, grade what comes back."""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from dgm_course.commands.line import NOT_RIGHT, labs_here, plain_errors

INTERRUPTED = 130  # as shells count it

app = typer.Typer()


@app.command()
def grade(
    submissions: Annotated[
        Path, typer.Argument(metavar="SUBMISSIONS", help="What your LMS exported: folder or zip.")
    ],
    lab: Annotated[
        str, typer.Option("--lab", metavar="NN", help="The lab.", autocompletion=labs_here)
    ],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where results go.")],
    seed_file: Annotated[
        Path | None,
        typer.Option("--seed-file", metavar="FILE", help="The class's secret; default: made once."),
    ] = None,
    jobs: Annotated[int, typer.Option("-j", "--jobs", min=1, help="How many at a time.")] = 1,
    dask: Annotated[
        str, typer.Option("--dask", metavar="ADDRESS", help="Grade on a running dask cluster.")
    ] = "",
    unsandboxed: Annotated[
        bool, typer.Option("--unsandboxed", help="Run students' code with your own rights.")
    ] = False,
    form: Annotated[
        str, typer.Option("--format", metavar="NAME", help="files, or gradescope as well.")
    ] = "files",
) -> None:
    """Grade a class, in a sandbox (for instructors).

    Interrupted at any time, the same command goes on where it stopped.

    \b
    Examples:   dgm grade submissions.zip --lab 01 --out grades/01
                dgm grade class --lab 01 --out grades/01 --seed-file seed.txt -j 4
    Exit code:  0 all graded, 1 not all (they are listed), 2 it cannot run.
    """
    from dgm_course.commands import grade as grading

    with plain_errors(), _resumable():
        wanted = (submissions, lab, out, seed_file, jobs, dask, unsandboxed, form)
        lines, everybody = grading.grade(*wanted, sys.stderr.isatty())
        typer.echo("\n".join(lines))
    if not everybody:
        raise typer.Exit(NOT_RIGHT)


@contextlib.contextmanager
def _resumable() -> Iterator[None]:
    """Say after Ctrl-C how to go on."""
    try:
        yield
    except KeyboardInterrupt:
        typer.echo(
            "Stopped; what is graded is kept: run the same command again to go on.", err=True
        )
        raise typer.Exit(INTERRUPTED) from None


@app.command()
def release(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The class; its folder's name.")],
    labs: Annotated[
        str, typer.Option("--labs", metavar="NN,NN", help="Labs to hand out, by number or name.")
    ],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Where to put it; default: dist/.")
    ] = None,
    zipped: Annotated[bool, typer.Option("--zip", help="Write NAME.zip as well.")] = False,
) -> None:
    """Make a class pack: labs without solutions (for instructors).

    \b
    Examples:   dgm release autumn --labs 00,01 --zip
                dgm release autumn --labs 01 --out ~/teaching
    Exit code:  0 done, 2 no such lab, a bad name, or something else is in the way.
    """
    from dgm_course.commands.release import run

    with plain_errors():
        typer.echo("\n".join(run(name, labs, out, zipped)))
