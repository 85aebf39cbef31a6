"""`dgm release`: make a class pack and say what is in it."""

from pathlib import Path

from dgm_course.authoring import layout
from dgm_course.authoring.problem import BuildError
from dgm_course.authoring.release import Pack, ReleaseError, release
from dgm_course.commands.course import UserError


def run(name: str, labs: str, out: Path | None, zipped: bool) -> list[str]:
    """Make the pack (default: in dist/); what to say of it, in three lines.

    Raises UserError with a sentence.
    """
    try:
        return describe(release(name, labs.split(","), out or layout.find_root() / "dist", zipped))
    except (ReleaseError, BuildError) as error:
        raise UserError(str(error)) from error


def describe(pack: Pack) -> list[str]:
    """What was made, what is not in it, and what stays readable."""
    also = f" and {pack.archive}" if pack.archive else ""
    readable = ", ".join(pack.readable) or "none"
    return [
        f"Made {pack.folder}{also}: {', '.join(pack.labs)}, {pack.files} files.",
        "Not in it: solutions, answers, lectures, tests, history; its checks use recorded numbers.",
        "Readable in it, because later cells call them, though an answer that calls them earns "
        f"nothing: {readable}.",
    ]
