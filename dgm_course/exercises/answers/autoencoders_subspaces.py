"""Right and wrong answers to the exercises on subspaces; the suite gives each its verdict."""

import numpy as np
import torch


# pca_reconstruction(train, x, dim)
def _directions(train):
    return torch.linalg.svd(train - train.mean(0), full_matrices=False).Vh


def pca_by_svd(train, x, dim):
    mean, v = train.mean(0), _directions(train)[:dim]
    return mean + (x - mean) @ v.T @ v


def pca_by_covariance(train, x, dim):
    train, x = train.double(), x.double()
    _, vectors = torch.linalg.eigh(train.T.cov())
    v = vectors[:, -dim:]
    return train.mean(0) + (x - train.mean(0)) @ v @ v.T


def pca_in_numpy(train, x, dim):
    train, x = train.numpy(), x.numpy()
    mean = train.mean(0)
    u, _, _ = np.linalg.svd((train - mean).T)
    return mean + (x - mean) @ u[:, :dim] @ u[:, :dim].T


def pca_without_centring(train, x, dim):
    v = torch.linalg.svd(train, full_matrices=False).Vh[:dim]
    return x @ v.T @ v


def pca_uncentred_directions(train, x, dim):
    mean, v = train.mean(0), torch.linalg.svd(train, full_matrices=False).Vh[:dim]
    return mean + (x - mean) @ v.T @ v


def pca_wrong_axis(train, x, dim):
    mean, v = train.mean(0), _directions(train)[:, :dim]
    return mean + (x - mean) @ v @ v.T


def pca_smallest(train, x, dim):
    mean, v = train.mean(0), _directions(train)[-dim:]
    return mean + (x - mean) @ v.T @ v


def pca_mean_not_added(train, x, dim):
    return pca_by_svd(train, x, dim) - train.mean(0)


def pca_mean_not_subtracted(train, x, dim):
    v = _directions(train)[:dim]
    return train.mean(0) + x @ v.T @ v


def pca_x_not_centred(train, x, dim):
    v = _directions(train)[:dim]
    return x @ v.T @ v


def pca_one_mean(train, x, dim):
    v = torch.linalg.svd(train - train.mean(), full_matrices=False).Vh[:dim]
    return train.mean() + (x - train.mean()) @ v.T @ v


def pca_of_train(train, x, dim):
    return pca_by_svd(train, train, dim)


def pca_standardised(train, x, dim):
    mean, std = train.mean(0), train.std(0)
    v = torch.linalg.svd((train - mean) / std, full_matrices=False).Vh[:dim]
    return mean + ((x - mean) / std @ v.T @ v) * std


def pca_own_mean(train, x, dim):
    v = _directions(train)[:dim]
    return x.mean(0) + (x - x.mean(0)) @ v.T @ v


def pca_fitted_on_x(train, x, dim):
    return pca_by_svd(x, x, dim)


def pca_codes(train, x, dim):
    return (x - train.mean(0)) @ _directions(train)[:dim].T


def pca_scaled(train, x, dim):
    mean = train.mean(0)
    _, s, v = torch.linalg.svd(train - mean, full_matrices=False)
    return mean + ((x - mean) @ v[:dim].T * s[:dim]) @ v[:dim]


def pca_mean_of_rows(train, x, dim):
    v = torch.linalg.svd(train - train.mean(1, keepdim=True), full_matrices=False).Vh[:dim]
    mean = x.mean(1, keepdim=True)
    return mean + (x - mean) @ v.T @ v


# principal_angles(a, b)
def angles_by_qr(a, b):
    cosines = torch.linalg.svdvals(torch.linalg.qr(a).Q.T @ torch.linalg.qr(b).Q)
    return cosines.clamp(max=1).arccos()


def angles_by_scipy(a, b):
    from scipy.linalg import subspace_angles

    return subspace_angles(a.numpy(), b.numpy())[::-1].copy()


def angles_by_svd_in_double(a, b):
    a, b = (torch.linalg.svd(basis.double(), full_matrices=False).U for basis in (a, b))
    return torch.linalg.svdvals(b.T @ a).minimum(torch.ones(())).arccos()


def angles_without_bases(a, b):
    return torch.linalg.svdvals(a.T @ b).clamp(max=1).arccos()


def angles_unit_columns(a, b):
    a, b = (basis / basis.norm(dim=0) for basis in (a, b))
    return torch.linalg.svdvals(a.T @ b).clamp(max=1).arccos()


def angles_cosines(a, b):
    return angles_by_qr(a, b).cos()


def angles_sine(a, b):
    return torch.pi / 2 - angles_by_qr(a, b)


def angles_degrees(a, b):
    return angles_by_qr(a, b).rad2deg()


def angles_largest_first(a, b):
    return angles_by_qr(a, b).flip(0)


def angles_of_pairs(a, b):
    return (torch.linalg.qr(a).Q.T @ torch.linalg.qr(b).Q).clamp(-1, 1).arccos()


def angles_squared_cosines(a, b):
    return angles_cosines(a, b).square().arccos()


REFERENCE = {"pca_reconstruction": pca_by_svd, "principal_angles": angles_by_qr}
VARIANTS = {
    "pca_reconstruction": (pca_by_svd, pca_by_covariance, pca_in_numpy),
    "principal_angles": (angles_by_qr, angles_by_scipy, angles_by_svd_in_double),
}
