"""The clock: set back, a day off, at the end of a year, on a leap day, in another time zone.

Of moments the server's clock decides, of order the database does. What is kept of a wrong clock
in `desk/retention.py` is in `test_retention.py`.
"""

import os
import subprocess
import sys
import uuid
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from desk import (
    attendance,
    booking,
    changes,
    consultations,
    drafts,
    feeds,
    follow_ups,
    instructors,
    news,
    people,
    programme,
    schedule,
    seats,
    series,
    sessions,
    slips,
    store,
    times,
    tries,
    waitlist,
    wifi,
    wifi_checks,
)
from desk import journal as journals
from desk.consultations import ConsultationForm
from desk.gaps import releases
from desk.guide import hours, misses
from desk.instructors import InstructorForm
from tests.conftest import (
    COURSE,
    DESK,
    NOW,
    booking_form,
    class_form,
    enrolled,
    person,
    refuses,
    scheduled,
)
from web import kept
from web.answers import Answer

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
BACK = NOW - HOUR  # what the clock says after it was NOW
FORM = ConsultationForm(DESK, "walk_in", "unknown", None, "unknown", "line")
PIN = "482915"


def tokyo(day: str, clock: str) -> datetime:
    return times.at(date.fromisoformat(day), time.fromisoformat(clock))


def booked(class_id: str, now: datetime = NOW) -> booking.BookingView:
    form = booking_form(class_id)
    return booking.book(person("volunteer"), id=str(uuid.uuid4()), form=form, now=now)


# The server's clock is set back by an hour.


def signed_in(now: datetime = NOW) -> str:
    people.add(person("admin"), id="h", name="ハナ", role="volunteer", secret=PIN, now=now)
    return sessions.sign_in(name="ハナ", secret=PIN, now=now, tablet=enrolled())


@pytest.mark.usefixtures("database")
def test_a_screen_nobody_sits_at_locks_though_the_clock_was_set_back() -> None:
    token = signed_in()
    assert not sessions.actor_of(token, now=NOW).locked
    assert sessions.actor_of(token, now=BACK).locked
    assert not sessions.seen(token, now=BACK)
    sessions.prove(token, secret=PIN, now=BACK)
    assert not sessions.actor_of(token, now=BACK).locked
    assert sessions.actor_of(token, now=BACK + 4 * MINUTE).locked


@pytest.mark.usefixtures("database")
def test_a_clock_put_right_by_seconds_locks_nobody_out() -> None:
    token = signed_in()
    assert not sessions.actor_of(token, now=NOW - timedelta(seconds=20)).locked


@pytest.mark.usefixtures("database")
def test_a_proof_from_what_is_now_the_future_is_none() -> None:
    actor = sessions.actor_of(signed_in(), now=NOW)
    people.require_proof(actor, now=NOW + people.PROOF_HOLDS)
    people.require_proof(actor, now=NOW - timedelta(seconds=20))
    with refuses("prove_again"):
        people.require_proof(actor, now=BACK)


@pytest.mark.usefixtures("database")
def test_a_lock_after_wrong_tries_does_not_come_off_by_setting_the_clock_back() -> None:
    signed_in()
    for _n in range(tries.WRONG_TRIES):
        with refuses("sign_in_wrong"):
            sessions.sign_in(name="ハナ", secret="000000", now=NOW, tablet=enrolled())
    for now in (NOW, BACK, NOW - DAY, NOW + 14 * MINUTE):
        with refuses("sign_in_locked"):
            sessions.sign_in(name="ハナ", secret=PIN, now=now, tablet=enrolled())
    assert sessions.sign_in(name="ハナ", secret=PIN, now=NOW + 15 * MINUTE, tablet=enrolled())


@pytest.mark.usefixtures("city")
def test_what_was_found_last_counts_whatever_the_clock_said() -> None:
    staff, spot = person("staff"), wifi.spots()[0].id

    def found(kind: str, now: datetime) -> None:
        wifi_checks.confirm(staff, spot_id=spot, kind=kind, id=str(uuid.uuid4()), now=now)

    found("not_working", NOW + 365 * DAY)  # a machine that woke up in another year
    found("working", NOW)
    assert wifi.spot(spot).state == "working"
    assert wifi.spot(spot).checked_on == times.today(NOW)
    wifi_checks.report(spot, id="r", now=BACK)
    assert wifi.spot(spot).reports == 1
    found("working", BACK - HOUR)
    assert wifi.spot(spot).reports == 0
    for kind in ("partly", "not_working", "working", "partly"):  # in one second
        found(kind, BACK)
        assert wifi.spot(spot).state == kind


