# %% [markdown]
# # Lab 02: squeeze, restore, invent
#
# **How much of an image is left in eight numbers, and what do eight *other* numbers decode to?** You will build an autoencoder
# from its parts, train it, compare it with the best linear one, let it remove noise, and then ask it for digits that nobody wrote.
#
# | | |
# |---|---|
# | before | lecture 02 |
# | time | {{minutes}} minutes for seven exercises |
# | follows | A. Mahdavi-Amiri's deck, part *Autoencoders*; N. Verma's deck, *latent space* |

# %% [markdown]
# ## How a lab works
#
# Replace the line that raises `NotImplementedError`, run the cell, run the check below it. Most checks first draw the
# target beside your answer; each says what holds (✓), what is off (✗) and, where it can, which idea was mixed up.
#
# Nothing here blocks: an unfilled exercise is passed over, and later cells use the package's version, not yours; you may
# call it inside an exercise too, except for the very function that is asked. The
# hints below a check give the place to look first, the missing line in words second.

# %%
import torch
from sklearn.decomposition import PCA

from dgm_course import plot, train
from dgm_course.data import glyphs, images
from dgm_course.exercises.autoencoders import check
from dgm_course.models import autoencoder
from dgm_course.nets import mlp

device, rng = train.device(), train.set_seed(0)

# %% [markdown]
# ## From planes to networks
#
# The best plane has been known since 1901, needs no training, and is what a network has to beat. Then two functions that may bend
# take the plane's place: an encoder down to the code, a decoder back up.

# %% [markdown] card="pca_reconstruction"
# Let $m$ be the mean of the training rows and $v_1, \dots, v_k$ the orthonormal directions in which they vary most. The code of $x$ has
# $k$ numbers, and its decoding is the nearest point of the plane that they span through $m$:
#
# $$z_j = v_j^\top (x - m), \qquad \hat x = m + \sum_{j=1}^{k} z_j v_j.$$
#
# **In** `train` `(n, D)`, `x` `(B, D)`, `dim` $= k$. **Out** $\hat x$, `(B, D)`. Plane and mean come from `train` alone.


# %% stub="pca_reconstruction"
def pca_reconstruction(train, x, dim):
    """Nearest points of the training rows' principal plane: (n, D), (B, D), int -> (B, D)."""
    ### BEGIN SOLUTION
    mean = train.mean(0)
    v = torch.linalg.svd(train - mean, full_matrices=False).Vh[:dim]
    return mean + (x - mean) @ v.T @ v
    ### END SOLUTION


# %% check="pca_reconstruction"
check(pca_reconstruction)

# %% [markdown] hints="pca_reconstruction"
# <details>
# <summary>Hint 1: where to look</summary>
#
# The directions of largest variance are the right singular vectors of the centred rows. `torch.linalg.svd` returns them as the *rows* of
# its third result, the largest first. And the mean: of what, subtracted where, added where?
#
# </details>
#
# <details>
# <summary>Hint 2: the line in words</summary>
#
# Centre `x` by the mean of `train`, multiply by the transpose of the first rows of Vᵀ to get the codes, by those rows themselves to come
# back, and add the mean.
#
# </details>

# %%
train_x, train_label = (part.to(device) for part in images.digits("train"))
test_x = images.digits("test").x.to(device)


def by_pca(train, x, dim):
    """What you wrote, by scikit-learn and for images: (n, C, H, W), (B, C, H, W), int -> like x."""
    pca = PCA(dim).fit(train.flatten(1).cpu())
    codes = pca.transform(x.flatten(1).cpu())
    return torch.tensor(pca.inverse_transform(codes)).view_as(x).to(x)


rows = [test_x[:10]]
for dim in (32, 8, 2):
    decoded = by_pca(train_x, test_x, dim)
    rows.append(decoded[:10])
    error = (decoded - test_x).square().mean()
    print(f"{dim:2d} of 64 numbers: mean squared error {error:.3f}")
plot.images(torch.cat(rows), rows=4, alt="Ten test digits above their PCA with 32, 8, 2 numbers.")

