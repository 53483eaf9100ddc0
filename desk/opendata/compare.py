"""A file's records beside what the desk keeps: new, changed, the same, gone.

Pure: a `Unit` is what the desk keeps of one thing (a Wi-Fi spot, a venue, the people of a
neighbourhood), as columns and values.
"""

import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from desk import my_number
from desk.opendata.columns import match
from desk.opendata.layouts import WORDS
from desk.opendata.place import chome_in_digits
from desk.opendata.rows import Row
from desk.places import loose
from desk.population import BANDS
from desk.refusals import Refused
from desk.tables.plan import CHANGED, NEW, SAME, Change

Unit = dict[str, Any]
Record = Mapping[str, Any]

# What a new row holds where its file says nothing; a dataset's columns are these.
_PLACE: Unit = {"city_code": "", "city_name": "", "name": "", "kana": "", "name_en": ""} | {
    "address": "",
    "telephone": "",
    "url": "",
    "lat": None,
    "lng": None,
    "placed": "given",
    "days": "",
    "opens": "",
    "closes": "",
    "hours_note": "",
    "note": "",
}
_MARKS: Unit = {"trial": 0, "source": ""}
FIELDS: dict[str, Unit] = {
    "wifi": _PLACE
    | {"area": "", "ssid": "", "how": "", "security": "open", "password": "", "provider": ""}
    | {"venue_id": "", "seats": None, "sockets": None, "wheelchair": None}
    | {"registration": None, "minutes_limit": None, "checked_on": "", "state": "unknown"}
    | _MARKS,
    "facility": _PLACE | {"kind": "", "barrier_free": ""} | _MARKS,
    "population": dict.fromkeys(BANDS, 0) | {"five": {}} | _MARKS,
}
# What a person knows the columns as.
LABELS = {
    "city_code": "全国地方公共団体コード",
    "city_name": "地方公共団体名",
    "name": "名称",
    "kana": "名称_カナ",
    "name_en": "名称_英語",
    "address": "住所",
    "telephone": "電話番号",
    "url": "URL",
    "lat": "緯度",
    "lng": "経度",
    "placed": "位置の決め方",
    "days": "利用可能曜日",
    "opens": "開始時間",
    "closes": "終了時間",
    "hours_note": "利用可能日時特記事項",
    "note": "備考",
    "area": "提供エリア",
    "ssid": "SSID",
    "how": "接続方法",
    "security": "暗号化",
    "password": "パスワード",
    "provider": "設置者",
    "venue_id": "施設ID",
    "seats": "席数",
    "sockets": "電源",
    "wheelchair": "車いす",
    "registration": "利用登録",
    "minutes_limit": "時間制限（分）",
    "checked_on": "最終確認日",
    "state": "状態",
    "kind": "種別",
    "barrier_free": "バリアフリー情報",
    "five": "5歳ごとの人口",
    "trial": "見本",
    "source": "出典",
} | BANDS
_WORDS: Mapping[str, Mapping[Any, str]] = WORDS | {"trial": {1: "見本", 0: ""}}


@dataclass(frozen=True)
class Taken:
    """A row that can be taken in: `outcome` is NEW, CHANGED or SAME.

    `before` is what the desk keeps (also what it once took away), `after` what it would keep.
    `to_tell` people are booked or wait, and the change is one they must hear of.
    """

    row: Row
    id: str
    outcome: str
    changes: tuple[Change, ...] = ()
    before: Unit | None = None
    after: Unit = field(default_factory=dict)
    to_tell: int = 0


@dataclass(frozen=True)
class Gone:
    """What the desk has and the file does not; `keeps` is why it cannot be taken away."""

    id: str
    name: str
    keeps: Refused | None = None


@dataclass(frozen=True)
class Comparison:
    """What becomes of every row, and what the file does not have."""

    taken: tuple[Taken, ...]
    refused: tuple[Row, ...]
    gone: tuple[Gone, ...]


def shown(field: str, value: Any) -> str:
    """A value as the report shows it; empty for not known."""
    if isinstance(value, dict):
        return "、".join(f"{age}: {persons}" for age, persons in sorted(value.items()))
    found = _WORDS.get(field, {}).get(value, value)
    return "" if found is None else str(found)


def name_of(row: Row, dataset: str) -> str:
    """How a row is called on the screen; nothing when it holds a number of somebody."""
    cells = list(row.cells.values())
    columns = match(tuple(row.cells), dataset).get("name", [])
    names = [str((row.record or {}).get("name", "")), *(cells[at] for at in columns), *cells]
    text = next(filter(None, names), "")[:60]
    return "" if my_number.kind(text, my_number.PUBLISHED) else text


