r"""Autoencoders: through a narrow code and back, with as little lost as possible.

    z = encode(x) in R^dim,   reconstruction = decode(z),   loss = mean (decode(encode(x)) - x)^2

linear         both maps affine: at the optimum the code spans the principal subspace of the data
               and the error is PCA's (Bourlard & Kamp 1988; Baldi & Hornik 1989)
deep           MLPs with ReLU on both sides (Hinton & Salakhutdinov 2006)
convolutional  convolution-ReLU-pool, then convolution-ReLU-upsample
denoising      noisy image in, clean image as the target: the best answer is the mean of the clean
               images given the noisy one (Vincent et al. 2008). With Gaussian data of covariance S
               and mean 0 it is S (S + std^2 I)^{-1} x, Wiener's filter.

An autoencoder has no `sample`: nothing says which codes the data use, so there is no distribution
to draw z from. What is lost is data-specific: the codec of digits is a bad codec of letters.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from dgm_course.nets.conv import ConvDecoder, ConvEncoder
from dgm_course.nets.mlp import image_decoder, image_encoder


def linear(shape: Sequence[int], dim: int) -> "Autoencoder":
    """Affine encoder and decoder between (*shape) and `dim` numbers: PCA, found by descent."""
    return deep(shape, dim, hidden=())


def deep(shape: Sequence[int], dim: int, hidden: Sequence[int] = (256, 256)) -> "Autoencoder":
    """MLPs of these hidden widths; the decoder has them in the opposite order."""
    return Autoencoder(image_encoder(shape, dim, hidden), image_decoder(dim, shape, hidden[::-1]))


def convolutional(
    shape: Sequence[int], dim: int, channels: Sequence[int] = (32, 64)
) -> "Autoencoder":
    """Convolutions on (C, H, W) images; the decoder has the channels in the opposite order."""
    return Autoencoder(ConvEncoder(shape, dim, channels), ConvDecoder(dim, shape, channels[::-1]))


def mean_squared_error(a: Tensor, b: Tensor) -> Tensor:
    """Mean over everything of (a - b)^2: -> ().  Raises if their shapes differ."""
    if a.shape != b.shape:
        raise ValueError(f"b: expected {tuple(a.shape)}, the shape of a, got {tuple(b.shape)}")
    return (a - b).square().mean()


class Autoencoder(nn.Module):
    """An encoder (B, *event) -> (B, D) and a decoder (B, D) -> (B, *event), trained as one."""

    def __init__(self, encoder: nn.Module, decoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder

    def encode(self, x: Tensor) -> Tensor:
        """The code of each image: (B, *event) -> (B, D)."""
        return self.encoder(x)

    def decode(self, z: Tensor) -> Tensor:
        """The image of each code, in the units of x: (B, D) -> (B, *event)."""
        return self.decoder(z)

    def forward(self, x: Tensor) -> Tensor:
        """The reconstruction: (B, *event) -> (B, *event)."""
        return self.decode(self.encode(x))

    def loss(self, x: Tensor) -> Tensor:
        r"""Squared error of the reconstruction, mean over event and batch: (B, *event) -> ().

        $\frac{1}{B D} \sum_{b,d} (\hat x_{bd} - x_{bd})^2$, Hinton & Salakhutdinov 2006.
        """
        return mean_squared_error(self(x), x)


class DenoisingAutoencoder(nn.Module):
    """An autoencoder that sees x + std * noise, noise ~ N(0, I), and is asked for x.

    `encode`, `decode` and `forward` are those of the autoencoder inside and add no noise: give them
    the image to be cleaned. Raises if std is negative or not finite.
    """

    def __init__(self, autoencoder: Autoencoder, std: float) -> None:
        super().__init__()
        if not 0 <= std < math.inf:
            raise ValueError(f"std: expected a standard deviation >= 0, got {std}")
        self.autoencoder = autoencoder
        self.std = float(std)

    def encode(self, x: Tensor) -> Tensor:
        """The code of each image: (B, *event) -> (B, D)."""
        return self.autoencoder.encode(x)

    def decode(self, z: Tensor) -> Tensor:
        """The image of each code, in the units of x: (B, D) -> (B, *event)."""
        return self.autoencoder.decode(z)

    def forward(self, x: Tensor) -> Tensor:
        """The cleaned image of a noisy one: (B, *event) -> (B, *event)."""
        return self.autoencoder(x)

    def loss(self, x: Tensor, noise: Tensor | None = None) -> Tensor:
        r"""Squared error of the cleaned image, mean over event and batch: (B, *event) -> ().

        $\mathbb{E}\, (f(x + \sigma \epsilon) - x)^2$, Vincent et al. 2008, eq. 5: x is clean.
        `noise` is $\epsilon$, like x; drawn anew if None. Raises if it has another shape.
        """
        noise = torch.randn_like(x) if noise is None else noise
        if noise.shape != x.shape:
            raise ValueError(f"noise: expected {tuple(x.shape)}, got {tuple(noise.shape)}")
        return mean_squared_error(self(x + self.std * noise), x)
