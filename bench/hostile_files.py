"""Files that should not be, made by dice from files that may be, and some of old renown."""

import csv
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from random import Random

import openpyxl

from desk.opendata.limits import MOST_BYTES

NUMBER = "123456789018"  # twelve digits, the last a right check digit of an individual number
CELLS = (
    "",
    " ",
    "　",
    "=1+1",
    "＝SUM(A1:A9)",
    "@SUM(1)",
    "\t=1+1",
    "'=1+1",
    "=cmd|' /C calc'!A0",
    "-2+3",
    NUMBER,
    "１２３４５６７８９０１８",
    "1234 5678-9018",
    "1\u200b2\u200b3456789018",
    "一二三四五六七八九〇一八",
    "09012345678",
    "\u202egnp.exe",
    "\u2066\u2069\u200f",
    "\u200b\u200d\ufeff",
    "\x00",
    "\x1a",
    "\x7f\x08",
    '"',
    '""""',
    'a"b',
    "\r",
    "\n\n",
    "a\r\nb",
    "a" * 5_000,
    "長" * 40_000,
    "<script>alert(1)</script>",
    "${alert(1)}{{7*7}}",
    "1e999",
    "NaN",
    "-inf",
    "9" * 400,
    "-0",
    "1_000",
    "٣٨",
    "Ⅷ",
    "𝟙𝟘:𝟘𝟘",
    "2026-02-30",
    "0000-00-00",
    "令和99年13月40日",
    "25:61",
    "23:59:60",
    "9999-12-31",
    "ガ" + "\u3099" * 200,
    "\U000e0001\U0010ffff",
    "../../etc/passwd",
    "');DROP TABLE booking;--",
    "%s%n{0}",
    "https://user:pw@[::1/",
    "javascript:alert(1)",
)
ENCODINGS = ("utf-8", "utf-8-sig", "cp932", "euc_jp", "utf-16", "utf-16-le", "utf-16-be", "utf-7")
# Byte sequences no text has: half surrogates, an overlong slash, ends of Shift_JIS and of UTF-8.
BYTES = (b"\xed\xa0\x80", b"\xc0\xaf", b"\x81", b"\xe3\x81", b"\xff\xfe", b"\x00", b"\xef\xbb\xbf")


@dataclass(frozen=True)
class Hostile:
    """A file as somebody chooses it."""

    name: str
    content: bytes


def of_table(plain: bytes, dice: Random) -> Hostile:
    """A table of text like this one (UTF-8), spoilt in its cells, its lines, its bytes or all."""
    rows = [*csv.reader(io.StringIO(plain.decode("utf-8-sig"), newline=""))]
    start = next((n for n, row in enumerate(rows) if row and not row[0].startswith("#")), 0)
    rows = rows[start : start + 1] + dice.sample(rows[start + 1 :], min(5, len(rows) - start - 1))
    for _ in range(dice.choice((0, 1, 1, 2, 5, 20))):
        # A file of more bytes is refused by its size alone, and `renowned` has some.
        if sum(len(cell) for row in rows for cell in row) < MOST_BYTES:
            dice.choice(ROWS)(rows, dice)
    delimiter = dice.choice((",", ",", ",", "\t", ";", "|"))
    if dice.random() < 0.2:
        return Hostile("list.xlsx", _in_archive(_book(rows), dice))
    out = io.StringIO(newline="")
    quoting = dice.choice((csv.QUOTE_MINIMAL, csv.QUOTE_ALL))
    writer = csv.writer(
        out, delimiter=delimiter, quoting=quoting, lineterminator=dice.choice(("\r\n", "\n", "\r"))
    )
    writer.writerows(rows)
    content = out.getvalue().encode(dice.choice(ENCODINGS), "replace")
    return Hostile(dice.choice(("list.csv", "list.tsv", "20260901.txt")), _in_bytes(content, dice))


def of_text(plain: bytes, dice: Random) -> Hostile:
    """A file of YAML like this one, spoilt in its lines, its values or its bytes."""
    lines = plain.decode().splitlines()
    for _ in range(dice.choice((0, 1, 1, 2, 5))):
        dice.choice(LINES)(lines, dice)
    content = "\n".join(lines).encode(dice.choice(("utf-8", "utf-8", "cp932")), "replace")
    return Hostile("a.yaml", _in_bytes(content, dice))


# One change of the rows of a table


def _cell(rows: list[list[str]], dice: Random) -> None:
    row = dice.choice(rows)
    if row:
        row[dice.randrange(len(row))] = dice.choice(CELLS)


def _appended(rows: list[list[str]], dice: Random) -> None:
    row = dice.choice(rows)
    if row:
        row[dice.randrange(len(row))] += dice.choice(CELLS)


def _more_cells(rows: list[list[str]], dice: Random) -> None:
    dice.choice(rows).extend([dice.choice(CELLS)] * dice.choice((1, 3, 300)))


