# %% [markdown]
# # Information: to learn is to be less surprised
#
# **How far is one distribution from another, and in which direction?**
#
# The blue area in the picture is the truth: two bumps. Each curve is *the best* Gaussian for it, and between the two only the order of two letters changed: $\mathrm{KL}(p \Vert q)$ or $\mathrm{KL}(q \Vert p)$. By the end you will have derived both, fitted both, and you will know which divergence each model of this course obeys.
#
# Follows deck 004 (*Background*) and deck 001 (*f-divergences*); Shannon 1948, Kullback & Leibler 1951, Csiszár 1967, Lin 1991, Minka 2005 · {{minutes}} min to read · {{seconds}} s to run · before: lecture 00, logarithms, densities and their means, gradients, PyTorch

# %% [markdown] slide="notes"
# **4 min.** Show the picture before any formula and ask: which of the two curves would you rather have as a model of faces? Let the room vote and write the count on the board; both camps are right about something. The numbers in the second line of the cell are a promise, and the check below the fits, two thirds of the way through, says that it was kept.
#
# **Asked:** *Which one is better?* Refuse to answer. The question comes back when both have been fitted, and then the answer is: better at what?
#
# **Asked:** *Why is the orange curve highest where there is almost nothing?* It has one bump and must cover two. At its peak it has 0.22, the truth 0.06.
#
# **Wrong belief:** "Both look for the same truth, so the best model is the same." If the family holds the truth, yes: both are zero there, and only there. One Gaussian cannot be two bumps, and then the direction decides.
#
# **Show:** The first picture, full screen, until the vote is over.

# %% slide="skip"
import torch
from torch.distributions import Normal

from dgm_course import check, plot, scenes, train, widgets
from dgm_course.data import images, toy
from dgm_course.metrics import divergence, gaussian, monte_carlo

generator = train.set_seed(0)

# %% tags=["hide-input"] slide="subslide"
color, truth = plot.COLOR, toy.two_bumps()
promised = Normal(0.100, 1.850), Normal(1.453, 0.864)
alt = "The truth p, a filled curve with a narrow bump at −2 and a wider, heavier bump at 1.5, and two Gaussians. The one with the least KL(p‖q) is low and wide and lies over both bumps, highest near 0, where p is almost nothing. The one with the least KL(q‖p) lies on the right bump alone and ignores the left one."
scenes.best_gaussians(truth, *promised, alt=alt)

# %% [markdown]
# ## Six words carry the lecture
#
# | symbol | in words | in code |
# |---|---|---|
# | $p$, $q$ | the truth; what the model believes | `p`, `q`: last dim sums to 1 |
# | $-\log p(x)$ | surprise, or information, of $x$ | `divergence.information` |
# | $H(p)$ | entropy: the surprise to expect | `divergence.entropy` |
# | $H(p, q)$ | cross-entropy: the surprise to expect if one believes $q$ | `divergence.cross_entropy` |
# | $\mathrm{KL}(p \Vert q)$ | the part of it that is $q$'s fault | `divergence.kl` |
# | $\mathrm{JS}(p, q)$ | its symmetric, bounded relative | `divergence.js` |
#
# Logarithms are natural and their unit is the *nat*. One *bit* is $\log 2 = 0.693$ nats.

# %% [markdown] slide="notes"
# **2 min.** Do not read the table. Point at the third and the fourth row: everything today is the difference between these two.
#
# **Asked:** *How do I get bits?* Divide nats by 0.693. Losses in code are in nats, the natural logarithm being the one that `log` computes.
#
# **Wrong belief:** "$H(p, q)$ is a joint entropy." Textbooks write $H(X, Y)$ for two random *variables*. Here are two *distributions* of one variable: who draws, and who believes.

# %% [markdown]
# ## Surprise is minus the logarithm of the probability
#
# What was certain tells you nothing; what was rare tells you much. And two independent events should tell you the *sum* of what each tells, while their probabilities *multiply*. Up to the unit, only one decreasing function does that:
#
# $$I(x) = -\log p(x).$$
#
# **Predict before you run.** Which would surprise you more: the jackpot of a lottery that draws 6 numbers out of 49, or a fair coin that shows heads 24 times in a row?
#
# <details>
# <summary>Answer</summary>
#
# The coin. There are 13,983,816 tickets, and $\log_2 13{,}983{,}816 = 23.7$ bits; 24 heads are 24 bits exactly. Surprise turns any improbable event into a number of coin tosses.
#
# </details>

# %% [markdown] slide="notes"
# **5 min.** Ask for two wishes: rarer is more surprising, and two independent events surprise by the sum. Let the room find out that products must become sums; then the logarithm is theirs. Vote on the lottery and the coin before opening the answer.
#
# **Asked:** *Why not 1/p?* It grows with rarity as well, but for a six and heads it gives 6 × 2 where we want a sum.
#
# **Asked:** *Can surprise be negative?* Not for a probability, which is at most 1. The log of a *density* has no such limit; we meet that with Gaussians.
#
# **Wrong belief:** "24 heads are more surprising than some mixed sequence." Every particular sequence of 24 tosses has 24 bits. What is rare is the *kind*: "all heads" is one sequence, "12 heads" is 2.7 million of them.
#
# **Show:** The curve: start at the right, at certainty, and walk left over its four dots.
#
# **Exercise:** `information`, one line; the slips are the sign and bits.
#
# **May be skipped:** 1 min: the check below the curve.

# %% tags=["hide-input"] slide="subslide"
chance, at = torch.linspace(0.004, 1, 400), torch.tensor([1 / 52, 1 / 6, 1 / 2, 5 / 6])
names = ["the ace of spades", "a six", "heads", "no six"]
alt = "Surprise in nats against probability: it falls from infinity at p = 0, steeply and then gently, to zero at p = 1. Marked: the ace of spades, 3.95 nats; a six, 1.79; heads, 0.69, which is one bit; no six, 0.18."
with plot.figure(size=(5.8, 3.0), alt=alt) as (ax,):
    plot.curves(chance, {"": -chance.log()}, xlabel="probability p", ylabel="−log p, nats", ax=ax)
    ax.plot(at, -at.log(), "o", color=color["model"])
    for name, x, y in zip(names, at, -at.log(), strict=True):
        ax.annotate(f"  {name}: {y:.2f}", (x, y), va="bottom")


# %% slide="subslide"
def my_information(p):
    """Surprise of an event of probability p, in nats."""
    return -p.log()


six, heads = torch.tensor(1 / 6), torch.tensor(1 / 2)
mine, both = my_information(chance), my_information(six * heads)
check.show(
    check.close("my_information = the package's", mine, divergence.information(chance)),
    check.close("a six and heads: both", both, my_information(six) + my_information(heads)),
)

# %% [markdown]
# ## Entropy is the surprise to expect
#
# $$H(p) = \sum_x p(x) \bigl(-\log p(x)\bigr)$$
#
# Draw each outcome as a rectangle, as wide as it is probable and as high as it is surprising. The area is the entropy.
#
# In bits it has a second meaning. I draw $x$ from $p$, and you find it with yes-or-no questions. On the left, ask first "is it 0?", then "is it 1?", then "is it 2?": outcome $x$ takes as many questions as its rectangle is high, and you need 1.75 on average. No strategy needs fewer.

