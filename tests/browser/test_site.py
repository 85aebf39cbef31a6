"""Every page of the built site in a browser that reaches nothing but this machine.

One visit a page finds all that the tests ask: pages are many, and a visit is most of the time.
"""

import itertools
import re

import pytest

from tests.browser import axe
from tests.browser.chromium import DESKTOP, PHONE, local_page

TYPESET = "() => !window.MathJax || !MathJax.startup || MathJax.startup.promise.then(() => true)"
MODE = "mode => Object.assign(document.documentElement.dataset, {mode, theme: mode})"


def visit(page, site, path):
    page.goto(f"{site.url}{path}", wait_until="load")
    page.wait_for_function(TYPESET)


def look(page, is_first_of_its_kind):
    """What is wrong on the page that is open, by what ought to be right."""
    text = page.locator("main").inner_text()
    levels = page.locator("main :is(h1, h2, h3, h4)").evaluate_all(
        "all => all.map(h => Number(h.tagName[1]))"
    )
    found = {
        "typeset": re.findall(r"\$\$|\\frac|\\mathrm|\\sum", text),
        "headings": [pair for pair in itertools.pairwise(levels) if pair[1] > pair[0] + 1],
        "described": page.locator("img:not([alt]), img[alt='']").count(),
        "light": axe.findings(page),
    }
    if is_first_of_its_kind:
        page.evaluate(MODE, "dark")
        page.wait_for_timeout(400)  # colours fade
        found["dark"] = axe.findings(page)
    page.set_viewport_size(PHONE)
    width = page.evaluate("document.documentElement.scrollWidth")
    found["phone"] = max(0, width - PHONE["width"])
    return found


@pytest.fixture(scope="module")
def survey(browser, site):
    """What is wrong, page by page, by what ought to be right; dark is tried on a page of a kind."""
    seen, kinds = {}, set()
    with local_page(browser, color_scheme="light") as page:
        said = _complaints(page)
        for path in site.pages():
            said.clear()
            page.refused.clear()
            page.set_viewport_size(DESKTOP)
            visit(page, site, path)
            seen[path] = {"scripts": list(said)}  # axe reads style sheets again, and wrongly
            kind = path.rpartition("/")[0] or path
            seen[path] |= look(page, kind not in kinds) | {"outside": list(page.refused)}
            kinds.add(kind)
            if path.startswith("_modules/"):
                seen[path]["typeset"] = []  # docstrings as they were written
    assert len(seen) > 20
    return seen


def _complaints(page):
    said = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda m: said.append(m.text) if m.type == "error" else None)
    return said


@pytest.mark.parametrize(
    "what", ["outside", "scripts", "typeset", "headings", "described", "light", "dark", "phone"]
)
def test_on_every_page_nothing_is_wrong_with(what, survey):
    assert {path: found[what] for path, found in survey.items() if found.get(what)} == {}


def test_the_search_finds_a_term_without_a_network(page, site):
    page.goto(f"{site.url}search.html?q=entropy")
    page.locator("#search-results li a").first.wait_for()
    page.wait_for_timeout(500)
    links = page.locator("#search-results li a").evaluate_all("all => all.map(a => a.pathname)")
    assert any("lectures/" in link for link in links)
    assert any("api/metrics.divergence" in link for link in links)
    assert page.refused == []


@pytest.fixture
def lectures(site):
    return [path for path in site.pages() if path.startswith("lectures/")]


def test_figures_are_sharp_and_within_the_page(page, site, lectures):
    for path in lectures:
        visit(page, site, path)
        widths = page.locator(".cell_output img").evaluate_all(
            "all => all.map(i => [i.clientWidth, i.naturalWidth, i.closest('.cell').clientWidth])"
        )
        assert widths
        assert [width for width in widths if not 0 < width[0] <= min(width[1:])] == []


def test_on_paper_every_fold_is_open_and_links_above_are_gone(page, site, lectures):
    visit(page, site, lectures[-1])
    folds = page.locator("article details")
    assert folds.count() and page.locator("article details[open]").count() == 0
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.locator("article details[open]").count() == folds.count()
    assert not page.locator(".dgm-links").first.is_visible()
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.locator("article details[open]").count() == 0
