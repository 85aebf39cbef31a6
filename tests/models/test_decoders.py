"""Every decoder is a probability of whole images; its net's channels mean what the docs say."""

import math

import pytest
import torch
from torch import nn
from torch.distributions import Bernoulli, Categorical, Normal

from dgm_course.models.decoders import (
    BernoulliDecoder,
    CategoricalDecoder,
    GaussianDecoder,
    GaussianPosterior,
    LogisticDecoder,
)
from dgm_course.models.pixels import DiscretizedLogistic

B, D, C, H, W, L = 7, 2, 3, 4, 5, 6
exact = {"rtol": 1e-10, "atol": 1e-10}
DECODERS = {
    "bernoulli": BernoulliDecoder,
    "categorical": lambda net: CategoricalDecoder(net, L),
    "logistic": lambda net: LogisticDecoder(net, L),
    "gaussian": lambda net: GaussianDecoder(net, log_std=-0.7),
}
CHANNELS = {"bernoulli": C, "categorical": C * L, "logistic": 2 * C, "gaussian": C}
KINDS = {
    "bernoulli": BernoulliDecoder,
    "categorical": CategoricalDecoder,
    "logistic": LogisticDecoder,
    "gaussian": GaussianDecoder,
}
every = pytest.mark.parametrize("kind", DECODERS)
on_levels = pytest.mark.parametrize("kind", ["bernoulli", "categorical", "logistic"])


