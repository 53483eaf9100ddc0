"""Time: kept in UTC, decided in Tokyo, whatever clock the machine has."""

import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from desk import times


@pytest.mark.parametrize(
    ("day", "era"),
    [
        (date(2026, 11, 24), "令和8年"),
        (date(2020, 1, 1), "令和2年"),
        (date(2019, 5, 1), "令和元年"),
        (date(2019, 4, 30), "平成31年"),
        (date(1989, 1, 8), "平成元年"),
        (date(1989, 1, 7), "昭和64年"),
        (date(1926, 12, 25), "昭和元年"),
    ],
)
def test_years_by_era(day: date, era: str) -> None:
    assert times.era_year(day) == era


def test_before_the_eras_known_here_nothing_is_invented() -> None:
    with pytest.raises(ValueError, match="1926-12-24"):
        times.era_year(date(1926, 12, 24))


@pytest.mark.parametrize(
    ("day", "ja", "en", "paper_ja", "paper_en"),
    [
        (
            date(2026, 11, 23),
            "11月23日（月）",
            "Mon 23 Nov",
            "令和8年（2026年）11月23日（月曜日）",
            "Monday 23 November 2026",
        ),
        (
            date(2027, 1, 3),
            "1月3日（日）",
            "Sun 3 Jan",
            "令和9年（2027年）1月3日（日曜日）",
            "Sunday 3 January 2027",
        ),
    ],
)
def test_days_are_shown_with_their_weekday(
    day: date, ja: str, en: str, paper_ja: str, paper_en: str
) -> None:
    assert (times.show_day(day, "ja"), times.show_day(day, "en")) == (ja, en)
    assert (times.show_day_long(day, "ja"), times.show_day_long(day, "en")) == (paper_ja, paper_en)


def test_a_day_begins_at_midnight_in_tokyo() -> None:
    day = date(2026, 11, 24)
    assert times.bounds(day) == ("2026-11-23T15:00:00Z", "2026-11-24T15:00:00Z")
    first = times.moment(times.bounds(day)[0])
    assert times.today(first) == day
    assert times.today(first - timedelta(seconds=1)) == date(2026, 11, 23)
    assert times.show(first, "ja") == "11月24日（火） 00:00"
    assert times.show(first, "en") == "Tue 24 Nov 00:00"


def test_a_clock_in_tokyo_is_nine_hours_ahead() -> None:
    at = times.at(date(2026, 11, 24), time(14, 5))
    assert at == datetime(2026, 11, 24, 5, 5, tzinfo=UTC)
    assert times.show_clock(at) == "14:05"
    assert times.local(at).isoformat() == "2026-11-24T14:05:00+09:00"


@given(some.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)), some.integers(-12, 14))
def test_a_stamp_is_the_same_moment_to_the_second(naive: datetime, hours: int) -> None:
    at = naive.replace(tzinfo=timezone(timedelta(hours=hours)))
    text = times.stamp(at)
    assert times.moment(text) == at.replace(microsecond=0)
    assert times.moment(text).tzinfo is UTC


@given(some.lists(some.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)), max_size=9))
def test_stamps_sort_as_time_does(naive: list[datetime]) -> None:
    moments = [one.replace(tzinfo=UTC) for one in naive]
    assert [times.stamp(one) for one in sorted(moments)] == sorted(map(times.stamp, moments))


def test_a_moment_without_a_time_zone_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="time zone"):
        times.stamp(datetime(2026, 11, 24))
    assert times.now().tzinfo is UTC


SHOWN = """
from datetime import date, datetime, time, timezone
from desk import times
at = datetime(2026, 11, 23, 15, 30, tzinfo=timezone.utc)
print(times.show(at, "ja"), times.today(at), times.bounds(times.today(at)),
      times.at(date(2026, 3, 8), time(2, 30)), times.stamp(at), abs(
      times.now() - datetime.now(timezone.utc)).seconds)
"""


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Pacific/Kiritimati", "Asia/Tokyo"])
def test_the_clock_of_the_machine_does_not_matter(zone: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SHOWN],
        env={"TZ": zone, "PYTHONUTF8": "1"},
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    assert done.stdout.strip() == (
        "11月24日（火） 00:30 2026-11-24 ('2026-11-23T15:00:00Z', '2026-11-24T15:00:00Z') "
        "2026-03-07 17:30:00+00:00 2026-11-23T15:30:00Z 0"
    )
