"""A figure shows the numbers given, each role in its colour, once, and in words for the blind."""

import base64
import io

import numpy as np
import pytest
import torch
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex, to_rgb
from PIL import Image

from dgm_course import picture, plot
from dgm_course.data import strokes

X = np.linspace(-2, 3, 11)


@pytest.fixture
def shown(monkeypatch):
    displays = []
    monkeypatch.setattr("IPython.display.display", lambda data, **k: displays.append((data, k)))
    return displays


@pytest.fixture
def ax():
    fig, axes = plot.make_figure()
    yield axes[0]
    plt.close(fig)


def pixels_of(data):
    stored = Image.open(io.BytesIO(base64.b64decode(data["image/png"])))
    return np.asarray(stored.convert("RGBA"))


ONE_CALL = {
    "curves": lambda **k: plot.curves(X, {"p": X**2, "q": torch.tensor(X)}, **k),
    "bars": lambda **k: plot.bars(["a", "b"], {"p": [1, 2], "q": [3, 4]}, **k),
    "scatter": lambda **k: plot.scatter(torch.randn(9, 2), **k),
    "density": lambda **k: plot.density(lambda x: -x.square().sum(-1), n=20, **k),
    "histogram": lambda **k: plot.histogram({"p": torch.randn(50), "q": X}, **k),
    "images": lambda **k: plot.images(torch.zeros(5, 1, 8, 6), **k),
    "strokes": lambda **k: plot.strokes(strokes.sketches(n=3).x, **k),
}
every = pytest.mark.parametrize("draw", ONE_CALL.values(), ids=ONE_CALL)


@every
def test_a_figure_is_shown_once_with_its_alternative_and_closed(draw, shown):
    before = plt.get_fignums()
    draw(alt="A parabola <and> a line.")
    ((data, options),) = shown
    assert set(data) == {"image/png", "text/plain"}
    assert data["text/plain"] == "Figure: A parabola <and> a line."
    assert options["metadata"]["image/png"]["alt"] == "A parabola <and> a line."
    assert pixels_of(data).std() > 0
    assert plt.get_fignums() == before


@every
def test_a_figure_without_an_alternative_is_refused(draw, shown):
    before = plt.get_fignums()
    with pytest.raises(ValueError, match=r"^alt: expected a sentence"):
        draw(alt="  \n")
    assert shown == [] and plt.get_fignums() == before


@every
def test_into_given_axes_it_is_drawn_and_not_shown(draw, shown, ax):
    draw(ax=ax, title="Here")
    assert shown == []
    assert ax.get_title(loc="left") == "Here"
    assert ax.has_data()


def test_panels_are_a_flat_array_with_titles_and_one_display(shown):
    with plot.figure(2, 3, alt="Six.", titles=["one", "two"]) as axes:
        assert axes.shape == (6,)
        assert [ax.get_title(loc="left") for ax in axes[:3]] == ["one", "two", ""]
    assert len(shown) == 1


@pytest.mark.parametrize("place", ["inside", "at the end"])
def test_a_figure_that_fails_is_closed_and_not_shown(place, shown, monkeypatch):
    def fail(*_, **__):
        raise OverflowError

    before = plt.get_fignums()
    monkeypatch.setattr(picture, "png", fail)
    with pytest.raises(OverflowError), plot.figure(alt="None.") as (ax,):
        ax.plot(X, X)
        if place == "inside":
            fail()
    assert shown == [] and plt.get_fignums() == before


def test_a_background_is_opaque_so_that_dark_pages_do_not_swallow_the_lines(shown):
    plot.curves(X, {"p": X**2}, alt="A parabola.")
    pixels = pixels_of(shown[0][0])
    assert (pixels[..., 3] == 255).all()
    assert (pixels[0, 0, :3] == 255).all()


def luminance(color):
    rgb = np.array(to_rgb(color))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


