"""What must be so of a desk's SQLite database after whatever happened to it."""

from collections import Counter
from collections.abc import Iterable

from desk import store
from desk.store import audit

# The columns by which a row is known that was acknowledged.
COLUMNS = ("booking.id", "booking.code", "consultation.id")


def missing(acknowledged: Iterable[tuple[str, str]]) -> list[str]:
    """What was acknowledged, as one of `COLUMNS` and a value, and is not there exactly once."""
    wanted: dict[str, list[str]] = {column: [] for column in COLUMNS}
    for column, value in acknowledged:
        wanted[column].append(value)
    gone = []
    for column, values in wanted.items():
        table, name = column.split(".")
        # The + keeps the index out of it: every row is looked at.
        counted = Counter(row["it"] for row in store.rows(f"SELECT +{name} AS it FROM {table}"))
        gone += [value for value in values if counted[value] != 1]
    return gone


def faults() -> list[str]:
    """What is wrong with the file, the keys, the audit's chain and the seats; nothing is good."""
    said = [str(row["integrity_check"]) for row in store.rows("PRAGMA integrity_check")]
    found = [one for one in said if one != "ok"]
    found += [f"foreign key: {row}" for row in store.rows("PRAGMA foreign_key_check")]
    return found + chain() + seats()


def chain() -> list[str]:
    """The first row of the audit that does not follow from the one before."""
    before = audit.START
    for at, row in enumerate(store.rows("SELECT * FROM audit ORDER BY n"), 1):
        if row["n"] != at or row["mac"] != audit.mac(before, row):
            return [f"audit: row {at} is broken"]
        before = row["mac"]
    return []


def seats() -> list[str]:
    """Parties with some of their seats, and seats of bookings that are cancelled."""
    wrong = store.rows(
        "SELECT b.id FROM booking b LEFT JOIN seat s ON s.booking_id = b.id "
        "GROUP BY b.id, b.party, b.cancelled_at "
        "HAVING COUNT(s.number) NOT IN (0, b.party) "
        "OR (COUNT(s.number) > 0 AND b.cancelled_at IS NOT NULL)"
    )
    return [f"seats of {row['id']}" for row in wrong]
