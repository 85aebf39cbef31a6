"""Distributions on grey levels are probabilities, sampled as they say and finite far from data."""

import math

import mpmath
import pytest
import scipy.stats
import torch
from torch.distributions import (
    Bernoulli,
    Categorical,
    Distribution,
    Exponential,
    Independent,
    MixtureSameFamily,
    Normal,
)

from dgm_course.data.images import from_levels
from dgm_course.models.pixels import DiscretizedLogistic, GreyLevels, TwoLevels, draw, to_index

exact = {"rtol": 1e-10, "atol": 1e-10}


@pytest.fixture(autouse=True)
def arguments_are_validated():
    """As in a fresh process: torch.compile turns it off in all that is compiled or not after it."""
    before = Distribution._validate_args
    Distribution.set_default_validate_args(True)
    yield
    Distribution.set_default_validate_args(before)


def noise(*shape, seed=0, dtype=torch.float64):
    return torch.randn(shape, dtype=dtype, generator=torch.Generator().manual_seed(seed))


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def logistic(levels=6, dtype=torch.float64):
    loc, log_scale = 1.2 * noise(4, 3, dtype=dtype), noise(4, 3, seed=1, dtype=dtype) - 1
    return DiscretizedLogistic(loc, log_scale, levels)


KINDS = {
    "two": lambda dtype=torch.float64: TwoLevels(2 * noise(4, 3, dtype=dtype)),
    "grey": lambda dtype=torch.float64: GreyLevels(2 * noise(4, 3, 5, dtype=dtype)),
    "logistic": lambda dtype=torch.float64: logistic(dtype=dtype),
    "logistic of two levels": lambda dtype=torch.float64: logistic(2, dtype),
}
every = pytest.mark.parametrize("kind", KINDS)
LOCS = (-1e4, -30.0, -1.5, -1.0, -0.3, 0.0, 0.06, 1.0, 1.1, 7.0, 1e4)
LOG_SCALES = (-10.0, -7.0, -2.0, 0.0, 2.0, 5.0)


def extremes(dtype):
    """A discretised logistic at every loc far and near and every scale, narrow and wide."""
    loc, log_scale = torch.cartesian_prod(torch.tensor(LOCS), torch.tensor(LOG_SCALES)).to(dtype).T
    return loc.requires_grad_(), log_scale.requires_grad_()


@every
def test_probabilities_sum_to_one_over_the_levels(kind):
    p = KINDS[kind]()
    total = p.log_prob(p.enumerate_support()).exp().sum(0)
    torch.testing.assert_close(total, torch.ones(4, 3).double(), rtol=0, atol=1e-12)


@pytest.mark.parametrize("levels", [2, 3, 17, 256])
def test_the_logistic_sums_to_one_however_far_narrow_or_wide(levels):
    p = DiscretizedLogistic(*extremes(torch.float64), levels)
    total = p.log_prob(p.enumerate_support()).exp().sum(0)
    torch.testing.assert_close(total, torch.ones_like(total), rtol=0, atol=1e-12)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("levels", [2, 17, 256])
def test_the_logistic_is_finite_everywhere_and_so_is_its_gradient(levels, dtype):
    loc, log_scale = extremes(dtype)
    p = DiscretizedLogistic(loc, log_scale, levels)
    log_prob = p.log_prob(p.enumerate_support())
    slopes = torch.autograd.grad(log_prob.sum(), (loc, log_scale))
    assert all(values.isfinite().all() for values in (log_prob, *slopes))


def test_the_logistic_far_from_the_data_is_still_drawn_towards_it():
    """In a tail of the logistic density the slope of log p is one over the scale."""
    loc = torch.tensor([-40.0, 40.0], requires_grad=True)
    p = DiscretizedLogistic(loc, torch.full((2,), -2.0), 17)
    (slope,) = torch.autograd.grad(p.log_prob(torch.zeros(2)).sum(), loc)
    assert slope.tolist() == pytest.approx([math.exp(2), -math.exp(2)])


def mass_at_high_precision(x, loc, log_scale, levels):
    """The difference of two cumulative probabilities, outermost edges at infinity."""
    edge = [-mpmath.inf, *((mpmath.mpf(2 * k) - levels) / (levels - 1) for k in range(1, levels))]
    edge.append(mpmath.inf)
    k = round((x + 1) * (levels - 1) / 2)
    standard = [(edge[i] - mpmath.mpf(loc)) / mpmath.exp(log_scale) for i in (k, k + 1)]
    low, high = ((1 + mpmath.tanh(s / 2)) / 2 for s in standard)
    return float(mpmath.log(high - low))


