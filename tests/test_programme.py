"""The programme report: who learned, who taught, and what the averages leave out."""

import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from desk import attendance, booking, instructors, people, programme, schedule, store
from desk.booking import BookingView
from desk.classes import ClassView
from desk.instructors import InstructorForm
from desk.programme import KEPT, NO_LECTURER, TOO_FEW, UNRECORDED, Report
from tests.conftest import NOW, booking_form, person, scheduled

TODAY = date(2026, 11, 24)
EVENING = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)  # 18:00 in Tokyo
TEAM = {
    "trained": InstructorForm("研修すみ", trained_on=date(2026, 4, 1)),
    "lapsed": InstructorForm("期限切れ", trained_on=date(2025, 4, 1), expires_on=date(2026, 3, 31)),
    "helper": InstructorForm("てつだい", "assistant"),
    "promoter": InstructorForm("推進委員", "promoter"),
}


def report(first: date = TODAY, last: date = TODAY, now: datetime = EVENING) -> Report:
    return programme.report(person("planner"), first, last, now)


def team(*wanted: str) -> tuple[str, ...]:
    for id in wanted:
        instructors.save(person("staff"), id=id, form=TEAM[id], now=NOW)
    return wanted


def comes(meeting: ClassView, *, arrives: bool = True, **changes: Any) -> BookingView:
    helper, id = person("volunteer"), str(uuid.uuid4())
    booking.book(helper, id=id, form=booking_form(meeting.id, **changes), now=NOW)
    return attendance.check_in(helper, booking_id=id, now=NOW, arrived=arrives)


@pytest.mark.usefixtures("city")
def test_people_are_counted_and_not_bookings() -> None:
    meeting = scheduled(seats=6)
    comes(meeting, party=2)
    comes(meeting)
    comes(meeting, arrives=False, party=2)
    booking.book(
        person("volunteer"), id="w", form=booking_form(meeting.id, party=2), now=NOW
    )  # waits, then has a seat kept and never comes
    during = meeting.starts_at + timedelta(minutes=20)
    attendance.release_no_shows(person("staff"), class_id=meeting.id, now=during)
    attendance.walk_in(person("staff"), id="in", form=booking_form(meeting.id), now=during)
    [held] = report().held
    assert (held.learners, held.walk_ins, held.no_shows, held.booked) == (4, 1, 2, 6)
    assert held.meeting.seats == 6


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize(
    ("teaching", "learners", "check"),
    [
        (("trained",), 4, KEPT),
        (("trained",), 5, TOO_FEW),
        (("trained", "helper"), 8, KEPT),
        (("trained", "promoter"), 5, TOO_FEW),
        (("helper",), 1, NO_LECTURER),
        (("lapsed",), 1, NO_LECTURER),
        (("lapsed", "trained"), 8, KEPT),
        ((), 1, NO_LECTURER),
        (("trained",), 0, UNRECORDED),
    ],
)
def test_the_staff_rule_is_judged_by_who_came(
    teaching: tuple[str, ...], learners: int, check: str
) -> None:
    meeting = scheduled(seats=10, instructor_ids=team(*teaching))
    for _ in range(learners):
        comes(meeting)
    found = report()
    [held] = found.held
    assert held.check == check
    assert found.broken == ((held,) if check in (TOO_FEW, NO_LECTURER) else ())
    assert {
        *held.lecturers,
        *held.untrained,
        *held.assistants,
        *held.others,
    } == {TEAM[one].name for one in teaching}
    assert held.untrained == (("期限切れ",) if "lapsed" in teaching else ())
    assert held.counted == len(set(teaching) - {"promoter"})


@pytest.mark.usefixtures("city")
def test_who_retired_since_still_taught() -> None:
    meeting = scheduled(instructor_ids=team("trained"))
    comes(meeting)
    instructors.retire(person("staff"), instructor_id="trained", now=EVENING)
    assert report().held[0].check == KEPT


