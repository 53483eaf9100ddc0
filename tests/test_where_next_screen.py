"""The planner's screen of where next: what is proposed, what one tries, what a link brings."""

import re

import pytest
from streamlit.testing.v1 import AppTest

from desk import store, times
from desk.gaps import where
from desk.gaps.city import Settings
from desk.gaps.where import Plan
from tests.conftest import person
from tests.test_screens import screen, texts

pytestmark = pytest.mark.usefixtures("desk")
PATH = "planner/where_next.py"


def open_screen(**address: str | list[str]) -> AppTest:
    app = screen("", "planner")
    for name, value in address.items():
        app.query_params[name] = value
    app.switch_page(PATH).run()
    assert not app.exception
    return app


def plan(kind: str = "desk", metres: int = 2_000, p: int = 3, **more: object) -> Plan:
    settings = Settings(kind=kind, metres=metres)
    return where.where_next(person("planner"), settings, p, now=times.now(), **more)


def chosen(app: AppTest) -> list[str]:
    """The ids of the places on the cards, in order."""
    keys = [one.key or "" for one in app.button]
    return [key.removeprefix("where_out_") for key in keys if key.startswith("where_out_")]


def words(app: AppTest) -> str:
    return texts(app).replace("\\", "")


def test_the_proposal_is_shown_in_order_with_the_people_each_adds() -> None:
    app, found = open_screen(), plan()
    assert chosen(app) == list(found.best.ids)
    assert len(found.best.ids) == 3
    for number, step in enumerate(found.best.steps, 1):
        assert f"{number}. {step.place.name}" in words(app)
        assert f"+ 約{round(step.people)}人" in words(app)
    assert f"3か所で、新しく約{round(found.best.people)}人に届きます" in words(app)
    assert any("計算で確かめました" in str(one.value) for one in app.caption)
    assert "見本" in words(app)
    assert "あなたの選び方" not in words(app)


def test_a_place_taken_out_is_compared_with_the_proposal_and_comes_back() -> None:
    app, found = open_screen(), plan()
    first, *rest = found.best.ids
    app.button(key=f"where_out_{first}").click().run()
    assert chosen(app) == rest
    own = plan(chosen=rest)
    less = round(found.best.people - own.own.people)
    assert f"あなたの選び方：2か所で約{round(own.own.people)}人。" in words(app)
    assert f"提案より約{less}人少なくなります" in words(app)
    assert app.query_params["sites"] == rest
    # The best one more is the one taken out.
    app.button(key="where_more").click().run()
    assert set(chosen(app)) == set(found.best.ids)
    app.button(key=f"where_out_{first}").click().run()
    app.button(key="where_back").click().run()
    assert chosen(app) == list(found.best.ids)
    assert "sites" not in app.query_params or app.query_params["sites"] in ([], [""])


def test_a_tie_takes_the_place_of_a_proposed_one() -> None:
    app, found = open_screen(), plan()
    step = found.best.steps[0]
    other = step.instead[0]
    label = app.button(key=f"where_swap_{step.place.id}_{other.place.id}").label
    assert other.place.name in label.replace("\\", "")
    assert f"{round(other.less)}人 少ない" in label
    app.button(key=f"where_swap_{step.place.id}_{other.place.id}").click().run()
    assert set(chosen(app)) == {*found.best.ids[1:], other.place.id}
    assert f"提案より約{round(other.less)}人少なくなります" in words(app)


def test_places_are_taken_in_and_out_in_the_list() -> None:
    app, found = open_screen(), plan()
    pills = app.button_group(key="where_list")
    assert pills.value == list(found.best.ids)
    assert len(pills.options) == len(found.places)
    other = next(place.id for place in found.places if place.id not in found.best.ids)
    pills.set_value([other]).run()
    assert chosen(app) == [other]
    own = plan(chosen=[other]).own
    assert f"1か所で約{round(own.people)}人" in words(app)
    app.button_group(key="where_list").set_value([]).run()
    assert chosen(app) == []
    assert "地図か一覧の会場を押してください" in words(app)


def test_another_question_brings_its_own_proposal() -> None:
    app = open_screen()
    app.button(key=f"where_out_{chosen(app)[0]}").click().run()
    app.button_group(key="where_kind").set_value("wifi").run()
    assert chosen(app) == list(plan("wifi").best.ids)
    app.button_group(key="where_within").set_value(500).run()
    app.selectbox(key="where_many").set_value("5").run()
    assert chosen(app) == list(plan("wifi", 500, 5).best.ids)
    assert len(chosen(app)) == 5
    address = {name: str(app.query_params[name]) for name in ("kind", "within", "n")}
    assert address == {"kind": "wifi", "within": "500", "n": "5"}


def test_a_link_brings_back_question_and_choice_and_says_what_is_gone() -> None:
    own = [place.id for place in plan("class", 800, 2).places][:2]
    app = open_screen(kind="class", within="800", n="2", sites=[*own, "nowhere"])
    assert set(chosen(app)) == set(own)
    assert "1か所は、もう選べないので外しました" in words(app)


@pytest.mark.parametrize(
    "address",
    [{"kind": "zoo"}, {"within": "-1"}, {"n": "9999"}, {"when": "never"}, {"sites": ["<b>"]}],
)
def test_what_an_address_cannot_mean_is_as_usual(address: dict[str, str | list[str]]) -> None:
    app = open_screen(**address)
    assert app.button_group(key="where_kind").value == "desk"
    assert app.button_group(key="where_within").value == 2000
    assert app.selectbox(key="where_many").value == "3"
    if "sites" not in address:
        assert chosen(app) == list(plan().best.ids)


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("UPDATE town SET active = 0", "地区がまだありません"),
        ("UPDATE population SET active = 0", "人口の表が"),
        ("UPDATE venue SET active = 0", "新しく選べる会場がありません"),
    ],
)
def test_where_there_is_nothing_to_choose_it_says_why(sql: str, said: str) -> None:
    with store.transaction() as write:
        write.run(sql)
    app = open_screen()
    assert said in words(app)
    assert not app.error
    assert chosen(app) == []


def test_a_name_is_shown_as_it_is() -> None:
    name = "**会場** [x](y) $a$ :red[b]"
    id = plan().best.ids[0]
    with store.transaction() as write:
        write.run("UPDATE venue SET name = :name WHERE id = :id", name=name, id=id)
    app = open_screen()
    shown = next(one.value for one in app.markdown if "\\*\\*会場" in str(one.value))
    assert name in re.sub(r"\\(.)", r"\1", shown)


def test_a_choice_of_more_places_than_anybody_counts_is_drawn() -> None:
    with store.transaction() as write:
        for n in range(120):
            write.run(
                "INSERT INTO venue (id, name, kana, kind, address, lat, lng, source) "
                "VALUES (:id, :id, '', '', '', :lat, 140.9, 'test')",
                id=f"more {n:03}",
                lat=38.05 + n * 0.001,
            )
    app = open_screen(sites=[f"more {n:03}" for n in range(120)])
    assert len(chosen(app)) == 120
    assert len(app.multiselect(key="where_list").value) == 120
