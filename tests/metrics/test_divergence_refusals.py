"""What is no distribution is refused, with the argument's name, what came and what is expected."""

import math

import numpy as np
import pytest
import torch

from dgm_course.metrics.divergence import cross_entropy, entropy, information, js, kl

PAIRS = {"cross_entropy": cross_entropy, "kl": kl, "js": js}
ALL = {"entropy": lambda p, q: entropy(p), **PAIRS}

by_name = pytest.mark.parametrize("name", ALL)
of_pairs = pytest.mark.parametrize("name", PAIRS)


def f64(*values):
    return torch.tensor(values, dtype=torch.float64)


BAD = {
    "a negative entry": (f64(1.2, -0.2), "none negative, got values from -0.2"),
    "a NaN": (f64(math.nan, 1), "none negative, got values from nan"),
    "a sum below one": (f64(0.5, 0.4), "sum to 1 .* got a sum of 0.9$"),
    "the slides' thirds": (f64(0.33, 0.33, 0.33), "got a sum of 0.99$"),
    "an infinity": (f64(math.inf, 0), "got a sum of inf"),
    "a bad row": (f64(0.5, 0.5).repeat(2, 1) * f64(1, 2)[:, None], "got a sum of 2$"),
    "no outcome": (torch.zeros(3, 0), "got a sum of 0$"),
    "a scalar": (f64(1).squeeze(), "got a scalar"),
}


@by_name
@pytest.mark.parametrize("case", BAD)
def test_what_is_no_distribution_is_refused_by_name(name, case):
    bad, message = BAD[case]
    with pytest.raises(ValueError, match=f"p: expected .*{message}"):
        ALL[name](bad, f64(0.5, 0.5))
    if name in PAIRS:
        with pytest.raises(ValueError, match=f"q: expected .*{message}"):
            PAIRS[name](f64(0.5, 0.5), bad)


@by_name
@pytest.mark.parametrize("bad", [torch.tensor([1, 0]), np.array([0.5, 0.5]), [0.5, 0.5]])
def test_only_tensors_of_floats_are_accepted(name, bad):
    with pytest.raises(TypeError, match="p: expected a tensor of floating-point numbers, got"):
        ALL[name](bad, f64(0.5, 0.5))
    with pytest.raises(TypeError, match="p: expected a tensor of floating-point numbers, got"):
        information(bad)


@of_pairs
@pytest.mark.parametrize("shape", [(7, 3), (5, 6), (1,)])
def test_distributions_over_other_outcomes_or_batches_are_refused(name, shape):
    with pytest.raises(ValueError, match=r"q: expected the 6 outcomes of p \(7, 6\).* got \("):
        PAIRS[name](f64(*[1 / 6] * 6).repeat(7, 1), f64(1).expand(shape) / shape[-1])


@pytest.mark.parametrize("base", [1, 0, 0.5, -2, math.nan])
def test_a_base_that_is_no_base_is_refused(base):
    with pytest.raises(ValueError, match="base: expected None"):
        entropy(f64(0.5, 0.5), base=base)


@pytest.mark.parametrize("p", [1.1, -0.1, math.nan])
def test_information_of_what_is_no_probability_is_refused(p):
    with pytest.raises(ValueError, match=r"p: expected probabilities in \[0, 1\], got values from"):
        information(f64(p))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("outcomes", [3, 1000, 100_000])
def test_a_softmax_of_any_size_and_precision_is_a_distribution(dtype, outcomes):
    logits = torch.randn(7, outcomes, generator=torch.Generator().manual_seed(0)).to(dtype)
    assert entropy(logits.softmax(-1)).isfinite().all()
