"""What the keywords of `fit` promise: schedule, clipping, average, precision, compilation."""

import math
from functools import partial
from itertools import pairwise

import pytest
import torch
from torch import nn

from dgm_course import train


@pytest.fixture(autouse=True)
def static(monkeypatch):
    monkeypatch.setenv("DGM_STATIC", "1")


def gradient_descent(batches, **options):
    """Weights after each step of w <- w - lr * rate_k * 1, from 0, for the loss sum(w)."""
    weight = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    seen = []

    def loss(_):
        seen.append(weight[0].item())
        return weight.sum()

    train.fit(loss, [weight], batches, optimizer=torch.optim.SGD, **options)
    return [*seen, weight[0].item()]


def test_a_schedule_multiplies_the_rate_at_the_middle_of_each_step():
    asked = []

    def schedule(progress):
        asked.append(progress)
        return progress**2

    weights = gradient_descent(range(4), lr=2.0, schedule=schedule)
    assert asked == [1 / 8, 3 / 8, 5 / 8, 7 / 8]
    steps = [a - b for a, b in pairwise(weights)]
    assert steps == pytest.approx([2 / 64, 18 / 64, 50 / 64, 98 / 64], abs=1e-12)


def test_a_schedule_keeps_the_ratio_of_the_groups():
    slow, fast = (torch.zeros((), dtype=torch.float64, requires_grad=True) for _ in range(2))
    groups = [{"params": [slow]}, {"params": [fast], "lr": 3.0}]
    train.fit(
        lambda _: slow + fast, groups, range(1), lr=1.0,
        optimizer=torch.optim.SGD, schedule=lambda _: 0.5,
    )  # fmt: skip
    assert (slow.item(), fast.item()) == (-0.5, -1.5)


def test_a_schedule_needs_to_know_the_length():
    with pytest.raises(TypeError, match=r"^schedule: expected batches with a length"):
        gradient_descent(iter([1]), schedule=train.cosine)


def test_cosine_goes_from_one_to_zero_and_its_mean_is_one_half():
    assert train.cosine(0) == 1 and train.cosine(1) == pytest.approx(0, abs=1e-15)
    assert train.cosine(1 / 3) == pytest.approx(3 / 4)
    slope = (train.cosine(1e-4) - 1) / 1e-4
    assert abs(slope) < 1e-3, "flat at the start"
    assert sum(train.cosine((k + 0.5) / 40) for k in range(40)) / 40 == pytest.approx(0.5)


def test_warmup_is_a_straight_line_and_then_one():
    assert [train.warmup(t, 0.2) for t in (0, 0.05, 0.1, 0.2, 1)] == pytest.approx(
        [0, 0.25, 0.5, 1, 1]
    )
    assert train.warmup(0.025) == pytest.approx(0.5)


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize(("clip", "length"), [(None, 13.0), (20.0, 13.0), (6.5, 6.5), (0.0, 0.0)])
def test_clipping_bounds_the_norm_of_the_whole_gradient_and_keeps_its_direction(
    clip, length, groups
):
    a, b = torch.zeros(2, requires_grad=True), torch.zeros(1, requires_grad=True)
    slope_a, slope_b = torch.tensor([3.0, 4.0]), torch.tensor([12.0])  # norm 13
    params = [a, b] if groups == 1 else [{"params": [a]}, {"params": [b]}]
    train.fit(
        lambda _: (slope_a * a).sum() + (slope_b * b).sum(), params, range(1), lr=1.0,
        optimizer=torch.optim.SGD, clip=clip,
    )  # fmt: skip
    step = -torch.cat([a, b]).detach()
    torch.testing.assert_close(
        step, torch.cat([slope_a, slope_b]) * length / 13, rtol=1e-5, atol=1e-6
    )


# --- the average --------------------------------------------------------------------------------


def test_the_average_is_the_weighted_sum_of_all_weights_so_far():
    model = nn.Linear(1, 1, bias=False).double()
    start = model.weight.item()
    ema, weights = train.EMA(model, 0.5), [start]
    for k in range(15):
        with torch.no_grad():
            model.weight.fill_((-1) ** k * (k + 2.0))
        weights.append(model.weight.item())
        ema.update()
    keep = [min(0.5, k / (9 + k)) for k in range(1, 16)]  # 0.1, 2/11, ... and 0.5 from k = 9 on
    assert keep[8:] == [0.5] * 7 and keep[7] < 0.5 and keep[0] == 0.1
    shares = [1 - d for d in [0.0, *keep]]
    shares[0] = 1.0
    parts = [share * math.prod(keep[k:]) for k, share in enumerate(shares)]
    assert sum(parts) == pytest.approx(1, abs=1e-12)
    expected = sum(part * weight for part, weight in zip(parts, weights, strict=True))
    assert ema.model.weight.item() == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("decay", "average"), [(0.0, "last"), (1.0, "slow")])
