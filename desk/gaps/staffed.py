"""When a help desk is staffed, from the words its opening is written in: 「月・水 10:00〜12:00」.

Strict: what is not understood whole is not understood at all, for half of an opening read would be
a figure that is wrong.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from desk.opening import WEEKDAYS, closed_by, holiday

Span = tuple[float, float]  # hours of a day, from and to: 10.0, 12.5

_ASIDE = re.compile(r"\(([^()]*)\)")
# An aside that leaves out holidays, and words by which any other one would change the days.
_NO_HOLIDAYS = re.compile(r"祝日?(?:・?年末年始)?(?:を除く|をのぞく|は除く|はのぞく|は休み|休み)")
_CHANGES = re.compile(r"[休除曜週\d]|のぞ|のみ|だけ|ただし|変更")
_DAY = rf"[{WEEKDAYS}](?:曜日?)?"
_NTH = re.compile(rf"((?:第[1-5][・,、]?)+)([{WEEKDAYS}])(?:曜日?)?")
_RUN = re.compile(rf"([{WEEKDAYS}])(?:曜日?)?~([{WEEKDAYS}])(?:曜日?)?")
_LIST = re.compile(rf"(?:{_DAY})(?:[・,、]?{_DAY})*")
_CLOCK = r"(\d{1,2})(?::(\d\d)|時(?:(\d{1,2})分|(半))?)"
_HOURS = re.compile(rf"{_CLOCK}~{_CLOCK}")
# Where another sitting begins: after the hours of one before it.
_NEXT = re.compile(rf"(?:(?<=:\d\d)|(?<=[時分半]))(?:[・,、;/\n]+|(?=[{WEEKDAYS}毎平第]))")


@dataclass(frozen=True)
class Sitting:
    """Days on which a desk is staffed, and between which hours."""

    on: Callable[[date], bool]
    span: Span


def sittings(words: str) -> tuple[Sitting, ...] | None:
    """What an opening says, or None when it cannot be read.

    Understood: 月・水・金, 月水金, 月曜日, 毎週月, 月〜金, 平日, 毎日, 第2・第4木, each followed by
    hours (10:00〜12:00, 10時〜12時30分); several one after the other, and hours alone for the days
    before them. What stands in brackets changes nothing （見本）, or leaves out holidays
    （祝日を除く）. 平日 is Monday to Friday: on a holiday it is the venue that may be closed.
    """
    plain = unicodedata.normalize("NFKC", words).translate(_STROKES)
    plain = "".join(one for one in plain if one == "\n" or not one.isspace()).strip("\n")
    asides = _ASIDE.findall(plain)
    no_holidays = [one for one in asides if _NO_HOLIDAYS.fullmatch(one)]
    if any(_CHANGES.search(one) for one in asides if one not in no_holidays):
        return None
    plain = _ASIDE.sub("", plain).strip("\n")
    found: list[Sitting] = []
    on: Callable[[date], bool] | None = None
    for part in _NEXT.split(plain):
        hours = re.search(rf"{_HOURS.pattern}$", part)
        if hours is None:
            return None
        days = part[: hours.start()].rstrip(":は")
        on = _days(days) if days else on
        span = _span(hours)
        if on is None or span is None:
            return None
        found.append(Sitting(_working(on) if no_holidays else on, span))
    return tuple(found)


_STROKES = str.maketrans(dict.fromkeys("〜～‐‑‒–—―−-ー", "~"))


def _working(on: Callable[[date], bool]) -> Callable[[date], bool]:
    return lambda day: on(day) and not holiday(day)


def _days(words: str) -> Callable[[date], bool] | None:
    plain = words.removeprefix("毎週")
    if plain == "毎日":
        return lambda _day: True
    if plain == "平日":
        return lambda day: day.weekday() < 5
    if nth := _NTH.fullmatch(plain):
        weeks = "・".join(f"第{week}" for week in re.findall(r"\d", nth[1]))
        return closed_by(f"{weeks}{nth[2]}曜日")
    if run := _RUN.fullmatch(plain):
        first, last = WEEKDAYS.index(run[1]), WEEKDAYS.index(run[2])
        if first < last:
            return lambda day: first <= day.weekday() <= last
        return None
    if _LIST.fullmatch(plain):
        names = re.findall(_DAY, plain)
        numbers = {WEEKDAYS.index(name[0]) for name in names}
        return lambda day: day.weekday() in numbers
    return None


def _span(found: re.Match[str]) -> Span | None:
    first, last = (_clock(*found.groups()[n : n + 4]) for n in (0, 4))
    return (first, last) if first is not None and last is not None and first < last else None


def _clock(hour: str, minute: str | None, minutes: str | None, half: str | None) -> float | None:
    past = 30 if half else int(minute or minutes or 0)
    clock = int(hour) + past / 60
    return clock if past < 60 and clock <= 24 else None
