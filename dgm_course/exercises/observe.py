"""Call a student's answer and write down what came back, as arrays or as a problem in words.

This is the half of a check that runs untrusted code: nothing here knows an expected value.  Every
call gets fresh copies of the inputs and the same random stream, so that none disturbs the next.
"""

import contextlib
import inspect
import linecache
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch

from dgm_course.exercises.exercise import Arrays, Call, Exercise, State

PACKAGE = str(Path(__file__).resolve().parents[1])
CELL_FILES = ("ipykernel", "ipython-input")  # what Jupyter and Colab call the file of a cell
NOTHING = "got None: is the `return` missing, or does it return what was never set?"
LONGEST_MESSAGE = 300
LARGEST_COPY = 1_000_000  # values; anything larger has the wrong shape anyway


class WrongTypeError(Exception):
    """The answer returned something that is neither a tensor, an array nor a number."""


@dataclass
class Observed:
    """What the calls gave: an array an output, or a state and a sentence; the inputs changed."""

    arrays: dict[str, np.ndarray] = field(default_factory=dict)
    problems: dict[str, tuple[State, str]] = field(default_factory=dict)
    modified: tuple[str, ...] = ()


def as_array(value: object) -> np.ndarray:
    """A returned tensor, array or number as an array of its own, which later calls cannot change.

    Raises WrongTypeError with a sentence.
    """
    if value is None:
        raise WrongTypeError(NOTHING)
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu()
        value = value.float() if value.dtype in (torch.float16, torch.bfloat16) else value
        array = value.to_dense().numpy()
    elif isinstance(value, np.ndarray | np.generic | int | float):
        array = np.asarray(value)
    else:
        raise WrongTypeError(f"got a {type(value).__name__}, expected a tensor")
    if array.dtype.kind not in "fiu":
        raise WrongTypeError(f"got values of type {array.dtype}, expected real numbers")
    return array.copy() if array.size <= LARGEST_COPY else array


def observe(
    exercise: Exercise,
    answers: tuple[Callable, ...],
    inputs: Arrays,
    only: str = "",
    ours: bool = False,
) -> Observed:
    """Make every call of an exercise (or only one); never raises for a fault of the answer.

    `ours` answers may call what the exercise withholds.
    """
    seen, modified = Observed(), set()
    with _same_random_stream(), _withheld(() if ours else exercise.withheld):
        for name in [only] if only else list(_thunks(exercise, answers, _tensors(inputs))):
            given = _tensors(inputs)
            torch.default_generator.manual_seed(0)
            _call(name, _thunks(exercise, answers, given)[name], seen, answers)
            changed = [key for key, value in given.items() if _differs(value, inputs[key])]
            modified |= {_parameter(exercise, answers[0], name, key) for key in changed}
            if seen.problems.get(name, ("", ""))[0] == State.NOT_ATTEMPTED:
                break
    seen.modified = tuple(sorted(modified))
    return seen


def _parameter(exercise: Exercise, answer: Callable, call: str, key: str) -> str:
    """What the answer calls the input `key` of this call: the name in its signature."""
    try:
        names = list(inspect.signature(answer).parameters)
        return names[exercise.calls[call].arguments.index(key)]
    except (AttributeError, IndexError, LookupError, TypeError, ValueError):
        return key


def _refuse(*_, **__):
    raise PermissionError("this calls the package's own version of what you are to write yourself")


@contextlib.contextmanager
def _withheld(functions: tuple[Callable, ...]):
    """While an answer runs, the package's own functions that do what is asked refuse to.

    Their code is exchanged, not their names: whoever imported them before has them by any name.
    """

    code = [function.__code__ for function in functions]
    try:
        for function in functions:
            free = function.__code__.co_freevars  # a method that calls super() has one
            function.__code__ = _refuse.__code__.replace(co_freevars=free)
        yield
    finally:
        for function, own in zip(functions, code, strict=True):
            function.__code__ = own


@contextlib.contextmanager
def _same_random_stream():
    """Leave the notebook's own random stream where it was."""
    state = torch.get_rng_state()
    try:
        yield
    finally:
        torch.set_rng_state(state)


