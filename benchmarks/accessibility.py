"""What axe-core finds on every page of the site and on every slide, in light and in dark.

    python -m benchmarks.accessibility [--json] [--write]

The site with its decks is built and opened in Chromium.  Counted are the serious and the critical
findings (the target is none), the figures and how many of them have a text alternative, the slides,
and the smallest text on a slide.  Of the pages that have their styles in common, such as those of
the package's source, dark is tried on one.  --write
keeps the figures in sources/accessibility.json and renews the tables made of them.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from dgm_course.authoring import readme, tables
from dgm_course.authoring.modules import load_modules
from tests.browser import axe, published
from tests.browser.chromium import SLIDE, chromium, local_page
from tests.browser.jupyter import ROOT
from tests.browser.slides import Deck

COLUMNS = ("figures", "described", "page_findings", "slides", "deck_findings", "smallest_px")


def measure() -> dict[str, dict]:
    """Counts by page, such as lectures/01_information; a lecture's hold those of its deck."""
    modules = [module.name for module in load_modules(ROOT)]
    with (
        tempfile.TemporaryDirectory() as scratch,
        published.served(published.build_site(Path(scratch) / "site")) as place,
        chromium() as running,
    ):
        with local_page(running, color_scheme="light") as page:
            found = dict(on_pages(page, place, modules))
        for name in modules:
            found[f"lectures/{name}"] |= _deck(running, f"{place.url}slides/{name}.html")
    return found


def on_pages(page, site: published.Site, modules: list[str]) -> Iterator[tuple[str, dict]]:
    """The counts of each page; a module's are all tried in the dark, of the others one a kind."""
    kinds = set()
    for path in (path.removesuffix(".html") for path in site.pages()):
        folder, _, name = path.rpartition("/")
        kind = path if name in modules else folder.split("/")[0]
        yield path, _page(page, f"{site.url}{path}.html", kind not in kinds)
        kinds.add(kind)


def _page(page, address: str, dark: bool) -> dict:
    page.goto(address)
    alts = page.locator("article img").evaluate_all("all => all.map(image => image.alt)")
    said = axe.in_light_and_dark(page) if dark else axe.findings(page)
    _tell(address, said)
    return {
        "figures": len(alts),
        "described": sum(bool(alt.strip()) for alt in alts),
        "page_findings": len(said),
    }


def _deck(running, address: str) -> dict:
    """The slides one by one, then all of them below each other."""
    with local_page(running, viewport=SLIDE, color_scheme="light") as page:
        deck = Deck(page).open(address)
        slides = list(deck.slides())
        deck.stack()
        said = axe.in_light_and_dark(page, {"exclude": ["mjx-container"]})  # drawn by MathJax
        _tell(address, said)
    smallest = min(slide["smallest"] for slide in slides)
    return {"slides": len(slides), "deck_findings": len(said), "smallest_px": round(smallest)}


def _tell(where: str, said: list[str]) -> None:
    for line in said:
        print(f"{where}: {line}", file=sys.stderr)


def table(found: dict[str, dict]) -> str:
    """The figures for people, and their sums."""
    head = f"{'page':44}" + "".join(f"{name:>15}" for name in COLUMNS)
    rows = [
        f"{page:44}" + "".join(f"{counts.get(name, ''):>15}" for name in COLUMNS)
        for page, counts in found.items()
    ]
    figures, described, on_pages, _, on_slides, _ = (
        sum(counts.get(name, 0) for counts in found.values()) for name in COLUMNS
    )
    sums = f"{len(found)} pages: {on_pages} findings; on slides: {on_slides}; "
    return "\n".join([head, *rows, f"{sums}{described} of {figures} figures are described"])


def main() -> int:
    """Measure and print; 1 when something serious is found."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    parser.add_argument("--write", action="store_true", help="keep the figures in sources/")
    wanted = parser.parse_args()
    found = measure()
    print(table(found))
    if wanted.write:
        readme.keep(ROOT, tables.ACCESSIBILITY, found)
    if wanted.json:
        print(json.dumps(found))
    return any(counts["page_findings"] or counts.get("deck_findings") for counts in found.values())


if __name__ == "__main__":
    sys.exit(main())
