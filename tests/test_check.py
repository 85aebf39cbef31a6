"""A verdict holds where the property does, and where it does not says by how much."""

import math

import numpy as np
import pytest
import torch

from dgm_course import check
from dgm_course.check import Verdict

NAN, INF = math.nan, math.inf


def f64(*values):
    return torch.tensor(values, dtype=torch.float64)


def test_a_verdict_is_its_truth_and_its_sentence():
    assert Verdict(True, "fine") and not Verdict(False, "not so")
    assert str(Verdict(True, "fine")) == "✓ fine"
    assert str(Verdict(False, "not so")) == "✗ not so"


def test_show_prints_a_line_a_verdict(capsys):
    check.show(Verdict(True, "one"), Verdict(True, "two"))
    assert capsys.readouterr().out == "✓ one\n✓ two\n"


def test_show_prints_them_all_and_stops_at_any_that_fails(capsys):
    verdicts = [Verdict(word in ("one", "three"), word) for word in ("one", "two", "three", "four")]
    with pytest.raises(AssertionError, match=r"^two; four$"):
        check.show(*verdicts)
    assert capsys.readouterr().out == "✓ one\n✗ two\n✓ three\n✗ four\n"


@pytest.mark.parametrize(
    ("got", "want", "holds"),
    [
        (f64(1, 2), f64(1, 2), True),
        (f64(1, 2 + 1e-7), f64(1, 2), True),
        (f64(1, 2 + 1e-5), f64(1, 2), False),
        (torch.ones(2), f64(1, 1), True),
        (torch.ones(2, requires_grad=True), np.ones(2), True),
        ([1, 2], (1.0, 2.0), True),
        (0.1, f64(0.1).squeeze(), True),
        (3, 3, True),
        (f64(INF, 1), f64(INF, 1), True),
        (f64(-INF, 1), f64(INF, 1), False),
        (f64(INF, 1), f64(1, 1), False),
        (f64(NAN), f64(NAN), False),
        (f64(NAN), f64(0), False),
        (f64(1, 1), f64(1), False),
        (f64(1), 1.0, False),
        (torch.ones(2, 1), torch.ones(1, 2), False),
    ],
)
def test_close_compares_values_and_shapes(got, want, holds):
    assert bool(check.close("it", got, want)) == holds


def test_close_is_as_strict_as_it_is_told():
    assert not check.close("it", 1 + 1e-9, 1.0, rtol=1e-10, atol=0)
    assert check.close("it", 1 + 1e-9, 1.0, rtol=1e-8, atol=0)
    assert not check.close("it", 1e-9, 0.0, rtol=1, atol=1e-10)


@pytest.mark.parametrize(
    ("got", "want", "text"),
    [
        (0.25, 0.25, "it = 0.25"),
        (f64(1, 2), f64(1, 2), "it"),
        (f64(1, 2.5), f64(1, 2), "it: off by up to 0.5"),
        (f64(INF, 2.5), f64(INF, 2), "it: off by up to 0.5"),
        (f64(INF, 2.5), f64(1, 2), "it: off by up to inf"),
        (f64(NAN, 2), f64(1, 2), "it: off by up to inf"),
        (f64(1, 2), f64(1), "it: expected shape (1,), got (2,)"),
    ],
)
def test_close_says_by_how_much(got, want, text):
    assert check.close("it", got, want).text == text


@pytest.mark.parametrize(
    ("value", "holds", "text"),
    [
        (f64(0, 3), True, "it ≥ 0"),
        (f64(-1e-7, 3), True, "it ≥ 0"),
        (f64(-0.5, 3), False, "it: -0.5 < 0"),
        (f64(NAN, 3), False, "it: nan < 0"),
        (INF, True, "it ≥ 0"),
    ],
)
def test_nonnegative_allows_rounding_and_no_more(value, holds, text):
    assert check.nonnegative("it", value) == Verdict(holds, text)


def test_nonnegative_without_slack_allows_nothing():
    assert not check.nonnegative("it", f64(-1e-300), slack=0)
    assert check.nonnegative("it", f64(0, -0.0), slack=0)


