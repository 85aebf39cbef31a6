"""Every page of the built site in a browser that reaches nothing but this machine.

One visit a page finds all that the tests ask: pages are many, and a visit is most of the time.
Dark is tried on one page of a kind, and of the pages of source code, which are all made by one
template from no content of ours, one is visited.
"""

import itertools
import re

import pytest

from tests.browser import axe
from tests.browser.chromium import DESKTOP, PHONE, local_page

TYPESET = "() => !window.MathJax || !MathJax.startup || MathJax.startup.promise.then(() => true)"
MODE = "mode => Object.assign(document.documentElement.dataset, {mode, theme: mode})"
AT_ONCE = "* { transition: none !important }"  # else axe meets colours between light and dark
# thousands of paths, half of axe's time; what a screen reader reads of a formula stays
WITHOUT_DRAWN_MATHS = "document.querySelectorAll('mjx-container > svg').forEach(s => s.remove())"
WIDTHS = "all => all.map(i => [i.clientWidth, i.naturalWidth, i.closest('.cell').clientWidth])"


def visit(page, site, path):
    page.goto(f"{site.url}{path}", wait_until="load")
    page.wait_for_function(TYPESET)


def kind(path):
    return path.split("/")[0]


def visited(site):
    """The pages to visit: all that have content, and one of the others."""
    pages = site.pages()
    code = [path for path in pages if kind(path) == "_modules"]
    return [path for path in pages if path not in code[1:]]


def look(page, is_first_of_its_kind):
    """What is wrong on the page that is open, by what ought to be right."""
    text = page.locator("main").inner_text()
    levels = page.locator("main :is(h1, h2, h3, h4)").evaluate_all(
        "all => all.map(h => Number(h.tagName[1]))"
    )
    widths = page.locator(".cell_output img").evaluate_all(WIDTHS)
    found = {
        "figures": [width for width in widths if not 0 < width[0] <= min(width[1:])],
        "summary": [] if page.locator("meta[name=description]").count() == 1 else ["none"],
        "typeset": re.findall(r"\$\$|\\frac|\\mathrm|\\sum", text),
        "headings": [pair for pair in itertools.pairwise(levels) if pair[1] > pair[0] + 1],
        "described": page.locator("img:not([alt]), img[alt='']").count(),
    }
    page.set_viewport_size(PHONE)
    width = page.evaluate("document.documentElement.scrollWidth")
    found["phone"] = max(0, width - PHONE["width"])
    page.set_viewport_size(DESKTOP)
    page.evaluate(WITHOUT_DRAWN_MATHS)
    found["light"] = axe.findings(page)
    if is_first_of_its_kind:
        page.add_style_tag(content=AT_ONCE)
        page.evaluate(MODE, "dark")
        found["dark"] = axe.findings(page, rules=("color-contrast",))
    return found


@pytest.fixture(scope="module")
def survey(browser, site):
    """What is wrong, page by page, by what ought to be right."""
    seen, kinds = {}, set()
    with local_page(browser, color_scheme="light") as page:
        said = _complaints(page)
        for path in visited(site):
            said.clear()
            page.refused.clear()
            page.set_viewport_size(DESKTOP)
            visit(page, site, path)
            seen[path] = {"scripts": list(said)}  # axe reads style sheets again, and wrongly
            seen[path] |= look(page, kind(path) not in kinds) | {"outside": list(page.refused)}
            kinds.add(kind(path))
            if path.startswith("_modules/"):
                seen[path]["typeset"] = []  # docstrings as they were written
            if path in ("search.html", "genindex.html") or path.startswith("_modules/"):
                seen[path]["summary"] = []
    assert len(seen) > 20
    return seen


def _complaints(page):
    said = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda m: said.append(m.text) if m.type == "error" else None)
    return said


@pytest.mark.parametrize(
    "what",
    [
        *("outside", "scripts", "typeset", "headings", "described", "figures", "summary"),
        *("light", "dark", "phone"),
    ],
)
def test_on_every_page_nothing_is_wrong_with(what, survey):
    assert {path: found[what] for path, found in survey.items() if found.get(what)} == {}


def test_the_search_finds_a_term_without_a_network(page, site):
    page.goto(f"{site.url}search.html?q=entropy")
    page.locator("#search-results li a").first.wait_for()
    links = page.locator("#search-results li a").evaluate_all("all => all.map(a => a.pathname)")
    assert any("lectures/" in link for link in links)
    assert any("api/metrics.divergence" in link for link in links)
    assert page.refused == []


@pytest.fixture
def lectures(site):
    return [path for path in site.pages() if path.startswith("lectures/")]


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


def test_the_map_shows_what_belongs_to_the_idea_that_one_points_at(page, site):
    visit(page, site, "map.html")
    map_ = page.locator("svg.wide")
    idea = map_.locator("a.idea").nth(1)
    name = idea.get_attribute("data-idea")
    steps = f".step:is([data-from={name}], [data-to={name}])"
    for point_at in (idea.hover, idea.focus):
        point_at()
        assert map_.locator(f"{steps}.near").count() == map_.locator(steps).count() > 0
        assert map_.locator(".step.near").count() == map_.locator(steps).count()
        page.mouse.move(0, 0)
        idea.blur()
        assert map_.locator(".near").count() == 0


def test_one_goes_from_lecture_to_lab_to_solution_to_the_next_module(page, site, lectures):
    visit(page, site, lectures[0])
    ways = []
    for _ in range(3):
        page.locator(".right-next").click()
        ways.append(page.url.removeprefix(site.url).split("/")[0])
    assert ways == ["labs", "solutions", "modules"]
