"""The nearest of many, looked up at once, is the nearest one finds by measuring each."""

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from desk import near, places

LATS = st.floats(-90, 90) | st.sampled_from([-90.0, 0.0, 90.0])
LNGS = st.floats(-180, 180) | st.sampled_from([-180.0, 0.0, 180.0])
POINTS = st.lists(st.tuples(LATS, LNGS), min_size=1, max_size=30)
IN_TOWN = st.lists(
    st.tuples(st.floats(38.05, 38.15), st.floats(140.8, 140.95)), min_size=1, max_size=30
)
QUARTER = math.pi / 2 * places.EARTH_METRES


def agrees(points: list[tuple[float, float]], sites: list[tuple[float, float]]) -> None:
    found = near.nearest(points, sites)
    assert len(found.index) == len(found.metres) == len(points)
    for point, at, metres in zip(points, found.index, found.metres, strict=True):
        least = min(places.metres(*point, *site) for site in sites)
        within = 1e-6 if least <= QUARTER else 1
        assert abs(metres - least) <= within
        assert abs(places.metres(*point, *sites[at]) - least) <= within


@given(IN_TOWN, IN_TOWN)
def test_in_a_city_it_agrees_with_measuring_each(
    points: list[tuple[float, float]], sites: list[tuple[float, float]]
) -> None:
    agrees(points, sites)


@given(POINTS, POINTS)
@example([(0.0, 179.999)], [(0.0, 170.0), (0.0, -179.999)])
@example([(0.0, 0.0)], [(0.0, 180.0)])
@example([(89.9, 0.0)], [(80.0, 0.0), (89.9, 180.0)])
def test_it_agrees_with_measuring_each_anywhere_on_earth(
    points: list[tuple[float, float]], sites: list[tuple[float, float]]
) -> None:
    agrees(points, sites)


def test_two_threads_find_the_same() -> None:
    dice = np.random.default_rng(1)
    points, sites = dice.uniform(-80, 80, (5000, 2)), dice.uniform(-80, 80, (300, 2))
    one, two = (near.nearest(points, sites, workers=n) for n in (1, 2))
    assert (one.index == two.index).all()
    assert (one.metres == two.metres).all()


def test_with_nothing_there_nothing_is_near() -> None:
    found = near.nearest([(38.0, 140.0), (38.1, 140.0)], [])
    assert found.index.tolist() == [-1, -1]
    assert np.isinf(found.metres).all()
    assert near.nearest([], [(38.0, 140.0)]).index.tolist() == []
    assert near.nearest([], []).metres.tolist() == []


@pytest.mark.parametrize(
    "wrong", [[(math.nan, 140.0)], [(38.0, math.inf)], [(1.0, 2.0, 3.0)], [38.0, 140.0]]
)
def test_what_is_no_point_is_refused(wrong: list[tuple[float, ...]]) -> None:
    for points, sites in ((wrong, [(38.0, 140.0)]), ([(38.0, 140.0)], wrong), (wrong, [])):
        with pytest.raises(ValueError, match="rows of latitude and longitude"):
            near.nearest(points, sites)


@given(POINTS, POINTS)
def test_all_are_as_far_apart_as_one_finds_by_measuring_each(
    points: list[tuple[float, float]], sites: list[tuple[float, float]]
) -> None:
    found = near.apart(points, sites)
    assert found.shape == (len(points), len(sites))
    for row, point in zip(found, points, strict=True):
        for metres, site in zip(row, sites, strict=True):
            there = places.metres(*point, *site)
            assert abs(metres - there) <= (1e-6 if there <= QUARTER else 1)
