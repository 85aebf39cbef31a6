"""What is fetched is right, or an error says what to do: against a real server on this computer."""

import hashlib
import os
import stat
import time
from base64 import b64encode
from io import BytesIO
from pathlib import Path

import pooch
import pytest
import requests
import urllib3
from loopback import BODY, SHA256, file_at, left

from dgm_course.data import download, transfer
from dgm_course.data.download import DownloadError, File, fetch, folder, is_here


def test_a_file_is_fetched_once_and_kept(server, x, folder):
    path = fetch(file_at(x))
    assert (path, path.read_bytes()) == (folder / "set" / "x.gz", BODY)
    assert fetch(file_at(x)) == path
    assert len(server.requests) == 1 and left(folder) == ["set/x.gz"]


def test_without_a_variable_the_folder_is_the_systems_cache(folder, monkeypatch):
    monkeypatch.delenv("DGM_DATA")
    assert download.folder() == Path(pooch.os_cache("dgm_course")).absolute()


def test_the_folder_may_begin_with_a_tilde(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("DGM_DATA", "~/data")
    assert folder() == tmp_path / "data"


def test_a_file_placed_by_hand_is_used_without_a_request(server, x, folder):
    (folder / "set").mkdir(parents=True)
    (folder / "set" / "x.gz").write_bytes(BODY)
    assert fetch(file_at(x)).read_bytes() == BODY
    assert server.requests == []


@pytest.mark.skipif(os.name == "nt" or not hasattr(os, "geteuid"), reason="needs POSIX permissions")
def test_a_right_file_in_a_folder_that_cannot_be_written_is_used(folder):
    (folder / "set").mkdir(parents=True)
    (folder / "set" / "x.gz").write_bytes(BODY)
    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        assert fetch(file_at()).read_bytes() == BODY
    finally:
        folder.chmod(stat.S_IRWXU)


@pytest.mark.parametrize("wrong", [BODY[:-1], BODY + b"\0", BODY[:-1] + b"\0", b""])
def test_a_wrong_file_placed_by_hand_is_replaced(server, x, folder, wrong):
    (folder / "set").mkdir(parents=True)
    (folder / "set" / "x.gz").write_bytes(wrong)
    assert not is_here(file_at(x))
    assert fetch(file_at(x)).read_bytes() == BODY


def test_a_wrong_file_stays_until_a_right_one_replaces_it(server, folder):
    (folder / "set").mkdir(parents=True)
    (folder / "set" / "x.gz").write_bytes(b"mine")
    with pytest.raises(DownloadError, match="The file that lies there now is another one"):
        fetch(file_at(server.url("nothing")))
    assert (folder / "set" / "x.gz").read_bytes() == b"mine"


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"status": 404}, "answers 404 Not Found"),
        ({"status": 403}, "answers 403 Forbidden"),
        ({"body": b"<html>log in first</html>"}, r"has a file of 25 bytes instead of 256000"),
        ({"body": b"\1" + BODY[1:]}, "sends another file: its SHA-256 is [0-9a-f]{64}"),
        ({"body": BODY + b"more", "chunked": True}, "sends more than 256000 bytes"),
        ({"body": BODY[:-1], "chunked": True}, "sends another file"),
    ],
)
def test_the_next_mirror_is_asked_when_one_has_no_such_file(server, x, folder, fault, reason):
    server.fail("first", *[fault] * 5)
    assert fetch(file_at(server.url("first"), x)).read_bytes() == BODY
    assert [path for path, _ in server.requests] == ["first", "x.gz"]
    assert left(folder) == ["set/x.gz"]
    server.fail("first", *[fault] * 5)
    (folder / "set" / "x.gz").unlink()
    with pytest.raises(DownloadError, match=rf"/first {reason}"):
        fetch(file_at(server.url("first")))


def test_the_next_mirror_is_asked_when_one_cannot_be_reached(server, x):
    dead = "http://127.0.0.1:9/x.gz"  # the port of the discard service: nobody listens
    assert fetch(file_at(dead, x)).read_bytes() == BODY


def test_a_busy_server_is_asked_again(server, x):
    server.fail("x.gz", {"status": 503}, {"status": 500}, {"status": 429})
    assert fetch(file_at(x)).read_bytes() == BODY
    assert len(server.requests) == 4


def test_a_busy_server_is_given_up_after_some_attempts(server, x):
    server.fail("x.gz", *[{"status": 503}] * 9)
    with pytest.raises(DownloadError, match="answers 503 Service Unavailable"):
        fetch(file_at(x))
    assert len(server.requests) == download.ATTEMPTS


def test_waiting_doubles_between_attempts(server, x, monkeypatch):
    waited = []
    monkeypatch.setattr(download, "PAUSE", 0.5)
    monkeypatch.setattr(download.time, "sleep", waited.append)
    server.fail("x.gz", {"status": 503}, {"status": 503}, {"status": 503})
    fetch(file_at(x))
    assert waited == [0.5, 1, 2]


def test_a_redirect_is_followed_and_a_circle_is_not(server, x):
    server.fail("old", {"location": x})
    assert fetch(file_at(server.url("old"))).read_bytes() == BODY
    server.fail("circle", *[{"location": server.url("circle")}] * 40)
    other = File("set/y.gz", (server.url("circle"),), len(BODY), SHA256)
    with pytest.raises(DownloadError, match="/circle leads in a circle"):
        fetch(other)


