"""The residents' light page of Wi-Fi in a real browser: the phone's position stays on the phone,
the map comes after the list, and nothing asks another host.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from bench import trial_city
from tests.server import Server
from tests.walk import PHONE
from web.wifi import MOST

pytestmark = pytest.mark.browser
TOWN, TOWN_ID = "早股", "042111-早股"
READY = "#map[data-ready]"
STAND = {"latitude": 38.0857, "longitude": 140.9157}  # somewhere in the city, not a town's point
FAILS = "navigator.geolocation.getCurrentPosition = (ok, no) => no({{code: {code}}})"
SLOW = "Object.defineProperty(navigator, 'connection', {{get: () => ({line})}})"


class Phone:
    """A resident's phone: what it asked for, and what went wrong on it."""

    def __init__(self, chromium: Browser, address: str, **options: Any) -> None:
        self.address = address
        self.context: BrowserContext = chromium.new_context(
            viewport={"width": PHONE["width"], "height": PHONE["height"]},
            **{"has_touch": True, "is_mobile": True, **options},
        )
        self.asked: list[str] = []
        self.problems: list[str] = []
        self.context.on("request", lambda request: self.asked.append(request.url))
        self.page: Page = self.context.new_page()
        self.page.on("pageerror", lambda problem: self.problems.append(str(problem)))
        self.page.on("console", self._note)

    def _note(self, message: Any) -> None:
        if message.type == "error":
            self.problems.append(message.text)

    def open(self, query: str = "", *, wait: str = READY) -> None:
        self.page.goto(f"{self.address}/wifi{query}")
        self.page.wait_for_selector(wait, timeout=15_000, state="attached")

    def rows(self) -> list[str]:
        return self.page.locator("#wifi .list li").all_inner_texts()

    def hosts(self) -> set[str]:
        return {url.split("/")[2] for url in self.asked if url.startswith("http")}


