"""Rules for Markdown: it must render alike in JupyterLab, on GitHub, on slides and on the site."""

import re
from collections.abc import Iterator

MAX_WORDS = 120
LONG = "{count} words in one cell, at most {limit}: split it, or cut what a figure already says"
JUMP = "heading jumps from level {before} to {after}: go down one level at a time"
FIRST = "the first heading is the title: one `# Title`, in the first cell"
TITLES = "a second title: a notebook has one `#` heading, sections are `##`"
DETAILS = (
    "a <details> needs `<summary>…</summary>` on its first line, then a blank line, and a blank "
    "line before `</details>`: without them GitHub shows its Markdown raw"
)
BANNED = (
    (r"^\s*(?::{3,}|`{3,})\s*\{", "a MyST directive: use a blockquote with a bold lead"),
    (r"\$\$[ \t]*\([\w:-]+\)[ \t]*$", "an equation label: GitHub prints it; refer to it in words"),
    (r"^\s*>\s*\[!\w+\]", "a GitHub alert: use a blockquote with a bold lead, `> **Note.** …`"),
    (r"<div\b[^>]*>(?:(?!\n\s*\n)[\s\S])*?\$", "maths in a <div>: leave blank lines around it"),
    (r"<img\b(?![^>]*\balt=[\"'][^\"'])[^>]*>", "an <img> without alt=: say what it shows"),
    (r"!\[\s*\]\(", "an image without a text alternative: `![what it shows](…)`"),
    (r"<(?:script|iframe|style)\b", "a <script>, <iframe> or <style>: GitHub removes it"),
)

_BANNED = tuple((re.compile(pattern, re.M | re.I), message) for pattern, message in BANNED)
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})[^\n]*\n.*?^ {0,3}\1[ \t]*$", re.M | re.S)
_INLINE_CODE = re.compile(r"`[^`\n]+`")
_DETAILS = re.compile(r"<details\b.*?</details>", re.S | re.I)
_GOOD_DETAILS = re.compile(
    r"<details\b[^>]*>\s*<summary>[^\n]*</summary>[ \t]*\n[ \t]*\n.*\n[ \t]*\n</details>",
    re.S | re.I,
)
_HEADING = re.compile(r"^(#{1,6}) ", re.M)
_NOT_WORDS = (
    (_FENCE, " "),
    (_DETAILS, " "),
    (re.compile(r"\$\$.*?\$\$", re.S), " "),
    (re.compile(r"\$[^$\n]+\$"), " x "),
    (re.compile(r"<!--.*?-->", re.S), " "),
    (re.compile(r"!\[[^\]]*\]\([^)]*\)"), " "),
    (re.compile(r"\]\([^)]*\)"), "] "),
    (re.compile(r"<[^>]+>"), " "),
)


def words(text: str) -> int:
    """Words that a reader reads.

    A formula in a line counts as one; displayed formulas, blocks of code, images, the addresses of
    links and what is folded away do not count.
    """
    for pattern, instead in _NOT_WORDS:
        text = pattern.sub(instead, text)
    return sum(1 for word in text.split() if re.search(r"\w", word))


def headings(text: str) -> list[tuple[int, int]]:
    """(line in the cell, level) of each heading outside code."""
    plain = _without_code(text)
    return [(_line(plain, found), len(found[1])) for found in _HEADING.finditer(plain)]


def details(text: str) -> list[str]:
    """The folded blocks of a cell."""
    return _DETAILS.findall(_without_code(text))


def has_code(text: str) -> bool:
    """Whether a cell holds a block of code."""
    return _FENCE.search(text) is not None


def problems(text: str, limit: int = MAX_WORDS) -> Iterator[tuple[int, str]]:
    """(line in the cell, message) for each rule of one Markdown cell that it breaks."""
    count = words(text)
    if count > limit:
        yield 0, LONG.format(count=count, limit=limit)
    plain = _without_code(text)
    for pattern, message in _BANNED:
        searched = text if "MyST" in message else plain
        yield from ((_line(searched, found), message) for found in pattern.finditer(searched))
    for found in _DETAILS.finditer(plain):
        if not _GOOD_DETAILS.fullmatch(found[0]):
            yield _line(plain, found), DETAILS


def heading_problems(found: list[tuple[int, int]]) -> Iterator[tuple[int, str]]:
    """(line, message) for the (line, level) of all headings of a notebook in order."""
    before = 0
    for index, (line, level) in enumerate(found):
        if index == 0 and level != 1:
            yield line, FIRST
        elif index and level == 1:
            yield line, TITLES
        elif index and level > before + 1:
            yield line, JUMP.format(before=before, after=level)
        before = level


def _without_code(text: str) -> str:
    """The same number of lines with the code blanked, so that rules do not look into it."""
    text = _FENCE.sub(lambda found: "\n" * found[0].count("\n"), text)
    return _INLINE_CODE.sub(lambda found: " " * len(found[0]), text)


def _line(text: str, found: re.Match) -> int:
    start = found.start() + len(found[0]) - len(found[0].lstrip())
    return text.count("\n", 0, start)
