"""Every layout in which an LMS, or a teacher, hands over a class; each student once."""

import random
import unicodedata

import pytest

from dgm_course.grading.problem import GradingError
from dgm_course.grading.submissions import find
from tests.grading.submission_files import (
    EXERCISES,
    GOOD,
    LAB,
    NB,
    found,
    notebook,
    write,
    zipped,
)

MOODLE = "Jane Doe_12345_assignsubmission_file_"
MOODLE_TWIN = "Jane Doe_67890_assignsubmission_file"
BLACKBOARD = "Lab 1_jdoe_attempt_2026-11-20-10-30-00"

LAYOUTS = {
    "moodle": ({f"{MOODLE}/{NB}": GOOD, f"{MOODLE_TWIN}/{NB}": GOOD},
               {"Jane Doe (12345)", "Jane Doe (67890)"}),
    "moodle flat": ({f"{MOODLE}{NB}": GOOD, "José_7_assignsubmission_file_x.ipynb": GOOD},
                    {"Jane Doe (12345)", "José (7)"}),
    "nbgrader": ({f"submitted/jane/01/{NB}": GOOD, f"submitted/bob/01/{NB}": GOOD},
                 {"jane", "bob"}),
    "nbgrader, one student": ({f"submitted/jane/{LAB}/{NB}": GOOD}, {"jane"}),
    "plain folders": ({f"jane/{NB}": GOOD, "bob/deep/er/my work.ipynb": GOOD}, {"jane", "bob"}),
    "one folder": ({f"jane/{NB}": GOOD}, {"jane"}),
    "flat": ({f"jane_{NB}": GOOD, "bob_lab.ipynb": GOOD, f"{LAB}_eve.ipynb": GOOD,
              "Al Li - 01 information.ipynb": GOOD, "zoe.ipynb": GOOD},
             {"jane", "bob", "eve", "Al Li", "zoe"}),
    "flat in a folder": ({f"export/jane_{NB}": GOOD, f"export/bob_{NB}": GOOD}, {"jane", "bob"}),
    "canvas": ({"doejane_LATE_12345_67890_01_information-1.ipynb": GOOD,
                "roebob_12346_67891_work.ipynb": GOOD}, {"doejane (12345)", "roebob (12346)"}),
    "canvas, anonymous": ({f"anon_a1B2c_1_{NB}": GOOD, f"anon_LATE_x1B2c_2_{NB}": GOOD},
                          {"anon (a1B2c)", "anon (x1B2c)"}),
    "canvas with zips": ({"doejane_1_2_work.zip": {f"work/{NB}": GOOD}}, {"doejane (1)"}),
    "blackboard": ({f"{BLACKBOARD}_{NB}": GOOD, f"{BLACKBOARD}.txt": b"Name: Jane"}, {"jdoe"}),
    "brightspace": ({f"1-9 - Jane Doe - Nov 20, 2026 1030 AM/{NB}": GOOD,
                     f"2-9 - Jane Doe - Nov 20, 2026 1031 AM/{NB}": GOOD, "index.html": b"x"},
                    {"Jane Doe (1)", "Jane Doe (2)"}),
    "zips": ({"jane.zip": {NB: GOOD}, "bob.zip": {f"lab/{NB}": GOOD}}, {"jane", "bob"}),
    "zip inside a folder": ({"jane/work.zip": {NB: GOOD}, f"bob/{NB}": GOOD}, {"jane", "bob"}),
    "zip of zips": ({"all.zip": {"jane.zip": {NB: GOOD}, "bob.zip": {NB: GOOD}}}, {"jane", "bob"}),
    "zip of folders": ({"all.zip": {f"x/{MOODLE}/{NB}": GOOD, f"x/{MOODLE_TWIN}/w.zip":
                        {NB: GOOD}}}, {"Jane Doe (12345)", "Jane Doe (67890)"}),
    "two exports": ({"a.zip": {f"jane_{NB}": GOOD, f"bob_{NB}": GOOD}, f"b/eve_{NB}": GOOD,
                     f"b/al_{NB}": GOOD}, {"jane", "bob", "eve", "al"}),
    "the names say nothing": ({NB: GOOD, f"{LAB} (1).ipynb": GOOD}, {LAB, f"{LAB} (1)"}),
    "students numbered": ({"student (1).ipynb": GOOD, "student (2).ipynb": GOOD},
                          {"student (1)", "student (2)"}),
    "numbers in names": ({f"{LAB}_user-1.ipynb": GOOD, f"{LAB}_user-2.ipynb": GOOD},
                         {"user-1", "user-2"}),
    "hidden files": ({f"jane/{NB}": GOOD, "__MACOSX/jane/._x.ipynb": b"", ".git/x.ipynb": GOOD,
                      "jane/.ipynb_checkpoints/01_information-checkpoint.ipynb": GOOD,
                      "Thumbs.db": b"x", "jane/Thumbs.db": b"x", f"bob/{NB}": GOOD},
                     {"jane", "bob"}),
    "endings that browsers add": ({f"jane/{NB}.txt": GOOD, "bob/LAB.IPYNB": GOOD}, {"jane", "bob"}),
    "odd names": ({f"=cmd()/{NB}": GOOD, f"-rf/{NB}": GOOD, f"🦜 d'Œ/{NB}": GOOD,
                   f"j.doe/{NB}": GOOD, f"{'x' * 200}/{NB}": GOOD},
                  {"=cmd()", "-rf", "🦜 d'Œ", "j.doe", "x" * 99 + "…"}),
    "case only": ({f"Jane/{NB}": GOOD, f"jane/{NB}": GOOD}, {"Jane", "jane (2)"}),
}  # fmt: skip


