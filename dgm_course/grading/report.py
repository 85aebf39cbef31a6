"""The files of a graded class: results, grades, a summary, and a page for each student.

What is written depends on the run and the results alone, byte for byte.  A file is whole or is
not there.  The folders `feedback` and `gradescope` belong to the report: what an earlier report
left there for students who are no longer among the results is removed.
"""

import contextlib
import json
import os
from pathlib import Path

from dgm_course.grading import feedback, summary
from dgm_course.grading.gradebook import grades
from dgm_course.grading.gradescope import upload
from dgm_course.grading.journal import written
from dgm_course.grading.names import file_names

UNFINISHED = ".unfinished"
OURS = {".html", ".md", ".json"}


def write(out: Path, run: dict, results: list[dict], gradescope: bool = False) -> None:
    """Write the report of `results` into `out`; raises GradingError where that is impossible."""
    results = sorted(results, key=lambda result: result["student"])
    with written(out):
        for folder, files in _report(run, results, gradescope).items():
            _write_folder(out / folder, files, clear=bool(folder))


def _report(run: dict, results: list[dict], gradescope: bool) -> dict[str, dict[str, bytes]]:
    """The files of each folder; the class's own come last, when those they name are there."""
    names = file_names(result["student"] for result in results)
    pages, uploads = {}, {}
    for result in results:
        name = names[result["student"]]
        pages[f"{name}.html"] = feedback.html(run, result).encode()
        pages[f"{name}.md"] = feedback.markdown(run, result).encode()
        if gradescope:
            uploads[f"{name}.json"] = _json(upload(run, result))
    html, markdown = summary.pages(run, results, names)
    whole = {
        "summary.html": html.encode(),
        "summary.md": markdown.encode(),
        "grades.csv": grades(run, results, names),
        "results.json": _json({"run": run, "results": results}),
    }
    return {"feedback": pages, "gradescope": uploads, "": whole}


def _json(data: dict) -> bytes:
    """ASCII only: a file name that is no valid Unicode can be written, and bidi marks are seen."""
    return (json.dumps(data, indent=1) + "\n").encode()


def _write_folder(folder: Path, files: dict[str, bytes], clear: bool) -> None:
    if files:
        folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        _replace(folder / name, content)
    if not clear or not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        if path.suffix in OURS and path.name not in files and not path.is_dir():
            path.unlink()


def _replace(path: Path, content: bytes) -> None:
    unfinished = path.parent / UNFINISHED
    try:
        unfinished.write_bytes(content)
        os.replace(unfinished, path)
    except BaseException:
        with contextlib.suppress(OSError):
            unfinished.unlink()
        raise
