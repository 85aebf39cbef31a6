"""A stored picture is sharp, small and true to what was drawn, and says how large it is shown."""

import base64
import io

import numpy as np
import pytest
import torch
from PIL import Image

from dgm_course import picture, plot

X = np.linspace(-2, 3, 300)
SIZE = (4, 3)  # inches


def pixels(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def lines(ax):
    plot.curves(X, {"p": np.sin(X), "q": np.cos(X)}, ax=ax, fill=True)


def gradient(ax):
    plot.density(lambda x: -x.square().sum(-1) / 2, ax=ax)
    plot.scatter(torch.randn(300, 2, generator=torch.manual_seed(0)), ax=ax)


def grey(ax):
    plot.images(torch.rand(8, 1, 16, 16, generator=torch.manual_seed(0)) * 2 - 1, ax=ax)


every = pytest.mark.parametrize("draw", [lines, gradient, grey])


@pytest.fixture
def figure():
    fig, (ax,) = plot.make_figure(size=SIZE)
    yield fig, ax
    plot.pyplot().close(fig)


@every
def test_what_is_stored_looks_like_what_was_drawn(figure, draw):
    fig, ax = figure
    draw(ax)
    drawn = io.BytesIO()
    fig.savefig(drawn, dpi=200, bbox_inches="tight")
    gap = np.abs(pixels(picture.png(fig)) - pixels(drawn.getvalue())).max(-1)
    assert (gap > 8).mean() < 0.02
    assert gap.mean() < 0.5, "of 255: smooth shades stay smooth"


@every
@pytest.mark.parametrize("small", [True, False])
def test_the_same_figure_has_the_same_bytes_and_no_version_inside(figure, draw, small):
    fig, ax = figure
    draw(ax)
    stored = picture.png(fig, small=small)
    assert stored == picture.png(fig, small=small)
    assert b"matplotlib" not in stored.lower()


def test_a_palette_halves_a_figure_and_is_not_forced_on_a_photograph(figure):
    fig, ax = figure
    lines(ax)
    drawn = pixels(picture.png(fig)).astype(np.uint8)
    assert len(picture.compress(drawn)) < 0.6 * len(picture.encode(drawn, format="png"))
    photo = np.random.default_rng(0).integers(0, 256, (60, 60, 3), dtype=np.uint8)
    np.testing.assert_array_equal(pixels(picture.compress(photo)), photo)


def test_a_picture_is_shown_at_half_its_pixels_in_its_own_shape(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, **k: shown.append((data, k)))
    with plot.figure(size=SIZE, alt="A wave.", layout="none") as (ax,):
        lines(ax)
    ((data, options),) = shown
    said = options["metadata"]["image/png"]
    height, width, _ = pixels(base64.b64decode(data["image/png"])).shape
    assert said["width"] == pytest.approx(width / 2, abs=1)
    assert said["height"] == pytest.approx(height / 2, abs=1)
    assert 300 < said["width"] <= 420, "an inch of figure is 100 pixels of a page"
