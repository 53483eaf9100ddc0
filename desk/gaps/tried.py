"""What was tried near a neighbourhood: classes held, desks, Wi-Fi, and actions of the city."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from desk import places, store, times
from desk.gaps.acts import actions
from desk.gaps.acts.actions import Action
from desk.gaps.city import DESK, DETOUR, WIFI, City, Settings, Sites
from desk.gaps.rows import Place
from desk.places import Town
from desk.refusals import N_
from desk.store.engine import Reader

ACTIONS = {
    "class": N_("Classes begun"),
    "desk": N_("Help desk opened"),
    "wifi": N_("Wi-Fi set up"),
    "outreach": N_("Gone to ask and invite"),
}


@dataclass(frozen=True)
class Held:
    """Classes at one venue: how many, on which day the last, how many people had a seat, and how
    many of these live in the neighbourhood. `metres` are in a straight line."""

    venue: str
    metres: float
    classes: int
    last: date
    persons: int
    from_here: int


@dataclass(frozen=True)
class Tried:
    """All of it, the nearest and newest first."""

    classes: tuple[Held, ...]
    desks: tuple[Place, ...]
    wifi: tuple[Place, ...]
    actions: tuple[Action, ...]


def tried(city: City, town: Town, settings: Settings, *, now: datetime) -> Tried:
    """What there was within `settings.metres` on the way in the last `settings.days`."""
    straight = settings.metres / DETOUR
    with store.engine().reading() as reader:
        held, done = _held(reader, town, settings.days, now), _actions(reader, town)
    return Tried(
        classes=tuple(one for one in held if one.metres <= straight),
        desks=_within(city.sites.get(DESK, Sites.none()), town, straight),
        wifi=_within(city.sites.get(WIFI, Sites.none()), town, straight),
        actions=done,
    )


def _within(sites: Sites, town: Town, most: float) -> tuple[Place, ...]:
    found = [
        (id, name, places.metres(town.lat, town.lng, *point))
        for id, name, point in zip(sites.ids, sites.names, sites.points.tolist(), strict=True)
    ]
    return tuple(sorted((one for one in found if one[2] <= most), key=lambda one: one[2]))


def _held(reader: Reader, town: Town, days: int, now: datetime) -> list[Held]:
    rows = reader.rows(
        "SELECT v.name, v.lat, v.lng, COUNT(DISTINCT c.id) AS classes, "
        "MAX(c.starts_at) AS last, COUNT(s.booking_id) AS persons, "
        "SUM(CASE WHEN b.town_id = :town THEN 1 ELSE 0 END) AS from_here "
        "FROM class c JOIN venue v ON v.id = c.venue_id LEFT JOIN seat s ON s.class_id = c.id "
        "LEFT JOIN booking b ON b.id = s.booking_id "
        "WHERE c.status = 'open' AND c.published_at IS NOT NULL "
        "AND c.starts_at >= :first AND c.starts_at <= :now GROUP BY v.id, v.name, v.lat, v.lng",
        town=town.id,
        first=times.stamp(now - timedelta(days=days)),
        now=times.stamp(now),
    )
    found = [
        Held(
            venue=row["name"],
            metres=places.metres(town.lat, town.lng, row["lat"], row["lng"]),
            classes=int(row["classes"]),
            last=times.today(times.moment(row["last"])),
            persons=int(row["persons"]),
            from_here=int(row["from_here"] or 0),
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: one.metres)


def _actions(reader: Reader, town: Town) -> tuple[Action, ...]:
    """Those for the neighbourhood that were not withdrawn."""
    return tuple(
        one for one in actions.read(reader) if town.id in one.town_ids and one.withdrawn_at is None
    )
