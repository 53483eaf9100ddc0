"""Supply: how much there is where and when, and what was assumed of what nobody knows."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk import times
from desk.gaps import supply
from desk.gaps.city import ANY, DISASTER, EVENING, SATURDAY, WEEKDAY, WHENS, Sites
from desk.opening import UNKNOWN, Hours
from desk.wifi import Spot

# A Sunday; the 13 weeks before it hold no national holiday but 海の日 (Mon 20 July) and
# 山の日 (Tue 11 August).
UNTIL = date(2026, 8, 30)
NONE: frozenset[str] = frozenset()
OFFICE = Hours("月火水木金", time(8, 30), time(17, 15), ())
WORKING_DAYS = 5 - 2 / 13  # a week


def spot(id: str = "w", **changes: Any) -> Spot:
    facts: dict[str, Any] = {"hours": OFFICE, "seats": 4, "state": "working", "venue_id": "v"}
    return Spot(id, f"spot {id}", "ssid", 38.1, 140.8, **{**facts, **changes})


def desk(words: str, hours: Hours = UNKNOWN) -> supply.Desk:
    return supply.Desk("d", "desk", 38.1, 140.8, "v", words, hours)


def held(day: date, clock: time, seats: int = 6, venue: str = "v") -> supply.Class:
    return supply.Class(venue, f"venue {venue}", 38.1, 140.8, times.at(day, clock), seats)


def amounts(sites: Sites) -> dict[str, tuple[float, bool]]:
    rows = zip(sites.ids, sites.supply.tolist(), sites.assumed.tolist(), strict=True)
    return {id: (pytest.approx(amount), assumed) for id, amount, assumed in rows}


def test_a_quarter_is_thirteen_whole_weeks_to_the_day() -> None:
    days = supply.quarter(UNTIL)
    assert (len(days), days[-1]) == (91, UNTIL)
    assert [sum(day.weekday() == n for day in days) for n in range(7)] == [13] * 7


@pytest.mark.parametrize(
    ("when", "day", "span"),
    [
        (WEEKDAY, date(2026, 8, 28), (9, 17)),
        (EVENING, date(2026, 8, 28), (17, 24)),
        (SATURDAY, date(2026, 8, 28), None),
        (ANY, date(2026, 8, 28), (0, 24)),
        (WEEKDAY, date(2026, 8, 29), None),
        (EVENING, date(2026, 8, 29), None),
        (SATURDAY, date(2026, 8, 29), (0, 24)),
        (SATURDAY, date(2026, 8, 30), None),
        (ANY, date(2026, 8, 30), (0, 24)),
        (WEEKDAY, date(2026, 8, 11), None),  # a holiday
        (EVENING, date(2026, 8, 11), None),
        (ANY, date(2026, 8, 11), (0, 24)),
    ],
)
def test_a_day_is_in_a_window_or_not(
    when: str, day: date, span: tuple[float, float] | None
) -> None:
    assert supply.window(when, day) == span


@pytest.mark.parametrize(
    ("when", "hours"),
    [
        (ANY, 5 * 8.75),
        (WEEKDAY, WORKING_DAYS * 8),
        (EVENING, WORKING_DAYS * 0.25),
        (SATURDAY, None),
        (DISASTER, None),
    ],
)
def test_wifi_counts_seats_times_the_hours_it_is_open_in_the_window(
    when: str, hours: float | None
) -> None:
    found = amounts(supply.wifi([spot()], NONE, when, UNTIL))
    assert found == ({} if hours is None else {"w": (4 * hours, False)})


def test_closed_days_are_no_open_hours() -> None:
    closed = Hours("月火水木金", time(9), time(17), (("祝日", "r"), ("第1・第3月曜日", "r")))
    # 海の日 is a third Monday, so one of the six first and third ones is a holiday too.
    open_days = 65 - 2 - 6 + 1
    found = amounts(supply.wifi([spot(hours=closed, seats=1)], NONE, ANY, UNTIL))
    assert found == {"w": (open_days * 8 / 13, False)}


def test_hours_past_midnight_belong_to_the_day_they_fall_on() -> None:
    night = spot(hours=Hours("金", time(20), time(2), ()), seats=1)
    for when, hours in ((ANY, 6), (EVENING, 4), (SATURDAY, 2), (WEEKDAY, 0)):
        found = amounts(supply.wifi([night], NONE, when, UNTIL))
        assert found == ({"w": (hours, False)} if hours else {})


@pytest.mark.parametrize(
    ("changes", "amount"),
    [
        ({"seats": None}, 5 * 8.75),
        ({"hours": UNKNOWN}, 4 * 5 * 8),
        ({"hours": UNKNOWN, "seats": None}, 5 * 8),
        ({"hours": Hours("土日", None, None, ())}, 4 * 2 * 8),
        ({"hours": Hours("", time(10), time(12), ())}, 4 * 5 * 2),
    ],
)
def test_what_is_not_known_is_assumed_and_marked(changes: dict[str, Any], amount: float) -> None:
    found = amounts(supply.wifi([spot(**changes)], NONE, ANY, UNTIL))
    assert found == {"w": (amount, True)}


def test_unknown_hours_promise_nobody_an_evening_or_a_saturday() -> None:
    for when in (EVENING, SATURDAY):
        assert supply.wifi([spot(hours=UNKNOWN)], NONE, when, UNTIL).ids == ()


@pytest.mark.parametrize(
    ("state", "counts"),
    [("working", True), ("partly", True), ("unknown", True), ("not_working", False)],
)
@pytest.mark.parametrize("when", [ANY, DISASTER])
def test_only_what_is_known_not_to_work_is_no_supply(state: str, counts: bool, when: str) -> None:
    found = supply.wifi([spot(state=state)], frozenset({"v"}), when, UNTIL)
    assert found.ids == (("w",) if counts else ())


def test_a_place_without_a_seat_is_no_supply() -> None:
    assert supply.wifi([spot(seats=0)], NONE, ANY, UNTIL).ids == ()


def test_in_a_disaster_only_shelters_count_and_their_wifi_is_open_day_and_night() -> None:
    spots = [spot("a"), spot("b", venue_id="w"), spot("c", seats=None, hours=UNKNOWN)]
    found = amounts(supply.wifi(spots, frozenset({"v"}), DISASTER, UNTIL))
    assert found == {"a": (4 * 168, False), "c": (168, True)}


def test_in_a_disaster_desks_and_classes_at_shelters_are_an_assumption() -> None:
    desks, classes = [desk("月 10:00〜12:00")], [held(date(2026, 8, 28), time(18))]
    for shelters, there in ((NONE, False), (frozenset({"v"}), True)):
        found = amounts(supply.desks(desks, shelters, DISASTER, UNTIL))
        assert found == ({"d": (26, True)} if there else {})
        found = amounts(supply.classes(classes, shelters, DISASTER, UNTIL))
        assert found == ({"v": (6, True)} if there else {})


@pytest.mark.parametrize(
    ("words", "when", "hours"),
    [
        ("月・水・金 10:00〜12:00（見本）", ANY, 39 * 2),
        ("月・水・金 10:00〜12:00（見本）", WEEKDAY, 38 * 2),  # 海の日 is a Monday
        ("月・水・金 10:00〜12:00（見本）", EVENING, 0),
        ("火 16:00〜19:00", WEEKDAY, 12 * 1),  # 山の日 is a Tuesday
        ("火 16:00〜19:00", EVENING, 12 * 2),
        ("土 10:00〜12:30", SATURDAY, 13 * 2.5),
        # Second and fourth Thursdays: 11 and 25 June, 9 and 23 July, 13 and 27 August.
        ("第2・第4木 10:00〜12:00", ANY, 6 * 2),
    ],
)
def test_a_desk_counts_the_hours_it_is_staffed(words: str, when: str, hours: float) -> None:
    found = amounts(supply.desks([desk(words)], NONE, when, UNTIL))
    assert found == ({"d": (hours, False)} if hours else {})


def test_a_desk_is_not_staffed_while_its_venue_is_closed() -> None:
    closed = Hours("", None, None, (("祝日", "r"), ("2026-07-01〜2026-07-31", "r")))
    words = "月 10:00〜12:00"  # four Mondays in July, one of them the holiday
    assert amounts(supply.desks([desk(words, closed)], NONE, ANY, UNTIL)) == {"d": (9 * 2, False)}
    weekends = Hours("土日", time(9), time(17), ())
    assert supply.desks([desk(words, weekends)], NONE, ANY, UNTIL).ids == ()


@pytest.mark.parametrize("words", ["", "お問い合わせください"])
def test_a_desk_whose_opening_cannot_be_read_is_assumed(words: str) -> None:
    assert amounts(supply.desks([desk(words)], NONE, ANY, UNTIL)) == {"d": (26, True)}
    assert supply.desks([desk(words)], NONE, EVENING, UNTIL).ids == ()


def test_classes_count_their_seats_by_venue_and_by_when_they_begin() -> None:
    friday, saturday = date(2026, 8, 28), date(2026, 8, 29)
    every = [
        held(friday, time(10)),
        held(friday, time(16, 30), 4),
        held(friday, time(17), 8),
        held(saturday, time(10), 5, "x"),
        held(UNTIL, time(10), 3),  # a Sunday
        held(date(2026, 8, 11), time(10), 2),  # a holiday
    ]
    for when, seats in (
        (ANY, {"v": 23, "x": 5}),
        (WEEKDAY, {"v": 10}),
        (EVENING, {"v": 8}),
        (SATURDAY, {"x": 5}),
    ):
        found = amounts(supply.classes(every, NONE, when, UNTIL))
        assert found == {venue: (n, False) for venue, n in seats.items()}


def test_the_day_of_a_class_is_a_day_in_tokyo() -> None:
    late = held(date(2026, 8, 28), time(20))
    early = supply.Class("v", "v", 38.1, 140.8, datetime(2026, 8, 28, 15, 30, tzinfo=UTC), 5)
    assert amounts(supply.classes([late], NONE, EVENING, UNTIL)) == {"v": (6, False)}
    assert amounts(supply.classes([early], NONE, SATURDAY, UNTIL)) == {"v": (5, False)}


def test_classes_of_another_quarter_are_none() -> None:
    first = supply.quarter(UNTIL)[0]
    for day, there in ((first, True), (first - timedelta(days=1), False), (UNTIL, True)):
        assert bool(supply.classes([held(day, time(10))], NONE, ANY, UNTIL).ids) == there


def test_nothing_is_no_site() -> None:
    for found in (
        supply.wifi([], NONE, ANY, UNTIL),
        supply.desks([], NONE, ANY, UNTIL),
        supply.classes([], NONE, ANY, UNTIL),
    ):
        assert (found.ids, found.points.shape, found.supply.shape) == ((), (0, 2), (0,))


DAYS = st.sets(st.sampled_from("月火水木金土日")).map("".join)
CLOCKS = st.none() | st.times().map(lambda one: one.replace(second=0, microsecond=0))


@given(DAYS, CLOCKS, CLOCKS, st.sampled_from([(), (("祝日", "r"),), (("毎週月曜日", "r"),)]))
def test_windows_are_parts_of_the_whole(
    days: str, opens: time | None, closes: time | None, closed: tuple[tuple[str, str], ...]
) -> None:
    hours = Hours(days, opens, closes, closed)
    found = {when: supply.open_hours(hours, when, UNTIL)[0] for when in WHENS}
    assert all(0 <= one <= found[ANY] + 1e-9 for one in found.values())
    assert found[WEEKDAY] + found[EVENING] + found[SATURDAY] <= found[ANY] + 1e-9
    assert found[ANY] <= 168 + 1e-9
