"""The volunteer's screens around a class by AppTest: calls, codes, the sheet of paper."""

from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from desk import booking, schedule, times, waitlist
from desk.classes import ClassView
from tests.conftest import another_name, booking_form, person
from tests.test_screens import button, screen, texts

pytestmark = pytest.mark.usefixtures("desk")


def today() -> list[ClassView]:
    day = times.today(times.now())
    return [one for one in schedule.published(day, day) if one.status == "open"]


def held_with_room() -> ClassView:
    """The class of the last weeks with the most free seats."""
    now = times.now()
    days = times.today(now) - timedelta(days=28), times.today(now)
    over = [one for one in schedule.published(*days) if one.ends_at <= now]
    return max((one for one in over if one.status == "open"), key=lambda one: one.left)


def typed(app: AppTest, text: str) -> AppTest:
    return app.text_input(key="arrivals_typed").set_value(text).run()


def test_two_calls_without_an_answer_pass_the_seat_on() -> None:
    [card] = waitlist.cards(person("volunteer"), now=times.now())
    app = screen("volunteer/today.py", "volunteer")
    assert "でんわ待ち 1人" in texts(app)
    app.button(key=f"call_no_answer_{card.booking.id}").click().run()
    assert "つながらない 1回" in texts(app)
    app.button(key=f"call_no_answer_{card.booking.id}").click().run()
    assert "席は次の方のためにとっておきます" in texts(app)
    [(found, _meeting)] = booking.find(
        person("volunteer"), typed=card.booking.code, now=times.now()
    )
    assert found.state == "lapsed"


def test_a_code_typed_twice_checks_in_once_and_says_since_when() -> None:
    meeting = next(one for one in today() if one.left)
    form = booking_form(meeting.id)
    made = booking.book(person("volunteer"), id="late", form=form, now=times.now())
    app = typed(screen("volunteer/today.py", "volunteer"), made.code.lower())
    assert "受付しました" in texts(app)
    again = typed(screen("volunteer/today.py", "volunteer"), f"{made.code[:3]} {made.code[3:]}")
    assert "もう受付しています" in texts(again)
    assert "受付しました" not in texts(again)


def test_a_name_that_nobody_has_says_how_to_look() -> None:
    app = typed(screen("volunteer/today.py", "volunteer"), "ヌヌヌヌ")
    assert "見つかりません" in texts(app)


def test_a_whole_sheet_of_people_without_a_booking_is_one_save() -> None:
    meeting = held_with_room()
    app = screen("volunteer/sheet.py", "volunteer")
    app.selectbox[0].set_value(meeting.id).run()
    names = [another_name() for _n in range(meeting.left)]
    rows = [one for one in app.text_input if str(one.key).startswith("paper_kana_")]
    assert len(rows) == max(6, meeting.seats) >= len(names)
    for row, name in zip(rows, names, strict=False):
        row.set_value(name)
    button(app, "名簿を保存する").click().run()
    assert not app.error
    came = booking.roster(person("volunteer"), class_id=meeting.id)
    assert {one.kana for one in came if one.walk_in and one.arrived_at} >= set(names)
    assert not any(one.value for one in app.text_input)


def test_a_sheet_that_does_not_fit_keeps_every_name() -> None:
    meeting = held_with_room()
    app = screen("volunteer/sheet.py", "volunteer")
    app.selectbox[0].set_value(meeting.id).run()
    before = booking.roster(person("volunteer"), class_id=meeting.id)
    names = [another_name() for _n in range(meeting.left)]
    rows = [one for one in app.text_input if str(one.key).startswith("paper_kana_")]
    for row, name in zip(rows, [*names, "yamada"], strict=False):
        row.set_value(name)
    button(app, "名簿を保存する").click().run()
    assert len(app.error) == 1
    assert [one.value for one in app.text_input if one.value] == [*names, "yamada"]
    assert booking.roster(person("volunteer"), class_id=meeting.id) == before
