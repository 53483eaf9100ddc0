"""Copies of an SQLite file: making one while others write, telling whether one is sound.

A copy is made by SQLite's backup API in one step: in WAL mode it sees one moment and hinders no
writer. It is left without a write-ahead log, so that it is one file, and reading makes no other.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desk.refusals import OutOfOrder
from desk.store import audit, checksums
from desk.store.audit import Head
from desk.store.engine import Reader
from desk.store.schema import MIGRATIONS
from desk.store.sqlite import Sqlite, of_disk, reading

BESIDE = ("", "-wal", "-shm")  # the file, and what belongs to it
NOTHING = Head(0, "", "")  # the end of an audit that has not begun
# Records whose number a copy must have.
COUNTED = ("person", "class", "booking", "consultation", "wifi_spot")


@dataclass(frozen=True)
class Sound:
    """What is in a file that is as it should be: the end of its audit, and how many records."""

    head: Head
    counts: dict[str, int]


def copy(source: Sqlite, target: Path) -> None:
    """Write what the database holds at this moment into a new file, and onto the disk.

    Raises:
        OutOfOrder: the disk of one of them fails, or the database is damaged.
    """
    made = Sqlite(target, source.key)
    try:
        if checksums.has(source.header()):
            made.begin()
        from_, to = source.connect(), made.connect()
        try:
            # A connection that has read the first page knows that it has to write checksums: in
            # the log of the source they are not yet those of the pages.
            to.execute("SELECT COUNT(*) FROM sqlite_master").fetchall()
            from_.backup(to)
            to.execute("PRAGMA journal_mode = DELETE")
        finally:
            to.close()
            from_.close()
        keep(target)
    except OSError as problem:
        raise of_disk(problem) from problem
    except source.failures as problem:
        raise source.trouble(problem) or OutOfOrder("disk_failed") from problem


def keep(file: Path) -> None:
    """Wait until a file and its name are on the disk; only its owner may read it."""
    for path, flags in ((file, os.O_RDWR), (file.parent, os.O_RDONLY)):
        opened = os.open(path, flags)
        try:
            if path == file:
                os.fchmod(opened, 0o600)
            os.fsync(opened)
        finally:
            os.close(opened)


def look(database: Sqlite, *, whole: bool = True) -> Sound:
    """Read a file through and through.

    Args:
        whole: every page, every reference and the audit from its beginning; otherwise only what
            the last rows say.

    Raises:
        OutOfOrder: it is empty, no database, damaged, of a newer program, or was changed by
            somebody; `file` is its name.
    """
    file = database.path
    _open_to_us(database)
    try:
        connection = database.connect()
        try:
            if whole:
                _whole(connection, file)
            _known(connection, file)
            has_audit = _has(connection, "audit")
            head = _chain(reading(connection), file, whole=whole) if has_audit else NOTHING
            return Sound(head, _counts(connection))
        finally:
            connection.close()
    except database.failures as problem:
        code = getattr(problem, "sqlite_errorcode", 0) & 0xFF
        if code == database.driver.SQLITE_NOTADB and database.key:
            raise OutOfOrder("key_wrong", file=file.name) from problem
        told = database.trouble(problem)
        if told and told.code in ("disk_full", "disk_closed", "database_busy"):
            raise told from problem
        raise OutOfOrder("file_damaged", file=file.name, reason=str(problem)) from problem


def _open_to_us(database: Sqlite) -> None:
    """What the first bytes tell before anything is opened."""
    file = database.path
    try:
        head = database.header()
    except OSError as problem:
        raise of_disk(problem) from problem
    if not head:
        raise OutOfOrder("database_empty", file=file.name)
    plain = head.startswith(checksums.MAGIC)
    if plain and database.key:
        raise OutOfOrder("file_not_encrypted", file=file.name)
    if not plain and not database.key:
        raise OutOfOrder("file_no_database", file=file.name)
    if checksums.has(head) and not database.checksums:
        raise OutOfOrder("checksums_missing", file=file.name)
    log = Path(f"{file}-wal")
    if file.stat().st_size % checksums.PAGE and not (log.exists() and log.stat().st_size):
        # SQLite takes what a page lacks for zeros.
        raise OutOfOrder("file_damaged", file=file.name, reason="cut off")


def _whole(connection: Any, file: Path) -> None:
    """Every page and index, and that every reference leads somewhere."""
    found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if found != "ok":
        raise OutOfOrder("file_damaged", file=file.name, reason=str(found).splitlines()[-1])
    lost = connection.execute("PRAGMA foreign_key_check").fetchone()
    if lost:
        raise OutOfOrder("file_damaged", file=file.name, reason=f"{lost[0]} → {lost[2]}")


def _known(connection: Any, file: Path) -> None:
    """No migration this program has never heard of."""
    if not _has(connection, "_sqlite_migrations"):
        return
    known = {name for name, _steps in MIGRATIONS}
    for (name,) in connection.execute(
        "SELECT name FROM _sqlite_migrations WHERE migration_set = 'desk' ORDER BY name"
    ):
        if name not in known:
            raise OutOfOrder("file_newer", file=file.name, name=name)


def _chain(reader: Reader, file: Path, *, whole: bool) -> Head:
    """The end of the audit; `whole`: having gone along all of it."""
    if not whole:
        return audit.head(reader) or NOTHING
    walked = audit.walk(reader)
    if walked.broken:
        raise OutOfOrder("audit_broken", file=file.name, n=walked.broken.n)
    return walked.last or NOTHING


def _counts(connection: Any) -> dict[str, int]:
    return {
        table: connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0]
        for table in COUNTED
        if _has(connection, table)
    }


def _has(connection: Any, table: str) -> bool:
    sql = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = :table"
    return connection.execute(sql, {"table": table}).fetchone() is not None


def now(database: Sqlite) -> Sound:
    """The end of the audit and the number of records at this moment."""
    return look(database, whole=False)


def mac_at(database: Sqlite, n: int) -> str:
    """The mac of a row of the audit; "" when there is none of that number."""
    connection = database.connect()
    try:
        found = connection.execute("SELECT mac FROM audit WHERE n = :n", {"n": n}).fetchone()
    finally:
        connection.close()
    return found[0] if found else ""


def rewrite(source: Sqlite, target: Sqlite) -> Sound:
    """Write every record into a new file: with checksums, encrypted, or with neither, as `target`
    says.

    Raises:
        OutOfOrder: one of the files fails, or what was written is not what was read.
    """
    target.begin()
    from_, to = source.connect(), target.connect()
    try:
        from_.execute("BEGIN")
        to.execute("PRAGMA foreign_keys = OFF")
        to.execute("BEGIN IMMEDIATE")
        made = from_.execute(
            "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL "
            "AND name NOT LIKE 'sqlite!_%' ESCAPE '!'"
        ).fetchall()
        tables = [(name, sql) for kind, name, sql in made if kind == "table"]
        for name, sql in tables:
            to.execute(sql)
            rows = from_.execute(f'SELECT * FROM "{name}"')
            places = ", ".join("?" * len(rows.description))
            to.executemany(f'INSERT INTO "{name}" VALUES ({places})', rows)
        for kind, _name, sql in made:
            if kind != "table":
                to.execute(sql)
        to.execute("COMMIT")
        for name, _sql in tables:
            if _rows(from_, name) != _rows(to, name):
                raise OutOfOrder("file_damaged", file=target.path.name, reason=name)
    finally:
        to.close()
        from_.close()
    keep(target.path)
    return look(target)


def _rows(connection: Any, table: str) -> list[str]:
    return sorted(map(repr, connection.execute(f'SELECT * FROM "{table}"')))


def put(file: Path, database: Sqlite, *, aside: str) -> Path | None:
    """Put a checked file where the database is; the one that is there goes aside, with its log.

    Returns:
        Where the file that was there is now; None when there was none.
    """
    there = database.path
    new = there.with_name(f"{there.name}-restoring")
    new.unlink(missing_ok=True)
    with file.open("rb") as read, open(os.open(new, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as out:
        while piece := read.read(1 << 20):
            out.write(piece)
    keep(new)
    moved = there.with_name(f"{there.name}-aside-{aside}")
    found = there.exists()
    for end in reversed(BESIDE):  # the log before its file, which would be wrong without it
        old = Path(f"{there}{end}")
        if old.exists():
            old.rename(f"{moved}{end}")
    new.rename(there)
    keep(there)
    return moved if found else None


@contextmanager
def held(database: Sqlite, *, alone: bool) -> Iterator[None]:
    """Say that the desk runs on this file, as many processes as like; or be `alone` with it.

    Raises:
        OutOfOrder: `desk_runs`, when one wants to be alone and is not, or the other way round.
    """
    database.path.parent.mkdir(parents=True, exist_ok=True)
    with _locked(Path(f"{database.path}-running"), fcntl.LOCK_EX if alone else fcntl.LOCK_SH):
        yield


@contextmanager
def _locked(path: Path, how: int) -> Iterator[None]:
    try:
        opened = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as problem:
        raise of_disk(problem) from problem
    try:
        try:
            fcntl.flock(opened, how | fcntl.LOCK_NB)
        except BlockingIOError as problem:
            raise OutOfOrder("desk_runs") from problem
        yield
    finally:
        os.close(opened)
