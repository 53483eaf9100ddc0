"""The catalogue: the file's courses are the file's, the city's own stay what staff made them."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from desk import courses, people, schedule, store
from desk.courses import CourseForm
from tests.conftest import COURSE, NOW, Load, change, class_form, person, refuses, scheduled

FORM = CourseForm(
    title=" 写真の 整理 ",
    about="写真を アルバムに まとめます。",
    minutes=45,
    level="applied",
    needs=("own_phone", "pin"),
    bring="スマホ\nめがね",
    before=(COURSE, "basic-2-phone-camera"),
)
OWN = {
    "id": "own",
    "title": "写真の 整理",
    "title_en": "",
    "about": "写真を アルバムに まとめます。",
    "minutes": 45,
    "bring": ["スマホ", "めがね"],
    "level": "applied",
    "needs": ["own_phone", "pin"],
    "before": [COURSE, "basic-2-phone-camera"],
    "source": "市が追加",
    "own": 1,
}


def save(form: CourseForm = FORM, *, id: str = "own") -> None:
    courses.save(person("staff"), id=id, form=form, now=NOW)


def own() -> list[dict[str, Any]]:
    return [one for one in courses.all_courses() if one["own"]]


@pytest.mark.usefixtures("city")
def test_a_course_of_the_citys_own_is_made_once_and_changed() -> None:
    for _ in range(2):
        save()
        assert own() == [OWN]
    assert courses.title(OWN, "en") == "写真の 整理"
    save(replace(FORM, title="写真", minutes=15, needs=(), before=(), bring=""))
    assert own() == [
        {**OWN, "title": "写真", "minutes": 15, "needs": [], "before": [], "bring": []}
    ]
    save(replace(FORM, title_en=" Sorting photos "))
    assert own() == [{**OWN, "title_en": "Sorting photos"}]
    assert courses.title(own()[0], "en") == "Sorting photos"


@pytest.mark.usefixtures("city")
def test_beginners_come_first_and_own_courses_last_of_their_level() -> None:
    save(replace(FORM, level="intro"), id="a")
    save(replace(FORM, level="applied"), id="b")
    levels = [one["level"] for one in courses.all_courses()]
    assert levels == ["intro"] * 2 + ["basic"] * 4 + ["applied"] * 8
    ids = [one["id"] for one in courses.all_courses()]
    assert (ids[:2], ids[-1]) == ([COURSE, "a"], "b")


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"title": " "}, "missing", "title"),
        ({"title": "あ" * 61}, "too_long", "title"),
        ({"title": "1234-5678-9018"}, "my_number", "title"),
        ({"title_en": "a" * 81}, "too_long", "title_en"),
        ({"title_en": "123456789018"}, "my_number", "title_en"),
        ({"about": ""}, "missing", "about"),
        ({"about": "あ" * 201}, "too_long", "about"),
        ({"about": "123456789018"}, "my_number", "about"),
        ({"bring": "あ" * 201}, "too_long", "bring"),
        ({"bring": "1234 5678 9018"}, "my_number", "bring"),
        ({"level": ""}, "missing", "level"),
        ({"level": "expert"}, "choice_unknown", "level"),
        ({"needs": ("phone", "car")}, "choice_unknown", "needs"),
        ({"minutes": 14}, "course_minutes", "minutes"),
        ({"minutes": 481}, "course_minutes", "minutes"),
        ({"before": ("none",)}, "course_unknown", "before"),
        ({"before": (COURSE, "own")}, "course_unknown", "before"),
    ],
)
def test_what_cannot_be_saved(changes: dict[str, Any], code: str, field: str) -> None:
    with refuses(code, field):
        save(replace(FORM, **changes))
    assert own() == []
    save()
    with refuses(code, field):
        save(replace(FORM, **changes))
    assert own() == [OWN]


@pytest.mark.usefixtures("city")
def test_the_files_courses_are_changed_in_the_file() -> None:
    before = courses.all_courses()
    with refuses("course_of_file"):
        save(replace(FORM, before=()), id=COURSE)
    with refuses("course_of_file"):
        courses.retire(person("staff"), course_id=COURSE)
    assert courses.all_courses() == before


@pytest.mark.usefixtures("city")
def test_a_retired_course_leaves_the_catalogue_and_not_its_classes() -> None:
    save()
    meeting = scheduled(course_id="own")
    courses.retire(person("staff"), course_id="own")
    assert own() == []
    found = store.one("SELECT course_id FROM class WHERE id = :id", id=meeting.id)
    assert found == {"course_id": "own"}
    for id in ("own", "none"):
        with refuses("course_unknown"):
            courses.retire(person("staff"), course_id=id)
    with refuses("course_unknown", "course"):
        scheduled(course_id="own", room_id="0421110001-2")
    with refuses("course_unknown", "before"):
        save(replace(FORM, before=("own",)), id="next")
    save()
    assert own() == [OWN]


@pytest.mark.usefixtures("city")
def test_no_course_comes_before_itself() -> None:
    save(replace(FORM, before=()), id="a")
    save(replace(FORM, before=("a",)), id="b")
    save(replace(FORM, before=("b", COURSE)), id="c")
    with refuses("course_circle", "before"):
        save(replace(FORM, before=(COURSE, "c")), id="a")
    assert courses.titles_before("a", "ja") == []
    save(replace(FORM, before=("a", COURSE)), id="c")
    save(replace(FORM, before=("a", "b")), id="c")


@pytest.mark.usefixtures("city")
def test_a_course_that_was_taken_off_comes_before_none() -> None:
    save(replace(FORM, title="はじめ"), id="first")
    save(replace(FORM, before=("first", COURSE)))
    assert courses.titles_before("own", "ja") == ["はじめ", "電源の入れ方・ボタン操作"]
    courses.retire(person("staff"), course_id="first")
    assert courses.titles_before("own", "en") == ["Turning it on and using the buttons"]
    [found] = own()
    assert found["before"] == [COURSE]
    save(replace(FORM, before=tuple(found["before"])))
    assert {one["id"] for one in courses.all_courses(retired=True)} - {
        one["id"] for one in courses.all_courses()
    } == {"first"}


@pytest.mark.usefixtures("city")
def test_a_class_of_a_course_that_was_taken_off_is_still_changed() -> None:
    save()
    staff, meeting = person("staff"), scheduled(course_id="own")
    courses.retire(staff, course_id="own")
    form = class_form(course_id="own", seats=6)
    with refuses("course_unknown", "course"):
        schedule.concerns(form)
    assert schedule.concerns(form, had="own")
    how = {"class_id": meeting.id, "now": NOW}
    assert schedule.change(staff, version=1, form=form, **how).seats == 6
    schedule.change(staff, version=2, form=class_form(), **how)
    with refuses("course_unknown", "course"):
        schedule.change(staff, version=3, form=form, **how)


@pytest.mark.usefixtures("city")
def test_other_words_of_a_course_are_a_change_of_its_classes_to_come() -> None:
    save()
    over, ahead, other = (
        scheduled(course_id="own"),
        scheduled(course_id="own", day=date(2026, 12, 1)),
        scheduled(day=date(2026, 12, 2)),
    )
    later = over.ends_at + timedelta(minutes=5)
    staff = person("staff")
    for form, version in (
        (FORM, 1),
        (replace(FORM, minutes=90, level="basic", needs=(), before=()), 1),
        (replace(FORM, title="写真"), 2),
        (replace(FORM, title="写真"), 2),
        (replace(FORM, title="写真", title_en="Photos"), 3),
        (replace(FORM, bring="スマホ"), 4),
    ):
        courses.save(staff, id="own", form=form, now=later)
        assert schedule.get(ahead.id).version == version
    assert schedule.get(ahead.id).changed_at == later
    assert schedule.get(other.id) == other
    assert schedule.get(over.id).version == 1


@pytest.mark.usefixtures("city")
def test_only_staff_change_the_catalogue() -> None:
    for role in ("volunteer", "planner"):
        with refuses("not_allowed"):
            courses.save(person(role), id="own", form=FORM, now=NOW)
        with refuses("not_allowed"):
            courses.retire(person(role), course_id="own")
    with refuses("sign_in_first"):
        courses.save(people.PUBLIC, id="own", form=FORM, now=NOW)
    assert own() == []


@pytest.mark.usefixtures("database")
def test_own_courses_outlive_the_file_and_courses_that_left_it_do_not(
    files: Path, load: Load
) -> None:
    load()
    save(replace(FORM, before=()))
    save(replace(FORM, before=()), id="retired")
    courses.retire(person("staff"), course_id="retired")
    path = files / "data" / "courses.yaml"
    text = path.read_text("utf-8")
    left = text[text.index("- id: use-7-") :]
    path.write_text(text.replace(left, "").replace("title: 地図アプリ", "title: 地図"), "utf-8")
    assert load() == ["data/courses.yaml"]
    assert own() == [{**OWN, "before": []}]
    found = {one["id"]: one["title"] for one in courses.all_courses()}
    assert found["basic-4-maps"] == "地図"
    assert len(found) == 11 + 1
    gone = store.rows("SELECT id, own FROM course WHERE active = 0 ORDER BY id")
    assert gone == [{"id": "retired", "own": 1}, {"id": "use-7-insurance-and-account", "own": 0}]
    change(path, "title: 地図", "title: 地図アプリ")
    load()
    assert own() == [{**OWN, "before": []}]
