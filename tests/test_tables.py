"""Tables: classes and instructors out as CSV and in again, rehearsed, all or nothing."""

import unicodedata
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from desk import booking, changes, courses, instructors, schedule, store, tables, times
from desk.classes import ClassView
from desk.instructors import InstructorForm
from desk.language import say
from desk.refusals import Refused
from desk.tables import CHANGED, NEW, REFUSED, SAME, ImportPlan, cells, sheet
from tests.conftest import (
    COURSE,
    NOW,
    ROOM,
    VENUE,
    booking_form,
    class_form,
    person,
    refuses,
    scheduled,
)

DAY = date(2026, 12, 1)
HEADER = "講座,会場,部屋,日付,開始時間,終了時間,席,状態,理由"
LATER = NOW + timedelta(days=300)


def table(*rows: str, header: str = HEADER) -> bytes:
    return "\r\n".join([header, *rows]).encode("utf-8-sig")


def row(**changes: str) -> str:
    """A draft of four seats on Tuesday 1 December 2026 from 10:00 to 11:00."""
    facts = {
        "course": COURSE,
        "venue": VENUE,
        "room": ROOM,
        "day": "2026-12-01",
        "starts": "10:00",
        "ends": "11:00",
        "seats": "4",
        "state": "下書き",
        "reason": "",
    }
    return ",".join({**facts, **changes}.values())


def outcomes(plan: ImportPlan) -> list[str]:
    return [line.outcome for line in plan.lines]


def why(plan: ImportPlan, nth: int = 0) -> str:
    refusal = plan.lines[nth].refusal
    assert refusal
    return say(refusal, "ja")


def everything() -> dict[str, list[dict[str, Any]]]:
    """What an import could touch."""
    order = {"class": "id", "seat": "class_id, number", "busy": "resource, step"}
    order |= {"event": "class_id, number", "instructor": "id", "class_instructor": "class_id"}
    return {t: store.rows(f"SELECT * FROM {t} ORDER BY {by}") for t, by in order.items()}


# Cells


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-24",
        "2026/11/24",
        "2026.11.24",
        "2026年11月24日",
        "2026年11月24日（火）",
        "2026/11/24 0:00:00",
        "令和8年11月24日",
        "令和８年１１月２４日（火・祝）",
        "令和8年（2026年）11月24日（火曜日）",
        "令和 8 年 11 月 24 日",
        "R8.11.24",
        "r8/11/24",
        "Ｒ８．１１．２４",
        "㋿8年11月24日",
    ],
)
def test_a_day_may_be_written_in_many_ways(text: str) -> None:
    assert cells.day(text) == date(2026, 11, 24)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("令和元年5月1日", date(2019, 5, 1)),
        ("R1.5.1", date(2019, 5, 1)),
        ("平成31年4月30日", date(2019, 4, 30)),
        ("H元.1.8", date(1989, 1, 8)),
        ("昭和64年1月7日", date(1989, 1, 7)),
    ],
)
def test_eras_have_a_first_day_and_a_last(text: str, day: date) -> None:
    assert cells.day(text) == day


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "が空です"),
        ("11月24日", "が読めません"),
        ("来週", "が読めません"),
        ("令和8年度11月24日", "が読めません"),
        ("202611/24", "が読めません"),
        ("24/11/2026", "が読めません"),
        ("2026-02-29", "が暦にない"),
        ("0001-01-01", "の年を確かめて"),
        ("9999-12-31", "の年を確かめて"),
        ("R99.12.31", "の年を確かめて"),
        ("令和0年1月1日", "が令和にない"),
        ("令和元年4月30日", "が令和にない"),
        ("平成31年5月1日", "が平成にない"),
        ("2026-11-24（水）", "の曜日が合いません（火曜日です）"),
    ],
)
def test_what_is_no_day_is_said(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=f"^{reason}"):
        cells.day(text)


