"""Several processes, each with a share of every batch: one script, started by torch's launcher.

    python -m torch.distributed.run --nproc-per-node 2 script.py

Each process computes the gradient of its own share, `DistributedDataParallel` averages the
gradients before the step (Li et al. 2020), and so all hold the same weights at all times. The mean
of the gradients of equal shares is the gradient of the mean over the whole batch: two processes do
what one does. In a process alone nothing here has an effect, and no script needs to ask.
"""

import atexit
import inspect
import os
import random
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import torch
from torch import Tensor, distributed, nn


def launched() -> bool:
    """Whether this process was started by torch's launcher."""
    return distributed.is_available() and distributed.is_torchelastic_launched()


def rank() -> int:
    """The number of this process, from 0; the first one writes files and shows progress."""
    return int(os.environ["RANK"]) if launched() else 0


def local_rank() -> int:
    """The number of this process on its own machine, which is the number of its GPU."""
    return int(os.environ["LOCAL_RANK"]) if launched() else 0


def processes() -> int:
    """How many processes train together: 1 unless started by torch's launcher."""
    return int(os.environ["WORLD_SIZE"]) if launched() else 1


def share(size: int) -> slice:
    """The rows of a batch of `size` that this process works on.  Raises if shares are not equal."""
    n = processes()
    if size % n:
        raise ValueError(f"size: expected a multiple of {n}, the number of processes, got {size}")
    return slice(rank() * size // n, (rank() + 1) * size // n)


def gather(value: Any) -> list[Any]:
    """What each process brought here, in their order; all of them wait for each other."""
    if processes() == 1:
        return [value]
    _connect()
    values = [None] * processes()
    distributed.all_gather_object(values, value)
    return values


def averaged(loss_fn: Callable[[Any], Tensor], params: Iterable[Tensor]) -> Callable[[Any], Tensor]:
    """The same loss, whose `backward` averages the gradients of `params` over the processes.

    All start from the weights of the first process, and every one of `params` must have a part in
    the loss. If `loss_fn` is a module or the method of one, `model.loss`, each step starts from the
    buffers of the first, too; else they stay apart. The first's are those that files keep.
    Raises TypeError if `params` are plain tensors, which are allowed in a process alone.
    """
    if processes() == 1:
        return loss_fn
    _connect()
    return nn.parallel.DistributedDataParallel(_Objective(loss_fn, params))


def from_the_first(module: nn.Module) -> None:
    """Give `module` in all processes the parameters and buffers that it has in the first."""
    if processes() > 1:
        _connect()
        for value in module.state_dict().values():
            distributed.broadcast(value, 0)


def split_noise() -> None:
    """Let each process draw noise of its own from here on; the first goes on as it was."""
    if rank() > 0:
        torch.manual_seed(torch.randint(2**62, ()).item() + rank())


def join_noise() -> None:
    """Let all processes go on with the random numbers of the first."""
    if processes() > 1:
        set_random_state(gather(random_state())[0])


def random_state() -> dict[str, Any]:
    """The state of every stream of random numbers: Python, NumPy, torch, and the accelerator."""
    state = {"python": random.getstate(), "torch": torch.get_rng_state()}
    state["numpy"] = np.random.get_state(legacy=False)
    state["numpy"]["state"]["key"] = state["numpy"]["state"]["key"].tolist()
    if torch.accelerator.is_available():
        kind = torch.accelerator.current_accelerator().type
        state[kind] = torch.get_device_module(kind).get_rng_state()
    return state


def set_random_state(state: dict[str, Any]) -> None:
    """Take up the streams where `random_state` found them; one of a device not here is left out."""
    version, numbers, gauss = state["python"]
    random.setstate((version, tuple(numbers), gauss))
    key = np.array(state["numpy"]["state"]["key"], dtype=np.uint32)
    np.random.set_state({**state["numpy"], "state": {**state["numpy"]["state"], "key": key}})
    torch.set_rng_state(state["torch"])
    for kind in {"cuda", "mps", "xpu"} & set(state):
        if torch.get_device_module(kind).is_available():
            torch.get_device_module(kind).set_rng_state(state[kind])


class _Objective(nn.Module):
    """A loss as the module that DistributedDataParallel asks for, with the parameters in it."""

    def __init__(self, loss_fn: Callable[[Any], Tensor], params: Iterable[Tensor]) -> None:
        super().__init__()
        plain = inspect.unwrap(loss_fn)
        owner = getattr(plain, "__self__", plain)
        self.owner = owner if isinstance(owner, nn.Module) else None
        self.loss_fn = loss_fn
        for i, param in enumerate(params):
            if not isinstance(param, nn.Parameter):
                got = f"a {type(param).__name__} of shape {tuple(param.shape)}"
                raise TypeError(f"params: several processes need nn.Parameter, got {got}")
            self.register_parameter(f"param{i}", param)  # one of the owner's still counts once

    def forward(self, batch: Any) -> Tensor:
        return self.loss_fn(batch)


def _connect() -> None:
    """Meet the other processes, once: gloo for tensors on the CPU, NCCL for those on a GPU."""
    if not distributed.is_initialized():
        distributed.init_process_group()
        atexit.register(distributed.destroy_process_group)
