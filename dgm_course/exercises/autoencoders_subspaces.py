"""The exercises of module 02 on subspaces: the best plane through data, the angles of two.

Principal components: Pearson 1901, Hotelling 1933.  Principal angles: Bjorck & Golub 1973.
"""

import numpy as np
import torch
from torch import Generator, Tensor

from dgm_course.exercises import inputs
from dgm_course.exercises.exercise import Call, Exercise, Picture, Property
from dgm_course.exercises.pictures import curve

TURNS = inputs.even(0, 180, 37)


def _cloud(g: Generator, n: int, dim: int, centre: Tensor) -> Tensor:
    """Rows with a spread of its own in every direction, the directions oblique: (n, dim)."""
    spread = 2.0 * 0.6 ** torch.arange(dim)
    oblique = torch.linalg.qr(inputs.normal(g, dim, dim)).Q
    return centre + (inputs.normal(g, n, dim) * spread) @ oblique.T


def _tilted(g: Generator, n: int) -> Tensor:
    """Points around a tilted line that misses the origin: (n, 2)."""
    along = inputs.normal(g, n, 1, spread=1.5).clamp(-3, 3)
    line = torch.tensor([4.5, 2.0]) + along * torch.tensor([0.6, 0.8])
    return line + inputs.normal(g, n, 1, spread=0.5) * torch.tensor([0.8, -0.6])


def _draw_clouds(g: Generator) -> dict[str, Tensor]:
    n, batch, dim = inputs.size(g, 24, 30), inputs.size(g, 4, 5), inputs.size(g, 6, 8)
    both = _cloud(g, n + batch, dim, 3 + inputs.normal(g, dim))
    return {
        "train": both[:n],
        "x": both[n:],
        "dim": torch.tensor(inputs.size(g, 2, 3)),
        "one": both[n : n + 1],
        "all": torch.tensor(dim),
        "plane": _tilted(g, 40),
        "line": torch.tensor(1),
    }


def _draw_projection(ax, inputs_, outputs, color) -> None:
    x, x_hat = inputs_["plane"], outputs["plane"]
    ax.plot(*np.stack([x, x_hat, np.full_like(x, np.nan)], 1).reshape(-1, 2).T, "#cccccc", lw=0.8)
    ax.plot(*x.T, "o", color="#999999", markersize=2.5)
    ax.plot(*x_hat.T, "o", color=color, markersize=3)
    ax.plot(0, 0, "+", color="#333333")
    ax.set(xlim=(-1, 8), ylim=(-1.5, 5.5), aspect="equal")


PCA_RECONSTRUCTION = Exercise(
    name="pca_reconstruction",
    title="The best plane",
    difficulty=2,
    minutes=15,
    inputs=_draw_clouds,
    calls={
        "random": Call(("train", "x", "dim")),
        "one": Call(("train", "one", "dim")),
        "all": Call(("train", "x", "all")),
        "plane": Call(("plane", "plane", "line")),
    },
    answers="autoencoders_subspaces",
    properties=(
        Property("new rows, moved to the nearest point of the training data's plane", "random", 3),
        Property("a single new row", "one", 1),
        Property("with as many components as coordinates nothing is lost", "all", 1),
    ),
    misconceptions={
        "pca_without_centring": "nothing is centred: this plane passes through the origin, the "
        "best one through the mean of the training data",
        "pca_uncentred_directions": "the directions are those of rows that were not centred: "
        "subtract the mean before the decomposition too",
        "pca_wrong_axis": "the wrong axis of Vᵀ: `torch.linalg.svd` returns the directions as rows",
        "pca_smallest": "these are the directions of least variance: `torch.linalg.eigh` sorts "
        "from small to large",
        "pca_mean_not_added": "the mean was subtracted: add it back at the end",
        "pca_mean_not_subtracted": "the mean is added, but was never subtracted",
        "pca_x_not_centred": "the directions are those of centred data, but x is not centred: "
        "subtract the training mean first, add it at the end",
        "pca_one_mean": "one mean for all coordinates: each has its own, take it over dimension 0",
        "pca_own_mean": "x is centred by its own mean: an encoder knows the training data's only",
        "pca_fitted_on_x": "the directions come from x: fit on the training data, apply to x",
        "pca_of_train": "these are the training rows: x is asked",
        "pca_standardised": "each coordinate is divided by its std: PCA takes the data as they are",
        "pca_codes": "these are the codes: decode them, back to D numbers a row",
        "pca_scaled": "the codes are scaled by the singular values: directions have length 1",
        "pca_mean_of_rows": "each row has lost its own mean: average over examples, dimension 0",
    },
    picture=Picture(
        _draw_projection,
        "plane",
        "points around a tilted line that misses the origin (+), each moved to the line.",
    ),
)


def _planes(g: Generator, dim: int, turn: Tensor) -> tuple[Tensor, Tensor]:
    """Two planes that share a line and open by `turn` degrees, in oblique bases: (N, dim, 2)."""
    axes, radians = torch.linalg.qr(inputs.normal(g, dim, 3)).Q, turn.deg2rad()[:, None, None]
    shared, first, other = axes.T[:, None, :, None]
    turned = torch.cos(radians) * first + torch.sin(radians) * other
    a, b = (torch.cat(2 * [shared.expand_as(turned)], -1) for _ in "ab")
    a = a * torch.tensor([1.0, 0.6]) + first * torch.tensor([0.0, 2.0])
    b = b * torch.tensor([3.0, 1.5]) + turned * torch.tensor([0.0, 1.0])
    return a, b


def _draw_bases(g: Generator) -> dict[str, Tensor]:
    dim, same = inputs.size(g, 9, 11), inputs.normal(g, 8, 7, 3)
    a, b = _planes(g, 4, TURNS)
    return {
        "a": inputs.normal(g, dim, inputs.size(g, 3, 4)),
        "b": inputs.normal(g, dim, 5) + 0.5,
        "same": same,
        "mixed": same @ (inputs.normal(g, 8, 3, 3) + 2 * torch.eye(3)),
        "still": a,
        "turned": b,
    }


PRINCIPAL_ANGLES = Exercise(
    name="principal_angles",
    title="The angle between two subspaces",
    difficulty=3,
    minutes=15,
    inputs=_draw_bases,
    calls={
        "random": Call(("a", "b")),
        "same": Call(("same", "mixed"), each=True),
        "curve": Call(("still", "turned"), each=True),
    },
    answers="autoencoders_subspaces",
    properties=(
        Property("the angles of two random subspaces, in radians, smallest first", "random", 3),
        Property(
            "two bases of one subspace are at angle 0, though a cosine may round to above 1",
            "same",
            2,
            atol=5e-3,
        ),
    ),
    misconceptions={
        "angles_without_bases": "the columns are used as they are: make each basis orthonormal "
        "first",
        "angles_unit_columns": "the columns have length 1 now, but must be at right angles too",
        "angles_cosines": "these are the cosines: the angles are their arccosines",
        "angles_sine": "this is π/2 minus the angle: singular values are cosines, not sines",
        "angles_degrees": "these are degrees: radians are asked",
        "angles_largest_first": "the largest comes first: the largest cosine has the smallest "
        "angle",
        "angles_of_pairs": "these are the angles of single basis vectors, which another basis "
        "changes: take the singular values",
        "angles_squared_cosines": "these are eigenvalues, the squares of the cosines: take their "
        "roots first",
    },
    picture=curve(
        TURNS.numpy(),
        "curve",
        "turned by (degrees)",
        "angle (radians)",
        "two planes with a line in common: one angle stays 0, the other rises to a right angle "
        "after a quarter turn and falls again.",
    ),
)
