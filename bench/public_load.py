"""200 clients on the residents' pages for a minute while a screen is used; Datasette beside it.

Keys: requests_per_s, p99_ms (from asking to the whole answer), errors (answers that are not whole
or not 200), tap_ms (95th percentile of a tap on a signed-in screen meanwhile), ratio_datasette
(requests per second, ours to Datasette's).

What is measured. The clients (`bench.clients`, a process of their own) ask for all `PATHS` in turn
and take gzip as browsers do; a volunteer's screen in a real Chromium opens and closes a class all
the while. A path that is not there is named and left out.

Datasette serves the same rows, with datasette-cluster-map, from its own environment, one process
with uvloop and httptools as ours. Both are asked afterwards, alone and for the same time, for the
same things: the page of the list, its CSV and its JSON. Datasette gets its file immutable, which is
its fastest way, and its pages hold the whole list. Two differences remain: Datasette asks the
database each time, ours at most once in seconds, which is the point; and its pages can be
filtered and sorted in more ways than ours.

Datasette is no dependency: it is installed into `.cache/datasette-VERSION`, or the folder that
DESK_BENCH_CACHE names, the first time. Without it there is no ratio_datasette.
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import sqlite_utils
from playwright.sync_api import sync_playwright

from bench import clients, tap
from bench.clients import Outcome
from bench.foreign import python_with
from bench.trial_city import server
from desk import store, wifi
from tests import browser
from tests.walk import Walker

CLIENTS, SECONDS, COMPARED = 200, 60.0, 8.0
FILES = "/opendata/042111"
LIST, CSV, JSON = "/wifi", f"{FILES}_public_wireless_lan.csv", "/wifi.geojson"
PATHS = (
    LIST,
    "/classes",
    "/classes.ics",
    CSV,
    f"{FILES}_public_facility.csv",
    f"{FILES}_event.csv",
)
BARE = "/_stcore/health"  # no file, no database
SCREEN = b"<title>Streamlit</title>"  # Streamlit answers what nobody else does with its document
DATASETTE = "0.65.5"
PACKAGES = (
    f"datasette=={DATASETTE}",
    "datasette-cluster-map==0.18.2",
    "uvloop==0.23.0",
    "httptools==0.9.0",
)
THEIRS = "/wifi/wifi_spot"


def run() -> dict[str, float]:
    """requests_per_s, p99_ms, errors, tap_ms, ratio_datasette."""
    python = python_with("datasette", DATASETTE, PACKAGES) if DATASETTE else None
    print(f"running before us: {os.getloadavg()[0]:.1f} of {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as folder:
        with server(folder) as desk:
            found, taps = visited(desk.address)
            ours = alone(desk.address, there(desk.address, (LIST, CSV, JSON)), "ours, Wi-Fi only")
            alone(desk.address, [BARE], f"a bare route ({BARE})")
        figures = {
            "requests_per_s": found.per_s,
            "p99_ms": found.p99_ms,
            "errors": found.errors,
            "tap_ms": p95(taps),
        }
        if python and ours:
            with datasette(python, folder) as address:
                paths = [THEIRS, f"{THEIRS}.csv", f"{THEIRS}.json?_shape=objects"]
                theirs = alone(address, there(address, paths), f"Datasette {DATASETTE}")
            if theirs:
                figures["ratio_datasette"] = ours.per_s / theirs.per_s
    return figures


def visited(address: str) -> tuple[Outcome, list[float]]:
    """All clients on all pages, and the milliseconds of each tap meanwhile."""
    paths = there(address, PATHS)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=browser.get(), args=list(browser.ARGUMENTS)
        )
        walker = Walker(opened, address)
        walker.sign_in("volunteer")
        walker.open("/today")
        button = walker.page.locator("[class*=st-key-open_] button").first
        quiet = [tap.tap(walker, button, tap.SCREEN) for _ in range(6)][2:]
        visiting = clients.started(address, paths, clients=CLIENTS, seconds=SECONDS)
        taps = []
        while visiting.poll() is None:
            taps.append(tap.tap(walker, button, tap.SCREEN))
        opened.close()
    found = clients.outcome(visiting)
    say(f"ours, {len(paths)} paths", found)
    print(f"{len(taps)} taps: p95 {p95(taps):.0f} ms, most {max(taps):.0f} ms")
    print(f"{len(quiet)} taps before: most {max(quiet):.0f} ms")
    return found, taps


def p95(taken: list[float]) -> float:
    """The 95th percentile; of a few, the worst."""
    return sorted(taken)[min(len(taken) - 1, int(0.95 * len(taken)))]


def alone(address: str, paths: list[str], who: str) -> Outcome | None:
    """All clients on these pages and nothing else; None without any page."""
    if not paths:
        return None
    visiting = clients.started(address, paths, clients=CLIENTS, seconds=COMPARED)
    found = clients.outcome(visiting)
    say(who, found)
    return found


def there(address: str, paths: tuple[str, ...] | list[str]) -> list[str]:
    """The paths that are answered; the others are named."""
    found = []
    for path in paths:
        try:
            with urllib.request.urlopen(f"{address}{path}", timeout=30) as answer:
                body = answer.read()
        except urllib.error.HTTPError as problem:
            print(f"{path}: {problem.code}, left out")
            continue
        if SCREEN in body:
            print(f"{path}: not there yet, left out")
            continue
        print(f"{path}: {len(body) / 1000:.1f} kB before gzip")
        found.append(path)
    return found


def say(who: str, found: Outcome) -> None:
    facts = ", ".join(f"{key} {value:.6g}" for key, value in asdict(found).items() if key != "told")
    print(f"{who}: {facts} {found.told or ''}", flush=True)


@contextmanager
def datasette(python: Path, folder: str) -> Iterator[str]:
    """Datasette's address, serving the rows that our list shows."""
    store.use(f"{folder}/desk.sqlite3")
    rows = [
        {
            "id": one.id,
            "name": one.name,
            "address": one.address,
            "area": one.area,
            "ssid": one.ssid,
            "how": one.how,
            "latitude": one.lat,
            "longitude": one.lng,
            "seats": one.seats,
            "sockets": one.sockets,
            "wheelchair": one.wheelchair,
            "registration": one.registration,
            "minutes_limit": one.minutes_limit,
            "state": one.state,
        }
        for one in wifi.spots()
    ]
    store.use(None)
    file = f"{folder}/wifi.db"
    sqlite_utils.Database(file)["wifi_spot"].insert_all(rows, pk="id")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [python, "-m", "datasette", "serve", "-i", file, "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        answers(process, f"{address}/-/versions.json")
        yield address
    finally:
        process.terminate()
        process.wait(20)


def answers(process: "subprocess.Popen[bytes]", address: str) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    sys.exit("Datasette was installed but does not answer, so no figures.")