@given(some.dates(date(1926, 12, 25), date(2100, 12, 31)))
def test_every_day_the_desk_prints_it_also_reads(day: date) -> None:
    letters = str.maketrans("0123456789", "０１２３４５６７８９")
    for text in (times.show_day_long(day, "ja"), day.isoformat(), f"{day:%Y/%m/%d}"):
        assert cells.day(text) == cells.day(text.translate(letters)) == day


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("10:00", time(10)),
        ("９：０５", time(9, 5)),
        ("10:00:00", time(10)),
        ("10時", time(10)),
        ("10時5分", time(10, 5)),
        ("午前10時半", time(10, 30)),
        ("午後1時30分", time(13, 30)),
        ("午後 1:30", time(13, 30)),
        ("午後0時", time(12)),
        ("午前0時10分", time(0, 10)),
        ("正午", time(12)),
        ("1:30 PM", time(13, 30)),
        ("12:15 am", time(0, 15)),
        ("PM 12:15", time(12, 15)),
    ],
)
def test_a_clock_may_be_written_in_many_ways(text: str, clock: time) -> None:
    assert cells.clock(text) == clock


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "が空です"),
        ("10", "が読めません"),
        ("朝", "が読めません"),
        ("午前10:00 PM", "が読めません"),
        ("24:00", "がない時刻です"),
        ("10:60", "がない時刻です"),
        ("午後13時", "がない時刻です"),
        ("午後12時", "が昼か夜か分かりません"),
    ],
)
def test_what_is_no_clock_is_said(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=f"^{reason}"):
        cells.clock(text)


@given(some.times())
def test_every_clock_reads_the_same_however_it_is_written(clock: time) -> None:
    half, hour = ("午前", clock.hour) if clock.hour < 12 else ("午後", clock.hour - 12)
    for text in (
        f"{clock:%H:%M}",
        f"{clock.hour}時{clock.minute}分",
        f"{half}{hour}時{clock.minute}分",
        f"{clock:%I:%M %p}",
    ):
        assert cells.clock(text) == clock.replace(second=0, microsecond=0)


@given(some.text())
def test_a_cell_is_read_or_refused_and_nothing_else(text: str) -> None:
    for read in (cells.day, cells.clock, cells.count, cells.counted, cells.hours):
        reason = "が"
        try:
            read(text)
        except ValueError as error:
            reason = str(error)
        assert reason[0] in "がの"


def test_spans_of_a_week_are_written_as_the_desk_keeps_them() -> None:
    assert cells.hours("月 9:00〜12:00、火曜日 午後1時～午後4時半") == (
        "月 09:00-12:00\n火 13:00-16:30"
    )
    for wrong in ("月", "9:00-12:00", "月 12:00-9:00"):
        with pytest.raises(ValueError, match=r"^[がの]"):
            cells.hours(wrong)


# The file


@given(
    some.lists(some.text(some.characters(exclude_characters="\0\r\n", codec="utf-8")), min_size=1)
)
def test_a_cell_comes_back_as_it_was_and_is_never_a_formula(texts: list[str]) -> None:
    cells_in = [one.strip() for one in texts] + ["x"]
    header = [f"c{n}" for n in range(len(cells_in))]
    made = sheet.write(header, [cells_in], comments=["a, b\nc"])
    columns: dict[str, tuple[str, ...]] = dict.fromkeys(header, ())
    [(_line, back)] = sheet.read(made.content, columns=columns, needed=set())
    assert list(back.values()) == cells_in
    for one in texts:
        assert sheet.guard(one)[:1] not in ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


@given(some.text())
def test_what_is_guarded_comes_back_exactly(text: str) -> None:
    guarded = sheet.guard(text)
    assert sheet.unguard(guarded) == text
    assert guarded in (text, f"'{text}")


