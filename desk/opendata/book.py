"""A file somebody dropped, as rows of text: CSV, TSV, semicolons or XLSX, in any encoding.

A file that is too large, or is made to be, is refused before it can fill the memory.
"""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from desk import files
from desk.files import UnreadableFile
from desk.opendata import xlsx
from desk.opendata.limits import MOST_BYTES, MOST_CELLS, MOST_COLUMNS, MOST_LINES, MOST_ROWS
from desk.refusals import Refused

HEAD = 60  # rows in which the header is looked for
_MOST_MARKS = 10_000  # commas in one line
_DELIMITERS = ",\t;"
_OLD_BOOK = b"\xd0\xcf\x11\xe0"  # .xls, and .xlsx under a password
_ENCODINGS = {
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16LE",
    "utf-16-be": "UTF-16BE",
    "cp932": "CP932",
}

Line = tuple[int, list[str]]


@dataclass(frozen=True)
class Source:
    """One way to read a file as a table: a delimiter of its text, or a sheet of its book."""

    name: str
    rows: Callable[[], Iterator[Line]]


def sources(content: bytes) -> tuple[str, list[Source]]:
    """The encoding as people call it, and the tables the file may be.

    Raises:
        Refused: `table_bytes`, `table_wide`, `table_book`, `file_wrong`, or what
            `xlsx.sheets` refuses.
    """
    if len(content) > MOST_BYTES:
        raise Refused("table_bytes", megabytes=MOST_BYTES // 1_000_000)
    if content.startswith(_OLD_BOOK):
        raise Refused("table_book")
    if content.startswith(b"PK\x03\x04"):
        return "XLSX", [Source(name, limited(rows)) for name, rows in xlsx.sheets(content)]
    encoding = files.encoding_of(content)
    try:
        text = files.decode_any(content, "")
    except UnreadableFile as error:
        raise _wrong(error) from error
    if text.count("\n") + text.count("\r") > MOST_LINES:
        raise Refused("table_rows", rows=MOST_ROWS)
    there = [mark for mark in _DELIMITERS if mark in text] or [","]
    return _named(encoding, content), [Source("", limited(_csv(text, mark))) for mark in there]


def _named(encoding: str, content: bytes) -> str:
    mark = " BOM" if content.startswith(b"\xef\xbb\xbf") else ""
    return _ENCODINGS[encoding] + mark


def _wrong(error: UnreadableFile) -> Refused:
    return Refused("file_wrong", reason=str(error).lstrip(": "))


def _csv(text: str, delimiter: str) -> Callable[[], Iterator[Line]]:
    def lines() -> Iterator[str]:
        for line in io.StringIO(text, newline=""):
            if len(line) > _MOST_MARKS and line.count(delimiter) > _MOST_MARKS:
                raise Refused("table_wide", columns=MOST_COLUMNS)
            yield line

    def rows() -> Iterator[Line]:
        reader = csv.reader(lines(), strict=True, delimiter=delimiter)
        line = 1
        try:
            for row in reader:
                yield line, row
                line = reader.line_num + 1
        except csv.Error as error:
            reason = '引用符（"）が閉じていないか、とちゅうにあります'
            raise _wrong(UnreadableFile("", line, reason)) from error

    return rows


def limited(rows: Callable[[], Iterator[Line]]) -> Callable[[], Iterator[Line]]:
    """The rows that hold anything, trimmed of empty cells past the last column there may be.

    The iterator raises:
        Refused: `table_rows` or `table_wide`, as soon as there is too much.
    """

    def checked() -> Iterator[Line]:
        found = cells = 0
        for line, row in rows():
            if len(row) > MOST_COLUMNS:
                if any(map(str.strip, row[MOST_COLUMNS:])):
                    raise Refused("table_wide", columns=MOST_COLUMNS)
                del row[MOST_COLUMNS:]
            if not any(map(str.strip, row)):
                continue
            found += 1
            cells += len(row)
            # Lines above the header, and the header, are not among the rows.
            if found > MOST_ROWS + HEAD or cells > MOST_CELLS:
                raise Refused("table_rows", rows=MOST_ROWS)
            yield line, row

    return checked
