"""Files are whole or refused, a killed save leaves the old one, a run resumes to the last bit."""

import hashlib
import json
import os
import random
import subprocess
import sys
from functools import partial

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import nn

from dgm_course import checkpoint, train
from dgm_course.checkpoint import Checkpoint


@pytest.fixture(autouse=True)
def static(monkeypatch):
    monkeypatch.setenv("DGM_STATIC", "1")


TREE = {
    "layer": {"weight": torch.arange(6.0).reshape(2, 3), "tensor": torch.tensor(True)},
    "numbers": [1, 0.1, None, "a \"sha256\" 'text'", {"deep": torch.tensor([], dtype=torch.int64)}],
}


def network(seed=0, hidden=5):
    """Dropout, a buffer that moves, and two parameter shapes that differ pairwise."""
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Linear(3, hidden), nn.BatchNorm1d(hidden), nn.Dropout(0.5), nn.Linear(hidden, 2)
    )


# --- the file -----------------------------------------------------------------------------------


def test_what_was_written_is_read(tmp_path):
    digest = checkpoint.write(tmp_path / "tree", TREE)
    found = checkpoint.read(tmp_path / "tree")
    assert digest == hashlib.sha256((tmp_path / "tree").read_bytes()).hexdigest()
    assert found["numbers"][:4] == TREE["numbers"][:4]
    assert torch.equal(found["layer"]["weight"], TREE["layer"]["weight"])
    assert found["layer"]["tensor"].dtype == torch.bool and found["layer"]["tensor"].item()
    assert found["numbers"][4]["deep"].shape == (0,)
    assert os.listdir(tmp_path) == ["tree"]


def test_the_file_is_one_that_safetensors_reads_and_the_same_each_time(tmp_path):
    for name in ("one", "two"):
        checkpoint.write(tmp_path / name, TREE)
    loaded = safetensors.torch.load_file(tmp_path / "one")
    assert torch.equal(loaded["/layer/weight"], TREE["layer"]["weight"])
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_weights_that_share_memory_or_lie_across_it_are_kept(tmp_path):
    table = torch.arange(12.0).reshape(3, 4)
    tree = {"whole": table, "across": table.T, "row": table[1]}
    checkpoint.write(tmp_path / "tree", tree)
    found = checkpoint.read(tmp_path / "tree")
    assert all(torch.equal(found[name], tree[name]) for name in tree)


def test_every_single_flipped_bit_and_every_cut_is_refused(tmp_path):
    path = tmp_path / "tree"
    checkpoint.write(path, {"x": torch.tensor([1.5, -2.0]), "k": 3})
    whole = path.read_bytes()
    for i in range(len(whole)):
        damaged = bytearray(whole)
        damaged[i] ^= 1 << (i % 8)
        for broken in (damaged, whole[:i]):
            path.write_bytes(broken)
            with pytest.raises(ValueError, match="damaged, or no file of this course"):
                checkpoint.read(path)
    path.write_bytes(whole + b"\0")
    with pytest.raises(ValueError, match="damaged"):
        checkpoint.read(path)


def test_a_file_of_another_tool_is_refused(tmp_path):
    safetensors.torch.save_file({"x": torch.ones(2)}, tmp_path / "other")
    (tmp_path / "text").write_text("not a checkpoint")
    for name in ("other", "text"):
        with pytest.raises(ValueError, match=f"{name}: damaged, or no file of this course"):
            checkpoint.read(tmp_path / name)


def test_what_json_does_not_know_is_refused_and_leaves_the_old_file(tmp_path):
    path = tmp_path / "tree"
    checkpoint.write(path, TREE)
    with pytest.raises(TypeError):
        checkpoint.write(path, {"x": {1, 2}})
    assert checkpoint.read(path)["numbers"][0] == 1


def test_a_save_on_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "tree"
    checkpoint.write(path, {"k": 1})

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        checkpoint.write(path, {"k": 2})
    assert checkpoint.read(path) == {"k": 1}
    assert os.listdir(tmp_path) == ["tree"]


