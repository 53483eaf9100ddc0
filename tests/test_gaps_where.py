"""Where the next sites go: who counts, which places may be chosen, what a choice does in people."""

import csv
import io
from datetime import datetime
from typing import Any

import numpy as np
import pytest

from desk import store
from desk.gaps import where, where_table
from desk.gaps.city import CLASS, DESK, DISASTER, KINDS, WIFI, City, Settings, Sites, Use
from desk.gaps.method import smooth
from desk.gaps.where import Place
from desk.people import PUBLIC, NotAllowed
from desk.places import Town
from tests.conftest import person

LAT, LNG = 38.1, 140.87
NORTH = 1 / 111_194.93  # degrees of latitude a metre


def town(number: int, metres: float) -> Town:
    """A neighbourhood so far north of the middle."""
    return Town(f"t{number}", f"地区{number}", "チク", LAT + metres * NORTH, LNG)


def place(id: str, metres: float, **more: Any) -> Place:
    return Place(id, f"会場{id}", "集会所", LAT + metres * NORTH, LNG, **more)


def city(
    at: list[float],
    need: list[float],
    *,
    existing: tuple[float, ...] = (),
    kind: str = DESK,
    used: Use | None = None,
    counted: list[bool] | None = None,
) -> City:
    """Neighbourhoods on a line, with sites of one kind."""
    n = len(at)
    sites = Sites(
        tuple(f"s{k}" for k in range(len(existing))),
        tuple("窓口" for _ in existing),
        np.array([(LAT + one * NORTH, LNG) for one in existing]).reshape(-1, 2),
        np.ones(len(existing)),
        np.zeros(len(existing), np.bool_),
    )
    return City(
        towns=tuple(town(i, metres) for i, metres in enumerate(at)),
        counted=np.array(counted if counted is not None else [True] * n, np.bool_),
        persons_65_74=np.zeros(n, np.int64),
        persons_75_plus=np.zeros(n, np.int64),
        need=np.array(need, np.float64),
        sites={kind: sites},
        used={kind: used} if used else {},
    )


def plan(made: City, among: list[Place], p: int = 1, **more: Any) -> where.Plan:
    settings = Settings(kind=more.pop("kind", DESK), metres=more.pop("metres", 1_300))
    return where.plan(made, settings, where.weights(made, settings), p, among=among, **more)


def test_the_place_that_reaches_most_people_comes_first_and_the_next_adds_to_it() -> None:
    made = city([0, 500, 5_000], [10, 20, 25])
    found = plan(made, [place("far", 5_000), place("middle", 200), place("edge", 1_200)], 2)
    assert found.best.ids == ("middle", "far")
    assert [step.people for step in found.best.steps] == [30, 25]
    assert [[town.id for town in step.towns] for step in found.best.steps] == [["t0", "t1"], ["t2"]]
    assert (found.best.people, found.total, found.there, found.beyond) == (55, 55, 0, 0)
    assert found.best.optimal
    assert (found.everybody, found.fewest) == (2, True)
    # Further north: 20 of the 30 people, and so 10 fewer.
    instead = found.best.steps[0].instead
    assert [(one.place.id, one.less) for one in instead] == [("edge", 10)]


@pytest.mark.parametrize(("away", "reached"), [(990, True), (1_010, False)])
def test_the_way_is_longer_than_the_straight_line(away: float, reached: bool) -> None:
    found = plan(city([0], [5]), [place("a", away)], metres=1_300)
    assert (found.best.ids == ("a",)) is reached
    assert found.said == (None if reached else where.NONE_NEAR)
    assert found.beyond == (0 if reached else 5)


def test_who_has_a_site_within_reach_is_left_out_and_where_there_is_one_is_no_candidate() -> None:
    made = city([0, 3_000], [100, 7], existing=(0,))
    found = plan(made, [place("same", 30), place("beside", 120), place("far", 3_000)], 2)
    assert [one.id for one in found.places] == ["beside", "far"]
    assert (found.best.ids, found.best.people, found.there) == (("far",), 7, 100)
    assert found.reached.tolist() == [True, False]


def test_in_a_disaster_only_shelters_may_be_chosen() -> None:
    made = city([0], [5])
    among = [place("house", 0), place("school", 100, shelter=True)]
    settings = Settings(metres=1_300, when=DISASTER)
    found = where.plan(made, settings, where.weights(made, settings), 2, among=among)
    assert found.best.ids == ("school",)


def test_surely_low_use_weighs_more_but_people_are_counted_as_they_are() -> None:
    used = Use(np.array([0, 80, 60, 90, 70], np.int64))
    need = [100.0, 110, 100, 100, 100]
    made = city([0, 9_000, 20_000, 30_000, 40_000], need, used=used)
    p_low = smooth.smooth(used.observed, smooth.expected(300, made.need)).p_low
    assert p_low[0] > 0.9
    weights = where.weights(made, Settings())
    assert weights == pytest.approx(made.need * (1 + 0.5 * p_low))
    found = plan(made, [place("low", 0), place("more", 9_000)])
    assert (found.best.ids, found.best.people) == (("low",), 100)
    instead = found.best.steps[0].instead[0]
    assert (instead.place.id, instead.less) == ("more", -10)


@pytest.mark.parametrize(
    "used", [None, Use(np.array([0, 80], np.int64), nowhere=90), Use(np.array([0, 0], np.int64))]
)
def test_use_that_tells_nothing_weighs_nothing(used: Use | None) -> None:
    made = city([0, 9_000], [100, 110], used=used)
    assert where.weights(made, Settings()).tolist() == [100, 110]


def test_where_nobody_is_counted_nobody_is_reached() -> None:
    made = city([0, 9_000], [100, 5], counted=[False, True])
    found = plan(made, [place("uncounted", 0), place("counted", 9_000)], 2)
    assert (found.best.ids, found.total) == (("counted",), 5)