@pytest.mark.parametrize("log_scale", [-5.0, -2.0, 0.5, 5.0])
@pytest.mark.parametrize("loc", [-3.0, -1.0, 0.07, 0.95, 2.0])
def test_the_logistic_is_the_mass_of_each_cell_at_high_precision(loc, log_scale):
    p = DiscretizedLogistic(*torch.tensor([loc, log_scale], dtype=torch.float64), 9)
    x = p.enumerate_support()
    with mpmath.workdps(1200):  # the tails of the narrowest cancel after 1000 digits
        truth = [mass_at_high_precision(value, loc, log_scale, 9) for value in x.tolist()]
    torch.testing.assert_close(p.log_prob(x), x.new_tensor(truth), rtol=1e-10, atol=1e-12)


def test_the_logistic_has_the_gradient_of_differences():
    loc, log_scale = (t.detach().clone().requires_grad_() for t in (noise(5, 4), noise(5, 4)))
    x = torch.tensor([-1, -0.6, 0.2, 1.0]).double()
    assert torch.autograd.gradcheck(
        lambda loc, log_scale: DiscretizedLogistic(loc, log_scale, 6).log_prob(x), (loc, log_scale)
    )


def test_black_and_white_is_torchs_bernoulli_of_zero_and_one():
    logits = 5 * noise(4, 3)
    b = torch.rand(6, 4, 3, generator=seeded()).double().round()
    got = TwoLevels(logits).log_prob(2 * b - 1)
    torch.testing.assert_close(got, Bernoulli(logits=logits).log_prob(b), **exact)


def test_a_logit_without_bound_keeps_black_and_white_finite():
    logits = torch.tensor([-1e4, 1e4, -1e4, 1e4], requires_grad=True)
    log_prob = TwoLevels(logits).log_prob(torch.tensor([-1.0, 1.0, 1.0, -1.0]))
    assert log_prob.tolist() == [0, 0, -1e4, -1e4]
    assert torch.autograd.grad(log_prob.sum(), logits)[0].tolist() == [0, 0, 1, -1]


def test_grey_levels_are_torchs_categorical_from_dark_to_bright():
    logits, level = noise(4, 3, 17), torch.randint(17, (6, 4, 3), generator=seeded())
    got = GreyLevels(logits).log_prob(from_levels(level).double())
    torch.testing.assert_close(got, Categorical(logits=logits).log_prob(level), **exact)


@every
def test_the_mean_is_the_sum_over_the_outcomes(kind):
    p = KINDS[kind]()
    x = p.enumerate_support()
    torch.testing.assert_close(p.mean, (x * p.log_prob(x).exp()).sum(0), **exact)


def test_the_mean_of_the_logistic_holds_at_the_extremes():
    p = DiscretizedLogistic(*extremes(torch.float64), 17)
    x = p.enumerate_support()
    torch.testing.assert_close(p.mean, (x * p.log_prob(x).exp()).sum(0), **exact)


@every
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_samples_are_as_frequent_as_their_probability(kind, dtype):
    """Chi-square of 12 pixels at once; the limit lets one seed in 30,000 fail, as 4 errors do."""
    p, n = KINDS[kind](dtype), 20_000
    x = p.sample((n,), seeded())
    assert x.shape == (n, 4, 3) and x.dtype == dtype
    levels = p.enumerate_support()
    expected = n * p.log_prob(levels).exp().double()
    counts = torch.stack([(x == level).sum(0) for level in levels[:, 0, 0]]).double()
    assert counts.sum().item() == 12 * n
    enough = expected > 5
    chi_square = ((counts - expected) ** 2 / expected)[enough].sum().item()
    assert scipy.stats.chi2.sf(chi_square, int(enough.sum()) - 12) > 3e-5
    spread = (n * 4 * expected[~enough].sum()).sqrt() / math.sqrt(n)
    assert (counts - expected)[~enough].sum().abs() <= 2 * spread + 1e-9


@every
def test_one_draw_is_independent_of_the_next_and_of_its_neighbour(kind):
    x = KINDS[kind]().sample((20_000,), seeded()).flatten(1)
    pairs = [(x[1:, 5], x[:-1, 5]), (x[:, 4], x[:, 5]), (x[:, 2], x[:, 5])]
    for pair in pairs:
        if min(values.std() for values in pair) > 0:
            assert torch.corrcoef(torch.stack(pair))[0, 1].abs() < 4 / math.sqrt(20_000)


@every
def test_the_generator_alone_decides_on_the_draw(kind):
    p, state = KINDS[kind](), torch.get_rng_state()
    one, same, other = (p.sample((50,), seeded(seed)) for seed in (3, 3, 4))
    assert torch.equal(one, same) and not torch.equal(one, other)
    assert torch.equal(torch.get_rng_state(), state)
    assert p.sample().shape == (4, 3)


@every
def test_values_between_the_levels_are_refused(kind):
    p = KINDS[kind]()
    for wrong in (0.0123, 1.5, -1.5, 3.0, math.nan):
        x = p.enumerate_support()[0].clone()
        x[2, 1] = wrong
        with pytest.raises(ValueError, match=f"x: expected the {p.levels} equal steps from -1 to"):
            p.log_prob(x)
    assert p.log_prob(torch.zeros(0, 4, 3)).shape == (0, 4, 3)