@pytest.mark.parametrize("way", ["http", "http https", "https http"])
def test_a_redirect_away_from_encryption_is_refused(way, monkeypatch, folder):
    def get(url, **options):
        *before, last = (_answer(f"{scheme}://b/x") for scheme in way.split())
        last.history = [_answer(url), *before]
        return last

    monkeypatch.setattr(requests, "get", get)
    with pytest.raises(DownloadError, match="leads to an address without encryption"):
        fetch(file_at("https://a/x"))
    assert left(folder) == []


def _answer(url):
    response = requests.Response()
    response.url, response.status_code = url, 200
    response.raw = urllib3.HTTPResponse(BytesIO(BODY), preload_content=False)
    return response


def test_a_silent_server_is_given_up(server, x, monkeypatch):
    monkeypatch.setattr(transfer, "STALL", 0.2)
    server.fail("silent", *[{"body": BODY, "stall": 0}] * 5)
    begun = time.monotonic()
    assert fetch(file_at(server.url("silent"), x)).read_bytes() == BODY
    assert time.monotonic() - begun < 5
    assert [path for path, _ in server.requests] == ["silent", "x.gz"]
    with pytest.raises(DownloadError, match=r"/silent sends nothing for 0\.2 s"):
        server.fail("silent", *[{"body": BODY, "stall": 0}] * 5)
        fetch(File("set/y.gz", (server.url("silent"),), len(BODY), SHA256))


def test_a_slow_server_that_keeps_sending_is_waited_for(server, x, monkeypatch):
    monkeypatch.setattr(transfer, "STALL", 1)
    server.fail("x.gz", {"body": BODY, "slow": 0.05})
    assert fetch(file_at(x)).read_bytes() == BODY
    assert len(server.requests) == 1


def test_offline_the_error_says_what_to_do_and_hides_the_librarys_traceback(folder):
    urls = ("http://127.0.0.1:9/a/x.gz", "http://127.0.0.1:9/b/x.gz")
    with pytest.raises(DownloadError) as caught:
        fetch(file_at(*urls))
    message = str(caught.value)
    assert message.splitlines() == [
        "x.gz (256,000 bytes) is not here and could not be downloaded:",
        "  http://127.0.0.1:9/a/x.gz cannot be reached",
        "  http://127.0.0.1:9/b/x.gz cannot be reached",
        "To place it by hand, get it from one of these addresses elsewhere and put it at",
        f"  {folder / 'set' / 'x.gz'}",
        "It is right if its SHA-256 is",
        f"  {SHA256}",
        "Another data folder is chosen by the environment variable DGM_DATA.",
    ]
    assert caught.value.__suppress_context__ and caught.value.__cause__ is None


def test_without_a_published_checksum_the_first_one_is_recorded_and_holds(server, x, folder):
    file = file_at(x, size=None, sha256="")
    fetch(file)
    assert (folder / "set" / "x.gz.sha256").read_text() == f"{SHA256}  x.gz\n"
    file.path.write_bytes(BODY[:-1])
    assert fetch(file).read_bytes() == BODY
    file.path.write_bytes(b"damaged")
    server.files["x.gz"] = b"something new"
    with pytest.raises(DownloadError, match=r"as it was at the first download; delete .*sha256"):
        fetch(file)
    file.record.unlink()
    file.path.unlink()
    assert fetch(file).read_bytes() == b"something new"


def test_a_record_that_is_no_checksum_is_refused(server, x, folder):
    file = file_at(x, size=None, sha256="")
    fetch(file)
    file.record.write_text("nonsense")
    with pytest.raises(DownloadError, match="should begin with a SHA-256: delete it"):
        fetch(file)


def test_without_a_published_checksum_the_servers_md5_counts(server, x, folder):
    file = file_at(x, size=None, sha256="")
    md5 = {"x-goog-hash": "crc32c=AAAAAA==,md5=AAAAAAAAAAAAAAAAAAAAAA=="}
    server.fail("x.gz", {"headers": md5})
    with pytest.raises(DownloadError, match="sends a file without the MD5 that it announces"):
        fetch(file)
    assert left(folder) == []
    md5 = b64encode(hashlib.md5(BODY).digest()).decode()
    header = {"x-goog-hash": f"crc32c=AAAAAA==,md5={md5}"}
    server.fail("x.gz", {"headers": header})
    assert fetch(file).read_bytes() == BODY


def test_a_file_of_unknown_size_is_bounded(server, x, folder, monkeypatch):
    monkeypatch.setattr(transfer, "LARGEST", 1000)
    file = file_at(x, size=None, sha256="")
    with pytest.raises(DownloadError, match="has a file of 256000 bytes; at most 1000 are fetched"):
        fetch(file)
    server.fail("x.gz", {"chunked": True})
    with pytest.raises(DownloadError, match="sends more than 1000 bytes"):
        fetch(file)
    assert left(folder) == []


def test_the_bytes_are_taken_as_they_are_stored(server, x):
    server.fail("x.gz", {"headers": {"Content-Encoding": "gzip"}})  # some servers say so of a .gz
    assert fetch(file_at(x)).read_bytes() == BODY
    assert server.requests[0][1]["Accept-Encoding"] == "identity"


def test_a_folder_that_cannot_be_made_is_told(folder):
    folder.write_text("a file in the way")
    with pytest.raises(OSError, match="donn"):
        fetch(file_at("http://127.0.0.1:9/x.gz"))


def test_progress_is_shown_in_bytes(server, x, folder, monkeypatch, capsys):
    monkeypatch.delenv("DGM_STATIC")
    fetch(file_at(x))
    assert "x.gz" in capsys.readouterr().err
