"""The navigator's screen by AppTest: the start, both faces of a procedure, every way back."""

from dataclasses import replace
from datetime import date, time

import pytest
from streamlit.testing.v1 import AppTest

from desk import consultations, store, times
from desk.consultations import ConsultationForm
from desk.guide import faces, flow, misses, procedures, search
from desk.guide.now import fitting, options
from desk.guide.procedures import GROUPS, OLD, PLACES, Fact
from desk.guide.questions import QUESTIONS
from desk.guide.stops import STOPS
from desk.language import catalogue
from pages.parts import procedure
from pages.parts.furigana import ruby
from pages.parts.words import plain
from tests.conftest import DESK, person
from tests.test_screens import button, screen, texts

pytestmark = pytest.mark.usefixtures("desk")
PATH = "volunteer/guide.py"
JUMINHYO = "konbini-juminhyo"


def opened(**address: str) -> AppTest:
    """The screen at an address."""
    app = screen(PATH, "volunteer")
    for name, value in address.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def address(app: AppTest) -> dict[str, str]:
    """Where the screen is now, the language left out."""
    found = {
        name: value if isinstance(value, str) else value[-1]
        for name, value in app.query_params.items()
        if name != "lang"
    }
    return {name: value for name, value in found.items() if value}


def html(app: AppTest) -> str:
    return "\n".join(one.proto.body for one in app.get("html"))


def test_the_start_has_a_field_and_every_group_and_a_tap_lists_what_is_in_it() -> None:
    app = opened()
    groups = [one.key for one in app.button if str(one.key).startswith("guide_group_")]
    assert groups == [f"guide_group_{key}" for key in GROUPS]
    for key in GROUPS:
        app = opened()
        app.button(key=f"guide_group_{key}").click().run()
        assert address(app) == {"group": key}
        listed = {str(one.key) for one in app.button}
        wanted = {one.id for one in procedures.all_procedures().values() if one.group == key}
        assert {f"guide_group_{id}" for id in wanted} <= listed
    app.button(key="guide_groups_back").click().run()
    assert address(app) == {}


def test_a_procedure_is_two_taps_away_and_back_is_one() -> None:
    app = opened()
    app.button(key="guide_group_care").click().run()
    app.button(key="guide_group_kaigo-nintei").click().run()
    assert address(app) == {"id": "kaigo-nintei"}
    assert app.title[0].value == plain(procedures.get("kaigo-nintei").title)
    app.button(key="guide_back").click().run()
    assert address(app) == {}


def test_words_find_and_the_field_is_in_the_way_of_nothing() -> None:
    app = opened()
    app.text_input(key="guide_words").set_value("住民票がほしい").run()
    found = [one.key for one in app.button if str(one.key).startswith("guide_found_")]
    assert found == [f"guide_found_{one.id}" for one in search.find("住民票がほしい")]
    assert not app.info
    app.button(key=f"guide_found_{JUMINHYO}").click().run()
    assert address(app) == {"id": JUMINHYO}


def counted() -> list[tuple[str, int]]:
    return [(one.words, one.count) for one in misses.open_misses(person("staff"))]


def test_what_finds_nothing_is_counted_without_a_tap_as_what_was_typed_to_the_end() -> None:
    app = opened()
    for typed in ("パ", "パン", "パンの", "パンの焼", "パンの焼き方"):
        app.text_input(key="guide_words").set_value(typed).run()
        assert [one for one in app.button if str(one.key).startswith("guide_found_")]
    assert [one.value for one in app.info] == ["ぴったりのものはありません。近いものです。"]
    assert [one.value for one in app.success] == ["書きとめました。職員が見て、足します。"]
    assert "guide_missing_note" not in {one.key for one in app.button}
    assert "窓口で聞く" in texts(app)
    assert counted() == [("パンの焼き方", 1)]
    found = next(str(one.key) for one in app.button if str(one.key).startswith("guide_found_"))
    app.button(key=found).click().run()
    app.button(key="guide_back").click().run()
    assert app.text_input(key="guide_words").value == "パンの焼き方"
    for typed in ("パンの焼", "パン", ""):  # deleted letter by letter
        app.text_input(key="guide_words").set_value(typed).run()
    assert counted() == [("パンの焼き方", 1)]