_UNSEEN = some.text(
    some.sampled_from(" \u3000\u00a0\n\v\x00\x1f\u200b\u2060\ufeff\u202e"), max_size=4
)
_MAKES_A_FORMULA = "".join(
    chr(n)
    for n in range(0x20000)
    if not 0xD800 <= n < 0xE000
    and unicodedata.normalize("NFKC", chr(n))[:1] in ("=", "+", "-", "@")
)


@given(_UNSEEN, some.sampled_from(f"{_MAKES_A_FORMULA}\t\r"), some.text())
def test_whatever_becomes_a_formula_is_guarded(before: str, sign: str, after: str) -> None:
    assert sheet.guard(f"{before}{sign}{after}") == f"'{before}{sign}{after}"


@pytest.mark.parametrize(
    "text", ["", "1-2-3", "a=b", "（-1）", "'1", "  a", "042111", "ー1", "．1"]
)
def test_what_no_spreadsheet_calculates_is_left_alone(text: str) -> None:
    assert sheet.guard(text) == text


def test_a_number_is_no_formula_in_a_column_of_numbers() -> None:
    made = sheet.write(["a", "b"], [["-1.5", "-1.5"], ["-1+cmd", "x"]], numbers={"a"})
    assert made.content.decode("utf-8-sig") == "a,b\r\n-1.5,'-1.5\r\n'-1+cmd,x\r\n"


def test_a_file_of_a_spreadsheet_is_read_whatever_its_encoding() -> None:
    text = "# 講座の予定\r\n講座\t開催日\r\n=1\tａ\r\n"
    columns = {"講座": (), "日付": ("開催日",)}
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp932"):
        for separated in (text, text.replace("\t", ","), text.replace("\t", ";")):
            found = sheet.read(separated.encode(encoding), columns=columns, needed={"日付"})
            assert found == [(3, {"講座": "=1", "日付": "ａ"})]


def test_empty_cells_at_the_end_of_a_row_may_be_missing_or_too_many() -> None:
    columns: dict[str, tuple[str, ...]] = {"名前": (), "役割": (), "期限": ()}
    text = '# 講師,,\r\n,,,,\r\n名前,役割,期限\r\nア\r\nイ,,,,\r\n,,,,,\r\n"ウ\nエ",オ\r\n'
    found = sheet.read(text.encode(), columns=columns, needed={"名前"})
    assert [(line, list(row.values())) for line, row in found] == [
        (4, ["ア", "", ""]),
        (5, ["イ", "", ""]),
        (7, ["ウ\nエ", "オ", ""]),
    ]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"PK\x03\x04\x14\x00\x06\x00", "file_book"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "file_book"),
        (b"", "file_wrong"),
        (b"\xff\xff\xff", "file_wrong"),
        (b"\x00\x01\x02", "file_wrong"),
        ("名前\r\n".encode(), "file_empty"),
        ("役割\r\n講師\r\n".encode(), "file_wrong"),
        ("名前,氏名\r\nア,イ\r\n".encode(), "file_wrong"),
        ("名前\r\nア,イ\r\n".encode(), "file_wrong"),
        (("名前\r\n" + "ア\r\n" * 5001).encode(), "file_large"),
        (b"x" * 5_000_001, "file_large"),
        (b"\r\n" * 2_000_000, "file_large"),
        ("名前\r\n".encode() + b"," * 4_900_000, "table_wide"),
    ],
)
def test_a_file_that_is_no_table_is_refused(content: bytes, code: str) -> None:
    with refuses(code):
        sheet.read(content, columns={"名前": ("氏名",)}, needed={"名前"})


def test_what_cp932_has_not_is_counted_and_shown_as_missing() -> None:
    made = sheet.write(["名前"], [["𠮷田〜髙"]], encoding="cp932")
    assert (made.replaced, made.content.decode("cp932")) == (1, "名前\r\n〓田～髙\r\n")
    assert sheet.restored("〓田～髙", "𠮷田〜髙") == "𠮷田〜髙"
    assert sheet.restored("〓田", "𠮷本") == "〓田"


# Classes


