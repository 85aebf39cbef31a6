"""No line of a solution leaks into a class pack, nor anything else that is not named to go in.

A line of a solution, or of the body of a known answer, is looked for with all its white space gone,
so that indentation, line breaks and JSON hide nothing.  Lines that say nothing are passed over:
those that compute nothing, that is without a call, an operator or an index.  A line may stand in a
function of the package that the lab withholds from answers or imports by name, and nowhere else.
"""

import ast
import getpass
import inspect
import io
import json
import re
import socket
import zipfile
from pathlib import Path

import pytest

from dgm_course.authoring import layout
from dgm_course.exercises.lab import load

ROOT = layout.find_root()
COMPUTES = (ast.Call, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.Subscript, ast.IfExp)
# The theory at the top of a file states it, as the exercise's own card does.
STATED = [("dgm_course/metrics/divergence.py", "m=(p+q)/2")]
# What every program in PyTorch has says nothing about an answer.
IDIOMS = {"withtorch.no_grad():", "optimizer.zero_grad()"}
BETWEEN = re.compile(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", re.DOTALL)


def squeezed(text):
    return re.sub(r"\s+", "", text)


def says_something(line):
    """Whether a line computes; one that is no statement of its own says what it says."""
    try:
        tree = ast.parse(line.strip())
    except SyntaxError:
        return len(re.findall(r"\w+", line)) > 2
    return any(isinstance(node, COMPUTES) for node in ast.walk(tree))


def lines_of(text):
    return {squeezed(line) for line in text.splitlines() if says_something(line)} - IDIOMS


def solution_lines(labs):
    texts = [(ROOT / "sources" / "labs" / f"{lab}.py").read_text("utf8") for lab in labs]
    return set().union(*(lines_of(body) for text in texts for body in BETWEEN.findall(text)))


def answer_lines():
    """Every line in the body of every function in answers/."""
    found = set()
    for path in (ROOT / "dgm_course" / "exercises" / "answers").glob("*.py"):
        text = path.read_text("utf8")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                body = node.body[1:] if ast.get_docstring(node) else node.body
                first, last = body[0].lineno - 1, body[-1].end_lineno
                found |= lines_of("\n".join(text.splitlines()[first:last]))
    return found


def secrets(labs):
    return solution_lines(labs) | answer_lines()


def library_functions(labs):
    """What a lab withholds from answers, and what it imports by name: {file: {name, ...}}."""
    allowed = {}
    for lab in labs:
        for function in (f for e in load(lab).exercises for f in e.withheld):
            path = Path(inspect.getfile(function)).relative_to(ROOT).as_posix()
            allowed.setdefault(path, set()).add(function.__name__)
        tree = ast.parse((ROOT / "sources" / "labs" / f"{lab}.py").read_text("utf8"))
        for node in (n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)):
            path = f"{node.module.replace('.', '/')}.py"
            if (ROOT / path).is_file():
                allowed.setdefault(path, set()).update(alias.name for alias in node.names)
    return allowed


def without(text, names):
    """A Python file without the functions and classes of these names."""
    lines = text.splitlines()
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name in names:
            lines[node.lineno - 1 : node.end_lineno] = [""] * (node.end_lineno - node.lineno + 1)
    return "\n".join(lines)


