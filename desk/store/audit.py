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
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from desk.store import key
from desk.store.engine import Reader, Row, Writer

LOCK = "audit"
MOST_CHANGES = 200  # rows of one transaction that are written out; of more there is a summary
START = "0" * 64  # the mac before the first row
COLUMNS = ("n", "at", "person_id", "role", "what", "why", "facts")
PAGE = 2000  # rows that are walked at a time

_json = json.JSONEncoder(ensure_ascii=False).encode
_packed = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


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
        append(write, by, what=what, why=why or _reason(changes), facts=facts)


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
        "facts": _packed(facts),
    }
    write.run(
        "INSERT INTO audit (n, at, person_id, role, what, why, facts, mac) "
        "VALUES (:n, :at, :person_id, :role, :what, :why, :facts, :mac)",
        **row,
        mac=mac(str(last["mac"]) if last else START, row),
    )
    write.sealed(row["n"])


def mac(before: str, row: Row) -> str:
    """What binds a row to the one before it: 64 hexadecimal characters."""
    return _mac(key.derived("audit"), before, row)


def _mac(secret: bytes, before: str, row: Row) -> str:
    text = _json([before, *(row[name] for name in COLUMNS)])
    return hmac.digest(secret, text.encode(), hashlib.sha256).hex()


@dataclass(frozen=True)
class Head:
    """The last row of the chain, or what was the last one: it stands for all before it."""

    n: int
    mac: str
    at: str


@dataclass(frozen=True)
class Broken:
    """The first row that is not as it was written. `how`: a key of `desk.audit.FOUND`."""

    n: int
    how: str


@dataclass(frozen=True)
class Walk:
    """What was found along the chain: how many rows, the last good one, the first broken one."""

    rows: int
    last: Head | None
    broken: Broken | None


def walk(
    reader: Reader,
    noted: Callable[[int], str] = lambda _n: "",
    *,
    failures: tuple[type[Exception], ...] = (),
    progress: Callable[[int], None] = lambda _rows: None,
) -> Walk:
    """Go along the chain to its first broken row, some rows at a time.

    Args:
        noted: the mac that a row has by a note of it elsewhere; "" when there is none.
        failures: what the engine raises for a row that cannot be read.
        progress: told now and then how many rows were walked.
    """
    secret = key.derived("audit")
    before, n, last = START, 0, None
    for row in _each(reader, failures):
        n += 1
        if row is None:
            return Walk(n - 1, last, Broken(n, "unreadable"))
        if type(row["n"]) is int and row["n"] > n:
            return Walk(n - 1, last, Broken(n, "missing"))
        if row["n"] != n or row["mac"] != _bound(secret, before, row):
            return Walk(n - 1, last, Broken(n, "changed"))
        before = row["mac"]
        if noted(n) not in ("", before):
            return Walk(n - 1, last, Broken(n, "rebuilt"))
        last = Head(n, before, row["at"])
        if n % PAGE == 0:
            progress(n)
    # A row without a number is in no order.
    counted = reader.one("SELECT COUNT(*) AS n FROM audit")
    if counted and counted["n"] != n:
        return Walk(n, last, Broken(n + 1, "changed"))
    return Walk(n, last, None)


def _bound(secret: bytes, before: str, row: Row) -> str:
    try:
        return _mac(secret, before, row)
    except TypeError:  # bytes where a text was
        return ""


def _each(reader: Reader, failures: tuple[type[Exception], ...]) -> Iterator[Row | None]:
    """Every row by its number; None for one that cannot be read, and then no more."""
    after, most = -(2**63), PAGE
    while True:
        try:
            page = reader.rows(
                "SELECT n, at, person_id, role, what, why, facts, mac FROM audit "
                "WHERE n > :after ORDER BY n LIMIT :most",
                after=after,
                most=most,
            )
        except failures:
            if most == 1:
                yield None
                return
            most = 1  # one by one: which is it?
            continue
        yield from page
        if not page:
            return
        after = page[-1]["n"]


def head(reader: Reader) -> Head | None:
    """The last row of the chain, unless there is none."""
    row = reader.one("SELECT n, mac, at FROM audit ORDER BY n DESC LIMIT 1")
    return Head(int(row["n"]), str(row["mac"]), str(row["at"])) if row else None


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


def _reason(changes: list[dict[str, Any]]) -> str:
    """The reasons that the changed rows themselves give, each once."""
    found = []
    for one in changes:
        after = one.get("after", {})
        if one["table"] == "event" and after.get("kind") == "override":
            found.append(after["note"])
        elif one["table"] == "procedure_version":
            found.append(after.get("reason"))
    return " / ".join(dict.fromkeys(filter(None, found)))


def _summary(changes: list[dict[str, Any]]) -> dict[str, Any]:
    """How many rows of which tables came, changed and went, and what tells whether it was these."""
    counts: dict[str, Counter[str]] = {}
    for one in changes:
        kind = "added" if "before" not in one else "changed" if "after" in one else "gone"
        counts.setdefault(one["table"], Counter())[kind] += 1
    whole = hashlib.sha256(_packed(changes).encode())
    return {"counts": counts, "sha256": whole.hexdigest()}
