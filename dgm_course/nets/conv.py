"""Convolutional networks: an image to numbers, and numbers to an image.

    encoder   convolution, ReLU, max-pool by 2; again ...; flatten; linear
    decoder   linear; unflatten; convolution, ReLU, upsample by 2; again ...; convolution

A convolution applies one small filter everywhere: its weights do not grow with the image, and a
shifted image gives a shifted map (LeCun et al. 1989). The decoder enlarges by repeating pixels and
convolving, not by a transposed convolution, whose strides leave a checkerboard (Odena, Dumoulin &
Olah 2016). Pooling rounds sizes up, 7 to 4 to 2 to 1, and the decoder goes back through the same
sizes: any rectangular (C, H, W) comes out as it went in. No activation follows the last layer.
"""

from collections.abc import Sequence

from torch import Tensor, nn

from dgm_course.nets.mlp import require_sizes


def pooled_sizes(shape: Sequence[int], times: int) -> list[tuple[int, int]]:
    """(H, W) of a (C, H, W) image, then after each of `times` poolings by 2, rounded up."""
    sizes = [(shape[-2], shape[-1])]
    for _ in range(times):
        height, width = sizes[-1]
        sizes.append(((height + 1) // 2, (width + 1) // 2))
    return sizes


class ConvEncoder(nn.Module):
    """Convolution-ReLU-pool for each of `channels`, then linear: (..., C, H, W) -> (..., outputs).

    Raises if shape is not (C, H, W) or a size is not a whole number >= 1.
    """

    def __init__(
        self, shape: Sequence[int], outputs: int, channels: Sequence[int] = (32, 64)
    ) -> None:
        super().__init__()
        self.shape = _image_shape(shape, outputs=[outputs], channels=channels)
        widths = [shape[0], *channels]
        layers: list[nn.Module] = []
        for before, after in zip(widths, channels, strict=False):
            layers += [nn.Conv2d(before, after, kernel_size=3, padding=1), nn.ReLU()]
            layers += [nn.MaxPool2d(2, ceil_mode=True)]
        height, width = pooled_sizes(shape, len(channels))[-1]
        head = nn.Linear(widths[-1] * height * width, outputs)
        self.layers = nn.Sequential(*layers, nn.Flatten(), head)

    def forward(self, x: Tensor) -> Tensor:
        """(..., C, H, W) -> (..., outputs).  Raises if x has another event shape."""
        if tuple(x.shape[-3:]) != self.shape:
            expected = ", ".join(["...", *map(str, self.shape)])
            raise ValueError(f"x: expected ({expected}), got {tuple(x.shape)}")
        out = self.layers(x.reshape(-1, *self.shape))
        return out.reshape(*x.shape[:-3], out.shape[-1])


class ConvDecoder(nn.Module):
    """Linear, then convolution-ReLU-upsample for each of `channels`: (..., dim) -> (..., C, H, W).

    A last convolution makes the C output channels. Raises if shape is not (C, H, W) or a size is
    not a whole number >= 1.
    """

    def __init__(self, dim: int, shape: Sequence[int], channels: Sequence[int] = (64, 32)) -> None:
        super().__init__()
        self.shape = _image_shape(shape, dim=[dim], channels=channels)
        self.dim = dim
        *larger, (height, width) = pooled_sizes(shape, len(channels))
        widths = [*channels[:1], *channels] or [shape[0]]
        start = (widths[0], height, width)
        layers: list[nn.Module] = [nn.Linear(dim, start[0] * height * width)]
        layers += [nn.Unflatten(-1, start)]
        for before, after, size in zip(widths, channels, reversed(larger), strict=False):
            layers += [nn.Conv2d(before, after, kernel_size=3, padding=1), nn.ReLU()]
            layers += [nn.Upsample(size)]
        last = nn.Conv2d(widths[-1], shape[0], kernel_size=3, padding=1)
        self.layers = nn.Sequential(*layers, last)

    def forward(self, z: Tensor) -> Tensor:
        """(..., dim) -> (..., C, H, W).  Raises if the last dim is another."""
        if z.dim() == 0 or z.shape[-1] != self.dim:
            raise ValueError(f"z: expected (..., {self.dim}), got {tuple(z.shape)}")
        return self.layers(z.reshape(-1, self.dim)).reshape(*z.shape[:-1], *self.shape)


def _image_shape(shape: Sequence[int], **sizes: Sequence[int]) -> tuple[int, int, int]:
    require_sizes(shape=shape, **sizes)
    if len(shape) != 3:
        raise ValueError(f"shape: expected (C, H, W), got {tuple(shape)}")
    return tuple(shape)
