"""Right and wrong answers to the exercises on Gaussians; the suite gives each its verdict."""

import numpy as np
import torch

from dgm_course.metrics import gaussian


# kl_gaussians(mean_p, log_std_p, mean_q, log_std_q)
def gaussians_by_variances(mean_p, log_std_p, mean_q, log_std_q):
    var_p, var_q = (2 * log_std_p).exp(), (2 * log_std_q).exp()
    return (0.5 * ((var_p + (mean_p - mean_q) ** 2) / var_q - 1 + (var_q / var_p).log())).sum(-1)


def gaussians_by_torch(mean_p, log_std_p, mean_q, log_std_q):
    p = torch.distributions.Normal(mean_p.double(), log_std_p.double().exp())
    q = torch.distributions.Normal(mean_q.double(), log_std_q.double().exp())
    return torch.distributions.kl_divergence(p, q).sum(-1)


def gaussians_log_variance(mean_p, log_std_p, mean_q, log_std_q):
    return gaussians_by_variances(mean_p, log_std_p / 2, mean_q, log_std_q / 2)


def gaussians_std_as_variance(mean_p, log_std_p, mean_q, log_std_q):
    square = (log_std_p.exp() + (mean_p - mean_q) ** 2) / log_std_q.exp()
    return (log_std_q - log_std_p + 0.5 * (square - 1)).sum(-1)


def gaussians_without_half(mean_p, log_std_p, mean_q, log_std_q):
    var_p, var_q = (2 * log_std_p).exp(), (2 * log_std_q).exp()
    square = (var_p + (mean_p - mean_q) ** 2) / var_q
    return (log_std_q - log_std_p + square - 1).sum(-1)


def gaussians_without_minus_one(mean_p, log_std_p, mean_q, log_std_q):
    return gaussians_by_variances(mean_p, log_std_p, mean_q, log_std_q) + 0.5 * mean_p.shape[-1]


def gaussians_swapped(mean_p, log_std_p, mean_q, log_std_q):
    return gaussians_by_variances(mean_q, log_std_q, mean_p, log_std_p)


def gaussians_mean_over_dimensions(mean_p, log_std_p, mean_q, log_std_q):
    return gaussians_by_variances(mean_p, log_std_p, mean_q, log_std_q) / mean_p.shape[-1]


def gaussians_summed_over_batch(mean_p, log_std_p, mean_q, log_std_q):
    return gaussians_by_variances(mean_p, log_std_p, mean_q, log_std_q).sum()


# fit_gaussian(log_p, log_q)
def fit_by_table(log_p, log_q):
    forward = (log_p.exp() * (log_p - log_q)).sum(-1)
    reverse = (log_q.exp() * (log_q - log_p)).sum(-1)
    return forward.argmin(), reverse.argmin()


def fit_by_cross_entropy(log_p, log_q):
    forward = max(range(len(log_q)), key=lambda k: float((log_p.exp() * log_q[k]).sum()))
    reverse = [float((row.exp() * (row - log_p)).sum()) for row in log_q]
    return forward, int(np.argmin(reverse))


def fit_exchanged(log_p, log_q):
    return fit_by_table(log_p, log_q)[::-1]


def fit_forward_twice(log_p, log_q):
    return (fit_by_table(log_p, log_q)[0],) * 2


def fit_worst(log_p, log_q):
    forward = (log_p.exp() * (log_p - log_q)).sum(-1)
    reverse = (log_q.exp() * (log_q - log_p)).sum(-1)
    return forward.argmax(), reverse.argmax()


def fit_without_entropy(log_p, log_q):
    return fit_by_table(log_p, log_q)[0], (-log_q.exp() * log_p).sum(-1).argmin()


def fit_one_index(log_p, log_q):
    return fit_by_table(log_p, log_q)[0]


REFERENCE = {
    "kl_gaussians": gaussian.kl_gaussians,
    "fit_gaussian": fit_by_table,
}
VARIANTS = {
    "kl_gaussians": (gaussians_by_variances, gaussians_by_torch),
    "fit_gaussian": (fit_by_table, fit_by_cross_entropy),
}
