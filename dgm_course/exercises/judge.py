"""Compare what an answer returned with what it should: numbers in, sentences out.

Nothing here calls an answer, or trusts what one returned.
"""

from dataclasses import asdict, dataclass

import numpy as np

from dgm_course.exercises.exercise import Arrays, Exercise, Property, State
from dgm_course.exercises.numbers import Numbers
from dgm_course.exercises.observe import Observed

UNDONE = (
    "not attempted yet: replace the line that raises NotImplementedError, run that cell, then "
    "this one"
)


@dataclass(frozen=True)
class Line:
    """One property's verdict: whether it holds, its sentence, the state it stands for."""

    holds: bool
    text: str
    state: State


@dataclass(frozen=True)
class Report:
    """The verdict on one exercise; `mixup` is the name of the misconception recognised."""

    exercise: str
    title: str
    state: State
    points: int
    max_points: int
    lines: tuple[Line, ...]
    mixup: str = ""

    def json(self) -> dict:
        """The report as plain data, as `dgm check --json` prints it."""
        data = asdict(self)
        return data | {"state": str(self.state), "lines": [_plain(line) for line in self.lines]}


def _plain(line: Line) -> dict:
    return {"holds": line.holds, "text": line.text, "state": str(line.state)}


@np.errstate(all="ignore")  # whatever came back is compared in silence
def judge(exercise: Exercise, inputs: Arrays, seen: Observed, numbers: Numbers) -> Report:
    """The report on what was observed: a line a property, points, and one state for the whole."""
    if any(state == State.NOT_ATTEMPTED for state, _ in seen.problems.values()):
        line = Line(False, UNDONE, State.NOT_ATTEMPTED)
        return _report(exercise, State.NOT_ATTEMPTED, 0, (line,))
    lines, mixup = [], None
    for prop in exercise.properties:
        line, mixup = _line(prop, inputs, seen, numbers, mixup)
        lines.append(line)
    earned = [p.points for p, line in zip(exercise.properties, lines, strict=True) if line.holds]
    points = sum(earned) if lines[0].holds else 0
    if seen.modified:
        lines.append(_modified(seen.modified))
        points = max(0, points - 1)
    state = next((line.state for line in lines if not line.holds), State.RIGHT)
    return _report(exercise, state, points, tuple(_without_echo(lines)), mixup or "")


def _report(exercise: Exercise, state: State, points: int, lines, mixup: str = "") -> Report:
    return Report(exercise.name, exercise.title, state, points, exercise.points, lines, mixup)


def _without_echo(lines: list[Line]) -> list[Line]:
    """Drop a failed line that only repeats the sentence of an earlier one."""
    return [a for i, a in enumerate(lines) if a.holds or a.text not in {b.text for b in lines[:i]}]


def _modified(names: tuple[str, ...]) -> Line:
    which = ", ".join(f"`{name}`" for name in names)
    text = (
        f"your code changes its input {which} in place: work on a copy, the caller needs it whole"
    )
    return Line(False, text, State.MODIFIED)


def _line(prop: Property, inputs: Arrays, seen: Observed, numbers: Numbers, mixup):
    """A property's line, and the wrong answer recognised so far: one answer has one mix-up."""
    got, call = seen.arrays.get(prop.output), prop.output.split(".")[0]
    if got is None:
        state, text = seen.problems.get(call, (State.WRONG_TYPE, f"no output {prop.output}"))
        return Line(False, text, state), mixup
    want = numbers.want[prop.output]
    if _holds(prop, inputs, seen.arrays, got, want):
        return Line(True, prop.says, State.RIGHT), mixup
    state, text = _fault(prop, got, want)
    if mixup is None:
        mixup = _known(prop, seen.arrays, numbers)
        if mixup is not None:
            state, text = State.MISCONCEPTION, numbers.exercise.misconceptions[mixup]
    elif _like(mixup, prop, prop.output, seen.arrays, numbers):
        state, text = State.MISCONCEPTION, "the same mix-up"
    return Line(False, f"{prop.says}: {text}", state), mixup