@pytest.mark.usefixtures("city")
def test_a_rehearsal_changes_nothing_and_says_what_the_import_does() -> None:
    staff, content = person("staff"), table(row(), row(starts="13:00", ends="14:00"))
    before = everything()
    plan = tables.plan_classes(staff, content, NOW)
    assert everything() == before
    assert outcomes(plan) == [NEW, NEW]
    assert plan.ready
    assert tables.import_classes(staff, content, NOW, seen=plan.seen) == plan
    made = schedule.between(DAY, DAY)
    assert [times.show_clock(one.starts_at) for one in made] == ["10:00", "13:00"]
    assert [(one.seats, one.draft) for one in made] == [(4, True)] * 2


@pytest.mark.usefixtures("city")
def test_importing_twice_changes_nothing() -> None:
    staff = person("staff")
    content = table(row(), row(starts="13:00", ends="14:00", state="公開", reason="講師は当日"))
    tables.import_classes(staff, content, NOW)
    before = everything()
    again = tables.import_classes(staff, content, NOW + timedelta(hours=1))
    assert outcomes(again) == [SAME, SAME]
    assert not again.ready
    assert everything() == before


@pytest.mark.usefixtures("city")
def test_one_bad_row_and_nothing_is_taken_in() -> None:
    staff, content = person("staff"), table(row(), row(starts="13:00", ends="12:00"))
    before = everything()
    plan = tables.plan_classes(staff, content, NOW)
    assert outcomes(plan) == [NEW, REFUSED]
    assert [line.line for line in plan.lines] == [2, 3]
    assert not plan.ready
    with refuses("import_refused") as refused:
        tables.import_classes(staff, content, NOW)
    assert refused.value.facts == {"count": 1, "line": 3}
    assert everything() == before


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"course": "なにか"}, "cell_wrong"),
        ({"venue": ""}, "cell_wrong"),
        ({"room": "0421110002-1"}, "cell_wrong"),
        ({"day": "11月24日"}, "cell_wrong"),
        ({"starts": "朝"}, "cell_wrong"),
        ({"seats": "すこし"}, "cell_wrong"),
        ({"seats": "0"}, "class_seats"),
        ({"seats": "17"}, "room_places"),
        ({"state": "未定"}, "cell_wrong"),
        ({"state": "公開"}, "ratio_lecturer"),
        ({"state": "中止"}, "row_nothing_to_cancel"),
        ({"starts": "10:02"}, "class_grid"),
        ({"day": "2026-11-01"}, "class_in_past"),
        ({"reason": "番号は1234 5678 9018"}, "my_number"),
        ({"course": "1234-5678-9018"}, "cell_wrong"),
    ],
)
def test_a_row_is_refused_with_its_reason(changes: dict[str, str], code: str) -> None:
    plan = tables.plan_classes(person("staff"), table(row(**changes)), NOW)
    assert plan.lines[0].refusal
    assert plan.lines[0].refusal.code == code
    assert "9018" not in f"{plan.lines[0]}{why(plan)}{plan.lines[0].refusal.facts}"


@pytest.mark.usefixtures("city")
def test_a_column_nobody_reads_holds_no_my_number_neither() -> None:
    content = table(f"{row()},１２３４５６７８９０１８", header=f"{HEADER},備考")
    plan = tables.plan_classes(person("staff"), content, NOW)
    assert plan.lines[0].refusal
    assert plan.lines[0].refusal.code == "my_number"


@pytest.mark.usefixtures("city")
def test_two_rows_of_one_file_cannot_have_one_room() -> None:
    clash = row(starts="10:30", ends="11:30")
    plan = tables.plan_classes(person("staff"), table(row(), clash, row()), NOW)
    assert [line.refusal.code if line.refusal else "" for line in plan.lines] == [
        "",
        "room_taken",
        "row_twice",
    ]
    assert "12月1日（火） 10:00" in why(plan, 1)


