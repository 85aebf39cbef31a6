"""Every slide of every lecture, measured in a browser; the keys, the speaker's view, the print."""

import re

import pytest

from dgm_course.authoring import layout
from dgm_course.authoring.pdf import print_pdf
from tests.browser import axe
from tests.browser.chromium import SLIDE, local_page
from tests.browser.jupyter import ROOT
from tests.browser.published import served
from tests.browser.slides import Deck

LECTURES = [source.name for source in layout.discover(ROOT) if not source.is_lab]
every = pytest.mark.parametrize("lecture", LECTURES)


@pytest.fixture
def screen(browser):
    """A page of the size of a slide, in a browser that prefers light."""
    with local_page(browser, viewport=SLIDE, color_scheme="light") as page:
        yield page


@pytest.fixture(scope="module")
def measured(browser, decks):
    """(deck, slides) of each lecture that was asked for, measured once."""
    known = {}

    def measure(lecture):
        if lecture not in known:
            with local_page(browser, viewport=SLIDE, color_scheme="light") as page:
                deck = Deck(page).open(decks[lecture].as_uri())
                known[lecture] = deck, list(deck.slides())
        return known[lecture]

    return measure


def wrong(slides, key):
    """The slides at which something was found, by number and title."""
    return {slide["label"]: slide[key] for slide in slides if slide[key]}


@every
def test_nothing_on_a_slide_is_clipped_or_lies_over_something_else(measured, lecture):
    _, slides = measured(lecture)
    assert len(slides) > 20
    assert {s["label"]: s["height"] for s in slides if s["height"] > 720} == {}
    assert {s["label"]: s["width"] for s in slides if s["width"] > 1280} == {}
    for key in ("clipped", "overlaps", "loose"):
        assert wrong(slides, key) == {}


@every
def test_the_last_row_can_read_every_slide(measured, lecture):
    _, slides = measured(lecture)
    for key in ("tiny", "small_code", "small_captions", "small_prose"):
        assert wrong(slides, key) == {}


@every
def test_figures_fill_the_slide_and_say_what_they_show(measured, lecture):
    _, slides = measured(lecture)
    figures = [(s["label"], figure) for s in slides for figure in s["figures"]]
    assert figures
    assert all(figure["loaded"] and len(figure["alt"]) > 20 for _, figure in figures)
    assert {label: f["filled"] for label, f in figures if f["alone"] and f["filled"] < 0.85} == {}
    small = {label: (f["width"], f["height"]) for label, f in figures if not is_large(f)}
    assert small == {}
    assert {label: f["label"] for label, f in figures if f["label"] < 16} == {}


def is_large(figure):
    """Whether a figure keeps more than half of a slide of 1280 x 720 where words share it."""
    return figure["width"] >= 0.55 * 1280 or figure["height"] >= 0.6 * 720


WIDER = ".page { font-family: 'DejaVu Sans', sans-serif !important; letter-spacing: 0.03em; }"


@every
def test_with_wider_fonts_a_slide_gets_smaller_and_loses_nothing(screen, decks, lecture):
    deck = Deck(screen).open(decks[lecture].as_uri())
    screen.add_style_tag(content=WIDER)
    screen.evaluate("Reveal.next(); Reveal.prev()")
    slides = list(deck.slides())
    assert wrong(slides, "overlaps") == {} and wrong(slides, "clipped") == {}
    assert {s["label"]: s["height"] for s in slides if s["height"] > 720} == {}
    sizes = "[...document.querySelectorAll('.page')].map(e => e.style.getPropertyValue('--fit'))"
    assert min(map(float, screen.evaluate(sizes))) < 1


@every
def test_maths_is_set_and_notes_are_kept_from_the_room(measured, lecture):
    deck, slides = measured(lecture)
    without_code = [re.sub(r"f?\"[^\"]*\"", "", s["text"]) for s in slides]
    assert [text for text in without_code if "$" in text] == []
    assert wrong(slides, "notes") == {}
    assert deck.complaints == [] and deck.page.refused == []


@every
def test_every_slide_says_where_the_room_is(measured, lecture):
    _, slides = measured(lecture)
    total = len(slides)
    for number, slide in enumerate(slides, start=1):
        assert re.fullmatch(rf"Slide {number} of {total}: \S.*", slide["label"])


