"""The pictures of lecture 00 show what they say."""

import numpy as np
import pytest
import torch
from scipy import special, stats

from dgm_course import plot, scenes_density, widgets
from dgm_course.data.images import LEVELS


@pytest.fixture
def images():
    generator = torch.Generator().manual_seed(0)
    return LEVELS * torch.rand(40, 1, 3, 2, generator=generator, dtype=torch.float64)


@pytest.fixture
def points():
    generator = torch.Generator().manual_seed(1)
    return torch.randn(50, 2, generator=generator, dtype=torch.float64)


@pytest.fixture
def shown(monkeypatch):
    """The figures that were shown, kept open to be looked at, with their text alternatives."""
    kept = []
    monkeypatch.setattr(plot, "show", lambda fig, alt: kept.append((fig, alt)))
    yield kept
    plot.pyplot().close("all")


def test_pixel_density_counts_the_levels_of_each_pixel(images):
    old, new = np.floor(images[:30].numpy()), np.floor(images[30:].numpy())
    log_prob = scenes_density.pixel_density(images[:30], pseudocount=0.5)
    counts = (old[None] == new[:, None]).sum(1) + 0.5
    expected = np.log(counts / (30 + 0.5 * LEVELS)).sum((1, 2, 3))
    np.testing.assert_allclose(log_prob(images[30:]), expected, rtol=1e-12)


def test_pixel_density_does_not_see_the_noise_of_dequantisation(images):
    log_prob = scenes_density.pixel_density(images)
    torch.testing.assert_close(log_prob(images.floor() + 0.99), log_prob(images.floor()))


def test_the_picture_under_the_slider_is_the_kernel_density(points):
    _, ax = plot.make_figure(1, 1)
    picture = scenes_density._Picture(ax[0], points.numpy())
    picture.move(0.3)
    grid = np.stack(np.meshgrid(picture.axis, picture.axis), -1)
    expected = sum(stats.multivariate_normal(c, 0.09).pdf(grid) for c in points.numpy()) / 50
    np.testing.assert_allclose(picture.image.get_array(), expected, rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("log10_h", [-2.0, -0.7, 0.3])
def test_the_numbers_beside_the_slider_are_the_mean_log_densities(points, log10_h):
    fig, update = scenes_density.bandwidth(points[:30], points[30:], best=-2.8)()
    update(log10_h)
    lines = fig.axes[1].texts[0].get_text().replace("−", "-").split("\n")
    for x, line in zip((points[:30], points[30:]), lines, strict=True):
        parts = [stats.multivariate_normal(c, 10 ** (2 * log10_h)).logpdf(x) for c in points[:30]]
        expected = (special.logsumexp(parts, axis=0) - np.log(30)).mean()
        assert float(line.split()[-1]) == pytest.approx(expected, abs=0.006)
    plot.pyplot().close(fig)


def test_what_the_slider_moves_is_animated_and_comes_back(points):
    make = scenes_density.bandwidth(points, points, best=-2.8)
    fig, _ = make()
    moving = [a for ax in fig.axes for a in ax.get_children() if a.get_animated()]
    assert len(moving) == 2 + 4  # density, points; two dots, a line, a text
    plot.pyplot().close(fig)
    canvas = widgets.Canvas(make, dpi=50)
    narrow, wide = canvas.render(log10_h=-1.5), canvas.render(log10_h=0.0)
    assert (narrow != wide).any()
    np.testing.assert_array_equal(canvas.render(log10_h=-1.5), narrow)


def test_the_ruler_hangs_each_picture_at_its_log_density(images, shown):
    log_prob = scenes_density.pixel_density(images)
    page = torch.zeros(1, 3, 2, dtype=torch.float64)
    scenes_density.ruler(log_prob, images, {"an empty page": page}, alt="a ruler")
    ((fig, alt),) = shown
    scores = log_prob(images).sort()[0]
    expected = [scores[0], scores[20], scores[-1], log_prob(page[None])[0]]
    hung = [line.get_xdata()[0] for line in fig.axes[0].lines if len(line.get_xdata()) == 1]
    assert sorted(hung) == pytest.approx(sorted(map(float, expected)))
    labels = [text.get_text() for text in fig.axes[0].texts]
    assert f"an empty page\n−{-expected[-1]:.0f}" in labels
    assert alt == "a ruler"


def test_a_view_of_the_plane_is_a_density_or_points(points, shown):
    normal = stats.multivariate_normal([0, 0])

    def log_prob(x):
        return torch.from_numpy(normal.logpdf(x))

    scenes_density.plane({"q": log_prob, "x": points}, over=points, alt="a density and points")
    density, scatter = shown[0][0].axes
    assert len(density.images) == 1 and len(density.collections) == 1
    assert len(scatter.images) == 0 and len(scatter.collections) == 2
    circles = density.collections[0]
    assert len(circles.get_facecolor()) == 0  # open: a narrow density shows inside
    np.testing.assert_array_equal(circles.get_offsets(), points)
    assert density.get_title(loc="left") == "q"


def test_rows_of_images_are_named(shown):
    rows = {"above": torch.zeros(5, 64), "below": torch.ones(5, 64)}
    scenes_density.image_rows(rows, alt="two rows")
    scenes_density.gallery({"one": torch.zeros(6, 1, 8, 8)}, alt="a gallery")
    assert [t.get_text() for t in shown[0][0].axes[0].texts] == ["above", "below"]
    assert shown[1][0].axes[0].get_title(loc="left") == "one"


def test_the_trilemma_names_three_wishes_and_three_families():
    fig, axes = plot.make_figure(1, 1)
    scenes_density.trilemma(ax=axes[0])
    text = " ".join(t.get_text() for t in axes[0].texts)
    assert all(word in text for word in ("quality", "coverage", "speed", "GAN", "VAE", "diffusion"))
    plot.pyplot().close(fig)
