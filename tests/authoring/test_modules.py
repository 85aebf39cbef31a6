"""The modules' table: the course's own file, and what is refused."""

import pytest

from dgm_course.authoring.layout import find_root
from dgm_course.authoring.modules import load_modules
from dgm_course.authoring.problem import BuildError

GOOD = """
[deck.004]
author = "A"
title = "D"

[[module]]
number = 3
name = "03_vae"
title = "T"
question = "Q?"
decks = ["004"]
papers = [{ text = "P 2014", link = "https://example.org" }]
package = ["nets.py"]
"""


def load(root, text):
    (root / "sources").mkdir(exist_ok=True)
    (root / "sources" / "modules.toml").write_text(text)
    (root / "dgm_course").mkdir(exist_ok=True)
    (root / "dgm_course" / "nets.py").touch()
    return load_modules(root)


def test_the_course_has_its_modules_in_order():
    modules = load_modules(find_root())
    assert [module.number for module in modules] == list(range(len(modules)))
    assert [module.name for module in modules[:2]] == ["00_introduction", "01_information"]
    assert all(module.question.endswith("?") for module in modules)


def test_a_module_knows_its_notebooks_and_decks(tmp_path):
    [module] = load(tmp_path, GOOD)
    assert module.lecture == "lectures/03_vae.ipynb"
    assert module.lab == "labs/03_vae.ipynb"
    assert module.solution == "solutions/03_vae.ipynb"
    assert module.decks[0].title == "D"
    assert module.papers[0].link == "https://example.org"


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("[[module]]", "[[module]", "line 6"),
        ('question = "Q?"\n', "", "['question']"),
        ("number = 3", 'number = "3"', "['number']"),
        ("[[module]]\n", '[[module]]\nextra = "x"\n', "['extra']"),
        ('name = "03_vae"', 'name = "04_vae"', "starts with its number, 03_"),
        ('["004"]', '["005"]', "no [deck.005]"),
        ("https://", "http://", "link = https://"),
        ("nets.py", "nest.py", "there is no dgm_course/nest.py"),
        ("[[module]]\n", '[[module]]\npicture = { alt = "a" }\n', "{ alt = …, caption = … }"),
        ("[[module]]", GOOD.split("\n\n")[1] + "\n[[module]]", "listed once each"),
    ],
)
def test_mistakes_are_told(tmp_path, before, after, says):
    assert before in GOOD
    with pytest.raises(BuildError) as caught:
        load(tmp_path, GOOD.replace(before, after))
    assert "sources/modules.toml: " in str(caught.value)
    assert says in str(caught.value)
