"""The clerk's screen by AppTest: drop a list, see what each row is, take it in, take it back."""

import pytest
from streamlit.testing.v1 import AppTest

from desk import store, wifi
from desk.opendata import imports
from tests.conftest import person
from tests.test_screens import screen, texts

pytestmark = pytest.mark.usefixtures("desk")

HEADER = "都道府県コード又は市区町村コード,NO,名称,住所,緯度,経度,SSID,料金"
LIBRARY = "042111,1,市民図書館,宮城県岩沼市里の杜1-2-45,38.107,140.877,Iwanuma_Free,無料"
SWAPPED = "42111,2,駅前ひろば,宮城県岩沼市館下一丁目1-1,140.86,38.11,Eki_Free,"
FAR = "042111,3,どこか遠い所,,999.0,999.0,X,"
HOSTILE = "042111,4,**太字** [x](http://x.example) <b>,,999.0,,X,"


def drop(app: AppTest, *rows: str, name: str = "wifi.csv", encoding: str = "cp932") -> AppTest:
    content = "\r\n".join([HEADER, *rows]).encode(encoding)
    app.file_uploader(key="import_file_0").set_value((name, content, "text/csv"))
    return app.run()


def opened() -> AppTest:
    return screen("staff/opendata.py", "staff")


def view(app: AppTest, value: str) -> AppTest:
    [rows] = [one for one in app.button_group if str(one.key).startswith("import_view")]
    return rows.set_value(value).run()


def names() -> set[str]:
    return {one.name for one in wifi.spots()}


def test_a_list_is_looked_at_taken_in_and_taken_back() -> None:
    before = names()
    app = drop(opened(), LIBRARY, SWAPPED, FAR)
    assert not app.exception
    shown = texts(app)
    assert "公衆無線LANアクセスポイント一覧" in shown
    assert "そのまま入る **1**" in shown
    assert "直して入る **1**" in shown
    assert "入らない **1**" in shown
    assert "新しく入る **2**" in shown
    assert "ファイルにない **14**" in shown
    assert "使わない列：料金" in {one.value for one in app.caption}
    assert "**4行目**　どこか遠い所" in shown
    assert names() == before

    repaired = view(app, "repaired").dataframe[0].value
    assert {"緯度", "経度"} & set(repaired["列"])
    assert any("逆" in why for why in repaired["理由"])

    button = app.button(key="import_accept")
    assert button.label == "入れる（新しい2件）"
    app = button.click().run()
    assert not app.exception
    assert "入れました：新しい2件、入らない1件" in texts(app)
    assert names() == before | {"市民図書館", "駅前ひろば"}
    [run] = imports.runs(person("staff"))
    assert (run.file_name, run.source) == (
        "wifi.csv",
        "公衆無線LANアクセスポイント一覧（wifi.csv）",
    )

    app.button(key=f"import_undo_now_{run.id}").click().run()
    assert "2件が、入れる前にもどります" in texts(app)
    assert "市民図書館" in texts(app)
    assert app.button(key="import_undo_yes")


def test_what_is_not_in_the_file_goes_only_when_chosen() -> None:
    app = drop(opened(), LIBRARY)
    gone = app.multiselect(key="import_leaving_0")
    assert gone.value == []
    app = gone.select("042111W12").run()
    button = app.button(key="import_accept")
    assert button.label == "入れる（新しい1件、はずす1件）"
    button.click().run()
    assert "042111W12" not in {one.id for one in wifi.spots()}
    assert len(wifi.spots()) == 14
    row = store.one("SELECT active FROM wifi_spot WHERE id = '042111W12'")
    assert row == {"active": 0}


def test_all_that_is_not_in_the_file_is_chosen_in_one_tap() -> None:
    app = drop(opened(), LIBRARY)
    app.button(key="import_leaving_all").click().run()
    app.button(key="import_accept").click().run()
    assert names() == {"市民図書館"}


def test_without_a_source_nothing_is_written_and_the_screen_stays() -> None:
    before = names()
    app = drop(opened(), LIBRARY)
    app.text_input(key="import_source_0").set_value(" ").run()
    app.button(key="import_accept").click().run()
    assert "出典" in app.error[0].value
    assert names() == before
    assert app.text_input(key="import_source_0")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"a,b\r\n1,2\r\n", "列の名前"),
        (b"\0\1\2", ""),
        (HEADER.encode() + b"\r\n" + b"x" * 5_100_000, "5MB"),
    ],
)
def test_a_file_that_cannot_be_read_says_why_and_changes_nothing(content: bytes, why: str) -> None:
    before = names()
    app = opened()
    app.file_uploader(key="import_file_0").set_value(("x.csv", content, "text/csv"))
    app.run()
    assert not app.exception
    assert len(app.error) == 1
    assert why in app.error[0].value
    assert [one for one in app.button if one.key == "import_accept"] == []
    assert names() == before


def test_names_of_a_file_are_no_markdown() -> None:
    shown = texts(drop(opened(), HOSTILE, encoding="utf-8"))
    assert "**太字**" not in shown
    assert "[x](http" not in shown


def test_somebody_else_was_quicker() -> None:
    app = drop(opened(), LIBRARY)
    with store.transaction() as write:
        write.run("UPDATE wifi_spot SET active = 0 WHERE id = '042111W05'")
    app.button(key="import_accept").click().run()
    assert len(app.error) == 1
    assert "市民図書館" not in names()
    app = app.run()
    assert "ファイルにない **13**" in texts(app)
    app.button(key="import_accept").click().run()
    assert "市民図書館" in names()