def test_the_disk_has_the_new_file_before_it_gets_the_name_and_then_the_name(tmp_path, monkeypatch):
    done = []
    fsync, replace = os.fsync, type(tmp_path).replace

    def seen_fsync(number):
        done.append("folder" if os.path.isdir(f"/proc/self/fd/{number}") else "file")
        fsync(number)

    def seen_replace(self, target):
        done.append("name")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", seen_fsync)
    monkeypatch.setattr(type(tmp_path), "replace", seen_replace)
    checkpoint.write(tmp_path / "tree", TREE)
    assert done == ["file", "name", "folder"]


KILL_SAVES = """
import os, random, signal, sys, time
from pathlib import Path
import torch
from dgm_course import checkpoint

torch.set_num_threads(1)
path, draw, unfinished, saves = Path(sys.argv[1]), random.Random(0), 0, []
for _ in range(60):
    started, start = os.pipe()
    if (child := os.fork()) == 0:
        k = 0
        while True:
            checkpoint.write(path, {"k": k, "x": torch.full((50_000,), float(k))})
            if k == 0:
                os.write(start, b"!")
            k += 1
    os.read(started, 1)
    time.sleep(draw.uniform(0, 0.03))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    saved = checkpoint.read(path)
    assert torch.equal(saved["x"], torch.full((50_000,), float(saved["k"])))
    saves.append(saved["k"])
    unfinished += len(os.listdir(path.parent)) > 1
assert max(saves) > 0
checkpoint.write(path, {"k": 0})
assert os.listdir(path.parent) == [path.name], "what killed processes left is cleared away"
print(unfinished)
"""


def test_a_save_that_is_killed_at_any_moment_leaves_a_whole_file(tmp_path):
    command = [sys.executable, "-c", KILL_SAVES, str(tmp_path / "run.safetensors")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 0, "never hit in the middle of a save: the test shows nothing"


# --- weights ------------------------------------------------------------------------------------


def test_weights_come_back_with_buffers_and_a_known_hash(tmp_path):
    source, target = network(0), network(1)
    source(torch.randn(7, 3))  # moves the buffers
    digest = checkpoint.save_weights(tmp_path / "w.safetensors", source)
    assert checkpoint.load_weights(tmp_path / "w.safetensors", target, digest.upper()) is target
    for name, value in source.state_dict().items():
        assert torch.equal(value, target.state_dict()[name]), name


def test_weights_with_another_hash_are_refused(tmp_path):
    path = tmp_path / "w.safetensors"
    checkpoint.save_weights(path, network(0))
    with pytest.raises(
        ValueError, match=f"expected the file with SHA-256 {'0' * 64}, got [0-9a-f]"
    ):
        checkpoint.load_weights(path, network(1), "0" * 64)


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        (network(hidden=6), r"0.weight is float32 \(6, 3\) here and float32 \(5, 3\) in the file"),
        (network().double(), r"0.weight is float64 \(5, 3\) here and float32 \(5, 3\) in the file"),
        (network()[:2], "3.weight is only in the file"),
        (nn.Sequential(*network(), nn.PReLU()), "4.weight is not in the file"),
    ],
)
def test_weights_of_another_model_are_refused_by_the_first_difference(tmp_path, other, sentence):
    checkpoint.save_weights(tmp_path / "w", network())
    before = {name: value.clone() for name, value in other.state_dict().items()}
    with pytest.raises(ValueError, match=f"w: the weights of another model: {sentence}$"):
        checkpoint.load_weights(tmp_path / "w", other)
    assert all(torch.equal(value, before[name]) for name, value in other.state_dict().items())


def test_weights_and_checkpoints_are_not_taken_for_each_other(tmp_path):
    model = network()
    checkpoint.save_weights(tmp_path / "w", model)
    with pytest.raises(ValueError, match="w: expected the checkpoint of a run, got weights alone"):
        train.fit(loss_of(model), model.parameters(), [], checkpoint=Checkpoint(tmp_path / "w"))
    train.fit(loss_of(model), model.parameters(), [X], checkpoint=Checkpoint(tmp_path / "c", model))
    with pytest.raises(ValueError, match="c: expected weights alone, got the checkpoint of a run"):
        checkpoint.load_weights(tmp_path / "c", model)


# --- a run that resumes -------------------------------------------------------------------------

X = torch.randn(11, 3, generator=torch.Generator().manual_seed(5))


def loss_of(model, generator=None):
    """A loss with dropout, a noise of torch's own stream, of NumPy's, and of another generator."""

    def loss(batch):
        noise = torch.randn(len(batch), 2) + random.random() + np.random.rand()
        noise = noise + torch.randn(2, generator=generator) if generator else noise
        return (model(batch) - noise).square().mean()

    return loss


