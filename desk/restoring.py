"""Trusting a backup, and going on with one: what is sound, what is damaged, what stands aside."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from desk import backups, heads, store
from desk.backups import Backup
from desk.refusals import OutOfOrder, Refused
from desk.store import copies, key
from desk.store.audit import Head
from desk.store.sqlite import Sqlite

RESTORED = "restoring.restore"  # how the audit calls it
RESTORE = "python -m desk restore"
# What a backup is the way out of.
WAY_IS_RESTORE = {
    "database_gone",
    "database_empty",
    "file_no_database",
    "key_wrong",
    "file_damaged",
    "audit_broken",
    "file_older",
    "file_other",
    "file_short",
}


@dataclass(frozen=True)
class Restored:
    """What a restore did: from which backup, of which moment the database is now, and where the
    file is that was there before."""

    backup: Backup
    until: datetime
    aside: Path | None
    unsound: tuple[Refused, ...]


class Halt(Exception):
    """The desk cannot start: why, and the way out, as sentences."""

    def __init__(self, *said: Refused) -> None:
        super().__init__(*(one.code for one in said))
        self.said = said


# Trusting them.


def verify(backup: Backup) -> copies.Sound:
    """Read a backup again, through and through.

    Raises:
        OutOfOrder: it is not as it was made, or not sound.
    """
    try:
        noted = backups.beside(backup.file).read_text("ascii", "replace").split()[:1]
        if noted != [backups.sha256(backup.file)]:
            raise OutOfOrder("file_damaged", file=backup.file.name, reason="SHA-256")
    except OSError as problem:
        reason = problem.strerror or str(problem)
        raise OutOfOrder("file_damaged", file=backup.file.name, reason=reason) from problem
    return _look(backup, backups.needed())


def newest_good(*, now: datetime) -> tuple[Backup | None, list[Refused]]:
    """The newest backup that is sound now, and what is wrong with those that are newer."""
    unsound: list[Refused] = []
    there = [one for place in backups.places() for one in backups.all_of(place, now=now)]
    for one in sorted(there, key=lambda one: one.made_at, reverse=True):
        try:
            verify(one)
        except OutOfOrder as refusal:
            unsound.append(refusal)
        else:
            return one, unsound
    return None, unsound


def rehearse(*, now: datetime) -> dict[str, int]:
    """The nightly check: the database, and the newest backup of every place, read whole.

    Returns:
        How many entries the audit has, and how many backups were read.

    Raises:
        OutOfOrder: one of them is not sound, or a place has no backup.
    """
    sound = copies.look(backups.needed())
    for place in backups.places():
        there = backups.all_of(place, now=now)
        if not there:
            raise OutOfOrder("place_empty", place=str(place))
        verify(there[0])
    return {"entries": sound.head.n, "backups": len(backups.places())}


# When something is broken.


def sound(*, now: datetime) -> None:
    """The first thing at a start: is the database as it was left?

    Raises:
        Halt: it is damaged, gone, older than its backups, or of a newer program.
        OutOfOrder: it cannot be asked.
    """
    database = backups.needed() if backups.here() else None
    if database is None:
        store.one("SELECT 1 AS yes")
        return
    try:
        _as_left(database, now)
    except OutOfOrder as why:
        if why.code in WAY_IS_RESTORE:
            raise Halt(why, _way_out(why, database, now)) from why
        raise


def _as_left(database: Sqlite, now: datetime) -> None:
    last = backups.newest(now=now)
    if not database.path.exists():
        if last:
            raise OutOfOrder("database_gone", file=str(database.path))
        return
    if not last and database.path.stat().st_size == 0:
        return  # made by somebody who only looked
    noted = database.ends_at()  # before the database is read: others may be writing
    there = copies.look(database)
    if last and last.made_at > _restored_at():
        known = _end_of(last, database)
        if known.n > there.head.n:
            raise OutOfOrder("file_older", file=database.path.name, when=last.made_at)
        if known.n and copies.mac_at(database, known.n) != known.mac:
            raise OutOfOrder("file_other", file=database.path.name, when=last.made_at)
    if noted > there.head.n:
        lost = noted - there.head.n
        raise OutOfOrder("file_short", file=database.path.name, n=lost)


def _end_of(backup: Backup, database: Sqlite) -> Head:
    """The end of a backup's audit; of one that cannot be read, nothing."""
    try:
        return _look(backup, database, whole=False).head
    except OutOfOrder:
        return copies.NOTHING  # the nightly check says so


