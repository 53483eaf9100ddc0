"""The national formats as the desk writes them: columns in order, and the text of each cell.

Two layouts: v3 (自治体標準オープンデータセット) and v1 (推奨データセット). A column is its header
and the field of a record (`desk.opendata.records`) it holds; "" is a column nobody here fills.
Fields that begin with an underscore are written for those who read the file and never read back.
After the official columns come the desk's own (`EXTRA`), so that nothing the desk knows is lost.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from desk.refusals import N_

Record = Mapping[str, Any]
Columns = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Dataset:
    """A dataset: its name in the standard, its title and description (msgids), and how the
    standard ends the name of its file.
    """

    name: str
    title: str
    about: str
    file: str


DATASETS = {
    "wifi": Dataset(
        "公衆無線LANアクセスポイント一覧",
        N_("Public Wi-Fi access points"),
        N_("Where there is free Wi-Fi in public facilities, and how to connect."),
        "public_wireless_lan",
    ),
    "facility": Dataset(
        "公共施設一覧",
        N_("Public facilities"),
        N_("Public facilities with their places and opening hours."),
        "public_facility",
    ),
    "event": Dataset(
        "イベント一覧",
        N_("Events: smartphone classes"),
        N_("Smartphone classes to come and of the past 12 months; cancelled ones are marked."),
        "event",
    ),
}

_V1_HEAD: Columns = (
    ("都道府県コード又は市区町村コード", "city_code"),
    ("NO", "id"),
    ("都道府県名", "_prefecture"),
    ("市区町村名", "city_name"),
)
_V1_PLACE: Columns = (("住所", "address"), ("方書", ""), ("緯度", "lat"), ("経度", "lng"))
_V3_HEAD: Columns = (
    ("全国地方公共団体コード", "city_code"),
    ("ID", "id"),
    ("地方公共団体名", "city_name"),
)
_V3_PLACE: Columns = (
    ("所在地_全国地方公共団体コード", "city_code"),
    ("町字ID", ""),
    ("所在地_連結表記", "address"),
    ("所在地_都道府県", "_in_prefecture"),
    ("所在地_市区町村", "_in_city"),
    ("所在地_町字", "_in_town"),
    ("所在地_番地以下", "_in_block"),
    ("建物名等(方書)", ""),
    ("緯度", "lat"),
    ("経度", "lng"),
)
_NAMED: Columns = (("名称", "name"), ("名称_カナ", "kana"), ("名称_英語", "name_en"))
_CONTACT: Columns = (
    ("電話番号", "telephone"),
    ("内線番号", ""),
    ("連絡先メールアドレス", ""),
    ("連絡先FormURL", ""),
    ("連絡先備考（その他、SNSなど）", ""),
    ("郵便番号", ""),
)
_DAYS: Columns = (("利用可能曜日", "days"), ("開始時間", "opens"), ("終了時間", "closes"))
_HOURS: Columns = (*_DAYS, ("利用可能日時特記事項", "hours_note"))
_URL_AND_NOTE: Columns = (("URL", "url"), ("備考", "note"))
_WIFI: Columns = (("SSID", "ssid"), ("提供エリア", "area"), *_URL_AND_NOTE)
_WHEN: Columns = (
    ("開始日", "day"),
    ("終了日", "ends_day"),
    ("開始時間", "starts"),
    ("終了時間", "ends"),
    ("開始日時特記事項", ""),
)
_ABOUT: Columns = (
    ("説明", "_about"),
    ("料金(基本)", ""),
    ("料金(詳細)", ""),
    ("連絡先名称", ""),
    ("連絡先電話番号", ""),
    ("連絡先内線番号", ""),
    ("主催者", ""),
    ("場所名称", "venue"),
)
_JOINING: Columns = (
    ("アクセス方法", ""),
    ("駐車場情報", ""),
    ("定員", "seats"),
    ("参加申込終了日", ""),
    ("参加申込終了時間", ""),
    ("参加申込方法", ""),
    ("URL", "_page"),
    ("備考", "note"),
)
_EVENT: Columns = (
    ("イベント名", "name"),
    ("イベント名_カナ", ""),
    ("イベント名_英語", "_name_en"),
    *_WHEN,
    *_ABOUT,
)


def _with(columns: Columns, fields: Mapping[str, str]) -> Columns:
    """The columns, some with another field than they have."""
    return tuple((header, fields.get(header, field)) for header, field in columns)


# A class is of the city of its venue, and says nothing of it when it comes back.
_V1_EVENT: Columns = _with(
    _V1_HEAD, {"都道府県コード又は市区町村コード": "_city_code", "市区町村名": "_city_name"}
)
_V3_EVENT: Columns = _with(
    _V3_HEAD, {"全国地方公共団体コード": "_city_code", "地方公共団体名": "_city_name"}
)
_V3_ROOM: Columns = _with(
    _V3_PLACE, {"所在地_全国地方公共団体コード": "_city_code", "建物名等(方書)": "room"}
)

# 推奨データセット: every column in the order of the standard.
V1: dict[str, Columns] = {
    "wifi": (
        *_V1_HEAD,
        *_NAMED,
        *_V1_PLACE,
        ("設置者", "provider"),
        ("電話番号", "telephone"),
        ("内線番号", ""),
        *_WIFI,
    ),
    "facility": (
        *_V1_HEAD,
        ("名称", "name"),
        ("名称_カナ", "kana"),
        ("名称_通称", ""),
        ("POIコード", ""),
        *_V1_PLACE,
        ("電話番号", "telephone"),
        ("内線番号", ""),
        ("法人番号", ""),
        ("団体名", ""),
        *_HOURS,
        ("説明", ""),
        ("バリアフリー情報", "barrier_free"),
        *_URL_AND_NOTE,
    ),
    "event": (*_V1_EVENT, *_EVENT, *_with(_V1_PLACE, {"方書": "room"}), *_JOINING),
}
# 自治体標準オープンデータセット. The official order of its Wi-Fi and facility tables was not at
# hand: they follow the 28 and 29 columns of a published file (熊本市), with the standard's own
# spelling of each name. Of its event table only the head and the place were seen; between them
# and after them stand the columns of v1. Read these files by the names of their columns.
V3: dict[str, Columns] = {
    "wifi": (
        _V3_HEAD[0],
        ("法人番号", ""),
        *_V3_HEAD[1:],
        *_NAMED,
        *_V3_PLACE,
        ("設置者", "provider"),
        *_CONTACT,
        *_WIFI,
    ),
    "facility": (
        *_V3_HEAD,
        *_NAMED,
        *_V3_PLACE,
        ("種別", "kind"),
        *_CONTACT,
        *_HOURS,
        ("URL", "url"),
        ("画像", ""),
        ("備考", "note"),
    ),
    "event": (*_V3_EVENT, *_EVENT, *_V3_ROOM, *_JOINING),
}
# The desk's own columns, after the official ones; those a layout has already stand there once.
EXTRA: dict[str, Columns] = {
    "wifi": (
        ("接続方法", "how"),
        ("暗号化", "security"),
        ("パスワード", "password"),
        ("施設ID", "venue_id"),
        *_HOURS,
        ("席数", "seats"),
        ("電源", "sockets"),
        ("車いす", "wheelchair"),
        ("利用登録", "registration"),
        ("時間制限（分）", "minutes_limit"),
        ("最終確認日", "checked_on"),
        ("状態", "state"),
        ("位置の決め方", "placed"),
        ("見本", "trial"),
        ("出典", "source"),
    ),
    "facility": (
        ("名称_英語", "name_en"),
        ("種別", "kind"),
        ("バリアフリー情報", "barrier_free"),
        ("位置の決め方", "placed"),
        ("見本", "trial"),
        ("出典", "source"),
    ),
    "event": (("状態", "status"), ("見本", "_trial")),
}
LAYOUTS = {"v3": V3, "v1": V1}

NUMBERS = frozenset({"lat", "lng", "seats", "minutes_limit"})
_KNOWN = {1: "あり", 0: "なし"}
_MARK = {1: "1", 0: ""}
# How the desk's codes are written; what is not here is written as it is.
WORDS: dict[str, Mapping[Any, str]] = {
    "sockets": _KNOWN,
    "wheelchair": _KNOWN,
    "registration": _KNOWN,
    "state": {
        "working": "使えます",
        "partly": "一部だけ使えます",
        "not_working": "使えません",
        "unknown": "",
    },
    "placed": {"given": "", "address": "住所", "town": "地区"},
    "trial": _MARK,
    "_trial": _MARK,
}


def columns(dataset: str, layout: str) -> Columns:
    """All columns of a file: the official ones in their order, then the desk's own."""
    official = LAYOUTS[layout][dataset]
    there = {header for header, _field in official}
    return (*official, *(one for one in EXTRA[dataset] if one[0] not in there))


def value(record: Record, field: str) -> str | int | float | None:
    """What stands in a field's column: a number as a number, else text; None for not known."""
    found = record.get(field, "") if field else ""
    if found is None:
        return None
    return found if field in NUMBERS else str(WORDS.get(field, {}).get(found, found))


def cell(record: Record, field: str) -> str:
    """`value` as the text of a cell, empty for not known; numbers in full."""
    found = value(record, field)
    return "" if found is None else str(found)
