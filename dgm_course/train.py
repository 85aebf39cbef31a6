"""Training in the open: seeds, the device, a progress bar, and one loop.

The loop is the whole of it: draw a batch, `zero_grad`, `backward`, `step` (Robbins & Monro 1951;
Adam, Kingma & Ba 2015).  There is no trainer and no callback: what a model needs is in its loss.
"""

import copy
import math
import os
import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from functools import wraps
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from dgm_course import parallel
from dgm_course.checkpoint import Checkpoint
from dgm_course.steps import Run, Steps, parameters


def set_seed(seed: int = 0) -> torch.Generator:
    """Seed Python, NumPy and torch, and return a torch.Generator with the same seed."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    return torch.Generator().manual_seed(seed)


def device() -> torch.device:
    """The best device of this machine: CUDA, then Apple's MPS, then the CPU.

    Of several processes each has a GPU of its own.
    """
    if torch.cuda.is_available():
        if parallel.launched():
            torch.cuda.set_device(parallel.local_rank())
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def progress(steps: Iterable, description: str = "") -> Iterator:
    """The same items under a progress bar; no bar when outputs are stored (DGM_STATIC=1).

    Of several processes the first one alone has a bar.
    """
    if os.environ.get("DGM_STATIC") == "1" or parallel.rank() > 0:
        yield from steps
        return
    from tqdm.auto import tqdm

    start = getattr(steps, "start", 0)
    with tqdm(steps, desc=description, leave=False, initial=start) as bar:
        yield from bar


def minibatches(x: Tensor, size: int, steps: int, generator=None) -> "Minibatches":
    """`steps` random batches `(size, *event)` of data that live on the device as one tensor.

    For data of several tensors draw rows, `minibatches(torch.arange(n), …)`, and index in the loss.
    """
    return Minibatches(x, size, steps, generator)


class Minibatches:
    """Random rows of `x`, drawn with replacement: `steps` times `(size, *event)`.

    With several processes the rows are drawn alike in all, and each gets its equal share of them.
    Raises ValueError if `size` is not 1 to the number of examples or does not divide evenly.
    """

    def __init__(self, x: Tensor, size: int, steps: int, generator=None) -> None:
        if not 0 < size <= len(x):
            raise ValueError(f"size: expected 1 to {len(x)}, the number of examples, got {size}")
        self.x, self.size, self.steps, self.generator = x, size, steps, generator
        self.kind = {"size": size, "examples": len(x)}
        self.share = parallel.share(size)
        self.drawn = self.start = 0

    def __len__(self) -> int:
        return self.steps

    def __iter__(self) -> Iterator[Tensor]:
        device = self.generator.device if self.generator else "cpu"
        start, self.start = self.start, 0
        for i in range(start, self.steps):
            chosen = torch.randint(
                len(self.x), (self.size,), generator=self.generator, device=device
            )
            self.drawn = i + 1
            yield self.x[chosen[self.share].to(self.x.device)]

    def state_dict(self) -> dict[str, Any]:
        """How many batches were drawn, and the state of the generator, if it is not torch's own."""
        state = self.generator.get_state() if self.generator else None
        return {"drawn": self.drawn, "generator": state}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Let the next iteration go on from there, and not begin again."""
        self.drawn = self.start = state["drawn"]
        if self.generator:
            self.generator.set_state(state["generator"])


def cosine(progress: float) -> float:
    """A factor from 1 down to 0 along half a wave, for progress from 0 to 1.

    Loshchilov & Hutter 2017, eq. 5, without restarts.
    """
    return 0.5 * (1 + math.cos(math.pi * progress))


def warmup(progress: float, share: float = 0.05) -> float:
    """A factor from 0 up to 1 along a straight line during the first `share`, and 1 from there on.

    Goyal et al. 2017, section 2.2. Factors multiply: `lambda t: warmup(t) * cosine(t)`.
    """
    return min(1.0, progress / share)


class EMA:
    r"""The exponential moving average of the weights of `model`: `ema.model`, for evaluation.

    $\bar w_k = d_k \bar w_{k-1} + (1 - d_k) w_k$, $d_k = \min(d, k / (9 + k))$ for the k-th update:
    from $\bar w_0 = w_0$ on, early averages forget faster (TensorFlow's ExponentialMovingAverage
    with its number of updates k - 1). Buffers are copied. Make it after `model.to(device)`.
    Raises ValueError if `decay` is not in [0, 1].
    """

    def __init__(self, model: nn.Module, decay: float = 0.999) -> None:
        if not 0 <= decay <= 1:
            raise ValueError(f"decay: expected a number in [0, 1], got {decay}")
        self.source, self.decay, self.updates = model, decay, 0
        self.model = copy.deepcopy(model).eval().requires_grad_(False)

    def update(self) -> None:
        """Take in the weights as they are now."""
        self.updates += 1
        decay = min(self.decay, self.updates / (9 + self.updates))
        average = torch.optim.swa_utils.get_ema_multi_avg_fn(decay)
        average(list(self.model.parameters()), list(self.source.parameters()), None)
        for mine, theirs in zip(self.model.buffers(), self.source.buffers(), strict=True):
            mine.copy_(theirs)

    def state_dict(self) -> dict[str, Any]:
        """The averages and how many updates went into them."""
        return {"model": dict(self.model.state_dict()), "updates": self.updates}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there."""
        self.model.load_state_dict(state["model"])
        self.updates = state["updates"]


