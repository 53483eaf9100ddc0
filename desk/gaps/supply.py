"""Supply: how much there is at each site of a kind, within a window of the week.

Amounts are in `city.UNITS`: Wi-Fi in seats x open hours a week, classes in seats a quarter, desks
in staffed hours a quarter. A quarter is the 13 weeks that end today, so that every weekday is in
it equally often, and holidays and closed days as they really fell.

Windows (`city.WHENS`): `weekday` is 9:00–17:00 from Monday to Friday, `evening` from 17:00 on those
days, national holidays in neither; `saturday` is the whole Saturday; `any` is all of it.

`disaster` takes the sites that are shelters (指定緊急避難場所・指定避難所) and no others. Assumed:
the Wi-Fi of a shelter that is not known to be broken is opened to everybody under the name
00000JAPAN, day and night, with the seats it has on other days; the carriers may bring more, and
nobody can count on it. A desk or class at a shelter is taken with what it offers at any time, as
people who could help there: nobody knows whether they would be there, so it is marked as assumed.

What is not known is assumed low and marked: one seat; open from Monday to Friday, 9:00–17:00; a
desk of which the opening cannot be read, a morning of two hours a week. A site without anything
in the window is left out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache

import numpy as np

from desk import times
from desk.gaps.city import ANY, DISASTER, EVENING, SATURDAY, WEEKDAY, Sites
from desk.gaps.staffed import Sitting, Span, sittings
from desk.opening import UNKNOWN, Hours, holiday
from desk.wifi import Spot

WEEKS = 13
QUARTER = 7 * WEEKS  # days
DAY_AND_NIGHT = 7 * 24.0  # hours of a week
ASSUMED_DAYS, ASSUMED_OPENS, ASSUMED_CLOSES = "月火水木金", time(9), time(17)
ASSUMED_DESK = "水 10:00〜12:00"

# The weekdays of a window (Monday is 0) and its hours; the working week leaves out holidays.
_WINDOWS: dict[str, tuple[range, Span]] = {
    ANY: (range(7), (0, 24)),
    WEEKDAY: (range(5), (9, 17)),
    EVENING: (range(5), (17, 24)),
    SATURDAY: (range(5, 6), (0, 24)),
    DISASTER: (range(7), (0, 24)),
}
_WORKING = (WEEKDAY, EVENING)


@dataclass(frozen=True)
class Desk:
    """A help desk: where it is, what its opening says, and when its venue is closed."""

    id: str
    name: str
    lat: float
    lng: float
    venue_id: str
    words: str
    hours: Hours = UNKNOWN


@dataclass(frozen=True)
class Class:
    """A class that was held or is being held: where, from when, and how many seats it had."""

    venue_id: str
    venue: str
    lat: float
    lng: float
    starts_at: datetime
    seats: int


def window(when: str, day: date) -> Span | None:
    """From which to which hour a day is in the window; None when it is not in it at all."""
    days, span = _WINDOWS[when]
    if day.weekday() not in days or (when in _WORKING and holiday(day)):
        return None
    return span


def quarter(until: date) -> tuple[date, ...]:
    """The days of the 13 weeks that end with `until`."""
    return tuple(until - timedelta(days=QUARTER - 1 - n) for n in range(QUARTER))


def _shared(span: Span, other: Span | None) -> float:
    return max(0.0, min(span[1], other[1]) - max(span[0], other[0])) if other else 0.0


def assumed(hours: Hours) -> Hours:
    """The hours with what is not known of them filled in."""
    return replace(
        hours,
        days=hours.days or ASSUMED_DAYS,
        opens=hours.opens or ASSUMED_OPENS,
        closes=hours.closes or ASSUMED_CLOSES,
    )


@lru_cache(maxsize=1024)
def open_hours(hours: Hours, when: str, until: date) -> tuple[float, bool]:
    """Open hours a week within the window, and whether that was assumed in part or whole."""
    known = assumed(hours)
    if known.opens is None or known.closes is None:  # never: both have just been set
        return 0.0, True
    first, last = _hour(known.opens), _hour(known.closes)
    last += 24 if last <= first else 0
    total = 0.0
    for day in quarter(until):
        if known.closed_on(day) is None:
            total += _shared((first, last), window(when, day))
            if last > 24:
                total += _shared((0, last - 24), window(when, day + timedelta(days=1)))
    return total / WEEKS, not hours.known


def _hour(clock: time) -> float:
    return clock.hour + clock.minute / 60


def wifi(spots: Iterable[Spot], shelters: frozenset[str], when: str, until: date) -> Sites:
    """Spots by seats x open hours a week. One that does not work is no supply, one of which it is
    not known is."""
    found = []
    for spot in spots:
        if spot.state == "not_working" or (when == DISASTER and spot.venue_id not in shelters):
            continue
        hours, assumed = (
            (DAY_AND_NIGHT, False) if when == DISASTER else open_hours(spot.hours, when, until)
        )
        seats = 1 if spot.seats is None else spot.seats
        assumed = assumed or spot.seats is None
        found.append((spot.id, spot.name, spot.lat, spot.lng, seats * hours, assumed))
    return _sites(found)


def desks(every: Iterable[Desk], shelters: frozenset[str], when: str, until: date) -> Sites:
    """Desks by staffed hours a quarter, without the days on which their venue is closed."""
    found = []
    for desk in every:
        if when == DISASTER and desk.venue_id not in shelters:
            continue
        said = _read(desk.words)
        hours = staffed(said or _read(ASSUMED_DESK) or (), desk.hours, when, until)
        assumed = said is None or when == DISASTER
        found.append((desk.id, desk.name, desk.lat, desk.lng, hours, assumed))
    return _sites(found)


_read = lru_cache(maxsize=1024)(sittings)


@lru_cache(maxsize=1024)
def staffed(said: tuple[Sitting, ...], hours: Hours, when: str, until: date) -> float:
    """Staffed hours of the quarter within the window."""
    return sum(
        _shared(one.span, window(when, day))
        for day in quarter(until)
        for one in said
        if one.on(day) and hours.closed_on(day) is None
    )


def classes(every: Iterable[Class], shelters: frozenset[str], when: str, until: date) -> Sites:
    """Venues by the seats of their classes of the quarter that begin within the window."""
    first = quarter(until)[0]
    found: dict[str, Class] = {}
    seats: dict[str, int] = {}
    for one in every:
        day, clock = times.today(one.starts_at), times.local(one.starts_at).time()
        span = window(when, day)
        if not (first <= day <= until and span and span[0] <= _hour(clock) < span[1]):
            continue
        if when != DISASTER or one.venue_id in shelters:
            found[one.venue_id] = one
            seats[one.venue_id] = seats.get(one.venue_id, 0) + one.seats
    return _sites(
        [
            (id, one.venue, one.lat, one.lng, float(seats[id]), when == DISASTER)
            for id, one in sorted(found.items())
        ]
    )


def _sites(found: Sequence[tuple[str, str, float, float, float, bool]]) -> Sites:
    """Sites of rows of id, name, latitude, longitude, supply and whether it was assumed."""
    rows = [row for row in found if row[4] > 0]
    if not rows:
        return Sites.none()
    ids, names, lats, lngs, supply, assumed = zip(*rows, strict=True)
    return Sites(
        ids,
        names,
        np.array([lats, lngs], np.float64).T.copy(),
        np.array(supply, np.float64),
        np.array(assumed, np.bool_),
    )
