"""Right and wrong answers to the lab on information; the suite gives each its verdict.

The wrong ones are also what an exercise compares a student's numbers with, to name the confusion.
"""

import math

import numpy as np
import torch
from torch.special import entr, xlogy

from dgm_course.metrics import divergence


# information(p)
def information_by_reciprocal(p):
    return (1 / p).log()


def information_in_numpy(p):
    with np.errstate(divide="ignore"):
        return -np.log(p.numpy())


def information_positive_log(p):
    return p.log()


def information_in_bits(p):
    return -p.log2()


def information_weighted(p):
    return -p * p.log()


# entropy(p)
def entropy_by_entr(p):
    return entr(p).sum(-1)


def entropy_by_loop(p):
    return sum(-xlogy(column, column) for column in p.unbind(-1))


def entropy_nan_at_zero(p):
    return -(p * p.log()).sum(-1)


def entropy_positive_sum(p):
    return xlogy(p, p).sum(-1)


def entropy_in_bits(p):
    return entr(p).sum(-1) / math.log(2)


def entropy_mean_over_outcomes(p):
    return entr(p).mean(-1)


def entropy_unweighted(p):
    return -p.log().sum(-1)


def entropy_over_everything(p):
    return entr(p).sum()


# kl_divergence(p, q)
def kl_by_mask(p, q):
    p, q = p.double(), q.double()
    return torch.where(p > 0, p * (p.log() - q.log()), 0).sum(-1)


def kl_as_cross_entropy_minus_entropy(p, q):
    return -xlogy(p, q).sum(-1) - entr(p).sum(-1)


def kl_swapped(p, q):
    return kl_by_mask(q, p)


def kl_difference_of_entropies(p, q):
    return entr(p).sum(-1) - entr(q).sum(-1)


def kl_absolute(p, q):
    return (p * (p / q).log()).abs().sum(-1)


def kl_nan_at_zero(p, q):
    return (p * (p / q).log()).sum(-1)


def kl_masked_support(p, q):
    return torch.where((p > 0) & (q > 0), p * (p.log() - q.log()), 0).sum(-1)


def kl_padded(p, q):
    return (p * ((p + 1e-8) / (q + 1e-8)).log()).sum(-1)


def kl_in_bits(p, q):
    return kl_by_mask(p, q) / math.log(2)


def kl_negative(p, q):
    return -kl_by_mask(p, q)


def kl_weighted_by_q(p, q):
    return (q * (p / q).log()).sum(-1)


def kl_unweighted(p, q):
    return (p.log() - q.log()).sum(-1)


def kl_cross_entropy(p, q):
    return -xlogy(p, q).sum(-1)


# js_divergence(p, q)
def js_by_halves(p, q):
    m = (p + q) / 2
    return 0.5 * kl_by_mask(p, m) + 0.5 * kl_by_mask(q, m)


def js_by_entropies(p, q):
    return entr((p + q) / 2).sum(-1) - (entr(p).sum(-1) + entr(q).sum(-1)) / 2


def js_reversed(p, q):
    m = (p + q) / 2
    return 0.5 * kl_by_mask(m, p) + 0.5 * kl_by_mask(m, q)


def js_without_halves(p, q):
    return 2 * js_by_halves(p, q)


def js_sum_of_kls(p, q):
    return kl_by_mask(p, q) + kl_by_mask(q, p)


def js_without_mixture(p, q):
    return 0.5 * kl_by_mask(p, q) + 0.5 * kl_by_mask(q, p)


def js_square_root(p, q):
    return js_by_halves(p, q).sqrt()


def js_nan_at_zero(p, q):
    m = (p + q) / 2
    return 0.5 * ((p * (p / m).log()) + (q * (q / m).log())).sum(-1)


def js_mixture_not_halved(p, q):
    return 0.5 * kl_by_mask(p, p + q) + 0.5 * kl_by_mask(q, p + q)


# f_divergence(p, q, f)
def f_by_ratio(p, q, f):
    return (q * f(p / q)).sum(-1)


def f_by_loop(p, q, f):
    return sum(q[..., k] * f(p[..., k] / q[..., k]) for k in range(p.shape[-1]))


def f_weighted_by_p(p, q, f):
    return (p * f(p / q)).sum(-1)


def f_ratio_inverted(p, q, f):
    return (q * f(q / p)).sum(-1)


def f_swapped(p, q, f):
    return (p * f(q / p)).sum(-1)


def f_unweighted(p, q, f):
    return f(p / q).sum(-1)


REFERENCE = {
    "information": divergence.information,
    "entropy": divergence.entropy,
    "kl_divergence": divergence.kl,
    "js_divergence": divergence.js,
    "f_divergence": divergence.f_divergence,
}
VARIANTS = {
    "information": (information_by_reciprocal, information_in_numpy),
    "entropy": (entropy_by_entr, entropy_by_loop),
    "kl_divergence": (kl_by_mask, kl_as_cross_entropy_minus_entropy),
    "js_divergence": (js_by_halves, js_by_entropies),
    "f_divergence": (f_by_ratio, f_by_loop),
}
