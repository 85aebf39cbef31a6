"""The course's modules as data, from sources/modules.toml: what tables and start pages say."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from dgm_course.authoring.problem import BuildError, Problem

FILE = "sources/modules.toml"
_PICTURE = {"alt", "caption"}
_REQUIRED = {
    "number": int,
    "name": str,
    "title": str,
    "question": str,
    "decks": list,
    "papers": list,
    "package": list,
}


@dataclass(frozen=True)
class Paper:
    """What to cite, and where it is."""

    text: str
    link: str


@dataclass(frozen=True)
class Deck:
    """Slides that a lecture follows; `year` is 0 where the slides do not say."""

    key: str
    author: str
    title: str
    year: int = 0


@dataclass(frozen=True)
class Picture:
    """A figure of the lecture that shows what is made: words of its text alternative, a caption."""

    alt: str
    caption: str


@dataclass(frozen=True)
class Module:
    """One module; `package` names files relative to dgm_course/."""

    number: int
    name: str
    title: str
    question: str
    decks: tuple[Deck, ...]
    papers: tuple[Paper, ...]
    package: tuple[str, ...]
    picture: Picture | None = None

    @property
    def lecture(self) -> str:
        return f"lectures/{self.name}.ipynb"

    @property
    def lab(self) -> str:
        return f"labs/{self.name}.ipynb"

    @property
    def solution(self) -> str:
        return f"solutions/{self.name}.ipynb"


def load_modules(root: Path) -> list[Module]:
    """All modules by number; raises BuildError with everything that is wrong in the file."""
    path = root / FILE
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise BuildError([Problem(FILE, 0, str(error))]) from error
    decks, tables = raw.get("deck", {}), raw.get("module", [])
    wrong = [message for table in tables for message in _wrong(table, decks, root)]
    numbers = [table.get("number") for table in tables]
    if not wrong and (numbers != sorted(set(numbers))):
        wrong.append("modules are listed once each, by number")
    if wrong:
        raise BuildError(Problem(FILE, 0, message) for message in wrong)
    return [_module(table, decks) for table in tables]


def _module(table: dict, decks: dict) -> Module:
    named = tuple(Deck(key, **decks[key]) for key in table["decks"])
    papers = tuple(Paper(**paper) for paper in table["papers"])
    parts = {"decks": named, "papers": papers, "package": tuple(table["package"])}
    if "picture" in table:
        parts["picture"] = Picture(**table["picture"])
    return Module(**{**table, **parts})


def _wrong(table: dict, decks: dict, root: Path) -> list[str]:
    """What one [[module]] lacks or gets wrong."""
    name = table.get("name", "a module")
    kinds = [key for key, kind in _REQUIRED.items() if not isinstance(table.get(key), kind)]
    unknown = sorted(table.keys() - _REQUIRED - {"picture"})
    if kinds or unknown:
        return [f"{name}: missing or of the wrong type: {kinds}; unknown: {unknown}"]
    wrong = []
    if not name.startswith(f"{table['number']:02d}_"):
        wrong.append(f"{name}: the name starts with its number, {table['number']:02d}_")
    wrong += [f"{name}: no [deck.{key}]" for key in table["decks"] if key not in decks]
    for paper in table["papers"]:
        if set(paper) != {"text", "link"} or not str(paper["link"]).startswith("https://"):
            wrong.append(f"{name}: a paper is {{ text = …, link = https://… }}, not {paper}")
    if "picture" in table and set(table["picture"]) != _PICTURE:
        wrong.append(f"{name}: a picture is {{ alt = …, caption = … }}, not {table['picture']}")
    missing = [f for f in table["package"] if not (root / "dgm_course" / f).is_file()]
    return wrong + [f"{name}: there is no dgm_course/{file}" for file in missing]
