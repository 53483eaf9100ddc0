"""Use (利用) against what would be expected, told as surely as the counts allow and no more.

    E_i = N_i ΣO/ΣN,   O_i ~ Poisson(θ_i E_i),   θ_i ~ Gamma with mean m and variance s²

θ is a neighbourhood's use next to the city's (1 = as much as its need lets expect). The estimate
θ̂ is the empirical Bayes one of moments (Marshall 1991, Applied Statistics 40), as esda's
`Empirical_Bayes` has it:

    m = ΣO/ΣE,   s² = max(0, ΣE(O/E − m)²/ΣE − m/Ē),   θ̂ = (O + m²/s²) / (E + m/s²)

Intervals and probabilities do not trust the one m and s that came out: at 20 consultations a month
they might be quite others, and the interval of plugging them in covers too little. They integrate
over a grid of priors, each weighing as much as it makes the counts likely (the product of negative
binomials):

- the grid: s/m from 0.05 to 2, even in cv/(1 + cv), and for each three m's, the nodes of
  Gauss–Hermite around its best one. Beyond 2 a city would have most of its use in one place.
- before any counts m is flat on its logarithm and s² is flat, so that a wide prior weighs as much
  as it does in Morris 1983 (JASA 78), whose intervals then cover what they promise; flat on s they
  stay 1–2 points short (bench `truth` says what they cover).

`p_low` and `p_high` are cautious: of the middle two thirds of those priors they take the
probability nearest to even. The average over all would flag more, and one in six falsely.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import special
from scipy.stats import poisson

from desk.gaps.city import Counts, Floats

LOW, HIGH = 0.8, 1.25  # of the use expected: below is low, above is high
SURE = 0.8  # a probability above it tells
_SHARES = np.arange(0.048, 0.668, 0.02)  # cv/(1 + cv)
_CV = _SHARES / (1 - _SHARES)
_FLAT_ON_VARIANCE = np.log(_CV) + 2 * np.log1p(_CV)  # d(cv²) = 2 cv (1 + cv)² d(share)
_NODES = np.array([-np.sqrt(3), 0, np.sqrt(3)])
_NODE_WEIGHTS = np.log([1 / 6, 2 / 3, 1 / 6]) + _NODES**2 / 2
_LEAST = 1e-3  # of the weightiest prior's weight; lighter ones are left out
# Uses to be expected, tried by `needed`: each number up to 300, then in steps of 2 %.
_HOPED = np.concatenate([np.arange(1, 300), np.ceil(np.geomspace(300, 1e6, 410))])
_TOGETHER = 20_000  # neighbourhoods × priors worked on at a time
_CAUTION = 1 / 6  # of the priors left out at either end
_LEAST_RATE = 1e-12
_STEPS, _CLOSE = 40, 1e-7  # Newton squares its error: the step after is beyond rounding


@dataclass(frozen=True)
class Priors:
    """Gamma priors of θ by shape and rate (g,), and how much each weighs; weights sum to 1."""

    shape: Floats
    rate: Floats
    weight: Floats


_USUAL = Priors(np.array([4.0]), np.array([4.0]), np.ones(1))  # s/m = 0.5


@dataclass(frozen=True)
class Smoothed:
    """Use of n neighbourhoods next to what would be expected (θ, 1 = as expected); all finite.

    Attributes:
        rate: θ̂ (n,).
        p_low: P(θ < 0.8), cautiously (n,).
        p_high: P(θ > 1.25), cautiously (n,).
        spread: whether any difference between neighbourhoods can be shown. Where not, θ̂ is the
            same everywhere, p_low and p_high are 0, and use tells nothing.
        mean: m of the prior of moments.
        variance: s² of it.
        level: of the interval.
    """

    rate: Floats
    p_low: Floats
    p_high: Floats
    spread: bool
    mean: float
    variance: float
    level: float
    priors: Priors
    observed: Counts
    expected: Floats

    @property
    def low(self) -> Floats:
        """The lower end of the interval of θ (n,)."""
        return self._interval[0]

    @property
    def high(self) -> Floats:
        """The upper end of the interval of θ (n,)."""
        return self._interval[1]

    @cached_property
    def _interval(self) -> tuple[Floats, Floats]:
        # Worked out when asked for: what only wants labels has no use for it.
        tail = (1 - self.level) / 2
        low, high = _quantiles(self.priors, self.observed, self.expected, (tail, 1 - tail))
        return np.minimum(low, self.rate), np.maximum(high, self.rate)


def expected(total: int, need: Floats) -> Floats:
    """E_i: `total` uses shared out by need (n,); all 0 where nobody is in need."""
    everybody = np.sum(need)
    return total * np.asarray(need) / everybody if everybody > 0 else np.zeros(len(need))


def smooth(observed: Counts, expected: Floats, *, level: float = 0.9) -> Smoothed:
    """Use of each neighbourhood, smoothed, with the interval at `level`.

    A neighbourhood of which nothing is expected says nothing, whatever was observed there, and
    gets the prior's.

    Args:
        observed: uses (n,).
        expected: uses expected (n,).
        level: between 0 and 1.

    Raises:
        ValueError: for numbers that are negative or not finite, or arrays of unlike length.
    """
    seen, hoped = np.asarray(observed), np.asarray(expected, np.float64)
    if seen.shape != hoped.shape or seen.ndim != 1 or not 0 < level < 1:
        raise ValueError("not as many observed as expected")
    if not ((seen >= 0) & (hoped >= 0) & np.isfinite(seen) & np.isfinite(hoped)).all():
        raise ValueError("uses are finite numbers of 0 or more")
    seen = np.where(hoped > 0, seen, 0)
    told = hoped > 0
    mean, variance = moments(seen[told], hoped[told])
    rate = np.full(len(seen), mean)
    if variance > 0:
        rate = (variance * seen + mean**2) / (variance * hoped + mean)
    priors = _priors(seen[told], hoped[told], mean)
    p_low, p_high = (np.zeros(len(seen)) for _ in range(2))
    if variance > 0:
        p_low, p_high = _chances(priors, seen, hoped)
    return Smoothed(rate, p_low, p_high, variance > 0, mean, variance, level, priors, seen, hoped)


def needed(smoothed: Smoothed, *, use: float = 0.5, power: float = 0.8) -> float:
    """Uses to be expected of a neighbourhood before it can be told whether they are few.

    The least at which p_low passes 0.8 with the probability `power` where people use `use` times
    what is usual. Uses come whole, so that one or two more may fall just short again.

    With a prior of s/m = 0.5 taken for granted they are 23. Where no spread can be shown that is
    the answer, for the counts say nothing better.
    """
    priors = smoothed.priors if smoothed.spread else _USUAL
    hoped = _HOPED[:, np.newaxis]
    # The most that `power` of such neighbourhoods stay within: p_low falls as uses rise.
    seen = poisson.ppf(power, use * hoped)
    passes = cautious(
        special.gammainc(seen + priors.shape, LOW * (hoped + priors.rate)), priors.weight
    )
    return float(_HOPED[np.flatnonzero(passes > SURE).min(initial=len(_HOPED) - 1)])


def more(needed: float, expected: Floats) -> Counts:
    """Uses still to be expected of each neighbourhood until there are `needed`, rounded up."""
    return np.ceil(np.maximum(0, needed - expected)).astype(np.int64)


def moments(observed: Counts, expected: Floats) -> tuple[float, float]:
    """m and s² of the prior, by the method of moments; 1 and 0 where nothing is expected."""
    if not len(expected):
        return 1.0, 0.0
    whole = expected.sum()
    mean = observed.sum() / whole
    apart = (expected * (observed / expected - mean) ** 2).sum() / whole
    return float(mean), float(max(0, apart - mean / expected.mean()))


def _priors(observed: Counts, expected: Floats, mean: float) -> Priors:
    """The priors that the counts leave plausible. Everything expected is above 0."""
    if not mean:  # no use at all: only that it is rare is known
        mean = 1 / (1 + expected.sum())
    cv = _CV[:, np.newaxis]
    weight = expected / (1 + mean * cv**2 * expected)
    if len(expected):
        best = np.maximum((weight * (observed / expected)).sum(1) / weight.sum(1), mean / 10)
        # Of its logarithm; how far m may be from its best for this cv.
        error = np.minimum(np.sqrt(mean / weight.sum(1)) / best, 1)
    else:
        best, error = np.ones(len(_CV)), np.zeros(len(_CV))
    middle = best[:, np.newaxis] * np.exp(error[:, np.newaxis] * _NODES)
    shape = np.broadcast_to(1 / cv**2, middle.shape)
    rate = shape / middle
    likely = _log_likelihood(observed, expected, shape[:, :1], rate)
    weighs = likely + _NODE_WEIGHTS + (_FLAT_ON_VARIANCE + np.log(np.maximum(error, 1e-6)))[:, None]
    found = np.exp(weighs - weighs.max()).ravel()
    some = found > _LEAST
    found = found[some] / found[some].sum()
    return Priors(shape.ravel()[some], rate.ravel()[some], found)


def _log_likelihood(observed: Counts, expected: Floats, shape: Floats, rate: Floats) -> Floats:
    """Of negative binomial counts, up to what does not depend on the prior: priors in the shape
    (c, 1) and (c, k)."""
    total = np.zeros(rate.shape)
    for start in range(0, len(observed), _TOGETHER // 100):
        some = slice(start, start + _TOGETHER // 100)
        seen, hoped = observed[some], expected[some]
        total += (special.gammaln(seen + shape) - special.gammaln(shape)).sum(1, keepdims=True)
        beyond = rate[..., np.newaxis] + hoped
        total += shape * (np.log(rate) * len(seen) - np.log(beyond).sum(-1)) - np.log(beyond) @ seen
    return total


def _chances(priors: Priors, observed: Counts, expected: Floats) -> tuple[Floats, Floats]:
    low, high = np.empty(len(observed)), np.empty(len(observed))
    step = max(1, _TOGETHER // len(priors.weight))
    for start in range(0, len(observed), step):
        some = slice(start, start + step)
        shape = observed[some, np.newaxis] + priors.shape
        rate = expected[some, np.newaxis] + priors.rate
        low[some] = cautious(special.gammainc(shape, LOW * rate), priors.weight)
        high[some] = cautious(special.gammaincc(shape, HIGH * rate), priors.weight)
    return low, high


def cautious(chances: Floats, weight: Floats) -> Floats:
    """Of probabilities (n, g) under g priors, of the middle two thirds the nearest to even (n,)."""
    order = np.argsort(chances, axis=1)
    below = np.cumsum(weight[order], axis=1)
    ranked = np.take_along_axis(chances, order, axis=1)
    rows = np.arange(len(chances))
    first = np.minimum((below < _CAUTION).sum(1), len(weight) - 1)
    last = np.minimum((below < 1 - _CAUTION).sum(1), len(weight) - 1)
    chosen: Floats = np.clip(0.5, ranked[rows, first], ranked[rows, last])
    return chosen


def _quantiles(
    priors: Priors, observed: Counts, expected: Floats, levels: tuple[float, ...]
) -> list[Floats]:
    """Of the mixture of posteriors, each of the levels (n,)."""
    step = max(1, _TOGETHER // len(priors.weight))
    parts = [
        _mixture_quantiles(
            observed[at : at + step, np.newaxis] + priors.shape,
            expected[at : at + step, np.newaxis] + priors.rate,
            priors.weight,
            levels,
        )
        for at in range(0, len(observed), step)
    ]
    return [np.concatenate([np.empty(0), *found]) for found in zip(*parts, strict=True)] or [
        np.empty(0) for _ in levels
    ]


def _mixture_quantiles(
    shape: Floats, rate: Floats, weight: Floats, levels: tuple[float, ...]
) -> list[Floats]:
    """Newton's steps on the logarithm of the nearer tail over that of θ, from the quantile of the
    one gamma distribution with the mixture's mean and variance."""
    mean = (shape / rate) @ weight
    variance = np.maximum((shape * (shape + 1) / rate**2) @ weight - mean**2, 1e-18 * mean**2)
    scale = shape * np.log(rate) - special.gammaln(shape)
    found = []
    for level in levels:
        tail, share = (special.gammainc, level) if level < 0.5 else (special.gammaincc, 1 - level)
        start = special.gammaincinv(mean**2 / variance, level) * variance / mean
        log_x = np.log(np.maximum(start, _LEAST_RATE))
        for _ in range(_STEPS):
            x = np.exp(log_x)[:, np.newaxis]
            beyond = np.maximum(tail(shape, rate * x) @ weight, 1e-300)
            slope = np.exp(scale + shape * log_x[:, np.newaxis] - rate * x) @ weight
            step = np.log(share / beyond) * beyond / np.maximum(slope, 1e-300)
            step = np.clip(step if level < 0.5 else -step, -1, 1)
            log_x = np.maximum(log_x + step, np.log(_LEAST_RATE))
            if np.abs(step).max(initial=0) < _CLOSE:
                break
        found.append(np.exp(log_x))
    return found
