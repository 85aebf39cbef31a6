"""File names from students' names: readable, safe on every system, never two alike."""

import itertools
import re
import unicodedata

import pytest

from dgm_course.grading.names import file_names

ODD = [
    "../../x",
    "/etc/passwd",
    "C:\\autoexec.bat",
    "CON",
    "con",
    "aux.txt",
    "LPT¹",
    "x" * 300,
    "字" * 300,
    "𠀀" * 300,
    "😀",
    "😀😀",
    "",
    ".",
    "..",
    ".hidden",
    "-rf",
    "a\x00b",
    "a\nb",
    'q"<>|?*:',
    "trailing. ",
    "Ann",
    "ann",
    "Straße",
    "STRASSE",
    "é",
    "e\u0301",
    "Jane Doe",
    "Jane_Doe",
    "\ud800",
]
WINDOWS = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.I)


def test_a_usual_name_stays_as_it_is():
    students = ["Zoë Müller", "李小龍", "अमिता", "jane@uni.edu", "s1234567", "Doe, Jane"]
    names = file_names(students)
    assert [names[s] for s in students] == [s.replace(" ", "_") for s in students]


@pytest.mark.parametrize("student", ODD)
def test_an_odd_name_is_safe_on_every_system(student):
    name = file_names([student])[student]
    assert 1 <= len(name) <= 80 and len(name.encode()) <= 200
    assert not set(name) & set('/\\:*?"<>|\x00\n ')
    assert name[0] not in ".-" and name[-1] not in ". "
    assert not WINDOWS.fullmatch(name)
    assert name == unicodedata.normalize("NFC", name)


def test_no_two_files_are_alike_on_a_disk_that_ignores_case_and_unicode_form():
    names = file_names(ODD)
    folded = [unicodedata.normalize("NFKC", name).casefold() for name in names.values()]
    assert len(set(folded)) == len(ODD)


def test_a_name_made_to_look_like_another_ones_suffix_gets_its_own():
    taken = file_names(["a/b"])["a/b"]
    names = file_names(["a/b", taken])
    assert names["a/b"] != names[taken]


def test_the_order_of_the_class_does_not_matter():
    some = ["Ann", "ann", "../../x", "Bo"]
    assert len({tuple(sorted(file_names(p).items())) for p in itertools.permutations(some)}) == 1