# %% [markdown] slide="notes"
# **9 min.** Play the left-hand game once with a real draw. Then ask for the heights on the right, 1.47, 1.06 and 2.64 questions: what can 1.47 questions mean? Huffman's curve is the answer. Entropy is a promise about files: in the long run no lossless compressor needs fewer bits a draw.
#
# **Asked:** *Why is 0 log 0 zero?* $p \log p$ tends to 0 with $p$, and what never happens needs no question. A computer says NaN, hence `xlogy`.
#
# **Asked:** *Does entropy depend on the values?* No, only on the probabilities. A fair coin with sides 0 and 1 or 0 and 1000 has one bit; its variance knows the difference.
#
# **Wrong belief:** "The rarest outcome contributes most." It is tall but thin. In the table the shares are 0.53, 0.51 and 0.42 bits, least for the rarest; $-p \log p$ is largest at $p = 1/e = 0.37$.
#
# **Wrong belief:** "A coin needs one bit a toss." To write one toss, yes. A thousand tosses of the 90 % coin need about 469 bits on average.
#
# **Show:** The rectangles, left then right; let them estimate the two areas before you read the titles.
#
# **Exercise:** `entropy`, with outcomes that never happen.
#
# **May be skipped:** 4 min: Huffman's code and curve. State the theorem.

# %% tags=["hide-input"] slide="subslide"
p = torch.tensor([0.36, 0.48, 0.16], dtype=torch.float64)  # the slides' table
halves = torch.tensor([1 / 2, 1 / 4, 1 / 8, 1 / 8], dtype=torch.float64)
titles = [f"H = {divergence.entropy(d, base=2):.2f} bits" for d in (halves, p)]
alt = "Two distributions as rectangles, width the probability, height the surprise in bits. Left: probabilities 1/2, 1/4, 1/8, 1/8 have heights 1, 2, 3, 3 and a total area of 1.75 bits. Right: the slides' 0.36, 0.48, 0.16 have heights 1.47, 1.06, 2.64 and area 1.46 bits. The rarest outcome is tall and thin, so its area stays small."
with plot.figure(1, 2, titles=titles, alt=alt) as axes:
    scenes.rectangles(halves, halves, color=color["data"], base=2, top=3.4, ax=axes[0])
    scenes.rectangles(p, p, color=color["data"], base=2, top=3.4, ax=axes[1])


# %% slide="subslide"
def my_entropy(p):
    """Mean surprise, nats; xlogy knows 0 log 0 = 0, where p * p.log() is NaN."""
    return -torch.xlogy(p, p).sum(-1)


simplex = torch.distributions.Dirichlet(torch.ones(3, dtype=torch.float64))
a, b, never = simplex.sample((10_000,)), simplex.sample((10_000,)), torch.tensor([0.5, 0.5, 0.0])
log_2, log_3 = torch.tensor([2.0, 3.0], dtype=torch.float64).log()
check.show(
    check.close("my_entropy = the package's, 10,000 times", my_entropy(a), divergence.entropy(a)),
    check.close("an impossible outcome adds nothing", my_entropy(never), log_2, rtol=1e-6),
    check.at_most("no distribution of three outcomes exceeds log 3", my_entropy(a), log_3),
)

# %% [markdown]
# ### No code can beat the entropy
#
# How does one ask 1.46 questions? By asking about several draws at once. Huffman's code (1952) joins the two rarest outcomes into one, again and again; every join is one more question for all that it joins. Bits a draw sink towards the entropy, never below: Shannon's source coding theorem.
#
# **Predict before you run.** A coin shows heads 9 times out of 10. Writing a toss down takes one bit. How many bits a toss does the best code need for a thousand tosses?
#
# <details>
# <summary>Answer</summary>
#
# 0.47, less than half. Tails are rare but very surprising: they contribute $0.1 \times 3.32 = 0.33$ bits, heads $0.9 \times 0.15 = 0.14$.
#
# </details>


# %% slide="subslide"
def code_lengths(p):
    """Questions that Huffman's code asks for each outcome."""
    lengths = [0] * len(p)
    heap = [(chance, [i]) for i, chance in enumerate(p)]
    while len(heap) > 1:
        (rare, left), (next_rare, right), *heap = sorted(heap)
        heap.append((rare + next_rare, left + right))
        for i in left + right:
            lengths[i] += 1
    return torch.tensor(lengths)


# %% slide="subslide"
block, rate = torch.ones(1, dtype=torch.float64), []
for n in range(1, 6):
    block = torch.outer(block, p).ravel()  # probabilities of n draws
    rate.append((block * code_lengths(block.tolist())).sum() / n)
entropy = divergence.entropy(p, base=2).expand(5)
alt = "Bits that Huffman's code needs for each draw, against the number of draws coded together: 1.520, 1.487, 1.473, 1.469, 1.467. The points sink towards the entropy, a horizontal line at 1.462 bits, and stay above it."
with plot.figure(size=(5.2, 2.8), alt=alt) as (ax,):
    lines = {"entropy of p": entropy, "Huffman's code": torch.stack(rate)}
    plot.curves(range(1, 6), lines, styles=["-", "o--"], ylim=(1.455, 1.525), ax=ax)
    ax.set(xlabel="draws coded together", ylabel="bits a draw", xticks=range(1, 6))

# %% [markdown]
# ## KL is the price of believing q while p is true
#
# Nature draws from $p$, you believe $q$. Widths stay $p$'s, for nature decides what happens; heights become $q$'s, for what surprises you depends on what you believe. The area is the **cross-entropy**; its excess over the entropy is your own fault:
#
# $$H(p, q) = -\sum_x p(x) \log q(x), \quad \mathrm{KL}(p \Vert q) = H(p, q) - H(p) = \sum_x p(x) \log \frac{p(x)}{q(x)}.$$
#
# **Predict before you run.** Your model gives probability 0 to something that happens once in a million draws. What is $\mathrm{KL}(p \Vert q)$?
#
# <details>
# <summary>Answer</summary>
#
# Infinite, whatever the model does elsewhere: $10^{-6} \times \infty = \infty$. A model judged by KL must never say *never*. On the digits, at the end of this lecture, one forgotten grey level is enough.
#
# </details>

# %% [markdown] slide="notes"
# **8 min.** Insist on the rectangles: widths from the first argument, heights from the second. It is the best remedy against swapping p and q. Point at outcome 2, where believing q is cheaper than believing p, 1.10 against 1.83 nats, and ask why the total still rises. The next section proves that it must.
#
# **Asked:** *Is this the cross-entropy loss of a classifier?* Yes. There $p$ puts all its mass on the given label, so that $H(p) = 0$, and loss and KL are the same number.
#
# **Asked:** *If H(p) is unknown, what is a loss worth?* It is a constant: differences of losses are differences of KL. Only the zero is unknown.
#
# **Wrong belief:** "$\mathrm{KL}(p \Vert q) = H(p) - H(q)$." The slide's slip (erratum 1). For a permuted $p$ it gives 0, where KL is 0.2542.
#
# **Wrong belief:** "A tiny probability is as good as zero." A forgotten event of one in a million makes KL infinite; with $q = 10^{-9}$ there, and the rest in proportion, KL is 0.000006 nats.
#
# **Show:** Both panels of rectangles, going over the outcomes one by one; then the line printed for the permuted $q$.
#
# **Exercise:** `kl_divergence`, with zeros in p and in q, which are not alike.

# %% tags=["hide-input"] slide="subslide"
q = torch.full_like(p, 1 / 3)
believe_p, believe_q = divergence.entropy(p), divergence.cross_entropy(p, q)
titles = [f"believing p: H(p) = {believe_p:.3f}", f"believing q: H(p, q) = {believe_q:.3f}"]
alt = "Two panels with rectangles of the same widths, 0.36, 0.48 and 0.16. Left, heights are the surprise under p: 1.02, 0.73, 1.83 nats, area 1.013. Right, under the uniform q: all 1.10, area 1.099. The frequent outcomes surprise more under q, the rare one less; the area grows by 0.085 nats, the KL divergence."
with plot.figure(1, 2, titles=titles, alt=alt) as axes:
    scenes.rectangles(p, p, color=color["data"], top=2.1, ax=axes[0])
    scenes.rectangles(p, q, color=color["model"], top=2.1, ax=axes[1])


