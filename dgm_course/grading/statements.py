"""Which statements of a notebook an answer needs: what it names, and what those name in turn.

A notebook plots, prints and trains; an answer is mostly a function or two.  Running only what the
answer needs is quick, and a cell that fails, ends Python or loops for ever elsewhere costs nothing.
The rest is run as well where that might matter (loading.py): names hidden in strings, say.
"""

import ast
import dis
import re
import types
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
HARMLESS = {"print", "display", "len", "type", "repr", "help", "range", "sum", "max", "min", "plt"}
LOOKUPS = ("LOAD_NAME", "LOAD_GLOBAL", "LOAD_FROM_DICT_OR_GLOBALS")
NOT_PYTHON = (SyntaxError, ValueError, RuntimeError, MemoryError)  # too deep is a RuntimeError
MAGIC = re.compile(r"^[ \t]*[%!]|\?[ \t]*$", re.MULTILINE)
MOST_MAGICS = 200  # IPython reads a cell once more for each


@dataclass(frozen=True)
class Statement:
    """A statement at the top level of a cell: the names it binds or changes, and those it uses."""

    cell: int
    node: ast.stmt
    binds: frozenset[str]
    uses: frozenset[str]
    source: str


Known = Mapping[str, tuple[Statement, ...]]
NOTHING: Known = types.MappingProxyType({})


def parse(cells: list[str], known: Known = NOTHING) -> tuple[list[Statement], list[str]]:
    """All statements in order, and a sentence for each cell that is not Python.

    `known` are the statements of cells that were parsed before: most of a notebook is the lab's.
    """
    statements, notes = [], []
    for number, source in enumerate(cells, 1):
        if source in known:
            statements += [replace(statement, cell=number) for statement in known[source]]
            continue
        try:
            statements += [
                Statement(number, node, _bound(node), _used(node), ast.dump(node))
                for node in _tree(source).body
            ]
        except NOT_PYTHON as error:
            notes.append(f"Code cell {number} is left out: {_fault(error)}.")
    return statements, notes


def _tree(source: str) -> ast.Module:
    """The cell's syntax tree; magics and shell commands are turned into calls, as in Jupyter."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(source)
        except SyntaxError:
            if len(MAGIC.findall(source)) > MOST_MAGICS and not source.startswith("%%"):
                raise
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
    found = _names(node, ast.Store, ast.Del) - _own_names(node)
    for inner in ast.walk(node):
        if isinstance(inner, DEFINITIONS):
            found |= _bound(inner)
        elif isinstance(inner, ast.Attribute | ast.Subscript):
            found |= {_base(inner)} if not isinstance(inner.ctx, ast.Load) else set()
        elif isinstance(inner, ast.Expr) and isinstance(inner.value, ast.Call):
            found |= _changed(inner.value)
    return frozenset(found - {""})


def _changed(call: ast.Call) -> set[str]:
    """Names whose objects a call may change: its arguments, and what has the method called."""
    function = _base(call.func)
    return set() if function in HARMLESS else {function} | {_base(a) for a in call.args}


def _own_names(node: ast.AST) -> set[str]:
    """Names that comprehensions keep to themselves, and that nothing else in there binds."""
    found = list(ast.walk(node))
    stored = {n for n in found if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    targets = [n.target for n in found if isinstance(n, ast.comprehension)]
    own = {n for target in targets for n in ast.walk(target) if n in stored}
    return {n.id for n in own} - {n.id for n in stored - own}


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
    """The lab as it was handed out: its cells with their statements, the names these bind."""

    cells: Known
    sources: frozenset[str]
    names: frozenset[str]


def original(cells: list[str]) -> Original:
    """What a lab's own cells hold, to tell the student's statements from them."""
    statements = parse(cells)[0]
    names = frozenset[str]().union(*(s.binds for s in statements))
    each = {
        source: tuple(s for s in statements if s.cell == n) for n, source in enumerate(cells, 1)
    }
    return Original(each, frozenset(s.source for s in statements), names)


def needed(statements: list[Statement], names: Iterable[str], lab: Original):
    """The statements on which `names` depend, in order: (needed, whether the rest might matter)."""
    statements = _without_stubs(statements, names, lab)
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


def _without_stubs(statements: list[Statement], names: Iterable[str], lab: Original):
    """Without the lab's own definitions of what is asked, where the student has written others."""
    asked = {s for name in names for s in statements if name in s.binds}
    own = {name for s in asked if s.source not in lab.sources for name in s.binds}
    return [s for s in statements if not (s.source in lab.sources and s in asked and s.binds & own)]


def theirs(cells: list[str], lab: Original) -> list[int]:
    """Numbers of the cells that are not the lab's own, and of those of the lab that they need."""
    statements = parse(cells, lab.cells)[0]
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