# %% [markdown] card="make_autoencoder"
# Make two modules that undo each other's shapes, each with one hidden layer:
#
# $$z = W_2\,\mathrm{ReLU}(W_1 x + b_1) + b_2, \qquad \hat x = W_4\,\mathrm{ReLU}(W_3 z + b_3) + b_4.$$
#
# **In** four sizes. **Out** a tuple `(encoder, decoder)` of two `nn.Module`: the encoder takes images `(B, 1, height, width)` to codes
# `(B, dim)`, the decoder codes to images. The hidden layers have `hidden` units.
#
# Initial weights are random, so the check writes its own into your layers before it compares.


# %% stub="make_autoencoder"
def make_autoencoder(height, width, dim, hidden):
    """Encoder (B, 1, height, width) -> (B, dim) and decoder (B, dim) -> (B, 1, height, width)."""
    ### BEGIN SOLUTION
    from torch import nn

    pixels = height * width
    down = [nn.Linear(pixels, hidden), nn.ReLU(), nn.Linear(hidden, dim)]
    up = [nn.Linear(dim, hidden), nn.ReLU(), nn.Linear(hidden, pixels)]
    shape = nn.Unflatten(1, (1, height, width))
    return nn.Sequential(nn.Flatten(), *down), nn.Sequential(*up, shape)
    ### END SOLUTION


# %% check="make_autoencoder"
check(make_autoencoder)

# %% [markdown] hints="make_autoencoder"
# <details>
# <summary>Hint 1: where to look</summary>
#
# `nn.Linear` works on the last dimension: an image must become a row first, and a row an image last. `nn.Flatten` and `nn.Unflatten` do
# that and keep the batch. Which values may a code take, and which a pixel: does an activation after the last layer allow them?
#
# </details>
#
# <details>
# <summary>Hint 2: the line in words</summary>
#
# Encoder: flatten, linear to hidden, ReLU, linear to dim. Decoder: linear to hidden, ReLU, linear to height times width, unflatten into
# one channel, height, width.
#
# </details>

# %% [markdown] card="training_step"
# Move all weights one step against the gradient of the batch's loss, the mean over all pixels of all its images:
#
# $$L = \frac1{B D} \sum_{b, d} (\hat x_{bd} - x_{bd})^2, \qquad \theta \leftarrow \theta - \eta\, \nabla_\theta L.$$
#
# **In** `model`, which maps images to reconstructions; `optimizer`, which has `zero_grad()` and `step()` as in `torch.optim`; a batch
# `x` `(B, 1, H, W)`. **Out** the loss before the update, a number or `()`. The check calls you several times in a row.


# %% stub="training_step"
def training_step(model, optimizer, x):
    """One step of descent on the mean squared error; returns the loss of the batch: ()."""
    ### BEGIN SOLUTION
    loss = (model(x) - x).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()
    ### END SOLUTION


# %% check="training_step"
check(training_step)

# %% [markdown] hints="training_step"
# <details>
# <summary>Hint 1: where to look</summary>
#
# Three calls, and the order is the exercise. Where is a gradient kept between `backward` and `step`, and what does the next `backward` do with
# what it finds there?
#
# </details>
#
# <details>
# <summary>Hint 2: the line in words</summary>
#
# Compute the loss, forget old gradients, go backward from the loss, let the optimizer step, return the loss you computed at the start.
#
# </details>

# %% [markdown]
# ### Break it on purpose
#
# The same network twice, from the same weights, by plain gradient descent; the second time `zero_grad` does nothing. What does the sum of
# all past gradients do that the last one does not?


# %% tags=["nbval-ignore-output"]
class Forgetful(torch.optim.SGD):
    def zero_grad(self, set_to_none=True):
        """Leave every gradient where it is: the next one is added to it."""


for optimizer in (torch.optim.SGD, Forgetful):
    train.set_seed(0)
    model, steps = autoencoder.deep((1, 8, 8), 8, hidden=(64,)).to(device), [train_x] * 150
    try:
        losses = train.fit(model.loss, model.parameters(), steps, lr=0.5, optimizer=optimizer)
        print(f"{optimizer.__name__:9s} loss: {losses[0]:.3f} at first, {losses[-1]:.3g} at last")
    except FloatingPointError as error:
        print(f"{optimizer.__name__:9s} {error}")

# %% [markdown]
# ## Is the linear one PCA?
#
# **Predict before you run.** A *linear* autoencoder is trained by descent until nothing improves. Will the columns of its decoder be the
# principal directions?
#
# <details>
# <summary>Answer</summary>
#
# No, and yes. Mix the codes by any invertible matrix and let the decoder undo it: the loss is the same, so the columns are arbitrary. What they
# *span* is not: the principal plane. Two planes must be compared by angles that no choice of basis changes.
#
# </details>

