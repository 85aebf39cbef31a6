"""A report as it is displayed: escaped HTML, plain text, and JSON of a stated form."""

import json
from html.parser import HTMLParser

import pytest

from dgm_course.exercises import report as words
from dgm_course.exercises.exercise import State
from dgm_course.exercises.report import MIMETYPE

from .notebook import LAB, run_cell
from .test_states import CASES

FORM = {
    "exercise": str,
    "title": str,
    "state": str,
    "points": int,
    "max_points": int,
    "lines": list,
    "mixup": str,
}
LINE = {"holds": bool, "text": str, "state": str}
ALLOWED = {"div", "b", "span", "code"}


class Page(HTMLParser):
    """The tags, the attributes and the text of a piece of HTML."""

    def __init__(self, markup):
        super().__init__()
        self.tags, self.attributes, self.text, self.open = set(), set(), "", []
        self.feed(markup)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attributes}
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


@pytest.fixture(params=[pytest.param(case.values[1], id=case.id) for case in CASES])
def report(request):
    return LAB.report(request.param, name="double")


def letters(text):
    """Without the spaces and the backticks, which HTML writes in its own way."""
    return "".join(text.replace("`", "").split())


def test_the_json_has_its_form_and_survives_a_round_trip(report):
    data = report.json()
    assert {key: type(value) for key, value in data.items()} == FORM
    for line in data["lines"]:
        assert {key: type(value) for key, value in line.items()} == LINE
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert data["state"] in set(State)


def test_html_and_text_say_the_same(report):
    page = Page(words.markup(report))
    assert page.tags <= ALLOWED
    assert page.attributes <= {"style"}
    assert page.open == []
    assert letters(page.text) == letters(words.text(report))


def test_every_line_has_a_mark_that_is_more_than_a_colour(report):
    for line, shown in zip(report.lines, words.text(report).splitlines()[1:], strict=True):
        mark = "✓" if line.holds else "·" if line.state == State.NOT_ATTEMPTED else "✗"
        assert shown == f"  {mark} {line.text}"


def test_one_display_holds_all_three(shown):
    def double(x):
        return x.sum(-1)

    LAB.check(double)
    (data,) = shown
    assert set(data) == {"text/html", "text/plain", MIMETYPE}
    assert data["text/plain"].startswith(
        "Twice & more: a known mix-up, 0 of 3 points (the first line"
    )
    assert "Twice &amp; more" in data["text/html"]
    assert data[MIMETYPE]["state"] == "misconception"


ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "`<b>`</code><i>`",
    "\"'><svg onload=alert(1)>",
    "&lt;script&gt;",
    "]]>--><!--",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_error_message_and_a_source_line_are_escaped(attack):
    cell = run_cell(f"def double(x):\n    raise ValueError({attack!r})\n")
    report = LAB.report(cell["double"], name="double")
    page = Page(words.markup(report))
    assert page.tags <= ALLOWED
    assert page.attributes <= {"style"}
    assert attack.replace("`", "") in page.text.replace("`", "")


def test_a_type_with_a_hostile_name_is_escaped():
    hostile = type("<script>", (), {})
    report = LAB.report(lambda x: hostile(), name="double")
    assert report.state == State.WRONG_TYPE
    assert "<script>" not in words.markup(report)


@pytest.mark.parametrize("state", State)
def test_every_state_has_its_words(state):
    assert words.WORDS[state].strip()
    assert len(set(words.WORDS.values())) == len(State)
