"""How long a notebook takes to run (measured) and to read (estimated), filled into its title.

`sources/timings.json` maps `lectures/01_information` to the seconds that running it took, the
kernel's start included; for a lab they are those of its solution.
"""

import json
from pathlib import Path

from dgm_course.authoring.notebook import text_of, write
from dgm_course.authoring.outputs import figures
from dgm_course.authoring.prose import words
from dgm_course.authoring.source import Document

WORDS_PER_MINUTE = 180
SECONDS_PER_FIGURE = 20
SECONDS_PER_CODE_CELL = 15


def path(root: Path) -> Path:
    """The file with the measured seconds."""
    return root / "sources" / "timings.json"


def load(root: Path) -> dict[str, int]:
    """Measured seconds by notebook; nothing where none was measured."""
    file = path(root)
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}


def save(root: Path, timings: dict[str, int]) -> None:
    """Write the measured seconds."""
    write(path(root), json.dumps(timings, indent=1, sort_keys=True) + "\n")


def title(document: Document, nodes: list[dict], seconds: int | None, lab=None) -> str:
    """The first cell's text with {{seconds}} and {{minutes}} replaced; a `?` before it was run."""
    values = {"seconds": seconds or "?", "minutes": minutes(nodes, lab)}
    text = document.title
    for name, value in values.items():
        text = text.replace(f"{{{{{name}}}}}", str(value))
    return text


def minutes(nodes: list[dict], lab=None) -> int:
    """Minutes to read an executed lecture, or to work through a lab: the sum of its exercises'."""
    if lab is not None:
        return sum(exercise.minutes for exercise in lab.exercises)
    seconds = 0.0
    for node in nodes[1:]:
        if node["cell_type"] == "code":
            seconds += SECONDS_PER_CODE_CELL + SECONDS_PER_FIGURE * len(figures(node))
        else:
            seconds += words(text_of(node["source"])) * 60 / WORDS_PER_MINUTE
    return max(1, round(seconds / 60))
