"""Booking: nobody gets another's seat, a party stays together, and a second tap is harmless."""

import uuid
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from desk import attendance, booking, changes, places, schedule, seats, store
from tests.conftest import NOW, booking_form, person, refuses, scheduled


def book(id: str, class_id: str, **changes: Any) -> booking.BookingView:
    form = booking_form(class_id, **changes)
    return booking.book(person("volunteer"), id=id, form=form, now=NOW)


@pytest.mark.usefixtures("city")
def test_a_booking_as_the_desk_shows_it() -> None:
    meeting, town = scheduled(), places.towns()[0]
    made = book(
        "b",
        meeting.id,
        kana=" やまだ　ﾊﾅ ",
        residence="town",
        town_id=town.id,
        reach="neighbour",
        reach_note=" となりの佐藤さん ",
        party=2,
    )
    assert made == booking.BookingView(
        id="b",
        class_id=meeting.id,
        code=made.code,
        place=1,
        kana="ヤマダ ハナ",
        residence="town",
        town_id=town.id,
        town=town.name,
        reach="neighbour",
        reach_note="となりの佐藤さん",
        party=2,
        made_at=NOW,
        arrived_at=None,
        held_until=None,
        lapsed_at=None,
        no_show_at=None,
        cancelled_at=None,
        walk_in=False,
        group_id=None,
        seats=2,
        ahead=0,
    )
    assert (made.seated, made.state) == (True, "seated")
    assert booking.get(person("volunteer"), booking_id="b") == (made, schedule.get(meeting.id))
    assert schedule.get(meeting.id).left == 2


@pytest.mark.usefixtures("city")
def test_the_same_form_twice_is_one_booking() -> None:
    meeting, other = scheduled(), scheduled(starts=time(16), ends=time(17))
    first = book("b", meeting.id)
    assert book("b", meeting.id) == first
    assert store.one("SELECT COUNT(*) AS n FROM booking") == {"n": 1}
    assert schedule.get(meeting.id).booked == 1
    with refuses("form_reused"):
        book("b", other.id)


@pytest.mark.usefixtures("city")
def test_the_same_form_for_two_classes_at_once_is_one_booking() -> None:
    first, other = scheduled(), scheduled(starts=time(16), ends=time(17))
    form, volunteer = booking_form(first.id), person("volunteer")
    with ThreadPoolExecutor(1) as thread:
        with store.transaction(lock=f"class {first.id}") as write:
            booking.put_down(write, volunteer, id="b", form=form, now=NOW)
            second = thread.submit(book, "b", other.id)
            assert wait([second], 0.2).not_done
        with refuses("form_reused"):
            second.result()
    assert schedule.get(first.id).booked == 1
    assert schedule.get(other.id).booked == 0


@pytest.mark.usefixtures("city")
def test_a_party_gets_all_its_seats_or_none_though_somebody_forgot_the_lock() -> None:
    meeting, volunteer = scheduled(seats=2), person("volunteer")
    book("late", meeting.id)
    changes.cancel(volunteer, booking_id="late", now=NOW)

    def take_two() -> None:
        with suppress(RuntimeError), store.transaction(lock="another") as write:
            seats.take(write, meeting.id, "late", 2)

    form = booking_form(meeting.id)
    with ThreadPoolExecutor(1) as thread:
        with store.transaction(lock=f"class {meeting.id}") as write:
            booking.put_down(write, volunteer, id="b", form=form, now=NOW)
            taking = thread.submit(take_two)
            assert wait([taking], 0.2).not_done
        taking.result()
    assert store.rows("SELECT number, booking_id FROM seat ORDER BY number") == [
        {"number": 1, "booking_id": "b"},
        {"number": 2, "booking_id": None},
    ]


@pytest.mark.usefixtures("city")
def test_somebody_elsewhere_has_no_neighbourhood() -> None:
    made = book("b", scheduled().id, residence="unknown", town_id=places.towns()[0].id)
    assert (made.residence, made.town_id, made.town) == ("unknown", None, "")


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"kana": ""}, "missing", "kana"),
        ({"kana": "山田花"}, "kana_only", "kana"),
        ({"kana": "Yamada"}, "kana_only", "kana"),
        ({"kana": "ア" * 41}, "too_long", "kana"),
        ({"kana": "ヤマダ 123456789018"}, "my_number", "kana"),
        ({"residence": ""}, "missing", "town"),
        ({"residence": "moon"}, "choice_unknown", "town"),
        ({"residence": "town"}, "missing", "town"),
        ({"residence": "town", "town_id": "none"}, "town_unknown", "town"),
        ({"reach": ""}, "missing", "reach"),
        ({"reach": "fax"}, "choice_unknown", "reach"),
        ({"reach_note": "1234 5678 9018"}, "my_number", "reach_note"),
        ({"reach_note": "あ" * 61}, "too_long", "reach_note"),
        ({"party": 0}, "party_size", "party"),
        ({"party": 3}, "party_size", "party"),
        ({"party": 2}, "party_too_large", "party"),
    ],
)
def test_what_cannot_be_booked(changes: dict[str, Any], code: str, field: str) -> None:
    meeting = scheduled(seats=1)
    with refuses(code, field):
        book("b", meeting.id, **changes)
    assert store.rows("SELECT id FROM booking") == []
    assert schedule.get(meeting.id) == meeting