# %% [markdown] card="principal_angles"
# Let $Q_a$ and $Q_b$ be orthonormal bases of two subspaces. The cosines of the angles between them are the singular values of
# $Q_a^\top Q_b$:
#
# $$\cos\theta_j = \sigma_j\!\left(Q_a^\top Q_b\right), \qquad 0 \le \theta_1 \le \theta_2 \le \dots \le \tfrac\pi2.$$
#
# **In** `a` `(D, k)`, `b` `(D, m)`: the *columns* span the subspaces: they are independent, but neither orthogonal nor of length 1.
# **Out** the $\min(k, m)$ angles in radians, the smallest first.


# %% stub="principal_angles"
def principal_angles(a, b):
    """Angles between the spans of columns, radians, rising: (D, k), (D, m) -> (min(k, m),)."""
    ### BEGIN SOLUTION
    qa, qb = torch.linalg.qr(a).Q, torch.linalg.qr(b).Q
    cosines = torch.linalg.svdvals(qa.T @ qb)
    return cosines.clamp(max=1).arccos()
    ### END SOLUTION


# %% check="principal_angles"
check(principal_angles)

# %% [markdown] hints="principal_angles"
# <details>
# <summary>Hint 1: where to look</summary>
#
# `torch.linalg.qr` turns the columns of a matrix into an orthonormal basis of the same span. Rounding can push a cosine to 1.0000001, and no
# angle has that cosine.
#
# </details>
#
# <details>
# <summary>Hint 2: the line in words</summary>
#
# Orthonormalise both, multiply one transposed by the other, take the singular values, cap them at one, take arccosines. Singular values come
# largest first: is that the order you want?
#
# </details>

# %%
from scipy.linalg import subspace_angles

train.set_seed(0)
linear, angles, at = autoencoder.linear((1, 8, 8), 4).to(device), [], range(0, 801, 50)
weight = next(p for p in linear.decoder.parameters() if p.ndim == 2)
principal = PCA(4).fit(train_x.flatten(1).cpu()).components_.T
for step in at:
    found = subspace_angles(weight.detach().cpu(), principal)[::-1]
    angles.append(found * 180 / torch.pi)
    if step < at[-1]:
        train.fit(linear.loss, linear.parameters(), [train_x] * 50, lr=2e-2)
plot.curves(
    list(at),
    {f"angle {j + 1}": [row[j] for row in angles] for j in range(4)},
    colors=("#c6dbff", "#8fb4fd", "#5790fc", "#1c4fae"),
    xlabel="steps",
    ylabel="degrees",
    alt="Four angles between the decoder's plane and PCA's fall from over 60 degrees to nearly 0.",
)

# %% [markdown]
# ## A code is made for its data
#
# **Predict before you run.** Fitted on drawn *digits* and asked for *letters*: which loses most, the autoencoder, PCA, or a cosine
# transform (as in JPEG), which was fitted on nothing?
#
# <details>
# <summary>Answer</summary>
#
# What fits its data has most to lose. On digits the autoencoder and PCA are far ahead; on letters their errors more than double, while the cosine
# transform's grows little. At 16 numbers it never was much good, but equally so for everything. (So briefly trained on so few digits, the
# autoencoder is about as good as PCA. The last one of this lab, with 8 of 64 numbers, is better.)
#
# </details>

# %% tags=["nbval-ignore-output"]
drawn = glyphs.glyphs("train", n=1200).x.to(device)
others = {"digits": glyphs.glyphs("test", n=400).x.to(device)}
others["letters"] = glyphs.glyphs("test", glyphs.LETTERS, n=400).x.to(device)
rng = train.set_seed(0)
deep = autoencoder.deep((1, 28, 28), 16, hidden=(128,)).to(device)
batches = train.minibatches(drawn, 64, 700, rng)
losses = train.fit(deep.loss, deep.parameters(), batches, lr=3e-3, schedule=train.cosine)


def cosine_transform(x, side=4):
    """Keep the side * side lowest frequencies of each image: (B, 1, H, W) -> the same."""
    from scipy import fft

    spectrum = fft.dctn(x.cpu().numpy(), axes=(2, 3), norm="ortho")
    spectrum[..., side:, :] = spectrum[..., :, side:] = 0
    return torch.tensor(fft.idctn(spectrum, axes=(2, 3), norm="ortho")).to(x)


