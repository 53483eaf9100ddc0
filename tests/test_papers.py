"""Papers as a printer gets them: large, dark on light, whole, and the code beside the name."""

import io
import uuid
from collections.abc import Iterator
from datetime import date, time, timedelta

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page
from starlette.applications import Starlette
from starlette.testclient import TestClient

from desk import booking, changes, courses, people, places, series, sheets, slips, times
from desk.booking import BookingView
from desk.guide import faces, flow, procedures
from tests.conftest import PIN, VENUE, booking_form, class_form, person, scheduled, shared
from tests.walk import decode
from web.routes import ROUTES

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("city", ["sqlite"], indirect=True),
    pytest.mark.usefixtures("city"),
]
MM = 96 / 25.4  # CSS pixels
WEEK = timedelta(days=7)
TELEPHONE, SITE = "0223-22-1111", "https://desk.city.iwanuma.miyagi.jp"
# Every text that is seen: its size in points, and its contrast against what is behind it.
TEXTS = """() => {
  const numbers = text => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, n) => sum + v * [.2126, .7152, .0722][n], 0);
  const behind = e => {
    for (; e; e = e.parentElement) {
      const colour = numbers(getComputedStyle(e).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
      if (colour[3] > 0) throw new Error('half transparent');
    }
    return [255, 255, 255];
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
  while (walker.nextNode()) {
    const text = walker.currentNode.data.trim(), e = walker.currentNode.parentElement;
    if (!text || !e.getClientRects().length) continue;
    const style = getComputedStyle(e);
    const [a, b] = [light(numbers(style.color)), light(behind(e))].sort((x, y) => y - x);
    found.push([text, parseFloat(style.fontSize) * .75, (a + .05) / (b + .05)]);
  }
  return found;
}"""


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setenv("DESK_TELEPHONE", TELEPHONE)
    monkeypatch.setenv("DESK_ADDRESS", SITE)
    with TestClient(Starlette(routes=ROUTES)) as client:
        yield client


def tomorrow() -> date:
    return times.today(times.now()) + timedelta(days=1)


def booked(class_id: str, **changes: object) -> BookingView:
    form = booking_form(class_id, **changes)
    return booking.book(person("volunteer"), id=str(uuid.uuid4()), form=form, now=times.now())


def slip_of(booking_id: str) -> str:
    return "/slip/" + slips.ticket(person("volunteer"), booking_id=booking_id, now=times.now())


def longest() -> dict[str, object]:
    """The course with the longest title, in the room with the longest name."""
    course = max(courses.all_courses(), key=lambda one: len(one["title"]))
    rooms = [(v, r) for v in places.venues(with_rooms=True) for r in places.rooms(v["id"])]
    venue, room = max(rooms, key=lambda one: len(one[0]["name"] + one[1]["name"]))
    return {"course_id": course["id"], "venue_id": venue["id"], "room_id": room["id"]}


def longest_slips() -> dict[str, str]:
    """Addresses of slips of two people each: with a seat, with one that is kept, waiting."""
    meeting = scheduled(day=tomorrow() + WEEK, seats=4, **longest())
    two = [
        booked(meeting.id, kana=f"サカキバラ {name}ザエモン", party=2)
        for name in ("ジュウ", "ヨシ", "カン", "ゴ")
    ]
    changes.cancel(person("volunteer"), booking_id=two[0].id, now=times.now())
    state = {booking.get(person("volunteer"), booking_id=one.id)[0].state: one.id for one in two}
    assert set(state) == {"cancelled", "seated", "held", "waiting"}
    return {name: slip_of(id) for name, id in state.items()}


def series_slip(days: int) -> str:
    form = class_form(day=tomorrow(), starts=time(16), ends=time(17), **longest())
    made = series.create(
        person("staff"),
        id=f"S{days}",
        form=form,
        days=series.weekly(tomorrow(), days),
        now=times.now(),
    )
    ids = [one.id for one in made]
    form = booking_form(ids[0], kana="サカキバラ ヨシ")
    group = booking.book_series(
        person("volunteer"), id=f"B{days}", form=form, class_ids=ids, now=times.now()
    )
    return slip_of(group[0].id)


