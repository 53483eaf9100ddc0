"""The store as the method sees it: nobody is lost, nothing is counted twice or made up."""

import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest

from desk import booking, consultations, corrections, people, places, schedule, store, times, trial
from desk.consultations import ConsultationForm
from desk.gaps import read
from desk.gaps.city import (
    ANY,
    CLASS,
    DISASTER,
    EVENING,
    KINDS,
    WEEKDAY,
    WHENS,
    WIFI,
    City,
    Settings,
)
from desk.gaps.city import DESK as DESKS
from desk.refusals import NotAllowed

from .conftest import DESK, NOW, VENUE, booking_form, person, refuses, scheduled

PAST = NOW - timedelta(days=10)


def looked(settings: Settings | None = None, *, now: datetime = NOW) -> City:
    return read.city(person("planner"), settings or Settings(), now=now)


def town_id(number: int = 0) -> str:
    return places.towns()[number].id


def logged(*, at: datetime = PAST, town: str | None = None, **changes: Any) -> str:
    residence = "town" if town else changes.pop("residence", "unknown")
    facts = {"desk_id": DESK, "kind": "walk_in", "age_band": "75-79", "topic": "line"}
    form = ConsultationForm(residence=residence, town_id=town, **{**facts, **changes})
    id = str(uuid.uuid4())
    consultations.log(person("volunteer"), id=id, form=form, now=at)
    return id


def booked(class_id: str, *, now: datetime = NOW, **changes: Any) -> booking.BookingView:
    form = booking_form(class_id, **changes)
    return booking.book(person("volunteer"), id=str(uuid.uuid4()), form=form, now=now)


def seen(city: City, kind: str) -> dict[str, int]:
    """Uses of the neighbourhoods that have any."""
    counts = zip(city.towns, city.used[kind].observed.tolist(), strict=True)
    return {town.id: n for town, n in counts if n}


@pytest.mark.usefixtures("city")
def test_only_planners_staff_and_administrators_may_look() -> None:
    for role in ("planner", "staff", "admin"):
        assert read.city(person(role), Settings(), now=NOW).towns
    for actor in (person("volunteer"), people.PUBLIC):
        with pytest.raises(NotAllowed):
            read.city(actor, Settings(), now=NOW)


@pytest.mark.usefixtures("city")
def test_a_window_that_does_not_exist_is_refused() -> None:
    with refuses("choice_unknown", "when"):
        looked(Settings(when="midnight"))


@pytest.mark.usefixtures("database")
def test_an_empty_store_is_a_city_without_anything() -> None:
    for when in WHENS:
        city = looked(Settings(when=when))
        assert (city.towns, city.points.shape, city.need.shape) == ((), (0, 2), (0,))
        assert {kind: city.sites[kind].ids for kind in KINDS} == dict.fromkeys(KINDS, ())
        assert [(one.nowhere, one.outside) for one in city.used.values()] == [(0, 0)] * 2
        assert city.trial is False


@pytest.mark.usefixtures("city")
def test_neighbourhoods_stand_in_one_order_with_their_people() -> None:
    city = looked()
    assert list(city.towns) == places.towns()
    persons = {
        (row["town_id"], row["band"]): row["persons"]
        for row in store.rows("SELECT * FROM population")
    }
    for n, town in enumerate(city.towns):
        assert city.persons_65_74[n] == persons[town.id, "65-74"]
        assert city.persons_75_plus[n] == persons[town.id, "75+"]
    assert city.need == pytest.approx(0.258 * city.persons_65_74 + 0.425 * city.persons_75_plus)
    assert city.counted.all()


@pytest.mark.usefixtures("city")
def test_a_neighbourhood_missing_from_the_population_table_is_not_counted_and_not_nobody() -> None:
    before, gone = looked(), town_id(3)
    with store.transaction() as write:
        write.run("UPDATE population SET active = 0 WHERE town_id = :id", id=gone)
    city = looked()
    assert [town.id for town, yes in zip(city.towns, city.counted, strict=True) if not yes] == [
        gone
    ]
    assert (city.need[3], city.persons_65_74[3], city.persons_75_plus[3]) == (0, 0, 0)
    others = np.arange(len(city.towns)) != 3
    assert (city.need[others] == before.need[others]).all()


