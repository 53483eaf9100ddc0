"""Who teaches: training counts from its day to its end, hours are read as they were written."""

from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from desk import instructors, schedule
from desk.instructors import Instructor, InstructorForm, parse_hours, write_hours
from tests.conftest import COURSE, NOW, class_form, person, refuses, scheduled

TODAY = date(2026, 11, 24)
FORM = InstructorForm(
    name=" 佐藤 花 ",
    role="lecturer",
    trained_on=date(2026, 4, 1),
    expires_on=date(2027, 3, 31),
    skills=(COURSE, "basic-4-maps"),
    hours=" 月 09:00-12:00 \n\n火 13:00-17:30",
)
HANA = Instructor(
    id="H",
    name="佐藤 花",
    role="lecturer",
    trained_on=date(2026, 4, 1),
    expires_on=date(2027, 3, 31),
    skills=(COURSE, "basic-4-maps"),
    hours=((0, time(9), time(12)), (1, time(13), time(17, 30))),
    person_id=None,
    trial=False,
)


def save(form: InstructorForm = FORM, *, id: str = "H") -> None:
    instructors.save(person("staff"), id=id, form=form, now=NOW)


@pytest.mark.usefixtures("city")
def test_somebody_is_added_once_and_changed() -> None:
    for _ in range(2):
        save()
        assert instructors.everybody() == [HANA]
    account = person("staff")
    save(InstructorForm("佐藤 はな", role="caller", person_id=account.id))
    assert instructors.everybody() == [
        Instructor("H", "佐藤 はな", "caller", None, None, (), (), account.id, False)
    ]


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"name": ""}, "missing", "instructor"),
        ({"name": "あ" * 41}, "too_long", "instructor"),
        ({"name": "佐藤 123456789018"}, "my_number", "instructor"),
        ({"name": "鈴木"}, "instructor_exists", "instructor"),
        ({"role": ""}, "missing", "role"),
        ({"role": "king"}, "choice_unknown", "role"),
        ({"hours": "月 9:00-12:00"}, "hours_form", "hours"),
        ({"skills": (COURSE, "none")}, "course_unknown", "skills"),
        ({"person_id": "none"}, "person_unknown", "person"),
        ({"trained_on": None}, "training_days", "expires_on"),
        ({"expires_on": date(2026, 3, 31)}, "training_days", "expires_on"),
        (
            {"trained_on": TODAY + timedelta(days=367), "expires_on": None},
            "training_days",
            "expires_on",
        ),
    ],
)
def test_what_cannot_be_saved(changes: dict[str, Any], code: str, field: str) -> None:
    save(InstructorForm("鈴木"), id="S")
    with refuses(code, field):
        save(replace(FORM, **changes))
    assert [one.name for one in instructors.everybody()] == ["鈴木"]


@pytest.mark.usefixtures("city")
def test_training_days_at_their_edges_are_kept() -> None:
    for first, last in (
        (TODAY + timedelta(days=366), None),
        (date(2026, 4, 1), date(2026, 4, 1)),
        (None, None),
    ):
        save(replace(FORM, trained_on=first, expires_on=last))
        (found,) = instructors.everybody()
        assert (found.trained_on, found.expires_on) == (first, last)


def test_training_counts_from_its_day_to_its_last() -> None:
    def days(one: Instructor) -> list[bool]:
        edges = (date(2026, 3, 31), date(2026, 4, 1), date(2027, 3, 31), date(2027, 4, 1))
        return [one.trained(day) for day in edges]

    assert days(HANA) == [False, True, True, False]
    assert days(replace(HANA, expires_on=None)) == [False, True, True, True]
    assert days(replace(HANA, trained_on=None, expires_on=None)) == [False] * 4
    for role in ("assistant", "promoter", "caller"):
        assert days(replace(HANA, role=role)) == [False] * 4


def test_what_and_when_somebody_teaches() -> None:
    assert [HANA.teaches(id) for id in (COURSE, "basic-4-maps", "use-3-e-tax")] == [
        True,
        True,
        False,
    ]
    assert replace(HANA, skills=()).teaches("use-3-e-tax")
    monday, tuesday, wednesday = (date(2026, 11, 23 + n) for n in range(3))
    for day, starts, ends, free in (
        (monday, time(9), time(12), True),
        (monday, time(8, 55), time(12), False),
        (monday, time(9), time(12, 5), False),
        (monday, time(13), time(14), False),
        (tuesday, time(13), time(17, 30), True),
        (wednesday, time(9), time(12), False),
    ):
        assert HANA.free(day, starts, ends) == free
        assert replace(HANA, hours=()).free(day, starts, ends)


