"""イベント一覧: rows as events on days, and days as people announce them."""

import re
from collections.abc import Callable
from datetime import date

from desk.files import shown
from desk.opendata import parts, repair
from desk.opendata.draft import Draft
from desk.opening import WEEKDAYS
from desk.tables import cells
from desk.tables.class_rows import CANCELLED

_MOST_PEOPLE = 100_000
_STATES = dict.fromkeys(
    (CANCELLED, "開催中止", "取りやめ", "取止め", "cancelled", "canceled"), CANCELLED
)
_STATES |= dict.fromkeys(("開催", "予定", "開催予定", "公開", "実施", "受付中", "scheduled"), "")
_state = repair.words(_STATES, (CANCELLED,))
_people = repair.number(0, _MOST_PEOPLE, units="席人名組")
# 9月7日(土): no year. What is in brackets may be no weekday at all (a spreadsheet's 「aaa」).
_NO_YEAR = re.compile(r"(\d{1,2})月(\d{1,2})日\s*(?:\(([^()]*)\))?")
_SPAN = re.compile("~|〜|から|→")
_COUNT = re.compile(r"(\d[\d,]{0,8})\s?[人名席]")


def read(draft: Draft) -> None:
    """Fill the record of a row.

    Raises:
        Refused: when it has no name, or no day that can be told.
    """
    parts.city(draft, kept=False)
    parts.id(draft, ())
    draft.take_text("name")
    draft.need("name")
    _days(draft)
    if draft.has("building"):  # where the standard has no column for a room
        room = draft.take_text("building")
        draft.take_text("room")
        draft.record["room"] = draft.record.get("room") or room
        draft.record.pop("building")
    else:
        draft.take_text("room")
    for field in ("venue", "address"):
        draft.take_text(field)
    draft.take_text("note", repair.lines)
    _hours(draft)
    draft.take("seats", _seats, None)
    draft.take("status", _state)
    if draft.has("lat", "point"):
        point = parts.point(draft)
        draft.record["lat"], draft.record["lng"] = point or (None, None)


def _hours(draft: Draft) -> None:
    notes = [draft.record.get("note", "")]
    for field in ("starts", "ends"):
        if draft.has(field):
            draft.record[field], more = draft.take(field, repair.clock_and_more, ("", ""))
            notes.append(more)
    if any(notes[1:]):
        draft.record["note"] = "\n".join(filter(None, notes))


def _seats(cell: str) -> repair.Found:
    """A number of people, alone or the only one in a sentence: 申込先着30人."""
    found = _COUNT.findall(cells.plain(cell))
    if len(found) == 1:
        return _people(found[0])[0], "" if cell == found[0] else "number"
    return _people(cell)


def _days(draft: Draft) -> None:
    read = days(draft.plan.year)
    first, last = draft.take("day", read, ("", ""))
    draft.record["day"] = first
    draft.need("day")
    if draft.has("ends_day"):
        ends = draft.take("ends_day", read, ("", ""))[0]
        draft.record["ends_day"] = ends or last or first
    else:
        draft.record["ends_day"] = last or first
    if draft.record["ends_day"] < first:
        draft.note("ends_day", draft.record["ends_day"], first, "unreadable")
        draft.record["ends_day"] = first


def days(year: int | None) -> Callable[[str], repair.Found]:
    """Reads the first and the last day of a cell, the last one "" when there is one day.

    A day without a year is of the file's year or the next, if its weekday says so too.
    """

    def read(cell: str) -> repair.Found:
        plain = cells.plain(cell)
        halves = [one.strip() for one in _SPAN.split(plain)]
        if len(halves) == 2 and all(halves):
            first, _why = _day(halves[0], year, cell)
            last, why = _day(halves[1], year, cell, after=first)
            if last < first:
                raise ValueError(f"の終わりが始まりより前です{shown(cell)}")
            return (first, last), "year_of_file" if why == "year_of_file" else "span"
        found, why = _day(plain, year, cell)
        return (found, ""), "" if why == "" and found == cell else why

    return read


def _day(plain: str, year: int | None, cell: str, *, after: str = "") -> repair.Found:
    text = plain.strip()
    without = list(_NO_YEAR.finditer(text))
    if not without or re.search(r"\d{4}|令和|平成|R\d", text):
        return repair.day(text)
    if len(without) > 1 or without[0][0] != text:
        raise ValueError(f"に日がいくつもあります。1行に1日で書いてください{shown(cell)}")
    if year is None:
        raise ValueError(f"に年がありません（例 2026-11-24）{shown(cell)}")
    month, number, weekday = int(without[0][1]), int(without[0][2]), (without[0][3] or "")[:1]
    for one in (year, year + 1):
        try:
            found = date(one, month, number)
        except ValueError:
            continue
        if weekday == WEEKDAYS[found.weekday()] and found.isoformat() >= after:
            return found.isoformat(), "year_of_file"
    raise ValueError(f"の年が分かりません。年も書いてください（例 2026-11-24）{shown(cell)}")
