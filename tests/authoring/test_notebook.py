"""Documents as notebooks: ids, metadata, and bytes that tell an edit by hand."""

import copy
import json

import nbformat
import pytest

from dgm_course.authoring import notebook
from dgm_course.authoring.notebook import content_hash, finish, retitle, to_notebook

from .samples import LAB, document, lab, lecture

SLIDES = """# %% [markdown]
# # Title
# {{seconds}} s

# %% [markdown]
# ## Section

# %% [markdown]
# ### Below

# %% [markdown] slide="fragment"
# ### Shown later

# %% [markdown] slide="notes"
# Say this.

# %% slide="skip" tags=["hide-input"]
x = 1

# %%
x = 1

# %%
x = 1
"""


@pytest.fixture
def built(tmp_path):
    doc = document(tmp_path, SLIDES)
    return finish(to_notebook(doc), doc, "0123", "# Title\n12 s")


def test_headings_start_slides_and_the_shorthand_overrules_them(tmp_path):
    cells = to_notebook(document(tmp_path, SLIDES)).cells
    slides = [cell.metadata.get("slideshow", {}).get("slide_type", "-") for cell in cells]
    assert slides == ["slide", "slide", "subslide", "fragment", "skip", "-", "-"]
    assert cells[4].metadata.tags == ["hide-input"]


def test_the_speakers_notes_are_kept_with_their_sections_heading_and_are_no_cell(tmp_path):
    cells = to_notebook(document(tmp_path, SLIDES)).cells
    assert not any("Say this." in cell.source for cell in cells)
    kept = {cell.source: cell.metadata["dgm"]["notes"] for cell in cells if "dgm" in cell.metadata}
    assert kept == {"## Section": "Say this."}


def test_a_lab_is_not_a_presentation(tmp_path):
    cells = to_notebook(document(tmp_path, lab(), "labs/01_small"), LAB).cells
    assert not any("slideshow" in cell.metadata for cell in cells)


def test_ids_come_from_the_text_and_are_unique(tmp_path):
    first = [cell.id for cell in to_notebook(document(tmp_path, SLIDES)).cells]
    moved = SLIDES.replace("# %%\nx = 1\n", "# %%\ny = 2\n\n# %%\nx = 1\n", 1)
    second = [cell.id for cell in to_notebook(document(tmp_path, moved)).cells]
    assert len(set(first)) == len(first)
    assert set(first) < set(second)
    assert first[-2:] == [f"{first[-3]}-2", f"{first[-3]}-3"]


def test_ids_differ_between_notebooks(tmp_path):
    other = to_notebook(document(tmp_path, SLIDES, "lectures/02_other"))
    assert other.cells[0].id != to_notebook(document(tmp_path, SLIDES)).cells[0].id


def test_exercises_give_ids_headings_and_points(tmp_path):
    cells = to_notebook(document(tmp_path, lab(), "labs/01_small"), LAB).cells
    card, stub, check, hints = cells[-20:-16]
    assert [c.id for c in (card, stub, check, hints)] == [
        "first-card",
        "first",
        "first-check",
        "first-hints",
    ]
    assert card.source.startswith("### Exercise 1 · Add one · ●●○ · 12 min · 4 points\n\nReturn")
    assert stub.metadata.nbgrader.solution and stub.metadata.nbgrader.grade_id == "first"
    assert check.metadata.nbgrader.points == 4 and check.metadata.nbgrader.locked
    assert "nbgrader" not in card.metadata and "nbgrader" not in hints.metadata


def test_metadata_name_no_machine(built):
    metadata = json.loads(built)["metadata"]
    assert metadata["language_info"] == {"name": "python"}
    assert metadata["kernelspec"]["name"] == "python3"
    assert set(metadata) == {"dgm", "kernelspec", "language_info"}
    assert set(metadata["dgm"]) == {"source", "digest", "content"}
    assert metadata["dgm"]["source"] == "sources/lectures/01_small.py"


def test_a_built_notebook_is_what_jupyter_would_save(built):
    nb = nbformat.reads(built, as_version=4)
    nbformat.validate(nb)
    assert nbformat.writes(nb) + "\n" == built


def edits():
    """Each kind of edit by hand, but the title."""
    yield "source", lambda raw: raw["cells"][1].update(source=["## Section!"])
    yield "tag", lambda raw: raw["cells"][5]["metadata"].update(tags=[])
    yield "output", lambda raw: raw["cells"][6]["outputs"].append({"output_type": "stream"})
    yield "count", lambda raw: raw["cells"][6].update(execution_count=7)
    yield "order", lambda raw: raw["cells"].reverse()
    yield "cell", lambda raw: raw["cells"].pop()
    yield "kernel", lambda raw: raw["metadata"]["kernelspec"].update(name="other")
    yield "digest", lambda raw: raw["metadata"]["dgm"].update(digest="4567")
    yield "title's metadata", lambda raw: raw["cells"][0]["metadata"].clear()


@pytest.mark.parametrize(("what", "edit"), list(edits()), ids=[what for what, _ in edits()])
def test_an_edit_by_hand_does_not_keep_the_hash(built, what, edit):
    raw = json.loads(built)
    assert content_hash(raw) == raw["metadata"]["dgm"]["content"]
    edited = copy.deepcopy(raw)
    edit(edited)
    assert content_hash(edited) != raw["metadata"]["dgm"]["content"]


def test_another_title_gives_the_bytes_of_a_build_with_that_title(tmp_path, built):
    doc = document(tmp_path, SLIDES)
    again = finish(to_notebook(doc), doc, "0123", "# Title\n99 s")
    assert again != built
    assert retitle(json.loads(built), "# Title\n99 s") == again


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"cells": [], "metadata": {}}'])
def test_what_is_no_notebook_is_none(tmp_path, text):
    path = tmp_path / "x.ipynb"
    assert notebook.load(path) is None
    path.write_text(text)
    assert notebook.load(path) is None


def test_writing_replaces_the_file_and_leaves_no_draft(tmp_path):
    path = tmp_path / "new" / "x.ipynb"
    notebook.write(path, "one\n")
    notebook.write(path, "two\n")
    assert path.read_bytes() == b"two\n"
    assert list(path.parent.iterdir()) == [path]


def test_a_lecture_of_many_cells_builds(tmp_path):
    assert len(to_notebook(document(tmp_path, lecture(60))).cells) == 60
