# %% [markdown]
# # Autoencoders: an image can pass through a few numbers
#
# **What survives when an image must pass through a few numbers?**
#
# On the left every handwritten digit has become *two* numbers, and so a point. On the right is what each place of that plane is turned back into. Where points lie there are digits; in the cracks between them are things that nobody ever wrote. You will build this map and measure its holes: they are what module 03 repairs.
#
# Follows decks 004 (*Autoencoders*) and 000 (*Latent space*); Bourlard & Kamp 1988, Baldi & Hornik 1989, Hinton & Salakhutdinov 2006, Vincent et al. 2008 · {{minutes}} min to read · {{seconds}} s to run · before: lecture 00, matrices and eigenvectors, PyTorch

# %% [markdown] slide="notes"
# **4 min.** Ask before you explain: an 8 × 8 picture is 64 numbers; how many of them are really needed to say which digit it is, and how it was written? Collect guesses between 1 and 64 on the board. Then show the map and read one point aloud: here is a six, it has become this pair of numbers, and the right side says what a decoder makes of the pair.
#
# **Asked:** *Has anybody told the network which digit is which?* No. The marks on the left are drawn with the labels afterwards; training has seen pictures alone.
#
# **Wrong belief:** "The right side is a set of training images." None of it is stored. A decoder computes each of the 121 pictures from its place; many of them resemble no digit.
#
# **Show:** The first picture. Find a place on the left without points, then look up the same place on the right.

# %% slide="skip"
import torch
from sklearn.decomposition import PCA

from dgm_course import check, plot, scenes_autoencoders, train, widgets
from dgm_course.data import glyphs, images, toy
from dgm_course.metrics.monte_carlo import estimate_mean
from dgm_course.models import autoencoder
from dgm_course.nets import mlp

# %% slide="skip"
SEEDS, STEPS = 3, 500  # the knob; what 6000 steps reach is said where it matters
device, rng = train.device(), train.set_seed(0)
x, label = (part.to(device) for part in images.digits("train"))
new, new_label = (part.to(device) for part in images.digits("test"))


def fitted(make, x, dim, seed=0, steps=STEPS, lr=5e-3):
    """The autoencoder make(shape, dim), trained on images x (N, *shape)."""
    rng = train.set_seed(seed)
    model = make(x.shape[1:], dim).to(device)
    batches = train.minibatches(x, 50, steps, rng)
    train.fit(model.loss, model.parameters(), batches, lr=lr, schedule=train.cosine)
    return model.requires_grad_(False)


def by_pca(x, new, dim):
    """What the best linear codec of images x leaves of the images `new`."""
    pca = PCA(dim).fit(x.flatten(1).cpu())
    decoded = pca.inverse_transform(pca.transform(new.flatten(1).cpu()))
    return torch.tensor(decoded).view_as(new).to(new)


# %% slide="subslide" tags=["hide-input"]
from functools import partial

deep = partial(autoencoder.deep, hidden=(128, 64))
pair = fitted(deep, x, dim=2)
codes = pair.encode(x)
alt = "Two panels with the same axes, z₁ and z₂. Left, each of 1000 handwritten digits as a point, marked by its digit: zeros, sixes, fours, twos, sevens and threes form clouds, eights and fives share the crowded middle, most ones lie at the bottom, and bare strips run between the clouds. Right, 121 decoded pictures, one for each place of the same plane: clear zeros, sixes and fours where their clouds are, smeared mixtures in between."
scenes_autoencoders.latent_map(codes, label, pair.decode, alt=alt)

# %% [markdown]
# ## Six words carry the hour
#
# | symbol | in words | in code |
# |---|---|---|
# | $f$ | encoder: image to code | `model.encode(x)` |
# | $z = f(x)$ | code, or latent: $k$ numbers | `z`, `(B, dim)` |
# | $g$ | decoder: code to image | `model.decode(z)` |
# | $\hat x = g(f(x))$ | reconstruction | `model(x)` |
# | $k$ | size of the code, the bottleneck | `dim` |
# | $\frac{1}{BD}\sum (\hat x - x)^2$ | mean squared error, the loss | `model.loss(x)` |
#
# Pixels lie in $[-1, 1]$. In decibels an error $e$ is a **PSNR** of $10 \log_{10}(2^2 / e)$: half the error, 3 dB more.

# %% [markdown] slide="notes"
# **2 min.** Only the rows of $f$ and $g$ need to be read aloud: two functions, trained as one. The rest are names for what goes in between and comes out.
#
# **Asked:** *Why decibels?* A habit of people who compare image codecs. Ten decibels are a factor of ten in squared error; the 4 is the square of the range of a pixel, 2.
#
# **Wrong belief:** "The code is a summary that people can read." It is what the decoder can read. Nothing asks it to mean anything to us.

# %% [markdown]
# ## One number keeps the longest axis of a cloud
#
# Start where everything is known: a Gaussian cloud in the plane, standard deviations 2 and ½ along axes turned by 30°. One number a point may survive, along a line $u$:
#
# $$z = u^\top x, \qquad \hat x = z\,u, \qquad \mathbb E \lVert x - \hat x \rVert^2 = \operatorname{tr} S - u^\top S u.$$
#
# The best line is the axis of the *largest* variance; what is lost is the smaller one, $\frac14$, exactly.
#
# **Predict before you run.** Is it the line that regression of $x_2$ on $x_1$ finds?
#
# <details>
# <summary>Answer</summary>
#
# No. Regression measures vertically, and its line lies at 27.9° instead of 30°: it leans towards the axis of what is given. Here both coordinates are given and both are to be rebuilt, so distances are measured at right angles to the line.
#
# </details>

