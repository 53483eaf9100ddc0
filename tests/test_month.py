"""The month builder at the desk: what it knows of the month, and what accepting does."""

import random
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest

from desk import courses, instructors, month, schedule, store, times
from desk.courses import CourseForm
from desk.instructors import InstructorForm
from desk.month import Frame, Wanted
from desk.planning import Search
from desk.refusals import Refused
from desk.timetable import Meeting, Span, greedy
from desk.timetable.checker import violations
from tests.conftest import COURSE, NOW, ROOM, VENUE, person, refuses, scheduled

DECEMBER = Frame(date(2026, 12, 1), date(2026, 12, 31), equipment_id="tablet")
ELSEWHERE, LENDING = "0421110004", "0421110002"
DAY = 24 * 60


def team(count: int, **known: object) -> list[str]:
    """So many trained lecturers."""
    facts = {"trained_on": date(2026, 4, 1), **known}
    for n in range(count):
        form = InstructorForm(f"講師{n}", **facts)
        instructors.save(person("staff"), id=f"T{n}", form=form, now=NOW)
    return [f"T{n}" for n in range(count)]


def asked(*wanted: Wanted, frame: Frame = DECEMBER, **more: object) -> month.Problem:
    return month.problem(person("staff"), wanted=wanted, frame=frame, now=NOW, **more)


