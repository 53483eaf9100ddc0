"""What the method says of one kind of supply: reach, use and label of every group.

The one place where the parts of the method meet; called again for each perturbation.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from desk.gaps import labels
from desk.gaps.city import DETOUR, City, Counts, Floats, Settings, Sites, Yes
from desk.gaps.groups import Groups
from desk.gaps.method import smooth
from desk.gaps.method.reach import reach
from desk.gaps.method.smooth import Smoothed


@dataclass(frozen=True)
class Used:
    """Use of one kind in each group. `smoothed` and `more` are of the groups `at` alone: those of
    which the population is known and somebody is in need.
    """

    observed: Counts
    expected: Floats
    at: Yes
    smoothed: Smoothed
    nowhere_share: float
    healthy: bool

    @cached_property
    def enough(self) -> float:
        """Uses to be expected of a group before it can be told that they are few."""
        return smooth.needed(self.smoothed)

    @property
    def told(self) -> bool:
        """False when nothing can be said of any group."""
        return self.healthy and self.smoothed.spread


@dataclass(frozen=True)
class Measured:
    """Reach, use (None where nobody counts it) and label of each group."""

    relative: Floats
    within: Yes
    used: Used | None
    labels: tuple[str, ...]


def measure(
    city: City, settings: Settings, groups: Groups, *, used: Used | None = None
) -> Measured:
    """Measure `settings.kind`: reach neighbourhood by neighbourhood, then use by group, unless it
    is given."""
    relative, within = reached(city, settings.kind, settings.metres, groups)
    known = groups.sums(city.counted & (city.need > 0)) > 0
    used = used or used_of(city, settings.kind, groups)
    told = used is not None and used.told
    if used is not None and not used.healthy:
        return Measured(relative, within, used, (labels.CANNOT_TELL,) * groups.count)
    low = spread_out(used, used.smoothed.p_low) if used else np.zeros(groups.count)
    high = spread_out(used, used.smoothed.p_high) if used else np.zeros(groups.count)
    each = zip(relative.tolist(), low.tolist(), high.tolist(), known.tolist(), strict=True)
    found = [
        labels.label(a, below, above, use_known=told) if somebody else labels.CANNOT_TELL
        for a, below, above, somebody in each
    ]
    return Measured(relative, within, used, tuple(found))


def reached(city: City, kind: str, metres: float, groups: Groups) -> tuple[Floats, Yes]:
    """Reach of each group for one kind of supply (1 is the city's average), and whether anybody
    of it has a site within `metres` on the way."""
    sites = city.sites.get(kind, Sites.none())
    found = reach(city.need, city.points, sites.supply, sites.points, metres=metres, detour=DETOUR)
    return groups.means(found.relative, city.need), groups.sums(found.within) > 0


def used_of(city: City, kind: str, groups: Groups) -> Used | None:
    """The use of one kind in each group; None where nobody counts it."""
    use = city.used.get(kind)
    if use is None:
        return None
    need = groups.sums(np.where(city.counted, city.need, 0.0))
    observed = groups.sums(use.observed).astype(np.int64)
    at = need > 0
    # What comes from where nobody is counted says nothing about what is usual elsewhere.
    expected = smooth.expected(int(observed[at].sum()), need)
    smoothed = smooth.smooth(observed[at], expected[at])
    in_city = int(use.observed.sum()) + use.nowhere
    share = use.nowhere / in_city if in_city else 0.0
    return Used(observed, expected, at, smoothed, share, labels.healthy(use))


def spread_out(used: Used, values: Floats) -> Floats:
    """Values of the groups `at`, with 0 for the others."""
    found = np.zeros(used.at.size)
    found[used.at] = values
    return found