@pytest.mark.usefixtures("city")
def test_names_are_found_and_a_name_that_is_there_twice_is_not() -> None:
    staff = person("staff")
    for id in ("i1", "i2"):
        instructors.save(staff, id=id, form=InstructorForm(f"佐藤 {id}"), now=NOW)
    for id in ("c1", "c2"):
        form = courses.CourseForm("市の講座", "説明", 60, "basic")
        courses.save(staff, id=id, form=form, now=NOW)
    header = f"{HEADER},講師,貸出品,ID"
    good = row(
        course="電源の入れ方・ボタン操作", venue="岩沼市役所", room="会議室(見本)", day="R8.12.1"
    )
    content = table(f"{good},佐藤i1、i2,貸出タブレット（見本）×４台,my-1", header=header)
    tables.import_classes(staff, content, NOW)
    made = schedule.get("my-1")
    assert (made.course_id, made.room_id, made.instructor_ids) == (COURSE, ROOM, ["i1", "i2"])
    assert made.equipment == [("tablet", "貸出タブレット（見本）", 4)]
    plan = tables.plan_classes(staff, table(row(course="市の講座", day="2026-12-02")), NOW)
    assert "いくつもあります" in why(plan)


@pytest.mark.usefixtures("city")
def test_a_changed_row_changes_the_class_and_says_what() -> None:
    staff = person("staff")
    tables.import_classes(staff, table(row()), NOW)
    [made] = schedule.between(DAY, DAY)
    content = table(row(seats="6", state="公開", reason="講師は当日"))
    plan = tables.import_classes(staff, content, NOW)
    assert [(c.column, c.before, c.after) for c in plan.lines[0].changes] == [
        ("席", "4", "6"),
        ("状態", "下書き", "公開"),
    ]
    after = schedule.get(made.id)
    assert (after.seats, after.draft, after.version) == (6, False, made.version + 1)


@pytest.mark.usefixtures("city")
def test_classes_may_trade_places() -> None:
    staff = person("staff")
    header = f"{HEADER},ID"
    early, late = row(), row(starts="13:00", ends="14:00")
    tables.import_classes(staff, table(f"{early},a", f"{late},b", header=header), NOW)
    plan = tables.import_classes(staff, table(f"{late},a", f"{early},b", header=header), NOW)
    assert outcomes(plan) == [CHANGED, CHANGED]
    assert [one.id for one in schedule.between(DAY, DAY)] == ["b", "a"]


@pytest.mark.usefixtures("city")
def test_a_class_is_cancelled_by_its_row_and_by_nothing_else_in_it() -> None:
    staff = person("staff")
    tables.import_classes(staff, table(row()), NOW)
    plan = tables.plan_classes(staff, table(row(state="中止", seats="9")), NOW)
    assert [line.refusal.code for line in plan.lines if line.refusal] == ["row_cancel_alone"]
    cancel = table(row(state="中止"))
    assert outcomes(tables.import_classes(staff, cancel, NOW)) == [CHANGED]
    assert [one.status for one in schedule.between(DAY, DAY)] == ["cancelled"]
    assert outcomes(tables.import_classes(staff, cancel, NOW)) == [SAME]
    plan = tables.plan_classes(staff, table(row()), NOW)
    assert [line.refusal.code for line in plan.lines if line.refusal] == ["class_cancelled"]


@pytest.mark.usefixtures("city")
def test_a_published_class_is_no_draft_again() -> None:
    made = scheduled(day=DAY, starts=time(10), ends=time(11))
    plan = tables.plan_classes(person("staff"), table(row()), NOW)
    assert [line.refusal.code for line in plan.lines if line.refusal] == ["row_draft_again"]
    without = HEADER.replace(",状態", "")
    plan = tables.plan_classes(
        person("staff"), table(row().replace(",下書き", ""), header=without), NOW
    )
    assert outcomes(plan) == [SAME]
    assert schedule.get(made.id).version == made.version