for name, x in others.items():
    decoded = {"autoencoder": deep(x), "PCA": by_pca(drawn, x, 16), "cosines": cosine_transform(x)}
    errors = [f"{codec} {(y - x).square().mean():.3f}" for codec, y in decoded.items()]
    print(f"{name:8s} in 16 of 784 numbers: {', '.join(errors)}")

# %% [markdown] card="denoising_loss"
# Spoil the input, not the target. With $\epsilon \sim \mathcal N(0, I)$ and a model $f$ from images to images,
#
# $$L = \frac1{B D} \sum_{b, d} \big( f(x + \sigma \epsilon) - x \big)_{bd}^2.$$
#
# Copying the input costs $\sigma^2$ on average now: what remains is to know what images look like.
#
# **In** `model`, a function; `x` and `noise` ($\epsilon$) `(B, 1, H, W)`; `std` $= \sigma$. **Out** the loss, `()`.


# %% stub="denoising_loss"
def denoising_loss(model, x, noise, std):
    """Mean squared error of the cleaned images: function, (B, 1, H, W) twice, number -> ()."""
    ### BEGIN SOLUTION
    return (model(x + std * noise) - x).square().mean()
    ### END SOLUTION


# %% check="denoising_loss"
check(denoising_loss)

# %% [markdown] hints="denoising_loss"
# <details>
# <summary>Hint 1: where to look</summary>
#
# There are two images, the noisy one and the clean one: which does the model see, which is its answer compared with? A model that returns
# what it is given must not be the best.
#
# </details>
#
# <details>
# <summary>Hint 2: the line in words</summary>
#
# Feed the image plus the scaled noise to the model, subtract the image without noise, square, average over everything.
#
# </details>

# %% tags=["nbval-ignore-output"]
rng = train.set_seed(0)
inner = autoencoder.deep((1, 8, 8), 32, hidden=(128,)).to(device)
cleaner = autoencoder.DenoisingAutoencoder(inner, std=0.5)
batches = train.minibatches(train_x, 128, 1000, rng)
losses = train.fit(cleaner.loss, cleaner.parameters(), batches, lr=2e-3, schedule=train.cosine)
noisy = test_x + 0.5 * torch.randn(test_x.shape, generator=rng).to(device)
cleaned = cleaner(noisy).detach()
for name, x in (("noisy", noisy), ("cleaned", cleaned)):
    error = (x - test_x).square().mean()  # pixels reach from -1 to 1: the peak, squared, is 4
    print(f"{name:8s} mean squared error {error:.3f}, PSNR {10 * (4 / error).log10():.1f} dB")
rows = torch.cat([x[:10] for x in (test_x, noisy, cleaned)])
plot.images(rows, rows=3, alt="Ten test digits, the same with noise, and cleaned: legible again.")

# %% [markdown]
# ## Codes that nobody wrote
#
# A decoder turns *any* eight numbers into an image. Is that a generative model? Draw the codes at random and look.

# %% [markdown] card="sample_box"
# The simplest guess at where codes live is the smallest box with sides along the axes that holds the codes of all training images. Carry
# uniform numbers $u \in [0, 1]^D$ there, coordinate by coordinate:
#
# $$z_d = l_d + u_d\,(h_d - l_d), \qquad l_d = \min_i z_{id}, \quad h_d = \max_i z_{id}.$$
#
# **In** codes `z` `(n, D)` and uniform numbers `u` `(B, D)`. **Out** `(B, D)`.


# %% stub="sample_box"
def sample_box(z, u):
    """Uniform points of the box around all codes: (n, D), (B, D) -> (B, D)."""
    ### BEGIN SOLUTION
    lowest, highest = z.amin(0), z.amax(0)
    return lowest + u * (highest - lowest)
    ### END SOLUTION


# %% check="sample_box"
check(sample_box)

# %% [markdown] hints="sample_box"
# <details>
# <summary>Hint 1: where to look</summary>
#
# Each coordinate has a range of its own. Over which dimension of `z` do you take the smallest value: how many numbers are left? Of a
# tensor, `min` over a dimension returns places too; `amin` and `amax` return values alone.
#
# </details>
#
# <details>
# <summary>Hint 2: the line in words</summary>
#
# Take the lowest and the highest code over the examples; multiply u by their difference and add the lowest.
#
# </details>

