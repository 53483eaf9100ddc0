"""A tap on a screen, trial year loaded: from the click to the changed screen, in a browser."""

import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from tests import browser
from tests.conftest import prepare
from tests.server import running
from tests.walk import Walker

TAPS = 20


def run() -> dict[str, float]:
    """p50_ms and p95_ms over taps that open and close a class, and that choose a neighbourhood."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        prepare(f"{folder}/desk.sqlite3")
        with running(f"{folder}/desk.sqlite3", Path(folder) / "log") as server:
            opened = playwright.chromium.launch(
                executable_path=browser.get(), args=list(browser.ARGUMENTS)
            )
            walker = Walker(opened, server.address)
            walker.sign_in("volunteer")
            walker.open("/today")
            taken = [open_and_close(walker.page) for _ in range(TAPS)]
            walker.open("/book")
            walker.tap("選ぶ")
            taken += [row_of_names(walker.page, "アカサタ"[n % 4]) for n in range(TAPS)]
            opened.close()
    return {
        "p50_ms": statistics.median(taken),
        "p95_ms": statistics.quantiles(taken, n=20)[-1],
        "taps": len(taken),
    }


def open_and_close(page: Page) -> float:
    """Milliseconds until the list of a class is there; closes it again, untimed."""
    start = time.perf_counter()
    page.locator("[class*=st-key-open_] button").first.click()
    page.locator("[class*=st-key-came_], [class*=st-key-undo_]").first.wait_for()
    taken = 1000 * (time.perf_counter() - start)
    page.locator("[class*=st-key-open_] button").first.click()
    expect(page.locator("[class*=st-key-came_], [class*=st-key-undo_]")).to_have_count(0)
    return taken


def row_of_names(page: Page, row: str) -> float:
    """Milliseconds until the neighbourhoods of a kana row are there."""
    if not page.locator("[class*=st-key-book_town_row]").count():
        page.get_by_text("そのほか…", exact=True).first.click()
    page.locator("[class*=st-key-book_town_row]").wait_for()
    start = time.perf_counter()
    page.locator("[class*=st-key-book_town_row] button").filter(has_text=row).first.click()
    page.locator("[class*=st-key-book_town_town]").first.wait_for()
    return 1000 * (time.perf_counter() - start)
