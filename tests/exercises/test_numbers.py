"""Numbers computed from the answers, and the same numbers recorded where there are none."""

import numpy as np
import pytest

from dgm_course.exercises import numbers
from dgm_course.exercises.exercise import draw
from dgm_course.exercises.numbers import Computed, Recorded, record

from .notebook import PAIR, TOY


@pytest.fixture
def recorded(tmp_path):
    from safetensors.numpy import load_file

    path = tmp_path / "deeper" / "99_toy.safetensors"
    record([(TOY, draw(TOY, 0)), (PAIR, draw(PAIR, 0))], path)
    return load_file(path)


def same(a, b) -> bool:
    return a.keys() == b.keys() and all(np.array_equal(a[k], b[k]) for k in a)


@pytest.mark.parametrize("exercise", [TOY, PAIR], ids=lambda e: e.name)
def test_recorded_numbers_are_the_computed_ones(recorded, exercise):
    computed, read = Computed(exercise, draw(exercise, 0)), Recorded(exercise, recorded)
    assert same(read.inputs, computed.inputs) and same(read.want, computed.want)
    for name in exercise.misconceptions:
        for output in computed.want:
            one, other = computed.wrong(name, output), read.wrong(name, output)
            assert (one is None and other is None) or np.array_equal(one, other)


def test_known_wrong_answers_have_numbers_of_their_own():
    computed = Computed(TOY, draw(TOY, 0))
    assert np.allclose(computed.wrong("once", "random") * 2, computed.want["random"])
    assert computed.wrong("everything", "random").shape == (5, 3)


def test_without_answers_the_labs_numbers_come_from_their_file(monkeypatch, recorded, tmp_path):
    from safetensors.numpy import save_file

    save_file(recorded, tmp_path / "99_toy.safetensors")
    monkeypatch.setattr(numbers, "RECORDED", tmp_path)
    assert same(numbers.recorded(TOY, "99_toy").want, Computed(TOY, draw(TOY, 0)).want)
    with pytest.raises(FileNotFoundError):
        numbers.recorded(TOY, "98_none")


def test_in_the_course_the_answers_are_installed():
    assert numbers.are_installed()
