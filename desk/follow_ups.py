"""Follow-ups (継続相談): a card with a code instead of a name, and the day it is expected.

The card hangs on the consultation as it was first written down, so that a correction makes no
second one; what it says is what counts now.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from desk import codes, forms, store, tickets, times, versions
from desk.people import Actor, require
from desk.refusals import N_, Refused
from desk.store.engine import Reader

OUTCOMES = {
    "came": N_("Came again"),
    "done": N_("Finished without a visit"),
    "dropped": N_("Did not come any more"),
}
FARTHEST = timedelta(days=366)


@dataclass(frozen=True)
class Card:
    """A card and what the log is filled with when it comes back. `due_on` is a day in Tokyo."""

    code: str
    consultation_id: str
    due_on: date
    desk_id: str
    desk: str
    residence: str
    town_id: str | None
    town: str
    age_band: str
    topic: str
    procedure_id: str
    trial: bool
    closed: bool = False
    visit: str = "again"


def give(actor: Actor, consultation_id: str, due_on: date, now: datetime) -> str:
    """A card for somebody who will come again; the same consultation twice is the same card.

    Given again while it is open, the card expects the new day.

    Returns:
        Its code, 6 characters.

    Raises:
        Refused: `consultation_unknown`, `follow_up_day`, or `follow_up_closed`.
    """
    require(actor, "log")
    today = times.today(now)
    if not today <= due_on <= today + FARTHEST:
        raise Refused("follow_up_day", field="due_on")
    with store.transaction(by=actor, lock=f"person {actor.id}") as write:
        line = versions.line(write, consultation_id)
        if not line or line[-1]["withdrawn"]:
            raise Refused("consultation_unknown")
        first = line[0]
        row = None
        while row is None:  # again for a code that another card has
            write.run(
                "INSERT INTO follow_up (code, consultation_id, due_on, made_at, made_by, trial) "
                "VALUES (:code, :id, :due_on, :now, :by, :trial) ON CONFLICT DO NOTHING",
                code=codes.new_code(),
                id=first["id"],
                due_on=due_on.isoformat(),
                now=times.stamp(now),
                by=actor.id,
                trial=first["trial"],
            )
            row = write.one("SELECT * FROM follow_up WHERE consultation_id = :id", id=first["id"])
        if row["closed_at"]:
            raise Refused("follow_up_closed", shown=row["code"])
        write.run(
            "UPDATE follow_up SET due_on = :due_on WHERE code = :code",
            due_on=due_on.isoformat(),
            code=row["code"],
        )
        return str(row["code"])


def of(actor: Actor, consultation_id: str) -> Card | None:
    """The card of a consultation, open or closed; None when it has none."""
    require(actor, "log")
    with store.engine().reading() as reader:
        line = versions.line(reader, consultation_id)
        row = line and reader.one(
            "SELECT code FROM follow_up WHERE consultation_id = :id", id=line[0]["id"]
        )
        return _card(reader, row["code"]) if row else None


def card(actor: Actor, code: str) -> Card:
    """What the log is filled with for a card that comes back, however its code was typed.

    Raises:
        Refused: `follow_up_unknown` (or its consultation was taken back), `follow_up_closed`, or
            what `forms.text` raises.
    """
    require(actor, "log")
    typed = forms.text(code, label=N_("Code of the card"), field="card", most=40, needed=True)
    code = codes.read_code(typed)
    return _open_card(code)


def due(actor: Actor, now: datetime, *, ahead: timedelta = timedelta()) -> list[Card]:
    """The open cards that are expected until today, or `ahead` of it; the longest overdue first."""
    require(actor, "log")
    last = times.today(now) + ahead
    with store.engine().reading() as reader:
        return [
            _of_row(row)
            for row in reader.rows(
                "WITH RECURSIVE line (code, id) AS ("
                "SELECT code, consultation_id FROM follow_up "
                "WHERE closed_at IS NULL AND due_on <= :last UNION ALL "
                "SELECT l.code, c.id FROM line l JOIN consultation c ON c.corrects = l.id) "
                f"{_SELECT} FROM line l JOIN consultation_now c ON c.id = l.id "
                f"JOIN follow_up f ON f.code = l.code {_NAMES} "
                "ORDER BY f.due_on, f.made_at, f.code",
                last=last.isoformat(),
            )
        ]


def close(actor: Actor, code: str, outcome: str, now: datetime) -> None:
    """A card is expected no longer; closing it twice the same way is once.

    Raises:
        Refused: `follow_up_unknown`, `follow_up_closed` for another outcome, or `choice_unknown`.
    """
    require(actor, "log")
    outcome = forms.choice(outcome, OUTCOMES, label=N_("What came of it"), field="outcome")
    code = codes.read_code(code)
    with store.transaction(by=actor, lock=f"follow-up {code}") as write:
        if closes(write, code, outcome, by=actor.id, now=now):
            return
        row = _row(write, code)
        if row["outcome"] != outcome:
            raise Refused("follow_up_closed", field="card", shown=code)


def reopen(actor: Actor, code: str) -> None:
    """Take a closing back; a card that is open stays so.

    Raises:
        Refused: `follow_up_unknown`, or `follow_up_closed` for one that came: the consultation
            it was closed with says so, and is corrected or taken back itself.
    """
    require(actor, "log")
    code = codes.read_code(code)
    with store.transaction(by=actor, lock=f"follow-up {code}") as write:
        if _row(write, code)["outcome"] == "came":
            raise Refused("follow_up_closed", field="card", shown=code)
        _opens(write, code)


def came(write: store.Writer, code: str, *, consultation_id: str, by: str, now: datetime) -> None:
    """Close the card a consultation is logged with, inside its transaction; "" is no card.

    Raises:
        Refused: `follow_up_unknown`, or `follow_up_closed` unless this consultation closed it.
    """
    if not code or closes(write, code, "came", by=by, now=now):
        return
    _row(write, code)
    if not write.one(
        "SELECT id FROM consultation WHERE id = :id AND follows = :code",
        id=consultation_id,
        code=code,
    ):
        raise Refused("follow_up_closed", field="card", shown=code)


def closes(write: store.Writer, code: str, outcome: str, *, by: str, now: datetime) -> bool:
    """Close a card inside a transaction; False when it is unknown or closed already."""
    sql = (
        "UPDATE follow_up SET closed_at = :now, closed_by = :by, outcome = :outcome "
        "WHERE code = :code AND closed_at IS NULL"
    )
    return bool(write.run(sql, now=times.stamp(now), by=by, outcome=outcome, code=code))


def gone(write: store.Writer, code: str, *, consultation_id: str) -> None:
    """Expect a card again when the visit it was closed with was none; "" is no card.

    Works inside the transaction that takes this consultation back; when they came another time
    nothing changes.
    """
    sql = "SELECT id FROM consultation_now WHERE follows = :code AND id <> :id"
    if code and not write.one(sql, code=code, id=consultation_id):
        _opens(write, code)


def ticket(actor: Actor, code: str, now: datetime) -> str:
    """The last part of the address of a card's paper, good for 24 hours."""
    require(actor, "log")
    return tickets.sign("card", codes.read_code(code), now=now)


