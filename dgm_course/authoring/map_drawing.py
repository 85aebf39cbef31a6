"""The course's map as an inline SVG: bands are modules, boxes ideas, lines "leads to".

A line has the colour of the idea it comes from.  The drawing is made twice, wide and narrow, and
the page shows the one that fits; colours follow the page's light or dark theme.  Ideas and lines
carry names (`data-idea`, `data-from`, `data-to`), by which docs/_static/map.js shows what belongs
to the idea that the reader points at.
"""

import math
import textwrap
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from dgm_course.authoring.course_map import PLANNED, CourseMap, Idea
from dgm_course.authoring.map_layout import Item, place
from dgm_course.authoring.map_lines import lines_from

EDGE = 6
LETTER = 0.62  # of the font's size: no common font's mean letter is wider
COLORS = 6  # in docs/_static/map.css


@dataclass(frozen=True)
class Style:
    """Sizes in pixels; `margin` is the column of the modules' names, 0 if they stand above."""

    name: str
    width: int
    margin: int
    per_row: int
    box: int
    space: int
    lane: int
    font: int = 13
    height: int = 34
    gap: int = 26


WIDE = Style("wide", width=1000, margin=186, per_row=3, box=184, space=30, lane=12)
NARROW = Style("narrow", 350, margin=0, per_row=1, box=200, space=8, lane=9, height=32, gap=22)
HELP = "Point at an idea, or tap it: what it comes from and what it leads to stands out."


def svg(course: CourseMap) -> str:
    """Both drawings, to be put into a page as they are; docs/_static/map.css gives the colours."""
    drawings = "\n".join(_drawing(course, style) for style in (WIDE, NARROW))
    return f'<div class="course-map">\n<p class="help">{HELP}</p>\n{drawings}\n</div>'


