"""Right and wrong answers to the exercises on bound and rate; the suite gives each its verdict.

The wrong ones are also what an exercise compares a student's numbers with, to name the confusion.
"""

import torch
import torch.nn.functional as F
from torch.distributions import Bernoulli, Normal, kl_divergence


# kl_to_standard_normal(mean, log_std)
def kl_by_formula(mean, log_std):
    return (0.5 * (mean**2 + (2 * log_std).exp() - 1) - log_std).sum(-1)


def kl_by_variance(mean, log_std):
    variance = log_std.exp() ** 2
    return -0.5 * (1 + variance.log() - mean.square() - variance).sum(dim=1)


def kl_by_torch(mean, log_std):
    prior = Normal(torch.zeros_like(mean), torch.ones_like(mean))
    return kl_divergence(Normal(mean, log_std.exp()), prior).sum(-1)


def kl_log_variance(mean, log_std):
    return -0.5 * (1 + log_std - mean**2 - log_std.exp()).sum(-1)


def kl_std_as_variance(mean, log_std):
    return (0.5 * (mean**2 + log_std.exp() - 1) - log_std).sum(-1)


def kl_half_log_std(mean, log_std):
    return 0.5 * (mean**2 + (2 * log_std).exp() - 1 - log_std).sum(-1)


def kl_without_half(mean, log_std):
    return (mean**2 + (2 * log_std).exp() - 1 - log_std).sum(-1)


def kl_without_minus_one(mean, log_std):
    return (0.5 * (mean**2 + (2 * log_std).exp()) - log_std).sum(-1)


def kl_mean_over_dimensions(mean, log_std):
    return kl_by_formula(mean, log_std) / mean.shape[-1]


def kl_sign(mean, log_std):
    return -kl_by_formula(mean, log_std)


def kl_reversed(mean, log_std):
    return (0.5 * ((1 + mean**2) * (-2 * log_std).exp() - 1) + log_std).sum(-1)


def kl_over_batch(mean, log_std):
    return kl_by_formula(mean, log_std).sum()


def kl_batch_mean(mean, log_std):
    return kl_by_formula(mean, log_std).mean()


# elbo(x, logits, mean, log_std)
def _log_px(x, logits):
    return F.logsigmoid(x * logits).flatten(1)


def elbo_by_logsigmoid(x, logits, mean, log_std):
    return _log_px(x, logits).sum(-1) - kl_by_formula(mean, log_std)


def elbo_by_cross_entropy(x, logits, mean, log_std):
    cost = F.binary_cross_entropy_with_logits(logits, (x + 1) / 2, reduction="none")
    return -(cost.sum(dim=(1, 2, 3)) + kl_by_variance(mean, log_std))


def elbo_by_torch(x, logits, mean, log_std):
    pixels = Bernoulli(logits=logits).log_prob((x > 0).to(logits.dtype))
    return pixels.sum((1, 2, 3)) - kl_by_torch(mean, log_std)


def elbo_loss(x, logits, mean, log_std):
    return -elbo_by_logsigmoid(x, logits, mean, log_std)


def elbo_kl_added(x, logits, mean, log_std):
    return _log_px(x, logits).sum(-1) + kl_by_formula(mean, log_std)


def elbo_mean_over_pixels(x, logits, mean, log_std):
    return _log_px(x, logits).mean(-1) - kl_by_formula(mean, log_std)


def elbo_mean_of_both(x, logits, mean, log_std):
    return _log_px(x, logits).mean(-1) - kl_mean_over_dimensions(mean, log_std)


def elbo_loss_by_default(x, logits, mean, log_std):
    return _log_px(x, logits).mean() - kl_by_formula(mean, log_std)


def elbo_pixels_of_the_batch(x, logits, mean, log_std):
    return _log_px(x, logits).sum() - kl_by_formula(mean, log_std)


def elbo_without_kl(x, logits, mean, log_std):
    return _log_px(x, logits).sum(-1)


def elbo_without_reconstruction_sign(x, logits, mean, log_std):
    return -_log_px(x, logits).sum(-1) - kl_by_formula(mean, log_std)


def elbo_x_as_target(x, logits, mean, log_std):
    cost = F.binary_cross_entropy_with_logits(logits, x, reduction="none")
    return -cost.flatten(1).sum(-1) - kl_by_formula(mean, log_std)


def elbo_sigmoid_twice(x, logits, mean, log_std):
    return elbo_by_cross_entropy(x, torch.sigmoid(logits), mean, log_std)


def elbo_overflow(x, logits, mean, log_std):
    log_px = torch.sigmoid(x * logits).log().flatten(1).sum(-1)
    return log_px - kl_by_formula(mean, log_std)


def elbo_clamped(x, logits, mean, log_std):
    cost = F.binary_cross_entropy(torch.sigmoid(logits), (x + 1) / 2, reduction="none")
    return -cost.flatten(1).sum(-1) - kl_by_formula(mean, log_std)


def elbo_batch_mean(x, logits, mean, log_std):
    return elbo_by_logsigmoid(x, logits, mean, log_std).mean()


REFERENCE = {"kl_to_standard_normal": kl_by_formula, "elbo": elbo_by_logsigmoid}
VARIANTS = {
    "kl_to_standard_normal": (kl_by_formula, kl_by_variance, kl_by_torch),
    "elbo": (elbo_by_logsigmoid, elbo_by_cross_entropy, elbo_by_torch),
}
