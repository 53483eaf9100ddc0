"""Where new sites go: the optimum, said to be one, with its order, its ties and its limits."""

from itertools import combinations
from typing import Any

import numpy as np
import pulp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.sparse import csr_array
from spopt.locate import MCLP

from desk.gaps import covering, siting

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:pulp")
NEAR = 1e-9


def field(
    seed: int, areas: int, sites: int, *, side: float = 3_000, metres: float = 800
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Persons of areas, and metres from each to each site, in a square."""
    dice = np.random.default_rng(seed)
    homes, places = dice.uniform(0, side, (areas, 2)), dice.uniform(0, side, (sites, 2))
    apart = np.hypot(*(homes[:, None] - places[None]).transpose(2, 0, 1)) / metres
    return dice.integers(0, 200, areas).astype(float), apart


def worth(weights: NDArray[Any], covers: NDArray[Any], sites: Any, fixed: Any = ()) -> float:
    """What sites cover beyond the existing ones, counted area by area."""
    return float(
        sum(
            weight
            for weight, row in zip(weights, covers, strict=True)
            if row[list(sites)].any() and not row[list(fixed)].any()
        )
    )


@pytest.mark.parametrize("seed", range(50))
def test_the_choice_covers_as_much_as_spopts(seed: int) -> None:
    dice = np.random.default_rng(1_000 + seed)
    areas, sites = int(dice.integers(5, 60)), int(dice.integers(3, 15))
    weights, apart = field(seed, areas, sites)
    fixed = dice.permutation(sites)[: seed % 3].tolist()
    p = int(dice.integers(1, sites - len(fixed) + 1))
    marks = np.zeros(sites, np.int64)
    marks[fixed] = 1
    oracle = MCLP.from_cost_matrix(
        apart, weights, 1.0, p + len(fixed), predefined_facilities_arr=marks
    ).solve(pulp.PULP_CBC_CMD(msg=False))
    found = siting.choose(weights, apart <= 1, p, fixed=fixed)
    assert found.before + found.covered == pytest.approx(oracle.problem.objective.value())
    assert found.optimal
    assert found.gap == 0


@st.composite
def cases(draw: st.DrawFn) -> tuple[NDArray[Any], NDArray[Any], int, list[int]]:
    """Small cities with all that may be odd in them."""
    areas, sites = draw(st.integers(0, 9)), draw(st.integers(0, 6))
    amount = st.one_of(st.just(0.0), st.integers(1, 300).map(float), st.floats(0.01, 900))
    weights = draw(st.lists(amount, min_size=areas, max_size=areas))
    row = st.lists(st.booleans(), min_size=sites, max_size=sites)
    covers = draw(st.lists(row, min_size=areas, max_size=areas))
    fixed = draw(st.sets(st.integers(0, sites - 1), max_size=2)) if sites else set()
    shape = np.array(covers, np.bool_).reshape(areas, sites)
    return np.array(weights), shape, draw(st.integers(0, 8)), sorted(fixed)


@given(case=cases())
@settings(max_examples=300, deadline=None)
def test_no_other_choice_covers_more_and_none_is_promised(case: Any) -> None:
    weights, covers, p, fixed = case
    found = siting.choose(weights, covers, p, fixed=fixed)
    able = [site for site in range(covers.shape[1]) if site not in fixed]
    most = max(
        worth(weights, covers, sites, fixed) for sites in combinations(able, min(p, len(able)))
    )
    assert found.covered == pytest.approx(most, rel=NEAR)
    assert found.optimal
    assert found.bound == pytest.approx(most, rel=NEAR)
    assert worth(weights, covers, found.sites, fixed) == pytest.approx(found.covered)
    assert len(set(found.sites)) == len(found.sites) <= p
    assert not set(found.sites) & set(fixed)
    # Everybody is somewhere: reached before, newly, by sites not taken, or by none.
    assert found.before + found.reachable + found.beyond == pytest.approx(weights.sum())
    assert found.before == pytest.approx(worth(weights, covers, fixed))


@given(case=cases())
@settings(max_examples=200, deadline=None)
def test_gains_are_in_order_and_their_sum_is_what_is_covered(case: Any) -> None:
    weights, covers, p, fixed = case
    for found in (
        siting.choose(weights, covers, p, fixed=fixed),
        siting.greedy(weights, covers, p, fixed=fixed),
    ):
        assert sum(found.gains) == pytest.approx(found.covered)
        assert list(found.gains) == sorted(found.gains, reverse=True)
        assert all(gain > 0 for gain in found.gains)
        for number, gain in enumerate(found.gains):
            before = worth(weights, covers, found.sites[:number], fixed)
            after = worth(weights, covers, found.sites[: number + 1], fixed)
            assert gain == pytest.approx(after - before)
        assert found.covered <= found.bound * (1 + NEAR)
        assert 0 <= found.gap <= 1


@given(case=cases())
@settings(max_examples=200, deadline=None)
def test_ties_are_the_best_that_could_stand_in_a_sites_place(case: Any) -> None:
    weights, covers, p, fixed = case
    found = siting.choose(weights, covers, p, fixed=fixed)
    assert len(found.ties) == len(found.sites)
    for site, ties in zip(found.sites, found.ties, strict=True):
        rest = [one for one in found.sites if one != site]
        base = worth(weights, covers, rest, fixed)
        able = {
            other: gain
            for other in range(covers.shape[1])
            if other not in (*found.sites, *fixed)
            and (gain := worth(weights, covers, [*rest, other], fixed) - base) > NEAR
        }
        assert [tie.gain for tie in ties] == pytest.approx(sorted(able.values())[::-1][:3])
        for tie in ties:
            assert tie.gain == pytest.approx(able[tie.site])
            assert tie.less == pytest.approx(found.covered - base - tie.gain)
            assert tie.less >= -NEAR * found.covered


@given(case=cases())
@settings(max_examples=100, deadline=None)
def test_an_area_may_be_split_and_a_matrix_be_sparse(case: Any) -> None:
    weights, covers, p, fixed = case
    found = siting.choose(weights, covers, p, fixed=fixed)
    twice = siting.choose(
        np.concatenate([weights, weights]) / 2, np.concatenate([covers, covers]), p, fixed=fixed
    )
    assert twice.covered == pytest.approx(found.covered)
    assert siting.choose(weights, csr_array(covers), p, fixed=fixed) == found


@given(case=cases())
@settings(max_examples=100, deadline=None)
def test_one_more_site_never_covers_less_and_adds_no_more_than_the_last(case: Any) -> None:
    weights, covers, p, fixed = case
    fewer, more = (siting.choose(weights, covers, k, fixed=fixed).covered for k in (p, p + 1))
    assert more >= fewer - NEAR
    first = siting.choose(weights, covers, 1, fixed=fixed).covered
    assert more - fewer <= first + NEAR


@given(case=cases())
@settings(max_examples=100, deadline=None)
def test_the_fewest_for_everybody_are_the_fewest(case: Any) -> None:
    weights, covers, _p, fixed = case
    found = siting.fewest(weights, covers, fixed=fixed)
    able = [site for site in range(covers.shape[1]) if site not in fixed]
    everybody = worth(weights, covers, able, fixed)
    sizes = (
        size
        for size in range(len(able) + 1)
        for sites in combinations(able, size)
        if worth(weights, covers, sites, fixed) == pytest.approx(everybody)
    )
    assert found.covered == pytest.approx(everybody) == found.reachable
    assert len(found.sites) == next(sizes)
    assert found.optimal


@given(case=cases(), data=st.data())
@settings(max_examples=100, deadline=None)
def test_a_choice_of_ones_own_is_kept_and_judged(case: Any, data: st.DataObject) -> None:
    weights, covers, _p, fixed = case
    count = covers.shape[1]
    own = data.draw(st.lists(st.integers(0, count - 1), max_size=5)) if count else []
    found = siting.judged(weights, covers, own, fixed=fixed)
    assert set(found.sites) == set(own)
    assert found.covered == pytest.approx(worth(weights, covers, own, fixed))
    assert sum(found.gains) == pytest.approx(found.covered)
    best = siting.choose(weights, covers, len(set(own)), fixed=fixed)
    assert found.covered <= best.covered + NEAR <= found.bound * (1 + NEAR) + NEAR
    if found.optimal:
        assert found.covered == pytest.approx(best.covered)


@pytest.mark.parametrize("seed", range(8))
def test_middling_cities_are_proved_like_the_plain_problem(seed: int) -> None:
    """Where the relaxation leaves a rest: the same optimum as with nothing left out."""
    weights, apart = field(seed, 300, 40, side=5_000, metres=1_000)
    covers = apart <= 1
    task = covering.task(weights, covers)
    chosen, bound, whole = covering._solved(task.rows, task.weights, 6, 30)
    assert whole
    found = siting.choose(weights, covers, 6)
    assert found.optimal
    assert found.covered == pytest.approx(worth(weights, covers, chosen)) == pytest.approx(bound)
    quick = siting.greedy(weights, covers, 6)
    assert 0.9 * found.covered < quick.covered <= found.covered <= quick.bound


@pytest.mark.parametrize("steps", [1, 3, 10, 40])
@pytest.mark.parametrize("seed", range(10))
def test_what_the_relaxation_rules_out_no_better_choice_has(
    seed: int, steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whenever it stops it must be right: with few steps it knows little and has met little.
    monkeypatch.setattr(covering, "STEPS", steps)
    weights, apart = field(seed, 60, 12, side=4_000, metres=1_200)
    covers, p = apart <= 1, 2 + seed % 3
    task = covering.task(weights, covers)
    loose = covering.relaxed(task, p, covering.found(task, range(p), task.total))
    met = task.covered(loose.found.sites)
    for sites in combinations(range(12), p):
        if (covered := worth(weights, covers, sites)) > met * (1 + NEAR):
            assert covered <= loose.found.bound * (1 + NEAR)
            assert loose.may[list(sites)].all()
            assert set(np.flatnonzero(loose.must)) <= set(sites)


def test_without_time_for_a_proof_no_site_of_the_fewest_is_idle() -> None:
    weights, apart = field(5, 400, 60, side=5_000, metres=900)
    covers = apart <= 1
    found = siting.fewest(weights, covers, seconds=0.0)
    assert found.covered == found.reachable
    for site in found.sites:
        rest = [one for one in found.sites if one != site]
        assert worth(weights, covers, rest) < found.covered


def test_without_time_for_a_proof_the_best_met_is_given_with_its_gap() -> None:
    weights, apart = field(3, 2_000, 150, side=6_000, metres=900)
    found = siting.choose(weights, apart <= 1, 15, seconds=0.0)
    quick = siting.greedy(weights, apart <= 1, 15)
    assert not found.optimal
    assert found.covered >= quick.covered
    assert 0 < found.gap < 0.1
    assert found.gap <= quick.gap


def test_existing_sites_leave_what_they_cover_out() -> None:
    weights, covers = np.array([10.0, 6, 5]), np.array([[1, 0, 1], [0, 1, 0], [0, 0, 1]], bool)
    assert siting.choose(weights, covers, 1).sites == (2,)
    found = siting.choose(weights, covers, 1, fixed=[0])
    assert (found.sites, found.gains, found.before) == ((1,), (6.0,), 10.0)
    assert [(tie.site, tie.gain, tie.less) for tie in found.ties[0]] == [(2, 5.0, 1.0)]


def test_swapping_mends_what_greed_spoils() -> None:
    # The greedy choice begins with the middle one, and the two at the sides are better.
    weights = np.array([4.0, 3, 3, 4])
    covers = np.array([[1, 0, 0], [1, 1, 0], [0, 1, 1], [0, 0, 1]], bool)
    weights_middle = np.array([2.0, 3, 3, 2])
    assert siting.greedy(weights, covers, 2).covered == 14
    found = siting.greedy(weights_middle, covers, 2)
    assert (sorted(found.sites), found.covered) == ([0, 2], 10)
    assert covering.greedy(covering.task(weights_middle, covers), 2).sites[0] == 1


@pytest.mark.parametrize("p", [0, 1, 3, 10_000])
def test_nobody_to_reach_or_nowhere_to_go_is_an_empty_choice(p: int) -> None:
    for weights, covers in (
        (np.zeros(0), np.zeros((0, 0), bool)),  # nothing at all
        (np.ones(3), np.zeros((3, 0), bool)),  # no candidates
        (np.zeros(3), np.ones((3, 2), bool)),  # nobody in need
        (np.ones(3), np.zeros((3, 2), bool)),  # nobody within reach
        (np.zeros(0), np.zeros((0, 2), bool)),  # no neighbourhood
    ):
        for found in (
            siting.choose(weights, covers, p),
            siting.greedy(weights, covers, p),
            siting.fewest(weights, covers),
        ):
            assert found.sites == found.gains == found.ties == ()
            assert (found.covered, found.bound, found.optimal, found.gap) == (0, 0, True, 0)
            assert np.isfinite([found.before, found.reachable, found.beyond]).all()


def test_more_sites_than_candidates_gives_those_that_help() -> None:
    weights, covers = np.array([5.0, 3]), np.array([[1, 0, 1], [0, 1, 0]], bool)
    found = siting.choose(weights, covers, 10_000)
    assert (found.gains, found.covered, found.optimal) == ((5.0, 3.0), 8.0, True)


def test_nothing_is_left_to_gain_once_all_is_covered() -> None:
    found = siting.choose(np.array([5.0, 3]), np.ones((2, 3), bool), 2, fixed=[1])
    assert (found.sites, found.before, found.reachable, found.optimal) == ((), 8.0, 0.0, True)


def test_a_city_of_one_area_takes_one_site() -> None:
    found = siting.choose(np.array([7.0]), np.ones((1, 4), bool), 3)
    assert (found.sites, found.gains) == ((0,), (7.0,))
    assert [tie.less for tie in found.ties[0]] == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("weights", "covers", "p", "fixed"),
    [
        ([1.0, 2.0], [[True]], 1, []),
        ([1.0], [True], 1, []),
        ([[1.0]], [[True]], 1, []),
        ([-1.0], [[True]], 1, []),
        ([float("nan")], [[True]], 1, []),
        ([float("inf")], [[True]], 1, []),
        ([1.0], [[True]], -1, []),
        ([1.0], [[True]], 1, [1]),
        ([1.0], [[True]], 1, [-1]),
    ],
)
def test_what_is_no_problem_is_refused(weights: Any, covers: Any, p: int, fixed: Any) -> None:
    with pytest.raises(ValueError):
        siting.choose(weights, covers, p, fixed=fixed)


@pytest.mark.parametrize("site", [-1, 1])
def test_a_site_that_is_not_there_cannot_be_judged(site: int) -> None:
    with pytest.raises(ValueError, match="no such site"):
        siting.judged([1.0], [[True]], [site])
