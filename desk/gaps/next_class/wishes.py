"""What people asked for and did not get, from the store: the evidence `advice` goes by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from desk import seats, times, turned_down
from desk.consultations import TOPICS
from desk.gaps.city import Counts, Floats
from desk.gaps.next_class import free, topics
from desk.gaps.next_class.advice import Evidence
from desk.store.engine import Reader, Row


@dataclass(frozen=True)
class Known:
    """The numbers of neighbourhoods and venues among the places, and of candidate venues and
    courses, by their ids."""

    places: Mapping[str, int]
    venues: Mapping[str, int]
    courses: Mapping[str, int]


@dataclass(frozen=True)
class Wishes:
    """The evidence, and the share of consultations (0–1) of which no neighbourhood is known."""

    evidence: Evidence
    nowhere: float


def read(reader: Reader, known: Known, *, now: datetime, days: int) -> Wishes:
    """What was asked, missed and turned down in the last `days`.

    Somebody on a waitlist counts in a class of that time or one to come; who has no known
    neighbourhood in the city counts where the class was, and not at all as one who found it far.
    """
    period = {"first": times.stamp(now - timedelta(days=days)), "now": times.stamp(now)}
    asked, nowhere = _asked(reader, known, period)
    waiting = np.zeros((len(known.places), len(known.courses)))
    for row in reader.rows(_WAITING, **period):
        _count(waiting, known, row, int(row["persons"]))
    far, untimely = list[tuple[int, ...]](), list[tuple[int, ...]]()
    for row in reader.rows(_TURNED_DOWN, **period):
        place, course = _place(known, row), known.courses.get(row["course_id"])
        if place is None or course is None:
            continue
        if row["why"] == turned_down.FULL:
            waiting[place, course] += 1
        elif row["why"] == turned_down.TIME:
            untimely.append((place, course, free.slot_of(times.moment(row["starts_at"]))))
        elif row["town_id"] in known.places:
            far.append((place, course, known.venues.get(row["venue_id"], -1)))
    taken, offered = np.zeros(len(free.SLOTS)), np.zeros(len(free.SLOTS))
    for row in reader.rows(_HELD, **period):
        slot = free.slot_of(times.moment(row["starts_at"]))
        taken[slot] += int(row["booked"]) + int(row["waiting"])
        offered[slot] += int(row["seats"])
    evidence = Evidence(
        asked=asked,
        teaches=teaches(known.courses),
        waiting=waiting,
        far=_rows(far),
        untimely=_rows(untimely),
        taken=taken,
        seats=offered,
        far_times=np.ones(len(far)),
        untimely_times=np.ones(len(untimely)),
    )
    return Wishes(evidence, nowhere)


def teaches(courses: Mapping[str, int]) -> Floats:
    """Of each topic, the share of each course that is near to it, evenly; none where none is."""
    found = np.zeros((len(TOPICS), len(courses)))
    for number, topic in enumerate(TOPICS):
        near = [courses[one] for one in topics.courses()[topic] if one in courses]
        found[number, near] = 1 / len(near) if near else 0
    return found


def _asked(reader: Reader, known: Known, period: Mapping[str, str]) -> tuple[Floats, float]:
    numbers = {topic: number for number, topic in enumerate(TOPICS)}
    asked, unknown, every = np.zeros((len(known.places), len(TOPICS))), 0, 0
    for row in reader.rows(_ASKED, **period):
        count = int(row["n"])
        every += count
        place = known.places.get(row["town_id"] or "")
        if place is None:
            unknown += count if row["residence"] != "outside" else 0
            continue
        for topic in (row["topic"], *row["also"].splitlines()):
            asked[place, numbers[topic]] += count
    return asked, unknown / every if every else 0.0


def _place(known: Known, row: Row) -> int | None:
    """Where somebody lives; where the class is, when that is not known."""
    town = known.places.get(row["town_id"] or "")
    return known.places.get(row["venue_id"]) if town is None else town


def _count(into: Floats, known: Known, row: Row, persons: int) -> None:
    place, course = _place(known, row), known.courses.get(row["course_id"])
    if place is not None and course is not None:
        into[place, course] += persons


def _rows(found: Sequence[tuple[int, ...]]) -> Counts:
    return np.array(found, np.int64).reshape(-1, 3)


_ASKED = (
    "SELECT residence, town_id, topic, also, COUNT(*) AS n FROM consultation_now "
    "WHERE logged_at >= :first AND logged_at <= :now GROUP BY residence, town_id, topic, also"
)
_WAITING = (
    "SELECT b.town_id, c.venue_id, c.course_id, SUM(b.party) AS persons FROM booking b "
    f"JOIN class c ON c.id = b.class_id WHERE {seats.WAITING} AND c.status = 'open' "
    "AND c.starts_at >= :first AND b.made_at <= :now GROUP BY b.town_id, c.venue_id, c.course_id"
)
_TURNED_DOWN = (
    "SELECT t.town_id, t.why, c.venue_id, c.course_id, c.starts_at FROM turned_down t "
    "JOIN class c ON c.id = t.class_id WHERE t.at >= :first AND t.at <= :now ORDER BY t.id"
)
_HELD = (
    "SELECT c.starts_at, "
    "(SELECT COUNT(*) FROM seat s WHERE s.class_id = c.id) AS seats, "
    "(SELECT COUNT(*) FROM seat s WHERE s.class_id = c.id AND s.booking_id IS NOT NULL) AS booked, "
    f"(SELECT COALESCE(SUM(b.party), 0) FROM booking b WHERE b.class_id = c.id AND {seats.WAITING})"
    " AS waiting FROM class c WHERE c.status = 'open' AND c.published_at IS NOT NULL "
    "AND c.starts_at >= :first AND c.starts_at <= :now"
)
