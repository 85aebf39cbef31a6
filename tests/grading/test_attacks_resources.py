"""Answers that take all there is: memory, disk, output, handles; and answers that reach out."""

import pytest

from tests.grading.attacks import check, table

pytestmark = pytest.mark.sandbox
ATTACKS = table(r"""
    # a memory bomb => MemoryError|4 GB
    import numpy as np
    kept = []
    while True:
        kept.append(np.empty(1 << 28))
    # memory taken by eight processes => 4 GB|endless loop
    import mmap, os, time
    for _ in range(8):
        if os.fork() == 0:
            kept = mmap.mmap(-1, 1 << 30)
            kept.madvise(mmap.MADV_HUGEPAGE)
            for at in range(0, 1 << 30, 1 << 12):
                kept[at] = 1
            time.sleep(60)
    time.sleep(60)
    # a tensor of a terabyte => allocate memory
    import torch
    return torch.ones(1 << 38)
    # a file of 200 MB => File too large
    with open("/student/left-by-an-attack", "wb") as file:
        for _ in range(200):
            file.write(b"0" * (1 << 20))
    # files until /tmp is full => No space left
    import os
    for number in range(1000):
        with open(f"{os.environ['TMPDIR']}/left-by-an-attack-{number}", "wb") as file:
            file.write(b"0" * (40 << 20))
    # files until the home is full => No space left
    for number in range(1000):
        with open(f"/student/left-by-an-attack-{number}", "wb") as file:
            file.write(b"0" * (40 << 20))
    # shared memory until it is full => No space left
    for number in range(1000):
        with open(f"/dev/shm/left-by-an-attack-{number}", "wb") as file:
            file.write(b"0" * (40 << 20))
    # empty files until none can be made => No space left
    for number in range(10**6):
        open(f"/student/left-by-an-attack-{number}", "w").close()
    # a print of 1 GB => expected shape
    import os, torch
    for _ in range(1000):
        os.write(1, b"x" * 10**6)
    return torch.zeros(99)
    # a line of 100 MB, printed and raised => ValueError: x+
    print("x" * 10**8)
    raise ValueError("x" * 10**8)
    # an array of 2 GB => expected shape
    import numpy as np
    return np.zeros((1 << 28,))
    # a frame of 200 MB on the way of results => cannot be read
    import os
    for _ in range(200):
        os.write(3, b"x" * 10**6)
    # files opened without end => Too many open files
    import os
    while True:
        os.open("/dev/null", os.O_RDONLY)
    # limits lifted => not allowed|exceed
    import resource
    resource.setrlimit(resource.RLIMIT_CPU, (resource.RLIM_INFINITY,) * 2)
    # limits lowered to nothing => .
    import resource
    for name in ("RLIMIT_NOFILE", "RLIMIT_FSIZE", "RLIMIT_AS", "RLIMIT_NPROC"):
        resource.setrlimit(getattr(resource, name), (0, 0))
    # memory that belongs to no process => Operation not permitted
    import os
    os.memfd_create("left-by-an-attack")
    # shared memory of System V => shmget -1
    import ctypes
    raise RuntimeError(f"shmget {ctypes.CDLL(None).shmget(1, 1 << 30, 0o1777)}")
    # keys left with the kernel => add_key -1
    import ctypes
    found = ctypes.CDLL(None).syscall(248, b"user", b"a", b"b", 1, -4)
    raise RuntimeError(f"add_key {found}")
    # a recursion without end => RecursionError
    def again(x):
        return again(x) + 1
    again(0)
    # a recursion that overflows the stack => segmentation fault|RecursionError|MemoryError
    import sys
    sys.setrecursionlimit(10**9)
    class Deep:
        def __getattr__(self, name):
            return getattr(self, name + "x")
    repr(Deep().a)
    # a call to another machine => unreachable
    import socket
    socket.create_connection(("192.0.2.1", 80), timeout=1)
    # a name looked up => resolution|Name or service
    import socket
    socket.getaddrinfo("example.org", 80)
    # a page fetched => urlopen error
    import urllib.request
    urllib.request.urlopen("http://192.0.2.1/", timeout=1)
    # a service for the next one to find => serving
    import socket
    with socket.socket(socket.AF_UNIX) as found:
        found.bind("\0left-by-an-attack")
        found.listen()
        raise RuntimeError("serving")
    # the disk of the host => Permission denied|Read-only|No such file
    open("/var/tmp/left-by-an-attack", "w").write("x")
    # a raw device => No such file|Permission denied|not permitted
    import os
    os.mknod("/student/left-by-an-attack", 0o60666, os.makedev(8, 0))
""")


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_nothing_is_gained_lost_or_left_by(attack):
    check(attack, ATTACKS)
