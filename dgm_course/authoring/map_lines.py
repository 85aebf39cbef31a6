"""The lines of the course's map as SVG, each a group that names the ideas it joins.

A `scene` is the map laid out, map_drawing.Scene.
"""

from dgm_course.authoring.map_layout import Item


def lines_from(scene, item: Item, color: int) -> str:
    """Each line from one idea, whole: those that share lanes lie on one another till they part."""
    lines = [_line(item, end, color, *_sideways(scene, item, end)) for end in item.aside]
    above, trunk = item, _start(scene, item)
    while above:
        for end in (other for other in above.down if other.box):
            x, top = _arrival(above, end), scene.spans[end.row][0]
            way = trunk + _curve(scene, above, x, top - 6)
            lines.append(_line(item, end, color, way, f"M{x:.0f} {top:.0f}l-4.5 -8h9z"))
        lane = next((other for other in above.down if not other.box), None)
        if lane:
            top, bottom = scene.spans[lane.row]
            trunk += f"{_curve(scene, above, lane.x, top)}V{bottom:.0f}"
        above = lane
    return "".join(lines)


def _line(item: Item, end: Item, color: int, way: str, tip: str) -> str:
    return (
        f'<g class="step c{color}" data-from="{item.name}" data-to="{end.name}">'
        f'<path d="{way}"/><path class="tip" d="{tip}"/></g>'
    )


def _sideways(scene, item: Item, end: Item) -> tuple[str, str]:
    """The way and the tip of a line within a row: straight, or over a box that stands between."""
    top, bottom = scene.spans[item.row]
    left, right = sorted((item.x, end.x))
    if any(left < other.x < right for other in scene.rows[item.row] if other.box):
        up, x, y = top - 0.7 * scene.style.gap, end.x, top - 6
        way = f"M{item.x:.0f} {top:.0f}C{item.x:.0f} {up:.0f} {x:.0f} {up:.0f} {x:.0f} {y:.0f}"
        return way, f"M{x:.0f} {top:.0f}l-4.5 -8h9z"
    side, y = (1 if end.x > item.x else -1), (top + bottom) / 2
    start, stop = (i.x + s * side * scene.style.box / 2 for i, s in ((item, 1), (end, -1)))
    way = f"M{start:.0f} {y:.0f}H{stop - 6 * side:.0f}"
    return way, f"M{stop:.0f} {y:.0f}l{-8 * side} -4.5v9z"


def _start(scene, item: Item) -> str:
    return f"M{item.x:.0f} {scene.spans[item.row][1]:.0f}"


def _curve(scene, item: Item, x: float, y: float) -> str:
    """From the foot of an item to a place below it, leaving and arriving upright."""
    middle = (scene.spans[item.row][1] + y) / 2
    return f"C{item.x:.0f} {middle:.0f} {x:.0f} {middle:.0f} {x:.0f} {y:.0f}"


def _arrival(item: Item, other: Item) -> float:
    """Where a line meets what is below it: arrows stand side by side on a box."""
    lines = sorted((i for i in other.up if not i.name.isdigit()), key=lambda i: i.x)
    return other.x + 14 * (lines.index(item) - (len(lines) - 1) / 2) if other.box else other.x