@pytest.mark.parametrize("levels", [2, 17, 256, 1000])
def test_every_level_has_its_number_in_float32(levels):
    k = torch.arange(levels)
    for x in (k.float() / (levels - 1) * 2 - 1, 2 * k.float() / (levels - 1) - 1):
        assert torch.equal(to_index(x, levels).long(), k)


def test_one_step_outside_of_many_levels_is_refused():
    p = GreyLevels(torch.zeros(4001, dtype=torch.float64))
    for x in (1 + 2 / 4000, -1 - 2 / 4000):
        with pytest.raises(ValueError, match="x: expected the 4001 equal steps from -1 to 1"):
            p.log_prob(torch.tensor(x).double())


def test_the_outermost_levels_are_exact():
    for levels in range(2, 1025):
        p = GreyLevels(torch.zeros(levels).index_fill(0, torch.tensor(levels - 1), 1e4))
        ends = p.enumerate_support()[[0, -1]]
        assert [*ends.tolist(), p.sample().item(), p.mean.item()] == [-1, 1, 1, 1]


@every
def test_no_pixels_have_no_samples(kind):
    p = KINDS[kind]()
    assert p.sample((0,)).shape == (0, 4, 3)
    assert GreyLevels(torch.zeros(0, 3, 5)).sample((2,)).shape == (2, 0, 3)


def test_a_distribution_of_one_level_is_refused():
    with pytest.raises(ValueError, match="levels: expected at least 2, got 1"):
        DiscretizedLogistic(torch.zeros(3), torch.zeros(3), 1)


@every
def test_half_precision_does_not_reach_the_probabilities(kind):
    p = KINDS[kind](torch.bfloat16)
    total = p.log_prob(p.enumerate_support()).exp().sum(0)
    torch.testing.assert_close(total, torch.ones(4, 3), rtol=0, atol=1e-6)


# draw


def mixture():
    """Three correlated bumps of the plane with unequal weights."""
    means = torch.tensor([[-2.0, -3.0], [0.5, 1.0], [2.0, 5.0]]).double()
    stds = torch.tensor([[0.5, 1.0], [0.2, 0.3], [1.0, 0.4]]).double()
    weights = Categorical(torch.tensor([0.6, 0.1, 0.3]).double())
    return MixtureSameFamily(weights, Independent(Normal(means, stds), 1)), means, stds


def test_draws_of_a_mixture_have_its_mean_and_covariance():
    p, means, stds = mixture()
    x = draw(p, (20_000,), seeded())
    weight = p.mixture_distribution.probs
    second = torch.einsum("k,ki,kj->ij", weight, means, means) + torch.diag(weight @ stds**2)
    assert x.shape == (20_000, 2)
    for i, j in ((0, 0), (0, 1), (1, 1)):
        values = x[:, i] * x[:, j]
        assert (values.mean() - second[i, j]).abs() < 4 * values.std() / math.sqrt(len(x))
    assert ((x.mean(0) - weight @ means).abs() < 4 * x.std(0) / math.sqrt(len(x))).all()


def test_draws_of_a_batch_of_mixtures_keep_to_their_row():
    weights = Categorical(torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]]))
    bumps = Normal(torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), torch.tensor(1e-3))
    x = draw(MixtureSameFamily(weights, bumps.expand((3, 2))), (400,), seeded()).round()
    assert x.shape == (400, 3)
    assert (x[:, 0] == 1).all() and (x[:, 1] == 4).all()
    assert abs((x[:, 2] == 5).double().mean().item() - 0.5) < 4 * 0.5 / math.sqrt(400)


def test_draws_of_a_normal_have_its_mean_and_spread_in_each_dim():
    mean, std = noise(3, 2), (0.5 * noise(3, 2, seed=1)).exp()
    x = draw(Independent(Normal(mean, std), 1), (20_000,), seeded())
    assert x.shape == (20_000, 3, 2)
    result = ((x - mean) / std).flatten(1)
    assert (result.mean(0).abs() < 4 / math.sqrt(len(x))).all()
    assert ((result.square().mean(0) - 1).abs() < 4 * math.sqrt(2 / len(x))).all()


def test_what_cannot_be_drawn_by_a_generator_says_so():
    p = Exponential(torch.ones(3))
    assert draw(p, (5,)).shape == (5, 3)
    with pytest.raises(TypeError, match="generator: Exponential can only be drawn from"):
        draw(p, (5,), seeded())


def test_draws_have_no_gradient():
    mean = noise(3).requires_grad_()
    assert not draw(Normal(mean, 1.0)).requires_grad
    assert not DiscretizedLogistic(mean, mean, 5).sample().requires_grad
