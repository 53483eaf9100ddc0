"""The screens of the planning staff by AppTest: instructors, courses, tables, the report."""

from datetime import date, time, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from desk import courses, instructors, programme, schedule, tables, times
from desk.courses import CourseForm
from desk.instructors import InstructorForm
from tests.conftest import person, scheduled
from tests.test_screens import screen, texts

pytestmark = pytest.mark.usefixtures("desk")


def today() -> date:
    return times.today(times.now())


def drop(app: AppTest, what: str, content: bytes) -> AppTest:
    """Put a file on the screen of tables."""
    app.button_group(key="tables_what").set_value(what).run()
    app.file_uploader(key=f"tables_file_{what}_0").set_value(("t.csv", content, "text/csv"))
    return app.run()


# Instructors


def test_an_instructor_is_added_changed_and_named_before_being_taken_off() -> None:
    app = screen("staff/instructors.py", "staff")
    app.button(key="instructor_new").click().run()
    app.text_input(key="instructor_name").set_value("佐藤 花")
    app.date_input(key="instructor_trained_on").set_value(today() - timedelta(days=40))
    app.date_input(key="instructor_expires_on").set_value(today() - timedelta(days=1))
    app.text_area(key="instructor_hours").set_value("月 09:00-12:00")
    app.button(key="instructor_save").click().run()
    assert not app.error
    [hana] = [one for one in instructors.everybody() if one.name == "佐藤 花"]
    assert "研修の期限切れ" in texts(app)
    assert "佐藤 花" in app.warning[0].value

    app.button(key=f"instructor_change_{hana.id}").click().run()
    assert app.text_area(key="instructor_hours").value == "月 09:00-12:00"
    app.button_group(key="instructor_role").set_value("assistant")
    account = app.selectbox(key="instructor_person")
    account.select_index(0)
    app.button(key="instructor_save").click().run()
    changed = next(one for one in instructors.everybody() if one.id == hana.id)
    assert changed.role == "assistant"
    assert changed.person_id

    app.button(key=f"instructor_retire_{hana.id}").click().run()
    assert "**佐藤 花** さんを、講座の講師に選べなくなります" in texts(app)
    assert app.button(key="instructor_retire_yes")


def test_hours_that_cannot_be_read_are_said_and_kept() -> None:
    app = screen("staff/instructors.py", "staff")
    app.button(key="instructor_new").click().run()
    app.text_input(key="instructor_name").set_value("佐藤")
    app.text_area(key="instructor_hours").set_value("あさ")
    app.button(key="instructor_save").click().run()
    assert "あさ" in app.error[0].value
    assert app.text_input(key="instructor_name").value == "佐藤"


def test_classes_that_no_longer_keep_the_staff_rule_are_named() -> None:
    staff, now = person("staff"), times.now()
    assert schedule.short_staffed(now=now) == []
    for one in instructors.everybody():
        instructors.save(staff, id=one.id, form=InstructorForm(one.name), now=now)
    found = schedule.short_staffed(now=now)
    for path in ("staff/instructors.py", "staff/schedule.py"):
        app = screen(path, "staff")
        assert f"公開ずみの{len(found)}コマが" in app.warning[-1].value
        assert found[0][0].venue in texts(app)


# Courses


def test_the_city_adds_and_changes_a_course_of_its_own() -> None:
    app = screen("staff/courses.py", "staff")
    app.button(key="course_new").click().run()
    app.text_input(key="course_title").set_value("岩沼のバスを調べる")
    app.text_input(key="course_title_en").set_value("Looking up Iwanuma's buses")
    app.text_area(key="course_about").set_value("時刻をスマホで見ます")
    app.button_group(key="course_needs").set_value(["phone"])
    app.multiselect(key="course_before").set_value(["basic-1-buttons"])
    app.button(key="course_save").click().run()
    assert not app.error
    [own] = [one for one in courses.all_courses() if one["own"]]
    assert (own["title"], own["title_en"], own["needs"], own["before"]) == (
        "岩沼のバスを調べる",
        "Looking up Iwanuma's buses",
        ["phone"],
        ["basic-1-buttons"],
    )
    app.button(key=f"course_change_{own['id']}").click().run()
    app.number_input(key="course_minutes").set_value(90)
    app.button(key="course_save").click().run()
    assert [one["minutes"] for one in courses.all_courses() if one["own"]] == [90]
    app.button(key=f"course_retire_{own['id']}").click().run()
    assert "「**岩沼のバスを調べる**」は、新しい講座で選べなくなります" in texts(app)
    assert app.button(key="course_retire_yes")


