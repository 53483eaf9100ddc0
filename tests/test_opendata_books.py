"""Spreadsheets' own files, and files that are too much: read, or refused before they do harm."""

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from desk.opendata import limits, xlsx
from desk.opendata.rows import Table, read
from desk.refusals import Refused
from tests.conftest import refuses
from tests.open_data import CITY, SPOT, text

HEADER = ["名称", "SSID", "緯度", "経度"]
ROW = ["市役所", "Iwanuma", 38.1044, 140.8701]
SHEET = "xl/worksheets/sheet1.xml"
ROOT = Path(__file__).parent.parent


def book(*rows: list[Any], **sheets: list[list[Any]]) -> bytes:
    """An XLSX of a sheet, and more by their names."""
    made = openpyxl.Workbook()
    first = made.active
    for row in rows:
        first.append(row)
    for name, others in sheets.items():
        sheet = made.create_sheet(name)
        for row in others:
            sheet.append(row)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def rebuilt(content: bytes, change: Callable[[str, bytes], bytes], **more: bytes) -> bytes:
    """A book with its parts changed, and others beside them."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
        for name, part in more.items():
            new.writestr(name, part)
    return out.getvalue()


def with_cells(cells: bytes) -> bytes:
    """A book whose sheet holds these rows, as they are in its XML."""

    def change(name: str, part: bytes) -> bytes:
        start, end = part.find(b"<sheetData>"), part.find(b"</sheetData>")
        return part if name != SHEET else part[: start + 11] + cells + part[end:]

    return rebuilt(book(HEADER, ROW), change)


def opened(content: bytes) -> Table:
    return read(content, "list.xlsx", CITY)


def record(content: bytes) -> dict[str, Any]:
    (row,) = opened(content).rows
    assert row.record is not None, row.refusal
    return row.record


# --- spreadsheets' own files


def test_a_book_is_read() -> None:
    found = opened(book(HEADER, ROW, [None] * 4, ["図書館", "b", 38.1, 140.87]))
    assert (found.encoding, found.dataset) == ("XLSX", "wifi")
    assert [(row.line, row.cells["緯度"]) for row in found.rows] == [(2, "38.1044"), (4, "38.1")]


def test_cells_of_every_kind_become_what_a_person_would_type() -> None:
    header = [
        *HEADER,
        "市区町村コード",
        "最終確認日",
        "開始時間",
        "終了時間",
        "備考",
        "席数",
        "見本",
    ]
    values = [42111, date(2026, 9, 1), time(9, 0), timedelta(hours=24), "a\nb", 12, True]
    found = record(book(header, [*ROW, *values]))
    assert (found["city_code"], found["checked_on"]) == ("042111", "2026-09-01")
    assert (found["opens"], found["closes"]) == ("09:00", "23:59")
    assert (found["note"], found["seats"]) == ("a\nb", 12)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (42111.0, "42111"),
        (38.10444444, "38.10444444"),
        (1.234567890183457e17, "1.234567890183457e+17"),
        (datetime(2026, 9, 1), "2026-09-01"),
        (datetime(2026, 9, 1, 10, 30), "2026-09-01 10:30"),
        (timedelta(hours=25, minutes=5), "25:05"),
        (False, "FALSE"),
        ("0421", "0421"),
    ],
)
def test_a_value_as_text(value: Any, text: str) -> None:
    assert xlsx.text(value) == text


def test_the_table_may_stand_anywhere_in_a_book() -> None:
    rows = [["公衆無線LAN一覧"], [None], [None, None, *HEADER], [None, None, *ROW]]
    found = opened(book(["はじめに"], 一覧=rows))
    (row,) = found.rows
    assert (row.line, found.header) == (4, ("列1", "列2", *HEADER))


def test_a_sheet_that_is_not_shown_is_not_read() -> None:
    made = openpyxl.Workbook()
    made.active.append(["メモ"])
    hidden = made.create_sheet("hidden")
    hidden.sheet_state = "hidden"
    hidden.append(HEADER)
    hidden.append(ROW)
    out = io.BytesIO()
    made.save(out)
    with refuses("table_unknown"):
        opened(out.getvalue())


def test_a_formula_is_refused_with_the_name_of_its_cell() -> None:
    with refuses("formula_cell") as caught:
        opened(book(HEADER, ["市役所", "a", 38.1, "=B1"]))
    assert caught.value.facts == {"cell": "D2"}
    with refuses("formula_cell") as caught:
        opened(book(HEADER, ROW, 集計=[["x", "=SUM(A1)"]]))
    assert caught.value.facts == {"cell": "sheet2 B1"}
    with refuses("formula_cell"):  # cells without a name stand one after another
        opened(with_cells(b'<row><c t="n"><v>1</v></c><c><f>1+1</f><v>2</v></c></row>'))


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
ODS = b'<office:document-content xmlns:office="urn:x"><a/></office:document-content>'


def zipped(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, part in parts.items():
            made.writestr(name.replace("__", "."), part)
    return out.getvalue()


@pytest.mark.parametrize(
    "content", [OLE, zipped(content__xml=ODS), zipped(a__txt=b"x")], ids=["xls", "ods", "zip"]
)
def test_other_books_are_refused(content: bytes) -> None:
    with refuses("table_book"):
        opened(content)


def test_a_sheet_under_another_name_does_not_escape_the_look() -> None:
    with zipfile.ZipFile(io.BytesIO(book(HEADER, ["市役所", "a", 38.1, "=B1"]))) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    parts["xl/worksheets/sheet1.dat"] = parts.pop(SHEET)
    relations = "xl/_rels/workbook.xml.rels"
    parts[relations] = parts[relations].replace(b"sheet1.xml", b"sheet1.dat")
    with refuses("table_book"):
        opened(zipped(**parts))


def locked() -> bytes:
    """A book whose parts say that they are encrypted."""
    content = bytearray(book(HEADER, ROW))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(mark)
        while at >= 0:
            content[at + offset] |= 1
            at = content.find(mark, at + 4)
    return bytes(content)


def test_a_book_with_a_password_is_refused() -> None:
    with refuses("book_locked"):
        opened(locked())


def doubled() -> bytes:
    out = io.BytesIO(book(HEADER, ROW))
    with zipfile.ZipFile(out, "a") as made, pytest.warns(UserWarning, match="Duplicate"):
        made.writestr(SHEET, b"<worksheet/>")
    return out.getvalue()


DOCTYPE = b'<!DOCTYPE a [<!ENTITY b "cccc">]><worksheet/>'


@pytest.mark.parametrize(
    "make",
    [
        lambda: book(HEADER, ROW)[:-40],
        lambda: b"PK\x03\x04" + b"junk" * 100,
        lambda: with_cells(b"<row><c><v>1</v>"),
        lambda: with_cells(b'<row r="1"><c r="ZZZZ1"><v>1</v></c></row>'),
        lambda: rebuilt(book(HEADER), lambda n, p: DOCTYPE if n == SHEET else p),
        lambda: rebuilt(book(HEADER), lambda _n, p: p.replace(b"sheetData", b"\x00")),
        doubled,
    ],
)
def test_a_damaged_book_is_refused(make: Callable[[], bytes]) -> None:
    with refuses("book_broken"):
        opened(make())


# --- files that are too much


def shared(count: int, length: int) -> bytes:
    """A book that shows one long shared text in many cells."""
    texts = b'<sst xmlns="x"><si><t>' + b"a" * length + b"</t></si></sst>"
    cells = b"".join(b'<row><c t="s"><v>0</v></c></row>' for _ in range(count))
    return rebuilt(with_cells(cells), lambda _n, p: p, **{"xl/sharedStrings.xml": texts})


def crowd() -> bytes:
    """An archive of very many empty parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for number in range(3_000):
            made.writestr(f"{number}.xml", b"")
    return out.getvalue()


