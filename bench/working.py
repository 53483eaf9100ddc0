"""A desk with so many volunteers at work, its server, and what that server holds."""

import secrets
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from datetime import time as clock
from itertools import product
from pathlib import Path

from desk import booking, places, schedule, sessions, store, times
from desk.booking import BookingForm
from desk.people import Actor
from desk.refusals import Refused
from desk.rules import ClassForm
from desk.store.engine import Writer
from tests.conftest import enrolled, prepare
from tests.server import Killable, killable

COURSE, SEATS, BOOKED, AHEAD = "basic-1-buttons", 20, 12, 3
NAMED = "bench "  # how the volunteers' names begin
EVERY = 2.0  # seconds between two looks at the server
KANA = "アカサタナハマヤラワ"


@dataclass
class Desk:
    """A server, its database, the cookies of its volunteers and the classes of today."""

    server: Killable
    database: str
    cookies: list[str]
    classes: list[str]

    def saved(self) -> int:
        """What the volunteers' saves left in the database."""
        store.use(self.database)
        by = "person_id IN (SELECT id FROM person WHERE name LIKE :named)"
        found = store.one(
            f"SELECT (SELECT COUNT(*) FROM consultation WHERE {by}) + (SELECT COUNT(*) FROM event "
            f"WHERE kind IN ('booked', 'arrived', 'not_arrived') AND {by}) AS n",
            named=f"{NAMED}%",
        )
        store.use(None)
        assert found
        return int(found["n"])


@contextmanager
def desk(folder: str, volunteers: int) -> Iterator[Desk]:
    """A running desk with the trial year, so many signed-in volunteers and classes for them."""
    database = f"{folder}/desk.sqlite3"
    prepare(database)
    store.use(database)
    classes = scheduled(times.now())
    cookies = volunteers_of(volunteers, times.now())
    store.use(None)
    with killable(database, Path(folder) / "log") as server:
        yield Desk(server, database, cookies, classes)


def volunteers_of(count: int, now: datetime) -> list[str]:
    """So many volunteers; their browsers' cookies."""
    cookies = []
    tablet = enrolled()
    with store.transaction(by=store.SYSTEM) as write:
        for number in range(count):
            id = str(uuid.uuid4())
            write.run(
                "INSERT INTO person (id, name, role, made_at) "
                "VALUES (:id, :name, 'volunteer', :at)",
                id=id,
                name=f"{NAMED}{number}",
                at=times.stamp(now),
            )
            cookies.append(session(write, id, tablet, now))
    return cookies


def session(write: Writer, person_id: str, tablet: str, now: datetime) -> str:
    """A session at a shared tablet without a sign-in; the cookies of its browser."""
    token = secrets.token_urlsafe(32)
    sessions._open(write, token, person_id, sessions.tablet_of(tablet), now)
    device = f"{sessions.DEVICE_COOKIE}={sessions.new_device()}"
    return f"{sessions.COOKIE}={token}; {device}; {sessions.TABLET_COOKIE}={tablet}"


def scheduled(now: datetime) -> list[str]:
    """A class in each free room today, with people booked, and on the days to come; today's ids."""
    staff = Actor(str(uuid.uuid4()), f"{NAMED}staff", "staff")
    with store.transaction(by=store.SYSTEM) as write:
        write.run(
            "INSERT INTO person (id, name, role, made_at) VALUES (:id, :name, :role, :at)",
            id=staff.id,
            name=staff.name,
            role=staff.role,
            at=times.stamp(now),
        )
    today = times.today(now)
    begins = times.at(today, clock(0))  # so that today's classes may be over
    made: list[str] = []
    for days in range(AHEAD + 1):
        for venue in places.venues(with_rooms=True):
            form = ClassForm(
                course_id=COURSE,
                venue_id=venue["id"],
                room_id=places.rooms(venue["id"])[0]["id"],
                day=today + timedelta(days=days),
                starts=clock(17, 30),
                ends=clock(19),
                seats=SEATS,
                reason="for the measurement",
            )
            id = str(uuid.uuid4())
            try:
                schedule.create(staff, id=id, form=form, now=begins)
            except Refused as refusal:
                if refusal.code != "room_taken":
                    raise
                continue
            if days == 0:
                made.append(id)
    for id, number in product(made, range(BOOKED)):
        name = f"ヤマダ {KANA[number // 10]}{KANA[number % 10]}"
        booked = BookingForm(id, name, residence="outside", town_id=None, reach="phone")
        booking.book(staff, id=str(uuid.uuid4()), form=booked, now=begins)
    return made


@dataclass(frozen=True)
class Held:
    """What a server held at a moment: resident MB, threads, open files, MB of the write-ahead
    log, and seconds of processor used since it began.
    """

    at: float
    rss_mb: float
    threads: int
    files: int
    wal_mb: float
    cpu_s: float


def look(desk: Desk) -> Held:
    """What the server holds now (Linux)."""
    process = Path(f"/proc/{desk.server.pid}")
    said = dict(
        line.split(":", 1) for line in (process / "status").read_text().splitlines() if ":" in line
    )
    # The name stands in brackets and may hold anything; times are the 12th and 13th after it.
    user, system = (process / "stat").read_text().rpartition(") ")[2].split()[11:13]
    wal = Path(f"{desk.database}-wal")
    return Held(
        at=time.monotonic(),
        rss_mb=int(said["VmRSS"].split()[0]) / 1024,
        threads=int(said["Threads"]),
        files=len(list((process / "fd").iterdir())),
        wal_mb=wal.stat().st_size / 1e6 if wal.exists() else 0.0,
        cpu_s=(int(user) + int(system)) / 100,
    )


@contextmanager
def watched(desk: Desk) -> Iterator[list[Held]]:
    """Looks at the server all the while; the list grows."""
    held, over = [look(desk)], threading.Event()

    def go_on() -> None:
        while not over.wait(EVERY):
            held.append(look(desk))

    watcher = threading.Thread(target=go_on)
    watcher.start()
    try:
        yield held
    finally:
        over.set()
        watcher.join()
        held.append(look(desk))
