"""Pictures of lecture 00: what `plot` is too general for.

bandwidth       for `widgets.explore`: a kernel density between copying its data and blurring them
ruler           pictures hung at their log density, above the crowd of real ones
plane           densities and points in the plane, side by side
gallery         a few images of each of several sets, side by side
image_rows      rows of images, each with its name
trilemma        quality, coverage, speed: which family of models gives up which
pixel_density   one histogram a pixel, the simplest model of images; nats per image
"""

from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch import Tensor

from dgm_course import plot
from dgm_course.data.images import LEVELS
from dgm_course.models.density import Histogram, KernelDensity
from dgm_course.widgets import Slider

BANDWIDTH_SLIDER = {"log10_h": Slider(-2.0, 0.3, -0.7, 0.05, "log10 bandwidth")}
VIEW, MODEL_CMAP = 4.2, "Oranges"  # half-width of the views of the plane; a model's density
SIDE, HALF_WIDTH, DARKEST = 110, 4.0, 0.25  # the density's picture; the darkest shade, a density
SIDES = (
    ((0.5, 0.0), "VAE, flows", "modules 03, 07"),
    ((0.25, 0.5), "diffusion,\nautoregressive", "modules 06, 08–09"),
    ((0.75, 0.5), "GAN", "modules 04–05"),
)
CORNERS = {"speed": (1.0, 0.0), "coverage": (0.0, 0.0), "quality": (0.5, 1.0)}


def pixel_density(data: Tensor, pseudocount: float = 0.1) -> Callable[[Tensor], Tensor]:
    """Independent pixels, a histogram with a cell for each of 17 grey levels: its log_prob.

    data (N, *event) in [0, 17); the function maps (B, *event) -> (B,), nats.  Its density is flat
    in each cell: the log density of an image plus uniform noise in [0, 1) is the log probability
    of the image of whole levels.  Raises if `data` leave [0, 17].
    """
    pixels = data.flatten(1).split(1, dim=1)
    models = [Histogram(x, 0, LEVELS, LEVELS, pseudocount) for x in pixels]

    def log_prob(x: Tensor) -> Tensor:
        columns = x.flatten(1).split(1, dim=1)
        return sum(model.log_prob(c) for model, c in zip(models, columns, strict=True))

    return log_prob


def bandwidth(data: Tensor, held_out: Tensor, best: float) -> Callable:
    """A maker for `widgets.explore`: the kernel density of `data` (N, 2), and what it scores.

    `held_out` (M, 2) are other points of the same kind, `best` the score of the truth in nats.
    """
    tries = np.arange(-2.0, 0.31, 0.05)
    models = [KernelDensity(data, 10.0**t) for t in tries]
    scores = [[m.log_prob(x).mean().item() for m in models] for x in (data, held_out)]

    def make() -> tuple:
        titles = ["the density we learn, and its data", "log-likelihood, nats per point"]
        fig, (left, right) = plot.make_figure(1, 2, titles, size=(3.9, 2.5))
        picture = _Picture(left, plot.array(data))
        gauge = _Gauge(right, tries, scores, best)

        def update(log10_h: float) -> None:
            picture.move(10.0**log10_h)
            gauge.move(log10_h)

        return fig, update

    return make


class _Picture:
    """The kernel density of some points as an image under them; `move` gives it a bandwidth."""

    def __init__(self, ax, points: np.ndarray) -> None:
        self.axis, self.points = np.linspace(-HALF_WIDTH, HALF_WIDTH, SIDE), points
        extent = (-HALF_WIDTH, HALF_WIDTH, -HALF_WIDTH, HALF_WIDTH)
        blank = np.zeros((SIDE, SIDE))
        look = {"cmap": MODEL_CMAP, "animated": True, "zorder": 0.6}  # over the axes, which stay
        self.image = ax.imshow(blank, origin="lower", extent=extent, vmax=DARKEST, **look)
        ax.plot(*points.T, "o", ms=1.1, mew=0, color=plot.COLOR["data"], animated=True)
        ax.grid(visible=False)
        ax.set(xlabel="x₁", ylabel="x₂")

    def move(self, h: float) -> None:
        """The kernel is a product over the two coordinates, so the sum is a matrix product."""
        x, y = (np.exp(-(((self.axis[:, None] - c) / h) ** 2) / 2) for c in self.points.T)
        self.image.set_data(y @ x.T / (len(self.points) * 2 * np.pi * h**2))


