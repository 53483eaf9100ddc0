"""PostgreSQL through psycopg 3: the same SQL, for a city or prefecture past one machine."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, cast

import psycopg
from psycopg import Connection
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool

from desk.refusals import OutOfOrder
from desk.store.engine import Row, percent_named
from desk.store.schema import MIGRATIONS, statements
from desk.store.watched import watch

MOST_CONNECTIONS = 8
_dialect = lru_cache(maxsize=1024)(percent_named)


def _sendable(facts: Row) -> Row:
    """PostgreSQL has no NUL in a text: asking for one from an address or a form finds nothing."""
    return {
        key: value.replace("\0", "\N{REPLACEMENT CHARACTER}") if isinstance(value, str) else value
        for key, value in facts.items()
    }


class _Session:
    def __init__(self, connection: Connection[Row]) -> None:
        self._conn = connection

    def rows(self, sql: str, **facts: Any) -> list[Row]:
        # SQL is written in desk/ only, never from input, so it may be a plain str.
        return self._conn.execute(cast(Any, _dialect(sql)), _sendable(facts)).fetchall()

    def one(self, sql: str, **facts: Any) -> Row | None:
        found = self.rows(sql, **facts)
        return found[0] if found else None

    def run(self, sql: str, **facts: Any) -> int:
        return self._conn.execute(cast(Any, _dialect(sql)), _sendable(facts)).rowcount

    def run_many(self, sql: str, facts: Sequence[Row]) -> None:
        with self._conn.cursor() as cursor:
            cursor.executemany(cast(Any, _dialect(sql)), facts)

    def hold(self, lock: str) -> None:
        self._conn.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (lock,))

    def sealed(self, n: int) -> None:
        """A server keeps its log itself."""


class Postgres:
    """A database on a server."""

    name = "postgres"
    failures: tuple[type[Exception], ...] = (psycopg.Error,)

    def __init__(self, address: str) -> None:
        self.pool: ConnectionPool[Connection[Row]] = ConnectionPool(
            address,
            min_size=1,
            max_size=MOST_CONNECTIONS,
            open=True,
            connection_class=cast(Any, Connection),
            kwargs={"row_factory": dict_row, "autocommit": True},
        )

    def trouble(self, problem: Exception) -> OutOfOrder | None:
        """What is wrong with the machine; None when it is not the machine."""
        if isinstance(problem, psycopg.errors.DiskFull):
            return OutOfOrder("disk_full")
        if isinstance(problem, psycopg.errors.ReadOnlySqlTransaction):
            return OutOfOrder("disk_closed")
        if isinstance(problem, psycopg.errors.DataCorrupted | psycopg.errors.IndexCorrupted):
            return OutOfOrder("database_damaged")
        if isinstance(problem, psycopg.errors.IoError):
            return OutOfOrder("disk_failed")
        if isinstance(problem, psycopg.OperationalError):  # PoolTimeout is one, too
            return OutOfOrder("database_away")
        return None

    def version(self) -> str:
        with self.reading() as reader:
            return f"PostgreSQL {reader.rows('SHOW server_version')[0]['server_version']}"

    @contextmanager
    def reading(self) -> Iterator[_Session]:
        with self.pool.connection() as connection:
            yield _Session(connection)

    @contextmanager
    def snapshot(self) -> Iterator[_Session]:
        with self.pool.connection() as connection, connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield _Session(connection)

    @contextmanager
    def transaction(self, locks: tuple[str, ...], *, alone: bool = False) -> Iterator[_Session]:
        with self.pool.connection() as connection, connection.transaction():
            # Everybody shares the first lock but one who wants to be alone; one round trip for all.
            first = f"pg_advisory_xact_lock{'' if alone else '_shared'}(0)"
            rest = ["pg_advisory_xact_lock(hashtextextended(%s, 0))"] * len(locks)
            connection.execute(cast(Any, f"SELECT {', '.join([first, *rest])}"), locks)
            yield _Session(connection)

    def forget(self, tables: Sequence[str]) -> bool:
        """Take rows as they were before an UPDATE or DELETE out of reach of any query."""
        with self.pool.connection() as connection:  # autocommit: VACUUM is no transaction's
            connection.execute(cast(Any, f"VACUUM {', '.join(tables)}"))
        return True

    def migrate(self) -> None:
        with self.transaction(("migrate",)) as writer:
            writer.run(
                "CREATE TABLE IF NOT EXISTS _migration (name TEXT PRIMARY KEY, "
                "applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP)"
            )
            applied = {row["name"] for row in writer.rows("SELECT name FROM _migration")}
            for name, steps in MIGRATIONS:
                if name in applied:
                    continue
                for statement in statements(steps, self.name):
                    writer.run(statement)
                writer.run("INSERT INTO _migration (name) VALUES (:name)", name=name)
            watch(writer, self.name)
