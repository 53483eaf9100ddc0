"""The residents' light pages: which classes there are, one class, and taking a booking back."""

import re
from collections.abc import Iterator
from datetime import date, time, timedelta

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.testclient import TestClient

from desk import booking, changes, schedule, series, store, times
from desk.booking import BookingView
from tests.conftest import NOW, booking_form, class_form, person, scheduled
from web import cancel, kept, pages
from web.routes import ROUTES

HOST = "http://desk.example"
HOSTILE = "<script>alert(1)</script>\"'&{{7*7}}"
NAME, NOTE = "ヒミツ ハナ", "090-1111-2222"
SECOND_VENUE = {"venue_id": "0421110002", "room_id": "0421110002-1"}


@pytest.fixture
def browser(
    city: str,  # noqa: ARG001 - the database must be there
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[TestClient]:
    monkeypatch.setattr(times, "now", lambda: NOW)
    cancel.tries.storage.reset()
    with TestClient(Starlette(routes=ROUTES), base_url=HOST, follow_redirects=False) as client:
        yield client


def text_of(page: str) -> str:
    """What a page says, without its tags."""
    return " ".join(re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.S).split())


def links(page: str) -> list[str]:
    return [one.replace("&amp;", "&") for one in re.findall(r'href="([^"]+)"', page)]


def booked(*class_ids: str, **facts: object) -> list[BookingView]:
    """One form for one or more meetings, by somebody whose name no page may show."""
    form = booking_form(class_ids[0], **{"kana": NAME, "reach_note": NOTE, **facts})
    volunteer = person("volunteer", "ヒミツノウケツケ")
    return booking.book_series(volunteer, id=NAME, form=form, class_ids=class_ids, now=NOW)


# Which classes there are


def test_classes_stand_under_their_day_with_time_place_and_seats(browser: TestClient) -> None:
    today = scheduled()
    tomorrow = scheduled(day=date(2026, 11, 25), starts=time(10), ends=time(11), seats=1)
    booked(tomorrow.id)
    booking.book(person("volunteer"), id="w", form=booking_form(tomorrow.id, party=1), now=NOW)
    said = text_of(browser.get("/classes?lang=en").text)
    wanted = (
        f"Tue 24 Nov Today 14:00–15:00 {today.title_en} {today.venue} ● 4 seats left (of 4) "
        f"Wed 25 Nov Tomorrow 10:00–11:00 {tomorrow.title_en} {today.venue} "
        "■ Full (1 seats) 1 waiting"
    )
    assert wanted in said
    japanese = browser.get("/classes").text
    assert '<html lang="ja">' in japanese
    assert "のこり4席（4席中）" in japanese
    assert f"/classes/{today.id}" in links(japanese)


def test_only_what_can_be_booked_in_60_days_is_listed(browser: TestClient) -> None:
    shown = [scheduled(), scheduled(day=date(2027, 1, 22))]
    hidden = [
        scheduled(day=date(2026, 11, 25), publish=False),
        scheduled(day=date(2027, 1, 24)),
        scheduled(day=date(2026, 11, 26)),
    ]
    schedule.cancel(person("staff"), class_id=hidden[2].id, now=NOW)
    listed = re.findall(r'href="/classes/([^"?]+)"', browser.get("/classes").text)
    assert listed == [one.id for one in shown]


def test_a_venue_can_be_chosen(browser: TestClient) -> None:
    here, there = scheduled(), scheduled(**SECOND_VENUE)
    page = browser.get("/classes?lang=en").text
    assert f"/classes?venue={there.venue_id}&lang=en" in links(page)
    chosen = browser.get(f"/classes?venue={there.venue_id}&lang=en").text
    assert f"/classes/{there.id}?lang=en" in links(chosen)
    assert f"/classes/{here.id}?lang=en" not in links(chosen)
    assert f"/classes.ics?venue={there.venue_id}&lang=en" in links(chosen)
    assert f"?lang=ja&venue={there.venue_id}" in links(chosen)


def test_an_empty_list_says_what_to_do(browser: TestClient) -> None:
    assert "No class is planned now. Please look again" in browser.get("/classes?lang=en").text
    nowhere = browser.get("/classes?lang=en&venue=%22%3E%3Cb%3E").text
    assert "There is no class here now." in nowhere
    assert "<b>" not in nowhere
    assert browser.get("/classes?from=%22%3E&lang=en").status_code == 200


