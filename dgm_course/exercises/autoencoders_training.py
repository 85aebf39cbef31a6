"""The exercises of module 02 on training: one step of descent, and the loss that denoises.

Gradients by backward passes: Rumelhart, Hinton & Williams 1986.  Denoising: Vincent et al. 2008.
"""

from collections.abc import Sequence
from functools import partial

import numpy as np
import torch
from torch import Generator, Tensor, nn

from dgm_course import train
from dgm_course.exercises import inputs
from dgm_course.exercises.exercise import Exercise, Picture, Property
from dgm_course.exercises.observe import WrongTypeError, as_array
from dgm_course.exercises.pictures import curve
from dgm_course.models.autoencoder import DenoisingAutoencoder

STEPS = 12
SPREADS = inputs.even(0, 1, 21)


class Bottleneck(nn.Module):
    """A small linear autoencoder with given weights: (B, 1, H, W) -> the same."""

    def __init__(self, down: Tensor, up: Tensor) -> None:
        super().__init__()
        self.down, self.up = nn.Parameter(down.clone()), nn.Parameter(up.clone())

    def forward(self, x: Tensor) -> Tensor:
        flat = x.flatten(1).to(self.down.dtype)
        return (flat @ self.down.T @ self.up.T).reshape(x.shape)


class Descent:
    """Plain gradient descent as torch.optim has it, which takes seconds to load; writes a trace.

    `trace` counts a step, a step that saw a gradient, and a gradient thrown away.
    """

    def __init__(self, params, lr: float) -> None:
        self.params, self.lr, self.trace = list(params), lr, np.zeros(3)

    def left(self) -> bool:
        """Whether there is a gradient now."""
        return any(p.grad is not None and bool((p.grad != 0).any()) for p in self.params)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients."""
        self.trace[2] += self.left()
        for p in self.params:
            p.grad = None

    @torch.no_grad()
    def step(self, closure=None):
        """Every parameter goes against its gradient; a closure, if given, computes it first."""
        with torch.enable_grad():
            loss = None if closure is None else closure()
        self.trace += [1, self.left(), 0]
        for p in self.params:
            if p.grad is not None:
                p -= self.lr * p.grad
        return loss


def _draw_batches(g: Generator) -> dict[str, Tensor]:
    """Images near a plane, in batches of unlike brightness; weights that are not yet right."""
    height, batch = inputs.size(g, 3, 4), inputs.size(g, 6, 8)
    pixels = height * 5
    plane = torch.linalg.qr(inputs.normal(g, pixels, 2)).Q
    flat = inputs.normal(g, 3, batch, 2, spread=2.0) @ plane.T
    flat = flat * (1 + 0.5 * torch.rand(3, 1, 1, generator=g))
    return {
        "batches": flat.reshape(3, batch, 1, height, 5),
        "down": inputs.normal(g, 2, pixels, spread=0.3),
        "up": inputs.normal(g, pixels, 2, spread=0.3),
    }


def _run(answers, given, batches: Sequence[int]) -> dict:
    """A step of the answer on each batch: the weights after the first and the last, what it did."""
    model, losses, traces, weights = Bottleneck(given["down"], given["up"]), [], [], []
    optimizer = Descent(model.parameters(), lr=0.2)
    for x in given["batches"][list(batches)]:
        optimizer.trace[:] = 0
        losses.append(answers[0](model, optimizer, x))
        traces.append([*optimizer.trace, optimizer.left()])
        weights.append(torch.cat([p.detach().flatten() for p in model.parameters()]))
    found = {"weights": weights[-1], "first": weights[0], "trace": np.array(traces)}
    return found | {"losses": _stacked(losses)}


def _stacked(losses: list) -> object:
    """The losses as one array, or the first that is no number: it will be told as that."""
    for loss in losses:
        try:
            as_array(loss)
        except WrongTypeError:
            return loss
    return np.stack([as_array(loss) for loss in losses])


def _steps(answers, given):
    one = partial(_run, answers, given, [0] * STEPS)
    return {"three": partial(_run, answers, given, [0, 1, 2]), "curve": lambda: one()["losses"]}


def _draw_descent(ax, _inputs, outputs, color) -> None:
    ax.plot(np.arange(1, STEPS + 1), outputs["curve"], ".-", color=color)
    ax.set(xlabel="step", ylabel="loss", ylim=(0, 3))


TRAINING_STEP = Exercise(
    name="training_step",
    title="One step downhill",
    difficulty=1,
    minutes=10,
    inputs=_draw_batches,
    calls=_steps,
    answers="autoencoders_training",
    withheld=(train.fit, train.descend),
    properties=(
        Property("the weights after three steps, each on a batch of its own", "three.weights", 3),
        Property("the weights after the first step", "three.first", 1),
        Property("the loss of each batch, before its update", "three.losses", 1),
    ),
    misconceptions={
        "step_without_zero_grad": "gradients of earlier batches are still there: `backward` adds "
        "to them, `zero_grad` forgets them",
        "step_before_backward": "the step comes before `backward` and finds no gradient",
        "step_cleared_too_late": "`zero_grad` after `backward` throws the new gradient away",
        "step_without_step": "the weights never move: the optimizer has to `step`",
        "step_without_backward": "no gradient is ever computed: go `backward` from the loss",
        "step_uphill": "the sign: these weights climb, the loss grows",
        "step_sum": "the loss is the mean over everything, not the sum",
        "step_mean_over_batch": "the squares are summed over the pixels: the loss is the mean over "
        "everything",
        "step_on_norm": "this is the root of the mean square: no root is asked",
        "step_without_squares": "the differences are averaged without their squares: plus and "
        "minus cancel",
        "step_absolute": "this is the mean absolute error: squares are asked",
        "step_loss_after": "this is the loss after the update",
    },
    picture=Picture(
        _draw_descent, "curve", "the loss of one batch over twelve steps: it falls at every step."
    ),
)


def _bent(y):
    """A model for the loss to be measured on; of a tensor or an array, if they are images."""
    if y.ndim < 3:
        raise ValueError(f"the model takes images (B, 1, H, W), got {tuple(y.shape)}")
    return 0.1 + 0.6 * y - 0.05 * y**3


def _draw_noise(g: Generator) -> dict[str, Tensor]:
    shape = 3, inputs.size(g, 6, 8), 1, inputs.size(g, 3, 4), 5
    return {
        "x": inputs.normal(g, *shape, spread=0.6),
        "noise": inputs.normal(g, *shape),
        "std": 0.3 + 0.5 * torch.rand(3, generator=g),
    }


def _losses(answers, given):
    x, noise, stds = given["x"], given["noise"], given["std"].tolist()

    def each(model, stds):
        found = [answers[0](model, x[i % 3], noise[i % 3], std) for i, std in enumerate(stds)]
        return np.stack([as_array(loss) for loss in found])

    def sweep():
        return np.stack([as_array(answers[0](_bent, x[0], noise[0], s)) for s in SPREADS.tolist()])

    return {
        "random": partial(each, _bent, stds),
        "copy": partial(each, lambda y: y, stds),
        "clear": partial(each, _bent, [0.0, 0.0, 0.0]),
        "curve": sweep,
    }


DENOISING_LOSS = Exercise(
    name="denoising_loss",
    title="Noisy in, clean out",
    difficulty=1,
    minutes=10,
    inputs=_draw_noise,
    calls=_losses,
    answers="autoencoders_training",
    withheld=(DenoisingAutoencoder.loss,),
    properties=(
        Property("the loss of a model on noisy images, batch by batch", "random", 2),
        Property("a model that copies its input pays for the noise", "copy", 1),
        Property("without noise it is the loss of an ordinary autoencoder", "clear", 1),
    ),
    misconceptions={
        "denoising_noisy_target": "the target is the noisy image: this model learns to keep the "
        "noise, the clean image must be the target",
        "denoising_clean_input": "the input is the clean image: this model never sees noise",
        "denoising_exchanged": "clean and noisy are exchanged: noisy in, clean out",
        "denoising_noise_target": "the target here is the noise: the clean image is asked",
        "denoising_variance": "the noise is multiplied by std², the variance: std is asked",
        "denoising_unscaled": "the noise has standard deviation 1 here: multiply it by std",
        "denoising_sum": "this is the sum of the squares: their mean is asked",
        "denoising_sum_over_pixels": "the squares are summed over the pixels: the loss is the mean "
        "over everything",
        "denoising_noise_on_output": "the noise is added to what the model returns: the model must "
        "see it",
        "denoising_own_noise": "this draws noise of its own: use the noise given",
        "denoising_clamped": "the noisy image is cut off at ±1: leave it as it is",
        "denoising_absolute": "this is the mean absolute error: squares are asked",
        "denoising_one_noise": "one image of noise for the whole batch: each has its own",
    },
    picture=curve(
        SPREADS.numpy(),
        "curve",
        "std of the noise",
        "loss",
        "the loss rises with the noise; it is not zero without.",
    ),
)
