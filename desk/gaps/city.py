"""One city as the method sees it: neighbourhoods, sites and uses, as arrays in one order.

Nothing here asks the store (`desk.gaps.read` does), so that the method can be tried on cities
that do not exist. Points are rows of latitude and longitude in WGS84 degrees.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from desk.places import Town
from desk.refusals import N_

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Yes = NDArray[np.bool_]

DESK, CLASS, WIFI = "desk", "class", "wifi"
KINDS = {DESK: N_("Help desks"), CLASS: N_("Classes"), WIFI: N_("Wi-Fi")}
# What a unit of supply of each kind is.
UNITS = {
    DESK: N_("staffed hours a quarter"),
    CLASS: N_("seats a quarter"),
    WIFI: N_("seats × open hours a week"),
}
ANY, WEEKDAY, EVENING, SATURDAY, DISASTER = "any", "weekday", "evening", "saturday", "disaster"
WHENS = {
    ANY: N_("At any time"),
    WEEKDAY: N_("Weekdays in the day"),
    EVENING: N_("Weekdays after 17:00"),
    SATURDAY: N_("Saturdays"),
    DISASTER: N_("In a disaster"),
}
THRESHOLDS = (500, 800, 2_000)  # metres on the way: older walkers, walkers, a bicycle or short ride
DETOUR = 1.3  # the way there to the straight line, where no street network is known
DAYS = 365


def distance(metres: float) -> str:
    """A distance as it is said: 500 m, 2 km."""
    return f"{metres:g} m" if metres < 1000 else f"{metres / 1000:g} km"


@dataclass(frozen=True)
class Settings:
    """What a planner chose to look at: a key of `KINDS`, one of `THRESHOLDS`, a key of `WHENS`,
    and over how many days use is counted."""

    kind: str = DESK
    metres: int = 2_000
    when: str = ANY
    days: int = DAYS


@dataclass(frozen=True)
class Sites:
    """Where there is supply of one kind: m places, points (m, 2), and how much (m,), in `UNITS`.

    `assumed` marks the amounts in which something was not known and was set to one."""

    ids: tuple[str, ...]
    names: tuple[str, ...]
    points: Floats
    supply: Floats
    assumed: Yes

    @classmethod
    def none(cls) -> "Sites":
        """No site at all."""
        return cls((), (), np.empty((0, 2)), np.empty(0), np.empty(0, np.bool_))


@dataclass(frozen=True)
class Use:
    """Uses of one kind by neighbourhood (n,), and those of which no neighbourhood is known, or
    whose people live outside the city."""

    observed: Counts
    nowhere: int = 0
    outside: int = 0


@dataclass(frozen=True)
class City:
    """n neighbourhoods with their people, the sites of each kind, and the uses of desk and class.

    `counted` is False where the population table says nothing: persons and need are 0 there, and
    that is not "nobody". `need` is in persons. Uses of Wi-Fi are not counted by anybody.
    """

    towns: tuple[Town, ...]
    counted: Yes
    persons_65_74: Counts
    persons_75_plus: Counts
    need: Floats
    sites: Mapping[str, Sites] = field(default_factory=dict)
    used: Mapping[str, Use] = field(default_factory=dict)
    trial: bool = False

    @property
    def points(self) -> Floats:
        """The neighbourhoods' points (n, 2)."""
        return np.array([(one.lat, one.lng) for one in self.towns], np.float64).reshape(-1, 2)
