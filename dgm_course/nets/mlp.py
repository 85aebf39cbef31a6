"""Fully connected networks: numbers in, numbers out, and images flattened to numbers on the way.

    h_0 = x,   h_i = activation(W_i h_{i-1} + b_i),   out = W h_last + b

One hidden layer that is wide enough comes near any continuous function on a bounded set (Cybenko
1989; Hornik 1991). No activation follows the last layer: the output is any real number, to be read
by whoever asked for it, as a code, a mean, a log standard deviation or a logit. Networks here know
nothing of losses.
"""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

from torch import Tensor, nn


def image_encoder(
    shape: Sequence[int], outputs: int, hidden: Sequence[int] = (256, 256)
) -> nn.Sequential:
    """Flatten, then an MLP: (..., *shape) -> (..., outputs).  Raises if a size is not >= 1."""
    return nn.Sequential(nn.Flatten(-len(shape)), MLP(math.prod(shape), outputs, hidden))


def image_decoder(
    dim: int, shape: Sequence[int], hidden: Sequence[int] = (256, 256)
) -> nn.Sequential:
    """An MLP, then unflatten: (..., dim) -> (..., *shape).  Raises if a size is not >= 1."""
    return nn.Sequential(MLP(dim, math.prod(shape), hidden), nn.Unflatten(-1, tuple(shape)))


def require_sizes(**sizes: Sequence[int]) -> None:
    """Raises ValueError, with the name, where one of these sizes is not a whole number >= 1."""
    for name, values in sizes.items():
        if not all(value == int(value) and value >= 1 for value in values):
            raise ValueError(f"{name}: expected whole numbers >= 1, got {tuple(values)}")


class MLP(nn.Module):
    """Linear, activation, ..., linear on the last dim: (..., inputs) -> (..., outputs).

    `hidden=()` leaves one affine map. `activation()` makes the module that follows each hidden
    layer. Raises if a size is not a whole number >= 1.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        hidden: Sequence[int] = (256, 256),
        activation: Callable[[], nn.Module] = nn.ReLU,
    ) -> None:
        super().__init__()
        require_sizes(inputs=[inputs], outputs=[outputs], hidden=hidden)
        widths = [inputs, *hidden]
        layers: list[nn.Module] = []
        for before, after in pairwise(widths):
            layers += [nn.Linear(before, after), activation()]
        self.layers = nn.Sequential(*layers, nn.Linear(widths[-1], outputs))

    def forward(self, x: Tensor) -> Tensor:
        """(..., inputs) -> (..., outputs).  Raises if the last dim is another."""
        inputs = self.layers[0].in_features
        if x.dim() == 0 or x.shape[-1] != inputs:
            raise ValueError(f"x: expected (..., {inputs}), got {tuple(x.shape)}")
        return self.layers(x)
