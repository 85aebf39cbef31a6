"""The reference: one page for each module of the package that its users import.

A module belongs to it unless it lies in a part of the package that serves the course itself.  Our
docstrings are light Markdown: `code` in backticks, *emphasis*, `$...$` for formulas, indented
lines for a block, and lists of a term, two spaces and what it means.  `setup` makes Sphinx read
them as such; all other characters stand for themselves.
"""

import pkgutil
import re

import dgm_course

INTERNAL = ("exercises", "grading", "authoring", "commands", "cli")
FIGURES = ("scenes", "picture")  # they draw single figures of the lectures and the labs
PAGE = """# {name}

```{{eval-rst}}
.. automodule:: {module}
   :members:
   :show-inheritance:
   :member-order: bysource
```
"""

_INLINE = re.compile(
    r"`(?P<code>[^`\n]+)`"
    r"|\$(?P<maths>[^$]+)\$"
    r"|(?<![\w*\\])\*(?P<emphasis>[^\s*](?:[^*]*[^\s*])?)\*(?![\w*])"
)
_TERM = re.compile(r"(?P<term>\S(?:.*?\S)?) {2,}(?P<meaning>\S.*)")
_SPECIAL = re.compile(r"([\\*_`|<>])")


def modules() -> list[str]:
    """Full names of the modules that users import, in the order of their names."""
    found = pkgutil.walk_packages(dgm_course.__path__, "dgm_course.", onerror=None)
    names = [info.name for info in found if not info.ispkg]
    return sorted(name for name in names if not _is_internal(name))


def _is_internal(name: str) -> bool:
    top = name.split(".")[1]
    return top in INTERNAL or top.split("_")[0] in FIGURES


def pages() -> dict[str, str]:
    """The reference's pages by path: one a module, and the list of them."""
    named = {name: name.removeprefix("dgm_course.") for name in modules()}
    texts = {f"api/{n}.md": PAGE.format(name=n, module=module) for module, n in named.items()}
    return {**texts, "api/index.md": _index(named)}


def _index(named: dict[str, str]) -> str:
    lines = [
        f"- [`{name}`]({name}.md): {_first_sentence(module)}" for module, name in named.items()
    ]
    entries = "\n".join(named.values())
    listing = "\n".join(lines)
    intro = (
        "What `import dgm_course` offers beside the lectures. Each page begins with the theory "
        "of its file; each entry says shapes, units and where its equation is from, and leads to "
        "its source."
    )
    return f"# The package\n\n{intro}\n\n{listing}\n\n```{{toctree}}\n:hidden:\n\n{entries}\n```\n"


def _first_sentence(module: str) -> str:
    import importlib

    text = importlib.import_module(module).__doc__ or ""
    return text.strip().split("\n\n")[0].replace("\n", " ")


def to_rst(text: str) -> list[str]:
    """A docstring of ours as the lines of reStructuredText that say the same."""
    return [line for block in _blocks(text) for line in [*_block(block), ""]]


def _blocks(text: str) -> list[list[str]]:
    """Paragraphs; indented ones that follow each other are one."""
    blocks: list[list[str]] = []
    for part in re.split(r"\n[ \t]*\n", text.strip("\n")):
        lines = part.split("\n")
        if blocks and lines[0].startswith("    ") and blocks[-1][0].startswith("    "):
            blocks[-1] += ["", *lines]
        else:
            blocks.append(lines)
    return blocks


def _block(lines: list[str]) -> list[str]:
    if lines[0].startswith("    "):
        return [".. code-block:: text", "", *lines]
    items = _items(lines)
    if items:
        return [line for term, meaning in items for line in (_inline(term), f"   {meaning}")]
    return [_inline(" ".join(line.strip() for line in lines))]


def _items(lines: list[str]) -> list[tuple[str, str]]:
    """Terms and meanings, where the lines are a list of them; nothing where they are prose."""
    items: list[list[str]] = []
    for line in lines:
        found = None if line.startswith(" ") else _TERM.fullmatch(line)
        if found:
            items.append([found["term"], found["meaning"]])
        elif items and line.startswith(" "):
            items[-1][1] += f" {line.strip()}"
        else:
            return []
    return [(term, _inline(meaning)) for term, meaning in items]


def _inline(text: str) -> str:
    """Code, formulas and emphasis marked up, all else escaped."""
    pieces, end = [], 0
    for found in _INLINE.finditer(text):
        pieces += [_escaped(text[end : found.start()]), _marked(found)]
        end = found.end()
    return "".join([*pieces, _escaped(text[end:])])


def _marked(found: re.Match) -> str:
    if found["code"]:
        return f"\\ ``{found['code']}``\\ "
    if found["maths"]:
        return f"\\ :math:`{found['maths']}`\\ ".replace("\n", " ")
    return f"\\ *{_escaped(found['emphasis'])}*\\ "


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)


def _read_docstring(app, what: str, name: str, obj, options, lines: list[str]) -> None:
    """Sphinx's hook: replace the lines in place."""
    lines[:] = to_rst("\n".join(lines))


def _hide_value(app, domain: str, kind: str, content) -> None:
    """Sphinx's hook: a constant is shown by what it means; its value is in the source."""
    for signature in content.parent.children[:-1] if kind == "data" else []:
        for part in [n for n in signature.children if n.astext().startswith(" = ")]:
            signature.remove(part)


def _hide_base(app, doctree) -> None:
    """Sphinx's hook: that a class is an object needs no line."""
    from docutils import nodes

    for said in [n for n in doctree.findall(nodes.paragraph) if n.astext() == "Bases: object"]:
        said.parent.remove(said)


def setup(app) -> dict:
    """Sphinx's entry: this module is an extension in docs/conf.py."""
    app.connect("autodoc-process-docstring", _read_docstring)
    app.connect("object-description-transform", _hide_value)
    app.connect("doctree-read", _hide_base)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
