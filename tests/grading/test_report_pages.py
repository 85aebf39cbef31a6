"""The pages of a report: nothing of a student's becomes markup, all can read them."""

import base64
import re
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from dgm_course.grading import feedback, page, summary, tally, words
from dgm_course.grading.names import file_names

from .report_class import (
    LAB,
    NASTY,
    RUN,
    STATEMENT,
    UNSANDBOXED,
    exercise,
    mixed_up,
    result,
    small_class,
    ungraded,
)

MARKED = {"h1", "h2", "h3", "p", "strong", "ul", "li", "code"}
MARKED |= {"table", "thead", "tbody", "tr", "th", "td"}
TAGS = MARKED | {"html", "head", "meta", "title", "style", "body", "main"}
TAGS |= {"span", "div", "a", "figure", "img", "details", "summary"}
ATTRIBUTES = {"lang", "charset", "http-equiv", "content", "name", "class", "id", "role", "scope"}
ATTRIBUTES |= {"aria-label", "aria-describedby", "href", "src", "width", "height", "alt"}
VOID = {"meta", "img"}


class Page(HTMLParser):
    """The tags, attributes and text of a page; every tag is closed where it must be."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.text, self.open = [], [], "", []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *pair) for pair in attrs]
        self.open += [] if tag in VOID else [tag]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def class_pages(run, results):
    """The class's pages and every student's: HTML, then Markdown."""
    names = file_names(r["student"] for r in results)
    html, markdown = summary.pages(run, results, names)
    htmls = [html, *(feedback.html(run, r) for r in results)]
    return htmls, [markdown, *(feedback.markdown(run, r) for r in results)]


def test_nothing_that_a_student_wrote_becomes_html():
    for text in class_pages(RUN, small_class())[0]:
        found = Page(text)
        assert set(found.tags) <= TAGS
        assert {name for _, name, _ in found.attributes} <= ATTRIBUTES
        for _, name, value in found.attributes:
            if name == "src":
                assert re.fullmatch(r"data:image/png;base64,[A-Za-z0-9+/=]+", value)
            if name == "href":
                assert re.fullmatch(r"feedback/[\w%.,@+~-]+\.html", value)
        assert not set(text) & set("\x1b\x00\x07\u202e\u202c")


def test_nothing_that_a_student_wrote_becomes_markdown():
    for text in class_pages(RUN, small_class())[1]:
        html = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(text)
        found = Page(html.replace("<hr />", "<hr>"))
        assert set(found.tags) <= MARKED
        assert not set(text) & set("\x1b\x00\x07\u202e\u202c")
        bold = re.findall(r"<strong>(.*?)</strong>", html)
        assert not any(word in text for text in bold for word in ("bold", "script", "img"))


@pytest.mark.parametrize(
    "text", ["# x", "- x", "1. x", "1) x", "+ x", "---", "===", "> x", "    x"]
)
def test_a_note_begins_nothing_in_markdown(text):
    shown = MarkdownIt("commonmark").render("- " + page._markdown_sentence(text))
    assert re.sub(r"\s+", "", shown) == f"<ul><li>{page._cleaned(text)}</li></ul>".replace(
        "> x<", "&gt; x<"
    ).replace(" ", "")


def test_our_own_code_stays_code():
    sentence = "call `p.sum(-1)` and `a | b`"
    assert str(page._sentence(sentence)) == ("call <code>p.sum(-1)</code> and <code>a | b</code>")
    assert str(page._markdown_sentence(sentence)) == sentence


def test_a_page_of_a_class_without_a_sandbox_says_so():
    for pages in class_pages(UNSANDBOXED, small_class()):
        assert all(words.UNSANDBOXED in text.replace("&#39;", "'") for text in pages)
    for pages in class_pages(RUN, small_class()):
        assert not any(STATEMENT in text for text in pages)


def test_a_page_stands_alone_and_says_its_language():
    for text in class_pages(RUN, small_class())[0]:
        assert text.startswith('<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">')
        assert page.POLICY.replace("'", "&#39;") in text
        assert 'name="viewport"' in text and "url(" not in text and "@import" not in text
        assert text.count("<h1>") == 1
        found = Page(text)
        scopes = [value for tag, name, value in found.attributes if (tag, name) == ("th", "scope")]
        assert len(scopes) == found.tags.count("th")


def test_a_student_reads_points_states_sentences_and_what_to_do():
    zoe = small_class()[1]
    for text in (Page(feedback.html(RUN, zoe)).text, feedback.markdown(RUN, zoe)):
        assert f"{zoe['points']} of {RUN['max_points']} points" in text
        assert "dgm check 01" in text and "Two attempts" in text and "b.ipynb" in text
        for verdict in zoe["exercises"]:
            assert verdict["title"] in text
            assert f"{verdict['points']} of {verdict['max_points']}" in text
        assert "a known mix-up" in text and "not attempted yet" in text
        assert {"✓", "✗", "·"} <= set(text)


def test_a_student_reads_nobody_elses_name():
    others = [r["student"] for r in small_class() if r["student"].isascii()][:4]
    zoe = small_class()[1]
    assert not [name for name in others if name in feedback.html(RUN, zoe)]


@pytest.mark.parametrize("ended", list(words.ENDED))
def test_how_the_code_ended_is_said_in_words(ended):
    someone = result("Bo", [exercise(0, "exception", ended=ended, lines=[])])
    assert words.ENDED[ended] in feedback.html(RUN, someone)
    assert words.ENDED[ended] in feedback.markdown(RUN, someone)


def test_a_first_line_that_fails_explains_why_nothing_counts():
    someone = result("Bo", [exercise(0, "wrong_value")])
    assert words.FIRST_LINE in feedback.html(RUN, someone)


def test_every_state_has_words_a_mark_and_a_next_step():
    assert [words.mark(s) for s in ("right", "wrong_value", "not_attempted", "not_graded")] == [
        "✓",
        "✗",
        "·",
        "·",
    ]
    assert "every point" in words.next_step(RUN, result("Bo"))
    tried_later = [exercise(0, "not_attempted"), exercise(1, "wrong_value")]
    assert LAB.exercises[1].title in words.next_step(RUN, result("Bo", tried_later))
    assert "hand in again" in words.next_step(RUN, ungraded("Bo", "The notebook is empty."))


def test_a_problem_is_told_to_student_and_instructor():
    someone = ungraded("Bo", "No notebook: there is only `report.pdf`.")
    html, markdown = class_pages(RUN, [someone])
    for text in html + markdown:
        assert "report.pdf" in text


def luminance(color):
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_every_text_stands_out_from_every_background():
    for block in re.findall(r":root \{(.*?)\}", page.STYLE, re.S)[:2]:
        color = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", block))
        for back in ("page", "box", "warn"):
            for text in ("text", "soft", "right", "wrong") if back != "warn" else ("text",):
                low, high = sorted(luminance(color[c]) for c in (text, back))
                assert (high + 0.05) / (low + 0.05) >= 4.5, (text, back)


def many_mixups():
    n = len(LAB.exercises)
    return [result(f"S{i}", [mixed_up(k, i) for k in range(n)]) for i in range(6)]


def test_the_figures_have_an_alternative_that_says_what_they_show():
    text = summary.pages(RUN, many_mixups(), file_names(f"S{i}" for i in range(6)))[0]
    alts = [v for tag, k, v in Page(text).attributes if (tag, k) == ("img", "alt")]
    assert len(alts) == 2
    assert "6 in all, from 0 to 0" in alts[0]
    assert all(e.title in alts[1] for e in LAB.exercises) and "1 × “" in alts[1]


@pytest.mark.parametrize("results", [[], [result("Bo")], many_mixups()], ids=["0", "1", "7x6"])
def test_a_class_of_any_size_has_a_summary(results):
    html, markdown = summary.pages(RUN, results, file_names(r["student"] for r in results))
    assert "Commonest misconceptions" in html and "Commonest misconceptions" in markdown
    for data in re.findall(r"base64,([^\"]+)", html):
        png = base64.b64decode(data)
        assert png[:8] == b"\x89PNG\r\n\x1a\n" and b"Software" not in png
        assert 950 <= int.from_bytes(png[16:20]) <= 1050


def test_the_summary_counts_every_notebook_once_in_each_exercise():
    results = small_class()
    rows = tally.exercises(RUN, results)
    assert {sum(row["kinds"]) for row in rows} == {5}
    assert rows[0]["kinds"] == [2, 1, 0, 1, 1]
    assert sum(m["count"] for m in tally.mixups(RUN, results)) == sum(r["kinds"][1] for r in rows)
    assert NASTY not in summary.pages(RUN, results, file_names(r["student"] for r in results))[0]
