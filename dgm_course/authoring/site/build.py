"""Build the site: stage its tree, run Sphinx with warnings as errors, add decks, check links.

Nothing is fetched: outputs are those of the committed notebooks, MathJax comes from a package.

    build(root, root / "_build/site")
"""

import importlib.util
import io
import itertools
import os
import re
import shutil
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from dgm_course.authoring import deck, notebook, vendor
from dgm_course.authoring.modules import Module
from dgm_course.authoring.problem import BuildError, Problem, needs
from dgm_course.authoring.site import links, notebooks
from dgm_course.authoring.site.publication import Publication
from dgm_course.authoring.site.staging import stage

LIBRARIES = ("sphinx", "myst_nb", "sphinx_book_theme", "sphinx_copybutton", "sphinx_design")
MATHJAX = "mathjax/tex-svg-full.js"  # under _static/
_WARNING = re.compile(
    r"(?P<path>[^:\n]+?)(?::(?P<line>\d+))?: (?:WARNING|ERROR|CRITICAL): (?P<say>.*)"
)


def build(root: Path, out: Path, publication: Publication | None = None) -> None:
    """Write the site to `out`, replacing what is there.

    Raises BuildError with every warning of Sphinx, every dead link, every undescribed picture, and
    for a folder that holds something else than a site.
    """
    publication = publication or Publication()
    _refuse_to_replace(out)
    _require_libraries()
    with tempfile.TemporaryDirectory() as scratch:
        tree, made = Path(scratch) / "tree", Path(scratch) / "site"
        modules = stage(root, tree, publication)
        _copy_mathjax(tree / "_static")
        _run_sphinx(root, tree, made, publication)
        for unused in (made / ".buildinfo", *(made / "_static").rglob("*.html")):
            unused.unlink()  # the theme's templates are no pages
        for module in modules:
            _add_files(root, made, module, publication)
        _add_decks(root, made, [module.name for module in modules])
        problems, outside = links.check(made)
        if problems:
            raise BuildError(problems)
        notebook.write(made / links.LISTING, "".join(f"{address}\n" for address in outside))
        notebook.write(made / ".nojekyll", "")
        _replace(out, made)


def _refuse_to_replace(out: Path) -> None:
    """A folder is replaced if it is empty or a site that was built before, and no other."""
    if out.is_file():
        raise BuildError([Problem(str(out), 0, "a file: name a folder")])
    if out.exists() and not (out / links.LISTING).is_file() and any(out.iterdir()):
        raise BuildError([Problem(str(out), 0, "not empty, and no site: name another folder")])


def _replace(out: Path, made: Path) -> None:
    """Put a new site in the place of an old one, which stays until all of the new is there."""
    new = out.with_name(f"{out.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    shutil.copytree(made, new)
    if out.exists():
        shutil.rmtree(out)
    new.rename(out)


def _require_libraries() -> None:
    """Say before anything else is done what of the extra `site` is not installed."""
    for library in LIBRARIES:
        with needs(library, "site"):
            if importlib.util.find_spec(library) is None:
                raise ImportError(f"No module named {library!r}")


def _copy_mathjax(static: Path) -> None:
    target = static / MATHJAX
    target.parent.mkdir(parents=True)
    shutil.copyfile(vendor.mathjax(), target)


def _run_sphinx(root: Path, tree: Path, out: Path, publication: Publication) -> None:
    from sphinx.application import Sphinx
    from sphinx.util.docutils import docutils_namespace, patch_docutils

    docs, said = root / "docs", io.StringIO()
    own = [str(docs / "_static"), str(tree / "_static")]
    options = {"html_static_path": own, **_with_repository(publication)}
    with patch_docutils(docs), docutils_namespace():
        app = Sphinx(
            srcdir=tree,
            confdir=docs,
            outdir=out,
            doctreedir=tree.parent / "doctrees",
            buildername="html",
            confoverrides=options,
            status=None,
            warning=said,
            freshenv=True,
            warningiserror=True,
            parallel=os.cpu_count() or 1,
        )
        app.build()
    if app.statuscode:
        raise BuildError(_problems(said.getvalue(), tree))


def _with_repository(publication: Publication) -> dict:
    """The theme's link to the repository, where there is one."""
    if not publication.repository:
        return {}
    told = {"repository_url": publication.repository, "use_repository_button": True}
    return {f"html_theme_options.{name}": value for name, value in told.items()}


def _problems(said: str, tree: Path) -> list[Problem]:
    """Sphinx's warnings, each at its place in the staged tree."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", said).replace(f"{tree}/", "")
    lines = [line for line in text.splitlines() if line.strip()]
    found = [(_WARNING.match(line), line) for line in lines]
    return [
        Problem(m["path"], int(m["line"] or 0), m["say"]) if m else Problem("site", 0, line)
        for m, line in found
    ]


def _add_files(root: Path, made: Path, module: Module, publication: Publication) -> None:
    """What lies beside the pages: notebooks to download, and Colab's copies."""
    for path in (module.lecture, module.lab, module.solution):
        shutil.copyfile(root / path, made / path)
        if publication.colab(path):
            copy = notebooks.for_colab(notebook.load(root / path), publication)
            notebook.write(made / "colab" / path, notebooks.dump(copy))


def _add_decks(root: Path, made: Path, names: list[str]) -> None:
    """Each deck in the place of its page; several are made at once, for each takes a second."""
    targets = [made / "slides" / f"{name}.html" for name in names]
    shared = itertools.repeat(f"../_static/{MATHJAX}")
    with ProcessPoolExecutor() as pool:
        list(pool.map(deck.write, itertools.repeat(root), names, targets, shared))