# %% slide="subslide"
def my_cross_entropy(p, q):
    """Mean surprise under q of what p draws, in nats; infinite where q = 0 < p."""
    return -torch.xlogy(p, q).sum(-1)


def my_kl(p, q):
    """KL(p || q) in nats: the weights are p's."""
    return my_cross_entropy(p, q) - my_entropy(p)


check.show(
    check.close("my_cross_entropy", my_cross_entropy(a, b), divergence.cross_entropy(a, b)),
    check.close("my_kl", my_kl(a, b), divergence.kl(a, b)),
)

# %% [markdown] slide="subslide"
# > **Erratum 1.** *Deck 004, KL.* The slide writes $\mathrm{KL}(p \Vert q) \approx H(p) - H(q)$. True is $\mathrm{KL}(p \Vert q) = H(p, q) - H(p)$: cross-entropy minus entropy, both of them means under $p$. The shortcut goes negative, and it is 0 for any permutation of $p$, because entropy does not look at which outcome has which probability. (The slide's next line is right.)

# %%
for name, other in {"q uniform": q, "q = p, permuted": p[[2, 0, 1]]}.items():
    right = divergence.kl(p, other)
    wrong = divergence.entropy(p) - divergence.entropy(other)
    print(f"{name:>15}:  KL(p‖q) = {right:.4f}   H(p) − H(q) = {wrong:.4f}")

# %% [markdown]
# ## A straight line proves that KL is never negative
#
# The logarithm lies below its tangent at 1: $\ln u \le u - 1$. With $u = q(x)/p(x)$ that is the whole proof:
#
# $$-\mathrm{KL}(p \Vert q) = \sum_x p \ln \frac{q}{p} \le \sum_x p \left(\frac{q}{p} - 1\right) = \sum_x q - \sum_x p \le 1 - 1 = 0.$$
#
# (Sums run over $p(x) > 0$, where $q$ sums to *at most* 1.) Line and curve touch at $u = 1$ only, so KL is zero only if $q = p$.
#
# **Predict before you run.** Can a single term $p(x) \log \frac{p(x)}{q(x)}$ be negative? Should one take absolute values?
#
# <details>
# <summary>Answer</summary>
#
# Yes: wherever $q(x) > p(x)$. In the table, outcome 2 contributes $0.16 \ln(0.16 / 0.3333) = -0.117$. Only the sum is never negative. Absolute values would break $\mathrm{KL} = H(p, q) - H(p)$, and with it every meaning the number has.
#
# </details>

# %% [markdown] slide="notes"
# **6 min.** Draw the logarithm and its tangent at 1 by hand; the rest is a substitution. Let the room say where equality holds. It is worth a second look: the red gaps, each weighted by $p$, sum to the KL itself, 0.0853, because $\sum p (q/p - 1) = 0$ here.
#
# **Asked:** *Is this not Jensen's inequality?* Yes, in one line. Jensen's own proof is this picture: a concave function lies below its tangent at the mean.
#
# **Asked:** *Why the natural logarithm?* Its slope at 1 is 1. Another base multiplies everything by a positive constant, so the sign stays.
#
# **Asked:** *What if q has mass where p has none?* Then $q$ sums to less than 1 over the outcomes of $p$: the last step is below 0, and KL is positive for certain.
#
# **Wrong belief:** "Each term is positive." Outcome 2 contributes −0.117. Only the sum cannot be negative.
#
# **Show:** The curve under its line: the gap is hardly visible at 0.93 and 0.69, wide at 2.08.
#
# **May be skipped:** 2 min: the cells of steps 1 to 3.

# %% tags=["hide-input"] slide="subslide"
u, ratio, pair = torch.linspace(0.35, 2.5, 300), q / p, (color["noise"], color["data"])
alt = "The logarithm ln u, curved, under the straight line u − 1; they touch at u = 1 and nowhere else. Red dots on the curve mark u = q/p for the three outcomes of the slides' table, red bars the gap there: at 0.69 for outcome 1 and at 0.93 for outcome 0 hardly any gap, at 2.08 for outcome 2 a wide one."
with plot.figure(size=(5.6, 3.0), alt=alt) as (ax,):
    ax.vlines(ratio, ratio.log(), ratio - 1, color=color["wrong"], lw=4, label="the gap at q/p")
    ax.plot(ratio, ratio.log(), "o", color=color["wrong"], zorder=3)
    plot.curves(u, {"u − 1": u - 1, "ln u": u.log()}, colors=pair, xlabel="u = q(x)/p(x)", ax=ax)
    for outcome in range(3):
        ax.annotate(f"    x = {outcome}", (ratio[outcome], ratio[outcome].log()), va="top")

# %% slide="subslide"
low, high = p * ratio.log(), p * (ratio - 1)
check.show(check.at_most("step 1: p ln(q/p) ≤ p (q/p − 1), for each x", low, high, slack=0))

# %%
check.show(
    check.close("step 2: Σ p(q/p − 1) = Σ q − Σ p", high.sum(), q.sum() - p.sum()),
    check.close("step 3: Σ q − Σ p", q.sum() - p.sum(), 0.0),
    check.nonnegative("so KL(p‖q) of the table", my_kl(p, q), slack=0),
    check.nonnegative("and KL of 10,000 random pairs", my_kl(a, b)),
)

# %% [markdown]
# ## Swap p and q and the price changes
#
# | $x$ | 0 | 1 | 2 |
# |---|---|---|---|
# | $p(x)$ | 0.36 | 0.48 | 0.16 |
# | $q(x)$ | 1/3 | 1/3 | 1/3 |
#
# The slides' example is Kullback's own (1959): $p$ counts the successes in two trials of chance 0.4.
#
# $$\mathrm{KL}(p \Vert q) \ne \mathrm{KL}(q \Vert p)$$

# %% [markdown] slide="notes"
# **9 min.** The triangle is the slide to remember: maximum likelihood lives on the left, where forgetting anything is forbidden; the right one forgives forgetting. The walks give KL its unit, nats of evidence an observation. Ask how many observations it takes when KL is ten times smaller: ten times as many, about 350 instead of 35 for odds of 20 to 1.
#
# **Asked:** *Which direction is the right one?* Ask who draws. If data come from $p$ and the model is $q$, the mean is under $p$: forward. If you can draw from $q$ only, reverse.
#
# **Asked:** *Is the difference not small, 0.085 against 0.097?* Near $p$ the two agree; far away they do not: 1.61 against 0.64 for the coins, infinite against finite at an edge.
#
# **Wrong belief:** "KL is a distance." It is zero only for equals, but not symmetric, and it breaks the triangle inequality.
#
# **Wrong belief:** "A negative KL shows an interesting case." It shows a slip. The line printed on the slide gives −0.0842 because two of its three weights are p's (erratum 2).
#
# **Show:** The triangles: put a finger on the dot and walk to an edge, left and right at once. Left runs into a wall, right does not.
#
# **Exercise:** `kl_divergence`, whose check draws KL for a coin against all others.
#
# **May be skipped:** 4 min: the walks of evidence.

# %%
print(f"KL(p‖q) = {my_kl(p, q):.7f}   KL(q‖p) = {my_kl(q, p):.7f} nats")
check.show(check.close("the package says the same of KL(q‖p)", my_kl(q, p), divergence.kl(q, p)))

# %% [markdown] slide="subslide"
# > **Erratum 2.** *Deck 004, KL example.* The last slide writes the second sum with the weights 0.48 and 0.16 of $p$, and the result 0.097455. The weights must be $q$'s, 1/3 each; then 0.0974550 is right. The line as printed gives −0.0842, which no KL can be. And $q$ is 1/3, not 0.33: with 0.33 the first sum is 0.0953, not 0.0853.

