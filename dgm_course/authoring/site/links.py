"""Every link of a built site: those within it lead somewhere, those out of it are listed.

Checked is what a browser gets, the HTML files as written, decks included.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from dgm_course.authoring.problem import Problem

LISTING = "external-links.txt"
LOCAL = ("localhost", "127.0.0.1")
_ADDRESSES = {"href", "src", "data", "poster"}


@dataclass
class Page:
    """What matters of an HTML file: its anchors, its addresses and its undescribed pictures."""

    anchors: set[str] = field(default_factory=set)
    addresses: list[tuple[int, str, str]] = field(default_factory=list)
    undescribed: list[tuple[int, str]] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told, line = dict(attrs), self.getpos()[0]
        self.page.anchors |= {told[key] for key in ("id", "name") if told.get(key)}
        for key in _ADDRESSES & told.keys():
            self.page.addresses.append((line, tag, told[key] or ""))
        hidden = told.get("aria-hidden") == "true" or told.get("role") == "presentation"
        if tag == "img" and not (told.get("alt") or "").strip() and not hidden:
            self.page.undescribed.append((line, (told.get("src") or "")[:80]))


def read(path: Path) -> Page:
    """The page in a file."""
    reader = _Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    return reader.page


def check(folder: Path) -> tuple[list[Problem], list[str]]:
    """What is wrong within the site, and the sorted addresses out of it."""
    pages = {path.resolve(): read(path) for path in sorted(folder.rglob("*.html"))}
    problems, outside = [], set()
    for path, page in pages.items():
        name = path.relative_to(folder.resolve()).as_posix()
        for line, source in page.undescribed:
            problems.append(Problem(name, line, f"a picture without a text alternative: {source}"))
        for line, tag, address in page.addresses:
            if urlsplit(address).scheme in ("http", "https"):
                outside.add(address)
            elif message := _wrong(path, tag, address, pages, folder.resolve()):
                problems.append(Problem(name, line, message))
    return problems, sorted(a for a in outside if urlsplit(a).hostname not in LOCAL)


def _wrong(path: Path, tag: str, address: str, pages: dict, folder: Path) -> str:
    """Why an address within the site leads nowhere; empty where it is right."""
    parts = urlsplit(address)
    if parts.scheme or (not address and tag != "a"):
        return "" if parts.scheme in ("data", "mailto", "javascript", "blob") else f"odd: {address}"
    if parts.netloc:
        return f"leads out without saying by which protocol: {address}"
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    target = target / "index.html" if target.is_dir() else target
    if not target.is_relative_to(folder) or not target.is_file():
        return f"there is no {address}"
    anchor = unquote(parts.fragment)
    if not anchor or anchor.startswith("/") or target not in pages:  # "#/3" is a slide
        return ""
    return "" if anchor in pages[target].anchors else f"there is no place #{anchor} in {address}"


def broken(addresses: Iterable[str], timeout: float = 20) -> list[str]:
    """The addresses that no server answers, each with what came instead (for an online job)."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda address: (address, _ask(address, timeout)), addresses)
        return [f"{address}: {answer}" for address, answer in answers if answer]


def _ask(address: str, timeout: float) -> str:
    """What is wrong with an address; publishers that refuse programs (401, 403, 429) are there."""
    from http.client import HTTPException
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    try:
        request = Request(address, headers={"User-Agent": "Mozilla/5.0 (link check)"})
        with urlopen(request, timeout=timeout):
            return ""
    except HTTPError as error:
        return "" if error.code in (401, 403, 405, 418, 429) else f"{error.code} {error.reason}"
    except (OSError, HTTPException, ValueError) as error:
        return str(error) or type(error).__name__
