"""The pages of a class pack: what students read, and what installs it."""

import re
import tomllib
from pathlib import Path

from dgm_course.authoring.modules import Module
from dgm_course.authoring.tables import table

TABLES = ("[build-system]", "[project]", "[project.scripts]", "[tool.setuptools.packages.find]")
RECORDED = """[tool.setuptools.package-data]
dgm_course = ["exercises/recorded/*.safetensors"]
"""
TARGETS = ("help", "python", "lab")
VARIABLES = ("PY ", "SETUP ", "LAB_ARGS ")
ON_WINDOWS = "# `make` alone lists the commands; on Windows: python tools/setup.py lab"
CHECK = """.PHONY: check
check: python  ## run your labs in work/ and show how each exercise stands
	@$(SETUP) install
	@$(SETUP) run dgm check || test $$? -eq 1  # 1: not all is right, which is no error of make's
"""

README = """# {name}

The labs of this class, from the open course *Deep generative models* (dgm_course {version}).

{labs}

## Two commands

With Python 3.11 or newer, in a terminal in this folder:

```
make lab     # installs what is missing, copies the labs to work/ and opens JupyterLab
make check   # runs your labs and shows how each exercise stands
```

Without `make` (Windows): `python tools/setup.py lab` and `python tools/setup.py run dgm check`. The
first run needs the Python package registry, what follows needs no network. Linux gets PyTorch with
CUDA unless pip is told another source: without a GPU, set `PIP_EXTRA_INDEX_URL` to PyTorch's index
of CPU builds first and download a tenth.

## Your work

Your labs are in `work/`: nothing overwrites them. Fill a cell, run the check below it, and read
what it says. Answers are graded on other numbers than the check's, so write for any input. Hand in
the notebook itself, such as `work/{first}.ipynb`: no HTML, no PDF, no zip.

Code is under the [MIT licence](LICENSE), text and figures under [CC BY 4.0](LICENSE-TEXT); to cite,
see [CITATION.cff](CITATION.cff).
"""
START = """# {name}: start here

*Your lab* is your own copy, in `work/`, and nothing will overwrite it.

{labs}

- **A check says ✗?** It names what is off. The hints under it come in two steps.
- **Something does not run?** Open a terminal (*File → New → Terminal*) and type `dgm doctor`.
- **Want a lab afresh?** `dgm start {first} --reset` gives a new copy and keeps the old one in
  `work/backup/`.
- **All checks at once:** save the notebooks, then `dgm check`.
"""


def version(root: Path) -> str:
    """The course's version."""
    return tomllib.loads(_text(root, "pyproject.toml"))["project"]["version"]


def pages(root: Path, name: str, modules: list[Module]) -> dict[str, bytes]:
    """Every page by its name."""
    first = f"{modules[0].number:02d}"
    made = {
        "README.md": README.format(
            name=name, version=version(root), first=modules[0].name, labs=_labs(modules, "labs")
        ),
        "START.md": START.format(name=name, first=first, labs=_labs(modules, "work")),
        "Makefile": _makefile(_text(root, "Makefile")),
        "pyproject.toml": _project(_text(root, "pyproject.toml")),
        "constraints.txt": _without_authors_notes(_text(root, "constraints.txt")),
        "environment.yml": _without_authors_notes(_text(root, "environment.yml")),
    }
    return {path: text.encode() for path, text in made.items()}


def _text(root: Path, name: str) -> str:
    return (root / name).read_text(encoding="utf-8")


def _labs(modules: list[Module], folder: str) -> str:
    word = {"labs": "lab", "work": "your lab"}[folder]
    rows = [
        (f"**{m.number:02d}** {m.title}", m.question, f"[{word}]({folder}/{m.name}.ipynb)")
        for m in modules
    ]
    return table(("module", "question", "do"), rows)


def _makefile(text: str) -> str:
    """The students' targets, and one of the pack's own."""
    variables = [line for line in text.splitlines() if line.startswith(VARIABLES)]
    blocks = [block.strip() + "\n" for block in re.split(r"(?m)^(?=\.PHONY: )", text)[1:]]
    kept = [block for block in blocks if block.split()[1] in TARGETS]
    return "\n".join(["\n".join([ON_WINDOWS, *variables, ""]), *kept, CHECK])


def _project(text: str) -> str:
    """What installs the package, without the authors' tools and their settings."""
    parts = re.split(r"(?m)^(?=\[[a-z.-]+\]$)", text)
    kept = [part for part in parts if part.startswith(TABLES)]
    return "".join([*kept, RECORDED])


def _without_authors_notes(text: str) -> str:
    """Without comments on what only authors can run."""
    lines = text.splitlines(keepends=True)
    return "".join(line for line in lines if not re.match(r"#.*`make ", line))
