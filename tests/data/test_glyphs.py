"""Glyphs have the factors that they claim, measured on the pixels."""

import time

import pytest
import torch

from dgm_course.data import glyphs as module
from dgm_course.data.glyphs import DIGITS, FONT_NAMES, FONTS, LETTERS, draw, glyphs, render

ALL = DIGITS + LETTERS
LEVEL = 1 / 127.5
every_font = pytest.mark.parametrize("font", FONT_NAMES)


def ink(x):
    """The share of each pixel that is covered, (..., 28, 28)."""
    return (x[..., 0, :, :].double() + 1) / 2


def factors_of(font, **changed):
    plain = {"size": 12.0, "slant": 0.0, "stroke": 0.0, "dx": 0.0, "dy": 0.0}
    return module.Factors(torch.tensor(FONT_NAMES.index(font)), **{**plain, **changed})


def moments(character, font, dx=0.0, dy=0.0, **factors):
    """Centre (x, y) and covariance of the ink in pixels, y downwards, without what pixels add.

    That is the variance of a pixel, 1/12, and an error that depends on where in its pixel an edge
    lies: the mean is taken over 8 x 8 places, each given as if it were (dx, dy).
    """
    place = torch.cartesian_prod(*[torch.arange(8) / 8 - 0.4375] * 2)
    moved = factors_of(font, **factors, dx=dx + place[:, 0], dy=dy + place[:, 1])
    weight = ink(draw(torch.zeros(64).long(), moved, character)).flatten(1)
    axis = torch.arange(28, dtype=torch.float64) - 13.5
    y, x = (grid.flatten() for grid in torch.meshgrid(axis, axis, indexing="ij"))
    points = torch.stack([x, y], -1)
    centre = weight @ points / weight.sum(1, keepdim=True)
    covariance = torch.stack([torch.cov(points.T, aweights=w, correction=0) for w in weight])
    return (centre - place).mean(0), covariance.mean(0) - torch.eye(2).double() / 12


@every_font
@pytest.mark.parametrize("character", "4QW")
def test_dx_and_dy_move_the_centre_of_mass_by_as_many_pixels(font, character):
    centre, covariance = moments(character, font)
    moved, same = moments(character, font, dx=2.3, dy=-1.4)
    shift = torch.tensor([2.3, -1.4], dtype=torch.float64)
    torch.testing.assert_close(moved - centre, shift, atol=0.005, rtol=0)
    torch.testing.assert_close(same, covariance, atol=0.02, rtol=0)


def test_whole_pixels_move_the_image_as_it_is():
    every = torch.arange(len(ALL))
    for font in FONT_NAMES:
        plain = draw(every, factors_of(font, slant=0.1), ALL)
        moved = draw(every, factors_of(font, slant=0.1, dx=-1.0, dy=3.0), ALL)
        expected = plain.roll((3, -1), (-2, -1))
        torch.testing.assert_close(moved, expected, atol=1.01 * LEVEL, rtol=0)


@every_font
def test_size_is_the_height_of_h_in_pixels_and_thicker_strokes_add_to_it(font):
    for size, stroke in ((18.0, 0.1), (14.5, 0.14)):
        rows = ink(render("H", font, size=size, stroke=stroke)).amax(-1)
        assert float(rows.sum()) == pytest.approx(size * (1 + stroke), abs=0.1)


@every_font
@pytest.mark.parametrize("character", "1SW")
def test_size_scales_the_whole_shape(font, character):
    (_, small), (_, large) = (
        moments(character, font, size=s, stroke=0.06, slant=0.1) for s in (8.0, 14.0)
    )
    torch.testing.assert_close(large, small * (14 / 8) ** 2, rtol=0.01, atol=0.06)
    small, large = (render(character, font, size=s, stroke=0.06) for s in (8.0, 14.0))
    assert float(ink(large).sum() / ink(small).sum()) == pytest.approx((14 / 8) ** 2, rel=0.02)


@every_font
@pytest.mark.parametrize("character", "HQ7")
def test_slant_leans_the_top_to_the_right_by_its_tangent(font, character):
    (_, before), (_, after) = (moments(character, font, slant=s) for s in (0.0, 0.3))
    height = before[1, 1]
    assert float(after[0, 1] - before[0, 1]) == pytest.approx(-0.3 * float(height), rel=0.01)
    assert float(after[1, 1]) == pytest.approx(float(height), rel=0.005)
    plain, slanted = (ink(render(character, font, slant=s)) for s in (0.0, 0.3))
    assert float(slanted.sum()) == pytest.approx(float(plain.sum()), rel=0.015)


