"""Right and wrong answers to the exercises on random codes; the suite gives each its verdict."""

import numpy as np
import torch


# sample_box(z, u)
def box_by_width(z, u):
    low, high = z.aminmax(dim=0)
    return low + u * (high - low)


def box_by_lerp(z, u):
    return torch.lerp(z.amin(0).expand_as(u), z.amax(0).expand_as(u), u)


def box_in_numpy(z, u):
    z, u = z.numpy(), u.numpy()
    return (1 - u) * z.min(axis=0) + u * z.max(axis=0)


def box_one_range(z, u):
    return z.min() + u * (z.max() - z.min())


def box_without_low(z, u):
    return u * (z.amax(0) - z.amin(0))


def box_high_for_width(z, u):
    return z.amin(0) + u * z.amax(0)


def box_centred(z, u):
    return (2 * u - 1) * z.abs().amax(0)


def box_standardised(z, u):
    return z.mean(0) + (2 * u - 1) * z.std(0)


def box_unit(z, u):
    return 2 * u - 1


def box_own_noise(z, u):
    return box_by_width(z, torch.rand_like(u))


def box_upside_down(z, u):
    return box_by_width(z, 1 - u)


# acceptance_rate(logits, threshold)
def acceptance_by_softmax(logits, threshold):
    return (logits.softmax(-1).amax(-1) >= threshold).float().mean()


def acceptance_in_logs(logits, threshold):
    highest = logits.max(-1).values - logits.logsumexp(-1)
    return sum(float(value) >= np.log(threshold) for value in highest) / len(logits)


def acceptance_by_any(logits, threshold):
    return (logits.double().softmax(-1) > threshold).any(-1).double().mean()


def acceptance_of_logits(logits, threshold):
    return (logits.amax(-1) >= threshold).float().mean()


def acceptance_by_sigmoid(logits, threshold):
    return (logits.sigmoid().amax(-1) >= threshold).float().mean()


def acceptance_over_images(logits, threshold):
    return (logits.softmax(0).amax(-1) >= threshold).float().mean()


def acceptance_per_entry(logits, threshold):
    return (logits.softmax(-1) >= threshold).float().mean()


def acceptance_mean_confidence(logits, threshold):
    return logits.softmax(-1).amax(-1).mean()


def acceptance_argmax(logits, threshold):
    return (logits.softmax(-1).argmax(-1) >= threshold).float().mean()


def acceptance_rejected(logits, threshold):
    return 1 - acceptance_by_softmax(logits, threshold)


def acceptance_count(logits, threshold):
    return acceptance_by_softmax(logits, threshold) * len(logits)


def acceptance_overflow(logits, threshold):
    odds = logits.exp()
    return ((odds / odds.sum(-1, keepdim=True)).amax(-1) >= threshold).float().mean()


REFERENCE = {"sample_box": box_by_width, "acceptance_rate": acceptance_by_softmax}
VARIANTS = {
    "sample_box": (box_by_width, box_by_lerp, box_in_numpy),
    "acceptance_rate": (acceptance_by_softmax, acceptance_in_logs, acceptance_by_any),
}
