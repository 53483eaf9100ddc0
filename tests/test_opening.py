"""When a venue is open: every form of rule, and what nobody knows is not called closed."""

import calendar
from datetime import date, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from desk import opening, schedule, store
from desk.facts import UnreadableFile
from desk.opening import Hours, closed_by
from tests.conftest import VENUE, Load, change, class_form

DAYS = some.dates(date(2020, 1, 1), date(2035, 12, 31))
UNKNOWN = Hours("", None, None, ())


def days_closed(rule: str, first: date, last: date) -> list[date]:
    closed = closed_by(rule)
    every = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [day for day in every if closed(day)]


def november(*days: int) -> list[date]:
    return [date(2026, 11, day) for day in days]


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ("祝日", november(3, 23)),
        ("毎週月曜日", november(2, 9, 16, 23, 30)),
        ("毎週月曜", november(2, 9, 16, 23, 30)),
        ("第1・第3月曜日", november(2, 16)),
        ("第2火曜", november(10)),
        ("第5月曜日", november(30)),
        ("第5火曜日", []),
        ("11-29〜01-03", november(29, 30)),
        ("11-10〜11-11", november(10, 11)),
        ("2026-11-07", november(7)),
        ("2025-11-07", []),
        ("2026-11-29〜2026-12-02", november(29, 30)),
    ],
)
def test_every_form_of_rule(rule: str, days: list[date]) -> None:
    assert days_closed(rule, date(2026, 11, 1), date(2026, 11, 30)) == days


def test_holidays_with_their_substitutes() -> None:
    # 2026: 憲法記念日 on a Sunday moves behind Children's Day; 敬老の日 and 秋分の日 leave a
    # 国民の休日 between them. 2027: 春分の日 on a Sunday, so the Monday is free.
    assert days_closed("祝日", date(2026, 5, 1), date(2026, 5, 31)) == [
        date(2026, 5, day) for day in (3, 4, 5, 6)
    ]
    assert days_closed("祝日", date(2026, 9, 1), date(2026, 9, 30)) == [
        date(2026, 9, day) for day in (21, 22, 23)
    ]
    assert days_closed("祝日", date(2027, 3, 1), date(2027, 3, 31)) == [
        date(2027, 3, day) for day in (21, 22)
    ]


def test_the_end_of_the_year_goes_over_new_year_every_year() -> None:
    assert days_closed("12-29〜01-03", date(2026, 12, 1), date(2027, 1, 31)) == [
        date(2026, 12, 29),
        date(2026, 12, 30),
        date(2026, 12, 31),
        date(2027, 1, 1),
        date(2027, 1, 2),
        date(2027, 1, 3),
    ]
    assert len(days_closed("12-29〜01-03", date(2027, 1, 1), date(2031, 12, 31))) == 5 * 6
    assert days_closed("02-29〜02-29", date(2027, 1, 1), date(2028, 12, 31)) == [date(2028, 2, 29)]


@given(weekday=some.integers(0, 6), weeks=some.sets(some.integers(1, 5), min_size=1), day=DAYS)
def test_the_weeks_of_a_month_are_those_of_the_calendar(
    weekday: int, weeks: set[int], day: date
) -> None:
    month = [week[weekday] for week in calendar.monthcalendar(day.year, day.month)]
    such = [number for number in month if number]
    wanted = [number for week, number in enumerate(such, 1) if week in weeks]
    name = opening.WEEKDAYS[weekday]
    rule = "・".join(f"第{week}" for week in sorted(weeks)) + f"{name}曜日"
    last = calendar.monthrange(day.year, day.month)[1]
    found = days_closed(rule, day.replace(day=1), day.replace(day=last))
    assert [one.day for one in found] == wanted
    assert closed_by(f"毎週{name}曜日")(day) == (day.weekday() == weekday)


@given(first=DAYS, length=some.integers(0, 300), day=DAYS)
def test_a_range_of_the_year_is_the_same_days_of_every_year(
    first: date, length: int, day: date
) -> None:
    last = first + timedelta(days=length)
    every = {first + timedelta(days=n) for n in range(length + 1)}
    days = {(one.month, one.day) for one in every} | {(first.month, first.day)}
    here = (day.month, day.day)
    if here != (2, 29):  # may lie in the range in a year that has it
        assert closed_by(f"{first:%m-%d}〜{last:%m-%d}")(day) == (here in days)


