"""Run the notebooks of students and collect what their checks say, as `dgm check` shows it."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from dgm_course.commands.course import UserError, relative
from dgm_course.commands.lab_cells import expected, find_original, reason, title
from dgm_course.commands.run_notebook import TIMEOUT, execute, read

MIMETYPE = "application/vnd.dgm.check+json"
SCHEMA_VERSION = 1
NO_CHECK = "no_check"


@dataclass(frozen=True)
class Outcome:
    """How one exercise stands; `sentence` is the first thing that does not hold.

    Where the check did not run, it is the reason.
    """

    exercise: str
    title: str
    state: str
    points: float
    max_points: float
    sentence: str


@dataclass
class Checked:
    """How one notebook stands.

    `problem` is why it could not be read or run to its end, `note` the first error in a cell.
    """

    path: str
    exercises: list[Outcome] = field(default_factory=list)
    problem: str = ""
    note: str = ""

    @property
    def is_right(self) -> bool:
        """Whether it ran and every exercise in it is right."""
        return not self.problem and all(e.state == "right" for e in self.exercises)

    def json(self) -> dict:
        """The notebook as plain data."""
        points, most = score([self])
        plain = [asdict(outcome) for outcome in self.exercises]
        return {
            "path": self.path,
            "right": self.is_right,
            "problem": self.problem,
            "note": self.note,
            "points": points,
            "max_points": most,
            "exercises": plain,
        }


def score(checked: Iterable[Checked]) -> tuple[float, float]:
    """Points reached, and points to reach."""
    outcomes = [outcome for notebook in checked for outcome in notebook.exercises]
    return sum(e.points for e in outcomes), sum(e.max_points for e in outcomes)


def as_json(checked: list[Checked]) -> str:
    """All notebooks as one JSON object; its keys are those of SCHEMA_VERSION for good."""
    points, most = score(checked)
    content = {
        "version": SCHEMA_VERSION,
        "right": all(notebook.is_right for notebook in checked),
        "points": points,
        "max_points": most,
        "notebooks": [notebook.json() for notebook in checked],
    }
    return json.dumps(content, indent=2, ensure_ascii=False)


def find(names: Iterable[str], course: Path) -> list[Path]:
    """The notebooks meant by paths or by labs' numbers and names; all in work/ for none.

    Raises UserError for one that does not exist.
    """
    own = sorted((course / "work").glob("*.ipynb"))
    chosen = [_find(name, own) for name in names]
    if not chosen and not own:
        raise UserError("There is no notebook in work/ yet: run `dgm start` first.")
    return chosen or own


def _find(name: str, own: list[Path]) -> Path:
    path = Path(name)
    if path.is_file():
        return path
    number = name.zfill(2) if name.isdigit() else name
    for notebook in own:
        if number in (notebook.stem, *notebook.stem.split("_", 1)):
            return notebook
    raise UserError(f"There is no notebook {name!r}, neither here nor in work/; see `dgm start`.")


def check(path: Path, course: Path, timeout: float = TIMEOUT) -> Checked:
    """Run one notebook, with `timeout` seconds a cell, and collect its checks' reports."""
    result = Checked(relative(path, course))
    notebook, result.problem = read(path)
    if notebook is not None:
        result.problem, result.note = execute(notebook, path.resolve().parent, timeout)
        reports = _reports(notebook)
        original = find_original(notebook, reports, path, course / "labs")
        result.exercises = collect(notebook, original or notebook, reports)
    return result


def _reports(notebook) -> dict[str, Outcome]:
    """What the checks in a notebook reported; the last run of a check counts."""
    reports = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            report = output.get("data", {}).get(MIMETYPE)
            if isinstance(report, dict) and "exercise" in report:
                reports[report["exercise"]] = _outcome(report)
    return reports


def collect(notebook, original, reports: dict[str, Outcome]) -> list[Outcome]:
    """How each exercise stands, in the original's order."""
    asked = expected(original)
    missing = [
        Outcome(name, title(name, original), NO_CHECK, 0, points, reason(name, notebook))
        for name, points in asked.items()
        if name not in reports
    ]
    order = list(asked)
    found = [*reports.values(), *missing]
    return sorted(found, key=lambda o: order.index(o.exercise) if o.exercise in order else 999)


def _outcome(report: dict) -> Outcome:
    """A check's own report, shortened to its first failing sentence."""
    failing = [line["text"] for line in report.get("lines", []) if not line["holds"]]
    return Outcome(
        report["exercise"],
        report.get("title", report["exercise"]),
        report["state"],
        report["points"],
        report["max_points"],
        failing[0] if failing else "",
    )