def _restored_at() -> datetime:
    """When a backup was last restored: older ones may know more than the database."""
    if copies.now(backups.needed()).head.n == 0:
        return datetime.min.replace(tzinfo=UTC)
    row = store.one(
        "SELECT at FROM audit WHERE what = :what ORDER BY n DESC LIMIT 1", what=RESTORED
    )
    return datetime.fromisoformat(row["at"]) if row else datetime.min.replace(tzinfo=UTC)


def _way_out(why: OutOfOrder, database: Sqlite, now: datetime) -> Refused:
    if why.code == "file_short" and _short_and_newest(database, now):
        return OutOfOrder("restore_itself", command=RESTORE)
    good, _unsound = newest_good(now=now)
    if good is None:
        return OutOfOrder("restore_none", places=", ".join(map(str, backups.places())))
    return OutOfOrder("restore_from", when=good.made_at, file=str(good.file), command=RESTORE)


def restore(*, now: datetime, file: Path | None = None) -> Restored:
    """Put a backup in the place of the database, which stays beside it under another name.

    Args:
        file: which one; the newest that is sound unless told. A database that lacks its end and
            still holds more than the backups do is backed up first, and so is the newest.

    Raises:
        OutOfOrder: `desk_runs`, there is none, or it is not sound. Nothing has changed then.
    """
    database = backups.needed()
    short = file is None and _short_and_newest(database, now)
    if short:
        backups.make(now=now)
    with copies.held(database, alone=True):
        unsound: list[Refused] = []
        if file is None:
            good, unsound = newest_good(now=now)
            if good is None:
                raise OutOfOrder("restore_none", places=", ".join(map(str, backups.places())))
        else:
            good = _given(file)
        head = (
            verify(good).head if backups.beside(good.file).exists() else _look(good, database).head
        )
        aside = copies.put(good.file, database, aside=now.strftime(backups.STAMP))
        store.migrate()
        store.note(store.SYSTEM, RESTORED, file=good.file.name, n=head.n)
        heads.restored(now)
    until = datetime.fromisoformat(head.at) if short and head.at else good.made_at
    return Restored(good, until, aside, tuple(unsound))


def _short_and_newest(database: Sqlite, now: datetime) -> bool:
    try:
        end = copies.look(database).head.n
    except OutOfOrder:
        return False
    last = backups.newest(now=now)
    return database.ends_at() > end >= (_end_of(last, database).n if last else 0)


def _look(backup: Backup, database: Sqlite, *, whole: bool = True) -> copies.Sound:
    return copies.look(Sqlite(backup.file, database.key), whole=whole)


def _given(file: Path) -> Backup:
    """A file somebody names, in any folder: its time is in its name, or it is the file's own."""
    if not file.is_file():
        raise OutOfOrder("no_such_file", file=str(file))
    found = re.search(r"\d{8}T\d{6}Z", file.name)
    made = (
        datetime.strptime(found[0], backups.STAMP).replace(tzinfo=UTC)
        if found
        else datetime.fromtimestamp(file.stat().st_mtime, UTC)
    )
    return Backup(file, made, file.stat().st_size)


def encrypt(file: Path) -> None:
    """Write the database, which is not encrypted, into a new file with `DESK_DATABASE_KEY`.

    Raises:
        OutOfOrder: `desk_runs`, `file_there`, `no_key`, or one of the files fails.
    """
    needed = key.database()
    if not needed:
        raise OutOfOrder("no_key", reason="DESK_DATABASE_KEY")
    _rewrite(Sqlite(Path(store.address())), Sqlite(file, needed))


def decrypt(file: Path) -> None:
    """Write the database, which is encrypted with `DESK_DATABASE_KEY`, into a new plain file.

    Raises:
        OutOfOrder: as `encrypt`.
    """
    _rewrite(backups.needed(), Sqlite(file))


def _rewrite(source: Sqlite, target: Sqlite) -> None:
    if target.path.exists():
        raise OutOfOrder("file_there", file=str(target.path))
    with copies.held(source, alone=True):
        copies.look(source)
        copies.rewrite(source, target)
