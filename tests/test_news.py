"""News: whoever is booked hears that the class was cancelled or moved, or that a seat was lost."""

from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

import pytest

from desk import attendance, booking, changes, journal, news, schedule, seats, series, waitlist
from desk.classes import ClassView
from desk.people import PUBLIC
from tests.conftest import NOW, booking_form, class_form, person, refuses, scheduled

DAY, NEXT = date(2026, 11, 28), date(2026, 11, 30)
MINUTE = timedelta(minutes=1)
ELSEWHERE = {"venue_id": "0421110002", "room_id": "0421110002-1"}


def book(meeting: ClassView, *ids: str) -> None:
    for id in ids:
        booking.book(person("volunteer"), id=id, form=booking_form(meeting.id), now=NOW)


def change(meeting: ClassView, **changed: Any) -> ClassView:
    found = schedule.get(meeting.id)
    form = replace(schedule.form_of(found), **changed)
    return schedule.change(
        person("staff"), class_id=meeting.id, version=found.version, form=form, now=NOW
    )


def cancel(meeting: ClassView) -> ClassView:
    return schedule.cancel(person("staff"), class_id=meeting.id, now=NOW)


def untold(now: Any = NOW) -> list[tuple[str, str]]:
    found = news.untold(person("volunteer"), now=now)
    return [(one.booking.id, one.kind) for one in found if one.told_at is None]


def tell(id: str, now: Any = NOW, *, told: bool = True) -> None:
    news.tell(person("volunteer"), booking_id=id, now=now, told=told)


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize(
    "changed",
    [
        {"day": NEXT},
        {"starts": time(16), "ends": time(17)},
        {"ends": time(14, 30)},
        ELSEWHERE,
    ],
)
def test_who_has_a_seat_hears_where_and_when_the_class_is_now(changed: dict[str, Any]) -> None:
    meeting = scheduled(seats=2, day=DAY)
    book(meeting, "a", "b", "waits")
    assert untold() == []
    now_it_is = change(meeting, **changed)
    assert untold() == [("a", "rescheduled"), ("b", "rescheduled")]
    one = news.untold(person("volunteer"), now=NOW)[0]
    assert one.meeting == now_it_is
    assert (one.before.starts_at, one.before.ends_at) == (meeting.starts_at, meeting.ends_at)
    assert (one.before.venue_id, one.before.venue) == (meeting.venue_id, meeting.venue)
    tell("a")
    tell("a")
    assert untold() == [("b", "rescheduled")]
    assert untold(now_it_is.ends_at) == []
    # Whoever books now was told the new time.
    changes.cancel(person("volunteer"), booking_id="b", now=NOW)
    book(meeting, "new")
    assert untold() == []
    assert seats.out_of_order(journal.of_class(person("staff"), class_id=meeting.id)) == []


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize(
    "changed", [{"seats": 8}, {"room_id": "0421110001-2"}, {"equipment": (("tablet", 1),)}]
)
def test_what_a_slip_does_not_promise_is_no_news(changed: dict[str, Any]) -> None:
    meeting = scheduled(seats=2, day=DAY)
    book(meeting, "a")
    change(meeting, **changed)
    assert untold() == []


@pytest.mark.usefixtures("city")
def test_two_changes_are_one_news_and_none_when_all_is_as_it_was() -> None:
    meeting = scheduled(day=DAY)
    book(meeting, "a", "b")
    change(meeting, day=NEXT)
    tell("a")
    change(meeting, starts=time(16), ends=time(17))
    before = {one.booking.id: one.before for one in news.untold(person("staff"), now=NOW)}
    assert before["a"].starts_at == schedule.get(meeting.id).starts_at - timedelta(hours=2)
    assert before["b"].starts_at == meeting.starts_at
    change(meeting, day=DAY, starts=time(14), ends=time(15))
    assert untold() == [("a", "rescheduled")]


@pytest.mark.usefixtures("city")
def test_of_a_cancelled_class_everybody_hears_who_waits_too() -> None:
    meeting = scheduled(seats=1, day=DAY)
    book(meeting, "gone", "held", "waits")
    changes.cancel(person("volunteer"), booking_id="gone", now=NOW)
    cancel(meeting)
    assert untold() == [("held", "class_cancelled"), ("waits", "class_cancelled")]
    tell("waits")
    assert untold() == [("held", "class_cancelled")]
    assert untold(meeting.ends_at) == []


@pytest.mark.usefixtures("city")
def test_whoever_lost_a_seat_hears_of_it_or_of_the_next_one() -> None:
    meeting = scheduled(seats=2, day=DAY)
    book(meeting, "a", "b")
    change(meeting, seats=1, losing=("b",))
    assert untold() == [("b", "unseated")]
    changes.cancel(person("volunteer"), booking_id="a", now=NOW)
    # A call card says it all now, the new time too.
    change(meeting, day=NEXT)
    assert untold() == []
    waitlist.answer(person("volunteer"), booking_id="b", answer="comes", now=NOW)
    assert untold() == []


@pytest.mark.usefixtures("city")
def test_a_mistaken_tap_is_taken_back_for_ten_minutes() -> None:
    meeting = scheduled(day=DAY)
    book(meeting, "a")
    change(meeting, day=NEXT)
    tell("a")
    late = NOW + 10 * MINUTE
    (just,) = news.untold(person("volunteer"), now=late - MINUTE)
    assert just.told_at == NOW
    tell("a", late - MINUTE, told=False)
    assert untold() == [("a", "rescheduled")]
    tell("a", NOW)
    assert news.untold(person("volunteer"), now=late) == []


@pytest.mark.usefixtures("city")
def test_whose_class_was_cancelled_goes_to_another_day() -> None:
    meeting, other = scheduled(day=DAY), scheduled(day=NEXT)
    book(meeting, "a")
    cancel(meeting)
    moved = changes.move(person("volunteer"), booking_id="a", class_id=other.id, now=NOW)
    assert (moved.state, moved.class_id) == ("seated", other.id)
    assert untold() == []
    with refuses("class_cancelled"):
        changes.undo(person("volunteer"), booking_id="a", now=NOW)
    for one in (meeting, other):
        assert seats.out_of_order(journal.of_class(person("staff"), class_id=one.id)) == []


@pytest.mark.usefixtures("city")
def test_every_meeting_of_a_series_that_moves_has_its_news() -> None:
    days = series.weekly(DAY, 3)
    meetings = series.create(person("staff"), id="S", form=class_form(), days=days, now=NOW)
    form, ids = booking_form(meetings[0].id), tuple(one.id for one in meetings)
    made = booking.book_series(person("volunteer"), id="f", form=form, class_ids=ids, now=NOW)
    wanted = replace(schedule.form_of(meetings[1]), starts=time(16), ends=time(17))
    series.change_from(person("staff"), class_id=meetings[1].id, version=1, form=wanted, now=NOW)
    assert untold() == [(one.id, "rescheduled") for one in made[1:]]


@pytest.mark.usefixtures("city")
def test_whoever_is_in_the_room_knows() -> None:
    meeting = scheduled()
    book(meeting, "a")
    attendance.check_in(person("volunteer"), booking_id="a", now=NOW)
    change(meeting, ends=time(16))
    assert untold() == []


@pytest.mark.usefixtures("city")
def test_only_the_desk_tells_the_news() -> None:
    for actor, code in ((person("planner"), "not_allowed"), (PUBLIC, "sign_in_first")):
        with refuses(code):
            news.untold(actor, now=NOW)
        with refuses(code):
            news.tell(actor, booking_id="a", now=NOW)
    with refuses("booking_unknown"):
        tell("none")
