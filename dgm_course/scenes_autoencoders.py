"""Pictures of lecture 02: what `plot` is too general for.

walk            for `widgets.explore`: a code of two numbers, and the image that it decodes to
latent_map      where the codes of images lie in the plane, and what the plane decodes to
doubt           the same plane, shaded by how sure a judge is of what each point decodes to
squeezed        points, what is left of them after one number, and the curve on which that lies
image_rows      rows of images, each with its name
errors          error against the size of the code, with the spread over seeds
share_bars      shares as bars, with their standard errors
"""

from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch import Tensor

from dgm_course import plot
from dgm_course.widgets import Slider

WALK_SLIDERS = {
    "across": Slider(0, 1, 0.5, 0.01, "z₁, left to right"),
    "up": Slider(0, 1, 0.5, 0.01, "z₂, bottom to top"),
}
DIGIT_COLORS = (  # Petroff 2021, ten colours; the digit itself is the mark, so no colour is needed
    "#3f90da", "#b77800", "#bd1f01", "#5f6468", "#832db6",
    "#8a4f3d", "#c64f00", "#7d7136", "#4d505c", "#1c7f83",
)  # fmt: skip
MARKS = (("data", "o"), ("model", "s"), ("other", "^"))
MARGIN = 0.03  # of the box around the codes, left free on each side
SIDE = 11  # images along each side of the decoded plane


