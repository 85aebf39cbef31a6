"""Speaker's notes are read into their parts, and what is no such part is refused by name."""

import pytest

from dgm_course.authoring import notes

GOOD = """**6 min.** Let the room vote first.

Then tell them who was right.

**Asked:** *Why not the other way round?* Because *p* draws.

**Asked:** *In bits?* Divide by log 2.

**Wrong belief:** "KL is a distance." It is not symmetric.

**Show:** The widget: drag
the mean to 0.

**Exercise:** `kl_divergence` and `entropy`, the sums of this page with `xlogy`.

**May be skipped:** 2 min: the proof.
"""


def test_notes_are_read_into_their_parts():
    found = notes.read(GOOD)
    assert found.minutes == 6
    assert found.say == "Let the room vote first.\n\nThen tell them who was right."
    assert found.asked == (
        "*Why not the other way round?* Because *p* draws.",
        "*In bits?* Divide by log 2.",
    )
    assert found.beliefs == ('"KL is a distance." It is not symmetric.',)
    assert found.show == "The widget: drag\nthe mean to 0."
    assert found.exercises == ("kl_divergence", "entropy")
    assert found.skip == "2 min: the proof."
    assert found.minutes_saved == 2


def test_only_minutes_and_what_to_say_are_needed():
    assert notes.read("**1 min.** Move on.") == notes.Notes(1, "Move on.")
    assert notes.read("**1 min.** Move on.").exercises == ()
    assert notes.read("**1 min.** Move on.").minutes_saved == 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "begin with the time"),
        ("Let them vote.", "begin with the time"),
        ("**0 min.** Nothing.", "begin with the time"),
        ("**6 min.**", "begin with the time"),
        ("**1 min.** A.\n\n**Ask:** *What?* That.", r"unknown label \*\*Ask:\*\*; use \*\*Asked"),
        ("**1 min.** A.\n\n**Asked:** What? That.", r"is written \*Question\?\* Answer"),
        ("**1 min.** A.\n\n**Asked:** *What?*", r"is written \*Question\?\* Answer"),
        ("**1 min.** A.\n\n**Wrong belief:** It is. No.", "What they believe"),
        ("**1 min.** A.\n\n**Exercise:** The first one.", "`name_in_the_lab`"),
        ("**1 min.** A.\n\n**May be skipped:** The proof.", "is written 2 min: the proof"),
        ("**1 min.** A.\n\n**Show:** a\n\n**Show:** b", r"a second \*\*Show:\*\*"),
        ("**1 min.** A.\n\n**Show:**", "say it in a sentence"),
        ("**1 min.** A.\n\n**Show:** a\n\nAnd more.", "before the labels: 'And more.'"),
    ],
)
def test_what_is_wrong_with_notes_is_said(text, says):
    with pytest.raises(ValueError, match=says):
        notes.read(text)


def cell(text, spoken=None, kind="markdown"):
    metadata = {"dgm": {"notes": spoken}} if spoken else {}
    return {"cell_type": kind, "source": text, "metadata": metadata}


def test_sections_begin_at_the_title_and_at_headings_of_the_second_level():
    title, code = cell("# Title", "**2 min.** Hello."), cell("# a comment", kind="code")
    first, deeper = cell(["## First\n", "\n", "text"]), cell("### Deeper")
    cells = [title, code, first, deeper]
    assert notes.sections({"cells": cells}) == [
        notes.Section("Title", "**2 min.** Hello.", (title, code)),
        notes.Section("First", None, (first, deeper)),
    ]
    assert notes.spoken({"cells": cells}) == [("Title", notes.Notes(2, "Hello."))]
