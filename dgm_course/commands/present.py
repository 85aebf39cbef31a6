"""`dgm present`: a lecture as slides, in the browser, on paper, or live on a kernel."""

import contextlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import webbrowser
from collections.abc import Iterator
from pathlib import Path

from dgm_course.authoring import deck, layout, notebook, pdf
from dgm_course.authoring.problem import BuildError, installing
from dgm_course.commands.course import UserError, relative

LOOKS = Path(deck.__file__).parent / "templates" / "deck" / "rise.css"
WROTE, WROTE_DECK = "Wrote {path}.", "Wrote {path}; press ? in it for its keys."
NO_RISE = "Presenting live needs jupyterlab_rise: run {command}, or leave out --live."
LIVE = "Opening {name}, a copy that you may change, in JupyterLab; Ctrl-C ends it."
NOT_FILE = "{out} is a folder: name the file to write, such as {out}/{name}."
BOTH = "A PDF is named by its ending: --out {name}.pdf."


def run(name: str, out: Path | None, as_pdf: bool, show: bool) -> str:
    """Write the slides of a lecture, or print them, and show them; the sentence to say.

    Raises UserError for an unknown lecture, a missing package or browser, and a bad file name.
    """
    with _plain():
        root, lecture = _lecture(name)
        slides = root / "_build" / "slides" / f"{lecture}.html"
        target = out or (slides.with_suffix(".pdf") if as_pdf else slides)
        if target.is_dir():
            raise UserError(
                NOT_FILE.format(out=out, name=f"{lecture}{'.pdf' if as_pdf else '.html'}")
            )
        if as_pdf and target.suffix.lower() != ".pdf":
            raise UserError(BOTH.format(name=target.stem))
        deck.write(root, lecture, slides if as_pdf else target)
        if as_pdf:
            pdf.print_pdf(slides, target)
    if show:
        webbrowser.open(target.resolve().as_uri())
    return (WROTE if as_pdf else WROTE_DECK).format(path=relative(target, root))


def live(name: str, show: bool) -> int:
    """Open a copy of a lecture as slides in JupyterLab; its exit code once it is stopped."""
    if importlib.util.find_spec("jupyterlab_rise") is None:
        raise UserError(NO_RISE.format(command=installing("live")))
    with _plain():
        copy = live_copy(*_lecture(name))
    print(LIVE.format(name=copy.name), flush=True)
    options = [f"--ServerApp.root_dir={copy.parent}", f"--LabApp.default_url=/rise/{copy.name}"]
    if not show:
        options.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.append("--allow-root")  # as in a container
    variables = {key: value for key, value in os.environ.items() if key != "DGM_STATIC"}
    with contextlib.suppress(KeyboardInterrupt):
        command = [sys.executable, "-m", "jupyterlab", *options]
        return subprocess.run(command, env=variables).returncode
    return 0


def live_copy(root: Path, lecture: str) -> Path:
    """A fresh copy of a lecture in _build/live/, drawing code hidden, and beside it its looks."""
    raw = notebook.load(root / "lectures" / f"{lecture}.ipynb")
    if raw is None:
        raise UserError(deck.NO_LECTURE.format(name=lecture[:2]))
    raw["cells"] = list(_live_cells(raw["cells"]))
    raw["metadata"]["rise"] = {"scroll": True, "theme": "white"}  # others fetch fonts
    copy = root / "_build" / "live" / f"{lecture}.ipynb"
    notebook.write(copy, json.dumps(raw, ensure_ascii=False, indent=1))
    shutil.copyfile(LOOKS, copy.with_name("rise.css"))
    return copy


def _live_cells(nodes: list[dict]) -> Iterator[dict]:
    """The cells with their inputs hidden as on slides, and the speaker's notes as cells again.

    Code that slides leave out, the imports, is shown: what is not shown cannot be run.
    """
    for node in nodes:
        if node["cell_type"] == "code" and _slide(node) == "skip":
            node["metadata"]["slideshow"] = {"slide_type": "subslide"}
        if "hide-input" in node["metadata"].get("tags", []):
            node["metadata"]["jupyter"] = {"source_hidden": True}
        yield node
        spoken = node["metadata"].get("dgm", {}).get("notes")
        if spoken:
            shown = {"slideshow": {"slide_type": "notes"}}
            yield {**node, "id": f"{node['id']}-notes", "source": spoken, "metadata": shown}


def _slide(node: dict) -> str:
    return node["metadata"].get("slideshow", {}).get("slide_type", "-")


def _lecture(name: str) -> tuple[Path, str]:
    """The course's folder and the lecture's whole name."""
    root = layout.find_root()
    found = [source for source in layout.select(root, [name]) if not source.is_lab]
    if not found:
        raise UserError(f"{name} is no lecture.")
    return root, found[0].name


@contextlib.contextmanager
def _plain() -> Iterator[None]:
    """What keeps a deck from being made, as a sentence."""
    try:
        yield
    except BuildError as error:
        raise UserError(str(error)) from error
