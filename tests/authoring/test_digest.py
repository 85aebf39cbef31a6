"""A notebook is stale when, and only when, something that it is made of has changed."""

import shutil

import pytest

from dgm_course.authoring import digest as module
from dgm_course.authoring.digest import digest, imported, package_files
from dgm_course.authoring.problem import BuildError

from .samples import put

FILES = {
    "__init__.py": "",
    "plot.py": "def figure():\n    from dgm_course.data import lazy\n",
    "unused.py": "import dgm_course.plot\n",
    "data/__init__.py": "",
    "data/toy.py": "from . import near\nfrom ..metrics.kl import kl\n",
    "data/near.py": "",
    "data/lazy.py": "import torch\n",
    "data/other.py": "",
    "metrics/__init__.py": "",
    "metrics/kl.py": "import dgm_course.metrics.deep as deep\n",
    "metrics/deep.py": "",
    "exercises/__init__.py": "",
    "exercises/small.py": "from dgm_course.exercises.exercise import Exercise\n",
    "exercises/exercise.py": "",
}
SOURCE = """# %%
import torch
import dgm_course.data.toy as toy
from dgm_course import plot
"""
IMPORTED = {
    "__init__.py",
    "plot.py",
    "data/__init__.py",
    "data/toy.py",
    "data/near.py",
    "data/lazy.py",
    "metrics/__init__.py",
    "metrics/kl.py",
    "metrics/deep.py",
}
EXERCISES = {"exercises/__init__.py", "exercises/small.py", "exercises/exercise.py"}


@pytest.fixture
def root(tmp_path):
    for name, text in FILES.items():
        path = tmp_path / "dgm_course" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def names(source):
    base = source.root / "dgm_course"
    return {path.relative_to(base).as_posix() for path in package_files(source)}


def test_imports_are_followed_however_they_are_written(root):
    assert names(put(root, "lectures/01_small", SOURCE)) == IMPORTED


def test_a_lab_depends_on_its_exercises(root):
    assert names(put(root, "labs/01_small", "# %%\n1\n")) == EXERCISES | {"__init__.py"}


def test_what_is_left_out_is_not_followed(root):
    source = put(root, "lectures/01_small", SOURCE)
    without = ("dgm_course.metrics", "dgm_course.data.la")  # no part of a name is one
    found = imported(root, [source.path], without) - {source.path}
    left = {path.relative_to(root / "dgm_course").as_posix() for path in found}
    assert left == {name for name in IMPORTED if not name.startswith("metrics")}


@pytest.mark.parametrize("name", FILES)
def test_digest_changes_iff_an_imported_file_does(root, name):
    source = put(root, "lectures/01_small", SOURCE)
    before = digest(source)
    edit(root / "dgm_course" / name)
    assert (digest(source) != before) == (name in IMPORTED)


def edit(path):
    path.write_text(path.read_text() + "# edited\n")
    module._file_hash.cache_clear()  # edits a test makes may be closer than the clock tells apart


def test_digest_follows_the_source_and_not_its_line_endings(root):
    source = put(root, "lectures/01_small", SOURCE)
    before = digest(source)
    source.path.write_bytes(SOURCE.replace("\n", "\r\n").encode())
    module._file_hash.cache_clear()
    assert digest(source) == before
    edit(source.path)
    assert digest(source) != before


def test_digest_follows_the_builder(root, monkeypatch, tmp_path):
    source = put(root, "lectures/01_small", SOURCE)
    before = digest(source)
    other = tmp_path / "lab.py"
    other.write_text("# another builder\n")
    monkeypatch.setattr(module, "builder_files", lambda: (other,))
    assert digest(source) != before


def test_digest_is_the_same_wherever_the_repository_lies(root, tmp_path_factory):
    source = put(root, "lectures/01_small", SOURCE)
    copy = tmp_path_factory.mktemp("copy") / "course"
    shutil.copytree(root, copy)
    assert digest(put(copy, "lectures/01_small", SOURCE)) == digest(source)


def test_a_package_file_that_does_not_parse_is_named(root):
    source = put(root, "lectures/01_small", SOURCE)
    (root / "dgm_course" / "plot.py").write_text("x = 1\ny = (\n")
    with pytest.raises(BuildError, match=r"dgm_course/plot.py:2: '\(' was never closed"):
        digest(source)
