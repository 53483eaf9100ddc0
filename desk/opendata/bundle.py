"""The whole public part as one SQLite file, to open with Datasette or any other program.

Columns are in English, `latitude` and `longitude` where maps look for them.
"""

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from desk import times
from desk.opendata import publish
from desk.opendata.layouts import DATASETS, Record
from desk.opendata.records import Public

FILE = "machikado_desk.sqlite"
MEDIA = "application/vnd.sqlite3"
NAME = "まちかどデスクの公開データ"
TOWNS = "町字（地区）の一覧"

# A column of the file: the field of the record it holds, and its type.
Fields = dict[str, tuple[str, type]]
_PLACE: Fields = {
    "id": ("id", str),
    "name": ("name", str),
    "name_kana": ("kana", str),
    "name_en": ("name_en", str),
    "city_code": ("city_code", str),
    "city_name": ("city_name", str),
    "address": ("address", str),
    "latitude": ("lat", float),
    "longitude": ("lng", float),
    "position": ("placed", str),
    "telephone": ("telephone", str),
    "url": ("url", str),
    "days": ("days", str),
    "opens": ("opens", str),
    "closes": ("closes", str),
    "hours_note": ("hours_note", str),
    "note": ("note", str),
}
_END: Fields = {"source": ("source", str), "sample": ("trial", int)}
_TABLES: dict[str, Fields] = {
    "facility": _PLACE | {"kind": ("kind", str), "barrier_free": ("barrier_free", str)} | _END,
    "wifi": _PLACE
    | {
        "facility_id": ("venue_id", str),
        "area": ("area", str),
        "ssid": ("ssid", str),
        "how": ("how", str),
        "security": ("security", str),
        "password": ("password", str),
        "provider": ("provider", str),
        "seats": ("seats", int),
        "sockets": ("sockets", int),
        "wheelchair": ("wheelchair", int),
        "registration": ("registration", int),
        "minutes_limit": ("minutes_limit", int),
        "checked_on": ("checked_on", str),
        "state": ("state", str),
    }
    | _END,
    "event": {
        "id": ("id", str),
        "name": ("name", str),
        "name_en": ("_name_en", str),
        "about": ("_about", str),
        "day": ("day", str),
        "starts": ("starts", str),
        "ends_day": ("ends_day", str),
        "ends": ("ends", str),
        "facility_id": ("_venue_id", str),
        "venue": ("venue", str),
        "room": ("room", str),
        "address": ("address", str),
        "latitude": ("lat", float),
        "longitude": ("lng", float),
        "seats": ("seats", int),
        "status": ("status", str),
        "url": ("_page", str),
        "sample": ("_trial", int),
    },
    "town": {
        "id": ("id", str),
        "name": ("name", str),
        "name_kana": ("kana", str),
        "postal_code": ("postal_code", str),
        "latitude": ("lat", float),
        "longitude": ("lng", float),
    }
    | _END,
}
_METADATA = {
    "table_name": str,
    "title": str,
    "publisher": str,
    "license": str,
    "license_url": str,
    "credit": str,
    "source": str,
    "rows": int,
    "modified": str,
    "sample": int,
}
# Words of three letters or more are found anywhere in a text, which Japanese needs.
_SEARCHED = {"wifi": ("name", "address"), "facility": ("name", "address"), "event": ("name",)}


def path(public: Public) -> str:
    """The address of the file on this server."""
    return f"{publish.FOLDER}{public.code}_{FILE}"


def build(public: Public) -> bytes:
    """The file. The same records make the same bytes."""
    records = {**public.records, "town": public.towns}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / FILE
        db = Database(file)
        for table, columns in _TABLES.items():
            _make(db, table, columns)
            db.table(table).insert_all(_rows(table, records[table], records["facility"]))
        for table, searched in _SEARCHED.items():
            db.table(table).enable_fts(searched, tokenize="trigram")
        db.table("metadata").create(_METADATA, pk="table_name")
        db.table("metadata").insert_all(_said(public))
        db.close()
        return file.read_bytes()


def _make(db: Database, table: str, columns: Fields) -> None:
    keys = [("facility_id", "facility", "id")] if "facility_id" in columns else []
    types = {name: kind for name, (_field, kind) in columns.items()}
    db.table(table).create(types, pk="id", foreign_keys=keys, not_null={"name"})


def _rows(
    table: str, records: Iterable[Record], facilities: Iterable[Record]
) -> Iterable[dict[str, Any]]:
    there = {one["id"] for one in facilities}
    for record in records:
        row = {name: record[field] for name, (field, _kind) in _TABLES[table].items()}
        if row.get("facility_id", "") not in there and "facility_id" in row:
            row["facility_id"] = None
        yield row


def _said(public: Public) -> Iterable[dict[str, Any]]:
    for dataset in DATASETS:
        about = publish.metadata(public, dataset)
        yield {
            "table_name": dataset,
            **{name: about[name] for name in ("title", "publisher", "license", "license_url")},
            "credit": about["credit"],
            "source": "\n".join(about["sources"]),
            "rows": about["count"],
            "modified": about["modified"],
            "sample": int(about["sample"]),
        }
    modified = public.modified["town"]
    yield {
        "table_name": "town",
        "title": TOWNS,
        "publisher": public.publisher,
        "license": publish.LICENCE_ID,
        "license_url": publish.LICENCE_URL,
        "credit": publish.credit(public.publisher, TOWNS),
        "source": "\n".join(sorted({one["source"] for one in public.towns})),
        "rows": len(public.towns),
        "modified": times.stamp(modified) if modified else None,
        "sample": int(any(one["trial"] for one in public.towns)),
    }
