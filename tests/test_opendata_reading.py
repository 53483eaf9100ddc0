"""Reading the city's lists: every quirk seen in real files, with a small file of its own."""

import csv
import io
import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from desk import store
from desk.language import say
from desk.opendata import columns, repair
from desk.opendata.rows import WHY, City, Row, Table, read
from desk.refusals import Refused
from tests import catalogue
from tests.conftest import refuses
from tests.open_data import (
    CITY,
    COARSE,
    EVENT,
    PLACE,
    POINT,
    SPOT,
    of,
    one,
    table,
    text,
    why,
)

TAKAMATSU = City(codes=frozenset({"372013"}), names=frozenset({"高松市"}))
V1_HEAD = "都道府県コード又は市区町村コード,NO,都道府県名,市区町村名,名称,名称_カナ,名称_英語"
V1_WIFI = f"{V1_HEAD},住所,方書,緯度,経度,設置者,電話番号,内線番号,SSID,提供エリア,URL,備考"
V3_HEAD = "全国地方公共団体コード,ID,地方公共団体名,名称,名称_カナ,名称_英語"
V3_PLACE = (
    "所在地_全国地方公共団体コード,町字ID,所在地_連結表記,所在地_都道府県,所在地_市区町村,"
    "所在地_町字,所在地_番地以下,建物名等(方書),緯度,経度,高度の種別,高度の値"
)
KUMAMOTO = (
    "自治体コード,法人番号,ID,地方公共団体名,名称,名称_カナ,名称_英字,所在地_自治体コード,町字ID,"
    "所在地_連結標記,所在地_都道府県,所在地_市区町村,所在地_町字,所在地_番地以下,建物名等,緯度,経度,"
    "設置者,電話番号,内線番号,メールアドレス,連絡先FormURL,連絡先備考,郵便番号,SSID,提供エリア,URL,備考"
)
ENGLISH = (
    '"#property","latitude","longitude","prefCode","identification","pref","city","name",'
    '"fullNameInKana","fullNameInRomaji","address","katagaki","installer","telephoneNumber",'
    '"extensionNumber","ssid","area","referenceObject","note"'
)
FACILITY_KUMAMOTO = (
    "自治体コード,ID,名称,名称_カナ,名称_英字,所在地_自治体コード,町字ID,所在地_連結標記,所在地_都道府県,"
    "所在地_市区町村,所在地_町字,所在地_番地以下,建物名等,緯度,経度,種別,電話番号,内線番号,"
    "メールアドレス,連絡先FormURL,連絡先備考,郵便番号,利用可能曜日,開始時間,終了時間,利用可能日時特記,"
    "URL,画像,備考"
)


def rows(content: str | bytes, city: City = CITY, **kind: str) -> tuple[Row, ...]:
    raw = content if isinstance(content, bytes) else content.encode()
    return read(raw, "list.csv", city, **kind).rows


def record(row: Row) -> dict[str, Any]:
    assert row.record is not None, row.refusal
    return row.record


def refusal(row: Row) -> Refused:
    assert row.record is None
    assert row.refusal is not None
    return row.refusal


# --- which list, which generation


@pytest.mark.parametrize(
    ("header", "dataset", "generation"),
    [
        (V1_WIFI, "wifi", "v1"),
        (f"{V1_WIFI},最終確認日", "wifi", "v1"),
        (f"{V3_HEAD},{V3_PLACE},設置者,電話番号,SSID,提供エリア,URL,備考", "wifi", "v3"),
        (KUMAMOTO, "wifi", "v3"),
        (ENGLISH.replace('"', ""), "wifi", "english"),
        (f"{V1_HEAD},名称_通称,POIコード,住所,方書,緯度,経度,利用可能曜日", "facility", "v1"),
        (f"{V3_HEAD},{V3_PLACE},種別", "facility", "v3"),
        (FACILITY_KUMAMOTO, "facility", "v3"),
        ("#property,latitude,longitude,name,address,telephoneNumber,note", "facility", "english"),
        (f"{V1_HEAD},イベント名,イベント名_カナ,開始日,終了日,場所名称,定員", "event", "v1"),
        (f"{V3_HEAD},イベント名,開始日,{V3_PLACE}", "event", "v3"),
        ("№,対象,開催日,開始時間,終了時間,行事名,場所名称,緯度,経度,定員", "event", "other"),
        ("市区町村コード,地域コード,調査年月日,地域名,総人口,0-4歳の男性", "population", "v1"),
        ("#property,prefCode,surveyDate,regionName,totalPopulation,man1", "population", "english"),
        ("全国地方公共団体コード,地域名,調査年月日,0-14歳,15-64歳", "population", "v3"),
    ],
)
def test_a_list_is_known_by_the_names_of_its_columns(
    header: str, dataset: str, generation: str
) -> None:
    names = header.split(",")
    assert columns.recognise(names)[0] == dataset
    assert columns.recognise(list(reversed(names)))[0] == dataset
    assert columns.generation(names) == generation


