"""The schedule: classes (one meeting each) that cannot clash.

A room or an instructor in use at a time is a row of `busy`, one for each step of five minutes;
its primary key refuses the second use, so two people who schedule at once cannot both succeed.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from desk import forms, mode, seats, store, times
from desk.people import Actor, require
from desk.refusals import N_, Refused
from desk.store.engine import Reader, Row, Writer

STEP = timedelta(minutes=5)
LONGEST = timedelta(hours=8)
MOST_SEATS = 200
# One planner writes at a time: two classes that swap rooms would wait for each other for ever.
LOCK = "schedule"


@dataclass(frozen=True)
class ClassForm:
    """What staff fill in for a class; day and clocks are Tokyo's."""

    course_id: str
    venue_id: str
    room_id: str
    day: date
    starts: time
    ends: time
    seats: int
    instructor_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class ClassView:
    """A class as screens show it. `booked` seats are sold, `waiting` people have none."""

    id: str
    course_id: str
    title: str
    title_en: str
    about: str
    bring: list[str]
    venue_id: str
    venue: str
    address: str
    room_id: str
    room: str
    starts_at: datetime
    ends_at: datetime
    status: str
    version: int
    seats: int
    booked: int
    waiting: int
    instructors: list[str]
    instructor_ids: list[str]
    trial: bool

    @property
    def left(self) -> int:
        """Free seats."""
        return self.seats - self.booked

    def name(self, lang: str) -> str:
        """The course's title in a language."""
        return (lang == "en" and self.title_en) or self.title


_VIEW = """
SELECT c.id, c.course_id, k.title, k.title_en, k.about, k.bring, c.venue_id, v.name AS venue,
  v.address, c.room_id, r.name AS room, c.starts_at, c.ends_at, c.status, c.version, c.trial,
  (SELECT COUNT(*) FROM seat s WHERE s.class_id = c.id) AS seats,
  (SELECT COUNT(*) FROM seat s WHERE s.class_id = c.id AND s.booking_id IS NOT NULL) AS booked,
  (SELECT COALESCE(SUM(b.party), 0) FROM booking b WHERE b.class_id = c.id
     AND NOT EXISTS (SELECT 1 FROM seat s WHERE s.booking_id = b.id)) AS waiting
FROM class c JOIN course k ON k.id = c.course_id JOIN venue v ON v.id = c.venue_id
JOIN room r ON r.id = c.room_id
"""


def _views(reader: Reader, where: str, **facts: Any) -> list[ClassView]:
    found = reader.rows(f"{_VIEW} WHERE {where} ORDER BY c.starts_at, c.id", **facts)
    teaching: dict[str, list[Row]] = {}
    for row in reader.rows(
        "SELECT ci.class_id, i.id, i.name FROM class_instructor ci "
        "JOIN instructor i ON i.id = ci.instructor_id JOIN class c ON c.id = ci.class_id "
        f"WHERE {where} ORDER BY i.name",
        **facts,
    ):
        teaching.setdefault(row["class_id"], []).append(row)
    return [_view(row, teaching.get(row["id"], [])) for row in found]


def _view(row: Row, instructors: list[Row]) -> ClassView:
    return ClassView(
        **{
            **row,
            "bring": row["bring"].splitlines(),
            "starts_at": times.moment(row["starts_at"]),
            "ends_at": times.moment(row["ends_at"]),
            "trial": bool(row["trial"]),
            "waiting": int(row["waiting"]),
            "instructors": [i["name"] for i in instructors],
            "instructor_ids": [i["id"] for i in instructors],
        }
    )


def get(class_id: str, *, reader: Reader | None = None) -> ClassView:
    """One class. Public: a class names no resident.

    Raises:
        Refused: `class_unknown`.
    """
    if reader is None:
        with store.engine().reading() as own:
            return get(class_id, reader=own)
    found = _views(reader, "c.id = :id", id=class_id)
    if not found:
        raise Refused("class_unknown")
    return found[0]


def open_for_booking(class_id: str, *, now: datetime) -> ClassView:
    """A class that can still be booked. Public.

    Raises:
        Refused: `class_unknown`, `class_cancelled`, or `class_past`.
    """
    with store.engine().reading() as reader:
        return open_class(reader, class_id, now)


def between(first: date, last: date) -> list[ClassView]:
    """Every class that starts from the day `first` to `last`, cancelled ones too. Public."""
    with store.engine().reading() as reader:
        return _views(
            reader,
            "c.starts_at >= :first AND c.starts_at < :end",
            first=times.bounds(first)[0],
            end=times.bounds(last)[1],
        )


