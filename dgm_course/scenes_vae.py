"""Pictures of lecture 03: what `plot` is too general for.

maps            the codes of digits in the plane, and what codes drawn there decode to
hidden_causes   a linear-Gaussian model: its evidence over x, and prior, posterior, q over z
by_sampling     how far two averages over draws miss the log evidence of linear-Gaussian models
gap             the bound below the log evidence, for ever wider q
estimates       single draws of two estimators of one gradient
best_upright    the best q with independent dims of a linear-Gaussian model
"""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor
from torch.distributions import Distribution, MultivariateNormal, Normal

from dgm_course import plot
from dgm_course.models.linear_gaussian import LinearGaussian
from dgm_course.scenes_autoencoders import DIGIT_COLORS

ELLIPSE = np.stack([np.cos(t := np.linspace(0, 2 * np.pi, 100)), np.sin(t)])
RADIUS = np.sqrt(2 * np.log(10))  # holds 90 % of a Gaussian in the plane


def maps(models: Mapping[str, tuple], label: Tensor, *, alt: str, drawn: str) -> None:
    """A column a model: codes (N, 2) of images with these digits, codes drawn (n, 2), images made.

    Codes of real images are digits, codes drawn are rings; `drawn` is the title of the images.
    """
    with plot.figure(2, len(models), size=(4.0, 2.05), alt=alt) as axes:
        panels = zip(models.items(), axes, axes[len(models) :], strict=False)
        for (name, (z, rings, x)), above, below in panels:
            _codes(above, plot.array(z), plot.array(label))
            look = {"mfc": "none", "mec": "black", "ms": 8, "mew": 1.3}
            above.plot(*plot.array(rings).T, "o", **look)
            above.set(title=f"{name}: codes of digits, codes drawn", xlabel="z₁", ylabel="z₂")
            plot.images(x, rows=3, ax=below, title=drawn)


def _codes(ax, z: np.ndarray, label: np.ndarray) -> None:
    for digit in np.unique(label):
        color = DIGIT_COLORS[digit % len(DIGIT_COLORS)]
        ax.scatter(*z[label == digit].T, s=24, marker=f"${digit}$", color=color, lw=0)
    ax.grid(visible=False)


def hidden_causes(model: LinearGaussian, x: Tensor, q: Distribution, *, alt: str) -> None:
    """Left p(x) over the plane, with one x (1, 2); right what may have caused it, as ellipses.

    Each ellipse holds 90 % of a Gaussian over z: the prior, the exact posterior of x, and q.
    """
    titles = ["x: the evidence p(x), and one x", "z: which codes may have caused it?"]
    with plot.figure(1, 2, titles=titles, size=(4.3, 3.9), alt=alt) as (left, right):
        plot.density(model.log_prob, limit=4.0, ax=left)
        left.plot(*plot.array(x)[0], "o", color=plot.COLOR["wrong"], ms=9, mec="white")
        left.set(xlabel="x₁", ylabel="x₂")
        prior = MultivariateNormal(torch.zeros_like(q.mean), torch.eye(2, dtype=x.dtype))
        ellipses = {
            "prior p(z)": (prior, "noise", "-"),
            "posterior p(z|x)": (model.posterior(x), "data", "-"),
            "q(z|x)": (q, "model", "--"),
        }
        for name, (p, role, style) in ellipses.items():
            right.plot(*ellipse(p), style, color=plot.COLOR[role], label=name)
        right.set(xlim=(-3, 3), ylim=(-3, 3.8), xlabel="z₁", ylabel="z₂", aspect="equal")
        right.legend(loc="upper right", ncols=1)


def ellipse(p: Distribution) -> np.ndarray:
    """The border of what holds 90 % of a Gaussian (1, 2) over the plane: (2, 100)."""
    mean, root = _mean_and_root(p)
    return plot.array(mean[0])[:, None] + RADIUS * plot.array(root[0]) @ ELLIPSE