@pytest.mark.parametrize(
    "rule",
    [
        "月曜日",
        "毎週",
        "毎週祝日",
        "第6月曜日",
        "第0月曜日",
        "第1",
        "毎月1日",
        "12-29",
        "12-32〜01-03",
        "13-01〜13-02",
        "02-30〜03-01",
        "12-29から01-03",
        "2026-02-30",
        "2026-13-01",
        "2026-11-10〜2026-11-09",
        "2026/11/10",
        " 祝日",
        "祝日 ",
        "",
    ],
)
def test_what_cannot_be_read(rule: str) -> None:
    with pytest.raises(ValueError):
        closed_by(rule)


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (
            ",祝日,",
            ",月曜休み,",
            "休館日が読めません（例 祝日、毎週月曜日、第1・第3月曜日、12-29〜01-03、2027-02-10）",
        ),
        (",祝日,", ",,", "休館日が空です"),
        ("1,,祝日", "1,none,祝日", "「none」は venues/facilities.csv にありません"),
    ],
)
def test_a_bad_row_stops_the_load_and_says_where(
    files: Path, load: Load, old: str, new: str, reason: str
) -> None:
    change(files / "venues" / "closed_days.csv", old, new)
    with pytest.raises(UnreadableFile) as unread:
        load()
    error = unread.value
    assert (error.path, error.line, error.reason) == ("venues/closed_days.csv", 4, reason)
    assert store.rows("SELECT id FROM closed_day") == []


@given(day=DAYS, starts=some.times(), ends=some.times())
def test_what_nobody_knows_is_never_closed(day: date, starts: time, ends: time) -> None:
    assert UNKNOWN.closed_on(day) is None
    assert UNKNOWN.covers(starts, ends)


def test_days_hours_and_reasons() -> None:
    hours = Hours(
        "月火水木金", time(9), time(17), (("祝日", "祝日は休み"), ("11-23〜11-24", "点検"))
    )
    closed = {day.day: hours.closed_on(day) for day in november(20, 21, 22, 23, 24, 25)}
    assert closed == {
        20: None,
        21: "月火水木金",
        22: "月火水木金",
        23: "祝日は休み",
        24: "点検",
        25: None,
    }
    for starts, ends, inside in (
        (time(9), time(17), True),
        (time(8, 55), time(10), False),
        (time(16), time(17, 5), False),
        (time(8), time(18), False),
    ):
        assert hours.covers(starts, ends) == inside
    # 祝 among the days opens a holiday, whatever its weekday.
    weekend = Hours("土日祝", None, None, ())
    closed = {day.day: weekend.closed_on(day) for day in november(20, 21, 22, 23, 24)}
    assert closed == {20: "土日祝", 21: None, 22: None, 23: None, 24: "土日祝"}
    only_end = Hours("", None, time(17), ())
    assert only_end.covers(time(0), time(17))
    assert not only_end.covers(time(0), time(17, 5))


@pytest.mark.usefixtures("database")
def test_hours_come_from_the_files(files: Path, load: Load) -> None:
    change(
        files / "venues" / "facilities.csv", "市役所,,,,,,,", "市役所,,月火水木金,08:30,17:15,,,"
    )
    change(
        files / "venues" / "closed_days.csv",
        "1,,祝日",
        "0,0421110002,毎週月曜日,月曜は休み,1,見本（架空）\n1,,祝日",
    )
    load()
    with store.engine().reading() as reader:
        hours = opening.all_hours(reader)
    everywhere = (("祝日", "祝日は休み（見本）"), ("12-29〜01-03", "年末年始（見本）"))
    assert hours[VENUE] == Hours("月火水木金", time(8, 30), time(17, 15), everywhere)
    assert hours["0421110002"] == Hours("", None, None, (("毎週月曜日", "月曜は休み"), *everywhere))
    assert hours["0421110003"] == Hours("", None, None, everywhere)
    found = schedule.concerns(class_form(starts=time(8), seats=1))
    assert [one.code for one in found] == ["venue_hours", "ratio_lecturer", "ratio_staff"]
    assert found[0].facts == {"opens": "08:30", "closes": "17:15"}
