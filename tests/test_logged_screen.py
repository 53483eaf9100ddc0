"""Corrections and follow-ups on the screens by AppTest."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from desk import consultations, corrections, follow_ups, places, store, times
from desk.consultations import ConsultationForm
from desk.people import Actor
from tests.conftest import DESK, person
from tests.test_screens import button, screen, texts

pytestmark = pytest.mark.usefixtures("desk")
PATH, TODAY = "volunteer/logged.py", "volunteer/today.py"


def signed_in(role: str) -> Actor:
    row = store.rows("SELECT id, name FROM person WHERE name = :name", name=f"test {role}")[0]
    return Actor(row["id"], row["name"], role)


def logged(actor: Actor, id: str = "mine", *, ago: int = 5, **changes: Any) -> dict[str, Any]:
    town = next(one for one in places.towns() if one.name == "早股")
    facts = {"residence": "town", "town_id": town.id, "minutes": 30, "note": "写真", **changes}
    entry = facts.pop("entry", "form")
    form = replace(ConsultationForm(DESK, "walk_in", "unknown", None, "75-79", "line"), **facts)
    return consultations.log(
        actor, id=id, form=form, now=times.now() - timedelta(minutes=ago), entry=entry
    )


def opened(role: str, id: str) -> AppTest:
    app = screen(PATH, role)
    app.button(key=f"logged_open_{id}").click().run()
    assert not app.exception
    return app


def due_today() -> date:
    return times.today(times.now())


def test_a_day_without_a_consultation_says_what_to_do() -> None:
    app = screen(PATH, "volunteer")
    assert "きょうの記録は、まだありません" in texts(app)
    assert [one.label for one in app.get("page_link")] == ["相談を記録する"]


def test_ones_own_of_today_are_listed_the_newest_first() -> None:
    logged(signed_in("volunteer"), "old", ago=9)
    logged(signed_in("volunteer"), "new", topic="wifi", result="partly", ago=1)
    logged(person("volunteer"), "theirs")
    app = screen(PATH, "volunteer")
    keys = [str(one.key) for one in app.button if str(one.key).startswith("logged_open_")]
    assert keys == ["logged_open_new", "logged_open_old"]
    lines = [one.value.replace("\\", "") for one in app.markdown if "早股" in one.value]
    [row] = store.rows("SELECT logged_at FROM consultation WHERE id = 'new'")
    clock = times.show_clock(times.moment(row["logged_at"]))
    assert lines[0] == f"**{clock}**　早股・75–79・Wi-Fi・一部"


def test_the_answers_are_there_as_they_were_and_a_tap_corrects_one() -> None:
    first = logged(signed_in("volunteer"))
    app = opened("volunteer", "mine")
    assert app.button_group(key="logged_age_band").value == "75-79"
    assert app.button_group(key="logged_topic").value == "line"
    assert app.button_group(key="logged_minutes").value == 30
    assert app.button_group(key="logged_town_common").value == first["town_id"]
    assert app.text_input(key="logged_note").value == "写真"
    app.button_group(key="logged_topic").set_value("wifi").run()
    app.button(key="logged_save").click().run()
    assert "なおしました" in texts(app)
    [done] = store.rows(
        "SELECT * FROM consultation_now WHERE person_id = :id", id=first["person_id"]
    )
    changed = {name for name in first if first[name] != done[name]}
    assert changed == {"id", "topic", "corrects", "corrected_at", "corrected_by"}
    app.button(key=f"logged_open_{done['id']}").click().run()
    shown = texts(app)
    assert "test volunteer" in shown
    assert "内容：LINE → **Wi\\-Fi**" in shown.replace("Wi-Fi", "Wi\\-Fi")


def test_what_is_refused_keeps_every_tap() -> None:
    logged(signed_in("volunteer"))
    app = opened("volunteer", "mine")
    app.button(key="logged_save").click().run()
    assert [one.value for one in app.error] == ["どこも変わっていません。"]
    app.text_input(key="logged_note").set_value("1234 5678 9018").run()
    app.button_group(key="logged_topic").set_value("wifi").run()
    app.button(key="logged_save").click().run()
    assert len(app.error) == 1
    assert app.button_group(key="logged_topic").value == "wifi"
    assert app.text_input(key="logged_note").value == "1234 5678 9018"
    assert len(store.rows("SELECT id FROM consultation WHERE corrects = 'mine'")) == 0


def test_taking_back_names_what_it_takes_and_can_be_undone() -> None:
    volunteer = signed_in("volunteer")
    logged(volunteer)
    app = opened("volunteer", "mine")
    app.button(key="logged_take_back").click().run()
    assert "早股・75–79・LINE" in [one.value for one in app.warning][-1].replace("\\", "")
    app.button(key="logged_keep").click().run()
    assert store.rows("SELECT id FROM consultation_now WHERE id = 'mine'")
    app.button(key="logged_take_back").click().run()
    app.button(key="logged_withdraw").click().run()
    assert consultations.logged_today(volunteer, now=times.now()) == 0
    button(app, "なおす").click().run()
    app.button(key="logged_put_back").click().run()
    assert "元にもどしました" in texts(app)
    assert consultations.logged_today(volunteer, now=times.now()) == 1


def test_a_volunteer_who_is_late_looks_and_asks_the_staff() -> None:
    logged(signed_in("volunteer"), ago=31)
    if times.today(times.now() - timedelta(minutes=31)) != times.today(times.now()):
        pytest.skip("just after midnight in Tokyo")
    app = opened("volunteer", "mine")
    assert "職員に頼んでください" in texts(app)
    assert not any(one.key == "logged_save" for one in app.button)


def test_a_hurried_one_is_completed_later_the_same_day() -> None:
    if times.today(times.now() - timedelta(minutes=31)) != times.today(times.now()):
        pytest.skip("just after midnight in Tokyo")
    logged(
        signed_in("volunteer"),
        ago=31,
        entry="rush",
        age_band="unknown",
        residence="unknown",
        town_id=None,
        minutes=15,
        note="",
    )
    app = opened("volunteer", "mine")
    assert not any(one.key == "logged_take_back" for one in app.button)
    app.button_group(key="logged_age_band").set_value("85+").run()
    app.button(key="logged_save").click().run()
    assert "なおしました" in texts(app)


def test_staff_see_every_desk_and_say_why() -> None:
    theirs = logged(person("volunteer", "ハナ"), "theirs")
    app = screen(PATH, "staff")
    app.selectbox(key="logged_desk").select(DESK).run()
    assert "ハナ" in texts(app)
    app.button(key="logged_open_theirs").click().run()
    app.button_group(key="logged_topic").set_value("map").run()
    app.button(key="logged_save").click().run()
    assert [one.value for one in app.error] == ["入力してください：直す理由"]
    app.text_input(key="logged_reason").set_value("本人から電話").run()
    app.button(key="logged_save").click().run()
    assert not app.error
    found = corrections.history(signed_in("staff"), theirs["id"])
    assert [(one.by, one.reason) for one in found] == [("ハナ", ""), ("test staff", "本人から電話")]


def test_a_card_is_made_in_one_tap_and_a_slip_is_there_to_print() -> None:
    volunteer = signed_in("volunteer")
    logged(volunteer)
    app = opened("volunteer", "mine")
    app.button(key="card_make_mine").click().run()
    found = follow_ups.of(volunteer, "mine")
    assert found is not None
    assert found.due_on == due_today() + timedelta(weeks=1)
    assert found.code in texts(app)
    links = [one.proto.url.split("?")[0] for one in app.get("link_button")]
    assert [one.split("/")[1] for one in links if one.count("/") == 2] == ["card", "handoff"]


def test_due_cards_are_on_today_without_a_name_and_closing_one_is_taken_back() -> None:
    volunteer = signed_in("volunteer")
    logged(volunteer)
    code = follow_ups.give(volunteer, "mine", due_today(), times.now())
    before = len(follow_ups.due(volunteer, times.now()))
    app = screen(TODAY, "volunteer")
    assert f"継続相談：今日まで {before}件" in texts(app)
    line = next(one.value for one in app.markdown if code in one.value)
    assert "早股・LINE" in line
    app.button(key=f"due_done_{code}").click().run()
    assert code not in [one.code for one in follow_ups.due(volunteer, times.now())]
    assert f"カード {code} を「すんだ」にしました" in texts(app)
    app.button(key="due_undo").click().run()
    assert code in [one.code for one in follow_ups.due(volunteer, times.now())]
    app.button(key=f"due_came_{code}").click().run()
    assert app.title[0].value == "相談を記録する"
    assert app.session_state.log_follows == code


def test_a_code_there_is_not_is_said_kindly_and_stays_in_the_field() -> None:
    app = screen(TODAY, "volunteer")
    app.text_input(key="follow_ups_typed").set_value("zzzzzz").run()
    assert "ZZZZZZ というカードはありません" in texts(app)
    assert app.text_input(key="follow_ups_typed").value == "zzzzzz"


def test_a_card_in_the_field_for_slips_leads_to_its_log() -> None:
    volunteer = signed_in("volunteer")
    logged(volunteer)
    code = follow_ups.give(volunteer, "mine", due_today() + timedelta(weeks=1), times.now())
    app = screen(TODAY, "volunteer")
    app.text_input(key="arrivals_typed").set_value(code.lower()).run()
    assert "継続相談のカードです" in texts(app)
    links = [one.proto.query_string for one in app.get("page_link")]
    assert f"card={code}" in links
