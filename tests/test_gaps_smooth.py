"""Use told as surely as the counts allow: equal to esda's estimate, honest in its intervals."""

from dataclasses import replace

import numpy as np
import pytest
from esda.smoothing import Empirical_Bayes
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from desk.gaps.method.priors import cautious
from desk.gaps.method.smooth import expected, more, needed, smooth


def a_city(seed: int, *, uses: int, areas: int = 80, spread: float = 0.5):
    dice = np.random.default_rng(seed)
    need = dice.gamma(3, 14, areas)
    theta = dice.gamma(spread**-2, spread**2, areas)
    observed = dice.poisson(need * theta * uses / need.sum())
    return observed, expected(int(observed.sum()), need)


@pytest.mark.parametrize("seed", range(20))
def test_the_estimate_is_that_of_esda(seed: int) -> None:
    observed, hoped = a_city(seed, uses=800)
    found = smooth(observed, hoped)
    assert found.spread
    theirs = Empirical_Bayes(observed, hoped).r.ravel()
    np.testing.assert_allclose(found.rate, theirs, rtol=1e-12)


def test_it_is_that_of_esda_with_other_scales_too() -> None:
    observed, hoped = a_city(1, uses=2_400)
    theirs = Empirical_Bayes(observed, 7 * hoped).r.ravel()
    np.testing.assert_allclose(smooth(observed, 7 * hoped).rate, theirs, rtol=1e-12)


def test_the_interval_leaves_a_tail_of_the_mixture_at_either_end() -> None:
    observed, hoped = a_city(4, uses=240)
    for level in (0.8, 0.9):
        found = smooth(observed, hoped, level=level)
        priors = found.priors
        assert len(priors.weight) > 10
        assert priors.weight.sum() == pytest.approx(1)
        shape = observed[:, None] + priors.shape
        rate = hoped[:, None] + priors.rate
        below = special.gammainc(shape, rate * found.low[:, None]) @ priors.weight
        above = special.gammaincc(shape, rate * found.high[:, None]) @ priors.weight
        np.testing.assert_allclose(below, (1 - level) / 2, atol=1e-9)
        np.testing.assert_allclose(above, (1 - level) / 2, atol=1e-9)


def test_it_is_wider_than_with_one_prior_taken_for_granted() -> None:
    observed, hoped = a_city(4, uses=240)
    found = smooth(observed, hoped)
    shape = observed + found.mean**2 / found.variance
    rate = hoped + found.mean / found.variance
    plugged = special.gammaincinv(shape, 0.95) / rate - special.gammaincinv(shape, 0.05) / rate
    assert (found.high - found.low).mean() > 1.03 * plugged.mean()


def test_with_many_uses_the_estimate_is_what_was_seen() -> None:
    hoped = np.array([1e5] * 30)
    observed = (hoped * np.linspace(0.6, 1.4, 30)).astype(int)
    found = smooth(observed, hoped)
    np.testing.assert_allclose(found.rate, observed / hoped, rtol=1e-3)
    assert (found.high - found.low).max() < 0.02
    assert found.p_low.round().tolist() == [float(one < 0.8) for one in observed / hoped]
    assert found.p_high.round().tolist() == [float(one > 1.25) for one in observed / hoped]


def test_the_cautious_probability_is_the_one_nearest_to_even() -> None:
    weight = np.array([0.1, 0.4, 0.4, 0.1])
    chances = np.array(
        [[0.2, 0.7, 0.9, 1.0], [0.9, 0.2, 0.1, 0.0], [0.1, 0.4, 0.6, 0.9], [1.0, 0.9, 0.7, 0.2]]
    )
    assert cautious(chances, weight).tolist() == [0.7, 0.2, 0.5, 0.7]


def test_alike_everywhere_no_difference_is_shown() -> None:
    found = smooth(np.full(40, 6), np.full(40, 6.0))
    assert not found.spread
    assert found.variance == 0
    assert found.rate.tolist() == [1.0] * 40
    assert not found.p_low.any()
    assert not found.p_high.any()
    assert (found.low < 1).all()
    assert (found.high > 1).all()


def test_without_any_use_nothing_is_told() -> None:
    need = np.array([10.0, 0.0, 30.0])
    found = smooth(np.zeros(3, int), expected(0, need))
    assert not found.spread
    assert found.rate.tolist() == [1.0] * 3
    assert np.isfinite(found.high).all()
    assert (found.high > 2).all()


