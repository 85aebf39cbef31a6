"""The exercise of module 01 on f-divergences: one formula, many divergences.

Ali & Silvey 1966; Csiszar 1967.
"""

from dataclasses import replace
from functools import partial

import numpy as np
import torch
from torch import Generator, Tensor

from dgm_course.exercises import inputs
from dgm_course.exercises.exercise import Exercise, Property
from dgm_course.metrics import divergence


def _for_any_number(f):
    """f of a tensor, and for answers in NumPy or Python of an array or a number too."""

    def of(u):
        if isinstance(u, Tensor):
            return f(u)
        value = f(torch.as_tensor(u, device="cpu"))
        return value.numpy() if isinstance(u, np.ndarray) else value.item()

    return of


GENERATORS = {
    "kl": divergence.KL,
    "total_variation": divergence.TOTAL_VARIATION,
    "chi_squared": divergence.CHI_SQUARED,
}


FAMILY = {name: replace(f, f=_for_any_number(f.f)) for name, f in GENERATORS.items()}


def _one_call_a_generator(solutions, given):
    return {name: partial(solutions[0], given["p"], given["q"], f) for name, f in FAMILY.items()}


def _deep_pairs(g: Generator) -> dict[str, Tensor]:
    """Random pairs with two dimensions of batch."""
    shape = 2, inputs.size(g, 4, 6), inputs.size(g, 3, 7)
    return {name: inputs.distribution(g, *shape) for name in ("p", "q")}


F_DIVERGENCE = Exercise(
    name="f_divergence",
    title="One formula, many divergences",
    difficulty=2,
    minutes=10,
    inputs=_deep_pairs,
    calls=_one_call_a_generator,
    answers="information",
    withheld=(divergence.f_divergence,),
    properties=(
        Property("f(u) = u log u gives KL(p‖q)", "kl", 2),
        Property("f(u) = |u − 1| / 2 gives the total variation", "total_variation", 1),
        Property("f(u) = (u − 1)² gives the χ² divergence", "chi_squared", 1),
    ),
    misconceptions={
        "f_weighted_by_p": "the weights must be q's: f already holds the ratio p/q",
        "f_ratio_inverted": "the ratio is upside down: u = p/q",
        "f_swapped": "p and q are exchanged: this is the divergence of q from p",
        "f_unweighted": "each f(p/q) must be weighted by q",
    },
)
