# %% [markdown]
# # Lab 00: fit, score, sample
#
# **What can you do with a density once you have one?** You will fit two, choose between them honestly, use one to find what does not
# belong, and draw from one: all the operations that the rest of the course does with deeper models.
#
# | | |
# |---|---|
# | before | lecture 00 |
# | time | {{minutes}} minutes for seven exercises |
# | follows | Z. Khan's deck after S. Ermon; P. Hanji's deck, *operations 1 and 2* |

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
import math

import torch

from dgm_course import plot, train
from dgm_course.data import images, toy
from dgm_course.exercises.introduction import check
from dgm_course.models.density import Gaussian, KernelDensity

rng = train.set_seed(0)

# %% [markdown]
# ## Fit and evaluate
#
# The oldest recipe: pick a family, choose the member under which the data are most likely, and read off how likely new data are.

# %% [markdown] card="gaussian_mle"
# The Gaussian under which independent examples $x_1, \dots, x_n$ are most likely has, coordinate by coordinate,
#
# $$m = \frac1n \sum_i x_i, \qquad s = \sqrt{\frac1n \sum_i (x_i - m)^2}.$$
#
# **In** `x` `(n, D)`. **Out** a tuple `(mean, std)`, each `(D,)`.


# %% stub="gaussian_mle"
def gaussian_mle(x):
    """Maximum-likelihood mean and standard deviation: (n, D) -> (D,), (D,)."""
    ### BEGIN SOLUTION
    mean = x.mean(0)
    std = ((x - mean) ** 2).mean(0).sqrt()
    return mean, std
    ### END SOLUTION


# %% check="gaussian_mle"
check(gaussian_mle)

# %% [markdown] hints="gaussian_mle"
# <details>
# <summary>Hint 1: where to look</summary>
#
# `torch.std` has an opinion about what to divide by, and its default is not the maximum-likelihood one. Which dimension counts the
# examples?
#
# </details>
#
# <details>
# <summary>Hint 2: the line in words</summary>
#
# Average over dimension 0; then average the squared distance to that mean over dimension 0 and take the square root.
#
# </details>

# %% [markdown]
# **Predict before you run.** A density is not a probability: can it exceed 1, and can a log-likelihood be positive?
#
# <details>
# <summary>Answer</summary>
#
# Both. Only the area under a density is 1; where it is narrow it must be tall. The curve of the next check goes above zero.
#
# </details>

# %% [markdown] card="log_likelihood"
# The log density of a Gaussian with independent coordinates, in nats:
#
# $$\log \mathcal N(x;\, m, s^2) = \sum_d \left[ -\frac{(x_d - m_d)^2}{2 s_d^2} - \log s_d - \frac12 \log 2\pi \right].$$
#
# **In** `x` `(B, D)`, `mean` and `std` `(D,)`. **Out** `(B,)`, one number an example.


# %% stub="log_likelihood"
def log_likelihood(x, mean, std):
    """Log density of each row in nats: (B, D), (D,), (D,) -> (B,)."""
    ### BEGIN SOLUTION
    z = (x - mean) / std
    terms = -0.5 * z**2 - std.log() - 0.5 * math.log(2 * math.pi)
    return terms.sum(-1)
    ### END SOLUTION


# %% check="log_likelihood"
check(log_likelihood)

# %% [markdown] hints="log_likelihood"
# <details>
# <summary>Hint 1: where to look</summary>
#
# Three terms a coordinate. Test the smallest case by hand: at $x = m$, $s = 1$, one coordinate costs $-\tfrac12 \log 2\pi \approx -0.919$.
#
# </details>
#
# <details>
# <summary>Hint 2: the line in words</summary>
#
# Standardise, square, halve and negate; subtract the log of the spread and half of log two pi; sum over the coordinates, not over
# the batch.
#
# </details>

# %% [markdown]
# ## A bump on every example
#
# No family in mind? Let the data be the model: one kernel an example, and the density is their mean.

# %% [markdown] card="kde_log_prob"
# A kernel density puts a Gaussian of standard deviation $h$, the bandwidth, on each of $n$ examples:
#
# $$\log p(x) = \log \frac1n \sum_{i=1}^{n} \mathcal N(x;\, x_i, h^2 I).$$
#
# Far from all examples every kernel underflows to 0, and yet the answer is finite. Stay in logs.
#
# **In** `x` `(B, D)`, `data` `(n, D)`, `bandwidth` a number. **Out** `(B,)`, nats.


# %% stub="kde_log_prob"
def kde_log_prob(x, data, bandwidth):
    """Log kernel density in nats: (B, D), (n, D), number -> (B,)."""
    ### BEGIN SOLUTION
    z = (x[:, None] - data) / bandwidth
    log_kernel = (-0.5 * z**2 - math.log(bandwidth) - 0.5 * math.log(2 * math.pi)).sum(-1)
    return log_kernel.logsumexp(-1) - math.log(len(data))
    ### END SOLUTION


