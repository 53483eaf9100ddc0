"""Cities with planted truths: how many flags of low use are false, and what the intervals cover.

Keys, at 240 consultations a year: false_share (of the neighbourhoods flagged, p_low > 0.8, those
whose use is not below 0.8 of what is usual), coverage (share of the 90 % intervals that hold the
truth), raw_false_share (the same share of false ones where the raw rate O/E below 0.7 is the flag).

What is simulated. Cities of 80 neighbourhoods whose need differs as Iwanuma's does (a gamma
distribution with the coefficient of variation 0.6). Each neighbourhood's use is θ times what is
usual, θ from a gamma distribution with mean 1 and coefficient of variation 0.5; consultations are
Poisson, so many a year on average. The truth is θ next to the mean of its own city's θ, weighted
by need, for use is told next to the city's. The run prints the share that is false, and the
coverage, of θ itself too: with 80 neighbourhoods a city's mean is 7 % off 1, and no method can see
from within a city that all of it uses little.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from desk.gaps.labels import SURE
from desk.gaps.method.smooth import LOW, expected, smooth

RUNS = 2_000
AREAS = 80
NEED_CV, USE_CV = 0.6, 0.5
USES = 240  # a year
MORE_USES = (800, 2_400)
SEEDS = (1, 2, 3)
RAW = 0.7  # the flag of those who trust raw rates


@dataclass(frozen=True)
class Truth:
    """One city: what is seen, what is expected, and true use next to the city's and as planted."""

    observed: np.ndarray
    expected: np.ndarray
    relative: np.ndarray
    planted: np.ndarray


def run() -> dict[str, float]:
    """false_share, coverage, raw_false_share: of 2,000 cities of the first seed."""
    found = [measured(USES, seed) for seed in SEEDS]
    for uses in MORE_USES:
        measured(uses, SEEDS[0])
    keys = "false_share", "coverage", "raw_false_share"
    return {key: found[0][key] for key in keys}


def measured(uses: int, seed: int) -> dict[str, float]:
    """The figures of so many cities with so many uses a year; prints them all."""
    flags = {name: np.zeros(3) for name in ("ours", "raw")}  # flagged, false, false as planted
    covered, milliseconds = np.zeros(2), np.inf
    for one in cities(uses, seed):
        start = time.perf_counter()
        found = smooth(one.observed, one.expected)
        _interval = found.low, found.high
        milliseconds = min(milliseconds, 1_000 * (time.perf_counter() - start))
        flagged = {
            "ours": found.p_low > SURE,
            "raw": one.observed < RAW * one.expected,
        }
        truths = one.relative, one.planted
        for name, flag in flagged.items():
            flags[name] += [flag.sum(), *((flag & (truth >= LOW)).sum() for truth in truths)]
        covered += [((found.low <= truth) & (truth <= found.high)).mean() for truth in truths]
    share = {name: counts[1:] / max(1, counts[0]) for name, counts in flags.items()}
    covered /= RUNS
    print(
        f"{uses} uses a year, seed {seed}: {flags['ours'][0] / RUNS:.1f} flags a city, "
        f"{share['ours'][0]:.1%} false ({share['ours'][1]:.1%} of θ itself); raw rates "
        f"{flags['raw'][0] / RUNS:.1f}, {share['raw'][0]:.1%} ({share['raw'][1]:.1%}); intervals "
        f"cover {covered[0]:.1%} ({covered[1]:.1%}); {milliseconds:.1f} ms a city at best"
    )
    return {
        "false_share": float(share["ours"][0]),
        "coverage": float(covered[0]),
        "raw_false_share": float(share["raw"][0]),
    }


def cities(uses: int, seed: int) -> Iterator[Truth]:
    """`RUNS` cities."""
    dice = np.random.default_rng([seed, uses])
    for _ in range(RUNS):
        need = dice.gamma(NEED_CV**-2, size=AREAS)
        planted = dice.gamma(USE_CV**-2, USE_CV**2, AREAS)
        observed = dice.poisson(uses * need / need.sum() * planted)
        relative = planted / np.average(planted, weights=need)
        yield Truth(observed, expected(int(observed.sum()), need), relative, planted)
