"""`dgm grade`: from the command line's words to a graded class, and what to say of it."""

import json
import re
from importlib.metadata import version
from pathlib import Path

from dgm_course.commands.course import UserError, any_course, find_labs, select

FORMATS = ("files", "gradescope")
TITLE = re.compile(r"^# *(.+?) *$", re.MULTILINE)


def grade(
    submissions: Path,
    lab: str,
    out: Path,
    seed_file: Path | None,
    jobs: int,
    dask: str,
    unsandboxed: bool,
    form: str,
    progress: bool,
) -> tuple[list[str], bool]:
    """Grade a class: what to print, and whether everybody's notebook could be graded.

    Raises UserError with a sentence that says what to do.
    """
    if form not in FORMATS:
        raise UserError(f"There is no format {form!r}; there are {', '.join(FORMATS)}.")
    course = any_course()
    original = select([lab], find_labs(course))[0]
    cells, title = _handed_out(original)
    wanted = (out, seed_file, jobs, dask, unsandboxed, form, progress)
    return _grade(submissions, original.stem, cells, title, *wanted)


def _handed_out(lab: Path) -> tuple[tuple[str, ...], str]:
    """The lab's own code cells, and its title."""
    cells = json.loads(lab.read_text("utf-8"))["cells"]
    code = tuple("".join(c["source"]) for c in cells if c["cell_type"] == "code")
    found = TITLE.search("".join(cells[0]["source"]))
    return code, found[1] if found else lab.stem


def _grade(
    submissions, name, cells, title, out, seed_file, jobs, dask, unsandboxed, form, progress
):
    from dgm_course.grading import report, run
    from dgm_course.grading.grade import Job
    from dgm_course.grading.problem import GradingError
    from dgm_course.grading.submissions import find

    try:
        lab = run.lab_of(name)
        run.must_lie_apart(out, submissions)
        found = find(submissions, lab.name, [e.name for e in lab.exercises])
        seed = run.read_seed(seed_file, out)
        job = Job(name[:2], cells, seed, sandboxed=not unsandboxed)
        about = run.describe(job, lab, title, version("dgm_course"))
        options = run.Options(out, jobs, dask, progress)
        results = run.grade_class(found, job, about, options)
        report.write(out, about, results, gradescope=form == "gradescope")
    except GradingError as error:
        raise UserError(str(error)) from error
    return _say(results, about, out), not any(r["problem"] or lost(r) for r in results)


def lost(result: dict) -> bool:
    """Whether the sandbox failed on some exercise: the same command tries it again."""
    return any(exercise["ended"] == "sandbox" for exercise in result["exercises"])


def _say(results: list[dict], about: dict, out: Path) -> list[str]:
    """What came out, in a few lines."""
    graded = [r for r in results if not r["problem"]]
    mean = sum(r["points"] for r in graded) / max(1, len(graded))
    lines = [
        f"{len(graded)} of {len(results)} submissions graded; "
        f"{mean:.1f} of {about['max_points']} points on average.",
        *(f"  not graded: {r['student']}: {r['problem']}" for r in results if r["problem"]),
        *(f"  the sandbox failed on: {r['student']}: run this again" for r in results if lost(r)),
    ]
    if not about["sandboxed"]:
        lines.append("Graded WITHOUT a sandbox: students' code ran with your rights.")
    return [*lines, f"Grades, feedback and a summary are in {out}: open {out / 'summary.html'}."]
