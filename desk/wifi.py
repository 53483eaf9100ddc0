"""Free Wi-Fi of the city's facilities: where it is, how far, open now or not, how to join. Public.

What nobody knows of a spot is None, and stays "not known" wherever it is shown.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from desk import opening, places, store, times
from desk.opening import Hours, Openness
from desk.refusals import N_, Refused
from desk.store.engine import Reader

_SPECIAL = str.maketrans({c: f"\\{c}" for c in '\\;,":'})
_COLUMNS = (
    "id, city_code, city_name, name, kana, name_en, address, telephone, url, area, ssid, how, "
    "security, password, provider, note, lat, lng, placed, venue_id, days, opens, closes, "
    "hours_note, seats, sockets, wheelchair, registration, minutes_limit, checked_on, state, trial"
)
STALE_DAYS = 180
MOST_SEATS, MOST_MINUTES = 5_000, 1_440  # of a place, and of a time limit: a day
STATES = {
    "working": N_("It works"),
    "partly": N_("It works partly"),
    "not_working": N_("It does not work"),
    "unknown": N_("Not known whether it works"),
}


@dataclass(frozen=True)
class Spot:
    """A Wi-Fi spot; lat and lng in WGS84 degrees, `security` open or WPA.

    `placed` is how its point is known: given, or from its address or its town (目安). `seats` is a
    number of seats; `sockets`, `wheelchair` and `registration` (one must give a name or an
    address) are yes or no; `minutes_limit` is after how many minutes one is cut off, 0 for never.
    None is not known. `state` is a key of `STATES`, `checked_on` the day somebody last saw it so,
    `reports` how many residents have said since that they cannot connect.
    """

    id: str
    name: str
    ssid: str
    lat: float
    lng: float
    city_code: str = ""
    city_name: str = ""
    kana: str = ""
    name_en: str = ""
    address: str = ""
    telephone: str = ""
    url: str = ""
    area: str = ""
    how: str = ""
    security: str = "open"
    password: str = ""
    provider: str = ""
    note: str = ""
    placed: str = "given"
    venue_id: str = ""
    hours_note: str = ""
    hours: Hours = opening.UNKNOWN
    seats: int | None = None
    sockets: bool | None = None
    wheelchair: bool | None = None
    registration: bool | None = None
    minutes_limit: int | None = None
    checked_on: date | None = None
    state: str = "unknown"
    reports: int = 0
    trial: bool = False

    @property
    def steps(self) -> list[str]:
        """How to connect, one step a line."""
        return [step.strip() for step in self.how.splitlines() if step.strip()]

    def open_at(self, now: datetime) -> Openness:
        """Whether one can get in."""
        return self.hours.at(now)

    def stale(self, today: date) -> bool:
        """True when nobody has looked for `STALE_DAYS` days, or never."""
        return self.checked_on is None or (today - self.checked_on).days >= STALE_DAYS

    def name_in(self, lang: str) -> str:
        """Its name in a language, Japanese where there is no other."""
        return (lang == "en" and self.name_en) or self.name


@dataclass(frozen=True)
class Near:
    """A spot seen from a point: metres in a straight line, whole minutes on foot."""

    spot: Spot
    metres: float

    @property
    def minutes(self) -> int:
        return places.walk_minutes(self.metres)


# What residents ask for. Each answers yes, no, or None where nobody knows.
Wish = Callable[[Spot, datetime], bool | None]
WISHES: dict[str, tuple[str, Wish]] = {
    "open": (
        N_("Open now"),
        lambda spot, now: False if spot.state == "not_working" else spot.open_at(now).is_open,
    ),
    "seats": (N_("A seat"), lambda spot, _now: None if spot.seats is None else spot.seats > 0),
    "sockets": (N_("Sockets"), lambda spot, _now: spot.sockets),
    "wheelchair": (N_("Wheelchair"), lambda spot, _now: spot.wheelchair),
    "free": (
        N_("No registration"),
        lambda spot, _now: None if spot.registration is None else not spot.registration,
    ),
    "unlimited": (
        N_("No time limit"),
        lambda spot, _now: None if spot.minutes_limit is None else spot.minutes_limit == 0,
    ),
}


def answer(spot: Spot, wishes: Collection[str], now: datetime) -> bool | None:
    """Whether a spot has all that is asked for (keys of `WISHES`): yes, no, or None when what
    is known does not rule it out.
    """
    answers = [WISHES[wish][1](spot, now) for wish in wishes]
    return False if False in answers else None if None in answers else True


def spots(reader: Reader | None = None) -> list[Spot]:
    """Every spot, by name."""
    if reader is None:
        with store.engine().reading() as own:
            return spots(own)
    found = reader.rows(f"SELECT {_COLUMNS} FROM wifi_spot WHERE active = 1 ORDER BY name, id")
    venues = reader.rows("SELECT id, name, address, hours_note FROM venue WHERE active = 1")
    join = _Venues(venues, opening.all_hours(reader))
    checks, reports = _checks(reader), _reports(reader)
    return [_spot(row, join, checks.get(row["id"]), reports.get(row["id"], 0)) for row in found]


def _spot(row: dict[str, Any], join: "_Venues", check: Any, reports: int) -> Spot:
    venue_id = join.of(row)
    own = Hours.read(row.pop("days"), row.pop("opens"), row.pop("closes"))
    venue = join.hours.get(venue_id, opening.UNKNOWN)
    checked = date.fromisoformat(row["checked_on"]) if row["checked_on"] else None
    if check and (checked is None or check[0] >= checked):
        checked, row["state"] = check
    flags = {name: None if row[name] is None else bool(row[name]) for name in _FLAGS}
    return Spot(
        **{
            **row,
            **flags,
            "trial": bool(row["trial"]),
            "venue_id": venue_id,
            "hours": own.within(venue),
            "hours_note": row["hours_note"] or join.notes.get(venue_id, ""),
            "checked_on": checked,
            "reports": reports,
        }
    )


_FLAGS = ("sockets", "wheelchair", "registration")


class _Venues:
    """Which venue a spot is in: the one it names, else that of its address, else of its name.

    The Wi-Fi list of the national format knows no hours and no venue; the facility list does.
    """

    def __init__(self, rows: Sequence[dict[str, Any]], hours: dict[str, Hours]) -> None:
        self.hours = hours
        self.notes: dict[str, str] = {}
        self._by_address: dict[str, str] = {}
        for row in rows:
            self.notes[row["id"]] = row["hours_note"]
            self._by_address.setdefault(places.loose(row["address"]), row["id"])
        self._by_address.pop("", None)
        self._by_name = places.Beginnings((row["name"], row["id"]) for row in rows)

    def of(self, row: dict[str, Any]) -> str:
        """The venue's id, or ""."""
        if row["venue_id"] in self.notes:
            return str(row["venue_id"])
        by_name = self._by_name.find(row["name"])
        return by_name or self._by_address.get(places.loose(row["address"]), "")


