"""Not reached: what the numbers can carry is said, and so is what they cannot."""

import csv
import io
import math
import uuid
from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk import booking, gaps, language, places, schedule, store, times, trial, wifi
from desk.gaps import labels, need, table
from desk.gaps.city import CLASS, DESK, KINDS, WIFI, City, Settings, Sites, Use
from desk.gaps.groups import Groups
from desk.gaps.labels import CANNOT_TELL, ENOUGH, FAR, NOT_COMING, NOT_REACHED
from desk.gaps.neighbourhood import by_chance
from desk.gaps.reasons import SENTENCES, say, why
from desk.gaps.report import ORDER, Report, assess
from desk.gaps.rows import Row
from desk.places import Town
from tests.conftest import booking_form, person, refuses, scheduled
from tests.test_language import placeholders

UNTIL = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
NORTH = 1 / 111_195  # degrees of latitude in a metre
LAT, LNG = 38.1, 140.87


def sites(*metres_north: float, supply: float = 10.0) -> Sites:
    """Sites on a line to the north of the first neighbourhood."""
    n = len(metres_north)
    return Sites(
        tuple(f"s{i}" for i in range(n)),
        tuple(f"会場{i}" for i in range(n)),
        np.array([(LAT + NORTH * at, LNG) for at in metres_north]).reshape(-1, 2),
        np.full(n, supply),
        np.zeros(n, np.bool_),
    )


def city(
    metres_north: Sequence[float],
    need: Sequence[float],
    observed: Sequence[int],
    *,
    desks: Sites | None = None,
    counted: Sequence[bool] | None = None,
    nowhere: int = 0,
) -> City:
    """Neighbourhoods on a line to the north, with a help desk at the first one."""
    n = len(metres_north)
    needs = np.array(need, np.float64)
    towns = tuple(
        Town(f"t{i}", f"町{i}", "マチ", LAT + NORTH * metres_north[i], LNG) for i in range(n)
    )
    return City(
        towns=towns,
        counted=np.array(counted if counted is not None else [True] * n, np.bool_),
        persons_65_74=np.array(need, np.int64),
        persons_75_plus=np.array(need, np.int64) * 2,
        need=needs,
        sites={DESK: desks or sites(0), CLASS: Sites.none(), WIFI: sites(0)},
        used={DESK: Use(np.array(observed, np.int64), nowhere), CLASS: Use(np.zeros(n, np.int64))},
    )


# Eleven neighbourhoods of 100 persons in need: six near and used, three far and not, one far and
# used, one near and not.
PLACES = [0, 100, 200, 300, 400, 500, 9000, 9500, 10_000, 8000, 600]
USES = [60, 55, 58, 62, 61, 57, 2, 0, 1, 52, 3]
WHOLE = city(PLACES, [100.0] * 11, USES)


def rows(found: Report) -> dict[str, Row]:
    return {row.town.id: row for row in found.rows}


def codes(row: Row) -> list[str]:
    return [reason.code for reason in row.reasons]


def all_is_said(found: Report) -> None:
    """Every number is one, and every reason can be said in both languages."""
    for row in found.rows:
        numbers = [getattr(row, one.name) for one in fields(row)]
        numbers += [*row.reach.values(), *row.shortfall_range]
        assert all(math.isfinite(one) for one in numbers if isinstance(one, float))
        assert row.reasons
        for reason in row.reasons:
            assert placeholders(SENTENCES[reason.code]) == set(reason.facts)
            for lang in language.LANGUAGES:
                assert "{" not in say(reason, lang)
                assert "nan" not in say(reason, lang).lower()


def test_far_and_unused_is_not_reached_near_and_unused_is_not_coming() -> None:
    found = assess(WHOLE, Settings(metres=2000), until=UNTIL)
    told = {id: row.label for id, row in rows(found).items()}
    assert told == {
        **{f"t{i}": ENOUGH for i in range(6)},
        **{f"t{i}": NOT_REACHED for i in (6, 7, 8)},
        "t9": FAR,
        "t10": NOT_COMING,
    }
    assert codes(rows(found)["t7"]) == ["out_of_reach", "use_low"]
    assert codes(rows(found)["t10"]) == ["use_low", "near"]
    assert codes(rows(found)["t9"])[0] == "out_of_reach"
    assert [row.label for row in found.rows] == sorted(
        (row.label for row in found.rows), key=ORDER.index
    )
    assert {row.town.id for row in found.standing} == {"t6", "t7", "t8", "t9", "t10"}
    all_is_said(found)


