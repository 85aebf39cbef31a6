"""Start an attempt, wait for what it writes, and end it with all it has started.

This runs in the first process of a submission's own process table.  It has imported torch and
never runs the student's code: attempts are its forks, and cannot see, signal or outlive it.
"""

import contextlib
import os
import select
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

from dgm_course.grading import isolation, wire

POLL, LOOK_AT_MEMORY = 0.02, 0.05  # seconds
SHARE_OF_WALL, EXTRA_WALL = 2.0, 5.0  # an attempt that waits, or whose machine is busy
MEMORY = 4 << 30
GRACE = 1.0  # seconds beyond what one process may take, for all of them together
LARGEST_RESULT = wire.LARGEST_PAYLOAD - (1 << 20)


@dataclass
class Ended:
    """How an attempt ended: what it wrote, or why nothing came; its exit status if it died."""

    result: bytes = b""
    why: str = ""
    status: int = 0


class Attempt:
    """A fork that runs `work` under limits; the pipes on which it answers and chatters."""

    def __init__(self, work: Callable[[], bytes], seconds: float, user: int | None):
        self.seconds, self.alone = seconds, user is not None
        result, write_result = os.pipe()
        chatter, write_chatter = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            _become_the_attempt(work, write_result, write_chatter, seconds, user)
        os.close(write_result)
        os.close(write_chatter)
        self.result, self.answer = result, bytearray()
        self.pipes, self.open = (result, chatter), [result, chatter]
        self.looked = self.spent = 0.0

    def wait(self) -> Ended:
        """Follow the attempt to its end; whatever it has started ends with it."""
        deadline = time.monotonic() + SHARE_OF_WALL * self.seconds + EXTRA_WALL
        why, status = "", None
        while status is None and not why:
            self._read(POLL)
            status = self._status()
            why = self._excess(deadline) if status is None else ""
        _end(self.alone)
        received = self._rest()
        if why or (status and not received):
            return Ended(b"", why or _reason(status), status or 0)
        return Ended(received, "" if received else "crash", status or 0)

    def _read(self, seconds: float) -> None:
        if not self.open:
            time.sleep(seconds / 10)
            return
        for fd in select.select(self.open, [], [], seconds)[0]:
            data = os.read(fd, 1 << 20)
            if fd == self.result:
                self.answer += data
            if not data:
                self.open.remove(fd)  # the other side is closed: it is about to end

    def _status(self) -> int | None:
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status, used = os.wait4(-1, os.WNOHANG)
                self.spent += used.ru_utime + used.ru_stime
                if pid == self.pid:
                    late = used.ru_utime + used.ru_stime >= self.seconds
                    late |= os.WTERMSIG(status) == signal.SIGXCPU  # the kernel counts by ticks
                    return -1 if os.WIFSIGNALED(status) and late else status
                if pid == 0:
                    return None
        return 0

    def _excess(self, deadline: float) -> str:
        if time.monotonic() > deadline:
            return "timeout"
        if len(self.answer) > LARGEST_RESULT:
            return "output"
        if time.monotonic() < self.looked + LOOK_AT_MEMORY:
            return ""
        memory, seconds = _used()
        self.looked = time.monotonic()
        if memory > MEMORY:
            return "memory"
        return "timeout" if seconds + self.spent > self.seconds + GRACE else ""

    def _rest(self) -> bytes:
        """What is left in the pipe, now that nobody can write to it."""
        while len(self.answer) <= LARGEST_RESULT and (part := os.read(self.result, 1 << 20)):
            self.answer += part
        for fd in self.pipes:
            os.close(fd)
        return bytes(self.answer)


def _end(alone: bool) -> None:
    """No process of the attempt is left after this."""
    if alone:
        isolation.kill_all_others()
    else:
        _kill_descendants()
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, 0)[0]:
            continue


def _reason(status: int) -> str:
    return "timeout" if status == -1 else "crash"


def _become_the_attempt(work, result: int, chatter: int, seconds: float, user: int | None) -> None:
    """Give up everything but two pipes, then work; never returns."""
    code = 1
    try:
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDONLY)
        for fd, target in ((nothing, 0), (chatter, 1), (chatter, 2), (result, 3)):
            os.dup2(fd, target)
        os.closerange(4, 4096)
        isolation.limit(seconds, isolation.PROCESSES if user is not None else None)
        isolation.die_first()
        if user is not None:
            isolation.enter_empty_rooms()
            isolation.become_nobody(user)
        _write(3, work())
        code = 0
    except BaseException as error:
        _write(3, wire.frame({"failed": f"{type(error).__name__}: {error}"[:500]}))
    finally:
        os._exit(code)


def _write(fd: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(fd, left) :]


def _used() -> tuple[int, float]:
    """Bytes and seconds that the attempt's processes take, all together."""
    memory, seconds = 0, 0.0
    for pid in _children(os.getpid()):
        with contextlib.suppress(OSError, IndexError, ValueError):
            memory += _private(pid)
            seconds += _seconds(pid)
    return memory, seconds


def _private(pid: int) -> int:
    """Bytes of a process beside files and shared memory; what a fork still shares counts too."""
    with open(f"/proc/{pid}/statm") as file:
        _, resident, shared, *_ = file.read().split()
    return (int(resident) - int(shared)) * os.sysconf("SC_PAGE_SIZE")


def _seconds(pid: int) -> float:
    """Seconds of CPU of a process and of those it has waited for."""
    with open(f"/proc/{pid}/stat") as file:
        after_name = file.read().rpartition(")")[2].split()
    return sum(int(ticks) for ticks in after_name[11:15]) / os.sysconf("SC_CLK_TCK")


def _children(pid: int) -> list[int]:
    import psutil

    with contextlib.suppress(psutil.Error):
        return [child.pid for child in psutil.Process(pid).children(recursive=True)]
    return []


def _kill_descendants() -> None:
    """Without a process table of its own: end what can be found, until nothing is."""
    for _ in range(50):
        left = _children(os.getpid())
        if not left:
            return
        for pid in left:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                continue
