"""Where the next sites of a kind should go: p of the city's places, and what each would do.

To be covered: neighbourhoods from which no site of the kind is within reach. There a_i is 0, so
that its gap is all its need, and w_i = N_i (1 + λ p_low_i): where use is surely low besides,
people weigh more. Gains are shown in people, never in weights. Places that have a site of the
kind already are no candidates.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from desk import store
from desk.gaps import labels, read, siting
from desk.gaps.city import DETOUR, DISASTER, City, Floats, Settings, Sites, Yes
from desk.gaps.method import smooth
from desk.gaps.siting import Choice
from desk.near import apart
from desk.people import Actor, require
from desk.places import Town
from desk.places import metres as far
from desk.refusals import N_
from desk.store.engine import Reader

LAMBDA = 0.5
MOST = 10  # new sites one may ask for
SAME_PLACE = 50.0  # metres: a site nearer than this is at the place already

NO_TOWNS, NO_PEOPLE, NO_PLACES = "no_towns", "no_people", "no_places"
ALL_REACHED, NONE_NEAR = "all_reached", "none_near"
SENTENCES = {
    NO_TOWNS: N_("No neighbourhood is on the city's list yet."),
    NO_PEOPLE: N_("Nobody is known to be in need: there are no population figures yet."),
    NO_PLACES: N_("There is no place in the city that does not have one already."),
    ALL_REACHED: N_("Everybody in need has one within reach already."),
    NONE_NEAR: N_(
        "None of the places would bring anybody new within reach: try a larger distance."
    ),
}


@dataclass(frozen=True)
class Place:
    """A place of the city that could have a new site; `room` says that one can be booked there."""

    id: str
    name: str
    kind: str
    lat: float
    lng: float
    room: bool = False
    shelter: bool = False
    trial: bool = False


@dataclass(frozen=True)
class Instead:
    """Another place, and how many people fewer would be reached with it (below 0: more)."""

    place: Place
    less: float


@dataclass(frozen=True)
class Step:
    """A place in its order: the people it newly brings within reach after those before it, the
    neighbourhoods they live in, and the nearest ties."""

    place: Place
    people: float
    towns: tuple[Town, ...]
    instead: tuple[Instead, ...]


@dataclass(frozen=True)
class Proposal:
    """Places in order of what they add; `gap` is how far below the best they may be (0–1)."""

    steps: tuple[Step, ...]
    people: float
    optimal: bool
    gap: float

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the places, in order."""
        return tuple(step.place.id for step in self.steps)

    @property
    def towns(self) -> tuple[Town, ...]:
        """The neighbourhoods newly within reach."""
        return tuple(town for step in self.steps for town in step.towns)


@dataclass(frozen=True)
class Plan:
    """What is proposed, and what somebody's own choice would do (the proposal when there is none).

    People are persons in need: `there` have a site within reach already, `beyond` live where no
    place is near, `total` are all. `adds` is what one more of each place would add to the own
    choice. `everybody` is how many new sites would reach all that any could, `fewest` whether it
    is proved that fewer cannot. `unknown` counts chosen ids that are no candidates. `said` is a
    key of `SENTENCES` where there is nothing to choose.
    """

    settings: Settings
    p: int
    places: tuple[Place, ...]
    towns: tuple[Town, ...]
    reached: Yes
    existing: Sites
    best: Proposal
    own: Proposal
    adds: tuple[float, ...]
    there: float
    beyond: float
    total: float
    everybody: int
    fewest: bool
    unknown: int
    said: str | None
    trial: bool

    @property
    def more(self) -> tuple[Place, float] | None:
        """The place that would add most to the own choice, and how many people; None: nobody."""
        best = max(range(len(self.places)), key=self.adds.__getitem__, default=-1)
        return (self.places[best], self.adds[best]) if best >= 0 and self.adds[best] > 0 else None


