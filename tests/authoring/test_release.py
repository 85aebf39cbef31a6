"""`dgm release`: what it writes, what it replaces, and what it refuses to touch."""

import json
import shutil
import zipfile

import numpy as np
import pytest
from safetensors.numpy import load_file
from typer.testing import CliRunner

from dgm_course.authoring import layout
from dgm_course.authoring.release import ReleaseError, release
from dgm_course.cli import app
from dgm_course.exercises import numbers
from dgm_course.exercises.exercise import draw
from dgm_course.exercises.judge import judge
from dgm_course.exercises.lab import SEED, load
from dgm_course.exercises.numbers import Computed, answers, recorded
from dgm_course.exercises.observe import observe

ROOT = layout.find_root()


def dgm(*arguments):
    return CliRunner().invoke(app, ["release", *map(str, arguments)])


def everything(folder):
    return {p: p.read_bytes() if p.is_file() else None for p in sorted(folder.rglob("*"))}


def test_it_says_in_three_lines_what_it_made(tmp_path):
    result = dgm("autumn", "--labs", "01,0", "--out", tmp_path, "--zip")
    assert result.exit_code == 0
    made, not_in_it, readable = result.stdout.splitlines()
    files = [path for path in (tmp_path / "autumn").rglob("*") if path.is_file()]
    assert made == (
        f"Made {tmp_path / 'autumn'} and {tmp_path / 'autumn.zip'}: "
        f"00_introduction, 01_information, {len(files)} files."
    )
    assert "solutions" in not_in_it and "recorded numbers" in not_in_it
    for function in ("metrics.divergence.kl", "metrics.gaussian.kl_gaussians"):
        assert function in readable
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["autumn", "autumn.zip"]


def test_the_same_course_makes_the_same_bytes(pack, tmp_path):
    again = release("autumn", reversed(pack.labs), tmp_path, zipped=True)
    assert again.archive.read_bytes() == pack.archive.read_bytes()
    assert again.labs == pack.labs


@pytest.mark.parametrize("name", ["1", "01", "01_information", "information"])
def test_a_lab_is_called_by_number_or_name(tmp_path, name):
    assert release("x", [name, f" {name} "], tmp_path).labs == ("01_information",)


@pytest.mark.parametrize(
    ("labs", "says"),
    [
        ("99", "There is no lab called '99'; there are: 00_introduction, 01_information"),
        ("01,toys", "There is no lab called 'toys'"),
        ("../labs/01", "There is no lab called '../labs/01'"),
        (",", "Name the labs to hand out, as in `--labs 00,01`."),
    ],
)
def test_an_unknown_lab_gets_a_sentence(tmp_path, labs, says):
    result = dgm("autumn", "--labs", labs, "--out", tmp_path)
    assert result.exit_code == 2 and result.stderr.startswith(says)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "name",
    [
        *("", ".", "..", "a/b", "a\\b", "/tmp/x", ".hidden", "-x-", "_x", "x.", "a b", "x\n"),
        *("a:b", "<b>", "nul", "COM1.x", "a" * 65),
    ],
)
def test_a_name_that_is_not_plain_gets_a_sentence(tmp_path, name):
    result = dgm("--labs", "01", "--out", tmp_path, "--", name)
    assert result.exit_code == 2 and result.stderr.count("\n") == 1
    assert "is no plain name" in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["autumn", "CS-236_2026", "été.2026", "x"])
def test_plain_names_are_taken(tmp_path, name):
    assert release(name, ["01"], tmp_path).folder.name == name


@pytest.mark.parametrize("what", ["folder", "empty", "file", "zip", "link"])
def test_what_is_no_pack_is_left_alone(tmp_path, what):
    foreign, elsewhere = tmp_path / "out" / "autumn", tmp_path / "elsewhere"
    foreign.parent.mkdir()
    elsewhere.mkdir()
    if what == "link":
        foreign.symlink_to(elsewhere)
    elif what in ("folder", "empty"):
        foreign.mkdir()
    if what == "folder":
        (foreign / "thesis.tex").write_text("three years of work")
    if what in ("file", "zip"):
        foreign.with_suffix({"file": "", "zip": ".zip"}[what]).write_text("mine")
    before = everything(tmp_path)
    result = dgm("autumn", "--labs", "01", "--out", foreign.parent, "--zip")
    assert result.exit_code == 2
    assert "is there and is no unchanged class pack: move it away" in result.stderr
    assert everything(tmp_path) == before


@pytest.mark.parametrize("change", ["work/01.ipynb", "README.md", "pack.json", "link", "-LICENSE"])
def test_a_pack_in_which_somebody_worked_is_left_alone(pack, tmp_path, change):
    copy = tmp_path / "autumn"
    shutil.copytree(pack.folder, copy)
    if change == "link":
        (copy / "data").symlink_to(tmp_path)
    elif change.startswith("-"):
        (copy / change[1:]).unlink()
    else:
        (copy / change).parent.mkdir(exist_ok=True)
        (copy / change).write_text("{}")
    before = everything(tmp_path)
    with pytest.raises(ReleaseError, match="no unchanged class pack"):
        release("autumn", ["01"], tmp_path)
    assert everything(tmp_path) == before


def test_an_archive_with_something_added_is_left_alone(pack, tmp_path):
    shutil.copy(pack.archive, tmp_path)
    with zipfile.ZipFile(tmp_path / "autumn.zip", "a") as file:
        file.writestr("autumn/mine.txt", "mine")
    before = everything(tmp_path)
    with pytest.raises(ReleaseError, match=r"autumn\.zip is there"):
        release("autumn", ["01"], tmp_path, zipped=True)
    assert everything(tmp_path) == before


