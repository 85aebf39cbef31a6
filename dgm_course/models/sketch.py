r"""Sketch-RNN: a variational autoencoder of drawings, which are sequences of pen movements.

Data       row = (dx, dy, p1, p2, p3): an offset and the pen after it, down, up, or end of drawing;
           first the start row (0, 0, 1, 0, 0), last the end row (0, 0, 0, 0, 1), padded with it
Posterior  q(z|x) = N(mean, std^2) from the last states of a bidirectional LSTM        eq. 1, 2
Decoder    p(x|z) = prod_i p(x_i | x_<i, z): an LSTM that starts at tanh(W z) and reads z and the
           row before; its output is a `StrokeMixture`                                 eq. 3 to 7
Objective  elbo = log p(x|z) - KL(q(z|x) || N(0, I)), nats a drawing: all rows up to and with the
           end row, none of the padding; the end row has a pen, but no offset          eq. 9 to 11
Sampler    row after row; a temperature below 1 makes each choice surer                eq. 8

The equations are those of Ha & Eck 2017, A Neural Representation of Sketch Drawings. They divide
log p(x|z) by the largest number of rows N_max, count the pen in the padding too, and divide the KL
by the number of latents N_z. Here the loss is the bound; their weight w_KL is beta N_z / N_max.
"""

import math

import torch
from torch import Tensor, nn
from torch.distributions import Distribution

from dgm_course.models.decoders import GaussianPosterior
from dgm_course.models.priors import StandardNormal
from dgm_course.models.stroke_mixture import EACH, PEN, StrokeMixture
from dgm_course.models.vae import VAE
from dgm_course.nets.mlp import require_sizes


def start_row(like: Tensor) -> Tensor:
    """What every drawing begins with, (0, 0, 1, 0, 0): -> (5,), in the dtype of `like`."""
    return like.new_tensor([0, 0, 1, 0, 0])


def end_row(like: Tensor) -> Tensor:
    """What every drawing ends with, (0, 0, 0, 0, 1): -> (5,), in the dtype of `like`."""
    return like.new_tensor([0, 0, 0, 0, 1])


def require_drawings(x: Tensor, rows: int) -> None:
    """Raises ValueError unless x is (B, 2 to `rows`, 5) and each drawing starts and ends.

    So it does for a row without exactly one state of the pen, a move at the end, and a row after it
    that is another: they have no probability, and padding is not looked at later.
    """
    if x.dim() != 3 or x.shape[-1] != 5 or not 2 <= x.shape[1] <= rows:
        raise ValueError(f"x: expected (B, 2 to {rows}, 5), got {tuple(x.shape)}")
    for where, row in ((0, start_row(x)), (-1, end_row(x))):
        if not (x[:, where] == row).all():
            expected = tuple(int(value) for value in row)
            raise ValueError(f"x: expected row {where} of each drawing to be {expected}")
    pen, end = x[..., 2:], x[..., 4:]
    if not (((pen == 0) | (pen == 1)).all() and (pen.sum(-1) == 1).all()):
        raise ValueError("x: expected one state of the pen in each row, a 1 and two 0")
    if (x[..., :2] * end).any() or (end.diff(dim=1) < 0).any():
        raise ValueError("x: expected all rows to be (0, 0, 0, 0, 1) once a drawing has ended")


def undecided(x: Tensor) -> Tensor:
    """Which rows after the start come before or with the end row: (B, L + 1, 5) -> (B, L) bool."""
    return x[:, :-1, 4] == 0


class Drawing(Distribution):
    """A whole drawing (length + 1, 5) given z (B, D), as `decoder` draws it at a temperature.

    Every drawing ends: where no row before was the end, row `length` is.
    """

    arg_constraints = {}  # noqa: RUF012

    def __init__(self, decoder: "StrokeDecoder", z: Tensor, temperature: float = 1.0) -> None:
        if not 0 < temperature < math.inf:
            raise ValueError(f"temperature: expected a positive number, got {temperature}")
        self.decoder, self.z, self.temperature = decoder, z, temperature
        event = torch.Size([decoder.length + 1, 5])
        super().__init__(z.shape[:-1], event, validate_args=False)

    def log_prob(self, x: Tensor) -> Tensor:
        """Nats, rows up to and with the end: (B, 2 to length + 1, 5) -> (B,).  Teacher forcing.

        Raises if a drawing has more rows, or no start or end.
        """
        require_drawings(x, self.decoder.length + 1)
        params, _ = self.decoder.step(x[:, :-1], self.z, self.decoder.start(self.z))
        log_row = StrokeMixture(params, self.temperature).log_prob(x[:, 1:])
        counted = undecided(x)
        counted[:, self.decoder.length - 1 :] = False  # here the end is certain
        return torch.where(counted, log_row, 0).sum(-1)

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        """One drawing for each z, without gradient: -> (B, length + 1, 5)."""
        with torch.no_grad():
            row = start_row(self.z).expand(len(self.z), 5)
            rows, state = [row], self.decoder.start(self.z)
            for _ in range(self.decoder.length - 1):
                params, state = self.decoder.step(row[:, None], self.z, state)
                drawn = StrokeMixture(params[:, 0], self.temperature).sample(generator)
                ended = row[:, 4:] > 0
                row = torch.where(ended, end_row(self.z), drawn)
                rows.append(row)
            rows.append(end_row(self.z).expand_as(row))
            return torch.stack(rows, 1)


