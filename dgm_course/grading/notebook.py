"""A submitted notebook as cells of code, whatever state the file is in; nothing of it runs here."""

import json
import re

LARGEST_CELL = 1 << 20
CONFLICT = re.compile(rb"^(<<<<<<<|>>>>>>>)", re.MULTILINE)
AGAIN = "save it in Jupyter and hand it in again"


class UnreadableError(Exception):
    """The file is no notebook; the message is one sentence."""


def read_cells(data: bytes) -> tuple[list[str], list[str]]:
    """The code cells in order, and sentences about what was odd; raises UnreadableError."""
    if not data.strip(b"\0 \t\r\n"):
        raise UnreadableError(f"The notebook is empty ({len(data)} bytes): {AGAIN}.")
    text, notes = _decoded(data)
    try:
        notebook = json.loads(text, parse_int=float)  # however many digits: none are used
    except RecursionError as error:
        raise UnreadableError("The notebook is nested too deeply to be one.") from error
    except ValueError as error:
        raise UnreadableError(_not_json(data, error)) from error
    cells = _cells(notebook)
    if cells is None:
        raise UnreadableError("The file has no list of cells: it is not a Jupyter notebook.")
    sources = [_source(cell) for cell in cells if _is_code(cell)]
    if not any(source.strip() for source in sources):
        raise UnreadableError("The notebook has no code: every cell is empty or text.")
    if any(len(source) > LARGEST_CELL for source in sources):
        notes.append("A cell of more than a million characters was left out.")
    return [source if len(source) <= LARGEST_CELL else "" for source in sources], notes


def _decoded(data: bytes) -> tuple[str, list[str]]:
    for encoding in ("utf-8-sig", "utf-16"):
        if encoding == "utf-16" and data[:2] not in (b"\xff\xfe", b"\xfe\xff"):
            break
        try:
            return data.decode(encoding), []
        except UnicodeDecodeError:
            continue
    return data.decode("cp1252", "replace"), ["The file is not UTF-8; it was read as Windows-1252."]


def _not_json(data: bytes, error: ValueError) -> str:
    if CONFLICT.search(data):
        return f"The notebook has merge conflict markers (<<<<<<<): resolve them, {AGAIN}."
    line = getattr(error, "lineno", 0)
    where = f" (line {line})" if line else ""
    return f"The file is not a valid notebook: its JSON is damaged or cut off{where}; {AGAIN}."


def _cells(notebook: object) -> list | None:
    """The cells of a notebook of any format: version 3 kept them in worksheets."""
    if not isinstance(notebook, dict):
        return None
    if isinstance(notebook.get("cells"), list):
        return notebook["cells"]
    sheets = notebook.get("worksheets")
    if not isinstance(sheets, list):
        return None
    found = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)]
    return [cell for cells in found if isinstance(cells, list) for cell in cells]


def _is_code(cell: object) -> bool:
    return isinstance(cell, dict) and cell.get("cell_type") == "code"


def _source(cell: dict) -> str:
    """A cell's text; JSON can smuggle in lone surrogates, which no source can hold."""
    source = cell.get("source", cell.get("input", ""))
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    return source.encode("utf-8", "replace").decode() if isinstance(source, str) else ""