def read(ticket: str, *, now: datetime) -> Card:
    """The card of a paper's address. The signature stands for the right to see it.

    Raises:
        Refused: `sheet_expired`, `follow_up_unknown`, or `follow_up_closed`.
    """
    return _open_card(tickets.read("card", ticket, now=now))


_SELECT = (
    "SELECT f.code, f.consultation_id, f.due_on, f.closed_at, f.trial, c.desk_id, d.name AS desk, "
    "c.residence, c.town_id, t.name AS town, c.age_band, c.topic, c.procedure_id"
)
_NAMES = "JOIN desk d ON d.id = c.desk_id LEFT JOIN town t ON t.id = c.town_id"


def _open_card(code: str) -> Card:
    with store.engine().reading() as reader:
        found = _card(reader, code)
    if found is None:
        raise _unknown(code)
    if found.closed:
        raise Refused("follow_up_closed", field="card", shown=code)
    return found


def _card(reader: Reader, code: str) -> Card | None:
    row = reader.one("SELECT consultation_id FROM follow_up WHERE code = :code", code=code)
    line = versions.line(reader, row["consultation_id"]) if row else []
    if not line or line[-1]["withdrawn"]:
        return None
    found = reader.one(
        f"{_SELECT} FROM follow_up f JOIN consultation c ON c.id = :last {_NAMES} "
        "WHERE f.code = :code",
        code=code,
        last=line[-1]["id"],
    )
    return _of_row(found) if found else None


def _of_row(row: dict[str, Any]) -> Card:
    facts = {**row, "town": row["town"] or "", "trial": bool(row["trial"])}
    facts["due_on"] = date.fromisoformat(row["due_on"])
    facts["closed"] = facts.pop("closed_at") is not None
    return Card(**facts)


def _opens(write: store.Writer, code: str) -> None:
    write.run(
        "UPDATE follow_up SET closed_at = NULL, closed_by = NULL, outcome = NULL "
        "WHERE code = :code",
        code=code,
    )


def _row(reader: Reader, code: str) -> dict[str, Any]:
    row = reader.one("SELECT * FROM follow_up WHERE code = :code", code=code)
    if row is None:
        raise _unknown(code)
    return row


def _unknown(code: str) -> Refused:
    # No longer than a code, for what was typed may be anything.
    return Refused("follow_up_unknown", field="card", shown=code[: codes.LENGTH])
