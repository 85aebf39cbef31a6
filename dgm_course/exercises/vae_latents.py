"""The exercises of module 03 on the space of codes: a way between two, a direction for a property.

Interpolation: Kingma & Welling 2014.  Attribute vectors: Larsen et al. 2016, sec. 4.2.
"""

import torch
from torch import Generator, Tensor

from dgm_course.exercises import inputs
from dgm_course.exercises.exercise import Call, Exercise, Picture, Property
from dgm_course.models import latents


def _draw_ends(g: Generator) -> dict[str, Tensor]:
    dim = inputs.size(g, 3, 5)
    return {
        "start": inputs.normal(g, dim),
        "end": 2 + inputs.normal(g, dim),
        "steps": torch.tensor(inputs.size(g, 6, 9)),
        "two": torch.tensor(2),
    }


def _draw_path(ax, inputs_, outputs, color) -> None:
    ax.plot(*outputs["path"][:, :2].T, "o-", color=color, markersize=5)
    for name in ("start", "end"):
        ax.annotate(name, inputs_[name][:2], xytext=(5, -10), textcoords="offset points")
    ax.set(xlabel="$z_1$", ylabel="$z_2$")
    ax.margins(0.25)


INTERPOLATE = Exercise(
    name="interpolate",
    title="Walk from one code to another",
    difficulty=1,
    minutes=5,
    inputs=_draw_ends,
    calls={"path": Call(("start", "end", "steps")), "ends": Call(("start", "end", "two"))},
    answers="vae_latents",
    withheld=(latents.interpolate,),
    properties=(
        Property("evenly spaced codes on the straight line", "path", 2),
        Property("with two steps, exactly the two ends", "ends", 1),
    ),
    misconceptions={
        "interpolate_swapped": "the walk goes backwards: the first code is `start`",
        "interpolate_open_end": "the last code is not reached: the weights run from 0 to 1, both "
        "included",
        "interpolate_inside": "the two ends are missing: the weights run from 0 to 1, both "
        "included",
        "interpolate_on_the_arc": "these codes lie on an arc (slerp): a straight line is asked",
        "interpolate_sum_of_weights": "the weights of the two codes must add up to 1: "
        "(1 − w) · start + w · end",
        "interpolate_steps_between": "this has a code too many: `steps` counts the codes, both "
        "ends among them",
        "interpolate_transposed": "codes stand in columns here: one code a row, (steps, D)",
    },
    picture=Picture(_draw_path, "path", "points in even steps on a line from start to end."),
)


def _draw_codes(g: Generator) -> dict[str, Tensor]:
    """Codes of two kinds, unequally many, in random order."""
    regular, bold = inputs.size(g, 9, 12), inputs.size(g, 5, 7)
    dim = inputs.size(g, 2, 4)
    label = (torch.arange(regular + bold) < bold).long()
    label = label[torch.randperm(regular + bold, generator=g)]
    z = 1 + inputs.normal(g, regular + bold, dim, spread=0.7)
    z = z + label[:, None] * (1.5 + inputs.normal(g, dim, spread=0.7))
    return {"z": z, "bold": label, "moved": z + 5}


def _draw_arrow(ax, inputs_, outputs, color) -> None:
    z, bold = inputs_["z"][:, :2], inputs_["bold"]
    for label, fill in ((0, "white"), (1, "#666666")):
        ax.plot(*z[bold == label].T, "o", color="#666666", markerfacecolor=fill, markersize=5)
    start, (dx, dy) = z[bold == 0].mean(0), outputs["random"][:2]
    ax.quiver(*start, dx, dy, angles="xy", scale_units="xy", scale=1, color=color, zorder=3)
    ax.set(xlabel="$z_1$", ylabel="$z_2$")


ATTRIBUTE_VECTOR = Exercise(
    name="attribute_vector",
    title="A direction that means bold",
    difficulty=2,
    minutes=10,
    inputs=_draw_codes,
    calls={"random": Call(("z", "bold")), "moved": Call(("moved", "bold"))},
    answers="vae_latents",
    properties=(
        Property("the mean code of the bold minus that of the regular", "random", 2),
        Property("moving all codes alike changes no direction", "moved", 1),
    ),
    misconceptions={
        "attribute_swapped": "the direction is turned round: bold minus regular",
        "attribute_one_pair": "this is the difference of one pair, with all that sets those two "
        "apart: average over all codes of either kind",
        "attribute_bold_alone": "this is where the bold codes lie: subtract the mean of the "
        "regular ones",
        "attribute_from_all": "this starts at the mean of all codes, bold ones among them: "
        "subtract the mean of the regular ones",
        "attribute_sums": "sums depend on how many there are of either kind: subtract means",
        "attribute_divided_by_all": "each kind is divided by the number of all codes: divide by "
        "its own number",
        "attribute_labels_as_rows": "0 and 1 are used as row numbers: `z[bold]` picks rows 0 and 1 "
        "again and again, `z[bold == 1]` the bold ones",
        "attribute_tilde": "`~` turns the whole numbers 0 and 1 into −1 and −2, rows counted from "
        "the end: compare first, `bold == 0`",
        "attribute_tilde_rows": "whole numbers in brackets pick rows by their number, so `z[bold]` "
        "is rows 0 and 1, and `z[~bold]` the last two: compare first, `bold == 1`",
        "attribute_per_dimension": "averaged over the dimensions: the mean runs over the codes, "
        "dimension 0",
    },
    picture=Picture(
        _draw_arrow,
        "random",
        "regular codes as rings, bold ones filled; an arrow from the mean of the ones to that of "
        "the others.",
    ),
)
