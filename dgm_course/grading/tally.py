"""A class counted: how each exercise went, which misconceptions are common."""

import hashlib
from collections import Counter

KINDS = ("right", "mixed up", "not attempted", "stopped", "otherwise wrong")
EMPTY = ("", hashlib.sha256(b"").hexdigest())


def graded(results: list[dict]) -> list[dict]:
    """The results whose notebook could be graded."""
    return [result for result in results if not result["problem"]]


def exercises(run: dict, results: list[dict]) -> list[dict]:
    """A row an exercise: the mean share of its points in percent, and how many of each kind."""
    rows = []
    for exercise in run["exercises"]:
        name, most = exercise["name"], exercise["points"]
        answers = [e for r in graded(results) for e in r["exercises"] if e["exercise"] == name]
        counts = Counter(map(_kind, answers))
        total, possible = sum(e["points"] for e in answers), most * len(answers)
        share = f"{100 * total / possible:.0f} %" if possible else "–"
        kinds = [counts[kind] for kind in KINDS]
        rows.append({"title": exercise["title"], "points": most, "share": share, "kinds": kinds})
    return rows


def _kind(exercise: dict) -> str:
    if exercise["state"] == "right":
        return "right"
    if exercise["mixup"]:
        return "mixed up"
    if exercise["ended"] not in ("", "missing"):
        return "stopped"
    return "not attempted" if _is_open(exercise) else KINDS[-1]


def _is_open(exercise: dict) -> bool:
    return exercise["state"] == "not_attempted" or exercise["ended"] == "missing"


def mixups(run: dict, results: list[dict]) -> list[dict]:
    """The misconceptions recognised, the commonest first: exercise, sentence, who and how many."""
    who: dict[tuple[str, str], list[str]] = {}
    for result in results:
        for e in result["exercises"]:
            who.setdefault((e["exercise"], e["mixup"]), []).append(result["student"])
    order = {exercise["name"]: i for i, exercise in enumerate(run["exercises"])}
    found = [(*key, students) for key, students in who.items() if key[1] and key[0] in order]
    found.sort(key=lambda row: (-len(row[2]), order[row[0]], row[1]))
    titles = {exercise["name"]: exercise["title"] for exercise in run["exercises"]}
    says = run["misconceptions"]
    return [
        {"title": titles[name], "says": says.get(name, {}).get(mixup, mixup), "students": students}
        | {"count": len(students)}
        for name, mixup, students in found
    ]


def same_files(results: list[dict]) -> list[list[str]]:
    """The students of each notebook that more than one handed in, byte for byte."""
    who: dict[str, list[str]] = {}
    for result in results:
        if result["sha256"] not in EMPTY:
            who.setdefault(result["sha256"], []).append(result["student"])
    return sorted(students for students in who.values() if len(students) > 1)