def bookable(*, now: datetime, days: int = 60) -> list[ClassView]:
    """Open classes that have not ended, from now on for so many days. Public."""
    with store.engine().reading() as reader:
        return _views(
            reader,
            "c.status = 'open' AND c.ends_at > :now AND c.starts_at < :end",
            now=times.stamp(now),
            end=times.stamp(now + timedelta(days=days)),
        )


def create(actor: Actor, *, id: str, form: ClassForm, now: datetime) -> ClassView:
    """Put a class on the schedule; the same `id` twice is one class.

    Raises:
        Refused: whatever `_check` finds, `room_taken` or `instructor_taken` with the clash.
    """
    require(actor, "schedule")
    starts_at, ends_at = _check(form, now)
    with store.transaction(lock=LOCK) as write:
        trial = mode.flag(write)
        _check_references(write, form)
        fresh = write.run(
            "INSERT INTO class (id, course_id, venue_id, room_id, starts_at, ends_at, made_at, "
            "made_by, trial) VALUES (:id, :course_id, :venue_id, :room_id, :starts_at, :ends_at, "
            ":made_at, :made_by, :trial) ON CONFLICT (id) DO NOTHING",
            id=id,
            course_id=form.course_id,
            venue_id=form.venue_id,
            room_id=form.room_id,
            starts_at=times.stamp(starts_at),
            ends_at=times.stamp(ends_at),
            made_at=times.stamp(now),
            made_by=actor.id,
            trial=trial,
        )
        if fresh:
            _set_instructors(write, id, form)
            _occupy(write, id, form, starts_at, ends_at)
            seats.add(write, id, range(1, form.seats + 1))
        return get(id, reader=write)


def change(
    actor: Actor, *, class_id: str, version: int, form: ClassForm, now: datetime
) -> ClassView:
    """Change a class that is still to come; bookings stay. `version` is the one that was shown.

    New seats go to those who wait, in their order.

    Raises:
        Refused: `class_unknown`, `class_past`, `class_cancelled`, `changed_meanwhile`,
            `seats_booked`, or what `create` raises.
    """
    require(actor, "schedule")
    starts_at, ends_at = _check(form, now)
    with store.transaction(lock=(LOCK, f"class {class_id}")) as write:
        _check_references(write, form)
        before = open_class(write, class_id, now)
        if before.version != version:
            raise Refused("changed_meanwhile")
        if form.seats < before.booked:
            raise Refused("seats_booked", field="seats", booked=before.booked)
        write.run(
            "UPDATE class SET course_id = :course_id, venue_id = :venue_id, room_id = :room_id, "
            "starts_at = :starts_at, ends_at = :ends_at, version = version + 1 WHERE id = :id",
            id=class_id,
            course_id=form.course_id,
            venue_id=form.venue_id,
            room_id=form.room_id,
            starts_at=times.stamp(starts_at),
            ends_at=times.stamp(ends_at),
        )
        write.run("DELETE FROM busy WHERE class_id = :id", id=class_id)
        write.run("DELETE FROM class_instructor WHERE class_id = :id", id=class_id)
        _set_instructors(write, class_id, form)
        _occupy(write, class_id, form, starts_at, ends_at)
        seats.resize(write, class_id, form.seats)
        return get(class_id, reader=write)


def cancel(actor: Actor, *, class_id: str, now: datetime) -> ClassView:
    """Cancel a class that is still to come; its room and instructors are free again.

    Bookings stay, so that the desk can tell the people. A second cancel changes nothing.

    Raises:
        Refused: `class_unknown` or `class_past`.
    """
    require(actor, "schedule")
    with store.transaction(lock=(LOCK, f"class {class_id}")) as write:
        before = get(class_id, reader=write)
        if before.status == "cancelled":
            return before
        open_class(write, class_id, now)
        write.run(
            "UPDATE class SET status = 'cancelled', version = version + 1 WHERE id = :id",
            id=class_id,
        )
        write.run("DELETE FROM busy WHERE class_id = :id", id=class_id)
        return get(class_id, reader=write)


def instructors() -> list[dict[str, Any]]:
    """Everybody who can teach: id, name, trial."""
    return store.rows("SELECT id, name, trial FROM instructor WHERE active = 1 ORDER BY name")


def add_instructor(actor: Actor, *, id: str, name: str) -> None:
    """Add somebody who can teach; the same `id` twice is one instructor.

    Raises:
        Refused: `missing` or `instructor_exists`.
    """
    require(actor, "schedule")
    name = forms.text(name, label=N_("Instructor"), field="instructor", most=40, needed=True)
    with store.transaction() as write:
        found = write.one("SELECT id FROM instructor WHERE name = :name", name=name)
        if found and found["id"] != id:
            raise Refused("instructor_exists", field="instructor", name=name)
        write.run(
            "INSERT INTO instructor (id, name, trial) VALUES (:id, :name, :trial) "
            "ON CONFLICT (id) DO NOTHING",
            id=id,
            name=name,
            trial=mode.flag(write),
        )


