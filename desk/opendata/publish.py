"""The public records as files anybody may use: CSV in both layouts, JSON and GeoJSON. Pure."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from desk import times
from desk.opendata import layouts
from desk.opendata.layouts import DATASETS, NUMBERS, Record
from desk.opendata.records import Public
from desk.tables import sheet

FOLDER = "/opendata/"
LICENCE = "CC BY 4.0"
LICENCE_ID = "CC-BY-4.0"  # SPDX
LICENCE_URL = "https://creativecommons.org/licenses/by/4.0/"


@dataclass(frozen=True)
class Format:
    """A form a dataset is published in: how its address begins and ends, its media type, and
    what writes it.
    """

    name: str
    folder: str
    ending: str
    media: str
    write: Callable[[Public, str], bytes]


def path(public: Public, dataset: str, form: str) -> str:
    """The address of a file on this server: /opendata/042111_public_wireless_lan.csv."""
    made = FORMATS[form]
    return f"{FOLDER}{made.folder}{public.code}_{DATASETS[dataset].file}{made.ending}"


def named(file: str) -> tuple[str, str] | None:
    """The dataset and the format a file's name under `FOLDER` asks for, of whatever city."""
    for dataset, one in DATASETS.items():
        for form, made in FORMATS.items():
            rest = file.removeprefix(made.folder)
            if file.startswith(made.folder) and rest[6:] == f"_{one.file}{made.ending}":
                return dataset, form
    return None


def credit(publisher: str, name: str) -> str:
    """How to name the source, in the language of the data."""
    return f"{publisher}「{name}」（{LICENCE}）"


def metadata(public: Public, dataset: str) -> dict[str, Any]:
    """What a file says of itself."""
    modified = public.modified[dataset]
    name = DATASETS[dataset].name
    return {
        "title": name,
        "publisher": public.publisher,
        "license": LICENCE_ID,
        "license_url": LICENCE_URL,
        "credit": credit(public.publisher, name),
        "sources": public.sources(dataset),
        "modified": times.stamp(modified) if modified else None,
        "count": len(public.records[dataset]),
        "sample": public.trial(dataset),
    }


def _csv(layout: str) -> Callable[[Public, str], bytes]:
    def write(public: Public, dataset: str) -> bytes:
        columns = layouts.columns(dataset, layout)
        return sheet.write(
            [header for header, _field in columns],
            (
                [layouts.cell(record, field) for _header, field in columns]
                for record in public.records[dataset]
            ),
            numbers={header for header, field in columns if field in NUMBERS},
        ).content

    return write


def _row(record: Record, columns: layouts.Columns) -> dict[str, Any]:
    return {header: layouts.value(record, field) for header, field in columns}


def _json(public: Public, dataset: str) -> bytes:
    columns = layouts.columns(dataset, "v3")
    rows = [_row(record, columns) for record in public.records[dataset]]
    return _dumped({"metadata": metadata(public, dataset), "rows": rows})


def _geojson(public: Public, dataset: str) -> bytes:
    """RFC 7946: WGS84, longitude first."""
    columns = tuple(one for one in layouts.columns(dataset, "v3") if one[1] not in ("lat", "lng"))
    features = [
        {
            "type": "Feature",
            "id": record["id"],
            "geometry": {"type": "Point", "coordinates": [record["lng"], record["lat"]]},
            "properties": _row(record, columns),
        }
        for record in public.records[dataset]
    ]
    about = metadata(public, dataset)
    return _dumped({"type": "FeatureCollection", "metadata": about, "features": features})


def _dumped(made: dict[str, Any]) -> bytes:
    return json.dumps(made, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


FORMATS = {
    "csv": Format("CSV", "", ".csv", "text/csv", _csv("v3")),
    "v1": Format("CSV", "v1/", ".csv", "text/csv", _csv("v1")),
    "json": Format("JSON", "", ".json", "application/json", _json),
    "geojson": Format("GeoJSON", "", ".geojson", "application/geo+json", _geojson),
}
