"""One exercise of one submission, in a process of its own that has no privileges and then ends.

What is written here is written by a process that runs the student's code: the reader (verdict.py)
believes none of it.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import torch

from dgm_course.exercises.exercise import Exercise
from dgm_course.exercises.observe import observe
from dgm_course.grading import wire
from dgm_course.grading.loading import load_needed, load_whole
from dgm_course.grading.statements import Original

LONGEST = 20  # sentences


@dataclass
class Loaded:
    """A notebook's names, what failed on the way, and whether running all of it might help."""

    names: Mapping[str, object]
    notes: list[str] = field(default_factory=list)
    more: bool = False


def run(exercise: Exercise, cells: list[str], lab: Original, inputs, whole: bool) -> bytes:
    """The frame that says what the answer returned on these inputs."""
    _same_start()
    asked = [exercise.name, *exercise.also]
    loaded = Loaded(*(load_whole(cells, lab) if whole else load_needed(cells, asked, lab)))
    said = {"notes": loaded.notes[:LONGEST], "more": loaded.more}
    missing = [name for name in asked if not callable(loaded.names.get(name))]
    if missing:
        return wire.frame({**said, "missing": missing})
    seen = observe(exercise, tuple(loaded.names[name] for name in asked), inputs)
    arrays, shapes = wire.pack_arrays(seen.arrays)
    problems = {call: [str(state), text] for call, (state, text) in seen.problems.items()}
    found = {"problems": problems, "modified": list(seen.modified), "shapes": shapes}
    return wire.frame({**said, **found}, arrays)


def _same_start() -> None:
    """The same random numbers for everybody, whatever ran before."""
    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(0)
