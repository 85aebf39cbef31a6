"""environment.yml for conda and Binder, written from pyproject.toml.

python -m dgm_course.authoring.environment            write it
python -m dgm_course.authoring.environment --check    fail when it is not what would be written
"""

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CONDA_NAME = {"torch": "pytorch"}
NOTE = "# Written from pyproject.toml by `make environment`; do not edit."


def python_range(project: dict) -> str:
    """`>=3.11,<3.15`: from the oldest Python allowed to the newest one named."""
    named = re.findall(r"Python :: 3\.(\d+)", "\n".join(project["classifiers"]))
    newest = max(int(minor) for minor in named)
    return f"{project['requires-python']},<3.{newest + 1}"


def conda_name(requirement: str) -> str:
    """`torch>=2.6` as conda calls it: `pytorch>=2.6`."""
    name = re.match(r"[A-Za-z0-9._-]+", requirement)[0]
    return CONDA_NAME.get(name, name) + requirement[len(name) :].replace(" ", "")


def render(project: dict) -> str:
    """environment.yml for a `[project]` table; the course itself comes by pip, in place."""
    packages = [f"python{python_range(project)}", "pip"]
    packages += [conda_name(requirement) for requirement in project["dependencies"]]
    lines = [NOTE, f"name: {project['name']}", "channels:", "  - conda-forge", "  - nodefaults"]
    lines += ["dependencies:", *(f"  - {package}" for package in packages)]
    return "\n".join([*lines, "  - pip:", "      - -e .", ""])


def main(arguments: list[str], root: Path = ROOT) -> int:
    """Exit code: 0 written or as it should be, 1 out of date, 2 unknown option."""
    if arguments not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    target, text = root / "environment.yml", render(project)
    if not arguments:
        target.write_text(text, encoding="utf-8", newline="\n")
        return 0
    if target.is_file() and target.read_text(encoding="utf-8") == text:
        print("environment.yml is what pyproject.toml says.")
        return 0
    print("environment.yml is out of date: run `make environment`.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
