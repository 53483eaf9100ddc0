"""The tally (集計表): consultations that are counted and hardly told.

In a rush one tap is one consultation; on paper a stroke is one, and a whole sheet is entered at
once. A row from paper knows its day and no hour: it stands at `NOON`.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import takewhile
from typing import Any

from desk import consultations, corrections, store, times, versions
from desk.consultations import TOPICS, ConsultationForm
from desk.people import Actor, require
from desk.refusals import Refused

NOON = time(12)
SPAN = timedelta(days=60)  # as long after its day a sheet can be entered
EACH_MOST, MOST = 99, 300  # consultations of one topic, and of a sheet


@dataclass(frozen=True)
class Sheet:
    """A paper sheet: how many consultations of each topic a desk had on a day of Tokyo.

    Residence and age hold for the whole sheet.
    """

    desk_id: str
    kind: str
    day: date
    counts: Mapping[str, int]
    residence: str = "unknown"
    town_id: str | None = None
    age_band: str = "unknown"

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def rushed(actor: Actor, *, desk_id: str, now: datetime) -> list[dict[str, Any]]:
    """This person's taps of today at a desk that count, in order: id, topic, logged_at."""
    require(actor, "log")
    first, end = times.bounds(times.today(now))
    return store.rows(
        "SELECT id, topic, logged_at FROM consultation_now WHERE person_id = :person "
        "AND desk_id = :desk AND entry = 'rush' AND logged_at >= :first AND logged_at < :end "
        "ORDER BY logged_at, id",
        person=actor.id,
        desk=desk_id,
        first=first,
        end=end,
    )


def enter(actor: Actor, *, id: str, sheet: Sheet, now: datetime) -> list[dict[str, Any]]:
    """Write a whole sheet down, or nothing of it; the same `id` twice is one sheet.

    Returns:
        The rows as stored, one for each consultation.

    Raises:
        Refused: `tally_day`, `tally_count`, `tally_empty`, `tally_many`, `form_reused`, or what
            `consultations.log` raises.
    """
    require(actor, "log")
    today = times.today(now)
    if not today - SPAN <= sheet.day <= today:
        raise Refused("tally_day", field="day", days=SPAN.days)
    _check(sheet.counts)
    topics = [topic for topic in TOPICS for _one in range(sheet.counts.get(topic, 0))]
    forms = [
        ConsultationForm(
            sheet.desk_id, sheet.kind, sheet.residence, sheet.town_id, sheet.age_band, topic
        )
        for topic in topics
    ]
    at = times.stamp(times.at(sheet.day, NOON))
    with store.transaction(by=actor, lock=f"person {actor.id}") as write:
        again = _is_there(write, _row_id(id, 0))
        if again != _is_there(write, _row_id(id, len(forms) - 1)) or _is_there(
            write, _row_id(id, len(forms))
        ):
            raise Refused("form_reused")
        stored = []
        for n, form in enumerate(forms):
            facts = consultations.clean(form)
            row = consultations.insert(
                write,
                facts,
                id=_row_id(id, n),
                logged_at=at,
                person_id=actor.id,
                entry="paper",
                written_at=times.stamp(now),
            )
            if facts | {"logged_at": at} != {key: row[key] for key in (*facts, "logged_at")}:
                raise Refused("form_reused")
            stored.append(row)
        consultations.remember(write, actor, forms[0])
        return stored


def take_back(actor: Actor, *, id: str, now: datetime) -> int:
    """Withdraw a whole sheet of one's own, or nothing of it; how many consultations that were.

    Twice is once: what counts no more is left as it is.

    Raises:
        Refused: `consultation_unknown`, `corrected_meanwhile`, or `correction_late` once
            `corrections.WINDOW` is over.
    """
    require(actor, "log")
    with store.transaction(by=actor, lock=f"person {actor.id}") as write:
        lines = (versions.line(write, _row_id(id, n)) for n in range(MOST))
        own = [line for line in takewhile(bool, lines) if line[0]["person_id"] == actor.id]
        if not own:
            raise Refused("consultation_unknown")
        counting = [line[-1] for line in own if not line[-1]["withdrawn"]]
        if counting and now - times.moment(counting[0]["written_at"]) > corrections.WINDOW:
            raise Refused("correction_late", minutes=int(corrections.WINDOW.total_seconds()) // 60)
        for row in counting:
            _withdraw(write, row, by=actor.id, now=now)
        return len(counting)


def _withdraw(write: store.Writer, row: dict[str, Any], *, by: str, now: datetime) -> None:
    change = {
        "id": str(uuid.uuid5(uuid.NAMESPACE_OID, f"taken back {row['id']}")),
        "corrects": row["id"],
        "corrected_at": times.stamp(now),
        "corrected_by": by,
        "reason": "",
        "withdrawn": 1,
    }
    versions.append(write, row | change)


def _is_there(write: store.Writer, id: str) -> bool:
    return write.one("SELECT id FROM consultation WHERE id = :id", id=id) is not None


def _check(counts: Mapping[str, int]) -> None:
    if set(counts) - set(TOPICS) or any(
        type(count) is not int or not 0 <= count <= EACH_MOST for count in counts.values()
    ):
        raise Refused("tally_count", field="counts", most=EACH_MOST)
    if not sum(counts.values()):
        raise Refused("tally_empty", field="counts")
    if sum(counts.values()) > MOST:
        raise Refused("tally_many", field="counts", most=MOST)


def _row_id(sheet: str, n: int) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"sheet {sheet} {n}"))
