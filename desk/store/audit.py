"""The audit: one row for every transaction that changed something, each bound to the one before.

Triggers (`watched.py`) write every changed row into `change`; the end of the transaction gathers
them into one row of `audit`, and both are committed together or not at all. The row's `mac` is
HMAC-SHA256 over the `mac` before it and the row as canonical JSON, with a key that is not in the
database: whoever can write to the file still cannot rewrite what happened.
"""

import hashlib
import hmac
import json
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from desk.store import key
from desk.store.engine import Row, Writer

LOCK = "audit"
MOST_CHANGES = 200  # rows of one transaction that are written out; of more there is a summary
START = "0" * 64  # the mac before the first row
COLUMNS = ("n", "at", "person_id", "role", "what", "why", "facts")


class Author(Protocol):
    """Whoever writes: the id of a person (empty: nobody) and the role they have."""

    @property
    def id(self) -> str: ...

    @property
    def role(self) -> str: ...


@dataclass(frozen=True)
class Nobody:
    """An author who is no person."""

    role: str
    id: str = ""


SYSTEM = Nobody("system")  # the machine itself, or whoever sits at its terminal


def seal(write: Writer, by: Author, *, what: str, why: str) -> None:
    """Gather what the transaction changed into one row; nothing when it changed nothing."""
    found = write.rows("SELECT * FROM change ORDER BY id")
    if not found:
        return
    write.run("DELETE FROM change")
    changes = [one for row in found if (one := _change(row))]
    if changes:
        facts = {"changes": changes} if len(changes) <= MOST_CHANGES else _summary(changes)
        append(write, by, what=what, why=why, facts=facts)


def append(write: Writer, by: Author, *, what: str, why: str, facts: dict[str, Any]) -> None:
    """Add a row at the end of the chain."""
    write.hold(LOCK)
    last = write.one("SELECT n, mac FROM audit ORDER BY n DESC LIMIT 1")
    row: Row = {
        "n": int(last["n"]) + 1 if last else 1,
        "at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
        "person_id": by.id,
        "role": by.role,
        "what": what,
        "why": why,
        "facts": json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":")),
    }
    write.run(
        "INSERT INTO audit (n, at, person_id, role, what, why, facts, mac) "
        "VALUES (:n, :at, :person_id, :role, :what, :why, :facts, :mac)",
        **row,
        mac=mac(str(last["mac"]) if last else START, row),
    )


def mac(before: str, row: Row) -> str:
    """What binds a row to the one before it: 64 hexadecimal characters."""
    text = json.dumps([before, *(row[name] for name in COLUMNS)], ensure_ascii=False)
    return hmac.new(key.derived("audit"), text.encode(), hashlib.sha256).hexdigest()


def _change(row: Row) -> dict[str, Any] | None:
    """A changed row as the audit keeps it: its key, and what is another than before."""
    before = json.loads(row["before_row"]) if row["before_row"] else None
    after = json.loads(row["after_row"]) if row["after_row"] else None
    there = after or before or {}
    keys = {one: there[one] for one in row["key_columns"].split(",")}
    found = {"table": row["table_name"], "row": keys}
    if before is not None and after is not None:
        other = [name for name in after if before.get(name) != after[name]]
        if not other:
            return None
        return {
            **found,
            "before": {name: before.get(name) for name in other},
            "after": {name: after[name] for name in other},
        }
    return {**found, **({"after": after} if before is None else {"before": before})}


def _summary(changes: list[dict[str, Any]]) -> dict[str, Any]:
    """How many rows of which tables came, changed and went, and what tells whether it was these."""
    counts: dict[str, Counter[str]] = {}
    for one in changes:
        kind = "added" if "before" not in one else "changed" if "after" in one else "gone"
        counts.setdefault(one["table"], Counter())[kind] += 1
    whole = json.dumps(changes, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return {"counts": counts, "sha256": hashlib.sha256(whole.encode()).hexdigest()}