def sheet_addresses() -> dict[str, str]:
    """Every sheet of a full class, with a waitlist and somebody whose seat is kept."""
    who, now = person("staff"), times.now()
    meeting = scheduled(day=tomorrow(), starts=time(9), ends=time(10), seats=16)
    some = [booked(meeting.id, reach_note=TELEPHONE) for _ in range(20)]
    changes.cancel(who, booking_id=some[0].id, now=now)
    return {
        "roster": "/sheet/roster/" + sheets.roster_ticket(who, class_id=meeting.id, now=now),
        "sign-in": "/sheet/sign-in/" + sheets.sign_in_ticket(who, class_id=meeting.id, now=now),
        "calls": "/sheet/calls/" + sheets.call_list_ticket(who, day=tomorrow(), now=now),
        "poster": "/sheet/poster/"
        + sheets.poster_ticket(who, venue_id=VENUE, month=tomorrow(), now=now),
    }


def pages_of(page: Page) -> int:
    return page.pdf(prefer_css_page_size=True).count(b"/MediaBox")


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_everything_on_a_slip_is_large_and_on_one_page(
    desk: TestClient, page: Page, lang: str
) -> None:
    for state, address in longest_slips().items():
        page.set_content(desk.get(f"{address}?lang={lang}").text)
        texts = page.evaluate(TEXTS)
        assert len(texts) >= 10
        assert [text for text, points, _contrast in texts if points < 18] == [], state
        for where in (".day", ".time"):
            large = "e => parseFloat(getComputedStyle(e).fontSize) * .75"
            assert page.locator(where).evaluate(large) >= 36
        assert page.locator(".wait").count() == (state != "seated")
        assert TELEPHONE in page.inner_text("main")
        assert f"{SITE.removeprefix('https://')}/cancel" in page.inner_text("main")
        assert pages_of(page) == 1, state


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_every_text_on_paper_stands_out(desk: TestClient, page: Page, lang: str) -> None:
    for name, address in {**longest_slips(), **sheet_addresses()}.items():
        page.set_content(desk.get(f"{address}?lang={lang}").text)
        texts = page.evaluate(TEXTS)
        assert len(texts) >= 7
        assert [(text, contrast) for text, _points, contrast in texts if contrast < 7] == [], name


def test_the_qr_of_a_slip_is_wide_sturdy_and_says_the_code_alone(
    desk: TestClient, page: Page
) -> None:
    made = booked(scheduled(day=tomorrow()).id)
    page.set_content(desk.get(slip_of(made.id)).text)
    [found] = zxingcpp.read_barcodes(Image.open(io.BytesIO(page.screenshot(full_page=True))))
    assert (found.text, found.ec_level) == (made.code, "Q")
    corner, other = found.position.top_left, found.position.top_right
    assert abs(other.x - corner.x) + 1 >= 25 * MM  # the symbol without its quiet zone


@pytest.mark.parametrize(("days", "pages"), [(2, 1), (6, 2), (12, 2)])
def test_a_series_loses_no_day_and_its_code_stays_beside_the_name(
    desk: TestClient, page: Page, days: int, pages: int
) -> None:
    page.set_content(desk.get(series_slip(days)).text)
    assert page.locator(".day").count() == days
    assert pages_of(page) == pages
    foot = [page.locator(where).bounding_box() for where in (".who", ".code b", ".qr svg")]
    # Of the 194 mm between the margins of the first page.
    assert max(box["y"] + box["height"] for box in foot if box) < 80 * MM


def test_the_offices_stub_is_a_page_of_its_own(desk: TestClient, page: Page) -> None:
    people.add(person("admin"), id="v", name="ハナ", role="volunteer", secret=PIN, now=times.now())
    shared(desk)
    desk.post("/sign-in", data={"name": "ハナ", "secret": PIN})
    for address, pages in ((longest_slips()["waiting"], 2), (series_slip(12), 3)):
        page.set_content(desk.get(f"{address}?stub=1").text)
        assert pages_of(page) == pages


@pytest.mark.parametrize(("people", "pages"), [(16, 1), (40, 2)])
def test_a_long_roster_says_on_every_page_which_class_it_is(
    desk: TestClient, page: Page, people: int, pages: int
) -> None:
    meeting = scheduled(day=tomorrow(), seats=people)
    names = [booked(meeting.id).kana for _ in range(people)]
    who, now = person("volunteer"), times.now()
    for path, ticket in (
        ("roster", sheets.roster_ticket(who, class_id=meeting.id, now=now)),
        ("sign-in", sheets.sign_in_ticket(who, class_id=meeting.id, now=now)),
    ):
        page.set_content(desk.get(f"/sheet/{path}/{ticket}").text)
        assert page.locator("tbody .name").all_inner_texts() == names
        assert pages_of(page) == pages
        # A table's head is printed again on every page.
        head = page.locator("thead").first
        assert head.evaluate("e => getComputedStyle(e).display") == "table-header-group"
        assert "14:00–15:00" in head.inner_text()
        assert "岩沼市役所" in head.inner_text()


