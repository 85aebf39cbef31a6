"""Autoencoders: the linear one is PCA, the linear denoiser is Wiener's filter."""

import math

import numpy as np
import pytest
import torch
from scipy.linalg import subspace_angles
from sklearn.decomposition import PCA
from torch import nn

from dgm_course.data.images import digits
from dgm_course.models import autoencoder
from dgm_course.models.autoencoder import Autoencoder, DenoisingAutoencoder

exact = {"rtol": 1e-10, "atol": 1e-10}
MODELS = {
    "linear": lambda: autoencoder.linear((3, 8, 6), 5),
    "deep": lambda: autoencoder.deep((3, 8, 6), 5, hidden=(9, 7)),
    "convolutional": lambda: autoencoder.convolutional((3, 8, 6), 5, channels=(4, 7)),
    "denoising": lambda: DenoisingAutoencoder(autoencoder.deep((3, 8, 6), 5, (9, 7)), std=0.5),
}
every = pytest.mark.parametrize("name", MODELS)


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def draw(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, dtype=torch.float64, generator=generator)


def minimise(loss, params, iterations=500):
    """Full-batch L-BFGS with a line search: deterministic, and exact enough in a second or two."""
    optimizer = torch.optim.LBFGS(
        params,
        max_iter=iterations,
        history_size=50,
        tolerance_grad=1e-12,
        tolerance_change=0,
        line_search_fn="strong_wolfe",
    )

    def closure():
        optimizer.zero_grad()
        value = loss()
        value.backward()
        return value

    optimizer.step(closure)


def centred_digits():
    x = digits("train").x.double()
    return x - x.mean(0)


@pytest.mark.parametrize(("dim", "seed"), [(3, 0), (3, 1), (5, 2), (8, 3)])
def test_the_linear_autoencoder_spans_the_principal_subspace(dim, seed):
    torch.manual_seed(seed)
    x, model = centred_digits(), autoencoder.linear((1, 8, 8), dim).double()
    minimise(lambda: model.loss(x), model.parameters())
    flat = x.flatten(1).numpy()
    pca = PCA(dim).fit(flat)
    origin = model.decode(torch.zeros(1, dim).double())
    spanned = (model.decode(torch.eye(dim).double()) - origin).flatten(1).detach().numpy()
    assert subspace_angles(spanned.T, pca.components_.T).max() < 1e-3
    error = np.square(pca.inverse_transform(pca.transform(flat)) - flat).mean()
    assert 0 <= model.loss(x).item() - error < 1e-6


def test_no_linear_autoencoder_beats_pca():
    """From the optimum, every direction is up: the gradient is 0 and random steps lose."""
    x, dim = centred_digits(), 5
    axes = torch.tensor(PCA(dim).fit(x.flatten(1).numpy()).components_)
    model = autoencoder.linear((1, 8, 8), dim).double()
    with torch.no_grad():
        for p in model.parameters():
            p.copy_({(dim, 64): axes, (64, dim): axes.T}.get(tuple(p.shape), 0 * p))
    loss = model.loss(x)
    for slope in torch.autograd.grad(loss, list(model.parameters())):
        torch.testing.assert_close(slope, torch.zeros_like(slope), rtol=0, atol=1e-6)
    with torch.no_grad():
        for p in model.parameters():
            p.add_(1e-3 * torch.randn_like(p))
    assert model.loss(x) > loss


@pytest.mark.parametrize("std", [0.3, 1.7])
def test_the_linear_denoiser_is_the_wiener_filter(std):
    """Noise of exactly unit covariance, and each image with noise and with its opposite."""
    x = draw(60, 5) @ draw(5, 5, seed=1)
    x = x - x.mean(0)
    noise = draw(60, 5, seed=2)
    noise = noise @ torch.linalg.inv(torch.linalg.cholesky(noise.T @ noise / 60)).T
    x, noise = torch.cat([x, x]), torch.cat([noise, -noise])
    covariance, eye = x.T @ x / len(x), torch.eye(5, dtype=x.dtype)
    model = DenoisingAutoencoder(autoencoder.linear((5,), 5).double(), std)
    minimise(lambda: model.loss(x, noise), model.parameters())
    wiener = covariance @ torch.linalg.inv(covariance + std**2 * eye)
    torch.testing.assert_close(model(eye) - model(0 * eye), wiener.T, rtol=0, atol=1e-6)
    # what remains is the covariance of x given the noisy x: S - S (S + std^2 I)^-1 S
    left = (covariance - wiener @ covariance).trace() / 5
    assert model.loss(x, noise).item() == pytest.approx(left.item(), abs=1e-8)


