"""A tap on a screen, trial year loaded: from the click to the changed screen, in a browser."""

import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Locator, sync_playwright

from tests import browser
from tests.conftest import prepare
from tests.server import running
from tests.walk import Walker

TAPS = 15
SCREEN = "[data-testid=stMain]"
CHANGED = "([selector, before]) => document.querySelector(selector)?.innerText !== before"


def run() -> dict[str, float]:
    """p50_ms and p95_ms over taps that open and close a class and choose a kana row."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        prepare(f"{folder}/desk.sqlite3")
        with running(f"{folder}/desk.sqlite3", Path(folder) / "log") as server:
            opened = playwright.chromium.launch(
                executable_path=browser.get(), args=list(browser.ARGUMENTS)
            )
            walker = Walker(opened, server.address)
            walker.sign_in("volunteer")
            taken = {
                "open or close a class": classes(walker),
                "kana row in booking": rows(walker, "/book", "book_town"),
                "kana row in the log": rows(walker, "/log", "log_town"),
            }
            opened.close()
    for name, some in taken.items():
        print(f"{name}: p50 {statistics.median(some):.0f} ms, most {max(some):.0f} ms")
    every = [one for some in taken.values() for one in some]
    return {
        "p50_ms": statistics.median(every),
        "p95_ms": statistics.quantiles(every, n=20)[-1],
        "taps": len(every),
    }


def tap(walker: Walker, button: Locator, area: str) -> float:
    """Milliseconds from the click until `area` reads otherwise; then lets the screen settle."""
    before = (
        walker.page.locator(area).first.inner_text() if walker.page.locator(area).count() else None
    )
    start = time.perf_counter()
    button.click()
    walker.page.wait_for_function(CHANGED, arg=[area, before], polling="raf")
    taken = 1000 * (time.perf_counter() - start)
    walker.settle()
    return taken


def classes(walker: Walker) -> list[float]:
    """Open and close the first class of today."""
    walker.open("/today")
    button = walker.page.locator("[class*=st-key-open_] button").first
    return [tap(walker, button, SCREEN) for _ in range(2 * TAPS)]


def rows(walker: Walker, path: str, key: str) -> list[float]:
    """Change the row of the kana table, which shows other neighbourhoods."""
    walker.open(path)
    if path == "/book":
        walker.tap("選ぶ")
    if walker.page.locator(f".st-key-{key}_common").count():
        walker.tap("そのほか…")
    button = walker.page.locator(f".st-key-{key}_row button")
    area = f"[class*=st-key-{key}_town_]"
    return [tap(walker, button.filter(has_text="アカサタ"[n % 4]).first, area) for n in range(TAPS)]
