"""grades.csv: a line a student, for a spreadsheet or a gradebook.

It begins with a byte order mark: without one Excel reads UTF-8 as the local code page and spoils
every name that is not ASCII, and the other readers (LibreOffice, pandas, the LMS) skip it.
"""

import csv
import io
import re

from dgm_course.grading.text import clean

BEGINNING = re.compile(r"(^|[,;\"'])(?=\s*[=+\-@＝＋－＠])")  # with "," or ";" between cells
FIRST = ("student", "id", "file", "points", "max_points", "percent")
LAST = ("problem", "notes", "sandboxed", "feedback")


def grades(run: dict, results: list[dict], names: dict[str, str]) -> bytes:
    """The table as a file's bytes; no cell of it is a formula to a spreadsheet."""
    table = io.StringIO(newline="")
    writer = csv.writer(table)
    exercises = [exercise["name"] for exercise in run["exercises"]]
    writer.writerow([*FIRST, *exercises, *LAST])
    for result in results:
        writer.writerow(_row(run, result, exercises, names[result["student"]]))
    return table.getvalue().encode("utf-8-sig")


def _row(run: dict, result: dict, exercises: list[str], name: str) -> list:
    points = {exercise["exercise"]: exercise["points"] for exercise in result["exercises"]}
    total, most = result["points"], result["max_points"]
    return [
        _cell(result["student"]),
        _cell(result["id"]),
        _cell(result["file"]),
        total,
        most,
        round(100 * total / most, 1) if most else 0.0,
        *(points.get(exercise, 0) for exercise in exercises),
        _cell(result["problem"]),
        _cell(" ".join(result["notes"]), 1000),
        "yes" if run["sandboxed"] else "no: graded without a sandbox",
        f"feedback/{name}.html",
    ]


def _cell(text: str, limit: int = 500) -> str:
    """Text that no spreadsheet computes: an apostrophe before what would begin a formula."""
    return BEGINNING.sub(r"\1'", clean(text, limit))
