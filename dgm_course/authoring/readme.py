"""The generated parts of the README, the start page and the site's pages, and the pictures there.

What stands between `<!-- NAME:begin -->` and `<!-- NAME:end -->` is written by the part of that
name in tables.py; the prose is edited by hand.

    python -m dgm_course.authoring.readme            write          --check   only compare
"""

import json
import re
import sys
from pathlib import Path

from dgm_course.authoring import layout, notebook, pictures
from dgm_course.authoring.tables import PARTS

GUIDES = ("docs/guides/instructor.md", "docs/guides/self_learner.md")
PAGES = (
    "README.md",
    "START.md",
    "docs/index.md",
    "docs/map.md",
    "docs/access.md",
    "docs/cite.md",
    *GUIDES,
)


def splice(text: str, name: str, body: str) -> str:
    """Replace the generated part `name` of a page; raises ValueError without its markers."""
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    if text.count(begin) != 1 or text.count(end) != 1:
        raise ValueError(f"{name}: expected one {begin} and one {end}")
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    return pattern.sub(lambda _: f"{begin}\n{body}\n{end}", text)


def page(root: Path, name: str) -> str:
    """A page with all its generated parts as they should be."""
    text = (root / name).read_text(encoding="utf-8")
    for part, make in PARTS.items():
        if f"<!-- {part}:begin -->" in text:
            text = splice(text, part, make(root, name))
    return text


def expected(root: Path) -> dict[str, bytes]:
    """Every generated file and what it should hold."""
    pages = {name: page(root, name).encode() for name in PAGES}
    return {**pages, **pictures.files(root)}


def stale(root: Path) -> list[str]:
    """The generated files that are not as they should be, and pictures that nothing makes."""
    wanted = expected(root)
    found = {name: (root / name).read_bytes() for name in wanted if (root / name).is_file()}
    own = (path.relative_to(root).as_posix() for path in (root / pictures.FOLDER).glob("*"))
    wrong = [n for n, b in wanted.items() if n not in found or not _same(n, found[n], b)]
    return wrong + sorted(set(own) - wanted.keys())


def _same(name: str, a: bytes, b: bytes) -> bool:
    return pictures.same(a, b) if name.endswith(".png") else a == b


def write(root: Path) -> None:
    """Write every generated file."""
    for name, content in expected(root).items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)


def keep(root: Path, file: str, figures: dict) -> None:
    """Store a measurement in its file, and renew the pages that show it."""
    notebook.write(root / file, json.dumps(figures, indent=1) + "\n")
    write(root)


def main(arguments: list[str]) -> int:
    """Write, or with --check compare; the exit code is 1 when something is stale."""
    root = layout.find_root()
    if "--check" in arguments:
        for name in (found := stale(root)):
            print(f"{name}: out of date (run: python -m dgm_course.authoring.readme)")
        return bool(found)
    write(root)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