# Checks that count: made by staff, and not taken back.
STANDING = (
    "SELECT c.id, c.spot_id, c.kind, c.at, c.number FROM wifi_check c "
    "WHERE c.kind IN ('working', 'partly', 'not_working') "
    "AND NOT EXISTS (SELECT 1 FROM wifi_check b WHERE b.takes_back = c.id)"
)


def _checks(reader: Reader) -> dict[str, tuple[date, str]]:
    """The day and finding of the last look at each spot."""
    rows = reader.rows(f"{STANDING} ORDER BY c.number, c.at, c.id")
    return {row["spot_id"]: (times.today(times.moment(row["at"])), row["kind"]) for row in rows}


def _reports(reader: Reader) -> dict[str, int]:
    """How many residents could not connect since staff last looked."""
    rows = reader.rows(
        "SELECT r.spot_id, COUNT(*) AS n FROM wifi_check r WHERE r.kind = 'reported' "
        f"AND NOT EXISTS (SELECT 1 FROM ({STANDING}) s WHERE s.spot_id = r.spot_id "
        "AND (s.number > r.number OR s.number = r.number AND s.at >= r.at)) GROUP BY r.spot_id"
    )
    return {row["spot_id"]: row["n"] for row in rows}


def spot(spot_id: str) -> Spot:
    """One spot.

    Raises:
        Refused: `spot_unknown`.
    """
    found = [one for one in spots() if one.id == spot_id]
    if not found:
        raise Refused("spot_unknown")
    return found[0]


def nearest(lat: float, lng: float, among: list[Spot], *, most: int | None = None) -> list[Near]:
    """The spots in the order of their straight-line distance from a point in degrees."""
    near = [Near(one, places.metres(lat, lng, one.lat, one.lng)) for one in among]
    return sorted(near, key=lambda one: (one.metres, one.spot.name))[:most]


def join_text(ssid: str, *, security: str = "open", password: str = "") -> str:
    """What a QR code holds so that a phone's camera offers to join the network.

    The form is the one ZXing introduced (github.com/zxing/zxing/wiki/Barcode-Contents): `\\`,
    `;`, `,`, `"` and `:` are escaped with a backslash.
    """
    name = ssid.translate(_SPECIAL)
    if security == "open":
        return f"WIFI:T:nopass;S:{name};;"
    return f"WIFI:T:{security};S:{name};P:{password.translate(_SPECIAL)};;"
