"""Trial (見本) or real: while the trial year is loaded, everything written is practice.

Rows written in trial mode carry `trial = 1` and leave with the trial year, so that practice can
never be mistaken for the city's own record.
"""

from desk import store
from desk.store.engine import Reader

KEY = "trial"


def is_trial(reader: Reader | None = None) -> bool:
    """True while the trial year is loaded."""
    sql = "SELECT value FROM setting WHERE key = :key"
    row = reader.one(sql, key=KEY) if reader else store.one(sql, key=KEY)
    return row is not None


def flag(reader: Reader) -> int:
    """What a new row's `trial` column holds: 1 in trial mode, else 0."""
    return int(is_trial(reader))
