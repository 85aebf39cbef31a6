"""A newcomer's path, by clicks and keys alone: from the site's front page to a right answer."""

import inspect
import json

from dgm_course.authoring.modules import load_modules
from dgm_course.exercises.lab import load
from dgm_course.exercises.numbers import answers
from tests.browser.jupyter import ROOT
from tests.browser.notebook import Notebook


def first_mixup(module):
    """The first exercise of a module's lab with a known mix-up: its name, the wrong code, what the
    check says of it, the right code."""
    exercise = next(e for e in load(module.name).exercises if e.misconceptions)
    mixup, said = next(iter(exercise.misconceptions.items()))
    wrong = inspect.getsource(answers(exercise).wrong[mixup])
    return exercise.name, wrong.replace(mixup, exercise.name, 1), said, solution(module, exercise)


def solution(module, exercise) -> str:
    cells = json.loads((ROOT / module.solution).read_text(encoding="utf-8"))["cells"]
    return next(
        "".join(cell["source"])
        for cell in cells
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == exercise.name
    )


def test_from_the_front_page_to_a_mistake_a_hint_and_a_right_answer(page, server, site):
    module = load_modules(ROOT)[0]
    name, wrong, said, right = first_mixup(module)
    page.goto(f"{server.url}lab/tree/START.md?token={server.token}")  # what `make lab` opens
    page.locator(".jp-MarkdownViewer h1").wait_for()

    page.goto(site.url)
    page.locator("article").get_by_role("link", name="lecture").first.click()
    page.locator("article h1").first.wait_for()
    links = page.get_by_role("navigation", name="This notebook")
    links.get_by_role("link", name="Lab", exact=True).click()
    links.get_by_role("link", name="Open in your JupyterLab").click()

    lab = Notebook(page, server, f"work/{module.name}.ipynb", is_open=True)
    lab.run_all()
    stub = lab.cell(f"def {name}(")
    lab.write(stub, wrong)
    lab.run(stub)
    check = lab.cell(f"check({name})")
    assert "not attempted" in check.locator(".jp-OutputArea").inner_text()
    lab.run(check)
    verdict = check.locator(".jp-OutputArea").inner_text()
    assert said in verdict and "✗" in verdict

    hint = lab.cell_after(check).locator("details").first
    first_line = hint.locator("p").first
    assert not first_line.is_visible()
    hint.locator("summary").click()
    assert first_line.is_visible() and first_line.inner_text()

    stub = lab.cell(f"def {name}(")
    lab.write(stub, right)
    lab.run(stub)
    lab.run(lab.cell(f"check({name})"))
    verdict = lab.cell(f"check({name})").locator(".jp-OutputArea").inner_text()
    assert "right, " in verdict and "✗" not in verdict
    assert page.refused == []