CSV = text(SPOT)
TOO_MUCH: dict[str, tuple[str, Callable[[], bytes]]] = {
    "6 MB": ("table_bytes", lambda: CSV.encode() + b"x" * 6_000_000),
    "rows": ("table_rows", lambda: (CSV + "a,b,38.1,140.8\n" * 20_000).encode()),
    "empty lines": ("table_rows", lambda: CSV.encode() + b"\n" * 4_000_000),
    "cells": ("table_rows", lambda: ("名称,SSID" + ",x" * 190 + "\n").encode() * 6_000),
    "a million columns": ("table_wide", lambda: b"a," * 1_000_000),
    "a million columns, quoted": ("table_wide", lambda: b'"a",' * 1_000_000),
    "a million columns below": ("table_wide", lambda: CSV.encode() + b"a," * 1_000_000),
    "201 columns": ("table_wide", lambda: CSV.encode() + b"a," * 200 + b"b\n"),
    "NUL": ("file_wrong", lambda: CSV.encode() + b"\0"),
    "NUL first": ("file_wrong", lambda: b"\0" + CSV.encode()),
    "no text": ("file_wrong", lambda: b"\x81\x00\xff" * 1_000_000),
    "a quote that does not close": ("file_wrong", lambda: CSV.encode() + b'"' + b"a" * 4_000_000),
    "a bomb": ("table_bomb", lambda: with_cells(b" " * 200_000_000)),
    "a bomb beside the sheet": (
        "table_bomb",
        lambda: rebuilt(book(HEADER, ROW), lambda _n, p: p, **{"media/a.bin": bytes(300_000_000)}),
    ),
    "a bomb of elements": ("table_bomb", lambda: with_cells(b"<c/>" * 14_000_000)),
    "a bomb of shared texts": ("table_bomb", lambda: shared(20_000, 30_000)),
    "a bomb of parts": ("table_bomb", crowd),
    "a cell far to the right": (
        "table_wide",
        lambda: with_cells(b'<row r="1"><c r="XFD1"><v>1</v></c></row>'),
    ),
    "a cell far below": (
        "table_rows",
        lambda: with_cells(b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576">'
                           b'<c r="A1048576"><v>1</v></c></row>'),
    ),
    "a wide and deep sheet": (
        "table_rows",
        lambda: with_cells(b'<row r="1"><c r="GR1"><v>1</v></c></row><row r="20000">'
                           b'<c r="A20000"><v>1</v></c></row>'),
    ),
    "rows of a sheet": (
        "table_rows",
        lambda: book(HEADER, *([*ROW[:2], n, n] for n in range(20_100))),
    ),
}  # fmt: skip

