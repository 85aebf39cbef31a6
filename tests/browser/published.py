"""The site and the decks, built from this tree and served on this machine alone."""

import contextlib
import functools
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.browser.jupyter import ROOT


@dataclass
class Site:
    """A built site: its address, which ends in a slash, and its folder."""

    url: str
    folder: Path

    def pages(self) -> list[str]:
        """Every page as a path under the site's address; decks are not pages."""
        found = (path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*.html"))
        return sorted(p for p in found if not p.startswith(("slides/", "_static/")))


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@contextlib.contextmanager
def served(folder: Path) -> Iterator[Site]:
    """A folder on a free port of this machine."""
    handler = functools.partial(_Silent, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield Site(f"http://127.0.0.1:{server.server_port}/", folder)
    finally:
        server.shutdown()
        server.server_close()


def build_site(folder: Path, jupyterlab: str = "http://localhost:8888") -> Path:
    """The site as it is published, with the reader's JupyterLab at the address given."""
    from dgm_course.authoring.site import build
    from dgm_course.authoring.site.publication import Publication

    build.build(ROOT, folder, Publication(jupyterlab=jupyterlab))
    return folder


def write_decks(folder: Path) -> dict[str, Path]:
    """Every lecture's deck as one file, by the lecture's name."""
    from dgm_course.authoring import deck, modules

    names = [module.name for module in modules.load_modules(ROOT)]
    return {name: deck.write(ROOT, name, folder / f"{name}.html") for name in names}