def new_id(dataset: str, record: Record, code: str) -> str:
    """The id of a row the desk has not seen: the file's own where it begins with the code of the
    city, else one that follows from name, address and network: the same file twice, the same ids.
    """
    given, code = str(record.get("id") or ""), str(record.get("city_code") or code)
    if code and given != code and given.startswith(code) and _URL_SAFE.fullmatch(given):
        return given
    what = (dataset, *(loose(str(record.get(key) or "")) for key in ("name", "address")))
    text = "\n".join((*what, str(record.get("ssid") or "")))
    return f"{code or dataset}-{uuid.uuid5(uuid.NAMESPACE_OID, text).hex[:12]}"


_URL_SAFE = re.compile(r"[A-Za-z0-9_-]{1,64}")


def compare(
    dataset: str,
    rows: Iterable[Row],
    kept: Mapping[str, Unit],
    *,
    source: str,
    code: str = "",
    used: Mapping[str, Refused] | None = None,
    looks: Mapping[str, Record] | None = None,
) -> Comparison:
    """What would become of rows, beside what the desk keeps by id (taken away things too).

    `source` is what to say of rows that say no source themselves, `code` the city's where a row
    has none, `used` why something cannot be taken away, `looks` what somebody found at the place
    since: a file that says just that is no change.
    """
    refused = [row for row in rows if row.record is None or row.refusal]
    read = [row for row in rows if row.record is not None and not row.refusal]
    ids, twice = _found(dataset, read, kept, code)
    taken = []
    for number, row in enumerate(read):
        refusal = twice.get(number) or _unplaced(dataset, row, kept.get(ids[number]))
        if refusal:
            refused.append(replace(row, refusal=refusal))
        else:
            id = ids[number]
            found = (looks or {}).get(id, {})
            taken.append(_taken(dataset, row, id, kept.get(id), source, found))
    there = set(ids.values())
    # A row that cannot be taken in is there all the same.
    mentioned = {loose(cell) for row in refused for cell in row.cells.values() if cell}
    gone = [
        Gone(id, str(unit["name"]), (used or {}).get(id))
        for id, unit in kept.items()
        if unit["active"] and id not in there
        if not mentioned & {loose(id), loose(str(unit["name"]))}
    ]
    return Comparison(
        tuple(taken),
        tuple(sorted(refused, key=lambda row: row.line)),
        tuple(sorted(gone, key=lambda one: (one.name, one.id))),
    )


def _found(
    dataset: str, rows: list[Row], kept: Mapping[str, Unit], code: str
) -> tuple[dict[int, str], dict[int, Refused]]:
    """The id of each row, and which rows mean the same as one before them.

    The surest sign first, for all rows: the id; then name, address and network; then name and
    address, or the name alone where one side says no address, when nothing else has them; then
    the id it would get anew.
    """
    match = _Match(rows)
    if dataset == "population":
        match.by_id(lambda record: str(record["town_id"]))
        return match.ids, match.twice
    match.by_id(lambda record: str(record.get("id") or "") if record.get("id") in kept else "")
    match.by_sign(_place_and_network if dataset == "wifi" else _place, kept, exact=True)
    match.by_sign(_place, kept)
    match.by_sign(_name_alone, kept)
    match.by_id(lambda record: new_id(dataset, record, code))
    return match.ids, match.twice


Sign = Callable[[Record], tuple[str, ...]]


class _Match:
    """Which rows have found what they mean."""

    def __init__(self, rows: list[Row]) -> None:
        self._rows = rows
        self.ids: dict[int, str] = {}
        self.twice: dict[int, Refused] = {}

    def _left(self) -> dict[int, Record]:
        return {
            number: _record(row) for number, row in enumerate(self._rows) if number not in self.ids
        }

    def _same(self, number: int, first: int) -> None:
        self.ids[number] = self.ids[first]
        self.twice[number] = Refused("row_twice", line=self._rows[first].line)

    def by_id(self, id_of: Callable[[Record], str]) -> None:
        """Rows that say which they are."""
        first = {id: number for number, id in reversed(self.ids.items())}
        for number, record in self._left().items():
            if not (id := id_of(record)):
                continue
            self.ids[number] = id
            if first.setdefault(id, number) != number:
                self._same(number, first[id])

    def by_sign(self, sign: Sign, kept: Mapping[str, Unit], *, exact: bool = False) -> None:
        """Rows with the sign of something in use; only where it is the only one, or `exact`."""
        claimed = set(self.ids.values())
        there = _by(sign, {i: one for i, one in kept.items() if one["active"] and i not in claimed})
        left = self._left()
        for key, numbers in _by(sign, left).items():
            found = there.get(key, [])
            if not found or not (exact or len(numbers) == len(found) == 1):
                continue
            if (
                sign is _name_alone
                and left[numbers[0]].get("address")
                and kept[found[0]]["address"]
            ):
                continue
            self.ids |= dict(zip(numbers, found, strict=False))
            for number in numbers[len(found) :]:
                self._same(number, numbers[0])


