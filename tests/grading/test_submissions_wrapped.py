"""Classes inside zip files inside folders, and one student's whole course."""

import pytest

from dgm_course.grading.submissions import find
from tests.grading.submission_files import (
    EXERCISES,
    GOOD,
    LAB,
    NB,
    WHEN,
    found,
    notebook,
    write,
    zipped,
)

ONE = f"Lab 01_jdoe_attempt_2026-11-20-10-30-00_{NB}"
TWO = f"Lab 01_eve_attempt_2026-11-20-10-31-00_{NB}"
FLAT = {ONE: GOOD, TWO: GOOD}
PLAIN = {f"jdoe_{NB}": GOOD, f"eve_{NB}": GOOD}
WRAPPED = {
    "a zip in a folder": {"gradebook_lab01/inner.zip": FLAT},
    "a zip": {"gradebook_lab01.zip": FLAT},
    "folders": {f"gradebook_lab01/inner/{name}": data for name, data in FLAT.items()},
    "beside a list": {"gradebook_lab01/inner.zip": FLAT, "readme.txt": b"x"},
    "plain names": {"gradebook_lab01.zip": PLAIN},
    "a student twice": {"gradebook_lab01.zip": {**FLAT, ONE.replace("20-10", "21-10"): GOOD}},
    "two exports": {"a_lab01.zip": {ONE: GOOD, ONE.replace("jdoe", "eve"): GOOD}},
}


@pytest.mark.parametrize("files", WRAPPED.values(), ids=WRAPPED)
def test_a_class_in_wrappers_is_the_class(tmp_path, files):
    assert set(found(write(tmp_path / "class", files))) == {"jdoe", "eve"}
    (tmp_path / "blackboard.zip").write_bytes(zipped(files))
    assert set(found(tmp_path / "blackboard.zip")) == {"jdoe", "eve"}


def test_two_exports_of_an_lms_beside_each_other_are_one_class(tmp_path):
    files = {"gradebook_lab01.zip": FLAT, "late_lab01.zip":
             {name.replace("_", "_x", 1): data for name, data in FLAT.items()}}  # fmt: skip
    assert set(found(tmp_path, files)) == {"jdoe", "eve", "xjdoe", "xeve"}


def test_a_students_zip_file_in_a_wrapped_class_is_opened(tmp_path):
    packed = {**FLAT, ONE.replace("jdoe", "zoe").replace(".ipynb", ".zip"): {NB: GOOD}}
    (tmp_path / "class.zip").write_bytes(zipped({"gradebook_lab01/inner.zip": packed}))
    every = find(tmp_path / "class.zip", LAB, EXERCISES)
    assert [(s.student, s.read()) for s in every] == [(who, GOOD) for who in ("eve", "jdoe", "zoe")]


def test_a_wrapped_class_beside_another_folder_is_the_class(tmp_path):
    files = {"all.zip": {f"gradebook_lab01/{n}": c for n, c in FLAT.items()}, f"x/{NB}": GOOD,
             "zipzip.zip": {"gradebook_lab01.zip": {ONE.replace("jdoe", "abe"): GOOD,
                                                    ONE.replace("jdoe", "zoe"): GOOD}}}  # fmt: skip
    assert set(found(tmp_path, files)) == {"abe", "eve", "jdoe", "x", "zoe"}


def test_a_students_file_named_after_another_student_is_not_theirs(tmp_path):
    forged = {f"jane/bob_{NB}": notebook("kl"), f"jane/eve_{NB}": notebook("kl")}
    assert set(found(tmp_path, {**forged, f"bob/{NB}": GOOD, f"eve/{NB}": GOOD})) == {
        "bob", "eve", "jane"}  # fmt: skip
    bob = find(tmp_path, LAB, EXERCISES)[0]
    assert (bob.student, bob.read(), bob.notes) == ("bob", GOOD, ())


@pytest.mark.parametrize("names", [("-Copy1", "-Copy2"), ("_old", "_new"), ("_q1", "_q2")])
def test_copies_in_a_students_folder_are_that_student(tmp_path, names):
    files = {f"{who}/{LAB}{name}.ipynb": GOOD for who in ("jane", "bob") for name in names}
    assert set(found(tmp_path, files)) == {"jane", "bob"}


PACK = {
    f"labs/{NB}": notebook(*EXERCISES, mark="handed out"),
    f"work/{NB}": notebook("kl", mark="work"),
    "dgm_course/cli.py": b"x",
    "tools/setup.py": b"x",
    "README.md": b"x",
}