class StrokeEncoder(nn.Module):
    """An LSTM in each direction over the rows after the start: (B, L + 1, 5) -> (B, outputs).

    Each reads up to and with the end row, whatever padding follows, and gives its last state.
    Raises if a drawing has more than `length` rows after the start, or no start or end.
    """

    def __init__(self, outputs: int, hidden: int, length: int) -> None:
        super().__init__()
        self.length = length
        self.ahead = nn.LSTM(5, hidden, batch_first=True)
        self.back = nn.LSTM(5, hidden, batch_first=True)
        self.head = nn.Linear(2 * hidden, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """(B, L + 1, 5) -> (B, outputs)."""
        require_drawings(x, self.length + 1)
        rows, last = x[:, 1:], undecided(x).sum(-1, keepdim=True) - 1  # the place of the end row
        order = (last - torch.arange(rows.shape[1], device=x.device)).clamp(min=0)
        mirrored = rows.take_along_dim(order[..., None], 1)  # what follows row 0 is not looked at
        states = [
            lstm(given)[0].take_along_dim(last[..., None], 1)[:, 0]
            for lstm, given in ((self.ahead, rows), (self.back, mirrored))
        ]
        return self.head(torch.cat(states, -1))


class StrokeDecoder(nn.Module):
    """z (B, D) -> `Drawing`, at most `length` rows after the start, the end row included."""

    def __init__(self, dim: int, hidden: int, components: int, length: int) -> None:
        super().__init__()
        self.length = length
        self.first = nn.Linear(dim, 2 * hidden)
        self.lstm = nn.LSTM(5 + dim, hidden, batch_first=True)
        self.head = nn.Linear(hidden, PEN + EACH * components)

    def forward(self, z: Tensor, temperature: float = 1.0) -> Drawing:
        """p(x|z): (B, D) -> a distribution of drawings.  Raises if temperature is not positive."""
        return Drawing(self, z, temperature)

    def start(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """The state before the first row, h and c: (B, D) -> (1, B, hidden) x 2."""
        h, c = self.first(z).tanh()[None].chunk(2, -1)
        return h.contiguous(), c.contiguous()

    def step(self, x: Tensor, z: Tensor, state: tuple[Tensor, Tensor]) -> tuple[Tensor, tuple]:
        """Parameters of the row after each of x: (B, L, 5), (B, D), state -> (B, L, P), state."""
        z = z[:, None].expand(-1, x.shape[1], -1)
        out, state = self.lstm(torch.cat([x, z], -1), state)
        return self.head(out), state


class SketchVAE(nn.Module):
    """Sketch-RNN: `dim` latents, `components` Gaussians, and at most `length` rows after the start.

    The decoder's LSTM has `hidden` units, each of the encoder's two half as many, as in the paper.
    `beta` and `free_bits` are those of the VAE inside, `vae`, and may change while training.
    """

    def __init__(
        self,
        dim: int = 16,
        hidden: int = 128,
        components: int = 10,
        length: int = 41,
        beta: float = 1.0,
        free_bits: float = 0.0,
    ) -> None:
        super().__init__()
        require_sizes(dim=[dim], hidden=[hidden // 2], components=[components], length=[length])
        self.dim = dim
        self.vae = VAE(
            GaussianPosterior(StrokeEncoder(2 * dim, hidden // 2, length)),
            StrokeDecoder(dim, hidden, components, length),
            StandardNormal(dim),
            beta=beta,
            free_bits=free_bits,
        )

    def encode(self, x: Tensor) -> Tensor:
        """The mean of q(z|x): (B, L + 1, 5) -> (B, D)."""
        return self.vae.encode(x)

    def decode(
        self, z: Tensor, temperature: float = 1.0, generator: torch.Generator | None = None
    ) -> Tensor:
        """One drawing x ~ p(x|z) for each code, without gradient: (B, D) -> (B, length + 1, 5)."""
        return self.vae.decoder(z, temperature).sample(generator)

    def elbo(self, x: Tensor, noise: Tensor | None = None) -> Tensor:
        """The bound of log p(x), nats a drawing, whatever beta is: (B, L + 1, 5) -> (B,)."""
        return self.vae.elbo(x, noise)

    def iwae_bound(self, x: Tensor, k: int, generator: torch.Generator | None = None) -> Tensor:
        """The importance-weighted bound of k draws, nats: see `vae.iwae_bound`."""
        return self.vae.iwae_bound(x, k, generator=generator)

    def loss(self, x: Tensor, noise: Tensor | None = None) -> Tensor:
        """-log p(x|z) + beta KL in nats, summed over a drawing, mean over the batch: -> ()."""
        return self.vae.loss(x, noise)

    def sample(
        self, n: int, temperature: float = 1.0, generator: torch.Generator | None = None
    ) -> Tensor:
        """z ~ N(0, I), then x ~ p(x|z), without gradient: -> (n, length + 1, 5)."""
        like = {"dtype": self.vae.prior.mean.dtype, "device": self.vae.prior.mean.device}
        z = torch.randn(n, self.dim, generator=generator, **like)
        return self.decode(z, temperature, generator)
