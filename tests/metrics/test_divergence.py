"""Discrete divergences, against SciPy, torch and the properties that define them."""

import math

import pytest
import scipy.special
import scipy.stats
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon
from torch.distributions import Categorical, kl_divergence

from dgm_course.metrics.divergence import cross_entropy, entropy, information, js, kl

PAIRS = {"cross_entropy": cross_entropy, "kl": kl, "js": js}
ALL = {"entropy": lambda p, q: entropy(p), **PAIRS}
LOG2 = math.log(2)

exact = {"rtol": 1e-10, "atol": 1e-10}
by_name = pytest.mark.parametrize("name", ALL)
of_pairs = pytest.mark.parametrize("name", PAIRS)
deterministic = settings(derandomize=True, deadline=None, max_examples=50, database=None)


def f64(*values):
    return torch.tensor(values, dtype=torch.float64)


SLIDES_P, SLIDES_Q = f64(0.36, 0.48, 0.16), f64(1, 1, 1) / 3


def batch(zeros=False, seed=0, outcomes=6):
    """(7, outcomes) distributions, each with a zero if asked."""
    p = torch.rand(7, outcomes, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    if zeros:
        p[torch.arange(7), torch.arange(7) % outcomes] = 0
    return p / p.sum(-1, keepdim=True)


@st.composite
def distributions(draw, count=2, outcomes=5):
    weight = st.just(0.0) | st.floats(1e-300, 1e-3) | st.floats(0.01, 1)
    rows = st.lists(weight, min_size=outcomes, max_size=outcomes).filter(lambda row: max(row) > 0)
    return [f64(*row) / sum(row) for row in draw(st.lists(rows, min_size=count, max_size=count))]


# Values


def test_information_of_a_fair_coin_is_one_bit_and_log_2_nats():
    torch.testing.assert_close(information(f64(0.5), base=2), f64(1), **exact)
    torch.testing.assert_close(information(f64(0.5)), f64(LOG2), **exact)


def test_information_of_independent_events_adds_up():
    p, q = batch(seed=0), batch(seed=1)
    torch.testing.assert_close(information(p * q), information(p) + information(q), **exact)


def test_a_sure_event_says_nothing_and_an_impossible_one_everything():
    assert information(f64(1, 0)).tolist() == [0, math.inf]
    assert str(information(f64(1)).item()) == "0.0" == str(entropy(f64(1, 0)).item())
    assert str(cross_entropy(f64(1, 0), f64(1, 0)).item()) == "0.0"


@pytest.mark.parametrize("zeros", [False, True])
def test_entropy_is_that_of_scipy_in_nats_and_bits(zeros):
    p = batch(zeros)
    for base in (None, 2, 10):
        truth = torch.tensor(scipy.stats.entropy(p.numpy(), base=base, axis=-1))
        torch.testing.assert_close(entropy(p, base=base), truth, **exact)


def test_cross_entropy_is_the_loss_of_a_classifier_with_soft_labels():
    p, q = batch(zeros=True), batch(seed=1)
    truth = F.cross_entropy(q.log(), p, reduction="none")
    torch.testing.assert_close(cross_entropy(p, q), truth, **exact)
    torch.testing.assert_close(cross_entropy(p, q, base=2), truth / LOG2, **exact)


@pytest.mark.parametrize("zeros", [False, True])
def test_kl_is_that_of_scipy_and_torch(zeros):
    p, q = batch(zeros), batch(seed=1)
    truth = torch.tensor(scipy.special.rel_entr(p.numpy(), q.numpy()).sum(-1))
    torch.testing.assert_close(kl(p, q), truth, **exact)
    torch.testing.assert_close(kl(p, q, base=2), truth / LOG2, **exact)
    if not zeros:
        torch.testing.assert_close(kl(p, q), kl_divergence(Categorical(p), Categorical(q)), **exact)


def test_kl_of_the_slides_is_not_symmetric():
    assert kl(SLIDES_P, SLIDES_Q).item() == pytest.approx(0.0852996, abs=5e-8)
    assert kl(SLIDES_Q, SLIDES_P).item() == pytest.approx(0.0974550, abs=5e-8)


def test_kl_is_cross_entropy_minus_entropy():
    p, q = batch(zeros=True), batch(seed=1)
    torch.testing.assert_close(kl(p, q), cross_entropy(p, q) - entropy(p), **exact)


@pytest.mark.parametrize("zeros", [False, True])
def test_js_is_the_square_of_the_distance_in_scipy(zeros):
    p, q = batch(zeros), batch(zeros, seed=1)
    for base in (None, 2):
        truth = torch.tensor(jensenshannon(p.numpy(), q.numpy(), base=base, axis=-1) ** 2)
        torch.testing.assert_close(js(p, q, base=base), truth, **exact)


@pytest.mark.parametrize(
    ("p", "q", "values"),
    [  # entropy(p), cross-entropy, KL, JS
        ((1, 0), (1, 0), (0, 0, 0, 0)),
        ((1, 0), (0, 1), (0, math.inf, math.inf, LOG2)),
        ((0.5, 0.5, 0), (0.5, 0.5, 0), (LOG2, LOG2, 0, 0)),
        ((0.5, 0.5, 0), (0.25, 0.25, 0.5), (LOG2, 2 * LOG2, LOG2, 0.75 * math.log(4 / 3))),
        ((0.5, 0.5, 0), (1, 0, 0), (LOG2, math.inf, math.inf, 0.75 * math.log(4 / 3))),
    ],
)
def test_zero_probabilities_are_exact(p, q, values):
    got = [f(f64(*p), f64(*q)) for f in ALL.values()]
    torch.testing.assert_close(torch.stack(got), f64(*values), rtol=1e-12, atol=1e-15)


def test_the_tiniest_probability_is_not_taken_for_zero():
    tiny = 2.0**-1074  # the smallest positive float64; its log is exactly -1074 log 2
    sure, fair = f64(1, tiny), f64(0.5, 0.5)
    torch.testing.assert_close(kl(fair, sure), f64(536 * LOG2).squeeze(), **exact)
    torch.testing.assert_close(cross_entropy(fair, sure), f64(537 * LOG2).squeeze(), **exact)
    torch.testing.assert_close(kl(sure, fair), f64(LOG2).squeeze(), **exact)
    assert entropy(sure) > 0
    assert js(f64(1, tiny), f64(1, 0)) < 1e-300


# Properties


@deterministic
@given(distributions(count=3))
def test_divergences_are_at_least_zero_and_zero_between_equals(drawn):
    p, q, r = drawn
    assert kl(p, q) >= -1e-12 and 0 <= js(p, q) + 1e-12 <= LOG2 + 1e-10
    assert kl(p, p) == 0 == js(p, p)
    torch.testing.assert_close(js(p, q), js(q, p), **exact)
    root = [math.sqrt(max(0, js(a, b))) for a, b in ((p, q), (q, r), (p, r))]
    assert root[2] <= root[0] + root[1] + 1e-7  # the root of JS is a metric


@deterministic
@given(distributions(), st.permutations(range(5)))
def test_no_divergence_depends_on_the_order_of_the_outcomes(drawn, order):
    p, q = drawn
    for f in ALL.values():
        torch.testing.assert_close(f(p[order], q[order]), f(p, q), **exact)


@deterministic
@given(distributions(), distributions(count=5, outcomes=3))
def test_processing_data_never_tells_them_further_apart(drawn, rows):
    (p, q), channel = drawn, torch.stack(rows)
    assert kl(p @ channel, q @ channel) <= kl(p, q) + 1e-10
    assert js(p @ channel, q @ channel) <= js(p, q) + 1e-10


def test_kl_of_independent_pairs_adds_up():
    p, q, r, s = (
        batch(True, 0),
        batch(seed=1),
        batch(True, 2, outcomes=3),
        batch(seed=3, outcomes=3),
    )
    together = [(a[:, :, None] * b[:, None, :]).flatten(1) for a, b in ((p, r), (q, s))]
    torch.testing.assert_close(kl(*together), kl(p, q) + kl(r, s), **exact)


@by_name
def test_batch_dims_broadcast_to_a_table_of_pairs(name):
    p, q = batch(zeros=True), batch(zeros=True, seed=1)[:5]
    table = ALL[name](p[:, None], q)
    assert table.shape == ((7, 1) if name == "entropy" else (7, 5))
    for i, row in enumerate(table):
        for j, value in enumerate(row):
            torch.testing.assert_close(ALL[name](p[i], q[j]), value, **exact)


# Gradients


@by_name
def test_gradients_are_those_of_finite_differences(name):
    logits = torch.randn(2, 7, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    logits = [x.requires_grad_() for x in logits]
    assert torch.autograd.gradcheck(lambda a, b: ALL[name](a.softmax(-1), b.softmax(-1)), logits)


@by_name
def test_an_outcome_that_softmax_makes_impossible_leaves_the_other_gradients_alone(name):
    logits = torch.randn(2, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))

    def gradient(a, b):
        a, b = a.requires_grad_(), b.requires_grad_()
        ALL[name](a.softmax(-1), b.softmax(-1)).backward()
        return a.grad, torch.zeros_like(b) if b.grad is None else b.grad

    truth = gradient(*logits.clone())
    impossible = f64(-1e4)
    with_zero = gradient(*(torch.cat([row, impossible]) for row in logits.clone()))
    for got, want in zip(with_zero, truth, strict=True):
        torch.testing.assert_close(got, torch.cat([want, f64(0)]), **exact)


@of_pairs
def test_an_outcome_that_underflows_has_the_gradient_of_one_that_nearly_does(name):
    p, q = torch.randn(2, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))

    def gradient(lowest):
        a = torch.cat([p, f64(lowest)]).requires_grad_()  # p = 0 < q
        b = torch.cat([q, f64(0)]).requires_grad_()
        return torch.autograd.grad(PAIRS[name](a.softmax(-1), b.softmax(-1)), [a, b])

    for zero, nearly in zip(gradient(-1e4), gradient(-60.0), strict=True):
        torch.testing.assert_close(zero, nearly, **exact)


def test_a_finite_slope_at_probability_zero_is_exact():
    p, q = f64(0, 0.4, 0.6).requires_grad_(), f64(0.2, 0.3, 0.5).requires_grad_()
    over_p, over_q = torch.autograd.grad(cross_entropy(p, q), [p, q])
    torch.testing.assert_close(over_p, information(q.detach()), **exact)
    torch.testing.assert_close(over_q, -p.detach() / q.detach(), **exact)
    torch.testing.assert_close(torch.autograd.grad(kl(p, q), q)[0], over_q, **exact)


@of_pairs
def test_no_gradient_is_nan_where_both_are_zero(name):
    p, q = f64(0, 0.4, 0.6).requires_grad_(), f64(0, 0.5, 0.5).requires_grad_()
    for gradient in torch.autograd.grad(PAIRS[name](p, q), [p, q]):
        assert gradient.isfinite().all()
