"""Each drawing has the parts of its kind where they belong, in varied ways and by a shaky hand."""

import pytest
import torch

from dgm_course.data import drawings
from dgm_course.data.drawings import DRAWINGS, by_hand

HAND = ("TURN", "STRETCH", "MISPLACED", "SHAKE")
every_name = pytest.mark.parametrize("name", DRAWINGS)


@pytest.fixture
def steady(monkeypatch):
    """A hand that does nothing by chance."""
    for name in HAND:
        monkeypatch.setattr(drawings, name, 0.0)


def by(name, n=200, seed=0):
    """Drawings as lists of lines (K, 2)."""
    points, drawn, lift = by_hand(name, n, torch.Generator().manual_seed(seed))
    found = []
    for p, has, ends in zip(points, drawn, lift, strict=True):
        cuts = (ends[has].nonzero()[:, 0] + 1).tolist()
        found.append(p[has].tensor_split(cuts[:-1]))
    return found


def turns(line, around):
    """How often a line winds around a point, clockwise on the page."""
    x, y = (line - around).double().unbind(-1)
    step = torch.remainder(torch.atan2(y, x).diff() + torch.pi, 2 * torch.pi) - torch.pi
    return float(step.sum() / (2 * torch.pi))


@every_name
def test_a_drawing_is_centred_about_two_high_and_of_few_points(name):
    for lines in by(name):
        points = torch.cat(lines)
        low, high = points.amin(0), points.amax(0)
        torch.testing.assert_close(low, -high)
        assert 1.2 < (high - low).max() < 3
        assert len(points) <= 40 and all(len(line) >= 2 for line in lines)


@every_name
def test_no_two_drawings_are_alike(name):
    points, *_ = by_hand(name, 300, torch.Generator().manual_seed(1))
    apart = torch.cdist(points.flatten(1), points.flatten(1)).fill_diagonal_(torch.inf)
    assert apart.min() > 0.02


HAND_BEFORE = {name: getattr(drawings, name) for name in HAND}


def unsteady(monkeypatch, name, figure):
    """The same drawings by a steady hand and by one with one weakness: (N, P, 2) twice."""
    steady, *_ = by_hand(figure, 3000, torch.Generator().manual_seed(2))
    monkeypatch.setattr(drawings, name, HAND_BEFORE[name])
    shaky, _, lift = by_hand(figure, 3000, torch.Generator().manual_seed(2))
    return steady, shaky, lift[0]


def test_a_shaky_hand_moves_every_point_by_itself(monkeypatch, steady):
    plain, shaky, _ = unsteady(monkeypatch, "SHAKE", "spiral")
    step = (shaky - plain).diff(dim=1)
    assert float(step.std()) == pytest.approx(0.015 * 2**0.5, rel=0.03)


def test_a_misplaced_stroke_moves_as_a_whole(monkeypatch, steady):
    plain, shaky, lift = unsteady(monkeypatch, "MISPLACED", "face")
    step = (shaky - plain).diff(dim=1)
    between = lift[:-1]
    assert step[:, ~between].abs().max() < 1e-5
    assert float(step[:, between].std()) == pytest.approx(0.015 * 2**0.5, rel=0.03)


def test_a_turned_drawing_keeps_its_lengths(monkeypatch, steady):
    plain, turned, _ = unsteady(monkeypatch, "TURN", "spiral")
    lengths = [p.diff(dim=1).norm(dim=-1) for p in (plain, turned)]
    torch.testing.assert_close(*lengths)
    (ax, ay), (bx, by_) = (p.diff(dim=1).unbind(-1) for p in (plain, turned))
    angle = torch.atan2((ax * by_ - ay * bx).sum(-1), (ax * bx + ay * by_).sum(-1))
    assert float(angle.std()) == pytest.approx(0.06, rel=0.05)


def test_width_and_height_are_stretched_apart(monkeypatch, steady):
    plain, wide, _ = unsteady(monkeypatch, "STRETCH", "spiral")
    ratio = (wide[:, -1] - wide[:, 0]) / (plain[:, -1] - plain[:, 0])
    assert ratio.min() > 0.83 and ratio.max() < 1.17
    assert abs(float(torch.corrcoef(ratio.T)[0, 1])) < 4 / 3000**0.5


def test_a_house_has_a_door_in_its_wall_and_the_chimney_on_its_roof(steady):
    chimneys = windows = 0
    for walls, roof, door, *rest in by("house"):
        (left, top), (right, base) = walls.amin(0), walls.amax(0)
        assert torch.equal(walls[0], walls[-1]) and len(door) == 4
        assert left < door[0, 0] and door[-1, 0] < right and top < door[1, 1]
        assert door[0, 1] == pytest.approx(float(base), abs=1e-6)
        assert roof[0, 0] < left and roof[2, 0] > right
        assert roof[1, 1] < roof[0, 1] == pytest.approx(float(top), abs=1e-6)
        for part in rest:
            if len(part) == 5:
                windows += 1
                assert left < part[:, 0].min() and part[:, 0].max() < right
                assert top < part[:, 1].min() and door[:, 0].max() < part[:, 0].min()
                continue
            chimneys += 1
            slope = (roof[2, 1] - roof[1, 1]) / (roof[2, 0] - roof[1, 0])
            for foot in (part[0], part[-1]):
                expected = roof[1, 1] + slope * (foot[0] - roof[1, 0])
                assert float(foot[1]) == pytest.approx(float(expected), abs=1e-5)
                assert part[1, 1] < foot[1]
    assert 110 < windows < 170 and 70 < chimneys < 130


