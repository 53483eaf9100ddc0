"""Reach: supply is shared out by distance, nothing is lost, and nobody's number is a blank."""

import numpy as np
import pandas as pd
import pytest
from access.fca import two_stage_fca
from hypothesis import example, given
from hypothesis import strategies as st

from desk import places
from desk.gaps.method.reach import Reach, reach

CITY = (38.1, 140.87)  # degrees
FLOOR = np.exp(-0.5)


def scattered(dice, count, middle=CITY, spread=0.05):
    return np.array(middle) + dice.uniform(-spread, spread, (count, 2))


def distances(homes, sites):
    """Metres, one by one."""
    apart = [[places.metres(*home, *site) for site in sites] for home in homes]
    return np.array(apart).reshape(len(homes), len(sites))


def decay(metres, furthest):
    return np.where(
        metres <= furthest, (np.exp(-0.5 * (metres / furthest) ** 2) - FLOOR) / (1 - FLOOR), 0
    )


def by_the_book(need, homes, supply, sites, furthest, detour):
    """A_i and R_j as the formula has them, with a table of all pairs."""
    share = decay(distances(homes, sites) * detour, furthest)
    demand = need @ share
    ratio = np.divide(supply, demand, out=np.zeros(len(sites)), where=demand > 1e-9)
    return share @ ratio, ratio


@pytest.mark.parametrize("metres", [500, 800, 2_000])
def test_access_is_that_of_pysal_where_that_is_defined(metres: int) -> None:
    dice = np.random.default_rng(metres)
    homes, sites = scattered(dice, 200), scattered(dice, 60)
    need, supply = dice.uniform(1, 90, 200), dice.uniform(1, 40, 60)
    ours = reach(need, homes, supply, sites, metres=metres, detour=1.3)
    apart = distances(homes, sites) * 1.3
    home, site = np.nonzero(apart <= metres)
    theirs = two_stage_fca(
        pd.DataFrame({"need": need}),
        pd.DataFrame({"supply": supply}),
        pd.DataFrame({"origin": home, "dest": site, "cost": apart[home, site]}),
        max_cost=metres,
        demand_index=True,
        demand_name="need",
        supply_index=True,
        supply_name="supply",
        weight_fn=lambda cost: float(decay(cost, metres)),
    )
    theirs = theirs.dropna()
    assert len(theirs) > 20
    np.testing.assert_allclose(ours.access[theirs.index], theirs, rtol=1e-9)
    # What is not defined there is 0 here.
    rest = np.setdiff1d(np.arange(200), theirs.index)
    assert (ours.access[rest] == 0).all()
    assert not ours.within[rest].any()


@pytest.mark.parametrize(
    ("middle", "spread", "metres"),
    [
        (CITY, 0.05, 2_000),
        ((38.0, 140.5), 1.5, 40_000),  # a prefecture
        ((38.0, 140.5), 1.5, 60_000),
        ((35.0, 135.0), 10.0, 500_000),
        ((0.0, 180.0), 0.3, 20_000),  # the date line
        ((89.9, 0.0), 1.0, 20_000),  # the pole
        ((0.0, 0.0), 180.0, 3e6),
        ((38.0, 140.0), 90.0, 2.1e7),  # everything is near
    ],
)
def test_access_is_by_the_book_anywhere_on_earth(
    middle: tuple[float, float], spread: float, metres: float
) -> None:
    dice = np.random.default_rng(7)
    homes, sites = (scattered(dice, count, middle, spread) for count in (90, 40))
    need = dice.uniform(0, 90, 90) * (dice.random(90) < 0.8)
    supply = dice.uniform(0, 40, 40) * (dice.random(40) < 0.8)
    ours = reach(need, homes, supply, sites, metres=metres, detour=1.3)
    access, ratio = by_the_book(need, homes, supply, sites, metres, 1.3)
    assert access.any()
    np.testing.assert_allclose(ours.access, access, rtol=1e-9, atol=1e-12 * access.max())
    np.testing.assert_allclose(ours.ratio, ratio, rtol=1e-9, atol=1e-12 * ratio.max())
    open_ = supply > 0
    near = (distances(homes, sites) * 1.3 <= metres)[:, open_].any(axis=1)
    assert ours.within.tolist() == near.tolist()


def test_many_sites_are_looked_at_in_blocks_and_none_is_lost() -> None:
    dice = np.random.default_rng(3)
    homes, sites = scattered(dice, 3_000), scattered(dice, 300)
    need, supply = dice.uniform(1, 90, 3_000), dice.uniform(1, 40, 300)
    ours = reach(need, homes, supply, sites, metres=3_000)
    assert ours.served == pytest.approx(supply.sum(), rel=1e-12)
    assert need @ ours.access == pytest.approx(supply.sum(), rel=1e-9)
    assert need @ ours.relative == pytest.approx(need.sum(), rel=1e-9)  # 1 on average


degrees = st.one_of(
    st.tuples(st.floats(38.05, 38.15), st.floats(140.8, 140.95)),
    st.just(CITY),
    st.tuples(st.floats(-90, 90), st.floats(-180, 180)),
    st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)),  # swapped or mistyped
)
amounts = st.one_of(st.just(0.0), st.floats(0, 1e6), st.floats(1e-300, 1e-5))
homes_given = st.lists(st.tuples(amounts, degrees), max_size=12)
sites_given = st.lists(st.tuples(amounts, degrees), max_size=8)
ways = st.floats(100, 5_000) | st.sampled_from([1e-6, 500.0, 800.0, 2_000.0, 1e9])


