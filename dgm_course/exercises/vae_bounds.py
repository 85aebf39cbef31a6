"""The exercises of module 03 on the gap below log p(x): more samples, and a better q for one x.

Importance-weighted bound: Burda, Grosse & Salakhutdinov 2016, eq. 8.  Refining q for each x: Kim et
al. 2018, semi-amortised inference; the gaps have their names from Cremer, Li & Duvenaud 2018.
"""

import math
from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from torch import Generator, Tensor

from dgm_course.exercises import inputs
from dgm_course.exercises.exercise import Exercise, Property
from dgm_course.exercises.observe import as_array, parts
from dgm_course.exercises.pictures import curve

DOUBLINGS = np.arange(7)  # k = 1, 2, 4, ..., 64
STEPS = np.array([0, 1, 2, 4])
PARTS = ("mean", "log_std")


def _draw_weights(g: Generator) -> dict[str, Tensor]:
    """Log-weights of few samples, of extreme size, and of a round of many whose mean weight is 1.

    The round starts at another sample in every row.  So the two halves of each row's first 2 k are
    the first k of two rows, and the mean bound cannot fall from k to 2 k (Jensen 1906); it ends
    at log 1 = 0, which takes the part of log p(x).
    """
    batch, k = inputs.size(g, 5, 7), inputs.size(g, 8, 10)
    far = inputs.normal(g, 5, k, spread=2)
    far = far + torch.tensor([[-1000.0], [-990.0], [800.0], [-3000.0], [0.0]])
    far[4, 1::2] -= 2000  # a row whose weights are far apart
    many = inputs.normal(g, 2 ** int(DOUBLINGS[-1]))
    many = many - many.logsumexp(-1) + math.log(len(many))
    return {
        "log_w": inputs.normal(g, batch, k, spread=2) - 4,
        "far": far,
        "many": torch.stack([many.roll(-row) for row in range(len(many))]),
    }


def _climb(answer: Callable, log_w: Tensor) -> np.ndarray:
    """The mean bound of the rows from their first 1, 2, 4, ... samples."""
    return np.array([as_array(answer(log_w[:, : 2**n].clone())).mean() for n in DOUBLINGS])


def _call_weights(answers, given):
    answer = answers[0]
    return {
        "random": partial(answer, given["log_w"]),
        "far": partial(answer, given["far"].clone()),
        "climb": partial(_climb, answer, given["many"]),
    }


IWAE_BOUND = Exercise(
    name="iwae_bound",
    title="More samples, a tighter bound",
    difficulty=2,
    minutes=10,
    inputs=_draw_weights,
    calls=_call_weights,
    answers="vae_bounds",
    properties=(
        Property("the log of the mean weight of each row's k samples, in nats", "random", 2),
        Property("log-weights near −1000 or 800, or 2000 apart, give exact bounds too", "far", 2),
        Property("the bound climbs from the ELBO at k = 1 towards log p(x)", "climb", 1),
    ),
    misconceptions={
        "iwae_mean_of_logs": "this is the mean of the logs, the ELBO however many samples there "
        "are: the logarithm goes outside the mean",
        "iwae_without_log_k": "−log k is missing: it is the mean of the weights, not their sum",
        "iwae_unstable": "exp under- or overflowed: stay in logs, with logsumexp",
        "iwae_divided_by_k": "the logarithm is divided by k: the weights are, so subtract log k",
        "iwae_over_batch": "averaged over the batch: the k samples stand in the last dimension",
        "iwae_best_sample": "this keeps the best sample alone: average all k weights",
        "iwae_negative": "the sign: this is the negative bound, a loss",
    },
    picture=curve(
        DOUBLINGS,
        "climb",
        "log₂ k",
        "nats",
        "the bound rises with the number of samples and flattens at log p(x), which is 0 here.",
    ),
)


def _draw_models(g: Generator) -> dict[str, Tensor]:
    """x = W z + b + noise; the columns of W are orthogonal, so the posterior has no correlation."""
    batch, dim = inputs.size(g, 4, 6), inputs.size(g, 2, 3)
    std = 0.3 + 0.3 * torch.rand((), generator=g)
    precision = 1 + 2 * torch.rand(dim, generator=g)
    own = torch.eye(dim).repeat(3, 1)  # every latent has three pixels of its own
    weight = own * (0.3 + torch.rand(3 * dim, 1, generator=g))
    weight = weight / weight.norm(dim=0) * precision.sqrt() * std
    bias = inputs.normal(g, 3 * dim)
    noise = inputs.normal(g, batch, 3 * dim, spread=float(std))
    return {
        "x": inputs.normal(g, batch, dim) @ weight.T + bias + noise,
        "weight": weight,
        "bias": bias,
        "std": std,
        "mean": inputs.normal(g, batch, dim),
        "log_std": inputs.normal(g, batch, dim, spread=0.2) - 0.2,
        "counts": torch.randint(6, (batch, dim), generator=g).float(),
        "steps": torch.tensor(inputs.size(g, 3, 4)),
        "lr": 0.05 + 0.1 * torch.rand((), generator=g),
    }


