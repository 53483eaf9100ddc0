"""Did it work: the interval covers as often as it says, a doubling is found, chance is not."""

import math
from datetime import date, timedelta
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from scipy.stats import betabinom, binom

from desk.gaps.acts import effect
from desk.gaps.acts.effect import CANNOT_TELL, LESS, MORE, SAME, Change, Window, compare, window

START, KNOWN = date(2026, 6, 1), date(2020, 1, 1)
Cases = list[Change]


@lru_cache
def simulated(
    truth: float, *, tau: float, mean: float = 10, marked: int = 4, clump: float = 1
) -> Cases:
    """80 neighbourhoods of uneven use, each changing in its own way, with a season over all."""
    chance = np.random.default_rng([int(100 * truth), int(10 * tau), int(mean), marked])
    which = np.arange(80) < marked
    cases = []
    for _ in range(200):
        usual = chance.gamma(4, mean / 4, 80)
        own = np.exp(chance.normal(0, tau, 80))
        before = chance.poisson(usual / clump)
        after = chance.poisson(1.2 * usual * own * np.where(which, truth, 1) / clump)
        if clump > 1:  # who comes, comes with others
            before, after = (n + chance.poisson((clump - 1) * n) for n in (before, after))
        found = compare(before, after, which)
        assert found is not None
        cases.append(found)
    return cases


def share(cases: Cases, *, verdict: str) -> float:
    return sum(one.verdict == verdict for one in cases) / len(cases)


@pytest.mark.parametrize("truth", [1.0, 2.0])
@pytest.mark.parametrize(
    ("tau", "mean", "marked", "clump"),
    [(0, 10, 4, 1), (0.3, 10, 4, 1), (0.5, 30, 2, 1), (0, 3, 3, 1), (0.3, 10, 4, 1.3)],
)
def test_the_interval_covers_the_truth_about_nine_times_in_ten(
    truth: float, tau: float, mean: float, marked: int, clump: float
) -> None:
    cases = simulated(truth, tau=tau, mean=mean, marked=marked, clump=clump)
    covered = sum(one.low <= truth <= one.high for one in cases) / len(cases)
    assert 0.85 <= covered <= 0.96  # 200 cases: 0.90 ± 0.04


def test_a_doubling_is_found_and_nothing_is_seldom_called_something() -> None:
    assert share(simulated(2.0, tau=0, mean=20), verdict=MORE) > 0.9
    assert share(simulated(0.5, tau=0, mean=20), verdict=LESS) > 0.8
    nothing = simulated(1.0, tau=0.3)
    assert share(nothing, verdict=MORE) <= 0.08
    assert share(nothing, verdict=LESS) <= 0.08


def test_where_it_says_a_doubling_would_be_found_one_is() -> None:
    enough = [one for one in simulated(2.0, tau=0, mean=20) if one.enough]
    assert len(enough) > 100
    assert share(enough, verdict=MORE) > 0.8


def test_the_posterior_is_that_of_the_model_summed_the_long_way() -> None:
    before, after = np.array([3, 1, 8, 5, 0, 6]), np.array([7, 4, 6, 4, 2, 9])
    marked = np.array([True, True, False, False, False, False])
    odds = np.linspace(-9, 9, 361)
    p = 1 / (1 + np.exp(-odds))
    joint = np.zeros((len(p), len(p)))
    for tau in np.arange(0, 1.01, 0.1):
        sides = []
        for side in (marked, ~marked):
            like = np.sqrt(p * (1 - p))
            for b, a in zip(before[side], after[side], strict=True):
                s = 4 / tau**2 if tau else 0
                like = like * (
                    betabinom.pmf(a, a + b, s * p, s * (1 - p)) if tau else binom.pmf(a, a + b, p)
                )
            sides.append(like)
        joint += math.exp(-((tau / 0.5) ** 2) / 2) * np.outer(*sides)
    joint /= joint.sum()
    apart = odds[:, None] - odds[None, :]
    order = np.argsort(apart, axis=None)
    below = np.cumsum(joint.ravel()[order])
    wanted = np.exp(np.interp([0.05, 0.5, 0.95], below, apart.ravel()[order]))
    found = compare(before, after, marked)
    assert found is not None
    assert [found.low, found.ratio, found.high] == pytest.approx(wanted, rel=0.05)


@settings(deadline=None, max_examples=60)
@given(some.lists(some.tuples(some.integers(0, 400), some.integers(0, 400)), min_size=2))
def test_any_counts_give_numbers_in_order_and_none_that_is_no_number(
    counts: list[tuple[int, int]],
) -> None:
    before, after = np.array(counts).T
    marked = np.arange(len(counts)) == 0
    found = compare(before, after, marked)
    if not sum(counts[0]) or not sum(map(sum, counts[1:])):
        assert found is None
        return
    assert found is not None
    assert 0 < found.low < found.ratio < found.high < math.inf
    assert 0 <= found.p_more <= 1
    assert (found.before, found.after) == counts[0]
    assert (found.more == 0) == found.enough
    assert math.isfinite(found.as_elsewhere)


