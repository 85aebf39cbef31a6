"""Grade one submission: open it in a sandbox, attempt every exercise, judge what comes back.

An exercise is attempted with what the answer names (statements.py); where that earns less than
everything and the notebook does more, it is attempted again with the whole notebook run, and the
better of the two counts.  A sandbox that is lost is replaced, and the exercise attempted again.
"""

import hashlib
import threading
from dataclasses import dataclass

from dgm_course.exercises.exercise import Exercise, draw
from dgm_course.exercises.lab import Lab, load
from dgm_course.exercises.numbers import Computed
from dgm_course.grading import wire
from dgm_course.grading.problem import GradingError
from dgm_course.grading.room import Room
from dgm_course.grading.submissions import Submission
from dgm_course.grading.text import clean
from dgm_course.grading.verdict import nothing, verdict

FOREIGN = "The notebook defines none of the functions of {name}: is it another lab's?"
WHOLE_SECONDS = 20.0  # to run a notebook whole, beside what the exercise may take
MOST_LOST = 2  # whole runs that do not come back, before no more are tried


@dataclass(frozen=True)
class Job:
    """What is graded and how: the lab, its cells as handed out, the class's seed, the limits."""

    module: str
    cells: tuple[str, ...]
    seed: int
    sandboxed: bool = True
    seconds: float | None = None
    whole_seconds: float = WHOLE_SECONDS

    def limit(self, exercise: Exercise) -> float:
        """Seconds of CPU that an attempt may take."""
        return self.seconds or exercise.seconds


class Prepared:
    """The lab's inputs and right numbers for the class's seed; read by all, changed by none."""

    def __init__(self, job: Job):
        self.job, self.lab = job, load(job.module)
        self.numbers, self.inputs = {}, {}
        for exercise in self.lab.exercises:
            numbers = Computed(exercise, draw(exercise, job.seed))
            for output in numbers.want:
                for name in exercise.misconceptions:
                    numbers.wrong(name, output)
            self.numbers[exercise.name] = numbers
            self.inputs[exercise.name] = wire.pack_arrays(_asked(exercise, numbers.inputs))[0]


def _asked(exercise: Exercise, inputs):
    """The inputs that calls name: what else was drawn may tell the answer."""
    if callable(exercise.calls):
        return inputs
    named = {name for call in exercise.calls.values() for name in call.arguments}
    return {name: value for name, value in inputs.items() if name in named}


class Grader:
    """Grades submissions one after another, in one room."""

    def __init__(self, prepared: Prepared):
        self.prepared, self.job, self.lab = prepared, prepared.job, prepared.lab
        self.room = Room(self.job.module, self.job.cells, self.job.sandboxed)
        self.at_work = threading.Lock()  # for those who end its work from another thread

    def grade(self, submission: Submission) -> dict:
        """The result (docs/grading-results.schema.json); GradingError if no sandbox starts."""
        if submission.problem:
            return result(self.lab, submission, problem=submission.problem)
        try:
            data = submission.read()
        except GradingError as error:
            return result(self.lab, submission, problem=str(error))
        said = self.room.open(data)
        problem = clean(str(said.get("problem", "")), 300)
        notes = [clean(str(note), 300) for note in said.get("notes", [])]
        found = [] if problem else self._exercises()
        self.room.close()
        if found and all(exercise["ended"] == "missing" for exercise in found):
            problem, found = FOREIGN.format(name=self.lab.name), []
        return result(self.lab, submission, data, problem, notes, found)

    def _exercises(self) -> list[dict]:
        found, lost = [], 0
        for exercise in self.lab.exercises:
            first, more = self._attempt(exercise, whole=False)
            if more and lost < MOST_LOST:
                again, _ = self._attempt(exercise, whole=True)
                if again["ended"] not in ("", "missing"):
                    lost += 1 if first["ended"] else MOST_LOST  # the answer's fault, or the rest's
                first = max(first, again, key=_rank)
            found.append(first)
        return found

    def _attempt(self, exercise: Exercise, whole: bool) -> tuple[dict, bool]:
        name = exercise.name
        seconds = self.job.limit(exercise) + (self.job.whole_seconds if whole else 0.0)
        header, came = self.room.run(name, whole, self.prepared.inputs[name], seconds)
        return verdict(exercise, self.prepared.numbers[name], header, came, seconds)


def grade_safely(grader: Grader, submission: Submission) -> dict:
    """A result whatever the submission does to the grader; GradingError if no sandbox starts."""
    try:
        return grader.grade(submission)
    except GradingError:
        raise
    except Exception as error:
        grader.room.end()
        why = f"The grader failed on this notebook ({type(error).__name__}): please report it."
        return result(grader.lab, submission, problem=why)


def _rank(found: dict) -> tuple:
    """Which of two attempts at an exercise counts; the first of equals."""
    return found["points"], not found["ended"], found["state"] not in ("exception", "not_attempted")


def result(
    lab: Lab, submission: Submission, data: bytes | None = None, problem="", notes=(), exercises=()
) -> dict:
    """A submission's result as plain data: nothing in it depends on time, place or order."""
    exercises = exercises or [nothing(exercise) for exercise in lab.exercises]
    return {
        "student": submission.student,
        "id": submission.number,
        "file": submission.file,
        "sha256": hashlib.sha256(data).hexdigest() if data is not None else "",
        "points": sum(e["points"] for e in exercises),
        "max_points": sum(e["max_points"] for e in exercises),
        "notes": [*submission.notes, *notes],
        "problem": problem,
        "exercises": exercises,
    }
