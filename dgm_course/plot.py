"""The course's figures, each one call.

Every figure has a text alternative: `alt=` is what a reader hears who cannot see it.  A function
draws into `ax=` when one is given; otherwise it makes a figure, shows it once and closes it.
Several panels share one figure with

    with plot.figure(1, 2, alt="...", titles=["target", "yours"]) as axes:
        plot.curves(x, {"p": p}, ax=axes[0])

One colour a role through the whole course (`COLOR`), taken from petroff6 (Petroff 2021,
arXiv:2107.02270), whose colours stay apart under the common colour-vision deficiencies.  The
background is opaque, so that a figure reads the same on a light and on a dark page.
"""

import contextlib
import functools
import math
import os

import numpy as np

from dgm_course import picture

COLOR = {
    "data": "#5790fc",
    "model": "#f89c20",
    "wrong": "#e42536",
    "other": "#964a8b",
    "noise": "#9c9ca1",
    "guidance": "#7a21dd",
}
STYLE = {
    "figure.dpi": picture.SHOWN,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "font.size": 10,
    "axes.titlesize": 10.5,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#666666",
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#ececec",
    "lines.linewidth": 2.0,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "image.cmap": "gray",
    "svg.hashsalt": "dgm",
}
DENSITY_CMAP = "Blues"


def is_static() -> bool:
    """True when outputs are stored (build, tests, grading): no widgets and no progress bars."""
    return os.environ.get("DGM_STATIC") == "1"


@functools.cache
def pyplot():
    """matplotlib.pyplot with the course's style, imported on first use."""
    import matplotlib.pyplot as plt

    plt.rcParams.update(STYLE)
    plt.rcParams["axes.prop_cycle"] = plt.cycler(color=list(COLOR.values()))
    return plt


def show(fig, alt: str) -> None:
    """Display a figure once with its text alternative, and close it; an empty `alt` is refused."""
    try:
        drawn = picture.png(fig, small=is_static())
    finally:
        pyplot().close(fig)
    picture.show(drawn, alt)


def make_figure(rows: int = 1, cols: int = 1, titles=(), size=(4.2, 2.9), layout="constrained"):
    """A figure of `rows * cols` panels of `size` inches each: (Figure, flat array of Axes)."""
    shape = (size[0] * cols, size[1] * rows)
    fig, axes = pyplot().subplots(rows, cols, figsize=shape, squeeze=False, layout=layout)
    for ax, title in zip(axes.flat, titles, strict=False):
        ax.set_title(title)
    return fig, axes.ravel()


@contextlib.contextmanager
def figure(rows=1, cols=1, *, alt: str, titles=(), size=(4.2, 2.9), layout="constrained"):
    """A figure of several panels, shown on leaving the `with` block; layout="none" is quickest."""
    fig, axes = make_figure(rows, cols, titles, size, layout)
    try:
        yield axes
    except BaseException:
        pyplot().close(fig)
        raise
    show(fig, alt)


def _drawn(size=(5.2, 3.0)):
    """Give a drawing function its `ax`: the caller's, or that of a new figure, then shown."""

    def decorate(draw):
        @functools.wraps(draw)
        def wrapper(*args, ax=None, alt="", title="", **options):
            if ax is not None:
                draw(*args, ax=ax, **options)
                if title:
                    ax.set_title(title)
                return
            with figure(alt=alt, titles=[title], size=size) as axes:
                draw(*args, ax=axes[0], **options)

        return wrapper

    return decorate


def array(x) -> np.ndarray:
    """A tensor, array or list as a NumPy array on the CPU."""
    return x.detach().cpu().numpy() if hasattr(x, "detach") else np.asarray(x)


def _color(i: int, colors) -> str:
    """The i-th of `colors`, or where they end of the course's, over and over."""
    return colors[i] if i < len(colors) else list(COLOR.values())[i % len(COLOR)]


def _label(ax, xlabel: str, ylabel: str, ylim) -> None:
    ax.set(xlabel=xlabel, ylabel=ylabel)
    if ylim is not None:
        ax.set_ylim(*ylim)


def _legend(ax, labels, markerscale=1.0) -> None:
    if any(label for label in labels):
        ax.legend(markerscale=markerscale)


@_drawn()
def curves(x, ys: dict, *, ax, colors=(), styles=(), xlabel="", ylabel="", ylim=None, fill=False):
    """One line a dictionary entry over the shared axis `x`; `fill` shades the area under each."""
    for i, (label, y) in enumerate(ys.items()):
        color = _color(i, colors)
        style = styles[i] if i < len(styles) else "-"
        ax.plot(array(x), array(y), style, color=color, label=label)
        if fill:
            ax.fill_between(array(x), array(y), color=color, alpha=0.15, linewidth=0)
    _label(ax, xlabel, ylabel, ylim)
    _legend(ax, ys)


