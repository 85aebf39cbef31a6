"""Right and wrong answers to the exercise on drawing codes; the suite gives each its verdict."""

import torch
from torch.distributions import Normal


# reparameterise(mean, log_std)
def reparameterise_by_randn(mean, log_std):
    return mean + log_std.exp() * torch.randn_like(mean)


def reparameterise_by_rsample(mean, log_std):
    return Normal(mean, log_std.exp()).rsample()


def reparameterise_by_columns(mean, log_std):
    pairs = zip(mean.unbind(-1), log_std.unbind(-1), strict=True)
    return torch.stack([m + s.exp() * torch.randn(len(m)) for m, s in pairs], -1)


def reparameterise_in_place(mean, log_std):
    return torch.randn(mean.shape).mul_(log_std.exp()).add_(mean)


def reparameterise_variance(mean, log_std):
    return mean + (2 * log_std).exp() * torch.randn_like(mean)


def reparameterise_log_variance(mean, log_std):
    return mean + (log_std / 2).exp() * torch.randn_like(mean)


def reparameterise_log_std(mean, log_std):
    return mean + log_std * torch.randn_like(mean)


def reparameterise_unscaled(mean, log_std):
    return mean + torch.randn_like(mean)


def reparameterise_shared(mean, log_std):
    return mean + log_std.exp() * torch.randn(mean.shape[-1])


def reparameterise_one_a_row(mean, log_std):
    return mean + log_std.exp() * torch.randn(len(mean), 1)


def reparameterise_uniform(mean, log_std):
    return mean + log_std.exp() * torch.rand_like(mean)


def reparameterise_without_mean(mean, log_std):
    return log_std.exp() * torch.randn_like(mean)


def reparameterise_mean_alone(mean, log_std):
    return mean


def reparameterise_fixed_seed(mean, log_std):
    noise = torch.randn(mean.shape, generator=torch.Generator().manual_seed(0))
    return mean + log_std.exp() * noise


def reparameterise_no_gradient(mean, log_std):
    return Normal(mean, log_std.exp()).sample()


REFERENCE = {"reparameterise": reparameterise_by_randn}
VARIANTS = {
    "reparameterise": (
        reparameterise_by_randn,
        reparameterise_by_rsample,
        reparameterise_by_columns,
        reparameterise_in_place,
    )
}
