"""The grid under every entropy: the centres of equal cells that fill the box."""

import math

import numpy as np
import pytest

from dgm_course.data.target import grid


@pytest.mark.parametrize(("low", "high", "step"), [((-1.0,), (2.0,), 0.25), ((0, 1), (1, 4), 0.3)])
def test_the_points_are_the_centres_of_cells_no_wider_than_the_step(low, high, step):
    x, cell = grid(low, high, step)
    for d, (a, b) in enumerate(zip(low, high, strict=True)):
        edges = np.linspace(a, b, math.ceil((b - a) / step) + 1)
        centres = np.unique(x[:, d].numpy().round(12))
        np.testing.assert_allclose(centres, (edges[1:] + edges[:-1]) / 2, atol=1e-11)
    assert len(x.unique(dim=0)) == len(x)
    assert cell * len(x) == pytest.approx(np.prod(np.subtract(high, low)), rel=1e-12)
