"""One neighbourhood whole: why it has its label, what was tried, what changed, what is near."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from scipy.stats import binomtest

from desk import places, schedule
from desk.classes import ClassView
from desk.gaps import read
from desk.gaps.city import KINDS, WHENS, City, Settings
from desk.gaps.groups import Groups
from desk.gaps.measure import measure
from desk.gaps.report import Report, assess
from desk.gaps.rows import Place, Row, nearest_of
from desk.gaps.tried import Tried, tried
from desk.people import Actor, require
from desk.refusals import Refused

QUARTER = 91  # days
UNLIKELY = 0.1  # of a change that chance alone would bring more seldom than this is spoken


@dataclass(frozen=True)
class Change:
    """Uses of the last quarter and of the one before, here and in the whole city, and the label a
    quarter ago. `chance`: how often chance alone would bring so large a change in the share of
    the city's uses, 0 to 1; None without any use to go by."""

    here: int
    here_before: int
    city: int
    city_before: int
    chance: float | None
    label_before: str

    @property
    def more(self) -> bool | None:
        """True: more than chance explains; False: less; None: chance may explain it."""
        if self.chance is None or self.chance >= UNLIKELY:
            return None
        return self.here * self.city_before > self.here_before * self.city


@dataclass(frozen=True)
class Neighbourhood:
    """A neighbourhood's page. `near` is the nearest site by kind and time, `coming` the nearest
    class to come and metres to it."""

    row: Row
    report: Report
    tried: Tried
    change: Change | None
    near: Mapping[tuple[str, str], Place | None]
    coming: tuple[ClassView, float] | None


def neighbourhood(
    actor: Actor, town_id: str, settings: Settings, *, now: datetime
) -> Neighbourhood:
    """Everything known of one neighbourhood, under these settings.

    Raises:
        NotAllowed: for anybody but staff, planners and administrators.
        Refused: `town_unknown`, or `use_rates_missing`.
    """
    require(actor, "see_neighbourhoods")
    city = read.city(actor, settings, now=now)
    number = next((n for n, one in enumerate(city.towns) if one.id == town_id), None)
    if number is None:
        raise Refused("town_unknown", field="town")
    town = city.towns[number]
    report = assess(city, settings, until=now)
    cities = {
        when: city
        if when == settings.when
        else read.city(actor, replace(settings, when=when), now=now)
        for when in WHENS
    }
    return Neighbourhood(
        row=next(row for row in report.rows if row.town.id == town_id),
        report=report,
        tried=tried(city, town, settings, now=now),
        change=_change(actor, number, settings, now=now),
        near={
            (kind, when): nearest_of(each, kind)[number]
            for when, each in cities.items()
            for kind in KINDS
        },
        coming=_coming(city, number, now=now),
    )


def _change(actor: Actor, number: int, settings: Settings, *, now: datetime) -> Change | None:
    """None where nobody counts use."""
    ago = now - timedelta(days=QUARTER)
    quarter = replace(settings, days=QUARTER)
    uses = []
    for until in (now, ago):
        use = read.city(actor, quarter, now=until).used.get(settings.kind)
        if use is None:
            return None
        uses.append((int(use.observed[number]), int(use.observed.sum())))
    (here, city), (here_before, city_before) = uses
    before = read.city(actor, settings, now=ago)
    label = measure(before, settings, Groups.alone(len(before.towns))).labels[number]
    return Change(
        here,
        here_before,
        city,
        city_before,
        by_chance(here, city, here_before, city_before),
        label,
    )


def by_chance(here: int, city: int, here_before: int, city_before: int) -> float | None:
    """How often chance alone moves so many of the uses here from one quarter to the other.

    Given their sum, the uses here fall into the two quarters as those of the rest of the city do:
    the exact conditional test of two Poisson rates (Przyborowski and Wileński 1940).
    """
    both, rest, rest_before = here + here_before, city - here, city_before - here_before
    if not both or not rest or not rest_before:
        return None
    return float(binomtest(here, both, rest / (rest + rest_before)).pvalue)


def _coming(city: City, number: int, *, now: datetime) -> tuple[ClassView, float] | None:
    """The nearest class to come; of several at one venue the first."""
    town = city.towns[number]
    points = {one["id"]: (one["lat"], one["lng"]) for one in places.venues()}
    found = [
        (one, places.metres(town.lat, town.lng, *points[one.venue_id]))
        for one in schedule.bookable(now=now)
        if one.venue_id in points and one.starts_at > now
    ]
    return min(found, key=lambda pair: (round(pair[1]), pair[0].starts_at), default=None)
