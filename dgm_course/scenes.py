"""Pictures that belong to one lecture rather than to the course: what `plot` is too general for.

two_gaussians    for `widgets.explore`: two Gaussians, where their divergence comes from
best_gaussians   a density and the two Gaussians nearest to it, one for each direction of KL
runs             many noisy runs around one trend
rectangles       surprise as areas, which sum to the entropy or the cross-entropy
triangle         a number for every distribution of three outcomes, on the triangle that they form
landscape        a number for every mean and standard deviation, as a contour map
"""

from collections.abc import Callable

import numpy as np
import torch

from dgm_course import plot, widgets
from dgm_course.metrics import divergence, gaussian

GRID = np.linspace(-14.0, 14.0, 561)  # beyond five standard deviations at the sliders' ends
SLIDERS = {
    "mean_p": widgets.Slider(-2, 2, 0, label="mean of p"),
    "log_std_p": widgets.Slider(-1, 1, 0, label="log std of p"),
    "mean_q": widgets.Slider(-2, 2, 1, label="mean of q"),
    "log_std_q": widgets.Slider(-1, 1, 0.7, label="log std of q"),
}
MEASURES = ("H(p)", "H(q)", "H(p, q)", "KL(p‖q)", "KL(q‖p)", "JS(p, q)")
CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, np.sqrt(3) / 2]])


def two_gaussians() -> tuple:
    """Two Gaussians p and q: their densities, the integrands of both KLs, and six numbers in nats.

    Returns (figure, update); `update(mean_p, log_std_p, mean_q, log_std_q)` takes floats.
    """
    titles = ["two densities", "where the KL comes from", "what it amounts to, nats"]
    fig, axes = plot.make_figure(1, 3, titles, size=(3.2, 2.9))
    grey, blue, orange, mauve = (plot.COLOR[r] for r in ("noise", "data", "model", "other"))
    p, q = _Area(axes[0], blue, "p"), _Area(axes[0], orange, "q")
    forward = _Area(axes[1], orange, "p log p/q")
    reverse = _Area(axes[1], mauve, "q log q/p", "--")
    readout = _Readout(axes[2], (grey, grey, grey, orange, mauve, "#55565a"))
    _frame(axes)

    def update(mean_p: float, log_std_p: float, mean_q: float, log_std_q: float) -> None:
        log_p, log_q = _log_normal(mean_p, log_std_p), _log_normal(mean_q, log_std_q)
        p.move(np.exp(log_p))
        q.move(np.exp(log_q))
        forward.move(np.exp(log_p) * (log_p - log_q))
        reverse.move(np.exp(log_q) * (log_q - log_p))
        readout.move(measures(mean_p, log_std_p, mean_q, log_std_q))

    return fig, update


def _frame(axes) -> None:
    """Limits, labels and legends of the three panels of `two_gaussians`."""
    axes[0].set(ylim=(0, 1.15), yticks=(0, 0.2, 0.4, 0.6, 0.8), ylabel="density")
    axes[1].set(ylim=(-0.4, 2.2), yticks=(0, 0.5, 1, 1.5), ylabel="integrand")
    axes[2].set(xlabel="a bar too long ends at the edge")
    for ax in axes[:2]:
        ax.set(xlim=(-7, 7), xlabel="x")
        ax.legend(loc="upper left", handlelength=1.2).set_zorder(0)  # redrawing it is slow


def measures(mean_p: float, log_std_p: float, mean_q: float, log_std_q: float) -> list[float]:
    """The six `MEASURES` of two Gaussians on the line, in nats; JS has no formula: on a grid."""
    p = torch.tensor([[mean_p], [log_std_p]], dtype=torch.float64)
    q = torch.tensor([[mean_q], [log_std_q]], dtype=torch.float64)
    exact = (
        gaussian.entropy_gaussian(p[1]),
        gaussian.entropy_gaussian(q[1]),
        gaussian.cross_entropy_gaussians(*p, *q),
        gaussian.kl_gaussians(*p, *q),
        gaussian.kl_gaussians(*q, *p),
    )
    log_p, log_q = _log_normal(mean_p, log_std_p), _log_normal(mean_q, log_std_q)
    log_m = np.logaddexp(log_p, log_q) - np.log(2)
    gap = np.exp(log_p) * (log_p - log_m) + np.exp(log_q) * (log_q - log_m)
    return [value.item() for value in exact] + [0.5 * float(gap.sum()) * (GRID[1] - GRID[0])]


