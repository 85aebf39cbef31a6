"""The scripts of the slides come from installed packages, or one is told which is missing."""

import pytest

from dgm_course.authoring import vendor
from dgm_course.authoring.problem import BuildError


def test_reveal_is_version_5_with_its_speaker_view():
    folder = vendor.reveal()
    assert "reveal.js 5" in (folder / "dist/reveal.js").read_text(encoding="utf-8")[:200]
    assert (folder / "plugin/notes/notes.js").is_file()


def test_mathjax_is_one_file():
    assert vendor.mathjax().name == "tex-svg-full.js"
    assert vendor.mathjax().stat().st_size > 1_000_000


def test_a_missing_package_is_named_with_how_to_install_it():
    with pytest.raises(BuildError, match=r"no-such-slides is not installed.* run: .*\bpresent\b"):
        vendor._find("no-such-slides", "slides.js")
