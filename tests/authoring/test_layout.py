"""Names to sources, sources to notebooks."""

import pytest

from dgm_course.authoring.layout import discover, find_root, orphans, select
from dgm_course.authoring.problem import BuildError

from .samples import put


@pytest.fixture
def root(tmp_path):
    for key in ("lectures/00_intro", "lectures/01_small", "labs/01_small", "labs/10_other"):
        put(tmp_path, key, "# %%\n1\n")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("01", ["lectures/01_small", "labs/01_small"]),
        ("1", ["lectures/01_small", "labs/01_small"]),
        ("01_small", ["lectures/01_small", "labs/01_small"]),
        ("lectures/01", ["lectures/01_small"]),
        ("labs/01_small", ["labs/01_small"]),
        ("solutions/01_small.ipynb", ["labs/01_small"]),
        ("sources/lectures/00_intro.py", ["lectures/00_intro"]),
    ],
)
def test_a_name_is_a_number_a_module_or_a_path(root, name, keys):
    assert [source.key for source in select(root, [name])] == keys
    assert select(root, [name, name]) == select(root, [name])


def test_no_names_mean_everything(root):
    assert select(root) == discover(root)
    assert len(discover(root)) == 4


@pytest.mark.parametrize("name", ["99", "small", "work/01_small.ipynb", "lectures/10", ""])
def test_an_unknown_name_is_refused_with_those_there_are(root, name):
    with pytest.raises(BuildError, match="there are: 00_intro, 01_small, 10_other"):
        select(root, [name])


def test_absolute_paths_are_names_too(root):
    path = root / "lectures" / "01_small.ipynb"
    assert [source.key for source in select(root, [path])] == ["lectures/01_small"]


def test_root_is_found_upward_then_from_the_package(root, tmp_path_factory):
    assert find_root(root / "sources" / "labs") == root.resolve()
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    assert (find_root(elsewhere) / "dgm_course" / "authoring").is_dir()


def test_a_notebook_without_source_is_an_orphan(root):
    for name in ("lectures/00_intro", "solutions/10_other", "labs/00_intro", "solutions/02_gone"):
        path = root / f"{name}.ipynb"
        path.parent.mkdir(exist_ok=True)
        path.write_text("{}")
    assert [problem.path for problem in orphans(root)] == [
        "labs/00_intro.ipynb",
        "solutions/02_gone.ipynb",
    ]