def test_a_full_calendar_comes_in_light_pages_that_miss_nothing(browser: TestClient) -> None:
    staff = person("staff")
    days = [date(2026, 12, 1) + timedelta(days=n) for n in range(25)]
    for hour in range(9, 17):
        form = class_form(starts=time(hour), ends=time(hour + 1), seats=1)
        series.create(staff, id=f"s{hour}", form=form, days=tuple(days), now=NOW)
    seen: list[str] = []
    address = "/classes"
    while address:
        page = browser.get(address).text
        assert len(page.encode()) <= 60_000
        seen += re.findall(r'href="/classes/([^"?.]+)"', page)
        address = next((one for one in links(page) if "/classes?from=" in one), "")
    assert seen == [one.id for one in schedule.bookable(now=NOW)]
    assert len(seen) == 200


def test_pages_may_be_kept_for_a_minute(browser: TestClient) -> None:
    made = scheduled()
    for path in ("/classes", f"/classes/{made.id}"):
        first = browser.get(path)
        assert first.headers["cache-control"] == "public, max-age=60"
        kept = {"if-none-match": first.headers["etag"]}
        assert browser.get(path, headers=kept).status_code == 304
        booking.book(person("volunteer"), id=path, form=booking_form(made.id), now=NOW)
        assert browser.get(path, headers=kept).status_code == 200


# One class


