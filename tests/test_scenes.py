"""The pictures of single lectures show the numbers they claim to show."""

import numpy as np
import pytest
import torch
from scipy import stats

from dgm_course import plot, scenes
from dgm_course.data.toy import two_bumps
from dgm_course.metrics import divergence

LONG = (-2.0, 0.9, 1.5, -0.8)
SETTINGS = [(0.0, 0.0, 1.0, 0.6), LONG, (0.3, -0.2, 0.3, -0.2)]


def _mean(p, g):
    """E_p[g] by adaptive quadrature over twelve standard deviations either side."""
    low, high = p.mean() - 12 * p.std(), p.mean() + 12 * p.std()
    return p.expect(g, lb=low, ub=high, limit=400)


def _by_quadrature(mean_p, log_std_p, mean_q, log_std_q):
    p = stats.norm(mean_p, np.exp(log_std_p))
    q = stats.norm(mean_q, np.exp(log_std_q))

    def log_m(x):
        return np.logaddexp(p.logpdf(x), q.logpdf(x)) - np.log(2)

    over_p = _mean(p, lambda x: p.logpdf(x) - log_m(x))
    over_q = _mean(q, lambda x: q.logpdf(x) - log_m(x))
    return [
        _mean(p, lambda x: -p.logpdf(x)),
        _mean(q, lambda x: -q.logpdf(x)),
        _mean(p, lambda x: -q.logpdf(x)),
        _mean(p, lambda x: p.logpdf(x) - q.logpdf(x)),
        _mean(q, lambda x: q.logpdf(x) - p.logpdf(x)),
        (over_p + over_q) / 2,
    ]


@pytest.mark.parametrize("setting", SETTINGS)
def test_measures_agree_with_quadrature(setting):
    assert scenes.measures(*setting) == pytest.approx(_by_quadrature(*setting), rel=1e-5, abs=1e-6)


@pytest.fixture
def scene():
    fig, update = scenes.two_gaussians()
    yield fig, update
    plot.pyplot().close(fig)


def test_every_artist_that_moves_is_animated(scene):
    fig, update = scene
    moving = [a for ax in fig.axes for a in ax.get_children() if a.get_animated()]
    assert len(moving) == 4 * 2 + 2 * len(scenes.MEASURES)
    update(0.0, 0.0, 1.0, 0.6)
    assert all(a.get_animated() for a in moving)


def test_the_numbers_shown_are_the_measures(scene):
    fig, update = scene
    update(*LONG)
    shown = [t.get_text() for t in fig.axes[2].texts if t.get_animated()]
    assert shown == [f"{value:.2f}" for value in scenes.measures(*LONG)]
    widths = [bar.get_width() for bar in fig.axes[2].patches]
    assert max(widths) == 6.0  # H(p, q) is longer than the axis


def test_the_shaded_integrand_has_the_area_of_the_kl(scene):
    fig, update = scene
    update(*SETTINGS[0])
    areas = [
        np.trapezoid(line.get_ydata(), line.get_xdata())
        for line in fig.axes[1].lines
        if line.get_animated()
    ]
    assert areas == pytest.approx(scenes.measures(*SETTINGS[0])[3:5], abs=1e-4)


@pytest.mark.parametrize(
    "value, walls",
    [
        (lambda p, q: divergence.kl(p, q), 3),
        (lambda p, q: divergence.kl(q, p), 0),
        (lambda p, q: divergence.js(p, q), 0),
    ],
)
def test_a_triangle_edge_is_red_where_the_value_is_infinite(value, walls):
    p = torch.tensor([0.36, 0.48, 0.16], dtype=torch.float64)
    fig, axes = plot.make_figure()
    scenes.triangle(lambda q: value(p, q), [0.05, 0.2, 0.5], ax=axes[0], mark=p)
    red = [line for line in axes[0].lines if line.get_color() == plot.COLOR["wrong"]]
    plot.pyplot().close(fig)
    assert len(red) == walls


@pytest.fixture
def ax():
    fig, axes = plot.make_figure()
    yield axes[0]
    plot.pyplot().close(fig)


@pytest.mark.parametrize("base, nats", [(None, 1.0), (2, np.log(2))])
def test_rectangles_have_the_area_of_the_cross_entropy(ax, base, nats):
    p, q = torch.tensor([0.36, 0.48, 0.16]), torch.tensor([0.5, 0.2, 0.3])
    scenes.rectangles(p, q, ax=ax, color="k", base=base, top=4.0)
    area = sum(bar.get_width() * bar.get_height() for bar in ax.patches)
    assert area * nats == pytest.approx(-(p * q.log()).sum().item(), rel=1e-6)


def test_runs_draw_every_run_and_the_trend(ax):
    scenes.runs(torch.arange(7), torch.zeros(5, 7), torch.ones(7), ax=ax, color="k", label="true")
    assert [len(line.get_xdata()) for line in ax.lines] == [7] * 6
    assert ax.get_legend_handles_labels()[1] == ["true"]


def test_a_landscape_is_darkest_at_its_lowest_and_marks_the_fits(ax):
    mean, std = np.meshgrid(np.linspace(-1, 1, 9), np.linspace(0.5, 2, 7))
    table = torch.from_numpy(mean**2 + (std - 1) ** 2)
    fits = [torch.distributions.Normal(0.25, 1.5)]
    scenes.landscape(mean, std, table, [0.1, 0.5, 2], fits, ax=ax, color="k")
    assert [(x.item(), y.item()) for x, y in ax.lines[0].get_xydata()] == [(0.25, 1.5)]
    shades = ax.collections[0].get_facecolor()[:, 3]
    assert (np.diff(shades) < 0).all()


def test_best_gaussians_are_shown_with_their_text(monkeypatch):
    shown = {}
    monkeypatch.setattr(plot, "show", lambda fig, alt: shown.update({alt: fig}))
    q = torch.distributions.Normal(0.0, 1.0)
    scenes.best_gaussians(two_bumps(), q, q, alt="a truth and two fits")
    (ax,) = shown["a truth and two fits"].axes
    assert len(ax.lines) == 2 and ax.get_xlabel() == "x" and ax.get_ylabel() == "density"
