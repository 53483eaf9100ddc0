"""The schedule: a room or a teacher is never in two classes at once, whoever is faster."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from threading import Barrier
from typing import Any

import pytest

from desk import booking, instructors, schedule, store
from desk.classes import ClassView
from desk.instructors import InstructorForm
from desk.refusals import Refused
from desk.rules import ClassForm
from tests.conftest import (
    COURSE,
    NOW,
    ROOM,
    VENUE,
    booking_form,
    class_form,
    person,
    refuses,
    scheduled,
)

OTHER_ROOM = "0421110001-2"
ELSEWHERE = "0421110002-1"
TUESDAY = date(2026, 11, 24)


@pytest.fixture
def teacher(city: str) -> str:  # noqa: ARG001 - the database must be there
    instructors.save(person("staff"), id="T", form=InstructorForm("先生"), now=NOW)
    return "T"


def together(*tasks: Callable[[], Any]) -> list[str]:
    """Run tasks at the same moment; for each "" or the code of its refusal."""
    gate = Barrier(len(tasks))

    def run(task: Callable[[], Any]) -> str:
        gate.wait()
        try:
            task()
        except Refused as refusal:
            return refusal.code
        return ""

    with ThreadPoolExecutor(len(tasks)) as threads:
        return list(threads.map(run, tasks))


def test_a_class_as_screens_show_it(teacher: str, now: datetime) -> None:
    made = schedule.create(
        person("staff"), id="K", form=class_form(instructor_ids=(teacher, teacher)), now=now
    )
    assert schedule.get("K") == made
    assert (made.course_id, made.venue_id, made.room_id) == (COURSE, VENUE, ROOM)
    assert made.name("ja") == made.title == "電源の入れ方・ボタン操作"
    assert made.name("en") == "Turning it on and using the buttons"
    assert replace(made, title_en="").name("en") == made.title
    assert made.bring == ["スマホ", "充電の コード", "めがね（使う人）"]
    assert (made.seats, made.booked, made.waiting, made.left) == (4, 0, 0, 4)
    assert (made.instructors, made.instructor_ids) == (["先生"], ["T"])
    assert (made.starts_at.isoformat(), made.ends_at.isoformat()) == (
        "2026-11-24T05:00:00+00:00",
        "2026-11-24T06:00:00+00:00",
    )
    assert (made.status, made.version, made.trial) == ("open", 1, False)


@pytest.mark.usefixtures("city")
def test_the_same_form_twice_is_one_class(now: datetime) -> None:
    staff = person("staff")
    first, again = (schedule.create(staff, id="K", form=class_form(), now=now) for _ in range(2))
    assert again == first
    assert schedule.between(TUESDAY, TUESDAY) == [first]


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"course_id": "none"}, "course_unknown", "course"),
        ({"venue_id": "none"}, "venue_unknown", "venue"),
        ({"room_id": "none"}, "room_elsewhere", "room"),
        ({"room_id": ELSEWHERE}, "room_elsewhere", "room"),
        ({"instructor_ids": ("none",)}, "instructor_unknown", "instructors"),
        ({"ends": time(14)}, "class_time", "ends"),
        ({"starts": time(23), "ends": time(1)}, "class_time", "ends"),
        ({"starts": time(10), "ends": time(18, 5)}, "class_length", "ends"),
        ({"starts": time(14, 3)}, "class_grid", "starts"),
        ({"ends": time(15, 0, 30)}, "class_grid", "ends"),
        ({"day": date(2026, 11, 23)}, "class_in_past", "day"),
        ({"starts": time(9), "ends": time(10)}, "class_in_past", "day"),
        ({"seats": 0}, "class_seats", "seats"),
        ({"seats": -1}, "class_seats", "seats"),
        ({"seats": 201}, "class_seats", "seats"),
    ],
)
def test_what_cannot_be_scheduled(
    changes: dict[str, Any], code: str, field: str, now: datetime
) -> None:
    staff = person("staff")
    with refuses(code, field):
        schedule.create(staff, id="K", form=class_form(**changes), now=now)
    with refuses("class_unknown"):
        schedule.get("K")
    assert store.rows("SELECT * FROM busy") == []
    before = schedule.create(staff, id="K", form=class_form(), now=now)
    with refuses(code, field):
        schedule.change(staff, class_id="K", version=1, form=class_form(**changes), now=now)
    assert schedule.get("K") == before


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize(
    "changes",
    [
        {"starts": time(9, 5), "ends": time(10, 5)},
        {"starts": time(10), "ends": time(18)},
        {"seats": 1},
        {"seats": 200},
        {"starts": time(23), "ends": time(23, 55)},
    ],
)
def test_what_just_can(changes: dict[str, Any]) -> None:
    assert scheduled(**changes).seats == changes.get("seats", 4)


@pytest.mark.parametrize(
    ("starts", "ends", "clash"),
    [
        (time(13), time(14), False),
        (time(15), time(16), False),
        (time(13), time(14, 5), True),
        (time(14, 55), time(16), True),
        (time(14, 20), time(14, 40), True),
        (time(13), time(16), True),
        (time(14), time(15), True),
    ],
)
def test_a_room_or_a_teacher_is_used_once_at_a_time(
    teacher: str, starts: time, ends: time, clash: bool, now: datetime
) -> None:
    staff, first = person("staff"), scheduled(instructor_ids=(teacher,))
    for code, field, changes in (
        ("room_taken", "room", {}),
        ("instructor_taken", "instructors", {"room_id": OTHER_ROOM, "instructor_ids": (teacher,)}),
    ):
        form = class_form(starts=starts, ends=ends, **changes)
        if not clash:
            made = schedule.create(staff, id=code, form=form, now=now)
            schedule.cancel(staff, class_id=made.id, now=now)
            continue
        with refuses(code, field) as taken:
            schedule.create(staff, id=code, form=form, now=now)
        named = {"room": f"{first.venue} {first.room}"} if not changes else {"instructor": "先生"}
        assert taken.value.facts == {
            **named,
            "course": first.title,
            "starts_at": first.starts_at,
        }
        with refuses("class_unknown"):
            schedule.get(code)


@pytest.mark.usefixtures("city")
def test_two_at_once_cannot_have_the_same_room(now: datetime) -> None:
    staff = person("staff")
    done = together(
        *(
            lambda n=n: schedule.create(staff, id=f"K{n}", form=class_form(), now=now)
            for n in range(6)
        )
    )
    assert sorted(done) == ["", *["room_taken"] * 5]
    assert len(schedule.between(TUESDAY, TUESDAY)) == 1


@pytest.mark.usefixtures("city")
def test_two_changes_at_once_into_the_same_time(now: datetime) -> None:
    staff = person("staff")
    made = [scheduled(starts=time(h), ends=time(h + 1)) for h in (10, 11, 12, 13)]
    form = class_form(starts=time(16), ends=time(17))
    done = together(
        *(
            lambda id=one.id: schedule.change(staff, class_id=id, version=1, form=form, now=now)
            for one in made
        )
    )
    assert sorted(done) == ["", *["room_taken"] * 3]


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize("_again", range(4))
def test_two_classes_that_want_each_others_room_are_refused_and_not_stuck(
    _again: int, now: datetime
) -> None:
    staff = person("staff")
    here = scheduled(ends=time(20))
    there = scheduled(room_id=OTHER_ROOM, ends=time(20))
    swap = {
        here.id: class_form(room_id=OTHER_ROOM, ends=time(20)),
        there.id: class_form(ends=time(20)),
    }

    def change(id: str, form: ClassForm) -> ClassView:
        return schedule.change(staff, class_id=id, version=1, form=form, now=now)

    done = together(*(lambda id=id, form=form: change(id, form) for id, form in swap.items()))
    assert done == ["room_taken", "room_taken"]
    assert [schedule.get(one.id) for one in (here, there)] == [here, there]


@pytest.mark.usefixtures("city")
def test_a_change_keeps_the_bookings(now: datetime) -> None:
    staff, meeting = person("staff"), scheduled(seats=4)
    for n in range(2):
        booking.book(staff, id=f"b{n}", form=booking_form(meeting.id, party=2 - n), now=now)
    roster = booking.roster(staff, class_id=meeting.id)
    with refuses("seats_booked", "seats") as fewer:
        schedule.change(
            staff, class_id=meeting.id, version=1, form=class_form(seats=2, reason=" "), now=now
        )
    assert fewer.value.facts == {"booked": 3, "people": roster[1].kana}
    form = class_form(seats=3, starts=time(16), ends=time(17), room_id=OTHER_ROOM)
    changed = schedule.change(staff, class_id=meeting.id, version=1, form=form, now=now)
    assert (changed.seats, changed.booked, changed.version) == (3, 3, 2)
    assert changed.starts_at == meeting.starts_at + timedelta(hours=2)
    assert [one.id for one in booking.roster(staff, class_id=meeting.id)] == ["b0", "b1"]
    assert all(one.seated for one in booking.roster(staff, class_id=meeting.id))
    assert scheduled(seats=1).status == "open"  # the old room and time are free again
    more = schedule.change(
        staff, class_id=meeting.id, version=2, form=replace(form, seats=9), now=now
    )
    assert (more.seats, more.left) == (9, 6)


@pytest.mark.usefixtures("city")
def test_seats_added_later_are_for_those_who_wait(now: datetime) -> None:
    staff, meeting = person("staff"), scheduled(seats=1)
    for n in range(3):
        booking.book(staff, id=f"b{n}", form=booking_form(meeting.id), now=now)
    schedule.change(staff, class_id=meeting.id, version=1, form=class_form(seats=2), now=now)
    late = booking.book(staff, id="late", form=booking_form(meeting.id), now=now)
    assert not late.seated


@pytest.mark.usefixtures("city")
def test_a_change_of_what_was_not_seen_is_refused(now: datetime) -> None:
    staff, meeting = person("staff"), scheduled()
    schedule.change(staff, class_id=meeting.id, version=1, form=class_form(seats=5), now=now)
    with refuses("changed_meanwhile"):
        schedule.change(staff, class_id=meeting.id, version=1, form=class_form(seats=6), now=now)
    assert schedule.get(meeting.id).seats == 5
    with refuses("class_unknown"):
        schedule.change(staff, class_id="none", version=1, form=class_form(), now=now)


def test_a_cancelled_class_frees_its_room_and_keeps_its_people(teacher: str, now: datetime) -> None:
    staff, meeting = person("staff"), scheduled(instructor_ids=(teacher,))
    booking.book(staff, id="b", form=booking_form(meeting.id), now=now)
    cancelled = schedule.cancel(staff, class_id=meeting.id, now=now)
    assert (cancelled.status, cancelled.version, cancelled.booked) == ("cancelled", 2, 1)
    assert schedule.cancel(staff, class_id=meeting.id, now=now) == cancelled
    assert [one.id for one in booking.roster(staff, class_id=meeting.id)] == ["b"]
    with refuses("class_cancelled"):
        schedule.change(staff, class_id=meeting.id, version=2, form=class_form(), now=now)
    assert scheduled(instructor_ids=(teacher,)).status == "open"


@pytest.mark.usefixtures("city")
def test_a_class_that_is_over_stays_as_it_was(now: datetime) -> None:
    staff, meeting = person("staff"), scheduled()
    over = meeting.ends_at
    tomorrow = class_form(day=date(2026, 11, 25))
    with refuses("class_past"):
        schedule.cancel(staff, class_id=meeting.id, now=over)
    with refuses("class_past"):
        schedule.change(staff, class_id=meeting.id, version=1, form=tomorrow, now=over)
    assert schedule.get(meeting.id) == meeting
    assert schedule.open_for_booking(meeting.id, now=over - timedelta(seconds=1)) == meeting
    with refuses("class_past"):
        schedule.open_for_booking(meeting.id, now=over)
    with refuses("class_unknown"):
        schedule.open_for_booking("none", now=now)


@pytest.mark.usefixtures("city")
def test_days_are_those_of_tokyo(now: datetime) -> None:
    early = scheduled(day=date(2026, 11, 25), starts=time(0), ends=time(1))
    late = scheduled(day=date(2026, 11, 25), starts=time(23), ends=time(23, 55))
    today = scheduled()
    wednesday = date(2026, 11, 25)
    assert schedule.between(wednesday, wednesday) == [early, late]
    assert schedule.between(TUESDAY, wednesday) == [today, early, late]
    assert schedule.bookable(now=now) == [today, early, late]
    assert schedule.bookable(now=today.ends_at) == [early, late]
    assert schedule.bookable(now=now, days=1) == [today, early]
    schedule.cancel(person("staff"), class_id=today.id, now=now)
    assert [one.id for one in schedule.bookable(now=now)] == [early.id, late.id]
    assert len(schedule.between(TUESDAY, wednesday)) == 3
