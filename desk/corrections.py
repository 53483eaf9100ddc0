"""Corrections: a consultation put right by a row of its own; what was written first stays.

Within half an hour the volunteer who wrote it down corrects it and says no reason; later, or for
somebody else's, it takes staff and a reason. Corrections make a line without a fork: of two that
correct the same version the second is refused.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from desk import consultations, follow_ups, forms, places, store, times, versions
from desk.consultations import ConsultationForm
from desk.people import Actor, require
from desk.refusals import N_, NotAllowed, Refused

WINDOW = timedelta(minutes=30)
MOST_REASON = 200
# The answers of a form; an answer that is one of `OPEN` may still be completed after a rush.
ANSWERS = {
    "desk_id": N_("Desk"),
    "kind": N_("How they came"),
    "residence": N_("Neighbourhood"),
    "town_id": N_("Neighbourhood"),
    "age_band": N_("Age"),
    "topic": N_("Topic"),
    "also": N_("More topics"),
    "result": N_("Result"),
    "minutes": N_("Minutes"),
    "visit": N_("Visit"),
    "autonomy": N_("How much they did alone"),
    "device": N_("Device"),
    "procedure_id": N_("Procedure"),
    "handed_to": N_("Handed on to"),
    "tried": N_("What was tried"),
    "note": N_("Note"),
}
OPEN: dict[str, Any] = {
    "residence": "unknown",
    "town_id": None,
    "age_band": "unknown",
    "also": "",
    "result": "solved",
    "minutes": 15,
    "visit": "unknown",
    "autonomy": "unknown",
    "device": "unknown",
    "procedure_id": "",
    "handed_to": "",
    "tried": "",
    "note": "",
}


@dataclass(frozen=True)
class Version:
    """One version of a consultation: its row, when and by whom it was written, and why.

    `at` is None for the first version of one from paper whose entry nobody noted; `changed` are
    the keys of `ANSWERS` that differ from the version before.
    """

    row: dict[str, Any]
    at: datetime | None
    by: str
    reason: str
    changed: tuple[str, ...]

    @property
    def withdrawn(self) -> bool:
        return bool(self.row["withdrawn"])


@dataclass(frozen=True)
class Logged:
    """A consultation of a list as it is now. `versions` counts the first one too."""

    row: dict[str, Any]
    town: str
    by: str
    versions: int


def correct(
    actor: Actor,
    *,
    id: str,
    consultation_id: str,
    form: ConsultationForm,
    now: datetime,
    reason: str = "",
) -> dict[str, Any]:
    """Put a consultation right; a version that was taken back counts again by that.

    Args:
        id: of the new row; the same one twice is one row and the same answer.
        consultation_id: the version that is corrected, the last one there is.
        reason: needed from staff later than `WINDOW` or for somebody else's.

    Returns:
        The new row. When, where on, by whom and with which card it was stay those of the first.

    Raises:
        Refused: `consultation_unknown`, `corrected_meanwhile`, `correction_late`,
            `correction_others`, `correction_same`, `missing` for the reason, or what
            `consultations.log` refuses.
    """
    require(actor, "log")
    facts = consultations.clean(form)
    return _append(actor, id, consultation_id, facts, now=now, reason=reason)


def withdraw(
    actor: Actor, *, id: str, consultation_id: str, now: datetime, reason: str = ""
) -> dict[str, Any]:
    """Take a consultation back: it stays readable and counts no more. As `correct` otherwise."""
    require(actor, "log")
    return _append(actor, id, consultation_id, None, now=now, reason=reason)


def needs_reason(actor: Actor, *, row: dict[str, Any], now: datetime) -> bool:
    """True when the actor may correct this row only with a reason."""
    require(actor, "log")
    return not (row["person_id"] == actor.id and _fresh(row, now))


def may_complete(actor: Actor, *, row: dict[str, Any], now: datetime) -> bool:
    """True while its volunteer may still give a hurried row the answers it lacks."""
    require(actor, "log")
    return _may_complete(actor, row, now)


def history(actor: Actor, consultation_id: str) -> list[Version]:
    """Every version of a consultation, the oldest first; volunteers see their own.

    Raises:
        Refused: `consultation_unknown`; NotAllowed for somebody else's.
    """
    require(actor, "log")
    with store.engine().reading() as reader:
        line = versions.line(reader, consultation_id)
        names = {row["id"]: row["name"] for row in reader.rows("SELECT id, name FROM person")}
    if not line:
        raise Refused("consultation_unknown")
    if line[0]["person_id"] != actor.id and not actor.may("correct_consultations"):
        raise NotAllowed("not_allowed")
    found = []
    for before, row in zip([None, *line[:-1]], line, strict=True):
        at = times.moment(row["corrected_at"]) if row["corrected_at"] else _written(row)
        by = names.get(row["corrected_by"] or row["person_id"], "")
        found.append(Version(row, at, by, row["reason"], _changed(before, row)))
    return found


def logged(actor: Actor, *, day: date, now: datetime, desk_id: str = "") -> list[Logged]:
    """The consultations of a day in Tokyo as they are now, the newest first; those that were
    taken back are among them.

    Volunteers see their own of today; staff those of any day, of one desk or ("") of all.

    Raises:
        NotAllowed: for a volunteer and another day.
    """
    require(actor, "log")
    every = actor.may("correct_consultations")
    if not every and day != times.today(now):
        raise NotAllowed("not_allowed")
    first, end = times.bounds(day)
    rows = store.rows(
        "SELECT c.*, t.name AS town_name, p.name AS by_name FROM consultation c "
        "JOIN person p ON p.id = c.person_id LEFT JOIN town t ON t.id = c.town_id "
        "WHERE c.logged_at >= :first AND c.logged_at < :end "
        "AND (:mine = '' OR c.person_id = :mine) ORDER BY c.logged_at DESC, c.id",
        first=first,
        end=end,
        mine="" if every else actor.id,
    )
    before = {row["id"]: row["corrects"] for row in rows}
    corrected = set(before.values())
    found = []
    for row in rows:
        if row["id"] in corrected or desk_id not in ("", row["desk_id"]):
            continue
        count, id = 1, row["corrects"]
        while id:
            count, id = count + 1, before[id]
        town, by = row.pop("town_name") or "", row.pop("by_name")
        found.append(Logged(row, town, by, count))
    return found


def form_of(row: dict[str, Any]) -> ConsultationForm:
    """The form that would be logged as this row."""
    facts: dict[str, Any] = {name: row[name] for name in (*ANSWERS, "follows")}
    facts |= {name: tuple(row[name].split()) for name in ("also", "tried")}
    return ConsultationForm(**facts)


def _append(
    actor: Actor,
    id: str,
    consultation_id: str,
    facts: dict[str, Any] | None,
    *,
    now: datetime,
    reason: str,
) -> dict[str, Any]:
    """Add a version; no facts take the consultation back."""
    with store.transaction(by=actor, lock=f"person {actor.id}") as write:
        stored = write.one("SELECT * FROM consultation WHERE id = :id", id=id)
        if stored:
            return _same(stored, actor, consultation_id, withdrawn=facts is None)
        old = write.one("SELECT * FROM consultation WHERE id = :id", id=consultation_id)
        if old is None:
            raise Refused("consultation_unknown")
        if write.one("SELECT id FROM consultation WHERE corrects = :id", id=consultation_id):
            raise Refused("corrected_meanwhile")
        if facts is None and old["withdrawn"]:
            raise Refused("consultation_unknown")
        row = {**old, **(facts or {}), "follows": old["follows"], "withdrawn": int(facts is None)}
        if not _changed(old, row) and row["withdrawn"] == old["withdrawn"]:
            raise Refused("correction_same")
        row["reason"] = _allowed(actor, old, row, reason, now)
        _known_places(write, old, row)
        row |= {
            "id": id,
            "corrects": consultation_id,
            "corrected_at": times.stamp(now),
            "corrected_by": actor.id,
        }
        _card(write, old, row, by=actor.id, now=now)
        versions.append(write, row)
        return row


def _same(
    stored: dict[str, Any], actor: Actor, consultation_id: str, *, withdrawn: bool
) -> dict[str, Any]:
    """The row of a form that was saved already."""
    again = (stored["corrected_by"], stored["corrects"], bool(stored["withdrawn"]))
    if again != (actor.id, consultation_id, withdrawn):
        raise Refused("form_reused")
    return stored


def _allowed(
    actor: Actor, old: dict[str, Any], row: dict[str, Any], reason: str, now: datetime
) -> str:
    """The reason as it is kept, for who may do this now."""
    own = old["person_id"] == actor.id
    completes = (
        _may_complete(actor, old, now)
        and not (old["withdrawn"] or row["withdrawn"])
        and all(name in OPEN and old[name] == OPEN[name] for name in _changed(old, row))
    )
    free = (own and _fresh(old, now)) or completes
    if not free and not actor.may("correct_consultations"):
        if own:
            raise Refused("correction_late", minutes=int(WINDOW.total_seconds()) // 60)
        raise Refused("correction_others")
    return forms.text(
        reason,
        label=N_("Reason for the correction"),
        field="reason",
        most=MOST_REASON,
        needed=not free,
    )


def _known_places(write: store.Writer, old: dict[str, Any], row: dict[str, Any]) -> None:
    """A new desk or neighbourhood must be on the list of today; the old one may have left it."""
    sql = "SELECT id FROM desk WHERE id = :id AND active = 1"
    if row["desk_id"] != old["desk_id"] and not write.one(sql, id=row["desk_id"]):
        raise Refused("desk_unknown", field="desk")
    new_town = row["town_id"] if row["town_id"] != old["town_id"] else None
    if new_town and not places.known_town(write, new_town):
        raise Refused("town_unknown", field="town")


def _card(
    write: store.Writer, old: dict[str, Any], row: dict[str, Any], *, by: str, now: datetime
) -> None:
    """The card they came with is expected again when there was no such visit, and the other way."""
    code = old["follows"]
    if not code or old["withdrawn"] == row["withdrawn"]:
        return
    if old["withdrawn"]:
        follow_ups.closes(write, code, "came", by=by, now=now)
    else:
        follow_ups.gone(write, code, consultation_id=old["id"])


def _written(row: dict[str, Any]) -> datetime | None:
    """When a row was written down; None when it came from paper and nobody noted it."""
    at = row["written_at"] or ("" if row["entry"] == "paper" else row["logged_at"])
    return times.moment(at) if at else None


def _fresh(row: dict[str, Any], now: datetime) -> bool:
    written = _written(row)
    return written is not None and now - written <= WINDOW


def _may_complete(actor: Actor, row: dict[str, Any], now: datetime) -> bool:
    day = times.today(times.moment(row["logged_at"]))
    return row["entry"] == "rush" and row["person_id"] == actor.id and day == times.today(now)


def _changed(before: dict[str, Any] | None, row: dict[str, Any]) -> tuple[str, ...]:
    return tuple(name for name in ANSWERS if before is not None and before[name] != row[name])
