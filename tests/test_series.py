"""Series: all meetings or none, changed one by one or from one on, booked with one form."""

import itertools
from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from desk import booking, changes, journal, schedule, seats, series, store
from desk.booking import BookingView
from desk.classes import ClassView
from tests.conftest import NOW, booking_form, class_form, person, refuses, scheduled

TODAY = date(2026, 11, 24)
WEEK = timedelta(weeks=1)
DAYS = series.weekly(TODAY, 3)
OTHER_ROOM = "0421110001-2"


def planned(id: str = "S", days: tuple[date, ...] = DAYS, **changes: object) -> list[ClassView]:
    form = class_form(**changes)
    return series.create(person("staff"), id=id, form=form, days=days, now=NOW)


def book(
    meetings: list[ClassView], id: str = "form", party: int = 1, kana: str | None = None
) -> list[BookingView]:
    form = booking_form(meetings[0].id, party=party, **({"kana": kana} if kana else {}))
    ids = tuple(one.id for one in meetings)
    return booking.book_series(person("volunteer"), id=id, form=form, class_ids=ids, now=NOW)


def times_of(meetings: list[ClassView]) -> list[str]:
    return [f"{one.starts_at:%m-%d %H:%M} {one.status} {one.version}" for one in meetings]


def count(table: str) -> int:
    return int(store.rows(f"SELECT COUNT(*) AS n FROM {table}")[0]["n"])


def test_weekly_days() -> None:
    assert (TODAY, date(2026, 12, 1), date(2026, 12, 8)) == DAYS
    without = {date(2026, 12, 1), date(2026, 12, 2)}
    assert series.weekly(TODAY, 3, without=without) == (TODAY, date(2026, 12, 8))
    for number in (0, -1, 31):
        with refuses("series_days", "days") as refused:
            series.weekly(TODAY, number)
        assert refused.value.facts == {"most": 30}


@given(first=some.dates(date(2020, 1, 1), date(2035, 1, 1)), number=some.integers(1, 30))
def test_weekly_days_are_a_week_apart(first: date, number: int) -> None:
    days = series.weekly(first, number)
    assert (days[0], len(days)) == (first, number)
    assert {later - sooner for sooner, later in itertools.pairwise(days)} <= {WEEK}


@pytest.mark.usefixtures("city")
def test_a_preview_shows_each_meeting_and_writes_nothing() -> None:
    taken = scheduled(day=DAYS[1])
    days = (*DAYS, date(2026, 11, 23), date(2027, 1, 2), DAYS[0])
    events = count("event")
    found = series.preview(class_form(reason=""), days, now=NOW)
    ratio = ("ratio_lecturer", "ratio_staff")
    closed_then = ("venue_closed", *ratio)
    if_full = [(one.day, str(one.problem), [str(c.code) for c in one.concerns]) for one in found]
    # Four seats without anybody who teaches need a lecturer and one of the staff.
    assert if_full == [
        (date(2026, 11, 23), "class_in_past (day)", list(closed_then)),
        (DAYS[0], "None", list(ratio)),
        (DAYS[1], "room_taken (room)", list(ratio)),
        (DAYS[2], "None", list(ratio)),
        (date(2027, 1, 2), "None", list(closed_then)),
    ]
    problem = found[2].problem
    assert problem is not None
    assert problem.facts["starts_at"] == taken.starts_at
    assert (count("class"), count("series"), count("event")) == (1, 0, events)
    with refuses("series_days", "days"):
        series.preview(class_form(), (), now=NOW)
    with refuses("course_unknown", "course"):
        series.preview(class_form(course_id="none"), DAYS, now=NOW)


@pytest.mark.usefixtures("city")
def test_all_meetings_are_made_or_none() -> None:
    taken = scheduled(day=DAYS[2])
    with refuses("room_taken", "room"):
        planned()
    with refuses("ratio_lecturer", "instructors"):
        planned(days=DAYS[:2], reason="")
    assert (count("class"), count("series"), count("busy")) == (1, 0, 12)
    schedule.cancel(person("staff"), class_id=taken.id, now=NOW)
    made = planned(days=(*reversed(DAYS), DAYS[0]))
    assert times_of(made) == ["11-24 05:00 open 1", "12-01 05:00 open 1", "12-08 05:00 open 1"]
    assert {one.series_id for one in made} == {"S"}
    assert schedule.of_series("S") == made
    for one in made:
        kinds = [line.kind for line in journal.of_class(person("staff"), class_id=one.id)]
        assert kinds == ["resized", "published", "override", "override"]


@pytest.mark.usefixtures("city")
def test_the_same_form_twice_is_one_series() -> None:
    made = planned()
    assert planned() == made
    assert planned(days=(date(2027, 2, 2),)) == made
    assert (count("class"), count("series")) == (3, 1)
    with refuses("series_days", "days"):
        planned("T", days=())


