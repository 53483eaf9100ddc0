"""A label that hangs on one assumption is told from one that does not."""

import numpy as np
import pytest

from desk.gaps import labels
from desk.gaps.city import DESK, DETOUR, City, Settings, Sites, Use
from desk.gaps.method.reach import reach
from desk.gaps.method.smooth import expected, smooth
from desk.gaps.method.stability import STABLE, assumptions, need, stability
from desk.places import Town


def line(need_of, *, younger=None, older=None, observed=None, kilometres=None) -> City:
    """Neighbourhoods in a line to the north of one desk, so many kilometres from it."""
    count = len(need_of)
    north = np.arange(count) if kilometres is None else np.array(kilometres)
    towns = tuple(
        Town(str(i), f"{i}丁目", "イ", 38.1 + one / 111.195, 140.87) for i, one in enumerate(north)
    )
    site = Sites(
        ("d",), ("市役所",), np.array([[38.1, 140.87]]), np.array([40.0]), np.zeros(1, bool)
    )
    people = np.array(need_of, np.int64)
    return City(
        towns=towns,
        counted=np.ones(count, bool),
        persons_65_74=people if younger is None else np.array(younger),
        persons_75_plus=people if older is None else np.array(older),
        need=np.array(need_of, np.float64),
        sites={DESK: site},
        used={DESK: Use(np.array(observed if observed is not None else need_of, np.int64))},
    )


def labelled(city: City, settings: Settings) -> list[str]:
    sites, use = city.sites[settings.kind], city.used[settings.kind]
    found = reach(
        city.need, city.points, sites.supply, sites.points, metres=settings.metres, detour=DETOUR
    )
    return labels.labels(
        found.relative, smooth(use.observed, expected(int(use.observed.sum()), city.need))
    )


def test_ours_comes_first_and_fourteen_others_follow() -> None:
    city = line([100, 100])
    mine, *others = assumptions(city, Settings(metres=2_000))
    assert mine[1] == Settings(metres=2_000)
    assert mine[0].need.tolist() == [100, 100]
    assert len(others) == 14
    distances = {settings.metres for _, settings in [mine, *others]}
    assert distances == {1_500, 2_000, 2_500}
    runs = {(tuple(other.need), settings.metres) for other, settings in [mine, *others]}
    # Against each other the two bands cancel here, for they are as many.
    assert {one for one, _ in runs} == {(100, 100), (110, 110), (90, 90)}
    assert len({id(other) for other, _ in [mine, *others]}) == 5


@pytest.mark.parametrize("metres", [500, 800, 2_000])
def test_each_threshold_gets_shorter_and_longer_by_a_quarter(metres: int) -> None:
    found = {one.metres for _, one in assumptions(line([1]), Settings(metres=metres))}
    assert found == {metres * 3 // 4, metres, metres * 5 // 4}


def test_need_moves_with_the_people_of_each_age_and_stays_within_them() -> None:
    city = line([30, 2, 99], younger=[100, 0, 50], older=[0, 100, 50])
    assert need(city, 0, 0).tolist() == [30, 2, 99]
    assert need(city, 0.05, 0.05).tolist() == [25, 0, 94]
    assert need(city, -0.05, 0.05).tolist() == [35, 0, 99]
    assert need(city, -0.05, -0.05).tolist() == [35, 7, 100]


def test_what_holds_in_every_run_is_wholly_stable_and_what_hangs_on_distance_is_not() -> None:
    # The last is far whatever is assumed; the one before is out of reach if people go 1.5 km.
    city = line([100] * 4, kilometres=[0, 0.1, 1.2, 30])
    assert labelled(city, Settings())[2:] == [labels.CANNOT_TELL, labels.FAR]
    assert labelled(city, Settings(metres=1_500))[2:] == [labels.FAR, labels.FAR]
    found = stability(city, Settings(), labelled)
    assert found.tolist() == [1, 1, 9 / 14, 1]
    assert found[2] < STABLE


def test_the_share_is_of_the_runs_that_are_not_ours() -> None:
    calls = []

    def by_distance(city: City, settings: Settings) -> list[str]:
        calls.append((city, settings))
        return [labels.FAR if settings.metres < 2_000 else labels.ENOUGH, labels.FAR]

    assert stability(line([1, 1]), Settings(), by_distance).tolist() == [9 / 14, 1]
    assert len(calls) == 15


def test_a_city_without_neighbourhoods_has_nothing_to_tell() -> None:
    assert stability(line([]), Settings(), lambda *_: []).tolist() == []
