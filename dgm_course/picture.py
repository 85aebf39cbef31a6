"""Pictures as the course stores and shows them: PNG, the same bytes every time, with a text.

A picture is stored with twice as many pixels as it is shown with (`STORED` to `SHOWN`), so that it
is sharp on a fine screen and on a wall; the output's metadata say how large it is to be shown.
"""

import base64
import io

import numpy as np

SHOWN, STORED = 100, 200  # pixels an inch of figure: on a page, in the file
VISIBLE, RARE = 8, 0.02  # a palette may move a colour by so much of 255, or more where it is rare


def png(fig, dpi: int = STORED, small: bool = True) -> bytes:
    """The figure as PNG, the same bytes for the same figure (no software version inside).

    Without `small` it is sooner there, and twice the size.
    """
    from PIL import Image

    buffer = io.BytesIO()
    options = {"metadata": {"Software": None}, "pil_kwargs": {"compress_level": 1}}
    fig.savefig(buffer, format="png", dpi=dpi, bbox_inches="tight", **options)
    if not small:
        return buffer.getvalue()
    return compress(np.asarray(Image.open(buffer).convert("RGB")))


def compress(pixels: np.ndarray) -> bytes:
    """Pixels (height, width, 3) of uint8 as PNG; half the size where 256 colours look the same."""
    from PIL import Image

    full = Image.fromarray(pixels)
    few = full.quantize(256, Image.Quantize.MEDIANCUT)
    moved = np.abs(np.asarray(few.convert("RGB"), dtype=np.int16) - pixels).max(-1)
    return _save(few if (moved > VISIBLE).mean() < RARE else full, format="png")


def encode(pixels: np.ndarray, **options) -> bytes:
    """Pixels in a format that Pillow writes, with Pillow's options for it."""
    from PIL import Image

    return _save(Image.fromarray(pixels), **options)


def _save(image, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, **options)
    return buffer.getvalue()


def shown_size(picture: bytes) -> dict[str, int]:
    """Width and height on a page, CSS pixels; a PNG says its own in its bytes 16 to 24."""
    stored = {"width": picture[16:20], "height": picture[20:24]}
    return {name: round(int.from_bytes(n) * SHOWN / STORED) for name, n in stored.items()}


def show(picture: bytes, alt: str) -> None:
    """Display a PNG with its text alternative; an empty `alt` is refused."""
    from IPython.display import display

    require_alt(alt)
    data = {"image/png": base64.b64encode(picture).decode(), "text/plain": f"Figure: {alt}"}
    display(data, metadata={"image/png": {"alt": alt, **shown_size(picture)}}, raw=True)


def require_alt(alt: str) -> None:
    """Raises ValueError for an empty text alternative."""
    if not alt.strip():
        raise ValueError("alt: expected a sentence that says what the figure shows, got nothing")
