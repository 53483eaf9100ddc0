"""When a desk is staffed: what the words of its opening say, or nothing at all."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.gaps.staffed import Span, sittings
from desk.opening import WEEKDAYS

MONTH = [date(2026, 6, 1) + timedelta(days=n) for n in range(28)]  # begins on a Monday


def read(words: str) -> dict[Span, str] | None:
    """The weekdays of four weeks on which there is somebody, by hours."""
    found = sittings(words)
    if found is None:
        return None
    days: dict[Span, str] = {}
    for one in found:
        on = "".join(WEEKDAYS[day.weekday()] for day in MONTH[:7] if one.on(day))
        days[one.span] = days.get(one.span, "") + on
    return days


@pytest.mark.parametrize(
    ("words", "days"),
    [
        ("月・水・金 10:00〜12:00（見本）", {(10, 12): "月水金"}),
        ("火・木 13:00〜15:30（見本）", {(13, 15.5): "火木"}),
        ("火 10:00〜12:00", {(10, 12): "火"}),
        ("月水金10:00-12:00", {(10, 12): "月水金"}),
        ("月、水 9:00～17:15", {(9, 17.25): "月水"}),
        ("毎週月曜日 １０時〜１２時", {(10, 12): "月"}),
        ("月曜・火曜 10時30分から12時".replace("から", "〜"), {(10.5, 12): "月火"}),
        ("水曜 9時半〜11時半", {(9.5, 11.5): "水"}),
        ("月〜金 8:30〜17:15", {(8.5, 17.25): "月火水木金"}),
        ("平日：9:00〜17:00", {(9, 17): "月火水木金"}),
        ("毎日 9:00〜24:00", {(9, 24): "月火水木金土日"}),
        ("月 10:00〜12:00、13:00〜15:00", {(10, 12): "月", (13, 15): "月"}),
        ("月 10:00〜12:00、木 13:00〜15:00", {(10, 12): "月", (13, 15): "木"}),
        ("月 10:00〜12:00 木 13:00〜15:00", {(10, 12): "月", (13, 15): "木"}),
        ("月 10:00〜12:00\n木 13:00〜15:00", {(10, 12): "月", (13, 15): "木"}),
        ("月・火 10:00〜12:00（予約制）（祝日を除く）", {(10, 12): "月火"}),
        ("（見本）土 10:00〜12:00", {(10, 12): "土"}),
    ],
)
def test_an_opening_is_read(words: str, days: dict[Span, str]) -> None:
    assert read(words) == days


@pytest.mark.parametrize(
    "words",
    [
        "第2・第4木 10:00〜12:00（見本）",
        "第2第4木曜日 10:00〜12:00",
        "第2、第4木曜 10時〜12時",
    ],
)
def test_weeks_of_the_month_are_read(words: str) -> None:
    (one,) = sittings(words) or ()
    assert [day.day for day in MONTH if one.on(day)] == [11, 25]
    assert one.span == (10, 12)


def test_holidays_are_left_out_where_the_words_say_so() -> None:
    monday, culture = date(2026, 11, 16), date(2026, 11, 3)  # 文化の日, a Tuesday
    (without,) = sittings("月・火 10:00〜12:00（祝日を除く）") or ()
    (plain,) = sittings("月・火 10:00〜12:00") or ()
    assert [without.on(monday), without.on(culture)] == [True, False]
    assert [plain.on(monday), plain.on(culture)] == [True, True]


@pytest.mark.parametrize(
    "words",
    [
        "",
        "（見本）",
        "随時",
        "お問い合わせください",
        "月・水・金",
        "10:00〜12:00",
        "月 10:00",
        "月 10:00〜",
        "月 12:00〜10:00",
        "月 10:00〜10:00",
        "月 10:75〜12:00",
        "月 22:00〜26:00",
        "金〜月 10:00〜12:00",
        "第6木 10:00〜12:00",
        "月（祝日を除く）・火のぞく 10:00〜12:00",
        "月 10:00〜12:00、木は予約のみ",
        "月 10:00〜12:00（予約は 木",
        "8月の月曜 10:00〜12:00",
        "月 10:00〜12:00（第1月曜は休み）",
        "月 10:00〜12:00（変更あり）",
        "月 10:00〜15:00（12:00〜13:00は休み）",
    ],
)
def test_what_is_not_understood_whole_is_not_understood(words: str) -> None:
    assert sittings(words) is None


@given(
    st.sets(st.sampled_from(WEEKDAYS), min_size=1),
    st.integers(0, 47),
    st.integers(1, 48),
    st.sampled_from(["・", "", "、"]),
)
def test_what_is_written_plainly_is_read_as_written(
    days: set[str], first: int, length: int, comma: str
) -> None:
    last = min(48, first + length)
    named = [day for day in WEEKDAYS if day in days]
    clock = "〜".join(f"{half // 2}:{half % 2 * 30:02d}" for half in (first, last))
    assert read(f"{comma.join(named)} {clock}") == {(first / 2, last / 2): "".join(named)}


@given(st.text(alphabet="月火水木金土日第1234平毎週曜:時分半〜、・(（)） 05\n" + "あ", max_size=24))
def test_anything_typed_is_read_or_not_and_never_a_crash(words: str) -> None:
    for one in sittings(words) or ():
        assert 0 <= one.span[0] < one.span[1] <= 24
        assert one.on(MONTH[0]) in (True, False)
