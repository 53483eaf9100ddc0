"""One row a neighbourhood, or a group of them: its numbers, its label, and the reasons for it."""

import math
from dataclasses import dataclass, replace

import numpy as np

from desk.gaps.city import KINDS, City, Floats, Settings, Sites
from desk.gaps.groups import Groups, main
from desk.gaps.labels import CANNOT_TELL, CROWDED, FAR, HALF, NOT_COMING, NOT_LOW, NOT_REACHED
from desk.gaps.measure import Measured, Used, reached
from desk.gaps.method.smooth import SURE
from desk.gaps.method.stability import STABLE
from desk.gaps.reasons import SITES, Fact, Reason
from desk.near import nearest
from desk.places import Town

STANDING = (NOT_REACHED, FAR, NOT_COMING, CROWDED)
ROUNDED = 10  # expected uses from which on no decimal is said

Place = tuple[str, str, float]  # a site's id and name, and metres to it in a straight line


@dataclass(frozen=True)
class Row:
    """One neighbourhood, or several looked at together (`members`, named after `town`).

    Persons and need are 0 where not `counted`. `reach` by kind of supply, 1 is the city's
    average; where not `within`, it is 0 for want of any site (圏外). `observed` and what follows
    from it are of the kind of the settings, None where use is not counted or cannot be told.
    `rate`, `low` and `high`: use to what is usual, with its 90 % interval. `stable`: share of
    perturbed runs with this label. `more`: uses that would still have to be usual here before it
    can be told. `gap`: persons in need not reached. `shortfall`: uses lacking to what is usual.
    """

    town: Town
    members: tuple[Town, ...]
    counted: bool
    persons_65_74: int
    persons_75_plus: int
    need: float
    reach: dict[str, float]
    within: dict[str, bool]
    nearest: dict[str, Place | None]
    observed: int | None
    expected: float | None
    rate: float | None
    low: float | None
    high: float | None
    p_low: float | None
    p_high: float | None
    label: str
    stable: float
    more: int | None
    reasons: tuple[Reason, ...]
    gap: float
    shortfall: float | None

    @property
    def firm(self) -> bool:
        """True when the label holds under other assumptions."""
        return self.stable >= STABLE

    @property
    def shortfall_range(self) -> tuple[float, float]:
        """The 90 % interval of `shortfall`; (0, 0) where it is None."""
        if self.expected is None or self.low is None or self.high is None:
            return 0.0, 0.0
        return self.expected * max(0.0, 1 - self.high), self.expected * max(0.0, 1 - self.low)

    @property
    def stands_out(self) -> bool:
        """True when something is to be done here, and firmly so."""
        return self.firm and self.label in STANDING


@dataclass(frozen=True)
class _Use:
    """What is known of the use of one group; of what is not, None."""

    observed: int | None = None
    expected: float | None = None
    rate: float | None = None
    low: float | None = None
    high: float | None = None
    p_low: float | None = None
    p_high: float | None = None
    more: int | None = None
    shortfall: float | None = None


def rows(
    city: City, settings: Settings, groups: Groups, seen: Measured, stable: Floats
) -> list[Row]:
    """A row for each group, in the order of the groups."""
    reach = {
        kind: (seen.relative, seen.within)
        if kind == settings.kind
        else reached(city, kind, settings.metres, groups)
        for kind in KINDS
    }
    nearby = {kind: nearest_of(city, kind) for kind in KINDS}
    needs = groups.sums(city.need)
    counted = groups.sums(~city.counted) == 0
    younger, older = groups.sums(city.persons_65_74), groups.sums(city.persons_75_plus)
    uses = _uses(seen.used, groups.count)
    found = []
    for number, members in enumerate(groups.members()):
        first, use = main(city, members), uses[number]
        relative = float(seen.relative[number])
        row = Row(
            town=city.towns[first],
            members=tuple(city.towns[one] for one in members),
            counted=bool(counted[number]),
            persons_65_74=int(younger[number]),
            persons_75_plus=int(older[number]),
            need=float(needs[number]),
            reach={kind: float(each[number]) for kind, (each, _within) in reach.items()},
            within={kind: bool(each[number]) for kind, (_reach, each) in reach.items()},
            nearest={kind: each[first] for kind, each in nearby.items()},
            observed=use.observed,
            expected=use.expected,
            rate=use.rate,
            low=use.low,
            high=use.high,
            p_low=use.p_low,
            p_high=use.p_high,
            label=seen.labels[number],
            stable=float(stable[number]),
            more=use.more if seen.labels[number] == CANNOT_TELL else None,
            reasons=(),
            gap=float(needs[number]) * max(0.0, 1 - relative),
            shortfall=use.shortfall,
        )
        found.append(replace(row, reasons=reasons(row, settings, seen.used)))
    return found


