"""A real HTTP server on this computer, with Range, ETag, and faults on demand."""

import contextlib
import hashlib
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

from dgm_course.data.download import File

BODY = bytes(range(256)) * 1000  # four chunks, the last one not full
SHA256 = hashlib.sha256(BODY).hexdigest()


def file_at(*urls, **changes):
    """BODY as a file with a published checksum."""
    return File("set/x.gz", urls, **{"size": len(BODY), "sha256": SHA256, **changes})


def left(root):
    """What lies in a folder, locks left out."""
    files = (path for path in root.rglob("*") if path.is_file() and path.suffix != ".lock")
    return sorted(path.relative_to(root).as_posix() for path in files)


class Loopback:
    """Serves `files` (path: bytes); the next answers for a path may be faults: `fail(path, ...)`.

    A fault is a dictionary: status, location, body (other bytes), cut (bytes before the connection
    ends), stall (bytes before silence), slow (seconds a chunk), headers (None leaves one out),
    whole (Range is ignored), careless (If-Range is ignored), range (a Content-Range that lies),
    chunked (no length).
    """

    def __init__(self):
        self.files, self.faults, self.requests = {}, {}, []
        self.released = threading.Event()
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.http.daemon_threads = True
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()

    def url(self, path):
        return f"http://127.0.0.1:{self.http.server_port}/{path}"

    def fail(self, path, *faults):
        self.faults.setdefault(path, []).extend(faults)

    def ranges(self):
        """The Range header of each request, None where there was none."""
        return [headers.get("Range") for _, headers in self.requests]

    def close(self):
        self.released.set()
        self.http.shutdown()
        self.http.server_close()


def etag(body):
    return f'"{hashlib.md5(body).hexdigest()}"'


def _handler(server):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            path = unquote(self.path).lstrip("/")
            server.requests.append((path, dict(self.headers)))
            waiting = server.faults.get(path, [])
            fault = waiting.pop(0) if waiting else {}
            self.close_connection = True
            body = fault.get("body", server.files.get(path))
            if "location" in fault:
                return self.begin(302, {"Location": fault["location"], "Content-Length": "0"})
            if "status" in fault or body is None:
                return self.begin(fault.get("status", 404), {"Content-Length": "0"})
            self.answer(body, fault)

        def answer(self, body, fault):
            headers = {"ETag": etag(body), "Last-Modified": "Sat, 01 Jan 2022 00:00:00 GMT"}
            headers |= fault.get("headers", {})
            start, status = self.wanted(body, headers, fault), 200
            if start:
                status = 206
                headers["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
                headers["Content-Range"] = fault.get("range", headers["Content-Range"])
            if fault.get("chunked"):
                headers["Transfer-Encoding"] = "chunked"
            else:
                headers.setdefault("Content-Length", str(len(body) - start))
            self.begin(status, headers)
            if fault.get("chunked"):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(body), body))
                return None if "cut" in fault else self.wfile.write(b"0\r\n\r\n")
            self.send(body[start:], fault)

        def wanted(self, body, headers, fault):
            """The byte that the answer begins with."""
            asked = self.headers.get("Range", "")
            condition = self.headers.get("If-Range")
            current = condition in (None, headers["ETag"], headers["Last-Modified"])
            current = current or fault.get("careless")
            if fault.get("whole") or not asked or not current:
                return 0
            return int(asked.removeprefix("bytes=").rstrip("-"))

        def begin(self, status, headers):
            self.send_response(status)
            self.send_header("Connection", "close")
            for name, value in headers.items():
                if value is not None:
                    self.send_header(name, value)
            self.end_headers()

        def send(self, body, fault):
            if "slow" in fault:
                for i in range(0, len(body), 10_000):
                    self.wfile.write(body[i : i + 10_000])
                    time.sleep(fault["slow"])
                return
            self.wfile.write(body[: fault.get("cut", fault.get("stall", len(body)))])
            if "stall" in fault:
                self.wfile.flush()
                server.released.wait(20)

        def handle(self):
            with contextlib.suppress(ConnectionError):  # the client went away
                super().handle()

        def log_message(self, *_):
            pass

    return Handler
