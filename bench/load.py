"""60 tablets at work and 200 residents for ten minutes, on one machine with their server.

Keys: p95_save_ms (a tap that writes, to its whole answer), p95_screen_ms (a screen of Streamlit
opened, to the end of its run), errors (refusals, exceptions, statuses, lost connections, and saves
that were answered and are not in the database), rss_mb (the most the server held), tablets,
residents, seconds; person_save_ms and person_screen_ms (medians of one real Chromium beside them,
from the tap to the picture).

What they do is in `bench.crowd`: a save a minute and tablet. Clients and server share the machine;
the clients give way (nice). Sessions are made in the database, for 60 people do not sign in in the
same minute, and a PIN costs what argon2 costs.
"""

import statistics
import tempfile
from collections.abc import Iterable

from playwright.sync_api import sync_playwright

from bench import crowd, tap, working
from bench.crowd import Coming, Found, Plan
from bench.working import Held
from desk.sessions import TABLET_COOKIE
from tests import browser
from tests.walk import Walker

TABLETS, RESIDENTS, SECONDS, PACE = 60, 200, 600.0, 1.0
ON_SCREENS = 30  # of the residents
SETTLES = 2.0  # seconds between two taps of the person


def run() -> dict[str, float]:
    """All of them at once; what each kind of thing took is printed."""
    with (
        tempfile.TemporaryDirectory() as folder,
        working.desk(folder, TABLETS + 1) as desk,
        working.watched(desk) as held,
    ):
        *cookies, own = desk.cookies
        plan = Plan(cookies, desk.classes, ON_SCREENS, RESIDENTS - ON_SCREENS, SECONDS, PACE)
        before = desk.saved()
        coming = crowd.started(desk.server.address, plan)
        saves, screens = person(desk.server.address, own, coming)
        found = crowd.found(coming)
        missing = max(0, found.saved - (desk.saved() - before))
    for line in told(found, held):
        print(line)
    return {
        "p95_save_ms": p95(found.taken["save"]),
        "p95_screen_ms": p95(found.taken["screen"]),
        "errors": sum(found.wrong.values()) + missing,
        "rss_mb": max(one.rss_mb for one in held),
        "tablets": TABLETS,
        "residents": RESIDENTS,
        "seconds": SECONDS,
        "person_save_ms": statistics.median(saves),
        "person_screen_ms": statistics.median(screens),
    }


def person(address: str, cookie: str, coming: Coming) -> tuple[list[float], list[float]]:
    """A volunteer with a real browser while the others come; milliseconds of saves and screens."""
    saves, screens = [], []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=browser.get(), args=list(browser.ARGUMENTS)
        )
        walker = Walker(chromium, address)
        walker.enrol()
        for name, value in (one.split("=", 1) for one in cookie.split("; ")):
            if name == TABLET_COOKIE:
                continue  # of https, as `enrol` gives it
            walker.context.add_cookies([{"name": name, "value": value, "url": address}])
        walker.open("/today")
        while not coming.over() or not saves:
            for name in ("予約", "きょう"):
                link = walker.page.get_by_role("link", name=name, exact=True).first
                screens.append(tap.tap(walker, link, f"{tap.SCREEN} h1"))
            button = walker.page.locator("[class*=st-key-came_], [class*=st-key-undo_]")
            if not button.count():
                walker.page.locator("[class*=st-key-open_] button").first.click()
                walker.settle()
            saves.append(tap.tap(walker, button.locator("button").first, tap.SCREEN))
            walker.page.wait_for_timeout(1000 * SETTLES)
        chromium.close()
    return saves, screens


def p95(seconds: Iterable[float]) -> float:
    """The 95th percentile, in milliseconds."""
    return 1000 * statistics.quantiles(seconds, n=20, method="inclusive")[-1]


def told(found: Found, held: list[Held]) -> list[str]:
    """What was measured, in lines."""
    lines = [
        f"{kind}: {len(some)}, p50 {1000 * statistics.median(some):.0f} ms, "
        f"p95 {p95(some):.0f} ms, most {1000 * max(some):.0f} ms"
        for kind, some in found.taken.items()
    ]
    first, last = held[0], held[-1]
    cores = (last.cpu_s - first.cpu_s) / (last.at - first.at)
    lines.append(
        f"server: {cores:.2f} cores, at most {max(one.rss_mb for one in held):.0f} MB, "
        f"{max(one.threads for one in held)} threads, {max(one.files for one in held)} files, "
        f"WAL {max(one.wal_mb for one in held):.1f} MB"
    )
    return lines + [f"{count} × {what}" for what, count in found.wrong.items()]
