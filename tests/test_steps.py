"""Between two steps: losses become numbers, Ctrl-C waits for the step, the bar is closed."""

import os
import signal
import threading
import time

import pytest
import torch

from dgm_course import checkpoint, steps, train
from dgm_course.checkpoint import Checkpoint


class Later:
    """A loss as on an accelerator: not on the CPU, as far as anybody asks."""

    def __init__(self, value):
        self.value, self.device = torch.tensor(value), torch.device("meta")

    def detach(self):
        return self

    def numel(self):
        return 1

    def reshape(self, _):
        return self.value


def test_on_the_cpu_each_loss_is_read_at_once():
    losses = steps.Losses()
    losses.append(torch.tensor(2.5, requires_grad=True))
    assert losses.values == [2.5] and losses.waiting == []
    with pytest.raises(FloatingPointError, match=r"^loss: nan at step 1; try a smaller lr$"):
        losses.append(torch.tensor(float("nan")))


def test_on_an_accelerator_fifty_losses_are_read_at_a_time_and_a_bad_one_is_named():
    losses = steps.Losses()
    for k in range(99):
        losses.append(Later(float(k)))
        assert len(losses.values) == (k + 1) // 50 * 50
    losses.read()
    assert losses.values == [float(k) for k in range(99)]
    losses.append(Later(1.0))
    losses.append(Later(float("inf")))
    with pytest.raises(FloatingPointError, match=r"^loss: inf at step 100; "):
        losses.read()


def test_a_loss_must_be_one_number():
    weight = torch.ones(7, requires_grad=True)
    with pytest.raises(ValueError, match=r"^loss_fn: expected a loss of shape \(\), got \(7,\)$"):
        train.fit(lambda _: weight * 2, [weight], range(2))


def interrupting(weight, at, times=1, pause=0.0):
    """A loss that sends Ctrl-C to its own process in the middle of a step."""
    calls = []

    def loss(_):
        calls.append(weight.detach().clone())
        if len(calls) == at:
            for _ in range(times):
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(pause)
        return weight.square().sum()

    return loss, calls


def test_ctrl_c_takes_effect_when_the_step_is_done_and_saved(tmp_path, monkeypatch):
    monkeypatch.setenv("DGM_STATIC", "1")
    weight = torch.ones(3, requires_grad=True)
    loss, calls = interrupting(weight, at=5)
    kept = Checkpoint(tmp_path / "run", every=100)
    with pytest.raises(KeyboardInterrupt):
        train.fit(loss, [weight], range(20), checkpoint=kept)
    assert len(calls) == 5
    saved = checkpoint.read(tmp_path / "run")
    assert saved["state"]["position"] == 5
    assert torch.equal(saved["params"][0], weight.detach())
    assert not torch.equal(weight.detach(), calls[-1]), "the fifth step was made"
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    again = torch.zeros(3, requires_grad=True)
    losses = train.fit(lambda _: again.square().sum(), [again], range(20), checkpoint=kept)
    whole = torch.ones(3, requires_grad=True)
    assert losses == train.fit(lambda _: whole.square().sum(), [whole], range(20))
    assert torch.equal(again, whole)


def test_a_second_ctrl_c_is_not_held(monkeypatch):
    monkeypatch.setenv("DGM_STATIC", "1")
    weight = torch.ones(3, requires_grad=True)
    loss, calls = interrupting(weight, at=2, times=2)
    with pytest.raises(KeyboardInterrupt):
        train.fit(loss, [weight], range(20))
    assert torch.equal(weight.detach(), calls[-1]), "the second step was not made"
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_somebody_elses_handler_and_other_threads_are_left_alone():
    seen = []
    before = signal.signal(signal.SIGINT, lambda *_: seen.append(1))
    try:
        weight = torch.ones(3, requires_grad=True)
        loss, calls = interrupting(weight, at=2)
        train.fit(loss, [weight], range(4))
        assert seen == [1] and len(calls) == 4
    finally:
        signal.signal(signal.SIGINT, before)
    done = []
    thread = threading.Thread(
        target=lambda: done.append(train.fit(lambda _: weight.sum(), [weight], range(2)))
    )
    thread.start()
    thread.join()
    assert len(done[0]) == 2


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, FloatingPointError])
def test_the_bar_is_closed_and_the_handler_given_back_whatever_happens(monkeypatch, error):
    import tqdm.auto

    monkeypatch.delenv("DGM_STATIC", raising=False)
    bars = []

    class Bar(tqdm.auto.tqdm):
        def close(self):
            bars.append(self.n)
            super().close()

    monkeypatch.setattr(tqdm.auto, "tqdm", Bar)
    weight = torch.ones(3, requires_grad=True)

    def loss(batch):
        if batch == 3:
            raise error("stop")
        return weight.sum()

    try:
        train.fit(loss, [weight], range(6))
    except error as caught:  # its traceback holds the frames of fit, as a notebook does
        assert bars and caught.__traceback__
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    else:
        raise AssertionError("no error")


def test_the_bar_of_a_resumed_run_starts_where_the_run_stands(tmp_path, monkeypatch, capfd):
    monkeypatch.delenv("DGM_STATIC", raising=False)
    weight = torch.ones(3, requires_grad=True)
    kept = Checkpoint(tmp_path / "run")
    train.fit(lambda _: weight.square().sum(), [weight], range(5), checkpoint=kept)
    capfd.readouterr()
    train.fit(lambda _: weight.square().sum(), [weight], range(8), checkpoint=kept)
    assert "5/8" in capfd.readouterr().err


def test_each_step_has_the_rate_of_its_middle_and_moves_the_average():
    model, seen = torch.nn.Linear(1, 1, bias=False).double(), []
    torch.nn.init.zeros_(model.weight)
    ema = train.EMA(model, decay=0.0)
    optimizer = torch.optim.SGD([model.weight], lr=2.0)
    scaler = torch.amp.GradScaler("cpu", enabled=False)
    run = steps.Run(optimizer, range(4), scaler, ema)
    for i, _ in enumerate(steps.Steps(run, schedule=lambda progress: progress)):
        seen.append(optimizer.param_groups[0]["lr"])
        assert ema.model.weight.item() == pytest.approx(i)
        with torch.no_grad():
            model.weight += 1
    assert seen == pytest.approx([2 * (i + 0.5) / 4 for i in range(4)])
    assert ema.model.weight.item() == pytest.approx(4)
