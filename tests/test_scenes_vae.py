"""The pictures of lecture 03 show the numbers they claim to show."""

import numpy as np
import pytest
import torch
from torch.distributions import MultivariateNormal, kl_divergence

from dgm_course import plot, scenes_codes, scenes_vae
from dgm_course.data import glyphs, strokes
from dgm_course.models.linear_gaussian import LinearGaussian

WEIGHT = torch.tensor([[1.0, 0.8], [0.3, 1.1]], dtype=torch.float64)


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


@pytest.fixture
def ax():
    fig, axes = plot.make_figure()
    yield axes[0]
    plot.pyplot().close(fig)


@pytest.fixture
def shown(monkeypatch):
    """Figures by their text, as they are shown."""
    found = {}
    monkeypatch.setattr(plot, "show", lambda fig, alt: found.update({alt: fig}))
    yield found
    for fig in found.values():
        plot.pyplot().close(fig)


@pytest.fixture
def model():
    return LinearGaussian(WEIGHT, torch.tensor([0.5, -0.2]).double(), 0.5).requires_grad_(False)


@pytest.fixture
def x():
    return torch.tensor([[2.0, 0.6]], dtype=torch.float64)


def _as_joint(q):
    return MultivariateNormal(q.mean, scale_tril=q.stddev.diag_embed())


def test_no_other_independent_q_is_nearer_to_the_posterior_than_the_best_upright(model, x):
    best, posterior = scenes_vae.best_upright(model, x), model.posterior(x)
    least = kl_divergence(_as_joint(best), posterior)
    for mean, std in [(0.05, 1.0), (0.0, 1.1), (0.0, 0.9), (-0.05, 1.02)]:
        other = scenes_vae.normal(best.mean + mean, best.stddev * std)
        assert kl_divergence(_as_joint(other), posterior) > least


def test_an_ellipse_holds_nine_tenths_of_its_gaussian(model, x):
    p = model.posterior(x)
    border = torch.from_numpy(scenes_vae.ellipse(p)).T
    draws = p.sample((20_000,))[:, 0]
    edge = p.log_prob(border)
    assert edge.max() - edge.min() < 1e-9  # it is a contour
    assert (p.log_prob(draws) > edge[0]).double().mean() == pytest.approx(0.9, abs=0.01)


def test_hidden_causes_marks_the_image_and_three_gaussians(model, x, shown):
    q = scenes_vae.best_upright(model, x)
    scenes_vae.hidden_causes(model, x, q, alt="two planes")
    left, right = shown["two planes"].axes
    assert left.lines[0].get_xydata().tolist() == [[2.0, 0.6]]
    assert [line.get_label() for line in right.lines] == [
        "prior p(z)",
        "posterior p(z|x)",
        "q(z|x)",
    ]


def test_the_gap_is_the_kl_and_closes_at_the_posterior(model, x, ax):
    scenes_vae.gap(model, x, ax=ax)
    upright, tilted, evidence = (line.get_ydata() for line in ax.lines)
    kl = kl_divergence(_as_joint(scenes_vae.best_upright(model, x)), model.posterior(x)).item()
    assert evidence[0] - max(upright) == pytest.approx(kl, abs=1e-9)
    assert max(tilted) == pytest.approx(evidence[0], abs=1e-9)
    assert ax.lines[0].get_xdata()[np.argmax(upright)] == pytest.approx(1.0)


def test_sampling_from_the_prior_fails_with_many_latents_and_from_q_does_not():
    few = scenes_vae.by_sampling(1, (5000, 200))
    many = scenes_vae.by_sampling(16, (5000, 200))
    assert np.abs(few).max() < 0.2
    assert many[0] < -20 and -5 < many[1] < 0.5


def test_estimates_leave_out_what_is_beyond_the_limit(ax):
    draws = {"a": torch.tensor([-1.0, 0.0, 1.0, 99.0]), "b": torch.zeros(5)}
    scenes_vae.estimates(draws, 0.25, ax=ax, limit=2.0)
    assert ax.lines[0].get_xdata()[0] == 0.25
    heights = [bar.get_height() for bar in ax.containers[0]]
    assert sum(heights) * 4 / 80 == pytest.approx(1.0)


def test_maps_show_every_code_and_every_ring(shown):
    z, label = torch.randn(30, 2), torch.arange(30) % 3
    models = {name: (z, torch.randn(24, 2), torch.zeros(24, 1, 8, 8)) for name in ("one", "two")}
    scenes_vae.maps(models, label, alt="maps", drawn="images")
    axes = shown["maps"].axes
    assert len(axes) == 4 and axes[0].get_title(loc="left").startswith("one")
    assert sum(len(points.get_offsets()) for points in axes[0].collections) == 30
    assert len(axes[0].lines[0].get_xdata()) == 24