def _tensors(inputs: Arrays) -> dict[str, torch.Tensor]:
    device = torch.get_default_device()
    return {key: torch.tensor(value, device=device) for key, value in inputs.items()}


def _differs(given: torch.Tensor, original: np.ndarray) -> bool:
    now = as_array(given)
    return now.shape != original.shape or not np.array_equal(now, original, equal_nan=True)


def _thunks(exercise: Exercise, answers, given: dict) -> dict[str, Callable[[], object]]:
    if callable(exercise.calls):
        return exercise.calls(answers, given)
    return {name: _bind(call, answers[0], given) for name, call in exercise.calls.items()}


def _bind(call: Call, answer: Callable, given: dict) -> Callable[[], object]:
    def once(values):
        result = answer(*(v.item() if v.ndim == 0 else v for v in values))
        return parts(result, call.returns) if call.returns else result

    def run():
        values = [given[name] for name in call.arguments]
        if not call.each:
            return once(values)
        return np.stack([as_array(once(row)) for row in zip(*values, strict=True)])

    return run


def parts(result: object, names: tuple[str, ...]) -> dict[str, object]:
    """The parts of a returned tuple by name; raises WrongTypeError with a sentence."""
    if result is None:
        raise WrongTypeError(NOTHING)
    wanted = f"a tuple ({', '.join(names)})"
    if not isinstance(result, tuple | list):
        raise WrongTypeError(f"got one {type(result).__name__}, expected {wanted}")
    if len(result) != len(names):
        raise WrongTypeError(f"got {len(result)} values, expected {wanted}")
    return dict(zip(names, result, strict=True))


def _call(name: str, thunk: Callable, seen: Observed, answers) -> None:
    try:
        result = thunk()
        parts = result if isinstance(result, dict) else {"": result}
        for part, value in parts.items():
            seen.arrays[f"{name}.{part}" if part else name] = as_array(value)
    except WrongTypeError as error:
        seen.problems[name] = (State.WRONG_TYPE, str(error))
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        if _is_unfilled(error, answers[0]):
            seen.problems[name] = (State.NOT_ATTEMPTED, "not attempted yet")
        else:
            seen.problems[name] = (State.EXCEPTION, _sentence(error, answers[0]))


def _is_unfilled(error: BaseException, answer: Callable) -> bool:
    """True for a stub's bare `raise NotImplementedError`; torch raises that error as well."""
    if not isinstance(error, NotImplementedError) or error.args:
        return False
    innermost = list(traceback.walk_tb(error.__traceback__))[-1][0]
    return _is_students(innermost.f_code.co_filename, _home(answer))


def _sentence(error: BaseException, answer: Callable) -> str:
    """`TypeError: ...` and the student's innermost line, never ours or a library's."""
    what = f"{type(error).__name__}: {_message(error)}".rstrip(": ")
    frames = traceback.extract_tb(error.__traceback__)
    if frames and frames[-1].name == _refuse.__name__:
        what = _message(error)
    frames = [f for f in frames if _is_students(f.filename, _home(answer))]
    if not frames:
        return what
    frame = frames[-1]
    source = (frame.line or linecache.getline(frame.filename, frame.lineno)).strip()
    return f"{what} (line {frame.lineno} of your cell: `{source}`)"


def _message(error: BaseException) -> str:
    """The first line of an error's message, fit to print; the student may have written it."""
    try:
        lines = str(error).strip().splitlines() or [""]
    except Exception:
        return ""
    return "".join(c if c.isprintable() else " " for c in lines[0][:LONGEST_MESSAGE])


def _home(answer: Callable) -> str | None:
    """The file of the answer's own code, under a decorator such as `torch.no_grad()`."""
    code = getattr(getattr(answer, "__wrapped__", answer), "__code__", None)
    return code.co_filename if code else None


def _is_students(filename: str, home: str | None) -> bool:
    if filename == home:
        return filename != __file__
    ours = filename.startswith(PACKAGE) or "site-packages" in filename
    return not ours and any(name in filename for name in CELL_FILES)
