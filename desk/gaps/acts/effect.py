"""Did it work? Use before and after in some neighbourhoods against all the others.

Of a neighbourhood with b uses before and a after, in equal lengths of time, only how its a + b
fall to the two sides is looked at: a of them after, a ~ Binomial(a + b, p). Its usual level
drops out, and p / (1 − p) is the rate after to the rate before. Of the marked neighbourhoods the
odds are those of the others times the **ratio of ratios**: 2 is "use doubled, where elsewhere it
stayed", or "stayed, where elsewhere it halved" (difference in differences on log rates).

Neighbourhoods change differently even when nothing is done. So p is not one number but drawn
from a beta distribution for each (the beta-binomial: Skellam 1948, J. R. Stat. Soc. B 10:257),
whose spread τ, the standard deviation of a neighbourhood's log rate ratio at p = ½, is learned
from all of them: Beta(s·p, s·(1 − p)) with s = 4 / τ². The posterior is summed on a grid, nothing
is drawn at random: Jeffreys' prior for both p (it holds its level in small counts: Brown, Cai and
DasGupta 2001, Statistical Science 16:101), half-normal with scale 0.5 for τ (Gelman 2006,
Bayesian Analysis 1:515). `tests/test_gaps_effect.py` simulates how often the interval covers.

It is no proof: neighbourhoods that are chosen because few came are likely to rise by themselves
(regression to the mean), and whatever else began there then is in the same number.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, log_expit, logsumexp

from desk.gaps.city import Counts, Floats, Yes

LEVEL = 0.9
STEP_DAYS = 28  # times are whole steps, so that each holds every weekday equally often
FIND = 2.0  # the change that should be found: a doubling
_POWER = 1.645 + 0.842  # quantiles of the normal: 90 % two-sided, found in 80 % of cases
MATTERS = 1.25  # a change by less than this, up or down, is none to speak of
_SPREADS = np.arange(0, 1.01, 0.1)  # τ
_SPREAD_SCALE = 0.5

MORE, LESS, SAME, CANNOT_TELL = "more", "less", "same", "cannot_tell"


@dataclass(frozen=True)
class Window:
    """As many `days` before as after, whole days in Tokyo, first and last of each included."""

    before: tuple[date, date]
    after: tuple[date, date]

    @property
    def days(self) -> int:
        """The length of each of the two."""
        return (self.after[1] - self.after[0]).days + 1

    @property
    def earlier(self) -> tuple[date, date]:
        """The time of the same length before both."""
        length = timedelta(days=self.days)
        return self.before[0] - length, self.before[1] - length

    @property
    def steps(self) -> tuple[tuple[date, date], ...]:
        """Both in equal steps of whole weeks, at most six on a side."""
        weeks = self.days // 7
        parts = weeks // 4 if weeks <= 24 else max(n for n in range(1, 7) if weeks % n == 0)
        length = timedelta(days=self.days // parts)
        firsts = [self.before[0] + length * n for n in range(2 * parts)]
        return tuple((one, one + length - timedelta(days=1)) for one in firsts)


def window(starts_on: date, *, today: date, most: int, known_from: date | None) -> Window | None:
    """The longest equal times before and after a day, of at most `most` days each.

    `today` is not over and does not count; nothing is known before `known_from`. None when there
    is not a step of four weeks on each side.
    """
    if known_from is None:
        return None
    days = min((today - starts_on).days, (starts_on - known_from).days, most)
    days -= days % STEP_DAYS
    if days < STEP_DAYS:
        return None
    length, day = timedelta(days=days), timedelta(days=1)
    return Window((starts_on - length, starts_on - day), (starts_on, starts_on + length - day))


@dataclass(frozen=True)
class Change:
    """How use changed: counts of the marked neighbourhoods and of the others, and the ratio of
    ratios (1 = as elsewhere) with its interval at `LEVEL`; `p_more` is the probability that it is
    above 1, `spread` what is believed of τ.

    `verdict` is MORE, LESS, SAME (within `MATTERS` of 1) or CANNOT_TELL. `enough` says whether a
    doubling would have been found; `more` how many uses are still to come in the marked
    neighbourhoods until then, None where no number would do.
    """

    before: int
    after: int
    others_before: int
    others_after: int
    ratio: float
    low: float
    high: float
    p_more: float
    spread: float
    verdict: str
    enough: bool
    more: int | None

    @property
    def as_elsewhere(self) -> float:
        """Uses to be expected after, had the marked ones changed as the others did."""
        return self.before * self.others_after / self.others_before if self.others_before else 0.0


def compare(before: Counts, after: Counts, marked: Yes, *, level: float = LEVEL) -> Change | None:
    """The change of the marked neighbourhoods against the others; each argument (n,).

    None when the others, or the marked ones, are none or have no use at all: then there is
    nothing to compare.

    Raises:
        ValueError: for a negative count.
    """
    if (before < 0).any() or (after < 0).any():
        raise ValueError("a negative count")
    ours = _Group.of(before[marked], after[marked])
    others = _Group.of(before[~marked], after[~marked])
    if not ours.uses or not others.uses:
        return None
    odds, weights, spreads = _posterior(ours, others)
    below = np.cumsum(weights) - weights / 2
    low, middle, high = np.exp(np.interp([(1 - level) / 2, 0.5, (1 + level) / 2], below, odds))
    mean = float(weights @ odds)
    enough, more = _still(ours, others, float(weights @ (odds - mean) ** 2), spreads)
    return Change(
        before=ours.before,
        after=ours.after,
        others_before=others.before,
        others_after=others.after,
        ratio=float(middle),
        low=float(low),
        high=float(high),
        p_more=float(min(1.0, weights[odds > 0].sum())),
        spread=float(spreads @ _SPREADS),
        verdict=_verdict(float(low), float(high)),
        enough=enough,
        more=more,
    )


def _verdict(low: float, high: float) -> str:
    if low > 1 / MATTERS and high < MATTERS:
        return SAME
    if low > 1:
        return MORE
    return LESS if high < 1 else CANNOT_TELL


@dataclass(frozen=True)
class _Group:
    """Neighbourhoods with any use: each pair of counts, and how many have it."""

    b: Floats
    a: Floats
    times: Floats

    @classmethod
    def of(cls, before: Counts, after: Counts) -> "_Group":
        pairs = np.column_stack([before, after])[before + after > 0]
        unique, times = np.unique(pairs.reshape(-1, 2), axis=0, return_counts=True)
        b, a = unique.T.astype(np.float64)
        return cls(b, a, times.astype(np.float64))

    @property
    def before(self) -> int:
        return int(self.b @ self.times)

    @property
    def after(self) -> int:
        return int(self.a @ self.times)

    @property
    def uses(self) -> int:
        return self.before + self.after

    @property
    def chance(self) -> float:
        """The variance of the log odds by chance alone (delta method, Haldane's halves)."""
        return 1 / (self.after + 0.5) + 1 / (self.before + 0.5)

    @property
    def centre(self) -> float:
        return math.log((self.after + 0.5) / (self.before + 0.5))

    @property
    def alone(self) -> float:
        """1 when all use is in one neighbourhood, 1 / n when it is evenly in n of them."""
        return float((self.a + self.b) ** 2 @ self.times) / self.uses**2

    @property
    def widest(self) -> float:
        """A standard deviation of the log odds that is not passed, whatever the spread."""
        return math.sqrt(self.chance + self.alone)

    def likely(self, odds: Floats, spread: float) -> Floats:
        """Log likelihood and prior at each log odds (g,), for one τ."""
        yes, no = log_expit(odds), log_expit(-odds)
        prior: Floats = (yes + no) / 2
        if not spread:
            chance: Floats = prior + self.after * yes + self.before * no
            return chance
        s = 4 / spread**2
        alpha, beta = s * np.exp(yes), s * np.exp(no)
        each = (
            gammaln(self.a + alpha[:, None])
            + gammaln(self.b + beta[:, None])
            - gammaln(self.a + self.b + s)
        )
        alone = gammaln(alpha) + gammaln(beta) - gammaln(s)
        found: Floats = prior + each @ self.times - alone * self.times.sum()
        return found


def _posterior(ours: _Group, others: _Group) -> tuple[Floats, Floats, Floats]:
    """Log ratios of ratios, the weight of each, and the weight of each of `_SPREADS` (sum 1)."""
    step = math.sqrt(min(ours.chance, others.chance)) / 2.5
    sides: list[Floats] = []
    for group in (ours, others):
        half = math.ceil(7 * group.widest / step)
        sides.append(group.centre + np.arange(-half, half + 1, dtype=np.float64) * step)
    priors = -0.5 * (_SPREADS / _SPREAD_SCALE) ** 2
    likely = [
        [group.likely(side, spread) for spread in _SPREADS]
        for group, side in zip((ours, others), sides, strict=True)
    ]
    total = np.array(
        [
            prior + logsumexp(one) + logsumexp(other)
            for prior, one, other in zip(priors, *likely, strict=True)
        ]
    )
    share = np.exp(total - logsumexp(total))
    # The difference of two independent numbers on grids of one step: a convolution.
    weights = sum(
        part * np.convolve(_normal(one), _normal(other)[::-1])
        for part, one, other in zip(share, *likely, strict=True)
    )
    first = sides[0][0] - sides[1][-1]
    odds: Floats = first + step * np.arange(len(weights))
    return odds, weights / weights.sum(), share


def _normal(logs: Floats) -> Floats:
    found: Floats = np.exp(logs - logsumexp(logs))
    return found


def _still(
    ours: _Group, others: _Group, variance: float, spreads: Floats
) -> tuple[bool, int | None]:
    """Whether a change by `FIND` would be found, and about how many uses are lacking for it.

    What is by chance shrinks as uses come in, on all sides in proportion to time; how differently
    neighbourhoods change does not. While that is hardly known, it is taken for half at most.
    """
    wanted = (math.log(FIND) / _POWER) ** 2
    if variance <= wanted:
        return True, 0
    stays = _SPREADS**2 * (ours.alone + others.alone)
    if spreads[stays >= wanted].sum() > 0.5:
        return False, None
    lasting = min(float(spreads @ stays), wanted / 2)
    longer = (variance - lasting) / (wanted - lasting)
    return False, max(1, math.ceil((ours.after + 0.5) * (longer - 1)))


def counts_in(
    days: NDArray[np.int64], towns: NDArray[np.int64], within: tuple[date, date], n: int
) -> Counts:
    """Uses by neighbourhood (n,) in some days; each use has its day (ordinal) and its town."""
    first, last = (one.toordinal() for one in within)
    inside = (days >= first) & (days <= last)
    return np.bincount(towns[inside], minlength=n).astype(np.int64)


def crossing(span: Window, others: Sequence[tuple[str, date]]) -> tuple[str, ...]:
    """Ids of actions that began while this one is looked at, each given with its first day."""
    return tuple(id for id, day in others if span.before[0] <= day <= span.after[1])