def test_columns_are_matched_by_name_wherever_they_stand() -> None:
    cells = {**SPOT, "住所": "岩沼市桜一丁目6-20", "備考": "入口のそば"}
    turned = dict(reversed(list(cells.items())))
    assert record(one(turned)) == record(one(cells))


@pytest.mark.parametrize(
    ("names", "field"),
    [
        (("所在地_連結標記", "所在地_連結表記", "住所", "address"), "address"),
        (("自治体コード", "全国地方公共団体コード", "市区町村コード", "prefCode"), "city_code"),
        (("名称_英字", "名称_英語", "名称_ローマ字", "fullNameInRomaji"), "name_en"),
        (("建物名等", "建物名等(方書)", "建物名等（肩書）", "方書", "katagaki"), "building"),
        (("利用可能日時特記", "利用可能日時特記事項"), "hours_note"),
        (("時間制限(分)", "時間制限（分）", "時間制限_分"), "minutes_limit"),
        (("名称_カナ", "名称 カナ", "名称（カナ）", "名称\nカナ", "名称_ｶﾅ", "*名称_カナ"), "kana"),
        (("ＳＳＩＤ", " SSID ", "S S I D", "ssid", "SSID※"), "ssid"),
    ],
)
def test_the_spellings_of_a_column_mean_the_same(names: tuple[str, ...], field: str) -> None:
    assert [list(columns.match([name], "wifi")) for name in names] == [[field]] * len(names)


def test_brackets_in_a_header_are_written_this_way_or_that() -> None:
    assert len({columns.plain(one) for one in ("料金(基本)", "料金（基本）", "料金_基本")}) == 1


def test_ages_are_known_in_every_spelling() -> None:
    spellings = ("0-4歳の男性", "0～4歳男", "０−４歳（男）", "男性0-4歳", "man1")
    assert [list(columns.match([name], "population")) for name in spellings] == [["m0"]] * 5
    oldest = ("85歳以上の女性", "85歳以上女", "woman18")
    assert [list(columns.match([name], "population")) for name in oldest] == [["f85"]] * 3


def test_columns_nobody_reads_are_said() -> None:
    found = table({**SPOT, "高度の種別": "", "町字ID": "1", "理由": "x"})
    assert found.unused == ("高度の種別",)


def test_staff_say_which_list_it_is() -> None:
    content = text({"名称": "市役所", **POINT, "備考": "Wi-Fiあり"}).encode()
    assert read(content, "x.csv", CITY).dataset == "facility"
    assert read(content, "x.csv", CITY, dataset="wifi").dataset == "wifi"
    with refuses("table_unknown"):
        read(content, "x.csv", CITY, dataset="population")


def test_a_file_without_known_columns_is_refused() -> None:
    with refuses("table_unknown"):
        read(b"a,b,c\n1,2,3\n", "x.csv", CITY)


def test_another_list_is_not_taken_for_facilities() -> None:
    shelter = {"名称": "小学校", "住所": "岩沼市桜一丁目1", **POINT, "災害種別_洪水": "1"}
    with refuses("table_other"):
        table(shelter)


def test_a_header_without_rows_is_refused() -> None:
    with refuses("file_empty"):
        rows("名称,SSID,緯度,経度\n,,,\n")


# --- encodings, newlines, what stands above the header


@pytest.mark.parametrize(
    ("encode", "said"),
    [
        (lambda text: text.encode("utf-8"), "UTF-8"),
        (lambda text: text.encode("utf-8-sig"), "UTF-8 BOM"),
        (lambda text: text.encode("cp932"), "CP932"),
        (lambda text: text.encode("utf-16"), "UTF-16"),
        (lambda text: b"\xfe\xff" + text.encode("utf-16-be"), "UTF-16"),
        (lambda text: text.encode("utf-16-le"), "UTF-16LE"),
        (lambda text: text.encode("utf-16-be"), "UTF-16BE"),
    ],
)
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_every_encoding_and_delimiter_is_read(encode: Any, said: str, delimiter: str) -> None:
    content = encode(text({**SPOT, "備考": "窓口で、どうぞ"}, delimiter=delimiter))
    found = read(content, "x.csv", CITY)
    assert found.encoding == said
    assert record(found.rows[0])["note"] == "窓口で、どうぞ"


PREAMBLE = "\n".join(
    ["#LINK,,,", "#lang,ja,,", "#license,http://creativecommons.org/licenses/by/3.0/deed.ja,,"]
)


def test_the_header_is_found_below_other_lines_and_comments_below_it_are_skipped() -> None:
    content = (
        f"{PREAMBLE}\n\n公衆無線LANアクセスポイント一覧,,,\n"
        "#property,name,ssid,latitude,longitude\n"
        "#object_type_xsd,string,string,string,string\n"
        "#property_context,Assertion,Assertion,Assertion,Assertion\n"
        "1,市役所,Iwanuma,38.1044,140.8701\n"
    )
    (found,) = rows(content)
    assert (found.line, record(found)["name"], record(found)["ssid"]) == (9, "市役所", "Iwanuma")


