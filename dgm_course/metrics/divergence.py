"""Surprise, entropy and divergence between distributions over finitely many outcomes.

    information(p) = -log p                                          Shannon 1948
    H(p)    = E_p[-log p]        H(p, q) = E_p[-log q]               Shannon 1948; Kerridge 1961
    KL(p||q) = E_p[log p - log q] = H(p, q) - H(p) >= 0              Kullback & Leibler 1951
    JS(p, q) = (KL(p||m) + KL(q||m)) / 2,  m = (p + q) / 2           Lin 1991
    D_f(p||q) = sum q f(p / q),  f convex,  f(1) = 0                 Csiszar 1967; Ali & Silvey 1966

A distribution is a float tensor `(..., K)`: the last dim sums to one, the dims before are batch.
Zero probabilities are exact: 0 log 0 = 0, and KL is inf where q = 0 < p. So are gradients: where
p = 0, a finite derivative is exact, and an infinite one (of p log p) becomes a finite number; in
any smooth map to the simplex that number meets dp = 0, so the gradient through a softmax is right.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor


def information(p: Tensor, base: float | None = None) -> Tensor:
    r"""Surprise -log p of outcomes of probability p: (...) -> (...), nats (base=2: bits).

    $I(x) = -\log p(x)$, Shannon 1948.

    The probabilities stand alone and need not sum to one. Raises if one lies outside [0, 1].
    """
    _require_float(p, "p")
    if not ((p >= 0) & (p <= 1 + _tolerance(p, 1))).all():
        raise ValueError(f"p: expected probabilities in [0, 1], got {_range(p)}")
    return in_base(0 - p.log(), base)  # 0 - x and not -x: a sure event has surprise 0, not -0


def entropy(p: Tensor, base: float | None = None) -> Tensor:
    r"""Mean surprise H(p) = E_p[-log p]: (..., K) -> (...), nats (base=2: bits).

    $H(p) = -\sum_x p(x) \log p(x)$, Shannon 1948.

    Raises if p is no distribution.
    """
    _require_distribution(p, "p")
    return in_base(torch.special.entr(p.where(p > 0, 1)).sum(-1), base)  # entr(1) = 0 = 0 log 0


def cross_entropy(p: Tensor, q: Tensor, base: float | None = None) -> Tensor:
    r"""Mean surprise under q of outcomes of p, H(p, q) = E_p[-log q]: (..., K), (..., K) -> (...).

    $H(p, q) = -\sum_x p(x) \log q(x)$, Kerridge 1961, who calls it inaccuracy.

    In nats (base=2: bits); inf where q = 0 < p. Batch dims broadcast. Raises if p or q is no
    distribution or their outcomes differ in number.
    """
    _require_distributions(p, q)
    possible = (p > 0) | (q > 0)
    return in_base(0 - torch.xlogy(p, q.where(possible, 1)).sum(-1), base)


def kl(p: Tensor, q: Tensor, base: float | None = None) -> Tensor:
    r"""KL(p || q) = E_p[log p - log q]: (..., K), (..., K) -> (...), nats (base=2: bits).

    $\mathrm{KL}(p \Vert q) = \sum_x p(x) \log \frac{p(x)}{q(x)}$, Kullback & Leibler 1951.

    The weights are those of p, the first argument; inf where q = 0 < p. Batch dims broadcast.
    Raises if p or q is no distribution or their outcomes differ in number.
    """
    _require_distributions(p, q)
    return in_base(_sum_of_log_ratios(p, q), base)


def js(p: Tensor, q: Tensor, base: float | None = None) -> Tensor:
    r"""Jensen-Shannon divergence, the mean KL to m = (p + q) / 2: (..., K), (..., K) -> (...).

    $\mathrm{JS}(p, q) = \frac{1}{2} \mathrm{KL}(p \Vert m) + \frac{1}{2} \mathrm{KL}(q \Vert m)$,
    Lin 1991.

    Symmetric, between 0 and log 2, finite always; its root is a metric. In nats (base=2: bits).
    Batch dims broadcast. Raises if p or q is no distribution or their outcomes differ in number.
    """
    _require_distributions(p, q)
    m = p + q  # twice the mixture, against 2p and 2q: halving would round the tiniest p to 0
    return in_base((_sum_of_log_ratios(2 * p, m) + _sum_of_log_ratios(2 * q, m)) / 4, base)


def f_divergence(p: Tensor, q: Tensor, f: "ConvexGenerator") -> Tensor:
    r"""D_f(p || q) = sum q f(p / q): (..., K), (..., K) -> (...); in nats for KL and JS.

    $D_f(p \Vert q) = \sum_x q(x) f\left(\frac{p(x)}{q(x)}\right)$, Csiszar 1967; Ali & Silvey 1966.

    Every ratio is taken smaller over larger, so that none overflows or divides by zero: where q < p
    the term q f(p / q) is the same as p g(q / p), g = f.swapped. Batch dims broadcast. Raises if p
    or q is no distribution or their outcomes differ in number.
    """
    _require_distributions(p, q)
    impossible = (p == 0) & (q == 0)
    p, q = p.where(~impossible, 1), q.where(~impossible, 1)  # f(1) = 0
    below = p <= q
    ratio = p.where(below, q) / q.where(below, p)
    from_f = q * f(ratio.where(below, 1))
    from_swapped = p * f.swapped(ratio.where(~below, 1))
    return from_f.where(below, from_swapped).sum(-1)


def in_base(nats: Tensor, base: float | None) -> Tensor:
    """A quantity in nats, in units of log(base): 2 for bits, 10 for hartleys, None for nats."""
    if base is None:
        return nats
    if not base > 1:
        raise ValueError(f"base: expected None (nats) or a number above 1, got {base}")
    return nats / math.log(base)


def _sum_of_log_ratios(p: Tensor, q: Tensor) -> Tensor:
    """Sum of p (log p - log q) over p > 0, of non-negative tensors: (..., K), (..., K) -> (...)."""
    support = p > 0
    p, q = p.where(support, 1), q.where(support, 1)
    return (p * (p.log() - q.log())).sum(-1)  # no log(p / q): the ratio could overflow


def _require_float(p: Tensor, name: str) -> None:
    if not isinstance(p, Tensor) or not p.is_floating_point():
        got = f"a tensor of {p.dtype}" if isinstance(p, Tensor) else type(p).__name__
        raise TypeError(f"{name}: expected a tensor of floating-point numbers, got {got}")


def _require_distribution(p: Tensor, name: str) -> None:
    _require_float(p, name)
    if p.dim() == 0:
        raise ValueError(f"{name}: expected (..., K), one probability an outcome, got a scalar")
    if not (p >= 0).all():
        raise ValueError(f"{name}: expected probabilities, none negative, got {_range(p)}")
    gap, tolerance = p.detach().sum(-1) - 1, _tolerance(p, p.shape[-1])
    if not (gap.abs() <= tolerance).all():
        total = 1 + gap.flatten()[gap.abs().argmax()].item()
        raise ValueError(
            f"{name}: expected probabilities that sum to 1 over the last dim "
            f"(within {tolerance:.0e}), got a sum of {total:.8g}"
        )


def _require_distributions(p: Tensor, q: Tensor) -> None:
    _require_distribution(p, "p")
    _require_distribution(q, "q")
    batches = zip(reversed(p.shape[:-1]), reversed(q.shape[:-1]), strict=False)
    if p.shape[-1] != q.shape[-1] or any(a != b and 1 not in (a, b) for a, b in batches):
        expected = f"expected the {p.shape[-1]} outcomes of p {tuple(p.shape)}, batch dims alike"
        raise ValueError(f"q: {expected} or broadcast, got {tuple(q.shape)}")


def _tolerance(p: Tensor, outcomes: int) -> float:
    """How far from 1 a sum may be: a float32 softmax over 100,000 outcomes is off by 1e-5."""
    return max(1e-6, 4 * torch.finfo(p.dtype).eps * math.sqrt(outcomes))


def _range(p: Tensor) -> str:
    return f"values from {p.min().item():.6g} to {p.max().item():.6g}"


def _positive(u: Tensor) -> Tensor:
    """u, and 1 where u = 0: keeps an infinite slope at 0 out of the gradient."""
    return u.where(u > 0, 1)


@dataclass(frozen=True)
class ConvexGenerator:
    """A convex function f on u >= 0 with f(1) = 0, and the f-divergence it generates.

    `swapped` is u f(1 / u): it generates the divergence with its arguments swapped, and its value
    at 0 is the limit of f(u) / u at infinity. Both are elementwise, (...) -> (...), and right at 0.
    Raises if f(1) is not 0 or `swapped` belongs to another f.
    """

    name: str
    f: Callable[[Tensor], Tensor]
    swapped: Callable[[Tensor], Tensor]

    def __post_init__(self) -> None:
        u = torch.tensor([1.0, 0.5, 0.125, 4.0])
        if not abs(self(u)[0]) < 1e-6:
            raise ValueError(f"f: expected f(1) = 0, got {self(u)[0]:.6g}")
        if not torch.allclose(self.swapped(u), u * self(1 / u), rtol=1e-4, atol=1e-5):
            raise ValueError(f"swapped: expected u f(1/u), got another function than {self.name}'s")

    def __call__(self, u: Tensor) -> Tensor:
        return self.f(u)

    @property
    def at_zero(self) -> float:
        """f(0): what an outcome costs, per unit of q, that p never gives."""
        return self.f(torch.zeros(())).item()

    @property
    def slope(self) -> float:
        """Limit of f(u) / u: what an outcome costs, per unit of p, that q never gives."""
        return self.swapped(torch.zeros(())).item()


def _u_log_u(u: Tensor) -> Tensor:
    return u * _positive(u).log()


def _minus_log(u: Tensor) -> Tensor:
    return (0 - _positive(u).log()).where(u > 0, math.inf)


def _jensen_shannon(u: Tensor) -> Tensor:
    m = (1 + u) / 2
    return (u * (_positive(u) / m).log() - m.log()) / 2


def _total_variation(u: Tensor) -> Tensor:
    return (u - 1).abs() / 2


def _pearson(u: Tensor) -> Tensor:
    return (u - 1) ** 2


def _neyman(u: Tensor) -> Tensor:
    return ((u - 1) ** 2 / _positive(u)).where(u > 0, math.inf)


def _hellinger(u: Tensor) -> Tensor:
    return (_positive(u).sqrt().where(u > 0, 0) - 1) ** 2 / 2


#: $f(u) = u \log u$
KL = ConvexGenerator("KL(p||q)", _u_log_u, _minus_log)
#: $f(u) = -\log u$
REVERSE_KL = ConvexGenerator("KL(q||p)", _minus_log, _u_log_u)
#: $f(u) = \frac{1}{2} \left(u \log \frac{2u}{1 + u} + \log \frac{2}{1 + u}\right)$
JENSEN_SHANNON = ConvexGenerator("Jensen-Shannon", _jensen_shannon, _jensen_shannon)
#: $f(u) = \frac{1}{2} |u - 1|$
TOTAL_VARIATION = ConvexGenerator("total variation", _total_variation, _total_variation)
#: $f(u) = (u - 1)^2$, Pearson's
CHI_SQUARED = ConvexGenerator("chi squared", _pearson, _neyman)
#: $f(u) = \frac{1}{2} (\sqrt{u} - 1)^2$
SQUARED_HELLINGER = ConvexGenerator("squared Hellinger", _hellinger, _hellinger)
#: All of them, for a loop.
GENERATORS = (KL, REVERSE_KL, JENSEN_SHANNON, TOTAL_VARIATION, CHI_SQUARED, SQUARED_HELLINGER)
