"""What is known of the city: data/ and venues/, checked whole and then loaded, all or nothing.

Rows that left a file stay in their table, inactive: bookings and consultations point at them.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from desk import classes, courses, figures, files, opening, store, times, wifi
from desk.courses import LEVELS, NEEDS
from desk.files import (
    CITY_CODE,
    CLOCK_OR_EMPTY,
    DAY,
    DAY_OR_EMPTY,
    EXACT,
    EXACT_OR_EMPTY,
    MARK,
    PERIOD,
    STEPS_OR_EMPTY,
    TEXT,
    TEXT_OR_EMPTY,
    WEB_OR_EMPTY,
    YES_NO,
    Cells,
    Read,
    UnreadableFile,
    like,
    lines_of,
    number,
    one_of,
    whole_or_none,
)
from desk.population import BANDS

__all__ = ["DATA", "SPECS", "VENUES", "Spec", "UnreadableFile", "load"]

_PROJECT = Path(__file__).parent.parent
DATA = _PROJECT / "data"
VENUES = _PROJECT / "venues"
TRIAL = "見本"  # the one column a file may leave out: then its rows are real

Row = dict[str, Any]
Columns = dict[str, tuple[str, Read]]


@dataclass(frozen=True)
class Spec:
    """A file, its table, and for each column of the file the table's column and its reader.

    The table's column "" means checked but not stored. The cells of `key`, joined by its "-" or
    "@", are the row's id. `refers` are columns and the tables whose ids they hold, one a line or
    none. `loaded` says in SQL which rows of the table came from the file. `told` are the table's
    columns that calendars and pages tell of a class. `ours` are columns no import brings, so that
    the file says them of every row, also of one brought in on a screen.
    """

    path: str
    table: str
    columns: Columns
    key: str = "ID"
    id: str = "id"
    primary: tuple[str, ...] = ("id",)
    refers: tuple[tuple[str, str], ...] = ()
    loaded: str = "active = 1"
    told: tuple[str, ...] = ()
    ours: tuple[str, ...] = ()
    expand: Callable[[Row], list[Row]] = field(default=lambda row: [row])

    def needed(self) -> set[str]:
        """The columns the file must have."""
        return {*self.columns, *re.split("[-@]", self.key)} - {TRIAL}

    def id_of(self, cells: Cells) -> str:
        parts = re.split("([-@])", self.key)
        return "".join(part if part in ("-", "@") else cells[part] for part in parts)


def _by_band(row: Row) -> list[Row]:
    common = {key: value for key, value in row.items() if key not in BANDS}
    return [{**common, "band": band, "persons": row[band]} for band in BANDS]


def _dated(row: Row) -> list[Row]:
    as_of = row.pop("as_of")
    return [{**row, "source": f"{row['source']}（{as_of}）"}]


_PERSONS = number(int, 0, 2_000_000_000)
_CODE: Columns = {"全国地方公共団体コード": ("", CITY_CODE)}
_CITY: Columns = {"全国地方公共団体コード": ("city_code", CITY_CODE)} | {
    "地方公共団体名": ("city_name", TEXT)
}
_NAMED: Columns = {"名称": ("name", TEXT), "名称_カナ": ("kana", TEXT_OR_EMPTY)} | {
    "名称_英語": ("name_en", TEXT_OR_EMPTY),
    "所在地_連結表記": ("address", TEXT_OR_EMPTY),
    "電話番号": ("telephone", TEXT_OR_EMPTY),
}
_HOURS: Columns = {
    "利用可能曜日": ("days", like("[月火水木金土日祝]*", "曜日（例 月火水木金）")),
    "開始時間": ("opens", CLOCK_OR_EMPTY),
    "終了時間": ("closes", CLOCK_OR_EMPTY),
}
_VENUE: Columns = {"施設ID": ("venue_id", EXACT), "名称": ("name", TEXT)}
_POINT: Columns = {
    "緯度": ("lat", number(float, 20, 46)),
    "経度": ("lng", number(float, 122, 154)),
}
_END: Columns = {"出典": ("source", TEXT), TRIAL: ("trial", MARK)}

# In an order in which every table stands after the tables it points at.
SPECS = (
    Spec(
        "data/towns.csv",
        "town",
        _CODE
        | {"町字名": ("name", TEXT), "町字名_カナ": ("kana", TEXT_OR_EMPTY)}
        | {"郵便番号": ("postal_code", like(r"(\d{7})?", "7けたの番号"))}
        | _POINT
        | _END,
        key="全国地方公共団体コード-町字名",
    ),
    Spec(
        "data/population.csv",
        "population",
        _CODE
        | {"地域名": ("", TEXT), "調査年月日": ("", DAY)}
        | {header: (band, _PERSONS) for band, header in BANDS.items()}
        | _END,
        key="全国地方公共団体コード-地域名",
        loaded="active = 1 AND own = 0",
        id="town_id",
        primary=("town_id", "band"),
        refers=(("town_id", "town"),),
        expand=_by_band,
    ),
    Spec(
        "data/figures.csv",
        "figure",
        {"項目": ("key", TEXT), "値": ("value", number(float, -1e12, 1e12))}
        | {"時点": ("as_of", PERIOD), "単位": ("unit", TEXT)}
        | _END,
        key="項目@時点",
    ),
    Spec(
        "data/mynumber_cards.csv",
        "card_rate",
        {"地域": ("area", TEXT), "時点": ("as_of", DAY)}
        | {"人口": ("population", _PERSONS), "交付枚数": ("issued", _PERSONS)}
        | _END,
        key="地域@時点",
    ),
    Spec(
        "data/courses.yaml",
        "course",
        {name: (name, TEXT) for name in ("title", "title_en", "about", "bring", "source")}
        | {"minutes": ("minutes", number(int, 15, 480)), "as_of": ("as_of", PERIOD)}
        | {"level": ("level", one_of(LEVELS)), "needs": ("needs", lines_of(NEEDS))}
        | {"before": ("before", TEXT_OR_EMPTY)},
        key="id",
        refers=(("before", "course"),),
        loaded="active = 1 AND own = 0",
        told=courses.TOLD,
        expand=_dated,
    ),
    Spec(
        "venues/facilities.csv",
        "venue",
        _CITY
        | _NAMED
        | {"種別": ("kind", TEXT), "避難所": ("shelter", YES_NO)}
        | _HOURS
        | _POINT
        | _END,
        loaded="active = 1 AND own = 0",
        told=("name", "address"),
        ours=("shelter",),
    ),
    Spec(
        "venues/closed_days.csv",
        "closed_day",
        {"施設ID": ("venue_id", EXACT_OR_EMPTY), "理由": ("reason", TEXT)}
        | {"休館日": ("rule", opening.RULE)}
        | _END,
        refers=(("venue_id", "venue"),),
    ),
    Spec(
        "venues/equipment.csv",
        "equipment",
        _VENUE
        | {"数": ("count", number(int, 1, 500)), "準備分": ("setup", number(int, 0, 480))}
        | _END,
        refers=(("venue_id", "venue"),),
    ),
    Spec(
        "venues/rooms.csv",
        "room",
        _VENUE | {"定員": ("seats", number(int, 1, 500))} | _END,
        refers=(("venue_id", "venue"),),
        told=("name",),
    ),
    Spec(
        "venues/desks.csv",
        "desk",
        _VENUE | {"開設日時": ("hours", TEXT_OR_EMPTY)} | _END,
        refers=(("venue_id", "venue"),),
    ),
    Spec(
        "venues/wifi.csv",
        "wifi_spot",
        _CITY
        | _NAMED
        | {"提供エリア": ("area", TEXT_OR_EMPTY), "URL": ("url", WEB_OR_EMPTY)}
        | {"設置者": ("provider", TEXT_OR_EMPTY), "備考": ("note", TEXT_OR_EMPTY)}
        | {"SSID": ("ssid", EXACT), "パスワード": ("password", EXACT_OR_EMPTY)}
        | {"暗号化": ("security", like("open|WPA", " open か WPA "))}
        | {"接続方法": ("how", STEPS_OR_EMPTY), "最終確認日": ("checked_on", DAY_OR_EMPTY)}
        | {"施設ID": ("venue_id", EXACT_OR_EMPTY)}
        | _HOURS
        | {"席数": ("seats", whole_or_none(wifi.MOST_SEATS))}
        | {"時間制限（分）": ("minutes_limit", whole_or_none(wifi.MOST_MINUTES))}
        | {"電源": ("sockets", YES_NO), "車いす": ("wheelchair", YES_NO)}
        | {"利用登録": ("registration", YES_NO)}
        | _POINT
        | _END,
        loaded="active = 1 AND own = 0",
        refers=(("venue_id", "venue"),),
    ),
)


@dataclass(frozen=True)
class Table:
    """A file that was read: its rows by id, each with the line it stands on."""

    spec: Spec
    sha256: str
    rows: dict[str, tuple[int, Row]]


def load(data: Path = DATA, venues: Path = VENUES, *, now: datetime) -> list[str]:
    """Check every file, then load the changed ones in one transaction.

    Returns:
        The files that were new or changed.

    Raises:
        UnreadableFile: the first thing wrong with any file; nothing was changed then.
    """
    folders = {"data": data, "venues": venues}
    tables = [_read(spec, folders) for spec in SPECS]
    by_name = {table.spec.table: table for table in tables}
    _check_references(by_name)
    _check_circles(by_name["course"])
    _check_figures(by_name["figure"])
    with store.transaction(by=store.SYSTEM, lock="facts") as write:
        loaded = write.rows("SELECT path, sha256 FROM loaded_file")
        known = {row["path"]: row["sha256"] for row in loaded}
        changed = [table for table in tables if known.get(table.spec.path) != table.sha256]
        for table in changed:
            _write(write, table, now)
    return [table.spec.path for table in changed]


def _read(spec: Spec, folders: dict[str, Path]) -> Table:
    folder, _, name = spec.path.partition("/")
    try:
        content = (folders[folder] / name).read_bytes()
    except OSError as error:
        raise UnreadableFile(spec.path, None, "ファイルがないか、開けません") from error
    read = files.read_yaml if name.endswith(".yaml") else files.read_csv
    rows: dict[str, tuple[int, Row]] = {}
    for line, cells in read(content, spec.path, spec.needed()):
        id, row = _row(spec, line, cells)
        if id in rows:
            reason = f"{spec.key}が{rows[id][0]}行目と同じです{files.shown(id)}"
            raise UnreadableFile(spec.path, line, reason)
        rows[id] = (line, row)
    # The columns belong to it: a release that reads more of a file reads it again.
    known = repr([(header, column) for header, (column, _read) in spec.columns.items()])
    return Table(spec, hashlib.sha256(content + known.encode()).hexdigest(), rows)


def _row(spec: Spec, line: int, cells: Cells) -> tuple[str, Row]:
    row: Row = {"trial": 0}
    for header, (column, convert) in spec.columns.items():
        try:
            row[column] = convert(cells.get(header, ""))
        except ValueError as error:
            raise UnreadableFile(spec.path, line, f"{header}{error}") from error
    row.pop("", None)
    row[spec.id] = spec.id_of(cells)
    if not row[spec.id]:
        raise UnreadableFile(spec.path, line, f"{spec.key}が空です")
    return row[spec.id], row


def _check_references(tables: dict[str, Table]) -> None:
    for table in tables.values():
        for column, target in table.spec.refers:
            for line, row in table.rows.values():
                for id in row[column].splitlines():
                    if id not in tables[target].rows:
                        reason = f"「{id}」は {tables[target].spec.path} にありません"
                        raise UnreadableFile(table.spec.path, line, reason)


def _check_circles(table: Table) -> None:
    before = {id: row["before"].splitlines() for id, (_line, row) in table.rows.items()}
    for id in courses.circle(before):
        reason = f"「{id}」を先に受ける講座が、たどると「{id}」自身になります"
        raise UnreadableFile(table.spec.path, table.rows[id][0], reason)


def _check_figures(table: Table) -> None:
    for line, row in table.rows.values():
        least, most = figures.NEEDED.get(row["key"], (row["value"], row["value"]))
        if not least <= row["value"] <= most:
            reason = f"「{row['key']}」の値は {least} から {most} までです"
            raise UnreadableFile(table.spec.path, line, reason)
    keys = {row["key"] for _line, row in table.rows.values()}
    for key in figures.NEEDED:
        if key not in keys:
            raise UnreadableFile(table.spec.path, None, f"項目「{key}」の行がありません")


def _write(write: store.Writer, table: Table, now: datetime) -> None:
    spec = table.spec
    rows = [new for _, row in table.rows.values() for new in spec.expand(dict(row))]
    # The names of tables and columns come from SPECS, never from a file.
    told = f"SELECT id, {', '.join(spec.told)} FROM {spec.table}"
    before = {row["id"]: row for row in write.rows(told)} if spec.told else {}
    write.run(f"UPDATE {spec.table} SET active = 0 WHERE {spec.loaded}")
    if rows:
        columns = [*rows[0], "active"]
        changes = [f"{c} = excluded.{c}" for c in columns if c not in spec.primary]
        write.run_many(
            f"INSERT INTO {spec.table} ({', '.join(columns)}) "
            f"VALUES ({', '.join(f':{c}' for c in columns)}) "
            f"ON CONFLICT ({', '.join(spec.primary)}) DO UPDATE SET {', '.join(changes)}"
            f"{f' WHERE {spec.table}.own = 0' if 'own = 0' in spec.loaded else ''}",
            [{**row, "active": 1} for row in rows],
        )
    if rows and spec.ours:
        write.run_many(
            f"UPDATE {spec.table} SET {', '.join(f'{c} = :{c}' for c in spec.ours)} "
            f"WHERE {spec.id} = :{spec.id}",
            [{c: row[c] for c in (spec.id, *spec.ours)} for row in rows],
        )
    if before:
        renamed = [
            row["id"]
            for row in rows
            if row["id"] in before and any(row[c] != before[row["id"]][c] for c in spec.told)
        ]
        classes.tell_anew(write, f"{spec.table}_id", renamed, now)
    write.run(
        "INSERT INTO loaded_file (path, sha256, loaded_at) VALUES (:path, :sha256, :at) "
        "ON CONFLICT (path) DO UPDATE SET sha256 = excluded.sha256, loaded_at = excluded.loaded_at",
        path=spec.path,
        sha256=table.sha256,
        at=times.stamp(now),
    )
