"""Text of students, before it is shown beside ours."""

import pytest

from dgm_course.grading.text import clean


@pytest.mark.parametrize(
    "text, shown",
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07x", "x"),
        ("a\u202eb\u2066c", "a b c"),
        ("two\nlines\tand  more", "two lines and more"),
        ("nul\x00", "nul"),
        ("Œuvre 🦜 é", "Œuvre 🦜 é"),
        ("\ud800", ""),
    ],
)
def test_only_what_can_be_seen_is_left(text, shown):
    assert clean(text) == shown


def test_long_text_is_cut_and_says_so():
    assert clean("x" * 30, 10) == "x" * 9 + "…"
    assert len(clean("x" * 10**7, 100)) == 100
