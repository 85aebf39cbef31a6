# %% [markdown]
# # A generative model is a density learned from shadows
#
# **What does it mean to have learned a distribution, and how would we know?**
#
# A thread leads from each picture to where a model of handwritten digits puts it: further right is likelier. It ranks real digits far above noise, and no other model of this hour scores better on new digits. Yet it finds an *empty page* likelier than every one of 447 real digits. You will build it, question it, and know why.
#
# Follows decks 000, 001, 002, 003; Parzen 1962, Theis et al. 2016, Nalisnick et al. 2019, Xiao et al. 2022 · {{minutes}} min to read · {{seconds}} s to run · before: densities, covariance, a little PyTorch

# %% [markdown] slide="notes"
# **4 min.** Say nothing about the model yet. Point at the axis, further right is likelier, and give the room half a minute to find what is odd. Then ask what they had expected at the right end. Write the answers on the board and leave them there: they are needed when outliers come. Tell them only that the model is the plainest one there is, a table of grey levels for each pixel.
#
# **Asked:** *Is a log density of −74 not tiny?* For one picture among $17^{64}$ it is a lot: who guesses evenly gives every picture −181.
#
# **Asked:** *Is the model simply broken?* No. It ranks noise below every real digit and shuffled pixels below nearly all. That the empty page comes out on top follows from one clear belief.
#
# **Wrong belief:** "It must have seen too few digits." More digits would not help: black stays the commonest level of most pixels, however many one collects.
#
# **Show:** The ruler, before any words. Let them put the three hung pictures in order: noise −286, shuffled pixels −184, the empty page −74.

# %% slide="skip"
import torch

from dgm_course import check, plot, scenes_density, train, widgets
from dgm_course.data import images, toy
from dgm_course.metrics.monte_carlo import estimate_mean
from dgm_course.models.density import Gaussian, Histogram, KernelDensity

generator = train.set_seed(0)


# %% slide="skip"
def dequantise(x):
    """Images in [-1, 1] as grey levels 0..16, each plus uniform noise in [0, 1): we shall see why."""
    return images.to_levels(x) + torch.rand(x.shape, generator=generator)


torch.set_default_dtype(torch.float64)
learned, valid, test = (dequantise(images.digits(s).x) for s in ("train", "validation", "test"))

# %% slide="subslide" tags=["hide-input"]
pixel_log_prob = scenes_density.pixel_density(learned)
page, noise = torch.full((1, 8, 8), 0.5), 17 * torch.rand(1, 8, 8, generator=generator)
shuffled = test[0].flatten()[torch.randperm(64, generator=generator)].reshape(1, 8, 8)
hung = {"noise": noise, "shuffled pixels": shuffled, "an empty page": page}
alt = "A ruler of log density from -300 to -70. Noise hangs at -286, a digit with its pixels shuffled at -184. The histogram of 447 real digits lies between -137 and -79. To the right of all of them, at -74, hangs an empty black page."
scenes_density.ruler(pixel_log_prob, test, hung, alt=alt)

# %% [markdown]
# ## Six words carry the hour
#
# | symbol | in words | in code |
# |---|---|---|
# | $x$ | one datum: a point, or an image of 64 pixels | `x`, `(B, *event)` |
# | $p$ | the truth: the density behind the data | `truth` |
# | $q$ | the model: our guess of $p$ | `model` |
# | $\log q(x)$ | log density, in nats (natural-log units) | `model.log_prob(x)` |
# | $x \sim q$ | a sample | `model.sample(n)` |
# | $z$ | plain noise, before it becomes a sample | `z` |
#
# One nat more means $e = 2.72$ times the density. Lecture 01 says what a nat is *worth*; here it is a unit.

# %% [markdown] slide="notes"
# **2 min.** Read only the rows of $p$, $q$ and $z$ aloud; the others explain themselves when they are used. Ask what would be left to do if we knew $p$: nothing to learn, only to draw and to judge.
#
# **Asked:** *Why always logarithms?* In single precision the product of 64 probabilities of 1/17 is 0; the sum of their logs is −181. And what independent parts say can be added.
#
# **Wrong belief:** "A density is a probability, so it cannot exceed 1." Only its integral is 1. A Gaussian of standard deviation 0.1 is 4.0 high at its mean, so a log density may be positive.

# %% [markdown]
# ## We see shadows, never what casts them
#
# In Plato's *Republic* prisoners sit in a cave, facing a wall. Behind them a fire burns, and between the fire and their backs things are carried past. All they ever see is shadows; the carriers stay behind.
#
# A data set is such a wall. Each $x$ was cast by something that we never meet, a hand that wrote, a street before a lens. We call what stands behind a density $p$ and try to build one like it: *a simulator of the process that generates the data*.
#
# On this page we own one cave. Its `truth` can be sampled, and here we may also turn round and look.

# %% [markdown] slide="notes"
# **6 min.** Tell the cave in three sentences. What matters is that different things can cast the same shadow: a data set is finite, and by itself it does not single out the density that it came from. Feynman's last blackboard carried a motto for this field: what I cannot create, I do not understand.
#
# At the four densities from 40 points ask which one is right. Nobody can tell from these points alone, and that is the lesson.
#
# **Asked:** *Do enough data make the belief unimportant?* In a family that can become anything, slowly yes: kernels find any density if the bandwidth shrinks at the right pace. In a family that cannot hold the truth, never: one heap stays one heap.
#
# **Wrong belief:** "A deep network has no prior." Its architecture, loss, optimiser and moment of stopping are its prior; a convolution believes that neighbours belong together and that places are alike.
#
# **Show:** The row of 10, 100, 1000 points. Ask at each panel how many arms they would swear to, before anyone looks at the density on the right.
#
# **May be skipped:** 2 min: the cave. Begin with the four panels.

# %% slide="subslide" tags=["hide-input"]
truth = toy.TARGETS["pinwheel"]()
shadows = truth.sample(1000, generator)
views = {f"{n} shadows": shadows[:n] for n in (10, 100, 1000)}
views["what casts them: p"] = truth.log_prob
alt = "Four panels. Ten points look like nothing. A hundred points hint at a shape. A thousand points show five curved arms around an empty centre. The last panel shows the density that cast them: a smooth pinwheel of five arms, darkest a little way out from the centre."
scenes_density.plane(views, roles=["data"] * 4, alt=alt)

# %% [markdown]
# ### Data alone are no model: every model adds a belief
#
# From the same 40 shadows, four densities. Left, the belief "only what I saw can happen". Right, the belief "the world is one round heap". In between, "what is near to something I saw can happen too".
#
# None of the four is in the data. Each is data *plus prior knowledge*: a family of densities, a loss, a way to fit. A model without prior knowledge can only repeat the data. Priors range from weak to strong; none at all is of no use.

# %% slide="subslide" tags=["hide-input"]
few = shadows[:40]
beliefs = {"copies": KernelDensity(few, 0.06), "cells": Histogram(few, -4.2, 4.2, 12)}
beliefs |= {"neighbourhoods": KernelDensity(few, 0.35), "one heap": Gaussian(few)}
alt = "Four densities learned from the same 40 points, drawn on top as open blue circles: forty tiny specks, one in each circle; a patchwork of square cells; soft clouds that begin to show the arms; one broad round heap that ignores the empty centre."
scenes_density.plane({name: m.log_prob for name, m in beliefs.items()}, over=few, alt=alt)

