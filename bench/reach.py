"""What 220,000 homes reach of 10,000 sites within 2 km, against PySAL access.

Keys: seconds (`desk.gaps.method.reach`, from degrees to everybody's access, pairs looked for in
it), ratio (the time of `access.fca.two_stage_fca` to it). Each is the best of its runs: what else
the machine does only adds to a time, and to a short one more than to a long one.

What is compared. PySAL is given the table of all 3.6 million pairs with their distances; finding
and measuring them is not on its clock, and is on ours. It calls the decay once for each pair, as
it does with any; the decay is plain `math.exp`. The two take turns, and their answers are compared.
"""

import math

import numpy as np
import pandas as pd
from access.fca import two_stage_fca

from bench.import_ import timed
from desk.gaps.method.around import around
from desk.gaps.method.reach import reach

HOMES, SITES = 220_000, 10_000
METRES = 2_000.0
REGION = (38.0, 38.79), (140.5, 141.483)  # degrees: as large as a prefecture's populated part
RUNS, OTHER_RUNS = 9, 3
WITHIN = 1e-9  # of each other, relatively
_FLOOR = math.exp(-0.5)


def run() -> dict[str, float]:
    """seconds, ratio."""
    dice = np.random.default_rng(HOMES)
    homes, sites = (scattered(dice, count) for count in (HOMES, SITES))
    need, supply = dice.uniform(1, 50, HOMES), dice.uniform(1, 40, SITES)
    table = pairs(homes, sites)
    ours_s, theirs_s = [], []
    for number in range(RUNS):
        seconds, ours = timed(lambda: reach(need, homes, supply, sites, metres=METRES))
        ours_s.append(seconds)
        if number < OTHER_RUNS:
            seconds, theirs = timed(lambda: pysal(need, supply, table))
            theirs_s.append(seconds)
    theirs = theirs.dropna()
    apart = np.abs(ours.access[theirs.index] / theirs - 1).max()
    assert apart < WITHIN, f"the two disagree by {apart:.1e}"
    lost = abs(need @ ours.access / ours.served - 1)
    mine, other = (min(some) for some in (ours_s, theirs_s))
    print(
        f"{len(table)} pairs of {HOMES} homes and {SITES} sites: ours {mine:.3f} s, PySAL access "
        f"{other:.2f} s; at most {apart:.1e} apart, {lost:.1e} of the supply lost"
    )
    return {"seconds": mine, "ratio": other / mine}


def scattered(dice: np.random.Generator, count: int) -> np.ndarray:
    """So many points in the region, in degrees."""
    return np.column_stack([dice.uniform(*side, count) for side in REGION])


def pairs(homes: np.ndarray, sites: np.ndarray) -> pd.DataFrame:
    """The table of pairs PySAL takes: home, site, metres."""
    found = around(homes, sites, metres=METRES)
    parts = [
        (found.order[one.homes], np.repeat(one.sites, one.counts), METRES * np.sqrt(one.squares))
        for one in found.blocks
    ]
    home, site, metres = (np.concatenate(column) for column in zip(*parts, strict=True))
    near = metres <= METRES
    return pd.DataFrame({"origin": home[near], "dest": site[near], "cost": metres[near]})


def pysal(need: np.ndarray, supply: np.ndarray, table: pd.DataFrame) -> pd.Series:
    """Access of each home that has a site near, by PySAL."""
    return two_stage_fca(
        pd.DataFrame({"need": need}),
        pd.DataFrame({"supply": supply}),
        table,
        max_cost=METRES,
        demand_index=True,
        demand_name="need",
        supply_index=True,
        supply_name="supply",
        weight_fn=decay,
    )


def decay(metres: float) -> float:
    """The Gaussian that ends at `METRES`."""
    return (math.exp(-0.5 * (metres / METRES) ** 2) - _FLOOR) / (1 - _FLOOR)