def test_what_is_found_once_it_is_typed_to_the_end_is_not_counted() -> None:
    app = opened()
    app.text_input(key="guide_words").set_value("としょ").run()
    before = counted()
    for typed in ("らい", "ぱんの", "図書館"):
        app.text_input(key="guide_words").set_value(typed).run()
    assert not app.info
    assert counted() == before == []


def test_what_found_something_else_is_counted_when_somebody_says_so_and_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = opened()
    app.text_input(key="guide_words").set_value("住民票").run()
    assert counted() == []
    app.button(key="guide_missing_note").click().run()
    assert counted() == [("住民票", 1)]
    assert [one.value for one in app.success] == ["書きとめました。職員が見て、足します。"]
    assert "guide_missing_note" not in {one.key for one in app.button}
    monkeypatch.setattr(misses, "note", lambda _words, _now: False)
    app.text_input(key="guide_words").set_value("住民票がほしい").run()
    app.button(key="guide_missing_note").click().run()
    assert [one.value for one in app.warning] == [
        "書きとめられませんでした。職員に伝えてください。"
    ]
    assert not app.success


def test_what_cannot_be_counted_is_not_called_noted() -> None:
    app = opened()
    for typed in ("宇", "旅" * 41, "宇宙 1234"):
        app.text_input(key="guide_words").set_value(typed).run()
        assert app.info
        assert not app.success
    assert counted() == []


def test_a_number_typed_slowly_leaves_nothing_behind() -> None:
    app = opened()
    for typed in ("宇宙の", "宇宙の123", "宇宙の1234", "宇宙の12345678", "宇宙の123456789018"):
        app.text_input(key="guide_words").set_value(typed).run()
    assert len(app.error) == 1
    assert store.rows("SELECT * FROM guide_miss") == []


def test_a_number_of_somebody_is_neither_searched_nor_noted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked_for: list[str] = []
    monkeypatch.setattr(search, "look", lambda words, **_more: asked_for.append(words))
    app = opened()
    app.text_input(key="guide_words").set_value("1234 5678 9018").run()
    assert "マイナンバーの可能性" in app.error[0].value
    assert asked_for == []
    assert app.text_input(key="guide_words").value == "1234 5678 9018"
    assert "guide_missing_note" not in {one.key for one in app.button}


@pytest.mark.parametrize(("role", "may"), [("volunteer", False), ("staff", True)])
def test_who_may_edit_a_procedure_gets_there_in_one_tap(role: str, may: bool) -> None:
    app = screen(PATH, role)
    app.query_params["id"] = JUMINHYO
    app.run()
    assert ("guide_edit_this" in {one.key for one in app.button}) is may


def test_what_this_desk_was_asked_most_is_one_tap_away() -> None:
    volunteer = person("volunteer")
    for n in range(3):
        consultations.log(
            volunteer,
            id=f"wifi{n}",
            form=ConsultationForm(
                DESK, "walk_in", "outside", None, "75-79", "wifi", procedure_id="wifi-join"
            ),
            now=times.now(),
        )
    with store.transaction() as write:
        write.run("UPDATE person SET desk_id = :desk WHERE name = 'test volunteer'", desk=DESK)
    app = opened()
    assert "この窓口で よく聞かれること" in [one.value for one in app.subheader]
    app.button(key="guide_common_wifi-join").click().run()
    assert address(app) == {"id": "wifi-join"}


def test_an_unknown_procedure_in_the_address_is_a_sentence_and_the_start() -> None:
    app = opened(id="no-such")
    assert len(app.error) == 1
    assert button(app, "証明書")