def test_a_course_of_the_file_offers_no_change_and_what_is_missing_is_said() -> None:
    app = screen("staff/courses.py", "staff")
    assert not [one for one in app.button if (one.key or "").startswith("course_change_")]
    app.button(key="course_new").click().run()
    app.text_area(key="course_about").set_value("説明")
    app.button(key="course_save").click().run()
    assert len(app.error) == 1
    assert app.text_area(key="course_about").value == "説明"


def test_a_course_that_was_taken_off_stays_with_its_class_and_its_instructor() -> None:
    staff, now = person("staff"), times.now()
    form = CourseForm("バスを調べる", "説明", 60, "basic")
    courses.save(staff, id="own", form=form, now=now)
    courses.save(
        staff, id="next", form=CourseForm("次", "説明", 60, "basic", before=("own",)), now=now
    )
    instructors.save(staff, id="i", form=InstructorForm("佐藤 花", skills=("own",)), now=now)
    ahead = scheduled(
        course_id="own", day=today() + timedelta(days=2), starts=time(18), ends=time(19)
    )
    courses.retire(staff, course_id="own")

    app = screen("staff/courses.py", "staff")
    app.button(key="course_change_next").click().run()
    app.button(key="course_save").click().run()
    assert not [*app.error, *app.exception]
    app = screen("staff/instructors.py", "staff")
    assert any("バスを調べる" in one.value for one in app.caption)
    app.button(key="instructor_change_i").click().run()
    app.button(key="instructor_save").click().run()
    assert not [*app.error, *app.exception]
    [hana] = [one for one in instructors.everybody() if one.id == "i"]
    assert hana.skills == ("own",)

    app = screen("staff/schedule.py", "staff")
    app.button(key=f"change_{ahead.id}").click().run()
    assert app.selectbox(key="schedule_course").value == "own"
    app.text_input(key="schedule_reason").set_value("夜の講座")
    app.number_input(key="schedule_seats").set_value(5)
    app.button(key="schedule_save").click().run()
    assert not [*app.error, *app.exception]
    assert (schedule.get(ahead.id).seats, schedule.get(ahead.id).course_id) == (5, "own")


# Tables


def test_what_was_taken_out_goes_in_and_changes_nothing() -> None:
    staff, now = person("staff"), times.now()
    out = tables.classes_csv(staff, today(), today() + timedelta(days=20), now=now)
    app = drop(screen("staff/tables.py", "staff"), "classes", out.content)
    assert "もう全部入っています" in app.info[0].value
    assert not [one for one in app.button if one.key == "tables_import"]
    assert set(app.dataframe[0].value["どうなるか"]) == {"そのまま"}


def test_a_row_that_cannot_be_taken_in_is_first_with_its_reason_and_nothing_goes_in() -> None:
    content = "名前,役割\r\n佐藤,講師\r\n鈴木,先生\r\n".encode("cp932")
    app = drop(screen("staff/tables.py", "staff"), "instructors", content)
    frame = app.dataframe[0].value
    assert list(frame["行"]) == [3, 2]
    assert "先生" in frame.iloc[0]["理由・変わるところ"]
    assert "**3行目**" in texts(app)
    assert not [one for one in app.button if one.key == "tables_import"]


def test_a_file_is_looked_at_and_then_put_in_once() -> None:
    content = "名前,役割,研修日\r\n佐藤,講師,令和8年4月1日\r\n".encode()
    app = drop(screen("staff/tables.py", "staff"), "instructors", content)
    assert "佐藤" not in {one.name for one in instructors.everybody()}
    app.button(key="tables_import").click().run()
    assert not app.exception
    assert "新しく1件" in app.success[0].value
    assert "佐藤" in {one.name for one in instructors.everybody()}
    assert not [one for one in app.button if one.key == "tables_import"]


