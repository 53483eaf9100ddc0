"""Releases (公表): what the public is told of a quarter of the help desk's use.

A person makes a release once, of a quarter that is over, and it is kept as it was: were it worked
out again after a correction, the two versions side by side would tell which record moved. Its
areas are those of the fiscal year's first release, or several of them together. Consultations are
counted as they stand then, by their main topic.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

import numpy as np

from desk import language, mode, places, programme, store, times
from desk.consultations import TOPICS
from desk.gaps import need, publish
from desk.gaps.city import Counts, Floats
from desk.gaps.method.merge import Groups
from desk.gaps.method.smooth import SURE, expected, smooth
from desk.people import Actor, require
from desk.programme import QUARTER, YEAR, period
from desk.refusals import N_, Refused
from desk.store.engine import Reader, Row
from desk.tables import sheet
from desk.tables.sheet import SAMPLE, Export

TOLD = {**TOPICS, publish.OTHER: N_("Other topics together")}
FEW, USUAL, MANY, OPEN = "few", "usual", "many", "open"
BANDS = {
    FEW: N_("Fewer than expected"),
    USUAL: N_("About as expected"),
    MANY: N_("More than expected"),
    OPEN: N_("Cannot be told"),
}
BACK = 8  # quarters one can still publish
LOCK = "use_release"


@dataclass(frozen=True)
class Area:
    """Neighbourhoods together: their ids and names, people of 65 and older, uses, rounded, and a
    key of `BANDS`: what they are next to what would be expected."""

    towns: tuple[str, ...]
    names: tuple[str, ...]
    persons: int
    uses: int
    band: str
    topics: Mapping[str, int]

    def named(self, lang: str) -> str:
        """By the first of its neighbourhoods: 「里の杜一丁目ほか3地区」."""
        if len(self.names) == 1:
            return self.names[0]
        _ = language.catalogue(lang).gettext
        return _("{name} and {n} more neighbourhoods").format(
            name=self.names[0], n=len(self.names) - 1
        )


@dataclass(frozen=True)
class Release:
    """A quarter as the public sees it. `made_at` is None while nobody has published it.

    `elsewhere` are uses of people from outside the city or not known from where, rounded; None
    where they are too few to tell."""

    quarter: date
    areas: tuple[Area, ...]
    total: int
    topics: Mapping[str, int]
    elsewhere: int | None
    trial: bool
    made_at: datetime | None = None

    @property
    def last(self) -> date:
        """The last day of the quarter."""
        return period(QUARTER, self.quarter)[1]

    @property
    def seen(self) -> str:
        """A mark of exactly this content, for `make`."""
        return hashlib.sha256(_contents(self).encode()).hexdigest()


def quarters(actor: Actor, *, now: datetime) -> list[date]:
    """The first days of the quarters that are over and may still be published, newest first."""
    require(actor, "publish_use")
    made = {one.quarter for one in released()}
    firsts = [period(QUARTER, times.today(now), back)[0] for back in range(1, BACK + 1)]
    return [first for first in firsts if first not in made]


def preview(actor: Actor, quarter: date, *, now: datetime) -> Release:
    """What would be published of a quarter; nothing is written.

    Raises:
        Refused: `quarter_not_over`, `release_made`, or `too_few_to_publish`.
    """
    require(actor, "publish_use")
    with store.engine().reading() as reader:
        return _made(reader, quarter, now)


def make(actor: Actor, quarter: date, *, seen: str, now: datetime) -> Release:
    """Publish a quarter as it was seen; a second time is the same answer.

    Raises:
        Refused: as `preview`, and `release_stale` when it is no longer what was seen.
    """
    require(actor, "publish_use")
    with store.transaction(by=actor, lock=(LOCK,)) as write:
        kept = _kept(write, quarter)
        if kept is not None:
            if kept.seen == seen:
                return kept
            raise Refused("release_made")
        release = _made(write, quarter, now)
        if release.seen != seen:
            raise Refused("release_stale")
        write.run(
            "INSERT INTO use_release (quarter, contents, made_at, made_by, trial) "
            "VALUES (:quarter, :contents, :made_at, :made_by, :trial)",
            quarter=quarter.isoformat(),
            contents=_contents(release),
            made_at=times.stamp(now),
            made_by=actor.id,
            trial=mode.flag(write),
        )
    return replace(release, made_at=now.replace(microsecond=0))


def released() -> list[Release]:
    """Every release, newest first. Public."""
    return [_read(row) for row in store.rows("SELECT * FROM use_release ORDER BY quarter DESC")]


_HEADER = ("四半期", "ふくむ地区", "65歳以上（人）", "内容", "相談（件）", "くらべて")
_EVERYTHING, _CITY = "すべて", "市全体"


def as_csv(release: Release) -> Export:
    """A release as a table (UTF-8 with BOM): one row an area and topic, then the whole city."""
    words = language.catalogue("ja").gettext
    when = programme.named(QUARTER, release.quarter, "ja")
    people = sum(area.persons for area in release.areas)
    parts = [
        ("・".join(one.names), one.persons, one.uses, words(BANDS[one.band]), one.topics)
        for one in release.areas
    ]
    parts.append((_CITY, people, release.total, "", release.topics))
    rows = [
        [when, names, str(persons), words(told), str(n), band if told == _EVERYTHING else ""]
        for names, persons, uses, band, topics in parts
        for told, n in [(_EVERYTHING, uses), *((TOLD[key], n) for key, n in topics.items())]
    ]
    header = list(_HEADER)
    if release.trial:
        header.append(SAMPLE)
        rows = [[*row, SAMPLE] for row in rows]
    made = times.show_day_long(times.today(release.made_at), "ja") if release.made_at else ""
    comments = [
        *sheet.heading(f"相談の利用 {when} 公表", made, trial=release.trial),
        f"件数は{publish.STEP}件単位に丸めています",
        f"相談{publish.LEAST_USES}件、65歳以上{publish.LEAST_PERSONS}人に満たない地区は、"
        "となりの地区と合わせています",
    ]
    return sheet.write(header, rows, comments=comments)


def _made(reader: Reader, quarter: date, now: datetime) -> Release:
    first, last = period(QUARTER, quarter)
    if first != quarter or last >= times.today(now):
        raise Refused("quarter_not_over")
    if _kept(reader, quarter) is not None:
        raise Refused("release_made")
    towns = places.towns()
    at = {town.id: i for i, town in enumerate(towns)}
    needs = need.read(reader)
    people = [needs.by_town.get(town.id) for town in towns]
    persons = np.array([one.persons_65_74 + one.persons_75_plus if one else 0 for one in people])
    in_need = np.array([one.persons_in_need if one else 0.0 for one in people])
    topics = {topic: np.zeros(len(towns), np.int64) for topic in TOPICS}
    elsewhere = 0
    for row in reader.rows(
        "SELECT town_id, topic, COUNT(*) AS n FROM consultation_now WHERE logged_at >= :first "
        "AND logged_at < :end GROUP BY town_id, topic",
        first=times.bounds(first)[0],
        end=times.bounds(last)[1],
    ):
        if row["town_id"] in at:
            topics[row["topic"]][at[row["town_id"]]] += row["n"]
        else:
            elsewhere += int(row["n"])
    points = np.array([(town.lat, town.lng) for town in towns]).reshape(-1, 2)
    told = publish.table(points, persons, topics, groups=_groups(reader, first, at))
    if not told.areas:
        raise Refused("too_few_to_publish", least=publish.LEAST_USES)
    uses = sum(topics.values(), np.zeros(len(towns), np.int64))
    bands = _bands([list(area.members) for area in told.areas], uses, in_need)
    return Release(
        quarter,
        tuple(
            Area(
                tuple(towns[i].id for i in area.members),
                tuple(towns[i].name for i in area.members),
                area.persons,
                area.uses,
                band,
                area.topics,
            )
            for area, band in zip(told.areas, bands, strict=True)
        ),
        told.total,
        told.topics,
        publish.rounded(elsewhere) if elsewhere >= publish.LEAST_USES else None,
        mode.is_trial(reader) or needs.trial,
    )


def _bands(areas: list[list[int]], uses: Counts, in_need: Floats) -> list[str]:
    """How sure it is that an area's uses are few or many for its need (`method.smooth`)."""
    seen = np.array([uses[at].sum() for at in areas])
    hoped = expected(int(seen.sum()), np.array([in_need[at].sum() for at in areas]))
    found = smooth(seen, hoped)
    if not found.spread:
        return [OPEN] * len(areas)
    return [
        FEW if low > SURE else MANY if high > SURE else USUAL if low + high < 1 - SURE else OPEN
        for low, high in zip(found.p_low, found.p_high, strict=True)
    ]