# %% [markdown]
# ## A model does two things: it draws and it judges
#
# Operation 1, **sampling**: make a new $x \sim q$. Operation 2, **density evaluation**: given any $x$, say $\log q(x)$. Every model in this course has the first; not all have the second.
#
# A good model's samples *look like* real ones: they have high density under the truth (a first definition; we shall break it). And the reverse: real data that it has not seen, **held-out data**, have high density under the model. This can be measured without knowing the truth, as the mean *log-likelihood*:
#
# $$\text{score}(q) = \frac1n \sum_{i=1}^n \log q(x_i), \qquad x_i \sim p \text{, not used for fitting.}$$
#
# *On average* no model beats the truth, whose expected score is $-H$; $H$ is its *entropy* (proof: lecture 01).

# %% [markdown] slide="notes"
# **10 min.** Let the room choose: which of the two operations does a forger need (drawing), and which an inspector of printed circuits (judging)? Then the score, a mean of log densities at points that were not used for fitting. Give the ceiling first, −2.32 nats a point: that is the truth's own expected score, and every model of the plane is measured by how far it stays below.
#
# The Gaussian in words: write the log-likelihood, set its derivatives to zero, and out come mean and covariance.
#
# **Asked:** *Can a model beat the truth on held-out data?* Not on average; that is KL ≥ 0 of lecture 01. On one finite sample a close model can, by luck.
#
# **Asked:** *Why n and not n − 1?* Likelihood is highest with n. Dividing by n − 1 serves another wish, an unbiased variance. With 500 points the variances differ by 0.2 %.
#
# **Wrong belief:** "The likeliest point looks like the data." The Gaussian is highest in the empty middle: 0.072, where the truth has 0.005, fourteen times less.
#
# **Show:** The three panels, after a show of hands on the prediction. Start in the middle, at the peak; only then point at the same place on the left.
#
# **Exercise:** `gaussian_mle` and `log_likelihood`, fitting and evaluating with independent coordinates.

# %% slide="subslide"
data, held_out = truth.sample(500, generator), truth.sample(5000, generator)
oracle, best_possible = estimate_mean(truth.log_prob(held_out)), -truth.entropy()
print(f"score of the truth: {oracle} nats a point; exact: −H = {best_possible:.4f}")
check.show(check.within_standard_errors("the truth scores −H", *oracle, best_possible))

# %% [markdown]
# ### The likeliest Gaussian is just mean and covariance
#
# One heap. Among all Gaussians, the score on *training* data is highest for the mean $m$ and the covariance $S = \frac1n\sum_i (x_i - m)(x_i - m)^{\top}$, divided by $n$, not by $n - 1$. With $S = LL^{\top}$,
#
# $$\log q(x) = -\tfrac12\,\lVert L^{-1}(x - m)\rVert^2 - \tfrac12\log\lvert 2\pi S\rvert.$$
#
# **Predict before you run.** The pinwheel has an empty centre. Where will the fitted Gaussian have its *highest* density?
#
# <details>
# <summary>Answer</summary>
#
# In the empty centre. The mean of the data is a place where there are no data, and a Gaussian is highest at its mean. The average of many faces is no face: remember it when the outliers come.
#
# </details>


# %% slide="subslide"
def my_gaussian_log_prob(x, data):
    """The likeliest Gaussian's log density, nats: (B, D), (N, D) -> (B,)."""
    mean = data.mean(0)
    centred = data - mean
    factor = torch.linalg.cholesky(centred.T @ centred / len(data))
    z = torch.linalg.solve_triangular(factor, (x - mean).T, upper=False)
    log_volume = (factor.diagonal() * (2 * torch.pi) ** 0.5).log().sum()
    return -0.5 * z.square().sum(0) - log_volume


gaussian, mine = Gaussian(data), my_gaussian_log_prob(held_out, data)
check.show(
    check.close("my Gaussian agrees with the package", mine, gaussian.log_prob(held_out)),
    check.integrates_to_one("its density", lambda x: my_gaussian_log_prob(x, data), limit=10.0),
)

# %% slide="subslide" tags=["hide-input"]
views = {}
for name, q in {"truth": truth, "Gaussian": gaussian}.items():
    score, middle = q.log_prob(held_out).mean(), q.log_prob(torch.zeros(1, 2)).exp().item()
    views[f"{name}: score {score:.2f}\nat the centre {middle:.3f}".replace("-", "−")] = q.log_prob
views["samples of the Gaussian"] = gaussian.sample(500, generator)
alt = "Left: the five arms of the truth, score −2.32, density 0.005 at the centre. Middle: the fitted Gaussian, one round heap, score −3.63, density 0.072 at the centre, where it is highest. Right: 500 samples of the Gaussian fill the whole disc, the gaps and the centre as much as the arms."
scenes_density.plane(views, roles=["data", "model", "model"], alt=alt)

# %% [markdown]
# ## A histogram believes in cells
#
# Cut the square into cells of volume $v$ and count: $q(x) = c(x) / (n v)$, where $c(x)$ is the number of training points in the cell of $x$. With ever finer cells and enough data it can become any density at all.
#
# Its trouble: one new point in an empty cell, and the score is $-\infty$. The model said "impossible", and it happened. One can pretend that each cell was hit a little beforehand (`pseudocount`), but neighbouring cells still tell each other nothing.

# %% [markdown] slide="notes"
# **5 min.** Do one cell on the board: 5 of 500 points in a cell of area 0.25 make a density of 5 / (500 × 0.25) = 0.04. Then ask how many cells one should take. There is no answer without new data, and it is the same question as the bandwidth's.
#
# **Asked:** *Is −∞ not too harsh?* The score is a bet. Who gave probability 0 has promised that it never happens. With 12 × 12 cells 0.8 % of new points break the promise, and one is enough for a mean of −∞.
#
# **Asked:** *Does the pseudocount not repair it?* It ends the −∞, but it gives the same to every empty cell, beside the data or far from them.
#
# **Wrong belief:** "Finer cells are a better picture." Of these 500 points. Among 108 × 108 cells half of all *new* points fall between the stars.
#
# **Show:** The three panels from left to right. Before the third, let them guess its share of impossible new points: 49 %.
#
# **Exercise:** `sample_histogram`, which draws from such a table.
#
# **May be skipped:** 2 min: the code. The three panels carry the idea.


# %% slide="subslide"
def my_histogram_log_prob(x, data, low, high, bins):
    """Log density, nats, of a histogram: (B, 2), (N, 2) -> (B,)."""
    width = (high - low) / bins
    row_column = ((torch.cat([data, x]) - low) / width).floor().long()
    cell = row_column[:, 0] * bins + row_column[:, 1]
    counts = cell[: len(data)].bincount(minlength=bins**2)
    return (counts[cell[len(data) :]] / (len(data) * width**2)).log()


mine, package = my_histogram_log_prob(held_out, data, -6, 6, 24), Histogram(data, -6, 6, 24)
check.show(check.close("my histogram agrees with the package", mine, package.log_prob(held_out)))

# %% slide="subslide" tags=["hide-input"]
views = {}
for bins in (12, 36, 108):
    fit = Histogram(data, -6, 6, bins)
    empty = fit.log_prob(held_out).isinf().double().mean()
    views[f"{bins} × {bins} cells\n{empty:.1%} of new points: impossible"] = fit.log_prob
alt = "The same 500 points in histograms of 12 by 12, 36 by 36 and 108 by 108 cells. Coarse cells blur the arms into blocks; 0.8 % of new points fall into empty cells. Medium cells show the arms; 6.8 %. Fine cells are a sky of separate stars, and half of all new points fall between them."
scenes_density.plane(views, alt=alt)

