"""The instructor's page of every module holds what its notes and its exercises hold."""

import re
from itertools import pairwise

import pytest

from dgm_course.authoring import instructor, layout, notebook, notes
from dgm_course.authoring.modules import load_modules
from dgm_course.exercises.lab import load

ROOT = layout.find_root()
MODULES = load_modules(ROOT)
PAGES = {module.name: instructor.page(ROOT, module) for module in MODULES}
each_module = pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)


def between(text, start, end):
    return text.split(start, 1)[1].split(end, 1)[0]


def as_minutes(clock):
    hours, minutes = clock.split(":")
    return 60 * int(hours) + int(minutes)


@each_module
def test_the_clock_runs_through_all_sections_of_the_lecture(module):
    titles = [s.title for s in notes.sections(notebook.load(ROOT / module.lecture))]
    table = between(PAGES[module.name], "| --- |", "## The lecture")
    rows = re.findall(r"^\| (\d:\d\d) \| (.+?) \| (\d+) \| ", table, re.MULTILINE)
    assert [title for _, title, _ in rows] == [title.replace("|", r"\|") for title in titles]
    assert rows[0][0] == "0:00"
    for (clock, _, minutes), (following, *_) in pairwise(rows):
        assert as_minutes(clock) + int(minutes) == as_minutes(following)


@each_module
def test_the_lecture_fits_its_time_also_when_cut(module):
    said = between(PAGES[module.name], "**Lecture:** ", "**Lab:**")
    minutes, short = map(int, re.findall(r"\d+", said))
    skipped = re.findall(r"\*\*May be skipped:\*\* (\d+) min: ", PAGES[module.name])
    assert 75 <= minutes <= 90
    assert minutes - short == sum(map(int, skipped)) >= 10


@each_module
def test_every_word_of_the_notes_is_on_the_page(module):
    text = PAGES[module.name]
    for section in notes.sections(notebook.load(ROOT / module.lecture)):
        for paragraph in section.notes.split("\n\n"):
            assert paragraph in text


@each_module
def test_every_exercise_and_every_known_mixup_is_on_the_page(module):
    text, lab = PAGES[module.name], load(module.name)
    for exercise in lab.exercises:
        row = f"`{exercise.name}` | {exercise.difficulty} of 3 | {exercise.minutes} |"
        assert f"{row} {exercise.points} |" in text
        for name, says in exercise.misconceptions.items():
            assert f"- `{name}`: {says}\n" in text


@each_module
def test_every_exercise_is_prepared_by_a_section(module):
    sections = notes.sections(notebook.load(ROOT / module.lecture))
    named = {name for s in sections for name in notes.read(s.notes).exercises}
    assert named == {exercise.name for exercise in load(module.name).exercises}


@each_module
def test_its_links_lead_to_what_the_site_shows(module):
    for link in re.findall(r"\]\(\.\./([^)]+)\)", PAGES[module.name]):
        path = link if link.endswith(".ipynb") else f"docs/{link}"
        assert (ROOT / path).is_file() or link == f"slides/{module.name}.md"
