"""Which statements of a notebook an answer needs: what it names, and what those name in turn.

A notebook plots, prints and trains; an answer is mostly a function or two.  Running only what the
answer needs is quick, and a cell that fails, ends Python or loops for ever elsewhere costs nothing.
The rest is run as well where that might matter (loading.py): names hidden in strings, say.
"""

import ast
import dis
import types
import warnings
from collections.abc import Iterable
from dataclasses import dataclass

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
HARMLESS = {"print", "display", "len", "type", "repr", "help", "range", "sum", "max", "min", "plt"}
LOOKUPS = ("LOAD_NAME", "LOAD_GLOBAL", "LOAD_FROM_DICT_OR_GLOBALS")
NOT_PYTHON = (SyntaxError, ValueError, RecursionError, MemoryError)


@dataclass(frozen=True)
class Statement:
    """A statement at the top level of a cell: the names it binds or changes, and those it uses."""

    cell: int
    node: ast.stmt
    binds: frozenset[str]
    uses: frozenset[str]
    source: str


def parse(cells: list[str]) -> tuple[list[Statement], list[str]]:
    """All statements in order, and a sentence for each cell that is not Python."""
    statements, notes = [], []
    for number, source in enumerate(cells, 1):
        try:
            nodes = _tree(source).body
        except NOT_PYTHON as error:
            notes.append(f"Code cell {number} is left out: {_fault(error)}.")
            continue
        statements += [
            Statement(number, node, _bound(node), _used(node), ast.dump(node)) for node in nodes
        ]
    return statements, notes


def _tree(source: str) -> ast.Module:
    """The cell's syntax tree; magics and shell commands are turned into calls, as in Jupyter."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(source)
        except SyntaxError:
            from IPython.core.inputtransformer2 import TransformerManager

            return ast.parse(TransformerManager().transform_cell(source))


def _fault(error: Exception) -> str:
    if isinstance(error, SyntaxError):
        line = f", line {error.lineno}" if error.lineno else ""
        return f"{type(error).__name__}: {error.msg}{line}"
    return "it is nested too deeply or holds what Python cannot read"


def _names(node: ast.AST, *contexts: type) -> set[str]:
    found = ast.walk(node)
    return {n.id for n in found if isinstance(n, ast.Name) and isinstance(n.ctx, contexts)}


def _base(node: ast.AST) -> str:
    """The name at the root of `a.b[c].d()`; empty where there is none."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Starred | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _bound(node: ast.stmt) -> frozenset[str]:
    """Names that a statement binds, or whose objects it may change."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return frozenset({node.name})
    if isinstance(node, ast.Import):
        return frozenset(a.asname or a.name.split(".")[0] for a in node.names)
    if isinstance(node, ast.ImportFrom):
        return frozenset(a.asname or a.name for a in node.names)
    found = _names(node, ast.Store, ast.Del)
    for inner in ast.walk(node):
        if isinstance(inner, DEFINITIONS):
            found |= _bound(inner)
        elif isinstance(inner, ast.Attribute | ast.Subscript):
            found |= {_base(inner)} if not isinstance(inner.ctx, ast.Load) else set()
        elif isinstance(inner, ast.Expr) and isinstance(inner.value, ast.Call):
            found |= {_base(inner.value.func)} | {_base(a) for a in inner.value.args}
    return frozenset(found - {""})


def _used(node: ast.stmt) -> frozenset[str]:
    """Names that a statement looks up among a notebook's own, in functions inside it too."""
    try:
        code = compile(ast.Module([node], []), "", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except NOT_PYTHON:
        return frozenset(_names(node, ast.Load))
    return frozenset(_looked_up(code))


def _looked_up(code: types.CodeType) -> set[str]:
    found = {i.argval for i in dis.get_instructions(code) if i.opname in LOOKUPS}
    for inner in code.co_consts:
        found |= _looked_up(inner) if isinstance(inner, types.CodeType) else set()
    return found


@dataclass(frozen=True)
class Original:
    """The lab as it was handed out: its cells, their statements, the names these bind."""

    cells: frozenset[str]
    sources: frozenset[str]
    names: frozenset[str]


def original(cells: list[str]) -> Original:
    """What a lab's own cells hold, to tell the student's statements from them."""
    statements = parse(cells)[0]
    names = frozenset[str]().union(*(s.binds for s in statements))
    return Original(frozenset(cells), frozenset(s.source for s in statements), names)


def needed(statements: list[Statement], names: Iterable[str], lab: Original):
    """The statements on which `names` depend, in order: (needed, whether the rest might matter)."""
    wanted, chosen = set(names), set()
    while True:
        more = {
            i
            for i, s in enumerate(statements)
            if i not in chosen and _matters(s, lab) and (s.binds & wanted or "*" in s.binds)
        }
        if not more:
            break
        chosen |= more
        wanted |= {name for i in more for name in statements[i].uses}
    rest = [s for i, s in enumerate(statements) if i not in chosen]
    return [statements[i] for i in sorted(chosen)], any(_acts(s, lab) for s in rest)


def theirs(cells: list[str], lab: Original) -> list[int]:
    """Numbers of the cells that are not the lab's own, and of those of the lab that they need."""
    statements = parse(cells)[0]
    chosen = {number for number, source in enumerate(cells, 1) if source not in lab.cells}
    while True:
        wanted = {name for s in statements if s.cell in chosen for name in s.uses}
        more = {s.cell for s in statements if s.binds & wanted and _matters(s, lab)} - chosen
        if not more:
            return sorted(chosen)
        chosen |= more


def _matters(statement: Statement, lab: Original) -> bool:
    """False for what the lab's own cells only show."""
    return not (isinstance(statement.node, ast.Expr) and statement.source in lab.sources)


def _acts(statement: Statement, lab: Original) -> bool:
    """Whether a statement of the student's own may do more than show or name a value."""
    node = statement.node
    if statement.source in lab.sources or isinstance(node, (*DEFINITIONS, ast.Pass)):
        return False
    if isinstance(node, ast.Expr | ast.Assert) or _only_names(node):
        calls = [_base(n.func) for n in ast.walk(node) if isinstance(n, ast.Call)]
        return not set(calls) <= HARMLESS | lab.names
    return True


def _only_names(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and all(isinstance(t, ast.Name) for t in node.targets)
