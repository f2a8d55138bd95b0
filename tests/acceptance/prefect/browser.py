"""Debian's Chromium, driven by Playwright: what a person does in Prefect's UI, click by click."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which

from PIL import Image
from playwright.sync_api import Locator, Page, TimeoutError, ViewportSize, sync_playwright  # noqa: A004

REQUIRED = os.environ.get("RINGBACK_BROWSER_REQUIRED") == "1"
"""Set where a missing browser is a failure and no reason to skip: in CI."""
PICTURES = os.environ.get("RINGBACK_PICTURES")
"""A folder for screenshots; none are taken where it is not named."""
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SIZE: ViewportSize = {"width": 1280, "height": 1150}
"""Tall enough for the cards under the timeline: the UI draws what is seen and nothing else."""
COLOURS = 96
"""Enough for the UI, and a third of the bytes."""
PATIENCE = 60_000
"""Milliseconds that a page may take on two slow cores."""


def chromium() -> str | None:
    """Return the program of the browser, None where there is none."""
    return which("chromium") or which("chromium-browser")


@contextmanager
def browsing(profile: Path, *flags: str) -> Iterator[Page]:
    """Open a page in a headless browser with a profile of its own, and with further flags."""
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=chromium(), headless=True, args=[*FLAGS, *flags], viewport=SIZE
        )
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        try:
            yield page
        except Exception:
            page.screenshot(path=profile.with_suffix(".png"))
            raise
        finally:
            context.close()


def log_in(page: Page, site: str, password: str) -> None:
    """Type the password where Prefect's UI asks for it."""
    page.goto(f"{site}/login")
    box = page.locator("input[type=password]")
    box.fill(password)
    box.press("Enter")
    page.wait_for_url(lambda url: "/login" not in url)


def field(page: Page, title: str) -> Locator:
    """Return the control under a title of one of Prefect's forms."""
    label = page.locator("label.p-label__label", has_text=re.compile(f"^{re.escape(title)}"))
    box = label.locator("xpath=ancestor::div[contains(concat(' ', @class, ' '), ' p-label ')][1]")
    return box.locator("textarea, input, .p-select-button__control").first


def choose(page: Page, title: str, option: str) -> None:
    """Choose an option of a select; opened by key, for a click may close again what its focus has opened."""
    control = field(page, title)
    control.focus()
    control.press("ArrowDown")
    page.locator(".p-select-option", has_text=re.compile(f"^{re.escape(option)}$")).first.click()


def submit(page: Page) -> None:
    """Press Submit, and again where Prefect's busy SQLite has refused: the form stays open then."""
    button = page.get_by_role("button", name="Submit", exact=True)
    for _ in range(5):
        button.click()
        try:
            button.wait_for(state="hidden", timeout=20_000)
        except TimeoutError:
            continue
        return


def picture(page: Page, name: str) -> None:
    """Take a screenshot where pictures are wanted."""
    if PICTURES:
        page.wait_for_timeout(700)  # the page's own transitions
        path = Path(PICTURES) / f"{name}.png"
        page.screenshot(path=path)
        with Image.open(path) as taken:
            taken.quantize(COLOURS).save(path, optimize=True)
