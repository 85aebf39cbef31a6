"""An interrupted download goes on where it stopped, and only if it is still the same file."""

import hashlib
import signal
import subprocess
import sys
import time

import pytest
from loopback import BODY, SHA256, etag, file_at, left

from dgm_course.data import download, transfer
from dgm_course.data.download import DownloadError, File, fetch

HALF = 100_000


def part_of(folder, name="set/x.gz"):
    return folder / ".part" / f"{name}.part"


def interrupted(server, folder, monkeypatch, **fault):
    """A part with HALF of the bytes, as an interruption leaves it."""
    monkeypatch.setattr(download, "ATTEMPTS", 1)
    server.fail("x.gz", {"cut": HALF, **fault})
    with pytest.raises(DownloadError, match=r"x\.gz (broke the connection off|sent)"):
        fetch(file_at(server.url("x.gz")))
    monkeypatch.undo()
    monkeypatch.setenv("DGM_DATA", str(folder))
    monkeypatch.setenv("DGM_STATIC", "1")
    monkeypatch.setattr(download, "PAUSE", 0)
    server.requests.clear()
    return part_of(folder)


def test_a_cut_connection_is_taken_up_again_where_it_stopped(server, x, folder):
    server.fail("x.gz", {"cut": HALF}, {"cut": 50_000})
    assert fetch(file_at(x)).read_bytes() == BODY
    assert server.ranges() == [None, f"bytes={HALF}-", f"bytes={HALF + 50_000}-"]
    assert server.requests[1][1]["If-Range"] == etag(BODY)
    assert left(folder) == ["set/x.gz"]


def test_a_later_call_takes_it_up_too(server, x, folder, monkeypatch):
    part = interrupted(server, folder, monkeypatch)
    assert part.read_bytes() == BODY[:HALF]
    assert fetch(file_at(x)).read_bytes() == BODY
    assert server.ranges() == [f"bytes={HALF}-"]


def test_a_stalled_connection_is_taken_up_again(server, x, folder, monkeypatch):
    monkeypatch.setattr(transfer, "STALL", 0.2)
    server.fail("x.gz", {"stall": HALF})
    assert fetch(file_at(x)).read_bytes() == BODY
    assert server.ranges()[0] is None and server.ranges()[1].startswith("bytes=")


def test_a_server_that_ignores_range_sends_all_again(server, x, folder, monkeypatch):
    interrupted(server, folder, monkeypatch)
    server.fail("x.gz", {"whole": True})
    assert fetch(file_at(x)).read_bytes() == BODY
    assert len(server.requests) == 1


def test_a_file_that_changed_meanwhile_is_fetched_anew(server, x, folder, monkeypatch):
    file = file_at(x, size=None, sha256="")
    server.files["x.gz"] = old = b"old" + BODY[3:]
    monkeypatch.setattr(download, "ATTEMPTS", 1)
    server.fail("x.gz", {"cut": HALF})
    with pytest.raises(DownloadError):
        fetch(file)
    server.files["x.gz"] = BODY
    assert fetch(file).read_bytes() == BODY
    assert server.requests[-1][1]["If-Range"] == etag(old)


@pytest.mark.parametrize(
    "fault",
    [
        {"range": f"bytes {HALF - 1}-{len(BODY) - 1}/{len(BODY)}"},
        {"range": f"bytes {HALF}-{len(BODY) - 2}/{len(BODY)}"},
        {"range": f"bytes {HALF}-{len(BODY)}/{len(BODY) + 1}"},
        {"range": f"bytes {HALF}-{len(BODY) - 1}/*"},
        {"range": "nonsense"},
        {"range": None},
        {"headers": {"ETag": '"another"'}, "careless": True},
        {"status": 416},
        {"status": 412},
    ],
)
def test_an_answer_that_is_not_the_rest_of_the_file_is_not_appended(
    server, x, folder, monkeypatch, fault
):
    interrupted(server, folder, monkeypatch)
    server.fail("x.gz", fault)
    assert fetch(file_at(x, sha256="", size=None)).read_bytes() == BODY
    assert server.ranges()[0] == f"bytes={HALF}-" and server.ranges()[-1] is None


def test_a_part_that_was_changed_on_disk_is_fetched_anew(server, x, folder, monkeypatch):
    part = interrupted(server, folder, monkeypatch)
    part.write_bytes(b"\1" + BODY[1:HALF])
    assert fetch(file_at(x)).read_bytes() == BODY
    assert server.ranges() == [f"bytes={HALF}-", None]


