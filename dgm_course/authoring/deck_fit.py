"""What shares a slide: the cheapest way to lay a run of blocks out on slides.

Every slide costs something, and so do small letters, a figure that shrinks and a slide that is
full: what is short joins its neighbours, and what is long is divided evenly, not shrunk.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, product

from dgm_course.authoring.deck_blocks import ANSWER, QUESTION
from dgm_course.authoring.deck_figures import Block, Figure
from dgm_course.authoring.deck_heights import WIDTH, columns, height, lines

TEXT, CODE = (34, 32, 30, 28, 26), (26, 24, 22, 20)  # sizes of fonts
SMALL = (22, 20, 18)  # of a list of references
READ, LONG = (28, 24), 190  # prose higher than this at these sizes stands apart from code
FIGURE = 1216  # a figure reaches into the margins
SHARED = (704, 432)  # width or height that a figure keeps where it shares a slide
LABEL = 1.16  # times its own width: then letters of 10 points are 16 pixels
BESIDE, GAP = 2.0, 40  # a figure less wide than this may have its words beside it
WORDS = {"text", "list", "box"}
TOGETHER = {("text", "maths"), ("maths", "maths"), (QUESTION, ANSWER), ("code", "output")}
TOO_SMALL = 10.0  # times what is missing: the cost of what does not fit


@dataclass(frozen=True)
class Fit:
    """Sizes of text and code; `figure` is its width where the words stand beside it, else 0."""

    cost: float = 0.0
    text: int = TEXT[0]
    code: int = CODE[0]
    figure: int = 0


def divide(blocks: Sequence[Block], first: int, free: int) -> list[list[Block]]:
    """The blocks slide by slide: of all ways to cut between them the cheapest.

    `first` is the room on the first slide, `free` that on those after it.
    """
    units = _units(blocks)
    best: list[tuple[float, list[list[Block]]]] = [(0.0, [])]
    for end in range(1, len(units) + 1):
        ways = []
        for start in range(end):
            group = [*chain(*units[start:end])]
            cost, before = best[start]
            ways.append((cost + fit(group, free if start else first).cost, [*before, group]))
        best.append(min(ways, key=lambda way: way[0]))
    return best[-1][1]


def _units(blocks: Sequence[Block]) -> list[list[Block]]:
    """What is not torn apart: a formula and its sentence, an answer, what code printed."""
    units: list[list[Block]] = []
    for block in blocks:
        if units and _belongs(units[-1], block):
            units[-1].append(block)
        else:
            units.append([block])
    return units


def _belongs(unit: list[Block], block: Block) -> bool:
    """Whether a block goes on with what the unit before it began."""
    before, kind = unit[-1], block.kind
    if kind == "figure":  # with what its folded code printed
        return unit[0].kind == "output"
    if before.kind == "maths" and kind == "text":  # in the middle of a sentence
        return block.text[0].islower()
    announces = before.kind == "text" and before.text.endswith((":", ","))
    return (before.kind, kind) in TOGETHER or (announces and kind not in ("code", "output"))


def fit(blocks: Sequence[Block], free: int, texts: Sequence[int] = TEXT) -> Fit:
    """The cheapest way to show all the blocks on one slide."""
    figures = [block for block in blocks if block.kind == "figure"]
    ways = [_stacked(blocks, free, sizes) for sizes in product(texts, CODE)]
    if figures and len(blocks) > 1:
        is_still, is_last = figures[0].summary, figures[0] in (blocks[0], blocks[-1])
        if len(figures) > 1 or is_still or not is_last:
            return Fit(math.inf)
        ways += _beside(blocks, free)
    return min(ways, key=lambda way: way.cost)


def _stacked(blocks: Sequence[Block], free: int, sizes: tuple[int, int]) -> Fit:
    """The blocks below each other; a figure takes what is left."""
    used, usual = (sum(height(block, *pair) for block in blocks) for pair in (sizes, READ))
    cost = 1 + 0.3 * min(usual / free, 1) ** 2 + _small(*sizes)
    cost += TOO_SMALL * max(0, used / free - 1) + _wrapped(blocks, sizes[1])
    prose = sum(height(block, *READ) for block in blocks if block.kind in WORDS)
    cost += prose > LONG and any(block.kind == "code" for block in blocks)
    figure = next((block for block in blocks if block.kind == "figure"), None)
    if figure and used:
        cost += _shrunk(figure, min(FIGURE, (free - used) * figure.ratio), free)
    return Fit(cost, *sizes)


def _wrapped(blocks: Sequence[Block], code: int) -> float:
    """The cost of lines of code or of output that are too long for their size."""
    texts = [block for block in blocks if block.kind in ("code", "output")]
    over = (len(line) - columns(block, code) for block in texts for line in lines(block))
    return 0.05 * sum(max(0, characters) for characters in over)


def _small(text: int, code: int) -> float:
    """The cost of letters smaller than the largest ones."""
    return 0.03 * (TEXT[0] - text) / 2 + 0.05 * (CODE[0] - code) / 2


def _shrunk(figure: Figure, width: float, free: int) -> float:
    """The cost of a figure that is narrower than it would be alone."""
    alone = min(FIGURE, free * figure.ratio)
    readable = width >= LABEL * figure.width and (
        width >= SHARED[0] or width / figure.ratio >= SHARED[1]
    )
    return 0.8 * (1 - width / alone) if readable else TOO_SMALL


def _beside(blocks: Sequence[Block], free: int) -> Iterator[Fit]:
    """The words left of the figure, or right of it where they follow."""
    figure = next(block for block in blocks if block.kind == "figure")
    words = [block for block in blocks if block is not figure]
    if figure.ratio > BESIDE or not {block.kind for block in words} <= WORDS:
        return
    for text, width in product(TEXT[2:], range(704, 760, 28)):
        width = min(width, int(free * figure.ratio))
        used = sum(height(block, text, CODE[0], WIDTH - width - GAP) for block in words)
        if used <= free:
            cost = 1 + _small(text, CODE[0]) + _shrunk(figure, width, free)
            yield Fit(cost, text, CODE[0], width)
