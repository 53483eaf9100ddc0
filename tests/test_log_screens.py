"""The three ways to log by AppTest: four taps, one tap each in a rush, a whole paper sheet."""

from datetime import timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from desk import consultations, corrections, follow_ups, places, sessions, store, times
from desk.consultations import TOPICS, ConsultationForm
from tests.conftest import DESK, PIN, person
from tests.test_screens import TOKEN, keyed, screen, texts

pytestmark = pytest.mark.usefixtures("desk")
LOG, RUSH, TALLY = (f"volunteer/{name}.py" for name in ("log", "rush", "tally"))


def logged(entry: str = "form") -> list[dict[str, Any]]:
    """What the signed-in volunteer of these tests logged and counts now."""
    return store.rows(
        "SELECT c.* FROM consultation_now c JOIN person p ON p.id = c.person_id "
        "WHERE p.name = 'test volunteer' AND c.entry = :entry ORDER BY c.logged_at, c.id",
        entry=entry,
    )


def answer(app: AppTest, **answers: Any) -> AppTest:
    for name, value in answers.items():
        app.button_group(key=f"log_{name}").set_value(value)
    return app


def four_taps(app: AppTest, topic: str = "line") -> AppTest:
    answer(app, town_common="unknown", age="75-79", topic=topic)
    return keyed(app, "log_save").click().run()


def with_address(app: AppTest, **asked: str) -> AppTest:
    for name, value in asked.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def later(monkeypatch: pytest.MonkeyPatch, by: timedelta) -> None:
    """The clock of the desk goes on."""
    now = times.now() + by
    monkeypatch.setattr(times, "now", lambda: now)


# Four taps.


def test_four_taps_are_a_consultation_and_all_the_rest_has_a_default() -> None:
    app = four_taps(screen(LOG, "volunteer"))
    [row] = logged()
    told = {"residence": "unknown", "age_band": "75-79", "topic": "line"}
    default = {"result": "solved", "minutes": 15, "visit": "unknown", "autonomy": "unknown"}
    assert row == row | told | default | {"device": "unknown", "also": "", "note": ""}
    for key in ("log_town_common", "log_age", "log_topic"):
        assert app.button_group(key=key).value is None


def test_what_is_tapped_besides_is_kept_and_the_next_form_is_fresh() -> None:
    app = screen(LOG, "volunteer")
    answer(app, result="partly", minutes=30, visit="first", autonomy="together", device="lent")
    answer(app, also=["wifi", "map"])
    app.text_area(key="log_note").set_value("写真の送り方")
    app = four_taps(app)
    [row] = logged()
    told = {"result": "partly", "minutes": 30, "visit": "first", "autonomy": "together"}
    assert row == row | told | {"device": "lent", "also": "wifi\nmap", "note": "写真の送り方"}
    assert app.text_area(key="log_note").value == ""
    answers = {
        key: app.button_group(key=f"log_{key}").value
        for key in ("result", "minutes", "visit", "autonomy", "device", "also")
    }
    assert answers == {
        "result": "solved",
        "minutes": 15,
        "visit": None,
        "autonomy": None,
        "device": None,
        "also": [],
    }


def test_a_third_topic_more_is_not_taken() -> None:
    app = answer(screen(LOG, "volunteer"), also=["wifi", "map", "scam"]).run()
    assert app.button_group(key="log_also").value == ["wifi", "map"]


def test_a_handoff_asks_to_whom_and_what_was_tried() -> None:
    app = screen(LOG, "volunteer")
    assert "log_handed_to" not in {one.key for one in app.button_group}
    answer(app, result="handed_on").run()
    answer(app, handed_to="city", tried=["explained", "called"])
    four_taps(app)
    [row] = logged()
    assert (row["handed_to"], row["tried"]) == ("city", "explained\ncalled")


def test_to_whom_is_forgotten_when_it_was_no_handoff_after_all() -> None:
    app = answer(screen(LOG, "volunteer"), result="handed_on").run()
    answer(app, handed_to="city").run()
    answer(app, result="solved").run()
    four_taps(app)
    assert [row["handed_to"] for row in logged()] == [""]