def weights(city: City, settings: Settings) -> Floats:
    """w_i = N_i (1 + λ p_low_i), n persons made heavier where use is surely low.

    Where nobody counts use, or too much of it has no neighbourhood, p_low is 0.
    """
    need = np.where(city.counted, city.need, 0.0)
    use = city.used.get(settings.kind)
    if use is None or not labels.healthy(use) or not need.any():
        return need
    at = need > 0
    seen = use.observed[at]
    p_low = np.zeros(len(need))
    p_low[at] = smooth.smooth(seen, smooth.expected(int(seen.sum()), need[at])).p_low
    heavier: Floats = need * (1 + LAMBDA * p_low)
    return heavier


def within(homes: Floats, sites: Floats, metres: float) -> Yes:
    """Which sites are at most so many metres from which homes in a straight line: (n, m)."""
    near: Yes = apart(homes, sites) <= metres
    return near


def candidates(city: City, settings: Settings, among: Sequence[Place]) -> tuple[Place, ...]:
    """The places that have no site of the kind yet; in a disaster, only shelters count."""
    sites = city.sites.get(settings.kind, Sites.none())
    points = np.array([(one.lat, one.lng) for one in among], np.float64).reshape(-1, 2)
    taken = np.asarray(within(points, sites.points, SAME_PLACE).any(axis=1)).tolist()
    return tuple(
        place
        for place, has in zip(among, taken, strict=True)
        if not has and (place.shelter or settings.when != DISASTER)
    )


def plan(
    city: City,
    settings: Settings,
    weights: Floats,
    p: int,
    *,
    among: Sequence[Place],
    chosen: Collection[str] | None = None,
) -> Plan:
    """The p best of these places for `settings`, and what the `chosen` ones would do.

    Args:
        weights: (n,) as `weights` makes them.
        p: 1 to `MOST`; what is outside is brought inside.
        among: all places; those that have a site of the kind already are left out.
        chosen: ids of places; None for the proposal itself.
    """
    p = min(MOST, max(1, p))
    ground = _Ground.of(city, settings, weights, candidates(city, settings, among))
    best = siting.choose(ground.weights, ground.covers, p, fixed=ground.fixed)
    number = {place.id: n for n, place in enumerate(ground.places)}
    own_ids = None if chosen is None else list(dict.fromkeys(chosen))
    mine = best
    if own_ids is not None:
        own = [number[one] for one in own_ids if one in number]
        mine = siting.judged(ground.weights, ground.covers, own, fixed=ground.fixed)
    all_ = siting.fewest(ground.weights, ground.covers, fixed=ground.fixed)
    proposal = ground.proposal(best)
    near = ground.covers[:, : len(ground.places)].any(axis=1)
    return Plan(
        settings=settings,
        p=p,
        places=ground.places,
        towns=city.towns,
        reached=ground.before,
        existing=city.sites.get(settings.kind, Sites.none()),
        best=proposal,
        own=proposal if own_ids is None else ground.proposal(mine),
        adds=ground.adds(mine.sites),
        there=float(ground.people[ground.before].sum()),
        beyond=float(ground.people[~ground.before & ~near].sum()),
        total=float(ground.people.sum()),
        everybody=len(all_.sites),
        fewest=all_.optimal,
        unknown=sum(one not in number for one in own_ids or ()),
        said=ground.said(city),
        trial=city.trial or any(place.trial for place in among),
    )


def where_next(
    actor: Actor,
    settings: Settings,
    p: int,
    *,
    now: datetime,
    chosen: Collection[str] | None = None,
) -> Plan:
    """Where p new sites of `settings.kind` reach most people in need, from the store.

    Raises:
        NotAllowed: for anybody but staff, planners and administrators.
        Refused: `use_rates_missing` when there are people and no rates of internet use.
    """
    require(actor, "see_neighbourhoods")
    city = read.city(actor, settings, now=now)
    with store.engine().reading() as reader:
        among = places(reader)
    return plan(city, settings, weights(city, settings), p, among=among, chosen=chosen)


