"""The benchmarks that need a browser notice what they are to count.

How soon a widget answers is measured by the benchmark in test_widgets.
"""

from benchmarks import accessibility
from tests.browser.published import served

PAGE = """<!DOCTYPE html><html lang="en"><title>Page</title><main><article><h1>Title</h1>{}
</article></main></html>"""
IMAGE = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA="
PAGES = {
    "lectures/07_good": f'<p>Text.</p><img alt="A dot." src="{IMAGE}">',
    "lectures/08_bad": f'<img src="{IMAGE}">',
    "api/a": "<style>[data-theme=dark] p { color: #ddd }</style><p>Pale in the dark.</p>",
    "api/b": "<style>p { color: #ddd }</style><p>Pale.</p>",
}


def test_pictures_without_a_text_and_pale_letters_are_counted_page_by_page(page, tmp_path, capsys):
    for path, body in PAGES.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / f"{path}.html").write_text(PAGE.format(body), encoding="utf-8")
    with served(tmp_path) as site:
        found = dict(accessibility.on_pages(page, site, ["07_good", "08_bad"]))
    assert {path: counts["page_findings"] for path, counts in found.items()} == {
        "lectures/07_good": 0,
        "lectures/08_bad": 1,
        "api/a": 1,
        "api/b": 1,
    }
    assert [found[path]["described"] for path in list(PAGES)[:2]] == [1, 0]
    assert "image-alt" in capsys.readouterr().err
    assert "4 pages: 3 findings; on slides: 0; 1 of 2 figures are described" in (
        accessibility.table(found)
    )
