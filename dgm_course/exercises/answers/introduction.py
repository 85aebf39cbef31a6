"""Right and wrong answers to the lab of the introduction; the suite gives each its verdict.

The wrong ones are also what an exercise compares a student's numbers with, to name the confusion.
"""

import math

import torch
from torch.distributions import Normal

from dgm_course.models.density import KernelDensity


# gaussian_mle(x)
def mle_by_moments(x):
    mean = x.mean(0)
    return mean, (x**2).mean(0).sub(mean**2).sqrt()


def mle_by_std(x):
    return x.mean(0), x.double().std(0, correction=0)


def mle_unbiased(x):
    return x.mean(0), x.std(0)


def mle_variance(x):
    return x.mean(0), x.var(0, correction=0)


def mle_unbiased_variance(x):
    return x.mean(0), x.var(0)


def mle_wrong_axis(x):
    return x.mean(1), x.std(1, correction=0)


def mle_pooled(x):
    return x.mean(), x.std(correction=0)


def mle_around_zero(x):
    return x.mean(0), (x**2).mean(0).sqrt()


def mle_one_value(x):
    return x.mean(0)


# log_likelihood(x, mean, std)
def likelihood_by_torch(x, mean, std):
    return Normal(mean, std).log_prob(x).sum(-1)


def likelihood_by_formula(x, mean, std):
    z = (x - mean) / std
    return -0.5 * (z * z).sum(-1) - std.log().sum() - x.shape[-1] / 2 * math.log(2 * math.pi)


def likelihood_without_constant(x, mean, std):
    return -0.5 * (((x - mean) / std) ** 2).sum(-1) - std.log().sum()


def likelihood_constant_once(x, mean, std):
    return likelihood_without_constant(x, mean, std) - 0.5 * math.log(2 * math.pi)


def likelihood_without_std(x, mean, std):
    return likelihood_by_torch(x, mean, std) + std.log().sum()


def likelihood_variance_for_std(x, mean, std):
    return likelihood_by_torch(x, mean, std.sqrt())


def likelihood_not_squared(x, mean, std):
    z2 = (x - mean) ** 2 / std
    return (-0.5 * z2 - std.log() - 0.5 * math.log(2 * math.pi)).sum(-1)


def likelihood_mean_over_dimensions(x, mean, std):
    return Normal(mean, std).log_prob(x).mean(-1)


def likelihood_density(x, mean, std):
    return likelihood_by_torch(x, mean, std).exp()


def likelihood_negative(x, mean, std):
    return -likelihood_by_torch(x, mean, std)


def likelihood_summed_over_batch(x, mean, std):
    return likelihood_by_torch(x, mean, std).sum()


def likelihood_in_bits(x, mean, std):
    return likelihood_by_torch(x, mean, std) / math.log(2)


# kde_log_prob(x, data, bandwidth)
def _kernels(x, data, bandwidth):
    return Normal(data, bandwidth).log_prob(x[:, None]).sum(-1)


def kde_by_logsumexp(x, data, bandwidth):
    return _kernels(x, data, bandwidth).logsumexp(-1) - math.log(len(data))


def kde_by_loop(x, data, bandwidth):
    rows = [_kernels(row[None], data, bandwidth)[0] for row in x.double()]
    shifted = [(row.max(), (row - row.max()).exp().mean().log()) for row in rows]
    return torch.stack([top + rest for top, rest in shifted])


def kde_underflow(x, data, bandwidth):
    return _kernels(x, data, bandwidth).exp().mean(-1).log()


def kde_mean_of_logs(x, data, bandwidth):
    return _kernels(x, data, bandwidth).mean(-1)


def kde_without_count(x, data, bandwidth):
    return _kernels(x, data, bandwidth).logsumexp(-1)


def kde_without_volume(x, data, bandwidth):
    square = ((x[:, None] - data) / bandwidth).square().sum(-1)
    return (-0.5 * square).logsumexp(-1) - math.log(len(data))


def kde_one_dimension(x, data, bandwidth):
    dim = x.shape[-1]
    missing = (dim - 1) * (math.log(bandwidth) + 0.5 * math.log(2 * math.pi))
    return kde_by_logsumexp(x, data, bandwidth) + missing


def kde_bandwidth_as_variance(x, data, bandwidth):
    return kde_by_logsumexp(x, data, math.sqrt(bandwidth))


# choose_bandwidth(train, validation, bandwidths)
def held_out(train, validation, bandwidths):
    """Mean log-likelihood of validation for each bandwidth: (M,)."""
    kernels = _kernels(validation, train, bandwidths[:, None, None, None])
    return kernels.logsumexp(-1).mean(-1) - math.log(len(train))


def bandwidth_by_argmax(train, validation, bandwidths):
    return bandwidths[held_out(train, validation, bandwidths).argmax()]


def bandwidth_by_max(train, validation, bandwidths):
    score = {float(h): KernelDensity(train, float(h)).log_prob(validation) for h in bandwidths}
    return max(score, key=lambda h: score[h].sum())


def bandwidth_on_train(train, validation, bandwidths):
    return bandwidths[held_out(train, train, bandwidths).argmax()]


def bandwidth_worst(train, validation, bandwidths):
    return bandwidths[held_out(train, validation, bandwidths).argmin()]


def bandwidth_index(train, validation, bandwidths):
    return held_out(train, validation, bandwidths).argmax()


def bandwidth_exchanged(train, validation, bandwidths):
    return bandwidths[held_out(validation, train, bandwidths).argmax()]


# outlier_auc(inlier, outlier)
def auc_by_pairs(inlier, outlier):
    gap = inlier[:, None] - outlier
    return (gap > 0).double().mean() + 0.5 * (gap == 0).double().mean()


def auc_by_ranks(inlier, outlier):
    from scipy.stats import mannwhitneyu

    u = mannwhitneyu(inlier.numpy(), outlier.numpy()).statistic
    return u / (len(inlier) * len(outlier))


def auc_reversed(inlier, outlier):
    return 1 - auc_by_pairs(inlier, outlier)


def auc_ties_lost(inlier, outlier):
    return (inlier[:, None] > outlier).float().mean()


def auc_ties_won(inlier, outlier):
    return (inlier[:, None] >= outlier).float().mean()


def auc_below_mean(inlier, outlier):
    return (outlier < inlier.mean()).float().mean()


def auc_paired(inlier, outlier):
    n = min(len(inlier), len(outlier))
    return (inlier[:n] > outlier[:n]).float().mean()


ALL_AUCS = (
    auc_by_pairs,
    auc_reversed,
    auc_ties_lost,
    auc_ties_won,
    auc_below_mean,
    auc_paired,
)

REFERENCE = {
    "gaussian_mle": mle_by_std,
    "log_likelihood": likelihood_by_torch,
    "kde_log_prob": kde_by_logsumexp,
    "choose_bandwidth": bandwidth_by_argmax,
    "outlier_auc": auc_by_pairs,
}
VARIANTS = {
    "gaussian_mle": (mle_by_moments, mle_by_std),
    "log_likelihood": (likelihood_by_torch, likelihood_by_formula),
    "kde_log_prob": (kde_by_logsumexp, kde_by_loop),
    "choose_bandwidth": (bandwidth_by_argmax, bandwidth_by_max),
    "outlier_auc": (auc_by_pairs, auc_by_ranks),
}
