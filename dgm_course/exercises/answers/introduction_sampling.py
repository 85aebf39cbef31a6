"""Right and wrong answers to the exercises on sampling; the suite gives each its verdict."""

import numpy as np
import torch
from torch.distributions import MultivariateNormal


# sample_histogram(u, edges, p)
def _cell(u, p):
    return torch.searchsorted(p.cumsum(0), u).clamp(max=len(p) - 1)


def inverse_by_search(u, edges, p):
    cell = _cell(u, p)
    below = p.cumsum(0)[cell] - p[cell]
    return edges[cell] + (u - below) / p[cell] * edges.diff()[cell]


def inverse_by_interpolation(u, edges, p):
    cdf = np.concatenate([[0.0], p.numpy().cumsum()])
    return np.interp(u.numpy(), cdf, edges.numpy())


def inverse_left_edge(u, edges, p):
    return edges[_cell(u, p)]


def inverse_midpoint(u, edges, p):
    cell = _cell(u, p)
    return (edges[cell] + edges[cell + 1]) / 2


def inverse_ignores_p(u, edges, p):
    return edges[0] + u * (edges[-1] - edges[0])


def inverse_same_u(u, edges, p):
    cell = _cell(u, p)
    return edges[cell] + u * edges.diff()[cell]


def inverse_without_division(u, edges, p):
    cell = _cell(u, p)
    return edges[cell] + (u - p.cumsum(0)[cell] + p[cell]) * edges.diff()[cell]


# push_forward(noise, mean, covariance)
def push_by_cholesky(noise, mean, covariance):
    return mean + noise @ torch.linalg.cholesky(covariance).T


def push_by_eigenvectors(noise, mean, covariance):
    value, vector = torch.linalg.eigh(covariance)
    return mean + (noise * value.sqrt()) @ vector.T


def push_by_torch(noise, mean, covariance):
    return mean + MultivariateNormal(mean, covariance).scale_tril.matmul(noise[..., None])[..., 0]


def push_covariance(noise, mean, covariance):
    return mean + noise @ covariance


def push_transposed(noise, mean, covariance):
    return mean + noise @ torch.linalg.cholesky(covariance)


def push_without_mean(noise, mean, covariance):
    return noise @ torch.linalg.cholesky(covariance).T


def push_diagonal(noise, mean, covariance):
    return mean + noise * covariance.diagonal().sqrt()


REFERENCE = {
    "sample_histogram": inverse_by_search,
    "push_forward": push_by_cholesky,
}
VARIANTS = {
    "sample_histogram": (inverse_by_search, inverse_by_interpolation),
    "push_forward": (push_by_cholesky, push_by_eigenvectors, push_by_torch),
}