def test_english_keys_are_read() -> None:
    content = (
        f"{ENGLISH}\n"
        '"6","34.349","134.0506","37201",,"香川県","高松市","披雲閣",,,"香川県高松市玉藻町２番１号",'
        ',,,,"KAGAWA-WiFi",,,\n'
    )
    (found,) = rows(content, TAKAMATSU)
    assert record(found) == {
        "id": "",
        "city_code": "372013",
        "city_name": "高松市",
        "name": "披雲閣",
        "kana": "",
        "name_en": "",
        "provider": "",
        "address": "香川県高松市玉藻町２番１号",
        "telephone": "",
        "url": "",
        "area": "",
        "ssid": "KAGAWA-WiFi",
        "note": "",
        "lat": 34.349,
        "lng": 134.0506,
        "placed": "given",
    }
    assert why(found) == ["code"]


def test_line_breaks_in_headers_and_cells_and_mixed_newlines_are_read() -> None:
    content = (
        '"名称","S\r\nSID","緯\n度",経度,備考\r\n'
        '"中央\n公民館",a,38.10,140.87,"1階\r\n2階"\n'
        "図書館,b,38.11,140.88,\r"
        "体育館,c,38.12,140.89,\n"
    )
    found = rows(content)
    assert [record(row)["name"] for row in found] == ["中央 公民館", "図書館", "体育館"]
    assert [row.line for row in found] == [4, 7, 8]
    assert record(found[0])["note"] == "1階\n2階"
    assert why(found[0]) == ["one_line"]


def test_rows_may_be_shorter_or_longer_where_nothing_is_lost() -> None:
    found = rows(
        "名称,SSID,緯度,経度,備考\nA,a,38.10,140.87\nB,b,38.10,140.87,x,,\nC,c,38.10,140.87,1,2\n"
    )
    assert [record(row)["note"] for row in found[:2]] == ["", "x"]
    assert (refusal(found[2]).code, found[2].line) == ("row_long", 4)


def test_a_column_without_a_name_is_kept_where_something_stands() -> None:
    found = read("名称,SSID,緯度,経度,,\nA,a,38.1,140.87,memo,\n".encode(), "x.csv", CITY)
    assert found.header == ("名称", "SSID", "緯度", "経度", "列5")
    assert found.rows[0].cells["列5"] == "memo"


def test_two_columns_of_one_name_are_both_kept_and_the_first_that_is_filled_is_read() -> None:
    content = (
        "名称,SSID,緯度,経度,電話番号,電話番号\nA,a,38.1,140.87,,0223-1\nB,b,38.1,140.87,1,2\n"
    )
    found = read(content.encode(), "x.csv", CITY)
    assert found.header[4:] == ("電話番号", "電話番号 (2)")
    assert [record(row)["telephone"] for row in found.rows] == ["0223-1", "1"]
    assert [why(row) for row in found.rows] == [[], ["second_column"]]
    again = text(*(row.cells for row in found.rows)).encode()
    assert [row.record for row in read(again, "x.csv", CITY).rows] == [
        row.record for row in found.rows
    ]


def test_the_header_again_in_the_middle_is_left_out_with_its_reason() -> None:
    found = rows("名称,SSID,緯度,経度\nA,a,38.1,140.87\n名称,SSID,緯度,経度\nB,b,38.1,140.87\n")
    assert [row.refusal and row.refusal.code for row in found] == [None, "row_header", None]


# --- cells


@pytest.mark.parametrize(
    ("written", "codes", "read_as"),
    [
        ("042111", {"042111"}, "042111"),
        ("04211", {"042111"}, "042111"),
        ("42111", {"042111"}, "042111"),
        ("4211", {"042111"}, "042111"),
        ("42111.0", {"042111"}, "042111"),
        ("０４２１１１", {"042111"}, "042111"),
        ("37201", {"372013"}, "372013"),
        ("372013", {"372013"}, "372013"),
        ("132098", {"132098"}, "132098"),
        ("131083", {"131083"}, "131083"),
        ("13", {"130001"}, "130001"),
        ('="042111"', {"042111"}, "042111"),
    ],
)
def test_a_citys_code_is_read_with_and_without_its_check_digit_and_zero(
    written: str, codes: set[str], read_as: str
) -> None:
    city = City(codes=frozenset(codes))
    row = one({"市区町村コード": written, **SPOT}, city)
    assert record(row)["city_code"] == read_as
    assert bool(of(row, "市区町村コード")) == (written != read_as)


@pytest.mark.parametrize(
    "code", ["011002", "042111", "131016", "131083", "132098", "271004", "372013", "401307"]
)
def test_the_check_digit_is_that_of_published_codes(code: str) -> None:
    assert repair.check_digit(code[:5]) == code[5]


