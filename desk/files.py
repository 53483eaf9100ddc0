"""Reading the files a clerk keeps: cells with the line they stand on, and a reason when not.

Pure: nothing here knows a table or the store. Messages are Japanese, for the person who edits
the file, and never repeat what may be a My Number.
"""

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

import yaml

from desk import my_number

Cells = dict[str, str]
Read = Callable[[str], Any]


class UnreadableFile(Exception):
    """A file cannot be loaded: which one, the line (None: the whole file), and why."""

    def __init__(self, path: str, line: int | None, reason: str) -> None:
        super().__init__(path, line, reason)
        self.path = path
        self.line = line
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.path}{'' if self.line is None else f' {self.line}行目'}: {self.reason}"


# How a cell becomes a value: each raises ValueError with the rest of a sentence that begins with
# the column's name.


def shown(value: str) -> str:
    """The cell, for a message that reaches logs."""
    return "" if my_number.found_in(value) else f": {value[:60]!r}"


def like(pattern: str, wanted: str = "", make: Read = str) -> Read:
    """Cells that match the whole pattern, made into a value; `wanted` ends 「…ではありません」."""

    def read(value: str) -> Any:
        if re.fullmatch(pattern, value, re.ASCII | re.DOTALL):
            return make(value)
        raise ValueError(f"が{wanted}ではありません{shown(value)}" if value else "が空です")

    return read


def number(kind: type[int] | type[float], low: float, high: float) -> Read:
    """Numbers from low to high, 「4,315」 too."""

    def make(value: str) -> int | float:
        found = kind(value.replace(",", ""))
        if not low <= found <= high:
            raise ValueError(f"が{low}から{high}までの数ではありません{shown(value)}")
        return found

    whole = r"(\d{1,3}(,\d{3})+|\d+)"
    return like(whole if kind is int else rf"-?{whole}(\.\d+)?", "数", make)


def whole_or_none(high: int) -> Read:
    """Whole numbers from 0 to high; an empty cell, which nobody knows, is None."""
    read = number(int, 0, high)
    return lambda value: read(value) if value else None


def one_of(words: Mapping[str, str]) -> Read:
    """Cells that hold one of the words, made into its code."""
    return like(
        "|".join(map(re.escape, words)), f"次のどれか（{'、'.join(words)}）", words.__getitem__
    )


def lines_of(words: Mapping[str, str]) -> Read:
    """Cells that list some of the words, one a line, made into lines of codes."""
    one = one_of(words)
    return lambda value: "\n".join(one(line) for line in value.splitlines())


def _text(value: str) -> str:
    if my_number.found_in(value):
        raise ValueError("に12けた以上の数があります。マイナンバーは書けません")
    return value


def _steps(value: str) -> str:
    return "\n".join(step.strip() for step in _text(value).split(" / "))


def _day(value: str) -> str:
    try:
        return date.fromisoformat(value).isoformat() if value else ""
    except ValueError:
        raise ValueError(f"が暦にない日付です{shown(value)}") from None


# Ids, network names and passwords are not free text: many digits are usual there.
EXACT, EXACT_OR_EMPTY = like(".+"), like(".*")
TEXT, TEXT_OR_EMPTY = like(".+", make=_text), like(".*", make=_text)
STEPS_OR_EMPTY = like(".*", make=_steps)
DAY = like(r"\d{4}-\d\d-\d\d", "日付（例 2026-04-01）", _day)
DAY_OR_EMPTY = like(r"(\d{4}-\d\d-\d\d)?", "日付（例 2026-04-01）", _day)
PERIOD = like(r"\d{4}(-\d\d){0,2}", "年・年月・日付（例 2020、2021-07）")
CLOCK_OR_EMPTY = like(r"(([01]\d|2[0-3]):[0-5]\d)?", "時刻（例 09:00）")
WEB_OR_EMPTY = like(r"(https?://[^\s\"<>]+)?", "http:// か https:// で始まるアドレス")
# An empty cell is "nobody knows", which is not no.
YES_NO = like("(あり|なし)?", "「あり」「なし」か空", {"あり": 1, "なし": 0, "": None}.__getitem__)
CITY_CODE = like(r"\d{6}", "6けたの番号（表計算ソフトが先頭の0を消すことがあります）")
MARK = like("1?", "「1」か空", lambda value: int(value == "1"))


def read_csv(content: bytes, path: str, needed: set[str]) -> Iterator[tuple[int, Cells]]:
    """The rows of a CSV file, each with the line it begins on.

    Lines of # before the header are comments; rows of empty cells are none. `path` is how
    messages name the file, `needed` the columns it must have; others may stand beside them.

    Raises:
        UnreadableFile: when the bytes are not such a file.
    """
    return read_rows(_decode(content, path), path, needed)


