"""The package's own version of what is asked refuses while an answer runs, by whatever name."""

from dataclasses import replace

import pytest
import torch

from dgm_course.exercises.exercise import State, draw
from dgm_course.exercises.observe import observe

from .notebook import TOY, run_cell


def ready_made(x):
    return 2 * x.sum(-1)


class Base:
    def __init__(self, x):
        self.x = x


class Ready(Base):
    def __init__(self, x):
        super().__init__(x)

    def double(self):
        return 2 * self.x.sum(-1)


EXERCISE = replace(TOY, withheld=(ready_made, Ready.__init__))
CELLS = {
    "called": "def double(x):\n    return ready_made(x)",
    "under another name": "mine = ready_made\ndef double(x):\n    return mine(x)",
    "handed in as it is": "double = ready_made",
    "in an object": "def double(x):\n    return Ready(x).double()",
    "with other arguments": "def double(x):\n    return ready_made(x=x, out=None)",
}


def seen(cell, ours=False):
    names = run_cell(cell, {"ready_made": ready_made, "Ready": Ready, "__name__": "__main__"})
    return observe(EXERCISE, (names["double"],), draw(EXERCISE, 0), ours=ours)


@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
def test_an_answer_cannot_call_what_is_withheld(cell):
    found = seen(cell)
    assert not found.arrays
    assert {state for state, _ in found.problems.values()} == {State.EXCEPTION}
    assert all("what you are to write" in text for _, text in found.problems.values())


def test_our_own_answers_may_call_it():
    assert set(seen(CELLS["called"], ours=True).arrays) == {"random", "zeros"}


def test_it_works_again_afterwards_even_if_the_answer_failed():
    seen("def double(x):\n    raise ValueError")
    assert ready_made(torch.ones(2, 3)).tolist() == [6, 6]
    assert Ready(torch.ones(3)).double() == 6