def test_a_row_of_another_city_is_refused_with_its_code() -> None:
    found = refusal(one({"市区町村コード": "37201", **SPOT}))
    assert (found.code, found.facts) == ("row_other_city", {"found": "372013"})
    assert refusal(one({"市区町村コード": "岩沼", **SPOT})).code == "cell_wrong"
    assert refusal(one({"市区町村コード": "042112", **SPOT})).code == "cell_wrong"


def test_a_row_without_a_code_is_of_the_desks_own_city() -> None:
    assert record(one(SPOT))["city_code"] == "042111"
    assert record(one({"市区町村コード": "", **SPOT}))["city_name"] == "岩沼市"
    several = City(codes=frozenset({"042111", "042072"}))
    assert "city_code" not in record(one(SPOT, several))


@pytest.mark.parametrize(
    ("column", "field", "cell", "value", "reason"),
    [
        ("電話番号", "telephone", "０２２３－２２－１１１１", "0223-22-1111", "full_width"),
        ("電話番号", "telephone", "なし", "", "empty_word"),
        ("URL", "url", "－", "", "empty_word"),
        ("URL", "url", "―", "", "empty_word"),
        ("URL", "url", "市のホームページ", "", "not_web"),
        ("URL", "url", "ftp://example.jp/", "", "not_web"),
        ("URL", "url", "javascript:alert(1)", "", "not_web"),
        ("URL", "url", "くわしくは https://example.jp/a", "https://example.jp/a", "full_width"),
        ("備考", "note", "-", "", "empty_word"),
        ("備考", "note", "番号は 1234-5678-9018 です", "", "my_number"),
        ("名称_カナ", "kana", "１２３４５６７８９０１８", "", "my_number"),
        ("席数", "seats", "１０席", 10, "number"),
        ("席数", "seats", "4,315 ", 4315, "number"),
        ("席数", "seats", "なし", 0, "word"),
        ("席数", "seats", "不明", None, "empty_word"),
        ("席数", "seats", "たくさん", None, "unreadable"),
        ("電源", "sockets", "有", 1, "word"),
        ("電源", "sockets", "×", 0, "word"),
        ("車いす", "wheelchair", "-", None, "empty_word"),
        ("利用登録", "registration", "不要", 0, "word"),
        ("時間制限（分）", "minutes_limit", "30分", 30, "number"),
        ("時間制限（分）", "minutes_limit", "無制限", 0, "word"),
        ("状態", "state", "workingPartially", "partly", "word"),
        ("状態", "state", "故障中", "unknown", "unreadable"),
        ("最終確認日", "checked_on", "令和8年9月1日", "2026-09-01", "day"),
        ("最終確認日", "checked_on", "２０２６／９／１", "2026-09-01", "day"),
        ("最終確認日", "checked_on", "6/1/2023", "2023-06-01", "day_western"),
        ("最終確認日", "checked_on", "2026-02-30", "", "unreadable"),
        ("終了時間", "closes", "24:00", "23:59", "midnight"),
        ("終了時間", "closes", "２４時", "23:59", "midnight"),
        ("終了時間", "closes", "午後5時15分", "17:15", "clock"),
        ("終了時間", "closes", "夜まで", "", "unreadable"),
        ("利用可能曜日", "days", "月-金", "月火水木金", "weekdays"),
        ("備考", "note", '="0421"', "0421", "unwrapped"),
        ("備考", "note", '＝"0421"', "0421", "unwrapped"),
        ("暗号化", "security", "WPA2-PSK", "WPA", "word"),
    ],
)
def test_a_cell_is_put_right_and_the_report_says_how(
    column: str, field: str, cell: str, value: object, reason: str
) -> None:
    row = one({**SPOT, column: cell})
    assert record(row)[field] == value
    (said,) = of(row, column)
    assert said.why == reason
    if reason == "my_number":
        assert (said.before, said.after) == ("", "")
    else:
        assert said.before in cell.strip()