@pytest.mark.parametrize("note", ["", "{}", "[]", '{"url": 1}', '{"url": "http://other/x"}'])
def test_a_part_of_unknown_origin_is_fetched_anew(server, x, folder, monkeypatch, note):
    part = interrupted(server, folder, monkeypatch)
    part.with_name(f"{part.name}.json").write_text(note)
    assert fetch(file_at(x)).read_bytes() == BODY
    assert server.ranges() == [None]


def test_a_part_from_one_mirror_is_not_continued_from_another(server, x, folder, monkeypatch):
    interrupted(server, folder, monkeypatch)
    server.files["mirror"] = BODY
    assert fetch(file_at(server.url("mirror"))).read_bytes() == BODY
    assert server.ranges() == [None]


def test_without_a_strong_etag_the_date_is_the_condition(server, x, folder, monkeypatch):
    interrupted(server, folder, monkeypatch, headers={"ETag": 'W/"weak"'})
    assert fetch(file_at(x)).read_bytes() == BODY
    assert server.requests[0][1]["If-Range"] == "Sat, 01 Jan 2022 00:00:00 GMT"


def test_without_a_condition_nothing_is_taken_up(server, x, folder, monkeypatch):
    nothing = {"ETag": 'W/"weak"', "Last-Modified": None}
    interrupted(server, folder, monkeypatch, headers=nothing)
    assert fetch(file_at(x)).read_bytes() == BODY
    assert server.ranges() == [None]


def test_a_part_that_is_whole_needs_no_request(server, x, folder, monkeypatch):
    part = interrupted(server, folder, monkeypatch)
    part.write_bytes(BODY)
    assert fetch(file_at(x)).read_bytes() == BODY
    assert server.requests == []


def test_a_length_that_lies_is_an_interruption(server, x, folder):
    server.fail("x.gz", *[{"headers": {"Content-Length": str(len(BODY) + 9)}}] * 5)
    with pytest.raises(DownloadError, match="has a file of 256009 bytes instead of 256000"):
        fetch(file_at(x))
    file = File("set/y.gz", (x,))
    server.fail("x.gz", *[{"headers": {"Content-Length": str(len(BODY) + 9)}}] * 5)
    with pytest.raises(DownloadError, match="broke the connection off"):
        fetch(file)
    assert not file.path.exists()


def test_chunks_that_end_too_early_are_an_interruption(server, x, folder, monkeypatch):
    file = File("set/y.gz", (x,))
    server.fail("x.gz", {"chunked": True, "cut": 1})
    assert fetch(file).read_bytes() == BODY
    assert len(server.requests) == 2


FETCH = """
import sys
from dgm_course.data.download import File, fetch
name, url, size, sha256 = sys.argv[1:]
print(fetch(File(name, (url,), int(size), sha256)))
"""


def start(url):
    """A process that fetches."""
    command = [sys.executable, "-c", FETCH, "set/x.gz", url, str(len(BODY)), SHA256]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_until(condition):
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_after_kill_9_in_the_middle_it_goes_on_where_it_stopped(server, x, folder):
    server.fail("x.gz", {"stall": HALF})
    process, part = start(x), part_of(folder)
    wait_until(lambda: part.exists() and part.stat().st_size > 0)
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL and not (folder / "set" / "x.gz").exists()
    begun = part.stat().st_size
    assert 0 < begun <= HALF and part.read_bytes() == BODY[:begun]
    assert fetch(file_at(x)).read_bytes() == BODY
    assert server.ranges() == [None, f"bytes={begun}-"]
    assert left(folder) == ["set/x.gz"]


def test_two_processes_at_once_download_it_once(server, x, folder):
    server.fail("x.gz", {"slow": 0.05})
    both = [start(x), start(x)]
    outputs = [process.communicate(timeout=60) for process in both]
    assert [out for out, _ in outputs] == [f"{folder / 'set' / 'x.gz'}\n"] * 2
    assert [process.returncode for process in both] == [0, 0]
    assert hashlib.sha256((folder / "set" / "x.gz").read_bytes()).hexdigest() == SHA256
    assert len(server.requests) == 1 and left(folder) == ["set/x.gz"]
    assert "waiting for it" in outputs[0][1] + outputs[1][1]


def test_a_lock_that_a_dead_process_left_is_no_obstacle(server, x, folder):
    (folder / ".part" / "set").mkdir(parents=True)
    (folder / ".part" / "set" / "x.gz.lock").touch()
    assert fetch(file_at(x)).read_bytes() == BODY
