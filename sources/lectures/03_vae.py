# %% [markdown]
# # A VAE pays for its codes, and so its codes can be drawn
#
# **What must be paid so that random codes decode to something real?**
#
# Above, digits sent through two numbers. The autoencoder of lecture 02 puts its codes where it likes; to draw the rings from the box around them is our guess. The *variational* autoencoder, on the right, pays for its codes, in nats; they settle where $\mathcal N(0, I)$ has its mass, and drawing is part of the model. Below, with twenty numbers: what drawn codes give.
#
# Follows decks 004 (*Variational Autoencoders*), 000 (*Latent Space*), 003; Kingma & Welling 2014, Rezende et al. 2014 · {{minutes}} min to read · {{seconds}} s to run · before: lecture 01 (KL), lecture 02, Gaussians

# %% [markdown] slide="notes"
# **4 min.** Show the four panels and ask what is wrong with the left map as a place to draw from: where would you put your finger, and why there? Then the right map: the rings are draws of a standard normal, fixed before any training, and the codes have come to them.
#
# **Asked:** *Why two numbers here and twenty there?* Two can be seen; twenty make better pictures of either kind.
#
# **Wrong belief:** "The VAE's pictures are sharper." They are not, and they have specks. What has changed is that drawing is now defined, and that what is drawn resembles the data as a whole; the numbers come later.
#
# **Show:** The title picture, left half first.

# %% slide="skip"
import torch

from dgm_course import check, plot, scenes_autoencoders, scenes_codes, scenes_vae, train, widgets
from dgm_course.data import bitmaps, glyphs, images, strokes
from dgm_course.metrics import frechet, monte_carlo
from dgm_course.models import autoencoder, decoders, latents, linear_gaussian, priors, sketch, vae
from dgm_course.nets import mlp

device, generator = train.device(), train.set_seed(0)

# %% slide="skip" tags=["hide-input"]
STEPS, SEEDS = 500, 3  # the knobs; 2000 steps reach 84.7 nats where 500 reach 88
digits = images.digits("train").x
more = bitmaps.more(digits, copies=6, originals=3, generator=generator).to(device)
digits, label = digits.to(device), images.digits("train").label
test, test_label = (part.to(device) for part in images.digits("test"))


def learn(model, x=more, steps=STEPS, size=100, lr=4e-3):
    """Adam, its rate falling along a cosine; returns the model."""
    batches = train.minibatches(x, size, steps, generator)
    train.fit(model.loss, model.parameters(), batches, lr=lr, schedule=train.cosine)
    return model.eval()


def digit_vae(dim, beta=1.0):
    """8 x 8 digits of 17 grey levels and a code of `dim` numbers."""
    posterior = decoders.GaussianPosterior(mlp.image_encoder((1, 8, 8), 2 * dim, (256,)))
    net = mlp.image_decoder(dim, (2, 8, 8), (256,))
    prior = priors.StandardNormal(dim)
    return vae.VAE(posterior, decoders.LogisticDecoder(net, images.LEVELS), prior, beta).to(device)


# %% slide="subslide" tags=["hide-input"]
@torch.no_grad()
def box(z, n):
    """n codes drawn evenly from the box around the codes z."""
    return z.amin(0) + (z.amax(0) - z.amin(0)) * torch.rand(n, z.shape[1]).to(z)


plain = {dim: learn(autoencoder.deep((1, 8, 8), dim, (256,)).to(device)) for dim in (2, 20)}
models = {dim: learn(digit_vae(dim)) for dim in (2, 5, 20)}
with torch.no_grad():
    z, free = models[2].encode(digits), plain[2].encode(digits)
    made = plain[20].decode(box(plain[20].encode(digits), 24))
title = {"autoencoder": (free, box(free, 24), made)}
title["VAE"] = z, torch.randn(24, 2), models[20].sample(24)
alt = "Two columns. Left, the autoencoder: its codes of digits lie in arms of uneven length with empty room between them; 24 rings drawn from the box around them fall into that room as often as on a digit; 24 drawn codes of 20 numbers decode to hard black and white patterns, few of them digits. Right, the VAE: its codes fill a round patch about the origin, as the rings drawn from the standard normal do; 24 drawn codes of 20 numbers give digits with specks, some unclear."
scenes_vae.maps(title, label, alt=alt, drawn="20 numbers: what drawn codes give")

# %% [markdown]
# ## Seven words carry the lecture
#
# | symbol | in words | in code |
# |---|---|---|
# | $p(z)$ | the prior: codes before any image is seen | `prior()` |
# | $p(x \mid z)$ | the decoder, a *distribution* of images | `decoder(z)` |
# | $p(x)$ | the evidence: what the model gives to $x$ | `log_prob(x)` if we could |
# | $p(z \mid x)$ | the posterior: codes that may have caused $x$ | out of reach |
# | $q(z \mid x)$ | the encoder, our guess of the posterior | `posterior(x)` |
# | $\mathrm{KL}(q(z \mid x) \Vert p(z))$ | the rate: nats that the code carries | `terms(x).rate` |
# | $-\log p(x \mid z)$ | the distortion: nats still missing | `terms(x).reconstruction` |
#
# From now on $p$ is the *model*, as in the papers; the truth behind the data has no letter here.

# %% [markdown] slide="notes"
# **2 min.** Three of the seven are pairs: decoder against encoder, prior against posterior. Say once, slowly, that the letter $p$ has changed sides since lecture 01: here it is the model, and $q$ is a helper that the model does not need for drawing.
#
# **Wrong belief:** "The encoder is part of the generative model." To draw, one needs the prior and the decoder only. The encoder is there to train them.

# %% [markdown]
# ## An image is an effect, its code a hidden cause
#
# First draw a cause, $z \sim p(z) = \mathcal N(0, I)$; then its effect, $x \sim p(x \mid z)$. What the model gives to an image is a sum over *all* causes:
#
# $$p(x) = \int p(z)\, p(x \mid z)\, dz.$$
#
# If the decoder is one matrix plus noise, $x = Wz + b + s\,\epsilon$, everything is Gaussian and known: $p(x)$, and the posterior $p(z \mid x)$. This is our toy: two causes, two effects. Each cause moves both effects, so given $x$ the causes are *correlated*, and an encoder whose dimensions are independent cannot be right.

