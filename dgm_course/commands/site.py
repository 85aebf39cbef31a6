"""`dgm site`: build the site, serve it, or ask whether the links out of it still lead somewhere."""

import functools
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import typer

from dgm_course.commands.course import UserError


def run(out: Path | None, serve: bool) -> int:
    """Build the site (default: in _build/site) and say where it is; with `serve`, show it.

    Raises UserError with all that is wrong on its pages.
    """
    folder = _build(out)
    pages = sum(1 for _ in folder.rglob("*.html"))
    typer.echo(f"{folder / 'index.html'}: {pages} pages")
    if serve:
        _serve(folder)
    return 0


def check_links(out: Path | None) -> int:
    """How many of the addresses that the built site links to are dead; each is printed.

    Raises UserError where the site is not built.
    """
    from dgm_course.authoring.site import links

    listing = (out or _default()) / links.LISTING
    if not listing.is_file():
        raise UserError(f"There is no {listing}: run `dgm site` first.")
    addresses = listing.read_text(encoding="utf-8").split()
    dead = links.broken(addresses)
    typer.echo(
        "\n".join([*dead, f"{len(addresses) - len(dead)} of {len(addresses)} links lead on"])
    )
    return len(dead)


def _default() -> Path:
    from dgm_course.authoring import layout

    return layout.find_root() / "_build" / "site"


def _build(out: Path | None) -> Path:
    from dgm_course.authoring import layout
    from dgm_course.authoring.problem import BuildError
    from dgm_course.authoring.site import publication
    from dgm_course.authoring.site.build import build

    try:
        root = layout.find_root()
        folder = out or _default()
        build(root, folder, publication.find(root))
    except BuildError as error:
        raise UserError(str(error)) from error
    return folder


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_) -> None:
        """Say nothing of each request."""


def _serve(folder: Path) -> None:
    """Serve the site to this machine alone, until Ctrl-C."""
    import webbrowser

    handler = functools.partial(_Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        address = f"http://127.0.0.1:{server.server_port}/"
        typer.echo(f"{address}   (Ctrl-C stops it)")
        webbrowser.open(address)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            typer.echo()
