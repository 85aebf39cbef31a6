"""The generated parts of the README and the start page: tables, run times, the picture.

What stands between `<!-- NAME:begin -->` and `<!-- NAME:end -->` is written from
sources/modules.toml, sources/timings.json and the built notebooks; the prose is edited by hand.

    python -m dgm_course.authoring.readme            write          --check   only compare
"""

import base64
import re
import sys
from collections.abc import Callable
from pathlib import Path

from dgm_course.authoring import layout, notebook, timing
from dgm_course.authoring.modules import Module, load_modules

PAGES = ("README.md", "START.md")
PICTURE = "docs/images/what_you_make.png"
PICTURE_FROM = "lectures/01_information.ipynb"


def splice(text: str, name: str, body: str) -> str:
    """Replace the generated part `name` of a page; raises ValueError without its markers."""
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    if text.count(begin) != 1 or text.count(end) != 1:
        raise ValueError(f"{name}: expected one {begin} and one {end}")
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    return pattern.sub(lambda _: f"{begin}\n{body}\n{end}", text)


def table(header: tuple[str, ...], rows: list[tuple]) -> str:
    """A Markdown table."""
    lines = [header, tuple("---" for _ in header), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def modules_table(root: Path) -> str:
    """Module, lecture, lab, solution, package files, papers; one row a module."""
    header = ("module", "lecture", "lab", "solution", "package", "papers")
    return table(header, [_module_row(module) for module in load_modules(root)])


def _module_row(module: Module) -> tuple[str, ...]:
    files = ", ".join(f"[`{name}`](dgm_course/{name})" for name in module.package)
    papers = "; ".join(f"[{paper.text}]({paper.link})" for paper in module.papers)
    notebooks = [("lecture", module.lecture), ("lab", module.lab), ("solution", module.solution)]
    links = [f"[{word}]({path})" for word, path in notebooks]
    return f"**{module.number:02d}** {module.title}", *links, files, papers


def times_table(root: Path) -> str:
    """Measured seconds to run every notebook, kernel start included."""
    seconds = timing.load(root)
    rows = [
        (f"`{m.name}`", *(f"{seconds.get(f'{kind}/{m.name}', '?')} s" for kind in _KINDS))
        for m in load_modules(root)
    ]
    return table(("module", "lecture", "lab's solution"), rows)


_KINDS = ("lectures", "labs")


def start_table(root: Path) -> str:
    """The start page's rows: links for JupyterLab, the labs being the reader's own copies."""
    rows = [
        (
            f"**{m.number:02d}** {m.title}",
            m.question,
            f"[lecture]({m.lecture})",
            f"[your lab](work/{m.name}.ipynb)",
            f"[solution]({m.solution})",
        )
        for m in load_modules(root)
    ]
    return table(("module", "question", "read", "do", "compare"), rows)


PARTS: dict[str, Callable[[Path], str]] = {
    "modules": modules_table,
    "times": times_table,
    "start": start_table,
}


def page(root: Path, name: str) -> str:
    """A page with all its generated parts as they should be."""
    text = (root / name).read_text(encoding="utf-8")
    for part, make in PARTS.items():
        if f"<!-- {part}:begin -->" in text:
            text = splice(text, part, make(root))
    return text


def picture(root: Path) -> bytes:
    """The first figure of the lecture whose picture the README shows."""
    for cell in notebook.load(root / PICTURE_FROM)["cells"]:
        for output in cell.get("outputs", []):
            data = output.get("data", {}).get("image/png")
            if data:
                return base64.b64decode("".join(data))
    raise ValueError(f"{PICTURE_FROM}: no figure in it")


def expected(root: Path) -> dict[str, bytes]:
    """Every generated file and what it should hold."""
    pages = {name: page(root, name).encode() for name in PAGES}
    return {**pages, PICTURE: picture(root)}


def stale(root: Path) -> list[str]:
    """The generated files that are not as they should be."""
    pages = expected(root).items()
    return [n for n, b in pages if not (root / n).is_file() or (root / n).read_bytes() != b]


def main(arguments: list[str]) -> int:
    """Write, or with --check compare; the exit code is 1 when something is stale."""
    root = layout.find_root()
    if "--check" in arguments:
        for name in (found := stale(root)):
            print(f"{name}: out of date (run: make build)")
        return bool(found)
    for name, content in expected(root).items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
