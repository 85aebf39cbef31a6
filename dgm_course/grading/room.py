"""A sandbox for one submission after another, replaced when it is lost."""

import time

from dgm_course.grading import wire
from dgm_course.grading.problem import GradingError
from dgm_course.grading.sandbox import Sandbox

PATIENCE = 30.0  # beyond every limit inside: then the sandbox is lost
START_AGAIN = 1.0
TRIES = 2
LOST = (EOFError, OSError, wire.WireError)


class Room:
    """Open a notebook in it, run attempts, close it; each is tried again in a new sandbox."""

    def __init__(self, module: str, cells: tuple[str, ...], sandboxed: bool):
        self.module, self.cells, self.sandboxed = module, list(cells), sandboxed
        self.sandbox: Sandbox | None = None
        self.stopped, self.data = False, b""

    def open(self, data: bytes) -> dict:
        """What there is to say of the notebook: notes, or the problem that it cannot be read."""
        self.data = data
        for _ in range(TRIES):
            try:
                self.sandbox = self.sandbox or self._start()
                return self.sandbox.ask({"do": "open"}, data, PATIENCE)[0]
            except LOST:
                self.end()
        return {"problem": "The notebook could not be read: the sandbox failed on it twice."}

    def run(self, exercise: str, whole: bool, inputs: bytes, seconds: float) -> tuple[dict, bytes]:
        """How an attempt at an exercise ended, and what it wrote."""
        request = {"do": "run", "exercise": exercise, "whole": whole, "seconds": seconds}
        for _ in range(TRIES):
            self._go_on()
            try:
                if self.sandbox is None:
                    self.open(self.data)
                if self.sandbox is not None:
                    return self.sandbox.ask(request, inputs, 2 * seconds + PATIENCE)
            except LOST:
                self.end()
        return {"ended": "sandbox"}, b""

    def close(self) -> None:
        """Let go of the submission; of a sandbox that does not, too."""
        self.data = b""
        try:
            if self.sandbox:
                self.sandbox.ask({"do": "close"}, b"", PATIENCE)
        except LOST:
            self.end()

    def _start(self) -> Sandbox:
        self._go_on()
        try:
            started = Sandbox(self.module, self.cells, self.sandboxed)
        except GradingError:
            time.sleep(START_AGAIN)  # a machine that was exhausted a moment ago may have recovered
            self._go_on()
            started = Sandbox(self.module, self.cells, self.sandboxed)
        if self.stopped:  # meanwhile, when there was nothing yet to kill
            started.kill()
        return started

    def _go_on(self) -> None:
        """Raises GradingError when this room was stopped."""
        if self.stopped:
            raise GradingError("Grading was stopped; run the same command again to go on.")

    def stop(self) -> None:
        """End the work for good, from another thread; `end` when that has noticed."""
        self.stopped, sandbox = True, self.sandbox
        if sandbox:
            sandbox.kill()

    def end(self) -> None:
        """End the sandbox; the next that is needed is a new one."""
        sandbox, self.sandbox = self.sandbox, None
        if sandbox:
            sandbox.close()
