"""The trial year (見本): a year of practice records to look around in, and how it all leaves.

Everything is made from one seed, so two machines show the same year. Nobody in it exists: names
are put together from common ones, telephone numbers are zeros. Neighbourhoods are served unevenly
on purpose, the far ones hardly at all: that is what the planner's screens are there to show.
"""

import math
import uuid
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from desk import codes, mode, people, store, times
from desk.booking import REACH
from desk.consultations import AGE_BANDS, KINDS, MINUTES, RESULTS, TOPICS
from desk.people import Actor
from desk.refusals import Refused
from desk.schedule import steps
from desk.store.engine import Reader, Row

DAYS_BACK, DAYS_AHEAD = 365, 28
CLASSES = 130
CONSULTATIONS = 900
VOLUNTEERS = ("見本ボランティア1", "見本ボランティア2", "見本ボランティア3")
INSTRUCTORS = tuple(f"講師（見本）{letter}" for letter in "ABCDE")
LEARNERS_PER_TEACHER = 4  # 財務省 予算執行調査 2023-06 デジタル活用支援推進事業
COMES_FROM_KM = 1.0  # a visitor is e times rarer for each such distance from the desk

_OF_TRIAL_CLASS = "class_id IN (SELECT id FROM class WHERE trial = 1)"
# What leaves with the trial year, in an order the foreign keys allow.
_LEAVES = {
    "consultation": "trial = 1",
    "seat": _OF_TRIAL_CLASS,
    "booking": "trial = 1",
    "busy": _OF_TRIAL_CLASS,
    "class_instructor": _OF_TRIAL_CLASS,
    "class": "trial = 1",
    "instructor": "trial = 1",
    "person": "trial = 1",
}
_FAMILY = ("サトウ", "スズキ", "タカハシ", "タナカ", "イトウ", "ワタナベ", "ヤマモト", "ナカムラ")
_GIVEN = ("ハナコ", "ヨシコ", "カズコ", "サチコ", "キヨシ", "イサム", "トシオ", "マサオ", "フミコ")
_NOTES = ("（見本）次は写真の送り方から", "（見本）家族と来た", "（見本）紙の案内をわたした")
_REACH_NOTES = {"phone": "000-0000-0000", "neighbour": "となりの佐藤さん"}
_CLOCKS = (time(10), time(13, 30), time(14), time(15, 30))

Weights = dict[Any, float]
_REACH: Weights = dict(zip(REACH, (60, 12, 6, 14, 8), strict=True))
_AGES: Weights = dict(zip(AGE_BANDS, (4, 6, 14, 22, 24, 18, 9, 3), strict=True))
_TOPICS: Weights = dict(zip(TOPICS, (18, 12, 18, 9, 4, 5, 12, 6, 5, 4, 5, 2), strict=True))
_RESULTS: Weights = dict(zip(RESULTS, (66, 18, 6, 10), strict=True))
_KINDS: Weights = dict(zip(KINDS, (82, 12, 4, 2), strict=True))
_MINUTES: Weights = dict(zip(MINUTES, (14, 48, 30, 8), strict=True))


@dataclass
class _Year:
    """The facts a year is made from, and its rows so far, by table."""

    rng: Random
    now: datetime
    towns: list[Row]
    venues: list[Row]
    desks: list[Row]
    courses: list[Row]
    rows: dict[str, list[Row]] = field(default_factory=dict)
    used: set[tuple[str, str]] = field(default_factory=set)
    codes: set[str] = field(default_factory=set)
    crowds: dict[str, list[float]] = field(default_factory=dict)

    def add(self, table: str, **row: Any) -> None:
        self.rows.setdefault(table, []).append(row)

    def id(self) -> str:
        return str(uuid.UUID(int=self.rng.getrandbits(128), version=4))

    def pick(self, weights: Weights) -> Any:
        return self.rng.choices(list(weights), list(weights.values()))[0]

    def ids(self, table: str) -> list[str]:
        return [row["id"] for row in self.rows[table]]

    def code(self) -> str:
        code = ""
        while not code or code in self.codes:
            code = "".join(self.rng.choices(codes.ALPHABET, k=codes.LENGTH))
        self.codes.add(code)
        return code


def load(*, now: datetime, seed: int = 2026) -> dict[str, int]:
    """Write the trial year: from 365 days before `now` to 28 days after it.

    Returns:
        How many rows each table got.

    Raises:
        Refused: `trial_loaded`, or `trial_has_real` when the city has records of its own.
    """
    with store.transaction(lock="trial") as write:
        if mode.is_trial(write):
            raise Refused("trial_loaded")
        for table in ("class", "booking", "consultation"):
            if write.one(f"SELECT 1 AS yes FROM {table} WHERE trial = 0 LIMIT 1"):
                raise Refused("trial_has_real")
        year = _facts(write, Random(seed), now)
        _people(year)
        _classes(year)
        _consultations(year)
        for table, rows in year.rows.items():
            columns = list(rows[0])
            write.run_many(
                f"INSERT INTO {table} ({', '.join(columns)}) "
                f"VALUES ({', '.join(f':{column}' for column in columns)})",
                rows,
            )
        write.run("INSERT INTO setting (key, value) VALUES (:key, '1')", key=mode.KEY)
    return {table: len(rows) for table, rows in year.rows.items()}