class _Gauge:
    """Two curves over log10 h, with a point on each that `move` slides along, and its height."""

    def __init__(self, ax, tries: np.ndarray, scores: list, best: float) -> None:
        names, colors = ("its own data", "held out"), (plot.COLOR["wrong"], plot.COLOR["model"])
        self.tries, self.scores, low = tries, scores, best - 4.5
        for name, color, score in zip(names, colors, scores, strict=True):
            ax.plot(tries, score, color=color, label=name)
        ax.axhline(best, color=plot.COLOR["data"], ls="--", label="the truth")
        ax.set(xlabel="log₁₀ bandwidth", ylabel="nats per point", ylim=(low, best + 3.0))
        ax.legend(loc="lower right").set_zorder(0.6)  # over the grid, under all that moves
        look = {"animated": True, "ms": 9, "mec": "white"}
        self.dots = [ax.plot([], [], "o", color=color, **look)[0] for color in colors]
        self.line = ax.axvline(0, color="#666666", lw=0.8, animated=True)
        self.text = ax.text(0.98, 0.97, "", ha="right", va="top", animated=True)
        self.text.set_transform(ax.transAxes)

    def move(self, log10_h: float) -> None:
        own, other = (np.interp(log10_h, self.tries, score) for score in self.scores)
        for dot, height in zip(self.dots, (own, other), strict=True):
            dot.set_data([log10_h], [height])
        self.line.set_xdata([log10_h, log10_h])
        self.text.set_text(f"own data {own:.2f}\nheld out {other:.2f}".replace("-", "−"))


