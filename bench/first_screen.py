"""The Wi-Fi page on a cold phone-sized browser: time to list and map, bytes, hosts; the screen too.

Keys: list_ms and map_ms (from asking for `/wifi` to a list that can be used and to a drawn map), kb
(bytes over the wire, headers included, when all is there), other_hosts (how many hosts but ours
were asked), speed_ratio and weight_ratio (the Streamlit screen's list_ms and kb to these).

What is measured. The server holds 60 spots and has been running; the browser has nothing: a new
profile for each visit, no visit before but one that is thrown away, of each kind, so that neither
the browser's start nor the server's first page is counted. Page and screen take turns; each figure
is a median. The list can be used when its first place can be tapped; the map is drawn when its
spots are. The screen has the same data, and its list the first few.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, sync_playwright

from bench.trial_city import server
from tests import browser
from tests.walk import PHONE

VISITS = 5
LIST = "#spots li a, .list li a"
MAP = "#map.ready, #map[data-ready]"
PLACE = "[class*=st-key-join_] button"
QUIET = 1500  # milliseconds after the map: what is still on its way is counted too
WAIT = 30_000  # milliseconds


@dataclass
class Visit:
    """One look with a cold browser."""

    list_ms: float
    map_ms: float
    kb: float
    hosts: set[str]


def run() -> dict[str, float]:
    """list_ms, map_ms, kb, other_hosts, speed_ratio, weight_ratio."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=browser.get(), args=list(browser.ARGUMENTS)
        )
        with server(folder) as desk:
            page: list[Visit] = []
            screen: list[Visit] = []
            for _ in range(1 + VISITS):
                page.append(visit(opened, f"{desk.address}/wifi", light))
                screen.append(visit(opened, desk.address, streamlit))
        opened.close()
    ours, theirs = median(page[1:]), median(screen[1:])
    for name, one in (("the page", ours), ("the screen", theirs)):
        print(f"{name}: list {one.list_ms:.0f} ms, map {one.map_ms:.0f} ms, {one.kb:.0f} kB")
    most = max(one.list_ms for one in page[1:]), max(one.map_ms for one in page[1:])
    print(f"the slowest visit to the page: list {most[0]:.0f} ms, map {most[1]:.0f} ms")
    return {
        "list_ms": ours.list_ms,
        "map_ms": ours.map_ms,
        "kb": ours.kb,
        "other_hosts": len(ours.hosts - {urlsplit(desk.address).netloc}),
        "speed_ratio": theirs.list_ms / ours.list_ms,
        "weight_ratio": theirs.kb / ours.kb,
    }


def median(visits: list[Visit]) -> Visit:
    """The visit in the middle, figure by figure; the hosts of all."""
    middle = [
        statistics.median(getattr(one, figure) for one in visits)
        for figure in ("list_ms", "map_ms", "kb")
    ]
    return Visit(*middle, set().union(*(one.hosts for one in visits)))


def visit(opened: Browser, address: str, look: Callable[[Page], tuple[float, float]]) -> Visit:
    """Open an address with a browser that knows nothing, and count what comes."""
    context = opened.new_context(viewport=PHONE, locale="ja-JP")
    page = context.new_page()
    hosts: set[str] = set()
    received: list[float] = []
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    wire.on("Network.webSocketFrameReceived", lambda event: received.append(_bytes(event)))
    asked = time.perf_counter()
    page.goto(address, wait_until="commit")
    listed, drawn = look(page)
    page.wait_for_timeout(QUIET)
    context.close()
    named = {host for host in hosts if host}
    return Visit(1000 * (listed - asked), 1000 * (drawn - asked), sum(received) / 1000, named)


def _bytes(event: dict) -> float:
    """Of a frame; binary ones are told in base64."""
    response = event["response"]
    return len(response["payloadData"]) * (3 / 4 if response["opcode"] == 2 else 1)


def light(page: Page) -> tuple[float, float]:
    """The moments when the light page's list and map were there."""
    page.wait_for_selector(LIST, timeout=WAIT)
    listed = time.perf_counter()
    page.wait_for_selector(MAP, state="attached", timeout=WAIT)
    return listed, time.perf_counter()


def streamlit(page: Page) -> tuple[float, float]:
    """The moments when the screen's list and map were there."""
    page.wait_for_selector(PLACE, timeout=WAIT)
    listed = time.perf_counter()
    ground = page.frame_locator("iframe").locator(".leaflet-container canvas")
    ground.first.wait_for(state="attached", timeout=WAIT)
    return listed, time.perf_counter()