# Machado, Oliveira & Fernandes 2009: what people see without one of the three cone pigments.
DEFICIENCIES = {
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
}


@pytest.mark.parametrize("seen", [np.eye(3), *map(np.array, DEFICIENCIES.values())])
def test_every_two_roles_stay_apart_also_for_colour_blind_readers(seen):
    colors = np.array([seen @ to_rgb(color) for color in plot.COLOR.values()])
    gaps = np.linalg.norm(colors[:, None] - colors, axis=-1)
    assert gaps[~np.eye(len(colors), dtype=bool)].min() > 0.15


def test_every_role_stands_out_from_the_white_page():
    assert list(plot.COLOR) == ["data", "model", "wrong", "other", "noise", "guidance"]
    for color in plot.COLOR.values():
        assert 1.05 / (luminance(color) + 0.05) > 2


def test_curves_have_their_values_labels_and_roles(ax):
    y = {f"line {i}": (torch.tensor(X) * i).requires_grad_() for i in range(8)}
    plot.curves(X, y, ax=ax, colors=["#123456"], styles=["--"], xlabel="x", ylim=(-1, 2))
    assert len(ax.lines) == 8
    for line, values in zip(ax.lines, y.values(), strict=True):
        np.testing.assert_array_equal(line.get_ydata(), values.detach())
        np.testing.assert_array_equal(line.get_xdata(), X)
    roles = list(plot.COLOR.values())
    drawn = [to_hex(line.get_color()) for line in ax.lines]
    assert drawn == ["#123456", *roles[1:], *roles[:2]]
    assert ax.lines[0].get_linestyle() == "--" and ax.lines[1].get_linestyle() == "-"
    assert [t.get_text() for t in ax.get_legend().get_texts()] == list(y)
    assert ax.get_ylim() == (-1, 2) and ax.get_xlabel() == "x"


def test_a_curve_without_a_label_has_no_legend(ax):
    plot.curves(X, {"": X}, ax=ax, fill=True)
    assert ax.get_legend() is None
    assert len(ax.collections) == 1


def test_bars_stand_side_by_side_with_their_heights_written(ax):
    groups = {f"group {i}": [1.25, 2.0 + i] for i in range(7)}
    plot.bars(["a", 3], groups, ax=ax, digits=1)
    heights = [[bar.get_height() for bar in bars] for bars in ax.containers]
    assert heights == list(groups.values())
    lefts = sorted(bar.get_x() for bars in ax.containers for bar in bars)
    assert np.diff(lefts).min() > 0.1, "no bar hides another"
    assert [label.get_text() for label in ax.get_xticklabels()] == ["a", "3"]
    assert {"1.2", "2.0", "8.0"} <= {text.get_text() for text in ax.texts}


def test_points_are_where_they_are_in_a_square_view(ax):
    points = torch.randn(7, 2)
    plot.scatter(points, ax=ax, limit=3, label="data")
    np.testing.assert_array_equal(ax.collections[0].get_offsets(), points)
    assert ax.get_xlim() == ax.get_ylim() == (-3, 3)
    assert ax.get_aspect() == 1


@pytest.mark.parametrize("log", [False, True])
def test_a_density_is_brightest_where_it_is_largest(ax, log):
    mean, n, limit = torch.tensor([1.3, -2.1]), 80, 4.0

    def log_prob(x):
        assert not torch.is_grad_enabled()
        return torch.distributions.Normal(mean, 0.5).log_prob(x).sum(-1)

    plot.density(log_prob, ax=ax, limit=limit, n=n, log=log, floor=-9.0)
    (image,) = ax.images
    values = image.get_array()
    row, column = np.unravel_index(values.argmax(), values.shape)
    left, _, bottom, _ = image.get_extent()
    assert image.origin == "lower"
    cell = 2 * limit / n
    assert left + (column + 0.5) * cell == pytest.approx(1.3, abs=cell / 2 + 1e-6)
    assert bottom + (row + 0.5) * cell == pytest.approx(-2.1, abs=cell / 2 + 1e-6)
    if log:
        assert values.min() == -9
    else:
        assert values.sum() * cell**2 == pytest.approx(1, abs=1e-3)


