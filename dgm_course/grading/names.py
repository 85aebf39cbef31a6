"""File names from students' names: readable, safe on every system, no two alike."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

LONGEST = 80
LONGEST_BYTES = 200  # a file system allows 255, the ending and a temporary name included
RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\..*)?", re.I)
PLAIN = "-_.,@+"


def file_names(students: Iterable[str]) -> dict[str, str]:
    """A name without ending for each student, whatever the order; alike ones get a suffix.

    Names that differ in case or in Unicode form only are alike: some disks take them for one.
    """
    digits = {student: 0 if _slug(student)[1] else 8 for student in students}
    while True:
        names = {student: _name(student, n) for student, n in digits.items()}
        counts = Counter(map(_folded, names.values()))
        alike = [student for student, name in names.items() if counts[_folded(name)] > 1]
        if not alike:
            return names
        digits |= {student: digits[student] + 8 for student in alike}


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def _name(student: str, digits: int) -> str:
    slug, _ = _slug(student)
    if not digits:
        return slug
    suffix = hashlib.sha256(student.encode("utf8", "surrogatepass")).hexdigest()[:digits]
    return f"{_cut(slug, digits + 1)}-{suffix}"


def _slug(student: str) -> tuple[str, bool]:
    """The readable part, and whether it says the whole name; a space becomes an underscore."""
    whole = unicodedata.normalize("NFC", student).replace(" ", "_")
    safe = "".join(c if _is_plain(c) else "_" for c in whole).lstrip("._-").rstrip("._")
    slug = _cut(safe, 0) or "student"
    if RESERVED.fullmatch(slug):
        slug = f"student_{slug}"
    return slug, slug == whole


def _is_plain(c: str) -> bool:
    return c in PLAIN or unicodedata.category(c)[0] in "LM" or unicodedata.category(c) == "Nd"


def _cut(slug: str, room: int) -> str:
    """At most LONGEST characters and LONGEST_BYTES bytes, `room` of them left free."""
    room = min(room, 65)
    cut = slug[: LONGEST - room].encode()[: LONGEST_BYTES - room].decode(errors="ignore")
    return cut.rstrip("._")
