"""Uses of the desk and of classes, one by one, by day and neighbourhood."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from desk import times
from desk.gaps.city import CLASS, DESK
from desk.store.engine import Reader, Row


@dataclass(frozen=True)
class Uses:
    """Each use of a kind: its day (ordinal, Tokyo) and its neighbourhood by number, and the days
    of those of which none is known. The records begin on `known_from`; None without any."""

    days: NDArray[np.int64]
    towns: NDArray[np.int64]
    nowhere: NDArray[np.int64]
    known_from: date | None


_ROWS = {
    DESK: (
        "SELECT logged_at AS at, town_id, residence FROM consultation_now "
        "WHERE visit <> 'again' AND logged_at >= :first AND logged_at < :end"
    ),
    CLASS: (
        "SELECT c.starts_at AS at, b.town_id, b.residence FROM seat s "
        "JOIN booking b ON b.id = s.booking_id JOIN class c ON c.id = s.class_id "
        "WHERE c.status = 'open' AND c.published_at IS NOT NULL "
        "AND c.starts_at >= :first AND c.starts_at < :end"
    ),
}
_FIRST = {
    DESK: "SELECT MIN(logged_at) AS at FROM consultation",
    CLASS: "SELECT MIN(starts_at) AS at FROM class WHERE published_at IS NOT NULL",
}


def read(
    reader: Reader, measure: str, number: Mapping[str, int], *, first: date, now: datetime
) -> Uses:
    """The uses of desks or of classes from a day on, up to yesterday: today is not over.

    `number` gives each neighbourhood its place in counts.
    """
    rows = reader.rows(
        _ROWS[measure], first=times.bounds(first)[0], end=times.bounds(times.today(now))[0]
    )
    begins = reader.one(_FIRST[measure])
    at = begins["at"] if begins else None
    placed = [row for row in rows if row["town_id"]]
    return Uses(
        _days(placed),
        np.array([number[row["town_id"]] for row in placed], np.int64),
        _days([row for row in rows if row["residence"] == "unknown"]),
        times.today(times.moment(at)) if at else None,
    )


def _days(rows: Sequence[Row]) -> NDArray[np.int64]:
    return np.array([_day(row["at"][:13]) for row in rows], np.int64)


@lru_cache(maxsize=20_000)
def _day(hour: str) -> int:
    """The day in Tokyo, whose clock is whole hours ahead, of an hour in UTC."""
    return times.today(times.moment(f"{hour}:00:00Z")).toordinal()
