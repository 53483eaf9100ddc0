"""The next class: venue × course × time by what is known of need and wishes around each venue.

A score is the number of learners to expect, in persons:

    score(v, c, s) = COMES · U_v · p_vc · f_s + KNOWN · K_vcs

U_v are the people in need around venue v whom no class reaches; p_vc the share of what is asked
around v that course c is about, drawn towards the city's share where little was asked (`PRIOR`
consultations weigh as much as the city); f_s how well classes at that time fill, against the
average (`PRIOR_SEATS` weigh as much as the average); K_vcs the people around v who wanted course
c and got no place, or none near enough (then not at that venue), or none at a time that suits
(then not at that time).
COMES and KNOWN are assumptions, and moved in every run of `steadiness`.

Nothing here asks the store. Shapes: v venues, p places (the neighbourhoods, then the venues: who
lives nowhere known counts where the class was), t topics, c courses, s times of the week.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from desk.gaps.city import Counts, Floats, Yes

COMES = 0.05  # of the people in need around a venue, how many come to a class near them
KNOWN = 0.5  # of the people who wanted such a class, how many come
PRIOR, PRIOR_SEATS = 10.0, 30.0
FIRST = 3
LEAST = 1.0  # learners to expect; for fewer no class is advised
RUNS = 200
STEADY = 0.8  # of the first three, the share that stays in the first three


@dataclass(frozen=True)
class View:
    """One way to look at the city: who is unreached, persons (n,), and what is around a venue
    (v, p). `steadiness` draws one of several, for distance and need are not known exactly.
    """

    gap: Floats
    near: Yes


@dataclass(frozen=True)
class Evidence:
    """What people said or did, in persons or consultations.

    Attributes:
        asked: consultations by place and topic (p, t).
        teaches: of a consultation about a topic, the share each course is near to (t, c).
        waiting: wanted a class of the course and found it full (p, c).
        far: rows of place, course and venue (-1: none of these): wanted it, and it was too far
            (k, 3).
        untimely: rows of place, course and time: wanted it, and that time did not suit (j, 3).
        taken: seats taken and people waiting, by time (s,).
        seats: seats there were, by time (s,).
        far_times, untimely_times: how often each row counts (k,), (j,).
    """

    asked: Floats
    teaches: Floats
    waiting: Floats
    far: Counts
    untimely: Counts
    taken: Floats
    seats: Floats
    far_times: Floats
    untimely_times: Floats


@dataclass(frozen=True)
class Choice:
    """A venue, a course and a time, by their places in the arrays; `score` in persons."""

    venue: int
    course: int
    slot: int
    score: float


@dataclass(frozen=True)
class Steadiness:
    """How far the first choices stay the same when the evidence is drawn anew, 0 to 1.

    `pairs` is the share of the first (venue and course) that stay among the first, `venues` the
    same of the venues alone.
    """

    pairs: float
    venues: float


def suits(evidence: Evidence) -> Floats:
    """f_s: how well each time fills against the average of all, drawn towards 1 (s,)."""
    seats = evidence.seats.sum()
    if not seats or not evidence.taken.sum():
        return np.ones_like(evidence.taken)
    average = evidence.taken.sum() / seats
    declined = np.bincount(
        evidence.untimely[:, 2], evidence.untimely_times, minlength=len(evidence.taken)
    )
    taken = np.maximum(evidence.taken - declined, 0)
    filled: Floats = (taken + PRIOR_SEATS * average) / (evidence.seats + PRIOR_SEATS) / average
    return filled


def scores(view: View, evidence: Evidence, *, comes: float = COMES, known: float = KNOWN) -> Floats:
    """Learners to expect, in persons (v, c, s); 0 or more, never NaN."""
    near = view.near.astype(np.float64)
    around = near[:, : len(view.gap)] @ view.gap
    asked = (near @ evidence.asked) @ evidence.teaches
    whole = evidence.asked.sum(axis=0) @ evidence.teaches
    everywhere = (whole + 1 / len(whole)) / (whole.sum() + 1) if len(whole) else whole
    share = (asked + PRIOR * everywhere) / (asked.sum(axis=1, keepdims=True) + PRIOR)
    found = (comes * around[:, None] * share)[:, :, None] * suits(evidence)
    courses, times = found.shape[1:]
    missed = near @ evidence.waiting
    place, course, where = evidence.far.T
    elsewhere = np.arange(len(near))[:, None] != where
    missed += (near[:, place] * elsewhere * evidence.far_times) @ np.eye(courses)[course]
    place, course, when = evidence.untimely.T
    here = near[:, place] * evidence.untimely_times
    missed += here @ np.eye(courses)[course]
    found += known * missed[:, :, None]
    then = np.zeros((len(near), courses * times))
    np.add.at(then.T, course * times + when, here.T)
    found -= known * then.reshape(found.shape)
    worth: Floats = np.maximum(found, 0)
    return worth


def first(found: Floats, allowed: Yes, *, most: int = FIRST, least: float = LEAST) -> list[Choice]:
    """The best course and time of each venue, the best venues first; none for fewer learners than
    `least`, and none for nobody.

    Of times and courses that are worth the same, the earlier in the arrays.
    """
    if not found.size:
        return []
    flat = np.where(allowed, found, 0).reshape(len(found), -1)
    best, worth = flat.argmax(axis=1), flat.max(axis=1)
    choices = []
    for venue in np.argsort(-worth, kind="stable")[:most]:
        if worth[venue] > 0 and worth[venue] >= least:
            course, slot = divmod(int(best[venue]), found.shape[2])
            choices.append(Choice(int(venue), course, slot, float(worth[venue])))
    return choices


def drawn(evidence: Evidence, rng: np.random.Generator, more: float = 1.0) -> Evidence:
    """The evidence as it might have come out, with `more` times as much of it: each person and
    consultation is there as often as chance has it (Poisson bootstrap)."""

    def anew(counts: Floats) -> Floats:
        drawn: Floats = rng.poisson(counts * more) / more
        return drawn

    return replace(
        evidence,
        asked=anew(evidence.asked),
        waiting=anew(evidence.waiting),
        taken=anew(evidence.taken),
        far_times=anew(evidence.far_times),
        untimely_times=anew(evidence.untimely_times),
    )


def steadiness(
    views: Sequence[View],
    evidence: Evidence,
    allowed: Yes,
    chosen: Sequence[Choice],
    *,
    seed: int,
    more: float = 1.0,
    runs: int = RUNS,
) -> Steadiness:
    """How often the chosen stay among the first when everything is drawn anew.

    In each run the consultations, bookings and people who could not come are drawn anew, the
    people in need of each neighbourhood too, the view is one of `views`, and what is assumed of
    who comes is up to half as much again or down to two thirds.
    """
    if not chosen:
        return Steadiness(0.0, 0.0)
    rng = np.random.default_rng(seed)
    pairs, venues = 0, 0
    mine = {(one.venue, one.course) for one in chosen}
    at = {one.venue for one in chosen}
    for _run in range(runs):
        view = views[int(rng.integers(len(views)))]
        view = View(rng.poisson(view.gap).astype(np.float64), view.near)
        comes, known = COMES * 1.5 ** rng.uniform(-1, 1), KNOWN * 1.5 ** rng.uniform(-1, 1)
        again = first(
            scores(view, drawn(evidence, rng, more), comes=comes, known=known),
            allowed,
            most=len(chosen),
            least=0,
        )
        pairs += len(mine & {(one.venue, one.course) for one in again})
        venues += len(at & {one.venue for one in again})
    return Steadiness(pairs / (runs * len(chosen)), venues / (runs * len(chosen)))