# %%
weights = p.new_tensor([0.333, 0.48, 0.16])
as_printed = (weights * (0.333 / p).log()).sum()
rounded = (p * (p / 0.33).log()).sum()
print(f"KL(q‖p)  right {my_kl(q, p):.7f}   as printed    {as_printed:.7f}")
print(f"KL(p‖q)  right {my_kl(p, q):.7f}   with q = 0.33  {rounded:.7f}")

# %% [markdown] slide="subslide"
# **A map of the asymmetry.** Every distribution of three outcomes is a point of a triangle, and a corner is certainty. Fix the slides' $p$, the dot, and let $q$ walk. On the left the edges are walls: there $q$ calls an outcome impossible, and $p$ disagrees. On the right $q$ may give up an outcome, at a finite price.

# %% tags=["hide-input"]
levels, titles = [0.01, 0.05, 0.1, 0.2, 0.5, 1], ["KL(p‖q): red is infinite", "KL(q‖p)"]
alt = "Two triangles whose points are the distributions q of three outcomes, with the slides' p as a dot. Left, contours of KL(p‖q) from 0.01 to 1 crowd towards the edges, which are red: the value there is infinite. The fill darkens towards the corners. Right, the outer contours of KL(q‖p), same values, run into the edges and end there: the value stays finite everywhere. Near p both are the same small ovals."
with plot.figure(1, 2, titles=titles, size=(3.6, 3.2), alt=alt) as (left, right):
    scenes.triangle(lambda d: divergence.kl(p, d), levels, mark=p, ax=left)
    scenes.triangle(lambda d: divergence.kl(d, p), levels, mark=p, color=color["other"], ax=right)

# %% [markdown]
# ### KL is the speed at which data expose a wrong model
#
# Each observation adds $\log p(x) - \log q(x)$ to the evidence for $p$ against $q$. If $p$ is true its mean is $\mathrm{KL}(p \Vert q)$; if $q$ is true, the evidence falls by $\mathrm{KL}(q \Vert p)$ a step. The asymmetry is a fact about the world: some mistakes come to light sooner than their mirror images.
#
# **Predict before you run.** Let $p$ be a fair coin and $q$ a coin with 99 % heads. Which is larger, $\mathrm{KL}(p \Vert q)$ or $\mathrm{KL}(q \Vert p)$?
#
# <details>
# <summary>Answer</summary>
#
# $\mathrm{KL}(p \Vert q) = 1.61$, $\mathrm{KL}(q \Vert p) = 0.64$ nats. The fair coin soon shows tails, which $q$ holds nearly impossible: two tosses usually settle it. Believing *fair* while the coin is biased costs at most $\log 2$ a toss.
#
# </details>

# %% slide="subslide"
step, gain = torch.arange(1, 201), p.log() - q.log()  # evidence that an observation brings
alt = "Evidence for p against q, in nats, over 200 observations: 20 random walks when p is true rise around a straight line of slope KL(p‖q) = 0.085, and 20 when q is true fall around a line of slope −KL(q‖p) = −0.097, a little steeper. After 100 observations the two bundles have separated."
with plot.figure(size=(5.8, 3.0), alt=alt) as (ax,):
    for name, d, role in (("p is true", p, "data"), ("q is true", q, "model")):
        x = torch.multinomial(d, 20 * 200, True, generator=generator).reshape(20, 200)
        slope, seen = (d * gain).sum(), monte_carlo.estimate_mean(gain[x].ravel())
        print(f"{name}: {seen} nats a step, expected {slope:+.3f}; 20 to 1", end=" ")
        print(f"after about {torch.tensor(20.0).log() / slope.abs():.0f} steps")
        scenes.runs(step, gain[x].cumsum(1), slope * step, color=color[role], label=name, ax=ax)
    ax.set(xlabel="observations", ylabel="evidence for p, nats")

# %% [markdown]
# ## Jensen–Shannon never exceeds log 2
#
# Compare each with the mixture of both (Lin 1991):
#
# $$\mathrm{JS}(p, q) = \tfrac12 \mathrm{KL}(p \Vert m) + \tfrac12 \mathrm{KL}(q \Vert m), \qquad m = \tfrac12 (p + q).$$
#
# Toss a fair coin, draw $x$ from $p$ on heads and from $q$ on tails, and show only $x$ to a detective. JS is what $x$ tells about the coin: at most one bit, $\log 2$ nats, and the same when $p$ and $q$ trade places. Its square root is even a metric.

# %% [markdown] slide="notes"
# **6 min.** Play the detective: toss a coin in secret, say a number drawn from $p$ or from $q$, and let the room guess the side. How many nats the best possible guesser saves against a coin *is* JS. That is one player of a GAN, three modules early.
#
# **Asked:** *Why the mixture?* It is positive wherever $p$ or $q$ is, so no ratio exceeds 2 and no term explodes.
#
# **Asked:** *Where does $D = p/(p+q)$ come from?* Bayes' rule with a fair coin.
#
# **Wrong belief:** "JS is the mean of KL(p‖q) and KL(q‖p)." That mean is infinite as soon as one forgets what the other does. JS compares each with the mixture.
#
# **Wrong belief:** "My classifier cannot tell them apart, so they are equal." A weak detective only bounds JS from below. Success on new data, beyond what chance explains, shows a difference; failure shows nothing.
#
# **Exercise:** `js_divergence`, where the slips are in the halves.


# %% slide="subslide"
def my_js(p, q):
    """Jensen-Shannon divergence in nats."""
    m = (p + q) / 2
    return (my_kl(p, m) + my_kl(q, m)) / 2


left, right = torch.tensor([0.7, 0.3, 0.0, 0.0]), torch.tensor([0.0, 0.0, 0.1, 0.9])
check.show(
    check.close("my_js = the package's, 10,000 times", my_js(a, b), divergence.js(a, b)),
    check.symmetric("my_js", my_js, a, b),
    check.at_most("JS ≤ log 2, 10,000 times", my_js(a, b), log_2),
    check.close("no outcome in common: JS = log 2", my_js(left, right), log_2),
)

# %% [markdown] slide="subslide"
# **The best detective** says "from $p$" with probability $D(x) = p(x) / (p(x) + q(x))$, and their cross-entropy with the coin is exactly $\log 2 - \mathrm{JS}$. Every other detective does worse, so *any* classifier of real against generated bounds JS from below, from samples alone, if it was not trained on them: a two-sample test. Make the detective a network, let $q$ learn to fool it, and you have a GAN (module 04).


# %%
def detective_loss(D):
    """Cross-entropy with the coin of who says `from p` with chance D[x]."""
    return -0.5 * (p * D.log()).sum(-1) - 0.5 * (q * (1 - D).log()).sum(-1)


best, others = detective_loss(p / (p + q)), detective_loss(torch.rand(10_000, 3))
check.show(
    check.close("log 2 − loss of the best = JS", log_2 - best, my_js(p, q)),
    check.at_most("log 2 − loss of 10,000 others ≤ JS", log_2 - others, my_js(p, q)),
)

