"""The exercises of module 00 on what a density is for: choose among models, detect outliers.

Held-out likelihood: Stone 1974.  The area under the ROC curve is the Mann-Whitney statistic: Hanley
& McNeil 1982.
"""

from itertools import combinations

import torch
from torch import Generator, Tensor

from dgm_course.exercises import inputs
from dgm_course.exercises.exercise import Call, Exercise, Picture, Property

BANDWIDTHS = torch.logspace(-0.8, 2.0, 20, device="cpu")
SETS, SETS_2D = 3, 2


def _draw_bandwidths(g: Generator) -> dict[str, Tensor]:
    """Several sets, each of a scale and a shape of its own: no bandwidth and no rank fits all."""
    n, m = inputs.size(g, 18, 26), inputs.size(g, 60, 75)
    line = [_draw_set(g, n, m, 1) for _ in range(SETS)]
    plane = [_draw_set(g, n, m, 2) for _ in range(SETS_2D)]
    names = ("train", "validation", "bandwidths", "scores")  # the last are for the picture
    stacked = zip(names, zip(*line, strict=True), zip(*plane, strict=True), strict=True)
    return {
        key: torch.stack(rows)
        for name, one, two in stacked
        for key, rows in ((name, one), (f"{name}_2d", two))
    }


def _draw_set(g: Generator, n: int, m: int, dim: int) -> tuple[Tensor, ...]:
    """Train, validation, bandwidths and their scores; until the choice is clear and lopsided."""
    from dgm_course.exercises.answers.introduction import held_out

    while True:
        scale, spread = (0.5 + 1.5 * torch.rand(2, generator=g)).tolist()

        def bumps(count: int, scale=scale, spread=spread) -> Tensor:
            side = torch.randint(2, (count, 1), generator=g) * 4.0 - 2
            return scale * (side + inputs.normal(g, count, dim, spread=spread))

        bandwidths = scale * BANDWIDTHS[torch.randperm(len(BANDWIDTHS), generator=g)]
        train, validation = bumps(n), bumps(m)
        score = held_out(train, validation, bandwidths)
        first, second = score.topk(2).values
        exchanged = held_out(validation, train, bandwidths)
        if first - second > 1e-3 and score.argmax() != exchanged.argmax():
            return train, validation, bandwidths, score


def _draw_choice(ax, inputs_, outputs, color) -> None:
    order = inputs_["bandwidths"][0].argsort()
    bandwidths, score = inputs_["bandwidths"][0][order], inputs_["scores"][0][order]
    ax.plot(bandwidths, score, "o-", color="#666666", markersize=3, linewidth=1)
    ax.axvline(float(outputs["first"][0]), color=color)
    ax.set(xscale="log", xlabel="bandwidth", ylabel="held-out nats", ylim=(score.max() - 3, None))
    ax.set_xticks([0.1, 1, 10, 100], ["0.1", "1", "10", "100"])  # powers of ten are slow to draw
    ax.minorticks_off()


CHOOSE_BANDWIDTH = Exercise(
    name="choose_bandwidth",
    title="Let held-out data choose",
    difficulty=2,
    minutes=10,
    inputs=_draw_bandwidths,
    calls={
        "first": Call(("train", "validation", "bandwidths"), each=True),
        "second": Call(("train_2d", "validation_2d", "bandwidths_2d"), each=True),
    },
    answers="introduction",
    properties=(
        Property("the bandwidth of highest held-out likelihood, set by set", "first", 2, rtol=1e-5),
        Property("and on two-dimensional sets", "second", 1, rtol=1e-5),
    ),
    misconceptions={
        "bandwidth_on_train": "this wins when points are scored under kernels that sit on "
        "them: kernels on train, the mean log density of validation",
        "bandwidth_worst": "this is the worst one: the log-likelihood must be large",
        "bandwidth_index": "this is its place in the list: return the bandwidth itself",
        "bandwidth_exchanged": "train and validation are exchanged: kernels go on train",
    },
    picture=Picture(
        _draw_choice, "first", "held-out likelihood against bandwidth, a line at the one chosen."
    ),
)


def _draw_scores(g: Generator) -> dict[str, Tensor]:
    """Rounded scores, again until the right answer and every known wrong one give other numbers."""
    from dgm_course.exercises.answers.introduction import ALL_AUCS

    while True:
        inlier = inputs.normal(g, inputs.size(g, 20, 25)).mul(4).round() / 4
        outlier = (inputs.normal(g, inputs.size(g, 12, 16)) - 0.8).mul(4).round() / 4
        aucs = [float(auc(inlier, outlier)) for auc in ALL_AUCS]
        if all(abs(a - b) > 0.01 for a, b in combinations(aucs, 2)):
            equal = {"equal_in": torch.zeros(5), "equal_out": torch.zeros(3)}
            return {"inlier": inlier - 1000, "outlier": outlier - 1000, **equal}


OUTLIER_AUC = Exercise(
    name="outlier_auc",
    title="Score an outlier detector",
    difficulty=2,
    minutes=10,
    inputs=_draw_scores,
    calls={
        "random": Call(("inlier", "outlier")),
        "ties": Call(("equal_in", "equal_out")),
    },
    answers="introduction",
    properties=(
        Property("the chance that an inlier has the higher log density", "random", 2),
        Property("a tie counts one half", "ties", 1),
    ),
    misconceptions={
        "auc_reversed": "the other way round: this is the chance that the outlier is higher",
        "auc_ties_lost": "ties count nothing here: a tie is a coin toss, one half",
        "auc_ties_won": "ties count fully here: a tie is a coin toss, one half",
        "auc_below_mean": "this compares with the inliers' mean: compare every pair",
        "auc_paired": "this compares in order of appearance: compare every pair",
    },
)
