# %% [markdown]
# # Lab 01: measure surprise
#
# **How far apart are two distributions, and who is asking?** By the end you will have written the six quantities that
# every loss in this course is made of, and you will know each by its units, its limits and its typical slip.
#
# | | |
# |---|---|
# | before | lecture 01 |
# | time | {{minutes}} minutes for seven exercises |
# | follows | A. Mahdavi-Amiri's deck, part *Background*; Z. Khan's deck after S. Ermon, part *f-divergences* |

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
from dgm_course.exercises.information import check
from dgm_course.metrics import divergence, gaussian

rng = train.set_seed(0)

# %% [markdown]
# ## One outcome
#
# Everything starts from a single event and one number: how surprised we are when it happens.

# %% [markdown] card="information"
# An event of probability $p$ carries the information
#
# $$I(p) = -\log p$$
#
# in nats: the logarithm is the natural one. A sure event has $I(1) = 0$, an impossible one $I(0) = \infty$.
#
# **In** `p`, a tensor of probabilities of any shape. **Out** a tensor of the same shape.


# %% stub="information"
def information(p):
    """Surprise of events of probability p, in nats: (...) -> (...)."""
    ### BEGIN SOLUTION
    return -p.log()
    ### END SOLUTION


# %% check="information"
check(information)

# %% [markdown] hints="information"
# <details>
# <summary>Hint 1: where to look</summary>
#
# Rare events must surprise more than common ones, and nothing may surprise by less than zero. Which way does your
# curve bend?
#
# </details>
#
# <details>
# <summary>Hint 2: the line in words</summary>
#
# Take the natural logarithm of every probability and flip its sign.
#
# </details>

# %% [markdown]
# ## All outcomes of one distribution
#
# **Predict before you run.** Three loaded dice: one almost sure, one fair, one in between. Which has the most entropy,
# and can any of them exceed $\log 6 \approx 1.79$ nats?
#
# <details>
# <summary>Answer</summary>
#
# The fair one, with exactly $\log 6$. No distribution over six outcomes can exceed it: entropy is largest when nothing is
# known in advance.
#
# </details>

# %%
loads = torch.tensor([[6.0, 0.0, 1.0]]).T
dice = (loads * torch.tensor([1.0, 0.0, 0.0, 0.0, 0.0, 0.0])).softmax(-1)
for name, h in zip(("almost sure", "fair", "in between"), divergence.entropy(dice), strict=True):
    print(f"{name:12s} {h:.3f} nats")

# %% [markdown] card="entropy"
# Entropy is the mean surprise of a distribution over $K$ outcomes,
#
# $$H(p) = -\sum_k p_k \log p_k, \qquad 0 \log 0 = 0.$$
#
# **In** `p`, probabilities `(..., K)` that sum to one over the last dimension. **Out** one number a distribution, `(...)`.
#
# Zeros are common in practice: a picture has pixels that are never lit.


# %% stub="entropy"
def entropy(p):
    """Entropy in nats: (..., K) -> (...)."""
    ### BEGIN SOLUTION
    return -torch.special.xlogy(p, p).sum(-1)
    ### END SOLUTION


# %% check="entropy"
check(entropy)

# %% [markdown] hints="entropy"
# <details>
# <summary>Hint 1: where to look</summary>
#
# Print your result for `torch.tensor([0.5, 0.5, 0.0])`. It should be $\log 2$. What does `0 * torch.tensor(0.).log()` give?
#
# </details>
#
# <details>
# <summary>Hint 2: the line in words</summary>
#
# Multiply each probability by its logarithm with a function that knows $0 \log 0 = 0$ (`torch.special` has one), sum over
# the last dimension, flip the sign.
#
# </details>

# %% [markdown]
# ## Two distributions
#
# A model says $q$, the world does $p$. The price of believing $q$ is paid in surprise.

# %% [markdown] card="kl_divergence"
# The Kullback–Leibler divergence is the extra surprise, on average under $p$, of one who believes $q$:
#
# $$\mathrm{KL}(p\,\|\,q) = \sum_k p_k \log \frac{p_k}{q_k} = H(p, q) - H(p).$$
#
# An outcome with $p_k = 0$ adds nothing. An outcome with $q_k = 0 < p_k$ makes it infinite: $q$ called impossible what happens.
#
# **In** `p`, `q`, both `(..., K)`. **Out** `(...)`, nats.


# %% stub="kl_divergence"
def kl_divergence(p, q):
    """KL(p || q) in nats: (..., K), (..., K) -> (...)."""
    ### BEGIN SOLUTION
    terms = torch.where(p > 0, p * (p.log() - q.log()), 0)
    return terms.sum(-1)
    ### END SOLUTION


# %% check="kl_divergence"
check(kl_divergence)

# %% [markdown] hints="kl_divergence"
# <details>
# <summary>Hint 1: where to look</summary>
#
# Two things are easily lost: whose probabilities are the weights, and what a zero does. They are not treated alike: a zero in $p$
# removes the term, a zero in $q$ must be allowed to hurt.
#
# </details>
#
# <details>
# <summary>Hint 2: the line in words</summary>
#
# Where $p$ is positive take $p$ times the difference of the two logarithms, elsewhere take zero (`torch.where` does both); then
# sum over the last dimension. Do not touch $q$.
#
# </details>