def test_the_sentence_says_how_far_and_how_much_in_plain_words() -> None:
    row = rows(assess(WHOLE, Settings(metres=2000), until=UNTIL))["t7"]
    assert why(row.reasons, "en") == (
        "The nearest help desk is 9.5 km away in a straight line: out of reach. "
        "Uses: 0, where about 37 would be usual."
    )
    assert why(row.reasons, "ja") == (
        "いちばん近い相談窓口まで直線で9.5km、圏外です。利用は0件で、ふつうなら約37件あるはずです。"
    )


def test_what_is_lacking_is_counted_in_people_and_in_uses() -> None:
    row = rows(assess(WHOLE, Settings(metres=2000), until=UNTIL))["t7"]
    assert row.gap == row.need == 100
    assert row.rate is not None
    assert row.shortfall == pytest.approx(row.expected * (1 - row.rate))
    low, high = row.shortfall_range
    assert 0 < low <= row.shortfall <= high <= row.expected
    assert (row.persons_65_74, row.persons_75_plus) == (100, 200)


def test_too_little_use_cannot_be_told_and_says_how_much_more() -> None:
    few = replace(WHOLE, used={DESK: Use(np.array([6, 5, 0, 9, 4, 6, 0, 0, 0, 12, 1]))})
    found = assess(few, Settings(metres=2000), until=UNTIL)
    open_ones = [row for row in found.rows if row.label == CANNOT_TELL]
    assert open_ones
    for row in open_ones:
        assert row.more is not None
        assert row.more >= 1
        assert codes(row)[-1] == "more"
    assert {row.more for row in found.rows if row.label != CANNOT_TELL} <= {None}


def test_together_every_neighbourhood_is_in_one_group_and_nothing_is_lost() -> None:
    few = replace(WHOLE, used={DESK: Use(np.array([6, 5, 4, 9, 4, 6, 0, 0, 0, 12, 1]))})
    asked = Settings(metres=2000)
    apart, joined = (assess(few, asked, until=UNTIL, merged=yes) for yes in (False, True))
    assert len(joined.rows) < len(apart.rows)
    members = [town.id for row in joined.rows for town in row.members]
    assert sorted(members) == sorted(row.town.id for row in apart.rows)
    for name in ("need", "persons_65_74", "persons_75_plus", "observed", "expected"):
        sums = [sum(getattr(row, name) for row in one.rows) for one in (apart, joined)]
        assert sums[0] == pytest.approx(sums[1])
    assert apart.offer is not None
    assert apart.offer.groups == len(joined.rows)
    assert joined.offer is None
    group = next(row for row in joined.rows if len(row.members) > 1)
    others = len(group.members) - 1
    assert table.named(group, "ja") == f"{group.town.name}ほか{others}地区"
    all_is_said(joined)


def test_a_group_reaches_what_its_people_reach() -> None:
    joined = Groups.joined([(0, 1), (2,)])
    reach, weights = np.array([1.0, 0.0, 3.0]), np.array([30.0, 10.0, 0.0])
    assert joined.means(reach, weights).tolist() == [0.75, 3.0]
    assert joined.members() == [[0, 1], [2]]


