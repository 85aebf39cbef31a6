"""What every benchmark relies on: turns, ratios, intervals, tables, the command line."""

import json
import sys
import time

import pytest
from scipy import stats

from benchmarks import harness
from benchmarks.harness import Timing


def test_calls_take_turns_and_the_first_round_is_not_counted():
    order = []
    timings = harness.interleaved(
        {"ours": lambda: order.append("o"), "peer": lambda: order.append("p")}, rounds=3, repeats=2
    )
    assert "".join(order) in ("oopp" * 4, "ppoo" + "oopp" + "ppoo" + "oopp")
    assert sorted(order) == ["o"] * 8 + ["p"] * 8
    assert len(timings["ours"].rounds) == len(timings["peer"].rounds) == 3


def test_seconds_are_those_of_one_call():
    timings = harness.interleaved({"ours": lambda: time.sleep(0.02)}, rounds=3, repeats=2)
    ours = timings["ours"]
    assert 0.02 <= ours.minimum <= ours.median
    assert ours.minimum == min(ours.rounds)
    assert ours.cpu < 0.015  # asleep, no processor time is spent


def test_a_stopwatch_gives_result_wall_and_processor_time():
    def work(seconds):
        begin = time.process_time()
        while time.process_time() - begin < seconds:
            pass
        return "done"

    found, wall, cpu = harness.stopwatch(work, 0.05)
    assert found == "done"
    assert 0.05 <= cpu < 0.2
    assert wall >= 0.9 * 0.05


def test_no_round_is_refused():
    with pytest.raises(ValueError, match="rounds: expected at least 1, got 0"):
        harness.interleaved({"ours": int}, rounds=0)


def test_the_ratio_is_against_the_fastest_peer():
    at = {"ours": 3.0, "slow": 20.0, "fast": 4.0}
    timings = {name: Timing(s / 2, s, s, [s]) for name, s in at.items()}
    assert harness.ratio(timings) == 0.75
    with pytest.raises(ValueError, match="a peer beside 'ours', got none"):
        harness.ratio({"ours": timings["ours"]})


def test_an_interval_is_students():
    values = [88.1, 87.4, 88.9, 87.7, 88.0]
    found = harness.interval(values)
    mean, error = sum(values) / 5, stats.sem(values)
    low, high = stats.t.interval(0.95, 4, loc=mean, scale=error)
    assert found == pytest.approx({"mean": mean, "low": low, "high": high, "seeds": 5})
    assert harness.interval([2.0]) == {"mean": 2.0, "low": 2.0, "high": 2.0, "seeds": 1}


def test_intervals_go_figure_by_figure():
    found = harness.intervals([{"a": 1.0, "b": 5.0}, {"a": 3.0, "b": 5.0}])
    assert found["a"]["mean"] == 2.0
    assert found["b"] == {"mean": 5.0, "low": 5.0, "high": 5.0, "seeds": 2}


def test_figures_for_people():
    figure = {"mean": 88.123, "low": 87.623, "high": 88.623, "seeds": 5}
    assert harness.shown(figure) == "88.12 ± 0.50"
    assert harness.shown({**figure, "seeds": 1}, 1) == "88.1"
    assert [harness.shown(None), harness.shown(440_000, 0)] == ["–", "440,000"]


def test_a_table_is_aligned():
    text = harness.table(("row", "NLL"), [("ours", "8.1"), ("a longer one", "88.12")])
    assert text.splitlines() == [
        "row             NLL",
        "ours            8.1",
        "a longer one  88.12",
    ]


def test_the_command_line_prints_table_machine_and_one_object(monkeypatch, capsys):
    asked = []

    def measure(quick):
        asked.append(quick)
        return {"vae": {"nll": 88.0}}

    monkeypatch.setattr(sys, "argv", ["vae", "--json", "--quick"])
    assert harness.main("What it is.\nMore.", measure, lambda f: "the table", "less of it") == 0
    table, machine, figures = capsys.readouterr().out.splitlines()
    assert table == "the table"
    assert machine.startswith("machine: ")
    assert json.loads(figures) == {"vae": {"nll": 88.0}}
    assert asked == [True]


def test_help_says_what_it_is_and_measures_nothing(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["vae", "--help"])
    with pytest.raises(SystemExit) as leaving:
        harness.main("What it is.\nMore.", pytest.fail, pytest.fail, "less of it")
    out = capsys.readouterr().out
    assert leaving.value.code == 0
    assert "What it is." in out
    assert "less of it" in out
