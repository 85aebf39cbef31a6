"""The README and the pages of docs/ say what is true of this commit."""

import re

import pytest

from dgm_course.authoring import layout, readme, tables
from dgm_course.authoring.modules import load_modules

ROOT = layout.find_root()
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
DOCS = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md"))
PAGES = ("README.md", "START.md", "CONTRIBUTING.md", *DOCS)
ON_THE_SITE = "api/"  # pages that are made when the site is built
FIRST_SCREEN = 25  # lines


def test_generated_parts_are_up_to_date():
    assert readme.stale(ROOT) == []


def test_splice_replaces_only_what_is_between_its_markers():
    text = "a\n<!-- t:begin -->\nold\n<!-- t:end -->\nb"
    assert readme.splice(text, "t", "new") == "a\n<!-- t:begin -->\nnew\n<!-- t:end -->\nb"
    with pytest.raises(ValueError, match="t: expected one"):
        readme.splice("no markers", "t", "new")


@pytest.mark.parametrize("page", PAGES)
def test_every_relative_link_leads_to_a_file(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:)([^)#]+)", text)
    assert [link for link in links if not _leads_somewhere(page, link)] == []


def _leads_somewhere(page: str, link: str) -> bool:
    if page.startswith("docs/") and link.startswith(ON_THE_SITE):
        return True
    if link.startswith("work/"):  # the reader's copies, made from labs/ by `dgm start`
        link = link.replace("work/", "labs/")
    return ((ROOT / page).parent / link).exists()


def test_the_python_example_runs():
    code = re.search(r"```python\n(.*?)```", TEXT, re.DOTALL)[1]
    names: dict = {}
    exec(code, names)
    assert 0 < names["gap"] < 0.5


def test_contributing_explains_each_change_in_at_most_ten_lines():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for section in text.split("\n## ")[1:]:
        assert len([line for line in section.splitlines()[1:] if line.strip()]) <= 10


def test_the_first_screen_has_the_commands_the_pictures_and_a_way_for_everyone():
    top = "\n".join(TEXT.splitlines()[:FIRST_SCREEN])
    for word in ("make lab", "make test", "docs/images/", "✗", "study", "teach", "alone", "build"):
        assert word in top


def test_no_module_is_without_a_time():
    assert "? s" not in tables.times_table(ROOT, "README.md")


def test_a_module_has_its_row_wherever_modules_are_listed():
    for module in load_modules(ROOT):
        for make in (tables.modules_table, tables.start_table, tables.papers_list):
            assert f"**{module.number:02d}** {module.title}" in make(ROOT, "README.md")
        for make in (tables.times_table, tables.accessibility_table):
            assert f"`{module.name}`" in make(ROOT, "README.md")


def test_every_deck_that_a_module_follows_is_credited():
    credits = tables.decks_list(ROOT, "docs/cite.md")
    for module in load_modules(ROOT):
        for deck in module.decks:
            [line] = [line for line in credits.splitlines() if f"Deck {deck.key}:" in line]
            assert deck.author in line
            assert f"{module.number:02d}" in line.split("followed by")[1]


def test_what_was_not_measured_is_a_question_mark(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "measured", lambda root, file: {})
    rows = tables.accessibility_table(ROOT, "README.md").splitlines()[2:]
    assert all(row.count("?") == 4 for row in rows)
    assert tables.latency_table(ROOT, "README.md").splitlines()[2:] == ["| ? | ? | ? | ? | ? |"]


def test_measurements_are_told_in_their_units(monkeypatch):
    module = load_modules(ROOT)[0].name
    page = {"slides": 7, "page_findings": 1, "deck_findings": 0, "smallest_px": 16}
    widget = {"median_ms": 55, "low_ms": 50, "high_ms": 61, "presses": 30}
    rest = {"figures": 3, "described": 2, "page_findings": 4}
    pages = {f"lectures/{module}": page, f"labs/{module}": {"page_findings": 2}, "map": rest}
    files = {
        tables.ACCESSIBILITY: pages,
        tables.LATENCY: {module: {"bandwidth": widget}},
    }
    monkeypatch.setattr(tables, "measured", lambda root, file: files[file])
    told = tables.accessibility_table(ROOT, "README.md")
    assert "| 3 | 7 | 0 | 16 px |" in told
    assert "| all other pages | 2 of 3 | 4 |" in told
    told = f"| `{module}` | bandwidth | 55 ms | 50–61 ms | 30 |"
    assert told in tables.latency_table(ROOT, "README.md")


def test_the_citation_is_the_same_in_both_places():
    cff = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    page = (ROOT / "docs/cite.md").read_text(encoding="utf-8").replace("\\_", "_")
    title = re.search(r'^title: "(.+)"', cff, re.MULTILINE)[1]
    version = re.search(r"^version: (\S+)", cff, re.MULTILINE)[1]
    assert f"title   = {{{title}}}" in page
    assert f"version = {{{version}}}" in page