@pytest.mark.usefixtures("city")
def test_the_problem_is_what_the_desk_knows_of_the_month() -> None:
    team(2, hours="火 09:00-12:00", skills=(COURSE,))
    teacher = team(1)[0]
    taken = scheduled(
        day=date(2026, 12, 3), instructor_ids=(teacher,), equipment=(("tablet", 3),), seats=2
    )
    made = asked(Wanted(COURSE, VENUE, 4, classes=2, devices=1), Wanted(COURSE, ELSEWHERE, 8))
    assert [wish.id for wish in made.wishes] == [
        f"{COURSE} {VENUE} 1",
        f"{COURSE} {VENUE} 2",
        f"{COURSE} {ELSEWHERE} 1",
    ]
    assert {(wish.minutes, wish.learners) for wish in made.wishes} == {(60, 4), (60, 8)}
    assert {room.venue_id for room in made.rooms} == {VENUE, ELSEWHERE}
    assert (made.days, made.devices, made.learners_per_teacher) == (31, 20, 4)
    tuesday = made.teacher["T1"]
    assert (tuesday.trained, tuesday.skills) == (True, frozenset({COURSE}))
    assert tuesday.free[0] == Span(9 * 60, 12 * 60)  # 1 December is a Tuesday
    assert len(tuesday.free) == 5
    weekdays = {span.start // DAY for span in made.open[VENUE]}
    assert 4 not in weekdays  # Saturday
    assert not weekdays & set(range(28, 31))  # 年末年始
    third = Span(2 * DAY + 14 * 60, 2 * DAY + 15 * 60, VENUE)
    assert made.taken == {f"room:{ROOM}": (third,), f"teacher:{teacher}": (third,)}
    before, after = made.device_pad[VENUE]
    assert made.taken_devices == ((Span(third.start - before, third.end + after), 3),)
    assert (before, after) == (after + 15, after)
    assert made.travel[VENUE, ELSEWHERE] == made.travel[ELSEWHERE, VENUE] > 10
    schedule.cancel(person("staff"), class_id=taken.id, now=NOW)
    assert asked(Wanted(COURSE, VENUE, 4)).taken == {}


@pytest.mark.usefixtures("city")
def test_what_cannot_be_asked() -> None:
    with refuses("month_empty", "wishes"):
        asked()
    with refuses("month_many", "wishes"):
        asked(Wanted(COURSE, VENUE, 4, classes=month.MOST_WISHES + 1))
    with refuses("course_unknown", "course"):
        asked(Wanted("none", VENUE, 4))
    with refuses("month_past", "month"):
        asked(Wanted(COURSE, VENUE, 4), frame=Frame(date(2026, 10, 1), date(2026, 10, 31)))
    today = asked(Wanted(COURSE, VENUE, 4), frame=Frame(date(2026, 11, 1), date(2026, 11, 30)))
    assert {span.start // DAY for span in today.open[VENUE]} == {24, 25, 26, 29}


@pytest.mark.usefixtures("city")
def test_a_proposal_is_valid_and_becomes_drafts_that_can_be_published(now: datetime) -> None:
    team(4)
    staff = person("staff")
    made = asked(Wanted(COURSE, VENUE, 8, classes=2, devices=4), Wanted(COURSE, ELSEWHERE, 6))
    plan = Search(made, 3.0).wait(30)
    assert plan is not None
    assert plan.unplaced == ()
    assert violations(made, plan.meetings) == []
    facts = {"id": "A", "asked": made, "meetings": plan.meetings[:2], "frame": DECEMBER}
    drafts = month.accept(staff, **facts, now=now)
    assert month.accept(staff, **facts, now=now) == drafts
    assert len(schedule.between(DECEMBER.first, DECEMBER.last)) == 2
    by_start = sorted(plan.meetings[:2], key=lambda one: one.starts)
    assert [one.starts_at for one in drafts] == [month.moment(made, m.starts) for m in by_start]
    assert all(one.draft and one.overrides == {} for one in drafts)
    assert schedule.bookable(now=now) == []
    for one, meeting in zip(drafts, by_start, strict=True):
        wish = made.wish[meeting.wish_id]
        assert set(one.instructor_ids) == set(meeting.teacher_ids)
        lent = [("tablet", "貸出タブレット（見本）", 4)] if wish.devices else []
        assert (one.seats, one.equipment) == (wish.learners, lent)
    month.publish_all(staff, class_ids=[one.id for one in drafts], now=now)
    assert {one.id for one in schedule.bookable(now=now)} == {one.id for one in drafts}


@pytest.mark.usefixtures("city")
def test_accepting_what_no_longer_fits_changes_nothing(now: datetime) -> None:
    ids = team(2)
    made = asked(Wanted(COURSE, VENUE, 4, classes=2))
    first, second = (wish.id for wish in made.wishes)
    plan = (
        Meeting(first, ROOM, 10 * 60, (ids[0],)),
        Meeting(second, ROOM, DAY + 10 * 60, (ids[1],)),
    )
    assert violations(made, plan) == []
    scheduled(day=date(2026, 12, 2), starts=time(10, 30), ends=time(11, 30))
    before = schedule.between(DECEMBER.first, DECEMBER.last)
    with refuses("room_taken", "room"):
        month.accept(person("staff"), id="A", asked=made, meetings=plan, frame=DECEMBER, now=now)
    assert schedule.between(DECEMBER.first, DECEMBER.last) == before


@pytest.mark.usefixtures("city")
def test_locked_meetings_stay_and_a_new_search_keeps_close(now: datetime) -> None:
    team(3)
    made = asked(Wanted(COURSE, VENUE, 4, classes=4))
    plan = Search(made, 3.0).wait(30)
    assert plan is not None
    kept = replace(plan.meetings[0], starts=plan.meetings[0].starts)
    again = asked(Wanted(COURSE, VENUE, 4, classes=4), locked=(kept,), previous=plan.meetings)
    other = Search(again, 3.0).wait(30)
    assert other is not None
    assert kept in other.meetings
    assert {(m.wish_id, m.starts, m.room_id) for m in other.meetings} == {
        (m.wish_id, m.starts, m.room_id) for m in plan.meetings
    }
    assert times.today(month.moment(again, 0)) == DECEMBER.first
    assert now < month.moment(again, 0) + timedelta(days=1)


@pytest.mark.usefixtures("city")
def test_without_a_trained_lecturer_the_reason_is_named() -> None:
    team(2, trained_on=None)
    made = asked(Wanted(COURSE, VENUE, 4))
    plan = Search(made, 3.0).wait(30)
    assert plan is not None
    assert [(one.wish_id, one.constraint) for one in plan.blocks] == [
        (made.wishes[0].id, "trained_lecturer")
    ]


@pytest.mark.usefixtures("city")
def test_the_weeks_at_both_ends_of_the_month_are_whole() -> None:
    one = team(1)[0]
    for day in (date(2026, 11, 30), date(2027, 1, 3)):
        scheduled(day=day, instructor_ids=(one,))
    scheduled(day=date(2026, 11, 29), instructor_ids=(one,))
    frame = replace(DECEMBER, per_week=1)
    made = asked(Wanted(COURSE, VENUE, 4), frame=frame)
    assert [span.start // DAY for span in made.taken[f"teacher:{one}"]] == [-1, 33]
    tuesday = Meeting(made.wishes[0].id, ROOM, 10 * 60, (one,))
    assert [broken.code for broken in violations(made, [tuesday])] == ["teacher_week"]
    assert greedy.arrange(made)[0].starts // DAY == 6  # the Monday after


@pytest.mark.usefixtures("city")
def test_nobody_teaches_here_while_on_the_way_from_a_class_elsewhere() -> None:
    one = team(1)[0]
    elsewhere = {"venue_id": ELSEWHERE, "room_id": f"{ELSEWHERE}-1", "instructor_ids": (one,)}
    scheduled(day=date(2026, 12, 1), starts=time(9), ends=time(10), **elsewhere)
    frame = replace(DECEMBER, last=date(2026, 12, 1), starts=(time(10),))
    plan = greedy.arrange(asked(Wanted(COURSE, VENUE, 4), frame=frame))
    assert plan == ()
    frame = replace(frame, starts=(time(10, 55),))
    assert len(greedy.arrange(asked(Wanted(COURSE, VENUE, 4), frame=frame))) == 1


@pytest.mark.usefixtures("city")
def test_training_counts_from_its_first_day_to_its_last() -> None:
    team(1, trained_on=date(2026, 4, 1), expires_on=date(2026, 12, 2))
    made = asked(Wanted(COURSE, VENUE, 4))
    assert made.teacher["T0"].trained_in == Span(0, 2 * DAY)
    [meeting] = greedy.arrange(made)
    assert meeting.starts // DAY < 2
    team(1, trained_on=date(2026, 4, 1), expires_on=date(2026, 11, 30))
    assert not asked(Wanted(COURSE, VENUE, 4)).teacher["T0"].trained


@pytest.mark.usefixtures("city")
def test_odd_lengths_and_odd_hours() -> None:
    """A course of 47 minutes takes 50; a venue that closes before our day begins has no hours."""
    course = CourseForm("市の講座", "ためし", 47, "intro")
    courses.save(person("staff"), id="own", form=course, now=NOW)
    team(2)
    with store.transaction() as write:
        write.run("UPDATE venue SET closes = '08:30' WHERE id = :id", id=ELSEWHERE)
    made = asked(Wanted("own", VENUE, 4), Wanted(COURSE, ELSEWHERE, 4))
    assert (made.wishes[0].minutes, made.open[ELSEWHERE]) == (50, ())
    plan = greedy.arrange(made)
    facts = {"id": "A", "asked": made, "meetings": plan, "frame": DECEMBER, "now": NOW}
    [draft] = month.accept(person("staff"), **facts)
    assert draft.ends_at - draft.starts_at == timedelta(minutes=50)


@pytest.mark.usefixtures("city")
def test_a_locked_class_is_let_go_when_its_room_was_taken_meanwhile() -> None:
    ids = team(2)
    wanted = Wanted(COURSE, VENUE, 4, classes=2)
    made = asked(wanted)
    first, second = (
        Meeting(wish.id, ROOM, day * DAY + 10 * 60, (ids[0],))
        for day, wish in enumerate(made.wishes)
    )
    scheduled(day=date(2026, 12, 2), starts=time(10, 30), ends=time(11, 30))
    gone = replace(first, wish_id="gone")
    assert asked(wanted, locked=(first, second, gone)).locked == (first,)


@pytest.mark.usefixtures("city")
def test_publishing_leaves_cancelled_and_published_classes_as_they_are() -> None:
    staff, ids = person("staff"), team(3)
    draft, dropped, opened = (
        scheduled(day=date(2026, 12, day), instructor_ids=(ids[0],), publish=False, reason="")
        for day in (1, 2, 3)
    )
    schedule.cancel(staff, class_id=dropped.id, now=NOW)
    three = [draft.id, dropped.id, opened.id]
    month.publish_all(staff, class_ids=three[2:], now=NOW)
    done = month.publish_all(staff, class_ids=three, now=NOW)
    assert {one.id for one in done} == {draft.id, opened.id}
    assert month.publish_all(staff, class_ids=three, now=NOW) == done
    assert schedule.get(dropped.id).draft


HOURS = ("09:00-12:00\n{0} 12:00-15:00", "09:00-12:00", "13:00-17:00", "09:00-17:00")


def some_month(dice: random.Random) -> month.Problem:
    """A month of a small city: people, venues' hours and a schedule by chance, then wishes."""
    known = [one["id"] for one in courses.all_courses()][:3]
    for n in range(6):
        days = [one for one in "月火水木金" if dice.random() < 0.7]
        form = InstructorForm(
            f"講師{n}",
            role="lecturer" if n < 4 else dice.choice(("assistant", "promoter")),
            trained_on=date(2026, 4, 1) if n < 4 else None,
            expires_on=dice.choice((None, date(2026, 12, 14))) if n < 4 else None,
            skills=dice.choice(((), tuple(known[:2]))),
            hours="\n".join(f"{one} {dice.choice(HOURS).format(one)}" for one in days),
        )
        instructors.save(person("staff"), id=f"T{n}", form=form, now=NOW)
    rooms = store.rows("SELECT id, venue_id FROM room WHERE venue_id <= :last", last="0421110005")
    with store.transaction() as write:
        write.run("UPDATE equipment SET count = :n WHERE id = 'tablet'", n=dice.randint(2, 3))
        for venue in sorted({room["venue_id"] for room in rooms}):
            write.run(
                "UPDATE venue SET opens = :opens, closes = :closes, days = :days WHERE id = :id",
                opens=dice.choice(("", "09:00", "10:00")),
                closes=dice.choice(("", "16:30", "12:00")),
                days=dice.choice(("", "月火水木金", "火水木")),
                id=venue,
            )
    taken = []
    for _ in range(40):
        room, hour = dice.choice(rooms), dice.choice((9, 10, 11, 13, 14, 15))
        with suppress(Refused):
            one = scheduled(
                venue_id=room["venue_id"],
                room_id=room["id"],
                day=date(2026, 12, dice.randint(1, 20)),
                starts=time(hour, dice.choice((0, 30))),
                ends=time(hour + 1, 30),
                instructor_ids=(f"T{dice.randrange(6)}",),
                equipment=(("tablet", dice.randint(1, 2)),),
            )
            taken.append(one.id)
    for id in dice.sample(taken, len(taken) // 4):
        schedule.cancel(person("staff"), class_id=id, now=NOW)
    clocks = (time(9, 30), time(10), time(11, 30), time(13), time(14, 30), time(15, 30))
    frame = replace(DECEMBER, starts=tuple(sorted(dice.sample(clocks, 4))), per_week=6)
    wanted = (
        Wanted(
            dice.choice(known),
            dice.choice(rooms)["venue_id"],
            dice.randint(2, 8),
            classes=dice.randint(1, 4),
            devices=dice.randint(0, 2) or 1,
        )
        for _ in range(6)
    )
    return asked(*wanted, frame=frame)


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize("seed", [*range(6), 34, 57])  # tablets are exchanged in the last two
def test_what_the_checker_passes_the_schedule_takes(seed: int) -> None:
    """Class by class in any order, without a reason for anything, and open for booking then."""
    dice, staff = random.Random(seed), person("staff")
    made = some_month(dice)
    plan = list(greedy.arrange(made))
    assert violations(made, plan) == []
    assert plan
    dice.shuffle(plan)
    drafts = [
        month.accept(staff, id="A", asked=made, meetings=[one], frame=DECEMBER, now=NOW)[0].id
        for one in plan
    ]
    assert len(month.publish_all(staff, class_ids=drafts, now=NOW)) == len(plan)
    assert all(schedule.get(id).overrides == {} for id in drafts)