class Stop(Exception):  # noqa: N818
    """Stands for a crash."""


def stopping(loss, after):
    calls = iter(range(after))

    def stops(batch):
        if next(calls, None) is None:
            raise Stop
        return loss(batch)

    return stops


def fresh(path=None, batches="minibatches", **options):
    """A run with everything in it, from the same seeds."""
    rng = train.set_seed(3)
    model, noise = network(), torch.Generator().manual_seed(9)
    given = {
        "minibatches": train.minibatches(X, 7, 23, rng),
        "torch's own": train.minibatches(X, 7, 23),
        "list": [X[i : i + 4] for i in (0, 1, 2, 3, 4, 5, 6)] * 3,
        "loader": torch.utils.data.DataLoader(X, 4, shuffle=True, drop_last=True),
    }[batches]
    ema = train.EMA(model, 0.9)
    kept = path and Checkpoint(path, model, every=4, generator=noise)
    options = {"lr": 0.03, "ema": ema, "clip": 0.7, "checkpoint": kept, **options}
    return (
        model,
        ema,
        partial(train.fit, params=model.parameters(), batches=given, **options),
        noise,
    )


def everything(model, ema):
    return [*model.state_dict().values(), *ema.model.state_dict().values()]


@pytest.mark.parametrize("batches", ["minibatches", "torch's own", "list"])
@pytest.mark.parametrize("stops", [(6,), (4, 9), (1, 13, 3)])
@pytest.mark.parametrize("schedule", [None, train.cosine])
def test_a_run_that_was_stopped_resumes_to_the_last_bit(tmp_path, batches, stops, schedule):
    model, ema, run, noise = fresh(None, batches, schedule=schedule)
    expected = run(loss_of(model, noise))
    after = (torch.randn(2), random.random(), np.random.rand(), torch.randn(2, generator=noise))
    for stop in stops:
        other, _, run, noise = fresh(tmp_path / "run", batches, schedule=schedule)
        with pytest.raises(Stop):
            run(stopping(loss_of(other, noise), stop))
    other, other_ema, run, noise = fresh(tmp_path / "run", batches, schedule=schedule)
    assert run(loss_of(other, noise)) == expected
    for a, b in zip(everything(model, ema), everything(other, other_ema), strict=True):
        assert torch.equal(a, b)
    again = (torch.randn(2), random.random(), np.random.rand(), torch.randn(2, generator=noise))
    assert str(again) == str(after), "and all streams of random numbers stand where they would"


@pytest.mark.parametrize(
    "optimizer",
    [
        partial(torch.optim.SGD, momentum=0.9),
        partial(torch.optim.AdamW, weight_decay=0.1, amsgrad=True),
        torch.optim.SGD,
        torch.optim.Adagrad,
        torch.optim.RMSprop,
    ],
)
def test_any_optimizer_resumes(tmp_path, optimizer):
    model, _, run, noise = fresh(optimizer=optimizer)
    expected = run(loss_of(model, noise))
    other, _, run, noise = fresh(tmp_path / "run", optimizer=optimizer)
    with pytest.raises(Stop):
        run(stopping(loss_of(other, noise), 10))
    other, _, run, noise = fresh(tmp_path / "run", optimizer=optimizer)
    assert run(loss_of(other, noise)) == expected
    assert all(map(torch.equal, model.parameters(), other.parameters()))


def test_tensors_without_a_model_are_kept(tmp_path):
    def run(steps):
        weight = torch.ones(3, dtype=torch.float64, requires_grad=True)
        kept = Checkpoint(tmp_path / "run")
        losses = train.fit(
            lambda x: (x * weight).square().sum(), [weight], [2.0] * steps, checkpoint=kept
        )
        return weight.detach(), losses

    run(5)
    weight, losses = run(12)
    (tmp_path / "run").unlink()
    expected, all_losses = run(12)
    assert torch.equal(weight, expected) and losses == all_losses


def test_a_run_that_is_over_returns_its_losses_and_weights_and_does_no_step(tmp_path):
    model, _, run, noise = fresh(tmp_path / "run")
    expected = run(loss_of(model, noise))
    other, _, run, noise = fresh(tmp_path / "run")
    assert run(stopping(loss_of(other, noise), 0)) == expected
    assert all(map(torch.equal, model.parameters(), other.parameters()))