# %% [markdown] slide="notes"
# **9 min.** Draw a cloud and a line by hand, and drop perpendiculars. The total variance is fixed, so what the line keeps and what it loses trade one for one: to lose least is to keep most. That sentence is principal component analysis. Then the moons, where the room can see that every straight line is bad, and can draw the curve that is good.
#
# **Asked:** *Why is the error not divided by 2?* In the plane we count squared distance a point, as a ruler does. From the digits on it is the mean over pixels.
#
# **Asked:** *What is the bridge between the moons?* The decoder is continuous and its codes fill an interval, so the curve has to get from one moon to the other. No point lives there. Remember it.
#
# **Wrong belief:** "Fewer numbers than dimensions must lose something." Not for data on a curve, and in principle not at all: the prediction about interleaved digits. What limits is smooth maps, noise and few examples.
#
# **Show:** The two moons side by side; follow the orange curve with a finger from end to end, over the bridge.
#
# **May be skipped:** 2 min: regression's line.

# %% slide="subslide"
turn = torch.tensor(torch.pi / 6)
axes = torch.stack([turn.cos(), turn.sin(), -turn.sin(), turn.cos()]).reshape(2, 2)
cloud = torch.randn(4000, 2, generator=rng) * torch.tensor([2.0, 0.5]) @ axes


def my_squeeze(x, angle):
    """What is left of x (N, 2) after one number: the nearest points on a line."""
    u = torch.stack([angle.cos(), angle.sin()])
    return (x @ u)[:, None] * u


lost = (my_squeeze(cloud, turn) - cloud).square().sum(-1)  # squared distance, each point
number = estimate_mean(lost)
check.show(check.within_standard_errors("lost: the smaller variance", *number, 0.25))

# %% slide="subslide" tags=["hide-input"]
degrees = torch.arange(0, 181, 5)
known = (
    4.25 - 4 * (degrees.deg2rad() - turn).cos() ** 2 - 0.25 * (degrees.deg2rad() - turn).sin() ** 2
)
seen = [(my_squeeze(cloud, a) - cloud).square().sum(-1).mean() for a in degrees.deg2rad()]
line = torch.tensor([[-6.5], [6.5]]) * axes[0]
titles = ["the best line", "squared distance lost, by the line's angle"]
alt = "Left, a long cloud of points at 30 degrees with the line through its longest axis in orange, and short red threads from points to the line. Right, the mean squared distance lost against the angle of the line: a wave with its lowest point, 0.25, at 30 degrees and its highest, 4, at 120. Dots measured on 4000 points lie on the known curve."
with plot.figure(1, 2, titles=titles, size=(4.4, 3.0), alt=alt) as (left, right):
    scenes_autoencoders.squeezed(cloud[:600], my_squeeze(cloud[:600], turn), line, ax=left)
    plot.curves(degrees, {"known": known, "4000 points": seen}, styles=["-", "o"], ax=right)
    right.set(xlabel="angle of the line, degrees", ylim=(0, 4.6), xticks=range(0, 181, 30))

# %% [markdown]
# ### A network bends the line
#
# Two moons are long too, but not straight. Let $f$ and $g$ be small networks and minimise the same error by descent: the line becomes a curve.
#
# **Predict before you run.** Could *one* real number hold both coordinates of *every* point of the plane, without any loss?
#
# <details>
# <summary>Answer</summary>
#
# Yes: interleave the digits, 0.**12** and 0.**34** to 0.**1324**. But that map is torn everywhere, and a tiny error in $z$ destroys $x$. Counting numbers is not what limits an autoencoder; what limits it is that networks are continuous, that they have to be found by descent, and that examples are few.
#
# </details>

# %% slide="subslide" tags=["nbval-ignore-output"]
moons = toy.TARGETS["moons"]()
points, fresh = (moons.sample(n, rng).to(device) for n in (1000, 4000))
narrow = partial(autoencoder.deep, hidden=(64, 64))
bend = fitted(narrow, points, dim=1, steps=1000)
on_line = by_pca(points, fresh, dim=1)
for name, decoded in (("the best line", on_line), ("a network", bend(fresh))):
    print(f"{name:>13} loses {estimate_mean((decoded - fresh).square().sum(-1))} a point")

# %% slide="subslide" tags=["hide-input"]
z = bend.encode(points)
curve = bend.decode(torch.linspace(z.min().item(), z.max().item(), 600, device=device)[:, None])
far, few = torch.tensor([[-1.5, 0.25], [2.5, 0.25]], device=device), fresh[:700]
titles = ["one number, straight", "one number, bent"]
alt = "Left, two moons of points and the best straight line through them, falling from left to right; long red threads show what it loses. Right, the decoded curve of a network's single number: it follows the upper moon, crosses to the lower one over a bridge where there are no points, and follows that; the threads are short except at the two inner tips."
with plot.figure(1, 2, titles=titles, size=(4.4, 3.0), alt=alt) as (left, right):
    scenes_autoencoders.squeezed(few, on_line[:700], by_pca(points, far, 1), ax=left)
    scenes_autoencoders.squeezed(few, bend(few), curve, ax=right)

# %% [markdown]
# ## A linear autoencoder finds the principal subspace
#
# The slides' simplest one: flatten the image, one matrix down (28 × 28 to 32 there, 64 to 4 here), one matrix up, no nonlinearity. With the mean image $m$,
#
# $$z = W (x - m), \qquad \hat x = m + V z, \qquad \min_{W, V} \sum_i \lVert x_i - \hat x_i \rVert^2.$$
#
# Its minima were known before it was trained: $VW$ is the projection onto the $k$ directions of largest variance, and every other stationary point is a saddle or worse (Baldi & Hornik 1989). So descent must find PCA.
#
# **Predict before you run.** Will the columns of $V$ *be* the principal directions?
#
# <details>
# <summary>Answer</summary>
#
# Almost surely not. Replace $W$ by $AW$ and $V$ by $VA^{-1}$: for any invertible $A$ the reconstruction is the same, and so is the loss. Only the plane that the columns span is determined. To compare planes one needs angles that do not depend on a basis: principal angles.
#
# </details>

