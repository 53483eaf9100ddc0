"""Open data: official columns, every field unchanged, only what is public, when it changed."""

import csv
import io
import json
import re
import sqlite3
import unicodedata
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from starlette.applications import Starlette
from starlette.testclient import TestClient

from desk import booking, schedule, store, times
from desk.opendata import areas, bundle, layouts, publish, records
from desk.opendata.layouts import DATASETS
from desk.opendata.records import Public
from desk.tables import sheet
from tests.conftest import DESK, NOW, booking_form, person, scheduled
from web.routes import ROUTES

HOST = "http://desk.example"
DAY = timedelta(days=1)
HOSTILE = "<script>alert(1)</script>\"'&"
FOLDER = "/opendata/"
WIFI, FACILITY, EVENT = (f"{FOLDER}042111_{DATASETS[one].file}" for one in DATASETS)
SQLITE, CATALOGUE = f"{FOLDER}042111_machikado_desk.sqlite", f"{FOLDER}catalog.jsonld"
FILES = [
    *(f"{one}{end}" for one in (WIFI, FACILITY, EVENT) for end in (".csv", ".json", ".geojson")),
    *(one.replace(FOLDER, f"{FOLDER}v1/") + ".csv" for one in (WIFI, FACILITY, EVENT)),
    CATALOGUE,
    SQLITE,
]


