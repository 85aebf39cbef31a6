"""`dgm start`: copies into work/, and never overwrites what a student wrote."""

import errno
from pathlib import Path

import pytest

from dgm_course.commands import start as module


def test_all_labs_are_copied_and_the_first_is_named(course, dgm):
    result = dgm("start")
    assert result.exit_code == 0
    assert "work/01_information.ipynb: a new copy" in result.output
    assert "Open work/00_introduction.ipynb" in result.output
    for name in ("00_introduction.ipynb", "01_information.ipynb"):
        assert (course / "work" / name).read_bytes() == (course / "labs" / name).read_bytes()


@pytest.mark.parametrize(
    "name", ["1", "01", "01_information", "information", "labs/01_information.ipynb"]
)
def test_a_lab_goes_by_many_names(course, dgm, name):
    assert dgm("start", name).exit_code == 0
    assert [path.stem for path in (course / "work").iterdir()] == ["01_information"]


def test_a_students_work_is_never_overwritten(course, dgm):
    dgm("start")
    own = course / "work" / "01_information.ipynb"
    own.write_text("my answers")
    result = dgm("start", "01")
    assert result.exit_code == 0 and "kept, it is yours" in result.output
    assert own.read_text() == "my answers"


def test_reset_keeps_every_old_one(course, dgm, monkeypatch):
    monkeypatch.setattr(module.time, "strftime", lambda layout: "2026-01-31-120000")
    own = course / "work" / "01_information.ipynb"
    dgm("start", "01")
    for answers in ("first", "second"):
        own.write_text(answers)
        result = dgm("start", "01", "--reset")
        assert result.exit_code == 0 and "work/backup/01_information-2026" in result.output
    assert own.read_bytes() == (course / "labs" / own.name).read_bytes()
    old = sorted((course / "work" / "backup").iterdir())
    assert sorted(path.read_text() for path in old) == ["first", "second"]


def test_reset_of_a_lab_never_begun_is_a_new_copy(course, dgm):
    assert "01_information.ipynb: a new copy\n" in dgm("start", "01", "--reset").output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["start", "7"], "There is no lab called '7'; there are: 00_introduction, 01_info"),
        (["start", "--reset"], "Say which lab to start again, as in `dgm start 01 --reset`."),
    ],
)
def test_a_mistake_gets_a_sentence(course, dgm, arguments, words):
    result = dgm(*arguments)
    assert result.exit_code == 2 and words in result.output
    assert not (course / "work").exists()


def test_outside_the_course_it_says_where_to_go(tmp_path, dgm, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = dgm("start")
    assert result.exit_code == 2 and "is not in the course's folder: go there" in result.output


def test_below_the_course_it_works_too(course, dgm, monkeypatch):
    monkeypatch.chdir(course / "labs")
    assert dgm("start").exit_code == 0
    assert (course / "work" / "00_introduction.ipynb").exists()


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.ENOSPC])
def test_a_folder_that_cannot_be_written_gets_a_sentence(course, dgm, monkeypatch, number):
    def refuse(self, *_, **__):
        raise OSError(number, "refused", str(self))

    monkeypatch.setattr(Path, "mkdir", refuse)
    result = dgm("start")
    assert result.exit_code == 2 and "work cannot be written: refused" in result.output


def test_make_lab_hears_one_line(course, dgm):
    assert dgm("start", "--brief").output == "Your labs are in work/: 2 new, 0 as you left them.\n"
    (course / "labs" / "00_introduction.ipynb").unlink()
    (course / "labs" / "01_information.ipynb").unlink()
    assert dgm("start").output == "There are no labs yet.\n"
