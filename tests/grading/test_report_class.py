"""What the instructor sees of a class, and how a page's head and its next step are worded."""

import re

import pytest
from markdown_it import MarkdownIt

from dgm_course.grading import feedback, page, summary, tally, words
from dgm_course.grading.names import file_names

from .report_class import LAB, RUN, exercise, mixed_up, result, ungraded


def pages(results):
    return summary.pages(RUN, results, file_names(r["student"] for r in results))


def mixed(students, number=0, which=0):
    return [result(s, [mixed_up(number, which)], sha256=s.encode().hex().ljust(64, "0"))
            for s in students]  # fmt: skip


def test_a_misconception_names_who_has_it_and_links_to_their_feedback():
    html, markdown = pages(mixed(["Ann O'Neil", "Bo"]))
    links = '<a href="feedback/Bo.html">Bo</a>'
    table = html.split("Commonest misconceptions")[1].split("<h2>")[0]
    assert links in table and "Ann O&#39;Neil</a> and <a" in table
    assert '<td class="count">2</td>' in table and "<details>" not in table
    assert re.search(r"- 2 × .* \(Ann O'Neil, Bo\)", markdown)


def test_many_names_are_folded():
    html, _ = pages(mixed([f"S{i}" for i in range(10)]))
    folded = re.search(r"<details><summary>10\s+students</summary>(.*?)</details>", html, re.S)
    assert folded[1].count("<a href=") == 10


def test_misconceptions_of_equal_counts_follow_the_exercises():
    results = [*mixed(["a", "b"], 1), *mixed(["c"], 2), *mixed(["d"], 0), *mixed(["e", "f"], 0, 1)]
    rows = [(m["title"], m["students"]) for m in tally.mixups(RUN, results)]
    first, second, third = (LAB.exercises[i].title for i in range(3))
    assert rows == [(first, ["e", "f"]), (second, ["a", "b"]), (first, ["d"]), (third, ["c"])]


@pytest.mark.parametrize("n", [2, 3])
def test_equal_files_are_said(n):
    same = [result(s, sha256="a" * 64) for s in ("Ann", "Bo", "Cy")[:n]]
    names = {2: "Ann and Bo", 3: "Ann, Bo and Cy"}[n]
    html, markdown = pages([*same, result("Di", sha256="b" * 64)])
    assert f"The same file was handed in by {names}." in re.sub("<a .*?>|</a>", "", html)
    assert f"- The same file was handed in by {names}.\n" in markdown


@pytest.mark.parametrize("digest", ["", tally.EMPTY[1]])
def test_missing_and_empty_files_are_not_compared(digest):
    results = [ungraded(s, "It is empty.") | {"sha256": digest} for s in ("Ann", "Bo")]
    assert not any("same file" in text for text in pages(results))


def test_who_was_not_graded_has_no_points_in_the_table():
    html, markdown = pages([ungraded("Bo", "Gone."), result("Cy", [exercise(0, "not_attempted")])])
    assert '<td class="count">not graded</td>' in html and "| Bo | not graded |" in markdown
    assert '<td class="count">0 of 28</td>' in html and "| Cy | 0 of 28 |" in markdown


FIGURE = {
    "nothing": ([], False),
    "one has it": (mixed(["a"]), False),
    "five have others": ([*mixed("ab", 0)[:1], *mixed("c", 1), *mixed("d", 2)], False),
    "two share one": (mixed(["a", "b"]), True),
    "six notebooks": ([*mixed(["a"]), *(result(s) for s in "bcdef")], True),
    "six notebooks, none mixed up": ([result(s) for s in "abcdef"], False),
}


@pytest.mark.parametrize("results, drawn", FIGURE.values(), ids=FIGURE)
def test_the_figure_of_misconceptions_is_drawn_where_it_says_more_than_the_table(results, drawn):
    assert pages(results)[0].count("<img") == bool(results) + drawn


