"""The month builder at the desk: from what staff wish to a proposal, and from it to drafts.

The rules and the search are `desk.timetable`; here the wishes meet the rooms, hours, instructors,
things and classes the desk knows of. Nothing is on the schedule before staff accept.
"""

import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from desk import (
    courses,
    equipment,
    figures,
    instructors,
    opening,
    places,
    rules,
    schedule,
    store,
    times,
)
from desk.classes import ClassView
from desk.instructors import COUNTED, Instructor
from desk.people import Actor, require
from desk.refusals import Refused
from desk.rules import ClassForm
from desk.schedule import LOCK
from desk.store.engine import Reader
from desk.timetable import Meeting, Problem, Room, Span, Teacher, Wish
from desk.timetable.checker import violations

MOST_WISHES = 150
DAY = 24 * 60
STEP = rules.STEP // timedelta(minutes=1)


@dataclass(frozen=True)
class Wanted:
    """So many classes of a course at a venue in the month; `devices` are lent to each class."""

    course_id: str
    venue_id: str
    learners: int
    classes: int = 1
    devices: int = 0


@dataclass(frozen=True)
class Frame:
    """What holds for the whole month: its days, when classes may begin, what is lent.

    `opens` and `closes` stand in for a venue whose hours nobody knows; `per_week` is the most
    classes an instructor teaches a week.
    """

    first: date
    last: date
    weekdays: frozenset[int] = frozenset(range(5))
    starts: tuple[time, ...] = (time(10), time(13, 30), time(15, 30))
    opens: time = time(9)
    closes: time = time(17)
    equipment_id: str | None = None
    per_week: int = 4

    @property
    def days(self) -> list[date]:
        """Every day of the month, in order."""
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]


def problem(
    actor: Actor,
    *,
    wanted: Iterable[Wanted],
    frame: Frame,
    now: datetime,
    locked: tuple[Meeting, ...] = (),
    previous: tuple[Meeting, ...] = (),
) -> Problem:
    """What the search is asked: the wishes, and all the desk knows of the month.

    A locked meeting that the schedule no longer leaves room for is let go.

    Raises:
        Refused: `month_empty`, `month_many`, `month_past`, or `course_unknown`.
    """
    require(actor, "schedule")
    if frame.last < times.today(now):
        raise Refused("month_past", field="month")
    with store.engine().reading() as reader:
        wishes = _wishes(reader, wanted)
        venues = {wish.venue_id for wish in wishes}
        rooms = [
            Room(row["id"], row["venue_id"], row["seats"])
            for row in reader.rows("SELECT id, venue_id, seats FROM room WHERE active = 1")
            if row["venue_id"] in venues
        ]
        taken, taken_devices, elsewhere = _taken(reader, frame)
        made = Problem(
            first_day=frame.first,
            days=len(frame.days),
            rooms=tuple(sorted(rooms, key=lambda room: room.id)),
            teachers=tuple(_teachers(reader, frame)),
            wishes=tuple(wishes),
            open=_open(reader, frame, venues, now),
            starts=tuple(clock.hour * 60 + clock.minute for clock in frame.starts),
            devices=_count(reader, frame),
            device_pad={venue: _pad(reader, frame, venue) for venue in venues},
            learners_per_teacher=int(figures.value("learners_per_staff", reader=reader)),
            travel=_travel(reader, venues | elsewhere),
            taken=taken,
            taken_devices=taken_devices,
            previous=previous,
        )
        return replace(made, locked=_that_fit(made, locked))


def _that_fit(asked: Problem, locked: tuple[Meeting, ...]) -> tuple[Meeting, ...]:
    """The meetings that can still stay: their wish is there, and no rule has turned on them."""
    kept = [one for one in locked if one.wish_id in asked.wish]
    wrong = {id for broken in violations(asked, kept) for id in broken.wish_ids}
    return tuple(one for one in kept if one.wish_id not in wrong)


