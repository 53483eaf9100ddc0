"""The planner's table: need, reach and use of each neighbourhood, its label, and why.

`assess` is the method on a city laid out as arrays; `report` reads the city and assesses it.
"""

from dataclasses import dataclass
from datetime import datetime

from desk.gaps import read
from desk.gaps.city import DETOUR, City, Settings, Sites
from desk.gaps.groups import Groups
from desk.gaps.labels import CANNOT_TELL, CROWDED, ENOUGH, FAR, NOT_COMING, NOT_REACHED
from desk.gaps.measure import Measured, Used, measure, used_of
from desk.gaps.method import merge
from desk.gaps.method.stability import LabelsOf, stability
from desk.gaps.reasons import SENTENCES, Reason
from desk.gaps.rows import Row, rows
from desk.near import nearest
from desk.people import Actor, require

__all__ = ["SENTENCES", "Offer", "Reason", "Report", "Row", "assess", "report"]

ORDER = (NOT_REACHED, FAR, NOT_COMING, CROWDED, CANNOT_TELL, ENOUGH)


@dataclass(frozen=True)
class Offer:
    """What would be gained by looking at neighbourhoods together: how many groups there would
    be, and of how many it still could not be told; `open`: of how many it cannot now."""

    groups: int
    still: int
    open: int


@dataclass(frozen=True)
class Report:
    """The whole city. `total` uses with a neighbourhood, `nowhere` without, `outside` of people
    from elsewhere; None where nobody counts. `beyond`: sites no neighbourhood is within reach of.
    """

    rows: tuple[Row, ...]
    settings: Settings
    until: datetime
    total: int | None
    nowhere: int
    outside: int
    nowhere_share: float
    healthy: bool
    spread: bool
    trial: bool
    merged: bool = False
    beyond: tuple[str, ...] = ()
    offer: Offer | None = None

    @property
    def standing(self) -> tuple[Row, ...]:
        """What stands out."""
        return tuple(row for row in self.rows if row.stands_out)


def report(actor: Actor, settings: Settings, *, now: datetime, merged: bool = False) -> Report:
    """Every neighbourhood with its need, reach, use and label, what stands out first.

    Raises:
        NotAllowed: for anybody but staff, planners and administrators.
        Refused: `use_rates_missing` when there are people and no rates of internet use.
    """
    require(actor, "see_neighbourhoods")
    city = read.city(actor, settings, now=now)
    return assess(city, settings, until=now, merged=merged)


def assess(city: City, settings: Settings, *, until: datetime, merged: bool = False) -> Report:
    """The method on a city; nothing is asked of the store.

    `merged` looks at neighbouring ones together until there is enough use to tell; without need
    or use to go by each stays by itself.
    """
    alone = Groups.alone(len(city.towns))
    joined = together(city, settings) if merged else alone
    seen = measure(city, settings, joined)
    stable = stability(city, settings, _labels_of(joined))
    used = seen.used
    use = city.used.get(settings.kind)
    return Report(
        rows=tuple(sorted(rows(city, settings, joined, seen, stable), key=_order)),
        settings=settings,
        until=until,
        total=int(use.observed.sum()) if use else None,
        nowhere=use.nowhere if use else 0,
        outside=use.outside if use else 0,
        nowhere_share=used.nowhere_share if used else 0.0,
        healthy=used.healthy if used else True,
        spread=used.smoothed.spread if used else False,
        trial=city.trial,
        merged=merged,
        beyond=_beyond(city, settings),
        offer=None if merged else _offer(city, settings, seen),
    )


def _labels_of(groups: Groups) -> LabelsOf:
    """The labels of a city; use is measured once for runs with one and the same need."""
    last: list[tuple[City, Used | None]] = []

    def labels_of(city: City, settings: Settings) -> tuple[str, ...]:
        if not last or last[0][0] is not city:
            last[:] = [(city, used_of(city, settings.kind, groups))]
        return measure(city, settings, groups, used=last[0][1]).labels

    return labels_of


def together(city: City, settings: Settings) -> Groups:
    """Neighbours joined until about `merge.LEAST` uses are to be expected of each group."""
    used = used_of(city, settings.kind, Groups.alone(len(city.towns)))
    if used is None or not used.expected.sum():
        return Groups.alone(len(city.towns))
    return Groups.joined(merge.merge(city.points, used.expected))


def _offer(city: City, settings: Settings, seen: Measured) -> Offer | None:
    """None where looking together would tell nothing more."""
    if seen.used is None or not seen.used.told:
        return None
    open_now = seen.labels.count(CANNOT_TELL)
    joined = together(city, settings)
    if not open_now or joined.count == len(city.towns):
        return None
    still = measure(city, settings, joined).labels.count(CANNOT_TELL)
    return Offer(joined.count, still, open_now)


def _order(row: Row) -> tuple[int, bool, float, str]:
    return ORDER.index(row.label), not row.firm, -max(row.gap, row.shortfall or 0.0), row.town.kana


def _beyond(city: City, settings: Settings) -> tuple[str, ...]:
    """The sites farther from every neighbourhood than the threshold."""
    sites = city.sites.get(settings.kind, Sites.none())
    far = DETOUR * nearest(sites.points, city.points).metres > settings.metres
    return tuple(name for name, yes in zip(sites.names, far, strict=True) if yes)
