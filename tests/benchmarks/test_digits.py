"""Protocol digits-v1: its rows without a network, and that each figure sees its kind of fault."""

import pytest
import torch

from benchmarks import digits as protocol
from dgm_course.data.images import digits, to_levels

# what the protocol states; the classifier depends on the machine's arithmetic
NLL = {"uniform": 181.3, "independent": 106.3, "gaussian": 131.6}
FD32 = {"independent": 181, "gaussian": 62, "validation": 26.7, "train": 15.0}
HI = {"independent": 0.46, "gaussian": 0.56, "validation": 0.93, "train": 1.00}


@pytest.fixture(scope="module")
def rows():
    return protocol.measure(quick=False)


@pytest.mark.parametrize("row", NLL)
def test_likelihoods_of_guesses_are_those_of_the_protocol(rows, row):
    assert rows[row]["nll"] == pytest.approx(NLL[row], abs=0.05 if row != "gaussian" else 0.6)


@pytest.mark.parametrize("row", FD32)
def test_distances_are_those_of_the_protocol(rows, row):
    assert rows[row]["fd32"] == pytest.approx(FD32[row], rel=0.2)


@pytest.mark.parametrize("row", HI)
def test_shares_of_clear_digits_are_those_of_the_protocol(rows, row):
    assert rows[row]["hi"] == pytest.approx(HI[row], abs=0.04)


def test_the_classifier_knows_new_writers_and_leaves_the_global_generator_alone():
    before = torch.get_rng_state()
    protocol.classifier.cache_clear()
    net = protocol.classifier()
    assert torch.equal(before, torch.get_rng_state())
    x, label = digits("test")
    assert (net(x).argmax(-1) == label).double().mean() > 0.88
    assert net[:-1](x).shape == (447, 32)


def test_copies_of_training_images_are_seen_as_copies(rows):
    assert rows["train"]["nn"] == 0
    assert rows["validation"]["nn"] == pytest.approx(1, abs=0.1)
    assert rows["independent"]["nn"] > 1.5


def test_samples_of_one_digit_alone_are_far_away():
    x, label = digits("validation")
    ones = x[label == 1]
    found = protocol.quality(lambda n, g: ones[torch.randint(len(ones), (n,), generator=g)], 2)
    assert found["fd32"] > 150


def test_a_sampler_is_asked_with_a_generator_and_the_figures_repeat():
    x = digits("validation").x
    asked = []

    def sample(n, generator):
        asked.append(n)
        return x[torch.randint(len(x), (n,), generator=generator)]

    assert protocol.quality(sample, 3) == protocol.quality(sample, 3)
    assert asked == [350] * 6


def test_the_validation_split_does_not_look_at_test_images(monkeypatch):
    looked = []
    original = protocol.digits
    monkeypatch.setattr(protocol, "digits", lambda split: looked.append(split) or original(split))
    protocol.quality(protocol.drawn_from(original("train").x), 1, split="validation")
    assert set(looked) == {"validation", "train"}


def test_independent_pixels_have_the_frequencies_of_the_training_images():
    _, sample = protocol.independent_pixels()
    x = sample(4000, torch.Generator().manual_seed(0))
    train = to_levels(digits("train").x).double()
    error = train.std(0).clamp(min=0.1) / 8 / 4000**0.5
    apart = (x.double().mean(0) - (train.mean(0) / 8 - 1)).abs()
    assert (apart < 5 * error + 0.002).all()