def test_histograms_have_unit_area_over_the_same_bins(ax):
    samples = {str(i): torch.randn(500 + i) + i for i in range(7)}
    plot.histogram(samples, ax=ax, bins=30)
    edges = [[bar.get_x() for bar in bars] for bars in ax.containers]
    assert all(other == edges[0] for other in edges)
    for bars in ax.containers:
        assert sum(bar.get_height() * bar.get_width() for bar in bars) == pytest.approx(1)


@pytest.mark.parametrize(("shape", "rows"), [((7, 1, 8, 6), 1), ((9, 8, 6), 2), ((1, 1, 8, 6), 1)])
@pytest.mark.parametrize(("captioned", "below"), [(False, 1), (True, 4)])
def test_images_lie_in_a_grid_one_pixel_a_value(ax, shape, rows, captioned, below):
    x = torch.rand(shape) * 2 - 1
    captions = [f"{i}" for i in range(len(x))] if captioned else []
    plot.images(x, ax=ax, captions=captions)
    (image,) = ax.images
    grid, cols = image.get_array(), -(-len(x) // rows)
    assert image.get_clim() == (-1, 1)
    assert grid.shape == (rows * (8 + below), cols * 7 - 1)
    for i, expected in enumerate(x.reshape(-1, 8, 6)):
        top, left = i // cols * (8 + below), i % cols * 7
        np.testing.assert_array_equal(grid[top : top + 8, left : left + 6], expected)
    assert grid.count() == x.numel(), "the rest is blank"
    assert [text.get_text() for text in ax.texts] == captions


def test_drawings_fill_their_cells_the_right_way_up(ax):
    """A flag that flies to the right of its pole, at two sizes, and a drawing without a line."""
    flag = [[(10, 9), (10, 1)], [(10, 1), (14, 3), (10, 5)]]
    drawn = [[], flag, [[(3 * x, 3 * y) for x, y in line] for line in flag]]
    x = strokes.stack([strokes.from_lines(lines) for lines in drawn])
    plot.strokes(x, ax=ax, rows=2, captions=["a", "b", "c"], color="#123456")
    lines = [torch.tensor(line.get_xydata()) for line in ax.lines]
    assert [to_hex(line.get_color()) for line in ax.lines] == ["#123456"] * 4
    for (pole, cloth), (across, down) in ((lines[:2], (1, 0)), (lines[2:], (0, 1))):
        place = torch.tensor([1.2 * across, 1.5 * down]).double()
        expected = torch.tensor([[-0.25, 0.5], [-0.25, -0.5]]) + place
        torch.testing.assert_close(pole, expected.to(pole), atol=1e-6, rtol=0)
        assert cloth[1, 0] > cloth[0, 0] and cloth[1, 1] < place[1]
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    assert left < right and bottom > top, "y grows downwards"
    assert all(left < px < right and top < py < bottom for px, py in torch.cat(lines))
    assert [text.get_text() for text in ax.texts] == ["a", "b", "c"]
    assert (ax.get_aspect(), ax.axison) == (1, False)


def test_a_batch_of_drawings_has_half_as_many_rows_as_columns(ax):
    plot.strokes(strokes.sketches(n=8).x, ax=ax)
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    assert (right - left) / 1.2 == pytest.approx(4) and (bottom - top) / 1.2 == pytest.approx(2)


def test_outputs_are_stored_only_where_the_variable_is_one(monkeypatch):
    for value, static in (("1", True), ("0", False), ("", False)):
        monkeypatch.setenv("DGM_STATIC", value)
        assert plot.is_static() == static
    monkeypatch.delenv("DGM_STATIC")
    assert not plot.is_static()
