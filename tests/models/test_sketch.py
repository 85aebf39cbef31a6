"""Sketch-RNN: a bound of a normalised density of drawings, blind to padding, and its sampler."""

import math

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from dgm_course.data.strokes import NAMES, sketches
from dgm_course.models.sketch import SketchVAE, StrokeEncoder, require_drawings
from dgm_course.models.stroke_mixture import StrokeMixture

exact = {"rtol": 1e-10, "atol": 1e-10}
START, END = [0.0, 0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 1.0]


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def drawings(points=(4, 1, 0, 6, 2), rows=9, seed=0):
    """Random drawings with so many points each: (B, rows, 5) float64, the pen now and then up."""
    generator = seeded(seed)
    x = torch.tensor(END).double().repeat(len(points), rows, 1)
    x[:, 0] = torch.tensor(START)
    for drawing, n in zip(x, points, strict=True):
        up = torch.rand(n, generator=generator) < 0.3
        drawing[1 : n + 1, :2] = torch.randn(n, 2, dtype=torch.float64, generator=generator)
        drawing[1 : n + 1, 2:] = torch.stack([~up, up, up & ~up], -1).double()
    return x


def model(dim=3, hidden=6, components=4, length=8, seed=0, **options):
    torch.manual_seed(seed)
    return SketchVAE(dim, hidden, components, length=length, **options).double()


def draw(*shape, seed=0):
    return torch.randn(shape, dtype=torch.float64, generator=seeded(seed))


def padded(x, rows):
    return torch.cat([x, torch.tensor(END).double().expand(len(x), rows, 5)], 1)


@pytest.mark.parametrize("temperature", [1.0, 0.3])
def test_the_likelihood_is_a_product_over_rows_made_one_at_a_time(temperature):
    """Teacher forcing gives what a loop over rows gives that carries the state along by hand."""
    m, x, z = model(length=20), drawings(), draw(5, 3)
    value = m.vae.decoder(z, temperature).log_prob(x)
    for drawing, code, n, total in zip(x, z, (4, 1, 0, 6, 2), value, strict=True):
        state, by_hand = m.vae.decoder.start(code[None]), 0.0
        for i in range(n + 1):
            params, state = m.vae.decoder.step(drawing[None, i : i + 1], code[None], state)
            p = StrokeMixture(params, temperature)
            by_hand = by_hand + p.log_prob(drawing[None, i + 1 : i + 2]).sum()
        torch.testing.assert_close(total, by_hand, **exact)


def test_the_code_is_read_at_every_row_and_not_only_at_the_start():
    m, x = model(), drawings((6,))
    start = m.vae.decoder.start(draw(1, 3))
    one, other = (m.vae.decoder.step(x, draw(1, 3, seed=i), start)[0] for i in (1, 2))
    assert ((one - other).abs() > 1e-6).any(-1).all()


def test_all_drawings_of_at_most_one_stroke_make_a_total_of_one():
    """With two rows, a drawing is empty or one point, after which the end is certain."""
    m, z = model(length=2), draw(1, 3)
    edge = torch.linspace(-12, 12, 301, dtype=torch.float64)
    points, cell = torch.cartesian_prod(edge, edge), (edge[1] - edge[0]).item() ** 2
    total = m.vae.decoder(z).log_prob(drawings((0,), rows=3)).exp().sum()
    for pen in ([1.0, 0.0, 0.0], [0.0, 1.0, 0.0]):
        x = padded(torch.tensor(START).double().repeat(len(points), 1, 1), 2)
        x[:, 1] = torch.cat([points, torch.tensor(pen).double().expand(len(points), 3)], -1)
        total = total + m.vae.decoder(z.expand(len(x), 3)).log_prob(x).exp().sum() * cell
    assert total.item() == pytest.approx(1, abs=1e-6)


def test_a_later_row_changes_no_earlier_factor():
    m, x, z = model(), drawings((6,)), draw(1, 3)
    start = m.vae.decoder.start(z)
    changed = x.clone()
    changed[:, 4, :2] += 1
    before, after = (m.vae.decoder.step(rows, z, start)[0] for rows in (x, changed))
    torch.testing.assert_close(before[:, :4], after[:, :4], **exact)
    assert (before[:, 4:] != after[:, 4:]).any(-1).all()


def test_padding_changes_nothing():
    m, x, noise = model(length=30), drawings(), draw(5, 3)
    longer = padded(x, 11)
    torch.testing.assert_close(m.encode(longer), m.encode(x), **exact)
    torch.testing.assert_close(m.elbo(longer, noise), m.elbo(x, noise), **exact)
    torch.testing.assert_close(m.loss(longer, noise), m.loss(x, noise), **exact)


def test_what_stands_beside_it_in_a_batch_changes_nothing():
    m, x, noise = model(), drawings(), draw(5, 3)
    alone = [m.elbo(x[i : i + 1], noise[i : i + 1]) for i in range(5)]
    torch.testing.assert_close(m.elbo(x, noise), torch.cat(alone), **exact)


