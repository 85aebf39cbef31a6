"""The exercises of module 01: surprise, entropy, and the divergences, all in nats.

Shannon 1948; Kullback & Leibler 1951; Lin 1991 (Jensen-Shannon); Ali & Silvey 1966 and Csiszar 1967
(f-divergences); forward and reverse fits, Minka 2005.
"""

import numpy as np
import torch
from torch import Generator, Tensor

from dgm_course.exercises import inputs
from dgm_course.exercises.exercise import Call, Exercise, Property
from dgm_course.exercises.information_family import F_DIVERGENCE
from dgm_course.exercises.information_gaussians import FIT_GAUSSIAN, KL_GAUSSIANS
from dgm_course.exercises.lab import Lab
from dgm_course.exercises.pictures import curve
from dgm_course.metrics import divergence

BITS = "these are bits: the natural logarithm gives nats"
CHANCES = np.linspace(0.02, 1, 50, dtype=np.float32)
COINS = inputs.coins()[1:-1, 0].numpy()

INFORMATION = Exercise(
    name="information",
    title="Surprise",
    difficulty=1,
    minutes=5,
    inputs=lambda g: {
        "p": torch.rand(inputs.size(g, 2, 3), inputs.size(g, 4, 6), generator=g) * 0.9 + 0.05,
        "ends": torch.tensor([1.0, 1e-6, 0.0]),
        "chances": torch.from_numpy(CHANCES),
    },
    calls={"random": Call(("p",)), "ends": Call(("ends",)), "curve": Call(("chances",))},
    answers="information",
    withheld=(divergence.information,),
    properties=(
        Property("the surprise of random events, in nats", "random", 1),
        Property(
            "a sure event surprises by 0, an impossible one without limit",
            "ends",
            1,
            holds=lambda _, out: np.allclose(np.exp(-out["ends"]), [1, 1e-6, 0], 1e-3, 1e-9),
            off="I(1) = 0, I(0.000001) = 13.8 and I(0) = ∞",
        ),
    ),
    misconceptions={
        "information_positive_log": "the sign: log p is negative, a surprise is not",
        "information_in_bits": BITS,
        "information_weighted": "this is p times the surprise, one term of the entropy",
    },
    picture=curve(CHANCES, "curve", "p", "nats", "surprise falls from infinity at p = 0 to 0."),
)

ENTROPY = Exercise(
    name="entropy",
    title="Entropy",
    difficulty=1,
    minutes=10,
    inputs=lambda g: {
        "p": inputs.distribution(g, inputs.size(g, 6, 8), inputs.size(g, 3, 5)),
        "zero": inputs.with_zero(inputs.distribution(g, 5), at=inputs.size(g, 0, 4)),
        "uniform": torch.full((9,), 1 / 9),
        "coins": inputs.coins()[1:-1],
    },
    calls={name: Call((name,)) for name in ("p", "zero", "uniform", "coins")},
    answers="information",
    withheld=(divergence.entropy,),
    properties=(
        Property("the entropy of every distribution of a random batch", "p", 2),
        Property("an impossible outcome adds nothing", "zero", 1),
        Property("nine equal chances have entropy log 9", "uniform", 1),
    ),
    misconceptions={
        "entropy_nan_at_zero": "0 · log 0 became NaN, but p log p tends to 0 with p",
        "entropy_positive_sum": "the sign: entropy is minus the sum of p log p",
        "entropy_in_bits": BITS,
        "entropy_mean_over_outcomes": "sum over outcomes, no mean: p is the weight already",
        "entropy_unweighted": "each surprise must be weighted by its probability",
        "entropy_over_everything": "summed over the batch too: sum over the last dimension",
    },
    picture=curve(COINS, "coins", "chance of heads", "nats", "a coin's entropy peaks at one half."),
)


def _pairs(g: Generator) -> dict[str, Tensor]:
    """Random pairs in a batch, and one fixed coin against all others."""
    batch, outcomes = inputs.size(g, 6, 8), inputs.size(g, 3, 5)
    return {
        "p": inputs.distribution(g, batch, outcomes),
        "q": inputs.distribution(g, batch, outcomes),
        "coin": torch.tensor([0.2, 0.8]).repeat(len(COINS), 1),
        "coins": inputs.coins()[1:-1],
    }


