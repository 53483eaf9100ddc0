"""The store as the method sees it: one `City`, read in one go."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import numpy as np

from desk import forms, opening, places, store, times, wifi
from desk.gaps import need, supply
from desk.gaps.city import CLASS, DESK, WHENS, WIFI, City, Settings, Use
from desk.people import Actor, require
from desk.places import Town
from desk.refusals import N_
from desk.store.engine import Reader, Row


def city(actor: Actor, settings: Settings, *, now: datetime) -> City:
    """Neighbourhoods with their need, the sites of every kind within `settings.when`, and what was
    used in the `settings.days` days up to `now`.

    A use of a desk is a consultation that is not marked as a return visit: those of which it is
    not known are counted, for in a rush and on paper nobody asks. A use of a class is a person
    with a seat in a class that has begun and was not cancelled. Who lives in a neighbourhood that
    is no longer on the list counts as of no known neighbourhood.

    Raises:
        NotAllowed: for anybody but staff, planners and administrators.
        Refused: `choice_unknown` for a window that is none of `WHENS`, `use_rates_missing` when
            there are people and no rates of internet use.
    """
    require(actor, "see_neighbourhoods")
    when = forms.choice(settings.when, WHENS, label=N_("Time of the week"), field="when")
    today = times.today(now)
    period = {
        "first": times.stamp(now - timedelta(days=settings.days)),
        "now": times.stamp(now),
    }
    with store.snapshot() as reader:
        towns = tuple(places.towns(reader))
        made_up = reader.rows("SELECT 1 AS trial FROM town WHERE active = 1 AND trial = 1 LIMIT 1")
        needs = need.read(reader)
        shelters = _shelters(reader)
        spots = wifi.spots(reader)
        desks = _desks(reader)
        held = _classes(reader, first=supply.quarter(today)[0], now=now)
        asked = reader.rows(_CONSULTATIONS, **period)
        seated = reader.rows(_SEATS, **period)
    people = [needs.by_town.get(town.id) for town in towns]
    trial = any(row["trial"] for rows in (made_up, desks, held, asked, seated) for row in rows)
    return City(
        towns=towns,
        counted=np.array([one is not None for one in people], np.bool_),
        persons_65_74=np.array([one.persons_65_74 if one else 0 for one in people], np.int64),
        persons_75_plus=np.array([one.persons_75_plus if one else 0 for one in people], np.int64),
        need=np.array([one.persons_in_need if one else 0 for one in people], np.float64),
        sites={
            DESK: supply.desks([_desk(row) for row in desks], shelters, when, today),
            CLASS: supply.classes([_class(row) for row in held], shelters, when, today),
            WIFI: supply.wifi(spots, shelters, when, today),
        },
        used={DESK: _use(asked, towns), CLASS: _use(seated, towns)},
        trial=trial or needs.trial or any(one.trial for one in spots),
    )


def _shelters(reader: Reader) -> frozenset[str]:
    return frozenset(
        row["id"] for row in reader.rows("SELECT id FROM venue WHERE active = 1 AND shelter = 1")
    )


def _desks(reader: Reader) -> list[Row]:
    hours = opening.all_hours(reader)
    return [
        {**row, "open": hours.get(row["venue_id"], opening.UNKNOWN)}
        for row in reader.rows(
            "SELECT d.id, d.name, d.venue_id, d.hours AS words, d.trial, v.lat, v.lng "
            "FROM desk d JOIN venue v ON v.id = d.venue_id WHERE d.active = 1 ORDER BY d.id"
        )
    ]


def _desk(row: Row) -> supply.Desk:
    return supply.Desk(
        id=row["id"],
        name=row["name"],
        lat=row["lat"],
        lng=row["lng"],
        venue_id=row["venue_id"],
        words=row["words"],
        hours=row["open"],
    )


def _classes(reader: Reader, *, first: date, now: datetime) -> list[Row]:
    return reader.rows(
        "SELECT c.starts_at, c.venue_id, v.name AS venue, v.lat, v.lng, c.trial, "
        "(SELECT COUNT(*) FROM seat s WHERE s.class_id = c.id) AS seats "
        "FROM class c JOIN venue v ON v.id = c.venue_id "
        "WHERE c.status = 'open' AND c.published_at IS NOT NULL "
        "AND c.starts_at >= :first AND c.starts_at <= :now ORDER BY c.starts_at, c.id",
        first=times.bounds(first)[0],
        now=times.stamp(now),
    )


def _class(row: Row) -> supply.Class:
    return supply.Class(
        venue_id=row["venue_id"],
        venue=row["venue"],
        lat=row["lat"],
        lng=row["lng"],
        starts_at=times.moment(row["starts_at"]),
        seats=int(row["seats"]),
    )


# Uses of a period by where people live: residence, town_id, n, and trial when one of them is.
_CONSULTATIONS = (
    "SELECT residence, town_id, COUNT(*) AS n, MAX(trial) AS trial FROM consultation_now "
    "WHERE visit <> 'again' AND logged_at >= :first AND logged_at <= :now "
    "GROUP BY residence, town_id"
)
_SEATS = (
    "SELECT b.residence, b.town_id, COUNT(*) AS n, MAX(b.trial) AS trial FROM seat s "
    "JOIN booking b ON b.id = s.booking_id JOIN class c ON c.id = s.class_id "
    "WHERE c.status = 'open' AND c.published_at IS NOT NULL "
    "AND c.starts_at >= :first AND c.starts_at <= :now GROUP BY b.residence, b.town_id"
)


def _use(rows: list[Row], towns: Sequence[Town]) -> Use:
    """Uses in the order of the neighbourhoods."""
    by_town = {row["town_id"]: int(row["n"]) for row in rows if row["town_id"]}
    observed = np.array([by_town.pop(town.id, 0) for town in towns], np.int64)
    elsewhere = {row["residence"]: int(row["n"]) for row in rows if not row["town_id"]}
    nowhere = elsewhere.get("unknown", 0) + sum(by_town.values())
    return Use(observed, nowhere, elsewhere.get("outside", 0))
