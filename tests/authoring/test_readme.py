"""The README says what is true of this commit."""

import re

import pytest

from dgm_course.authoring import layout, readme

ROOT = layout.find_root()
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = ("README.md", "START.md", "CONTRIBUTING.md", "docs/errata.md")


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


def test_no_module_is_without_a_time():
    assert "? s" not in readme.times_table(ROOT)