# %% [markdown]
# ## One convex function makes one divergence
#
# $$D_f(p \Vert q) = \sum_x q(x) f\left(\frac{p(x)}{q(x)}\right), \qquad f \text{ convex}, \quad f(1) = 0$$
#
# | divergence | $f(u)$ | at most |
# |---|---|---|
# | $\mathrm{KL}(p \Vert q)$ | $u \log u$ | ∞ |
# | $\mathrm{KL}(q \Vert p)$ | $-\log u$ | ∞ |
# | Jensen–Shannon | $\frac12 \bigl(u \log u - (1 + u) \log \frac{1 + u}{2}\bigr)$ | $\log 2$ |
# | total variation | $\frac12 \lvert u - 1 \rvert$ | 1 |
# | $\chi^2$ | $(u - 1)^2$ | ∞ |
# | squared Hellinger | $\frac12 (\sqrt u - 1)^2$ | 1 |
#
# None is negative, by the straight line again: a convex $f$ lies above some line through $(1, 0)$. Where $q(x) = 0 < p(x)$, the term means $p(x) \lim_{u \to \infty} f(u) / u$: infinite for $\mathrm{KL}(p \Vert q)$ and $\chi^2$, zero for $\mathrm{KL}(q \Vert p)$, half of $p(x)$ for total variation.

# %% [markdown] slide="notes"
# **7 min.** One slide of a table is enough; then read the picture from its ends. Far left, at $u$ near 0, $q$ invents what $p$ never does; far right $q$ forgets what $p$ does. Ask for each curve: which mistake does it punish harder?
#
# **Asked:** *Why $q f(p/q)$ and not $p f(q/p)$?* A convention. With $u f(1/u)$ in place of $f$ one gets the same family with the roles exchanged; both generators of KL are in the table.
#
# **Asked:** *Is every divergence of this kind?* No. Wasserstein distance and MMD are not: they know how far apart two *outcomes* are, which no f-divergence does.
#
# **Asked:** *What is the use of such a family?* Merging outcomes never adds, whatever $f$: no processing of data can increase any of them.
#
# **Wrong belief:** "Each has its own idea of small." Close up, all smooth ones are one formula up to a constant. They part over large mistakes.
#
# **Show:** The six curves: left end first (reverse KL shoots up), then the right end (χ² and KL grow), then the flat ones.
#
# **Exercise:** `f_divergence`, one line whose weight is easily got wrong.
#
# **May be skipped:** 3 min: the close-up.

# %% slide="subslide"
smooth = [f for f in divergence.GENERATORS if f is not divergence.TOTAL_VARIATION]
roles = ("model", "other", "noise", "wrong", "guidance", "data")
look = {"colors": [color[role] for role in roles], "styles": ["-", "--", "-", ":", "--", "-."]}
u, up, down = torch.linspace(0.02, 4, 300), torch.tensor(1.001), torch.tensor(0.999)
family = [*smooth, divergence.TOTAL_VARIATION]
above = {f.name: f(u) - (f(up) - f(down)) / (up - down) * (u - 1) for f in family}
alt = "Six generators f(u), each with its tangent at u = 1 taken away (for total variation, the level line between its two slopes), for u = p/q from 0 to 4. All are zero at u = 1 and positive elsewhere. Reverse KL shoots up at u → 0, where q invents what p never does; chi squared and KL(p‖q) grow fastest for large u, where q forgets what p does; Jensen–Shannon and Hellinger nearly coincide and stay low on both sides; total variation is a V with its kink at 1."
with plot.figure(size=(6.0, 3.4), alt=alt) as (ax,):
    plot.curves(u, above, ylim=(0, 2.2), **look, ax=ax)
    ax.legend(loc="upper left", bbox_to_anchor=(0.17, 1.0))
    ax.set(xlabel="u = p(x) / q(x)", ylabel="f(u) less a line through (1, 0)")


# %% slide="subslide"
def my_f_divergence(p, q, f):
    """Sum of q f(p / q); NaN where q = 0, unlike the package's."""
    return (q * f(p / q)).sum(-1)


merged_a, merged_b = (torch.stack([d[:, 0], d[:, 1] + d[:, 2]], -1) for d in (a, b))
for f in divergence.GENERATORS:
    mine, fewer = my_f_divergence(a, b, f), my_f_divergence(merged_a, merged_b, f)
    check.show(
        check.close(f"{f.name}: mine = the package's", mine, divergence.f_divergence(a, b, f)),
        check.at_most(f"{f.name}: merging two outcomes never adds", fewer, mine),
    )

# %% [markdown]
# ### Close up, all smooth f-divergences are one
#
# Move a little mass, and every smooth $f$ gives $\frac12 f''(1) \sum_x (p - q)^2 / q$: one and the same formula up to a constant. Divergences differ only in what they say about *large* mistakes: read the previous picture from its ends. Far left, $q$ invents what $p$ never does; far right, $q$ forgets what $p$ does. (Total variation has a kink and stays out.)
#
# **Predict before you run.** Add $c (u - 1)$ to $f$. What happens to $D_f$?
#
# <details>
# <summary>Answer</summary>
#
# Nothing: $\sum_x q c (p/q - 1) = c \left(\sum p - \sum q\right) = 0$. That is why a line could be taken away in the picture.
#
# </details>

# %% slide="subslide"
mass, one, h = torch.linspace(0.003, 0.33, 200).double(), torch.tensor(1.0).double(), 1e-4
moved = q + mass[:, None] * torch.tensor([1.0, 0.0, -1.0])  # from outcome 2 to outcome 0
bend = [(f(one + h) + f(one - h)) / h**2 for f in smooth]  # f''(1)
close_up = {}
for f, c in zip(smooth, bend, strict=True):
    small_form = c / 2 * ((moved - q) ** 2 / q).sum(-1)
    close_up[f"{f.name}, f″(1) = {c:.2f}"] = divergence.f_divergence(moved, q, f) / small_form
alt = "Five divergences between q and a copy with mass ε moved, each divided by its own small-ε formula, against ε from 0 to 1/3. All five start at 1 and stay together until about ε = 0.05. Then chi squared stays at 1, KL(p‖q) rises to 1.35, Jensen–Shannon to 1.65, Hellinger beyond 1.9, and KL(q‖p) shoots up as ε nears 1/3, where an outcome of q becomes impossible under p."
with plot.figure(size=(6.0, 3.2), alt=alt) as (ax,):
    plot.curves(mass, close_up, ylim=(0.9, 2), **look, ax=ax)
    ax.set(xlabel="mass moved, ε", ylabel="divergence / its small-ε form")

# %% [markdown]
# ## Between Gaussians the KL has a closed form
#
# With $p = N(m_p, s_p^2)$, $q = N(m_q, s_q^2)$ and $\rho = s_p / s_q$,
#
# $$\mathrm{KL}(p \Vert q) = \tfrac12 \left(\rho^2 - 1 + \frac{(m_p - m_q)^2}{s_q^2}\right) - \log \rho.$$
#
# Distance is measured in $q$'s units: the same gap is a catastrophe for a narrow $q$ and nothing for a wide one. Independent dimensions add. Code carries $\log s$, which may be any real number, so that a network can output it.

# %% [markdown] slide="notes"
# **9 min.** Read the formula as a sentence: distance in $q$'s units, plus a price for the wrong width. Then give the room the widget and one rule: predict before each drag.
#
# **Asked:** *Why log std?* Any real number is allowed, so a network can put it out, and no width is ever negative.
#
# **Asked:** *When may I trust the ±?* If the terms have a finite variance and nothing rare and huge was missed. $r - 1 - \ln r$ can fail: with draws of $N(0, 1)$ and $q = N(1, 1.5^2)$ its variance is infinite.
#
# **Wrong belief:** "Entropy cannot be negative." A sum's cannot. A density's can: $N(0, s^2)$ has $1.42 + \log s$, negative below $s = 0.24$, and changing metres to millimetres changes it. KL and JS do not care.
#
# **Wrong belief:** "A narrow q is a precise one." If it is precisely wrong, it costs most.
#
# **Show:** The widget. Mean of q 0, log std of q 0: all divergences vanish. Log std of q to 0.7: KL(p‖q) 0.32, KL(q‖p) 0.83; to −0.7: the two trade places. Now mean of q to 2 and log std of q to −1: 17 against 2.6; the bars of KL(p‖q) and H(p, q) end at the edge, and JS stays at 0.52.
#
# **Exercise:** `kl_gaussians`, where log std is not log variance.
#
# **May be skipped:** 2 min: the straight line's return.


