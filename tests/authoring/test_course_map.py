"""The map of the course: its file, its drawing, and the same in words."""

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from dgm_course.authoring import course_map, map_drawing, map_layout
from dgm_course.authoring.layout import find_root
from dgm_course.authoring.modules import load_modules
from dgm_course.authoring.problem import BuildError

ROOT = find_root()
COURSE = course_map.load(ROOT)
STYLES = (map_drawing.WIDE, map_drawing.NARROW)
SVG = "{http://www.w3.org/2000/svg}"
LETTER = 0.62  # of the font's size: more than the mean letter of any common font is wide

GOOD = """
[titles]
00 = "Zero"
01 = "One"

[idea.a]
module = 0
label = "A"
text = "First."
to.b = "because"

[idea.b]
module = 1
label = "B"
text = "Second."
to.c = "therefore"

[idea.c]
module = 1
label = "C"
text = "Third."
"""


def load(root, text):
    (root / "sources").mkdir(exist_ok=True)
    (root / "sources/map.toml").write_text(text, encoding="utf-8")
    (root / "sources/modules.toml").write_text("module = []")
    return course_map.load(root)


def test_every_module_of_the_syllabus_has_a_title_and_ideas():
    assert sorted(COURSE.titles) == list(range(17))
    assert all(COURSE.of(number) for number in COURSE.titles)


def test_the_modules_that_exist_are_told_from_those_in_the_making():
    assert set(COURSE.names) == {module.number for module in load_modules(ROOT)}
    assert COURSE.planned() | set(COURSE.names) == set(COURSE.titles)


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("[idea.a]", "[idea.a", "line 6"),
        ('label = "A"\n', "", "a: missing or of the wrong type: ['label']"),
        ('label = "A"\n', 'label = "A"\nextra = 1\n', "unknown: ['extra']"),
        ('label = "A"', f'label = "{"A" * 25}"', "a: a label has at most 24"),
        ('"First."', '"First"', "a: the text is a sentence"),
        ('to.b = "because"', 'to.b = ""', "a: say why it leads to b"),
        ('to.b = "because"', 'to.d = "because"', "a: there is no idea d"),
        ('to.b = "because"\n', "", "a: leads nowhere and comes from nowhere"),
        ('"Third."', '"Third."\nto.a = "again"', "c: leads back to a, of an earlier module"),
        ('"Third."', '"Third."\nto.b = "again"', "a circle: b → c → b"),
        ("module = 0", "module = 2", "a: there is no module 02"),
        ('00 = "Zero"\n', '00 = "Zero"\n02 = "Two"\n', "module 02 has no idea"),
    ],
)
def test_mistakes_are_told(tmp_path, before, after, says):
    assert before in GOOD
    with pytest.raises(BuildError) as caught:
        load(tmp_path, GOOD.replace(before, after, 1))
    assert "sources/map.toml: " in str(caught.value)
    assert says in str(caught.value)


def test_the_words_hold_every_idea_and_every_step_with_its_reason():
    words = course_map.outline(COURSE)
    for idea in COURSE.ideas:
        assert f"**{idea.label}.** {idea.text}" in words
        assert all(reason in words for reason in idea.to.values())
    assert words.count("→") == len(COURSE.edges())
    for name in COURSE.names.values():
        assert f"(../lectures/{name}.ipynb)" in words
    assert words.count(course_map.PLANNED) == len(COURSE.planned())


@pytest.fixture(scope="module", params=STYLES, ids=lambda style: style.name)
def scene(request):
    return map_drawing.lay_out(COURSE, request.param)


def test_no_two_things_of_a_row_overlap_and_none_leaves_the_drawing(scene):
    for row in scene.rows:
        edges = [(item.x - item.width / 2, item.x + item.width / 2) for item in row]
        assert edges[0][0] >= scene.style.margin
        assert edges[-1][1] <= scene.style.width
        for (_, right), (left, _) in pairwise(edges):
            assert right <= left + 1e-6


def test_rows_follow_one_another_without_overlap(scene):
    for (_, bottom), (top, _) in pairwise(scene.spans):
        assert top - bottom >= scene.style.gap / 2


