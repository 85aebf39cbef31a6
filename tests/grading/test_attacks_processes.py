"""Answers that never end, end too much, or start what should outlive them."""

import pytest

from tests.grading.attacks import check, table

pytestmark = pytest.mark.sandbox
ATTACKS = table(r"""
    # an endless loop => endless loop
    while True:
        pass
    # a loop that swallows KeyboardInterrupt => endless loop
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
    # a loop deaf to every signal => endless loop
    import signal
    for number in range(1, 65):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    while True:
        pass
    # sys.exit => SystemExit
    import sys
    sys.exit(0)
    # os._exit => ended Python .exit status 0.
    import os
    os._exit(0)
    # it stops itself for ever => endless loop
    import os, signal
    os.kill(os.getpid(), signal.SIGSTOP)
    # kill -9 of itself => it was killed
    import os
    os.kill(os.getpid(), 9)
    # kill -9 of its parent => still here|not permitted
    import os
    os.kill(os.getppid(), 9)
    raise RuntimeError("still here")
    # every signal to the first process => still here
    import os
    for number in range(1, 65):
        try:
            os.kill(1, number)
        except OSError:
            pass
    raise RuntimeError("still here")
    # kill -9 of all it can see => still here
    import os
    try:
        os.kill(-1, 9)
    except OSError:
        pass
    raise RuntimeError("still here")
    # a stop for all it can see => still here
    import os, signal
    for target in (-1, 1, os.getppid()):
        for number in (signal.SIGSTOP, signal.SIGTSTP):
            try:
                os.kill(target, number)
            except OSError:
                pass
    raise RuntimeError("still here")
    # a segmentation fault => segmentation fault
    import ctypes
    ctypes.string_at(0)
    # an abort => aborted
    import os
    os.abort()
    # a signal of real time => signal 40
    import os
    os.kill(os.getpid(), 40)
    # a fork bomb => Resource temporarily unavailable|cannot be read|4 GB
    import os
    while True:
        os.fork()
    # a child in a session of its own that outlives => left behind
    import os, time
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(600)
        os._exit(0)
    raise RuntimeError("left behind")
    # a child that goes on writing results => cannot be read|left behind
    import os
    if os.fork() == 0:
        os.setsid()
        while True:
            os.write(3, b"forged")
    raise RuntimeError("left behind")
    # a chain of forks that outruns its pursuer => left behind
    import os
    if os.fork() == 0:
        while True:
            if os.fork():
                os._exit(0)
    raise RuntimeError("left behind")
    # many programs in the background => left behind
    import subprocess
    for _ in range(20):
        subprocess.Popen(["nohup", "sleep", "600"], start_new_session=True)
    raise RuntimeError("left behind")
    # a thread that never ends => expected
    import threading, torch
    def work():
        while True:
            pass
    threading.Thread(target=work).start()
    return torch.full((3, 3), 0.25)
    # threads without end => can't start new thread
    import threading, time
    while True:
        threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
    # it traces the first process => ptrace -1
    import ctypes
    raise RuntimeError(f"ptrace {ctypes.CDLL(None).ptrace(16, 1, 0, 0)}")
    # a session of its own => not permitted
    import os
    os.setsid()
    # another program in its place => cannot be read
    import os
    os.set_inheritable(3, True)
    os.execv("/bin/sh", ["sh", "-c", "echo right, 4 points >&3"])
    # a watchdog that ends Python => exit status 1
    import faulthandler, os, time
    faulthandler.dump_traceback_later(0.05, exit=True, file=open(os.devnull, "w"))
    time.sleep(3)
    # namespaces of its own => unshare -1, clone -1
    import ctypes
    libc = ctypes.CDLL(None)
    found = [libc.unshare(flag) for flag in (1 << 28, 1 << 17, 1 << 29)]
    raise RuntimeError(f"unshare {max(found)}, clone {libc.syscall(56, 1 << 28 | 17, 0, 0, 0, 0)}")
    # a parent that ends before its child answers => ended Python|cannot be read|still
    import os, time
    if os.fork():
        os._exit(0)
    time.sleep(0.2)
    raise RuntimeError("still here")
    # handlers for the end => expected
    import atexit, os, sys, torch
    atexit.register(lambda: os.write(3, b"forged"))
    sys.excepthook = sys.unraisablehook = lambda *_: os.write(3, b"forged")
    return torch.zeros(3, 3)
""")


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_nothing_is_gained_lost_or_left_by(attack):
    check(attack, ATTACKS)