def _kept(reader: Reader, quarter: date) -> Release | None:
    row = reader.one("SELECT * FROM use_release WHERE quarter = :at", at=quarter.isoformat())
    return _read(row) if row else None


def _groups(reader: Reader, quarter: date, at: Mapping[str, int]) -> Groups | None:
    """The areas of the fiscal year's first release, by index; None before there is one."""
    row = reader.one(
        "SELECT * FROM use_release WHERE quarter >= :first AND quarter <= :last "
        "ORDER BY made_at, quarter LIMIT 1",
        first=period(YEAR, quarter)[0].isoformat(),
        last=period(YEAR, quarter)[1].isoformat(),
    )
    if row is None:
        return None
    return tuple(tuple(at[id] for id in area.towns if id in at) for area in _read(row).areas)


def _contents(release: Release) -> str:
    """All that is told, as it is kept."""
    told = {
        "areas": [
            {
                "towns": one.towns,
                "names": one.names,
                "persons": one.persons,
                "uses": one.uses,
                "band": one.band,
                "topics": dict(one.topics),
            }
            for one in release.areas
        ],
        "total": release.total,
        "topics": dict(release.topics),
        "elsewhere": release.elsewhere,
        "trial": release.trial,
    }
    return json.dumps(told, ensure_ascii=False, sort_keys=True)


def _read(row: Row) -> Release:
    told = json.loads(row["contents"])
    areas = tuple(
        Area(
            **{
                **one,
                "towns": tuple(one["towns"]),
                "names": tuple(one["names"]),
                "topics": _ordered(one["topics"]),
            }
        )
        for one in told["areas"]
    )
    return Release(
        date.fromisoformat(row["quarter"]),
        areas,
        told["total"],
        _ordered(told["topics"]),
        told["elsewhere"],
        told["trial"],
        times.moment(row["made_at"]),
    )


def _ordered(topics: Mapping[str, int]) -> dict[str, int]:
    return {key: topics[key] for key in TOLD if key in topics}
