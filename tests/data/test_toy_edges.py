"""The checkerboard at its edges: a square holds its lower edges and not its upper ones."""

import math

import pytest
import torch

from dgm_course.data.toy import Checker


@pytest.mark.parametrize(
    ("point", "inside"),
    [
        ((-4, -4), True),
        ((0, 0), True),
        ((-2, -2), True),
        ((-2, -4), False),
        ((4, 0), False),  # the square beyond would be a dark one
        ((0, 4), False),
        ((4, 4), False),
        ((-4.001, -2), False),
    ],
)
def test_a_point_on_an_edge_belongs_to_the_square_above_it(point, inside):
    log_prob = Checker().log_prob(torch.tensor([point], dtype=torch.float64))
    assert log_prob.item() == (pytest.approx(-math.log(32)) if inside else -math.inf)