def draw(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, dtype=torch.float64, generator=generator)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def net(channels, *rest):
    """z: (B, D) -> (B, channels, *rest), twice as strong as a fresh Linear."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        linear = nn.Linear(D, channels * math.prod(rest)).double()
    nn.init.normal_(linear.weight, std=1.0, generator=seeded(1))
    return nn.Sequential(linear, nn.Unflatten(1, (channels, *rest)))


def images(kind):
    """Images that the decoder can have made."""
    index = torch.randint(2 if kind == "bernoulli" else L, (B, C, H, W), generator=seeded(2))
    return index.double() * (2 / (1 if kind == "bernoulli" else L - 1)) - 1


@every
def test_the_event_is_the_whole_image(kind):
    decoder = DECODERS[kind](net(CHANNELS[kind], H, W))
    p = decoder(draw(B, D))
    assert p.batch_shape == (B,) and p.event_shape == (C, H, W) == p.mean.shape[1:]
    x = images(kind)
    one_by_one = [decoder(z[None]).log_prob(x[[i]]) for i, z in enumerate(draw(B, D))]
    torch.testing.assert_close(p.log_prob(x), torch.cat(one_by_one), **exact)


@every
def test_the_decoder_says_how_many_channels_it_needs(kind):
    assert KINDS[kind].channels(C, L) == CHANNELS[kind]


@every
def test_a_flat_event_is_an_image_without_height_and_width(kind):
    z, x = draw(B, D), images(kind)
    flat_net = nn.Sequential(net(CHANNELS[kind], H, W), nn.Flatten())
    # channels first: (C * n, H, W) becomes (C * H * W * n) with n last of each number
    n = CHANNELS[kind] // C
    order = nn.Sequential(flat_net, nn.Unflatten(1, (C, n, H * W)))

    class Flat(nn.Module):
        def forward(self, z):
            return order(z).movedim(2, -1).flatten(1)

    flat = DECODERS[kind](Flat())(z).log_prob(x.flatten(1))
    whole = DECODERS[kind](net(CHANNELS[kind], H, W))(z).log_prob(x)
    torch.testing.assert_close(flat, whole, **exact)


@on_levels
def test_all_images_together_have_probability_one(kind):
    """Two channels of two pixels: 16 images in black and white, 1296 on six levels."""
    decoder = DECODERS[kind](net(CHANNELS[kind] // C * 2, 1, 2))
    levels = 2 if kind == "bernoulli" else L
    x = torch.cartesian_prod(*[torch.linspace(-1, 1, levels).double()] * 4).view(-1, 2, 1, 2)
    for z in draw(3, D):
        total = decoder(z.expand(len(x), D)).log_prob(x).exp().sum()
        assert total.item() == pytest.approx(1, abs=1e-12)


def parameters(kind):
    """What the net puts out at B latents, by channel of x: (B, C, n, H, W)."""
    return net(CHANNELS[kind], H, W)(draw(B, D)).reshape(B, C, -1, H, W)


def test_categorical_channels_are_the_logits_of_each_channel_in_turn():
    x, logits = images("categorical"), parameters("categorical")
    level = ((x + 1) * (L - 1) / 2).round().long()
    truth = sum(
        Categorical(logits=logits[:, c, :, i, j]).log_prob(level[:, c, i, j])
        for c in range(C)
        for i in range(H)
        for j in range(W)
    )
    p = DECODERS["categorical"](net(C * L, H, W))(draw(B, D))
    torch.testing.assert_close(p.log_prob(x), truth, **exact)


def test_logistic_channels_are_loc_and_log_scale_of_each_channel_in_turn():
    x, numbers = images("logistic"), parameters("logistic")
    truth = DiscretizedLogistic(numbers[:, :, 0], numbers[:, :, 1], L).log_prob(x).flatten(1).sum(1)
    p = DECODERS["logistic"](net(2 * C, H, W))(draw(B, D))
    torch.testing.assert_close(p.log_prob(x), truth, **exact)


def test_bernoulli_sums_torchs_over_the_pixels():
    x, logits = images("bernoulli"), parameters("bernoulli")[:, :, 0]
    truth = Bernoulli(logits=logits).log_prob((x + 1) / 2).flatten(1).sum(1)
    p = DECODERS["bernoulli"](net(C, H, W))(draw(B, D))
    torch.testing.assert_close(p.log_prob(x), truth, **exact)


@pytest.mark.parametrize("log_std", [-0.7, draw(H, W, seed=5)])
def test_gaussian_is_torchs_normal_with_the_learned_log_std(log_std):
    x, mean = draw(B, C, H, W, seed=3), parameters("gaussian")[:, :, 0]
    decoder = GaussianDecoder(net(C, H, W), log_std).double()
    std = torch.as_tensor(log_std).double().exp()
    truth = Normal(mean, std).log_prob(x).flatten(1).sum(1)
    torch.testing.assert_close(decoder(draw(B, D)).log_prob(x), truth, rtol=1e-6, atol=1e-6)


def test_a_whole_number_is_a_log_std():
    assert GaussianDecoder(net(C, H, W), -1).log_std.item() == -1.0


def test_the_best_log_std_of_a_gaussian_is_that_of_the_error():
    x, z = draw(B, C, H, W, seed=3), draw(B, D)
    decoder = GaussianDecoder(net(C, H, W)).double()
    error = (x - decoder(z).mean).square().mean().sqrt()
    with torch.no_grad():
        decoder.log_std.copy_(error.log())
    (slope,) = torch.autograd.grad(decoder(z).log_prob(x).sum(), decoder.log_std)
    assert abs(slope.item()) < 1e-6


@every
def test_samples_are_what_the_decoder_can_score(kind):
    p = DECODERS[kind](net(CHANNELS[kind], H, W)).double()(draw(B, D))
    x = p.sample()
    assert x.shape == (B, C, H, W) and x.dtype == torch.float64
    assert p.log_prob(x).isfinite().all()


@pytest.mark.parametrize("kind", ["categorical", "logistic"])
def test_a_net_with_the_wrong_number_of_channels_is_refused(kind):
    with pytest.raises(
        ValueError, match=r"net: expected an output \(B, C \* \d, ...\), got \(7, 5"
    ):
        DECODERS[kind](net(5, H, W))(draw(B, D))


# q(z|x)


def test_the_posterior_is_the_normal_of_mean_and_log_std():
    out = draw(B, 2 * D)
    q = GaussianPosterior(nn.Identity())(out)
    z = draw(B, D, seed=1)
    truth = Normal(out[:, :D], out[:, D:].exp()).log_prob(z).sum(1)
    assert q.batch_shape == (B,) and q.event_shape == (D,)
    torch.testing.assert_close(q.log_prob(z), truth, **exact)
    torch.testing.assert_close(q.mean, out[:, :D], **exact)
    torch.testing.assert_close(q.stddev.log(), out[:, D:], **exact)


def test_half_precision_does_not_reach_the_posterior():
    out = draw(B, 2 * D).bfloat16()
    q = GaussianPosterior(nn.Identity())(out)
    truth = Normal(out[:, :D].float(), out[:, D:].float().exp())
    assert q.mean.dtype == q.stddev.dtype == torch.float32
    torch.testing.assert_close(q.stddev, truth.stddev)
    torch.testing.assert_close(q.entropy(), truth.entropy().sum(1))


@pytest.mark.parametrize("shape", [(B, 3), (B, 4, 1)])
def test_an_output_that_is_no_mean_and_log_std_is_refused(shape):
    with pytest.raises(ValueError, match=r"net: expected an output \(B, 2 D\), got \(7, "):
        GaussianPosterior(nn.Identity())(draw(*shape))