@pytest.mark.usefixtures("city")
def test_one_meeting_is_changed_alone() -> None:
    made = planned()
    form = replace(schedule.form_of(made[1]), starts=time(16), ends=time(17))
    # The first meeting is over by then.
    now = made[0].ends_at
    schedule.change(person("staff"), class_id=made[1].id, version=1, form=form, now=now)
    assert times_of(schedule.of_series("S")) == [
        "11-24 05:00 open 1",
        "12-01 07:00 open 2",
        "12-08 05:00 open 1",
    ]


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize("shift", [WEEK, -timedelta(days=1), timedelta(0)])
def test_a_change_from_one_meeting_on(shift: timedelta) -> None:
    staff, days = person("staff"), series.weekly(TODAY, 5)
    made = planned(days=days)
    schedule.cancel(staff, class_id=made[3].id, now=NOW)
    form = replace(schedule.form_of(made[2]), day=days[2] + shift, starts=time(16), ends=time(17))
    now = made[0].ends_at
    found = series.change_from(staff, class_id=made[2].id, version=1, form=form, now=now)
    assert [one.id for one in found] == [made[2].id, made[4].id]
    assert times_of(found) == [f"{days[n] + shift:%m-%d} 07:00 open 2" for n in (2, 4)]
    rest = [schedule.get(made[n].id) for n in (0, 1, 3)]
    assert times_of(rest) == [
        "11-24 05:00 open 1",
        "12-01 05:00 open 1",
        "12-15 05:00 cancelled 2",
    ]


@pytest.mark.usefixtures("city")
def test_meetings_move_a_week_on_without_running_into_each_other() -> None:
    made = planned()
    form = replace(schedule.form_of(made[0]), day=DAYS[1])
    series.change_from(person("staff"), class_id=made[0].id, version=1, form=form, now=NOW)
    assert times_of(schedule.of_series("S")) == [
        "12-01 05:00 open 2",
        "12-08 05:00 open 2",
        "12-15 05:00 open 2",
    ]


@pytest.mark.usefixtures("city")
def test_all_following_meetings_change_or_none() -> None:
    made, staff = planned(), person("staff")
    taken = scheduled(day=DAYS[2], room_id=OTHER_ROOM)
    form = replace(schedule.form_of(made[0]), room_id=OTHER_ROOM)
    with refuses("room_taken", "room"):
        series.change_from(staff, class_id=made[0].id, version=1, form=form, now=NOW)
    with refuses("changed_meanwhile"):
        series.change_from(staff, class_id=made[0].id, version=2, form=form, now=NOW)
    assert schedule.of_series("S") == made
    schedule.cancel(staff, class_id=taken.id, now=NOW)
    found = series.change_from(staff, class_id=made[0].id, version=1, form=form, now=NOW)
    assert [one.room_id for one in found] == [OTHER_ROOM] * 3


@pytest.mark.usefixtures("city")
def test_whoever_loses_a_seat_in_a_later_meeting_is_named_too() -> None:
    made, staff = planned(seats=2), person("staff")
    for id in ("a", "b"):
        booking.book(staff, id=id, form=booking_form(made[2].id), now=NOW)
    last = booking.get(staff, booking_id="b")[0]
    form = replace(schedule.form_of(made[0]), seats=1)
    with refuses("seats_booked", "seats") as refused:
        series.change_from(staff, class_id=made[0].id, version=1, form=form, now=NOW)
    assert refused.value.facts == {"booked": 2, "people": last.kana}
    ids = [one.id for one in series.from_here(made[0].id, now=NOW)]
    (losing,) = schedule.losing(staff, class_ids=ids, count=1)
    assert (losing.meeting.id, losing.people) == (made[2].id, {"b": last.kana})
    told = replace(form, losing=tuple(losing.people))
    series.change_from(staff, class_id=made[0].id, version=1, form=told, now=NOW)
    assert [one.seats for one in schedule.of_series("S")] == [1, 1, 1]
    assert booking.get(staff, booking_id="b")[0].state == "waiting"


@pytest.mark.usefixtures("city")
def test_a_meeting_that_is_over_or_cancelled_moves_no_others() -> None:
    made, staff = planned(), person("staff")
    form = replace(schedule.form_of(made[0]), day=DAYS[1], starts=time(16), ends=time(17))
    with refuses("class_past"):
        series.change_from(staff, class_id=made[0].id, version=1, form=form, now=made[0].ends_at)
    gone = schedule.cancel(staff, class_id=made[0].id, now=NOW)
    with refuses("class_cancelled"):
        series.change_from(staff, class_id=gone.id, version=gone.version, form=form, now=NOW)
    assert [schedule.get(one.id) for one in made[1:]] == made[1:]


