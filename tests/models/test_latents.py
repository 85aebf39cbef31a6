"""Ways through a latent space, and which of its dims are in use."""

import math

import numpy as np
import pytest
import torch
from scipy.spatial import geometric_slerp

from dgm_course.models.latents import active_units, interpolate, slerp

exact = {"rtol": 1e-10, "atol": 1e-10}


def noise(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, dtype=torch.float64, generator=generator)


def test_active_units_are_those_whose_posterior_mean_varies_over_the_data():
    std = torch.tensor([0.0, 0.09, 0.11, 1.0]).double()
    column = torch.tensor([-1.0, 1.0] * 500).double()[:, None] / math.sqrt(1000 / 999)
    mean = column * std + torch.tensor([5.0, 0.0, -3.0, 0.0]).double()
    assert active_units(mean).tolist() == [False, False, True, True]
    assert active_units(mean, threshold=0.5).tolist() == [False, False, False, True]


@pytest.mark.parametrize("shape", [(7,), (1, 7)])
def test_active_units_need_several_images(shape):
    with pytest.raises(ValueError, match=r"mean: expected \(n, D\) with n > 1, got"):
        active_units(noise(*shape))


@pytest.mark.parametrize("shape", [(5,), (4, 5), (2, 3, 5)])
def test_the_line_has_equal_steps_from_end_to_end(shape):
    a, b = noise(*shape), noise(*shape, seed=1)
    path = interpolate(a, b, 9)
    truth = np.linspace(a.numpy(), b.numpy(), 9)
    torch.testing.assert_close(path, torch.tensor(truth), **exact)


def test_the_arc_is_that_of_scipy_on_the_unit_sphere():
    a, b = (x / x.norm() for x in (noise(5), noise(5, seed=1)))
    truth = geometric_slerp(a.numpy(), b.numpy(), np.linspace(0, 1, 9))
    torch.testing.assert_close(slerp(a, b, 9), torch.tensor(truth), **exact)


def test_the_arc_goes_from_end_to_end_in_equal_angles_for_each_row():
    a, b = noise(4, 5), noise(4, 5, seed=1)
    path = slerp(a, b, 9)
    torch.testing.assert_close(path[0], a, **exact)
    torch.testing.assert_close(path[-1], b, **exact)
    alone = torch.stack([slerp(a[i], b[i], 9) for i in range(4)], 1)
    torch.testing.assert_close(path, alone, **exact)
    same_length = slerp(a, b / b.norm(dim=1, keepdim=True) * a.norm(dim=1, keepdim=True), 9)
    norm = same_length.norm(dim=-1)
    torch.testing.assert_close(norm, a.norm(dim=1).expand(9, 4), **exact)
    cosine = (same_length[1:] * same_length[:-1]).sum(-1) / a.norm(dim=1) ** 2
    torch.testing.assert_close(cosine, cosine[:1].expand(8, 4), **exact)


def test_half_way_the_line_is_too_short_for_a_gaussian_and_the_arc_is_not():
    """|z| of 100 dims is 10 within 0.7, and that of the mean of two draws 7.07."""
    a, b = noise(1000, 100), noise(1000, 100, seed=1)
    line, arc = (way(a, b, 3)[1].norm(dim=1) for way in (interpolate, slerp))
    for norm, truth in ((line, math.sqrt(50)), (arc, 10.0)):
        assert norm.mean().item() == pytest.approx(truth, rel=0.01)


def test_the_arc_between_parallel_vectors_is_the_line():
    a = noise(5)
    for b in (a, 3 * a, a + 1e-9 * noise(5, seed=1)):
        torch.testing.assert_close(slerp(a, b, 7), interpolate(a, b, 7), rtol=1e-8, atol=1e-8)


def test_no_arc_is_drawn_where_none_is_the_shortest():
    a = noise(4, 5)
    for b in (-a, -2 * a, torch.zeros_like(a)):
        with pytest.raises(ValueError, match="a, b: expected vectors that are not zero or opposi"):
            slerp(a, b, 5)


@pytest.mark.parametrize("way", [interpolate, slerp])
def test_ends_that_differ_in_shape_and_a_single_step_are_refused(way):
    with pytest.raises(ValueError, match=r"b: expected the shape of a \(5,\), got \(4, 5\)"):
        way(noise(5), noise(4, 5), 5)
    with pytest.raises(ValueError, match="steps: expected at least 2, got 1"):
        way(noise(5), noise(5, seed=1), 1)
