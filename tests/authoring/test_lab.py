"""The students' copy of a lab: no line of a solution, valid for nbgrader, runs untouched."""

import os

import pytest

from dgm_course.authoring.lab import find_lab, strip
from dgm_course.authoring.notebook import to_notebook
from dgm_course.authoring.problem import BuildError

from .samples import EXERCISE, LAB, NAMES, document, find_fake_lab, lab


@pytest.fixture
def doc(tmp_path):
    return document(tmp_path, lab(), "labs/01_small")


@pytest.fixture
def solution(doc):
    return to_notebook(doc, LAB)


def test_no_line_of_a_solution_is_left(doc, solution):
    text = "\n".join(cell.source for cell in strip(solution, doc).cells)
    assert "secret" not in text
    assert "SOLUTION" not in text
    assert text.count("    raise NotImplementedError\n") + text.count(
        "    raise NotImplementedError"
    ) >= len(NAMES)


def test_stubs_keep_signature_and_docstring(doc, solution):
    stub = next(cell for cell in strip(solution, doc).cells if cell.id == "first")
    assert stub.source == (
        'def first(x):\n    """x + 1: () -> ()."""\n    raise NotImplementedError'
    )


def test_the_solution_is_left_alone_and_outputs_are_cleared(doc, solution):
    solution.cells[1].outputs.append({"output_type": "stream", "name": "stdout", "text": "x"})
    before = solution.copy()
    stripped = strip(solution, doc)
    assert solution == before
    assert not any(cell.get("outputs") for cell in stripped.cells)
    assert [cell.id for cell in stripped.cells] == [cell.id for cell in solution.cells]


def test_checks_are_locked_and_stubs_cannot_be_deleted(doc, solution):
    cells = {cell.id: cell.metadata for cell in strip(solution, doc).cells}
    assert cells["first-check"].editable is False and cells["first-check"].deletable is False
    assert cells["first"].deletable is False and "editable" not in cells["first"]


def test_an_untouched_lab_runs(doc, solution, monkeypatch, capsys):
    monkeypatch.delenv("DGM_STRICT", raising=False)
    names: dict = {}
    for cell in strip(solution, doc).cells:
        if cell.cell_type == "code":
            exec(cell.source, names)
    assert capsys.readouterr().out == "not attempted yet\n" * len(NAMES)
    assert os.environ.get("DGM_STRICT") is None


def test_nbgrader_takes_the_solutions_for_a_source_folder(doc, solution):
    from nbgrader.preprocessors import CheckCellMetadata, ClearSolutions

    CheckCellMetadata().preprocess(solution, {})
    cleared, _ = ClearSolutions().preprocess(solution, {})
    assert "secret" not in "\n".join(cell.source for cell in cleared.cells)


def test_what_nbgrader_refuses_is_a_build_error(tmp_path):
    exercise = EXERCISE.format(name="first")
    text = lab().replace(exercise, exercise.replace("    ### END SOLUTION\n", ""))
    doc = document(tmp_path, text, "labs/01_small")
    with pytest.raises(BuildError, match="no end solution"):
        strip(to_notebook(doc, LAB), doc)


def test_an_unknown_exercise_is_named_with_its_line(tmp_path):
    text = lab().replace('stub="third"', 'stub="thrid"')
    doc = document(tmp_path, text, "labs/01_small")
    with pytest.raises(BuildError, match="'thrid'; there are: first, second") as caught:
        find_lab(doc, find_fake_lab)
    assert caught.value.problems[0].line == 1 + text[: text.index('stub="thrid"')].count("\n") + 1


def test_a_lab_without_exercises_is_refused(doc):
    def nothing(name):
        raise KeyError(f"no lab for module {name!r}")

    with pytest.raises(BuildError, match="no exercises in dgm_course/exercises"):
        find_lab(doc, nothing)


def test_a_lecture_has_no_lab(tmp_path):
    assert find_lab(document(tmp_path, "# %%\n1\n"), None) is None
