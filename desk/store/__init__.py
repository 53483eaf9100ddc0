"""The one door to the database: `rows`, `one`, `transaction`. Only `desk/` may open it.

SQL is written once, in the dialect SQLite and PostgreSQL share, with `:named` parameters.
`DESK_DATABASE` chooses the engine: a file path (SQLite, the default) or `postgresql://…`.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from desk.store.engine import Engine, Reader, Row, Writer

__all__ = [
    "Row",
    "Writer",
    "engine",
    "failures",
    "migrate",
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


def use(address: str | None) -> None:
    """Send this process to another database; None means `DESK_DATABASE` again (for tests)."""
    global _chosen
    _chosen = address
    _count()


def engine() -> Engine:
    """The engine of the chosen database."""
    return _engine(_chosen or os.environ.get("DESK_DATABASE") or str(DEFAULT))


@lru_cache(maxsize=8)
def _engine(address: str) -> Engine:
    if address.startswith(("postgresql://", "postgres://")):
        from desk.store.postgres import Postgres  # psycopg is only loaded where it is used

        return Postgres(address)
    from desk.store.sqlite import Sqlite

    return Sqlite(Path(address))


def migrate() -> None:
    """Bring the schema to the newest migration; safe when several processes start at once."""
    engine().migrate()


def rows(sql: str, **facts: Any) -> list[Row]:
    """Every row of a query, as dictionaries."""
    with engine().reading() as reader:
        return reader.rows(sql, **facts)


def one(sql: str, **facts: Any) -> Row | None:
    """The first row of a query, or None."""
    with engine().reading() as reader:
        return reader.one(sql, **facts)


@contextmanager
def snapshot() -> Iterator[Reader]:
    """A reader whose queries all see the store as it was at the first of them."""
    with engine().snapshot() as reader:
        yield reader


@contextmanager
def transaction(
    *, lock: str | tuple[str, ...] = "desk", alone: bool = False, counted: bool = True
) -> Iterator[Writer]:
    """All or nothing. Two transactions that share a `lock` never run at the same time.

    SQLite has one writer at a time whatever the locks; PostgreSQL lets others pass, unless one
    wants to be `alone`: it waits for all of them, and all that come wait for it. Several locks
    are taken in the order given, the widest first. One that is not `counted` changes nothing a
    public page shows, so that what was read before it is still as it was.
    Committed when the block ends, rolled back when it raises.
    """
    locks = (lock,) if isinstance(lock, str) else lock
    with engine().transaction(locks, alone=alone) as writer:
        yield writer
    if counted:
        _count()


def failures() -> tuple[type[Exception], ...]:
    """What is raised when the database or its disk fails."""
    return (*engine().failures, OSError)


def writes() -> int:
    """How many counted transactions this process has committed; grows with `use` as well."""
    return _writes


def _count() -> None:
    global _writes
    with _counting:
        _writes += 1