KL_DIVERGENCE = Exercise(
    name="kl_divergence",
    title="The Kullback–Leibler divergence",
    difficulty=2,
    minutes=15,
    inputs=lambda g: {
        **_pairs(g),
        **inputs.zeros(g),
        "table_p": torch.tensor([0.36, 0.48, 0.16]),
        "table_q": torch.full((3,), 1 / 3),
    },
    calls={
        "random": Call(("p", "q")),
        "table": Call(("table_p", "table_q")),
        "zero": Call(("zero", "full")),
        "infinite": Call(("both_or_one", "no_first")),
        "curve": Call(("coin", "coins")),
    },
    answers="information",
    withheld=(divergence.kl, divergence._sum_of_log_ratios),
    properties=(
        Property("KL(p‖q) of random p and q, in nats", "random", 2),
        Property("p = (0.36, 0.48, 0.16) is 0.0853 from uniform", "table", 1),
        Property("an outcome with p = 0 adds nothing", "zero", 1),
        Property(
            "p = q = 0 adds nothing, q = 0 < p makes that row infinite, and no other row",
            "infinite",
            1,
            off="where q rules out what p produces, log p/q is infinite: do not mask or pad it "
            "away; but each row has a result of its own, and 0 against 0 costs nothing",
        ),
    ),
    misconceptions={
        "kl_swapped": "this is KL(q‖p): the weights must be p's",
        "kl_difference_of_entropies": "this is H(p) − H(q): both terms are means under p, "
        "KL(p‖q) = H(p, q) − H(p)",
        "kl_absolute": "absolute values inside the sum: terms with q > p count as negative",
        "kl_nan_at_zero": "0 · log 0 became NaN: an outcome with p = 0 adds nothing",
        "kl_in_bits": BITS,
        "kl_negative": "the sign: this is −KL(p‖q)",
        "kl_weighted_by_q": "log p/q is right, but the weights must be p's, not q's",
        "kl_unweighted": "each log p/q must be weighted by p",
        "kl_cross_entropy": "this is the cross-entropy H(p, q): subtract the entropy of p",
    },
    picture=curve(
        COINS,
        "curve",
        "chance of heads under q",
        "nats",
        "KL(p‖q) for a coin p with heads 0.2 against every coin q; zero only where q = p.",
    ),
)

JS_DIVERGENCE = Exercise(
    name="js_divergence",
    title="The Jensen–Shannon divergence",
    difficulty=2,
    minutes=10,
    inputs=lambda g: {
        **_pairs(g),
        "left": torch.tensor([0.7, 0.3, 0.0, 0.0]),
        "right": torch.tensor([0.0, 0.0, 0.1, 0.9]),
    },
    calls={
        "random": Call(("p", "q")),
        "disjoint": Call(("left", "right")),
        "curve": Call(("coin", "coins")),
    },
    answers="information",
    withheld=(divergence.js,),
    properties=(
        Property("JS(p, q) of random p and q, in nats", "random", 2),
        Property("two distributions that share no outcome are log 2 apart", "disjoint", 2),
    ),
    misconceptions={
        "js_without_halves": "the halves are missing: it is the mean of two divergences",
        "js_sum_of_kls": "this is KL(p‖q) + KL(q‖p): compare each with the mixture instead",
        "js_without_mixture": "the mixture is missing: compare p and q with (p + q)/2, "
        "not with each other",
        "js_square_root": "this is the square root of JS (a distance, but not what is asked)",
        "js_reversed": "the mixture is the second argument: KL(p‖m), not KL(m‖p)",
        "js_mixture_not_halved": "the mixture must sum to one: (p + q)/2",
        "js_nan_at_zero": "0 · log 0 became NaN: an outcome with p = 0 adds nothing",
    },
    picture=curve(
        COINS,
        "curve",
        "chance of heads under q",
        "nats",
        "JS for a coin p with heads 0.2 against every coin q; zero only where q = p.",
    ),
)


LAB = Lab(
    "01_information",
    (
        INFORMATION,
        ENTROPY,
        KL_DIVERGENCE,
        JS_DIVERGENCE,
        KL_GAUSSIANS,
        FIT_GAUSSIAN,
        F_DIVERGENCE,
    ),
)
check = LAB.check