@pytest.mark.usefixtures("city")
def test_only_a_class_that_is_to_come_can_be_booked(now: datetime) -> None:
    volunteer, staff, meeting = person("volunteer"), person("staff"), scheduled()
    with refuses("class_unknown"):
        book("b", "none")
    form = booking_form(meeting.id)
    with refuses("class_past"):
        booking.book(volunteer, id="b", form=form, now=meeting.ends_at)
    schedule.cancel(staff, class_id=meeting.id, now=now)
    with refuses("class_cancelled"):
        booking.book(volunteer, id="b", form=form, now=now)
    assert store.rows("SELECT id FROM booking") == []


@pytest.mark.usefixtures("city")
def test_the_waitlist_keeps_its_order() -> None:
    meeting, staff = scheduled(seats=3), person("staff")
    for n, party in enumerate((2, 2, 1, 1), 1):
        book(f"b{n}", meeting.id, party=party)
    found = booking.roster(staff, class_id=meeting.id)
    # Two do not fit on the one seat that is left, so they wait together.
    assert [(one.id, one.place, one.seated, one.ahead) for one in found] == [
        ("b1", 1, True, 0),
        ("b3", 3, True, 1),
        ("b2", 2, False, 0),
        ("b4", 4, False, 1),
    ]
    now = schedule.get(meeting.id)
    assert (now.seats, now.booked, now.waiting, now.left) == (3, 3, 3, 0)


@pytest.mark.usefixtures("city")
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    seats=some.integers(1, 5), taps=some.lists(some.tuples(some.integers(1, 2), some.booleans()))
)
def test_whatever_is_booked_seats_are_sold_once_and_parties_stay_together(
    seats: int, taps: list[tuple[int, bool]]
) -> None:
    """`taps` are parties, each with whether the form is sent a second time."""
    day = date(2026, 11, 25) + timedelta(days=next(DAYS))
    meeting = scheduled(seats=seats, day=day)
    free, expected = seats, []
    for party, again in taps:
        if party > seats:
            with refuses("party_too_large", "party"):
                book(str(uuid.uuid4()), meeting.id, party=party)
            continue
        id = str(uuid.uuid4())
        made = book(id, meeting.id, party=party)
        assert made.seated == (party <= free)
        free -= party if made.seated else 0
        expected.append((id, party, made.seated))
        if again:
            assert book(id, meeting.id, party=party) == made
    found = sorted(booking.roster(person("staff"), class_id=meeting.id), key=lambda one: one.place)
    assert [(one.id, one.party, one.seated) for one in found] == expected
    assert [one.place for one in found] == list(range(1, len(expected) + 1))
    held = store.rows(
        "SELECT booking_id, COUNT(*) AS n FROM seat WHERE class_id = :id "
        "AND booking_id IS NOT NULL GROUP BY booking_id",
        id=meeting.id,
    )
    assert {row["booking_id"]: row["n"] for row in held} == {
        id: party for id, party, seated in expected if seated
    }
    now = schedule.get(meeting.id)
    assert (now.seats, now.left) == (seats, free)
    assert now.waiting == sum(party for _id, party, seated in expected if not seated)


DAYS = iter(range(10_000))


@pytest.mark.usefixtures("city")
def test_checking_in_twice_is_harmless_and_can_be_taken_back(now: datetime) -> None:
    volunteer, meeting = person("volunteer"), scheduled()
    before = book("b", meeting.id)
    later = now + timedelta(hours=1)
    came = attendance.check_in(volunteer, booking_id="b", now=now)
    assert came.arrived_at == now
    assert attendance.check_in(volunteer, booking_id="b", now=later) == came
    for _ in range(2):
        back = attendance.check_in(volunteer, booking_id="b", now=later, arrived=False)
        assert back == before
    assert attendance.check_in(volunteer, booking_id="b", now=later).arrived_at == later


@pytest.mark.usefixtures("city")
def test_who_cannot_be_checked_in(now: datetime) -> None:
    volunteer, staff = person("volunteer"), person("staff")
    full, tomorrow = scheduled(seats=1), scheduled(day=date(2026, 11, 25))
    gone = scheduled(starts=time(17), ends=time(18))
    for id, meeting in (("in", full), ("waits", full), ("tomorrow", tomorrow), ("gone", gone)):
        book(id, meeting.id)
    schedule.cancel(staff, class_id=gone.id, now=now)
    for id, code in (
        ("none", "booking_unknown"),
        ("waits", "booking_waits"),
        ("tomorrow", "not_today"),
        ("gone", "class_cancelled"),
    ):
        with refuses(code):
            attendance.check_in(volunteer, booking_id=id, now=now)
    with refuses("not_today"):
        attendance.check_in(volunteer, booking_id="in", now=now + timedelta(days=1))
    assert store.rows("SELECT id FROM booking WHERE arrived_at IS NOT NULL") == []


@pytest.mark.usefixtures("city")
def test_there_is_no_booking_by_an_unknown_id() -> None:
    with refuses("booking_unknown"):
        booking.get(person("volunteer"), booking_id="none")
    assert booking.roster(person("volunteer"), class_id="none") == []
