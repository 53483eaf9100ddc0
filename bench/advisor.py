"""The next class advisor against venues taken in turn: unmet need found within 800 m on the way.

Keys: `gain_percent`, by how much more people of the held-out half live within 800 m of a class the
advisor chose than of one put into the next venue on the list; `gain_low_percent`, the same in the
city at the 10th percentile; `course_percent`, the gain in people who find the very course they
want there; `need_percent` and `need_course_percent`, the two gains of a chooser who knows need and
the map and nothing of what people left at the desk; `advisor_share`, `turn_share`, the percent of
all held-out people whom the two reach; `cities`, how many were simulated.

A city is 80 neighbourhoods in clusters, 24 venues, classes at three of them. Who wants a class and
has none is drawn from a need the advisor does not know: its estimate times a gamma factor of CV
0.5, wants by neighbourhood. Each of these people is in one half or the other by a coin. The first
half leaves what people leave at a desk: one in four asks about a course, one in fifty waits for a
class or says that it was too far. The advisor sees that, the estimate of need and the map; the
second half is only counted. It chooses six classes one after the other, each of them supply for
the next choice. In turn means the
list of venues, and that of courses, from every place it could begin at, on average.
"""

from dataclasses import dataclass, replace

import numpy as np

from desk.gaps.city import DETOUR, Counts, Floats, Yes
from desk.gaps.method.reach import reach
from desk.gaps.next_class import advice
from desk.gaps.next_class.advice import Evidence, View
from desk.near import in_space
from desk.places import EARTH_METRES

CITIES, AREAS, VENUES, COURSES, CLASSES = 60, 80, 24, 6, 6
METRES, SEATS, CV = 800.0, 10.0, 0.5
ASKS, WAITS = 0.25, 0.02
"""Shares of the first half who ask at a desk, and who wait for or decline a class."""


@dataclass(frozen=True)
class Simulated:
    """A city: what the advisor may see, and the people of the second half by neighbourhood
    and wanted course."""

    homes: Floats
    venues: Floats
    need: Floats
    supply: Floats
    evidence: Evidence
    held_out: Counts
    near: Yes


def simulated(seed: int) -> Simulated:
    """A city of its own for each seed."""
    rng = np.random.default_rng(seed)
    centres = rng.uniform(-0.04, 0.04, (6, 2))
    homes = centres[rng.integers(6, size=AREAS)] + rng.normal(0, 0.008, (AREAS, 2))
    homes = homes * (1, 1.27) + (38.1, 140.87)  # degrees; of longitude at that latitude
    venues = homes[rng.choice(AREAS, VENUES, replace=False)] + rng.normal(0, 0.002, (VENUES, 2))
    need = rng.lognormal(3.6, 0.9, AREAS)
    supply = np.zeros(VENUES)
    supply[rng.choice(VENUES, 3, replace=False)] = rng.integers(2, 6, 3) * SEATS
    away = metres(venues, np.vstack([homes, venues]))
    near = away <= METRES / DETOUR
    # What nobody at the desk knows.
    truth = need * rng.gamma(1 / CV**2, CV**2, AREAS)
    reached = reach(truth, homes, supply, venues, metres=METRES, detour=DETOUR)
    unmet = rng.poisson(truth * np.maximum(0, 1 - reached.relative))
    wants = rng.dirichlet(np.full(COURSES, 1.5), AREAS)
    first = rng.binomial(unmet, 0.5)
    evidence = traces(rng, first, wants)
    second = np.array(
        [rng.multinomial(n, want) for n, want in zip(unmet - first, wants, strict=True)]
    )
    return Simulated(homes, venues, need, supply, evidence, second, near)


