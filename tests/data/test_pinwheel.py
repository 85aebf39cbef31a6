"""The pinwheel's density against roots found one by one, and against its radial density."""

import math

import numpy as np
import pytest
import torch
from scipy.optimize import brentq
from scipy.stats import norm

from dgm_course.data import pinwheel
from dgm_course.data.pinwheel import Pinwheel


def circle(radius, n):
    angle = (torch.arange(n, dtype=torch.float64) + 0.5) * (2 * math.pi / n)
    return radius * torch.stack([angle.cos(), angle.sin()], -1)


def sampler(w, arm):
    """Johnson et al.'s formula: features @ [[cos, -sin], [sin, cos]], doubled."""
    angle = 2 * math.pi * arm / 5 + 0.25 * w[0].exp()
    rows = [angle.cos(), -angle.sin()], [angle.sin(), angle.cos()]
    return 2 * w @ torch.stack([torch.stack(row) for row in rows])


def preimages(x, arm):
    """All (u, v) with sampler((u, v), arm) = x: a scan in u for sign changes, then Brent."""

    def unturned(u):
        angle = 2 * math.pi * arm / 5 + 0.25 * np.exp(u)
        cos, sin = np.cos(angle), np.sin(angle)
        return np.array([cos * x[0] - sin * x[1], sin * x[0] + cos * x[1]]) / 2

    radius = math.hypot(*x) / 2
    scan = np.linspace(-radius - 0.01, radius + 0.01, 40_000)
    for i in np.flatnonzero(np.diff(np.sign(unturned(scan)[0] - scan))):
        u = brentq(lambda u: unturned(u)[0] - u, scan[i], scan[i + 1], xtol=1e-15, rtol=1e-14)
        yield torch.tensor([u, unturned(u)[1]])


def density_root_by_root(x):
    total = 0.0
    for arm in range(5):
        for w in preimages(x, arm):
            jacobian = torch.autograd.functional.jacobian(lambda w, arm=arm: sampler(w, arm), w)
            noise = norm(1, 0.3).pdf(w[0]) * norm(0, 0.1).pdf(w[1])
            total += noise / 5 / abs(float(torch.linalg.det(jacobian)))
    return total


def test_density_is_the_sum_over_every_preimage():
    near = Pinwheel().sample(7, torch.Generator().manual_seed(0)).double()
    folded = torch.cat([circle(radius, 3) for radius in (3.5, 5.2, 6.3, 8.2)])
    x = torch.cat([near, folded])
    want = np.log([density_root_by_root(row) for row in x.tolist()])
    np.testing.assert_allclose(Pinwheel().log_prob(x).numpy(), want, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("radius", [0.1, 0.7, 2.0, 3.0, 3.38])
def test_mean_over_a_circle_is_the_radial_density(radius):
    """Turning keeps |x| = 2 |(u, v)|, so all arms share the radial density of one Gaussian."""
    w = (circle(radius, 4001) / 2).numpy()
    want = (norm(1, 0.3).pdf(w[:, 0]) * norm(0, 0.1).pdf(w[:, 1])).mean() / 4
    got = Pinwheel().log_prob(circle(radius, 1999)).exp().mean()
    assert float(got) == pytest.approx(want, rel=1e-12)


@pytest.mark.parametrize(("r", "counts"), [(0.0, {5}), (0.4, {5}), (1.69, {5}), (2.2, {5, 7})])
def test_there_are_as_many_roots_as_arms_until_the_map_folds(r, counts):
    angle = torch.linspace(-3, 3, 50, dtype=torch.float64)
    row = pinwheel.find_roots(torch.full_like(angle, r), angle)[2]
    assert set(torch.bincount(row).tolist()) == counts


def test_every_root_solves_its_equation():
    r = torch.tensor([0.0, 0.3, 1.7, 2.5, 4.0, 5.5, 8.9]).double()
    angle = torch.linspace(-3, 3, 7, dtype=torch.float64)
    a, j, row, slot = pinwheel.find_roots(r, angle)
    residual = a + 0.25 * (r[row] * a.cos()).exp() - angle[row] - 2 * math.pi / 5 * j
    assert float(residual.abs().max()) < 1e-10
    assert len(set(zip(row.tolist(), slot.tolist(), strict=True))) == len(a)


@pytest.mark.parametrize(("radius", "error"), [(10.9, 0), (14, 1e-12), (17.9, 1e-12)])
def test_roots_left_out_do_not_matter(radius, error, monkeypatch):
    x = circle(radius, 7)
    kept = Pinwheel().log_prob(x)
    monkeypatch.setattr(pinwheel, "MOST_ROOTS", 10_000)
    torch.testing.assert_close(kept, Pinwheel().log_prob(x), rtol=0, atol=error)


def test_sampler_is_the_published_one(monkeypatch):
    noise, arm = torch.tensor([[0.3, -0.7], [-1.1, 0.4], [0.9, 1.3]]), torch.tensor([0, 3, 4])
    monkeypatch.setattr(torch, "randn", lambda *size, **options: noise)
    monkeypatch.setattr(torch, "randint", lambda *size, **options: arm)
    w = torch.tensor([1.0, 0.0]) + noise * torch.tensor([0.3, 0.1])
    want = torch.stack([sampler(row, k) for row, k in zip(w, arm, strict=True)])
    torch.testing.assert_close(Pinwheel().sample(3), want)