def test_what_is_missing_is_said_and_the_rest_stays() -> None:
    app = answer(screen(LOG, "volunteer"), topic="line", age="75-79")
    keyed(app, "log_save").click().run()
    assert [one.value for one in app.error] == ["入力してください：地区"]
    assert app.button_group(key="log_topic").value == "line"
    assert logged() == []


def test_one_more_the_same_is_one_tap_with_an_id_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = screen(LOG, "volunteer")
    assert not [one for one in app.button if str(one.key).startswith("log_again_")]
    four_taps(app)
    for count in (2, 3):
        later(monkeypatch, timedelta(seconds=1))
        keyed(app, "log_again").click().run()
        assert f"きょう{count}件め" in texts(app)
        keyed(app, "log_again").click().run()  # the second half of the tap
        assert f"きょう{count}件め" in texts(app)
    rows = logged()
    assert len({row["id"] for row in rows}) == 3
    assert {(row["topic"], row["age_band"]) for row in rows} == {("line", "75-79")}


def test_a_clock_that_was_set_back_swallows_no_tap(monkeypatch: pytest.MonkeyPatch) -> None:
    app = four_taps(screen(LOG, "volunteer"))
    for count in (2, 3):
        later(monkeypatch, -timedelta(hours=1))
        sessions.prove(app.session_state[TOKEN], secret=PIN, now=times.now())
        keyed(app, "log_again").click().run()
        assert len(logged()) == count


def test_the_same_within_a_minute_is_asked_about_and_saved_for_another_resident() -> None:
    app = four_taps(four_taps(screen(LOG, "volunteer")))
    assert "同じ記録があります。別の方ですか？" in texts(app)
    assert len(logged()) == 1
    assert app.button_group(key="log_topic").value == "line"
    keyed(app, "log_other").click().run()
    assert len(logged()) == 2
    assert app.button_group(key="log_topic").value is None


def test_the_same_resident_twice_is_put_away() -> None:
    app = four_taps(four_taps(screen(LOG, "volunteer")))
    keyed(app, "log_same").click().run()
    assert len(logged()) == 1
    assert app.button_group(key="log_topic").value is None
    assert "別の方ですか" not in texts(app)


def test_two_windows_with_one_draft_lose_no_consultation() -> None:
    first = answer(screen(LOG, "volunteer"), town_common="unknown", age="75-79", topic="line").run()
    second = screen(LOG, "volunteer")
    assert second.button_group(key="log_topic").value == "line"  # the draft of the first window
    keyed(first, "log_save").click().run()
    answer(second, topic="wifi")
    keyed(second, "log_save").click().run()
    assert "この画面の内容は、さきに保存ずみです" in texts(second)
    assert second.button_group(key="log_topic").value == "wifi"
    assert [row["topic"] for row in logged()] == ["line"]
    keyed(second, "log_other").click().run()
    assert sorted(row["topic"] for row in logged()) == ["line", "wifi"]
    assert second.button_group(key="log_topic").value is None


def test_the_second_half_of_a_double_tap_is_no_refusal() -> None:
    app = four_taps(screen(LOG, "volunteer"))
    keyed(app, "log_save").click().run()
    assert not app.error
    assert len(logged()) == 1


def test_a_procedure_in_the_address_fills_the_topic_and_stays_with_the_row() -> None:
    app = with_address(screen(LOG, "volunteer"), procedure="konbini-juminhyo")
    assert app.button_group(key="log_topic").value == "my_number_card"
    assert "住民票の写し" in texts(app)
    answer(app, town_common="unknown", age="75-79")
    keyed(app, "log_save").click().run()
    assert [row["procedure_id"] for row in logged()] == ["konbini-juminhyo"]
    assert "住民票の写し" not in texts(app)
    assert "procedure" not in app.query_params


def test_a_procedure_can_be_taken_off() -> None:
    app = with_address(screen(LOG, "volunteer"), procedure="konbini-juminhyo")
    app.button(key="log_procedure_off").click().run()
    assert "住民票の写し" not in texts(app)
    four_taps(app)
    assert [row["procedure_id"] for row in logged()] == [""]


