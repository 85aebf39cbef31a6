"""`dgm present --live`: the lecture as slides that run, in a real JupyterLab."""

import shutil

import pytest

from dgm_course.authoring import layout
from dgm_course.commands.present import live_copy

ROOT = layout.find_root()
LECTURES = [source.name for source in layout.discover(ROOT) if not source.is_lab]
SIZE = "p => parseFloat(getComputedStyle(p).fontSize)"


@pytest.fixture
def live(page, server):
    """The newest lecture, presented live; its folder is the server's."""
    pytest.importorskip("jupyterlab_rise", reason="the extra `live` is not installed")
    copy = live_copy(ROOT, LECTURES[-1])
    for file in (copy, copy.with_name("rise.css")):
        shutil.copy(file, server.folder)
    page.goto(f"{server.url}rise/{copy.name}?token={server.token}")
    page.locator(".reveal .slides section.present").first.wait_for()
    return page


def test_its_slides_can_be_read_and_its_code_runs(live):
    assert live.locator(".reveal .slides section").count() > 30
    assert live.locator(".reveal .slides aside.notes").count() > 5
    assert live.locator("section.present .jp-RenderedHTMLCommon p").first.evaluate(SIZE) >= 24
    live.keyboard.press("Space")
    code = live.locator("section.present .jp-CodeCell").first
    code.locator(".cm-content").click()
    live.keyboard.press("Shift+Enter")
    code.locator(".jp-InputPrompt", has_text="[1]:").wait_for(state="attached")
    assert live.refused == []
