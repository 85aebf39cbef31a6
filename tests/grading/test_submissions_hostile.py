"""Files and archives that try to reach, stop or swell the grader cost their student only."""

import io
import os
import pickle
import random
import socket
import tracemalloc
import warnings
import zipfile

import pytest

from dgm_course.grading import archives, submissions
from dgm_course.grading.problem import GradingError
from dgm_course.grading.submissions import find
from tests.grading.submission_files import EXERCISES, GOOD, LAB, NB, notebook, write, zipped


def jane(folder):
    """Jane's submission, in a class in which Bob's is as good as ever."""
    write(folder, {f"bob/{NB}": GOOD})
    bob, one = find(folder, LAB, EXERCISES)
    assert bob.read() == GOOD
    return one


def said(one):
    """The sentence for a submission that cannot be graded, whenever that is noticed."""
    if one.problem:
        return one.problem
    with pytest.raises(GradingError) as caught:
        one.read()
    return str(caught.value)


@pytest.mark.skipif(os.name == "nt", reason="making links takes rights on Windows")
@pytest.mark.parametrize("name", [f"jane/{NB}", "jane", f"jane_{NB}", "jane.zip", "jane/w.zip"])
def test_symbolic_links_are_not_followed(tmp_path, name):
    secret = write(tmp_path / "secret", {NB: GOOD})
    link = tmp_path / "class" / name
    link.parent.mkdir(parents=True)
    link.symlink_to(secret if name == "jane" else secret / NB)
    assert "symbolic link, which is not followed" in said(jane(tmp_path / "class"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
@pytest.mark.parametrize("kind", ["pipe", "socket"])
def test_only_regular_files_are_opened(tmp_path, kind, monkeypatch):
    (tmp_path / "jane").mkdir()
    monkeypatch.chdir(tmp_path / "jane")
    if kind == "pipe":
        os.mkfifo(NB)
    else:
        socket.socket(socket.AF_UNIX).bind(NB)
    assert "not a regular file" in said(jane(tmp_path))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_a_file_swapped_for_a_pipe_or_a_link_after_the_listing_is_refused(tmp_path):
    write(tmp_path, {f"jane/{NB}": GOOD})
    one, path = jane(tmp_path), tmp_path / "jane" / NB
    path.unlink()
    os.mkfifo(path)
    assert "not a regular file" in said(one)
    path.unlink()
    path.symlink_to(tmp_path / "bob" / NB)
    assert "cannot be read" in said(one)


def test_a_large_notebook_is_refused_and_told_how_to_shrink(tmp_path):
    large = b" " * (20 * 2**20 + 1)
    folder = write(tmp_path, {f"jane/{NB}": large, f"bob/{NB}": GOOD, "eve.zip": {NB: large},
                              "max.zip": {NB: large[1:]}})  # fmt: skip
    _, eve, one, largest = find(folder, LAB, EXERCISES)
    for each in (one, eve):
        assert archives.TOO_LARGE in said(each)
        assert each.problem.startswith(f"{NB} cannot be graded: ")
    assert len(largest.read()) == 20 * 2**20


def test_a_zip_bomb_that_hides_its_size_is_read_up_to_the_limit(tmp_path):
    bomb = bytearray(zipped({NB: b" " * (200 * 2**20)}))
    true, small = (200 * 2**20).to_bytes(4, "little"), (1000).to_bytes(4, "little")
    for hidden in (bytes(bomb), bytes(bomb.replace(true, small))):
        write(tmp_path, {"jane.zip": hidden})
        tracemalloc.start()
        assert "cannot be graded: " in said(jane(tmp_path))
        assert tracemalloc.get_traced_memory()[1] < 60 * 2**20
        tracemalloc.stop()


def test_a_bomb_of_a_zip_inside_a_zip_is_refused(tmp_path):
    write(tmp_path, {"jane.zip": {"inner.zip": b" " * (101 * 2**20)}})
    assert "larger than 100 MB" in said(jane(tmp_path))


def test_four_zip_files_in_each_other_are_too_many(tmp_path):
    write(tmp_path, {"jane.zip": {"a.zip": {"b.zip": {"c.zip": {NB: GOOD}}}}})
    assert "a zip file inside three others" in said(jane(tmp_path))


def patched(data, *changes):
    """A zip file with bytes changed in each local and central header of its members."""
    data = bytearray(data)
    for signature, offset, value in changes:
        data[data.index(signature) + offset] = value
    return bytes(data)


HEADERS = {
    "encrypted": ((b"PK\1\2", 8, 1), (b"PK\3\4", 6, 1)),
    "packed in a way": ((b"PK\1\2", 10, 99), (b"PK\3\4", 8, 99)),
    "damaged": ((b"PK\1\2", 16, 0), (b"PK\1\2", 17, 0)),
}


@pytest.mark.parametrize("words, changes", HEADERS.items(), ids=HEADERS)
def test_members_that_cannot_be_unpacked_get_a_sentence(tmp_path, words, changes):
    write(tmp_path, {"jane.zip": patched(zipped({NB: GOOD}), *changes)})
    assert words in said(jane(tmp_path))


@pytest.mark.parametrize("data", [b"", b"no zip", zipped({NB: GOOD})[:-30], GOOD])
def test_a_broken_zip_file_costs_its_student_only(tmp_path, data):
    write(tmp_path, {"jane.zip": data})
    assert "jane.zip was not opened" in said(jane(tmp_path))


def test_a_thousand_damaged_zip_files_never_stop_the_listing(tmp_path):
    chance, whole = random.Random(0), zipped({NB: GOOD, "w.zip": {"x.ipynb": GOOD}})
    for _ in range(1000):
        data = bytearray(whole[: chance.choice([len(whole), chance.randrange(1, len(whole))])])
        for _ in range(chance.randrange(1, 8)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        write(tmp_path, {"jane.zip": bytes(data), f"bob/{NB}": GOOD})
        bob, one = find(tmp_path, LAB, EXERCISES)
        assert bob.read() == GOOD
        try:
            one.read()
        except GradingError as error:
            assert str(error).endswith(".")


def test_names_that_lead_out_of_the_archive_are_not_read(tmp_path):
    write(tmp_path / "class", {"jane.zip": {f"../bob/{NB}": notebook("kl")}})
    one = jane(tmp_path / "class")
    assert "its name leads out of its folder" in said(one)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["class"]


@pytest.mark.parametrize("name", [f"/etc/{NB}", f"C:\\work\\{NB}", f"./a//{NB}", "x/" * 5000 + NB])
def test_absolute_and_odd_names_are_labels_only(tmp_path, name):
    write(tmp_path, {"jane.zip": {name: GOOD}})
    one = jane(tmp_path)
    assert one.read() == GOOD
    assert one.file.startswith("jane.zip/")


def test_of_two_members_with_one_name_the_last_counts_as_when_it_is_unpacked(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive.writestr(NB, notebook(*EXERCISES, mark="first"))
        archive.writestr(NB, notebook(*EXERCISES, mark="last"))
    write(tmp_path, {"jane.zip": buffer.getvalue()})
    assert b"last" in jane(tmp_path).read()


def test_thousands_of_members_are_looked_at_up_to_a_limit(tmp_path):
    files = {f"d/{i}.png": b"x" for i in range(submissions.FILES + 10)}
    write(tmp_path, {"jane.zip": {**files, NB: GOOD}})
    one = jane(tmp_path)
    assert one.read() == GOOD
    assert one.notes == (f"Only the first {submissions.FILES} files were looked at.",)


def test_a_list_of_members_that_would_fill_the_memory_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "DIRECTORY", 70_000)
    write(tmp_path, {"jane.zip": {f"{i:0100}.png": b"x" for i in range(1000)}})
    assert "lists too many files" in said(jane(tmp_path))


def test_many_notebooks_and_zip_files_of_one_student_are_read_up_to_a_limit(tmp_path):
    write(tmp_path, {f"jane/{i}.ipynb": GOOD for i in range(100)})
    write(tmp_path, {f"jane/{i:03}.zip": {NB: GOOD} for i in range(30)})
    one = jane(tmp_path)
    assert one.file.endswith(f".zip/{NB}")
    assert "there are more than 20 zip files" in " ".join(one.notes)
    assert "120 notebooks were handed in" in one.notes[0]


def test_files_that_may_not_be_read_get_a_sentence(tmp_path, monkeypatch):
    write(tmp_path, {f"jane/{NB}": GOOD})
    one = jane(tmp_path)

    def refuse(path, flags):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(archives.os, "open", refuse)
    assert said(one) == f"{NB} cannot be graded: it cannot be read: permission denied."


def test_the_listing_reads_no_notebook_and_submissions_travel(tmp_path, monkeypatch):
    write(tmp_path, {f"jane/{NB}": GOOD})
    monkeypatch.setattr(archives, "read", None)
    monkeypatch.setattr("dgm_course.grading.choosing.read", None)
    one = find(tmp_path, LAB, EXERCISES)
    assert pickle.loads(pickle.dumps(one)) == one


def test_names_are_shown_without_escapes_and_stay_apart(tmp_path):
    write(tmp_path, {f"ja\x1b[31mne/{NB}": GOOD, f"ja\u202ene/{NB}": GOOD, f"jane/{NB}": GOOD})
    students = [s.student for s in find(tmp_path, LAB, EXERCISES)]
    assert len(students) == 3
    assert all(s.isprintable() for s in students)


@pytest.mark.skipif(os.name != "posix", reason="names are text here")
def test_names_that_are_no_text_are_found_and_shown(tmp_path):
    os.makedirs(os.fsencode(tmp_path) + b"/\xff\xfe")
    (tmp_path / os.fsdecode(b"\xff\xfe") / NB).write_bytes(GOOD)
    bob = write(tmp_path, {f"bob/{NB}": GOOD})
    every = find(bob, LAB, EXERCISES)
    assert len(every) == 2
    assert [s.read() for s in every] == [GOOD, GOOD]
    assert all(s.file.encode() and s.student.encode() for s in every)


def test_utf8_names_that_macos_does_not_mark_are_read_as_utf8(tmp_path):
    data = zipped({f"Josea/{NB}": GOOD, f"bob/{NB}": GOOD}).replace(b"Josea", "José".encode())
    (tmp_path / "all.zip").write_bytes(data)
    assert [s.student for s in find(tmp_path / "all.zip", LAB, EXERCISES)] == ["José", "bob"]
