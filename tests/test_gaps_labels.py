"""Six labels: each from how near things are and how sure it is that use is low or high."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.gaps.city import Use
from desk.gaps.labels import (
    CANNOT_TELL,
    CROWDED,
    ENOUGH,
    FAR,
    LABELS,
    NEXT_STEPS,
    NOT_COMING,
    NOT_REACHED,
    healthy,
    label,
    labels,
)
from desk.gaps.method.reach import reach
from desk.gaps.method.smooth import expected, smooth


@pytest.mark.parametrize(
    ("relative", "p_low", "p_high", "found"),
    [
        (0.0, 0.81, 0.0, NOT_REACHED),
        (0.49, 0.81, 0.0, NOT_REACHED),
        (0.5, 0.81, 0.0, NOT_COMING),
        (3.0, 0.99, 0.0, NOT_COMING),
        (0.0, 0.2, 0.0, FAR),
        (0.49, 0.0, 0.9, FAR),  # many come from far away: nearer is what helps
        (0.49, 0.21, 0.0, CANNOT_TELL),
        (0.49, 0.8, 0.0, CANNOT_TELL),
        (0.5, 0.8, 0.0, CANNOT_TELL),
        (0.99, 0.0, 0.81, CROWDED),
        (0.99, 0.0, 0.8, ENOUGH),
        (1.0, 0.0, 0.81, ENOUGH),
        (0.5, 0.2, 0.5, ENOUGH),
        (0.5, 0.21, 0.5, CANNOT_TELL),
    ],
)
def test_a_label_says_what_is_near_and_what_is_used(relative, p_low, p_high, found) -> None:
    assert label(relative, p_low, p_high, use_known=True) == found


@pytest.mark.parametrize(("relative", "found"), [(0.0, FAR), (0.49, FAR), (0.5, CANNOT_TELL)])
def test_where_use_tells_nothing_only_distance_does(relative: float, found: str) -> None:
    for p_low in (0.0, 1.0):
        assert label(relative, p_low, 1 - p_low, use_known=False) == found


@given(st.floats(0, 1e9), st.floats(0, 1), st.floats(0, 1), st.booleans())
def test_everything_has_one_of_the_labels_and_each_a_next_step(one, low, high, known) -> None:
    assert label(one, low, high, use_known=known) in set(LABELS) & set(NEXT_STEPS)


def test_a_citys_labels_are_those_of_its_neighbourhoods() -> None:
    observed, hoped = np.array([10, 12, 200, 90, 88]), np.full(5, 80.0)
    relative = np.array([0.0, 2.0, 0.9, 0.1, 1.5])
    found = smooth(observed, hoped)
    told = [NOT_REACHED, NOT_COMING, CROWDED, FAR, ENOUGH]
    assert labels(relative, found) == told
    unknown = [FAR, CANNOT_TELL, CANNOT_TELL, FAR, CANNOT_TELL]
    assert labels(relative, None) == unknown
    assert labels(relative, replace(found, spread=False)) == unknown
    assert labels(np.empty(0), None) == []


def test_what_is_planted_in_a_city_is_found() -> None:
    # Four neighbourhoods at the desk, two at a small one, four with nothing near, all alike.
    desk, small, nothing = (38.10, 140.87), (38.15, 140.87), (38.05, 140.80)
    homes = np.array([desk] * 4 + [small] * 2 + [nothing] * 4)
    theta = np.array([1, 1, 1, 0.2, 1, 2.5, 1, 1, 0.2, 0.2])
    planted = [ENOUGH] * 3 + [NOT_COMING, ENOUGH, CROWDED, FAR, FAR, NOT_REACHED, NOT_REACHED]
    need, sites = np.full(10, 100.0), np.array([desk, small])
    found = reach(need, homes, np.array([40.0, 9.0]), sites, metres=2_000, detour=1.3)
    for seed in range(20):
        observed = np.random.default_rng(seed).poisson(100 * theta)
        use = smooth(observed, expected(int(observed.sum()), need))
        told = labels(found.relative, use)
        # What the counts cannot tell is left open; what is told is true.
        assert {(a, b) for a, b in zip(planted, told, strict=True) if b != CANNOT_TELL} <= {
            (one, one) for one in planted
        }
        assert told.count(CANNOT_TELL) <= 2


@pytest.mark.parametrize(
    ("observed", "nowhere", "outside", "answer"),
    [
        ([4, 4], 2, 0, True),
        ([4, 3], 2, 0, False),
        ([4, 3], 2, 90, False),  # people from outside tell nothing about the rest
        ([0, 0], 0, 0, True),
        ([0, 0], 1, 0, False),
    ],
)
def test_too_many_uses_without_a_neighbourhood_spoil_the_rest(
    observed, nowhere, outside, answer
) -> None:
    assert healthy(Use(np.array(observed), nowhere=nowhere, outside=outside)) is answer
