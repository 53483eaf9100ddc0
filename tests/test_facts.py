"""data/ and venues/: what ships is honest, what cannot be read changes nothing."""

import re
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from desk import facts, schedule, store
from desk.facts import SPECS, UnreadableFile
from tests.conftest import Load, change, scheduled

TABLES = [spec.table for spec in SPECS]
FICTION = {"room", "desk", "wifi_spot", "population", "closed_day", "equipment"}
# A 2011 list without a licence is the only source of these places' coordinates.
UNLICENSED = {"北部老人憩いの家", "保健センター", "グリーンピア岩沼", "総合福祉センター"}


def everything() -> dict[str, list[dict[str, Any]]]:
    found = {table: store.rows(f"SELECT * FROM {table}") for table in [*TABLES, "loaded_file"]}
    return {table: sorted(rows, key=str) for table, rows in found.items()}


def drop_line(file: Path, containing: str) -> None:
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if containing not in line]
    assert len(kept) == len(lines) - 1
    file.write_text("".join(kept), encoding="utf-8")


@pytest.mark.usefixtures("city")
def test_every_row_says_its_source_and_fiction_says_so() -> None:
    for table in TABLES:
        rows = store.rows(f"SELECT source, trial FROM {table}")
        assert rows
        assert [row for row in rows if not row["source"].strip()] == []
        assert {row["trial"] for row in rows} == {int(table in FICTION)}
        assert [row for row in rows if ("見本" in row["source"]) != (table in FICTION)] == []


@pytest.mark.usefixtures("city")
def test_what_ships_is_the_whole_of_what_is_known() -> None:
    counts = {t: store.rows(f"SELECT COUNT(*) AS n FROM {t}")[0]["n"] for t in TABLES}
    assert counts == {
        "town": 98,
        "population": 98 * 5,
        "figure": 34,
        "card_rate": 46 * 3,
        "course": 12,
        "venue": 22,
        "closed_day": 2,
        "equipment": 2,
        "room": 16,
        "desk": 4,
        "wifi_spot": 14,
    }


@pytest.mark.usefixtures("city")
def test_no_place_has_coordinates_of_an_unlicensed_list() -> None:
    names = {row["name"] for row in store.rows("SELECT name FROM venue")}
    assert names & UNLICENSED == set()
    known = {(row["lat"], row["lng"]) for row in store.rows("SELECT lat, lng FROM venue")}
    spots = {(row["lat"], row["lng"]) for row in store.rows("SELECT lat, lng FROM wifi_spot")}
    assert spots <= known


@pytest.mark.usefixtures("city")
def test_no_school_has_an_invented_room() -> None:
    assert (
        store.rows(
            "SELECT r.id FROM room r JOIN venue v ON v.id = r.venue_id WHERE v.kind = '学校'"
        )
        == []
    )


@pytest.mark.usefixtures("city")
def test_values_arrive_as_they_were_written() -> None:
    town = store.one("SELECT * FROM town WHERE id = '042111-里の杜一丁目'")
    assert town is not None
    assert (town["name"], town["kana"], town["postal_code"]) == (
        "里の杜一丁目",
        "サトノモリ",
        "9892427",
    )
    assert (town["lat"], town["lng"], town["active"]) == (38.107441, 140.876678, 1)
    spot = store.one("SELECT ssid, how, security, password FROM wifi_spot WHERE id = '042111W13'")
    assert spot is not None
    assert spot["ssid"] == '見本;Wi-Fi:"1"'
    assert len(spot["how"].splitlines()) == 4
    wpa = store.rows("SELECT password FROM wifi_spot WHERE security = 'WPA' ORDER BY password")
    assert [row["password"] for row in wpa] == ["mihon-0001", "mihon-0002"]
    course = store.one("SELECT bring, source FROM course WHERE id = 'basic-1-buttons'")
    assert course is not None
    assert course["bring"].splitlines() == ["スマホ", "充電の コード", "めがね（使う人）"]
    assert course["source"].endswith("（2021-05-20）")


@pytest.mark.usefixtures("database")
def test_a_second_start_loads_nothing_and_a_changed_file_only_itself(
    load: Load, files: Path
) -> None:
    assert load() == [spec.path for spec in SPECS]
    before = everything()
    assert load() == []
    assert everything() == before
    change(files / "venues/rooms.csv", ",16,", ",18,")
    assert load() == ["venues/rooms.csv"]
    room = store.one("SELECT seats FROM room WHERE id = '0421110001-1'")
    assert room == {"seats": 18}


