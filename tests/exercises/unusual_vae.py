"""Right answers to the lab on variational autoencoders as people write them in other ways."""

import math

import numpy as np
import scipy.special
import torch
import torch.nn.functional as F
from torch.distributions import (
    Independent,
    MultivariateNormal,
    Normal,
    TransformedDistribution,
    kl_divergence,
)
from torch.distributions.transforms import AffineTransform

from dgm_course.models.vae import kl_to_standard_normal

OWN = torch.Generator().manual_seed(5)


def code_by_inverse_cdf(mean, log_std):
    u = torch.rand(mean.shape, dtype=mean.dtype).clamp(1e-6, 1 - 1e-6)
    return mean + log_std.exp() * Normal(0.0, 1.0).icdf(u)


def code_by_transform(mean, log_std):
    move = AffineTransform(mean, log_std.exp())
    return TransformedDistribution(Normal(torch.zeros_like(mean), 1.0), move).rsample()


def code_row_by_row(mean, log_std):
    noise = torch.from_numpy(np.random.default_rng().normal(size=mean.shape))
    return torch.addcmul(mean, torch.e**log_std, noise.to(mean))


def rate_row_by_row(mean, log_std):
    rates = []
    for m, s in zip(mean.tolist(), log_std.tolist(), strict=True):
        terms = [(a * a + math.exp(2 * b) - 1) / 2 - b for a, b in zip(m, s, strict=True)]
        rates.append(sum(terms))
    return torch.tensor(rates)


def rate_by_matrices(mean, log_std):
    q = MultivariateNormal(mean, torch.diag_embed((2 * log_std).exp()))
    prior = MultivariateNormal(torch.zeros_like(mean), torch.eye(mean.shape[1], dtype=mean.dtype))
    return kl_divergence(q, prior)


def rate_in_numpy(mean, log_std):
    m, s = np.asarray(mean, "f8"), np.exp(np.asarray(log_std, "f8"))
    return 0.5 * (m**2 + s**2 - 1 - np.log(s**2)).sum(1)


def bound_by_classes(x, logits, mean, log_std):
    both = torch.stack([torch.zeros_like(logits), logits], 1)
    cost = F.cross_entropy(both, (x > 0).long(), reduction="none")
    return -cost.flatten(1).sum(1) - kl_to_standard_normal(mean, log_std)


def bound_by_softplus(x, logits, mean, log_std):
    missed = F.softplus(-x * logits).sum([1, 2, 3])
    return torch.neg(missed + kl_to_standard_normal(mean, log_std))


def bound_in_numpy(x, logits, mean, log_std):
    log_px = scipy.special.log_expit(np.asarray(x * logits, "f8")).reshape(len(x), -1)
    return log_px.sum(1) - rate_in_numpy(mean, log_std)


def mean_weight_one_by_one(log_w):
    total = log_w[:, 0]
    for column in log_w.T[1:]:
        total = torch.logaddexp(total, column)
    return total - math.log(log_w.size(1))


def refined_by_maximising(elbo, mean, log_std, steps, lr):
    q = [part.clone().requires_grad_() for part in (mean, log_std)]
    optimizer = torch.optim.SGD(q, lr=lr, maximize=True)
    for _ in range(steps):
        optimizer.zero_grad()
        elbo(*q).sum().backward()
        optimizer.step()
    return q


def refined_in_one_tensor(elbo, mean, log_std, steps, lr):
    q = torch.stack([mean, log_std])
    for _ in range(steps):
        q = q + lr * torch.func.grad(lambda both: elbo(both[0], both[1]).sum())(q)
    return q[0], q[1]


def refined_keeping_the_graph(elbo, mean, log_std, steps, lr):
    mean, log_std = mean.clone().requires_grad_(), log_std.clone().requires_grad_()
    for _ in range(steps):
        by = torch.autograd.grad(elbo(mean, log_std).sum(), [mean, log_std], create_graph=True)
        mean, log_std = mean + lr * by[0], log_std + lr * by[1]
    return mean, log_std


ANSWERS = {
    "reparameterise": [
        lambda mean, log_std: torch.randn_like(mean) * log_std.exp() + mean,
        lambda mean, log_std: mean + torch.randn(mean.shape, generator=OWN) * log_std.exp(),
        lambda mean, log_std: Independent(Normal(mean, log_std.exp()), 1).rsample(),
        lambda mean, log_std: MultivariateNormal(
            mean, scale_tril=torch.diag_embed(log_std.exp())
        ).rsample(),
        code_by_inverse_cdf,
        code_by_transform,
        code_row_by_row,
    ],
    "kl_to_standard_normal": [rate_row_by_row, rate_by_matrices, rate_in_numpy],
    "elbo": [bound_by_classes, bound_by_softplus, bound_in_numpy],
    "iwae_bound": [
        mean_weight_one_by_one,
        lambda log_w: scipy.special.logsumexp(log_w.numpy(), axis=1) - np.log(log_w.shape[1]),
        lambda log_w: torch.logsumexp(log_w - np.log(log_w.shape[1]), dim=1),
    ],
    "refine": [refined_by_maximising, refined_in_one_tensor, refined_keeping_the_graph],
    "interpolate": [
        lambda start, end, steps: np.linspace(start.numpy(), end.numpy(), steps),
        lambda start, end, steps: torch.stack(
            [torch.linspace(a, b, steps) for a, b in zip(start, end, strict=True)], -1
        ),
        lambda start, end, steps: torch.outer(torch.linspace(0, 1, steps), end - start) + start,
    ],
    "attribute_vector": [
        lambda z, bold: z[bold.bool()].mean(0) - z[~bold.bool()].mean(0),
        lambda z, bold: (
            np.mean(z.numpy()[bold.numpy() > 0], 0) - np.mean(z.numpy()[bold.numpy() < 1], 0)
        ),
        lambda z, bold: torch.linalg.lstsq(
            torch.stack([torch.ones_like(bold), bold], 1).to(z), z
        ).solution[1],
    ],
}