def empty() -> dict[str, int]:
    """Erase every trial record and leave trial mode; facts and people stay.

    Returns:
        How many rows left each table.
    """
    with store.transaction(lock="trial") as write:
        gone = {
            table: write.run(f"DELETE FROM {table} WHERE {which}")
            for table, which in _LEAVES.items()
        }
        write.run("DELETE FROM setting WHERE key = :key", key=mode.KEY)
    return gone


def counts(actor: Actor) -> dict[str, int]:
    """How many rows `begin` would erase, by table."""
    people.require(actor, "begin")
    with store.engine().reading() as reader:
        return {
            table: reader.rows(f"SELECT COUNT(*) AS n FROM {table} WHERE {which}")[0]["n"]
            for table, which in _LEAVES.items()
        }


def begin(actor: Actor) -> dict[str, int]:
    """Begin for real: what `empty` does, for an administrator."""
    people.require(actor, "begin")
    return empty()


def _facts(reader: Reader, rng: Random, now: datetime) -> _Year:
    # Sorted here and not by the database: engines order Japanese text differently.
    def rows(sql: str) -> list[Row]:
        return sorted(reader.rows(sql), key=lambda row: str(row["id"]))

    older = {
        row["town_id"]: max(1.0, float(row["persons"]))
        for row in reader.rows(
            "SELECT town_id, SUM(persons) AS persons FROM population "
            "WHERE active = 1 AND band IN ('65-74', '75+') GROUP BY town_id"
        )
    }
    towns = rows("SELECT id, lat, lng FROM town WHERE active = 1")
    rooms = rows("SELECT id, venue_id, seats FROM room WHERE active = 1")
    venues = [
        {**venue, "rooms": [room for room in rooms if room["venue_id"] == venue["id"]]}
        for venue in rows("SELECT id, lat, lng FROM venue WHERE active = 1")
    ]
    return _Year(
        rng,
        now,
        [{**town, "older": older.get(town["id"], 1.0)} for town in towns],
        [venue for venue in venues if venue["rooms"]],
        rows(
            "SELECT d.id, v.lat, v.lng FROM desk d JOIN venue v ON v.id = d.venue_id "
            "WHERE d.active = 1"
        ),
        rows("SELECT id, minutes FROM course WHERE active = 1"),
    )


def _people(year: _Year) -> None:
    made_at = times.stamp(year.now - timedelta(days=DAYS_BACK))
    for name in VOLUNTEERS:
        year.add("person", id=year.id(), name=name, role="volunteer", made_at=made_at, trial=1)
    for name in INSTRUCTORS:
        year.add("instructor", id=year.id(), name=name, trial=1)


def _home(year: _Year, place: Row) -> tuple[str, str | None]:
    """Residence and town of somebody who came to a venue or desk: most live near it."""
    kind = year.pick({"town": 89, "unknown": 8, "outside": 3}) if year.towns else "unknown"
    if kind != "town":
        return kind, None
    if place["id"] not in year.crowds:
        year.crowds[place["id"]] = [
            town["older"] * math.exp(-min(_km(place, town) / COMES_FROM_KM, 50))
            for town in year.towns
        ]
    return kind, year.rng.choices(year.towns, year.crowds[place["id"]])[0]["id"]


def _km(a: Row, b: Row) -> float:
    """Straight-line kilometres; on the scale of a city the earth is flat enough."""
    east = (a["lng"] - b["lng"]) * math.cos(math.radians(a["lat"]))
    return 111.2 * math.hypot(a["lat"] - b["lat"], east)


def _classes(year: _Year) -> None:
    """A class every third day; today a full one with somebody waiting, and one with a seat left."""
    if not (year.venues and year.courses):
        return
    today = times.today(year.now)
    _class(year, today, year.venues[0], _CLOCKS[0], extra=1)
    _class(year, today, year.venues[1 % len(year.venues)], _CLOCKS[2], extra=-1)
    # The first venues of the list get most classes, and the last ones hardly any.
    shares = [1 / (rank + 1) ** 1.5 for rank in range(len(year.venues))]
    for n in range(CLASSES - 2):
        days = (DAYS_BACK + DAYS_AHEAD - 3) * n // (CLASSES - 3) - DAYS_BACK + 1
        day = today + timedelta(days=days)
        if day.weekday() == 6 or day == today:
            day += timedelta(days=1 if day + timedelta(days=1) != today else 2)
        _class(year, day, year.rng.choices(year.venues, shares)[0], year.rng.choice(_CLOCKS))


