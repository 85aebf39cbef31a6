"""Printing a deck: which browser, and what is said where it fails."""

import re

import pytest

from dgm_course.authoring import pdf
from dgm_course.authoring.problem import BuildError


def test_without_a_browser_one_is_told_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(pdf, "PLACES", ())
    with pytest.raises(BuildError, match=r"Chromium.*\?print-pdf"):
        pdf.find_chromium()


def test_a_browser_that_prints_nothing_is_reported_and_leaves_no_file(monkeypatch, tmp_path):
    monkeypatch.setattr(pdf, "find_chromium", lambda: "/bin/false")
    with pytest.raises(BuildError, match="was not printed by /bin/false"):
        pdf.print_pdf(tmp_path / "deck.html", tmp_path / "deck.pdf")
    assert list(tmp_path.iterdir()) == []


def test_a_page_is_printed_in_place_of_an_older_file(tmp_path):
    try:
        pdf.find_chromium()
    except BuildError as error:
        pytest.skip(str(error))
    page, out = tmp_path / "a page é.html", tmp_path / "new" / "a page.pdf"
    page.write_text("<!DOCTYPE html><title>t</title><p>Text", encoding="utf-8")
    for _ in range(2):
        printed = pdf.print_pdf(page, out).read_bytes()
        assert printed.startswith(b"%PDF") and len(re.findall(rb"/Type /Page\b(?!s)", printed)) == 1
    assert [path.name for path in out.parent.iterdir()] == ["a page.pdf"]