# %% [markdown] slide="notes"
# **13 min.** Ask what two matrices in a row can do that one cannot. Nothing, but the product has rank $k$, and that is the whole bottleneck. Then let them vote on the prediction. The three rows of pictures are the answer: the learned columns look like nothing in particular, yet the same plane holds the tidy principal directions.
#
# **Asked:** *Why subtract the mean?* A plane through the origin would waste a direction on reaching the data. The package's layers have biases, which learn it.
#
# **Asked:** *Why train at all, if PCA is one call?* We would not. It is the one autoencoder whose best value is known, so it tests the loop, the loss and the shapes.
#
# **Asked:** *Can descent get stuck?* It can slow down near saddles, where the plane misses one direction. It has no local minimum to stop in.
#
# **Wrong belief:** "The code's numbers are the principal components." They are some invertible mix of them, and correlated.
#
# **Wrong belief:** "Weights are integers, as pixels were." Erratum 1. Rounded to integers nearly all of them vanish.
#
# **Show:** The three rows of weights. Cover the labels and ask which row was trained.
#
# **Exercise:** `pca_reconstruction` and `principal_angles`, the two sides of this comparison.
#
# **May be skipped:** 3 min: the check with the mixing matrix.


# %% slide="subslide"
def my_linear_autoencoder(x, dim, steps=400, lr=0.05):
    """Weights (dim, D) down and (D, dim) up, by descent, for centred rows x (N, D)."""
    down = (0.1 * torch.randn(dim, x.shape[1])).to(x).requires_grad_()
    up = (0.1 * torch.randn(x.shape[1], dim)).to(x).requires_grad_()
    optimizer = torch.optim.Adam([down, up], lr=lr)
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = lr * train.cosine(step / steps)
        loss = (x @ down.T @ up.T - x).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return down.detach(), up.detach()


mean = x.flatten(1).mean(0)
centred = x.flatten(1) - mean
down, up = my_linear_autoencoder(centred, dim=4)

# %% slide="subslide" tags=["nbval-ignore-output"]
from scipy.linalg import subspace_angles

variances, directions = torch.linalg.eigh(centred.T.cov(correction=0).cpu())  # rising
principal = directions[:, -4:].flip(1)
angle = subspace_angles(up.cpu(), principal).max()
error, beyond = (centred @ down.T @ up.T - centred).square().mean(), variances[:-4].sum() / 64
check.show(
    check.at_most(f"angle to PCA's plane, {angle:.0e} rad, ≤ 0.001", angle, 1e-3, slack=0),
    check.close("error = the variances beyond the first four", error, beyond, rtol=1e-4),
)

# %% slide="subslide"
mix = torch.randn(4, 4, generator=rng).to(device)  # almost surely invertible
mixed = centred @ (mix @ down).T @ (up @ torch.linalg.inv(mix)).T
package = fitted(autoencoder.linear, x, dim=4, lr=5e-2)
check.show(
    check.close("mixed codes, same images", mixed, centred @ down.T @ up.T, atol=1e-3),
    check.close("the package's, by minibatches", package.loss(x), error, rtol=0.03),
)

# %% slide="subslide" tags=["hide-input"]
inside = up.cpu() @ torch.linalg.pinv(up.cpu()) @ principal
rows = {"principal directions": principal, "the decoder's columns": up.cpu()}
rows |= {"principal directions,\nrebuilt from its columns": inside}
rows = {name: (v / v.abs().amax(0)).T.reshape(4, 1, 8, 8) for name, v in rows.items()}
alt = "Three rows of four pictures of 8 by 8 weights. First, the principal directions of the digits. Second, the trained decoder's columns, none of them one of the pictures above. Third, the principal directions rebuilt as mixtures of those columns: the same pictures as in the first row."
scenes_autoencoders.image_rows(rows, alt=alt)

# %% [markdown] slide="subslide"
# > **Erratum 1.** *Deck 004, Simplest autoencoder.* "You only have integer values that are multiplied in the input." The weights are real numbers. Pixels may be integers, weights trained by descent are not: rounded to integers all weights of this encoder become 0, and one image comes out for every input. (Networks can be stored in 8-bit integers, *together with a real scale*: the last line.)

# %% tags=["nbval-ignore-output"]
scale = 127 / torch.stack([down.abs().max(), up.abs().max()])
in_bytes = [(w * s).round() / s for w, s in zip((down, up), scale, strict=True)]
choices = {"real": (down, up), "integers": (down.round(), up.round()), "bytes, scaled": in_bytes}
for name, (w, v) in choices.items():
    error = (centred @ w.T @ v.T - centred).square().mean()
    print(
        f"{name:>13} weights: error {error:.3f}; {(w != 0).sum()} of {w.numel()} of the encoder not 0"
    )

# %% [markdown]
# ## Depth bends the plane
#
# Hidden layers with ReLU in encoder and decoder turn the plane into a bent surface with $k$ coordinates, $\{g(z) : z \in \mathbb R^k\}$, that may go where the images are (Hinton & Salakhutdinov 2006). Convolution–ReLU–pool and convolution–ReLU–upsample build in that neighbouring pixels belong together and that a stroke is a stroke wherever it lies.
#
# All are trained on 1000 digits and judged on 447 by *other* writers.
#
# **Predict before you run.** A plane is a special bent surface. So with $k = 32$ of 64 numbers, who is best: PCA, deep or convolutional?
#
# <details>
# <summary>Answer</summary>
#
# PCA, by far. The best *deep* network could copy it, but descent from 1000 images in a few hundred steps does not find that one. At $k = 2$ depth wins clearly. To be able to represent a solution is not to find it.
#
# </details>

