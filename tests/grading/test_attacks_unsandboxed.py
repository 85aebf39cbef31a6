"""Without a sandbox, students' code has all rights: even so it ends, and ends alone."""

import re

import pytest

from tests.grading.attacks import ATTACKED, Attack, files, outcome, table
from tests.grading.classroom import points, said

ATTACKS: tuple[Attack, ...] = table(r"""
    # an endless loop => endless loop
    while True:
        pass
    # os._exit => ended Python
    import os
    os._exit(0)
    # a child that outlives => left behind
    import os, time
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(600)
        os._exit(0)
    raise RuntimeError("left behind")
    # a flood of output => expected
    import os, torch
    for _ in range(200):
        os.write(1, b"x" * 10**6)
    return torch.zeros(99)
    # a file beside it => expected
    import torch
    open("left-by-an-attack", "w").write("x")
    return torch.zeros(99)
""")


@pytest.fixture(scope="module")
def held():
    return outcome(ATTACKS, sandboxed=False)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_points_and_words_are_the_same_without_a_sandbox(held, attack):
    exercise = ATTACKED[ATTACKS.index(attack)]
    assert points(held.result)[exercise] == 0
    assert re.search(attack.says, said(held.result, exercise))


def test_no_process_and_no_file_is_left_and_the_next_one_is_unharmed(held):
    assert held.processes == () and files() == [] and held.following == 28
