"""What a slide is made of: blocks, and among them the figures of a notebook's outputs.

A widget's stills are stored one below the other; a slide shows one of them, as large as it can.
"""

import io
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass

from dgm_course.authoring.notebook import text_of


@dataclass(frozen=True)
class Block:
    """`text` is Markdown, code or output; `parts` are code as (is shown, text)."""

    kind: str
    text: str
    parts: tuple[tuple[bool, str], ...] = ()
    summary: str = ""
    fragment: bool = False

    @property
    def shown(self) -> str:
        """The code that is not folded, with a line for each fold."""
        return "\n".join(text if is_shown else "⋯" for is_shown, text in self.parts)


@dataclass(frozen=True)
class Figure(Block):
    """A picture: `text` is its code, `width` its own in pixels, `ratio` that over its height."""

    image: str = ""
    alt: str = ""
    width: int = 0
    ratio: float = 1.0


def figures(output: dict, code: str) -> Iterator[Figure]:
    """The pictures that one output of a cell holds: none, one, or the stills of a widget."""
    mime = next((mime for mime in output.get("data", {}) if mime.startswith("image/")), None)
    if mime is None:
        return
    told, data = output["metadata"].get(mime, {}), text_of(output["data"][mime])
    is_svg = mime == "image/svg+xml"
    raw = data.encode() if is_svg else b64decode(data)
    alt, settings = _settings(told.get("alt", ""))
    width, height = told.get("width"), told.get("height")
    if is_svg or (len(settings) < 2 and width and height):
        yield _figure(mime, raw, alt, "", (width or 960, height or 540), code)
        return
    for number, part in enumerate(_rows(raw, len(settings)), start=1):
        setting = settings[number - 1]
        caption = f"{setting.replace(' -', ' −')} · {number} of {len(settings)}"
        size = _size(part)
        shown = (width, width * size[1] / size[0]) if width else size
        yield _figure(mime, part, f"{alt} {setting}".strip(), caption, shown, code)


def _figure(mime: str, raw: bytes, alt: str, caption: str, size: tuple, code: str) -> Figure:
    address, (width, height) = f"data:{mime};base64,{b64encode(raw).decode()}", size
    return Figure("figure", code, (), caption, False, address, alt, round(width), width / height)


def _settings(alt: str) -> tuple[str, list[str]]:
    """A text alternative without what it says of the stills, and that, a line for each."""
    from dgm_course.widgets import STACKED

    alt, _, listed = alt.partition(STACKED)
    return alt, listed.rstrip(".").split("; ")


def _rows(raw: bytes, count: int) -> Iterator[bytes]:
    """A picture cut into `count` rows of equal height."""
    from PIL import Image

    whole = Image.open(io.BytesIO(raw))
    width, height = whole.width, whole.height // count
    for row in range(count):
        part = io.BytesIO()
        whole.crop((0, row * height, width, (row + 1) * height)).save(part, whole.format)
        yield part.getvalue()


def _size(raw: bytes) -> tuple[int, int]:
    from PIL import Image

    return Image.open(io.BytesIO(raw)).size
