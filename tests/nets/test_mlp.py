"""A fully connected net is the composition that it says, on the last dim of whatever comes."""

import pytest
import torch
from torch import nn

from dgm_course.nets.mlp import MLP, image_decoder, image_encoder

exact = {"rtol": 1e-10, "atol": 1e-10}


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def draw(*shape):
    return torch.randn(shape, dtype=torch.float64)


def parameters(module):
    return sum(p.numel() for p in module.parameters())


def test_a_net_without_hidden_layers_is_affine():
    net, a, b = MLP(3, 5, hidden=()).double(), draw(7, 3), draw(7, 3)
    torch.testing.assert_close(net(0.3 * a + 0.7 * b), 0.3 * net(a) + 0.7 * net(b), **exact)
    assert parameters(net) == (3 + 1) * 5


def test_the_layers_are_those_written_down():
    kinds = [type(layer) for layer in MLP(3, 5, hidden=(4, 6), activation=nn.Tanh).layers]
    assert kinds == [nn.Linear, nn.Tanh, nn.Linear, nn.Tanh, nn.Linear]
    assert parameters(MLP(3, 5, hidden=(4, 6))) == (3 + 1) * 4 + (4 + 1) * 6 + (6 + 1) * 5


def test_with_relu_the_net_is_linear_along_rays_from_where_its_biases_vanish():
    """f(c x) = c f(x) for c > 0 if all biases are 0, and not for c < 0: ReLU, not the identity."""
    net, x = MLP(3, 5, hidden=(4, 6)).double(), draw(7, 3)
    for layer in net.layers[::2]:
        nn.init.zeros_(layer.bias)
    torch.testing.assert_close(net(2.5 * x), 2.5 * net(x), **exact)
    assert not torch.allclose(net(-x), -net(x))


def test_the_outputs_are_not_confined_to_one_sign():
    out = MLP(3, 5, hidden=(4,)).double()(10 * draw(500, 3))
    assert (out.amin(0) < 0).any() and (out.amax(0) > 0).any()


@pytest.mark.parametrize("batch", [(), (7,), (2, 7)])
def test_leading_dims_are_kept_and_each_row_is_for_itself(batch):
    net, x = MLP(3, 5, hidden=(4,)).double(), draw(*batch, 3)
    assert net(x).shape == (*batch, 5)
    rows = torch.stack([net(row) for row in x.reshape(-1, 3)])
    torch.testing.assert_close(net(x).reshape(-1, 5), rows, **exact)


@pytest.mark.parametrize("shape", [(11,), (3, 8, 6), (1, 5, 7)])
@pytest.mark.parametrize("batch", [(), (7,), (2, 7)])
def test_images_are_flattened_and_come_back_in_their_shape(shape, batch):
    encoder, decoder = image_encoder(shape, 4, (9,)), image_decoder(4, shape, (9,))
    x = torch.randn(*batch, *shape)
    z = encoder(x)
    assert z.shape == (*batch, 4) and decoder(z).shape == x.shape


def test_an_image_is_read_row_by_row():
    encoder, x = image_encoder((3, 8, 6), 2, ()).double(), draw(7, 3, 8, 6)
    torch.testing.assert_close(encoder(x), encoder[1](x.reshape(7, -1)), **exact)


def test_sizes_and_inputs_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"x: expected \(\.\.\., 3\), got \(7, 4\)"):
        MLP(3, 5)(torch.zeros(7, 4))
    with pytest.raises(ValueError, match=r"hidden: expected whole numbers >= 1, got \(4, 0\)"):
        MLP(3, 5, hidden=(4, 0))
    with pytest.raises(ValueError, match="outputs: expected whole numbers"):
        MLP(3, 0)
