"""The loop finds optima known in closed form, refuses NaN, is silent where outputs are stored."""

import random

import numpy as np
import pytest
import torch

from dgm_course import train


@pytest.fixture(autouse=True)
def static(monkeypatch):
    monkeypatch.setenv("DGM_STATIC", "1")


def regression(seed=0):
    """Points x (64, 3), y (64,), and the least-squares weights by the normal equations."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(64, 3, dtype=torch.float64, generator=generator)
    noise = torch.randn(64, dtype=torch.float64, generator=generator)
    y = x @ torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64) + 0.3 * noise
    return x, y, torch.linalg.lstsq(x, y[:, None]).solution[:, 0]


def test_fit_finds_the_least_squares_solution():
    x, y, truth = regression()
    weight = torch.zeros(3, dtype=torch.float64, requires_grad=True)

    def loss(_):
        return (x @ weight - y).square().mean()

    losses = train.fit(loss, [weight], range(400), lr=0.1)
    torch.testing.assert_close(weight.detach(), truth, rtol=0, atol=1e-6)
    assert losses[-1] == pytest.approx((x @ truth - y).square().mean().item(), abs=1e-9)


def test_fit_on_minibatches_comes_near_the_maximum_likelihood_gaussian():
    generator = torch.Generator().manual_seed(1)
    x = 2 + 0.5 * torch.randn(4000, dtype=torch.float64, generator=generator)
    mean = torch.zeros((), dtype=torch.float64, requires_grad=True)
    log_std = torch.zeros((), dtype=torch.float64, requires_grad=True)

    def loss(batch):
        return -torch.distributions.Normal(mean, log_std.exp()).log_prob(batch).mean()

    train.fit(loss, [mean, log_std], train.minibatches(x, 100, 1500, generator), lr=5e-3)
    error = x.std() / 10  # of the mean of one batch, an upper limit after averaging many
    assert abs(mean.item() - x.mean()) < error
    assert abs(log_std.exp().item() - x.std(correction=0)) < error


def test_fit_returns_a_loss_for_every_batch_as_numbers():
    weight = torch.ones(1, requires_grad=True)
    losses = train.fit(
        lambda batch: (batch * weight).sum(), [weight], iter([torch.ones(1)] * 3), lr=1
    )
    assert losses == pytest.approx([1.0, 0.0, -1.0], abs=1e-6)
    assert train.fit(lambda _: weight.sum(), [weight], []) == []


def test_one_step_of_fit_is_one_step_of_adam_on_fresh_gradients():
    x, y, _ = regression()
    ours, theirs = (torch.zeros(3, dtype=torch.float64, requires_grad=True) for _ in range(2))
    ours.grad = torch.full_like(ours, 1e6)  # left by somebody else
    train.fit(lambda _: (x @ ours - y).square().mean(), [ours], range(5), lr=0.1)
    optimizer = torch.optim.Adam([theirs], lr=0.1)
    for _ in range(5):
        optimizer.zero_grad()
        (x @ theirs - y).square().mean().backward()
        optimizer.step()
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-12)  # fused: other last bits


def test_fit_trains_a_part_of_a_tensor_and_leaves_the_rest():
    whole = torch.ones(4, 5, dtype=torch.float64)
    part, alone = whole[:, :3].requires_grad_(), torch.ones(4, 3, dtype=torch.float64)
    weight = torch.arange(12.0, dtype=torch.float64).reshape(4, 3) - 4
    alone.requires_grad_()
    for each in (part, alone):
        train.fit(lambda _, x=each: (weight * x).sum(), [each], range(3), lr=0.1)
    torch.testing.assert_close(part, alone)
    assert (whole[:, 3:] == 1).all()


def test_groups_of_parameters_keep_their_own_rates():
    fast, slow = (torch.zeros(2, dtype=torch.float64, requires_grad=True) for _ in range(2))
    groups = [{"params": iter([fast])}, {"params": slow, "lr": 0.01}]
    train.fit(lambda _: (fast + slow).sum(), groups, range(1), lr=0.1)
    torch.testing.assert_close(fast.detach(), torch.full_like(fast, -0.1).detach())
    torch.testing.assert_close(slow.detach(), torch.full_like(slow, -0.01).detach())


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_fit_stops_at_the_first_loss_that_is_not_finite_and_spares_the_weights(bad):
    weight = torch.ones(2, requires_grad=True)
    batches = [1.0, 1.0, bad, 1.0]
    seen = []

    def loss(factor):
        seen.append(weight.detach().clone())
        return (factor * weight).sum()

    with pytest.raises(FloatingPointError, match=f"^loss: {bad} at step 2; try a smaller lr$"):
        train.fit(loss, [weight], batches, lr=0.1)
    assert torch.equal(weight.detach(), seen[-1])
    assert torch.isfinite(weight).all()


def test_where_outputs_are_stored_nothing_is_written(capfd):
    weight = torch.ones(1, requires_grad=True)
    train.fit(lambda _: weight.square().sum(), [weight], range(5))
    assert list(train.progress(range(3), "work")) == [0, 1, 2]
    assert capfd.readouterr() == ("", "")


def test_elsewhere_one_progress_bar_is_shown_and_the_items_are_the_same(monkeypatch, capfd):
    monkeypatch.delenv("DGM_STATIC")
    assert list(train.progress(range(3), "counting")) == [0, 1, 2]
    out, err = capfd.readouterr()
    assert out == "" and "counting" in err


def test_a_seed_repeats_every_stream():
    def draws():
        generator = train.set_seed(7)
        streams = (torch.randn(2), torch.randn(2, generator=generator))
        return [t.tolist() for t in streams], random.random(), np.random.rand()

    first = draws()
    assert draws() == first
    assert first[0][0] == first[0][1], "the generator has the seed that torch has"
    assert train.set_seed(8).initial_seed() == 8


def test_minibatches_are_rows_of_the_data_and_follow_the_generator():
    x = torch.arange(35.0).reshape(7, 5)
    first, second = (
        list(train.minibatches(x, 3, 11, torch.Generator().manual_seed(4))) for _ in range(2)
    )
    assert len(first) == 11
    for batch, again in zip(first, second, strict=True):
        assert batch.shape == (3, 5) and torch.equal(batch, again)
        assert torch.equal(batch, x[(batch[:, 0] / 5).long()])


def test_minibatches_visit_every_example_equally_often():
    x, draws = torch.arange(7), 7000
    counts = torch.cat(list(train.minibatches(x, 7, draws, torch.Generator().manual_seed(0))))
    share = torch.bincount(counts, minlength=7) / (7 * draws)
    error = np.sqrt(1 / 7 * 6 / 7 / (7 * draws))
    assert (share - 1 / 7).abs().max() < 4 * error


def test_minibatches_know_their_number_and_each_iteration_goes_on_with_the_generator():
    x = torch.arange(35.0).reshape(7, 5)
    long = train.minibatches(x, 3, 10, torch.Generator().manual_seed(4))
    short = train.minibatches(x, 3, 5, torch.Generator().manual_seed(4))
    assert (len(long), len(short)) == (10, 5)
    assert torch.equal(torch.stack(list(long)), torch.stack([*short, *short]))


def test_minibatches_resume_from_their_state():
    x = torch.arange(35.0).reshape(7, 5)
    batches = train.minibatches(x, 3, 9, torch.Generator().manual_seed(4))
    first = iter(batches)
    for _ in range(4):
        next(first)
    state = batches.state_dict()
    rest = list(first)
    again = train.minibatches(x, 3, 9, torch.Generator().manual_seed(5))
    again.load_state_dict(state)
    assert torch.equal(torch.stack(list(again)), torch.stack(rest)) and len(rest) == 5
    assert len(list(again)) == 9, "and from the start the next time"


@pytest.mark.parametrize("size", [0, -1, 8])
def test_minibatches_of_an_impossible_size_are_refused(size):
    with pytest.raises(ValueError, match=f"^size: expected 1 to 7, .* got {size}$"):
        train.minibatches(torch.zeros(7, 2), size, 1)


def test_the_device_is_one_where_a_tensor_can_be_made():
    assert torch.zeros(2, device=train.device()).device.type == train.device().type
    assert train.device().type in ("cpu", "cuda", "mps")


def test_an_interrupted_loop_can_be_taken_up_again():
    weight = torch.zeros(1, requires_grad=True)

    def batches():
        yield from [1.0, 1.0]
        raise KeyboardInterrupt

    def loss(target):
        return (weight - target).square().sum()

    with pytest.raises(KeyboardInterrupt):
        train.fit(loss, [weight], batches(), lr=0.1)
    train.fit(loss, [weight], [1.0] * 200, lr=0.1)
    assert weight.item() == pytest.approx(1, abs=1e-2)
