"""The Gaussian, the histogram and the kernels: each is what an outside library says."""

import math

import numpy as np
import pytest
import scipy.stats
import sklearn.neighbors
import torch
from torch.distributions import MultivariateNormal

import dgm_course.models.density as density
from dgm_course.models.density import Gaussian, Histogram, KernelDensity

exact = {"rtol": 1e-10, "atol": 1e-10}


def draw(*shape, seed=0, dtype=torch.float64):
    return torch.randn(shape, dtype=dtype, generator=torch.Generator().manual_seed(seed))


def data(n=60, dim=2, seed=0):
    """Points whose dims differ in mean, spread and, from two dims on, are correlated."""
    x = draw(n, dim, seed=seed)
    mix = torch.eye(dim, dtype=x.dtype) + 0.5 * torch.ones(dim, dim, dtype=x.dtype).tril(-1)
    return 0.7 * x @ mix.T + 0.3 * torch.arange(1, dim + 1)


# Gaussian


def test_the_gaussian_is_that_of_scipy_and_torch():
    x, y = data(dim=3), data(7, dim=3, seed=1)
    mean, covariance = x.numpy().mean(0), np.cov(x.numpy().T, bias=True)
    model = Gaussian(x)
    truth = scipy.stats.multivariate_normal(mean, covariance).logpdf(y.numpy())
    torch.testing.assert_close(model.log_prob(y), torch.tensor(truth), **exact)
    torch.testing.assert_close(model.covariance, torch.tensor(covariance), **exact)
    reference = MultivariateNormal(model.mean, model.covariance)
    torch.testing.assert_close(model.log_prob(y), reference.log_prob(y), **exact)


def test_no_other_gaussian_makes_the_data_more_likely():
    x = data()
    mean, covariance = (t.clone().requires_grad_() for t in (x.mean(0), Gaussian(x).covariance))
    loss = -MultivariateNormal(mean, covariance).log_prob(x).mean()
    for slope in torch.autograd.grad(loss, [mean, covariance]):
        torch.testing.assert_close(slope, torch.zeros_like(slope), rtol=0, atol=1e-6)
    torch.testing.assert_close(Gaussian(x).loss(x), loss.detach(), **exact)


def test_a_ridge_is_added_to_each_variance():
    x = data(dim=3)
    gap = Gaussian(x, ridge=0.25).covariance - Gaussian(x).covariance
    torch.testing.assert_close(gap, 0.25 * torch.eye(3, dtype=x.dtype), **exact)


def test_data_that_do_not_vary_need_a_ridge():
    image = torch.cat([draw(60, 1, 2, 2), torch.full((60, 1, 2, 1), 0.1).double()], -1)
    with pytest.raises(ValueError, match=r"x: expected data that vary in all 6 dims, .* rank 4"):
        Gaussian(image)
    with pytest.raises(ValueError, match="from 6 points; more points or a larger ridge"):
        Gaussian(draw(6, 6))
    assert Gaussian(image, ridge=1e-3).log_prob(image).isfinite().all()


@pytest.mark.parametrize("ridge", [-1e-3, math.nan, math.inf])
def test_a_ridge_that_is_no_variance_is_refused(ridge):
    with pytest.raises(ValueError, match="ridge: expected a variance >= 0"):
        Gaussian(data(), ridge=ridge)


# Histogram


def test_the_histogram_is_that_of_numpy():
    x, bins = data(dim=3), 8
    truth, _ = np.histogramdd(x.numpy(), bins, range=[(-4, 5)] * 3, density=True)
    width = 9 / bins
    index = ((torch.cartesian_prod(*[torch.arange(bins)] * 3) + 0.5) * width - 4).double()
    got = Histogram(x, low=-4, high=5, bins=bins).log_prob(index).exp()
    torch.testing.assert_close(got, torch.tensor(truth).flatten(), **exact)


def test_a_point_on_an_edge_is_counted_as_in_numpy():
    x = torch.tensor([0, 1, 1, 2, 3, 3, 3, 4], dtype=torch.float64)
    model = Histogram(x, low=0, high=4, bins=4)
    truth, _ = np.histogram(x.numpy(), 4, (0, 4), density=True)
    middle = torch.arange(4) + 0.5
    torch.testing.assert_close(model.log_prob(middle.double()).exp(), torch.tensor(truth), **exact)
    assert torch.equal(model.log_prob(x[:1]), model.log_prob(middle.double()[:1]))


def test_both_bounds_are_inside_however_they_round():
    x = torch.tensor([-0.7, 0.1], dtype=torch.float64)
    assert Histogram(x, low=-0.7, high=0.1, bins=3).log_prob(x).isfinite().all()


def test_outside_and_empty_cells_are_impossible_unless_smoothed():
    x = torch.tensor([0.1, 0.2, 0.9], dtype=torch.float64)
    probe = torch.tensor([0.1, 0.5, 0.9, -0.1, 1.1], dtype=torch.float64)
    plain = Histogram(x, low=0, high=1, bins=4).log_prob(probe).exp()
    smooth = Histogram(x, low=0, high=1, bins=4, pseudocount=1).log_prob(probe).exp()
    assert plain.tolist() == pytest.approx([8 / 3, 0, 4 / 3, 0, 0])
    assert smooth.tolist() == pytest.approx([12 / 7, 4 / 7, 8 / 7, 0, 0])