@pytest.mark.parametrize("files, students", LAYOUTS.values(), ids=LAYOUTS)
def test_every_student_is_found_once(tmp_path, files, students):
    folder = write(tmp_path / "class", files)
    every = find(folder, LAB, EXERCISES)
    assert {s.student for s in every} == students
    assert len(every) == len(students)
    assert [s.read() for s in every] == [GOOD] * len(every)
    assert [s.notes for s in every] == [("Canvas marked it late.",) * s.late for s in every]
    assert [s.late for s in every] == ["_LATE_" in s.file for s in every]


@pytest.mark.parametrize("files, students", LAYOUTS.values(), ids=LAYOUTS)
def test_the_same_class_in_one_zip_file_is_the_same_class(tmp_path, files, students):
    shuffled = random.Random(0).sample(sorted(files), len(files))
    (tmp_path / "export.zip").write_bytes(zipped({name: files[name] for name in shuffled}))
    assert set(found(tmp_path / "export.zip")) == students
    # Alone in a folder, a zip file of notebooks without names is a student's.
    if not {f"{LAB} (1).ipynb", "student (1).ipynb"} & set(files):
        assert set(found(tmp_path)) == students


def test_names_that_differ_in_unicode_form_only_are_one_student(tmp_path):
    files = {f"{unicodedata.normalize(form, 'José')}/{NB}": GOOD for form in ("NFC", "NFD")}
    assert list(found(tmp_path, files)) == ["José"]


def test_a_folder_beside_its_zip_file_is_one_student(tmp_path):
    files = {"jane.zip": {NB: GOOD}, f"jane/{NB}": GOOD, f"bob/{NB}": GOOD}
    assert list(found(tmp_path, files)) == ["bob", "jane"]


FIRST, LATER = notebook(*EXERCISES, mark="first"), notebook(*EXERCISES, mark="later")
ATTEMPTS = {
    "canvas": ("doe_1_5_01_information-1.ipynb", "doe_1_5_01_information-2.ipynb"),
    "canvas, attachments": (f"doe_1_99_{NB}", f"doe_LATE_1_100_{NB}"),
    "canvas, ten": ("doe_1_5_lab-9.ipynb", "doe_1_5_lab-10.ipynb"),
    "first without a number": (f"doe_{NB}", "doe_01_information (1).ipynb"),
    "blackboard": ("Lab 1_doe_attempt_2026-11-20-10-30-00_z.ipynb",
                   f"Lab 1_doe_attempt_2026-11-21-09-00-00_{NB}"),
    "brightspace": (f"1-9 - doe - Nov 20, 2026 1030 AM/{NB}",
                    f"1-9 - doe - Nov 20, 2026 130 PM/{NB}"),
    "nbgrader": (f"doe+01+2026-11-20 10:30:00 UTC/{NB}", f"doe+01+2026-11-21 10:30:00 UTC/{NB}"),
    "folders": (f"doe/attempt 2/{NB}", f"doe/attempt 10/{NB}"),
    "numbered folders": (f"doe/1/{NB}", f"doe/2/{NB}"),
    "dated folders": (f"doe/2026-11-02/{NB}", f"doe/2026-11-12/{NB}"),
    "folders in words": (f"doe_attempt_1/{NB}", f"doe_attempt_2/{NB}"),
    "own copies": (f"doe/{LAB} (1).ipynb", f"doe/{LAB} (2).ipynb"),
    "zips": (f"doe/{LAB}-1.zip", f"doe/{LAB}-2.zip"),
}  # fmt: skip


