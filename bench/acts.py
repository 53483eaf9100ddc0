"""Bookings and consultations to do while something goes wrong."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time, timedelta
from random import Random

from desk import booking, consultations, facts, places, schedule, store, times
from desk.booking import BookingForm
from desk.consultations import AGE_BANDS, TOPICS, ConsultationForm
from desk.people import Actor
from desk.refusals import Refused
from desk.rules import ClassForm

CLASSES, SEATS = 6, 20
KANA = "アイウエオカキクケコサシスセソタチツテトナニヌネノ"


@dataclass(frozen=True)
class Act:
    """Something to do: `what` is one of `bench.whole.COLUMNS`, `id` that of its row."""

    what: str
    id: str
    write: Callable[[], object]

    def do(self) -> str:
        """The id when it is acknowledged; nothing when it was refused."""
        try:
            self.write()
        except Refused:
            return ""
        return self.id


def city(database: str) -> tuple[Actor, list[str]]:
    """A database with the city's facts, one member of staff, and classes to come."""
    now = times.now()
    store.use(database)
    store.migrate()
    facts.load(now=now)
    actor = worker()
    course = store.rows("SELECT id FROM course ORDER BY id")[0]["id"]
    venue = places.venues(with_rooms=True)[0]["id"]
    room = places.rooms(venue)[0]["id"]
    first = times.today(now) + timedelta(days=2)
    made = [_class(actor, course, venue, room, first + timedelta(days=n)) for n in range(CLASSES)]
    with store.engine()._open() as db:
        db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.use(None)
    return actor, made


def worker() -> Actor:
    """A member of staff, registered."""
    actor = Actor(str(uuid.uuid4()), "bench", "staff")
    with store.transaction(by=store.SYSTEM) as write:
        write.run(
            "INSERT INTO person (id, name, role, made_at) VALUES (:id, :name, :role, :at)",
            id=actor.id,
            name=actor.name,
            role=actor.role,
            at=times.stamp(times.now()),
        )
    return actor


def _class(actor: Actor, course: str, venue: str, room: str, day: date) -> str:
    form = ClassForm(course, venue, room, day, time(10), time(11), SEATS, reason="a bench")
    return schedule.create(actor, id=str(uuid.uuid4()), form=form, now=times.now()).id


def acts(actor: Actor, classes: list[str], dice: Random, count: int) -> list[Act]:
    """So many, about half of either kind; some bookings find no seat and wait."""
    found = []
    for _ in range(count):
        id = str(uuid.UUID(int=dice.getrandbits(128), version=4))
        kind = dice.choice((_booking, _consultation))
        found.append(kind(actor, id, classes, dice))
    return found


def _booking(actor: Actor, id: str, classes: list[str], dice: Random) -> Act:
    kana = "".join(dice.choices(KANA, k=6))
    party = dice.choice((1, 1, 2))
    form = BookingForm(dice.choice(classes), kana, "unknown", None, "none", party=party)
    return Act("booking.id", id, lambda: booking.book(actor, id=id, form=form, now=times.now()))


def _consultation(actor: Actor, id: str, _classes: list[str], dice: Random) -> Act:
    age, topic = dice.choice(list(AGE_BANDS)), dice.choice(list(TOPICS))
    note = "あ" * dice.randrange(140)

    def write() -> object:
        desk = places.desks()[0]["id"]
        form = ConsultationForm(desk, "walk_in", "unknown", None, age, topic, note=note)
        return consultations.log(actor, id=id, form=form, now=times.now())

    return Act("consultation.id", id, write)
