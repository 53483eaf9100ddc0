"""Backups: a copy every quarter of an hour, in two places, each opened and read before it counts.

A backup is one file, `desk-20261126T013000Z.sqlite3` (UTC), with its SHA-256 beside it in the form
`sha256sum -c` reads. It gets that name only after it was found sound, so whatever has both names
was good when it was made. PostgreSQL has tools of its own; see docs/backups.md.

`DESK_BACKUPS` is the first place (the folder `backups` beside the database unless told),
`DESK_BACKUPS_2` the second: a mount, another disk.
"""

import fcntl
import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from desk import store, times
from desk.refusals import OutOfOrder, Refused
from desk.store import copies
from desk.store.sqlite import Sqlite

EVERY = timedelta(minutes=15)
ALL_FOR = timedelta(days=2)  # every one of them is kept so long,
DAILY_FOR = timedelta(days=35)  # then the last one of each day, and then none:
LEAST = 4  # but the newest ones, in case the clock is wrong or no new one succeeds
LATE = timedelta(minutes=45)  # the newest is older: something is wrong
AHEAD = timedelta(minutes=5)  # how much later than now the clock may have been
STAMP = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True)
class Backup:
    """A copy that was found sound when it was made."""

    file: Path
    made_at: datetime
    size: int  # bytes


# Where they are.


def places() -> list[Path]:
    """The folders backups go to, the first one first."""
    folder = Path(store.address()).parent if _file() else store.DEFAULT.parent
    first = os.environ.get("DESK_BACKUPS") or str(folder / "backups")
    second = os.environ.get("DESK_BACKUPS_2")
    return [Path(first), Path(second)] if second else [Path(first)]


def concerns() -> list[Refused]:
    """What is wrong with the places: one fire, or one thief, takes both."""
    if _file() is None:
        return []
    first, *others = places()
    if not others:
        return [OutOfOrder("one_place")]
    if not others[0].is_dir():
        return [OutOfOrder("place_away", place=str(others[0]))]
    if first.is_dir() and first.stat().st_dev == others[0].stat().st_dev:
        return [OutOfOrder("same_disk", place=str(others[0]))]
    return []


def all_of(place: Path, *, now: datetime) -> list[Backup]:
    """The backups of a place, the newest first; those from the future, by a wrong clock, last."""
    database = _file()
    if database is None or not place.is_dir():
        return []
    name = re.compile(rf"{re.escape(database.path.stem)}-(\d{{8}}T\d{{6}}Z)\.sqlite3")
    found = [
        Backup(file, datetime.strptime(match[1], STAMP).replace(tzinfo=UTC), file.stat().st_size)
        for file in place.iterdir()
        if (match := name.fullmatch(file.name)) and beside(file).exists()
    ]
    return sorted(found, key=lambda one: (one.made_at <= now + AHEAD, one.made_at), reverse=True)


def newest(*, now: datetime) -> Backup | None:
    """The newest backup of all places."""
    found = [one for place in places() for one in all_of(place, now=now)[:1]]
    return max(found, key=lambda one: one.made_at, default=None)


def here() -> bool:
    """Whether this desk makes its backups itself: with a file it does, on PostgreSQL not."""
    return _file() is not None


def beside(file: Path) -> Path:
    return file.with_name(f"{file.name}.sha256")


def _file() -> Sqlite | None:
    """The database as a file; None on PostgreSQL."""
    engine = store.engine()
    return engine if isinstance(engine, Sqlite) else None


def needed() -> Sqlite:
    database = _file()
    if database is None:
        raise OutOfOrder("backup_elsewhere")
    return database


# Making them.


def make(*, now: datetime) -> Backup:
    """Make a backup in every place and let the old ones go.

    Raises:
        OutOfOrder: none was made (`backup_runs`, `backup_wrong`, the disk, a damaged database), or
            none in the second place (`place_failed`).
    """
    database = needed()
    first, *others = places()
    with _disk():
        first.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _alone(first):
            part = first / f".{database.path.stem}.part"
            part.unlink(missing_ok=True)
            try:
                _sound_copy(database, part)
                made = _land(part, first, _name(database, first, now))
            finally:
                part.unlink(missing_ok=True)
            _age_out(first, now)
    for place in others:
        try:
            # Never made by us: a mount that is away must not become a folder on this disk.
            if not place.is_dir():
                raise FileNotFoundError(str(place))
            part = place / f".{made.name}.part"
            shutil.copyfile(made, part)
            if sha256(part) != sha256(made):
                raise OSError("what was written is not what was read")
            _land(part, place, made.name)
            _age_out(place, now)
        except OSError as problem:
            reason = problem.strerror or str(problem)
            raise OutOfOrder("place_failed", place=str(place), reason=reason) from problem
    return next(one for one in all_of(first, now=now) if one.file == made)


def _sound_copy(database: Sqlite, part: Path) -> None:
    """A copy that holds what the database held while it was made."""
    before = copies.now(database)
    copies.copy(database, part)
    copy, after = copies.look(Sqlite(part, database.key)), copies.now(database)
    still = before.head == after.head
    if not before.head.n <= copy.head.n <= after.head.n or (still and copy != before):
        raise OutOfOrder("backup_wrong")


def _land(part: Path, place: Path, name: str) -> Path:
    """Give a sound copy its name, after its SHA-256 is on the disk."""
    file = place / name
    sum_part = part.with_name(f"{part.name}.sha256")
    sum_part.write_text(f"{sha256(part)}  {name}\n", encoding="ascii")
    copies.keep(sum_part)
    copies.keep(part)
    sum_part.rename(beside(file))
    part.rename(file)
    copies.keep(file)
    return file


def _name(database: Sqlite, place: Path, now: datetime) -> str:
    """A name that is free: no backup is ever written over."""
    while (place / (name := f"{database.path.stem}-{now.strftime(STAMP)}.sqlite3")).exists():
        now += timedelta(seconds=1)
    return name


def sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _age_out(place: Path, now: datetime) -> None:
    """Let backups go by their age, as far as newer ones are there."""
    there = all_of(place, now=now)
    for one in set(there) - kept(there, now=now):
        one.file.unlink()
        beside(one.file).unlink()


def kept(there: list[Backup], *, now: datetime) -> set[Backup]:
    """Which of the backups of a place, the newest first, stay."""
    last_of_day: dict[object, Backup] = {}
    for one in there:
        last_of_day.setdefault(times.today(one.made_at), one)
    return {
        one
        for at, one in enumerate(there)
        if at < LEAST
        or now - one.made_at <= ALL_FOR
        or (now - one.made_at <= DAILY_FOR and last_of_day[times.today(one.made_at)] == one)
    }


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    """One backup at a time, of all processes."""
    opened = os.open(place / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as problem:
        raise OutOfOrder("backup_runs") from problem
    finally:
        os.close(opened)


@contextmanager
def _disk() -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        raise OutOfOrder(
            "place_failed",
            place=problem.filename or str(places()[0]),
            reason=problem.strerror or str(problem),
        ) from problem
