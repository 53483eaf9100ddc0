"""What the public may see of the help desk's use: the one way out for any number of it.

Neighbourhoods with few uses are not blanked but looked at together with a neighbour, as the
census does with its small areas (国勢調査 小地域集計 秘匿・合算): totals stay right, and there is
no hole to work out by subtraction. What goes out of a quarter:

* areas of `LEAST_USES` uses and `LEAST_PERSONS` people of 65 and older at least, which stay the
  same for a fiscal year or become larger;
* counts rounded to `STEP`, a band for how an area compares, and no rate;
* topics of an area with `LEAST_USES` uses at least, all others together, and again as many.

One partition a quarter and no longer period beside it: nothing can be taken from anything else.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from desk.gaps.city import Counts, Floats
from desk.gaps.method.merge import Groups, merge

LEAST_USES = 10
LEAST_PERSONS = 100
STEP = 5
OTHER = "other_topics"  # a topic of its own: all that are not told apart


@dataclass(frozen=True)
class Area:
    """Neighbourhoods looked at together, by index; `uses` and the counts of `topics` rounded."""

    members: tuple[int, ...]
    persons: int
    uses: int
    topics: Mapping[str, int]


@dataclass(frozen=True)
class Table:
    """What goes out of one quarter: areas, their rounded total, and topics in the whole city.

    No area at all means that the quarter has too few uses to say anything."""

    areas: tuple[Area, ...]
    total: int
    topics: Mapping[str, int]


def rounded(count: int) -> int:
    """The nearest multiple of `STEP`."""
    return STEP * ((2 * count + STEP) // (2 * STEP))


def table(
    points: Floats,
    persons: Counts,
    topics: Mapping[str, Counts],
    *,
    groups: Groups | None = None,
) -> Table:
    """What may be told of one quarter.

    Args:
        points: the n neighbourhoods, latitude and longitude in degrees (n, 2).
        persons: people of 65 and older in each (n,).
        topics: uses by main topic, in each neighbourhood (n,). Every use has one topic.
        groups: the areas of the fiscal year so far, which are kept whole.
    """
    uses = sum(topics.values(), np.zeros(len(points), np.int64))
    parts = merged(points, uses, persons, groups=groups)
    if not parts:
        return Table((), 0, {})
    areas = []
    for members in parts:
        at = list(members)
        told = apart({topic: int(counts[at].sum()) for topic, counts in topics.items()})
        areas.append(Area(members, int(persons[at].sum()), rounded(int(uses[at].sum())), told))
    whole = apart({topic: int(counts.sum()) for topic, counts in topics.items()})
    return Table(tuple(areas), rounded(int(uses.sum())), whole)


def apart(counts: Mapping[str, int]) -> dict[str, int]:
    """The topics that may be told apart, rounded, and the rest as `OTHER`.

    A rest of 1 to `LEAST_USES` - 1 takes the smallest topic that is told with it, until it is
    large enough: alone it would be a cell that is too small."""
    told = {topic: n for topic, n in counts.items() if n >= LEAST_USES}
    rest = sum(n for n in counts.values() if n < LEAST_USES)
    while 0 < rest < LEAST_USES and told:
        least = min(told, key=lambda topic: (told[topic], topic))
        rest += told.pop(least)
    shown = {topic: rounded(n) for topic, n in told.items()}
    return {**shown, OTHER: rounded(rest)} if rest else shown


def merged(
    points: Floats, uses: Counts, persons: Counts, *, groups: Groups | None = None
) -> Groups:
    """Neighbourhoods together (`method.merge`) until each area has uses and people enough.

    Returns:
        The members of each area by index, in ascending order; empty when the whole city lacks.
    """
    if uses.sum() < LEAST_USES or persons.sum() < LEAST_PERSONS:
        return ()
    amounts = np.column_stack([uses, persons]).astype(np.float64)
    return merge(points, amounts, least=(LEAST_USES, LEAST_PERSONS), begun=groups or ())
