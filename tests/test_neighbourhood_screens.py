"""The planner's map and page of neighbourhoods: what they say, keep in the address, and lack."""

import uuid
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from desk import places, store, times, trial
from desk.gaps.labels import LABELS, NEXT_STEPS
from desk.language import catalogue
from pages.parts.loop import STEPS
from pages.parts.who import TOKEN
from pages.parts.words import plain
from tests.conftest import person, signed_in
from tests.test_screens import FRAME, texts

pytestmark = pytest.mark.usefixtures("desk")
ALL, ONE = "planner/neighbourhoods.py", "planner/neighbourhood.py"
PAGES = Path(FRAME).parent
WHY = plain("いちばん近い相談窓口まで直線で2.9km、圏外です。")
JAPANESE = catalogue("ja").gettext


def open_screen(path: str, **address: str) -> AppTest:
    """A planner's screen at an address."""
    app = AppTest.from_file(FRAME, default_timeout=30)
    app.session_state[TOKEN] = signed_in("test planner", times.now())
    app.run()
    app.switch_page(path)
    for name, value in address.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def said(app: AppTest) -> str:
    return "\n".join([texts(app), *(str(one.value) for one in app.caption)])


def town(name: str) -> str:
    return next(one.id for one in places.towns() if one.name == name)


def address(app: AppTest) -> dict[str, str]:
    return {name: "".join(value) for name, value in app.query_params.items()}


def test_the_table_has_every_neighbourhood_and_samples_are_marked() -> None:
    app = open_screen(ALL)
    table = app.dataframe[0].value
    assert sorted(table["地区"]) == sorted(one.name for one in places.towns())
    assert set(table["判断"]) <= {JAPANESE(text) for text in LABELS.values()}
    assert table["理由"].str.len().min() > 5
    assert ":orange-badge[見本]" in said(app)
    assert app.get("download_button")


def test_the_first_glance_says_which_and_why() -> None:
    app = open_screen(ALL)
    links = [one.proto.label for one in app.get("page_link")]
    assert any("下野郷" in label and "必要とする人 約" in label for label in links)
    assert WHY in texts(app)
    assert ":red-badge[▲ 届いていない" in texts(app)
    assert any(label.startswith(":red[▲]") for label in links)


def test_what_is_chosen_is_in_the_address_and_an_address_is_what_is_chosen() -> None:
    app = open_screen(ALL)
    app.button_group(key="gap_within").set_value(800).run()
    app.button_group(key="gap_kind").set_value("class").run()
    app.selectbox(key="gap_when").select("saturday").run()
    app.selectbox(key="gap_days").select(730).run()
    kept = {"kind": "class", "within": "800", "when": "saturday", "days": "730"}
    assert address(app).items() >= kept.items()
    again = open_screen(ALL, **kept)
    assert again.button_group(key="gap_within").value == 800
    assert again.button_group(key="gap_kind").value == "class"
    assert again.selectbox(key="gap_when").value == "saturday"
    assert again.selectbox(key="gap_days").value == 730
    first, second = (one.dataframe[0].value for one in (app, again))
    assert first.equals(second)


def test_an_address_of_nonsense_is_as_usual() -> None:
    app = open_screen(ALL, kind="x", within="1e9", when="", days="-1", together="yes")
    assert app.dataframe[0].value.equals(open_screen(ALL).dataframe[0].value)


def test_other_settings_give_another_answer() -> None:
    app = open_screen(ALL)
    before = app.dataframe[0].value
    app.button_group(key="gap_kind").set_value("wifi").run()
    assert "Wi-Fiの利用は数えていないので" in said(app)
    assert not app.dataframe[0].value.equals(before)
    assert app.dataframe[0].value["利用（件）"].isna().all()


def test_how_much_more_is_needed_is_said_and_neighbours_can_be_seen_together() -> None:
    app = open_screen(ALL)
    assert "件で判断できます" in texts(app)
    assert "近くの地区をまとめると" in texts(app)
    app.toggle(key="gap_together").set_value(True).run()
    assert address(app)["together"] == "1"
    together = app.dataframe[0].value
    assert len(together) < len(places.towns())
    assert together["地区"].str.contains("ほか").any()
    app.toggle(key="gap_together").set_value(False).run()
    assert len(app.dataframe[0].value) == len(places.towns())


def log(count: int, residence: str) -> None:
    """So many more consultations of people who live somewhere."""
    like = store.one("SELECT * FROM consultation WHERE residence = 'unknown' LIMIT 1")
    assert like
    with store.transaction() as write:
        for _ in range(count):
            row = {**like, "id": str(uuid.uuid4()), "residence": residence, "visit": "first"}
            write.run(
                f"INSERT INTO consultation ({', '.join(row)}) "
                f"VALUES ({', '.join(f':{name}' for name in row)})",
                **row,
            )


