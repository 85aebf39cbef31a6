"""Reading percent sources: lines, shorthand, and what is refused."""

import sys

import pytest

from dgm_course.authoring.problem import BuildError
from dgm_course.authoring.source import light_imports, slide_lines

from .samples import document

MIXED = '''# %% [markdown] slide="subslide"
# # Title
#
# text

# %% Imports, as editors show them
import os

marker = """
# %% not a cell
"""

# %% tags=["hide-input"]

# ! no magic
x = 1
# %% [markdown]
r"""
$\\\\sum$
"""
# %%
'''


def test_cells_know_the_line_their_text_starts_at(tmp_path):
    found = document(tmp_path, MIXED).cells
    assert [cell.line for cell in found] == [2, 7, 15, 19]
    lines = MIXED.splitlines()
    assert all(c.source.splitlines()[0] in lines[c.line - 1] for c in found)


def test_text_survives_as_it_was_written(tmp_path):
    found = document(tmp_path, MIXED).cells
    assert "# %% not a cell\n" in found[1].source
    assert found[2].source == "# ! no magic\nx = 1"
    assert found[3].source == r"$\\sum$"


def test_shorthand_is_read(tmp_path):
    found = document(tmp_path, MIXED + '\ny = 1\n\n# %% stub="f"\ndef f(): ...\n').cells
    assert found[0].slide == "subslide"
    assert found[2].tags == ("hide-input",)
    assert (found[-1].role, found[-1].exercise) == ("stub", "f")


def test_an_author_says_which_lines_a_slide_shows(tmp_path):
    found = document(tmp_path, '# %% lines="1-3,7"\nx = 1\n').cells
    assert found[0].lines == "1-3,7"
    assert slide_lines("1-3,7") == {1, 2, 3, 7}


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("import os\n# %%\nx = 1\n", 0, "before the first"),
        ("# %%\nx = (1\n", 2, "never closed"),
        ("# %%\nx = 1\n\n# %%\nif x:\n# %%\n    x = 2\n", 5, "another cell"),
        ('# %%\nx = 1\n\n# %% slid="skip"\nx = 1\n', 5, "unknown cell metadata 'slid'"),
        ('# %% slide="slides"\nx = 1\n', 2, "use one of slide, subslide"),
        ('# %% slide="notes"\nx = 1\n', 2, "mark the cell [markdown]"),
        ('# %% tags=["hide_input"]\nx = 1\n', 2, "unknown tag 'hide_input'"),
        ('# %% lines="2 to 4"\nx = 1\n', 2, 'lines="1-4,9"'),
        ('# %% [markdown] lines="1"\n# x\n', 2, "the lines of a code cell"),
        ('# %% card="f"\nx = 1\n', 2, "is a markdown cell"),
        ('# %% stub="f" check="f"\nx = 1\n', 2, "stub and check"),
        ("# %% stub=3\nx = 1\n", 2, "name the exercise"),
        ("# %% [raw]\n# x\n", 2, "raw cell"),
        ('# %% {"slide": "skip"}\nx = 1\n', 2, 'written key="value"'),
        ("\n", 0, "no cells"),
    ],
)
def test_what_cannot_be_understood_is_refused_with_its_line(tmp_path, text, line, says):
    with pytest.raises(BuildError) as caught:
        document(tmp_path, text)
    problem = caught.value.problems[0]
    assert problem.path == "sources/lectures/01_small.py"
    assert problem.line == line
    assert says in problem.message


def test_all_problems_of_a_source_are_told_at_once(tmp_path):
    with pytest.raises(BuildError) as caught:
        document(tmp_path, '# %% a="b"\nx = 1\n\n# %% c="d"\nx = 1\n')
    assert [p.line for p in caught.value.problems] == [2, 5]
    assert "sources/lectures/01_small.py:2: unknown" in str(caught.value)


def test_light_imports_leave_nothing_behind():
    before = sys.modules.get("rfc3987_syntax")
    with light_imports():
        pass
    assert sys.modules.get("rfc3987_syntax") is before


def test_a_missing_library_is_named_with_its_remedy(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "jupytext", None)
    with pytest.raises(BuildError, match=r"needs jupytext, run: .*\bdev\b"):
        document(tmp_path, MIXED)
