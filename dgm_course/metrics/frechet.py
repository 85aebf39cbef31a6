r"""The Fréchet distance: two sets of points compared by their means and covariances.

    d^2 = |m_1 - m_2|^2 + tr S_1 + tr S_2 - 2 tr (S_1^1/2 S_2 S_1^1/2)^1/2

is the squared 2-Wasserstein distance of N(m_1, S_1) and N(m_2, S_2) (Dowson & Landau 1982).
Between features of images by a classifier it is the FID (Heusel et al. 2017, eq. 6).  With factors
S_1 = A^T A and S_2 = B^T B the last trace is the sum of the singular values of A B^T: the product
of two covariances, whose square root may come out complex, is never formed.
"""

import torch
from torch import Tensor


def frechet_distance(a: Tensor, b: Tensor) -> float:
    r"""Squared Wasserstein distance of Gaussians with the moments of a and b: (n, D), (m, D) -> ().

    $|\mu_a - \mu_b|^2 + \mathrm{tr}(S_a + S_b - 2 (S_a^{1/2} S_b S_a^{1/2})^{1/2})$, covariances
    divided by n - 1; in the squared unit of the features. Heusel et al. 2017, eq. 6.

    Computed in float64; fewer points than features are no difficulty. Raises ValueError for other
    shapes, fewer than 2 points, or a number that is not finite.
    """
    a, b = _points("a", a), _points("b", b)
    if a.shape[1] != b.shape[1]:
        raise ValueError(f"b: expected (m, {a.shape[1]}) as a has, got {tuple(b.shape)}")
    apart = (a.mean(0) - b.mean(0)).square().sum()
    root_a, root_b = _root(a), _root(b)
    common = torch.linalg.svdvals(root_a @ root_b.T).sum()
    spread = root_a.square().sum() + root_b.square().sum()
    return float(apart + (spread - 2 * common).clamp(min=0))


def _root(x: Tensor) -> Tensor:
    """A with A^T A the covariance: (n, D) -> (min(n, D), D)."""
    centred = (x - x.mean(0)) / (len(x) - 1) ** 0.5
    if len(x) <= x.shape[1]:
        return centred
    variances, axes = torch.linalg.eigh(centred.T @ centred)
    return variances.clamp(min=0).sqrt()[:, None] * axes.T


def _points(name: str, x: Tensor) -> Tensor:
    if x.dim() != 2 or len(x) < 2 or x.shape[1] < 1:
        raise ValueError(f"{name}: expected (n, D) with n >= 2, got {tuple(x.shape)}")
    if not x.isfinite().all():
        raise ValueError(f"{name}: expected finite numbers, got NaN or inf among them")
    return x.detach().double()