@pytest.mark.parametrize("below", ["", "autumn/", "autumn/jane/"])
@pytest.mark.parametrize("left_out", ["", "dgm_course/", "labs/"])
def test_one_students_unpacked_pack_is_one_student(tmp_path, below, left_out):
    files = {below + n: c for n, c in PACK.items() if not (left_out and n.startswith(left_out))}
    (one,) = find(write(tmp_path / "pack", files), LAB, EXERCISES)
    assert one.read() == PACK[f"work/{NB}"]
    assert one.student == (below.split("/")[0] or "pack")
    (tmp_path / "pack.zip").write_bytes(zipped(files))
    (one,) = find(tmp_path / "pack.zip", LAB, EXERCISES)
    assert one.read() == PACK[f"work/{NB}"]


def test_whole_packs_of_several_students_are_those_students(tmp_path):
    files = {f"{who}/{n}": c for who in ("jane", "bob") for n, c in PACK.items()}
    assert set(found(tmp_path, {**files, "eve.zip": PACK})) == {"bob", "eve", "jane"}
    assert find(tmp_path, LAB, EXERCISES)[1].file == f"eve.zip/work/{NB}"


LATER = WHEN + 1000
FOLDERS = {
    "work before the top": (f"work/{NB}", NB),
    "work before its backup": (f"work/{NB}", f"work/backup/{NB}"),
    "work before labs": (f"autumn/work/{NB}", f"autumn/labs/{NB}"),
    "work under another name": ("work/mine.ipynb", NB),
    "the top before labs": ("mine.ipynb", f"labs/{NB}"),
    "a backup before labs": ("work/backup/01-2026-11-19.ipynb", f"labs/{NB}"),
    "the top before a backup": ("mine.ipynb", f"backup/{NB}"),
    "labs before solutions": (f"labs/{NB}", f"solutions/{NB}"),
    "labs before lectures": (f"labs/{NB}", f"lectures/{NB}"),
}


@pytest.mark.parametrize("best, other", FOLDERS.values(), ids=FOLDERS)
@pytest.mark.parametrize("swapped", [False, True])
def test_the_students_own_folder_wins_whatever_the_times(tmp_path, best, other, swapped):
    files = {f"jane/{best}": notebook("kl"), f"jane/{other}": GOOD, f"bob/{NB}": GOOD}
    files = dict(reversed(files.items())) if swapped else files
    write(tmp_path, files, {f"jane/{other}": LATER})
    _, jane = find(tmp_path, LAB, EXERCISES)
    assert jane.file == f"jane/{best}"
    in_work = "work" in best and "backup" not in best
    assert ("the one in work/" in jane.notes[0]) == in_work
    assert "the latest" not in jane.notes[0]


def test_work_on_another_lab_does_not_hide_this_one(tmp_path):
    files = {"work/00_introduction.ipynb": notebook("flow"), f"work/backup/{NB}": GOOD}
    (one,) = find(write(tmp_path, {f"jane/{n}": c for n, c in files.items()}), LAB, EXERCISES)
    assert one.file == f"jane/work/backup/{NB}"


@pytest.mark.parametrize("broken", [b"", b"no json", b" " * (20 * 2**20 + 1)])
def test_the_handed_out_copy_never_stands_for_work_that_cannot_be_read(tmp_path, broken):
    (one,) = find(write(tmp_path, {f"j/work/{NB}": broken, f"j/labs/{NB}": GOOD}), LAB, EXERCISES)
    assert one.file == f"j/work/{NB}"


SENT = ("Lab 01_jdoe_attempt_2026-11-20-10-30-00_", "Jane_4711_assignsubmission_file_")


@pytest.mark.parametrize("sent", SENT)
def test_work_counts_over_another_file_of_the_same_attempt(tmp_path, sent):
    write(tmp_path, {f"{sent}pack.zip": PACK, sent + NB: GOOD})
    assert find(tmp_path, LAB, EXERCISES)[0].file == f"{sent}pack.zip/work/{NB}"


def test_a_later_attempt_counts_over_the_work_of_an_earlier_one(tmp_path):
    first = "Lab 01_jdoe_attempt_2026-11-20-10-30-00_pack.zip"
    later = f"Lab 01_jdoe_attempt_2026-11-21-10-30-00_{NB}"
    (one,) = find(write(tmp_path, {first: PACK, later: GOOD}), LAB, EXERCISES)
    assert one.file == later and "the latest of the usable ones" in one.notes[0]