ONE = [0.0]
BAD = {
    "a neighbourhood that is not in the population table": (
        replace(WHOLE, counted=np.arange(11) != 3, need=np.where(np.arange(11) == 3, 0.0, 100.0)),
        "t3",
        "no_population",
    ),
    "nobody in need": (
        replace(WHOLE, need=np.where(np.arange(11) == 3, 0.0, 100.0)),
        "t3",
        "no_need",
    ),
    "nobody in need anywhere": (city(PLACES, [0.0] * 11, USES), "t3", "no_need"),
    "one area": (city(ONE, [100.0], [30]), "t0", "one_area"),
    "no use at all": (city(PLACES, [100.0] * 11, [0] * 11), "t0", "no_uses"),
    "too many of unknown neighbourhood": (
        replace(WHOLE, used={DESK: Use(np.array(USES), nowhere=200)}),
        "t0",
        "nowhere",
    ),
    "the same everywhere": (city(PLACES, [100.0] * 11, [20] * 11), "t0", "no_spread"),
    "no desk at all": (replace(WHOLE, sites={}), "t0", "no_site"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_judged_says_so(case: str) -> None:
    given_city, town, code = BAD[case]
    found = assess(given_city, Settings(metres=2000), until=UNTIL)
    row = rows(found)[town]
    assert code in codes(row)
    if code not in ("no_site", "no_spread", "no_uses", "one_area"):
        assert row.label == CANNOT_TELL
    all_is_said(found)
    all_is_said(assess(given_city, Settings(metres=2000), until=UNTIL, merged=True))


def test_uses_from_where_nobody_is_counted_do_not_change_what_is_usual_elsewhere() -> None:
    asked = Settings(metres=2000)
    without = replace(
        WHOLE, counted=np.arange(11) != 3, need=np.where(np.arange(11) == 3, 0.0, 100.0)
    )
    many = np.array(USES)
    many[3] = 5000
    more = replace(without, used={DESK: Use(many)})
    one, other = (rows(assess(each, asked, until=UNTIL))["t7"] for each in (without, more))
    assert one == other


def test_too_many_without_a_neighbourhood_and_nothing_is_labelled() -> None:
    for nowhere, healthy in ((102, True), (103, False)):  # of 411 with one
        use = Use(np.array(USES), nowhere=nowhere)
        found = assess(replace(WHOLE, used={DESK: use}), Settings(metres=2000), until=UNTIL)
        assert found.healthy is healthy
        assert ({row.label for row in found.rows} == {CANNOT_TELL}) is not healthy


def test_sites_outside_the_city_are_named() -> None:
    away = replace(WHOLE, sites={DESK: sites(0, 60_000)})
    found = assess(away, Settings(metres=2000), until=UNTIL)
    assert found.beyond == ("会場1",)
    assert assess(WHOLE, Settings(metres=2000), until=UNTIL).beyond == ()
    all_is_said(found)


def test_nobody_counts_wifi_so_only_the_way_is_judged() -> None:
    found = assess(WHOLE, Settings(kind=WIFI, metres=2000), until=UNTIL)
    assert (found.total, found.offer) == (None, None)
    told = rows(found)
    assert (told["t0"].label, codes(told["t0"])) == (CANNOT_TELL, ["near", "use_uncounted"])
    assert (told["t7"].label, codes(told["t7"])) == (FAR, ["out_of_reach"])
    assert (told["t7"].observed, told["t7"].expected, told["t7"].rate) == (None, None, None)


def test_a_city_without_neighbourhoods_has_no_rows() -> None:
    assert assess(city([], [], []), Settings(), until=UNTIL).rows == ()


@st.composite
def some_city(draw: st.DrawFn) -> City:
    n = draw(st.integers(1, 12))
    metres = draw(st.lists(st.integers(0, 20_000), min_size=n, max_size=n))
    persons = draw(st.lists(st.integers(0, 900), min_size=n, max_size=n))
    counted = draw(st.lists(st.booleans(), min_size=n, max_size=n))
    uses = draw(st.lists(st.integers(0, 60), min_size=n, max_size=n))
    held = draw(st.lists(st.integers(-9_000, 40_000), max_size=4))
    needs = [float(who) if yes else 0.0 for who, yes in zip(persons, counted, strict=True)]
    nowhere = draw(st.integers(0, 40))
    return city(metres, needs, uses, desks=sites(*held), counted=counted, nowhere=nowhere)


@settings(max_examples=60, deadline=None)
@given(some_city(), st.booleans(), st.sampled_from(list(KINDS)))
def test_any_city_gets_a_whole_report(given_city: City, merged: bool, kind: str) -> None:
    asked = Settings(kind=kind, metres=800)
    found = assess(given_city, asked, until=UNTIL, merged=merged)
    members = sorted(town.id for row in found.rows for town in row.members)
    assert members == sorted(town.id for town in given_city.towns)
    assert {row.label for row in found.rows} <= set(labels.LABELS)
    assert all(0 <= row.stable <= 1 for row in found.rows)
    all_is_said(found)


# What is read from the store, on both engines.


def test_need_is_persons_times_the_share_without_the_internet() -> None:
    rates = {"65-74": 0.75, "75+": 0.5}
    assert need.estimate({"65-74": 100, "75+": 61, "15-64": 999}, rates) == need.Need(
        100, 61, 25 + 30.5
    )
    assert need.estimate({}, rates) == need.Need(0, 0, 0.0)


@pytest.mark.usefixtures("city")
def test_the_shares_come_from_the_table_of_figures() -> None:
    found = store.rows("SELECT key, value FROM figure WHERE key LIKE 'internet_use_%'")
    by_key = {row["key"]: row["value"] for row in found}
    rates = need.use_rates()
    assert rates == {
        "65-74": by_key["internet_use_70_79"] / 100,
        "75+": by_key["internet_use_80_plus"] / 100,
    }
    assert all(0 < rate < 1 for rate in rates.values())
    with store.transaction() as write:
        write.run("DELETE FROM figure WHERE key = 'internet_use_80_plus'")
    with refuses("use_rates_missing"):
        need.use_rates()
    with refuses("use_rates_missing"):
        gaps.report(person("planner"), Settings(), now=UNTIL)


@pytest.mark.usefixtures("city")
def test_the_report_adds_up(now: datetime) -> None:
    trial.load(now=now)
    found = gaps.report(person("planner"), Settings(), now=now)
    logged = store.rows(
        "SELECT residence, COUNT(*) AS n FROM consultation_now WHERE visit <> 'again' "
        "GROUP BY residence"
    )
    by_residence = {row["residence"]: row["n"] for row in logged}
    assert {row.town.id for row in found.rows} == {town.id for town in places.towns()}
    assert sum(row.observed or 0 for row in found.rows) == found.total == by_residence["town"]
    assert (found.nowhere, found.outside) == (by_residence["unknown"], by_residence["outside"])
    assert sum(row.expected or 0 for row in found.rows) == pytest.approx(found.total)
    older = store.rows(
        "SELECT band, SUM(persons) AS n FROM population WHERE band IN ('65-74', '75+') "
        "GROUP BY band ORDER BY band"
    )
    sums = [sum(row.persons_65_74 for row in found.rows)]
    sums.append(sum(row.persons_75_plus for row in found.rows))
    assert sums == [int(row["n"]) for row in older]
    rates = need.use_rates().values()
    assert sum(row.need for row in found.rows) == pytest.approx(
        sum(n * (1 - rate) for n, rate in zip(sums, rates, strict=True))
    )
    assert (found.until, found.trial, found.healthy) == (now, True, True)
    all_is_said(found)


@pytest.mark.usefixtures("city")
def test_distances_are_to_the_nearest_and_a_cancelled_class_is_none(now: datetime) -> None:
    planner, meeting = person("planner"), scheduled(day=times.today(now))
    venue = next(one for one in places.venues() if one["id"] == meeting.venue_id)
    later = meeting.ends_at
    for row in gaps.report(planner, Settings(kind=CLASS), now=later).rows:
        here = row.town.lat, row.town.lng
        id, name, metres = row.nearest[CLASS] or ("", "", 0.0)
        assert (id, name) == (venue["id"], venue["name"])
        assert metres == pytest.approx(places.metres(*here, venue["lat"], venue["lng"]))
        there = row.nearest[WIFI]
        assert there is not None
        assert there[2] == pytest.approx(wifi.nearest(*here, wifi.spots())[0].metres)
    schedule.cancel(person("staff"), class_id=meeting.id, now=now)
    after = gaps.report(planner, Settings(kind=CLASS), now=later).rows
    assert {row.nearest[CLASS] for row in after} == {None}
    assert {codes(row)[0] for row in after} == {"no_site"}


@pytest.mark.usefixtures("database")
def test_without_neighbourhoods_there_is_an_empty_report(now: datetime) -> None:
    found = gaps.report(person("planner"), Settings(), now=now)
    assert (found.rows, found.total, found.standing) == ((), 0, ())


@pytest.mark.usefixtures("city")
def test_a_neighbourhoods_page_knows_what_was_tried_there(now: datetime) -> None:
    planner, staff = person("planner"), person("staff")
    ended, coming = scheduled(), scheduled(day=times.today(now) + timedelta(days=7))
    venue = next(one for one in places.venues() if one["id"] == ended.venue_id)
    town = min(
        places.towns(),
        key=lambda one: places.metres(one.lat, one.lng, venue["lat"], venue["lng"]),
    )
    booked = booking_form(ended.id, residence="town", town_id=town.id)
    booking.book(person("volunteer"), id=str(uuid.uuid4()), form=booked, now=now)
    booking.book(person("volunteer"), id=str(uuid.uuid4()), form=booking_form(ended.id), now=now)
    with store.transaction() as write:
        action = {"made_by": staff.id, "made_at": times.stamp(now), "about": "", "note": ""}
        for id, withdrawn in (("a1", None), ("a2", times.stamp(now))):
            write.run(
                "INSERT INTO gap_action (id, kind, title, about, note, starts_on, made_at, "
                "made_by, withdrawn_at, withdrawn_by) VALUES (:id, 'outreach', :id, :about, "
                ":note, '2026-10-01', :made_at, :made_by, :withdrawn, :by)",
                id=id,
                withdrawn=withdrawn,
                by=staff.id if withdrawn else None,
                **action,
            )
            write.run(
                "INSERT INTO gap_action_town (action_id, town_id) VALUES (:id, :town)",
                id=id,
                town=town.id,
            )
    later = ended.ends_at
    page = gaps.neighbourhood(planner, town.id, Settings(kind=CLASS), now=later)
    held = page.tried.classes[0]
    assert (held.venue, held.classes, held.persons, held.from_here) == (venue["name"], 1, 2, 1)
    assert held.last == times.today(now)
    assert [one.title for one in page.tried.actions] == ["a1"]
    assert page.row.town.id == town.id
    assert page.near[CLASS, "any"] == page.row.nearest[CLASS]
    assert page.near[CLASS, "saturday"] is None  # it was a Tuesday
    assert page.coming is not None
    assert page.coming[0].id == coming.id
    assert page.change is not None
    assert (page.change.here, page.change.here_before, page.change.city) == (1, 0, 1)
    other = gaps.neighbourhood(planner, places.towns()[0].id, Settings(kind=WIFI), now=later)
    assert other.change is None
    with refuses("town_unknown", "town"):
        gaps.neighbourhood(planner, "none", Settings(), now=now)


@pytest.mark.parametrize(
    ("here", "city_now", "before", "city_before", "moved"),
    [
        (0, 120, 20, 120, True),
        (10, 120, 11, 118, False),
        (20, 200, 10, 100, False),  # twice as many, as everywhere
        (0, 120, 0, 120, None),
        (5, 5, 9, 9, None),  # one neighbourhood is the whole city
    ],
)
def test_a_change_that_chance_would_bring_is_none(
    here: int, city_now: int, before: int, city_before: int, moved: bool | None
) -> None:
    chance = by_chance(here, city_now, before, city_before)
    assert (None if chance is None else chance < 0.1) is moved


@pytest.mark.usefixtures("city")
def test_the_file_says_what_it_is_and_of_when_and_from_where(now: datetime) -> None:
    trial.load(now=now)
    with store.transaction() as write:
        write.run("UPDATE town SET name = '=1+1' WHERE id = :id", id=places.towns()[0].id)
    planner = person("planner")
    asked = Settings(metres=800, when="evening")
    found = gaps.report(planner, asked, now=now)
    content = table.as_csv(planner, found, now=now).content
    assert content.startswith(b"\xef\xbb\xbf")
    lines = content.decode("utf-8-sig").splitlines()
    head = [line for line in lines if line.startswith("#")]
    assert "届いていない地区" in head[0]
    assert "11月24日" in head[0]
    assert "見本" in head[1]
    said = "\n".join(head)
    assert "800 m" in said
    assert "平日の17時から" in said
    assert "国勢調査" in said
    header, *body = csv.reader(io.StringIO("\n".join(lines[len(head) :])))
    assert len(body) == len(found.rows)
    assert {len(row) for row in body} == {len(header)}
    assert {row[-1] for row in body} == {"見本"}
    assert "'=1+1" in {row[0] for row in body}
    assert "nan" not in content.decode().lower()
    assert "None" not in content.decode()
