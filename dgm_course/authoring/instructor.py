"""The instructor's page of a module: its lecture minute by minute, then what its lab will show.

All of it is written elsewhere: the speaker's notes in the lecture, the exercises and their known
mix-ups in dgm_course/exercises/.  Links are those of the site, where the page is instructors/NAME.
"""

from pathlib import Path

from dgm_course.authoring import notebook, notes
from dgm_course.authoring.lab import default_lab
from dgm_course.authoring.modules import Module
from dgm_course.authoring.notes import Notes
from dgm_course.authoring.tables import table

PAGE = """# Teaching {number:02d}: {title}

<div class="dgm-teach"></div>

*{question}*

## At a glance

{glance}

{materials}

{timetable}

## The lecture, section by section

{sections}

## The lab: what you will see in the room

{lab}

## Hand out, collect, grade

{grading}
"""
GLANCE = (
    "**Lecture:** {minutes} minutes, {short} if all that may be skipped is. "
    "**Lab:** {count} exercises, {lab_minutes} minutes, {points} points."
)
MATERIALS = """
- The [lecture](../lectures/{name}.ipynb) to read; the same as [slides](../slides/{name}.md), or in
  a terminal `dgm present {number:02d}`
- The [lab](../labs/{name}.ipynb) and its [solution](../solutions/{name}.ipynb)
- How to prepare a course: [the instructor's guide](../guides/instructor.md)
"""
ROOM = """
A check tells a student which idea was mixed up. These are the mix-ups that it knows, each by the
name that grading uses and in the words that the student reads. Ask who got one, and for which
input it shows: that teaches the others more than the answer does.
"""
GRADING = """
```
dgm release autumn --labs {number:02d} --zip
dgm grade submissions.zip --lab {number:02d} --out grades/{number:02d} -j 4
```

The first command makes a class pack without solutions; `autumn` is a name of your choice, and
`--labs` takes several labs, separated by commas. The second grades what your learning platform
exported, as it is, on numbers drawn from your secret seed. `grades/{number:02d}/summary.html` then
shows what the class mixed up, and how often. [How grading works](../grading.md) says what to
install first, and what is defended.
"""


def page(root: Path, module: Module) -> str:
    """The page of one module, in Markdown, from its built lecture and its exercises."""
    spoken = notes.spoken(notebook.load(root / module.lecture))
    lab = default_lab(module.name)
    return PAGE.format(
        number=module.number,
        title=module.title,
        question=module.question,
        glance=_glance([read for _, read in spoken], lab.exercises),
        materials=MATERIALS.strip().format(name=module.name, number=module.number),
        timetable=_timetable(spoken),
        sections="\n\n".join(_section(*part) for part in _clocked(spoken)),
        lab=_lab(lab.exercises),
        grading=GRADING.strip().format(number=module.number),
    )


def _clocked(spoken: list[tuple[str, Notes]]) -> list[tuple[str, str, Notes]]:
    """Each section with the hour and minute at which it starts."""
    starts = [sum(read.minutes for _, read in spoken[:i]) for i in range(len(spoken))]
    clocks = [f"{start // 60}:{start % 60:02d}" for start in starts]
    return [(clock, *part) for clock, part in zip(clocks, spoken, strict=True)]


def _glance(spoken: list[Notes], exercises) -> str:
    minutes = sum(read.minutes for read in spoken)
    return GLANCE.format(
        minutes=minutes,
        short=minutes - sum(read.minutes_saved for read in spoken),
        count=len(exercises),
        lab_minutes=sum(exercise.minutes for exercise in exercises),
        points=sum(exercise.points for exercise in exercises),
    )


def _timetable(spoken: list[tuple[str, Notes]]) -> str:
    rows = [
        (clock, title.replace("|", r"\|"), read.minutes, read.skip.replace("|", r"\|"))
        for clock, title, read in _clocked(spoken)
    ]
    return table(("clock", "section", "min", "may be skipped"), rows)


def _section(clock: str, title: str, read: Notes) -> str:
    labelled = [
        *(("Asked", text) for text in read.asked),
        *(("Wrong belief", text) for text in read.beliefs),
        ("Show", read.show),
        ("Exercise", read.exercise),
        ("May be skipped", read.skip),
    ]
    items = [f"- **{label}:** {text}" for label, text in labelled if text]
    parts = [f"### {clock} {title}", f"**{read.minutes} min.** {read.say}", "\n".join(items)]
    return "\n\n".join(part for part in parts if part)


def _lab(exercises) -> str:
    rows = [
        (i, e.title, f"`{e.name}`", f"{e.difficulty} of 3", e.minutes, e.points)
        for i, e in enumerate(exercises, start=1)
    ]
    header = ("", "exercise", "function", "difficulty", "min", "points")
    return "\n\n".join([table(header, rows), ROOM.strip(), *map(_mixups, exercises)])


def _mixups(exercise) -> str:
    lines = [f"- `{name}`: {says}" for name, says in exercise.misconceptions.items()]
    return "\n".join([f"### {exercise.title}", "", *lines])
