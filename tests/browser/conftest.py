"""A real JupyterLab, the built site and the decks, and a real Chromium to look at them.

Where no Chromium is installed the tests are skipped and say so.
"""

from pathlib import Path

import pytest

from tests.browser import jupyter, published
from tests.browser.chromium import chromium, find_browser, local_page


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """JupyterLab on a copy of the course."""
    course = jupyter.copy_course(tmp_path_factory.mktemp("course"))
    with jupyter.jupyterlab(course, tmp_path_factory.mktemp("jupyter")) as running:
        yield running


@pytest.fixture(scope="session")
def site(tmp_path_factory, server):
    """The site, whose labs open in the JupyterLab of `server`: has `.url` and `.folder`."""
    folder = tmp_path_factory.mktemp("published") / "site"
    with published.served(published.build_site(folder, server.url)) as found:
        yield found


@pytest.fixture(scope="session")
def decks(tmp_path_factory) -> dict[str, Path]:
    """Every lecture's deck as one file, by the lecture's name."""
    return published.write_decks(tmp_path_factory.mktemp("decks"))


@pytest.fixture(scope="session")
def browser():
    """Headless Chromium."""
    if find_browser() is None:
        pytest.skip("no Chromium: install it (Debian: apt-get install chromium) to run these tests")
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with chromium() as running:
        yield running


@pytest.fixture
def page(browser):
    """A page that may reach this machine alone; what it asks of others is in `page.refused`."""
    with local_page(browser) as page:
        yield page