def traces(rng: np.random.Generator, people: Counts, wants: Floats) -> Evidence:
    """What the people of the first half leave at the desk."""

    def some(share: float) -> Floats:
        asked = rng.binomial(people, share)
        rows = [rng.multinomial(n, want) for n, want in zip(asked, wants, strict=True)]
        return np.vstack([rows, np.zeros((VENUES, COURSES))]).astype(np.float64)

    far = np.argwhere(some(WAITS) > 0)
    return Evidence(
        asked=some(ASKS),
        teaches=np.eye(COURSES),
        waiting=some(WAITS),
        far=np.column_stack([far, np.full(len(far), -1)]),
        untimely=np.empty((0, 3), np.int64),
        taken=np.zeros(1),
        seats=np.zeros(1),
        far_times=np.ones(len(far)),
        untimely_times=np.empty(0),
    )


def metres(points: Floats, others: Floats) -> Floats:
    """Straight metres from each point to each other."""
    chord = np.linalg.norm(in_space(points)[:, None] - in_space(others)[None], axis=2)
    away: Floats = 2 * EARTH_METRES * np.arcsin(np.minimum(chord / 2, 1))
    return away


Class = tuple[int, int]  # venue and course


def advised(city: Simulated, evidence: Evidence) -> list[Class]:
    """The classes the advisor chooses, one after the other."""
    supply = city.supply.copy()
    allowed = np.ones((VENUES, COURSES, 1), np.bool_)
    chosen: list[Class] = []
    for _class in range(CLASSES):
        reached = reach(city.need, city.homes, supply, city.venues, metres=METRES, detour=DETOUR)
        gap = city.need * np.maximum(0, 1 - reached.relative)
        found = advice.scores(View(gap, city.near), evidence)
        [best] = advice.first(found, allowed, most=1, least=0)
        chosen.append((best.venue, best.course))
        allowed[best.venue, best.course] = False
        supply[best.venue] += SEATS
    return chosen


def found(city: Simulated, classes: list[Class]) -> Floats:
    """People of the second half within the distance of a class, and of one of the course they
    want, each counted once (2,)."""
    near = city.near[:, :AREAS]
    around = near[[venue for venue, _course in classes]].any(axis=0)
    served = np.zeros((AREAS, COURSES), np.bool_)
    for venue, course in classes:
        served[near[venue], course] = True
    return np.array([city.held_out[around].sum(), city.held_out[served].sum()], np.float64)


def in_turn(city: Simulated) -> Floats:
    """The same for as many classes in the order of the lists, whichever comes first."""
    turns = [
        [((start + n) % VENUES, (start + n) % COURSES) for n in range(CLASSES)]
        for start in range(VENUES)
    ]
    mean: Floats = np.mean([found(city, turn) for turn in turns], axis=0)
    return mean


def run() -> dict[str, float]:
    """gain_percent, gain_low_percent, course_percent and what they are compared with."""
    cities = [simulated(seed) for seed in range(CITIES)]
    ours = np.array([found(city, advised(city, city.evidence)) for city in cities])
    needs = np.array([found(city, advised(city, forgotten(city.evidence))) for city in cities])
    turn = np.array([in_turn(city) for city in cities])
    whole = sum(int(city.held_out.sum()) for city in cities)
    gain, course = 100 * (ours.sum(axis=0) / turn.sum(axis=0) - 1)
    need_gain, need_course = 100 * (needs.sum(axis=0) / turn.sum(axis=0) - 1)
    each = 100 * (ours[:, 0] / np.maximum(turn[:, 0], 1) - 1)
    return {
        "gain_percent": float(gain),
        "gain_low_percent": float(np.quantile(each, 0.1)),
        "course_percent": float(course),
        "need_percent": float(need_gain),
        "need_course_percent": float(need_course),
        "advisor_share": float(100 * ours[:, 0].sum() / whole),
        "turn_share": float(100 * turn[:, 0].sum() / whole),
        "cities": CITIES,
    }


def forgotten(evidence: Evidence) -> Evidence:
    """Nobody asked and nobody waited."""
    return replace(
        evidence,
        asked=np.zeros_like(evidence.asked),
        waiting=np.zeros_like(evidence.waiting),
        far=np.empty((0, 3), np.int64),
        far_times=np.empty(0),
    )
