"""Every exercise of every lab: right answers are right, known mix-ups are named, nothing else pays.

An exercise joins by being in its lab.
"""

import functools
import statistics
import time

import numpy as np
import pytest
import torch

from dgm_course.exercises.exercise import State, draw
from dgm_course.exercises.lab import TOPICS, load
from dgm_course.exercises.numbers import Computed, answers
from dgm_course.models.density import Gaussian, KernelDensity

from .notebook import failed_lines

LABS = [load(module) for module in TOPICS]
EXERCISES = [(lab, exercise) for lab in LABS for exercise in lab.exercises]
SEEDS = (0, 1, 2)
every = pytest.mark.parametrize(("lab", "exercise"), EXERCISES, ids=lambda it: it.name)
right = pytest.mark.parametrize(
    ("lab", "exercise", "answer"),
    [(lab, e, answer) for lab, e in EXERCISES for answer in answers(e).variants],
    ids=lambda it: getattr(it, "__name__", it.name if hasattr(it, "name") else None),
)
wrong = pytest.mark.parametrize(
    ("lab", "exercise", "answer", "says"),
    [
        (lab, e, answers(e).wrong[name], says)
        for lab, e in EXERCISES
        for name, says in e.misconceptions.items()
    ],
    ids=lambda it: getattr(it, "__name__", it.name if hasattr(it, "name") else ""),
)


class Changed(torch.nn.Module):
    """A network with every number that it returns changed."""

    def __init__(self, inner, change):
        super().__init__()
        self.inner, self.change = inner, change

    def forward(self, x):
        return self.change(self.inner(x))


def mapped(answer, change):
    """The answer with every number changed that it, or a network that it makes, returns."""

    def of(part, gradient):
        if isinstance(part, torch.nn.Module):
            return Changed(part, change)
        part = torch.as_tensor(part)
        return change(part if gradient else part.detach())

    def changed(*args):
        result = answer(*args)
        gradient = any(getattr(a, "requires_grad", False) for a in args)  # it is asked for as well
        if isinstance(result, tuple):
            return tuple(of(part, gradient) for part in result)
        return of(result, gradient)

    return changed


def unlike(result):
    """Numbers like those of no known answer."""
    return 1.1 * result + 0.3


def fed(answer, give):
    """The answer called with other versions of its tensors."""

    def given(*args):
        return answer(*[give(a) if isinstance(a, torch.Tensor) else a for a in args])

    return given


def called(answer, name):
    """The answer under another name."""

    @functools.wraps(answer)
    def renamed(*args):
        return answer(*args)

    renamed.__name__ = name
    return renamed


def assert_right(lab, exercise, answer, seeds=SEEDS):
    for seed in seeds:
        report = lab.report(answer, seed=seed, name=exercise.name)
        assert report.state == State.RIGHT, (seed, failed_lines(report))
        assert report.points == exercise.points
        assert [line.text for line in report.lines] == [p.says for p in exercise.properties]


@right
def test_right_answers_earn_everything_at_every_seed(lab, exercise, answer):
    assert_right(lab, exercise, answer)


@right
@pytest.mark.parametrize(
    "change",
    [
        torch.Tensor.double,
        lambda r: r if r.requires_grad else r.numpy(),
        lambda r: r.item() if r.ndim == 0 else r if r.requires_grad else r.numpy().astype("f8"),
        lambda r: r.double().requires_grad_(),
    ],
    ids=["float64", "numpy", "number", "grad"],
)
def test_a_right_answer_may_come_back_in_any_form(lab, exercise, answer, change):
    assert_right(lab, exercise, mapped(answer, change), SEEDS[1:2])


@right
@pytest.mark.parametrize("give", [torch.Tensor.double, torch.Tensor.clone], ids=["f64", "clone"])
def test_a_right_answer_may_work_on_copies_in_double_precision(lab, exercise, answer, give):
    assert_right(lab, exercise, fed(answer, give), SEEDS[1:2])


@right
def test_a_right_answer_is_right_where_the_default_is_float64(lab, exercise, answer):
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        assert_right(lab, exercise, answer, SEEDS[:2])
    finally:
        torch.set_default_dtype(before)


@wrong
def test_a_misconception_draws_its_very_sentence(lab, exercise, answer, says):
    for seed in SEEDS:
        report = lab.report(answer, seed=seed, name=exercise.name)
        assert report.state == State.MISCONCEPTION, (seed, failed_lines(report))
        assert report.points < exercise.points
        first = failed_lines(report)[0]
        assert first in {f"{p.says}: {says}" for p in exercise.properties}


@every
def test_an_exercise_has_two_variants_and_three_misconceptions_with_sentences_of_their_own(
    lab, exercise
):
    known = answers(exercise)
    assert len(set(known.variants)) >= 2
    assert len(exercise.misconceptions) >= 3
    assert len(set(exercise.misconceptions.values())) == len(exercise.misconceptions)
    assert not set(known.wrong.values()) & {known.reference, *known.variants}


