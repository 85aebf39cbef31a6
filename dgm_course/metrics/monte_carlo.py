"""Entropy and divergence of distributions that one can sample: Monte-Carlo, with its error.

    E_p[g] ~ mean of g(x_i),  x_i ~ p independent,      standard error = sd of g(x_i) / sqrt(n)

    H(p, q): g = -log q        KL(p||q): g = log p - log q
    JS(p, q): half of KL(p||m) from x ~ p and half of KL(q||m) from x ~ q,  m = (p + q) / 2

An estimator takes samples and log densities. `log_p` is any function (n, *event) -> (n,): the
`log_prob` of a torch.distributions object, a toy target or a model. Each estimate is unbiased, but
where log p - log q has a heavy tail the few samples that matter may be missing, from its error too.
Source: Owen 2013, *Monte Carlo theory, methods and examples*, ch. 2.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from dgm_course.metrics.divergence import in_base

LogDensity = Callable[[Tensor], Tensor]


class Estimate(NamedTuple):
    """A mean and its standard error; prints as `0.0853 ± 0.0004`, the error to one digit."""

    mean: float
    standard_error: float

    def __str__(self) -> str:
        if not 0 < self.standard_error < math.inf:
            return f"{self.mean:.6g} ± {self.standard_error:g}"
        digits = max(0, -math.floor(math.log10(self.standard_error)))
        return f"{self.mean:.{digits}f} ± {self.standard_error:.{digits}f}"


def estimate_mean(values: Tensor) -> Estimate:
    r"""The mean of n independent draws and its standard error, s / sqrt(n): (n,) -> Estimate.

    $\bar g = \frac{1}{n} \sum_i g_i$, its standard error
    $\sqrt{\frac{1}{n (n - 1)} \sum_i (g_i - \bar g)^2}$. Owen 2013, ch. 2.

    An infinite draw makes the mean infinite and the standard error NaN. Raises below two draws.
    """
    if values.dim() != 1 or len(values) < 2:
        raise ValueError(f"values: expected (n,) with n >= 2, got {tuple(values.shape)}")
    values = values.to("cpu", torch.float64)  # a float32 sum of 1e6 draws loses digits
    return Estimate(values.mean().item(), values.std().item() / math.sqrt(len(values)))


def estimate_cross_entropy(x: Tensor, log_q: LogDensity, base: float | None = None) -> Estimate:
    r"""H(p, q) = E_p[-log q] from x ~ p, the held-out loss of q: (n, *event) -> Estimate, nats.

    $H(p, q) \approx -\frac{1}{n} \sum_i \log q(x_i)$, $x_i \sim p$.

    Raises if log_q(x) is not (n,).
    """
    return estimate_mean(in_base(-_evaluate(log_q, x, "log_q"), base))


def estimate_entropy(x: Tensor, log_p: LogDensity, base: float | None = None) -> Estimate:
    r"""H(p) = E_p[-log p] from x ~ p: (n, *event) -> Estimate, nats (base=2: bits).

    $H(p) \approx -\frac{1}{n} \sum_i \log p(x_i)$, $x_i \sim p$.

    Raises if log_p(x) is not (n,), or -inf for a sample.
    """
    return estimate_mean(in_base(-_evaluate_own(log_p, x, "log_p", "x"), base))


def estimate_kl(
    x: Tensor, log_p: LogDensity, log_q: LogDensity, base: float | None = None
) -> Estimate:
    r"""KL(p || q) = E_p[log p - log q] from x ~ p: (n, *event) -> Estimate, nats (base=2: bits).

    $\mathrm{KL}(p \Vert q) \approx \frac{1}{n} \sum_i \log \frac{p(x_i)}{q(x_i)}$, $x_i \sim p$.

    Raises if log_p(x) or log_q(x) is not (n,), or log_p is -inf for a sample.
    """
    log_ratio = _evaluate_own(log_p, x, "log_p", "x") - _evaluate(log_q, x, "log_q")
    return estimate_mean(in_base(log_ratio, base))


def estimate_js(
    x_p: Tensor, x_q: Tensor, log_p: LogDensity, log_q: LogDensity, base: float | None = None
) -> Estimate:
    r"""JS(p, q) from x_p ~ p and x_q ~ q: (n, *event), (k, *event) -> Estimate, nats.

    $\frac{1}{2n} \sum_i \log \frac{p(x_i)}{m(x_i)}
    + \frac{1}{2k} \sum_j \log \frac{q(y_j)}{m(y_j)}$, $m = \frac{1}{2} (p + q)$; base=2: bits.

    Raises if log_p or log_q of either is not (n,) or (k,), or is -inf for a sample of its own.
    """
    own_p, other_p = _evaluate_own(log_p, x_p, "log_p", "x_p"), _evaluate(log_q, x_p, "log_q")
    own_q, other_q = _evaluate_own(log_q, x_q, "log_q", "x_q"), _evaluate(log_p, x_q, "log_p")
    over_p = estimate_mean(in_base(own_p - _log_mixture(own_p, other_p), base))
    over_q = estimate_mean(in_base(own_q - _log_mixture(own_q, other_q), base))
    error = (
        math.hypot(over_p.standard_error, over_q.standard_error) / 2
    )  # independent: variances add
    return Estimate((over_p.mean + over_q.mean) / 2, error)


def _log_mixture(log_p: Tensor, log_q: Tensor) -> Tensor:
    return torch.logaddexp(log_p, log_q) - math.log(2)


@torch.no_grad()
def _evaluate(log_density: LogDensity, x: Tensor, name: str) -> Tensor:
    values = log_density(x)
    if values.shape != x.shape[:1]:
        raise ValueError(f"{name}(x): expected {tuple(x.shape[:1])}, got {tuple(values.shape)}")
    return values


def _evaluate_own(log_density: LogDensity, x: Tensor, name: str, samples: str) -> Tensor:
    """Like `_evaluate`, where x were drawn from that very density: it cannot be zero there."""
    values = _evaluate(log_density, x, name)
    impossible = int((values == -math.inf).sum())
    if impossible:
        raise ValueError(
            f"{samples}: expected samples of {name}, got {impossible} where it is -inf"
        )
    return values
