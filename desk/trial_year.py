"""A made-up year (見本): its people, classes and consultations, as rows.

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

from desk import codes, opening, times, trial_answers
from desk.booking import REACH
from desk.consultations import AGE_BANDS, KINDS, MINUTES, RESULTS, TOPICS
from desk.guide import procedures
from desk.occupancy import steps
from desk.store.engine import Reader, Row

DAYS_BACK, DAYS_AHEAD = 365, 28
CLASSES = 130
CONSULTATIONS = 900
VOLUNTEERS = ("見本ボランティア1", "見本ボランティア2", "見本ボランティア3")
INSTRUCTORS = tuple(f"講師（見本）{letter}" for letter in "ABCDE")
LEARNERS_PER_TEACHER = 4  # 財務省 予算執行調査 2023-06 デジタル活用支援推進事業
COMES_FROM_KM = 1.0  # a visitor is e times rarer for each such distance from the desk

_FAMILY = ("サトウ", "スズキ", "タカハシ", "タナカ", "イトウ", "ワタナベ", "ヤマモト", "ナカムラ")
_GIVEN = ("ハナコ", "ヨシコ", "カズコ", "サチコ", "キヨシ", "イサム", "トシオ", "マサオ", "フミコ")
_NOTES = ("（見本）次は写真の送り方から", "（見本）家族と来た", "（見本）紙の案内をわたした")
_REACH_NOTES = {"phone": "000-0000-0000", "neighbour": "となりの佐藤さん"}
_CLOCKS = (time(10), time(13, 30), time(14), time(15, 30))

Weights = dict[Any, float]
_REACH: Weights = dict(zip(REACH, (58, 12, 6, 4, 13, 7), strict=True))
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
    hours: dict[str, opening.Hours] = field(default_factory=dict)
    crowds: dict[str, list[float]] = field(default_factory=dict)
    events: dict[str, int] = field(default_factory=dict)

    def add(self, table: str, **row: Any) -> None:
        self.rows.setdefault(table, []).append(row)

    def event(self, class_id: str, kind: str, at: str, **facts: Any) -> None:
        """A line of a class's journal."""
        self.events[class_id] = number = self.events.get(class_id, 0) + 1
        row = {"booking_id": None, "amount": 0, "person_id": self.ids("person")[0], **facts}
        self.add("event", class_id=class_id, number=number, kind=kind, at=at, trial=1, **row)

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


def make(reader: Reader, *, now: datetime, seed: int) -> dict[str, list[Row]]:
    """A year's rows by table: from 365 days before `now` to 28 days after it."""
    year = _facts(reader, Random(seed), now)
    _people(year)
    _classes(year)
    _consultations(year)
    # A chance of its own: the rest of the year is what it was before these were asked.
    chance = Random(f"{seed} answers")
    of_topic: dict[str, list[str]] = {}
    for one in procedures.of_files().values():
        of_topic.setdefault(one.topic, []).append(one.id)
    for row in year.rows.get("consultation", ()):
        row |= trial_answers.answers(chance, row, of_topic)
    return year.rows


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
        hours=opening.all_hours(reader),
    )


def _people(year: _Year) -> None:
    made_at = times.stamp(year.now - timedelta(days=DAYS_BACK))
    for name in VOLUNTEERS:
        year.add("person", id=year.id(), name=name, role="volunteer", made_at=made_at, trial=1)
    for name in INSTRUCTORS:
        trained_on = (times.today(year.now) - timedelta(days=DAYS_BACK + 30)).isoformat()
        year.add(
            "instructor",
            id=year.id(),
            name=name,
            role="lecturer",
            trained_on=trained_on,
            trial=1,
        )


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
        venue = year.rng.choices(year.venues, shares)[0]
        while day.weekday() == 6 or day == today or year.hours[venue["id"]].closed_on(day):
            day += timedelta(days=1)
        _class(year, day, venue, year.rng.choice(_CLOCKS))
    _hold_one(year)


def _hold_one(year: _Year) -> None:
    """Of the next full class, or the next at all, keep the last seat for somebody to be called."""
    ahead = times.stamp(year.now + timedelta(hours=20))
    coming = {row["id"]: row["starts_at"] for row in year.rows["class"] if row["starts_at"] > ahead}
    sold = [row for row in year.rows["seat"] if row["booking_id"] and row["class_id"] in coming]
    if not sold:
        return
    first = min(sold, key=lambda row: coming[row["class_id"]])["class_id"]
    whose = [row["booking_id"] for row in sold if row["class_id"] == first][-1]
    booking = next(row for row in year.rows["booking"] if row["id"] == whose)
    until = times.stamp(times.at(times.today(year.now) + timedelta(days=1), time(17)))
    booking |= {"held_until": min(until, coming[first])}
    for row in year.rows["event"]:
        if row["booking_id"] == whose and row["kind"] == "seated":
            row |= {"kind": "held", "at": times.stamp(year.now - timedelta(hours=1))}


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
    made_at = times.stamp(min(year.now, starts_at) - timedelta(days=DAYS_AHEAD + 2))
    year.add(
        "class",
        id=class_id,
        course_id=course["id"],
        venue_id=venue["id"],
        room_id=room["id"],
        starts_at=times.stamp(starts_at),
        ends_at=times.stamp(ends_at),
        made_at=made_at,
        made_by=made_by,
        published_at=made_at,
        changed_at=made_at,
        trial=1,
    )
    year.event(class_id, "resized", made_at, amount=seats)
    year.event(class_id, "published", made_at)
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
    names: set[tuple[str, str | None]] = set()
    arrivals: list[tuple[str, dict[str, Any]]] = []
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
        kana = ""
        while not kana or (kana, town_id) in names:
            kana = f"{rng.choice(_FAMILY)} {rng.choice(_GIVEN)}"
        names.add((kana, town_id))
        facts = {"booking_id": booking_id, "amount": party}
        year.event(class_id, "booked", times.stamp(made_at), **facts)
        if seated:
            year.event(class_id, "seated", times.stamp(made_at), **facts)
        if arrived_at:
            arrivals.append((arrived_at, facts))
        year.add(
            "booking",
            id=booking_id,
            class_id=class_id,
            code=year.code(),
            place=place,
            kana=kana,
            residence=residence,
            town_id=town_id,
            reach=reach,
            reach_note=_REACH_NOTES.get(reach, ""),
            party=party,
            made_at=times.stamp(made_at),
            made_by=rng.choice(year.ids("person")),
            arrived_at=arrived_at,
            held_until=None,
            trial=1,
        )
        holders += [booking_id] * (party if seated else 0)
    for at, facts in sorted(arrivals, key=lambda one: one[0]):
        year.event(class_id, "arrived", at, **facts)
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
