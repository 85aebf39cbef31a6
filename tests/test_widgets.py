"""A figure that answers a drag: the same pixels as a full redraw, fast, and with a static twin."""

import base64
import io
import socket
import statistics
import time

import numpy as np
import pytest
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from dgm_course import picture, plot, scenes, scenes_density, widgets
from dgm_course.widgets import Canvas, Slider

X = np.linspace(-3, 3, 200)
ALT = "A wave of changing height <and> place."


def wave():
    """Moving artists under, between and over still ones, made in the wrong order."""
    fig, axes = plot.make_figure(1, 2, ["wave", "still"])
    front = axes[0].plot([], [], color="black", lw=6, zorder=9, animated=True)[0]
    line = axes[0].plot([], [], color=plot.COLOR["model"], lw=4, animated=True, label="sine")[0]
    (fill,) = axes[0].fill([0], [0], color=plot.COLOR["data"], alpha=0.5, animated=True)
    text = axes[0].text(0, 0, "", animated=True)
    axes[0].axhline(0, color="green", lw=5)
    axes[0].legend(loc="upper center")
    axes[0].set(xlim=(-3, 3), ylim=(-1, 1))
    axes[1].plot(X, X)

    def update(height, place):
        y = height * np.sin(X - place)
        line.set_data(X, y)
        front.set_data([-3, 3], [place / 3] * 2)
        fill.set_xy(np.column_stack([X, y]))
        text.set_text(f"{height:.2f}")

    return fig, update


SLIDERS = {"height": Slider(0, 2, 0.5), "place": Slider(-3, 3, 0, step=0.1, label="where")}
VALUES = [{"height": 0.5, "place": 0.0}, {"height": 2.0, "place": -2.5}]
GAUSSIANS = [
    {"mean_p": 0.0, "log_std_p": 0.0, "mean_q": 1.0, "log_std_q": 0.3},
    {"mean_p": -5.0, "log_std_p": -0.9, "mean_q": 4.0, "log_std_q": 0.9},
]


def bandwidth():
    points = torch.randn(60, 2, generator=torch.Generator().manual_seed(0))
    return scenes_density.bandwidth(points[:30], points[30:], best=-2.8)()


SCENES = {
    "wave": (wave, VALUES),
    "two gaussians": (scenes.two_gaussians, GAUSSIANS),
    "bandwidth": (bandwidth, [{"log10_h": -1.0}, {"log10_h": 0.2}]),
}


@pytest.fixture
def shown(monkeypatch):
    displayed = []

    def display(*things, **options):
        displayed.extend((thing, options) for thing in things)

    monkeypatch.setattr("IPython.display.display", display)
    return displayed


@pytest.fixture
def live(monkeypatch, shown):
    """The controls and the picture that `explore` shows where it is live."""
    monkeypatch.delenv("DGM_STATIC", raising=False)
    widgets.explore(wave, SLIDERS, [{}], ALT, name="a wave")
    ((box, _),) = shown
    *controls, image, caption = box.children
    return controls, image, caption


def redrawn_whole(make, values, dpi):
    """The figure drawn from nothing, no artist left out, in the layout of the first drawing."""
    fig, update = make()
    plot.pyplot().close(fig)
    fig.set_dpi(dpi)
    canvas = FigureCanvasAgg(fig)
    canvas.draw()
    fig.set_layout_engine("none")
    update(**values)
    for ax in fig.axes:
        for artist in ax.get_children():
            artist.set_animated(False)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3]


def pixels(encoded):
    return np.asarray(Image.open(io.BytesIO(encoded)).convert("RGB"))


@pytest.mark.parametrize("name", SCENES)
def test_a_rendered_picture_is_that_of_a_full_redraw_to_the_pixel(name):
    make, settings = SCENES[name]
    dpi = 80 if name == "bandwidth" else 100
    canvas = Canvas(make, dpi)
    for values in settings:
        np.testing.assert_array_equal(canvas.render(**values), redrawn_whole(make, values, dpi))


