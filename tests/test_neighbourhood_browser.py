"""The planner's map in a browser: what is seen, asked for, and kept while a setting changes."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from desk.gaps.drawn.looks import LOOKS
from tests.axe import serious
from tests.server import Server
from tests.walk import PHONE, Walker

pytestmark = [pytest.mark.browser, pytest.mark.server]
MARKS = ".leaflet-marker-icon svg path:first-child"
PATHS = (
    "/neighbourhoods",
    "/neighbourhood?town=042111-下野郷",
    "/where-next",
    "/actions",
    "/publish",
)


@pytest.fixture(scope="module")
def planner(desk_server: Server, chromium: Browser) -> Iterator[Walker]:
    walker = Walker(chromium, desk_server.address)
    walker.sign_in("planner")
    yield walker
    walker.close()


@pytest.mark.parametrize("path", PATHS)
def test_axe_finds_nothing_serious(planner: Walker, path: str) -> None:
    planner.open(path)
    assert serious(planner.page) == []


def test_the_map_stays_while_a_setting_changes_and_its_shapes_do_not(planner: Walker) -> None:
    planner.open("/neighbourhoods")
    ground = planner.page.frame_locator("iframe")
    expect(ground.locator(MARKS).first).to_be_attached(timeout=20_000)
    frame = next(one for one in planner.page.frames if "streamlit_folium" in one.url)
    frame.evaluate("window.map.setZoom(13); window.map.kept = true")
    shapes = "els => els.map(one => one.getAttribute('d'))"
    before = ground.locator(MARKS).evaluate_all(shapes)
    assert set(before) <= {look.path for look in LOOKS.values()}
    planner.tap("500 m")
    expect(ground.locator(MARKS).first).to_be_attached()
    assert ground.locator(MARKS).evaluate_all(shapes) != before
    assert frame.evaluate("[window.map.kept, window.map.getZoom()]") == [True, 13]
    assert re.search("[?&]within=500", planner.page.url)
    assert planner.hosts == {planner.address.removeprefix("http://")}


def test_a_link_in_the_list_opens_its_page_with_the_settings_chosen(planner: Walker) -> None:
    planner.open("/neighbourhoods?kind=class&within=800")
    link = planner.page.locator("[data-testid=stPageLink] a").filter(has_text="必要とする人").first
    name = link.locator("strong").inner_text()
    link.click()
    planner.page.wait_for_url("**/neighbourhood?**")
    planner.settle()
    assert planner.text().startswith(name) or f"{name}はなぜそうなのか" in planner.text()
    assert {"kind=class", "within=800"} <= set(planner.page.url.split("?")[1].split("&"))


@pytest.mark.parametrize("path", PATHS)
def test_nothing_goes_over_the_side_of_a_phone(
    desk_server: Server, chromium: Browser, path: str
) -> None:
    walker = Walker(chromium, desk_server.address, PHONE)
    walker.sign_in("planner")
    walker.open(path)
    wide = walker.page.evaluate(
        "[document.documentElement.scrollWidth, "
        "document.querySelector('[data-testid=stMain]').scrollWidth]"
    )
    assert max(wide) <= PHONE["width"]
    walker.close()