@pytest.mark.usefixtures("city")
def test_a_class_that_stands_alone_is_changed_from_itself_on() -> None:
    meeting, other = scheduled(), scheduled(day=DAYS[1])
    form = replace(schedule.form_of(meeting), starts=time(16), ends=time(17))
    found = series.change_from(person("staff"), class_id=meeting.id, version=1, form=form, now=NOW)
    assert times_of(found) == ["11-24 07:00 open 2"]
    assert schedule.get(other.id) == other


@pytest.mark.usefixtures("city")
def test_one_form_books_the_series_and_waits_where_it_is_full() -> None:
    meetings = planned(seats=1)
    booking.book(person("volunteer"), id="before", form=booking_form(meetings[1].id), now=NOW)
    made = book(meetings)
    assert [(one.class_id, one.state, one.group_id) for one in made] == [
        (meetings[0].id, "seated", "form"),
        (meetings[1].id, "waiting", "form"),
        (meetings[2].id, "seated", "form"),
    ]
    volunteer = person("volunteer")
    for one in made:
        pairs = changes.by_code(one.code)
        assert [found.id for found, _meeting in pairs] == [each.id for each in made]
        found_all = booking.find(volunteer, typed=one.code, now=NOW)
        assert [each.id for each, _ in found_all] == [each.id for each in made]
    changes.cancel(volunteer, booking_id="before", now=NOW)
    assert booking.get(volunteer, booking_id=made[1].id)[0].state == "held"


@pytest.mark.usefixtures("city")
def test_the_same_form_twice_is_the_same_bookings() -> None:
    meetings = planned()
    made = book(meetings, kana="ヤマダ タロウ")
    assert book(meetings, kana="ヤマダ タロウ") == made
    assert count("booking") == 3
    assert sum(one.booked for one in schedule.of_series("S")) == 3


@pytest.mark.usefixtures("city")
def test_all_meetings_are_booked_or_none() -> None:
    meetings = planned()
    staff = person("staff")
    volunteer = person("volunteer")
    twin = booking_form(meetings[2].id, kana="ヤマダ タロウ")
    booking.book(volunteer, id="twin", form=twin, now=NOW)
    with refuses("already_booked", "kana"):
        book(meetings, kana="ヤマダ タロウ")
    form = replace(schedule.form_of(meetings[1]), seats=1)
    schedule.change(staff, class_id=meetings[1].id, version=1, form=form, now=NOW)
    with refuses("party_too_large", "party"):
        book(meetings, party=2)
    schedule.cancel(staff, class_id=meetings[1].id, now=NOW)
    with refuses("class_cancelled"):
        book(meetings)
    assert store.rows("SELECT id FROM booking") == [{"id": "twin"}]
    assert len(book([meetings[0], meetings[2]])) == 2


@pytest.mark.usefixtures("city")
def test_one_meeting_or_the_whole_is_cancelled() -> None:
    volunteer, meetings = person("volunteer"), planned(seats=1)
    made = book(meetings)
    book(meetings, "next")
    gone = changes.cancel(volunteer, booking_id=made[1].id, now=NOW)
    assert [one.id for one in gone] == [made[1].id]

    def states() -> list[str]:
        return [booking.get(volunteer, booking_id=one.id)[0].state for one in made]

    assert states() == ["seated", "cancelled", "seated"]
    assert [one.booked for one in schedule.of_series("S")] == [1, 1, 1]
    # What is over stays as it was; a second tap changes nothing.
    after = meetings[0].ends_at
    for _ in range(2):
        gone = changes.cancel(volunteer, booking_id=made[0].id, now=after, whole=True)
        assert [one.id for one in gone] == [made[1].id, made[2].id]
    assert states() == ["seated", "cancelled", "cancelled"]
    assert changes.undo(volunteer, booking_id=made[2].id, now=after).state == "seated"
    for one in meetings:
        assert seats.out_of_order(journal.of_class(person("staff"), class_id=one.id)) == []


@pytest.mark.usefixtures("city")
def test_the_whole_is_cancelled_though_one_meeting_does_not_take_place() -> None:
    volunteer, meetings = person("volunteer"), planned()
    made = book(meetings)
    schedule.cancel(person("staff"), class_id=meetings[1].id, now=NOW)
    gone = changes.cancel(volunteer, booking_id=made[0].id, now=NOW, whole=True)
    assert [one.id for one in gone] == [made[0].id, made[2].id]


@pytest.mark.usefixtures("city")
def test_only_staff_plan_a_series() -> None:
    made, actor = planned(), person("volunteer")
    with refuses("not_allowed"):
        series.create(actor, id="T", form=class_form(), days=DAYS, now=NOW)
    with refuses("not_allowed"):
        series.change_from(actor, class_id=made[0].id, version=1, form=class_form(), now=NOW)
    with refuses("not_allowed"):
        booking.book_series(
            person("planner"),
            id="f",
            form=booking_form(made[0].id),
            class_ids=(made[0].id,),
            now=NOW,
        )
    assert count("series") == 1
