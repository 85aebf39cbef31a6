"""A verdict as people read it: lines with ✓ and ✗ in a notebook, plain text elsewhere."""

import html
import re

from dgm_course.exercises.exercise import State
from dgm_course.exercises.judge import Line, Report

MIMETYPE = "application/vnd.dgm.check+json"
WORDS = {
    State.NOT_ATTEMPTED: "not attempted yet",
    State.WRONG_TYPE: "wrong type",
    State.WRONG_SHAPE: "wrong shape",
    State.MODIFIED: "an input is changed in place",
    State.EXCEPTION: "your code raised an error",
    State.NOT_FINITE: "not finite",
    State.WRONG_VALUE: "not right yet",
    State.MISCONCEPTION: "a known mix-up",
    State.RIGHT: "right",
}
GREEN, RED, GREY = "#1a7f37", "#d1242f", "#6e7781"


def headline(report: Report) -> str:
    """One line: the exercise, how it stands, the points."""
    points = f"{report.points} of {report.max_points} points"
    if not report.points and any(line.holds for line in report.lines):
        points += " (the first line must hold before any point counts)"
    return f"{report.title}: {WORDS[report.state]}, {points}"


def _mark(line: Line) -> str:
    return "✓" if line.holds else ("·" if line.state == State.NOT_ATTEMPTED else "✗")


def text(report: Report) -> str:
    """The report as plain text, a line a property."""
    lines = [f"  {_mark(line)} {line.text}" for line in report.lines]
    return "\n".join([headline(report), *lines])


def markup(report: Report) -> str:
    """The report as HTML, everything escaped, readable on light and dark pages."""
    colors = {"✓": GREEN, "✗": RED, "·": GREY}
    rows = []
    for line in report.lines:
        mark = _mark(line)
        sentence = re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(line.text))
        style = f"color:{colors[mark]};font-weight:bold"
        rows.append(
            f'<div style="margin-left:1em"><span style="{style}">{mark}</span> {sentence}</div>'
        )
    return f"<div><b>{html.escape(headline(report))}</b>{''.join(rows)}</div>"


def show(report: Report) -> None:
    """Display a report once: HTML, text, and the plain data that `dgm check` reads."""
    from IPython.display import display

    data = {"text/html": markup(report), "text/plain": text(report), MIMETYPE: report.json()}
    display(data, raw=True)
