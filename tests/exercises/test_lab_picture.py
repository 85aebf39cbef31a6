"""The picture of a check: the target on the left; on the right the answer over the target."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from dgm_course import plot
from dgm_course.exercises.exercise import Picture
from dgm_course.exercises.lab import Lab

from .notebook import TOY, once, twice


def drawn_by(answer):
    """What `draw` was given: the panel, the color, the output, in order."""
    calls = []

    def draw(ax, inputs, outputs, color):
        panel = list(ax.figure.axes).index(ax)
        calls.append((panel, color, outputs["random"], inputs["x"]))

    def double(x):
        return answer(x)

    Lab("95_drawn", (replace(TOY, picture=Picture(draw, "random", "sums.")),)).check(double)
    return calls


def test_the_target_is_left_and_the_answer_right_over_the_target(shown):
    calls = drawn_by(once)
    assert [panel for panel, *_ in calls] == [0, 1, 1]
    colors = [color for _, color, *_ in calls]
    assert (colors[0], colors[2]) == (plot.COLOR["data"], plot.COLOR["model"])
    x = torch.tensor(calls[0][3])
    for (_, _, output, _), want in zip(calls, (twice(x), twice(x), once(x)), strict=True):
        np.testing.assert_allclose(output, want.numpy())


@pytest.mark.parametrize("answer", [lambda x: 2 * x.sum(), lambda x: None, lambda x: 1 / 0])
def test_what_has_another_shape_is_not_drawn(shown, answer):
    assert [panel for panel, *_ in drawn_by(answer)] == [0, 1]