@given(some.integers(0, 30), some.integers(0, 30), some.integers(5, 90), some.integers(5, 90))
@settings(deadline=None, max_examples=30)
def test_time_turned_round_turns_the_ratio_round(b: int, a: int, others_b: int, others_a: int):
    before = np.array([b + 1, others_b, others_b + 3])
    after = np.array([a, others_a, others_a + 5])
    marked = np.array([True, False, False])
    there, back = compare(before, after, marked), compare(after, before, marked)
    assert there is not None
    assert back is not None
    assert there.low == pytest.approx(1 / back.high, rel=0.02)
    assert there.p_more == pytest.approx(1 - back.p_more, abs=0.02)


def test_a_season_that_is_everywhere_is_no_effect() -> None:
    before = np.full(40, 50)
    found = compare(before, before * 3, np.arange(40) < 8)
    assert found is not None
    assert (found.verdict, round(found.ratio, 2)) == (SAME, 1.0)
    assert found.as_elsewhere == 3 * found.before == found.after


def test_too_few_says_how_many_more_and_fewer_are_wanted_the_more_there_are() -> None:
    others = [20] * 40
    wanted = []
    for uses in (1, 5, 15):
        found = compare(np.array([uses, *others]), np.array([uses, *others]), np.arange(41) == 0)
        assert found is not None
        assert (found.verdict, found.enough) == (CANNOT_TELL, False)
        assert found.more is not None
        wanted.append(found.more)
    assert wanted == sorted(wanted, reverse=True)
    assert all(20 <= uses + more <= 60 for uses, more in zip((1, 5, 15), wanted, strict=True))


def test_where_neighbourhoods_change_wildly_no_number_is_promised() -> None:
    chance = np.random.default_rng(3)
    before = np.full(60, 400)
    after = (400 * np.exp(chance.normal(0, 0.9, 60))).astype(np.int64)
    found = compare(before, after, np.arange(60) == 0)
    assert found is not None
    assert found.spread > 0.6
    assert (found.enough, found.more) == (False, None)


def test_nothing_to_compare_with_is_nothing() -> None:
    some_use, none = np.array([4, 5]), np.array([0, 5])
    assert compare(some_use, some_use, np.array([True, True])) is None
    assert compare(none, none, np.array([True, False])) is None
    assert compare(none, none, np.array([False, True])) is None
    with pytest.raises(ValueError, match="negative"):
        compare(np.array([-1, 2]), some_use, np.array([True, False]))


Days = some.integers(-40, 900)


@given(Days, Days, some.sampled_from([84, 168, 364]))
def test_before_and_after_are_equally_long_of_whole_weeks_and_over(
    since: int, known: int, most: int
) -> None:
    today = START + timedelta(days=since)
    found = window(START, today=today, most=most, known_from=START - timedelta(days=known))
    if found is None:
        assert min(since, known) < 28
        return
    assert found.days % 28 == 0
    assert 28 <= found.days <= most
    assert found.after[0] == START
    assert found.after[1] < today
    assert found.before[1] == START - timedelta(days=1)
    assert (found.before[1] - found.before[0]).days + 1 == found.days
    assert found.before[0] >= START - timedelta(days=known)
    assert found.earlier[1] == found.before[0] - timedelta(days=1)
    assert found.steps[0][0] == found.before[0]
    assert found.steps[len(found.steps) // 2][0] == START
    assert len(found.steps) <= 12
    assert found.steps[-1][1] == found.after[1]
    assert all(
        next[0] - one[1] == timedelta(days=1)
        for one, next in zip(found.steps, found.steps[1:], strict=False)
    )


def test_without_any_record_there_is_no_time_to_look_at() -> None:
    assert window(START, today=START + timedelta(days=99), most=84, known_from=None) is None


def test_uses_are_counted_on_the_first_and_the_last_day_and_not_beside() -> None:
    first, last = date(2026, 6, 1), date(2026, 6, 28)
    days = np.array([first.toordinal() + n for n in (-1, 0, 0, 27, 28)])
    towns = np.array([0, 0, 2, 2, 2])
    assert effect.counts_in(days, towns, (first, last), 4).tolist() == [1, 0, 2, 0]


def test_what_began_while_one_looks_crosses_and_what_was_there_before_does_not() -> None:
    looked_at = window(START, today=START + timedelta(days=30), most=84, known_from=KNOWN)
    assert isinstance(looked_at, Window)
    days = [(str(n), START + timedelta(days=n)) for n in (-29, -28, 0, 27, 28)]
    assert effect.crossing(looked_at, days) == ("-28", "0", "27")


def test_choosing_the_lowest_makes_a_rise_of_nothing_and_that_is_why_it_is_always_said() -> None:
    chance = np.random.default_rng(5)
    risen = 0
    for _ in range(100):
        usual = chance.gamma(4, 2, 80)
        before, after = chance.poisson(usual), chance.poisson(usual)
        found = compare(before, after, before <= np.sort(before)[4])
        risen += found is not None and found.verdict == MORE
    assert risen > 50