# %% [markdown]
# ## Kernels let each datum vouch for its neighbourhood
#
# Put a small Gaussian of standard deviation $h$, the *bandwidth*, on every training point, and take their mean (Rosenblatt 1956, Parzen 1962):
#
# $$q(x) = \frac1n \sum_{i=1}^n \mathcal N(x;\, x_i,\, h^2 I).$$
#
# To sample: pick a training point, add noise of size $h$. To evaluate, there is one trap. Far from all data each term underflows to exactly 0, and the log of their sum is lost; `logsumexp` takes out the largest term first.
#
# **Predict before you run.** We shrink the bandwidth towards 0. What happens to the score on the *training* data? And on held-out data?
#
# <details>
# <summary>Answer</summary>
#
# The training score grows without bound: each training point sits under its own spike, of height $1/(2\pi h^2 n)$. The held-out score falls without bound: new points lie between the spikes. The best model by training score is a perfect memory of the data, and it is worthless.
#
# </details>

# %% [markdown] slide="notes"
# **11 min.** Ask what goes wrong with a bandwidth that is too large, and with one too small, before the formula is shown. The second answer is the important one: a perfect memory has the best training score there is. Then newness, which needs no density, and the trap that it holds.
#
# **Asked:** *How is the bandwidth chosen in practice?* By the score on points that were left out: a validation set, as in the lab, or each point in turn. Rules of thumb assume one round heap.
#
# **Asked:** *Why has the training score no ceiling?* Every point sits under its own spike of height $1/(2\pi h^2 n)$, which grows without bound.
#
# **Wrong belief:** "Far above the truth's score means an excellent model." Nothing does better than the truth on new points, on average. Such a score is a confession: it has seen these.
#
# **Wrong belief:** "A sample far from all training points is new." A copy plus noise is far as well.
#
# **Show:** The widget. Start at the right end, 0.3: one cloud, both scores −4.04. Drag left and stop at −0.7: held-out is at its best, −2.63, and close by red crosses the dashed line of the truth (here; it is no law). At −1.5 red says −0.46, held-out −11.6; its dot has left the picture.
#
# **Exercise:** `kde_log_prob` and `choose_bandwidth`, the formula far from all data, then this picture's choice.
#
# **May be skipped:** 3 min: newness in the plane.


# %% slide="subslide"
def my_kde_log_prob(x, data, bandwidth):
    """Log density, nats, of kernels on the data: (B, D), (N, D) -> (B,)."""
    kernel = torch.distributions.Normal(data, bandwidth)
    log_kernels = kernel.log_prob(x[:, None]).sum(-1)  # (B, N)
    return log_kernels.logsumexp(-1) - torch.tensor(len(data)).log()


kernels, far = KernelDensity(data, bandwidth=0.2), torch.tensor([[30.0, 0.0]])
naive = torch.distributions.Normal(data, 0.2).log_prob(far).sum(-1).exp().mean().log()
print(
    f"far away: sum, then log: {naive:.0f}; logsumexp: {my_kde_log_prob(far, data, 0.2).item():.0f}"
)
mine = my_kde_log_prob(held_out, data, 0.2)
check.show(check.close("my kernels agree with the package", mine, kernels.log_prob(held_out)))

# %% slide="subslide"
scene = scenes_density.bandwidth(data[:300], held_out[:1000], best=best_possible)
alt = "Left, a density learned from 300 points, with the points on it; right, the score against the bandwidth, for the training points in red, for held-out points in orange, and the truth's as a dashed line. Small bandwidth: separate specks, the training score rises above the truth's and the held-out score has fallen out of the picture. Medium: five arms, both scores near the truth's. Large: one pale cloud, both scores low."
stills = [{"log10_h": -1.5}, {"log10_h": -0.7}, {"log10_h": 0.0}]
widgets.explore(scene, scenes_density.BANDWIDTH_SLIDER, stills, alt, name="bandwidth")

# %% [markdown]
# ### Real, but not a copy: the distance to the data tells, as long as no noise hides it
#
# The goal is not to replicate the training data but to make new data. A model that copies draws perfect samples, so looking at samples will not catch it. The held-out score does. So may a second measurement, which needs no density. Call it *newness*: how far is a sample from its nearest training point, compared with a fresh real point? Near 0 it is a copy. Near 1 proves little: a copy plus enough noise scores 1 too.


# %% slide="subslide"
def my_newness(x, data, fresh):
    """Distance to the nearest training point, relative to fresh points."""
    x, data, fresh = (points.flatten(1) for points in (x, data, fresh))
    near, usual = (torch.cdist(a, data).amin(1).median() for a in (x, fresh))
    return (near / usual).item()


sizes = torch.logspace(-2, 0, 21).tolist()
drawn = [KernelDensity(data, h).sample(500, generator) for h in sizes]
newness = {"samples": [my_newness(x, data, held_out) for x in drawn], "fresh points": [1.0] * 21}
colors = [plot.COLOR["model"], plot.COLOR["data"]]
alt = "Distance from a sample of the kernels to the nearest training point, relative to that of a fresh real point, against the bandwidth. It is near 1 around 0.1 to 0.2, where the held-out score is best, sinks to 0.2 as the bandwidth shrinks to 0.01, where samples are all but copies, and passes 4 before the bandwidth is 1."
with plot.figure(size=(5.6, 2.9), alt=alt) as (ax,):
    labels = {"xlabel": "bandwidth h", "ylabel": "newness", "ylim": (0, 4)}
    plot.curves(sizes, newness, colors=colors, styles=["-", "--"], ax=ax, **labels)
    ax.set_xscale("log")

# %% slide="subslide"
smoothed = Histogram(data, -6, 6, bins=30, pseudocount=0.1)
models = {"Gaussian": gaussian, "histogram": smoothed, "kernels": kernels}
gaps = {name: oracle.mean - q.log_prob(held_out).mean().item() for name, q in models.items()}
labels = {"ylabel": "nats below the truth", "ylim": (0, 1.5)}
alt = "How far the held-out score is below the truth's, in nats a point: the Gaussian 1.30, the histogram 0.50, the kernels 0.23. The more a model lets its data speak, up to the right bandwidth, the nearer it comes."
plot.bars(
    gaps, {"": list(gaps.values())}, colors=[plot.COLOR["model"]], digits=2, alt=alt, **labels
)

# %% [markdown]
# ## In 64 dimensions the histogram has nowhere to count
#
# The digits have 64 pixels of 17 grey levels. A histogram with one cell for each possible image needs $17^{64} \approx 5.6 \times 10^{78}$ cells, and there are 1000 images to fill them.
#
# It dies long before that. Take only the $d$ pixels nearest the centre, and ask how many of the *new* images show a pattern that occurred at least once among the 1000.

# %% [markdown] slide="notes"
# **12 min.** Three beats: cells run out; levels are no continuum; the best score draws the worst pictures. Spend the time on the third. Let everybody write down both orders, by score and by looks, before the gallery appears.
#
# **Asked:** *Why do independent pixels win?* Their cells are as fine as the data. 58 % of all pixels are exactly 0 or 16; a table knows that, a Gaussian must spread over values between. Grey levels are the large, easy part of the nats; strokes are the small, hard one.
#
# **Asked:** *Why is noise added to test images too?* The model describes noisy images. By Jensen its mean score there is at most the log probability of the whole levels, so nobody gains by it. Without noise, spikes on the levels score as high as one likes.
#
# **Wrong belief:** "Divided by 255, pixels are continuous." That changes the unit: 256 values stay 256 values, our 17 stay 17 (erratum 1).
#
# **Wrong belief:** "Better likelihood, better pictures." 106.3 nats draws blobs, 156.1 draws digits under a veil.
#
# **Show:** One pixel's curves: follow red to the left, up to 5.7 nats at bandwidth 0.0001, on *new* images. Then the gallery: ask which set they would buy, and read the nats above it.
#
# **May be skipped:** 4 min: dequantisation. Say that uniform noise puts densities and tables on one scale.

