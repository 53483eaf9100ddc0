"""The tap beside a class by AppTest: why somebody cannot come, undone, and once more."""

import pytest
from streamlit.testing.v1 import AppTest

from desk import places, schedule, store, times
from desk.classes import ClassView
from tests.test_screens import screen, texts

pytestmark = pytest.mark.usefixtures("desk")


def first() -> ClassView:
    return schedule.bookable(now=times.now())[0]


def of_state(*states: str) -> ClassView:
    return next(one for one in schedule.bookable(now=times.now()) if one.state in states)


def asked(app: AppTest, meeting: ClassView) -> AppTest:
    return app.button(key=f"turned_down_{meeting.id}").click().run()


def tapped(app: AppTest, why: str) -> AppTest:
    app.button(key=f"turned_down_{why}").click().run()
    assert not app.exception
    assert not app.error
    return app


def rows() -> list[store.Row]:
    return store.rows("SELECT class_id, town_id, why, trial FROM turned_down")


def test_a_reason_is_tapped_beside_a_class_and_nothing_is_typed() -> None:
    meeting = first()
    app = asked(screen("volunteer/book.py", "volunteer"), meeting)
    assert not app.text_input
    tapped(app, "time")
    assert rows() == [{"class_id": meeting.id, "town_id": None, "why": "time", "trial": 1}]
    app.run()
    assert "記録しました：時間が合わない" in texts(app)
    assert f"turned_down_{meeting.id}" not in {one.key for one in app.button}


def test_the_neighbourhood_is_kept_when_it_is_tapped() -> None:
    meeting = first()
    app = asked(screen("volunteer/book.py", "volunteer"), meeting)
    picker = app.button_group(key="turned_down_town_common")
    town = picker.options[0]
    common = next(one for one in places.towns() if one.name == town)
    picker.set_value(common.id)
    tapped(app, "far")
    assert rows()[0]["town_id"] == common.id


def test_a_tap_is_undone_and_the_next_person_is_another_row() -> None:
    meeting = first()
    app = asked(screen("volunteer/book.py", "volunteer"), meeting)
    tapped(app, "far").run()
    app.button(key=f"turned_down_back_{meeting.id}").click().run()
    assert rows() == []
    tapped(asked(app, meeting), "far").run()
    app.button(key=f"turned_down_more_{meeting.id}").click().run()
    tapped(asked(app, meeting), "time")
    assert sorted(row["why"] for row in rows()) == ["far", "time"]


def test_only_a_class_without_room_for_two_is_called_full() -> None:
    app = screen("volunteer/book.py", "volunteer")
    app.session_state["book_all"] = True
    free = next(one for one in schedule.bookable(now=times.now()) if one.left >= 2)
    asked(app.run(), free)
    assert "turned_down_full" not in {one.key for one in app.button}
    full = of_state("full")
    app = screen("volunteer/book.py", "volunteer")
    app.session_state["book_all"] = True
    tapped(asked(app.run(), full), "full")
    assert rows()[0]["why"] == "full"


def test_in_the_form_the_neighbourhood_that_was_tapped_is_not_asked_again() -> None:
    meeting = of_state("free")
    app = screen("volunteer/book.py", "volunteer")
    app.session_state["book_class"] = meeting.id
    app.run()
    picker = app.button_group(key="book_town_common")
    town = next(one for one in places.towns() if one.name == picker.options[0])
    picker.set_value(town.id).run()
    app.text_input(key="book_kana").set_value("ヤマダ ハナ")
    asked(app, meeting)
    assert "turned_down_town_common" not in {one.key for one in app.button_group}
    tapped(app, "far").run()
    assert rows()[0]["town_id"] == town.id
    assert app.text_input(key="book_kana").value == "ヤマダ ハナ"
