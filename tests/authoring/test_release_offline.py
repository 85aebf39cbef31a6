"""A class pack works on its own: no network, and nothing of the course's folder in sight."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib

import nbformat
import pytest

from dgm_course.authoring import layout
from dgm_course.exercises.lab import load

ROOT = layout.find_root()
HIDDEN = ("dgm_course", "sources", "solutions", "labs", "lectures", "tests", "tools")
EXECUTE = """
import sys, nbformat
from nbclient import NotebookClient
nb = nbformat.read(sys.argv[1], 4)
NotebookClient(nb, kernel_name="python3", timeout=120).execute()
nbformat.write(nb, sys.argv[1])
"""
# The course's own folder is installed in place, by a finder that knows modules a pack lacks.
FORGET = """
import sys
sys.meta_path[:] = [f for f in sys.meta_path if "__editable__" not in getattr(f, "__module__", "")]
"""
BITS = """
def entropy(p):
    return -torch.special.xlogy(p, p).sum(-1) / math.log(2)
"""


def cage():
    """What runs a command without network and without the course's folder, where that works."""
    hide = [part for name in HIDDEN for part in ("--tmpfs", str(ROOT / name))]
    command = ["bwrap", "--unshare-net", "--die-with-parent", "--dev-bind", "/", "/", *hide]
    try:
        works = subprocess.run([*command, "true"], capture_output=True).returncode == 0
    except OSError:
        works = False
    return command if works else []


@pytest.fixture(scope="module")
def run(pack, tmp_path_factory):
    """Runs Python in a copy of the pack, `run.folder`; only its own package can be imported."""
    folder = tmp_path_factory.mktemp("étudiant e") / "autumn"
    shutil.copytree(pack.folder, folder)
    before = cage()
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("DGM", "NBGRADER", "PYTEST"))}
    (folder.parent / "sitecustomize.py").write_text(FORGET)
    variables = {**kept, "PYTHONPATH": os.pathsep.join(map(str, (folder, folder.parent)))}

    def run(*arguments):
        command = [*before, sys.executable, *map(str, arguments)]
        return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True)

    run.folder = folder
    return run


def dgm(run, *arguments):
    return run("-m", "dgm_course.cli", *arguments)


def stub(nb, name):
    return next(c for c in nb.cells if c.metadata.get("nbgrader", {}).get("grade_id") == name)


def filled(run, lab, **other):
    """The lab handed out with the solutions' code put in, or other code by exercise."""
    nb = nbformat.read(run.folder / "labs" / f"{lab}.ipynb", 4)
    solution = nbformat.read(ROOT / "solutions" / f"{lab}.ipynb", 4)
    for exercise in load(lab).exercises:
        code = other.get(exercise.name) or stub(solution, exercise.name).source
        stub(nb, exercise.name).source = code
    return nb


def checked(run, nb, path):
    """What `dgm check --json` says of a notebook that a student saved."""
    path.parent.mkdir(exist_ok=True)
    nbformat.write(nb, path)
    done = dgm(run, "check", "--json", path)
    assert done.stderr == ""
    return done.returncode, json.loads(done.stdout)["notebooks"][0]


def test_the_package_is_the_packs_own_and_holds_no_answers(run):
    code = "import dgm_course, importlib.util as u, dgm_course.exercises.numbers as n\n"
    code += "print(n.are_installed(), u.find_spec('dgm_course.authoring'), dgm_course.__file__)"
    assert run("-c", code).stdout == f"False None {run.folder / 'dgm_course' / '__init__.py'}\n"


def test_every_module_of_the_pack_can_be_imported(run):
    files = [p.relative_to(run.folder) for p in (run.folder / "dgm_course").rglob("*.py")]
    names = [".".join(path.with_suffix("").parts).removesuffix(".__init__") for path in files]
    code = "import sys, importlib\nfor name in sys.argv[1:]: importlib.import_module(name)"
    done = run("-c", code, *names)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_package_imports_only_what_the_pack_installs(run):
    """The authors' environment holds more than a student's."""
    project = tomllib.loads((run.folder / "pyproject.toml").read_text("utf8"))["project"]
    installed = {re.split(r"[^\w-]", name)[0] for name in project["dependencies"]}
    known = installed | {"sklearn", "PIL", "IPython", "jupyter_client", "dgm_course"}
    for path in (run.folder / "dgm_course").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf8"))):
            names = [node.module] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            tops = {name.partition(".")[0] for name in names}
            assert tops <= known | sys.stdlib_module_names, path


def test_the_doctor_is_content(run):
    done = dgm(run, "doctor")
    assert "FIX" not in done.stdout and done.returncode == 0, done.stdout + done.stderr
    assert f"{run.folder} can be written" in done.stdout


def test_start_gives_every_lab(run, pack):
    done = dgm(run, "start")
    assert done.returncode == 0
    for lab in pack.labs:
        assert f"work/{lab}.ipynb" in done.stdout
        handed_out = (run.folder / "labs" / f"{lab}.ipynb").read_bytes()
        assert (run.folder / "work" / f"{lab}.ipynb").read_bytes() == handed_out


@pytest.mark.parametrize("command", ["build", "release", "grade"])
def test_what_only_authors_and_instructors_need_is_not_there(run, command):
    done = dgm(run, command, "--help")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"`dgm {command}` is not part of this class pack.\n"
    listed = dgm(run, "--help").stdout
    assert f"\n  {command} " not in listed and "\n  check " in listed


def test_a_command_that_is_none_is_a_typing_mistake_here_too(run):
    done = dgm(run, "strat")
    assert done.returncode == 2 and "No such command 'strat'" in done.stderr


@pytest.mark.slow
def test_an_untouched_lab_is_not_attempted(run, pack):
    for lab in pack.labs:
        nb = nbformat.read(run.folder / "labs" / f"{lab}.ipynb", 4)
        code, result = checked(run, nb, run.folder / "work" / f"{lab}.ipynb")
        assert (code, result["problem"], result["note"], result["points"]) == (1, "", "", 0)
        assert {e["state"] for e in result["exercises"]} == {"not_attempted"}
        assert [e["exercise"] for e in result["exercises"]] == [e.name for e in load(lab).exercises]


@pytest.mark.slow
def test_a_lab_with_the_solutions_code_is_all_right(run, pack):
    for lab in pack.labs:
        path = run.folder / "work" / f"{lab} filled.ipynb"
        code, result = checked(run, filled(run, lab), path)
        assert (code, result["problem"], result["note"]) == (0, "", "")
        assert {e["state"] for e in result["exercises"]} == {"right"}
        assert result["points"] == sum(e.points for e in load(lab).exercises)


@pytest.mark.slow
def test_a_known_mix_up_draws_its_sentence_and_its_picture(run):
    nb = filled(run, "01_information", entropy=BITS)
    path = run.folder / "work" / "mixed up.ipynb"
    path.parent.mkdir(exist_ok=True)
    nbformat.write(nb, path)
    done = run("-c", EXECUTE, path)
    assert done.returncode == 0, done.stderr
    outputs = stub(nbformat.read(path, 4), "entropy-check").outputs
    data = {kind: content for output in outputs for kind, content in output["data"].items()}
    sentence = load("01_information").find("entropy").misconceptions["entropy_in_bits"]
    assert "a known mix-up, " in data["text/plain"] and sentence in data["text/plain"]
    assert len(data["image/png"]) > 1000


def test_the_tools_of_the_pack_say_that_it_has_no_tests(run):
    done = run("tools/setup.py", "test")
    assert done.returncode == 1
    assert done.stderr == "A class pack has no tests of its own: `make check` checks your labs.\n"