@pytest.mark.parametrize(
    ("column", "field", "cell", "value"),
    [
        ("備考", "note", "なし", "なし"),
        ("備考", "note", "'-1℃でも使えます", "-1℃でも使えます"),
        ("備考", "note", "'-", "-"),
        ("備考", "note", "'=SUM(A1)", "=SUM(A1)"),
        ("備考", "note", "'90年代の建物", "'90年代の建物"),
        ("提供エリア", "area", "１階\n2階", "１階\n2階"),
        ("開始時間", "opens", "9:00", "09:00"),
        ("最終確認日", "checked_on", "2026/9/1", "2026-09-01"),
        ("利用可能曜日", "days", "月・水・金", "月水金"),
        ("席数", "seats", "12", 12),
        ("電源", "sockets", "あり", 1),
        ("電源", "sockets", "なし", 0),
        ("状態", "state", "一部だけ使えます", "partly"),
        ("状態", "state", "", "unknown"),
        ("位置の決め方", "placed", "地区", "town"),
        ("位置の決め方", "placed", "住所", "address"),
        ("位置の決め方", "placed", "", "given"),
        ("見本", "trial", "1", 1),
        ("見本", "trial", "", 0),
        ("出典", "source", "市のオープンデータ", "市のオープンデータ"),
        ("施設ID", "venue_id", "0421110001", "0421110001"),
        (
            "接続方法",
            "how",
            "設定を おします / Wi-Fiを おします",
            "設定を おします\nWi-Fiを おします",
        ),
        (
            "接続方法",
            "how",
            "設定を おします\nWi-Fiを おします",
            "設定を おします\nWi-Fiを おします",
        ),
        (
            "URL",
            "url",
            "https://example.jp/202408020911.html",
            "https://example.jp/202408020911.html",
        ),
        ("パスワード", "password", "123456789018", "123456789018"),
        ("電話番号", "telephone", "0223-22-1111", "0223-22-1111"),
    ],
)
def test_a_cell_that_is_right_is_taken_as_it_is(
    column: str, field: str, cell: str, value: object
) -> None:
    row = one({**SPOT, column: cell})
    assert record(row)[field] == value
    assert row.repairs == ()


def test_what_the_file_has_no_column_for_is_not_in_the_record() -> None:
    assert set(record(one(SPOT))) == {
        *("name", "ssid", "lat", "lng", "placed", "city_code", "city_name")
    }


def test_a_network_is_kept_to_the_letter() -> None:
    name = 'ＭＩＨＯＮ;,:"\\ 123456789018'
    assert record(one({**SPOT, "SSID": name}))["ssid"] == name


def test_in_a_list_of_the_desk_itself_a_dash_is_a_dash() -> None:
    row = one({**SPOT, "SSID": "―", "備考": "―", "位置の決め方": ""})
    assert (record(row)["ssid"], record(row)["note"], row.repairs) == ("―", "―", ())


def test_a_network_with_a_password_is_not_called_open() -> None:
    assert record(one({**SPOT, "暗号化": "", "パスワード": "secret"}))["security"] == "WPA"
    assert record(one({**SPOT, "暗号化": "", "パスワード": ""}))["security"] == "open"
    assert refusal(one({**SPOT, "暗号化": "ひみつ"})).code == "cell_wrong"


def test_several_telephone_numbers_are_no_my_number() -> None:
    row = one({**SPOT, "電話番号": "087-833-2282\n（087-839-2292）", "内線番号": ""})
    assert record(row)["telephone"] == "087-833-2282; 087-839-2292"
    row = one({**SPOT, "電話番号": "0223-22-1111、0223-22-2222"})
    assert (record(row)["telephone"], why(row)) == ("0223-22-1111; 0223-22-2222", ["telephones"])
    row = one({**SPOT, "電話番号": "1234-5678、9018"})
    assert (record(row)["telephone"], why(row)) == ("", ["my_number"])


def test_an_extension_and_a_building_are_not_lost() -> None:
    cells = {**SPOT, "電話番号": "0223-22-1111", "内線番号": "123", "住所": "岩沼市桜一丁目6-20"}
    row = one({**cells, "方書": "桜ビル3階"})
    assert record(row)["telephone"] == "0223-22-1111（内線123）"
    assert record(row)["address"] == "岩沼市桜一丁目6-20 桜ビル3階"
    assert why(row) == ["building", "extension"]
    assert record(one({**cells, "方書": "市役所"}))["address"] == "岩沼市桜一丁目6-20"


def test_an_address_in_parts_is_put_together() -> None:
    parts = {"所在地_連結表記": "", "所在地_都道府県": "宮城県", "所在地_市区町村": "岩沼市"}
    row = one({**SPOT, **parts, "所在地_町字": "桜一丁目", "所在地_番地以下": "6-20"})
    assert (record(row)["address"], why(row)) == ("宮城県岩沼市桜一丁目6-20", ["address_joined"])
    nothing = one({**SPOT, **parts, "所在地_町字": "", "所在地_番地以下": ""})
    assert (record(nothing)["address"], why(nothing)) == ("", [])


@pytest.mark.parametrize(
    ("cell", "days"),
    [
        ("月火水木金土日", "月火水木金土日"),
        ("月-金", "月火水木金"),
        ("月曜〜金曜", "月火水木金"),
        ("月曜日から金曜日", "月火水木金"),
        ("土～月", "月土日"),
        ("平日", "月火水木金"),
        ("平日、土曜日", "月火水木金土"),
        ("毎日", "月火水木金土日祝"),
        ("年中無休", "月火水木金土日祝"),
        ("月・水・金", "月水金"),
        ("月、水、金", "月水金"),
        ("土日祝", "土日祝"),
        ("土・日・祝日", "土日祝"),
        ("Mon-Fri", "月火水木金"),
        ("⽉⽕", "月火"),
    ],
)
def test_weekdays_are_read_in_many_spellings(cell: str, days: str) -> None:
    assert record(one({**PLACE, "利用可能曜日": cell}))["days"] == days