def test_where_nothing_is_expected_the_prior_speaks() -> None:
    observed, hoped = a_city(2, uses=800)
    base = smooth(observed, hoped)
    found = smooth(np.append(observed, 9), np.append(hoped, 0.0))
    np.testing.assert_allclose(found.rate[:-1], base.rate)
    assert found.rate[-1] == pytest.approx(base.mean)
    assert found.low[-1] < 0.5
    assert found.high[-1] > 1.5


def test_uses_are_expected_by_need() -> None:
    assert expected(12, np.array([10.0, 0.0, 30.0])).tolist() == [3, 0, 9]
    assert expected(12, np.zeros(2)).tolist() == [0, 0]
    assert expected(0, np.ones(2)).tolist() == [0, 0]
    assert expected(3, np.empty(0)).tolist() == []


@pytest.mark.parametrize(("use", "answer"), [(0.5, 23), (0.3, 9)])
def test_how_many_uses_are_needed_with_the_usual_spread(use: float, answer: int) -> None:
    nothing = replace(smooth(np.zeros(3, int), np.zeros(3)), spread=False)
    assert needed(nothing, use=use) == answer


def test_a_city_needs_more_where_its_neighbourhoods_differ_less() -> None:
    far_apart, alike = (
        needed(smooth(*a_city(1, uses=24_000, spread=spread))) for spread in (0.5, 0.2)
    )
    assert 20 <= far_apart <= 30
    assert alike > 1.5 * far_apart


def test_it_is_told_how_many_more_a_neighbourhood_needs() -> None:
    assert more(23.0, np.array([0.0, 2.6, 22.5, 23.0, 40.0])).tolist() == [23, 21, 1, 0, 0]


counts = st.one_of(st.integers(0, 30), st.integers(0, 10**6))
hopes = st.one_of(st.just(0.0), st.floats(0.01, 100), st.floats(1e-9, 1e6))
cities = st.lists(st.tuples(counts, hopes), max_size=15)


@given(cities)
def test_no_number_is_a_blank(city) -> None:
    observed = np.array([one for one, _ in city], int)
    hoped = np.array([one for _, one in city])
    with np.errstate(divide="raise", invalid="raise", over="raise"):
        found = smooth(observed, hoped)
        numbers = [found.rate, found.low, found.high, found.p_low, found.p_high]
        least = needed(found)
    for some in numbers:
        assert len(some) == len(city)
        assert np.isfinite(some).all()
        assert (some >= 0).all()
    assert (found.low <= found.rate).all()
    assert (found.rate <= found.high).all()
    assert (found.p_low + found.p_high <= 1 + 1e-9).all()
    assert np.isfinite([found.mean, found.variance, least]).all()


@given(cities, st.randoms(use_true_random=False))
def test_the_order_of_neighbourhoods_does_not_matter(city, dice) -> None:
    order = [*range(len(city))]
    dice.shuffle(order)
    first, other = (
        smooth(np.array([city[i][0] for i in some], int), np.array([city[i][1] for i in some]))
        for some in (range(len(city)), order)
    )
    np.testing.assert_allclose(other.rate, first.rate[order], rtol=1e-6)
    if first.variance > 1e-9:
        np.testing.assert_allclose(other.high, first.high[order], rtol=1e-6)


@given(st.integers(0, 10_000))
def test_fewer_uses_make_low_use_likelier(seed: int) -> None:
    observed, _ = a_city(seed, uses=400, areas=30)
    hoped = np.full(30, observed.sum() / 30)
    found = smooth(observed, hoped)
    by_use = np.argsort(observed, kind="stable")
    assert (np.diff(found.p_low[by_use]) <= 1e-9).all()
    assert (np.diff(found.p_high[by_use]) >= -1e-9).all()


@pytest.mark.parametrize(
    ("observed", "hoped"),
    [
        ([1, 2], [1.0]),
        ([-1], [1.0]),
        ([1], [-1.0]),
        ([1], [np.nan]),
        ([1], [np.inf]),
        ([[1]], [[1.0]]),
    ],
)
def test_what_are_no_counts_is_refused(observed, hoped) -> None:
    with pytest.raises(ValueError):
        smooth(np.array(observed), np.array(hoped))
