"""Counting words, and Markdown that would render differently somewhere."""

import pytest

from dgm_course.authoring.prose import heading_problems, headings, problems, words

FOLDED = "<details>\n<summary>Answer</summary>\n\nNo.\n\n</details>"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("One two, three.", 3),
        ("# A heading counts", 3),
        ("The sum $a + b + c$ is one", 5),
        ("Before\n\n$$\na + b = c\n$$\n\nafter", 2),
        ("See [the paper](https://example.org/a b c).", 3),
        ("```python\nx = 1\n```\nthen", 1),
        (f"Predict.\n\n{FOLDED}", 1),
        ("| a | b |\n|---|---|\n| 1 | 2 |", 4),
        ("![a picture of it](x.png) here", 1),
        ("<b>bold</b> <!-- not seen -->", 1),
    ],
)
def test_words_are_what_a_reader_reads(text, count):
    assert words(text) == count


GOOD = [
    "word " * 120,
    FOLDED,
    "`:::{note}` is not rendered, nor is `<script>`.",
    "```\n> [!NOTE]\n<script>\n```",
    "<div>\n\n$x$\n\n</div>",
    "> **Note.** A blockquote.",
    '<img src="a.png" alt="a plot">',
    "$$x$$ and $$\ny\n$$\n(see below)",
]
BAD = [
    ("word " * 121, 0, "121 words"),
    ("a\n:::{note}\nb\n:::", 1, "MyST directive"),
    ("```{note}\nb\n```", 0, "MyST directive"),
    ("a\n\n$$x$$ (eq-one)", 2, "equation label"),
    ("$$\nx\n$$ (one)\n", 2, "equation label"),
    ("> [!NOTE]\n> b", 0, "GitHub alert"),
    ("a\n<div>\n$x$\n</div>", 1, "maths in a <div>"),
    ('<img src="a.png">', 0, "<img> without alt"),
    ('<img src="a.png" alt="">', 0, "<img> without alt"),
    ("![](a.png)", 0, "without a text alternative"),
    ("<script>alert(1)</script>", 0, "<script>"),
    ("<details>\n<summary>A</summary>\nNo.\n</details>", 0, "blank line"),
    ("<details>\n\nNo.\n\n</details>", 0, "blank line"),
]


@pytest.mark.parametrize("text", GOOD)
def test_what_renders_everywhere_draws_no_message(text):
    assert list(problems(text)) == []


@pytest.mark.parametrize(("text", "line", "says"), BAD)
def test_each_rule_fires_once_at_its_line(text, line, says):
    [(at, message)] = problems(text)
    assert at == line
    assert says in message


def test_headings_in_code_are_comments():
    assert headings("# One\n\n```\n# no\n```\n## Two") == [(0, 1), (5, 2)]


@pytest.mark.parametrize(
    ("levels", "says"),
    [
        ([1, 2, 3, 2, 3, 4], None),
        ([2, 3], "the first heading"),
        ([1, 2, 1], "a second title"),
        ([1, 3], "from level 1 to 3"),
        ([1, 2, 4], "from level 2 to 4"),
    ],
)
def test_headings_descend_one_level_at_a_time(levels, says):
    found = [message for _, message in heading_problems(list(enumerate(levels)))]
    assert len(found) == (says is not None)
    assert says is None or says in found[0]