@pytest.fixture
def browser(city: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:  # noqa: ARG001
    monkeypatch.setattr(times, "now", lambda: NOW)
    with TestClient(Starlette(routes=ROUTES), base_url=HOST, follow_redirects=False) as client:
        yield client


def read(now: datetime = NOW) -> Public:
    return records.read(now=now, site=HOST)


def run(sql: str, **facts: Any) -> None:
    with store.transaction() as write:
        write.run(sql, **facts)


def table(content: bytes) -> tuple[list[str], list[list[str]]]:
    """A CSV file as Python's own reader takes it."""
    assert content.startswith(b"\xef\xbb\xbf")
    header, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
    return header, rows


def published(dataset: str, *made: dict[str, Any]) -> Public:
    """A dataset that no database knows."""
    return Public("042111", "岩沼市", {dataset: list(made)}, {dataset: NOW}, NOW)


# The layouts

V1_WIFI = (
    "都道府県コード又は市区町村コード,NO,都道府県名,市区町村名,名称,名称_カナ,名称_英語,住所,方書,"
    "緯度,経度,設置者,電話番号,内線番号,SSID,提供エリア,URL,備考"
)
V1_FACILITY = (
    "都道府県コード又は市区町村コード,NO,都道府県名,市区町村名,名称,名称_カナ,名称_通称,POIコード,"
    "住所,方書,緯度,経度,電話番号,内線番号,法人番号,団体名,利用可能曜日,開始時間,終了時間,"
    "利用可能日時特記事項,説明,バリアフリー情報,URL,備考"
)
V1_EVENT = (
    "都道府県コード又は市区町村コード,NO,都道府県名,市区町村名,イベント名,イベント名_カナ,"
    "イベント名_英語,開始日,終了日,開始時間,終了時間,開始日時特記事項,説明,料金(基本),料金(詳細),"
    "連絡先名称,連絡先電話番号,連絡先内線番号,主催者,場所名称,住所,方書,緯度,経度,アクセス方法,"
    "駐車場情報,定員,参加申込終了日,参加申込終了時間,参加申込方法,URL,備考"
)
V3_WIFI = (
    "全国地方公共団体コード,法人番号,ID,地方公共団体名,名称,名称_カナ,名称_英語,"
    "所在地_全国地方公共団体コード,町字ID,所在地_連結表記,所在地_都道府県,所在地_市区町村,"
    "所在地_町字,所在地_番地以下,建物名等(方書),緯度,経度,設置者,電話番号,内線番号,"
    "連絡先メールアドレス,連絡先FormURL,連絡先備考（その他、SNSなど）,郵便番号,SSID,提供エリア,URL,備考"
)
OWN_WIFI = (
    "接続方法,暗号化,パスワード,施設ID,利用可能曜日,開始時間,終了時間,利用可能日時特記事項,席数,電源,"
    "車いす,利用登録,時間制限（分）,最終確認日,状態,位置の決め方,見本,出典"
)


@pytest.mark.parametrize(
    ("dataset", "layout", "official"),
    [
        ("wifi", "v1", V1_WIFI),
        ("facility", "v1", V1_FACILITY),
        ("event", "v1", V1_EVENT),
        ("wifi", "v3", V3_WIFI),
    ],
)
def test_the_official_columns_come_first_in_their_order(
    dataset: str, layout: str, official: str
) -> None:
    headers = [header for header, _field in layouts.columns(dataset, layout)]
    assert headers[: len(official.split(","))] == official.split(",")


def test_the_desks_own_columns_follow_and_no_column_stands_twice() -> None:
    for layout in layouts.LAYOUTS:
        headers = [header for header, _field in layouts.columns("wifi", layout)]
        assert headers[-18:] == OWN_WIFI.split(",")
        for dataset in DATASETS:
            headers = [header for header, _field in layouts.columns(dataset, layout)]
            assert len(headers) == len(set(headers))


@pytest.mark.parametrize(
    ("five", "six"),
    [
        ("04211", "042111"),
        ("13209", "132098"),
        ("37201", "372013"),
        ("01000", "010006"),
        ("04000", "040002"),
        ("13000", "130001"),
        ("27000", "270008"),
    ],
)
def test_check_digits_are_those_of_the_official_list(five: str, six: str) -> None:
    assert areas.whole(five) == six


def test_there_are_47_prefectures() -> None:
    assert len(areas.PREFECTURES) == len(set(areas.PREFECTURES)) == 47
    known = {"010006": "北海道", "042111": "宮城県", "470007": "沖縄県", "48": "", "00": "", "": ""}
    assert {code: areas.prefecture(code) for code in known} == known


@pytest.mark.parametrize(
    ("codes", "code"),
    [
        ([], ""),
        (["", "x"], ""),
        (["042111", "042111", ""], "042111"),
        (["042111", "041009"], "040002"),
        (["042111", "041009", "131016"], "040002"),
        (["131016", "131024", "042111"], "130001"),
    ],
)
def test_one_code_stands_for_all_rows(codes: list[str], code: str) -> None:
    assert areas.common(codes) == code


TOWNS = {"桜一丁目", "里の杜一丁目", "里の杜", "北長谷", "吹上"}


@pytest.mark.parametrize(
    ("address", "split"),
    [
        ("宮城県岩沼市桜一丁目6-20", ("宮城県", "岩沼市", "桜一丁目", "6-20")),
        ("宮城県岩沼市桜一丁目６－２０", ("宮城県", "岩沼市", "桜一丁目", "６－２０")),
        ("岩沼市吹上3-1", ("宮城県", "岩沼市", "吹上", "3-1")),
        ("宮城県岩沼市吹上", ("宮城県", "岩沼市", "吹上", "")),
        # May be of 里の杜一丁目, of 北長谷 or one of its small areas, of a town not listed.
        ("宮城県岩沼市里の杜1-2-45", ("宮城県", "岩沼市", "", "")),
        ("宮城県岩沼市北長谷字内田90-1", ("宮城県", "岩沼市", "", "")),
        ("宮城県岩沼市相の原2-3-1", ("宮城県", "岩沼市", "", "")),
        ("宮城県名取市桜一丁目6-20", ("宮城県", "", "", "")),
        ("桜一丁目6-20", ("", "", "", "")),
        ("", ("", "", "", "")),
    ],
)
def test_an_address_is_taken_apart_where_that_is_certain(
    address: str, split: tuple[str, str, str, str]
) -> None:
    assert areas.parts(address, "042111", "岩沼市", TOWNS) == split
    assert areas.parts(address, "", "", TOWNS) == ("", "", "", "")


# Every field comes back

TEXT = some.text(some.characters(exclude_characters="\0", codec="utf-8"), max_size=20) | (
    some.sampled_from(
        ["=1+1", " =1", "　＝1", "'=1", "''@x", "-1", "+81 22", "@x", "\t=1", "\r\n=1", "\u200b=1"]
    )
    | some.sampled_from(['"', "a,b", "a\nb", "a\r\nb", "😀\U000e0041", " ", "042111", "1e5", "⁺1"])
)
DEGREES = {"lat": some.floats(20, 46), "lng": some.floats(122, 154)}
COUNTS = some.none() | some.integers(0, 1440)
OTHERS: dict[str, some.SearchStrategy[Any]] = {
    **DEGREES,
    "seats": COUNTS,
    "minutes_limit": COUNTS,
    "sockets": some.sampled_from([None, 0, 1]),
    "wheelchair": some.sampled_from([None, 0, 1]),
    "registration": some.sampled_from([None, 0, 1]),
    "state": some.sampled_from(["working", "partly", "not_working", "unknown"]),
    "placed": some.sampled_from(["given", "address", "town"]),
    "trial": some.sampled_from([0, 1]),
    "_trial": some.sampled_from([0, 1]),
}


def fields(dataset: str) -> list[str]:
    used = {field for _header, field in layouts.columns(dataset, "v3")}
    return sorted(used - {""})


def test_the_fields_of_both_layouts_are_the_same_and_all_that_is_known() -> None:
    for dataset in DATASETS:
        kept = [
            {f for _h, f in layouts.columns(dataset, one) if f and not f.startswith("_")}
            for one in layouts.LAYOUTS
        ]
        assert kept[0] == kept[1]
    wifi = set(fields("wifi")) - {f for f in fields("wifi") if f.startswith("_")}
    assert wifi == (
        {"id", "city_code", "city_name", "name", "kana", "name_en", "address", "telephone", "url"}
        | {"area", "ssid", "how", "security", "password", "provider", "note", "lat", "lng"}
        | {"placed", "venue_id", "days", "opens", "closes", "hours_note", "seats", "sockets"}
        | {"wheelchair", "registration", "minutes_limit", "checked_on", "state", "source", "trial"}
    )


def back(field: str, cell: str) -> Any:
    """The value of a cell, told from the column alone."""
    if field in DEGREES:
        return float(cell)
    if field in ("seats", "minutes_limit"):
        return int(cell) if cell else None
    if field in OTHERS:
        return {word: code for code, word in layouts.WORDS[field].items()}.get(cell)
    return sheet.unguard(cell)


def calculates(cell: str) -> bool:
    """Whether some spreadsheet may take a cell for a formula: told letter by letter."""
    for letter in cell:
        if letter in "\t\r" or unicodedata.normalize("NFKC", letter)[0] in "=+-@":
            return True
        if not (letter.isspace() or unicodedata.category(letter) in ("Cc", "Zs")):
            return False
    return False


@given(some.data(), some.sampled_from(list(DATASETS)), some.sampled_from(list(layouts.LAYOUTS)))
def test_every_field_of_every_record_is_in_the_file_unchanged(
    data: some.DataObject, dataset: str, layout: str
) -> None:
    made = [
        {field: data.draw(OTHERS.get(field, TEXT), label=field) for field in fields(dataset)}
        | {"_prefecture": "宮城県"}
        for _ in range(2)
    ]
    columns = layouts.columns(dataset, layout)
    form = "csv" if layout == "v3" else layout
    content = publish.FORMATS[form].write(published(dataset, *made), dataset)
    header, rows = table(content)
    assert header == [one for one, _field in columns]
    assert len(rows) == len(made)
    for record, row in zip(made, rows, strict=True):
        for (column, field), cell in zip(columns, row, strict=True):
            if field:
                assert back(field, cell) == record[field], column
            assert field in layouts.NUMBERS or not calculates(cell), column


def test_lines_end_as_spreadsheets_end_them_and_coordinates_are_numbers() -> None:
    record = dict.fromkeys(fields("wifi"), "") | {"lat": -38.1, "lng": 140.87, "note": "-38.1"}
    header, [row] = table(
        content := publish.FORMATS["csv"].write(published("wifi", record), "wifi")
    )
    cells = dict(zip(header, row, strict=True))
    assert (cells["緯度"], cells["経度"], cells["備考"]) == ("-38.1", "140.87", "'-38.1")
    assert content.count(b"\r\n") == content.count(b"\n") == 2


# What is in the files


def test_a_file_says_what_the_desk_knows(browser: TestClient) -> None:
    run(
        "UPDATE wifi_spot SET sockets = NULL, placed = 'town', minutes_limit = 30, "
        "security = 'WPA', password = '=x', state = 'partly' WHERE id = '042111W01'"
    )
    for address, code, place in (
        (f"{WIFI}.csv", "全国地方公共団体コード", "所在地_連結表記"),
        (f"{FOLDER}v1/042111_public_wireless_lan.csv", "都道府県コード又は市区町村コード", "住所"),
    ):
        header, rows = table(browser.get(address).content)
        first = dict(zip(header, rows[0], strict=True))
        assert len(rows) == 14
        assert (first[code], first[place]) == ("042111", "宮城県岩沼市桜一丁目6-20")
        assert first["接続方法"].split("\n")[1] == "「Wi-Fi」を おします"
        told = {
            name: first[name] for name in ("電源", "車いす", "利用登録", "時間制限（分）", "席数")
        }
        assert told == {
            "電源": "",
            "車いす": "あり",
            "利用登録": "なし",
            "時間制限（分）": "30",
            "席数": "8",
        }
        assert (first["暗号化"], first["パスワード"]) == ("WPA", "'=x")
        assert (first["状態"], first["位置の決め方"]) == ("一部だけ使えます", "地区")
        assert (first["見本"], first["最終確認日"]) == ("1", "2026-09-01")
    assert (first["都道府県名"], first["市区町村名"], first["NO"]) == (
        "宮城県",
        "岩沼市",
        "042111W01",
    )


def test_what_staff_last_saw_of_a_spot_is_published(browser: TestClient) -> None:
    checked(browser, "not_working", NOW)
    header, rows = table(browser.get(f"{WIFI}.csv").content)
    first = dict(zip(header, rows[0], strict=True))
    assert (first["最終確認日"], first["状態"]) == ("2026-11-24", "使えません")


def checked(_browser: TestClient, kind: str, at: datetime) -> None:
    who = person("staff").id if kind != "reported" else None
    run(
        "INSERT INTO wifi_check (id, spot_id, kind, at, person_id) "
        "VALUES (:id, '042111W01', :kind, :at, :who)",
        id=str(uuid.uuid4()),
        kind=kind,
        at=times.stamp(at),
        who=who,
    )


def test_a_class_is_an_event_with_its_day_its_place_and_its_page(browser: TestClient) -> None:
    found = scheduled(day=date(2026, 12, 1), starts=time(14), ends=time(15), publish=True)
    [row] = browser.get(f"{EVENT}.json").json()["rows"]
    assert {name: text for name, text in row.items() if text not in ("", None)} == {
        "全国地方公共団体コード": "042111",
        "ID": found.id,
        "地方公共団体名": "岩沼市",
        "イベント名": found.title,
        "イベント名_英語": found.title_en,
        "開始日": "2026-12-01",
        "終了日": "2026-12-01",
        "開始時間": "14:00",
        "終了時間": "15:00",
        "説明": found.about,
        "場所名称": "岩沼市役所",
        "所在地_全国地方公共団体コード": "042111",
        "所在地_連結表記": "宮城県岩沼市桜一丁目6-20",
        "所在地_都道府県": "宮城県",
        "所在地_市区町村": "岩沼市",
        "所在地_町字": "桜一丁目",
        "所在地_番地以下": "6-20",
        "建物名等(方書)": found.room,
        "緯度": 38.10444444,
        "経度": 140.87,
        "定員": 4,
        "URL": f"{HOST}/classes/{found.id}",
    }


def test_events_are_published_classes_to_come_and_of_twelve_months(city: str) -> None:  # noqa: ARG001
    later, gone, draft = (
        scheduled(day=date(2026, 11, day), publish=publish)
        for day, publish in ((25, True), (26, True), (27, False))
    )
    schedule.cancel(person("staff"), class_id=gone.id, now=NOW)
    found = {one["id"]: one for one in read().records["event"]}
    assert list(found) == [later.id, gone.id]
    assert (found[later.id]["status"], found[later.id]["note"]) == ("", "")
    assert (found[gone.id]["status"], found[gone.id]["note"]) == ("中止", "中止")
    year = later.starts_at + records.KEPT
    assert later.id in {one["id"] for one in read(year).records["event"]}
    assert [one["id"] for one in read(year + DAY / 24).records["event"]] == [gone.id]
    schedule.change(
        person("staff"),
        class_id=draft.id,
        version=draft.version,
        form=replace(schedule.form_of(draft), publish=True, reason="for the test"),
        now=NOW,
    )
    assert draft.id in {one["id"] for one in read().records["event"]}


def test_json_holds_numbers_as_numbers_and_says_what_it_is(browser: TestClient) -> None:
    made = browser.get(f"{WIFI}.json").json()
    assert made["metadata"] == {
        "title": "公衆無線LANアクセスポイント一覧",
        "publisher": "岩沼市",
        "license": "CC-BY-4.0",
        "license_url": "https://creativecommons.org/licenses/by/4.0/",
        "credit": "岩沼市「公衆無線LANアクセスポイント一覧」（CC BY 4.0）",
        "sources": ["見本（架空）"],
        "modified": times.stamp(NOW),
        "count": 14,
        "sample": True,
    }
    row = made["rows"][0]
    assert list(row) == [header for header, _field in layouts.columns("wifi", "v3")]
    assert (row["緯度"], row["席数"], row["全国地方公共団体コード"]) == (38.10444444, 8, "042111")


def test_geojson_puts_longitude_first(browser: TestClient) -> None:
    made = browser.get(f"{FACILITY}.geojson").json()
    assert made["type"] == "FeatureCollection"
    assert len(made["features"]) == 22
    first = made["features"][0]
    assert first["type"] == "Feature"
    assert first["id"] == "0421110001"
    assert first["geometry"] == {"type": "Point", "coordinates": [140.87, 38.10444444]}
    assert first["properties"]["名称"] == "岩沼市役所"
    assert "緯度" not in first["properties"]


def test_the_city_of_the_data_names_the_files(browser: TestClient) -> None:
    assert browser.get(f"{WIFI}.csv").status_code == 200
    run("UPDATE venue SET city_code = '041009', city_name = '仙台市' WHERE id = '0421110001'")
    assert browser.get(f"{WIFI}.csv").status_code == 404
    other = WIFI.replace("042111", "040002")
    assert browser.get(f"{other}.csv").status_code == 200
    assert browser.get(f"{other}.json").json()["metadata"]["publisher"] == "宮城県"
    assert other in browser.get(FOLDER).text


def test_an_empty_desk_publishes_empty_lists(database: str) -> None:  # noqa: ARG001
    with TestClient(Starlette(routes=ROUTES), base_url=HOST) as client:
        page = client.get(FOLDER)
        assert page.status_code == 200
        for address in set(re.findall(rf'href="({FOLDER}[^"]+)"', page.text)):
            answer = client.get(address)
            assert answer.status_code == 200, address
            assert "last-modified" not in answer.headers
        _header, rows = table(client.get(WIFI.replace("042111", "000000") + ".csv").content)
        assert rows == []


# Only what is public

PRIVATE = "ヒミツノ ナマエ"


def test_no_file_holds_anything_private(browser: TestClient) -> None:
    open_class = scheduled(day=date(2026, 11, 25), publish=True)
    draft = scheduled(day=date(2026, 11, 26), publish=False)
    staff, volunteer = person("staff", f"{PRIVATE}staff"), person("volunteer", f"{PRIVATE}v")
    form = booking_form(open_class.id, kana=PRIVATE, reach_note="090-0000-9999")
    booking.book(volunteer, id="booking-9f", form=form, now=NOW)
    run("INSERT INTO instructor (id, name) VALUES ('instructor-9f', :name)", name=f"{PRIVATE}先生")
    run(
        "INSERT INTO class_instructor (class_id, instructor_id) VALUES (:id, 'instructor-9f')",
        id=open_class.id,
    )
    run(
        "INSERT INTO consultation (id, logged_at, desk_id, kind, person_id, residence, age_band, "
        "topic, result, minutes, note) VALUES ('consultation-9f', :at, :desk, 'visit', :person, "
        "'unknown', '75', 'line', 'solved', 15, :note)",
        at=times.stamp(NOW),
        desk=DESK,
        person=volunteer.id,
        note=f"{PRIVATE}の 相談",
    )
    before = {address: browser.get(address).content for address in [*FILES, FOLDER]}
    checked(browser, "reported", NOW)
    ids = ["booking-9f", "instructor-9f", "consultation-9f", draft.id, staff.id, volunteer.id]
    planted = [PRIVATE, "090-0000-9999", "for the test", *ids]
    for address, content in before.items():
        assert open_class.title.encode() in content or EVENT not in address
        found = [text for text in planted if text.encode() in content]
        assert (address, found) == (address, [])
        assert browser.get(address).content == content, address


# When it changed


def test_last_modified_is_when_the_data_changed(browser: TestClient) -> None:
    def moments() -> list[str]:
        return [browser.get(f"{one}.csv").headers["last-modified"] for one in (WIFI, FACILITY)]

    at_load = "Tue, 24 Nov 2026 01:00:00 GMT"
    assert moments() == [at_load, at_load]
    checked(browser, "reported", NOW + DAY)
    assert moments() == [at_load, at_load]
    checked(browser, "working", NOW + DAY)
    assert moments() == ["Wed, 25 Nov 2026 01:00:00 GMT", at_load]
    run(
        "INSERT INTO import_run (id, dataset, file_name, source, made_at, made_by, added, "
        "changed, gone, refused) VALUES ('r', 'facility', 'x.csv', '', :at, :who, 1, 0, 0, 0)",
        at=times.stamp(NOW + 2 * DAY),
        who=person("staff").id,
    )
    assert moments()[1] == "Thu, 26 Nov 2026 01:00:00 GMT"
    run("UPDATE import_run SET undone_at = :at", at=times.stamp(NOW + 3 * DAY))
    assert moments() == ["Wed, 25 Nov 2026 01:00:00 GMT", "Fri, 27 Nov 2026 01:00:00 GMT"]
    assert browser.get(SQLITE).headers["last-modified"] == "Fri, 27 Nov 2026 01:00:00 GMT"


def test_a_class_that_changes_or_grows_too_old_changes_the_list_of_events(city: str) -> None:  # noqa: ARG001
    scheduled(day=date(2026, 11, 25), publish=False)
    assert read().modified["event"] == NOW
    found = scheduled(day=date(2026, 11, 26), publish=True)
    schedule.cancel(person("staff"), class_id=found.id, now=NOW + DAY)
    assert read(NOW + DAY).modified["event"] == NOW + DAY
    gone = found.starts_at + records.KEPT
    assert read(gone).modified["event"] == NOW + DAY
    assert read(gone + DAY).modified["event"] == gone


@pytest.mark.parametrize("address", [*FILES, FOLDER])
def test_who_has_a_file_already_gets_nothing_again(browser: TestClient, address: str) -> None:
    whole = browser.get(address)
    assert whole.status_code == 200
    assert whole.headers["cache-control"] == "public, max-age=300"
    etag, modified = whole.headers["etag"], whole.headers["last-modified"]
    again = browser.get(address, headers={"if-none-match": etag})
    assert (again.status_code, again.content) == (304, b"")
    assert (again.headers["etag"], again.headers["last-modified"]) == (etag, modified)
    other = {"if-none-match": '"other"', "if-modified-since": modified}
    assert browser.get(address, headers=other).status_code == 200
    head = browser.head(address)
    assert (head.status_code, head.headers["etag"]) == (200, etag)
    assert head.headers["content-length"] == whole.headers["content-length"]


@pytest.mark.parametrize("address", FILES)
def test_a_program_may_ask_by_date_and_from_any_page(browser: TestClient, address: str) -> None:
    headers = browser.get(address).headers
    same = {"if-modified-since": headers["last-modified"]}
    assert browser.get(address, headers=same).status_code == 304
    for other in ("Mon, 23 Nov 2026 01:00:00 GMT", "Wed, 25 Nov 2026 01:00:00 GMT", "yesterday"):
        assert browser.get(address, headers={"if-modified-since": other}).status_code == 200
    assert headers["access-control-allow-origin"] == "*"
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "name",
    [
        "042112_event.csv",
        "v1/042111_event.json",
        "v2/042111_event.csv",
        "042111_event",
        "042111_population.csv",
        "999999_machikado_desk.sqlite",
        "042111_event.csv%00",
        "..%2Fopendata%2F042111_event.csv",
        "x",
    ],
)
def test_there_is_nothing_else(browser: TestClient, name: str) -> None:
    assert browser.get(f"{FOLDER}{name}").status_code == 404


