"""What people write in a cell: days by any calendar, clocks, counts, lists.

Each reader raises ValueError with the rest of a sentence that begins with the column's name, as
those of `desk.files` do.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import date, time
from typing import TypeVar

from desk import times
from desk.files import Cells, shown
from desk.opening import WEEKDAYS

T = TypeVar("T")

_YEARS = (1900, 2100)  # others are mistyped
_ERAS = {"R": "令和", "H": "平成", "S": "昭和"} | {name: name for _first, name in times.ERAS}
_YEAR = rf"(?:(\d{{4}})|({'|'.join(_ERAS)})\s*(元|\d{{1,2}}))"
_DAY = re.compile(
    rf"{_YEAR}\s*(?:年\s*(?:\(\d{{4}}年\))?|[./-])\s*(\d{{1,2}})\s*[月./-]\s*(\d{{1,2}})\s*日?"
    rf"\s*(?:\(?([{WEEKDAYS}])(?:曜日?)?(?:・祝)?\)?)?"
    r"(?:\s+0?0:00(?::00)?)?"  # as spreadsheets write a day that has a clock
)
_CLOCK = re.compile(
    r"(午前|午後|AM|PM)?\s*(\d{1,2})(?::(\d{2})(?::00)?|時(?:(\d{1,2})分|(半))?)\s*(AM|PM)?"
)
_SPAN = re.compile(rf"([{WEEKDAYS}])(?:曜日?)?\s*(.+?)\s*[-~〜–—]\s*(.+)")
_PARTS = re.compile(r"[、,，;；\n]+")
_TIMES = re.compile(r"(.+?)\s*[×xX*✕]\s*(\d{1,4})\s*[台個本枚つ]?")


def plain(value: str) -> str:
    """Full-width digits and letters as half-width ones (NFKC), trimmed."""
    return unicodedata.normalize("NFKC", value).strip()


def day(value: str) -> date:
    """令和8年11月24日, R8.11.24, 2026-11-24, 2026/11/24, 2026年11月24日（火）, in full width too.

    Raises:
        ValueError: for anything else, for a day that is in no calendar or not in that era, for
            one of another century, and for a weekday that is not that day's.
    """
    found = _DAY.fullmatch(plain(value).upper())
    if not found:
        if not value:
            raise ValueError("が空です")
        raise ValueError(
            f"が読めません（例 2026-11-24、2026/11/24、令和8年11月24日、R8.11.24）{shown(value)}"
        )
    western, era, number, month, number_of_day, weekday = found.groups()
    read = _in_calendar(value, western, era, number, int(month), int(number_of_day))
    if weekday and weekday != WEEKDAYS[read.weekday()]:
        raise ValueError(f"の曜日が合いません（{WEEKDAYS[read.weekday()]}曜日です）{shown(value)}")
    return read


def _in_calendar(
    value: str, western: str | None, era: str, number: str, month: int, number_of_day: int
) -> date:
    name = "" if western else _ERAS[era]
    first = {known: begun for begun, known in times.ERAS}.get(name)
    year = int(western or 0)
    if first:
        year = first.year - 1 + (1 if number == "元" else int(number))
    try:
        read = date(year, month, number_of_day)
    except ValueError:
        raise ValueError(f"が暦にない日付です{shown(value)}") from None
    if not _YEARS[0] <= read.year <= _YEARS[1]:
        raise ValueError(f"の年を確かめてください{shown(value)}")
    if first and (read < first or not times.era_year(read).startswith(name)):
        raise ValueError(f"が{name}にない日付です{shown(value)}")
    return read


def clock(value: str) -> time:
    """10:00, 10時, 10時30分, 午前10時半, 午後1時30分, 1:30 PM, in full width too.

    Raises:
        ValueError: for anything else, and for 午前12時 and 午後12時, which some read as noon and
            some as midnight.
    """
    text = plain(value).upper().replace("正午", "12:00")
    found = _CLOCK.fullmatch(text)
    if not found or (found[1] and found[6]):
        if not value:
            raise ValueError("が空です")
        raise ValueError(f"が読めません（例 10:00、10時、午前10時半、午後1時30分）{shown(value)}")
    half, hour = found[1] or found[6] or "", int(found[2])
    minute = 30 if found[5] else int(found[3] or found[4] or 0)
    if half in ("午前", "午後") and hour == 12:
        raise ValueError(f"が昼か夜か分かりません。12:30 のように書いてください{shown(value)}")
    if half and not (0 <= hour <= (12 if half in ("AM", "PM") else 11)):
        raise ValueError(f"がない時刻です{shown(value)}")
    if half:
        hour = hour % 12 + (12 if half in ("午後", "PM") else 0)
    if hour > 23 or minute > 59:
        raise ValueError(f"がない時刻です{shown(value)}")
    return time(hour, minute)


def count(value: str) -> int:
    """A number of seats or things: 10, １０, 10席, 10名.

    Raises:
        ValueError: for anything else.
    """
    found = re.fullmatch(r"(\d{1,4})\s*[席人名台個]?", plain(value))
    if not found:
        raise ValueError(f"が数ではありません{shown(value)}" if value else "が空です")
    return int(found[1])


def parts(value: str) -> list[str]:
    """What stands between 、 (or a comma, a semicolon, a line's end)."""
    return [one.strip() for one in _PARTS.split(value) if one.strip()]


def counted(value: str) -> tuple[str, int]:
    """A thing and how many of it: 「貸出タブレット×4」.

    Raises:
        ValueError: for anything else.
    """
    found = _TIMES.fullmatch(value.strip())
    if not found:
        raise ValueError(f"が読めません（例 貸出タブレット×4）{shown(value)}")
    return found[1], int(found[2])


def hours(value: str) -> str:
    """Spans of a week, 「月 09:00-12:00、火曜 午後1時〜午後4時」, as lines the desk keeps.

    Raises:
        ValueError: for anything else.
    """
    lines = []
    for part in parts(value):
        found = _SPAN.fullmatch(plain(part))
        if not found:
            raise ValueError(f"が読めません（例 月 09:00-12:00、火 13:00-16:00）{shown(part)}")
        first, last = clock(found[2]), clock(found[3])
        if first >= last:
            raise ValueError(f"の終わりが始まりより後ではありません{shown(part)}")
        lines.append(f"{found[1]} {first:%H:%M}-{last:%H:%M}")
    return "\n".join(lines)


def of(row: Cells, column: str, read: Callable[[str], T]) -> T:
    """What a column's reader makes of a row's cell, which is empty when there is no such column.

    Raises:
        ValueError: with a whole sentence.
    """
    try:
        return read(row.get(column, ""))
    except ValueError as error:
        raise ValueError(f"{column}{error}") from None


def id_of(cell: str) -> str:
    """An id, or nothing.

    Raises:
        ValueError: for what cannot be one.
    """
    id = plain(cell)
    if len(id) > 64 or not id.isascii() or any(one.isspace() for one in id):
        raise ValueError("が読めません（半角の英字と数字で64文字まで。新しい講座は空にします）")
    return id