def _log_normal(mean: float, log_std: float) -> np.ndarray:
    z = (GRID - mean) * np.exp(-log_std)
    return -0.5 * z**2 - log_std - 0.5 * np.log(2 * np.pi)


class _Area:
    """A curve over GRID with the area under it shaded; `move` gives it other values."""

    def __init__(self, ax, color: str, label: str, style: str = "-") -> None:
        (self.line,) = ax.plot([], [], style, color=color, animated=True)
        (self.fill,) = ax.fill([0], [0], color=color, alpha=0.25, lw=0, animated=True)
        ax.plot([], [], style, color=color, label=label)  # the legend's, which does not move
        ax.axhline(0, color="#666666", linewidth=0.8)

    def move(self, y: np.ndarray) -> None:
        self.line.set_data(GRID, y)
        self.fill.set_xy(np.column_stack([np.r_[GRID[0], GRID, GRID[-1]], np.r_[0, y, 0]]))


class _Readout:
    """A bar and a number for each of the six measures; a bar too long ends at the axis."""

    limit = 6.0

    def __init__(self, ax, colors: tuple) -> None:
        at = np.arange(len(MEASURES))
        self.bars = ax.barh(at, 0, color=colors, height=0.62, animated=True)
        self.texts = [
            ax.text(1.02, i, "", va="center", transform=ax.get_yaxis_transform(), animated=True)
            for i in at
        ]
        ax.text(1.2, 0, " ", transform=ax.get_yaxis_transform())  # keeps room for the numbers
        ax.set_yticks(at, MEASURES)
        ax.set(xlim=(0, self.limit), ylim=(len(MEASURES) - 0.4, -0.6))
        ax.grid(axis="y", visible=False)

    def move(self, values: list[float]) -> None:
        for bar, text, value in zip(self.bars, self.texts, values, strict=True):
            bar.set_width(min(value, self.limit))
            text.set_text(f"{value:.2f}")


def best_gaussians(target, forward, reverse, *, alt: str) -> None:
    """A 1-D target, and the torch distributions `forward` and `reverse` that were fitted to it."""
    x = torch.linspace(-5, 5, 401)
    fits = {"least KL(p‖q): covers": forward, "least KL(q‖p): picks a side": reverse}
    with plot.figure(size=(6.4, 3.2), alt=alt) as (ax,):
        p = plot.array(target.log_prob(x[:, None]).exp())
        ax.fill_between(x, p, color=plot.COLOR["data"], alpha=0.35, lw=0, label="p, the truth")
        densities = {name: q.log_prob(x).exp() for name, q in fits.items()}
        colors = plot.COLOR["model"], plot.COLOR["other"]
        plot.curves(x, densities, colors=colors, styles=["-", "--"], ax=ax)
        ax.set(xlabel="x", ylabel="density", ylim=(0, None))


def rectangles(p, q, *, ax, color: str, top: float, base: float | None = None) -> None:
    """One rectangle an outcome, as wide as p and as high as its surprise under q: (K,), (K,).

    The area is the entropy of p where q is p, else the cross-entropy; nats, or bits for base=2.
    The vertical axis ends at `top`, so that panels beside each other share their unit of area.
    """
    width, height = plot.array(p), plot.array(divergence.information(q, base))
    left = width.cumsum() - width
    ax.bar(left, height, width, align="edge", color=color, edgecolor="white", alpha=0.8)
    for outcome, middle in enumerate(left + width / 2):
        ax.annotate(f"{outcome}", (middle, height[outcome]), ha="center", va="bottom")
    unit = "bits" if base == 2 else "nats"
    ax.set(xlabel="probability, side by side", ylabel=f"surprise, {unit}")
    ax.set_ylim(0, top)