def test_a_face_has_eyes_over_its_mouth_and_smiles_or_not(steady):
    smiles, noses = [], 0
    for head, left, right, mouth, *nose in by("face"):
        for part in (left, right, mouth, *nose):
            assert all(turns(head, point) == pytest.approx(1, abs=0.01) for point in part)
        assert left[:, 0].max() < 0 < right[:, 0].min()
        assert left[:, 1].max() < mouth[:, 1].min()
        smiles.append(bool(mouth[2:4, 1].mean() > mouth[[0, -1], 1].mean()))
        noses += len(nose)
    assert 80 < sum(smiles) < 160 and 70 < noses < 130


def test_a_fish_looks_either_way_with_its_eye_in_front(steady):
    ways = []
    for body, eye, *rest in by("fish"):
        tail = body[15:17]
        ways.append(bool(tail[0, 0] > 0))
        assert (tail[:, 0].mean() > 0) != (eye[:, 0].mean() > 0)
        assert tail[0, 1] < body[14, 1] < tail[1, 1]
        torch.testing.assert_close(body[-1], body[0], atol=1e-5, rtol=0)
        for point in torch.cat([eye, *rest]):
            assert abs(turns(body[:15], point)) == pytest.approx(1, abs=0.01)
    assert 70 < sum(ways) < 130


def test_a_flower_has_four_or_five_petals_on_a_stem(steady):
    counts = []
    for middle, petals, stem, *_ in by("flower"):
        centre = (middle[:-1]).mean(0)
        radius = (petals[:-1] - centre).norm(dim=-1)
        outward = (radius >= radius.roll(1)) & (radius > radius.roll(-1))
        counts.append(int((outward & (radius > radius.mean())).sum()))
        assert turns(petals, centre) == pytest.approx(1, abs=0.01)
        assert (middle - centre).norm(dim=-1).max() < radius.min() + 0.1
        under = (petals[:, 0] - centre[0]).abs() < 0.05
        assert float((petals[under, 1] - stem[0, 1]).abs().min()) < 0.1, "the stem meets it"
        assert stem[-1, 1] > petals[:, 1].max()
    assert set(counts) == {4, 5}


def test_a_star_has_five_points_and_one_at_the_top(steady):
    lengths = []
    for (line,) in by("star"):
        corners = line[:-1] if len(line) == 6 else line[:-1:2]
        centre = corners.mean(0)
        torch.testing.assert_close(line[0], line[-1], atol=1e-5, rtol=0)
        torch.testing.assert_close((corners - centre).norm(dim=-1), torch.ones(5))
        assert corners[:, 1].argmin() == 0
        assert turns(line, centre) == pytest.approx(2 if len(line) == 6 else 1, abs=1e-4)
        if len(line) == 11:
            inner = (line[1::2] - centre).norm(dim=-1)
            assert inner.min() > 0.35 and inner.max() < 0.51
        lengths.append(len(line))
    assert 50 < lengths.count(6) < 110 and lengths.count(6) + lengths.count(11) == 200


def test_a_boat_floats_under_its_sail(steady):
    for hull, mast, sail, *jib, waves in by("boat"):
        deck, low = hull[0, 1], hull[1, 1]
        assert hull[0, 0] < hull[1, 0] < hull[2, 0] < hull[3, 0] and deck < low
        assert waves[:, 1].min() > low
        assert float(mast[0, 1]) == pytest.approx(float(deck), abs=1e-5) and mast[1, 1] < deck
        assert (sail[1, 0] > mast[0, 0]) and sail[:, 1].max() < deck
        assert all(part[1, 0] < mast[0, 0] for part in jib)


def test_a_tree_stands_under_its_crown(steady):
    kinds = []
    for crown, trunk in by("tree"):
        kinds.append(len(crown))
        assert abs(float(trunk[0, 1] - crown[:, 1].max())) < 0.12, "the trunk meets the crown"
        assert crown[:, 0].min() < trunk[:, 0].min() and trunk[:, 0].max() < crown[:, 0].max()
        assert trunk[1, 1] > crown[:, 1].max()
    assert set(kinds) == {12, 29} and 70 < kinds.count(29) < 130


def test_a_spiral_turns_outwards_in_even_steps(steady):
    ways = []
    for (line,) in by("spiral"):
        centre = line[0]
        radius = (line - centre).norm(dim=-1)
        assert radius.diff().min() > 0
        torch.testing.assert_close(radius, torch.linspace(0, 1, 37).sqrt(), atol=1e-5, rtol=0)
        wound = turns(line[1:], centre)
        assert 1.6 < abs(wound) < 3.2
        ways.append(wound > 0)
        step = line.diff(dim=0).norm(dim=-1)[8:]
        assert step.std() / step.mean() < 0.05
    assert 70 < sum(ways) < 130
