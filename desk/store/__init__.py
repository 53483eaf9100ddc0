"""The one door to the database: `rows`, `one`, `transaction`. Only `desk/` may open it.

SQL is written once, in the dialect SQLite and PostgreSQL share, with `:named` parameters.
`DESK_DATABASE` chooses the engine: a file path (SQLite, the default) or `postgresql://…`.
"""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache
from pathlib import Path
from types import FrameType
from typing import Any

from desk.refusals import OutOfOrder
from desk.store import audit, key
from desk.store.audit import SYSTEM, Author, Nobody
from desk.store.engine import Engine, Reader, Row, Writer

__all__ = [
    "SYSTEM",
    "Author",
    "Nobody",
    "Row",
    "Writer",
    "address",
    "engine",
    "failures",
    "forget",
    "migrate",
    "note",
    "one",
    "rows",
    "snapshot",
    "transaction",
    "use",
    "writes",
]

DEFAULT = Path(__file__).parent.parent.parent / "data" / "desk.sqlite3"
_chosen: str | None = None
_writes = 0
_counting = threading.Lock()
_here = threading.local()  # whether this thread is in a transaction


def use(address: str | None) -> None:
    """Send this process to another database; None means `DESK_DATABASE` again (for tests)."""
    global _chosen
    _chosen = address
    _count()


def engine() -> Engine:
    """The engine of the chosen database."""
    return _engine(address(), key.database())


def address() -> str:
    """Where the database is: the path of a file, or postgresql://…"""
    return _chosen or os.environ.get("DESK_DATABASE") or str(DEFAULT)


@lru_cache(maxsize=8)
def _engine(address: str, database_key: str) -> Engine:
    if address.startswith(("postgresql://", "postgres://")):
        from desk.store.postgres import Postgres  # psycopg is only loaded where it is used

        return Postgres(address)
    from desk.store.sqlite import Sqlite

    return Sqlite(Path(address), database_key)


@contextmanager
def _told() -> Iterator[None]:
    """What the machine fails at, as a refusal."""
    failures = engine().failures
    try:
        yield
    except failures as problem:
        told = engine().trouble(problem)
        if told is None:
            raise
        raise told from problem


def migrate() -> None:
    """Bring the schema to the newest migration; safe when several processes start at once."""
    with _told():
        engine().migrate()


def rows(sql: str, **facts: Any) -> list[Row]:
    """Every row of a query, as dictionaries."""
    with _told(), engine().reading() as reader:
        return reader.rows(sql, **facts)


def one(sql: str, **facts: Any) -> Row | None:
    """The first row of a query, or None.

    Raises, as everything here does:
        OutOfOrder: the machine fails, its disk or its database.
    """
    with _told(), engine().reading() as reader:
        return reader.one(sql, **facts)


@contextmanager
def snapshot() -> Iterator[Reader]:
    """A reader whose queries all see the store as it was at the first of them."""
    with _told(), engine().snapshot() as reader:
        yield reader


def transaction(
    *,
    by: Author = SYSTEM,
    what: str = "",
    why: str = "",
    lock: str | tuple[str, ...] = "desk",
    alone: bool = False,
    counted: bool = True,
) -> AbstractContextManager[Writer]:
    """All or nothing, and what was changed is in the audit.

    Two transactions that share a `lock` never run at the same time.

    SQLite has one writer at a time whatever the locks; PostgreSQL lets others pass, unless one
    wants to be `alone`: it waits for all of them, and all that come wait for it. Several locks
    are taken in the order given, the widest first. One that is not `counted` changes nothing a
    public page shows, so that what was read before it is still as it was.
    Committed when the block ends, rolled back when it raises.

    Args:
        by: who writes.
        what: how the audit calls it; the function that asks, unless told.
        why: the reason given, where the rules want one.
    """
    locks = (lock,) if isinstance(lock, str) else lock
    return _transaction(by, what or _function(), why, locks, alone=alone, counted=counted)


@contextmanager
def _transaction(
    by: Author, what: str, why: str, locks: tuple[str, ...], *, alone: bool, counted: bool
) -> Iterator[Writer]:
    with _told(), _only(), engine().transaction(locks, alone=alone) as writer:
        yield writer
        audit.seal(writer, by, what=what, why=why)
    if counted:
        _count()


@contextmanager
def _only() -> Iterator[None]:
    """A transaction inside another would wait for ever for the one it is in."""
    if getattr(_here, "writing", False):
        raise RuntimeError("a transaction inside a transaction")
    _here.writing = True
    try:
        yield
    finally:
        _here.writing = False


def note(by: Author, what: str, *, why: str = "", **facts: Any) -> None:
    """Write into the audit what changes no row: a sign-in, a refusal, an export."""
    with _told(), _only(), engine().transaction((audit.LOCK,)) as writer:
        audit.append(writer, by, what=what, why=why, facts=facts)


def _function() -> str:
    """The public function of desk/ that asked for a transaction: “booking.book”."""
    frame: FrameType | None = sys._getframe(2)
    found = ""
    while frame and (module := str(frame.f_globals.get("__name__", ""))).startswith("desk."):
        found = f"{module.removeprefix('desk.')}.{frame.f_code.co_name}"
        if not frame.f_code.co_name.startswith("_"):
            break
        frame = frame.f_back
    return found


def forget(*tables: str) -> bool:
    """Let nothing of what was erased from these tables remain beside them; False: not yet."""
    return engine().forget(tables)


def failures() -> tuple[type[Exception], ...]:
    """What is raised when the database or its disk fails."""
    return (*engine().failures, OutOfOrder, OSError)


def writes() -> int:
    """How many counted transactions this process has committed; grows with `use` as well."""
    return _writes


def _count() -> None:
    global _writes
    with _counting:
        _writes += 1
