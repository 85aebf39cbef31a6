"""What running a notebook left in it: the figures' text alternatives, and what must not be there.

A committed output is read by people on GitHub, on the site and on slides, and compared when it is
built again: so no warnings, no tracebacks, no live widgets, nothing of the machine it was built on.
"""

import platform
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from dgm_course.authoring.notebook import text_of
from dgm_course.authoring.problem import Problem
from dgm_course.authoring.source import Document

WIDGET = "application/vnd.jupyter.widget-view+json"
NO_ALT = (
    'a figure without a text alternative: draw it with plot.*, and say what it shows in alt="…"'
)
STDERR = (
    "writes to stderr: {text!r}; repair the cause of a warning, show progress by train.progress"
)
ERROR = "shows an error, {name}: catch it and print what matters"
STORED_WIDGET = "stores a live widget: use dgm_course.widgets, which draws a still picture here"
MACHINE = "shows {text!r}, which belongs to this machine: print a name or a relative path"
ADDRESS = "shows {text!r}, another one at every run: print a name, not an object"

_ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]{6,}")
_DATA_URI = re.compile(r"data:image/[^\"')]*")
_BARE_IMAGE = re.compile(r"<img\b(?![^>]*\balt=)[^>]*>", re.IGNORECASE)


def figures(cell: dict) -> list[tuple[str, str]]:
    """(MIME type, text alternative or "") of every picture that a cell shows."""
    return [
        (mime, output.get("metadata", {}).get(mime, {}).get("alt", ""))
        for output in cell.get("outputs", [])
        for mime in output.get("data", {})
        if mime.startswith("image/")
    ]


def lift_alt(nb):
    """Copy each figure's text alternative to its cell, where the site's builder looks for it."""
    for cell in nb.cells:
        for _, alt in figures(cell):
            if alt:
                cell.metadata.setdefault("mystnb", {}).setdefault("image", {})["alt"] = alt
    return nb


def problems(nb, document: Document) -> list[Problem]:
    """What keeps an executed notebook from being committed, cell by cell."""
    return [
        document.problem(cell.line, message)
        for cell, node in zip(document.cells, nb.cells, strict=True)
        for message in _wrong(node, document.source.root)
    ]


def _wrong(node: dict, root: Path) -> Iterator[str]:
    if not all(alt.strip() for _, alt in figures(node)):
        yield NO_ALT
    for output in node.get("outputs", []):
        if output.get("name") == "stderr":
            yield STDERR.format(text=text_of(output["text"]).strip()[:120])
        if output["output_type"] == "error":
            yield ERROR.format(name=output["ename"])
        if WIDGET in output.get("data", {}):
            yield STORED_WIDGET
        for mime, text in _texts(output):
            yield from _wrong_text(mime, text, root)


def _wrong_text(mime: str, text: str, root: Path) -> Iterator[str]:
    if mime == "text/html" and _BARE_IMAGE.search(text):
        yield NO_ALT
    yield from (ADDRESS.format(text=found) for found in _ADDRESS.findall(text)[:1])
    named = [own for own in _machine(root) if _shows(text, own)]
    if named:
        yield MACHINE.format(text=max(named, key=len))


def _texts(output: dict) -> Iterator[tuple[str, str]]:
    """What an output says in words, by MIME type; warnings and errors are refused anyway."""
    if output.get("name") == "stdout":
        yield "text/plain", text_of(output["text"])
    for mime, value in output.get("data", {}).items():
        if mime == WIDGET or (mime.startswith("image/") and mime != "image/svg+xml"):
            continue
        is_text = isinstance(value, (str, list)) and all(isinstance(v, str) for v in value)
        yield mime, _DATA_URI.sub("", text_of(value) if is_text else str(value))


def _machine(root: Path) -> Iterator[str]:
    """What only this machine has: the paths in use, and the host's name where it looks unique."""
    places = (root, Path.home(), sys.prefix, tempfile.gettempdir())
    yield from (str(place) for place in places if len(str(place)) > 3)
    if re.search(r"\d", platform.node()) and len(platform.node()) > 7:
        yield platform.node()


def _shows(text: str, own: str) -> bool:
    return re.search(r"(?<![\w.])" + re.escape(own) + r"(?![\w-])", text) is not None
