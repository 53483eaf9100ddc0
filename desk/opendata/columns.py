"""The columns of the national lists by all the names they were seen under, and which list it is.

Columns are matched by name, never by position. Names are data: a new spelling is one more word.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache

WIFI, FACILITY, EVENT, POPULATION = "wifi", "facility", "event", "population"
Names = Mapping[str, tuple[str, ...]]

# Spaces, brackets and strokes are written this way or that: 料金(基本), 料金（基本）, 料金_基本.
_LOOSE = re.compile(r"[\s_()\[\]{}<>【】「」『』〔〕・:*※/\-‐‑‒–—―−~〜]|(?<=\d)ー")
_SECOND = re.compile(r"\(\d\)$")  # what we call a second column of the same name
REASON = "理由"  # the column of a file of refused rows, which may come back with it


@lru_cache(maxsize=4096)
def plain(header: str) -> str:
    """A header without what people write this way or that; #property is property."""
    text = "".join(unicodedata.normalize("NFKC", header).split())
    return _LOOSE.sub("", _SECOND.sub("", text)).lstrip("#").casefold()


# The first name of a field is the one to prefer where a file has several of them.
_CODE: Names = {
    "city_code": (
        *("全国地方公共団体コード", "都道府県コード又は市区町村コード", "市区町村コード"),
        *("自治体コード", "地方公共団体コード", "団体コード", "都道府県コード", "prefCode"),
        *("cityCode", "municipalityCode", "所在地_全国地方公共団体コード", "所在地_自治体コード"),
    ),
    "id": ("ID", "識別子", "NO", "No.", "№", "番号", "#property", "identification"),
    "city_name": ("地方公共団体名", "市区町村名", "自治体名", "団体名称", "city", "cityName"),
}
_NAMED: Names = {
    "name": (
        *("名称", "施設名", "施設名称", "設置施設名", "設置場所名称", "設置場所", "スポット名"),
        *("name", "facilityName"),
    ),
    "kana": ("名称_カナ", "名称カナ", "名称_フリガナ", "施設名_カナ", "フリガナ", "fullNameInKana"),
    "name_en": (
        *("名称_英語", "名称_英字", "名称_ローマ字", "名称_英語表記", "fullNameInRomaji"),
        "nameInEnglish",
    ),
    "telephone": ("電話番号", "TEL", "電話", "連絡先電話番号", "telephoneNumber", "telephone"),
    "extension": ("内線番号", "内線", "extensionNumber"),
    "url": (
        *("URL", "ホームページ", "ウェブサイト", "ホームページURL", "referenceObject", "website"),
        "webSite",
    ),
}
_PLACE: Names = {
    "address": (
        *("所在地_連結表記", "所在地_連結標記", "住所", "所在地", "住所_連結表記", "設置住所"),
        *("所在地住所", "address"),
    ),
    "prefecture": ("所在地_都道府県", "都道府県名", "都道府県", "pref", "prefName"),
    "city": ("所在地_市区町村", "市区町村"),
    "town": ("所在地_町字", "町字", "町名", "町丁目"),
    "block": ("所在地_番地以下", "番地以下", "番地"),
    "building": (
        *("建物名等(方書)", "建物名等（肩書）", "建物名等", "方書", "建物名", "katagaki"),
        "building",
    ),
    "postal_code": ("郵便番号", "postalCode", "zip"),
    "lat": ("緯度", "北緯", "latitude", "lat", "緯度(世界測地系)"),
    "lng": ("経度", "東経", "longitude", "lng", "lon", "経度(世界測地系)"),
    "point": ("緯度経度", "緯度・経度", "座標", "位置情報", "location"),
}
_HOURS: Names = {
    "days": ("利用可能曜日", "利用曜日", "開館曜日", "利用可能な曜日", "openDays"),
    "opens": ("開始時間", "利用開始時間", "開館時間", "開始時刻", "openingTime", "startTime"),
    "closes": ("終了時間", "利用終了時間", "閉館時間", "終了時刻", "closingTime", "endTime"),
    "hours_note": (
        *("利用可能日時特記事項", "利用可能日時特記", "利用可能時間特記事項", "利用日時特記事項"),
    ),
}
_NOTE: Names = {"note": ("備考", "備考欄", "特記事項", "note", "remarks", "comment")}
_OURS: Names = {
    "placed": ("位置の決め方",),
    "source": ("出典",),
    "trial": ("見本",),
}

