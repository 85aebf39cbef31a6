"""A server on this computer, and an empty data folder; nothing goes to the network."""

import pytest
from loopback import BODY, Loopback

from dgm_course.data import download


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The data folder, empty; no bars, no waiting between attempts, no proxy."""
    root = tmp_path / "données"
    monkeypatch.setenv("DGM_DATA", str(root))
    monkeypatch.setenv("DGM_STATIC", "1")
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setattr(download, "PAUSE", 0)
    return root


@pytest.fixture
def server(folder):
    """A server that `loopback.py` describes."""
    server = Loopback()
    yield server
    server.close()


@pytest.fixture
def x(server):
    """The address of a good file, BODY."""
    server.files["x.gz"] = BODY
    return server.url("x.gz")