# %% [markdown] card="acceptance_rate"
# Do the decoded codes look like digits? Ask someone who has not seen the autoencoder: a classifier. It accepts an image when it is sure of *some*
# class,
#
# $$\max_k\, p_k \ge \tau, \qquad p = \mathrm{softmax}(\text{logits}).$$
#
# **In** `logits` `(N, K)`, a row an image, and the threshold $\tau$; a logit may well be 1000. **Out** the share of the N images that it
# accepts, between 0 and 1.


# %% stub="acceptance_rate"
def acceptance_rate(logits, threshold):
    """Share of images whose likeliest class has at least this probability: (N, K), number -> ()."""
    ### BEGIN SOLUTION
    confidence = logits.softmax(-1).amax(-1)
    return (confidence >= threshold).float().mean()
    ### END SOLUTION


# %% check="acceptance_rate"
check(acceptance_rate)

# %% [markdown] hints="acceptance_rate"
# <details>
# <summary>Hint 1: where to look</summary>
#
# Logits are any real numbers; what makes a row of them sum to one? Then every image has one number, its highest, and one verdict.
#
# </details>
#
# <details>
# <summary>Hint 2: the line in words</summary>
#
# Softmax over the classes, the largest of each row (`amax`), compare with the threshold, average the verdicts.
#
# </details>

# %% [markdown]
# ## Your turn: find a better way to sample
#
# Real data, no single right answer. An autoencoder of digits and a classifier trained apart from it. How many images of each kind are
# accepted at $\tau = 0.9$, and how far is each from the nearest training image? A classifier must name *some* digit, so the second
# number says what the first cannot.

# %%
rng = train.set_seed(0)
model = autoencoder.deep((1, 8, 8), 8, hidden=(128,)).to(device)
judge = mlp.image_encoder((1, 8, 8), 10).to(device)
batches = train.minibatches(train_x, 128, 1000, rng)
losses = train.fit(model.loss, model.parameters(), batches, lr=2e-3, schedule=train.cosine)


def surprise(rows):
    x = train_x[rows] + 0.3 * torch.randn_like(train_x[rows])  # noise, so that it learns shapes
    return torch.nn.functional.cross_entropy(judge(x), train_label[rows])


batches = train.minibatches(torch.arange(len(train_x)), 128, 400, rng)
losses = train.fit(surprise, judge.parameters(), batches, lr=2e-3)

# %% tags=["nbval-ignore-output"]
with torch.no_grad():
    z = model.encode(train_x)
    for codec, x in {"autoencoder": model(test_x), "PCA": by_pca(train_x, test_x, 8)}.items():
        error = (x - test_x).square().mean()
        print(f"8 of 64 numbers, {codec:11s}: mean squared error {error:.3f}")
    box = torch.distributions.Uniform(*z.aminmax(dim=0)).sample((2000,))
    shown = {
        "test digits": test_x,
        "reconstructed": model(test_x),
        "from the box": model.decode(box),
    }
    shown["noise"] = torch.rand(2000, 1, 8, 8, generator=rng).to(device) * 2 - 1
    for name, x in shown.items():
        confidence, _ = torch.distributions.Categorical(logits=judge(x)).probs.max(-1)
        sure = (confidence > 0.9).float()
        rate = f"{sure.mean():4.0%} ± {sure.std() / len(sure) ** 0.5:.0%} accepted"
        nearest = torch.cdist(x.flatten(1), train_x.flatten(1)).amin(-1)
        print(f"{name:13s} {rate}, {nearest.mean():.1f} from the nearest training image")
rows = torch.cat([x[:12] for x in shown.values()])
plot.images(
    rows,
    rows=4,
    alt="Digits; the same reconstructed, a little blurred; from the box, many smudges; noise.",
)

# %% [markdown]
# **Go on from here.** Find codes that do better than the box in *both* numbers. Candidates, of which not all succeed: one Gaussian fitted to
# `z`, one Gaussian a digit, the middle between a code and its nearest neighbour, a code plus a little noise. Some beat the *real* images:
# when is that no compliment? Which images does the classifier accept that you would not, and can you teach it a class "no digit"? How does
# all this change with 2 or 32 numbers? And what if the encoder were *told* where codes should lie? That is module 03.