def box(z: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """The lowest and the highest value of each coordinate of the codes: (N, D) -> (D,), (D,)."""
    return plot.array(z.amin(0)), plot.array(z.amax(0))


def plane(z: Tensor, n: int) -> Tensor:
    """Centres of n x n cells of the box around the codes (N, 2), top row first: (n^2, 2)."""
    low, high = z.amin(0), z.amax(0)
    u = (torch.arange(n, device=z.device) + 0.5) / n
    down, across = torch.meshgrid(1 - u, u, indexing="ij")
    return low + torch.stack([across, down], -1).reshape(-1, 2) * (high - low)


def latent_map(z: Tensor, label: Tensor, decode: Callable, *, alt: str, titles=()) -> None:
    """Codes (N, 2) of images with these digits, and what `decode` (B, 2) -> images makes there."""
    titles = titles or ("where the codes of digits lie", "what the same plane decodes to")
    with plot.figure(1, 2, titles=titles, size=(3.9, 3.9), alt=alt) as (left, right):
        _codes(left, z, label)
        with torch.no_grad():
            _mosaic(right, z, plot.array(decode(plane(z, SIDE))))


def doubt(z: Tensor, label: Tensor, sure: Callable, *, alt: str, n: int = 100) -> None:
    """The plane of codes (N, 2), darker where `sure` (B, 2) -> (B,) in [0, 1] is lower."""
    with plot.figure(size=(6.3, 4.6), alt=alt) as (ax,):
        with torch.no_grad():
            value = plot.array(sure(plane(z, n))).reshape(n, n)
        low, high = box(z)
        extent = (low[0], high[0], low[1], high[1])
        look = {"cmap": "Greys_r", "vmin": -0.2, "vmax": 1.0, "interpolation": "bilinear"}
        ax.imshow(value, extent=extent, aspect="auto", **look)
        ax.contour(np.flipud(value), [0.9], colors=plot.COLOR["wrong"], extent=extent, linewidths=1)
        _codes(ax, z, label)


def _codes(ax, z: Tensor, label: Tensor) -> None:
    """Every code as the digit it is the code of, inside the box around all."""
    points, digits = plot.array(z), plot.array(label)
    for digit in np.unique(digits):
        x, y = points[digits == digit].T
        color = DIGIT_COLORS[digit % len(DIGIT_COLORS)]
        ax.scatter(x, y, s=22, marker=f"${digit}$", color=color, lw=0)
    _frame(ax, z)


def _frame(ax, z: Tensor) -> None:
    low, high = box(z)
    room = MARGIN * (high - low)
    ax.set(xlim=(low[0] - room[0], high[0] + room[0]), ylim=(low[1] - room[1], high[1] + room[1]))
    ax.set(xlabel="z₁", ylabel="z₂")
    ax.grid(visible=False)


def _mosaic(ax, z: Tensor, x: np.ndarray) -> None:
    """Images (n^2, 1, H, W) over the box around the codes, each at its own code, with gaps."""
    gap = max(1, x.shape[-1] // 8)
    framed = np.pad(x[:, 0], ((0, 0), (gap, gap), (gap, gap)), constant_values=np.nan)
    height, width = framed.shape[1:]
    canvas = framed.reshape(SIDE, SIDE, height, width).swapaxes(1, 2)
    low, high = box(z)
    extent = (low[0], high[0], low[1], high[1])
    look = {"vmin": -1, "vmax": 1, "interpolation": "nearest", "aspect": "auto"}
    ax.imshow(canvas.reshape(SIDE * height, SIDE * width), extent=extent, **look)
    _frame(ax, z)


def walk(z: Tensor, label: Tensor, decode: Callable, sure: Callable) -> Callable:
    """A maker for `widgets.explore`: walk the box around the codes (N, 2) and see what is there.

    `decode` maps codes (B, 2) to images, `sure` images to how sure a judge is of each, (B,).
    """

    def make() -> tuple:
        titles = ["codes of real digits, and yours", "what your code decodes to"]
        fig, (left, right) = plot.make_figure(1, 2, titles, size=(3.6, 3.3))
        _codes(left, z, label)
        place, picture = _Place(left), _Picture(right, decode(z[:1]))
        low, high = z.amin(0), z.amax(0)

        @torch.no_grad()
        def update(across: float, up: float) -> None:
            at = low + (high - low) * low.new_tensor([across, up])
            x, far = decode(at[None]), (z - at).norm(dim=-1).min()
            place.move(at)
            picture.move(x, _verdict(sure(x).item(), far.item()))

        return fig, update

    return make


class _Place:
    """A dot at the code that was chosen."""

    def __init__(self, ax) -> None:
        look = {"color": plot.COLOR["wrong"], "ms": 12, "mec": "white", "mew": 2, "zorder": 5}
        (self.dot,) = ax.plot([], [], "o", animated=True, **look)

    def move(self, at: Tensor) -> None:
        self.dot.set_data(*plot.array(at)[:, None])


class _Picture:
    """An image that changes, and two lines of text below it."""

    def __init__(self, ax, x: Tensor) -> None:
        look = {"vmin": -1, "vmax": 1, "animated": True, "interpolation": "nearest"}
        self.image = ax.imshow(plot.array(x)[0, 0], **look)
        under = {"ha": "center", "va": "top", "transform": ax.transAxes}
        self.text = ax.text(0.5, -0.04, "", animated=True, **under)
        ax.text(0.5, -0.17, " ", **under)  # keeps room for the text
        ax.set_axis_off()

    def move(self, x: Tensor, text: str) -> None:
        self.image.set_data(plot.array(x)[0, 0])
        self.text.set_text(text)


def _verdict(sure: float, far: float) -> str:
    said = "accepted" if sure > 0.9 else "not accepted"
    return f"judge {100 * sure:.0f} % sure: {said}\nnearest real code at {far:.2f}"


def squeezed(x: Tensor, decoded: Tensor, curve: Tensor, *, ax, threads: int = 150) -> None:
    """Points (N, 2), threads to what is left of the first few, the curve (M, 2) of all codes."""
    points, left = plot.array(x), plot.array(decoded)
    ends = np.stack([points, left], 1)[:threads]
    ax.plot(*ends.T, color=plot.COLOR["wrong"], lw=0.7, alpha=0.7)
    ax.scatter(*points.T, s=7, color=plot.COLOR["data"], lw=0, alpha=0.7)
    ax.plot(*plot.array(curve).T, color=plot.COLOR["model"], lw=2.5)
    ax.set_aspect("equal")
    ax.set(xlabel="x₁", ylabel="x₂")


def image_rows(rows: Mapping[str, Tensor], *, alt: str, height: float = 0.8) -> None:
    """Rows of images (n, 1, H, W) in [-1, 1], each row with its name on the left."""
    x = np.concatenate([plot.array(images) for images in rows.values()])
    side = x.shape[-2]
    with plot.figure(size=(7.4, height * len(rows)), alt=alt) as (ax,):
        plot.images(x, rows=len(rows), ax=ax)
        for i, name in enumerate(rows):
            place = (-0.15 * side, (side + max(1, side // 8)) * i + side / 2 - 0.5)
            ax.annotate(name, place, ha="right", va="center", annotation_clip=False)


def errors(runs: Mapping[str, tuple], *, ax) -> None:
    """Each run is (sizes, error (seeds, sizes)): the mean over seeds, bars from least to most."""
    ticks = sorted({size for sizes, _ in runs.values() for size in sizes})
    for (name, (sizes, table)), (role, marker) in zip(runs.items(), MARKS, strict=False):
        table = plot.array(table)
        middle = table.mean(0)
        spread = [middle - table.min(0), table.max(0) - middle]
        look = {"color": plot.COLOR[role], "marker": marker, "ms": 7, "capsize": 4}
        label = f"{name}, {len(table)} seeds" if len(table) > 1 else name
        ax.errorbar(sizes, middle, spread, label=label, **look)
    ax.set_xscale("log", base=2)
    ax.set_xticks(ticks, [str(size) for size in ticks])
    ax.minorticks_off()
    ax.legend()


def share_bars(shares: Mapping[str, Tensor], *, colors, ax) -> None:
    """A bar for the share of true values in each (N,) of booleans, with its standard error."""
    for i, ((name, accepted), color) in enumerate(zip(shares.items(), colors, strict=True)):
        values = plot.array(accepted).astype(float)
        share, error = values.mean(), values.std() / np.sqrt(len(values))
        ax.bar(name, share, 0.7, yerr=error, capsize=4, color=color)
        ax.annotate(f"{100 * share:.0f} %", (i, share + 0.04), ha="center")
    ax.set(ylim=(0, 1.12), ylabel="share accepted")
    ax.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "25 %", "50 %", "75 %", "100 %"])
    ax.grid(axis="x", visible=False)