@pytest.mark.usefixtures("city")
def test_the_queue_and_the_journal_go_by_the_order_of_coming() -> None:
    meeting = scheduled(seats=1)
    first, second, third = (booked(meeting.id, now) for now in (NOW, BACK, NOW - 2 * HOUR))
    assert [one.place for one in (first, second, third)] == [1, 2, 3]
    changes.cancel(person("volunteer"), booking_id=first.id, now=BACK)
    [card] = waitlist.cards(person("volunteer"), now=BACK)
    assert card.booking.id == second.id
    lines = journals.of_class(person("staff"), class_id=meeting.id)
    assert [one.number for one in lines] == list(range(1, len(lines) + 1))
    assert seats.out_of_order(lines) == []


@pytest.mark.usefixtures("city")
def test_a_seat_is_kept_until_its_day_and_a_step_back_takes_it_from_nobody() -> None:
    meeting = scheduled(seats=1, day=times.today(NOW) + 3 * DAY)
    first, second = booked(meeting.id), booked(meeting.id)
    changes.cancel(person("volunteer"), booking_id=first.id, now=NOW)
    until = booking.get(person("volunteer"), booking_id=second.id)[0].held_until
    assert waitlist.lapse_all(person("volunteer"), now=BACK) == 0
    held, _meeting = booking.get(person("volunteer"), booking_id=second.id)
    assert (held.state, held.held_until) == ("held", until)


@pytest.mark.usefixtures("city")
def test_drafts_slips_and_undo_outlive_a_step_back() -> None:
    volunteer = person("volunteer")
    drafts.keep(volunteer, device="t", form="f", id="i", values={"a": "b"}, changed=True, now=NOW)
    found = drafts.find(volunteer, device="t", form="f", now=BACK)
    assert found
    assert found.values == {"a": "b"}
    made = booked(scheduled().id)
    ticket = slips.ticket(volunteer, booking_id=made.id, now=NOW)
    assert slips.read(ticket, now=BACK)[0][0].id == made.id
    changes.cancel(volunteer, booking_id=made.id, now=NOW)
    assert changes.undo(volunteer, booking_id=made.id, now=BACK).state == "seated"
    assert news.untold(volunteer, now=BACK) == []


@pytest.mark.usefixtures("city")
def test_the_same_logged_in_what_is_now_the_future_is_still_asked_about() -> None:
    volunteer = person("volunteer")
    consultations.log(volunteer, id="a", form=FORM, now=NOW, tablet="t")
    with refuses("just_logged"):
        consultations.log(volunteer, id="b", form=FORM, now=BACK, tablet="t", ask=True)


@pytest.mark.usefixtures("city")
def test_a_calendar_program_is_told_of_every_change_though_the_clock_was_set_back() -> None:
    staff, meeting = person("staff"), scheduled(day=times.today(NOW) + 3 * DAY)
    form = class_form(day=times.today(NOW) + 3 * DAY, starts=time(15), ends=time(16))
    changed = schedule.change(
        staff, class_id=meeting.id, version=meeting.version, form=form, now=BACK
    )
    assert changed.version > meeting.version
    assert [one.id for one in feeds.public(now=BACK)] == [meeting.id]


@pytest.mark.usefixtures("city")
def test_the_audit_is_ordered_by_number() -> None:
    for now in (NOW, BACK, NOW - DAY):
        consultations.log(person("volunteer"), id=str(uuid.uuid4()), form=FORM, now=now)
    numbers = [row["n"] for row in store.rows("SELECT n FROM audit ORDER BY n")]
    assert numbers == list(range(1, len(numbers) + 1))


def test_no_page_from_the_future_is_handed_out() -> None:
    answer = Answer(200, ({}, b""), None, {}, "", b"", public=True, stays=False)
    page = kept.Kept(answer, written=0, at=NOW)
    assert page.holds(0, NOW)
    assert page.holds(0, NOW + timedelta(seconds=4))
    assert not page.holds(0, BACK)
    assert not page.holds(0, NOW + DAY)


