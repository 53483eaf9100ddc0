"""The staff's screen of Wi-Fi checks: what to look at first, one tap, and its way back."""

import re

import pytest
from streamlit.testing.v1 import AppTest

from desk import store, times, wifi, wifi_checks
from tests.conftest import person
from tests.test_screens import button, screen, texts

pytestmark = pytest.mark.usefixtures("desk")
PATH = "staff/wifi.py"
ONE = "042111W01"


def open_screen() -> AppTest:
    return screen(PATH, "staff")


def shown(app: AppTest) -> list[str]:
    """The ids of the rows, in order."""
    keys = [one.key or "" for one in app.button]
    return [key.removeprefix("wifi_works_") for key in keys if key.startswith("wifi_works_")]


def wanted(*why: str) -> list[str]:
    found = wifi_checks.due(person("staff"), now=times.now())
    return [one.spot.id for one in found if one.why in why]


def freshen() -> None:
    """Every spot was looked at today by the list, and nothing is reported."""
    with store.transaction() as write:
        write.run(
            "UPDATE wifi_spot SET checked_on = :day, state = 'working'",
            day=times.today(times.now()).isoformat(),
        )


def choose(app: AppTest, group: str) -> AppTest:
    app.button_group(key="wifi_check_group").set_value(group)
    return app.run()


def test_the_reported_come_first_then_the_stale() -> None:
    freshen()
    with store.transaction() as write:
        write.run("UPDATE wifi_spot SET checked_on = '2020-01-01' WHERE id = '042111W03'")
    for n in range(2):
        wifi_checks.report(ONE, id=f"r{n}", now=times.now())
    app = open_screen()
    assert shown(app) == [ONE, "042111W03"]
    assert "「つながりません」2件" in texts(app)
    assert "180日以上 確かめていません （前は 2020-01-01）" in texts(app)
    options = app.button_group(key="wifi_check_group").options
    counts = [int(re.findall(r"\d+$", one)[0]) for one in map(str, options)]
    assert counts == [2, 1, 1, len(wifi.spots()) - 2]
    for group in (wifi_checks.TROUBLE, wifi_checks.STALE, wifi_checks.FINE):
        assert shown(choose(app, group)) == wanted(group)


@pytest.mark.parametrize(
    ("key", "kind"),
    [("works", "working"), ("partly", "partly"), ("not_working", "not_working")],
)
def test_one_tap_writes_it_down_and_undo_takes_it_back(key: str, kind: str) -> None:
    freshen()
    wifi_checks.report(ONE, id="r", now=times.now())
    app = open_screen()
    before = wifi.spot(ONE)
    assert before.reports == 1
    app.button(key=f"wifi_{key}_{ONE}").click().run()
    found = wifi.spot(ONE)
    assert (found.state, found.reports) == (kind, 0)
    assert f"記録しました：{before.name}" in texts(app).replace("\\", "")
    assert shown(app) == ([] if kind == "working" else [ONE])
    app.button(key="wifi_check_undo").click().run()
    found = wifi.spot(ONE)
    assert (found.state, found.reports) == ("working", 1)
    assert shown(app) == [ONE]
    assert "記録しました" not in texts(app)
    # Tapped once more it is another check, not the one that was taken back.
    app.button(key=f"wifi_{key}_{ONE}").click().run()
    assert wifi.spot(ONE).reports == 0
    app.button(key="wifi_check_close").click().run()
    assert "記録しました" not in texts(app)
    assert wifi.spot(ONE).reports == 0


def test_when_nothing_is_due_it_says_so() -> None:
    freshen()
    app = open_screen()
    assert shown(app) == []
    assert "いま確かめる場所はありません" in app.success[0].value
    assert "いま確かめる場所はありません" not in texts(choose(app, wifi_checks.FINE))
    assert shown(app) == wanted(wifi_checks.FINE)
    with store.transaction() as write:
        write.run("UPDATE wifi_spot SET checked_on = '2020-01-01'")
    assert "最近確かめた場所は、まだありません。" in choose(app, wifi_checks.FINE).info[0].value
    with store.transaction() as write:
        write.run("UPDATE wifi_spot SET active = 0")
    app.run()
    assert "Wi-Fiがまだ登録されていません。" in app.info[0].value
    assert not app.success


def test_a_spot_gone_meanwhile_is_said_and_nothing_is_written() -> None:
    app = open_screen()
    gone = shown(app)[0]
    with store.transaction() as write:
        write.run("UPDATE wifi_spot SET active = 0 WHERE id = :id", id=gone)
    app.button(key=f"wifi_works_{gone}").click().run()
    assert "そのWi-Fiスポットはありません" in app.error[0].value
    assert store.rows("SELECT id FROM wifi_check") == []


def test_a_long_list_comes_in_two_parts() -> None:
    columns = [
        one
        for one in store.rows("SELECT * FROM wifi_spot WHERE id = :id", id=ONE)[0]
        if one not in ("id", "checked_on")
    ]
    with store.transaction() as write:
        for n in range(30):
            write.run(
                f"INSERT INTO wifi_spot (id, checked_on, {', '.join(columns)}) "
                f"SELECT :new, '2020-01-01', {', '.join(columns)} FROM wifi_spot WHERE id = :id",
                new=f"more {n}",
                id=ONE,
            )
    app = open_screen()
    every = wanted(wifi_checks.TROUBLE, wifi_checks.STALE)
    assert len(every) > 30
    assert shown(app) == every[:20]
    app.button(key="wifi_check_more").click().run()
    assert shown(app) == every


def test_the_pages_of_a_spot_and_the_list_as_a_file() -> None:
    app = open_screen()
    first = shown(app)[0]
    addresses = [one.proto.url for one in app.get("link_button")]
    assert f"/wifi/{first}?lang=ja" in addresses
    assert f"/wifi/{first}/card?lang=ja" in addresses
    [download] = app.get("download_button")
    assert download.proto.label == "一覧（CSV）"


def test_hostile_names_stay_text() -> None:
    hostile = "**x** [a](javascript:alert(1)) :red[y]"
    with store.transaction() as write:
        write.run(
            "UPDATE wifi_spot SET name = :text, area = :text, ssid = :text, "
            "checked_on = '2020-01-01' WHERE id = :id",
            text=hostile,
            id=ONE,
        )
    app = open_screen()
    said = texts(app)
    assert hostile not in said
    assert r"\*\*x\*\* \[a\]" in said
    button(app, "使えました", shown(app).index(ONE)).click().run()
    assert hostile not in texts(app)
    assert wifi.spot(ONE).state == "working"
