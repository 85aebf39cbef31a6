"""Stroke-5 rows against drawings written out by hand, and the drawings against what they claim."""

import time

import numpy as np
import pytest
import torch

from dgm_course.data.strokes import (
    MOST_POINTS,
    NAMES,
    OFFSET_STD,
    SPLITS,
    from_lines,
    offset_std,
    sketches,
    stack,
    to_lines,
)

TRIANGLE_AND_DOT = [[(1, 2), (4, 2), (4, 6), (1, 2)], [(2, 3)], [(0, 0), (5, -1)]]
ROWS = [
    [0, 0, 1, 0, 0],
    [1, 2, 1, 0, 0],
    [3, 0, 1, 0, 0],
    [0, 4, 1, 0, 0],
    [-3, -4, 0, 1, 0],
    [1, 1, 0, 1, 0],
    [-2, -3, 1, 0, 0],
    [5, -1, 0, 1, 0],
    [0, 0, 0, 0, 1],
]


def test_rows_are_those_written_out_by_hand():
    x = from_lines(TRIANGLE_AND_DOT)
    assert x.dtype == torch.float32 and x.tolist() == ROWS


def test_lines_come_back_exactly():
    lines = to_lines(torch.tensor(ROWS).float())
    assert [[tuple(p) for p in line.tolist()] for line in lines] == TRIANGLE_AND_DOT


def test_padding_and_scale_are_undone():
    x = from_lines(TRIANGLE_AND_DOT, length=13, scale=4.0)
    assert x[9:].tolist() == [[0, 0, 0, 0, 1]] * 4
    torch.testing.assert_close(x[:9, :2], torch.tensor(ROWS)[:, :2] / 4.0)
    back = to_lines(x, scale=4.0)
    assert [[tuple(p) for p in line.tolist()] for line in back] == TRIANGLE_AND_DOT


def test_random_drawings_make_the_round_trip():
    rng = np.random.default_rng(0)
    for _ in range(50):
        lines = [rng.normal(size=(rng.integers(1, 9), 2)) for _ in range(rng.integers(1, 6))]
        back = to_lines(from_lines(lines))
        assert [len(line) for line in back] == [len(line) for line in lines]
        np.testing.assert_allclose(np.concatenate(back), np.concatenate(lines), atol=1e-5)


def test_a_drawing_without_lines_is_start_and_end():
    x = from_lines([])
    assert x.tolist() == [[0, 0, 1, 0, 0], [0, 0, 0, 0, 1]] and to_lines(x) == []


def test_rows_after_the_end_are_not_drawn_and_the_likeliest_pen_counts():
    x = torch.tensor(ROWS).float()
    x[3, 2:] = torch.tensor([0.2, 0.3, 0.5])
    (line,) = to_lines(x)
    assert line.tolist() == [[1, 2], [4, 2]], "the end came while the pen was down"
    x[3, 2:] = torch.tensor([0.2, 0.5, 0.3])
    assert [len(line) for line in to_lines(x)] == [3, 1, 1, 2]


def test_drawings_of_different_lengths_are_stacked():
    drawn = [from_lines(TRIANGLE_AND_DOT), from_lines([[(1, 1)]])]
    x = stack(drawn)
    assert x.shape == (2, 9, 5) and stack(drawn, 11).shape == (2, 11, 5)
    assert torch.equal(x[0], drawn[0]) and torch.equal(x[1, :3], drawn[1])
    assert x[1, 3:].tolist() == [[0, 0, 0, 0, 1]] * 6


def test_the_standard_deviation_of_offsets_counts_points_alone():
    rows = np.array(ROWS)[1:8, :2]
    x = stack([from_lines(TRIANGLE_AND_DOT)], 30)
    assert offset_std(x) == pytest.approx(rows.std())


def test_bad_input_is_refused_with_what_came_and_what_is_expected():
    with pytest.raises(ValueError, match=r"lines: expected each \(n, 2\) .*, got \(2, 3\)"):
        from_lines([[(1, 2, 3), (4, 5, 6)]])
    with pytest.raises(ValueError, match=r"lines: expected each \(n, 2\) .*, got \(0, 2\)"):
        from_lines([np.zeros((0, 2))])
    with pytest.raises(ValueError, match=r"length: expected at least 9 rows .*, got 8"):
        from_lines(TRIANGLE_AND_DOT, length=8)
    with pytest.raises(ValueError, match=r"length: expected at least 9 rows, got 7"):
        stack([from_lines(TRIANGLE_AND_DOT)], 7)
    with pytest.raises(ValueError, match=r"x: expected one drawing \(L \+ 1, 5\), got \(2, 9, 5\)"):
        to_lines(torch.zeros(2, 9, 5))
    with pytest.raises(ValueError, match=r"x: expected the start token .*, got \[\[1.0, 2.0"):
        to_lines(torch.tensor(ROWS).float()[1:])
    with pytest.raises(ValueError, match=r"split: expected one of 'train', .*, got 'valid'"):
        sketches("valid")
    with pytest.raises(ValueError, match=r"n: expected n >= 0, got -2"):
        sketches(n=-2)


@pytest.mark.parametrize("split", SPLITS)
def test_sketches_are_stroke_5(split):
    x, label = sketches(split, n=700)
    assert (x.shape, x.dtype) == ((700, MOST_POINTS + 2, 5), torch.float32)
    assert label.dtype == torch.int64 and set(label.tolist()) == set(range(len(NAMES)))
    start, end = torch.tensor([0.0, 0, 1, 0, 0]), torch.tensor([0.0, 0, 0, 0, 1])
    assert (x[:, 0] == start).all() and (x[:, -1] == end).all()
    assert (x[..., 2:].sum(-1) == 1).all() and ((x[..., 2:] == 0) | (x[..., 2:] == 1)).all()
    ended = x[..., 4] == 1
    assert (ended.int().diff(dim=1) >= 0).all(), "no point comes after the end"
    assert (x[ended] == end).all()
    last = (~ended).sum(1) - 1
    assert (x[torch.arange(700), last, 3] == 1).all(), "the pen is lifted before the end"


def test_lines_of_a_sketch_give_its_rows_again():
    x, _ = sketches(n=60)
    for drawing in x:
        again = from_lines(to_lines(drawing, scale=OFFSET_STD), MOST_POINTS + 2, OFFSET_STD)
        torch.testing.assert_close(again, drawing, atol=1e-5, rtol=0)


def test_offsets_have_unit_standard_deviation():
    for split in SPLITS:
        x, _ = sketches(split, n=30000, seed=9)
        assert offset_std(x) == pytest.approx(1, abs=0.005)


def test_seeds_and_splits_share_no_drawing():
    assert all(torch.equal(*pair) for pair in zip(sketches(n=90), sketches(n=90), strict=True))
    many = [sketches(split, n=90, seed=seed).x for split in SPLITS for seed in range(4)]
    rows = torch.cat(many).reshape(len(many) * 90, -1)
    assert len(rows.unique(dim=0)) == len(rows)


@pytest.mark.parametrize("n", [0, 1, 3])
def test_few_sketches_may_lack_a_category(n):
    assert sketches(n=n).x.shape == (n, 42, 5)


def test_two_thousand_sketches_take_less_than_a_second():
    start = time.process_time()
    sketches(n=2000, seed=1)
    assert time.process_time() - start < 1
