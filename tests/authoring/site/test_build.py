"""The site of this course as files: built offline, with everything on it that a module has."""

import json
import re

import pytest

from dgm_course.authoring import notebook, notes
from dgm_course.authoring.modules import load_modules
from dgm_course.authoring.problem import BuildError
from dgm_course.authoring.site.build import build
from dgm_course.authoring.site.links import LISTING
from tests.authoring.site.conftest import PUBLISHED, ROOT

MODULES = load_modules(ROOT)
each_module = pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
pytestmark = pytest.mark.slow


def read(site, path):
    return (site / path).read_text(encoding="utf-8")


@each_module
def test_a_module_has_all_its_pages_and_its_landing_page_leads_to_them(site, module):
    landing = read(site, f"modules/{module.name}.html")
    for kind in ("lectures", "labs", "solutions", "slides", "instructors"):
        assert (site / kind / f"{module.name}.html").is_file()
        assert f'href="../{kind}/{module.name}.html"' in landing
    for paper in module.papers:
        assert paper.link in landing
    for file in module.package:
        assert f"../api/{file.removesuffix('.py').replace('/', '.')}.html" in landing


@each_module
def test_a_lecture_shows_every_figure_and_keeps_the_speakers_words_back(site, module):
    raw = notebook.load(ROOT / module.lecture)
    outputs = [out for cell in raw["cells"] for out in cell.get("outputs", [])]
    figures = [out for out in outputs if "image/png" in out.get("data", {})]
    page = read(site, f"lectures/{module.name}.html")
    assert len(re.findall(r'<img [^>]*src="\.\./_images/', page)) == len(figures) > 0
    spoken = [said for _, said in notes.spoken(raw)]
    assert spoken and not any(said.say[:60] in page for said in spoken)


@each_module
def test_figures_are_as_wide_as_they_were_drawn(site, module):
    raw = notebook.load(ROOT / module.lecture)
    outputs = [out for cell in raw["cells"] for out in cell.get("outputs", [])]
    told = [out.get("metadata", {}).get("image/png", {}).get("width") for out in outputs]
    page = read(site, f"lectures/{module.name}.html")
    shown = re.findall(r'<img [^>]*src="\.\./_images/[^>]* width="(\d+)"', page)
    assert shown == [str(round(width)) for width in told if width]


@each_module
def test_the_answers_of_a_solution_are_folded(site, module):
    raw = notebook.load(ROOT / module.solution)
    answers = [c for c in raw["cells"] if c["metadata"].get("nbgrader", {}).get("solution")]
    page = read(site, f"solutions/{module.name}.html")
    assert page.count("Show an answer") == len(answers) > 0
    assert "Try the lab first" in page and "<h1>Solution of Lab" in page


@each_module
def test_a_download_is_the_committed_notebook(site, module):
    for path in (module.lecture, module.lab, module.solution):
        assert (site / path).read_bytes() == (ROOT / path).read_bytes()


@each_module
def test_colabs_copy_begins_by_installing_the_package_and_is_the_lab_otherwise(site, module):
    first, *rest = json.loads(read(site, f"colab/{module.lab}"))["cells"]
    assert f"git+{PUBLISHED.repository}@main" in first["source"] and "\n" not in first["source"]
    compile(first["source"], "colab", "exec")
    assert rest == notebook.load(ROOT / module.lab)["cells"]


@each_module
def test_a_published_lab_opens_in_four_places(site, module):
    page = read(site, f"labs/{module.name}.html").replace("&amp;", "&")
    places = (PUBLISHED.colab, PUBLISHED.binder, PUBLISHED.on_hub, PUBLISHED.local)
    assert [place(module.lab) for place in places if place(module.lab) not in page] == []


def test_addresses_out_of_the_site_are_listed_for_the_online_job(site):
    listed = read(site, LISTING).splitlines()
    assert listed == sorted(set(listed))
    assert {paper.link for module in MODULES for paper in module.papers} <= set(listed)


def test_no_page_names_a_server_that_it_needs(site):
    for page in site.rglob("*.html"):
        asked = re.findall(
            r'<(?:script|img|link)[^>]+(?:src|href)="(https?://[^"]+)', read(site, page)
        )
        assert asked == [], page


def test_what_is_wrong_on_a_page_is_told_by_its_place(small_course, tmp_path):
    (small_course / "docs" / "page.md").write_text("# Page\n\nA [link](nowhere.md) and\n\n### deep")
    with pytest.raises(BuildError) as raised:
        build(small_course, tmp_path / "out")
    assert [(p.path, p.line) for p in raised.value.problems] == [("page.md", 3)]
    assert "nowhere.md" in str(raised.value)
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_no_site_is_not_replaced(small_course, tmp_path):
    mine = tmp_path / "home" / "thesis.txt"
    mine.parent.mkdir()
    mine.write_text("all I have")
    with pytest.raises(BuildError, match="no site"):
        build(small_course, mine.parent)
    assert mine.read_text() == "all I have"
