"""Figures of the city and the nation (data/figures.csv), each with its source."""

from dataclasses import dataclass

from desk import store
from desk.store.engine import Reader

# What the desk cannot work without, from the least to the most it can work with: a file that
# lacks one, or holds another, stops the start.
NEEDED = {
    "learners_per_staff": (1, 200),
    "trained_lecturers": (0, 20),
    "transport_minutes_fixed": (0, 240),
    "transport_minutes_per_km": (0, 60),
    "hold_days": (1, 60),
    "hold_until_hour": (0, 23),
    "call_tries": (1, 20),
    "keep_name_days": (31, 3650),  # a sheet of paper may be entered for 30 (attendance.SHEET_SPAN)
    "keep_note_days": (31, 3650),
    "keep_incident_days": (31, 3650),
}


@dataclass(frozen=True)
class Figure:
    """A figure with its unit, what day or year it is of, and who says so."""

    value: float
    unit: str
    as_of: str
    source: str


def find(key: str, *, reader: Reader) -> Figure | None:
    """The newest figure of a key with its source; None when the table lacks it."""
    row = reader.one(
        "SELECT value, unit, as_of, source FROM figure WHERE key = :key AND active = 1 "
        "ORDER BY as_of DESC LIMIT 1",
        key=key,
    )
    return Figure(**{**row, "value": float(row["value"])}) if row else None


def value(key: str, *, reader: Reader | None = None) -> float:
    """The newest figure of a key.

    Raises:
        LookupError: when the table lacks it; nothing is made up in its place.
    """
    sql = "SELECT value FROM figure WHERE key = :key AND active = 1 ORDER BY as_of DESC LIMIT 1"
    row = reader.one(sql, key=key) if reader else store.one(sql, key=key)
    if row is None:
        raise LookupError(key)
    return float(row["value"])