# %% slide="subslide" tags=["hide-input"]
grid = torch.cartesian_prod(torch.arange(8), torch.arange(8)) - 3.5
order = grid.norm(dim=1).argsort(stable=True)  # pixels from the centre outwards
old, new = (split.flatten(1)[:, order].long().tolist() for split in (learned, test))
known = [{tuple(row[:d]) for row in old} for d in range(11)]
seen = [sum(tuple(row[:d]) in known[d] for row in new) / len(new) for d in range(1, 11)]
alt = "Share of the test images whose d central pixels show a pattern that also occurs in the training set. All of them at d = 1, half at d = 3, 7 % at d = 6, one image in 447 at d = 8, none from d = 9 on."
labels = {"xlabel": "pixels d", "ylabel": "share of new images", "digits": 3}
plot.bars(range(1, 11), {"": seen}, alt=alt, **labels)

# %% [markdown] slide="subslide"
# There are two ways out, and the course takes both. *Share* between cells: kernels, and later neural networks. Or *split* the job: one histogram for each pixel, $q(x) = \prod_i q_i(x_i)$. That is $64 \times 17$ cells instead of $17^{64}$, at the price of a belief that is plainly false: pixels are independent. This is the model of the first picture.


# %% slide="subslide"
def my_pixel_probs(x, pseudocount=0.1):
    """One histogram a pixel: images in [0, 17) -> probabilities (64, 17)."""
    levels = torch.nn.functional.one_hot(x.flatten(1).long(), 17)
    counts = levels.sum(0) + pseudocount
    return counts / counts.sum(-1, keepdim=True)


def my_pixel_log_prob(x, probs):
    """Log probability of images, nats: (B, *event), (64, 17) -> (B,)."""
    return probs.log()[torch.arange(64), x.flatten(1).long()].sum(-1)


probs = my_pixel_probs(learned)
check.show(
    check.close(
        "my pixels agree with the package", my_pixel_log_prob(test, probs), pixel_log_prob(test)
    )
)

# %% [markdown]
# ### Seventeen levels are not a continuum
#
# > **Erratum 1.** Deck 000 (*Applications*) calls pixels in 0…255 discrete and pixels in $[0, 1]$ continuous. Rescaling changes the unit, not the kind: 17 levels divided by 16 are still 17 values. A *density* fitted to them can put a spike on each value, and its score grows without bound, on **held-out** images too. What makes them continuous is **dequantisation**: add **uniform** noise $u \in [0, 1)$ to each level, in training and in testing alike.
#
# One pixel shows it. Kernels on its value, scored on new images:

# %% slide="subslide"
sizes = torch.logspace(-4, -0.5, 22).tolist()
old, new = (split[:, :, 3, 3] for split in (learned, test))  # one pixel, dequantised
slide = [KernelDensity(old.floor() / 16, h).log_prob(new.floor() / 16).mean() for h in sizes]
right = [KernelDensity(old / 17, h).log_prob(new / 17).mean() for h in sizes]
table = Histogram(old / 17, 0, 1, bins=17).log_prob(new / 17).mean()
print(f"the slide's recipe, bandwidth {sizes[0]:.4f}: {slide[0]:.2f} nats, and rising")
print(f"dequantised, best bandwidth: {max(right):.2f}; a table of 17 probabilities: {table:.2f}")
curves = {"pixel / 16: spikes": slide, "dequantised": right, "table of 17": [table] * len(sizes)}
colors = [plot.COLOR[role] for role in ("wrong", "model", "data")]
labels = {"xlabel": "bandwidth h", "ylabel": "held-out nats, one pixel", "ylim": (-2.5, 7)}
alt = "Held-out score of one pixel against the bandwidth of its kernels. On the pixel divided by 16, the slide's recipe, the score climbs for ever as the bandwidth shrinks, to 5.7 nats at 0.0001. On the dequantised pixel it rises to just below the dashed line, the score of a table of 17 probabilities, and then falls."
with plot.figure(size=(6.0, 3.0), alt=alt) as (ax,):
    plot.curves(sizes, curves, colors=colors, styles=["-", "-", "--"], ax=ax, **labels)
    ax.set_xscale("log")

# %% [markdown] slide="subslide"
# Dequantised, the numbers can be compared. By Jensen's inequality the log density, averaged over the noise, is at most the log probability $Q$ of the whole cell, the integer image:
#
# $$\mathbb E_{u}\,\log q(x + u) \;\le\; \log \int_{[0,1)^{64}} q(x + u)\,du = \log Q(x),$$
#
# with equality if $q$ is flat in each cell, as pixel histograms are (Theis et al. 2016). So densities and tables of probabilities stand on one scale (a density by an upper bound on its nats). For images one flips the sign: **nats per image**, $-\log q$, lower is better. Guessing costs $64 \ln 17 = 181.3$.

# %% [markdown] slide="subslide"
# **Predict before you run.** In the plane the kernels won, 0.23 nats from the truth where the Gaussian lost 1.30. Now three beliefs meet 1000 digits in 64 dimensions: pixel histograms, one Gaussian, kernels (with the bandwidth that is best on validation images). Which scores best on new digits? Which draws the best digits?
#
# <details>
# <summary>Answer</summary>
#
# Score: pixels, then the Gaussian, then the kernels. Looks: exactly the other way round.
#
# </details>

# %% slide="subslide"
tries = {h: KernelDensity(learned, h) for h in (1.5, 2.0, 2.5, 3.0, 4.0)}
chosen = max(tries, key=lambda h: tries[h].log_prob(valid).mean())
bell, copier = Gaussian(learned), tries[chosen]
log_probs = {"pixels": pixel_log_prob, "Gaussian": bell.log_prob}
log_probs["kernels"] = copier.log_prob
nats = {name: estimate_mean(-f(test)) for name, f in log_probs.items()}
print(f"bandwidth of the kernels: {chosen}")
print("\n".join(f"{name}: {cost} nats an image" for name, cost in nats.items()))

# %% slide="subslide" tags=["hide-input"]
levels = probs.multinomial(400, replacement=True, generator=generator).T.reshape(-1, 1, 8, 8)
drawn = {"pixels": levels + torch.rand(levels.shape, generator=generator)}
drawn |= {"Gaussian": bell.sample(400, generator), "kernels": copier.sample(400, generator)}
sets = {"real and new\nnewness 1": test}
for name, x in drawn.items():
    sets[f"{name}: {nats[name].mean:.1f}\nnewness {my_newness(x, learned, test):.2f}"] = x
alt = "Six images each. Real digits are crisp. Samples of the pixel histograms, 106.3 nats, newness 1.86, are speckled blobs in which no digit can be read. Samples of the Gaussian, 132.0 nats, newness 1.53, have strokes and smears, some almost digits. Samples of the kernels, 156.1 nats, newness 1.05, are digits under a veil of noise."
scenes_density.gallery(sets, alt=alt)

# %% [markdown] slide="subslide"
# The model with the best nats draws the worst pictures. And newness is fooled: the kernels *are* copies, under noise that newness takes for novelty. Their 1.05 is that noise alone; and the mean of all digits, which is no digit, scores 1.28.
#
# The pixel model knows each pixel's grey levels to perfection and nothing about strokes; the kernels know strokes because they *repeat* them, and waste their density on the veil of noise. Likelihood and looks are different questions (Theis et al. 2016): never trust one number. We want a model with both, and none of these is it.

