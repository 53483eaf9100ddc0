"""The screen on which staff edit procedures, by AppTest: two people, a refusal, a draft."""

import uuid
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from desk import times
from desk.guide import edits, flow, misses, procedures, words, writing
from desk.guide.now import fitting
from desk.guide.procedures import Fact
from desk.people import Actor
from pages.parts import guide_form, who
from tests.conftest import person
from tests.test_screens import screen, texts

pytestmark = pytest.mark.usefixtures("desk")
PATH = "staff/procedures.py"
ID = "konbini-juminhyo"
NUMBER = "１２３４５６７８９０１８"


def editing(id: str = ID, role: str = "staff") -> AppTest:
    app = screen(PATH, role)
    app.button(key=f"guide_edit_{id}").click().run()
    assert not app.exception
    return app


def made(title: str = "直した題", who: Actor | None = None) -> edits.Version:
    one = replace(procedures.get(ID), title=title)
    return edits.propose(
        who or person("staff", f"同僚 {uuid.uuid4().hex[:4]}"),
        id=str(uuid.uuid4()),
        contents=writing.write(one),
        reason="市に聞いた",
        now=times.now(),
    )


def test_the_list_says_of_each_procedure_how_it_stands() -> None:
    app = screen(PATH, "staff")
    every = procedures.all_procedures()
    assert f"手続き {len(every)}件" in [one.value for one in app.subheader]
    shown = texts(app)
    for one in every.values():
        assert one.title in shown.replace("\\", "")
    app.button_group(key="guide_sift").set_value("confirm").run()
    left = [one for one in every.values() if words.to_confirm(one)]
    assert sum(one.key.startswith("guide_edit_") for one in app.button if one.key) == len(left)
    app.button_group(key="guide_group").set_value("library").run()
    assert sum(one.key.startswith("guide_edit_") for one in app.button if one.key) == sum(
        one.group == "library" for one in left
    )


def test_one_edits_and_a_second_person_approves() -> None:
    app = editing()
    app.text_area(key=guide_form.key("fee")).set_value("300円")
    app.text_area(key=guide_form.key("traps")).set_value("市に確認：日曜日に使えるか")
    app.text_input(key=guide_form.REASON).set_value("料金が決まった")
    app.run()
    assert "手数料：300円" in texts(app)
    app.button(key="guide_propose").click().run()
    assert app.success[0].value.startswith("提案しました")
    [waits] = edits.waiting(person("admin"))
    assert procedures.get(ID).fee != Fact("300円")
    assert not [one for one in app.button if one.key == "guide_approved"]
    app.button(key=f"guide_look_{waits.id}").click().run()
    assert "あなたの提案です" in app.info[0].value
    assert [one.key for one in app.button if (one.key or "").startswith("guide_app")] == []

    other = screen(PATH, "admin")
    other.button(key=f"guide_look_{waits.id}").click().run()
    assert "手数料：300円" in texts(other)
    assert "料金が決まった" in texts(other)
    other.button(key="guide_approved").click().run()
    assert other.success[0].value.replace("\\", "") == f"承認: {waits.title}"
    now = procedures.get(ID)
    assert now.fee == Fact("300円")
    assert now.traps == (Fact("日曜日に使えるか", certain=False),)
    assert replace(now, fee=waits_before().fee, traps=waits_before().traps) == waits_before()


def html(app: AppTest) -> str:
    return "\n".join(one.proto.body for one in app.get("html"))


def test_both_faces_are_seen_while_it_is_edited_and_before_it_is_approved() -> None:
    app = editing()
    app.text_area(key=guide_form.key("overview")).set_value("まだだれも見ていない概要")
    told = app.text_area(key=guide_form.key("tell"))
    told.set_value(f"{{新|あたら}}しい <b>文</b>です。\n{told.value}").run()
    assert texts(app).count("まだだれも見ていない概要") == 2  # in the difference, and as it looks
    assert "<ruby>新<rt>あたら</rt></ruby>しい &lt;b&gt;文&lt;/b&gt;です。" in html(app)
    ways = app.selectbox(key="guide_preview_way")
    assert len(ways.options) == len(flow.paths(fitting(procedures.get(ID), times.now())))
    assert "コンビニで" in html(app)
    ways.set_value(len(ways.options) - 1).run()
    assert "コンビニで</strong>" not in html(app)
    app.text_area(key=guide_form.key("flow")).set_value("ask: [").run()
    assert not app.exception

    waits = made()
    other = screen(PATH, "admin")
    other.button(key=f"guide_look_{waits.id}").click().run()
    assert other.selectbox(key="guide_preview_way").options == ways.options
    assert "<ruby>" in html(other)


