"""Seconds and minutes in a notebook's title."""

from dgm_course.authoring import timing

from .samples import LAB, document, lab


def test_a_title_is_filled_in_and_says_so_when_nothing_was_measured(tmp_path):
    doc = document(tmp_path, lab(), "labs/01_small")
    assert timing.title(doc, [], 7, LAB).endswith("60 minutes to read, 7 seconds to run.")
    assert timing.title(doc, [], None, LAB).endswith("60 minutes to read, ? seconds to run.")


def markdown(text, **metadata):
    return {"cell_type": "markdown", "source": text.splitlines(keepends=True), "metadata": metadata}


def code(figures=0):
    output = {"data": {"image/png": ""}, "metadata": {}}
    return {"cell_type": "code", "outputs": [output] * figures, "metadata": {}}


def test_a_lecture_is_read_at_a_steady_pace():
    title = markdown("word " * 900)
    assert timing.minutes([title, markdown("word " * 360)]) == 2
    assert timing.minutes([title, code(), code(), code(), code()]) == 1
    assert timing.minutes([title, *[code(figures=1)] * 12]) == 7
    assert timing.minutes([title]) == 1


def test_timings_are_kept_sorted_in_the_sources(tmp_path):
    assert timing.load(tmp_path) == {}
    timing.save(tmp_path, {"lectures/01_b": 3, "labs/00_a": 2})
    path = tmp_path / "sources" / "timings.json"
    assert path.read_text() == '{\n "labs/00_a": 2,\n "lectures/01_b": 3\n}\n'
    assert timing.load(tmp_path) == {"labs/00_a": 2, "lectures/01_b": 3}