def _mean_and_root(p: Distribution) -> tuple[Tensor, Tensor]:
    """A Gaussian's mean (B, D), and the triangle (B, D, D) whose square is its covariance."""
    return p.mean, p.scale_tril if hasattr(p, "scale_tril") else p.stddev.diag_embed()


def by_sampling(dim: int, draws: tuple[int, int], images: int = 10) -> list[float]:
    """Mean errors in log p(x), nats, of averages over so many draws of the prior and of q.

    The model is linear-Gaussian with `dim` latents and random weights, and known exactly.
    """
    weight = torch.randn(2 * dim, dim, dtype=torch.float64)
    model = LinearGaussian(weight, torch.zeros_like(weight[:, 0]), 0.5).requires_grad_(False)
    x = model.sample(images)
    prior = normal(torch.zeros(images, dim).double(), torch.ones(images, dim).double())
    errors = []
    for source, n in zip((prior, best_upright(model, x)), draws, strict=True):
        z = source.sample((n,))
        log_weight = model(z).log_prob(x) + prior.log_prob(z) - source.log_prob(z)
        guess = log_weight.logsumexp(0) - np.log(n)
        errors.append((guess - model.log_prob(x)).mean().item())
    return errors


def best_upright(model: LinearGaussian, x: Tensor) -> Distribution:
    """The q with independent dims and least KL to the posterior: its means, and 1 / precision."""
    posterior = model.posterior(x)
    return normal(posterior.mean, posterior.precision_matrix.diagonal(dim1=-2, dim2=-1).rsqrt())


def gap(model: LinearGaussian, x: Tensor, *, ax) -> None:
    """The log evidence of one x (1, X), and bounds below it; the room between is a KL.

    The bounds are those of the best q with independent dims and of the posterior, both with a
    standard deviation from a quarter to four times the right one.
    """
    upright, (mean, root) = best_upright(model, x), _mean_and_root(model.posterior(x))
    factors = torch.logspace(-2, 2, 81, base=2, dtype=x.dtype)
    evidence = model.log_prob(x).item()
    families = {
        "q with independent dims": lambda f: normal(upright.mean, f * upright.stddev),
        "q tilted as the posterior": lambda f: MultivariateNormal(mean, scale_tril=f * root),
    }
    colors = plot.COLOR["model"], plot.COLOR["data"]
    for (name, family), color in zip(families.items(), colors, strict=True):
        low = [model.elbo(x, family(f)).item() for f in factors]
        ax.plot(factors, low, color=color, label=name)
    ax.fill_between(factors, low, evidence, color=color, alpha=0.15, lw=0)
    ax.axhline(evidence, color="black", lw=1.2, label="log p(x)")
    ax.set(xscale="log", ylim=(evidence - 6, evidence + 0.6))
    ax.set(xlabel="std of q, as a multiple of the best", ylabel="nats")
    ax.set_xticks([0.25, 0.5, 1, 2, 4], ["¼", "½", "1", "2", "4"])
    ax.minorticks_off()
    ax.legend()


def estimates(draws: Mapping[str, Tensor], truth: float, *, ax, limit: float) -> None:
    """Histograms of two estimators' single draws (n,) around what both have as their mean."""
    colors = [plot.COLOR["model"], plot.COLOR["other"]]
    inside = {name: value[value.abs() < limit] for name, value in draws.items()}
    plot.histogram(inside, bins=80, range=(-limit, limit), colors=colors, ax=ax)
    ax.axvline(truth, color="black", lw=1.2, label="the gradient")
    ax.set(xlabel="gradient from one draw of z", yscale="log")
    ax.legend()


def normal(mean: Tensor, std: Tensor) -> Distribution:
    """Independent normals over the last dim: (B, D), (B, D) -> a distribution of (D,)."""
    return torch.distributions.Independent(Normal(mean, std), 1)