# %% [markdown]
# ### Break it on purpose
#
# Many programs add a small number to $q$ "to be safe". Watch what that does to the divergence from a model that rules out something true:
# the answer is whatever number you padded with.

# %%
p, q = torch.tensor([0.5, 0.4, 0.1]), torch.tensor([0.6, 0.4, 0.0])
for padding in (1e-4, 1e-8, 1e-16, 0.0):
    padded = (p * (p.log() - (q.double() + padding).log())).sum()
    print(f"padding {padding:7.0e}: {padded:.3f} nats")

# %% [markdown]
# **Predict before you run.** Between two distributions that share no outcome the KL is infinite both ways, however close
# together they lie. What would you want instead from a distance that should guide training?
#
# <details>
# <summary>Answer</summary>
#
# A finite number at least. The Jensen–Shannon divergence gives one, $\log 2$; but it is the *same* number for all disjoint
# pairs, so it still does not say which way to move. Module 04 returns to this.
#
# </details>

# %% [markdown] card="js_divergence"
# Compare both with their mixture $m = \tfrac12(p + q)$, which rules out nothing that either allows:
#
# $$\mathrm{JS}(p, q) = \tfrac12 \mathrm{KL}(p\,\|\,m) + \tfrac12 \mathrm{KL}(q\,\|\,m).$$
#
# **In** `p`, `q`, both `(..., K)`. **Out** `(...)`, nats, between 0 and $\log 2$.
#
# You may call `divergence.kl`, the package's version of the last exercise.


# %% stub="js_divergence"
def js_divergence(p, q):
    """Jensen-Shannon divergence in nats: (..., K), (..., K) -> (...)."""
    ### BEGIN SOLUTION
    m = (p + q) / 2
    return (divergence.kl(p, m) + divergence.kl(q, m)) / 2
    ### END SOLUTION


# %% check="js_divergence"
check(js_divergence)

# %% [markdown] hints="js_divergence"
# <details>
# <summary>Hint 1: where to look</summary>
#
# Three halves appear: one makes $m$ sum to one, two make JS a mean. Which of them do you have?
#
# </details>
#
# <details>
# <summary>Hint 2: the line in words</summary>
#
# Average the two distributions; measure the KL of each *from* that average (the average is the second argument); average the two results.
#
# </details>

# %% [markdown]
# ## Between Gaussians there is a formula
#
# Sums become integrals, and for most densities they have no closed form. Gaussians are the exception, which is why they are in every loss of module 03.

# %% [markdown] card="kl_gaussians"
# For independent coordinates, $p = \mathcal N(m_p, \mathrm{diag}\,s_p^2)$ and $q = \mathcal N(m_q, \mathrm{diag}\,s_q^2)$,
#
# $$\mathrm{KL}(p\,\|\,q) = \sum_d \left[\log\frac{s_q}{s_p} + \frac12\left(\frac{s_p^2 + (m_p - m_q)^2}{s_q^2} - 1\right)\right]_d.$$
#
# **In** four tensors `(B, D)`; spreads come as `log_std`, $\log s$, and never as log-variance. **Out** `(B,)`, nats.


# %% stub="kl_gaussians"
def kl_gaussians(mean_p, log_std_p, mean_q, log_std_q):
    """KL between diagonal Gaussians in nats: four (B, D) -> (B,)."""
    ### BEGIN SOLUTION
    square = (2 * log_std_p).exp() + (mean_p - mean_q) ** 2
    terms = log_std_q - log_std_p + 0.5 * (square / (2 * log_std_q).exp() - 1)
    return terms.sum(-1)
    ### END SOLUTION


# %% check="kl_gaussians"
check(kl_gaussians)

# %% [markdown] hints="kl_gaussians"
# <details>
# <summary>Hint 1: where to look</summary>
#
# Get the variances right first: if $\log s$ is given, then $s^2 = e^{2 \log s}$. Then test the cheapest case you know: a
# Gaussian against itself.
#
# </details>
#
# <details>
# <summary>Hint 2: the line in words</summary>
#
# For each coordinate: the difference of the log spreads, q's minus p's, plus half of: p's variance and the squared distance of the
# means, both over q's variance, minus one. Sum over the coordinates.
#
# </details>

# %%
# the formula against samples: the mean of log p(x) − log q(x) over draws from p
mean_p, mean_q = torch.tensor([[1.0, -0.5]]), torch.zeros(1, 2)
log_std_p, log_std_q = torch.tensor([[0.3, -0.4]]), torch.tensor([[0.0, 0.5]])
normal_p = torch.distributions.Normal(mean_p, log_std_p.exp())
normal_q = torch.distributions.Normal(mean_q, log_std_q.exp())
x = normal_p.sample((200_000,))
gap = (normal_p.log_prob(x) - normal_q.log_prob(x)).sum(-1)
exact = gaussian.kl_gaussians(mean_p, log_std_p, mean_q, log_std_q).item()
print(f"formula {exact:.3f}, samples {gap.mean():.3f} ± {gap.std() / math.sqrt(len(x)):.3f} nats")

