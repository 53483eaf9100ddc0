"""SQLite through sqlite-utils: WAL, synchronous=FULL, foreign keys, one IMMEDIATE writer.

sqlite-utils' own `db.atomic()` begins deferred and fails with "database is locked" when many
tablets read and then write, so transactions begin IMMEDIATE here. A connection serves one unit of
work at a time, of one thread, and is kept for the next one (`desk.store.idle`).
"""

import fcntl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlite_utils import Database, Migrations
from sqlite_utils.utils import sqlite3

from desk.store.engine import Row
from desk.store.idle import Idle
from desk.store.schema import MIGRATIONS, statements
from desk.store.watched import unwatch, watch

# 3.51.3 fixed a corruption in the WAL reset (sqlite.org/changes.html); the wheel carries newer.
OLDEST = (3, 51, 3)
PATIENCE_SECONDS = 30


class _Session:
    def __init__(self, db: Database) -> None:
        self._conn = db.conn

    def rows(self, sql: str, **facts: Any) -> list[Row]:
        cursor = self._conn.execute(sql, facts)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    def one(self, sql: str, **facts: Any) -> Row | None:
        found = self.rows(sql, **facts)
        return found[0] if found else None

    def run(self, sql: str, **facts: Any) -> int:
        return int(self._conn.execute(sql, facts).rowcount)

    def run_many(self, sql: str, facts: Sequence[Row]) -> None:
        self._conn.executemany(sql, facts)

    def hold(self, lock: str) -> None:
        """One writer holds them all."""


class Sqlite:
    """A database file."""

    name = "sqlite"
    failures: tuple[type[Exception], ...] = (sqlite3.Error,)

    def __init__(self, path: Path) -> None:
        """Raises RuntimeError when the SQLite underneath predates the WAL corruption fix."""
        if sqlite3.sqlite_version_info < OLDEST:
            raise RuntimeError(
                f"SQLite {sqlite3.sqlite_version} is too old; install requirements.txt, "
                "whose pysqlite3 carries a safe one"
            )
        self.path = path
        self._idle = Idle(path)

    def version(self) -> str:
        return f"SQLite {sqlite3.sqlite_version}"

    @contextmanager
    def _open(self) -> Iterator[Database]:
        mark, connection = self._idle.take() or (self._idle.mark(), self._connect())
        try:
            yield Database(connection)
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        except BaseException:
            connection.close()
            raise
        self._idle.give(mark, connection)

    def _connect(self) -> Any:
        connection = sqlite3.connect(
            str(self.path),
            timeout=PATIENCE_SECONDS,
            isolation_level=None,
            check_same_thread=False,  # one after the other
        )
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")
        return connection

    @contextmanager
    def reading(self) -> Iterator[_Session]:
        with self._open() as db:
            yield _Session(db)

    @contextmanager
    def snapshot(self) -> Iterator[_Session]:
        with self._open() as db:
            db.conn.execute("BEGIN")  # WAL: it keeps what the first query saw, and hinders nobody
            yield _Session(db)

    @contextmanager
    def transaction(
        self,
        locks: tuple[str, ...],  # noqa: ARG002 - one writer
        *,
        alone: bool = False,  # noqa: ARG002 - always
    ) -> Iterator[_Session]:
        with self._open() as db, self._turn(), _immediate(db):
            yield _Session(db)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait about in the order of coming, threads and processes alike.

        SQLite waits for a writer by sleeping longer each time, so the last of many tablets may
        be passed by all the others. The lock goes with its file, and with a process that dies.
        """
        with open(f"{self.path}-queue", "ab") as queue:
            fcntl.flock(queue, fcntl.LOCK_EX)
            yield

    def migrate(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        migrations = Migrations("desk")
        for name, steps in MIGRATIONS:
            migrations(name=name)(_step(statements(steps, self.name)))
        with self._open() as db:
            _write_ahead(db)
            with _immediate(db):
                session = _Session(db)
                if migrations.pending(db):
                    unwatch(session, self.name)
                migrations.apply(db)
                watch(session, self.name)


def _write_ahead(db: Database) -> None:
    """Switch to WAL; while another connection is at work, SQLite refuses that without waiting."""
    while True:
        try:
            db.conn.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
        db.conn.execute("BEGIN EXCLUSIVE")  # waits for it, PATIENCE_SECONDS at most
        db.conn.execute("COMMIT")


def _step(sql: list[str]) -> Any:
    def apply(db: Database) -> None:
        for statement in sql:
            db.conn.execute(statement)

    return apply


@contextmanager
def _immediate(db: Database) -> Iterator[None]:
    db.conn.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        if db.conn.in_transaction:
            db.conn.execute("ROLLBACK")
        raise
    db.conn.execute("COMMIT")