def test_a_topic_in_the_address_is_filled_in_and_nonsense_is_not() -> None:
    app = with_address(screen(LOG, "volunteer"), topic="scam", procedure="no-such-thing")
    assert app.button_group(key="log_topic").value == "scam"
    assert [one.value for one in app.error] == [
        "このアドレスに手続きはありません。もう一度さがしてください。"
    ]
    assert app.button_group(key="log_age").value is None


def test_who_comes_with_a_card_is_filled_in_and_the_card_is_closed() -> None:
    staff, now, town = person("staff"), times.now(), places.towns()[-1]
    form = ConsultationForm(DESK, "walk_in", "town", town.id, "80-84", "scam", "again")
    consultations.log(staff, id="first", form=form, now=now)
    code = follow_ups.give(staff, "first", times.today(now), now)
    app = with_address(screen(LOG, "volunteer"), card=code)
    assert f"カード {code} のつづき" in texts(app)
    keyed(app, "log_save").click().run()
    assert not app.error
    [row] = logged()
    told = {"follows": code, "town_id": town.id, "age_band": "80-84", "topic": "scam"}
    assert row == row | told | {"visit": "again"}
    assert follow_ups.due(staff, now) == []


def test_without_a_desk_the_screen_says_what_to_do() -> None:
    with store.transaction() as write:
        write.run("UPDATE desk SET active = 0")
    for path in (LOG, RUSH, TALLY):
        app = screen(path, "volunteer")
        assert "venues/desks.csv" in texts(app)


def test_a_number_in_the_note_is_refused_noted_as_an_incident_and_stays_in_its_field() -> None:
    app = screen(LOG, "volunteer")
    app.text_area(key="log_note").set_value("１２３４ ５６７８ ９０１８")
    four_taps(app)
    assert logged() == []
    assert app.text_area(key="log_note").value == "１２３４ ５６７８ ９０１８"
    [incident] = store.rows("SELECT * FROM incident")
    assert not {"123456789018", "１２３４"} & {str(value) for value in incident.values()}


# A draft comes back.


@pytest.mark.parametrize(
    ("path", "key", "value"), [(LOG, "log_topic", "scam"), (TALLY, "tally_line", 7)]
)
def test_what_was_tapped_is_there_again_in_a_new_session(path: str, key: str, value: Any) -> None:
    app = screen(path, "volunteer")
    field = app.button_group(key=key) if path == LOG else app.number_input(key=key)
    field.set_value(value).run()
    fresh = screen(path, "volunteer")
    field = fresh.button_group(key=key) if path == LOG else fresh.number_input(key=key)
    assert field.value == value
    fresh.button(key=f"draft_away_{path.split('/')[1][:-3]}").click().run()
    field = fresh.button_group(key=key) if path == LOG else fresh.number_input(key=key)
    assert not field.value


# In a rush.


def tap(app: AppTest, topic: str) -> AppTest:
    keyed(app, f"rush_{topic}").click().run()
    assert not app.exception
    return app


def undo(app: AppTest) -> Any:
    return next(one for one in app.button if str(one.key).startswith("rush_undo_"))


def test_each_tap_of_a_rush_is_a_log_and_the_tile_counts() -> None:
    app = screen(RUSH, "volunteer")
    for topic in ("line", "line", "wifi"):
        tap(app, topic)
    assert "**2**" in keyed(app, "rush_line").label
    assert "**1**" in keyed(app, "rush_wifi").label
    assert "**" not in keyed(app, "rush_scam").label
    rows = logged("rush")
    assert sorted(row["topic"] for row in rows) == ["line", "line", "wifi"]
    assert {(row["residence"], row["age_band"]) for row in rows} == {("unknown", "unknown")}


def test_neighbourhood_and_age_stay_for_the_next_taps() -> None:
    app = screen(RUSH, "volunteer")
    tap(app, "line")
    app.button_group(key="rush_town_common").set_value("outside").run()
    app.button_group(key="rush_age").set_value("85+").run()
    tap(tap(app, "wifi"), "scam")
    found = {row["topic"]: (row["residence"], row["age_band"]) for row in logged("rush")}
    assert found == {
        "line": ("unknown", "unknown"),
        "wifi": ("outside", "85+"),
        "scam": ("outside", "85+"),
    }


