"""The month builder's screen by AppTest: wishes, a proposal, what is accepted, what is kept."""

import time as clock
from collections.abc import Iterator
from datetime import time, timedelta

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from desk import month, planning, schedule, times
from desk.planning import Making
from desk.rules import ClassForm
from desk.timetable import model
from pages.parts import proposal
from tests.conftest import COURSE, VENUE, person
from tests.test_screens import screen, texts

pytestmark = pytest.mark.usefixtures("desk")
HALL = "0421110002"


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    planning._making.clear()
    yield
    for one in planning._making.values():
        one.leave()


def builder() -> AppTest:
    return screen("staff/month.py", "staff")


def making() -> Making:
    [only] = planning._making.values()
    return only


def wish(app: AppTest, venue: str = VENUE, *, learners: int = 4, devices: int = 0) -> AppTest:
    app.selectbox(key="month_course").set_value(COURSE)
    app.selectbox(key="month_venue").set_value(venue)
    app.number_input(key="month_learners").set_value(learners)
    app.number_input(key="month_devices").set_value(devices)
    return app.button(key="month_add").click().run()


def propose(app: AppTest, key: str = "month_go") -> AppTest:
    app.button(key=key).click().run()
    assert not app.error
    assert not app.exception
    search = making().search
    assert search is not None
    search.stop()
    assert search.wait(30) is not None
    return app.run()


def of_the_month() -> list[str]:
    first = (times.today(times.now()).replace(day=1) + timedelta(days=32)).replace(day=1)
    return [one.id for one in schedule.between(first, first + timedelta(days=27))]


def test_from_wishes_to_published_classes() -> None:
    app = builder()
    assert app.button(key="month_go").disabled
    assert "はじめの希望を加えてください" in texts(app)
    wish(wish(app), HALL)
    propose(app)
    assert "4回のうち4回が入りました。別のプログラムで確かめ、まちがいはありません。" in texts(app)
    assert "いちばんよい案との差" in texts(app) or "これより よい案がない" in texts(app)
    search = making().search
    app.button(key="month_accept").click().run()
    assert not app.error
    assert "4回の講座を、下書きで予定表に入れました" in texts(app)
    made = [schedule.get(id) for id in making().drafts]
    starts = [month.moment(search.problem, one.starts) for one in search.plan.meetings]
    assert sorted(one.starts_at for one in made) == sorted(starts)
    assert all(one.draft for one in made)
    assert making().wanted == []
    app.button(key="month_publish").click().run()
    assert "4回の講座を公開しました" in texts(app)
    assert not any(schedule.get(one.id).draft for one in made)
    assert making().drafts == []


def test_a_reload_loses_neither_wishes_nor_proposal() -> None:
    app = wish(builder())
    app.button_group(key="month_weekdays").set_value([1, 3]).run()
    app.selectbox(key="month_lent").set_value("tablet").run()
    app.number_input(key="month_per_week").set_value(1).run()
    again = builder()
    assert "**電源の入れ方・ボタン操作**" in texts(again)
    assert again.button_group(key="month_weekdays").value == [1, 3]
    assert again.selectbox(key="month_lent").value == "tablet"
    assert again.number_input(key="month_per_week").value == 1
    propose(again)
    assert {one.per_week for one in making().search.problem.teachers} == {1}
    assert "2回のうち2回" in texts(builder())


def test_what_is_missing_is_said_before_a_search() -> None:
    app = wish(builder(), devices=2)
    assert "「貸出品」を選んでください" in texts(app)
    assert app.button(key="month_go").disabled
    app.selectbox(key="month_lent").set_value("tablet").run()
    assert not app.button(key="month_go").disabled
    app.button_group(key="month_starts").set_value([]).run()
    assert "曜日と始める時刻を選んでください" in texts(app)
    assert app.button(key="month_go").disabled


def test_a_month_that_cannot_be_says_why_for_each_wish() -> None:
    app = propose(wish(wish(builder(), learners=60), HALL))
    assert "4回のうち2回" in texts(app)
    said = app.warning[0].value
    assert "どう並べても、これより多くは入りません" in said
    assert "：電源の入れ方・ボタン操作（岩沼市役所） （2回）" in said
    assert "空いている部屋、または人数の入る部屋がありません" in said


def test_when_nothing_has_a_place_nothing_can_be_accepted() -> None:
    app = propose(wish(builder(), learners=60))
    assert "2回のうち0回" in texts(app)
    assert not [one for one in app.button if one.key == "month_accept"]
    app.button(key="month_back").click().run()
    assert "岩沼市役所" in texts(app)


def test_a_schedule_that_changed_meanwhile_is_said_and_the_proposal_kept() -> None:
    app = propose(wish(builder()))
    search = making().search
    first = search.plan.meetings[0]
    starts = times.local(month.moment(search.problem, first.starts))
    form = ClassForm(
        COURSE,
        VENUE,
        first.room_id,
        starts.date(),
        starts.time(),
        time(starts.hour + 1, starts.minute),
        4,
        publish=False,
    )
    schedule.create(person("staff"), id="taken", form=form, now=times.now())
    before = of_the_month()
    app.button(key="month_accept").click().run()
    assert "もう使われています" in app.error[0].value
    assert "予定表が、案をつくったあとで変わりました" in texts(app)
    assert of_the_month() == before
    propose(app, "month_again")
    assert "前の案とくらべると、2回のうち1回の日時か部屋" in texts(app)
    app.button(key="month_accept").click().run()
    assert "2回の講座を、下書きで予定表に入れました" in texts(app)


def test_drafts_that_cannot_be_opened_stay_to_be_published() -> None:
    app = propose(wish(builder()))
    app.button(key="month_accept").click().run()
    with_team = making().drafts[0]
    form = schedule.form_of(schedule.get(with_team))
    schedule.change(
        person("staff"),
        class_id=with_team,
        version=1,
        form=ClassForm(**{**vars(form), "instructor_ids": ()}),
        now=times.now(),
    )
    drafts = list(making().drafts)
    app.button(key="month_publish").click().run()
    assert app.error
    assert making().drafts == drafts
    schedule.cancel(person("staff"), class_id=with_team, now=times.now())
    app.button(key="month_publish").click().run()
    assert "1回の講座を公開しました" in texts(app)


def test_a_wish_is_left_out_and_one_for_a_course_that_is_gone_goes_by_itself() -> None:
    app = wish(wish(builder()), HALL)
    app.button(key="month_out_0").click().run()
    assert [one.venue_id for one in making().wanted] == [HALL]
    making().wanted.append(month.Wanted("gone", VENUE, 4))
    app.run()
    assert [one.course_id for one in making().wanted] == [COURSE]


def test_who_waits_for_another_search_is_told() -> None:
    app = wish(builder())
    with model._TURN:
        app.button(key="month_go").click().run()
        search = making().search
        end = clock.monotonic() + 20
        while not search.waits:
            assert clock.monotonic() < end
            clock.sleep(0.01)
        app.run()
        assert "2回のうち2回" in texts(app)
        assert "ほかの人の計算" in app.get("progress")[0].proto.text
    assert search.wait(40).unplaced == ()


def test_no_cell_of_the_table_is_a_formula_to_a_spreadsheet() -> None:
    names = ("when", "changed", "course", "where", "team", "room", "wish")
    table = pd.DataFrame([dict.fromkeys(names, "=1+1")])
    lines = proposal.as_csv(table).decode("utf-8-sig").splitlines()
    assert lines[1:] == [",".join(["'=1+1"] * 6)]