def test_every_text_is_narrower_than_its_place(scene):
    style = scene.style
    letter = LETTER * style.font
    assert max(len(idea.label) for idea in COURSE.ideas) * 0.58 * style.font <= style.box
    for number, title in COURSE.titles.items():
        if style.margin:
            lines = map_drawing.wrapped(title, style)
            assert max(len(line) for line in lines) * letter + 12 <= style.margin, title
            assert len(lines) <= 2
        else:
            [head] = [item for item in scene.items() if item.name == str(number)]
            assert head.x + len(f"00 {title}") * letter / 2 <= style.width, title


def test_every_step_is_drawn_from_row_to_row_down_to_its_box(scene):
    reached = set()
    for item in (item for item in scene.items() if not item.name.isdigit()):
        for below in item.down:
            assert below.row == item.row + 1
            assert below.box or below.name == item.name
            if below.box:
                reached.add((item.name, below.name))
        assert {beside.row for beside in item.aside} <= {item.row}
        reached |= {(item.name, beside.name) for beside in item.aside}
    assert reached == set(COURSE.edges())


def test_few_lines_cross(scene):
    lines = sum(len(item.down) for item in scene.items())
    assert map_layout.crossings(scene.rows) < lines / 8


def test_lines_side_by_side_differ_in_colour(scene):
    chosen = map_drawing.colors(scene)
    pairs = [
        (a.name, b.name)
        for row in scene.rows
        for a, b in pairwise(row)
        if a.name in chosen and b.name in chosen
    ]
    assert sum(chosen[a] == chosen[b] for a, b in pairs) <= len(pairs) / 20


def test_crossings_are_counted():
    a, b, c, d = (
        map_layout.Item(name, row, 1.0) for name, row in zip("abcd", (0, 0, 1, 1), strict=True)
    )
    a.down, b.down = [d], [c]
    assert map_layout.crossings([[a, b], [c, d]]) == 1
    assert map_layout.crossings([[a, b], [d, c]]) == 0


def test_a_row_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="no room for"):
        map_layout.place([["a", "b"]], [], width=100, box=60, lane=5)


@pytest.fixture(scope="module")
def drawn():
    text = map_drawing.svg(COURSE).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ')
    return ElementTree.fromstring(text)


def test_the_drawing_is_the_same_every_time(drawn):
    again = map_drawing.svg(COURSE).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ')
    assert ElementTree.tostring(drawn) == ElementTree.tostring(ElementTree.fromstring(again))


def test_each_drawing_has_a_title_and_a_description_and_every_idea(drawn):
    for one in drawn.iter(f"{SVG}svg"):
        named = {element.get("id"): element.text for element in one if element.get("id")}
        assert named[one.get("aria-labelledby")] == "Map of the course"
        assert "in words" in named[one.get("aria-describedby")]
        labels = [text.text for text in one.iter(f"{SVG}text")]
        assert {idea.label for idea in COURSE.ideas} <= set(labels)


def test_ideas_of_modules_that_exist_are_links_and_the_others_are_not(drawn):
    for one in drawn.iter(f"{SVG}svg"):
        links = {a.find(f"{SVG}text").text: a.get("href") for a in one.iter(f"{SVG}a")}
        here = {i.label: COURSE.names[i.module] for i in COURSE.ideas if i.module in COURSE.names}
        assert links == {label: f"modules/{name}.html" for label, name in here.items()}


def contrast(one, other):
    """WCAG 2.2's ratio of two colours."""
    values = []
    for color in (one, other):
        parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
        values.append(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)
    return max(values) / min(values)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_text_and_lines_stand_out_from_what_is_behind_them(theme):
    css = (ROOT / "docs/_static/map.css").read_text(encoding="utf-8")
    named = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", css.split("}")[theme]))
    lines = [named[f"c{i}"] for i in range(map_drawing.COLORS)]
    for behind in (named["page"], named["band"]):
        assert all(contrast(named[text], behind) >= 4.5 for text in ("ink", "dim"))
        assert all(contrast(line, behind) >= 4.5 for line in lines)


def test_a_module_that_exists_must_be_on_the_map():
    ideas = {"a": {"module": 0, "to": {"b": "because"}}, "b": {"module": 0}}
    assert course_map._inconsistent({0: "Zero"}, ideas, {0, 1}) == ["module 01 has no title"]
