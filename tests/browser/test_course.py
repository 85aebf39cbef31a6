"""The course as its users see it: start page and lab, in a real JupyterLab."""

from tests.browser.notebook import Notebook

SWAPPED = """def kl_divergence(p, q):
    return (q * (q / p).log()).sum(-1)"""
RIGHT = """def kl_divergence(p, q):
    return torch.where(p > 0, p * (p.log() - q.log()), 0).sum(-1)"""


def test_the_start_page_is_rendered_and_leads_to_a_lecture(page, server):
    page.goto(f"{server.url}lab/tree/START.md?reset&token={server.token}")
    page.locator(".jp-MarkdownViewer h1").wait_for()
    page.locator(".jp-MarkdownViewer a", has_text="lecture").last.click()
    page.locator(".jp-Notebook .jp-Cell").first.wait_for()
    assert page.refused == []


def test_a_swapped_kl_is_told_its_mistake_and_the_right_one_passes(page, server):
    lab = Notebook(page, server, "work/01_information.ipynb")
    lab.run_all()
    assert lab.errors() == []
    stub = lab.cell("def kl_divergence(p, q):")
    lab.write(stub, SWAPPED)
    lab.run(stub)
    check = lab.cell("check(kl_divergence)")
    lab.run(check)
    output = check.locator(".jp-OutputArea")
    assert "this is KL(q‖p): the weights must be p's" in output.inner_text()
    assert check.locator("img").count() == 1
    stub = lab.cell("def kl_divergence(p, q):")
    lab.write(stub, RIGHT)
    lab.run(stub)
    lab.run(check)
    verdict = output.inner_text()
    assert "right, 5 of 5 points" in verdict
    assert verdict.count("✓") == 4 and "✗" not in verdict
    assert page.refused == []