# %% [markdown] slide="notes"
# **12 min.** Ask for the vote on 32 numbers first. Then build the case: a plane is a special surface, so the deep one *can* be at least as good; and yet. The difference between what a network can represent and what descent finds from 1000 images is worth the whole section.
#
# **Asked:** *Is it overfitting?* In part: on new digits the printed errors are a fifth to two fifths higher. The other part: with 32 numbers even the error on its own digits is above PCA's, so it is not trained to the end either.
#
# **Asked:** *Why ReLU?* Any nonlinearity will do; with it encoder and decoder are pieces of linear maps, glued without tears. Without any, depth is a product of matrices and gains nothing.
#
# **Asked:** *Why does the convolutional one not win?* The digits are tiny and centred, so that knowing about shifts is worth little. On large pictures it is what makes training possible at all.
#
# **Wrong belief:** "A larger code is always the better choice." It rebuilds better. What it costs is shown in the section on failure.
#
# **Show:** The rows of reconstructions: first the three with 2 numbers, then the three with 32. Ask which of the six could pass for handwriting.
#
# **Exercise:** `make_autoencoder` and `training_step`, the two halves of `fitted`.
#
# **May be skipped:** 2 min: the printed table; the figure holds it.


# %% slide="subslide" tags=["nbval-ignore-output"]
conv = partial(autoencoder.convolutional, channels=(16,))
sizes, every = (2, 8, 32), (1, 2, 4, 8, 16, 32)
by_seed = {}
for make, lr, seeds in ((deep, 5e-3, SEEDS), (conv, 1e-2, 2)):
    steps = STEPS if make is deep else STEPS // 2  # whose steps cost far more
    tried = [[fitted(make, x, k, s, steps, lr) for k in sizes] for s in range(seeds)]
    by_seed[make] = tried
    error = torch.tensor([[model.loss(new) for model in models] for models in tried])
    said = (f"{k} numbers {e:.3f}" for k, e in zip(sizes, error.mean(0), strict=True))
    print(f"{make.func.__name__}: {', '.join(said)}")

# %% slide="subslide" tags=["hide-input"]
linear = torch.tensor([[(by_pca(x, new, k) - new).square().mean() for k in every]])
runs = {"linear (PCA)": (every, linear)}
for name, make in (("deep", deep), ("convolutional", conv)):
    table = [[model.loss(new) for model in models] for models in by_seed[make]]
    runs[name] = (sizes, torch.tensor(table))
alt = "Squared error on digits of new writers against the size of the code. Linear, from 1 to 32 numbers: 0.25, 0.21, 0.15, 0.10, 0.05, 0.01. Deep: 0.16 with 2 numbers, 0.08 with 8, 0.07 with 32. Convolutional: 0.20, 0.10, 0.06. The deep one is lowest with 2 and with 8 numbers, PCA by far with 32. The bars over seeds are hardly larger than the marks."
with plot.figure(size=(6.4, 3.6), alt=alt) as (ax,):
    scenes_autoencoders.errors(runs, ax=ax)
    ax.set(xlabel="numbers in the code, of 64", ylabel="error on new writers", ylim=(0, 0.28))

# %% slide="subslide" tags=["hide-input"]
rows = {"new digits": new[:10]}
for place, k in ((0, 2), (2, 32)):
    rows[f"PCA, {k}"] = by_pca(x, new[:10], k)
    rows[f"deep, {k}"] = by_seed[deep][0][place](new[:10])
    rows[f"convolutional, {k}"] = by_seed[conv][0][place](new[:10])
alt = "Ten new digits and six rows of reconstructions. From 2 numbers PCA makes grey blurs, the deep one often a clear digit, at times another one, the convolutional one blurs again. From 32 numbers all are readable, and PCA's can hardly be told from the digits."
scenes_autoencoders.image_rows(rows, alt=alt, height=0.66)

# %% [markdown] slide="subslide"
# **Where the lines cross is no law.** It depends on data and patience. With 6000 steps the deep one reaches 0.151, 0.070 and 0.028, the convolutional one in 3000 steps 0.182, 0.077 and 0.019 (one seed each); at 32 numbers PCA's 0.011 still stands. That says how little 1000 images teach, not what depth is able to do. From 60,000 images Hinton and Salakhutdinov's network rebuilt handwriting from 30 numbers far better than PCA did.

# %% tags=["nbval-ignore-output"]
for k, model in zip(sizes, by_seed[deep][0], strict=True):
    print(
        f"deep, {k:2d} numbers: error {model.loss(x):.3f} on its own digits, {model.loss(new):.3f} new"
    )

# %% [markdown]
# ## A code fits its data and no other
#
# Autoencoding is *data-specific* compression. Trained on digits in six fonts, 28 × 28 pixels, and asked for letters, what does it do? Its rival knows no data at all: the **discrete cosine transform** behind JPEG, which keeps the $k$ slowest of 784 waves. (With all of them nothing is lost, as with wavelets or PNG; through a bottleneck something always is.) Each gets 8 numbers an image.
#
# **Predict before you run.** Who has the least error on digits, and whose error grows most from digits to letters?
#
# <details>
# <summary>Answer</summary>
#
# The autoencoder, both times. On digits its error is about a quarter of the cosines'. On letters it is two and a half times as large, PCA's twice, the cosines' a sixth larger: who knew most about digits has most to lose.
#
# </details>

# %% [markdown] slide="notes"
# **11 min.** Ask for two codecs: one for a company that stores only scanned digits, one for a camera. The first may learn, the second must not trust that it has seen everything. Then the bars: let the room say which bar they would watch if the data changed tomorrow. The count of waves is the fairest comparison: what is one number of this code worth, on digits and on letters?
#
# **Asked:** *Why is PCA between the two?* It has learned as well, but only mean and covariance, and letters share more of those with digits than they share shapes.
#
# **Asked:** *Is a number a fair unit of size?* Only roughly. Files have bits: the numbers must be rounded and coded, and rounding a learned code may cost more than rounding a wave (module 03 puts a price on it, in nats).
#
# **Asked:** *And wavelets, PNG?* A wavelet or cosine transform loses nothing until coefficients are dropped or rounded; PNG never does. An autoencoder with a bottleneck cannot promise that for any image.
#
# **Wrong belief:** "Unseen fonts are as bad as letters." New fonts cost the autoencoder little; new shapes cost it much.
#
# **Show:** The row of letters as the autoencoder sees them: ask which digit each has become.
#
# **May be skipped:** 3 min: the count of waves.