@pytest.mark.parametrize("cell", ["月曜休館", "定休日 月曜", "要問合せ", "第1月曜"])
def test_what_is_no_list_of_open_days_is_not_taken_for_one(cell: str) -> None:
    row = one({**PLACE, "利用可能曜日": cell})
    assert (record(row)["days"], why(row)) == ("", ["unreadable"])


def test_what_else_a_cell_of_hours_says_goes_into_the_note() -> None:
    row = one(
        {
            **PLACE,
            "利用可能曜日": "火〜日（祝日を除く）",
            "開始時間": "9:00",
            "終了時間": "17:00（最終入館16:30まで）",
            "利用可能日時特記事項": "年末年始は休み",
        }
    )
    assert record(row)["days"] == "火水木金土日"
    assert record(row)["closes"] == "17:00"
    assert record(row)["hours_note"] == "年末年始は休み\n祝日を除く\n最終入館16:30まで"
    assert why(row) == ["weekdays_note", "clock_note"]


@pytest.mark.parametrize(
    ("note", "minutes"),
    [
        ("1回あたりの接続時間：30分（回数制限なし。ただし30分毎に再度認証が必要）", 30),
        ("利用時間は１回６０分まで", 60),
        ("1回当たり最大2時間", 120),
        ("利用時間 9時から17時", None),
        ("駅から30分", None),
    ],
)
def test_a_time_limit_is_found_in_the_note(note: str, minutes: int | None) -> None:
    row = one({**SPOT, "備考": note})
    assert record(row).get("minutes_limit") == minutes
    assert why(row) == (["limit_of_note"] if minutes else [])
    # Where there is a column for it, the note says nothing.
    assert record(one({**SPOT, "備考": note, "時間制限（分）": ""}))["minutes_limit"] is None


def test_a_needed_cell_refuses_its_row() -> None:
    assert refusal(one({**SPOT, "名称": ""})).facts == {"column": "名称"}
    assert refusal(one({**SPOT, "SSID": "-"})).facts == {"column": "SSID"}
    assert refusal(one({**SPOT, "名称": "1234 5678 9018"})).code == "my_number"


def test_what_may_be_a_my_number_is_repeated_nowhere() -> None:
    cells = {**SPOT, "備考": "123456789018", "名称_カナ": "123456789018", "席数": "123456789018"}
    row = one({**cells, "最終確認日": "123456789018", "利用可能曜日": "123456789018"})
    assert "123456789018" not in repr((row.record, row.repairs, row.refusal))


@pytest.mark.parametrize("cell", ["=1+1", " =1+1", "＝SUM(A1)", "﹦A1", '=HYPERLINK("x")'])
def test_a_formula_in_a_csv_refuses_its_row(cell: str) -> None:
    found = table({**SPOT, "備考": cell}, {**SPOT, "備考": "x"}).rows
    assert (refusal(found[0]).code, refusal(found[0]).facts) == ("row_formula", {"column": "備考"})
    assert record(found[1])["note"] == "x"


# --- ids and access points


def ids(*cells: str, column: str = "ID") -> list[str]:
    found = table(*({column: cell, **SPOT, "名称": f"N{n}"} for n, cell in enumerate(cells)))
    return [record(row)["id"] for row in found.rows]


def test_an_id_is_kept_when_it_is_one() -> None:
    assert ids("0421110001", "A-1") == ["0421110001", "A-1"]
    assert ids("1", "12345", column="NO") == ["", ""]
    assert ids("7", "8", column="NO") == ["7", ""]  # the desk knows 7


def test_an_id_a_spreadsheet_cut_short_is_dropped() -> None:
    found = table(*({"ID": "4.2111E+11", **SPOT, "名称": f"N{n}"} for n in range(3)))
    assert [record(row)["id"] for row in found.rows] == ["", "", ""]
    assert [why(row) for row in found.rows] == [["id_lost"]] * 3


def test_ids_that_are_all_the_same_or_there_twice_are_dropped() -> None:
    assert ids("X1", "X1", "X1") == ["", "", ""]
    assert ids("X1", "X2", "X1") == ["", "X2", ""]


def test_what_cannot_be_an_id_is_dropped() -> None:
    assert ids("市役所", "a b", "1234-5678-9018") == ["", "", ""]


def test_a_uuid_may_hold_twelve_digits() -> None:
    id = "12345678-1234-4123-8123-123456789018"
    assert record(one({"ID": id, **EVENT}))["id"] == id


