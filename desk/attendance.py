"""Who came: by code, by name, from a sheet of paper, without a booking; and who did not."""

import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from desk import booking, codes, forms, holds, journal, schedule, seats, store, times
from desk.booking import BookingForm, BookingView
from desk.classes import ClassView
from desk.people import Actor, require
from desk.refusals import Refused
from desk.store.engine import Writer

SHEET_SPAN = timedelta(days=30)


def check_in(actor: Actor, *, booking_id: str, now: datetime, arrived: bool = True) -> BookingView:
    """Note that a party came; `arrived=False` takes a mistaken tap back.

    A second tap is harmless: the first time stays. Whoever was noted as not come and comes after
    all gets a seat while there is one.

    Raises:
        Refused: `booking_unknown`, `booking_cancelled`, `booking_waits`, `class_cancelled`,
            `not_today`, or `seat_gone`.
    """
    require(actor, "check_in")
    with booking.locked(booking_id, by=actor, what="attendance.check_in") as (write, found):
        meeting = schedule.get(found.class_id, reader=write)
        if times.today(meeting.starts_at) != times.today(now):
            raise Refused("not_today")
        if arrived:
            _arrive(write, actor, found, now, now)
        elif found.arrived_at:
            write.run("UPDATE booking SET arrived_at = NULL WHERE id = :id", id=booking_id)
            journal.write_event(
                write, actor, found.class_id, "not_arrived", now, booking_id=booking_id
            )
        return booking.one(write, booking_id)


def _arrive(write: Writer, actor: Actor, found: BookingView, at: datetime, now: datetime) -> None:
    """Note an arrival at a moment, once."""
    meeting = schedule.get(found.class_id, reader=write)
    if meeting.status == "cancelled":
        raise Refused("class_cancelled", starts_at=meeting.starts_at)
    if found.cancelled_at:
        raise Refused("booking_cancelled")
    facts: dict[str, Any] = {"booking_id": found.id, "amount": found.party}
    if found.no_show_at:
        if not seats.take(write, found.class_id, found.id, found.party):
            raise Refused("seat_gone")
        write.run("UPDATE booking SET no_show_at = NULL WHERE id = :id", id=found.id)
        journal.write_event(write, actor, found.class_id, "came_after_all", now, **facts)
    elif not found.seated:
        raise Refused("booking_waits")
    # Whoever is here need not be called, though they came before, gave up and waited again.
    write.run("UPDATE booking SET held_until = NULL WHERE id = :id", id=found.id)
    if found.arrived_at is None:
        sql = "UPDATE booking SET arrived_at = :at WHERE id = :id"
        write.run(sql, id=found.id, at=times.stamp(at))
        journal.write_event(write, actor, found.class_id, "arrived", now, **facts)


def by_code(
    actor: Actor, *, code: str, now: datetime
) -> tuple[BookingView, ClassView, datetime | None]:
    """Check in by the code of a slip, typed or read from its QR.

    Returns:
        The booking, its class, and when it was checked in before (None: just now).

    Raises:
        Refused: `code_unknown`, one of `my_number.KINDS`, or what `check_in` raises.
    """
    require(actor, "check_in")
    forms.no_number(code, field="code")
    wanted = codes.read_code(code)
    with store.engine().reading() as reader:
        found = booking.views(reader, "b.code = :code", code=wanted)
        if not found:
            raise Refused("code_unknown", field="code", shown=wanted[:12])
        together = booking.group(reader, found[0])
        meetings = {one.id: schedule.get(one.class_id, reader=reader) for one in together}
    # One code for a series: it means the meeting of today, of two the one that is not over.
    today = times.today(now)
    here = [
        one
        for one in together
        if times.today(meetings[one.id].starts_at) == today and not one.cancelled_at
    ]
    going = [one for one in here if meetings[one.id].ends_at > now]
    wanted_one = next(iter(going or here[::-1]), found[0])
    done = check_in(actor, booking_id=wanted_one.id, now=now)
    return done, meetings[wanted_one.id], wanted_one.arrived_at


def walk_in(actor: Actor, *, id: str, form: BookingForm, now: datetime) -> BookingView:
    """Somebody without a booking is here: booked and checked in, or on the waitlist when full.

    Raises:
        Refused: `not_today`, or what `booking.book` raises.
    """
    require(actor, "check_in")
    form = booking.clean(form)
    with store.transaction(by=actor, lock=f"class {form.class_id}") as write:
        meeting = schedule.open_class(write, form.class_id, now)
        if times.today(meeting.starts_at) != times.today(now):
            raise Refused("not_today")
        found = booking.put_down(write, actor, id=id, form=form, now=now, walk_in=True)
        if found.seated:
            _arrive(write, actor, found, now, now)
        return booking.one(write, id)


