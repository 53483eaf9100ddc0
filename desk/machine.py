"""The machine under the desk: is it well? For administrators, and for whoever watches from afar."""

import platform
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from desk import backups, chores, mode, store
from desk.backups import Backup
from desk.chores import Run
from desk.people import Actor, require
from desk.refusals import OutOfOrder, Refused
from desk.store import checksums
from desk.store.sqlite import Sqlite

LEAST_FREE = 1_000_000_000  # bytes on a disk: below, it will soon be full


@dataclass(frozen=True)
class Place:
    """A folder of backups: the newest first; bytes free on its disk, None when it is away."""

    path: Path
    backups: list[Backup]
    free: int | None


@dataclass(frozen=True)
class Report:
    """How the machine is. `concerns` are what somebody should do something about.

    `protected`: "encrypted", "checksums", or "" for a file with neither or another machine's
    database. `asides`: databases that were put aside by a restore, and hold people's names.
    """

    database: str
    python: str
    protected: str
    concerns: list[Refused]
    places: list[Place]
    runs: list[Run]
    free: int | None
    asides: list[Path]


def report(actor: Actor, *, now: datetime) -> Report:
    """Everything an administrator should know of the machine."""
    require(actor, "manage_people")
    places = [_place(path, now) for path in backups.places()] if backups.here() else []
    database = backups.needed() if backups.here() else None
    file = database.path if database else None
    free = shutil.disk_usage(file.parent).free if file else None
    return Report(
        database=store.engine().version(),
        python=platform.python_version(),
        protected=_protected(database),
        concerns=[*backups.concerns(), *_concerns(places, free, now)],
        places=places,
        runs=chores.last(),
        free=free,
        asides=sorted(file.parent.glob(f"{file.name}-aside-*Z")) if file else [],
    )


def backup_now(actor: Actor, *, now: datetime) -> Backup:
    """Make a backup at once.

    Raises:
        OutOfOrder: as `backups.make`.
    """
    require(actor, "manage_people")
    return backups.make(now=now)


def health(*, now: datetime) -> dict[str, str | bool]:
    """What anybody may ask: the engine, trial or real, and whether the backups are made.

    `backup` is "fresh", "late", "none", or "elsewhere" on PostgreSQL; `ok` is false when it is
    late or there is none.

    Raises:
        OutOfOrder: the database does not answer.
    """
    backup = _backup(now)
    return {
        "ok": backup in ("fresh", "elsewhere"),
        "database": store.engine().version(),
        "trial": mode.is_trial(),
        "backup": backup,
    }


def _backup(now: datetime) -> str:
    if not backups.here():
        return "elsewhere"
    good = next((run.good_at for run in chores.last() if run.chore.name == "backup"), None)
    return "none" if good is None else "late" if now - good > backups.LATE else "fresh"


def _place(path: Path, now: datetime) -> Place:
    free = shutil.disk_usage(path).free if path.is_dir() else None
    return Place(path, backups.all_of(path, now=now), free)


def _protected(database: Sqlite | None) -> str:
    if database is None:
        return ""
    header = database.header()
    if not header.startswith(checksums.MAGIC):
        return "encrypted"
    return "checksums" if checksums.has(header) else ""


def _concerns(places: list[Place], free: int | None, now: datetime) -> list[Refused]:
    found: list[Refused] = []
    if _backup(now) in ("late", "none"):
        found.append(OutOfOrder("backup_late"))
    disks = [free, *(place.free for place in places)]
    if any(one is not None and one < LEAST_FREE for one in disks):
        found.append(OutOfOrder("disk_nearly_full"))
    return found
