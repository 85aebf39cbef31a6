"""Right and wrong answers to the exercises on tighter bounds; the suite gives each its verdict."""

import math

import torch


# iwae_bound(log_w)
def iwae_by_logsumexp(log_w):
    return log_w.logsumexp(-1) - math.log(log_w.shape[-1])


def iwae_by_maximum(log_w):
    most = log_w.max(-1, keepdim=True).values
    return (log_w - most).exp().mean(-1).log() + most[..., 0]


def iwae_mean_of_logs(log_w):
    return log_w.mean(-1)


def iwae_without_log_k(log_w):
    return log_w.logsumexp(-1)


def iwae_unstable(log_w):
    return log_w.exp().mean(-1).log()


def iwae_divided_by_k(log_w):
    return log_w.logsumexp(-1) / log_w.shape[-1]


def iwae_over_batch(log_w):
    return log_w.logsumexp(0) - math.log(len(log_w))


def iwae_best_sample(log_w):
    return log_w.amax(-1)


def iwae_negative(log_w):
    return -iwae_by_logsumexp(log_w)


# refine(elbo, mean, log_std, steps, lr)
def _gradients(bound, mean, log_std):
    return torch.autograd.grad(bound(mean, log_std).sum(), (mean, log_std))


def _leaves(mean, log_std):
    return mean.clone().requires_grad_(), log_std.clone().requires_grad_()


def _walk(elbo, mean, log_std, steps, change):
    for _ in range(steps):
        q = _leaves(mean, log_std)
        by_mean, by_log_std = change(*_gradients(elbo, *q))
        mean, log_std = mean + by_mean, log_std + by_log_std
    return mean, log_std


def refine_by_grad(elbo, mean, log_std, steps, lr):
    return _walk(elbo, mean, log_std, steps, lambda a, b: (lr * a, lr * b))


def _optimise(kind, elbo, mean, log_std, steps, lr):
    q = _leaves(mean, log_std)
    optimizer = kind(q, lr=lr)
    for _ in range(steps):
        optimizer.zero_grad()
        (-elbo(*q)).sum().backward()
        optimizer.step()
    return tuple(part.detach() for part in q)


def refine_by_optimiser(elbo, mean, log_std, steps, lr):
    return _optimise(torch.optim.SGD, elbo, mean, log_std, steps, lr)


def refine_row_by_row(elbo, mean, log_std, steps, lr):
    mean, log_std = _leaves(mean, log_std)
    for _ in range(steps):
        for bound in elbo(mean, log_std):
            bound.backward(retain_graph=True)
        with torch.no_grad():
            mean += lr * mean.grad
            log_std += lr * log_std.grad
        mean.grad = log_std.grad = None
    return mean.detach(), log_std.detach()


def refine_descends(elbo, mean, log_std, steps, lr):
    return refine_by_grad(elbo, mean, log_std, steps, -lr)


def refine_batch_mean(elbo, mean, log_std, steps, lr):
    return refine_by_grad(elbo, mean, log_std, steps, lr / len(mean))


def refine_one_step(elbo, mean, log_std, steps, lr):
    return refine_by_grad(elbo, mean, log_std, 1, lr)


def refine_same_gradient(elbo, mean, log_std, steps, lr):
    return refine_by_grad(elbo, mean, log_std, 1, steps * lr)


def refine_accumulated(elbo, mean, log_std, steps, lr):
    sums = [0.0, 0.0]

    def pile_up(*gradients):
        sums[:] = [a + b for a, b in zip(sums, gradients, strict=True)]
        return lr * sums[0], lr * sums[1]

    return _walk(elbo, mean, log_std, steps, pile_up)


def refine_adam(elbo, mean, log_std, steps, lr):
    return _optimise(torch.optim.Adam, elbo, mean, log_std, steps, lr)


def refine_mean_only(elbo, mean, log_std, steps, lr):
    return _walk(elbo, mean, log_std, steps, lambda a, b: (lr * a, 0 * b))


def refine_in_turn(elbo, mean, log_std, steps, lr):
    for _ in range(steps):
        mean = mean + lr * _gradients(elbo, *_leaves(mean, log_std))[0]
        log_std = log_std + lr * _gradients(elbo, *_leaves(mean, log_std))[1]
    return mean, log_std


def refine_order(elbo, mean, log_std, steps, lr):
    return refine_by_grad(elbo, mean, log_std, steps, lr)[::-1]


def refine_shared(elbo, mean, log_std, steps, lr):
    return _walk(elbo, mean, log_std, steps, lambda a, b: (lr * a.mean(0), lr * b.mean(0)))


REFERENCE = {"iwae_bound": iwae_by_logsumexp, "refine": refine_by_grad}
VARIANTS = {
    "iwae_bound": (iwae_by_logsumexp, iwae_by_maximum),
    "refine": (refine_by_grad, refine_by_optimiser, refine_row_by_row),
}
