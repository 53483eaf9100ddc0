"""The arithmetic of covering: areas merged, the greedy choice, what cannot be exceeded, the proof.

`desk.gaps.siting` asks here. The problem is maximal covering (Church and ReVelle 1974):
max Σ w_i y_i with y_i ≤ Σ_{j covers i} x_j and Σ x_j ≤ p, all 0 or 1. Areas with the same
candidates are one row; areas that existing sites cover, or that nobody weighs or reaches, are
none. What is left is answered by greedy and swaps, bounded by a Lagrangian relaxation, and
proved by HiGHS on the sites that the bound leaves open.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csc_array, csr_array, eye_array, hstack, issparse, vstack

from desk.gaps.city import Floats, Yes

Places = NDArray[np.intp]
STEPS, PATIENCE = 300, 10  # of the relaxation, and how many without a better bound
_SCALE = 1_000.0  # the solver's tolerances are absolute: give it weights up to this
_SAME = 1e-12  # amounts nearer than this share of one another are one


@dataclass(frozen=True)
class Found:
    """Sites, what no choice of as many can exceed, and whether these reach it."""

    sites: tuple[int, ...]
    bound: float
    optimal: bool


@dataclass(frozen=True)
class Task:
    """Merged areas: `rows` (r, m) of 0 and 1, `weights` (r,) above 0, and what was left out.

    `before` is the weight that existing sites cover, `beyond` what no site does.
    """

    rows: csr_array
    weights: Floats
    before: float = 0.0
    beyond: float = 0.0
    by_site: csr_array = field(init=False)  # rows, turned

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_site", csr_array(self.rows.T))

    @property
    def count(self) -> int:
        """How many sites there are, existing ones included."""
        return int(self.rows.shape[1])

    @property
    def total(self) -> float:
        """What all candidates together would add."""
        return float(self.weights.sum())

    @property
    def useful(self) -> Places:
        """The sites that reach anybody new."""
        return np.flatnonzero(np.diff(self.by_site.indptr))

    def of(self, site: int) -> NDArray[np.int32]:
        """The rows a site covers."""
        turned = self.by_site
        own: NDArray[np.int32] = turned.indices[turned.indptr[site] : turned.indptr[site + 1]]
        return own

    def gains(self, uncovered: Floats) -> Floats:
        """What every site would add, of the weights (r,) or (r, k) that are not covered yet."""
        added: Floats = self.by_site @ uncovered
        return added

    def times(self, sites: Collection[int]) -> NDArray[np.int64]:
        """By how many of these sites each row is covered."""
        found = np.zeros(len(self.weights), np.int64)
        for site in sites:
            found[self.of(site)] += 1
        return found

    def covered(self, sites: Collection[int]) -> float:
        """What these sites cover together."""
        return float(self.weights[self.times(sites) > 0].sum())

    def without_each(self, sites: Sequence[int]) -> Floats:
        """What every site would add beside all of these but one: (m, how many)."""
        times = self.times(sites)
        uncovered = np.zeros((len(self.weights), len(sites)))
        uncovered[times == 0] = self.weights[times == 0, None]
        for number, site in enumerate(sites):
            own = self.of(site)
            alone = own[times[own] == 1]
            uncovered[alone, number] = self.weights[alone]
        return self.gains(uncovered)


def task(weights: ArrayLike, covers: Any, fixed: Sequence[int] = ()) -> Task:
    """The problem made small: nothing done here changes which choice is best.

    Raises:
        ValueError: for shapes that do not fit, weights that are no amounts, numbers of no site.
    """
    given = np.asarray(weights, np.float64)
    if not issparse(covers):
        covers = np.asarray(covers, np.bool_)
    if covers.ndim != 2 or given.shape != covers.shape[:1]:
        raise ValueError("weights are (n,), covers (n, m)")
    if not np.isfinite(given).all() or (given < 0).any():
        raise ValueError("weights are amounts, none below 0")
    rows = csr_array(covers, dtype=np.float64)
    rows.sum_duplicates()
    rows.eliminate_zeros()
    rows.data = np.ones_like(rows.data)
    sites(rows.shape[1], fixed)
    there: Yes = np.zeros(len(given), np.bool_)
    if len(fixed):
        there = np.asarray(rows[:, list(fixed)].sum(axis=1) > 0)
    some: Yes = np.diff(rows.indptr) > 0
    first, merged = _merged(rows, given, np.flatnonzero(some & ~there & (given > 0)))
    return Task(
        rows[first],
        merged,
        float(given[there].sum()),
        float(given[~some].sum()),
    )


def sites(count: int, given: Sequence[int]) -> None:
    """Asks that these are numbers of sites, of which there are so many.

    Raises:
        ValueError: when one is not.
    """
    if any(not 0 <= one < count for one in given):
        raise ValueError("no such site")


def _merged(rows: csr_array, weights: Floats, kept: Places) -> tuple[Places, Floats]:
    """One area of each set of candidates, and the weight of all that have this set."""
    starts, indices = rows.indptr, rows.indices
    seen: dict[bytes, int] = {}
    which = [seen.setdefault(indices[starts[i] : starts[i + 1]].tobytes(), len(seen)) for i in kept]
    number = np.asarray(which, np.intp)
    first = np.empty(len(seen), np.intp)
    first[number[::-1]] = kept[::-1]
    sums: Floats = np.bincount(number, weights=weights[kept], minlength=len(seen)).astype(float)
    return first, sums


def greedy(task: Task, p: int) -> Found:
    """The best site, the next best, …, while one adds something.

    The bound: beside any sites, p others add no more than the p largest gains there, for what a
    site adds only falls as more are chosen (Nemhauser, Wolsey and Fisher 1978).
    """
    uncovered, total, bound = task.weights.copy(), 0.0, task.total
    chosen: list[int] = []
    for _ in range(min(p, task.count) + 1):
        gains = task.gains(uncovered)
        bound = min(bound, total + float(np.sort(gains)[::-1][:p].sum()))
        best = int(gains.argmax()) if len(gains) else -1
        if len(chosen) == p or best < 0 or gains[best] <= 0:
            break
        chosen.append(best)
        total += float(gains[best])
        uncovered[task.of(best)] = 0.0
    return found(task, chosen, bound)


def swapped(task: Task, start: Found) -> Found:
    """Exchange one site for another, the best exchange first, while that covers more."""
    own = list(start.sites)
    places = np.arange(len(own))
    for _ in range(10 * len(own) * (not start.optimal)):
        gains = task.without_each(own)
        now = gains[own, places]
        gains[own] = 0.0
        other = gains.argmax(axis=0)
        more = gains[other, places] - now
        place = int(more.argmax())
        if more[place] <= _SAME * start.bound:
            break
        own[place] = int(other[place])
    return found(task, own, start.bound)


def found(task: Task, sites: Sequence[int], bound: float) -> Found:
    """A choice beside a bound; where they are the same but for rounding, they are one."""
    total = task.covered(sites)
    same = total >= bound * (1 - _SAME)
    return Found(tuple(sites), total if same else bound, same)


@dataclass(frozen=True)
class Relaxed:
    """The best choice met, and of each site whether a better one may, or must, have it."""

    found: Found
    may: Yes
    must: Yes


def relaxed(task: Task, p: int, start: Found) -> Relaxed:
    """A bound by Lagrangian relaxation of y_i ≤ Σ x_j, by subgradient steps (Fisher 1981).

    With prices 0 ≤ u_i ≤ w_i no choice covers more than L(u) = Σ (w_i − u_i) + the p largest of
    c_j = Σ_{i in j} u_i. A choice with a site outside those p covers at most L(u) less what its
    c_j lacks to the p-th: where that is no more than what is covered already, no better choice
    has this site. Likewise for those p and the next after them.
    """
    weights = task.weights
    price, step, waited = weights / 2, 1.0, 0
    best, low, high = start, task.covered(start.sites), np.inf
    kept = np.zeros(task.count)
    for _ in range(STEPS):
        worth = task.gains(price)
        top = np.argpartition(-worth, p - 1)[:p]
        times = task.times(top.tolist())
        value = float((weights - price).sum() + worth[top].sum())
        reached = float(weights[times > 0].sum())
        if reached > low:
            low, best = reached, Found(tuple(top.tolist()), start.bound, False)
        if value < high * (1 - _SAME):
            high, kept, waited = value, worth, 0
        else:
            waited += 1
        if waited == PATIENCE:
            step, waited = step * 0.7, 0
        slope = times - 1.0
        slope[((price <= 0) & (slope > 0)) | ((price >= weights) & (slope < 0))] = 0.0
        length = float(slope @ slope)
        if not length or high <= low * (1 + _SAME):
            break
        price = np.clip(price - step * (value - low) / length * slope, 0, weights)
    best = found(task, best.sites, max(low, min(high, start.bound)))
    order = np.sort(kept)[::-1]
    after = order[p] if p < len(order) else 0.0
    enough = low * (1 + _SAME)
    return Relaxed(best, high - (order[p - 1] - kept) > enough, (high - (kept - after) <= enough))


def proved(task: Task, p: int, start: Found, *, seconds: float) -> Found:
    """The best choice of p, proved by HiGHS; if that takes too long, the best met and its bound.

    Sites that the relaxation rules in or out are no longer asked about.
    """
    if start.optimal:
        return start
    loose = relaxed(task, p, start)
    if loose.found.optimal:
        return loose.found
    must = np.flatnonzero(loose.must).tolist()
    open_ = np.flatnonzero(loose.may & ~loose.must)
    rest = task.times(must) == 0
    rows = task.rows[rest][:, open_]
    some = np.flatnonzero(np.diff(rows.indptr))
    first, weights = _merged(rows, task.weights[rest], some)
    sure = task.covered(must)
    if not len(first) or len(must) == p:
        only = max(loose.found.sites, tuple(must), key=task.covered)
        return found(task, only, task.covered(only))
    more, bound, whole = _solved(rows[first], weights, p - len(must), seconds)
    best = max(loose.found.sites, (*must, *open_[more].tolist()), key=task.covered)
    low = task.covered(best)
    # Without what was ruled out no choice is better than the one met.
    high = low if whole else max(low, min(loose.found.bound, sure + bound))
    return found(task, best, high)


def _solved(
    rows: csr_array, weights: Floats, p: int, seconds: float
) -> tuple[list[int], float, bool]:
    """The columns HiGHS chooses, what no choice can exceed, and whether it proved them best."""
    scale = _SCALE / weights.max()
    # An area with one candidate is covered when that is chosen: it needs no variable of its own.
    alone = np.diff(rows.indptr) == 1
    shared = rows[~alone]
    areas, columns = shared.shape
    own = rows[alone].T @ weights[alone]
    within = hstack([-shared, eye_array(areas)])
    budget = csr_array(np.concatenate([np.ones(columns), np.zeros(areas)])[None, :])
    answer = milp(
        -scale * np.concatenate([own, weights[~alone]]),
        integrality=np.concatenate([np.ones(columns), np.zeros(areas)]),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(
            csc_array(vstack([within, budget])), ub=np.concatenate([np.zeros(areas), [p]])
        ),
        options={"time_limit": seconds, "mip_rel_gap": 0},
    )
    chosen = [] if answer.x is None else np.flatnonzero(answer.x[:columns] > 0.5).tolist()
    bound = np.inf if answer.mip_dual_bound is None else -answer.mip_dual_bound / scale
    return chosen, float(bound), answer.status == 0


def fewest(task: Task, *, seconds: float) -> Found:
    """The fewest sites that cover every row; `optimal` when fewer cannot."""
    chosen = _pruned(task, list(greedy(task, task.count).sites))
    if len(chosen) <= 1:
        return Found(tuple(chosen), task.total, True)
    columns = task.useful
    answer = milp(
        np.ones(len(columns)),
        integrality=np.ones(len(columns)),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(csc_array(task.rows[:, columns]), lb=1),
        options={"time_limit": seconds, "mip_rel_gap": 0},
    )
    if answer.x is not None:
        fewer = columns[answer.x > 0.5].tolist()
        if len(fewer) < len(chosen) and (task.times(fewer) > 0).all():
            chosen = fewer
    least = 0.0 if answer.mip_dual_bound is None else np.ceil(answer.mip_dual_bound - 1e-6)
    return Found(tuple(chosen), task.total, answer.status == 0 or len(chosen) <= least)


def _pruned(task: Task, chosen: list[int]) -> list[int]:
    """Without the sites all of whose areas others reach as well, the last looked at first."""
    times = task.times(chosen)
    own = list(chosen)
    for site in reversed(chosen):
        if (times[task.of(site)] > 1).all():
            own.remove(site)
            times[task.of(site)] -= 1
    return own