# %% [markdown] card="fit_gaussian"
# The target $p$ has two bumps; the candidates $q$ are all Gaussians, one bump each. Which candidate is best depends on the
# direction: *forward* is the least $\mathrm{KL}(p\,\|\,q)$, *reverse* the least $\mathrm{KL}(q\,\|\,p)$.
#
# **In** `log_p` `(N,)` and `log_q` `(M, N)`: log probabilities of N grid points, under the target and under each of M candidates;
# each row sums to one after `exp`. **Out** two row numbers `(forward, reverse)`, whole and counted from 0.


# %% stub="fit_gaussian"
def fit_gaussian(log_p, log_q):
    """The best candidate in either direction: (N,), (M, N) -> (index, index)."""
    ### BEGIN SOLUTION
    forward = (log_p.exp() * (log_p - log_q)).sum(-1)
    reverse = (log_q.exp() * (log_q - log_p)).sum(-1)
    return forward.argmin(), reverse.argmin()
    ### END SOLUTION


# %% check="fit_gaussian"
check(fit_gaussian)

# %% [markdown] hints="fit_gaussian"
# <details>
# <summary>Hint 1: where to look</summary>
#
# Everything is in logs already, so $\log p/q$ is a subtraction, and broadcasting handles all candidates at once. In each direction, who
# supplies the weights?
#
# </details>
#
# <details>
# <summary>Hint 2: the line in words</summary>
#
# Forward: weigh the difference "log p minus log q" by p, sum over the grid, take the row with the smallest sum. Reverse: exchange the
# roles of p and q in both the weights and the difference.
#
# </details>

# %% [markdown]
# ### What the two directions mean
#
# Forward pays where $p$ has mass and $q$ has none, so it covers everything, empty middle included. Reverse pays where $q$ has mass and
# $p$ has none, so it hides in one bump. Maximum likelihood is forward; the encoder of module 03 is fitted in reverse. Remember this
# picture when a model's samples are blurred, or all alike.

# %% [markdown] card="f_divergence"
# One formula holds a whole family. For a convex $f$ with $f(1) = 0$,
#
# $$D_f(p\,\|\,q) = \sum_k q_k\, f\!\left(\frac{p_k}{q_k}\right).$$
#
# With $f(u) = u \log u$ it is the KL, with $|u - 1|/2$ the total variation, with $(u - 1)^2$ the χ² divergence.
#
# **In** `p`, `q` `(..., K)`, all positive, and a function `f` of a tensor. **Out** `(...)`.


# %% stub="f_divergence"
def f_divergence(p, q, f):
    """The f-divergence of positive p from q: (..., K), (..., K), function -> (...)."""
    ### BEGIN SOLUTION
    return (q * f(p / q)).sum(-1)
    ### END SOLUTION


# %% check="f_divergence"
check(f_divergence)

# %% [markdown] hints="f_divergence"
# <details>
# <summary>Hint 1: where to look</summary>
#
# Write out $f(u) = u \log u$ with $u = p/q$ and see which weight is left in front of the logarithm once everything cancels.
#
# </details>
#
# <details>
# <summary>Hint 2: the line in words</summary>
#
# Apply f to the ratio of p to q, weigh by q, sum over the last dimension.
#
# </details>

# %% [markdown]
# ## Your turn: how surprising is a handwritten digit?
#
# Real data now, and no single right answer. Below, every pixel of the 8×8 digits has its own distribution over 17 grey levels, learned
# from the training images; a test image costs the sum of its pixels' surprises. Guessing uniformly costs $64 \log 17 \approx 181.3$ nats.

# %%
from dgm_course.data import images

train_x, _ = images.digits("train")
test_x, _ = images.digits("test")
levels = torch.arange(17)
train_level, test_level = images.to_levels(train_x).long(), images.to_levels(test_x).long()
count = (train_level.flatten(1)[..., None] == levels).sum(0) + 1.0
pixel_p = count / count.sum(-1, keepdim=True)
surprise = -pixel_p.log().gather(1, test_level.flatten(1).T).T
print(f"independent pixels: {surprise.sum(-1).mean():.1f} nats per image")

# %%
order = surprise.sum(-1).argsort()
picks = torch.cat([order[:8], order[-8:]])
costs = [f"{surprise[i].sum():.0f}" for i in picks]
plot.images(
    test_x[picks],
    captions=costs,
    rows=2,
    alt="The eight least and the eight most surprising test digits, with their cost in nats.",
)

# %% [markdown]
# **Go on from here.** Why are the cheapest digits all ones, and which pixels cost most? Does one table *per digit class* pay for
# the $\log 10$ nats of naming the class? Can you get below **98.0** nats by letting a pixel depend on its left and upper
# neighbours? Change the smoothing of `+ 1.0` too, but choose it on the validation images: what may the test set be used for?
