"""The pictures of lecture 02 show what they say."""

import numpy as np
import pytest
import torch

from dgm_course import plot, widgets
from dgm_course import scenes_autoencoders as scenes


@pytest.fixture
def codes():
    generator = torch.Generator().manual_seed(0)
    z = torch.rand(60, 2, generator=generator, dtype=torch.float64)
    return z * torch.tensor([3.0, 0.5]) + torch.tensor([-1.0, 2.0])


@pytest.fixture
def label():
    return torch.arange(60) % 10


@pytest.fixture
def shown(monkeypatch):
    """The figures that were shown, kept open to be looked at, with their text alternatives."""
    kept = []
    monkeypatch.setattr(plot, "show", lambda fig, alt: kept.append((fig, alt)))
    yield kept
    plot.pyplot().close("all")


@pytest.fixture
def ax():
    fig, axes = plot.make_figure()
    yield axes[0]
    plot.pyplot().close(fig)


def paint(z):
    """Images (B, 1, 6, 4) that say where they are: the left half is z1, the right half z2."""
    halves = z[:, :, None, None].expand(-1, -1, 6, 2)
    return torch.cat([halves[:, :1], halves[:, 1:]], -1)


def test_the_plane_has_its_top_row_first_and_fills_the_box(codes):
    low, high = codes.amin(0), codes.amax(0)
    grid = scenes.plane(codes, 4).reshape(4, 4, 2)
    share = (grid - low) / (high - low)
    expected = torch.tensor([1, 3, 5, 7]).double() / 8
    torch.testing.assert_close(share[2, :, 0], expected)
    torch.testing.assert_close(share[:, 3, 1], expected.flip(0))


def test_the_map_shows_every_code_and_what_each_place_decodes_to(codes, label, shown):
    scenes.latent_map(codes, label, paint, alt="a map")
    [(fig, alt)] = shown
    left, right = fig.axes
    points = np.concatenate([np.asarray(c.get_offsets()) for c in left.collections])
    assert alt == "a map" and sorted(map(tuple, points)) == sorted(map(tuple, codes.tolist()))
    assert left.get_xlim() == right.get_xlim() and left.get_ylim() == right.get_ylim()
    picture = right.images[0]
    x0, x1, y0, y1 = picture.get_extent()
    pixels = picture.get_array()
    rows, columns = pixels.shape
    for z1, z2 in scenes.plane(codes, scenes.SIDE)[[0, 5, 37, -1]].tolist():
        row, column = (y1 - z2) / (y1 - y0) * rows, (z1 - x0) / (x1 - x0) * columns
        assert pixels[int(row), int(column) - 1] == pytest.approx(z1)
        assert pixels[int(row), int(column) + 1] == pytest.approx(z2)


def test_the_images_of_the_map_are_parted_by_gaps(codes, label, shown):
    scenes.latent_map(codes, label, paint, alt="a map")
    pixels = np.ma.filled(shown[0][0].axes[1].images[0].get_array(), np.nan)
    assert pixels.shape == (scenes.SIDE * 8, scenes.SIDE * 6)
    assert np.isnan(pixels).mean() == pytest.approx(1 - 24 / 48)


def test_doubt_is_dark_where_the_judge_is_unsure_and_lined_at_nine_tenths(codes, label, shown):
    low, high = codes.amin(0), codes.amax(0)
    scenes.doubt(codes, label, lambda z: ((z - low) / (high - low))[:, 1], alt="doubt", n=50)
    axes = shown[0][0].axes[0]
    pixels = axes.images[0].get_array()
    assert pixels[0].mean() == pytest.approx(0.99) and pixels[-1].mean() == pytest.approx(0.01)
    lines = [c for c in axes.collections if hasattr(c, "levels")]
    [path] = lines[0].get_paths()
    height = (path.vertices[:, 1] - low[1].item()) / (high - low)[1].item()
    np.testing.assert_allclose(height, 0.9, atol=0.011)


