"""SQLite through sqlite-utils: WAL, synchronous=FULL, foreign keys, one IMMEDIATE writer.

sqlite-utils' own `db.atomic()` begins deferred and fails with "database is locked" when many
tablets read and then write, so transactions begin IMMEDIATE here. A connection serves one unit of
work at a time, of one thread, and is kept for the next one (`desk.store.idle`).

A file begun here has a checksum on every page (`checksums.py`), or, with a key, is encrypted by
SQLCipher, which checks its pages itself.
"""

import contextlib
import errno
import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from typing import Any

from sqlite_utils import Database, Migrations
from sqlite_utils.utils import sqlite3

from desk.refusals import OutOfOrder
from desk.store import checksums
from desk.store.engine import Reader, Row
from desk.store.idle import Idle
from desk.store.schema import MIGRATIONS, statements
from desk.store.watched import unwatch, watch

# 3.51.3 fixed a corruption in the WAL reset (sqlite.org/changes.html); the wheel carries newer.
OLDEST = (3, 51, 3)
PATIENCE_SECONDS = 30
BRIEFLY_MS = 1_000


class NoCipher(RuntimeError):
    """There is a key, and nothing installed to use it."""


class _Session:
    def __init__(self, db: Database) -> None:
        self._conn = db.conn
        self.last = 0  # the number of the audit's last row, when this transaction wrote it

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

    def sealed(self, n: int) -> None:
        self.last = n


def reading(connection: Any) -> Reader:
    """A reader of a connection of one's own."""
    return _Session(Database(connection))


class Sqlite:
    """A database file; `key` (64 hexadecimal characters) when it is encrypted."""

    name = "sqlite"

    def __init__(self, path: Path, key: str = "") -> None:
        """Raises RuntimeError when the SQLite underneath predates the WAL corruption fix, and
        NoCipher when it knows no encryption but there is a key."""
        self.path = path
        self._queue = Path(f"{path}-queue")  # where writers wait, and what `ends_at` says
        self.key = key
        self.driver = _cipher() if key else sqlite3
        if self.driver.sqlite_version_info < OLDEST:
            raise RuntimeError(
                f"SQLite {self.driver.sqlite_version} is too old; install requirements.txt, "
                "whose pysqlite3 carries a safe one"
            )
        self.failures: tuple[type[Exception], ...] = (self.driver.Error,)
        self.checksums = not key and checksums.ready()
        self._idle = Idle(path)
        self._file: FileIO | None = None

    def header(self) -> bytes:
        """The first 100 bytes of the file: fewer when it is shorter, none when there is no file.

        The file stays open for as long as this engine is there: when a process closes a file, all
        its locks on it are gone, SQLite's too (sqlite.org/howtocorrupt.html, 2.2).
        """
        if not self.path.exists():
            return b""
        found = self.path.stat()
        if self._file is None or os.fstat(self._file.fileno()).st_ino != found.st_ino:
            self._file = self.path.open("rb", buffering=0)
        return os.pread(self._file.fileno(), 100, 0)

    def version(self) -> str:
        return f"SQLite {self.driver.sqlite_version}"

    def trouble(self, problem: Exception) -> OutOfOrder | None:
        """What is wrong with the machine; None when it is not the machine."""
        match getattr(problem, "sqlite_errorcode", 0) & 0xFF:
            case sqlite3.SQLITE_FULL:
                return OutOfOrder("disk_full")
            case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
                return OutOfOrder("disk_closed")
            case sqlite3.SQLITE_IOERR:  # a wrong checksum as well
                return OutOfOrder("disk_failed")
            case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
                return OutOfOrder("database_damaged")
            case sqlite3.SQLITE_BUSY:
                return OutOfOrder("database_busy")
        return of_disk(problem) if isinstance(problem, OSError) else None

    def connect(self) -> Any:
        """A connection of one's own, which waits for others but is not set up for writing."""
        connection = self.driver.connect(
            str(self.path),
            timeout=PATIENCE_SECONDS,
            isolation_level=None,
            check_same_thread=False,  # one after the other
        )
        if self.key:
            connection.execute("PRAGMA cipher_log_level = NONE")  # it would write to the terminal
            connection.execute(f"PRAGMA key = \"x'{self.key}'\"")
        return connection

    @contextmanager
    def _open(self) -> Iterator[Database]:
        mark, connection = self._idle.take() or (self._idle.mark(), self._ready())
        try:
            yield Database(connection)
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        except BaseException:
            connection.close()
            raise
        self._idle.give(mark, connection)

    def _ready(self) -> Any:
        connection = self.connect()
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")  # what is erased is written over
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
        with self._open() as db, self._turn() as queue:
            session = _Session(db)
            with _immediate(db):
                yield session
            if session.last:
                # What is committed stays so, whether this can be noted or not.
                with contextlib.suppress(OSError):
                    os.pwrite(queue, b"%020d" % session.last, 0)

    def ends_at(self) -> int:
        """The number of the audit's last row as the last writer noted it outside the database,
        after its commit; 0 when nobody did.

        A database that has fewer rows has lost some: its log is missing, or was cut. After a power
        cut the note may be an older one, and never one of a row that was not committed.
        """
        try:
            return int(self._queue.read_bytes() or b"0")
        except (OSError, ValueError):
            return 0

    @contextmanager
    def _turn(self) -> Iterator[int]:
        """Wait about in the order of coming, threads and processes alike.

        SQLite waits for a writer by sleeping longer each time, so the last of many tablets may
        be passed by all the others. The lock goes with its file, and with a process that dies.
        """
        try:
            queue = os.open(self._queue, os.O_WRONLY | os.O_CREAT, 0o600)
        except OSError as problem:
            raise of_disk(problem) from problem
        try:
            fcntl.flock(queue, fcntl.LOCK_EX)
            yield queue
        finally:
            os.close(queue)

    def begin(self) -> None:
        """Make the file, unless there is one with something in it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._turn():
            if self.checksums and not self.header():
                with open(os.open(self.path, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as out:
                    out.write(checksums.begin())
                    out.flush()
                    os.fsync(out.fileno())

    def forget(self, tables: Sequence[str]) -> bool:  # noqa: ARG002 - the whole file
        """Empty the write-ahead log, in which erased rows are as they were; False when readers
        kept it busy.
        """
        with self._open() as db:
            # Writers wait for this, so it waits for nobody long.
            db.conn.execute(f"PRAGMA busy_timeout = {BRIEFLY_MS}")
            [(busy, _log, _done)] = db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return not busy

    def migrate(self) -> None:
        self.begin()
        migrations = Migrations("desk")
        for name, steps in MIGRATIONS:
            migrations(name=name)(_step(statements(steps, self.name)))
        with self._open() as db:
            _write_ahead(db, self.driver.OperationalError)
            with _immediate(db):
                session = _Session(db)
                if migrations.pending(db):
                    unwatch(session, self.name)
                migrations.apply(db)
                watch(session, self.name)


def of_disk(problem: OSError) -> OutOfOrder:
    """What a failing file says of the disk."""
    if problem.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return OutOfOrder("disk_full")
    if problem.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return OutOfOrder("disk_closed")
    return OutOfOrder("disk_failed")


def _cipher() -> Any:
    try:
        from sqlcipher3 import dbapi2
    except ImportError as problem:
        raise NoCipher("install requirements-encryption.txt") from problem
    return dbapi2


def _write_ahead(db: Database, failure: type[Exception]) -> None:
    """Switch to WAL; while another connection is at work, SQLite refuses that without waiting."""
    while True:
        try:
            db.conn.execute("PRAGMA journal_mode = WAL")
            return
        except failure as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_BUSY:
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