def test_the_first_look_answers_what_to_bring_whether_online_and_where_now() -> None:
    app, today = opened(), times.today(times.now())
    lacking = []
    for id, one in procedures.all_procedures().items():
        app.query_params["id"] = id
        said = texts(app.run())
        certain = (one.overview, one.online, one.deadline, one.fee, *one.traps)
        papers = (*one.forms, *one.attachments)
        here = one.state(today) == procedures.CURRENT
        ways = [way for way in one.ways if way.place != procedures.HERE or here]
        facts = [*certain, *papers, *(fact for way in ways for fact in (way.about, *way.bring))]
        wanted = [plain(fact.text) for fact in facts]
        wanted += [catalogue("ja").gettext(PLACES[way.place]) for way in ways]
        wanted += [plain(STOPS[key].text) for key in one.stops]
        lacking += [(id, text) for text in wanted if text not in said]
        unsure = {fact.text for fact in facts if not fact.certain}
        lacking += [(id, "市に確認")] if said.count("市に確認]") < len(unsure) else []
    assert lacking == []


def test_answers_are_taps_and_can_be_changed_and_taken_back() -> None:
    app = opened(id=JUMINHYO)
    assert plain(QUESTIONS["card"].text) in texts(app)
    app.button(key="big_yes").click().run()
    app.button(key="big_no").click().run()
    assert address(app) == {"id": JUMINHYO, "a": "yn"}
    assert [one.value for one in app.info] == [
        plain(faces.reachable(procedures.get(JUMINHYO), (True, False)).because)
    ]
    assert "コンビニで**" not in texts(app)
    app.button(key="guide_change_1").click().run()
    assert address(app)["a"] == "yy"
    assert "コンビニで**" in texts(app)
    app.button(key="guide_change_0").click().run()
    assert address(app)["a"] == "n"
    app.button(key="guide_change_0").click().run()
    assert address(app)["a"] == "y"
    app.button(key="guide_step_back").click().run()
    assert address(app) == {"id": JUMINHYO}


@pytest.mark.parametrize("id", ["kaigo-jutaku", "remote-app"])
def test_every_path_on_the_screen_ends_with_its_places_and_why(id: str) -> None:
    one = fitting(procedures.get(id), times.now())
    for path in flow.paths(one):
        app = opened(id=id)
        for _ask, yes in path.asked:
            app.button(key="big_yes" if yes else "big_no").click().run()
        assert "big_yes" not in {found.key for found in app.button}
        said = texts(app)
        assert plain(path.outcome.because) in said
        for place in path.outcome.go:
            way = one.way(place)
            assert way
            offered = place != "here" or one.state(times.today(times.now())) == procedures.CURRENT
            assert (plain(way.about.text) in said) == offered


