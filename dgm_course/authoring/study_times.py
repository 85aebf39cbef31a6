"""How long each module takes: to read its lecture, to teach it, to work through its lab."""

from pathlib import Path

from dgm_course.authoring import notebook, notes, timing
from dgm_course.authoring.lab import default_lab
from dgm_course.authoring.modules import Module, load_modules

SPACE = "\N{NO-BREAK SPACE}"
HEADER = ("module", "read the lecture", "or attend it", "do the lab", "in all")


def rows(root: Path) -> list[tuple[str, ...]]:
    """A row a module, and their sum; reading, not attending, counts in the last column."""
    modules = load_modules(root)
    minutes = [_minutes(root, module) for module in modules]
    names = [f"**{module.number:02d}** {module.title}" for module in modules]
    total = tuple(map(sum, zip(*minutes, strict=True)))
    return [_row(name, *times) for name, times in zip(names, minutes, strict=True)] + [
        _row("all of them", *total)
    ]


def _minutes(root: Path, module: Module) -> tuple[int, int, int]:
    lecture = notebook.load(root / module.lecture)
    teaching = sum(read.minutes for _, read in notes.spoken(lecture))
    lab = sum(exercise.minutes for exercise in default_lab(module.name).exercises)
    return timing.minutes(lecture["cells"]), teaching, lab


def _row(name: str, reading: int, teaching: int, lab: int) -> tuple[str, ...]:
    total = reading + lab
    minutes = (f"{m}{SPACE}min" for m in (reading, teaching, lab))
    return name, *minutes, f"{total / 60:.1f}{SPACE}h"
