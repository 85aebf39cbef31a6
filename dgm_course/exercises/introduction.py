"""The exercises of module 00: fit a density and evaluate it; then choose, use and sample one.

Maximum likelihood and kernels: Bishop 2006, ch. 2; kernel density: Rosenblatt 1956, Parzen 1962.
"""

import numpy as np
import torch
from torch import Generator, Tensor

from dgm_course.exercises import inputs
from dgm_course.exercises.exercise import Call, Exercise, Picture, Property
from dgm_course.exercises.introduction_choosing import CHOOSE_BANDWIDTH, OUTLIER_AUC
from dgm_course.exercises.introduction_sampling import PUSH_FORWARD, SAMPLE_HISTOGRAM
from dgm_course.exercises.lab import Lab
from dgm_course.exercises.pictures import curve
from dgm_course.models.density import Gaussian, KernelDensity

LINE = inputs.even(-4, 4, 81)[:, None]


def _draw_fit(ax, inputs_, outputs, color) -> None:
    mean, std = outputs["fit.mean"][0], outputs["fit.std"][0]
    ax.plot(inputs_["x"][:, 0], np.zeros(len(inputs_["x"])), "|", color="#666666", markersize=14)
    x = np.linspace(-5, 7, 121)
    ax.plot(x, np.exp(-0.5 * ((x - mean) / std) ** 2) / std / np.sqrt(2 * np.pi), color=color)
    ax.set(xlabel="first coordinate", ylabel="density")


GAUSSIAN_MLE = Exercise(
    name="gaussian_mle",
    title="Fit a Gaussian",
    difficulty=1,
    minutes=5,
    inputs=lambda g: {
        "x": inputs.normal(g, inputs.size(g, 8, 11), dim := inputs.size(g, 2, 4), spread=1.5)
        + 1
        + 3 * torch.arange(dim)  # means far apart, so that pooling them shows
    },
    calls={"fit": Call(("x",), returns=("mean", "std"))},
    answers="introduction",
    withheld=(Gaussian.__init__,),
    properties=(
        Property("the standard deviation of each coordinate, by maximum likelihood", "fit.std", 2),
        Property("the mean of each coordinate", "fit.mean", 1),
    ),
    misconceptions={
        "mle_unbiased": "this divides by n − 1, the unbiased estimate: maximum likelihood "
        "divides by n",
        "mle_variance": "this is the variance: take its square root",
        "mle_unbiased_variance": "this is the unbiased variance: divide by n, and take the root",
        "mle_wrong_axis": "averaged along a row: average over the examples, dimension 0",
        "mle_pooled": "all coordinates are pooled: each has its own mean and std",
        "mle_around_zero": "the mean must be subtracted before squaring",
    },
    picture=Picture(_draw_fit, "fit.std", "data as ticks under the Gaussian fitted to them."),
)

LOG_LIKELIHOOD = Exercise(
    name="log_likelihood",
    title="The log-likelihood of a batch",
    difficulty=2,
    minutes=10,
    inputs=lambda g: {
        "x": inputs.normal(g, inputs.size(g, 6, 8), dim := inputs.size(g, 2, 4), spread=2),
        "mean": inputs.normal(g, dim),
        "std": inputs.normal(g, dim, spread=0.4).exp() * 1.6,
        "line": LINE / 4,
        "zero": torch.zeros(1),
        "quarter": torch.full((1,), 0.25),
    },
    calls={"random": Call(("x", "mean", "std")), "curve": Call(("line", "zero", "quarter"))},
    answers="introduction",
    withheld=(Gaussian.log_prob,),
    properties=(
        Property("log N(x; mean, std²) of each row, in nats", "random", 3),
        Property("a narrow Gaussian has log density above 0 at its centre", "curve", 1),
    ),
    misconceptions={
        "likelihood_without_constant": "the constant −½ log 2π a coordinate is missing",
        "likelihood_constant_once": "the constant −½ log 2π is needed once a coordinate, not "
        "once a row",
        "likelihood_without_std": "−log std is missing: a wide Gaussian is a low one",
        "likelihood_variance_for_std": "std was taken for a variance",
        "likelihood_not_squared": "divide the square by std², not by std",
        "likelihood_mean_over_dimensions": "sum over coordinates, no mean: independent "
        "log densities add",
        "likelihood_density": "this is the density: its logarithm is asked",
        "likelihood_negative": "the sign: this is the negative log-likelihood",
        "likelihood_summed_over_batch": "summed over the batch: one number a row",
        "likelihood_in_bits": "these are bits: the natural logarithm gives nats",
    },
    picture=curve(
        LINE[:, 0].numpy() / 4,
        "curve",
        "x",
        "nats",
        "log density of a narrow Gaussian: a parabola, above zero at its centre.",
    ),
)


def _draw_kernels(g: Generator) -> dict[str, Tensor]:
    dim = inputs.size(g, 2, 3)
    return {
        "x": inputs.normal(g, inputs.size(g, 5, 7), dim),
        "data": inputs.normal(g, inputs.size(g, 8, 12), dim),
        "bandwidth": 0.4 + 0.3 * torch.rand((), generator=g),
        "far": inputs.normal(g, 4, dim) + 30,
        "line": LINE,
        "points": torch.tensor([[-2.0], [-1.6], [0.3], [2.1], [2.2]]),
        "width": torch.tensor(0.35),
    }


KDE_LOG_PROB = Exercise(
    name="kde_log_prob",
    title="A bump on every example",
    difficulty=3,
    minutes=15,
    inputs=_draw_kernels,
    calls={
        "random": Call(("x", "data", "bandwidth")),
        "far": Call(("far", "data", "bandwidth")),
        "curve": Call(("line", "points", "width")),
    },
    answers="introduction",
    withheld=(KernelDensity.log_prob,),
    properties=(
        Property("log of the mean of the kernels, in nats, one number a row", "random", 3),
        Property("still finite thirty units from every example", "far", 2),
    ),
    misconceptions={
        "kde_underflow": "exp underflowed to 0: stay in logs, with logsumexp",
        "kde_mean_of_logs": "this is the mean of the logs: the log of the mean is asked",
        "kde_without_count": "−log n is missing: it is the mean of the kernels, not the sum",
        "kde_without_volume": "each kernel must integrate to 1: subtract log(h √(2π)) a coordinate",
        "kde_one_dimension": "log(h √(2π)) is needed once a coordinate, not once in all",
        "kde_bandwidth_as_variance": "the bandwidth is a standard deviation, not a variance",
    },
    picture=curve(
        LINE[:, 0].numpy(),
        "curve",
        "x",
        "nats",
        "log density of five kernels: three humps between steep valleys.",
    ),
)

LAB = Lab(
    "00_introduction",
    (
        GAUSSIAN_MLE,
        LOG_LIKELIHOOD,
        KDE_LOG_PROB,
        CHOOSE_BANDWIDTH,
        OUTLIER_AUC,
        SAMPLE_HISTOGRAM,
        PUSH_FORWARD,
    ),
)
check = LAB.check