@pytest.mark.usefixtures("database")
def test_words_after_a_step_back_are_words_of_their_own() -> None:
    first = misses.follow(None, "ドローン", missed=True, now=NOW)
    assert first
    misses.follow(first, "ラジオ体操", missed=True, now=BACK)
    counted = store.rows("SELECT words, count FROM guide_miss ORDER BY words")
    assert [row["words"] for row in counted] == ["ドローン", "ラジオ体操"]


# A device whose clock is a day off.


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize("off", [-DAY, DAY, -HOUR, HOUR])
def test_a_write_has_the_moment_it_was_handed_and_none_of_the_device(off: timedelta) -> None:
    """No function takes a moment from a browser: nothing a form says is one."""
    fields = {*ConsultationForm.__dataclass_fields__, *booking.BookingForm.__dataclass_fields__}
    assert not [name for name in fields if name.endswith(("_at", "_on", "now", "time"))]
    row = consultations.log(person("volunteer"), id="c", form=FORM, now=NOW + off)
    assert row["logged_at"] == times.stamp(NOW + off)


@pytest.mark.usefixtures("city")
def test_who_comes_is_checked_in_on_the_day_of_the_server() -> None:
    made = booked(scheduled().id)
    for now in (NOW - DAY, NOW + DAY):
        with refuses("not_today"):
            attendance.check_in(person("volunteer"), booking_id=made.id, now=now)
    assert attendance.check_in(person("volunteer"), booking_id=made.id, now=NOW).arrived_at == NOW


# The end of a year, and of a fiscal year.


@pytest.mark.parametrize(
    ("day", "kind", "first", "last"),
    [
        ("2026-12-31", programme.MONTH, "2026-12-01", "2026-12-31"),
        ("2027-01-01", programme.MONTH, "2027-01-01", "2027-01-31"),
        ("2026-12-31", programme.QUARTER, "2026-10-01", "2026-12-31"),
        ("2027-01-01", programme.QUARTER, "2027-01-01", "2027-03-31"),
        ("2027-01-01", programme.YEAR, "2026-04-01", "2027-03-31"),
        ("2027-03-31", programme.YEAR, "2026-04-01", "2027-03-31"),
        ("2027-04-01", programme.YEAR, "2027-04-01", "2028-03-31"),
        ("2028-02-29", programme.MONTH, "2028-02-01", "2028-02-29"),
        ("2028-02-29", programme.QUARTER, "2028-01-01", "2028-03-31"),
        ("2028-02-29", programme.YEAR, "2027-04-01", "2028-03-31"),
    ],
)
def test_months_quarters_and_years_meet_without_a_gap(
    day: str, kind: str, first: str, last: str
) -> None:
    found = programme.period(kind, date.fromisoformat(day))
    assert found == (date.fromisoformat(first), date.fromisoformat(last))
    before = programme.period(kind, date.fromisoformat(day), 1)
    assert before[1] + DAY == found[0]


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize(
    ("day", "clock", "of"),
    [
        ("2026-12-31", "23:59", "2026-12-31"),
        ("2027-01-01", "00:00", "2027-01-01"),
        ("2028-02-28", "23:59", "2028-02-28"),
        ("2028-02-29", "00:00", "2028-02-29"),
        ("2028-02-29", "23:59", "2028-02-29"),
        ("2028-03-01", "00:00", "2028-03-01"),
    ],
)
def test_a_minute_belongs_to_one_day_of_tokyo(day: str, clock: str, of: str) -> None:
    volunteer, now = person("volunteer"), tokyo(day, clock)
    consultations.log(volunteer, id="c", form=FORM, now=now)
    days = [date.fromisoformat(of) + n * DAY for n in (-1, 0, 1)]
    counts = [consultations.logged_today(volunteer, now=times.at(one, time(12))) for one in days]
    assert counts == [0, 1, 0]


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize(
    ("day", "clock", "state"),
    [
        ("2026-12-28", "22:59", "open"),
        ("2026-12-28", "23:00", "closed"),
        ("2026-12-29", "06:30", "closed"),
        ("2026-12-31", "23:59", "closed"),
        ("2027-01-01", "00:00", "closed"),
        ("2027-01-03", "12:00", "closed"),
        ("2027-01-04", "06:29", "closed"),
        ("2027-01-04", "06:30", "open"),
        ("2028-02-29", "12:00", "open"),
    ],
)
def test_certificates_at_the_convenience_store_over_the_new_year(
    day: str, clock: str, state: str
) -> None:
    assert hours.of("konbini").at(tokyo(day, clock)).state == state