# In a child of its own, whose most memory begins at what it has and not at what imports once took.
PROGRAM = """
import json, os, resource, sys, time
from desk.opendata.rows import City, read
from desk.refusals import Refused
if os.fork():
    sys.exit(os.waitstatus_to_exitcode(os.wait()[1]))
content = open(sys.argv[1], "rb").read()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
began = time.perf_counter()
try:
    read(content, "list", City())
    code = "read"
except Refused as refused:
    code = refused.code
seconds = time.perf_counter() - began
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(json.dumps({"code": code, "kilobytes": grown, "seconds": seconds}))
"""


@pytest.mark.parametrize("kind", list(TOO_MUCH))
def test_what_is_too_much_is_refused_before_it_fills_the_memory(kind: str, tmp_path: Path) -> None:
    code, make = TOO_MUCH[kind]
    file = tmp_path / "file"
    file.write_bytes(make())
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(file)], capture_output=True, cwd=ROOT, check=True
    )
    found = json.loads(ran.stdout)
    print(f"{kind}: {found['seconds']:.2f} s, {found['kilobytes'] / 1024:.0f} MB")
    assert found["code"] == code
    assert found["kilobytes"] < 100 * 1024


def test_as_many_rows_as_there_may_be_are_read() -> None:
    row = ",".join(f'"{cell}"' for cell in SPOT.values())
    content = "\n".join([",".join(SPOT), *(row for _ in range(limits.MOST_ROWS))])
    found = read(content.encode(), "list.csv", CITY)
    assert len(found.rows[0].merged) == limits.MOST_ROWS - 1


def test_columns_that_are_empty_are_not_too_many() -> None:
    content = CSV.replace("\r\n", "," * 300 + "\r\n").encode()
    assert len(read(content, "list.csv", CITY).rows) == 1


def test_a_refusal_names_the_line() -> None:
    with pytest.raises(Refused) as caught:
        read(CSV.encode() + b'x,"y"z,1,2\n', "list.csv", CITY)
    assert caught.value.code == "file_wrong"
    assert "3行目" in caught.value.facts["reason"]
