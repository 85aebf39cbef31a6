"""VAEs of the 8 x 8 digits, protocol digits-v1: likelihood, samples, time, over five seeds.

    python -m benchmarks.vae [--json] [--quick]

`vae` and `hierarchical` are those of benchmarks/models/vae.py, chosen on the validation images; the
test images are looked at here alone.  nll is minus the importance-weighted bound with 500 draws,
elbo minus the bound with one, both in nats per image; fd32, hi and nn are of draws x ~ p(x|z) for
z ~ p(z).  In the table, `means` are the means of p(x|z) in place of draws.  train_s includes making
the deformed copies, train_cpu_s is the same in processor seconds of all threads; sample_1000_s is
the median of 7.  Below stand figures of published code under the same protocol, quoted: that code
was not run here.  Where pythae is installed, `ratio` is the time of a training step, and of
sampling 1000 images, over that of its VAE with the same layers, interleaved.
"""

import statistics
import sys

import torch
from torch import Tensor, nn

from benchmarks import harness
from benchmarks.digits import DRAWS, quality
from benchmarks.models.vae import MODELS, STEPS, trained
from benchmarks.peers import pythae_vae
from dgm_course.data.images import digits
from dgm_course.models.pixels import draw
from dgm_course.models.vae import VAE

SEEDS, IWAE_DRAWS = 5, 500
QUICK_STEPS, QUICK_DRAWS = 30, 2
PEERS = {  # shared protocol, published code: nll, fd32, hi, train_s, sample_1000_s, parameters
    "vae": ("published VAE (categorical)", 93.36, 32.0, 0.67, 15, 0.05, 440_000),
    "hierarchical": ("published hierarchical VAE", 92.70, 47.0, 0.65, 54, 0.08, 722_000),
}


@torch.no_grad()
def measured(model: nn.Module, draws: int = DRAWS, k: int = IWAE_DRAWS, split="test") -> dict:
    """All figures of one trained model."""
    x = digits(split).x
    generator = torch.Generator().manual_seed(0)
    elbos = torch.cat([model.elbo(x) for _ in range(10)])
    seconds = [harness.stopwatch(model.sample, 1000)[1] for _ in range(8)][1:]
    return {
        "nll": -model.iwae_bound(x, k, generator=generator).mean().item(),
        "elbo": -elbos.mean().item(),
        **quality(model.sample, draws, split),
        "sample_1000_s": statistics.median(seconds),
        "parameters": sum(p.numel() for p in model.parameters()),
        "means": quality(lambda n, g: means(model, n, g), draws, split),
    }


def means(model: nn.Module, n: int, generator: torch.Generator) -> Tensor:
    """Means of p(x|z) for z ~ p(z), not draws: (n, 1, 8, 8)."""
    if isinstance(model, VAE):
        return model.decode(draw(model.prior(), (n,), generator))
    return model.decode(model.levels.sample(n, generator))


def measure(quick: bool) -> dict[str, dict]:
    """Both models over their seeds: each figure with its interval, `means` beside it."""
    seeds, draws = (1, QUICK_DRAWS) if quick else (SEEDS, DRAWS)
    found = {}
    for name in MODELS:
        runs = []
        for seed in range(seeds):
            steps = QUICK_STEPS if quick else STEPS[name]
            model, seconds, cpu = harness.stopwatch(trained, name, seed, steps)
            run = measured(model, draws, QUICK_DRAWS if quick else IWAE_DRAWS)
            runs.append({**run, "train_s": seconds, "train_cpu_s": cpu})
            harness.say(f"{name}, seed {seed}: {runs[-1]}")
        of_means = harness.intervals([run.pop("means") for run in runs])
        parameters = [run.pop("parameters") for run in runs]
        found[name] = {**harness.intervals(runs), "parameters": parameters[0], "means": of_means}
    return found | ratios(3 if quick else 15)


def ratios(rounds: int) -> dict[str, dict[str, float]]:
    """`ratio` against pythae, or nothing where it is not installed."""
    try:
        pairs = pythae_vae.calls()
    except ImportError as error:
        harness.say(f"no ratio: {error}; python3 tools/setup.py install --with peers installs it")
        return {}
    timed = {name: harness.interleaved(calls, rounds, 10) for name, calls in pairs.items()}
    return {"ratio": {name: harness.ratio(timings) for name, timings in timed.items()}}


def show(found: dict[str, dict]) -> str:
    """The figures for people."""
    keys = {"nll": 2, "elbo": 2, "fd32": 1, "hi": 2, "nn": 2}
    times = {"train_s": 1, "train_cpu_s": 1, "sample_1000_s": 3, "parameters": 0}
    header = (
        "row",
        "NLL",
        "-ELBO",
        "FD32",
        "hi",
        "nn",
        "train s",
        "cpu s",
        "1000, s",
        "parameters",
    )
    rows = []
    for name, of in ((name, found[name]) for name in MODELS):
        figures = [harness.shown(of.get(key), n) for key, n in (keys | times).items()]
        rows.append((name, *figures))
        own = [harness.shown(of["means"].get(key), n) for key, n in keys.items()]
        rows.append(("  means, not draws", *own, *"––––"))
        peer, nats, fd, hi, seconds, sampling, size = PEERS[name]
        quoted = (nats, None, fd, hi, None, seconds, None, sampling, size)
        digits_of = (2, 2, 1, 2, 2, 0, 0, 2, 0)
        cells = [harness.shown(v, n) for v, n in zip(quoted, digits_of, strict=True)]
        rows.append((f"  {peer}, quoted", *cells))
    lines = [f"{name}: {r:.2f} of pythae's time" for name, r in found.get("ratio", {}).items()]
    return "\n".join([harness.table(header, rows), *lines])


if __name__ == "__main__":
    sys.exit(harness.main(__doc__, measure, show, f"one seed, {QUICK_STEPS} steps"))
