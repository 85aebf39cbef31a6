"""The benchmark of VAEs: its models, and that it prints what was asked for."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from benchmarks import harness, vae
from benchmarks.models import vae as models
from benchmarks.peers import pythae_vae
from dgm_course.data.images import digits

ROOT = Path(__file__).resolve().parents[2]
KEYS = {"nll", "elbo", "fd32", "hi", "nn", "train_s", "sample_1000_s", "parameters"}


@pytest.mark.parametrize("name", models.MODELS)
def test_models_are_small_and_start_better_than_guessing(name):
    torch.manual_seed(0)
    model = models.MODELS[name]()
    assert sum(p.numel() for p in model.parameters()) <= 440_000
    assert model.elbo(digits("validation").x).mean() > -300
    assert model.sample(3).shape == (3, 1, 8, 8)


@pytest.mark.parametrize("name", models.MODELS)
def test_means_lie_between_the_levels_and_draws_on_them(name):
    torch.manual_seed(0)
    model, generator = models.MODELS[name](), torch.Generator().manual_seed(1)
    drawn, of_means = model.sample(20, generator), vae.means(model, 20, generator)
    assert torch.equal(drawn * 8, (drawn * 8).round())
    assert not torch.equal(of_means * 8, (of_means * 8).round())
    assert of_means.abs().max() <= 1


@pytest.mark.parametrize("name", models.MODELS)
def test_the_prior_gets_weights_and_keeps_its_images(name):
    model = models.MODELS[name]()
    part = model if name == "vae" else model.levels
    before = part.prior
    models.reweight(model)
    assert part.prior.prior is before
    assert model.sample(3).shape == (3, 1, 8, 8)


def test_a_table_has_our_rows_and_the_quoted_ones():
    figure = {"mean": 1.0, "low": 0.5, "high": 1.5, "seeds": 5}
    keys = (KEYS - {"parameters"}) | {"train_cpu_s"}
    of = dict.fromkeys(keys, figure) | {"parameters": 7, "means": dict.fromkeys(KEYS, figure)}
    text = vae.show({"vae": of, "hierarchical": of, "ratio": {"step": 0.9}})
    assert "1.00 ± 0.50" in text
    assert "93.36" in text
    assert "step: 0.90 of pythae's time" in text


def test_without_the_peer_there_is_no_ratio(monkeypatch, capsys):
    def missing():
        raise ImportError("No module named 'pythae'")

    monkeypatch.setattr(pythae_vae, "theirs", missing)
    assert vae.ratios(1) == {}
    assert "install --with peers" in capsys.readouterr().err


def test_the_peer_computes_the_same_loss():
    pytest.importorskip("pythae")
    (ours, _), (theirs, _) = pythae_vae.ours(), pythae_vae.theirs()
    x = (digits("train").x > 0).float()
    with torch.no_grad():
        own = torch.stack([ours.loss(2 * x - 1) for _ in range(20)])
        peer = torch.stack([theirs({"data": x}).loss for _ in range(20)])
    error = (own.var() + peer.var()).div(20).sqrt()
    assert (own.mean() - peer.mean()).abs() < 4 * error
    timings = harness.interleaved(pythae_vae.calls()["step"], 2)
    assert harness.ratio(timings) > 0


@pytest.mark.slow
@pytest.mark.parametrize("name", models.MODELS)
def test_a_quarter_of_the_training_already_beats_independent_pixels(name):
    """Which have 106.3 on the test images; these are the validation images, which are alike."""
    model = models.trained(name, seed=0, steps=models.STEPS[name] // 4)
    x = digits("validation").x
    with torch.no_grad():
        assert -model.iwae_bound(x, 50).mean() < 96


def test_the_same_seed_gives_the_same_model():
    model, again, other = (models.trained("vae", seed, 3).state_dict() for seed in (0, 0, 1))
    assert all(map(torch.equal, model.values(), again.values()))
    assert not all(map(torch.equal, model.values(), other.values()))


@pytest.mark.slow
def test_the_quick_run_ends_with_one_object_of_the_figures_asked_for():
    command = [sys.executable, "-m", "benchmarks.vae", "--json", "--quick"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert set(found) - {"ratio"} == {"vae", "hierarchical"}
    for figures in (found["vae"], found["hierarchical"]):
        assert set(figures) >= KEYS
        assert isinstance(figures["parameters"], int)
        for key in KEYS - {"parameters"}:
            assert set(figures[key]) == {"mean", "low", "high", "seeds"}
        assert figures["nll"]["mean"] <= figures["elbo"]["mean"] < 300
        assert set(figures["means"]) == {"fd32", "hi", "nn"}
    assert "quoted" in done.stdout
    assert "seed 0" in done.stderr