@pytest.mark.usefixtures("database")
def test_a_row_that_left_stays_inactive_and_can_come_back(
    load: Load, files: Path, now: datetime
) -> None:
    load()
    whole = (files / "venues/wifi.csv").read_bytes()
    drop_line(files / "venues/wifi.csv", "042111W03")
    assert load() == ["venues/wifi.csv"]
    inactive = store.rows("SELECT id FROM wifi_spot WHERE active = 0")
    assert inactive == [{"id": "042111W03"}]
    assert store.rows("SELECT COUNT(*) AS n FROM wifi_spot") == [{"n": 14}]
    (files / "venues/wifi.csv").write_bytes(whole)
    later = now + timedelta(days=1)
    assert facts.load(files / "data", files / "venues", now=later) == ["venues/wifi.csv"]
    assert store.rows("SELECT id FROM wifi_spot WHERE active = 0") == []


@pytest.mark.usefixtures("database")
def test_a_real_list_takes_the_place_of_a_trial_one(load: Load, files: Path) -> None:
    load()
    rooms = files / "venues/rooms.csv"
    rooms.write_text("ID,施設ID,名称,定員,出典\nR1,0421110001,第1会議室,20,市\n", encoding="utf-8")
    load()
    assert store.rows("SELECT id, name, seats, trial FROM room WHERE active = 1") == [
        {"id": "R1", "name": "第1会議室", "seats": 20, "trial": 0}
    ]