@pytest.mark.usefixtures("city")
def test_zero_people_are_counted_and_need_nothing() -> None:
    with store.transaction() as write:
        write.run("UPDATE population SET persons = 0")
    city = looked()
    assert city.counted.all()
    assert city.need.sum() == 0


@pytest.mark.usefixtures("city")
def test_people_without_rates_of_internet_use_are_refused_with_a_sentence() -> None:
    with store.transaction() as write:
        write.run("DELETE FROM figure WHERE key LIKE 'internet_use_%'")
    with refuses("use_rates_missing"):
        looked()


@pytest.mark.usefixtures("city")
def test_first_visits_count_and_those_nobody_asked_about_and_return_visits_do_not() -> None:
    here = town_id(5)
    for visit in ("first", "unknown", "again"):
        logged(town=here, visit=visit)
    city = looked()
    assert seen(city, DESKS) == {here: 2}
    assert (city.used[DESKS].nowhere, city.used[DESKS].outside) == (0, 0)


@pytest.mark.usefixtures("city")
def test_people_without_a_neighbourhood_and_from_outside_are_counted_apart() -> None:
    for residence in ("unknown", "unknown", "outside"):
        logged(residence=residence)
    use = looked().used[DESKS]
    assert (use.observed.sum(), use.nowhere, use.outside) == (0, 2, 1)


@pytest.mark.usefixtures("city")
def test_a_neighbourhood_that_left_the_list_takes_nobody_with_it() -> None:
    here = town_id(2)
    logged(town=here)
    with store.transaction() as write:
        write.run("UPDATE town SET active = 0 WHERE id = :id", id=here)
    city = looked()
    assert here not in {town.id for town in city.towns}
    assert (city.used[DESKS].observed.sum(), city.used[DESKS].nowhere) == (0, 1)


@pytest.mark.usefixtures("city")
def test_only_the_days_asked_for_count() -> None:
    here = town_id()
    for days in (0, 29, 31, 400):
        logged(town=here, at=NOW - timedelta(days=days))
    logged(town=here, at=NOW + timedelta(days=1))
    assert seen(looked(Settings(days=30)), DESKS) == {here: 2}
    assert seen(looked(Settings(days=365)), DESKS) == {here: 3}
    assert seen(looked(Settings(days=730)), DESKS) == {here: 4}


@pytest.mark.usefixtures("city")
def test_what_was_corrected_or_withdrawn_counts_as_it_is_now() -> None:
    here, there = town_id(0), town_id(1)
    staff, moved, gone = person("staff"), logged(town=here), logged(town=here)
    row = store.one("SELECT * FROM consultation WHERE id = :id", id=moved) or {}
    form = replace(corrections.form_of(row), town_id=there)
    facts = {"reason": "for the test", "now": NOW}
    corrections.correct(staff, id="c-1", consultation_id=moved, form=form, **facts)
    corrections.withdraw(staff, id="c-2", consultation_id=gone, **facts)
    assert seen(looked(), DESKS) == {there: 1}


def last_week() -> str:
    """A class of four seats on Friday 20 November."""
    found = scheduled()
    moved = times.stamp(found.starts_at - timedelta(days=4))
    with store.transaction() as write:
        write.run(
            "UPDATE class SET starts_at = :at, ends_at = :ends, published_at = :at WHERE id = :id",
            at=moved,
            ends=times.stamp(found.ends_at - timedelta(days=4)),
            id=found.id,
        )
    return found.id


def filled(class_id: str, *towns: str | None) -> None:
    """Seats of a class taken by people of these neighbourhoods (None: of outside)."""
    for town in towns:
        where = {"residence": "town", "town_id": town} if town else {}
        with store.transaction() as write:
            meeting = schedule.get(class_id, reader=write)
        booked(class_id, now=meeting.starts_at - timedelta(days=1), **where)


@pytest.mark.usefixtures("city")
def test_a_seat_in_a_class_that_was_held_is_a_use_and_its_seats_are_supply() -> None:
    here = town_id(4)
    id = last_week()
    filled(id, here, here, None)
    city = looked()
    assert seen(city, CLASS) == {here: 2}
    assert (city.used[CLASS].outside, city.used[CLASS].nowhere) == (1, 0)
    assert (city.sites[CLASS].ids, city.sites[CLASS].supply.tolist()) == ((VENUE,), [4.0])


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE class SET status = 'cancelled', cancelled_at = made_at",
        "UPDATE class SET published_at = NULL",
        "UPDATE class SET starts_at = '2026-11-25T05:00:00Z', ends_at = '2026-11-25T06:00:00Z'",
    ],
    ids=["cancelled", "a draft", "to come"],
)
def test_a_class_that_was_not_held_is_neither_use_nor_supply(sql: str) -> None:
    id = last_week()
    filled(id, town_id(4))
    with store.transaction() as write:
        write.run(sql)
    city = looked()
    assert (seen(city, CLASS), city.sites[CLASS].ids) == ({}, ())