@pytest.mark.usefixtures("city")
def test_a_class_without_arrivals_is_apart_and_in_no_average() -> None:
    for hour, learners in ((10, 0), (12, 1), (14, 4)):
        meeting = scheduled(starts=time(hour), ends=time(hour + 1))
        for _ in range(learners):
            comes(meeting)
    found = report()
    assert (found.total.held, found.total.recorded, found.total.learners) == (3, 2, 5)
    assert (found.total.per_class, found.alone) == (2.5, 0.5)
    assert [one.meeting.starts_at.hour for one in found.unrecorded] == [1]
    assert [(one.held, one.per_class) for one in found.by_venue] == [(3, 2.5)]
    assert [(one.name, one.learners) for one in found.by_course] == [
        ("電源の入れ方・ボタン操作", 5)
    ]


@pytest.mark.usefixtures("city")
def test_only_what_was_held_counts() -> None:
    staff = person("staff")
    scheduled(publish=False)
    scheduled(day=TODAY + timedelta(days=1))
    off = scheduled(starts=time(10), ends=time(11))
    schedule.cancel(staff, class_id=off.id, now=NOW)
    late = scheduled(starts=time(17), ends=time(19))
    found = report()
    assert found.held == ()
    assert (found.total.per_class, found.alone, found.by_venue) == (None, None, ())
    assert [one.meeting.id for one in report(now=late.ends_at).held] == [late.id]


@pytest.mark.usefixtures("city")
def test_figures_come_with_their_source_or_not_at_all() -> None:
    found = report()
    assert found.regional
    assert found.national
    assert (found.regional.value, found.national.value) == (6.0, 1.4)
    assert "予算執行調査" in found.regional.source
    with store.transaction() as write:
        write.run("UPDATE figure SET active = 0 WHERE key = 'learners_per_class_national'")
    assert report().national is None


@pytest.mark.usefixtures("city")
def test_the_file_says_what_it_leaves_out_and_is_no_formula() -> None:
    meeting = scheduled(reason="=1+1", instructor_ids=team("trained"), ends=time(18))
    comes(meeting)
    scheduled(starts=time(10), ends=time(11))
    out = programme.report_csv(person("staff"), TODAY, TODAY, EVENING)
    text = out.content.decode("utf-8-sig")
    assert "# 1コマあたり 1.0人（受付の記録がある1コマ）" in text
    assert "# くらべる数 地域連携型 1コマあたり 6人" in text
    assert "# 受付の記録がない1コマは平均に入れていません" in text
    assert ",1,0,研修すみ,,,," in text
    assert "# 期間の途中です。11月24日（火） 18:00までに終わった講座です" in text
    assert not any(cell.startswith("=") for line in text.splitlines() for cell in line.split(","))
    assert "見本" not in text.split("日付", 1)[0]


@pytest.mark.usefixtures("city")
def test_names_to_link_are_of_people_who_can_sign_in() -> None:
    staff = person("staff")
    people.add(person("admin"), id="1", name="ハナ", role="volunteer", secret="246813", now=NOW)
    assert people.names(staff) == {"1": "ハナ"}
    form = replace(TEAM["trained"], person_id="1")
    instructors.save(staff, id="t", form=form, now=NOW)
    assert instructors.everybody()[0].person_id == "1"


@pytest.mark.parametrize(
    ("kind", "back", "first", "last"),
    [
        ("month", 0, date(2026, 11, 1), date(2026, 11, 30)),
        ("month", 9, date(2026, 2, 1), date(2026, 2, 28)),
        ("month", 11, date(2025, 12, 1), date(2025, 12, 31)),
        ("quarter", 0, date(2026, 10, 1), date(2026, 12, 31)),
        ("quarter", 3, date(2026, 1, 1), date(2026, 3, 31)),
        ("year", 0, date(2026, 4, 1), date(2027, 3, 31)),
        ("year", 1, date(2025, 4, 1), date(2026, 3, 31)),
    ],
)
def test_a_fiscal_year_begins_in_april(kind: str, back: int, first: date, last: date) -> None:
    assert programme.period(kind, TODAY, back) == (first, last)


@given(
    some.sampled_from(list(programme.PERIODS)),
    some.dates(date(100, 1, 1), date(2200, 1, 1)),
    some.integers(0, 20),
)
def test_periods_follow_each_other(kind: str, day: date, back: int) -> None:
    first, last = programme.period(kind, day)
    assert first <= day <= last
    assert programme.period(kind, last) == (first, last)
    later, earlier = (programme.period(kind, day, back + n) for n in (0, 1))
    assert later[0] - earlier[1] == timedelta(days=1)
