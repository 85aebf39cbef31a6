"""The exercises of module 03: codes, the bound and its terms, tighter bounds, latent directions.

Variational autoencoders: Kingma & Welling 2014; Rezende, Mohamed & Wierstra 2014.  All in nats.
"""

import torch
from torch import Generator, Tensor

from dgm_course.exercises import inputs
from dgm_course.exercises.exercise import Call, Exercise, Property
from dgm_course.exercises.lab import Lab
from dgm_course.exercises.pictures import curve
from dgm_course.exercises.vae_bounds import IWAE_BOUND, REFINE
from dgm_course.exercises.vae_latents import ATTRIBUTE_VECTOR, INTERPOLATE
from dgm_course.exercises.vae_sampling import REPARAMETERISE
from dgm_course.models import vae

SPREADS = inputs.even(-1.5, 1.0, 51)

KL_TO_STANDARD_NORMAL = Exercise(
    name="kl_to_standard_normal",
    title="The rate: what a code costs",
    difficulty=2,
    minutes=10,
    inputs=lambda g: {
        "mean": inputs.normal(g, batch := inputs.size(g, 5, 7), dim := inputs.size(g, 2, 4)),
        "log_std": inputs.normal(g, batch, dim, spread=0.6) - 0.3,
        "prior": torch.zeros(3, dim),
        "zeros": torch.zeros(len(SPREADS), 1),
        "spreads": SPREADS[:, None],
    },
    calls={
        "random": Call(("mean", "log_std")),
        "prior": Call(("prior", "prior")),
        "curve": Call(("zeros", "spreads")),
    },
    answers="vae",
    withheld=(vae.kl_to_standard_normal,),
    properties=(
        Property("KL( N(mean, std²) ‖ N(0, I) ), one number a row, in nats", "random", 3),
        Property("N(0, 1) costs 0, wider and narrower codes cost more", "curve", 1),
        Property("a code that is the prior costs nothing in any dimension", "prior", 1),
    ),
    misconceptions={
        "kl_log_variance": "log_std was taken for a log-variance: the variance is "
        "exp(2 · log_std), and log std² is 2 · log_std",
        "kl_std_as_variance": "exp(log_std) is the standard deviation: the variance in the "
        "formula is its square",
        "kl_half_log_std": "the ½ belongs before log std², which is 2 · log_std: log_std itself "
        "has no ½ before it",
        "kl_without_half": "the ½ before mean² + std² − 1 is missing",
        "kl_without_minus_one": "the −1 is missing: the prior itself would cost something",
        "kl_mean_over_dimensions": "sum over the dimensions, no mean: independent coordinates "
        "add their nats",
        "kl_sign": "the sign: this is −KL, the term as it stands in the bound",
        "kl_reversed": "this is KL( N(0, I) ‖ N(mean, std²) ): the weights must be the code's",
        "kl_over_batch": "summed over the batch too: one number a row",
        "kl_batch_mean": "averaged over the batch: one number a row",
    },
    picture=curve(
        SPREADS.numpy(),
        "curve",
        "log_std",
        "nats",
        "the rate of a code of mean 0 against its log std: zero at 0, steep to the right.",
    ),
)


def _draw_batch(g: Generator) -> dict[str, Tensor]:
    """Two-level pictures that are not square, their logits, and codes with log_std off zero."""
    batch, dim = inputs.size(g, 6, 7), inputs.size(g, 2, 4)
    event = 2, 3, inputs.size(g, 4, 5)
    return {
        "x": torch.randint(2, (batch, *event), generator=g) * 2.0 - 1,
        "logits": inputs.normal(g, batch, *event, spread=2),
        "mean": inputs.normal(g, batch, dim),
        "log_std": inputs.normal(g, batch, dim, spread=0.5) - 0.5,
        "sure": inputs.normal(g, batch, *event, spread=2).sign() * 500,
    }


ELBO = Exercise(
    name="elbo",
    title="The bound",
    difficulty=3,
    minutes=15,
    inputs=_draw_batch,
    calls={
        "random": Call(("x", "logits", "mean", "log_std")),
        "sure": Call(("x", "sure", "mean", "log_std")),
    },
    answers="vae",
    properties=(
        Property(
            "log p(x|z), summed over the pixels, minus the rate, a number a row",
            "random",
            4,
            rtol=1e-4,
        ),
        Property(
            "logits of ±500 on the wrong side cost 500 nats a pixel, no more and no less",
            "sure",
            1,
            rtol=1e-4,
        ),
    ),
    misconceptions={
        "elbo_loss": "the sign: this is −ELBO, the loss; the bound itself is asked",
        "elbo_kl_added": "the rate is added: the bound is log p(x|z) minus KL",
        "elbo_mean_over_pixels": "the pixels are averaged while the rate is summed: that weighs "
        "the rate as many times too much as there are pixels; sum both",
        "elbo_mean_of_both": "pixels and dimensions are averaged, each over their own number: "
        "sum both, or it bounds nothing",
        "elbo_loss_by_default": "`binary_cross_entropy_with_logits` averages over pixels and batch "
        'alike: ask for `reduction="none"` and sum the pixels of each image',
        "elbo_pixels_of_the_batch": "the pixels of all images are summed together: sum each "
        "image's own, everything but the batch",
        "elbo_without_kl": "the rate is missing: this is the reconstruction term alone",
        "elbo_without_reconstruction_sign": "the reconstruction term has the wrong sign: "
        "`binary_cross_entropy` is −log p(x|z)",
        "elbo_x_as_target": "x is −1 or 1, and cross-entropy takes targets 0 or 1: use (x + 1)/2",
        "elbo_sigmoid_twice": 'the logits pass through a sigmoid twice: a loss "with logits" '
        "takes its own",
        "elbo_overflow": "exp overflows, or sigmoid rounds to 0 and its log is −∞: stay in logits, "
        "with `logsigmoid`, `softplus` or a loss that takes logits",
        "elbo_clamped": "the probabilities are clamped: that hides what a sure mistake costs; "
        "stay in logits, with `logsigmoid` or a loss that takes logits",
        "elbo_batch_mean": "averaged over the batch: one number a row; the mean comes in the loss",
    },
)

LAB = Lab(
    "03_vae",
    (
        REPARAMETERISE,
        KL_TO_STANDARD_NORMAL,
        ELBO,
        IWAE_BOUND,
        REFINE,
        INTERPOLATE,
        ATTRIBUTE_VECTOR,
    ),
)
check = LAB.check
