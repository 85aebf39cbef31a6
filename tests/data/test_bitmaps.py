"""Bitmaps of the digits: exact counts, deformations of known effect, levels as in the data."""

import pytest
import torch

from dgm_course.data.bitmaps import deform, from_bitmaps, more, to_bitmaps
from dgm_course.data.images import digits, to_levels

STILL = {"rotation": 0.0, "shear": 0.0, "stretch": 0.0, "shift": 0.0}


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def blob():
    """A filled box of 8 x 12 in the middle of bitmaps of 32 x 24: (500, 1, 32, 24)."""
    bitmap = torch.zeros(1, 1, 32, 24)
    bitmap[..., 12:20, 6:18] = 1
    return bitmap.expand(500, -1, -1, -1)


def moments(bitmaps):
    """Centre and covariance of the ink of each: (N, 2), (N, 2, 2), order x, y."""
    mass = bitmaps[:, 0] / bitmaps.sum((1, 2, 3))[:, None, None]
    y, x = torch.meshgrid(*(torch.arange(float(s)) for s in bitmaps.shape[2:]), indexing="ij")
    places = torch.stack([x, y], -1)
    centre = (mass[..., None] * places).sum((1, 2))
    apart = places - centre[:, None, None]
    return centre, torch.einsum("nij,nija,nijb->nab", mass, apart, apart)


def test_counts_of_the_bitmaps_are_the_images():
    x = digits("train").x
    bitmaps = to_bitmaps(x)
    assert bitmaps.shape == (1000, 1, 32, 32)
    assert set(bitmaps.unique().tolist()) == {0.0, 1.0}
    assert torch.equal(from_bitmaps(bitmaps), x)
    assert torch.equal(bitmaps.unfold(2, 4, 4).unfold(3, 4, 4).sum((-1, -2)), 8 * (x + 1))


def test_ink_of_a_block_lies_where_the_neighbours_are_dark():
    level = torch.tensor([[0, 8, 16], [0, 8, 16]])[None, None]
    bitmap = to_bitmaps(level / 8.0 - 1)[0, 0]
    expected = torch.tensor([0.0] * 6 + [1.0] * 6).expand(8, -1)
    assert torch.equal(bitmap, expected)


def test_images_need_not_be_square():
    x = torch.linspace(-1, 1, 15).mul(8).round().div(8).reshape(1, 1, 3, 5)
    assert to_bitmaps(x).shape == (1, 1, 12, 20)
    assert torch.equal(from_bitmaps(to_bitmaps(x)), x)


def test_nothing_moves_at_zero_amounts():
    bitmaps = to_bitmaps(digits("validation").x)
    assert torch.equal(deform(bitmaps, **STILL), bitmaps)


def test_deformed_bitmaps_are_black_and_white():
    bitmaps = to_bitmaps(digits("validation").x)
    deformed = deform(bitmaps, generator=seeded())
    assert set(deformed.unique().tolist()) == {0.0, 1.0}
    assert not torch.equal(deformed, bitmaps)


def test_a_shift_is_sideways_and_in_pixels_of_the_image():
    centre, _ = moments(deform(blob(), **{**STILL, "shift": 0.5}, generator=seeded()))
    assert centre[:, 1].std() < 1e-5
    assert centre[:, 0].std() == pytest.approx(4 * 0.5, rel=0.15)


def test_a_stretch_widens_and_keeps_the_height():
    _, spread = moments(deform(blob(), **{**STILL, "stretch": 0.2}, generator=seeded()))
    assert spread[:, 1, 1].std() < 1e-4
    assert (0.5 * spread[:, 0, 0].log()).std() == pytest.approx(0.2, rel=0.15)


def test_a_shear_moves_rows_sideways_in_proportion_to_their_height():
    _, spread = moments(deform(blob(), **{**STILL, "shear": 0.2}, generator=seeded()))
    slope = spread[:, 0, 1] / spread[:, 1, 1]
    assert slope.std() == pytest.approx(0.2 * 24 / 32, rel=0.2)  # in units of half an edge
    assert spread[:, 1, 1].std() < 0.1


def test_a_rotation_turns_the_long_axis():
    box = torch.zeros(400, 1, 40, 40)
    box[..., 17:23, 8:32] = 1
    _, spread = moments(deform(box, **{**STILL, "rotation": 0.2}, generator=seeded()))
    angle = 0.5 * torch.atan2(2 * spread[:, 0, 1], spread[:, 0, 0] - spread[:, 1, 1])
    assert angle.std() == pytest.approx(0.2, rel=0.15)
    assert (spread.diagonal(dim1=1, dim2=2).sum(-1) / (24**2 + 6**2) * 12).std() < 0.02


def test_deformed_digits_keep_the_frequencies_of_the_levels():
    """Resampled at 8 x 8 they would not: level 16 becomes rare."""
    x = digits("train").x
    levels = to_levels(more(x, copies=3, originals=0, generator=seeded()))
    found = levels.flatten().bincount(minlength=17) / levels.numel()
    expected = to_levels(x).flatten().bincount(minlength=17) / x.numel()
    assert 0.5 * (found - expected).abs().sum() < 0.03


def test_more_digits_are_the_originals_and_others_near_them():
    x = digits("train").x[:50]
    many = more(x, copies=3, originals=2, generator=seeded())
    assert many.shape == (250, 1, 8, 8)
    assert torch.equal(many[:100], torch.cat([x, x]))
    apart = (many[100:] - torch.cat([x] * 3)).flatten(1).norm(dim=1)
    assert 0.2 < apart.mean() < torch.pdist(x.flatten(1)).mean() / 2
    assert torch.equal(many, more(x, copies=3, originals=2, generator=seeded()))
