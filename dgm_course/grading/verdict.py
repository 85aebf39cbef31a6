"""From what an attempt wrote to the verdict on an exercise.

The attempt ran the student's code, so every part of it is looked at before it is used: names,
types, sizes and words.  Points come from numbers alone (exercises/judge.py).
"""

from collections.abc import Mapping

from dgm_course.exercises.exercise import Exercise, State
from dgm_course.exercises.judge import Report, judge
from dgm_course.exercises.numbers import Numbers
from dgm_course.exercises.observe import Observed
from dgm_course.grading import wire
from dgm_course.grading.text import clean

SIGNALS = {
    4: "an illegal instruction",
    6: "it was aborted",
    7: "a bad memory access",
    8: "an arithmetic fault",
    9: "it was killed",
    11: "a segmentation fault",
    15: "it was asked to end",
    25: "a file of more than 50 MB",
}
PROBLEMS = (State.NOT_ATTEMPTED, State.WRONG_TYPE, State.EXCEPTION)  # what a call can end in
UNTOUCHED = "not attempted: the line that raises NotImplementedError is still there"
WORDLESS = "your code failed without a word"
ENDED = {
    "timeout": "stopped after {seconds:g} s of work: an endless loop, or far too much to compute",
    "memory": "stopped: your code took more than 4 GB of memory",
    "output": "what came back cannot be read: your code wrote where only results belong, or far "
    "too much",
    "sandbox": "the sandbox failed here twice, which need not be your fault: tell your instructor",
}


def verdict(exercise: Exercise, numbers: Numbers, header: Mapping, result: bytes, seconds: float):
    """An exercise's part of a result (docs/grading-results.schema.json), and whether the notebook
    run whole might do better.
    """
    ended = str(header.get("ended", ""))
    said, notes, more = {}, [], bool(ended)
    try:
        if not ended:
            said, arrays = _read(result)
            notes, more = _sentences(said.get("notes")), said.get("more") is True
            ended = "missing" if said.get("missing") else ""
            ended = "crash" if said.get("failed") else ended
    except wire.WireError:
        ended = "output"
    if ended:
        why = _why(ended, header, said, exercise, seconds)
        seen = Observed(problems=_everywhere(numbers, State.EXCEPTION, why))
    else:
        seen = Observed(arrays, _problems(said, numbers), _modified(said))
    report = judge(exercise, numbers.inputs, seen, numbers)
    return _shown(report, ended, notes), more and report.state != State.RIGHT


def _shown(report: Report, ended: str, notes: list[str]) -> dict:
    """The report as a result holds it."""
    found = report.json() | {"ended": ended}
    if report.state == State.NOT_ATTEMPTED:
        found["lines"][0]["text"] = UNTOUCHED  # the check's own sentence speaks of cells to run
    if report.state == State.EXCEPTION:
        found["lines"] += [_plain(note) for note in notes[:3]]
    return found


def _plain(note: str) -> dict:
    """A cell that failed while the notebook was loaded, as a line of the verdict."""
    return {"holds": False, "text": note, "state": str(State.EXCEPTION)}


def _read(result: bytes) -> tuple[dict, dict]:
    said, payload = wire.unpack(result)
    shapes = said.get("shapes", {})
    return said, wire.unpack_arrays(payload, shapes if isinstance(shapes, dict) else {})


def _why(ended: str, header: Mapping, said: dict, exercise: Exercise, seconds: float) -> str:
    if ended == "missing":
        missing = said["missing"] if isinstance(said["missing"], list) else []
        said = said if isinstance(said.get("near"), list) else {}
        names = [name for name in (exercise.name, *exercise.also) if name in missing]
        which = ", ".join(f"`{name}`" for name in names) or "what is asked"
        near = [clean(name, 40) for name in said.get("near", [])[:1] if isinstance(name, str)]
        there = f"; is `{near[0]}` meant to be it?" if near else ""
        return f"the notebook defines no {which} that can be called{there}"
    if ended == "crash" and said.get("failed"):
        return f"your code broke what calls it: {clean(str(said['failed']), 200)}"
    if ended == "crash":
        return f"your code ended Python ({_status(header)}), so that nothing came back"
    return ENDED[ended].format(seconds=seconds)


def _status(header: Mapping) -> str:
    status = header.get("status", 0)
    number = status & 0x7F
    return SIGNALS.get(number, f"signal {number}") if number else f"exit status {status >> 8}"


def _everywhere(numbers: Numbers, state: State, text: str) -> dict:
    return {name.split(".")[0]: (state, text) for name in numbers.want}


def _problems(said: dict, numbers: Numbers) -> dict:
    """What went wrong in a call, in words that the answer's own process chose."""
    found, problems = {}, said.get("problems")
    for call in {name.split(".")[0] for name in numbers.want}:
        entry = problems.get(call) if isinstance(problems, dict) else None
        if isinstance(entry, list) and len(entry) == 2 and entry[0] in PROBLEMS:
            found[call] = (State(entry[0]), clean(str(entry[1]), 600) or WORDLESS)
    return found


def _modified(said: dict) -> tuple[str, ...]:
    names = said.get("modified")
    return tuple(clean(str(n), 60) for n in names[:10]) if isinstance(names, list) else ()


def _sentences(notes: object) -> list[str]:
    return [clean(str(n), 300) for n in notes[:20]] if isinstance(notes, list) else []


def nothing(exercise: Exercise) -> dict:
    """An exercise's part of a result where there was no notebook to look at."""
    return {
        "exercise": exercise.name,
        "title": exercise.title,
        "state": "not_graded",
        "points": 0,
        "max_points": exercise.points,
        "lines": [],
        "mixup": "",
        "ended": "",
    }