# The catalogue


def test_the_catalogue_leads_to_every_file(
    browser: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    scheduled(publish=True)
    monkeypatch.setenv("DESK_ADDRESS", "https://sumaho.example.lg.jp/")
    site = "https://sumaho.example.lg.jp"
    made = browser.get(CATALOGUE)
    assert made.headers["content-type"] == "application/ld+json"
    catalogue = made.json()
    assert (catalogue["@id"], catalogue["@type"]) == (f"{site}{CATALOGUE}", "dcat:Catalog")
    found = {}
    for dataset in catalogue["dcat:dataset"]:
        assert {"dct:title", "dct:description", "dct:publisher", "dct:issued"} <= set(dataset)
        assert dataset["dct:license"]["@id"] == publish.LICENCE_URL
        assert dataset["dct:modified"]["@value"] == times.stamp(NOW)
        for one in dataset["dcat:distribution"]:
            found[one["dcat:downloadURL"]["@id"]] = one
            assert one["dcat:accessURL"]["@id"] == f"{site}{FOLDER}"
    assert sorted(found) == sorted(f"{site}{one}" for one in FILES if one != CATALOGUE)
    for address, one in found.items():
        answer = browser.get(address.removeprefix(site))
        media = answer.headers["content-type"].partition(";")[0]
        assert one["dcat:mediaType"]["@id"].endswith(f"/media-types/{media}")
        if "dcat:byteSize" in one:
            assert one["dcat:byteSize"]["@value"] == str(len(answer.content))
    titles = {one["@language"]: one["@value"] for one in catalogue["dcat:dataset"][0]["dct:title"]}
    assert titles == {"ja": "公衆無線LANアクセスポイント一覧", "en": "Public Wi-Fi access points"}


# Everything in one file


@pytest.fixture
def opened(browser: TestClient, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """The SQLite file as another program opens it."""
    scheduled(publish=True)
    run("UPDATE wifi_spot SET venue_id = 'gone', sockets = NULL WHERE id = '042111W02'")
    answer = browser.get(SQLITE)
    assert answer.headers["content-type"] == "application/vnd.sqlite3"
    assert answer.headers["content-disposition"] == (
        'attachment; filename="042111_machikado_desk.sqlite"'
    )
    file = tmp_path / "public.sqlite"
    file.write_bytes(answer.content)
    connection = sqlite3.connect(f"{file.as_uri()}?mode=ro&immutable=1", uri=True)
    yield connection
    connection.close()


def test_the_database_has_keys_types_and_places_a_map_finds(opened: sqlite3.Connection) -> None:
    def all_of(sql: str) -> list[Any]:
        return opened.execute(sql).fetchall()

    assert all_of("PRAGMA integrity_check") == [("ok",)]
    assert all_of("PRAGMA foreign_key_check") == []
    counts = {"wifi": 14, "facility": 22, "event": 1, "town": 98, "metadata": 4}
    assert {name: all_of(f"SELECT COUNT(*) FROM {name}")[0][0] for name in counts} == counts
    for name in ("wifi", "facility", "event", "town"):
        columns = {row[1]: (row[2], row[5]) for row in all_of(f"PRAGMA table_info({name})")}
        assert (columns["id"], columns["sample"]) == (("TEXT", 1), ("INTEGER", 0))
        assert {columns[one][0] for one in ("latitude", "longitude")} == {"REAL"}
    for name in ("wifi", "event"):
        [key] = all_of(f"PRAGMA foreign_key_list({name})")
        assert key[2:5] == ("facility", "facility_id", "id")
    assert all_of("SELECT id, facility_id, sockets, seats, latitude FROM wifi ORDER BY id")[:2] == [
        ("042111W01", "0421110001", 1, 8, 38.10444444),
        ("042111W02", None, None, 4, 38.10444444),
    ]
    told = dict(
        all_of("SELECT table_name, license || ' ' || modified || ' ' || rows FROM metadata")
    )
    assert told["facility"] == f"CC-BY-4.0 {times.stamp(NOW)} 22"
    assert "国土地理院" in all_of("SELECT source FROM metadata WHERE table_name = 'facility'")[0][0]
    [hit] = all_of("SELECT name FROM facility_fts WHERE facility_fts MATCH '中央公民館'")
    assert hit == ("市民会館・中央公民館",)


def test_the_same_records_make_the_same_database(city: str) -> None:  # noqa: ARG001
    assert bundle.build(read()) == bundle.build(read(NOW + DAY))


# The page


def test_the_page_says_what_there_is_in_two_languages(browser: TestClient) -> None:
    run("UPDATE class SET trial = 1")
    ja, en = browser.get(FOLDER), browser.get(f"{FOLDER}?lang=en")
    assert browser.get("/opendata?lang=en").headers["location"] == f"{FOLDER}?lang=en"
    assert "オープンデータ" in ja.text
    for words in (
        "Open data",
        "14 rows",
        "Last changed: Tuesday 24 November 2026 10:00",
        "CC BY 4.0",
    ):
        assert words in en.text
    assert "岩沼市「公共施設一覧」（CC BY 4.0）" in ja.text
    assert "国土地理院" in ja.text
    for page in (ja, en):
        assert len(page.content) <= 60_000
        assert "<script" not in page.text
        assert page.text.count('class="mihon"') == 1
        links = set(re.findall(rf'href="({FOLDER}[^"]+)"', page.text))
        assert links == set(FILES)
    assert ja.headers["link"] == f'<{CATALOGUE}>; rel="alternate"; type="application/ld+json"'


def test_nobodys_name_becomes_html(browser: TestClient) -> None:
    run("UPDATE venue SET city_name = :x, source = :x", x=HOSTILE)
    run("UPDATE wifi_spot SET city_name = :x, source = :x", x=HOSTILE)
    for lang in ("ja", "en"):
        page = browser.get(f"{FOLDER}?lang={lang}").text
        assert "<script" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert json.loads(browser.get(CATALOGUE).text)["dct:publisher"]["foaf:name"] == HOSTILE
