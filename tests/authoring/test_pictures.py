"""The strip of what a reader will make: real figures, and a real check."""

import dataclasses

import numpy as np
import pytest

from dgm_course import picture
from dgm_course.authoring import layout, pictures
from dgm_course.authoring.modules import Picture, load_modules
from dgm_course.authoring.problem import BuildError

ROOT = layout.find_root()
MODULES = load_modules(ROOT)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_every_module_shows_one_figure_of_its_lecture(module):
    assert module.picture, f"{module.name}: say in sources/modules.toml which figure it shows"
    alt, png = pictures.figure(ROOT, module)
    assert module.picture.alt in alt
    assert png.startswith(b"\x89PNG")


@pytest.mark.parametrize("words", ["no figure says this", "a"])
def test_words_that_no_figure_or_several_have_are_refused(words):
    module = dataclasses.replace(MODULES[0], picture=Picture(words, "A caption"))
    with pytest.raises(BuildError, match="figures say"):
        pictures.figure(ROOT, module)


def test_the_strip_shows_the_newest_modules_and_a_check_that_names_a_mix_up():
    parts = pictures.strip(ROOT, "images")
    captions = [caption for caption, _ in parts]
    newest = MODULES[-pictures.NEWEST :]
    assert [f"{m.picture.caption} ({m.number:02d})" for m in newest] == captions[:-1]
    assert "✗ " in parts[-1][1]
    assert "the weights must be p's" in parts[-1][1]
    for form in (pictures.table(parts), pictures.cards(parts)):
        assert all(caption in form and body in form for caption, body in parts)


def test_every_picture_has_a_text_alternative():
    for _, body in pictures.strip(ROOT, "images"):
        assert len(body.split("](")[0]) > 40


def test_pictures_are_the_same_that_look_the_same():
    pixels = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    near, far = pixels ^ 1, 255 - pixels
    png = picture.compress(pixels)
    assert pictures.same(png, picture.encode(near, format="png")) is True
    assert pictures.same(png, picture.encode(far, format="png")) is False
    assert pictures.same(png, picture.encode(pixels[1:], format="png")) is False
