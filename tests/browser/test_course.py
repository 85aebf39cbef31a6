"""The course as its users see it: the start page, in a real JupyterLab."""


def test_the_start_page_is_rendered_and_leads_to_a_lecture(page, server):
    page.goto(f"{server.url}lab/tree/START.md?reset&token={server.token}")
    page.locator(".jp-MarkdownViewer h1").wait_for()
    page.locator(".jp-MarkdownViewer a", has_text="lecture").last.click()
    page.locator(".jp-Notebook .jp-Cell").first.wait_for()
    assert page.refused == []