def test_the_target_of_denoising_is_the_clean_image():
    """A model that lets everything pass is charged the noise; one that answers 0 the image."""
    x, noise = draw(7, 3, 8, 6), draw(7, 3, 8, 6, seed=1)
    passing = DenoisingAutoencoder(Autoencoder(nn.Identity(), nn.Identity()), std=0.4)
    torch.testing.assert_close(passing.loss(x, noise), 0.16 * noise.square().mean(), **exact)
    silent = DenoisingAutoencoder(Autoencoder(nn.Identity(), nn.Softshrink(1e9)), std=0.4)
    torch.testing.assert_close(silent.loss(x, noise), x.square().mean(), **exact)


def test_noise_that_is_not_given_is_standard_and_new():
    model = DenoisingAutoencoder(Autoencoder(nn.Identity(), nn.Identity()), std=0.4)
    x = draw(500, 3, 8, 6)
    first, second = model.loss(x).item(), model.loss(x).item()
    error = 0.16 * math.sqrt(2 / x.numel())  # of the mean of squares of normal numbers
    assert abs(first - 0.16) < 4 * error and abs(second - 0.16) < 4 * error
    assert first != second


def test_denoising_without_noise_is_plain_autoencoding():
    plain, x = MODELS["deep"]().double(), draw(7, 3, 8, 6)
    model = DenoisingAutoencoder(plain, std=0)
    torch.testing.assert_close(model.loss(x), plain.loss(x), **exact)
    torch.testing.assert_close(model(x), plain(x), **exact)
    assert list(model.parameters()) == list(plain.parameters())


@every
def test_the_way_through_is_encode_then_decode(name):
    model, x = MODELS[name]().double(), draw(7, 3, 8, 6)
    z = model.encode(x)
    assert z.shape == (7, 5) and model(x).shape == x.shape
    torch.testing.assert_close(model.decode(z), model(x), **exact)


@every
def test_the_loss_is_that_of_scikit_learn(name):
    from sklearn.metrics import mean_squared_error

    model, x, noise = MODELS[name]().double(), draw(7, 3, 8, 6), draw(7, 3, 8, 6, seed=1)
    given = (x, noise) if name == "denoising" else (x,)
    answer = model(x + 0.5 * noise) if name == "denoising" else model(x)
    truth = mean_squared_error(x.flatten(1).numpy(), answer.detach().flatten(1).numpy())
    assert model.loss(*given).item() == pytest.approx(truth, rel=1e-10)


@every
def test_the_gradient_reaches_every_parameter(name):
    model = MODELS[name]().double()
    model.loss(draw(64, 3, 8, 6)).backward()
    assert [n for n, p in model.named_parameters() if not p.grad.abs().sum() > 0] == []


def test_a_decoder_mirrors_its_encoder():
    deep = MODELS["deep"]()
    assert [m.out_features for m in deep.encoder[1].layers[::2]] == [9, 7, 5]
    assert [m.out_features for m in deep.decoder[0].layers[::2]] == [7, 9, 144]
    conv = MODELS["convolutional"]()
    assert [m.out_channels for m in conv.encoder.layers[:4:3]] == [4, 7]
    assert [m.out_channels for m in conv.decoder.layers[2::3]] == [7, 4, 3]


@every
def test_an_autoencoder_claims_neither_samples_nor_a_likelihood(name):
    for method in ("sample", "log_prob", "elbo"):
        assert not hasattr(MODELS[name](), method)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match=r"std: expected a standard deviation >= 0, got -0\.1"):
        DenoisingAutoencoder(MODELS["deep"](), std=-0.1)
    model = Autoencoder(nn.Identity(), nn.Flatten())
    with pytest.raises(ValueError, match=r"b: expected \(7, 6\), the shape of a, got \(7, 3, 2\)"):
        model.loss(torch.zeros(7, 3, 2))
    with pytest.raises(ValueError, match=r"noise: expected \(7, 3, 8, 6\), got \(1, 3, 8, 6\)"):
        MODELS["denoising"]().loss(torch.zeros(7, 3, 8, 6), torch.zeros(1, 3, 8, 6))
