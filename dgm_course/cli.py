"""The `dgm` command: doctor, start, check for students; grade, release for teachers; build.

What a command does is in dgm_course/commands/ and dgm_course/authoring/, imported when it runs, so
that `dgm --help` and the shell's completion answer at once.
"""

import sys
from typing import Annotated

import typer

from dgm_course.commands import data, teaching
from dgm_course.commands.course import find_course, relative
from dgm_course.commands.line import NOT_RIGHT, labs_here, plain_errors
from dgm_course.commands.pack import Commands

app = typer.Typer(
    cls=Commands,
    help="Deep generative models: the course's own tools.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"dgm_course {version('dgm_course')}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Deep generative models: the course's own tools."""


@app.command()
def doctor() -> None:
    """Is this computer ready?  One line each: OK, or what to do.

    \b
    Example:    dgm doctor
    Exit code:  0 ready (lines with -- are optional), 1 something with FIX is in the way.
    """
    from dgm_course.commands.doctor import examine

    broken = 0
    for finding in examine():
        typer.echo(f"{finding.state:<4}{finding.name:<9}{finding.text}")
        broken += finding.state == "FIX"
    if broken:
        raise typer.Exit(NOT_RIGHT)


@app.command()
def start(
    labs: Annotated[
        list[str] | None,
        typer.Argument(metavar="NN", help="Labs by number or name.", autocompletion=labs_here),
    ] = None,
    reset: Annotated[
        bool, typer.Option("--reset", help="Begin a lab anew; yours moves to work/backup/.")
    ] = False,
    brief: Annotated[bool, typer.Option("--brief", hidden=True)] = False,
) -> None:
    """Copy labs into work/, where they are yours; it never overwrites.

    \b
    Examples:   dgm start                 every lab
                dgm start 01              one lab
                dgm start 01 --reset      begin it anew and keep the old one in work/backup/
    Exit code:  0 done, 2 no such lab, or the folder cannot be written.
    """
    from dgm_course.commands import start as copying

    with plain_errors():
        course = find_course()
        copies = copying.start(course, labs or [], reset)
        say = [copying.describe_briefly(copies)] if brief else copying.describe(copies, course)
        typer.echo("\n".join(say))


@app.command()
def check(
    notebooks: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NOTEBOOKS", help="Files, or labs in work/.", autocompletion=labs_here
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds that a cell may take.")] = 120,
) -> None:
    """Run your notebooks and show how each exercise stands.

    Each runs from the top in a kernel of its own; the files are not changed.

    \b
    Examples:   dgm check                              everything in work/
                dgm check 01                           one lab
                dgm check --json ~/labs/one.ipynb      for another program
    Exit code:  0 all right, 1 not all right, 2 no such notebook.
    """
    from dgm_course.commands import check_notebooks as checking
    from dgm_course.commands.table import summary, table

    with plain_errors():
        course = find_course()
        results = []
        for path in checking.find(notebooks or [], course):
            if sys.stderr.isatty():
                typer.echo(f"running {relative(path, course)} ...", err=True)
            results.append(checking.check(path, course, timeout))
            if not as_json:
                typer.echo(table(results[-1]))
        typer.echo(checking.as_json(results) if as_json else summary(results))
    if not all(result.is_right for result in results):
        raise typer.Exit(NOT_RIGHT)


@app.command()
def build(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAMES", help="Modules by number or name, or sources."),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Execute nothing; only compare with the sources.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Execute also what is fresh.")] = False,
    measure: Annotated[
        bool, typer.Option("--measure", help="Execute one by one and write down the seconds.")
    ] = False,
    jobs: Annotated[
        int, typer.Option("-j", "--jobs", min=1, help="Notebooks to execute at once.")
    ] = 2,
) -> None:
    """Build the notebooks from sources/ (for authors).

    \b
    Examples:   dgm build                 everything that changed
                dgm build 01              one module
                dgm build --check         fail when a committed notebook is stale or edited by hand
    Exit code:  0 done, 1 a notebook is stale or fails, 2 no such source.
    """
    from dgm_course.commands.build import run

    with plain_errors():
        code = run(names or [], check=check, jobs=jobs, force=force, measure=measure)
    raise typer.Exit(code)


app.add_typer(data.app)
app.add_typer(teaching.app)


def main() -> None:
    """The console script."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")
    app(prog_name="dgm")


if __name__ == "__main__":
    main()
