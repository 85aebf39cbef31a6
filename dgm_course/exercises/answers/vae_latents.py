"""Right and wrong answers to the exercises on latent codes; the suite gives each its verdict."""

import torch


# interpolate(start, end, steps)
def _mix(start, end, w):
    w = w.to(start)[:, None]
    return (1 - w) * start + w * end


def interpolate_by_weights(start, end, steps):
    return _mix(start, end, torch.linspace(0, 1, steps))


def interpolate_by_lerp(start, end, steps):
    return torch.stack([torch.lerp(start, end, i / (steps - 1)) for i in range(steps)])


def interpolate_swapped(start, end, steps):
    return interpolate_by_weights(end, start, steps)


def interpolate_open_end(start, end, steps):
    return _mix(start, end, torch.arange(steps) / steps)


def interpolate_inside(start, end, steps):
    return _mix(start, end, torch.arange(1, steps + 1) / (steps + 1))


def interpolate_on_the_arc(start, end, steps):
    cosine = (start * end).sum() / (start.norm() * end.norm())
    angle, w = cosine.acos(), torch.linspace(0, 1, steps).to(start)[:, None]
    return (((1 - w) * angle).sin() * start + (w * angle).sin() * end) / angle.sin()


def interpolate_sum_of_weights(start, end, steps):
    return start + torch.linspace(0, 1, steps).to(start)[:, None] * end


def interpolate_steps_between(start, end, steps):
    return interpolate_by_weights(start, end, steps + 1)


def interpolate_transposed(start, end, steps):
    return interpolate_by_weights(start, end, steps).T


# attribute_vector(z, bold)
def attribute_by_masks(z, bold):
    return z[bold == 1].mean(0) - z[bold == 0].mean(0)


def attribute_by_weights(z, bold):
    bold = bold.to(z)
    return bold @ z / bold.sum() - (1 - bold) @ z / (1 - bold).sum()


def attribute_swapped(z, bold):
    return -attribute_by_masks(z, bold)


def attribute_one_pair(z, bold):
    return z[bold == 1][0] - z[bold == 0][0]


def attribute_bold_alone(z, bold):
    return z[bold == 1].mean(0)


def attribute_from_all(z, bold):
    return z[bold == 1].mean(0) - z.mean(0)


def attribute_sums(z, bold):
    return z[bold == 1].sum(0) - z[bold == 0].sum(0)


def attribute_divided_by_all(z, bold):
    return attribute_sums(z, bold) / len(z)


def attribute_labels_as_rows(z, bold):
    return z[bold].mean(0) - z[1 - bold].mean(0)


def attribute_tilde(z, bold):
    return z[bold == 1].mean(0) - z[~bold].mean(0)


def attribute_tilde_rows(z, bold):
    return z[bold].mean(0) - z[~bold].mean(0)


def attribute_per_dimension(z, bold):
    return z[bold == 1].mean() - z[bold == 0].mean()


REFERENCE = {"interpolate": interpolate_by_weights, "attribute_vector": attribute_by_masks}
VARIANTS = {
    "interpolate": (interpolate_by_weights, interpolate_by_lerp),
    "attribute_vector": (attribute_by_masks, attribute_by_weights),
}