@every_font
def test_the_top_of_a_slanted_h_is_to_the_right_of_its_foot(font):
    rows = ink(render("H", font, slant=0.3))
    centre = rows @ torch.arange(28).double() / rows.sum(-1)
    assert float(centre[9:12].mean() - centre[16:19].mean()) == pytest.approx(0.3 * 7, abs=0.2)


@every_font
def test_stroke_adds_ink_to_every_character(font):
    steps = torch.linspace(-0.04, 0.16, 9)
    every = torch.arange(len(ALL)).repeat(len(steps))
    factors = factors_of(font, stroke=steps.repeat_interleave(len(ALL)))
    total = ink(draw(every, factors, ALL)).sum((-1, -2)).reshape(len(steps), len(ALL))
    assert total.diff(dim=0).min() > 0.3


@every_font
def test_stroke_thickens_a_bar_by_so_many_heights(font):
    """The bar of an I between its serifs is as wide as its ink in a row."""
    plain, bold = (ink(render("I", font, size=16.0, stroke=s))[12:16].sum(-1) for s in (0.0, 0.1))
    torch.testing.assert_close(bold - plain, torch.full((4,), 1.6).double(), atol=0.03, rtol=0)


@every_font
def test_every_two_characters_differ(font):
    x = draw(torch.arange(len(ALL)), factors_of(font), ALL)
    apart = (ink(x)[:, None] - ink(x)).abs().sum((-1, -2))
    apart.fill_diagonal_(torch.inf)
    first, second = divmod(int(apart.argmin()), len(ALL))
    assert apart.min() > 3, (ALL[first], ALL[second])


def test_every_two_fonts_differ():
    x = torch.cat([draw(torch.arange(len(ALL)), factors_of(f), ALL) for f in FONT_NAMES])
    x = ink(x).reshape(len(FONT_NAMES), -1)
    apart = torch.cdist(x, x, p=1) / len(ALL)
    assert apart.fill_diagonal_(torch.inf).min() > 3


def test_images_fill_the_range_in_256_levels():
    x, character, factors = glyphs("test", LETTERS, n=301)
    assert (x.shape, x.dtype) == ((301, 1, 28, 28), torch.float32)
    assert (character.dtype, factors.font.dtype) == (torch.int64, torch.int64)
    assert (float(x.min()), float(x.max())) == (-1, 1)
    levels = (x + 1) * 127.5
    torch.testing.assert_close(levels, levels.round(), atol=1e-4, rtol=0)


@pytest.mark.parametrize("split", FONTS)
def test_factors_are_uniform_independent_and_name_their_font(split):
    n = 6000
    _, character, factors = glyphs(split, "A7K", n=n, seed=3)
    assert {FONT_NAMES[f] for f in factors.font.unique()} == set(FONTS[split])
    ranges = ((10, 14), (-0.2, 0.2), (0, 0.1), (-1.25, 1.25), (-1.25, 1.25))
    for values, (low, high) in zip(factors[1:], ranges, strict=True):
        error = (high - low) / (12 * n) ** 0.5
        assert low <= values.min() and values.max() <= high
        assert values.mean() == pytest.approx((low + high) / 2, abs=4 * error)
    table = torch.stack([character, *factors]).double()
    correlation = torch.corrcoef(table).fill_diagonal_(0)
    assert correlation.abs().max() < 4.5 / n**0.5
    counts = torch.bincount(character).double()
    assert (counts - n / 3).abs().max() < 4 * (n * 2 / 9) ** 0.5


def test_a_factor_is_fixed_by_a_number():
    factors = glyphs(n=50, size=12.5, stroke=0.0, dx=(-1.0, -0.5)).factors
    assert set(factors.size.tolist()) == {12.5} and set(factors.stroke.tolist()) == {0.0}
    assert factors.dx.min() >= -1 and factors.dx.max() <= -0.5


def test_the_same_seed_gives_the_same_bytes_and_another_other_images():
    first, again, other = glyphs(n=200, seed=5), glyphs(n=200, seed=5), glyphs(n=200, seed=6)
    assert torch.equal(first.x, again.x) and torch.equal(first.character, again.character)
    assert not torch.equal(first.character, other.character)
    assert not torch.equal(first.factors.size, glyphs("test", n=200, seed=5).factors.size)
    assert not torch.equal(first.factors.size, other.factors.size)


def test_fonts_of_the_test_are_of_another_family():
    """By the file that a face is cut from, and by the name of the family."""
    files = {
        split: {module.outlines.FACES[name].file for name in names}
        for split, names in FONTS.items()
    }
    family = {split: {name.split()[0] for name in names} for split, names in FONTS.items()}
    assert not files["train"] & files["test"]
    assert family == {"train": {"DejaVu", "STIX"}, "test": {"Computer"}}
    assert FONT_NAMES == (*FONTS["train"], *FONTS["test"]) == tuple(module.outlines.FACES)


