"""The Wi-Fi page on a cold phone-sized browser: time to a usable list and map, bytes, hosts."""

import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import sync_playwright

from tests import browser
from tests.server import running

PHONE = {"width": 360, "height": 740}


def run() -> dict[str, float]:
    """first_start_ms: from the process to the first answer, the trial year being loaded.

    list_ms and map_ms: from asking for the page to the first spot and to a drawn map; kb: bytes
    over the wire; other_hosts: how many hosts but ours were asked.
    """
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        started = time.perf_counter()
        with running(f"{folder}/desk.sqlite3", Path(folder) / "log") as server:
            first_start = time.perf_counter() - started
            opened = playwright.chromium.launch(
                executable_path=browser.get(), args=list(browser.ARGUMENTS)
            )
            page = opened.new_page(viewport=PHONE)
            ours, hosts, received = urlsplit(server.address).netloc, set(), []
            page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
            wire = page.context.new_cdp_session(page)
            wire.send("Network.enable")
            wire.on("Network.loadingFinished", lambda e: received.append(e["encodedDataLength"]))
            wire.on(
                "Network.webSocketFrameReceived",
                lambda e: received.append(len(e["response"]["payloadData"]) * 3 / 4),
            )
            asked = time.perf_counter()
            page.goto(server.address)
            page.wait_for_selector("[class*=st-key-join_] button")
            listed = time.perf_counter()
            frame = page.frame_locator("iframe")
            frame.locator(".leaflet-container canvas").first.wait_for(state="attached")
            drawn = time.perf_counter()
            page.wait_for_timeout(1000)
            opened.close()
    return {
        "list_ms": 1000 * (listed - asked),
        "map_ms": 1000 * (drawn - asked),
        "kb": sum(received) / 1000,
        "other_hosts": len({host for host in hosts if host and host != ours}),
        "first_start_ms": 1000 * first_start,
    }
