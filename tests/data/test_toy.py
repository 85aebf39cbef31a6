"""Every toy target against integrals, samples, SciPy and scikit-learn; one test covers them all."""

import math

import numpy as np
import pytest
import scipy.stats
import torch
from scipy.integrate import quad
from sklearn.datasets import make_moons

from dgm_course.data.toy import TARGETS, Checker, Mixture1D, Moons, two_bumps

ALL = {**TARGETS, "two_bumps": two_bumps}


@pytest.fixture(params=ALL)
def target(request):
    return ALL[request.param]()


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def points(target, n=17):
    """Samples in float64, moved so that none sits where the density is stationary."""
    return target.sample(n, seeded()).double() + 0.01


def cell_masses(target, n, nodes=8):
    """Mass of each cell of an n^D grid over the target's box, by Gauss-Legendre in each cell."""
    node, weight = (torch.tensor(v) for v in np.polynomial.legendre.leggauss(nodes))
    axes, weights, cells = [], [], []
    for a, b in zip(target.low, target.high, strict=True):
        cell = torch.arange(n).repeat_interleave(nodes)
        axes.append(a + (b - a) / n * (cell + (node.repeat(n) + 1) / 2))
        weights.append(weight.repeat(n) * (b - a) / n / 2)
        cells.append(cell)
    x = torch.cartesian_prod(*axes).reshape(-1, target.dim)
    w = torch.cartesian_prod(*weights).reshape(len(x), -1).prod(-1)
    index = cell_index(torch.cartesian_prod(*cells).reshape(len(x), -1), n)
    zero = torch.zeros(n**target.dim, dtype=torch.float64)
    return zero.index_add(0, index, w * target.log_prob(x).exp())


def cell_index(cell, n):
    return cell @ n ** torch.arange(cell.shape[1] - 1, -1, -1)


def test_density_integrates_to_one(target):
    assert float(cell_masses(target, n=40).sum()) == pytest.approx(1, abs=1e-6)


def test_samples_fall_where_the_density_puts_its_mass(target):
    n, size = 24, 40_000
    x = target.sample(size, seeded()).double()
    low, high = torch.tensor(target.low), torch.tensor(target.high)
    cell = ((x - low) / (high - low) * n).floor().long()
    cell = cell[((cell >= 0) & (cell < n)).all(-1)]
    count = torch.bincount(cell_index(cell, n), minlength=n**target.dim)
    expected = size * cell_masses(target, n)
    often = expected >= 5
    got = torch.cat([count[often], (size - count[often].sum())[None]])
    want = torch.cat([expected[often], (size - expected[often].sum())[None]])
    used = want > 1e-3
    assert (got[~used] == 0).all()
    statistic = ((got - want)[used] ** 2 / want[used]).sum()
    assert scipy.stats.chi2.sf(float(statistic), int(used.sum()) - 1) > 1e-3


def test_entropy_is_the_mean_surprise_of_samples(target):
    surprise = -target.log_prob(target.sample(40_000, seeded()).double())
    standard_error = float(surprise.std()) / len(surprise) ** 0.5
    assert float(surprise.mean()) == pytest.approx(target.entropy(), abs=4 * standard_error + 1e-12)


def test_entropy_is_the_integral_of_p_log_p(target):
    n, cell, axes = 240, 1.0, []
    for a, b in zip(target.low, target.high, strict=True):
        axes.append(a + (np.arange(n) + 0.5) * (b - a) / n)
        cell *= (b - a) / n
    x = np.stack(np.meshgrid(*axes), -1).reshape(-1, target.dim)
    log_prob = target.log_prob(torch.tensor(x)).numpy()
    log_prob = log_prob[np.isfinite(log_prob)]
    integral = -(np.exp(log_prob) * log_prob).sum() * cell
    assert target.entropy() == pytest.approx(integral, abs=2e-7)


# Sample means of 50,000 points or so, rounded: ring8's lies above ln 8 + the entropy of one bump.
PUBLISHED = {"ring8": 1.69985, "moons": 1.00945, "checker": math.log(32), "pinwheel": 2.31846}


@pytest.mark.parametrize("name", PUBLISHED)
def test_entropy_is_that_of_the_protocol_toy_v1(name):
    assert TARGETS[name]().entropy() == pytest.approx(PUBLISHED[name], abs=2e-3)


def test_entropy_of_ring8_is_just_below_that_of_bumps_that_never_overlap():
    apart = math.log(8) + scipy.stats.multivariate_normal(cov=0.04 * np.eye(2)).entropy()
    assert apart - 1e-3 < TARGETS["ring8"]().entropy() < apart


def ring8_truth(x):
    centres = [2 * np.exp(2j * np.pi * k / 8) for k in range(8)]
    bump = scipy.stats.multivariate_normal(cov=0.2**2)
    return np.mean([bump.pdf(x[0] - c.real) * bump.pdf(x[1] - c.imag) for c in centres])


