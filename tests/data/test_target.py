"""What every target promises: shapes, dtypes, generators, scores, refusals."""

import math

import pytest
import torch

from dgm_course.data import target as target_module
from dgm_course.data.toy import TARGETS, Checker, two_bumps

ALL = {**TARGETS, "two_bumps": two_bumps}
SMOOTH = [name for name in ALL if name != "checker"]


@pytest.fixture(params=ALL)
def target(request):
    return ALL[request.param]()


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def points(target, n=17):
    """Samples in float64, moved so that none sits where the density is stationary."""
    return target.sample(n, seeded()).double() + 0.01


def test_generator_decides_the_samples_and_nothing_else_does(target):
    state = torch.get_rng_state()
    first, again, other = (target.sample(5, seeded(seed)) for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.isclose(first, other).any()
    assert torch.equal(state, torch.get_rng_state())
    assert first.shape == (5, target.dim)
    torch.manual_seed(0)
    assert torch.equal(target.sample(5), first)


def test_log_prob_has_the_dtype_of_its_input(target):
    x = points(target)
    single, double = target.log_prob(x.float()), target.log_prob(x)
    assert (single.dtype, double.dtype) == (torch.float32, torch.float64)
    torch.testing.assert_close(single.double(), double, rtol=1e-4, atol=1e-4)


def test_each_row_has_its_own_log_prob(target, monkeypatch):
    x = torch.cat([points(target), 3 * points(target)])
    one_by_one = torch.cat([target.log_prob(row[None]) for row in x])
    monkeypatch.setattr(target_module, "ROWS", 5)
    torch.testing.assert_close(target.log_prob(x), one_by_one, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", SMOOTH)
def test_score_is_the_derivative_of_log_prob(name):
    target = ALL[name]()
    x = torch.cat([points(target, n=3), torch.full((1, target.dim), 0.3).double()])
    x.requires_grad_()
    assert torch.autograd.gradcheck(target.log_prob, x, atol=1e-5, rtol=1e-5)
    assert torch.autograd.gradgradcheck(target.log_prob, x, atol=1e-4, rtol=1e-4)


def test_score_is_finite_wherever_there_is_density(target):
    x = torch.cat([torch.zeros(1, target.dim).double(), points(target)]).requires_grad_()
    (score,) = torch.autograd.grad(target.log_prob(x).sum(), x)
    assert score.isfinite().all()
    assert isinstance(target, Checker) == bool((score == 0).all())


def test_far_points_have_little_density_and_nan_stays_nan(target):
    rows = torch.tensor([1e1, -3e1, 1e3, math.inf, -math.inf, math.nan], dtype=torch.float64)
    x = torch.cat([torch.zeros(6, target.dim - 1), rows[:, None]], 1)
    log_prob = target.log_prob(x)
    assert (log_prob[:5] < -30).all()
    assert log_prob[:3].isfinite().all() or isinstance(target, Checker)
    assert log_prob[5].isnan()


def test_no_points_are_fine(target):
    assert target.sample(0).shape == (0, target.dim)
    assert target.log_prob(torch.zeros(0, target.dim)).shape == (0,)


def test_bad_input_is_refused_with_what_came_and_what_is_expected(target):
    wrong = target.dim + 1
    with pytest.raises(ValueError, match=rf"x: expected \(B, {target.dim}\), got \(5, {wrong}\)"):
        target.log_prob(torch.zeros(5, wrong))
    with pytest.raises(
        ValueError, match=rf"x: expected \(B, {target.dim}\), got \({target.dim},\)"
    ):
        target.log_prob(torch.zeros(target.dim))
    with pytest.raises(TypeError, match=r"x: expected a floating-point tensor .*, got torch.int64"):
        target.log_prob(torch.zeros(5, target.dim, dtype=torch.int64))
    with pytest.raises(TypeError, match=r"x: expected a floating-point tensor .*, got list"):
        target.log_prob([[0.0] * target.dim])
    with pytest.raises(ValueError, match=r"n: expected n >= 0, got -1"):
        target.sample(-1)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_gpu_agrees_with_the_cpu(target):
    x = points(target)
    on_gpu = target.log_prob(x.cuda())
    assert on_gpu.device.type == "cuda"
    torch.testing.assert_close(on_gpu.cpu(), target.log_prob(x), rtol=1e-10, atol=1e-10)
    assert target.sample(5, torch.Generator("cuda")).device.type == "cuda"
