"""Who would have liked to come to a class and could not, and why: for where and when the next is.

Nobody's name and nothing typed: a class, a neighbourhood where one was tapped, a reason, and who
tapped it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from desk import changes, forms, mode, places, schedule, store, times
from desk.people import Actor, require
from desk.refusals import N_, Refused
from desk.store.engine import Reader, Row

FAR, TIME, FULL = "far", "time", "full"
WHY = {
    FAR: N_("Too far to go"),
    TIME: N_("The time does not suit"),
    FULL: N_("Full, and will not wait"),
}
DAYS = 365


@dataclass(frozen=True)
class TurnedDown:
    """One person who could not come: `why` is a key of `WHY`, `town_id` None where not tapped."""

    id: str
    at: datetime
    class_id: str
    town_id: str | None
    why: str


def note(
    actor: Actor, *, id: str, class_id: str, why: str, town_id: str | None, now: datetime
) -> TurnedDown:
    """Write down that somebody cannot come to a class; the same `id` twice is one row.

    Raises:
        Refused: `missing` or `choice_unknown` (why), `town_unknown`, `form_reused` for an id with
            another answer, or what `schedule.open_class` raises.
    """
    require(actor, "book")
    why = forms.choice(why, WHY, label=N_("Why not"), field="why")
    with store.transaction(by=actor, lock=f"turned down {id}") as write:
        before = _row(write, id)
        if before is None:
            schedule.open_class(write, class_id, now)
            if town_id and not places.known_town(write, town_id):
                raise Refused("town_unknown", field="town")
            write.run(
                "INSERT INTO turned_down (id, at, class_id, town_id, why, person_id, trial) "
                "VALUES (:id, :at, :class_id, :town_id, :why, :person_id, :trial)",
                id=id,
                at=times.stamp(now),
                class_id=class_id,
                town_id=town_id or None,
                why=why,
                person_id=actor.id,
                trial=mode.flag(write),
            )
        elif [before[one] for one in ("class_id", "town_id", "why", "person_id")] != [
            class_id,
            town_id or None,
            why,
            actor.id,
        ]:
            raise Refused("form_reused")
        found = _row(write, id)
        if found is None:
            raise LookupError(id)
        return _view(found)


def take_back(actor: Actor, *, id: str, now: datetime) -> None:
    """Erase what one tapped by mistake oneself, for ten minutes. Twice is once.

    Raises:
        Refused: `undo_late`, or `turned_down_others` when somebody else tapped it.
    """
    require(actor, "book")
    with store.transaction(by=actor, lock=f"turned down {id}") as write:
        found = _row(write, id)
        if found is None:
            return
        if found["person_id"] != actor.id:
            raise Refused("turned_down_others")
        if now - times.moment(found["at"]) > changes.UNDO:
            raise Refused("undo_late", minutes=changes.UNDO // timedelta(minutes=1))
        write.run("DELETE FROM turned_down WHERE id = :id", id=id)


def lately(actor: Actor, *, now: datetime, days: int = DAYS) -> list[TurnedDown]:
    """Everybody who could not come in the last `days`, oldest first."""
    require(actor, "see_neighbourhoods")
    return [
        _view(row)
        for row in store.rows(
            "SELECT id, at, class_id, town_id, why FROM turned_down "
            "WHERE at >= :first AND at <= :now ORDER BY at, id",
            first=times.stamp(now - timedelta(days=days)),
            now=times.stamp(now),
        )
    ]


def _row(reader: Reader, id: str) -> Row | None:
    return reader.one(
        "SELECT id, at, class_id, town_id, why, person_id FROM turned_down WHERE id = :id", id=id
    )


def _view(row: Row) -> TurnedDown:
    return TurnedDown(
        row["id"], times.moment(row["at"]), row["class_id"], row["town_id"], row["why"]
    )
