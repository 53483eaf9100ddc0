"""When a venue is open: every form of rule, and what nobody knows is not called closed."""

import calendar
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import jpholiday
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some

from desk import opening, opening_words, schedule, store, times
from desk.facts import UnreadableFile
from desk.language import PUBLIC_LANGUAGES
from desk.opening import AHEAD, CLOSED, OPEN, UNCERTAIN, Hours, Openness, closed_by
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


# Open now or not

OFFICE = Hours(
    "月火水木金",
    time(8, 30),
    time(17, 15),
    (("祝日", "祝日は休み"), ("12-29〜01-03", "年末年始")),
)
NIGHT = Hours("金土", time(20), time(2), ())


def tokyo(day: int, clock: str, *, month: int = 11, year: int = 2026) -> datetime:
    return times.at(date(year, month, day), time.fromisoformat(clock))


def opens(day: int, clock: str, *, month: int = 11, year: int = 2026) -> Openness:
    return Openness(CLOSED, next=tokyo(day, clock, month=month, year=year))


def until(day: int, clock: str) -> Openness:
    return Openness(OPEN, until=tokyo(day, clock))


@pytest.mark.parametrize(
    ("hours", "now", "found"),
    [
        # The minute before, at and after opening and closing. 24 November 2026 is a Tuesday.
        (OFFICE, tokyo(24, "08:29"), opens(24, "08:30")),
        (OFFICE, tokyo(24, "08:30"), until(24, "17:15")),
        (OFFICE, tokyo(24, "17:14"), until(24, "17:15")),
        (OFFICE, tokyo(24, "17:15"), opens(25, "08:30")),
        (OFFICE, tokyo(24, "17:16"), opens(25, "08:30")),
        # Over a weekend with a holiday behind it (23 November, 勤労感謝の日).
        (OFFICE, tokyo(20, "17:15"), opens(24, "08:30")),
        (OFFICE, tokyo(23, "10:00"), opens(24, "08:30")),
        # From 29 December to 3 January, in 2026/27 and the weekend before it.
        (OFFICE, tokyo(28, "17:00", month=12), Openness(OPEN, tokyo(28, "17:15", month=12))),
        (OFFICE, tokyo(29, "10:00", month=12), opens(4, "08:30", month=1, year=2027)),
        (OFFICE, tokyo(3, "10:00", month=1, year=2027), opens(4, "08:30", month=1, year=2027)),
        # Past midnight: the night belongs to the day it began on.
        (NIGHT, tokyo(20, "19:59"), opens(20, "20:00")),
        (NIGHT, tokyo(21, "01:59"), until(21, "02:00")),
        (NIGHT, tokyo(21, "02:00"), opens(21, "20:00")),
        (NIGHT, tokyo(22, "01:00"), until(22, "02:00")),
        (NIGHT, tokyo(22, "02:00"), opens(27, "20:00")),
        # Open on holidays too, whatever the weekday.
        (Hours("土日祝", time(9), time(12), ()), tokyo(23, "09:00"), until(23, "12:00")),
        # Closed for good as far as one looks ahead, or for the last day of it.
        (
            Hours("月", time(9), time(12), (("2026-11-01〜2026-12-31", "工事"),)),
            tokyo(24, "10:00"),
            Openness(CLOSED),
        ),
        (
            Hours("火", time(9), time(12), (("2026-12-01", "点検"),)),
            tokyo(24, "12:00"),
            opens(8, "09:00", month=12),
        ),
        # Day and night: until the Saturday it closes, or without an end.
        (Hours("月火水木金", time(0), time(0), ()), tokyo(24, "10:00"), until(28, "00:00")),
        (Hours("月火水木金土日", time(0), time(0), ()), tokyo(24, "10:00"), Openness(OPEN)),
        # What nobody knows.
        (UNKNOWN, tokyo(24, "10:00"), Openness(UNCERTAIN)),
        (Hours("", time(9), time(17), ()), tokyo(24, "10:00"), Openness(UNCERTAIN)),
        (Hours("月火水木金", None, None, ()), tokyo(24, "10:00"), Openness(UNCERTAIN)),
        (Hours("月火水木金", time(9), None, ()), tokyo(24, "10:00"), Openness(UNCERTAIN)),
        # But a closed day is closed whatever the hours.
        (Hours("月火水木金", None, None, ()), tokyo(22, "10:00"), Openness(CLOSED)),
        (Hours("", None, None, (("祝日", "休み"),)), tokyo(23, "10:00"), Openness(CLOSED)),
        (Hours("", None, None, (("祝日", ""),)), tokyo(23, "10:00"), Openness(CLOSED)),
    ],
)
def test_open_closed_or_uncertain(hours: Hours, now: datetime, found: Openness) -> None:
    assert hours.at(now) == found
    answers = {OPEN: True, CLOSED: False, UNCERTAIN: None}
    assert found.is_open == answers[found.state]


