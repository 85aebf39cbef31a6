"""Training in the open: seeds, the device, a progress bar, and one loop.

The loop is the whole of it: draw a batch, `zero_grad`, `backward`, `step` (Robbins & Monro 1951;
Adam, Kingma & Ba 2015).  There is no trainer and no callback: what a model needs is in its loss.
"""

import os
import random
from collections.abc import Callable, Iterable, Iterator

import numpy as np
import torch
from torch import Tensor


def set_seed(seed: int = 0) -> torch.Generator:
    """Seed Python, NumPy and torch, and return a torch.Generator with the same seed."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    return torch.Generator().manual_seed(seed)


def device() -> torch.device:
    """The best device of this machine: CUDA, then Apple's MPS, then the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def progress(steps: Iterable, description: str = "") -> Iterator:
    """The same items under a progress bar; no bar when outputs are stored (DGM_STATIC=1)."""
    if os.environ.get("DGM_STATIC") == "1":
        yield from steps
        return
    from tqdm.auto import tqdm

    yield from tqdm(steps, desc=description, leave=False)


def minibatches(x: Tensor, size: int, steps: int, generator=None) -> Iterator[Tensor]:
    """`steps` random batches `(size, *event)` of data that live on the device as one tensor."""
    if not 0 < size <= len(x):
        raise ValueError(f"size: expected 1 to {len(x)}, the number of examples, got {size}")
    device = generator.device if generator else "cpu"
    for _ in range(steps):
        chosen = torch.randint(len(x), (size,), generator=generator, device=device)
        yield x[chosen.to(x.device)]


def fit(
    loss_fn: Callable[[Tensor], Tensor],
    params: Iterable[Tensor],
    batches: Iterable[Tensor],
    *,
    lr: float = 1e-2,
    description: str = "fit",
) -> list[float]:
    """Minimise `loss_fn(batch) -> ()` over `params` with Adam, one step a batch: the losses.

    Raises FloatingPointError at the first loss that is not finite.
    """
    optimizer = torch.optim.Adam(params, lr=lr)
    losses = []
    for batch in progress(batches, description):
        loss = loss_fn(batch)
        if not torch.isfinite(loss):
            raise FloatingPointError(f"loss: {loss.item()} at step {len(losses)}; try a smaller lr")
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