def _record(row: Row) -> dict[str, Any]:
    return row.record or {}


def _place_and_network(facts: Record) -> tuple[str, ...]:
    return (*_place(facts), str(facts.get("ssid") or "")) if facts.get("ssid") else ()


def _place(facts: Record) -> tuple[str, ...]:
    address = _where(str(facts.get("address") or ""))
    return (loose(str(facts["name"])), address) if address else ()


def _name_alone(facts: Record) -> tuple[str, ...]:
    return (loose(str(facts["name"])),)


def _by(sign: Sign, facts: Mapping[Any, Record]) -> dict[tuple[str, ...], list[Any]]:
    found: dict[tuple[str, ...], list[Any]] = {}
    for key, one in facts.items():
        if read := sign(one):
            found.setdefault(read, []).append(key)
    return found


_PREFECTURE = re.compile(r"^(北海道|東京都|(大阪|京都)府|.{2,3}県)")
_STEPS = re.compile(r"丁目|番地の?|番|号|-+")


def _where(address: str) -> str:
    """An address without what people write this way or that: 桜一丁目6番20号 is 桜1-6-20."""
    text = _PREFECTURE.sub("", loose(address))
    return _STEPS.sub("-", chome_in_digits(text)).strip("-")


def _unplaced(dataset: str, row: Row, before: Unit | None) -> Refused | None:
    record = _record(row)
    if dataset == "population" or before or record.get("lat") is not None:
        return None
    return Refused("row_no_point", field="緯度")


def _taken(
    dataset: str, row: Row, id: str, before: Unit | None, source: str, look: Record
) -> Taken:
    record, defaults = _record(row), FIELDS[dataset]
    own_source = str(record.get("source") or "")
    said = _said(dataset, record)
    found = {key: value for key, value in said.items() if key not in look or look[key] != value}
    if before and dataset != "population" and _keeps_point(record, before):
        for key in ("lat", "lng", "placed"):
            found.pop(key, None)
    base = before or {"id": id, **defaults, "name": record.get("name") or ""}
    after = {**base, **found, "active": 1, "own": 1}
    is_new = before is None or not before["active"]
    changes = () if is_new else _changes(defaults, base, after)
    if (is_new or changes) and not own_source:
        after["source"] = _dated(source, record) or base["source"]
    outcome = NEW if is_new else CHANGED if changes else SAME
    return Taken(row, id, outcome, changes, before, after)


def _changes(columns: Iterable[str], before: Unit, after: Unit) -> tuple[Change, ...]:
    return tuple(
        Change(LABELS[key], shown(key, before[key]), shown(key, after[key]))
        for key in columns
        if after[key] != before[key]
    )


def _said(dataset: str, record: Record) -> Unit:
    """What a record says of the dataset's columns; nobody knows is what a new row has."""
    facts = {**record, **record.get("bands", {})}
    if "five" in facts:  # as it comes back from a record of an import
        facts["five"] = {str(age): persons for age, persons in facts["five"].items()}
    if not facts.get("source"):
        facts.pop("source", None)
    defaults = FIELDS[dataset]
    found = {
        key: default if facts[key] is None else facts[key]
        for key, default in defaults.items()
        if key in facts
    }
    return found | {"trial": int(bool(record.get("trial")))}


def _keeps_point(record: Record, before: Unit) -> bool:
    """True when the desk knows the point better than the file: 目安 does not replace a point that
    was given, while the address is the same.
    """
    if record.get("lat") is None:
        return True
    return (
        record.get("placed", "given") != "given"
        and before["placed"] == "given"
        and _where(str(record.get("address") or before["address"])) == _where(before["address"])
    )


def _dated(source: str, record: Record) -> str:
    """A source with the day its numbers are of, where the file says it."""
    as_of = str(record.get("as_of") or "")
    return f"{source}（{as_of}）" if source and as_of and as_of not in source else source
