"""Counted equipment (貸出品): each tablet is a row of time in use, like a room.

Between classes a thing goes home to be charged and erased. So a class uses it from before its
start (transport and set-up) until after its end (transport back), and the primary key of `busy`
that keeps two classes out of one room keeps them off one tablet. They are all alike, so classes
exchange theirs (`deal`) where a newcomer finds none that is free all the while.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from desk import figures, places, store, times
from desk.refusals import Refused
from desk.rules import STEP
from desk.store.engine import Reader, Row

DETOUR = 1.3  # roads against the straight line, as in desk/gaps


@dataclass(frozen=True)
class Journey:
    """Minutes a thing is away from home before and after a class."""

    before: int
    after: int


def kinds() -> list[dict[str, Any]]:
    """Everything that can be lent: id, name, count, venue_id, setup (minutes), trial."""
    return store.rows(
        "SELECT id, name, count, venue_id, setup, trial FROM equipment WHERE active = 1 ORDER BY id"
    )


def transport_minutes(metres: float, fixed: float, per_km: float) -> int:
    """Minutes to bring things over a straight line, in whole steps of five; none for no way."""
    if metres == 0:
        return 0
    return 5 * math.ceil((fixed + per_km * DETOUR * metres / 1000) / 5)


def journey(reader: Reader, equipment_id: str, venue_id: str) -> Journey:
    """How long before and after a class at a venue a thing is on its way or being set up.

    Raises:
        Refused: `equipment_unknown`.
    """
    row = reader.one(
        "SELECT e.setup, h.lat AS lat1, h.lng AS lng1, v.lat AS lat2, v.lng AS lng2 "
        "FROM equipment e JOIN venue h ON h.id = e.venue_id, venue v "
        "WHERE e.id = :id AND v.id = :venue AND e.active = 1",
        id=equipment_id,
        venue=venue_id,
    )
    if row is None:
        raise Refused("equipment_unknown", field="equipment")
    way = transport_minutes(
        places.metres(row["lat1"], row["lng1"], row["lat2"], row["lng2"]),
        figures.value("transport_minutes_fixed", reader=reader),
        figures.value("transport_minutes_per_km", reader=reader),
    )
    return Journey(before=5 * math.ceil((row["setup"] + way) / 5), after=way)


def free_units(
    reader: Reader, equipment_id: str, first: datetime, end: datetime, class_id: str
) -> list[str]:
    """The resources (`unit:<id>:<number>`) nobody else uses from `first` to `end`.

    What is in use counts whatever its number: there may be fewer things now than when it was lent.
    """
    kind = _kind(reader, equipment_id)
    taken = {
        row["resource"]
        for row in reader.rows(
            "SELECT DISTINCT resource FROM busy WHERE resource >= :low AND resource < :high "
            "AND step >= :first AND step < :end AND class_id <> :class_id",
            # Every resource that begins with the prefix, on both engines' indexes.
            low=f"unit:{equipment_id}:",
            high=f"unit:{equipment_id};",
            first=times.stamp(first),
            end=times.stamp(end),
            class_id=class_id,
        )
    }
    every = (f"unit:{equipment_id}:{n}" for n in range(1, kind["count"] + 1))
    return [one for one in every if one not in taken][: max(0, kind["count"] - len(taken))]


def deal(
    reader: Reader, equipment_id: str, first: datetime, end: datetime, count: int, class_id: str
) -> dict[str, list[tuple[str, datetime, datetime]]]:
    """By class, its units dealt anew, for `class_id` to have `count` of them from `first` to `end`.

    Dealt in the order of their starts to all whose time is linked with it, which succeeds whenever
    there are enough at each moment; else nothing.
    """
    mine = (first, end, class_id, count)
    low, high = first, end
    while True:
        near = reader.rows(
            "SELECT class_id, COUNT(DISTINCT resource) AS count, MIN(step) AS first, "
            "MAX(step) AS last FROM busy WHERE resource >= :low AND resource < :high "
            "AND class_id <> :class_id AND class_id IN (SELECT class_id FROM busy "
            "WHERE resource >= :low AND resource < :high AND step >= :first AND step < :end) "
            "GROUP BY class_id",
            low=f"unit:{equipment_id}:",
            high=f"unit:{equipment_id};",
            class_id=class_id,
            first=times.stamp(low),
            end=times.stamp(high),
        )
        windows = [mine, *(_window(row) for row in near)]
        linked = min(one[0] for one in windows), max(one[1] for one in windows)
        if linked == (low, high):
            break
        low, high = linked
    free_from = dict.fromkeys(range(1, _kind(reader, equipment_id)["count"] + 1), low)
    dealt = {}
    for begins, ends, who, units in sorted(windows):
        free = [n for n, since in free_from.items() if since <= begins][:units]
        if len(free) < units:
            return {}
        free_from |= dict.fromkeys(free, ends)
        dealt[who] = [(f"unit:{equipment_id}:{n}", begins, ends) for n in free]
    return dealt


def _window(row: Row) -> tuple[datetime, datetime, str, int]:
    return (
        times.moment(row["first"]),
        times.moment(row["last"]) + STEP,
        row["class_id"],
        row["count"],
    )


def _kind(reader: Reader, equipment_id: str) -> Row:
    row = reader.one(
        "SELECT name, count FROM equipment WHERE id = :id AND active = 1", id=equipment_id
    )
    if row is None:
        raise Refused("equipment_unknown", field="equipment")
    return row


def units_for(
    reader: Reader,
    *,
    class_id: str,
    venue_id: str,
    wanted: tuple[tuple[str, int], ...],
    starts_at: datetime,
    ends_at: datetime,
) -> list[tuple[str, datetime, datetime]]:
    """What to write into `busy` for the things a class wants: resource, first moment, end.

    Raises:
        Refused: `equipment_unknown`, `equipment_count`, or `equipment_short` with how many are
            free then.
    """
    found = []
    for equipment_id, count in wanted:
        way = journey(reader, equipment_id, venue_id)
        first = starts_at - timedelta(minutes=way.before)
        end = ends_at + timedelta(minutes=way.after)
        if count < 1:
            raise Refused("equipment_count", field="equipment")
        free = free_units(reader, equipment_id, first, end, class_id)
        if len(free) < count:
            dealt = deal(reader, equipment_id, first, end, count, class_id)
            free = [unit for unit, _, _ in dealt.get(class_id, ())] or free
        if len(free) < count:
            raise Refused(
                "equipment_short",
                field="equipment",
                name=_kind(reader, equipment_id)["name"],
                free=len(free),
                wanted=count,
                first=first,
                end=end,
            )
        found += [(unit, first, end) for unit in free[:count]]
    return found