def read_rows(
    text: str,
    path: str,
    needed: set[str],
    *,
    delimiter: str = ",",
    names: Mapping[str, str] | None = None,
) -> Iterator[tuple[int, Cells]]:
    """`read_csv` for text that is decoded already.

    `names` are other spellings of a column and what it is called here, for files of any
    spreadsheet: full-width letters and spaces in a header make no difference then, no such column
    may stand there twice, and empty cells at a row's end may be missing or too many.

    Raises:
        UnreadableFile: when the text is not such a table.
    """
    lines = list(io.StringIO(text, newline=""))
    skipped = next((n for n, one in enumerate(lines) if not one.startswith("#")), len(lines))
    reader = csv.reader(lines[skipped:], strict=True, delimiter=delimiter)
    header: list[str] = []
    line = skipped + 1
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if names is not None:
                cells = _fitted(cells, len(header))
            if not header and any(cells):
                header = cells if names is None else [_called(cell, names) for cell in cells]
                _check_header(header, path, line, needed, {*needed, *(names or {}).values()})
            elif any(cells):
                if len(cells) != len(header):
                    reason = f"{len(header)}列のはずが{len(cells)}列あります"
                    raise UnreadableFile(path, line, reason)
                yield line, dict(zip(header, cells, strict=True))
            line = skipped + reader.line_num + 1
    except csv.Error as error:
        raise UnreadableFile(path, line, f"CSVとして読めません（{error}）") from error
    if not header:
        raise UnreadableFile(path, None, "列の名前の行がありません")


def _fitted(cells: list[str], wanted: int) -> list[str]:
    """A row as long as the header, where only empty cells at its end are in the way."""
    end = len(cells)
    while end > wanted and not cells[end - 1]:
        end -= 1
    return cells[:end] + [""] * (wanted - end)


def _called(header: str, names: Mapping[str, str]) -> str:
    plain = "".join(unicodedata.normalize("NFKC", header).split())
    return names.get(plain, plain)


def _check_header(
    header: list[str], path: str, line: int, needed: set[str], once: set[str]
) -> None:
    for name in sorted(needed - set(header)):
        raise UnreadableFile(path, line, f"「{name}」の列がありません")
    for name in sorted(name for name in once if header.count(name) > 1):
        raise UnreadableFile(path, line, f"「{name}」の列が2つあります")


def read_yaml(content: bytes, path: str, needed: set[str]) -> Iterator[tuple[int, Cells]]:
    """The items of a YAML list of mappings, as `read_csv` gives rows; lists become lines.

    Raises:
        UnreadableFile: when the bytes are not such a file.
    """
    text = _decode(content, path)
    try:
        tree, items = yaml.compose(text, Loader=yaml.SafeLoader), yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date that is in no calendar
        mark = getattr(error, "problem_mark", None)
        raise UnreadableFile(
            path, mark.line + 1 if mark else None, "YAMLとして読めません"
        ) from error
    if not (isinstance(tree, yaml.SequenceNode) and all(isinstance(i, dict) for i in items)):
        raise UnreadableFile(path, None, "「- 」で始まる項目の一覧ではありません")
    for node, item in zip(tree.value, items, strict=True):
        line = node.start_mark.line + 1
        for name in sorted(needed - set(item)):
            raise UnreadableFile(path, line, f"「{name}」がありません")
        yield line, {str(name): _plain(value).strip() for name, value in item.items()}


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return "\n".join(map(_plain, value))
    return "" if value is None else str(value)


_ENCODINGS = {
    "utf-8-sig": "UTF-8では",
    "utf-16": "UTF-16では",
    "utf-16-le": "UTF-16では",
    "utf-16-be": "UTF-16では",
    "cp932": "UTF-8でもシフトJIS（CP932）でも",
}


def decode_any(content: bytes, path: str) -> str:
    """Text as spreadsheets write it: UTF-8 with or without a BOM, UTF-16, else CP932.

    Raises:
        UnreadableFile: when it is none of them, or no text.
    """
    return _decode(content, path, encoding_of(content))


def encoding_of(content: bytes) -> str:
    """The encoding text of spreadsheets is in: utf-8-sig (with a BOM or not), utf-16 with a BOM,
    utf-16-le or utf-16-be without one where that is clear, else cp932.
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\0" in content[:_LOOKED_AT] and (found := _utf16_without_mark(content[:_LOOKED_AT])):
        return found
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return "cp932"
    return "utf-8-sig"


_LOOKED_AT = 4096  # bytes, an even number


def _utf16_without_mark(head: bytes) -> str:
    """UTF-16 writes a zero beside every comma, digit and line's end, always on the same side."""
    zeros = [head[side::2].count(0) for side in (0, 1)]
    if max(zeros) * 20 < len(head) or min(zeros) * 4 > max(zeros):
        return ""
    encoding = "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
    text = head.decode(encoding, errors="replace")
    return encoding if re.search(r"[,;\t].*[\r\n]", text) and "\0" not in text else ""


def _decode(content: bytes, path: str, encoding: str = "utf-8-sig") -> str:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        reason = f"文字コードが{_ENCODINGS[encoding]}ありません"
        raise UnreadableFile(path, line, reason) from error
    if "\0" in text:
        raise UnreadableFile(path, None, "文字ではないデータが入っています")
    return text
