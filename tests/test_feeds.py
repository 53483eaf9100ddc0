"""Calendar feeds: what calendar programs can read, what changes in them, what is never in them."""

import hashlib
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from icalendar import Calendar, Event
from starlette.applications import Starlette
from starlette.testclient import TestClient

from desk import booking, courses, feeds, instructors, people, places, schedule, store, times, trial
from desk.classes import ClassView
from desk.courses import CourseForm
from desk.instructors import InstructorForm
from desk.people import Actor
from tests.conftest import (
    NOW,
    booking_form,
    class_form,
    enrol,
    person,
    refuses,
    scheduled,
    shared,
    web_sign_in,
)
from web.routes import ROUTES

PIN = "482915"
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
HOST = "http://desk.example"


@pytest.fixture
def browser(
    city: str,  # noqa: ARG001 - the database must be there
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[TestClient]:
    monkeypatch.setattr(times, "now", lambda: NOW)
    with TestClient(Starlette(routes=ROUTES), base_url=HOST, follow_redirects=False) as client:
        yield client


def meeting(**changes: object) -> ClassView:
    """A class that no database knows."""
    at = datetime(2026, 11, 25, 5, 0, tzinfo=UTC)
    made = ClassView(
        id="c1",
        course_id="k",
        title="電話・カメラ",
        title_en="Calls",
        about="電話の 練習です。",
        bring=["スマホ", "めがね"],
        needs=[],
        level="basic",
        venue_id="v",
        venue="市役所",
        address="岩沼市桜1",
        room_id="r",
        room="会議室",
        starts_at=at,
        ends_at=at + timedelta(hours=1),
        status="open",
        version=1,
        series_id=None,
        published_at=NOW,
        changed_at=NOW,
        cancelled_at=None,
        seats=10,
        booked=7,
        waiting=0,
        instructors=["先生"],
        instructor_ids=["i"],
        equipment=[],
        overrides={},
        trial=False,
    )
    return replace(made, **changes)


def body_of(*found: ClassView, **how: str) -> bytes:
    return feeds.calendar(found, name="スマホの講座", now=NOW, site=HOST, **how)


def parsed(body: bytes) -> Calendar:
    """The feed as a strict reader takes it, and written again it is the same."""
    calendar = Calendar.from_ical(body)
    assert isinstance(calendar, Calendar)
    assert [problem for part in calendar.walk() for problem in part.errors] == []
    assert calendar.to_ical() == body
    return calendar


def events(body: bytes) -> dict[str, Event]:
    return {str(event["UID"]): event for event in parsed(body).events}


def feed(now: datetime) -> dict[str, Event]:
    """The public feed of that moment."""
    return events(feeds.calendar(feeds.public(now=now), name="x", now=now))


def uid(found: ClassView) -> str:
    return f"{found.id}@machikado-desk"


def unfolded(body: bytes) -> str:
    return body.replace(b"\r\n ", b"").decode()


def test_a_feed_says_when_where_and_what() -> None:
    calendar = parsed(body_of(meeting(), lang="en"))
    (event,) = calendar.events
    assert event["DTSTART"].to_ical() == b"20261125T140000"
    assert event["DTSTART"].params == {"TZID": "Asia/Tokyo"}
    assert event.end == datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
    assert event.DTSTAMP == event.LAST_MODIFIED == NOW
    assert event["CREATED"].dt == NOW
    assert {key: str(event[key]) for key in ("SUMMARY", "LOCATION", "STATUS", "SEQUENCE")} == {
        "SUMMARY": "Calls",
        "LOCATION": "市役所 会議室、岩沼市桜1",
        "STATUS": "CONFIRMED",
        "SEQUENCE": "0",
    }
    assert str(event["URL"]) == "http://desk.example/classes/c1"
    assert str(event["DESCRIPTION"]).split("\n") == [
        "3 seats left (of 10)",
        "電話の 練習です。",
        "Please bring: スマホ・めがね",
        "Last updated: Tue 24 Nov 10:00",
    ]
    assert str(calendar["X-WR-CALNAME"]) == str(calendar["NAME"]) == "スマホの講座"
    assert calendar["REFRESH-INTERVAL"].dt == timedelta(hours=1)
    assert str(calendar["X-PUBLISHED-TTL"]) == "PT1H"
    assert "METHOD" not in calendar


def test_tokyo_is_nine_hours_ahead_all_year() -> None:
    (zone,) = parsed(body_of(meeting())).timezones
    assert str(zone["TZID"]) == "Asia/Tokyo"
    offsets = {zone.to_tz().utcoffset(datetime(2026, month, 1)) for month in range(1, 13)}
    assert offsets == {timedelta(hours=9)}
    assert zone.daylight == []


def test_an_empty_feed_is_a_calendar_too() -> None:
    assert parsed(body_of()).events == []


def test_a_sample_says_so_and_a_class_that_is_over_counts_no_seats() -> None:
    over = meeting(trial=True, starts_at=NOW - 2 * DAY, ends_at=NOW - 2 * DAY + timedelta(hours=1))
    (event,) = parsed(body_of(over, lang="en")).events
    assert str(event["SUMMARY"]) == "【Sample】Calls"
    assert "seats" not in str(event["DESCRIPTION"])


@pytest.mark.parametrize("length", range(1, 120))
def test_no_line_is_longer_than_75_octets_or_splits_a_character(length: int) -> None:
    for letter in ("a", "あ", "𠮷", "👩‍🦳", ",", "\\", "é\n"):
        body = body_of(meeting(title=letter * length, about=letter * length))
        lines = body.split(b"\r\n")
        assert lines.pop() == b""
        assert max(map(len, lines)) <= 75
        assert all(line.decode() for line in lines)
        assert b"\n" not in b"".join(lines)


TEXT = st.text(
    st.sampled_from(",;:\\\"'\n^=nN あ漢👩‍🦳𠮷é\tbegin")
    | st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")),
    max_size=120,
).filter(lambda text: "\\N" not in text)


@given(TEXT, TEXT)
@example("BEGIN:VEVENT\nEND:VCALENDAR", "\n a\n\tb\\n\\,\\;")
def test_every_text_comes_back_as_it_was(title: str, about: str) -> None:
    body = body_of(meeting(title=title, about=about, room=title, address=about), lang="en")
    assert max(map(len, body.split(b"\r\n"))) <= 75
    (event,) = parsed(body_of(meeting(title=title, about=about))).events
    assert str(event["SUMMARY"]) == title
    assert f"\n{about}\n" in str(event["DESCRIPTION"]) or not about


def test_what_a_calendar_cannot_carry_is_mended() -> None:
    (event,) = parsed(
        body_of(meeting(title="a\r\nb\rc\x00\x0b\x1b\x7f\u2028\x85d", about=r"C:\Net"))
    ).events
    assert str(event["SUMMARY"]) == "a\nb\ncd"
    assert "C:＼Net" in str(event["DESCRIPTION"])


def test_the_feed_is_the_same_wherever_the_server_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    made = set()
    for zone in ("UTC", "Asia/Tokyo", "America/Los_Angeles"):
        with monkeypatch.context() as here:
            here.setenv("TZ", zone)
            time.tzset()
            made.add(body_of(meeting()))
    time.tzset()
    assert len(made) == 1


@pytest.mark.usefixtures("city")
def test_a_change_keeps_the_uid_and_raises_the_sequence() -> None:
    made = scheduled(day=date(2026, 12, 1))
    seen = [feed(NOW)]
    form = class_form(day=date(2026, 12, 2))
    later = NOW + timedelta(hours=1)
    schedule.change(person("staff"), class_id=made.id, version=1, form=form, now=later)
    seen.append(feed(later))
    schedule.cancel(person("staff"), class_id=made.id, now=later + SECOND)
    seen.append(feed(later + SECOND))
    assert [list(one) for one in seen] == [[uid(made)]] * 3
    facts = [
        (int(event["SEQUENCE"]), event.LAST_MODIFIED, str(event["STATUS"]), event.start.day)
        for one in seen
        for event in one.values()
    ]
    assert facts == [
        (0, NOW, "CONFIRMED", 1),
        (1, later, "CONFIRMED", 2),
        (2, later + SECOND, "CANCELLED", 2),
    ]
    assert str(seen[2][uid(made)]["SUMMARY"]).startswith("【中止】")


@pytest.mark.usefixtures("city")
def test_every_kind_of_change_raises_the_sequence() -> None:
    staff = person("staff")
    form = CourseForm("写真", "写真を ならべます。", 60, "basic")
    courses.save(staff, id="own", form=form, now=NOW)
    made = scheduled(course_id="own", day=date(2026, 12, 1), publish=False)
    how = {"course_id": "own", "day": date(2026, 12, 1)}
    steps: list[Callable[[int, datetime], object]] = [
        lambda version, now: schedule.change(
            staff, class_id=made.id, version=version, form=class_form(**how), now=now
        ),
        lambda version, now: schedule.change(
            staff,
            class_id=made.id,
            version=version,
            form=class_form(room_id="0421110001-2", **how),
            now=now,
        ),
        lambda _version, now: courses.save(
            staff, id="own", form=replace(form, title="アルバム"), now=now
        ),
        lambda _version, now: schedule.cancel(staff, class_id=made.id, now=now),
    ]
    seen = []
    for number, step in enumerate(steps, 1):
        now = NOW + number * timedelta(hours=1)
        step(schedule.get(made.id).version, now)
        (event,) = feed(now).values()
        seen.append((int(event["SEQUENCE"]), now == event.LAST_MODIFIED, str(event["SUMMARY"])))
    assert seen == [
        (1, True, "写真"),
        (2, True, "写真"),
        (3, True, "アルバム"),
        (4, True, "【中止】アルバム"),
    ]


def lines_of(body: bytes) -> list[tuple[str, str]]:
    """Names and values as RFC 5545 writes them, read without any library."""
    lines = body.split(b"\r\n")
    assert lines.pop() == b""
    assert not any(b"\r" in line or b"\n" in line or len(line) > 75 for line in lines)
    whole: list[bytes] = []
    for line in lines:
        line.decode()  # no fold stands inside a character
        if line.startswith(b" "):
            whole[-1] += line[1:]
        else:
            whole.append(line)
    return [(name, value) for name, _colon, value in (one.decode().partition(":") for one in whole)]


@pytest.mark.usefixtures("city")
def test_the_raw_file_is_a_calendar_by_the_letter() -> None:
    for day in (1, 2):
        scheduled(day=date(2026, 12, day))
    body = feeds.calendar(feeds.public(now=NOW), name="a,b;c\\d\ne", now=NOW, site=HOST)
    found = lines_of(body)
    opened: list[str] = []
    parts: list[tuple[str, list[str]]] = []
    for name, value in found:
        if name == "BEGIN":
            opened.append(value)
            parts.append((value, []))
        elif name == "END":
            assert opened.pop() == value
        else:
            assert re.fullmatch(r"[A-Z-]+(;[A-Z]+=[\w/]+)?", name)
            parts[-1][1].append(name)
    assert opened == []
    assert [kind for kind, _names in parts] == [
        *("VCALENDAR", "VTIMEZONE", "STANDARD", "VEVENT", "VEVENT")
    ]
    for kind, names in parts:
        assert len(set(names)) == len(names)
        if kind == "VEVENT":
            times_of = {"DTSTART;TZID=Asia/Tokyo", "DTEND;TZID=Asia/Tokyo"}
            stamps = {"UID", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE", "STATUS", "SUMMARY"}
            assert set(names) >= times_of | stamps
    values = dict(found)
    assert values["TZID"] == "Asia/Tokyo"
    assert (values["TZOFFSETFROM"], values["TZOFFSETTO"]) == ("+0900", "+0900")
    assert values["X-WR-CALNAME"] == values["NAME"] == r"a\,b\;c\\d\ne"
    assert values["REFRESH-INTERVAL;VALUE=DURATION"] == "PT1H"
    assert values["DTSTAMP"] == "20261124T010000Z"


@pytest.mark.usefixtures("city")
def test_a_cancelled_class_stays_for_sixty_days_and_until_its_end() -> None:
    soon, far = scheduled(day=date(2026, 11, 26)), scheduled(day=date(2027, 3, 1))
    for made in (soon, far):
        schedule.cancel(person("staff"), class_id=made.id, now=NOW)
    assert set(feed(NOW + 60 * DAY)) == {uid(soon), uid(far)}
    assert set(feed(NOW + 60 * DAY + SECOND)) == {uid(far)}
    assert set(feed(NOW + 61 * DAY)) == {uid(far)}
    assert {str(one["STATUS"]) for one in feed(NOW + 61 * DAY).values()} == {"CANCELLED"}
    assert feed(far.ends_at) == {}


@pytest.mark.usefixtures("city")
def test_a_feed_reaches_60_days_back_and_180_ahead() -> None:
    made = scheduled(day=date(2026, 12, 1))
    assert set(feed(made.starts_at - 180 * DAY + SECOND)) == {uid(made)}
    assert feed(made.starts_at - 180 * DAY) == {}
    assert set(feed(made.ends_at + 60 * DAY)) == {uid(made)}
    assert feed(made.ends_at + 60 * DAY + SECOND) == {}


def teacher(name: str = "教える人") -> tuple[Actor, str]:
    """A volunteer listed as teaching, and the id they teach by."""
    who = person("volunteer")
    form = InstructorForm(name, person_id=who.id)
    instructors.save(person("staff"), id=f"i-{who.id}", form=form, now=NOW)
    return who, f"i-{who.id}"


@pytest.mark.usefixtures("city")
def test_drafts_are_nowhere() -> None:
    who, id = teacher()
    draft = scheduled(publish=False, instructor_ids=(id,))
    gone = scheduled(publish=False, day=date(2026, 11, 26), instructor_ids=(id,))
    schedule.cancel(person("staff"), class_id=gone.id, now=NOW)
    assert feeds.public(now=NOW) == []
    assert feeds.own(feeds.own_address(who, now=NOW), now=NOW) == []
    for one in (draft, gone):
        with refuses("class_unknown"):
            schedule.public(one.id)


@pytest.mark.usefixtures("city")
def test_somebody_sees_what_they_teach_and_nothing_else() -> None:
    (hana, hana_id), (ken, ken_id) = teacher("ハナ"), teacher("ケン")
    both = scheduled(instructor_ids=(hana_id, ken_id))
    alone = scheduled(day=date(2026, 11, 26), instructor_ids=(ken_id,))
    scheduled(day=date(2026, 11, 27))
    found = {
        who.id: {one.id for one in feeds.own(feeds.own_address(who, now=NOW), now=NOW)}
        for who in (hana, ken, person("staff"))
    }
    assert list(found.values()) == [{both.id}, {both.id, alone.id}, set()]


@pytest.mark.usefixtures("city")
def test_a_secret_ends_with_the_next_one_and_with_its_owner() -> None:
    who, _id = teacher()
    assert feeds.own_state(who) == (None, True)
    old, new = (feeds.own_address(who, now=NOW) for _ in range(2))
    assert feeds.own_state(who) == (NOW, True)
    assert len(bytes.fromhex(new)) * 8 == 128
    assert feeds.own(new, now=NOW) == []
    for wrong in (old, "", "0" * 32, hashlib.sha256(new.encode()).hexdigest(), "' OR 1=1 --"):
        with refuses("feed_unknown"):
            feeds.own(wrong, now=NOW)
    people.retire(person("admin"), person_id=who.id, now=NOW)
    with refuses("feed_unknown"):
        feeds.own(new, now=NOW)


@pytest.mark.usefixtures("city")
def test_whoever_was_taken_off_the_list_is_told_so_and_keeps_what_they_taught() -> None:
    who, id = teacher()
    made = scheduled(instructor_ids=(id,))
    instructors.retire(person("staff"), instructor_id=id, now=made.ends_at)
    assert feeds.own_state(who) == (None, False)
    secret = feeds.own_address(who, now=NOW)
    assert [one.id for one in feeds.own(secret, now=made.ends_at)] == [made.id]


@pytest.mark.usefixtures("city")
def test_only_the_hash_of_a_secret_is_kept() -> None:
    who = person("volunteer")
    secret = feeds.own_address(who, now=NOW)
    assert store.rows("SELECT * FROM feed") == [
        {
            "person_id": who.id,
            "sha256": hashlib.sha256(secret.encode()).hexdigest(),
            "made_at": times.stamp(NOW),
        }
    ]


@pytest.mark.usefixtures("city")
def test_a_secret_leaves_with_the_trial_year() -> None:
    stays, leaves = person("volunteer"), person("volunteer")
    for who in (stays, leaves):
        feeds.own_address(who, now=NOW)
    with store.transaction() as write:
        write.run("UPDATE person SET trial = 1 WHERE id = :id", id=leaves.id)
    trial.empty()
    assert [row["person_id"] for row in store.rows("SELECT person_id FROM feed")] == [stays.id]


def test_a_feed_names_nobody(browser: TestClient) -> None:
    town = places.towns()[0]
    who, id = teacher("ヒミツノセンセイ")
    made = scheduled(instructor_ids=(id,), reason="ヒミツノワケ", seats=1)
    volunteer = person("volunteer", "ヒミツノウケツケ")
    for kana in ("ヒミツ ハナ", "ヒミツ ケン"):
        form = booking_form(
            made.id, kana=kana, reach_note="090-1111-2222", residence="town", town_id=town.id
        )
        booking.book(volunteer, id=kana, form=form, now=NOW)
    codes = [row["code"] for row in store.rows("SELECT code FROM booking")]
    secret = feeds.own_address(who, now=NOW)
    for path in ("/classes.ics", f"/classes/{made.id}.ics", f"/calendar/{secret}.ics"):
        answer = browser.get(f"{path}?lang=en")
        assert uid(made) in events(answer.content)
        text = unfolded(answer.content)
        planted = ("ヒミツ", "090-1111-2222", town.name, who.name, secret, *codes)
        assert [word for word in planted if word in text] == []
        assert [word for word in ("ATTENDEE", "ORGANIZER", "METHOD") if word in text] == []
        assert "Full (1 seats) 1 waiting" in text


def test_a_feed_is_of_all_venues_or_of_one(browser: TestClient) -> None:
    here = scheduled()
    there = scheduled(venue_id="0421110002", room_id="0421110002-1")
    for query, wanted in (
        ("", [here, there]),
        (f"?venue={here.venue_id}", [here]),
        (f"?venue={there.venue_id}", [there]),
        ("?venue=0421110003", []),
    ):
        answer = browser.get(f"/classes.ics{query}")
        assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
        assert set(events(answer.content)) == {uid(one) for one in wanted}
    assert here.venue in str(
        parsed(browser.get(f"/classes.ics?venue={here.venue_id}").content)["NAME"]
    )
    assert browser.get("/classes.ics?venue=none&lang=en").status_code == 404


def test_nothing_is_sent_again_until_something_changed(browser: TestClient) -> None:
    made = scheduled()
    for path in ("/classes.ics", f"/classes/{made.id}.ics"):
        first = browser.get(path)
        assert first.headers["cache-control"] == "public, max-age=300"
        kept = {"if-none-match": f'W/"other", {first.headers["etag"]}'}
        again = browser.get(path, headers=kept)
        assert (again.status_code, again.content) == (304, b"")
        form = booking_form(made.id)
        booking.book(person("volunteer"), id=path, form=form, now=NOW)
        changed = browser.get(path, headers=kept)
        assert changed.status_code == 200
        assert changed.content != first.content


def test_a_calendar_program_may_look_before_it_asks(
    browser: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    scheduled()
    full, head = browser.get("/classes.ics"), browser.head("/classes.ics")
    assert (head.status_code, head.content) == (200, b"")
    assert dict(head.headers) == dict(full.headers)
    # A minute later only the moment it was made is another one: the mark is a weak one.
    monkeypatch.setattr(times, "now", lambda: NOW + timedelta(minutes=1))
    later = browser.get("/classes.ics")
    assert later.content != full.content
    assert later.headers["etag"] == full.headers["etag"]
    assert full.headers["etag"].startswith('W/"')
    monkeypatch.setattr(times, "now", lambda: NOW + timedelta(hours=1))
    kept = {"if-none-match": full.headers["etag"]}
    assert browser.get("/classes.ics", headers=kept).status_code == 200


@pytest.mark.parametrize("path", ["/classes/none.ics", "/calendar/none.ics", "/calendar/%00.ics"])
def test_there_is_no_calendar_elsewhere(browser: TestClient, path: str) -> None:
    assert browser.get(path).status_code == 404


def sign_in(browser: TestClient, role: str = "volunteer") -> Actor:
    secret = PIN if role == "volunteer" else "みかん りんご ぶどう なし もも"
    people.add(person("admin"), id="h", name="ハナ", role=role, secret=secret, now=NOW)
    shared(browser)
    if role != "volunteer":
        enrol("ハナ")
    web_sign_in(browser, "ハナ", secret)
    return Actor("h", "ハナ", role)


def test_a_volunteer_gets_an_address_that_is_shown_once(browser: TestClient) -> None:
    sign_in(browser)
    form = InstructorForm("先生", person_id="h")
    instructors.save(person("staff"), id="i", form=form, now=NOW)
    made = scheduled(instructor_ids=("i",))
    assert "/calendar/" not in browser.get("/my-calendar").text
    page = browser.post("/my-calendar", headers={"origin": HOST}).text
    address = page.split('value="')[1].split('"')[0]
    assert address.startswith(f"{HOST}/calendar/")
    assert f'href="webcal{address.removeprefix("http")}"' in page
    answer = browser.get(address)
    assert set(events(answer.content)) == {uid(made)}
    assert answer.headers["cache-control"] == "private, max-age=300"
    assert "/calendar/" not in browser.get("/my-calendar").text
    browser.post("/my-calendar")
    assert browser.get(address).status_code == 404


def test_the_public_signs_in_first_and_planners_have_no_calendar(browser: TestClient) -> None:
    for answer in (browser.get("/my-calendar"), browser.post("/my-calendar")):
        assert answer.headers["location"] == "/sign-in?next=/my-calendar"
    sign_in(browser, "planner")
    for answer in (browser.get("/my-calendar"), browser.post("/my-calendar")):
        assert answer.status_code == 403
    assert store.rows("SELECT * FROM feed") == []


def test_another_site_cannot_end_an_address(browser: TestClient) -> None:
    who = sign_in(browser)
    secret = feeds.own_address(who, now=NOW)
    evil = {"origin": "https://evil.example"}
    assert browser.post("/my-calendar", headers=evil).status_code == 403
    assert browser.get(f"/calendar/{secret}.ics").status_code == 200


def test_the_address_of_a_page_is_the_one_the_visitor_used(browser: TestClient) -> None:
    made = scheduled()
    (event,) = parsed(browser.get("https://desk.example/classes.ics").content).events
    assert str(event["URL"]) == f"https://desk.example/classes/{made.id}"
