"""The course's map as an inline SVG: bands are modules, boxes ideas, lines "leads to".

A line has the colour of the idea it comes from.  The drawing is made twice, wide and narrow, and
the page shows the one that fits; colours follow the page's light or dark theme.
"""

from dataclasses import dataclass
from html import escape
from itertools import pairwise

from dgm_course.authoring.course_map import PLANNED, CourseMap, Idea
from dgm_course.authoring.map_layout import Item, place

EDGE = 6
COLORS = 6  # in docs/_static/map.css


@dataclass(frozen=True)
class Style:
    """Sizes in pixels; `margin` is the column of the modules' names, 0 if they stand above."""

    name: str
    width: int
    margin: int
    per_row: int
    box: int
    lane: int
    font: int = 13
    height: int = 34
    gap: int = 26


WIDE = Style("wide", width=812, margin=224, per_row=2, box=184, lane=14)
NARROW = Style("narrow", width=350, margin=0, per_row=1, box=200, lane=9, height=32, gap=22)


def svg(course: CourseMap) -> str:
    """Both drawings, to be put into a page as they are; docs/_static/map.css gives the colours."""
    drawings = "\n".join(_drawing(course, style) for style in (WIDE, NARROW))
    return f'<div class="course-map">\n{drawings}\n</div>'


def rows(course: CourseMap, style: Style) -> list[list[str]]:
    """Names by row: modules in order, and in a module what leads comes first.

    Where there is no margin, a module's number has a row of its own, to hold the module's name.
    """
    found = []
    for number in sorted(course.titles):
        ideas = course.of(number)
        depth = _depths(ideas)
        found += [] if style.margin else [[str(number)]]
        for level in sorted(set(depth.values())):
            names = [idea.name for idea in ideas if depth[idea.name] == level]
            found += [names[i : i + style.per_row] for i in range(0, len(names), style.per_row)]
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


def lay_out(course: CourseMap, style: Style) -> Scene:
    """Where everything goes."""
    names = rows(course, style)
    heads = [(row[0], below[0]) for row, below in pairwise(names) if row[0].isdigit()]
    room = style.width - style.margin - 2 * EDGE
    placed = place(names, [*course.edges(), *heads], room, style.box + 8, style.lane)
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
    return max([style.gap, *(0.3 * swing for swing in swings)])


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
    parts += [_lines(scene, idea.name, color[idea.name]) for idea in course.ideas if idea.to]
    parts += [_name(scene, module) for module in scene.bands]
    boxes = [item for item in scene.items() if item.box and item.name in color]
    parts += [_box(scene, item, color[item.name]) for item in boxes]
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
    return (
        f'<text class="state" x="12" y="{y:g}">module {module:02d}{state}</text>'
        f'<text class="module" x="12" y="{y + 18:g}">{title}</text>'
    )


def _lines(scene: Scene, name: str, color: int) -> str:
    """All lines from one idea: a trunk through its lanes, and branches where it arrives."""
    item = next(item for item in scene.items() if item.box and item.name == name)
    trunk, branches, tips = _start(scene, item), [], []
    while True:
        for end in (other for other in item.down if other.box):
            x, top = _arrival(item, end), scene.spans[end.row][0]
            branches.append(_start(scene, item) + _curve(scene, item, x, top - 6))
            tips.append(f"M{x:.0f} {top:.0f}l-4.5 -8h9z")
        lane = next((other for other in item.down if not other.box), None)
        if lane is None:
            break
        top, bottom = scene.spans[lane.row]
        trunk += f"{_curve(scene, item, lane.x, top)}V{bottom:.0f}"
        item = lane
    lines = f'<path d="{trunk}{"".join(branches)}"/><path class="tip" d="{"".join(tips)}"/>'
    return f'<g class="from c{color}">{lines}</g>'


def _start(scene: Scene, item: Item) -> str:
    return f"M{item.x:.0f} {scene.spans[item.row][1]:.0f}"


def _curve(scene: Scene, item: Item, x: float, y: float) -> str:
    """From the foot of an item to a place below it, leaving and arriving upright."""
    middle = (scene.spans[item.row][1] + y) / 2
    return f"C{item.x:.0f} {middle:.0f} {x:.0f} {middle:.0f} {x:.0f} {y:.0f}"


def _arrival(item: Item, other: Item) -> float:
    """Where a line meets what is below it: arrows stand side by side on a box."""
    lines = sorted((i for i in other.up if not i.name.isdigit()), key=lambda i: i.x)
    return other.x + 14 * (lines.index(item) - (len(lines) - 1) / 2) if other.box else other.x


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
    if own:
        return f'<a class="idea c{color}" href="modules/{own}.html">{body}</a>'
    return f'<g class="idea planned c{color}">{body}</g>'