@pytest.mark.parametrize(
    ("lab", "exercise", "function"),
    [(lab, e, f) for lab, e in EXERCISES for f in e.withheld if "." not in f.__qualname__],
    ids=lambda it: getattr(it, "__name__", getattr(it, "name", None)),
)
def test_the_packages_own_version_is_no_answer(lab, exercise, function):
    for answer in (function, lambda *args: function(*args)):
        report = lab.report(answer, name=exercise.name)
        assert (report.state, report.points) == (State.EXCEPTION, 0)
        assert "what you are to write" in failed_lines(report)[0]


def test_the_packages_functions_that_are_the_reference_are_withheld():
    for _, exercise in EXERCISES:
        reference = answers(exercise).reference
        is_ours = ".answers." not in reference.__module__
        assert not is_ours or reference in exercise.withheld


def test_a_class_of_the_package_is_withheld_by_its_methods():
    fit = LABS[0].report(
        lambda x: (Gaussian(x).mean, Gaussian(x).covariance.diagonal().sqrt()), name="gaussian_mle"
    )
    smooth = LABS[0].report(lambda x, d, h: KernelDensity(d, h).log_prob(x), name="kde_log_prob")
    for report in (fit, smooth):
        assert (report.state, report.points) == (State.EXCEPTION, 0)
        assert "what you are to write" in failed_lines(report)[0]
    assert Gaussian(torch.randn(5, 2)).log_prob(torch.zeros(1, 2)).isfinite().all()


@every
def test_a_stub_is_not_attempted(lab, exercise):
    def stub(*args):
        raise NotImplementedError

    report = lab.report(stub, name=exercise.name)
    assert (report.state, report.points) == (State.NOT_ATTEMPTED, 0)


@pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.name)
def test_a_lab_has_five_to_seven_exercises_in_sixty_to_ninety_minutes(lab):
    assert 5 <= len(lab.exercises) <= 7
    assert len({e.name for e in lab.exercises}) == len(lab.exercises)
    assert 60 <= sum(e.minutes for e in lab.exercises) <= 90


@every
def test_the_card_has_all_that_it_shows(lab, exercise):
    assert exercise.name.isidentifier() and exercise.title.strip()
    assert exercise.difficulty in (1, 2, 3)
    assert exercise.points == sum(p.points for p in exercise.properties) > 0
    assert exercise.properties[0].points == max(p.points for p in exercise.properties)
    outputs = Computed(exercise, draw(exercise, 0)).want
    for prop in exercise.properties:
        assert prop.output in outputs and prop.says and prop.points > 0
        assert prop.off or not prop.holds, "a property of its own says what is off"


@every
def test_inputs_follow_the_seed_in_values_and_in_shape(lab, exercise):
    twice = [draw(exercise, 7) for _ in range(2)]
    for name, value in twice[0].items():
        assert np.array_equal(value, twice[1][name])
    assert any(not np.array_equal(v, draw(exercise, 8)[k]) for k, v in twice[0].items())
    shapes = {tuple(v.shape for v in draw(exercise, seed).values()) for seed in range(20)}
    assert len(shapes) > 1


@every
def test_inputs_are_the_same_whatever_the_notebook_did_before(lab, exercise):
    torch.manual_seed(3)
    first = draw(exercise, 0)
    torch.randn(5)
    torch.set_default_device("meta")
    try:
        second = draw(exercise, 0)
    finally:
        torch.set_default_device(None)
    assert all(np.array_equal(first[name], second[name]) for name in first)


@every
def test_the_right_answers_numbers_are_numbers_where_they_are_compared(lab, exercise):
    for seed in SEEDS:
        want = Computed(exercise, draw(exercise, seed)).want
        for prop in exercise.properties:
            assert prop.holds or not np.isnan(want[prop.output]).any()


def cpu_times(*runs):
    """What each of these takes in seconds; the first may be slowest, it was to warm up."""
    spent = []
    for run in runs:
        start = time.process_time()
        run()
        spent.append(time.process_time() - start)
    return spent


@every
def test_a_verdict_takes_less_than_50_ms(lab, exercise):
    known = answers(exercise)
    tried = (known.variants[0], mapped(known.variants[0], unlike), *known.wrong.values())
    runs = [lambda answer=answer: lab.report(answer, name=exercise.name) for answer in tried]
    assert statistics.median(cpu_times(*runs)) < 0.05


@every
def test_a_picture_takes_less_than_300_ms_and_tells_answers_apart(lab, exercise, shown):
    one = answers(exercise).variants[0]
    tried = (one, mapped(one, unlike), lambda *_: None)
    runs = [lambda a=answer: lab.check(called(a, exercise.name)) for answer in tried]
    twice = zip(cpu_times(*runs), cpu_times(*runs), strict=True)
    assert statistics.median(map(min, twice)) < (0.3 if exercise.picture else 0.05)
    pictures = {data["image/png"] for data in shown if "image/png" in data}
    assert len(pictures) == (3 if exercise.picture else 0)
