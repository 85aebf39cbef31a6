"""`dgm build`: run the builder and say what it did."""

from collections.abc import Sequence

import typer

from dgm_course.commands.course import UserError


def run(names: Sequence[str], check: bool, jobs: int, force: bool, measure: bool) -> int:
    """Build or compare; exit code 0 when all is well, 1 when not.

    Raises UserError for an unknown name, and where the authors' tools are not installed.
    """
    try:
        from dgm_course.authoring.build import build
        from dgm_course.authoring.problem import BuildError

        results = build(list(names), check=check, jobs=jobs, force=force, measure=measure)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("dgm_course"):
            raise
        raise UserError(
            f"Building needs {error.name}: run `python tools/setup.py install --dev`."
        ) from error
    except BuildError as error:
        raise UserError(str(error)) from error
    for result in results:
        _describe(result)
    wrong = sum(bool(result.problems) for result in results)
    typer.echo(f"{len(results)} sources, {len(results) - wrong} well, {wrong} with problems.")
    return 1 if wrong else 0


def _describe(result) -> None:
    if result.state != "fresh":
        spent = "" if result.seconds is None else f" in {result.seconds:.0f} s"
        typer.echo(f"{result.name}: {result.state}{spent}")
    for problem in result.problems:
        typer.echo(f"  {problem}", err=True)