@pytest.mark.usefixtures("city")
def test_the_past_may_stand_in_a_file_but_not_differ() -> None:
    staff = person("staff")
    tables.import_classes(staff, table(row()), NOW)
    plan = tables.plan_classes(staff, table(row()), LATER)
    assert outcomes(plan) == [SAME]
    plan = tables.plan_classes(staff, table(row(seats="5")), LATER)
    assert [line.refusal.code for line in plan.lines if line.refusal] == ["class_past"]


@pytest.mark.usefixtures("city")
def test_people_who_would_lose_their_seats_are_named_first() -> None:
    made = scheduled(day=DAY, starts=time(10), ends=time(11))
    for _ in range(2):
        form = booking_form(made.id)
        booking.book(person("volunteer"), id=str(uuid.uuid4()), form=form, now=NOW)
    plan = tables.plan_classes(person("staff"), table(row(seats="1", state="公開")), NOW)
    assert [line.refusal.code for line in plan.lines if line.refusal] == ["seats_booked"]
    reasoned = table(row(seats="1", state="公開", reason="部屋が変わった"))
    last = booking.roster(person("staff"), class_id=made.id)[-1]
    plan = tables.plan_classes(person("staff"), reasoned, NOW)
    assert ("席をなくす人", "", last.kana) in [
        (one.column, one.before, one.after) for one in plan.lines[0].changes
    ]
    # Who agreed to the loss of one did not agree to that of another.
    changes.cancel(person("volunteer"), booking_id=last.id, now=NOW)
    form = booking_form(made.id)
    booking.book(person("volunteer"), id=str(uuid.uuid4()), form=form, now=NOW)
    with refuses("import_stale"):
        tables.import_classes(person("staff"), reasoned, NOW, seen=plan.seen)
    tables.import_classes(person("staff"), reasoned, NOW)
    found = schedule.get(made.id)
    assert (found.booked, found.waiting) == (1, 1)


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize(
    ("changes", "to_tell"),
    [
        ({"starts": "10:00", "ends": "11:30", "state": "公開"}, 3),
        ({"room": "0421110001-2", "state": "公開"}, 3),
        ({"course": "basic-4-maps", "state": "公開"}, 3),
        ({"state": "中止"}, 3),
        ({"seats": "6", "state": "公開"}, 0),
    ],
)
def test_a_rehearsal_counts_the_people_who_must_hear_of_it(
    changes: dict[str, str], to_tell: int
) -> None:
    made = scheduled(day=DAY, starts=time(10), ends=time(11), seats=2)
    for party in (2, 1):
        form = booking_form(made.id, party=party)
        booking.book(person("volunteer"), id=str(party), form=form, now=NOW)
    content = table(
        row(**{"seats": "2", "reason": "x", **changes}) + f",{made.id}", header=f"{HEADER},ID"
    )
    plan = tables.plan_classes(person("staff"), content, NOW)
    assert [(line.outcome, line.to_tell) for line in plan.lines] == [(CHANGED, to_tell)]


@pytest.mark.usefixtures("city")
def test_one_file_put_in_by_several_people_at_once_is_put_in_once() -> None:
    content = table(*(row(starts=f"{hour}:00", ends=f"{hour}:50") for hour in range(9, 17)))
    everybody = [person("staff") for _ in range(6)]
    with ThreadPoolExecutor(len(everybody)) as pool:
        plans = list(pool.map(lambda who: tables.import_classes(who, content, NOW), everybody))
    assert sorted(plan.count(NEW) for plan in plans) == [0] * 5 + [8]
    assert {plan.count(SAME) + plan.count(NEW) for plan in plans} == {8}
    assert len(schedule.between(DAY, DAY)) == 8


@pytest.mark.usefixtures("city")
def test_what_was_agreed_to_is_what_is_done() -> None:
    staff, content = person("staff"), table(row(seats="6"))
    plan = tables.plan_classes(staff, content, NOW)
    tables.import_classes(staff, table(row()), NOW)
    before = everything()
    with refuses("import_stale"):
        tables.import_classes(staff, content, NOW, seen=plan.seen)
    assert everything() == before