def release_no_shows(actor: Actor, *, class_id: str, now: datetime) -> list[BookingView]:
    """Note who did not come to a class that has begun; their seats are held for those who wait.

    Not whoever is promised a seat until the end: a second tap takes it from nobody.

    Returns:
        Who did not come.

    Raises:
        Refused: `class_unknown`, `class_cancelled`, or `not_started`.
    """
    require(actor, "check_in")
    with store.transaction(by=actor, lock=f"class {class_id}") as write:
        _begun(write, class_id, now)
        missing = booking.views(
            write,
            "b.class_id = :id AND b.arrived_at IS NULL AND b.cancelled_at IS NULL "
            "AND EXISTS (SELECT 1 FROM seat s WHERE s.booking_id = b.id) ORDER BY b.place",
            id=class_id,
        )
        absent = [one for one in missing if not _promised(one, now)]
        for found in absent:
            _not_come(write, actor, found, now)
        holds.fill(write, actor, class_id, now)
        return absent


def _begun(write: Writer, class_id: str, now: datetime) -> ClassView:
    meeting = schedule.get(class_id, reader=write)
    if meeting.status == "cancelled":
        raise Refused("class_cancelled", starts_at=meeting.starts_at)
    if meeting.starts_at > now:
        raise Refused("not_started")
    return meeting


def _promised(found: BookingView, now: datetime) -> bool:
    return found.held_until is not None and found.held_until > now


def _not_come(write: Writer, actor: Actor, found: BookingView, now: datetime) -> None:
    at = times.stamp(now)
    write.run("UPDATE booking SET no_show_at = :at WHERE id = :id", id=found.id, at=at)
    holds.unseat(write, actor, found.class_id, found.id, "no_show", now)


def enter_sheet(
    actor: Actor,
    *,
    id: str,
    class_id: str,
    came: frozenset[str],
    others: tuple[BookingForm, ...],
    now: datetime,
) -> list[BookingView]:
    """Enter a paper sheet after a class: whose mark is on it, and who came without a booking.

    Everybody counts as come at the start of the class, not at the time of typing; whoever was
    checked in already keeps that time. A name that is on the roster already is that person. Who
    has no mark is noted as not come. The same sheet (`id`) twice is one sheet.

    Raises:
        Refused: `not_started`, `sheet_late`, `sheet_full`, or what `booking.book` raises; then
            nothing was entered.
    """
    require(actor, "check_in")
    with store.transaction(by=actor, lock=f"class {class_id}") as write:
        meeting = _begun(write, class_id, now)
        if now > meeting.ends_at + SHEET_SPAN:
            raise Refused("sheet_late", days=SHEET_SPAN.days)
        where = "b.class_id = :id AND b.cancelled_at IS NULL ORDER BY b.place"
        booked = booking.views(write, where, id=class_id)
        marked = came | _already_listed(booked, others, came)
        for found in booked:
            absent = found.id not in marked and not found.arrived_at and found.seated
            if absent and not _promised(found, now):
                _not_come(write, actor, found, now)
        for found in booked:
            if found.id in marked and not found.arrived_at:
                _arrive(write, actor, _seat(write, actor, found, now), meeting.starts_at, now)
        for number, form in enumerate(others):
            if not _already_listed(booked, (form,)):
                whose = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{id} {number}"))
                _write_in(write, actor, whose, replace(form, class_id=class_id), meeting, now)
        holds.fill(write, actor, class_id, now)
        return booking.views(write, where, id=class_id)


def _already_listed(
    booked: list[BookingView],
    others: tuple[BookingForm, ...],
    ticked: frozenset[str] = frozenset(),
) -> set[str]:
    """The booking each name written by hand stands for: of several, one that is not ticked."""
    found: set[str] = set()
    for form in (booking.clean(form) for form in others if not form.namesake):
        alike = [
            one.id
            for one in booked
            if (one.kana, one.town_id) == (form.kana, form.town_id or one.town_id)
        ]
        found.update([id for id in alike if id not in ticked | found][:1] or alike[:1])
    return found


def _seat(write: Writer, actor: Actor, found: BookingView, now: datetime) -> BookingView:
    """A party that waited and was let in sits down, as the paper says."""
    if found.seated or found.no_show_at:
        return found
    if not seats.take(write, found.class_id, found.id, found.party):
        raise Refused("sheet_full")
    write.run("UPDATE booking SET lapsed_at = NULL WHERE id = :id", id=found.id)
    facts: dict[str, Any] = {"booking_id": found.id, "amount": found.party}
    journal.write_event(write, actor, found.class_id, "let_in", now, **facts)
    return booking.one(write, found.id)


def _write_in(
    write: Writer, actor: Actor, id: str, form: BookingForm, meeting: ClassView, now: datetime
) -> None:
    """Somebody on the sheet without a booking, as of the start of the class."""
    found = booking.put_down(
        write,
        actor,
        id=id,
        form=booking.clean(form),
        now=meeting.starts_at,
        walk_in=True,
        seated="let_in",
    )
    if not found.seated:
        raise Refused("sheet_full")
    _arrive(write, actor, found, meeting.starts_at, now)