@pytest.mark.parametrize("across, up, sure, said", [
    (0.25, 0.75, 0.95, "judge 95 % sure: accepted"),
    (1.0, 0.0, 0.9, "judge 90 % sure: not accepted"),
])  # fmt: skip
def test_a_walk_shows_the_image_of_the_code_and_the_verdict(codes, label, across, up, sure, said):
    fig, update = scenes.walk(codes, label, paint, lambda x: torch.full(x.shape[:1], sure))()
    update(across, up)
    low, high = codes.amin(0).numpy(), codes.amax(0).numpy()
    at = low + (high - low) * (across, up)
    left, right = fig.axes
    [dot] = left.lines
    np.testing.assert_allclose(np.ravel(dot.get_data()), at)
    np.testing.assert_allclose(right.images[0].get_array()[:, [0, 3]], np.tile(at, (6, 1)))
    first, second = next(t.get_text() for t in right.texts if t.get_animated()).split("\n")
    nearest = np.linalg.norm(codes.numpy() - at, axis=1).min()
    assert first == said and second == f"nearest real code at {nearest:.2f}"
    plot.pyplot().close(fig)


def test_what_the_walk_moves_is_animated_and_comes_back(codes, label):
    make = scenes.walk(codes, label, paint, lambda x: x.mean((1, 2, 3)).sigmoid())
    fig, _ = make()
    assert len([a for ax in fig.axes for a in ax.get_children() if a.get_animated()]) == 3
    plot.pyplot().close(fig)
    canvas = widgets.Canvas(make, dpi=50)
    start = {name: slider.start for name, slider in scenes.WALK_SLIDERS.items()}
    still, other = canvas.render(**start), canvas.render(across=0.0, up=1.0)
    assert (still != other).any()
    np.testing.assert_array_equal(canvas.render(**start), still)


def test_threads_join_points_to_what_is_left_of_them(ax):
    x, left = torch.rand(9, 2), torch.rand(9, 2)
    curve = torch.rand(5, 2)
    scenes.squeezed(x, left, curve, ax=ax, threads=4)
    threads = [line.get_xydata() for line in ax.lines[:-1]]
    np.testing.assert_allclose(threads, torch.stack([x, left], 1)[:4])
    np.testing.assert_allclose(ax.lines[-1].get_xydata(), curve)


def test_rows_of_images_stand_beside_their_names(shown):
    scenes.image_rows({"low": torch.zeros(3, 1, 8, 8), "high": torch.ones(3, 1, 8, 8)}, alt="two")
    axes = shown[0][0].axes[0]
    pixels = axes.images[0].get_array()
    for text in axes.texts:
        row = pixels[int(text.xy[1]), :8]
        assert row.mean() == {"low": 0.0, "high": 1.0}[text.get_text()]


def test_errors_are_means_with_bars_from_the_least_to_the_most(ax):
    table = torch.tensor([[0.3, 0.1], [0.5, 0.2], [0.4, 0.6]])
    scenes.errors({"a": ((2, 8), table), "b": ((1, 2, 8), torch.rand(1, 3))}, ax=ax)
    line, _, (bars,) = ax.containers[0]
    np.testing.assert_allclose(line.get_xydata(), [[2, 0.4], [8, 0.3]], rtol=1e-6)
    ends = [segment[:, 1] for segment in bars.get_segments()]
    np.testing.assert_allclose(ends, [[0.3, 0.5], [0.1, 0.6]], rtol=1e-6)
    assert ax.get_legend_handles_labels()[1] == ["a, 3 seeds", "b"]
    assert list(ax.get_xticks()) == [1, 2, 8]


def test_share_bars_have_the_share_and_its_standard_error(ax):
    accepted = torch.tensor([True, True, True, False])
    scenes.share_bars({"x": accepted, "y": ~accepted}, colors=["k", "r"], ax=ax)
    assert [bar.get_height() for bar in ax.patches] == [0.75, 0.25]
    segment = ax.collections[0].get_segments()[0]
    assert np.ptp(segment[:, 1]) / 2 == pytest.approx(np.sqrt(0.75 * 0.25 / 4))
    assert [text.get_text() for text in ax.texts] == ["75 %", "25 %"]
