"""The two figures of a class: how the points are spread, which misconceptions are common."""

import textwrap

from dgm_course import picture, plot

MOST = 6  # misconceptions an exercise
WIDTH = 10.0  # inches: 1,000 pixels
LABEL = 52  # characters a line of a sentence, of two lines at most


def points(most: int, earned: list[int]) -> tuple[bytes, str]:
    """How many notebooks earned how many points: the PNG and what it shows in words."""
    wide = max(1, -(-(most + 1) // 40))  # points a bar, so that there are at most 40 bars
    starts = list(range(0, most + 1, wide))
    counts = [sum(start <= n < start + wide for n in earned) for start in starts]
    fig, axes = plot.make_figure(size=(WIDTH, 2.4))
    axes[0].bar(starts, counts, 0.85 * wide, align="edge" if wide > 1 else "center")
    axes[0].set(xlabel=f"points of {most}", ylabel="notebooks", xlim=(-0.7 * wide, most + wide))
    axes[0].set_ylim(0, max(counts) * 1.1)
    _whole(axes[0].xaxis, axes[0].yaxis)
    axes[0].grid(axis="x", visible=False)
    middle = sorted(earned)[len(earned) // 2]
    alt = "A bar for each number of points, as high as the notebooks that earned it: "
    alt += f"{len(earned)} in all, from {min(earned)} to {max(earned)} of {most} points, "
    return _png(fig), alt + f"half of them at most {middle}."


def mixups(titles: list[str], found: list[dict], n: int) -> tuple[bytes, str]:
    """A bar a misconception, by exercise: the PNG and what it shows in words."""
    groups = [(title, [row for row in found if row["title"] == title][:MOST]) for title in titles]
    rows = _rows([group for group in groups if group[1]])
    fig, axes = plot.make_figure(size=(WIDTH, 0.7 + sum(row["height"] for row in rows)))
    _draw(axes[0], rows)
    said = [f"{t}: {g[0]['count']} × “{g[0]['says']}”" for t, g in groups if g]
    alt = f"Bars, by exercise: how many of {n} notebooks show each known mix-up. The commonest: "
    return _png(fig), alt + "; ".join(said).replace("`", "") + ". The table has them all."


def _rows(groups: list[tuple[str, list[dict]]]) -> list[dict]:
    """From top to bottom: an exercise's title, then its bars; heights in inches."""
    rows = []
    for title, group in groups:
        rows.append({"label": _plain(title), "count": None, "height": 0.42})
        for row in group:
            label = textwrap.wrap(_plain(row["says"]), LABEL, max_lines=2, placeholder=" …")
            height = 0.2 + 0.16 * len(label)
            rows.append({"label": "\n".join(label), "count": row["count"], "height": height})
    return rows


def _draw(ax, rows: list[dict]) -> None:
    at, top = [], 0.0
    for row in rows:
        at.append(top + row["height"] * (0.5 if row["count"] else 0.65))
        top += row["height"]
    bars = [(y, row["count"]) for y, row in zip(at, rows, strict=True) if row["count"]]
    drawn = ax.barh(*zip(*bars, strict=True), 0.24, color=plot.COLOR["data"])
    ax.bar_label(drawn, padding=3, fontsize=9)
    ax.set_yticks(at, [row["label"] for row in rows])
    for label, row in zip(ax.get_yticklabels(), rows, strict=True):
        label.set(fontweight="normal" if row["count"] else "bold", linespacing=1.05)
    ax.set(ylim=(top, 0), xlabel="notebooks", xlim=(0, max(n for _, n in bars) * 1.08))
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="y", visible=False)
    _whole(ax.xaxis)


def _plain(text: str) -> str:
    """A sentence without the marks of code, and without what matplotlib takes for a formula."""
    return text.replace("`", "").replace("$", "\\$")


def _whole(*axes) -> None:
    from matplotlib.ticker import MaxNLocator

    for axis in axes:
        axis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))


def _png(fig) -> bytes:
    try:
        return picture.png(fig, picture.SHOWN)
    finally:
        plot.pyplot().close(fig)