def test_the_last_tap_is_taken_back_and_then_the_one_before() -> None:
    app = tap(tap(screen(RUSH, "volunteer"), "line"), "wifi")
    assert "Wi-Fi" in undo(app).label
    undo(app).click().run()
    assert [row["topic"] for row in logged("rush")] == ["line"]
    assert "LINE" in undo(app).label
    undo(app).click().run()
    assert logged("rush") == []
    assert not [one for one in app.button if str(one.key).startswith("rush_undo_")]


def test_a_rush_goes_on_after_a_reload() -> None:
    tap(screen(RUSH, "volunteer"), "line")
    app = tap(screen(RUSH, "volunteer"), "line")
    assert "**2**" in keyed(app, "rush_line").label


def test_a_tap_after_the_session_ended_is_no_log_and_asks_to_sign_in() -> None:
    rush = screen(RUSH, "volunteer")
    form = answer(screen(LOG, "volunteer"), town_common="unknown", age="75-79", topic="line").run()
    paper = counts(screen(TALLY, "volunteer"), line=2)
    paper.button(key="tally_check").click().run()
    with store.transaction() as write:
        write.run("DELETE FROM session")
    save = next(one for one in paper.button if str(one.key).startswith("tally_save_"))
    for tap in (keyed(rush, "rush_line"), keyed(form, "log_save"), save):
        app = tap.click().run()
        assert not app.exception
        assert "サインイン" in texts(app)
    assert [*logged("rush"), *logged("form"), *logged("paper")] == []


# From paper.


def counts(app: AppTest, **numbers: int) -> AppTest:
    for topic, n in numbers.items():
        app.number_input(key=f"tally_{topic}").set_value(n)
    return app.run()


def saved(app: AppTest) -> AppTest:
    app.button(key="tally_check").click().run()
    next(one for one in app.button if str(one.key).startswith("tally_save_")).click().run()
    assert not app.exception
    return app


def test_a_sheet_says_what_will_happen_before_it_does_and_can_be_taken_back() -> None:
    day = times.today(times.now()) - timedelta(days=3)
    app = counts(screen(TALLY, "volunteer"), line=20, wifi=3)
    app.date_input(key="tally_day").set_value(day).run()
    shown = times.show_day(day, "ja")
    app.button(key="tally_check").click().run()
    assert f"{shown}の相談23件を記録します：LINE 20、Wi-Fi 3" in texts(app)
    assert logged("paper") == []
    saved_button = next(one for one in app.button if str(one.key).startswith("tally_save_"))
    assert saved_button.label == f"{shown}の相談23件を保存する"
    saved_button.click().run()
    rows = logged("paper")
    assert len(rows) == 23
    assert {times.today(times.moment(row["logged_at"])) for row in rows} == {day}
    assert {one.value for one in app.number_input} == {0}
    next(one for one in app.button if str(one.key).startswith("tally_undo_")).click().run()
    assert "取り消しました：23件" in texts(app)
    assert logged("paper") == []


def test_a_sheet_holds_for_one_neighbourhood_and_age_when_it_says_so() -> None:
    app = counts(screen(TALLY, "volunteer"), scam=2)
    app.button_group(key="tally_town_common").set_value("outside").run()
    app.button_group(key="tally_age").set_value("80-84").run()
    saved(app)
    assert {(row["residence"], row["age_band"]) for row in logged("paper")} == {
        ("outside", "80-84")
    }


def test_a_sheet_without_a_stroke_cannot_be_checked() -> None:
    app = screen(TALLY, "volunteer")
    assert app.button(key="tally_check").disabled
    assert set(TOPICS) == {str(one.key).removeprefix("tally_") for one in app.number_input}


def test_a_sheet_taken_back_too_late_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    app = saved(counts(screen(TALLY, "volunteer"), line=2))
    later = times.now() + corrections.WINDOW + timedelta(seconds=1)
    monkeypatch.setattr(sessions, "IDLE", timedelta(hours=1))
    monkeypatch.setattr(times, "now", lambda: later)
    next(one for one in app.button if str(one.key).startswith("tally_undo_")).click().run()
    assert [one.value for one in app.error] == [
        "30分をすぎました。直すときは職員に頼んでください。"
    ]
    assert len(logged("paper")) == 2
