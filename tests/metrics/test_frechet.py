"""The Fréchet distance: closed forms of Gaussians, SciPy's matrix square root, and hard cases."""

import numpy as np
import pytest
import scipy.linalg
import torch

from dgm_course.metrics.frechet import frechet_distance


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(0)


def randn(generator, *shape):
    return torch.randn(*shape, dtype=torch.float64, generator=generator)


def with_moments(noise, mean, root):
    """Points with exactly this mean and covariance root @ root.T."""
    centred = noise - noise.mean(0)
    factor = torch.linalg.cholesky(centred.T @ centred / (len(centred) - 1))
    white = torch.linalg.solve_triangular(factor, centred.T, upper=False)
    return mean + (root @ white).T


def by_scipy(a, b):
    """The formula as it stands in Heusel et al. 2017, with a square root of the product."""
    mean_a, mean_b = a.mean(0).numpy(), b.mean(0).numpy()
    cov_a, cov_b = np.cov(a.numpy(), rowvar=False), np.cov(b.numpy(), rowvar=False)
    root = scipy.linalg.sqrtm(cov_a @ cov_b).real
    return ((mean_a - mean_b) ** 2).sum() + np.trace(cov_a + cov_b - 2 * root)


def test_in_one_dim_it_is_the_distance_of_means_and_of_standard_deviations(generator):
    a = with_moments(randn(generator, 50, 1), torch.tensor([3.0]), torch.tensor([[2.0]]).double())
    b = with_moments(randn(generator, 70, 1), torch.tensor([-1.0]), torch.tensor([[0.5]]).double())
    assert frechet_distance(a, b) == pytest.approx(4.0**2 + 1.5**2, rel=1e-12)


def test_covariances_with_common_axes_are_compared_axis_by_axis(generator):
    axes = torch.linalg.qr(randn(generator, 4, 4))[0]
    std_a, std_b = torch.tensor([[1.0, 2, 3, 4], [4.0, 1, 1, 2]]).double()
    mean = torch.tensor([1.0, 0, -2, 0]).double()
    a = with_moments(randn(generator, 60, 4), mean, axes * std_a)
    b = with_moments(randn(generator, 90, 4), 0 * mean, axes * std_b)
    expected = mean.square().sum() + (std_a - std_b).square().sum()
    assert frechet_distance(a, b) == pytest.approx(expected.item(), rel=1e-10)


def test_it_agrees_with_scipys_square_root_of_the_product(generator):
    a = randn(generator, 200, 7) @ randn(generator, 7, 7)
    b = 1 + randn(generator, 150, 7) @ randn(generator, 7, 7)
    assert frechet_distance(a, b) == pytest.approx(by_scipy(a, b), rel=1e-9)


def test_it_is_the_squared_wasserstein_distance_of_the_gaussians(generator):
    """The optimal map pushes a forward to the moments of b: its mean squared length is d^2."""
    a, b = randn(generator, 40, 3) @ randn(generator, 3, 3), randn(generator, 60, 3)
    cov_a, cov_b = a.T.cov().numpy(), b.T.cov().numpy()
    root = scipy.linalg.sqrtm(cov_a)
    inverse = np.linalg.inv(root)
    plan = torch.from_numpy(inverse @ scipy.linalg.sqrtm(root @ cov_b @ root) @ inverse)
    moved = b.mean(0) + (a - a.mean(0)) @ plan
    assert torch.allclose(moved.T.cov(), b.T.cov(), atol=1e-10)
    centred = (moved - a) - (moved - a).mean(0)
    expected = (moved - a).mean(0).square().sum() + centred.square().sum() / (len(a) - 1)
    assert frechet_distance(a, b) == pytest.approx(expected.item(), rel=1e-10)


def test_a_set_has_no_distance_from_itself_and_the_order_does_not_matter(generator):
    a, b = randn(generator, 30, 5), 2 * randn(generator, 20, 5)
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-12)
    assert frechet_distance(a, b) == pytest.approx(frechet_distance(b, a), rel=1e-12)
    assert frechet_distance(a, a + 2) == pytest.approx(20, rel=1e-12)


@pytest.mark.parametrize(("n", "m"), [(2, 2), (5, 40), (40, 5), (5, 3), (11, 12)])
def test_fewer_points_than_features_are_the_limit_of_a_vanishing_ridge(generator, n, m):
    """Independent noise of variance h^2 changes the distance by no more than O(h)."""
    a, b = randn(generator, n, 11), randn(generator, m, 11) + 0.5
    exact = frechet_distance(a, b)
    cov_a, cov_b = (np.atleast_2d(np.cov(x.numpy(), rowvar=False)) for x in (a, b))
    for h in (1e-3, 1e-5):
        ridge = h**2 * np.eye(11)
        root = scipy.linalg.sqrtm(cov_a + ridge)
        common = scipy.linalg.eigvalsh(root @ (cov_b + ridge) @ root).clip(0) ** 0.5
        trace = np.trace(cov_a + cov_b + 2 * ridge) - 2 * common.sum()
        apart = (a.mean(0) - b.mean(0)).square().sum().item() + trace
        assert exact == pytest.approx(apart, abs=100 * h)


def test_points_in_a_subspace_are_at_the_distance_they_have_there(generator):
    axes = torch.linalg.qr(randn(generator, 9, 9))[0][:3]
    a, b = randn(generator, 50, 3), 3 * randn(generator, 40, 3) - 1
    expected = frechet_distance(a, b)
    assert frechet_distance(a @ axes, b @ axes) == pytest.approx(expected, rel=1e-6)


def test_constant_sets_are_at_the_distance_of_their_means():
    a, b = torch.full((4, 3), 2.0), torch.full((6, 3), 5.0)
    assert frechet_distance(a, b) == 27.0


@pytest.mark.parametrize("scale", [1e-4, 1.0, 1e4])
@pytest.mark.parametrize("n", [6, 100])
def test_it_goes_with_the_square_of_the_scale(generator, scale, n):
    a, b = randn(generator, n, 20), randn(generator, n, 20) + 1
    expected = frechet_distance(a, b) * scale**2
    assert frechet_distance(scale * a, scale * b) == pytest.approx(expected, rel=1e-9)


def test_single_precision_is_computed_in_double(generator):
    a, b = (1000 + randn(generator, 300, 4)).float(), (1000 + randn(generator, 200, 4)).float()
    assert frechet_distance(a, b) == frechet_distance(a.double(), b.double())
    assert isinstance(frechet_distance(a, b), float)


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        (torch.zeros(4, 3), torch.zeros(4, 2), r"b: expected \(m, 3\) as a has, got \(4, 2\)"),
        (torch.zeros(1, 3), torch.zeros(4, 3), r"a: expected \(n, D\) with n >= 2, got \(1, 3\)"),
        (torch.zeros(4, 3), torch.zeros(4), r"b: expected \(n, D\) with n >= 2, got \(4,\)"),
        (torch.zeros(4, 3), torch.full((4, 3), torch.nan), "b: expected finite numbers"),
    ],
)
def test_other_shapes_and_numbers_that_are_not_finite_are_refused(a, b, message):
    with pytest.raises(ValueError, match=message):
        frechet_distance(a, b)
