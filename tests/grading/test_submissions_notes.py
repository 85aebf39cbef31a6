"""What instructor and student are told of what was handed in, and the LMS's own numbers."""

import pytest

from dgm_course.grading.submissions import find
from tests.grading.submission_files import EXERCISES, GOOD, LAB, NB, WHEN, notebook, write


def jane(folder, files, times=None):
    """Jane's submission, in a class of two."""
    files = {f"jane/{name}": data for name, data in files.items()}
    times = {f"jane/{name}": time for name, time in (times or {}).items()}
    write(folder, {f"bob/{NB}": GOOD, **files}, times)
    return find(folder, LAB, EXERCISES)[1]


ALONE = "handed in beside it; only the notebook is graded."
BESIDE = {
    "one": (["myhelpers.py"], f"myhelpers.py was {ALONE}"),
    "two": (["b.py", "a.py"], f"a.py and b.py were {ALONE}"),
    "five": (["1.py", "2.py", "3.py", "4.py", "5.PY"], f"1.py, 2.py, 3.py and 2 more were {ALONE}"),
}


@pytest.mark.parametrize("names, note", BESIDE.values(), ids=BESIDE)
def test_a_script_beside_the_notebook_is_not_graded_and_that_is_said(tmp_path, names, note):
    one = jane(tmp_path, {"w/my.ipynb": GOOD, **{f"w/{n}": b"x" for n in names}, "w/x.txt": b"x"})
    assert (one.notes, one.read()) == ((note,), GOOD)


def test_a_script_that_an_lms_lists_beside_the_notebook_has_the_students_name(tmp_path):
    files = {f"doe_1_5_{NB}": GOOD, "doe_1_6_myhelpers.py": b"x", "roe_2_7_other.py": b"x"}
    doe, _ = find(write(tmp_path, files), LAB, EXERCISES)
    assert doe.notes == (f"myhelpers.py was {ALONE}",)


def test_the_courses_own_scripts_are_not_listed(tmp_path):
    assert jane(tmp_path, {f"work/{NB}": GOOD, "tools/setup.py": b"x"}).notes == ()


def test_an_empty_later_attempt_is_said_to_be_empty(tmp_path):
    one = jane(tmp_path, {"lab-1.ipynb": GOOD, "lab-2.ipynb": b""}, {"lab-2.ipynb": WHEN + 60})
    assert one.read() == GOOD
    assert one.notes[0].endswith("and not jane/lab-2.ipynb, which is empty.")


def test_the_latest_is_not_said_of_one_that_an_empty_one_follows(tmp_path):
    files = {"lab-1.ipynb": GOOD, "lab-2.ipynb": GOOD, "lab-3.ipynb": b""}
    one = jane(tmp_path, files, {f"lab-{i}.ipynb": WHEN + i for i in (1, 2, 3)})
    assert one.file == "jane/lab-2.ipynb"
    assert "is graded, the latest of the usable ones, and not" in one.notes[0]


REASONS = {
    "numbers alone": (("lab-1.ipynb", "lab-2.ipynb"), (0, 0), "by number the last of them"),
    "numbers and times": (("lab-1.ipynb", "lab-2.ipynb"), (0, 60), "the latest of them"),
    "numbers against times": (
        ("lab-1.ipynb", "lab-2.ipynb"),
        (60, 0),
        "by number the last of them",
    ),
    "times alone": ((f"a/{NB}", f"b/{NB}"), (0, 60), "the latest of them"),
    "nothing": ((f"a/{NB}", f"b/{NB}"), (0, 0), "which fits this lab best"),
    "dates": (("2026-11-01/x.ipynb", "2026-11-02/x.ipynb"), (60, 0), "the latest of them"),
}


@pytest.mark.parametrize("names, times, reason", REASONS.values(), ids=REASONS)
def test_the_latest_is_said_only_where_dates_or_times_differ(tmp_path, names, times, reason):
    when = {name: WHEN + more for name, more in zip(names, times, strict=True)}
    data = {name: notebook(*EXERCISES, mark=name) for name in names}
    one = jane(tmp_path, data, when)
    assert one.file == f"jane/{names[1]}"
    assert f"is graded, {reason}" in one.notes[0]


NUMBERS = {
    "moodle": (f"Jane Doe_4711_assignsubmission_file_/{NB}", "4711"),
    "canvas": (f"doejane_4711_67890_{NB}", "4711"),
    "canvas, anonymous": (f"anon_a1B2c_1_{NB}", "a1B2c"),
    "brightspace": (f"4711-9 - Jane Doe - Nov 20, 2026 1030 AM/{NB}", "4711"),
    "blackboard": (f"Lab 1_jdoe_attempt_2026-11-20-10-30-00_{NB}", ""),
    "nbgrader": (f"submitted/jane/01/{NB}", ""),
    "plain": (f"jane 4711/{NB}", ""),
    "without a notebook": ("Jane Doe_4711_assignsubmission_file_/a.pdf", "4711"),
}


@pytest.mark.parametrize("name, number", NUMBERS.values(), ids=NUMBERS)
def test_the_number_is_the_one_that_the_lms_gives(tmp_path, name, number):
    (one,) = find(write(tmp_path, {name: GOOD}), LAB, EXERCISES)
    assert (one.number, one.late) == (number, False)


def test_what_canvas_marked_late_is_said_where_that_is_graded(tmp_path):
    files = {f"ann_LATE_1_5_{NB}": GOOD, f"bo_2_6_{NB}": GOOD, "cy_LATE_3_7_a.pdf": b"x",
             "di_4_8_lab-2.ipynb": GOOD, "di_LATE_4_8_lab-1.ipynb": GOOD}  # fmt: skip
    ann, bo, cy, di = find(write(tmp_path, files), LAB, EXERCISES)
    assert [s.late for s in (ann, bo, cy, di)] == [True, False, True, False]
    assert ann.notes == cy.notes == ("Canvas marked it late.",)
    assert "Canvas marked it late." not in bo.notes + di.notes
