"""What the instructor reads: the class in numbers, its misconceptions, who could not be graded."""

import base64

from dgm_course.grading import figures, tally
from dgm_course.grading.page import html_page, markdown_page

HTML = """{% extends "page" %}
{% macro picture(it) %}{% if it %}<figure><img src="data:image/png;base64,{{ it.data|safe }}"
width="{{ it.width }}" height="{{ it.height }}" alt="{{ it.alt }}"></figure>
{% endif %}{% endmacro %}
{% macro person(student) -%}
<a href="feedback/{{ names[student]|link }}.html">{{ student }}</a>
{%- endmacro %}
{% macro people(students) -%}
{% for s in students %}{% if not loop.first %}{% if loop.last %} and {% else %}, {% endif %}
{%- endif %}{{ person(s) }}{% endfor %}{% endmacro %}
{% block body %}
<p class="score">{{ numbers }}</p>
<p class="soft">Lab {{ run.lab }}, course {{ run.course }}, seed {{ run.seed }}. For the
instructor only: it names students.</p>
{% if missed %}<h2>Not graded</h2>
<div class="wide"><table>
<thead><tr><th scope="col">Student</th><th scope="col">Problem</th></tr></thead>
<tbody>
{% for r in missed %}<tr><th scope="row">{{ person(r.student) }}</th>
<td>{{ r.problem|sentence }}</td></tr>
{% endfor %}</tbody></table></div>
{% endif %}{% for students in copies %}{% if loop.first %}<h2>Equal files</h2>
{% endif %}<p>The same file was handed in by {{ people(students) }}.</p>
{% endfor %}<h2>Points</h2>
{{ picture(points) }}{% if not points %}<p>No notebook could be graded.</p>
{% endif %}<h2>Exercises</h2>
<p class="soft" id="about">{{ about_exercises }}</p>
<div class="wide"><table aria-describedby="about">
<thead><tr><th scope="col">Exercise</th><th scope="col" class="count">Points</th>
<th scope="col" class="count">Mean share</th>
{% for kind in kinds %}<th scope="col" class="count">{{ kind|capitalize }}</th>
{% endfor %}</tr></thead>
<tbody>
{% for e in exercises %}<tr><th scope="row">{{ e.title }}</th><td class="count">{{ e.points }}</td>
<td class="count">{{ e.share }}</td>
{% for n in e.kinds %}<td class="count">{{ n }}</td>{% endfor %}</tr>
{% endfor %}</tbody></table></div>
<h2>Commonest misconceptions</h2>
{% if not mixups %}<p>None was recognised.</p>
{% else %}{{ picture(mixup_figure) }}<div class="wide"><table>
<thead><tr><th scope="col">Misconception</th><th scope="col">Exercise</th>
<th scope="col" class="count">Notebooks</th><th scope="col">Students</th></tr></thead>
<tbody>
{% for m in mixups %}<tr><th scope="row">{{ m.says|sentence }}</th><td>{{ m.title }}</td>
<td class="count">{{ m.count }}</td><td>{% if m.count > many %}<details><summary>{{ m.count }}
students</summary>{{ people(m.students) }}</details>{% else %}{{ people(m.students) }}{% endif %}
</td></tr>
{% endfor %}</tbody></table></div>
{% endif %}<h2>Students</h2>
<div class="wide"><table>
<thead><tr><th scope="col">Student</th><th scope="col" class="count">Points</th>
<th scope="col">Notes</th></tr></thead>
<tbody>
{% for r in results %}<tr><th scope="row">{{ person(r.student) }}</th>
<td class="count">{{ r.score }}</td>
<td>{% for note in r.notes %}{{ note|sentence }} {% endfor %}</td></tr>
{% endfor %}</tbody></table></div>
{% endblock %}"""
MARKDOWN = """{% extends "page" %}
{% block body %}
**{{ numbers }}**

Lab {{ run.lab }}, course {{ run.course }}, seed {{ run.seed }}. For the instructor only: it names
students. The figures are in summary.html.
{% for r in missed %}
{% if loop.first %}

## Not graded

{% endif %}
- {{ r.student }}: {{ r.problem|sentence }}
{% endfor %}
{% for students in copies %}
{% if loop.first %}

## Equal files

{% endif %}
- The same file was handed in by
{%- for s in students %}{% if not loop.first %}{% if loop.last %} and{% else %},{% endif %}
{% endif %} {{ s }}{% endfor %}.
{% endfor %}

## Exercises

{{ about_exercises }}

| Exercise | Points | Mean share |{% for kind in kinds %} {{ kind|capitalize }} |{% endfor %}

|:--|--:|--:|{% for kind in kinds %}--:|{% endfor %}

{% for e in exercises %}
| {{ e.title }} | {{ e.points }} | {{ e.share }} |{% for n in e.kinds %} {{ n }} |{% endfor %}

{% endfor %}

## Commonest misconceptions

{% for m in mixups %}
- {{ m.count }} × {{ m.title }}: {{ m.says|sentence }} (
{%- for s in m.students %}{% if not loop.first %}, {% endif %}{{ s }}{% endfor %})
{% else %}
None was recognised.
{% endfor %}

## Students

| Student | Points |
|:--|--:|
{% for r in results %}
| {{ r.student }} | {{ r.score }} |
{% endfor %}
{% endblock %}"""
ABOUT_EXERCISES = (
    "The mean share of an exercise's points, and how many of the graded notebooks are of each "
    "kind. “Stopped” is a crash, or a limit of time, memory or output."
)
MANY = 6  # names that a table shows unfolded
FEW = 5  # notebooks that need no figure of misconceptions unless two have the same