def test_each_image_is_what_render_gives_for_its_factors():
    x, character, factors = glyphs("test", LETTERS, n=150)
    for i in range(0, 150, 7):
        font, *numbers = (values[i].item() for values in factors)
        alone = render(LETTERS[character[i]], FONT_NAMES[font], *numbers)
        torch.testing.assert_close(alone, x[i], atol=1.01 * LEVEL, rtol=0)


def test_a_counterpart_differs_in_the_one_factor_changed():
    data = glyphs(n=140, stroke=0.0)
    assert torch.equal(draw(data.character, data.factors), data.x)
    bold = draw(data.character, data.factors._replace(stroke=0.1))
    assert (ink(bold) - ink(data.x)).min() >= -1.01 / 255, "ink is added, none is taken away"
    i, (font, *numbers) = 131, (values[131].item() for values in data.factors)
    alone = render(DIGITS[data.character[i]], FONT_NAMES[font], *numbers[:2], 0.1, *numbers[3:])
    torch.testing.assert_close(bold[i], alone, atol=1.01 * LEVEL, rtol=0)


@every_font
def test_nothing_is_cut_off_where_all_factors_are_at_their_ends(font):
    every = torch.arange(len(ALL))
    ends = {"size": 14.0, "stroke": 0.1}
    for sign in (-1, 1):
        moved = factors_of(font, slant=0.2 * sign, dx=1.25 * sign, dy=-1.25 * sign, **ends)
        total = ink(draw(every, moved, ALL)).sum((-1, -2))
        small = ink(draw(every, moved._replace(size=8.0), ALL)).sum((-1, -2))
        torch.testing.assert_close(total / 14**2, small / 8**2, rtol=0.02, atol=0)


@pytest.mark.parametrize(("split", "characters"), [("train", ALL), ("test", ALL)])
def test_default_ranges_fit_every_character_and_larger_digits_fit(split, characters):
    assert glyphs(split, characters, n=3).x.shape == (3, 1, 28, 28)
    assert glyphs(split, n=3, size=(14.0, 20.0)).factors.size.min() >= 14
    assert glyphs(split, "abcxyz", n=0).x.shape == (0, 1, 28, 28)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"split": "valid"}, r"split: expected one of 'train', 'test', got 'valid'"),
        ({"characters": ""}, r"characters: expected different characters, got ''"),
        ({"characters": "ABA"}, r"characters: expected different characters, got 'ABA'"),
        ({"characters": "A€"}, r"character: expected one of 0-9, A-Z, a-z, got '€'"),
        ({"n": -1}, r"n: expected n >= 0, got -1"),
        ({"size": (14.0, 10.0)}, r"size: expected a number or .*low <= high, got \(14.0, 10.0\)"),
        ({"dx": float("nan")}, r"dx: expected a number or \(low, high\) .*, got nan"),
        ({"slant": (0.0, 0.6), "size": 8}, r"slant: expected values from -0.5 to 0.5, got 0\.5"),
        ({"characters": "W", "size": (8, 20)}, r"expected a glyph inside 28 x 28 .* got 'W'"),
        ({"dx": (-9.0, 0.0)}, r"size, slant, stroke, dx, dy: expected a glyph inside"),
        ({"dy": 9.0}, r"size, slant, stroke, dx, dy: expected a glyph inside"),
    ],
)
def test_bad_arguments_are_refused_with_what_came_and_what_is_expected(wrong, message):
    with pytest.raises(ValueError, match=message):
        glyphs(**{"n": 60, **wrong})


def test_render_refuses_what_it_cannot_draw():
    with pytest.raises(ValueError, match=r"font: expected one of DejaVu Sans, .*, got 'Arial'"):
        render("A", "Arial")
    with pytest.raises(ValueError, match=r"character: expected one of 0-9, .*, got 'AB'"):
        render("AB", "STIX")
    with pytest.raises(ValueError, match=r"stroke: expected values from -0.04 to 0.2, got 0.3"):
        render("A", "STIX", stroke=0.3)
    with pytest.raises(ValueError, match=r"size: expected values from 6 to 26, got nan"):
        render("A", "STIX", size=float("nan"))
    with pytest.raises(ValueError, match=r"expected a glyph inside .* got 'W' that needs 2\d"):
        render("W", "STIX", size=18, dx=2)
    with pytest.raises(ValueError, match=r"expected a glyph inside .* got 'W' that needs nan"):
        render("W", "STIX", dx=float("nan"))


def test_two_thousand_glyphs_take_less_than_a_second():
    glyphs()
    start = time.process_time()
    glyphs(seed=1)
    assert time.process_time() - start < 1
