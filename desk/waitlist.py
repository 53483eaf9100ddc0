"""The waitlist: a free seat is held for who is next, and somebody tells them by phone or on foot.

A seat that becomes free is kept for the first party that fits, in the transaction that freed it.
The desk then sees a call card: whom, how to reach them, until when. Two calls without an answer,
or the time running out after at least one try, and the seat is held for the next. Nobody loses a
seat because nobody called.
"""

from dataclasses import dataclass
from datetime import datetime

from desk import booking, figures, holds, journal, schedule, seats, store, times
from desk.booking import BookingView
from desk.classes import ClassView
from desk.people import Actor, require
from desk.refusals import N_, Refused

ANSWERS = {
    "comes": N_("Will come"),
    "no_answer": N_("No answer"),
    "told": N_("Left a message"),
    "declines": N_("Does not want it"),
}


@dataclass(frozen=True)
class Card:
    """A call to make: the booking whose seat is held, its class, and what was tried so far."""

    booking: BookingView
    meeting: ClassView
    tries: int
    told: bool
    late: bool


def cards(actor: Actor, *, now: datetime) -> list[Card]:
    """Every seat that is held in a class to come or going on, the most urgent first."""
    require(actor, "book")
    with store.engine().reading() as reader:
        found = []
        for one in booking.views(
            reader,
            "b.held_until IS NOT NULL AND b.cancelled_at IS NULL AND EXISTS (SELECT 1 FROM class c "
            "WHERE c.id = b.class_id AND c.status = 'open' AND c.ends_at > :now) "
            "ORDER BY b.held_until, b.class_id, b.place",
            now=times.stamp(now),
        ):
            meeting = schedule.get(one.class_id, reader=reader)
            tried = holds.since_held(reader, one.id)
            tries, told = tried.count("called"), "told" in tried
            late = one.held_until is not None and one.held_until < now
            found.append(Card(one, meeting, tries, told, late))
        return found


def answer(actor: Actor, *, booking_id: str, answer: str, now: datetime) -> BookingView:
    """Note what came of a call: the seat is theirs, or tried once more, or goes to the next.

    Raises:
        Refused: `booking_unknown`, `answer_unknown`, `not_held`, or that the class is over or
            cancelled.
    """
    require(actor, "book")
    if answer not in ANSWERS:
        raise Refused("answer_unknown")
    with booking.locked(booking_id, by=actor, what="waitlist.answer") as (write, found):
        if found.held_until is None or found.cancelled_at:
            raise Refused("not_held")
        schedule.not_over(write, found.class_id, now)
        kind = {"comes": "accepted", "no_answer": "called", "told": "told"}.get(answer, "declined")
        if kind == "declined":
            holds.give_up(write, actor, found.class_id, booking_id, "declined", now)
            return booking.one(write, booking_id)
        journal.write_event(write, actor, found.class_id, kind, now, booking_id=booking_id)
        if kind == "accepted":
            write.run("UPDATE booking SET held_until = NULL WHERE id = :id", id=booking_id)
        tries = int(figures.value("call_tries", reader=write))
        if kind == "called" and holds.since_held(write, booking_id).count("called") >= tries:
            holds.lapse(write, actor, found.class_id, booking_id, now)
        return booking.one(write, booking_id)


def rejoin(actor: Actor, *, booking_id: str, now: datetime) -> BookingView:
    """Somebody whose turn went by waits again, at the end, or sits down when a seat is free.

    Raises:
        Refused: `booking_unknown`, `booking_cancelled`, or what `schedule.open_class` raises.
    """
    require(actor, "book")
    with booking.locked(booking_id, by=actor, what="waitlist.rejoin") as (write, found):
        schedule.open_class(write, found.class_id, now)
        if found.cancelled_at:
            raise Refused("booking_cancelled")
        if found.lapsed_at:
            write.run(
                "UPDATE booking SET lapsed_at = NULL, place = :place WHERE id = :id",
                id=booking_id,
                place=seats.next_place(write, found.class_id),
            )
            booking.line_up(write, actor, found, "rejoined", now)
        return booking.one(write, booking_id)


def lapse_all(actor: Actor, *, now: datetime) -> int:
    """Pass on every held seat whose time ran out after a try; how many classes had one."""
    require(actor, "book")
    late = store.rows(
        "SELECT DISTINCT b.class_id FROM booking b JOIN class c ON c.id = b.class_id "
        "WHERE b.held_until < :now AND b.cancelled_at IS NULL AND c.status = 'open' "
        "AND c.starts_at > :now",
        now=times.stamp(now),
    )
    for row in late:
        with store.transaction(by=actor, lock=f"class {row['class_id']}") as write:
            holds.lapse_due(write, actor, row["class_id"], now)
    return len(late)
