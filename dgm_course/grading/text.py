"""Text that students wrote, made fit to be shown beside ours."""

import re
import unicodedata

ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}  # controls, bidi marks, surrogates, unassigned


def clean(text: str, limit: int = 500) -> str:
    """One line without escape sequences, control and bidi characters, at most `limit` long."""
    shown = "".join(
        " " if unicodedata.category(c) in HIDDEN else c for c in ANSI.sub("", text[: 4 * limit])
    )
    shown = " ".join(shown.split())
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"
