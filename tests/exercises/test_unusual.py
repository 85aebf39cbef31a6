"""Right answers as people write them who know another library, or none: all of them are right."""

import math

import numpy as np
import pytest
import scipy.special
import scipy.stats
import torch
import torch.nn.functional as F
from scipy.spatial.distance import jensenshannon
from torch.distributions import (
    Categorical,
    Independent,
    MixtureSameFamily,
    MultivariateNormal,
    Normal,
    kl_divergence,
)

from dgm_course.exercises.exercise import State
from dgm_course.models.density import KernelDensity

from .test_exercises import EXERCISES, assert_right
from .unusual_autoencoders import ANSWERS as ON_AUTOENCODERS
from .unusual_vae import ANSWERS as ON_VAE

LABS = {exercise.name: lab for lab, exercise in EXERCISES}


def entropy_row_by_row(p):
    def of(row):
        return -sum(x * math.log(x) for x in row if x > 0)

    return np.apply_along_axis(of, -1, p.numpy())


def kl_by_indices(p, q):
    out = torch.zeros(p.shape[:-1])
    for place in np.ndindex(*p.shape):
        if p[place] > 0:
            out[place[:-1]] += p[place] * torch.log(p[place] / q[place])
    return out


def js_with_epsilon(p, q):
    m, tiny = (p + q) / 2, 1e-12
    terms = p * ((p + tiny) / (m + tiny)).log() + q * ((q + tiny) / (m + tiny)).log()
    return terms.sum(-1) / 2


def js_by_losses(p, q):
    m = ((p + q) / 2).log()
    return (F.kl_div(m, p, reduction="none") + F.kl_div(m, q, reduction="none")).sum(-1) / 2


def gaussians_in_numpy(mean_p, log_std_p, mean_q, log_std_q):
    a, b, c, d = (np.asarray(x, "f8") for x in (mean_p, log_std_p, mean_q, log_std_q))
    return (d - b + (np.exp(2 * b) + (a - c) ** 2) / (2 * np.exp(2 * d)) - 0.5).sum(-1)


def gaussians_with_matrices(mean_p, log_std_p, mean_q, log_std_q):
    p = MultivariateNormal(mean_p, torch.diag_embed((2 * log_std_p).exp()))
    return kl_divergence(p, MultivariateNormal(mean_q, torch.diag_embed((2 * log_std_q).exp())))


def fit_by_sorting(log_p, log_q):
    forward = (log_p.exp() * (log_p - log_q)).sum(1).argsort()[0]
    return [forward, (log_q.exp().double() * (log_q - log_p)).sum(1).argsort()[0].to(torch.int32)]


def fit_as_floats(log_p, log_q):
    forward = torch.argmax((log_p.exp() * log_q).sum(1))
    return float(forward), np.float64(np.argmin((log_q.exp() * (log_q - log_p)).sum(1)))


def f_in_numpy(p, q, f):
    p, q = p.numpy(), q.numpy()
    return (q * f(p / q)).sum(-1)


def f_in_python(p, q, f):
    outcomes = p.shape[-1]
    rows = zip(p.reshape(-1, outcomes).tolist(), q.reshape(-1, outcomes).tolist(), strict=True)
    sums = [sum(b * f(a / b) for a, b in zip(*row, strict=True)) for row in rows]
    return torch.tensor(sums).reshape(p.shape[:-1])


def f_by_vmap(p, q, f):
    return torch.vmap(torch.vmap(lambda a, b: (b * f(a / b)).sum()))(p, q)


def likelihood_by_loss(x, mean, std):
    options = {"full": True, "reduction": "none", "eps": 0}
    loss = F.gaussian_nll_loss(mean.expand_as(x), x, (std**2).expand_as(x), **options)
    return -loss.sum(-1)


def kde_by_distances(x, data, bandwidth):
    log_kernels = -(torch.cdist(x, data) ** 2) / (2 * bandwidth**2)
    volume = x.shape[1] * math.log(bandwidth * math.sqrt(2 * math.pi))
    return log_kernels.logsumexp(1) - math.log(len(data)) - volume


def kde_by_mixture(x, data, bandwidth):
    parts = Independent(Normal(data, bandwidth), 1)
    return MixtureSameFamily(Categorical(torch.ones(len(data))), parts).log_prob(x)


def kde_by_sklearn(x, data, bandwidth):
    from sklearn.neighbors import KernelDensity as Theirs

    return Theirs(bandwidth=bandwidth).fit(data.numpy()).score_samples(x.numpy())


def bandwidth_by_key(train, validation, bandwidths):
    return max(bandwidths, key=lambda h: KernelDensity(train, h).log_prob(validation).mean())


def auc_by_sklearn(inlier, outlier):
    from sklearn.metrics import roc_auc_score

    return roc_auc_score([1] * len(inlier) + [0] * len(outlier), torch.cat([inlier, outlier]))


def auc_by_python(inlier, outlier):
    pairs = [(a, b) for a in inlier.tolist() for b in outlier.tolist()]
    return sum((a > b) + 0.5 * (a == b) for a, b in pairs) / len(pairs)


