"""Samples of the density models are drawn independently, not dealt out in turn."""

import math

import torch

from dgm_course.models.density import Histogram, KernelDensity


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def test_kernels_are_drawn_with_replacement():
    """Of n draws from n centres a share 1/e misses any one: the occupancy problem, Feller 1968."""
    n = 1000
    centers = torch.arange(n, dtype=torch.float64)[:, None]
    x = KernelDensity(centers, bandwidth=1e-3).sample(n, seeded())
    spread = math.sqrt(n * (math.exp(-1) - 2 * math.exp(-2)))
    missed = n - len(x.round().unique())
    assert abs(missed - n * (1 - 1 / n) ** n) < 4 * spread


def test_one_sample_is_not_the_next():
    """The correlation of neighbours among n independent draws is within 4 / sqrt(n) of zero."""
    data = torch.randn(60, 1, dtype=torch.float64, generator=seeded(1)).sort(0).values
    for model in (KernelDensity(data, bandwidth=0.1), Histogram(data, -6, 6, bins=24)):
        x = model.sample(5000, seeded())[:, 0]
        correlation = torch.corrcoef(torch.stack([x[1:], x[:-1]]))[0, 1]
        assert abs(correlation) < 4 / math.sqrt(len(x))