@every
def test_axe_finds_nothing_serious_on_any_slide_light_or_dark(screen, decks, lecture):
    deck = Deck(screen).open(decks[lecture].as_uri())
    deck.stack()
    for _ in ("light", "dark"):
        assert axe.findings(screen, {"exclude": ["mjx-container"]}) == []  # drawn by MathJax
        screen.evaluate("toggleTheme()")
    assert deck.complaints == []


def background(page):
    return page.evaluate(
        "getComputedStyle(document.querySelector('.reveal-viewport')).backgroundColor"
    )


def test_dark_follows_the_system_and_the_key_d_and_is_remembered(browser, decks):
    with (
        served(decks[LECTURES[0]].parent) as place,
        local_page(browser, viewport=SLIDE, color_scheme="dark") as page,
    ):
        Deck(page).open(f"{place.url}{LECTURES[0]}.html")
        dark = background(page)
        page.keyboard.press("d")
        light = background(page)
        assert light == "rgb(255, 255, 255)" != dark
        page.reload()
        page.wait_for_selector("html[data-ready]")
        assert background(page) == light


def test_an_answer_waits_for_the_next_key(screen, decks):
    deck = Deck(screen).open(decks[LECTURES[0]].as_uri())
    screen.evaluate(
        """() => {
            const at = Reveal.getIndices(document.querySelector(".answer").closest("section"));
            Reveal.slide(at.h, at.v);
        }"""
    )
    answer = screen.locator("section.present .answer")
    assert not answer.evaluate("e => e.classList.contains('visible')")
    screen.keyboard.press("Space")
    assert answer.evaluate("e => e.classList.contains('visible')")
    assert deck.complaints == []


def test_code_unfolds_by_key_and_the_keys_are_listed(screen, decks):
    Deck(screen).open(decks[LECTURES[0]].as_uri())
    screen.keyboard.press("c")
    panel = screen.locator("section.present .source .panel").first
    assert panel.is_visible()
    box = panel.bounding_box()
    assert box["y"] >= 0 and box["y"] + box["height"] <= 720
    screen.keyboard.press("c")
    assert not panel.is_visible()
    screen.keyboard.press("Shift+?")
    keys = screen.locator(".r-overlay").inner_text()
    assert all(
        said in keys for said in ("Speaker notes view", "Light or dark", "Open or close the code")
    )


@pytest.mark.parametrize("scheme", ["file", "http"])
@every
def test_the_speaker_sees_notes_and_a_timer_the_room_does_not(browser, decks, lecture, scheme):
    with served(decks[lecture].parent) as place, local_page(browser, viewport=SLIDE) as page:
        http = f"{place.url}{decks[lecture].name}"
        Deck(page).open(http if scheme == "http" else decks[lecture].as_uri())
        with page.context.expect_page() as opening:
            page.keyboard.press("s")
        speaker = opening.value
        notes = speaker.locator(".speaker-controls-notes .value")
        speaker.wait_for_function(
            "document.querySelector('.speaker-controls-notes .value')?.innerText.includes('min.')"
        )
        assert "$" not in notes.inner_text()
        speaker.wait_for_function("document.querySelector('.pacing').innerText.includes(':')")
        assert speaker.locator(".speaker-controls-time .timer").inner_text().strip()
        before = notes.inner_text()
        page.keyboard.press("ArrowRight")  # the next section
        speaker.wait_for_function(
            "old => document.querySelector('.speaker-controls-notes .value').innerText !== old",
            arg=before,
        )
        assert page.locator("aside.notes:visible").count() == 0
        assert page.refused == []


@every
def test_the_print_has_a_page_for_each_slide(measured, decks, lecture, tmp_path):
    _, slides = measured(lecture)
    printed = print_pdf(decks[lecture], tmp_path / "deck.pdf").read_bytes()
    assert len(re.findall(rb"/Type /Page\b(?!s)", printed)) == len(slides)
    sizes = {tuple(map(float, b.split())) for b in re.findall(rb"/MediaBox \[([^\]]+)\]", printed)}
    assert [(round(w / h, 2)) for _, _, w, h in sizes] == [1.78]
