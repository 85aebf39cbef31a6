"""The site of this course, built once as if published, with every door to the network shut."""

import contextlib
import shutil
import socket

import pytest

from dgm_course.authoring import layout
from dgm_course.authoring.site.build import build
from dgm_course.authoring.site.publication import Publication

ROOT = layout.find_root()
PUBLISHED = Publication(repository="https://github.com/OWNER/REPO", hub="https://hub.example.org")


@contextlib.contextmanager
def offline():
    """Whoever asks for a connection is refused, and the test fails."""

    def refuse(*_):
        raise AssertionError("the build asked for a connection")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", refuse)
        patch.setattr(socket, "getaddrinfo", refuse)
        yield


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The folder of the built site."""
    folder = tmp_path_factory.mktemp("site") / "site"
    with offline():
        build(ROOT, folder, PUBLISHED)
    return folder


@pytest.fixture
def small_course(tmp_path):
    """A course with a package and settings for Sphinx, but no module and one page, `page.md`."""
    root = tmp_path / "course"
    (root / "sources").mkdir(parents=True)
    (root / "sources" / "modules.toml").write_text("")
    (root / "docs").mkdir()
    shutil.copy(ROOT / "docs" / "conf.py", root / "docs")
    for folder in ("_static", "_templates"):
        shutil.copytree(ROOT / "docs" / folder, root / "docs" / folder)
    return root