@pytest.mark.parametrize("first, later", ATTEMPTS.values(), ids=ATTEMPTS)
@pytest.mark.parametrize("swapped", [False, True])
def test_of_two_attempts_the_later_one_counts(tmp_path, first, later, swapped):
    contents = [(first, FIRST), (later, LATER)]
    contents = contents[::-1] if swapped else contents
    files = {n: {NB: c} if n.endswith(".zip") else c for n, c in contents}
    (one,) = find(write(tmp_path, files), LAB, EXERCISES)
    assert one.student.startswith("doe")
    assert one.read() == LATER
    reason = "the latest of them" if "20" in later else "by number the last of them"
    assert one.notes[0].startswith(f"2 notebooks were handed in; {one.file} is graded, {reason}")


CHOICES = {
    "the lab's name": ((NB, notebook("kl")), ("another.ipynb", GOOD)),
    "the most exercises": (("b.ipynb", GOOD), ("c.ipynb", notebook("kl"))),
    "defines an exercise": (("lab-1.ipynb", GOOD), ("lab-2.ipynb", notebook("flow"))),
    "no solution of ours": ((f"labs/{NB}", notebook("kl")), (f"solutions/{NB}", GOOD)),
    "no name of a longer word": (("a.ipynb", notebook("kl")), ("b.ipynb", notebook("klown"))),
    "can be opened": (("lab-1.ipynb", GOOD), ("lab-2.ipynb", b"x" * (20 * 2**20 + 1))),
}


@pytest.mark.parametrize("best, other", CHOICES.values(), ids=CHOICES)
def test_of_two_notebooks_the_one_that_belongs_to_the_lab_counts(tmp_path, best, other):
    for files in ([best, other], [other, best]):
        folder = write(tmp_path / files[0][0][:3], {f"jane/{n}": c for n, c in files})
        (one,) = find(folder, LAB, EXERCISES)
        assert one.read() == best[1]
        assert "2 notebooks were handed in" in one.notes[0]
        assert f"and not jane/{other[0]}." in one.notes[0]


EMPTY = {
    "a report": ({"report.pdf": b"x"}, "only report.pdf, a PDF: hand in the .ipynb file."),
    "a document": ({"a.docx": b"x"}, "only a.docx, a document: hand in the .ipynb file."),
    "a typed text": (
        {"onlinetext.html": b"x"},
        "only onlinetext.html, a text typed into the LMS: hand in the .ipynb file.",
    ),
    "two exports": (
        {"a.pdf": b"x", "b.html": b"x"},
        "only a.pdf and b.html: hand in the .ipynb file.",
    ),
    "two of a kind": (
        {"a.pdf": b"x", "b.pdf": b"x"},
        "only a.pdf and b.pdf: hand in the .ipynb file.",
    ),
    "an export": ({"01.html": b"x"}, "only 01.html, an HTML export: hand in the .ipynb file."),
    "a script": ({"01.py": b"x"}, "only 01.py, a script: hand in the .ipynb file."),
    "much": ({f"{i}.png": b"x" for i in range(5)}, "only 0.png, 1.png, 2.png and 2 more."),
    "an empty file": ({"x.txt": b""}, "there is nothing in it."),
    "a checkpoint": ({".ipynb_checkpoints/x.ipynb": GOOD}, "there is nothing in it."),
}


@pytest.mark.parametrize("files, said", EMPTY.values(), ids=EMPTY)
def test_no_notebook_is_said_with_what_there_is(tmp_path, files, said):
    write(tmp_path, {f"bob/{NB}": GOOD, **{f"jane/{n}": c for n, c in files.items()}})
    bob, jane = find(tmp_path, LAB, EXERCISES)
    assert (bob.problem, jane.file) == ("", "")
    assert jane.problem == f"No notebook was handed in: {said}" or jane.problem.endswith(said)
    with pytest.raises(GradingError, match="No notebook"):
        jane.read()


def test_a_flat_file_that_is_no_notebook_counts_where_its_name_says_whose_it_is(tmp_path):
    files = {f"jane_{NB}": GOOD, "bob_01_information.pdf": b"x", "eve.rar": b"x", "list.csv": b"x"}
    seen = found(tmp_path, files)
    assert set(seen) == {"jane", "bob", "eve"}
    assert seen["bob"].endswith("bob_01_information.pdf, a PDF: hand in the .ipynb file.)")


def test_nothing_to_grade_is_said_with_what_to_do(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.zip").write_bytes(b"no zip")
    cases = {"absent": "does not exist: give", "empty": "holds no submissions: give",
             "text.zip": "no zip file that can be opened: give"}  # fmt: skip
    for name, said in cases.items():
        with pytest.raises(GradingError, match=said):
            find(tmp_path / name, LAB, EXERCISES)
