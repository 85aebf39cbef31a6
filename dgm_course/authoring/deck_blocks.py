"""The cells of a lecture as blocks that a slide shows: prose, code, what it printed, a figure.

Of code a slide shows the lines that matter: those an author marks with `lines="1-4,9"`, else the
functions that are defined, else all but those that draw or check.  Code that defines nothing and
makes a figure is folded under it.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import replace

from dgm_course.authoring.deck_figures import Block, figures
from dgm_course.authoring.notebook import text_of
from dgm_course.authoring.source import slide_lines

HEADING, QUESTION, ANSWER = "heading", "question", "answer"
DRAWS = re.compile(r"(plot|widgets|scenes\w*)\.")
CHECKS = re.compile(r"check\.show\(")  # what it prints says what was checked
LOOKS = {"alt", "colors", "labels", "look", "names", "roles", "stills", "styles", "titles"}

_CHUNK = re.compile(
    r"\s*(?:<details\b.*?</details>|^(`{3,}).*?^\1[ \t]*$|(?:(?!\n[ \t]*\n).)+)", re.S | re.M
)
_KINDS = (
    (HEADING, re.compile(r"#{1,6} ")),
    (QUESTION, re.compile(r"\*\*Predict before you run\.\*\*")),
    ("fold", re.compile(r"<details\b")),
    ("erratum", re.compile(r">\s*\*\*Erratum")),
    ("box", re.compile(r">")),
    ("table", re.compile(r"\|")),
    ("maths", re.compile(r"\$\$")),
    ("list", re.compile(r"([-*]|\d+\.) ")),
)
_FOLD = re.compile(r"<details\b[^>]*>\s*<summary>(.*?)</summary>(.*)</details>", re.S)


def blocks(node: dict) -> list[Block]:
    """The blocks of one cell of a built notebook, in the order in which a slide shows them."""
    made = list(_code(node) if node["cell_type"] == "code" else prose(text_of(node["source"])))
    if node["metadata"].get("slideshow", {}).get("slide_type") == "fragment":
        made = [replace(block, fragment=True) for block in made]
    return made


def prose(text: str) -> Iterator[Block]:
    """The paragraphs of a Markdown cell; the fold after a question is its answer."""
    before = None
    for found in _CHUNK.finditer(text):
        chunk = found[0].strip()
        kind = next((kind for kind, start in _KINDS if start.match(chunk)), "text")
        if not chunk:
            continue
        if kind == HEADING:
            heading, _, chunk = chunk.partition("\n")
            yield Block(HEADING, heading)
            kind = "text"
        if kind == QUESTION:
            chunk = chunk[chunk.index("run.**") + len("run.**") :].strip()
        if kind == "fold":
            summary, inside = _FOLD.match(chunk).groups()
            kind = ANSWER if before == QUESTION else "fold"
            yield Block(kind, inside.strip(), summary=summary)
        elif chunk.strip():
            yield Block(kind, chunk.strip())
        before = kind


def _code(node: dict) -> Iterator[Block]:
    source, outputs = text_of(node["source"]), node.get("outputs", [])
    pictures = [figure for output in outputs for figure in figures(output, source)]
    printed = "".join(text_of(output["text"]) for output in outputs if "text" in output).rstrip()
    marked = node["metadata"].get("dgm", {}).get("lines")
    if "hide-input" not in node["metadata"].get("tags", []):
        lines = slide_lines(marked) if marked else matter(source, bool(pictures))
        if lines:
            yield Block("code", source, _parts(source, lines))
    if printed:
        yield Block("output", printed)
    yield from pictures


def matter(source: str, has_figure: bool = False) -> set[int]:
    """The numbers of the lines that a slide shows."""
    nodes = ast.parse(source).body
    defined = [node for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    if defined or has_figure:
        return _lines(defined)
    kept = [node for node in nodes if not _draws(node)] or nodes
    return _lines([node for node in kept if not CHECKS.match(ast.unparse(node))] or kept)


def _draws(node: ast.stmt) -> bool:
    """Whether a statement only makes a figure, or says how one looks."""
    if isinstance(node, ast.Assign):
        names = {part.id for to in node.targets for part in ast.walk(to) if hasattr(part, "id")}
        return bool(names) and names <= LOOKS
    if isinstance(node, ast.With):
        return any(DRAWS.match(ast.unparse(item.context_expr)) for item in node.items)
    return isinstance(node, ast.Expr) and DRAWS.match(ast.unparse(node)) is not None


def _lines(nodes: list[ast.stmt]) -> set[int]:
    return {line for node in nodes for line in range(node.lineno, node.end_lineno + 1)}


def _parts(source: str, shown: set[int]) -> tuple[tuple[bool, str], ...]:
    """The code in runs of lines that are shown or folded; a blank line is no fold of its own."""
    runs: list[tuple[bool, list[str]]] = []
    for number, line in enumerate(source.splitlines(), start=1):
        is_shown = number in shown or (not line.strip() and (not runs or runs[-1][0]))
        if not runs or runs[-1][0] != is_shown:
            runs.append((is_shown, []))
        if line.strip() or runs[-1][1][-1:] != [""]:  # of several blank lines one is enough
            runs[-1][1].append(line)
    texts = [(is_shown, "\n".join(lines).strip("\n")) for is_shown, lines in runs]
    return tuple(part for part in texts if part[1].strip())
