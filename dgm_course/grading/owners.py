"""Whose a file is, and which attempt, from names alone: what each LMS writes, and plain names."""

import re
import unicodedata
from dataclasses import dataclass

SEP = r"[\s_.\-–]"
CLOCK = r"[T_ -]+\d\d[-:.h]?\d\d(?:[-:.]?\d\d)?"
DATE = re.compile(rf"(?<!\d)(\d{{4}}-\d\d-\d\d(?:{CLOCK})?|20\d{{12}})(?!\d)")
WORD = re.compile(rf"(?i)(?:attempt|version|versuch|submission|try){SEP}*(\d{{1,3}})$")
NUMBER = re.compile(r"(?:[-_ ]+v?(\d{1,3})|\s*\((\d{1,3})\))$")
NOTEBOOK = re.compile(r"(?i).*\.ipynb(\.txt|\.json)?", re.DOTALL)  # endings that browsers add
COPY = re.compile(r"(?i)-?(copy|kopie|old|new|final|backup|draft|version|solved|mine)[\W_]*\d*")
PARTS = r"submitted|submissions?|labs?|work|backup|solutions|lectures|data|\d{1,3}"
FILE = re.compile(r"(?i)(\.ipynb(\.txt|\.json)?|\.tar\.gz|\.[a-z0-9]{1,5})$")
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
LMS = {
    "moodle": r"(?P<name>.+)_(?P<id>\d+)_assignsubmission_[a-z]+(?:_(?P<rest>.*))?",
    "blackboard": r"(?P<task>.+)_(?P<name>[^_]+)_attempt_"
    r"(?P<date>\d{4}(?:-\d\d){5})(?:_(?P<rest>.+))?(?(rest)|(?:\.txt)?)",
    "canvas, anonymous": r"(?P<name>anon)(?P<late>_LATE)?_(?P<id>\w{5})_(?P<number>\d+)_"
    r"(?P<rest>.+)",
    "canvas": r"(?P<name>.+?)(?P<late>_LATE)?_(?P<id>\d+)_"
    r"(?:(?P<number>\d+)_(?P<rest>.+)|text\.html)",
    "brightspace": r"(?P<id>\d+)-\d+ - (?P<name>.+?) - (?P<when>[A-Za-z]{3,9} \d\d?, \d{4},? "
    r"\d{3,4} [AP]M)(?: - (?P<rest>.+))?",
    "nbgrader": r"(?P<name>[^+]+)\+[^+]+\+(?P<date>\d{4}-\d\d-\d\d[ T_-][^+]+)(?:\+.*)?",
}
LMS = {lms: re.compile(pattern, re.DOTALL) for lms, pattern in LMS.items()}


@dataclass(frozen=True)
class Owner:
    """A student as a name tells it; equal keys are one student."""

    key: tuple[str, ...]
    shown: str
    known: bool  # an LMS wrote the name, or it says both lab and student
    rest: str = ""  # what remains of the name: the student's own file name
    date: str = ""
    number: int = 0
    id: str = ""  # that the LMS gives to the student
    late: bool = False

    @property
    def by_lms(self) -> bool:
        """Whether an LMS wrote the name."""
        return len(self.key) > 1


def owner(name: str, lab: str, folder: bool = False) -> Owner:
    """Whose a file or folder of this name is, which lies where the students' folders lie."""
    name = unicodedata.normalize("NFC", name)
    for lms, pattern in LMS.items():
        if match := pattern.fullmatch(name):
            return _of_lms(lms, match.groupdict(), folder)
    whole = name if folder else FILE.sub("", name) or name
    plain = _without_attempt(whole)
    match = re.search(_lab_pattern(lab), plain, re.IGNORECASE)
    if not match:
        return Owner((plain,), plain, False, whole.replace(plain, "", 1))
    before, after = plain[: match.start()], plain[match.end() :]
    after = "" if NUMBER.fullmatch(after) else re.sub(r"\s*\(\d{1,3}\)$", "", after)
    left = " ".join(part for part in (_bare(before), _bare(after)) if part)
    left = left if _bare(left) else ""
    # A file that is named as the lab and nothing else says nothing of whose it is: never merged.
    return Owner((left or whole,), left or whole, bool(left), whole.replace(left, "", 1))