def _holds(prop: Property, inputs: Arrays, outputs: Arrays, got, want) -> bool:
    if prop.holds is None:
        return _same(got, want, prop)
    try:
        return got.shape == want.shape and bool(prop.holds(inputs, outputs))
    except Exception:  # whatever the numbers, they do not stop a class
        return False


def _same(a: np.ndarray, b: np.ndarray, prop: Property, nan: bool = False) -> bool:
    if a.shape != b.shape:
        return False
    return bool(np.allclose(a, b, rtol=prop.rtol, atol=prop.atol, equal_nan=nan))


def _known(prop: Property, outputs: Arrays, numbers: Numbers) -> str | None:
    """The known wrong answer with these very numbers; if there are several, the likest.

    One number may agree by chance: the generic case and all that is right must agree as well.
    """
    properties, want = numbers.exercise.properties, numbers.want
    right = {p.output for p in properties if _is_right(p, outputs, want)}
    needed = {prop.output, properties[0].output} | right

    checked = {p.output: p for p in properties}

    def like(name: str, output: str) -> bool:
        return _like(name, checked.get(output, prop), output, outputs, numbers)

    mixups = numbers.exercise.misconceptions
    found = [name for name in mixups if all(like(name, output) for output in needed)]
    if len(found) > 1:
        found.sort(key=lambda name: -sum(like(name, output) for output in numbers.want))
    return found[0] if found else None


def _is_right(prop: Property, outputs: Arrays, want: Arrays) -> bool:
    got = outputs.get(prop.output)
    return got is not None and _same(got, want[prop.output], prop)


def _like(name: str, prop: Property, output: str, outputs: Arrays, numbers) -> bool:
    """Whether a known wrong answer gives the same output, NaN and shape included."""
    wrong, got = numbers.wrong(name, output), outputs.get(output)
    if wrong is None or got is None:
        return wrong is got
    return _same(got, wrong, prop, nan=True)


def _fault(prop: Property, got: np.ndarray, want: np.ndarray) -> tuple[State, str]:
    if got.shape != want.shape:
        return State.WRONG_SHAPE, f"expected shape {want.shape}, got {got.shape}"
    strange = ~np.isfinite(got) & np.isfinite(want)
    if strange.any():
        where = _place(strange)
        value = got[strange].ravel()[0]
        return State.NOT_FINITE, f"{value} {where}where a finite number is expected"
    return State.WRONG_VALUE, prop.off or _difference(got, want, prop)


def _place(mask: np.ndarray) -> str:
    return f"at {np.argwhere(mask)[0].tolist()} " if mask.ndim else ""


def _difference(got: np.ndarray, want: np.ndarray, prop: Property) -> str:
    off = ~np.isclose(got, want, rtol=prop.rtol, atol=prop.atol)
    first = f"{_place(off)}expected {want[off].ravel()[0]:.4g}, got {got[off].ravel()[0]:.4g}"
    if not want.ndim:
        return first
    return f"{off.sum()} of {off.size} values are off; {first}{_factor(got, want, prop)}"


def _factor(got: np.ndarray, want: np.ndarray, prop: Property) -> str:
    """Name a constant factor, the commonest slip of all, when there is one."""
    usable = np.isfinite(want) & np.isfinite(got) & (np.abs(want) > 1e-6)
    ratio = got[usable] / want[usable]
    if ratio.size < 3 or abs(ratio[0] - 1) < 0.01 or not np.allclose(ratio, ratio[0], rtol=1e-3):
        return ""
    if not np.allclose(got[~usable], 0, atol=prop.atol):  # where 0 is expected, no factor helps
        return ""
    if abs(ratio[0]) < 1e-6:
        return " (yours is 0 everywhere)"
    if np.isclose(ratio[0], -1):
        return " (the sign is the wrong way round everywhere)"
    return f" (yours is {ratio[0]:.4g} times the expected value everywhere)"
