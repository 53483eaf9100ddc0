"""A CSV file in and out: encodings, columns by name, cells no spreadsheet takes for a formula."""

import csv
import io
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from desk import files
from desk.files import Cells, UnreadableFile
from desk.refusals import Refused

# As `classes_csv` calls them, and as a person who keeps tables does.
ENCODINGS = {"utf-8-sig": "UTF-8", "cp932": "Shift_JIS（CP932）"}
MOST_ROWS = 5_000
MOST_BYTES = 5_000_000
MOST_COLUMNS = 1_000
MOST_LINES = 100_000  # line breaks inside cells are usual, ten a row are not
MISSING = "〓"  # the printer's mark for a character that is not there
SAMPLE = "見本"
# OWASP "CSV injection": what a spreadsheet calculates instead of showing. Besides = + - @ all that
# becomes one of them in plain width (NFKC), which Japanese input methods write and Japanese
# spreadsheets read alike; white space, control and zero-width characters before it hide nothing.
_SIGNS = "=+\\-@⁺⁼₊₌⩵⩶﬩﹢﹣﹦﹫＋－＝＠"
_UNSEEN = (
    r"\s\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    r"\ufeff\ufff9-\ufffb"
)
# Apostrophes before it count: what `guard` added one to, it must not find safe itself.
_FORMULA = re.compile(rf"'*[{_UNSEEN}]*?[\t\r{_SIGNS}]")
_QUOTED = re.compile(rf"'+[{_UNSEEN}]*?[\t\r{_SIGNS}]")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
# Unicode writes these otherwise than CP932's tables do; they look the same on paper.
_ALIKE = str.maketrans("〜−‖—¢£¬", "～－∥―￠￡￢")
# How files of spreadsheets themselves begin: .xlsx and .ods, and the older .xls.
_BOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_COMMENT = re.compile(r"[\r\n,]+")


@dataclass(frozen=True)
class Export:
    """A file to hand out; `replaced` characters its encoding does not have became 〓."""

    content: bytes
    replaced: int


def guard(cell: str) -> str:
    """The cell as a spreadsheet shows it: what would be a formula begins with an apostrophe."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unguard(cell: str) -> str:
    """What `guard` was given."""
    return cell[1:] if _QUOTED.match(cell) else cell


def carried(text: str, encoding: str) -> str:
    """The text as a file of that encoding carries it."""
    if encoding != "cp932":
        return text
    return "".join(map(_carried_character, text.translate(_ALIKE)))


def _carried_character(character: str) -> str:
    try:
        character.encode("cp932")
    except UnicodeEncodeError:
        return MISSING
    return character


def restored(cell: str, kept: str) -> str:
    """The kept text when the cell is what a CP932 file makes of it, else the cell."""
    return kept if carried(kept, "cp932") == cell else cell


def write(
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    encoding: str = "utf-8-sig",
    comments: Sequence[str] = (),
    numbers: Collection[str] = (),
) -> Export:
    """A CSV file; comments are lines of # before the header.

    `numbers` are the columns whose cells are numbers: -1.5 is no formula there.
    """
    out = io.StringIO(newline="")
    for comment in comments:
        out.write(f"# {_COMMENT.sub(' ', comment)}\r\n")
    table = csv.writer(out)
    table.writerow(header)
    plain = [name in numbers for name in header]
    table.writerows(
        [
            cell if number and _NUMBER.fullmatch(cell) else guard(cell)
            for cell, number in zip(row, plain, strict=True)
        ]
        for row in rows
    )
    text = out.getvalue()
    found = carried(text, encoding)
    lost = found.count(MISSING) - text.count(MISSING)
    return Export(found.encode(encoding), lost)


def read(
    content: bytes, *, columns: Mapping[str, Sequence[str]], needed: set[str]
) -> list[tuple[int, Cells]]:
    """The rows of a file somebody chose, each with its line.

    `columns` are the names of columns, each with its other spellings; where they stand does not
    matter, and others may stand beside them. Commas, tabs or semicolons are told by the header.

    Raises:
        Refused: `file_book`, `file_wrong` with a Japanese reason, `file_large`, `table_wide`, or
            `file_empty`.
    """
    if content.startswith(_BOOKS):
        raise Refused("file_book")
    if len(content) > MOST_BYTES:
        raise Refused("file_large", rows=MOST_ROWS)
    names = {name: name for name in columns} | {
        other: name for name, others in columns.items() for other in others
    }
    try:
        text = files.decode_any(content, "")
        # Before any of it becomes lists of lines and cells.
        if text.count("\n") + text.count("\r") > MOST_LINES:
            raise Refused("file_large", rows=MOST_ROWS)
        lines = text.splitlines()
        header = next((one for one in lines if one.strip() and not one.startswith("#")), "")
        delimiter = max(",\t;", key=header.count)
        if any(one.count(delimiter) >= MOST_COLUMNS for one in lines if len(one) >= MOST_COLUMNS):
            raise Refused("table_wide", columns=MOST_COLUMNS)
        found = files.read_rows(text, "", needed, delimiter=delimiter, names=names)
        rows = [
            (line, {name: unguard(cell).strip() for name, cell in cells.items()})
            for line, cells in islice(found, MOST_ROWS + 1)
        ]
    except UnreadableFile as error:
        raise Refused("file_wrong", reason=str(error).lstrip(": ")) from error
    if not rows:
        raise Refused("file_empty")
    if len(rows) > MOST_ROWS:
        raise Refused("file_large", rows=MOST_ROWS)
    return rows


def heading(what: str, day: str, *, trial: bool) -> list[str]:
    """The comment lines of an export: what it is, of which day, and that it is 見本."""
    return [f"{what} {day}", *([f"{SAMPLE}です。本当の記録ではありません。"] if trial else [])]