@pytest.mark.usefixtures("city")
def test_a_quarter_may_be_published_from_the_first_minute_after_it() -> None:
    quarter = date(2026, 10, 1)
    assert quarter not in releases.quarters(person("planner"), now=tokyo("2026-12-31", "23:59"))
    assert quarter in releases.quarters(person("planner"), now=tokyo("2027-01-01", "00:00"))


# A leap day.


@pytest.mark.usefixtures("city")
def test_a_class_and_its_series_go_over_the_leap_day() -> None:
    leap, now = date(2028, 2, 29), tokyo("2028-02-22", "10:00")
    assert series.weekly(date(2028, 2, 22), 3) == (date(2028, 2, 22), leap, date(2028, 3, 7))
    meeting = schedule.create(
        person("staff"), id="m", form=class_form(day=leap, course_id=COURSE), now=now
    )
    assert times.today(meeting.starts_at) == leap
    made = booked(meeting.id, now)
    changes.cancel(person("volunteer"), booking_id=made.id, now=now)
    card = follow_ups.give(
        person("volunteer"),
        str(consultations.log(person("volunteer"), id="c", form=FORM, now=now)["id"]),
        leap,
        now,
    )
    due = follow_ups.due(person("volunteer"), tokyo("2028-02-29", "00:00"))
    assert [one.code for one in due] == [card]
    assert follow_ups.due(person("volunteer"), tokyo("2028-02-28", "23:59")) == []


@pytest.mark.usefixtures("city")
def test_a_training_of_a_leap_day_holds_until_its_day() -> None:
    leap, now = date(2028, 2, 29), tokyo("2028-02-01", "10:00")
    form = InstructorForm("先生", trained_on=date(2024, 2, 29), expires_on=leap)
    instructors.save(person("staff"), id="i", form=form, now=now)
    [found] = [one for one in instructors.everybody() if one.id == "i"]
    assert (found.trained_on, found.expires_on) == (date(2024, 2, 29), leap)


# The machine's own time zone.


ZONED = """
from datetime import date, datetime, timezone
from desk import programme, times
from desk.guide import hours
at = datetime(2026, 12, 31, 14, 59, tzinfo=timezone.utc)
print(times.today(at), times.show(at, "ja"), programme.period("year", times.today(at)))
print(times.bounds(date(2027, 3, 14)), times.bounds(date(2026, 11, 1)))
"""


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Asia/Tokyo"])
def test_a_machine_elsewhere_says_the_same(zone: str) -> None:
    """2027-03-14 has 23 hours there, 2026-11-01 has 25."""
    done = subprocess.run(
        [sys.executable, "-c", ZONED],
        env={**os.environ, "TZ": zone, "PYTHONUTF8": "1"},
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    assert done.stdout.splitlines() == [
        "2026-12-31 12月31日（木） 23:59 (datetime.date(2026, 4, 1), datetime.date(2027, 3, 31))",
        "('2027-03-13T15:00:00Z', '2027-03-14T15:00:00Z') "
        "('2026-10-31T15:00:00Z', '2026-11-01T15:00:00Z')",
    ]


def test_nothing_asks_the_machine_for_its_own_time() -> None:
    """`datetime.now()` without a zone, `date.today()` and their kin are wrong half of the day."""
    root = Path(__file__).parent.parent
    wrong = ("datetime.now()", "date.today()", "utcnow(", "fromtimestamp(", "time.localtime")
    found = [
        (path.name, one)
        for folder in ("desk", "web", "pages")
        for path in (root / folder).rglob("*.py")
        for one in wrong
        for line in path.read_text("utf-8").splitlines()
        if one in line and ", UTC)" not in line
    ]
    assert found == []
    assert datetime.now(UTC).tzinfo is UTC