def pages(run: dict, results: list[dict], names: dict[str, str]) -> tuple[str, str]:
    """The class's page, as HTML that stands alone and as Markdown; `names`: file names."""
    graded = tally.graded(results)
    values = {
        "numbers": _numbers(run, results, graded),
        "missed": [result for result in results if result["problem"]],
        "exercises": tally.exercises(run, results),
        "mixups": tally.mixups(run, results),
        "copies": tally.same_files(results),
        "many": MANY,
        "kinds": tally.KINDS,
        "about_exercises": ABOUT_EXERCISES,
        "names": names,
        "results": [result | {"score": _score(result)} for result in results],
    }
    title = f"{run['title']} — the class"
    pictures = _figures(run, graded, values["mixups"])
    html = html_page(HTML, title, run, **values, **pictures)
    return html, markdown_page(MARKDOWN, title, run, **values)


def _score(result: dict) -> str:
    return "not graded" if result["problem"] else f"{result['points']} of {result['max_points']}"


def _numbers(run: dict, results: list[dict], graded: list[dict]) -> str:
    full = sum(result["points"] >= result["max_points"] for result in graded)
    people = f"{len(results)} student{'s' * (len(results) != 1)}"
    said = f"{people}: {len(graded)} graded, {full} with all {run['max_points']} points"
    if not graded:
        return said
    mean = sum(result["points"] for result in graded) / len(graded)
    return f"{said}, {mean:.1f} points on average"


def _figures(run: dict, graded: list[dict], mixups: list[dict]) -> dict:
    earned, titles = [r["points"] for r in graded], [e["title"] for e in run["exercises"]]
    shared = mixups and (len(graded) > FEW or mixups[0]["count"] > 1)
    return {
        "points": _picture(*figures.points(run["max_points"], earned)) if earned else None,
        "mixup_figure": (
            _picture(*figures.mixups(titles, mixups, len(graded))) if shared else None
        ),
    }


def _picture(png: bytes, alt: str) -> dict:
    """What an <img> needs; width and height stand in a PNG's bytes 16 to 24."""
    width, height = int.from_bytes(png[16:20]), int.from_bytes(png[20:24])
    data = base64.b64encode(png).decode()
    return {"data": data, "alt": alt, "width": width, "height": height}