# %% slide="subslide"
def my_kl_gaussians(mean_p, log_std_p, mean_q, log_std_q):
    """KL of diagonal Gaussians in nats: (B, D) x 4 -> (B,)."""
    ratio = (log_std_p - log_std_q).exp()
    distance = (mean_p - mean_q) / log_std_q.exp()
    return (0.5 * (ratio**2 - 1 + distance**2) - ratio.log()).sum(-1)


four = torch.randn(4, 7, 3, generator=generator, dtype=torch.float64)
normals = Normal(four[0], four[1].exp()), Normal(four[2], four[3].exp())
mine, outside = my_kl_gaussians(*four), torch.distributions.kl_divergence(*normals).sum(-1)
check.show(
    check.close("my_kl_gaussians = the package's", mine, gaussian.kl_gaussians(*four)),
    check.close("and = torch.distributions'", mine, outside),
)

# %% [markdown]
# ### Without a formula, draw and average
#
# KL is a mean under $p$, so draw $x_i \sim p$ and average $\log p(x_i) - \log q(x_i)$. The spread $s$ of the terms gives the standard error $s / \sqrt n$, and an estimate without it is half a number. One more digit costs a hundred times the samples.

# %%
p_gauss, q_gauss = Normal(0.0, 1.0), Normal(1.0, 1.5)
exact = torch.distributions.kl_divergence(p_gauss, q_gauss).item()
for n in (100, 10_000, 1_000_000):
    x = torch.randn(n, generator=generator)
    estimate = monte_carlo.estimate_kl(x, p_gauss.log_prob, q_gauss.log_prob)
    name = f"n = {n:>9,}: {estimate}, exact {exact:.4f}"
    check.show(check.within_standard_errors(name, *estimate, exact))

# %% slide="subslide"
n, x = torch.arange(1, 10_001), torch.randn(25, 10_000, generator=generator)
terms = p_gauss.log_prob(x) - q_gauss.log_prob(x)
error = terms.std() / n.sqrt()
band = exact - 2 * error, exact + 2 * error
alt = "25 running averages of log p − log q against the number of draws, from 10 to 10,000 on a logarithmic axis. They start spread out between about 0 and 0.7 and close in on the exact KL, 0.350, inside a funnel of two standard errors that narrows as one over the square root of n."
with plot.figure(size=(5.8, 3.0), alt=alt) as (ax,):
    ax.fill_between(n, *band, color=color["noise"], alpha=0.35, lw=0, label="± 2 standard errors")
    scenes.runs(n, terms.cumsum(1) / n, exact + 0 * n, color=color["model"], label="exact", ax=ax)
    ax.set(xscale="log", xlim=(10, 10_000), ylim=(-0.1, 0.8), xlabel="draws", ylabel="KL, nats")

# %% [markdown] slide="subslide"
# **The straight line returns.** With $r = q(x)/p(x)$, the mean of $r - 1$ under $p$ is zero, provided $p > 0$ wherever $q > 0$. So $r - 1 - \ln r$ has the same mean as $-\ln r$. But now no term is negative, by $\ln r \le r - 1$, and where $q$ is near $p$ the error is far smaller, for free (Schulman 2020). Not everywhere: for a $q$ wider than $p$, the factor $r$ can make it worse.

# %%
x = torch.randn(10_000, generator=generator)
log_r = Normal(0.3, 1.0).log_prob(x) - p_gauss.log_prob(x)
plain = monte_carlo.estimate_mean(-log_r)
clever = monte_carlo.estimate_mean(log_r.expm1() - log_r)
print(f"exact {0.3**2 / 2:.4f}   mean of −ln r: {plain}   of r − 1 − ln r: {clever}")
check.show(check.nonnegative("each r − 1 − ln r", log_r.expm1() - log_r))

# %% [markdown]
# ### The wider model is the safer one
#
# **Predict before you run.** The truth is $N(0, 1)$. Which model is worse, half as wide or twice as wide? Does the other direction agree?
#
# <details>
# <summary>Answer</summary>
#
# Half as wide is worse: $\mathrm{KL}(p \Vert q) = 0.81$ nats against 0.32, for $p$ keeps drawing what $q$ holds impossible. In the other direction the order turns round: the same two numbers, exchanged. Watch the entropies too: those of densities depend on the unit of $x$ and may be negative; KL and JS do neither.
#
# </details>

# %% tags=["hide-input"] slide="subslide"
alt = "Two Gaussians p and q; beside them the integrands of KL(p‖q) and KL(q‖p), shaded, and bars for H(p), H(q), the cross-entropy, both KLs and JS. With equal means and q twice as wide as p, KL(p‖q) is 0.32 and KL(q‖p) 0.81; with q half as wide the numbers trade places, and the integrand of KL(p‖q) has two humps, one on either side, where p has mass and q hardly any."
stills = [{"mean_q": 0, "log_std_q": 0.693}, {"mean_q": 0, "log_std_q": -0.693}]
widgets.explore(scenes.two_gaussians, scenes.SLIDERS, stills, alt, name="two Gaussians")

# %% [markdown]
# ## Forward KL covers, reverse KL picks a side
#
# Fit $q = N(\text{mean}, \text{std}^2)$ to the two bumps.
#
# **Forward**, $\min_q \mathrm{KL}(p \Vert q)$: the entropy of $p$ is a constant, so minimise the cross-entropy, $-\log q$ on data. That is maximum likelihood, and it needs *samples* of $p$.
#
# **Reverse**, $\min_q \mathrm{KL}(q \Vert p)$: minimise $\log q - \log p$ on draws of $q$ itself, written as $x = \text{mean} + \text{std} \cdot \text{noise}$ so that gradients pass. It needs the *density* of $p$, up to a constant.

# %% [markdown] slide="notes"
# **9 min.** Return to the first picture and the vote. The forward fit puts its peak where there are hardly any data: odd samples, but nothing forgotten. The reverse fit is sharp and silent about 40 % of the world. Neither is a fault of the optimiser; each does what it was asked.
#
# **Asked:** *Why not always forward?* It needs samples of $p$ and the density of $q$. Where only the density of $p$ is known, up to a constant, as for a posterior, one can draw from $q$: reverse.
#
# **Asked:** *Did the fit from 0 fail?* It ended in a valley of its own: mean 0.63, std 1.52, KL 0.54, between the bumps; the best is 0.50.
#
# **Wrong belief:** "Reverse KL always sits on one mode." Here a third valley lies over both. With closer bumps it may be the best one.
#
# **Wrong belief:** "Forgetting 40 % must be expensive." It costs $-\log 0.6 = 0.51$ nats. Forward KL charges the same fit 2.6.
#
# **Show:** The two maps: one valley left, three right; lead a finger from each start to its dot. Then the first picture again, and repeat the vote.
#
# **Exercise:** `fit_gaussian`, both directions over a list of candidates.


# %% slide="subslide"
def forward_loss(x, mean, log_std):
    return -Normal(mean, log_std.exp()).log_prob(x).mean()


def reverse_loss(noise, mean, log_std):
    q, x = Normal(mean, log_std.exp()), mean + log_std.exp() * noise
    return (q.log_prob(x) - truth.log_prob(x[:, None])).mean()


