"""The reference: our docstrings as Sphinx reads them, and nothing public left out."""

import importlib
from html.parser import HTMLParser

import pytest
from docutils.core import publish_doctree

from dgm_course.authoring.site import api


def doctree(text):
    """What docutils makes of a docstring; any complaint of it fails the test."""
    strict = {"halt_level": 2, "report_level": 2}
    return publish_doctree("\n".join(api.to_rst(text)), settings_overrides=strict)


def test_code_formulas_and_emphasis_are_read():
    tree = doctree(r"Of `a*b` and $x_i^2 \le 1$, *never* ``c``.")
    kinds = [node.tagname for node in tree[0].children if node.tagname != "#text"]
    assert kinds[:3] == ["literal", "math", "emphasis"]
    assert tree[0][1].astext() == "a*b" and tree[0][3].astext() == r"x_i^2 \le 1"


@pytest.mark.parametrize(
    "text",
    [
        "KL(p||q) of x_ and mean_p: (B, D) * 4 -> |x| < 1, bins**D cells",
        "a lone ` or * or _ or | or \\ of x_",
        "<tag> `code`_ and http://x_y_",
    ],
)
def test_every_other_character_stands_for_itself(text):
    said = doctree(text).astext()
    assert said == text.replace("`code`", "code")


def test_indented_lines_are_a_block_as_written():
    block = doctree("Theory:\n\n    a = b    Shannon 1948\n\n    c = d\n\nAfter.")[1]
    assert block.tagname == "literal_block" and block.astext().startswith("a = b    Shannon")


def test_terms_and_what_they_mean_are_a_list():
    items = doctree("Data   1797 images,\n       with levels.\nSplit  Rows 0-999.")[0]
    assert [item[0].astext() for item in items] == ["Data", "Split"]
    assert items[0][1].astext() == "1797 images, with levels."


def docstrings():
    for name in api.modules():
        module = importlib.import_module(name)
        yield name, module.__doc__
        for key, value in vars(module).items():
            if getattr(value, "__module__", "") == name and value.__doc__:
                yield f"{name}.{key}", value.__doc__


@pytest.mark.parametrize(("name", "text"), list(docstrings()), ids=lambda value: value[:40])
def test_no_docstring_of_the_package_is_misread(name, text):
    import inspect

    doctree(inspect.cleandoc(text))


def test_the_parts_that_serve_the_course_itself_are_left_out():
    tops = {name.split(".")[1] for name in api.modules()}
    assert {"data", "metrics", "models", "train", "plot", "check", "widgets"} <= tops
    assert not tops & {"exercises", "grading", "authoring", "commands", "cli"}


class Anchors(HTMLParser):
    """The ids of a page."""

    def __init__(self, path):
        super().__init__()
        self.found = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        self.found |= {value for key, value in attrs if key == "id"}


@pytest.mark.slow
@pytest.mark.parametrize("module", api.modules())
def test_every_public_name_is_on_its_modules_page_with_its_source(site, module):
    short = module.removeprefix("dgm_course.")
    names = {
        f"{module}.{key}"
        for key, value in vars(importlib.import_module(module)).items()
        if not key.startswith("_") and getattr(value, "__module__", "") == module
        if callable(value) and hasattr(value, "__qualname__")
    }
    page = site / "api" / f"{short}.html"
    assert names <= Anchors(page).found
    source = f"_modules/{module.replace('.', '/')}.html"
    assert (site / source).is_file() and f"../{source}#" in page.read_text(encoding="utf-8")
