"""What axe-core finds on every page of the site and on every slide, in light and in dark.

    python -m benchmarks.accessibility [--json] [--write]

The site and the decks are built and opened in Chromium.  Counted are the serious and the critical
findings (the target is none), the figures and how many of them have a text alternative, the slides,
and the smallest text on a slide.  --write keeps the figures in sources/accessibility.json, from
which the site's table is made.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from tests.browser import axe, published
from tests.browser.chromium import SLIDE, chromium, local_page
from tests.browser.jupyter import ROOT
from tests.browser.slides import Deck

KEPT = ROOT / "sources" / "accessibility.json"
COLUMNS = ("figures", "described", "page_findings", "slides", "deck_findings", "smallest_px")


def measure() -> dict[str, dict]:
    """Counts by page, such as lectures/01_information; a lecture's hold those of its deck."""
    with tempfile.TemporaryDirectory() as scratch, chromium() as running:
        site, decks = published.build_site(Path(scratch) / "site"), Path(scratch) / "decks"
        with published.served(site) as place, local_page(running, color_scheme="light") as page:
            found = {
                path.removesuffix(".html"): _page(page, f"{place.url}{path}")
                for path in place.pages()
            }
        for name, deck in published.write_decks(decks).items():
            found[f"lectures/{name}"].update(_deck(running, deck))
    return found


def _page(page, address: str) -> dict:
    page.goto(address)
    alts = page.locator("article img").evaluate_all("all => all.map(image => image.alt)")
    said = axe.in_light_and_dark(page)
    _tell(address, said)
    return {
        "figures": len(alts),
        "described": sum(bool(alt.strip()) for alt in alts),
        "page_findings": len(said),
    }


def _deck(running, path: Path) -> dict:
    """The slides one by one, then all of them at once, as they are printed."""
    with local_page(running, viewport=SLIDE, color_scheme="light") as page:
        slides = list(Deck(page).open(path.as_uri()).slides())
        Deck(page).open(f"{path.as_uri()}?print-pdf")
        page.wait_for_selector(".pdf-page")
        said = axe.in_light_and_dark(page)
        _tell(path.name, said)
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
        KEPT.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    if wanted.json:
        print(json.dumps(found))
    return any(counts["page_findings"] or counts.get("deck_findings") for counts in found.values())


if __name__ == "__main__":
    sys.exit(main())
