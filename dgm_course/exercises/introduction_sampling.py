"""The exercises of module 00 on sampling: noise, pushed through a map, becomes data.

Inverse transform sampling: Devroye 1986, ch. 2.  Linear maps of Gaussian noise: Bishop 2006, ch. 2.
"""

import numpy as np
import torch
from torch import Generator, Tensor

from dgm_course.exercises import inputs
from dgm_course.exercises.exercise import Call, Exercise, Picture, Property
from dgm_course.exercises.pictures import curve

QUANTILES = inputs.even(0.005, 0.995, 100)


def _draw_cells(g: Generator) -> dict[str, Tensor]:
    cells = inputs.size(g, 4, 6)
    widths = 0.4 + torch.rand(cells, generator=g)
    return {
        "u": torch.rand(inputs.size(g, 7, 10), generator=g),
        "edges": torch.cat([torch.zeros(1), widths.cumsum(0)]) - 2,
        "p": inputs.distribution(g, cells),
        "quantiles": QUANTILES,
    }


SAMPLE_HISTOGRAM = Exercise(
    name="sample_histogram",
    title="Sample by turning the CDF around",
    difficulty=3,
    minutes=15,
    inputs=_draw_cells,
    calls={"random": Call(("u", "edges", "p")), "curve": Call(("quantiles", "edges", "p"))},
    answers="introduction_sampling",
    properties=(
        Property("where the cumulative probability reaches each random u", "random", 3),
        Property("and each of a hundred even quantiles", "curve", 1),
    ),
    misconceptions={
        "inverse_left_edge": "always the left edge of the cell: u also says where inside it",
        "inverse_midpoint": "always the middle of the cell: u also says where inside it",
        "inverse_ignores_p": "the probabilities are not used: likely cells must get more u",
        "inverse_same_u": "inside the cell, use what is left of u after the cells before it",
        "inverse_without_division": "what is left of u must be divided by the cell's p",
    },
    picture=curve(
        QUANTILES.numpy(),
        "curve",
        "u",
        "x",
        "the inverse of the cumulative distribution: straight pieces, flat where p is large.",
    ),
)


def _draw_noise(g: Generator) -> dict[str, Tensor]:
    dim = inputs.size(g, 2, 3)
    factor = inputs.normal(g, dim, dim) + 0.8 * torch.eye(dim)
    return {
        "noise": inputs.normal(g, inputs.size(g, 5, 8), dim),
        "mean": 2 + inputs.normal(g, dim),
        "covariance": factor @ factor.T + 0.1 * torch.eye(dim),
        "origin": torch.zeros(1, dim),
        "axes": torch.eye(dim),
        "cloud": inputs.normal(g, 300, dim),
    }


def _matrix(outputs) -> np.ndarray:
    """The map's linear part, a row an axis of the noise."""
    return outputs["axes"] - outputs["origin"]


def _has_covariance(inputs_, outputs) -> bool:
    rows = _matrix(outputs)
    return np.allclose(rows.T @ rows, inputs_["covariance"], rtol=1e-3, atol=1e-3)


def _is_affine(inputs_, outputs) -> bool:
    expected = outputs["origin"] + inputs_["noise"] @ _matrix(outputs)
    return np.allclose(outputs["random"], expected, rtol=1e-3, atol=1e-3)


def _draw_cloud(ax, _inputs, outputs, color) -> None:
    ax.scatter(*outputs["cloud"].T[:2], s=5, color=color, lw=0)
    ax.set(xlabel="$x_1$", ylabel="$x_2$", aspect="equal")


PUSH_FORWARD = Exercise(
    name="push_forward",
    title="Push noise through a map",
    difficulty=2,
    minutes=10,
    inputs=_draw_noise,
    calls={
        name: Call((name if name != "random" else "noise", "mean", "covariance"))
        for name in ("axes", "origin", "random", "cloud")
    },
    answers="introduction_sampling",
    properties=(
        Property(
            "white noise comes out with the covariance asked for",
            "axes",
            3,
            holds=_has_covariance,
            off="A Aᵀ is not the covariance, where A is what your map multiplies the noise by",
        ),
        Property("noise 0 lands on the mean", "origin", 1),
        Property(
            "the map is x = mean + A · noise for every row",
            "random",
            1,
            holds=_is_affine,
            off="rows are mixed up, or the map is not mean + A · noise",
        ),
    ),
    misconceptions={
        "push_covariance": "the covariance itself is no square root: use A with A Aᵀ = "
        "covariance, a Cholesky factor for one",
        "push_transposed": "A is transposed: for noise in rows it is noise @ A.T",
        "push_diagonal": "only the diagonal is used: the coordinates must be correlated",
        "push_without_mean": "the mean is missing",
    },
    picture=Picture(_draw_cloud, "cloud", "a tilted cloud of 300 points around the mean."),
)