# %% check="kde_log_prob"
check(kde_log_prob)

# %% [markdown] hints="kde_log_prob"
# <details>
# <summary>Hint 1: where to look</summary>
#
# First make the table of all pairs, `(B, n)`: the log density of each point under each kernel. With a new dimension in the
# middle, `x[:, None] - data` is `(B, n, D)`; sum D away. Only then combine the kernels.
#
# </details>
#
# <details>
# <summary>Hint 2: the line in words</summary>
#
# The log of a sum of exponentials is one call, `logsumexp`, over the kernels; dividing by the number of examples is a subtraction there.
#
# </details>

# %% [markdown]
# ### Break it on purpose
#
# The smaller the bandwidth, the better a kernel density likes its own examples. Watch both columns: one of them is lying.

# %%
moons = toy.Moons()
train_x, validation_x = moons.sample(200, rng), moons.sample(200, rng)
for bandwidth in (1.0, 0.3, 0.1, 0.03, 0.01, 0.001):
    kde = KernelDensity(train_x, bandwidth)
    seen, unseen = -kde.loss(train_x), -kde.loss(validation_x)
    print(f"h = {bandwidth:5.3f}: training {seen:6.2f}, held out {unseen:10.2f} nats")
print(f"the best any model can do, −H = {-moons.entropy():.2f} nats")

# %% [markdown] card="choose_bandwidth"
# Fit on `train`, score on `validation`, keep the bandwidth whose mean log density there is highest.
#
# $$h^\star = \arg\max_h \; \frac1B \sum_{b} \log p_h(x_b^{\text{validation}})$$
#
# **In** `train` `(n, D)`, `validation` `(B, D)`, `bandwidths` `(H,)`, in no particular order. **Out** the best bandwidth, one of those given.
#
# You may use `KernelDensity(data, bandwidth).log_prob(x)`.


# %% stub="choose_bandwidth"
def choose_bandwidth(train, validation, bandwidths):
    """The bandwidth with the highest held-out likelihood: (n, D), (B, D), (H,) -> ()."""
    ### BEGIN SOLUTION
    scores = [KernelDensity(train, h.item()).log_prob(validation).mean() for h in bandwidths]
    return bandwidths[torch.stack(scores).argmax()]
    ### END SOLUTION


# %% check="choose_bandwidth"
check(choose_bandwidth)

# %% [markdown] hints="choose_bandwidth"
# <details>
# <summary>Hint 1: where to look</summary>
#
# Two data sets, two jobs: on which do the kernels sit, and which one asks the question? The table above shows what happens when one
# set does both.
#
# </details>
#
# <details>
# <summary>Hint 2: the line in words</summary>
#
# For each bandwidth make the density from `train` and average its log density over `validation`; return the bandwidth, not its place,
# where that average is largest.
#
# </details>

# %% [markdown]
# ## Find what does not belong
#
# **Predict before you run.** A Gaussian is fitted to digits. Order by density: a test digit, white noise, the *average* of all
# digits (a grey smudge), and a digit faded halfway towards that smudge.
#
# <details>
# <summary>Answer</summary>
#
# Smudge, faded digit, digit, noise. A Gaussian is highest at its mean, which is no digit at all. "Low density means outlier" holds
# for outliers that lie *outside* the data, not for those that lie in the middle.
#
# </details>

# %%
digits, _ = images.digits("train")
test_digits, _ = images.digits("test")
model = Gaussian(digits, ridge=0.01)
smudge = digits.mean(0, keepdim=True)
faded = smudge + 0.5 * (test_digits - smudge)
noise = torch.rand(447, 1, 8, 8, generator=rng) * 2 - 1
pairs = {"smudge": smudge, "faded digits": faded, "test digits": test_digits, "noise": noise}
for name, x in pairs.items():
    print(f"{name:12s} {-model.loss(x):9.1f} nats")

# %% [markdown] card="outlier_auc"
# Call an image an outlier when its log density is low. To score such a detector without choosing a threshold, ask how often a random
# inlier beats a random outlier, a tie counting one half:
#
# $$\mathrm{AUC} = P(\ell_{\text{in}} > \ell_{\text{out}}) + \tfrac12 P(\ell_{\text{in}} = \ell_{\text{out}}).$$
#
# **In** log densities `inlier` `(N,)` and `outlier` `(M,)`. **Out** a number: 1 is perfect, ½ is chance.
#
# Log densities may be −1000: compare them as they are, for `exp` would make them all 0.


# %% stub="outlier_auc"
def outlier_auc(inlier, outlier):
    """Chance that an inlier has the higher log density: (N,), (M,) -> ()."""
    ### BEGIN SOLUTION
    gap = inlier[:, None] - outlier
    return (gap > 0).float().mean() + 0.5 * (gap == 0).float().mean()
    ### END SOLUTION