def test_saves_are_made_every_so_many_steps_and_at_the_end(tmp_path, monkeypatch):
    weight, positions = torch.ones(2, requires_grad=True), []
    write = checkpoint.write

    def seen(path, tree):
        positions.append(tree["state"]["position"])
        return write(path, tree)

    monkeypatch.setattr(checkpoint, "write", seen)
    kept = Checkpoint(tmp_path / "run", every=3)
    train.fit(lambda _: weight.square().sum(), [weight], range(7), checkpoint=kept)
    assert positions == [3, 6, 7]
    train.fit(lambda _: weight.square().sum(), [weight], range(9), checkpoint=kept)
    assert positions == [3, 6, 7, 9]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"lr": 0.04}, "groups.0.lr is 0.04 here and 0.03 in the file"),
        ({"optimizer": torch.optim.SGD}, "optimizer is SGD here and Adam in the file"),
        (
            {"optimizer": partial(torch.optim.Adam, betas=(0.9, 0.99))},
            "groups.0.betas.1 is 0.99 here and 0.999 in the file",
        ),
        ({"ema": None}, "ema is None here and 0.9 in the file"),
        (
            {"batches": train.minibatches(X, 6, 23)},
            "batches.size is 6 here and 7 in the file",
        ),
    ],
)
def test_a_checkpoint_of_another_run_is_refused(tmp_path, change, sentence):
    model, _, run, noise = fresh(tmp_path / "run")
    run(loss_of(model, noise))
    model, _, run, noise = fresh(tmp_path / "run")
    before = [value.clone() for value in model.state_dict().values()]
    with pytest.raises(ValueError, match=f"run: a checkpoint of another run: {sentence}; change"):
        run(loss_of(model, noise), **change)
    assert all(map(torch.equal, model.state_dict().values(), before))


def test_a_checkpoint_of_another_model_is_refused(tmp_path):
    model, _, run, noise = fresh(tmp_path / "run")
    run(loss_of(model, noise))
    other = network(hidden=6)
    sentence = r"models.model.0.weight is float32 \(6, 3\) here and float32 \(5, 3\) in the file"
    with pytest.raises(ValueError, match=sentence):
        train.fit(
            loss_of(other), other.parameters(), [X], checkpoint=Checkpoint(tmp_path / "run", other)
        )


def test_named_models_are_kept_apart(tmp_path):
    pair = {"encoder": network(0), "decoder": network(1)}
    params = [*pair["encoder"].parameters(), *pair["decoder"].parameters()]

    def loss(x):
        return pair["encoder"](x).square().mean() + pair["decoder"](x).square().mean()

    train.fit(loss, params, [X] * 3, checkpoint=Checkpoint(tmp_path / "run", pair))
    found = checkpoint.read(tmp_path / "run")
    for name, model in pair.items():
        for key, value in model.state_dict().items():
            assert torch.equal(found["models"][name][key], value)
    assert found["params"] == []


def test_a_loss_that_is_not_finite_does_not_reach_the_file(tmp_path):
    weight = torch.ones(2, requires_grad=True)
    kept = Checkpoint(tmp_path / "run", every=2)
    with pytest.raises(FloatingPointError):
        train.fit(lambda x: (x * weight).sum(), [weight], [1.0, 1.0, float("nan")], checkpoint=kept)
    found = checkpoint.read(tmp_path / "run")
    assert found["state"]["position"] == 2
    assert torch.isfinite(found["params"][0]).all()


@pytest.mark.parametrize("every", [0, -1, 1.5])
def test_every_is_a_number_of_steps(every, tmp_path):
    with pytest.raises(ValueError, match=f"^every: expected a whole number .* got {every}$"):
        Checkpoint(tmp_path / "run", every=every)


def test_the_header_is_plain_json(tmp_path):
    model, _, run, noise = fresh(tmp_path / "run")
    run(loss_of(model, noise))
    with safetensors.safe_open(tmp_path / "run", "pt") as file:
        facts = json.loads(file.metadata()["dgm_course"])
    assert facts["tree"]["kind"]["optimizer"] == "Adam"
    assert facts["tree"]["state"]["position"] == 23
