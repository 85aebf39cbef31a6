"""What stands around a page: the list of pages beside it, its neighbours, its description.

The theme makes the list anew for each page from all headings of the course, which takes most of a
build; ours is made once.  It is shown by docs/_templates/course-nav.html.
"""

import re

DECKS = "slides/"  # pages that are no pages: each is replaced by a deck
EFFORT = re.compile(r" · [●○]+ · [^<]*")  # of an exercise: right in its heading, too long in a list
LONGEST = 160


def setup(app) -> dict:
    """Sphinx's entry: this module is an extension in docs/conf.py."""
    app.connect("env-updated", _list_pages)
    app.connect("html-page-context", _frame, priority=400)  # before the theme reads it
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _list_pages(app, env) -> None:
    """Captions, and under each its pages: (page, title, the pages below it)."""
    app.config.html_context["navigation"] = [
        (caption, [(page, title, _below(env, page)) for page, title in entries])
        for caption, entries in _toctrees(env, env.config.root_doc)
    ]


def _below(env, page: str) -> list[tuple[str, str]]:
    return [entry for _, entries in _toctrees(env, page) for entry in entries]


def _toctrees(env, page: str) -> list[tuple[str, list[tuple[str, str]]]]:
    from sphinx import addnodes

    return [
        (tree["caption"], [(to, title or env.titles[to].astext()) for title, to in tree["entries"]])
        for tree in env.tocs[page].findall(addnodes.toctree)
    ]


def _frame(app, page: str, template: str, context: dict, doctree) -> None:
    """Sphinx's hook: what the templates know of a page."""
    for key, way in (("prev", 1), ("next", 2)):
        context[key] = _neighbour(app, page, way)
    context["toc"] = EFFORT.sub("", context.get("toc") or "")
    if doctree:
        context["metatags"] = context.get("metatags", "") + _described(doctree)


def _neighbour(app, page: str, way: int) -> dict | None:
    """The page before (`way` 1) or after (2), decks passed over."""
    there = page
    while there and (there == page or there.startswith(DECKS)):
        there = app.builder.relations.get(there, [None] * 3)[way]
    if not there:
        return None
    title = app.env.titles[there].astext()
    number = re.match(r"lectures/(\d+)", there)
    named = f"Lecture {number[1]} · {title}" if number else title
    return {"link": app.builder.get_relative_uri(page, there), "title": named}


def _described(doctree) -> str:
    """The first paragraph of prose, cut at a word, for search engines and previews."""
    import html
    import textwrap

    from docutils import nodes

    texts = [node.astext() for node in doctree.findall(nodes.paragraph) if len(node.astext()) > 30]
    if not texts:
        return ""
    said = html.escape(textwrap.shorten(texts[0], LONGEST, placeholder=" …"))
    return f'<meta name="description" content="{said}" />\n'
