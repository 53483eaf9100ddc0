"""The underserved neighbourhoods of a whole city: how long the method takes, and its screen.

Keys: chain_ms (from the store to every neighbourhood's label, its stability and its reasons, and
the offer to look at several together), screen_ms (a changed setting on the planner's screen in a
real browser, from the tap until the new list stands there and the new map is drawn).

What is measured. The city in data/ with its trial year. chain_ms is the middle of many runs, the
kinds of supply taken in turn. screen_ms is the middle of changes of kind and distance on one
screen that has been opened before, as a planner changes them.
"""

import statistics
import tempfile
import time

from playwright.sync_api import Page, sync_playwright

from bench.trial_city import server
from desk import gaps, store, times
from desk.gaps.city import KINDS, Settings
from desk.people import Actor
from tests import browser
from tests.walk import Walker

RUNS = 30
CHANGES = 12
WAIT = 30_000  # milliseconds
PLANNER = Actor("bench", "bench", "planner")
# A changed setting is answered when no run is under way, the address says it, and the map has
# other marks on it.
_MARK = "document.querySelectorAll('.leaflet-marker-icon').forEach(one => one.id = 'before')"
_DRAWN = """
document.querySelector('.leaflet-marker-icon') && !document.querySelector('#before')
"""
_ANSWERED = """
asked => location.search.includes(asked)
  && document.querySelector('[data-testid=stApp][data-test-script-state=notRunning]')
"""


def run() -> dict[str, float]:
    """chain_ms, screen_ms."""
    with tempfile.TemporaryDirectory() as folder, server(folder) as desk:
        store.use(f"{folder}/desk.sqlite3")
        chain = chains()
        store.use(None)
        with sync_playwright() as playwright:
            opened = playwright.chromium.launch(
                executable_path=browser.get(), args=list(browser.ARGUMENTS)
            )
            walker = Walker(opened, desk.address)
            taps = screen(walker)
            opened.close()
    for name, figures in (("chain", chain), ("screen", taps)):
        print(f"{name}: middle {statistics.median(figures):.1f} ms, worst {max(figures):.1f} ms")
    return {"chain_ms": statistics.median(chain), "screen_ms": statistics.median(taps)}


def chains() -> list[float]:
    """Milliseconds of each report of the city in the store."""
    found = []
    for number in range(RUNS + len(KINDS)):
        settings = Settings(kind=list(KINDS)[number % len(KINDS)])
        began = time.perf_counter()
        report = gaps.report(PLANNER, settings, now=times.now())
        found.append(1000 * (time.perf_counter() - began))
        if not report.rows:
            raise AssertionError("no neighbourhood")
    return found[len(KINDS) :]  # the first of each kind warms up


def screen(walker: Walker) -> list[float]:
    """Milliseconds of each changed setting."""
    walker.sign_in("planner")
    walker.open("/neighbourhoods")
    walker.page.frame_locator("iframe").locator(".leaflet-marker-icon").first.wait_for()
    asked = [
        (label, mark)
        for label, mark in (
            ("800 m", "within=800"),
            ("講座", "kind=class"),
            ("2 km", "within=2000"),
            ("相談窓口", "kind=desk"),
        )
    ]
    found = [change(walker.page, *asked[n % len(asked)]) for n in range(CHANGES + 1)]
    return found[1:]


def change(page: Page, label: str, mark: str) -> float:
    """Tap a setting, and wait for list and map."""
    map_of = next(frame for frame in page.frames if "streamlit_folium" in frame.url)
    map_of.evaluate(_MARK)
    button = page.locator("[data-testid=stButtonGroup] button").filter(has_text=label).first
    began = time.perf_counter()
    button.click()
    page.wait_for_function(_ANSWERED, arg=mark, timeout=WAIT)
    map_of.wait_for_function(_DRAWN, timeout=WAIT)
    page.wait_for_function(_ANSWERED, arg=mark, timeout=WAIT)
    took = 1000 * (time.perf_counter() - began)
    page.wait_for_timeout(200)
    return took
