"""The tree that Sphinx reads, made of what is committed: notebooks, docs/, and generated pages.

index.md, guides/, errata.md ...     docs/, with its links as the site's
lectures/ labs/ solutions/           notebooks as pages
modules/ slides/ instructors/ api/   generated
"""

import base64
import shutil
from pathlib import Path

from dgm_course.authoring import course_map, instructor, map_drawing, notebook, readme
from dgm_course.authoring.modules import Module, load_modules
from dgm_course.authoring.site import api, notebooks, pages
from dgm_course.authoring.site.publication import Publication
from dgm_course.authoring.site.rewrite import Links

FRONT = "# Deep generative models, a course that runs\n"


def stage(root: Path, tree: Path, publication: Publication) -> list[Module]:
    """Write the tree; the modules on it, which are those whose three notebooks are built."""
    modules = [module for module in load_modules(root) if _is_built(root, module)]
    for path, text in api.pages().items():
        notebook.write(tree / path, text)
    for module in modules:
        _stage_notebooks(root, tree, module, publication)
        _stage_module(root, tree, module)
    _stage_docs(root, tree, publication)
    front = tree / "index.md"
    text = front.read_text(encoding="utf-8") if front.is_file() else FRONT
    there = {page.relative_to(tree).with_suffix("").as_posix() for page in _pages(tree)}
    text = pages.with_start(text, modules)
    notebook.write(front, f"{text.rstrip()}\n\n{pages.navigation(modules, there)}\n")
    return modules


def _is_built(root: Path, module: Module) -> bool:
    return all((root / path).is_file() for path in (module.lecture, module.lab, module.solution))


def _pages(tree: Path) -> list[Path]:
    return [*tree.rglob("*.md"), *tree.rglob("*.ipynb")]


def _stage_notebooks(root: Path, tree: Path, module: Module, publication: Publication) -> None:
    for path in (module.lecture, module.lab, module.solution):
        raw = notebook.load(root / path)
        above = pages.links_above(module, path, publication)
        if path == module.solution:
            raw = notebooks.with_folded_answers(raw)
            above = f"{above}\n\n{pages.TRY_FIRST.format(lab=module.lab)}"
        shown = notebooks.page(raw, above)
        links = Links(root, path, publication, set(api.modules()))
        cells = [_with_links(cell, links) for cell in shown["cells"]]
        notebook.write(tree / path, notebooks.dump({**shown, "cells": cells}))


def _with_links(cell: dict, links: Links) -> dict:
    if cell["cell_type"] != "markdown":
        return cell
    return {**cell, "source": links.rewrite(notebook.text_of(cell["source"]))}


def _stage_module(root: Path, tree: Path, module: Module) -> None:
    figure = pages.first_figure(notebook.load(root / module.lecture))
    folder = tree / "modules"
    folder.mkdir(exist_ok=True)
    if figure:
        (folder / f"{module.name}.png").write_bytes(base64.b64decode(figure[0]))
    texts = {
        "modules": pages.module_page(root, module, has_picture=bool(figure)),
        "slides": pages.slides_page(root, module),
        "instructors": instructor.page(root, module),
    }
    for kind, text in texts.items():
        notebook.write(tree / kind / f"{module.name}.md", text)


def _stage_docs(root: Path, tree: Path, publication: Publication) -> None:
    docs = root / "docs"
    for path in sorted(p for p in docs.rglob("*") if p.is_file()):
        name = path.relative_to(docs)
        if name.parts[0].startswith("_") or path.suffix == ".py":
            continue
        if path.suffix != ".md":
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, tree / name)
            continue
        links = Links(root, f"docs/{name.as_posix()}", publication, set(api.modules()))
        text = links.rewrite(path.read_text(encoding="utf-8"))
        notebook.write(tree / name, _with_map(root, text))


def _with_map(root: Path, text: str) -> str:
    """The page with the drawing of the course, where it asks for it."""
    if "<!-- map:begin -->" not in text:
        return text
    drawing = map_drawing.svg(course_map.load(root))
    return readme.splice(text, "map", f"```{{raw}} html\n{drawing}\n```")