def nearest_of(city: City, kind: str) -> list[Place | None]:
    """The nearest site of each neighbourhood; None where there is none at all."""
    sites = city.sites.get(kind, Sites.none())
    if not sites.ids:
        return [None] * len(city.towns)
    found = nearest(city.points, sites.points)
    return [
        (sites.ids[at], sites.names[at], float(metres))
        for at, metres in zip(found.index, found.metres, strict=True)
    ]


def _uses(used: Used | None, count: int) -> list[_Use]:
    if used is None:
        return [_Use()] * count
    place = np.cumsum(used.at) - 1
    found = []
    for number in range(count):
        observed, expected = int(used.observed[number]), float(used.expected[number])
        if not used.at[number] or not used.told:
            found.append(_Use(observed, expected if used.at[number] else None))
            continue
        one, its = used.smoothed, place[number]
        rate = float(one.rate[its])
        found.append(
            _Use(
                observed,
                expected,
                rate,
                float(one.low[its]),
                float(one.high[its]),
                float(one.p_low[its]),
                float(one.p_high[its]),
                math.ceil(used.enough - expected) if expected < used.enough else None,
                expected * max(0.0, 1 - rate),
            )
        )
    return found


def reasons(row: Row, settings: Settings, used: Used | None) -> tuple[Reason, ...]:
    """Why the row has its label: what weighs most first."""
    way, use = _way(row, settings), _use(row, used)
    found = [use, way] if row.label in (NOT_COMING, CROWDED) else [way, use]
    if use.code == "use_uncounted" and row.label != CANNOT_TELL:
        found = [way]  # said once for all of them
    if row.more is not None:
        found.append(Reason("more", {"more": row.more}))
    if not row.firm and row.label != CANNOT_TELL:
        found.append(Reason("shaky", {"percent": math.floor(100 * row.stable)}))
    return tuple(found)


def _way(row: Row, settings: Settings) -> Reason:
    """The reason that lies in the way there."""
    kind = settings.kind
    what: dict[str, Fact] = {"what": SITES[kind]}
    there = row.nearest[kind]
    if there is None:
        return Reason("no_site", what)
    if not row.within[kind]:
        return Reason("out_of_reach", {**what, "kilometres": round(there[2] / 1000, 1)})
    share = row.reach[kind]
    return Reason("thin" if share < HALF else "near", {**what, "percent": round(100 * share)})


def _use(row: Row, used: Used | None) -> Reason:
    """The reason that lies in the use."""
    if used is None:
        return Reason("use_uncounted" if row.need else _nobody(row), {})
    if not used.healthy:
        return Reason("nowhere", {"percent": math.ceil(100 * used.nowhere_share)})
    if row.expected is None:
        return Reason(_nobody(row), {})
    if not used.observed.sum():
        return Reason("no_uses", {})
    if not used.told:
        return Reason("one_area" if used.at.sum() == 1 else "no_spread", {})
    facts: dict[str, Fact] = {"observed": row.observed or 0, "expected": about(row.expected)}
    assert row.p_low is not None
    assert row.p_high is not None
    if row.p_low > SURE:
        return Reason("use_low", facts)
    if row.p_high > SURE:
        return Reason("use_high", facts)
    if row.p_low <= NOT_LOW:
        return Reason("use_usual", facts)
    return Reason("use_open" if row.more is not None else "use_between", facts)


def _nobody(row: Row) -> str:
    return "no_need" if row.counted else "no_population"


def about(expected: float) -> float:
    """Expected uses as they are said: whole from 10 on."""
    return round(expected) if expected >= ROUNDED else round(expected, 1)