def test_a_roster_tells_what_the_volunteer_must_know(desk: TestClient) -> None:
    meeting = scheduled(day=tomorrow() + WEEK, seats=2, equipment=(("tablet", 2),))
    first, kept, _waits = (booked(meeting.id, party=2, kana=kana) for kana in ("ア", "イ", "ウ"))
    changes.cancel(person("volunteer"), booking_id=first.id, now=times.now())
    ticket = sheets.roster_ticket(person("volunteer"), class_id=meeting.id, now=times.now())
    page = desk.get(f"/sheet/roster/{ticket}").text
    for needed in (
        "満席（2席） 待ち2人",
        "貸出タブレット（見本） × 2",
        "まだ決まっていません",
        kept.code,
    ):
        assert needed in page
    assert page.count("席をとってあります") == 1


@pytest.mark.parametrize(("classes", "pages"), [(0, 1), (1, 1), (5, 1), (12, 1), (30, 2)])
def test_a_poster_leads_to_the_page_of_its_venue(
    desk: TestClient, page: Page, classes: int, pages: int
) -> None:
    first = (tomorrow().replace(day=1) + timedelta(days=31)).replace(day=1)
    for n in range(classes):
        scheduled(
            day=first + timedelta(days=n // 2),
            starts=time(10 + 2 * (n % 2)),
            ends=time(11 + 2 * (n % 2)),
        )
    ticket = sheets.poster_ticket(person("staff"), venue_id=VENUE, month=first, now=times.now())
    page.set_content(desk.get(f"/sheet/poster/{ticket}").text)
    assert page.locator("tbody .short").count() == 3 * classes
    assert pages_of(page) == pages
    text = page.inner_text("main")
    assert TELEPHONE in text
    address = decode(page.locator("svg"))
    assert address in text
    assert address.startswith(f"{SITE}/")
    there = desk.get(address.removeprefix(SITE))
    assert there.status_code == 200
    if classes and first + timedelta(days=classes // 2) < tomorrow() + timedelta(days=60):
        assert there.text.count('href="/classes/') >= classes
    assert ("この月の講座は まだ ありません" in text) == (classes == 0)


@pytest.mark.parametrize("lang", ["ja", "easy", "en"])
def test_a_slip_of_what_to_bring_is_large_and_its_code_leads_back(
    desk: TestClient, page: Page, lang: str
) -> None:
    for path in ("konbini-juminhyo/memo?a=y", "kaigo-jutaku/memo?a=n", "wifi-join/memo?x=1"):
        page.set_content(desk.get(f"/guide/{path}&lang={lang}").text)
        texts = page.evaluate(TEXTS)
        assert len(texts) >= 6
        assert [text for text, points, _contrast in texts if points < 18] == []
        assert min(contrast for _text, _points, contrast in texts) >= 4.5
        assert pages_of(page) == 1
        (address,) = {
            one.text
            for one in zxingcpp.read_barcodes(
                Image.open(io.BytesIO(page.screenshot(full_page=True)))
            )
        }
        assert address.startswith(f"{SITE}/guide/{path.split('/')[0]}")
        assert ("lang=" in address) == (lang != "ja")
        assert desk.get(address.removeprefix(SITE)).status_code == 200


def test_every_slip_of_what_to_bring_is_one_side_of_paper(desk: TestClient, page: Page) -> None:
    """Whatever was answered, in every language: what fits between the margins is one page."""
    page.set_viewport_size({"width": round(132 * MM), "height": round(194 * MM)})
    page.emulate_media(media="print")
    every = procedures.in_folder(procedures.FOLDER)
    high: dict[str, float] = {}
    for id, one in every.items():
        ends = {faces.letters(tuple(yes for _key, yes in end.asked)) for end in flow.paths(one)}
        for lang in ("ja", "easy", "en"):
            for given in {"", *ends}:
                address = f"/guide/{id}/memo?a={given}&lang={lang}"
                page.set_content(desk.get(address).text)
                box = page.locator("main").bounding_box()
                assert box
                high[address] = box["y"] + box["height"]
    assert len(high) >= 2 * 3 * len(every)
    assert {address: height for address, height in high.items() if height > 194 * MM} == {}
    for address in sorted(high, key=lambda one: high[one])[-5:]:
        page.set_content(desk.get(address).text)
        assert pages_of(page) == 1, address