def grid25_truth(x):
    rows = [[scipy.stats.norm(2 * k, 0.05).pdf(v) for k in (-2, -1, 0, 1, 2)] for v in x]
    return np.mean(rows[0]) * np.mean(rows[1])


def smeared(curve, x, std, span):
    """∫ N(x; curve(a), std^2 I) da / span over 0 < a < span, by adaptive quadrature."""

    def integrand(a):
        distance = np.hypot(*(np.array(curve(a)) - x))
        return math.exp(-(distance**2) / (2 * std**2)) / (2 * math.pi * std**2) / span

    closest = min(np.linspace(0, span, 999), key=lambda a: -integrand(a))
    return quad(integrand, 0, span, points=[closest], epsabs=0, epsrel=1e-12, limit=400)[0]


def moons_truth(x):
    outer = smeared(lambda a: (math.cos(a), math.sin(a)), x, 0.1, math.pi)
    inner = smeared(lambda a: (1 - math.cos(a), 1 - math.sin(a) - 0.5), x, 0.1, math.pi)
    return (outer + inner) / 2


def rings_truth(x):
    def ring(r):
        return smeared(lambda a: (r * math.cos(a), r * math.sin(a)), x, 0.08, 2 * math.pi)

    return np.mean([ring(r) for r in (0.75, 1.5, 2.25, 3.0)])


def checker_truth(x):
    board = ["#.#.", ".#.#", "#.#.", ".#.#"]
    column, row = (int(v + 4) // 2 for v in x)
    return (board[row][column] == "#") / 32


def two_bumps_truth(x):
    return 0.4 * scipy.stats.norm(-2, 0.5).pdf(x[0]) + 0.6 * scipy.stats.norm(1.5, 0.8).pdf(x[0])


TRUTHS = {
    "ring8": ring8_truth,
    "grid25": grid25_truth,
    "moons": moons_truth,
    "checker": checker_truth,
    "rings": rings_truth,
    "two_bumps": two_bumps_truth,
}  # the pinwheel's are in test_pinwheel.py


@pytest.mark.parametrize("name", TRUTHS)
def test_log_prob_is_the_true_density(name):
    target = ALL[name]()
    far = torch.tensor(target.low) + torch.rand(13, target.dim, generator=seeded()) * (
        torch.tensor(target.high) - torch.tensor(target.low)
    )
    x = torch.cat([points(target), far.double()])
    want = np.array([TRUTHS[name](row) for row in x.numpy()])
    with np.errstate(divide="ignore"):
        np.testing.assert_allclose(target.log_prob(x).numpy(), np.log(want), rtol=0, atol=1e-10)


def test_moons_lie_where_scikit_learn_puts_them():
    centres = torch.tensor(make_moons(100_000, noise=None)[0])
    x = points(Moons(), n=11)
    distance = torch.cdist(x, centres) ** 2 / (2 * 0.1**2)
    want = torch.logsumexp(-distance, 1) - math.log(2 * math.pi * 0.1**2 * len(centres))
    torch.testing.assert_close(Moons().log_prob(x), want, rtol=0, atol=1e-3)


def test_moons_have_nodes_enough_for_rounding_to_be_the_only_error():
    angle = torch.linspace(0, 6, 23, dtype=torch.float64)[:, None]
    direction = torch.cat([angle.cos(), angle.sin()], -1)
    x = torch.cat([r * direction for r in (0.0, 0.5, 1.0, 2.0, 3.0, 4.0)])
    many = Moons()
    many.nodes = 700
    torch.testing.assert_close(Moons().log_prob(x), many.log_prob(x), rtol=1e-14, atol=1e-12)


def test_checker_samples_stay_on_their_square_when_a_sum_rounds_up(monkeypatch):
    almost_one = 1 - 2**-24
    monkeypatch.setattr(torch, "rand", lambda *size, **options: torch.full(size, almost_one))
    x = Checker().sample(64, seeded())
    assert Checker().log_prob(x).isfinite().all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ((0, 1), (1,), (0.5, 0.5)),
            "means, stds, weights: expected equal lengths, got 2, 1 and 2",
        ),
        (((0, 1), (1, 0), (0.5, 0.5)), r"stds: expected positive numbers, got \(1, 0\)"),
        (((0, 1), (1, 1), (0.5, 0.6)), r"weights: expected a distribution, got \(0.5, 0.6\)"),
        (((0, 1), (1, 1), (1.5, -0.5)), r"weights: expected a distribution, got \(1.5, -0.5\)"),
    ],
)
def test_mixture_refuses_what_is_no_mixture(arguments, message):
    with pytest.raises(ValueError, match=message):
        Mixture1D(*arguments)
