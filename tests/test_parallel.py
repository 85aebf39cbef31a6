"""Two real processes under torch's launcher do what one does on the union of their batches."""

import os
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from dgm_course import checkpoint, parallel

ROOT = Path(parallel.__file__).parent.parent

SCRIPT = """
import random, sys
import torch
from torch import nn
from dgm_course import checkpoint, parallel, train
from dgm_course.checkpoint import Checkpoint

folder, kind, stop = sys.argv[1], sys.argv[2], int(sys.argv[3])
torch.set_default_dtype(torch.float64)
rng = train.set_seed(0)
x = torch.randn(37, 3, generator=torch.Generator().manual_seed(1))

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 2))
        self.register_buffer("mean", torch.zeros(3))

    def loss(self, batch):
        if kind != "frozen":
            self.mean.lerp_(batch.mean(0).detach(), 0.1)
        noise = torch.randn(len(batch), 2) if kind == "noise" else 0.0
        seen.append(batch.tolist())
        drawn.append(noise.tolist() if kind == "noise" else 0.0)
        if len(seen) == stop:
            sys.exit(3)
        return (self.net(batch - self.mean) - batch[:, :2].sin() - noise).square().mean()

seen, drawn = [], []
torch.manual_seed(10 + parallel.rank())  # all have to start from the weights of the first
model = Model()
torch.manual_seed(0)
ema = train.EMA(model, 0.9)
loss = model.loss if kind != "lambda" else lambda batch: model.loss(batch)
kept = Checkpoint(folder + "/run", model, every=4)
losses = train.fit(loss, model.parameters(), train.minibatches(x, 6, 14, rng), lr=0.03, clip=0.5,
    schedule=train.cosine, ema=ema, checkpoint=kept)
checkpoint.write(f"{folder}/rank{parallel.rank()}", {"losses": losses, "seen": seen, "drawn": drawn,
    "model": dict(model.state_dict()), "ema": dict(ema.model.state_dict()),
    "after": [torch.rand(2), random.random()]})
"""


def launch(folder, processes, kind="plain", stop=-1, expected=0):
    """Run the script alone or under the launcher: what each rank left, and what was printed."""
    folder.mkdir(exist_ok=True)
    script = folder / "script.py"
    script.write_text(SCRIPT)
    head = [sys.executable]
    if processes > 1:
        head += ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    environment.pop("DGM_STATIC", None)
    command = [*head, str(script), str(folder), kind, str(stop)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=240)
    assert (done.returncode == 0) == (expected == 0), done.stderr
    ranks = sorted(folder.glob("rank*"))
    return [checkpoint.read(path) for path in ranks], done.stderr


def assert_equal(a, b, atol=0.0):
    for part in ("model", "ema"):
        for name in a[part]:
            torch.testing.assert_close(a[part][name], b[part][name], rtol=0, atol=atol)


@pytest.mark.slow
def test_two_processes_train_as_one_does_on_the_union_of_their_batches(tmp_path):
    # a buffer that moves sees the share of one process, so in this test none does
    (alone,), _ = launch(tmp_path / "one", 1, "frozen")
    (first, second), printed = launch(tmp_path / "two", 2, "frozen")
    assert_equal(first, second)
    union = [a + b for a, b in zip(first["seen"], second["seen"], strict=True)]
    assert union == alone["seen"]
    assert first["losses"] == second["losses"]
    assert first["losses"] == pytest.approx(alone["losses"], abs=1e-9)
    assert_equal(first, alone, atol=1e-6)
    assert printed.count("fit:   0%") <= 1, "one process shows a bar"


@pytest.mark.slow
def test_two_processes_resume_to_the_last_bit_and_draw_noise_of_their_own(tmp_path):
    (first, second), _ = launch(tmp_path / "whole", 2, "noise")
    launch(tmp_path / "parts", 2, "noise", stop=7, expected=1)
    assert checkpoint.read(tmp_path / "parts" / "run")["state"]["position"] == 4
    (again, other), _ = launch(tmp_path / "parts", 2, "noise")
    for a, b in ((first, again), (second, other)):
        assert_equal(a, b)  # a buffer that moves, too, and that is the first's at each step
        assert a["losses"] == b["losses"]
        assert a["drawn"][4:] == b["drawn"]
    assert all(a != b for a, b in zip(first["drawn"], second["drawn"], strict=True))
    assert str(first["after"]) == str(second["after"]), "afterwards the streams are one again"


def test_alone_nothing_has_an_effect(monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "4")  # as a cluster may set it for something else
    monkeypatch.setenv("RANK", "3")
    assert (parallel.rank(), parallel.local_rank(), parallel.processes()) == (0, 0, 1)
    assert parallel.share(7) == slice(0, 7)
    assert parallel.gather({"a": 1}) == [{"a": 1}]
    assert parallel.averaged(abs, []) is abs
    before = torch.get_rng_state()
    parallel.split_noise()
    parallel.join_noise()
    assert torch.equal(torch.get_rng_state(), before)


def launched(monkeypatch, rank, processes):
    for name, value in {"RANK": rank, "LOCAL_RANK": rank % 2, "WORLD_SIZE": processes}.items():
        monkeypatch.setenv(name, str(value))
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "test")


def test_shares_are_equal_and_together_the_whole(monkeypatch):
    rows = []
    for rank in range(3):
        launched(monkeypatch, rank, 3)
        assert (parallel.rank(), parallel.local_rank()) == (rank, rank % 2)
        rows += range(12)[parallel.share(12)]
    assert rows == list(range(12))


def test_shares_that_are_not_equal_are_refused(monkeypatch):
    launched(monkeypatch, 0, 4)
    with pytest.raises(ValueError, match=r"^size: expected a multiple of 4, .* got 10$"):
        parallel.share(10)


def test_noise_differs_between_processes_and_between_two_runs(monkeypatch):
    draws = set()
    for rank in range(3):
        launched(monkeypatch, rank, 3)
        torch.manual_seed(0)
        for _ in range(2):
            parallel.split_noise()
            draws.add(torch.rand(()).item())
    assert len(draws) == 6


def test_the_random_state_brings_every_stream_back():
    random.gauss(0, 1), np.random.normal()  # each keeps a second number for later
    state = parallel.random_state()

    def draw():
        return random.gauss(0, 1), random.random(), np.random.normal(), torch.rand(3).tolist()

    first = draw()
    assert draw() != first
    parallel.set_random_state(state)
    assert draw() == first


def test_plain_tensors_are_refused_by_name():
    with pytest.raises(TypeError, match=r"^params: .* nn.Parameter, got a Tensor of shape \(3,\)$"):
        parallel._Objective(abs, [torch.zeros(3, requires_grad=True)])


def test_the_objective_has_the_model_behind_a_method_and_each_parameter_once():
    model = torch.nn.BatchNorm1d(3)
    extra = torch.nn.Parameter(torch.zeros(2))
    objective = parallel._Objective(model.forward, [*model.parameters(), extra])
    assert len(list(objective.parameters())) == 3
    assert len(list(objective.buffers())) == 3
    assert len(list(parallel._Objective(lambda x: x, [extra]).buffers())) == 0
