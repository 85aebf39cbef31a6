"""Right answers to the lab on autoencoders as people write them in other ways."""

import numpy as np
import torch
import torch.nn.functional as F
from scipy.spatial.distance import cdist
from sklearn.decomposition import PCA
from torch import nn


def pca_by_sklearn(train, x, dim):
    pca = PCA(dim).fit(train)
    return pca.inverse_transform(pca.transform(x))


def pca_by_least_squares(train, x, dim):
    mean = train.mean(dim=0, keepdim=True)
    v = torch.linalg.svd((train - mean).T, full_matrices=False).U[:, :dim] * 3.0
    codes = torch.linalg.lstsq(v, (x - mean).T).solution
    return mean + (v @ codes).T


def pca_row_by_row(train, x, dim):
    mean = train.numpy().mean(0)
    _, vectors = np.linalg.eigh(np.cov(train.numpy(), rowvar=False))
    out = []
    for row in x.numpy():
        codes = [(row - mean) @ v for v in vectors.T[::-1][:dim]]
        parts = zip(codes, vectors.T[::-1], strict=False)
        out.append(mean + sum(c * v for c, v in parts))
    return np.stack(out)


class Shape(nn.Module):
    """The last layers, as a module that people write themselves."""

    def __init__(self, *sizes):
        super().__init__()
        self.sizes = sizes

    def forward(self, x):
        return x.reshape(-1, *self.sizes)


def make_with_dropout(height, width, dim, hidden):
    pixels = height * width
    encoder = nn.Sequential(
        Shape(pixels), nn.Linear(pixels, hidden), nn.ReLU(), nn.Dropout(), nn.Linear(hidden, dim)
    )
    decoder = nn.Sequential(nn.Linear(dim, hidden), nn.ReLU(), nn.Linear(hidden, pixels))
    return [encoder, nn.Sequential(decoder, Shape(1, height, width))]


class Half(nn.Module):
    """Two layers under names of their own, the activation a function."""

    def __init__(self, sizes, shape):
        super().__init__()
        self.first, self.second = nn.Linear(*sizes[:2]), nn.Linear(*sizes[1:])
        self.shape = shape

    def forward(self, x):
        h = F.relu(self.first(x.flatten(start_dim=1)))
        return self.second(h).unflatten(1, self.shape)


def make_from_one_class(height, width, dim, hidden):
    pixels = height * width
    return Half((pixels, hidden, dim), (dim,)), Half((dim, hidden, pixels), (1, height, width))


def make_in_double(height, width, dim, hidden):
    return tuple(half.double() for half in make_from_one_class(height, width, dim, hidden))


class Transposed(nn.Module):
    """Two layers as in NumPy, x @ W + b."""

    def __init__(self, into, hidden, out, shape):
        super().__init__()
        self.v, self.c = nn.Parameter(torch.randn(hidden, out)), nn.Parameter(torch.zeros(out))
        self.w, self.b = nn.Parameter(torch.randn(into, hidden)), nn.Parameter(torch.zeros(hidden))
        self.shape = shape

    def forward(self, x):
        h = (x.flatten(1) @ self.w + self.b).relu()
        return (h @ self.v + self.c).view(-1, *self.shape)


def make_by_matrices(height, width, dim, hidden):
    pixels = height * width
    decoder = Transposed(dim, hidden, pixels, (1, height, width))
    return Transposed(pixels, hidden, dim, (dim,)), decoder


def make_by_convolution(height, width, dim, hidden):
    whole = nn.Conv2d(1, hidden, (height, width))
    encoder = nn.Sequential(whole, nn.ReLU(), nn.Flatten(), nn.Linear(hidden, dim))
    return encoder, make_from_one_class(height, width, dim, hidden)[1]


def step_that_clears_the_model(model, optimizer, x):
    model.train()
    model.zero_grad()
    error = model(x) - x
    loss = error.pow(2).sum() / error.numel()
    loss.backward()
    optimizer.step()
    return loss.item()


def step_that_clears_by_hand(model, optimizer, x):
    for p in model.parameters():
        p.grad = None
    loss = nn.MSELoss()(model(x), x.to(next(model.parameters()).dtype))
    loss.backward()
    optimizer.step()
    return loss.detach().numpy()


def step_by_closure(model, optimizer, x):
    def closure():
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), x)
        loss.backward()
        return loss

    return optimizer.step(closure)


def step_image_by_image(model, optimizer, x):
    optimizer.zero_grad(set_to_none=False)
    losses = [((model(row[None]) - row[None]) ** 2).mean() / len(x) for row in x]
    for loss in losses:
        loss.backward()
    optimizer.step()
    return sum(losses)


def angles_by_eigenvalues(a, b):
    a, b = a.double(), b.double()
    projected = torch.linalg.solve(a.T @ a, a.T @ b) @ torch.linalg.solve(b.T @ b, b.T @ a)
    squares = torch.linalg.eigvals(projected).real.sort(descending=True).values
    angles = squares.clamp(0, 1).sqrt().arccos()
    return angles[: min(a.shape[1], b.shape[1])]


def angles_by_gram_schmidt(a, b):
    def orthonormal(columns):
        found = []
        for v in columns.double().T.numpy():
            for _ in range(2):
                v = v - sum((q @ v) * q for q in found) if found else v
            found.append(v / np.linalg.norm(v))
        return np.stack(found)

    cosines = np.linalg.svd(orthonormal(a) @ orthonormal(b).T, compute_uv=False)
    return np.arccos(np.clip(cosines, -1, 1))


def denoising_by_hand(model, x, noise, std):
    total = 0.0
    for clean, spoiled in zip(x, x + std * noise, strict=True):
        total += float(((model(spoiled[None])[0] - clean) ** 2).sum())
    return total / x.numel()


def denoising_by_distance(model, x, noise, std):
    cleaned = model(noise * std + x)
    pairs = cdist(cleaned.flatten(1), x.flatten(1), "sqeuclidean")
    return pairs.diagonal().sum() / x.numel()


def box_by_sorting(z, u):
    ordered = z.sort(0).values
    return ordered[0] * (1 - u) + ordered[-1] * u


def box_by_interpolation(z, u):
    columns = zip(z.T.numpy(), u.T.numpy(), strict=True)
    return np.stack([np.interp(t, [0, 1], [c.min(), c.max()]) for c, t in columns], -1)


def acceptance_by_loop(logits, threshold):
    accepted = 0
    for row in logits.tolist():
        odds = np.exp(np.array(row) - max(row))
        accepted += bool(odds.max() / odds.sum() >= threshold)
    return accepted / len(logits)


def acceptance_by_categorical(logits, threshold):
    probs = torch.distributions.Categorical(logits=logits).probs
    return torch.count_nonzero(probs.max(dim=1).values > threshold) / logits.shape[0]


ANSWERS = {
    "pca_reconstruction": [pca_by_sklearn, pca_by_least_squares, pca_row_by_row],
    "make_autoencoder": [
        make_with_dropout,
        make_from_one_class,
        make_in_double,
        make_by_matrices,
        make_by_convolution,
    ],
    "training_step": [
        step_that_clears_the_model,
        step_that_clears_by_hand,
        step_image_by_image,
        step_by_closure,
    ],
    "principal_angles": [angles_by_eigenvalues, angles_by_gram_schmidt],
    "denoising_loss": [denoising_by_hand, denoising_by_distance],
    "sample_box": [box_by_sorting, box_by_interpolation],
    "acceptance_rate": [acceptance_by_loop, acceptance_by_categorical],
}
