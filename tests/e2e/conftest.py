"""A real browser for the tests of whole journeys."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = Path("/usr/bin/chromium")

# Playwright runs an event loop in the test's thread; Django would refuse the database there.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")


def _absent(reason: str) -> None:
    reason = f"browser and accessibility checks were NOT run: {reason}"
    if os.environ.get("REQUIRE_BROWSER") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Start the browser, or say visibly why these tests are left out."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _absent("playwright is not installed (requirements/e2e.txt)")
    if not CHROMIUM.exists():
        _absent(f"there is no {CHROMIUM} (Debian: apt-get install chromium)")
    flags = ["--disable-gpu", "--disable-dev-shm-usage", "--allow-file-access-from-files"]
    if os.geteuid() == 0:
        flags.append("--no-sandbox")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=flags)
        yield browser
        browser.close()
