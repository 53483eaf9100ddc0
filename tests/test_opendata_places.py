"""Where rows are: points put right or found by the address, and towns of the population list."""

import pytest

from desk.opendata.columns import AGES
from desk.opendata.place import Town
from desk.opendata.rows import City, Row
from desk.refusals import Refused
from tests.conftest import refuses
from tests.open_data import CITY, COARSE, PLACE, SPOT, of, one, table, why

NOWHERE = {"名称": "どこか", "SSID": "a", "住所": "岩沼市", "緯度": "", "経度": ""}


def point(row: Row) -> tuple[float, float, str]:
    assert row.record is not None, row.refusal
    return row.record["lat"], row.record["lng"], row.record["placed"]


def refusal(row: Row) -> Refused:
    assert row.record is None
    assert row.refusal is not None
    return row.refusal


@pytest.mark.parametrize(
    ("lat", "lng", "reason"),
    [
        ("38.1044", "140.8701", ""),
        ("38.1044,140.8701", "", "split_point"),
        ("", "38.1044, 140.8701", "split_point"),
        ("(38.1044、140.8701)", "", "split_point"),
        ("38.1044 140.8701", "38.1044 140.8701", "split_point"),
        ("140.8701", "38.1044", "swapped"),
        ("140.8701,38.1044", "", "split_point"),
        ("３８．１０４４", "１４０．８７０１", "full_width"),
        ("北緯38.1044度", "東経140.8701度", "full_width"),
        ("38.1044°", "E140.8701", "full_width"),
        ('="38.1044"', '="140.8701"', ""),
    ],
)
def test_a_point_is_read_as_people_write_it(lat: str, lng: str, reason: str) -> None:
    row = one({**SPOT, "緯度": lat, "経度": lng})
    assert point(row) == (38.1044, 140.8701, "given")
    assert (reason in why(row)) or not (reason or why(row))


def test_both_in_a_column_of_their_own_are_read() -> None:
    row = one({"名称": "市役所", "SSID": "a", "location": "38.1044,140.8701"})
    assert point(row) == (38.1044, 140.8701, "given")


@pytest.mark.parametrize(
    ("lat", "lng", "reason"),
    [
        ("999.0", "999.0", "impossible_point"),
        ("13549866651.0", "38.1", "impossible_point"),
        ("4.877991", "140.87", "impossible_point"),
        ("34.3461", "134.0505", "impossible_point"),  # another city
        ("0", "0", "impossible_point"),
        ("nan", "inf", "impossible_point"),
        ("-", "-", "empty_word"),
        ("①38.1\n②38.2", "①140.8\n②140.9", "unreadable"),
        ("38.1044", "", "unreadable"),
        ("", "", ""),
    ],
)
def test_an_impossible_or_missing_point_is_found_by_the_address(
    lat: str, lng: str, reason: str
) -> None:
    row = one({**SPOT, "名称": "A", "住所": "宮城県岩沼市押分字南谷地1", "緯度": lat, "経度": lng})
    assert point(row) == (38.0900, 140.9000, "town")
    assert why(row)[-1] == "placed_town"
    assert reason == "" or reason in why(row)


@pytest.mark.parametrize(
    ("address", "town"),
    [
        ("宮城県岩沼市桜一丁目6-21", "桜一丁目"),
        ("岩沼市桜２丁目６番", "桜二丁目"),
        ("桜1-6-21", "桜一丁目"),
        ("岩沼市 桜 １－６－２１", "桜一丁目"),
        ("〒989-2480 宮城県岩沼市桜二丁目1", "桜二丁目"),
        ("岩沼市里の杜23丁目1", "里の杜二十三丁目"),
        ("岩沼市大字押分字新田1", "押分"),
        ("岩沼市土ヶ崎1", "土ケ崎"),
        ("岩沼市梶橋1", "梶橋"),
        ("岩沼市字梶橋1", "字梶橋"),
    ],
)
def test_a_neighbourhood_is_found_in_an_address(address: str, town: str) -> None:
    (wanted,) = (one for one in CITY.towns if one.name == town)
    assert point(one({**NOWHERE, "住所": address})) == (wanted.lat, wanted.lng, "town")


def test_the_longest_name_is_the_one_meant() -> None:
    towns = (Town("1", "桜", "", 38.1, 140.8), Town("2", "桜一丁目", "", 38.2, 140.9))
    city = City(names=frozenset({"岩沼市"}), towns=towns)
    for address in ("岩沼市桜一丁目2", "岩沼市桜1-2"):
        assert point(one({**NOWHERE, "住所": address}, city))[0] == 38.2
    assert point(one({**NOWHERE, "住所": "岩沼市桜字東2"}, city))[0] == 38.1


def test_a_place_the_desk_knows_has_its_point() -> None:
    by_name = one({**NOWHERE, "名称": "中央公民館 1階ロビー"})
    assert (point(by_name), why(by_name)) == ((38.1077, 140.8774, "address"), ["placed_venue"])
    by_address = one({**NOWHERE, "名称": "窓口", "住所": "岩沼市桜1丁目6－20"})
    assert (point(by_address), why(by_address)) == (
        (38.1044, 140.8701, "address"),
        ["placed_venue"],
    )


def test_a_postal_code_is_the_last_thing_to_go_by() -> None:
    row = one({**NOWHERE, "郵便番号": "989-2480"})
    assert point(row) == ((38.1040 + 38.1060) / 2, (140.8700 + 140.8720) / 2, "town")
    assert why(row) == ["placed_postal"]
    assert point(one({**NOWHERE, "住所": "〒989-2455"}))[:2] == (38.1000, 140.8800)


