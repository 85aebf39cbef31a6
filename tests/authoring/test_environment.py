"""environment.yml and constraints.txt say what pyproject.toml says."""

import tomllib
from importlib.metadata import PackageNotFoundError, requires
from itertools import product
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from dgm_course.authoring import environment

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
SYSTEMS = [
    {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"},
    {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix"},
    {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"},
]
PYTHONS = [{"python_version": f"3.{m}", "python_full_version": f"3.{m}.0"} for m in (11, 14)]
CUDA = ("nvidia-", "cuda-", "triton")  # pinned by torch itself


def pins() -> dict[str, Version]:
    """constraints.txt as {name: version}."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    parts = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(name): Version(version) for name, version in parts}


def own_requirements() -> list[Requirement]:
    """Everything that pyproject.toml asks for, extras included."""
    extras = PROJECT["optional-dependencies"].values()
    texts = [*PROJECT["dependencies"], *(text for extra in extras for text in extra)]
    found = [Requirement(text) for text in texts]
    return [requirement for requirement in found if requirement.name != PROJECT["name"]]


def reached() -> set[str]:
    """Every package that some system and Python installs, read from what is installed here."""
    seen, todo = set(), [(r.name, extra) for r in own_requirements() for extra in ("", *r.extras)]
    while todo:
        name, extra = todo.pop()
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        todo += needed_by(name, extra)
    return {canonicalize_name(name) for name, _ in seen}


def needed_by(name: str, extra: str) -> list[tuple[str, str]]:
    """What a package needs on any system; nothing for one that is not installed here."""
    try:
        found = [Requirement(text) for text in requires(name) or []]
    except PackageNotFoundError:
        return []
    kept = [r for r in found if not r.marker or any(r.marker.evaluate(e) for e in every(extra))]
    return [(r.name, more) for r in kept for more in ("", *r.extras)]


def every(extra: str) -> list[dict[str, str]]:
    return [{**system, **python, "extra": extra} for system, python in product(SYSTEMS, PYTHONS)]


def test_environment_yml_is_what_pyproject_says(capsys):
    assert environment.main(["--check"]) == 0
    assert "is what pyproject.toml says" in capsys.readouterr().out


def test_a_change_is_noticed_and_written(tmp_path, capsys):
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
    assert environment.main(["--check"], tmp_path) == 1
    assert environment.main([], tmp_path) == 0
    assert environment.main(["--check"], tmp_path) == 0
    changed = text.replace('"torch>=', '"torch>=99.')
    (tmp_path / "pyproject.toml").write_text(changed, encoding="utf-8")
    assert environment.main(["--check"], tmp_path) == 1
    assert "run `make environment`" in capsys.readouterr().err
    assert environment.main(["--chek"], tmp_path) == 2


def test_conda_has_its_own_names():
    assert environment.conda_name("torch >= 2.6") == "pytorch>=2.6"
    assert environment.conda_name("scikit-learn>=1.5") == "scikit-learn>=1.5"
    text = environment.render(PROJECT)
    assert "  - python>=3.11,<3.15\n" in text and text.endswith("  - pip:\n      - -e .\n")


def test_every_pin_satisfies_pyproject():
    found = pins()
    for requirement in own_requirements():
        version = found[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version), requirement
        assert version.local is None, f"{requirement.name}: a build for one machine only"


def test_constraints_pin_all_that_is_installed_and_nothing_else():
    wanted = {name for name in reached() if not name.startswith(CUDA)}
    assert wanted == set(pins())


@pytest.mark.parametrize("name", ["colorama", "pywinpty", "appnope"])
def test_what_only_one_system_needs_is_pinned_too(name):
    assert name in pins()