def test_a_way_that_is_closed_says_when_it_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    night = times.at(date(2026, 11, 25), time())
    monkeypatch.setattr(
        procedure, "options", lambda one, outcome, _now: options(one, outcome, night)
    )
    app = opened(id=JUMINHYO)
    [line] = [one.value for one in app.markdown if "コンビニで**" in one.value]
    assert ":gray[:material/schedule: いまは使えません・" in line
    assert "6時30分から" in line
    # What is open, or may be, comes before what is closed.
    assert texts(app).index("市役所で**") < texts(app).index("コンビニで**")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("expires_on: 2020-01-01", "期限切れ（1月1日（水）まで）"),
        ("checked_on: 2020-01-01", "180日以上 確かめていません"),
        ("owner: ''", "担当がまだ決まっていません"),
        ("", "確認ずみ"),
    ],
)
def test_how_far_it_can_be_trusted_is_said(
    change: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = times.today(times.now())
    file = (procedures.FOLDER / "wifi-join.yaml").read_text("utf-8")
    lines = [one for one in file.splitlines() if not one.startswith(("checked_on", "expires_on"))]
    lines += [f"checked_on: {today}", f"expires_on: {today + OLD}"]
    if change:
        lines = [one for one in lines if not one.startswith(change.split(":")[0])] + [change]
    one = procedures.read("\n".join(lines))
    monkeypatch.setattr(procedures, "get", lambda _id: one)
    app = opened(id="wifi-join")
    assert words in texts(app)
    # What nobody answers for is not offered as “here and now”.
    assert ("いまここで**" in texts(app)) == (not change)


def test_the_resident_reads_one_sentence_at_a_time_and_the_volunteer_comes_back() -> None:
    one = procedures.get(JUMINHYO)
    app = opened(id=JUMINHYO, a="yy")
    app.button(key="guide_turn").click().run()
    assert address(app) == {"id": JUMINHYO, "a": "yy", "face": "resident"}
    assert "<ruby>住民票<rt>じゅうみんひょう</rt></ruby>" in html(app)
    cards = faces.cards(one, (True, True))
    for number, card in enumerate(cards):
        shown = html(app)
        assert f"{number + 1} / {len(cards)}" in shown
        others = [other for other in cards if other != card and other.text]
        assert not card.text or ruby(card.text) in shown
        assert not [other for other in others if f">{ruby(other.text)}<" in shown]
        assert app.button(key="guide_next").disabled == (number + 1 == len(cards))
        if number + 1 < len(cards):
            app.button(key="guide_next").click().run()
    app.button(key="guide_previous").click().run()
    assert address(app)["n"] == str(len(cards) - 1)
    app.button(key="guide_turn_back").click().run()
    assert address(app) == {"id": JUMINHYO, "a": "yy"}


def test_the_resident_answers_and_back_takes_the_answer_back() -> None:
    app = opened(id=JUMINHYO, face="resident")
    assert app.button(key="guide_previous").disabled
    app.button(key="big_yes").click().run()
    assert address(app)["a"] == "y"
    assert ruby(QUESTIONS["pin4"].easy) in html(app)
    app.button(key="guide_previous").click().run()
    assert "a" not in address(app)
    assert ruby(QUESTIONS["card"].easy) in html(app)


@pytest.mark.parametrize("n", ["0", "-1", "x", "²", "99999", ""])
def test_any_number_in_a_shared_address_is_a_card(n: str) -> None:
    app = opened(id=JUMINHYO, face="resident", n=n)
    assert " / " in html(app)


def test_from_a_procedure_to_its_log_entry_is_one_tap() -> None:
    app = opened(id=JUMINHYO)
    app.button(key="guide_log").click().run()
    assert not app.exception
    assert app.title[0].value == "相談を記録する"
    assert address(app)["procedure"] == JUMINHYO


def test_the_slip_is_one_tap_away_with_the_answers_in_its_address() -> None:
    app = opened(id=JUMINHYO, a="yy")
    assert f"/guide/{JUMINHYO}/memo?a=yy" in [one.proto.url for one in app.get("link_button")]
    app.session_state["lang"] = "en"
    app.run()
    assert f"/guide/{JUMINHYO}/memo?a=yy&lang=en" in [
        one.proto.url for one in app.get("link_button")
    ]
    assert app.title[0].value == plain(procedures.get(JUMINHYO).title_en)


def test_hostile_text_stays_text(monkeypatch: pytest.MonkeyPatch) -> None:
    hostile = "<script>alert(1)</script>**x** [a](javascript:alert(2)) :red[y] {z|<img>}"
    file = (procedures.FOLDER / f"{JUMINHYO}.yaml").read_text("utf-8")
    one = procedures.read(file)
    fact = Fact(hostile, certain=False)
    way = replace(one.ways[0], about=fact, bring=(fact,), steps=(hostile,))
    bad = replace(
        one,
        title=hostile,
        title_en=hostile,
        overview=fact,
        deadline=fact,
        forms=(fact,),
        online=fact,
        traps=(fact,),
        owner=hostile,
        source=hostile,
        ways=(way, *one.ways[1:]),
        flow=procedures.Outcome(("store", "city"), hostile),
    )
    monkeypatch.setattr(procedures, "get", lambda _id: bad)
    said = texts(opened(id=JUMINHYO))
    assert hostile not in said
    assert plain(hostile) in said
    assert "[a](" not in said
    for n in range(1, 12):
        shown = html(opened(id=JUMINHYO, face="resident", n=str(n)))
        assert "<script>" not in shown
        assert "<img" not in shown
    assert "&lt;script&gt;alert(1)" in shown


def test_the_gate_is_asked_again_at_every_tap() -> None:
    app = opened(id=JUMINHYO)
    app.session_state["session_token"] = ""
    app.button(key="big_yes").click().run()
    assert not app.exception
    assert "big_yes" not in {one.key for one in app.button}