def _fewer_cells(rows: list[list[str]], dice: Random) -> None:
    row = dice.choice(rows)
    del row[dice.randrange(len(row) + 1) :]


def _same_row(rows: list[list[str]], dice: Random) -> None:
    one = dice.choice(rows)
    rows.extend(list(one) for _ in range(dice.choice((1, 2, 50))))


def _no_header(rows: list[list[str]], _dice: Random) -> None:
    if len(rows) > 1:
        del rows[0]


def _same_column(rows: list[list[str]], dice: Random) -> None:
    at = dice.randrange(max(1, len(rows[0])))
    for row in rows:
        row.extend(row[at : at + 1])


def _empty_rows(rows: list[list[str]], dice: Random) -> None:
    at = dice.randrange(len(rows) + 1)
    cells = dice.choice((0, 1, 40))
    rows[at:at] = [[""] * cells for _ in range(dice.choice((1, 100)))]


ROWS: tuple[Callable[[list[list[str]], Random], None], ...] = (
    _cell,
    _cell,
    _cell,
    _cell,
    _appended,
    _more_cells,
    _fewer_cells,
    _same_row,
    _same_column,
    _empty_rows,
    _no_header,
)

# One change of the lines of a YAML


def _value(lines: list[str], dice: Random) -> None:
    at = dice.randrange(len(lines))
    name, colon, _rest = lines[at].partition(":")
    lines[at] = f"{name}{colon or ':'} {dice.choice((*CELLS, *YAML))}"


def _line_gone(lines: list[str], dice: Random) -> None:
    del lines[dice.randrange(len(lines))]
    lines.append("")


def _line_again(lines: list[str], dice: Random) -> None:
    lines.insert(dice.randrange(len(lines)), dice.choice(lines))


def _indented(lines: list[str], dice: Random) -> None:
    at = dice.randrange(len(lines))
    lines[at] = dice.choice(("  ", "\t", " ")) + lines[at]


def _whole(lines: list[str], dice: Random) -> None:
    lines[:] = [dice.choice(YAML)]


YAML = (
    "[]",
    "{}",
    "&a [*a, *a]",
    "!!python/object/apply:os.system ['true']",
    "!!binary aGVsbG8=",
    "2026-02-30",
    "1e400",
    "0x" + "f" * 3_000,
    "1:2:3:4",
    "<<: *x",
    "? [a, b]",
    "---\n...\n---",
    "~",
    "yes",
    "[" * 900,
    "- " * 300,
)
LINES: tuple[Callable[[list[str], Random], None], ...] = (
    _value,
    _value,
    _value,
    _line_gone,
    _line_again,
    _indented,
    _whole,
)


# Bytes and archives


