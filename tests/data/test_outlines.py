"""Outlines and whole images against other readers and painters of the same font files."""

import math
import unicodedata
from pathlib import Path

import matplotlib
import numpy as np
import pytest
import torch
from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from dgm_course.data import outlines
from dgm_course.data.glyphs import DIGITS, FONT_NAMES, LETTERS, render
from dgm_course.data.outlines import CHARACTERS, FACES, code, shape

FINE = 16  # pixels of the painted image a pixel of the glyph
every_font = pytest.mark.parametrize("font", FONT_NAMES)


def file_of(font):
    folder = Path(matplotlib.get_data_path(), "fonts", "ttf")
    return folder / f"{FACES[font].file}.ttf"


@every_font
def test_a_face_has_each_character_under_its_own_code(font):
    known = TTFont(file_of(font)).getBestCmap()
    for character in CHARACTERS:
        number = code(character, FACES[font])
        assert unicodedata.normalize("NFKC", chr(number)) == character
        assert known[number] != ".notdef"


def painted(text, font, size):
    """FreeType's own picture, by Pillow, FINE times as large: solid or not, and its centre."""
    pixels = 512
    for _ in range(3):  # so large that H is `size` high
        pillow = ImageFont.truetype(file_of(font), pixels, layout_engine=ImageFont.Layout.BASIC)
        left, top, right, bottom = pillow.getbbox(chr(code("H", FACES[font])))
        pixels *= size * FINE / (bottom - top)
    left, top, right, bottom = pillow.getbbox(text)
    canvas = Image.new("L", (28 * FINE, 28 * FINE))
    place = (14 * FINE - (left + right) / 2, 14 * FINE - (top + bottom) / 2)
    ImageDraw.Draw(canvas).text(place, text, fill=255, font=pillow)
    solid = np.asarray(canvas) > 127
    if not solid.any():  # as some fonts paint a missing glyph
        return solid, None
    centre = [np.flatnonzero(solid.any(axis))[[0, -1]].mean() for axis in (1, 0)]
    return solid, np.array(centre)


def pooled(picture):
    return picture.reshape(28, FINE, 28, FINE).mean((1, 3))


def reference(character, font, size, slant, stroke, dx, dy):
    """Thicken by the distance that SciPy measures, then slant and move with its interpolation."""
    solid, centre = painted(chr(code(character, FACES[font])), font, size)
    outside, inside = (ndimage.distance_transform_edt(s) for s in (~solid, solid))
    thick = (inside - outside > -stroke / 2 * size * FINE).astype(float)
    matrix = np.array([[1.0, 0.0], [slant, 1.0]])  # (row, column) out to (row, column) in
    middle = 14 * FINE - 0.5 + FINE * np.array([dy, dx])
    offset = centre - matrix @ middle
    return pooled(ndimage.affine_transform(thick, matrix, offset, order=1))


@every_font
@pytest.mark.parametrize("character", "28GRW")
@pytest.mark.parametrize(
    "numbers", [(13.0, 0.0, 0.0, 0.0, 0.0), (12.0, 0.2, 0.09, 1.1, -0.7), (14.0, -0.2, -0.02, 0, 1)]
)
def test_an_image_is_what_freetype_paints(font, character, numbers):
    expected = reference(character, font, *numbers)
    got = (render(character, font, *numbers)[0].double().numpy() + 1) / 2
    assert got.sum() == pytest.approx(expected.sum(), rel=0.05)
    assert np.abs(got - expected).max() < 0.2
    assert np.abs(got - expected).sum() / expected.sum() < 0.07


@every_font
def test_no_character_is_the_box_of_a_missing_glyph(font):
    missing = pooled(painted("\U0010fffe", font, 12.0)[0])
    for character in DIGITS + LETTERS:
        got = (render(character, font)[0].double().numpy() + 1) / 2
        assert np.abs(got - missing).sum() > 5


@every_font
def test_a_field_is_centred_and_as_large_as_its_box(font):
    axis = (np.arange(outlines.CELLS) + 0.5) * 2 * outlines.REACH / outlines.CELLS - outlines.REACH
    for character in "1JQWjg":
        field, width, height = shape(character, font)
        assert field.shape == (outlines.CELLS, outlines.CELLS)
        inside = field.numpy() > 0
        across, down = axis[inside.any(0)], axis[inside.any(1)]
        cell = 2 * outlines.REACH / outlines.CELLS
        for found, size in ((across, width), (down, height)):
            assert found.max() == pytest.approx(size / 2, abs=1.5 * cell)
            assert found.min() == pytest.approx(-size / 2, abs=1.5 * cell)
        assert max(width, height) / 2 + 0.1 < outlines.REACH, "room for the thickest stroke"


def test_the_distance_to_a_square_is_known_everywhere():
    corner = torch.tensor([[0.0, 0], [2, 0], [2, 2], [0, 2]]) - 1
    points = torch.tensor([[0.0, 0], [0.5, 0.1], [3, 0], [0, -4], [4, 5], [1, 1]])
    found = outlines.distance(points, corner, corner.roll(-1, 0))
    expected = torch.tensor([1, 0.5, 2, 3, math.hypot(3, 4), 0])
    torch.testing.assert_close(found, expected, atol=1e-3, rtol=0)


def test_a_ring_is_hollow():
    """Two squares, one in the other, whichever way round they are drawn."""
    corner = torch.tensor([[-1.0, -1], [1, -1], [1, 1], [-1, 1]])
    axis = torch.linspace(-1.5, 1.45, 60)
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    outer, inner = (torch.maximum(x.abs(), y.abs()) < half for half in (1.0, 0.5))
    for hole in (0.5 * corner, 0.5 * corner.flip(0)):
        start = torch.cat([corner, hole])
        end = torch.cat([corner.roll(-1, 0), hole.roll(-1, 0)])
        found = outlines.inside(axis, start, end)
        close = ((torch.maximum(x.abs(), y.abs()) - 1).abs() < 0.01) | (
            (torch.maximum(x.abs(), y.abs()) - 0.5).abs() < 0.01
        )
        assert torch.equal(found | close, (outer & ~inner) | close)


def test_what_there_is_not_is_refused():
    with pytest.raises(ValueError, match=r"^font: expected one of DejaVu Sans, .*, got 'Arial'"):
        shape("A", "Arial")
    for character in ("", "AB", "é"):
        with pytest.raises(ValueError, match=rf"^character: expected .*, got '{character}'"):
            shape(character, "STIX")