# %% slide="subslide"
def fit_gaussian(loss, batch, start):
    mean = torch.tensor(start, requires_grad=True)
    log_std = torch.zeros((), requires_grad=True)
    batches = [batch] * 250
    train.fit(lambda x: loss(x, mean, log_std), [mean, log_std], batches, lr=0.05)
    return Normal(mean.detach(), log_std.detach().exp())


data = truth.sample(20_000, generator)[:, 0]
noise = Normal(0.0, 1.0).icdf((torch.arange(4000) + 0.5) / 4000)  # evenly spread N(0, 1)
forward = fit_gaussian(forward_loss, data, 0.0)
reverse = {start: fit_gaussian(reverse_loss, noise, start) for start in (3.0, -3.0, 0.0)}

# %% slide="subslide"
found = torch.tensor([[q.mean, q.stddev] for q in (forward, reverse[3.0], *promised)])
check.show(
    check.close("forward = moments of the data", found[0], (data.mean(), data.std()), rtol=1e-3),
    check.close("both as promised at the start", found[:2], found[2:], atol=0.03),
)
alt = "The first picture of the lecture again, now from the fits: the forward Gaussian low and wide over both bumps, its peak near 0 where there are hardly any data; the reverse one on the right bump alone."
scenes.best_gaussians(truth, forward, reverse[3.0], alt=alt)

# %% [markdown]
# ### The reverse landscape has three valleys
#
# Both KLs for every mean and std. Forward has one valley: the moments of the data. Reverse has one for each bump, *and a third between them*, a compromise that the slogan "reverse KL seeks a mode" leaves out. Where descent ends depends on where it starts.
#
# **Predict before you run.** Let $q$ sit exactly on a bump that holds a share $w$ of the truth, the rest being far away. What is $\mathrm{KL}(q \Vert p)$?
#
# <details>
# <summary>Answer</summary>
#
# Where $q$ lives, $p = w q$, so $\log q - \log p = -\log w$ everywhere. Ignoring 40 % of the world costs 0.51 nats, and a generator that shows one face out of a thousand equally common ones pays only $\log 1000 = 6.9$. As the ignored faces grow more distant, forward KL would charge it without limit.
#
# </details>

# %% slide="subslide" lines="4-7"
x = torch.linspace(-15, 15, 601)
spans = torch.linspace(-3.4, 3.4, 69), torch.linspace(0.3, 3.2, 59)
mean, std = torch.meshgrid(*spans, indexing="xy")
log_p = truth.log_prob(x[:, None])
log_q = Normal(mean[..., None], std[..., None]).log_prob(x)
forward_table = (log_p.exp() * (log_p - log_q)).sum(-1) * 0.05  # the grid's step
reverse_table = (log_q.exp() * (log_q - log_p)).sum(-1) * 0.05
for start, fit in reverse.items():
    z = fit.mean + fit.stddev * noise
    found = (fit.log_prob(z) - truth.log_prob(z[:, None])).mean()
    where = f"mean {fit.mean:+.2f}, std {fit.stddev:.2f}"
    print(f"from {start:+.0f} to {where}: KL(q‖p) = {found:.2f}")
lost = -torch.tensor([0.6, 0.4]).log()
print(f"−log of the bumps' weights: {lost[0]:.2f} and {lost[1]:.2f}")

# %% tags=["hide-input"] slide="subslide"
few = [0.38, 0.42, 0.5, 0.7, 1, 1.5, 2.5, 5]
many = [0.5, 0.52, 0.54, 0.6, 0.7, 0.85, 0.92, 1.1, 1.5, 3]
space, titles = (mean, std), ["KL(p‖q): darker is lower", "KL(q‖p): darker is lower"]
alt = "Two labelled contour maps, darker where lower, over the mean and the standard deviation of q. KL(p‖q), left, has a single basin with its lowest point at mean 0.10, std 1.85. KL(q‖p), right, has three: at mean −1.98, std 0.53 with value 0.90; at 1.45, 0.86 with value 0.50, the lowest; and a wide shallow one at 0.63, 1.52 with value 0.54. Dots mark where the fits ended."
with plot.figure(1, 2, titles=titles, size=(4.4, 3.2), alt=alt) as (left, right):
    scenes.landscape(*space, forward_table, few, [forward], color=color["model"], ax=left)
    scenes.landscape(*space, reverse_table, many, reverse.values(), color=color["other"], ax=right)

# %% [markdown]
# ## The course is a choice of divergence
#
# | trained by | minimises | temperament | module |
# |---|---|---|---|
# | maximum likelihood: autoregressive models, flows | forward $\mathrm{KL}(p \Vert q)$ | covers everything, at the price of odd samples | 06, 07 |
# | a bound on it: VAE, diffusion (with the bound's weights) | an upper bound of forward KL | covers | 03, 09 |
# | the VAE's encoder; here $p$ is the model | reverse $\mathrm{KL}(q(z \mid x) \Vert p(z \mid x))$ | a simple (factorised) $q$ picks one explanation, too sure of it | 03 |
# | GAN, while its discriminator is the best | $\mathrm{JS}(p, q)$ | in between: sharp, may drop modes | 04 |

# %% [markdown] slide="notes"
# **3 min.** A table to come back to; today only the column *temperament*. Ask which row they would suspect behind blurred pictures, and which behind pictures that are all alike.
#
# **Asked:** *Why is the VAE in two rows?* Its whole minimises a bound on the forward KL; its encoder, for a fixed model, the reverse KL to the true posterior.
#
# **Wrong belief:** "A GAN minimises JS." Only while its discriminator is the best one, which it never quite is (module 04).

# %% [markdown]
# ## It fails: JS gives no direction to what lies apart
#
# Early in training, a model's images and real ones hardly overlap. Slide two Gaussians apart: KL explodes, while JS runs into its ceiling, and at the ceiling its slope, all that a generator learns from, is gone. With bounded supports that no longer touch it is worse: KL is infinite and JS is $\log 2$ *at any distance*.
#
# Two repairs wait in this course: add noise until the two overlap (08, 09), or measure how far mass must travel instead (Wasserstein, 04).

# %% [markdown] slide="notes"
# **4 min.** Ask: you are the generator, far from the data, and all you get is the slope of this curve. Which way do you go? Beyond distance 6 it is nearly flat and tells you next to nothing.
#
# **Asked:** *KL has a slope there, why not use it?* It needs densities, and once supports do not touch it is infinite, with no slope either.
#
# **Wrong belief:** "JS = log 2 means far apart." It means: no overlap. Two intervals a hair's breadth apart have it as well.
#
# **Show:** The curve, with the printed slopes: 0.22 at distance 2, 0.006 at 6, 0.00002 at 9. KL there is half the squared distance: 2, 18, 40.5.

# %% slide="subslide"
apart = torch.linspace(0, 10, 101)
kl, js = torch.tensor([scenes.measures(0, 0, d, 0) for d in apart.tolist()])[:, [3, 5]].T
slope = js.diff() / apart.diff()
print(f"slope of JS at distance 2: {slope[20]:.2f}, at 6: {slope[60]:.4f}, at 9: {slope[90]:.5f}")
lines, roles = {"KL, either way": kl, "JS": js}, (color["model"], color["wrong"])
alt = "KL and JS of two unit Gaussians against the distance of their means, 0 to 10. KL is a parabola and leaves the picture at distance 1.5. JS rises until about distance 3, then bends and lies flat on its bound log 2 = 0.69: beyond distance 6 it no longer tells farther from nearer."
with plot.figure(size=(5.6, 2.9), alt=alt) as (ax,):
    plot.curves(apart, lines, colors=roles, xlabel="distance", ylabel="nats", ylim=(0, 1.2), ax=ax)

