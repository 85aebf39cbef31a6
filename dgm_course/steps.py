"""The steps of one training run: which come next, what they cost, when to save, when to stop.

The loop itself is in `train`; what is here happens between two of its steps. `Steps` hands out the
batches one by one, and when the next is asked for, the last step is done: then the average moves, a
checkpoint is due, or a Ctrl-C that came in the middle of the step takes effect.
"""

import math
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

import torch
from torch import Tensor

from dgm_course import parallel
from dgm_course.checkpoint import Checkpoint, describe

READ_EVERY = 50  # losses on an accelerator; to read one is to wait for all that is queued there
SPEED_ONLY = ("params", "foreach", "fused", "capturable", "differentiable")  # not the result


class Losses:
    """The losses so far, as numbers in `values`.

    On the CPU a loss is read at once, so that a bad one stops the run before it spoils the weights.
    On an accelerator losses are read 50 at a time: the steps since the bad one were made.
    """

    def __init__(self) -> None:
        self.values: list[float] = []
        self.waiting: list[Tensor] = []
        self.averaged = 0  # so many are means over all processes already

    def append(self, loss: Tensor) -> None:
        """Take one more.  Raises FloatingPointError at the first that is not finite."""
        if loss.numel() != 1:
            raise ValueError(f"loss_fn: expected a loss of shape (), got {tuple(loss.shape)}")
        self.waiting.append(loss.detach())
        if loss.device.type == "cpu" or len(self.waiting) == READ_EVERY:
            self.read()

    def read(self) -> None:
        """Turn those that wait into numbers."""
        waiting, self.waiting = self.waiting, []
        if len(waiting) > 1:
            waiting = torch.stack([loss.reshape(()) for loss in waiting]).cpu()
        for value in map(Tensor.item, waiting):
            if not math.isfinite(value):
                at = f"at step {len(self.values)}; try a smaller lr"
                raise FloatingPointError(f"loss: {value} {at}")
            self.values.append(value)

    def average(self) -> list[float]:
        """All of them, each the mean over the processes; all processes must call it."""
        self.read()
        new = parallel.gather(self.values[self.averaged :])
        means = [sum(each) / len(each) for each in zip(*new, strict=True)]
        self.values[self.averaged :] = means
        self.averaged = len(self.values)
        return self.values


class Run:
    """All that the next step depends on, apart from the weights, and whether a file is of this run.

    Batches with a `state_dict`, as those of `train.minibatches`, resume by it; of any others as
    many as were used are drawn and thrown away.
    """

    def __init__(
        self,
        optimizer: torch.optim.Optimizer,
        batches: Iterable,
        scaler: torch.amp.GradScaler,
        ema: Any = None,
    ) -> None:
        self.optimizer, self.batches, self.scaler, self.ema = optimizer, batches, scaler, ema
        self.rest, self.position, self.losses = iter(batches), 0, Losses()
        self.resumable = hasattr(batches, "load_state_dict")
        self.kind = self._kind()

    def _kind(self) -> dict[str, Any]:
        groups = [
            {key: value for key, value in group.items() if key not in SPEED_ONLY}
            for group in self.optimizer.param_groups
        ]
        return {
            "optimizer": type(self.optimizer).__name__,
            "groups": describe(groups),
            "float16": self.scaler.is_enabled(),
            "ema": self.ema and self.ema.decay,
            "batches": self.batches.kind if self.resumable else {},
            "processes": parallel.processes(),
        }

    def state_dict(self) -> dict[str, Any]:
        """What a file has to hold; all processes must call it."""
        state = {str(i): s for i, s in self.optimizer.state_dict()["state"].items()}
        return {
            "position": self.position,
            "losses": torch.tensor(self.losses.average(), dtype=torch.float64),
            "optimizer": state,
            "scaler": self.scaler.state_dict(),
            "ema": self.ema.state_dict() if self.ema else {},
            "batches": self.batches.state_dict() if self.resumable else {},
            "random": parallel.gather(parallel.random_state()),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there; streams of random numbers come last, for batches may draw from them."""
        groups = self.optimizer.state_dict()["param_groups"]
        own = {int(i): s for i, s in state["optimizer"].items()}
        self.optimizer.load_state_dict({"state": own, "param_groups": groups})
        self.scaler.load_state_dict(state["scaler"])
        if self.ema:
            self.ema.load_state_dict(state["ema"])
        self.position = state["position"]
        self.losses.values = state["losses"].tolist()
        self.losses.averaged = len(self.losses.values)
        if self.resumable:
            self.batches.load_state_dict(state["batches"])
        else:
            deque(islice(self.rest, self.position), maxlen=0)
        parallel.set_random_state(state["random"][parallel.rank()])


class Steps:
    """The batches from where a run stands, and after each all that is not forward or backward."""

    def __init__(
        self,
        run: Run,
        schedule: Callable[[float], float] | None = None,
        checkpoint: Checkpoint | None = None,
    ) -> None:
        if schedule and not hasattr(run.batches, "__len__"):
            raise TypeError("schedule: expected batches with a length, to know the progress")
        self.run, self.schedule, self.checkpoint, self.saved = run, schedule, checkpoint, None
        self.rates = [group["lr"] for group in run.optimizer.param_groups]
        if run.ema:
            parallel.from_the_first(run.ema.model)
        parallel.split_noise()
        if checkpoint and (state := checkpoint.load(run.kind, parameters(run.optimizer))):
            run.load_state_dict(state)

    @property
    def start(self) -> int:
        """How many steps are done already, for the progress bar."""
        return self.run.position

    def __len__(self) -> int:
        return len(self.run.batches)

    def __iter__(self) -> Iterator:
        start = self.run.position
        with held_interrupts() as interrupts:
            for batch in self.run.rest:
                self._set_rates()
                yield batch
                self._end_step(save=bool(interrupts))
                if interrupts:
                    raise KeyboardInterrupt
        self.run.losses.average()
        if self.checkpoint and start < self.run.position != self.saved:
            self._save()
        parallel.join_noise()

    def _set_rates(self) -> None:
        if self.schedule:
            factor = self.schedule((self.run.position + 0.5) / len(self))  # the middle of the step
            for group, rate in zip(self.run.optimizer.param_groups, self.rates, strict=True):
                group["lr"] = rate * factor

    def _end_step(self, save: bool) -> None:
        self.run.scaler.update()
        if self.run.ema:
            self.run.ema.update()
        self.run.position += 1
        if self.checkpoint and (save or self.run.position % self.checkpoint.every == 0):
            self._save()

    def _save(self) -> None:
        """All processes give their random streams; the first writes, the others wait for it."""
        state = self.run.state_dict()
        if parallel.rank() == 0:
            self.checkpoint.save(self.run.kind, state, parameters(self.run.optimizer))
        parallel.gather(None)
        self.saved = self.run.position


def parameters(optimizer: torch.optim.Optimizer) -> list[Tensor]:
    """All that an optimizer trains, in its order."""
    return [param for group in optimizer.param_groups for param in group["params"]]


@contextmanager
def held_interrupts() -> Iterator[list[int]]:
    """Hold Ctrl-C back, so that it never stops a step half-way: it is put into the list instead.

    A second one is not held. Nor is any where somebody else handles it, outside of the main thread
    and with several processes, which would stop at different steps.
    """
    asked: list[int] = []

    def hold(signum: int, frame: Any) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(signum)

    usual = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    main = threading.current_thread() is threading.main_thread()
    if not (usual and main and parallel.processes() == 1):
        yield asked
        return
    signal.signal(signal.SIGINT, hold)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
