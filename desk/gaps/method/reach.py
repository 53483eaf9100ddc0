"""Reach (届きやすさ): how much supply there is for each person in need, near enough to go to.

The enhanced two-step floating catchment area method (E2SFCA) with a Gaussian decay:

    g(d) = (e^(-½(d/d0)²) − e^(-½)) / (1 − e^(-½)) for d ≤ d0, else 0
    R_j = S_j / Σ_k N_k g(d_kj)        what a site has for each person around it
    A_i = Σ_j R_j g(d_ij)              what a neighbourhood's people find around them

Luo and Qi 2009 (Health & Place 15), McGrail and Humphreys 2009 (Applied Geography 29); the form of
the decay is Dai's, 2010 (Health & Place 16). Supply is shared out, never made or lost:
Σ_i N_i A_i = Σ S_j over the sites with any demand.
"""

from dataclasses import dataclass

import numpy as np

from desk.gaps.city import Floats, Yes
from desk.gaps.method.around import around

_FLOOR = np.exp(-0.5)
_NOBODY = 1e-9  # persons: with less demand than this a site is for nobody
_MOST = 1e15  # of need or supply; more is no amount


@dataclass(frozen=True)
class Reach:
    """What n neighbourhoods reach of m sites. Unreached is 0 (圏外); nothing is ever NaN.

    Attributes:
        access: A_i (n,), units of supply for each person in need.
        relative: A_i over what each would have if all supply were shared out evenly, ΣS/ΣN (n,).
            1 is the city's average; supply that nobody reaches lowers everybody's.
        ratio: R_j (m,), units of supply for each person around; 0 where nobody is.
        within: whether a site with any supply is within the distance (n,).
        served: supply of the sites that have any demand.
    """

    access: Floats
    relative: Floats
    ratio: Floats
    within: Yes
    served: float


def reach(
    need: Floats,
    homes: Floats,
    supply: Floats,
    sites: Floats,
    *,
    metres: float,
    detour: float = 1.0,
) -> Reach:
    """What people in need reach.

    Args:
        need: persons (n,). Where nobody is in need access is that of somebody who would be.
        homes: their points, rows of latitude and longitude in degrees (n, 2).
        supply: of one kind, in one unit (m,).
        sites: the points of the sites (m, 2).
        metres: d0, the furthest anybody goes, on the way.
        detour: the way there to the straight line (`city.DETOUR` without a street network).

    Raises:
        ValueError: for amounts that are negative, not finite or beyond 1e15, arrays that do not
            fit each other, points that are not finite, and a distance or detour not above 0.
    """
    need, supply = _amounts(need, len(homes)), _amounts(supply, len(sites))
    if not (0 < metres < np.inf and 0 < detour < np.inf):
        raise ValueError("no distance to go")
    open_ = np.flatnonzero(supply)
    found = around(homes, np.reshape(sites, (-1, 2))[open_], metres=metres / detour)
    people = need[found.order]
    access, within = np.zeros(len(need)), np.zeros(len(need), np.bool_)
    ratio = np.zeros(len(supply))
    for block in found.blocks:
        decay = block.squares
        within[block.homes[decay <= 1]] = True
        decay *= -0.5
        np.exp(decay, out=decay)
        decay -= _FLOOR
        decay /= 1 - _FLOOR
        np.maximum(decay, 0, out=decay)
        begins = np.cumsum(block.counts) - block.counts
        demand = np.add.reduceat(people[block.homes] * decay, begins)
        some = demand > _NOBODY
        which = open_[block.sites]
        mine = np.divide(supply[which], demand, out=np.zeros_like(demand), where=some)
        ratio[which] = mine
        decay *= np.repeat(mine, block.counts)
        low = block.homes.min()
        gained = np.bincount(block.homes - low, decay)
        access[low : low + len(gained)] += gained
    average = supply.sum() / need.sum() if need.sum() > _NOBODY else 0.0
    back = np.empty_like(found.order)
    back[found.order] = np.arange(len(back))
    access = access[back]
    return Reach(
        access=access,
        relative=access / average if average else np.zeros_like(access),
        ratio=ratio,
        within=within[back],
        served=float(supply[ratio > 0].sum()),
    )


def _amounts(given: Floats, count: int) -> Floats:
    amounts = np.asarray(given, np.float64)
    if amounts.shape != (count,):
        raise ValueError("not one amount for each point")
    if not ((amounts >= 0) & (amounts <= _MOST)).all():
        raise ValueError("an amount is a finite number of 0 or more")
    return amounts
