"""Every density model keeps the contract: it integrates to one and samples what it says."""

import math

import numpy as np
import pytest
import torch

from dgm_course.models.density import DensityModel, Gaussian, Histogram, KernelDensity

MODELS = {
    "gaussian": Gaussian,
    "histogram": lambda x: Histogram(x, low=-6, high=6, bins=15),
    "smoothed histogram": lambda x: Histogram(x, low=-6, high=6, bins=15, pseudocount=0.5),
    "kernels": lambda x: KernelDensity(x, bandwidth=0.4),
}
every = pytest.mark.parametrize("name", MODELS)
exact = {"rtol": 1e-10, "atol": 1e-10}


def draw(*shape, seed=0, dtype=torch.float64):
    return torch.randn(shape, dtype=dtype, generator=torch.Generator().manual_seed(seed))


def data(n=60, dim=2, seed=0):
    """Points whose dims differ in mean, spread and, from two dims on, are correlated."""
    x = draw(n, dim, seed=seed)
    mix = torch.eye(dim, dtype=x.dtype) + 0.5 * torch.ones(dim, dim, dtype=x.dtype).tril(-1)
    return 0.7 * x @ mix.T + 0.3 * torch.arange(1, dim + 1)


def grid(low=-6.0, high=6.0, cells=480):
    """Midpoints of a grid of the plane, and the area of one of its cells."""
    edge = torch.linspace(low, high, cells + 1, dtype=torch.float64)
    middle = (edge[1:] + edge[:-1]) / 2
    return torch.cartesian_prod(middle, middle), ((high - low) / cells) ** 2


@every
def test_the_density_integrates_to_one(name):
    points, area = grid()
    total = MODELS[name](data()).log_prob(points).exp().sum() * area
    assert total.item() == pytest.approx(1, abs=1e-4)


@every
def test_samples_have_the_mean_and_covariance_of_the_density(name):
    model = MODELS[name](data())
    points, area = grid()
    weight = model.log_prob(points).exp() * area
    x = model.sample(20_000, torch.Generator().manual_seed(1))
    for moment in ((0,), (1,), (0, 0), (0, 1), (1, 1)):
        truth = weight @ points[:, moment].prod(-1)
        values = x[:, moment].prod(-1)
        assert abs(values.mean() - truth) < 4 * values.std() / math.sqrt(len(x)) + 1e-3


@every
def test_samples_are_as_likely_as_the_density_says(name):
    model = MODELS[name](data())
    points, area = grid()
    log_p = model.log_prob(points)
    entropy = torch.special.entr(log_p.exp()).sum() * area
    loss = -model.log_prob(model.sample(20_000, torch.Generator().manual_seed(1)))
    assert abs(loss.mean() - entropy) < 4 * loss.std() / math.sqrt(len(loss)) + 1e-3


@every
@pytest.mark.parametrize("event", [(), (3,), (1, 2, 1)])
def test_events_of_any_shape_are_kept(name, event):
    x = draw(60, *event)
    model = MODELS[name](x)
    assert isinstance(model, DensityModel) and model.event == event
    assert model.log_prob(x[:7]).shape == (7,)
    assert model.sample(5).shape == (5, *event)
    assert model.loss(x).shape == ()
    flat = MODELS[name](x.reshape(60, -1))
    torch.testing.assert_close(model.log_prob(x), flat.log_prob(x.reshape(60, -1)), **exact)


@every
def test_the_loss_is_the_mean_surprise_of_the_batch(name):
    model, x = MODELS[name](data()), data()
    each = [model.log_prob(row[None]).item() for row in x]
    assert model.loss(x).item() == pytest.approx(-sum(each) / len(each), rel=1e-10)


@every
def test_the_order_of_the_data_means_nothing_and_dims_are_not_mixed_up(name):
    x = data(dim=3)
    model = MODELS[name](x)
    torch.testing.assert_close(MODELS[name](x.flip(0)).log_prob(x), model.log_prob(x), **exact)
    turned = MODELS[name](x.flip(1)).log_prob(x.flip(1))
    torch.testing.assert_close(turned, model.log_prob(x), **exact)


@every
def test_a_generator_repeats_the_sample_and_leaves_the_global_one_alone(name):
    model = MODELS[name](data())
    before = torch.get_rng_state()
    a, b = (model.sample(7, torch.Generator().manual_seed(3)) for _ in range(2))
    assert torch.equal(a, b) and torch.equal(torch.get_rng_state(), before)
    assert not torch.equal(model.sample(7), model.sample(7))


@every
def test_what_was_fitted_moves_and_is_saved_with_the_module(name):
    x = data()
    model, other = MODELS[name](x), MODELS[name](data(seed=1))
    assert not list(model.parameters())
    assert model.float().log_prob(x.float()).dtype == model.sample(3).dtype == torch.float32
    other.float().load_state_dict(model.state_dict())
    torch.testing.assert_close(other.log_prob(x.float()), model.log_prob(x.float()))


@every
def test_a_change_of_the_data_afterwards_changes_no_model(name):
    x, y = data(), data(7, seed=1)
    model = MODELS[name](x)
    before = model.log_prob(y)
    x.zero_()
    assert torch.equal(model.log_prob(y), before)


@every
@pytest.mark.parametrize(
    ("bad", "got"),
    [
        (draw(5, 3), r"\(5, 3\) of"),
        (draw(2), r"\(2,\) of"),
        (draw(5, 2, dtype=torch.float32), r"\(5, 2\) of torch.float32"),
        (draw(5, 2) * math.nan, "NaN among them"),
    ],
)
def test_points_of_another_event_are_refused(name, bad, got):
    with pytest.raises(ValueError, match=f"x: expected .*got {got}"):
        MODELS[name](data()).log_prob(bad)


@every
@pytest.mark.parametrize(
    ("bad", "error", "got"),
    [
        (torch.ones(5, 2, dtype=torch.int64), TypeError, "a tensor of torch.int64"),
        (np.ones((5, 2)), TypeError, "ndarray"),
        (torch.ones(0, 2), ValueError, r"\(0, 2\)"),
        (torch.tensor(1.0), ValueError, r"\(\)"),
        (torch.tensor([[0.0, math.inf]]), ValueError, "NaN or inf among them"),
    ],
)
def test_what_is_no_data_is_refused(name, bad, error, got):
    with pytest.raises(error, match=f"x: expected .*got {got}"):
        MODELS[name](bad)
