"""Neighbourhoods taken together until there is enough to tell something, as the census does.

The census of Japan does not leave a small area out: it adds it to one beside it (秘匿・合算), so
that every total stays right. Here the smallest joins the one nearest to it, and so on.
"""

from collections.abc import Sequence

import numpy as np

from desk.gaps.city import Floats
from desk.near import in_space

# A group that has enough is looked at as if so much further away: two that lack join each other
# first, which leaves more groups, and smaller ones, than piling all on those that lack nothing.
FULL = 1.5
LEAST = 20.0  # uses expected, from which on half the usual use is mostly seen

Groups = tuple[tuple[int, ...], ...]


def merge(
    points: Floats,
    expected: Floats,
    *,
    least: float | Sequence[float] = LEAST,
    begun: Groups = (),
) -> Groups:
    """Which neighbourhoods go together, as places in the order given, each in one group.

    While a group has less than `least`, the one with the smallest share of it joins the group
    nearest to it, by the middles of their members, one that has enough already counting as `FULL`
    times as far. The same neighbourhoods give the same groups in whatever order they come. Fewer
    than `least` in all leave one group of everything.

    Args:
        points: rows of latitude and longitude in degrees (n, 2).
        expected: what has to be enough: uses expected (n,), or several amounts (n, k), for
            instance uses and persons of 65 and older.
        least: how much is enough, of each amount.
        begun: groups that are kept whole; who is in none of them begins alone.

    Raises:
        ValueError: for amounts that are negative or not finite, not one row for each point, or
            points that are not finite; for a `least` that is not above 0.
    """
    there = in_space(points)
    enough = np.atleast_1d(np.asarray(least, np.float64))
    amounts = np.asarray(expected, np.float64).reshape(len(there), len(enough))
    if not ((amounts >= 0) & np.isfinite(amounts)).all() or not (enough > 0).all():
        raise ValueError("an amount is a finite number of 0 or more")
    known = {one for group in begun for one in group}
    start = [group for group in begun if group]
    start += [(one,) for one in range(len(there)) if one not in known]
    middles = np.array([there[list(group)].mean(axis=0) for group in start]).reshape(-1, 3)
    held = np.array([amounts[list(group)].sum(axis=0) for group in start]) / enough
    held = held.reshape(-1, len(enough))
    # In an order of their own, so that the one they are given in decides nothing.
    order = np.lexsort((*held.T, *middles.T))
    middles, held = middles[order], held[order]
    groups = [start[one] for one in order]
    while len(groups) > 1:
        has = held.min(axis=1)
        smallest = int(has.argmin())
        if has[smallest] >= 1:
            break
        apart = ((middles - middles[smallest]) ** 2).sum(axis=1)
        apart[has >= 1] *= FULL**2
        apart[smallest] = np.inf
        beside = int(apart.argmin())
        mine, its = len(groups[smallest]), len(groups[beside])
        middles[beside] = (mine * middles[smallest] + its * middles[beside]) / (mine + its)
        held[beside] += held[smallest]
        groups[beside] += groups[smallest]
        del groups[smallest]
        middles, held = (np.delete(some, smallest, axis=0) for some in (middles, held))
    return tuple(sorted(tuple(sorted(group)) for group in groups))
