"""How much fits on a slide: heights of blocks, estimated, and where a slide is divided.

The estimates err on the high side; tests/browser measures every slide in a browser.  Lengths are in
CSS pixels of a slide of 1280 x 720, sizes are font sizes.
"""

import math
import re
from collections.abc import Callable, Sequence
from itertools import chain
from operator import truediv

from dgm_course.authoring.deck_blocks import ANSWER, QUESTION
from dgm_course.authoring.deck_figures import Block

WIDTH, ROOM = 1152, 540  # inside the margins; below a title of one line
FIGURE, LEAST = 556, 420  # height that a figure may share, and what it needs to be read
SIZES = ((34, 28), (34, 24), (30, 24), (30, 22), (28, 20), (26, 20), (26, 18))  # of text, of code
NARROW = 26  # characters of a column of a table that is not broken
PROSE = (30, 22)  # prose is divided before it gets smaller than this
SMALL = ((22, 18), (20, 18), (18, 18))
DENSE = {QUESTION, "table", "erratum", "box", "code", "output", "figure"}

TOGETHER = {("text", "maths"), ("maths", "maths"), (QUESTION, ANSWER), ("code", "output")}

_INLINE = re.compile(r"\$[^$]+\$")
_TALL = re.compile(r"\\(frac|sum|int|prod|lim|sqrt|begin)")


def room(title: str) -> int:
    """What the title leaves of a slide's height: a long one takes two lines."""
    return ROOM - 48 * (math.ceil(length(title) / 52) - 1)


def length(text: str) -> int:
    """About how many characters wide Markdown is once it is rendered."""
    text = re.sub(r"\]\([^)]*\)", "", text)
    text = _INLINE.sub(lambda found: "x" * _formula(found[0][1:-1]), text)
    return len(re.sub(r"<[^>]+>|[*`\[\]]", "", text))


def _formula(tex: str) -> int:
    tex = re.sub(r"\\(mathrm|mathbb|mathcal|text|operatorname|bigl|bigr|left|right)\b", "", tex)
    tex = re.sub(r"\\[a-zA-Z]+ ?|\\.", "m", tex)
    return math.ceil(1.05 * len(re.sub(r"[{}^_\s]", "", tex)))


def height(block: Block, text: int, code: int) -> float:
    """The height of a block at these font sizes, with the space below it."""
    if block.kind in ("code", "output"):
        lines = _lines(block)
        rows = sum(max(1, math.ceil(len(line) / _columns(block, code))) for line in lines)
        return rows * 1.4 * code + 50
    if block.kind == "figure":
        return 0.0
    return _HEIGHTS.get(block.kind, _paragraph)(block, text)


def _lines(block: Block) -> list[str]:
    return (block.shown if block.kind == "code" else block.text).splitlines()


def _columns(block: Block, code: int) -> float:
    """Characters in a line; output reaches into the margin."""
    return (WIDTH + (12 if block.kind == "output" else -40)) / (0.602 * code)


def _wraps(blocks: Sequence[Block], code: int) -> bool:
    """Whether a line of code or of output is too long for its size."""
    texts = [block for block in blocks if block.kind in ("code", "output")]
    return any(len(line) > _columns(block, code) for block in texts for line in _lines(block))


def _rows(text: str, size: int, width: int = WIDTH) -> int:
    return math.ceil(length(text) / (width / (0.5 * size)))


def _paragraph(block: Block, size: int) -> float:
    return (1.4 * _rows(block.text, size) + 0.7) * size


def _maths(block: Block, size: int) -> float:
    return (3.6 if _TALL.search(block.text) else 2.2) * size


def _list(block: Block, size: int) -> float:
    items = re.split(r"\n(?=[-*] |\d+\. )", block.text)
    return sum(1.4 * _rows(item, size, WIDTH - 60) + 0.35 for item in items) * size + 0.5 * size