# %% slide="subslide"
from scipy import fft

drawn = glyphs.glyphs("train", n=1500).x.to(device)
others = {"digits": glyphs.glyphs("train", n=400, seed=1).x.to(device)}
others["digits, unseen fonts"] = glyphs.glyphs("test", n=400).x.to(device)
others["letters"] = glyphs.glyphs("train", glyphs.LETTERS, n=400, seed=1).x.to(device)


def waves(x):
    """Cosine transform, slow waves first: (B, 1, 28, 28) -> (B, 784), and their places."""
    row = torch.arange(28)
    slowest = (1000 * (row[:, None] + row) + row).flatten().argsort()
    found = fft.dctn(x.cpu().numpy(), axes=(2, 3), norm="ortho")
    return torch.tensor(found).flatten(1)[:, slowest], slowest


# %% slide="subslide"
def by_cosines(x, k):
    """What is left of images if only the k slowest waves are kept."""
    found, slowest = waves(x)
    kept = torch.zeros_like(found)
    kept[:, slowest[:k]] = found[:, :k]
    kept = kept.view(x.shape).numpy()
    return torch.tensor(fft.idctn(kept, axes=(2, 3), norm="ortho")).to(x)


shallow = partial(autoencoder.deep, hidden=(256,))
own = fitted(shallow, drawn, dim=8, lr=3e-3)
codecs = {"autoencoder": own, "PCA": lambda x: by_pca(drawn, x, 8)}
codecs["cosines"] = lambda x: by_cosines(x, 8)
lost = {
    name: [(codec(x) - x).square().mean() for x in others.values()]
    for name, codec in codecs.items()
}
same = by_cosines(others["letters"], 784)
check.show(check.close("all 784 cosines lose nothing", same, others["letters"], atol=1e-5))

# %% slide="subslide" tags=["hide-input"]
alt = "Bars of squared error with 8 numbers. Digits: autoencoder 0.040, PCA 0.051, cosines 0.148. Digits in unseen fonts: 0.042, 0.052, 0.150. Letters: 0.105, 0.103, 0.173. The autoencoder wins on both kinds of digits and has lost its lead on letters."
roles = [plot.COLOR[role] for role in ("model", "data", "noise")]
bars = {name: [error.item() for error in errors] for name, errors in lost.items()}
with plot.figure(size=(7.0, 3.5), alt=alt) as (ax,):
    plot.bars(others, bars, colors=roles, ylabel="error with 8 numbers", digits=3, ax=ax)

# %% slide="subslide" tags=["nbval-ignore-output"]
for (name, x_other), error in zip(others.items(), lost["autoencoder"], strict=True):
    energy = waves(x_other)[0].square().mean(0)
    beyond = energy.sum() - energy.cumsum(0)  # lost if the first 1, 2, ... are kept
    enough = (beyond / 784 > error.item()).sum() + 1
    print(f"{name:>20}: 8 numbers of the autoencoder do what {enough} waves do")

# %% slide="subslide" tags=["hide-input"]
letters = others["letters"][:9]
rows = {"letters": letters} | {name: codec(letters) for name, codec in codecs.items()}
alt = "Nine letters and what 8 numbers leave of them. The autoencoder and PCA turn them into shapes like digits, the P into something like a 0, the D into a 6. The cosines leave one grey blob each."
scenes_autoencoders.image_rows(rows, alt=alt)

# %% [markdown]
# ## Denoising: noisy in, clean out
#
# Spoil the input, not the target. With noise $\epsilon \sim \mathcal N(0, I)$ the loss is $\lVert \hat x(x + \sigma\epsilon) - x \rVert^2$: copying costs $\sigma^2$ now, so that no bottleneck is needed. The best answer to $y = x + \sigma\epsilon$ is the mean of all clean images that could be behind it.
#
# If images were Gaussian with mean $m$ and covariance $S$, it would be linear (Wiener's filter):
#
# $$\mathbb E[x \mid y] = m + S (S + \sigma^2 I)^{-1} (y - m) = y + \sigma^2\, \nabla_y \log p(y).$$
#
# **Predict before you run.** What does a network learn whose *target* is the noisy image too?
#
# <details>
# <summary>Answer</summary>
#
# To copy, noise and all, as far as its capacity allows. What little it cleans it owes to what it cannot copy, not to knowing what noise is.
#
# </details>

# %% [markdown] slide="notes"
# **12 min.** Put the two losses side by side on the board; they differ in one letter, and one of them is useless. Then ask what the best denoiser does with a picture that could be a 3 or an 8: it cannot choose, it averages. Blur is the right answer to squared error.
#
# The second form of Wiener's filter is the seed of half of this course: cleaned minus noisy, divided by the noise's variance, is the gradient of the log density of noisy images. It holds for any data, not only Gaussian ones (Tweedie's formula). Modules 08 and 09 sample by it.
#
# **Asked:** *May the target be a second, independent noisy copy?* Yes. Its mean is the clean image, and squared error looks for means: Noise2Noise. What fails is the *same* noise on both sides.
#
# **Asked:** *Why is the linear filter so strong?* It is exact for everything that mean and covariance know, and these are measured well from 1000 images. What is left for a network is the shape of strokes.
#
# **Wrong belief:** "A denoiser is robust to any corruption." It has learned this noise at this strength.
#
# **Show:** The rows of pictures, from the second down. Stop at the third and ask whether it was worth the training.
#
# **Exercise:** `denoising_loss`, whose wrong answers are these very slips.
#
# **May be skipped:** 4 min: Wiener's filter as a gradient.


