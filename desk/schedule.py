"""The schedule: classes (one meeting each) that cannot clash, drafts and published ones.

What a class must be is in `desk.rules`, what it keeps in use in `desk.occupancy`. Only staff write
here, one at a time (`LOCK`), and each line of the journal says who.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from desk import classes, holds, journal, mode, occupancy, rules, seats, store, times
from desk.classes import ClassView
from desk.people import Actor, require
from desk.refusals import Concern, Refused
from desk.rules import ClassForm
from desk.store.engine import Reader, Row, Writer

LOCK = classes.LOCK


@dataclass(frozen=True)
class Losing:
    """Who would lose their seats in a class with fewer of them: bookings and names, last come
    first.
    """

    meeting: ClassView
    people: dict[str, str]

    @property
    def concern(self) -> Concern:
        """What staff must know of, and give a reason for."""
        people = "、".join(self.people.values())
        return Concern("seats_booked", field="seats", booked=self.meeting.booked, people=people)


def get(class_id: str, *, reader: Reader | None = None) -> ClassView:
    """One class. Public: a class names no resident.

    Raises:
        Refused: `class_unknown`.
    """
    if reader is None:
        with store.engine().reading() as own:
            return get(class_id, reader=own)
    found = classes.views(reader, "c.id = :id", id=class_id)
    if not found:
        raise Refused("class_unknown")
    return found[0]


def public(class_id: str) -> ClassView:
    """One class the public may see: published, and perhaps over or cancelled.

    Raises:
        Refused: `class_unknown`, for a draft too.
    """
    found = get(class_id)
    if found.draft:
        raise Refused("class_unknown")
    return found


def open_for_booking(class_id: str, *, now: datetime) -> ClassView:
    """A class that can still be booked. Public.

    Raises:
        Refused: what `open_class` raises.
    """
    with store.engine().reading() as reader:
        return open_class(reader, class_id, now)


def between(first: date, last: date) -> list[ClassView]:
    """Every class that starts from the day `first` to `last`, drafts and cancelled ones too."""
    with store.engine().reading() as reader:
        return classes.views(
            reader,
            "c.starts_at >= :first AND c.starts_at < :end",
            first=times.bounds(first)[0],
            end=times.bounds(last)[1],
        )


def published(first: date, last: date) -> list[ClassView]:
    """Classes the public may see that start from the day `first` to `last`, cancelled ones too."""
    return [one for one in between(first, last) if not one.draft]


def bookable(*, now: datetime, days: int = 60) -> list[ClassView]:
    """Open classes that have not ended, from now on for so many days. Public."""
    with store.engine().reading() as reader:
        return classes.views(
            reader,
            "c.status = 'open' AND c.published_at IS NOT NULL AND c.ends_at > :now "
            "AND c.starts_at < :end",
            now=times.stamp(now),
            end=times.stamp(now + timedelta(days=days)),
        )


def of_series(series_id: str, *, reader: Reader | None = None) -> list[ClassView]:
    """The meetings of a series, first to last."""
    if reader is None:
        with store.engine().reading() as own:
            return of_series(series_id, reader=own)
    return classes.views(reader, "c.series_id = :id", id=series_id)


def concerns(form: ClassForm, *, had: str = "") -> list[Concern]:
    """What speaks against a class, to show before it is saved; `had` as in `check_references`."""
    with store.engine().reading() as reader:
        rules.check_references(reader, form, had=had)
        return list(rules.concerns(reader, form))


def short_staffed(*, now: datetime) -> list[tuple[ClassView, list[Concern]]]:
    """Published classes to come that no longer keep the staff rule, and what is missing."""
    with store.engine().reading() as reader:
        return rules.short_staffed(reader, now)


def losing(actor: Actor, *, class_ids: Iterable[str], count: int) -> list[Losing]:
    """Who would lose their seats if there were only so many, in the classes where somebody does.

    A cut is refused until the form names them all (`ClassForm.losing`).
    """
    require(actor, "schedule")
    with store.engine().reading() as reader:
        found = [who_loses(reader, get(id, reader=reader), count) for id in class_ids]
    return [one for one in found if one.people]


def who_loses(reader: Reader, meeting: ClassView, count: int) -> Losing:
    """Who would lose their seats in a class, for the modules of `desk/` that change it."""
    rows = seats.last_come(reader, meeting.id, count) if count < meeting.booked else []
    return Losing(meeting, {row["id"]: row["kana"] for row in rows})


def create(actor: Actor, *, id: str, form: ClassForm, now: datetime) -> ClassView:
    """Put a class on the schedule; the same `id` twice is one class.

    Raises:
        Refused: what `put_on` raises.
    """
    require(actor, "schedule")
    with store.transaction(by=actor, lock=LOCK) as write:
        put_on(write, actor, id=id, form=form, now=now)
        return get(id, reader=write)


def put_on(
    write: Writer,
    actor: Actor,
    *,
    id: str,
    form: ClassForm,
    now: datetime,
    series_id: str | None = None,
) -> None:
    """Put one class on the schedule, in the caller's transaction, which holds `LOCK`.

    Raises:
        Refused: what `desk.rules` finds, `room_taken`, `instructor_taken` or `equipment_short`
            with the clash.
        Concern: what staff may decide otherwise, when the form gives no reason.
    """
    if write.one("SELECT id FROM class WHERE id = :id", id=id):
        return
    rules.check(form, now)
    rules.check_references(write, form)
    used = _uses(write, id, form)
    decided = _decide(write, form)
    write.run(
        "INSERT INTO class (id, course_id, venue_id, room_id, starts_at, ends_at, made_at, "
        "made_by, trial, series_id, published_at, changed_at) VALUES (:id, :course_id, "
        ":venue_id, :room_id, :starts_at, :ends_at, :made_at, :made_by, :trial, "
        ":series_id, :published_at, :made_at)",
        id=id,
        made_at=times.stamp(now),
        made_by=actor.id,
        trial=mode.flag(write),
        series_id=series_id,
        published_at=times.stamp(now) if form.publish else None,
        **_columns(form),
    )
    _set_team(write, id, form)
    occupancy.occupy(write, id, used)
    seats.add(write, id, range(1, form.seats + 1))
    journal.write_event(write, actor, id, "resized", now, amount=form.seats)
    if form.publish:
        journal.write_event(write, actor, id, "published", now)
    _note_decisions(write, actor, id, decided, rules.reason(form), now)


def change(
    actor: Actor, *, class_id: str, version: int, form: ClassForm, now: datetime
) -> ClassView:
    """Change a class that is still to come; bookings stay. `version` is the one that was shown.

    New seats are held for those who wait, in their order. Publishing a draft is a change too; a
    published class never becomes a draft again. With fewer seats than are booked, a reason, and
    everybody named who loses theirs, the last who came go back to the waitlist at their place.

    Raises:
        Refused: `class_unknown`, `class_past`, `class_cancelled`, `changed_meanwhile`,
            `seats_in_use`, or what `put_on` raises.
    """
    require(actor, "schedule")
    rules.check(form, now)
    with store.transaction(by=actor, lock=(LOCK, f"class {class_id}")) as write:
        change_one(write, actor, class_id=class_id, version=version, form=form, now=now)
        return get(class_id, reader=write)


def change_one(
    write: Writer, actor: Actor, *, class_id: str, version: int, form: ClassForm, now: datetime
) -> None:
    """`change` in the caller's transaction, which holds `LOCK` and the class's lock."""
    before = not_over(write, class_id, now)
    if before.version != version:
        raise Refused("changed_meanwhile")
    form = replace(form, publish=form.publish or not before.draft)
    rules.check_references(write, form, had=before.course_id)
    used = _uses(write, class_id, form)
    if seats.in_use(write, class_id) > form.seats:
        raise Refused("seats_in_use", field="seats")
    losing = who_loses(write, before, form.seats)
    decided = _decide(write, form, losing)
    write.run(
        "UPDATE class SET course_id = :course_id, venue_id = :venue_id, room_id = :room_id, "
        "starts_at = :starts_at, ends_at = :ends_at, version = version + 1, "
        "published_at = COALESCE(published_at, :published_at), changed_at = :now WHERE id = :id",
        id=class_id,
        now=times.stamp(now),
        published_at=times.stamp(now) if form.publish else None,
        **_columns(form),
    )
    _set_team(write, class_id, form)
    occupancy.occupy(write, class_id, used)
    holds.shorten(write, class_id, now)
    was = where_and_when(before)
    if before.draft and form.publish:
        journal.write_event(write, actor, class_id, "published", now)
    elif before.draft or was == where_and_when(get(class_id, reader=write)):
        journal.write_event(write, actor, class_id, "changed", now)
    else:  # whoever is booked must be told: `desk.news`
        journal.write_event(write, actor, class_id, "rescheduled", now, note=was)
    for booking_id in losing.people:
        holds.unseat(write, actor, class_id, booking_id, "unseated", now)
    if form.seats != before.seats:
        (seats.grow if form.seats > before.seats else seats.shrink)(write, class_id, form.seats)
        journal.write_event(write, actor, class_id, "resized", now, amount=form.seats)
    holds.fill(write, actor, class_id, now)
    _note_decisions(write, actor, class_id, decided, rules.reason(form), now)


def cancel(actor: Actor, *, class_id: str, now: datetime) -> ClassView:
    """Cancel a class that is still to come; what it used is free again.

    Bookings stay, so that the desk can tell the people. A second cancel changes nothing.

    Raises:
        Refused: `class_unknown` or `class_past`.
    """
    require(actor, "schedule")
    with store.transaction(by=actor, lock=(LOCK, f"class {class_id}")) as write:
        cancel_one(write, actor, class_id=class_id, now=now)
        return get(class_id, reader=write)


def cancel_one(write: Writer, actor: Actor, *, class_id: str, now: datetime) -> None:
    """`cancel` in the caller's transaction, which holds `LOCK` and the class's lock."""
    if get(class_id, reader=write).status == "cancelled":
        return
    not_over(write, class_id, now)
    write.run(
        "UPDATE class SET status = 'cancelled', version = version + 1, "
        "changed_at = :now, cancelled_at = :now WHERE id = :id",
        id=class_id,
        now=times.stamp(now),
    )
    occupancy.vacate(write, class_id)
    journal.write_event(write, actor, class_id, "class_cancelled", now)


def not_over(reader: Reader, class_id: str, now: datetime) -> ClassView:
    """A class that was not cancelled and has not ended, draft or not.

    Raises:
        Refused: `class_unknown`, `class_cancelled`, or `class_past`.
    """
    found = get(class_id, reader=reader)
    if found.status == "cancelled":
        raise Refused("class_cancelled", starts_at=found.starts_at)
    if found.ends_at <= now:
        raise Refused("class_past", starts_at=found.starts_at)
    return found


def open_class(reader: Reader, class_id: str, now: datetime) -> ClassView:
    """A class that can still be booked.

    Raises:
        Refused: `class_draft`, or what `not_over` raises.
    """
    found = not_over(reader, class_id, now)
    if found.draft:
        raise Refused("class_draft")
    return found


def form_of(found: ClassView) -> ClassForm:
    """The form a class was saved with."""
    start, end = times.local(found.starts_at), times.local(found.ends_at)
    return ClassForm(
        course_id=found.course_id,
        venue_id=found.venue_id,
        room_id=found.room_id,
        day=start.date(),
        starts=start.time(),
        ends=end.time(),
        seats=found.seats,
        instructor_ids=tuple(found.instructor_ids),
        equipment=tuple((id, count) for id, _name, count in found.equipment),
        publish=not found.draft,
        reason=" / ".join(dict.fromkeys(found.overrides.values())),
    )


def where_and_when(found: ClassView) -> str:
    """Start, end and venue, as the journal notes what they were: what a slip promises."""
    return f"{times.stamp(found.starts_at)} {times.stamp(found.ends_at)} {found.venue_id}"


def _columns(form: ClassForm) -> Row:
    return {
        "course_id": form.course_id,
        "venue_id": form.venue_id,
        "room_id": form.room_id,
        "starts_at": times.stamp(form.starts_at),
        "ends_at": times.stamp(form.ends_at),
    }


def _uses(reader: Reader, class_id: str, form: ClassForm) -> list[occupancy.Use]:
    return occupancy.uses(
        reader,
        class_id=class_id,
        venue_id=form.venue_id,
        room_id=form.room_id,
        instructor_ids=form.instructor_ids,
        wanted=form.equipment,
        starts_at=form.starts_at,
        ends_at=form.ends_at,
    )


def _set_team(write: Writer, class_id: str, form: ClassForm) -> None:
    write.run("DELETE FROM class_instructor WHERE class_id = :id", id=class_id)
    write.run("DELETE FROM class_equipment WHERE class_id = :id", id=class_id)
    write.run_many(
        "INSERT INTO class_instructor (class_id, instructor_id) VALUES (:class_id, :instructor)",
        [{"class_id": class_id, "instructor": i} for i in dict.fromkeys(form.instructor_ids)],
    )
    write.run_many(
        "INSERT INTO class_equipment (class_id, equipment_id, count) "
        "VALUES (:class_id, :equipment, :count)",
        [{"class_id": class_id, "equipment": i, "count": n} for i, n in form.equipment],
    )


def _decide(reader: Reader, form: ClassForm, losing: Losing | None = None) -> list[str]:
    """The codes of the concerns a reason was given for.

    Raises:
        Concern: the first one, when there is no reason; that somebody loses a seat also when
            staff were not told of them all.
    """
    found = list(rules.concerns(reader, form))
    unnamed = set(losing.people).difference(form.losing) if losing else ()
    if losing and losing.people:
        found.insert(0, losing.concern)
    if found and (unnamed or not rules.reason(form)):
        raise found[0]
    return list(dict.fromkeys(one.code for one in found))


def _note_decisions(
    write: Writer, actor: Actor, class_id: str, codes: list[str], reason: str, now: datetime
) -> None:
    for code in codes:
        journal.write_event(write, actor, class_id, "override", now, note=f"{code} {reason}")
