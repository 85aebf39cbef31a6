"""Figures that answer a drag, each with a static twin for the site and for paper.

`explore(make, sliders, ...)` shows one figure under its sliders.  `make()` builds the figure once
and returns `(figure, update)`; `update(**values)` moves the artists that were made with
`animated=True`.  Those alone are drawn again, over a kept bitmap of the axes, which is what keeps a
drag smooth: redrawing the whole figure takes several times as long.
"""

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dgm_course import picture, plot

LIVE_DPI = 80
STACKED = " From top to bottom: "  # what the slides take apart again
LIVE = {"format": "jpeg", "quality": 95, "subsampling": 0}  # a third of WebP's or PNG's time


@dataclass(frozen=True)
class Slider:
    """A slider's range, where it starts, its step, and its label when that is not its name."""

    low: float
    high: float
    start: float
    step: float = 0.05
    label: str = ""


class Canvas:
    """A figure whose moving artists are drawn over a kept picture of all that lies behind them."""

    def __init__(self, make: Callable, dpi: int):
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        self.fig, self.update = make()
        plot.pyplot().close(self.fig)
        self.fig.set_dpi(dpi)
        self.canvas = FigureCanvasAgg(self.fig)
        self.canvas.draw()  # only now is it known what lies where
        self.fig.set_layout_engine("none")
        self.front = [artist for ax in self.fig.axes for artist in _front(ax)]
        for artist in self.front:
            artist.set_animated(True)
        self.canvas.draw()
        self.still = self.canvas.copy_from_bbox(self.fig.bbox)

    def render(self, **values: float) -> np.ndarray:
        """The picture for these values, (height, width, 3) of uint8."""
        self.update(**values)
        self.canvas.restore_region(self.still)
        for artist in self.front:
            self.fig.draw_artist(artist)
        return np.asarray(self.canvas.buffer_rgba())[..., :3].copy()


def _front(ax) -> list:
    """The moving artists of a panel and whatever lies over one of them, from back to front."""
    artists = [a for a in ax.get_children() if a is not ax.patch and _may_overlap(a, ax)]
    layers = sorted(artists, key=lambda artist: artist.get_zorder())
    moving = [i for i, artist in enumerate(layers) if artist.get_animated()]
    return layers[moving[0] :] if moving else []


def _may_overlap(artist, ax) -> bool:
    """Whether an artist moves or touches the panel; a title costs time and does neither."""
    if artist.get_animated():
        return True
    box = artist.get_tightbbox()  # an axis has no window extent
    return box is not None and ax.bbox.padded(1).overlaps(box)


def explore(
    make: Callable,
    sliders: Mapping[str, Slider],
    stills: Sequence[Mapping[str, float]],
    alt: str,
    *,
    name: str,
) -> None:
    """Show a figure under its sliders; where outputs are stored, show it at the settings `stills`.

    A still names the sliders that differ from their start, by the same names as `update`'s
    arguments.  `alt` says what there is to see; an empty one is refused.  `name` is how the notes
    and the measurements speak of the widget.
    """
    picture.require_alt(alt)
    if plot.is_static():
        _show_stills(Canvas(make, picture.STORED), sliders, stills, alt)
    else:
        _show_live(Canvas(make, LIVE_DPI), sliders, alt, name)


def _show_stills(canvas: Canvas, sliders: Mapping, stills: Sequence[Mapping], alt: str) -> None:
    start = {name: slider.start for name, slider in sliders.items()}
    pictures = [canvas.render(**{**start, **still}) for still in stills]
    settings = [_setting(sliders, still) for still in stills]
    described = f"{alt}{STACKED}{'; '.join(settings)}."
    picture.show(picture.compress(np.concatenate(pictures)), described)


def _setting(sliders: Mapping[str, Slider], still: Mapping[str, float]) -> str:
    """The values of a still, under the labels of their sliders."""
    return ", ".join(f"{sliders[name].label or name} = {v:g}" for name, v in still.items())


def _show_live(canvas: Canvas, sliders: Mapping[str, Slider], alt: str, name: str) -> None:
    import ipywidgets
    from IPython.display import display

    controls = {name: _control(ipywidgets, name, slider) for name, slider in sliders.items()}
    image = ipywidgets.Image(format=LIVE["format"])
    image.add_class("dgm-explore")

    def redraw(_change=None) -> None:
        values = {name: control.value for name, control in controls.items()}
        image.value = picture.encode(canvas.render(**values), **LIVE)

    for control in controls.values():
        control.observe(redraw, "value")
    redraw()
    caption = ipywidgets.HTML(f"<small><b>{html.escape(name)}.</b> {html.escape(alt)}</small>")
    display(ipywidgets.VBox([*controls.values(), image, caption]))


def _control(ipywidgets, name: str, slider: Slider):
    return ipywidgets.FloatSlider(
        value=slider.start,
        min=slider.low,
        max=slider.high,
        step=slider.step,
        description=slider.label or name,
        readout_format=".2f",
        style={"description_width": "9em"},
        layout={"width": "28em"},
    )