# %% slide="subslide"
def psnr(decoded, x):
    """Peak signal-to-noise ratio in decibels, for pixels in [-1, 1]."""
    return 10 * (4 / (decoded - x).square().mean()).log10().item()


std, rows = 0.5, new.flatten(1)
noisy = rows + std * torch.randn(rows.shape, generator=rng).to(device)
inner = centred.T.cov(correction=0)
outer = inner + std**2 * torch.eye(64, device=device)  # the covariance of noisy images
wiener = mean + (noisy - mean) @ torch.linalg.solve(outer, inner)
log_prob = torch.distributions.MultivariateNormal(mean, outer).log_prob
moved = (wiener - noisy) / std**2  # is it the gradient of log p at the noisy images?
noisy.requires_grad_()
(score,) = torch.autograd.grad(log_prob(noisy).sum(), noisy)
check.show(check.close("(cleaned − noisy) / σ² = the score", moved, score, 1e-3, 1e-3))


# %% slide="subslide" lines="1-7"
def my_denoising_loss(model, x):
    return (model(x + std * torch.randn_like(x)) - x).square().mean()


def copying_loss(model, x):
    noisy = x + std * torch.randn_like(x)
    return (model(noisy) - noisy).square().mean()


def cleaner(loss, make):
    rng, model = train.set_seed(0), make(x.shape[1:], 64).to(device)
    batches = train.minibatches(x, 50, STEPS, rng)
    objective, cosine = partial(loss, model), train.cosine
    train.fit(objective, model.parameters(), batches, lr=5e-3, schedule=cosine)
    return model.requires_grad_(False)(noisy.view_as(new))


# %% slide="subslide" tags=["hide-input"]
flat = partial(autoencoder.deep, hidden=(128,))
cleaned = {"noisy": noisy.view_as(new), "deep, noisy target": cleaner(copying_loss, flat)}
cleaned["best linear"] = wiener.view_as(new)
cleaned["convolutional"] = cleaner(my_denoising_loss, conv)
cleaned["deep"] = cleaner(my_denoising_loss, flat)
rows = {f"{name}\n{psnr(images, new):.1f} dB": images[:10] for name, images in cleaned.items()}
alt = "Ten new digits; with noise, 12.1 decibels; cleaned by a deep network whose target was noisy, 13.2, still speckled; by the best linear filter, 17.2; by a convolutional network, 16.8; by a deep one, 17.3. The last three rows are legible and a little blurred."
scenes_autoencoders.image_rows({"new digits": new[:10]} | rows, alt=alt, height=0.7)

# %% [markdown] slide="subslide"
# **What more training brings.** With 3000 steps the convolutional one reaches 17.7 dB, with 6000 the deep one 18.0 (one seed each). Wiener's filter needed no training, only the mean and the covariance of the images; the networks' gain over it is what they know beyond these.

# %% [markdown]
# ## It fails: nobody said where codes may lie
#
# A decoder turns *any* $k$ numbers into an image. So draw numbers at random: is that a generative model? The deck says it in one line: *latent space in autoencoders is unknown*.
#
# Take the smallest box around all training codes and draw evenly from it. An independent judge, a classifier that has never met the autoencoder, **accepts** an image if it is over 90 % sure of *some* digit.
#
# **Predict before you run.** Which box yields more digits: that of 2 numbers, or of 32?
#
# <details>
# <summary>Answer</summary>
#
# That of 2. Codes can fill a square, and most of it decodes to something like a digit. In 32 dimensions 1000 codes fill nothing: nearly every point of the box is far from all of them. Better reconstruction, worse invention.
#
# </details>

# %% [markdown] slide="notes"
# **14 min.** Let the room propose how to draw a new digit with what they have: random codes is what everybody says. Let them guess the shares, then compare with real digits and reconstructions, not with 100 %.
#
# Say what the failure is. Training only ever asked what happens *at* the codes of images. Between them the decoder is free, and where codes lie is decided by chance and by the seed.
#
# **Asked:** *Why not fit a Gaussian to the codes, or a table?* One can: a density on codes is a model of images, and latent diffusion (module 12) does it. It needs codes that are worth modelling. A plain Gaussian fitted to these does no better than the box at 8 numbers.
#
# **Asked:** *Is the judge to be trusted?* Only in comparison: it must name some digit. Hence the second measure, the distance to the nearest training image.
#
# **Wrong belief:** "A smaller reconstruction error makes a better generator." From 2 to 32 numbers the error falls by more than half, and the share of box codes that is accepted falls with it.
#
# **Show:** The widget. Begin among the zeros at the top left and drag z₂ down through the crack to the sixes: certainty drops, and the picture is neither. The crowded middle is doubtful for another reason: two numbers do not tell eights from fives.
#
# **Exercise:** `sample_box` and `acceptance_rate`, this experiment with your own autoencoder.
#
# **May be skipped:** 3 min: the straight path.

# %% slide="subslide" tags=["nbval-ignore-output"]
judge_rng = train.set_seed(0)
judge = mlp.image_encoder((1, 8, 8), 10, hidden=(256, 128, 32)).to(device)


def surprise(rows):
    spoiled = x[rows] + 0.1 * torch.randn_like(x[rows])
    return torch.nn.functional.cross_entropy(judge(spoiled), label[rows])


batches = train.minibatches(torch.arange(len(x)), 100, 400, judge_rng)
losses = train.fit(surprise, judge.parameters(), batches, lr=2e-3, schedule=train.cosine)
judge.requires_grad_(False)
right = 100 * (judge(new).argmax(-1) == new_label).double()
print(f"the judge names {estimate_mean(right)} % of the new digits rightly")