@pytest.mark.usefixtures("city")
def test_a_sample_does_not_become_real() -> None:
    content = table(f"{row()},見本", header=f"{HEADER},見本")
    plan = tables.plan_classes(person("staff"), content, NOW)
    assert [line.refusal.code for line in plan.lines if line.refusal] == ["row_sample"]


def _made(shape: tuple[Any, ...]) -> ClassView | None:
    hour, minutes, seats, publish, team, things, reason = shape
    try:
        return scheduled(
            day=DAY,
            starts=time(hour),
            ends=(datetime(2026, 1, 1, hour, tzinfo=UTC) + timedelta(minutes=5 * minutes)).time(),
            seats=seats,
            publish=publish,
            instructor_ids=tuple(team),
            equipment=(("tablet", things),) if things else (),
            reason=reason or "x",
        )
    except Refused:
        return None


# With those CP932 reads otherwise than it writes them.
IN_CP932 = some.characters(codec="cp932", exclude_categories=["C"], include_characters="¢£¬‖−〜")


@pytest.mark.usefixtures("city")
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    some.lists(
        some.tuples(
            some.integers(8, 17),
            some.integers(3, 20),
            some.integers(1, 16),
            some.booleans(),
            some.sets(some.sampled_from(["i1", "i2", "i3"])),
            some.integers(0, 5),
            some.text(IN_CP932, max_size=9),
        ),
        max_size=4,
    ),
    some.sampled_from(["utf-8-sig", "cp932"]),
)
def test_what_was_taken_out_changes_nothing_when_it_comes_in(
    shapes: list[tuple[Any, ...]], encoding: str
) -> None:
    staff = person("staff")
    # One name no list can hold, one no CP932 file can, one that is a formula.
    for id, name in (("i1", "佐藤、花"), ("i2", "𠮷田"), ("i3", "=1+1")):
        instructors.save(staff, id=id, form=InstructorForm(name), now=NOW)
    made = [one for one in map(_made, shapes) if one]
    if made:
        schedule.cancel(staff, class_id=made[0].id, now=NOW)
    out = tables.classes_csv(staff, DAY, DAY, encoding, now=NOW)
    before = everything()
    if schedule.between(DAY, DAY):
        back = tables.import_classes(staff, out.content, NOW)
        assert set(outcomes(back)) == {SAME}
        assert len(back.lines) == len(schedule.between(DAY, DAY))
    people = tables.instructors_csv(staff, encoding, now=NOW)
    assert set(outcomes(tables.import_instructors(staff, people.content, NOW))) == {SAME}
    assert people.replaced == (encoding == "cp932")
    assert everything() == before


# Instructors

PEOPLE = "名前,役割,研修日,期限,担当講座,時間"


@pytest.mark.usefixtures("city")
def test_instructors_come_in_twice_and_are_the_same() -> None:
    staff = person("staff")
    content = table(
        "佐藤 花,講師,令和8年4月1日,2027-03-31,"
        "電源の入れ方・ボタン操作、basic-3-internet,月 9:00〜12:00",
        "鈴木 一,アシスタント,,,,",
        header=PEOPLE,
    )
    before = everything()
    plan = tables.plan_instructors(staff, content, NOW)
    assert (outcomes(plan), everything()) == ([NEW, NEW], before)
    tables.import_instructors(staff, content, NOW, seen=plan.seen)
    [hana] = [one for one in instructors.everybody() if one.name == "佐藤 花"]
    assert (hana.trained_on, hana.expires_on) == (date(2026, 4, 1), date(2027, 3, 31))
    assert hana.skills == (COURSE, "basic-3-internet")
    assert hana.hours == ((0, time(9), time(12)),)
    before = everything()
    assert outcomes(tables.import_instructors(staff, content, NOW)) == [SAME, SAME]
    assert everything() == before


