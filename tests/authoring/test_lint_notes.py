"""A lecture can be taught from its notes: every rule fires once, on the line to be repaired."""

import pytest

from dgm_course.authoring import lint_notes
from dgm_course.authoring.lint import lint

from .samples import LAB, document

TITLE = "# %% [markdown]\n# # Small\n"
SECTION = "# %% [markdown]\n# ## A claim\n"
WIDGET = "# %%\nwidgets.explore(scene, sliders, stills, alt)\n"


def spoken(text):
    """A cell of notes."""
    return '# %% [markdown] slide="notes"\n' + "".join(f"# {line}\n" for line in text.split("\n"))


FIRST, OTHER = spoken("**40 min.** Vote."), spoken("**41 min.** Count.")
ALL = spoken("**80 min.** Vote.")


def said(tmp_path, *cells, lab=lambda name: LAB):
    return list(lint_notes.problems(document(tmp_path, "\n".join(cells)), lab))


def one(problems, line, says):
    [(at, message)] = problems
    assert says in message
    assert at == line


def test_notes_in_every_section_draw_no_message(tmp_path):
    good = spoken(
        "**41 min.** Count.\n\n**Show:** The widget: drag.\n\n**Exercise:** `second`, all."
    )
    assert said(tmp_path, TITLE, FIRST, SECTION, good, WIDGET) == []


def test_every_section_and_the_title_have_notes(tmp_path):
    one(said(tmp_path, TITLE, FIRST, SECTION), 8, "no notes in the section 'A claim'")
    one(said(tmp_path, TITLE, SECTION, OTHER), 2, "no notes in the section 'Small'")


def test_a_section_has_one_cell_of_notes(tmp_path):
    one(said(tmp_path, TITLE, ALL, OTHER), 8, "a second cell of notes in the section 'Small'")


def test_notes_that_cannot_be_read_say_why(tmp_path):
    one(said(tmp_path, TITLE, spoken("Vote.")), 5, "notes begin with the time")


def test_a_widget_is_shown(tmp_path):
    one(said(tmp_path, TITLE, FIRST, WIDGET, SECTION, OTHER), 5, "say in **Show:** when to show it")


def test_an_exercise_that_is_named_exists(tmp_path):
    named = spoken("**80 min.** Vote.\n\n**Exercise:** `first` and `secnod`, the sums.")
    one(said(tmp_path, TITLE, named), 5, "no exercise is called 'secnod' in the module's lab")

    def no_lab(name):
        raise KeyError(name)

    one(said(tmp_path, TITLE, named, lab=no_lab), 5, "no lab yet: leave **Exercise:** out")


@pytest.mark.parametrize("minutes", [74, 91])
def test_the_minutes_fill_a_lecture(tmp_path, minutes):
    found = said(tmp_path, TITLE, spoken(f"**{minutes} min.** Vote."))
    one(found, 0, f"minutes sum to {minutes}, where a lecture takes 75 to 90")


def test_notes_may_be_longer_than_what_is_read_but_not_endless(tmp_path):
    def words(count):
        text = document(tmp_path, TITLE + spoken("**80 min.** " + "word " * count))
        return [p.message for p in lint(text) if "words" in p.message]

    assert words(248) == []
    assert words(249) == ["251 words in one cell, at most 250: " + words(249)[0].split(": ", 1)[1]]