def test_hours_that_touch_are_one_time() -> None:
    monday, tuesday = date(2026, 11, 23), date(2026, 11, 24)
    hours = "月 12:00-15:00\n月 09:00-12:00\n月 11:00-11:30\n火 09:00-12:00\n火 12:05-15:00"
    both = replace(HANA, hours=parse_hours(hours))
    assert both.free(monday, time(11, 30), time(12, 30))
    assert both.free(monday, time(9), time(15))
    assert not both.free(monday, time(9), time(15, 5))
    assert not both.free(tuesday, time(11, 30), time(12, 30))


CLOCKS = some.builds(time, some.integers(0, 23), some.integers(0, 59))
SPANS = some.tuples(some.integers(0, 6), CLOCKS, CLOCKS).filter(lambda one: one[1] < one[2])


@given(some.lists(SPANS).map(tuple))
def test_hours_are_read_as_they_were_written(hours: tuple[tuple[int, time, time], ...]) -> None:
    assert parse_hours(write_hours(hours)) == hours


@pytest.mark.parametrize(
    "line",
    [
        "月",
        "祝 09:00-12:00",
        "月09:00-12:00",
        "月 9:00-12:00",
        "月 09:00〜12:00",
        "月 09:00-25:00",
        "月 24:00-24:30",
        "月 09:60-10:00",
        "月 12:00-12:00",
        "月 12:00-09:00",
        "月 09:00-12:00 火 09:00-12:00",
    ],
)
def test_hours_that_cannot_be_read_are_named(line: str) -> None:
    with refuses("hours_form", "hours") as refused:
        parse_hours(f"火 09:00-12:00\n{line}")
    assert refused.value.facts == {"line": line}


@pytest.mark.usefixtures("city")
def test_whoever_still_teaches_stays() -> None:
    save()
    staff = person("staff")
    first = scheduled(instructor_ids=("H",))
    scheduled(instructor_ids=("H",), starts=time(16), ends=time(17), publish=False)
    gone = scheduled(instructor_ids=("H",), starts=time(18), ends=time(19))
    schedule.cancel(staff, class_id=gone.id, now=NOW)
    with refuses("instructor_teaches") as refused:
        instructors.retire(staff, instructor_id="H", now=NOW)
    assert refused.value.facts == {"name": "佐藤 花", "classes": 2}
    with refuses("instructor_teaches") as refused:
        instructors.retire(staff, instructor_id="H", now=first.ends_at)
    assert refused.value.facts == {"name": "佐藤 花", "classes": 1}
    after = first.ends_at + timedelta(hours=2)
    instructors.retire(staff, instructor_id="H", now=after)
    assert instructors.everybody() == []
    assert schedule.get(first.id).instructor_ids == ["H"]


@pytest.mark.usefixtures("city")
def test_a_retired_name_is_free_again() -> None:
    staff = person("staff")
    save()
    with refuses("instructor_exists", "instructor"):
        save(id="new")
    instructors.retire(staff, instructor_id="H", now=NOW)
    for id in ("H", "none"):
        with refuses("instructor_unknown"):
            instructors.retire(staff, instructor_id=id, now=NOW)
    save(id="new")
    assert instructors.everybody() == [replace(HANA, id="new")]
    with refuses("instructor_exists", "instructor"):
        save()
    with refuses("instructor_unknown", "instructors"):
        schedule.create(staff, id="K", form=class_form(instructor_ids=("H",)), now=NOW)
    save(replace(FORM, name="佐藤 花子"))
    assert {one.id: one.name for one in instructors.everybody()} == {
        "new": "佐藤 花",
        "H": "佐藤 花子",
    }


@pytest.mark.usefixtures("city")
def test_only_staff_change_who_teaches() -> None:
    for role in ("volunteer", "planner"):
        with refuses("not_allowed"):
            instructors.save(person(role), id="H", form=FORM, now=NOW)
        with refuses("not_allowed"):
            instructors.retire(person(role), instructor_id="H", now=NOW)
    assert instructors.everybody() == []