def test_a_choice_of_ones_own_is_kept_in_order_of_gain_and_one_more_is_offered() -> None:
    made = city([0, 3_000, 6_000], [10, 20, 30])
    among = [place("a", 0), place("b", 3_000), place("c", 6_000), place("idle", 90_000)]
    found = plan(made, among, 2, chosen=["a", "idle", "b", "b", "gone"])
    assert found.own.ids == ("b", "a", "idle")
    assert [step.people for step in found.own.steps] == [20, 10, 0]
    assert (found.own.people, found.best.people, found.unknown) == (30, 50, 1)
    assert dict(zip((one.id for one in found.places), found.adds, strict=True)) == {
        "a": 0,
        "b": 0,
        "c": 30,
        "idle": 0,
    }
    assert found.more is not None
    assert (found.more[0].id, found.more[1]) == ("c", 30)
    nothing = plan(made, among, 2, chosen=[])
    assert (nothing.own.ids, nothing.own.people, nothing.own.towns) == ((), 0, ())
    assert plan(made, among, 3).more is None


@pytest.mark.parametrize(
    ("made", "among", "said"),
    [
        (city([], []), [place("a", 0)], where.NO_TOWNS),
        (city([0], [0]), [place("a", 0)], where.NO_PEOPLE),
        (city([0], [5], counted=[False]), [place("a", 0)], where.NO_PEOPLE),
        (city([0], [5]), [], where.NO_PLACES),
        (city([0], [5], existing=(100,)), [place("a", 900)], where.ALL_REACHED),
        (city([0], [5]), [place("a", 90_000)], where.NONE_NEAR),
        (city([0], [5]), [place("a", 0)], None),
    ],
)
def test_where_there_is_nothing_to_choose_it_says_why(
    made: City, among: list[Place], said: str | None
) -> None:
    found = plan(made, among, 3)
    assert found.said == said
    assert (found.best.ids == ()) is (said is not None)
    assert np.isfinite([found.there, found.beyond, found.total, *found.adds]).all()


@pytest.mark.parametrize(("asked", "given"), [(-5, 1), (0, 1), (10, 10), (10**9, 10)])
def test_how_many_stays_within_what_may_be_asked(asked: int, given: int) -> None:
    assert plan(city([0], [5]), [place("a", 0)], asked).p == given


def test_a_tap_means_the_nearest_place_that_is_near() -> None:
    among = [place("a", 0), place("b", 1_000)]
    tapped = where.nearest(among, LAT + 700 * NORTH, LNG, metres=400)
    assert tapped is not None
    assert tapped.id == "b"
    assert where.nearest(among, LAT + 500 * NORTH, LNG, metres=400) is None
    assert where.nearest([], LAT, LNG, metres=400) is None


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize("kind", KINDS)
def test_the_store_gives_the_citys_places_without_those_that_have_one(
    kind: str, now: datetime
) -> None:
    found = where.where_next(person("planner"), Settings(kind=kind), 3, now=now)
    venues = {row["id"] for row in store.rows("SELECT id FROM venue WHERE active = 1")}
    ids = {one.id for one in found.places}
    assert ids <= venues
    if kind == DESK:
        have = {row["venue_id"] for row in store.rows("SELECT venue_id FROM desk")}
        assert have
        assert not ids & have
    assert found.trial
    assert found.best.people == pytest.approx(sum(step.people for step in found.best.steps))
    assert found.there + found.best.people <= found.total
    rooms = {row["venue_id"] for row in store.rows("SELECT venue_id FROM room WHERE active = 1")}
    assert {one.id for one in found.places if one.room} == ids & rooms


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize("role", ["volunteer", "public"])
def test_only_who_may_see_neighbourhoods_may_ask(role: str, now: datetime) -> None:
    planner = person("planner")
    found = where.where_next(planner, Settings(), 3, now=now)
    other = PUBLIC if role == "public" else person(role)
    with pytest.raises(NotAllowed):
        where.where_next(other, Settings(), 3, now=now)
    with pytest.raises(NotAllowed):
        where_table.as_csv(other, found, now=now)


@pytest.mark.usefixtures("city")
def test_the_file_says_what_was_asked_and_holds_the_choice_in_order(now: datetime) -> None:
    planner = person("planner")
    with store.transaction() as write:
        write.run("UPDATE venue SET name = '=1+1' || name")
    settings = Settings(kind=WIFI, metres=800)
    own = [one.id for one in where.where_next(planner, settings, 2, now=now).places][:2]
    found = where.where_next(planner, settings, 2, now=now, chosen=own)
    text = where_table.as_csv(planner, found, now=now).content.decode("utf-8-sig")
    comments = [line for line in text.splitlines() if line.startswith("#")]
    assert "つぎにどこへ置くか" in comments[0]
    assert any("見本" in line for line in comments)
    assert any("800 m" in line and "Wi-Fi" in line for line in comments)
    header, *rows = csv.reader(
        io.StringIO("\n".join(line for line in text.splitlines() if line not in comments))
    )
    assert (header[0], header[-1]) == ("順番", "見本")
    assert [row[1].removeprefix("'=1+1") for row in rows] == [
        step.place.name.removeprefix("=1+1") for step in found.own.steps
    ]
    assert [int(row[3]) for row in rows] == [round(step.people) for step in found.own.steps]
    assert int(rows[-1][4]) == round(found.own.people)


def test_classes_are_planned_like_the_rest() -> None:
    made = city([0, 3_000], [5, 6], existing=(0,), kind=CLASS)
    assert plan(made, [place("a", 0), place("b", 3_000)], kind=CLASS).best.ids == ("b",)