# %% slide="subslide"
def sure(x):
    """How sure the judge is of the likeliest digit: (B, 1, 8, 8) -> (B,)."""
    return judge(x).softmax(-1).amax(-1)


def from_box(model, n):
    """Decode n codes drawn evenly from the box around all training codes."""
    z = model.encode(x)
    low, high = z.amin(0), z.amax(0)
    u = torch.rand(n, len(low), generator=rng).to(device)
    return model.decode(low + u * (high - low))


def distance(images):
    """The median distance of images to their nearest training image."""
    return torch.cdist(images.flatten(1), x.flatten(1)).amin(1).median().item()


# %% slide="subslide" tags=["nbval-ignore-output"]
deep_ones = dict(zip(sizes, by_seed[deep][0], strict=True))
invented = {k: from_box(model, 2000) for k, model in deep_ones.items()}
shares = {"new\ndigits": sure(new) > 0.9}
print(f"distance to the nearest training image: new digits {distance(new):.1f}")
for k, model in deep_ones.items():
    rebuilt = model(new)
    shares[f"rebuilt\nfrom {k}"] = sure(rebuilt) > 0.9
    shares[f"box\nof {k}"] = sure(invented[k]) > 0.9
    print(
        f"{k:2d} numbers: rebuilt {distance(rebuilt):.1f}, from the box {distance(invented[k]):.1f}"
    )

# %% slide="subslide" tags=["hide-input"]
roles = [plot.COLOR["data"]] + 3 * [plot.COLOR["model"], plot.COLOR["wrong"]]
alt = "Bars: the share of images that the judge accepts, with standard errors. New digits 88 %. Rebuilt from 2 numbers 73 %, decoded from the box of 2 66 %; for 8 numbers 86 % and 66 %; for 32 numbers 87 % and 50 %. The more numbers, the wider the gap between rebuilt and invented."
with plot.figure(size=(7.2, 3.6), alt=alt) as (ax,):
    scenes_autoencoders.share_bars(shares, colors=roles, ax=ax)

# %% slide="subslide" tags=["hide-input"]
rows = {"new digits": new[:12]} | {f"box of {k}": images[:12] for k, images in invented.items()}
alt = "Rows of twelve images. New digits; images from random codes of 2 numbers, most of them blurred digits; of 8 numbers, some digits and some tangles; of 32 numbers, mostly blots and halves of digits."
scenes_autoencoders.image_rows(rows, alt=alt)

# %% slide="subslide" tags=["hide-input"]
alt = "The plane of two-number codes with the 1000 digits on it, grey where the judge is in doubt; a red line surrounds what it accepts. White regions, each around the cloud of a digit, are parted by grey cracks that run to the edges; the crowded middle, where eights and fives lie, is mostly grey."
scenes_autoencoders.doubt(codes, label, lambda z: sure(pair.decode(z)), alt=alt)

# %% slide="subslide"
scene = scenes_autoencoders.walk(codes, label, pair.decode, sure)
stills = [{"across": 0.5, "up": 0.5}, {"across": 0.1, "up": 0.9}]
alt = "Left, the codes of 1000 digits, and a red dot for the code that the sliders choose. Right, the image that this code decodes to, with the judge's verdict and the distance to the nearest real code. In the crowded middle it is a smear that the judge does not accept, at the top left, among the zeros, a clear zero."
widgets.explore(scene, scenes_autoencoders.WALK_SLIDERS, stills, alt, name="latent plane")

# %% [markdown]
# ### A straight path between two digits may leave the digits
#
# Two real codes are safe, but what lies between them? Of each digit we take the training image whose reconstruction convinces the judge most and, of the 45 straight paths between their codes of 8 numbers, the one whose middle convinces it least; below each image, how sure it is. The second row fades one image into the other pixel by pixel, without any network. By this judge it need not be worse: nothing has asked the straight path in $z$ to be a good one.

# %% slide="subslide" tags=["hide-input"]
model, share = by_seed[deep][0][1], torch.linspace(0, 1, 9, device=device)[:, None]
surest = [torch.where(label == digit, sure(model(x)), 0).argmax() for digit in range(10)]
first = x[torch.stack(surest)]
pairs = torch.combinations(torch.arange(10))
z = model.encode(first)
middle = sure(model.decode((z[pairs[:, 0]] + z[pairs[:, 1]]) / 2))
a, b = pairs[middle.argmin().cpu()]
paths = [model.decode((1 - share) * z[a] + share * z[b])]
paths.append((1 - share[..., None, None]) * first[a] + share[..., None, None] * first[b])
percent = [f"{100 * s:.0f} %" for s in sure(torch.cat(paths)).tolist()]
alt = "Two rows of nine pictures that lead from a 1 to a 7, each with how sure the judge is. Along the straight path between their codes it is 100 % sure at both ends, and 35 and 42 % on the way; of the pixel-by-pixel fade below, 74 % at the least."
with plot.figure(size=(7.2, 2.4), alt=alt) as (ax,):
    plot.images(torch.cat(paths), rows=2, captions=percent, ax=ax)

# %% [markdown]
# ## In four lines the package draws the same map of printed digits
#
# Images of 28 × 28 pixels, twelve times as many numbers, six fonts, thin and bold; the recipe does not change. Again the digits separate, though nobody named them.
#
# But two numbers go to what costs most *pixels*. Let size, slant and place vary too, and the map sorts by size and by place from left to right, with all ten digits on top of each other.

# %% [markdown] slide="notes"
# **4 min.** Compare with the first picture of the hour: the same call, other data. Ask what they would get if the digits were also large and small, upright and leaning. The answer is in the text and worth a minute: squared error does not know what we care about.
#
# **Asked:** *Would a convolutional network be better here?* With minutes instead of seconds, usually. A step of it costs many times as much on one core.
#
# **Wrong belief:** "The axes of the map mean something, say, size and slant." Turn or shear the plane and the loss is the same.