def named(wanted: Iterable[Wanted]) -> Iterator[tuple[str, Wanted]]:
    """Each single class that is wished for, and the id of its wish.

    By course, venue and number, so that the same wish asked again is the same wish.
    """
    numbers: Counter[str] = Counter()
    for one in wanted:
        alike = f"{one.course_id} {one.venue_id}"
        for _ in range(one.classes):
            numbers[alike] += 1
            yield f"{alike} {numbers[alike]}", one


def _wishes(reader: Reader, wanted: Iterable[Wanted]) -> list[Wish]:
    minutes = {
        course["id"]: STEP * -(-course["minutes"] // STEP)  # as classes go on the schedule
        for course in courses.all_courses(reader=reader)
    }
    found: list[Wish] = []
    for id, one in named(wanted):
        if one.course_id not in minutes:
            raise Refused("course_unknown", field="course")
        found.append(
            Wish(id, one.course_id, one.venue_id, minutes[one.course_id], one.learners, one.devices)
        )
    if not found:
        raise Refused("month_empty", field="wishes")
    if len(found) > MOST_WISHES:
        raise Refused("month_many", field="wishes", most=MOST_WISHES)
    return found


def _teachers(reader: Reader, frame: Frame) -> Iterable[Teacher]:
    for one in instructors.everybody(reader=reader):
        if one.role in COUNTED:
            days = [number for number, day in enumerate(frame.days) if one.trained(day)]
            partly = 0 < len(days) < len(frame.days)
            yield Teacher(
                one.id,
                bool(days),
                frozenset(one.skills) if one.skills else None,
                tuple(_free(one, frame)),
                frame.per_week,
                Span(days[0] * DAY, (days[-1] + 1) * DAY) if partly else None,
            )


def _free(one: Instructor, frame: Frame) -> Iterable[Span]:
    for number, day in enumerate(frame.days):
        if day.weekday() not in frame.weekdays:
            continue
        if not one.hours:
            yield Span(number * DAY, (number + 1) * DAY)
        for weekday, first, last in one.hours:
            if weekday == day.weekday():
                yield Span(_minute(number, first), _minute(number, last))


def _minute(number: int, clock: time) -> int:
    return number * DAY + clock.hour * 60 + clock.minute


def _open(
    reader: Reader, frame: Frame, venues: set[str], now: datetime
) -> dict[str, tuple[Span, ...]]:
    hours, tomorrow = opening.all_hours(reader), times.today(now) + timedelta(days=1)
    found: dict[str, tuple[Span, ...]] = {}
    for venue in venues & hours.keys():
        opens, closes = hours[venue].opens or frame.opens, hours[venue].closes or frame.closes
        found[venue] = tuple(
            Span(_minute(number, opens), _minute(number, closes))
            for number, day in enumerate(frame.days)
            if opens < closes
            and day >= tomorrow
            and day.weekday() in frame.weekdays
            and hours[venue].closed_on(day) is None
        )
    return found


def _count(reader: Reader, frame: Frame) -> int:
    sql = "SELECT count FROM equipment WHERE id = :id AND active = 1"
    row = reader.one(sql, id=frame.equipment_id) if frame.equipment_id else None
    return int(row["count"]) if row else 0


def _pad(reader: Reader, frame: Frame, venue_id: str) -> tuple[int, int]:
    if frame.equipment_id is None:
        return 0, 0
    way = equipment.journey(reader, frame.equipment_id, venue_id)
    return way.before, way.after


def _travel(reader: Reader, venues: set[str]) -> dict[tuple[str, str], int]:
    """Minutes from venue to venue by the same figures as for things."""
    fixed = figures.value("transport_minutes_fixed", reader=reader)
    per_km = figures.value("transport_minutes_per_km", reader=reader)
    points = {
        row["id"]: (row["lat"], row["lng"])
        for row in reader.rows("SELECT id, lat, lng FROM venue WHERE active = 1")
        if row["id"] in venues
    }
    return {
        (a, b): equipment.transport_minutes(places.metres(*points[a], *points[b]), fixed, per_km)
        for a in points
        for b in points
        if a != b
    }


def _taken(
    reader: Reader, frame: Frame
) -> tuple[dict[str, tuple[Span, ...]], tuple[tuple[Span, int], ...], set[str]]:
    """What classes on the schedule use already, drafts too, and at which venues they are.

    From the first Monday to the last Sunday, for a week's classes count wherever the month ends.
    """
    begin = times.at(frame.first, time())
    taken: dict[str, list[Span]] = {}
    lent: list[tuple[Span, int]] = []
    venues: set[str] = set()
    first = frame.first - timedelta(days=frame.first.weekday())
    last = frame.last + timedelta(days=6 - frame.last.weekday())
    for one in schedule.between(first, last):
        if one.status == "cancelled":
            continue
        venues.add(one.venue_id)
        span = replace(_span(begin, one.starts_at, one.ends_at), venue_id=one.venue_id)
        taken.setdefault(f"room:{one.room_id}", []).append(span)
        for id in one.instructor_ids:
            taken.setdefault(f"teacher:{id}", []).append(span)
        for id, _name, count in one.equipment:
            if id == frame.equipment_id:
                before, after = _pad(reader, frame, one.venue_id)
                lent.append((Span(span.start - before, span.end + after), count))
    return {key: tuple(sorted(spans)) for key, spans in taken.items()}, tuple(lent), venues


def _span(begin: datetime, first: datetime, end: datetime) -> Span:
    minute = timedelta(minutes=1)
    return Span((first - begin) // minute, (end - begin) // minute)


def moment(asked: Problem, minute: int) -> datetime:
    """The moment of a minute of the problem, UTC."""
    return times.at(asked.first_day, time()) + timedelta(minutes=minute)


def form(asked: Problem, meeting: Meeting, frame: Frame) -> ClassForm:
    """A meeting of a plan as a draft."""
    wish = asked.wish[meeting.wish_id]
    start = times.local(moment(asked, meeting.starts))
    end = times.local(moment(asked, meeting.starts + wish.minutes))
    lent = ((frame.equipment_id, wish.devices),) if frame.equipment_id and wish.devices else ()
    return ClassForm(
        wish.course_id,
        wish.venue_id,
        meeting.room_id,
        start.date(),
        start.time(),
        end.time(),
        wish.learners,
        meeting.teacher_ids,
        lent,
        publish=False,
    )


def accept(
    actor: Actor,
    *,
    id: str,
    asked: Problem,
    meetings: Iterable[Meeting],
    frame: Frame,
    now: datetime,
) -> list[ClassView]:
    """Put chosen meetings of a plan on the schedule as drafts, all or none.

    The same `id` twice is one acceptance.

    Raises:
        Refused: what `schedule.put_on` raises, when the schedule has changed since.
    """
    require(actor, "schedule")
    with store.transaction(by=actor, lock=LOCK) as write:
        made = []
        for one in sorted(meetings, key=lambda meeting: meeting.starts):
            number = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{id} {one.wish_id}"))
            schedule.put_on(write, actor, id=number, form=form(asked, one, frame), now=now)
            made.append(schedule.get(number, reader=write))
        return made


def publish_all(actor: Actor, *, class_ids: Iterable[str], now: datetime) -> list[ClassView]:
    """Open drafts for booking, all or none; the classes that are open for booking then.

    Those that were cancelled meanwhile stay so, those that were published are left as they are.

    Raises:
        Refused: what `schedule.change` raises for any of them.
    """
    require(actor, "schedule")
    ids = sorted(class_ids)
    with store.transaction(by=actor, lock=(LOCK, *(f"class {one}" for one in ids))) as write:
        for one in ids:
            found = schedule.get(one, reader=write)
            if found.status == "cancelled" or not found.draft:
                continue
            wanted = replace(schedule.form_of(found), publish=True)
            facts: dict[str, Any] = {"version": found.version, "form": wanted, "now": now}
            schedule.change_one(write, actor, class_id=one, **facts)
        made = [schedule.get(one, reader=write) for one in ids]
        return [one for one in made if one.status != "cancelled"]
