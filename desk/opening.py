"""When a venue is open: days of the week, hours, closed days and national holidays.

Not known is a value of its own: a venue whose hours are not known is not called closed.
"""

import calendar
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time

import jpholiday

from desk.files import like
from desk.store.engine import Reader

WEEKDAYS = "月火水木金土日"
_MONTH_DAY = r"(\d\d)-(\d\d)"
_DAY = r"\d{4}-\d\d-\d\d"
Closed = Callable[[date], bool]


def _weekly(week: str, weekday: str) -> Closed:
    number = WEEKDAYS.index(weekday)
    weeks = {int(one) for one in week} if week else set(range(1, 6))
    return lambda day: day.weekday() == number and (day.day - 1) // 7 + 1 in weeks


def _yearly(first: tuple[int, int], last: tuple[int, int]) -> Closed:
    def closed(day: date) -> bool:
        here = (day.month, day.day)
        # 12-29〜01-03 goes over the end of the year.
        return first <= here <= last if first <= last else here >= first or here <= last

    return closed


def closed_by(rule: str) -> Closed:
    """What a rule of venues/closed_days.csv says of a day.

    祝日 (national holidays, by 国民の祝日に関する法律), 毎週月曜日, 第1・第3月曜日,
    12-29〜01-03 (every year), 2027-02-10, 2027-02-10〜2027-02-14.

    Raises:
        ValueError: for anything else.
    """
    if rule == "祝日":
        return lambda day: bool(jpholiday.is_holiday(day))
    if found := re.fullmatch(rf"毎週([{WEEKDAYS}])曜日?", rule):
        return _weekly("", found[1])
    if found := re.fullmatch(rf"((?:第[1-5]・?)+)([{WEEKDAYS}])曜日?", rule):
        return _weekly("".join(re.findall(r"\d", found[1])), found[2])
    if found := re.fullmatch(rf"{_MONTH_DAY}〜{_MONTH_DAY}", rule):
        first, last = (int(found[1]), int(found[2])), (int(found[3]), int(found[4]))
        for month, number in (first, last):
            if not (1 <= month <= 12 and 1 <= number <= calendar.monthrange(2024, month)[1]):
                raise ValueError(rule)
        return _yearly(first, last)
    if found := re.fullmatch(rf"({_DAY})(?:〜({_DAY}))?", rule):
        start, end = date.fromisoformat(found[1]), date.fromisoformat(found[2] or found[1])
        if end < start:
            raise ValueError(rule)
        return lambda day: start <= day <= end
    raise ValueError(rule)


def _rule(value: str) -> str:
    try:
        closed_by(value)
    except ValueError:
        raise ValueError(
            "が読めません（例 祝日、毎週月曜日、第1・第3月曜日、12-29〜01-03、2027-02-10）"
        ) from None
    return value


RULE = like(".+", make=_rule)


@dataclass(frozen=True)
class Hours:
    """When one venue is open. `opens` and `closes` are None while nobody knows them.

    `days` holds characters of 「月火水木金土日」, and 祝 when it is open on national holidays of
    other weekdays too; empty is not known. `closed` are rule and reason.
    """

    days: str
    opens: time | None
    closes: time | None
    closed: tuple[tuple[str, str], ...]

    def closed_on(self, day: date) -> str | None:
        """Why the venue is closed on a day; None when it is open or nobody knows."""
        for rule, reason in self.closed:
            if closed_by(rule)(day):
                return reason
        if self.days and WEEKDAYS[day.weekday()] not in self.days:
            return None if "祝" in self.days and jpholiday.is_holiday(day) else self.days
        return None

    def covers(self, starts: time, ends: time) -> bool:
        """True when it is open all the while, or its hours are not known."""
        return not (
            (self.opens is not None and starts < self.opens)
            or (self.closes is not None and ends > self.closes)
        )


def _clock(text: str) -> time | None:
    return time.fromisoformat(text) if text else None


def all_hours(reader: Reader) -> dict[str, Hours]:
    """The hours of every venue, by its id."""
    rules = reader.rows(
        "SELECT venue_id, rule, reason FROM closed_day WHERE active = 1 ORDER BY id"
    )
    return {
        row["id"]: Hours(
            row["days"],
            _clock(row["opens"]),
            _clock(row["closes"]),
            tuple(_for_venue(rules, row["id"])),
        )
        for row in reader.rows("SELECT id, days, opens, closes FROM venue WHERE active = 1")
    }


def _for_venue(rules: Sequence[dict[str, str]], venue_id: str) -> Iterator[tuple[str, str]]:
    for row in rules:
        if row["venue_id"] in ("", venue_id):
            yield row["rule"], row["reason"]
