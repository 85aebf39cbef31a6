"""A student's result as Gradescope's results.json (its autograder documentation, "Output format").

Every format is "text", which Gradescope escapes; the scores of the tests add up to the grade.
"""

from dgm_course.grading.text import clean
from dgm_course.grading.words import UNSANDBOXED, line_mark, next_step, remarks, words


def upload(run: dict, result: dict) -> dict:
    """The content of results.json for one student."""
    said = [] if run["sandboxed"] else [UNSANDBOXED]
    said += [f"Not graded: {result['problem']}"] if result["problem"] else []
    said += [*result["notes"], f"What to do next: {next_step(run, result)}"]
    return {
        "score": result["points"],
        "output": _text(said),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "tests": [_test(exercise) for exercise in result["exercises"]],
        "extra_data": {"lab": run["lab"], "sandboxed": run["sandboxed"]},
    }


def _test(exercise: dict) -> dict:
    lines = [f"{line_mark(line)} {line['text']}" for line in exercise["lines"]]
    return {
        "name": clean(exercise["title"]),
        "score": exercise["points"],
        "max_score": exercise["max_points"],
        "status": "passed" if exercise["state"] == "right" else "failed",
        "output": _text([words(exercise), *remarks(exercise), *lines]),
    }


def _text(lines: list[str]) -> str:
    return "\n".join(clean(line, 1000) for line in lines)