def ruler(log_prob: Callable, crowd: Tensor, pictures: Mapping[str, Tensor], alt: str) -> None:
    """Hang pictures (1, H, W) in [0, 17) over their log densities, above the crowd's histogram.

    Three of the crowd (N, 1, H, W) hang with them: the least likely, the median, the likeliest.
    """
    crowd = crowd[log_prob(crowd).argsort()]
    three = {"least likely digit": 0, "a typical digit": len(crowd) // 2, "likeliest digit": -1}
    pictures = {**pictures, **{name: crowd[i] for name, i in three.items()}}
    with plot.figure(size=(9.4, 4.0), alt=alt) as (ax,):
        ax.hist(plot.array(log_prob(crowd)), 40, color=plot.COLOR["data"], alpha=0.75)
        _hang(ax, pictures, {name: log_prob(x[None]).item() for name, x in pictures.items()})


def _hang(ax, pictures: Mapping[str, Tensor], values: Mapping[str, float]) -> None:
    """Evenly spread, each picture with a line down to where its value lies on the axis."""
    from matplotlib.offsetbox import AnnotationBbox, OffsetImage

    low, high, top = min(values.values()), max(values.values()), ax.get_ylim()[1]
    places = np.linspace(low, high, len(values))
    for place, name in zip(places, sorted(values, key=values.get), strict=True):
        x = values[name]
        ax.plot([x, x, place], [0, 1.15 * top, 1.45 * top], color="#666666", lw=0.9, zorder=1)
        ax.plot(x, 0, "v", color=plot.COLOR["wrong"], ms=7, clip_on=False, zorder=5)
        picture = OffsetImage(plot.array(pictures[name])[0], cmap="gray", zoom=6, clim=(0, LEVELS))
        ax.add_artist(AnnotationBbox(picture, (place, 1.78 * top), frameon=False))
        label = f"{name}\n{x:.0f}".replace("-", "−")
        ax.text(place, 2.14 * top, label, ha="center", va="bottom", fontsize=9)
    margin = 0.06 * (high - low)
    ax.set(xlim=(low - margin, high + margin), ylim=(0, 2.55 * top), yticks=[])
    ax.set_xlabel("log density of the picture, nats")
    ax.spines["left"].set_visible(False)
    ax.grid(visible=False)


def plane(views: Mapping[str, Callable | Tensor], *, alt: str, roles=(), over=None) -> None:
    """A row of views of the plane: a `log_prob` is shown as a density, (N, 2) as points.

    `roles` gives each view its colour, "model" unless said; `over` are data points: open circles
    on top of each, so that a narrow density shows inside.
    """
    width = 2.35 if len(views) > 3 else 2.9
    with plot.figure(1, len(views), titles=list(views), size=(width, width + 0.2), alt=alt) as axes:
        for i, (ax, view) in enumerate(zip(axes, views.values(), strict=True)):
            role = roles[i] if i < len(roles) else "model"
            if callable(view):
                cmap = {"data": plot.DENSITY_CMAP, "model": MODEL_CMAP}[role]
                plot.density(view, limit=VIEW, n=168, cmap=cmap, ax=ax)
            else:
                point = 4 + 100 / len(view)
                plot.scatter(view, limit=VIEW, color=plot.COLOR[role], point=point, ax=ax)
            if over is not None:
                circles = {
                    "facecolors": "none",
                    "edgecolors": plot.COLOR["data"],
                    "linewidths": 0.8,
                }
                ax.scatter(*plot.array(over).T, s=26, **circles)
            ax.set(xlabel="x₁", xticks=range(-4, 5, 2), yticks=range(-4, 5, 2))
        axes[0].set_ylabel("x₂")


def gallery(sets: Mapping[str, Tensor], *, alt: str, n: int = 6) -> None:
    """The first n of each set of images (N, 1, H, W) in [0, 17), side by side under their names."""
    with plot.figure(1, len(sets), titles=list(sets), size=(2.7, 2.0), alt=alt) as axes:
        for ax, x in zip(axes, sets.values(), strict=True):
            plot.images(x[:n], rows=2, limits=(0, LEVELS), ax=ax)


def image_rows(rows: Mapping[str, Tensor], *, alt: str) -> None:
    """Rows of 8 x 8 images (N, 64) in [0, 17), each with its name on the left."""
    x = torch.cat(list(rows.values())).reshape(-1, 8, 8)
    with plot.figure(size=(6.4, 0.78 * len(rows)), alt=alt) as (ax,):
        plot.images(x, rows=len(rows), limits=(0, LEVELS), ax=ax)
        for i, name in enumerate(rows):
            place = (-1.5, 9 * i + 3.5)
            ax.annotate(name, place, ha="right", va="center", annotation_clip=False)


def trilemma(*, ax) -> None:
    """Three wishes at the corners; on each side, the models that grant its two ends at once."""
    ax.fill(*zip(*CORNERS.values(), strict=True), color=plot.COLOR["noise"], alpha=0.12)
    ax.plot(*zip(*CORNERS.values(), CORNERS["speed"], strict=True), color="#666666", lw=1.2)
    for name, (x, y) in CORNERS.items():
        box = {"boxstyle": "round,pad=0.4", "fc": plot.COLOR["data"], "ec": "none"}
        ax.text(x, y, name, ha="center", va="center", color="white", weight="bold", bbox=box)
    for (x, y), name, modules in SIDES:
        box = {"boxstyle": "round,pad=0.35", "fc": "white", "ec": plot.COLOR["model"], "lw": 1.6}
        ax.text(x, y, f"{name}\n{modules}", ha="center", va="center", fontsize=9, bbox=box)
    ax.text(0.5, 0.36, "all three?\nmodules 10, 16", ha="center", va="center", style="italic")
    ax.set(xlim=(-0.12, 1.12), ylim=(-0.14, 1.1))
    ax.set_axis_off()
