"""The properties, stated once: tests assert them, lectures show them, labs ask for them.

A property is a function that returns a `Verdict`: whether it holds, and a sentence that says so.
A test writes `assert check.close(...)`; a lecture shows several with `check.show(...)`, which stops
the notebook when one fails, so that a lecture cannot state what is no longer true.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Verdict:
    """Whether a property holds, and the sentence that says so; true in a boolean context."""

    holds: bool
    text: str

    def __bool__(self) -> bool:
        return self.holds

    def __str__(self) -> str:
        return f"{'✓' if self.holds else '✗'} {self.text}"


def show(*verdicts: Verdict) -> None:
    """Print a line a verdict; raises AssertionError when one does not hold."""
    print("\n".join(str(v) for v in verdicts))
    failed = [v.text for v in verdicts if not v.holds]
    if failed:
        raise AssertionError("; ".join(failed))


def _tensor(value) -> Tensor:
    if isinstance(value, Tensor):
        return value.detach().cpu().double()  # in this order: MPS has no float64
    return torch.as_tensor(value, dtype=torch.float64, device="cpu")


def _number(value: float) -> str:
    return f"{value:.4g}"


def close(name: str, got, want, rtol: float = 1e-6, atol: float = 1e-8) -> Verdict:
    """Two results agree elementwise within `atol + rtol * |want|`; infinities must match."""
    got, want = _tensor(got), _tensor(want)
    if got.shape != want.shape:
        return Verdict(False, f"{name}: expected shape {tuple(want.shape)}, got {tuple(got.shape)}")
    if torch.allclose(got, want, rtol=rtol, atol=atol):
        values = f" = {_number(want.item())}" if want.ndim == 0 else ""
        return Verdict(True, f"{name}{values}")
    gap = (got - want).abs().where(got != want, 0)  # equal infinities differ by NaN
    gap = gap.nan_to_num(math.inf, posinf=math.inf).max().item()
    return Verdict(False, f"{name}: off by up to {_number(gap)}")


def nonnegative(name: str, value, slack: float = 1e-6) -> Verdict:
    """No value lies below zero by more than `slack` (rounding)."""
    low = _tensor(value).min().item()
    return Verdict(low >= -slack, f"{name} ≥ 0" if low >= -slack else f"{name}: {_number(low)} < 0")


def at_most(name: str, value, bound, slack: float = 1e-6) -> Verdict:
    """Every value is at most `bound`, up to `slack`; a number or a tensor of the same shape."""
    value, bound = _tensor(value), _tensor(bound)
    above = ~(value <= bound + slack)  # true of NaN as well
    if not above.any():
        return Verdict(True, name)
    return Verdict(False, f"{name}: exceeded by {_number((value - bound)[above].max().item())}")


def symmetric(name: str, f: Callable, p, q, rtol: float = 1e-6) -> Verdict:
    """f(p, q) = f(q, p)."""
    return close(f"{name} is symmetric", f(p, q), f(q, p), rtol=rtol)


def within_standard_errors(name: str, mean, error, truth, n: float = 4.0) -> Verdict:
    """A Monte-Carlo mean lies within `n` of its own, finite standard errors of the truth."""
    gap, error = (_tensor(mean) - _tensor(truth)).abs(), _tensor(error)
    if bool(((gap <= n * error) & error.isfinite()).all()):
        return Verdict(True, f"{name}: within {n:g} standard errors")
    distance = _number((gap / error).max().item())
    return Verdict(False, f"{name}: {distance} standard errors away, not within {n:g}")


def integrates_to_one(
    name: str, log_prob: Callable[[Tensor], Tensor], limit: float, n: int = 400, atol: float = 1e-3
) -> Verdict:
    """A 2-D density has mass 1 on the square [-limit, limit]^2 (midpoint rule, n x n cells)."""
    width = 2 * limit / n
    axis = torch.linspace(-limit + width / 2, limit - width / 2, n, dtype=torch.float64)
    with torch.no_grad():
        mass = log_prob(torch.cartesian_prod(axis, axis)).exp().sum().item() * width**2
    holds = abs(mass - 1) <= atol
    return Verdict(holds, f"{name} integrates to {mass:.3f}")


def gradient(name: str, f: Callable[[Tensor], Tensor], x: Tensor, claimed: Tensor) -> Verdict:
    """`claimed` is the gradient of the sum of f at x, as autograd computes it."""
    x = x.detach().clone().requires_grad_()
    (truth,) = torch.autograd.grad(f(x).sum(), x)
    return close(f"{name} is the gradient", claimed, truth)
