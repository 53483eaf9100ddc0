"""Held seats: a seat that becomes free is kept for who is next, in the transaction that freed it.

Every function works inside the caller's transaction, which holds the class's lock. What the desk
does with a held seat (the call card) is `desk.waitlist`.
"""

from datetime import datetime, time, timedelta
from typing import Any

from desk import figures, journal, seats, times
from desk.people import Actor
from desk.store.engine import Reader, Row, Writer


def fill(write: Writer, actor: Actor, class_id: str, now: datetime) -> None:
    """Hold the free seats for those who wait, unless the class is over or was cancelled."""
    if not (seats.free(write, class_id) and seats.waiting(write, class_id)):
        return
    row = _class(write, class_id)
    starts_at, ends_at = times.moment(row["starts_at"]), times.moment(row["ends_at"])
    if row["status"] == "open" and ends_at > now:
        until = hold_until(write, starts_at, ends_at, now)
        seats.promote(write, actor, class_id, now=now, until=until)


def hold_until(reader: Reader, starts_at: datetime, ends_at: datetime, now: datetime) -> datetime:
    """How long a seat is kept: until the desk's hour of the next day, at most until the start;
    in a class that has begun, until its end. Days and hour are in data/figures.csv.
    """
    if starts_at <= now:
        return ends_at
    day = times.today(now) + timedelta(days=int(figures.value("hold_days", reader=reader)))
    hour = int(figures.value("hold_until_hour", reader=reader))
    return min(times.at(day, time(hour)), starts_at)


def shorten(write: Writer, class_id: str, now: datetime) -> None:
    """Keep no seat longer than until a class that was moved: its start, or its end when begun."""
    row = _class(write, class_id)
    last = row["starts_at"] if times.moment(row["starts_at"]) > now else row["ends_at"]
    write.run(
        "UPDATE booking SET held_until = :last WHERE class_id = :id AND held_until > :last",
        id=class_id,
        last=last,
    )


def unseat(
    write: Writer,
    actor: Actor,
    class_id: str,
    booking_id: str,
    kind: str,
    now: datetime,
    *,
    note: str = "",
) -> None:
    """Free a booking's seats and say why in the journal, and how many; `fill` comes after."""
    had = seats.release(write, booking_id)
    write.run("UPDATE booking SET held_until = NULL WHERE id = :id", id=booking_id)
    facts: dict[str, Any] = {"booking_id": booking_id, "amount": had, "note": note}
    journal.write_event(write, actor, class_id, kind, now, **facts)


def give_up(
    write: Writer, actor: Actor, class_id: str, booking_id: str, kind: str, now: datetime
) -> None:
    """A booking ends (`cancelled`, `declined`); its seats are held for the next at once."""
    sql = "UPDATE booking SET cancelled_at = :at WHERE id = :id"
    write.run(sql, id=booking_id, at=times.stamp(now))
    unseat(write, actor, class_id, booking_id, kind, now)
    fill(write, actor, class_id, now)


def lapse(write: Writer, actor: Actor, class_id: str, booking_id: str, now: datetime) -> None:
    """The turn goes by: the seat is held for the next, the booking waits for `rejoin`."""
    sql = "UPDATE booking SET lapsed_at = :at WHERE id = :id"
    write.run(sql, id=booking_id, at=times.stamp(now))
    unseat(write, actor, class_id, booking_id, "lapsed", now)
    fill(write, actor, class_id, now)


def lapse_due(write: Writer, actor: Actor, class_id: str, now: datetime) -> None:
    """Pass on the class's held seats whose time ran out after a try, while it has not begun."""
    late = write.rows(
        "SELECT id FROM booking WHERE class_id = :id AND held_until < :now "
        "AND cancelled_at IS NULL ORDER BY place",
        id=class_id,
        now=times.stamp(now),
    )
    if not late:
        return
    row = _class(write, class_id)
    if row["status"] == "open" and times.moment(row["starts_at"]) > now:
        for one in late:
            if set(since_held(write, one["id"])) & {"called", "told"}:
                lapse(write, actor, class_id, one["id"], now)


def since_held(reader: Reader, booking_id: str) -> list[str]:
    """What was noted since the seat was last held: `held`, then each `called` and `told`."""
    kinds = [
        row["kind"]
        for row in reader.rows(
            "SELECT kind FROM event WHERE booking_id = :id "
            "AND class_id = (SELECT class_id FROM booking WHERE id = :id) "
            "AND kind IN ('held', 'called', 'told') ORDER BY number",
            id=booking_id,
        )
    ]
    last = max((n for n, kind in enumerate(kinds) if kind == "held"), default=0)
    return kinds[last:]


def _class(reader: Reader, class_id: str) -> Row:
    sql = "SELECT starts_at, ends_at, status FROM class WHERE id = :id"
    return reader.rows(sql, id=class_id)[0]
