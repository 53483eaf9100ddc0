"""Handoffs (引継ぎ): the slip a resident takes to where they are sent, at a signed address.

It says what it was about, what was tried and where to go, and neither a name nor the note.
"""

from dataclasses import dataclass
from datetime import date, datetime

from desk import store, tickets, times, versions
from desk.guide import procedures
from desk.guide.procedures import Procedure
from desk.people import Actor, require
from desk.refusals import Refused


@dataclass(frozen=True)
class Handoff:
    """What a slip says. `topics`, `tried` and `handed_to` are keys of `desk.consultations`."""

    day: date
    desk: str
    topics: tuple[str, ...]
    procedure: Procedure | None
    tried: tuple[str, ...]
    handed_to: str
    trial: bool


def ticket(actor: Actor, *, consultation_id: str, now: datetime) -> str:
    """The last part of a slip's address, good for 24 hours."""
    require(actor, "log")
    return tickets.sign("handoff", consultation_id, now=now)


def read(ticket: str, *, now: datetime) -> Handoff:
    """The slip of an address, as the consultation is now. The signature stands for the right.

    Raises:
        Refused: `sheet_expired`, or `consultation_unknown` for one that was taken back.
    """
    consultation_id = tickets.read("handoff", ticket, now=now)
    with store.engine().reading() as reader:
        line = versions.line(reader, consultation_id)
        if not line or line[-1]["withdrawn"]:
            raise Refused("consultation_unknown")
        row = line[-1]
        [desk] = reader.rows("SELECT name FROM desk WHERE id = :id", id=row["desk_id"])
    return Handoff(
        day=times.today(times.moment(row["logged_at"])),
        desk=desk["name"],
        topics=(row["topic"], *row["also"].split()),
        procedure=procedures.all_procedures().get(row["procedure_id"]),
        tried=tuple(row["tried"].split()),
        handed_to=row["handed_to"],
        trial=bool(row["trial"]),
    )