@_drawn()
def bars(names, groups: dict, *, ax, colors=(), xlabel="", ylabel="", ylim=None, digits=None):
    """Grouped bars: one group a name, one colour a dictionary entry; `digits` writes the values."""
    width, at = 0.8 / len(groups), np.arange(len(names))
    for i, (label, height) in enumerate(groups.items()):
        color = _color(i, colors)
        place = at + (i - (len(groups) - 1) / 2) * width
        drawn = ax.bar(place, array(height), width * 0.92, color=color, label=label)
        if digits is not None:
            ax.bar_label(drawn, fmt=f"%.{digits}f", fontsize=8, padding=2)
    ax.axhline(0, color="#666666", linewidth=0.8)
    ax.set_xticks(at, [str(name) for name in names])
    ax.grid(axis="x", visible=False)
    _label(ax, xlabel, ylabel, ylim)
    _legend(ax, groups)


@_drawn(size=(3.6, 3.6))
def scatter(x, *, ax, color=COLOR["data"], label="", point=6.0, limit=None, xlabel="", ylabel=""):
    """Points in the plane, (N, 2); `limit` is the half-width of a square view."""
    points = array(x)
    ax.scatter(points[:, 0], points[:, 1], s=point, color=color, alpha=0.6, lw=0, label=label)
    ax.set_aspect("equal")
    if limit is not None:
        ax.set(xlim=(-limit, limit), ylim=(-limit, limit))
    _label(ax, xlabel, ylabel, None)
    _legend(ax, [label], markerscale=3.0)


@_drawn(size=(3.6, 3.6))
def density(log_prob, *, ax, limit=4.0, n=120, log=False, floor=-12.0, cmap=DENSITY_CMAP):
    """A 2-D density on the square [-limit, limit]^2; `log` shows log density down to `floor`."""
    import torch

    edge = limit - limit / n  # values are shown at the centres of n x n cells
    axis = torch.linspace(-edge, edge, n)
    grid = torch.cartesian_prod(axis, axis)
    with torch.no_grad():
        value = log_prob(grid).reshape(n, n).T
    value = value.clamp(min=floor) if log else value.exp()
    extent = (-limit, limit, -limit, limit)
    ax.imshow(array(value), origin="lower", extent=extent, cmap=cmap, interpolation="bilinear")
    ax.grid(visible=False)


@_drawn()
def histogram(samples: dict, *, ax, bins=40, range=None, colors=(), xlabel="", ylabel="density"):
    """Histograms on one axis, each of unit area: one a dictionary entry."""
    pooled = np.concatenate([array(x).ravel() for x in samples.values()])
    edges = np.histogram_bin_edges(pooled, bins=bins, range=range)
    for i, (label, x) in enumerate(samples.items()):
        color = _color(i, colors)
        ax.hist(array(x).ravel(), edges, density=True, color=color, alpha=0.55, label=label)
    _label(ax, xlabel, ylabel, None)
    _legend(ax, samples)


def _grid(n: int, rows: int | None) -> tuple[int, int]:
    rows = rows or max(1, math.isqrt(n // 2))
    return rows, math.ceil(n / rows)


@_drawn(size=(5.6, 2.4))
def images(x, *, ax, rows=None, captions=(), limits=(-1.0, 1.0)):
    """Grey images (N, 1, H, W) or (N, H, W) as one grid; `captions`, one an image, go below."""
    pictures = array(x)
    pictures = pictures[:, 0] if pictures.ndim == 4 else pictures
    n, height, width = pictures.shape
    rows, cols = _grid(n, rows)
    gap = max(1, height // 8)
    drop = height + (max(4, height // 2) if len(captions) else gap)
    canvas = np.full((rows * drop, cols * (width + gap) - gap), np.nan)
    for i, pixels in enumerate(pictures):
        top, left = (i // cols) * drop, (i % cols) * (width + gap)
        canvas[top : top + height, left : left + width] = pixels
    ax.imshow(canvas, cmap="gray", vmin=limits[0], vmax=limits[1], interpolation="nearest")
    ax.set_axis_off()
    for i, text in enumerate(captions):
        place = ((i % cols) * (width + gap) + width / 2 - 0.5, (i // cols) * drop + height)
        ax.annotate(str(text), place, ha="center", va="top", fontsize=8, annotation_clip=False)


@_drawn(size=(5.6, 2.4))
def strokes(x, *, ax, rows=None, captions=(), color="#333333", linewidth=1.2):
    """Drawings in stroke-5 format (N, L + 1, 5) as one grid, each as large as its cell allows."""
    from dgm_course.data.strokes import to_lines

    (rows, cols), high = _grid(len(x), rows), 1.5 if len(captions) else 1.2
    for i, lines in enumerate(map(to_lines, x)):
        place = (i % cols * 1.2, i // cols * high)
        points = np.concatenate([np.empty((0, 2)), *map(array, lines)])
        low, size = (points.min(0), np.ptp(points, axis=0)) if len(points) else (0, 1)
        for line in lines:
            drawn = (array(line) - low - size / 2) / max(np.max(size), 1e-6) + place
            ax.plot(*drawn.T, color=color, linewidth=linewidth)
        if i < len(captions):
            ax.text(place[0], place[1] + 0.6, captions[i], ha="center", va="top", fontsize=8)
    ax.set(xlim=(-0.6, cols * 1.2 - 0.6), ylim=(rows * high - 0.6, -0.6), aspect="equal")
    ax.set_axis_off()
