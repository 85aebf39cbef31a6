"""How a checked notebook is shown in a terminal."""

import shutil
import textwrap

from dgm_course.commands.check_notebooks import NO_CHECK, Checked, Outcome, score
from dgm_course.commands.lab_cells import NOT_RUN

NAME, STATE, POINTS = 40, 30, 6
MARKS = {"right": "✓", "not_attempted": "·", NO_CHECK: "·"}


def table(checked: Checked) -> str:
    """An exercise a line: its title, how it stands in words, its points; below, what is off."""
    reached, most = score([checked])
    lines = ["", f"{checked.path}: {reached:g} of {most:g} points"]
    for outcome in checked.exercises:
        points = f"{outcome.points:g}/{outcome.max_points:g}"
        mark = MARKS.get(outcome.state, "✗")
        name = textwrap.shorten(outcome.title, NAME - 2, placeholder="...")
        lines.append(f"  {mark} {name:<{NAME}}{in_words(outcome.state):<{STATE}}{points:>{POINTS}}")
        if _has_more(outcome):
            lines += _wrapped(outcome.sentence)
    lines += [f"  ! {text}" for text in (checked.problem, checked.note) if text]
    return "\n".join(lines)


def _has_more(outcome: Outcome) -> bool:
    """Whether the sentence says more than the words for the state do."""
    told = outcome.state in MARKS and outcome.state != NO_CHECK
    return not told and outcome.sentence not in ("", NOT_RUN)


def _wrapped(sentence: str) -> list[str]:
    width = min(shutil.get_terminal_size().columns, 100)
    indent = " " * 6
    return textwrap.wrap(sentence, width, initial_indent=indent, subsequent_indent=indent)


def in_words(state: str) -> str:
    """A check's state as students read it."""
    from dgm_course.exercises.report import WORDS

    return {**WORDS, NO_CHECK: "its check did not run"}.get(state, state)


def summary(checked: list[Checked]) -> str:
    """One line for all notebooks."""
    reached, most = score(checked)
    count = f"{len(checked)} notebook" + "s" * (len(checked) != 1)
    return f"\n{count}, {reached:g} of {most:g} points"
