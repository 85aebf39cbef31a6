"""Building small notebooks in real kernels: bytes, freshness, hand edits, failures."""

import json
import shutil

import pytest

from dgm_course.authoring import build as module
from dgm_course.authoring import timing
from dgm_course.authoring.build import build
from dgm_course.authoring.problem import BuildError

from .samples import SETUP, SHOW, TITLE, lab, put, run

LECTURE = "\n".join(
    [
        TITLE,
        SETUP,
        SHOW.format(alt="a grey dot"),
        "# %%\nimport os\nfrom dgm_course.number import ANSWER\n"
        'print(ANSWER, os.environ["DGM_STATIC"])\n',
        "# %%\n{name: ANSWER for name in {'b', 'a', 'c', 'd'}}\n",
    ]
)
NOTEBOOKS = ("lectures/01_small", "solutions/01_small", "labs/01_small")


def make(root):
    put(root, "lectures/01_small", LECTURE)
    put(root, "labs/01_small", lab())
    (root / "dgm_course").mkdir()
    (root / "dgm_course" / "__init__.py").touch()
    (root / "dgm_course" / "number.py").write_text("ANSWER = 42\n")
    return root


def contents(root):
    return {name: (root / f"{name}.ipynb").read_bytes() for name in NOTEBOOKS}


def checked(root, names=()):
    """The messages of a check, rules on length and figures of these short notebooks left out."""
    problems = [p for result in run(root, names, check=True) for p in result.problems]
    return [str(p) for p in problems if p.line == 0 and " cells" not in p.message]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A course of one module, built once."""
    root = make(tmp_path_factory.mktemp("course"))
    results = run(root)
    assert [result.state for result in results] == ["built", "built"]
    return root


@pytest.fixture
def course(built, tmp_path):
    """A copy of it, to be edited."""
    return shutil.copytree(built, tmp_path / "course")


def cells(root, name):
    return json.loads((root / f"{name}.ipynb").read_text())["cells"]


def test_a_lecture_is_executed_with_this_package_in_static_mode(built):
    shown = cells(built, "lectures/01_small")
    assert shown[3]["outputs"][0]["text"] == ["42 1\n"]
    assert shown[2]["metadata"]["mystnb"]["image"]["alt"] == "a grey dot"


def test_a_solution_is_executed_strictly_and_the_lab_is_not(built):
    solution, stripped = cells(built, "solutions/01_small"), cells(built, "labs/01_small")
    assert sum(cell.get("outputs") != [] for cell in solution if cell["cell_type"] == "code") == 5
    assert not any(cell.get("outputs") for cell in stripped)
    assert b"secret" in contents(built)["solutions/01_small"]
    assert b"secret" not in contents(built)["labs/01_small"]


def test_titles_have_the_measured_seconds(built):
    timings = timing.load(built)
    assert timings.keys() == {"lectures/01_small", "labs/01_small"}
    assert all(1 <= seconds < 60 for seconds in timings.values())
    said = "".join(cells(built, "solutions/01_small")[0]["source"])
    assert f"60 minutes to read, {timings['labs/01_small']} seconds to run." in said


def test_building_everything_again_gives_the_same_bytes(course, built):
    assert {result.state for result in run(course, force=True)} == {"built"}
    assert contents(course) == contents(built)
    assert timing.load(course) == timing.load(built)


def test_nothing_to_do_takes_no_kernel_and_passes_the_check(course, monkeypatch):
    monkeypatch.setattr(module, "execute", None)
    before = contents(course)
    assert [result.state for result in run(course)] == ["fresh", "fresh"]
    assert contents(course) == before
    assert checked(course) == []


def test_rules_are_told_by_build_and_by_check(built):
    for results in (run(built), run(built, check=True)):
        problems = [str(problem) for problem in results[0].problems]
        assert any("5 cells, where lectures have 45 to 70" in problem for problem in problems)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_an_edit_by_hand_is_found(course, name):
    path = course / f"{name}.ipynb"
    path.write_text(path.read_text().replace("print(", "print( ", 1).replace("def ", "def  ", 1))
    kind = "lectures" if "lectures" in name else "labs"
    message = f"{name}.ipynb: edited by hand: edit sources/{kind}/01_small.py instead"
    [found] = checked(course)
    assert found.startswith(message)


def test_an_edited_title_is_found(course):
    path = course / "lectures" / "01_small.ipynb"
    path.write_text(path.read_text().replace("# A small notebook", "# A big notebook"))
    assert "its title is out of date" in checked(course)[0]


def test_other_timings_change_titles_without_executing(course, monkeypatch):
    monkeypatch.setattr(module, "execute", None)
    timing.save(course, {"lectures/01_small": 41, "labs/01_small": 43})
    assert len(checked(course)) == 3
    assert [result.state for result in run(course)] == ["rewritten", "rewritten"]
    assert "41 seconds" in "".join(cells(course, "lectures/01_small")[0]["source"])
    assert "43 seconds" in "".join(cells(course, "labs/01_small")[0]["source"])
    assert checked(course) == []


def test_a_lab_alone_is_stripped_again_without_executing(course, built, monkeypatch):
    monkeypatch.setattr(module, "execute", None)
    (course / "labs" / "01_small.ipynb").unlink()
    assert checked(course) == ["labs/01_small.ipynb: missing: run `dgm build labs/01_small`"]
    assert [result.state for result in run(course, ["labs/01"])] == ["rewritten"]
    assert contents(course) == contents(built)


def test_stale_missing_untimed_and_orphaned_notebooks_are_found(course):
    (course / "dgm_course" / "number.py").write_text("ANSWER = 43\n")
    (course / "labs" / "02_gone.ipynb").write_text("{}")
    (course / "solutions" / "01_small.ipynb").write_text("{}")
    timing.path(course).unlink()
    stale, untimed, edited, title, untimed_lab, orphan = checked(course)
    assert stale.startswith("lectures/01_small.ipynb: stale: its source, the package")
    assert untimed.startswith("sources/lectures/01_small.py: never timed")
    assert edited.startswith("solutions/01_small.ipynb: edited by hand")
    assert "title" in title and "never timed" in untimed_lab
    assert orphan.startswith("labs/02_gone.ipynb: orphaned")


def test_an_unknown_name_is_refused(built):
    with pytest.raises(BuildError, match="there are: 01_small"):
        run(built, ["07"])


def test_measuring_writes_the_time_of_this_run_and_prints_nothing(course, capfd):
    timing.save(course, {"lectures/01_small": 41, "labs/01_small": 43})
    [result] = run(course, ["lectures/01"], measure=True)
    timings = timing.load(course)
    assert timings["labs/01_small"] == 43
    assert timings["lectures/01_small"] == max(1, round(result.seconds)) < 41
    assert capfd.readouterr() == ("", "")


def test_the_lab_used_is_the_packages_own_by_default():
    assert build.__kwdefaults__["lab"].__name__ == "default_lab"
