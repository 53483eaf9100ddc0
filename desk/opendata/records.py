"""What the desk publishes: the records of each dataset, and when they last changed. Public.

Only facts and published classes: no draft, no booking, nobody who teaches, no resident's report.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import quote

from desk import classes, store, times, wifi
from desk.classes import ClassView
from desk.opendata import areas
from desk.opendata.layouts import DATASETS
from desk.store.engine import Reader, Row
from desk.tables.class_rows import CANCELLED

KEPT = timedelta(days=365)  # how long a class that is over stays in the list
NO_CODE = "000000"  # begins the names of files while no row says of which city it is
_PLACE = (
    "id, city_code, city_name, name, kana, name_en, address, telephone, url, days, opens, closes, "
    "hours_note, note, lat, lng, placed, source, trial"
)
_WIFI = (
    f"{_PLACE}, area, ssid, how, security, password, provider, venue_id, seats, sockets, "
    "wheelchair, registration, minutes_limit, checked_on, state"
)
# The files and imports a dataset is made from.
_FILES = {
    "wifi": {"venues/wifi.csv", "data/towns.csv"},
    "facility": {"venues/facilities.csv", "data/towns.csv"},
    "event": {
        "data/courses.yaml",
        "venues/facilities.csv",
        "venues/rooms.csv",
        "data/towns.csv",
    },
    "town": {"data/towns.csv"},
}
_IMPORTS = {"wifi": {"wifi"}, "facility": {"facility"}, "event": {"event", "facility"}}


@dataclass(frozen=True)
class Public:
    """The public part of the desk: records by dataset, each by its id, and the towns.

    `code` is the six-digit code of the city (of its prefecture when there are several cities),
    `publisher` its name. `modified` is when a dataset last changed, `issued` the earliest moment
    the desk remembers; None when it knows none. The trial year leaves
    without a trace in `modified`: who must be sure compares the files.
    """

    code: str
    publisher: str
    records: dict[str, list[Row]]
    modified: dict[str, datetime | None]
    issued: datetime | None
    towns: list[Row] = field(default_factory=list)

    def trial(self, dataset: str) -> bool:
        """True when a dataset holds 見本 rows."""
        return any(one.get("trial") or one.get("_trial") for one in self.records[dataset])

    def sources(self, dataset: str) -> list[str]:
        """Where the rows are from, each once."""
        return sorted({one["source"] for one in self.records[dataset] if one.get("source")})

    @property
    def changed(self) -> datetime | None:
        """When any of it last changed."""
        return max((one for one in self.modified.values() if one), default=None)


def read(*, now: datetime, site: str, datasets: Collection[str] = tuple(DATASETS)) -> Public:
    """The public part of the desk, or some datasets of it; `site` is our own address."""
    with store.engine().reading() as reader:
        places = reader.rows(
            "SELECT city_code, city_name FROM venue WHERE active = 1 UNION ALL "
            "SELECT city_code, city_name FROM wifi_spot WHERE active = 1"
        )
        towns = reader.rows(
            "SELECT id, name, kana, postal_code, lat, lng, source, trial FROM town WHERE active = 1"
        )
        code = areas.common(one["city_code"] for one in places) or areas.common(
            one["id"][:6] for one in towns
        )
        names = frozenset(one["name"] for one in towns)
        records = {
            dataset: _sorted(_derived(one, names) for one in _READ[dataset](reader, now, site))
            for dataset in datasets
        }
        return Public(
            code=code or NO_CODE,
            publisher=_publisher(code, places),
            records=records,
            modified={one: _modified(reader, one, now) for one in (*datasets, "town")},
            issued=_issued(reader),
            towns=_sorted(towns),
        )


def _sorted(rows: Iterable[Row]) -> list[Row]:
    """Classes by their start, the rest by id; the same on every engine."""
    return sorted(rows, key=lambda row: (row.get("day", ""), row.get("starts", ""), row["id"]))


def _publisher(code: str, places: list[Row]) -> str:
    names = Counter(one["city_name"] for one in places if one["city_code"] == code)
    names.pop("", None)
    return names.most_common(1)[0][0] if names else areas.prefecture(code)


def _derived(row: Row, towns: frozenset[str]) -> Row:
    """The record with what follows from its code and its address."""
    code = str(row.get("city_code") or row.get("_city_code", ""))
    city = str(row.get("city_name") or row.get("_city_name", ""))
    state, city_of, town, block = areas.parts(row["address"], code, city, towns)
    return {
        **row,
        "_prefecture": areas.prefecture(code),
        "_in_prefecture": state,
        "_in_city": city_of,
        "_in_town": town,
        "_in_block": block,
    }


def _wifi(reader: Reader, _now: datetime, _site: str) -> list[Row]:
    """As they are kept, but for what the last look at each found."""
    seen = {one.id: one for one in wifi.spots(reader)}
    return [
        {
            **row,
            "state": seen[row["id"]].state,
            "checked_on": _day(seen[row["id"]].checked_on),
        }
        for row in reader.rows(f"SELECT {_WIFI} FROM wifi_spot WHERE active = 1")
    ]


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _facilities(reader: Reader, _now: datetime, _site: str) -> list[Row]:
    return reader.rows(f"SELECT {_PLACE}, kind, barrier_free FROM venue WHERE active = 1")


def _events(reader: Reader, now: datetime, site: str) -> list[Row]:
    found = classes.views(
        reader,
        "c.published_at IS NOT NULL AND c.starts_at >= :since",
        since=times.stamp(now - KEPT),
    )
    venues = {
        row["id"]: row
        for row in reader.rows("SELECT id, city_code, city_name, lat, lng FROM venue")
    }
    return [_event(one, venues[one.venue_id], site) for one in found]


def _event(meeting: ClassView, venue: Row, site: str) -> Row:
    status = CANCELLED if meeting.status == "cancelled" else ""
    return {
        "id": meeting.id,
        "name": meeting.title,
        "venue": meeting.venue,
        "room": meeting.room,
        "day": times.today(meeting.starts_at).isoformat(),
        "ends_day": times.today(meeting.ends_at).isoformat(),
        "starts": times.show_clock(meeting.starts_at),
        "ends": times.show_clock(meeting.ends_at),
        "seats": meeting.seats,
        # The standard has no column for it, and who reads only that must not come in vain.
        "note": status,
        "address": meeting.address,
        "lat": venue["lat"],
        "lng": venue["lng"],
        "status": status,
        "_city_code": venue["city_code"],
        "_city_name": venue["city_name"],
        "_venue_id": meeting.venue_id,
        "_name_en": meeting.title_en,
        "_about": meeting.about,
        "_page": f"{site}/classes/{quote(meeting.id, safe='')}",
        "_trial": int(meeting.trial),
    }


_READ = {"wifi": _wifi, "facility": _facilities, "event": _events}


def _modified(reader: Reader, dataset: str, now: datetime) -> datetime | None:
    stamps: list[Any] = [
        row["loaded_at"]
        for row in reader.rows("SELECT path, loaded_at FROM loaded_file")
        if row["path"] in _FILES[dataset]
    ]
    for row in reader.rows("SELECT dataset, made_at, undone_at FROM import_run"):
        if row["dataset"] in _IMPORTS.get(dataset, ()):
            stamps += [row["made_at"], row["undone_at"]]
    if dataset == "wifi":
        looked = reader.one("SELECT MAX(at) AS at FROM wifi_check WHERE kind <> 'reported'")
        stamps.append(looked["at"] if looked else None)
    if dataset == "event":
        stamps += _class_stamps(reader, now)
    return max((times.moment(one) for one in stamps if one), default=None)


def _class_stamps(reader: Reader, now: datetime) -> list[Any]:
    """When a published class last changed, and when the last one left the list by its age."""
    changed = reader.one("SELECT MAX(changed_at) AS at FROM class WHERE published_at IS NOT NULL")
    gone = reader.one(
        "SELECT MAX(starts_at) AS at FROM class WHERE published_at IS NOT NULL "
        "AND starts_at < :since",
        since=times.stamp(now - KEPT),
    )
    left = times.moment(gone["at"]) + KEPT if gone and gone["at"] else None
    return [changed["at"] if changed else None, times.stamp(left) if left else None]


def _issued(reader: Reader) -> datetime | None:
    rows = reader.rows(
        "SELECT MIN(loaded_at) AS at FROM loaded_file UNION ALL "
        "SELECT MIN(made_at) AS at FROM import_run"
    )
    return min((times.moment(row["at"]) for row in rows if row["at"]), default=None)