# %% [markdown] slide="notes"
# **6 min.** Put a story on it: two illnesses, two symptoms, each illness causes both. Given the symptoms, more of one illness means less of the other is needed. That is the tilt of the blue ellipse, and the orange one cannot tilt. Then the sum over causes: each of the thousand draws of z asks, would you have made this x? In many dimensions nearly all say no.
#
# **Asked:** *Why not a grid?* Ten values a dimension are $10^{20}$ cells for 20 latents.
#
# **Asked:** *Why is the estimate too low, and not just noisy?* The mean of the weights is unbiased, but a few rare draws carry it; a run that misses them is low. Its logarithm is low on average besides, by Jensen.
#
# **Show:** The two ellipses; then the curve, and ask where they would stop trusting the blue line.
#
# **May be skipped:** 2 min: the sum over causes. State that draws of the prior miss.

# %% slide="subslide"
toy = linear_gaussian.LinearGaussian(torch.tensor([[1.0, 0.8], [0.3, 1.1]]), torch.zeros(2), 0.5)
toy = toy.double().requires_grad_(False)
x, prior = torch.tensor([[2.0, 0.6]], dtype=torch.float64), priors.StandardNormal(2).double()()
posterior, q = toy.posterior(x), scenes_vae.best_upright(toy, x)
alt = "Left, the evidence over the plane of x, a tilted cloud, with one x marked at (2, 0.6). Right, the plane of z, three ellipses: the prior, a large circle about 0; the posterior of the marked x, small and tilted down to the right; the best q with independent dimensions, upright and smaller, inside the posterior."
scenes_vae.hidden_causes(toy, x, q, alt=alt)

# %% [markdown]
# ### The sum over causes dies with their number
#
# The integral is a mean over the prior, so draw 10,000 codes and average $p(x \mid z_i)$. With few latents this works. Each further latent makes it rarer that a draw explains $x$. Draws of $q$ look where the causes are.
#
# **Predict before you run.** Which error does the average over the prior make in $\log p(x)$ with 20 latents, and in which direction?
#
# <details>
# <summary>Answer</summary>
#
# Hundreds of nats, and too low: none of the 10,000 codes comes near. A hundred draws of a $q$ with independent dimensions lose about a nat.
#
# </details>

# %% slide="subslide" tags=["hide-input"]
sizes = [1, 2, 4, 8, 12, 16, 20]
errors = torch.tensor([scenes_vae.by_sampling(dim, draws=(10_000, 100)) for dim in sizes])
print(f"20 latents: {errors[-1, 0]:.0f} nats from the prior's draws, {errors[-1, 1]:.1f} from q's")
lines = dict(zip(("10,000 draws of the prior", "100 draws of q"), errors.T, strict=True))
alt = "Error of two estimates of log p(x) in nats against the number of latents, 1 to 20. The average over 10,000 draws of the prior starts at 0 and falls away, to hundreds of nats too low at 20; the one over 100 draws of q stays at 0 on this scale."
with plot.figure(size=(6.4, 3.4), alt=alt) as (ax,):
    labels = {"xlabel": "number of latents", "ylabel": "error in log p(x), nats"}
    colors = plot.COLOR["noise"], plot.COLOR["model"]
    plot.curves(sizes, lines, colors=colors, styles=["o-", "s-"], ax=ax, **labels)
    ax.set_xticks(sizes)

# %% [markdown]
# ## The log evidence is a bound plus a KL
#
# Deck 004 sketches the proof in three steps; here each is a line that holds numerically.
#
# **Step 1.** We want $q(z \mid x)$ to be like the posterior, so we minimise
#
# $$\mathrm{KL}\bigl(q(z \mid x) \Vert p(z \mid x)\bigr) = \mathbb E_q\bigl[\log q(z \mid x) - \log p(z \mid x)\bigr].$$
#
# But the posterior is $p(x, z) / p(x)$, and $p(x)$ is what we cannot compute.

# %% [markdown] slide="notes"
# **12 min.** The centre of the hour. Write the three steps on the board, one line each, and run the cell after each line. The pivot is step 2: the unknown log p(x) does not depend on q, so it can be moved across. One subtraction turns an impossible minimisation into a possible maximisation.
#
# **Asked:** *Why this direction of the KL?* The mean is over q, from which we can draw. The other direction needs draws of the posterior.
#
# **Asked:** *And what does the decoder do?* It is trained on the same bound. Raising the bound raises the evidence, or closes the gap, or both.
#
# **Wrong belief:** "The gap is zero once training has converged." Only if q can be the posterior. In the toy the best upright ellipse stays 0.30 nats short.
#
# **Show:** The figure of the gap; move along the orange curve, then say where blue touches.
#
# **Exercise:** `elbo`, the bound from its two terms; slips are the sign and a mean over pixels.

# %% slide="subslide"
z = q.sample((100_000,))  # (draws, 1 image, 2 latents)
surplus = monte_carlo.estimate_mean((q.log_prob(z) - posterior.log_prob(z))[:, 0])
as_joint = torch.distributions.MultivariateNormal(q.mean, scale_tril=q.stddev.diag_embed())
kl = torch.distributions.kl_divergence(as_joint, posterior)[0]
check.show(check.within_standard_errors("step 1: the mean is the KL", *surplus, kl))
print(f"KL(q‖p(z|x)) = {kl:.4f} nats in closed form, {surplus} from draws")

# %% [markdown] slide="subslide"
# **Step 2.** Put Bayes' rule in. At every single $z$, $\log p(z \mid x) = \log p(x, z) - \log p(x)$, and $\log p(x)$ does not depend on $z$ or $q$:
#
# $$\mathrm{KL}\bigl(q(z \mid x) \Vert p(z \mid x)\bigr) = \log p(x) - \underbrace{\mathbb E_q\bigl[\log p(x, z) - \log q(z \mid x)\bigr]}_{\text{ELBO}}.$$
#
# No KL is negative, so the *evidence lower bound* lies below $\log p(x)$, and what is missing is the KL. To minimise the KL over $q$ is to maximise the bound, which needs no $p(x)$.

# %% slide="subslide"
log_joint = toy(z).log_prob(x) + prior.log_prob(z)
log_weight = (log_joint - q.log_prob(z))[:, 0]
bound = monte_carlo.estimate_mean(log_weight)
evidence = toy.log_prob(x)[0]
check.show(
    check.close("Bayes at every z", posterior.log_prob(z), log_joint - evidence),
    check.within_standard_errors("step 2: bound + KL = log p(x)", *bound, evidence - kl),
    check.close("in closed form, log p(x)", toy.elbo(x, q)[0] + kl, evidence),
)

# %% [markdown] slide="subslide"
# **Step 3.** Split the joint the other way, $p(x, z) = p(z)\, p(x \mid z)$, and the bound falls into what the slide says, reconstruction and closeness to a known distribution:
#
# $$\text{ELBO} = \mathbb E_q\bigl[\log p(x \mid z)\bigr] - \mathrm{KL}\bigl(q(z \mid x) \Vert p(z)\bigr).$$
#
# For independent Gaussians and $p(z) = \mathcal N(0, I)$ the second term has a closed form,
#
# $$\mathrm{KL} = \sum_d \tfrac12\bigl(m_d^2 + s_d^2 - 1\bigr) - \log s_d.$$
#
# If the decoder is Gaussian with a fixed spread, the first is a squared error; its weight against the second is set by that spread.


