"""System calls that no answer needs and that reach past the limits of an attempt: refused.

They give memory that no limit counts, keys that outlive the attempt, or namespaces in which it
would have rights of its own.  Linux only; man 2 seccomp, linux/filter.h.
"""

import ctypes
import errno
import platform

LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16  # places in struct seccomp_data
ALLOW, REFUSE = 0x7FFF0000, 0x00050000
NO_NEW_PRIVILEGES, SET_SECCOMP, FILTER = 38, 22, 2
NEW_NAMESPACES = 0x7E020000
FOREIGN = 0x40000000  # x32, another numbering of the same calls
CLONE3 = 435
NEW_CALLS = (425, 428, 429, 430, 447)  # io_uring_setup, open_tree, move_mount, fsopen, memfd_secret
ITSELF, FAMILIES = 0, (1, 2, 10, 16)  # sockets: local, IPv4, IPv6, netlink; none to a hypervisor
NO, YES = (RETURN, 0, 0, REFUSE | errno.EPERM), (RETURN, 0, 0, ALLOW)
MACHINES = {  # the kernel's name; clone; what is allowed in part (prlimit64, socket, socketpair);
    # then shmget, semget, msgget, ptrace, mount, umount2,
    # pivot_root, unshare, setns, add_key, request_key, keyctl, memfd_create, perf_event_open, bpf,
    # userfaultfd
    "x86_64": (
        0xC000003E,
        56,
        (302, 41, 53),
        (29, 64, 68, 101, 165, 166, 155, 272, 308, 248, 249, 250, 319, 298, 321, 323),
    ),
    "aarch64": (
        0xC00000B7,
        220,
        (261, 198, 199),
        (194, 190, 186, 117, 40, 39, 41, 97, 268, 217, 218, 219, 279, 241, 280, 282),
    ),
}


class _Step(ctypes.Structure):
    _fields_ = [
        ("code", ctypes.c_uint16),
        ("then", ctypes.c_uint8),
        ("otherwise", ctypes.c_uint8),
        ("value", ctypes.c_uint32),
    ]


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_uint16), ("steps", ctypes.POINTER(_Step))]


def _only(number: int, allowed: tuple[int, ...]) -> list[tuple[int, ...]]:
    """A call is allowed with these first arguments, and no other."""
    wanted = [step for value in allowed for step in ((EQUAL, 0, 1, value), YES)]
    return [(EQUAL, 0, len(wanted) + 2, number), (LOAD, 0, 0, FIRST_ARGUMENT), *wanted, NO]


def _steps(architecture: int, clone: int, some: tuple[int, ...], refused: tuple[int, ...]):
    steps = [(LOAD, 0, 0, ARCHITECTURE), (EQUAL, 1, 0, architecture), NO]
    steps += [(LOAD, 0, 0, NUMBER), (AT_LEAST, 0, 1, FOREIGN), NO]
    for number in (*refused, *NEW_CALLS):
        steps += [(EQUAL, 0, 1, number), NO]
    limits, *sockets = some
    steps += _only(limits, (ITSELF,))
    for number in sockets:
        steps += _only(number, FAMILIES)
    # its flags lie in memory, where a filter cannot look: the C library falls back to clone
    steps += [(EQUAL, 0, 1, CLONE3), (RETURN, 0, 0, REFUSE | errno.ENOSYS)]
    steps += [(EQUAL, 0, 3, clone), (LOAD, 0, 0, FIRST_ARGUMENT), (ANY_BIT, 0, 1, NEW_NAMESPACES)]
    return [*steps, NO, YES]


def refuse() -> None:
    """From now on these calls fail, in this process and all it starts; raises OSError."""
    machine = MACHINES.get(platform.machine())
    if machine is None:
        raise OSError(errno.ENOSYS, f"no filter of system calls for {platform.machine()}")
    steps = _steps(*machine)
    program = _Program(len(steps), (_Step * len(steps))(*steps))
    libc = ctypes.CDLL(None, use_errno=True)
    for words in ((NO_NEW_PRIVILEGES, 1, 0), (SET_SECCOMP, FILTER, ctypes.byref(program))):
        if libc.prctl(words[0], ctypes.c_ulong(words[1]), words[2], 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "the kernel does not filter system calls")
