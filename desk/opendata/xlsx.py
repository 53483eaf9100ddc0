"""XLSX: looked through before it is read, so that no file can fill the memory, then its sheets.

The reader (calamine) lays a sheet out as one rectangle and copies a shared text into every cell
that shows it, and tells a formula from its last result in no way. Hence the look before: it
counts what the archive really unpacks to, cell by cell, and stops where it is too much.
"""

import io
import math
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from xml.parsers import expat

import python_calamine

from desk.opendata.limits import MOST_CELLS, MOST_COLUMNS, MOST_LINES, MOST_ROWS
from desk.refusals import Refused

_MOST_UNPACKED = 60_000_000  # bytes, of all parts together
_MOST_PARTS = 2_000
_MOST_TEXT = 20_000_000  # characters, of all cells together
_MOST_TAGS = 4_000_000  # a cell has two or four
_MOST_SHEETS = 20
_CHUNK = 65_536
_PLACE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError)
# Numbers of more digits than a spreadsheet keeps have lost their last ones.
_EXACT = 10**15

Line = tuple[int, list[str]]


def sheets(content: bytes) -> list[tuple[str, Callable[[], Iterator[Line]]]]:
    """The name of every sheet that is shown, and its rows with their number from 1.

    Raises:
        Refused: `table_bomb`, `table_rows` or `table_wide` when it is too much, `table_book` when
            it is no XLSX, `book_locked`, `book_broken`, and `formula_cell` when one of its cells
            holds a formula.
    """
    look = _Look()
    try:
        _look_through(content, look)
    except _BROKEN as error:
        raise Refused("book_broken") from error
    if not look.is_book:
        raise Refused("table_book")
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    except python_calamine.PasswordError as error:
        raise Refused("book_locked") from error
    except python_calamine.CalamineError as error:
        raise Refused("book_broken") from error
    shown = [
        one.name
        for one in book.sheets_metadata
        if one.typ == python_calamine.SheetTypeEnum.WorkSheet
        and one.visible == python_calamine.SheetVisibleEnum.Visible
    ]
    return [(name, _reading(book, name)) for name in shown[:_MOST_SHEETS]]


def _reading(book: Any, name: str) -> Callable[[], Iterator[Line]]:
    def rows() -> Iterator[Line]:
        try:
            sheet = book.get_sheet_by_name(name)
            _top, left = sheet.start or (0, 0)
            for number, row in enumerate(sheet.iter_rows(), 1):
                yield number, [""] * left + [text(value) for value in row]
        except python_calamine.CalamineError as error:
            raise Refused("book_broken") from error

    return rows


