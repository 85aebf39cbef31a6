"""From a notebook to slides: what begins one, what is folded, what is divided."""

import re

import pytest

from dgm_course.authoring import deck, layout, vendor
from dgm_course.authoring.deck_blocks import blocks, matter
from dgm_course.authoring.deck_fit import fit
from dgm_course.authoring.problem import BuildError

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="  # noqa: E501
ROOT = layout.find_root()
LECTURES = [source.name for source in layout.discover(ROOT) if not source.is_lab]


def prose(text, slide="-"):
    return {
        "cell_type": "markdown",
        "source": text,
        "metadata": {"slideshow": {"slide_type": slide}},
    }


def code(source, printed="", figure=None, tags=(), slide="subslide", **metadata):
    outputs = [{"output_type": "stream", "text": printed}] if printed else []
    if figure:
        told = {"alt": figure, "width": 600, "height": 300}
        data = {"image/png": PIXEL}
        outputs.append(
            {"output_type": "display_data", "data": data, "metadata": {"image/png": told}}
        )
    metadata |= {"tags": list(tags), "slideshow": {"slide_type": slide}}
    return {"cell_type": "code", "source": source, "outputs": outputs, "metadata": metadata}


TITLE = prose("# The title\n\n**A question?**\n\nA promise.\n\nFollows a paper.", "slide")


def slides(*cells):
    return deck.slides({"cells": [TITLE, *cells]})


def kinds(slide):
    return [block.kind for block in slide.blocks]


def test_the_title_has_the_question_the_first_figure_and_the_sources():
    first, promise = slides(code("plot.curves()", figure="a curve", tags=["hide-input"]))
    assert first.layout == "title" and kinds(first) == ["text", "figure"]
    assert [block.text for block in promise.blocks] == ["A promise."]
    assert promise.sources == "Follows a paper."


def test_a_question_to_predict_has_its_own_slide_and_its_fold_is_the_answer():
    *_, before, question, after = slides(
        prose(
            "## Section\n\nIt is so.\n\n**Predict before you run.** Why?\n\n"
            "<details>\n<summary>Answer</summary>\n\nBecause.\n\n</details>\n\nAnd then?",
            "slide",
        )
    )
    assert (kinds(before), before.opens) == (["text"], 2)
    assert [block.text for block in question.blocks] == ["Why?", "Because."]
    assert kinds(question) == ["question", "answer"] and question.layout == "question"
    assert [block.text for block in after.blocks] == ["And then?"]


def test_a_slide_without_a_heading_runs_under_the_last_one():
    *_, plain = slides(prose("## A *claim*", "slide"), prose("### Part $p$", "subslide"), code("x"))
    assert (plain.name, plain.opens, plain.section_name) == ("Part p", 3, "A claim")
    *_, plain = slides(prose("## A *claim*\n\nText.", "slide"), prose("More.", "subslide"))
    assert (plain.name, plain.opens) == ("A claim", 0)


def test_what_is_short_shares_a_slide_as_far_as_the_author_lets_it():
    *_, shared = slides(prose("## Section\n\nIt is so.", "slide"), code("x = 1", "1"))
    assert kinds(shared) == ["text", "code", "output"]
    *_, table = slides(prose("## Section\n\nIt is so.\n\n| a |\n|---|\n| 1 |\n\nSee?", "slide"))
    assert kinds(table) == ["text", "table", "text"]
    *_, one, two = slides(prose("## Section\n\nOne.", "slide"), prose("Two.", "subslide"))
    assert (kinds(one), kinds(two)) == (["text"], ["text"])


def drawn(width, height):
    cell = code("plot.curves()", figure="a curve", tags=["hide-input"])
    cell["outputs"][0]["metadata"]["image/png"] |= {"width": width, "height": height}
    return cell


def test_words_stand_above_a_wide_figure_and_beside_a_high_one():
    words = "word " * 40
    *_, wide = slides(prose(f"## Section\n\n{words}", "slide"), drawn(900, 260))
    *_, high = slides(prose(f"## Section\n\n{words}", "slide"), drawn(520, 360))
    assert kinds(wide) == kinds(high) == ["text", "figure"]
    assert wide.fit.figure == 0 and high.fit.figure >= 0.55 * 1280


def test_a_figure_that_would_be_too_small_to_read_stays_alone():
    *_, words, alone = slides(prose(f"## Section\n\n{'word ' * 60}", "slide"), drawn(950, 420))
    assert (kinds(words), kinds(alone)) == (["text"], ["figure"])


def test_skipped_cells_are_on_no_slide():
    assert "secret" not in str(slides(code("import secret", slide="skip")))


def test_notes_belong_to_a_section_and_share_out_its_minutes():
    heading = prose("## One", "slide")
    heading["metadata"]["dgm"] = {"notes": "**5 min.** Say it."}
    shown = slides(heading, prose("One.", "subslide"), prose("Two.", "subslide"))
    section = [slide for slide in shown if slide.section == "One"]
    assert section[0].notes == "**5 min.** Say it." and section[0].column
    assert sum(slide.seconds for slide in section) == 300
    assert shown[0].seconds is None


