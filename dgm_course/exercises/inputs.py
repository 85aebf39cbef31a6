"""Random inputs that exercises share: sizes, points and distributions from a torch.Generator."""

import torch
from torch import Generator, Tensor


def size(generator: Generator, low: int, high: int) -> int:
    """A random whole number in [low, high]."""
    return int(torch.randint(low, high + 1, (), generator=generator))


def even(low: float, high: float, n: int) -> Tensor:
    """Evenly spaced numbers, on the CPU whatever the default device is: (n,)."""
    return torch.linspace(low, high, n, device="cpu")


def normal(generator: Generator, *shape: int, spread: float = 1.0) -> Tensor:
    """Independent Gaussians of standard deviation `spread`."""
    return spread * torch.randn(*shape, generator=generator)


def distribution(generator: Generator, *shape: int, spread: float = 1.0) -> Tensor:
    """Probabilities over the last dimension, all positive: (..., K)."""
    return normal(generator, *shape, spread=spread).softmax(-1)


def with_zero(p: Tensor, at: int) -> Tensor:
    """The same distribution with outcome `at` made impossible: (K,) -> (K,)."""
    p = p.clone()
    p[at] = 0
    return p / p.sum()


def coins(n: int = 41) -> Tensor:
    """All coins, from one that never lands heads to one that always does: (n, 2)."""
    heads = even(0, 1, n)
    return torch.stack([heads, 1 - heads], -1)


def zeros(g: Generator) -> dict[str, Tensor]:
    """Zeros in p alone, in both, in q alone: single vectors and a batch of two rows."""
    full, other = distribution(g, 4), distribution(g, 2, 4)
    no_first = other * torch.tensor([0.0, 1.0, 1.0, 1.0])
    no_first = no_first / no_first.sum(-1, keepdim=True)
    return {
        "zero": with_zero(distribution(g, 4), at=size(g, 0, 3)),
        "full": full,
        "both_or_one": torch.stack([with_zero(full, 0), full]),
        "no_first": no_first,
    }