@pytest.fixture
def phones(desk_server: Server, chromium: Browser) -> Iterator[Any]:
    made: list[Phone] = []

    def phone(**options: Any) -> Phone:
        made.append(Phone(chromium, desk_server.address, **options))
        return made[-1]

    yield phone
    for one in made:
        one.context.close()


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A city with more Wi-Fi than one page lists."""
    with trial_city.server(str(tmp_path_factory.mktemp("large")), spots=MOST + 30) as server:
        yield server


def test_a_long_list_is_whole_before_the_phone_is_asked_where_it_is(
    large: Server, chromium: Browser
) -> None:
    phone = Phone(chromium, large.address, geolocation=STAND, permissions=["geolocation"])
    phone.open()
    assert len(phone.rows()) == MOST
    page = phone.page
    page.evaluate(
        """() => {
          const ask = navigator.geolocation.getCurrentPosition.bind(navigator.geolocation);
          navigator.geolocation.getCurrentPosition = (...all) => {
            window.before = performance.getEntriesByType('resource').length;
            ask(...all);
          };
        }"""
    )
    page.locator("#position").click()
    expect(page.locator("#found")).to_be_focused()
    assert len(phone.rows()) == MOST + 30
    away = [int(re.findall(r"約([\d,]+)m", row)[0].replace(",", "")) for row in phone.rows()]
    assert away == sorted(away)
    expect(page.locator("#more")).to_be_hidden()
    # Nothing was asked of anybody after the phone had told where it is.
    assert page.evaluate("performance.getEntriesByType('resource').length === window.before")
    assert phone.problems == []
    phone.context.close()


# Without a script


def test_without_a_script_the_nearest_wifi_is_two_taps_away(phones: Any) -> None:
    phone = phones(java_script_enabled=False)
    phone.open(wait="#wifi")
    assert len(phone.rows()) == 14
    expect(phone.page.locator("#position")).to_be_hidden()
    expect(phone.page.get_by_text("地図を出すにはJavaScriptが要ります")).to_be_visible()
    phone.page.locator("#town").select_option(label=TOWN)
    phone.page.get_by_role("button", name="さがす", exact=True).click()
    expect(phone.page.locator("#found")).to_have_text(f"{TOWN}の近く")
    away = [int(re.findall(r"約([\d,]+)m", row)[0].replace(",", "")) for row in phone.rows()]
    assert len(away) == 14
    assert away == sorted(away)
    assert f"town={TOWN_ID}" in phone.page.evaluate("decodeURIComponent(location.href)")
    assert [url for url in phone.asked if "/leaflet/" in url] == []


# The choice of a neighbourhood


def test_a_choice_by_finger_is_the_search_and_one_by_keyboard_is_not(phones: Any) -> None:
    phone = phones()
    phone.open()
    phone.page.locator("#postal").fill("9892431")
    phone.page.locator("#town").focus()
    phone.page.keyboard.press("ArrowDown")
    phone.page.locator("#town").dispatch_event("change")
    phone.page.wait_for_timeout(300)
    assert "town=" not in phone.page.url
    phone.page.locator("#town").dispatch_event("pointerdown")
    with phone.page.expect_navigation():
        phone.page.locator("#town").select_option(label=TOWN)
    expect(phone.page.locator("#found")).to_have_text(f"{TOWN}の近く")
    expect(phone.page.locator("#postal")).to_have_value("")


# The phone's position


def test_the_position_sorts_the_list_as_the_desk_would_and_is_never_sent(phones: Any) -> None:
    phone = phones(permissions=["geolocation"], geolocation=STAND)
    phone.open(f"?town={TOWN_ID}&wish=seats")
    by_desk, headings = phone.rows(), phone.page.locator("#wifi h3").all_inner_texts()
    nearest = phone.page.locator("#nearest").inner_text()
    here = phone.page.evaluate("JSON.parse(document.getElementById('wifi').dataset.facts).here")
    phone.context.set_geolocation({"latitude": here[0], "longitude": here[1]})
    phone.open("?wish=seats")
    address, before = phone.page.url, len(phone.asked)
    phone.page.locator("#position").tap()
    expect(phone.page.locator("#said")).to_have_text(re.compile("スマホの外には送っていません"))
    assert phone.rows() == by_desk
    assert phone.page.locator("#wifi h3").all_inner_texts() == headings
    assert phone.page.locator("#nearest").inner_text() == nearest
    expect(phone.page.locator("#found")).to_have_text("いまいる場所の近く")
    phone.page.wait_for_timeout(1000)
    assert phone.asked[before:] == []
    assert phone.page.url == address
    kept = phone.page.evaluate("[document.cookie, localStorage.length, sessionStorage.length]")
    assert kept == ["", 0, 0]
    assert phone.problems == []


def test_nobody_is_asked_for_a_position_who_did_not_tap(phones: Any) -> None:
    phone = phones()
    phone.context.add_init_script(
        "navigator.geolocation.getCurrentPosition = () => { window.asked = true; }"
    )
    phone.open(f"?town={TOWN_ID}")
    assert phone.page.evaluate("window.asked") is None
    phone.page.locator("#position").tap()
    assert phone.page.evaluate("window.asked") is True
    expect(phone.page.locator("#said")).to_have_text("いまいる場所をさがしています…")


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (1, "スマホが場所を教えない設定になっています"),
        (2, "このスマホでは場所が分かりません"),
        (3, "時間内に場所が分かりませんでした"),
    ],
)
def test_without_a_position_the_page_says_why_and_the_list_stays(
    phones: Any, code: int, sentence: str
) -> None:
    phone = phones()
    phone.context.add_init_script(FAILS.format(code=code))
    phone.open(f"?town={TOWN_ID}")
    before = phone.rows()
    phone.page.locator("#position").tap()
    expect(phone.page.locator("#said")).to_have_text(re.compile(sentence))
    expect(phone.page.locator("#said")).to_have_text(re.compile("地区をえらんでください"))
    assert phone.rows() == before


def test_far_from_the_city_the_page_asks_where_one_is_going(phones: Any) -> None:
    tokyo = {"latitude": 35.6812, "longitude": 139.7671}
    phone = phones(permissions=["geolocation"], geolocation=tokyo)
    phone.open()
    before = phone.rows()
    phone.page.locator("#position").tap()
    expect(phone.page.locator("#said")).to_have_text(re.compile("約28\\dkmはなれています"))
    assert phone.rows() == before


# The map


def test_the_map_comes_after_the_list_from_this_server_alone(phones: Any) -> None:
    phone = phones()
    phone.open(f"?town={TOWN_ID}")
    expect(phone.page.locator("#map .leaflet-marker-icon .desk-spot").first).to_be_visible()
    assert phone.page.locator("#map .desk-name").count() > 5
    assert phone.page.locator("#map .desk-ring").count() > 1
    assert phone.hosts() == {phone.address.removeprefix("http://")}
    assert phone.problems == []
    html = phone.asked.index(next(url for url in phone.asked if "/wifi?" in url))
    drawn = phone.asked.index(next(url for url in phone.asked if "leaflet.js" in url))
    assert html < drawn


@pytest.mark.parametrize("line", ["{saveData: true}", "{effectiveType: '2g'}"])
def test_on_a_thin_line_the_map_waits_for_a_tap(phones: Any, line: str) -> None:
    phone = phones()
    phone.context.add_init_script(SLOW.format(line=line))
    phone.open(wait="#show-map:not([hidden])")
    phone.page.wait_for_timeout(500)
    assert [url for url in phone.asked if "leaflet.js" in url or "geojson" in url] == []
    phone.page.locator("#show-map").tap()
    phone.page.wait_for_selector(READY)
    expect(phone.page.locator("#show-map")).to_be_hidden()


def test_a_map_that_cannot_be_drawn_says_so(phones: Any) -> None:
    phone = phones()
    phone.context.route("**/wifi.geojson*", lambda route: route.abort())
    phone.open(wait="#no-map:not([hidden])")
    expect(phone.page.locator("#map")).to_be_hidden()
    assert len(phone.rows()) == 14


def test_spots_in_one_building_are_one_mark_whose_popup_leads_to_each(phones: Any) -> None:
    phone = phones()
    phone.open("?town=042111-桜一丁目")
    mark = phone.page.locator(".desk-spot text", has_text=re.compile("^[2-9]$")).first
    for _tap in range(5):  # a mark of several buildings opens out first
        if phone.page.locator(".desk-popup").count():
            break
        mark.dispatch_event("click")
        phone.page.wait_for_timeout(600)
    box = phone.page.locator(".leaflet-popup-content-wrapper").bounding_box()
    ground = phone.page.locator("#map").bounding_box()
    assert box
    assert ground
    assert box["x"] >= ground["x"]
    assert box["x"] + box["width"] <= ground["x"] + ground["width"]
    links = phone.page.locator(".desk-popup a")
    assert links.count() >= 2
    assert re.fullmatch(r"/wifi/042111W\d\d", links.first.get_attribute("href") or "")


def test_tapping_the_map_looks_from_there(phones: Any) -> None:
    phone = phones()
    phone.open()
    ground = phone.page.locator("#map")
    ground.scroll_into_view_if_needed()
    before = len(phone.asked)
    ground.tap(position={"x": 160, "y": 380})
    expect(phone.page.locator("#found")).to_have_text("さわった場所の近く")
    assert len(re.findall(r"歩いて", " ".join(phone.rows()))) == 14
    assert phone.asked[before:] == []


def test_neither_wheel_nor_keyboard_nor_finger_is_caught_by_the_map(phones: Any) -> None:
    desktop = phones(has_touch=False, is_mobile=False)
    desktop.open()
    page = desktop.page
    page.locator("#map").scroll_into_view_if_needed()
    page.locator("#map").hover()
    zoom = page.locator("#map .leaflet-control-scale-line").inner_text()
    before = page.evaluate("scrollY")
    page.mouse.wheel(0, -300)
    page.wait_for_timeout(500)
    assert page.evaluate("scrollY") < before
    assert page.locator("#map .leaflet-control-scale-line").inner_text() == zoom
    # From the link before the map to the link after it in a few steps: the ground and its buttons.
    page.locator(".skip").focus()
    stops = 0
    while not page.evaluate("document.activeElement.closest('#after-map ~ *') !== null"):
        page.keyboard.press("Tab")
        stops += 1
        assert stops < 8
    page.locator(".skip").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "after-map"
    touch = phones()
    touch.open()
    action = touch.page.evaluate("getComputedStyle(document.getElementById('map')).touchAction")
    assert action == "pan-x pan-y"  # one finger scrolls the page; two are left to the map


def test_the_background_is_asked_for_only_on_wish_and_never_for_where_one_is(
    phones: Any,
) -> None:
    phone = phones(permissions=["geolocation"], geolocation=STAND)
    pixel = (
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\4\0\0\0\xb5\x1c\x0c\2"
        b"\0\0\0\x0bIDATx\xdac\xfc\xff\x1f\0\3\3\2\0\xef\xbf\xa7\xdb\0\0\0\0IEND\xaeB`\x82"
    )

    def tile(route: Route) -> None:
        route.fulfill(body=pixel, content_type="image/png")

    phone.context.route("https://cyberjapandata.gsi.go.jp/**", tile)
    phone.open(f"?town={TOWN_ID}")
    assert phone.hosts() == {phone.address.removeprefix("http://")}
    phone.page.get_by_text("国土地理院の地図をうしろに出す").click()
    phone.page.wait_for_selector(READY)
    expect(phone.page.locator(".leaflet-tile-pane img").first).to_be_attached()
    ours = phone.address.removeprefix("http://")
    assert phone.hosts() == {ours, "cyberjapandata.gsi.go.jp"}
    expect(phone.page.get_by_text("地理院タイル")).to_be_visible()
    phone.page.wait_for_timeout(500)
    before = len(phone.asked)
    phone.page.locator("#position").tap()
    expect(phone.page.locator("#said")).to_have_text(re.compile("送っていません"))
    phone.page.wait_for_timeout(1000)
    assert phone.asked[before:] == []


# The screen


def test_the_screen_falls_back_to_japanese_for_easy_words(phones: Any) -> None:
    phone = phones()
    phone.page.goto(f"{phone.address}/?lang=easy")
    expect(phone.page.get_by_role("heading", name="無料で使えるWi-Fi")).to_be_visible(
        timeout=30_000
    )
    assert phone.page.locator("html").get_attribute("lang") == "ja"
    expect(phone.page.get_by_text("かるいページ")).to_be_visible()
