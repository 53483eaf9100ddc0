"""What the public sees of use: large enough everywhere, right in its sums, and no way back."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from desk.gaps import publish
from desk.gaps.method.merge import Groups
from desk.gaps.publish import LEAST_PERSONS, LEAST_USES, OTHER, STEP, Table, merged, table

TOPICS = ("basics", "line", "wifi", "scam", "payment", "other")


@dataclass(frozen=True)
class Made:
    """A quarter of a city that does not exist."""

    points: np.ndarray
    persons: np.ndarray
    topics: dict[str, np.ndarray]

    @property
    def uses(self) -> np.ndarray:
        return sum(self.topics.values())

    def table(self, groups: Groups | None = None) -> Table:
        return table(self.points, self.persons, self.topics, groups=groups)


def made(seed: int, *, n: int = 30, uses: float = 240) -> Made:
    rng = np.random.default_rng(seed)
    points = np.column_stack([38.1 + rng.normal(0, 0.02, n), 140.86 + rng.normal(0, 0.02, n)])
    persons = rng.poisson(rng.gamma(1.2, 130, n))
    share = persons * rng.gamma(2, 0.5, n)
    share = share / max(share.sum(), 1) * uses
    popular = np.array([0.4, 0.25, 0.15, 0.1, 0.07, 0.03])
    topics = {
        topic: rng.poisson(share * part).astype(np.int64)
        for topic, part in zip(TOPICS, popular, strict=True)
    }
    return Made(points, persons.astype(np.int64), topics)


@st.composite
def quarters(draw: st.DrawFn) -> Made:
    n = draw(st.integers(0, 12))
    degrees = st.floats(-0.1, 0.1).map(lambda x: round(x, 4))
    points = [(38 + draw(degrees), 140 + draw(degrees)) for _ in range(n)]
    persons = draw(st.lists(st.integers(0, 300), min_size=n, max_size=n))
    topics = {
        topic: np.array(draw(st.lists(st.integers(0, 25), min_size=n, max_size=n)), np.int64)
        for topic in TOPICS[:3]
    }
    return Made(np.array(points).reshape(-1, 2), np.array(persons, np.int64), topics)


@given(quarters())
@settings(max_examples=150, deadline=None)
def test_no_number_is_small_and_every_neighbourhood_is_in_one_area(one: Made) -> None:
    made = one.table()
    if not made.areas:
        assert one.uses.sum() < LEAST_USES or one.persons.sum() < LEAST_PERSONS
        assert made == Table((), 0, {})
        return
    members = [i for area in made.areas for i in area.members]
    assert sorted(members) == list(range(len(one.points)))
    for area in made.areas:
        at = list(area.members)
        assert one.uses[at].sum() >= LEAST_USES
        assert area.persons == one.persons[at].sum() >= LEAST_PERSONS
        assert abs(area.uses - one.uses[at].sum()) <= STEP / 2
        for topic, shown in area.topics.items():
            assert shown >= LEAST_USES
            if topic != OTHER:
                assert one.topics[topic][at].sum() >= LEAST_USES
    shown = [made.total, *made.topics.values()]
    shown += [n for area in made.areas for n in (area.uses, *area.topics.values())]
    assert all(n % STEP == 0 for n in shown)
    assert abs(made.total - one.uses.sum()) <= STEP / 2


@given(quarters(), st.data())
@settings(max_examples=100, deadline=None)
def test_areas_of_a_year_are_kept_whole(one: Made, data: st.DataObject) -> None:
    first = merged(one.points, one.uses, one.persons)
    if not first:
        return
    fewer = np.array([data.draw(st.integers(0, int(n))) for n in one.uses], np.int64)
    later = merged(one.points, fewer, one.persons, groups=first)
    for area in later:
        for group in first:
            assert set(group) <= set(area) or not set(group) & set(area)


def test_the_poorest_goes_to_its_nearest_neighbour() -> None:
    points = np.array([(38.0, 140.0), (38.0, 140.01), (38.0, 140.1), (38.0, 140.11)])
    uses, persons = np.array([30, 4, 20, 12]), np.array([500, 500, 500, 500])
    assert merged(points, uses, persons) == ((0, 1), (2,), (3,))
    assert merged(points, uses, np.array([500, 500, 500, 99])) == ((0, 1), (2, 3))
    assert merged(points, np.array([3, 3, 1, 2]), persons) == ()


def test_a_small_rest_takes_the_smallest_topic_with_it() -> None:
    assert publish.apart({"a": 22, "b": 11, "c": 3}) == {"a": 20, OTHER: 15}
    assert publish.apart({"a": 22, "b": 11, "c": 0}) == {"a": 20, "b": 10}
    assert publish.apart({"a": 11, "b": 4, "c": 8}) == {"a": 10, OTHER: 10}
    assert publish.apart({"a": 12, "b": 1}) == {OTHER: 15}


def small_cells(one: Made, shown: Table) -> Iterator[np.ndarray]:
    """What must stay unknown, as sums of topic x neighbourhood: cells of 1 to 9 uses."""
    by_topic = np.array(list(one.topics.values()))
    spots = [[i] for i in range(len(one.points))] + [list(area.members) for area in shown.areas]
    for members in spots:
        for topics in [*([t] for t in range(len(TOPICS))), list(range(len(TOPICS)))]:
            cells = np.zeros(by_topic.shape)
            cells[np.ix_(topics, members)] = 1
            if 1 <= (by_topic * cells).sum() < LEAST_USES:
                yield cells.ravel()


def known(shown: Table, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All that an attacker can write down: sums of cells, and from what to what each may be.

    They know the rules: what is shown as 10 was 10, 11 or 12."""
    rows, lowest, highest = [], [], []

    def say(topics: list[int], members: list[int], count: int) -> None:
        cells = np.zeros((len(TOPICS), n))
        cells[np.ix_(topics, members)] = 1
        rows.append(cells.ravel())
        lowest.append(max(count - STEP // 2, LEAST_USES))
        highest.append(count + STEP // 2)

    def say_topics(told: dict[str, int], members: list[int]) -> None:
        for topic, count in told.items():
            if topic != OTHER:
                say([TOPICS.index(topic)], members, count)
        rest = [t for t, topic in enumerate(TOPICS) if topic not in told]
        if OTHER in told:
            say(rest, members, told[OTHER])
        elif rest:
            say(rest, members, 0)
            lowest[-1] = highest[-1] = 0

    everybody = list(range(n))
    say(list(range(len(TOPICS))), everybody, shown.total)
    say_topics(dict(shown.topics), everybody)
    for area in shown.areas:
        say(list(range(len(TOPICS))), list(area.members), area.uses)
        say_topics(dict(area.topics), list(area.members))
    return np.array(rows), np.array(lowest), np.array(highest)


@pytest.mark.parametrize("seed", range(6))
def test_no_small_cell_can_be_worked_out_from_all_that_is_published(seed: int) -> None:
    one = made(seed, n=20, uses=(150, 240, 500)[seed % 3])
    shown = one.table()
    assert len(shown.areas) >= 3
    assert any(area.topics for area in shown.areas)
    rows, lowest, highest = known(shown, len(one.points))
    truth = np.array(list(one.topics.values())).ravel()
    assert (rows @ truth >= lowest).all()
    assert (rows @ truth <= highest).all()
    limits = {"A_ub": np.vstack([rows, -rows]), "b_ub": np.concatenate([highest, -lowest])}
    recovered = found = 0
    for cell in small_cells(one, shown):
        least, most = (
            sign * linprog(sign * cell, **limits, method="highs").fun for sign in (1, -1)
        )
        assert least - 1e-6 <= cell @ truth <= most + 1e-6
        found += 1
        recovered += most - least < LEAST_USES / 2
    assert found > 50
    assert recovered == 0


def test_the_attack_finds_what_a_careless_table_gives_away() -> None:
    """With exact counts and one hole, the hole is the total minus the rest."""
    one = made(1, n=6, uses=120)
    exact = one.uses
    rows = np.vstack([np.ones(6), np.eye(6)[1:]])
    values = rows @ exact
    low, high = (
        sign * linprog(sign * np.eye(6)[0], A_eq=rows, b_eq=values, method="highs").fun
        for sign in (1, -1)
    )
    assert low == pytest.approx(exact[0])
    assert high == pytest.approx(exact[0])


def test_counts_are_rounded_to_the_nearest_five() -> None:
    assert [publish.rounded(n) for n in (0, 2, 3, 7, 8, 12, 13, 1_000)] == [
        *(0, 0, 5, 5, 10, 10, 15, 1_000)
    ]


@pytest.mark.parametrize(
    ("uses", "persons", "areas"),
    [
        ((10, 10), (100, 100), ((0,), (1,))),
        ((9, 11), (100, 100), ((0, 1),)),
        ((10, 10), (99, 101), ((0, 1),)),
        ((10, 0), (100, 0), ((0, 1),)),
        ((9, 0), (100, 100), ()),
        ((10, 10), (99, 0), ()),
    ],
)
def test_an_area_has_ten_uses_and_a_hundred_people(
    uses: tuple[int, int], persons: tuple[int, int], areas: Groups
) -> None:
    points = np.array([(38.1, 140.86), (38.2, 140.86)])
    told = table(points, np.array(persons), {"line": np.array(uses)})
    assert tuple(area.members for area in told.areas) == areas


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ({"line": 30, "wifi": 10, "scam": 10}, {"line": 30, "wifi": 10, "scam": 10}),
        ({"line": 30, "wifi": 10, "scam": 9}, {"line": 30, OTHER: 20}),
        ({"line": 30, "wifi": 5, "scam": 5}, {"line": 30, OTHER: 10}),
        ({"line": 30, "wifi": 1}, {OTHER: 30}),
        ({"line": 12, "basics": 12, "scam": 4}, {"line": 10, OTHER: 15}),
        ({"line": 30, "wifi": 0}, {"line": 30}),
        ({"line": 0}, {}),
        ({"line": 6}, {OTHER: 5}),
    ],
)
def test_topics_are_told_apart_from_ten_uses_on(
    counts: dict[str, int], told: dict[str, int]
) -> None:
    assert publish.apart(counts) == told
