"""The journal of a class: what happened to its seats, in order, by whom; never rewritten.

From it anybody can prove that seats went in the order of the queue (`desk.seats`), that an
override had a reason, and how often somebody was called. It holds no resident's name.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from desk import store, times
from desk.people import Actor, require
from desk.refusals import N_
from desk.store.engine import Reader, Writer

KINDS = {
    "resized": N_("Number of seats"),
    "published": N_("Published"),
    "changed": N_("Changed"),
    "rescheduled": N_("Time or place changed"),
    "class_cancelled": N_("Class cancelled"),
    "override": N_("Staff decision"),
    "booked": N_("Booked"),
    "seated": N_("Got a seat"),
    "held": N_("A seat is kept"),
    "called": N_("Called, no answer"),
    "told": N_("Message left or letter sent"),
    "accepted": N_("Will come"),
    "declined": N_("Does not want the seat"),
    "lapsed": N_("The seat went to the next"),
    "unseated": N_("Lost the seat"),
    "taken_back": N_("The kept seat went back"),
    "rejoined": N_("Waits again"),
    "cancelled": N_("Booking cancelled"),
    "restored": N_("Cancellation undone"),
    "reopened": N_("Cancellation undone, without a seat"),
    "moved_out": N_("Moved to another class"),
    "moved_in": N_("Came from another class"),
    "arrived": N_("Came"),
    "not_arrived": N_("Check-in undone"),
    "no_show": N_("Did not come"),
    "let_in": N_("Let in, by the paper sheet"),
    "informed": N_("Told of the change"),
    "not_informed": N_("Not told of the change after all"),
    "came_after_all": N_("Came after all"),
}


@dataclass(frozen=True)
class Event:
    """One line of the journal; `amount` is seats or people where the kind has any.

    `person` is empty when the resident did it, by code.
    """

    class_id: str
    number: int
    kind: str
    booking_id: str | None
    amount: int
    at: datetime
    person: str
    note: str


def write_event(
    write: Writer,
    actor: Actor,
    class_id: str,
    kind: str,
    now: datetime,
    *,
    booking_id: str | None = None,
    amount: int = 0,
    note: str = "",
) -> None:
    """Add a line, inside the caller's transaction, which holds the class's lock."""
    write.run(
        "INSERT INTO event (class_id, number, kind, booking_id, amount, at, person_id, note, "
        "trial) SELECT c.id, (SELECT COALESCE(MAX(e.number), 0) + 1 FROM event e "
        "WHERE e.class_id = c.id), :kind, CAST(:booking_id AS TEXT), CAST(:amount AS INTEGER), "
        ":at, CAST(:person_id AS TEXT), :note, c.trial FROM class c WHERE c.id = :class_id",
        class_id=class_id,
        kind=kind,
        booking_id=booking_id,
        amount=amount,
        at=times.stamp(now),
        person_id=actor.id or None,
        note=note,
    )


def of_class(actor: Actor, *, class_id: str) -> list[Event]:
    """Everything that happened in a class, oldest first."""
    require(actor, "schedule")
    with store.engine().reading() as reader:
        return events(reader, "e.class_id = :id", id=class_id)


def events(reader: Reader, where: str, **facts: Any) -> list[Event]:
    """Lines of the journal that match, in order."""
    return [
        Event(**{**row, "at": times.moment(row["at"])})
        for row in reader.rows(
            "SELECT e.class_id, e.number, e.kind, e.booking_id, e.amount, e.at, "
            "COALESCE(p.name, '') AS person, "
            f"e.note FROM event e LEFT JOIN person p ON p.id = e.person_id WHERE {where} "
            "ORDER BY e.class_id, e.number",
            **facts,
        )
    ]
