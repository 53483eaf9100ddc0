"""Did it help, by AppTest: what to do first, marking in a few taps, what is found, the way back."""

import json
from datetime import timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from desk import places, store, times
from desk.gaps.acts import action_words, actions, looked_back
from desk.gaps.acts.actions import Action, ActionForm
from desk.people import Actor
from tests.conftest import person, refuses
from tests.test_screens import screen, texts

pytestmark = pytest.mark.usefixtures("desk")
PATH = "planner/actions.py"


def at(role: str = "planner", **parts: str) -> AppTest:
    """The screen at an address."""
    app = screen("", role)
    for name, value in parts.items():
        app.query_params[name] = value
    app.switch_page(PATH).run()
    assert not app.exception
    return app


def busiest(n: int) -> tuple[str, ...]:
    """The neighbourhoods most consultations come from."""
    rows = store.rows(
        "SELECT town_id, COUNT(*) AS n FROM consultation_now WHERE town_id IS NOT NULL "
        "GROUP BY town_id ORDER BY n DESC, town_id"
    )
    return tuple(row["town_id"] for row in rows[:n])


def marked(id: str = "a", days: int = 100, **changes: Any) -> Action:
    now = times.now()
    facts = {
        "kind": "outreach",
        "title": "声かけ *さくら*",
        "town_ids": busiest(3),
        "starts_on": times.today(now) - timedelta(days=days),
        "note": "チラシ",
    }
    form = ActionForm(**{**facts, **changes})
    return actions.mark(person("planner"), id=id, form=form, now=now)


def rise(town_ids: tuple[str, ...], days: int = 100) -> None:
    """Many more consultations in some neighbourhoods since so many days."""
    now = times.now()
    base = store.rows("SELECT * FROM consultation_now WHERE visit = 'first' LIMIT 1")[0]
    with store.transaction() as write:
        for n in range(60):
            day = now - timedelta(days=days - n, hours=1)
            row = {**base, "id": f"more-{n}", "logged_at": times.stamp(day), "follows": ""}
            row |= {"town_id": town_ids[n % len(town_ids)], "residence": "town"}
            columns, marks = ", ".join(row), ", ".join(f":{name}" for name in row)
            write.run(f"INSERT INTO consultation ({columns}) VALUES ({marks})", **row)


def charts(app: AppTest) -> list[Any]:
    return list(app.get("vega_lite_chart") or app.get("arrow_vega_lite_chart"))


def test_with_nothing_marked_it_says_what_to_do_first() -> None:
    app = at()
    assert "まだ取組がありません" in app.info[0].value
    assert app.button(key="actions_new").label == "取組を記録する"
    assert not app.get("download_button")


def test_an_action_is_marked_in_a_few_taps_and_undone_with_one() -> None:
    app = at()
    app.button(key="actions_new").click().run()
    app.button_group(key="actions_kind").set_value("outreach").run()
    app.text_input(key="actions_title").set_value("老人クラブで話した").run()
    app.button_group(key="actions_towns_row").set_value("ハ").run()
    app.button_group(key="actions_towns_in_ハ").set_value(["042111-早股", "042111-本町"]).run()
    kept = next(one.value for one in app.markdown if "届けたい地区]" in one.value)
    assert "声かけ・お知らせ" in kept
    assert "老人クラブで話した" in kept
    assert "早股、本町" in kept
    app.button(key="actions_save").click().run()
    assert not app.error
    assert "記録しました：老人クラブで話した" in texts(app)
    [made] = actions.actions(person("planner"))
    assert made.town_ids == ("042111-早股", "042111-本町")
    assert made.trial
    assert "最初の4週間は" in texts(app)
    app.button(key="actions_undo").click().run()
    assert actions.actions(person("planner"))[0].withdrawn_at
    assert "取り消した取組 1件" in [one.label for one in app.expander]


def test_neighbourhoods_of_several_rows_are_gathered_and_taken_away_again() -> None:
    app = at()
    app.button(key="actions_new").click().run()
    app.button_group(key="actions_towns_row").set_value("ハ").run()
    app.button_group(key="actions_towns_in_ハ").set_value(["042111-早股"]).run()
    other = next(one for one in places.towns() if one.kana_row == "サ")
    app.button_group(key="actions_towns_row").set_value("サ").run()
    app.button_group(key="actions_towns_in_サ").set_value([other.id]).run()
    assert set(app.button_group(key="actions_towns_all").value) == {"042111-早股", other.id}
    app.button_group(key="actions_towns_all").set_value([other.id]).run()
    app.button_group(key="actions_towns_row").set_value("ハ").run()
    assert app.button_group(key="actions_towns_in_ハ").value == []
    assert app.session_state["actions_towns_chosen"] == [other.id]


def test_a_link_brings_its_neighbourhood_and_kind_once() -> None:
    app = at(town="042111-早股", kind="class")
    assert app.button_group(key="actions_kind").value == "class"
    assert app.button_group(key="actions_towns_all").value == ["042111-早股"]
    app.button_group(key="actions_towns_all").set_value([]).run()
    assert app.session_state["actions_towns_chosen"] == []
    for wrong in ({"town": "nowhere<b>"}, {"kind": "class"}):
        assert at("staff", **wrong).button(key="actions_new")