def rows(course: CourseMap, style: Style) -> list[list[str]]:
    """Names by row: modules in order, and in a module what leads comes first.

    As many ideas of a module stand side by side as there is room for.  Where there is no margin, a
    module's number has a row of its own, to hold the module's name.
    """
    found = []
    for number in sorted(course.titles):
        ideas = course.of(number)
        depth = _depths(ideas)
        found += [] if style.margin else [[str(number)]]
        names = sorted(depth, key=depth.get)
        n, lines = len(names), math.ceil(len(names) / style.per_row)
        found += [names[n * i // lines : n * (i + 1) // lines] for i in range(lines)]
    return found


def _depths(ideas: list[Idea]) -> dict[str, int]:
    depth = dict.fromkeys((idea.name for idea in ideas), 0)
    for _ in ideas:
        for idea in ideas:
            for other in idea.to.keys() & depth.keys():
                depth[other] = max(depth[other], depth[idea.name] + 1)
    return depth


@dataclass(frozen=True)
class Scene:
    """A map laid out: items by row, top and bottom of each row, and of each module's band."""

    course: CourseMap
    style: Style
    rows: list[list[Item]]
    spans: list[tuple[float, float]]
    bands: dict[int, tuple[float, float]]

    def items(self) -> list[Item]:
        """All of them, from top to bottom."""
        return [item for row in self.rows for item in row]

    def boxes(self) -> list[Item]:
        """Those that are ideas."""
        return [item for item in self.items() if item.box and not item.name.isdigit()]


def lay_out(course: CourseMap, style: Style) -> Scene:
    """Where everything goes."""
    names = rows(course, style)
    heads = [(row[0], below[0]) for row, below in pairwise(names) if row[0].isdigit()]
    room = style.width - style.margin - 2 * EDGE
    placed = place(names, [*course.edges(), *heads], room, style.box + style.space, style.lane)
    for item in (item for row in placed for item in row):
        item.x += style.margin + EDGE
    spans, bands, y = [], {}, 0.0
    for row, items in zip(names, placed, strict=True):
        is_head = row[0].isdigit()
        module = int(row[0]) if is_head else course.find(row[0]).module
        gap = _gap(items, style)
        if module not in bands:
            bands[module] = (y, y)
        spans.append((y + gap / 2, y + gap / 2 + (style.font + 4 if is_head else style.height)))
        y = spans[-1][1] + _gap([o for i in items for o in i.down], style) / 2
        bands[module] = (bands[module][0], y)
    return Scene(course, style, placed, spans, bands)


def _gap(below: list[Item], style: Style) -> float:
    """Room between two rows: more where a line swings far to the side."""
    swings = [abs(item.x - above.x) for item in below for above in item.up]
    return max([style.gap, *(0.2 * swing for swing in swings)])


def colors(scene: Scene) -> dict[str, int]:
    """A colour for each idea, unlike those of the lines and boxes that stand beside it."""
    beside: dict[str, set[str]] = {item.name: set() for item in scene.items()}
    for row in scene.rows:
        for a, b in pairwise(row):
            beside[a.name].add(b.name)
            beside[b.name].add(a.name)
    chosen: dict[str, int] = {}
    for i, idea in enumerate(scene.course.ideas):
        taken = [chosen[other] for other in beside[idea.name] if other in chosen]
        free = [(i + k) % COLORS for k in range(COLORS)]
        chosen[idea.name] = min(free, key=taken.count)
    return chosen


def _drawing(course: CourseMap, style: Style) -> str:
    scene = lay_out(course, style)
    color = colors(scene)
    parts = [_band(scene, module) for module in scene.bands if module % 2 == 0]
    parts += [lines_from(scene, item, color[item.name]) for item in scene.boxes()]
    parts += [_name(scene, module) for module in scene.bands]
    parts += [_box(scene, item, color[item.name]) for item in scene.boxes()]
    title, about = f"map-{style.name}-title", f"map-{style.name}-desc"
    height = max(bottom for _, bottom in scene.bands.values())
    return (
        f'<svg class="{style.name}" viewBox="0 0 {style.width} {height:g}" role="group" '
        f'aria-labelledby="{title}" aria-describedby="{about}" font-size="{style.font}">\n'
        f'<title id="{title}">Map of the course</title>\n'
        f'<desc id="{about}">{len(course.ideas)} ideas in {len(course.titles)} modules, and lines '
        "from each idea to those it leads to. The list below says the same in words.</desc>\n"
        + "\n".join(parts)
        + "\n</svg>"
    )


def _band(scene: Scene, module: int) -> str:
    top, bottom = scene.bands[module]
    size = f'width="{scene.style.width}" height="{bottom - top:g}"'
    return f'<rect class="band" y="{top:g}" {size}/>'


def _name(scene: Scene, module: int) -> str:
    """The module's number and name, in the margin or above its first idea."""
    course, style = scene.course, scene.style
    title = escape(course.titles[module])
    if not style.margin:
        head = next(item for item in scene.items() if item.name == str(module))
        y = scene.spans[head.row][0] + style.font
        return f'<text class="module" x="{head.x:.0f}" y="{y:g}">{module:02d} {title}</text>'
    state = "" if module in course.names else f", {PLANNED}"
    y = scene.bands[module][0] + 25
    lines = "".join(
        f'<text class="module" x="12" y="{y + 18 * i:g}">{line}</text>'
        for i, line in enumerate(wrapped(title, style), start=1)
    )
    return f'<text class="state" x="12" y="{y:g}">module {module:02d}{state}</text>{lines}'


def wrapped(title: str, style: Style) -> list[str]:
    """A module's title in lines that the margin has room for."""
    return textwrap.wrap(title, int((style.margin - 12) / (LETTER * style.font)))


def _box(scene: Scene, item: Item, color: int) -> str:
    style, idea = scene.style, scene.course.find(item.name)
    top, _ = scene.spans[item.row]
    size = f'width="{style.box}" height="{style.height}" rx="7"'
    body = (
        f"<title>{escape(idea.text)}</title>"
        f'<rect x="{item.x - style.box / 2:.0f}" y="{top:g}" {size}/>'
        f'<text x="{item.x:.0f}" y="{top + style.height / 2 + 4.5:g}">{escape(idea.label)}</text>'
    )
    own = scene.course.names.get(idea.module)
    name = f'data-idea="{item.name}"'
    if own:
        return f'<a class="idea c{color}" {name} href="modules/{own}.html">{body}</a>'
    return f'<g class="idea planned c{color}" {name}>{body}</g>'