AGES = tuple(range(0, 90, 5))  # the last is 85 and older
SEXES = {"m": ("男", "男性", "man", "male"), "f": ("女", "女性", "woman", "female")}
COARSE = {"0-14": "0-14歳", "15-64": "15-64歳", "65-74": "65-74歳", "75+": "75歳以上"}


def _five(age: int) -> tuple[str, ...]:
    if age == AGES[-1]:
        return ("85歳以上", "85以上", "85歳～", "85+")
    return (
        f"{age}-{age + 4}歳",
        f"{age}-{age + 4}",
        f"{age}歳～{age + 4}歳",
        f"{age}～{age + 4}歳",
    )


def _by_sex(age: int, sex: str) -> tuple[str, ...]:
    japanese = [
        name
        for span in _five(age)
        for word in SEXES[sex][:2]
        for name in (f"{span}の{word}", f"{span}{word}", f"{word}{span}")
    ]
    number = AGES.index(age) + 1
    return (*japanese, *(f"{word}{number}" for word in SEXES[sex][2:]))


_POPULATION: Names = {
    "name": (
        *("地域名", "町字名", "町丁目名", "町名", "町丁・字等名", "町丁字名", "地区名"),
        *("regionName", "area", "areaName"),
    ),
    "as_of": ("調査年月日", "調査日", "基準日", "時点", "年月日", "surveyDate"),
    "total": ("総人口", "人口", "人口総数", "総数", "合計", "totalPopulation"),
    "total_m": ("男性", "男", "男性人口", "male", "man"),
    "total_f": ("女性", "女", "女性人口", "female", "woman"),
    **{f"m{age}": _by_sex(age, "m") for age in AGES},
    **{f"f{age}": _by_sex(age, "f") for age in AGES},
    **{f"t{age}": _five(age) for age in AGES},
    **{band: (name, name.replace("-", "～")) for band, name in COARSE.items()},
    "unknown": ("年齢不詳", "不詳", "unknownAge"),
    "households": ("世帯数", "numberOfHouseholds", "households"),
    **{field: _OURS[field] for field in ("source", "trial")},
}

FIELDS: Mapping[str, Names] = {
    WIFI: {
        **_CODE,
        **_NAMED,
        **_PLACE,
        **_HOURS,
        **_NOTE,
        **_OURS,
        "area": ("提供エリア", "提供範囲", "提供場所", "利用可能エリア", "エリア", "area"),
        "ssid": ("SSID", "SSID名", "ネットワーク名", "SSID(ネットワーク名)"),
        "provider": ("設置者", "設置主体", "提供者", "提供主体", "installer", "provider"),
        "how": ("接続方法",),
        "security": ("暗号化", "暗号化方式"),
        "password": ("パスワード", "暗号化キー"),
        "venue_id": ("施設ID",),
        "seats": ("席数", "座席数"),
        "sockets": ("電源", "電源コンセント", "コンセント"),
        "wheelchair": ("車いす", "車椅子", "車いす対応"),
        "registration": ("利用登録", "利用者登録"),
        "minutes_limit": ("時間制限（分）", "時間制限", "利用時間制限", "1回あたりの接続時間"),
        "checked_on": ("最終確認日", "確認日", "confirmedDate"),
        "state": ("状態", "稼働状況", "wifiStatus"),
    },
    FACILITY: {
        **_CODE,
        **_NAMED,
        **_PLACE,
        **_HOURS,
        **_NOTE,
        **_OURS,
        "kind": ("種別", "施設種別", "施設分類", "分類", "facilityType"),
        "barrier_free": ("バリアフリー情報", "バリアフリー", "barrierFree"),
    },
    EVENT: {
        "city_code": _CODE["city_code"],
        "id": _CODE["id"],
        **_PLACE,
        **_NOTE,
        "name": ("イベント名", "行事名", "イベント名称", "催事名", "講座名", "eventName", "name"),
        "venue": (
            *("場所名称", "会場", "会場名", "開催場所", "場所", "開催場所名称", "placeName"),
            *("venue", "venueName"),
        ),
        "room": ("部屋", "部屋名", "教室"),
        "day": ("開始日", "開催日", "開催日時", "開始年月日", "日付", "startDate", "eventDate"),
        "ends_day": ("終了日", "終了年月日", "endDate"),
        "starts": ("開始時間", "開始時刻", "startTime"),
        "ends": ("終了時間", "終了時刻", "endTime"),
        "seats": ("定員", "募集人数", "capacity"),
        "status": ("状態", "開催状況", "開催状態", "eventStatus"),
    },
    POPULATION: {"city_code": _CODE["city_code"], **_POPULATION},
}
# A list is one only with one of each of these; the first that fits is what a file is.
NEEDED: Mapping[str, tuple[tuple[str, ...], ...]] = {
    WIFI: (("ssid", "area"), ("name",)),
    POPULATION: (("name",), ("m0", "t0", "0-14")),
    EVENT: (("name",), ("day",)),
    FACILITY: (("name",), ("address", "block", "lat", "point")),
}
# When staff say which list it is, less will do.
LEAST: Mapping[str, tuple[tuple[str, ...], ...]] = {**NEEDED, WIFI: (("name",),)}
# Columns of other lists of the standard, which would else pass for facilities.
OTHER_LISTS: Mapping[str, tuple[str, ...]] = {
    "指定緊急避難場所一覧": ("災害種別_洪水", "災害種別", "想定収容人数"),
    "AED設置箇所一覧": ("AED設置場所", "小児対応設備の有無"),
    "公衆トイレ一覧": ("男性トイレ総数", "女性トイレ総数", "バリアフリートイレ数"),
    "医療機関一覧": ("診療科目", "病床数"),
    "介護サービス事業所一覧": ("介護サービス種類", "実施サービス", "事業所番号"),
    "文化財一覧": ("文化財名称", "文化財分類", "文化財指定日"),
    "消防水利施設一覧": ("消防水利種別", "水利種別"),
}

