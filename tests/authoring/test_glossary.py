"""The glossary: what it names exists, and what the lectures name is in it."""

import importlib
import re

import pytest

from dgm_course.authoring import layout
from dgm_course.authoring.modules import load_modules

ROOT = layout.find_root()
TEXT = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")
BLOCK = re.search(r"```{glossary}\n:sorted:\n(.*?)```", TEXT, re.DOTALL)[1]
ENTRIES = dict(re.findall(r"^(\S.*)\n  (.+)$", BLOCK, re.MULTILINE))
MODULES = sorted((ROOT / "dgm_course").rglob("*.py"))
MET = r"\[\d\d\]\(\.\./lectures/\w+\.ipynb\)"
MAKING = r"Module \d\d, in the making\."
CODE = sorted(set(re.findall(r"`((?:divergence|density|monte_carlo)\.\w+)`", BLOCK)))
COURSE_WIDE = (
    "model, sample, density, latent, likelihood, bits per dimension, entropy, cross-entropy, "
    "KL divergence, Jensen–Shannon divergence, f-divergence, mode covering, mode seeking, "
    "Monte Carlo estimate, standard error, held-out data, dequantisation, overfitting, "
    "memorisation, AUC, bandwidth, kernel density, ancestral sampling"
)


@pytest.mark.parametrize("term", COURSE_WIDE.split(", "))
def test_the_nouns_of_the_whole_course_are_explained(term):
    assert term in ENTRIES


@pytest.mark.parametrize("term", ENTRIES)
def test_an_entry_is_short_and_says_where_the_word_is_met(term):
    said = re.sub(r"\$[^$]*\$|`[^`]*`|\[\d\d\]\(.*?\)|{term}", " ", ENTRIES[term])
    assert len(said.split()) <= 60
    assert re.search(rf"({MET}|{MAKING})$", ENTRIES[term])


def test_a_word_in_the_making_belongs_to_a_module_that_is():
    here = {f"{module.number:02d}" for module in load_modules(ROOT)}
    assert not here & set(re.findall(r"Module (\d\d), in the making", BLOCK))


@pytest.mark.parametrize("name", CODE)
def test_a_name_in_code_exists(name):
    file, attribute = name.split(".")
    [path] = [path for path in MODULES if path.stem == file]
    module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    assert hasattr(module, attribute)


def test_every_word_that_an_entry_points_to_has_an_entry():
    assert set(re.findall(r"{term}`(.+?)`", BLOCK)) <= ENTRIES.keys()


@pytest.mark.parametrize("module", load_modules(ROOT), ids=lambda module: module.name)
def test_the_glossary_has_words_of_every_module(module):
    assert sum(f"[{module.number:02d}]" in entry for entry in ENTRIES.values()) >= 5