def test_the_ends_of_the_decay(decay, average):
    model = nn.Linear(1, 1, bias=False)
    ema = train.EMA(model, decay)
    with torch.no_grad():
        before = model.weight.clone()
        model.weight.add_(1)
    ema.update()
    expected = model.weight if average == "last" else 0.1 * before + 0.9 * model.weight
    torch.testing.assert_close(ema.model.weight, expected)


def test_the_average_is_a_copy_for_evaluation_with_the_buffers_of_now():
    model = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2), nn.Dropout(0.5))
    ema = train.EMA(model)
    assert model.training and not ema.model.training and not ema.model[2].training
    assert not any(param.requires_grad for param in ema.model.parameters())
    assert all(param.requires_grad for param in model.parameters())
    model(torch.randn(7, 3))
    ema.update()
    assert torch.equal(ema.model[1].running_mean, model[1].running_mean)
    assert ema.model[1].num_batches_tracked == 1


def test_fit_averages_after_each_step():
    model = nn.Linear(1, 1, bias=False)
    ema = train.EMA(model, 0.0)
    train.fit(lambda _: model.weight.sum(), model.parameters(), range(3), ema=ema)
    assert torch.equal(ema.model.weight, model.weight) and ema.updates == 3


@pytest.mark.parametrize("decay", [-0.1, 1.1])
def test_a_decay_outside_of_zero_to_one_is_refused(decay):
    with pytest.raises(ValueError, match=rf"^decay: expected a number in \[0, 1\], got {decay}$"):
        train.EMA(nn.Linear(1, 1), decay)


# --- precision and compilation ------------------------------------------------------------------


def classifier():
    """Two bands of points that a line separates, and a small network."""
    torch.manual_seed(0)
    x = torch.randn(256, 2)
    target = (x.sum(-1) > 0).float()
    net = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1))

    def loss(rows):
        return nn.functional.binary_cross_entropy_with_logits(net(x[rows])[:, 0], target[rows])

    return (
        net,
        loss,
        train.minibatches(torch.arange(256), 32, 200, torch.Generator().manual_seed(0)),
    )


def test_bfloat16_computes_in_bfloat16_keeps_weights_in_float32_and_learns_alike():
    net, loss, batches = classifier()
    full = train.fit(loss, net.parameters(), batches)
    net, loss, batches = classifier()
    seen = set()
    net.register_forward_hook(lambda module, given, out: seen.add(out.dtype))
    half = train.fit(loss, net.parameters(), batches, precision="bfloat16")
    assert seen == {torch.bfloat16} and net[0].weight.dtype == torch.float32
    assert half != full
    assert sum(half[-50:]) == pytest.approx(sum(full[-50:]), rel=0.1)
    assert not torch.is_autocast_enabled("cpu")


def test_float16_needs_cuda_and_other_names_are_refused():
    net, loss, batches = classifier()
    fit = partial(train.fit, loss, list(net.parameters()), batches)
    with pytest.raises(
        ValueError, match=r"^precision: float16 needs .* CUDA, got cpu; try bfloat16$"
    ):
        fit(precision="float16")
    with pytest.raises(ValueError, match=r"^precision: expected float32, .* got 'half'$"):
        fit(precision="half")


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_float16_learns_alike_on_cuda():
    net, loss, batches = classifier()
    full = train.fit(loss, net.parameters(), batches)
    net, loss, batches = classifier()
    net.to("cuda")
    half = train.fit(
        lambda rows: loss_on_cuda(net, rows), net.parameters(), batches, precision="float16"
    )
    assert sum(half[-50:]) == pytest.approx(sum(full[-50:]), rel=0.1)


def loss_on_cuda(net, rows):
    torch.manual_seed(0)
    x = torch.randn(256, 2)
    target = (x.sum(-1) > 0).float().cuda()
    out = net(x.cuda()[rows])[:, 0]
    return nn.functional.binary_cross_entropy_with_logits(out, target[rows])


@pytest.mark.slow
def test_a_compiled_loss_is_the_same_loss(tmp_path):
    net, loss, batches = classifier()
    expected = train.fit(loss, net.parameters(), batches)
    net, loss, batches = classifier()
    before = torch._dynamo.utils.counters["stats"]["calls_captured"]
    assert train.fit(loss, net.parameters(), batches, compiled=True) == pytest.approx(
        expected, abs=1e-3
    )
    assert torch._dynamo.utils.counters["stats"]["calls_captured"] > before


def test_where_nothing_compiles_a_sentence_says_so(monkeypatch):
    def no_compiler(loss_fn):
        def call(batch):
            raise torch._dynamo.exc.BackendCompilerFailed(lambda: None, OSError("no g++"), None)

        return call

    monkeypatch.setattr(torch, "compile", no_compiler)
    net, loss, batches = classifier()
    with pytest.raises(RuntimeError, match=r"^compiled: torch.compile failed: .*; use False$"):
        train.fit(loss, net.parameters(), batches, compiled=True)