def test_access_points_of_one_place_become_one_row() -> None:
    found = table(
        {"ID": "a1", **SPOT, "提供エリア": "1階", "住所": "岩沼市桜一丁目6-20", "備考": ""},
        {"ID": "a2", **SPOT, "提供エリア": "2階", "住所": "岩沼市桜一丁目６−２０", "備考": "静か"},
        {"ID": "a3", **SPOT, "提供エリア": "1階", "住所": "岩沼市桜一丁目6-20", "備考": ""},
        {"ID": "a4", **SPOT, "提供エリア": "1階", "住所": "岩沼市桜二丁目", "備考": ""},
    ).rows
    assert [(row.line, row.merged) for row in found] == [(2, (3, 4)), (5, ())]
    assert record(found[0])["area"] == "1階、2階"
    assert record(found[0])["note"] == "静か"
    assert record(found[0])["id"] == "a1"
    assert why(found[0]) == ["access_points"]


def test_networks_whose_names_differ_in_a_capital_are_two() -> None:
    found = table({**SPOT, "SSID": "City_WiFi"}, {**SPOT, "SSID": "city_wifi"}).rows
    assert [(record(row)["ssid"], row.merged) for row in found] == [
        ("City_WiFi", ()),
        ("city_wifi", ()),
    ]


def test_access_points_the_desk_knows_by_their_ids_stay_apart() -> None:
    known = table({"ID": "042111W01", **SPOT}, {"ID": "042111W02", **SPOT}, {"ID": "x", **SPOT})
    assert [(record(row)["id"], row.merged) for row in known.rows] == [
        ("042111W01", (4,)),
        ("042111W02", ()),
    ]
    one_known = table({"ID": "x", **SPOT}, {"ID": "042111W01", **SPOT})
    assert [(record(row)["id"], row.merged) for row in one_known.rows] == [("042111W01", (3,))]


def test_one_place_listed_under_one_id_again_and_again_keeps_it() -> None:
    found = table({"ID": "p1", **SPOT}, {"ID": "p1", **SPOT})
    assert [(record(row)["id"], row.merged) for row in found.rows] == [("p1", (3,))]


# --- facilities and events


def test_a_facility_of_the_published_form_is_read() -> None:
    cells = dict.fromkeys(FACILITY_KUMAMOTO.split(","), "")
    cells |= {"自治体コード": "04211", "ID": "0421110009", "名称": "中央公民館", "種別": "公民館"}
    cells |= {"所在地_連結標記": "宮城県岩沼市桜一丁目6-20", **POINT, "利用可能曜日": "平日"}
    cells |= {"開始時間": "9時", "終了時間": "24:00", "利用可能日時特記": "祝日は休み"}
    row = one(cells)
    assert record(row) == {
        "id": "0421110009",
        "city_code": "042111",
        "city_name": "岩沼市",
        "name": "中央公民館",
        "kana": "",
        "name_en": "",
        "kind": "公民館",
        "address": "宮城県岩沼市桜一丁目6-20",
        "telephone": "",
        "url": "",
        "lat": 38.1044,
        "lng": 140.8701,
        "placed": "given",
        "days": "月火水木金",
        "opens": "09:00",
        "closes": "23:59",
        "hours_note": "祝日は休み",
        "note": "",
    }
    assert why(row) == ["code", "weekdays", "clock", "midnight"]


def test_an_event_is_read() -> None:
    cells = {
        **EVENT,
        "終了日": "",
        "開始時間": "午後1時30分",
        "終了時間": "15:00",
        "状態": "開催中止",
    }
    cells |= {"場所名称": "中央公民館", "住所": "岩沼市桜一丁目6-20", "方書": "会議室", "定員": "8"}
    row = one({"全国地方公共団体コード": "042111", **cells, "備考": "中止", "緯度": "", "経度": ""})
    assert record(row) == {
        "name": "スマホ教室",
        "day": "2026-12-01",
        "ends_day": "2026-12-01",
        "starts": "13:30",
        "ends": "15:00",
        "status": "中止",
        "venue": "中央公民館",
        "address": "岩沼市桜一丁目6-20",
        "room": "会議室",
        "seats": 8,
        "note": "中止",
        "lat": None,
        "lng": None,
    }
    assert why(row) == ["clock", "word"]


@pytest.mark.parametrize(
    ("cell", "first", "last", "reason"),
    [
        ("9月7日(土)～\n11月4日(月・祝) ", "2024-09-07", "2024-11-04", "year_of_file"),
        ("9月14日（土）\n～9月18日（水）", "2024-09-14", "2024-09-18", "year_of_file"),
        ("1月11日（土）", "2025-01-11", "2025-01-11", "year_of_file"),
        ("2024年9月7日(土)～2024年9月8日(日)", "2024-09-07", "2024-09-08", "span"),
        ("令和6年9月7日", "2024-09-07", "2024-09-07", "day"),
        ("2024-09-07", "2024-09-07", "2024-09-07", ""),
    ],
)
def test_days_of_events_are_read(cell: str, first: str, last: str, reason: str) -> None:
    row = one({"行事名": "展示", "開催日": cell}, name="events_20240918.csv")
    assert (record(row)["day"], record(row)["ends_day"]) == (first, last)
    assert why(row) == ([reason] if reason else [])


