"""What a class must be, and what staff may decide otherwise with a reason.

`check` and `check_references` cannot be overridden, no more than a clash can (`desk.occupancy`).
`concerns` can: closed days, hours, the room's places, skills and the staff ratio.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from desk import classes, figures, forms, instructors, opening, times
from desk.classes import ClassView
from desk.instructors import COUNTED, Instructor
from desk.refusals import N_, Concern, Refused
from desk.store.engine import Reader

STEP = timedelta(minutes=5)
LONGEST = timedelta(hours=8)
MOST_SEATS = 200
MOST_REASON = 200  # characters

# What staff may decide otherwise, as banners name it.
CONCERNS = {
    "venue_closed": N_("On a closed day"),
    "venue_hours": N_("Outside the opening hours"),
    "room_places": N_("More seats than the room has"),
    "instructor_away": N_("Instructor outside their hours"),
    "instructor_skill": N_("Instructor without this course"),
    "ratio_lecturer": N_("No trained lecturer"),
    "ratio_staff": N_("Too few instructors"),
    "seats_booked": N_("Fewer seats than booked"),
}


@dataclass(frozen=True)
class ClassForm:
    """What staff fill in for a class; day and clocks are Tokyo's.

    `equipment` are ids and counts. Without `publish` it is a draft nobody can book. `reason` is
    why staff go on in spite of a concern, `losing` the bookings they were told lose their seats.
    """

    course_id: str
    venue_id: str
    room_id: str
    day: date
    starts: time
    ends: time
    seats: int
    instructor_ids: tuple[str, ...] = ()
    equipment: tuple[tuple[str, int], ...] = ()
    publish: bool = True
    reason: str = ""
    losing: tuple[str, ...] = ()

    @property
    def starts_at(self) -> datetime:
        """The first moment, UTC."""
        return times.at(self.day, self.starts)

    @property
    def ends_at(self) -> datetime:
        """The end, UTC."""
        return times.at(self.day, self.ends)


def check(form: ClassForm, now: datetime) -> None:
    """What makes no sense whoever asks for it.

    Raises:
        Refused: `class_time`, `class_length`, `class_grid`, `class_in_past`, `class_seats`,
            `equipment_count` for a thing named twice, or what `reason` raises.
    """
    reason(form)
    if form.ends_at <= form.starts_at:
        raise Refused("class_time", field="ends")
    if form.ends_at - form.starts_at > LONGEST:
        raise Refused("class_length", field="ends", hours=LONGEST // timedelta(hours=1))
    for field, clock in (("starts", form.starts), ("ends", form.ends)):
        if clock.second or clock.microsecond or timedelta(minutes=clock.minute) % STEP:
            raise Refused("class_grid", field=field, minutes=STEP // timedelta(minutes=1))
    if form.ends_at <= now:
        raise Refused("class_in_past", field="day")
    if not 1 <= form.seats <= MOST_SEATS:
        raise Refused("class_seats", field="seats", most=MOST_SEATS)
    if len(dict(form.equipment)) < len(form.equipment):
        raise Refused("equipment_count", field="equipment")


def reason(form: ClassForm) -> str:
    """The form's reason as the journal keeps it, for ever and for everybody.

    Raises:
        Refused: `my_number` or `too_long`.
    """
    return forms.text(form.reason, label=N_("Staff decision"), field="reason", most=MOST_REASON)


def check_references(reader: Reader, form: ClassForm, *, had: str = "") -> None:
    """Everything a class points at is there; the course it `had` may have left the catalogue.

    Raises:
        Refused: `course_unknown`, `venue_unknown`, `room_elsewhere`, or `instructor_unknown`.
    """
    offered = reader.one("SELECT id FROM course WHERE id = :id AND active = 1", id=form.course_id)
    if not (offered or (had and form.course_id == had)):
        raise Refused("course_unknown", field="course")
    if not reader.one("SELECT id FROM venue WHERE id = :id AND active = 1", id=form.venue_id):
        raise Refused("venue_unknown", field="venue")
    room = reader.one("SELECT venue_id FROM room WHERE id = :id AND active = 1", id=form.room_id)
    if not room or room["venue_id"] != form.venue_id:
        raise Refused("room_elsewhere", field="room")
    known = {one.id for one in instructors.everybody(reader=reader)}
    if not known.issuperset(form.instructor_ids):
        raise Refused("instructor_unknown", field="instructors")


def concerns(reader: Reader, form: ClassForm) -> Iterator[Concern]:
    """What speaks against a class, each of which staff may override with a reason."""
    hours = opening.all_hours(reader)[form.venue_id]
    closed = hours.closed_on(form.day)
    if closed is not None:
        yield Concern("venue_closed", field="day", why=closed, day=form.starts_at)
    if not hours.covers(form.starts, form.ends):
        opens = f"{hours.opens:%H:%M}" if hours.opens else ""
        closes = f"{hours.closes:%H:%M}" if hours.closes else ""
        yield Concern("venue_hours", field="starts", opens=opens, closes=closes)
    places = reader.rows("SELECT seats FROM room WHERE id = :id", id=form.room_id)[0]["seats"]
    if form.seats > places:
        yield Concern("room_places", field="seats", places=places)
    team = [one for one in instructors.everybody(reader=reader) if one.id in form.instructor_ids]
    for one in team:
        if not one.free(form.day, form.starts, form.ends):
            yield Concern("instructor_away", field="instructors", instructor=one.name)
        if not one.teaches(form.course_id):
            yield Concern("instructor_skill", field="instructors", instructor=one.name)
    if form.publish:
        yield from ratio(reader, team, form.seats, form.day)


def ratio(reader: Reader, team: list[Instructor], seats: int, day: date) -> Iterator[Concern]:
    """The national programme's staff rule, from data/figures.csv with its source: at least one
    trained lecturer, and a lecturer or assistant for every 4 learners.
    """
    trained = int(figures.value("trained_lecturers", reader=reader))
    if sum(one.trained(day) for one in team) < trained:
        yield Concern("ratio_lecturer", field="instructors", needed=trained)
    each = int(figures.value("learners_per_staff", reader=reader))
    needed, have = -(-seats // each), sum(one.role in COUNTED for one in team)
    if have < needed:
        yield Concern(
            "ratio_staff", field="instructors", seats=seats, needed=needed, have=have, each=each
        )


def short_staffed(reader: Reader, now: datetime) -> list[tuple[ClassView, list[Concern]]]:
    """Published classes to come that no longer keep the staff rule, and nobody decided so.

    They kept it when they were published: a training ran out since, or a role or figure changed.
    """
    found = classes.views(
        reader,
        "c.status = 'open' AND c.published_at IS NOT NULL AND c.ends_at > :now",
        now=times.stamp(now),
    )
    known = {one.id: one for one in instructors.everybody(reader=reader)}
    short = []
    for meeting in found:
        team = [known[id] for id in meeting.instructor_ids if id in known]
        broken = [
            concern
            for concern in ratio(reader, team, meeting.seats, times.today(meeting.starts_at))
            if concern.code not in meeting.overrides
        ]
        if broken:
            short.append((meeting, broken))
    return short