def text(value: Any) -> str:
    """A cell's value as a person would type it: 42111, 38.1044, 2026-09-01, 09:00."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        if math.isfinite(value) and value == int(value) and abs(value) < _EXACT:
            return str(int(value))
        return repr(value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}" if value.time() == time() else f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, timedelta):  # 24:00 and later
        minutes = int(value.total_seconds()) // 60
        return f"{minutes // 60:02}:{minutes % 60:02}"
    return str(value)


def _look_through(content: bytes, look: "_Look") -> None:
    # Before the archive's own list of parts becomes a list of objects.
    if content.count(b"PK\x01\x02") > _MOST_PARTS:
        raise Refused("table_bomb")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        if len({part.filename for part in parts}) < len(parts):
            raise Refused("book_broken")
        if any(part.flag_bits & 1 for part in parts):
            raise Refused("book_locked")
        _weigh(archive, parts)
        # The texts first: a sheet says only which of them a cell shows.
        for part in sorted(parts, key=lambda part: "sharedstrings" not in part.filename.lower()):
            if _is_xml(part):
                with archive.open(part) as opened:
                    look.at(part.filename, iter(lambda: opened.read(_CHUNK), b""))


def _is_xml(part: zipfile.ZipInfo) -> bool:
    return part.filename.lower().endswith((".xml", ".rels"))


def _weigh(archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> None:
    """Unpack it all once, piece by piece, whatever sizes the archive claims."""
    left, tags = _MOST_UNPACKED, _MOST_TAGS
    for part in parts:
        with archive.open(part) as opened:
            while piece := opened.read(_CHUNK):
                left -= len(piece)
                tags -= piece.count(b"<") if _is_xml(part) else 0
                if left < 0 or tags < 0:
                    raise Refused("table_bomb")


class _Look:
    """What there is in the parts of a book, counted while they are unpacked."""

    def __init__(self) -> None:
        self.is_book = False
        self._lengths: list[int] = []  # of the shared texts
        self._text = 0

    def at(self, name: str, pieces: Iterator[bytes]) -> None:
        """One part; the encoding is UTF-8 whatever it says, as it is for the reader."""
        self._name = name
        part = expat.ParserCreate("utf-8", namespace_separator=" ")
        part.buffer_text = True
        part.StartDoctypeDeclHandler = self._doctype
        self._part = part
        self._kind = ""
        part.StartElementHandler = self._root

        try:
            for piece in pieces:
                part.Parse(piece)
            part.Parse(b"", True)
        except expat.ExpatError as error:
            raise Refused("book_broken") from error

    def _doctype(self, *_args: object) -> None:
        raise Refused("book_broken")  # no office program writes one; entities can be bombs

    def _root(self, name: str, _attributes: dict[str, str]) -> None:
        kind = _local(name)
        if kind == "workbook":
            self.is_book = True
        if kind == "sst":
            if self._lengths:
                raise Refused("book_broken")  # two tables of texts
            self._part.StartElementHandler = self._shared
        elif kind == "worksheet":
            self._row = self._column = self._widest = self._lowest = 0
            self._shows_shared = False
            self._part.StartElementHandler = self._sheet
            self._part.EndElementHandler = self._sheet_end
        else:
            of_book = self._name.lower() == "xl/_rels/workbook.xml.rels"
            self._part.StartElementHandler = self._relation if of_book else None

    def _relation(self, _name: str, attributes: dict[str, str]) -> None:
        """The reader takes for a sheet whatever part the book calls one: also one not looked at."""
        if not attributes.get("Target", "").lower().endswith(".xml"):
            raise Refused("table_book")

    def _shared(self, name: str, _attributes: dict[str, str]) -> None:
        if _local(name) == "si":
            self._lengths.append(0)
            self._part.CharacterDataHandler = self._shared_text

    def _shared_text(self, data: str) -> None:
        self._lengths[-1] += len(data)

    def _sheet(self, name: str, attributes: dict[str, str]) -> None:
        kind = name.rpartition(" ")[2]
        if kind == "c":
            self._cell(attributes)
        elif kind == "row":
            self._row = _number(attributes.get("r")) or self._row + 1
            self._column = 0
        elif kind in ("v", "is"):
            self._filled()
            if self._shows_shared:
                self._part.CharacterDataHandler = self._index
                self._digits = ""
        elif kind == "f":
            stem = self._name.rpartition("/")[2].partition(".")[0]
            sheet = "" if stem == "sheet1" else f"{stem} "
            raise Refused("formula_cell", cell=f"{sheet}{_letters(self._column)}{self._row}")

    def _cell(self, attributes: dict[str, str]) -> None:
        if not (place := attributes.get("r")):
            self._column += 1
        elif found := _PLACE.fullmatch(place.upper()):
            self._row, self._column = int(found[2]), _column(found[1])
        else:
            raise Refused("book_broken")
        self._shows_shared = attributes.get("t") == "s"

    def _filled(self) -> None:
        """The reader's rectangle reaches this far."""
        self._widest = max(self._widest, self._column)
        self._lowest = max(self._lowest, self._row)
        if self._widest > MOST_COLUMNS:
            raise Refused("table_wide", columns=MOST_COLUMNS)
        if self._lowest > MOST_LINES or self._widest * self._lowest > MOST_CELLS:
            raise Refused("table_rows", rows=MOST_ROWS)

    def _index(self, data: str) -> None:
        self._digits += data

    def _sheet_end(self, name: str) -> None:
        if _local(name) != "v" or not self._shows_shared:
            return
        self._part.CharacterDataHandler = None
        number = _number(self._digits)
        self._text += self._lengths[number] if number < len(self._lengths) else 0
        if self._text > _MOST_TEXT:
            raise Refused("table_bomb")


def _local(name: str) -> str:
    """A name without its namespace: the reader looks at no more either."""
    return name.rpartition(" ")[2]


def _number(digits: str | None) -> int:
    return int(digits) if digits and digits.isascii() and digits.isdigit() else 0


def _column(letters: str) -> int:
    found = 0
    for letter in letters:
        found = found * 26 + ord(letter) - 64
    return found


def _letters(column: int) -> str:
    found = ""
    while column:
        column, rest = divmod(column - 1, 26)
        found = chr(65 + rest) + found
    return found
