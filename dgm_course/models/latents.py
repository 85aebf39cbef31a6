r"""Looking into a latent space: which dims are in use, and the ways from one point to another.

    active_units   the mean of q(z|x) has a variance above 0.01 over the data     Burda et al. 2016
    interpolate    (1 - t) a + t b, the straight line
    slerp          the arc from a to b              Shoemake 1985; between latents White 2016

Half way between two draws of N(0, I) in many dims the straight line is shorter than any draw, by
$\sqrt 2$: few latents lie there. The arc keeps the length.
"""

import torch
from torch import Tensor


def active_units(mean: Tensor, threshold: float = 0.01) -> Tensor:
    r"""Which latents tell images apart, from posterior means of n images: (n, D) -> (D,) bool.

    $\mathrm{Var}_x(\mathrm{E}_{q(z|x)}[z_d]) > 0.01$, Burda et al. 2016, section 5.2.
    Raises if mean is not (n, D) with n > 1.
    """
    if mean.dim() != 2 or len(mean) < 2:
        raise ValueError(f"mean: expected (n, D) with n > 1, got {tuple(mean.shape)}")
    return mean.var(0) > threshold


def interpolate(a: Tensor, b: Tensor, steps: int) -> Tensor:
    """Equal steps on the straight line from a to b, both included: -> (steps, *shape of a).

    Raises if the shapes differ or steps < 2.
    """
    t = _times(a, b, steps)
    return (1 - t) * a + t * b


def slerp(a: Tensor, b: Tensor, steps: int) -> Tensor:
    r"""Equal angles from a to b, both included: (..., D), (..., D) -> (steps, ..., D).

    $\frac{\sin (1-t)\theta}{\sin \theta} a + \frac{\sin t\theta}{\sin \theta} b$, $\theta$ the
    angle between a and b: Shoemake 1985. The straight line if the angle is zero. Raises as
    interpolate does, and for a half turn, when no arc is the shortest.
    """
    t = _times(a, b, steps)
    u, v = (x / x.norm(dim=-1, keepdim=True) for x in (a, b))
    angle = 2 * torch.atan2((u - v).norm(dim=-1, keepdim=True), (u + v).norm(dim=-1, keepdim=True))
    arc = (angle / torch.pi).sinc()
    if not (arc > torch.finfo(arc.dtype).eps).all():
        raise ValueError("a, b: expected vectors that are not zero or opposite to each other")
    return (
        (1 - t) * ((1 - t) * angle / torch.pi).sinc() * a + t * (t * angle / torch.pi).sinc() * b
    ) / arc


def _times(a: Tensor, b: Tensor, steps: int) -> Tensor:
    """0 to 1 in equal steps, shaped to multiply a: (steps, 1, ..., 1)."""
    if a.shape != b.shape:
        raise ValueError(f"b: expected the shape of a {tuple(a.shape)}, got {tuple(b.shape)}")
    if steps < 2:
        raise ValueError(f"steps: expected at least 2, got {steps}")
    t = torch.linspace(0, 1, steps, dtype=a.dtype, device=a.device)
    return t.reshape(-1, *(1 for _ in a.shape))