def test_what_the_desk_has_gives_an_action_its_name() -> None:
    app = at(town="042111-早股", kind="desk")
    desk_id, name = next(iter(actions.choices(person("planner"), kind="desk").items()))
    app.selectbox(key="actions_about_desk").select(desk_id).run()
    app.button(key="actions_save").click().run()
    [made] = actions.actions(person("planner"))
    assert (made.title, made.about) == (name, desk_id)


def test_a_refusal_says_why_and_keeps_what_was_typed() -> None:
    app = at(town="042111-早股", kind="outreach")
    app.button(key="actions_save").click().run()
    assert app.error[0].value == "入力してください：名前"
    app.text_input(key="actions_title").set_value("090-1234-5678にかける").run()
    app.button(key="actions_save").click().run()
    assert "11けた" in app.error[0].value
    assert app.text_input(key="actions_title").value == "090-1234-5678にかける"
    assert actions.actions(person("planner")) == []


def test_what_was_found_is_said_in_the_list_and_shown_in_pictures() -> None:
    town_ids = busiest(3)
    marked(town_ids=town_ids)
    marked("new", days=3, title="はじめたばかり")
    rise(town_ids)
    app = at()
    shown = texts(app)
    assert "前の3か月（12週間）とくらべて" in shown
    assert "ふえました" in shown
    assert "まだ早いです" in shown
    assert "声かけ \\*さくら\\*" in shown
    assert "見本" in app.warning[0].value
    app.button(key="actions_open_a").click().run()
    assert "証明ではありません" in texts(app)
    drawn = charts(app)
    assert len(drawn) == 2
    for one in drawn:
        spec = json.loads(one.proto.spec)
        assert spec["usermeta"] == {"embedOptions": {"actions": False}}
        assert "http" not in json.dumps({k: v for k, v in spec.items() if k != "$schema"})
    assert "もとの数を見る" in [one.label for one in app.expander]
    app.button(key="actions_all").click().run()
    assert app.button(key="actions_open_new")


def test_the_address_keeps_the_action_how_long_and_what_is_counted() -> None:
    marked(days=200)
    app = at(action="a")
    assert "前の3か月" in texts(app)
    app.button_group(key="actions_span").set_value(168).run()
    app.button_group(key="actions_use_a").set_value("class").run()
    kept = {name: str(value) for name, value in dict(app.query_params).items()}
    assert (kept["action"], kept["weeks"], kept["use"]) == ("a", "24", "class")
    again = at(action="a", weeks="24", use="class")
    assert again.button_group(key="actions_span").value == 168
    assert again.button_group(key="actions_use_a").value == "class"
    for parts in ({"action": "none<b>"}, {"action": "a", "weeks": "x", "use": "x"}):
        assert at(**parts).title
    assert "その取組はありません" in at(action="none").error[0].value


def test_an_action_is_taken_back_after_a_question_and_counts_again() -> None:
    marked()
    app = at("staff", action="a")
    app.button(key="actions_withdraw").click().run()
    assert any("記録は、取り消した人の名前と日時" in one.value for one in app.markdown)
    app.button(key="actions_withdraw_yes").click().run()
    [gone] = actions.actions(person("planner"))
    assert gone.withdrawn_by == "test staff"
    assert "取り消しました" in texts(app)
    app.button(key="actions_restore").click().run()
    assert not actions.actions(person("planner"))[0].withdrawn_at


def test_whoever_signed_out_meanwhile_takes_nothing_back() -> None:
    marked()
    app = at(action="a")
    app.button(key="actions_withdraw").click().run()
    assert store.rows("SELECT id FROM session")
    with store.transaction() as write:
        write.run("DELETE FROM session")
    app.button(key="actions_withdraw_yes").click().run()
    assert not actions.actions(person("planner"))[0].withdrawn_at


def test_the_table_carries_the_numbers_the_doubts_and_the_mark_of_a_sample() -> None:
    town_ids = busiest(3)
    marked(town_ids=town_ids, title="=1+1")
    marked("new", days=3)
    rise(town_ids)
    now = times.now()
    planner = person("planner")
    found = looked_back.looks(planner, now=now)
    text = action_words.looks_csv(planner, found, now=now).content.decode("utf-8-sig")
    lines = text.splitlines()
    assert "見本です" in lines[1]
    assert "庁内用" in lines[2]
    header, new, old = (line for line in lines if not line.startswith("#"))
    assert header.endswith(",メモ,見本")
    assert old.startswith("'=1+1,声かけ・お知らせ,")
    assert ",ふえました,前の3か月（12週間）とくらべて" in old
    assert "証明ではありません" in old
    assert "まだ早いです" in new
    assert {line.rsplit(",", 1)[1] for line in (new, old)} == {"見本"}


def test_a_volunteer_reads_no_table() -> None:
    with refuses("not_allowed"):
        action_words.looks_csv(Actor("v", "", "volunteer"), (), now=times.now())