CLOCKS = some.times().map(lambda one: one.replace(second=0, microsecond=0))
RULES = some.lists(
    some.sampled_from(["祝日", "毎週月曜日", "第1・第3金曜日", "12-29〜01-03", "2026-05-01"]),
    unique=True,
)
WEEKS = some.sets(some.sampled_from("月火水木金土日祝"), min_size=1).map("".join)


def scanned(hours: Hours, minute: datetime) -> bool:
    """Whether it is open at a minute, by looking at the two days it can belong to."""
    assert hours.opens
    assert hours.closes
    first = hours.opens.hour * 60 + hours.opens.minute
    last = hours.closes.hour * 60 + hours.closes.minute
    last += 1440 if last <= first else 0
    local = minute.astimezone(times.TOKYO)
    for back in (0, 1):
        day = local.date() - timedelta(days=back)
        wanted = opening.WEEKDAYS[day.weekday()] in hours.days
        wanted = wanted or ("祝" in hours.days and bool(jpholiday.is_holiday(day)))
        wanted = wanted and not any(closed_by(rule)(day) for rule, _why in hours.closed)
        if wanted and first <= local.hour * 60 + local.minute + 1440 * back < last:
            return True
    return False


@settings(max_examples=60, deadline=None)
@given(
    days=WEEKS,
    opens_at=CLOCKS,
    closes_at=CLOCKS,
    rules=RULES,
    moment=some.datetimes(datetime(2026, 4, 25), datetime(2027, 1, 10)),
)
@example("月火水木金土日", time(0), time(0), [], datetime(2026, 5, 1))
@example("月", time(22), time(21), ["祝日"], datetime(2026, 5, 4, 3))
@example("月祝", time(9), time(9), ["12-29〜01-03"], datetime(2026, 12, 28))
def test_what_is_said_agrees_with_scanning_minute_by_minute(
    days: str, opens_at: time, closes_at: time, rules: list[str], moment: datetime
) -> None:
    now = moment.replace(second=0, microsecond=0, tzinfo=UTC)
    hours = Hours(days, opens_at, closes_at, tuple((rule, "") for rule in rules))
    found = hours.at(now)
    here = scanned(hours, now)
    assert found.is_open == here
    change = found.until if here else found.next
    last = times.at(times.today(now) + timedelta(days=AHEAD), time())
    if change is None:
        change = last  # nothing changes before then
    else:
        assert scanned(hours, change) != here
    step = timedelta(minutes=7 if change - now > timedelta(days=2) else 1)
    minute = now
    while minute < change:
        assert scanned(hours, minute) == here
        minute += step


SAID = {
    Openness(OPEN, tokyo(24, "17:15")): (
        "いま使えます・17時15分まで",
        "いま つかえます。17時15分まで",
        "Open now, until 17:15",
    ),
    Openness(OPEN, tokyo(28, "00:00")): (
        "いま使えます・11月28日（土） 0時まで",
        "いま つかえます。11月28日（土） 0時まで",
        "Open now, until Sat 28 Nov at 00:00",
    ),
    Openness(OPEN): (
        "いま使えます・一日じゅう",
        "いま つかえます。よるも つかえます",
        "Open now, day and night",
    ),
    Openness(CLOSED, next=tokyo(24, "17:30")): (
        "いまは使えません・きょう17時30分から",
        "いまは つかえません。きょう 17時30分から つかえます",
        "Closed now, opens today at 17:30",
    ),
    Openness(CLOSED, next=tokyo(25, "09:00")): (
        "いまは使えません・あす9時から",
        "いまは つかえません。あした 9時から つかえます",
        "Closed now, opens tomorrow at 09:00",
    ),
    Openness(CLOSED, next=tokyo(27, "09:00")): (
        "いまは使えません・11月27日（金） 9時から",
        "いまは つかえません。11月27日（金） 9時から つかえます",
        "Closed now, opens Fri 27 Nov at 09:00",
    ),
    Openness(CLOSED): ("いまは使えません", "いまは つかえません", "Closed now"),
    Openness(UNCERTAIN): (
        "使える時間は分かりません",
        "つかえる じかんは わかりません",
        "Opening hours not known",
    ),
}