def test_a_row_that_cannot_be_placed_is_refused() -> None:
    assert refusal(one(NOWHERE)).code == "row_nowhere"
    assert refusal(one({**NOWHERE, "住所": "名取市桜一丁目1"})).code == "row_nowhere"
    far = refusal(one({**PLACE, "名称": "遠く", "住所": "", "緯度": "34.3", "経度": "134.0"}))
    assert (far.code, far.facts) == ("row_far", {"point": "34.3, 134.0"})


def test_without_columns_for_a_point_rows_are_placed_too() -> None:
    assert point(one({"名称": "A", "SSID": "a", "住所": "岩沼市押分1"}))[2] == "town"


def test_a_desk_without_towns_calls_no_point_far() -> None:
    assert point(one({**SPOT, "緯度": "34.3", "経度": "134.0"}, City()))[:2] == (34.3, 134.0)


def test_an_event_may_have_no_point() -> None:
    row = one({"イベント名": "試合", "開催日": "2026-09-22", "緯度": "34.26", "経度": "133.78"})
    assert row.record is not None
    assert (row.record["lat"], why(row)) == (None, ["impossible_point"])


# --- the population list


def by_sex(**changes: str) -> dict[str, str]:
    ages = [f"{age}-{age + 4}歳" for age in AGES[:-1]] + ["85歳以上"]
    cells = {"市区町村コード": "04211", "地域名": "桜１丁目", "調査年月日": "2026-04-01"}
    cells |= {"総人口": "55", "男性": "18", "女性": "36"}
    cells |= {f"{age}の{sex}": n for age in ages for sex, n in (("男性", "1"), ("女性", "2"))}
    return {**cells, "世帯数": "4,315 ", "備考": "", **changes}


def test_people_by_sex_and_five_years_become_bands() -> None:
    row = one(by_sex())
    assert row.record == {
        "name": "桜１丁目",
        "town_id": "042111-桜一丁目",
        "as_of": "2026-04-01",
        "bands": {"0-14": 9, "15-64": 30, "65-74": 6, "75+": 9, "unknown": 1},
        "five": dict.fromkeys(AGES, 3),
        "households": 4315,
    }
    assert why(row) == ["code", "number"]


def test_english_keys_of_ages_are_read() -> None:
    ages = {f"{sex}{n}": "1" for n in range(1, 19) for sex in ("man", "woman")}
    row = one({"regionName": "押分", "surveyDate": "6/1/2023", "totalPopulation": "36", **ages})
    assert row.record is not None
    assert row.record["five"] == dict.fromkeys(AGES, 2)
    assert row.record["as_of"] == "2023-06-01"
    assert row.record["bands"]["unknown"] == 0


def test_broad_bands_are_read() -> None:
    row = one({**COARSE, "年齢不詳": "5", "出典": "市"})
    assert row.record is not None
    assert row.record["bands"] == {"0-14": 1, "15-64": 2, "65-74": 3, "75+": 4, "unknown": 5}
    assert (row.record["five"], row.record["source"]) == ({}, "市")


@pytest.mark.parametrize("cell", ["*", "X", "-", "－", "秘匿", "χ", "…", ""])
def test_a_hidden_number_is_not_nought(cell: str) -> None:
    found = refusal(one(by_sex(**{"5-9歳の女性": cell})))
    assert (found.code, found.facts) == ("row_hidden", {"column": "5-9歳の女性", "cell": cell})
    households = one(by_sex(世帯数=cell))
    assert households.record is not None
    assert households.record["households"] is None


def test_numbers_that_do_not_add_up_are_refused() -> None:
    assert refusal(one(by_sex(総人口="53"))).facts == {"total": 53, "found": 54}
    assert refusal(one({**COARSE, "総人口": "12", "年齢不詳": "1"})).code == "row_sum"
    assert of(one(by_sex(総人口="５５")), "総人口")[0].after == "55"


@pytest.mark.parametrize("name", ["総数", "合計", "岩沼市", "桜地区計", "小計", "市計"])
def test_totals_are_left_out_with_their_reason(name: str) -> None:
    assert refusal(one({**COARSE, "地域名": name})).code == "row_total"


@pytest.mark.parametrize(
    ("name", "town"),
    [
        ("桜一丁目", "桜一丁目"),
        ("桜 １ 丁目", "桜一丁目"),
        ("宮城県岩沼市桜1丁目", "桜一丁目"),
        ("大字押分", "押分"),
        ("字押分", "押分"),
        ("梶橋", "梶橋"),
        ("字梶橋", "字梶橋"),
        ("土ヶ崎", "土ケ崎"),
    ],
)
def test_a_town_is_found_by_its_name(name: str, town: str) -> None:
    row = one({**COARSE, "地域名": name})
    assert row.record is not None
    assert row.record["town_id"] == f"042111-{town}"


def test_a_name_that_is_no_town_or_several_is_refused() -> None:
    assert refusal(one({**COARSE, "地域名": "塩屋町"})).code == "row_town_unknown"
    several = refusal(one({**COARSE, "地域名": "大字梶橋"}))
    assert several.facts == {"name": "大字梶橋", "names": "梶橋、字梶橋"}


def test_a_town_told_twice_is_taken_once() -> None:
    found = table(COARSE, {**COARSE, "地域名": "大字押分"}).rows
    assert found[0].record is not None
    assert (refusal(found[1]).code, refusal(found[1]).facts) == ("row_twice", {"line": 2})


def test_a_table_without_all_ages_is_refused_whole() -> None:
    cells = by_sex()
    del cells["85歳以上の女性"]
    with refuses("table_ages"):
        table(cells)