def _class(year: _Year, day: date, venue: Row, clock: time, extra: int | None = None) -> None:
    """Add a class with its bookings, unless its room or the teachers are taken.

    `extra` is how many more people want a seat than there are; None leaves it to chance.
    """
    rng, course = year.rng, year.rng.choice(year.courses)
    room = rng.choice(venue["rooms"])
    seats = min(room["seats"], rng.choice((4, 6, 8, 8)))
    starts_at = times.at(day, clock)
    ends_at = starts_at + timedelta(minutes=course["minutes"])
    teachers = rng.sample(year.ids("instructor"), -(-seats // LEARNERS_PER_TEACHER))
    needs = {
        (resource, step)
        for resource in (f"room:{room['id']}", *(f"instructor:{id}" for id in teachers))
        for step in steps(starts_at, ends_at)
    }
    if needs & year.used:
        return
    year.used |= needs
    made_by = year.ids("person")[0]
    class_id = year.id()
    year.add(
        "class",
        id=class_id,
        course_id=course["id"],
        venue_id=venue["id"],
        room_id=room["id"],
        starts_at=times.stamp(starts_at),
        ends_at=times.stamp(ends_at),
        made_at=times.stamp(min(year.now, starts_at) - timedelta(days=DAYS_AHEAD + 2)),
        made_by=made_by,
        trial=1,
    )
    for teacher in teachers:
        year.add("class_instructor", class_id=class_id, instructor_id=teacher)
    for resource, step in sorted(needs):
        year.add("busy", resource=resource, step=step, class_id=class_id)
    ahead = max(0, (day - times.today(year.now)).days)
    hoped = rng.uniform(0.35, 1.15) * seats * max(0.15, 1 - ahead / DAYS_AHEAD)
    wanted = round(hoped) if extra is None else seats + extra
    holders = _bookings(year, class_id, venue, starts_at, ends_at, seats, wanted, extra is None)
    for number in range(1, seats + 1):
        holder = holders[number - 1] if number <= len(holders) else None
        year.add("seat", class_id=class_id, number=number, booking_id=holder)


def _bookings(
    year: _Year,
    class_id: str,
    venue: Row,
    starts_at: datetime,
    ends_at: datetime,
    seats: int,
    wanted: int,
    couples: bool,
) -> list[str]:
    """Add the bookings of a class; whose each sold seat is, in order."""
    rng, holders, persons = year.rng, list[str](), 0
    last = min(year.now, starts_at - timedelta(hours=1))
    moments = sorted(last - timedelta(minutes=rng.randrange(20, 28 * 1440)) for _ in range(wanted))
    for place, made_at in enumerate(moments, 1):
        if persons >= wanted:
            break
        left = seats - len(holders)
        party = 2 if couples and left != 1 and rng.random() < 0.1 else 1
        persons += party
        residence, town_id = _home(year, venue)
        reach = year.pick(_REACH)
        seated = left >= party
        came = seated and ends_at <= year.now and rng.random() < 0.85
        arrived_at = times.stamp(starts_at - timedelta(minutes=rng.randrange(15))) if came else None
        booking_id = year.id()
        year.add(
            "booking",
            id=booking_id,
            class_id=class_id,
            code=year.code(),
            place=place,
            kana=f"{rng.choice(_FAMILY)} {rng.choice(_GIVEN)}",
            residence=residence,
            town_id=town_id,
            reach=reach,
            reach_note=_REACH_NOTES.get(reach, ""),
            party=party,
            made_at=times.stamp(made_at),
            made_by=rng.choice(year.ids("person")),
            arrived_at=arrived_at,
            trial=1,
        )
        holders += [booking_id] * (party if seated else 0)
    return holders


def _consultations(year: _Year) -> None:
    """The first desk of the list is the busiest, each further one has half as many visitors."""
    if not year.desks:
        return
    rng, today = year.rng, times.today(year.now)
    shares = [0.5**rank for rank in range(len(year.desks))]
    for _ in range(CONSULTATIONS):
        desk = rng.choices(year.desks, shares)[0]
        day = today - timedelta(days=1 + int((DAYS_BACK - 5) * rng.random() ** 1.15))
        day -= timedelta(days=max(0, day.weekday() - 4))  # weekends are closed
        minutes = rng.randrange(10 * 60, 16 * 60)
        residence, town_id = _home(year, desk)
        year.add(
            "consultation",
            id=year.id(),
            logged_at=times.stamp(times.at(day, time(minutes // 60, minutes % 60))),
            desk_id=desk["id"],
            kind=year.pick(_KINDS),
            person_id=rng.choice(year.ids("person")),
            residence=residence,
            town_id=town_id,
            age_band=year.pick(_AGES),
            topic=year.pick(_TOPICS),
            result=year.pick(_RESULTS),
            minutes=year.pick(_MINUTES),
            note=rng.choice(_NOTES) if rng.random() < 0.08 else "",
            trial=1,
        )
