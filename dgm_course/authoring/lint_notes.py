"""Rules for the speaker's notes of a lecture: one cell a section, from which it can be taught."""

from collections.abc import Callable, Iterator

from dgm_course.authoring import notes
from dgm_course.authoring.lab import default_lab
from dgm_course.authoring.source import Cell, Document

MINUTES = (75, 90)
MAX_WORDS = 250
WIDGET = "widgets.explore"

MISSING = (
    "no notes in the section {title!r}: below its heading add a cell "
    '`# %% [markdown] slide="notes"` that begins **5 min.** and says what to say'
)
SECOND = "a second cell of notes in the section {title!r}: merge it with the first"
SHOW = "the section {title!r} has a widget: say in **Show:** when to show it and what to drag where"
EXERCISE = "no exercise is called {name!r} in the module's lab; there are: {known}"
NO_LAB = "the module has no lab yet: leave **Exercise:** out"
TIME = "the notes' minutes sum to {minutes}, where a lecture takes {low} to {high}"


def problems(document: Document, lab: Callable = default_lab) -> Iterator[tuple[int, str]]:
    """(line, message) for each rule that a lecture's notes break; `lab` finds the module's lab."""
    sections, minutes = _sections(document), []
    for title, cells in sections:
        spoken = [cell for cell in cells if cell.slide == "notes"]
        if not spoken:
            yield cells[0].line, MISSING.format(title=title)
        for cell in spoken[:1]:
            try:
                read = notes.read(cell.source)
            except ValueError as error:
                yield cell.line, str(error)
                continue
            minutes.append(read.minutes)
            if not read.show and any(WIDGET in cell.source for cell in cells if cell.is_code):
                yield cell.line, SHOW.format(title=title)
            for message in _exercises(read, document.source.name, lab):
                yield cell.line, message
        for cell in spoken[1:]:
            yield cell.line, SECOND.format(title=title)
    low, high = MINUTES
    if len(minutes) == len(sections) and not low <= sum(minutes) <= high:
        yield 0, TIME.format(minutes=sum(minutes), low=low, high=high)


def _sections(document: Document) -> list[tuple[str, list[Cell]]]:
    """The cells below the title and below each `##` heading."""
    found: list[tuple[str, list[Cell]]] = []
    for cell in document.written:
        title = None if cell.is_code else notes.title(cell.source)
        if title:
            found.append((title, []))
        if found:
            found[-1][1].append(cell)
    return found


def _exercises(read: notes.Notes, module: str, lab: Callable) -> Iterator[str]:
    if not read.exercise:
        return
    try:
        known = [exercise.name for exercise in lab(module).exercises]
    except KeyError:
        yield NO_LAB
        return
    for name in read.exercises:
        if name not in known:
            yield EXERCISE.format(name=name, known=", ".join(known))