# %% [markdown]
# ## Ask a density for what is missing
#
# A density over everything answers questions about parts: fix what you know, and look at the rest.
#
# | conditional | known | asked |
# |---|---|---|
# | $p(\text{image} \mid \text{text})$ | a caption | a picture |
# | $p(\text{class} \mid \text{image})$ | a picture | its kind: a generative classifier (07) |
# | $p(\text{high} \mid \text{low})$ | few pixels | many: super-resolution |
# | $p(\text{whole} \mid \text{mask})$ | a part | the rest: inpainting |
# | $p(\text{clean} \mid \text{noisy})$ | a measurement | what was measured |
# | $p(\text{next word} \mid \text{words})$ | a prompt | its continuation |
# | $p(\text{actions} \mid \text{observations})$ | what a robot sees | what to do |
#
# Also on the slides: strokes to a painting, grey to colour, X-ray views to a slice, a caption to a video, Chinese to English, a comment to code; uncropping, deblurring, HDR.

# %% [markdown] slide="notes"
# **10 min.** Read the table as one sentence: a part is known, a part is asked. The slides show each row at work; collect a row from the room's own fields, medicine, sound, astronomy. Then one formula does three rows, and a table of counts does the row of words.
#
# **Asked:** *Where does the formula come from?* A Gaussian, conditioned on some of its coordinates or on sums of them, stays Gaussian; $K$ is the linear regression of $x$ on $y$. The next cell checks it against the chain rule, on 447 images.
#
# **Asked:** *Why is the mean blurred?* It averages all continuations that are still possible, which is what a squared error rewards. A draw commits itself to one and pays: 3.58 grey levels against 2.66.
#
# **Asked:** *Is the table of Plato a language model?* Yes, with the same chain rule. A network can also answer in contexts that it never saw; the table has no row for them.
#
# **Wrong belief:** "The lower error is the better completion." The mean of ten similar images wins two of three tasks and is nobody's digit.
#
# **Show:** The rows of completions: let them choose between the mean and the two draws, and say for what use. Then the bars.
#
# **May be skipped:** 4 min: Plato's sentence; its answer is the bandwidth going to 0 again.

# %% [markdown]
# ### One formula inpaints, sharpens and denoises
#
# For a Gaussian, three of the rows are one formula. We measure $y = A x + \text{noise}$ of variance $\sigma^2$. The matrix $A$ keeps some pixels (inpainting), averages blocks (super-resolution) or keeps all (denoising). If $x \sim \mathcal N(m, S)$, then $x$ given $y$ is Gaussian again, with
#
# $$K = S A^{\top}\,(A S A^{\top} + \sigma^2 I)^{-1}, \qquad m_y = m + K\,(y - A m), \qquad S_y = S - K A S.$$
#
# The covariance $S_y$ does not depend on $y$: before it sees anything, the model knows how wrong it expects to be.


# %% slide="subslide"
def my_posterior(model, A, y, noise_std=0.0):
    """x given y = Ax + noise: (K, D), (B, K) -> mean (B, D), covariance."""
    S, noise = model.covariance, noise_std**2 * torch.eye(len(A))
    gain = torch.linalg.solve(A @ S @ A.T + noise, A @ S).T
    return model.mean + (y - model.mean @ A.T) @ gain.T, S - gain @ A @ S


x, upper, lower = test.flatten(1), torch.eye(64)[:32], torch.eye(64)[32:]
guess, spread = my_posterior(bell, upper, x @ upper.T)
normal = torch.distributions.MultivariateNormal
above = normal(bell.mean[:32], bell.covariance[:32, :32]).log_prob(x[:, :32])
below = normal(guess[:, 32:], spread[32:, 32:]).log_prob(x[:, 32:])
verdict = check.close(
    "log q(x) = log q(upper) + log q(lower | upper)", above + below, bell.log_prob(test)
)
check.show(verdict)

# %% [markdown] slide="subslide"
# **Predict before you run.** Cover the lower half of a digit that the model has never seen. One Gaussian, 64 means and a covariance, completes it. Does it beat memory: looking up the training image whose upper half is most similar, and copying its lower half?
#
# <details>
# <summary>Answer</summary>
#
# Yes, it beats one copy. But the error rewards averages: the mean of the ten most similar images wins two of the three tasks (the bars below), and a *draw* from the Gaussian loses to the copy.
#
# </details>

# %% slide="subslide" tags=["hide-input"]
factor = torch.linalg.cholesky(spread + 1e-9 * torch.eye(64))  # the upper half has no variance left
draws = guess + torch.randn(2, len(x), 64, generator=generator) @ factor.T
sees = torch.cat([x[:, :32], torch.full((len(x), 32), 5.0)], 1)
rows = {"new digit": x, "what it sees": sees, "mean of all": bell.mean.expand_as(x)}
rows |= {"mean, given y": guess, "a draw, given y": draws[0], "another draw": draws[1]}
shown = {name: row[[3, 5, 11, 12, 24, 30, 33, 47]] for name, row in rows.items()}
alt = "Eight new digits in columns. Below each: its upper half alone; the blurred mean of all digits, the same in every column; the mean of the lower half given the upper, where most digits can be recognised; and two random completions, which differ in their details and continue the strokes of the upper half."
scenes_density.image_rows(shown, alt=alt)

# %% slide="subslide"
pool = torch.kron(torch.eye(4), torch.ones(1, 2)) / 2  # means of two neighbours, along one side
tasks = {"lower half missing": (upper, 0.0), "4 × 4 to 8 × 8": (torch.kron(pool, pool), 0.0)}
tasks["noise of 4 levels"] = (torch.eye(64), 4.0)
error = {"mean of all digits": [], "most similar training image": []}
error |= {"mean of the 10 most similar": [], "Gaussian, given y": []}
old = learned.flatten(1)
for A, noise_std in tasks.values():
    y = x @ A.T + noise_std * torch.randn(len(x), len(A), generator=generator)
    ten = old[torch.cdist(y, old @ A.T).topk(10, largest=False).indices]  # (B, 10, 64)
    copies = [ten[:, 0], ten.mean(1)]
    if noise_std == 0:  # what was seen is known: put it into the copies
        copies = [c + (y - c @ A.T) @ torch.linalg.pinv(A).T for c in copies]
    answers = (bell.mean, *copies, my_posterior(bell, A, y, noise_std)[0])
    for name, answer in zip(error, answers, strict=True):
        error[name].append((x - answer).square().mean().sqrt())
drawn = (draws[0] - x).square().mean().sqrt()
print(f"lower half missing, error of a draw from the Gaussian: {drawn:.2f}")
colors = [plot.COLOR[role] for role in ("noise", "other", "data", "model")]
labels = {"ylabel": "error, grey levels", "ylim": (0, 7.5), "digits": 2}
alt = "Root mean squared error over all 64 pixels, in grey levels, on new digits, for three tasks: lower half missing, 4 by 4 to 8 by 8, noise of 4 levels. The mean of all digits: 4.34 each time. The most similar training image: 3.02, 2.87, 2.77. The mean of the ten most similar: 2.41, 2.35, 2.29. The Gaussian, given y: 2.66, 2.50, 2.24, lower than the ten only under noise."
with plot.figure(size=(7.2, 3.2), alt=alt) as (ax,):
    plot.bars(tasks, error, colors=colors, ax=ax, **labels)

# %% [markdown]
# ### Counting characters continues a sentence
#
# The last rows of the table are no different. Let the training data be one paragraph of Plato, $y$ the last $n$ characters and $x$ the next one. The conditional histogram is a table of counts, and sampling it again and again writes text: $q(x_1, \dots, x_T) = \prod_t q(x_t \mid x_{t-n}, \dots, x_{t-1})$, the chain rule cut off after $n$ characters; most large language models keep far more.
#
# **Predict before you run.** What will $n = 8$ write?
#
# <details>
# <summary>Answer</summary>
#
# Plato, word for word: eight characters tell where in the paragraph we are, and nearly every row of the table has one entry. Only where Plato repeats himself can it lose its way. It is the bandwidth going to 0, in another form.
#
# </details>