# %% slide="subslide"
def my_kl_to_standard_normal(mean, log_std):
    """KL( N(mean, std^2) || N(0, I) ), nats."""
    return (0.5 * (mean**2 + (2 * log_std).exp() - 1) - log_std).sum(-1)


rate = my_kl_to_standard_normal(q.mean, q.stddev.log())
two_terms = monte_carlo.estimate_mean(toy(z).log_prob(x)[:, 0] - rate)
check.show(
    check.close("my_kl = the package's", rate, vae.kl_to_standard_normal(q.mean, q.stddev.log())),
    check.within_standard_errors("step 3: the two terms", *two_terms, toy.elbo(x, q)[0]),
)

# %% slide="subslide" tags=["hide-input"]
alt = "Bounds against the spread of q, from a quarter to four times the best. The line log p(x) lies at -3.37 nats. The bound of a q tilted as the posterior touches it where the spread is right. That of a q with independent dimensions has its top 0.30 nats lower. Both fall off to either side, steeply where q is too wide."
with plot.figure(size=(6.4, 3.6), alt=alt) as (ax,):
    scenes_vae.gap(toy, x, ax=ax)

# %% [markdown] slide="subslide"
# > **Erratum 1.** *Deck 004, VAE.* The slide maximises "a lower bound for $p(x)$". The ELBO bounds $\log p(x)$, and the gap is exactly $\mathrm{KL}(q(z \mid x) \Vert p(z \mid x))$. Of $p(x)$ itself it is a bound only because $\log u < u$, and a useless one: it always lies at least 1 below.
#
# > **Erratum 2.** *Deck 003, VAE.* The line reads $-L = \log p(x) - \mathrm{KL}(q(z \mid x) \Vert p(z))$. What is subtracted is the KL to the *posterior*, $p(z \mid x)$; to the prior would make another number.

# %%
low = toy.elbo(x, q)[0]
print(f"log p(x) = {evidence:.3f}: the bound {low:.3f} is {evidence - low:.3f} = KL below")
print(f"    p(x) = {evidence.exp():.3f}: the bound is {evidence.exp() - low:.3f} below, at least 1")
print(f"log p(x) − KL(q‖p(z|x)) = {evidence - kl:.3f}, the bound")
print(f"log p(x) − KL(q‖p(z))   = {evidence - rate[0]:.3f}, not the bound")

# %% [markdown]
# ## Noise from outside lets the gradient through
#
# To train $q$ by gradients, differentiate a mean over draws of $q$ itself. Two ways:
#
# **Score function.** $\nabla\, \mathbb E_q[f] = \mathbb E_q[f(z)\, \nabla \log q(z)]$: any $f$ will do, its values alone are used.
#
# **Reparameterise.** Write the draw as a map of noise that has no parameters, $z = m + s\,\epsilon$ with $\epsilon \sim \mathcal N(0, I)$. Then the gradient goes inside: $\mathbb E_\epsilon[\nabla f(m + s\,\epsilon)]$.
#
# **Predict before you run.** Both are right on average. Which spreads more from draw to draw, and does the difference grow with the model?
#
# <details>
# <summary>Answer</summary>
#
# The score function, by far: it multiplies noise by all of $f$, about −90 nats for a digit, and finds the slope only by averaging. The reparameterised draw looks at the slope of $f$ itself.
#
# </details>

# %% [markdown] slide="notes"
# **7 min.** The same trick carried the reverse KL of lecture 01. Here it carries the course: flows, diffusion and GANs all differentiate through a map of noise. Let them vote before the histogram.
#
# **Asked:** *Can the score function be repaired?* Subtract a constant from f, the baseline: the mean stays, the spread shrinks. It is what remains for discrete codes, where no reparameterisation exists.
#
# **Asked:** *How many draws of z per image?* One. The batch averages.
#
# **Wrong belief:** "The sampling layer blocks the gradient." Sampling does, a map of outside noise does not.
#
# **Show:** The histograms: the same black line, two widths.
#
# **Exercise:** `reparameterise`, with log_std off zero: a variance in place of a standard deviation shows only there.
#
# **May be skipped:** 3 min: the histogram. State the ratio of draws.


# %% slide="subslide"
def my_gradients(f, mean, std, n):
    """Two estimates of d/d mean of E_q[f(z)], a row a draw: (D,), (D,) -> (n, D), (n, D)."""
    noise = torch.randn(n, len(mean)).to(mean)
    z = (mean + std * noise).requires_grad_()
    value = f(z)
    (path,) = torch.autograd.grad(value.sum(), z)
    return value.detach()[:, None] * noise / std, path


# %% slide="subslide"
start = q.mean[0] + 0.3, q.stddev[0]  # off the best mean, where the gradient is not zero
score, path = my_gradients(lambda z: toy(z).log_prob(x), *start, n=20_000)
slope = toy.weight.T @ (x[0] - toy.weight @ start[0]) / 0.25  # E log p(x|z) is quadratic in mean
averages = [monte_carlo.estimate_mean(draws[:, 0]) for draws in (score, path)]
check.show(
    check.within_standard_errors("score function, on average", *averages[0], slope[0]),
    check.within_standard_errors("reparameterised, on average", *averages[1], slope[0]),
)

# %% slide="subslide" tags=["hide-input", "nbval-ignore-output"]
big, image = models[20].requires_grad_(False), test[:1]
at = big.posterior(image)
wide, narrow = my_gradients(
    lambda z: big.decoder(z).log_prob(image.expand(len(z), 1, 8, 8)), at.mean[0], at.stddev[0], 2000
)
for name, a, b in (("toy", score, path), ("digit", wide, narrow)):
    ratio = (a.var(0).sum() / b.var(0).sum()).item()
    print(f"{name}: the score function needs {ratio:.0f} times the draws for the same error")
_ = big.requires_grad_(True)

# %% slide="subslide" tags=["hide-input"]
alt = "Histograms of 20,000 single-draw gradients on the toy, on a logarithmic scale. Both have the same mean, marked by a line. The reparameterised ones stay within about 13 of it; those of the score function reach beyond 40, mostly to the left."
with plot.figure(size=(6.4, 3.4), alt=alt) as (ax,):
    draws = {"reparameterised": path[:, 0], "score function": score[:, 0]}
    scenes_vae.estimates(draws, slope[0].item(), ax=ax, limit=50.0)