def test_a_change_of_somebody_else_meanwhile_is_shown_before_anything_is_done() -> None:
    content = "名前,役割\r\n佐藤,講師\r\n".encode()
    app = drop(screen("staff/tables.py", "staff"), "instructors", content)
    form = InstructorForm("佐藤", "assistant")
    instructors.save(person("staff"), id="other", form=form, now=times.now())
    app.button(key="tables_import").click().run()
    assert "ほかの人が変えました" in app.error[0].value
    app.run()
    assert list(app.dataframe[0].value["どうなるか"]) == ["変更"]


def test_people_who_are_booked_are_counted_before_their_class_is_cancelled() -> None:
    now = times.now()
    booked = next(one for one in schedule.bookable(now=now) if one.booked and one.starts_at > now)
    day = times.today(booked.starts_at)
    out = tables.classes_csv(person("staff"), day, day, now=now).content.decode("utf-8-sig")
    content = "\r\n".join(
        line.replace(",公開,", ",中止,") if line.startswith(booked.id) else line
        for line in out.splitlines()
    )
    app = drop(screen("staff/tables.py", "staff"), "classes", content.encode())
    people = f"知らせる人 {booked.booked + booked.waiting}人"
    assert people in app.warning[-1].value
    assert people in app.dataframe[0].value.iloc[0]["理由・変わるところ"]
    app.button(key="tables_import").click().run()
    assert schedule.get(booked.id).status == "cancelled"
    assert people in app.warning[-1].value


def test_no_table_at_all_is_a_sentence() -> None:
    app = drop(screen("staff/tables.py", "staff"), "classes", b"\x89PNG\xff\x00")
    assert app.error[0].value.startswith("ファイルが読めません")
    assert not app.exception
    app = drop(screen("staff/tables.py", "staff"), "classes", b"PK\x03\x04\x14\x00")
    assert "CSV UTF-8（コンマ区切り）" in app.error[0].value


# The report


def test_the_report_shows_the_sums_of_the_period_that_was_chosen() -> None:
    app = screen("planner/programme.py", "planner")
    for kind in (programme.YEAR, programme.MONTH):
        app.button_group(key="programme_kind").set_value(kind).run()
        app.selectbox(key=f"programme_back_{kind}").select_index(1).run()
        first, last = programme.period(kind, today(), 1)
        report = programme.report(person("planner"), first, last, times.now())
        shown = [one.value for one in app.metric]
        assert shown[:2] == [str(report.total.held), str(report.total.learners)]
        assert "見本" in app.warning[0].value
        assert "地域連携型 6.0" in texts(app)


def test_a_course_nobody_teaches_yet_is_no_error_in_the_report() -> None:
    form = CourseForm("市の講座", "説明", 60, "basic")
    courses.save(person("staff"), id="own", form=form, now=times.now())
    app = screen("planner/programme.py", "staff")
    assert not app.error


def test_the_report_names_the_classes_in_which_the_rule_was_not_kept() -> None:
    staff, now = person("staff"), times.now()
    for one in instructors.everybody():
        form = InstructorForm(one.name, "lecturer")
        instructors.save(staff, id=one.id, form=form, now=now)
    planner = person("planner")
    periods = [programme.period(programme.YEAR, today(), back) for back in range(2)]
    reports = [programme.report(planner, first, last, now) for first, last in periods]
    back = max(range(2), key=lambda one: reports[one].total.recorded)
    report = reports[back]
    assert len(report.broken) == report.total.recorded > 10
    app = screen("planner/programme.py", "planner")
    assert any("期間の途中です" in one.value for one in app.caption)
    app.selectbox(key=f"programme_back_{programme.YEAR}").select_index(back).run()
    said = [one.value for one in app.markdown if "研修を受けた講師がいない" in one.value]
    assert len(said) == 10
    assert report.broken[0].meeting.venue in said[0]
    assert f"ほか{len(report.broken) - 10}コマ" in texts(app)
    assert f"{len(report.broken)}コマです" in app.warning[-1].value
