"""A document as a notebook, and a notebook as bytes that are the same whenever it is built.

Ids come from the exercise or from the text, never from chance; the metadata names no machine; keys
are sorted.  Beside the digest of what it was built from, a notebook carries a hash of its own
content, by which an edit by hand is told without running anything.
"""

import hashlib
import json
import os
import re
from pathlib import Path

from dgm_course.authoring import lab as labs
from dgm_course.authoring.source import Cell, Document, light_imports

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
LANGUAGE = {"name": "python"}
SLIDE_OF_HEADING = {"#": "slide", "##": "slide", "###": "subslide"}

_HEADING = re.compile(r"(#{1,3}) ")
_SECTION = re.compile(r"##? ")


def to_notebook(document: Document, lab=None):
    """The notebook of a document before it is executed; `lab` gives the exercises' headings."""
    with light_imports():
        from nbformat import v4
    nodes, taken = [], set()
    for cell in document.written:
        if cell.slide == "notes":
            _annotate(nodes, cell.source)
            continue
        new = v4.new_code_cell if cell.is_code else v4.new_markdown_cell
        text = labs.heading(cell, lab) + cell.source
        metadata = _metadata(cell, document, lab)
        nodes.append(new(text, id=_id(cell, document, taken), metadata=metadata))
    return canonical(v4.new_notebook(cells=nodes), document)


def _annotate(nodes: list, spoken: str) -> None:
    """Keep the speaker's notes out of sight, in the metadata of their section's heading."""
    opened = [n for n in nodes if n.cell_type == "markdown" and _SECTION.match(n.source)]
    if opened:
        opened[-1].metadata.setdefault("dgm", {})["notes"] = spoken


def canonical(nb, document: Document):
    """Set the notebook's own metadata, dropping what running it left there."""
    from nbformat import from_dict

    dgm = {**nb.metadata.get("dgm", {}), "source": document.path}
    nb.metadata = from_dict({"dgm": dgm, "kernelspec": KERNEL, "language_info": LANGUAGE})
    return nb


def _id(cell: Cell, document: Document, taken: set[str]) -> str:
    if cell.role:
        base = labs.cell_id(cell)
    else:
        base = hashlib.sha256(f"{document.source.key}\0{cell.source}".encode()).hexdigest()[:12]
    free = next(i for i in _numbered(base) if i not in taken)
    taken.add(free)
    return free


def _numbered(base: str):
    yield base
    number = 2
    while True:
        yield f"{base}-{number}"
        number += 1


def _metadata(cell: Cell, document: Document, lab) -> dict:
    metadata = labs.metadata(cell, lab)
    slide = cell.slide or _default_slide(cell, document)
    tags = sorted(cell.tags)
    if cell.lines:
        metadata["dgm"] = {"lines": cell.lines}
    if slide != "-":
        metadata["slideshow"] = {"slide_type": slide}
    if tags:
        metadata["tags"] = tags
    return metadata


def _default_slide(cell: Cell, document: Document) -> str:
    """In a lecture headings start slides; a lab is not presented."""
    found = _HEADING.match(cell.source)
    if cell.is_code or document.source.is_lab or not found:
        return "-"
    return SLIDE_OF_HEADING[found[1]]


def finish(nb, document: Document, digest: str, title: str) -> str:
    """The notebook's text, with its title filled in and sealed with its digest and content."""
    import nbformat

    canonical(nb, document).metadata["dgm"]["digest"] = digest
    nb.cells[0].source = title
    nbformat.validate(nb)
    raw = json.loads(nbformat.writes(nb))
    raw["metadata"]["dgm"]["content"] = content_hash(raw)
    return _dump(raw)


def retitle(raw: dict, title: str) -> str:
    """The text of a built notebook under another title; its content's hash does not see that."""
    return _dump(
        {**raw, "cells": [{**raw["cells"][0], "source": _lines(title)}, *raw["cells"][1:]]}
    )


def content_hash(raw: dict) -> str:
    """A hash of everything but the title, which is filled in anew, and the hash itself."""
    first = {k: v for k, v in raw["cells"][0].items() if k != "source"}
    dgm = {k: v for k, v in raw["metadata"].get("dgm", {}).items() if k != "content"}
    metadata = {**raw["metadata"], "dgm": dgm}
    seen = {**raw, "cells": [first, *raw["cells"][1:]], "metadata": metadata}
    return hashlib.sha256(_dump(seen).encode()).hexdigest()[:16]


def load(path: Path) -> dict | None:
    """A built notebook as parsed JSON; None where there is none or it is not one."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return raw if isinstance(raw, dict) and raw.get("cells") and "metadata" in raw else None


def text_of(source: str | list[str]) -> str:
    """A cell's or an output's text, which the format stores whole or as lines."""
    return source if isinstance(source, str) else "".join(source)


def write(path: Path, text: str) -> None:
    """Replace a file in one step, so that a reader never finds half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.tmp")
    draft.write_text(text, encoding="utf-8", newline="\n")
    os.replace(draft, path)


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def _dump(raw: dict) -> str:
    return json.dumps(raw, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
