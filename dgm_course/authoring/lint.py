"""What a notebook of this course must be, checked on its source and, once built, on its outputs.

The numbers are those of the course's standards for lectures and labs; each message tells the author
what to do.  A notebook that breaks a rule is still built, so that a draft can be looked at, but the
build ends with an error.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from statistics import median

from dgm_course.authoring import lint_lab, lint_notes, prose
from dgm_course.authoring.outputs import figures
from dgm_course.authoring.problem import Problem
from dgm_course.authoring.source import Cell, Document

CELLS = {"lectures": (45, 70), "labs": (25, 45)}
MEDIAN_CODE_LINES = 8
MAX_CODE_LINES = 30
FIRST_CODE_LINES = 8
CELLS_PER_FIGURE = 6

COUNT = "{count} cells, where {kind} have {low} to {high}: {advice}"
TOO_FEW = "show each step in a cell of its own"
TOO_MANY = "merge cells, or move something to the package"
MEDIAN = (
    "the median code cell has {lines} lines, at most {limit}: split cells, let the package work"
)
LONG_CODE = (
    "{lines} lines of code in one cell, at most {limit}: split it, or move it to the package"
)
FIRST_CODE = "{lines} lines in the first code cell, at most {limit}: only imports and the seed"
FEW_FIGURES = (
    "{figures} figures in {cells} cells, at least one for every {per}: {needed} are needed"
)
FIGURES = "{count} figures in one cell: one a cell, so that each has its text alternative"
PLACEHOLDER = "{{seconds}} and {{minutes}} are filled in only in the first cell"
NAME = "{name!r}: the course's name is {instead}"

# design.md's table of names: what the maths is called elsewhere, and here
NAMES = {
    "imgs": "`x`, shape (B, C, H, W)",
    "x_start": "`x`, the data",
    "latent_vec": "`z`",
    "timesteps": "`t` in [0, 1], or `k` for the steps of DDPM",
    "alphas_cumprod": "`alpha_bar`",
    "ladj": "`logdet`",
    "ldj": "`logdet`",
    "log_det": "`logdet`",
    "logvar": "`log_std` (half the log-variance)",
    "log_var": "`log_std` (half the log-variance)",
    "mu": "`mean`",
    "netG": "`generator`",
    "netD": "`discriminator`, or `critic` if unbounded",
    "cfg_scale": "`w`, 0 = off",
    "n_embd": "`dim` or `hidden`",
    "nf": "`channels`",
}
_NAMES = re.compile(rf"(?:^|_)({'|'.join(NAMES)})(?:_|$)")
_PLACEHOLDER = re.compile(r"\{\{(?:seconds|minutes)\}\}")


def lint(document: Document, lab=None, nodes: Sequence[dict] | None = None) -> list[Problem]:
    """Every rule that a document breaks; `nodes`, its executed cells, add the rules on figures."""
    found = [*_cell_counts(document), *_headings(document), *_placeholders(document)]
    for cell in document.written:
        found += _code(cell) if cell.is_code else _prose(cell)
    if lab is not None:
        found += lint_lab.problems(document, lab)
    if not document.source.is_lab:
        found += lint_notes.problems(document)
    if nodes is not None:
        found += _figures(document, nodes)
    return sorted({document.problem(line, message) for line, message in found})


def _cell_counts(document: Document) -> Iterator[tuple[int, str]]:
    kind, count = document.source.kind, len(document.cells)
    low, high = CELLS[kind]
    if not low <= count <= high:
        advice = TOO_FEW if count < low else TOO_MANY
        yield 0, COUNT.format(count=count, kind=kind, low=low, high=high, advice=advice)
    code = [cell for cell in document.cells if cell.is_code]
    lines = median(map(_lines, code)) if code else 0
    if lines > MEDIAN_CODE_LINES:
        yield 0, MEDIAN.format(lines=f"{lines:g}", limit=MEDIAN_CODE_LINES)
    first = len([line for line in code[0].source.splitlines() if line.strip()]) if code else 0
    if first > FIRST_CODE_LINES:  # without the blank lines that set imports apart
        yield code[0].line, FIRST_CODE.format(lines=first, limit=FIRST_CODE_LINES)


def _lines(cell: Cell) -> int:
    """A code cell's lines as one sees them, blank ones and comments included."""
    return cell.source.count("\n") + 1


def _headings(document: Document) -> Iterator[tuple[int, str]]:
    found = []
    for cell in document.cells:
        if cell.role == "card":
            found.append((cell.line, 3))
        if not cell.is_code:
            found += [(cell.line + at, level) for at, level in prose.headings(cell.source)]
    if document.cells[0].is_code or not prose.headings(document.title):
        yield document.cells[0].line, prose.FIRST
    yield from prose.heading_problems(found)


def _placeholders(document: Document) -> Iterator[tuple[int, str]]:
    for cell in document.cells[1:]:
        if not cell.is_code and _PLACEHOLDER.search(cell.source):
            yield cell.line, PLACEHOLDER


def _prose(cell: Cell) -> Iterator[tuple[int, str]]:
    limit = lint_notes.MAX_WORDS if cell.slide == "notes" else prose.MAX_WORDS
    yield from ((cell.line + at, message) for at, message in prose.problems(cell.source, limit))


def _code(cell: Cell) -> Iterator[tuple[int, str]]:
    lines = _lines(cell)
    if lines > MAX_CODE_LINES:
        yield cell.line, LONG_CODE.format(lines=lines, limit=MAX_CODE_LINES)
    for node in ast.walk(ast.parse(cell.source)):
        for name in _defined_or_used(node):
            if found := _NAMES.search(name):
                instead = NAMES[found[1]]
                yield cell.line + node.lineno - 1, NAME.format(name=name, instead=instead)


def _defined_or_used(node: ast.AST) -> Iterator[str]:
    """Names that the notebook chooses: not attributes and keywords, which may be a library's."""
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.arg):
        yield node.arg
    elif isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
        yield node.attr


def _figures(document: Document, nodes: Sequence[dict]) -> Iterator[tuple[int, str]]:
    counts = [len(figures(node)) for node in nodes]
    for cell, count in zip(document.cells, counts, strict=True):
        if count > 1:
            yield cell.line, FIGURES.format(count=count)
    total, cells = sum(counts), len(counts)
    needed = -(-cells // CELLS_PER_FIGURE)
    if not document.source.is_lab and total < needed:
        values = {"figures": total, "cells": cells, "per": CELLS_PER_FIGURE, "needed": needed}
        yield 0, FEW_FIGURES.format(**values)
