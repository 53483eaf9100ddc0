"""Slips: the paper a resident keeps, and the office's stub, at an address that is signed.

The address holds no name; whoever has it can read the slip for a day, nobody can guess one.
"""

from datetime import datetime

from desk import booking, schedule, store, tickets
from desk.booking import BookingView
from desk.classes import ClassView
from desk.people import Actor, require


def ticket(actor: Actor, *, booking_id: str, now: datetime) -> str:
    """The last part of a slip's address, good for 24 hours."""
    require(actor, "book")
    return tickets.sign("slip", booking_id, now=now)


def read(ticket: str, *, now: datetime) -> list[tuple[BookingView, ClassView]]:
    """The bookings of a slip's form and their classes, first to last; one when it stands alone.

    The code of the first is the code of all. The signature stands for the right to see it.

    Raises:
        Refused: `slip_expired` for an old, changed or invented address, or `booking_unknown`.
    """
    booking_id = tickets.read("slip", ticket, now=now)
    with store.engine().reading() as reader:
        together = booking.group(reader, booking.one(reader, booking_id))
        return [(one, schedule.get(one.class_id, reader=reader)) for one in together]


def made_by(actor: Actor, *, ticket: str, now: datetime) -> str:
    """Who at the desk booked it, for the office's stub.

    The stub has what the slip leaves out (neighbourhood, how to reach them), and the slip's
    address may be handed to the resident: so it takes the right as well as the signature.

    Raises:
        Refused: `slip_expired` for an old, changed or invented address, or `booking_unknown`.
    """
    require(actor, "book")
    booking_id = tickets.read("slip", ticket, now=now)
    with store.engine().reading() as reader:
        found = booking.one(reader, booking_id)
        sql = "SELECT p.name FROM booking b JOIN person p ON p.id = b.made_by WHERE b.id = :id"
        return str(reader.rows(sql, id=found.id)[0]["name"])
