"""Right and wrong answers to the exercise that builds an autoencoder."""

from itertools import pairwise

from torch import nn


# make_autoencoder(height, width, dim, hidden)
def _layers(*sizes, bias=True):
    return [nn.Linear(a, b, bias=bias) for a, b in pairwise(sizes)]


def _pair(height, width, dim, hidden, bias=True, relu=nn.ReLU, code=nn.Identity, last=()):
    shape = (1, height, width)
    first, second = _layers(height * width, hidden, dim, bias=bias)
    third, fourth = _layers(dim, hidden, height * width, bias=bias)
    last = last or (nn.Unflatten(1, shape),)
    encoder = nn.Sequential(nn.Flatten(), first, relu(), second, code())
    return encoder, nn.Sequential(third, relu(), fourth, *last)


def make_by_sequential(height, width, dim, hidden):
    return _pair(height, width, dim, hidden)


class _Encoder(nn.Module):
    def __init__(self, pixels, dim, hidden):
        nn.Module.__init__(self)
        self.head = nn.Linear(hidden, dim)
        self.body = nn.Linear(pixels, hidden)

    def forward(self, x):
        return self.head(self.body(x.flatten(1)).clamp(min=0))


class _Decoder(nn.Module):
    def __init__(self, height, width, dim, hidden):
        nn.Module.__init__(self)
        self.shape = 1, height, width
        self.last = nn.Linear(hidden, height * width)
        self.first = nn.Linear(dim, hidden)

    def forward(self, z):
        return self.last(self.first(z).relu()).view(len(z), *self.shape)


def make_by_classes(height, width, dim, hidden):
    return _Encoder(height * width, dim, hidden), _Decoder(height, width, dim, hidden)


def make_by_lazy_layers(height, width, dim, hidden):
    encoder = nn.Sequential(nn.Flatten(), nn.LazyLinear(hidden), nn.ReLU(), nn.LazyLinear(dim))
    pixels = nn.LazyLinear(height * width)
    shape = nn.Unflatten(-1, (1, height, width))
    return encoder, nn.Sequential(nn.LazyLinear(hidden), nn.ReLU(), pixels, shape)


def make_relu_on_code(height, width, dim, hidden):
    return _pair(height, width, dim, hidden, code=nn.ReLU)


def _with_last(height, width, dim, hidden, activation):
    last = activation, nn.Unflatten(1, (1, height, width))
    return _pair(height, width, dim, hidden, last=last)


def make_relu_on_pixels(height, width, dim, hidden):
    return _with_last(height, width, dim, hidden, nn.ReLU())


def make_sigmoid_on_pixels(height, width, dim, hidden):
    return _with_last(height, width, dim, hidden, nn.Sigmoid())


def make_tanh_on_pixels(height, width, dim, hidden):
    return _with_last(height, width, dim, hidden, nn.Tanh())


def make_without_relu(height, width, dim, hidden):
    return _pair(height, width, dim, hidden, relu=nn.Identity)


def make_without_hidden(height, width, dim, hidden):
    pixels = height * width
    encoder = nn.Sequential(nn.Flatten(), nn.Linear(pixels, dim))
    return encoder, nn.Sequential(nn.Linear(dim, pixels), nn.Unflatten(1, (1, height, width)))


def make_height_and_width_exchanged(height, width, dim, hidden):
    return _pair(height, width, dim, hidden, last=(nn.Unflatten(1, (1, width, height)),))


def make_flat_pixels(height, width, dim, hidden):
    return _pair(height, width, dim, hidden, last=(nn.Identity(),))


def make_without_channel(height, width, dim, hidden):
    return _pair(height, width, dim, hidden, last=(nn.Unflatten(1, (height, width)),))


def make_without_bias(height, width, dim, hidden):
    return _pair(height, width, dim, hidden, bias=False)


class _Squeezed(nn.Module):
    def __init__(self, inner):
        nn.Module.__init__(self)
        self.inner = inner

    def forward(self, x):
        return self.inner(x).squeeze(0)


def make_squeezed(height, width, dim, hidden):
    encoder, decoder = _pair(height, width, dim, hidden)
    return _Squeezed(encoder), _Squeezed(decoder)


REFERENCE = {"make_autoencoder": make_by_sequential}
VARIANTS = {"make_autoencoder": (make_by_sequential, make_by_classes, make_by_lazy_layers)}