@pytest.mark.usefixtures("city")
def test_a_name_is_the_same_however_its_spaces_are_written() -> None:
    staff = person("staff")
    tables.import_instructors(staff, table("佐藤 花,講師", header="名前,役割"), NOW)
    for name in ("佐藤　花", "佐藤花", "佐藤 花"):
        again = tables.import_instructors(staff, table(f"{name},講師", header="名前,役割"), NOW)
        assert outcomes(again) == [SAME]
    plan = tables.plan_instructors(staff, table("鈴木　一", "鈴木 一", header="名前"), NOW)
    assert [line.refusal.code for line in plan.lines if line.refusal] == ["row_twice"]
    # By its ID a name is put right.
    [hana] = instructors.everybody()
    tables.import_instructors(staff, table(f"{hana.id},佐藤　花", header="ID,名前"), NOW)
    assert [one.name for one in instructors.everybody()] == ["佐藤　花"]
    # Of two who are alike only the exact one is meant.
    instructors.save(staff, id="other", form=InstructorForm("佐藤 花", "assistant"), now=NOW)
    plan = tables.import_instructors(staff, table("佐藤 花,よびかけ員", header="名前,役割"), NOW)
    assert outcomes(plan) == [CHANGED]
    assert {one.id: one.role for one in instructors.everybody()} == {
        hana.id: "lecturer",
        "other": "caller",
    }


@pytest.mark.usefixtures("city")
def test_columns_that_are_not_there_change_nothing_of_an_instructor() -> None:
    staff = person("staff")
    form = InstructorForm("佐藤", "assistant", skills=(COURSE,), person_id=staff.id)
    instructors.save(staff, id="i1", form=form, now=NOW)
    plan = tables.import_instructors(staff, table("佐藤", header="氏名"), NOW)
    assert outcomes(plan) == [SAME]
    plan = tables.import_instructors(staff, table("i1,佐藤,講師", header="ID,名前,役割"), NOW)
    assert [(c.column, c.before, c.after) for c in plan.lines[0].changes] == [
        ("役割", "アシスタント", "講師")
    ]
    [found] = instructors.everybody()
    assert (found.role, found.skills, found.person_id) == ("lecturer", (COURSE,), staff.id)


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize(
    ("cells_of", "code"),
    [
        (",講師,,,,", "missing"),
        ("佐藤,先生,,,,", "cell_wrong"),
        ("佐藤,講師,きのう,,,", "cell_wrong"),
        ("佐藤,講師,,2026-04-01,,", "training_days"),
        ("佐藤,講師,,,なにか,", "cell_wrong"),
        ("佐藤,講師,,,,いつでも", "cell_wrong"),
        ("1234 5678 9018,講師,,,,", "my_number"),
        ("鈴木,講師,,,,", "row_twice"),
    ],
)
def test_an_instructor_is_refused_with_the_reason(cells_of: str, code: str) -> None:
    content = table("鈴木,講師,,,,", cells_of, header=PEOPLE)
    plan = tables.plan_instructors(person("staff"), content, NOW)
    refusals = [line.refusal.code for line in plan.lines if line.refusal]
    assert refusals == [code]
    with refuses("import_refused"):
        tables.import_instructors(person("staff"), content, NOW)
    assert instructors.everybody() == []


@pytest.mark.usefixtures("city")
def test_the_export_is_what_a_clerk_can_open() -> None:
    scheduled(day=DAY, starts=time(10), ends=time(11), equipment=(("tablet", 2),))
    out = tables.classes_csv(person("staff"), DAY, DAY, now=NOW)
    text = out.content.decode("utf-8")
    assert text.startswith("\ufeff# 講座の一覧 令和8年")
    assert text.splitlines()[1].split(",")[:4] == ["ID", "講座", "会場", "部屋"]
    assert "会議室（見本）,2026-12-01,10:00,11:00,4,,貸出タブレット（見本）×2,公開" in text
    assert class_form().reason in text
