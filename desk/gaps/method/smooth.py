"""Use (利用) against what would be expected, told as surely as the counts allow and no more.

    E_i = N_i ΣO/ΣN,   O_i ~ Poisson(θ_i E_i),   θ_i ~ Gamma with mean m and variance s²

θ is a neighbourhood's use next to the city's (1 = as much as its need lets expect). The estimate
θ̂ is the empirical Bayes one of moments (Marshall 1991, Applied Statistics 40), as esda's
`Empirical_Bayes` has it:

    m = ΣO/ΣE,   s² = max(0, ΣE(O/E − m)²/ΣE − m/Ē),   θ̂ = (O + m²/s²) / (E + m/s²)

Intervals and probabilities do not trust the one m and s that came out: at 20 consultations a month
they might be quite others, and the interval of plugging them in covers too little. They integrate
over a grid of priors, each weighing as much as it makes the counts likely:
`desk.gaps.method.priors` says which grid, with which weights before any counts, and why. `p_low`
and `p_high` are cautious among them; bench `truth` says what the intervals cover and how many
flags are false.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import special

from desk.gaps.city import Counts, Floats
from desk.gaps.method.priors import Priors, cautious, chances, plausible, quantiles

LOW, HIGH = 0.8, 1.25  # of the use expected: below is low, above is high
SURE = 0.8  # a probability above it tells
# Uses to be expected, tried by `needed`: each number up to 300, then in steps of 2 %.
_HOPED = np.concatenate([np.arange(1, 300), np.ceil(np.geomspace(300, 1e6, 410))])
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
        low, high = quantiles(self.priors, self.observed, self.expected, (tail, 1 - tail))
        return np.minimum(low, self.rate), np.maximum(high, self.rate)


def expected(total: int, need: Floats) -> Floats:
    """E_i: `total` uses shared out by need (n,); all 0 where nobody is in need.

    The total is of uses whose neighbourhood has any need: others are not expected anywhere.
    """
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
    priors = plausible(seen[told], hoped[told], mean)
    p_low, p_high = (np.zeros(len(seen)) for _ in range(2))
    if variance > 0:
        p_low, p_high = chances(priors, seen, hoped, low=LOW, high=HIGH)
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
    seen = np.ceil(special.pdtrik(power, use * hoped))
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
