"""The files of a report: whole, of the documented form, the same each time."""

import csv
import io
import json
import os
import re
import time
from pathlib import Path

import jsonschema
import pytest

from dgm_course.grading import gradebook, report
from dgm_course.grading.gradescope import upload
from dgm_course.grading.problem import GradingError

from .report_class import (
    NASTY,
    RUN,
    STATEMENT,
    UNSANDBOXED,
    exercise,
    mixed_up,
    result,
    small_class,
    ungraded,
)

SCHEMA = json.loads(
    (Path(__file__).parents[2] / "docs/grading-results.schema.json").read_text("utf8")
)


def files(out):
    return {str(p.relative_to(out)): p.read_bytes() for p in out.rglob("*") if p.is_file()}


def rows(run, results):
    names = {r["student"]: "x" for r in results}
    text = gradebook.grades(run, results, names).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_every_file_of_a_run_is_written(tmp_path):
    report.write(tmp_path, RUN, [result("Bo Li"), result("Ada")], gradescope=True)
    assert set(files(tmp_path)) == {
        "results.json",
        "grades.csv",
        "summary.html",
        "summary.md",
        "feedback/Ada.html",
        "feedback/Ada.md",
        "feedback/Bo_Li.html",
        "feedback/Bo_Li.md",
        "gradescope/Ada.json",
        "gradescope/Bo_Li.json",
    }


def test_the_same_results_in_another_order_give_the_same_bytes(tmp_path):
    report.write(tmp_path / "a", RUN, small_class(), gradescope=True)
    report.write(tmp_path / "b", RUN, small_class()[::-1], gradescope=True)
    assert files(tmp_path / "a") == files(tmp_path / "b")


@pytest.mark.parametrize("results", [[], [result("Bo")], small_class()], ids=["0", "1", "6"])
def test_results_have_the_documented_form(tmp_path, results):
    report.write(tmp_path, RUN, results)
    data = json.loads((tmp_path / "results.json").read_bytes())
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.Draft202012Validator(SCHEMA).validate(data)
    assert data["run"] == RUN
    assert [r["student"] for r in data["results"]] == sorted(r["student"] for r in results)


@pytest.mark.parametrize("change", [{"points": -1}, {"state": "fine"}, {"extra": 1}])
def test_the_schema_refuses_what_it_does_not_document(change):
    wrong = result("Bo", [exercise(0, "right") | change])
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"run": RUN, "results": [wrong]}, SCHEMA)


def test_the_schema_describes_every_field():
    def fields(node):
        for name, child in node.get("properties", {}).items():
            yield name, child
        for child in node.values():
            if isinstance(child, dict):
                yield from fields(child)

    undocumented = [
        name
        for name, field in fields(SCHEMA)
        if "description" not in field and field.get("$ref") != "#/$defs/run"
    ]
    assert undocumented == []


def test_pages_of_students_who_left_are_removed_and_nothing_else(tmp_path):
    report.write(tmp_path, RUN, [result("Ada"), result("Bo")], gradescope=True)
    for kept in ("run.json", "results.jsonl", "feedback/notes.txt"):
        (tmp_path / kept).write_text("mine")
    report.write(tmp_path, RUN, [result("Ada")], gradescope=True)
    assert not [name for name in files(tmp_path) if "Bo" in name]
    assert {"run.json", "results.jsonl", "feedback/notes.txt"} <= set(files(tmp_path))
    report.write(tmp_path, RUN, [result("Ada")])
    assert not [name for name in files(tmp_path) if name.startswith("gradescope")]


def test_a_disk_that_fills_up_leaves_the_earlier_report_whole(tmp_path, monkeypatch):
    report.write(tmp_path, RUN, [result("Ada")])
    before = files(tmp_path)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(GradingError, match="No space left on device"):
        report.write(tmp_path, RUN, [ungraded("Ada", "Gone.")])
    assert files(tmp_path) == before


def test_a_student_stays_inside_the_output_folder(tmp_path):
    out = tmp_path / "deep" / "out"
    report.write(out, RUN, [result("../../x"), result("/etc/x"), result("CON")], gradescope=True)
    assert all(name.startswith(os.path.join("deep", "out")) for name in files(tmp_path))
    for row in csv.DictReader(io.StringIO((out / "grades.csv").read_text("utf-8-sig"))):
        assert (out / row["feedback"]).is_file()


def test_a_class_without_a_sandbox_says_so_in_every_file(tmp_path):
    report.write(tmp_path, UNSANDBOXED, small_class(), gradescope=True)
    for name, content in files(tmp_path).items():
        if name.endswith((".html", ".md")) or name.startswith("gradescope"):
            assert STATEMENT in content.decode(), name
    assert {r["sandboxed"] for r in rows(UNSANDBOXED, small_class())} == {
        "no: graded without a sandbox"
    }
    assert {r["sandboxed"] for r in rows(RUN, small_class())} == {"yes"}


def test_a_gradebook_has_a_row_a_student_and_a_column_an_exercise():
    row = rows(RUN, [result("Zoë", [mixed_up(0), exercise(1, "right")])])[0]
    assert row["student"] == "Zoë" and row["points"] == "4" and row["percent"] == "14.3"
    assert row["information"] == "0" and row["entropy"] == "4" and row["f_divergence"] == "0"
    assert gradebook.grades(RUN, [], {}).startswith(b"\xef\xbb\xbfstudent,id,file,points,")


def test_a_gradebook_has_the_lms_number_and_the_notes():
    row = rows(RUN, [result("Zoë", id="4711", notes=["One.", "Two."])])[0]
    assert (row["id"], row["notes"]) == ("4711", "One. Two.")
    assert list(row)[:2] == ["student", "id"]


@pytest.mark.parametrize(
    "name",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        " =1",
        "＝1",
        "a;=1",
        'a",=1',
        "a,\t-1",
        "x;;=1",
    ],
)
def test_no_cell_is_a_formula(name):
    for field in ("student", "id", "file", "problem"):
        row = rows(RUN, [result("Bo") | {field: name}])[0]
        assert not re.search(r"(^|[,;\"])\s*[=+\-@＝＋－＠]", row[field])
    assert "'" in row[field]
    row = rows(RUN, [result("Bo", notes=[name])])[0]
    assert not re.search(r"(^|[,;\"])\s*[=+\-@＝＋－＠]", row["notes"])


def test_gradescope_reads_scores_that_add_up_and_text_that_is_only_text():
    for graded in small_class():
        data = upload(UNSANDBOXED, graded)
        assert data["score"] == sum(t["score"] for t in data["tests"]) == graded["points"]
        assert {data[k] for k in data if k.endswith("format")} == {"text"}
        assert all(t["status"] in ("passed", "failed") for t in data["tests"])
        assert all(0 <= t["score"] <= t["max_score"] for t in data["tests"])
        assert STATEMENT in data["output"] and "What to do next" in data["output"]
        assert not set(json.dumps(data, ensure_ascii=False)) & set("\x1b\u202e")


def test_a_file_name_that_is_no_unicode_is_written(tmp_path):
    report.write(tmp_path, RUN, [result("Bo", file="caf\udce9.ipynb", notes=[NASTY])])
    assert json.loads((tmp_path / "results.json").read_bytes())["results"][0]["file"]


def test_three_hundred_students_take_seconds(tmp_path):
    from dgm_course import plot

    plot.pyplot()
    results = [result(f"Student {i:03}") for i in range(300)]
    begin = time.perf_counter()
    report.write(tmp_path, RUN, results, gradescope=True)
    assert time.perf_counter() - begin < 5
    assert len(files(tmp_path)) == 904