def test_drawing_and_checking_are_folded_and_what_is_left_is_shown():
    source = 'n = 3\nm = n\n\nalt = "a"\ncheck.show(my_f)\nplot.bars(n)'
    (shown,) = [b for b in blocks(code(source, "✓ f")) if b.kind == "code"]
    assert shown.shown == "n = 3\nm = n\n⋯"
    folded = [text for is_shown, text in shown.parts if not is_shown]
    assert folded == ['alt = "a"\ncheck.show(my_f)\nplot.bars(n)']


def test_of_a_cell_that_defines_functions_these_are_shown():
    source = "def my_f(x):\n    return x\n\na = my_f(1)"
    assert matter(source) == {1, 2}


def test_code_that_defines_nothing_is_folded_under_its_figure():
    output, figure = blocks(code("a = 1\nb = 2\nplot.bars(a)", "1 nat", figure="bars"))
    assert (output.kind, output.text, figure.kind) == ("output", "1 nat", "figure")
    assert figure.text.startswith("a = 1")


def test_a_cell_that_only_checks_shows_its_checks():
    assert matter("check.show(1)") == {1}


def test_an_author_chooses_the_lines():
    (shown,) = blocks(code("a = 1\nb = 2\nc = 3\nd = 4", dgm={"lines": "1,3-4"}))
    assert shown.parts == ((True, "a = 1"), (False, "b = 2"), (True, "c = 3\nd = 4"))


def test_code_that_is_hidden_is_folded_under_its_figure():
    (figure,) = blocks(code("x = compute()", figure="a curve", tags=["hide-input"]))
    assert (figure.kind, figure.text, figure.alt) == ("figure", "x = compute()", "a curve")
    assert figure.ratio == 2  # of the shown size, whatever the pixels


def test_an_erratum_is_a_box_and_a_fold_elsewhere_stays_a_fold():
    text = (
        "> **Erratum 1.** Wrong.\n\nText.\n\n<details>\n<summary>More</summary>\n\nA.\n\n</details>"
    )
    assert [block.kind for block in blocks(prose(text))] == ["erratum", "text", "fold"]


def test_long_prose_is_divided_evenly_and_nothing_of_it_is_lost():
    paragraphs = [f"Paragraph {i} " + "goes on and on " * 14 for i in range(6)]
    *rest, last = slides(prose("## Long\n\n" + "\n\n".join(paragraphs), "slide"))
    long = [slide for slide in [*rest, last] if slide.title == "Long"]
    assert len(long) > 1 and {len(slide.blocks) for slide in long} <= {2, 3, 4}
    assert [b.text for s in long for b in s.blocks] == [p.strip() for p in paragraphs]
    assert all(slide.fit.text >= 26 for slide in long)


def test_a_formula_stays_with_its_sentence():
    text = "\n\n".join(f"{'Words go on ' * 25}:\n\n$$x_{i} = \\frac12$$" for i in range(4))
    for slide in slides(prose(f"## Long\n\n{text}", "slide"))[2:]:
        assert kinds(slide)[0] == "text" and kinds(slide)[-1] == "maths"


def test_text_gets_smaller_as_there_is_more_of_it_and_code_as_its_lines_get_longer():
    few, many = (blocks(prose("word " * count)) for count in (20, 150))
    assert fit(few, 540).text > fit(many, 540).text >= 26
    (short,), (wide,) = (blocks(code(f"x = {'1' * n}")) for n in (20, 84))
    assert 26 == fit([short], 540).code > fit([wide], 540).code >= 20


@pytest.mark.parametrize("name", LECTURES)
def test_a_lecture_is_one_file_with_every_figure_and_no_address_to_load(name, tmp_path):
    page = deck.write(ROOT, name, tmp_path / "out" / "deck.html").read_text(encoding="utf-8")
    scripts = re.compile(r"<(script|style)\b[^>]*>.*?</\1>", re.S)
    body = scripts.sub("", page)
    assert not re.search(r"<(?:img|script|link|iframe)\b[^>]*(?:src|href)=\"(?!data:)", body)
    assert not re.search(
        r"@import|url\((?!['\"]?(?:data:|#|%23))",
        "".join(re.findall(r"<style.*?</style>", page, re.S)),
    )
    assert body.count("<img") == len(re.findall(r'<img[^>]* alt="[^"]{20,}', body)) > 5
    assert "MathJax" in page and 'lang="en"' in page


def test_the_site_shares_one_copy_of_mathjax(tmp_path):
    alone = deck.write(ROOT, LECTURES[0], tmp_path / "alone.html")
    shared = deck.write(ROOT, LECTURES[0], tmp_path / "shared.html", "../_static/mathjax.js")
    assert '<script src="../_static/mathjax.js"></script>' in shared.read_text(encoding="utf-8")
    saved = alone.stat().st_size - shared.stat().st_size
    assert saved > 0.9 * vendor.mathjax().stat().st_size


def test_a_lecture_that_is_not_built_says_how_to_build_it(tmp_path):
    with pytest.raises(BuildError, match="run `dgm build 09`"):
        deck.write(tmp_path, "09_later", tmp_path / "deck.html")
