"""`dgm present`: where the slides go, what is opened, and what is said when it cannot be."""

import json

import pytest

from dgm_course.authoring import layout
from dgm_course.authoring.problem import installing
from dgm_course.commands import present as module

ROOT = layout.find_root()
LECTURES = [source.name for source in layout.discover(ROOT) if not source.is_lab]


@pytest.fixture
def opened(monkeypatch):
    """The addresses that a browser was asked to open."""
    addresses = []
    monkeypatch.setattr(module.webbrowser, "open", addresses.append)
    return addresses


def test_slides_are_written_opened_and_named(dgm, opened, tmp_path):
    out = tmp_path / "my talk.html"
    result = dgm("present", LECTURES[0][:2], "--out", str(out))
    assert result.exit_code == 0 and "my talk.html" in result.output and "press ?" in result.output
    assert out.is_file() and opened == [out.as_uri()]


def test_no_open_opens_nothing(dgm, opened, tmp_path):
    result = dgm("present", LECTURES[0], "--out", str(tmp_path / "deck.html"), "--no-open")
    assert result.exit_code == 0 and opened == []


def test_an_unknown_lecture_is_answered_with_those_there_are(dgm, opened):
    result = dgm("present", "77")
    assert result.exit_code == 2 and LECTURES[0] in result.output and opened == []


def test_a_folder_is_no_file_to_write(dgm, tmp_path):
    result = dgm("present", LECTURES[0], "--out", str(tmp_path), "--no-open")
    assert result.exit_code == 2 and "is a folder" in result.output
    assert list(tmp_path.iterdir()) == []


def test_a_pdf_is_called_one(dgm, tmp_path):
    out = tmp_path / "talk.html"
    result = dgm("present", LECTURES[0], "--pdf", "--out", str(out), "--no-open")
    assert result.exit_code == 2 and "talk.pdf" in result.output and not out.exists()


def test_live_needs_an_extra_and_says_which(dgm, monkeypatch):
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda name: None)
    result = dgm("present", LECTURES[0], "--live")
    assert result.exit_code == 2 and installing("live") in result.output


@pytest.mark.parametrize("name", LECTURES)
def test_the_live_copy_is_the_lecture_with_its_drawing_code_hidden(name, tmp_path):
    folder = tmp_path / "lectures"
    folder.mkdir()
    original = (ROOT / "lectures" / f"{name}.ipynb").read_text(encoding="utf-8")
    (folder / f"{name}.ipynb").write_text(original, encoding="utf-8")
    copy = json.loads(module.live_copy(tmp_path, name).read_text(encoding="utf-8"))
    own = [cell for cell in copy["cells"] if not cell["id"].endswith("-notes")]
    for old, new in zip(json.loads(original)["cells"], own, strict=True):
        hidden = "hide-input" in old["metadata"].get("tags", [])
        assert new["source"] == old["source"]
        assert new["metadata"].get("jupyter", {}).get("source_hidden", False) == hidden
    assert (folder / f"{name}.ipynb").read_text(encoding="utf-8") == original


def test_help_lists_its_exit_codes(dgm):
    assert "Exit code" in dgm("present", "--help").output
