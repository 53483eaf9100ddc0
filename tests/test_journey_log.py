"""Logging in a real browser: four taps on a tablet without scrolling, and a queue in a rush."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.axe import serious
from tests.server import Server
from tests.walk import PHONE, TABLET, Walker

pytestmark = [pytest.mark.browser, pytest.mark.server]
CHOSEN = "[aria-checked=true]"


def at(walker: Walker, key: str) -> Locator:
    return walker.page.locator(f"[class*=st-key-{key}] button")


# A line on which nothing comes back for a while: what the browser knows is old, its taps go out.
LINE = """
window.held = null;
const Real = WebSocket;
WebSocket = class extends Real {
  set onmessage(hear) {
    super.onmessage = (event) => (held ? held.push(() => hear(event)) : hear(event));
  }
  addEventListener(kind, hear, ...more) {
    const later = (event) => (held ? held.push(() => hear(event)) : hear(event));
    super.addEventListener(kind, kind === "message" ? later : hear, ...more);
  }
};
"""
HOLD = "held = []"
LET_GO = "const some = held; held = null; some.forEach((hear) => hear());"


def answered(walker: Walker) -> None:
    """Wait until answers came that the browser does not know of, and no more come."""
    count = 0
    while not count or count < walker.page.evaluate("held.length"):
        count = walker.page.evaluate("held.length")
        walker.page.wait_for_timeout(800)


def twice_on_a_slow_line(walker: Walker, what: Locator) -> None:
    """A tap, and another one before the screen shows that the first was taken."""
    walker.page.evaluate(HOLD)
    for _n in range(2):
        what.dispatch_event("click")
        answered(walker)
    walker.page.evaluate(LET_GO)
    walker.settle()


def listed(walker: Walker) -> int:
    """How many consultations of today there are."""
    walker.open("/logged")
    return int((re.findall(r"(\d+)件", walker.text()) or ["0"])[0])


def bottom(what: Locator) -> float:
    box: Any = what.bounding_box()
    return float(box["y"] + box["height"])


def open_for(walker: Walker, path: str) -> None:
    """The screen of that address; the last part may be what is tapped there first."""
    address, _sign, tapped = path.partition("#")
    walker.sign_in("planner" if address == "/consultations" else "volunteer")
    if address == "/logged":  # there is one to show
        walker.open("/rush")
        at(walker, "rush_other_").click()
        walker.settle()
    walker.open(address)
    if tapped:
        at(walker, tapped).first.click()
        walker.settle()


SHOWN = ("/log", "/rush", "/tally", "/logged", "/logged#logged_open_", "/today", "/consultations")


@pytest.mark.parametrize("path", SHOWN)
def test_axe_finds_nothing_serious(desk_server: Server, chromium: Browser, path: str) -> None:
    volunteer = Walker(chromium, desk_server.address, TABLET)
    open_for(volunteer, path)
    assert serious(volunteer.page) == []
    volunteer.close()


def test_four_taps_without_scrolling_then_one_more_the_same(
    desk_server: Server, chromium: Browser
) -> None:
    volunteer = Walker(chromium, desk_server.address, TABLET)
    volunteer.sign_in("volunteer")
    volunteer.open("/log")
    topics = at(volunteer, "log_topic")
    expect(topics).to_have_count(12)
    sizes = {
        (round(box["width"]), round(box["height"]))
        for one in topics.all()
        if (box := one.bounding_box())
    }
    assert len(sizes) == 1  # an even grid
    [(_width, height)] = sizes
    assert height >= 56
    volunteer.tap("末広一丁目")
    volunteer.tap("85歳以上")
    volunteer.tap("詐欺")
    at(volunteer, "log_save").click()
    receipt = volunteer.page.get_by_text("保存しました：末広一丁目・詐欺")
    expect(receipt).to_be_visible()
    expect(volunteer.page.locator(f".st-key-log_card {CHOSEN}")).to_have_count(2)  # the defaults
    for key in ("log_town_common", "log_age", "log_topic"):
        expect(volunteer.page.locator(f".st-key-{key} {CHOSEN}")).to_have_count(0)
    again = at(volunteer, "log_again_")
    expect(again).to_be_visible()
    volunteer.settle()
    for what in (topics.last, at(volunteer, "log_save"), again):
        assert bottom(what) <= TABLET["height"]
    first = int(re.findall(r"きょう(\d+)件め", receipt.inner_text())[0])
    again.dblclick()
    expect(volunteer.page.get_by_text(f"きょう{first + 1}件め")).to_be_visible()
    volunteer.settle()
    expect(volunteer.page.get_by_text(f"きょう{first + 1}件め")).to_be_visible()
    volunteer.close()


def test_a_reload_brings_what_was_tapped_back(desk_server: Server, chromium: Browser) -> None:
    volunteer = Walker(chromium, desk_server.address, TABLET)
    volunteer.sign_in("volunteer")
    volunteer.open("/log")
    volunteer.tap("85歳以上")
    volunteer.tap("地図")
    volunteer.open("/log")
    for key, text in (("log_age", "85歳以上"), ("log_topic", "地図")):
        expect(volunteer.page.locator(f".st-key-{key} {CHOSEN}")).to_have_text(text)
    volunteer.tap("消して新しく書く")
    for key in ("log_age", "log_topic"):
        expect(volunteer.page.locator(f".st-key-{key} {CHOSEN}")).to_have_count(0)
    volunteer.close()


@pytest.mark.parametrize("size", [TABLET, PHONE], ids=["tablet", "phone"])
def test_in_a_rush_each_tap_counts_once_and_the_last_is_taken_back(
    desk_server: Server, chromium: Browser, size: dict[str, int]
) -> None:
    volunteer = Walker(chromium, desk_server.address, size)
    volunteer.sign_in("staff")
    volunteer.open("/rush")
    tiles = at(volunteer, "rush_").filter(has_not_text="取り消す")
    wifi, line = (tiles.filter(has_text=text).first for text in ("Wi-Fi", "LINE"))

    def count(tile: Locator) -> int:
        return int((re.findall(r"\d+", tile.inner_text()) or ["0"])[-1])

    before = count(wifi), count(line)
    for tile in (wifi, line, wifi):
        tile.click()
        volunteer.settle()
    expect(wifi).to_have_text(re.compile(rf"Wi-Fi\s*{before[0] + 2}"))
    expect(line).to_have_text(re.compile(rf"LINE\s*{before[1] + 1}"))
    volunteer.tap("取り消す：Wi-Fi")
    expect(wifi).to_have_text(re.compile(rf"Wi-Fi\s*{before[0] + 1}"))
    assert volunteer.page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    volunteer.open("/rush")
    expect(wifi).to_have_text(re.compile(rf"Wi-Fi\s*{before[0] + 1}"))
    volunteer.close()


def test_on_a_slow_line_a_second_tap_is_the_first_one(
    desk_server: Server, chromium: Browser
) -> None:
    volunteer = Walker(chromium, desk_server.address, TABLET)
    volunteer.context.add_init_script(LINE)
    volunteer.sign_in("admin")
    before = listed(volunteer)
    volunteer.open("/log")
    for answer in ("末広一丁目", "65–69", "設定"):
        volunteer.tap(answer)
    twice_on_a_slow_line(volunteer, at(volunteer, "log_save_"))
    expect(volunteer.page.get_by_text("きょう1件め")).to_be_visible()
    expect(volunteer.page.get_by_text("別の方ですか")).to_have_count(0)
    expect(volunteer.page.locator(f".st-key-log_topic {CHOSEN}")).to_have_count(0)
    twice_on_a_slow_line(volunteer, at(volunteer, "log_again_"))
    expect(volunteer.page.get_by_text("きょう2件め")).to_be_visible()
    volunteer.open("/rush")
    tile = at(volunteer, "rush_map_")
    twice_on_a_slow_line(volunteer, tile)
    expect(tile).to_have_text(re.compile(r"地図\s*1"))
    volunteer.open("/tally")
    volunteer.page.locator(".st-key-tally_map button").last.click()
    volunteer.tap("たしかめる")
    twice_on_a_slow_line(volunteer, at(volunteer, "tally_save_"))
    expect(volunteer.page.get_by_text("保存しました")).to_be_visible()
    assert listed(volunteer) == before + 4
    volunteer.close()