def test_a_tap_that_ends_the_session_writes_nothing() -> None:
    app = editing()
    app.text_input(key=guide_form.REASON).set_value("理由")
    app.text_input(key=guide_form.key("title")).set_value("題")
    app.session_state[who.TOKEN] = ""
    app.button(key="guide_propose").click().run()
    assert edits.waiting(person("staff")) == ()


def waits_before() -> procedures.Procedure:
    return procedures.of_files()[ID]


def test_what_is_wrong_is_said_in_words_and_the_form_stays() -> None:
    app = editing()
    app.text_input(key=guide_form.key("title")).set_value("")
    app.text_input(key=guide_form.REASON).set_value("理由")
    app.button(key="guide_propose").click().run()
    assert "「題名」が空です" in app.error[0].value.replace("\\", "")
    app.text_input(key=guide_form.key("title")).set_value(f"題 {NUMBER}")
    app.button(key="guide_propose").click().run()
    assert app.error
    assert app.text_input(key=guide_form.key("title")).value == f"題 {NUMBER}"
    app.text_input(key=guide_form.key("title")).set_value("題")
    app.text_area(key=guide_form.key("flow")).set_value("ask: [")
    app.button(key="guide_propose").click().run()
    assert "YAMLとして読めません" in app.error[0].value
    assert edits.waiting(person("staff")) == ()


def test_a_form_left_open_is_there_again_and_gone_once_proposed() -> None:
    app = editing()
    app.text_input(key=guide_form.key("title")).set_value("とちゅうの題").run()
    app.button(key="guide_close").click().run()
    assert f"guide_edit_{ID}" in [one.key for one in app.button]
    app.button(key=f"guide_edit_{ID}").click().run()
    assert app.text_input(key=guide_form.key("title")).value == "とちゅうの題"
    app.button(key="guide_close").click().run()
    app.button(key="guide_edit_risai").click().run()  # another's form is its own
    assert app.text_input(key=guide_form.key("title")).value == procedures.get("risai").title
    app.button(key="guide_close").click().run()
    app.button(key=f"guide_edit_{ID}").click().run()
    app.text_input(key=guide_form.REASON).set_value("理由")
    app.button(key="guide_propose").click().run()
    assert app.success
    app.button(key=f"guide_edit_{ID}").click().run()
    assert app.text_input(key=guide_form.key("title")).value == procedures.get(ID).title


def test_an_edit_begun_before_a_colleagues_was_approved_is_refused_and_kept() -> None:
    app = editing()
    waits = made()
    edits.decide(person("admin"), waits.id, edits.APPROVED, times.now())
    app.text_input(key=guide_form.key("title")).set_value("わたしの題")
    app.text_input(key=guide_form.REASON).set_value("理由")
    app.button(key="guide_propose").click().run()
    assert "ほかの内容が承認されました" in app.error[0].value
    assert app.text_input(key=guide_form.key("title")).value == "わたしの題"


def test_a_place_that_is_taken_away_keeps_its_text_until_it_is_proposed() -> None:
    app = editing()
    about = app.text_area(key=guide_form.key("city_about")).value
    assert about
    app.multiselect(key=guide_form.key("places")).set_value(["store"]).run()
    app.run()
    app.multiselect(key=guide_form.key("places")).set_value(["store", "city"]).run()
    assert app.text_area(key=guide_form.key("city_about")).value == about


