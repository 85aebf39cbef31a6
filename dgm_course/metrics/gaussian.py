"""Closed forms for Gaussians: entropy, cross-entropy and KL divergence.

    p = N(mean_p, std_p^2), q = N(mean_q, std_q^2), independent in each of D dims

    H(p)     = sum log std_p + (1 + log 2 pi) / 2
    H(p, q)  = sum log std_q + (log 2 pi + (std_p^2 + (mean_p - mean_q)^2) / std_q^2) / 2
    KL(p||q) = sum (r^2 - 1 + (mean_p - mean_q)^2 / std_q^2) / 2 - log r,  r = std_p / std_q

and with full covariances S_p, S_q and v = mean_p - mean_q

    KL(p||q) = (tr S_q^-1 S_p - D + v^T S_q^-1 v - log |S_p| / |S_q|) / 2

Sources: Cover & Thomas 2006, ch. 8; Kingma & Welling 2014, app. B. Spread is log_std, never a
variance; results are in nats (base=2: bits), summed over the event. JS has no closed form.
"""

import math

import torch
from torch import Tensor

from dgm_course.metrics.divergence import in_base


def entropy_gaussian(log_std: Tensor, base: float | None = None) -> Tensor:
    r"""H(N(mean, std^2)), whatever the mean: (B, D) -> (B,), nats (base=2: bits); may be negative.

    $H = \sum_d \left(\log \sigma_d + \frac{1}{2} \log 2 \pi e\right)$, Cover & Thomas 2006, ch. 8.

    Raises if log_std has no dim to sum over.
    """
    _require_same_dim(log_std=log_std)
    return in_base((log_std + 0.5 * math.log(2 * math.pi * math.e)).sum(-1), base)


def cross_entropy_gaussians(
    mean_p: Tensor, log_std_p: Tensor, mean_q: Tensor, log_std_q: Tensor, base: float | None = None
) -> Tensor:
    r"""H(p, q) = E_p[-log q] of diagonal Gaussians: (B, D) x 4 -> (B,), nats (base=2: bits).

    $H(p, q) = \sum_d \left(\log \sigma_q + \frac{1}{2} \log 2 \pi
    + \frac{\sigma_p^2 + (\mu_p - \mu_q)^2}{2 \sigma_q^2}\right)$, Cover & Thomas 2006, ch. 8.

    Batch dims broadcast. Raises if the last dims differ.
    """
    _require_same_dim(mean_p=mean_p, log_std_p=log_std_p, mean_q=mean_q, log_std_q=log_std_q)
    spread = (2 * (log_std_p - log_std_q)).exp()
    distance = ((mean_p - mean_q) / log_std_q.exp()) ** 2
    nats = (log_std_q + 0.5 * (math.log(2 * math.pi) + spread + distance)).sum(-1)
    return in_base(nats, base)


def kl_gaussians(
    mean_p: Tensor, log_std_p: Tensor, mean_q: Tensor, log_std_q: Tensor, base: float | None = None
) -> Tensor:
    r"""KL(p || q) of diagonal Gaussians: (B, D) x 4 -> (B,), nats (base=2: bits).

    $\mathrm{KL}(p \Vert q) = \sum_d \left(\log \frac{\sigma_q}{\sigma_p}
    + \frac{\sigma_p^2 + (\mu_p - \mu_q)^2}{2 \sigma_q^2} - \frac{1}{2}\right)$,
    Cover & Thomas 2006, ch. 8.

    Batch dims broadcast. Raises if the last dims differ.
    """
    _require_same_dim(mean_p=mean_p, log_std_p=log_std_p, mean_q=mean_q, log_std_q=log_std_q)
    log_ratio = log_std_p - log_std_q
    distance = ((mean_p - mean_q) / log_std_q.exp()) ** 2
    return in_base((0.5 * (torch.expm1(2 * log_ratio) + distance) - log_ratio).sum(-1), base)


def kl_full_gaussians(
    mean_p: Tensor, cov_p: Tensor, mean_q: Tensor, cov_q: Tensor, base: float | None = None
) -> Tensor:
    r"""KL(p || q) of full Gaussians: (B, D), (B, D, D), (B, D), (B, D, D) -> (B,), nats.

    $\frac{1}{2} \left(\mathrm{tr}\, S_q^{-1} S_p - D + v^T S_q^{-1} v
    - \log \frac{|S_p|}{|S_q|}\right)$, $v = \mu_p - \mu_q$. Cover & Thomas 2006, ch. 8.

    With S = L L^T and M = L_q^-1 L_p, tr S_q^-1 S_p is |M|^2 and log |S_p| / |S_q| is 2 log det M.
    Batch dims broadcast; base=2 gives bits. Raises if the dims differ or a covariance is not
    symmetric and positive definite.
    """
    _require_same_dim(mean_p=mean_p, cov_p=cov_p, mean_q=mean_q, cov_q=cov_q)
    factor_p, factor_q = _cholesky(cov_p, "cov_p"), _cholesky(cov_q, "cov_q")
    m = torch.linalg.solve_triangular(factor_q, factor_p, upper=False)
    gap = (mean_p - mean_q).unsqueeze(-1)
    distance = torch.linalg.solve_triangular(factor_q, gap, upper=False).square().sum((-2, -1))
    excess = m.square().sum((-2, -1)) - m.shape[-1] + distance
    return in_base(0.5 * excess - m.diagonal(dim1=-2, dim2=-1).log().sum(-1), base)


def _cholesky(cov: Tensor, name: str) -> Tensor:
    if cov.shape[-2:] != (cov.shape[-1],) * 2:
        raise ValueError(f"{name}: expected (..., D, D), got {tuple(cov.shape)}")
    factor, failed = torch.linalg.cholesky_ex(cov)
    roundoff = 16 * torch.finfo(cov.dtype).eps * cov.abs().amax((-2, -1), keepdim=True)
    if not ((cov - cov.mT).abs() <= roundoff).all() or failed.any():
        raise ValueError(
            f"{name}: expected symmetric positive definite matrices, got one that is not"
        )
    return factor


def _require_same_dim(**tensors: Tensor) -> None:
    first, *_ = tensors
    for name, tensor in tensors.items():
        if tensor.dim() == 0 or tensor.shape[-1] != tensors[first].shape[-1]:
            expected = (
                "(..., D)"
                if name == first
                else f"the last dim of {first} {tuple(tensors[first].shape)}"
            )
            raise ValueError(f"{name}: expected {expected}, got {tuple(tensor.shape)}")