def strings(value):
    """All text in parsed JSON, each source or output joined to one."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list) and all(isinstance(item, str) for item in value):
        yield "".join(value)
    elif isinstance(value, list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from strings(item)


def texts(path, content):
    """What can be read in a file, and for a notebook or JSON what its strings say."""
    yield content.decode("utf8", errors="ignore")
    yield content.decode("latin1")
    if path.endswith((".ipynb", ".json")):
        yield from strings(json.loads(content))


def leaks(files, secret, allowed):
    """(file, line) for every secret line that a file holds."""
    found = []
    for path, content in files.items():
        if path in allowed:
            content = without(content.decode("utf8"), allowed[path]).encode()
        haystack = "\n".join(squeezed(text) for text in texts(path, content))
        found += [(path, line) for line in secret if line in haystack]
    return sorted(found)


def files_of(folder):
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def files_in_zip(archive):
    with zipfile.ZipFile(archive) as file:
        return {n.partition("/")[2]: file.read(n) for n in file.namelist()}


@pytest.fixture(params=["folder", "zip"])
def files(request, pack):
    return files_of(pack.folder) if request.param == "folder" else files_in_zip(pack.archive)


def test_no_line_of_a_solution_or_of_an_answer_leaks(files, pack):
    secret = secrets(pack.labs)
    assert len(secret) > 100
    assert leaks(files, secret, library_functions(pack.labs)) == STATED


def test_the_zip_is_the_folder(pack):
    assert files_in_zip(pack.archive) == files_of(pack.folder)
    assert pack.archive.read_bytes().count(b"PK\x03\x04") == pack.files


@pytest.mark.parametrize("place", ["source", "output", "python", "binary", "split"])
def test_a_leak_is_found_wherever_it_hides(pack, place):
    line = "    return (q * f(p / q)).sum(-1)"
    cell = {"cell_type": "code", "source": ["def f_divergence(p, q, f):\n", f"{line}\n"]}
    shown = {"cell_type": "code", "outputs": [{"data": {"text/plain": [line]}}]}
    hidden = {
        "source": ("labs/x.ipynb", json.dumps({"cells": [cell]})),
        "output": ("labs/x.ipynb", json.dumps({"cells": [shown]})),
        "python": ("dgm_course/x.py", f"def f(p, q, f):\n\t{line}  # so"),
        "binary": ("x.safetensors", f"\xff\x00{line}\xff"),
        "split": ("x.md", line.replace(" ", "\n")),
    }
    path, text = hidden[place]
    found = leaks({path: text.encode("latin1")}, secrets(pack.labs), {})
    assert (path, squeezed(line)) in found


def test_a_line_is_allowed_in_the_library_functions_named_and_nowhere_else_in_their_file(pack):
    line = "    return (q * f(p / q)).sum(-1)"
    path, secret = "dgm_course/metrics/divergence.py", secrets(pack.labs)
    allowed = library_functions(pack.labs)
    assert "f_divergence" in allowed[path] and "cross_entropy" not in allowed[path]
    for name, found in (("f_divergence", []), ("cross_entropy", [(path, squeezed(line))])):
        text = f"def {name}(p, q, f):\n{line}\n"
        assert leaks({path: text.encode()}, secret, allowed) == found


def test_only_what_is_named_goes_in(files, pack):
    tops = {path.partition("/")[0] for path in files}
    pages = {"README.md", "START.md", "Makefile", "pyproject.toml", "constraints.txt"}
    pages |= {"environment.yml", "LICENSE", "LICENSE-TEXT", "CITATION.cff", "pack.json"}
    assert tops == pages | {"labs", "dgm_course", "tools"}
    assert {path for path in files if path.startswith("labs/")} == {
        f"labs/{lab}.ipynb" for lab in pack.labs
    }
    inside = [path for path in files if path.startswith(("dgm_course/", "tools/"))]
    assert {Path(path).suffix for path in inside} == {".py", ".safetensors", ".tsv"}
    commands = r"/(release|build|grade|present|site)\b"
    forbidden = rf"answers|grading|authoring|{commands}|test|seed|\.pyc|\.git|\.venv|suite"
    assert [path for path in files if re.search(forbidden, path)] == []


def test_nothing_in_it_marks_a_solution_or_leads_out_of_it(files):
    for path, content in files.items():
        assert b"SOLUTION" not in content, path
        for folder in (b"solutions/", b"lectures/", b"tests/", b"](sources"):
            assert folder not in content, path


def test_no_link_in_it_leads_nowhere(files):
    for path in ("README.md", "START.md"):
        links = re.findall(r"\]\((?!https?:)([^)#]+)", files[path].decode())
        assert links and {link.replace("work/", "labs/") for link in links} <= set(files)


def test_nothing_in_it_tells_on_which_machine_it_was_made(files, pack):
    places = {str(ROOT), str(Path.home()), str(pack.folder.parent), socket.gethostname()}
    user = getpass.getuser()
    places |= {f"/home/{user}", f"/Users/{user}"}
    for path, content in files.items():
        assert [p for p in places if len(p) > 4 and p.encode() in content] == [], path


def test_labs_in_it_hold_no_outputs(files, pack):
    for lab in pack.labs:
        cells = json.loads(files[f"labs/{lab}.ipynb"])["cells"]
        assert not any(c.get("outputs") or c.get("execution_count") for c in cells)


def test_a_lab_that_is_not_handed_out_leaves_no_exercise_behind(tmp_path):
    from dgm_course.authoring.release import release

    made = release("one", ["01"], tmp_path)
    files = files_of(made.folder)
    assert not [path for path in files if "introduction" in path]
    assert "dgm_course/models/density.py" not in files
    assert leaks(files, secrets(["01_information"]), library_functions(made.labs)) == STATED


def test_entries_of_the_zip_have_no_time_and_no_owner(pack):
    with zipfile.ZipFile(io.BytesIO(pack.archive.read_bytes())) as file:
        assert {entry.date_time for entry in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {entry.external_attr >> 16 for entry in file.infolist()} == {0o100644}
        assert all(entry.filename.startswith("autumn/") for entry in file.infolist())