def test_too_many_without_a_neighbourhood_and_a_banner_says_so() -> None:
    log(200, "unknown")
    app = open_screen(ALL)
    assert "地区がわかりません（限度は20%）" in app.error[0].value
    assert set(app.dataframe[0].value["判断"]) == {"まだ判断できない"}
    page = open_screen(ONE, town=town("下野郷"))
    assert "地区がわかりません（限度は20%）" in page.error[0].value


def test_without_any_use_it_says_so() -> None:
    trial.empty()
    app = open_screen(ALL)
    assert "利用の記録がない" in app.info[0].value
    assert len(app.dataframe[0].value) == len(places.towns())
    open_screen(ONE, town=town("下野郷"))


def test_a_neighbourhood_without_population_says_so() -> None:
    with store.transaction() as write:
        write.run("DELETE FROM population WHERE town_id = :town", town=town("下野郷"))
    table = open_screen(ALL).dataframe[0].value.set_index("地区")
    assert table.loc["下野郷", "判断"] == "まだ判断できない"
    page = open_screen(ONE, town=town("下野郷"))
    assert "人口" in texts(page)
    assert "必要とする人 不明" in texts(page)


@pytest.mark.parametrize("path", [ALL, ONE])
def test_without_rates_of_internet_use_it_says_so(path: str) -> None:
    with store.transaction() as write:
        write.run("DELETE FROM figure WHERE key = 'internet_use_80_plus'")
    app = open_screen(path, town=town("下野郷"))
    assert [one.value for one in app.error]
    assert not app.dataframe


def test_without_neighbourhoods_it_says_so() -> None:
    with store.transaction() as write:
        write.run("UPDATE town SET active = 0")
    assert "地区がまだありません" in open_screen(ALL).info[0].value
    assert not open_screen(ONE).dataframe


def test_a_page_says_why_with_numbers_what_was_tried_and_what_to_do() -> None:
    app = open_screen(ONE, town=town("下野郷"))
    assert app.title[0].value == "下野郷はなぜそうなのか"
    shown = texts(app)
    assert WHY in shown
    assert JAPANESE(NEXT_STEPS["not_reached"]) in shown
    assert "矢野目地区中央集会所" in shown
    assert "この91日の利用は" in shown
    assert "つぎの講座" in shown
    numbers = app.table[0].value["値"]
    assert numbers["65–74歳"] == "263"
    assert "–" in numbers["ふつうとの比（90%の範囲）"]
    assert list(app.table[1].value.index) == [
        "いつでも",
        "平日の昼",
        "平日の17時から",
        "土曜",
        "災害のとき",
    ]


def test_a_place_with_wifi_in_reach_is_not_told_to_log_more() -> None:
    shown = texts(open_screen(ONE, town=town("桜一丁目"), kind="wifi"))
    assert "まだ判断できない" in shown
    assert "手を打つ理由は見えません" in shown
    assert JAPANESE(NEXT_STEPS["cannot_tell"]) not in shown


def test_an_action_written_down_is_on_the_page() -> None:
    staff = person("staff")
    with store.transaction() as write:
        write.run(
            "INSERT INTO gap_action (id, kind, title, about, note, starts_on, made_at, made_by) "
            "VALUES ('a', 'outreach', '*声かけ*', '', '', '2026-10-01', :at, :by)",
            at=times.stamp(times.now()),
            by=staff.id,
        )
        write.run(
            "INSERT INTO gap_action_town (action_id, town_id) VALUES ('a', :town)",
            town=town("下野郷"),
        )
    shown = texts(open_screen(ONE, town=town("下野郷")))
    assert "たずねて声をかけた" in shown
    assert r"\*声かけ\*" in shown


def test_without_a_neighbourhood_one_is_chosen() -> None:
    app = open_screen(ONE)
    assert app.title[0].value == "なぜそうなのか"
    app.button_group(key="one_town_row").set_value("サ").run()
    app.button_group(key="one_town_town_サ").set_value(town("下野郷")).run()
    assert app.title[0].value == "下野郷はなぜそうなのか"
    assert address(app)["town"] == town("下野郷")


def test_a_neighbourhood_nobody_knows_is_asked_for_again() -> None:
    app = open_screen(ONE, town="<script>")
    assert app.warning[0].value == "地区を一覧から選んでください。"
    assert app.title[0].value == "なぜそうなのか"


@pytest.mark.parametrize(("path", "here"), [(ALL, "look"), (ONE, "understand")])
def test_the_steps_of_the_plan_lead_on_with_what_was_chosen(path: str, here: str) -> None:
    app = open_screen(path, kind="class", town=town("下野郷"))
    links = {one.proto.label: one.proto.query_string for one in app.get("page_link")}
    there = [step for step, (file, _text) in STEPS.items() if (PAGES / file).exists()]
    for step, (_file, text) in STEPS.items():
        assert (JAPANESE(text) in links) is (step in there and step != here)
    assert f"**{JAPANESE(STEPS[here][1])}**" in texts(app)
    other = next(step for step in there if step != here)
    assert "kind=class" in links[JAPANESE(STEPS[other][1])]