def test_a_new_procedure_is_made_from_nothing() -> None:
    app = screen(PATH, "staff")
    app.button(key="guide_new").click().run()
    for name, text in {
        "id": "mobile-shop",
        "title": "出張の店",
        "easy": "みせ",
        "title_en": "Shop",
    }.items():
        app.text_input(key=guide_form.key(name)).set_value(text)
    for name in (
        "overview",
        "deadline",
        "online",
        "fee",
        "office",
        "city_about",
        "source",
        "tell",
        "said",
    ):
        app.text_area(key=guide_form.key(name)).set_value(f"{name} の文")
    app.text_input(key=guide_form.REASON).set_value("はじめる")
    app.button(key="guide_propose").click().run()
    assert not app.error
    [waits] = edits.waiting(person("staff"))
    edits.decide(person("admin"), waits.id, edits.APPROVED, times.now())
    one = procedures.get("mobile-shop")
    assert (one.title, one.ways[0].about) == ("出張の店", Fact("city_about の文"))


def test_the_history_shows_what_was_and_goes_back() -> None:
    for title in ("一つめ", "二つめ"):
        waits = made(title)
        edits.decide(person("admin"), waits.id, edits.APPROVED, times.now())
    first = next(one for one in edits.history(person("staff"), ID) if one.title == "一つめ")
    app = screen(PATH, "staff")
    app.button(key=f"guide_history_{ID}").click().run()
    assert "いまの内容" in texts(app)
    app.button(key=f"guide_look_{first.id}").click().run()
    assert "一つめ" in texts(app)
    app.text_input(key="guide_back_reason").set_value("まちがい")
    app.button(key="guide_go_back").click().run()
    assert app.success[0].value.startswith("提案しました")
    [waits] = edits.waiting(person("staff"))
    assert waits.title == "一つめ"
    app.button(key=f"guide_history_{ID}").click().run()
    app.text_input(key="guide_back_reason").set_value("はじめから")
    app.button(key="guide_go_back").click().run()
    assert procedures.of_files()[ID].title in [one.title for one in edits.waiting(person("staff"))]


def test_files_come_in_together_or_not_at_all() -> None:
    changed = replace(procedures.get("risai"), title="り災の新しい題")
    good = ("risai.yaml", writing.write(changed).encode(), "application/yaml")
    app = screen(PATH, "staff")
    app.button(key="guide_bring").click().run()
    app.file_uploader(key="guide_files").set_value([good, ("b.yaml", b"id: [", "text/yaml")])
    app.run()
    assert "入れられないファイルがある間は" in app.error[0].value
    assert not [one for one in app.button if one.key == "guide_files_propose"]
    app.file_uploader(key="guide_files").set_value([good]).run()
    app.text_input(key="guide_files_reason").set_value("まとめて")
    app.button(key="guide_files_propose").click().run()
    assert app.success[0].value == "提案しました：1件"
    assert [one.title for one in edits.waiting(person("staff"))] == ["り災の新しい題"]


@pytest.mark.parametrize("name", ["id", "version", "history"])
def test_an_address_of_nothing_is_no_error(name: str) -> None:
    app = screen("", "staff")
    app.query_params[name] = "<b>none</b>"
    app.switch_page(PATH).run()
    assert not app.exception
    assert app.title[0].value == "手続きを直す"


def test_a_search_without_a_hit_becomes_a_proposal_in_one_tap() -> None:
    words, other = "じゅうみんひょーいる", "ぜんぜんちがうことば"
    misses.note(words, times.now())
    misses.note(other, times.now())
    app = screen(PATH, "staff")
    app.button(key="guide_words").click().run()
    assert words in texts(app)
    keys = [one.key for one in app.button if one.key and one.key.startswith("guide_answer_")]
    assert len(keys) >= 2
    number = next(
        n for n, one in enumerate(misses.open_misses(person("staff"))) if one.words == words
    )
    key = next(one for one in keys if one.startswith(f"guide_answer_{number}_"))
    app.button(key=key).click().run()
    assert app.success[0].value.startswith("提案しました")
    [waits] = edits.waiting(person("admin"))
    assert waits.procedure_id == key.rsplit("_", 1)[1]
    assert words in procedures.read(waits.contents).said
    app.button(key="guide_miss_0").click().run()
    assert misses.open_misses(person("staff")) == ()
    assert "見つからなかった言葉はありません" in texts(app)