def test_the_encoder_is_torchs_bidirectional_lstm_on_packed_rows():
    torch.manual_seed(0)
    x, net = drawings(), StrokeEncoder(4, 6, length=8).double()
    both = nn.LSTM(5, 6, batch_first=True, bidirectional=True).double()
    both.load_state_dict(
        net.ahead.state_dict() | {f"{k}_reverse": v for k, v in net.back.state_dict().items()}
    )
    lengths = torch.tensor([5, 2, 1, 7, 3])
    packed = pack_padded_sequence(x[:, 1:], lengths, batch_first=True, enforce_sorted=False)
    _, (state, _) = both(packed)
    truth = net.head(torch.cat([state[0], state[1]], -1))
    torch.testing.assert_close(net(x), truth, **exact)


def test_the_elbo_is_reconstruction_minus_kl_whatever_beta_is():
    x, noise = drawings(), draw(5, 3)
    for beta in (0.0, 1.0, 7.0):
        m = model(beta=beta)
        q = m.vae.posterior(x)
        z = q.mean + q.stddev * noise
        prior = torch.distributions.Normal(torch.zeros(3).double(), 1.0)
        kl = torch.distributions.kl_divergence(q.base_dist, prior).sum(-1)
        reconstruction = m.vae.decoder(z).log_prob(x)
        torch.testing.assert_close(m.elbo(x, noise), reconstruction - kl, **exact)
        truth = -(reconstruction - beta * kl).mean()
        torch.testing.assert_close(m.loss(x, noise), truth, **exact)


def test_free_bits_are_not_charged():
    """With 9 nats a latent for free, a rate below that costs 9 whatever it is."""
    x, noise = drawings(), draw(5, 3)
    m = model(free_bits=9.0, beta=2.0)
    reconstruction, rate = m.vae.terms(x, noise)
    assert rate.shape == (5, 3) and rate.mean(0).max() < 9
    torch.testing.assert_close(m.loss(x, noise), 2 * 27 - reconstruction.mean(), **exact)
    torch.testing.assert_close(m.elbo(x, noise), model().elbo(x, noise), **exact)


def test_the_elbo_lies_below_the_importance_weighted_bound():
    """On average over 400 draws of each of five drawings; so many more draws come to log p(x)."""
    m, x, n = model(), drawings(), 400
    with torch.no_grad():
        for p in m.vae.decoder.parameters():
            p.mul_(3)  # so that a drawing depends on z and the bound has a gap
        again = x.repeat_interleave(n, 0)
        elbo = m.elbo(again, draw(len(again), 3)).view(5, n)
        bound = m.iwae_bound(again, 5, generator=seeded(1)).view(5, n)
        best = m.iwae_bound(x, 10_000, generator=seeded(2))
    error = ((elbo.var(1) + bound.var(1)) / n).sqrt()
    assert (elbo.mean(1) < bound.mean(1) + 4 * error).all()
    assert (bound.mean(1) - elbo.mean(1)).mean() > 4 * error.mean()
    assert (bound.mean(1) < best + 4 * bound.std(1) / math.sqrt(n)).all()


def test_the_gradient_reaches_every_parameter():
    m = model()
    m.loss(drawings(), draw(5, 3)).backward()
    assert [name for name, p in m.named_parameters() if not p.grad.abs().sum() > 0] == []


# Sampling


@pytest.mark.parametrize("temperature", [0.1, 1.0, 3.0])
def test_a_sample_is_a_drawing_that_ends_and_is_not_too_long(temperature):
    x = model(length=8).sample(200, temperature, seeded())
    assert x.shape == (200, 9, 5)
    require_drawings(x, 9)
    pen = x[..., 2:]
    assert ((pen == 0) | (pen == 1)).all() and (pen.sum(-1) == 1).all()
    ended = x[..., 4].cumsum(1) > 0
    assert x[ended].equal(torch.tensor(END).double().expand(int(ended.sum()), 5))
    lengths = (~ended).sum(1)
    assert lengths.min() < 8 and lengths.max() == 8  # some end by themselves, some have to


def test_a_sample_is_reproducible_and_leaves_the_global_generator_alone():
    m, z = model(), draw(7, 3)
    state = torch.random.get_rng_state()
    first, again, other = (m.sample(7, generator=seeded(i)) for i in (1, 1, 2))
    assert first.equal(again) and not first.equal(other)
    assert m.decode(z, 0.5, seeded(1)).equal(m.decode(z, 0.5, seeded(1)))
    assert torch.random.get_rng_state().equal(state)


@pytest.mark.parametrize("temperature", [0.4, 1.0])
def test_a_sample_is_drawn_from_what_teacher_forcing_says_of_its_rows(temperature):
    """Given the rows before, each row is the draw of the same mixture with the same noise."""
    m, z = model(), draw(50, 3)
    x, generator = m.decode(z, temperature, seeded(1)), seeded(1)
    for i in range(7):
        params, _ = m.vae.decoder.step(x[:, : i + 1], z, m.vae.decoder.start(z))
        drawn = StrokeMixture(params[:, -1], temperature).sample(generator)
        going = x[:, i, 4] == 0
        torch.testing.assert_close(x[going, i + 1], drawn[going], **exact)