def linear_elbo(given) -> Callable[[Tensor, Tensor], Tensor]:
    """The exact ELBO of x under x = W z + b + N(0, std²): mean, log_std (B, D) -> (B,), nats."""
    pull, precision = _pull_and_precision(given)
    alone = ((given["x"] - given["bias"]) / given["std"]) ** 2 + math.log(2 * math.pi)
    constant = -0.5 * alone.sum(-1) - given["x"].shape[1] * given["std"].log()

    def elbo(mean: Tensor, log_std: Tensor) -> Tensor:
        _check_rows(mean, pull)
        square = mean**2 + (2 * log_std).exp()
        return constant + (pull * mean - 0.5 * (precision * square - 1) + log_std).sum(-1)

    return elbo


def counting_elbo(given) -> Callable[[Tensor, Tensor], Tensor]:
    """The exact ELBO of counts ~ Poisson(exp(z)), + const: mean, log_std (B, D) -> (B,), nats.

    E exp(z) = exp(mean + std²/2) ties the gradient by each part to the value of the other.
    """

    def elbo(mean: Tensor, log_std: Tensor) -> Tensor:
        _check_rows(mean, given["counts"])
        variance = (2 * log_std).exp()
        log_px = given["counts"] * mean - (mean + 0.5 * variance).exp()
        return (log_px - 0.5 * (mean**2 + variance - 1) + log_std).sum(-1)

    return elbo


def _check_rows(mean: Tensor, like: Tensor) -> None:
    if mean.shape != like.shape:
        expected = f"expected shape {tuple(like.shape)}, got {tuple(mean.shape)}"
        raise ValueError(f"`elbo` takes the codes of all x at once: {expected}")


def posterior(given) -> tuple[Tensor, Tensor]:
    """The exact posterior, mean and log_std (B, D): Bishop 2006, eq. 12.42."""
    pull, precision = _pull_and_precision(given)
    return pull / precision, (-0.5 * precision.log()).expand_as(pull)


def _pull_and_precision(given) -> tuple[Tensor, Tensor]:
    """Log p(x, z) is linear plus quadratic in z: these are its coefficients, (B, D) and (D,)."""
    weight = given["weight"] / given["std"]
    return (given["x"] - given["bias"]) / given["std"] @ weight, (weight**2).sum(0) + 1


def _run(answer: Callable, given, steps: int, lr: float, elbo=linear_elbo) -> dict[str, object]:
    start = (given["mean"], given["log_std"])
    return parts(answer(elbo(given), *start, steps, lr), PARTS)


def _gap(answer: Callable, given) -> np.ndarray:
    """How far below log p(x) each number of steps ends, the mean over the batch: (4,), nats."""
    elbo, gaps = linear_elbo(given), []
    best = elbo(*posterior(given)).mean()
    for steps in STEPS:
        fresh = {name: value.clone() for name, value in given.items()}
        found = _run(answer, fresh, int(steps), lr=0.2).values()
        device = given["x"].device
        gaps.append(best - elbo(*(torch.tensor(as_array(f), device=device) for f in found)).mean())
    return as_array(torch.stack(gaps))


def _call_refine(answers, given):
    answer, lr = answers[0], given["lr"].item()
    return {
        "few": lambda: _run(answer, given, int(given["steps"]), lr),
        "tied": lambda: _run(answer, given, 2, lr, counting_elbo),
        "gap": partial(_gap, answer, given),
    }


REFINE = Exercise(
    name="refine",
    title="The best q for one x",
    difficulty=3,
    minutes=15,
    inputs=_draw_models,
    calls=_call_refine,
    answers="vae_bounds",
    properties=(
        Property("the means after a few steps", "few.mean", 2),
        Property("and the log stds", "few.log_std", 1),
        Property("both gradients are taken at the old mean and log_std", "tied.log_std", 1),
        Property("each step closes more of the gap, no step leaves q as it was", "gap", 1),
    ),
    misconceptions={
        "refine_descends": "the sign: these steps go down, and the bound is to be raised",
        "refine_batch_mean": "the gradient is that of the batch's mean: each x would move B times "
        "too little; sum the bounds, their gradients do not mix",
        "refine_one_step": "this takes one step, whatever `steps` says",
        "refine_same_gradient": "the gradient is taken once, at the start: take it anew at every "
        "step",
        "refine_accumulated": "the gradients pile up from step to step: clear `.grad` before each "
        "`backward`",
        "refine_adam": "these are steps of Adam, all of about the same length: take plain ones, "
        "`lr` times the gradient",
        "refine_mean_only": "log_std never moves: the bound has a gradient for it too",
        "refine_in_turn": "one part moves first, and the gradient of the other is taken after "
        "that: take both gradients, then both steps",
        "refine_order": "log_std is returned first: the order is (mean, log_std)",
        "refine_shared": "one step is shared by the whole batch: each x has a q of its own",
    },
    picture=curve(
        STEPS,
        "gap",
        "steps",
        "gap, nats",
        "the gap below log p(x) shrinks with every step of ascent.",
    ),
)
