"""Text that students wrote, made fit to be shown beside ours."""

import re
import unicodedata

ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
ADDRESS = re.compile(r"\b0x[0-9a-f]{6,16}\b")
HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}  # controls, bidi marks, surrogates, unassigned


def clean(text: str, limit: int = 500) -> str:
    """One line without escape sequences, control and bidi characters, at most `limit` long."""
    text = ADDRESS.sub("0x…", text[: 4 * limit])  # another one in every run
    shown = "".join(" " if unicodedata.category(c) in HIDDEN else c for c in ANSI.sub("", text))
    shown = " ".join(shown.split())
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"
