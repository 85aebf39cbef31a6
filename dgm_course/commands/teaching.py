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


@app.command()
def present(
    lecture: Annotated[
        str, typer.Argument(metavar="NN", help="The lecture.", autocompletion=labs_here)
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Where it goes; default: in _build/slides/."),
    ] = None,
    pdf: Annotated[bool, typer.Option("--pdf", help="Print the slides, a page each.")] = False,
    live: Annotated[
        bool, typer.Option("--live", help="In JupyterLab, where the code can be run.")
    ] = False,
    no_open: Annotated[bool, typer.Option("--no-open", help="Only write it.")] = False,
) -> None:
    """Make slides of a lecture and open them (for instructors).

    One file, which needs no network.  Keys: S speaker's view with notes and timer, ? the others.

    \b
    Examples:   dgm present 01                        build the slides, open them in the browser
                dgm present 01 --out talk.html        keep them as one file
                dgm present 01 --pdf                  as a PDF, by an installed Chromium or Chrome
                dgm present 01 --live                 on a kernel; needs jupyterlab_rise
    Exit code:  0 done, 2 no such lecture, or something that it needs is not installed.
    """
    from dgm_course.commands import present as presenting

    with plain_errors():
        if live:
            raise typer.Exit(presenting.live(lecture, not no_open))
        typer.echo(presenting.run(lecture, out, pdf, not no_open))


@app.command()
def site(
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Default: _build/site.")
    ] = None,
    serve: Annotated[
        bool, typer.Option("--serve", help="Show it in the browser, on this computer alone.")
    ] = False,
    links: Annotated[
        bool, typer.Option("--links", help="Build nothing; ask whether its outward links live.")
    ] = False,
) -> None:
    """Build the course's site from the notebooks (for authors).

    Nothing is fetched.  What is wrong on a page, such as a link to nowhere, is an error.

    \b
    Examples:   dgm site                  write it to _build/site
                dgm site --serve          and look at it
                dgm site --links          online: which links out of the built site are dead?
    Exit code:  0 done, 1 a link is dead, 2 something on a page is wrong.
    """
    from dgm_course.commands import site as publishing

    with plain_errors():
        dead = publishing.check_links(out) if links else publishing.run(out, serve)
    if dead:
        raise typer.Exit(NOT_RIGHT)
