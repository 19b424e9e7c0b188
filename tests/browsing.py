"""A real browser for the pages' tests, and what every page is held to."""

from __future__ import annotations

import contextlib
import shutil

import pytest

playwright = pytest.importorskip(
    "playwright.sync_api", reason="no playwright: pip install -e '.[dev]'"
)
axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright",
    reason="no axe-playwright-python: pip install -e '.[dev]'",
)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium: apt-get install chromium (Debian)"
)

PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


@contextlib.contextmanager
def running_browser():
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-background-networking", "--mute-audio"],
        )
        yield browser
        browser.close()


@contextlib.contextmanager
def visits(browser, address, *, arrived):
    """Give what opens the page, waits for `arrived`, and watches what it says and asks for."""
    contexts = []

    def visit(size=DESKTOP, scheme="light", **options):
        context = browser.new_context(viewport=size, color_scheme=scheme, **options)
        contexts.append(context)
        page = context.new_page()
        page.complaints, page.asked = [], []
        page.on("console", lambda message: page.complaints.append(message.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("request", lambda request: page.asked.append(request.url))
        page.goto(address)
        arrived(page)
        return page

    yield visit
    for context in contexts:
        context.close()


def serious_violations(page):
    """What axe finds serious or critical: each rule with the elements that break it."""
    return [
        (item["id"], [node["html"] for node in item["nodes"]])
        for item in axe.Axe().run(page).response["violations"]
        if item["impact"] in ("serious", "critical")
    ]
