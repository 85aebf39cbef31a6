"""Convolutional nets: any rectangular size in and out, local, and made of the blocks named."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from dgm_course.nets.conv import ConvDecoder, ConvEncoder, pooled_sizes

exact = {"rtol": 1e-10, "atol": 1e-10}
SHAPES = [(1, 8, 8), (3, 8, 6), (2, 28, 28), (1, 7, 5), (3, 1, 9), (2, 1, 1)]


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


@settings(max_examples=40, deadline=None)
@given(
    shape=st.tuples(st.integers(1, 3), st.integers(1, 19), st.integers(1, 19)),
    channels=st.lists(st.integers(1, 5), max_size=4),
    batch=st.sampled_from([(), (1,), (7,), (2, 3)]),
)
def test_any_size_comes_out_as_it_went_in(shape, channels, batch):
    encoder, decoder = ConvEncoder(shape, 4, channels), ConvDecoder(4, shape, channels[::-1])
    x = torch.zeros(*batch, *shape)
    z = encoder(x)
    assert z.shape == (*batch, 4)
    assert decoder(z).shape == x.shape


def test_the_encoder_is_convolution_relu_pool():
    net = ConvEncoder((3, 8, 6), 4, channels=(5, 7))
    block = [nn.Conv2d, nn.ReLU, nn.MaxPool2d]
    assert [type(m) for m in net.layers] == [*block, *block, nn.Flatten, nn.Linear]


def test_the_decoder_is_convolution_relu_upsample():
    net = ConvDecoder(4, (3, 8, 6), channels=(7, 5))
    block = [nn.Conv2d, nn.ReLU, nn.Upsample]
    assert [type(m) for m in net.layers] == [nn.Linear, nn.Unflatten, *block, *block, nn.Conv2d]


def test_the_parameters_are_counted_by_hand():
    """3 x 3 filters; 8 x 6 pools to 4 x 3 and to 2 x 2."""
    encoder = (3 * 9 + 1) * 5 + (5 * 9 + 1) * 7 + (7 * 2 * 2 + 1) * 4
    decoder = (4 + 1) * 7 * 2 * 2 + (7 * 9 + 1) * 7 + (7 * 9 + 1) * 5 + (5 * 9 + 1) * 3
    for net, number in (
        (ConvEncoder((3, 8, 6), 4, (5, 7)), encoder),
        (ConvDecoder(4, (3, 8, 6), (7, 5)), decoder),
    ):
        assert sum(p.numel() for p in net.parameters()) == number


def test_sizes_are_halved_and_rounded_up():
    assert pooled_sizes((3, 28, 7), 3) == [(28, 7), (14, 4), (7, 2), (4, 1)]


@pytest.mark.parametrize("shape", SHAPES)
def test_every_pixel_counts_and_every_parameter_learns(shape):
    """In float64 no unit is dead for a whole batch of 64; every gradient is there and not 0."""
    x = torch.randn(64, *shape, dtype=torch.float64, requires_grad=True)
    encoder, decoder = ConvEncoder(shape, 4).double(), ConvDecoder(4, shape).double()
    decoder(encoder(x)).square().sum().backward()
    assert (x.grad.abs().sum(0) > 0).all()
    for net in (encoder, decoder):
        assert [name for name, p in net.named_parameters() if not p.grad.abs().sum() > 0] == []


def test_a_pixel_is_seen_only_near_itself():
    """The decoder's image changes within reach of a changed cell: filters are local."""
    net = ConvDecoder(4, (1, 32, 32), channels=(3,)).double()
    before = torch.randn(1, 3, 16, 16, dtype=torch.float64)
    after = before.clone()
    after[..., 8, 8] += 1
    changed = (net.layers[2:](after) != net.layers[2:](before))[0, 0].nonzero()
    assert len(changed) and changed.min() >= 13 and changed.max() <= 20


def test_leading_dims_are_rows_of_one_batch():
    encoder, decoder = ConvEncoder((3, 8, 6), 4).double(), ConvDecoder(4, (3, 8, 6)).double()
    x = torch.randn(2, 5, 3, 8, 6, dtype=torch.float64)
    z = encoder(x)
    torch.testing.assert_close(z, torch.stack([encoder(row) for row in x]), **exact)
    torch.testing.assert_close(decoder(z), torch.stack([decoder(row) for row in z]), **exact)


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"x: expected \(\.\.\., 3, 8, 6\), got \(7, 3, 6, 8\)"):
        ConvEncoder((3, 8, 6), 4)(torch.zeros(7, 3, 6, 8))
    with pytest.raises(ValueError, match=r"z: expected \(\.\.\., 4\), got \(7, 5\)"):
        ConvDecoder(4, (3, 8, 6))(torch.zeros(7, 5))
    with pytest.raises(ValueError, match=r"shape: expected \(C, H, W\), got \(8, 6\)"):
        ConvEncoder((8, 6), 4)
    with pytest.raises(ValueError, match=r"channels: expected whole numbers >= 1, got \(0,\)"):
        ConvDecoder(4, (3, 8, 6), channels=(0,))
