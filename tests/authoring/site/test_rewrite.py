"""Links of the repository, on the site."""

import pytest

from dgm_course.authoring import layout
from dgm_course.authoring.site import api
from dgm_course.authoring.site.publication import Publication
from dgm_course.authoring.site.rewrite import Links

ROOT = layout.find_root()


def rewritten(page, text, repository=""):
    return Links(ROOT, page, Publication(repository), set(api.modules())).rewrite(text)


@pytest.mark.parametrize(
    ("page", "link", "on_the_site"),
    [
        ("lectures/01_information.ipynb", "../docs/errata.md#x", "../errata.md#x"),
        ("lectures/01_information.ipynb", "../labs/01_information.ipynb", None),
        ("docs/errata.md", "../lectures/01_information.ipynb", "lectures/01_information.ipynb"),
        ("docs/errata.md", "grading.md", "grading.md"),
        ("docs/errata.md", "../README.md", "index.md"),
        ("labs/01_information.ipynb", "../dgm_course/check.py", "../api/check.md"),
        ("docs/errata.md", "../dgm_course/data/toy.py", "api/data.toy.md"),
        ("docs/errata.md", "https://example.org/x", None),
        ("docs/errata.md", "no_such_file.md", None),
    ],
)
def test_a_link_leads_to_the_same_thing(page, link, on_the_site):
    assert rewritten(page, f"see [it]({link}).") == f"see [it]({on_the_site or link})."


def test_what_the_site_does_not_show_is_read_where_the_course_is_published():
    text = "[how](../CONTRIBUTING.md)"
    published = rewritten("docs/errata.md", text, "https://github.com/OWNER/REPO")
    assert published == "[how](https://github.com/OWNER/REPO/blob/main/CONTRIBUTING.md)"
    assert rewritten("docs/errata.md", text) == "how"


def test_a_formula_is_no_link():
    assert rewritten("lectures/01_information.ipynb", "$E[o](x)$") == "$E[o](x)$"
