"""Whether a label would have been the same with other assumptions that are as good as ours."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from desk.gaps.city import City, Floats, Settings

DISTANCES = (1.0, 0.75, 1.25)  # of d0, how far people go
POINTS = 0.05  # the survey's shares of internet use may be so much higher or lower
# Which way the share of 65–74 and that of 75+ are off: both alike, or against each other, which
# is what moves need from one neighbourhood to another.
SHARES = ((0, 0), (-1, -1), (1, 1), (-1, 1), (1, -1))
STABLE = 0.8  # from this share of runs on a label may be published

LabelsOf = Callable[[City, Settings], Sequence[str]]


def stability(city: City, settings: Settings, labels_of: LabelsOf) -> Floats:
    """The share (n,) of runs under other assumptions that give the neighbourhood the same label.

    Runs: the distance d0 as it is and 25 % shorter and longer, with internet use as it is and 5
    points higher and lower in both bands of age, alike and against each other; every pair but the
    one that is ours, 14 in all. The weight λ of low use (0, ½, 1) is no part of a label, only of
    where the next site goes, and does not come in.

    `labels_of` gives the labels of a city's neighbourhoods in their order. Runs of one need follow
    each other with one and the same `City`.
    """
    mine, *runs = [list(labels_of(*one)) for one in assumptions(city, settings)]
    same = [[a == b for a, b in zip(mine, run, strict=True)] for run in runs]
    share: Floats = np.array(same, np.float64).reshape(len(runs), len(mine)).mean(axis=0)
    return share


def assumptions(city: City, settings: Settings) -> Iterator[tuple[City, Settings]]:
    """The city and settings of each run, ours first."""
    for younger, older in SHARES:
        other = replace(city, need=need(city, POINTS * younger, POINTS * older))
        for share in DISTANCES:
            yield other, replace(settings, metres=round(share * settings.metres))


def need(city: City, younger: float, older: float) -> Floats:
    """Persons in need if the share who use the internet were higher by so much among those of
    65–74 and of 75 and older: nobody less than none, nobody more than there are.

    Where need comes from five-year ages, those of 65–69 are in this and not in the need itself:
    the runs are then a little further apart than 5 points.
    """
    moved = city.need - younger * city.persons_65_74 - older * city.persons_75_plus
    everybody = np.maximum(city.need, city.persons_65_74 + city.persons_75_plus)
    kept: Floats = np.clip(moved, 0, everybody)
    return kept