# %% slide="skip"
plato = (
    "and now, i said, let me show in a figure how far our nature is enlightened or unenlightened: behold! "
    "human beings living in an underground den, which has a mouth open towards the light and reaching all "
    "along the den; here they have been from their childhood, and have their legs and necks chained so that "
    "they cannot move, and can only see before them, being prevented by the chains from turning round their "
    "heads. above and behind them a fire is blazing at a distance, and between the fire and the prisoners "
    "there is a raised way; and you will see, if you look, a low wall built along the way, like the screen "
    "which marionette players have in front of them, over which they show the puppets. "
)
print(f"{len(plato)} characters, {len(set(plato))} different ones")


# %% slide="subslide"
def my_continue(text, n, length, circle=plato * 2):
    """Write on: each character is one that follows the last n in Plato."""
    for _ in range(length):
        context = text[len(text) - n :]
        places = [i for i in range(len(plato)) if circle[i : i + n] == context]
        place = places[torch.randint(len(places), (), generator=generator)]
        text += circle[place + n]
    return text


print("\n".join(f"n = {n}: {my_continue('and now,', n, 90)[:80]}" for n in (0, 1, 2, 4, 8)))

# %% [markdown]
# ## Low density is odd; high density is not therefore real
#
# One more question to a density: is this $x$ one of us? A traffic sign that the model finds improbable may be a sticker, or a misprint. The rule: call $x$ an **outlier** if $\log q(x)$ is low. To grade the rule, take a random outlier and a random real digit: the **AUC** is how often the outlier has the lower density. 1 is perfect, ½ is a coin.
#
# **Predict before you run.** An empty page ranks above all 447 digits under the pixel model. You have built it now; why?
#
# <details>
# <summary>Answer</summary>
#
# In 49 of the 64 pixels black is the most frequent level, and the pixels are independent for it: the page wins 49 bets of 64. A real digit puts ink somewhere, and pays for each pixel in which few digits have it.
#
# </details>

# %% [markdown] slide="notes"
# **9 min.** Back to the first ruler and the answers on the board. Let somebody explain the empty page: 49 of 64 pixels bet on black, and the page wins those 49 bets. Then the Gaussian's ruler, and the surprise of the hour: the densest point is not typical at all. Have them say it in their own words.
#
# **Asked:** *Is density useless for outliers, then?* No: noise and shuffled pixels are found (AUC 1.00). What lies in the middle is missed. A rule that flags log densities far from the median of the validation digits, on *either* side, finds the blends (AUC 0.87 instead of 0.06), at a price for upside-down digits (0.77 instead of 0.83). For batches this is the typicality test of Nalisnick et al. 2019b.
#
# **Asked:** *Why does it never draw its likeliest picture?* Density is mass per volume, and there is no volume near the mode. In 64 dimensions a standard normal point comes within 5 of it once in 350,000 draws.
#
# **Wrong belief:** "An AUC of 0.06 is a useless detector." Useless is 0.5. This one is reliably wrong: turned round it would have 0.94, on blends alone.
#
# **Show:** The bars below the coin, then the Gaussian's ruler. Before the heaps of distances, ask where 64 dimensions will be: around 8.
#
# **Exercise:** `outlier_auc`, the same count of pairs with ties.
#
# **May be skipped:** 3 min: the heaps of distances.


# %% slide="subslide"
def my_auc(log_prob_odd, log_prob_real):
    """How often an outlier is less dense; ties count half: (N,), (M,) -> ()."""
    gap = log_prob_odd[:, None] - log_prob_real
    return ((gap < 0) + 0.5 * (gap == 0)).mean()


uniform, order = (
    torch.rand(test.shape, generator=generator),
    torch.randperm(64, generator=generator),
)
odd = {"noise": 17 * uniform, "shuffled\npixels": test.flatten(1)[:, order].reshape(test.shape)}
odd |= {"upside\ndown": test.rot90(2, (2, 3)), "two digits\nblended": (test + test.roll(1, 0)) / 2}
odd["empty\npage"] = uniform
auc = {
    name: [my_auc(log_probs[name](x), log_probs[name](test)) for x in odd.values()]
    for name in ("pixels", "Gaussian")
}
alt = "AUC of five kinds of outliers. Noise and shuffled pixels: 1.00 for both models. Upside-down digits: 0.59 for the pixel model, 0.83 for the Gaussian. Two digits blended: 0.92 for the pixel model, but 0.06 for the Gaussian. Empty page: 0.00 for the pixel model, 0.96 for the Gaussian. A dashed line marks the coin at one half."
with plot.figure(size=(7.2, 3.0), alt=alt) as (ax,):
    colors = [plot.COLOR["other"], plot.COLOR["model"]]
    plot.bars(odd, auc, colors=colors, digits=2, ylim=(0, 1.45), ylabel="AUC", ax=ax)
    ax.axhline(0.5, color="#666666", ls="--", lw=1)
    ax.set_yticks([0, 0.25, 0.5, 0.75, 1])

# %% [markdown] slide="subslide"
# The rule finds noise without fail, and then it breaks, *far below the coin*. Each model has its own blind spot: the pixel model adores the empty page, the Gaussian adores blends of two digits. Large models have theirs: flows trained on photographs of frogs and ships give *house numbers* higher density than the photographs (Nalisnick et al. 2019).
#
# Here is the Gaussian's ruler.

# %% slide="subslide" tags=["hide-input"]
mean, blend = bell.mean.reshape(1, 8, 8), (test[8] + test[9]) / 2
hung = {"mean of all digits": mean, "two digits blended": blend, "an empty page": page}
alt = "The Gaussian's ruler. The least likely real digit hangs at -381, the empty page at -152, a typical digit at -128, the likeliest at -112. To the right of all 447 real digits hang two digits blended, at -110, and at the end, at -96, the grey blur that is the mean of all digits."
scenes_density.ruler(bell.log_prob, test, hung, alt=alt)

# %% [markdown]
# ### Nobody lives at the mode
#
# The Gaussian's likeliest picture is the mean of all digits, $e^{32}$ times denser than what it usually draws, and it never draws it. Density is mass per volume, and near the mode there is almost no volume: the squared distance $\lVert z \rVert^2$ of standard noise is $D$ on average, so samples live on a thin shell of radius $\sqrt D$, with spread about 0.7 in any dimension.
#
# For the same reason each Gaussian scores its own training data at *exactly* $D/2$ nats below its mode. A picture can be suspicious because its density is too **high**.

# %% slide="subslide"
dims = {f"{dim}-D": torch.randn(10_000, dim, generator=generator) for dim in (1, 4, 16, 64)}
radius = {name: z.norm(dim=1) for name, z in dims.items()}
colors = [plot.COLOR[role] for role in ("noise", "data", "other", "model")]
alt = "Distance from the mode of standard noise in 1, 4, 16 and 64 dimensions. In one dimension small distances are the most common. In 4 they pile up around 2, in 16 around 4, and in 64 in a heap around 8 that is no wider, with nothing below 5: the mode is empty."
plot.histogram(radius, bins=90, colors=colors, xlabel="distance from the mode", alt=alt)
mode, usual = bell.log_prob(mean[None])[0], bell.log_prob(learned).mean()
check.show(check.close("mode minus mean score of the training data = 64 / 2", mode - usual, 32.0))

