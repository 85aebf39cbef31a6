"""Right and wrong answers to the exercises on training; the suite gives each its verdict."""

import torch


# training_step(model, optimizer, x)
def _loss(model, x):
    return (model(x) - x).square().mean()


def step_by_the_book(model, optimizer, x):
    loss = _loss(model, x)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def step_that_clears_at_the_end(model, optimizer, x):
    loss = torch.nn.functional.mse_loss(model(x), x.to(model(x).dtype))
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss.detach()


def step_by_hand(model, optimizer, x):
    loss = (model(x) - x).flatten().norm() ** 2 / x.numel()
    params = list(model.parameters())
    for p, grad in zip(params, torch.autograd.grad(loss, params), strict=True):
        p.grad = grad
    optimizer.step()
    return loss


def step_without_zero_grad(model, optimizer, x):
    loss = _loss(model, x)
    loss.backward()
    optimizer.step()
    return loss


def step_before_backward(model, optimizer, x):
    optimizer.zero_grad()
    loss = _loss(model, x)
    optimizer.step()
    loss.backward()
    return loss


def step_cleared_too_late(model, optimizer, x):
    loss = _loss(model, x)
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()
    return loss


def step_without_step(model, optimizer, x):
    optimizer.zero_grad()
    loss = _loss(model, x)
    loss.backward()
    return loss


def step_without_backward(model, optimizer, x):
    optimizer.zero_grad()
    loss = _loss(model, x)
    optimizer.step()
    return loss


def _down(optimizer, loss):
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def step_uphill(model, optimizer, x):
    loss = _loss(model, x)
    _down(optimizer, -loss)
    return loss


def step_sum(model, optimizer, x):
    loss = _loss(model, x) * x.numel()
    _down(optimizer, loss)
    return loss


def step_mean_over_batch(model, optimizer, x):
    loss = _loss(model, x) * x[0].numel()
    _down(optimizer, loss)
    return loss


def step_on_norm(model, optimizer, x):
    loss = _loss(model, x).sqrt()
    _down(optimizer, loss)
    return loss


def step_without_squares(model, optimizer, x):
    loss = (model(x) - x).mean()
    _down(optimizer, loss)
    return loss


def step_absolute(model, optimizer, x):
    loss = (model(x) - x).abs().mean()
    _down(optimizer, loss)
    return loss


def step_loss_after(model, optimizer, x):
    _down(optimizer, _loss(model, x))
    return _loss(model, x)


# denoising_loss(model, x, noise, std)
def denoising_by_mean(model, x, noise, std):
    return (model(x + std * noise) - x).square().mean()


def denoising_by_torch(model, x, noise, std):
    return torch.nn.functional.mse_loss(model(torch.add(x, noise, alpha=std)), x)


def denoising_in_numpy(model, x, noise, std):
    x, noise = x.numpy().astype("f8"), noise.numpy()
    return ((x - model(x + std * noise)) ** 2).mean(axis=(1, 2, 3)).mean()


def denoising_noisy_target(model, x, noise, std):
    noisy = x + std * noise
    return (model(noisy) - noisy).square().mean()


def denoising_clean_input(model, x, noise, std):
    return (model(x) - x).square().mean()


def denoising_exchanged(model, x, noise, std):
    return (model(x) - x - std * noise).square().mean()


def denoising_noise_target(model, x, noise, std):
    return (model(x + std * noise) - noise).square().mean()


def denoising_variance(model, x, noise, std):
    return denoising_by_mean(model, x, noise, std**2)


def denoising_unscaled(model, x, noise, std):
    return denoising_by_mean(model, x, noise, 1.0)


def denoising_sum(model, x, noise, std):
    return (model(x + std * noise) - x).square().sum()


def denoising_sum_over_pixels(model, x, noise, std):
    return denoising_by_mean(model, x, noise, std) * x[0].numel()


def denoising_noise_on_output(model, x, noise, std):
    return (model(x) + std * noise - x).square().mean()


def denoising_own_noise(model, x, noise, std):
    return denoising_by_mean(model, x, torch.randn_like(x), std)


def denoising_clamped(model, x, noise, std):
    return (model((x + std * noise).clamp(-1, 1)) - x).square().mean()


def denoising_absolute(model, x, noise, std):
    return (model(x + std * noise) - x).abs().mean()


def denoising_one_noise(model, x, noise, std):
    return denoising_by_mean(model, x, noise[:1], std)


REFERENCE = {"training_step": step_by_the_book, "denoising_loss": denoising_by_mean}
VARIANTS = {
    "training_step": (step_by_the_book, step_that_clears_at_the_end, step_by_hand),
    "denoising_loss": (denoising_by_mean, denoising_by_torch, denoising_in_numpy),
}