@pytest.mark.usefixtures("database")
def test_what_spreadsheets_do_is_understood(load: Load, files: Path) -> None:
    """A BOM, CRLF, rows of empty cells, other columns, another order, thousands separators."""
    text = "定員,名称,ID,施設ID,面積,出典,見本\r\n20,会議室,R1,0421110001,9,市,\r\n,,,,,,\r\n"
    (files / "venues/rooms.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    change(files / "data/mynumber_cards.csv", "44274,3086", '"44,274","3,086"')
    load()
    assert store.rows("SELECT id FROM room") == [{"id": "R1"}]
    row = store.one("SELECT population, issued FROM card_rate WHERE id = '岩沼市@2017-03-08'")
    assert row == {"population": 44274, "issued": 3086}


def spoil(path: str, old: str, new: str) -> Callable[[Path], None]:
    return lambda files: change(files / path, old, new)


MY_NUMBER = "1234 5678 9018"
UNREADABLE: dict[str, tuple[Callable[[Path], None], str]] = {
    "missing file": (
        lambda files: (files / "venues/desks.csv").unlink(),
        "venues/desks.csv: ファイルがないか、開けません",
    ),
    "Shift_JIS": (
        lambda files: (files / "data/towns.csv").write_bytes("# 町\n名".encode("cp932")),
        "data/towns.csv 1行目: 文字コードがUTF-8ではありません",
    ),
    "UTF-16": (
        lambda files: (files / "venues/wifi.csv").write_bytes("ID,名称\n".encode("utf-16")),
        "venues/wifi.csv 1行目: 文字コードがUTF-8ではありません",
    ),
    "a NUL": (
        lambda files: (files / "venues/wifi.csv").write_bytes(b"ID\n\0\n"),
        "venues/wifi.csv: 文字ではないデータが入っています",
    ),
    "empty file": (
        lambda files: (files / "venues/rooms.csv").write_bytes(b""),
        "venues/rooms.csv: 列の名前の行がありません",
    ),
    "missing column": (
        spoil("venues/rooms.csv", "定員,", "人数,"),
        "venues/rooms.csv 2行目: 「定員」の列がありません",
    ),
    "column twice": (
        spoil("venues/rooms.csv", "ID,施設ID", "ID,ID,施設ID"),
        "venues/rooms.csv 2行目: 「ID」の列が2つあります",
    ),
    "wrong number of cells": (
        spoil("venues/rooms.csv", "会議室（見本）,16", "会議室（見本）,16,1"),
        "venues/rooms.csv 3行目: 6列のはずが7列あります",
    ),
    "open quote": (
        spoil("venues/desks.csv", "岩沼西 スマホ", '"岩沼西 スマホ'),
        "venues/desks.csv 5行目: CSVとして読めません（unexpected end of data）",
    ),
    "not a number": (
        spoil("venues/wifi.csv", "38.10444444", "abc"),
        "venues/wifi.csv 4行目: 緯度が数ではありません: 'abc'",
    ),
    "infinite number": (
        spoil("data/figures.csv", "89.8", "inf"),
        "data/figures.csv 17行目: 値が数ではありません: 'inf'",
    ),
    "half a person": (
        spoil("data/mynumber_cards.csv", "44274", "44274.5"),
        "data/mynumber_cards.csv 3行目: 人口が数ではありません: '44274.5'",
    ),
    "swapped coordinates": (
        spoil("venues/facilities.csv", "38.10444444,140.87", "140.87,38.10444444"),
        "venues/facilities.csv 4行目: 緯度が20から46までの数ではありません: '140.87'",
    ),
    "too many seats": (
        spoil("venues/rooms.csv", ",16,", ",501,"),
        "venues/rooms.csv 3行目: 定員が1から500までの数ではありません: '501'",
    ),
    "duplicate id": (
        spoil("venues/wifi.csv", "042111W02", "042111W01"),
        "venues/wifi.csv 5行目: IDが4行目と同じです: '042111W01'",
    ),
    "room in no venue": (
        spoil("venues/rooms.csv", ",0421110001,", ",421110001,"),
        "venues/rooms.csv 3行目: 「421110001」は venues/facilities.csv にありません",
    ),
    "people of no town": (
        spoil("data/population.csv", "字亀塚", "亀塚"),
        "data/population.csv 7行目: 「042111-亀塚」は data/towns.csv にありません",
    ),
    "venue gone, its rooms not": (
        lambda files: drop_line(files / "venues/facilities.csv", ",0421110001,"),
        "venues/rooms.csv 3行目: 「0421110001」は venues/facilities.csv にありません",
    ),
    "zero eaten by a spreadsheet": (
        spoil("data/towns.csv", "042111,字亀塚", "42111,字亀塚"),
        "data/towns.csv 4行目: 全国地方公共団体コードが6けたの番号"
        "（表計算ソフトが先頭の0を消すことがあります）ではありません: '42111'",
    ),
    "empty name": (
        spoil("venues/facilities.csv", "岩沼市役所", ""),
        "venues/facilities.csv 4行目: 名称が空です",
    ),
    "empty id": (
        spoil("venues/desks.csv", "042111D1,", ","),
        "venues/desks.csv 3行目: IDが空です",
    ),
    "no source": (
        spoil("venues/desks.csv", ",1,見本（架空）", ",1,"),
        "venues/desks.csv 3行目: 出典が空です",
    ),
    "security": (
        spoil("venues/wifi.csv", ",open,", ",WEP,"),
        "venues/wifi.csv 4行目: 暗号化が open か WPA ではありません: 'WEP'",
    ),
    "見本 mark": (
        spoil("venues/desks.csv", ",1,見本（架空）", ",はい,市"),
        "venues/desks.csv 3行目: 見本が「1」か空ではありません: 'はい'",
    ),
    "no such day": (
        spoil("venues/wifi.csv", "2026-09-01", "2026-09-31"),
        "venues/wifi.csv 4行目: 最終確認日が暦にない日付です: '2026-09-31'",
    ),
    "My Number in a name": (
        spoil("venues/desks.csv", "岩沼西", MY_NUMBER),
        "venues/desks.csv 5行目: 名称に12けた以上の数があります。マイナンバーは書けません",
    ),
    "My Number where a number goes": (
        spoil("venues/rooms.csv", ",16,", f",{MY_NUMBER},"),
        "venues/rooms.csv 3行目: 定員が数ではありません",
    ),
    "bad YAML": (
        spoil("data/courses.yaml", "title: インターネット", "title: [インターネット"),
        "data/courses.yaml 33行目: YAMLとして読めません",
    ),
    "YAML of another shape": (
        lambda files: (files / "data/courses.yaml").write_text("- a\n- b\n", encoding="utf-8"),
        "data/courses.yaml: 「- 」で始まる項目の一覧ではありません",
    ),
    "YAML without a key": (
        spoil("data/courses.yaml", "  minutes: 60\n", ""),
        "data/courses.yaml 7行目: 「minutes」がありません",
    ),
    "YAML code": (
        spoil("data/courses.yaml", "title: e-Tax", "title: !!python/name:os.system"),
        "data/courses.yaml 92行目: YAMLとして読めません",
    ),
    "course before itself": (
        spoil("data/courses.yaml", "before: []", "before: [basic-3-internet]"),
        "data/courses.yaml 7行目: 「basic-1-buttons」を先に受ける講座が、"
        "たどると「basic-1-buttons」自身になります",
    ),
    "course of a minute": (
        spoil("data/courses.yaml", "minutes: 60", "minutes: 1"),
        "data/courses.yaml 7行目: minutesが15から480までの数ではありません: '1'",
    ),
}


@pytest.mark.parametrize("case", UNREADABLE)
@pytest.mark.usefixtures("database")
def test_an_unreadable_file_names_line_and_reason_and_changes_nothing(
    load: Load, files: Path, case: str
) -> None:
    load()
    before = everything()
    change(files / "data/towns.csv", "字大和", "字大和（新）")  # would be loaded, were it alone
    change(files / "data/population.csv", "字大和", "字大和（新）")
    spoiling, message = UNREADABLE[case]
    spoiling(files)
    with pytest.raises(UnreadableFile) as raised:
        load()
    assert str(raised.value) == message
    assert everything() == before


def test_a_refused_cell_is_not_repeated() -> None:
    told = [message for case, (_, message) in UNREADABLE.items() if case.startswith("My Number")]
    assert len(told) == 2
    assert [message for message in told if "9018" in message] == []


@pytest.mark.usefixtures("database")
def test_ids_and_network_names_may_hold_many_digits(load: Load, files: Path) -> None:
    change(files / "venues/wifi.csv", "mihon-0001,", "123456789018,")
    change(files / "venues/wifi.csv", ",MIHON_Free_WiFi_1,", ",AP-123456789018,")
    load()
    spot = store.one("SELECT ssid FROM wifi_spot WHERE id = '042111W01'")
    assert spot == {"ssid": "AP-123456789018"}


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("path", "old", "new", "version"),
    [
        ("venues/facilities.csv", "岩沼市役所", "岩沼市 市役所", 2),
        ("venues/rooms.csv", "会議室（見本）", "大会議室（見本）", 2),
        ("data/courses.yaml", "title: 電源の入れ方", "title: 電源の入れかた", 2),
        ("data/courses.yaml", "minutes: 60", "minutes: 75", 1),
        ("venues/rooms.csv", "相談スペース（見本）", "相談室（見本）", 1),
    ],
)
def test_other_words_in_a_file_are_a_change_of_the_classes_to_come(
    load: Load, files: Path, path: str, old: str, new: str, version: int
) -> None:
    load()
    ahead = scheduled(room_id="0421110001-1")
    change(files / path, old, new)
    assert load() == [path]
    assert schedule.get(ahead.id).version == version
    assert load() == []
    assert schedule.get(ahead.id).version == version