def _table(block: Block, size: int) -> float:
    """Columns share the width as their longest cells ask for it, and narrow ones stay whole."""
    lines = [line for line in block.text.splitlines() if not re.fullmatch(r"[|:\s-]+", line)]
    rows = [[length(cell) + 2 for cell in _cells(line)] for line in lines]
    widest = [max(column) for column in zip(*rows, strict=False)]
    whole = sum(width for width in widest if width <= NARROW)
    wide = sum(widest) - whole
    share = min(1, (WIDTH / (0.5 * size) - whole) / wide) if wide else 1
    granted = [width if width <= NARROW else width * share for width in widest]
    deep = [max(map(math.ceil, map(truediv, row, granted))) for row in rows]
    return sum(1.3 * lines + 0.5 for lines in deep) * size + size


def _cells(row: str) -> list[str]:
    """The cells of a row of a table; a bar inside a formula is none of its own."""
    return _INLINE.sub(lambda found: found[0].replace("|", "l"), row).strip().strip("|").split("|")


def _panel(block: Block, size: int) -> float:
    paragraphs = re.split(r"\n>?\s*\n", block.text)
    return sum(1.4 * _rows(p, size, WIDTH - 80) + 0.5 for p in paragraphs) * size + 56


def _question(block: Block, size: int) -> float:
    return _paragraph(block, size + 4) + 64


_HEIGHTS: dict[str, Callable[[Block, int], float]] = {
    "maths": _maths,
    "list": _list,
    "table": _table,
    "erratum": _panel,
    "box": _panel,
    ANSWER: _panel,
    QUESTION: _question,
    "fold": lambda block, size: 2 * size,
}


def total(blocks: Sequence[Block], sizes: tuple[int, int]) -> float:
    """The height of blocks below each other at these sizes of text and code."""
    return sum(height(block, *sizes) for block in blocks)


def sizes(blocks: Sequence[Block], free: int, allowed=SIZES) -> tuple[int, int]:
    """The largest font sizes of text and code at which the blocks fit, else the smallest ones."""
    limit = _limit(blocks, free)
    good = (p for p in allowed if total(blocks, p) <= limit and not _wraps(blocks, p[1]))
    return next(good, allowed[-1])


def _limit(blocks: Sequence[Block], free: int) -> float:
    """The height for all but a figure, which needs to be read from the last row."""
    figure = next((block for block in blocks if block.kind == "figure"), None)
    return FIGURE - min(WIDTH / figure.ratio, LEAST) if figure else free


def divide(blocks: Sequence[Block], free: int) -> list[list[Block]]:
    """The blocks slide by slide: as few slides as hold them, as even as they can be."""
    units = _units(blocks)
    if _fits(blocks, free) or len(units) < 2:
        return [list(blocks)]
    cuts = [(units[:cut], units[cut:]) for cut in range(1, len(units))]
    pairs = [([*chain(*left)], [*chain(*right)]) for left, right in cuts]
    left, right = min(pairs, key=lambda pair: _badness(pair, free))
    return divide(left, free) + divide(right, free)


def _units(blocks: Sequence[Block]) -> list[list[Block]]:
    """What is not torn apart: a displayed formula and its sentence, a question and its answer."""
    units: list[list[Block]] = []
    for block in blocks:
        if units and (units[-1][-1].kind, block.kind) in TOGETHER:
            units[-1].append(block)
        else:
            units.append([block])
    return units


def _fits(blocks: Sequence[Block], free: int) -> bool:
    kinds = [block.kind for block in blocks]
    if kinds.count("figure") > 1 or {"figure", "table"} <= set(kinds):
        return False
    smallest = SIZES[-1] if DENSE.intersection(kinds) else PROSE
    return total(blocks, smallest) <= _limit(blocks, free)


def _badness(pair: tuple[list[Block], list[Block]], free: int) -> tuple[int, float]:
    """First that both sides fit, then that they are even."""
    over = sum(not _fits(side, free) for side in pair)
    return over, abs(total(pair[0], PROSE) - total(pair[1], PROSE))