@pytest.mark.usefixtures("city")
def test_who_waits_or_gave_the_seat_back_used_none() -> None:
    here, there = town_id(0), town_id(1)
    id = last_week()
    filled(id, *[here] * 4, there)  # four seats, and one waits
    assert seen(looked(), CLASS) == {here: 4}


@pytest.mark.usefixtures("city")
def test_the_window_changes_what_is_on_offer_and_not_who_came() -> None:
    logged(town=town_id())
    filled(last_week(), town_id())
    whole, evening = looked(Settings(when=ANY)), looked(Settings(when=EVENING))
    assert (whole.sites[CLASS].ids, evening.sites[CLASS].ids) == ((VENUE,), ())
    assert evening.sites[DESKS].ids == ()
    assert evening.sites[WIFI].supply.sum() < whole.sites[WIFI].supply.sum()
    for kind in (DESKS, CLASS):
        assert (whole.used[kind].observed == evening.used[kind].observed).all()
        assert (whole.need == evening.need).all()


@pytest.mark.usefixtures("city")
def test_desks_of_the_file_are_read_with_the_holidays_of_their_venues() -> None:
    desks = looked(Settings(when=WEEKDAY)).sites[DESKS]
    # 第2・第4木 from 26 August to 24 November; the Tuesdays without 22 September and 3 November.
    hours = dict(zip(desks.ids, desks.supply.tolist(), strict=True))
    assert hours["042111D4"] == 2 * 6
    assert hours["042111D3"] == 2 * (13 - 2)
    assert not desks.assumed.any()


@pytest.mark.usefixtures("city")
def test_in_a_disaster_the_city_hall_is_no_shelter_and_its_wifi_is_none() -> None:
    everyday, disaster = looked(), looked(Settings(when=DISASTER))
    assert {"042111W01", "042111W02"} <= set(everyday.sites[WIFI].ids)
    assert set(disaster.sites[WIFI].ids) == set(everyday.sites[WIFI].ids) - {
        "042111W01",
        "042111W02",
    }
    assert set(disaster.sites[DESKS].ids) == {"042111D2", "042111D3", "042111D4"}
    assert disaster.sites[DESKS].assumed.all()


@pytest.mark.usefixtures("city")
def test_trial_rows_mark_the_city_and_without_them_it_is_its_own() -> None:
    assert looked().trial is True
    with store.transaction() as write:
        for table in ("population", "desk", "wifi_spot", "town"):
            write.run(f"UPDATE {table} SET trial = 0")
    assert looked().trial is False
    trial.load(now=NOW)
    assert looked().trial is True


@pytest.mark.usefixtures("city")
def test_the_trial_year_adds_up() -> None:
    trial.load(now=NOW)
    city = looked()
    rows = store.rows(
        "SELECT residence, COUNT(*) AS n FROM consultation WHERE visit <> 'again' "
        "GROUP BY residence"
    )
    count = {row["residence"]: row["n"] for row in rows}
    use = city.used[DESKS]
    assert (use.observed.sum(), use.nowhere, use.outside) == (
        count["town"],
        count["unknown"],
        count["outside"],
    )
    assert 0.3 < use.observed.sum() / 900 < 0.75  # return visits are many, and not all
    for kind in KINDS:
        assert len(city.sites[kind].ids) > 1
        assert np.isfinite(city.sites[kind].supply).all()
        assert (city.sites[kind].supply > 0).all()


@pytest.mark.usefixtures("city")
def test_a_site_outside_the_city_is_a_site() -> None:
    with store.transaction() as write:
        write.run("UPDATE venue SET lat = 43.0, lng = 141.3 WHERE id = :id", id=VENUE)
    desks = looked().sites[DESKS]
    assert [43.0, 141.3] in desks.points.tolist()