@pytest.mark.parametrize(
    "cell",
    [
        "9月11日(aaa)",
        "9月8日(土)",  # a Sunday in 2024, and no Saturday in 2025
        "10月4日、11日、18日、25日\nいずれも（金）",
        "①10月27日(日)\n②11月6日(水)",
        "随時（要調整）",
        "11月4日(月)～9月7日(土)",
    ],
)
def test_a_day_that_cannot_be_told_refuses_its_row(cell: str) -> None:
    found = refusal(one({"行事名": "展示", "開催日": cell}, name="events_20240918.csv"))
    assert (found.code, found.field) == ("cell_wrong", "開催日")


def test_without_the_year_a_weekday_does_not_help() -> None:
    cells = {"行事名": "展示", "開催日": "9月7日(土)"}
    assert refusal(one(cells)).code == "cell_wrong"
    titled = f"令和6年度 行事予定,\n{text(cells)}"
    assert record(rows(titled)[0])["day"] == "2024-09-07"


@pytest.mark.parametrize(
    ("cell", "seats"),
    [
        ("30", 30),
        ("申込先着\n16人", 16),
        ("20人程度", 20),
        ("なし", None),
        ("40組80名、20人", None),
    ],
)
def test_the_seats_of_an_event_are_found_in_what_is_said(cell: str, seats: int | None) -> None:
    assert record(one({**EVENT, "定員": cell}))["seats"] == seats


# --- what holds for every file


@pytest.mark.parametrize("key", list(WHY))
def test_every_repair_has_its_words(key: str) -> None:
    japanese = catalogue.read("ja")
    assert WHY[key] in japanese
    assert japanese[WHY[key]].string


def test_every_reason_for_a_repair_is_known() -> None:
    quirks = [
        {**SPOT, "備考": "-", "電話番号": "０１", "利用可能曜日": "平日（祝を除く）", "ID": "1E+9"},
        {**SPOT, "緯度": "38.1,140.87", "経度": "", "席数": "1席", "URL": "x", "最終確認日": "?"},
    ]
    assert {reason for row in quirks for reason in why(one(row))} <= set(WHY)


def test_a_refusal_can_be_said_in_japanese() -> None:
    found = refusal(one({**SPOT, "名称": ""}))
    assert say(found, "ja") == "「名称」が空です。書いてください。"


def test_refused_rows_can_be_mended_and_dropped_again() -> None:
    row = one({**SPOT, "緯度": "", "経度": ""})
    assert refusal(row).code == "row_nowhere"
    again = one({"理由": "位置がありません", **row.cells, **POINT})
    assert record(again)["lat"] == 38.1044


cell_text = some.text(
    some.sampled_from("0129-－.,、/:年月日火(（)）分席なし市桜丁目=＝'\"\n 　EeＡａ県〜①")
    | some.characters(),
    max_size=20,
)


def outcome(content: bytes, dataset: str | None = None) -> Table | str:
    """What was read, or the sentence why not."""
    try:
        return read(content, "x.csv", CITY, dataset=dataset)
    except Refused as refused:
        return say(refused, "ja")


@given(
    some.sampled_from([SPOT, PLACE, EVENT, COARSE]),
    some.lists(some.tuples(some.integers(0, 40), cell_text), max_size=8),
)
def test_no_row_is_lost_without_a_reason_whatever_stands_in_it(
    like: dict[str, str], cells: list[tuple[int, str]]
) -> None:
    known = list(itertools.chain.from_iterable(n[:1] for n in columns.FIELDS["wifi"].values()))
    kinds = {"イベント名": "event", "地域名": "population", "SSID": "wifi"}
    dataset = next((kinds[name] for name in like if name in kinds), "facility")
    row = dict(like)
    for number, cell in cells:
        names = [*like, *known]
        row[names[number % len(names)]] = cell.replace("\0", "")
    out = io.StringIO()
    csv.writer(out).writerows([list(row), list(row.values())])
    content = out.getvalue().encode("utf-8", "replace")
    found = outcome(content, dataset)
    if isinstance(found, str):
        return
    (only,) = found.rows
    assert (only.record is None) == (only.refusal is not None)
    assert only.refusal is None or say(only.refusal, "ja")
    assert {repair.why for repair in only.repairs} <= set(WHY)


@given(some.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    for start in (b"", "名称,SSID,緯度,経度\n".encode(), b"PK\x03\x04", b"\xff\xfe"):
        found = outcome(start + content)
        assert isinstance(found, str) or found.rows


def test_the_city_is_read_from_the_desk(city: str) -> None:
    with store.engine().reading() as reader:
        found = City.read(reader)
    assert (city, found.code, found.name) == (city, "042111", "岩沼市")
    assert len(found.towns) == 98
    assert {"0421110001", "0421110002"} <= {venue.id for venue in found.venues}
    assert "042111W01" in found.wifi_ids
    assert found.courses