def test_codes_of_samples_are_standard_normal():
    m, codes = model(), []
    m.vae.decoder.register_forward_pre_hook(lambda _, given: codes.append(given[0]))
    x = m.sample(4000, generator=seeded())
    assert len(x) == 4000 and not x.requires_grad
    z = codes[0]
    assert (z.mean(0).abs() < 4 / math.sqrt(4000)).all()
    assert ((z.T.cov() - torch.eye(3)).abs() < 4 * math.sqrt(2 / 4000)).all()


def test_a_lower_temperature_makes_drawings_more_alike():
    m, z = model(), draw(1, 3).expand(500, 3)
    spreads = [m.decode(z, t, seeded())[:, 1, :2].std().item() for t in (0.05, 0.5, 1.0)]
    assert spreads[0] < spreads[1] < spreads[2]


# Training


def stars(split, n):
    """The shortest drawings of the course, at most 11 points: (about n, 13, 5) float32."""
    x, label = sketches(split, 8 * n)
    return x[label == NAMES.index("star"), :13]


def independent_rows(x, y):
    """Nats a drawing of y if offsets are one Gaussian, fitted to x, and pens have their shares."""
    drawn, seen = ((rows[:, 1:][rows[:, 1:, 4] == 0]).double() for rows in (x, y))
    normal = torch.distributions.MultivariateNormal(drawn[:, :2].mean(0), drawn[:, :2].T.cov())
    down, up = drawn[:, 2:4].sum(0).tolist()
    total = len(drawn) + len(x)
    shares = torch.tensor([down / total, up / total, len(x) / total]).double()
    log_pens = (seen[:, 2:] * shares.log()).sum() + len(y) * shares[2].log()
    return ((normal.log_prob(seen[:, :2]).sum() + log_pens) / len(y)).item()


def test_stars_are_learned_over_three_seeds():
    """After 80 steps the bound on new stars beats rows drawn independently by 30 nats a drawing."""
    x, y = stars("train", 400), stars("test", 100)
    for seed in range(3):
        m = model(dim=2, hidden=24, components=3, length=12, seed=seed).float()
        optimizer, generator = torch.optim.Adam(m.parameters(), lr=0.02), seeded(seed)
        for _ in range(80):
            batch = x[torch.randint(len(x), (32,), generator=generator)]
            optimizer.zero_grad()
            m.loss(batch).backward()
            nn.utils.clip_grad_norm_(m.parameters(), 10.0)
            optimizer.step()
        gain = m.elbo(y, draw(len(y), 2).float()).mean().item() - independent_rows(x, y)
        assert gain > 30, gain


# Refusals


def test_what_is_no_drawing_is_refused():
    m, x = model(length=8), drawings()
    with pytest.raises(ValueError, match=r"x: expected \(B, 2 to 9, 5\), got \(5, 10, 5\)"):
        m.elbo(padded(x, 1))
    with pytest.raises(ValueError, match=r"x: expected \(B, 2 to 9, 5\), got \(9, 5\)"):
        m.encode(x[0])
    with pytest.raises(ValueError, match=r"x: expected \(B, 2 to 9, 5\), got \(5, 10, 5\)"):
        m.vae.decoder(draw(5, 3)).log_prob(padded(x, 1))
    with pytest.raises(ValueError, match="hidden: expected whole numbers >= 1"):
        SketchVAE(hidden=1)
    with pytest.raises(ValueError, match=r"row -1 of each drawing to be \(0, 0, 0, 0, 1\)"):
        m.elbo(x[:, :5])
    with pytest.raises(ValueError, match=r"row 0 of each drawing to be \(0, 0, 1, 0, 0\)"):
        m.elbo(x[:, 1:])


@pytest.mark.parametrize("temperature", [0.0, -1.0, math.inf])
def test_a_temperature_that_is_none_is_refused(temperature):
    with pytest.raises(ValueError, match="temperature: expected a positive number"):
        model().sample(3, temperature)


@pytest.mark.parametrize(
    ("at", "row", "message"),
    [
        (2, [0.5, 0.5, 1.0, 1.0, 0.0], "one state of the pen in each row"),
        (2, [0.5, 0.5, 0.0, 0.0, 0.0], "one state of the pen in each row"),
        (2, [0.5, 0.5, 0.5, 0.5, 0.0], "one state of the pen in each row"),
        (6, [0.5, 0.5, 1.0, 0.0, 0.0], "once a drawing has ended"),
        (5, [0.5, 0.0, 0.0, 0.0, 1.0], "once a drawing has ended"),
    ],
)
def test_a_row_that_is_none_is_refused(at, row, message):
    m, x = model(length=8), drawings()  # the first drawing ends with row 5
    x[0, at] = torch.tensor(row).double()
    with pytest.raises(ValueError, match=message):
        m.elbo(x)
    with pytest.raises(ValueError, match=message):
        m.vae.decoder(draw(5, 3)).log_prob(x)