def test_the_dashed_line_of_a_frontier_touches_the_lowest_sum(ax):
    rate, distortion = torch.tensor([0.0, 0.1, 4.0, 20.0]), torch.tensor([11.0, 10.5, 5.0, 3.0])
    scenes_codes.frontier(rate, distortion, list("abcd"), ax=ax)
    sums = ax.lines[0].get_xydata().sum(1)
    assert sums == pytest.approx([9.0, 9.0])
    texts = [text.get_text() for text in ax.texts]
    assert texts == ["a", "b", "c", "d", "rate + distortion = 9.0"]


class Shifted(torch.nn.Module):
    """A stand-in for a VAE whose images say which one it is."""

    def __init__(self, value):
        super().__init__()
        self.value = value

    def encode(self, x):
        return torch.zeros(len(x), 3)

    def decode(self, z):
        return torch.full((len(z), 1, 8, 6), self.value)


@pytest.fixture
def walk():
    models = {0.25: Shifted(-0.5), 1.0: Shifted(0.0), 4.0: Shifted(0.5)}
    prices = torch.tensor([[9.0, 2.0], [4.0, 5.0], [1.0, 8.5]])
    make = scenes_codes.beta_walk(models, torch.zeros(4, 1, 8, 6), torch.zeros(8, 3), prices)
    fig, update = make()
    yield fig, update
    plot.pyplot().close(fig)


@pytest.mark.parametrize("log2_beta, row, value", [(-4, 0, -0.5), (0.4, 1, 0.0), (2, 2, 0.5)])
def test_the_walk_shows_the_model_of_the_nearest_beta(walk, log2_beta, row, value):
    fig, update = walk
    update(log2_beta)
    curve, middle, right = fig.axes
    dot = next(line for line in curve.lines if line.get_animated())
    price = [(9.0, 2.0), (4.0, 5.0), (1.0, 8.5)][row]
    assert dot.get_xydata().tolist() == [list(price)]
    assert f"rate {price[0]:.1f}\ndistortion {price[1]:.1f}" in curve.texts[0].get_text()
    assert right.images[0].get_array()[4, 3] == value
    assert middle.images[0].get_array()[-1, -1] == value and middle.images[0].get_array()[4, 3] == 0


def test_every_artist_of_the_walk_that_moves_is_animated(walk):
    fig, _ = walk
    moving = [a for ax in fig.axes for a in ax.get_children() if a.get_animated()]
    assert len(moving) == 4


def test_tiles_stand_in_rows_one_white_pixel_apart():
    x = torch.arange(6.0).view(6, 1, 1, 1).expand(6, 1, 2, 3) / 10
    page = scenes_codes.tile(x, rows=2)
    assert page.shape == (2 * 3, 3 * 4)
    assert (page[0] == 1).all() and (page[:, 0] == 1).all()
    assert page[1::3, 1::4] == pytest.approx(np.array([[0.0, 0.1, 0.2], [0.3, 0.4, 0.5]]))


def test_rates_are_sorted_and_their_sum_is_the_title():
    fig, axes = plot.make_figure(1, 2)
    carried = {"one": torch.tensor([0.5, 2.0, 1.0]), "two": torch.tensor([0.0, 0.25])}
    scenes_codes.rates(carried, axes=axes, top=3.0)
    heights = [bar.get_height() for bar in axes[0].patches]
    titles = [ax.get_title(loc="left") for ax in axes]
    plot.pyplot().close(fig)
    assert heights == [2.0, 1.0, 0.5]
    assert titles == ["one: 3.5 nats", "two: 0.2 nats"]


def test_sketch_rows_have_their_names(shown):
    x = strokes.sketches("test", 6).x
    scenes_codes.sketch_rows({"real": x[:3], "made": x[3:]}, alt="rows")
    (ax,) = shown["rows"].axes
    assert [text.get_text() for text in ax.texts] == ["real", "made"]


def test_read_off_finds_letter_and_stroke_of_what_was_rendered():
    names, levels = "ABH", torch.tensor([0.0, 0.05, 0.1])
    plain = glyphs.glyphs("test", names, n=7, seed=3, size=14.0, dx=0.0, dy=0.0, stroke=0.0)
    stroke = levels[torch.arange(7) % 3]
    other = (plain.character + 1) % 3
    x = glyphs.draw(other, plain.factors._replace(stroke=stroke), names)
    letter, found = scenes_codes.read_off(x, plain, names, levels)
    assert torch.equal(letter, other) and torch.equal(found, stroke)