@pytest.mark.parametrize("openness", SAID)
def test_open_or_not_is_said_in_every_language(openness: Openness) -> None:
    now = tokyo(24, "10:00")
    said = tuple(openness.in_words(now, lang) for lang in ("ja", "easy", "en"))
    assert said == SAID[openness]
    assert set(PUBLIC_LANGUAGES) == {"ja", "easy", "en"}


def test_late_at_night_tomorrow_is_the_next_day_in_tokyo() -> None:
    now = tokyo(24, "23:59")  # 14:59 in UTC, where the next opening is on the 24th still
    assert OFFICE.at(now).in_words(now, "en") == "Closed now, opens tomorrow at 08:30"
    now = tokyo(25, "00:01")
    assert OFFICE.at(now).in_words(now, "en") == "Closed now, opens today at 08:30"


def test_hours_of_its_own_stand_before_those_of_the_venue() -> None:
    venue = Hours("火水木", time(9), time(21), (("祝日", "休み"),))
    closed = venue.closed
    for own, found in (
        (UNKNOWN, venue),
        (Hours("月", time(10), time(12), ()), Hours("月", time(10), time(12), closed)),
        (Hours("月", None, None, ()), Hours("月", time(9), time(21), closed)),
        (Hours("", time(10), time(12), ()), Hours("火水木", time(10), time(12), closed)),
        # An end of its own and no beginning: the venue's beginning may not be its own.
        (Hours("", None, time(12), ()), Hours("火水木", None, time(12), closed)),
    ):
        assert own.within(venue) == found
    assert OFFICE.within(UNKNOWN) == Hours("月火水木金", time(8, 30), time(17, 15), ())


# Hours in words


@pytest.mark.parametrize(
    ("hours", "japanese", "english"),
    [
        (OFFICE, "月〜金 8:30〜17:15", "Mon–Fri 8:30–17:15"),
        (
            Hours("月水木土日祝", time(9), time(21), ()),
            "月・水・木・土・日・祝日も 9:00〜21:00",
            "Mon, Wed, Thu, Sat, Sun, public holidays 9:00–21:00",
        ),
        (Hours("月火水木金土日", time(9), time(2), ()), "毎日 9:00〜2:00", "Every day 9:00–2:00"),
        (Hours("日", None, None, ()), "日 時間は分かりません", "Sun Hours not known"),
        (Hours("", time(9), None, ()), "曜日は分かりません 9:00〜", "Days not known 9:00–"),
        (UNKNOWN, "", ""),
    ],
)
def test_the_week_is_said_as_far_as_it_is_known(hours: Hours, japanese: str, english: str) -> None:
    assert opening_words.week(hours, "ja") == japanese
    assert opening_words.week(hours, "en") == english


def test_closed_days_are_said_until_they_are_over() -> None:
    rules = (
        "祝日",
        "12-29〜01-03",
        "02-29〜02-29",
        "毎週月曜日",
        "第1・第3月曜日",
        "第2火曜",
        "2026-11-23",
        "2026-11-24",
        "2026-11-20〜2026-11-25",
    )
    hours = Hours("", None, None, tuple((rule, why) for why in ("", "わけ") for rule in rules))
    today = date(2026, 11, 24)
    assert opening_words.closed(hours, today, "ja") == [
        "祝日",
        "12月29日〜1月3日",
        "2月29日",
        "毎週月曜日",
        "第1・第3月曜日",
        "第2火曜",
        "11月24日（火）",
        "11月20日（金）〜11月25日（水）",
    ]
    assert opening_words.closed(hours, today, "en") == [
        "National holidays",
        "29 Dec–3 Jan",
        "29 Feb",
        "Every Monday",
        "1st and 3rd Monday of the month",
        "2nd Tuesday of the month",
        "Tue 24 Nov",
        "Fri 20 Nov–Wed 25 Nov",
    ]


def test_the_days_ahead_name_why_they_are_closed() -> None:
    days = opening_words.ahead(OFFICE, date(2026, 11, 21), "ja", days=4)
    assert [(one.name, one.clock, one.why) for one in days] == [
        ("11月21日（土）", "", ""),
        ("11月22日（日）", "", ""),
        ("11月23日（月）", "", "祝日は休み"),
        ("11月24日（火）", "8:30〜17:15", ""),
    ]
    assert opening_words.ahead(Hours("月", None, None, ()), date(2026, 11, 21), "ja") == []