# %% [markdown]
# ## Reconstruction and rate compete
#
# The package's VAE is three modules that put out distributions. For digits the decoder gives each pixel a logistic distribution *rounded to the 17 grey levels*, so that nats are comparable with lectures 00 and 01. (Each training digit also comes slightly sheared and turned: `data/bitmaps.py`.)
#
# The slides show codes of 2, 5 and 20 numbers. A longer code *may* carry more; whether it does is for the bound to decide.
#
# **Predict before you run.** A code of 20 numbers has ten times the room of 2. Is its rate ten times as high?
#
# <details>
# <summary>Answer</summary>
#
# No: about 3.5 times. A nat of rate is spent only where it saves more than a nat of distortion.
#
# </details>

# %% [markdown] slide="notes"
# **11 min.** First the table of nats, then the pictures: a longer code reconstructs better and pays more. Then the comparison that the lecture began with, now measured. Let the room rate the three rows of samples before the bars.
#
# Take time for the trap. By the share that a classifier accepts, the autoencoder's box codes *win*. A classifier trained on digits alone was never asked whether something is a digit; far from all digits it is confident about anything. The Fréchet distance compares all images as a set, and is not fooled here.
#
# **Asked:** *Is the box fair to the autoencoder?* No. A Gaussian fitted to its codes afterwards does far better, the third bar; Ghosh et al. 2020 argue for that. It is a second model, fitted after the first, and gives no bound.
#
# **Wrong belief:** "A VAE reconstructs better because it is the newer model." At the same size it reconstructs worse than the autoencoder: its code is noisy and costs.
#
# **Show:** The rows of reconstructions, then cover the labels of the samples.
#
# **Exercise:** `kl_to_standard_normal`, the rate; a log-variance taken for log_std is the commonest slip.

# %% slide="subslide" tags=["nbval-ignore-output"]
model = models[20]
nats = {}
for dim, one in models.items():
    with torch.no_grad():
        reconstruction, rate = one.terms(test.repeat(10, 1, 1, 1))
    nats[dim] = rate.sum(-1).mean(), -reconstruction.mean()
    low = nats[dim][0] + nats[dim][1]
    print(
        f"{dim:2d} latents: rate {nats[dim][0]:4.1f}, distortion {nats[dim][1]:4.1f}, −ELBO {low:.1f}"
    )

# %% slide="subslide" tags=["hide-input"]
shown = torch.stack([test[test_label == digit][0] for digit in range(10)])
rows = {"real": shown}
for dim, one in models.items():
    rows[f"{dim} latents"] = one.decode(one.encode(shown))
alt = "Four rows of ten digits, 0 to 9. Real ones; reconstructions through 2 latents, blurred and some of them another digit; through 5, mostly the right digit; through 20, close to the real ones."
scenes_autoencoders.image_rows(rows, alt=alt)

# %% [markdown]
# ### A confident judge is no good judge
#
# Three sources of images with 20 latents: the autoencoder's codes from the box, from a Gaussian fitted to its codes, and the VAE's from its prior. A classifier judges them in two ways: the share that it is over 90 % sure of, and the *Fréchet distance* between its features of these images and of real ones (0 is best).

# %% slide="subslide"
judge = torch.nn.Sequential(torch.nn.Flatten(), mlp.MLP(64, 10, (128, 64))).to(device)
label = label.to(device)


def judge_loss(i):
    noisy = digits[i] + 0.1 * torch.randn_like(digits[i])
    return torch.nn.functional.cross_entropy(judge(noisy), label[i])


picks = train.minibatches(torch.arange(1000, device=device), 128, 500, generator)
train.fit(judge_loss, judge.parameters(), picks, lr=1e-3)
features = judge[1].layers[:-1]

# %% slide="subslide" tags=["hide-input", "nbval-ignore-output"]
with torch.no_grad():
    z = plain[20].encode(digits)
    fitted = torch.distributions.MultivariateNormal(z.mean(0), z.T.cov())
    sources = {
        "AE, box": plain[20].decode(box(z, 2000)),
        "AE, Gaussian\nfitted later": plain[20].decode(fitted.sample((2000,))),
        "VAE, prior": model.sample(2000),
        "real": images.digits("validation").x.to(device),
    }
    found = {}
    for name, x_made in sources.items():
        sure = (judge(x_made).softmax(-1).amax(-1) > 0.9).float().mean().item()
        far = frechet.frechet_distance(features(x_made.flatten(1)), features(test.flatten(1)))
        found[name] = sure, far
        print(f"{name.replace(chr(10), ' '):26s} accepted {sure:.0%}, Fréchet distance {far:.0f}")

# %% slide="subslide" tags=["hide-input"]
alt = "Rows of twelve images. The autoencoder's codes from the box decode to hard black and white patterns, few of them digits; those from a fitted Gaussian to soft shapes between digits; the VAE's samples are digits with specks of noise, some unclear; the last row is real."
scenes_autoencoders.image_rows({name: made[:12] for name, made in sources.items()}, alt=alt)

# %% slide="subslide" tags=["hide-input"]
alt = "Two bar charts over four sources. Share accepted: the autoencoder's box codes about as often as the VAE's samples or more, both below real images. Fréchet distance: box codes several times farther from real images than the VAE's samples, the fitted Gaussian in between or level with the VAE, real validation images nearest."
titles = ["share accepted (over 0.9 sure)", "Fréchet distance, lower is better"]
with plot.figure(1, 2, titles=titles, size=(4.6, 3.3), alt=alt) as axes:
    for ax, column, places in zip(axes, zip(*found.values(), strict=True), (2, 0), strict=True):
        plot.bars(list(found), {"": column}, colors=[plot.COLOR["model"]], digits=places, ax=ax)
        ax.tick_params(axis="x", labelsize=8)

# %% [markdown]
# ## More draws make a tighter bound
#
# One draw of $z$ gives the ELBO. Average $k$ *weights* $w_i = p(x, z_i) / q(z_i \mid x)$ before the logarithm:
#
# $$L_k = \mathbb E \log \frac1k \sum_{i=1}^k w_i, \qquad \text{ELBO} = L_1 \le L_2 \le \dots \le \log p(x).$$
#
# The mean weight is $p(x)$ exactly; only the logarithm of a *noisy* mean is too low (Jensen), and with $k$ the noise shrinks. Burda, Grosse and Salakhutdinov call it the importance-weighted bound.

