"""The words of a graded class: what a mark, a state and an end mean, and what to do next."""

from dgm_course.exercises.report import WORDS

UNSANDBOXED = (
    "Graded without a sandbox: the students' code ran with all the rights of the person who "
    "graded, and could have changed these results."
)
STATES = {str(state): words for state, words in WORDS.items()} | {"not_graded": "not graded"}
MARKS = {"✓": "right", "✗": "not right", "·": "not attempted"}
ENDED = {  # the lines say more
    "crash": "your code ended Python",
    "timeout": "stopped at the time limit",
    "memory": "stopped: too much memory",
    "output": "nothing readable came back",
    "missing": "not in the notebook",
    "sandbox": "could not be graded: the sandbox failed",
}
FIRST_LINE = "The first line must hold before any point counts."


def mark(state: str) -> str:
    """✓ for right, · for what was not tried, ✗ for all else."""
    return {"right": "✓", "not_attempted": "·", "not_graded": "·"}.get(state, "✗")


def line_mark(line: dict) -> str:
    """The mark of a property's line."""
    return "✓" if line["holds"] else mark(line["state"] if line["state"] != "right" else "")


def words(exercise: dict) -> str:
    """How an exercise stands: how the code ended if it did not return, else the state."""
    ended, state = exercise["ended"], exercise["state"]
    return ENDED.get(ended, "stopped") if ended else STATES.get(state, state)


def remarks(exercise: dict) -> list[str]:
    """What the lines do not say: notes on the notebook, why lines that hold earn nothing."""
    unpaid = not exercise["points"] and any(line["holds"] for line in exercise["lines"])
    return [*exercise.get("notes", []), *([FIRST_LINE] if unpaid else [])]


def _urgency(exercise: dict) -> tuple:
    """What was tried comes first, and of it what has most points to gain."""
    is_open = mark(exercise["state"]) == "·"
    return is_open, 0 if is_open else exercise["points"] - exercise["max_points"]


def next_step(run: dict, result: dict) -> str:
    """One sentence: what the student does now."""
    check = f"`dgm check {run['lab'].split('_')[0]}`"
    if result["problem"]:
        return f"Put the problem right, run {check}, and ask whether you may hand in again."
    if result["points"] >= result["max_points"]:
        return "Nothing: every point is yours."
    open_ones = [e for e in result["exercises"] if e["points"] < e["max_points"]]
    open_ones.sort(key=_urgency)
    if not open_ones:
        return f"Run {check} on your notebook."
    return f"Mend “{open_ones[0]['title']}” first, then run {check}: it says at once what holds."