def adam(params: Iterable, lr: float) -> torch.optim.Adam:
    """Adam (Kingma & Ba 2015) in one kernel for all parameters, 2 to 4 times as fast as in several.

    Not so where a parameter is a part of a larger tensor, as `tensor[:, :3]`: up to torch 2.13 that
    kernel writes beside it on the CPU.
    """
    groups = torch.optim.Adam(params, lr=lr).param_groups
    whole = all(tensor.is_contiguous() for group in groups for tensor in group["params"])
    return torch.optim.Adam([{**group, "fused": whole} for group in groups], lr=lr)


def fit(
    loss_fn: Callable[[Any], Tensor], params: Iterable, batches: Iterable, *, lr: float = 1e-2,
    optimizer: Callable[..., torch.optim.Optimizer] = adam,
    schedule: Callable[[float], float] | None = None, clip: float | None = None,
    ema: EMA | None = None, precision: str = "float32", compiled: bool = False,
    checkpoint: Checkpoint | None = None, description: str = "fit",
) -> list[float]:  # fmt: skip
    """Minimise `loss_fn(batch) -> ()` over `params` with Adam, one step a batch: the losses.

    Raises FloatingPointError at the first loss that is not finite. KeyboardInterrupt (Ctrl-C) takes
    effect when the step is done and saved; the weights stay as trained so far. By keyword:
    optimizer    optimizer(params, lr=lr), e.g. partial(torch.optim.AdamW, weight_decay=0.01)
    schedule     progress in (0, 1) -> factor of lr; clip: the largest norm of the gradient
    precision    "float32", "bfloat16", or "float16" with scaled gradients; compiled: torch.compile
    checkpoint   a file from which the run goes on, exactly; ema: an average that follows
    """
    optimizer = optimizer(params, lr=lr)
    objective, scaler = prepared(loss_fn, parameters(optimizer), precision, compiled)
    run = Run(optimizer, batches, scaler, ema)
    with closing(progress(Steps(run, schedule, checkpoint), description)) as rest:
        descend(objective, rest, optimizer, scaler, clip, run.losses)
    return run.losses.values


def descend(objective, batches, optimizer, scaler, clip, losses) -> None:
    """The loop: a batch, its loss, the gradient of the loss, a step against the gradient."""
    for batch in batches:
        loss = objective(batch)
        losses.append(loss)  # raises if it is not finite
        optimizer.zero_grad()
        scaler.scale(loss).backward()
        if clip is not None:
            scaler.unscale_(optimizer)
            nn.utils.clip_grad_norm_(parameters(optimizer), clip)
        scaler.step(optimizer)


def prepared(
    loss_fn: Callable[[Any], Tensor], params: list[Tensor], precision: str, compiled: bool
) -> tuple[Callable[[Any], Tensor], torch.amp.GradScaler]:
    """The loss compiled, averaged over processes and in lower precision, and a scaler of gradients.

    Raises ValueError if the precision is unknown, or is float16 and the parameters not on CUDA.
    """
    kind = params[0].device.type
    if precision not in ("float32", "bfloat16", "float16"):
        raise ValueError(f"precision: expected float32, bfloat16 or float16, got {precision!r}")
    if precision == "float16" and kind != "cuda":
        raise ValueError(f"precision: float16 needs parameters on CUDA, got {kind}; try bfloat16")
    loss_fn = parallel.averaged(_compiled(loss_fn) if compiled else loss_fn, params)
    scaler = torch.amp.GradScaler(kind, enabled=precision == "float16")
    if precision == "float32":
        return loss_fn, scaler

    def in_lower_precision(batch: Any) -> Tensor:
        with torch.autocast(kind, getattr(torch, precision)):
            return loss_fn(batch)

    return in_lower_precision, scaler


def _compiled(loss_fn: Callable[[Any], Tensor]) -> Callable[[Any], Tensor]:
    faster = torch.compile(loss_fn)

    @wraps(loss_fn, updated=())
    def call(batch: Any) -> Tensor:
        try:
            return faster(batch)
        except torch._dynamo.exc.TorchDynamoException as error:
            reason = str(error).strip().split("\n")[0]
            raise RuntimeError(f"compiled: torch.compile failed: {reason}; use False") from error

    return call
