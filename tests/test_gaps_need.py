"""Need: people times the share without the internet, by a table that guesses nothing."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk import store
from desk.gaps import need
from desk.gaps.need import FIVE, WIDE, UseRate
from tests.conftest import refuses

TABLE = (UseRate(70, 79, 0.75, "2019", "s"), UseRate(80, None, 0.5, "2019", "s"))
AGES = (65, 70, 75, 80, 85)


def said() -> need.Needs:
    with store.engine().reading() as reader:
        return need.read(reader)


def people(town: str, five: Mapping[int, int], *, wide: tuple[int, int] | None = None) -> None:
    """Persons of a neighbourhood by five-year ages, and by the bands they add up to."""
    younger, older = wide or (five[65] + five[70], sum(five.get(age, 0) for age in (75, 80, 85)))
    with store.transaction() as write:
        for band, persons in (("65-74", younger), ("75+", older)):
            write.run(
                "UPDATE population SET persons = :n WHERE town_id = :town AND band = :band",
                n=persons,
                town=town,
                band=band,
            )
        write.run_many(
            "INSERT INTO population_five (town_id, from_age, persons, source) "
            "VALUES (:town, :age, :n, 's')",
            [{"town": town, "age": age, "n": n} for age, n in five.items()],
        )


def towns() -> list[str]:
    return [row["id"] for row in store.rows("SELECT id FROM town WHERE active = 1 ORDER BY id")]


@pytest.mark.parametrize(
    ("ages", "share"),
    [
        ((70, 74), 0.75),
        ((70, 79), 0.75),
        ((75, 79), 0.75),
        ((80, 84), 0.5),
        ((85, None), 0.5),
        ((65, 69), None),  # only known to be above 90 %
        ((65, 74), None),
        ((75, None), None),
        ((0, 4), None),
    ],
)
def test_an_age_takes_the_share_of_the_band_that_holds_it_whole(
    ages: tuple[int, int | None], share: float | None
) -> None:
    assert need.share_of(*ages, TABLE) == share


def test_of_two_bands_that_hold_an_age_the_narrower_one_counts() -> None:
    table = (UseRate(60, None, 0.6, "2019", "s"), *TABLE)
    assert need.share_of(70, 74, table) == 0.75
    assert need.share_of(65, 69, table) == 0.6


def test_five_year_ages_have_each_their_own_share_and_the_unknown_one_none() -> None:
    persons = {65: 1000, 70: 100, 75: 60, 80: 30, 85: 8}
    assert need.estimate_five(persons, TABLE) == 160 * 0.25 + 38 * 0.5
    known = (UseRate(65, 69, 0.95, "2024", "s"), *TABLE)
    assert need.estimate_five(persons, known) == pytest.approx(160 * 0.25 + 38 * 0.5 + 50)


@given(st.dictionaries(st.sampled_from(AGES), st.integers(0, 10**6)))
def test_need_is_never_more_than_the_people(persons: dict[int, int]) -> None:
    assert 0 <= need.estimate_five(persons, TABLE) <= sum(persons.values())


@pytest.mark.usefixtures("city")
def test_the_table_is_dated_and_says_its_source_and_a_bound_is_no_share() -> None:
    with store.engine().reading() as reader:
        found = need.rates(reader)
    assert [(one.from_age, one.to_age, one.share, one.as_of) for one in found] == [
        (70, 79, 0.742, "2019"),
        (80, None, 0.575, "2019"),
    ]
    assert all("情報通信白書" in one.source for one in found)


@pytest.mark.usefixtures("city")
def test_the_newest_share_counts() -> None:
    with store.transaction() as write:
        write.run(
            "INSERT INTO figure (id, key, value, as_of, unit, source) VALUES "
            "('new', 'internet_use_70_79', 80, '2024', '%', 's')"
        )
    assert need.use_rates() == {"65-74": 0.8, "75+": 0.575}


@pytest.mark.usefixtures("city")
def test_bands_of_the_table_are_taken_where_no_five_year_ages_are_known() -> None:
    found = said()
    assert (found.basis, found.trial) == (WIDE, True)
    assert len(found.by_town) == len(towns())
    persons = [(one.persons_65_74, one.persons_75_plus) for one in found.by_town.values()]
    younger, older = (sum(column) for column in zip(*persons, strict=True))
    assert (younger, older) == (11755 - 5548, 5548)  # the census
    in_need = sum(one.persons_in_need for one in found.by_town.values())
    assert in_need == pytest.approx(younger * (1 - 0.742) + older * (1 - 0.575))


@pytest.mark.usefixtures("city")
def test_five_year_ages_of_all_neighbourhoods_are_taken_and_the_wide_counts_stay() -> None:
    for town in towns():
        people(town, {65: 50, 70: 40, 75: 20, 80: 10, 85: 10})
    found = said()
    assert found.basis == FIVE
    one = found.by_town[towns()[0]]
    assert (one.persons_65_74, one.persons_75_plus) == (90, 40)
    assert one.persons_in_need == pytest.approx(60 * (1 - 0.742) + 20 * (1 - 0.575))


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize(
    "last", [{}, {65: 50, 70: 40, 75: 20, 80: 10}], ids=["none", "without the oldest"]
)
def test_one_neighbourhood_without_five_year_ages_and_all_are_estimated_alike(
    last: dict[int, int],
) -> None:
    *most, odd = towns()
    for town in most:
        people(town, {65: 50, 70: 40, 75: 20, 80: 10, 85: 10})
    if last:
        people(odd, last, wide=(90, 40))
    found = said()
    assert found.basis == WIDE
    assert found.by_town[most[0]].persons_in_need == pytest.approx(90 * 0.258 + 40 * 0.425)
    with store.transaction() as write:  # gone from the list of today, it does not hold others up
        write.run("UPDATE town SET active = 0 WHERE id = :id", id=odd)
    assert said().basis == FIVE
    assert odd not in said().by_town


@pytest.mark.usefixtures("city")
def test_people_without_rates_are_refused_with_a_sentence_and_nobody_without_is_fine() -> None:
    with store.transaction() as write:
        write.run("DELETE FROM figure WHERE key = 'internet_use_70_79'")
    with refuses("use_rates_missing"):
        said()
    with store.transaction() as write:
        write.run("UPDATE population SET active = 0")
    assert said().by_town == {}
