"""What the use of neighbourhoods may be like before one looks at any of them: a grid of priors.

θ, use next to what is expected, has a gamma prior with mean m and variance s². Of a city's counts
neither is known well, so that every m and s of a grid is kept and weighs as much as it makes the
counts likely (the product of negative binomials).

- The grid: s/m from 0.05 to 2, even in cv/(1 + cv), and for each three m's, the nodes of
  Gauss–Hermite around its best one. Beyond 2 a city would have most of its use in one place.
- Before any counts m is flat on its logarithm and s² is flat, so that a wide prior weighs as much
  as it does in Morris 1983 (JASA 78), whose intervals then cover what they promise. With s flat
  they stay 1 point short, with a half-normal s of scale ½ 2 points (simulated: bench `truth`).

Probabilities are cautious: of the middle three quarters of those priors they take the one nearest
to even. The average over all would flag twice as many neighbourhoods at 240 uses a year, and one
in six of them falsely, for what looks most extreme is partly the prior's own error.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from desk.gaps.city import Counts, Floats

_SHARES = np.arange(0.048, 0.668, 0.02)  # cv/(1 + cv)
_CV = _SHARES / (1 - _SHARES)
_FLAT_ON_VARIANCE = np.log(_CV) + 2 * np.log1p(_CV)  # d(cv²) = 2 cv (1 + cv)² d(share)
_NODES = np.array([-np.sqrt(3), 0, np.sqrt(3)])
_NODE_WEIGHTS = np.log([1 / 6, 2 / 3, 1 / 6]) + _NODES**2 / 2
_LEAST = 1e-3  # of the weightiest prior's weight; lighter ones are left out
_TOGETHER = 20_000  # neighbourhoods × priors worked on at a time
_CAUTION = 1 / 8  # of the priors left out at either end
_LEAST_RATE = 1e-12
_STEPS, _CLOSE = 40, 1e-7  # Newton squares its error: the step after is beyond rounding


@dataclass(frozen=True)
class Priors:
    """Gamma priors of θ by shape and rate (g,), and how much each weighs; weights sum to 1."""

    shape: Floats
    rate: Floats
    weight: Floats


def plausible(observed: Counts, expected: Floats, mean: float) -> Priors:
    """The priors that the counts leave plausible.

    Args:
        observed: uses (n,).
        expected: uses expected, all above 0 (n,).
        mean: ΣO/ΣE, or 1 where nothing is expected.
    """
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
    step = _TOGETHER // rate.size
    for start in range(0, len(observed), step):
        some = slice(start, start + step)
        seen, hoped = observed[some], expected[some]
        total += (special.gammaln(seen + shape) - special.gammaln(shape)).sum(1, keepdims=True)
        beyond = rate[..., np.newaxis] + hoped
        total += shape * (np.log(rate) * len(seen) - np.log(beyond).sum(-1)) - np.log(beyond) @ seen
    return total


def chances(
    priors: Priors, observed: Counts, expected: Floats, *, low: float, high: float
) -> tuple[Floats, Floats]:
    """P(θ < low) and P(θ > high) of each neighbourhood, cautiously (n,)."""
    below, above = np.empty(len(observed)), np.empty(len(observed))
    step = max(1, _TOGETHER // len(priors.weight))
    for start in range(0, len(observed), step):
        some = slice(start, start + step)
        shape = observed[some, np.newaxis] + priors.shape
        rate = expected[some, np.newaxis] + priors.rate
        below[some] = cautious(special.gammainc(shape, low * rate), priors.weight)
        above[some] = cautious(special.gammaincc(shape, high * rate), priors.weight)
    return below, above


def cautious(chances: Floats, weight: Floats) -> Floats:
    """Of probabilities (n, g) by prior, of the middle three quarters the nearest to even (n,)."""
    order = np.argsort(chances, axis=1)
    below = np.cumsum(weight[order], axis=1)
    ranked = np.take_along_axis(chances, order, axis=1)
    rows = np.arange(len(chances))
    first = np.minimum((below < _CAUTION).sum(1), len(weight) - 1)
    last = np.minimum((below < 1 - _CAUTION).sum(1), len(weight) - 1)
    chosen: Floats = np.clip(0.5, ranked[rows, first], ranked[rows, last])
    return chosen


def quantiles(
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