def test_a_point_is_outside_if_one_of_its_numbers_is():
    x = torch.rand(20, 2).double()
    probe = torch.tensor([[0.5, 0.5], [0.5, 1.5], [-0.5, 0.5]], dtype=torch.float64)
    inside = Histogram(x, low=0, high=1, bins=2, pseudocount=1).log_prob(probe).isfinite()
    assert inside.tolist() == [True, False, False]


def test_no_smoothing_makes_the_data_more_likely():
    x = data()
    losses = [Histogram(x, -6, 6, bins=5, pseudocount=c).loss(x).item() for c in (0, 0.1, 1, 10)]
    assert losses == sorted(losses) and len(set(losses)) == 4


def test_a_histogram_of_images_is_refused_with_the_number_of_its_cells():
    images = torch.rand(10, 1, 8, 8)
    with pytest.raises(ValueError, match=r"bins\*\*D <= 10,000,000 cells, got 17\*\*64 = 10\*\*79"):
        Histogram(images, low=0, high=1, bins=17)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"bins": 0}, "bins: expected a whole number >= 1, got 0"),
        ({"bins": 2.5}, "bins: expected a whole number >= 1, got 2.5"),
        ({"low": 6}, "low, high: expected low < high, got 6, 6"),
        ({"low": 0}, r"x: expected values in \[0, 6\], got -"),
        ({"high": 1}, r"x: expected values in \[-6, 1\], got -"),
        ({"pseudocount": -1}, "pseudocount: expected a number >= 0, got -1"),
    ],
)
def test_a_grid_that_does_not_hold_the_data_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        Histogram(data(), **{"low": -6, "high": 6, "bins": 5, **change})


# Kernels


@pytest.mark.parametrize("shape", [(2,), (1, 8, 8)])
def test_kernels_are_those_of_scikit_learn(shape):
    x, y = draw(60, *shape), draw(7, *shape, seed=1)
    truth = sklearn.neighbors.KernelDensity(bandwidth=0.4).fit(x.flatten(1).numpy())
    want = torch.tensor(truth.score_samples(y.flatten(1).numpy()))
    torch.testing.assert_close(KernelDensity(x, bandwidth=0.4).log_prob(y), want, **exact)


def test_chunks_change_nothing_but_the_memory(monkeypatch):
    x, y = data(), data(53, seed=1)
    model = KernelDensity(x, bandwidth=0.4)
    whole = model.log_prob(y), model.leave_one_out()
    monkeypatch.setattr(density, "MAX_PAIRS", 7 * len(x))
    widest = []
    record = model._log_kernels
    monkeypatch.setattr(
        model, "_log_kernels", lambda rows: widest.append(len(rows)) or record(rows)
    )
    for got, want in zip((model.log_prob(y), model.leave_one_out()), whole, strict=True):
        torch.testing.assert_close(got, want, **exact)
    assert max(widest) == 7 and len(widest) == 8 + 9


def test_leaving_one_out_is_fitting_to_all_the_others():
    x = data(11)
    truth = [KernelDensity(torch.cat([x[:i], x[i + 1 :]]), 0.4).log_prob(x[[i]]) for i in range(11)]
    torch.testing.assert_close(KernelDensity(x, 0.4).leave_one_out(), torch.cat(truth), **exact)


def test_memorising_looks_best_on_the_data_and_leaving_one_out_sees_it():
    x, widths = data(200), (1e-3, 0.3, 3.0)
    models = [KernelDensity(x, h) for h in widths]
    losses = [model.loss(x).item() for model in models]
    held_out = [-model.leave_one_out().mean().item() for model in models]
    assert losses == sorted(losses)
    assert held_out.index(min(held_out)) == 1


def test_a_narrow_kernel_in_float32_keeps_its_digits_far_from_the_origin():
    x = 100 + draw(60, 2, dtype=torch.float32)
    truth = KernelDensity(x.double(), 1e-3).log_prob(x.double())
    torch.testing.assert_close(
        KernelDensity(x, 1e-3).log_prob(x).double(), truth, atol=1e-3, rtol=0
    )


def test_the_score_of_kernels_is_their_gradient():
    model = KernelDensity(data(), 0.4)
    points = torch.cat([data(3, seed=1), data()[:1]]).requires_grad_()  # one on a data point
    assert torch.autograd.gradcheck(lambda x: model.log_prob(x), points, atol=1e-6)


@pytest.mark.parametrize("bandwidth", [0, -1, math.nan, math.inf])
def test_a_bandwidth_that_is_not_positive_is_refused(bandwidth):
    with pytest.raises(ValueError, match="bandwidth: expected a positive number"):
        KernelDensity(data(), bandwidth)


def test_one_point_cannot_be_left_out():
    with pytest.raises(ValueError, match="x: expected at least 2 points, got 1"):
        KernelDensity(data(1), 0.4).leave_one_out()