def inverse_by_walking(u, edges, p):
    out = []
    for left in u.tolist():
        cell = 0
        while cell < len(p) - 1 and left > p[cell]:
            left, cell = left - p[cell].item(), cell + 1
        out.append(edges[cell] + left / p[cell] * (edges[cell + 1] - edges[cell]))
    return torch.stack(out)


def inverse_by_clamping(u, edges, p):
    before = F.pad(p.cumsum(0), (1, 0))[:-1]
    return edges[0] + (((u[:, None] - before) / p).clamp(0, 1) * edges.diff()).sum(-1)


def push_by_svd(noise, mean, covariance):
    u, s, _ = torch.linalg.svd(covariance)
    return mean - (noise * s.sqrt()) @ u.T


NEARLY = [  # NaN where p = q = 0
    lambda p, q: F.kl_div(q.log(), p, reduction="none").sum(-1),
    lambda p, q: torch.xlogy(p, p / q).sum(-1),
]
ANSWERS = {
    "information": [
        lambda p: p.clone().apply_(lambda x: -math.log(x) if x else math.inf),
        lambda p: F.binary_cross_entropy(p, torch.ones_like(p), reduction="none"),
        lambda p: p.clone().log_().neg_(),
        lambda p: -torch.log2(p) * math.log(2),
    ],
    "entropy": [
        lambda p: Categorical(p).entropy(),
        lambda p: scipy.stats.entropy(p, axis=-1),
        lambda p: -(p * p.log()).nansum(-1),
        lambda p: -(p * (p + 1e-10).log()).sum(-1),
        lambda p: torch.where(p > 0, -p * p.log(), 0.0).sum(-1).requires_grad_(),
        entropy_row_by_row,
    ],
    "kl_divergence": [
        lambda p, q: kl_divergence(Categorical(p), Categorical(q)),
        lambda p, q: scipy.special.rel_entr(p, q).sum(-1),
        lambda p, q: scipy.stats.entropy(p, q, axis=-1),
        lambda p, q: (p * (p.log2() - q.log2()) * math.log(2)).nansum(-1),
        kl_by_indices,
    ],
    "js_divergence": [
        lambda p, q: jensenshannon(p, q, axis=-1) ** 2,
        js_by_losses,
        js_with_epsilon,
    ],
    "kl_gaussians": [gaussians_in_numpy, gaussians_with_matrices],
    "fit_gaussian": [fit_by_sorting, fit_as_floats],
    "f_divergence": [f_in_numpy, f_in_python, f_by_vmap],
    "gaussian_mle": [
        lambda x: (np.mean(x.numpy(), 0), np.std(x.numpy(), 0)),
        lambda x: torch.std_mean(x, 0, correction=0)[::-1],
        lambda x: [x.sum(0) / len(x), x.T.cov(correction=0).diagonal().sqrt()],
    ],
    "log_likelihood": [
        lambda x, mean, std: MultivariateNormal(mean, torch.diag(std**2)).log_prob(x),
        lambda x, mean, std: scipy.stats.norm.logpdf(x, mean, std).sum(-1),
        lambda x, mean, std: torch.stack([Normal(mean, std).log_prob(r).sum() for r in x]),
        likelihood_by_loss,
    ],
    "kde_log_prob": [
        kde_by_distances,
        kde_by_mixture,
        kde_by_sklearn,
    ],
    "choose_bandwidth": [bandwidth_by_key],
    "outlier_auc": [
        lambda a, b: ((a[:, None] - b).sign() + 1).mean() / 2,
        lambda a, b: torch.heaviside(a[:, None] - b, torch.tensor(0.5)).mean().item(),
        auc_by_sklearn,
        auc_by_python,
    ],
    "sample_histogram": [
        lambda u, edges, p: np.interp(u, np.r_[0, np.cumsum(p)], edges),
        inverse_by_walking,
        inverse_by_clamping,
    ],
    "push_forward": [
        lambda z, mean, s: torch.stack([mean + torch.linalg.cholesky(s) @ row for row in z]),
        lambda z, mean, s: mean + z @ torch.linalg.cholesky(s, upper=True),
        lambda z, mean, s: z.numpy() @ np.linalg.cholesky(s.numpy()).T + mean.numpy(),
        push_by_svd,
    ],
}
ANSWERS |= ON_AUTOENCODERS | ON_VAE
CASES = [
    pytest.param(name, answer, id=f"{name}-{i}")
    for name, answers in ANSWERS.items()
    for i, answer in enumerate(answers)
]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(("name", "answer"), CASES)
def test_an_answer_written_in_another_way_is_right(name, answer):
    assert_right(LABS[name], LABS[name].find(name), answer)


def test_every_exercise_has_unusual_answers():
    assert set(ANSWERS) == set(LABS)


@pytest.mark.parametrize("answer", NEARLY)
def test_a_kl_that_is_nan_where_both_are_zero_loses_that_point_alone(answer):
    report = LABS["kl_divergence"].report(answer, name="kl_divergence")
    assert (report.state, report.points) == (State.NOT_FINITE, 4)