# %% [markdown] slide="notes"
# **6 min.** On the toy one sees that the curve ends at the truth. On digits there is no line to aim at, but the shape is the same: steep, then flat. That is how a VAE's score is reported; 500 draws are the custom.
#
# **Asked:** *Why not train on it?* One can, for small k; the decoder gains, but the gradient for the encoder gets noisier with k (Rainforth et al. 2018).
#
# **Wrong belief:** "Averaging 500 ELBOs gives the same." A mean of logarithms stays at L_1, however many one averages.
#
# **Show:** Both panels, the toy first.
#
# **Exercise:** `iwae_bound` and `refine`: log k forgotten, or the mean of the logs; then a q of its own for each image.


# %% slide="subslide"
def my_bounds(log_w, ks):
    """L_k for each k from one set of log weights (n, B): the mean over disjoint groups of k draws."""
    found = []
    for k in ks:
        groups = log_w[: len(log_w) // k * k].unflatten(0, (-1, k))
        found.append((groups.logsumexp(1) - torch.tensor(float(k)).log()).mean(0))
    return torch.stack(found)  # (len(ks), B)


# %% slide="subslide"
ks = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]
toy_curve = my_bounds(log_weight[: 512 * 190, None], ks)[:, 0]
with torch.no_grad():
    log_w = model.log_weights(test, torch.randn(512, len(test), 20).to(device))
curve = my_bounds(log_w, ks)  # (10, 447)
check.show(
    check.close("at k = 1: the mean log weight", curve[0], log_w.mean(0), rtol=1e-5),
    check.at_most("the ELBO is the lowest", curve[0].mean(), curve.mean(1)),
)

# %% slide="subslide" tags=["hide-input"]
gains = (curve - curve[0]).cpu()
error = gains.std(1) / len(test) ** 0.5
alt = "Two panels, bound against the number of draws k from 1 to 512, logarithmic. On the toy it rises from 0.30 nats below log p(x), a dashed line, to within a few hundredths at k = 512. On 447 test digits it rises by about 3 nats, steeply at first, and is still creeping up at 512; error bars of the gain are hardly visible."
titles = ["toy, one x", "447 test digits, mean"]
with plot.figure(1, 2, titles=titles, size=(4.3, 3.3), alt=alt) as (left, right):
    left.plot(ks, toy_curve, "o-", color=plot.COLOR["model"])
    left.axhline(evidence, ls="--", color="black", label="log p(x), exact")
    left.legend()
    right.errorbar(ks, curve.cpu().mean(1), error, fmt="o-", color=plot.COLOR["model"], capsize=3)
    for ax in (left, right):
        ax.set(xscale="log", xlabel="draws k", ylabel="bound, nats")

# %% [markdown]
# ## β chooses a point on one curve
#
# Weigh the rate: $\text{loss} = \text{distortion} + \beta \cdot \text{rate}$. Every encoder and decoder has some rate and some distortion, and $\beta$ is the price of the first in units of the second: one walks along the lower edge of what is possible, to where its slope is $-\beta$ (Higgins et al. 2017, Alemi et al. 2018).
#
# $\beta = 1$ is the bound. Towards 0, the code may carry anything: an autoencoder with tiny noise. Towards $\infty$ it may carry nothing: every image costs what independent pixels cost, about 107 nats.

# %% [markdown] slide="notes"
# **8 min.** Draw the axes first and ask for the two ends: what is the distortion if the code carries nothing? What is the rate if the reconstruction must be perfect? Then the curve, and the dashed line that only β = 1 touches: on it the sum, the minus ELBO, is constant.
#
# **Asked:** *Which β gives the best samples?* Try the slider: below 1 the reconstructions are sharp and the prior's codes decode to rubble; above 1 the samples agree with the prior and are all alike. With this decoder, near 1.
#
# **Asked:** *Do larger β disentangle?* Sometimes, for reasons of the axes of q (Rolinek et al. 2019); without supervision there is no guarantee (Locatello et al. 2019).
#
# **Wrong belief:** "β is a regulariser to be tuned for the likelihood." The likelihood's bound has β = 1. Another β optimises something else.
#
# **Show:** The slider: start at 0, drag to −4 and watch the right panel; then to 4 and watch the middle one.

