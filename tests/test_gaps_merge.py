"""Small neighbourhoods join the one beside them until there is enough; nothing is left out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.gaps.method.merge import LEAST, merge


def row(*kilometres: float) -> np.ndarray:
    """Points to the north, so far from each other."""
    return np.array([(38.1 + one / 111.195, 140.87) for one in kilometres]).reshape(-1, 2)


def test_the_smallest_joins_its_nearest_neighbour() -> None:
    points = row(0, 1, 3, 4, 9)
    assert merge(points, np.array([30.0, 5.0, 12.0, 9.0, 21.0])) == ((0, 1), (2, 3), (4,))


@pytest.mark.parametrize(("kilometres", "groups"), [(1.4, ((0,), (1, 2))), (1.6, ((0, 1), (2, 3)))])
def test_two_that_lack_join_each_other_before_one_that_has_enough(kilometres, groups) -> None:
    points = row(0, 1, 1 + kilometres, 1.1 + kilometres)[: sum(map(len, groups))]
    assert merge(points, np.array([30.0, 9.0, 12.0, 9.0])[: len(points)]) == groups


def test_what_has_enough_stays_by_itself() -> None:
    assert merge(row(0, 1), np.array([20.0, 40.0])) == ((0,), (1,))


def test_a_group_goes_on_growing_until_there_is_enough() -> None:
    assert merge(row(0, 1, 2, 9), np.array([8.0, 7.0, 6.0, 30.0])) == ((0, 1, 2), (3,))


def test_too_little_in_all_is_one_group() -> None:
    assert merge(row(0, 1, 9), np.array([1.0, 0.0, 2.0])) == ((0, 1, 2),)
    assert merge(row(0), np.zeros(1)) == ((0,),)
    assert merge(row(), np.zeros(0)) == ()


def test_of_several_amounts_each_has_to_be_enough() -> None:
    points = row(0, 1, 5, 6)
    amounts = np.array([[12, 80], [1, 300], [10, 100], [50, 900]])
    assert merge(points, amounts, least=(10, 100)) == ((0, 1), (2,), (3,))


def test_all_in_one_point_are_merged_too() -> None:
    groups = merge(row(*[0.0] * 6), np.full(6, 9.0))
    assert sorted(i for group in groups for i in group) == [*range(6)]
    assert min(map(len, groups)) >= 3


places = st.tuples(st.floats(38.05, 38.15), st.floats(140.8, 140.95)) | st.just((38.1, 140.87))
areas = st.lists(st.tuples(places, st.floats(0, 40)), max_size=25)


def merged(some) -> tuple[tuple[int, ...], ...]:
    points = np.array([at for at, _ in some]).reshape(-1, 2)
    return merge(points, np.array([much for _, much in some]))


@given(areas)
def test_everybody_is_in_one_group_and_every_group_has_enough(some) -> None:
    groups = merged(some)
    assert sorted(i for group in groups for i in group) == [*range(len(some))]
    sums = [sum(some[i][1] for i in group) for group in groups]
    assert len(groups) <= 1 or min(sums) >= LEAST * (1 - 1e-9)
    assert merged(some) == groups


@given(areas, st.randoms(use_true_random=False))
def test_the_order_they_come_in_does_not_matter(some, dice) -> None:
    order = [*range(len(some))]
    dice.shuffle(order)
    first, other = (
        sorted(sorted(of[i] for i in group) for group in merged(of))
        for of in (some, [some[i] for i in order])
    )
    assert other == first


@pytest.mark.parametrize(
    ("expected", "least"),
    [([-1.0, 1.0], 20), ([np.nan, 1.0], 20), ([1.0], 20), ([1.0, 1.0], 0)],
)
def test_what_is_no_amount_is_refused(expected, least) -> None:
    with pytest.raises(ValueError):
        merge(row(0, 1), np.array(expected), least=least)