def test_an_unchanged_pack_is_replaced(pack, tmp_path):
    shutil.copytree(pack.folder, tmp_path / "autumn")
    shutil.copy(pack.archive, tmp_path)
    made = release("autumn", ["01"], tmp_path, zipped=True)
    assert not (made.folder / "labs" / "00_introduction.ipynb").exists()
    with zipfile.ZipFile(made.archive) as file:
        assert "autumn/labs/00_introduction.ipynb" not in file.namelist()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["autumn", "autumn.zip"]


def test_a_file_where_the_folder_should_be_gets_a_sentence(tmp_path):
    (tmp_path / "out").write_text("mine")
    result = dgm("autumn", "--labs", "01", "--out", tmp_path / "out")
    assert (result.exit_code, "is a file: give another folder" in result.stderr) == (2, True)


def test_a_failure_in_between_leaves_what_was_there(pack, tmp_path, monkeypatch):
    shutil.copytree(pack.folder, tmp_path / "autumn")
    before = everything(tmp_path)

    def full_disk(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("dgm_course.authoring.release.zip_of", full_disk)
    assert dgm("autumn", "--labs", "01", "--out", tmp_path, "--zip").exit_code == 2
    assert everything(tmp_path) == before


@pytest.fixture
def course(tmp_path):
    """A copy of what a release reads."""
    root = tmp_path / "course"
    root.mkdir()
    for name in ("dgm_course", "sources", "labs", "tools"):
        leave = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, root / name, ignore=leave)
    pages = ("pyproject.toml", "Makefile", "constraints.txt", "environment.yml", "CITATION.cff")
    for name in (*pages, "LICENSE", "LICENSE-TEXT"):
        shutil.copy(ROOT / name, root)
    return root


def test_a_lab_that_somebody_solved_in_place_is_refused(course, tmp_path):
    path = course / "labs" / "01_information.ipynb"
    text = path.read_text("utf8")
    assert "raise NotImplementedError" in text
    path.write_text(text.replace("raise NotImplementedError", "return -p.log()", 1), "utf8")
    with pytest.raises(ReleaseError, match="may hold answers: run `dgm build 01` first"):
        release("x", ["01"], tmp_path / "out", root=course)
    assert release("x", ["00"], tmp_path / "out", root=course).labs == ("00_introduction",)


def test_files_that_lie_about_do_not_go_in(course, tmp_path):
    plain = release("x", ["00", "01"], tmp_path / "plain", root=course)
    for name in (
        "seed.txt",
        "labs/seed.txt",
        "dgm_course/seed.py",
        "tools/.secret",
        "labs/02_x.py",
    ):
        (course / name).write_text("the class's secret seed")
    (course / "dgm_course" / "__pycache__").mkdir()
    (course / "dgm_course" / "__pycache__" / "cli.pyc").write_text("x")
    again = release("x", ["00", "01"], tmp_path / "again", root=course)
    assert (again.folder / "pack.json").read_bytes() == (plain.folder / "pack.json").read_bytes()


def test_the_manifest_names_every_file(pack):
    manifest = json.loads((pack.folder / "pack.json").read_text("utf8"))
    there = {p.relative_to(pack.folder).as_posix() for p in pack.folder.rglob("*") if p.is_file()}
    assert set(manifest["files"]) | {"pack.json"} == there
    assert (manifest["name"], tuple(manifest["labs"])) == ("autumn", pack.labs)


def verdicts(lab, exercise):
    """Every answer's verdict with computed and with recorded numbers."""
    known, inputs = answers(exercise), draw(exercise, SEED)
    for answer in (known.reference, *known.variants, *known.wrong.values()):
        seen = observe(exercise, (answer,), inputs, ours=True)
        sources = (Computed(exercise, inputs), recorded(exercise, lab.name))
        yield answer, *(judge(exercise, inputs, seen, source).json() for source in sources)


def test_recorded_numbers_give_every_answer_the_verdict_that_computed_ones_give(pack, monkeypatch):
    monkeypatch.setattr(numbers, "RECORDED", pack.folder / "dgm_course" / "exercises" / "recorded")
    for lab in map(load, pack.labs):
        for exercise in lab.exercises:
            for answer, computed, from_file in verdicts(lab, exercise):
                assert from_file == computed, answer


def test_recorded_inputs_are_those_of_the_self_check(pack, monkeypatch):
    monkeypatch.setattr(numbers, "RECORDED", pack.folder / "dgm_course" / "exercises" / "recorded")
    for lab in map(load, pack.labs):
        for exercise in lab.exercises:
            inputs, file = draw(exercise, SEED), recorded(exercise, lab.name).inputs
            assert inputs.keys() == file.keys()
            for name, value in inputs.items():
                assert (value.dtype, value.shape) == (file[name].dtype, file[name].shape)
                assert np.array_equal(value, file[name], equal_nan=True)


def test_numbers_are_recorded_in_packs_alone(pack):
    assert not numbers.RECORDED.exists()
    for lab in pack.labs:
        file = pack.folder / "dgm_course" / "exercises" / "recorded" / f"{lab}.safetensors"
        assert {name.split("/")[0] for name in load_file(file)} == {
            exercise.name for exercise in load(lab).exercises
        }
