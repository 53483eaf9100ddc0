"""Places: neighbourhoods, venues, rooms and desks, and how far they are from each other."""

import math
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import Any, Generic, TypeVar

from desk import forms, store
from desk.refusals import N_, Refused
from desk.store.engine import Reader

T = TypeVar("T")
EARTH_METRES = 6_371_008.8  # mean radius, IUGG
WALK_METRES_A_MINUTE = 80  # 不動産の表示に関する公正競争規約: one minute on foot is 80 m

# Kana rows for choosing a neighbourhood without typing.
KANA_ROWS = {
    "ア": "アイウエオ",
    "カ": "カキクケコガギグゲゴ",
    "サ": "サシスセソザジズゼゾ",
    "タ": "タチツテトダヂヅデド",
    "ナ": "ナニヌネノ",
    "ハ": "ハヒフヘホバビブベボパピプペポ",
    "マ": "マミムメモ",
    "ヤ": "ヤユヨ",
    "ラ": "ラリルレロ",
    "ワ": "ワヲン",
}


@dataclass(frozen=True)
class Town:
    """A neighbourhood (地区): a 町丁目 or 大字, as one point in WGS84 degrees. Its postal code is 7
    digits, or empty where it is not known; neighbourhoods may share one.
    """

    id: str
    name: str
    kana: str
    lat: float
    lng: float
    postal_code: str = ""

    @property
    def kana_row(self) -> str:
        """The row of the kana table its reading begins with, 「ア」…「ワ」, or 「他」."""
        first = self.kana[:1]
        return next((row for row, sounds in KANA_ROWS.items() if first and first in sounds), "他")


def metres(lat1: float, lng1: float, lat2: float, lng2: float) -> float:
    """Great-circle distance in metres (haversine formula on a sphere of the mean radius)."""
    p1, p2 = math.radians(lat1), math.radians(lat2)
    half = (
        math.sin((p2 - p1) / 2) ** 2
        + math.cos(p1) * math.cos(p2) * math.sin(math.radians(lng2 - lng1) / 2) ** 2
    )
    return 2 * EARTH_METRES * math.asin(math.sqrt(half))


def walk_minutes(distance: float) -> int:
    """Whole minutes on foot for a distance in metres, rounded up, at least 1."""
    return max(1, math.ceil(distance / WALK_METRES_A_MINUTE))


def loose(name: str) -> str:
    """A name or address without what people write this way or that: spaces, full width, capitals,
    and the several strokes of numbers (1-2-3, 1－2－3).
    """
    plain = unicodedata.normalize("NFKC", name).casefold().translate(_STROKES)
    return "".join(plain.split())


_STROKES = str.maketrans(dict.fromkeys("‐‑‒–—―−ー", "-"))
_LEAST = 3  # characters of a name that another may begin with


class Beginnings(Generic[T]):
    """Things by names that longer ones begin with: 市役所 1階ロビー is in 市役所. Of things of one
    name the first is found.
    """

    def __init__(self, named: Iterable[tuple[str, T]]) -> None:
        self._things: dict[str, T] = {}
        for name, thing in named:
            self._things.setdefault(loose(name), thing)
        self._longest = max(map(len, self._things), default=0)

    def find(self, name: str) -> T | None:
        """The thing with the longest name that this one begins with."""
        plain = loose(name)
        lengths = range(min(len(plain), self._longest), _LEAST - 1, -1)
        return next((self._things[plain[:n]] for n in lengths if plain[:n] in self._things), None)


def towns(reader: Reader | None = None) -> list[Town]:
    """Every neighbourhood, in the order of its reading."""
    sql = (
        "SELECT id, name, kana, lat, lng, postal_code FROM town WHERE active = 1 "
        "ORDER BY kana, name"
    )
    return [Town(**row) for row in (reader.rows(sql) if reader else store.rows(sql))]


def by_row(among: list[Town]) -> list[tuple[str, list[Town]]]:
    """Neighbourhoods by the row of the kana table, in its order."""
    rows: dict[str, list[Town]] = {}
    for town in among:
        rows.setdefault(town.kana_row, []).append(town)
    return [(row, rows[row]) for row in (*KANA_ROWS, "他") if row in rows]


def centre(among: list[Town]) -> tuple[float, float]:
    """The middle of the neighbourhoods, in degrees: half of them lie to each side."""
    if not among:
        return 36.0, 138.0  # Japan
    return median(town.lat for town in among), median(town.lng for town in among)


def town_name(town_id: str | None) -> str:
    """The name of a neighbourhood; empty for none."""
    row = store.one("SELECT name FROM town WHERE id = :id", id=town_id) if town_id else None
    return str(row["name"]) if row else ""


def known_town(reader: Reader, town_id: str | None) -> bool:
    """True when the neighbourhood is on the list of today."""
    sql = "SELECT id FROM town WHERE id = :id AND active = 1"
    return reader.one(sql, id=town_id) is not None


RESIDENCES = {
    "town": N_("In the city"),
    "outside": N_("Outside the city"),
    "unknown": N_("Not known"),
}


def residence(where: str, town_id: str | None) -> tuple[str, str | None]:
    """Where somebody lives, made whole: a neighbourhood belongs to `town` and to nothing else.

    Raises:
        Refused: `missing`, `choice_unknown`, or `town_unknown` for `town` without one.
    """
    where = forms.choice(where, RESIDENCES, label=N_("Neighbourhood"), field="town")
    if where != "town":
        return where, None
    if not town_id:
        raise Refused("missing", field="town", label=N_("Neighbourhood"))
    return where, town_id


def venues(*, with_rooms: bool = False) -> list[dict[str, Any]]:
    """Public places: id, name, kind, address, lat, lng, trial. With `with_rooms`, only bookable."""
    only = "AND EXISTS (SELECT 1 FROM room r WHERE r.venue_id = v.id AND r.active = 1)"
    return store.rows(
        "SELECT id, name, kind, address, lat, lng, trial FROM venue v WHERE active = 1 "
        f"{only if with_rooms else ''} ORDER BY id"
    )


def rooms(venue_id: str) -> list[dict[str, Any]]:
    """The rooms of a venue: id, name, seats, trial."""
    return store.rows(
        "SELECT id, name, seats, trial FROM room WHERE venue_id = :venue AND active = 1 "
        "ORDER BY id",
        venue=venue_id,
    )


def desks() -> list[dict[str, Any]]:
    """The help desks: id, name, venue_id, venue, hours, lat, lng, trial."""
    return store.rows(
        "SELECT d.id, d.name, d.venue_id, v.name AS venue, d.hours, v.lat, v.lng, d.trial "
        "FROM desk d JOIN venue v ON v.id = d.venue_id WHERE d.active = 1 ORDER BY d.id"
    )


def is_trial(table: str) -> bool:
    """True when a table of facts holds 見本 rows, so that a screen can say so.

    Raises:
        ValueError: for a table that is not one of facts.
    """
    if table not in {"town", "venue", "room", "desk", "wifi_spot", "population"}:
        raise ValueError(table)
    return (
        store.one(f"SELECT 1 AS yes FROM {table} WHERE trial = 1 AND active = 1 LIMIT 1")
        is not None
    )