# %% check="outlier_auc"
check(outlier_auc)

# %% [markdown] hints="outlier_auc"
# <details>
# <summary>Hint 1: where to look</summary>
#
# Every inlier meets every outlier: N times M duels. The same trick as for the kernels makes the table.
#
# </details>
#
# <details>
# <summary>Hint 2: the line in words</summary>
#
# In the table of differences, inlier minus outlier, take the share of positive entries plus half the share of zeros.
#
# </details>

# %% [markdown]
# ## Sample
#
# A generator is a map: noise goes in, data come out. Two maps that need no training.

# %% [markdown] card="sample_histogram"
# If $u$ is uniform on $(0, 1)$ and $F$ is a cumulative distribution, then $F^{-1}(u)$ has that distribution. For a histogram $F$ rises
# by $p_k$ over cell $k$, in a straight line, so its inverse is a straight line within each cell.
#
# **In** `u` `(B,)` in (0, 1), `edges` `(K + 1,)` rising, not evenly spaced, `p` `(K,)` probabilities of the cells. **Out** `(B,)`.


# %% stub="sample_histogram"
def sample_histogram(u, edges, p):
    """Inverse of a histogram's cumulative distribution: (B,), (K + 1,), (K,) -> (B,)."""
    ### BEGIN SOLUTION
    cell = torch.searchsorted(p.cumsum(0), u).clamp(max=len(p) - 1)
    left_over = u - (p.cumsum(0) - p)[cell]
    return edges[cell] + left_over / p[cell] * edges.diff()[cell]
    ### END SOLUTION


# %% check="sample_histogram"
check(sample_histogram)

# %% [markdown] hints="sample_histogram"
# <details>
# <summary>Hint 1: where to look</summary>
#
# Two questions: in which cell does the cumulative sum pass $u$ (`torch.searchsorted` answers it), and how far into that cell?
#
# </details>
#
# <details>
# <summary>Hint 2: the line in words</summary>
#
# Subtract from u the probability of all cells before its own, divide by the cell's own probability, and go that share of the cell's
# width beyond its left edge.
#
# </details>

# %% [markdown] card="push_forward"
# Linear maps already make correlated data from white noise. If $z \sim \mathcal N(0, I)$ then
#
# $$x = m + A z \quad\text{has}\quad x \sim \mathcal N(m,\, A A^\top).$$
#
# **In** `noise` `(B, D)`, `mean` `(D,)`, `covariance` `(D, D)`. **Out** `(B, D)`: the noise, mapped row by row with any $A$ for which
# $A A^\top$ is the covariance.


# %% stub="push_forward"
def push_forward(noise, mean, covariance):
    """Map white noise to N(mean, covariance): (B, D), (D,), (D, D) -> (B, D)."""
    ### BEGIN SOLUTION
    a = torch.linalg.cholesky(covariance)
    return mean + noise @ a.T
    ### END SOLUTION


# %% check="push_forward"
check(push_forward)

# %% [markdown] hints="push_forward"
# <details>
# <summary>Hint 1: where to look</summary>
#
# A matrix has many square roots; `torch.linalg.cholesky` gives one. Rows of noise stand on the *left* of the product: what does that do
# to $A$?
#
# </details>
#
# <details>
# <summary>Hint 2: the line in words</summary>
#
# Take the Cholesky factor of the covariance, multiply the rows of noise by its transpose, add the mean.
#
# </details>

# %% [markdown]
# ## Your turn: the best density of digits you can make by hand
#
# Real data, no single right answer. Eight digits that a Gaussian made (top), and eight that a kernel density made: which model is better,
# and by which measure? Pixels have 17 grey levels, so uniform noise one level wide is added first: a density needs data that fill space.


# %%
def dequantise(x):
    """Spread each grey level evenly over its cell: images in [-1, 1], levels 1/8 apart."""
    return x + (torch.rand(x.shape, generator=rng) - 0.5) / 8


fitted, held_out = dequantise(digits), dequantise(images.digits("validation").x)
level = 64 * math.log(8)  # nats per image: densities in grey levels, not in [-1, 1]
for name, density in (("Gaussian", Gaussian(fitted)), ("kernels", KernelDensity(fitted, 0.2))):
    print(f"{name}: {density.loss(held_out) + level:.1f} nats per validation image")

# %%
samples = [Gaussian(fitted).sample(8, rng), KernelDensity(fitted, 0.2).sample(8, rng)]
plot.images(
    torch.cat(samples),
    rows=2,
    alt="Eight samples of the Gaussian, cloudy, above eight of the kernel density, noisy copies.",
)

# %% [markdown]
# **Go on from here.** Choose the bandwidth on the validation images with your own function. The kernel density's samples look like digits: find the
# training image nearest to each, and say why that is no compliment. Can a Gaussian *per class* beat both? Report your best number on
# the test images once, at the end; with one draw of noise the full Gaussian reaches
# about **132.0** there.
