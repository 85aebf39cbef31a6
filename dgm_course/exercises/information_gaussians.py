"""The exercises of module 01 on Gaussians: the closed form, and fits by either divergence.

Closed form: Cover & Thomas 2006, ch. 8.  Forward fits cover, reverse fits seek a mode: Minka 2005.
"""

import numpy as np
import torch
from torch import Generator, Tensor

from dgm_course.exercises import inputs
from dgm_course.exercises.exercise import Call, Exercise, Picture, Property
from dgm_course.exercises.pictures import curve
from dgm_course.metrics import gaussian

GRID = inputs.even(-6, 6, 241)
SPREADS = inputs.even(-1.2, 1.2, 41)


def _draw_gaussians(g: Generator) -> dict[str, Tensor]:
    batch, dim = inputs.size(g, 5, 7), inputs.size(g, 2, 4)
    return {
        "mean_p": inputs.normal(g, batch, dim),
        "log_std_p": inputs.normal(g, batch, dim, spread=0.5),
        "mean_q": inputs.normal(g, batch, dim),
        "log_std_q": inputs.normal(g, batch, dim, spread=0.5),
        "zeros": torch.zeros(len(SPREADS), 1),
        "ones": torch.ones(len(SPREADS), 1),
        "spreads": SPREADS[:, None],
    }


KL_GAUSSIANS = Exercise(
    name="kl_gaussians",
    title="Between Gaussians there is a formula",
    difficulty=3,
    minutes=15,
    inputs=_draw_gaussians,
    calls={
        "random": Call(("mean_p", "log_std_p", "mean_q", "log_std_q")),
        "same": Call(("mean_p", "log_std_p", "mean_p", "log_std_p")),
        "curve": Call(("ones", "zeros", "zeros", "spreads")),
    },
    answers="information_gaussians",
    withheld=(gaussian.kl_gaussians,),
    properties=(
        Property("KL of random diagonal Gaussians, one number a row, in nats", "random", 4),
        Property("a Gaussian is at distance 0 from itself", "same", 1),
    ),
    misconceptions={
        "gaussians_log_variance": "log_std was taken for a log-variance: the variance is "
        "exp(2 · log_std)",
        "gaussians_std_as_variance": "exp(log_std) is the standard deviation: its square "
        "is the variance",
        "gaussians_without_half": "the ½ before the squares is missing",
        "gaussians_without_minus_one": "the −1 is missing: a Gaussian would not be at "
        "distance 0 from itself",
        "gaussians_swapped": "this is KL(q‖p): divide by q's variance, not by p's",
        "gaussians_mean_over_dimensions": "sum over the dimensions, no mean: independent "
        "coordinates add their divergences",
        "gaussians_summed_over_batch": "summed over the batch too: one number a row",
    },
    picture=curve(
        SPREADS.numpy(),
        "curve",
        "log_std of q",
        "nats",
        "KL of N(1, 1) from N(0, std²) against log std: steep where q is narrow.",
    ),
)


def _bumps(g: Generator) -> dict[str, Tensor]:
    """Two bumps, and Gaussian candidates in random order, as tables of log probabilities.

    The narrowest candidate is narrower than either bump, so that neither direction picks it.
    """
    weight = 0.35 + 0.3 * torch.rand((), generator=g)
    centre = 1.8 + 0.7 * torch.rand(2, generator=g)
    std = 0.5 + 0.2 * torch.rand(2, generator=g)
    bump = -0.5 * ((GRID - torch.stack([-centre[0], centre[1]])[:, None]) / std[:, None]) ** 2
    log_weight = torch.stack([weight, 1 - weight]).log() - std.log()
    mean, spread = torch.meshgrid(
        torch.linspace(-3, 3, 25), torch.linspace(0.3, 3, 10), indexing="ij"
    )
    order = torch.randperm(mean.numel(), generator=g)[: inputs.size(g, 230, 250)]
    mean, spread = mean.reshape(-1, 1)[order], spread.reshape(-1, 1)[order]
    return {
        "log_p": (bump + log_weight[:, None]).logsumexp(0).log_softmax(-1),
        "log_q": (-0.5 * ((GRID - mean) / spread) ** 2).log_softmax(-1),
    }


def _costs(inputs_) -> dict[str, np.ndarray]:
    """What every candidate costs in either direction: (M,) each."""
    log_p, log_q = inputs_["log_p"].astype("f8"), inputs_["log_q"].astype("f8")
    return {
        "forward": (np.exp(log_p) * (log_p - log_q)).sum(-1),
        "reverse": (np.exp(log_q) * (log_q - log_p)).sum(-1),
    }


def _is_best(direction: str):
    """The candidate chosen, a whole number, costs as little as the best one, up to rounding."""

    def holds(inputs_, outputs) -> bool:
        cost, chosen = _costs(inputs_)[direction], float(outputs[f"fit.{direction}"])
        if not (chosen.is_integer() and 0 <= chosen < len(cost)):
            return False
        return bool(cost[int(chosen)] <= cost.min() + 1e-4)

    return holds


def _draw_fit(ax, inputs_, outputs, color) -> None:
    ax.fill_between(GRID, np.exp(inputs_["log_p"]), color="#e6e6e6", label="p")
    for direction, style in (("forward", "-"), ("reverse", "--")):
        chosen = inputs_["log_q"][int(outputs[f"fit.{direction}"])]
        ax.plot(GRID, np.exp(chosen), style, color=color, label=direction)
    shown = dict(zip(*reversed(ax.get_legend_handles_labels()), strict=True))
    ax.legend(shown.values(), shown.keys(), loc="upper left", fontsize=8, handlelength=1.4)
    ax.set(xlabel="x", yticks=[])


FIT_GAUSSIAN = Exercise(
    name="fit_gaussian",
    title="Cover, or pick a side",
    difficulty=2,
    minutes=15,
    inputs=_bumps,
    calls={"fit": Call(("log_p", "log_q"), returns=("forward", "reverse"))},
    answers="information_gaussians",
    properties=(
        Property(
            "forward: the candidate with the least KL(p‖q)",
            "fit.forward",
            2,
            holds=_is_best("forward"),
            off="another candidate has a smaller KL(p‖q) = Σ p log p/q",
        ),
        Property(
            "reverse: the candidate with the least KL(q‖p)",
            "fit.reverse",
            2,
            holds=_is_best("reverse"),
            off="another candidate has a smaller KL(q‖p) = Σ q log q/p",
        ),
    ),
    misconceptions={
        "fit_exchanged": "the two are exchanged: forward weighs by the target p, reverse by "
        "the candidate q",
        "fit_worst": "this is the worst candidate: look for the smallest divergence",
        "fit_forward_twice": "this is the forward fit again: the reverse one weighs by q",
        "fit_without_entropy": "the entropy of q is missing: without Σ q log q the narrowest "
        "candidate always wins",
    },
    picture=Picture(
        _draw_fit,
        "fit.forward",
        "two bumps; the forward fit (solid) is wide and covers both, the reverse fit (dashed) "
        "sits on one.",
    ),
)