def attempt(parts: tuple[str, ...], whose: Owner) -> tuple[tuple[str, ...], str, tuple[int, ...]]:
    """What a file is without marks of attempts, its date ("" if none) and the attempts' numbers.

    Only files that are the same without the marks are attempts of each other by their numbers.
    """
    names = [unicodedata.normalize("NFC", p).casefold() for p in (whose.rest, *parts)]
    names = [FILE.sub("", name) for name in names]
    dates = [whose.date, *(_digits(m) for name in names for m in DATE.findall(name))]
    numbers, bare = [whose.number], []
    for name in names:
        name = DATE.sub("", name)
        found = WORD.search(name) or NUMBER.search(name) or re.fullmatch("([1-9][0-9]?)", name)
        numbers.append(int(next(filter(None, found.groups()), 0)) if found else 0)
        bare.append(_bare(name[: found.start()] if found else name))
    return tuple(bare), max(dates), tuple(numbers)


def is_notebook(name: str) -> bool:
    """Whether a file is a notebook by its name."""
    return bool(NOTEBOOK.fullmatch(name))


def own_name(path: str, lab: str) -> str:
    """The student's own name for the file at a path, without what an LMS wrote before it."""
    name = path.split("/")[-1]
    whose = owner(name, lab)
    return whose.rest if whose.by_lms and whose.rest else name


def is_attempt(name: str) -> bool:
    """Whether a folder's name is that of an attempt: a number, a date, or a name with one."""
    marks = (WORD.search(name), DATE.search(name), re.fullmatch(r"\d{1,3}", name))
    return any(marks)


def is_part(name: str, lab: str) -> bool:
    """Whether a folder of this name is an attempt, a lab or a collection, not a student."""
    plain = FILE.sub("", name)
    plain = _bare(NUMBER.sub("", DATE.sub("", WORD.sub("", plain))))
    return not plain or bool(re.fullmatch(rf"{PARTS}|{_lab_pattern(lab)}", plain, re.IGNORECASE))


def _of_lms(lms: str, found: dict, folder: bool) -> Owner:
    name, number = found["name"], found.get("id") or ""
    date = _digits(found.get("date") or "") or _american(found.get("when") or "")
    # Blackboard's own name of the lab may end in a part of a user name: all of it tells students
    # apart. Canvas and Moodle number people: the number is kept, as two may have one name.
    key = (lms, found.get("task") or "", name, number)
    shown = f"{name} ({number})" if number else name
    sent, late = int(found.get("number") or 0), bool(found.get("late"))
    return Owner(
        key, shown, True, "" if folder else found.get("rest") or "", date, sent, number, late
    )


def _lab_pattern(lab: str) -> str:
    """The lab's name with any separators, or "lab" with or without its number."""
    number, *words = re.split(r"[_\-\s]+", lab)
    short = number.lstrip("0") or "0"
    named = f"{SEP}+".join([f"0*{re.escape(short)}", *map(re.escape, words)])
    return rf"(?:^|(?<={SEP}))(?:{named}|lab{SEP}*0*{re.escape(short)}|lab)(?=$|{SEP}|\()"


def _without_attempt(name: str) -> str:
    """Without an attempt or a date in words at the end: a bare number may be part of a name."""
    for pattern in (WORD, re.compile(DATE.pattern + "$")):
        shorter = _bare(pattern.sub("", name)) if pattern.search(name) else name
        name = shorter or name
    return name


def _bare(name: str) -> str:
    return re.sub(rf"{SEP}+$", "", re.sub(r"^[\s_–]+|^-+\s", "", name))


def _digits(date: str) -> str:
    return re.sub(r"\D", "", date)


def _american(when: str) -> str:
    """Digits that sort by time from "Nov 20, 2026 1030 AM"."""
    if not when:
        return ""
    month, day, year, clock, half = when.replace(",", "").split()
    number = 1 + MONTHS.index(month[:3].casefold()) if month[:3].casefold() in MONTHS else 0
    hour = int(clock[:-2]) % 12 + 12 * (half == "PM")
    return f"{year}{number:02}{int(day):02}{hour:02}{clock[-2:]}"