@pytest.mark.usefixtures("city")
def test_a_file_says_which_venues_are_shelters_also_of_those_brought_in_on_a_screen(
    load: Load, files: Path
) -> None:
    def shelters() -> Counter[int | None]:
        return Counter(row["shelter"] for row in store.rows("SELECT shelter FROM venue"))

    assert shelters() == {1: 21, None: 1}
    with store.transaction() as write:
        write.run("UPDATE venue SET own = 1, name = 'by staff', shelter = NULL")
    change(files / "venues/facilities.csv", "111,あり,", "111,なし,")
    load()
    assert shelters() == {1: 20, 0: 1, None: 1}
    assert {row["name"] for row in store.rows("SELECT name FROM venue")} == {"by staff"}


@pytest.mark.usefixtures("city")
def test_a_file_leaves_what_staff_brought_in_as_it_is(load: Load, files: Path) -> None:
    with store.transaction() as write:
        write.run(
            "UPDATE wifi_spot SET own = 1, name = 'by staff', ssid = 's' WHERE id = '042111W01'"
        )
        write.run("UPDATE wifi_spot SET own = 1, active = 0 WHERE id = '042111W02'")
    change(files / "venues/wifi.csv", "MIHON_Free_WiFi", "OTHER_Free_WiFi", count=99)
    load()
    found = {row["id"]: row for row in store.rows("SELECT id, name, ssid, active FROM wifi_spot")}
    assert (found["042111W01"]["name"], found["042111W01"]["ssid"]) == ("by staff", "s")
    assert found["042111W01"]["active"] == 1
    assert found["042111W02"]["active"] == 0
    assert found["042111W03"]["ssid"] == "OTHER_Free_WiFi_3"


@pytest.mark.usefixtures("city")
def test_what_nobody_knows_of_a_spot_is_not_no() -> None:
    rows = store.rows(
        "SELECT id, seats, sockets, wheelchair, registration, minutes_limit FROM wifi_spot"
    )
    found = {row.pop("id"): tuple(row.values()) for row in rows}
    assert found["042111W01"] == (8, 1, 1, 0, 0)
    assert found["042111W04"] == (None, None, 1, 0, None)
    assert found["042111W10"] == (0, 0, 1, 0, 0)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (",8,あり,あり,なし,0,", ",5001,あり,あり,なし,0,", "席数が0から5000まで"),
        (",8,あり,あり,なし,0,", ",8,たぶん,あり,なし,0,", "電源が「あり」「なし」か空"),
        (",8,あり,あり,なし,0,", ",8,あり,あり,なし,-1,", "時間制限（分）が数"),
        (",,見本です。", ",javascript:x,見本です。", "URLがhttp:// か https://"),
    ],
)
@pytest.mark.usefixtures("city")
def test_a_wrong_word_about_a_spot_is_told(
    load: Load, files: Path, old: str, new: str, reason: str
) -> None:
    change(files / "venues/wifi.csv", old, new)
    with pytest.raises(UnreadableFile, match=re.escape(reason)) as told:
        load()
    assert (told.value.path, told.value.line) == ("venues/wifi.csv", 4)
