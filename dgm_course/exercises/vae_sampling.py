"""The exercise of module 03 on drawing codes: noise in, the code and its gradients out.

Reparameterisation: Kingma & Welling 2014, sec. 2.4.  Answers draw noise of their own, in any order,
so they are judged by what is true of all of them: moments over many rows, gradients exactly.
"""

from functools import partial

import numpy as np
import torch
from torch import Generator, Tensor

from dgm_course.exercises import inputs
from dgm_course.exercises.exercise import Exercise, Picture, Property
from dgm_course.exercises.observe import WrongTypeError, as_array
from dgm_course.models import vae

ROWS = 4000  # times each row is drawn: a spread is known to 1 %
NEAR = {"rtol": 0.05, "atol": 0.2}  # beyond any chance, and less than any mix-up
TINY = 1e-6  # a spread that is none
SHOWN = 150  # of those, in the picture


def _draw_posteriors(g: Generator) -> dict[str, Tensor]:
    """Spreads well above and well below 1: at log_std = 0 most mix-ups cannot be seen."""
    shape = inputs.size(g, 4, 5), inputs.size(g, 2, 3)
    sign = torch.randint(2, shape, generator=g) * 2.0 - 1
    sign[0, 0], sign[1, 0] = 1, -1
    apart = 4 * torch.arange(shape[0])[:, None]  # so that a row around another's mean is seen
    return {
        "mean": apart - 2 + inputs.normal(g, *shape),
        "log_std": sign * (0.4 + 0.3 * torch.rand(shape, generator=g)),
    }


def _same_shape(z: object, like: Tensor) -> np.ndarray:
    array = as_array(z)
    if array.shape != tuple(like.shape):
        expected = f"{tuple(like.shape)}, a code for each row of `mean`"
        raise WrongTypeError(f"got shape {array.shape}, expected {expected}")
    return array


def _moments(answer, given) -> dict[str, np.ndarray]:
    """Mean and spread of every row's codes, what the noise of two entries or calls has in common.

    `within` is ten times the share of codes less than one std from the mean: 6.83 if normal.
    """
    mean, std = as_array(given["mean"]), np.exp(as_array(given["log_std"]))
    z, again = _many(answer, given), _many(answer, given)
    noise, other = (z - mean) / std, (again - mean) / std
    power, spread = np.square(noise).mean(), z.std(0)
    others = np.roll(noise, 1, 1), np.roll(noise, 1, 2), other
    with np.errstate(all="ignore"):  # no noise at all shares 0 / 0
        shared = [(noise * o).mean() / power for o in others]
        near = np.abs(z - z.mean(0)) < np.where(spread > TINY, spread, 0)
    return {
        "spread": spread,
        "mean": z.mean(0),
        "shared": np.round(shared, 1),
        "within": 10 * (near & (spread > TINY)).mean(),
        "cloud": z[:SHOWN, :, :2],
    }


def _many(answer, given) -> np.ndarray:
    """Every row drawn many times in one call, (ROWS, B, D)."""
    mean, log_std = (given[name].repeat(ROWS, 1) for name in ("mean", "log_std"))
    z = _same_shape(answer(mean, log_std), mean)
    return z.astype("f8").reshape(ROWS, *given["mean"].shape)


def _gradient(answer, given) -> np.ndarray:
    """How far dz / dmean is from 1, and dz / dlog_std from z - mean, times 100: (2, B, D) zeros."""
    mean, log_std = (given[name].clone().requires_grad_() for name in ("mean", "log_std"))
    z = answer(mean, log_std)
    _same_shape(z, mean)
    if not (isinstance(z, Tensor) and z.requires_grad):
        return np.full((2, *mean.shape), -100.0)
    by = torch.autograd.grad(z.sum(), (mean, log_std), allow_unused=True)
    by_mean, by_log_std = (torch.zeros_like(mean) if b is None else b for b in by)
    if not (by_mean.any() or by_log_std.any()):  # `torch.normal` keeps a graph without a gradient
        return np.full((2, *mean.shape), -100.0)
    return 100 * as_array(torch.stack([by_mean - 1, by_log_std - (z - mean)]))


def _calls(answers, given):
    answer = answers[0]
    return {
        "draws": partial(_moments, answer, given),
        "gradient": partial(_gradient, answer, given),
        "once": partial(answer, given["mean"], given["log_std"]),
    }


def _draw_cloud(ax, inputs_, outputs, color) -> None:
    for row, marker in enumerate(".+"):
        ax.plot(*outputs["draws.cloud"][:, row].T, marker, color=color, markersize=4)
        ax.plot(*inputs_["mean"][row, :2], "x", color="black", markersize=7)
    ax.set(xlabel="$z_1$", ylabel="$z_2$")


REPARAMETERISE = Exercise(
    name="reparameterise",
    title="Draw a code, keep its gradient",
    difficulty=2,
    minutes=10,
    inputs=_draw_posteriors,
    calls=_calls,
    answers="vae_sampling",
    withheld=(vae.reparameterise,),
    properties=(
        Property(
            "drawn many times, each entry of z spreads by its own std, exp(log_std)",
            "draws.spread",
            1,
            **NEAR,
        ),
        Property("around its own mean", "draws.mean", 1, **NEAR),
        Property(
            "every entry of every row has noise of its own, new at every call",
            "draws.shared",
            1,
            **NEAR,
            off="the noise of two entries, or of two calls, is correlated: draw as many numbers "
            "as z has entries, anew at every call",
        ),
        Property(
            "that noise is normal",
            "draws.within",
            1,
            **NEAR,
            off="too many or too few codes lie within one std of the mean: draw with `randn`",
        ),
        Property(
            "gradients pass: the derivative of z is 1 by mean, std · noise by log_std",
            "gradient",
            1,
            **NEAR,
            off="noise must enter only as a factor of std, and mean and std must stay in the "
            "graph of autograd",
        ),
    ),
    misconceptions={
        "reparameterise_variance": "the noise is scaled by the variance: multiply it by the "
        "standard deviation exp(log_std)",
        "reparameterise_log_variance": "log_std was taken for a log-variance: no ½, the "
        "standard deviation is exp(log_std)",
        "reparameterise_log_std": "the noise is scaled by log_std itself: take its exponential",
        "reparameterise_unscaled": "the noise is not scaled: multiply it by the std",
        "reparameterise_shared": "one draw, or none, is shared by the whole batch: every row needs "
        "noise of its own",
        "reparameterise_one_a_row": "one number a row is shared by all its entries: the "
        "coordinates of z must be independent",
        "reparameterise_uniform": "this noise is uniform on [0, 1]: it must be normal "
        "(`randn`, not `rand`)",
        "reparameterise_without_mean": "the mean is missing",
        "reparameterise_mean_alone": "this is the mean alone: a draw lies off it by std times "
        "noise",
        "reparameterise_fixed_seed": "the noise is the same at every call: set no seed inside, "
        "z must be new each time",
        "reparameterise_no_gradient": "no gradient reaches mean and log_std: `sample()`, "
        "`torch.normal`, `detach` and `no_grad` cut the path that this trick is there to keep",
    },
    picture=Picture(
        _draw_cloud, "draws.cloud", "codes drawn for two rows, two clouds around their means."
    ),
)
