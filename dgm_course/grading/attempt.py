"""One exercise of one submission, in a process of its own that has no privileges and then ends.

What is written here is written by a process that runs the student's code: the reader (verdict.py)
believes none of it.
"""

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

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
    same_start()
    asked = [exercise.name, *exercise.also]
    loaded = Loaded(*(load_whole(cells, lab) if whole else load_needed(cells, asked, lab)))
    said = {"notes": _about(asked, cells, loaded.notes)[:LONGEST], "more": loaded.more}
    missing = [name for name in asked if not callable(loaded.names.get(name))]
    if missing:
        near = get_close_matches(missing[0], _functions(loaded.names), 1, 0.7)
        return wire.frame({**said, "missing": missing, "near": near})
    seen = observe(exercise, tuple(loaded.names[name] for name in asked), inputs)
    arrays, shapes = wire.pack_arrays(seen.arrays)
    problems = {call: [str(state), text] for call, (state, text) in seen.problems.items()}
    found = {"problems": problems, "modified": list(seen.modified), "shapes": shapes}
    return wire.frame({**said, **found}, arrays)


def _about(asked: list[str], cells: list[str], notes: list[str]) -> list[str]:
    """The sentences about cells that name what is asked: others do not help here."""
    names = re.compile(rf"\b({'|'.join(asked)})\b")
    numbered = [(re.search(r"\d+", note), note) for note in notes]
    return [note for n, note in numbered if n and names.search(cells[int(n[0]) - 1])]


def _functions(names: Mapping[str, object]) -> list[str]:
    return [name for name, value in list(names.items()) if callable(value)]


def same_start() -> None:
    """The same random numbers for everybody, whatever ran before."""
    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(0)