def triangle(value: Callable, levels, *, ax, mark=None, color: str = plot.COLOR["model"]) -> None:
    """Contours of value(q), (N, 3) -> (N,), over all distributions q of three outcomes.

    A corner gives its outcome all the mass; an edge is red where the value is infinite, which it is
    where one outcome is impossible.  `mark`, (3,), is one distribution to point at.  Levels are
    labelled on the way from the lowest value up to the top corner, which a convex value climbs.
    """
    q = _all_distributions(150)
    height = plot.array(value(torch.from_numpy(q)))
    x, y = (q @ CORNERS).T
    finite = np.isfinite(height)
    drawn = x[finite], y[finite], height[finite], levels
    shades = [(color, 0.08 + 0.06 * i) for i in range(len(levels) + 1)]
    ax.tricontourf(*drawn, colors=shades, extend="both")
    way = np.linspace(q[height.argmin()], [0, 0, 1], 400)[:-1]
    at = np.interp(levels, plot.array(value(torch.from_numpy(way))), np.arange(399), right=np.nan)
    places = (way[at[np.isfinite(at)].astype(int)] @ CORNERS).tolist()
    lines = ax.tricontour(*drawn, colors=color, linewidths=1.2)
    ax.clabel(lines, fontsize=8, fmt="%g", colors="#333333", manual=places)
    _draw_edges(ax, q, height)
    if mark is not None:
        ax.plot(*(plot.array(mark) @ CORNERS), "o", color=plot.COLOR["data"], zorder=3)
    ax.set(xlim=(-0.15, 1.15), ylim=(-0.14, 1.0), aspect="equal")
    ax.set_axis_off()


def _draw_edges(ax, q: np.ndarray, height: np.ndarray) -> None:
    """The triangle's corners, named, and its edges, red where the value is infinite."""
    for i, corner in enumerate(CORNERS):
        below, side = i < 2, np.stack([corner, CORNERS[(i + 1) % 3]])
        wall = np.isinf(height[(q[:, (i + 2) % 3] == 0) & (q.max(-1) == 0.5)]).all()
        role = {"color": plot.COLOR["wrong"], "lw": 3} if wall else {"color": "#666666", "lw": 1}
        ax.plot(*side.T, **role)
        place = (corner[0], corner[1] + (-0.04 if below else 0.04))
        ax.annotate(f"always {i}", place, ha="center", va="top" if below else "bottom")


def _all_distributions(n: int) -> np.ndarray:
    """Distributions of three outcomes in steps of 1 / n, the edges included: (N, 3)."""
    i, j = np.mgrid[: n + 1, : n + 1].reshape(2, -1)
    i, j = i[i + j <= n], j[i + j <= n]
    return np.stack([n - i - j, i, j], -1) / n


def runs(x, y, trend, *, ax, color: str, label: str = "") -> None:
    """Thin lines y (R, N) over x (N,) around a thick one, `trend` (N,)."""
    ax.plot(plot.array(x), plot.array(y).T, color=color, alpha=0.35, lw=0.8)
    plot.curves(x, {label: trend}, colors=[color], ax=ax)


def landscape(mean, std, table, levels, fits, *, ax, color: str) -> None:
    """Contours of table (H, W) over mean and std (H, W), darkest where it is lowest.

    Each of `fits` is a torch distribution, a dot at its mean and standard deviation.
    """
    shades = [(color, 0.95 - 0.85 * i / len(levels)) for i in range(len(levels))]
    ax.contourf(mean, std, table, [table.min().item(), *levels], colors=shades)
    lines = ax.contour(mean, std, table, levels, colors="white", linewidths=0.7)
    texts = ax.clabel(lines, levels[::2], fontsize=7, fmt="%g", colors="black")
    for text in texts:
        text.set_bbox({"facecolor": "white", "alpha": 0.75, "lw": 0, "pad": 0.5})
    dot = {"color": plot.COLOR["data"], "markeredgecolor": "white", "markersize": 9}
    for q in fits:
        ax.plot(q.mean, q.stddev, "o", **dot)
    ax.set(xlabel="mean of q", ylabel="std of q")
    ax.grid(visible=False)
