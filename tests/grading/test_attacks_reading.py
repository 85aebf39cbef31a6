"""Answers that look for what they should not know, or leave word for the next one."""

import pytest

from tests.grading.attacks import MARKER, Attack, check, table
from tests.grading.classroom import ROOT, SEED, filled, grade, prepared, said

pytestmark = pytest.mark.sandbox
ATTACKS = table(r"""
    # the folder of answers => found \[\]
    import os, dgm_course.exercises
    folder = os.path.dirname(dgm_course.exercises.__file__)
    raise ValueError(f"found {os.listdir(folder + '/answers')}")
    # the answers imported => ImportError|ModuleNotFoundError
    from dgm_course.exercises.answers import information
    # the loader of answers => No such file|not found|without|answers|cannot
    from dgm_course.exercises import numbers, lab
    exercise = next(e for e in lab.load("01").exercises if e.name == "entropy")
    return numbers.answers(exercise).reference(first)
    # the environment => found \[\]
    import os
    names = [n for n in os.environ if any(w in n.upper() for w in ("SEED", "DGM_", "TOKEN", "KEY"))]
    raise ValueError(f"found {[n for n in names if n not in ('DGM_STATIC', 'PYTHONHASHSEED')]}")
    # the environment of every process => found \[\]
    import glob, os
    found = []
    for file in glob.glob("/proc/[0-9]*/environ"):
        try:
            found += [file] if str(os.getpid()) not in file and open(file, "rb").read() else []
        except OSError:
            pass
    raise ValueError(f"found {found}")
    # the command lines of every process => found 2
    import glob
    raise ValueError(f"found {len(glob.glob('/proc/[0-9]*/cmdline'))}")
    # everything Python holds => found \[\]
    import gc
    kinds = ("Numbers", "Computed", "Known", "Report", "Prepared", "Submission")
    raise ValueError(f"found {[o for o in gc.get_objects() if type(o).__name__ in kinds]}")
    # the frames that call it => found \[\]
    import sys
    frame, found = sys._getframe(), []
    while frame:
        found += [n for n in frame.f_locals if n in ("want", "numbers", "seed", "reference")]
        frame = frame.f_back
    raise ValueError(f"found {found}")
    # passwords of the host => No such file
    open("/etc/shadow").read()
    # homes of the host => found \[\]
    import os
    raise ValueError(f"found {os.listdir('/student')}")
    # disks mounted again => mount -1
    import ctypes
    raise ValueError(f"mount {ctypes.CDLL(None).mount(b'none', b'/tmp', b'tmpfs', 0, None)}")
    # another user => not permitted|Invalid argument
    import os
    os.setuid(0)
    # a program that makes it another user => not found|No such|not permitted|Authentication|root
    import subprocess
    done = subprocess.run(["su", "-c", "id"], capture_output=True, text=True)
    raise ValueError(done.stderr or "not permitted")
    # kernel messages => not permitted|Permission denied
    open("/proc/kmsg").read()
    # the kernel's settings => Permission denied|Read-only
    open("/proc/sys/kernel/core_pattern", "w").write("|/tmp/left-by-an-attack")
    # the score of who ends first => .
    open("/proc/self/oom_score_adj", "w").write("-1000")
    # a way out through the first process => Permission denied
    import os
    os.listdir("/proc/1/root/")
    # what the package's own function does, under another name => package's own version
    from dgm_course.metrics import divergence as mine
    import functools
    return functools.partial(mine.js, first)(*others)
""")
HOST = Attack(
    "the repository of the host",
    f"""import os
places = {[str(ROOT / "solutions"), str(ROOT / "tests"), str(ROOT / ".git")]}
raise ValueError("found " + str([place for place in places if os.path.exists(place)]))""",
    r"found \[\]",
)


@pytest.mark.parametrize("attack", (*ATTACKS, HOST), ids=lambda attack: attack.name)
def test_nothing_is_gained_lost_or_left_by(attack):
    check(attack, (*ATTACKS, HOST))


LEAVE = f"""
def entropy(p):
    import glob, os, torch
    found = [f for d in ("/tmp", "/student", "/dev/shm", "/var/tmp", "/") for f in
             glob.glob(d + "/*{MARKER}*")]
    for place in (os.environ["TMPDIR"], "/student", "/dev/shm"):
        open(place + "/{MARKER}", "w").write("first of all: 42")
    torch.entropy_was_here = getattr(torch, "entropy_was_here", 0) + 1
    raise ValueError(f"found {{found}} and {{torch.entropy_was_here}}")
"""


def test_nothing_is_left_for_the_next_exercise_or_the_next_student():
    other = LEAVE.replace("entropy(p)", "kl_gaussians(*_)")
    for _ in range(2):
        result = grade(filled("01", entropy=LEAVE, kl_gaussians=other))
        for name in ("entropy", "kl_gaussians"):
            assert "found [] and 1" in said(result, name)


def test_answers_learnt_by_heart_from_another_seed_earn_nothing():
    numbers = prepared(seed=SEED + 1).numbers["entropy"].want
    kept = [value.tolist() for value in numbers.values()]
    by_heart = f"KEPT = {kept}\ndef entropy(p):\n    import torch\n"
    by_heart += (
        "    fits = [torch.tensor(k) for k in KEPT if torch.tensor(k).shape == p.shape[:-1]]\n"
    )
    by_heart += "    return fits[0] if fits else torch.zeros(p.shape[:-1])\n"
    result = grade(filled("01", entropy=by_heart))
    assert result["points"] == result["max_points"] - 4