def _in_bytes(content: bytes, dice: Random) -> bytes:
    """Half of the time as it is, else with some bytes other, more or gone."""
    for _ in range(dice.choice((0, 0, 0, 1, 1, 3))):
        at = dice.randrange(len(content) + 1)
        kind = dice.randrange(4)
        if kind == 0:
            content = content[:at] + dice.choice(BYTES) + content[at:]
        elif kind == 1:
            content = content[:at]
        elif kind == 2:
            content = content[:at] + dice.randbytes(3) + content[at + 3 :]
        else:
            content = content[:at] + content[at // 2 :]
    return content


def _book(rows: list[list[str]]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet
    for row in rows:
        sheet.append(
            [openpyxl.cell.cell.ILLEGAL_CHARACTERS_RE.sub("", one)[:32_767] for one in row]
        )
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _in_archive(content: bytes, dice: Random) -> bytes:
    """A book with a part of it changed, or with its bytes changed."""
    kind = dice.randrange(4)
    if kind == 0:
        return content
    if kind == 1:
        return _in_bytes(content, dice)
    parts = dict(_parts(content))
    name = dice.choice(list(parts))
    if kind == 2:
        parts[name] = _in_bytes(parts[name], dice)
    else:
        old, new = dice.choice(XML)
        parts[name] = parts[name].replace(old, new)
    return _zipped(parts)


XML = (
    (b"<row ", b'<row ht="1e400" '),
    (b' r="A1"', b' r="XFD1048576"'),
    (b' r="A2"', b' r="A99999999999"'),
    (b' t="s"', b' t="d"'),
    (b"<v>0</v>", b"<v>999999999</v>"),
    (b"<v>", b"<f>1+1</f><v>"),
    (b"<?xml", b'<!DOCTYPE a [<!ENTITY b "c">]><?xml'),
    (b"worksheet", b"chartsheet"),
    (b"</sheetData>", b""),
    (b"UTF-8", b"UTF-16"),
    (b'Target="', b'Target="../../../../etc/'),
    (b"<t>", b"<t>\xed\xa0\x80"),
    (b"<c ", b"<c" + b" " * 100_000),
)


def _parts(content: bytes) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for one in archive.infolist():
            yield one.filename, archive.read(one)


def _zipped(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


# Of old renown


def renowned(header: str) -> Iterator[Hostile]:
    """Files made to be too much, each of them for any reader; `header` is one that is known."""
    head = header.encode()
    cells = header.count(",") + 1
    yield Hostile(
        "100mb.csv", head + b"\n" + (b"x," * (cells - 1) + b"x\n") * (50_000_000 // cells)
    )
    yield Hostile("one_line.csv", b"x" * 4_900_000)
    yield Hostile("columns.csv", head + b",x" * 1_000_000 + b"\n")
    yield Hostile("commas.csv", head + b"\n" + b"," * 4_900_000)
    yield Hostile("rows.csv", head + b"\n" + b"x\n" * 2_000_000)
    yield Hostile("lines.csv", b"\n" * 4_900_000)
    yield Hostile("returns.csv", b"\r" * 4_900_000)
    yield Hostile("quotes.csv", head + b"\n" + b'"' * 4_900_001)
    yield Hostile("open_quote.csv", head + b'\n"' + b"x,\n" * 1_500_000)
    yield Hostile("nested.csv", head + b"\n" + b'"a""b",' * 600_000)
    yield Hostile("nul.csv", bytes(4_900_000))
    yield Hostile("half_nul.csv", b"a,\x00" * 1_600_000)
    yield Hostile("semicolons.csv", head + b"\n" + b";,\t" * 1_600_000)
    yield Hostile("comments.csv", b"# x\n" * 1_200_000)
    yield Hostile("combining.csv", (header + "\n" + "は" + "\u3099" * 1_600_000).encode())
    yield Hostile("wide_digits.csv", (header + "\n" + "１" * 1_600_000).encode())
    yield Hostile("zeros.csv", (header + "\n" + "1\u200b" * 1_200_000).encode())
    yield Hostile("random.csv", Random(1).randbytes(4_900_000))
    yield from _archives()
    yield from _trees()


@cache
def _archives() -> tuple[Hostile, ...]:
    return tuple(_each_archive())


def _each_archive() -> Iterator[Hostile]:
    yield Hostile("compress.csv", zlib.compress(bytes(100_000_000)))
    bomb = _zipped({"xl/worksheets/sheet1.xml": bytes(400_000_000)})
    for name in ("bomb.csv", "bomb.xlsx"):
        yield Hostile(name, bomb)
    book = dict(_parts(_book([["名称", "SSID", "緯度", "経度"], ["x"] * 4])))
    sheet = book["xl/worksheets/sheet1.xml"]
    row = b"<row>" + b"<c><v>1</v></c>" * 200 + b"</row>"
    for name, old, new in (
        ("rows.xlsx", b"</sheetData>", row * 10_000 + b"</sheetData>"),
        ("corner.xlsx", b"</sheetData>", b'<row><c r="XFD1048576"><v>1</v></c></row></sheetData>'),
        ("entities.xlsx", b"<worksheet", b"<!DOCTYPE z [" + ENTITIES + b"]><worksheet"),
        ("deep.xlsx", b"</sheetData>", b"<a>" * 300_000 + b"</sheetData>"),
        ("spaces.xlsx", b"<sheetData>", b" " * 50_000_000 + b"<sheetData>"),
    ):
        yield Hostile(name, _zipped({**book, "xl/worksheets/sheet1.xml": sheet.replace(old, new)}))
    yield Hostile("parts.xlsx", _zipped({**book, **{f"x/{n}": b"" for n in range(60_000)}}))
    yield Hostile("nothing.xlsx", _zipped({}))
    yield Hostile("half.xlsx", _zipped(book)[:-400])
    yield Hostile("old.xls", b"\xd0\xcf\x11\xe0" + bytes(4_000_000))


def _trees() -> Iterator[Hostile]:
    """Of YAML."""
    yield Hostile("laughs.yaml", _laughs(9).encode())
    yield Hostile("laughs_many.yaml", _laughs(60).encode())
    yield Hostile("deep.yaml", b"a: " + b"[" * 39_000)
    yield Hostile("deep_maps.yaml", b"{a: " * 9_000)
    yield Hostile("flows.yaml", b"[a, " * 9_000 + b"]" * 9_000)
    yield Hostile("anchors.yaml", b"a: &a [*a]\n" * 3_000)
    yield Hostile("digits.yaml", b"a: " + b"9" * 39_000)
    yield Hostile("sexagesimal.yaml", b"a: " + b"9:" * 19_000 + b"9")
    yield Hostile("keys.yaml", b"".join(b"k%d: 1\n" % n for n in range(3_500)))
    yield Hostile("merges.yaml", b"a: &a {x: 1}\nb:\n  <<: [" + b"*a, " * 9_000 + b"]\n")


ENTITIES = b'<!ENTITY a "aaaaaaaaaa">' + b"".join(
    b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)
)


def _laughs(deep: int) -> str:
    """Each list holds the one before nine times."""
    lines = ["a0: &a0 [lol, lol]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, deep)]
    return "\n".join(lines)