# %% [markdown]
# ## On real digits, independent pixels need 106 nats
#
# The simplest model of an 8×8 digit with 17 grey levels: every pixel on its own, with the frequencies of 1000 training images (split: `data/images.py`). We add 0.1 to every count, a choice made beforehand, so that the model never says *never*. Its mean surprise at 447 test images, by writers it never saw, estimates the cross-entropy. Uniform guessing gives $64 \log 17 = 181.3$ nats.

# %% [markdown] slide="notes"
# **6 min.** All of the hour in one number: the surprise, its mean, its error bar, and what it would be at best. Let the room guess before the bar chart how much of the 181.3 nats independent pixels save: 75.
#
# **Asked:** *Why add 0.1?* Without it 7 of 447 images are infinitely surprising, and so is the mean. The value was fixed beforehand; choosing it on the test images would be reading the answers.
#
# **Asked:** *Is 86.6 the entropy of digits?* No, an upper bound up to sampling error. Nobody knows the entropy.
#
# **Wrong belief:** "The model's own entropy, 107, must be below its loss, 106.3." $H(q)$ and $H(p, q)$ are means under different distributions; nothing orders them.
#
# **Wrong belief:** "Shuffling the pixels destroys the information." The same fixed shuffle for all images is only a renaming: entropy and 106.3 stay.
#
# **Show:** The map of entropies between the digits and the samples: dark where digits differ, pale where they never do. The samples know how dark each pixel tends to be, and nothing about strokes.
#
# **May be skipped:** 2 min: the last prediction.

# %% slide="subslide"
splits = (images.digits(split).x for split in ("train", "test"))
level, level_test = (images.to_levels(x).flatten(1) for x in splits)
one_hot = torch.nn.functional.one_hot(level, images.LEVELS)
counts = one_hot.double().sum(0)  # (64 pixels, 17)
model = (counts + 0.1) / (counts + 0.1).sum(-1, keepdim=True)
surprise = divergence.information(model[torch.arange(64), level_test]).sum(-1)
number = monte_carlo.estimate_mean(surprise)
bits = number.mean / log_2
print(f"cross-entropy on the test images: {number} nats = {bits:.0f} bits each")
unseen = (counts[torch.arange(64), level_test] == 0).any(-1).sum()
print(f"without the 0.1, {unseen} of {len(level_test)} images would cost ∞ nats")
check.show(check.within_standard_errors("the reference value, 106.3", *number, 106.3))

# %% tags=["hide-input"] slide="subslide"
entropy_map = divergence.entropy(model).reshape(8, 8)
drawn = torch.distributions.Categorical(model).sample((12,))
titles = [
    "real digits",
    f"pixel entropy, {entropy_map.sum():.0f} nats in all",
    "samples of the model",
]
alt = "Three panels. Left, twelve handwritten digits of 8 by 8 pixels. Middle, a map of each pixel's entropy in nats: near 0 in the outermost columns, which are almost always black, up to 2.7 along the strokes near the centre. Right, twelve samples of the independent-pixel model: dark at the sides, and inside only static in which no digit can be read."
with plot.figure(1, 3, titles=titles, size=(3.2, 2.6), alt=alt) as axes:
    plot.images(images.digits().x[:12], rows=3, ax=axes[0])
    heat = axes[1].imshow(entropy_map, cmap="Blues", vmin=0)
    axes[1].set_axis_off()
    _ = axes[1].figure.colorbar(heat, ax=axes[1], shrink=0.8)
    plot.images(images.from_levels(drawn).reshape(-1, 8, 8), rows=3, ax=axes[2])

# %% tags=["hide-input"] slide="subslide"
shared = -(counts.sum(0) / counts.sum())[level_test].log().sum(-1).mean()
names = [
    "uniform\nguessing",
    "one histogram\nfor all pixels",
    "independent\npixels",
    "autoregressive\nnetwork, quoted",
]
nats = [64 * torch.tensor(17.0).log(), shared, number.mean, 86.6]
alt = "Four bars, nats for each test image, lower is better: uniform guessing 181.3; one histogram shared by all pixels 130.8; independent pixels, the model of this lecture, 106.3 with an error bar of 0.4, too small to see well; an autoregressive network 86.6, hatched because it is quoted."
with plot.figure(size=(5.8, 3.0), alt=alt) as (ax,):
    plot.bars(names, {"": nats}, colors=[color["model"]], ylabel="nats an image", digits=1, ax=ax)
    ax.errorbar(2, number.mean, number.standard_error, color="black", capsize=4)
    ax.patches[3].set(hatch="//", edgecolor="white")

# %% [markdown]
# **What a good result is.** An autoregressive network, trained for six minutes on the same split, is surprised by 86.6 nats (quoted, not run here). Any model's cross-entropy is an upper bound on $H(p)$, so the truth's entropy is at most about 86.6, and our model's KL from the truth at least about $106.3 - 86.6 = 20$ nats: the price of treating pixels as strangers. This course aims at 83. (The map's 107 nats are $H(q)$, the model's own entropy; nothing forces it below 106.3.)
#
# **Predict before you run.** Shuffle the pixels of all images in one fixed way. Does 106.3 change? Does the entropy of the truth?
#
# <details>
# <summary>Answer</summary>
#
# Neither. The independent model never knew who is whose neighbour, and relabelling outcomes leaves an entropy alone. The network's 86.6 may change, if it counts on neighbours being alike, as convolutions do.
#
# </details>

# %% [markdown]
# ## Limits and lineage
#
# - Everything here needs *densities*. From samples alone one trains a detective, or compares kernels and features (module 14).
# - A Monte-Carlo KL is blind to what it did not draw: a rare region where $q$ is nearly zero can dominate the true KL and be missing from the estimate *and* from its error bar.
# - A small divergence does not promise good samples, nor the reverse (module 14 constructs both).
#
# Shannon's surprise (1948) became Kullback and Leibler's evidence (1951), one member of the family of Csiszár (1967) and of Ali and Silvey (1966); Nowozin, Cseke and Tomioka (2016) showed how to train a GAN with any of them. Minka (2005) drew the map from covering to picking a side.

# %% [markdown] slide="notes"
# **1 min.** Take the second point: an estimate is blind to what it did not draw, and so is its error bar. The rest can be read.

# %% [markdown]
# ## References
#
# - [C. E. Shannon 1948](https://doi.org/10.1002/j.1538-7305.1948.tb01338.x), *A mathematical theory of communication*; [S. Kullback & R. A. Leibler 1951](https://doi.org/10.1214/aoms/1177729694), *On information and sufficiency*; S. Kullback 1959, *Information theory and statistics*; [D. Huffman 1952](https://doi.org/10.1109/JRPROC.1952.273898)
# - [S. M. Ali & S. D. Silvey 1966](https://doi.org/10.1111/j.2517-6161.1966.tb00626.x), I. Csiszár 1967 (f-divergences); [J. Lin 1991](https://doi.org/10.1109/18.61115), *Divergence measures based on the Shannon entropy*; [D. Endres & J. Schindelin 2003](https://doi.org/10.1109/TIT.2003.813506) (its root is a metric)
# - T. Minka 2005, *Divergence measures and message passing*; [S. Nowozin et al. 2016](https://arxiv.org/abs/1606.00709), *f-GAN*; [J. Schulman 2020](http://joschu.net/blog/kl-approx.html), *Approximating KL divergence*
# - T. M. Cover & J. A. Thomas 2006, *Elements of information theory*
# - Slides: A. Mahdavi-Amiri, *Generative models: a quick overview* (deck 004); Z. Khan after S. Ermon, *Deep generative models: introduction* (deck 001)
#
# Next: the lab `01_information`, then autoencoders (02).

# %% [markdown] slide="notes"
# **1 min.** Name one source for the week: the first part of Shannon's paper, which still reads as if written for students. Then hand out the lab.
