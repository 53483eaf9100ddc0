"""Checking in by a typed code, on the screen: once for each time it is typed."""

from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from desk import attendance, booking, schedule, times
from desk.booking import BookingView
from tests.conftest import person
from tests.test_screens import screen, texts

pytestmark = pytest.mark.usefixtures("desk")


def expected() -> BookingView:
    """Somebody who is expected today and has not come yet."""
    today = times.today(times.now())
    return next(
        one
        for meeting in schedule.published(today, today)
        for one in booking.roster(person("volunteer"), class_id=meeting.id)
        if one.state == "seated"
    )


def state(found: BookingView) -> str:
    return booking.get(person("volunteer"), booking_id=found.id)[0].state


def typed(app: AppTest, text: str) -> str:
    app.text_input(key="arrivals_typed").set_value(text).run()
    assert not app.exception
    return texts(app)


def test_a_code_that_is_typed_checks_in_and_a_second_time_says_so() -> None:
    found, app = expected(), screen("volunteer/today.py", "volunteer")
    assert "受付しました" in typed(app, found.code.lower())
    assert state(found) == "arrived"
    typed(app, "")
    assert "もう受付しています" in typed(app, found.code)
    assert state(found) == "arrived"


def test_a_mistaken_check_in_that_was_taken_back_stays_so_whatever_is_tapped_next() -> None:
    found, app = expected(), screen("volunteer/today.py", "volunteer")
    typed(app, found.code)
    attendance.check_in(person("volunteer"), booking_id=found.id, now=times.now(), arrived=False)
    app.button(key="arrivals_scan").click().run()
    assert state(found) == "seated"
    typed(app, "")
    assert "受付しました" in typed(app, found.code)
    assert state(found) == "arrived"


def test_a_code_of_another_day_checks_nobody_in() -> None:
    today = times.today(times.now())
    coming = schedule.published(today + timedelta(days=1), today + timedelta(days=30))
    found = next(
        one
        for meeting in coming
        for one in booking.roster(person("volunteer"), class_id=meeting.id)
        if one.state == "seated" and one.group_id is None
    )
    app = screen("volunteer/today.py", "volunteer")
    shown = typed(app, found.code)
    assert found.kana in shown
    assert state(found) == "seated"


def test_after_a_code_the_list_shows_that_they_came() -> None:
    found, app = expected(), screen("volunteer/today.py", "volunteer")
    typed(app, found.code)
    assert f"found_came_{found.id}" not in [one.key for one in app.button]