def test_a_picture_depends_on_its_values_alone_and_is_the_callers_own():
    canvas = Canvas(wave, 80)
    first = canvas.render(**VALUES[0])
    kept = first.copy()
    other = canvas.render(**VALUES[1])
    assert not np.array_equal(first, other)
    np.testing.assert_array_equal(first, kept)
    np.testing.assert_array_equal(canvas.render(**VALUES[0]), kept)
    assert first.dtype == np.uint8 and first.shape[2] == 3


def test_a_canvas_leaves_no_figure_open():
    before = plot.pyplot().get_fignums()
    Canvas(wave, 80)
    assert plot.pyplot().get_fignums() == before


@pytest.mark.parametrize("name", SCENES)
def test_no_eye_tells_a_live_picture_from_what_was_drawn(name):
    make, settings = SCENES[name]
    drawn = Canvas(make, 80).render(**settings[1])
    moved = np.abs(pixels(picture.encode(drawn, **widgets.LIVE)).astype(int) - drawn)
    assert moved.mean() < 1 and (moved.max(-1) > 16).mean() < 0.002  # of 255


def test_where_outputs_are_stored_the_settings_stand_one_above_the_other(shown, monkeypatch):
    monkeypatch.setenv("DGM_STATIC", "1")
    widgets.explore(
        wave, SLIDERS, [{}, {"height": 2.0}, {"height": 1, "place": -3}], ALT, name="a wave"
    )
    ((data, options),) = shown
    alt = f"{ALT} From top to bottom: "
    assert data["text/plain"].startswith(f"Figure: {alt}")
    assert options["metadata"]["image/png"]["alt"].endswith("height = 2; height = 1, where = -3.")
    stored = pixels(base64.b64decode(data["image/png"]))
    canvas = Canvas(wave, picture.STORED)
    stills = [{"height": 0.5, "place": 0}, {"height": 2, "place": 0}, {"height": 1, "place": -3}]
    expected = np.concatenate([canvas.render(**values) for values in stills])
    assert stored.shape == expected.shape
    assert np.abs(stored.astype(int) - expected).mean() < 0.5, "one of 256 shades at most"


@pytest.mark.parametrize("static", ["1", "0"])
def test_an_empty_alternative_is_refused(shown, monkeypatch, static):
    monkeypatch.setenv("DGM_STATIC", static)
    with pytest.raises(ValueError, match=r"^alt: expected a sentence"):
        widgets.explore(wave, SLIDERS, [{}], " ", name="a wave")
    assert shown == []


def test_the_live_figure_has_a_slider_for_each_value_and_says_what_there_is_to_see(live):
    controls, image, caption = live
    assert [(c.min, c.max, c.value, c.step) for c in controls] == [
        (0, 2, 0.5, 0.05),
        (-3, 3, 0, 0.1),
    ]
    assert [c.description for c in controls] == ["height", "where"]
    assert "<b>a wave.</b> A wave of changing height &lt;and&gt; place." in caption.value
    assert Image.open(io.BytesIO(image.value)).format == image.format.upper()


def test_the_live_figure_starts_at_the_sliders_and_follows_them(live):
    (height, place), image, _ = live
    canvas = Canvas(wave, widgets.LIVE_DPI)
    assert image.value == picture.encode(canvas.render(height=0.5, place=0), **widgets.LIVE)
    height.value = 1.5
    assert image.value == picture.encode(canvas.render(height=1.5, place=0), **widgets.LIVE)
    place.value = -1
    assert image.value == picture.encode(canvas.render(height=1.5, place=-1), **widgets.LIVE)


def test_a_drag_is_answered_in_under_60_ms(shown, monkeypatch):
    monkeypatch.delenv("DGM_STATIC", raising=False)
    widgets.explore(scenes.two_gaussians, scenes.SLIDERS, [{}], ALT, name="a wave")
    slider = shown[0][0].children[0]
    spent = []
    for value in np.linspace(slider.min, slider.max, 15):
        start = time.process_time()
        slider.value = value
        spent.append(time.process_time() - start)
    assert statistics.median(spent) < 0.06


@pytest.mark.parametrize("static", ["1", "0"])
def test_nothing_is_fetched(shown, monkeypatch, static):
    def refuse(*_, **__):
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setenv("DGM_STATIC", static)
    widgets.explore(wave, SLIDERS, [{}], ALT, name="a wave")
    assert len(shown) == 1