def test_a_class_says_all_one_must_know(
    browser: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = scheduled()
    page = browser.get(f"/classes/{made.id}?lang=en").text
    wanted = (
        f"<title>{made.title_en}",
        made.about,
        "Tue 24 Nov<br>14:00–15:00",
        "4 seats left (of 4)",
        f"{made.venue} {made.room}<br>{made.address}",
        "<li>めがね（使う人）</li>",
        "A phone (own or lent)",
        "Beginner",
        "Please come to a help desk.",
        "市役所 スマホ相談窓口",
        f"/classes/{made.id}.ics?lang=en",
        'name="viewport"',
    )
    assert [one for one in wanted if one not in page] == []
    assert "tel:" not in page
    monkeypatch.setenv("DESK_TELEPHONE", "0223-00-0000（市役所）")
    kept.forget()
    page = browser.get(f"/classes/{made.id}?lang=en").text
    assert '<a href="tel:0223000000">0223-00-0000（市役所）</a>' in page
    assert len(page.encode()) <= 60_000
    assert "font: 18px" in page


def test_a_class_says_what_is_better_taken_before(browser: TestClient) -> None:
    first, later = scheduled(), scheduled(course_id="use-3-e-tax", day=date(2026, 11, 26))
    assert "先に受けるとよい講座 インターネット" in text_of(
        browser.get(f"/classes/{later.id}").text
    )
    assert "先に受けるとよい講座" not in browser.get(f"/classes/{first.id}").text


def test_a_full_class_offers_the_waitlist(browser: TestClient) -> None:
    made = scheduled(seats=1)
    booked(made.id)
    page = browser.get(f"/classes/{made.id}?lang=en").text
    assert "At a help desk you can wait for a seat." in page


def test_the_other_days_of_a_series_are_there_but_no_drafts(browser: TestClient) -> None:
    days = tuple(date(2026, 12, day) for day in (1, 8, 15))
    series.create(person("staff"), id="s", form=class_form(), days=days, now=NOW)
    first, second, third = schedule.of_series("s")
    schedule.cancel(person("staff"), class_id=second.id, now=NOW)
    with store.transaction() as write:
        write.run("UPDATE class SET published_at = NULL WHERE id = :id", id=third.id)
    page = browser.get(f"/classes/{first.id}?lang=en").text
    others = [one for one in links(page) if one.startswith("/classes/") and ".ics" not in one]
    assert others == [f"/classes/{second.id}?lang=en"]
    assert "Tue 8 Dec 14:00–15:00" in page
    assert "Cancelled" in page


def test_a_class_that_was_cancelled_or_is_over_says_so(
    browser: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, over = scheduled(), scheduled(**SECOND_VENUE)
    schedule.cancel(person("staff"), class_id=gone.id, now=NOW)
    assert "This class was cancelled." in browser.get(f"/classes/{gone.id}?lang=en").text
    monkeypatch.setattr(times, "now", lambda: over.ends_at)
    page = browser.get(f"/classes/{over.id}?lang=en").text
    assert "This class is over." in page
    assert "How to book" not in page


def test_a_draft_has_no_page(browser: TestClient) -> None:
    draft = scheduled(publish=False)
    for id in (draft.id, "none", "%00", "..%2Fx", "a" * 5000):
        assert browser.get(f"/classes/{id}").status_code == 404


def test_names_are_text_and_nobody_is_named(browser: TestClient) -> None:
    days = (date(2026, 12, 1), date(2026, 12, 8))
    series.create(person("staff"), id="s", form=class_form(), days=days, now=NOW)
    first, second = (one.id for one in schedule.of_series("s"))
    code = booked(first, second)[0].code
    with store.transaction() as write:
        write.run("UPDATE venue SET name = :x, address = :x", x=HOSTILE)
        write.run("UPDATE room SET name = :x", x=HOSTILE)
        write.run("UPDATE desk SET name = :x, hours = :x", x=HOSTILE)
        write.run("UPDATE course SET title = :x, title_en = :x, about = :x, bring = :x", x=HOSTILE)
        write.run("UPDATE class SET trial = 1")
    pages = [browser.get(path) for path in ("/classes", f"/classes/{first}", "/classes?lang=en")]
    found = browser.post("/cancel", data={"code": code})
    done = browser.post("/cancel", data={"code": code, "booking": changes.by_code(code)[0][0].id})
    for page in (*pages, found, done):
        assert page.status_code == 200
        assert "<script" not in page.text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;&#34;&#39;&amp;{{7*7}}" in page.text
        assert 'class="mihon"' in page.text
        assert not re.search(r"(?:src|href)=\"(?:https?:)?//", page.text)
        assert "script-src" not in page.headers["content-security-policy"]
        assert [word for word in ("ヒミツ", NOTE) if word in page.text] == []
    assert all(code not in page.text for page in pages)


# Taking a booking back


def test_a_resident_cancels_with_the_code_on_the_slip(browser: TestClient) -> None:
    made = scheduled()
    (one,) = booked(made.id, party=2)
    assert 'autocapitalize="characters"' in browser.get("/cancel").text
    typed = f" {one.code[:3].lower()}-{one.code[3:]} "
    found = browser.post("/cancel?lang=en", data={"code": typed}, headers={"origin": HOST})
    assert found.status_code == 200
    for needed in (made.title_en, "Tue 24 Nov<br>14:00–15:00", made.venue, "2 people"):
        assert needed in found.text
    assert f'name="booking" value="{one.id}"' in found.text
    done = browser.post("/cancel?lang=en", data={"code": typed, "booking": one.id})
    assert "The booking is cancelled" in done.text
    assert made.title_en in done.text
    assert "within 10 minutes" in done.text
    assert schedule.get(made.id).left == 4
    for page in (found, done):
        assert page.headers["cache-control"] == "no-store"
        assert [word for word in ("ヒミツ", NOTE) if word in page.text] == []


def test_a_second_cancel_is_harmless_and_the_desk_can_put_it_back(browser: TestClient) -> None:
    made = scheduled()
    (one,) = booked(made.id)
    for _ in range(2):
        done = browser.post("/cancel?lang=en", data={"code": one.code, "booking": one.id})
        assert "The booking is cancelled" in done.text
    assert len(store.rows("SELECT * FROM event WHERE kind = 'cancelled'")) == 1
    again = browser.post("/cancel?lang=en", data={"code": one.code}).text
    assert "This booking is cancelled." in again
    assert 'name="booking"' not in again
    assert changes.undo(person("volunteer"), booking_id=one.id, now=NOW).seated


def test_the_code_of_a_series_lists_every_meeting(browser: TestClient) -> None:
    days = tuple(date(2026, 12, day) for day in (1, 8, 15))
    series.create(person("staff"), id="s", form=class_form(), days=days, now=NOW)
    meetings = schedule.of_series("s")
    bookings = booked(*(one.id for one in meetings))
    code = bookings[0].code
    found = browser.post("/cancel?lang=en", data={"code": code}).text
    assert re.findall(r"Tue \d+ Dec", found) == ["Tue 1 Dec", "Tue 8 Dec", "Tue 15 Dec"]
    done = browser.post("/cancel?lang=en", data={"code": code, "booking": bookings[1].id}).text
    assert "Tue 8 Dec" in done
    assert "See your other days" in done
    assert [schedule.get(one.id).booked for one in meetings] == [1, 0, 1]
    schedule.cancel(person("staff"), class_id=meetings[0].id, now=NOW)
    left = browser.post("/cancel?lang=en", data={"code": code}).text
    assert re.findall(r'name="booking" value="([^"]+)"', left) == [bookings[2].id]
    assert "This class was cancelled." in left


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("AAAAAA", "There is no booking with the code AAAAAA."),
        ("' OR 1=1", "There is no booking with the code &#39;OR1=1."),
        ("<b>", "There is no booking with the code &lt;B&gt;."),
        ("x" * 500, "There is no booking with the code XXXXXXXXXXXX."),
        ("%00\x00", "There is no booking with the code"),
        ("", "Please fill in: Number on the slip"),
        ("  ", "Please fill in: Number on the slip"),
    ],
)
def test_a_wrong_code_is_refused_and_stays_in_the_field(
    browser: TestClient, typed: str, sentence: str
) -> None:
    booked(scheduled().id)
    page = browser.post("/cancel?lang=en", data={"code": typed})
    assert page.status_code == 422
    assert sentence in page.text
    assert typed in ("' OR 1=1", "<b>", "%00\x00") or f'value="{typed.strip()}"' in page.text
    assert "<b>" not in page.text


