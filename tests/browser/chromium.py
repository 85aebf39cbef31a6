"""A headless Chromium, and pages in it that may reach this machine alone."""

import contextlib
import re
import shutil
from collections.abc import Iterator

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LOCAL = re.compile(r"^(https?|wss?)://(127\.0\.0\.1|localhost)[:/]|^(data|blob|about|file):")
DESKTOP, PHONE, SLIDE = (
    {"width": w, "height": h} for w, h in ((1280, 900), (390, 844), (1280, 720))
)


def find_browser() -> str | None:
    """The installed Chromium, if there is one."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


@contextlib.contextmanager
def chromium() -> Iterator:
    """Headless Chromium, closed at the end."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        yield running
        running.close()


@contextlib.contextmanager
def local_page(running, **options) -> Iterator:
    """A page that may reach this machine alone; what it asks of others is in `page.refused`.

    `options` are those of a browser context: viewport, color_scheme, ...
    """
    context = running.new_context(**{"viewport": DESKTOP, **options})
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.refused = []

    def guard(route):
        if LOCAL.match(route.request.url):
            route.continue_()
        else:
            page.refused.append(route.request.url)
            route.abort()

    context.route("**/*", guard)
    yield page
    context.close()