# %% slide="subslide"
printed = glyphs.glyphs("train", n=1500, size=18.0, slant=0.1, dx=0.0, dy=0.0)
rng, model = train.set_seed(0), autoencoder.deep((1, 28, 28), 2, hidden=(128, 64)).to(device)
batches = train.minibatches(printed.x.to(device), 50, STEPS, rng)
losses = train.fit(model.loss, model.parameters(), batches, lr=2e-3, schedule=train.cosine)
z = model.encode(printed.x.to(device)).detach()
alt = "The two panels again, for 1500 printed digits. Left, tight clouds, one a digit, along a curved band from the ones at the top left to the sixes at the bottom right; threes, fives, eights and nines lie close together. Right, what the plane decodes to: clear printed digits along the band, grey mixtures of several digits beside it, at the top right."
scenes_autoencoders.latent_map(z, printed.character, model.decode, alt=alt)

# %% [markdown]
# ## One number: a code of eight carries a new digit to 17 dB
#
# The deep autoencoder, 8 numbers, trained with five seeds, asked for 447 digits by writers it has not seen. Beside it what is cheap: to answer with the mean digit, whatever was asked (no number at all); to name the nearest of the 1000 training images (one index, 10 bits); and PCA with 8 numbers. (With 6000 steps the deep one reaches 17.6 dB, one seed.)

# %% [markdown] slide="notes"
# **4 min.** Say which part of the spread the error bar is: five seeds of the same recipe on the same images. Other writers would move the number more. Then read the bars from the left: a whole autoencoder buys 0.8 decibels over PCA.
#
# **Asked:** *Why is the nearest training image a rival?* It is a codec too: the code is its index, at most 10 bits. It never fails to look like a digit, and that is a lesson for samplers: judged by looks alone, a copier wins.
#
# **Wrong belief:** "Less than a decibel is nothing." It is a sixth of the squared error.

# %% slide="subslide" tags=["nbval-ignore-output"]
eight = [models[1] for models in by_seed[deep]]
eight += [fitted(deep, x, 8, seed) for seed in range(SEEDS, 5)]
scores = torch.tensor([psnr(model(new), new) for model in eight])
number = estimate_mean(scores)
print(f"deep, 8 numbers, {len(scores)} seeds: {number} dB on 447 digits by new writers")

# %% slide="subslide" tags=["hide-input"]
nearest = x[torch.cdist(new.flatten(1), x.flatten(1)).argmin(1)]
rivals = {"mean digit\n0 numbers": x.mean(0).expand_as(new), "nearest image\n10 bits": nearest}
rivals["PCA\n8 numbers"] = by_pca(x, new, 8)
heights = [psnr(images, new) for images in rivals.values()] + [number.mean]
alt = "Bars of PSNR on new digits: the mean digit 11.3 decibels; the nearest training image 16.2; PCA with 8 numbers 16.0; the deep autoencoder with 8 numbers 16.8, with an error bar of 0.1 over five seeds."
roles = [plot.COLOR["noise"]]
with plot.figure(size=(6.4, 3.4), alt=alt) as (ax,):
    names = [*rivals, "deep\n8 numbers"]
    plot.bars(names, {"": heights}, colors=roles, ylabel="PSNR, dB", digits=1, ax=ax)
    ax.errorbar(3, number.mean, number.standard_error, color="black", capsize=4)
    ax.patches[3].set_facecolor(plot.COLOR["model"])
    ax.set_ylim(0, 20)

# %% [markdown]
# ## Limits and lineage
#
# - An autoencoder is no generative model: it has no density and no way to draw $z$.
# - Squared error counts pixels. A stroke moved by one pixel costs as much as a missing one, and what is uncertain comes out blurred.
# - Numbers are not bits. A code of 8 floats holds 256 bits; what it *needs* is a question of rate, asked in module 03.
#
# Bourlard and Kamp (1988) showed that such a net with a linear output cannot beat PCA through one hidden layer, Baldi and Hornik (1989) that the linear one has no false minima, Hinton and Salakhutdinov (2006) how to train deep ones, Vincent et al. (2008) that noise can replace the bottleneck.

# %% [markdown] slide="notes"
# **2 min.** Take the first point and leave the rest to be read. It is the bridge to the next hour: put a price on where codes lie, and a random code becomes a digit.

# %% [markdown]
# ## References
#
# - [H. Bourlard & Y. Kamp 1988](https://doi.org/10.1007/BF00332918), *Auto-association by multilayer perceptrons and singular value decomposition*; [P. Baldi & K. Hornik 1989](https://doi.org/10.1016/0893-6080(89)90014-2), *Neural networks and principal component analysis: learning from examples without local minima*
# - [G. E. Hinton & R. R. Salakhutdinov 2006](https://doi.org/10.1126/science.1127647), *Reducing the dimensionality of data with neural networks*
# - [P. Vincent, H. Larochelle, Y. Bengio & P.-A. Manzagol 2008](https://doi.org/10.1145/1390156.1390294), *Extracting and composing robust features with denoising autoencoders*; [J. Lehtinen et al. 2018](https://arxiv.org/abs/1803.04189), *Noise2Noise*
# - N. Ahmed, T. Natarajan & K. R. Rao 1974, *Discrete cosine transform*; [B. Efron 2011](https://doi.org/10.1198/jasa.2011.tm11181), *Tweedie's formula and selection bias*
# - Slides: A. Mahdavi-Amiri, *Generative models: a quick overview* (deck 004); N. Verma, *Generative models: breaking the limits of creativity* (deck 000)
#
# Next: the lab `02_autoencoders`, then the variational autoencoder (03).

# %% [markdown] slide="notes"
# **1 min.** Name one paper for the week: Hinton and Salakhutdinov, three pages and one unforgettable map of digits. Then hand out the lab.
