"""Cells as cities write them, read as the desk keeps them, and why each was put right.

A reader takes a cell that holds something and gives a value and "", or a key of `WHY` when the
value is not what stands there. It raises ValueError, as `desk.tables.cells` does, for a cell
nobody can read.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Any

from desk import my_number
from desk.files import shown
from desk.opening import WEEKDAYS
from desk.refusals import N_
from desk.tables import cells

Found = tuple[Any, str]
Reader = Callable[[str], Found]

WHY: dict[str, str] = {
    "full_width": N_("Full-width letters and digits were made half-width."),
    "empty_word": N_("The cell says that there is nothing, so it is empty."),
    "unwrapped": N_("The formula that only keeps zeros was taken off."),
    "code": N_("The city's code was completed with its zero or its check digit."),
    "number": N_("Only the number was kept."),
    "split_point": N_("Latitude and longitude stood in one cell."),
    "swapped": N_("Latitude and longitude were the wrong way round."),
    "impossible_point": N_("The point cannot be in the city, so it was not used."),
    "placed_venue": N_("There was no point, so it has that of the place the desk knows."),
    "placed_town": N_("There was no point, so it has that of its neighbourhood."),
    "placed_postal": N_("There was no point, so it has that of its postal code."),
    "address_joined": N_("The address was put together from its parts."),
    "building": N_("The building was added to the address."),
    "extension": N_("The extension was added to the telephone number."),
    "telephones": N_("There are several telephone numbers; they were told apart by “;”."),
    "id_lost": N_("A spreadsheet has cut the ID short, so it was not used."),
    "id_again": N_("Several rows have this ID, so it was not used."),
    "id_form": N_("This cannot be an ID, so it was not used."),
    "day": N_("The day was written as the desk writes days."),
    "day_western": N_("The day was read as month/day/year."),
    "year_of_file": N_("The year is that of the file; the weekday agrees."),
    "span": N_("The first and the last day stood in one cell."),
    "clock": N_("The time was written as the desk writes times."),
    "midnight": N_("24:00 was written as 23:59."),
    "clock_note": N_("Only the time was kept; the rest went into the note."),
    "weekdays": N_("The days of the week were written as the desk writes them."),
    "weekdays_note": N_("Only the days of the week were kept; the rest went into the note."),
    "not_web": N_("This is no address of a web page, so it was left out."),
    "my_number": N_(
        "There was a long number that may be somebody's. It was left out and not kept."
    ),
    "unreadable": N_("The cell could not be read, so it counts as not known."),
    "second_column": N_("Two columns mean the same and differ; the other one was used."),
    "limit_of_note": N_("The time limit was taken from the note."),
    "one_line": N_("The line breaks were taken out."),
    "word": N_("The answer was written as the desk writes it."),
    "access_points": N_("Several access points of one place became one row."),
}

DASHES = frozenset({"-", "－", "ー", "―", "‐", "−", "–", "—", "─", "--", "---"})
_UNKNOWN = DASHES | {"*", "…", "未定", "不明", "調査中", "null", "n/a", "na", "#n/a"}
_NOTHING = _UNKNOWN | {"なし", "無し", "無", "該当なし", "特になし", "none"}
_WRAPPED = re.compile(r'=\s*"((?:[^"]|"")*)"')
EQUALS = frozenset("=＝﹦⁼₌")  # all that NFKC makes an equals sign
# As written by the desk, or so little otherwise that nobody would call it a repair.
_PLAIN_CLOCK = re.compile(r"\d{1,2}:\d\d(:00)?")
_PLAIN_DAY = re.compile(r"\d{4}([-/.])\d{1,2}\1\d{1,2}( 0?0:00(:00)?)?")


def unwrapped(cell: str) -> str | None:
    """What stands in the ="…" that keeps zeros; None when the cell is no such thing."""
    if cell[:1] not in EQUALS:
        return None
    found = _WRAPPED.fullmatch(unicodedata.normalize("NFKC", cell))
    return found[1].replace('""', '"').strip() if found else None


def is_formula(cell: str) -> bool:
    """True when a spreadsheet would compute the cell, which has no spaces around it."""
    return cell[:1] in EQUALS and unwrapped(cell) is None


def is_nothing(cell: str) -> bool:
    """True for what people write where there is nothing to write."""
    return len(cell) < 8 and unicodedata.normalize("NFKC", cell).casefold() in _NOTHING


def is_unknown(cell: str) -> bool:
    """True for what people write where they do not know: なし is an answer."""
    return len(cell) < 8 and unicodedata.normalize("NFKC", cell).casefold() in _UNKNOWN


def line(cell: str) -> Found:
    """Text of one line."""
    if "\n" in cell or "\r" in cell:
        return _in_one_line(cell), "one_line"
    return cell, ""


def _in_one_line(text: str) -> str:
    return " ".join(filter(None, (one.strip() for one in re.split(r"[\r\n]", text))))


def lines(cell: str) -> Found:
    """Text of several lines."""
    return (cell.replace("\r\n", "\n").replace("\r", "\n") if "\r" in cell else cell), ""


def steps(cell: str) -> Found:
    """Steps, one a line or told apart by “ / ”."""
    found = [one.strip() for one in re.split(r" / |\r?\n", cell)]
    return "\n".join(one for one in found if one), ""


def exact(cell: str) -> Found:
    """A network's name or its password: any character may belong to it."""
    return cell, ""


