"""The exercises of module 02 on random codes: draw them from a box, and ask a classifier.

What a random code decodes to, and why it is seldom an image: Kingma & Welling 2014, fig. 4.
"""

import torch
from torch import Generator, Tensor

from dgm_course.exercises import inputs
from dgm_course.exercises.exercise import Call, Exercise, Picture, Property
from dgm_course.exercises.pictures import curve

THRESHOLDS = inputs.even(0.1, 0.98, 45)


def _draw_codes(g: Generator) -> dict[str, Tensor]:
    n, dim = inputs.size(g, 9, 12), inputs.size(g, 3, 5)
    angle = 3.6 * torch.rand(150, generator=g) - 0.2
    arc = torch.stack([5 * angle.cos(), 4 * angle.sin()], -1) + inputs.normal(g, 150, 2, spread=0.2)
    return {
        "z": 2 * torch.arange(dim) + inputs.normal(g, n, dim) * (1 + torch.arange(dim)),
        "u": torch.rand(inputs.size(g, 6, 8), dim, generator=g),
        "ends": torch.stack([torch.zeros(dim), torch.ones(dim)]),
        "arc": arc + torch.tensor([2.0, 3.0]),
        "square": torch.rand(150, 2, generator=g),
    }


def _draw_box(ax, inputs_, outputs, color) -> None:
    ax.plot(*inputs_["arc"].T, "o", color="#999999", markersize=2)
    ax.plot(*outputs["arc"].T, "o", color=color, markersize=2.5)
    ax.set(xlim=(-5, 9), ylim=(-1, 8), xlabel="code 1", ylabel="code 2")


SAMPLE_BOX = Exercise(
    name="sample_box",
    title="A random code",
    difficulty=1,
    minutes=10,
    inputs=_draw_codes,
    calls={
        "random": Call(("z", "u")),
        "ends": Call(("z", "ends")),
        "arc": Call(("arc", "square")),
    },
    answers="autoencoders_sampling",
    properties=(
        Property("uniform numbers, carried to the smallest box around all codes", "random", 2),
        Property("0 is the box's lower corner, 1 its upper one", "ends", 1),
    ),
    misconceptions={
        "box_one_range": "one range for all coordinates: each has its own lowest and highest code",
        "box_without_low": "u times the width starts at 0: the box starts at the lowest code",
        "box_high_for_width": "u must be multiplied by the width, highest minus lowest",
        "box_centred": "this box is centred at 0: it must lie where the codes lie",
        "box_standardised": "this is mean ± std: the box reaches from the lowest to the highest "
        "code",
        "box_unit": "this is the box from −1 to 1, wherever the codes are",
        "box_own_noise": "this draws numbers of its own: use u",
        "box_upside_down": "0 must be the lower corner: this one starts at the upper",
    },
    picture=Picture(
        _draw_box, "arc", "codes on an arc (grey); random points fill the rectangle around them."
    ),
)


def _draw_logits(g: Generator) -> dict[str, Tensor]:
    n, classes = inputs.size(g, 60, 75), inputs.size(g, 4, 6)
    logits = inputs.normal(g, 4, n, classes, spread=1.8) + 0.5
    each = range(classes)
    logits[:, each, each] = 15.0  # outliers: a softmax over the images is sure of something, too
    far = inputs.normal(g, inputs.size(g, 6, 8), 3, spread=1000)
    return {
        "logits": logits,
        "thresholds": torch.tensor([0.45, 0.6, 0.75, 0.9]) + 0.05 * torch.rand(4, generator=g),
        "far": torch.cat([far, torch.tensor([[1000.0, 1000.0, -1000.0]])]),
        "half": torch.tensor(0.7),
        "many": logits[:1].expand(len(THRESHOLDS), -1, -1).contiguous(),
        "swept": THRESHOLDS,
    }


ACCEPTANCE_RATE = Exercise(
    name="acceptance_rate",
    title="Would a stranger call it a digit?",
    difficulty=2,
    minutes=10,
    inputs=_draw_logits,
    calls={
        "random": Call(("logits", "thresholds"), each=True),
        "far": Call(("far", "half")),
        "curve": Call(("many", "swept"), each=True),
    },
    answers="autoencoders_sampling",
    properties=(
        Property("the share of images of which the classifier is sure enough", "random", 3),
        Property("logits of 1000 overflow nothing", "far", 1),
    ),
    misconceptions={
        "acceptance_of_logits": "logits are no probabilities: softmax first",
        "acceptance_by_sigmoid": "a sigmoid asks each class by itself: the classes exclude one "
        "another, use softmax",
        "acceptance_over_images": "the softmax runs over the images: use the last dimension, the "
        "classes",
        "acceptance_per_entry": "this is the share of all probabilities: an image counts once, by "
        "its highest",
        "acceptance_mean_confidence": "this is the mean confidence: count how often it reaches "
        "the threshold",
        "acceptance_argmax": "this compares the number of the class: compare its probability, the "
        "largest value itself",
        "acceptance_rejected": "this is the share refused",
        "acceptance_count": "this is the number accepted: divide by the number of images",
        "acceptance_overflow": "exp overflowed: `softmax` subtracts the largest logit first",
    },
    picture=curve(
        THRESHOLDS.numpy(),
        "curve",
        "threshold",
        "accepted",
        "the share accepted falls as the threshold rises: in steps, from 1 towards 0.",
    ),
)
