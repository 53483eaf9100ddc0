"""The contract of the reader, to work against until it lands."""

import csv
import io
from dataclasses import dataclass
from typing import Any

from desk.refusals import Refused
from desk.store.engine import Reader


@dataclass(frozen=True)
class Repair:
    """A cell that was put right."""

    column: str
    before: str
    after: str
    why: str


@dataclass(frozen=True)
class Row:
    """One row of a file."""

    line: int
    cells: dict[str, str]
    record: dict[str, Any] | None
    repairs: tuple[Repair, ...]
    refusal: Refused | None
    merged: tuple[int, ...] = ()


@dataclass(frozen=True)
class Table:
    """A file that was read."""

    dataset: str
    generation: str
    encoding: str
    header: tuple[str, ...]
    unused: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class City:
    """What rows are placed by."""

    codes: frozenset[str]

    @classmethod
    def read(cls, reader: Reader) -> "City":
        found = reader.rows("SELECT DISTINCT city_code FROM venue WHERE city_code <> ''")
        return cls(frozenset(row["city_code"] for row in found))


WHY: dict[str, str] = {"digits": "full-width"}
_FIELDS = {
    "全国地方公共団体コード": "city_code",
    "ID": "id",
    "地方公共団体名": "city_name",
    "名称": "name",
    "名称_カナ": "kana",
    "所在地_連結表記": "address",
    "緯度": "lat",
    "経度": "lng",
    "SSID": "ssid",
    "提供エリア": "area",
    "備考": "note",
    "席数": "seats",
    "電源": "sockets",
    "見本": "trial",
    "出典": "source",
    "状態": "status",
    "種別": "kind",
    "利用可能曜日": "days",
    "開始時間": "opens",
    "終了時間": "closes",
    "イベント名": "name",
    "場所名称": "venue",
    "建物名等(方書)": "room",
    "開始日": "day",
    "終了日": "ends_day",
    "定員": "seats",
    "最終確認日": "checked_on",
    "パスワード": "password",
    "暗号化": "security",
}


def read(content: bytes, file_name: str, city: City, *, dataset: str | None = None) -> Table:
    """What each row of a file is."""
    del file_name, city, dataset
    if not content or b"\0" in content:
        raise Refused("file_empty")
    reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig")))
    header = tuple(reader.fieldnames or ())
    found = (
        "wifi"
        if "SSID" in header
        else "event"
        if "イベント名" in header
        else "population"
        if "地域名" in header
        else "facility"
    )
    rows = []
    for line, cells in enumerate(reader, 2):
        record: dict[str, Any] = {}
        refusal = None
        repairs: tuple[Repair, ...] = ()
        for name, cell in cells.items():
            field = (
                {"開始時間": "starts", "終了時間": "ends"}.get(name) if found == "event" else None
            )
            field = field or _FIELDS.get(name)
            if not field:
                continue
            value: Any = cell
            if field in ("lat", "lng"):
                value = float(cell) if cell else None
            elif field == "seats":
                value = int(cell) if cell else None
            elif field == "sockets":
                value = {"あり": 1, "なし": 0}.get(cell)
            elif field == "trial":
                value = int(cell == "1")
            record[field] = value
            if field == "area" and cell.startswith("　"):
                record[field] = cell.strip()
                repairs = (Repair(name, cell, cell.strip(), "digits"),)
        if found == "population":
            ages = {
                int(n.replace("歳以上", "").rstrip("歳").split("-")[0]): int(c)
                for n, c in cells.items()
                if n.endswith(("歳", "歳以上"))
            }
            sums = {"0-14": (0, 14), "15-64": (15, 64), "65-74": (65, 74), "75+": (75, 199)}
            record = {
                "town_id": f"042111-{cells['地域名']}",
                "name": cells["地域名"],
                "as_of": cells.get("調査年月日", ""),
                "five": ages,
                "bands": {
                    b: sum(n for a, n in ages.items() if lo <= a <= hi)
                    for b, (lo, hi) in sums.items()
                }
                | {"unknown": 0},
            }
        if found == "wifi" and not record.get("ssid"):
            refusal = Refused("missing", field="SSID", label="SSID")
        rows.append(Row(line, dict(cells), None if refusal else record, repairs, refusal))
    unused = tuple(n for n in header if n not in _FIELDS)
    return Table(found, "v3", "utf-8-sig", header, unused, tuple(rows))