def half_width(cell: str) -> Found:
    """Text that is written in half-width letters."""
    found = " ".join(unicodedata.normalize("NFKC", cell).split())
    return found, "" if found == cell else "full_width"


_PHONE = re.compile(r"\+?[\d()\- ]{6,20}")


def telephone(cell: str) -> Found:
    """One or several telephone numbers, told apart by “; ” so that they are no long number."""
    plain = cells.plain(cell).translate(str.maketrans("―‐−–—ー", "------"))
    if my_number.found_in(plain):
        parts = [one.strip(" ()") for one in re.split(r"[\r\n、,;/・]+", plain)]
        parts = [one for one in parts if one]
        phones = all(_PHONE.fullmatch(one) and not my_number.found_in(one) for one in parts)
        if len(parts) < 2 or not phones or not all(one.startswith(("0", "+")) for one in parts):
            raise MyNumber(my_number.kind(plain, my_number.FACT) or my_number.TWELVE)
        return "; ".join(parts), "telephones"
    found = _in_one_line(plain)
    return found, "" if found == cell else "full_width"


class MyNumber(ValueError):
    """A cell holds a number that may be somebody's (`kind`); nothing of it is said."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind


def told(text: str) -> str:
    """Text that may be told to everybody.

    Raises:
        MyNumber: for any other.
    """
    if found := my_number.kind(text, my_number.PUBLISHED):
        raise MyNumber(found)
    return text


def extension(cell: str) -> Found:
    """The extension of a telephone: a few digits."""
    if found := my_number.kind(cell):
        raise MyNumber(found)
    return half_width(cell)


_WEB = re.compile(r"https?://[^\s\"<>]+", re.IGNORECASE)


def web(cell: str) -> Found:
    """The address of a web page, also where a few words stand around it.

    Raises:
        NotWeb: for anything else.
    """
    if _WEB.fullmatch(cell):
        return cell, ""
    found = _WEB.findall(unicodedata.normalize("NFKC", cell))
    if len(found) == 1:
        return found[0], "full_width"
    raise NotWeb


class NotWeb(ValueError):
    """What should be the address of a web page is none."""


def number(least: int, most: int, *, units: str = "席人名台個分円組") -> Reader:
    """Whole numbers from `least` to `most`: 4,315, １０, 10席."""
    form = re.compile(rf"(\d{{1,3}}(?:,\d{{3}})+|\d+)(?:\.0+)?\s*[{units}]?")

    def read(cell: str) -> Found:
        found = form.fullmatch(cells.plain(cell))
        if not found or not least <= int(found[1].replace(",", "")) <= most:
            raise ValueError(f"が{least}から{most}までの数ではありません{shown(cell)}")
        return int(found[1].replace(",", "")), "" if cell.isascii() and cell.isdigit() else "number"

    return read


def words(meanings: Mapping[str, Any], written: Collection[str]) -> Reader:
    """One of some answers; `written` are those that are as the desk writes them."""

    def read(cell: str) -> Found:
        if cell in written:
            return meanings[cell], ""
        plain = "".join(unicodedata.normalize("NFKC", cell).casefold().split())
        if plain not in meanings:
            raise ValueError(f"が{'・'.join(written)}のどれでもありません{shown(cell)}")
        return meanings[plain], "word"

    return read


_YES = (
    "あり",
    "有",
    "有り",
    "可",
    "可能",
    "要",
    "必要",
    "対応",
    "○",
    "◯",
    "〇",
    "yes",
    "true",
    "1",
)
_NO = ("なし", "無", "無し", "不可", "不要", "非対応", "×", "✕", "x", "no", "false", "0")
yes_no = words(dict.fromkeys(_YES, 1) | dict.fromkeys(_NO, 0), ("あり", "なし"))


def day(cell: str) -> Found:
    """A day in any calendar, as ISO text; 6/1/2023 is the 1st of June."""
    plain = cells.plain(cell)
    if found := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", plain):
        try:
            read = date(int(found[3]), int(found[1]), int(found[2]))
        except ValueError:
            raise ValueError(f"が暦にない日付です{shown(cell)}") from None
        return read.isoformat(), "day_western"
    return cells.day(cell).isoformat(), "" if _PLAIN_DAY.fullmatch(cell) else "day"


def clock(cell: str) -> Found:
    """A time of the day, as “09:00”; 24:00, which no clock shows, is 23:59."""
    if re.fullmatch(r"24(:00(:00)?|時)", cells.plain(cell)):
        return "23:59", "midnight"
    return f"{cells.clock(cell):%H:%M}", "" if _PLAIN_CLOCK.fullmatch(cell) else "clock"


_CLOCK_AND = re.compile(r"([^(（\r\n]+)(?:[(（](.+)[)）]|[\r\n]+(.+))", re.DOTALL)


def clock_and_more(cell: str) -> Found:
    """A time, and what else stands in its cell in brackets or on the next line:
    17:00（最終入館16:30まで）.
    """
    if found := _CLOCK_AND.fullmatch(cell):
        rest = told((found[2] or found[3]).strip(" ()（）"))
        return (clock(found[1].strip())[0], _in_one_line(rest)), "clock_note"
    read, why = clock(cell)
    return (read, ""), why


_APART = re.compile(r"[\s・、,]")
_RANGE = r"(?:-|~|から)"
_ENGLISH = dict(zip(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), WEEKDAYS, strict=True))
_ALL = f"{WEEKDAYS}祝"
_GROUPS = {
    "年中無休": _ALL,
    "無休": _ALL,
    "毎日": _ALL,
    "全日": _ALL,
    "全曜日": _ALL,
    "平日": WEEKDAYS[:5],
    "週末": WEEKDAYS[5:],
    "祝祭日": "祝",
    "祝日": "祝",
    "休日": "日祝",
}


def weekdays(cell: str) -> Found:
    """Days of the week as the desk writes them (月火水木金土日祝), and what else the cell says:
    月-金, 月曜〜金曜, 平日, 毎日, 月・水・金, 土日祝, 火〜日（祝日を除く）.

    Raises:
        ValueError: for anything else, and for days on which it is closed.
    """
    plain = cells.plain(cell).casefold().translate(str.maketrans("〜～–—―−‐ー", "~~------"))
    rest = told("、".join(one.strip() for one in re.findall(r"[(※]([^)]*)\)?", plain)))
    plain = re.sub(r"[(※][^)]*\)?", "", plain)
    for name, letter in _ENGLISH.items():
        plain = re.sub(rf"{name}[a-z]*\.?", letter, plain)
    for name, letters in _GROUPS.items():
        plain = plain.replace(name, letters)
    plain = re.sub(r"曜日?", "", plain)
    plain = re.sub(
        rf"([{WEEKDAYS}])\s*{_RANGE}\s*([{WEEKDAYS}])", lambda m: _between(m[1], m[2]), plain
    )
    plain = re.sub(r"[\s・、,/&と及び]+", "", plain)
    if not plain or set(plain) - set(_ALL):
        raise ValueError(f"が読めません（例 月火水木金、月-金、平日、土日祝）{shown(cell)}")
    days = "".join(one for one in _ALL if one in plain)
    why = "weekdays_note" if rest else "" if days == _APART.sub("", cell) else "weekdays"
    return (days, rest), why


def _between(first: str, last: str) -> str:
    twice = WEEKDAYS * 2
    start = twice.index(first)
    return twice[start : twice.index(last, start) + 1]


def check_digit(five: str) -> str:
    """The last digit of a six-digit code, from its five digits.

    Weights 6, 5, 4, 3, 2; 11 less the remainder of the sum by 11, its last digit (総務省
    「全国地方公共団体コード」の検査数字の算出方法, JIS X 0401・0402).
    """
    total = sum(int(digit) * weight for digit, weight in zip(five, (6, 5, 4, 3, 2), strict=True))
    return str((11 - total % 11) % 10)


def city_code(codes: Collection[str]) -> Reader:
    """A city's code with six digits; of the readings a code has, one of `codes` is preferred.

    04211 lacks the check digit, 42111 its first zero, 4211 both.
    """

    def read(cell: str) -> Found:
        plain = re.sub(r"\.0+$", "", cells.plain(cell))
        if not re.fullmatch(r"\d{1,2}|\d{4,6}", plain, re.ASCII):
            raise ValueError(f"が6けたの番号ではありません{shown(cell)}")
        readings = _readings(plain)
        if not readings:
            raise ValueError(f"の検査数字（6けた目）が合いません{shown(cell)}")
        code = next((one for one in readings if one in codes), readings[0])
        return code, "" if code == cell else "full_width" if code == plain else "code"

    return read


def _readings(digits: str) -> list[str]:
    """The codes that digits may stand for, the likeliest first."""
    if len(digits) <= 2:  # a prefecture
        digits = digits.zfill(2) + "000"
    five = [digits.zfill(5)] if len(digits) <= 5 else []
    six = [one for one in (digits.zfill(6),) if len(digits) >= 5 and check_digit(one[:5]) == one[5]]
    return [*(one + check_digit(one) for one in five if len(digits) >= 4), *six]