# %% [markdown]
# ## To sample is to transform noise
#
# How does a machine draw from a density at all? It has one source: plain noise $z$. Every generative model is a **distribution transformer**, a map $z \mapsto x$ that carries noise to data. Deck 000 hopes for more: behind the *syntactic reality* of pixels and letters, a *semantic space* in which $z$ means something.
#
# On the line there is a perfect one. The cumulative distribution $F(x) = \int_{-\infty}^x q$ climbs from 0 to 1, steeply where the density is high. Throw $z$ uniformly on the *vertical* axis and read off $x = F^{-1}(z)$: steep parts catch more.

# %% [markdown] slide="notes"
# **7 min.** Draw a rising curve on the board, throw a dart at its vertical axis, walk right to the curve and down. Steep parts catch more darts: that is the idea, and the first question below has the proof. Then the same in 64 dimensions with one matrix. Say that from here on every module only builds a better map.
#
# **Asked:** *Why is it exact?* $P(F^{-1}(z) \le x) = P(z \le F(x)) = F(x)$, because $F$ rises and $z$ is uniform.
#
# **Asked:** *Is the matrix unique?* No: any $A$ with $AA^{\top} = S$ will do, the Cholesky factor, the symmetric root, or either times a rotation. The lab accepts them all.
#
# **Wrong belief:** "A digit carried back looks like noise, so it is noise." Only under a perfect model. The extreme values that remain are what the Gaussian has not understood.
#
# **Show:** Follow one ray of the left panel with a finger, then a second one that starts just above it: under a steep part they land close together, between the bumps far apart.
#
# **Exercise:** `sample_histogram` and `push_forward`, the two maps of this section.


# %% slide="subslide"
def my_transform(z, log_prob, low=-8.0, high=8.0, n=20_001):
    """Uniform noise (N,) to samples (N,) of a density: x = F^-1(z)."""
    grid = torch.linspace(low, high, n)
    density = log_prob(grid[:, None]).exp()
    cumulative = torch.cumulative_trapezoid(density, grid)
    return grid[torch.searchsorted(cumulative, z)]


bumps = toy.two_bumps()
z = torch.rand(5000, generator=generator)
x = my_transform(z, bumps.log_prob)
cdf = (bumps.weights * torch.special.ndtr((x[:, None] - bumps.means) / bumps.stds)).sum(-1)
check.show(check.close("F(x) = z, with F in closed form", cdf, z, atol=1e-3))

# %% slide="subslide" tags=["hide-input"]
even, line = torch.linspace(0.01, 0.99, 33), torch.linspace(-4, 4.5, 400)
model, noise, blue = (plot.COLOR[role] for role in ("model", "noise", "data"))
titles = ["even z: across, then down", "5000 uniform z, transformed"]
alt = "Left: the cumulative distribution of two bumps. Evenly spaced levels of z run to the right until they meet the curve and then down: the rays land close together under the steep parts, around -2 and 1.5, and far apart between them. Right: the histogram of 5000 transformed uniform numbers lies under the true density."
with plot.figure(1, 2, titles=titles, alt=alt) as axes:
    for height, foot in zip(even, my_transform(even, bumps.log_prob), strict=True):
        axes[0].plot([-4, foot, foot], [height, height, 0], color=noise, lw=0.6)
    axes[0].plot(x.sort()[0], z.sort()[0], color=model)
    axes[0].set(xlabel="x", ylabel="z", ylim=(0, 1))
    plot.histogram({"samples": x}, bins=60, colors=[model], ax=axes[1])
    density = {"truth": bumps.log_prob(line[:, None]).exp()}
    plot.curves(line, density, colors=[blue], xlabel="x", ylabel="density", ax=axes[1])

# %% [markdown]
# ### One matrix turns noise into almost digits, and digits into almost noise
#
# In 64 dimensions the simplest transformer is linear: $x = m + Lz$ with $LL^{\top} = S$ has exactly the Gaussian's density. And it runs backwards: $z = L^{-1}(x - m)$. Deck 001 calls the two directions generation and inference; they are to each other as computer graphics to vision.
#
# **Predict before you run.** What does a *real* digit look like, carried back to $z$?
#
# <details>
# <summary>Answer</summary>
#
# Like noise, at first glance: the map has taken out every correlation. What is left, here and there an extreme value, is what the Gaussian has not understood. A perfect model turns data into perfect noise.
#
# </details>

# %% slide="subslide" tags=["hide-input"]
z, real = torch.randn(8, 64, generator=generator), test[:8].flatten(1)
pushed = bell.mean + z @ bell.scale_tril.T
pulled = torch.linalg.solve_triangular(bell.scale_tril, (real - bell.mean).T, upper=False).T
rows = {"noise z": 3 * z + 8.5, "x = m + Lz": pushed}
rows |= {"real x": real, "z = L⁻¹(x − m)": 3 * pulled + 8.5}
alt = "Four rows of eight squares. Noise; below it the same numbers after one matrix, smeared strokes, almost digits. Then real digits; below them the same digits carried back, squares that look like noise."
scenes_density.image_rows(rows, alt=alt)

# %% [markdown] slide="subslide"
# What comes next in this course is this picture with better maps. Deck 001 shows how far they came: faces from GANs, small and grey in 2014, a million pixels in 2018; then diffusion.
#
# | family | the map $z \mapsto x$ | density |
# |---|---|---|
# | Gaussian, here | one matrix | exact |
# | VAE (03) | a network, plus noise at the end | a lower bound |
# | GAN (04) | a network, judged by another | none |
# | autoregressive (06) | one $F^{-1}$ a coordinate, in turn | exact |
# | flow (07) | an *invertible* network | exact |
# | diffusion (09) | many small steps of denoising | a lower bound (exact through an ODE) |

# %% [markdown]
# ## Quality, coverage, speed: pick two
#
# What do we ask of a model? High-dimensional data, samples of high **quality**, **coverage** of all there is, **speed**, and if possible a density and a small latent space. Xiao, Kreis and Vahdat call the three in bold the *generative learning trilemma*.
#
# Three ways to sample the pinwheel, each of which misses one. *Quality*: the share of samples denser under $p$ than $p$'s lowest 1 %. *Coverage*: the same, roles exchanged. The last can only evaluate a density, so it draws points in a box and keeps each with probability $p(x) / \max p$: exact samples, mostly waste.

# %% [markdown] slide="notes"
# **6 min.** Let the room judge the three panels before the titles are read: who cheats how? Then the triangle, and where the models they have heard of stand on it. Close with the map of the course; do not read it out, point at the module they came for.
#
# **Asked:** *Is the trilemma a theorem?* No. Xiao, Kreis and Vahdat observed it in the families of their time and offered a way towards the middle. Modules 10 and 16 go there.
#
# **Asked:** *Why is rejection no way out?* One try in (volume of the box × highest density) is kept: one in 21 in the plane, one in $10^{37}$ for the digits' Gaussian.
#
# **Wrong belief:** "The samples vary, so all is covered." The one arm varies too: quality 0.98, coverage 0.16.
#
# **Show:** The three panels from left to right, then the triangle; ask for the missing corner of each.
#
# **May be skipped:** 3 min: the three samplers. Go from the first sentence to the triangle.


# %% slide="subslide"
def my_rejection(log_prob, half_width, log_max, n):
    """Keep each of n points with probability p(x) / max p; tries a sample."""
    x = half_width * (2 * torch.rand(n, 2, generator=generator) - 1)
    log_height = torch.rand(n, generator=generator).log()
    kept = x[log_height < log_prob(x) - log_max]
    return kept, n / len(kept)


