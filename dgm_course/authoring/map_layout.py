"""Where the boxes of a layered graph go, and through which gaps its lines pass.

Rows are given.  A line that spans several rows gets a lane in each row between, and all lines from
one box share their lanes: they leave as one trunk and branch off where they arrive.  Rows are then
sorted until few lines cross (barycentres and exchanges of neighbours, Sugiyama et al. 1981), and
each row is set as near to its neighbours above and below as its order and widths allow (isotonic
regression).  A line within a row goes sideways; it is best where nothing stands between its ends.
Nothing depends on chance that is not seeded.
"""

import itertools
import random
from dataclasses import dataclass, field

TRIES, SWEEPS, SETTLING = 20, 12, 60
OVER_A_BOX, BACKWARD = 4, 3  # what a line within a row costs, in crossings; to pass a lane is one


@dataclass(eq=False)
class Item:
    """A box, or (`box` false) the lane of a passing trunk: `name` is that of the box it is from.

    Lines lead from `up` and to `down`, in the rows above and below, and to `aside`, in its own row.
    """

    name: str
    row: int
    width: float
    box: bool = True
    x: float = 0.0
    up: list["Item"] = field(default_factory=list)
    down: list["Item"] = field(default_factory=list)
    aside: list["Item"] = field(default_factory=list)


def place(
    rows: list[list[str]], edges: list[tuple[str, str]], width: float, box: float, lane: float
) -> list[list[Item]]:
    """Every item with its centre x, row by row from left to right; raises ValueError if no room."""
    items = _items(rows, edges, box, lane)
    best = min((_sorted(items, seed) for seed in range(TRIES)), key=cost)
    for row in best:
        if sum(item.width for item in row) > width:
            raise ValueError(f"no room for {[item.name for item in row]}")
    _settle(best, width)
    return best


def _items(rows, edges, box, lane) -> list[list[Item]]:
    grid = [[Item(name, r, box) for name in names] for r, names in enumerate(rows)]
    boxes = {item.name: item for row in grid for item in row}
    for item in boxes.values():
        ends = sorted((boxes[b] for a, b in edges if a == item.name), key=lambda end: end.row)
        item.aside = [end for end in ends if end.row == item.row]
        trunk = item
        for row in range(item.row + 1, ends[-1].row if ends else 0):
            _join(trunk, [end for end in ends if end.row == row])
            passing = Item(item.name, row, lane, box=False)
            grid[row].append(passing)
            _join(trunk, [passing])
            trunk = passing
        _join(trunk, [end for end in ends if end.row == trunk.row + 1])
    return grid


def _join(above: Item, below: list[Item]) -> None:
    for item in below:
        above.down.append(item)
        item.up.append(above)


def _sorted(items: list[list[Item]], seed: int) -> list[list[Item]]:
    """The rows in an order with few crossings, found from a random beginning."""
    chance = random.Random(seed)
    rows = [chance.sample(row, len(row)) for row in items]
    best, fewest = rows, cost(rows)
    for sweep in range(SWEEPS):
        downward = sweep % 2 == 0
        for r in range(len(rows)) if downward else reversed(range(len(rows))):
            rows[r] = _by_neighbours(rows, r, downward)
        _exchange(rows)
        if (count := cost(rows)) < fewest:
            best, fewest = [list(row) for row in rows], count
    return best


def _by_neighbours(rows: list[list[Item]], r: int, downward: bool) -> list[Item]:
    beside = r - 1 if downward else r + 1
    at = {id(item): i for i, item in enumerate(rows[beside])} if 0 <= beside < len(rows) else {}

    def middle(pair: tuple[int, Item]) -> float:
        others = pair[1].up if downward else pair[1].down
        return sum(at[id(o)] for o in others) / len(others) if others else pair[0]

    return [item for _, item in sorted(enumerate(rows[r]), key=middle)]


def _exchange(rows: list[list[Item]]) -> None:
    """Swap neighbours in a row as long as that removes crossings."""
    for r, row in enumerate(rows):
        near = [*rows[max(0, r - 1)], *rows[min(r + 1, len(rows) - 1)]]
        at = {id(item): i for i, item in enumerate(near)}
        sideways = any(item.aside for item in row)
        for i in range(len(row) - 1):
            a, b = row[i : i + 2]
            pairs = [
                (at[id(x)], at[id(y)])
                for ends, others in ((a.up, b.up), (a.down, b.down))
                for x, y in itertools.product(ends, others)
            ]
            gain = sum(x > y for x, y in pairs) - sum(x < y for x, y in pairs)
            swapped = [*row[:i], b, a, *row[i + 2 :]]
            if gain + (_aside(row) - _aside(swapped) if sideways else 0) > 0:
                row[:] = swapped


def cost(rows: list[list[Item]]) -> int:
    """How hard the lines are to follow: those that cross, and what those within a row pass."""
    return crossings(rows) + sum(_aside(row) for row in rows)


def _aside(row: list[Item]) -> int:
    at = {id(item): i for i, item in enumerate(row)}
    total = 0
    for item in row:
        for end in item.aside:
            first, last = sorted((at[id(item)], at[id(end)]))
            total += BACKWARD * (at[id(end)] < at[id(item)])
            total += sum(OVER_A_BOX if other.box else 1 for other in row[first + 1 : last])
    return total


def crossings(rows: list[list[Item]]) -> int:
    """How many pairs of lines cross between neighbouring rows."""
    total = 0
    for above, below in itertools.pairwise(rows):
        at = {id(item): i for i, item in enumerate(below)}
        ends = [sorted(at[id(o)] for o in item.down if id(o) in at) for item in above]
        lines = [(i, end) for i, found in enumerate(ends) for end in found]
        total += sum(a < b and c > d for (a, c), (b, d) in itertools.combinations(lines, 2))
    return total


def _settle(rows: list[list[Item]], width: float) -> None:
    """Set each x near the mean of what it is joined to, in order and without overlap."""
    for row in rows:
        _fit(row, [width / 2] * len(row), width)
    for sweep in range(SETTLING):
        for row in rows if sweep % 2 == 0 else reversed(rows):
            _fit(row, [_wanted(item) for item in row], width)


def _wanted(item: Item) -> float:
    """The mean x of what it is joined to; lanes pull lanes harder, so that trunks are straight."""
    pulls = [o.x for o in (*item.up, *item.down) for _ in range(1 if item.box or o.box else 8)]
    return _mean(pulls) if pulls else item.x


def _fit(row: list[Item], wanted: list[float], width: float) -> None:
    """Least squares under the order of the row: pool what would overlap (isotonic regression)."""
    left = [0.0, *itertools.accumulate(item.width for item in row)]
    shift = [start + item.width / 2 for start, item in zip(left, row, strict=False)]
    pools: list[list[float]] = []
    for value in (want - s for want, s in zip(wanted, shift, strict=True)):
        pools.append([value])
        while len(pools) > 1 and _mean(pools[-2]) > _mean(pools[-1]):
            pools[-2:] = [pools[-2] + pools[-1]]
    free = width - left[-1]
    values = [min(max(_mean(pool), 0.0), free) for pool in pools for _ in pool]
    for item, value, s in zip(row, values, shift, strict=True):
        item.x = value + s


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)