def open_class(reader: Reader, class_id: str, now: datetime) -> ClassView:
    """A class that can still be booked.

    Raises:
        Refused: `class_unknown`, `class_cancelled`, or `class_past`.
    """
    found = get(class_id, reader=reader)
    if found.status == "cancelled":
        raise Refused("class_cancelled", starts_at=found.starts_at)
    if found.ends_at <= now:
        raise Refused("class_past", starts_at=found.starts_at)
    return found


def _check(form: ClassForm, now: datetime) -> tuple[datetime, datetime]:
    starts_at, ends_at = times.at(form.day, form.starts), times.at(form.day, form.ends)
    if ends_at <= starts_at:
        raise Refused("class_time", field="ends")
    if ends_at - starts_at > LONGEST:
        raise Refused("class_length", field="ends", hours=LONGEST // timedelta(hours=1))
    for field, clock in (("starts", form.starts), ("ends", form.ends)):
        if clock.second or clock.microsecond or timedelta(minutes=clock.minute) % STEP:
            raise Refused("class_grid", field=field, minutes=STEP // timedelta(minutes=1))
    if ends_at <= now:
        raise Refused("class_in_past", field="day")
    if not 1 <= form.seats <= MOST_SEATS:
        raise Refused("class_seats", field="seats", most=MOST_SEATS)
    return starts_at, ends_at


def _check_references(reader: Reader, form: ClassForm) -> None:
    if not reader.one("SELECT id FROM course WHERE id = :id AND active = 1", id=form.course_id):
        raise Refused("course_unknown", field="course")
    if not reader.one("SELECT id FROM venue WHERE id = :id AND active = 1", id=form.venue_id):
        raise Refused("venue_unknown", field="venue")
    room = reader.one("SELECT venue_id FROM room WHERE id = :id AND active = 1", id=form.room_id)
    if not room or room["venue_id"] != form.venue_id:
        raise Refused("room_elsewhere", field="room")
    for instructor in form.instructor_ids:
        sql = "SELECT id FROM instructor WHERE id = :id AND active = 1"
        if not reader.one(sql, id=instructor):
            raise Refused("instructor_unknown", field="instructors")


def _set_instructors(write: Writer, class_id: str, form: ClassForm) -> None:
    write.run_many(
        "INSERT INTO class_instructor (class_id, instructor_id) VALUES (:class_id, :instructor)",
        [{"class_id": class_id, "instructor": i} for i in dict.fromkeys(form.instructor_ids)],
    )


def steps(starts_at: datetime, ends_at: datetime) -> list[str]:
    """The stamps of every step of five minutes from start to before the end."""
    return [times.stamp(starts_at + n * STEP) for n in range(-((starts_at - ends_at) // STEP))]


def _occupy(
    write: Writer, class_id: str, form: ClassForm, starts_at: datetime, ends_at: datetime
) -> None:
    used = [
        f"room:{form.room_id}",
        *(f"instructor:{i}" for i in dict.fromkeys(form.instructor_ids)),
    ]
    # Always in the same order, so that two writers wait for each other instead of deadlocking.
    for resource in sorted(used):
        write.run_many(
            "INSERT INTO busy (resource, step, class_id) VALUES (:resource, :step, :class_id) "
            "ON CONFLICT (resource, step) DO NOTHING",
            [
                {"resource": resource, "step": step, "class_id": class_id}
                for step in steps(starts_at, ends_at)
            ],
        )
        _refuse_clash(write, class_id, resource, starts_at, ends_at)


def _refuse_clash(
    reader: Reader, class_id: str, resource: str, starts_at: datetime, ends_at: datetime
) -> None:
    clash = reader.one(
        "SELECT class_id FROM busy WHERE resource = :resource AND step >= :first "
        "AND step < :end AND class_id <> :class_id ORDER BY step LIMIT 1",
        resource=resource,
        first=times.stamp(starts_at),
        end=times.stamp(ends_at),
        class_id=class_id,
    )
    if clash is None:
        return
    other = get(clash["class_id"], reader=reader)
    kind, _, key = resource.partition(":")
    if kind == "room":
        raise Refused(
            "room_taken",
            field="room",
            room=f"{other.venue} {other.room}",
            course=other.title,
            starts_at=other.starts_at,
        )
    raise Refused(
        "instructor_taken",
        field="instructors",
        instructor=other.instructors[other.instructor_ids.index(key)],
        course=other.title,
        starts_at=other.starts_at,
    )