def reached(homes, sites, metres, detour=1.3) -> Reach:
    points = [np.array([at for _, at in some]).reshape(-1, 2) for some in (homes, sites)]
    need, supply = (np.array([much for much, _ in some]) for some in (homes, sites))
    return reach(need, points[0], supply, points[1], metres=metres, detour=detour)


@given(homes_given, sites_given, ways)
@example([(5e-324, (38.1, 140.87))], [(1.0, (38.1, 140.87))], 2_000.0)
def test_no_number_is_a_blank_and_supply_is_neither_made_nor_lost(homes, sites, metres) -> None:
    with np.errstate(divide="raise", invalid="raise", over="raise"):
        found = reached(homes, sites, metres)
    for numbers in (found.access, found.relative, found.ratio):
        assert np.isfinite(numbers).all()
        assert (numbers >= 0).all()
    need = np.array([much for much, _ in homes])
    assert need @ found.access == pytest.approx(found.served, rel=1e-9)
    assert found.served <= sum(much for much, _ in sites) * (1 + 1e-9)
    assert not found.access[~found.within].any()


@given(homes_given, sites_given, ways, st.randoms(use_true_random=False))
def test_the_order_of_homes_and_sites_does_not_matter(homes, sites, metres, dice) -> None:
    first = reached(homes, sites, metres)
    home, site = ([*range(len(some))] for some in (homes, sites))
    dice.shuffle(home)
    dice.shuffle(site)
    other = reached([homes[i] for i in home], [sites[j] for j in site], metres)
    np.testing.assert_allclose(other.access, first.access[home], rtol=1e-9, atol=1e-300)
    np.testing.assert_allclose(other.ratio, first.ratio[site], rtol=1e-9, atol=1e-300)
    assert other.within.tolist() == first.within[home].tolist()


@given(homes_given, sites_given, st.tuples(st.floats(0, 1e6), degrees), ways)
def test_more_supply_never_lowers_anybodys_access(homes, sites, another, metres) -> None:
    before = reached(homes, sites, metres).access
    after = reached(homes, [*sites, another], metres).access
    assert (after >= before * (1 - 1e-9)).all()
    doubled = reached(homes, [(2 * much, at) for much, at in sites], metres).access
    np.testing.assert_allclose(doubled, 2 * before, rtol=1e-9)


def test_one_home_at_the_only_site_has_all_of_it() -> None:
    found = reached([(20.0, CITY)], [(30.0, CITY)], 500)
    assert found.access.tolist() == [1.5]
    assert found.relative.tolist() == [1.0]
    assert found.ratio.tolist() == [1.5]
    assert found.served == 30


def test_nobody_in_need_no_site_or_one_out_of_reach_gives_zeros() -> None:
    far_away = (35.68, 139.69)
    for homes, sites in (
        ([(0.0, CITY)] * 3, [(5.0, CITY)]),
        ([(9.0, CITY)] * 3, []),
        ([(9.0, CITY)] * 3, [(5.0, far_away)]),
        ([(9.0, CITY)] * 3, [(0.0, CITY)]),
    ):
        found = reached(homes, sites, 2_000)
        assert found.access.tolist() == found.relative.tolist() == [0, 0, 0]
        assert found.served == 0
    assert reached([(9.0, CITY)], [(0.0, CITY)], 2_000).within.tolist() == [False]
    assert reached([(0.0, CITY)], [(5.0, CITY)], 2_000).within.tolist() == [True]


def test_supply_nobody_reaches_lowers_the_relative_reach_of_all() -> None:
    homes = [(9.0, CITY), (9.0, (38.101, 140.871))]
    near, lost = (12.0, CITY), (4.0, (35.68, 139.69))
    found = reached(homes, [near, lost], 2_000)
    assert found.served == 12
    assert np.dot([9, 9], found.relative) == pytest.approx(18 * 12 / 16)
    assert found.access.tolist() == reached(homes, [near], 2_000).access.tolist()


def test_a_detour_is_a_shorter_distance() -> None:
    dice = np.random.default_rng(1)
    homes, sites = scattered(dice, 60), scattered(dice, 20)
    need, supply = np.ones(60), np.ones(20)
    longer = reach(need, homes, supply, sites, metres=2_600, detour=1.3)
    straight = reach(need, homes, supply, sites, metres=2_000)
    np.testing.assert_allclose(longer.access, straight.access, rtol=1e-12)


@pytest.mark.parametrize(
    "changed",
    [
        {"need": np.array([-1.0])},
        {"need": np.array([np.nan])},
        {"need": np.array([1.0, 2.0])},
        {"supply": np.array([np.inf])},
        {"supply": np.array([1e16])},
        {"homes": np.array([[np.nan, 140.0]])},
        {"sites": np.array([[38.0, np.inf]])},
        {"metres": 0.0},
        {"metres": np.nan},
        {"detour": 0.0},
    ],
)
def test_what_is_no_amount_point_or_distance_is_refused(changed) -> None:
    one, point = np.array([1.0]), np.array([CITY])
    good = {"need": one, "homes": point, "supply": one, "sites": point, "metres": 500.0}
    assert reach(**good).access.tolist() == [1.0]
    with pytest.raises(ValueError):
        reach(**{**good, **changed})
