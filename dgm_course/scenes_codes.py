"""Pictures of lecture 03 about what codes carry and what they mean.

frontier        rate against distortion of several models
beta_walk       for `widgets.explore`: one of the models of a frontier, its digits and its price
rates           what each latent carries, longest bar first, for several models
sketch_rows     rows of drawings, each with its name
read_off        which letter an image shows, and how thick its strokes are
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from dgm_course import plot
from dgm_course.data import glyphs
from dgm_course.widgets import Slider

BETA_SLIDER = {"log2_beta": Slider(-4, 4, 0, 2, "log2 of beta")}


def frontier(rate, distortion, names: Sequence[str], *, ax) -> None:
    """Rate (N,) against distortion (N,) in nats, with names, and the line of the lowest sum."""
    rate, distortion = plot.array(rate), plot.array(distortion)
    total = (rate + distortion).min()
    ends = np.array([0.0, 1.15 * rate.max()])
    ax.plot(ends, total - ends, "--", color=plot.COLOR["noise"], lw=1.2)
    ax.plot(rate, distortion, "o-", color=plot.COLOR["model"], ms=8)
    for i, name in enumerate(names):
        near = i + 1 < len(names) and abs(rate[i + 1] - rate[i]) < 0.02 * ends[1]
        offset = (9, -12) if near else (7, 7)  # below its point where the next one is close
        ax.annotate(name, (rate[i], distortion[i]), offset, textcoords="offset points")
    low, high = distortion.min(), distortion.max()
    place = (total - low, low)
    label = f"rate + distortion = {total:.1f}"
    ax.annotate(label, place, (-14, 0), textcoords="offset points", ha="right", va="center")
    margin = 0.12 * (high - low)
    ax.set(xlim=(-0.03 * ends[1], ends[1]), ylim=(low - 2 * margin, high + margin))
    ax.set(xlabel="rate: nats that the code carries", ylabel="distortion: nats still missing")


def beta_walk(models: Mapping[float, torch.nn.Module], x: Tensor, z: Tensor, prices) -> Callable:
    """A maker for `widgets.explore`: the model whose log2 beta is nearest to the slider's.

    `models` maps beta to a VAE; x (n, 1, H, W) are digits to reconstruct, z (m, D) codes to decode,
    `prices` (len(models), 2) rate and distortion in nats.
    """
    knots, prices = np.log2(list(models)), plot.array(prices)
    pages = [_pages(model, x, z) for model in models.values()]

    def make() -> tuple:
        titles = ["rate against distortion, nats", "real, reconstructed", "from codes of the prior"]
        fig, axes = plot.make_figure(1, 3, titles, size=(3.3, 2.9))
        move = _gauge(axes[0], prices)
        images = [_page(ax, page) for ax, page in zip(axes[1:], pages[0], strict=True)]

        def update(log2_beta: float) -> None:
            i = int(np.abs(knots - log2_beta).argmin())
            move(2 ** knots[i], *prices[i])
            for image, page in zip(images, pages[i], strict=True):
                image.set_data(page)

        return fig, update

    return make


@torch.no_grad()
def _pages(model: torch.nn.Module, x: Tensor, z: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Images over their reconstructions, and what codes decode to."""
    return tile(torch.cat([x, model.decode(model.encode(x))]), 2), tile(model.decode(z), 4)


def _gauge(ax, prices: np.ndarray) -> Callable:
    """The curve of all prices, and what moves a point along it, with its numbers."""
    ax.plot(*prices.T, "o-", color=plot.COLOR["model"], ms=5)
    ax.set(xlabel="rate", ylabel="distortion")
    look = {"animated": True, "zorder": 5, "ms": 13, "mec": "white"}
    (dot,) = ax.plot([], [], "o", color=plot.COLOR["wrong"], **look)
    text = ax.text(0.97, 0.95, "", ha="right", va="top", animated=True)
    text.set_transform(ax.transAxes)

    def move(beta: float, rate: float, distortion: float) -> None:
        dot.set_data([rate], [distortion])
        text.set_text(f"β = {beta:g}\nrate {rate:.1f}\ndistortion {distortion:.1f}")

    return move


def _page(ax, page: np.ndarray):
    """Images that move, on white."""
    ax.set_axis_off()
    for spine in ax.spines.values():
        spine.set_visible(False)  # what lies over a moving image is drawn again with it
    return ax.imshow(page, vmin=-1, vmax=1, animated=True, interpolation="nearest")


def tile(x: Tensor, rows: int) -> np.ndarray:
    """Images (n, 1, H, W) in [-1, 1] in so many rows, one white pixel apart."""
    pictures = np.pad(plot.array(x)[:, 0], ((0, 0), (1, 0), (1, 0)), constant_values=1.0)
    n, height, width = pictures.shape
    grid = pictures.reshape(rows, n // rows, height, width)
    return grid.swapaxes(1, 2).reshape(rows * height, n // rows * width)


def rates(carried: Mapping[str, Tensor], *, axes, top: float, colors=()) -> None:
    """A panel a model: the nats (D,) that each of its latents carries, the largest first."""
    for i, (ax, (name, rate)) in enumerate(zip(axes, carried.items(), strict=True)):
        height = np.sort(plot.array(rate))[::-1]
        color = colors[i] if i < len(colors) else plot.COLOR["model"]
        ax.bar(np.arange(1, len(height) + 1), height, color=color)
        ax.set(title=f"{name}: {height.sum():.1f} nats", ylim=(0, top), xlabel="latent, sorted")
        ax.grid(axis="x", visible=False)
    axes[0].set_ylabel("rate, nats")


def sketch_rows(rows: Mapping[str, Tensor], *, alt: str) -> None:
    """Rows of drawings (n, L + 1, 5) in stroke-5 format, each row with its name on the left."""
    drawings = [drawing for row in rows.values() for drawing in row.cpu()]
    with plot.figure(size=(8.6, 1.05 * len(rows)), alt=alt) as (ax,):
        plot.strokes(drawings, rows=len(rows), ax=ax)
        for i, name in enumerate(rows):
            ax.text(-0.75, 1.2 * i, name, ha="right", va="center")


def read_off(x: Tensor, shown: glyphs.Glyphs, names: str, strokes: Tensor) -> tuple:
    """The nearest of all letters `names` with all `strokes`: which letter, which stroke, (n,) each.

    They are drawn in the font, size and slant of what is `shown`: x (n, 1, 28, 28) in [-1, 1].
    """
    n, choices = len(x), len(names) * len(strokes)
    character = torch.arange(len(names)).repeat_interleave(len(strokes)).repeat(n)
    factors = glyphs.Factors(*(part.repeat_interleave(choices) for part in shown.factors))
    factors = factors._replace(stroke=strokes.repeat(n * len(names)))
    drawn = glyphs.draw(character, factors, names).view(n, choices, -1).to(x)
    nearest = (drawn - x.flatten(1)[:, None]).square().sum(-1).argmin(-1).cpu()
    return nearest // len(strokes), strokes[nearest % len(strokes)]
