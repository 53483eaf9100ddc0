"""Where p new sites reach most people, and how many sites reach everybody.

Maximal covering (MCLP, Church and ReVelle 1974) with existing sites fixed: `choose` gives the
optimum and says so, `greedy` an answer at once, `judged` what somebody's own choice is worth,
`fewest` the set covering beside it (LSCP, Toregas and others 1971).

Areas i and sites j are numbers from 0 on. Weights are persons, or persons made heavier by
urgency: whatever they are, gains are in the same unit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from desk.gaps import covering
from desk.gaps.city import Floats
from desk.gaps.covering import Found, Task

SECONDS = 2.0  # for a proof; then the best met is given, and how far off it may be
TIES = 3


@dataclass(frozen=True)
class Tie:
    """Another site in the place of a chosen one, all others staying.

    `gain` is what it adds there, `less` how much less is covered than now (below 0: more).
    """

    site: int
    gain: float
    less: float


@dataclass(frozen=True)
class Choice:
    """Sites in order of what each adds to those before it.

    `covered` is what they cover together beyond the existing ones, `bound` what no choice of as
    many can exceed; `optimal` says that the two are one. `before` is what existing sites cover,
    `reachable` what all candidates together would add, `beyond` what nothing reaches. `ties` are,
    for each site, the nearest alternatives in its place, the best first.
    """

    sites: tuple[int, ...]
    gains: tuple[float, ...]
    covered: float
    bound: float
    optimal: bool
    ties: tuple[tuple[Tie, ...], ...]
    before: float
    reachable: float
    beyond: float

    @property
    def gap(self) -> float:
        """How far below the best this may be, as a share of the bound, 0–1; 0 when optimal."""
        return 1 - self.covered / self.bound if self.bound > 0 and not self.optimal else 0.0


def choose(
    weights: ArrayLike,
    covers: Any,
    p: int,
    *,
    fixed: Sequence[int] = (),
    seconds: float = SECONDS,
) -> Choice:
    """The p sites that together cover most beyond what the `fixed` (existing) ones cover.

    Args:
        weights: (n,), none below 0.
        covers: (n, m) true where a site reaches an area; an array, or a sparse one of SciPy.
        p: how many new sites there may be. Fewer are given where no more of them add anything.
        seconds: how long to look for a proof.

    Raises:
        ValueError: for shapes that do not fit, weights that are no amounts, numbers of no site,
            p below 0.
    """
    task, quick = _quick(weights, covers, p, fixed)
    return _choice(task, covering.proved(task, p, quick, seconds=seconds))


def greedy(weights: ArrayLike, covers: Any, p: int, *, fixed: Sequence[int] = ()) -> Choice:
    """Like `choose`, at once: the best site, the next best, …, then swapped while that helps."""
    return _choice(*_quick(weights, covers, p, fixed))


def judged(
    weights: ArrayLike, covers: Any, sites: Sequence[int], *, fixed: Sequence[int] = ()
) -> Choice:
    """What sites somebody chose are worth: all of them, also those that add nothing.

    The bound is that of as many sites. Raises `ValueError` like `choose`.
    """
    own = list(dict.fromkeys(sites))
    task = covering.task(weights, covers, fixed)
    covering.sites(task.count, own)
    bound = covering.greedy(task, len(own)).bound
    return _choice(task, covering.found(task, own, bound))


def fewest(
    weights: ArrayLike, covers: Any, *, fixed: Sequence[int] = (), seconds: float = SECONDS
) -> Choice:
    """The fewest new sites that reach everybody a site can reach; areas without weight need none.

    `optimal` says that fewer cannot do, and there are no ties. Raises `ValueError` like `choose`.
    """
    task = covering.task(weights, covers, fixed)
    return _choice(task, covering.fewest(task, seconds=seconds), ties=0)


def _quick(weights: ArrayLike, covers: Any, p: int, fixed: Sequence[int]) -> tuple[Task, Found]:
    if p < 0:
        raise ValueError("a number of sites is not below 0")
    task = covering.task(weights, covers, fixed)
    return task, covering.swapped(task, covering.greedy(task, p))


def _choice(task: Task, found: Found, *, ties: int = TIES) -> Choice:
    """The sites in order of gain, with what could stand in their place."""
    uncovered, left = task.weights.copy(), sorted(found.sites)
    order: list[int] = []
    gains: list[float] = []
    while left:
        each = [float(uncovered[task.of(site)].sum()) for site in left]
        best = int(np.argmax(each))
        gains.append(each[best])
        order.append(left.pop(best))
        uncovered[task.of(order[-1])] = 0.0
    beside = task.without_each(order) if order and ties else np.empty((0, 0))
    return Choice(
        sites=tuple(order),
        gains=tuple(gains),
        covered=task.covered(order),
        bound=found.bound,
        optimal=found.optimal,
        ties=tuple(
            _nearest(beside[:, number], set(order), float(beside[site, number]), ties)
            for number, site in enumerate(order if ties else ())
        ),
        before=task.before,
        reachable=task.total,
        beyond=task.beyond,
    )


def _nearest(gains: Floats, taken: set[int], gain: float, most: int) -> tuple[Tie, ...]:
    """The sites that are not taken and add most in the place of one that adds `gain`."""
    order = np.argsort(-gains, kind="stable")[: most + len(taken)].tolist()
    able = [site for site in order if gains[site] > 0 and site not in taken]
    return tuple(Tie(site, float(gains[site]), gain - float(gains[site])) for site in able[:most])
