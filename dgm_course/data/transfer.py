"""One file over HTTP into a part file, taken up again where it stopped.

Resume  `Range` asks for the rest and `If-Range` makes it depend on the validator (a strong ETag,
        else Last-Modified) that came with the first bytes: of a file that has changed the server
        sends all.  Only a 206 whose `Content-Range` begins where the part ends, and that is of the
        same length as before, is appended; after anything else the part begins anew.
        Sources: RFC 9110, sections 13.1.5 (If-Range), 14.4 (Content-Range) and 15.3.7 (206).
Length  A body that is shorter than announced is an interruption, one that is longer is refused.
Notes   Beside `x.part` lies `x.part.json`: whose bytes they are, written before the first of them.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

CONNECT, STALL = 10.0, 30.0  # seconds: to be answered, and without a byte
CHUNK = 1 << 16
LARGEST = 2 << 30  # bytes, where the size of a file is not known
TRANSIENT = (408, 429, 500, 502, 503, 504)  # another attempt may succeed


class TransferError(Exception):
    """Why an address did not give the file; `again` if another attempt may."""

    def __init__(self, reason: str, again: bool = False) -> None:
        super().__init__(reason)
        self.again = again


def transfer(
    url: str, part: Path, size: int | None, show: Callable[[int, int | None], None]
) -> str:
    """Bring `part` to the whole file at `url`; the MD5 in hexadecimal that the server names, or "".

    `show(bytes so far, bytes in all or None)` is called as they come.  What an interruption leaves
    is kept for the next call.  Raises TransferError; OSError if the part cannot be written.
    """
    note = _read_note(part, url)
    start = part.stat().st_size if note else 0
    if note and start == note["total"]:
        return note["md5"]
    if not start or not note["validator"]:
        note, start = {}, 0
    with _answer(url, part, start, note) as response:
        if response.status_code == 206:
            _require_rest(response, start, note, part)
        else:
            note, start = _new_note(response, url), 0
            _require_size(note["total"], size)
            part.unlink(missing_ok=True)
            _write_note(part, note)
        _append(response, part, start, note["total"], size, show)
    return note["md5"]


def forget(part: Path) -> None:
    """Remove a part and its note."""
    for path in (part, _note_of(part)):
        path.unlink(missing_ok=True)


@contextmanager
def _answer(url: str, part: Path, start: int, note: dict) -> Iterator:
    """The response to a request: 200, or 206 if the rest was asked for; raises TransferError."""
    import requests

    headers = {"Accept-Encoding": "identity"}  # the bytes as they are stored
    if start:
        headers |= {"Range": f"bytes={start}-", "If-Range": note["validator"]}
    try:
        response = requests.get(url, headers=headers, stream=True, timeout=(CONNECT, STALL))
    except requests.RequestException as error:
        raise TransferError(_in_words(error)) from None
    with response:
        code = response.status_code
        hops = (hop.url for hop in (*response.history, response))
        if url.startswith("https:") and not all(hop.startswith("https:") for hop in hops):
            raise TransferError("leads to an address without encryption")
        if start and code in (412, 416):  # the part does not fit the file, or the server is strange
            forget(part)
            raise TransferError(f"answers {code} {response.reason}", again=True)
        if code != 200 and not (code == 206 and start):
            raise TransferError(f"answers {code} {response.reason}", again=code in TRANSIENT)
        yield response


def _require_rest(response, start: int, note: dict, part: Path) -> None:
    """Forget the part and raise TransferError unless the answer is the rest of the same file."""
    sent = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", response.headers.get("Content-Range", ""))
    total = note["total"]
    begins = sent and int(sent[1]) == start and int(sent[2]) == int(sent[3]) - 1
    length = sent and (total is None or int(sent[3]) == total)
    tag = response.headers.get("ETag", "")
    same = not note["validator"].startswith('"') or tag in ("", note["validator"])
    if not (begins and length and same):
        forget(part)
        raise TransferError("answers a request for the rest with something else", again=True)
    note["total"] = int(sent[3])


def _new_note(response, url: str) -> dict:
    headers = response.headers
    tag = headers.get("ETag", "")
    validator = tag if tag.startswith('"') else headers.get("Last-Modified", "")
    length = headers.get("Content-Length", "")
    md5 = re.search(r"md5=([A-Za-z0-9+/]{22}==)", headers.get("x-goog-hash", ""))
    return {
        "url": url,
        "validator": validator,
        "total": int(length) if re.fullmatch(r"\d{1,18}", length) else None,
        "md5": _hexadecimal(md5[1]) if md5 else "",
    }


def _require_size(total: int | None, size: int | None) -> None:
    if total is not None and size is not None and total != size:
        raise TransferError(f"has a file of {total} bytes instead of {size}")
    if total is not None and size is None and total > LARGEST:
        raise TransferError(f"has a file of {total} bytes; at most {LARGEST} are fetched")


def _append(response, part: Path, start: int, total: int | None, size: int | None, show) -> None:
    """Write the body behind the first `start` bytes of the part; raises TransferError."""
    import requests
    import urllib3

    done, most = start, size or LARGEST
    try:
        with part.open("ab") as file:
            for chunk in response.raw.stream(CHUNK, decode_content=False):
                file.write(chunk)
                done += len(chunk)
                show(done, total)
                if done > most:
                    break
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        raise TransferError(_in_words(error), again=part.stat().st_size > start) from None
    if done > most:
        forget(part)
        raise TransferError(f"sends more than {most} bytes")
    if total is not None and done != total:
        raise TransferError(f"sent {done} of {total} bytes", again=done > start)


def _in_words(error: Exception) -> str:
    """What went wrong on the network, as a reader understands it."""
    import requests
    import urllib3

    if isinstance(error, requests.ReadTimeout | urllib3.exceptions.ReadTimeoutError):
        return f"sends nothing for {STALL:g} s"
    words = {
        requests.ConnectTimeout: f"does not answer within {CONNECT:g} s",
        requests.exceptions.SSLError: "has no certificate that this computer accepts",
        requests.exceptions.ProxyError: "is behind a proxy that does not answer",
        requests.TooManyRedirects: "leads in a circle",
        requests.ConnectionError: "cannot be reached",
        urllib3.exceptions.ProtocolError: "broke the connection off",
    }
    return next((text for kind, text in words.items() if isinstance(error, kind)), repr(error))


def _hexadecimal(base64: str) -> str:
    import binascii

    return binascii.a2b_base64(base64).hex()


def _note_of(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def _write_note(part: Path, note: dict) -> None:
    path = _note_of(part)
    scratch = path.with_name(f"{path.name}.new")
    scratch.write_text(json.dumps(note), encoding="utf-8")
    os.replace(scratch, path)


def _read_note(part: Path, url: str) -> dict:
    """What is known of a part that has bytes of this address; {} if there is none."""
    kinds = {"url": str, "validator": str, "total": int | None, "md5": str}
    try:
        note = json.loads(_note_of(part).read_text(encoding="utf-8"))
        good = part.is_file() and all(isinstance(note[key], kinds[key]) for key in kinds)
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return note if good and note["url"] == url else {}
