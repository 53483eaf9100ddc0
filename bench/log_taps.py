"""Ten consultations logged by a hand in a browser; the same facts as tickets of django-helpdesk.

Keys: taps and keys (of one consultation, the most), seconds (median, from the hand at rest to the
receipt), and peer_taps, peer_keys, peer_seconds (the same of one ticket).

What is measured. The hand rests 0.8 s before each tap, as a person looks and reaches, and types 5
characters a second. Each consultation has another neighbourhood, age and topic; the form is open,
and the next one begins when the receipt is read. A ticket has the same facts: the desk is its
queue, the topic its title, neighbourhood and age its text, and it is there when its own page is.

Why it is fair. Both run on this machine in one browser, signed in, with a database of their own.
For the ticket these are left out: opening the form anew after each one, the turning of kana into
kanji (a character counts as one key), and everything the form offers besides (priority, due date,
owner, e-mail address), so the peer's figures are the least they can be. Two differences remain: a
ticket has a title in free words, and its form is made for more than a log.

django-helpdesk is no dependency: it is installed into `.cache/django-helpdesk-VERSION`, or the
folder that DESK_BENCH_CACHE names, the first time. Without it there are no figures of the peer.
"""

import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from bench.foreign import ROOT, python_with
from bench.helpdesk_side import NAME, SECRET
from tests import browser
from tests.conftest import prepare
from tests.server import running
from tests.walk import TABLET, Walker

CONSULTATIONS = 10
REACH, KEY = 0.8, 0.2  # seconds before a tap, and for a character
HELPDESK = "2.6.1"
PACKAGES = (f"django-helpdesk=={HELPDESK}", "django==5.2.19")
QUEUES = ("市役所 スマホ相談窓口", "玉浦 スマホ相談窓口")
QUIET = 60_000  # milliseconds to wait for an answer at most


@dataclass(frozen=True)
class Facts:
    """What a consultation was about, in the words of the screen."""

    town: str
    age: str
    topic: str


class Hand:
    """A hand that rests, taps and types, and counts."""

    def __init__(self, page: Page) -> None:
        self.page, self.taps, self.keys = page, 0, 0
        self.began = time.perf_counter()

    def tap(self, what: Locator) -> None:
        self.rest()
        what.click()

    def rest(self) -> None:
        """Look and reach for the next thing."""
        time.sleep(REACH)
        self.taps += 1

    def type(self, text: str) -> None:
        self.page.keyboard.type(text, delay=1000 * KEY)
        self.keys += len(text)

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self.began


def run() -> dict[str, float]:
    """taps, keys, seconds, peer_taps, peer_keys, peer_seconds."""
    python = python_with("django-helpdesk", HELPDESK, PACKAGES) if HELPDESK else None
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=browser.get(), args=list(browser.ARGUMENTS)
        )
        prepare(f"{folder}/desk.sqlite3")
        with running(f"{folder}/desk.sqlite3", Path(folder) / "log") as server:
            facts, ours = consultations(opened, server.address)
        figures = told("", "a consultation", ours)
        if python:
            with helpdesk(python, Path(folder)) as address:
                figures |= told("peer_", "a ticket", tickets(opened, address, facts))
        opened.close()
    return figures


def told(prefix: str, what: str, hands: list[tuple[int, int, float]]) -> dict[str, float]:
    """Of all of them: the most taps and keys, the median of seconds."""
    taps, keys, seconds = zip(*hands, strict=True)
    print(
        f"{what}: {min(taps)} to {max(taps)} taps, {min(keys)} to {max(keys)} keys, "
        f"{min(seconds):.1f} to {max(seconds):.1f} s"
    )
    return {
        f"{prefix}taps": max(taps),
        f"{prefix}keys": max(keys),
        f"{prefix}seconds": statistics.median(seconds),
    }


def consultations(
    chromium: Browser, address: str
) -> tuple[list[Facts], list[tuple[int, int, float]]]:
    """Log them all; what each was about, and its taps, keys and seconds."""
    walker = Walker(chromium, address)
    walker.sign_in("volunteer")
    walker.open("/log")
    page = walker.page
    towns, ages, topics = (
        page.locator(f".st-key-log_{name} button") for name in ("town_common", "age", "topic")
    )
    facts, hands = [], []
    for n in range(CONSULTATIONS):
        chosen = towns.nth(n % 5), ages.nth(n % 7), topics.nth(n % 12)
        facts.append(Facts(*(one.inner_text().replace("\n", "") for one in chosen)))
        hand = Hand(page)
        for one in chosen:
            hand.tap(one)
        hand.tap(page.locator(".st-key-log_save button"))
        expect(page.get_by_text(f"きょう{n + 1}件め")).to_be_visible(timeout=QUIET)
        hands.append((hand.taps, hand.keys, hand.seconds))
        walker.settle()
        expect(page.locator(".st-key-log_topic [aria-checked=true]")).to_have_count(0)
    walker.close()
    return facts, hands


def tickets(chromium: Browser, address: str, facts: list[Facts]) -> list[tuple[int, int, float]]:
    """The same as tickets; the taps, keys and seconds of each."""
    context = chromium.new_context(viewport={**TABLET}, locale="en-GB")
    page = context.new_page()
    page.goto(f"{address}/login/")
    page.fill("#username", NAME)
    page.fill("#password", SECRET)
    page.press("#password", "Enter")
    page.wait_for_url(lambda url: "/login" not in url)
    hands = []
    for one in facts:
        page.goto(f"{address}/tickets/submit/")
        hand = Hand(page)
        hand.tap(page.locator("#id_queue"))
        hand.rest()  # the second tap, on the queue in the list of the system
        page.select_option("#id_queue", label=QUEUES[0])
        hand.tap(page.locator("#id_title"))
        hand.type(one.topic)
        hand.tap(page.locator("#id_body"))
        hand.type(f"{one.town} {one.age}")
        hand.tap(page.locator("button[type=submit].btn-primary"))
        page.wait_for_url("**/tickets/*/", timeout=QUIET)
        expect(page.get_by_text(one.topic).first).to_be_visible(timeout=QUIET)
        hands.append((hand.taps, hand.keys, hand.seconds))
    context.close()
    return hands


@contextmanager
def helpdesk(python: Path, folder: Path) -> Iterator[str]:
    """The address of django-helpdesk with an empty database."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = folder / "helpdesk.log"
    command = [python, "-m", "bench.helpdesk_side", folder, str(port), *QUEUES]
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT)
    address = f"http://127.0.0.1:{port}"
    try:
        if not until(lambda: answers(f"{address}/login/"), process):
            sys.exit(f"django-helpdesk was installed but does not answer.\n{log.read_text()}")
        yield address
    finally:
        process.terminate()
        process.wait(20)


def until(there: Callable[[], bool], process: "subprocess.Popen[bytes]") -> bool:
    """True once it is there; False after a minute, or when the process ended."""
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        if there():
            return True
        time.sleep(0.1)
    return False


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5):
            return True
    except urllib.error.HTTPError:
        raise
    except OSError:
        return False
