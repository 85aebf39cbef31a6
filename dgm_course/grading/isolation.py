"""What a process of the sandbox does to itself: fresh namespaces, no privileges, few resources.

The sandbox is bubblewrap's (sandbox.py).  It holds one warm process; for every submission that
process makes a child with process, mount and IPC namespaces of its own inside it, so that nothing
of one student can reach another, and for every exercise a grandchild without any capability.
Linux only; bubblewrap offers no library and starts a program, which cannot be a process that has
imported torch already.  man 7 namespaces, man 7 capabilities.
"""

import ctypes
import os
import resource
import signal
import sys

from dgm_course.grading import syscalls

NEWNS, NEWUTS, NEWIPC, NEWPID = 0x00020000, 0x04000000, 0x08000000, 0x20000000
NOSUID, NODEV, NOEXEC = 2, 4, 8
SET_DUMPABLE, SET_CHILD_SUBREAPER, CAP_AMBIENT, CLEAR_ALL = 4, 36, 47, 4
CAP_KILL, CAP_SETGID, CAP_SETUID, CAP_SYS_ADMIN = 5, 6, 7, 21
NEEDED = (CAP_KILL, CAP_SETUID, CAP_SETGID, CAP_SYS_ADMIN)  # by what starts attempts
VERSION_3 = 0x20080522
HOME = "/student"  # not in /home, where the course itself may be
ROOMS = {HOME: "128m", "/tmp": "128m", "/dev/shm": "64m"}
FILE_BYTES = 50 << 20
PROCESSES = 48
OPEN_FILES = 128
ADDRESS_SPACE = 4 << 30  # beyond what the warm process has mapped
UNLIMITED = resource.RLIM_INFINITY


def _call(name: str, *arguments) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{name}: {os.strerror(error)}")


def hide() -> None:
    """Keep processes of the same user from looking into this one."""
    if sys.platform != "linux":
        return
    _call("prctl", SET_DUMPABLE, 0, 0, 0, 0)


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parent ends."""
    if sys.platform != "linux":
        return
    _call("prctl", SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def enter_new_namespaces() -> None:
    """New mounts and host name for this process, a new process table for its children."""
    _call("unshare", NEWNS | NEWUTS | NEWPID)


def enter_empty_rooms() -> None:
    """Folders to write to and shared memory that nobody has used, gone with this process."""
    _call("unshare", NEWNS | NEWIPC)
    taken = any(path.startswith("/tmp/") for path in sys.path)  # the course is there: read only
    for place, size in ROOMS.items():
        if place == "/tmp" and taken:
            continue
        options = f"size={size},nr_inodes=20000,mode=1777".encode()
        _call("mount", b"tmpfs", place.encode(), b"tmpfs", NOSUID | NODEV, options)
    os.chdir(HOME)


def show_own_processes() -> None:
    """/proc of the new process table; called by its first process."""
    _call("mount", b"proc", b"/proc", b"proc", NOSUID | NODEV | NOEXEC, None)


def keep_capabilities(*kept: int) -> None:
    """Give up every capability but these, for good."""
    header = (ctypes.c_uint32 * 2)(VERSION_3, 0)
    data = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; the same of 32 and above
    _call("capget", header, data)
    mask = data[1] & sum(1 << number for number in kept)
    _call("capset", header, (ctypes.c_uint32 * 6)(mask, mask))
    _call("prctl", CAP_AMBIENT, CLEAR_ALL, 0, 0, 0)


def become_nobody(user: int) -> None:
    """An ordinary user without privileges, whoever this process was."""
    if os.getuid() == 0:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    keep_capabilities()
    syscalls.refuse()
    _call("prctl", SET_DUMPABLE, 1, 0, 0, 0)


def limit(seconds: float, processes: int | None = PROCESSES) -> None:
    """Limits that hold for this process and all it starts: CPU, memory, files, processes."""
    cpu = max(1, round(seconds))
    limits = {
        resource.RLIMIT_CPU: (cpu, cpu + 1),
        resource.RLIMIT_FSIZE: (FILE_BYTES, FILE_BYTES),
        resource.RLIMIT_NOFILE: (OPEN_FILES, OPEN_FILES),
        resource.RLIMIT_CORE: (0, 0),
    }
    if processes:
        limits[resource.RLIMIT_NPROC] = (processes, processes)
    if mapped := _mapped():
        limits[resource.RLIMIT_AS] = (mapped + ADDRESS_SPACE,) * 2
    for what, (soft, hard) in limits.items():
        most = resource.getrlimit(what)[1]
        low = hard if most == UNLIMITED else min(hard, most)
        resource.setrlimit(what, (min(soft, low), low))


def _mapped() -> int:
    """Bytes of address space in use; 0 where the system does not say."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 0


def die_first() -> None:
    """Ask the kernel to end this process before others when memory runs out."""
    try:
        with open("/proc/self/oom_score_adj", "w") as file:
            file.write("1000")
    except OSError:
        return


def kill_all_others() -> None:
    """End every other process of this process table: only its first process may ask."""
    if os.getpid() != 1:
        raise RuntimeError("only the first process of a process table may end all others")
    try:
        os.kill(-1, signal.SIGKILL)
    except ProcessLookupError:
        return
