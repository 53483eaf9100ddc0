"""Sheets of paper: who is on them, what is not, and that they fit the paper."""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

import pytest
from playwright.sync_api import Browser
from starlette.applications import Starlette
from starlette.testclient import TestClient

from desk import booking, changes, schedule, sheets, slips, times
from tests.conftest import VENUE, booking_form, person, refuses, scheduled
from web.routes import ROUTES

PAYLOAD = "<img src=x onerror=alert(1)>{{7*7}}"


@pytest.fixture
def full(city: str) -> str:  # noqa: ARG001 - the database must be there
    """A class of tomorrow: two seated, one cancelled, one waiting."""
    meeting = scheduled(seats=2, day=times.today(times.now()) + timedelta(days=1))
    for id, kana, reach in (
        ("a", "アオキ", "drop_in"),
        ("gone", "キエタ", "phone"),
        ("b", "イノウエ", "phone"),
        ("w", "ウエダ", "phone"),
    ):
        form = booking_form(meeting.id, kana=kana, reach=reach, reach_note=PAYLOAD)
        booking.book(person("volunteer"), id=id, form=form, now=times.now())
        if id == "gone":
            changes.cancel(person("volunteer"), booking_id=id, now=times.now())
    return meeting.id


@pytest.fixture
def browser() -> Iterator[TestClient]:
    with TestClient(Starlette(routes=ROUTES)) as client:
        yield client


def addresses(class_id: str) -> dict[str, str]:
    who, now = person("volunteer"), times.now()
    day = times.today(now) + timedelta(days=1)
    return {
        "slip": "/slip/" + slips.ticket(who, booking_id="a", now=now),
        "roster": "/sheet/roster/" + sheets.roster_ticket(who, class_id=class_id, now=now),
        "sign-in": "/sheet/sign-in/" + sheets.sign_in_ticket(who, class_id=class_id, now=now),
        "calls": "/sheet/calls/" + sheets.call_list_ticket(who, day=day, now=now),
        "poster": "/sheet/poster/" + sheets.poster_ticket(who, venue_id=VENUE, month=day, now=now),
    }


def test_who_is_on_which_sheet(full: str, browser: TestClient) -> None:
    page = {name: browser.get(address).text for name, address in addresses(full).items()}
    names = {
        name: [one for one in ("アオキ", "イノウエ", "ウエダ", "キエタ") if one in text]
        for name, text in page.items()
    }
    assert names == {
        "slip": ["アオキ"],
        "roster": ["アオキ", "イノウエ", "ウエダ"],
        "sign-in": ["アオキ", "イノウエ"],
        "calls": ["アオキ", "イノウエ"],
        "poster": [],
    }
    # By way to reach: the telephone comes first.
    assert page["calls"].index("イノウエ") < page["calls"].index("アオキ")
    code = booking.get(person("volunteer"), booking_id="a")[0].code
    assert {name for name, text in page.items() if code in text} == {"slip", "roster"}
    assert {name for name, text in page.items() if "7*7" in text} == {"calls"}
    assert all("<img" not in text and ">49" not in text for text in page.values())


@pytest.mark.usefixtures("city")
def test_the_call_list_is_of_the_next_day_with_a_class(now: datetime) -> None:
    wednesday = times.today(now) + timedelta(days=1)
    assert sheets.call_day(now=now) == (wednesday, True)
    scheduled(day=wednesday + timedelta(days=7))  # later than a week
    scheduled(day=wednesday + timedelta(days=3), publish=False)
    gone = scheduled(day=wednesday + timedelta(days=1))
    schedule.cancel(person("staff"), class_id=gone.id, now=now)
    assert sheets.call_day(now=now) == (wednesday, True)
    scheduled(day=wednesday + timedelta(days=5))
    assert sheets.call_day(now=now) == (wednesday + timedelta(days=5), False)
    scheduled(day=wednesday)
    assert sheets.call_day(now=now) == (wednesday, True)
    # Eleven in the evening in Tokyo is still the day before; an hour later it is not.
    late = times.at(times.today(now), time(23, 59))
    assert sheets.call_day(now=late) == (wednesday, True)
    after = late + timedelta(minutes=2)
    assert sheets.call_day(now=after) == (wednesday + timedelta(days=5), False)


@pytest.mark.usefixtures("city")
def test_a_ticket_of_another_kind_or_day_opens_nothing(
    full: str, browser: TestClient, now: datetime
) -> None:
    who = person("volunteer")
    roster = sheets.roster_ticket(who, class_id=full, now=now)
    with refuses("sheet_expired"):
        sheets.sign_in_sheet(roster, now=now)
    with refuses("sheet_expired"):
        sheets.roster(roster, now=now + timedelta(hours=24, seconds=1))
    assert browser.get(f"/sheet/calls/{roster}").status_code == 410
    late = sheets.poster_ticket(who, venue_id="none", month=date(2026, 12, 1), now=times.now())
    assert browser.get(f"/sheet/poster/{late}").status_code == 410


def test_a_signed_address_is_kept_told_and_found_by_nobody(full: str, browser: TestClient) -> None:
    for name, address in addresses(full).items():
        headers = browser.get(address).headers
        assert (
            headers["cache-control"],
            headers["referrer-policy"],
            headers["x-robots-tag"],
        ) == ("no-store", "no-referrer", "noindex"), name


def test_an_address_that_expired_says_what_to_do(full: str, browser: TestClient) -> None:
    for name, address in addresses(full).items():
        kind = address.rpartition("/")[0]
        page = browser.get(f"{kind}/expired")
        assert page.status_code == 410
        assert page.headers["cache-control"] == "no-store"
        assert (
            "窓口でもう一度出してください" if name == "slip" else "デスクの画面から"
        ) in page.text


def test_the_stub_is_for_the_desk_alone(full: str, browser: TestClient) -> None:
    address = addresses(full)["slip"]
    assert browser.get(f"{address}?stub=1").status_code == 403


@pytest.mark.browser
@pytest.mark.parametrize("city", ["sqlite"], indirect=True)
def test_every_sheet_is_one_page_of_its_paper(
    full: str, browser: TestClient, chromium: Browser
) -> None:
    page = chromium.new_page()
    for name, address in addresses(full).items():
        page.set_content(browser.get(address).text)
        pdf = page.pdf(prefer_css_page_size=True)
        size = (420, 595) if name == "slip" else (595, 842)
        boxes = re.findall(rb"/MediaBox\s*\[\s*0\s+0\s+([\d.]+)\s+([\d.]+)\s*\]", pdf)
        assert [tuple(round(float(one)) for one in box) for box in boxes] == [size], name
    page.close()
