"""Incidents: a number of somebody was typed and refused. Kept are when, where and of what kind.

Never the text, nor who typed it. They show where people need another word of explanation.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from desk import mode, store, times
from desk.my_number import KINDS
from desk.people import Actor, require
from desk.refusals import N_

AGAIN = timedelta(minutes=1)  # the same once more within so long is the same
SHOWN_DAYS = 30
FIELD = " / "  # between a place's screen and its field
NAMES = {
    "my_number": N_("Perhaps a My Number"),
    "twelve": N_("12 digits or more"),
    "eleven": N_("11 digits"),
    "ten": N_("10 digits"),
    "seven": N_("7 to 9 digits"),
    "pin": N_("PIN or password"),
    "email": N_("E-mail address"),
}


@dataclass(frozen=True)
class Incidents:
    """What was refused at one place, by its kind: how often, and when last."""

    place: str
    kind: str
    count: int
    last: datetime


def where(screen: str, field: str | None = None) -> str:
    """How a place is called: the title of its screen or the path of its page, and the field."""
    return FIELD.join(filter(None, (screen, field)))


def note(codes: Iterable[str], *, place: str, now: datetime) -> None:
    """Write down that something was refused; of several codes the worst counts, of others none.

    `place` is `where` of a screen and a field: the program's words, nobody's text. The same place
    and kind within `AGAIN` is one incident.
    """
    found = set(codes)
    kind = next((one for one in KINDS if one in found), None)
    if kind is None:
        return
    with store.transaction(by=store.SYSTEM, lock="incident") as write:
        write.run(
            "INSERT INTO incident (id, at, place, kind, trial) "
            "SELECT :id, :at, :place, :kind, CAST(:trial AS INTEGER) WHERE NOT EXISTS "
            "(SELECT 1 FROM incident i WHERE i.place = :place AND i.kind = :kind "
            "AND i.at > :since AND i.at <= :at)",
            id=str(uuid.uuid4()),
            at=times.stamp(now),
            place=place,
            kind=kind,
            since=times.stamp(now - AGAIN),
            trial=mode.flag(write),
        )


def recent(actor: Actor, *, now: datetime, days: int = SHOWN_DAYS) -> list[Incidents]:
    """What was refused in the last `days`, the most frequent first."""
    require(actor, "see_incidents")
    rows = store.rows(
        "SELECT place, kind, COUNT(*) AS n, MAX(at) AS last FROM incident "
        "WHERE at >= :first AND at <= :now GROUP BY place, kind ORDER BY n DESC, last DESC, place",
        first=times.stamp(now - timedelta(days=days)),
        now=times.stamp(now),
    )
    return [
        Incidents(row["place"], row["kind"], int(row["n"]), times.moment(row["last"]))
        for row in rows
    ]