def test_a_code_cancels_only_its_own_bookings(browser: TestClient) -> None:
    mine, other = scheduled(), scheduled(**SECOND_VENUE)
    (one,) = booked(mine.id)
    form = booking_form(other.id)
    theirs = booking.book(person("volunteer"), id="theirs", form=form, now=NOW)
    for code, id in ((one.code, theirs.id), ("AAAAAA", one.id), (one.code, "none")):
        done = browser.post("/cancel?lang=en", data={"code": code, "booking": id})
        assert done.status_code == 422
    assert [schedule.get(one.id).booked for one in (mine, other)] == [1, 1]


def test_a_class_that_is_over_is_not_cancelled(
    browser: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = scheduled()
    (one,) = booked(made.id)
    monkeypatch.setattr(times, "now", lambda: made.ends_at)
    found = browser.post("/cancel?lang=en", data={"code": one.code}).text
    assert "This class is over." in found
    assert 'name="booking"' not in found
    done = browser.post("/cancel?lang=en", data={"code": one.code, "booking": one.id})
    assert (done.status_code, "This class is over (Tue 24 Nov 14:00)." in done.text) == (422, True)


def test_after_ten_codes_one_waits(browser: TestClient) -> None:
    (one,) = booked(scheduled().id)
    for number in range(cancel.TRIES):
        assert browser.post("/cancel", data={"code": f"AAAAA{number}"}).status_code == 422
    for data in ({"code": one.code}, {"code": one.code, "booking": one.id}):
        late = browser.post("/cancel?lang=en", data=data)
        assert (late.status_code, late.headers["retry-after"]) == (429, "600")
        assert "Too many tries. Please wait a few minutes, or telephone the desk." in late.text
        assert f'value="{one.code}"' in late.text
    assert changes.by_code(one.code)[0][0].cancelled_at is None
    cancel.tries.storage.reset()
    assert browser.post("/cancel", data={"code": one.code}).status_code == 200


def test_a_wrong_code_sent_as_a_cancel_counts_too(browser: TestClient) -> None:
    for _ in range(cancel.TRIES):
        browser.post("/cancel", data={"code": "AAAAAA", "booking": "none"})
    assert browser.post("/cancel", data={"code": "AAAAAA"}).status_code == 429


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("testclient", "testclient", True),
        # A server that listens on IPv6 as well sees IPv4 addresses so: not one household.
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
    ],
)
def test_who_asks_is_an_address_or_a_household_network(one: str, other: str, same: bool) -> None:
    def visitor(host: str) -> str:
        return pages.visitor(Request({"type": "http", "client": (host, 1), "headers": []}))

    assert (visitor(one) == visitor(other)) is same


@pytest.mark.parametrize("origin", ["https://evil.example", "null", f"{HOST}:8080"])
def test_a_form_of_another_site_is_refused(browser: TestClient, origin: str) -> None:
    made = scheduled()
    (one,) = booked(made.id)
    done = browser.post(
        "/cancel", data={"code": one.code, "booking": one.id}, headers={"origin": origin}
    )
    assert done.status_code == 403
    assert schedule.get(made.id).booked == 1


def test_a_code_in_an_address_does_nothing(browser: TestClient) -> None:
    made = scheduled()
    (one,) = booked(made.id)
    page = browser.get(f"/cancel?code={one.code}&booking={one.id}")
    assert one.code not in page.text
    assert schedule.get(made.id).booked == 1