# Written by this desk for those who read a file; nothing is read from them.
_UNREAD = {plain(one) for one in (REASON, "町字ID", "POIコード", "object_type_xsd")}
_LOOKUP: dict[str, dict[str, tuple[str, int]]] = {
    dataset: {
        plain(name): (field, rank)
        for field, names in reversed(list(fields.items()))
        for rank, name in reversed(list(enumerate(names)))
    }
    for dataset, fields in FIELDS.items()
}
_V3 = {plain(one) for one in ("全国地方公共団体コード", "自治体コード", "所在地_連結表記")} | {
    plain(one) for one in ("所在地_連結標記", "地方公共団体名")
}
_V1 = {plain(one) for one in ("都道府県コード又は市区町村コード", "市区町村コード")}


def match(header: Sequence[str], dataset: str) -> dict[str, list[int]]:
    """For each field the columns that hold it, the one to prefer first."""
    lookup = _LOOKUP[dataset]
    found: dict[str, list[tuple[int, int]]] = {}
    for column, name in enumerate(header):
        if known := lookup.get(plain(name)):
            found.setdefault(known[0], []).append((known[1], column))
    return {field: [column for _rank, column in sorted(ranked)] for field, ranked in found.items()}


def fits(found: Mapping[str, object], dataset: str, *, forced: bool = False) -> bool:
    """True when these fields are enough for a list."""
    needed = (LEAST if forced else NEEDED)[dataset]
    return all(any(field in found for field in fields) for fields in needed)


def recognise(header: Sequence[str], dataset: str | None = None) -> tuple[str, int]:
    """Which list a row of names is the header of, and how many of its columns are known.

    ("", the most columns of any list) when it is none.
    """
    best = 0
    for one in (dataset,) if dataset else NEEDED:
        found = match(header, one)
        best = max(best, len(found))
        if len(found) > 1 and fits(found, one, forced=dataset is not None):
            return one, len(found)
    return "", best


def other_list(header: Sequence[str]) -> str:
    """The name of the other list of the standard that has such columns, or ""."""
    there = {plain(name) for name in header}
    for title, names in OTHER_LISTS.items():
        if any(plain(name) in there for name in names):
            return title
    return ""


def generation(header: Sequence[str]) -> str:
    """Of which standard the names are: v3, v1, english, or other."""
    there = {plain(name) for name in header if name}
    if sum(name.isascii() for name in there) * 2 > len(there):
        return "english"
    return "v3" if there & _V3 else "v1" if there & _V1 else "other"


def unused(header: Sequence[str], dataset: str) -> tuple[str, ...]:
    """The names of the columns nobody reads."""
    lookup = _LOOKUP[dataset]
    return tuple(
        name for name in header if name and plain(name) not in lookup and plain(name) not in _UNREAD
    )
