"""Protocol digits-v1: how good samples of the 8 x 8 digits are, and what a guess would reach.

    python -m benchmarks.digits [--json] [--quick]

prints the rows that need no network: guessing, independent pixels, a Gaussian, real images.  Other
benchmarks use `quality`.  A likelihood is in nats per integer image, mean over the 447 test images,
whose writers are new.  Samples are compared with them in the 32 last features of a classifier that
was trained on the labels of the 1000 training images:

fd32    Fréchet distance of the features, mean over 10 draws of 350 samples and 350 test images
hi      share of samples that the classifier gives to one digit with more than 0.9
nn      median distance to the nearest training image over that of test images; copies have 0

Whatever is chosen is chosen on the validation images: `quality(sample, split="validation")`.
"""

import math
import statistics
import sys
from collections.abc import Callable
from functools import cache
from itertools import pairwise

import torch
from torch import Tensor, nn

from benchmarks import harness
from dgm_course.data.images import LEVELS, digits, from_levels, to_levels
from dgm_course.metrics.frechet import frechet_distance
from dgm_course.models.density import Gaussian

DRAWS, SIZE, PIXELS = 10, 350, 64
EPOCHS, BATCH, INPUT_NOISE, WEIGHT_DECAY = 100, 128, 0.1, 1e-4
QUICK_DRAWS = 2

Sampler = Callable[[int, torch.Generator], Tensor]


@cache
@torch.enable_grad()
def classifier(seed: int = 0) -> nn.Sequential:
    """The protocol's classifier of 8 x 8 digits, trained in two seconds: x -> (B, 10) logits."""
    x, label = digits("train")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        widths = (PIXELS, 256, 128, 32)
        layers = [(nn.Linear(a, b), nn.ReLU()) for a, b in pairwise(widths)]
        net = nn.Sequential(nn.Flatten(), *sum(layers, ()), nn.Linear(32, 10))
        optimizer = torch.optim.Adam(net.parameters(), lr=1e-3, weight_decay=WEIGHT_DECAY)
        for _ in range(EPOCHS):
            for chosen in torch.randperm(len(x)).split(BATCH):
                noisy = x[chosen] + INPUT_NOISE * torch.randn_like(x[chosen])
                loss = nn.functional.cross_entropy(net(noisy), label[chosen])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
    return net.requires_grad_(False).eval()


def quality(sample: Sampler, draws: int = DRAWS, split: str = "test") -> dict[str, float]:
    """`fd32`, `hi` and `nn` of `sample(n, generator) -> (n, 1, 8, 8)` in [-1, 1]."""
    net, generator = classifier(), torch.Generator().manual_seed(0)
    real = digits(split).x
    distances, parts = [], []
    for _ in range(draws):
        fake = sample(SIZE, generator).detach().cpu().float()
        chosen = real[torch.randperm(len(real), generator=generator)[:SIZE]]
        distances.append(frechet_distance(net[:-1](fake), net[:-1](chosen)))
        parts.append(fake)
    every = torch.cat(parts)
    return {
        "fd32": statistics.fmean(distances),
        "hi": float((net(every).softmax(-1).amax(-1) > 0.9).double().mean()),
        "nn": to_nearest(every) / to_nearest(real),
    }


def to_nearest(x: Tensor) -> float:
    """Median distance of images to the nearest training image."""
    return float(torch.cdist(x.flatten(1), digits("train").x.flatten(1)).amin(-1).median())


def drawn_from(x: Tensor) -> Sampler:
    """A sampler that gives images of a set, none twice in a draw."""
    return lambda n, generator: x[torch.randperm(len(x), generator=generator)[:n]]


def independent_pixels() -> tuple[float, Sampler]:
    """The frequency of each level at each pixel, plus 0.1: nats, sampler."""
    train, test = (to_levels(digits(split).x).flatten(1) for split in ("train", "test"))
    counts = nn.functional.one_hot(train, LEVELS).sum(0) + 0.1
    p = counts / counts.sum(-1, keepdim=True)
    nats = -p.log().expand(len(test), -1, -1).gather(-1, test[..., None]).sum((1, 2)).mean()

    def sample(n: int, generator: torch.Generator) -> Tensor:
        level = p.multinomial(n, replacement=True, generator=generator).T
        return from_levels(level).view(n, 1, 8, 8)

    return float(nats), sample


def full_gaussian() -> tuple[float, Sampler]:
    """Maximum likelihood of the images plus noise that fills the cell of a level: nats, sampler."""
    generator = torch.Generator().manual_seed(0)

    def noisy(split: str) -> Tensor:
        x = digits(split).x
        return x + (torch.rand(x.shape, generator=generator) - 0.5) / 8

    model = Gaussian(noisy("train"))
    log_density = torch.stack([model.log_prob(noisy("test")) for _ in range(DRAWS)]).mean()

    def sample(n: int, generator: torch.Generator) -> Tensor:
        return from_levels(to_levels(model.sample(n, generator).clamp(-1, 1)))

    return float(PIXELS * math.log(8) - log_density), sample


def measure(quick: bool) -> dict[str, dict]:
    """The rows that need no network."""
    draws = QUICK_DRAWS if quick else DRAWS
    rows = {"uniform": {"nll": PIXELS * math.log(LEVELS)}}
    for name, (nats, sample) in (
        ("independent", independent_pixels()),
        ("gaussian", full_gaussian()),
    ):
        rows[name] = {"nll": nats, **quality(sample, draws)}
    for split in ("validation", "train"):
        rows[split] = quality(drawn_from(digits(split).x), draws)
    return rows


def show(rows: dict[str, dict]) -> str:
    """The figures for people."""
    header = ("row", "NLL", "FD32", "hi", "nn")
    keys = ("nll", "fd32", "hi", "nn")
    body = [(row, *(harness.shown(of.get(key)) for key in keys)) for row, of in rows.items()]
    return harness.table(header, body)


if __name__ == "__main__":
    sys.exit(harness.main(__doc__, measure, show, f"{QUICK_DRAWS} draws instead of {DRAWS}"))
