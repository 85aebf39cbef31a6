"""A dead link is found, a living one is not, and what leads out is listed."""

import pytest

from dgm_course.authoring.site import links


@pytest.fixture
def two_pages(tmp_path):
    """A site of two pages; calling it writes the first one's body and checks both."""

    def check(body):
        (tmp_path / "sub").mkdir(exist_ok=True)
        (tmp_path / "sub" / "b.html").write_text('<h1 id="top">B</h1><a name="old"></a>')
        (tmp_path / "a.html").write_text(f'<p id="here"></p>\n{body}')
        return links.check(tmp_path)

    return check


@pytest.mark.parametrize(
    "body",
    [
        '<a href="sub/b.html">b</a>',
        '<a href="sub/b.html#top">b</a>',
        '<a href="sub/b.html#old">b</a>',
        '<a href="#here">here</a>',
        '<a href="#">top</a>',
        '<a href="a.html?x=1#here">here</a>',
        '<img src="data:image/png;base64,AA" alt="a line">',
        '<a href="mailto:a@example.org">write</a>',
    ],
)
def test_what_leads_somewhere_is_no_problem(two_pages, body):
    assert two_pages(body) == ([], [])


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('<a href="c.html">c</a>', "there is no c.html"),
        ('<a href="sub/b.html#bottom">b</a>', "there is no place #bottom in sub/b.html#bottom"),
        ('<a href="#nowhere">x</a>', "there is no place #nowhere"),
        ('<a href="../../etc/hosts">x</a>', "there is no ../../etc/hosts"),
        ('<script src="x.js"></script>', "there is no x.js"),
        ('<a href="//example.org/x">x</a>', "without saying by which protocol"),
        ('<img src="data:image/png;base64,AA" alt=" ">', "without a text alternative"),
        ('<img src="data:image/png;base64,AA">', "without a text alternative"),
    ],
)
def test_what_leads_nowhere_is_told_with_page_and_line(two_pages, body, said):
    problems, _ = two_pages(body)
    assert [(p.path, p.line) for p in problems] == [("a.html", 2)]
    assert said in problems[0].message


def test_addresses_elsewhere_are_listed_once_in_order_without_the_readers_own(two_pages):
    body = "".join(
        f'<a href="{address}">x</a>'
        for address in ("https://b.org", "https://a.org/#x", "https://b.org", "http://localhost:1/")
    )
    assert two_pages(body) == ([], ["https://a.org/#x", "https://b.org"])
