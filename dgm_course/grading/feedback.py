"""What one student reads: points, what holds and what does not, what to do next."""

from dgm_course.grading.owners import own_name
from dgm_course.grading.page import html_page, markdown_page
from dgm_course.grading.words import MARKS, line_mark, mark, next_step, remarks, words

HTML = """{% extends "page" %}
{% macro sign(mark) -%}
<span class="mark {{ css[mark] }}" role="img" aria-label="{{ marks[mark] }}">{{ mark }}</span>
{%- endmacro %}
{% block body %}
<p class="score">{{ score }}</p>
<p class="soft">Lab {{ run.lab }}{% if file %}, {{ how }}
<code>{{ file }}</code>{% endif %}</p>
<p class="next"><strong>What to do next:</strong> {{ next_step|sentence }}</p>
{% if result.problem or result.notes %}<h2>Notes</h2>
<ul>
{% if result.problem %}<li><strong>Not graded:</strong> {{ result.problem|sentence }}</li>
{% endif %}{% for note in result.notes %}<li>{{ note|sentence }}</li>
{% endfor %}</ul>
{% endif %}<h2>Exercises</h2>
<table>
<thead><tr><th scope="col">Exercise</th><th scope="col">State</th>
<th scope="col" class="count">Points</th></tr></thead>
<tbody>
{% for e in exercises %}<tr><th scope="row" class="hang">{{ sign(e.mark) }}{{ e.title }}</th>
<td>{{ e.words }}</td><td class="count">{{ e.points }} of {{ e.max_points }}</td></tr>
{% endfor %}</tbody>
</table>
{% for e in exercises if e.lines or e.remarks %}{% if loop.first %}<h2>Line by line</h2>
{% endif %}<h3>{{ sign(e.mark) }}{{ e.title }}</h3>
{% for remark in e.remarks %}<p>{{ remark|sentence }}</p>
{% endfor %}{% if e.lines %}<ul class="lines">
{% for line in e.lines %}<li>{{ sign(line.mark) }}{{ line.text|sentence }}</li>
{% endfor %}</ul>
{% endif %}{% endfor %}{% endblock %}"""
MARKDOWN = """{% extends "page" %}
{% block body %}
**{{ score }}**, lab {{ run.lab }}{% if file %}, {{ how }} {{ file }}{% endif %}


**What to do next:** {{ next_step|sentence }}

{% if result.problem or result.notes %}
## Notes

{% if result.problem %}
- **Not graded:** {{ result.problem|sentence }}
{% endif %}
{% for note in result.notes %}
- {{ note|sentence }}
{% endfor %}

{% endif %}
## Exercises

| | Exercise | State | Points |
|:-:|:--|:--|--:|
{% for e in exercises %}
| {{ e.mark }} | {{ e.title }} | {{ e.words }} | {{ e.points }} of {{ e.max_points }} |
{% endfor %}
{% for e in exercises if e.lines or e.remarks %}

### {{ e.mark }} {{ e.title }}

{% for remark in e.remarks %}
{{ remark|sentence }}

{% endfor %}
{% for line in e.lines %}
- {{ line.mark }} {{ line.text|sentence }}
{% endfor %}
{% endfor %}
{% endblock %}"""
CSS = {"✓": "right", "✗": "wrong", "·": "open"}


def html(run: dict, result: dict) -> str:
    """The student's page as HTML that stands alone."""
    values = {"css": CSS, "marks": MARKS, **_values(run, result)}
    return html_page(HTML, _title(run, result), run, **values)


def markdown(run: dict, result: dict) -> str:
    """The student's page as Markdown."""
    return markdown_page(MARKDOWN, _title(run, result), run, **_values(run, result))


def _title(run: dict, result: dict) -> str:
    return f"{run['title']} — {result['student']}"


def _values(run: dict, result: dict) -> dict:
    exercises = [_shown(exercise) for exercise in result["exercises"]]
    values = {"result": result, "exercises": exercises, "next_step": next_step(run, result)}
    file = own_name(result["file"], run["lab"])
    if result["problem"]:
        return values | {"score": "Not graded", "how": "handed in:", "file": file}
    score = f"{result['points']} of {result['max_points']} points"
    return values | {"score": score, "how": "graded from", "file": file}


def _shown(exercise: dict) -> dict:
    lines = [{"mark": line_mark(line), "text": line["text"]} for line in exercise["lines"]]
    shown = {"mark": mark(exercise["state"]), "words": words(exercise), "lines": lines}
    return exercise | shown | {"remarks": remarks(exercise)}
