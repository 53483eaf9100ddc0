"""The power fails at 5,000 moments of bookings and logs; what is left is opened by the desk.

Keys: points, lost (bookings and consultations that had been acknowledged and are not there),
corrupt (points at which the file, its keys, its seats or the audit's chain are not whole, or the
desk cannot be opened). Two controls, which must not be 0 or this measured nothing: control_lost
(the same with `synchronous = NORMAL`) and control_corrupt (with `OFF`), of control_points each.

`booking.book` and `consultations.log` run as they are, through `desk.store`; only the module under
it is another, apsw with a VFS of its own (`bench.dying_disk` says what a power cut may do). Of
every other stretch a second connection is open, as on a server at work: then nothing is written
back when a connection closes. What is acknowledged is what has returned. Each image is opened with
the SQLite the desk carries, and migrated as at every start.
"""

import contextlib
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

from bench import whole
from bench.acts import Act, acts, city
from bench.dying_disk import Connection, Death, Disk, Note
from desk import store
from desk.store import sqlite

POINTS, CONTROL, SEED = 5_000, 500, 2026
FULL, NORMAL, OFF = "FULL", "NORMAL", "OFF"
ACTS = 120  # bookings and consultations of one life of a database
POINTS_EACH = 250  # moments looked at of one life
STRETCH = 12  # bookings and consultations between two changes of what else is open
MOST_TOLD = 5


def run(points: int = POINTS, control: int = CONTROL) -> dict[str, float]:
    """points, lost, corrupt, control_points, control_lost, control_corrupt."""
    found, normal, off = (
        lives(wanted, sync, SEED)
        for wanted, sync in ((points, FULL), (control, NORMAL), (control, OFF))
    )
    return {
        "points": found.points,
        "lost": found.lost,
        "corrupt": found.corrupt,
        "control_points": normal.points,
        "control_lost": normal.lost,
        "control_corrupt": off.corrupt,
    }


@dataclass
class Found:
    """What came of the moments that were looked at."""

    points: int = 0
    lost: int = 0
    corrupt: int = 0
    acknowledged: int = 0
    notes: int = 0


def lives(points: int, sync: str, seed: int) -> Found:
    """Work on one database after the other until so many moments have been looked at."""
    found, dice = Found(), Random(seed)
    with tempfile.TemporaryDirectory(dir=memory()) as name:
        folder = Path(name)
        template = folder / "template.sqlite3"
        begin(template)
        actor, classes = city(str(template))
        while found.points < points:
            todo = acts(actor, classes, dice, ACTS)
            death, notes = live(template, folder / "desk.sqlite3", todo, sync, dice)
            found.acknowledged += sum(note.what == "mark" for note in notes)
            found.notes += len(notes)
            wanted = min(POINTS_EACH, points - found.points)
            for lost, wrong in deaths(death, notes, folder / "found", wanted, dice):
                if sync == FULL and (lost or wrong):
                    print([*lost, *wrong][:MOST_TOLD], file=sys.stderr)
                found.points += 1
                found.lost += len(lost)
                found.corrupt += bool(wrong)
    print(f"{sync}: {found}", flush=True)
    return found


def begin(file: Path) -> None:
    """An empty database without room for checksums in its pages: apsw has none to write there."""
    connection = sqlite3.connect(file)
    connection.execute("VACUUM")  # writes the first page
    connection.close()


def memory() -> str | None:
    """A folder in memory where there is one: what is durable is decided here, not by the disk."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


def live(
    template: Path, database: Path, todo: list[Act], sync: str, dice: Random
) -> tuple[Death, list[Note]]:
    """Do it all on a copy of the template; where it began, and what was asked of the disk."""
    for left in database.parent.glob(f"{database.name}*"):
        left.unlink()
    database.write_bytes(template.read_bytes())
    disk = Disk()
    death = Death.before(disk, {database.name: database.read_bytes()})
    store.use(str(database))
    with through_apsw(sync), contextlib.ExitStack() as others:
        for number, act in enumerate(todo):
            if number % STRETCH == 0:
                others.close()
                if dice.random() < 0.5:
                    other = others.enter_context(store.engine().reading())
                    other.rows("SELECT id FROM class")
            if id := act.do():
                disk.note("mark", name=id, data=act.what.encode())
        disk.noting = False
    store.use(None)
    disk.unregister()
    return death, disk.notes


@contextmanager
def through_apsw(sync: str) -> Iterator[None]:
    """The store of this process goes through apsw."""
    kept = sqlite.sqlite3

    def connect(path: str, **_how: Any) -> Connection:
        return Connection(path, sync)

    sqlite.sqlite3 = SimpleNamespace(**{**vars(kept), "connect": connect})
    try:
        yield
    finally:
        sqlite.sqlite3 = kept


def deaths(
    death: Death, notes: list[Note], image: Path, wanted: int, dice: Random
) -> Iterator[tuple[list[str], list[str]]]:
    """At so many moments: which acknowledged are lost, and what is not whole."""
    moments = sorted(dice.choices(range(1, len(notes) + 1), k=wanted))
    acknowledged: list[tuple[str, str]] = []
    done = 0
    for moment in moments:
        for note in notes[done:moment]:
            death.go(note)
            if note.what == "mark":
                acknowledged.append((note.data.decode(), note.name))
        done = moment
        yield looked_at(death.image(dice), image, acknowledged)


def looked_at(
    files: dict[str, bytes], folder: Path, acknowledged: list[tuple[str, str]]
) -> tuple[list[str], list[str]]:
    """Open what a power cut left, as the next start does."""
    folder.mkdir(exist_ok=True)
    for left in folder.iterdir():
        left.unlink()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    store.use(str(folder / "desk.sqlite3"))
    try:
        store.migrate()
        return whole.missing(acknowledged), whole.faults()
    except store.failures() as problem:
        return [], [f"cannot be opened: {problem}"]
    finally:
        store.use(None)