def test_titles_say_the_lab_once_and_whose_page_it_is():
    emma = result("Emma O'Neil")
    assert "<h1>Lab 01: measure surprise — Emma O&#39;Neil</h1>" in feedback.html(RUN, emma)
    assert feedback.markdown(RUN, emma).startswith("# Lab 01: measure surprise — Emma O'Neil\n")
    assert "<title>Lab 01: measure surprise — the class</title>" in pages([emma])[0]


NAMES = {
    "gradebook_lab01/Lab 01_jdoe_attempt_2026-11-20-10-30-00_my work.ipynb": "my work.ipynb",
    "doejane_LATE_12345_67890_01_information-1.ipynb": "01_information-1.ipynb",
    "all.zip/jane/work/01_information.ipynb": "01_information.ipynb",
    "jane_01_information.ipynb": "jane_01_information.ipynb",
}


@pytest.mark.parametrize("path, name", NAMES.items())
def test_the_head_names_the_students_own_file(path, name):
    html, markdown = feedback.html(RUN, result("J", file=path)), feedback.markdown(
        RUN, result("J", file=path))  # fmt: skip
    assert f"graded from\n<code>{name}</code>" in html
    assert f"graded from {name}\n" in markdown


def test_what_was_not_graded_was_handed_in():
    bo = ungraded("Bo", "It is no notebook.") | {"file": "bo/w.ipynb"}
    for text in (feedback.html(RUN, bo), feedback.markdown(RUN, bo)):
        assert "handed in:" in text and "graded from" not in text and "Not graded" in text
        assert "0 of 28 points" not in text
    assert "handed in:" not in feedback.html(RUN, ungraded("Bo", "Nothing there."))


def test_the_next_step_is_the_wrong_exercise_with_most_points_to_gain():
    by_points = sorted(range(len(LAB.exercises)), key=lambda i: LAB.exercises[i].points)
    small, large = by_points[0], by_points[-1]
    assert LAB.exercises[small].points < LAB.exercises[large].points
    wrong = [exercise(small, "wrong_value"), exercise(large, "wrong_value")]
    assert LAB.exercises[large].title in words.next_step(RUN, result("Bo", wrong))
    wrong[1] = exercise(large, "not_attempted")
    assert LAB.exercises[small].title in words.next_step(RUN, result("Bo", wrong))
    wrong = [exercise(small, "wrong_value"), exercise(large, "modified", 3)]
    wrong[1]["points"] = wrong[1]["max_points"] - 1
    wrong[0]["max_points"] = 2
    assert LAB.exercises[small].title in words.next_step(RUN, result("Bo", wrong))


PLAIN = ["01_information.ipynb", "p < 0 and q > 1", "a & b", "R&D", "AT&T;", "caf_é_s", "1 <2"]


@pytest.mark.parametrize("text", PLAIN)
def test_what_means_nothing_in_markdown_stays_as_it_is(text):
    if "&" not in text or " & " in text:
        assert page._inert(text) == text
    shown = MarkdownIt("gfm-like", {"html": True, "linkify": False}).renderInline(page._inert(text))
    assert shown == page._sentence(text).unescape().replace("&", "&amp;").replace(
        "<", "&lt;").replace(">", "&gt;")  # fmt: skip


MARKED = ["__init__", "_a_", "a _b_", "_a_b_", "__a_b", "a__b_", "(_x_)", "<b>", "</b>",
          "<!-- x -->", "&lt;", "&#60;", "<a@b.c>", "<?x?>", "a_(b)_c", "*_a_*"]  # fmt: skip


@pytest.mark.parametrize("text", MARKED)
def test_what_would_mean_something_in_markdown_does_not(text):
    html = MarkdownIt("gfm-like", {"html": True, "linkify": False}).renderInline(page._inert(text))
    assert html == str(page._sentence(text))


def test_figures_fit_narrow_screens_and_are_softer_in_the_dark():
    assert "figure img { display: block; max-width: 100%;" in page.STYLE
    assert "max-width: none; width" not in page.STYLE
    dark = page.STYLE.split("(prefers-color-scheme: dark) {\n  figure img")[1].split("}")[0]
    assert "padding" in dark and "border-radius" in dark and "brightness(.9)" in dark
