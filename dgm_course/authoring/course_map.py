"""The map of the course: which idea leads to which, from sources/map.toml.

It is shown twice, as a drawing (`svg`) and as a list that says the same in words (`outline`).
"""

import graphlib
import tomllib
from dataclasses import dataclass
from pathlib import Path

from dgm_course.authoring.modules import load_modules
from dgm_course.authoring.problem import BuildError, Problem

FILE = "sources/map.toml"
LONGEST_LABEL = 24
PLANNED = "in the making"
_REQUIRED = {"module": int, "label": str, "text": str}


@dataclass(frozen=True)
class Idea:
    """One box of the map; `to` says for each idea it leads to (by name) why."""

    name: str
    module: int
    label: str
    text: str
    to: dict[str, str]


@dataclass(frozen=True)
class CourseMap:
    """Ideas in the order of their modules; `names` has the name of each module that exists."""

    titles: dict[int, str]
    ideas: tuple[Idea, ...]
    names: dict[int, str]

    def of(self, module: int) -> list[Idea]:
        """The ideas that a module introduces."""
        return [idea for idea in self.ideas if idea.module == module]

    def find(self, name: str) -> Idea:
        """The idea of that name."""
        return next(idea for idea in self.ideas if idea.name == name)

    def planned(self) -> set[int]:
        """The modules in the making."""
        return self.titles.keys() - self.names.keys()

    def edges(self) -> list[tuple[str, str]]:
        """(from, to) for every step of the map."""
        return [(idea.name, other) for idea in self.ideas for other in idea.to]


def load(root: Path) -> CourseMap:
    """The map; raises BuildError with everything that is wrong in the file."""
    try:
        raw = tomllib.loads((root / FILE).read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise BuildError([Problem(FILE, 0, str(error))]) from error
    titles = {int(number): title for number, title in raw.get("titles", {}).items()}
    tables = raw.get("idea", {})
    modules = load_modules(root)
    wrong = [message for name, table in tables.items() for message in _ill_formed(name, table)]
    wrong = wrong or _inconsistent(titles, tables, {m.number for m in modules})
    if wrong:
        raise BuildError(Problem(FILE, 0, message) for message in wrong)
    ideas = [Idea(name=name, **{"to": {}, **table}) for name, table in tables.items()]
    names = {m.number: m.name for m in modules}
    return CourseMap(titles, tuple(sorted(ideas, key=lambda idea: idea.module)), names)


def _ill_formed(name: str, table: dict) -> list[str]:
    """What one [idea.NAME] lacks, whatever the others say."""
    kinds = [key for key, kind in _REQUIRED.items() if not isinstance(table.get(key), kind)]
    unknown = sorted(table.keys() - _REQUIRED.keys() - {"to"})
    if kinds or unknown:
        return [f"{name}: missing or of the wrong type: {kinds}; unknown: {unknown}"]
    wrong = []
    if len(table["label"]) > LONGEST_LABEL:
        wrong.append(f"{name}: a label has at most {LONGEST_LABEL} characters")
    if not table["text"].endswith("."):
        wrong.append(f"{name}: the text is a sentence")
    silent = [other for other, why in table.get("to", {}).items() if not why]
    return wrong + [f"{name}: say why it leads to {other}" for other in silent]


def _inconsistent(titles: dict, tables: dict, modules: set[int]) -> list[str]:
    """Names that are no idea's, steps back in time, circles, ideas without a place."""
    wrong = [f"module {n:02d} has no title" for n in sorted(modules - titles.keys())]
    with_ideas = {table["module"] for table in tables.values()}
    wrong += [f"module {n:02d} has no idea" for n in sorted(titles.keys() - with_ideas)]
    steps = {name: table.get("to", {}).keys() for name, table in tables.items()}
    reached = {other for others in steps.values() for other in others}
    for name, table in tables.items():
        if table["module"] not in titles:
            wrong.append(f"{name}: there is no module {table['module']:02d}")
        if not steps[name] and name not in reached:
            wrong.append(f"{name}: leads nowhere and comes from nowhere")
        unknown = [other for other in steps[name] if other not in tables]
        wrong += [f"{name}: there is no idea {other}" for other in unknown]
        back = [o for o in steps[name] if o in tables and tables[o]["module"] < table["module"]]
        wrong += [f"{name}: leads back to {other}, of an earlier module" for other in back]
    try:
        tuple(graphlib.TopologicalSorter(steps).static_order())
    except graphlib.CycleError as error:
        wrong.append(f"a circle: {' → '.join(error.args[1][::-1])}")
    return wrong


def outline(course: CourseMap, lectures: str = "../lectures") -> str:
    """The map as a Markdown list: each module, its ideas, and what each leads to and why."""
    lines = []
    for number, title in sorted(course.titles.items()):
        own = course.names.get(number)
        name = f"[{title}]({lectures}/{own}.ipynb)" if own else f"{title} ({PLANNED})"
        lines.append(f"- **{number:02d}** {name}")
        for idea in course.of(number):
            lines.append(f"  - **{idea.label}.** {idea.text}")
            lines += [f"    - → {_place(course.find(o), number)}: {w}" for o, w in idea.to.items()]
    return "\n".join(lines)


def _place(idea: Idea, here: int) -> str:
    return idea.label if idea.module == here else f"{idea.label} ({idea.module:02d})"
