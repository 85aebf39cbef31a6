"""How high a block is on a slide of 1280 x 720, estimated from its text.

The estimates err on the high side; tests/browser measures every slide in a browser, and on a
computer with wider fonts the deck itself shrinks what does not fit.  Lengths are in CSS pixels.
"""

import math
import re
from collections.abc import Callable
from operator import truediv

from dgm_course.authoring.deck_blocks import ANSWER, QUESTION
from dgm_course.authoring.deck_figures import Block

WIDTH, ROOM, RUNNING = 1152, 552, 566  # in the margins; below a title, below a running one
CHARACTER = 0.48  # width of a character, of its height
NARROW = 26  # characters of a column of a table that is not broken

_INLINE = re.compile(r"\$[^$]+\$")
_TALL = re.compile(r"\\(frac|sum|int|prod|lim|sqrt|begin)")


def room(title: str, opens: int) -> int:
    """What the title leaves of a slide's height: a long one takes two lines where it opens."""
    return RUNNING if not opens else ROOM - 48 * (math.ceil(length(title) / 52) - 1)


def length(text: str) -> int:
    """About how many characters wide Markdown is once it is rendered."""
    text = re.sub(r"\]\([^)]*\)", "", text)
    text = _INLINE.sub(lambda found: "x" * _formula(found[0][1:-1]), text)
    return len(re.sub(r"<[^>]+>|[*`\[\]]", "", text))


def _formula(tex: str) -> int:
    tex = re.sub(r"\\(mathrm|mathbb|mathcal|text|operatorname|bigl|bigr|left|right)\b", "", tex)
    tex = re.sub(r"\\[a-zA-Z]+ ?|\\.", "m", tex)
    return math.ceil(1.05 * len(re.sub(r"[{}^_\s]", "", tex)))


def height(block: Block, text: int, code: int, width: int = WIDTH) -> float:
    """The height of a block at these font sizes, with the space below it; a figure has none."""
    if block.kind == "figure":
        return 0.0
    if block.kind in ("code", "output"):
        rows = sum(max(1, math.ceil(len(line) / columns(block, code))) for line in lines(block))
        return rows * 1.4 * code + (46 if block.kind == "code" else 22)
    return _HEIGHTS.get(block.kind, _paragraph)(block, text, width)


def lines(block: Block) -> list[str]:
    """The lines that a slide shows of code, or of what it printed."""
    return (block.shown if block.kind == "code" else block.text).splitlines()


def columns(block: Block, code: int) -> float:
    """Characters in a line of code or output; output reaches into the margin."""
    return (WIDTH + (12 if block.kind == "output" else -40)) / (0.6 * code)


def _rows(text: str, size: int, width: int) -> int:
    return math.ceil(length(text) / (width / (CHARACTER * size)))


def _paragraph(block: Block, size: int, width: int) -> float:
    return (1.4 * _rows(block.text, size, width) + 0.7) * size


def _maths(block: Block, size: int, _width: int) -> float:
    return (3.6 if _TALL.search(block.text) else 2.2) * size


def _list(block: Block, size: int, width: int) -> float:
    items = re.split(r"\n(?=[-*] |\d+\. )", block.text)
    return sum(1.4 * _rows(item, size, width - 60) + 0.35 for item in items) * size + 0.5 * size


def _table(block: Block, size: int, width: int) -> float:
    """Columns share the width as their longest cells ask for it, and narrow ones stay whole."""
    kept = [line for line in block.text.splitlines() if not re.fullmatch(r"[|:\s-]+", line)]
    rows = [[length(cell) + 2 for cell in _cells(line)] for line in kept]
    widest = [max(column) for column in zip(*rows, strict=False)]
    whole = sum(cells for cells in widest if cells <= NARROW)
    wide = sum(widest) - whole
    share = min(1, (width / (CHARACTER * size) - whole) / wide) if wide else 1
    granted = [cells if cells <= NARROW else cells * share for cells in widest]
    deep = [max(map(math.ceil, map(truediv, row, granted))) for row in rows]
    return sum(1.27 * lines + 0.45 for lines in deep) * size + 24


def _cells(row: str) -> list[str]:
    """The cells of a row of a table; a bar inside a formula is none of its own."""
    return _INLINE.sub(lambda found: found[0].replace("|", "l"), row).strip().strip("|").split("|")


def _panel(block: Block, size: int, width: int) -> float:
    paragraphs = re.split(r"\n>?\s*\n", block.text)
    return sum(1.4 * _rows(p, size, width - 80) + 0.5 for p in paragraphs) * size + 56


def _question(block: Block, size: int, width: int) -> float:
    return _paragraph(block, size + 4, width) + 64


_HEIGHTS: dict[str, Callable[[Block, int, int], float]] = {
    "maths": _maths,
    "list": _list,
    "table": _table,
    "erratum": _panel,
    "box": _panel,
    ANSWER: _panel,
    QUESTION: _question,
    "fold": lambda _block, size, _width: 2 * size,
}
