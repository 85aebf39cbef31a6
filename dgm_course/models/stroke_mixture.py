r"""One stroke of a drawing: a mixture of correlated Gaussians for the offset, and the pen.

    p(dx, dy) = sum_j w_j N(dx, dy; means_j, stds_j, correlation_j)            eq. 3
    p(pen = k) = softmax(logits)_k, the pen down, up, or the drawing at its end  eq. 7

A row (dx, dy, p1, p2, p3) has a 1 for the state of the pen after the move. With p3 = 1 the drawing
has ended: the row has no offset, and its likelihood is the pen's alone.
Source: Ha & Eck 2017, A Neural Representation of Sketch Drawings; Graves 2013 for the mixture.
"""

import math

import torch
from torch import Tensor
from torch.distributions import Distribution
from torch.nn.functional import one_hot, softplus

from dgm_course.models.pixels import at_least_float32

PEN = 3  # states: down, up, end
EACH = 6  # numbers that a component needs: weight, mean and log_std of dx and dy, skew


def bivariate_log_prob(offset: Tensor, mean: Tensor, log_std: Tensor, skew: Tensor) -> Tensor:
    r"""Log density of correlated Gaussians, nats: (..., 2), (..., 2), (..., 2), (...) -> (...).

    Correlation $\rho = \tanh(s)$, s = skew. With $u, v$ the standardised offsets, the exponent
    $\frac{u^2 + v^2 - 2 \rho u v}{1 - \rho^2}$ of Graves 2013, eq. 24 and 25, is
    $u^2 + (v \cosh s - u \sinh s)^2$ and $-\frac{1}{2} \log(1 - \rho^2)$ is $\log \cosh s$: no
    difference of nearly equal numbers is left, however close to 1 the correlation is.
    """
    u, v = ((offset - mean) * (-log_std).exp()).unbind(-1)
    across = ((v - u) * skew.exp() + (v + u) * (-skew).exp()) / 2
    log_cosh = skew.abs() + softplus(-2 * skew.abs()) - math.log(2)
    return log_cosh - math.log(2 * math.pi) - log_std.sum(-1) - (u**2 + across**2) / 2


class StrokeMixture(Distribution):
    """The next row (5,) of a drawing: the pen's state, and an offset unless that is the end.

    params (..., 3 + 6 M) for M components; a temperature divides all logits and multiplies all
    variances, Ha & Eck 2017, eq. 5 to 8.
    """

    arg_constraints = {}  # noqa: RUF012  (torch's own attribute)

    def __init__(self, params: Tensor, temperature: float = 1.0) -> None:
        super().__init__(params.shape[:-1], torch.Size([5]), validate_args=False)
        params = at_least_float32(params)
        pen, mixture = params[..., :PEN], params[..., PEN:].unflatten(-1, (EACH, -1))
        self.log_pen = (pen / temperature).log_softmax(-1)
        self.log_weight = (mixture[..., 0, :] / temperature).log_softmax(-1)
        self.means = mixture[..., 1:3, :].mT
        self.log_std = mixture[..., 3:5, :].mT + 0.5 * math.log(temperature)
        self.skew = mixture[..., 5, :]

    def log_prob(self, x: Tensor) -> Tensor:
        """Nats: (..., 5) -> (...).  The log probability of an end, the log density of the rest."""
        args = self.means, self.log_std, self.skew
        log_offset = self.log_weight + bivariate_log_prob(x[..., None, :2], *args)
        log_pen = (x[..., 2:] * self.log_pen).sum(-1)
        return log_pen + torch.where(x[..., 4] > 0, 0, log_offset.logsumexp(-1))

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        """One row each, without gradient: -> (..., 5)."""
        with torch.no_grad():
            pen = one_hot(_choose(self.log_pen, generator), PEN).to(self.log_pen)
            k = _choose(self.log_weight, generator)[..., None]
            both = self.means, self.log_std
            mean, log_std = (t.take_along_dim(k[..., None], -2)[..., 0, :] for t in both)
            skew = self.skew.gather(-1, k)[..., 0]
            like = {"dtype": mean.dtype, "device": mean.device}
            u, w = torch.randn(mean.shape, generator=generator, **like).unbind(-1)
            v = u * skew.tanh() + w / skew.cosh()
            offset = mean + log_std.exp() * torch.stack([u, v], -1)
            return torch.cat([offset * (1 - pen[..., 2:]), pen], -1)


def _choose(log_prob: Tensor, generator: torch.Generator | None) -> Tensor:
    """Draws from probabilities on the last dim: (..., K) -> (...) int64."""
    rows = log_prob.exp().reshape(-1, log_prob.shape[-1])
    return rows.multinomial(1, generator=generator).reshape(log_prob.shape[:-1])
