"""Slides as one HTML file, by a template for nbconvert; scripts are put in from their packages."""

from pathlib import Path

from dgm_course.authoring import vendor
from dgm_course.authoring.problem import needs
from dgm_course.authoring.source import light_imports

TEMPLATES = Path(__file__).parent / "templates"
FRAGILE = "</script"


def page(slides: list, name: str, mathjax_url: str | None = None) -> str:
    """The deck of a lecture called `name`; raises BuildError where a package is not installed."""
    with light_imports(), needs("nbconvert", "present"):
        from nbconvert import HTMLExporter
        from nbformat import v4
    folder = vendor.reveal()
    scripts = [folder / "dist/reveal.js", folder / "plugin/notes/notes.js"]
    if mathjax_url is None:
        scripts.insert(0, vendor.mathjax())
    exporter = HTMLExporter(
        template_name="deck", extra_template_basedirs=[str(TEMPLATES)], exclude_anchor_links=True
    )
    told = {
        "columns": _columns(slides),
        "count": len(slides),
        "lecture": name,
        "paced": any(slide.seconds for slide in slides),
        "mathjax_url": mathjax_url,
        "styles": [_text(folder / "dist/reset.css"), _text(folder / "dist/reveal.css")],
        "scripts": [_text(script) for script in scripts],
    }
    text, _ = exporter.from_notebook_node(v4.new_notebook(), resources={"deck": told})
    return text


def _columns(slides: list) -> list[list]:
    """The slides in reveal.js's columns, numbered through the deck."""
    columns: list[list] = []
    for number, slide in enumerate(slides, start=1):
        if slide.column or not columns:
            columns.append([])
        columns[-1].append((number, slide))
    return columns


def _text(path: Path) -> str:
    """A script or style as it may stand inside a page."""
    text = path.read_text(encoding="utf-8")
    return text.replace(FRAGILE, "<\\/script").replace("sourceMappingURL", "source")
