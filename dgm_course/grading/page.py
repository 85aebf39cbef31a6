"""Pages from templates: whatever fills a template is cleaned and then escaped.

A page stands alone: one style sheet inside, no script, nothing fetched, readable on light and dark
screens, on a phone and on paper.
"""

import functools
import re
from urllib.parse import quote

from dgm_course.grading.text import clean
from dgm_course.grading.words import UNSANDBOXED

LONGEST = 1000
CODE = re.compile(r"`([^`]+)`")
MARKUP = re.compile(r"[\\`|~$]|<(?=[A-Za-z/!?])|&(?=[#\w])")  # entities: read alike everywhere
UNDERSCORES = re.compile(r"(?<![^\W_])_+|_+(?![^\W_])")  # inside a word they are only letters
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
STYLE = """
:root { color-scheme: light dark; --text: #1f2328; --page: #ffffff; --soft: #59636e;
  --edge: #d1d9e0; --box: #f6f8fa; --right: #116329; --wrong: #b3202a; --warn: #fff1c2; }
@media (prefers-color-scheme: dark) { :root { --text: #e6edf3; --page: #0d1117; --soft: #9aa4af;
  --edge: #3d444d; --box: #161b22; --right: #56d364; --wrong: #ff8f87; --warn: #4a3800; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; overflow-wrap: break-word; }
h1, p, li, tbody th { overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; }
h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; }
h3 { font-size: 1rem; margin: 1.25rem 0 .25rem; }
p { margin: .35rem 0; }
a { color: inherit; }
.score { font-size: 1.25rem; font-weight: 600; }
.soft { color: var(--soft); }
.warn, .next { padding: .6rem .8rem; border-left: 4px solid var(--text); margin: 1rem 0; }
.warn { background: var(--warn); }
.next { background: var(--box); }
.right { color: var(--right); } .wrong { color: var(--wrong); } .open { color: var(--soft); }
.mark { display: inline-block; width: 1.4em; font-weight: 700; }
ul.lines { list-style: none; padding: 0; margin: .25rem 0; }
ul.lines li { padding-left: 1.4em; text-indent: -1.4em; }
tbody th.hang { padding-left: 2em; text-indent: -1.4em; }
ul.lines li > *, .hang > * { text-indent: 0; }
code { font: .9em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
  background: var(--box); padding: .1em .3em; border-radius: 4px; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0; }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem;
  border-bottom: 1px solid var(--edge); }
thead th { border-bottom-width: 2px; }
tbody th { font-weight: 500; min-width: 7rem; }
.count { text-align: right; font-variant-numeric: tabular-nums; }
td.count { white-space: nowrap; }
figure { margin: 1rem 0; }
figure img { display: block; max-width: 100%; height: auto; background: #fff; border-radius: 4px; }
summary { cursor: pointer; }
@media (prefers-color-scheme: dark) {
  figure img { padding: .75rem; border-radius: 10px; filter: brightness(.9); } }
@media (max-width: 40rem) { th, td { padding: .35rem .4rem; }
  .wide table { font-size: .9rem; } }
@media print { :root { color-scheme: light; --text: #000; --page: #fff; --soft: #444; --box: #fff;
  --edge: #999; --right: #000; --wrong: #000; --warn: #fff; }
  main { padding: 0; max-width: none; } h2, h3, thead { break-after: avoid; }
  tr, li, figure { break-inside: avoid; } .wide { overflow: visible; }
  figure img { padding: 0; filter: none; } }
"""
SHELL = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{{ policy }}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }}</title>
<style>{{ style }}</style>
</head>
<body>
<main>
<h1>{{ title }}</h1>
{% if not run.sandboxed %}<p class="warn" role="note"><strong>{{ unsandboxed }}</strong></p>
{% endif %}{% block body %}{% endblock %}</main>
</body>
</html>
"""
MARKDOWN_SHELL = """# {{ title }}

{% if not run.sandboxed %}
**{{ unsandboxed }}**

{% endif %}
{% block body %}{% endblock %}"""


def html_page(template: str, title: str, run: dict, **values) -> str:
    """A page whose template extends `page`; everything that fills it is cleaned and escaped."""
    from markupsafe import Markup

    shown = {"policy": POLICY, "style": Markup(STYLE), "unsandboxed": UNSANDBOXED}
    return _template(template, False).render(title=title, run=run, **shown, **values)


def markdown_page(template: str, title: str, run: dict, **values) -> str:
    """The same in Markdown: what fills it can neither become markup nor HTML."""
    page = _template(template, True)
    return page.render(title=title, run=run, unsandboxed=UNSANDBOXED, **values)


@functools.cache
def _template(template: str, markdown: bool):
    from jinja2 import DictLoader, Environment, StrictUndefined

    shell = MARKDOWN_SHELL if markdown else SHELL
    environment = Environment(
        loader=DictLoader({"page": shell, "this": template}),
        autoescape=not markdown,
        finalize=_markdown if markdown else _cleaned,
        undefined=StrictUndefined,
        trim_blocks=markdown,
        keep_trailing_newline=True,
    )
    environment.filters["sentence"] = _markdown_sentence if markdown else _sentence
    environment.filters["link"] = quote
    return environment.get_template("this")


def _cleaned(value: object) -> object:
    return value if hasattr(value, "__html__") else clean(str(value), LONGEST)


def _sentence(text: str):
    """A sentence with its `code` marked as such."""
    from markupsafe import Markup, escape

    return Markup(CODE.sub(r"<code>\1</code>", str(escape(clean(text, LONGEST)))))


def _markdown(value: object) -> object:
    return value if hasattr(value, "__html__") else _first(_inert(clean(str(value), LONGEST)))


def _inert(text: str) -> str:
    text = MARKUP.sub(lambda found: f"&#{ord(found[0])};", text)
    text = re.sub(r"([*\[\]!]|(?<!&)#|:(?=//)|(?<=www)\.)", r"\\\1", text)
    return UNDERSCORES.sub(lambda found: r"\_" * len(found[0]), text)


def _first(text: str) -> str:
    """Nothing that would begin a list, a heading or a rule where the text begins a line."""
    text = re.sub(r"^\d+(?=[.)](\s|$))", lambda found: found[0] + "\\", text)
    return "\\" + text if text[:1] in ("-", "+", "=", ">") else text


def _markdown_sentence(text: str):
    from markupsafe import Markup

    parts = CODE.split(clean(text, LONGEST))  # text, code, text, code, ... text
    inside = [f"`{part}`" if i % 2 else _inert(part) for i, part in enumerate(parts)]
    return Markup(_first("".join(inside)))