def nearest(among: Sequence[Place], lat: float, lng: float, *, metres: float) -> Place | None:
    """The place nearest to a point that was tapped, at most so many metres from it."""
    best = min(among, key=lambda one: far(one.lat, one.lng, lat, lng), default=None)
    return best if best and far(best.lat, best.lng, lat, lng) <= metres else None


def places(reader: Reader) -> tuple[Place, ...]:
    """Every place of the city, by its id."""
    rows = reader.rows(
        "SELECT v.id, v.name, v.kind, v.lat, v.lng, v.shelter, v.trial, "
        "(SELECT COUNT(*) FROM room r WHERE r.venue_id = v.id AND r.active = 1) AS rooms "
        "FROM venue v WHERE v.active = 1 ORDER BY v.id"
    )
    return tuple(
        Place(
            id=row["id"],
            name=row["name"],
            kind=row["kind"],
            lat=row["lat"],
            lng=row["lng"],
            room=row["rooms"] > 0,
            shelter=bool(row["shelter"]),
            trial=bool(row["trial"]),
        )
        for row in rows
    )


@dataclass(frozen=True)
class _Ground:
    """Who would be reached from where: `covers` (n, candidates and one column for what exists)."""

    towns: tuple[Town, ...]
    people: Floats
    weights: Floats
    places: tuple[Place, ...]
    covers: Yes
    before: Yes

    @classmethod
    def of(
        cls, city: City, settings: Settings, weights: Floats, places: tuple[Place, ...]
    ) -> "_Ground":
        sites = city.sites.get(settings.kind, Sites.none())
        straight = settings.metres / DETOUR
        points = np.array([(one.lat, one.lng) for one in places], np.float64).reshape(-1, 2)
        before: Yes = np.asarray(within(city.points, sites.points, straight).any(axis=1))
        covers = np.column_stack([within(city.points, points, straight), before])
        people = np.where(city.counted, city.need, 0.0)
        return cls(city.towns, people, weights, places, covers, before)

    @property
    def fixed(self) -> tuple[int]:
        """The column of what exists."""
        return (len(self.places),)

    def reach(self, sites: Collection[int]) -> float:
        """People newly within reach of these places."""
        return float(self.people[self.new(sites)].sum())

    def new(self, sites: Collection[int]) -> Yes:
        """The neighbourhoods newly within reach of these places."""
        found: Yes = self.covers[:, list(sites)].any(axis=1) & ~self.before
        return found

    def adds(self, sites: Sequence[int]) -> tuple[float, ...]:
        """People that each place would add to these."""
        left = ~self.before & ~self.new(sites)
        return tuple((self.people * left @ self.covers[:, : len(self.places)]).tolist())

    def proposal(self, choice: Choice) -> Proposal:
        """A choice with its people and neighbourhoods."""
        sites, steps = choice.sites, []
        together = self.reach(sites)
        for number, site in enumerate(sites):
            newly = self.new([site]) & ~self.new(sites[:number])
            rest = [one for one in sites if one != site]
            steps.append(
                Step(
                    self.places[site],
                    float(self.people[newly].sum()),
                    tuple(self.towns[i] for i in np.flatnonzero(newly & (self.people > 0))),
                    tuple(
                        sorted(
                            (
                                Instead(
                                    self.places[tie.site],
                                    together - self.reach([*rest, tie.site]),
                                )
                                for tie in choice.ties[number]
                            ),
                            key=lambda one: one.less,
                        )
                    ),
                )
            )
        return Proposal(tuple(steps), together, choice.optimal, choice.gap)

    def said(self, city: City) -> str | None:
        """Why there is nothing to choose, where it is so: a key of `SENTENCES`."""
        if not city.towns:
            return NO_TOWNS
        if not self.people.any():
            return NO_PEOPLE
        if not self.people[~self.before].any():
            return ALL_REACHED
        if not self.places:
            return NO_PLACES
        return None if self.reach(range(len(self.places))) else NONE_NEAR