@pytest.mark.parametrize(
    ("value", "bound", "holds"),
    [
        (f64(1, 2), 2.0, True),
        (f64(1, 2), f64(1, 2), True),
        (f64(1, 2), f64(2, 1), False),
        (f64(1, INF), f64(1, INF), True),
        (f64(1, INF), 2.0, False),
        (f64(-INF, 1), f64(-INF, 1), True),
        (f64(NAN, 1), 2.0, False),
        (f64(1, 1), f64(NAN, 2), False),
    ],
)
def test_at_most_is_elementwise_and_never_true_of_nan(value, bound, holds):
    assert bool(check.at_most("it", value, bound)) == holds


def test_at_most_says_the_largest_excess():
    assert check.at_most("it", f64(1, 3, INF), f64(2, 2.5, INF)).text == "it: exceeded by 0.5"


def test_symmetric_holds_of_a_sum_and_not_of_a_difference():
    p, q = torch.rand(2, 7, dtype=torch.float64)
    assert check.symmetric("sum", torch.add, p, q).text == "sum is symmetric"
    assert not check.symmetric("difference", torch.sub, p, q)


@pytest.mark.parametrize(
    ("mean", "error", "holds"),
    [
        (1.0, 0.1, True),
        (1.39, 0.1, True),
        (0.61, 0.1, True),
        (1.41, 0.1, False),
        (0.59, 0.1, False),
        (1.0, 0.0, True),
        (1.1, 0.0, False),
        (1.0, INF, False),
        (1.0, NAN, False),
        (NAN, 0.1, False),
        (f64(1, 1.41), f64(0.1, 0.1), False),
        (f64(1, 1.41), f64(0.1, 0.2), True),
    ],
)
def test_a_mean_is_within_four_standard_errors_or_not(mean, error, holds):
    assert bool(check.within_standard_errors("it", mean, error, truth=1.0)) == holds


def test_a_mean_too_far_off_says_how_many_errors():
    verdict = check.within_standard_errors("it", 1.5, 0.1, 1.0)
    assert verdict.text == "it: 5 standard errors away, not within 4"
    assert check.within_standard_errors("it", 1.5, 0.1, 1.0, n=6).text.endswith(
        "within 6 standard errors"
    )


def normal(mean, std, scale=1.0):
    distribution = torch.distributions.Normal(torch.tensor(mean, dtype=torch.float64), std)
    return lambda x: distribution.log_prob(x).sum(-1) + math.log(scale)


@pytest.mark.parametrize(
    ("log_prob", "holds", "mass"),
    [
        (normal([0.5, -1.0], 0.7), True, "1.000"),
        (normal([0.0, 0.0], 0.7, scale=1.01), False, "1.010"),
        (normal([6.0, 0.0], 0.7), False, "0.500"),
        (lambda x: x.sum(-1) * NAN, False, "nan"),
        (lambda x: torch.where((x.abs() < 0.51).all(-1), -2 * math.log(1.02), -INF), True, "1.000"),
    ],
    ids=["normal", "too much", "half outside", "nan", "uniform"],
)
def test_a_density_integrates_to_one_or_says_to_what(log_prob, holds, mass):
    verdict = check.integrates_to_one("it", log_prob, limit=6.0)
    assert verdict == Verdict(holds, f"it integrates to {mass}")


def test_the_mass_is_that_of_a_distribution_without_symmetry():
    covariance = torch.tensor([[1.0, 0.6], [0.6, 0.5]], dtype=torch.float64)
    mean = torch.tensor([0.3, -0.8], dtype=torch.float64)
    truth = torch.distributions.MultivariateNormal(mean, covariance)
    assert check.integrates_to_one("it", truth.log_prob, limit=8.0, atol=1e-9)


def test_a_gradient_is_checked_against_autograd():
    x = torch.randn(7, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    assert check.gradient("2x", lambda x: x.square().sum(-1), x, 2 * x)
    assert not check.gradient("3x", lambda x: x.square().sum(-1), x, 3 * x)
    assert not x.requires_grad