log_max = truth.log_prob(held_out).max()
exact, tries = my_rejection(truth.log_prob, 4.5, log_max, n=50_000)
log_tries = (64 * torch.tensor(17.0).log() + mode) / torch.tensor(10.0).log()
print(
    f"tries a sample: in the plane {tries:.0f}; the digits' Gaussian in its box 10^{log_tries:.0f}"
)

# %% slide="subslide" tags=["hide-input"]
one_arm = Gaussian(data[(data - torch.tensor([1.6, 1.1])).norm(dim=1) < 0.9])
ways = {"one arm": (one_arm, one_arm.sample(900, generator))}
ways |= {
    "one Gaussian": (gaussian, gaussian.sample(900, generator)),
    "rejection": (truth, exact[:900]),
}
believable, views = truth.log_prob(held_out).quantile(0.01), {}
for name, (q, x) in ways.items():
    quality = (truth.log_prob(x) > believable).double().mean()
    coverage = (q.log_prob(held_out) > q.log_prob(x).quantile(0.01)).double().mean()
    cost = tries if name == "rejection" else 1
    views[f"{name}, tries: {cost:.0f}\nquality {quality:.2f}, coverage {coverage:.2f}"] = x
alt = "About 900 samples from three samplers. One arm only: believable points, but four of the five arms are missing. One Gaussian: all arms are covered, and so is everything between them. Rejection: all five arms, sharp, at a cost of some twenty tries a sample."
scenes_density.plane(views, alt=alt)

# %% slide="subslide" tags=["hide-input"]
alt = "A triangle with quality at the top, coverage and speed at the base. On the side between quality and speed: GAN, modules 04 and 05. Between coverage and speed: VAE and flows, modules 03 and 07. Between quality and coverage: diffusion and autoregressive models, modules 06, 08 and 09. In the middle: all three? Modules 10 and 16."
with plot.figure(size=(5.4, 4.0), alt=alt) as (ax,):
    scenes_density.trilemma(ax=ax)

# %% [markdown] slide="subslide"
# **The map of the course.** Deck 001's three questions run through it: *representation* (which densities?), *learning* (which score?), *inference* (which $z$ lies behind an $x$?).
#
# - **01** how far one distribution is from another
# - **02, 03** small latent codes, and a bound
# - **04, 05** two networks at play, then with conditions
# - **06** one coordinate at a time, **07** invertible maps, **08** densities without a constant
# - **09, 10** diffusion, then fast
# - **11** guidance and inverse problems, **12** text to image, **13** diffusion of text
# - **14** how to measure all of this, **15** sound, molecules, actions
# - **16** the trilemma again, with all we built on one triangle

# %% [markdown]
# ## One number: 131.5 nats for what one Gaussian knows
#
# Nats per image of whole levels, on 447 digits by writers it never met (split: `data/images.py`), the noise of dequantisation averaged in closed form; ± is one standard error over images. For scale: lecture 01's single histogram, shared by all pixels, scores 130.8. The two hatched bars are public implementations of models from later lectures on the same images, quoted, not run here; the VAE's is a bound (IWAE-500).

# %% [markdown] slide="notes"
# **3 min.** Read the bars as what each belief has bought: 50 nats from guessing to a Gaussian, and for pixels, which know nothing of strokes, 25 more. Promise the two hatched bars for later.
#
# **Asked:** *Why 131.5 here and 132.0 before?* Before, one draw of noise was fitted and scored; here its mean and variance are put in exactly. A fit to one draw learns that draw too: 30 others score 132.0 on average, with a spread of 0.15. So the 0.5 is real; the ± of 0.9 is over images, and both were scored on the same ones.
#
# **Wrong belief:** "Models whose error bars overlap are equal." Both were scored on the same images: take the difference image by image, and its own standard error.

# %% slide="subslide"
final = Gaussian(learned.floor() + 0.5, ridge=1 / 12)  # the noise has mean 1/2, variance 1/12
cost_of_noise = final.covariance.inverse().trace() / 24
best = estimate_mean(cost_of_noise - final.log_prob(test.floor() + 0.5))
print(f"full Gaussian, dequantised: {best} nats an image (the course's reference: 131.6)")
ladder = {"guessing": 181.3, "kernels": nats["kernels"].mean, "Gaussian": best.mean}
ladder |= {"pixels": nats["pixels"].mean, "a VAE\n(later)": 93.4, "autoregressive\n(later)": 86.6}
labels = {"digits": 1, "ylabel": "nats an image", "ylim": (0, 205)}
alt = "Nats per test image, lower is better: guessing 181.3, kernels 156.1, Gaussian 131.5, pixels 106.3; for later lectures to beat, hatched because quoted, a VAE 93.4 and an autoregressive network 86.6. Error bars of 0.4 to 0.9 on the three in between are hardly visible."
with plot.figure(size=(7.2, 2.9), alt=alt) as (ax,):
    plot.bars(ladder, {"": list(ladder.values())}, colors=[plot.COLOR["model"]], ax=ax, **labels)
    errors = [nats["kernels"].standard_error, best.standard_error, nats["pixels"].standard_error]
    ax.errorbar(range(1, 4), list(ladder.values())[1:4], errors, fmt="none", color="black")
    for bar in ax.patches[-2:]:
        bar.set(hatch="///", edgecolor="white")

# %% [markdown]
# ## Limits and lineage
#
# - **No known optimum.** For the pinwheel we know the truth's score. For digits, nobody: 86.6 need not be the best.
# - **The ± is optimistic.** The 447 images come from few writers: they are not independent.
# - **Pixel distance is a crude eye.** Lecture 14 builds better ones.
# - **Misuse.** What draws any face can fake yours: DeepFakes (deck 001).
# - **Check your tools.** scikit-learn's `KernelDensity` (1.9, defaults but for the bandwidth 2.5) claims 153.2 nats, where the plain sum gives 156.1: its tree loses precision in 64 dimensions (issue 7492).
#
# Lineage: histograms (Pearson 1895), counts of letters (Markov 1913, Shannon 1948), maximum likelihood (Fisher 1922), kernels (Rosenblatt 1956, Parzen 1962). What networks add: distant places share what is learned.

# %% [markdown] slide="notes"
# **2 min.** Choose one limit and give it a minute. In most rooms it is misuse: whatever draws any face can draw yours, and a low score is no proof that a picture is false.
#
# **Wrong belief:** "A library's number needs no check." One well-known library's tree of kernels claims 153.2 nats where the plain sum gives 156.1.

# %% [markdown]
# ## References
#
# Slides: N. Verma, *Generative Models: breaking the limits of creativity* (2023), deck 000 · Z. Khan after S. Ermon, *Deep Generative Models: introduction*, 001 · *New generative AI models*, skeleton by S. Anagnostidis, 002 · P. Hanji, *Generative modelling* (2023), 003. Slips of deck 002 on GANs, the chain rule and DDPM have their errata in lectures 04, 06 and 09.
#
# Plato, *Republic* VII, 514a, tr. B. Jowett · [Rosenblatt 1956](https://doi.org/10.1214/aoms/1177728190) · [Parzen 1962](https://doi.org/10.1214/aoms/1177704472) · [Theis, van den Oord & Bethge 2016](https://arxiv.org/abs/1511.01844), *A note on the evaluation of generative models* · [Nalisnick et al. 2019](https://arxiv.org/abs/1810.09136), *Do deep generative models know what they don't know?*, and [2019b](https://arxiv.org/abs/1906.02994), on typicality · [Xiao, Kreis & Vahdat 2022](https://arxiv.org/abs/2112.07804), *Tackling the generative learning trilemma with denoising diffusion GANs*.

# %% [markdown] slide="notes"
# **1 min.** Name one paper for the week: Theis, van den Oord and Bethge, on why no single number is enough. Then hand out the lab.
