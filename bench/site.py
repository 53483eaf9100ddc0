"""20 new sites of 300 for 5,000 areas, against PySAL spopt's MCLP with pulp's CBC.

Cities of 12 km by 12 km drawn by dice, 800 m of reach, 1 to 199 people in need an area. Both are
given the same distances and weights, and both make their problem of them within the time.
"""

import statistics
import time
import warnings
from collections.abc import Callable
from typing import TypeVar

import numpy as np
import pulp
from spopt.locate import MCLP

from desk.gaps import siting
from desk.gaps.city import Floats
from desk.gaps.siting import Choice

warnings.filterwarnings("ignore", category=DeprecationWarning, module="pulp")
T = TypeVar("T")

AREAS, SITES, P = 5_000, 300, 20
SIDE, METRES = 12_000, 800
CITIES, RUNS = 3, 5


def run() -> dict[str, float]:
    """seconds: ours, median of the cities; ratio: the other's time to ours, median of the cities;
    same_optimum: 1 when both cover the same number of people in every one, and ours is proved.
    """
    seconds, ratios, same = [], [], []
    for seed in range(CITIES):
        weights, metres = city(seed)
        ours, found = timed(by_desk, weights, metres, runs=RUNS)
        theirs, covered = timed(by_spopt, weights, metres, runs=1)
        seconds.append(ours)
        ratios.append(theirs / ours)
        same.append(found.optimal and round(found.covered) == round(covered))
        print(
            f"city {seed}: {found.covered:.0f} of {weights.sum():.0f} people in "
            f"{1000 * ours:.1f} ms; spopt and CBC {covered:.0f} people in {theirs:.2f} s"
        )
    return {
        "seconds": statistics.median(seconds),
        "ratio": statistics.median(ratios),
        "same_optimum": float(all(same)),
    }


def city(seed: int) -> tuple[Floats, Floats]:
    """People of each area, and metres from each area to each site."""
    dice = np.random.default_rng(seed)
    homes, sites = dice.uniform(0, SIDE, (AREAS, 2)), dice.uniform(0, SIDE, (SITES, 2))
    apart = np.hypot(*(homes[:, None] - sites[None]).transpose(2, 0, 1))
    return dice.integers(1, 200, AREAS).astype(np.float64), apart


def by_desk(weights: Floats, metres: Floats) -> Choice:
    """Our way."""
    return siting.choose(weights, metres <= METRES, P)


def by_spopt(weights: Floats, metres: Floats) -> float:
    """The people covered in the optimum that spopt and CBC find."""
    problem = MCLP.from_cost_matrix(metres, weights, METRES, P)
    solved = problem.solve(pulp.PULP_CBC_CMD(msg=False))
    return float(solved.problem.objective.value())


def timed(
    way: Callable[[Floats, Floats], T], weights: Floats, metres: Floats, *, runs: int
) -> tuple[float, T]:
    """Median seconds of a way, and its answer."""
    took = []
    for _ in range(runs):
        start = time.perf_counter()
        answer = way(weights, metres)
        took.append(time.perf_counter() - start)
    return statistics.median(took), answer