# %% slide="subslide" tags=["nbval-ignore-output"]
sweep = {2.0**power: model for power in (-4, -2, 0, 2, 4)}
for beta in sweep:
    if beta != 1:
        sweep[beta] = learn(digit_vae(20, beta), steps=STEPS // 2)
prices = []
for beta, one in sweep.items():
    with torch.no_grad():
        reconstruction, rate = one.terms(test.repeat(10, 1, 1, 1))
    prices.append([rate.sum(-1).mean().item(), -reconstruction.mean().item()])
    print(f"β = {beta:6g}: rate {prices[-1][0]:5.1f}, distortion {prices[-1][1]:5.1f}")
prices = torch.tensor(prices)

# %% slide="subslide" tags=["hide-input"]
alt = "Distortion against rate, nats, for five models. From β = 16 at rate 0 and distortion about 107 the curve falls steeply by β = 4 and β = 1, then ever more gently by β = 1/4 to β = 1/16 far on the right. A dashed line of slope -1, on which the sum is constant, touches the curve at β = 1."
with plot.figure(size=(6.8, 3.9), alt=alt) as (ax,):
    names = ["β = 1/16", "β = 1/4", "β = 1", "β = 4", "β = 16"]
    scenes_codes.frontier(*prices.T, names, ax=ax)

# %% slide="subslide" tags=["hide-input"]
codes = torch.randn(24, 20).to(device)
scene = scenes_codes.beta_walk(sweep, shown[[0, 2, 3, 4, 5, 7]], codes, prices)
alt = "A point on the curve of rate and distortion; beside it six digits and their reconstructions, and 24 codes of the prior decoded. At β = 1/16 the reconstructions are sharp and the codes of the prior decode to broken shapes; at β = 1 both are digits, blurred; at β = 16 every image, reconstructed or drawn, is one and the same grey blur."
stills = [{"log2_beta": -4}, {"log2_beta": 0}, {"log2_beta": 4}]
widgets.explore(scene, scenes_codes.BETA_SLIDER, stills, alt, name="price of a nat")

# %% [markdown]
# ## A strong decoder lets the code fall silent
#
# Deck 004 draws with a VAE: *QuickDraw*. Sketch-RNN (Ha & Eck 2017) reads a drawing as pen movements; its decoder is a recurrent net that sees all movements so far *and* $z$. We train it on rendered houses, stars and boats, whose truth we own.
#
# Such a decoder can do without the code: three lines in, it knows that this is a house. To send the category costs $\log 3 = 1.1$ nats and saves hardly more. So early in training, while the code says nothing yet, the cheapest is to switch it off: *posterior collapse*. A remedy: start with $\beta = 0$ and raise it slowly (Bowman et al. 2016).

# %% [markdown] slide="notes"
# **9 min.** Show the rows before the explanation: the collapsed model draws well, and its reconstructions ignore what it was given. Then the bars, nats per latent. The bound of the silent one is as good, or better by a nat or two: the objective does not mind, which is the point.
#
# **Asked:** *Is collapse always bad?* For likelihood no. For codes that one wants to use, yes.
#
# **Asked:** *What else helps?* Free bits: the first λ nats of each latent cost nothing. With 0.5 for each of 4 latents, instead of the warm-up, the rate was 2.0 nats. And a weaker decoder.
#
# **Wrong belief:** "A low KL term means a good posterior." Zero means that q ignores x.
#
# **Show:** The reconstructions of the two models, one above the other.
#
# **May be skipped:** 2 min: the walk between two drawings.

# %% slide="skip"
kinds = torch.tensor([strokes.NAMES.index(name) for name in ("house", "star", "boat")])


def drawings(split, n):
    """Drawings of these kinds, at most 23 points."""
    x, kind = strokes.sketches(split, n)
    return x[torch.isin(kind, kinds), :24].to(device)


# %% slide="subslide"
def learn_sketches(warm, steps=4 * STEPS // 5):
    """Sketch-RNN with 8 latents; β rises from 0 to 1 during the first `warm` of training."""
    one, pace = sketch.SketchVAE(8, 64, 5, length=24).to(device), iter(range(steps))

    def loss(x):
        one.vae.beta = min(1.0, next(pace) / (warm * steps)) if warm else 1.0
        return one.loss(x)

    batches = train.minibatches(drawings("train", 5300), 32, steps, generator)
    pacing = {"lr": 1e-2, "clip": 10.0, "schedule": lambda t: train.warmup(t) * train.cosine(t)}
    train.fit(loss, one.parameters(), batches, **pacing)
    return one


# %% slide="subslide" tags=["nbval-ignore-output"]
drawn = drawings("test", 900)
sketchers = {"β = 1 at once": learn_sketches(0), "β from 0 to 1": learn_sketches(0.8)}
carried = {}
for name, one in sketchers.items():
    with torch.no_grad():
        reconstruction, rate = one.vae.terms(drawn)
    bound = monte_carlo.estimate_mean(reconstruction - rate.sum(-1))
    carried[name] = rate.mean(0)
    print(f"{name}: rate {rate.sum(-1).mean():.2f}, ELBO {bound} nats a drawing")

# %% slide="subslide" tags=["hide-input"]
rows, warm = {"real": drawn[:9]}, sketchers["β from 0 to 1"]
for name, one in sketchers.items():
    with torch.no_grad():
        z = one.vae.posterior(drawn[:9]).sample()  # what the code says, noise included
    rows[f"{name}:\nreconstructed"] = one.decode(z, temperature=0.1)
rows["β from 0 to 1:\nsamples"] = warm.sample(9, temperature=0.4)
alt = "Four rows of nine drawings. Real houses, stars and boats; their reconstructions by the model trained with β = 1 from the start, often another thing than was given; those by the model with warm-up, nearly always the right thing; samples of the latter, most of them recognisable."
scenes_codes.sketch_rows(rows, alt=alt)

# %% slide="subslide" tags=["hide-input", "nbval-ignore-output"]
with torch.no_grad():
    pruned = model.terms(test).rate.mean(0)
    active = latents.active_units(model.encode(test))
busy = (pruned > 0.1).sum()
print(
    f"digits: {busy} of 20 latents carry over 0.1 nats; {active.sum()} move at all (Burda's test)"
)

# %% slide="subslide" tags=["hide-input"]
alt = "Nats that each latent carries, sorted, three models. Sketches with β = 1 at once: hardly anything in any of eight latents. Sketches with warm-up: a few of the eight carry two nats or more together. Digits, 20 latents: the first dozen carry from about 1.8 down to 0.2 nats, the last few nothing."
with plot.figure(1, 3, size=(3.4, 3.0), alt=alt) as axes:
    every = {f"sketches, {name}": rate for name, rate in carried.items()} | {"digits": pruned}
    scenes_codes.rates(every, axes=axes, top=2.2)

# %% [markdown]
# ### Between two codes lies another drawing
#
# A walk through codes from one digit to another, and from one drawing to another. On 64 pixels it gains little over mixing pixels: strokes can hardly move where there is no room. Drawings show it better: for most of the way the decoder draws one thing or the other, never half of each on top of the other. What it draws around the change is broken.

# %% slide="subslide" tags=["hide-input"]
with torch.no_grad():
    ends = model.encode(shown[[6, 7]])
    walk = model.decode(latents.interpolate(*ends, steps=10))
    mixed = latents.interpolate(*shown[[6, 7]], steps=10)
alt = "Two rows of ten images from a 6 to a 7. Above, through the VAE's codes; below, pixels mixed. On 64 pixels the two look much alike: in the middle both are something blurred between the digits."
scenes_autoencoders.image_rows({"codes": walk, "pixels": mixed}, alt=alt)

# %% slide="subslide" tags=["hide-input"]
with torch.no_grad():
    z = warm.encode(drawn[[0, 1]])
walk = warm.decode(latents.slerp(*z, steps=10), temperature=0.1).cpu()
alt = "Ten drawings from a house to a boat, through codes: first houses, then boats; what lies around the change is one or the other, or broken."
with plot.figure(size=(8.6, 1.1), alt=alt) as (ax,):
    plot.strokes(walk, rows=1, ax=ax)

# %% [markdown]
# ## Bold A − A + B is nearly bold B
#
# If one direction of the code is "thicker strokes", it can be taken from one letter and added to another. Rendered letters let us *score* this, since the true bold B can be drawn: same font, same slant.
#
# $v$ is the mean of $\text{code}(\text{bold A}) - \text{code}(\text{A})$ over 100 pairs of the letter A. It is added to codes of the seven other letters.
#
# **Predict before you run.** Will the result be nearer to the true bold letter than the plain letter is? As near as the decoder can get?
#
# <details>
# <summary>Answer</summary>
#
# Nearer: the squared distance falls to less than half in fonts that were trained on, to about three fifths in a new family. Not as near as the decoder gets when it is shown the bold letter itself.
#
# </details>

# %% [markdown] slide="notes"
# **8 min.** Most demonstrations of latent arithmetic show one good example. Here is a score over 400 letters, with the counterpart drawn exactly. Ask what a fair baseline would be before showing any: the plain letter, and the same arithmetic on pixels.
#
# **Asked:** *Is this a merit of the VAE?* Hardly. A plain autoencoder of the same size does as well on this score. Smooth codes suffice; the prior is needed for drawing, not for arithmetic.
#
# **Asked:** *Why is it not perfect?* What makes an A bold is not what makes a B bold: thicker strokes fill in the counters of a B.
#
# **Wrong belief:** "The axes of the code are font, slant and weight." The direction v is spread over many of them.
#
# **Show:** The rows, font by font; cover the third and let them guess it.
#
# **Exercise:** `attribute_vector`, `interpolate`.
#
# **May be skipped:** 2 min: the fonts that the model has not seen.

# %% slide="subslide"
names, fixed = "ABDEFHPR", {"size": 14.0, "dx": 0.0, "dy": 0.0}
letters = glyphs.glyphs("train", names, n=2500, **fixed)
encoder = mlp.image_encoder((1, 28, 28), 2 * 12, (256,))
painter = decoders.GaussianDecoder(mlp.image_decoder(12, (1, 28, 28), (256,)), log_std=-1.0)
posterior, prior = decoders.GaussianPosterior(encoder), priors.StandardNormal(12)
letter_vae = vae.VAE(posterior, painter, prior).to(device)
_ = learn(letter_vae, letters.x.to(device), steps=STEPS * 4 // 5, size=64, lr=2e-3)


# %% slide="subslide"
def pair(split, characters, n, seed):
    """Plain letters and exactly the same ones in bold: x (n, 1, 28, 28), bold, glyphs."""
    plain = glyphs.glyphs(split, characters, n=n, seed=seed, stroke=0.0, **fixed)
    bold = glyphs.draw(plain.character, plain.factors._replace(stroke=0.08), characters)
    return plain.x.to(device), bold.to(device), plain


a, bold_a, _ = pair("train", "A", 100, seed=1)
with torch.no_grad():
    v = (letter_vae.encode(bold_a) - letter_vae.encode(a)).mean(0)
thicker = (bold_a - a).mean(0)  # the same arithmetic on pixels


# %% slide="subslide"
def scored(split):
    """Mean squared distance to the true bold letter of what several ways make of a plain one."""
    x, bold, plain = pair(split, names[1:], 200, seed=2)
    plain = plain._replace(character=plain.character + 1)  # as an index into all the names
    with torch.no_grad():
        z, best = letter_vae.encode(x), letter_vae.decode(letter_vae.encode(bold))
        made = letter_vae.decode(z + v)
    ways = {"plain letter": x, "pixel arithmetic": (x + thicker).clamp(-1, 1)}
    ways |= {"code arithmetic": made, "bold, decoded": best}
    far = {name: (way - bold).square().flatten(1).mean(1).cpu() for name, way in ways.items()}
    letter, stroke = scenes_codes.read_off(made, plain, names, torch.linspace(0, 0.12, 7))
    same = (letter == plain.character).float().mean()
    return far, f"right letter {same:.0%}, stroke {stroke.mean():.3f} of 0.080", (x, made, bold)


# %% slide="subslide" tags=["nbval-ignore-output"]
results = {split: scored(split) for split in ("train", "test")}
for split, (far, nearest, _) in results.items():
    print(f"{split} fonts, nearest rendered glyph: {nearest}")
    for name, distance in far.items():
        print(f"    {name:16s} {monte_carlo.estimate_mean(distance)}")

# %% slide="subslide" tags=["hide-input"]
x_plain, made, bold = results["test"][2]
rows = {"plain": x_plain[:10], "code + v": made[:10], "true bold": bold[:10]}
alt = "Three rows of ten letters in fonts that were never trained on: plain; decoded from their codes plus v, thicker and a little blurred, some with serifs lost; the true bold letters."
scenes_autoencoders.image_rows(rows, alt=alt)

# %% [markdown]
# ## It fails: the prior is not where the codes are
#
# Two faults of the samples have two causes.
#
# **Specks.** Given $z$ the pixels are independent, so each gets noise of its own. Showing the decoder's *mean* instead hides the specks and shows blur. Nobody knows $z$ exactly, and what is averaged over is smeared.
#
# **Broken digits.** The rate averages $\mathrm{KL}(q(z \mid x) \Vert p(z))$ over images. It is what the code says about $x$ *plus* the distance of the average code, $q(z) = \frac1n \sum_i q(z \mid x_i)$, from the prior (Hoffman & Johnson 2016). Where $q(z)$ and $p(z)$ differ, the decoder is asked about codes it never saw.

# %% [markdown] slide="notes"
# **8 min.** Separate the two faults, they have different cures. Specks: a decoder that knows neighbours (module 06), or none at all, judged by another network (module 04). Broken digits: a prior that goes where the codes are, learned (VampPrior) or made by a second model (latent diffusion, module 12).
#
# **Asked:** *Is it cheating to draw from q(z)?* As a measurement no, as a model yes: it needs the training set, and its samples are noisy near-copies. The VampPrior puts 50 learned images in its place; the last table shows what that gains.
#
# **Asked:** *Why is the mismatch so large?* Of 6.9 nats that single out one of 1000 training images, the code says nearly all: each image has its own island. No prior can follow that without memorising.
#
# **Wrong belief:** "Blur comes from the Gaussian decoder." Here it is logistic and the mean is as blurred. It comes from averaging over what z does not say.
#
# **Show:** The four rows; ask which of the repairs removes the specks, and which the broken shapes.
#
# **May be skipped:** 3 min: the learned prior. Say that a mixture around 50 learned images repairs most of it.

# %% slide="subslide" tags=["nbval-ignore-output"]
with torch.no_grad():
    q = model.posterior(digits)
    z = q.sample()  # one code an image
    rate = (q.log_prob(z) - model.prior().log_prob(z)).mean()
    log_each = torch.distributions.Independent(
        torch.distributions.Normal(q.mean, q.stddev), 1
    ).log_prob(z[:, None])  # (code, image)
    log_average = log_each.logsumexp(1) - torch.tensor(1000.0).log()
    mismatch = (log_average - model.prior().log_prob(z)).mean()
print(f"rate {rate:.1f} = says about x {rate - mismatch:.1f} + KL(q(z)‖p(z)) {mismatch:.1f} nats")
print("to say which of the 1000 training images it is would take log 1000 = 6.9 nats")

# %% [markdown]
# ### A learned prior goes where the codes are
#
# The prior that would cost least is the average code itself: a mixture of 1000 Gaussians, one an image. But it knows the training set by heart. The *VampPrior* (Tomczak & Welling 2018) is a mixture of 50,
#
# $$p(z) = \tfrac1{50} \textstyle\sum_j q(z \mid u_j),$$
#
# around the codes of *pseudo-inputs* $u_j$: images that are learned with all the rest. Last, we weigh them by how often each is needed.

# %% slide="subslide" tags=["nbval-ignore-output"]
vamp = digit_vae(20)
vamp.prior = priors.VampPrior(vamp.posterior, digits[torch.randperm(1000)[:50]])
learn(vamp)
with torch.no_grad():
    z = vamp.posterior(digits.repeat(5, 1, 1, 1)).sample()
    vamp.prior = priors.Reweighted(vamp.prior, z)  # how often each is needed
    gain = vamp.iwae_bound(test, 200) - model.iwae_bound(test, 200)
print(f"the bound changes by {monte_carlo.estimate_mean(gain)} nats a test digit")

# %% slide="subslide" tags=["hide-input"]
with torch.no_grad():
    several = {
        "z ~ N(0, I)": model.sample(1000),
        "z ~ N(0, I),\nmean of x": model.decode(torch.randn(1000, 20).to(device)),
        "z ~ q(z)": model.decoder(q.sample()[torch.randperm(1000)]).sample(),
        "z ~ VampPrior": vamp.sample(1000),
    }
alt = "Four rows of twelve images. Samples from codes of the standard normal: digits with specks, some broken. The means of x from such codes: no specks, but blur, and some broken too. Samples from the average code q(z), and from the VampPrior: specks, but nearly all are digits."
scenes_autoencoders.image_rows({name: x_made[:12] for name, x_made in several.items()}, alt=alt)

# %% slide="subslide" tags=["nbval-ignore-output"]
several["training images"] = digits
for name, x_made in several.items():
    with torch.no_grad():
        sure = (judge(x_made).softmax(-1).amax(-1) > 0.9).float().mean()
        far = frechet.frechet_distance(features(x_made.flatten(1)), features(test.flatten(1)))
    print(f"{name.replace(chr(10), ' '):22s} accepted {sure:.0%}, Fréchet distance {far:.1f}")

# %% [markdown]
# ## One number: 88 nats a digit
#
# Nats per test image, an *upper* bound from 500 draws of $z$, so that the true score is no worse; ± is the standard error over seeds. Same 447 test digits, by writers never seen, as in lectures 00 and 01. Four times the steps reach 84.7 ± 0.1 (3 seeds).
#
# The hatched bar has a VampPrior (50 learned images), 1500 steps and more deformed copies: 82.7 ± 0.3 over five seeds (95 %), and samples as near to real digits as real digits by other writers are. `python -m benchmarks.vae` makes it again.

# %% [markdown] slide="notes"
# **4 min.** From the left: what guessing costs, what independent pixels know, what a table of two neighbours knows, what one code adds. Remind them that this is a bound and the others are exact: the VAE may be a little better than its bar.
#
# **Asked:** *Is the error bar over images or seeds?* Over seeds. Over images it is larger, but common to all models, as they see the same images.
#
# **Wrong belief:** "Better nats, better samples." The learned prior changes the samples much and the bound hardly, as the last cells of the section before show.

# %% slide="subslide" tags=["nbval-ignore-output"]
runs = [model] + [learn(digit_vae(20)) for _ in range(SEEDS - 1)]
with torch.no_grad():
    scores = torch.stack([-one.iwae_bound(test, 500).mean() for one in runs])
ours = monte_carlo.estimate_mean(scores)
print(f"{SEEDS} seeds: {ours} nats an image = {ours.mean / 0.6931 / 64:.2f} bits a pixel")

# %% slide="subslide" tags=["hide-input"]
ladder = {"guessing": 181.3, "one\nGaussian": 131.5, "independent\npixels": 106.3}
ladder |= {"neighbour\ntables": 98.0, "VAE,\nhere": ours.mean, "VAE,\nbenchmark": 82.7}
alt = "Nats per test image, lower is better: guessing 181.3, one Gaussian 131.5, independent pixels 106.3, neighbour tables 98.0, the VAE of this lecture 88, and hatched, because quoted, the benchmark's VAE 82.7."
with plot.figure(size=(7.2, 3.2), alt=alt) as (ax,):
    labels = {"digits": 1, "ylabel": "nats an image", "ylim": (0, 205)}
    plot.bars(ladder, {"": list(ladder.values())}, colors=[plot.COLOR["model"]], ax=ax, **labels)
    ax.errorbar(4, ours.mean, ours.standard_error, color="black", capsize=4)
    ax.patches[-1].set(hatch="///", edgecolor="white")

# %% [markdown]
# ## Limits and lineage
#
# - **A bound, not the evidence.** It ranks models wrongly if one encoder is worse.
# - **One encoder for all** answers at once and loses a little on each image: the lab measures it (`refine`).
# - **A likelihood is no taste.** Specks cost few nats, broken digits hardly more.
# - **The price makes the code.** A factor that explains few pixels falls silent first.
#
# Lineage: latent causes by EM (Dempster et al. 1977), the Helmholtz machine with its two nets (Dayan et al. 1995), probabilistic PCA (Tipping & Bishop 1999), then one bound and one gradient for both nets (2014). Many latents in a chain and a fixed encoder: diffusion, module 09.

# %% [markdown] slide="notes"
# **2 min.** Take the last line of the lineage and promise it: a VAE with a thousand layers of latents whose encoder only adds noise is a diffusion model.
#
# **Wrong belief:** "VAEs are obsolete." The image models of module 12 draw in the code of one.

# %% [markdown]
# ## References
#
# Slides: A. Mahdavi-Amiri, *Generative models: a quick overview* (deck 004); N. Verma, *Generative Models: breaking the limits of creativity* (2023, 000); P. Hanji, *Generative modelling* (2023, 003).
#
# - [Kingma & Welling 2014](https://arxiv.org/abs/1312.6114); [Rezende, Mohamed & Wierstra 2014](https://arxiv.org/abs/1401.4082)
# - [Burda, Grosse & Salakhutdinov 2016](https://arxiv.org/abs/1509.00519) (tighter bounds); M. Hoffman & M. Johnson 2016, *ELBO surgery* (the average code)
# - [Higgins et al. 2017](https://openreview.net/forum?id=Sy2fzU9gl) (β); [Alemi et al. 2018](https://arxiv.org/abs/1711.00464) (rate and distortion)
# - [Bowman et al. 2016](https://arxiv.org/abs/1511.06349) (collapse); [Kingma et al. 2016](https://arxiv.org/abs/1606.04934) (free bits)
# - [Tomczak & Welling 2018](https://arxiv.org/abs/1705.07120) (VampPrior); [Ghosh et al. 2020](https://arxiv.org/abs/1903.12436) (a density fitted later)
# - [Ha & Eck 2017](https://arxiv.org/abs/1704.03477) (sketch-RNN)
#
# Next: the lab `03_vae`.

# %% [markdown] slide="notes"
# **1 min.** Name one paper for the week, the first: its appendix holds the closed form of the rate, and its figure 4 is the title picture. Then hand out the lab.
